"""The longest cut that a budget pays for, shown from both sides."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import case, cutoff, demand, settings, stock

from models.case import Case
from optimizer.studies.budget import most_months
from optimizer.studies.frontier import BadQuestion


def stocked(gap_pct: float = 0.0, **changes: Any) -> Case:
    """n months cost 0.24 + 0.01 n million USD up to 12 months; more cannot be survived from 2028-01."""
    return case(
        settings=settings(relative_gap_pct=gap_pct), stocks=(stock(),), demands=(demand(rationing="no"),), cutoffs=(cutoff(**changes),)
    )


@pytest.mark.parametrize(("budget", "months", "beyond"), [(0.305, 6, 0.31), (0.30, 6, 0.31), (0.2401, 0, 0.25)])
def test_the_budget_buys_a_month_for_each_tonne(budget: float, months: int, beyond: float) -> None:
    """0.305 million USD pay for six months (0.30) and not for seven (0.31); exactly 0.30 pay for six; 0.2401 for none."""
    answer = most_months(stocked(), budget_usd_m=budget, most=12)
    assert (answer.months, answer.proven) == (months, True)
    assert answer.cost_usd_m == pytest.approx(0.24 + 0.01 * months)
    assert answer.next_bound_usd_m == pytest.approx(beyond)
    assert answer.next_bound_usd_m is not None
    assert answer.next_bound_usd_m > budget
    assert answer.today == 3.0


def test_a_budget_below_every_plan() -> None:
    """0.2 million USD do not pay for what is needed without any cut-off: no months at all, and said so."""
    answer = most_months(stocked(), budget_usd_m=0.2, most=6)
    assert (answer.months, answer.cost_usd_m, answer.proven) == (None, None, True)
    assert answer.note.startswith("the plan without any cut-off costs more than the budget; no plan for 0 months costs less than 0.24")


def test_a_budget_above_every_plan() -> None:
    """With money to spare the limit is physical: twelve months, thirteen survive at no cost; or the longest that was asked."""
    answer = most_months(stocked(), budget_usd_m=9.0, most=14)
    assert (answer.months, answer.proven, answer.next_bound_usd_m) == (12, True, None)
    assert answer.note == "no plan survives 13 months, whatever it costs"
    asked = most_months(stocked(), budget_usd_m=9.0, most=4)
    assert (asked.months, asked.note) == (4, "no longer cut was asked than 4 months")


def test_a_coarse_gap_is_sharpened_where_it_matters() -> None:
    """At a gap of 20 % cost and bound of a length may lie on the two sides of the budget: it is solved again until it is told."""
    answer = most_months(stocked(gap_pct=20.0), budget_usd_m=0.305, most=12)
    assert answer.months == 6
    assert answer.proven
    assert answer.cost_usd_m is not None
    assert answer.cost_usd_m <= 0.305
    assert answer.next_bound_usd_m is not None
    assert answer.next_bound_usd_m > 0.305


def test_what_has_no_order_cannot_be_searched() -> None:
    """A cut that eases may be milder when longer: no search by halves; and lengths that no workbook may hold are refused."""
    with pytest.raises(BadQuestion, match="the cut of cut eases while it lasts"):
        most_months(stocked(ramp_pct=(100.0, 50.0)), budget_usd_m=1.0)
    with pytest.raises(BadQuestion, match="from 1 to 36"):
        most_months(stocked(), budget_usd_m=1.0, most=37)
