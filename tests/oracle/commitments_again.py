"""Commitments of the second formulation: what can be decided, what links decisions, what they cost."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

from facts import Facts
from program import Expression, Program, total

from models.case import Financing, Plant


def one_of(n: int) -> list[tuple[int, ...]]:
    """Nothing, or one of ``n``."""
    return [tuple(int(k == chosen) for k in range(n)) for chosen in range(-1, n)]


def up_to(n: int, most: int) -> list[tuple[int, ...]]:
    """All ways to place no more than ``most`` on ``n`` dates."""
    return [x for x in itertools.product(range(most + 1), repeat=n) if sum(x) <= most]


class Commitments:
    """Columns of what is decided, by name and date."""

    def __init__(self, facts: Facts, program: Program) -> None:
        self.f, self.p = facts, program
        self.signed: dict[tuple[str, int], int] = {}
        self.built: dict[tuple[str, int], int] = {}
        self.size: dict[tuple[str, int], Expression] = {}
        self.capex: dict[tuple[str, int], Expression] = {}
        self.started: dict[tuple[str, int], int] = {}
        self.financed: dict[tuple[str, int], int] = {}
        self.cells: dict[tuple[str, int], int] = {}
        self.state: dict[str, dict[tuple[str, int], int]] = {}
        for c, dates in facts.signings.items():
            days = [d for d in dates if d is not None]
            self.choose(self.signed, c, days, one_of(len(days)))
            for row in self.financings(c, True):
                self.choose(self.financed, row.financing, days, itertools.product((0, 1), repeat=len(days)))
                for d in days:
                    program.at_most_zero({self.financed[row.financing, d]: 1.0, self.signed[c, d]: -1.0})
        for plant in facts.case.plants:
            days = facts.buildings(plant)
            self.choose(self.built, plant.plant, days, up_to(len(days), plant.max_units))
            for d in days:
                self.sizing(plant, d)
            if plant.status == "existing" and plant.may_stop != "no":
                self.stop(plant)
        for g in facts.case.programmes:
            days = facts.startings(g)
            self.choose(self.started, g.programme, days, one_of(len(days)))
        for site in facts.case.residue_sites:
            days = facts.buildings(site) if site.cell_t > 0 else []
            self.choose(self.cells, site.site, days, up_to(len(days), site.max_units))
        self.link()

    def choose(self, kind: dict[tuple[str, int], int], name: str, days: list[int], alternatives: Iterable[Iterable[int]]) -> None:
        """Columns for some dates, of which one set of values is chosen."""
        if not days:
            return
        sets = [tuple(x) for x in alternatives]
        columns = [self.p.column(0.0, max(x[k] for x in sets), whole=True) for k in range(len(days))]
        kind.update({(name, d): v for d, v in zip(days, columns, strict=True)})
        self.p.decision(columns, sets)
        most = max(map(sum, sets))
        if most < sum(max(x[k] for x in sets) for k in range(len(days))):
            self.p.limit(dict.fromkeys(columns, 1.0), most)

    def financings(self, contract: str, optional: bool) -> list[Financing]:
        return [row for row in self.f.case.financings if row.contract == contract and row.optional is optional]

    def sizing(self, plant: Plant, d: int) -> None:
        """What is built at a date, in units of the plant's capacity, and its capital: on one segment of its curve where it has one."""
        key, units = (plant.plant, d), self.built[plant.plant, d]
        points = sorted((x.capacity_t_per_yr, x.capex_usd_m) for x in self.f.case.capex_curve if x.plant == plant.plant)
        if not points:
            self.size[key], self.capex[key] = {units: 1.0}, {units: plant.capex_usd_m}
            return
        size, capex, chosen = {}, {}, {units: -1.0}
        for (low, low_usd), (high, high_usd) in itertools.pairwise(points):
            on, beyond = self.p.column(0.0, 1.0, whole=True), self.p.column()
            chosen[on] = 1.0
            self.p.at_most_zero({beyond: 1.0, on: low - high})
            size.update({on: low / plant.capacity_t_per_yr, beyond: 1 / plant.capacity_t_per_yr})
            capex.update({on: low_usd, beyond: (high_usd - low_usd) / (high - low)})
        self.p.zero(chosen)
        self.size[key], self.capex[key] = size, capex

    def stop(self, plant: Plant) -> None:
        """Every history of a plant that may stop: by decision date it runs, lies idle, or is closed for good; then it stays so."""
        days = list(self.f.dates)
        kinds = "RMX" if plant.may_stop == "mothball" else "RX"
        histories = []
        for h in itertools.product(kinds, repeat=len(days)):
            if all(b == "X" or a != "X" for a, b in itertools.pairwise(h)):
                again = [k > 0 and h[k] == "R" and h[k - 1] == "M" for k in range(len(days))]
                closed = [h[k] == "X" and (k == 0 or h[k - 1] != "X") for k in range(len(days))]
                histories.append([*(x == "R" for x in h), *(x == "M" for x in h), *again, *closed])
        columns = [self.p.column(0.0, 1.0, whole=True) for _ in range(4 * len(days))]
        n = len(days)
        for k, kind in enumerate(("runs", "idle", "again", "closed")):
            self.state.setdefault(kind, {}).update({(plant.plant, d): columns[k * n + j] for j, d in enumerate(days)})
        # the histories are what is chosen from: one column each, for the case that not all are tried
        chosen = [self.p.column(0.0, 1.0, whole=True) for _ in histories]
        self.p.zero({None: -1.0, **dict.fromkeys(chosen, 1.0)})
        for j, v in enumerate(columns):
            self.p.zero({v: -1.0, **{c: float(h[j]) for c, h in zip(chosen, histories, strict=True) if h[j]}})
        sets = []
        for k, h in enumerate(histories):
            sets.append([*(int(x) for x in h), *(int(k == j) for j in range(len(histories)))])
        self.p.decision([*columns, *chosen], sets)

    def decided(self, name: str, upto: float = math.inf) -> Expression:
        """How much of a name is decided up to a date."""
        kinds = (self.signed, self.built, self.started)
        return {v: 1.0 for kind in kinds for (n, d), v in kind.items() if n == name and d <= upto}

    def there(self, name: str) -> bool:
        """Whether what is named is no decision."""
        f = self.f
        if name in f.contract:
            return f.contract[name].status == "in force"
        return f.plant[name].status != "candidate" if name in f.plant else f.programme[name].status != "candidate"

    def link(self) -> None:
        """Groups of which one is taken; what requires, excludes, extends something else."""
        f, p = self.f, self.p
        for rows, kind in ((f.contract, self.signed), (f.plant, self.built), (f.programme, self.started)):
            groups: dict[str, Expression] = {}
            for (name, _), v in kind.items():
                groups.setdefault(rows[name].exclusive_group, {})[v] = 1.0  # type: ignore[index]
            for group, taken in groups.items():
                if group:
                    p.limit(taken, 1.0)
        for (name, d), v in self.signed.items():
            c = f.contract[name]
            for needed in c.requires:
                if not self.there(needed):
                    p.at_most_zero(total({v: 1.0}, [(-1.0, self.decided(needed, d))]))
            if c.extends and f.contract[c.extends].status != "in force":
                first = f.contract[c.extends]
                fits = {u: -1.0 for (n, k), u in self.signed.items() if n == c.extends and f.delivery(first, k).stop == d + c.lead_months}
                p.at_most_zero({v: 1.0, **fits})
            for beside in c.excludes:
                if self.there(beside):
                    p.at_most_zero({v: 1.0})
                else:
                    for other in self.decided(beside):
                        p.limit({v: p.upper[other], other: 1.0}, p.upper[other])
        for (name, d), v in self.built.items():
            for needed in f.plant[name].requires:
                if not self.there(needed):
                    p.at_most_zero(total({v: 1.0}, [(-p.upper[v], self.decided(needed, d))]))
        for (name, d), v in self.started.items():
            for needed in f.programme[name].requires:
                if f.programme[needed].status == "candidate":
                    p.at_most_zero(total({v: 1.0}, [(-1.0, {u: 1.0 for (n, k), u in self.started.items() if n == needed and k <= d})]))

    # Cost

    def yearly(self, first: float, end: float, *, behind: bool = True, factor: Any = None) -> float:
        """Discounted years from a month to another, in the plan and in the longest window behind it; ``factor`` by first month of slot."""
        f = self.f
        slots = [*f.slots, (f.horizon, f.padding)] if behind else f.slots
        found = 0.0
        for m, n in slots:
            months = max(0.0, min(m + n, end) - max(m, first))
            if months:
                found += months / 12 * f.weight(m, n) * (factor(m) if factor else 1.0)
        return found

    def charge(self, base: Any) -> None:
        """What commitments cost: annuities, and what goes on while they last."""
        f, p = self.f, self.p
        for (name, d), v in self.signed.items():
            c = f.contract[name]
            run = f.delivery(c, d)
            grown = (1 + f.rate) ** ((run.start - d) / 12)
            years = self.yearly(run.start, run.stop)
            p.charge({v: 1.0}, f.annuity(c.upfront_usd_m * f.dollars(c.currency, d) * grown, c.tenor_years) * years)
            for row in self.f.case.financings:
                if row.contract == name:
                    net = self.net(row, run.start - d)
                    paid = self.financed[row.financing, d] if row.optional else v
                    p.charge({paid: 1.0}, f.annuity(net * grown, c.tenor_years) * years)
        for (name, d), capex in self.capex.items():
            plant = f.plant[name]
            online = d + plant.permit_months + plant.build_months
            worth = f.capital(plant, online, plant.currency)
            p.charge(capex, f.annuity(worth, plant.life_years) * self.yearly(online, online + 12 * plant.life_years))
            p.charge(self.size[name, d], plant.fixed_opex_usd_m_per_yr * self.yearly(online, math.inf, factor=self.prices(plant.currency)))
        for plant in f.case.plants:
            if plant.status == "existing":
                self.standing(plant)
        for g in f.case.programmes:
            if g.status == "in force":
                p.constant += g.fixed_usd_m_per_yr * self.yearly(f.month(g.online, -1200), f.horizon, behind=False, factor=f.risen)
        for (name, d), v in self.started.items():
            g = f.programme[name]
            begins = d + g.lead_months
            worth = g.capex_usd_m * f.risen(d) * (1 + f.rate) ** (g.lead_months / 12)
            p.charge({v: 1.0}, f.annuity(worth, g.life_years) * self.yearly(begins, begins + 12 * g.life_years))
            p.charge({v: 1.0}, g.fixed_usd_m_per_yr * self.yearly(begins, math.inf, factor=f.risen))
        for site in f.case.residue_sites:
            if site.status == "existing":
                p.constant += site.fixed_opex_usd_m_per_yr * self.yearly(0, f.horizon, behind=False, factor=f.risen)
        for (name, d), v in self.cells.items():
            site = next(s for s in f.case.residue_sites if s.site == name)
            ready = d + site.permit_months + site.build_months
            worth = site.capex_usd_m * f.capital(site, ready)
            p.charge({v: 1.0}, f.annuity(worth, site.life_years) * self.yearly(ready, ready + 12 * site.life_years))
            p.charge({v: 1.0}, site.fixed_opex_usd_m_per_yr * self.yearly(ready, math.inf, factor=f.risen))
        for store in f.case.stores:
            p.constant += store.fixed_usd_m_per_yr * self.yearly(0, f.horizon, behind=False, factor=self.prices(store.currency))

    def prices(self, currency: str) -> Any:
        return lambda m: self.f.dollars(currency, m) * self.f.risen(m)

    def net(self, row: Financing, wait: int) -> float:
        """Worth at signature of what is put up less what comes back."""
        f = self.f
        if row.kind == "loan":
            i = row.interest_pct_per_yr / 100
            paid = row.usd_m / row.years if i == 0 else row.usd_m * i / (1 - (1 + i) ** -row.years)
            return row.usd_m - sum(paid * f.discount(12 * k) for k in range(1, row.years + 1))
        if row.kind == "prepayment":
            return row.usd_m - sum(row.usd_m / row.years * f.discount(wait + 12 * k + 6) for k in range(row.years))
        return row.usd_m - row.usd_m * row.resale_share * f.discount(12 * row.years)

    def standing(self, plant: Plant) -> None:
        """Fixed cost of a plant that exists: always, or by its state; and what its changes cost."""
        f, p = self.f, self.p
        first, last = f.opened(plant), min(f.horizon, f.month(plant.offline, 9999) + 1)
        money = self.prices(plant.currency)
        if plant.may_stop == "no":
            p.constant += plant.fixed_opex_usd_m_per_yr * self.yearly(first, last, behind=False, factor=money)
            return
        for d, end in itertools.pairwise([*f.dates, f.horizon]):
            years = self.yearly(max(d, first), min(end, last), behind=False, factor=money)
            p.charge({self.state["runs"][plant.plant, d]: 1.0}, plant.fixed_opex_usd_m_per_yr * years)
            p.charge({self.state["idle"][plant.plant, d]: 1.0}, plant.fixed_opex_usd_m_per_yr * plant.mothball_opex_share * years)
            at = f.weight(d, 1) * money(d)
            p.charge({self.state["again"][plant.plant, d]: 1.0}, plant.restart_usd_m * at)
            p.charge({self.state["closed"][plant.plant, d]: 1.0}, plant.retire_usd_m * at)

    def running(self, plant: Plant, m: int, before: int) -> Expression:
        """Share of a plant that may stop which runs in a month, of what was decided before a month; a restart takes its months."""
        days = [d for d in self.f.dates if d <= m and d < before]
        if not days:
            return {None: 1.0}
        found: Expression = {self.state["runs"][plant.plant, days[-1]]: 1.0}
        if plant.may_stop == "mothball":
            for d in days[1:]:
                if m < d + plant.restart_months:
                    found[self.state["again"][plant.plant, d]] = -1.0
        return found
