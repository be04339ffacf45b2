"""Values that are cited by name, and prices by month."""

from __future__ import annotations

import bisect
import math

from models.case import Case, ContractLine, Price, Source
from models.columns import Month
from optimizer.audit.clock import Clock
from optimizer.audit.materials import Materials


class Assumed:
    """Values of the assumptions by month of the plan."""

    def __init__(self, case: Case, clock: Clock) -> None:
        """Reads the assumptions of ``case``."""
        self._clock = clock
        self._listed: dict[str, dict[int, float]] = {}
        self._otherwise: dict[str, float] = {}
        self._worth = {row.currency: row.usd_per_unit for row in case.currencies}
        for row in case.assumptions:
            listed = self._listed.setdefault(row.assumption, {})
            if row.month is not None:
                listed[clock.month(row.month)] = row.value
            elif row.year is not None:
                listed[clock.month(Month(row.year, 1))] = row.value
            else:
                self._otherwise[row.assumption] = row.value
        self._dates = sorted({date for listed in self._listed.values() for date in listed})

    def at(self, value: float | str, m: int) -> float:
        """A number as it is; a name by month ``m``: the row with the latest date up to then (a year's is its January), else the row
        without one, else the first one dated.
        """
        if not isinstance(value, str):
            return value
        earlier = [listed for listed in self._listed.get(value, ()) if listed <= m]
        if earlier:
            return self._listed[value][max(earlier)]
        if value in self._otherwise:
            return self._otherwise[value]
        return self._listed[value][min(self._listed[value])]

    def usd(self, currency: str, m: int) -> float:
        """US dollars per unit of a currency in month ``m``; a dollar is a dollar."""
        return self.at(self._worth.get(currency, 1.0), m)

    def stretch(self, m: int) -> tuple[int, int]:
        """Names the stretch of months around ``m`` in which nothing that is cited or grows changes: its year, and how many dates of
        assumptions have passed.
        """
        return self._clock.year(m), bisect.bisect_right(self._dates, m)


class Prices:
    """Price indices by material, form and month, in USD per kg of contained oxide."""

    def __init__(self, case: Case, clock: Clock, materials: Materials, assumed: Assumed) -> None:
        """Reads the prices of ``case``."""
        self._clock = clock
        self._materials = materials
        self._assumed = assumed
        self._rows = {(row.index, row.material, row.form): row for row in case.prices}
        holding = sorted((form.position, form.form) for form in case.forms if form.holds == "elements")
        self._first_form = holding[0][1] if holding else ""
        self._seen: dict[tuple[str, str, str, tuple[int, int]], float | None] = {}

    def index(self, index: str, material: str, form: str, m: int) -> float | None:
        """The index's own row; else a mixture's or grade's value as the sum of its elements in that form, or else in the
        first form that holds elements. None: the index does not price it.
        """
        key = (index, material, form, self._assumed.stretch(m))
        if key not in self._seen:
            self._seen[key] = self._find(index, material, form, m)
        return self._seen[key]

    def source(self, source: Source, m: int) -> float:
        """A source's price: its index times its factor. Raises ``ValueError`` where the index does not price it."""
        price = self.index(source.price_index, source.material, source.form, m)
        if price is None:
            raise ValueError(f"index {source.price_index!r} has no price for {source.material} {source.form} of source {source.source!r}")
        return price * self._assumed.at(source.price_factor, m)

    def line(self, line: ContractLine, source: Source, m: int) -> float:
        """A contract line's price: index less discount, or fixed; not below the floor, then not above the cap.

        Raises ``ValueError`` where it has neither.
        """
        usd = self._assumed.usd(line.currency, m)
        price = None if line.fixed_usd_per_kg is None else line.fixed_usd_per_kg * usd
        if line.price_index:
            price = self.index(line.price_index, source.material, source.form, m)
            price = None if price is None else price * (1 - line.discount_pct / 100)
        if price is None:
            raise ValueError(f"contract {line.contract!r} has no price for source {line.source!r}")
        if line.floor_usd_per_kg is not None:
            price = max(price, line.floor_usd_per_kg * usd)
        return price if line.cap_usd_per_kg is None else min(price, line.cap_usd_per_kg * usd)

    def _find(self, index: str, material: str, form: str, m: int) -> float | None:
        """The price of one material, by the order of `index`."""
        row = self._rows.get((index, material, form))
        if row is not None:
            return self._of(row, m)
        if material not in self._materials.shares:
            return None
        here = self._basket(index, material, form, m)
        return self._basket(index, material, self._first_form, m) if here is None else here

    def _basket(self, index: str, material: str, form: str, m: int) -> float | None:
        """Sum of a material's elements at the index's prices in one form; None where one of them has no price there."""
        values = []
        for element, share in self._materials.shares[material].items():
            row = self._rows.get((index, element, form))
            if row is None:
                return None
            values.append(share * self._of(row, m))
        return math.fsum(values)

    def _of(self, row: Price, m: int) -> float:
        """A row's price, grown, x its profile, in US dollars."""
        grown = self._clock.grown(row.usd_per_kg, row.growth_pct_per_yr, m)
        return grown * self._assumed.at(row.profile, m) * self._assumed.usd(row.currency, m)
