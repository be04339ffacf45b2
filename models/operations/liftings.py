"""Liftings: what is taken under each contract line, in each slot of a run.

A minimum is tonnes paid, not received: lifting is free between 0 and the maximum, and what is not lifted of a calendar
year's minimum is paid all the same (base plan only; a recourse pays for what it lifts).

(L1) no more is lifted than the contract gives the right to
(L2) the minimum of a calendar year is lifted or paid
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from models.operations.flows import Flow
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``lifted_t[c, s, t]``: t REO lifted from source s under contract c in slot t; ``unlifted_t[c, s, y]``: paid, not lifted."""
    study = run.study
    right: dict[tuple[str, str, int], dict[int | None, float]] = {}
    for (c, s), line in study.lines.items():
        signings: list[int | None] = (
            [None] if study.contracts[c].status == "in force" else [d for k, d in study.signings if k == c and d < run.start]
        )
        for slot in run.slots:
            by_signing = {d: run.right_t(line, d, slot) for d in signings}
            by_signing = {d: t for d, t in by_signing.items() if t > 0}
            if by_signing:
                right[c, s, slot.first] = by_signing
    b.lifting_rights = right
    b.LIFTINGS = pyo.Set(dimen=3, initialize=list(right), doc="contract lines x slots in which they can be in force")
    b.lifted_t = pyo.Var(b.LIFTINGS, bounds=lambda _b, c, s, t: (0, max(right[c, s, t].values())), doc="lifted under a contract, t REO")
    for c, s, t in b.LIFTINGS:
        source = study.sources[s]
        for commodity, share in study.chain.split(source.material, source.form).items():
            b.comes.append(Flow(("source", s), commodity, t, share, b.lifted_t[c, s, t], surplus=True))
    b.line_minimums = minimums(run) if run.pattern is None else {}
    b.OBLIGATIONS = pyo.Set(dimen=3, initialize=list(b.line_minimums), doc="contract lines x calendar years with a minimum")
    b.unlifted_t = pyo.Var(b.OBLIGATIONS, bounds=(0, None), doc="minimum paid and not lifted, t REO")


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Liftings at the price of the line's basket and their freight; in the base plan the minimums that are not lifted,
    discounted at the mean of their year."""
    study, h = run.study, run.study.horizon
    for c, s, t in b.LIFTINGS:
        yield charge(run, "contracts", t, study.line_price(study.lines[c, s], t) * KILOGRAMS, b.lifted_t[c, s, t])
        yield charge(run, "freight", t, h.cited(study.sources[s].freight_usd_per_kg, t) * KILOGRAMS, b.lifted_t[c, s, t])
    for c, s, y in b.OBLIGATIONS:
        slots = [slot for slot in run.slots if h.year(slot.first) == y]
        middle = sum(h.discount(slot) * slot.months for slot in slots) / sum(slot.months for slot in slots)
        price = study.line_price(study.lines[c, s], slots[0].first) * study.contracts[c].take_or_pay_share
        yield Piece("take_or_pay", y, price * KILOGRAMS, middle, b.unlifted_t[c, s, y])


def minimums(run: Run) -> dict[tuple[str, str, int], dict[int | None, float]]:
    """Minimum of each line and calendar year inside the horizon, t REO, by month of signature (None: in force)."""
    study, h = run.study, run.study.horizon
    found: dict[tuple[str, str, int], dict[int | None, float]] = defaultdict(dict)
    for (c, s), line in study.lines.items():
        contract = study.contracts[c]
        signings: list[int | None] = [None] if contract.status == "in force" else [d for k, d in study.signings if k == c]
        for d in signings:
            for slot in run.slots:
                months = [m for m in slot.range if m in study.delivery(contract, d)]
                least = sum(study.line_minimum(line, m) for m in months)
                if least > 0:
                    year = h.year(slot.first)
                    found[c, s, year][d] = found[c, s, year].get(d, 0.0) + least
    return dict(found)


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rules L1 (both kinds of run; where the right hangs on a signature) and L2 (base plan)."""
    h = run.study.horizon

    @b.Constraint(
        [key for key in b.LIFTINGS if None not in b.lifting_rights[key]], doc="(L1) no more is lifted than the contract gives the right to"
    )
    def lift_no_more_than_the_right(b: Any, c: str, s: str, t: int) -> Any:
        return b.lifted_t[c, s, t] <= pyo.quicksum(right * m.signed[c, d] for d, right in b.lifting_rights[c, s, t].items())

    by_year: dict[tuple[str, str, int], list[Any]] = defaultdict(list)
    if run.pattern is None:
        for c, s, t in b.LIFTINGS:
            by_year[c, s, h.year(t)].append(b.lifted_t[c, s, t])

    @b.Constraint(b.OBLIGATIONS, doc="(L2) the minimum of a calendar year is lifted or paid")
    def lift_or_pay_the_minimum(b: Any, c: str, s: str, y: int) -> Any:
        owed = pyo.quicksum(t if d is None else t * m.signed[c, d] for d, t in b.line_minimums[c, s, y].items())
        return b.unlifted_t[c, s, y] + pyo.quicksum(by_year[c, s, y]) >= owed
