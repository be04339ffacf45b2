"""Stores, sectors and markets of the second formulation."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from program import Expression, total

from models.case import Demand, Stock

if TYPE_CHECKING:
    from operation_again import Operation

USERS = ("plant", "sector")


def remains(k: Stock, months: float) -> float:
    """Share of what lies in a store that is still there some months later."""
    return (1 - k.loss_pct_per_yr / 100) ** (max(0.0, months) / 12)


def keep_stocks(o: Operation) -> None:
    """Levels are what went in and out, less the loss; what is put in and taken out."""
    f, p, base = o.f, o.p, o.base
    o.levels: dict[Stock, dict[int, Expression]] = {}
    o.added: dict[Stock, dict[int, int]] = {}
    lying: dict[tuple[str, int], Expression] = defaultdict(dict)
    for k in f.case.stocks:
        there: Expression = {None: k.opening_t * f.number(k.opening_share, 0)}
        opening = o.at(base.levels[k], o.start) if base else there
        level, o.levels[k], o.added[k] = opening, {o.start: opening}, {}
        for slot in o.slots:
            first, n = slot
            fits = room(o, k, first)
            reach = o.left(first, lambda row, k=k: f.closes(row, k))  # type: ignore[misc]
            money = o.pay(slot, rising=True) * f.dollars(k.currency, first)
            half = money * k.handling_usd_per_t / 2e6
            out = fits * k.release_pct_per_month / 100 * n * reach if reach > 0 and fits < math.inf else (math.inf if reach > 0 else 0.0)
            put = out if reach == 0 else math.inf
            if k.fill_pct_per_month is not None and fits < math.inf:
                put = fits * k.fill_pct_per_month / 100 * n * reach
            added, drawn = p.column(half, put), p.column(half, out)
            o.added[k][first] = added
            o.takes[("store", k.store), k.material, k.form, first][added] = 1.0
            o.gives[("store", k.store), k.material, k.form, first][drawn] = 1.0
            o.spare[k.material, k.form, first][drawn] = 1.0
            level = total([(remains(k, n), level)], {added: 1.0, drawn: -1.0})
            if k.shelf_life_months is not None:
                level[p.column(o.pay(slot, rising=True) * f.form[k.form].disposal_usd_per_t / 1e6)] = -1.0
                age(o, k, slot, level, there[None])
            if o.cut and fits == math.inf and 0 < reach < 1:
                p.at_most_zero(total({drawn: 1.0}, [(-reach, opening)]))
            low = 0.0 if o.cut else max(f.number(k.minimum_t, first), k.final_t if first + n == f.horizon else 0.0)
            p.at_most_zero(total({None: low}, [(-1.0, level)]))
            if fits < math.inf:
                p.limit(level, fits)
            o.levels[k][first + n] = level
            lying[k.store, first] = total(lying[k.store, first], level)
            p.charge(level, money * sum(f.number(k.storage_usd_per_t_yr, m) for m in range(first, first + n)) / 12e6)
        if o.cut is None:
            worth = f.case.settings.terminal_stock_share * lowest_price(o, k, f.horizon - 1) / 1000
            p.charge(level, -worth * f.discount(f.horizon))
    for (store, first), all_of_it in lying.items():
        if store in f.store and f.store[store].capacity_t is not None:
            p.limit(all_of_it, room(o, f.store[store], first))


def room(o: Operation, k: object, first: int) -> float:
    """What fits; what lay there lawfully when a cut falls still does."""
    fits = o.f.room(k, first)  # type: ignore[arg-type]
    if o.cut is None or fits == math.inf:
        return fits
    before = [(m, n) for m, n in o.f.slots if m < o.start]
    lawful = [0]
    if before:
        m, n = before[-1]
        lawful = [m] if m + n == o.start or m == 0 else [before[-2][0], m]
    return max(fits, *(o.f.room(k, m) for m in lawful))  # type: ignore[arg-type]


def age(o: Operation, k: Stock, slot: tuple[int, int], level: Expression, there: float) -> None:
    """What lies there was put in within the shelf life, or was young enough on the first day."""
    life = k.shelf_life_months
    assert life is not None
    end = slot[0] + slot[1]
    young: Expression = {}
    for first, added in o.added[k].items():
        n = dict(o.slots)[first]
        share = max(0, first + n - max(first, end - life)) / n
        young[added] = share * remains(k, end - first - n)
    if o.base is not None:
        for first, added in o.base.added[k].items():
            n = dict(o.f.slots)[first]
            share = max(0, min(first + n, o.start) - max(first, end - life)) / n
            young[added] = share * remains(k, end - first - n)
    if end + k.opening_age_months <= life:
        young[None] = there * remains(k, end)
    o.p.at_most_zero(total(level, [(-1.0, young)]))


def lowest_price(o: Operation, k: Stock, m: int) -> float:
    """Lowest price at which the base plan can buy what lies there."""
    f, prices = o.f, [math.inf]
    for s in f.case.sources:
        lever = s.programme and f.programme[s.programme].status == "contingency"
        if s.form == k.form and k.material in f.split(s.material, s.form) and not lever:
            try:
                price = f.price(s.price_index, k.material, k.form, m)
            except KeyError:
                continue
            prices.append(price * f.number(s.price_factor, m) * f.tiers(s)[0][1])
    return min(prices) if min(prices) < math.inf else 0.0


def serve(o: Operation) -> None:
    """Sectors are served, or by something else, or later; the base plan pays for what they lack."""
    f, p = o.f, o.p
    o.owed: dict[Demand, dict[int, Expression]] = {}
    for d in f.case.demands:
        owed: Expression = o.at(o.base.owed[d], o.start) if o.base else {}
        o.owed[d] = {o.start: owed}
        until = 0.0
        for slot in o.slots:
            first, n = slot
            months = range(first, first + n)
            wanted = {
                m: f.number(d.t_per_yr, m) * reo(o, d) / 12 * f.grown(d.growth_pct_per_yr, m) * f.number(d.profile, m) for m in months
            }
            asked = sum(wanted.values())
            until += asked
            penalty = o.pay(slot) * f.number(d.shortage_usd_per_kg, first) / reo(o, d) / 1000
            served = p.column()
            o.takes[("sector", d.sector), d.material, d.form, first][served] = 1.0
            had = total({served: 1.0}, replaced(o, d, slot, wanted))
            due = total({None: asked}, owed)
            if o.cut is None:
                lacks = p.column(penalty)
                if d.rationing == "no":
                    o.lacks[lacks] = max(penalty, 1e-6)
                now: Expression = {}
                if d.backorder_usd_per_kg_yr is not None and first + n < f.horizon:
                    later = p.column(o.pay(slot) * f.number(d.backorder_usd_per_kg_yr, first) / reo(o, d) / 1000 * n / 12, until)
                    now = {later: 1.0}
                p.zero(total(had, {lacks: 1.0}, now, [(-1.0, due)]))
                owed = o.owed[d][first + n] = now
                continue
            p.at_most_zero(total(had, [(-1.0, due)]))
            if d.protected:
                p.at_most_zero(total([(d.service_level, due), (-1.0, had)]))
            owed = {}
    cover(o)


def reo(o: Operation, d: Demand) -> float:
    return o.f.reo(d.material, d.form)


def replaced(o: Operation, d: Demand, slot: tuple[int, int], wanted: dict[int, float]) -> Expression:
    """What programmes serve of a demand, by something else or by nothing."""
    f, p, first = o.f, o.p, slot[0]
    found: Expression = {}
    for x in f.case.programme_effects:
        if (x.sector, x.material, x.form) != (d.sector, d.material, d.form):
            continue
        g = f.programme[x.programme]
        most: Expression = {}
        chosen = {k: v for (name, k), v in o.c.started.items() if name == g.programme and k < o.before}
        cut = o.start if o.cut else None
        for k, v in chosen.items() if g.status == "candidate" else [(None, None)]:
            most[v] = -x.share_affected * sum(t * f.effective(g, k, m, cut) for m, t in wanted.items())
        own = x.usd_per_kg / f.reo(x.material, x.form) / 1000
        v = p.column(o.pay(slot, rising=True) * own)
        p.at_most_zero(total({v: 1.0}, most))
        found[v] = 1.0
        if x.serves_material:
            mass = f.reo(x.serves_material, x.serves_form) / f.reo(x.material, x.form)
            for e, share in f.split(x.serves_material, x.serves_form).items():
                place = (("sector", d.sector), e, x.serves_form, first)
                o.takes[place][v] = o.takes[place].get(v, 0.0) + share * x.t_per_t * mass
    return found


def cover(o: Operation) -> None:
    """Days of cover in the base plan; what comes out of stores does not go into one where anything there ages."""
    f, p = o.f, o.p
    for kind in {(k.material, k.form) for k in f.case.stocks}:
        stocks = [k for k in f.case.stocks if (k.material, k.form) == kind]
        for first, n in o.slots:
            days = max((f.number(k.cover_days or 0.0, first) for k in stocks), default=0.0)
            if days and o.cut is None:
                used = total(*(t for (end, *c, m), t in o.takes.items() if (*c, m) == (*kind, first) and end[0] in USERS))
                held = total(*(o.levels[k][first + n] for k in stocks if k.cover_days))
                p.at_most_zero(total([(days / 365 * 12 / n, used), (-1.0, held)]))
            if any(k.shelf_life_months is not None for k in stocks):
                fresh = total(*(t for (end, *c, m), t in o.gives.items() if (*c, m) == (*kind, first) and end[0] != "store"))
                p.at_most_zero(total({o.added[k][first]: 1.0 for k in stocks}, [(-1.0, fresh)]))


def sell(o: Operation) -> None:
    """Surplus is sold, no more than there is of it and than the market takes."""
    f, p = o.f, o.p
    for sale in f.case.sales:
        for slot in o.slots:
            first, n = slot
            most = sum(f.number(sale.max_t_per_yr, m) for m in range(first, first + n)) / 12
            v = o.sold[sale.material, sale.form, first] = p.column(-o.pay(slot) * f.number(sale.usd_per_kg, first) / 1000, most)
            o.takes[("market", ""), sale.material, sale.form, first][v] = 1.0
            p.at_most_zero(total({v: 1.0}, [(-1.0, o.spare[sale.material, sale.form, first])]))
