"""Sheet Plants: how full each plant is."""

from __future__ import annotations

from collections import defaultdict

from optimizer.report.book import Book
from optimizer.report.look import AMBER, PERCENT, TONNES
from optimizer.report.page import Column, Page, Value, year_columns
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
    _tolled(book, page)
    page.sheet.freeze_panes = "B1"


def _tolled(book: Book, page: Page) -> None:
    """What is out at toll plants, where there are any: by year, sent, come back, and still under way at its end."""
    view = book.view
    rows: list[list[Value]] = []
    for plant in view.case.plants:
        sent: dict[tuple[str, int], float] = defaultdict(float)
        back: dict[tuple[str, int], float] = defaultdict(float)
        for p in view.base.processed:
            if p.plant == plant.plant and plant.transit_months > 0:
                sent[p.material, p.period.year] += p.processed_t
        for t in view.base.tolled:
            if t.plant == plant.plant:
                back[t.material, t.period.year] += t.returned_t
        for material in dict.fromkeys(m for m, _ in sent):
            out = [sum(sent[material, y] - back[material, y] for y in view.years if y <= year) for year in view.years]
            rows.append([plant.plant, material, "sent", *(tidy(sent[material, y]) for y in view.years)])
            rows.append([plant.plant, material, "come back", *(tidy(back[material, y]) for y in view.years)])
            rows.append([plant.plant, material, "out at year end", *(tidy(t) for t in out)])
    if rows:
        page.section("Sent to toll plants and back (t REO, counted as sent)")
        head = [Column("Plant", width=34), Column("Material", width=20), Column("What", width=13)]
        page.table([*head, *year_columns(view.years, "t", TONNES)], rows, row_format=True)
