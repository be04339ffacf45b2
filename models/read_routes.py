"""Solved values -> what is shipped along routes, and which routes are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from models.operations.routes import chosen
from models.plan import RouteUse, Shipped
from models.run import Run

Values = Mapping[str, Mapping[Any, float]]
"""Value by component name and index; what is absent is zero."""


def read_routes(run: Run, values: Values, smallest_t: float) -> tuple[list[Shipped], list[RouteUse]]:
    """Shipments of one run by route, commodity and slot, and the use of each route by slot; less than ``smallest_t`` is noise.

    A route with a yes or no of its own is used where the plan says so, any other where it carries something.
    """
    h, slots = run.study.horizon, {slot.first: slot for slot in run.slots}
    shipped, use = [], []
    carried: dict[tuple[str, int], float] = defaultdict(float)
    for (r, i, f, t), tonnes in values.get("shipped_t", {}).items():
        if tonnes > smallest_t:
            carried[r, t] += tonnes
            shipped.append(Shipped(run=run.name, route=r, material=i, form=f, period=h.date(t), months=slots[t].months, shipped_t=tonnes))
    decided = {key for key, used in values.get("route_used", {}).items() if used > 0.5}
    for route in run.study.case.routes:
        for t, slot in slots.items():
            key = (route.route, t)
            used = key in decided if chosen(route) and run.pattern is None else carried[key] > 0
            if used or carried[key] > 0:
                use.append(
                    RouteUse(
                        run=run.name,
                        route=route.route,
                        period=h.date(t),
                        months=slot.months,
                        shipped_t=carried[key],
                        capacity_t=run.route_capacity_t(route, slot),
                    )
                )
    return shipped, use


def with_left_overs(values: Values) -> dict[Any, float]:
    """What is disposed of by commodity and slot: in the pool, and at the ends that send along routes."""
    disposed = dict(values.get("disposed_t", {}))
    for (_, _, i, f, t), tonnes in values.get("left_over_t", {}).items():
        disposed[i, f, t] = disposed.get((i, f, t), 0.0) + tonnes
    return disposed
