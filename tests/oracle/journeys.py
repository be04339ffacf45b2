"""Routes of the second formulation: who is named sends or receives along routes alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from program import Expression, total

from models.case import CutOff, Route

if TYPE_CHECKING:
    from operation_again import Operation


def travel(o: Operation, pools: dict[tuple[str, str, int], Expression]) -> None:
    """Columns and rows of all routes; what reaches and leaves the pool is added to it."""
    f, p = o.f, o.p
    leaves: dict[tuple[tuple[str, str], str, str, int], Expression] = {k: {} for k in o.gives if k[0] in o.senders}
    comes: dict[tuple[tuple[str, str], str, str, int], Expression] = {k: {} for k in o.takes if k[0] in o.receivers}
    for slot in o.slots if f.case.routes else ():
        first, n = slot
        along: dict[str, Expression] = {r.route: {} for r in f.case.routes}
        for r in f.case.routes:
            most = capacity(o, r, first, n)
            money = o.pay(slot, rising=True) * f.dollars(r.currency, first)
            start, goal = (r.from_kind, r.from_name), (r.to_kind, r.to_name)
            given = {k[1:3] for k in leaves if k[0] == start and k[3] == first}
            wanted = {k[1:3] for k in comes if k[0] == goal and k[3] == first}
            carried = wanted if not r.from_name else given if not r.to_name else given & wanted
            for material, form in sorted(carried) if most > 0 else ():
                if r.form not in ("", form) or (r.elements and not set(r.elements) & set(f.mixture[material])):
                    continue
                v = o.shipped[r.route, material, form, first] = p.column(money * r.usd_per_t / 1e6)
                along[r.route][v] = 1.0
                if r.from_name:
                    leaves[start, material, form, first][v] = -1.0
                else:
                    pools[material, form, first][v] = pools[material, form, first].get(v, 0.0) - 1.0
                if r.to_name:
                    comes[goal, material, form, first][v] = 1.0
                else:
                    pools[material, form, first][v] = pools[material, form, first].get(v, 0.0) + 1.0
            if o.cut is None and (r.fixed_usd_m_per_yr or r.minimum_t_per_yr):
                used = p.column(money * r.fixed_usd_m_per_yr * n / 12, 1.0, whole=True)
                p.at_most_zero(total(along[r.route], {used: -most}))
                p.at_most_zero(total([(-1.0, along[r.route])], {used: r.minimum_t_per_yr * n / 12}))
            elif most < math.inf:
                p.limit(along[r.route], most)
        for name in {r.shared_capacity for r in f.case.routes if r.shared_capacity}:
            rows = [r for r in f.case.routes if r.shared_capacity == name]
            shared = next(r.shared_capacity_t_per_yr for r in rows if r.shared_capacity_t_per_yr is not None)
            p.limit(total(*(along[r.route] for r in rows)), shared * n / 12)
        if o.cut is not None:
            keep_what_has_passed(o, first)
    for k, row in leaves.items():
        n = dict(o.slots)[k[3]]
        left = p.column(o.pay((k[3], n), rising=True) * f.form[k[2]].disposal_usd_per_t / 1e6)
        p.zero(total(o.gives[k], row, {left: -1.0}))
    for k, row in comes.items():
        p.zero(total(row, [(-1.0, o.takes[k])]))


def capacity(o: Operation, r: Route, first: int, n: int) -> float:
    """Most that a route carries in a slot; infinite where there is no limit."""
    if o.cut is not None and r.minimum_t_per_yr > 0 and not r.minimum_waived_in_crisis:
        return 0.0
    left = [o.left(m, lambda row: r.route in row.routes) for m in range(first, first + n)]
    if r.capacity_t_per_yr is None:
        return math.inf if min(left) >= 1 else 0.0
    return r.capacity_t_per_yr / 12 * sum(left)


def passed(o: Operation, r: Route) -> tuple[str, ...]:
    """Countries that what goes straight from a source to a plant abroad has passed when it leaves the plant."""
    if (r.from_kind, r.to_kind) != ("source", "plant") or o.f.plant[r.to_name].country == o.f.case.settings.home_country:
        return ()
    return tuple(dict.fromkeys((*o.f.source[r.from_name].countries, o.f.plant[r.to_name].country)))


def keep_what_has_passed(o: Operation, first: int) -> None:
    """Of what has passed a country that is cut, a plant abroad makes no more than the cut's share of its normal flow."""
    f = o.f
    paths: dict[tuple[str, tuple[str, ...]], list[Route]] = {}
    for r in f.case.routes:
        if passed(o, r):
            paths.setdefault((r.to_name, passed(o, r)), []).append(r)
    for (plant, countries), routes in paths.items():
        names = {r.route for r in routes}
        for material, form in sorted({(i, g) for (r, i, g, t) in o.shipped if r in names and t == first}):
            makes = [gives for i, gives, *_ in o.activities(f.plant[plant]) if material in f.split(i, f.plant[plant].input_form)]

            def cuts(row: CutOff, countries: tuple[str, ...] = countries, makes: list[dict[tuple[str, str], float]] = makes) -> bool:
                there = bool(set(countries) & set(row.countries))
                return there and any(f.concerned(row, (i,), g) for gives in makes for i, g in gives)

            left = o.left(first, cuts)
            if left < 1:
                senders = {r.from_name for r in routes}
                sources = [f.source[s] for s in senders]
                normal = sum(
                    f.normal(s, first, o.late(s)) * f.split(s.material, s.form).get(material, 0.0) for s in sources if s.form == form
                )
                shipped = {v: 1.0 for (r, i, g, t), v in o.shipped.items() if r in names and (i, g, t) == (material, form, first)}
                o.p.limit(shipped, left * normal)
