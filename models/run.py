"""A *run*: a timeline that is operated. The base plan is one; the recourse of each pattern is another.

The operating rules are written once, on a run. What differs between runs is told here: the slots, what can be had in
each, and how much must be served.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

from models.case import Case, Contract, ContractLine, CutOff, Demand, Plant, ProgrammeEffect, Route, Sale, Source, Stock, Store
from models.chain import Chain, Commodity
from models.horizon import Horizon, Slot, spread
from models.programmes import Programmes
from models.residue import ResidueCare
from models.survival import Pattern, Phase, concerns, hits_contract, hits_plant, hits_source, hits_store, phases


class Study:
    """A case with what follows from it: calendar, chain, and the monthly limits of every source and plant.

    Limits are lists by month, long enough for every survival window to be tested at the end of the horizon.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.horizon = Horizon(case)
        self.chain = Chain(case, self.horizon)
        self.residue = ResidueCare(case, self.chain, self.horizon)
        self.sources: dict[str, Source] = {s.source: s for s in case.sources}
        self.plants: dict[str, Plant] = {p.plant: p for p in case.plants}
        self.contracts: dict[str, Contract] = {c.contract: c for c in case.contracts}
        self.stocks: dict[tuple[str, str, str], Stock] = {(s.store, s.material, s.form): s for s in case.stocks}
        self.stores: dict[str, Store] = {s.store: s for s in case.stores}
        self.demands: dict[tuple[str, str, str], Demand] = {(d.sector, d.material, d.form): d for d in case.demands}
        self.sales: dict[tuple[str, str], Sale] = {(s.material, s.form): s for s in case.sales}
        self.lines: dict[tuple[str, str], ContractLine] = {
            (line.contract, line.source): line for line in case.contract_lines if self.contracts[line.contract].status != "expired"
        }
        self.cutoffs: dict[str, CutOff] = {c.cutoff: c for c in case.cutoffs}
        self.last_month = self.horizon.months + max((self.window(c) for c in case.cutoffs), default=0) + 1

    def window(self, cutoff: CutOff) -> int:
        """Months in which a cut-off is tested: to the end of the last return of it and of those that follow it, and until what was
        cut has arrived again."""
        return max(phase.end + self.shipping_of(phase.cutoff) for phase in phases(cutoff, self.cutoffs))

    @cached_property
    def tiers(self) -> dict[str, tuple[tuple[float, float, float], ...]]:
        """Price tiers of every source that has any: (from, to) in t REO/yr and the factor on its price; the last has no end."""
        rows: dict[str, list[tuple[float, float]]] = {}
        for row in self.case.price_tiers:
            rows.setdefault(row.source, []).append((math.inf if row.upto_t_per_yr is None else row.upto_t_per_yr, row.price_factor))
        found = {}
        for source, steps in rows.items():
            ends, factors = zip(*sorted(steps), strict=True)
            found[source] = tuple(zip((0.0, *ends[:-1]), (*ends[:-1], math.inf), factors, strict=True))
        return found

    def mean_factor(self, source: Source, tonnes: float, slot: Slot) -> float:
        """Mean of the tiers' factors on what is bought of a source in a slot; the first tier's where nothing is."""
        tiers = self.tiers.get(source.source)
        if tiers is None:
            return 1.0
        if tonnes <= 0:
            return tiers[0][2]
        yearly = tonnes * 12 / slot.months
        return sum(factor * max(0.0, min(yearly, upto) - low) for low, upto, factor in tiers) / yearly

    @cached_property
    def shipped(self) -> dict[str, float]:
        """Shipping time of every source that has one, in months."""
        return {s.source: s.shipping_months for s in self.case.sources if s.shipping_months > 0}

    def shipping_of(self, cutoff: CutOff) -> int:
        """Longest shipping time of what a cut-off hits, in whole months."""
        hit = [self.sources[s] for s in self.shipped if hits_source(cutoff, self.sources[s], self.chain)]
        named = [self.sources[s] for c, s in self.lines if hits_contract(cutoff, self.contracts[c], self.sources[s], self.chain)]
        return max((math.ceil(source.shipping_months) for source in (*hit, *named)), default=0)

    def opening_cargo_t(self, source: Source) -> float:
        """What of a source is under way on the first day, t REO: as stated; else its normal flow over the shipping time, of that part
        which is for sale without a contract; nothing of a spot market, or of what a programme opens."""
        if source.at_sea_t is not None or source.kind == "spot" or source.programme:
            return source.at_sea_t or 0.0
        return source.spot_share * self.normal_t[source.source][0] * source.shipping_months

    @cached_property
    def curves(self) -> dict[str, tuple[tuple[float, float], ...]]:
        """(size in t/yr, capital cost in million USD) of each candidate that has a cost curve, by rising size."""
        points: dict[str, list[tuple[float, float]]] = {}
        for row in self.case.capex_curve:
            if self.plants[row.plant].status == "candidate":
                points.setdefault(row.plant, []).append((row.capacity_t_per_yr, row.capex_usd_m))
        return {plant: tuple(sorted(found)) for plant, found in points.items()}

    @cached_property
    def stoppable(self) -> tuple[Plant, ...]:
        """Existing plants that the plan may stop, in workbook order."""
        return tuple(p for p in self.case.plants if p.status == "existing" and p.may_stop != "no")

    @cached_property
    def padding(self) -> int:
        """Months after the horizon in which patterns that start at its end are tested: the longest survival window."""
        return max((self.window(c) for c in self.case.cutoffs if c.active and c.must_survive), default=0)

    @cached_property
    def ramps(self) -> dict[str, list[float]]:
        """Share of capacity that runs, by plant (existing and suppliers') and month."""
        return {
            p.plant: [self.ramp(p, self.running_from(p), m) for m in range(self.last_month)]
            for p in self.case.plants
            if p.status != "candidate"
        }

    @cached_property
    def programmes(self) -> Programmes:
        """Programmes on the calendar of the case."""
        return Programmes(self.case, self.horizon, self.chain)

    def running_from(self, plant: Plant) -> int:
        """First month of operation of a plant that exists or is being built; long ago where none is given."""
        return self.horizon.month_of(plant.online, -12 * len(plant.ramp_pct))

    def running_to(self, plant: Plant) -> int:
        """The month after a plant's last month of operation; the end of all windows where none is given."""
        return self.horizon.month_of(plant.offline, self.last_month - 1) + 1

    def ramp(self, plant: Plant, online: int, month: int) -> float:
        """Share of capacity in a month of a plant that starts at month ``online``: by year of operation, then the last one on,
        until its last month of operation; times the plant's availability."""
        if month < online or (plant.offline is not None and month >= self.running_to(plant)):
            return 0.0
        year = min((month - online) // 12, len(plant.ramp_pct) - 1)
        return plant.ramp_pct[year] / 100 * self.horizon.cited(plant.availability, month)

    @cached_property
    def maximum_t(self) -> dict[str, list[float]]:
        """Most that each source can deliver in each month: maximum x growth x availability x its plant's ramp / 12."""
        return {
            s.source: [self._maximum(s, m, self.ramps[s.plant][m] if s.plant else 1.0) for m in range(self.last_month)]
            for s in self.case.sources
        }

    def _maximum(self, source: Source, month: int, ramp: float) -> float:
        h = self.horizon
        if not h.month_of(source.first_month, 0) <= month <= h.month_of(source.last_month, self.last_month):
            return 0.0
        return (
            h.cited(source.max_t_per_yr, month)
            * h.growth(source.growth_pct_per_yr, month)
            * h.cited(source.availability, month)
            * ramp
            / 12
        )

    @cached_property
    def normal_t(self) -> dict[str, list[float]]:
        """Normal flow of each source in each month; never above its maximum."""
        return {s.source: self._normal(s, self.maximum_t[s.source]) for s in self.case.sources}

    def _normal(self, source: Source, top: list[float]) -> list[float]:
        if source.normal_t_per_yr is None:
            return top
        grown = (source.normal_t_per_yr * self.horizon.growth(source.growth_pct_per_yr, m) / 12 for m in range(self.last_month))
        return [min(a, b) for a, b in zip(grown, top, strict=True)]

    def late_flow_t(self, source: Source, delay: int) -> tuple[list[float], list[float]]:
        """Maximum and normal flow of a source in each month, t REO, if its plant comes on line so many months late."""
        key = (source.source, delay)
        if key not in self._late_flows:
            plant = self.plants[source.plant]
            online = self.running_from(plant) + delay
            top = [self._maximum(source, m, self.ramp(plant, online, m)) for m in range(self.last_month)]
            self._late_flows[key] = top, self._normal(source, top)
        return self._late_flows[key]

    @cached_property
    def _late_flows(self) -> dict[tuple[str, int], tuple[list[float], list[float]]]:
        return {}

    @cached_property
    def base_limit_t(self) -> dict[str, list[float]]:
        """What each source can deliver in each month of the base plan: its maximum, or its normal flow risen by the surge.

        Deliveries rise by at most the surge per twelve months from the start of the plan on: the envelope of a buyer who
        raises purchases from the first day. It is an outer limit: linear rules cannot ask whether he did.
        """
        limits: dict[str, list[float]] = {}
        for s in self.case.sources:
            top = self.maximum_t[s.source]
            if s.surge is None or s.normal_t_per_yr is None:
                limits[s.source] = top
                continue
            h = self.horizon
            flow = [s.normal_t_per_yr * h.growth(s.growth_pct_per_yr, m) / 12 for m in range(self.last_month)]
            limits[s.source] = [min(top[m], flow[m] * (1 + h.cited(s.surge, m)) ** ((m + 1) / 12)) for m in range(self.last_month)]
        return limits

    @cached_property
    def unit_price(self) -> dict[tuple[str, int], float]:
        """Price by (source, first month of a stretch in which no series changes): see `source_price`."""
        return {}

    def source_price(self, source: Source, month: int) -> float:
        """Price of a source in a month, USD/kg REO."""
        key = (source.source, self.horizon.step(month))
        if key not in self.unit_price:
            self.unit_price[key] = self.horizon.cited(source.price_factor, month) * self.chain.price_usd_per_kg(
                source.price_index, source.material, source.form, month
            )
        return self.unit_price[key]

    def index_price(self, line: ContractLine, month: int) -> float:
        """What the index of a contract line asks for its basket, USD/kg REO. Raises ``KeyError`` where it does not price it."""
        source = self.sources[line.source]
        return self.chain.price_usd_per_kg(line.price_index, source.material, source.form, month)

    def line_price(self, line: ContractLine, month: int) -> float:
        """Price of a contract line's basket, USD/kg REO: index less discount, or fixed; then the floor, then the cap.

        What the line itself states is in its own currency.
        """
        usd = self.horizon.usd(line.currency, month)
        price = (line.fixed_usd_per_kg or 0.0) * usd
        if line.price_index:
            price = self.index_price(line, month) * (1 - line.discount_pct / 100)
        if line.floor_usd_per_kg is not None:
            price = max(price, line.floor_usd_per_kg * usd)
        if line.cap_usd_per_kg is not None:
            price = min(price, line.cap_usd_per_kg * usd)
        return price

    def line_maximum(self, line: ContractLine, month: int, begun: int, output: float | None = None) -> float:
        """Most that a line gives the right to in a month in force, t REO, for a contract that delivers from month ``begun``. ``output``:
        what the source can deliver in the month, if not its maximum."""
        output = self.maximum_t[line.source][month] if output is None else output
        most = output * _in_year(line.max_share, month, begun)
        if line.max_t_per_yr:
            most = min(most, _in_year(line.max_t_per_yr, month, begun) / 12)
        return most + self.granted_t.get((line.contract, line.source), 0.0)

    @cached_property
    def granted_t(self) -> dict[tuple[str, str], float]:
        """Extra right per month that goes with the signature of a contract's financings, by contract and source, t REO."""
        found: dict[tuple[str, str], float] = {}
        for row in self.case.financings:
            if row.source and not row.optional:
                found[row.contract, row.source] = found.get((row.contract, row.source), 0.0) + row.extra_max_t_per_yr / 12
        return found

    def line_minimum(self, line: ContractLine, month: int, begun: int, output: float | None = None) -> float:
        """Tonnes of a line that are paid for a month in force: tonnes or share of output, never above the maximum."""
        output = self.maximum_t[line.source][month] if output is None else output
        least = max(_in_year(line.min_t_per_yr, month, begun) / 12, _in_year(line.min_share, month, begun) * output)
        return min(least, self.line_maximum(line, month, begun, output))

    def delivery(self, contract: Contract, signed: int | None) -> range:
        """Months in which a contract delivers; ``signed`` is the month of signature, None for one in force already."""
        h = self.horizon
        first = h.month_of(contract.first_delivery, 0)
        if signed is not None:
            first = max(signed + contract.lead_months, first)
        return range(first, first + contract.tenor_years * 12)

    @cached_property
    def signings(self) -> tuple[tuple[str, int], ...]:
        """(contract, month) at which each contract on offer can be signed, so that it delivers inside the horizon.

        An extension is signed its lead before the end of what it extends, whatever the decision dates are.
        """
        dates = {c.contract: list(self.horizon.decision_dates) for c in self.case.contracts if c.status == "on offer" and not c.extends}
        for c in extensions(self.case.contracts):
            dates[c.contract] = sorted({end - c.lead_months for end in self.ends_of(c.extends, dates.get(c.extends, []))})
        return tuple((c.contract, d) for c in self.case.contracts for d in dates.get(c.contract, ()) if self._can_sign(c, d))

    def _can_sign(self, contract: Contract, month: int) -> bool:
        h = self.horizon
        opens, closes = max(0, h.month_of(contract.sign_from, 0)), h.month_of(contract.sign_to, h.months)
        return opens <= month <= closes and self.delivery(contract, month).start < h.months

    def ends_of(self, contract: str, dates: list[int]) -> dict[int, list[int | None]]:
        """Signatures of a contract (None: in force already) by the month after its last delivery, those that can be signed."""
        row = self.contracts[contract]
        found: dict[int, list[int | None]] = {}
        if row.status == "in force":
            found[self.delivery(row, None).stop] = [None]
        for d in dates:
            if self._can_sign(row, d):
                found.setdefault(self.delivery(row, d).stop, []).append(d)
        return found

    def online(self, plant: Plant, decided: int) -> int:
        """First month of operation of a candidate decided at a month: permit and building time truly delay it."""
        return decided + plant.permit_months + plant.build_months

    @cached_property
    def buildings(self) -> tuple[tuple[str, int], ...]:
        """(plant, month) at which each candidate can be decided, so that it runs inside the horizon."""
        h = self.horizon
        return tuple(
            (p.plant, d)
            for p in self.case.plants
            if p.status == "candidate"
            for d in h.decision_dates
            if h.month_of(p.decide_from, 0) <= d <= h.month_of(p.decide_to, h.months) and self.online(p, d) < h.months
        )

    def opening_t(self, stock: Stock) -> float:
        """Stock on the first day of the plan, t REO."""
        return stock.opening_t * self.horizon.cited(stock.opening_share, 0)

    def room_t(self, stock: Stock | Store, month: int) -> float | None:
        """What fits in a store in a month; None: no limit."""
        if stock.capacity_t is None:
            return None
        return self.horizon.cited(stock.capacity_t, month) * self.horizon.growth(stock.growth_pct_per_yr, month)


def extensions(contracts: tuple[Contract, ...]) -> list[Contract]:
    """The contracts that extend another, each after what it extends; what goes round in a circle is left out."""
    waiting = [c for c in contracts if c.status == "on offer" and c.extends]
    found: list[Contract] = []
    while ready := [c for c in waiting if c.extends not in {w.contract for w in waiting}]:
        found += ready
        waiting = [c for c in waiting if c not in ready]
    return found


def _in_year(values: tuple[float, ...], month: int, begun: int) -> float:
    """The value of a month's contract year, counted from month ``begun``; the last one goes on."""
    return values[min(max(0, month - begun) // 12, len(values) - 1)]


class Run:
    """One timeline: the base plan (``pattern`` None) or the recourse of a pattern, month by month.

    All tonnages are totals of a slot, t REO.
    """

    def __init__(self, study: Study, pattern: Pattern | None = None) -> None:
        self.study = study
        self.pattern = pattern
        self.slots: tuple[Slot, ...]
        if pattern is None:
            self.slots = study.horizon.slots
        else:
            self.slots = tuple(Slot(pattern.start + k, 1) for k in range(study.window(pattern.cutoff)))

    @cached_property
    def money(self) -> dict[int, tuple[int, float]]:
        """Calendar year and discount factor of each slot, by its first month; a recourse is not discounted."""
        h = self.study.horizon
        return {slot.first: (h.year(slot.first), h.discount(slot) if self.pattern is None else 1.0) for slot in self.slots}

    @property
    def name(self) -> str:
        """``base``, or ``CUTOFF@YYYY-MM``."""
        if self.pattern is None:
            return "base"
        return f"{self.pattern.cutoff.cutoff}@{self.study.horizon.date(self.pattern.start)}"

    @property
    def start(self) -> int:
        """Decisions dated before this month exist in the run (for the base plan: all)."""
        return self.study.horizon.months if self.pattern is None else self.pattern.start

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The cut-offs of the pattern, one after the other; none in the base plan."""
        return () if self.pattern is None else phases(self.pattern.cutoff, self.study.cutoffs)

    @cached_property
    def _on_source(self) -> dict[str, tuple[Phase, ...]]:
        found = {s.source: tuple(p for p in self.phases if hits_source(p.cutoff, s, self.study.chain)) for s in self.study.case.sources}
        return {source: hitting for source, hitting in found.items() if hitting}

    def on_source(self, source: str) -> tuple[Phase, ...]:
        """The phases of the cut that hit a source."""
        return self._on_source.get(source, ())

    @cached_property
    def _on_plant(self) -> dict[str, tuple[Phase, ...]]:
        found = {p.plant: tuple(x for x in self.phases if hits_plant(x.cutoff, p, self.study.chain)) for p in self.study.case.plants}
        return {plant: hitting for plant, hitting in found.items() if hitting}

    def left(self, month: int, hitting: tuple[Phase, ...]) -> float:
        """Share that is left in a month by the phases that hit: each leaves its share of what the others leave."""
        left = 1.0
        for phase in hitting:
            left *= phase.left(month - self.start)
        return left

    def _running(self, month: int) -> list[CutOff]:
        """The cut-offs that run in a month of a recourse, their returns included; the last goes on until what was cut has arrived."""
        k = month - self.start
        return [p.cutoff for p in self.phases if p.after <= k < p.end] or [max(self.phases, key=lambda p: p.end).cutoff]

    def market_t(self, source: Source, slot: Slot) -> float:
        """What a source can sell without a contract in a slot.

        Base plan: its base limit. Recourse: an established supply that is hit keeps its share of the normal flow, one
        that is not (or not yet) rises from the normal flow by its surge; of a spot market only the cut-off's share is left, the
        lowest where several run. What is sold in lots of a least size is not counted on in a recourse, unless the lot is waived.
        """
        study, flow = self.study, self.flow_t(source.source)
        if self.pattern is not None and source.minimum_lot_t > 0 and not source.lot_waived_in_crisis:
            return 0.0
        if self.pattern is None:
            return source.spot_share * sum(study.base_limit_t[source.source][m] * self._open(source, m) for m in slot.range)
        hitting = self.on_source(source.source)
        total = 0.0
        for m in slot.range:
            most, normal = flow[0][m], flow[1][m]
            left = self.left(m, hitting) * self._open(source, m)
            if source.kind == "spot":
                total += left * most * min(study.horizon.cited(cut.spot_availability, m) for cut in self._running(m))
            elif any(phase.after <= m - self.start for phase in hitting):
                total += left * normal
            else:
                surge = 0.0 if source.surge is None else study.horizon.cited(source.surge, m)
                total += min(most, normal * (1 + surge) ** ((m - self.start) / 12)) * left
        return source.spot_share * total

    def output_t(self, source: Source, slot: Slot) -> float:
        """What a source can deliver in a slot in all, bought or lifted, t REO."""
        if self.pattern is None:
            return sum(self.study.base_limit_t[source.source][m] * self._open(source, m) for m in slot.range)
        hitting, most = self.on_source(source.source), self.flow_t(source.source)[0]
        return sum(most[m] * self.left(m, hitting) * self._open(source, m) for m in slot.range)

    def landed(self, contract: str, source: str, ordered: int, month: int) -> float:
        """Share that lands in a month of what was ordered in another, under a contract ('': without one): what is at sea when a cut
        hits the source or the contract arrives in part."""
        if not self.phases:
            return 1.0
        study = self.study
        on_line = self.on_line(study.lines[contract, source]) if contract else self.on_source(source)
        share = 1.0
        for phase in on_line:
            if ordered < self.start + phase.after <= month:
                share *= phase.cutoff.cargo_at_sea
        return share

    def arrivals(self, contract: str, source: str, slot: Slot) -> Iterator[tuple[int, float]]:
        """Where an order of a source in a slot arrives: first months of slots of the run, and the shares that arrive there."""
        months = self.study.shipped.get(source, 0.0)
        if not months:
            yield slot.first, 1.0
            return
        for later, share in spread(slot, months, self.slots):
            landed = share * self.landed(contract, source, slot.first, later.first)
            if landed > 0:
                yield later.first, landed

    def on_line(self, line: ContractLine) -> tuple[Phase, ...]:
        """The phases of the cut that hit a contract line: its source, or the contract by name."""
        key = (line.contract, line.source)
        if key not in self._on_lines:
            contract, source = self.study.contracts[line.contract], self.study.sources[line.source]
            on_source = self.on_source(line.source)
            self._on_lines[key] = tuple(
                p for p in self.phases if p in on_source or hits_contract(p.cutoff, contract, source, self.study.chain)
            )
        return self._on_lines[key]

    @cached_property
    def _on_lines(self) -> dict[tuple[str, str], tuple[Phase, ...]]:
        return {}

    def plant_left(self, plant: Plant, slot: Slot) -> float:
        """Share of a plant's normal flow that the cut leaves in a slot; 1 where it is not hit."""
        hitting = self._on_plant.get(plant.plant, ())
        return sum(self.left(m, hitting) for m in slot.range) / slot.months if hitting else 1.0

    def toll_returns(self, plant: Plant, slot: Slot) -> list[tuple[int, float]]:
        """When what is sent to a toll plant in a slot comes back, and what share: (first month of a slot, share).

        What comes back while a cut leaves less of the plant than when it was sent is scaled by the ratio of the two: a flow that the
        cut let in is not cut a second time on its way back.
        """
        found = spread(slot, plant.transit_months, self.slots)
        if self.pattern is None or plant.plant not in self._on_plant:
            return [(to.first, share) for to, share in found]
        sent = self.plant_left(plant, slot)
        return [(to.first, share * min(1.0, self.plant_left(plant, to) / sent)) for to, share in found if sent > 0]

    def capacity_t(self, plant: Plant, decided: int | None, slot: Slot) -> float:
        """Capacity of an existing plant (``decided`` None), or of one unit decided at a month, in its own tonnes."""
        study = self.study
        hitting = self._on_plant.get(plant.plant, ())
        full = plant.capacity_t_per_yr * plant.share_for_buyer / 12
        online = study.running_from(plant) if decided is None else study.online(plant, decided)
        delay = self.delay_months(plant, online)
        if decided is None and not delay:
            return sum(full * study.ramps[plant.plant][m] * self.left(m, hitting) for m in slot.range)
        online += delay
        return sum(full * study.ramp(plant, online, m) * self.left(m, hitting) for m in slot.range)

    def route_capacity_t(self, route: Route, slot: Slot) -> float | None:
        """Most that a route carries in a slot; None: no limit. In a recourse a route with a minimum that is not waived is closed; a
        cut that names a route takes its share, and closes one without a capacity until all of it is back.
        """
        if self.pattern is not None and route.minimum_t_per_yr > 0 and not route.minimum_waived_in_crisis:
            return 0.0
        hitting = tuple(p for p in self.phases if route.route in p.cutoff.routes)
        left = [self.left(m, hitting) for m in slot.range]
        if route.capacity_t_per_yr is None:
            return None if min(left) >= 1 else 0.0
        return route.capacity_t_per_yr / 12 * sum(left)

    def path_left(self, plant: str, passed: tuple[str, ...], commodity: Commodity, month: int) -> float:
        """Share that is left of what has passed some countries and is made of a commodity in a plant abroad: cut where a cut-off of
        one of them is about what leaves the plant.
        """
        key = (plant, passed, commodity)
        if key not in self._on_path:
            leaves = [c for a in self.study.chain.activities if a.plant == plant and commodity in a.inputs for c in a.outputs]
            shares = self.study.chain.shares
            self._on_path[key] = tuple(
                p
                for p in self.phases
                if not set(passed).isdisjoint(p.cutoff.countries) and any(concerns(p.cutoff, set(shares[i]), f) for i, f in leaves)
            )
        return self.left(month, self._on_path[key])

    @cached_property
    def _on_path(self) -> dict[tuple[str, tuple[str, ...], Commodity], tuple[Phase, ...]]:
        return {}

    def delay_months(self, plant: Plant, online: int) -> int:
        """By how much later a plant comes on line because cut-offs name it as late or take its equipment away.

        Concerned is what is to come on line at month ``online``, after a cut begins, and is named or has equipment from a country
        that is cut: the longer of the two delays. A second cut delays again what is still not on line. A unit that starts in the month
        in which a cut begins is there. Elements and forms of the cut-off do not matter.
        """
        if not plant.equipment_countries and plant.plant not in self._named_late:
            return 0
        delayed = online
        for phase in self.phases:
            cut = phase.cutoff
            if delayed > self.start + phase.after:
                waits = cut.equipment_delay_months if set(plant.equipment_countries) & set(cut.countries) else 0
                delayed += max(waits, cut.late_months if plant.plant in cut.late_plants else 0)
        return delayed - online

    @cached_property
    def _named_late(self) -> frozenset[str]:
        return frozenset(name for phase in self.phases for name in phase.cutoff.late_plants)

    @cached_property
    def _late_sources(self) -> dict[str, int]:
        """Months by which the suppliers' plants of sources are late."""
        study = self.study
        plants = {s.source: study.plants[s.plant] for s in study.case.sources if s.plant and self.phases}
        delays = {source: self.delay_months(plant, study.running_from(plant)) for source, plant in plants.items()}
        return {source: delay for source, delay in delays.items() if delay}

    def flow_t(self, source: str) -> tuple[list[float], list[float]]:
        """Maximum and normal flow of a source in each month, t REO, before what a cut takes: where its plant is late, so much later."""
        delay = self._late_sources.get(source)
        if delay is None:
            return self.study.maximum_t[source], self.study.normal_t[source]
        return self.study.late_flow_t(self.study.sources[source], delay)

    def _open(self, source: Source, month: int) -> float:
        """Share of a source that a programme in force, or a contingency, opens in a month; 1 where none or a candidate does."""
        programmes = self.study.programmes
        if not source.programme or programmes.opens(source):
            return 1.0
        return programmes.share(source.programme, None, month, None if self.pattern is None else self.start)

    def replaceable_t(self, effect: ProgrammeEffect, slot: Slot) -> dict[int | None, float]:
        """Most that a programme can replace of a demand in a slot, t REO, by month of its start (None: it is no candidate)."""
        programmes = self.study.programmes
        demand = self.study.demands[effect.sector, effect.material, effect.form]
        cut = None if self.pattern is None else self.start
        found: dict[int | None, float] = {}
        for d in programmes.decisions(effect.programme, self.start):
            shares = ((m, programmes.share(effect.programme, d, m, cut)) for m in slot.range)
            tonnes = effect.share_affected * sum(share * self.demand_t(demand, Slot(m, 1)) for m, share in shares if share)
            if tonnes > 0:
                found[d] = tonnes
        return found

    def demand_t(self, demand: Demand, slot: Slot) -> float:
        """Demand in a slot, converted to contained oxide, t REO."""
        h = self.study.horizon
        reo = 12 * self.study.chain.mass_factor(demand.material, demand.form)
        return sum(
            h.cited(demand.t_per_yr, m) / reo * h.growth(demand.growth_pct_per_yr, m) * h.cited(demand.profile, m) for m in slot.range
        )

    def required_t(self, demand: Demand, slot: Slot) -> float:
        """What must be served in a slot, t REO: the service level where a pattern must be survived and the row is protected."""
        if self.pattern is None or not demand.protected:
            return 0.0
        return demand.service_level * self.demand_t(demand, slot)

    def sale_limit_t(self, sale: Sale, slot: Slot) -> float:
        """What the market for surplus takes in a slot, t REO."""
        return self.study.horizon.in_slot(sale.max_t_per_yr, slot)

    def store_capacity_t(self, store: Stock | Store, slot: Slot) -> float | None:
        """What fits in a slot of one stock, or in a store of all that lies there together; None: no limit.

        Where a capacity shrinks, what the base plan hands over still fits in the recourse: it lay there lawfully.
        """
        room = self.study.room_t(store, slot.first)
        if room is None or self.pattern is None:
            return room
        return max(room, *(self.study.room_t(store, m) or 0.0 for m in self._handed_from))

    @cached_property
    def _handed_from(self) -> tuple[int, ...]:
        """First months of the slots of the base plan whose levels a recourse is handed."""
        h = self.study.horizon
        if self.start == 0:
            return (0,)
        slot = h.slot_before[self.start]
        return (slot.first,) if self.start == slot.end or slot.first == 0 else (h.slot_before[slot.first].first, slot.first)

    @cached_property
    def _on_stock(self) -> dict[tuple[str, str, str], tuple[Phase, ...]]:
        study = self.study
        found = {
            k: tuple(p for p in self.phases if hits_store(p.cutoff, stock, study.stores.get(k[0]), study.chain))
            for k, stock in study.stocks.items()
        }
        return {k: hitting for k, hitting in found.items() if hitting}

    def reach(self, stock: Stock, slot: Slot) -> float:
        """Share of its release and fill rates that a stock still has in a slot: less than 1 only where a cut-off hits its store."""
        return self.left(slot.first, self._on_stock.get((stock.store, stock.material, stock.form), ()))

    def release_t(self, stock: Stock, slot: Slot) -> float | None:
        """Most that can be drawn in a slot, t REO; None: no limit. Of a store that is hit, what the cut leaves of it."""
        capacity, reach = self.store_capacity_t(stock, slot), self.reach(stock, slot)
        if capacity is None:
            return None if reach > 0 else 0.0
        return capacity * stock.release_pct_per_month / 100 * slot.months * reach

    def fill_t(self, stock: Stock, slot: Slot) -> float | None:
        """Most that can be put in in a slot, t REO; None: no limit. Into a store that is hit, what the cut leaves of it."""
        capacity, reach = self.store_capacity_t(stock, slot), self.reach(stock, slot)
        if capacity is None or stock.fill_pct_per_month is None:
            return None if reach > 0 else 0.0
        return capacity * stock.fill_pct_per_month / 100 * slot.months * reach

    def kept(self, stock: Stock, slot: Slot) -> float:
        """Share of a store's level that is still there at the end of a slot."""
        return float((1 - stock.loss_pct_per_yr / 100) ** (slot.months / 12))

    def source_price(self, source: Source, slot: Slot) -> float:
        """Price of a source in a slot, USD/kg REO; spot prices rise by the cut-off's multiplier in a crisis (the highest of those that
        run in its first month)."""
        price = self.study.source_price(source, slot.first)
        if self.pattern is not None and source.kind == "spot":
            price *= max(cut.spot_price_multiplier for cut in self._running(slot.first))
        return price
