"""Numbers that follow from a case month by month, worked out a second time from the meaning of the workbook's columns.

Nothing of the model is used: the case's records alone.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import cached_property
from typing import Any

from models.case import Case, Contract, ContractLine, CutOff, Plant, Programme, Source, Stock, Store

WHO = ("countries", "sources", "plants", "contracts", "stores", "routes", "late_plants")


def combined(case: Case) -> Case:
    """The case with a row for every combination that a cut-off of so many at once stands for."""
    rows: list[CutOff] = []
    for cut in case.cutoffs:
        if cut.at_once is None:
            rows.append(cut)
            continue
        every = [(w, name) for w in WHO for name in getattr(cut, w)]
        for some in itertools.combinations(every, cut.at_once):
            who: dict[str, Any] = {w: tuple(n for v, n in some if v == w) for w in WHO}
            words = f"{cut.cutoff}: {' + '.join(n for _, n in some)}"
            rows.append(dataclasses.replace(cut, cutoff=words, at_once=None, **who))
    return dataclasses.replace(case, cutoffs=tuple(rows))


class Facts:
    """What the columns of a case say of each month, counted from the start of the plan."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.start = case.settings.start
        self.horizon = case.settings.horizon_months
        self.rate = case.settings.discount_rate_pct / 100
        self.opm = {e.element: e.oxide_per_metal for e in case.elements}
        self.mixture: dict[str, dict[str, float]] = {e: {e: 1.0} for e in self.opm}
        for c in case.compositions:
            self.mixture.setdefault(c.mixture, {})[c.element] = c.share
        self.in_product: dict[str, float] = {}
        for r in case.recipes:
            self.in_product[r.grade] = self.in_product.get(r.grade, 0.0) + r.kg_per_kg * self.opm[r.element]
        for r in case.recipes:
            self.mixture.setdefault(r.grade, {})[r.element] = r.kg_per_kg * self.opm[r.element] / self.in_product[r.grade]
        self.form = {f.form: f for f in case.forms}
        self.source = {s.source: s for s in case.sources}
        self.plant = {p.plant: p for p in case.plants}
        self.contract = {c.contract: c for c in case.contracts}
        self.programme = {p.programme: p for p in case.programmes}
        self.store = {s.store: s for s in case.stores}
        self.cut = {c.cutoff: c for c in case.cutoffs}
        s = case.settings
        firsts = [*range(min(s.fine_months, self.horizon)), *range(s.fine_months, self.horizon, s.coarse_period_months)]
        self.slots = [(m, end - m) for m, end in itertools.pairwise([*firsts, self.horizon])]
        self.dates = range(0, self.horizon, s.decision_every_months)

    # Calendar and money

    def month(self, date: Any, default: int) -> int:
        return default if date is None else (date.year - self.start.year) * 12 + date.month - self.start.month

    def year(self, m: int) -> int:
        return self.start.plus(m).year

    def grown(self, pct: float, m: int) -> float:
        return float((1 + pct / 100) ** (self.year(m) - self.start.year))

    def risen(self, m: int) -> float:
        """What costs have risen to by escalation."""
        return self.grown(self.case.settings.escalation_pct_per_yr, m)

    def number(self, value: Any, m: int) -> float:
        """A number, or an assumption's at a month: the last dated row up to it; else the one without a date; else the first."""
        if not isinstance(value, str):
            return float(value)
        rows = [a for a in self.case.assumptions if a.assumption == value]
        dated = sorted((self.month(a.month, 0) if a.month else (a.year - self.start.year) * 12 + 1 - self.start.month, a.value)  # type: ignore[operator]
                       for a in rows if a.month or a.year is not None)  # fmt: skip
        passed = [v for at, v in dated if at <= m]
        undated = [a.value for a in rows if a.month is None and a.year is None]
        return (passed[-1:] or undated or [dated[0][1]])[0]

    def dollars(self, currency: str, m: int) -> float:
        return next((self.number(c.usd_per_unit, m) for c in self.case.currencies if c.currency == currency), 1.0)

    def discount(self, months: float) -> float:
        return float((1 + self.rate) ** (-months / 12))

    def weight(self, first: int, n: int) -> float:
        """Discount factor of the money of a slot."""
        return self.discount(first + (n / 2 if self.case.settings.discounting == "middle" else 0))

    def annuity(self, capital: float, years: int) -> float:
        return capital / years if self.rate == 0 else capital * self.rate / (1 - (1 + self.rate) ** -years)

    def capital(self, row: Any, ready: int, currency: str = "USD") -> float:
        """A unit of capital, paid while it is built, worth so many dollars on the day on which it is ready."""
        worth = 0.0
        for m, share in self.spent(row, ready):
            at = m + 0.5 if row.build_months else m
            worth += share * self.dollars(currency, m) * self.risen(m) * (1 + self.rate) ** ((ready - at) / 12)
        return worth

    def spent(self, row: Any, ready: int) -> list[tuple[int, float]]:
        """(month, share of the capital paid in it)."""
        n = row.build_months
        if not n:
            return [(ready, 1.0)]
        if not row.spend_pct:
            return [(ready - n + k, 1 / n) for k in range(n)]
        found = []
        for k in range(n):
            of_year = min(12, n - k // 12 * 12)
            pct = row.spend_pct[k // 12] if k // 12 < len(row.spend_pct) else 0.0
            found.append((ready - n + k, pct / 100 / of_year))
        return found

    # Materials

    def split(self, material: str, form: str) -> dict[str, float]:
        """As what a material is counted in a form."""
        return self.mixture[material] if self.form[form].holds == "elements" else {material: 1.0}

    def reo(self, material: str, form: str) -> float:
        """Tonnes of oxide in a tonne of the form's own mass."""
        if self.form[form].mass == "product":
            return self.in_product.get(material, 1.0)
        if self.form[form].mass != "metal":
            return 1.0
        return 1 / sum(share / self.opm[e] for e, share in self.mixture[material].items())

    def price(self, index: str, material: str, form: str, m: int) -> float:
        rows = {(p.material, p.form): p for p in self.case.prices if p.index == index}
        row = rows.get((material, form))
        if row:
            return row.usd_per_kg * self.dollars(row.currency, m) * self.grown(row.growth_pct_per_yr, m) * self.number(row.profile, m)
        if material in self.opm:
            raise KeyError(material)
        parts = self.mixture[material]
        if not all((e, form) in rows for e in parts):
            form = min((f.position, f.form) for f in self.case.forms if f.holds == "elements")[1]
        return sum(share * self.price(index, e, form, m) for e, share in parts.items())

    def source_price(self, s: Source, m: int) -> float:
        return self.price(s.price_index, s.material, s.form, m) * self.number(s.price_factor, m)

    # Supply

    def ramp(self, p: Plant, online: int, m: int) -> float:
        """Share of a plant's capacity in a month, availability included."""
        if m < online or (p.offline is not None and m > self.month(p.offline, 0)):
            return 0.0
        return p.ramp_pct[min((m - online) // 12, len(p.ramp_pct) - 1)] / 100 * self.number(p.availability, m)

    def opened(self, p: Plant) -> int:
        """First month of a plant that stands."""
        return self.month(p.online, -1200)

    def maximum(self, s: Source, m: int, late: int = 0) -> float:
        """Most that a source gives in a month; ``late``: months by which its plant is."""
        if m < self.month(s.first_month, 0) or m > self.month(s.last_month, 9999):
            return 0.0
        most = self.number(s.max_t_per_yr, m) / 12 * self.grown(s.growth_pct_per_yr, m) * self.number(s.availability, m)
        return most * self.ramp(self.plant[s.plant], self.opened(self.plant[s.plant]) + late, m) if s.plant else most

    def normal(self, s: Source, m: int, late: int = 0) -> float:
        if s.normal_t_per_yr is None:
            return self.maximum(s, m, late)
        return min(self.maximum(s, m, late), s.normal_t_per_yr / 12 * self.grown(s.growth_pct_per_yr, m))

    def unhindered(self, s: Source, m: int) -> float:
        """What the base plan can get: the maximum, or the normal flow risen by the surge since the start."""
        if s.surge is None or s.normal_t_per_yr is None:
            return self.maximum(s, m)
        risen = s.normal_t_per_yr / 12 * self.grown(s.growth_pct_per_yr, m) * (1 + self.number(s.surge, m)) ** ((m + 1) / 12)
        return min(self.maximum(s, m), risen)

    def tiers(self, s: Source) -> list[tuple[float, float]]:
        """Width in t/yr and factor of each tier, by rising price."""
        rows = sorted((t.upto_t_per_yr or math.inf, t.price_factor) for t in self.case.price_tiers if t.source == s.source)
        if not rows:
            return [(math.inf, 1.0)]
        ends = [0.0, *(upto for upto, _ in rows)]
        rows[-1] = (math.inf, rows[-1][1])
        return [(upto - low, factor) for low, (upto, factor) in zip(ends, rows, strict=False)]

    def at_sea(self, s: Source) -> float:
        """Under way on the first day."""
        if s.at_sea_t is not None or s.kind == "spot" or s.programme:
            return s.at_sea_t or 0.0
        return s.spot_share * self.normal(s, 0) * s.shipping_months

    # Contracts

    def delivery(self, c: Contract, signed: int | None) -> range:
        first = self.month(c.first_delivery, 0)
        if signed is not None:
            first = max(first, signed + c.lead_months)
        return range(first, first + 12 * c.tenor_years)

    @cached_property
    def signings(self) -> dict[str, list[int | None]]:
        """By contract the months at which it can be signed; None: it is in force."""
        found: dict[str, list[int | None]] = {}

        def dates(c: Contract) -> list[int | None]:
            if c.contract in found:
                return found[c.contract]
            if c.status == "in force":
                return [None]
            if c.status == "expired":
                return []
            days: list[int] = list(self.dates)
            if c.extends:
                first = self.contract[c.extends]
                days = sorted({self.delivery(first, d).stop - c.lead_months for d in dates(first)})
            opens, closes = max(0, self.month(c.sign_from, 0)), self.month(c.sign_to, self.horizon)
            return [d for d in days if opens <= d <= closes and self.delivery(c, d).start < self.horizon]

        for c in self.case.contracts:
            found[c.contract] = dates(c)
        return found

    @staticmethod
    def of_year(values: tuple[float, ...], m: int, begun: int) -> float:
        return values[min(max(m - begun, 0) // 12, len(values) - 1)]

    def most(self, line: ContractLine, m: int, begun: int, late: int = 0) -> float:
        output = self.of_year(line.max_share, m, begun) * self.maximum(self.source[line.source], m, late)
        if line.max_t_per_yr:
            output = min(output, self.of_year(line.max_t_per_yr, m, begun) / 12)
        bought = [f for f in self.case.financings if (f.contract, f.source) == (line.contract, line.source) and not f.optional]
        return output + sum(f.extra_max_t_per_yr for f in bought) / 12

    def least(self, line: ContractLine, m: int, begun: int) -> float:
        share = self.of_year(line.min_share, m, begun) * self.maximum(self.source[line.source], m)
        return min(self.most(line, m, begun), max(self.of_year(line.min_t_per_yr, m, begun) / 12, share))

    def line_index(self, line: ContractLine, m: int) -> float:
        s = self.source[line.source]
        return self.price(line.price_index, s.material, s.form, m)

    def line_price(self, line: ContractLine, m: int) -> float:
        usd = self.dollars(line.currency, m)
        price = self.line_index(line, m) * (1 - line.discount_pct / 100) if line.price_index else (line.fixed_usd_per_kg or 0.0) * usd
        if line.floor_usd_per_kg is not None:
            price = max(price, line.floor_usd_per_kg * usd)
        if line.cap_usd_per_kg is not None:
            price = min(price, line.cap_usd_per_kg * usd)
        return price

    def settlement(self, line: ContractLine, signed: int | None, slot: tuple[int, int]) -> int:
        """What a slot's settlement year is called: the calendar year, or the month in which the contract year begins."""
        c = self.contract[line.contract]
        first, n = slot
        if c.settled == "calendar year":
            return self.year(first)
        begins = self.delivery(c, signed).start
        counted = begins
        if n > 1:
            counted = next((m for m, k in self.slots if m <= begins < m + k), begins)
        return begins + math.floor((first - counted) / 12) * 12

    # Programmes

    def effective(self, p: Programme, decided: int | None, m: int, cut: int | None) -> float:
        """Share of its full effect that a programme has in a month."""
        if p.status == "contingency":
            return 0.0 if cut is None or m < cut + p.lead_months else p.ramp_pct[min(m - cut - p.lead_months, len(p.ramp_pct) - 1)] / 100
        begins = self.month(p.online, -1200) if decided is None else decided + p.lead_months
        return 0.0 if m < begins else p.ramp_pct[min((m - begins) // 12, len(p.ramp_pct) - 1)] / 100

    def startings(self, p: Programme) -> list[int]:
        if p.status != "candidate":
            return []
        low, high = self.month(p.decide_from, 0), self.month(p.decide_to, self.horizon)
        return [d for d in self.dates if low <= d <= high and d + p.lead_months < self.horizon]

    def buildings(self, row: Any) -> list[int]:
        """When a candidate (plant or site) can be decided, so that it is ready inside the plan."""
        if row.status != "candidate":
            return []
        low, high = self.month(row.decide_from, 0), self.month(row.decide_to, self.horizon)
        return [d for d in self.dates if low <= d <= high and d + row.permit_months + row.build_months < self.horizon]

    # Cut-offs

    def chain(self, cut: CutOff) -> list[tuple[CutOff, int]]:
        """A cut-off and those that follow it, each with the months after the start at which it falls."""
        found = [(cut, 0)]
        while found[-1][0].then:
            last, after = found[-1]
            wait = last.months if last.then_after_months is None else last.then_after_months
            found.append((self.cut[last.then], after + wait))
        return found

    @staticmethod
    def left_of(cut: CutOff, n: int) -> float:
        """Share of the flow that is left in the month ``n`` of a cut."""
        if n < 0:
            return 1.0
        deepest = cut.severity * cut.ramp_pct[min(n, cut.months - 1, len(cut.ramp_pct) - 1)] / 100
        returned = min(1.0, max(0, n - cut.months + 1) / (cut.return_months + 1))
        return 1 - deepest + deepest * returned

    def concerned(self, cut: CutOff, materials: tuple[str, ...], form: str) -> bool:
        if cut.forms and form not in cut.forms:
            return False
        return not cut.elements or any(e in cut.elements for material in materials for e in self.mixture[material])

    def is_hit(self, cut: CutOff, s: Source) -> bool:
        named = s.source in cut.sources or (s.plant and s.plant in cut.plants) or any(c in cut.countries for c in s.countries)
        return bool(named) and self.concerned(cut, (s.material,), s.form)

    def line_is_hit(self, cut: CutOff, line: ContractLine) -> bool:
        s = self.source[line.source]
        return self.is_hit(cut, s) or (line.contract in cut.contracts and self.concerned(cut, (s.material,), s.form))

    def stops(self, cut: CutOff, p: Plant) -> bool:
        abroad = p.country in cut.countries and self.concerned(cut, p.materials or tuple(self.opm), p.output_form)
        return p.plant in cut.plants or abroad

    def closes(self, cut: CutOff, k: Stock) -> bool:
        """Whether a stock is out of reach."""
        stands = k.store in self.store and self.store[k.store].country in cut.countries
        return (k.store in cut.stores or stands) and self.concerned(cut, (k.material,), k.form)

    def window(self, cut: CutOff) -> int:
        """Months in which a cut is tested: cut, return, and the longest shipping time of what is cut."""
        ends = []
        for row, after in self.chain(cut):
            ships = [s.shipping_months for s in self.case.sources if self.is_hit(row, s)]
            ships += [self.source[x.source].shipping_months for x in self.lines if self.line_is_hit(row, x)]
            ends.append(after + row.months + row.return_months + math.ceil(max(ships, default=0)))
        return max(ends)

    @cached_property
    def lines(self) -> list[ContractLine]:
        return [x for x in self.case.contract_lines if self.contract[x.contract].status != "expired"]

    @cached_property
    def padding(self) -> int:
        return max((self.window(c) for c in self.case.cutoffs if c.active and c.must_survive), default=0)

    @cached_property
    def last_month(self) -> int:
        """No series is needed beyond it."""
        return self.horizon + max(map(self.window, self.case.cutoffs), default=0) + 1

    def room(self, k: Stock | Store, m: int) -> float:
        return math.inf if k.capacity_t is None else self.number(k.capacity_t, m) * self.grown(k.growth_pct_per_yr, m)


def arrivals(first: float, end: float, months: float, whole: int) -> tuple[float, float]:
    """When a flow that sets out evenly from ``first`` to ``end`` arrives; of a single month that would arrive for the greater part in
    a later one, all does (``whole``: length of the slot)."""
    if whole == 1 and months % 1 > 0.5 + 1e-9:
        months = math.ceil(months)
    return first + months, end + months


def common(a: float, b: float, first: float, end: float) -> float:
    """Months that two stretches of time have in common."""
    return max(0.0, min(b, end) - max(a, first))
