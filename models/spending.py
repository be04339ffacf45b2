"""When the capital of a plant is spent, and what it is worth on the first day of operation.

The annuity charges what is spent, capitalised to the first month of operation; the cash table and yearly budgets count it in
the months in which it is spent. Both read the same months here. Equipment that a cut-off delays changes neither.
"""

from __future__ import annotations

from typing import Protocol

from models.case import Plant
from models.horizon import Horizon
from models.run import Study


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


def spending(study: Study, plant: Plant, decided: int) -> tuple[tuple[int, float], ...]:
    """(month of the plan, share of the capital spent in it) for a candidate that is decided at a month; the shares sum to 1.

    Building follows the permit. Without building time all is spent in the first month of operation.
    """
    first = decided + plant.permit_months
    profile = spend_profile(plant)
    if not profile:
        return ((study.online(plant, decided), 1.0),)
    return tuple((first + k, share) for k, share in enumerate(profile) if share > 0)


def capitalised(horizon: Horizon, plant: Building) -> float:
    """What one dollar of capital is worth at the first month of operation: each month's part at its middle, compounded monthly."""
    profile = spend_profile(plant)
    rate = horizon.monthly_rate
    return sum(float(share * rate ** (plant.build_months - k - 0.5)) for k, share in enumerate(profile)) if profile else 1.0
