"""Lot sizing by Wagner and Whitin, as a workbook.

H. M. Wagner and T. M. Whitin, "Dynamic version of the economic lot size model", Management Science 5 (1), 1958, pages 89 to 96, table 1:
twelve months of demand, each with its own set-up cost, and 1 for each unit that is held from one month to the next; any amount can
be had at a cost that is the same in all months and is left out. The least cost is 864.

Here a month of the table is a month of the plan, a unit is a tonne, and money is in million USD. Nothing is discounted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.case import Assumption, Case, Demand, Element, Form, Price, Settings, Source, Stock
from models.columns import Month
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve
from optimizer.template import write_case
from optimizer.workbook import read_case

DEMAND = (69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56)
SET_UP = (85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114)
LEAST = 864.0


def lot_sizing(dates: tuple[Month, ...], **calendar: int) -> Case:
    """The table's twelve periods, which begin at these months."""
    per_year = 12 * len(dates) / calendar["horizon_months"]
    needs = [Assumption(assumption="needed", month=date, value=per_year * d) for date, d in zip(dates, DEMAND, strict=True)]
    orders = [Assumption(assumption="set-up", month=date, value=float(s)) for date, s in zip(dates, SET_UP, strict=True)]
    return Case(
        settings=Settings(title="Wagner and Whitin 1958", start=dates[0], discounting="start", relative_gap_pct=1e-5, **calendar),
        assumptions=(*needs, *orders),
        elements=(Element(element="units", oxide_per_metal=1.0),),
        forms=(Form(form="goods", position=1, holds="elements"),),
        demands=(Demand(sector="customers", material="units", form="goods", t_per_yr="needed"),),
        prices=(Price(index="none", material="units", form="goods", usd_per_kg=0.0),),
        sources=(
            Source(
                source="supplier",
                countries=("home",),
                material="units",
                form="goods",
                max_t_per_yr=1e6,
                price_index="none",
                order_cost_usd_m="set-up",
            ),
        ),
        stocks=(Stock(store="store", material="units", form="goods", storage_usd_per_t_yr=1e6 * per_year),),
    )


def monthly() -> Case:
    """The table's months as months."""
    dates = tuple(Month(1958, 1).plus(n) for n in range(12))
    return lot_sizing(dates, horizon_months=12, fine_months=12, decision_every_months=12)


def yearly() -> Case:
    """The table's months as years."""
    dates = tuple(Month(1958 + n, 1) for n in range(12))
    return lot_sizing(dates, horizon_months=144, fine_months=0, coarse_period_months=12, decision_every_months=12)


@pytest.mark.parametrize("made", [monthly, yearly], ids=["months", "years"])
def test_the_published_optimum_is_found(made: Callable[[], Case], tmp_path: Path) -> None:
    """864, through a workbook, proved to 1e-7, by the month and by the year; an order in every period would cost 1,234, and one in
    all 3,785. The audit computes the same cost."""
    write_case(made(), tmp_path / "case.xlsx")
    case = read_case(tmp_path / "case.xlsx")
    plan = solve(case, SolveOptions())
    assert plan.summary.cost_usd_m == pytest.approx(LEAST, rel=1e-7)
    assert plan.summary.bound_usd_m == pytest.approx(LEAST, rel=1e-7)
    assert [str(finding) for finding in audit(case, plan).findings] == []
    assert sum(row.bought_t for row in plan.bought) == pytest.approx(sum(DEMAND))
    assert sum(SET_UP) == 1234
    assert SET_UP[0] + sum(n * d for n, d in enumerate(DEMAND)) == 3785


def test_orders_are_those_of_the_paper() -> None:
    """The orders cover whole months, as the paper proves: stock is empty before each, and each is the sum of the months that follow."""
    plan = solve(monthly(), SolveOptions())
    ordered = {(row.period.ordinal - Month(1958, 1).ordinal): row.bought_t for row in plan.bought}
    first = sorted(ordered)
    for start, end in zip(first, [*first[1:], 12], strict=True):
        assert ordered[start] == pytest.approx(sum(DEMAND[start:end]))
    cost = sum(SET_UP[n] for n in first) + sum((m - max(n for n in first if n <= m)) * d for m, d in enumerate(DEMAND))
    assert cost == pytest.approx(LEAST)
