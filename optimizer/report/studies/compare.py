"""A comparison as a workbook: what differs in the input, in decisions, in cost, in what is survived and in what is held."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl.workbook.workbook import Workbook

from optimizer.cells import plain_text
from optimizer.report.look import AMBER, BLUE, COUNT, TONNES, Look
from optimizer.report.page import Column, Page, Styles, Value
from optimizer.report.write import save

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

HOME = "Comparison"
"""The first sheet."""

MONEY = "#,##0.0000;-#,##0.0000;0"
"""Million USD."""


def write_comparison(found: Comparison, path: Path) -> Path:
    """Write a comparison and return the path written, as `save` does. Raises ``OSError``."""
    book, styles, pages = Workbook(), Styles(), list[Page]()

    def page(name: str, title: str, lead: str) -> Page:
        pages.append(Page(book, styles, name, title, lead, 6, home=HOME))
        return pages[-1]

    _home(page(HOME, "What differs", f"First: {plain_text(found.first)}. Second: {plain_text(found.second)}."), found)
    if found.inputs or not found.survival:
        _inputs(page("Inputs", "Inputs that differ", "Cells that differ, and rows that only one of the two has."), found)
    if found.survival:
        _decisions(page("Decisions", "Decisions that differ", "What the two plans sign, build, stop, start and put up otherwise."), found)
        _costs(page("Costs", "Cost by term and year", "Discounted, each to its own start; more: by so much the second is dearer."), found)
        _targets(page("Stock targets", "Stock targets", "What must lie in each store, by year."), found)
    for each in pages:
        each.finish(plain_text(f"{found.first} - {found.second}"), BLUE if each.name == HOME else "")
    book.properties.creator = "stockpile"
    book.active = 0
    return save(book, path)


def _home(page: Page, found: Comparison) -> None:
    """How many things differ, and how sure the two are."""
    if found.same:
        page.text("Nothing differs.", Look(bold=True))
        return
    counts: list[list[Value]] = [["Inputs", len(found.inputs)]]
    if found.survival:
        costs = sum(1 for row in found.costs if row.year is None and abs(row.more_usd_m) > 1e-6)
        targets = sum(1 for row in found.targets if abs(row.more_t) > 1e-6)
        counts += [["Decisions", len(found.decisions)], ["Cost terms", costs], ["Stock targets", targets]]
    page.table([Column("What", width=46), Column("Differences", "", "", COUNT, 26)], counts)
    if found.survival:
        page.section("Answer and survival")
        rows: list[list[Value]] = [[row.what, row.first, row.second] for row in found.survival]
        differs = [row.differs for row in found.survival]
        columns = [Column("What", width=46), Column("First", width=26), Column("Second", width=26)]
        page.table(columns, rows, fill=lambda r, c, _v: AMBER if differs[r] and c else "")


def _inputs(page: Page, found: Comparison) -> None:
    columns = [
        Column("Sheet", width=16),
        Column("Row", width=34),
        Column("Column", width=24),
        Column("Unit", width=14),
        Column("First", width=40),
        Column("Second", width=40),
    ]
    rows: list[Sequence[Value]] = [
        [r.sheet, r.row, r.column or "the whole row", r.unit, r.first or "-", r.second or "-"] for r in found.inputs
    ]
    page.table(columns, rows, filtered=True, frozen=2, empty="No input differs.")


def _decisions(page: Page, found: Comparison) -> None:
    columns = [Column("Kind", width=14), Column("Name", width=34), Column("First", width=52), Column("Second", width=52)]
    rows: list[Sequence[Value]] = [[r.kind, r.name, r.first or "-", r.second or "-"] for r in found.decisions]
    page.table(columns, rows, frozen=2, empty="No decision differs.")


def _costs(page: Page, found: Comparison) -> None:
    years = sorted({row.year for row in found.costs if row.year is not None})
    money = {(row.term, row.year): row for row in found.costs}
    terms = list(dict.fromkeys(row.term for row in found.costs))
    three = [Column(label, "million USD", "", MONEY, 14) for label in ("First", "Second", "More")]
    whole: list[list[Value]] = [
        [term, money[term, None].first_usd_m, money[term, None].second_usd_m, money[term, None].more_usd_m]
        for term in terms
        if (term, None) in money
    ]
    total: list[Value] = ["Total", *(sum(float(str(row[k])) for row in whole) for k in (1, 2, 3))]
    page.section("In all years")
    page.table([Column("Term", width=22), *three], whole, total=total)
    page.section("More, by year")
    by_year: list[list[Value]] = [
        [term, *(money[term, year].more_usd_m if (term, year) in money else 0.0 for year in years)] for term in terms
    ]
    page.table([Column("Term", width=22), *(Column(str(year), "million USD", "", MONEY, 12) for year in years)], by_year)


def _targets(page: Page, found: Comparison) -> None:
    columns = [
        Column("Store", width=22),
        Column("Material", width=18),
        Column("Form", width=14),
        Column("Year", width=8),
        *(Column(label, "t REO", "", TONNES, 12) for label in ("First", "Second", "More")),
    ]
    rows: list[Sequence[Value]] = [[r.store, r.material, r.form, str(r.year), r.first_t, r.second_t, r.more_t] for r in found.targets]
    differs = [abs(r.more_t) > 1e-6 for r in found.targets]
    page.table(columns, rows, frozen=3, filtered=True, fill=lambda r, c, _v: AMBER if c == 6 and differs[r] else "", empty="None.")
