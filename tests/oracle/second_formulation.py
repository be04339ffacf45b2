"""The same problem, written a second time from the meaning of the workbook's columns, for commitments that are given.

Nothing of the model is used: the case's records alone. It is built differently on purpose: no variables for stock
levels (a level is the sum of what went in and out), contracts and plants are numbers, all patterns and the base plan are one linear
program for scipy. `cheapest` tries every set of commitments.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import scipy.sparse as sp
from scipy.optimize import linprog

from models.case import Case, Contract, ContractLine, CutOff, Demand, Plant, Source, Stock

Expression = dict[Any, float]
"""Coefficient by variable; under ``None`` the constant."""

Commitments = tuple[dict[str, int], dict[tuple[str, int], int]]
"""Month of signature by contract; units by plant and month of decision."""


def cheapest(case: Case) -> float:
    """Cost of the cheapest plan that survives every start of every cut-off, million USD; infinite where there is none."""
    return min(Problem(case, *chosen).solve() for chosen in commitments(case))


def commitments(case: Case) -> Iterator[Commitments]:
    """Every set of commitments that the exclusive groups and sites allow."""
    dates = range(0, case.settings.horizon_months, case.settings.decision_every_months)
    offers = [c for c in case.contracts if c.status == "on offer"]
    sites = [p for p in case.plants if p.status == "candidate"]
    keys = [(p.plant, d) for p in sites for d in dates]
    top = {p.plant: p.max_units for p in sites}
    for signing in itertools.product(*([None, *dates] for _ in offers)):
        signed = {c.contract: d for c, d in zip(offers, signing, strict=True) if d is not None}
        groups = [c.exclusive_group for c in offers if c.contract in signed and c.exclusive_group]
        if len(set(groups)) < len(groups):
            continue
        for units in itertools.product(*(range(top[p] + 1) for p, _ in keys)):
            built = {k: n for k, n in zip(keys, units, strict=True) if n}
            if all(sum(n for (q, _), n in built.items() if q == p) <= top[p] for p in top):
                yield signed, built


class Facts:
    """Numbers that follow from a case month by month."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.start = case.settings.start
        self.horizon = case.settings.horizon_months
        self.rate = case.settings.discount_rate_pct / 100
        self.opm = {e.element: e.oxide_per_metal for e in case.elements}
        self.mixture: dict[str, dict[str, float]] = {e: {e: 1.0} for e in self.opm}
        for c in case.compositions:
            self.mixture.setdefault(c.mixture, {})[c.element] = c.share
        self.form = {f.form: f for f in case.forms}
        self.source = {s.source: s for s in case.sources}
        self.plant = {p.plant: p for p in case.plants}

    def year(self, m: int) -> int:
        return self.start.plus(m).year

    def grown(self, pct: float, m: int) -> float:
        return float((1 + pct / 100) ** (self.year(m) - self.start.year))

    def number(self, value: Any, m: int) -> float:
        """A number, or an assumption's by year or month; every assumption here has a row without date or one of the first month."""
        if not isinstance(value, str):
            return float(value)
        now = str(self.start.plus(m))
        rows = sorted((str(a.month or a.year or ""), a.value) for a in self.case.assumptions if a.assumption == value)
        return [v for date, v in rows if date <= now][-1]

    def discount(self, months: float) -> float:
        return float((1 + self.rate) ** (-months / 12))

    def price(self, index: str, material: str, form: str, m: int) -> float:
        row = next((p for p in self.case.prices if (p.index, p.material, p.form) == (index, material, form)), None)
        if row:
            return row.usd_per_kg * self.grown(row.growth_pct_per_yr, m) * self.number(row.profile, m)
        return sum(share * self.price(index, e, "powder", m) for e, share in self.mixture[material].items())

    def ramp(self, plant: Plant, online: int, m: int) -> float:
        return 0.0 if m < online else plant.ramp_pct[min((m - online) // 12, len(plant.ramp_pct) - 1)] / 100

    def maximum(self, s: Source, m: int) -> float:
        return self.number(s.max_t_per_yr, m) / 12 * self.grown(s.growth_pct_per_yr, m) * self.number(s.availability, m)

    def normal(self, s: Source, m: int) -> float:
        if s.normal_t_per_yr is None:
            return self.maximum(s, m)
        return min(self.maximum(s, m), s.normal_t_per_yr / 12 * self.grown(s.growth_pct_per_yr, m))

    def unhindered(self, s: Source, m: int) -> float:
        """What the base plan can get: the maximum, or the normal flow risen by the surge since the start."""
        if s.surge is None or s.normal_t_per_yr is None:
            return self.maximum(s, m)
        risen = s.normal_t_per_yr / 12 * self.grown(s.growth_pct_per_yr, m) * (1 + self.number(s.surge, m)) ** ((m + 1) / 12)
        return min(self.maximum(s, m), risen)

    def most(self, line: ContractLine, m: int) -> float:
        share = line.max_share[0] * self.maximum(self.source[line.source], m)
        return min(share, line.max_t_per_yr[0] / 12) if line.max_t_per_yr else share

    def least(self, line: ContractLine, m: int) -> float:
        return min(self.most(line, m), max(line.min_t_per_yr[0] / 12, line.min_share[0] * self.maximum(self.source[line.source], m)))

    def line_price(self, line: ContractLine, m: int) -> float:
        s = self.source[line.source]
        price = self.price(line.price_index, s.material, s.form, m) * (1 - line.discount_pct / 100)
        return price if line.floor_usd_per_kg is None else max(price, line.floor_usd_per_kg)

    def annuity(self, capital: float, years: int) -> float:
        return capital / years if self.rate == 0 else capital * self.rate / (1 - (1 + self.rate) ** -years)

    def left(self, cut: CutOff, start: int, m: int) -> float:
        """Share of the flow that a cut leaves, `start` being its first month."""
        back = max(0, m - start - cut.months + 1) / (cut.return_months + 1)
        return 1 - cut.severity * max(0.0, 1 - back)

    def concerned(self, cut: CutOff, materials: tuple[str, ...]) -> bool:
        return not cut.elements or any(e in cut.elements for material in materials for e in self.mixture[material])

    def window(self, cut: CutOff) -> int:
        """Cut, return, and the longest shipping time of what is cut."""
        ships = [math.ceil(s.shipping_months) for s in self.case.sources if self.is_hit(cut, s)]
        return cut.months + cut.return_months + max(ships, default=0)

    def tiers(self, s: Source) -> list[tuple[float, float]]:
        """Width in t/yr and factor of each tier, by rising price."""
        rows = sorted((t.price_factor, t.upto_t_per_yr or math.inf) for t in self.case.price_tiers if t.source == s.source)
        ends = [0.0, *(upto for _, upto in rows)]
        return [(upto - low, factor) for low, (factor, upto) in zip(ends, rows, strict=False)] or [(math.inf, 1.0)]

    def is_hit(self, cut: CutOff, s: Source) -> bool:
        named = s.source in cut.sources or s.plant in cut.plants or any(c in cut.countries for c in s.countries)
        return named and self.concerned(cut, (s.material,))

    def stops(self, cut: CutOff, p: Plant) -> bool:
        return p.plant in cut.plants or (p.country in cut.countries and self.concerned(cut, p.materials or tuple(self.opm)))


class Problem:
    """The linear program that is left when the commitments are given."""

    def __init__(self, case: Case, signed: dict[str, int], built: dict[tuple[str, int], int]) -> None:
        self.case, self.f = case, Facts(case)
        self.signed, self.built = signed, built
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.equal: list[Expression] = []
        self.at_most_zero: list[Expression] = []
        self.constant = 0.0
        self.yes_or_no: set[int] = set()
        self.sent: list[tuple[Source, str, int, tuple[float, float, float], int]] = []

    def solve(self) -> float:
        """Least cost; infinite where nothing survives."""
        s = self.case.settings
        firsts = [*range(min(s.fine_months, s.horizon_months)), *range(s.fine_months, s.horizon_months, s.coarse_period_months)]
        slots = [(m, end - m) for m, end in itertools.pairwise([*firsts, s.horizon_months])]
        opening = {k: {None: k.opening_t * self.f.number(k.opening_share, 0)} for k in self.case.stocks}
        levels = self.operate(slots, None, 0, opening)
        self.commit(slots)
        for cut in self.case.cutoffs:
            first = cut.first_start.ordinal - s.start.ordinal if cut.first_start else 0
            for start in [m for m in (*firsts, s.horizon_months) if m >= first]:
                handed = {k: levels[k][start] if start else opening[k] for k in self.case.stocks}
                self.operate([(start + n, 1) for n in range(self.f.window(cut))], cut, start, handed)
        done = linprog(
            self.cost,
            A_ub=self.matrix(self.at_most_zero),
            b_ub=[-e.get(None, 0.0) for e in self.at_most_zero],
            A_eq=self.matrix(self.equal),
            b_eq=[-e.get(None, 0.0) for e in self.equal],
            bounds=list(zip(itertools.repeat(0.0), self.upper)),
            integrality=[1 if v in self.yes_or_no else 0 for v in range(len(self.cost))] if self.yes_or_no else None,
            method="highs",
        )
        assert done.status in (0, 2), done.message
        return float(done.fun) + self.constant if done.status == 0 else math.inf

    def matrix(self, rows: list[Expression]) -> Any:
        entries = [(i, v, c) for i, row in enumerate(rows) for v, c in row.items() if v is not None]
        i, v, c = zip(*entries, strict=True)
        return sp.csr_matrix((c, (i, v)), shape=(len(rows), len(self.cost)))

    def column(self, cost: float, upper: float = math.inf) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def signings(self, before: int) -> list[tuple[Contract, int | None, range]]:
        """Contracts that deliver to a run, with their months of delivery."""
        found: list[tuple[Contract, int | None, range]] = []
        for c in self.case.contracts:
            if c.status == "in force":
                found.append((c, None, range(c.tenor_years * 12)))
            elif self.signed.get(c.contract, before) < before:
                first = self.signed[c.contract] + c.lead_months
                if first < self.f.horizon:
                    found.append((c, self.signed[c.contract], range(first, first + c.tenor_years * 12)))
        return found

    def operate(
        self, slots: list[tuple[int, int]], cut: CutOff | None, start: int, opening: dict[Stock, Expression]
    ) -> dict[Stock, dict[int, Expression]]:
        """One run: the base plan, or a cut. Its variables, its rules and (base plan only) its costs; levels by the month after a slot."""
        f, s = self.f, self.case.settings
        before = f.horizon if cut is None else start
        level = {k: dict(opening[k]) for k in opening}
        after: dict[Stock, dict[int, Expression]] = {k: {} for k in opening}
        self.lifted: dict[tuple[str, int], list[int]] = defaultdict(list)
        sailing: list[tuple[Source, str, int | None, tuple[float, float, float]]] = []
        for x in self.case.sources:
            if x.shipping_months:
                normal = x.spot_share * f.normal(x, 0) * x.shipping_months if x.kind == "term" else 0.0
                self.opening_cargo(sailing, x, normal if x.at_sea_t is None else x.at_sea_t, cut, start)
        if cut is not None:
            for source, sort, variable, moved, ordered in self.sent:
                if ordered <= start < moved[1]:
                    lost = cut.cargo_at_sea if f.is_hit(cut, source) else 1.0
                    sailing.append((source, sort, variable, (moved[0], moved[1], moved[2] * lost)))
        for first, n in slots:
            months = range(first, first + n)
            weight = 0.0 if cut else f.discount(first + (n / 2 if s.discounting == "middle" else 0))
            flow: dict[tuple[str, str], Expression] = defaultdict(lambda: defaultdict(float))
            spare: dict[tuple[str, str], Expression] = defaultdict(lambda: defaultdict(float))
            output: dict[str, Expression] = defaultdict(dict)

            def arrives(
                variable: int | None, source: Source, flow: Any = flow, spare: Any = spare, *, amount: float = 1.0, surplus: bool = False
            ) -> None:
                split = f.mixture[source.material] if f.form[source.form].holds == "elements" else {source.material: 1.0}
                for material, share in split.items():
                    flow[material, source.form][variable] += share * amount
                    if surplus:
                        spare[material, source.form][variable] += share * amount

            def sail(
                source: Source, sort: str, variable: int, first: int, n: int, arrives: Any = arrives, flow: Any = flow, spare: Any = spare
            ) -> None:
                """What is ordered in the slot lands in it as far as it can, and later as a share of what sails."""
                sets_out, months = first + source.shipping_months, source.shipping_months
                here = max(0.0, n - months) / n
                if here:
                    arrives(variable, source, flow, spare, amount=here, surplus=sort == "lifted")
                if here < 1:
                    sailing.append((source, sort, variable, (max(sets_out, first + n), sets_out + n, 1 - here)))
                if cut is None:
                    self.sent.append((source, sort, variable, (sets_out, sets_out + n, 1.0), first + n))

            for source, sort, variable, moved in sailing:
                common = min(moved[1], first + n) - max(moved[0], first)
                if common > 0:
                    arrives(variable, source, amount=moved[2] * common / (moved[1] - moved[0]), surplus=sort == "lifted")
            for source in self.case.sources:
                price = f.price(source.price_index, source.material, source.form, first) * f.number(source.price_factor, first)
                limit = source.spot_share * sum(self.for_sale(source, cut, start, m) for m in months)
                freight = f.number(source.freight_usd_per_kg, first)
                bought = self.column(weight * freight / 1000, limit)
                slices: Expression = {bought: -1.0}
                for width, factor in f.tiers(source):
                    slices[self.column(weight * price * factor / 1000, width * n / 12)] = 1.0
                self.equal.append(slices)
                if source.order_cost_usd_m and not cut and limit:
                    order = self.column(weight * f.number(source.order_cost_usd_m, first), 1.0)
                    self.yes_or_no.add(order)
                    self.at_most_zero.append({bought: 1.0, order: -limit})
                output[source.source][bought] = 1.0
                sail(source, "bought", bought, first, n)
            for contract, signed, delivery in self.signings(before):
                for line in (x for x in self.case.contract_lines if x.contract == contract.contract):
                    source = f.source[line.source]
                    share = {m: f.left(cut, start, m) if cut and f.is_hit(cut, source) else 1.0 for m in months}
                    right = sum(share[m] * f.most(line, m) for m in months if m in delivery)
                    lifted = self.column(weight * (f.line_price(line, first) + f.number(source.freight_usd_per_kg, first)) / 1000, right)
                    output[source.source][lifted] = 1.0
                    sail(source, "lifted", lifted, first, n)
                    self.lifted[contract.contract, f.year(first)].append(lifted)
                    assert signed is None or signed < before
            for source in self.case.sources:
                share = {m: f.left(cut, start, m) if cut and f.is_hit(cut, source) else 1.0 for m in months}
                total = sum((share[m] * f.maximum(source, m)) if cut else f.unhindered(source, m) for m in months)
                self.at_most_zero.append({**output[source.source], None: -total})
            self.convert(months, weight, cut, start, before, flow, spare, output)
            for k in self.case.stocks:
                fits = math.inf if k.capacity_t is None else f.number(k.capacity_t, first) * f.grown(k.growth_pct_per_yr, first)
                half = weight * k.handling_usd_per_t / 2e6
                added, drawn = self.column(half), self.column(half, fits * k.release_pct_per_month / 100 * n)
                flow[k.material, k.form][added] -= 1
                flow[k.material, k.form][drawn] += 1
                spare[k.material, k.form][drawn] += 1
                kept = (1 - k.loss_pct_per_yr / 100) ** (n / 12)
                now: Expression = {v: c * kept for v, c in level[k].items()}
                now[added], now[drawn] = 1.0, -1.0
                level[k] = after[k][first + n] = now
                low = 0.0 if cut else max(f.number(k.minimum_t, first), k.final_t if first + n == f.horizon else 0.0)
                self.at_most_zero.append({**{v: -c for v, c in now.items()}, None: low - now.get(None, 0.0)})
                if fits < math.inf:
                    self.at_most_zero.append({**now, None: now.get(None, 0.0) - fits})
                self.charge(now, weight * sum(f.number(k.storage_usd_per_t_yr, m) for m in months) / 12e6)
                if cut is None and first + n == f.horizon:
                    worth = s.terminal_stock_share * self.lowest_price(k, first + n - 1) / 1000
                    self.charge(now, -worth * f.discount(f.horizon))
            for d in self.case.demands:
                self.serve(d, months, weight, cut, flow)
            for sale in self.case.sales:
                taken = sum(f.number(sale.max_t_per_yr, m) for m in months) / 12
                sold = self.column(-weight * f.number(sale.usd_per_kg, first) / 1000, taken)
                flow[sale.material, sale.form][sold] -= 1
                self.at_most_zero.append({sold: 1.0, **{v: -c for v, c in spare[sale.material, sale.form].items()}})
            for (_, form), terms in flow.items():
                terms[self.column(weight * f.form[form].disposal_usd_per_t / 1e6)] = -1.0
                self.equal.append(dict(terms))
        return after

    def opening_cargo(self, sailing: list[Any], source: Source, tonnes: float, cut: CutOff | None, start: int) -> None:
        """What is at sea on the first day, a constant, as far as it has not arrived before the run."""
        if cut is not None and self.f.is_hit(cut, source):
            tonnes *= cut.cargo_at_sea
        if tonnes and start < source.shipping_months:
            sailing.append((source, "bought", None, (0.0, source.shipping_months, tonnes)))

    def charge(self, expression: Expression, cost: float) -> None:
        for v, c in expression.items():
            if v is None:
                self.constant += cost * c
            else:
                self.cost[v] += cost * c

    def for_sale(self, source: Source, cut: CutOff | None, start: int, m: int) -> float:
        f = self.f
        if cut is None:
            return f.unhindered(source, m)
        hit = f.is_hit(cut, source)
        share = f.left(cut, start, m) if hit else 1.0
        if source.kind == "spot":
            return share * f.maximum(source, m) * f.number(cut.spot_availability, m)
        if hit:
            return share * f.normal(source, m)
        return min(f.maximum(source, m), f.normal(source, m) * (1 + f.number(source.surge or 0.0, m)) ** ((m - start) / 12))

    def convert(
        self, months: range, weight: float, cut: CutOff | None, start: int, before: int, flow: Any, spare: Any, output: Any
    ) -> None:
        f = self.f
        for p in self.case.plants:
            share = {m: f.number(p.availability, m) * (f.left(cut, start, m) if cut and f.stops(cut, p) else 1.0) for m in months}
            full = p.capacity_t_per_yr * p.share_for_buyer / 12
            if p.status == "candidate":
                capacity = sum(
                    n * full * share[m] * f.ramp(p, d + p.permit_months + p.build_months, m)
                    for (q, d), n in self.built.items()
                    if q == p.plant and d < before and d + p.permit_months + p.build_months < f.horizon
                    for m in months
                )
            else:
                capacity = sum(full * share[m] for m in months)
            if p.status == "supplier":
                taken = [output[s.source] for s in self.case.sources if s.plant == p.plant]
                self.at_most_zero.append({None: -capacity, **{v: c for terms in taken for v, c in terms.items()}})
                continue
            recovery = {r.element: r.recovery for r in self.case.recoveries if r.plant == p.plant}
            used: Expression = {None: -capacity}
            for material in p.materials or ("mixed",):
                parts = f.mixture[material]
                gives = {e: x * recovery.get(e, p.recovery) for e, x in parts.items()}
                counted = parts if p.capacity_basis == "feed" else gives
                form = f.form[p.input_form if p.capacity_basis == "feed" else p.output_form]
                metal = form.mass == "metal" and p.capacity_mass == "product"
                use = sum(x / (f.opm[e] if metal else 1.0) for e, x in counted.items())
                v = self.column(weight * f.number(p.variable_opex_usd_per_kg, months[0]) * use / 1000)
                used[v] = use
                flow[material, p.input_form][v] -= 1
                for e, x in gives.items():
                    flow[e, p.output_form][v] += x
                    if len(gives) > 1:
                        spare[e, p.output_form][v] += x
                if p.scrap_form:
                    for e, x in parts.items():
                        flow[e, p.scrap_form][v] += x * (1 - sum(gives.values())) * p.scrap_return_share
                        spare[e, p.scrap_form][v] += x * (1 - sum(gives.values())) * p.scrap_return_share
            self.at_most_zero.append(used)

    def serve(self, d: Demand, months: range, weight: float, cut: CutOff | None, flow: Any) -> None:
        f = self.f
        reo = f.opm[d.material] if f.form[d.form].mass == "metal" else 1.0
        wanted = sum(f.number(d.t_per_yr, m) * reo / 12 * f.grown(d.growth_pct_per_yr, m) * f.number(d.profile, m) for m in months)
        penalty = weight * f.number(d.shortage_usd_per_kg, months[0]) / reo / 1000
        served = self.column(-penalty, wanted)
        self.constant += penalty * wanted
        flow[d.material, d.form][served] -= 1
        if cut and d.protected:
            self.at_most_zero.append({served: -1.0, None: d.service_level * wanted})

    def lowest_price(self, k: Stock, m: int) -> float:
        f = self.f
        offers = [
            f.number(s.price_factor, m) * f.price(s.price_index, k.material, k.form, m)
            for s in self.case.sources
            if s.form == k.form
            and (s.material == k.material or (f.form[k.form].holds == "elements" and k.material in f.mixture[s.material]))
        ]
        return min(offers, default=0.0)

    def commit(self, slots: list[tuple[int, int]]) -> None:
        """What the commitments cost: minimums not lifted, prepayments, capital and fixed costs."""
        f, s = self.f, self.case.settings
        weight = {first: f.discount(first + (n / 2 if s.discounting == "middle" else 0)) for first, n in slots}

        padding = max(map(f.window, self.case.cutoffs), default=0)
        after = (f.horizon, padding)
        weight[f.horizon] = f.discount(f.horizon + (padding / 2 if s.discounting == "middle" else 0))

        def yearly(amount: float, first: int, end: float, charged: tuple[tuple[int, int], ...] = (*slots, after)) -> float:
            """What is paid for the months from `first` to `end`, inside the plan and in the longest window behind it."""
            return sum(amount / 12 * weight[m] * max(0, min(m + n, end) - max(m, first)) for m, n in charged)

        for contract, signed, delivery in self.signings(f.horizon):
            if signed is not None:
                capital = contract.upfront_usd_m * (1 + f.rate) ** ((delivery.start - signed) / 12)
                self.constant += yearly(f.annuity(capital, contract.tenor_years), delivery.start, delivery.stop)
            for line in (x for x in self.case.contract_lines if x.contract == contract.contract):
                for year in {f.year(m) for m, _ in slots}:
                    inside = [(m, n) for m, n in slots if f.year(m) == year]
                    owed = sum(f.least(line, t) for m, n in inside for t in range(m, m + n) if t in delivery)
                    at = sum(weight[m] * n for m, n in inside) / sum(n for _, n in inside)
                    price = f.line_price(line, inside[0][0]) * contract.take_or_pay_share
                    unlifted = self.column(at * price / 1000)
                    self.at_most_zero.append({unlifted: -1.0, None: owed, **dict.fromkeys(self.base_lifted(contract, year), -1.0)})
        for (p, d), n in self.built.items():
            plant = f.plant[p]
            online = d + plant.permit_months + plant.build_months
            if online >= f.horizon:
                continue
            spent = [1.0] if not plant.build_months else [(1 + f.rate) ** ((k + 0.5) / 12) for k in range(plant.build_months)]
            capital = plant.capex_usd_m * sum(spent) / len(spent)
            self.constant += n * yearly(f.annuity(capital, plant.life_years), online, online + 12 * plant.life_years)
            self.constant += n * yearly(plant.fixed_opex_usd_m_per_yr, online, math.inf)
        for plant in self.case.plants:
            if plant.status == "existing":
                self.constant += yearly(plant.fixed_opex_usd_m_per_yr, 0, f.horizon)

    def base_lifted(self, contract: Contract, year: int) -> list[int]:
        """Liftings of a contract in a calendar year of the base plan, which is operated first; each contract here has one line."""
        return self.lifted[contract.contract, year]
