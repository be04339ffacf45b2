"""Processing: what each plant makes of what, in each slot of a run.

A separation gives all elements of its feed in fixed proportions, each with its recovery; where it is partial, some leave it
together as a fraction, which is a mixture like any other. Metal making takes one element; alloy making takes metals by the
grade's recipe; magnet making takes the alloy; scrap comes back. Several materials share a plant's capacity, each at its
own rate where the case gives one.

Tolling: what is sent out and back comes out later by the plant's transit months, evenly over the time in which it went in. What
is under way where a cut falls is handed over to the recourse and comes out when it is due, scaled by what the cut leaves of the
plant in that month; so is what a recourse sends out itself, where less is left then than when it went in. What would come out
after the last period of a run is lost to that run, so a plan sends nothing out in its last months but for patterns that begin
at its end.

(C1) a plant handles no more than its capacity
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.capacity import Terms, capacity
from models.chain import Activity
from models.handed import Column, Handed
from models.horizon import spread
from models.modelling import pyo
from models.operations.flows import Flow
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``processed_t[p, i, t]``: t REO that go into plant p as (or for) material i in slot t, where p can run.

    ``under_way_t[p, i, t]``: t REO that went into a toll plant before the run began and are due in month t (recourse only).
    """
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
    slots = {slot.first: slot for slot in run.slots}
    tollers = {plant.plant: plant for plant in study.case.plants if plant.transit_months > 0}
    for p, t in b.PLANT_SLOTS:
        out = run.toll_returns(tollers[p], slots[t]) if p in tollers else [(t, 1.0)]
        for a in b.plant_activities[p]:
            variable = b.processed_t[p, a.material, t]
            b.goes += [Flow(("plant", p), commodity, t, per_t, variable) for commodity, per_t in a.inputs.items()]
            for at, share in out:
                _comes_out(b, a, at, share, variable)
    due = _due(run) if tollers and run.pattern is not None else {}
    b.due = {(p, a.material, t): sent for (p, t), sent in due.items() for a in b.plant_activities[p]}
    b.UNDER_WAY = pyo.Set(dimen=3, initialize=list(b.due), doc="toll plants x materials x months in which something is due")
    b.under_way_t = pyo.Var(b.UNDER_WAY, bounds=(0, None), doc="contained oxide that went in before the run and is due, t REO")
    left = {key: run.plant_left(study.plants[key[0]], slots[key[1]]) for key in due}
    for p, t in due:
        for a in b.plant_activities[p]:
            _comes_out(b, a, t, left[p, t], b.under_way_t[p, a.material, t])


def _comes_out(b: Any, activity: Activity, t: int, share: float, variable: Any) -> None:
    """The outputs and scrap of a share of what went in come out in a slot."""
    end, joint = ("plant", activity.plant), len(activity.outputs) > 1
    b.comes += [Flow(end, commodity, t, per_t * share, variable, joint) for commodity, per_t in activity.outputs.items()]
    b.comes += [Flow(end, commodity, t, per_t * share, variable, True) for commodity, per_t in activity.scrap.items()]


def _due(run: Run) -> dict[tuple[str, int], dict[int, float]]:
    """What the base plan has under way where a cut falls: for each toll plant and month in which something is due, the share of
    each earlier slot (by its first month) that comes out then.
    """
    study = run.study
    base = Run(study)
    found: dict[tuple[str, int], dict[int, float]] = defaultdict(dict)
    for plant in study.case.plants:
        if plant.status == "supplier" or plant.transit_months == 0:
            continue
        sent = [s for s in base.slots if s.first < run.start < min(s.end, run.start) + plant.transit_months]
        decided = [d for k, d in study.buildings if k == plant.plant and d < run.start]
        for slot in sent:
            if capacity(base, plant, slot, decided):
                for to, share in spread(slot, plant.transit_months, run.slots, before=run.start):
                    found[plant.plant, to.first][slot.first] = share
    return found


def handed_over(m: Any) -> None:
    """What is under way where the cut falls follows from what the base plan sent out before."""
    for (p, i, t), sent in m.operation.due.items():
        weights: dict[Column, float] = {("operation.processed_t", (p, i, first)): share for first, share in sent.items()}
        m.handed["operation.under_way_t", (p, i, t)] = Handed(weights)


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Variable cost of plants, per tonne that their capacity counts, at the plant's or the material's rate."""
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            usd = run.study.horizon.usd(run.study.plants[p].currency, t)
            per_t = run.study.horizon.cited(a.usd_per_kg, t) * a.counted_t * usd * KILOGRAMS
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
