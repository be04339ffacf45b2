"""Calendar of a case: months, periods, years, discounting, growth and cited values.

Months are counted 0, 1, 2 ... from `Settings.start`; everything "per year" contributes a twelfth per month. A *slot* is
a run of whole months that is operated as one: a period of the base plan, or one month of a recourse.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from models.case import Assumption, Case, Settings
from models.columns import Month


@dataclass(frozen=True, order=True)
class Slot:
    """``months`` whole months from month ``first`` of the plan on."""

    first: int
    months: int

    @property
    def end(self) -> int:
        """The first month after the slot."""
        return self.first + self.months

    @property
    def range(self) -> range:
        """The months of the slot."""
        return range(self.first, self.end)

    def months_within(self, first: int, end: int) -> int:
        """How many months of the slot lie from month ``first`` to before month ``end``."""
        return max(0, min(self.end, end) - max(self.first, first))


class Horizon:
    """The calendar of one case.

    ``slots`` are the periods of the base plan: `fine_months` of one month each, then `coarse_period_months` each, the
    last one cut at the horizon. ``decision_dates`` are the months at which contracts are signed and plants decided.
    """

    def __init__(self, case: Case) -> None:
        self.settings: Settings = case.settings
        self.months: int = case.settings.horizon_months
        self._assumed = _by_name(case.assumptions)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The periods of the base plan, in order."""
        fine = min(self.settings.fine_months, self.months)
        step = self.settings.coarse_period_months
        slots = [Slot(m, 1) for m in range(fine)]
        slots += [Slot(m, min(step, self.months - m)) for m in range(fine, self.months, step)]
        return tuple(slots)

    @cached_property
    def decision_dates(self) -> tuple[int, ...]:
        """Months at which contracts are signed and plants decided."""
        return tuple(range(0, self.months, self.settings.decision_every_months))

    @cached_property
    def slot_before(self) -> dict[int, Slot]:
        """For every month 1..horizon: the slot of the base plan that contains the month before it."""
        return {m + 1: slot for slot in self.slots for m in slot.range}

    def decision_before(self, month: int) -> int | None:
        """The last decision date before a month of the plan; None at its start."""
        every = self.settings.decision_every_months
        return None if month <= 0 else (min(month, self.months) - 1) // every * every

    def date(self, month: int) -> Month:
        """Calendar month of month ``month`` of the plan."""
        return self.settings.start.plus(month)

    def month_of(self, date: Month | None, default: int) -> int:
        """Month of the plan at which a calendar month lies (may be negative); ``default`` where none is given."""
        return default if date is None else date.ordinal - self.settings.start.ordinal

    def year(self, month: int) -> int:
        """Calendar year of a month."""
        return self.date(month).year

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the plan; a slot belongs to the year of its first month."""
        return tuple(dict.fromkeys(self.year(slot.first) for slot in self.slots))

    def growth(self, pct_per_yr: float, month: int) -> float:
        """(1 + g)^(calendar years since the first year of the plan)."""
        return float((1 + pct_per_yr / 100) ** (self.year(month) - self.settings.start.year))

    def cited(self, value: float | str, month: int) -> float:
        """A number, or the value of the assumption that is cited, in the calendar year of ``month``.

        The row of that year; else the latest earlier year listed; else the row without a year; else the first listed.
        """
        if not isinstance(value, str):
            return float(value)
        by_year = self._assumed[value]
        year = self.year(month)
        earlier = [y for y in by_year if y is not None and y <= year]
        if earlier:
            return by_year[max(earlier)]
        if None in by_year:
            return by_year[None]
        return by_year[min(y for y in by_year if y is not None)]

    @cached_property
    def monthly_rate(self) -> float:
        """Discount factor of one month, (1 + r)^(1/12)."""
        return float((1 + self.settings.discount_rate_pct / 100) ** (1 / 12))

    def discount(self, slot: Slot) -> float:
        """Discount factor of a slot: to its middle, or to its first day, as the settings say."""
        at = slot.first + slot.months / 2 if self.settings.discounting == "middle" else slot.first
        return float(self.monthly_rate**-at)

    def discount_at(self, month: float) -> float:
        """Discount factor of an instant."""
        return float(self.monthly_rate**-month)

    def annual_payment(self, capital: float, years: float) -> float:
        """Annuity of ``capital`` over ``years`` at the discount rate, paid per year (capital / years at 0 %)."""
        rate = self.settings.discount_rate_pct / 100
        return capital / years if rate == 0 else capital * rate / (1 - (1 + rate) ** -years)


def _by_name(assumptions: tuple[Assumption, ...]) -> dict[str, dict[int | None, float]]:
    table: dict[str, dict[int | None, float]] = {}
    for row in assumptions:
        table.setdefault(row.assumption, {})[row.year] = row.value
    return table
