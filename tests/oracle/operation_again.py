"""One run of the second formulation: the base plan, or what follows a cut; supply, contracts and plants.

A recourse is not charged for: the cheapest plan pays for the base plan alone. So nothing here has a cost where there is a cut.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from commitments_again import Commitments
from facts import Facts, arrivals, common
from journeys import travel
from operation_of_stocks import keep_stocks, sell, serve
from program import Expression, Program, total
from settlements_again import keep_to_years, settle

from models.case import ContractLine, CutOff, Plant, Source

End = tuple[str, str]
Place = tuple[End, str, str, int]
"""Who gives or takes, material, form, first month of the slot."""


class Operation:
    """Columns and rows of a run; ``base`` is the base plan that a recourse continues."""

    def __init__(
        self, f: Facts, p: Program, c: Commitments, slots: list[tuple[int, int]], cut: CutOff | None, start: int, base: Operation | None
    ) -> None:
        self.f, self.p, self.c, self.slots, self.cut, self.start, self.base = f, p, c, slots, cut, start, base
        self.before = f.horizon if cut is None else start
        self.phases = f.chain(cut) if cut else []
        self.gives: dict[Place, Expression] = defaultdict(dict)
        self.takes: dict[Place, Expression] = defaultdict(dict)
        self.spare: dict[tuple[str, str, int], Expression] = defaultdict(dict)
        self.bought: dict[tuple[str, int], int] = {}
        self.lifted: dict[tuple[str, str, int | None, int], int] = {}
        self.processed: dict[tuple[str, str, int], int] = {}
        self.sold: dict[tuple[str, str, int], int] = {}
        self.disposed: dict[tuple[str, str, int], int] = {}
        self.sent: list[tuple[Source, ContractLine | None, int, int, int]] = []
        self.paid: dict[int, Expression] = defaultdict(dict)
        self.senders: set[End] = {(r.from_kind, r.from_name) for r in f.case.routes if r.from_name}
        self.receivers: set[End] = {(r.to_kind, r.to_name) for r in f.case.routes if r.to_name}
        self.lacks: dict[int, float] = {}
        self.shipped: dict[tuple[str, str, str, int], int] = {}
        self.cargo()
        for slot in slots:
            for source in f.case.sources:
                self.buy(source, slot)
            for line in f.lines:
                self.lift(line, slot)
            for source in f.case.sources:
                self.share(source, slot)
            for plant in f.case.plants:
                self.convert(plant, slot) if plant.status != "supplier" else self.supply(plant, slot)
        settle(self) if cut is None else keep_to_years(self)
        self.return_tolled()
        self.place_residue()
        keep_stocks(self)
        serve(self)
        sell(self)
        self.balance()

    # Time and money

    def pay(self, slot: tuple[int, int], *, rising: bool = False) -> float:
        """Discount factor, with what costs have risen to."""
        if self.cut:
            return 0.0
        return self.f.weight(*slot) * (self.f.risen(slot[0]) if rising else 1.0)

    def spend(self, first: int, v: int, usd_m: float) -> None:
        """What a budget for purchases counts, in the money of the year."""
        year = self.paid[self.f.year(first)]
        year[v] = year.get(v, 0.0) + usd_m

    def left(self, m: int, hit: Callable[[CutOff], bool]) -> float:
        """Share that is left in a month by all cuts that hit."""
        return math.prod(self.f.left_of(row, m - self.start - after) for row, after in self.phases if hit(row))

    def of_source(self, s: Source) -> Callable[[CutOff], bool]:
        return lambda row: self.f.is_hit(row, s)

    def of_line(self, x: ContractLine) -> Callable[[CutOff], bool]:
        return lambda row: self.f.line_is_hit(row, x)

    def running(self, m: int) -> list[CutOff]:
        """The cuts of the pattern that are on in a month; at the end the last one."""
        ends = [(after + row.months + row.return_months, row, after) for row, after in self.phases]
        on = [row for end, row, after in ends if after <= m - self.start < end]
        return on or [max(ends, key=lambda x: x[0])[1]]

    def at(self, levels: dict[int, Expression], month: float) -> Expression:
        """A level of the base plan at a month, on the straight line between two ends of periods."""
        if month in levels:
            return levels[int(month)]
        low = max(m for m in levels if m < month)
        high = min(m for m in levels if m > month)
        far = (month - low) / (high - low)
        return total([(1 - far, levels[low]), (far, levels[high])])

    # Sources

    def late(self, s: Source) -> int:
        """Months by which the plant of a source is late."""
        return self.delay(self.f.plant[s.plant], self.f.opened(self.f.plant[s.plant])) if s.plant and self.cut else 0

    def open(self, s: Source, m: int) -> float:
        """Share that a programme which is no decision opens of a source."""
        if not s.programme or self.f.programme[s.programme].status == "candidate":
            return 1.0
        return self.f.effective(self.f.programme[s.programme], None, m, self.start if self.cut else None)

    def for_sale(self, s: Source, m: int) -> float:
        f = self.f
        if self.cut is None:
            return s.spot_share * f.unhindered(s, m) * self.open(s, m)
        if s.minimum_lot_t > 0 and not s.lot_waived_in_crisis:
            return 0.0
        left = self.left(m, self.of_source(s)) * self.open(s, m) * s.spot_share
        if s.kind == "spot":
            return left * f.maximum(s, m, self.late(s)) * min(f.number(row.spot_availability, m) for row in self.running(m))
        if any(f.is_hit(row, s) and self.start + after <= m for row, after in self.phases):
            return left * f.normal(s, m, self.late(s))
        surge = 0.0 if s.surge is None else f.number(s.surge, m)
        return left * min(f.maximum(s, m, self.late(s)), f.normal(s, m, self.late(s)) * (1 + surge) ** ((m - self.start) / 12))

    def output(self, s: Source, m: int) -> float:
        if self.cut is None:
            return self.f.unhindered(s, m) * self.open(s, m)
        return self.f.maximum(s, m, self.late(s)) * self.left(m, self.of_source(s)) * self.open(s, m)

    def buy(self, s: Source, slot: tuple[int, int]) -> None:
        first, n = slot
        f, p = self.f, self.p
        limit = sum(self.for_sale(s, m) for m in range(first, first + n))
        if limit <= 0:
            return
        freight = f.number(s.freight_usd_per_kg, first) * f.dollars(s.currency, first) * f.risen(first) / 1000
        v = self.bought[s.source, first] = p.column(self.pay(slot) * freight, limit)
        if self.cut is None:
            price = f.source_price(s, first) / 1000
            slices: Expression = {v: -1.0}
            self.spend(first, v, freight)
            for width, factor in f.tiers(s):
                piece = p.column(self.pay(slot) * price * factor, width * n / 12)
                slices[piece] = 1.0
                self.spend(first, piece, price * factor)
            p.zero(slices)
            if s.order_cost_usd_m != 0 or s.minimum_lot_t > 0:
                fixed = f.number(s.order_cost_usd_m, first) * f.dollars(s.currency, first)
                order = p.column(self.pay(slot, rising=True) * fixed, 1.0, whole=True)
                p.at_most_zero({v: 1.0, order: -max(limit, s.minimum_lot_t)})
                p.at_most_zero({v: -1.0, order: s.minimum_lot_t})
        self.sail(s, None, v, slot)

    def lift(self, line: ContractLine, slot: tuple[int, int]) -> None:
        first, n = slot
        f, p, s = self.f, self.p, self.f.source[line.source]
        contract = f.contract[line.contract]
        for d in f.signings[line.contract]:
            if d is not None and d >= self.before:
                continue
            run = f.delivery(contract, d)
            right, extra = 0.0, {x.financing: 0.0 for x in self.c.financings(line.contract, True) if x.source == line.source}
            for m in (m for m in range(first, first + n) if m in run):
                called = self.cut is None or m >= self.start + contract.call_notice_months
                most = max(0.0, f.most(line, m, run.start, self.late(s)) - (0.0 if called else line.optional_t_per_yr / 12))
                right += most * self.left_of(line, m, most) * line.monthly_flexibility
                for x in (x for x in f.case.financings if x.financing in extra):
                    monthly = x.extra_max_t_per_yr / 12
                    extra[x.financing] += monthly * self.left_of(line, m, monthly) * line.monthly_flexibility
            if right + sum(extra.values()) <= 0:
                continue
            freight = f.number(s.freight_usd_per_kg, first) * f.dollars(s.currency, first) * f.risen(first)
            usd = (f.line_price(line, first) + freight) / 1000
            v = self.lifted[line.contract, line.source, d, first] = p.column(self.pay(slot) * usd, right if d is None else math.inf)
            self.spend(first, v, usd)
            if d is not None:
                row = {v: 1.0, self.c.signed[line.contract, d]: -right}
                row |= {self.c.financed[name, d]: -tonnes for name, tonnes in extra.items()}
                p.at_most_zero(row)
            self.sail(s, line, v, slot)

    def left_of(self, line: ContractLine, m: int, tonnes: float) -> float:
        """Share that is left of a right to so many tonnes: a line with priority takes first what is left of its source."""
        f, s = self.f, self.f.source[line.source]
        if not line.priority or tonnes <= 0 or not any(f.line_is_hit(row, line) for row, _ in self.phases):
            return self.left(m, self.of_line(line))
        named = self.left(m, lambda row: line.contract in row.contracts and f.concerned(row, (s.material,), s.form))
        return min(named, f.maximum(s, m, self.late(s)) * self.left(m, self.of_source(s)) / tonnes)

    def lifted_of(self, source: str, first: int) -> Expression:
        return {v: 1.0 for (_, s, _, t), v in self.lifted.items() if s == source and t == first}

    def taken(self, source: str, first: int) -> Expression:
        """What is bought and lifted of a source in a slot."""
        found = self.lifted_of(source, first)
        if (source, first) in self.bought:
            found[self.bought[source, first]] = 1.0
        return found

    def share(self, s: Source, slot: tuple[int, int]) -> None:
        """What is bought and lifted shares one output; of what a programme opens, so much is there as it has come."""
        first, n = slot
        months = range(first, first + n)
        taken = self.taken(s.source, first)
        self.p.limit(taken, sum(self.output(s, m) for m in months))
        row = self.f.programme.get(s.programme)
        if row is not None and row.status == "candidate":
            opened: Expression = {}
            sold: Expression = {}
            for (g, d), v in self.c.started.items():
                if g == row.programme and d < self.before:
                    opened[v] = -sum(self.f.effective(row, d, m, None) * self.output(s, m) for m in months)
                    sold[v] = -sum(self.f.effective(row, d, m, None) * self.for_sale(s, m) for m in months)
            self.p.at_most_zero(total(taken, opened))
            if (s.source, first) in self.bought:
                self.p.at_most_zero(total({self.bought[s.source, first]: 1.0}, sold))

    def supply(self, plant: Plant, slot: tuple[int, int]) -> None:
        """A supplier's plant limits its sources together."""
        first, n = slot
        made = sum(self.capacity(plant, self.f.opened(plant), m) for m in range(first, first + n))
        row: Expression = {None: -made}
        for s in self.f.case.sources:
            if s.plant == plant.plant:
                use = 1 / self.f.reo(s.material, s.form) if plant.capacity_mass == "product" else 1.0
                row = total(row, [(use, self.taken(s.source, first))])
        self.p.at_most_zero(row)

    # Shipping

    def land(self, s: Source, line: ContractLine | None, first: int, amount: dict[int | None, float]) -> None:
        for material, share in self.f.split(s.material, s.form).items():
            place = (("source", s.source), material, s.form, first)
            self.gives[place] = total(self.gives[place], [(share, amount)])
            if line is not None:
                self.spare[place[1:]] = total(self.spare[place[1:]], [(share, amount)])

    def arrived(self, s: Source, line: ContractLine | None, ordered: float, m: int) -> float:
        """Share that still arrives of what was under way when a cut hit it."""
        hit = self.of_source(s) if line is None else self.of_line(line)
        return math.prod(row.cargo_at_sea for row, after in self.phases if ordered < self.start + after <= m and hit(row))

    def sail(self, s: Source, line: ContractLine | None, v: int, slot: tuple[int, int]) -> None:
        first, n = slot
        self.sent.append((s, line, v, first, n))
        if not s.shipping_months:
            return self.land(s, line, first, {v: 1.0})
        a, e = arrivals(first, first + n, s.shipping_months, n)
        for to, k in self.slots:
            share = common(a, e, to, to + k) / n * self.arrived(s, line, first, to)
            if share:
                self.land(s, line, to, {v: share})
        return None

    def cargo(self) -> None:
        """What is under way when the run begins."""
        f = self.f
        ends = [(0, 1.0)]
        if self.cut is not None and self.start > 0:
            low, n = next((m, n) for m, n in f.slots if m < self.start <= m + n)
            done = (self.start - low) / n
            ends = [(low + n, done), (low, 1 - done)]
        for end, weight in (x for x in ends if x[1] > 0):
            back = self.start - end if self.cut is not None else 0
            for s in (s for s in f.case.sources if s.shipping_months):
                for to, k in self.slots:
                    share = common(0, s.shipping_months, to - back, to + k - back) / s.shipping_months
                    tonnes = weight * share * f.at_sea(s) * self.arrived(s, None, self.start - 1, to)
                    if tonnes:
                        self.land(s, None, to, {None: tonnes})
            for s, line, v, first, n in self.base.sent if self.base else ():
                if s.shipping_months and first + n <= end:
                    a, e = arrivals(first, first + n, s.shipping_months, n)
                    for to, k in self.slots:
                        share = common(a, e, to - back, to + k - back) / n
                        share *= weight * self.arrived(s, line, self.start - 1, to)
                        if share:
                            self.land(s, line, to, {v: share})

    # Plants

    def capacity(self, plant: Plant, online: int, m: int) -> float:
        """Capacity of a unit that is on line from a month, or later where a cut makes it late."""
        f = self.f
        online += self.delay(plant, online)
        left = self.left(m, lambda row: f.stops(row, plant))
        return plant.capacity_t_per_yr * plant.share_for_buyer / 12 * f.ramp(plant, online, m) * left

    def delay(self, plant: Plant, online: int) -> int:
        """Months by which cuts delay what is not on line when they fall: it is named, or its equipment comes from a cut country."""
        late = 0
        for row, after in self.phases:
            if online + late > self.start + after:
                waits = row.equipment_delay_months if set(plant.equipment_countries) & set(row.countries) else 0
                late += max(waits, row.late_months if plant.plant in row.late_plants else 0)
        return late

    def capacity_of(self, plant: Plant, slot: tuple[int, int]) -> Expression:
        f, c, months = self.f, self.c, range(slot[0], slot[0] + slot[1])
        if plant.status == "candidate":
            return total(
                (sum(self.capacity(plant, d + plant.permit_months + plant.build_months, m) for m in months), size)
                for (name, d), size in c.size.items()
                if name == plant.plant and d < self.before
            )
        whole = {m: self.capacity(plant, f.opened(plant), m) for m in months}
        if plant.may_stop == "no":
            return {None: sum(whole.values())}
        return total((tonnes, c.running(plant, m, self.before)) for m, tonnes in whole.items())

    def activities(
        self, plant: Plant
    ) -> Iterator[tuple[str, dict[tuple[str, str], float], dict[tuple[str, str], float], float, float, Any]]:
        """What a plant does with each material: (material, what a tonne gives, scrap, capacity use, tonnes that cost, cost per kg)."""
        f = self.f
        occurs = {x.material for rows in (f.case.sources, f.case.stocks) for x in rows if x.form == plant.input_form}
        mixes = f.form[plant.input_form].holds == "mixtures"
        for material in plant.materials or sorted(m for m in occurs if (m not in f.opm) == mixes):
            rate = next((r for r in f.case.plant_rates if (r.plant, r.material) == (plant.plant, material)), None)
            own = plant.recovery if rate is None or rate.recovery is None else rate.recovery
            recovery = {r.element: r.recovery for r in f.case.recoveries if r.plant == plant.plant}
            gives: dict[tuple[str, str], float] = defaultdict(float)
            if f.form[plant.output_form].holds == "mixtures":
                gives[material, plant.output_form] = recovery.get(material, own)
            for e, share in f.mixture[material].items() if f.form[plant.output_form].holds == "elements" else ():
                leaves = next(
                    (
                        (x.fraction, x.form)
                        for x in f.case.fractions
                        if (x.plant, x.material) == (plant.plant, material) and e in x.elements
                    ),
                    (e, plant.output_form),
                )
                gives[leaves] += share * recovery.get(e, own)
            scrap: dict[tuple[str, str], float] = {}
            if plant.scrap_form:
                lost = (1 - sum(gives.values())) * plant.scrap_return_share
                scrap = {(e, plant.scrap_form): lost * share for e, share in f.split(material, plant.scrap_form).items()}
            takes = {(e, plant.input_form): share for e, share in f.split(material, plant.input_form).items()}
            mass = {kind: self.weighed(plant, takes if kind == "feed" else gives) for kind in ("feed", "output")}
            use = mass[plant.capacity_basis]
            costs = mass[plant.capacity_basis if plant.cost_basis == "capacity" else plant.cost_basis]
            opex = plant.variable_opex_usd_per_kg
            if rate is not None:
                use = use if rate.capacity_use is None else rate.capacity_use
                opex = opex if rate.variable_opex_usd_per_kg is None else rate.variable_opex_usd_per_kg
            yield material, gives, scrap, use, costs, opex

    def weighed(self, plant: Plant, tonnes: dict[tuple[str, str], float]) -> float:
        own = plant.capacity_mass == "product"
        return sum(x / (self.f.reo(*k) if own else 1.0) for k, x in tonnes.items())

    def convert(self, plant: Plant, slot: tuple[int, int]) -> None:
        f, p, (first, n) = self.f, self.p, slot
        capacity = self.capacity_of(plant, slot)
        if not any(capacity.values()):
            return
        used: Expression = {}
        for material, gives, scrap, use, costs, opex in self.activities(plant):
            money = self.pay(slot, rising=True) * f.number(opex, first) * f.dollars(plant.currency, first)
            v = self.processed[plant.plant, material, first] = p.column(money * costs / 1000)
            used[v] = use
            for e, share in f.split(material, plant.input_form).items():
                self.takes[("plant", plant.plant), e, plant.input_form, first][v] = share
            a, e_ = arrivals(first, first + n, plant.transit_months, n)
            for to, k in self.slots if plant.transit_months else [slot]:
                share = common(a, e_, to, to + k) / n if plant.transit_months else 1.0
                if self.cut and plant.transit_months and share:
                    went = self.left(first, lambda row: f.stops(row, plant))
                    share *= min(1.0, self.left(to, lambda row: f.stops(row, plant)) / went) if went else 0.0
                if share:
                    self.come_out(plant, gives, scrap, to, {v: share})
        p.at_most_zero(total(used, [(-1.0, capacity)]))

    def come_out(self, plant: Plant, gives: Any, scrap: Any, first: int, went: Expression) -> None:
        for outputs, free in ((gives, len(gives) > 1), (scrap, True)):
            for (material, form), x in outputs.items():
                place = (("plant", plant.plant), material, form, first)
                self.gives[place] = total(self.gives[place], [(x, went)])
                if free:
                    self.spare[place[1:]] = total(self.spare[place[1:]], [(x, went)])

    def return_tolled(self) -> None:
        """What a toll plant had taken in before the cut comes out when it is due, as far as the cut lets it."""
        f = self.f
        for plant in f.case.plants if self.base else ():
            if plant.status == "supplier" or not plant.transit_months:
                continue
            for material, gives, scrap, *_ in self.activities(plant):
                for first, n in f.slots:
                    v = self.base.processed.get((plant.plant, material, first)) if self.base else None
                    if v is None or first >= self.start:
                        continue
                    a, _ = arrivals(first, first + n, plant.transit_months, n)
                    e = a + min(first + n, self.start) - first
                    for to, k in self.slots:
                        share = common(a, e, to, to + k) / n * self.left(to, lambda row, plant=plant: f.stops(row, plant))  # type: ignore[misc]
                        if share:
                            self.come_out(plant, gives, scrap, to, {v: share})

    def place_residue(self) -> None:
        """Residue goes to a site in the slot in which it arises, lies there, or is buried for good."""
        f, p, case = self.f, self.p, self.f.case
        if not (case.residues or case.residue_sites):
            return
        into: dict[tuple[str, int], Expression] = defaultdict(dict)
        for residue, name in dict.fromkeys((r.residue, r.plant) for r in case.residues):
            rates = {r.material: r.t_per_t for r in case.residues if (r.residue, r.plant) == (residue, name)}
            takers = [s for s in case.residue_sites if (not s.residues or residue in s.residues) and (not s.plants or name in s.plants)]
            for first, _ in self.slots:
                arises = {
                    v: rates.get(material, rates.get("", 0.0)) for (q, material, t), v in self.processed.items() if (q, t) == (name, first)
                }
                placed = {s.site: p.column() for s in takers}
                p.zero(total(arises, dict.fromkeys(placed.values(), -1.0)))
                for site, v in placed.items():
                    into[site, first][v] = 1.0
        self.lies: dict[str, dict[int, Expression]] = {}
        self.filled: dict[str, dict[int, Expression]] = {}
        for site in case.residue_sites:
            lies: Expression = {None: site.opening_t} if not self.base else self.at(self.base.lies[site.site], self.start)
            filled: Expression = {None: site.filled_t} if not self.base else self.at(self.base.filled[site.site], self.start)
            self.lies[site.site], self.filled[site.site] = {self.start: lies}, {self.start: filled}
            for first, n in self.slots:
                buried = p.column(self.pay((first, n), rising=True) * site.disposal_usd_per_t / 1e6)
                lies = total(lies, into[site.site, first], {buried: -1.0})
                filled = total(filled, {buried: 1.0})
                self.lies[site.site][first + n], self.filled[site.site][first + n] = lies, filled
                p.at_most_zero(total([(-1.0, lies)]))
                p.limit(lies, site.storage_t)
                if site.status == "existing":
                    p.limit(filled, site.cell_t * site.max_units)
                else:
                    wait = site.permit_months + site.build_months
                    ready = {
                        v: -site.cell_t for (s, d), v in self.c.cells.items() if s == site.site and d < self.before and d + wait <= first
                    }
                    p.at_most_zero(total(filled, ready))
                p.charge(lies, self.pay((first, n), rising=True) * site.storage_usd_per_t_yr * n / 12e6)
            if self.cut is None:
                at = f.discount(f.horizon) * f.risen(self.slots[-1][0])
                p.charge(lies, at * site.disposal_usd_per_t / 1e6)

    def balance(self) -> None:
        """What comes into the pool is used there, or disposed of; whoever a route names gives and takes along routes."""
        f, p = self.f, self.p
        pools: dict[tuple[str, str, int], Expression] = defaultdict(dict)
        travel(self, pools)
        for sign, places, apart in ((1.0, self.gives, self.senders), (-1.0, self.takes, self.receivers)):
            for (end, material, form, first), terms in places.items():
                if end not in apart:
                    pools[material, form, first] = total(pools[material, form, first], [(sign, terms)])
        for (material, form, first), terms in pools.items():
            if self.cut is None:
                n = dict(self.slots)[first]
                v = p.column(self.pay((first, n), rising=True) * f.form[form].disposal_usd_per_t / 1e6)
                self.disposed[material, form, first] = v
                p.zero(total(terms, {v: -1.0}))
            else:
                p.at_most_zero(total([(-1.0, terms)]))
