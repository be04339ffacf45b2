"""Routes of one run: what each end gives and takes against what is shipped, capacities, minimums, and what a cut leaves of a path."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterator

from models.case import Route
from optimizer.audit.book import Book
from optimizer.audit.materials import Commodity
from optimizer.audit.operation import tolled
from optimizer.audit.rows import Run
from optimizer.audit.shipping import landed
from optimizer.audit.verdict import Ledger

RULE, BALANCE, PATH = "route", "route-balance", "route-path"

End = tuple[str, str]
"""Kind and name of who gives or takes; ('', '') is the pool."""

POOL: End = ("", "")

Amounts = dict[tuple[End, Commodity, int], float]
"""t REO by end, commodity and period."""


def start_of(route: Route) -> End:
    """The end at which a route begins."""
    return (route.from_kind, route.from_name)


def goal_of(route: Route) -> End:
    """The end at which a route ends."""
    return (route.to_kind, route.to_name)


def check_routes(book: Book, run: Run, base: Run, ledger: Ledger) -> None:
    """All rules of routes; nothing where the case has none."""
    rows = {row.route: row for row in book.case.routes}
    if not rows:
        return
    _check_ends(book, run, base, rows, ledger)
    _check_capacities(book, run, rows, ledger)
    if run.cut is not None:
        _check_paths(book, run, rows, ledger)


def outputs(book: Book, run: Run, base: Run) -> Iterator[tuple[str, str, int, float]]:
    """(plant, material, period, tonnes that went in) of what comes out in a period; a toll plant's comes back later."""
    for (plant, material, period), tonnes in run.processed.items():
        if plant in book.chain.plants and not book.chain.plants[plant].transit_months:
            yield plant, material, period, tonnes
    for (plant, material, period), tonnes in tolled(book, run, base).items():
        yield plant, material, period, tonnes


def arrived(book: Book, run: Run, base: Run) -> Iterator[tuple[tuple[str, int], float]]:
    """((source, period), tonnes) of what is bought and lifted, in the period in which it arrives."""
    had = [*run.bought.items(), *(((s, t), lifted) for (_, s, t), lifted in run.lifted.items())]
    yield from ((key, tonnes) for key, tonnes in had if key[0] not in book.shipped)
    yield from (((source, period), whole) for (_, source, period), (whole, _) in landed(book, run, base).items())


def _gives(book: Book, run: Run, base: Run) -> Amounts:
    """What each end gives; a source that ships gives where its orders arrive."""
    found: Amounts = collections.defaultdict(float)
    for (source, period), tonnes in arrived(book, run, base):
        for commodity, share in book.arrivals[source]:
            found[("source", source), commodity, period] += tonnes * share
    for plant, material, period, tonnes in outputs(book, run, base):
        activity = book.chain.activity(plant, material)
        for commodity, share in (*activity.outputs, *activity.scrap) if activity is not None else ():
            found[("plant", plant), commodity, period] += tonnes * share
    for ((store, material, form), period), row in run.stocks.items():
        found[("store", store), (material, form), period] += row.drawn_t
    return found


def _takes(book: Book, run: Run) -> Amounts:
    """What each end takes."""
    found: Amounts = collections.defaultdict(float)
    for (plant, material, period), tonnes in run.processed.items():
        activity = book.chain.activity(plant, material)
        for commodity, share in activity.inputs if activity is not None else ():
            found[("plant", plant), commodity, period] += tonnes * share
    for ((store, material, form), period), row in run.stocks.items():
        found[("store", store), (material, form), period] += row.added_t
    for ((sector, material, form), period), served in run.served.items():
        found[("sector", sector), (material, form), period] += served
    for (effect, period), replaced in run.replaced.items():
        for commodity, share in book.instead[effect]:
            found[("sector", effect[1]), commodity, period] += replaced * share
    return found


def _check_ends(book: Book, run: Run, base: Run, rows: dict[str, Route], ledger: Ledger) -> None:
    """An end named as a start gives no less than what is shipped from it (the rest is disposed of); one named as a goal takes just what
    is shipped to it; and the pool gives no more than it gets. A route carries only the elements and the form of its row.
    """
    starts, goals = {start_of(row) for row in rows.values()}, {goal_of(row) for row in rows.values()}
    shipped_from: Amounts = collections.defaultdict(float)
    shipped_to: Amounts = collections.defaultdict(float)
    for (name, material, form, period), tonnes in run.shipped.items():
        row = rows[name]
        fits = row.form in ("", form) and (not row.elements or book.materials.contains(material, row.elements))
        ledger.holds(RULE, fits, run.name, period, (name, material, form), "an element and a form that the route carries", "another")
        shipped_from[start_of(row), (material, form), period] += tonnes
        shipped_to[goal_of(row), (material, form), period] += tonnes
    given, taken = _gives(book, run, base), _takes(book, run)
    pool: dict[tuple[Commodity, int], float] = collections.defaultdict(float)
    size: dict[tuple[Commodity, int], float] = collections.defaultdict(float)
    for sign, amounts, named in ((1, given, starts), (-1, taken, goals)):
        for (end, commodity, period), tonnes in amounts.items():
            if end not in named:
                pool[commodity, period] += sign * tonnes
                size[commodity, period] += tonnes
    for sign, amounts in ((1, shipped_to), (-1, shipped_from)):
        for (end, commodity, period), tonnes in amounts.items():
            if end == POOL:
                pool[commodity, period] += sign * tonnes
                size[commodity, period] += tonnes
    for (material, form, period), tonnes in run.sold.items():
        pool[(material, form), period] -= tonnes
    for key in shipped_from.keys() | {key for key in given if key[0] in starts}:
        if key[0] != POOL:
            words = (*key[0], *key[1])
            ledger.at_most(BALANCE, shipped_from.get(key, 0.0), given.get(key, 0.0), run.name, key[2], words)
    for key in shipped_to.keys() | {key for key in taken if key[0] in goals}:
        if key[0] != POOL:
            words, came = (*key[0], *key[1]), shipped_to.get(key, 0.0)
            ledger.equal(BALANCE, taken.get(key, 0.0), came, run.name, key[2], words, scale=came)
    for place, rest in pool.items():
        ledger.at_least(BALANCE, rest, 0.0, run.name, place[1], ("pool", *place[0]), scale=size[place])


def _check_capacities(book: Book, run: Run, rows: dict[str, Route], ledger: Ledger) -> None:
    """What a route carries <= its capacity, of which a cut-off that names it leaves a share; a route that is used in the base plan
    carries its minimum; in a cut-off a route with a minimum is closed unless that is waived. Routes that share a capacity
    keep it together. The figures shown are the audit's own.
    """
    carried: dict[tuple[str, int], float] = collections.defaultdict(float)
    shared: dict[tuple[str, int], float] = collections.defaultdict(float)
    limits = {r.shared_capacity: r.shared_capacity_t_per_yr for r in rows.values() if r.shared_capacity_t_per_yr is not None}
    for (name, _, _, period), tonnes in run.shipped.items():
        carried[name, period] += tonnes
        shared[rows[name].shared_capacity, period] += tonnes
    for first, months in run.slots:
        for name, row in rows.items():
            tonnes, limit = carried.get((name, first), 0.0), capacity(run, row, first, months)
            if limit is not None:
                ledger.at_most(RULE, tonnes, limit, run.name, first, (name, "capacity"))
            use = run.stated["route_use"].get((name, first))
            if use is not None and run.cut is None:
                ledger.at_least(RULE, tonnes, row.minimum_t_per_yr * months / 12, run.name, first, (name, "minimum"))
            shown = use is not None or tonnes <= SMALLEST_T
            ledger.holds("names", shown, run.name, first, (name, "route_use"), "a row of the table of routes that are used", "none")
            if use is not None:
                ledger.equal("stated-figures", use.shipped_t, tonnes, run.name, first, (name, "shipped_t"), scale=tonnes)
                same = (use.capacity_t is None) == (limit is None)
                ledger.holds("stated-figures", same, run.name, first, (name, "capacity_t"), str(limit), str(use.capacity_t))
                if use.capacity_t is not None and limit is not None:
                    ledger.equal("stated-figures", use.capacity_t, limit, run.name, first, (name, "capacity_t"))
        for of, most in limits.items():
            ledger.at_most(RULE, shared.get((of, first), 0.0), most * months / 12, run.name, first, (of, "shared capacity"))


SMALLEST_T = 1e-6
"""Tonnes below which nothing is shipped."""


def capacity(run: Run, row: Route, first: int, months: int) -> float | None:
    """Most that a route carries in a period; None: no limit."""
    left = 1.0
    if run.cut is not None:
        if row.minimum_t_per_yr > 0 and not row.minimum_waived_in_crisis:
            return 0.0
        left = math.prod(wave.left(first - run.begins) for wave in run.cut.waves if row.route in wave.row.routes)
    if row.capacity_t_per_yr is None:
        return None if left >= 1 else 0.0
    return row.capacity_t_per_yr * months / 12 * left


def _check_paths(book: Book, run: Run, rows: dict[str, Route], ledger: Ledger) -> None:
    """What goes from sources straight to a plant abroad has passed their countries and the plant's when it leaves: where a wave cuts one
    of these and is about what the plant makes of the commodity, no more than the share left of what these sources normally give.
    """
    assert run.cut is not None
    home = book.case.settings.home_country
    shipped: dict[tuple[str, frozenset[str], Commodity, int], float] = collections.defaultdict(float)
    sources: dict[tuple[str, frozenset[str]], set[str]] = collections.defaultdict(set)
    for row in rows.values():
        plant = book.chain.plants.get(row.to_name) if row.to_kind == "plant" else None
        if row.from_kind == "source" and plant is not None and plant.country != home:
            passed = frozenset((*book.limits.sources[row.from_name].countries, plant.country))
            sources[plant.plant, passed].add(row.from_name)
            for (name, material, form, period), tonnes in run.shipped.items():
                if name == row.route:
                    shipped[plant.plant, passed, (material, form), period] += tonnes
    for (plant_name, passed, commodity, period), tonnes in shipped.items():
        left = _path_left(book, run, plant_name, passed, commodity, period)
        if left < 1:
            normal = math.fsum(
                book.limits.flow(source, run.cut, run.begins).normal[period] * share
                for source in sources[plant_name, passed]
                for arrives, share in book.arrivals[source]
                if arrives == commodity
            )
            words = (plant_name, " + ".join(sorted(passed)), *commodity)
            ledger.at_most(PATH, tonnes, left * normal, run.name, period, words)


def _path_left(book: Book, run: Run, plant: str, passed: frozenset[str], commodity: Commodity, period: int) -> float:
    """Share of a path that all waves together leave in a month."""
    assert run.cut is not None
    made = [
        part
        for material in (*book.materials.oxide_per_metal, *book.materials.shares)
        if (activity := book.chain.activity(plant, material)) is not None and commodity in dict(activity.inputs)
        for part, _ in activity.outputs
    ]
    left = 1.0
    for wave in run.cut.waves:
        row = wave.row
        about = any((not row.elements or book.materials.contains(i, row.elements)) and (not row.forms or f in row.forms) for i, f in made)
        if about and not passed.isdisjoint(row.countries):
            left *= wave.left(period - run.begins)
    return left
