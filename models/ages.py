"""How old stocks are: first in, first out.

What is put in in a slot is put in evenly over its months; the age of a tonne counts from the first day of the month in which it
was put in. Loss takes the same share of every age; as in the carry-over of levels, nothing is lost in the slot in which it is put
in. Stock of the first day has the age that its row states.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from models.case import Stock
from models.columns import Month
from models.horizon import Slot
from models.plan import StockAge, StockLevel
from models.run import Study


def kept_of(stock: Stock, months: int) -> float:
    """Share of a tonne that is still there so many months after the slot in which it was put in."""
    return float((1 - stock.loss_pct_per_yr / 100) ** (max(0, months) / 12))


def share_put_in_since(slot: Slot, since: int, before: int) -> float:
    """Share of a slot's additions that is put in from month ``since`` on and before month ``before``."""
    return max(0, min(slot.end, before) - max(slot.first, since)) / slot.months


def opening_kept(stock: Stock, opening_t: float, end: int) -> float:
    """What of the opening stock of the plan is young enough at the end of month ``end`` - 1 if none was drawn, t REO."""
    if stock.shelf_life_months is None or end + stock.opening_age_months > stock.shelf_life_months:
        return 0.0
    return opening_t * kept_of(stock, end)


@dataclass
class _Cohort:
    """What was put in in one month (None: the opening stock)."""

    put_in: int | None
    tonnes: float


def read_ages(study: Study, rows: Iterable[StockLevel]) -> tuple[StockAge, ...]:
    """Ages of the base plan's stocks that have a shelf life, period by period, replayed first in, first out from its rows."""
    found: list[StockAge] = []
    levels = {((r.store, r.material, r.form), r.period): r for r in rows if r.run == "base"}
    for key, stock in study.stocks.items():
        if stock.shelf_life_months is not None:
            found += _ages(study, key, stock, levels)
    return tuple(found)


SMALLEST_T = 1e-6
"""A cohort smaller than this is rounding, t REO."""


def _ages(
    study: Study, key: tuple[str, str, str], stock: Stock, levels: dict[tuple[tuple[str, str, str], Month], StockLevel]
) -> Iterable[StockAge]:
    h = study.horizon
    line = deque([_Cohort(None, study.opening_t(stock))])
    for slot in h.slots:
        row = levels.get((key, h.date(slot.first)))
        for cohort in line:
            cohort.tonnes *= kept_of(stock, slot.months)
        if row is None:
            line.clear()
            continue
        line.extend(_Cohort(m, row.added_t / slot.months) for m in slot.range if row.added_t > 0)
        _take(line, row.drawn_t + row.expired_t)
        for cohort in line:
            if cohort.tonnes > SMALLEST_T:
                age = slot.end - cohort.put_in if cohort.put_in is not None else slot.end + stock.opening_age_months
                yield StockAge(
                    store=key[0],
                    material=key[1],
                    form=key[2],
                    period=h.date(slot.first),
                    put_in=None if cohort.put_in is None else h.date(cohort.put_in),
                    age_months=age,
                    level_t=cohort.tonnes,
                )


def _take(line: deque[_Cohort], tonnes: float) -> None:
    """The oldest goes first."""
    while line and tonnes > 0:
        first = min(tonnes, line[0].tonnes)
        line[0].tonnes -= first
        tonnes -= first
        if line[0].tonnes <= 0:
            line.popleft()
