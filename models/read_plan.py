"""Solved values -> rows of the plan.

Rows are read from a run and its values by column, never from the model: the same code reads the base plan and a
recourse that was stamped and solved outside Pyomo. Rows that are all zero are left out, except demand.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from models.capacity import Terms, capacity
from models.case import Source
from models.cost import TERMS
from models.horizon import Slot
from models.operations.liftings import extras, penalty
from models.operations.orders import with_orders
from models.operations.shipping import cargo
from models.pieces import Piece
from models.plan import (
    Arrival,
    Bought,
    Construction,
    Cost,
    Lifted,
    PlantState,
    PlantUse,
    Processed,
    ProgrammeStart,
    Replaced,
    ResidueLevel,
    ResiduePlaced,
    Restored,
    RouteUse,
    Service,
    Shipped,
    Signature,
    StockLevel,
    StockTarget,
    Surplus,
    Tolled,
    Unlifted,
)
from models.read_residue import read_levels, read_placed
from models.read_routes import read_routes, with_left_overs
from models.rights import right_t
from models.run import Run, Study
from models.settlement import owed, settled
from models.spending import payments

Values = Mapping[str, Mapping[Any, float]]
"""Value by component name (``bought_t``) and index; what is absent is zero."""

SMALLEST_T = 1e-9
"""Tonnes below which a value is solver noise and is read as zero."""


@dataclass
class Rows:
    """Rows of the tables that have a ``run`` column, of one or many runs."""

    bought: list[Bought] = field(default_factory=list)
    lifted: list[Lifted] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    processed: list[Processed] = field(default_factory=list)
    plant_use: list[PlantUse] = field(default_factory=list)
    tolled: list[Tolled] = field(default_factory=list)
    residue_placed: list[ResiduePlaced] = field(default_factory=list)
    residue_levels: list[ResidueLevel] = field(default_factory=list)
    stocks: list[StockLevel] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    service: list[Service] = field(default_factory=list)
    surplus: list[Surplus] = field(default_factory=list)
    unlifted: list[Unlifted] = field(default_factory=list)
    shipped: list[Shipped] = field(default_factory=list)
    route_use: list[RouteUse] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)

    def append(self, more: Rows) -> None:
        """Add the rows of other runs."""
        for table in fields(self):
            getattr(self, table.name).extend(getattr(more, table.name))


def read_operation(rows: Rows, run: Run, values: Values) -> None:
    """Append one run's rows to ``rows``: purchases, liftings, minimums, processing, stocks, programmes, service, surplus."""
    _read_supply(rows, run, values)
    _read_arrivals(rows, run, values)
    _read_plants(rows, run, values)
    _read_tolled(rows, run, values)
    if run.study.residue:
        rows.residue_placed += read_placed(run, values)
        rows.residue_levels += read_levels(run, values)
    _read_stocks(rows, run, values)
    _read_replaced(rows, run, values)
    _read_service(rows, run, values)
    rows.unlifted += read_unlifted(run, values)
    if run.study.case.routes:
        shipped, use = read_routes(run, values, SMALLEST_T)
        rows.shipped += shipped
        rows.route_use += use


def _value(values: Values, name: str, key: Any) -> float:
    t = values.get(name, {}).get(key, 0.0)
    return t if t > SMALLEST_T else 0.0


def _limit_t(run: Run, source: Source, slot: Slot, values: Values) -> float:
    """What a source can sell without a contract in a slot; one that a programme opens as far as that has come since it was started."""
    programmes = run.study.programmes
    if not programmes.opens(source):
        return run.market_t(source, slot)
    started = [d for (g, d), n in values.get("started", {}).items() if g == source.programme and n > 0.5]
    return sum(programmes.share(source.programme, d, m, None) * run.market_t(source, Slot(m, 1)) for d in started for m in slot.range)


def _read_supply(rows: Rows, run: Run, values: Values) -> None:
    study, h = run.study, run.study.horizon
    slots = {slot.first: slot for slot in run.slots}
    orders = {key for key, n in values.get("ordered", {}).items() if n > 0.5}
    for s, t in dict.fromkeys((*values.get("bought_t", {}), *orders)):
        bought = _value(values, "bought_t", (s, t))
        if run.pattern is None and with_orders(study.sources[s]) and (s, t) not in orders:
            continue  # what a solver's rounding lets through without an order
        if bought or (s, t) in orders:
            source, slot = study.sources[s], slots[t]
            limit = _limit_t(run, source, slot, values)
            fixed = h.in_usd(source.order_cost_usd_m, source.currency, t) * h.escalation(t)
            rows.bought.append(
                Bought(
                    run=run.name,
                    source=s,
                    period=h.date(t),
                    months=slot.months,
                    bought_t=bought,
                    limit_t=limit,
                    usd_per_kg=run.source_price(source, slot) * study.mean_factor(source, bought, slot),
                    order_usd_m=fixed if run.pattern is None else fixed * bought / run.market_t(source, slot),
                )
            )
    signed: dict[str, list[int | None]] = defaultdict(list)
    for (c, d), n in values.get("signed", {}).items():
        if n > 0.5:
            signed[c].append(d)
    for c, s, t in values.get("lifted_t", {}):
        if lifted := _value(values, "lifted_t", (c, s, t)):
            line, slot = study.lines[c, s], slots[t]
            signings = [None] if study.contracts[c].status == "in force" else signed[c]
            rows.lifted.append(
                Lifted(
                    run=run.name,
                    contract=c,
                    source=s,
                    period=h.date(t),
                    months=slot.months,
                    lifted_t=lifted,
                    limit_t=sum(right_t(run, line, d, slot) for d in signings) + _bought(run, values, (c, s, t)),
                    usd_per_kg=study.line_price(line, t),
                )
            )


def _read_arrivals(rows: Rows, run: Run, values: Values) -> None:
    """What arrives of sources that ship: of the run's own orders, and of what was under way when it began."""
    shipped, slots = run.study.shipped, {slot.first: slot for slot in run.slots}
    if not shipped:
        return
    ordered = {("", s, t): _value(values, "bought_t", (s, t)) for s, t in values.get("bought_t", {})}
    ordered |= {key: _value(values, "lifted_t", key) for key in values.get("lifted_t", {})}
    under_way = {key: _value(values, "at_sea_t", key) for key in values.get("at_sea_t", {})}
    if run.pattern is None:
        under_way = {key: handed.constant for key, handed in cargo(run).items()}
    arrived = defaultdict(float, under_way)
    for (c, s, t), tonnes in ordered.items():
        if s in shipped:
            for later, share in run.arrivals(c, s, slots[t]):
                arrived[c, s, later] += share * tonnes
    for (c, s, t), tonnes in sorted(arrived.items()):
        if tonnes > SMALLEST_T:
            row = {"run": run.name, "source": s, "contract": c, "period": run.study.horizon.date(t), "months": slots[t].months}
            rows.arrivals.append(Arrival(**row, arrived_t=tonnes, cargo_t=under_way.get((c, s, t), 0.0)))


def _bought(run: Run, values: Values, key: tuple[str, str, int]) -> float:
    """Extra right of a slot that the financings put up have bought."""
    if not run.study.case.financings:
        return 0.0
    taken = {k for k, n in values.get("financed", {}).items() if n > 0.5}
    return sum(extra for k, extra in extras(run).get(key, {}).items() if k in taken)


def _read_plants(rows: Rows, run: Run, values: Values) -> None:
    study, h = run.study, run.study.horizon
    slots = {slot.first: slot for slot in run.slots}
    use = {a.key: a.use for a in study.chain.activities}
    used: dict[tuple[str, int], float] = defaultdict(float)
    for p, i, t in values.get("processed_t", {}):
        if processed := _value(values, "processed_t", (p, i, t)):
            used[p, t] += use[p, i] * processed
            rows.processed.append(
                Processed(run=run.name, plant=p, material=i, period=h.date(t), months=slots[t].months, processed_t=processed)
            )
    built: dict[str, list[int]] = {p.plant: [] for p in study.case.plants if p.status == "existing"}
    for (p, d), n in values.get("built", {}).items():
        if n > 0.5:
            built.setdefault(p, []).append(d)
    for p, decided in built.items():
        for slot in run.slots:
            available = _worth(values, capacity(run, study.plants[p], slot, decided))
            if available > 0:
                rows.plant_use.append(
                    PlantUse(
                        run=run.name,
                        plant=p,
                        period=h.date(slot.first),
                        months=slot.months,
                        used_t=used[p, slot.first],
                        capacity_t=available,
                    )
                )


def _worth(values: Values, terms: Terms) -> float:
    """Capacity at the values of the columns that decide it; decisions are whole."""
    total = 0.0
    for of, tonnes in terms.items():
        value = 1.0 if of is None else values.get(of[0], {}).get(of[1], 0.0)
        total += tonnes * (value if of is not None and of[0] == "sized_t_per_yr" else round(value))
    return total


def _read_tolled(rows: Rows, run: Run, values: Values) -> None:
    """What comes back from toll plants: of what the run sent out itself, and of what was under way when it began."""
    study = run.study
    slots = {slot.first: slot for slot in run.slots}
    tollers = {p.plant: p for p in study.case.plants if p.transit_months > 0 and p.status != "supplier"}
    if not tollers:
        return
    returned: dict[tuple[str, str, int], float] = defaultdict(float)
    for p, i, t in values.get("processed_t", {}):
        if p in tollers and (sent := _value(values, "processed_t", (p, i, t))):
            for at, share in run.toll_returns(tollers[p], slots[t]):
                returned[p, i, at] += share * sent
    for p, i, t in values.get("under_way_t", {}):
        returned[p, i, t] += _value(values, "under_way_t", (p, i, t)) * run.plant_left(study.plants[p], slots[t])
    for (p, i, t), tonnes in sorted(returned.items()):
        if tonnes > SMALLEST_T:
            period = study.horizon.date(t)
            rows.tolled.append(Tolled(run=run.name, plant=p, material=i, period=period, months=slots[t].months, returned_t=tonnes))


def _read_stocks(rows: Rows, run: Run, values: Values) -> None:
    h = run.study.horizon
    for k, stock in run.study.stocks.items():
        level = run.study.opening_t(stock) if run.pattern is None else _value(values, "opening_t", k)
        for slot in run.slots:
            key = (*k, slot.first)
            before, level = level, _value(values, "level_t", key)
            added, drawn = _value(values, "added_t", key), _value(values, "drawn_t", key)
            expired = 0.0 if stock.shelf_life_months is None else _value(values, "expired_t", key)
            if max(before, level, added, drawn, expired) > 0:
                rows.stocks.append(
                    StockLevel(
                        run=run.name,
                        store=k[0],
                        material=k[1],
                        form=k[2],
                        period=h.date(slot.first),
                        months=slot.months,
                        opening_t=before,
                        added_t=added,
                        drawn_t=drawn,
                        lost_t=before * (1 - run.kept(stock, slot)),
                        level_t=level,
                        expired_t=expired,
                    )
                )


def _read_replaced(rows: Rows, run: Run, values: Values) -> None:
    study, h = run.study, run.study.horizon
    started: dict[str, list[int | None]] = defaultdict(list)
    for (g, d), n in values.get("started", {}).items():
        if n > 0.5:
            started[g].append(d)
    slots = {slot.first: slot for slot in run.slots}
    for g, *demand, t in values.get("replaced_t", {}):
        if replaced := _value(values, "replaced_t", (g, *demand, t)):
            sector, material, form = demand
            effect = study.programmes.effects[g, sector, material, form]
            most = run.replaceable_t(effect, slots[t])
            decided = started[g] if study.programmes.rows[g].status == "candidate" else [None]
            rows.replaced.append(
                Replaced(
                    run=run.name,
                    programme=g,
                    sector=sector,
                    material=material,
                    form=form,
                    period=h.date(t),
                    months=slots[t].months,
                    replaced_t=replaced,
                    limit_t=sum(most.get(d, 0.0) for d in decided),
                    used_t=replaced * sum(study.programmes.used_instead(effect).values()),
                )
            )


def _read_service(rows: Rows, run: Run, values: Values) -> None:
    study, h = run.study, run.study.horizon
    replaced: dict[tuple[Any, ...], float] = defaultdict(float)
    for key in values.get("replaced_t", {}):
        replaced[key[1:]] += _value(values, "replaced_t", key)
    for k, demand in study.demands.items():
        for slot in run.slots:
            due = _value(values, "owed_opening_t", k) if slot is run.slots[0] else 0.0
            demanded = run.demand_t(demand, slot) + due
            served, owed = (_value(values, name, (*k, slot.first)) for name in ("served_t", "owed_t"))
            if demanded > 0 or served or owed:
                rows.service.append(
                    Service(
                        run=run.name,
                        sector=k[0],
                        material=k[1],
                        form=k[2],
                        period=h.date(slot.first),
                        months=slot.months,
                        demanded_t=demanded,
                        served_t=served,
                        required_t=run.required_t(demand, slot) + (demand.service_level * due if demand.protected else 0.0),
                        replaced_t=replaced[(*k, slot.first)],
                        owed_t=owed,
                    )
                )
    slots = {slot.first: slot for slot in run.slots}
    values = {**values, "disposed_t": with_left_overs(values)}
    keys = dict.fromkeys((*values.get("sold_t", {}), *values["disposed_t"]))
    for i, f, t in keys:
        sold, disposed = _value(values, "sold_t", (i, f, t)), _value(values, "disposed_t", (i, f, t))
        if sold or disposed:
            rows.surplus.append(
                Surplus(run=run.name, material=i, form=f, period=h.date(t), months=slots[t].months, sold_t=sold, disposed_t=disposed)
            )


def read_signatures(study: Study, values: Values) -> tuple[Signature, ...]:
    """Contracts in force and signed, in workbook order."""
    h = study.horizon
    found = []
    for contract in study.case.contracts:
        dates: list[int | None] = [d for (c, d), n in values.get("signed", {}).items() if c == contract.contract and n > 0.5]
        if contract.status == "in force":
            dates = [None]
        for d in dates:
            delivery = study.delivery(contract, d)
            found.append(
                Signature(
                    contract=contract.contract,
                    signed=h.date(d or 0),
                    first_delivery=h.date(delivery.start),
                    last_delivery=h.date(delivery.stop - 1),
                    decided=d is not None,
                )
            )
    return tuple(found)


def capital_of(points: tuple[tuple[float, float], ...], size: float) -> float:
    """Capital cost, million USD, of a size on a curve of (size, cost), linear between its points."""
    for low, high in itertools.pairwise(points):
        if size <= high[0]:
            return low[1] + (high[1] - low[1]) * (size - low[0]) / (high[0] - low[0])
    return points[-1][1]


def read_constructions(study: Study, values: Values) -> tuple[Construction, ...]:
    """Plants built, in order of the workbook and the decision."""
    h = study.horizon
    found = []
    for (p, d), n in values.get("built", {}).items():
        if n > 0.5:
            plant, units = study.plants[p], round(n)
            size = values.get("sized_t_per_yr", {}).get((p, d), 0.0) if p in study.curves else None
            capital = units * plant.capex_usd_m if size is None else capital_of(study.curves[p], size)
            whole = units * plant.capacity_t_per_yr if size is None else size
            found.append(
                Construction(
                    plant=p,
                    units=units,
                    decided=h.date(d),
                    online=h.date(study.online(plant, d)),
                    size_t_per_yr=size,
                    capacity_t_per_yr=whole * plant.share_for_buyer * plant.ramp_pct[-1] / 100,
                    capex_usd_m=capital * sum(usd for _, usd in payments(study, plant, study.online(plant, d))),
                )
            )
    return tuple(found)


def read_plant_states(study: Study, values: Values) -> tuple[PlantState, ...]:
    """What every existing plant that may stop does, one row for each change of its state, in order of the workbook and the date."""
    h = study.horizon
    found = []
    for plant in study.stoppable:
        known = ""
        for d in h.decision_dates:
            runs, kept = (values.get(name, {}).get((plant.plant, d), 0.0) > 0.5 for name in ("runs", "mothballed"))
            state = "running" if runs else "mothballed" if kept else "closed"
            if state != known:
                begins = None if not runs else h.date(d + plant.restart_months if known == "mothballed" else d)
                found.append(PlantState(plant=plant.plant, since=h.date(d), state=state, capacity_from=begins))
            known = state
    return tuple(found)


def read_programme_starts(study: Study, values: Values) -> tuple[ProgrammeStart, ...]:
    """Programmes started, in order of the workbook and the decision."""
    h, rows = study.horizon, study.programmes.rows
    return tuple(
        ProgrammeStart(
            programme=g,
            decided=h.date(d),
            first_effect=h.date(study.programmes.first_effect(rows[g], d)),
            capex_usd_m=rows[g].capex_usd_m * h.escalation(d),
        )
        for (g, d), n in values.get("started", {}).items()
        if n > 0.5
    )


def read_unlifted(run: Run, values: Values) -> tuple[Unlifted, ...]:
    """Minimum, liftings and payment without lifting, by contract line and settlement year of a run."""
    signed = {(c, d) for (c, d), n in values.get("signed", {}).items() if n > 0.5}
    lifted = values.get("lifted_t", {})
    found = []
    for (c, s, y), account in settled(run).items():
        minimum = sum(t for d, t in owed(run, account).items() if d is None or (c, d) in signed)
        if minimum > 0:
            found.append(
                Unlifted(
                    run=run.name,
                    contract=c,
                    source=s,
                    year=account.year,
                    minimum_t=minimum,
                    lifted_t=sum(lifted.get((c, s, slot.first), 0.0) for slot in account.slots),
                    unlifted_t=_value(values, "unlifted_t", (c, s, y)),
                    usd_per_kg=penalty(run.study, account),
                )
            )
    return tuple(found)


def read_costs(pieces: Iterable[Piece], value_of: Callable[[Any], float]) -> tuple[Cost, ...]:
    """Cost by term and year; ``value_of`` gives the value of a variable. Terms and years that cost nothing are left out."""
    money: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for p in pieces:
        amount = p.usd_m * (1.0 if p.variable is None else value_of(p.variable))
        money[p.term, p.year][0] += amount * p.discount
        money[p.term, p.year][1] += amount
    order = {term: i for i, term in enumerate(TERMS)}
    keys = sorted(money, key=lambda k: (order[k[0]], k[1]))
    return tuple(
        Cost(term=term, year=year, usd_m=money[term, year][0], undiscounted_usd_m=money[term, year][1])
        for term, year in keys
        if any(money[term, year])
    )


def read_targets(study: Study, rows: Rows, needed: Mapping[tuple[tuple[str, str, str], int], float]) -> tuple[StockTarget, ...]:
    """What must lie in each store by calendar year: the most that is needed at a start of the year that must be survived.

    ``needed`` is what patterns need by (store, start), t REO; the end of the horizon counts for the last year. Days of cover
    are the target over what the base plan takes of the commodity in that year (plants and service), per day.
    """
    h = study.horizon
    levels: dict[tuple[str, str, str], dict[int, float]] = defaultdict(dict)
    for (k, start), tonnes in needed.items():
        year = h.year(min(start, h.months - 1))
        levels[k][year] = max(levels[k].get(year, 0.0), tonnes)
    used: dict[tuple[str, str, int], float] = defaultdict(float)
    recipe = {a.key: a.inputs for a in study.chain.activities}
    months: dict[int, int] = defaultdict(int)
    for slot in study.horizon.slots:
        months[h.year(slot.first)] += slot.months
    for p in rows.processed:
        if p.run == "base":
            for (i, f), share in recipe[p.plant, p.material].items():
                used[i, f, p.period.year] += share * p.processed_t
    for s in rows.service:
        if s.run == "base":
            used[s.material, s.form, s.period.year] += s.served_t
    for r in rows.replaced:
        if r.run == "base":
            effect = study.programmes.effects[r.programme, r.sector, r.material, r.form]
            for (i, f), share in study.programmes.used_instead(effect).items():
                used[i, f, r.period.year] += share * r.replaced_t
    found = []
    for k in study.stocks:
        for year, target in sorted(levels[k].items()):
            per_day = used[k[1], k[2], year] / months[year] * 12 / 365 if months[year] else 0.0
            cover = target / per_day if per_day > SMALLEST_T else None
            found.append(StockTarget(store=k[0], material=k[1], form=k[2], year=year, target_t=target, days_of_cover=cover))
    return tuple(found)
