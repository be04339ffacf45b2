"""Sheets Supply and demand, and Supply by origin."""

from __future__ import annotations

from collections import defaultdict

from models.plan import PlannerRule
from optimizer.report.balance import Flow, yearly
from optimizer.report.book import Book
from optimizer.report.charts import Span, column_chart
from optimizer.report.look import AMBER, GREEN, PERCENT, RED, TONNES, YEAR
from optimizer.report.page import Column, Page, Value, year_columns
from optimizer.report.view import tidy

AGREES_T = 1e-4
"""A year that adds up to within a hundred grams is right."""

NEARLY_PCT = 1e-4
"""A share so near its ceiling has reached it."""

CHARTED = 6
"""So many elements are drawn, the dearest first."""

SUPPLY = (
    Column("Material", width=18),
    Column("Form", width=12),
    Column("Year", "", "Calendar year.", YEAR, 7),
    Column("Opening stock", "t REO", "All stores of this commodity, at the start of the year.", TONNES, 10),
    Column(
        "+ Bought",
        "t REO",
        "Bought without a contract; a mixture counts as what it contains where the form is counted by element.",
        TONNES,
        10,
    ),
    Column("+ Lifted", "t REO", "Lifted under contracts.", TONNES, 10),
    Column("+ Produced", "t REO", "Output of plants.", TONNES, 10),
    Column("+ Scrap", "t REO", "Process scrap that comes back.", TONNES, 10),
    Column("- Used in plants", "t REO", "Input of plants.", TONNES, 10),
    Column("- Served", "t REO", "Demand that is served.", TONNES, 10),
    Column("- Used instead", "t REO", "Used by programmes instead of what is demanded.", TONNES, 10),
    Column("- Sold", "t REO", "Surplus sold.", TONNES, 9),
    Column("- Disposed", "t REO", "Surplus got rid of.", TONNES, 10),
    Column("- Lost", "t REO", "Lost in store, or written off as too old.", TONNES, 8),
    Column("= Closing stock", "t REO", "All stores of this commodity, at the end of the year.", TONNES, 10),
    Column(
        "Difference", "t REO", "What does not add up: opening stock and what comes in, less what goes out, less closing stock.", TONNES, 11
    ),
    Column("Demand", "t REO", "", TONNES, 10),
    Column("Replaced", "t REO", "Demand that programmes replace, by something else or by nothing.", TONNES, 10),
    Column("Owed", "t REO", "Demand that is owed at the end of the year, to be served later.", TONNES, 10),
    Column("Not served", "t REO", "Demand, and what was owed, less what is served, replaced or still owed.", TONNES, 10),
    Column("Into stock", "t REO", "Put into stores in the year.", TONNES, 10),
    Column("Out of stock", "t REO", "Taken out of stores in the year.", TONNES, 10),
)
OF_PROGRAMMES = ("- Used instead", "Replaced")
"""Columns that are shown where programmes replace something."""


def supply_and_demand(book: Book) -> None:
    """One row per commodity and year, filtered and frozen."""
    view = book.view
    page = book.page(
        "Supply and demand",
        "Supply and demand",
        "Base plan. Across a row: opening stock + what comes in - what goes out = closing stock. A period belongs to "
        "the year in which it begins." + (" What is shipped counts when it arrives." if view.study.shipped else ""),
        across=len(SUPPLY),
    )
    flows = yearly(view)
    left_out = {*(() if view.base.replaced else OF_PROGRAMMES), *(() if any(row.owed_t for row in view.base.service) else ("Owed",))}
    shown = [n for n, column in enumerate(SUPPLY) if column.label not in left_out]
    columns = [SUPPLY[n] for n in shown]
    rows = [_row(c, year, flows[c, year]) for c in view.chain.commodities for year in view.years if (c, year) in flows]

    def colour(_row: int, column: int, value: Value) -> str:
        if columns[column].label == "Difference":
            return RED if value else GREEN
        unmet = columns[column].label == "Not served" and isinstance(value, float) and value > AGREES_T
        return AMBER if unmet else ""

    rows = [[r[n] for n in shown] for r in rows if any(r[3:])]
    page.table(columns, rows, filtered=True, frozen=3, fill=colour, empty="Nothing flows.")


def _row(commodity: tuple[str, str], year: int, f: Flow) -> list[Value]:
    out = (f.used, f.served, f.instead, f.sold, f.disposed, f.lost)
    difference = f.difference if abs(f.difference) > AGREES_T else 0.0
    numbers = [f.opening, f.bought, f.lifted, f.produced, f.scrap, *out, f.closing, difference]
    numbers += [f.demanded, f.replaced, f.owed, f.unmet, f.added, f.drawn]
    return [*commodity, year, *(tidy(n) for n in numbers)]


def by_origin(book: Book) -> None:
    """Deliveries by element, origin and year, and a chart of each of the dearest elements."""
    view = book.view
    years = view.years
    page = book.page(
        "Supply by origin",
        "Supply by origin",
        "Bought and lifted in the base plan, all forms together, by the countries that the material has passed. Dearest element first.",
        across=3 + len(years) + 1,
    )
    origins: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (element, origin, _), tonnes in view.supply_by_origin.items():
        origins[element][origin] += tonnes
    rows: list[list[Value]] = []
    blocks: dict[str, tuple[int, int]] = {}
    for element in view.element_value_usd_m:
        of_element = origins[element]
        everything = sum(of_element.values())
        if everything <= 0:
            continue
        first = len(rows)
        for origin in sorted(of_element, key=lambda o: -of_element[o]):
            by_year = [tidy(view.supply_by_origin.get((element, origin, y), 0.0)) for y in years]
            rows.append([view.groups[element], element, origin, *by_year, of_element[origin], 100 * of_element[origin] / everything])
        blocks[element] = (first, len(rows))
    columns = [
        Column("Group", width=12),
        Column("Element", width=10),
        Column("Origin", meaning="Every country that the material has passed.", width=34),
        *year_columns(years, "t REO"),
        Column("All years", "t REO", "", TONNES, 10),
        Column("Share", "%", "Share of all supply of this element.", PERCENT, 8),
    ]
    placed = page.table(columns, rows, filtered=True, frozen=3, row_format=True, empty="Nothing is bought or lifted.")
    for element, (first, end) in list(blocks.items())[:CHARTED]:
        lines = range(placed.first + first, placed.first + end)
        series = [(Span(page.sheet, r, 3), Span(page.sheet, r, 4, len(years))) for r in lines]
        page.chart(
            column_chart(f"Supply of {element} by origin", "t REO", Span(page.sheet, placed.header, 4, len(years)), series, "year"), 3
        )
    _ceilings(book, page, years)


def _ceilings(book: Book, page: Page, years: tuple[int, ...]) -> None:
    """Shares of countries against the planner's ceilings; nothing where there are none."""
    if not book.view.case.ceilings:
        return
    shares: dict[tuple[int, str], dict[str, PlannerRule]] = defaultdict(dict)
    for r in book.view.plan.planner_rules:
        if r.sheet == "Ceilings":
            shares[r.row, r.rule][r.when] = r
    page.section("Shares of what comes from abroad, against the ceilings")
    rows: list[list[Value]] = []
    for (_, what), by_year in shares.items():
        limit = next(iter(by_year.values())).limit
        rows.append([what, limit, *(by_year[str(y)].reached if str(y) in by_year else None for y in years)])

    def colour(row: int, column: int, value: Value) -> str:
        limit = rows[row][1]
        full = column > 1 and isinstance(value, float) and isinstance(limit, float) and value >= limit - NEARLY_PCT
        return "" if not full else AMBER if isinstance(value, float) and isinstance(limit, float) and value <= limit + NEARLY_PCT else RED

    columns = [
        Column("What, and from where", meaning="A source counts for the last country passed, a plant abroad for its own.", width=34),
        Column("Ceiling", "%", "Most that one country may give. Amber: reached. Red: passed, at a price.", PERCENT, 10),
        *year_columns(years, "%", PERCENT),
    ]
    page.table(columns, rows, fill=colour, empty="Nothing under a ceiling comes from abroad.")
