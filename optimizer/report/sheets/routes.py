"""Sheet Routes: what goes along each route, how full it is, and what it costs."""

from __future__ import annotations

from collections import defaultdict

from models.case import Route
from models.operations.routes import goal_of, origin, start_of
from optimizer.report.book import Book
from optimizer.report.look import AMBER, MONEY, PERCENT, TONNES
from optimizer.report.page import Column, Value, year_columns
from optimizer.report.view import BASE, View, tidy

FULL_PCT = 99.95
"""A share that is shown as 100.0 % is full."""


def write(book: Book) -> None:
    """Tonnes by route and commodity, the share of the capacity, and the cost, year by year; no sheet where the case has no routes."""
    view = book.view
    if not view.case.routes:
        return
    years = view.years
    lead = "Base plan. Whoever no route names meets all others in one pool. What goes straight to a plant abroad keeps its origin."
    page = book.page("Routes", "Routes", lead, across=6 + len(years))
    rows = {r.route: r for r in view.case.routes}
    tonnes: dict[tuple[str, str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for s in view.plan.shipped:
        if s.run == BASE:
            tonnes[s.route, s.material, s.form][s.period.year] += s.shipped_t
    keys = [
        Column("Route", width=30),
        Column("From", width=26),
        Column("To", width=26),
    ]
    carried = [*keys, Column("Material", width=14), Column("Form", width=10)]
    origins = Column("Has then passed", meaning="Countries whose cut-off cuts it on its way through a plant abroad.", width=26)
    page.section("Shipped")
    shipped: list[list[Value]] = [
        [*_ends(rows[r]), i, f, passed(view, rows[r]), *(tidy(by_year.get(y, 0.0)) for y in years)] for (r, i, f), by_year in tonnes.items()
    ]
    page.table([*carried, origins, *year_columns(years, "t REO", TONNES)], shipped, row_format=True, empty="Nothing is shipped.")
    if tonnes or any(u.run == BASE for u in view.plan.route_use):
        _use(book, page_keys=keys, rows=rows)


def _use(book: Book, page_keys: list[Column], rows: dict[str, Route]) -> None:
    """Share of the capacity, and cost."""
    view, years = book.view, book.view.years
    page = book.pages[-1]
    used: dict[tuple[str, int], float] = defaultdict(float)
    room: dict[tuple[str, int], float] = defaultdict(float)
    cost: dict[tuple[str, int], float] = defaultdict(float)
    months: dict[int, int] = defaultdict(int)
    for slot in view.horizon.slots:
        months[view.horizon.year(slot.first)] += slot.months
    for u in view.plan.route_use:
        if u.run == BASE:
            used[u.route, u.period.year] += u.shipped_t
            row, rise = rows[u.route], view.horizon.escalation(view.horizon.month_of(u.period, 0))
            cost[u.route, u.period.year] += (u.shipped_t * row.usd_per_t / 1e6 + row.fixed_usd_m_per_yr * u.months / 12) * rise
    for r in view.case.routes:
        for year in years:
            room[r.route, year] = (r.capacity_t_per_yr or 0.0) * months[year] / 12
    limited = [r for r in view.case.routes if r.capacity_t_per_yr]

    def full(_row: int, column: int, value: Value) -> str:
        return AMBER if column >= len(page_keys) and isinstance(value, float) and value >= FULL_PCT else ""

    if limited:
        page.section("Share of capacity that is used")
        shares: list[list[Value]] = [[*_ends(r), *(100 * used[r.route, y] / room[r.route, y] for y in years)] for r in limited]
        page.table([*page_keys, *year_columns(years, "%", PERCENT)], shares, fill=full)
    page.section("Cost of transport, undiscounted")
    costs: list[list[Value]] = [[*_ends(r), *(tidy(cost[r.route, y]) for y in years)] for r in view.case.routes]
    page.table([*page_keys, *year_columns(years, "million USD", MONEY)], costs)


def _ends(route: Route) -> list[Value]:
    """Name, start and goal of a route in words."""
    return [route.route, *(" ".join(end) if end else "the pool" for end in (start_of(route), goal_of(route)))]


def passed(view: View, route: Route) -> str:
    """The countries that what goes along a route has passed when it leaves a plant abroad; empty elsewhere."""
    return " + ".join(origin(view.study, start_of(route), goal_of(route)))
