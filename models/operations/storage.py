"""Storage: what lies in each store at the end of each slot of a run.

(S1) the level is what was there, less loss, plus what is added, less what is drawn
Bounds: the level fits the store and is never below its minimum (base plan; the last one not below the final stock); no
more is drawn in a slot than the release rate allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from models.handed import Column, Handed
from models.operations.flows import Flow
from models.pieces import MILLION, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``level_t``, ``added_t``, ``drawn_t`` [store, material, form, t]; ``opening_t`` [store, material, form]."""
    study = run.study
    slots = {slot.first: slot for slot in run.slots}
    b.STORES = pyo.Set(dimen=3, initialize=list(study.stocks), doc="stores x materials x forms")
    b.STORE_SLOTS = pyo.Set(dimen=4, initialize=[(*k, t) for k in study.stocks for t in slots], doc="stores x materials x forms x slots")
    last = run.slots[-1].first if run.slots else None

    def level_bounds(_b: Any, *key: Any) -> tuple[float, float | None]:
        stock, t = study.stocks[key[:3]], key[3]
        if run.pattern is not None:
            return 0, run.store_capacity_t(stock, slots[t])
        return max(study.horizon.cited(stock.minimum_t, t), stock.final_t if t == last else 0.0), run.store_capacity_t(stock, slots[t])

    b.level_t = pyo.Var(b.STORE_SLOTS, bounds=level_bounds, doc="stock at the end of the slot, t REO")
    b.added_t = pyo.Var(b.STORE_SLOTS, bounds=(0, None), doc="put into the store, t REO")
    b.drawn_t = pyo.Var(
        b.STORE_SLOTS, bounds=lambda _b, *key: (0, run.release_t(study.stocks[key[:3]], slots[key[3]])), doc="drawn from the store, t REO"
    )
    b.opening_t = pyo.Var(b.STORES, bounds=(0, None), doc="stock at the start of the run, t REO")
    if run.pattern is None:
        for key, stock in study.stocks.items():
            b.opening_t[key].fix(study.opening_t(stock))
    for *k, t in b.STORE_SLOTS:
        b.comes.append(Flow(("store", k[0]), (k[1], k[2]), t, 1.0, b.drawn_t[(*k, t)], surplus=True))
        b.goes.append(Flow(("store", k[0]), (k[1], k[2]), t, 1.0, b.added_t[(*k, t)]))


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Storage of the level at the end of each slot, and handling, half on the way in and half on the way out."""
    slots = {slot.first: slot for slot in run.slots}
    for *k, t in b.STORE_SLOTS:
        stock = run.study.stocks[k[0], k[1], k[2]]
        yield charge(run, "storage", t, run.study.horizon.in_slot(stock.storage_usd_per_t_yr, slots[t]) * MILLION, b.level_t[(*k, t)])
        yield charge(run, "handling", t, stock.handling_usd_per_t / 2 * MILLION, b.added_t[(*k, t)])
        yield charge(run, "handling", t, stock.handling_usd_per_t / 2 * MILLION, b.drawn_t[(*k, t)])


def handed_over(m: Any, run: Run, weights: dict[int, float], of_opening: float) -> None:
    """Opening stocks are the base plan's levels where the cut falls, see `models.handed.opening_weights`."""
    for key, stock in run.study.stocks.items():
        levels: dict[Column, float] = {("operation.level_t", (*key, first)): weight for first, weight in weights.items()}
        m.handed["operation.opening_t", key] = Handed(levels, of_opening * run.study.opening_t(stock))


def constrain(b: Any, run: Run) -> None:
    """Rule S1."""
    before = dict(zip((s.first for s in run.slots[1:]), (s.first for s in run.slots), strict=False))
    kept = {(k, slot.first): run.kept(stock, slot) for k, stock in run.study.stocks.items() for slot in run.slots}

    @b.Constraint(b.STORE_SLOTS, doc="(S1) the level is what was there, less loss, plus what is added, less what is drawn")
    def carry_over(b: Any, store: str, material: str, form: str, t: int) -> Any:
        k = (store, material, form)
        was = b.level_t[(*k, before[t])] if t in before else b.opening_t[k]
        return b.level_t[(*k, t)] == kept[k, t] * was + b.added_t[(*k, t)] - b.drawn_t[(*k, t)]
