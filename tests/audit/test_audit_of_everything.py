"""A case with a row on every sheet, solved: model and audit agree on how its features meet."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import openpyxl
import pytest

from models.case import Case
from models.formulation import example
from models.plan import Plan
from optimizer.audit import audit
from optimizer.report import write_report
from optimizer.solve import SolveOptions, solve


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """The case whose rules the formulation prints."""
    return example(), solve(example(), SolveOptions())


def test_it_passes(solved: tuple[Case, Plan]) -> None:
    """No finding: with routes, what a source ships is given when it arrives; shown as given when it is ordered, 0.83 t would be missing
    in the first period of the pool."""
    case, plan = solved
    verdict = audit(case, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert plan.summary.status == "certified"
    assert plan.arrivals
    assert verdict.checks["route-balance"]


def test_a_source_that_a_programme_opens_shows_what_it_opens(solved: tuple[Case, Plan]) -> None:
    """12 t a year are collected once the programme has come: half of it from July 2027, whole a year later: 3 t in 2027 and 9 t in 2028.
    Shown as 12 t the plan is refused."""
    case, plan = solved
    rows = [row for row in plan.bought if (row.run, row.source) == ("base", "collected")]
    by_year = {year: sum(row.limit_t for row in rows if row.period.year == year) for year in (2027, 2028)}
    assert by_year == pytest.approx({2027: 3.0, 2028: 9.0})
    bought = tuple(dataclasses.replace(row, limit_t=12.0) if row in rows else row for row in plan.bought)
    assert {finding.rule for finding in audit(case, dataclasses.replace(plan, bought=bought)).findings} == {"stated-figures"}


def test_it_passes_with_costs_that_rise(solved: tuple[Case, Plan]) -> None:
    """At 7 % a year and with an order of 0.01 for what is collected, the order of 2028 is shown at 0.0107; at 0 % at 0.01. Model and audit
    agree on all money, in the cut-offs too."""
    for percent, paid in ((7.0, 0.0107), (0.0, 0.01)):
        case = dataclasses.replace(
            solved[0],
            settings=dataclasses.replace(solved[0].settings, escalation_pct_per_yr=percent),
            sources=tuple(dataclasses.replace(s, order_cost_usd_m=0.01) if s.source == "collected" else s for s in solved[0].sources),
        )
        plan = solve(case, SolveOptions())
        assert [str(finding) for finding in audit(case, plan).findings] == []
        orders = [row.order_usd_m for row in plan.bought if (row.run, row.source) == ("base", "collected") and row.period.year == 2028]
        assert orders == pytest.approx([paid])


def test_routes_that_carry_nothing_have_no_tables_of_use_and_cost(solved: tuple[Case, Plan], tmp_path: Path) -> None:
    """The sheet says that nothing is shipped, and no more."""
    case, plan = solved
    assert not plan.shipped
    sheet = openpyxl.load_workbook(write_report(case, plan, tmp_path / "report.xlsx"))["Routes"]
    words = {cell.value for row in sheet.iter_rows() for cell in row}
    assert "Nothing is shipped." in words
    assert not {"Share of capacity that is used", "Cost of transport, undiscounted"} & words
