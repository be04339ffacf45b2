"""Sheets Purchases and Contracts: what is bought and lifted, against its limits, and at what price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from optimizer.report.book import Book
from optimizer.report.look import AMBER, MONEY, PERCENT, PRICE, TONNES, YEAR
from optimizer.report.page import Column, Page, Value, year_columns
from optimizer.report.sheets import settlements
from optimizer.report.view import View, tidy

FULL_PCT = 99.95
"""A share that is shown as 100.0 % is at its limit."""

SOURCE = (
    Column("Source", width=32),
    Column("Origin", "", "Every country that the material has passed.", width=20),
    Column("Material", width=26),
    Column("Form", width=12),
)


@dataclass
class Delivery:
    """Tonnes, money and limit of one source or contract line in one year."""

    tonnes: float = 0.0
    usd_m: float = 0.0
    limit: float = 0.0

    @property
    def price(self) -> float | None:
        """Mean price, USD/kg REO."""
        return self.usd_m / self.tonnes * 1000 if self.tonnes > 0 else None

    @property
    def share_pct(self) -> float | None:
        """Tonnes as a share of the limit, %."""
        return 100 * self.tonnes / self.limit if self.limit > 0 else None


def _source(view: View, source: str) -> list[Value]:
    row = view.study.sources[source]
    return [source, view.origin(source), row.material, row.form]


def _at_limit(at: int) -> Callable[[int, int, Value], str]:
    return lambda _row, column, value: AMBER if column == at and isinstance(value, float) and value >= FULL_PCT else ""


def purchases(book: Book) -> None:
    """By source: tonnes by year; then each source and year with price, cost and share of the limit."""
    view = book.view
    page = book.page(
        "Purchases",
        "Purchases without a contract",
        "Base plan. Prices are without freight. The share of the limit is of what the source sells without a "
        "contract. Amber: bought up to the limit.",
        across=4 + len(view.years) + 3,
    )
    bought: dict[tuple[str, int], Delivery] = defaultdict(Delivery)
    for b in view.base.bought:
        d = bought[b.source, b.period.year]
        d.tonnes, d.usd_m = d.tonnes + b.bought_t, d.usd_m + b.bought_t * b.usd_per_kg / 1000
    for s in view.case.sources:
        for slot in view.horizon.slots:
            year = view.horizon.year(slot.first)
            if (s.source, year) in bought:
                bought[s.source, year].limit += s.spot_share * sum(view.study.base_limit_t[s.source][m] for m in slot.range)
    names = [s.source for s in view.case.sources if any((s.source, y) in bought for y in view.years)]
    page.section("By source and year")
    columns = [
        *SOURCE,
        *year_columns(view.years, "t REO"),
        Column("All years", "t REO", "", TONNES, 10),
        Column("Mean price", "USD/kg REO", "", PRICE, 11),
    ]
    columns.append(Column("Cost", "million USD", "Undiscounted, without freight.", MONEY, 11))
    rows = []
    for name in names:
        whole = _sum(bought.get((name, y)) for y in view.years)
        tonnes: list[Value] = [tidy(bought[name, y].tonnes) if (name, y) in bought else 0.0 for y in view.years]
        rows.append([*_source(view, name), *tonnes, whole.tonnes, whole.price, whole.usd_m])
    page.table(columns, rows, row_format=True, empty="Nothing is bought without a contract.")
    if view.study.shipped:
        _at_sea(page, view)
    if not names:
        return
    page.section("Price and share of the limit")
    columns = [
        *SOURCE,
        Column("Year", "", "", YEAR, 7),
        Column("Bought", "t REO", "", TONNES, 10),
        Column("Limit", "t REO", "What this source could sell without a contract in the year.", TONNES, 10),
        Column("Share of limit", "%", "", PERCENT, 9),
        Column("Price", "USD/kg REO", "Mean of the year, without freight.", PRICE, 10),
        Column("Cost", "million USD", "Undiscounted, without freight.", MONEY, 11),
    ]
    fixed: dict[tuple[str, int], list[float]] = defaultdict(list)
    for b in view.base.bought:
        if b.order_usd_m:
            fixed[b.source, b.period.year].append(b.order_usd_m)
    if fixed:
        columns.append(Column("Orders", "number", "Periods with an order.", TONNES, 8))
        columns.append(Column("Cost of orders", "million USD", "Undiscounted.", MONEY, 11))
    detail: list[list[Value]] = []
    for name in names:
        for y in view.years:
            if (name, y) in bought:
                d = bought[name, y]
                orders: list[Value] = [len(fixed[name, y]), sum(fixed[name, y])] if fixed else []
                detail.append([*_source(view, name), y, d.tonnes, d.limit, d.share_pct, d.price, d.usd_m, *orders])
    page.table(columns, detail, filtered=True, fill=_at_limit(7))
    page.sheet.freeze_panes = "B1"


def _at_sea(page: Page, view: View) -> None:
    """What is ordered of each source that ships, what arrives, and what is under way at the end of each year."""
    page.section("Sources that ship: ordered and paid in the year, arrived, and at sea at the year's end")
    ordered: dict[tuple[str, int], float] = defaultdict(float)
    arrived: dict[tuple[str, int], float] = defaultdict(float)
    for b in view.base.bought:
        ordered[b.source, b.period.year] += b.bought_t
    for f in view.base.lifted:
        ordered[f.source, f.period.year] += f.lifted_t
    for a in view.base.arrivals:
        arrived[a.source, a.period.year] += a.arrived_t
    rows: list[list[Value]] = []
    for name, months in view.study.shipped.items():
        at_sea = view.study.opening_cargo_t(view.study.sources[name])
        for y in view.years:
            opening, at_sea = at_sea, at_sea + ordered[name, y] - arrived[name, y]
            rows.append([*_source(view, name), months, y, tidy(opening), tidy(ordered[name, y]), tidy(arrived[name, y]), tidy(at_sea)])
    columns = [
        *SOURCE,
        Column("Shipping", "months", "From order to arrival.", TONNES, 9),
        Column("Year", "", "", YEAR, 7),
        Column("At sea before", "t REO", "Under way at the start of the year.", TONNES, 10),
        Column("+ Ordered", "t REO", "", TONNES, 10),
        Column("- Arrived", "t REO", "", TONNES, 10),
        Column(
            "= At sea", "t REO", "Under way at the end of the year; in the last year this includes what arrives after the plan.", TONNES, 10
        ),
    ]
    page.table(columns, [r for r in rows if any(r[6:])], empty="Nothing is shipped.")


def _sum(parts: Iterable[Delivery | None]) -> Delivery:
    whole = Delivery()
    for d in parts:
        if d is not None:
            whole.tonnes, whole.usd_m, whole.limit = whole.tonnes + d.tonnes, whole.usd_m + d.usd_m, whole.limit + d.limit
    return whole


def contracts(book: Book) -> None:
    """Each contract line and year: liftings against minimum and maximum, price, and what is paid without being lifted."""
    view = book.view
    page = book.page(
        "Contracts",
        "Contracts: liftings",
        "Base plan. A minimum is paid, not received: what is not lifted is paid at the take-or-pay share of the "
        "price. Amber: paid and not lifted.",
        across=14,
    )
    lifted: dict[tuple[str, str, int], Delivery] = defaultdict(Delivery)
    for f in view.base.lifted:
        d = lifted[f.contract, f.source, f.period.year]
        d.tonnes, d.usd_m = d.tonnes + f.lifted_t, d.usd_m + f.lifted_t * f.usd_per_kg / 1000
    unlifted = {
        (u.contract, u.source, u.year): u
        for u in view.plan.unlifted
        if u.run == "base" and not settlements.by_contract_year(view, u.contract)
    }
    most = maximums(view)
    rows: list[list[Value]] = []
    for contract, source in view.study.lines:
        for y in view.years:
            key = (contract, source, y)
            if key not in most and key not in lifted and key not in unlifted:
                continue
            d, u = lifted.get(key, Delivery()), unlifted.get(key)
            top = most.get(key, 0.0)
            if not (top or d.tonnes or (u and u.minimum_t)):
                continue
            paid = u.unlifted_t * u.usd_per_kg / 1000 if u else 0.0
            rows.append(
                [
                    contract,
                    *_source(view, source),
                    y,
                    u.minimum_t if u else 0.0,
                    tidy(d.tonnes),
                    top,
                    100 * d.tonnes / top if top > 0 else None,
                    d.price,
                    d.usd_m,
                    tidy(u.unlifted_t) if u else 0.0,
                    paid,
                ]
            )
    columns = [
        Column("Contract", width=26),
        *SOURCE,
        Column("Year", "", "", YEAR, 7),
        Column("Minimum", "t REO", "Tonnes of the year that are paid whether lifted or not.", TONNES, 10),
        Column("Lifted", "t REO", "", TONNES, 10),
        Column("Maximum", "t REO", "Most that the contract gives the right to in the year.", TONNES, 10),
        Column("Share of maximum", "%", "", PERCENT, 10),
        Column("Price", "USD/kg REO", "Mean of the year, without freight.", PRICE, 10),
        Column("Cost", "million USD", "Undiscounted, without freight.", MONEY, 11),
        Column("Not lifted", "t REO", "Minimum less liftings.", TONNES, 10),
        Column("Take-or-pay paid", "million USD", "Undiscounted.", MONEY, 11),
    ]
    page.table(columns, rows, filtered=True, frozen=1, fill=_paid_for_nothing, empty="No contract is in force or signed.")
    settlements.write(page, view)


def _paid_for_nothing(_row: int, column: int, value: Value) -> str:
    return AMBER if column >= 12 and isinstance(value, float) and value > 0 else ""


def maximums(view: View) -> dict[tuple[str, str, int], float]:
    """Most that each line of a contract in force or signed gives the right to, by year of the base plan, t REO."""
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    start = view.case.settings.start.ordinal
    for signature in view.plan.signatures:
        first, last = signature.first_delivery.ordinal - start, signature.last_delivery.ordinal - start
        for (contract, source), line in view.study.lines.items():
            if contract != signature.contract:
                continue
            for slot in view.horizon.slots:
                months = [m for m in slot.range if first <= m <= last]
                if months:
                    found[contract, source, view.horizon.year(slot.first)] += sum(view.study.line_maximum(line, m, first) for m in months)
    return found
