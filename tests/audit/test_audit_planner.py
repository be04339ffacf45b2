"""The planner's own rules in the audit: a plan that keeps them passes; altered by hand, or for a stricter rule, it does not."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case, settings, stock

from models.case import Case, Fix
from models.plan import Plan
from optimizer.audit import audit
from optimizer.solve import solve


def broken(case: Case, plan: Plan) -> set[str]:
    """Rules that the audit finds broken."""
    return {finding.rule for finding in audit(case, plan).findings}


def altered(plan: Plan, sheet: str, **new: Any) -> Plan:
    """The plan with the first row about a sheet changed."""
    rows = list(plan.planner_rules)
    place = next(n for n, row in enumerate(rows) if row.sheet == sheet)
    rows[place] = dataclasses.replace(rows[place], **new)
    return dataclasses.replace(plan, planner_rules=tuple(rows))


@pytest.fixture(scope="module")
def fixed() -> tuple[Case, Plan]:
    """Two fixes on the small case: no more than 8 t in 2028, so that 4 t lie in store at the end of 2027."""
    fixes = (
        Fix(decision="purchase", name="trade", action="at most", year=2028, value=8.0),
        Fix(decision="stock", name="store", action="at least", year=2027, value=4.0),
    )
    stated = case(settings=settings(), stocks=(stock(),), fixes=fixes)
    return stated, solve(stated)


def test_fixes_are_told_and_pass(fixed: tuple[Case, Plan]) -> None:
    """The plan tells what each rule asks and what it does; the audit agrees, and has compared something."""
    stated, plan = fixed
    assert [(r.sheet, r.row, r.rule, r.when, r.sense, r.limit, round(r.reached, 6)) for r in plan.planner_rules] == [
        ("Fixes", 1, "bought from trade", "2028", "at most", 8.0, 8.0),
        ("Fixes", 2, "stock in store", "2027", "at least", 4.0, 4.0),
    ]
    verdict = audit(stated, plan)
    assert verdict.passed, verdict.findings
    assert verdict.checks["planner-rules"] >= 2


def test_faults_of_fixes_are_found(fixed: tuple[Case, Plan]) -> None:
    """A stricter rule, a rule whose row is missing, made up or wrong."""
    stated, plan = fixed
    for n, value in ((0, 7.9), (1, 4.1)):
        rows = list(stated.fixes)
        rows[n] = dataclasses.replace(rows[n], value=value)
        assert "planner-rules" in broken(dataclasses.replace(stated, fixes=tuple(rows)), plan)
    assert "planner-rules" in broken(stated, dataclasses.replace(plan, planner_rules=plan.planner_rules[1:]))
    assert "names" in broken(dataclasses.replace(stated, fixes=stated.fixes[:1]), plan)
    assert "stated-figures" in broken(stated, altered(plan, "Fixes", reached=7.0))
    assert "duplicates" in broken(stated, dataclasses.replace(plan, planner_rules=(*plan.planner_rules, plan.planner_rules[0])))
