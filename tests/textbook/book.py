"""Published cases as workbooks: data only, in the sheets that every planner uses.

All follow the same conventions, which `docs/textbook.md` explains:

* the book's period (week, month, quarter) is a year of the plan, without discounting;
* one unit of the book is one tonne, one unit of its money per unit is 1 USD/kg, so that 1 million USD is 1,000 of the book;
* a price by period is an assumption by year that the price row cites as its profile;
* what the book may sell is a demand whose rationing is priced at the book's revenue: the plan's cost is then the revenue of
  serving all, less the book's profit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.case import Assumption, Case, Demand, Element, Form, Plant, Price, Settings, Source
from models.columns import Month

FIRST_YEAR = 2001

PER_USD_M = 1000.0
"""Units of the book's money in a million USD."""


@dataclass(frozen=True)
class Book:
    """A published case: ``optimum`` in the book's money, to ``within`` as it is printed; ``features`` for the page.

    ``beside`` is profit that the book counts and the plan does not see, on what must be served anyhow.
    """

    name: str
    source: str
    optimum: float
    features: str
    case: Case
    profit: bool = False
    within: float = 0.0
    beside: float = 0.0

    @property
    def worth_usd_m(self) -> float:
        """What serving all priced demand would bring, million USD, discounted to the start of each period."""
        periods = range(self.case.settings.horizon_months // 12)
        share = {(a.assumption, a.year): a.value for a in self.case.assumptions}
        return sum(
            (1 + self.case.settings.discount_rate_pct / 100) ** -p
            * d.t_per_yr
            * d.shortage_usd_per_kg
            / 1000
            * (share[d.profile, FIRST_YEAR + p] if isinstance(d.profile, str) else d.profile)
            for d in self.case.demands
            if d.rationing == "priced"
            for p in periods
        )

    def in_books_money(self, cost_usd_m: float) -> float:
        """The book's objective of a plan of this cost."""
        return self.beside + PER_USD_M * (self.worth_usd_m - cost_usd_m if self.profit else cost_usd_m)


def settings(title: str, periods: int, **more: Any) -> Settings:
    """So many periods of a year each, undiscounted unless told, one decision date a period, no gap."""
    return Settings(
        title=title,
        start=Month(FIRST_YEAR, 1),
        horizon_months=12 * periods,
        coarse_period_months=12,
        decision_every_months=12,
        relative_gap_pct=1e-5,
        **more,
    )


def elements(names: Sequence[str]) -> tuple[Element, ...]:
    """Elements that are what they weigh."""
    return tuple(Element(element=name) for name in names)


def chain(*forms: str, holds: str = "elements") -> tuple[Form, ...]:
    """Forms in their order."""
    return tuple(Form(form=form, position=place, holds=holds) for place, form in enumerate(forms, 1))


def by_period(name: str, values: Sequence[float]) -> tuple[Assumption, ...]:
    """A number for every period."""
    return tuple(Assumption(assumption=name, year=FIRST_YEAR + p, value=value) for p, value in enumerate(values))


def source(name: str, material: str, form: str, most: float | str, index: str, **more: Any) -> Source:
    """A source from nowhere in particular."""
    return Source(source=name, material=material, form=form, max_t_per_yr=most, price_index=index, countries=("home",), **more)


def plant(name: str, before: str, after: str, capacity: float, **more: Any) -> Plant:
    """A plant that is there and counts what goes in."""
    plain = {"status": "existing", "country": "home", "capacity_basis": "feed"}
    return Plant(**{"plant": name, "input_form": before, "output_form": after, "capacity_t_per_yr": capacity, **plain, **more})


def free(names: Sequence[str], form: str, most: float) -> tuple[tuple[Price, ...], tuple[Source, ...]]:
    """Raw material that costs nothing: price rows and sources."""
    prices = tuple(Price(index="free", material=name, form=form, usd_per_kg=0.0) for name in names)
    return prices, tuple(source(f"raw {name}", name, form, most, "free") for name in names)


def market(material: str, form: str, most: Sequence[float], revenue: Sequence[float]) -> tuple[tuple[Assumption, ...], tuple[Demand, ...]]:
    """What can be sold in each period at that period's revenue: a buyer per period, each of whom comes in one period only."""
    shares: list[Assumption] = []
    demands: list[Demand] = []
    for p, (limit, value) in enumerate(zip(most, revenue, strict=True)):
        name = f"{material} in period {p + 1}"
        shares += by_period(name, [float(q == p) for q in range(len(most))])
        demands.append(
            Demand(
                sector=f"buyers of {name}",
                material=material,
                form=form,
                t_per_yr=limit,
                profile=name,
                shortage_usd_per_kg=value,
                rationing="priced",
            )
        )
    return tuple(shares), tuple(demands)
