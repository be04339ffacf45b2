"""Checks of routes: ends that are there, something to carry, figures that agree, cuts that can be told."""

from __future__ import annotations

from collections.abc import Iterator

from models.case import Case, Route
from models.chain import Chain, Commodity
from models.check_chain import CHAIN_TABLES, chain_of
from models.findings import Finding, Rule, rule, warning
from models.operations.flows import End
from models.operations.routes import carries, goal_of, start_of

_ENDS = {"source": ("Sources", "sources", "source"), "plant": ("Plants", "plants", "plant"), "store": ("Stocks", "stocks", "store")}
_GOALS = {**_ENDS, "sector": ("Demand", "demands", "sector")}
"""Sheet, field of the case and column in which an end is named."""


@rule(*CHAIN_TABLES, "Routes")
def _routes_lead_somewhere(case: Case) -> Iterator[Finding]:
    """Both ends are there, one of them is named, and something given at the start is taken at the goal."""
    chain = chain_of(case)
    for number, route in enumerate(case.routes):
        slips = [*_end(case, number, "from", route.from_kind, route.from_name), *_end(case, number, "to", route.to_kind, route.to_name)]
        if not slips and not route.from_name and not route.to_name:
            mend = "Everything in the pool reaches everything. Name a start or a goal."
            slips.append(Finding("Routes", number, "from_name", "", "a start, a goal, or both", mend))
        elif not slips and start_of(route) == goal_of(route):
            mend = "It leads back to where it starts. Correct one of the two."
            slips.append(Finding("Routes", number, "to_name", route.to_name, "a goal that is not the start", mend))
        yield from slips
        if not slips and not _loads(case, chain, route):
            mend = "Nothing that its start gives and that it is open to is taken at its goal. Check ends, elements and form."
            yield warning("Routes", number, "route", route.route, "a route with something to carry", mend)
    yield from _nobody_is_cut_off(case, chain)


def _end(case: Case, number: int, side: str, kind: str, name: str) -> Iterator[Finding]:
    """What is wrong with one end of a route."""
    if bool(kind) != bool(name):
        field = f"{side}_{'name' if kind else 'kind'}"
        yield Finding("Routes", number, field, "", "both kind and name, or neither", "Fill both cells, or clear both for the pool.")
        return
    if not kind:
        return
    sheet, table, column = _GOALS[kind]
    rows = [row for row in getattr(case, table) if getattr(row, column) == name]
    if not rows:
        mend = f"'{name}' does not stand on the sheet {sheet}. Correct the name or the kind."
        yield Finding("Routes", number, f"{side}_name", name, f"a name that stands on {sheet} (column {column})", mend)
    elif kind == "plant" and rows[0].status == "supplier":
        mend = f"'{name}' is a supplier's plant, which only limits its sources. Name its source, or a plant of the chain."
        yield Finding("Routes", number, f"{side}_name", name, "a plant of the chain", mend)


def gives(case: Case, chain: Chain, end: End) -> set[Commodity]:
    """What an end gives."""
    kind, name = end
    if kind == "source":
        return {c for s in case.sources if s.source == name for c in chain.split(s.material, s.form)}
    if kind == "plant":
        return {c for a in chain.activities if a.plant == name for c in (*a.outputs, *a.scrap)}
    return {(s.material, s.form) for s in case.stocks if s.store == name}


def takes(case: Case, chain: Chain, end: End) -> set[Commodity]:
    """What an end takes."""
    kind, name = end
    if kind == "plant":
        return {c for a in chain.activities if a.plant == name for c in a.inputs}
    if kind == "store":
        return {(s.material, s.form) for s in case.stocks if s.store == name}
    return {(d.material, d.form) for d in case.demands if d.sector == name}


def _loads(case: Case, chain: Chain, route: Route) -> set[Commodity]:
    """What a route can carry."""
    start, goal = start_of(route), goal_of(route)
    given = set(chain.commodities) if start is None else gives(case, chain, start)
    wanted = set(chain.commodities) if goal is None else takes(case, chain, goal)
    return {c for c in given & wanted if carries(route, c, chain)}


def _nobody_is_cut_off(case: Case, chain: Chain) -> Iterator[Finding]:
    """Demand of a sector that is named as a goal arrives along some route."""
    goals = {goal for route in case.routes if (goal := goal_of(route))}
    for number, demand in enumerate(case.demands):
        end = ("sector", demand.sector)
        needed = demand.t_per_yr != 0 and end in goals
        if needed and not any(goal_of(r) == end and carries(r, (demand.material, demand.form), chain) for r in case.routes):
            mend = f"'{demand.sector}' is named as a goal, so it receives along routes alone. Add a route that carries it."
            yield Finding("Demand", number, "sector", demand.sector, f"a route that brings {demand.material} as {demand.form}", mend)


@rule("Routes")
def _route_figures_agree(case: Case) -> Iterator[Finding]:
    """A choice has a capacity to stand on, a minimum fits it, and a shared capacity is one number."""
    stated: dict[str, float] = {}
    for number, route in enumerate(case.routes):
        if route.capacity_t_per_yr is None and (route.fixed_usd_m_per_yr > 0 or route.minimum_t_per_yr > 0):
            mend = "A route with a fixed cost or a minimum is used or not, up to a capacity. Say how much it carries at most."
            yield Finding("Routes", number, "capacity_t_per_yr", None, "a capacity", mend)
        elif route.capacity_t_per_yr is not None and route.minimum_t_per_yr > route.capacity_t_per_yr:
            mend = f"Its capacity is {route.capacity_t_per_yr:g} t REO/yr. Exchange or correct the two."
            yield Finding("Routes", number, "minimum_t_per_yr", route.minimum_t_per_yr, "a minimum within the capacity", mend)
        if route.minimum_waived_in_crisis and route.minimum_t_per_yr == 0:
            yield warning("Routes", number, "minimum_waived_in_crisis", True, "a minimum to waive", "It has none. Clear the cell.")
        shared = route.shared_capacity_t_per_yr
        if shared is not None and not route.shared_capacity:
            mend = "No name says with which routes it is shared. Name it on each of them."
            yield Finding("Routes", number, "shared_capacity", "", "a name where a shared capacity is given", mend)
        elif shared is not None and stated.setdefault(route.shared_capacity, shared) != shared:
            mend = f"Another row of '{route.shared_capacity}' says {stated[route.shared_capacity]:g}. Make them alike."
            yield Finding("Routes", number, "shared_capacity_t_per_yr", shared, "one number for one shared capacity", mend)
    for number, route in enumerate(case.routes):
        if route.shared_capacity and route.shared_capacity not in stated:
            mend = f"No row of '{route.shared_capacity}' says how much they carry together. Fill it."
            yield Finding("Routes", number, "shared_capacity_t_per_yr", None, "the capacity that they share", mend)


@rule("Routes", "CutOffs")
def _cut_routes_have_a_capacity(case: Case) -> Iterator[Finding]:
    """A share of a route's capacity can be cut only where it has one; without one it is open or closed."""
    unlimited = {route.route for route in case.routes if route.capacity_t_per_yr is None}
    for number, cutoff in enumerate(case.cutoffs):
        open_ended = [name for name in cutoff.routes if name in unlimited]
        if open_ended and cutoff.severity < 1:
            mend = f"'{open_ended[0]}' has no capacity of which a share could be left. Give it one, or cut it whole (severity 1)."
            yield Finding("CutOffs", number, "routes", cutoff.routes, "routes with a capacity, where a share is left", mend)


ROUTE_RULES: tuple[Rule, ...] = (_routes_lead_somewhere, _route_figures_agree, _cut_routes_have_a_capacity)
"""Routes."""
