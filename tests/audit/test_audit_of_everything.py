"""A case with a row on every sheet, solved: model and audit agree on how its features meet."""

from __future__ import annotations

import dataclasses

import pytest

from models.case import Case
from models.formulation import example
from models.plan import Plan
from optimizer.audit import audit
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
