"""The cost of the base plan, term by term and year by year, from the rows; and the undiscounted cost of a recourse."""

from __future__ import annotations

import collections
import functools
import math
from collections.abc import Callable, Iterable, Iterator

from models.case import Plant
from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.capital import annuity, capitalised, payments, upfront_usd_m
from optimizer.audit.clock import Clock
from optimizer.audit.decisions import IN_FORCE, Decisions
from optimizer.audit.owed import due_of
from optimizer.audit.programmes import replaced_by_demand
from optimizer.audit.residue import Cells, owed_usd_m, residue_costs
from optimizer.audit.rows import Run
from optimizer.audit.settlements import Settled, by_year
from optimizer.audit.trade import freight_usd_per_kg, order_cost
from optimizer.audit.verdict import SUMMED_UP, Ledger

TERMS = (
    "purchases",
    "orders",
    "contracts",
    "take_or_pay",
    "rebates",
    "make_up",
    "volume_discounts",
    "freight",
    "transport",
    "conversion",
    "storage",
    "handling",
    "capex",
    "fixed_opex",
    "stop_restart",
    "upfront",
    "financing",
    "programmes",
    "disposal",
    "residue",
    "backorders",
    "shortage",
    "penalties",
    "sales",
    "terminal_stock",
    "expected_crisis",
)
"""The cost terms of a plan. Rebates, sales and terminal stock are negative."""

MILLION = 1e-6
KILOGRAMS = 1e-3
"""USD per kilogram x tonnes, in million USD."""

SMALLEST_SHARE = 1e-3
"""A term's year is compared to 1e-6 of itself, and no finer than 1e-6 of this share of the whole cost."""

Amount = tuple[str, int, float]
"""(term, first month of the period, million USD undiscounted)."""


RISING = frozenset(
    {"orders", "freight", "transport", "conversion", "storage", "handling", "fixed_opex", "stop_restart", "disposal", "residue"}
)
"""Terms that rise with the escalation of the settings, by calendar year; capital rises to the year in which it is spent, and
programmes by what each of their costs is."""


def operating_costs(book: Book, run: Run) -> Iterator[Amount]:
    """What a run's rows cost, in US dollars of the year."""
    for term, period, amount in _from_rows(book, run):
        yield term, period, amount * book.risen(period) if term in RISING else amount


def _from_rows(book: Book, run: Run) -> Iterator[Amount]:
    """What a run buys, lifts, converts, stores, handles, disposes of, leaves unserved and sells."""
    cut = run.cut
    lengths = dict(run.slots)
    for (source, period), tonnes in run.bought.items():
        row = book.limits.sources[source]
        dear = cut.dearer(period - run.begins) if cut is not None and row.kind == "spot" else 1.0
        factor = book.mean_factor(source, tonnes, lengths[period])
        yield "purchases", period, tonnes * book.prices.source(row, period) * factor * dear * KILOGRAMS
        yield "orders", period, order_cost(book, run, source, period)
        yield "freight", period, tonnes * freight_usd_per_kg(book, source, period) * KILOGRAMS
    for (contract, source, period), tonnes in run.lifted.items():
        row = book.limits.sources[source]
        yield "contracts", period, tonnes * book.prices.line(book.limits.lines[contract, source], row, period) * KILOGRAMS
        yield "freight", period, tonnes * freight_usd_per_kg(book, source, period) * KILOGRAMS
    for (plant, material, period), tonnes in run.processed.items():
        activity = book.chain.activity(plant, material)
        if activity is not None:
            per_kg = book.assumed.at(activity.usd_per_kg, period) * book.usd(book.chain.plants[plant].currency, period)
            yield "conversion", period, tonnes * activity.counted_t * per_kg * KILOGRAMS
    for (route, _, _, period), tonnes in run.shipped.items():
        way = book.routes[route]
        yield "transport", period, tonnes * way.usd_per_t * book.usd(way.currency, period) * MILLION
    for name, route_row in book.routes.items():
        for first, months in run.slots if route_row.fixed_usd_m_per_yr else ():
            if cut is not None or (name, first) in run.stated["route_use"]:
                yield "transport", first, route_row.fixed_usd_m_per_yr * months / 12 * book.usd(route_row.currency, first)
    for (key, period), level in run.stocks.items():
        stock, usd = book.stocks[key], book.usd(book.stocks[key].currency, period)
        yield "storage", period, level.level_t * book.yearly(stock.storage_usd_per_t_yr, (period, lengths[period])) * usd * MILLION
        yield "disposal", period, level.expired_t * book.materials.forms[key[2]].disposal_usd_per_t * MILLION
        yield "handling", period, (level.added_t + level.drawn_t) * stock.handling_usd_per_t / 2 * usd * MILLION
    yield from residue_costs(book, run)
    for (_, form, period), tonnes in run.disposed.items():
        yield "disposal", period, tonnes * book.materials.forms[form].disposal_usd_per_t * MILLION
    replaced = replaced_by_demand(run)
    for demand_key, demand in book.demands.items():
        factor = book.materials.mass_factor(demand.material, demand.form)
        for first, months, _, due in due_of(book, run, demand_key):
            per_kg_oxide = book.assumed.at(demand.shortage_usd_per_kg, first) * factor
            if per_kg_oxide:
                had = run.served.get((demand_key, first), 0.0) + replaced.get((demand_key, first), 0.0)
                unmet = due - had
                yield "shortage", first, unmet * per_kg_oxide * KILOGRAMS
            owed = run.owed.get((demand_key, first), 0.0)
            if owed and demand.backorder_usd_per_kg_yr is not None:
                yearly = book.assumed.at(demand.backorder_usd_per_kg_yr, first) * factor
                yield "backorders", first, owed * yearly * KILOGRAMS * months / 12
    for (effect_key, period), tonnes in run.replaced.items():
        effect = book.effects[effect_key]
        per_kg_oxide = effect.usd_per_kg * book.risen(period) * book.materials.mass_factor(effect.material, effect.form)
        yield "programmes", period, tonnes * per_kg_oxide * KILOGRAMS
    for (material, form, period), tonnes in run.sold.items():
        market = book.sales.get((material, form))
        if market is not None:
            yield "sales", period, -tonnes * book.assumed.at(market.usd_per_kg, period) * KILOGRAMS


def check_money(
    book: Book,
    made: Decisions,
    cells: Cells,
    base: Run,
    settled: Settled,
    penalties: dict[int, float],
    expected: Iterable[tuple[int, float, float]],
    plan: Plan,
    ledger: Ledger,
) -> float:
    """Every cost term of every year equals the one of the plan's cost table, discounted and undiscounted; the plan's cost is their
    sum; and the gap is what cost and bound say. ``expected``: what crises are expected to cost, (year, undiscounted, factor). Returns
    the cost.
    """
    found = _Years(book.clock)
    lengths = dict(base.slots)
    for term, period, amount in operating_costs(book, base):
        found.add(term, (period, lengths[period]), amount)
    behind = _behind(book)
    for term, slot, amount in commitments(book, made, base, behind):
        found.add(term, slot, amount * book.risen(slot[0]) if term in RISING else amount)
    for (term, year), parts in by_year(book, settled).items():
        for amount, factor in parts:
            found.book(term, year, amount, factor)
    for year, amount in penalties.items():
        found.book("penalties", year, amount, _mean_factor(book, year))
    for term, slot, amount in residue_sites(book, cells, base, behind):
        found.add(term, slot, amount * book.risen(slot[0]) if term in RISING else amount)
    last = base.slots[-1][0]
    found.book("residue", book.clock.year(last), owed_usd_m(book, base) * book.risen(last), book.clock.factor_at(book.clock.horizon))
    _terminal_stock(book, base, found)
    for year, amount, factor in expected:
        found.book("expected_crisis", year, amount, factor)
    cost = found.total()
    _compare(found, plan, cost, ledger)
    ledger.equal("cost-total", plan.summary.cost_usd_m, cost, SUMMED_UP, None, ("cost_usd_m",), floor=SMALLEST_SHARE)
    ledger.equal(
        "cost-total", math.fsum(row.usd_m for row in plan.costs), cost, SUMMED_UP, None, ("sum of the cost table",), floor=SMALLEST_SHARE
    )
    _gap(book, plan, ledger)
    return cost


class _Years:
    """Amounts by term and calendar year, discounted and undiscounted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.discounted: dict[tuple[str, int], list[float]] = collections.defaultdict(list)
        self.undiscounted: dict[tuple[str, int], list[float]] = collections.defaultdict(list)

    def add(self, term: str, slot: tuple[int, int], amount: float) -> None:
        """An amount of a period: it belongs to the year of the period's first month."""
        self.book(term, self._clock.year(slot[0]), amount, self._clock.factor(slot))

    def book(self, term: str, year: int, amount: float, factor: float) -> None:
        """An amount of a year, with its discount factor."""
        if amount:
            self.discounted[term, year].append(amount * factor)
            self.undiscounted[term, year].append(amount)

    def total(self) -> float:
        """Sum of all terms, discounted."""
        return math.fsum(amount for amounts in self.discounted.values() for amount in amounts)


def _overlap(slot: tuple[int, int], first: int, end: int) -> int:
    """Months of a period from ``first`` to before ``end``."""
    return max(0, min(slot[0] + slot[1], end) - max(slot[0], first))


def _behind(book: Book) -> int:
    """Months behind the horizon in which what is built is charged: the longest window that must be survived."""
    return max((cut.window for cut in book.cuts.values() if cut.row.active and cut.row.must_survive), default=0)


def residue_sites(book: Book, cells: Cells, base: Run, behind: int) -> Iterator[tuple[str, tuple[int, int], float]]:
    """Fixed cost of existing sites; capital of cells as an annuity and their fixed cost from completion on, charged as plants are."""
    rate, horizon = book.clock.rate, book.clock.horizon
    charged = [*base.slots, (horizon, behind)] if behind else list(base.slots)
    for site in book.case.residue_sites:
        if site.status == "existing":
            yield from _monthly("residue", base.slots, 0, horizon, site.fixed_opex_usd_m_per_yr)
        for cell in cells.get(site.site, ()):
            capital = capitalised(payments(book, site, cell.ready), rate, site, cell.ready) * site.capex_usd_m * cell.units
            yearly = annuity(capital, rate, site.life_years)
            yield from _monthly("capex", charged, cell.ready, cell.ready + 12 * site.life_years, yearly)
            yield from _monthly("residue", charged, cell.ready, horizon + behind, site.fixed_opex_usd_m_per_yr * cell.units)


def commitments(book: Book, made: Decisions, base: Run, behind: int) -> Iterator[tuple[str, tuple[int, int], float]]:
    """Capital cost of built units as an annuity over their life, from the first month of operation; fixed cost of what runs;
    prepayments of signed contracts, compounded from signature to first delivery, as an annuity over the tenor.

    Built units and prepayments are charged in the horizon and for so many months ``behind`` it.
    """
    rate, horizon = book.clock.rate, book.clock.horizon
    charged = [*base.slots, (horizon, behind)] if behind else list(base.slots)
    for name, plant in book.chain.plants.items():
        usd, fixed = functools.partial(book.usd, plant.currency), plant.fixed_opex_usd_m_per_yr
        for unit in made.built.get(name, ()):
            capital = capitalised(payments(book, plant, unit.online), rate, plant, unit.online) * unit.capital
            yearly = annuity(capital, rate, plant.life_years)
            yield from _monthly("capex", charged, unit.online, unit.online + 12 * plant.life_years, yearly)
            yield from _monthly("fixed_opex", charged, unit.online, horizon + behind, fixed * unit.scale, usd)
        if plant.status == "existing" and plant.may_stop != "no":
            yield from _of_states(book, made, base, plant)
        elif plant.status == "existing":
            ends = min(horizon, book.clock.month_or(plant.offline, horizon) + 1)
            yield from _monthly("fixed_opex", base.slots, book.clock.month_or(plant.online, 0), ends, fixed, usd)
    for store in book.stores.values():
        yield from _monthly("storage", base.slots, 0, horizon, store.fixed_usd_m_per_yr, functools.partial(book.usd, store.currency))
    yield from made.starts.costs(list(base.slots), charged)
    for right, capital in made.money.yearly(book):
        yield from _monthly(
            "financing", charged, right.first, right.end, annuity(capital, rate, book.contracts[right.contract].tenor_years)
        )
    for name, rights in made.rights.items():
        contract = book.contracts[name]
        for right in rights:
            if right.decided != IN_FORCE and contract.upfront_usd_m:
                capital = upfront_usd_m(book, name, right.decided) * (1 + rate) ** ((right.first - right.decided) / 12)
                yield from _monthly("upfront", charged, right.first, right.end, annuity(capital, rate, contract.tenor_years))


def _of_states(book: Book, made: Decisions, base: Run, plant: Plant) -> Iterator[tuple[str, tuple[int, int], float]]:
    """A plant that may stop: its fixed cost month by month after its state, and each restart and the closing in the month in which
    they are decided.
    """
    opens = book.clock.month_or(plant.online, 0)
    ends = min(book.clock.horizon, book.clock.month_or(plant.offline, book.clock.horizon) + 1)
    for slot in base.slots:
        months = range(max(slot[0], opens), min(slot[0] + slot[1], ends))
        share = math.fsum(made.states.standing_share(plant.plant, m) for m in months)
        yield "fixed_opex", slot, plant.fixed_opex_usd_m_per_yr * share / 12 * book.usd(plant.currency, slot[0])
    for m, amount in made.states.changes(plant.plant):
        yield "stop_restart", (m, 1), amount * book.usd(plant.currency, m)


def _monthly(
    term: str,
    slots: Iterable[tuple[int, int]],
    first: int,
    end: int,
    yearly: float,
    usd: Callable[[int], float] = lambda _: 1.0,
) -> Iterator[tuple[str, tuple[int, int], float]]:
    """A yearly amount, a twelfth of it for each month from ``first`` to before ``end``, by period; ``usd``: dollars per unit of its
    currency by month.
    """
    for slot in slots:
        months = _overlap(slot, first, end)
        if months and yearly:
            yield term, slot, yearly * months / 12 * usd(slot[0])


def _mean_factor(book: Book, year: int) -> float:
    """Discount factor of what is spread evenly over a year's months."""
    slots = [slot for slot in book.clock.slots if book.clock.year(slot[0]) == year]
    return math.fsum(book.clock.factor(slot) * slot[1] for slot in slots) / sum(length for _, length in slots)


def _terminal_stock(book: Book, base: Run, found: _Years) -> None:
    """The stock left at the end earns the stated share of the lowest price at which a source of the base plan sells that commodity
    in the last month, discounted from the end of the horizon.
    """
    share = book.case.settings.terminal_stock_share
    last = base.slots[-1]
    for key in book.stocks:
        row = base.stocks.get((key, last[0]))
        if row is not None and share > 0:
            price = lowest_price(book, key[1], key[2], book.clock.horizon - 1)
            found.book(
                "terminal_stock",
                book.clock.year(last[0]),
                -row.level_t * share * price * KILOGRAMS,
                book.clock.factor_at(book.clock.horizon),
            )


def lowest_price(book: Book, material: str, form: str, m: int) -> float:
    """Lowest price of a commodity over all sources that deliver it, a basket counting for its elements at what its index asks for
    them there; 0 where no source does or no index prices it. USD per kg of contained oxide.
    """
    prices = []
    for source in book.limits.sources.values():
        if source.programme and book.programmes[source.programme].status == "contingency":
            continue
        if any(commodity == (material, form) for commodity, _ in book.arrivals[source.source]):
            price = book.prices.index(source.price_index, material, form, m)
            if price is not None:
                first = book.mean_factor(source.source, 0.0, 1)
                prices.append(price * book.assumed.at(source.price_factor, m) * first)
    return min(prices, default=0.0)


def _compare(found: _Years, plan: Plan, cost: float, ledger: Ledger) -> None:
    """The plan's cost table against the audit's, by term and year; a term or year that one of them lacks counts as 0."""
    shown = {(row.term, row.year): row for row in plan.costs}
    ledger.holds("duplicates", len(shown) == len(plan.costs), SUMMED_UP, None, ("costs",), f"{len(shown)} rows", f"{len(plan.costs)} rows")
    floor = max(SMALLEST_SHARE * abs(cost), MILLION)
    for key in _keys(shown, found.discounted):
        row = shown.get(key)
        name = (key[0], str(key[1]))
        ledger.holds("names", key[0] in TERMS, SUMMED_UP, None, name, "a cost term", key[0])
        expected = math.fsum(found.discounted.get(key, ()))
        nominal = math.fsum(found.undiscounted.get(key, ()))
        ledger.equal("cost-term", 0.0 if row is None else row.usd_m, expected, SUMMED_UP, None, (*name, "discounted"), floor=floor)
        ledger.equal(
            "cost-term", 0.0 if row is None else row.undiscounted_usd_m, nominal, SUMMED_UP, None, (*name, "undiscounted"), floor=floor
        )


def _keys(*tables: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """All keys of the tables, sorted."""
    return sorted({key for table in tables for key in table})


def _gap(book: Book, plan: Plan, ledger: Ledger) -> None:
    """Bound <= cost; gap = (cost - bound) / cost in percent; a certified plan's gap is no more than the one asked for."""
    summary = plan.summary
    ledger.at_most("gap", summary.bound_usd_m, summary.cost_usd_m, SUMMED_UP, None, ("bound_usd_m",), floor=SMALLEST_SHARE)
    gap = 0.0
    if summary.cost_usd_m:
        gap = (summary.cost_usd_m - summary.bound_usd_m) / abs(summary.cost_usd_m) * 100
    ledger.equal("gap", summary.gap_pct, gap, SUMMED_UP, None, ("gap_pct",))
    if summary.status == "certified":
        ledger.at_most("gap", gap, book.case.settings.relative_gap_pct, SUMMED_UP, None, ("asked for",))
