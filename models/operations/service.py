"""Service: what each sector gets in each slot of a run.

In the base plan all demand is served that supply allows: what cannot be served is a report, never a lever (its bound is
set from a plan that serves as much as possible), unless the row prices rationing. In a recourse every protected row gets
its service level in every single month.

What a programme replaces (`models.operations.replacements`) counts as served.

``missing_t`` (what a pattern lacks at the least) and ``margin`` (by how much all demand could be higher) are 0 unless a
question asks for them.

(D1) what is demanded is served, replaced or unmet
(D2) protected demand is served at its service level in every month of the window
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from models.operations.flows import Flow
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``served_t``, ``unmet_t`` [sector, material, form, t]; ``missing_t`` and ``margin`` in a recourse."""
    study = run.study
    demand = {(*k, slot.first): run.demand_t(d, slot) for k, d in study.demands.items() for slot in run.slots}
    demand = {key: t for key, t in demand.items() if t > 0}
    slots = {slot.first: slot for slot in run.slots}
    required = {key: run.required_t(study.demands[key[:3]], slots[key[3]]) for key in demand}
    b.demanded_t = demand
    b.required_t = {key: t for key, t in required.items() if t > 0}
    b.DEMANDS = pyo.Set(dimen=4, initialize=list(demand), doc="sectors x materials x forms x slots")
    b.PROTECTED = pyo.Set(dimen=4, initialize=list(b.required_t), doc="protected sectors x materials x forms x months")
    b.served_t = pyo.Var(b.DEMANDS, bounds=(0, None), doc="served, t REO")
    b.unmet_t = pyo.Var(b.DEMANDS, bounds=(0, None), doc="not served, t REO")
    b.missing_t = pyo.Var(b.PROTECTED, bounds=(0, None), doc="protected demand that cannot be served, t REO")
    for *key, t in b.DEMANDS:
        b.goes.append(Flow(("sector", key[0]), (key[1], key[2]), t, 1.0, b.served_t[(*key, t)]))
    b.MARGIN = pyo.Set(initialize=["all"] if run.pattern is not None else [])
    b.margin = pyo.Var(b.MARGIN, bounds=(0, 1), doc="all demand could be higher by this share")


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Demand that is not served, at the row's shortage cost."""
    for *d, t in b.DEMANDS:
        demand = run.study.demands[d[0], d[1], d[2]]
        per_kg_reo = run.study.horizon.cited(demand.shortage_usd_per_kg, t) * run.study.chain.mass_factor(demand.material, demand.form)
        yield charge(run, "shortage", t, per_kg_reo * KILOGRAMS, b.unmet_t[(*d, t)], paid=False)


def constrain(b: Any, run: Run) -> None:
    """Rules D1 and D2."""
    spare = b.margin["all"] if run.pattern is not None else 0

    @b.Constraint(b.DEMANDS, doc="(D1) what is demanded is served, replaced or unmet")
    def serve_or_leave_unmet(b: Any, *key: Any) -> Any:
        return b.served_t[key] + pyo.quicksum(b.replaced_of[key]) + b.unmet_t[key] == b.demanded_t[key] * (1 + spare)

    @b.Constraint(b.PROTECTED, doc="(D2) protected demand is served at its service level in every month of the window")
    def protected_demand_survives(b: Any, *key: Any) -> Any:
        return b.served_t[key] + pyo.quicksum(b.replaced_of[key]) + b.missing_t[key] >= b.required_t[key] * (1 + spare)
