"""Routes: what moves between the ends that the sheet Routes names, in each slot of a run.

An end is a source, a plant, a store or a sector. One that is named as the start of a route sends along its routes alone, one
that is named as the goal receives along routes alone; whoever is not named meets all others in one pool, which a
route reaches where its start or goal is blank. What an end gives and no route takes (a joint product that nobody
wants) is disposed of there. A plant or store that is named on both sides gives and takes at two different doors: what
goes in does not come out by another route.

A fixed cost or a minimum needs a yes or no in each slot of the base plan. A recourse has no such choice: a route with a
minimum is closed there unless its row waives it, and fixed costs run on for every route, used or not. A cut-off that names a
route takes its share of the capacity; a route without a capacity that is named is closed until all of it is back.

What goes from a source straight to a plant abroad keeps its origin: what leaves that plant has passed the source's
countries and the plant's. A cut-off of any of them that concerns what the plant makes of it (element and form) leaves of
this path no more than its share of the path's normal flow: of what the sources of the same countries with routes to the
plant normally give. What comes to the plant from a store or the pool has no origin and is not cut so: a buyer's own stock is his
to send, also what he put there after the cut began.

(M1) a route carries no more than its capacity
(M2) routes that share a capacity carry no more than it
(M3) a route that is used carries its minimum
(M4) what an end gives leaves along its routes or is disposed of
(M5) what an end takes arrives along routes
(M6) what has passed a country that is cut is cut on its way through a plant abroad
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from models.case import Route
from models.chain import Chain, Commodity
from models.modelling import pyo
from models.operations.flows import End, Flow
from models.pieces import MILLION, Piece, charge
from models.run import Run, Study

Place = tuple[End, Commodity, int]
"""An end, what it gives or takes, and the slot."""


class Shipment(NamedTuple):
    """A column of shipments: start and goal of its route (None: the pool), what is shipped, in which slot."""

    start: End | None
    goal: End | None
    commodity: Commodity
    t: int
    variable: Any


def start_of(route: Route) -> End | None:
    """The end at which a route begins; None for the pool."""
    return (route.from_kind, route.from_name) if route.from_name else None


def goal_of(route: Route) -> End | None:
    """The end at which a route ends; None for the pool."""
    return (route.to_kind, route.to_name) if route.to_name else None


def carries(route: Route, commodity: Commodity, chain: Chain) -> bool:
    """Whether a route is open to a commodity: its form, and an element in it, where the row lists any."""
    of_form = route.form in ("", commodity[1])
    return of_form and (not route.elements or not set(route.elements).isdisjoint(chain.shares[commodity[0]]))


def declare(b: Any, run: Run) -> None:
    """``shipped_t[r, i, f, t]`` on each route; ``left_over_t[kind, name, i, f, t]`` disposed of where it is given; ``route_used[r, t]``
    (binary, base plan) for routes with a fixed cost or a minimum. Nothing where no route is given."""
    rows = run.study.case.routes
    b.sending = frozenset(end for r in rows if (end := start_of(r)))
    b.receiving = frozenset(end for r in rows if (end := goal_of(r)))
    b.shipments = []
    if not rows:
        return
    given, taken = _places(b.comes, b.sending), _places(b.goes, b.receiving)
    b.given_at, b.taken_at = given, taken
    b.route_capacity = _capacities(run)
    commodities: dict[tuple[End, int], dict[Commodity, None]] = defaultdict(dict)
    for side, places in (("from", given), ("to", taken)):
        for end, commodity, t in places:
            commodities[(side, *end), t][commodity] = None  # type: ignore[index]
    keys: dict[tuple[str, str, str, int], Route] = {}
    for route in rows:
        for slot in run.slots:
            if b.route_capacity[route.route, slot.first] != 0:
                for commodity in _between(commodities, route, slot.first):
                    if carries(route, commodity, run.study.chain):
                        keys[(route.route, *commodity, slot.first)] = route
    b.SHIPMENTS = pyo.Set(dimen=4, initialize=list(keys), doc="routes x materials x forms x slots")
    b.shipped_t = pyo.Var(b.SHIPMENTS, bounds=(0, None), doc="shipped along a route, t REO")
    for (r, i, f, t), route in keys.items():
        variable, start, goal = b.shipped_t[r, i, f, t], start_of(route), goal_of(route)
        b.shipments.append(Shipment(start, goal, (i, f), t, variable))
        if goal is None:
            b.comes.append(Flow(("route", r), (i, f), t, 1.0, variable))
        if start is None:
            b.goes.append(Flow(("route", r), (i, f), t, 1.0, variable))
    b.LEFT_OVERS = pyo.Set(
        dimen=5, initialize=[(*end, *c, t) for end, c, t in given], doc="ends that send along routes x what they give x slots"
    )
    b.left_over_t = pyo.Var(b.LEFT_OVERS, bounds=(0, None), doc="disposed of where it is given, t REO")
    choices = [(r.route, slot.first) for r in rows if chosen(r) for slot in run.slots] if run.pattern is None else []
    b.ROUTE_USES = pyo.Set(dimen=2, initialize=choices, doc="routes with a fixed cost or a minimum x slots")
    b.route_used = pyo.Var(b.ROUTE_USES, domain=pyo.Binary, doc="route is used in the slot")


def chosen(route: Route) -> bool:
    """Whether a route is used or not by a decision of its own."""
    return route.fixed_usd_m_per_yr > 0 or route.minimum_t_per_yr > 0


def _capacities(run: Run) -> dict[tuple[str, int], float | None]:
    return {(r.route, slot.first): run.route_capacity_t(r, slot) for r in run.study.case.routes for slot in run.slots}


def _places(flows: list[Flow], ends: frozenset[End]) -> dict[Place, list[Flow]]:
    found: dict[Place, list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.end in ends:
            found[flow.end, flow.commodity, flow.t].append(flow)
    return found


def _between(commodities: Any, route: Route, t: int) -> list[Commodity]:
    """What can be given at the start of a route and taken at its goal in a slot."""
    start, goal = start_of(route), goal_of(route)
    if goal is None:
        return list(commodities.get((("from", *start), t), ())) if start else []
    wanted = commodities.get((("to", *goal), t), {})
    if start is None:
        return list(wanted)
    return [c for c in commodities.get((("from", *start), t), ()) if c in wanted]


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Transport per tonne, the fixed cost of routes that are used (recourse: of all), and disposal where it is given."""
    if not run.study.case.routes:
        return
    h, rows = run.study.horizon, {r.route: r for r in run.study.case.routes}
    for r, i, f, t in b.SHIPMENTS:
        yield charge(run, "transport", t, rows[r].usd_per_t * h.usd(rows[r].currency, t) * MILLION, b.shipped_t[r, i, f, t])
    for key in b.LEFT_OVERS:
        yield charge(run, "disposal", key[4], run.study.chain.forms[key[3]].disposal_usd_per_t * MILLION, b.left_over_t[key])
    for route in run.study.case.routes:
        for slot in run.slots if route.fixed_usd_m_per_yr > 0 else ():
            fixed = route.fixed_usd_m_per_yr * slot.months / 12 * h.usd(route.currency, slot.first)
            yield charge(run, "transport", slot.first, fixed, b.route_used[route.route, slot.first] if run.pattern is None else None)


def constrain(b: Any, run: Run) -> None:
    """Rules M1 to M6."""
    if not run.study.case.routes:
        return
    rows = {r.route: r for r in run.study.case.routes}
    months = {slot.first: slot.months for slot in run.slots}
    along: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for r, i, f, t in b.SHIPMENTS:
        along[r, t].append(b.shipped_t[r, i, f, t])

    @b.Constraint([key for key in along if b.route_capacity[key] is not None], doc="(M1) a route carries no more than its capacity")
    def carry_no_more_than_capacity(b: Any, r: str, t: int) -> Any:
        capacity = b.route_capacity[r, t]
        return pyo.quicksum(along[r, t]) <= (capacity * b.route_used[r, t] if (r, t) in b.ROUTE_USES else capacity)

    together: dict[str, list[Route]] = defaultdict(list)
    for route in run.study.case.routes:
        if route.shared_capacity:
            together[route.shared_capacity].append(route)

    @b.Constraint(
        [(name, t) for name, of_name in together.items() for t in months if any((r.route, t) in along for r in of_name)],
        doc="(M2) routes that share a capacity carry no more than it",
    )
    def share_one_capacity(b: Any, name: str, t: int) -> Any:
        capacity = next(r.shared_capacity_t_per_yr for r in together[name] if r.shared_capacity_t_per_yr is not None)
        return pyo.quicksum(v for r in together[name] for v in along.get((r.route, t), ())) <= capacity * months[t] / 12

    @b.Constraint([key for key in b.ROUTE_USES if rows[key[0]].minimum_t_per_yr > 0], doc="(M3) a route that is used carries its minimum")
    def carry_the_minimum(b: Any, r: str, t: int) -> Any:
        return pyo.quicksum(along.get((r, t), ())) >= rows[r].minimum_t_per_yr * months[t] / 12 * b.route_used[r, t]

    leaving: dict[Place, list[Any]] = defaultdict(list)
    arriving: dict[Place, list[Any]] = defaultdict(list)
    for s in b.shipments:
        if s.start is not None:
            leaving[s.start, s.commodity, s.t].append(s.variable)
        if s.goal is not None:
            arriving[s.goal, s.commodity, s.t].append(s.variable)

    @b.Constraint(b.LEFT_OVERS, doc="(M4) what an end gives leaves along its routes or is disposed of")
    def leave_along_routes(b: Any, kind: str, name: str, i: str, f: str, t: int) -> Any:
        place: Place = ((kind, name), (i, f), t)
        return _sum(b.given_at[place]) == pyo.quicksum(leaving[place]) + b.left_over_t[kind, name, i, f, t]

    @b.Constraint([(*end, *c, t) for end, c, t in b.taken_at], doc="(M5) what an end takes arrives along routes")
    def arrive_along_routes(b: Any, kind: str, name: str, i: str, f: str, t: int) -> Any:
        place: Place = ((kind, name), (i, f), t)
        return pyo.quicksum(arriving[place]) == _sum(b.taken_at[place])

    paths = _cut_paths(b, run) if run.pattern is not None else {}

    @b.Constraint(list(paths), doc="(M6) what has passed a country that is cut is cut on its way through a plant abroad")
    def cut_what_has_passed(b: Any, *key: Any) -> Any:
        variables, normal_t = paths[key]
        return pyo.quicksum(variables) <= normal_t


def _sum(flows: list[Flow]) -> Any:
    return pyo.quicksum(flow.share * flow.variable for flow in flows)


def origin(study: Study, start: End | None, goal: End | None) -> tuple[str, ...]:
    """The countries that a shipment has passed when it leaves a plant abroad; empty where it has no origin or goes elsewhere."""
    if start is None or goal is None or start[0] != "source" or goal[0] != "plant":
        return ()
    country = study.plants[goal[1]].country
    if country == study.case.settings.home_country:
        return ()
    return tuple(dict.fromkeys((*study.sources[start[1]].countries, country)))


def _cut_paths(b: Any, run: Run) -> dict[tuple[str, str, str, str, int], tuple[list[Any], float]]:
    """Columns of each path through a plant abroad that is cut, and what is left of its normal flow, by (plant, countries, material,
    form, slot)."""
    study = run.study
    columns: dict[tuple[str, tuple[str, ...], Commodity, int], list[Any]] = defaultdict(list)
    for s in b.shipments:
        if passed := origin(study, s.start, s.goal):
            columns[s.goal[1], passed, s.commodity, s.t].append(s.variable)
    found = {}
    for (plant, passed, commodity, t), variables in columns.items():
        left = run.path_left(plant, passed, commodity, t)
        if left < 1:
            normal = sum(
                run.flow_t(name)[1][t] * share
                for name in senders(study, plant, passed)
                for c, share in study.chain.split(study.sources[name].material, study.sources[name].form).items()
                if c == commodity
            )
            found[plant, " + ".join(passed), *commodity, t] = (variables, left * normal)
    return found


def senders(study: Study, plant: str, passed: tuple[str, ...]) -> list[str]:
    """The sources with a route to a plant abroad whose material has then passed these countries."""
    ends = {start_of(r) for r in study.case.routes if goal_of(r) == ("plant", plant)}
    return [
        s.source
        for s in study.case.sources
        if ("source", s.source) in ends and origin(study, ("source", s.source), ("plant", plant)) == passed
    ]
