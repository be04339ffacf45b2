"""Sheet Plants: how full each plant is."""

from __future__ import annotations

from collections import defaultdict

from optimizer.report.book import Book
from optimizer.report.look import AMBER, PERCENT, TONNES
from optimizer.report.page import Column, Value, year_columns
from optimizer.report.view import tidy

FULL_PCT = 99.95
"""A share that is shown as 100.0 % is full."""


def write(book: Book) -> None:
    """Share of capacity by year, then used and available tonnes."""
    view = book.view
    page = book.page(
        "Plants",
        "Plants",
        "Base plan: plants that the buyer can use. Tonnes are the plant's own: what goes in or what comes out, as its "
        "row in the workbook says. Amber: full.",
        across=4 + len(view.years),
    )
    used: dict[tuple[str, int], float] = defaultdict(float)
    capacity: dict[tuple[str, int], float] = defaultdict(float)
    for u in view.base.plant_use:
        used[u.plant, u.period.year] += u.used_t
        capacity[u.plant, u.period.year] += u.capacity_t
    names = [p.plant for p in view.case.plants if any((p.plant, y) in capacity for y in view.years)]
    plants = view.study.plants
    keys = [
        Column("Plant", width=34),
        Column("Stage", width=20),
        Column("Decision", width=13),
        Column("Counts", "", "What a tonne of its capacity is.", width=20),
    ]

    def labels(name: str) -> list[Value]:
        p = plants[name]
        mass = "t REO" if p.capacity_mass == "REO" else "t own mass"
        decision = "built" if p.status == "candidate" else "may stop" if p.may_stop != "no" else "existing"
        return [name, p.stage, decision, f"{p.capacity_basis}, {mass}"]

    def share(name: str, year: int) -> float | None:
        available = capacity.get((name, year), 0.0)
        return 100 * used[name, year] / available if available > 0 else None

    def full(_row: int, column: int, value: Value) -> str:
        return AMBER if column >= len(keys) and isinstance(value, float) and value >= FULL_PCT else ""

    page.section("Share of capacity that is used")
    rows: list[list[Value]] = [[*labels(n), *(share(n, y) for y in view.years)] for n in names]
    page.table([*keys, *year_columns(view.years, "%", PERCENT)], rows, fill=full, empty="No plant is open to the buyer.")
    page.section("Capacity used")
    rows = [[*labels(n), *(tidy(used.get((n, y), 0.0)) for y in view.years)] for n in names]
    page.table([*keys, *year_columns(view.years, "t", TONNES)], rows, row_format=True, empty="No plant is open to the buyer.")
    page.section("Capacity available")
    rows = [[*labels(n), *(capacity.get((n, y)) for y in view.years)] for n in names]
    page.table([*keys, *year_columns(view.years, "t", TONNES)], rows, row_format=True, empty="No plant is open to the buyer.")
    page.sheet.freeze_panes = "B1"
