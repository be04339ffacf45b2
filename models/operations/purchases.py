"""Purchases: what is bought from each source without a contract, in each slot of a run.

A tonne has one origin: what is bought and what is lifted under contracts share the source's output, and all sources of a
supplier's plant share its capacity.

(P1) purchases and liftings share one output
(P2) a supplier's plant delivers no more than it makes
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.modelling import pyo
from models.operations.shipping import deliver
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``bought_t[s, t]``: t REO bought from source s in slot t, from 0 to what the market can sell."""
    limit = {(s.source, slot.first): run.market_t(s, slot) for s in run.study.case.sources for slot in run.slots}
    limit = {key: t for key, t in limit.items() if t > 0}
    b.PURCHASES = pyo.Set(dimen=2, initialize=list(limit), doc="sources x slots in which they sell without a contract")
    b.bought_t = pyo.Var(b.PURCHASES, bounds=lambda _b, s, t: (0, limit[s, t]), doc="bought without a contract, t REO")
    slots = {slot.first: slot for slot in run.slots}
    for s, t in b.PURCHASES:
        deliver(b, run, "", s, slots[t], b.bought_t[s, t])


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Purchases at the source's price in the slot (those in price tiers: see `models.operations.tiers`), and their freight."""
    slots = {slot.first: slot for slot in run.slots}
    for s, t in b.PURCHASES:
        source = run.study.sources[s]
        if s not in run.study.tiers:
            yield charge(run, "purchases", t, run.source_price(source, slots[t]) * KILOGRAMS, b.bought_t[s, t])
        freight = run.study.horizon.in_usd(source.freight_usd_per_kg, source.currency, t)
        yield charge(run, "freight", t, freight * KILOGRAMS, b.bought_t[s, t])


def constrain(b: Any, run: Run) -> None:
    """Rules P1 and P2, only where they can bind."""
    study = run.study
    lines: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in study.lines:
        lines[key[1]].append(key)

    def users(s: str, t: int) -> list[Any]:
        taken = [b.lifted_t[c, s, t] for c, _ in lines[s] if (c, s, t) in b.LIFTINGS]
        return taken + ([b.bought_t[s, t]] if (s, t) in b.PURCHASES else [])

    output = {(s.source, slot.first): run.output_t(s, slot) for s in study.case.sources if lines[s.source] for slot in run.slots}
    shared = [key for key in output if sum(v.ub for v in users(*key)) > output[key] * (1 + 1e-12)]

    @b.Constraint(shared, doc="(P1) purchases and liftings share one output")
    def share_one_output(b: Any, s: str, t: int) -> Any:
        return pyo.quicksum(users(s, t)) <= output[s, t]

    by_plant: dict[str, list[str]] = defaultdict(list)
    for source in study.case.sources:
        if source.plant and study.plants[source.plant].status == "supplier":
            by_plant[source.plant].append(source.source)

    made = {(p, slot.first): run.capacity_t(study.plants[p], None, slot) for p in by_plant for slot in run.slots}

    def use(p: str, s: str) -> float:
        source = study.sources[s]
        return study.chain.mass_factor(source.material, source.form) if study.plants[p].capacity_mass == "product" else 1.0

    def most(p: str, t: int) -> float:
        return float(sum(use(p, s) * sum(v.ub for v in users(s, t)) for s in by_plant[p]))

    @b.Constraint(
        [key for key in made if most(*key) > made[key] * (1 + 1e-12)], doc="(P2) a supplier's plant delivers no more than it makes"
    )
    def deliver_no_more_than_is_made(b: Any, p: str, t: int) -> Any:
        return pyo.quicksum(use(p, s) * v for s in by_plant[p] for v in users(s, t)) <= made[p, t]
