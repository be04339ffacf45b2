"""The calendar: slots, decision dates, growth, cited values, discounting, annuities."""

from __future__ import annotations

import pytest
from small_cases import case, settings

from models.case import Assumption
from models.columns import Month
from models.horizon import Horizon, Slot


def horizon(*assumptions: Assumption, **changes: object) -> Horizon:
    return Horizon(case(settings=settings(**changes), assumptions=assumptions))


def test_slots_are_fine_then_coarse_and_cut_at_the_horizon() -> None:
    """Two single months, then quarters; the last of 12 months' slots is cut to a month."""
    assert [(s.first, s.months) for s in horizon(horizon_months=12, fine_months=2, coarse_period_months=3).slots] == [
        (0, 1),
        (1, 1),
        (2, 3),
        (5, 3),
        (8, 3),
        (11, 1),
    ]


def test_more_fine_months_than_months_is_months_only() -> None:
    """Fine months stop at the horizon: 3 slots of a month, not 99."""
    assert horizon(horizon_months=3, fine_months=99).slots == (Slot(0, 1), Slot(1, 1), Slot(2, 1))


def test_decision_dates() -> None:
    """Decisions fall on the start and every five months after it, inside the horizon: 0, 5, 10 of 12; 10 is not followed by 15."""
    assert horizon(horizon_months=12, decision_every_months=5).decision_dates == (0, 5, 10)


def test_the_slot_before_a_month() -> None:
    """The month before month 3 lies in the slot [2, 5), that before month 2 in the single month 1; month 0 has none."""
    before = horizon(horizon_months=5, fine_months=2, coarse_period_months=3).slot_before
    assert before == {1: Slot(0, 1), 2: Slot(1, 1), 3: Slot(2, 3), 4: Slot(2, 3), 5: Slot(2, 3)}


def test_growth_steps_with_the_calendar_year() -> None:
    """Started in July, 10 % growth is 1 until December (month 5), 1.1 from January (month 6), 1.21 a year later."""
    h = horizon(start=Month(2027, 7))
    assert [h.growth(10, m) for m in (0, 5, 6, 17, 18)] == pytest.approx([1, 1, 1.1, 1.1, 1.21])


def test_a_slot_belongs_to_the_year_of_its_first_month() -> None:
    """From July on, slots of a year begin in 2027 and 2028; half of the second lies in 2029, which is no year of the plan."""
    assert horizon(start=Month(2027, 7)).years == (2027, 2028)


@pytest.mark.parametrize(("month", "expected"), [(0, 0.5), (12, 0.7), (24, 0.7), (36, 0.9), (360, 0.9)])
def test_cited_values_go_on(month: int, expected: float) -> None:
    """2027 is before the first listed year and takes the row without a year; 2029 goes on with 2028; after the last row its value stays."""
    rows = [Assumption(assumption="share", year=y, value=v) for y, v in ((2028, 0.7), (None, 0.5), (2030, 0.9))]
    assert horizon(*rows).cited("share", month) == expected


def test_cited_values_without_a_yearless_row_begin_with_the_first() -> None:
    """Listed from 2029 only, the value of 2029 holds in 2027 too; a plain number is itself."""
    h = horizon(Assumption(assumption="share", year=2029, value=0.7))
    assert h.cited("share", 0) == 0.7
    assert h.cited(0.25, 0) == 0.25


def test_discounting_to_the_middle_or_the_start() -> None:
    """At 21 % a slot of a year from month 12 is 1.21^-1.5 = 1/1.331 to its middle and 1/1.21 to its first day; the first is 1/1.1 and 1."""
    first, second = Slot(0, 12), Slot(12, 12)
    middle, start = horizon(discount_rate_pct=21.0), horizon(discount_rate_pct=21.0, discounting="start")
    assert [middle.discount(first), middle.discount(second)] == pytest.approx([1 / 1.1, 1 / 1.331])
    assert [start.discount(first), start.discount(second)] == pytest.approx([1, 1 / 1.21])
    assert middle.discount_at(24) == pytest.approx(1 / 1.21**2)
    assert horizon().discount(second) == 1


def test_annuity() -> None:
    """100 over 2 years at 10 % is paid by 57.619 a year, whose present value is 100; at 0 % by 50."""
    payment = horizon(discount_rate_pct=10.0).annual_payment(100, 2)
    assert payment == pytest.approx(57.6190476)
    assert payment / 1.1 + payment / 1.21 == pytest.approx(100)
    assert horizon().annual_payment(100, 2) == 50


@pytest.mark.parametrize(("month", "expected"), [(0, 0.5), (5, 0.5), (6, 0.7), (11, 0.7), (12, 0.8), (14, 0.8), (15, 0.9), (40, 0.9)])
def test_a_value_may_be_cited_by_month(month: int, expected: float) -> None:
    """July 2027: 0.7; the year 2028: 0.8 from January; April 2028: 0.9; before the first date the row without one."""
    rows = [
        Assumption(assumption="share", month=Month(2028, 4), value=0.9),
        Assumption(assumption="share", year=2028, value=0.8),
        Assumption(assumption="share", month=Month(2027, 7), value=0.7),
        Assumption(assumption="share", value=0.5),
    ]
    assert horizon(*rows).cited("share", month) == expected


def test_nothing_changes_within_a_step() -> None:
    """Start in January 2027, 24 months, a value from July 2027 on: months 0-5, 6-11 and 12-23 are steps; without it, years."""
    h = horizon(Assumption(assumption="share", month=Month(2027, 7), value=0.7))
    assert h.steps == (0, 6, 12)
    assert [h.step(m) for m in (0, 5, 6, 11, 12, 23, 30)] == [0, 0, 6, 6, 12, 12, 24]
    assert horizon().steps == (0, 12)


def test_a_yearly_figure_over_a_slot() -> None:
    """12 a year is 6 in half a year; cited, 12 a year and from July 2027 on 24 a year, it is 12 + 24 halves = 18 in 2027."""
    h = horizon(Assumption(assumption="flow", value=12.0), Assumption(assumption="flow", month=Month(2027, 7), value=24.0))
    assert h.in_slot(12.0, Slot(0, 6)) == 6
    assert h.in_slot("flow", Slot(0, 12)) == pytest.approx(18)
