"""Balance: every tonne that comes in goes somewhere, for every commodity in every slot of a run.

(B1) what comes in is used, served, stored, sold or disposed of
(B2) only surplus is sold: joint output, liftings, scrap and what is drawn from stock
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo

from models.chain import Commodity
from models.run import Run

Terms = dict[tuple[Commodity, int], list[Any]]


def declare(b: Any, run: Run) -> None:
    """``sold_t[i, f, t]`` where there is a market for surplus; ``disposed_t[i, f, t]`` for every commodity."""
    slots = {slot.first: slot for slot in run.slots}
    sales = run.study.sales
    b.SALES = pyo.Set(dimen=3, initialize=[(*c, t) for c in sales for t in slots], doc="markets for surplus x slots")
    b.sold_t = pyo.Var(b.SALES, bounds=lambda _b, i, f, t: (0, run.sale_limit_t(sales[i, f], slots[t])), doc="surplus sold, t REO")
    b.COMMODITIES = pyo.Set(dimen=2, initialize=list(run.study.chain.commodities), doc="materials x forms")
    b.COMMODITY_SLOTS = pyo.Set(
        dimen=3, initialize=[(*c, t) for c in run.study.chain.commodities for t in slots], doc="materials x forms x slots"
    )
    b.disposed_t = pyo.Var(b.COMMODITY_SLOTS, bounds=(0, None), doc="disposed of, t REO")


def surplus(b: Any, run: Run) -> Terms:
    """What may be sold again: joint output of separations, scrap, liftings, and what is drawn from stock."""
    chain = run.study.chain
    terms: Terms = defaultdict(list)
    for c, s, t in b.LIFTINGS:
        source = run.study.sources[s]
        for commodity, share in chain.split(source.material, source.form).items():
            terms[commodity, t].append(share * b.lifted_t[c, s, t])
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            joint = a.outputs if len(a.outputs) > 1 else {}
            for commodity, per_t in (*joint.items(), *a.scrap.items()):
                terms[commodity, t].append(per_t * b.processed_t[p, a.material, t])
    for *k, t in b.STORE_SLOTS:
        terms[(k[1], k[2]), t].append(b.drawn_t[(*k, t)])
    return terms


def incoming(b: Any, run: Run) -> Terms:
    """Purchases, liftings, what plants give (scrap included), and what is drawn from stock."""
    chain = run.study.chain
    terms: Terms = defaultdict(list)
    for s, t in b.PURCHASES:
        source = run.study.sources[s]
        for commodity, share in chain.split(source.material, source.form).items():
            terms[commodity, t].append(share * b.bought_t[s, t])
    for c, s, t in b.LIFTINGS:
        source = run.study.sources[s]
        for commodity, share in chain.split(source.material, source.form).items():
            terms[commodity, t].append(share * b.lifted_t[c, s, t])
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            for commodity, per_t in (*a.outputs.items(), *a.scrap.items()):
                terms[commodity, t].append(per_t * b.processed_t[p, a.material, t])
    for *k, t in b.STORE_SLOTS:
        terms[(k[1], k[2]), t].append(b.drawn_t[(*k, t)])
    return terms


def outgoing(b: Any) -> Terms:
    """What plants take, what is served, put into stock, sold and disposed of."""
    terms: Terms = defaultdict(list)
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            for commodity, per_t in a.inputs.items():
                terms[commodity, t].append(per_t * b.processed_t[p, a.material, t])
    for _, i, f, t in b.DEMANDS:
        terms[(i, f), t].append(b.served_t[_, i, f, t])
    for *k, t in b.STORE_SLOTS:
        terms[(k[1], k[2]), t].append(b.added_t[(*k, t)])
    for i, f, t in b.SALES:
        terms[(i, f), t].append(b.sold_t[i, f, t])
    for i, f, t in b.COMMODITY_SLOTS:
        terms[(i, f), t].append(b.disposed_t[i, f, t])
    return terms


def constrain(b: Any, run: Run) -> None:
    """Rules B1 and B2."""
    comes, goes, free = incoming(b, run), outgoing(b), surplus(b, run)

    @b.Constraint(b.COMMODITY_SLOTS, doc="(B1) what comes in is used, served, stored, sold or disposed of")
    def nothing_appears_or_vanishes(b: Any, i: str, f: str, t: int) -> Any:
        return pyo.quicksum(comes[(i, f), t]) - pyo.quicksum(goes[(i, f), t]) == 0

    @b.Constraint(b.SALES, doc="(B2) only surplus is sold: joint output, liftings, scrap and what is drawn from stock")
    def sell_surplus_only(b: Any, i: str, f: str, t: int) -> Any:
        return b.sold_t[i, f, t] <= pyo.quicksum(free[(i, f), t])
