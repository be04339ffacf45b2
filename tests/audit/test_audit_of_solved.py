"""The audit of a plan that the solver made: it passes, and it does not pass for a case that is a little stricter."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from random_cases import random_case
from small_cases import case as small_case
from small_cases import demand, stock

from models.case import Case, Fix, Form
from models.plan import Plan
from optimizer.audit import audit
from optimizer.example import example_case
from optimizer.plan_file import input_sha256
from optimizer.solve import SolveOptions, on_calendar, solve


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """The example on a yearly calendar, and its plan."""
    case = on_calendar(example_case(), "year")
    return case, solve(case, SolveOptions())


def test_a_solved_plan_passes(solved: tuple[Case, Plan]) -> None:
    """Model and audit agree on every rule, and on the cost far within the tolerance."""
    case, plan = solved
    verdict = audit(case, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert plan.summary.status == "certified"
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    assert plan.summary.input_sha256 == input_sha256(case)


def test_it_does_not_pass_for_a_longer_cut_off(solved: tuple[Case, Plan]) -> None:
    """A cut-off that lasts a month longer is not the one that was survived."""
    case, plan = solved
    longer = tuple(dataclasses.replace(row, months=row.months + 1) for row in case.cutoffs)
    assert not audit(dataclasses.replace(case, cutoffs=longer), plan).passed


def test_it_does_not_pass_for_more_demand(solved: tuple[Case, Plan]) -> None:
    """One part in a hundred thousand more demand shows in demand, in service and in the cost of shortage."""
    case, plan = solved
    more = tuple(dataclasses.replace(row, t_per_yr=row.t_per_yr * (1 + 1e-5)) for row in case.demands)
    rules = {finding.rule for finding in audit(dataclasses.replace(case, demands=more), plan).findings}
    assert {"demand", "service"} <= rules


@pytest.mark.parametrize("seed", range(6))
def test_plans_of_random_cases_pass(seed: int) -> None:
    """Model and audit read the conventions alike, whatever the case is made of."""
    _agree(seed)


@pytest.mark.nightly
def test_plans_of_many_random_cases_pass() -> None:
    """The same, many times."""
    for seed in range(6, 300):
        _agree(seed)


def _agree(seed: int) -> None:
    """Solve a random case; the audit finds nothing in the answer."""
    case = random_case(seed)
    verdict = audit(case, solve(case, SolveOptions()))
    assert [str(finding) for finding in verdict.findings] == [], seed


@pytest.mark.parametrize(
    ("sheets", "unserved"),
    [
        ({}, 0.0),
        ({"stocks": (stock(minimum_t=20.0),)}, 8.0),
        ({"stocks": (stock(cover_days=730.0),)}, 4.0),
        ({"fixes": (Fix(decision="stock", name="store", action="at least", year=2027, value=20.0),)}, 8.0),
    ],
    ids=["nothing", "minimum", "cover", "fix"],
)
def test_what_the_planner_wants_held_goes_before_demand(sheets: dict[str, Any], unserved: float) -> None:
    """24 t a year for sale serve 12 t a year that may not be rationed: all of them. Where 20 t must lie there at the end of the first year
    8 t go unserved, with two years of cover 4 t (8 served, 16 held). The plan passes; it does not where nobody wants that held."""
    powder = Form(form="powder", position=2, holds="elements", disposal_usd_per_t=1.0)
    plain = small_case(forms=(powder,), demands=(demand(rationing="no"),), stocks=(stock(),))
    wanted = dataclasses.replace(plain, **sheets)
    plan = solve(wanted, SolveOptions())
    assert sum(row.demanded_t - row.served_t for row in plan.service if row.run == "base") == pytest.approx(unserved, abs=1e-4)
    assert [str(finding) for finding in audit(wanted, plan).findings] == []
    if unserved:
        assert "rationing" in {finding.rule for finding in audit(plain, plan).findings}
