"""Planner's fixes: decisions of the base plan that are forced, forbidden or bounded, each a linear rule on its columns.

A row is about one month, one calendar year (a period counts for the year in which it begins) or the whole plan. Decisions
to sign, to build (units, or capacity in t/yr) and to start programmes are counted at their dates. Flows are summed; of a
period longer than the month asked for, the month has its even share. A stock is what lies in the store at the end of the
month or year, or of every period where neither is given; inside a longer period it lies on the straight line between the
period's two ends. The rules bind the base plan alone: a crisis does what it must.

(R1) what the planner fixes holds
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from models.case import Fix
from models.handed import Column, opening_weights
from models.modelling import pyo
from models.run import Study

SENSES = {"force": "at least", "forbid": "at most", "fix": "exactly", "at least": "at least", "at most": "at most"}
"""What each action asks for."""


class Concern(NamedTuple):
    """What one row is about at one instant: sum of weight x column of the base plan, plus a constant."""

    month: int
    weights: dict[Column, float]
    constant: float = 0.0


def limit(fix: Fix) -> float:
    """The number that a row asks for: 0 where it forbids, 1 where it forces without a number."""
    if fix.action == "forbid":
        return 0.0
    return 1.0 if fix.value is None else fix.value


def window(study: Study, fix: Fix) -> range:
    """Months of the plan that a row is about."""
    h = study.horizon
    if fix.month is not None:
        first = h.month_of(fix.month, 0)
        return range(first, first + 1)
    if fix.year is not None:
        return range(
            next((m for m in range(h.months) if h.year(m) == fix.year), 0),
            max((m + 1 for m in range(h.months) if h.year(m) == fix.year), default=0),
        )
    return range(h.months)


def concerns(study: Study, fix: Fix) -> Iterator[Concern]:
    """What a row is about: one sum, for a stock without a date one at the end of every period."""
    months = window(study, fix)
    if fix.decision == "stock":
        yield from _levels(study, fix, months)
        return
    if fix.decision == "running":
        for d in dates_of_state(study, fix):
            yield Concern(d, {("runs", (fix.name, d)): 1.0})
        return
    weights: dict[Column, float] = {}
    if fix.decision == "contract":
        weights = {("signed", (c, d)): 1.0 for c, d in study.signings if c == fix.name and d in months}
    elif fix.decision == "plant":
        weights = {("built", (p, d)): 1.0 for p, d in study.buildings if p == fix.name and d in months}
    elif fix.decision == "size":
        sized = fix.name in study.curves
        weight = 1.0 if sized else study.plants[fix.name].capacity_t_per_yr
        dates = [d for p, d in study.buildings if p == fix.name and d in months]
        weights = {("sized_t_per_yr" if sized else "built", (fix.name, d)): weight for d in dates}
    elif fix.decision == "programme":
        weights = {("started", (g, d)): 1.0 for g, d in study.programmes.starts if g == fix.name and d in months}
    elif fix.decision == "cell":
        weights = {("cells", (s, d)): 1.0 for s, d in study.residue.openings if s == fix.name and d in months}
    elif fix.decision == "financing":
        weights = {("financed", (fix.name, d)): 1.0 for d in dates_of_financing(study, fix.name) if d in months}
    else:
        for slot in study.horizon.slots:
            share = _share(study, fix, slot.first, slot.months)
            if share:
                weights.update((key, share) for key in _flows(study, fix, slot.first))
    yield Concern(months.start, weights)


def dates_of_state(study: Study, fix: Fix) -> list[int]:
    """Decision dates whose state a row is about: the last one up to its month, or all of its year or of the plan."""
    dates = study.horizon.decision_dates
    if fix.month is not None:
        return [d for d in dates if d <= window(study, fix).start][-1:]
    return [d for d in dates if d in window(study, fix)]


def dates_of_financing(study: Study, name: str) -> list[int]:
    """Months at which an optional financing can be put up: those of the signature of its contract."""
    contracts = {row.contract for row in study.case.financings if row.financing == name and row.optional}
    return [d for c, d in study.signings if c in contracts]


def _share(study: Study, fix: Fix, first: int, months: int) -> float:
    """Share of a period's flow that a row counts."""
    if fix.month is not None:
        return 1 / months if first <= study.horizon.month_of(fix.month, 0) < first + months else 0.0
    return 1.0 if fix.year is None or study.horizon.year(first) == fix.year else 0.0


def _flows(study: Study, fix: Fix, t: int) -> Iterator[Column]:
    """Columns of a flow in the period that begins at month ``t``, whether or not the model has them."""
    if fix.decision == "purchase":
        yield "operation.bought_t", (fix.name, t)
    elif fix.decision == "lifting":
        for c, s in study.lines:
            if c == fix.name:
                yield "operation.lifted_t", (c, s, t)
    elif fix.decision == "route":
        for i, f in study.chain.commodities:
            if fix.material in ("", i) and fix.form in ("", f):
                yield "operation.shipped_t", (fix.name, i, f, t)
    elif fix.decision in ("sale", "disposal"):
        component = "operation.sold_t" if fix.decision == "sale" else "operation.disposed_t"
        for i, f in study.chain.commodities:
            if i == fix.name and fix.form in ("", f):
                yield component, (i, f, t)
    else:
        for activity in study.chain.activities:
            if activity.plant == fix.name and fix.material in ("", activity.material):
                yield "operation.processed_t", (fix.name, activity.material, t)


def _levels(study: Study, fix: Fix, months: range) -> Iterator[Concern]:
    ends = [months.stop] if fix.month is not None or fix.year is not None else [slot.end for slot in study.horizon.slots]
    stocks = [s for s in study.case.stocks if s.store == fix.name and fix.material in ("", s.material) and fix.form in ("", s.form)]
    for end in ends:
        of_levels, of_opening = opening_weights(study.horizon, end)
        weights: dict[Column, float] = {
            ("operation.level_t", (s.store, s.material, s.form, first)): weight for s in stocks for first, weight in of_levels.items()
        }
        yield Concern(end - 1, weights, of_opening * sum(study.opening_t(s) for s in stocks))


def constrain(m: Any, study: Study) -> None:
    """Rule R1, for the base plan. A row that asks for something of nothing leaves no plan (`check` refuses it)."""
    asked = {(n, c.month): (fix, c) for n, fix in enumerate(study.case.fixes, 1) for c in concerns(study, fix)}

    @m.Constraint(list(asked), doc="(R1) what the planner fixes holds")
    def keep_what_is_fixed(m: Any, n: int, month: int) -> Any:
        fix, concern = asked[n, month]
        found = concern.constant + pyo.quicksum(
            weight * m.find_component(name)[index] for (name, index), weight in concern.weights.items() if index in m.find_component(name)
        )
        sense, number = SENSES[fix.action], limit(fix)
        if isinstance(found, (int, float)):
            held = {"at least": found >= number, "at most": found <= number, "exactly": found == number}[sense]
            return pyo.Constraint.Skip if held else pyo.Constraint.Infeasible
        if sense == "exactly":
            return found == number
        return found >= number if sense == "at least" else found <= number
