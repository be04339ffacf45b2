"""What a recourse is handed: the state and the commitments of the base plan where the cut falls.

A recourse declares them as columns of its own, so that it can be tested alone (they are fixed at a plan's values) or tied
into the big model (they are linear in the base plan's columns). Which these are is said once, by the block that declares
them, in ``m.handed``: (component, index) -> `Handed`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from models.horizon import Horizon

Column = tuple[str, Hashable]
"""A column of a model: the component's name from the model down (``operation.level_t``), and the index."""


class Handed(NamedTuple):
    """A column of a recourse as it follows from the base plan: sum of weight x base column, plus a constant."""

    weights: Mapping[Column, float]
    constant: float = 0.0


def same(component: str, index: Hashable) -> Handed:
    """A commitment: the base plan's own decision."""
    return Handed({(component, index): 1.0})


def opening_weights(horizon: Horizon, start: int) -> tuple[dict[int, float], float]:
    """How a level at the start of a recourse follows from the base plan: weights on the levels at the end of slots, by the
    slot's first month, and the weight of the opening level of the plan.

    On a period boundary it is the level there; inside a coarse period it is interpolated between its two ends.
    """
    if start == 0:
        return {}, 1.0
    slot = horizon.slot_before[start]
    done = (start - slot.first) / slot.months
    weights = {slot.first: done}
    if done < 1:
        if slot.first == 0:
            return weights, 1 - done
        weights[horizon.slot_before[slot.first].first] = 1 - done
    return weights, 0.0
