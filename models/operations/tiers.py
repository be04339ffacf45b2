"""Price tiers: the marginal price of what is bought without a contract rises with the volume of a slot.

Prices rise from tier to tier (`check` refuses falling ones), so the cheaper tier fills first by itself: no binaries.

(P3) what is bought is bought in tiers
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.modelling import pyo
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``tier_t[s, n, t]``: t REO bought of source s in tier n (from 1) in slot t, from 0 to the tier's width."""
    slots = {slot.first: slot for slot in run.slots}
    width = {
        (s, n, t): (upto - low) * slots[t].months / 12
        for s, t in (b.PURCHASES if run.study.tiers else ())
        for n, (low, upto, _) in enumerate(run.study.tiers.get(s, ()), 1)
    }
    b.TIERS = pyo.Set(dimen=3, initialize=list(width), doc="sources x price tiers x slots in which they sell without a contract")
    b.tier_t = pyo.Var(
        b.TIERS,
        bounds=lambda _b, s, n, t: (0, width[s, n, t] if width[s, n, t] < float("inf") else None),
        doc="bought in a price tier, t REO",
    )


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """What is bought in a tier, at the source's price times the tier's factor."""
    slots = {slot.first: slot for slot in run.slots}
    for s, n, t in b.TIERS:
        price = run.source_price(run.study.sources[s], slots[t]) * run.study.tiers[s][n - 1][2]
        yield charge(run, "purchases", t, price * KILOGRAMS, b.tier_t[s, n, t])


def constrain(b: Any, run: Run) -> None:
    """Rule P3."""
    tiered = [(s, t) for s, t in b.PURCHASES if s in run.study.tiers] if run.study.tiers else []

    @b.Constraint(tiered, doc="(P3) what is bought is bought in tiers")
    def buy_in_tiers(b: Any, s: str, t: int) -> Any:
        return b.bought_t[s, t] == pyo.quicksum(b.tier_t[s, n, t] for n in range(1, len(run.study.tiers[s]) + 1))
