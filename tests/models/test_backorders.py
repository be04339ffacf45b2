"""Demand that is owed and served later: in D1 as a state, at its cost, due at once where a cut begins."""

from __future__ import annotations

import dataclasses

import pytest
from small_cases import case, crisis, cutoff, demand, equations, missing_t, optimum, settings, source, stock

from models.build import base_plan, recourse
from models.case import Assumption, Case, Settings
from models.check import check
from models.columns import Month
from models.run import Study
from models.survival import Pattern
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve

OWED = ("makers", "alpha", "powder")
GROWING = (Assumption(assumption="for sale", year=2027, value=6.0), Assumption(assumption="for sale", year=2028, value=24.0))


def owing(**changes: object) -> Case:
    """12 t a year at 10 USD/kg; 6 t are for sale in the first year, 24 t in the second."""
    demands = (demand(backorder_usd_per_kg_yr=3.0, **changes),)
    return case(assumptions=GROWING, demands=demands, sources=(source(max_t_per_yr="for sale"),))


def test_backorders_printed() -> None:
    """D1 in the base plan: what the first year leaves owed is due in the second, which leaves nothing owed."""
    assert equations(base_plan(Study(owing())), "serve_or_leave_unmet") == [
        "served_t[makers, alpha, powder, 0] + unmet_t[makers, alpha, powder, 0] + owed_t[makers, alpha, powder, 0] = 12",
        "served_t[makers, alpha, powder, 12] + unmet_t[makers, alpha, powder, 12] = 12 + owed_t[makers, alpha, powder, 0]",
    ]


def test_a_recourse_finds_it_due() -> None:
    """D1 and D2 in a recourse: what is owed when the cut begins is due in its first month, at the service level; nothing after."""
    changed = dataclasses.replace(owing(service_level=0.8), cutoffs=(cutoff(months=2),))
    model = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert equations(model, "serve_or_leave_unmet") == [
        "served_t[makers, alpha, powder, 12] + unmet_t[makers, alpha, powder, 12] = "
        "1 + margin[all] + owed_opening_t[makers, alpha, powder]",
        "served_t[makers, alpha, powder, 13] + unmet_t[makers, alpha, powder, 13] = 1 + margin[all]",
    ]
    assert equations(model, "protected_demand_survives") == [
        "0.8 + 0.8 margin[all] + 0.8 owed_opening_t[makers, alpha, powder] "
        "<= served_t[makers, alpha, powder, 12] + missing_t[makers, alpha, powder, 12]",
        "0.8 + 0.8 margin[all] <= served_t[makers, alpha, powder, 13] + missing_t[makers, alpha, powder, 13]",
    ]
    assert model.handed["operation.owed_opening_t", OWED].weights == {("operation.owed_t", (*OWED, 0)): 1.0}


def test_what_is_owed_on_the_first_day() -> None:
    """6 t owed on the first day are due in the first year: with 24 t for sale they are bought for 0.06 million USD on top of 0.24; with 6 t
    for sale they wait for the second year with the 6 t of the first, 0.036 million more. A cut at the start finds them due."""
    plenty = {"sources": (source(),)}
    changed = dataclasses.replace(owing(owed_t=6.0), **plenty)
    assert equations(base_plan(Study(changed)), "serve_or_leave_unmet")[0] == (
        "served_t[makers, alpha, powder, 0] + unmet_t[makers, alpha, powder, 0] + owed_t[makers, alpha, powder, 0] = 18"
    )
    assert optimum(base_plan(Study(changed))).cost == pytest.approx(0.3)
    assert optimum(base_plan(Study(dataclasses.replace(owing(), **plenty)))).cost == pytest.approx(0.24)
    late = dataclasses.replace(owing(owed_t=6.0), sources=(source(max_t_per_yr="for sale"),))
    assert optimum(base_plan(Study(late))).cost == pytest.approx(0.3 + 12 * 3 / 1000)
    cut = dataclasses.replace(late, cutoffs=(cutoff(months=2, first_start=Month(2027, 1)),))
    handed = recourse(Study(cut), Pattern(cut.cutoffs[0], 0)).handed["operation.owed_opening_t", OWED]
    assert (dict(handed.weights), handed.constant) == ({}, 6.0)
    for stated in (changed, late, dataclasses.replace(cut, stocks=(stock(opening_t=8.0),))):
        plan = solve(stated, SolveOptions())
        assert plan.summary.status == "certified"
        assert [str(finding) for finding in audit(stated, plan).findings] == []
    less = dataclasses.replace(late, demands=owing(owed_t=5.0).demands)
    assert {"served", "cost-term"} & {f.rule for f in audit(less, solve(late, SolveOptions())).findings}
    told = check(owing(owed_t=6.0)) + check(case(demands=(demand(owed_t=6.0),)))
    assert [(f.field, f.severity) for f in told if f.field == "owed_t"] == [("owed_t", "warning")]


def test_with_and_without_backorders() -> None:
    """Of 12 t the first year can have 6: without backorders 6 t are short at 1000 USD/kg, 6.18 million USD in all; with them they are
    served in the second year for 3 USD/kg more, 0.258 million."""
    changed = owing()
    plain = dataclasses.replace(changed, demands=(demand(),))
    without = optimum(base_plan(Study(plain)))
    with_them = optimum(base_plan(Study(changed)))
    assert without.cost == pytest.approx(0.06 + 6.0 + 0.12)
    assert with_them.cost == pytest.approx(0.06 + 0.18 + 0.018)
    assert with_them.value("owed_t", *OWED, 0) == pytest.approx(6)


def test_nothing_is_owed_for_a_shortage_that_is_cheaper() -> None:
    """At 12 USD/kg of shortage, 6 t are left unserved (0.072 + 0.18 million USD): later they would cost 10 + 3."""
    found = optimum(base_plan(Study(owing(shortage_usd_per_kg=12.0))))
    assert found.cost == pytest.approx(0.06 + 0.072 + 0.12)
    assert found.total("owed_t") == pytest.approx(0)


def test_a_period_without_demand_serves_what_is_owed() -> None:
    """All 12 t are wanted in the first year, where 6 t are for sale; the second year wants nothing and serves 6 t of them."""
    ending = (*GROWING, Assumption(assumption="wanted", year=2027, value=12.0), Assumption(assumption="wanted", year=2028, value=0.0))
    changed = dataclasses.replace(owing(t_per_yr="wanted"), assumptions=ending)
    plan = solve(changed, SolveOptions())
    assert [(row.period.year, row.demanded_t, row.served_t, row.owed_t) for row in plan.service if row.run == "base"] == [
        (2027, pytest.approx(12), pytest.approx(6), pytest.approx(6)),
        (2028, 0.0, pytest.approx(6), 0.0),
    ]
    assert plan.summary.cost_usd_m == pytest.approx(0.12 + 0.018)
    assert audit(changed, plan).passed


def test_what_is_missing_of_what_is_owed() -> None:
    """A whole cut of two months lacks 1 t in each; where 6 t were owed when it began, 8 t."""
    changed = dataclasses.replace(owing(), cutoffs=(cutoff(months=2),))
    model = crisis(changed, 12)
    assert missing_t(model) == pytest.approx(2)
    model.operation.owed_opening_t[OWED].fix(6.0)
    assert missing_t(model) == pytest.approx(8)


def monthly() -> Settings:
    return settings(horizon_months=24, fine_months=24)


def test_no_plan_saves_stock_by_owing() -> None:
    """A cut of three months from 2028 on takes 3 t from the store, owed or not: the plan buys them at some time before, and owes
    nothing then, though owing costs nothing. With and without backorders it costs the same, 0.27 million USD."""
    rows = {"settings": monthly(), "stocks": (stock(),), "cutoffs": (cutoff(last_start=Month(2028, 1)),)}
    without = case(**rows)
    with_them = case(**rows, demands=(demand(backorder_usd_per_kg_yr=0.0),))
    costs = []
    for changed in (without, with_them):
        plan = solve(changed, SolveOptions())
        verdict = audit(changed, plan)
        assert [str(f) for f in verdict.findings] == []
        costs.append(plan.summary.cost_usd_m)
        held = sum(row.level_t for row in plan.stocks if row.run == "base" and row.period == Month(2027, 12))
        owed = sum(row.owed_t for row in plan.service if row.run == "base" and row.period == Month(2027, 12))
        assert held - owed >= 3 - 1e-6
    assert costs == [pytest.approx(0.24), pytest.approx(0.24)]


def test_the_audit_sees_what_is_owed() -> None:
    """A plan that owes where nothing may be owed, owes at the end, or owes less than it does not serve, is caught."""
    changed = owing(rationing="no")
    plan = solve(changed, SolveOptions())
    assert audit(changed, plan).passed
    owed = {row.period.year: row.owed_t for row in plan.service}
    assert owed == {2027: pytest.approx(6), 2028: 0.0}

    def broken(year: int, tonnes: float, of: Case = changed) -> set[str]:
        rows = tuple(dataclasses.replace(r, owed_t=tonnes) if r.period.year == year else r for r in plan.service)
        return {finding.rule for finding in audit(of, dataclasses.replace(plan, service=rows)).findings}

    assert "owed" in broken(2027, 6.0, dataclasses.replace(changed, demands=(demand(rationing="no"),)))
    assert "owed" in broken(2028, 1.0)
    assert "served" in broken(2027, 5.0)
    assert "cost-term" in broken(2027, 7.0)


@pytest.mark.parametrize("cost", [-1.0, "nowhere"])
def test_a_cost_of_backorders_that_cannot_be(cost: float | str) -> None:
    """A negative cost, or an assumption that is not there, is told at its cell."""
    found = [f for f in check(case(demands=(demand(backorder_usd_per_kg_yr=cost),))) if f.severity == "error"]
    assert [(f.table, f.row, f.field, f.value) for f in found] == [("Demand", 0, "backorder_usd_per_kg_yr", cost)]
