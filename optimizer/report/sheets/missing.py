"""Sheet Missing: what cannot be served at the least; written only where something is missing."""

from __future__ import annotations

from optimizer.report.book import Book
from optimizer.report.look import TONNES
from optimizer.report.page import Column, Value

COLUMNS = (
    Column("Cut-off", width=18),
    Column("Start", "month", "First month of the cut.", width=10),
    Column("Month", "month", "Month in which it is missing.", width=10),
    Column("Sector", width=34),
    Column("Material", width=18),
    Column("Form", width=12),
    Column("Missing", "t REO", "Protected demand that cannot be served.", TONNES, 11),
)


def write(book: Book) -> None:
    """One row per cut-off, start, month and demand."""
    missing = book.view.plan.missing
    if not missing:
        return
    if book.view.plan.summary.status == "impossible":
        title = "What is missing at the least"
        lead = "No plan serves this protected demand, whatever is signed, built and held."
    else:
        title, lead = (
            "What this plan does not serve",
            "Protected demand that goes unserved in the patterns that this plan does not survive.",
        )
    page = book.page("Missing", title, lead, across=7)
    rows: list[list[Value]] = [[m.cutoff, m.start, m.month, m.sector, m.material, m.form, m.missing_t] for m in missing]
    page.table(COLUMNS, rows, filtered=True, frozen=3)
