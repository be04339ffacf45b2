"""Where no plan survives: the plan that comes nearest is whole, audited, ready as early as can be, and lacks as little as can be."""

from __future__ import annotations

import dataclasses

import pytest
from small_cases import case, cutoff, demand, settings, source, stock

from models.case import Budget, Case, Contract, ContractLine, Price
from models.columns import Month
from models.plan import Plan
from optimizer import console, shortfall
from optimizer.audit import audit
from optimizer.errors import NumericalTrouble
from optimizer.solve import SolveOptions, solve

EXACT = SolveOptions(relative_gap_pct=1e-6)
JAN_27, JAN_28, JUL_27 = Month(2027, 1), Month(2028, 1), Month(2027, 7)


def answered(changed: Case, options: SolveOptions = EXACT) -> Plan:
    """The answer 'impossible' of a case; the audit replays it and finds nothing."""
    plan = solve(changed, options)
    assert plan.summary.status == "impossible"
    verdict = audit(changed, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert verdict.checks["shortage"] > 0
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m)
    return plan


def short(opening_t: float = 1.0, **sheets: object) -> Case:
    """1 t a month used, all from abroad, three months cut from the first day on; so much in store."""
    plain = {
        "stocks": (stock(opening_t=opening_t),),
        "demands": (demand(rationing="no"),),
        "cutoffs": (cutoff(first_start=JAN_27),),
    }
    return case(**{**plain, **sheets})


def test_the_shortage_is_what_the_stock_lacks() -> None:
    """max over k of sum(g d - a) - S = 3 - 1 = 2 t are missing at the first start, none later: with and without the stock 2 and 3 t.
    The bound says that no plan lacks less; ready from the second year on; the plan costs the 24 t that it buys, at 10 USD/kg, and what
    it may not sell: 23 t for the demand and 3 t to refill the store."""
    plan = answered(short())
    assert plan.summary.missing_t == pytest.approx(2.0)
    assert plan.summary.least_missing_t == pytest.approx(2.0)
    assert answered(short(0.0)).summary.missing_t == pytest.approx(3.0)
    assert [(row.first_start, row.latest_first_start, row.found) for row in plan.readiness] == [(JAN_28, JAN_27, True)]
    assert [row.missing_t for row in plan.patterns] == pytest.approx([2.0, 0.0, 0.0])
    assert plan.summary.cost_usd_m == pytest.approx(0.26)
    assert {row.run for row in plan.service} == {"base", "cut@2027-01", "cut@2028-01", "cut@2029-01"}


def test_later_starts_are_not_sold_for_earlier_ones() -> None:
    """Half-years; 8 t a half-year for sale and 6 t used, so 2 t can be put aside, 3 t are needed: nothing in store. The first start
    lacks 3 t, the second 1 t, and from the third on all are survived although a plan that never is would lack no more before."""
    half = settings(horizon_months=24, coarse_period_months=6, decision_every_months=6)
    plan = answered(short(0.0, settings=half, sources=(source(max_t_per_yr=16.0), source("trade beta", "beta"))))
    assert [row.missing_t for row in plan.patterns] == pytest.approx([3.0, 1.0, 0.0, 0.0, 0.0], abs=1e-5)
    assert plan.readiness[0].first_start == JAN_28
    assert plan.summary.least_missing_t == pytest.approx(4.0, abs=1e-5)


def test_each_material_by_itself() -> None:
    """Alpha and beta both lack on the first day. Alpha is for sale in plenty, ready after a year; of beta what is for sale is just used up
    and no stock can be built: from no start, and alpha's readiness is told apart from it."""
    both = short(
        0.0,
        demands=(demand(rationing="no"), demand("beta", rationing="no")),
        sources=(source(), source("trade beta", "beta", max_t_per_yr=12.0)),
        stocks=(stock(), stock("beta")),
    )
    plan = answered(both)
    found = {row.material: (row.first_start, row.missing_t) for row in plan.readiness_by_material}
    assert found["alpha"] == (JAN_28, pytest.approx(3.0))
    assert found["beta"] == (None, pytest.approx(3.0))
    assert plan.readiness[0].first_start is None
    lines = "\n".join(console.summary_lines(plan, True))
    assert "alpha powder could be served from 2028-01 on, if nothing else had to be" in lines
    assert "beta powder could be served from no start" in lines
    assert "none that is ready as early lacks less than 12 (found twice, with and without presolve)" in lines


def whole_decisions() -> Case:
    """Two contracts of 1 t a month each, 10 million USD apiece at signature, 15 million in all; 1.5 t a month needed in the cut."""
    return case(
        demands=(demand(t_per_yr=18.0, rationing="no"),),
        prices=(*case().prices, Price(index="deal", material="alpha", form="powder", usd_per_kg=10.0)),
        sources=(
            source(),
            *(source(f"mine {n}", countries=("near",), spot_share=0.0, max_t_per_yr=12.0, price_index="deal") for n in (1, 2)),
            source("trade beta", "beta"),
        ),
        contracts=tuple(Contract(contract=f"deal {n}", status="on offer", tenor_years=9, upfront_usd_m=10.0) for n in (1, 2)),
        contract_lines=tuple(ContractLine(contract=f"deal {n}", source=f"mine {n}", price_index="deal") for n in (1, 2)),
        budgets=(Budget(budget="all", year=2027, usd_m=15.0, counts="prepayments"), Budget(budget="none", year=2028, usd_m=0.0)),
        cutoffs=(cutoff(first_start=JAN_28),),
    )


def test_half_a_contract_helps_nobody() -> None:
    """One and a half contracts would survive, and the relaxation does; of whole ones the budget allows one: 1.5 t lack at each of two
    starts, 4.5 t needed in three months less 3 t. The plan signs one contract, and a budget of 20 million survives."""
    changed = whole_decisions()
    plan = answered(changed)
    assert len([row for row in plan.signatures if row.decided]) == 1
    assert plan.summary.missing_t == pytest.approx(3.0)
    assert plan.summary.least_missing_t == pytest.approx(3.0, rel=1e-3)
    rich = dataclasses.replace(changed, budgets=(dataclasses.replace(changed.budgets[0], usd_m=20.0),))
    assert solve(rich, EXACT).summary.status == "certified"


def test_a_start_inside_a_period() -> None:
    """Half-years; the cut must be survived from July, a boundary, on; and from June, inside the period, it cannot be."""
    half = settings(horizon_months=12, coarse_period_months=6)
    changed = short(0.0, settings=half, sources=(source(max_t_per_yr=18.0), source("trade beta", "beta")), stocks=(stock(),))
    for day, status in ((JUL_27, "certified"), (Month(2027, 6), "impossible")):
        plan = solve(dataclasses.replace(changed, cutoffs=(cutoff(first_start=day),)), EXACT)
        assert plan.summary.status == status
    assert plan.summary.missing_t == pytest.approx(0.5, abs=1e-5)
    assert plan.readiness[0].first_start == JUL_27


def test_a_time_limit_does_not_leave_it_half_told() -> None:
    """What is missing is reckoned to the end, whatever the limit of the search was."""
    late = short(cutoffs=(cutoff(first_start=None, latest_first_start=JAN_27),))
    plan = answered(late, SolveOptions(relative_gap_pct=1e-6, time_limit_s=1e-3))
    assert plan.summary.least_missing_t == pytest.approx(2.0)


def test_the_second_opinion_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """If without presolve nothing need be missing, no answer is given."""
    monkeypatch.setattr(shortfall, "_without_presolve", lambda work, master: 0.0)
    with pytest.raises(NumericalTrouble, match="contradicts itself"):
        solve(short(), EXACT)


def test_the_second_opinion_is_asked_without_presolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is reckoned once more with presolve switched off, and with costs on what is missing alone."""
    asked = []
    real = shortfall._without_presolve

    def watched(work: object, master: object) -> float:
        run = work.run  # type: ignore[attr-defined]
        work.run = lambda program, **changes: asked.append(changes) or run(program, **changes)  # type: ignore[attr-defined]
        try:
            return real(work, master)  # type: ignore[arg-type]
        finally:
            del work.run  # type: ignore[attr-defined]

    monkeypatch.setattr(shortfall, "_without_presolve", watched)
    solve(short(), EXACT)
    assert asked
    assert all(changes["presolve"] is False for changes in asked)
