"""Months, periods and discount factors, read anew from the settings."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from models.case import Settings
from models.columns import Month

Slot = tuple[int, int]
"""First month (0 = start of the plan) and length in months."""


class Clock:
    """The calendar of a case.

    ``slots`` are the base plan's periods; ``boundaries`` their first months and the end of the horizon.
    """

    def __init__(self, settings: Settings) -> None:
        """Periods of one month for ``fine_months``, then of ``coarse_period_months``; the last one is cut at the horizon."""
        self.start = settings.start
        self.horizon = settings.horizon_months
        self.rate = settings.discount_rate_pct / 100
        self.slots = tuple(_slots(settings.horizon_months, settings.fine_months, settings.coarse_period_months))
        self.boundaries = (*(first for first, _ in self.slots), self.horizon)
        self._middle = settings.discounting == "middle"

    def month(self, month: Month) -> int:
        """Number of a calendar month; negative before the start."""
        return (month.year - self.start.year) * 12 + month.month - self.start.month

    def month_or(self, month: Month | None, blank: int) -> int:
        """Number of a calendar month, ``blank`` where none is given."""
        return blank if month is None else self.month(month)

    def year(self, m: int) -> int:
        """Calendar year of month ``m``."""
        return self.start.year + (self.start.month - 1 + m) // 12

    def years_on(self, m: int) -> int:
        """Calendar years passed since the start's year: growth steps with the calendar year."""
        return (self.start.month - 1 + m) // 12

    def grown(self, value: float, growth_pct: float, m: int) -> float:
        """A first-year value in month ``m``, after ``growth_pct`` per calendar year."""
        return value * (1 + growth_pct / 100) ** self.years_on(m)

    def factor(self, slot: Slot) -> float:
        """Discount factor of a period: to its middle, or to its first day, as the settings say."""
        first, months = slot
        return self.factor_at(first + months / 2 if self._middle else first)

    def factor_at(self, m: float) -> float:
        """Discount factor of the instant ``m`` months after the start."""
        return float((1 + self.rate) ** (-m / 12))


def arrivals(slot: Slot, delay: float, slots: Sequence[Slot], before: float = math.inf) -> list[tuple[int, float]]:
    """(first month, share) of the periods in which an even flow of a period arrives ``delay`` months later: the share of a period
    is the time between its first and last instant that falls into the moved period. Only what set out ``before`` counts. A flow of
    a single month of which more than half would arrive in a later month arrives there whole. ``slots`` are in order of time.
    """
    leaves, months = slot
    part = delay - math.floor(delay)
    if months == 1 and part > 0.5 + 1e-9:
        delay += 1 - part
    stops = min(leaves + months, before)
    found = []
    for first, length in slots[max(0, bisect.bisect_right(slots, (math.floor(leaves + delay), math.inf)) - 1) :]:
        if first >= stops + delay:
            break
        inside = min(first + length, stops + delay) - max(first, leaves + delay)
        if inside > 0:
            found.append((first, inside / months))
    return found


def _slots(horizon: int, fine: int, coarse: int) -> list[Slot]:
    """The periods of the base plan, in order; they cover the horizon without gap."""
    slots: list[Slot] = []
    first = 0
    while first < horizon:
        months = min(1 if first < fine else coarse, horizon - first)
        slots.append((first, months))
        first += months
    return slots
