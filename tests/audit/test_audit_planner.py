"""The planner's own rules in the audit: a plan that keeps them passes; altered by hand, or for a stricter rule, it does not."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case, demand, settings, source, stock

from models.case import Budget, CapexPoint, Case, Ceiling, Contract, ContractLine, Count, Fix, Form, Plant, Route
from models.columns import Month
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


@pytest.fixture(scope="module")
def ruled() -> tuple[Case, Plan]:
    """Two countries: 'abroad' is above its ceiling of 60 %, at a price; one source more must be used; 2027 has 0.2 million."""
    stated = case(
        settings=settings(home_country="home", discount_rate_pct=4.0),
        sources=(source(), source("far", countries=("afar",), price_factor=2.0), source("third", countries=("home",), price_factor=3.0)),
        ceilings=(
            Ceiling(country="abroad", form="powder", max_share=0.6, excess_usd_per_kg=2.0),
            Ceiling(country="afar", form="powder", max_share=0.9),
        ),
        counts=(Count(rule="two", members=("far", "third"), at_least=1, source_from_t=3.0),),
        budgets=(Budget(budget="ministry", usd_m=0.16, counts="all"), Budget(budget="works", year=2027, usd_m=1.0)),
    )
    return stated, solve(stated)


def test_ceilings_counts_and_budgets_are_told_and_pass(ruled: tuple[Case, Plan]) -> None:
    """Of 24 t, 21 come from abroad and 3 from afar: 21 - 0.6 x 24 t too many, paid for; the audit agrees with every row and term."""
    stated, plan = ruled
    verdict = audit(stated, plan)
    assert verdict.passed, verdict.findings
    rows = {(r.sheet, r.row, r.when): r for r in plan.planner_rules}
    assert sum(r.beyond_t for r in plan.planner_rules) == pytest.approx(21 - 0.6 * 24)
    assert rows["Counts", 1, "whole plan"].reached == 1
    assert rows["Budgets", 1, "2028"].reached <= 0.16 + 1e-9
    assert rows["Budgets", 2, "2027"].reached == 0
    assert sum(c.undiscounted_usd_m for c in plan.costs if c.term == "penalties") == pytest.approx(6.6 * 0.002)


STRICTER: list[tuple[str, dict[str, Any]]] = [
    ("ceilings", {"excess_usd_per_kg": None}),
    ("counts", {"at_least": 2}),
    ("counts", {"at_most": 0}),
    ("counts", {"source_from_t": 3.5}),
    ("counts", {"by_month": Month(2026, 12)}),
    ("counts", {"from_month": Month(2028, 12)}),
    ("budgets", {"usd_m": 0.1}),
]


@pytest.mark.parametrize(("sheet", "change"), STRICTER, ids=[f"{s}-{next(iter(c))}" for s, c in STRICTER])
def test_stricter_rules_are_not_passed(ruled: tuple[Case, Plan], sheet: str, change: dict[str, Any]) -> None:
    """The same plan does not pass for a harder rule of any kind."""
    stated, plan = ruled
    rows = getattr(stated, sheet)
    stricter = dataclasses.replace(stated, **{sheet: (dataclasses.replace(rows[0], **change), *rows[1:])})
    assert "planner-rules" in broken(stricter, plan)


def test_faults_of_the_table_are_found(ruled: tuple[Case, Plan]) -> None:
    """Shares, excess, sums and limits that the table shows are the audit's own; the penalty is a term of the cost."""
    stated, plan = ruled
    for sheet, new in (
        ("Ceilings", {"reached": 50.0}),
        ("Ceilings", {"beyond_t": 0.0}),
        ("Counts", {"limit": 0.0}),
        ("Counts", {"reached": 0.0}),
        ("Budgets", {"reached": 0.01}),
    ):
        assert "stated-figures" in broken(stated, altered(plan, sheet, **new)), (sheet, new)
    for sheet in ("Ceilings", "Counts", "Budgets"):
        left = tuple(r for r in plan.planner_rules if r.sheet != sheet)
        assert "planner-rules" in broken(stated, dataclasses.replace(plan, planner_rules=left))
    cheaper = tuple(dataclasses.replace(c, usd_m=c.usd_m / 2) if c.term == "penalties" else c for c in plan.costs)
    assert "cost-term" in broken(stated, dataclasses.replace(plan, costs=cheaper))


def test_fixed_routes_in_the_audit() -> None:
    """What a route carries is counted anew; a rule that asks for more is broken."""
    stated = case(
        sources=(source(), source("other")),
        routes=(Route(route="way", from_kind="source", from_name="trade", usd_per_t=100.0),),
        fixes=(Fix(decision="route", name="way", action="at least", year=2028, value=5.0),),
    )
    plan = solve(stated)
    verdict = audit(stated, plan)
    assert verdict.passed, verdict.findings
    more = dataclasses.replace(stated, fixes=(dataclasses.replace(stated.fixes[0], value=5.1),))
    assert "planner-rules" in broken(more, plan)


def test_budget_of_a_size_in_the_audit() -> None:
    """A smelter on a cost curve is built as large as the budget allows: 12 t a year are wanted, 0.8 million make 10."""
    plant = Plant(
        plant="smelter",
        status="candidate",
        country="home",
        input_form="powder",
        output_form="bar",
        capacity_t_per_yr=12.0,
        capex_usd_m=1.0,
        life_years=12,
    )
    stated = case(
        forms=(Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements")),
        plants=(plant,),
        capex_curve=(
            CapexPoint(plant="smelter", capacity_t_per_yr=5.0, capex_usd_m=0.5),
            CapexPoint(plant="smelter", capacity_t_per_yr=15.0, capex_usd_m=1.1),
        ),
        demands=(demand(form="bar"),),
        budgets=(Budget(budget="b", year=2027, usd_m=0.8, counts="capex"), Budget(budget="b", year=2028, usd_m=0.1, counts="capex")),
    )
    plan = solve(stated)
    verdict = audit(stated, plan)
    assert verdict.passed, verdict.findings
    assert [round(r.reached, 6) for r in plan.planner_rules] == [0.8, 0.0]
    assert plan.constructions[0].capacity_t_per_yr == pytest.approx(10.0)
    assert "planner-rules" in broken(dataclasses.replace(stated, budgets=(dataclasses.replace(stated.budgets[0], usd_m=0.7),)), plan)


def test_budget_of_works_in_the_audit() -> None:
    """Capital in the months in which it is spent, and a prepayment at signature, are the audit's own; half of either is too little."""
    plant = Plant(
        plant="smelter",
        status="candidate",
        country="home",
        input_form="powder",
        output_form="bar",
        capacity_t_per_yr=12.0,
        permit_months=6,
        build_months=12,
        capex_usd_m=1.2,
        life_years=12,
    )
    stated = case(
        settings=settings(horizon_months=36),
        forms=(Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements")),
        plants=(plant,),
        demands=(demand(form="bar"),),
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=3, upfront_usd_m=0.1, sign_to=Month(2027, 12)),),
        contract_lines=(ContractLine(contract="offtake", source="trade", max_t_per_yr=24.0, price_index="index", discount_pct=90.0),),
        budgets=(Budget(budget="a", year=2027, usd_m=0.7), Budget(budget="a", year=2028, usd_m=0.6)),
    )
    plan = solve(stated)
    verdict = audit(stated, plan)
    assert verdict.passed, verdict.findings
    assert [round(r.reached, 6) for r in plan.planner_rules] == [0.7, 0.6]
    for n, less in ((0, 0.65), (1, 0.55)):
        rows = [dataclasses.replace(row, usd_m=less) if k == n else row for k, row in enumerate(stated.budgets)]
        assert "planner-rules" in broken(dataclasses.replace(stated, budgets=tuple(rows)), plan)
