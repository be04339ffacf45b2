"""Processing: what each plant makes of what, in each slot of a run.

A separation gives all elements of its feed in fixed proportions, each with its recovery; where it is partial, some leave it
together as a fraction, which is a mixture like any other. Metal making takes one element; alloy making takes metals by the
grade's recipe; magnet making takes the alloy; scrap comes back. Several materials share a plant's capacity, each at its
own rate where the case gives one.

(C1) a plant handles no more than its capacity
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from models.capacity import Terms, capacity
from models.chain import Activity
from models.operations.flows import Flow
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``processed_t[p, i, t]``: t REO that go into plant p as (or for) material i in slot t, where p can run."""
    study = run.study
    found: dict[tuple[str, int], Terms] = {}
    for plant in study.case.plants:
        if plant.status == "supplier":
            continue
        decided = [d for k, d in study.buildings if k == plant.plant and d < run.start]
        for slot in run.slots:
            if terms := capacity(run, plant, slot, decided):
                found[plant.plant, slot.first] = terms
    b.plant_capacity = found
    b.plant_activities = _by_plant(study.chain.activities)
    b.PLANT_SLOTS = pyo.Set(dimen=2, initialize=list(found), doc="plants x slots in which they can run")
    b.PROCESSES = pyo.Set(
        dimen=3, initialize=[(p, a.material, t) for p, t in found for a in b.plant_activities[p]], doc="plants x materials x slots"
    )
    b.processed_t = pyo.Var(b.PROCESSES, bounds=(0, None), doc="contained oxide that goes in, t REO")
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            variable = b.processed_t[p, a.material, t]
            b.goes += [Flow(("plant", p), commodity, t, per_t, variable) for commodity, per_t in a.inputs.items()]
            joint = len(a.outputs) > 1
            b.comes += [Flow(("plant", p), commodity, t, per_t, variable, joint) for commodity, per_t in a.outputs.items()]
            b.comes += [Flow(("plant", p), commodity, t, per_t, variable, True) for commodity, per_t in a.scrap.items()]


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Variable cost of plants, per tonne that their capacity counts, at the plant's or the material's rate."""
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            per_t = run.study.horizon.cited(a.usd_per_kg, t) * a.counted_t * KILOGRAMS
            yield charge(run, "conversion", t, per_t, b.processed_t[p, a.material, t])


def _by_plant(activities: tuple[Activity, ...]) -> dict[str, list[Activity]]:
    by_plant: dict[str, list[Activity]] = defaultdict(list)
    for activity in activities:
        by_plant[activity.plant].append(activity)
    return by_plant


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rule C1: existing capacity, while the plant runs; or the units decided early enough to be on line, with their ramp."""

    @b.Constraint([key for key in b.PLANT_SLOTS if b.plant_activities[key[0]]], doc="(C1) a plant handles no more than its capacity")
    def handle_no_more_than_capacity(b: Any, p: str, t: int) -> Any:
        used = pyo.quicksum(a.use * b.processed_t[p, a.material, t] for a in b.plant_activities[p])
        return used <= pyo.quicksum(c if of is None else c * m.component(of[0])[of[1]] for of, c in b.plant_capacity[p, t].items())
