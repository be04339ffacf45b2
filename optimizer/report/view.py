"""What the sheets share: the base plan's rows, by year, and what follows from them. Nothing here is written; nothing is decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from models.case import Case, Source
from models.chain import Activity, Commodity
from models.columns import Month
from models.cost import lowest_price
from models.plan import Arrival, Bought, Lifted, Plan, PlantUse, Processed, Replaced, Service, StockLevel, Surplus, Tolled
from models.run import Study

if TYPE_CHECKING:
    from optimizer.studies.survive import Survival

BASE = "base"
"""Name of the base plan's run."""

NOISE_T = 1e-9
"""Tonnes below which a figure is shown as zero."""

StoreKey = tuple[str, str, str]
"""(store, material, form)."""

AnyRun = TypeVar("AnyRun", Bought, Lifted, Arrival, Processed, PlantUse, Tolled, StockLevel, Service, Replaced, Surplus)


def tidy(tonnes: float) -> float:
    """The figure, or zero where it is noise."""
    return tonnes if abs(tonnes) >= NOISE_T else 0.0


@dataclass(frozen=True)
class Operation:
    """The rows of one run."""

    bought: tuple[Bought, ...]
    lifted: tuple[Lifted, ...]
    arrivals: tuple[Arrival, ...]
    processed: tuple[Processed, ...]
    plant_use: tuple[PlantUse, ...]
    tolled: tuple[Tolled, ...]
    stocks: tuple[StockLevel, ...]
    service: tuple[Service, ...]
    replaced: tuple[Replaced, ...]
    surplus: tuple[Surplus, ...]

    @property
    def periods(self) -> set[Month]:
        """First months of the slots in which anything is told; demand and stocks name every slot that matters here."""
        return {row.period for row in self.service} | {row.period for row in self.stocks}


class View:
    """A case and its plan, with the look-ups that several sheets need."""

    def __init__(self, case: Case, plan: Plan, audited: bool | None = None, survival: Survival | None = None) -> None:
        self.case = case
        self.plan = plan
        self.audited = audited
        """Whether the plan passed its re-computation; None: not told."""
        self.survival = survival
        """How long the plan survives; None: not asked."""
        self.study = Study(case)
        self.chain = self.study.chain
        self.horizon = self.study.horizon
        self.years: tuple[int, ...] = self.horizon.years

    def operation(self, run: str) -> Operation:
        """The rows of one run."""
        return Operation(
            bought=_of(self.plan.bought, run),
            lifted=_of(self.plan.lifted, run),
            arrivals=_of(self.plan.arrivals, run),
            processed=_of(self.plan.processed, run),
            plant_use=_of(self.plan.plant_use, run),
            tolled=_of(self.plan.tolled, run),
            stocks=_of(self.plan.stocks, run),
            service=_of(self.plan.service, run),
            replaced=_of(self.plan.replaced, run),
            surplus=_of(self.plan.surplus, run),
        )

    @cached_property
    def base(self) -> Operation:
        """The rows of the base plan."""
        return self.operation(BASE)

    @cached_property
    def periods(self) -> tuple[Month, ...]:
        """First months of the periods of the base plan."""
        return tuple(self.horizon.date(slot.first) for slot in self.horizon.slots)

    @cached_property
    def last_month(self) -> Month:
        """Last month of the plan."""
        return self.horizon.date(self.horizon.months - 1)

    @cached_property
    def activities(self) -> dict[tuple[str, str], Activity]:
        """What one tonne into a plant gives, by (plant, material)."""
        return {a.key: a for a in self.chain.activities}

    @cached_property
    def groups(self) -> dict[str, str]:
        """Group of each element; the element itself where none is given."""
        return {e.element: e.group or e.element for e in self.case.elements}

    def origin(self, source: str) -> str:
        """Every country that a source's material has passed, in words."""
        row = self.study.sources[source]
        return " + ".join(row.countries) or row.supplier or source

    def by_element(self, source: Source, tonnes: float) -> Iterable[tuple[str, float]]:
        """What a delivery contains, by element."""
        for element, share in self.chain.shares[source.material].items():
            yield element, share * tonnes

    @cached_property
    def value_usd_per_kg(self) -> dict[Commodity, float]:
        """What a commodity is worth: the lowest price at which the base plan can buy it in its first month, USD/kg REO.

        What no source sells is worth what its elements cost in the form that sells them dearest.
        """
        found: dict[Commodity, float] = {}
        known = {c: lowest_price(self.study, c, 0) for c in self.chain.commodities}
        dearest: dict[str, float] = defaultdict(float)
        for (material, _), price in known.items():
            dearest[material] = max(dearest[material], price)
        for (material, form), price in known.items():
            parts = self.chain.shares[material]
            found[material, form] = price or sum(share * dearest[e] for e, share in parts.items())
        return found

    def worth_usd_m(self, commodity: Commodity, tonnes: float) -> float:
        """Value of tonnes of a commodity, million USD."""
        return tonnes * self.value_usd_per_kg.get(commodity, 0.0) / 1000

    @cached_property
    def stock_value_usd_m(self) -> dict[StoreKey, float]:
        """Mean value of each store over the base plan, million USD; dearest first. Stores that never hold anything are left out."""
        mean: dict[StoreKey, float] = defaultdict(float)
        for row in self.base.stocks:
            held = row.level_t * row.months / self.horizon.months
            mean[row.store, row.material, row.form] += self.worth_usd_m((row.material, row.form), held)
        order = {k: i for i, k in enumerate(self.study.stocks)}
        return dict(sorted(mean.items(), key=lambda item: (-item[1], order.get(item[0], 0))))

    @cached_property
    def target_value_usd_m(self) -> dict[StoreKey, float]:
        """Highest value of the target of each store that must hold anything, million USD; dearest first."""
        most: dict[StoreKey, float] = defaultdict(float)
        for t in self.plan.targets:
            if t.target_t > NOISE_T:
                key = (t.store, t.material, t.form)
                most[key] = max(most[key], self.worth_usd_m(key[1:], t.target_t))
        order = {k: i for i, k in enumerate(self.study.stocks)}
        return dict(sorted(most.items(), key=lambda item: (-item[1], order.get(item[0], 0))))

    @cached_property
    def supply_by_origin(self) -> dict[tuple[str, str, int], float]:
        """Bought and lifted in the base plan, t REO, by (element, origin, year), all forms together."""
        found: dict[tuple[str, str, int], float] = defaultdict(float)
        deliveries = [(b.source, b.period.year, b.bought_t) for b in self.base.bought]
        deliveries += [(f.source, f.period.year, f.lifted_t) for f in self.base.lifted]
        for source, year, tonnes in deliveries:
            origin = self.origin(source)
            for element, part in self.by_element(self.study.sources[source], tonnes):
                found[element, origin, year] += part
        return found

    @cached_property
    def element_value_usd_m(self) -> dict[str, float]:
        """Value of all supply of each element, million USD at the prices of the first month; dearest first."""
        worth: dict[str, float] = defaultdict(float)
        price: dict[str, float] = defaultdict(float)
        for (material, _), usd in self.value_usd_per_kg.items():
            if self.chain.is_element(material):
                price[material] = max(price[material], usd)
        for (element, _, _), tonnes in self.supply_by_origin.items():
            worth[element] += tonnes * price[element] / 1000
        return dict(sorted(worth.items(), key=lambda item: -item[1]))


def _of(rows: tuple[AnyRun, ...], run: str) -> tuple[AnyRun, ...]:
    return tuple(row for row in rows if row.run == run)
