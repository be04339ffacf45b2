"""Sheet Joint costs: what each element of a feed costs beside its market price. Only where something is separated."""

from __future__ import annotations

from collections.abc import Callable

from models.plan import JointCost
from optimizer.report.book import Book
from optimizer.report.look import GREEN, MONEY, PERCENT, PRICE, TONNES
from optimizer.report.page import Column, Page, Value, year_columns

FEED = (Column("Plant", width=30), Column("Feed", width=26))
OUTPUT = (*FEED, Column("Output", width=18), Column("Form", width=12))


def write(book: Book) -> None:
    """First each feed as a whole: cost against what its outputs are worth; then each output's cost by value, by mass, its price, tonnes."""
    view = book.view
    if not view.plan.joint_costs:
        return
    page = book.page(
        "Joint costs",
        "Joint costs",
        "Base plan, in each year's money: feed with freight, variable cost of the separation and disposal of its residue, borne by all "
        "that comes out. By value: in proportion to tonnes x lowest price. By mass: in proportion to tonnes of oxide. Fixed and "
        "capital cost, rebates, prepayments and minimums not lifted are no part of it; process scrap that comes back costs nothing.",
        across=len(OUTPUT) + len(view.years),
    )
    by_feed: dict[tuple[str, str], dict[int, list[JointCost]]] = {}
    for row in view.plan.joint_costs:
        by_feed.setdefault((row.plant, row.feed), {}).setdefault(row.year, []).append(row)
    _feeds(book, page, by_feed)
    by_output = {(r.plant, r.feed, r.output, r.form, r.year): r for r in view.plan.joint_costs}
    keys = list(dict.fromkeys(key[:4] for key in by_output))

    def block(title: str, unit: str, number: str, of: Callable[[JointCost], float | None]) -> None:
        page.section(title)
        rows: list[list[Value]] = [
            [*key, *(None if (row := by_output.get((*key, y))) is None else of(row) for y in view.years)] for key in keys
        ]
        page.table([*OUTPUT, *year_columns(view.years, unit, number)], rows, row_format=True)

    price = "USD/kg REO"
    block("Cost by value", price, PRICE, lambda row: row.by_value_usd_per_kg)
    block("Cost by mass", price, PRICE, lambda row: row.by_mass_usd_per_kg)
    block("Lowest price at which it can be bought (empty: none is known)", price, PRICE, lambda row: row.market_usd_per_kg or None)
    block("Tonnes that come out", "t REO", TONNES, lambda row: row.output_t)
    page.sheet.freeze_panes = "C1"


def _feeds(book: Book, page: Page, by_feed: dict[tuple[str, str], dict[int, list[JointCost]]]) -> None:
    years = book.view.years

    def worth(rows: list[JointCost]) -> float:
        return sum(row.output_t * row.market_usd_per_kg for row in rows) / 1000

    def block(title: str, unit: str, number: str, of: Callable[[list[JointCost]], float | None], cheap: bool = False) -> None:
        def fill(_row: int, column: int, value: Value) -> str:
            return GREEN if cheap and column >= len(FEED) and isinstance(value, float) and value < 100 else ""

        page.section(title)
        rows: list[list[Value]] = [[*key, *(of(by_year[y]) if y in by_year else None for y in years)] for key, by_year in by_feed.items()]
        page.table([*FEED, *year_columns(years, unit, number)], rows, fill=fill, row_format=True)

    block("Cost of the feed", "million USD", MONEY, lambda rows: rows[0].joint_usd_m)
    block(
        "Cost in percent of what all that comes out would cost to buy; green: cheaper than buying it",
        "%",
        PERCENT,
        lambda rows: 100 * rows[0].joint_usd_m / value if (value := worth(rows)) > 0 else None,
        cheap=True,
    )
