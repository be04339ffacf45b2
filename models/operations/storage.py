"""Storage: what lies in each store at the end of each slot of a run.

(S1) the level is what was there, less loss, plus what is added, less what is drawn
Bounds: the level fits the store and is never below its minimum (base plan; the last one not below the final stock); no
more is drawn in a slot than the release rate allows.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

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
        return max(stock.minimum_t, stock.final_t if t == last else 0.0), run.store_capacity_t(stock, slots[t])

    b.level_t = pyo.Var(b.STORE_SLOTS, bounds=level_bounds, doc="stock at the end of the slot, t REO")
    b.added_t = pyo.Var(b.STORE_SLOTS, bounds=(0, None), doc="put into the store, t REO")
    b.drawn_t = pyo.Var(
        b.STORE_SLOTS, bounds=lambda _b, *key: (0, run.release_t(study.stocks[key[:3]], slots[key[3]])), doc="drawn from the store, t REO"
    )
    b.opening_t = pyo.Var(b.STORES, bounds=(0, None), doc="stock at the start of the run, t REO")
    if run.pattern is None:
        for key, stock in study.stocks.items():
            b.opening_t[key].fix(study.opening_t(stock))


def constrain(b: Any, run: Run) -> None:
    """Rule S1."""
    before = dict(zip((s.first for s in run.slots[1:]), (s.first for s in run.slots), strict=False))
    kept = {(k, slot.first): run.kept(stock, slot) for k, stock in run.study.stocks.items() for slot in run.slots}

    @b.Constraint(b.STORE_SLOTS, doc="(S1) the level is what was there, less loss, plus what is added, less what is drawn")
    def carry_over(b: Any, store: str, material: str, form: str, t: int) -> Any:
        k = (store, material, form)
        was = b.level_t[(*k, before[t])] if t in before else b.opening_t[k]
        return b.level_t[(*k, t)] == kept[k, t] * was + b.added_t[(*k, t)] - b.drawn_t[(*k, t)]
