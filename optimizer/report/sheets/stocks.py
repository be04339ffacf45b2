"""Sheets Stock targets, Stock levels and Stock ages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from models.chain import Commodity
from optimizer.report.balance import monthly
from optimizer.report.book import Book
from optimizer.report.charts import Span, column_chart, line_chart
from optimizer.report.look import AMBER, MONEY, TONNES, WHOLE
from optimizer.report.page import Column, Page, Placed, Value, year_columns
from optimizer.report.view import StoreKey, tidy

CHARTED = 8
"""So many stocks are drawn, the dearest first."""

LITTLE_T = 1e-6
"""Use of a period, t REO, that is none."""

KEYS = (Column("Store", width=26), Column("Material", width=24), Column("Form", width=12))

WORTH = "at the lowest price of the first month at which the base plan can buy it"


def targets(book: Book) -> None:
    """What must lie in each store by year: tonnes of oxide, tonnes of own mass, days of cover, value; then the chart."""
    view = book.view
    page = book.page(
        "Stock targets",
        "Stock targets",
        "The least that the plan holds at the starts of each year that must be survived; empty: no start of that year "
        "must be. Dearest first.",
        across=3 + len(view.years),
    )
    level = {(t.store, t.material, t.form, t.year): t for t in view.plan.targets}
    keys = list(view.target_value_usd_m)

    def block(title: str, unit: str, number: str, of: Callable[[StoreKey, int], float | None], chosen: Sequence[StoreKey]) -> Placed:
        page.section(title)
        rows: list[list[Value]] = [[*k, *(of(k, y) for y in view.years)] for k in chosen]
        return page.table([*KEYS, *year_columns(view.years, unit, number)], rows, row_format=True, empty="Nothing must be held.")

    def held(key: StoreKey, year: int) -> float | None:
        return tidy(level[*key, year].target_t) if (*key, year) in level else None

    def cover(key: StoreKey, year: int) -> float | None:
        return level[*key, year].days_of_cover if (*key, year) in level else None

    def own_mass(key: StoreKey, year: int) -> float | None:
        t = held(key, year)
        return None if t is None else t * view.chain.mass_factor(key[1], key[2])

    def worth(key: StoreKey, year: int) -> float | None:
        t = held(key, year)
        return None if t is None else view.worth_usd_m(key[1:], t)

    block("Tonnes of contained oxide", "t REO", TONNES, held, keys)
    page.sheet.freeze_panes = "D1"
    other = [k for k in keys if view.chain.forms[k[2]].mass != "REO"]
    if other:
        block("Tonnes as they lie in the store (metal, or the product's whole mass)", "t", TONNES, own_mass, other)
    block("Days of cover: target over what the plan uses of the commodity per day", "days", WHOLE, cover, keys)
    _cover(book, page)
    placed = block(f"Value, {WORTH}", "million USD", MONEY, worth, keys[:CHARTED])
    if not placed.empty:
        chart = column_chart(
            "What must be held, by value",
            "million USD",
            Span(page.sheet, placed.header, 4, len(view.years)),
            _series(page, placed, keys[:CHARTED], 4, len(view.years)),
            "year",
        )
        page.chart(chart, 4)


def _cover(book: Book, page: Page) -> None:
    """The days of cover that the workbook asks for, and the least that the plan holds at the end of a period of each year; nothing
    where none are asked for. Days: what lies in the stocks that state them, over what plants and sectors use per day of the period.
    """
    view = book.view
    asked: dict[float | str, dict[Commodity, list[StoreKey]]] = defaultdict(lambda: defaultdict(list))
    for key, stock in view.study.stocks.items():
        if stock.cover_days:
            asked[stock.cover_days][key[1:]].append(key)
    if not asked or not view.base.stocks:
        return
    flows = monthly(view, view.base)
    lies = {((s.store, s.material, s.form), s.period.ordinal): s.level_t for s in view.base.stocks}
    slots = [(view.study.horizon.date(slot.first), slot.first, slot.months) for slot in view.study.horizon.slots]

    def least(commodity: Commodity, keys: Sequence[StoreKey], year: int) -> float | None:
        days = [
            sum(lies.get((key, period.ordinal), 0.0) for key in keys) / used * 365 * months / 12
            for period, _, months in slots
            if period.year == year and (used := flows[commodity, period.ordinal].taken) > LITTLE_T
        ]
        return min(days, default=None)

    rows: list[list[Value]] = []
    limits: dict[int, list[float]] = {}
    for stated, commodities in asked.items():
        by_year = [max(view.study.horizon.cited(stated, first) for period, first, _ in slots if period.year == y) for y in view.years]
        rows.append([f"asked: {stated}" if isinstance(stated, str) else "asked", "", "", *by_year])
        for commodity, keys in commodities.items():
            limits[len(rows)] = by_year
            stores = sorted({key[0] for key in keys})
            rows.append([stores[0] if len(stores) == 1 else "together", *commodity, *(least(commodity, keys, y) for y in view.years)])

    def colour(row: int, column: int, value: Value) -> str:
        bound = row in limits and column > 2 and isinstance(value, float) and 0 < value <= limits[row][column - 3] * 1.001
        return AMBER if bound else ""

    page.section("Days of cover that the workbook asks for, and the least held at the end of a period; amber: no more than asked")
    page.table([*KEYS, *year_columns(view.years, "days", WHOLE)], rows, fill=colour, row_format=True)


def levels(book: Book) -> None:
    """What lies in each store at the end of every period of the base plan; then charts of the dearest."""
    view = book.view
    page = book.page(
        "Stock levels", "Stock levels", "Level at the end of each period of the base plan, by first month of the period. Dearest first."
    )
    keys = list(view.stock_value_usd_m)
    level: Mapping[tuple[StoreKey, int], float] = {((s.store, s.material, s.form), s.period.ordinal): s.level_t for s in view.base.stocks}
    opening = {k: view.study.opening_t(stock) for k, stock in view.study.stocks.items()}
    columns = [*KEYS, Column("Opening", "t REO", "On the first day of the plan.", TONNES, 9)]
    columns += [Column(str(p), "t REO", "", TONNES, 8.5) for p in view.periods]
    rows: list[list[Value]] = [[*k, opening.get(k, 0.0), *(tidy(level.get((k, p.ordinal), 0.0)) for p in view.periods)] for k in keys]
    placed = page.table(columns, rows, frozen=3, row_format=True, empty="Nothing is stored.")
    _stores(book, page)
    if placed.empty:
        return
    dearest = keys[:CHARTED]
    page.section(f"The dearest stocks by value, million USD {WORTH}")
    worth: list[list[Value]] = [[*k, *(view.worth_usd_m(k[1:], level.get((k, p.ordinal), 0.0)) for p in view.periods)] for k in dearest]
    columns = [*KEYS, Column("", "", "", MONEY, 9), *(Column(str(p), "million USD", "", MONEY, 8.5) for p in view.periods)]
    valued = page.table(columns, [[*row[:3], None, *row[3:]] for row in worth], notes=False)
    count = len(view.periods)
    for title, unit, at in (("The dearest stocks, in tonnes", "t REO", placed), ("The dearest stocks, by value", "million USD", valued)):
        series = _series(page, at, dearest, 5, count)
        page.chart(line_chart(title, unit, Span(page.sheet, at.header, 5, count), series, "first month of the period"), 4)


def _stores(book: Book, page: Page) -> None:
    """Stores as a whole, where the case lists any: whose, where, how full at the fullest."""
    view = book.view
    if not view.case.stores:
        return
    together: dict[tuple[str, int], float] = defaultdict(float)
    for row in view.base.stocks:
        together[row.store, row.period.ordinal] += row.level_t
    rows: list[list[Value]] = []
    for store in view.case.stores:
        most = max((t for (name, _), t in together.items() if name == store.store), default=0.0)
        rows.append([store.store, store.owner, store.country or "home", most, store.capacity_t, store.fixed_usd_m_per_yr])
    page.section("Stores as a whole")
    columns = [
        Column("Store", width=26),
        Column("Owner", width=24),
        Column("Place", "", "A cut-off of this country puts the store out of reach.", width=12),
        Column("Fullest", "t REO", "Most that lies there together at the end of a period.", TONNES, 9),
        Column("Room", "t REO", "What fits there together in the first year; empty: no such limit.", TONNES, 8.5),
        Column("Fixed", "million USD/yr", "Fixed cost of the store.", MONEY, 8.5),
    ]
    page.table(columns, rows)


AGED = ("1st quarter", "2nd quarter", "3rd quarter", "last quarter")
"""Quarters of a shelf life."""


def ages(book: Book) -> None:
    """How old what ages is at the end of every period, and what is written off; only where a stock has a shelf life."""
    view = book.view
    aged = {k: stock for k, stock in view.study.stocks.items() if stock.shelf_life_months is not None}
    if not aged:
        return
    page = book.page(
        "Stock ages",
        "Stock ages",
        "Base plan, at the end of each period, first in, first out: how far through its shelf life what lies there is. What is in the "
        "last quarter is used, sold or written off next.",
    )
    parts: dict[tuple[StoreKey, int], list[float]] = defaultdict(lambda: [0.0] * len(AGED))
    oldest: dict[tuple[StoreKey, int], int] = {}
    for cohort in view.plan.stock_ages:
        key, at = (cohort.store, cohort.material, cohort.form), cohort.period.ordinal
        life = aged[key].shelf_life_months or 1
        parts[key, at][min(len(AGED) - 1, max(0, (cohort.age_months - 1) * len(AGED) // life))] += cohort.level_t
        oldest[key, at] = max(oldest.get((key, at), 0), cohort.age_months)
    rows: list[list[Value]] = []
    ruled = set()
    for key, stock in aged.items():
        ruled.add(len(rows))
        for row in view.base.stocks:
            if (row.store, row.material, row.form) == key:
                at = row.period.ordinal
                figures = [tidy(t) for t in (row.level_t, *parts[key, at], row.expired_t)]
                rows.append([*key, str(row.period), *figures, oldest.get((key, at)), stock.shelf_life_months])
    columns = [*KEYS, Column("Period", "month", "First month of the period.", width=9)]
    columns += [Column("Level", "t REO", "At the end of the period.", TONNES, 9)]
    columns += [Column(name, "t REO", f"In the {name} of its shelf life.", TONNES, 11) for name in AGED]
    columns += [
        Column("Written off", "t REO", "Too old, and of no use, in the period.", TONNES, 10),
        Column("Oldest", "months", "Age of the oldest tonne.", WHOLE, 8),
        Column("Shelf life", "months", "", WHOLE, 8),
    ]
    page.table(columns, rows, frozen=4, filtered=True, ruled=ruled, empty="Nothing is stored.")


def _series(page: Page, placed: Placed, keys: Sequence[StoreKey], left: int, count: int) -> list[tuple[Span, Span]]:
    """Names and values of the first rows of a table; the store is named where the commodity alone would not tell two apart."""
    unique = len({k[1:] for k in keys}) == len(keys)
    name_at, cells = (2, 2) if unique else (1, 3)
    rows = range(placed.first, placed.first + len(keys))
    return [(Span(page.sheet, row, name_at, cells), Span(page.sheet, row, left, count)) for row in rows]
