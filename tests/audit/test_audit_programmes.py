"""The audit of programmes: plans that the solver made pass; each planted fault is caught by the rule that it breaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from small_cases import case, cutoff, least_cost, settings, source, stock

from models.case import Budget, Case, Count, Fix, Form, Programme, ProgrammeEffect
from models.columns import Month
from models.plan import Plan
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve

SAFE = (
    source(),
    source("trade beta", "beta", countries=("elsewhere",)),
    source("collected", countries=("elsewhere",), price_factor=0.9, programme="collection", max_t_per_yr=6.0),
    source("reserve", countries=("elsewhere",), price_factor=0.5, programme="emergency", max_t_per_yr=3.0),
)


def effect(programme: str, share: float, **changes: Any) -> ProgrammeEffect:
    """An effect on the makers' alpha."""
    return ProgrammeEffect(programme=programme, sector="makers", material="alpha", form="powder", share_affected=share, **changes)


def programmed() -> Case:
    """A candidate that replaces alpha by beta, one in force that saves, a lever, collection that requires the first, an emergency
    supply; metal masses; discounted; three months without supply from abroad to be survived."""
    metal = Form(form="powder", position=2, holds="elements", mass="metal")
    return case(
        settings=settings(discount_rate_pct=5.0, decision_every_months=12, relative_gap_pct=0.0),
        forms=(metal,),
        sources=SAFE,
        stocks=(stock(storage_usd_per_t_yr=20000.0),),
        cutoffs=(cutoff(first_start=Month(2028, 1)),),
        programmes=(
            Programme(programme="swap", capex_usd_m=0.001, fixed_usd_m_per_yr=0.0005, lead_months=6, ramp_pct=(50.0, 100.0), life_years=3),
            Programme(programme="saving", status="in force", online=Month(2027, 7), fixed_usd_m_per_yr=0.01),
            Programme(programme="lever", status="contingency", lead_months=1, ramp_pct=(50.0, 100.0)),
            Programme(programme="collection", requires=("swap",), exclusive_group="g"),
            Programme(programme="other", exclusive_group="g", decide_from=Month(2028, 1)),
            Programme(programme="emergency", status="contingency", lead_months=2),
        ),
        programme_effects=(
            effect("swap", 0.4, serves_material="beta", serves_form="powder", t_per_t=0.9, usd_per_kg=1.0),
            effect("saving", 0.1, usd_per_kg=0.5),
            effect("lever", 0.2, usd_per_kg=2.0),
            effect("other", 0.1, usd_per_kg=30.0),
        ),
    )


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """The case and its plan."""
    changed = programmed()
    return changed, solve(changed, SolveOptions())


def test_a_solved_plan_passes(solved: tuple[Case, Plan]) -> None:
    """Model and audit agree on starts, effects and money; everything there is is used somewhere."""
    changed, plan = solved
    verdict = audit(changed, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    assert plan.summary.status == "certified"
    assert {row.programme for row in plan.programme_starts} == {"swap", "collection"}
    assert {row.programme for row in plan.replaced} == {"swap", "saving", "lever"}
    assert {row.programme for row in plan.replaced if row.run == "base"} == {"saving"}
    assert {row.source for row in plan.bought if row.run == "base"} == {"trade", "collected"}
    assert {row.source for row in plan.bought} == {"trade", "trade beta", "collected", "reserve"}
    assert verdict.checks["replaced"] > 0
    assert verdict.checks["programmes"] > 0


Fault = Callable[[Case, Plan], tuple[Case, Plan]]


def in_plan(table: str, row: int = 0, **new: Any) -> Fault:
    """One row of the plan changed."""

    def fault(changed: Case, plan: Plan) -> tuple[Case, Plan]:
        rows = list(getattr(plan, table))
        rows[row] = dataclasses.replace(rows[row], **new)
        return changed, dataclasses.replace(plan, **{table: tuple(rows)})

    return fault


def in_case(table: str, row: int = 0, **new: Any) -> Fault:
    """A stricter case, which the plan does not meet."""

    def fault(changed: Case, plan: Plan) -> tuple[Case, Plan]:
        rows = list(getattr(changed, table))
        rows[row] = dataclasses.replace(rows[row], **new)
        return dataclasses.replace(changed, **{table: tuple(rows)}), plan

    return fault


def twice(changed: Case, plan: Plan) -> tuple[Case, Plan]:
    """A programme is started twice."""
    return changed, dataclasses.replace(plan, programme_starts=(*plan.programme_starts, plan.programme_starts[0]))


def without(table: str, **match: Any) -> Fault:
    """The matching rows of the plan are left out."""

    def fault(changed: Case, plan: Plan) -> tuple[Case, Plan]:
        kept = tuple(row for row in getattr(plan, table) if any(getattr(row, k) != v for k, v in match.items()))
        assert len(kept) < len(getattr(plan, table))
        return changed, dataclasses.replace(plan, **{table: kept})

    return fault


def both_of_a_group(changed: Case, plan: Plan) -> tuple[Case, Plan]:
    """The other programme of the group is started too."""
    row = dataclasses.replace(plan.programme_starts[0], programme="other", decided=Month(2028, 1), first_effect=Month(2028, 1))
    return changed, dataclasses.replace(plan, programme_starts=(*plan.programme_starts, row))


FAULTS: list[tuple[Fault, str]] = [
    (twice, "programmes"),
    (both_of_a_group, "exclusive-group"),
    (without("programme_starts", programme="swap"), "programmes"),
    (without("programme_starts", programme="swap"), "replaced"),
    (without("programme_starts", programme="collection"), "spot-limit"),
    (in_plan("programme_starts", programme="saving"), "names"),
    (in_plan("programme_starts", decided=Month(2027, 3)), "decision-date"),
    (in_case("programmes", decide_from=Month(2028, 1)), "decision-window"),
    (in_plan("programme_starts", first_effect=Month(2027, 1)), "lead-time"),
    (in_case("programmes", lead_months=36), "horizon"),
    (in_plan("programme_starts", capex_usd_m=0.0), "stated-figures"),
    (in_case("programmes", ramp_pct=(10.0,)), "replaced"),
    (in_case("programmes", 2, lead_months=2), "replaced"),
    (in_case("programmes", 2, ramp_pct=(50.0, 50.0)), "replaced"),
    (in_case("programmes", 1, online=Month(2028, 1)), "replaced"),
    (in_case("programmes", 5, lead_months=3), "spot-limit"),
    (in_case("programme_effects", 1, share_affected=0.05), "replaced"),
    (in_case("programme_effects", 0, t_per_t=1.0), "balance"),
    (in_case("programme_effects", 1, usd_per_kg=0.6), "cost-term"),
    (in_case("programmes", 0, fixed_usd_m_per_yr=0.002), "cost-term"),
    (in_case("programmes", 0, life_years=4), "cost-term"),
    (in_case("programmes", 1, fixed_usd_m_per_yr=0.02), "cost-term"),
    (in_case("programme_effects", 2, usd_per_kg=9.0), "recourse-cost"),
    (without("replaced", run="base"), "demand"),
    (in_plan("replaced", replaced_t=0.0), "demand"),
    (in_plan("replaced", limit_t=99.0), "stated-figures"),
    (in_plan("replaced", -1, used_t=99.0), "stated-figures"),
    (in_plan("replaced", material="beta"), "names"),
    (without("replaced", programme="lever"), "service"),
]


@pytest.mark.parametrize(("fault", "rule"), FAULTS)
def test_a_fault_is_caught(solved: tuple[Case, Plan], fault: Fault, rule: str) -> None:
    """The finding is of the rule that is broken."""
    verdict = audit(*fault(*solved))
    assert rule in {finding.rule for finding in verdict.findings}


def test_the_planners_rules_on_programmes(solved: tuple[Case, Plan]) -> None:
    """Under rules that the plan keeps it passes; what the audit counts itself shows under stricter ones."""
    rules: dict[str, Any] = {
        "fixes": (Fix(decision="programme", name="swap", action="force"), Fix(decision="programme", name="other", action="forbid")),
        "counts": (Count(rule="few", members=("swap", "saving", "other", "collection"), at_least=2, at_most=3),),
        "budgets": (Budget(budget="start", usd_m=0.001, year=2027, counts="capex"),),
    }
    changed = dataclasses.replace(solved[0], **rules)
    plan = solve(changed, SolveOptions())
    assert [str(finding) for finding in audit(changed, plan).findings] == []
    assert {(r.rule, r.reached) for r in plan.planner_rules if r.sheet == "Fixes"} == {("starts of swap", 1.0), ("starts of other", 0.0)}
    assert [r.reached for r in plan.planner_rules if r.sheet == "Budgets"] == pytest.approx([0.001])
    stricter: dict[str, Any] = {
        "fixes": (Fix(decision="programme", name="swap", action="forbid"), rules["fixes"][1]),
        "counts": (dataclasses.replace(rules["counts"][0], at_most=2),),
        "budgets": (dataclasses.replace(rules["budgets"][0], usd_m=0.0005),),
    }
    for table, rows in stricter.items():
        verdict = audit(dataclasses.replace(changed, **{table: rows}), plan)
        assert "planner-rules" in {finding.rule for finding in verdict.findings}, table


def test_cuts_and_the_whole_program_agree() -> None:
    """By the month, so that no start lies inside a period, the plan found by cuts costs what the base plan with every recourse written
    out costs."""
    changed = programmed()
    monthly = dataclasses.replace(changed, settings=dataclasses.replace(changed.settings, fine_months=24))
    plan = solve(monthly, SolveOptions())
    assert audit(monthly, plan).passed
    assert plan.summary.cost_usd_m == pytest.approx(least_cost(monthly), rel=1e-6)
