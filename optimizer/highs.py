"""Programs handed to HiGHS, and its answers checked.

HiGHS is asked through ``highspy`` directly. Every status it returns is looked at, every option is read back, the model's
counts are compared after the hand-over, and the answer (objective, violations, bound of an LP) is computed again
from the arrays. "Infeasible" is reported only when a second run, with presolve the other way, says the same. A run that ends
without a verdict is repeated in other ways, see ``optimizer.ways``, before that is said.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import highspy
import numpy as np
import scipy.sparse as sp

from optimizer.answer import dual_bound, rounded, violation
from optimizer.hand_over import (
    SolverOptions,
    SolverTrouble,
    UnknownOption,
    demand,
    match_threads,
    pass_start,
    prepared,
    read_program,
)
from optimizer.program import Program, check, check_vectors, ranges
from optimizer.ways import ways

__all__ = [
    "HotProgram",
    "Program",
    "Progress",
    "Result",
    "SolverOptions",
    "SolverTrouble",
    "Status",
    "UnknownOption",
    "read_program",
    "solve",
    "status_of",
]

ACCEPTED_VIOLATION = 1e-6
"""An answer whose recomputed, scaled violation exceeds this is not called optimal."""

AGREEMENT = 1e-6
"""Relative difference between costs, or between an LP's cost and the bound of its duals, up to which they agree."""


class Status(enum.Enum):
    """What is known at the end of a solve."""

    OPTIMAL = "optimal"
    """Proven within the gap, and the recomputed violation is acceptable."""
    INFEASIBLE = "infeasible"
    """No solution; two runs agree."""
    UNBOUNDED = "unbounded"
    """Solutions exist and their cost has no lower limit."""
    LIMIT_WITH_SOLUTION = "limit reached, with a solution"
    LIMIT_WITHOUT_SOLUTION = "limit reached, without a solution"
    INTERRUPTED = "interrupted"
    """Stopped by the user; ``Result.x`` is the best solution so far, if any."""
    NUMERICAL = "numerical trouble"
    """HiGHS could not decide in any way, or its answer does not stand up to recomputation."""


class _NoVerdict(SolverTrouble):
    """A run that ended in an error or with nothing solved; another way of asking may do better."""


_MODEL = highspy.HighsModelStatus
_LIMITS = frozenset(
    {_MODEL.kTimeLimit, _MODEL.kIterationLimit, _MODEL.kSolutionLimit, _MODEL.kMemoryLimit, _MODEL.kObjectiveBound, _MODEL.kObjectiveTarget}
)
_DECIDED = {
    _MODEL.kOptimal: Status.OPTIMAL,
    _MODEL.kModelEmpty: Status.OPTIMAL,
    _MODEL.kInfeasible: Status.INFEASIBLE,
    _MODEL.kUnbounded: Status.UNBOUNDED,
    _MODEL.kInterrupt: Status.INTERRUPTED,
    cast(Any, _MODEL).kHighsInterrupt: Status.INTERRUPTED,
    _MODEL.kUnboundedOrInfeasible: Status.NUMERICAL,
    _MODEL.kUnknown: Status.NUMERICAL,
    _MODEL.kSolveError: Status.NUMERICAL,
    _MODEL.kPresolveError: Status.NUMERICAL,
    _MODEL.kPostsolveError: Status.NUMERICAL,
}


def status_of(model_status: highspy.HighsModelStatus, has_solution: bool) -> Status:
    """Our word for one of HiGHS's twenty.

    ``kUnboundedOrInfeasible`` is no answer and maps to ``NUMERICAL``; ``solve`` resolves it before. Raises ``SolverTrouble`` for
    those that mean that nothing was solved (not set, load error, model error) and for any unknown one.
    """
    if model_status in _LIMITS:
        return Status.LIMIT_WITH_SOLUTION if has_solution else Status.LIMIT_WITHOUT_SOLUTION
    if model_status not in _DECIDED:
        raise _NoVerdict(f"HiGHS ended with {model_status.name}: it has not solved anything")
    return _DECIDED[model_status]


@dataclasses.dataclass(frozen=True)
class Progress:
    """A report from within a mixed-integer solve.

    ``seconds`` since the start, ``bound`` on the optimum (-inf: none yet), ``incumbent`` (None: none yet), ``gap`` relative
    (None: none yet), ``nodes`` explored.
    """

    seconds: float
    bound: float
    incumbent: float | None
    gap: float | None
    nodes: int


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """The answer to a program with m rows and n columns.

    ``objective`` is ``cost @ x + offset``, computed from ``x``; NaN without ``x``. ``bound``: no solution costs less (-inf: unknown; for
    an LP computed from the duals). ``gap``: (objective - bound) / |objective|, inf when unknown. ``x``: (n,), integer columns
    rounded, or None. ``row_dual`` (m,) and ``column_dual`` (n,), cost per unit of the row or of the bound: LPs solved to the end only.
    ``largest_violation``: over rows and bounds, relative to max(1, the bound, the largest term of the row), and of integrality before
    rounding; ``worst`` names its row or column. ``iterations``: simplex or interior-point. ``seconds`` includes every re-run.
    """

    status: Status
    objective: float
    bound: float
    gap: float
    x: np.ndarray | None
    row_dual: np.ndarray | None
    column_dual: np.ndarray | None
    nodes: int
    iterations: int
    seconds: float
    largest_violation: float
    worst: str


def solve(
    program: Program,
    options: SolverOptions | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    start: np.ndarray | None = None,
) -> Result:
    """Solve a program; every answer that can be checked is checked.

    ``start`` (n,) is a solution to begin a mixed-integer solve from; NaN where unknown. Ctrl-C ends the solve with
    ``Status.INTERRUPTED``; an exception in ``on_progress`` ends it too and comes out here. A verdict of infeasibility is repeated with
    presolve the other way; if that run finds a solution, the solution is returned. "Unbounded or infeasible" is resolved by
    solving without costs. Where HiGHS brings no verdict, or an optimum that does not stand, it is asked in other ways.

    Raises ``NumericalTrouble`` (numbers unfit to be handed over), ``UnknownOption``, ``SolverTrouble`` (failed in every way).
    """
    options = options or SolverOptions()
    began = time.perf_counter()
    check(program)
    ranges(program)
    program = _uncrossed(program)
    if _crossed(program):
        return _without_solution(Status.INFEASIBLE, began)
    if not program.columns:
        return _of_nothing(program, began)
    outcome = _asked(program, options, on_progress, start, began)
    return dataclasses.replace(_resolved(program, options, on_progress, outcome, began), seconds=time.perf_counter() - began)


def _resolved(
    program: Program, options: SolverOptions, on_progress: Callable[[Progress], None] | None, outcome: _Outcome, began: float
) -> Result:
    """Turn verdicts that need a second opinion into ones that have it."""
    without_costs = dataclasses.replace(program, cost=np.zeros(program.columns), offset=0.0)

    def again(subject: Program, *, presolve: bool) -> _Outcome:
        return _asked(subject, dataclasses.replace(options, presolve=presolve), on_progress, None, began)

    status = outcome.result.status
    if outcome.model_status == _MODEL.kUnboundedOrInfeasible:
        status = again(without_costs, presolve=options.presolve).result.status
        status = Status.UNBOUNDED if status is Status.OPTIMAL else status
    if status not in (Status.INFEASIBLE, Status.UNBOUNDED):
        return outcome.result if status is outcome.result.status else _without_solution(_unsolved(status), began)

    second = again(without_costs, presolve=not options.presolve).result
    if second.status not in (Status.INFEASIBLE, Status.OPTIMAL):
        return _without_solution(_unsolved(second.status), began)
    if (second.status is Status.INFEASIBLE) == (status is Status.INFEASIBLE):
        return _without_solution(status, began)
    third = again(program, presolve=not options.presolve).result
    return third if third.x is not None else _without_solution(Status.NUMERICAL, began)


def _unsolved(status: Status) -> Status:
    """The status of a run without costs, seen from the program it stands for: a solution there is none here."""
    return Status.LIMIT_WITHOUT_SOLUTION if status is Status.LIMIT_WITH_SOLUTION else status


@dataclasses.dataclass(frozen=True)
class _Outcome:
    model_status: highspy.HighsModelStatus
    result: Result


def _asked(
    program: Program, options: SolverOptions, on_progress: Callable[[Progress], None] | None, start: np.ndarray | None, began: float
) -> _Outcome:
    """Run, and again in other ways while there is no verdict, within the time limit since ``began``. Raises ``SolverTrouble`` where
    every way failed; the last outcome without a verdict is returned where one came at all.

    An optimum of a mixed-integer program that does not stand is not asked for again: what cheated once has no duals to prove the
    next one by, while of a linear program they do.
    """
    is_mip = bool(program.integer.any())
    undecided: _Outcome | None = None
    failed: _NoVerdict | None = None
    for way in ways(options, is_mip=is_mip):
        left = None if options.time_limit_s is None else max(0.0, options.time_limit_s - (time.perf_counter() - began))
        try:
            outcome = _run_once(program, dataclasses.replace(way, time_limit_s=left), on_progress, start)
        except _NoVerdict as failure:
            failed = failure
            continue
        cheated = is_mip and outcome.model_status == _MODEL.kOptimal
        if outcome.result.status is not Status.NUMERICAL or outcome.model_status == _MODEL.kUnboundedOrInfeasible or cheated:
            return outcome
        undecided = outcome
    if undecided is None:
        raise failed or SolverTrouble("HiGHS was not asked")
    return undecided


def _run_once(
    program: Program, options: SolverOptions, on_progress: Callable[[Progress], None] | None, start: np.ndarray | None
) -> _Outcome:
    began = time.perf_counter()
    solver = prepared(program, options, is_mip=bool(program.integer.any()), talkative=on_progress is not None)
    if start is not None and program.integer.any():
        pass_start(solver, program, start)
    with _watched(solver, on_progress) as asked_to_stop:
        _run(solver)
    outcome = _collected(solver, program, began)
    if not asked_to_stop.is_set():
        return outcome
    return _Outcome(_MODEL.kInterrupt, dataclasses.replace(outcome.result, status=Status.INTERRUPTED))


def _run(solver: highspy.Highs) -> None:
    """Run; a warning is what HiGHS returns when it stops at a limit, an error with an answer is refused."""
    status = solver.run()
    if status == highspy.HighsStatus.kError and solver.getModelStatus() not in (_MODEL.kSolveError, _MODEL.kUnknown):
        raise _NoVerdict(f"HiGHS failed: {solver.getModelStatus().name}")


def _uncrossed(program: Program) -> Program:
    """Bounds crossed by no more than rounding error are made equal; HiGHS would call them infeasible."""

    def lowered(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        return np.where((lower > upper) & (lower - upper <= 1e-12 * np.maximum(1.0, np.abs(upper))), upper, lower)

    if not _crossed(program):
        return program
    return dataclasses.replace(
        program,
        row_lower=lowered(program.row_lower, program.row_upper),
        column_lower=lowered(program.column_lower, program.column_upper),
    )


def _crossed(program: Program) -> bool:
    return bool((program.row_lower > program.row_upper).any() or (program.column_lower > program.column_upper).any())


def _of_nothing(program: Program, began: float) -> Result:
    """The answer to a program without columns, which HiGHS calls empty whatever its rows say."""
    if (program.row_lower > 0).any() or (program.row_upper < 0).any():
        return _without_solution(Status.INFEASIBLE, began)
    answer = _without_solution(Status.OPTIMAL, began, bound=program.offset)
    return dataclasses.replace(
        answer,
        objective=program.offset,
        gap=0.0,
        x=np.zeros(0),
        row_dual=np.zeros(program.rows),
        column_dual=np.zeros(0),
        largest_violation=0.0,
    )


# Progress and interruption


@contextlib.contextmanager
def _watched(solver: highspy.Highs, on_progress: Callable[[Progress], None] | None) -> Iterator[threading.Event]:
    """While it lasts, Ctrl-C and a failure of ``on_progress`` stop the solver. Ctrl-C sets the event; the failure is raised at the end."""
    asked_to_stop = threading.Event()
    failures: list[BaseException] = []

    def report(event: Any) -> None:
        if failures or on_progress is None:
            return
        try:
            on_progress(_progress(event.data_out))
        except BaseException as failure:  # it must not reach the C++ code that called us; raised below
            failures.append(failure)

    def ask(event: Any) -> None:
        if failures or asked_to_stop.is_set():
            event.interrupt(True)

    if on_progress is not None:
        solver.cbMipLogging.subscribe(report)
    for interruption in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        interruption.subscribe(ask)
    with _heeding_ctrl_c(asked_to_stop):
        yield asked_to_stop
    if failures:
        raise failures[0]


@contextlib.contextmanager
def _heeding_ctrl_c(asked_to_stop: threading.Event) -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before in (None, signal.SIG_IGN):
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: asked_to_stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(data: Any) -> Progress:
    found = bool(abs(data.mip_primal_bound) < highspy.kHighsInf)
    gap = float(data.mip_gap)
    return Progress(
        seconds=float(data.running_time),
        bound=float(data.mip_dual_bound),
        incumbent=float(data.mip_primal_bound) if found else None,
        gap=gap if found and math.isfinite(gap) else None,
        nodes=int(data.mip_node_count),
    )


# Taking the answer


def _without_solution(status: Status, began: float, *, bound: float = -math.inf) -> Result:
    return Result(status, math.nan, bound, math.inf, None, None, None, 0, 0, time.perf_counter() - began, math.nan, "")


def _collected(solver: highspy.Highs, program: Program, began: float) -> _Outcome:
    info, solution, model_status = solver.getInfo(), solver.getSolution(), solver.getModelStatus()
    is_mip = bool(program.integer.any())
    has_solution = bool(solution.value_valid) and info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    status = status_of(model_status, has_solution)
    iterations = max(0, info.simplex_iteration_count) + max(0, info.ipm_iteration_count) + max(0, info.pdlp_iteration_count)
    nodes = max(0, info.mip_node_count)
    bound = float(info.mip_dual_bound) if is_mip else -math.inf
    if not has_solution or status in (Status.INFEASIBLE, Status.UNBOUNDED):
        if status is Status.OPTIMAL:
            status = Status.NUMERICAL
        result = dataclasses.replace(_without_solution(status, began, bound=bound), nodes=nodes, iterations=iterations)
        return _Outcome(model_status, result)

    x = np.array(solution.col_value, dtype=float)
    x, fraction, fractional = rounded(program, x)
    excess, worst = violation(program, x)
    if fraction > excess:
        excess, worst = fraction, fractional
    objective = program.value(x)
    row_dual = column_dual = None
    if not is_mip and solution.dual_valid and status is Status.OPTIMAL:
        row_dual, column_dual = np.array(solution.row_dual, dtype=float), np.array(solution.col_dual, dtype=float)
        bound = dual_bound(program, row_dual)
    if status is Status.OPTIMAL and not _stands(objective, bound, float(info.objective_function_value), excess, is_mip=is_mip):
        status = Status.NUMERICAL
    gap = max(0.0, objective - bound) / max(abs(objective), 1e-9) if math.isfinite(bound) else math.inf
    seconds = time.perf_counter() - began
    return _Outcome(
        model_status,
        Result(status, objective, bound, gap, x, row_dual, column_dual, nodes, iterations, seconds, excess, worst),
    )


def _stands(objective: float, bound: float, told: float, excess: float, *, is_mip: bool) -> bool:
    """Whether an answer called optimal bears recomputation: feasible, cost as told, bound not above it and, of an LP, proving it."""
    slack = AGREEMENT * max(1.0, abs(objective))
    proven = bound <= objective + slack and (is_mip or bound >= objective - slack)
    return excess <= ACCEPTED_VIOLATION and abs(objective - told) <= slack and proven


class HotProgram:
    """An LP that is solved again and again with other bounds and costs, each time from the last basis.

    The matrix stays. Integer columns are refused (``ValueError``). Answers that are not optimal are solved afresh by ``solve``, so
    every verdict is as good as one from there.
    """

    def __init__(self, program: Program, options: SolverOptions | None = None) -> None:
        if program.integer.any():
            raise ValueError("a program with integer columns cannot be kept hot")
        check(program)
        ranges(program)
        self.program = program
        self.options = options or SolverOptions(lp_method="simplex")
        self._held = _uncrossed(program)
        self._solver = prepared(self._held, self.options, is_mip=False, talkative=False)

    def same_matrix(self, program: Program) -> bool:
        """Whether another program has this one's matrix, entry by entry, so that ``load`` can take it."""
        mine, other = self.program.matrix, program.matrix
        return (
            mine.shape == other.shape
            and np.array_equal(mine.indptr, other.indptr)
            and np.array_equal(mine.indices, other.indices)
            and np.array_equal(mine.data, other.data)
        )

    def load(self, program: Program) -> None:
        """Take another program's bounds and costs. Raises ``ValueError`` when its matrix, offset or kind is another."""
        if program.integer.any() or program.offset != self.program.offset or not self.same_matrix(program):
            raise ValueError("the program differs in more than bounds and costs")
        self.set_row_bounds(program.row_lower, program.row_upper)
        self.set_column_bounds(program.column_lower, program.column_upper)
        self.set_cost(program.cost)

    def set_row_bounds(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """New bounds of all rows, (m,) each. Raises ``NumericalTrouble`` as ``check`` does."""
        self._change(row_lower=lower, row_upper=upper)

    def set_column_bounds(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """New bounds of all columns, (n,) each. Raises ``NumericalTrouble`` as ``check`` does."""
        self._change(column_lower=lower, column_upper=upper)

    def set_cost(self, cost: np.ndarray) -> None:
        """New costs of all columns, (n,). Raises ``NumericalTrouble`` as ``check`` does."""
        self._change(cost=cost)

    def add_rows(self, matrix: sp.csr_array, lower: np.ndarray, upper: np.ndarray, names: Sequence[str]) -> None:
        """Append rows (k, n) with their bounds (k,) and names; the basis is kept, so that cuts cost a few iterations."""
        old = self.program
        grown = dataclasses.replace(
            old,
            matrix=sp.csr_array(sp.vstack([old.matrix, matrix], format="csr")),
            row_lower=np.concatenate([old.row_lower, lower]),
            row_upper=np.concatenate([old.row_upper, upper]),
            row_names=[*old.row_names, *names],
        )
        check(grown)
        self._send(_uncrossed(old))
        rows = sp.csr_array(matrix)
        starts, indices = rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32)
        demand(self._solver.addRows(rows.shape[0], lower, upper, rows.nnz, starts, indices, rows.data), "take new rows")
        self.program = grown
        self._held = _uncrossed(grown)

    def _change(self, **fields: Any) -> None:
        changed = {field: np.array(values, dtype=float) for field, values in fields.items()}
        for field, values in changed.items():
            if values.shape != getattr(self.program, field).shape:
                raise ValueError(f"{field} has the shape {values.shape}, expected {getattr(self.program, field).shape}")
        program = dataclasses.replace(self.program, **cast(Any, changed))
        check_vectors(program)
        self.program = program

    def _send(self, program: Program) -> None:
        """Tell HiGHS what differs from what it holds."""
        held, solver = self._held, cast(Any, self._solver)
        rows = _differing((held.row_lower, program.row_lower), (held.row_upper, program.row_upper))
        columns = _differing((held.column_lower, program.column_lower), (held.column_upper, program.column_upper))
        costs = _differing((held.cost, program.cost))
        if rows.size:
            demand(solver.changeRowsBounds(len(rows), rows, program.row_lower[rows], program.row_upper[rows]), "take bounds of rows")
        if columns.size:
            lower, upper = program.column_lower[columns], program.column_upper[columns]
            demand(solver.changeColsBounds(len(columns), columns, lower, upper), "take bounds of columns")
        if costs.size:
            demand(solver.changeColsCost(len(costs), costs, program.cost[costs]), "take costs")
        self._held = program

    def solve(self, roughly: float = 0.0) -> Result:
        """Solve with the present bounds and costs. Raises as ``solve`` does.

        ``roughly``: an answer that breaks a rule by no more than this, so that it does not stand, is given as it is, with status
        NUMERICAL and its ``x``; to ask again from nothing would take many times as long. For callers that only want a
        point to look from.
        """
        began = time.perf_counter()
        program = _uncrossed(self.program)
        if _crossed(program):
            return _without_solution(Status.INFEASIBLE, began)
        self._send(program)
        match_threads(self.options.threads)
        status = self._solver.run()
        if status != highspy.HighsStatus.kError:
            with contextlib.suppress(_NoVerdict):
                result = _collected(self._solver, program, began).result
                is_point = result.status is Status.NUMERICAL and result.x is not None and result.largest_violation <= roughly
                if result.status is Status.OPTIMAL or is_point:
                    return result
        demand(self._solver.setBasis(), "forget its basis")
        result = solve(program, self.options)
        return dataclasses.replace(result, seconds=time.perf_counter() - began)


def _differing(*pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.flatnonzero(np.logical_or.reduce([old != new for old, new in pairs])).astype(np.int32)
