"""Sheet Repairs: where no plan survives, the cheapest changes of what is negotiable that let one survive."""

from __future__ import annotations

from optimizer.report.book import Book
from optimizer.report.look import AMBER, GREEN, MONEY, TONNES, WHOLE
from optimizer.report.page import Column, Value

COLUMNS = (
    Column("Repair", "", "Cheapest first; rows with one number belong together.", WHOLE, 8),
    Column("What to negotiate", meaning="The change, in words.", width=58),
    Column("Negotiable", meaning="Row of the sheet Negotiable.", width=24),
    Column("By", "as named", "How far it moves.", TONNES, 11),
    Column("Unit", width=12),
    Column("Now", meaning="What the workbook says.", width=14),
    Column("Then", meaning="What it would say.", width=14),
    Column("Costs", "million USD", "At the cost that the row states.", MONEY, 11),
    Column("Repair costs", "million USD", "All rows of this repair.", MONEY, 12),
    Column("Proven", meaning="yes: the case was solved with this repair, survives, and passed its re-computation.", width=9),
    Column("Survives from", "month", "First month from which on every cut-off is survived with it.", width=12),
    Column("Plan costs", "million USD", "Discounted cost of the cheapest plan with it, without the cost of the repair.", MONEY, 12),
)
PROVEN = 9

LEAD = (
    "No plan survives as the workbook stands. Each repair below is the cheapest that does without something that every repair before it "
    "needs; it was proven by solving the case with it."
)


def write(book: Book) -> None:
    """One row per figure that moves; no sheet where there is no repair."""
    repairs = book.view.plan.repairs
    if not repairs:
        return
    page = book.page("Repairs", "What would have to change", LEAD, across=len(COLUMNS))
    rows: list[list[Value]] = [
        [
            r.repair,
            r.change,
            r.negotiable,
            r.amount,
            r.unit,
            r.now,
            r.then,
            r.usd_m,
            r.total_usd_m,
            "yes" if r.proven else "no",
            r.survives_from,
            r.plan_usd_m,
        ]
        for r in repairs
    ]
    ruled = {i for i in range(1, len(repairs)) if repairs[i].repair != repairs[i - 1].repair}
    page.table(COLUMNS, rows, frozen=2, ruled=ruled, fill=_colour, row_format=True)


def _colour(_row: int, column: int, value: Value) -> str:
    return "" if column != PROVEN else GREEN if value == "yes" else AMBER
