"""Sheet Residue: what arises where, what lies in stores and cells, and which cells are built. Only where residue arises."""

from __future__ import annotations

from collections import defaultdict

from optimizer.report.book import Book
from optimizer.report.look import AMBER, MONEY, TONNES, WHOLE
from optimizer.report.page import Column, Page, Value, year_columns
from optimizer.report.view import tidy

FULL = 0.9995
"""A store or cell that is shown as full."""


def write(book: Book) -> None:
    """Cells built; then by year what arises, by plant and site; then each site's store and cells at the end of each year."""
    view = book.view
    if not view.study.residue:
        return
    page = book.page(
        "Residue",
        "Residue",
        "Base plan: what processing leaves behind, in tonnes of residue. Where it cannot be placed a plant stops. Amber: full.",
        across=4 + len(view.years),
    )
    page.section("Disposal cells that are built")
    columns = [
        Column("Site", width=34),
        Column("Decided", width=18),
        Column("Ready", meaning="First month in which they can be filled.", width=13),
        Column("Cells", "", "", WHOLE, 8),
        Column("They hold", "t", "", TONNES, 9),
        Column("Capital cost", "million USD", "Undiscounted.", MONEY, 9),
    ]
    built: list[list[Value]] = [[c.site, str(c.decided), str(c.ready), c.units, c.capacity_t, c.capex_usd_m] for c in view.plan.cells_built]
    page.table(columns, built, empty="No cell is built.")
    _arising(book, page)
    _sites(book, page)
    page.sheet.freeze_panes = "B1"


def _arising(book: Book, page: Page) -> None:
    view = book.view
    placed: dict[tuple[str, str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in view.plan.residue_placed:
        if row.run == "base":
            placed[row.plant, row.residue, row.site][row.period.year] += row.placed_t
    page.section("Residue that arises, and where it is placed")
    head = [Column("Plant", width=34), Column("Residue", width=18), Column("Site", width=26)]
    rows: list[list[Value]] = [[*key, *(tidy(by_year[y]) for y in view.years)] for key, by_year in placed.items()]
    page.table([*head, *year_columns(view.years, "t", TONNES)], rows, row_format=True, empty="No residue arises.")


def _sites(book: Book, page: Page) -> None:
    """Store and cells of each site at the end of each year, beside what they hold."""
    view = book.view
    last = {(row.site, row.period.year): row for row in view.plan.residue_levels if row.run == "base"}
    page.section("Stores and cells at the end of each year")
    head = [Column("Site", width=34), Column("What", width=18)]
    rows: list[list[Value]] = []
    limits: list[list[float]] = []
    for name, site in view.study.residue.sites.items():
        found = [last.get((name, year)) for year in view.years]
        rows.append([name, "in interim store", *(0.0 if row is None else tidy(row.level_t) for row in found)])
        limits.append([site.storage_t] * len(found))
        rows.append([name, "in cells", *(0.0 if row is None else tidy(row.filled_t) for row in found)])
        limits.append([0.0 if row is None else row.cells_t for row in found])
        rows.append([name, "cells hold", *(limits[-1])])
        limits.append([0.0] * len(found))

    def full(row: int, column: int, value: Value) -> str:
        limit = limits[row][column - len(head)] if column >= len(head) else 0.0
        return AMBER if limit > 0 and isinstance(value, float) and value >= FULL * limit else ""

    page.table([*head, *year_columns(view.years, "t", TONNES)], rows, fill=full, row_format=True, empty="There is no site.")
