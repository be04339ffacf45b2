"""Features of the workbook, several at once, in random tiny cases: workbook, solve, audit, cost, report and plan file agree."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from random_features import FEATURES, random_features
from small_cases import EXACT, case, cutoff, demand, equations, settings, source, stock

from models.build import base_plan
from models.case import Case, Ceiling, Programme, Route
from models.check import check
from models.columns import Month
from models.plan import Plan
from models.run import Study
from models.survival import Pattern, starts
from optimizer.audit import audit
from optimizer.errors import NoBasePlan
from optimizer.highs import Status
from optimizer.highs import solve as solve_program
from optimizer.plan_file import read_plan, write_plan
from optimizer.recourse import Recourse
from optimizer.report import write_report
from optimizer.solve import SolveOptions, as_asked, solve
from optimizer.standard_form import compile_model, stack
from optimizer.template import write_case
from optimizer.workbook import read_case

OPTIONS = SolveOptions(relative_gap_pct=5e-4)
"""Five millionths: what the tolerances of one pattern's test can cost lies below."""

FAST = range(12)

SLOW = range(12, 122)

FILES = 5
"""Of so many seeds one is written as a workbook, a report and a plan file too."""


def whole_cost(case: Case, plan: Plan | None) -> float:
    """Cost of the base plan with the recourse of every start that must be survived, every month, as one program; infinite: impossible.

    A first start that was to be found is the one that the plan found.
    """
    first = {row.cutoff: row.first_start for row in plan.readiness} if plan is not None else {}
    cutoffs = tuple(dataclasses.replace(row, first_start=row.first_start or first.get(row.cutoff)) for row in case.cutoffs)
    study = Study(dataclasses.replace(case, cutoffs=cutoffs))
    h = study.horizon
    base = compile_model(base_plan(study))
    patterns = [
        Pattern(row, start)
        for row in cutoffs
        if row.active and row.must_survive
        for start in starts(h, row, h.month_of(row.first_start, 0), every_month=True)
    ]
    blocks = [Recourse.of(study, pattern, base).block() for pattern in patterns]
    result = solve_program(stack(base.program, blocks), EXACT)
    assert result.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return result.objective if result.status is Status.OPTIMAL else math.inf


def answer(case: Case) -> Plan | None:
    """The plan; None where not even a base plan exists, and the solve says so."""
    try:
        return solve(case, OPTIONS)
    except NoBasePlan as trouble:
        assert trouble.rows
        return None


def agree(seed: int, folder: Path) -> None:
    """All that must agree on the case of a seed; the assertion says what it is made of."""
    case, used = random_features(seed)
    words = f"seed {seed}: {'; '.join(used)}"
    assert [str(f) for f in check(case) if f.severity == "error"] == [], words
    if seed % FILES == 0:
        write_case(case, folder / "case.xlsx")
        assert read_case(folder / "case.xlsx") == case, words
    plan, asked = answer(case), as_asked(case, OPTIONS)
    cost = whole_cost(asked, plan)
    if plan is None:
        assert cost == math.inf, words
        return
    assert plan.summary.status in ("certified", "impossible"), words
    assert [str(finding) for finding in audit(asked, plan).findings] == [], words
    if plan.summary.status == "certified":
        assert plan.summary.cost_usd_m == pytest.approx(cost, rel=1e-5, abs=2e-6), words
        assert math.fsum(row.usd_m for row in plan.costs) == pytest.approx(plan.summary.cost_usd_m, rel=1e-7, abs=1e-7), words
    else:
        assert plan.missing, words
    if seed % FILES == 0:
        write_report(asked, plan, folder / "report.xlsx")
        write_plan(plan, folder / "plan.json")
        assert read_plan(folder / "plan.json") == plan, words


@pytest.mark.parametrize("seed", FAST)
def test_features_together(seed: int, tmp_path: Path) -> None:
    """Checks accept the case, the workbook gives it back, the solve ends with a certificate or says that nothing survives, the audit
    finds nothing, the cost is that of the one program of everything, its terms add up, and report and plan file are written."""
    agree(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW)
def test_many_features_together(seed: int, tmp_path: Path) -> None:
    """The same, many times."""
    agree(seed, tmp_path)


def test_every_feature_is_switched_on() -> None:
    """In the fast seeds and the slow ones together each feature is on in ten cases or more, and cases have several on."""
    used = [random_features(seed)[1] for seed in (*FAST, *SLOW)]
    assert min(sum(name in names for names in used) for name in FEATURES) >= 10
    assert sum(map(len, used)) / len(used) > 6


def passes(changed: Case) -> Plan:
    """The certified plan of a case; the audit finds nothing in it."""
    plan = solve(changed, OPTIONS)
    assert [str(finding) for finding in audit(as_asked(changed, OPTIONS), plan).findings] == []
    assert plan.summary.status == "certified"
    return plan


def test_latest_first_start_inside_a_period() -> None:
    """Half-year periods, at most 18 t a year for sale, 12 t used, no more than 3 t to spare by the end of the first: from July on 3 t are
    there, in June 2.5 t. To be survived from July at the latest is possible; from June at the latest it is not, and what is missing is
    said: half a tonne. With 0.6 t on the first day June is survived, inside the period, and what follows it."""
    late = cutoff(first_start=None, latest_first_start=Month(2027, 7))
    changed = case(
        settings=settings(horizon_months=12, coarse_period_months=6),
        demands=(demand(rationing="no"),),
        sources=(source(max_t_per_yr=18.0), source("trade beta", "beta")),
        stocks=(stock(),),
        cutoffs=(late,),
    )
    assert [str(row.first_start) for row in passes(changed).readiness] == ["2027-07"]
    june = dataclasses.replace(changed, cutoffs=(dataclasses.replace(late, latest_first_start=Month(2027, 6)),))
    impossible = solve(june, OPTIONS)
    assert impossible.summary.status == "impossible"
    assert math.fsum(row.missing_t for row in impossible.missing) == pytest.approx(0.5, abs=1e-5)
    more = passes(dataclasses.replace(june, stocks=(stock(opening_t=0.6),)))
    assert [str(row.first_start) for row in more.readiness] == ["2027-06"]
    assert [str(row.start) for row in more.patterns][:2] == ["2027-06", "2027-07"]


def test_what_a_programme_opens_is_shown_as_far_as_it_has_come() -> None:
    """Collection starts in January and gives two fifths of 12 t in its first year, all in its second: the plan shows 4.8 t and 12 t that
    could be bought, and the order of a crisis is priced by its share of the whole."""
    collected = source("collected", price_factor=0.5, programme="collect", order_cost_usd_m=0.001, max_t_per_yr=12.0, countries=("home",))
    changed = case(
        settings=settings(horizon_months=24),
        sources=(source(), collected),
        programmes=(Programme(programme="collect", ramp_pct=(40.0, 100.0)),),
        stocks=(stock(),),
        cutoffs=(cutoff(),),
    )
    plan = passes(changed)
    shown = [row.limit_t for row in plan.bought if row.run == "base" and row.source == "collected"]
    assert shown == pytest.approx([4.8, 12.0])


def test_routes_carry_what_has_arrived() -> None:
    """Ordered from overseas three months before it arrives, in quarters: what is shipped from the port is what arrived, not what was
    ordered. On the first day 3 t are at sea."""
    far = source(shipping_months=3.0, at_sea_t=3.0)
    changed = case(
        settings=settings(horizon_months=12, coarse_period_months=3),
        sources=(far, source("trade beta", "beta")),
        routes=(Route(route="port", from_kind="source", from_name="trade", usd_per_t=10.0),),
    )
    plan = passes(changed)
    assert [row.shipped_t for row in plan.shipped if row.run == "base"] == pytest.approx([3.0, 3.0, 3.0, 3.0])
    assert math.fsum(row.bought_t for row in plan.bought if row.run == "base") == pytest.approx(9.0)


def routed(shelf_life_months: int | None = None, cover_days: float | None = None) -> Case:
    """A store with a route out of it and a route to the makers, over half-years."""
    return case(
        settings=settings(horizon_months=12, coarse_period_months=6),
        stocks=(stock(opening_t=3.0, shelf_life_months=shelf_life_months, cover_days=cover_days, storage_usd_per_t_yr=1.0),),
        routes=(
            Route(route="out", from_kind="store", from_name="store"),
            Route(route="in", to_kind="sector", to_name="makers"),
        ),
    )


def test_what_a_route_passes_on_is_not_fresh() -> None:
    """What leaves the store along a route does not count as fresh when it is put in again: only what is bought does."""
    rule = equations(base_plan(Study(routed(shelf_life_months=9))), "put_in_what_is_fresh")
    assert rule == [f"added_t[store, alpha, powder, {t}] <= bought_t[trade, {t}]" for t in (0, 6)]


def test_what_travels_to_its_user_is_used_once() -> None:
    """36.5 days of cover are a tenth of a year: of 12 t a year 1.2 t lie there at each end, whether or not the use travels."""
    plan = passes(routed(cover_days=36.5))
    levels = [row.level_t for row in plan.stocks if row.run == "base"]
    assert levels == pytest.approx([1.2, 1.2], abs=1e-6)


def test_cargo_at_sea_on_the_first_day_counts_for_a_ceiling() -> None:
    """Bars that were at sea on the first day arrive from abroad: the table of ceilings shows their share, and the audit agrees."""
    changed = case(
        settings=settings(horizon_months=12, coarse_period_months=6),
        sources=(source(shipping_months=6.0, at_sea_t=6.0), source("near", countries=("next door",), price_factor=2.0)),
        ceilings=(Ceiling(form="powder", max_share=0.6, excess_usd_per_kg=30.0),),
    )
    rows = {(row.rule, row.when): row.reached for row in passes(changed).planner_rules}
    assert rows["alpha as powder from abroad", "2027"] == pytest.approx(60.0, abs=1e-6)
