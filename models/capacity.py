"""What a plant can handle in a slot of a run, in terms of the columns that decide it.

An existing plant's capacity is a number; where it may stop it hangs on its state; a candidate's hangs on the units decided, or on
the size where it has a cost curve.
Rule C1, the rows of the plan and whoever else asks read the same terms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from models.case import Plant
from models.handed import Column
from models.horizon import Slot
from models.run import Run

Terms = dict[Column | None, float]
"""Tonnes of capacity per unit of a column of the commitments; None: a constant."""


def capacity(run: Run, plant: Plant, slot: Slot, decided: Iterable[int]) -> Terms:
    """Capacity of a plant of the chain in a slot, in its own tonnes; ``decided``: the months at which a candidate can be decided.

    Empty where it cannot run.
    """
    if plant.status == "existing":
        if plant.may_stop != "no":
            return _of_its_state(run, plant, slot)
        tonnes = run.capacity_t(plant, None, slot)
        return {None: tonnes} if tonnes > 0 else {}
    by_decision = {d: run.capacity_t(plant, d, slot) for d in decided}
    if plant.plant in run.study.curves:
        full = plant.capacity_t_per_yr
        return {("sized_t_per_yr", (plant.plant, d)): tonnes / full for d, tonnes in by_decision.items() if tonnes > 0}
    return {("built", (plant.plant, d)): tonnes for d, tonnes in by_decision.items() if tonnes > 0}


def _of_its_state(run: Run, plant: Plant, slot: Slot) -> Terms:
    """Capacity of a plant that may stop: while it runs, less the months of a restart.

    A recourse keeps the state that the last decision before it left; a restart decided before it goes on.
    """
    h = run.study.horizon
    terms: dict[Column | None, float] = defaultdict(float)
    for m in slot.range:
        tonnes = run.capacity_t(plant, None, Slot(m, 1))
        if tonnes <= 0:
            continue
        state = h.decision_before(m + 1 if run.pattern is None else run.pattern.start)
        if state is None:
            terms[None] += tonnes
            continue
        terms["runs", (plant.plant, state)] += tonnes
        if plant.may_stop == "mothball":
            for d in h.decision_dates:
                if 0 < d <= state and m < d + plant.restart_months:
                    terms["restarted", (plant.plant, d)] -= tonnes
    return dict(terms)
