"""Orders: a fixed cost for each slot in which something is bought, and lots: at least so much, or nothing.

In the base plan each is a yes or no (binary), one for each slot in which the source sells. A recourse stays a linear program: it pays
the order's cost in proportion to what it buys of the source's limit, which is never more than the true cost; and what must be bought
in lots cannot be bought at all, unless its row waives the lot in a crisis (`Run.market_t`).

The bound that switches purchases on is the source's limit; where nobody but sectors can ever want the commodity and no pattern,
sale or planner's rule asks for more, no more than what they still need.

(P4) nothing is bought without an order
(P5) an order is of a lot at least
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.case import Source
from models.chain import Commodity
from models.modelling import pyo
from models.pieces import Piece, charge
from models.run import Run


def with_orders(source: Source) -> bool:
    """Whether purchases of a source are orders, yes or no."""
    return source.order_cost_usd_m != 0 or source.minimum_lot_t > 0


def declare(b: Any, run: Run) -> None:
    """``ordered[s, t]``: something is bought of source s in slot t (binary); base plan only."""
    named = {s.source for s in run.study.case.sources if with_orders(s)} if run.pattern is None else set()
    b.ORDERS = pyo.Set(
        dimen=2, initialize=[key for key in b.PURCHASES if key[0] in named] if named else [], doc="sources bought in orders x slots"
    )
    b.ordered = pyo.Var(b.ORDERS, domain=pyo.Binary, doc="something is bought of the source in the slot")


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """The fixed cost of each order; in a recourse in proportion to what is bought of the limit."""
    h, sources = run.study.horizon, run.study.sources
    for s, t in b.ORDERS:
        yield charge(run, "orders", t, h.in_usd(sources[s].order_cost_usd_m, sources[s].currency, t), b.ordered[s, t])
    if run.pattern is not None:
        dear = {s.source: s.order_cost_usd_m for s in run.study.case.sources if s.order_cost_usd_m != 0}
        for s, t in b.PURCHASES if dear else ():
            if s in dear:
                yield charge(run, "orders", t, h.in_usd(dear[s], sources[s].currency, t) / b.bought_t[s, t].ub, b.bought_t[s, t])


def constrain(b: Any, run: Run) -> None:
    """Rules P4 and P5 (base plan), once all flows are declared."""
    lots = {s.source: s.minimum_lot_t for s in run.study.case.sources if s.minimum_lot_t > 0}
    needed = _needed(b, run) if len(b.ORDERS) else {}

    @b.Constraint(b.ORDERS, doc="(P4) nothing is bought without an order")
    def buy_in_orders(b: Any, s: str, t: int) -> Any:
        most = b.bought_t[s, t].ub
        return b.bought_t[s, t] <= max(lots.get(s, 0.0), min(most, needed.get((s, t), most))) * b.ordered[s, t]

    @b.Constraint([key for key in b.ORDERS if key[0] in lots], doc="(P5) an order is of a lot at least")
    def order_a_lot(b: Any, s: str, t: int) -> Any:
        return b.bought_t[s, t] >= lots[s] * b.ordered[s, t]


def _needed(b: Any, run: Run) -> dict[tuple[str, int], float]:
    """What can still be wanted of what a source delivers, by source and slot, where that is plain: sectors alone take the commodity,
    and stores, which neither lose anything nor are worth anything in the end; nothing has to be survived and no planner's rule asks for
    purchases of its own."""
    case, study = run.study.case, run.study
    if study.padding or case.settings.terminal_stock_share or case.fixes or case.ceilings or case.counts or case.budgets:
        return {}
    found: dict[tuple[str, int], float] = {}
    for s in dict.fromkeys(s for s, _ in b.ORDERS):
        split = study.chain.split(study.sources[s].material, study.sources[s].form)
        if len(split) > 1:
            continue
        still = _still_wanted(b, run, next(iter(split)))
        found |= {(s, t): most for t, most in still.items()}
    return found


def _still_wanted(b: Any, run: Run, commodity: Commodity) -> dict[int, float]:
    """Demand of a commodity from each slot on, and the most that its stores must hold; empty where more may be wanted."""
    study = run.study
    stocks = [row for key, row in study.stocks.items() if key[1:] == commodity]
    if any(key[1:3] == commodity for key in b.OWED):
        return {}
    if commodity in study.sales or any(row.loss_pct_per_yr or row.shelf_life_months or row.cover_days for row in stocks):
        return {}
    taken: dict[int, float] = {slot.first: 0.0 for slot in run.slots}
    for flow in b.goes:
        if flow.commodity != commodity or flow.end[0] in ("store", "market"):
            continue
        index = flow.variable.index()
        if flow.end[0] != "sector" or flow.variable.parent_component() is not b.served_t:
            return {}
        taken[flow.t] += flow.share * b.demanded_t[index]
    held = 0.0
    for key in study.stocks:
        if key[1:] == commodity:
            held += max(b.level_t[(*key, slot.first)].lb for slot in run.slots)
    still: dict[int, float] = {}
    total = held
    for slot in reversed(run.slots):
        total += taken[slot.first]
        still[slot.first] = total
    return still
