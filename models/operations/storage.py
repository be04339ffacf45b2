"""Storage: what lies in each store at the end of each slot of a run.

(S1) the level is what was there, less loss, plus what is added, less what is drawn or written off
(S2) all that lies in a store fits into it together
(S3) of a store without a release rate that is partly out of reach, a month gives the share that is left of what lay there
(S4) nothing lies in a store for longer than its shelf life: first in, first out
(S5) stock that ages is not made young again: what goes into stores comes from elsewhere, where it has a shelf life
(S6) the base plan holds the days of cover that the stocks of a commodity state
Bounds: the level fits the store and is never below its minimum (base plan; the last one not below the final stock); no
more is drawn or put in in a slot than the release and fill rates allow, of which a store that is cut off has what the cut
leaves.

Shelf life without a column per cohort: where the oldest goes first, nothing is too old exactly where the level is no more
than what was put in within the shelf life, each part less its loss since (see `models.ages`). A slot's additions are put
in evenly over its months. What is too old and finds no use is written off where it lies, at the form's cost of disposal, so
that a slow release or a store out of reach never makes a rule impossible to keep. To draw old stock and
put the same tonnes back as new would be no rotation: what comes out of stores does not go into one.

Days of cover: stocks over what plants and sectors take in the same slot; stocks of one commodity that state it count
together, a stock that states none does not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.ages import kept_of, opening_kept, share_put_in_since
from models.chain import Commodity
from models.handed import Column, Handed
from models.modelling import pyo
from models.operations.flows import Flow
from models.pieces import MILLION, Piece, charge
from models.run import Run

StockKey = tuple[str, str, str]
"""(store, material, form)."""


def declare(b: Any, run: Run) -> None:
    """``level_t``, ``added_t``, ``drawn_t`` [store, material, form, t]; ``opening_t`` [store, material, form]; ``expired_t`` where
    there is a shelf life, and in a recourse ``young_t``, what of the stock handed over is young enough at the end of a month.
    """
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
    b.added_t = pyo.Var(
        b.STORE_SLOTS, bounds=lambda _b, *key: (0, run.fill_t(study.stocks[key[:3]], slots[key[3]])), doc="put into the store, t REO"
    )
    b.drawn_t = pyo.Var(
        b.STORE_SLOTS, bounds=lambda _b, *key: (0, run.release_t(study.stocks[key[:3]], slots[key[3]])), doc="drawn from the store, t REO"
    )
    b.opening_t = pyo.Var(b.STORES, bounds=(0, None), doc="stock at the start of the run, t REO")
    if run.pattern is None:
        for key, stock in study.stocks.items():
            b.opening_t[key].fix(study.opening_t(stock))
    _declare_ages(b, run)
    for *k, t in b.STORE_SLOTS:
        b.comes.append(Flow(("store", k[0]), (k[1], k[2]), t, 1.0, b.drawn_t[(*k, t)], surplus=True))
        b.goes.append(Flow(("store", k[0]), (k[1], k[2]), t, 1.0, b.added_t[(*k, t)]))


def _declare_ages(b: Any, run: Run) -> None:
    """Columns of stocks with a shelf life; none where no row states one. ``AGEING``: where something can be too old by then."""
    perishable = {k: stock for k, stock in run.study.stocks.items() if stock.shelf_life_months is not None}
    ageing = []
    for k, stock in perishable.items():
        oldest = stock.opening_age_months if run.study.opening_t(stock) > 0 else 0
        ageing += [(*k, slot.first) for slot in run.slots if slot.end + oldest > (stock.shelf_life_months or 0)]
    b.PERISHABLE = pyo.Set(
        dimen=4, initialize=[(*k, slot.first) for k in perishable for slot in run.slots], doc="stocks with a shelf life x slots"
    )
    b.AGEING = pyo.Set(dimen=4, initialize=ageing, doc="stocks with a shelf life x slots at whose end something may be too old")
    b.expired_t = pyo.Var(b.PERISHABLE, bounds=(0, None), doc="written off in the store, t REO")
    if run.pattern is not None:
        b.young_t = pyo.Var(
            b.AGEING,
            bounds=(0, None),
            doc="put in before the cut and young enough at the end of the month, whether drawn since or not, t REO",
        )


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Storage of the level at the end of each slot, handling, half on the way in and half on the way out, disposal of what is
    written off; in the base plan the fixed cost of stores.
    """
    h, slots = run.study.horizon, {slot.first: slot for slot in run.slots}
    for *k, t in b.STORE_SLOTS:
        stock = run.study.stocks[k[0], k[1], k[2]]
        usd = h.usd(stock.currency, t)
        yield charge(run, "storage", t, h.in_slot(stock.storage_usd_per_t_yr, slots[t]) * usd * MILLION, b.level_t[(*k, t)])
        if stock.handling_usd_per_t:
            yield charge(run, "handling", t, stock.handling_usd_per_t / 2 * usd * MILLION, b.added_t[(*k, t)])
            yield charge(run, "handling", t, stock.handling_usd_per_t / 2 * usd * MILLION, b.drawn_t[(*k, t)])
    for *k, t in b.PERISHABLE:
        yield charge(run, "disposal", t, run.study.chain.forms[k[2]].disposal_usd_per_t * MILLION, b.expired_t[(*k, t)])
    if run.pattern is None:
        for store in run.study.case.stores:
            if store.fixed_usd_m_per_yr > 0:
                for t, slot in slots.items():
                    yield charge(run, "storage", t, store.fixed_usd_m_per_yr * slot.months / 12 * h.usd(store.currency, t), None)


def handed_over(m: Any, run: Run, weights: dict[int, float], of_opening: float) -> None:
    """Opening stocks are the base plan's levels where the cut falls, see `models.handed.opening_weights`; what of them is young
    enough later follows from what the base plan had put in, month by month.
    """
    for key, stock in run.study.stocks.items():
        levels: dict[Column, float] = {("operation.level_t", (*key, first)): weight for first, weight in weights.items()}
        m.handed["operation.opening_t", key] = Handed(levels, of_opening * run.study.opening_t(stock))
    start = run.slots[0].first if run.slots else 0
    for *k, t in m.operation.AGEING:
        stock, end = run.study.stocks[k[0], k[1], k[2]], t + 1
        since = end - (stock.shelf_life_months or 0)
        added: dict[Column, float] = {}
        for slot in run.study.horizon.slots:
            share = share_put_in_since(slot, since, start)
            if share > 0:
                added["operation.added_t", (*k, slot.first)] = share * kept_of(stock, end - slot.end)
        constant = opening_kept(stock, run.study.opening_t(stock), end)
        m.handed["operation.young_t", (*k, t)] = Handed(added, constant)


def constrain(b: Any, run: Run) -> None:
    """Rules S1 to S6."""
    before = dict(zip((s.first for s in run.slots[1:]), (s.first for s in run.slots), strict=False))
    kept = {(k, slot.first): run.kept(stock, slot) for k, stock in run.study.stocks.items() for slot in run.slots}

    @b.Constraint(b.STORE_SLOTS, doc="(S1) the level is what was there, less loss, plus what is added, less what is drawn or written off")
    def carry_over(b: Any, store: str, material: str, form: str, t: int) -> Any:
        k = (store, material, form)
        was = b.level_t[(*k, before[t])] if t in before else b.opening_t[k]
        gone = b.drawn_t[(*k, t)] + b.expired_t[(*k, t)] if (*k, t) in b.PERISHABLE else b.drawn_t[(*k, t)]
        return b.level_t[(*k, t)] == kept[k, t] * was + b.added_t[(*k, t)] - gone

    _share_the_room(b, run)
    _keep_out_of_reach(b, run)
    _grow_no_older(b, run)
    _put_in_what_is_fresh(b, run)
    if run.pattern is None:
        _cover_days(b, run)


def _share_the_room(b: Any, run: Run) -> None:
    """Rule S2, for stores of the sheet Stores that have a capacity and hold anything."""
    inside: dict[str, list[StockKey]] = defaultdict(list)
    for k in run.study.stocks:
        if k[0] in run.study.stores and run.study.stores[k[0]].capacity_t is not None:
            inside[k[0]].append(k)
    slots = {slot.first: slot for slot in run.slots}

    @b.Constraint([(s, t) for s in inside for t in slots], doc="(S2) all that lies in a store fits into it together")
    def fit_into_the_store(b: Any, store: str, t: int) -> Any:
        room = run.store_capacity_t(run.study.stores[store], slots[t])
        return pyo.quicksum(b.level_t[(*k, t)] for k in inside[store]) <= room


def _keep_out_of_reach(b: Any, run: Run) -> None:
    """Rule S3, where a cut-off leaves a part of a stock whose release has no limit."""
    left = {}
    if run.pattern is not None:
        for k, stock in run.study.stocks.items():
            if stock.capacity_t is None:
                left.update({(*k, s.first): share for s in run.slots if 0 < (share := run.reach(stock, s)) < 1})

    @b.Constraint(
        list(left),
        doc="(S3) of a store without a release rate that is partly out of reach, a month gives the share that is left of what lay there",
    )
    def release_what_the_cut_leaves(b: Any, *key: Any) -> Any:
        return b.drawn_t[key] <= left[key] * b.opening_t[key[:3]]


def _grow_no_older(b: Any, run: Run) -> None:
    """Rule S4."""
    slots = {slot.first: slot for slot in run.slots}

    @b.Constraint(b.AGEING, doc="(S4) nothing lies in a store for longer than its shelf life: first in, first out")
    def grow_no_older_than_the_shelf_life(b: Any, *key: Any) -> Any:
        k, end = key[:3], slots[key[3]].end
        stock = run.study.stocks[k]
        since = end - (stock.shelf_life_months or 0)
        shares = {s: share_put_in_since(s, since, end) for s in run.slots if s.first <= key[3]}
        young = pyo.quicksum(share * kept_of(stock, end - s.end) * b.added_t[(*k, s.first)] for s, share in shares.items() if share > 0)
        of_opening = b.young_t[key] if run.pattern is not None else opening_kept(stock, run.study.opening_t(stock), end)
        return b.level_t[key] <= young + of_opening


def _put_in_what_is_fresh(b: Any, run: Run) -> None:
    """Rule S5, for commodities of which some stock has a shelf life; a route only passes on what its start gives."""
    ageing = {(k[1], k[2]) for k, stock in run.study.stocks.items() if stock.shelf_life_months is not None}
    fresh: dict[tuple[Commodity, int], list[Any]] = defaultdict(list)
    into: dict[tuple[Commodity, int], list[Any]] = defaultdict(list)
    if ageing:
        for flows, found, of_stores in ((b.comes, fresh, False), (b.goes, into, True)):
            for flow in flows:
                if flow.commodity in ageing and (flow.end[0] == "store") is of_stores and flow.end[0] != "route":
                    found[flow.commodity, flow.t].append(flow.share * flow.variable)

    @b.Constraint(
        [(*c, s.first) for c in sorted(ageing) for s in run.slots],
        doc="(S5) stock that ages is not made young again: what goes into stores comes from elsewhere, where it has a shelf life",
    )
    def put_in_what_is_fresh(b: Any, material: str, form: str, t: int) -> Any:
        return pyo.quicksum(into[(material, form), t]) <= pyo.quicksum(fresh[(material, form), t])


def _cover_days(b: Any, run: Run) -> None:
    """Rule S6; what is used is what plants and sectors take, whether from the balance or along routes.

    Days given by period are those of the period's first month; a period without any has no row.
    """
    counted: dict[Commodity, list[StockKey]] = defaultdict(list)
    days: dict[tuple[Commodity, int], float] = {}
    months = {slot.first: slot.months for slot in run.slots}
    for k, stock in run.study.stocks.items():
        if stock.cover_days:
            counted[k[1], k[2]].append(k)
            for t in months:
                days[(k[1], k[2]), t] = run.study.horizon.cited(stock.cover_days, t)
    used: dict[tuple[Commodity, int], list[Any]] = defaultdict(list)
    if counted:
        for flow in b.goes:
            if flow.commodity in counted and flow.end[0] not in ("store", "market", "route"):
                used[flow.commodity, flow.t].append(flow.share * flow.variable)

    @b.Constraint(
        [(*c, t) for c in counted for t in months if days[c, t] > 0],
        doc="(S6) the base plan holds the days of cover that the stocks of a commodity state",
    )
    def hold_days_of_cover(b: Any, material: str, form: str, t: int) -> Any:
        c = (material, form)
        stock = pyo.quicksum(b.level_t[(*k, t)] for k in counted[c])
        return stock >= days[c, t] / 365 * 12 / months[t] * pyo.quicksum(used[c, t])
