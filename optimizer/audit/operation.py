"""Plants, balances, sales and service of one run."""

from __future__ import annotations

import collections
import dataclasses
import math

from models.case import Plant
from optimizer.audit.book import Book, DemandKey
from optimizer.audit.chain import Activity
from optimizer.audit.clock import arrivals
from optimizer.audit.decisions import Decisions
from optimizer.audit.materials import Commodity
from optimizer.audit.owed import due_of
from optimizer.audit.programmes import replaced_by_demand
from optimizer.audit.rows import Run
from optimizer.audit.shipping import landed
from optimizer.audit.verdict import Ledger

Place = tuple[Commodity, int]
"""A commodity in a period."""


@dataclasses.dataclass
class Flows:
    """What comes in, what goes out, and what of the incoming is surplus that may be sold, by commodity and period (t REO)."""

    comes: collections.defaultdict[Place, float] = dataclasses.field(default_factory=lambda: collections.defaultdict(float))
    goes: collections.defaultdict[Place, float] = dataclasses.field(default_factory=lambda: collections.defaultdict(float))
    surplus: collections.defaultdict[Place, float] = dataclasses.field(default_factory=lambda: collections.defaultdict(float))


def check_plants(book: Book, made: Decisions, run: Run, ledger: Ledger) -> None:
    """What a plant handles, in its own tonnes, <= its capacity in every period: of what exists, or of the units decided before the
    cut began, from their first month of operation on, later where the cut takes their equipment; nothing while it is
    mothballed, restarted or closed, which in a cut-off stays as the cut found it; times the share left where a
    cut-off hits the plant. Use and capacity that the rows show are the audit's own.
    """
    used: dict[tuple[str, int], float] = collections.defaultdict(float)
    for (plant, material, period), tonnes in run.processed.items():
        activity = book.chain.activity(plant, material)
        if activity is not None:
            used[plant, period] += activity.use * tonnes
    shown = run.stated["plant_use"]
    for name, plant_row in book.chain.plants.items():
        builds = made.online_before(name, run.begins)
        handled = book.chain.handled(plant_row)
        for first, months in run.slots:
            able = (m for m in range(first, first + months) if made.states.runs(name, m, run.begins))
            capacity = math.fsum(book.chain.capacity(plant_row, m, builds, run.cut, run.begins) for m in able)
            if run.cut is not None:
                capacity *= run.cut.plant_left(plant_row, handled, first - run.begins)
            ledger.at_most("plant-capacity", used.get((name, first), 0.0), capacity, run.name, first, (name,))
            row = shown.get((name, first))
            if row is not None:
                ledger.equal("stated-figures", row.used_t, used.get((name, first), 0.0), run.name, first, (name, "used_t"), scale=capacity)
                ledger.equal("stated-figures", row.capacity_t, capacity, run.name, first, (name, "capacity_t"))


def flows_of(book: Book, run: Run, base: Run) -> Flows:
    """Every tonne of the run's rows, on the side of the balance where it belongs.

    What a toll plant takes comes out later, see `tolled`; what a source ships arrives later, see `landed`.
    """
    flows = Flows()
    comes, goes, surplus = flows.comes, flows.goes, flows.surplus
    had: dict[tuple[str, str, int], float] = {("", *key): tonnes for key, tonnes in run.bought.items()} | run.lifted
    had = {key: tonnes for key, tonnes in had.items() if key[1] not in book.shipped}
    for (contract, source, period), tonnes in (had | {key: whole for key, (whole, _) in landed(book, run, base).items()}).items():
        for commodity, share in book.arrivals[source]:
            comes[commodity, period] += tonnes * share
            if contract:
                surplus[commodity, period] += tonnes * share
    for (plant, material, period), tonnes in run.processed.items():
        activity = book.chain.activity(plant, material)
        if activity is None:
            continue
        for commodity, share in activity.inputs:
            goes[commodity, period] += tonnes * share
        if not book.chain.plants[plant].transit_months:
            _comes_out(flows, activity, period, tonnes)
    for (plant, material, period), tonnes in tolled(book, run, base).items():
        if (activity := book.chain.activity(plant, material)) is not None:
            _comes_out(flows, activity, period, tonnes)
    for ((_, material, form), period), row in run.stocks.items():
        place = ((material, form), period)
        comes[place] += row.drawn_t
        surplus[place] += row.drawn_t
        goes[place] += row.added_t
    for ((_, material, form), period), served in run.served.items():
        goes[(material, form), period] += served
    for (effect, period), replaced in run.replaced.items():
        for commodity, share in book.instead[effect]:
            goes[commodity, period] += replaced * share
    for (material, form, period), tonnes in run.sold.items():
        goes[(material, form), period] += tonnes
    for (material, form, period), tonnes in run.disposed.items():
        goes[(material, form), period] += tonnes
    return flows


def _comes_out(flows: Flows, activity: Activity, period: int, tonnes: float) -> None:
    """The outputs and scrap of so many tonnes that went in come out in a period."""
    for commodity, share in activity.outputs:
        flows.comes[commodity, period] += tonnes * share
        if activity.separation:
            flows.surplus[commodity, period] += tonnes * share
    for commodity, share in activity.scrap:
        flows.comes[commodity, period] += tonnes * share
        flows.surplus[commodity, period] += tonnes * share


def tolled(book: Book, run: Run, base: Run) -> dict[tuple[str, str, int], float]:
    """What comes back from toll plants by (plant, material, period), t REO as it was sent.

    What the run sends out itself; in a recourse also what the ``base`` plan's rows sent out before the cut. Where the cut leaves
    less of the plant in the month in which it is due than in the one in which it was sent (all of it before the cut), it is
    scaled by the ratio of the two.
    """
    back: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for of in (run,) if run.cut is None else (run, base):
        lengths = dict(of.slots)
        for (plant, material, period), tonnes in of.processed.items():
            row = book.chain.plants[plant]
            if not row.transit_months or (of is not run and period >= run.begins):
                continue
            sent = _left(book, run, row, period) if of is run else 1.0
            before = math.inf if of is run else run.begins
            for due, part in arrivals((period, lengths[period]), row.transit_months, run.slots, before):
                scaled = min(1.0, _left(book, run, row, due) / sent) if sent > 0 else 0.0
                back[plant, material, due] += tonnes * part * scaled
    return back


def _left(book: Book, run: Run, plant: Plant, month: int) -> float:
    """Share of a plant's capacity that is left in a month of a run."""
    return 1.0 if run.cut is None else run.cut.plant_left(plant, book.chain.handled(plant), month - run.begins)


def check_tolled(book: Book, run: Run, base: Run, ledger: Ledger) -> None:
    """What the rows show to come back from toll plants is what was sent out so much earlier."""
    expected = tolled(book, run, base)
    shown = run.stated["tolled"]
    for plant, material, period in {**expected, **shown}:
        key = (plant, material, period)
        found = shown[key].returned_t if key in shown else 0.0
        ledger.equal("toll-return", found, expected.get(key, 0.0), run.name, period, (plant, material))


def taken_of(book: Book, run: Run) -> dict[Place, float]:
    """What plants and sectors take of each commodity in each period, t REO."""
    taken: dict[Place, float] = collections.defaultdict(float)
    for (plant, material, period), tonnes in run.processed.items():
        activity = book.chain.activity(plant, material)
        for commodity, share in () if activity is None else activity.inputs:
            taken[commodity, period] += tonnes * share
    for ((_, material, form), period), served in run.served.items():
        taken[(material, form), period] += served
    return taken


def check_balance(run: Run, flows: Flows, ledger: Ledger) -> None:
    """Nothing is created and nothing vanishes: per commodity and period, bought + lifted + plants' outputs + scrap + drawn =
    plants' inputs + served + added + sold + disposed of.
    """
    comes, goes = flows.comes, flows.goes
    for place in comes.keys() | goes.keys():
        came, went = comes.get(place, 0.0), goes.get(place, 0.0)
        (material, form), period = place
        ledger.equal("balance", went, came, run.name, period, (material, form), scale=went)


def check_sales(book: Book, run: Run, flows: Flows, ledger: Ledger) -> None:
    """Sold <= what the market takes in the period (nothing where there is none), and <= what arrived as surplus: joint outputs of
    separations, scrap, liftings and what was drawn from stock.
    """
    lengths = dict(run.slots)
    for (material, form, period), tonnes in run.sold.items():
        market = book.sales.get((material, form))
        limit = 0.0 if market is None else book.yearly(market.max_t_per_yr, (period, lengths[period]))
        ledger.at_most("sale-limit", tonnes, limit, run.name, period, (material, form))
        ledger.at_most("sale-of-surplus", tonnes, flows.surplus.get(((material, form), period), 0.0), run.name, period, (material, form))


def check_service(book: Book, run: Run, required: bool, ledger: Ledger) -> dict[tuple[DemandKey, int], float]:
    """Served, with what programmes replace, <= what is due in every period (see `due_of`: the demand, and what is owed); served means
    both from here on. In a cut-off that must be
    survived, served >= service level x demand, in every month of
    the window, for every protected demand. In the base plan, demand whose rationing is not priced goes unserved only
    where none of it is stored for good, sold or disposed of in that period (to 1e-5 t). The demand and requirement that the
    rows show are the audit's own.

    Returns what protected demand lacks, by demand and month (t REO), where it lacks something.
    """
    lacking: dict[tuple[DemandKey, int], float] = {}
    wasted = _put_aside(book, run)
    replaced = replaced_by_demand(run)
    for key, demand in book.demands.items():
        level = demand.service_level if demand.protected and run.cut is not None else 0.0
        for first, _, asked, due in due_of(book, run, key):
            served = run.served.get((key, first), 0.0) + replaced.get((key, first), 0.0)
            ledger.at_most("served", served, due, run.name, first, key, scale=asked)
            if run.cut is not None and demand.protected:
                if served < level * asked:
                    lacking[key, first] = level * asked - served
                if required:
                    ledger.at_least("service", served, level * asked, run.name, first, key)
            elif run.cut is None and demand.rationing == "no":
                aside = wasted.get(((demand.material, demand.form), first), 0.0)
                ledger.at_most("rationing", min(due - served, aside), 0.0, run.name, first, key, scale=asked, floor=10.0)
            row = run.stated["service"].get((key, first))
            if row is not None:
                ledger.equal("demand", row.demanded_t, asked, run.name, first, key)
                ledger.equal("demand", row.replaced_t, replaced.get((key, first), 0.0), run.name, first, (*key, "replaced_t"))
                ledger.equal("demand", row.required_t, level * asked, run.name, first, (*key, "required_t"))
    return lacking


def _put_aside(book: Book, run: Run) -> dict[Place, float]:
    """What of a commodity is sold, disposed of, or stored for good in a period of the base plan.

    Stored for good is by what the stocks after the period never again fall below, over those before it and over what the
    case wants held (`_wanted_in_store`); what is stored for a later, greater need is not counted.
    """
    aside: dict[Place, float] = collections.defaultdict(float)
    if run.cut is not None:
        return aside
    for places in (run.sold, run.disposed):
        for (material, form, period), tonnes in places.items():
            aside[(material, form), period] += tonnes
    levels: dict[Commodity, list[float]] = {}
    wanted = _wanted_in_store(book, run)
    for key in book.stocks:
        rows = [run.stocks.get((key, first)) for first, _ in run.slots]
        line = [book.opening(key), *(0.0 if row is None else row.level_t for row in rows)]
        known = levels.get(key[1:])
        levels[key[1:]] = line if known is None else [a + b for a, b in zip(known, line, strict=True)]
    for commodity, line in levels.items():
        lowest = math.inf
        for n in range(len(run.slots) - 1, -1, -1):
            lowest = min(lowest, line[n + 1])
            aside[commodity, run.slots[n][0]] += max(0.0, lowest - max(line[n], wanted[commodity]))
    return aside


def _wanted_in_store(book: Book, run: Run) -> dict[Commodity, float]:
    """The most that the case wants held of a commodity at some period's end of the base plan, t REO: least and final stocks, days of cover
    of what is used of it, and the planner's own rows about stocks (of several commodities together: all of it for each).
    """
    wanted: dict[Commodity, float] = collections.defaultdict(float)
    cover: dict[Commodity, float] = collections.defaultdict(float)
    for (_, *commodity), stock in book.stocks.items():
        place = (commodity[0], commodity[1])
        wanted[place] += max(stock.final_t, *(book.assumed.at(stock.minimum_t, first) for first, _ in run.slots))
        cover[place] = max(cover[place], *(book.assumed.at(stock.cover_days or 0.0, first) for first, _ in run.slots))
    if any(cover.values()):
        taken = taken_of(book, run)
        for place, days in cover.items():
            wanted[place] += days / 365 * max(taken.get((place, first), 0.0) * 12 / months for first, months in run.slots)
    for fix in book.case.fixes:
        if fix.decision == "stock" and fix.action in ("force", "fix", "at least"):
            for place in {
                key[1:] for key in book.stocks if key[0] == fix.name and fix.material in ("", key[1]) and fix.form in ("", key[2])
            }:
                wanted[place] += fix.value or 0.0
    return wanted
