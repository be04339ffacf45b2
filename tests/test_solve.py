"""The whole way from a case to a plan: certified, impossible, out of time; repeatable; and never dearer than it must be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial

import pytest

from models.case import Case, CutOff
from models.columns import Month
from models.plan import Plan
from models.run import Study
from models.survival import starts
from optimizer import recourse
from optimizer.audit import audit
from optimizer.errors import Interrupted, NumericalTrouble, StockpileError, Unbounded
from optimizer.example import example_case
from optimizer.highs import Program, Result, SolverOptions, SolverTrouble, Status
from optimizer.progress import Silent
from optimizer.solve import SolveOptions, _Work, as_asked, on_calendar, solve
from optimizer.targets import least_stocks


def with_cutoff(case: Case, **changes: object) -> Case:
    """The case with its only cut-off changed."""
    (row,) = case.cutoffs
    return dataclasses.replace(case, cutoffs=(dataclasses.replace(row, **changes),))  # type: ignore[arg-type]


def without(plan: Plan, *fields: str) -> Plan:
    """The plan without what differs from run to run."""
    return dataclasses.replace(plan, **dict.fromkeys(fields, ()))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def example() -> tuple[Case, Plan]:
    """The example and its plan."""
    case = example_case()
    return case, solve(case)


def test_the_example_is_certified(example: tuple[Case, Plan]) -> None:
    """Bound <= cost within the gap, all patterns passed, and the independent audit agrees with the cost."""
    case, plan = example
    summary = plan.summary
    assert summary.status == "certified"
    assert summary.bound_usd_m <= summary.cost_usd_m <= summary.bound_usd_m / (1 - case.settings.relative_gap_pct / 100)
    assert summary.patterns_passed == summary.patterns_tested > 0
    verdict = audit(case, plan)
    assert verdict.passed
    assert verdict.cost_usd_m == pytest.approx(summary.cost_usd_m, rel=1e-9)


def test_every_start_is_tested_those_inside_periods_too(example: tuple[Case, Plan]) -> None:
    """The periods are quarters; from the first start found to the end of the plan each month has its pattern, none is missing."""
    case, plan = example
    (ready,) = plan.readiness
    assert ready.found
    assert ready.first_start is not None
    first = ready.first_start.ordinal - case.settings.start.ordinal
    expected = starts(Study(case).horizon, case.cutoffs[0], first, every_month=True)
    assert [p.start.ordinal - case.settings.start.ordinal for p in plan.patterns] == list(expected)
    assert max(expected) == case.settings.horizon_months
    assert all(p.missing_t == 0 and p.recourse_usd_m is not None for p in plan.patterns)


def test_the_first_start_found_is_the_earliest(example: tuple[Case, Plan]) -> None:
    """A start one period earlier cannot be survived: asked for it, the answer is "impossible", with what is missing."""
    case, plan = example
    ready = plan.readiness[0].first_start
    assert ready is not None
    earlier = solve(with_cutoff(case, first_start=ready.plus(-3), latest_first_start=None))
    assert earlier.summary.status == "impossible"
    assert {row.start for row in earlier.missing} == {ready.plus(-3)}
    assert solve(with_cutoff(case, first_start=ready, latest_first_start=None)).summary.status == "certified"


def test_survival_costs_something_and_less_when_it_starts_later(example: tuple[Case, Plan]) -> None:
    """Unprotected <= first start a year later <= first start as early as possible (cost of the one against the bound of the other)."""
    case, plan = example
    ready = plan.readiness[0].first_start
    assert ready is not None
    assert plan.summary.unprotected_cost_usd_m is not None
    later = solve(with_cutoff(case, first_start=ready.plus(12), latest_first_start=None))
    assert plan.summary.unprotected_cost_usd_m <= later.summary.cost_usd_m + 1e-6
    assert later.summary.bound_usd_m <= plan.summary.cost_usd_m + 1e-6
    assert plan.summary.cost_usd_m > plan.summary.unprotected_cost_usd_m + 1


def test_an_impossible_case_says_what_is_missing() -> None:
    """All supply of both elements cut at once, no stock, no other source: the shortage of the first month is the protected demand."""
    case = example_case()
    keep = tuple(s for s in case.sources if "Eastland" in s.countries)
    bare = tuple(dataclasses.replace(s, opening_t=0.0) for s in case.stocks)
    lone = dataclasses.replace(case, sources=keep, contracts=(), contract_lines=(), stocks=bare)
    now = with_cutoff(lone, first_start=case.settings.start, latest_first_start=None, severity=1.0, return_months=0, months=2)
    plan = solve(now)
    assert plan.summary.status == "impossible"
    study = Study(now)
    required = {}
    for d in now.demands:
        if d.protected:
            required[d.sector, d.material, d.form] = d.service_level * d.t_per_yr / 12 / study.chain.mass_factor(d.material, d.form)
    first = {(m.sector, m.material, m.form): m.missing_t for m in plan.missing if m.start == m.month == case.settings.start}
    assert first == pytest.approx(required)


def test_a_start_that_is_too_late_is_refused() -> None:
    """The example is first survived from 2028 on; a planner who allows no later start than July 2027 is told it is impossible."""
    plan = solve(with_cutoff(example_case(), latest_first_start=Month(2027, 7)))
    assert plan.summary.status == "impossible"
    assert plan.missing
    (ready,) = plan.readiness
    assert ready.first_start is not None
    assert ready.first_start > Month(2027, 7)


def test_without_time_the_plan_is_labelled() -> None:
    """A limit of a thousandth of a second leaves a plan that is not called certified, and counts what it passed."""
    plan = solve(example_case(), SolveOptions(time_limit_s=0.001))
    assert plan.summary.status in ("unproven", "limit")
    if plan.summary.status == "unproven":
        assert plan.summary.patterns_passed < plan.summary.patterns_tested
    assert plan.service


def test_two_solves_are_one(example: tuple[Case, Plan]) -> None:
    """The same case gives the same plan, row by row."""
    case, plan = example
    assert without(solve(case), "stages") == without(plan, "stages")


def test_a_report_only_cut_off_is_tested_and_not_required() -> None:
    """Switched to "must survive: no" the cut-off adds nothing to the cost, and its patterns are told as failed."""
    plan = solve(with_cutoff(example_case(), must_survive=False))
    assert plan.summary.cost_usd_m == pytest.approx(plan.summary.unprotected_cost_usd_m, rel=2e-3)
    assert plan.patterns
    assert any(p.missing_t > 0 for p in plan.patterns)
    assert plan.summary.status == "certified"


def test_an_inactive_cut_off_is_not_there() -> None:
    """Switched off, it leaves no pattern."""
    assert solve(with_cutoff(example_case(), active=False)).patterns == ()


@pytest.mark.parametrize(("calendar", "slots"), [("year", 4), ("quarter", 16), ("month", 48)])
def test_calendars(calendar: str, slots: int) -> None:
    """Four years as 4, 16 or 48 periods; decisions no closer than the periods."""
    case = on_calendar(example_case(), calendar)
    assert len(Study(case).horizon.slots) == slots
    assert case.settings.decision_every_months >= case.settings.coarse_period_months


def test_options_change_the_case_that_is_audited() -> None:
    """Calendar and gap that the options ask for are part of the case that is solved, audited and reported."""
    case = as_asked(example_case(), SolveOptions(relative_gap_pct=2.0, calendar="year"))
    assert (case.settings.relative_gap_pct, case.settings.coarse_period_months) == (2.0, 12)


def test_an_announced_window_has_one_start() -> None:
    """First and last start in one month: one pattern, cheaper than any start from then on."""
    case = example_case()
    day = Month(2029, 7)
    once = solve(with_cutoff(case, first_start=day, last_start=day, latest_first_start=None))
    ever = solve(with_cutoff(case, first_start=day, last_start=None, latest_first_start=None))
    assert [p.start for p in once.patterns] == [day]
    assert once.summary.bound_usd_m <= ever.summary.cost_usd_m + 1e-6


@pytest.mark.slow
def test_a_second_cut_off_is_survived_too() -> None:
    """A shorter cut of everything joins: all patterns of both pass, and it costs no less."""
    case = example_case()
    other = CutOff(cutoff="short", countries=("Eastland", "Southland"), severity=1.0, months=2, first_start=Month(2029, 1))
    both = dataclasses.replace(case, cutoffs=(*case.cutoffs, other))
    one, two = solve(case), solve(both)
    assert two.summary.status == "certified"
    assert {p.cutoff for p in two.patterns} == {case.cutoffs[0].cutoff, "short"}
    assert two.summary.cost_usd_m >= one.summary.bound_usd_m - 1e-6
    assert audit(both, two).passed


def failing_on_costs(monkeypatch: pytest.MonkeyPatch, failure: Callable[[], Result]) -> None:
    """From now on the solver fails on every recourse that has prices; questions of tonnes and of the margin go on."""
    real = recourse.solve_program

    def failing(program: Program, options: SolverOptions) -> Result:
        costs = set(program.cost[program.cost != 0])
        return real(program, options) if costs in ({1.0}, {-1.0}) else failure()

    monkeypatch.setattr(recourse, "solve_program", failing)


def kicked_out() -> Result:
    """HiGHS ends in an error, whichever way it is asked."""
    raise SolverTrouble("HiGHS failed: kNotset")


def ended_as(status: Status) -> Result:
    """HiGHS ends with a status and nothing else."""
    nan = float("nan")
    return Result(status, nan, nan, nan, None, None, None, 0, 0, 0.0, nan, "")


@pytest.mark.parametrize("failure", [kicked_out, partial(ended_as, Status.NUMERICAL)], ids=["error", "unknown"])
def test_a_survived_pattern_without_a_cheapest_recourse_is_still_proven(
    example: tuple[Case, Plan], monkeypatch: pytest.MonkeyPatch, failure: Callable[[], Result]
) -> None:
    """The solver fails on every cheapest recourse: the same plan comes out certified, each pattern with the recourse of its test, which
    the audit replays; only what it costs stays empty. Without those rows the audit objects."""
    case, truth = example
    failing_on_costs(monkeypatch, failure)
    plan = solve(case)
    assert (plan.summary.status, plan.summary.cost_usd_m) == ("certified", truth.summary.cost_usd_m)
    unknown = {"recourse_usd_m": None, "restoring_usd_m": None, "base_usd_m": None, "crisis_usd_m": None}
    assert [dataclasses.replace(p, **unknown) for p in truth.patterns] == list(plan.patterns)
    assert audit(case, plan).passed
    served = tuple(row for row in plan.service if row.run == "base")
    assert not audit(case, dataclasses.replace(plan, service=served)).passed


@pytest.mark.parametrize(("status", "error"), [(Status.UNBOUNDED, Unbounded), (Status.INTERRUPTED, Interrupted)])
def test_a_recourse_that_is_stopped_or_has_no_floor_is_told(
    monkeypatch: pytest.MonkeyPatch, status: Status, error: type[StockpileError]
) -> None:
    """Ctrl-C in the certificate ends the work, and a cost without a floor is no pattern that merely lacks its cost."""
    failing_on_costs(monkeypatch, partial(ended_as, status))
    with pytest.raises(error):
        solve(example_case())


def test_a_pattern_that_cannot_be_tested_is_trouble_of_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where HiGHS fails on the test of a pattern too, that is numerical trouble, which the command line puts into one line."""
    monkeypatch.setattr(recourse, "solve_program", lambda *_: kicked_out())
    with pytest.raises(NumericalTrouble, match="could not be tested"):
        solve(example_case())


def test_stock_targets_are_needed_and_enough() -> None:
    """Handed its targets instead of its stocks, the plan survives every pattern to ten kilograms; with one
    of them cut by a tenth it does not, wherever that one binds."""
    case = example_case()
    work = _Work(case, SolveOptions(), Silent())
    plan = work.plan()
    assert work.best is not None
    target = {(t.store, t.material, t.form, t.year): t.target_t for t in plan.targets}
    least = least_stocks(work.study, work.every_probe(), work.best, work.test_options)
    worst = 0.0
    lacking = 0
    for probe in work.every_probe():
        pattern, places = probe.recourse.pattern, probe.recourse.opening_columns()
        year = work.study.horizon.year(min(pattern.start, work.study.horizon.months - 1))
        handed = probe.recourse.handed(work.best)
        for key, place in places.items():
            assert least[key, pattern.start] <= handed[place] + 1e-9
            handed[place] = target.get((*key, year), 0.0)
        worst = max(worst, probe.lacks(handed)[0])
        for key, place in places.items():
            handed[place] = 0.9 * least[key, pattern.start]
        lacking += probe.lacks(handed)[0] > 1e-3
    assert worst < 1e-2
    assert lacking == len(work.every_probe())


def test_of_all_ways_to_be_short_by_as_little_the_cheapest_is_taken() -> None:
    """24 t are needed in two years and 18 t can be had, all in the first: 6 t are short in either year, at the same cost. To carry only
    6 t over costs 0.06 million USD at 10,000 USD/t, to carry 12 t twice that: 0.18 for the material, 6 for the shortage, 0.06."""
    from small_cases import case as small
    from small_cases import demand, source, stock

    needs = (demand(rationing="no"),)
    supply = (source(max_t_per_yr=18.0, last_month=Month(2027, 12)),)
    plan = solve(small(demands=needs, sources=supply, stocks=(stock(storage_usd_per_t_yr=10_000.0),)))
    assert plan.summary.cost_usd_m == pytest.approx(6.24, abs=1e-5)
    assert sum(row.demanded_t - row.served_t for row in plan.service) == pytest.approx(6, abs=1e-5)
