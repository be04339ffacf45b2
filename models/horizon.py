"""Calendar of a case: months, periods, years, discounting, growth and cited values.

Months are counted 0, 1, 2 ... from `Settings.start`; everything "per year" contributes a twelfth per month. A *slot* is
a run of whole months that is operated as one: a period of the base plan, or one month of a recourse.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
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


MOST_OF_A_MONTH = 0.5 + 1e-9
"""The part of a month's flow above which a delay moves all of it, see `spread`."""


def spread(slot: Slot, delay: float, slots: Iterable[Slot], before: float = math.inf) -> list[tuple[Slot, float]]:
    """In which of ``slots``, which are in order, the flow of a slot arrives ``delay`` months later, and what share of it.

    The flow is even over the slot's months and arrives as evenly: the share of each slot is the time that it has in common
    with the slot moved by the delay. ``before``: only what sets out before that month. What arrives in none of ``slots``
    is left out, so that the shares may sum to less than 1.

    A single month whose flow would arrive for the greater part in a later month arrives there whole. Else, where every
    month's arrivals are asked for, each order would have to undo what the one before it delays: 0.3 at once and 0.7 a month
    later make an error grow 2.3-fold from month to month, and solvers gave answers that were wrong by kilograms.
    """
    if slot.months == 1 and delay % 1 > MOST_OF_A_MONTH:
        delay = float(math.ceil(delay))
    first, end = slot.first + delay, min(slot.end, before) + delay
    found = []
    for to in slots:
        begins, ends = to.first, to.first + to.months
        if ends <= first:
            continue
        if begins >= end:
            break
        months = min(end, ends) - max(first, begins)
        if months > 0:
            found.append((to, months / slot.months))
    return found


class Horizon:
    """The calendar of one case.

    ``slots`` are the periods of the base plan: `fine_months` of one month each, then `coarse_period_months` each, the
    last one cut at the horizon. ``decision_dates`` are the months at which contracts are signed and plants decided.
    """

    def __init__(self, case: Case) -> None:
        self.settings: Settings = case.settings
        self.months: int = case.settings.horizon_months
        self._assumed = _by_name(case.assumptions, case.settings.start)
        self._usd = {row.currency: row.usd_per_unit for row in case.currencies}

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
        start = self.settings.start
        return start.year + (start.month - 1 + month) // 12

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the plan; a slot belongs to the year of its first month."""
        return tuple(dict.fromkeys(self.year(slot.first) for slot in self.slots))

    def growth(self, pct_per_yr: float, month: int) -> float:
        """(1 + g)^(calendar years since the first year of the plan)."""
        return float((1 + pct_per_yr / 100) ** (self.year(month) - self.settings.start.year))

    def cited(self, value: float | str, month: int) -> float:
        """A number, or the value of the assumption that is cited, in a month of the plan.

        The latest dated row that is not after the month (a year counts from its January); else the row without a date; else
        the first that is dated.
        """
        if not isinstance(value, str):
            return float(value)
        dates, values = self._assumed[value]
        return values[bisect_right(dates, month)]

    def in_slot(self, per_year: float | str, slot: Slot) -> float:
        """What a yearly figure, cited or not, comes to in a slot: a twelfth for each of its months."""
        if not isinstance(per_year, str):
            return per_year * slot.months / 12
        return sum(self.cited(per_year, m) for m in slot.range) / 12

    @cached_property
    def _changes(self) -> tuple[int, ...]:
        """Months at which a series by year or by month may change: each January, and each date of an assumption."""
        january = 1 - self.settings.start.month
        dated = {date for dates, _ in self._assumed.values() for date in dates}
        return tuple(sorted({*range(january, self.months + 12 * 100, 12), *dated}))

    def step(self, month: int) -> int:
        """First month of the stretch around a month in which no series changes: what follows from series alone is the same."""
        return self._changes[bisect_right(self._changes, month) - 1]

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """Months of the plan from which on some series may differ, the first month included."""
        return (0, *(m for m in self._changes if 0 < m < self.months))

    def usd(self, currency: str, month: int) -> float:
        """US dollars per unit of a currency in a month; 1 for US dollars."""
        return self.cited(self._usd[currency], month) if currency in self._usd else 1.0

    def in_usd(self, value: float | str, currency: str, month: int) -> float:
        """An amount of a currency, cited or not, in US dollars of a month."""
        return self.cited(value, month) * self.usd(currency, month)

    def escalation(self, month: int) -> float:
        """What costs have risen to since the first calendar year of the plan."""
        return self.growth(self.settings.escalation_pct_per_yr, month)

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


def _by_name(assumptions: tuple[Assumption, ...], start: Month) -> dict[str, tuple[list[int], list[float]]]:
    """By name: the months from which values apply, ascending, and the values: first the one before all dates, then one each."""
    dated: dict[str, dict[int, float]] = {}
    before: dict[str, float] = {}
    for row in assumptions:
        by_date = dated.setdefault(row.assumption, {})
        date = row.month or (None if row.year is None else Month(row.year, 1))
        if date is None:
            before[row.assumption] = row.value
        else:
            by_date[date.ordinal - start.ordinal] = row.value
    table = {}
    for name, by_date in dated.items():
        dates = sorted(by_date)
        values = [by_date[date] for date in dates]
        table[name] = (dates, [before.get(name, values[0] if values else 0.0), *values])
    return table
