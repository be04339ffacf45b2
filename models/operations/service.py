"""Service: what each sector gets in each slot of a run.

In the base plan all demand is served that supply allows: what cannot be served is a report, never a lever (its bound is
set from a plan that serves as much as possible), unless the row prices rationing. In a recourse every protected row gets
its service level in every single month.

What a programme replaces (`models.operations.replacements`) counts as served.

Where the row of a demand gives a cost of backorders, the base plan may owe what it does not serve and serve it in a later slot
(``owed_t``, a state); what is owed at the end of a slot is charged for the slot's months. What the row says is owed on the first day is
due in the first slot. Nothing is owed at the end of the plan:
what cannot be served by then is unmet. A recourse postpones nothing, and what is owed when the cut begins is due in its first
month, on top of that month's demand and at the same service level: so no plan saves stock for a crisis by owing.

``missing_t`` (what a pattern lacks at the least) and ``margin`` (by how much all demand could be higher) are 0 unless a
question asks for them.

(D1) what is demanded is served, replaced, owed or unmet
(D2) protected demand is served at its service level in every month of the window
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.handed import Column, Handed
from models.modelling import pyo
from models.operations.flows import Flow
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``served_t``, ``unmet_t`` [sector, material, form, t]; ``owed_t`` in the base plan, ``owed_opening_t`` [sector, material, form],
    ``missing_t`` and ``margin`` in a recourse."""
    study = run.study
    owing = [k for k, d in study.demands.items() if d.backorder_usd_per_kg_yr is not None]
    demand = {(*k, slot.first): run.demand_t(d, slot) for k, d in study.demands.items() for slot in run.slots}
    demand = {key: t for key, t in demand.items() if t > 0 or key[:3] in owing}
    slots = {slot.first: slot for slot in run.slots}
    required = {key: run.required_t(study.demands[key[:3]], slots[key[3]]) for key in demand}
    b.demanded_t = demand
    b.required_t = {key: t for key, t in required.items() if t > 0 or (run.pattern is not None and _due_at_once(run, owing, key))}
    b.DEMANDS = pyo.Set(dimen=4, initialize=list(demand), doc="sectors x materials x forms x slots")
    b.PROTECTED = pyo.Set(dimen=4, initialize=list(b.required_t), doc="protected sectors x materials x forms x months")
    _declare_owed(b, run, owing)
    b.served_t = pyo.Var(b.DEMANDS, bounds=(0, None), doc="served, t REO")
    b.unmet_t = pyo.Var(b.DEMANDS, bounds=(0, None), doc="not served, t REO")
    b.missing_t = pyo.Var(b.PROTECTED, bounds=(0, None), doc="protected demand that cannot be served, t REO")
    for *key, t in b.DEMANDS:
        b.goes.append(Flow(("sector", key[0]), (key[1], key[2]), t, 1.0, b.served_t[(*key, t)]))
    b.MARGIN = pyo.Set(initialize=["all"] if run.pattern is not None else [])
    b.margin = pyo.Var(b.MARGIN, bounds=(0, 1), doc="all demand could be higher by this share")


def _due_at_once(run: Run, owing: list[tuple[str, str, str]], key: tuple[Any, ...]) -> bool:
    """Whether what is owed before a cut is due in this slot and protected."""
    return key[:3] in owing and key[3] == run.slots[0].first and run.study.demands[key[:3]].protected


def _declare_owed(b: Any, run: Run, owing: list[tuple[str, str, str]]) -> None:
    """``owed_t``: no more than was demanded until then; none in the last slot. ``owed_opening_t`` in a recourse."""
    base = run.pattern is None
    slots = [slot.first for slot in run.slots]
    until: dict[tuple[Any, ...], float] = {}
    for k in owing if base else ():
        total = run.study.demands[k].owed_t
        for t in slots[:-1]:
            total += b.demanded_t[(*k, t)]
            until[(*k, t)] = total
    b.OWED = pyo.Set(dimen=4, initialize=list(until), doc="demands that may be served later x slots but the last")
    b.owed_t = pyo.Var(b.OWED, bounds=lambda _b, *key: (0, until[key]), doc="owed at the end of the slot, t REO")
    b.OWING = pyo.Set(dimen=3, initialize=[] if base else owing, doc="demands that may be served later")
    b.owed_opening_t = pyo.Var(b.OWING, bounds=(0, None), doc="owed at the start of the run, t REO")


def handed_over(m: Any, run: Run, weights: dict[int, float], of_opening: float) -> None:
    """What is owed where the cut falls, see `models.handed.opening_weights`: on the first day what the row says, nothing at the end of the
    plan."""
    last = run.study.horizon.slots[-1].first
    for k in m.operation.OWING:
        owed: dict[Column, float] = {("operation.owed_t", (*k, t)): weight for t, weight in weights.items() if t != last}
        m.handed["operation.owed_opening_t", k] = Handed(owed, of_opening * run.study.demands[k].owed_t)


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Demand that is not served, at the row's shortage cost; demand that is owed, for the months of the slot."""
    months = {slot.first: slot.months for slot in run.slots}
    for *d, t in b.OWED:
        demand = run.study.demands[d[0], d[1], d[2]]
        yearly = run.study.horizon.cited(demand.backorder_usd_per_kg_yr or 0.0, t)
        per_kg_reo = yearly * run.study.chain.mass_factor(demand.material, demand.form)
        yield charge(run, "backorders", t, per_kg_reo * KILOGRAMS * months[t] / 12, b.owed_t[(*d, t)])
    for *d, t in b.DEMANDS:
        demand = run.study.demands[d[0], d[1], d[2]]
        per_kg_reo = run.study.horizon.cited(demand.shortage_usd_per_kg, t) * run.study.chain.mass_factor(demand.material, demand.form)
        yield charge(run, "shortage", t, per_kg_reo * KILOGRAMS, b.unmet_t[(*d, t)], paid=False)


def constrain(b: Any, run: Run) -> None:
    """Rules D1 and D2."""
    spare = b.margin["all"] if run.pattern is not None else 0
    before = dict(zip((s.first for s in run.slots[1:]), (s.first for s in run.slots), strict=False))
    due = {k: d.owed_t for k, d in run.study.demands.items() if run.pattern is None and d.owed_t and d.backorder_usd_per_kg_yr is not None}
    owing = {key[:3] for key in b.OWED} | set(b.OWING) | set(due)

    def owed(demand: tuple[Any, ...], t: int | None) -> Any:
        """Owed at the end of a slot; before the first one what the run opens with."""
        if t is None:
            return b.owed_opening_t[demand] if demand in b.OWING else due.get(demand, 0.0)
        return b.owed_t[(*demand, t)] if (*demand, t) in b.OWED else 0.0

    @b.Constraint(b.DEMANDS, doc="(D1) what is demanded is served, replaced, owed or unmet")
    def serve_or_leave_unmet(b: Any, *key: Any) -> Any:
        had = b.served_t[key] + pyo.quicksum(b.replaced_of[key]) + b.unmet_t[key]
        if key[:3] not in owing:
            return had == b.demanded_t[key] * (1 + spare)
        return had + owed(key[:3], key[3]) == b.demanded_t[key] * (1 + spare) + owed(key[:3], before.get(key[3]))

    @b.Constraint(b.PROTECTED, doc="(D2) protected demand is served at its service level in every month of the window")
    def protected_demand_survives(b: Any, *key: Any) -> Any:
        had = b.served_t[key] + pyo.quicksum(b.replaced_of[key]) + b.missing_t[key]
        if key[:3] not in owing or key[3] in before:
            return had >= b.required_t[key] * (1 + spare)
        level = run.study.demands[key[:3]].service_level
        return had >= b.required_t[key] * (1 + spare) + level * owed(key[:3], None)
