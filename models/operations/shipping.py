"""Shipping: what is ordered of a source is paid at once, counts against its limits at once, and arrives later.

An order is spread evenly over the months of its slot and arrives evenly over the months that begin a shipping time later;
of a delay shorter than a slot that fraction moves into the next. What is under way when a run begins is state: in the base
plan the opening cargo of each source, in a recourse what the base plan ordered before the cut and what is left of the opening
cargo. Where a cut falls inside a coarse slot, cargo is interpolated between the slot's two ends, as stocks are. What a run orders
too late to arrive in it is lost to it, and paid all the same. Of cargo that is at sea when a cut hits its source, the
cut-off's share arrives.
"""

from __future__ import annotations

import math
from typing import Any

from models.handed import Column, Handed
from models.horizon import Slot, spread
from models.modelling import pyo
from models.operations.flows import Flow
from models.run import Run

Cargo = dict[tuple[str, str, int], Handed]
"""What arrives of cargo at sea: by contract (empty: bought without one), source and slot."""


def declare(b: Any, run: Run) -> None:
    """``at_sea_t[c, s, t]``: t REO of source s, ordered before the run under contract c ('' : without one), that arrive in slot t."""
    b.cargo = cargo(run)
    b.AT_SEA = pyo.Set(dimen=3, initialize=list(b.cargo), doc="contracts ('': none) x sources x slots in which cargo at sea arrives")
    b.at_sea_t = pyo.Var(b.AT_SEA, bounds=(0, None), doc="under way when the run begins, and arriving in the slot, t REO")
    for c, s, t in b.AT_SEA:
        if run.pattern is None:
            b.at_sea_t[c, s, t].fix(b.cargo[c, s, t].constant)
        source = run.study.sources[s]
        for commodity, share in run.study.chain.split(source.material, source.form).items():
            b.comes.append(Flow(("source", s), commodity, t, share, b.at_sea_t[c, s, t], surplus=c != ""))


def deliver(b: Any, run: Run, contract: str, source: str, slot: Slot, variable: Any) -> None:
    """Append the flows of what is ordered of a source in a slot, under a contract ('': without one), to what comes."""
    row = run.study.sources[source]
    split = run.study.chain.split(row.material, row.form)
    for t, arriving in run.arrivals(contract, source, slot):
        for commodity, share in split.items():
            b.comes.append(Flow(("source", source), commodity, t, arriving * share, variable, surplus=contract != ""))


def cargo(run: Run) -> Cargo:
    """What is under way when a run begins, by the slot in which it arrives, as it follows from the base plan's orders."""
    study = run.study
    weights: dict[tuple[str, str, int], dict[Column, float]] = {}
    constants: dict[tuple[str, str, int], float] = {}
    orders = study.horizon.slots if run.pattern is not None else ()
    for s, months in study.shipped.items():
        longest = math.ceil(months)  # a month's flow is never later, see `spread`
        opening = study.opening_cargo_t(study.sources[s])
        for boundary, weight in _boundaries(run):
            back = run.start - boundary if run.pattern is not None else 0
            shifted = [Slot(slot.first - back, slot.months) for slot in run.slots]
            for slot in shifted:
                t = slot.first + back
                left = weight * opening * max(0.0, min(months, slot.end) - slot.first) / months
                if left > 0 and (landed := run.landed("", s, run.start - 1, t)) > 0:
                    constants["", s, t] = constants.get(("", s, t), 0.0) + left * landed
            for c in (*([""] if study.sources[s].spot_share > 0 else []), *(c for c, source in study.lines if source == s)):
                for order in orders:
                    if order.end > boundary:
                        break
                    if order.end + longest <= boundary:
                        continue
                    column = ("operation.lifted_t", (c, s, order.first)) if c else ("operation.bought_t", (s, order.first))
                    for slot, share in spread(order, months, shifted):
                        t = slot.first + back
                        landed = weight * share * run.landed(c, s, run.start - 1, t)
                        if landed > 0:
                            row = weights.setdefault((c, s, t), {})
                            row[column] = row.get(column, 0.0) + landed
    keys = dict.fromkeys((*constants, *weights))
    return {key: Handed(weights.get(key, {}), constants.get(key, 0.0)) for key in keys}


def _boundaries(run: Run) -> list[tuple[int, float]]:
    """The period boundaries between which a run begins, each with its weight."""
    if run.pattern is None or run.start == 0:
        return [(0, 1.0)]
    slot = run.study.horizon.slot_before[run.start]
    done = (run.start - slot.first) / slot.months
    return [(slot.end, done), *([(slot.first, 1 - done)] if done < 1 else [])]


def handed_over(m: Any) -> None:
    """Cargo at sea is what the base plan ordered and has not received, and what is left of the opening cargo."""
    for key, handed in m.operation.cargo.items():
        m.handed["operation.at_sea_t", key] = handed
