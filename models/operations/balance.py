"""Balance: every tonne that comes in goes somewhere, for every commodity in every slot of a run.

(B1) what comes in is used, served, stored, sold or disposed of
(B2) only surplus is sold: joint output, liftings, scrap and what is drawn from stock
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from models.chain import Commodity
from models.modelling import pyo
from models.operations.flows import Flow
from models.pieces import KILOGRAMS, MILLION, Piece, charge
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
    b.goes += [Flow(("market", ""), (i, f), t, 1.0, b.sold_t[i, f, t]) for i, f, t in b.SALES]
    b.goes += [Flow(("market", ""), (i, f), t, 1.0, b.disposed_t[i, f, t]) for i, f, t in b.COMMODITY_SLOTS]


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Disposal of surplus, less what its sale earns."""
    for i, f, t in b.COMMODITY_SLOTS:
        if run.study.chain.forms[f].disposal_usd_per_t:
            yield charge(run, "disposal", t, run.study.chain.forms[f].disposal_usd_per_t * MILLION, b.disposed_t[i, f, t])
    for i, f, t in b.SALES:
        price = run.study.horizon.cited(run.study.sales[i, f].usd_per_kg, t)
        yield charge(run, "sales", t, -price * KILOGRAMS, b.sold_t[i, f, t])


def summed(flows: Iterable[Flow]) -> Terms:
    """Flows by commodity and slot, as terms of a sum."""
    terms: Terms = defaultdict(list)
    for flow in flows:
        terms[flow.commodity, flow.t].append(flow.variable if flow.share == 1.0 else flow.share * flow.variable)
    return terms


def constrain(b: Any) -> None:
    """Rules B1 and B2. What is given or taken by an end that a route names is balanced there, see `models.operations.routes`."""
    comes = summed(f for f in b.comes if f.end not in b.sending) if b.sending else summed(b.comes)
    goes = summed(f for f in b.goes if f.end not in b.receiving) if b.receiving else summed(b.goes)
    free = summed(flow for flow in b.comes if flow.surplus) if b.SALES else {}

    @b.Constraint(b.COMMODITY_SLOTS, doc="(B1) what comes in is used, served, stored, sold or disposed of")
    def nothing_appears_or_vanishes(b: Any, i: str, f: str, t: int) -> Any:
        return pyo.quicksum(comes[(i, f), t]) - pyo.quicksum(goes[(i, f), t]) == 0

    @b.Constraint(b.SALES, doc="(B2) only surplus is sold: joint output, liftings, scrap and what is drawn from stock")
    def sell_surplus_only(b: Any, i: str, f: str, t: int) -> Any:
        return b.sold_t[i, f, t] <= pyo.quicksum(free[(i, f), t])
