"""The solver: its answers are right where others were wrong, and nothing it says is taken on trust."""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from small_programs import knapsack, transport

from optimizer import doctor, highs
from optimizer.answer import dual_bound, rounded, violation
from optimizer.highs import (
    HotProgram,
    Progress,
    Result,
    SolverOptions,
    SolverTrouble,
    Status,
    read_program,
    solve,
    status_of,
)
from optimizer.program import NumericalTrouble, Program

INF = np.inf
EXACT = SolverOptions(relative_gap=0.0)
CANARIES = Path(doctor.__file__).parent / "canaries"


# Known answers


@pytest.mark.parametrize(("name", "optimum"), [("bigM_1e7", 1262.00), ("s6", 0.231462220)])
def test_canaries_that_the_defaults_of_highs_get_wrong(name: str, optimum: float) -> None:
    """Two programs whose optimum is known from other solvers and brute force come out right with our defaults."""
    program = read_program(CANARIES / f"{name}.mps")
    result = solve(program, EXACT)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(optimum, rel=1e-8)
    assert result.bound == pytest.approx(optimum, rel=1e-8)
    assert solve(program).objective == pytest.approx(optimum, rel=1e-8)


def test_a_cheating_optimum_is_found_out() -> None:
    """With loose integrality and no presolve HiGHS calls a 0-1 column of 6e-7 closed; rounded, its row is violated and we say so."""
    program = read_program(CANARIES / "bigM_1e7.mps")
    result = solve(program, SolverOptions(presolve=False, feasibility_tolerance=1e-6))
    assert result.objective < 1261
    assert result.status is Status.NUMERICAL
    assert result.largest_violation > 1e-3
    assert result.worst in list(program.row_names)


def test_two_variable_programs_that_older_releases_got_wrong() -> None:
    """Minima that HiGHS 1.14.0 missed (15 instead of 9, 29 instead of 28.2; issues 3043 and 2957), by enumeration of the integer."""
    first = Program.of([2, 3], [[1, 1]], [4.5], [INF], [0, 0], [10, 10], integer=[0, 1])
    by_hand = min(2 * max(0.0, 4.5 - z) + 3 * z for z in range(11))
    assert solve(first, EXACT).objective == pytest.approx(by_hand) == pytest.approx(9)
    second = Program.of([1, 2], [[1, 1]], [20.1], [INF], [0, 8], [20, 20], integer=[1, 0])
    by_hand = min(x + 2 * max(8.0, 20.1 - x) for x in range(21))
    assert solve(second, EXACT).objective == pytest.approx(by_hand) == pytest.approx(28.2)


@pytest.mark.parametrize("seed", range(12))
def test_small_integer_programs_agree_with_enumeration(seed: int) -> None:
    """Optimum or infeasibility of random programs with five 0-1 columns and two integers is the one found by trying all points."""
    draw = np.random.default_rng(seed)
    matrix = draw.integers(-4, 6, (4, 7)).astype(float)
    cost = draw.integers(-9, 10, 7).astype(float)
    lower, upper = np.array([2.0, -INF, -3.0, 4.0]), np.array([INF, 7.0, 9.0, 4.0])
    program = Program.of(cost, matrix, lower, upper, [0] * 5 + [-1, 0], [1] * 5 + [2, 3], integer=np.ones(7), offset=0.5)
    points = np.array(list(itertools.product(*[(0, 1)] * 5, range(-1, 3), range(4))), dtype=float)
    body = points @ matrix.T
    fits = ((body >= lower) & (body <= upper)).all(axis=1)
    result = solve(program, EXACT)
    if not fits.any():
        assert result.status is Status.INFEASIBLE
        return
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx((points[fits] @ cost).min() + 0.5)
    assert result.largest_violation <= 1e-9
    assert result.gap == pytest.approx(0, abs=1e-9)
    assert result.row_dual is None


@pytest.mark.parametrize("method", ["choose", "simplex", "ipm"])
def test_duals_prove_the_optimum_of_an_lp(method: str) -> None:
    """The bound computed from the duals meets the cost, and the duals have the sign and size of a change of right-hand side."""
    program = transport(3)
    result = solve(program, SolverOptions(lp_method=method))
    assert result.status is Status.OPTIMAL
    assert result.x is not None
    assert result.row_dual is not None
    assert result.column_dual is not None
    assert result.bound == pytest.approx(result.objective, rel=1e-9)
    assert result.objective == pytest.approx(float(program.cost @ result.x) + 7.0)
    row = int(np.argmax(result.row_dual))
    lower = program.row_lower.copy()
    lower[row] += 1e-4
    more = solve(dataclasses.replace(program, row_lower=lower)).objective - result.objective
    assert more == pytest.approx(1e-4 * result.row_dual[row], rel=1e-5)
    assert np.allclose(result.column_dual, program.cost - result.row_dual @ program.matrix, atol=1e-7)


def test_programs_without_rows_columns_or_anything() -> None:
    """The degenerate shapes have answers too."""
    no_rows = Program.of([1, -2], np.zeros((0, 2)), [], [], [2, 3], [4, 5], offset=3)
    assert solve(no_rows).objective == pytest.approx(2 - 10 + 3)
    nothing = Program.of([], np.zeros((0, 0)), [], [], [], [], offset=3)
    assert (solve(nothing).status, solve(nothing).objective) == (Status.OPTIMAL, 3)
    true, false = (Program.of([], np.zeros((1, 0)), [low], [2], [], []) for low in (-1, 1))
    assert (solve(true).status, solve(false).status) == (Status.OPTIMAL, Status.INFEASIBLE)


# No answer


@pytest.mark.parametrize("integer", [False, True])
def test_infeasible_is_said_of_what_is(integer: bool) -> None:
    """Rows that cannot hold together, crossed bounds and (integer) parity: infeasible, without numbers that look like an answer."""
    kind = [integer] * 2
    programs = [
        Program.of([1, 1], [[1, 1], [1, 1]], [-INF, 4], [3, INF], [0, 0], [5, 5], integer=kind),
        Program.of([1, 1], [[1, 1]], [4], [3], [0, 0], [5, 5], integer=kind),
        Program.of([1, 1], [[1, 1]], [1], [3], [2, 0], [1, 5], integer=kind),
        Program.of([-1, -1], [[1, -1], [1, -1]], [-INF, 4], [3, INF], [0, 0], [INF, INF], integer=kind),
    ]
    if integer:
        programs.append(Program.of([1, 1], [[2, 2]], [3], [3], [0, 0], [5, 5], integer=kind))
    for program in programs:
        result = solve(program)
        assert result.status is Status.INFEASIBLE
        assert result.x is None
        assert np.isnan(result.objective)


def test_infeasibility_is_asked_twice_with_presolve_on_and_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run has presolve the other way, whichever the first had."""
    seen: list[bool] = []
    real = highs._run_once

    def spy(program: Program, options: SolverOptions, *rest: Any) -> Any:
        seen.append(options.presolve)
        return real(program, options, *rest)

    monkeypatch.setattr(highs, "_run_once", spy)
    program = Program.of([1, 1], [[1, 1], [1, 1]], [-INF, 4], [3, INF], [0, 0], [5, 5])
    for first in (True, False):
        seen.clear()
        assert solve(program, SolverOptions(presolve=first)).status is Status.INFEASIBLE
        assert seen == [first, not first]


def test_a_false_verdict_of_infeasibility_is_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the run with presolve wrongly says infeasible, the run without finds the optimum, and that is returned."""
    real = highs._run_once

    def lying(program: Program, options: SolverOptions, *rest: Any) -> Any:
        outcome = real(program, options, *rest)
        if not options.presolve:
            return outcome
        nothing = highs._without_solution(Status.INFEASIBLE, 0.0)
        return dataclasses.replace(outcome, model_status=highspy.HighsModelStatus.kInfeasible, result=nothing)

    program = transport(1)
    truth = solve(program)
    monkeypatch.setattr(highs, "_run_once", lying)
    result = solve(program)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(truth.objective)


class Failing:
    """Stands in for one run of HiGHS: the first ``times`` runs end in nothing, as an error of HiGHS (``error``) or as unknown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int, *, error: bool) -> None:
        self.real, self.times, self.error = highs._run_once, times, error
        self.seen: list[SolverOptions] = []
        monkeypatch.setattr(highs, "_run_once", self)

    def __call__(self, program: Program, options: SolverOptions, *rest: Any) -> Any:
        self.seen.append(options)
        if len(self.seen) > self.times:
            return self.real(program, options, *rest)
        if self.error:
            raise highs._NoVerdict("HiGHS failed: kNotset")
        return highs._Outcome(highspy.HighsModelStatus.kUnknown, highs._without_solution(Status.NUMERICAL, 0.0))


@pytest.mark.parametrize("error", [False, True])
@pytest.mark.parametrize("times", [1, 2, 3, 7])
def test_without_a_verdict_it_is_asked_in_other_ways(monkeypatch: pytest.MonkeyPatch, times: int, error: bool) -> None:
    """However many of the eight ways bring no verdict, the next that does is believed; no two are alike."""
    program = transport(1)
    truth = solve(program)
    failing = Failing(monkeypatch, times, error=error)
    result = solve(program)
    assert (result.status, result.objective) == (Status.OPTIMAL, pytest.approx(truth.objective))
    asked = [(o.lp_method, o.presolve, o.feasibility_tolerance) for o in failing.seen]
    assert len(set(asked)) == len(asked) == times + 1
    assert all(tolerance <= 1e-7 * (1 + 1e-9) for _, _, tolerance in asked)


def test_without_any_verdict_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every way ends in an error, that error comes out; where one ends undecided, the status says so."""
    Failing(monkeypatch, 100, error=True)
    with pytest.raises(SolverTrouble, match="kNotset"):
        solve(transport(1))
    monkeypatch.undo()
    Failing(monkeypatch, 100, error=False)
    assert solve(transport(1)).status is Status.NUMERICAL


def test_the_second_opinion_is_asked_in_other_ways_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Infeasible by the first run; the second opinion ends in nothing twice before the third way confirms."""
    failing = Failing(monkeypatch, 3, error=False)
    real = failing.real
    first = [True]

    def run(program: Program, options: SolverOptions, *rest: Any) -> Any:
        if first and first.pop():
            return real(program, options, *rest)
        return failing(program, options, *rest)

    monkeypatch.setattr(highs, "_run_once", run)
    program = Program.of([1, 1], [[1, 1], [1, 1]], [-INF, 4], [3, INF], [0, 0], [5, 5])
    assert solve(program).status is Status.INFEASIBLE
    assert len(failing.seen) == 4


def test_a_hot_program_that_ends_in_nothing_is_solved_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS ends a hot run with nothing set: the program is solved anew, and the answer is the same."""
    program = transport(1)
    truth = solve(program).objective
    hot, real, failed = HotProgram(program), highs._collected, [True]

    def once(*arguments: Any) -> Any:
        if failed and failed.pop():
            raise highs._NoVerdict("HiGHS ended with kNotset")
        return real(*arguments)

    monkeypatch.setattr(highs, "_collected", once)
    assert hot.solve().objective == pytest.approx(truth)
    assert not failed


@pytest.mark.parametrize("integer", [False, True])
def test_unbounded_is_told_from_infeasible(integer: bool) -> None:
    """A cost without limit over existing solutions is unbounded, over none infeasible, whatever presolve first makes of it."""
    kind = [integer] * 2
    endless = Program.of([-1, 1], [[1, 1]], [1], [INF], [0, 0], [INF, INF], integer=kind)
    empty = Program.of([-1, 1], [[1, 1], [0, 1]], [1, 3], [INF, 2], [0, 0], [INF, INF], integer=kind)
    for presolve in (True, False):
        options = SolverOptions(presolve=presolve)
        assert solve(endless, options).status is Status.UNBOUNDED
        assert solve(empty, options).status is Status.INFEASIBLE


def test_bounds_crossed_by_rounding_alone_are_no_infeasibility() -> None:
    """0.1 + 0.2 <= x <= 0.3 has the solution 0.3."""
    result = solve(Program.of([1], [[1]], [0.1 + 0.2], [0.3], [0], [1]))
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(0.3)


# Limits, progress, interruption


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ({"node_limit": 0}, Status.LIMIT_WITHOUT_SOLUTION),
        ({"time_limit_s": 0.0}, Status.LIMIT_WITHOUT_SOLUTION),
        ({"node_limit": 1}, Status.LIMIT_WITH_SOLUTION),
        ({"extra": {"mip_max_improving_sols": 1}}, Status.LIMIT_WITH_SOLUTION),
        ({"extra": {"objective_target": -500.0}}, Status.LIMIT_WITH_SOLUTION),
    ],
)
def test_limits_tell_with_from_without_a_solution(limits: dict[str, Any], status: Status) -> None:
    """A limited solve says whether it has a solution; if so with an honest bound below it."""
    program = knapsack(60)
    result = solve(program, SolverOptions(relative_gap=0.0, **limits))
    assert result.status is status
    assert (result.x is None) == (status is Status.LIMIT_WITHOUT_SOLUTION)
    if result.x is not None:
        assert result.largest_violation <= 1e-9
        assert result.bound < result.objective
        assert result.gap == pytest.approx((result.objective - result.bound) / abs(result.objective))
        assert result.bound <= solve(program, EXACT).objective <= result.objective


def test_an_lp_stopped_early_claims_nothing() -> None:
    """An LP cut off after a few iterations has no solution and no bound."""
    result = solve(transport(2), SolverOptions(lp_method="simplex", presolve=False, extra={"simplex_iteration_limit": 3}))
    assert result.status is Status.LIMIT_WITHOUT_SOLUTION
    assert (result.x, result.bound) == (None, -INF)


def test_a_start_is_used() -> None:
    """Given a whole or partial solution to start from, a solve cut off before the first node has one; a wrong one gives none."""
    program = knapsack(60)
    known = solve(program, SolverOptions(node_limit=1)).x
    assert known is not None
    at_once = SolverOptions(node_limit=0)
    assert solve(program, at_once, start=known).objective == pytest.approx(program.value(known))
    partial = np.where(np.arange(60) < 50, known, np.nan)
    assert solve(program, at_once, start=partial).status is Status.LIMIT_WITH_SOLUTION
    assert solve(program, at_once, start=np.ones(60)).status is Status.LIMIT_WITHOUT_SOLUTION
    with pytest.raises(ValueError, match="start"):
        solve(program, start=np.ones(3))


def test_progress_is_reported_in_order_and_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    """Reports come with rising time and bound, a falling incumbent and the final answer; nothing is printed."""
    reports: list[Progress] = []
    result = solve(knapsack(60), EXACT, on_progress=reports.append)
    assert len(reports) >= 3
    assert reports[0].incumbent is None or reports[0].gap is None
    assert all(earlier.seconds <= later.seconds for earlier, later in itertools.pairwise(reports))
    assert all(earlier.bound <= later.bound + 1e-9 for earlier, later in itertools.pairwise(reports))
    found = [report.incumbent for report in reports if report.incumbent is not None]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(result.objective)
    assert reports[-1].gap == pytest.approx(0, abs=1e-9)
    assert capfd.readouterr() == ("", "")


def test_a_failure_in_the_progress_report_comes_out() -> None:
    """An exception of the caller's own stops the solve and is raised, not swallowed."""
    calls: list[Progress] = []

    def fail(report: Progress) -> None:
        calls.append(report)
        raise LookupError("display is gone")

    with pytest.raises(LookupError, match="display is gone"):
        solve(knapsack(60), EXACT, on_progress=fail)
    assert len(calls) == 1


def test_ctrl_c_keeps_the_best_solution_so_far() -> None:
    """Ctrl-C during a solve ends it as interrupted, with the incumbent; the handler that was there is back afterwards."""
    before = signal.getsignal(signal.SIGINT)

    def press(report: Progress) -> None:
        if report.incumbent is not None and report.bound > -INF:
            os.kill(os.getpid(), signal.SIGINT)

    program = knapsack(60)
    result = solve(program, EXACT, on_progress=press)
    assert result.status is Status.INTERRUPTED
    assert result.x is not None
    assert result.bound < result.objective < 0
    assert signal.getsignal(signal.SIGINT) is before


STATUSES = {
    "kOptimal": (Status.OPTIMAL, Status.OPTIMAL),
    "kModelEmpty": (Status.OPTIMAL, Status.OPTIMAL),
    "kInfeasible": (Status.INFEASIBLE, Status.INFEASIBLE),
    "kUnbounded": (Status.UNBOUNDED, Status.UNBOUNDED),
    "kUnboundedOrInfeasible": (Status.NUMERICAL, Status.NUMERICAL),
    "kInterrupt": (Status.INTERRUPTED, Status.INTERRUPTED),
    "kHighsInterrupt": (Status.INTERRUPTED, Status.INTERRUPTED),
    "kUnknown": (Status.NUMERICAL, Status.NUMERICAL),
    "kSolveError": (Status.NUMERICAL, Status.NUMERICAL),
    "kPresolveError": (Status.NUMERICAL, Status.NUMERICAL),
    "kPostsolveError": (Status.NUMERICAL, Status.NUMERICAL),
    "kTimeLimit": (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION),
    "kIterationLimit": (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION),
    "kSolutionLimit": (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION),
    "kMemoryLimit": (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION),
    "kObjectiveBound": (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION),
    "kObjectiveTarget": (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION),
    "kNotset": None,
    "kLoadError": None,
    "kModelError": None,
}


def test_all_twenty_statuses_are_known() -> None:
    """Each status of HiGHS has its word or raises; a release with another one fails here."""
    members = {
        name: status
        for name in dir(highspy.HighsModelStatus)
        if name.startswith("k")
        for status in [getattr(highspy.HighsModelStatus, name)]
    }
    assert set(members) == set(STATUSES)
    for name, status in members.items():
        expected = STATUSES[name]
        if expected is None:
            with pytest.raises(SolverTrouble, match=name):
                status_of(status, True)
        else:
            assert (status_of(status, True), status_of(status, False)) == expected, name


# The checks of answers


def test_violations_are_measured_row_by_row() -> None:
    """The largest scaled violation and its name, worked out by hand for rows, bounds and integers."""
    program = Program.of(
        [0, 0],
        [[1, 1], [1, -1000]],
        [2, -INF],
        [INF, 0],
        [0, 0],
        [10, 1],
        integer=[0, 1],
        row_names=["need", "cap"],
        column_names=["x", "y"],
    )
    assert violation(program, np.array([2.0, 0.0])) == (pytest.approx(1.0), "cap")
    assert violation(program, np.array([1.5, 1.0])) == (0.0, "")
    assert violation(program, np.array([0.5, 1.0])) == (pytest.approx(0.5 / 2), "need")
    assert violation(program, np.array([12.0, 1.0])) == (pytest.approx(2 / 10), "x")
    x, distance, name = rounded(program, np.array([3.0, 1 - 1e-8]))
    assert (x.tolist(), distance, name) == ([3.0, 1.0], pytest.approx(1e-8), "y")
    x, distance, _ = rounded(program, np.array([3.0, 0.7]))
    assert (x.tolist(), distance) == ([3.0, 0.7], pytest.approx(0.3))


def test_the_bound_of_duals_is_weak_duality() -> None:
    """For any duals whatever the bound is below the optimum, for optimal ones it meets it, and an absent bound makes it -inf."""
    program = transport(5)
    result = solve(program)
    assert result.row_dual is not None
    assert dual_bound(program, result.row_dual) == pytest.approx(result.objective)
    draw = np.random.default_rng(0)
    for _ in range(50):
        assert dual_bound(program, draw.uniform(0, 5, program.rows)) <= result.objective
    assert dual_bound(program, np.full(program.rows, 101.0)) == -INF


# Repeatability


def test_three_runs_are_identical() -> None:
    """With one thread and a node limit every number of three runs is the same, to the last bit."""
    program = knapsack(60)

    def fingerprint(result: Result) -> tuple[Any, ...]:
        assert result.x is not None
        return result.x.tobytes(), result.objective, result.bound, result.nodes, result.iterations

    runs = {fingerprint(solve(program, SolverOptions(relative_gap=0.0, node_limit=50, seed=3))) for _ in range(3)}
    assert len(runs) == 1


def test_the_number_of_threads_may_change_within_a_process() -> None:
    """One, two and again one thread give the same optimum, and a program kept hot survives the change."""
    program, lp = knapsack(30), transport(4)
    hot = HotProgram(lp)
    before = hot.solve().objective
    optima = [solve(program, SolverOptions(relative_gap=0.0, threads=threads)).objective for threads in (1, 2, 1)]
    assert optima == pytest.approx([optima[0]] * 3)
    assert hot.solve().objective == pytest.approx(before)


# Programs kept hot


@pytest.mark.parametrize("seed", range(4))
def test_hot_solves_equal_fresh_ones(seed: int) -> None:
    """Over random changes of rows, columns and costs, infeasible ones among them, the hot answer is the fresh one."""
    program = transport(seed)
    hot, draw = HotProgram(program), np.random.default_rng(seed)
    statuses = []
    for _ in range(25):
        need = draw.uniform(1, 20, program.rows)
        upper = program.column_upper.copy()
        upper[: program.columns - program.rows] *= draw.uniform(0, 1.5)
        if draw.random() < 0.3:
            upper[-program.rows :] = draw.uniform(0, 25)
        cost = program.cost * draw.uniform(0.5, 2, program.columns)
        hot.set_row_bounds(need, need + 5)
        hot.set_column_bounds(program.column_lower, upper)
        hot.set_cost(cost)
        changed = dataclasses.replace(program, row_lower=need, row_upper=need + 5, column_upper=upper, cost=cost)
        warm, fresh = hot.solve(), solve(changed)
        statuses.append(warm.status)
        assert warm.status is fresh.status
        if fresh.x is not None:
            assert warm.objective == pytest.approx(fresh.objective, rel=1e-9)
            assert warm.bound == pytest.approx(fresh.bound, rel=1e-9)
            assert warm.largest_violation <= 1e-9
    assert statuses.count(Status.OPTIMAL) >= 5


def test_hot_infeasible_and_unbounded_verdicts_and_the_way_back() -> None:
    """A hot program says infeasible and unbounded where they hold, and is sound again once the numbers are."""
    program = Program.of([1, 1], [[1, 1]], [1], [3], [0, 0], [5, 5])
    hot = HotProgram(program)
    assert hot.solve().objective == pytest.approx(1)
    hot.set_column_bounds([0, 0], [0.25, 0.25])
    assert hot.solve().status is Status.INFEASIBLE
    hot.set_row_bounds([4], [3])
    assert hot.solve().status is Status.INFEASIBLE
    hot.set_row_bounds([1], [INF])
    hot.set_column_bounds([0, 0], [INF, INF])
    hot.set_cost([-1, 1])
    assert hot.solve().status is Status.UNBOUNDED
    hot.load(program)
    assert hot.solve().objective == pytest.approx(1)


def test_a_hot_restart_saves_work() -> None:
    """After a small change the hot solve needs fewer iterations than a fresh one without presolve."""
    program = transport(7, rows=120, columns=200)
    hot = HotProgram(program)
    hot.solve()
    need = program.row_lower.copy()
    need[:3] += 0.5
    hot.set_row_bounds(need, program.row_upper)
    fresh = solve(dataclasses.replace(program, row_lower=need), SolverOptions(lp_method="simplex", presolve=False))
    warm = hot.solve()
    assert warm.objective == pytest.approx(fresh.objective)
    assert warm.iterations < 0.5 * fresh.iterations


def test_a_hot_program_refuses_what_it_cannot_keep() -> None:
    """Integer columns, other matrices, wrong shapes and unfit numbers raise."""
    with pytest.raises(ValueError, match="integer"):
        HotProgram(knapsack(5))
    program = transport(0)
    hot = HotProgram(program)
    assert hot.same_matrix(transport(0))
    assert not hot.same_matrix(transport(1))
    with pytest.raises(ValueError, match="more than bounds and costs"):
        hot.load(transport(1))
    with pytest.raises(ValueError, match="row_lower"):
        hot.set_row_bounds(np.zeros(3), np.ones(3))
    with pytest.raises(NumericalTrouble, match="column 2"):
        hot.set_column_bounds(program.column_lower, np.where(np.arange(program.columns) == 2, np.nan, program.column_upper))
    assert hot.solve().objective == pytest.approx(solve(program).objective)


def test_hot_solves_need_no_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, columns and costs changed and changed back reach HiGHS: its own answer stands, without a fresh solve to mend it."""
    program = transport(9)
    other = dataclasses.replace(
        program, row_lower=program.row_lower * 0.5, column_upper=program.column_upper * 0.7, cost=program.cost[::-1].copy()
    )
    expected = [solve(variant).objective for variant in (program, other)]
    hot = HotProgram(program)

    def no_fresh_solve(*_: Any) -> Result:
        raise AssertionError("the hot answer was not taken")

    monkeypatch.setattr(highs, "solve", no_fresh_solve)
    for turn in range(4):
        hot.load((program, other)[turn % 2])
        assert hot.solve().objective == pytest.approx(expected[turn % 2])
    for fields in (("row_lower",), ("column_upper",), ("cost",)):
        hot.load(dataclasses.replace(program, **{field: getattr(other, field) for field in fields}))
        assert hot.solve().status is Status.OPTIMAL
