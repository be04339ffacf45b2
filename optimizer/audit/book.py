"""All that the audit derives from the case alone, once."""

from __future__ import annotations

import functools
import math

from models.case import Case, Contract, Demand, ProgrammeEffect, Source, Stock, Store
from optimizer.audit.chain import Chain
from optimizer.audit.clock import Clock, Slot
from optimizer.audit.cuts import Cut
from optimizer.audit.limits import Limits
from optimizer.audit.materials import Materials, Parts
from optimizer.audit.values import Assumed, Prices

DemandKey = tuple[str, str, str]
"""(sector, material, form)."""

EffectKey = tuple[str, str, str, str]
"""(programme, sector, material, form)."""

StockKey = tuple[str, str, str]
"""(store, material, form)."""


class Book:
    """The audit's own reading of a case."""

    def __init__(self, case: Case) -> None:
        """Computes limits, demand, prices and activities by month, to the end of the last window that can be tested."""
        self.case = case
        self.clock = Clock(case.settings)
        self.materials = Materials(case)
        self.assumed = Assumed(case, self.clock)
        self.prices = Prices(case, self.clock, self.materials, self.assumed)
        self.cuts = {row.cutoff: Cut(row, self.materials, case.cutoffs, _shipped_lines(case)) for row in case.cutoffs}
        self.months = self.clock.horizon + max((cut.window for cut in self.cuts.values()), default=0)
        self.limits = Limits(case, self.clock, self.assumed, self.months)
        self.chain = Chain(case, self.clock, self.materials, self.assumed)
        self.contracts = {row.contract: row for row in case.contracts}
        self.arrivals = {row.source: self.materials.arrives_as(row.material, row.form) for row in case.sources}
        self.demands: dict[DemandKey, Demand] = {(row.sector, row.material, row.form): row for row in case.demands}
        self.wanted = {key: self._wanted(row) for key, row in self.demands.items()}
        self.programmes = {row.programme: row for row in case.programmes}
        self.effects: dict[EffectKey, ProgrammeEffect] = {(e.programme, e.sector, e.material, e.form): e for e in case.programme_effects}
        self.instead = {key: self._instead(row) for key, row in self.effects.items()}
        self.stocks = {(row.store, row.material, row.form): row for row in case.stocks}
        self.stores = {row.store: row for row in case.stores}
        self.routes = {row.route: row for row in case.routes}
        self.sales = {(row.material, row.form): row for row in case.sales}

    def mean_factor(self, source: str, tonnes: float, months: int) -> float:
        """Mean factor that a source's price tiers put on so many tonnes bought in a period: each tier, from the cheapest, takes the
        period's share of its yearly volume, the last all the rest. Of nothing: the first tier's.
        """
        steps = self._tiers.get(source)
        if not steps:
            return 1.0
        if tonnes <= 0:
            return steps[0][1]
        left, paid, below = tonnes, 0.0, 0.0
        for number, (upto, factor) in enumerate(steps, 1):
            room = left if number == len(steps) else min(left, (upto - below) * months / 12)
            paid, left, below = paid + room * factor, left - room, upto
        return paid / tonnes

    @functools.cached_property
    def _tiers(self) -> dict[str, list[tuple[float, float]]]:
        """(upper end in t/yr, factor) of every source's price tiers, by rising volume."""
        found: dict[str, list[tuple[float, float]]] = {}
        for row in self.case.price_tiers:
            found.setdefault(row.source, []).append((math.inf if row.upto_t_per_yr is None else row.upto_t_per_yr, row.price_factor))
        return {source: sorted(steps) for source, steps in found.items()}

    @functools.cached_property
    def shipped(self) -> dict[str, float]:
        """Shipping time of every source that has one, in months."""
        return {row.source: row.shipping_months for row in self.case.sources if row.shipping_months > 0}

    def opening_cargo(self, source: str) -> float:
        """What of a source is at sea on the first day: as stated; blank: of a term source the normal monthly flow x the shipping time x
        the share for sale without a contract; of a spot market, or of what a programme opens, nothing.
        """
        row = self.limits.sources[source]
        if row.at_sea_t is not None:
            return row.at_sea_t
        return 0.0 if row.kind == "spot" or row.programme else self.limits.flows[source].normal[0] * row.shipping_months * row.spot_share

    def yearly(self, value: float | str, slot: Slot) -> float:
        """What a yearly figure, cited or not, comes to in a period: a twelfth for each month."""
        first, months = slot
        return math.fsum(self.assumed.at(value, m) for m in range(first, first + months)) / 12

    def usd(self, currency: str, m: int) -> float:
        """US dollars per unit of a currency in month ``m``."""
        return self.assumed.usd(currency, m)

    def risen(self, m: int) -> float:
        """What costs have risen to by the calendar year of month ``m``."""
        return self.clock.grown(1.0, self.case.settings.escalation_pct_per_yr, m)

    def fits(self, row: Stock | Store, m: int) -> float | None:
        """What fits in a store in a period that begins at month ``m``; None: no limit."""
        return None if row.capacity_t is None else self.clock.grown(self.assumed.at(row.capacity_t, m), row.growth_pct_per_yr, m)

    def opening(self, key: StockKey) -> float:
        """What lies in a store on the first day: the opening stock times the share that is really there, at the start's year."""
        row = self.stocks[key]
        return row.opening_t * self.assumed.at(row.opening_share, 0)

    def _instead(self, row: ProgrammeEffect) -> Parts:
        """What is used per tonne replaced, t REO each: tonnes per tonne of own mass x the demand's mass factor / the other's."""
        if not row.serves_material:
            return ()
        factor = self.materials.mass_factor(row.material, row.form) / self.materials.mass_factor(row.serves_material, row.serves_form)
        arriving = self.materials.arrives_as(row.serves_material, row.serves_form)
        return tuple((commodity, share * row.t_per_t * factor) for commodity, share in arriving)

    def _wanted(self, row: Demand) -> list[float]:
        """Demand per month in t REO: yearly tonnes, grown, x profile / 12 / mass factor."""
        factor = self.materials.mass_factor(row.material, row.form)
        grown = (self.clock.grown(self.assumed.at(row.t_per_yr, m), row.growth_pct_per_yr, m) for m in range(self.months))
        return [tonnes * self.assumed.at(row.profile, m) / 12 / factor for m, tonnes in enumerate(grown)]


def _shipped_lines(case: Case) -> list[tuple[Contract | None, Source]]:
    """Every source that ships: without a contract, and with each that gives a right to it."""
    shipped = {row.source: row for row in case.sources if row.shipping_months > 0}
    contracts = {row.contract: row for row in case.contracts if row.status != "expired"}
    lines = [(line.contract, line.source) for line in case.contract_lines if line.source in shipped and line.contract in contracts]
    return [*((None, row) for row in shipped.values()), *((contracts[c], shipped[s]) for c, s in lines)]


def total(values: list[float], first: int, months: int) -> float:
    """Sum of monthly values over a period."""
    return math.fsum(values[first : first + months])
