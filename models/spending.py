"""When the capital of a plant is spent, and what it is worth on the first day of operation.

The annuity charges what is spent, capitalised to the first month of operation; the cash table and yearly budgets count it in
the months in which it is spent. Both read the same months here. Equipment that a cut-off delays changes neither.
"""

from __future__ import annotations

from typing import Protocol

from models.case import Plant
from models.run import Study
from models.sheets.row import DOLLARS


class Building(Protocol):
    """Whatever takes time and capital to build."""

    @property
    def build_months(self) -> int:
        """Building time in months."""

    @property
    def spend_pct(self) -> tuple[float, ...]:
        """Share of the capital spent in each year of building, %; empty: evenly."""


def spend_profile(plant: Building) -> tuple[float, ...]:
    """Share of the capital that is spent in each month of building; they sum to 1. Empty where nothing is built (no building time).

    ``spend_pct`` gives the share of each year of building, spent evenly over its months (the last year may be short); blank: all
    months alike.
    """
    months = plant.build_months
    if not plant.spend_pct:
        return (1 / months,) * months if months else ()
    years = [min(12, months - first) for first in range(0, months, 12)]
    by_year = zip(plant.spend_pct, years, strict=False)
    spent = tuple(pct / 100 / length for pct, length in by_year for _ in range(length))
    return spent + (0.0,) * (months - len(spent))


def payments(study: Study, building: Building, online: int) -> tuple[tuple[int, float], ...]:
    """(month of the plan, US dollars paid in it per unit of capital) for what comes on line at a month.

    A plant's capital is stated in its currency, and all capital in the money of the first year; it is paid at the rate, and at what
    costs have risen to, in the month in which it is spent.
    """
    h = study.horizon
    currency = building.currency if isinstance(building, Plant) else DOLLARS
    months = [(online - building.build_months + k, share) for k, share in enumerate(spend_profile(building))] or [(online, 1.0)]
    return tuple((m, share * h.usd(currency, m) * h.escalation(m)) for m, share in months if share > 0)


def capitalised(study: Study, building: Building, online: int) -> float:
    """What one unit of capital is worth at the first month of operation, US dollars: each month's part at its middle, compounded
    monthly. Without building time all is paid on the first day of operation.
    """
    paid = payments(study, building, online)
    if building.build_months == 0:
        return sum(usd for _, usd in paid)
    rate = study.horizon.monthly_rate
    return sum(float(usd * rate ** (online - m - 0.5)) for m, usd in paid)
