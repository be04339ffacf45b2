"""One case in many variants: each solved by itself, wherever an executor has room, and what of each answer is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Sequence

import numpy as np

from models.build import base_plan
from models.case import Case, CutOff
from models.columns import Month
from models.plan import Plan, tables_of_plan
from models.run import Study
from optimizer.engine import Engine, PlanDiffers, SolveOptions, as_asked
from optimizer.executor import Executor, Outcome
from optimizer.progress import Progress
from optimizer.recourse import PASSED_T
from optimizer.solve import solve
from optimizer.standard_form import compile_model

BASE = "base"
"""Name of the base plan's run."""

ROUNDING = 1e-9
"""Share by which two prices may differ and be the same."""

SOLVED = ("certified", "limit")
"""Statuses of a plan that survives all that is asked."""


@dataclasses.dataclass(frozen=True, eq=False)
class Solved:
    """The answer to one variant, without the recourse.

    ``shape``: a fingerprint of its base plan's rows and bounds; ``prices`` (n + 1,): what each of its columns costs, and what is
    charged anyway; ``negative`` (n + 1,): columns that may be below 0. By these it is seen, not believed, whether the plan of
    one variant costs no more in another.
    """

    plan: Plan
    seconds: float
    shape: str
    prices: np.ndarray
    negative: np.ndarray

    @property
    def stands(self) -> bool:
        """Whether there is a plan that survives all that is asked."""
        return self.plan.summary.status in SOLVED

    @property
    def cost(self) -> float:
        """Cost of the plan, million USD; infinite where none survives."""
        return self.plan.summary.cost_usd_m if self.stands else float("inf")

    @property
    def bound(self) -> float:
        """What no plan can cost less than, million USD; infinite where none survives."""
        return float("inf") if self.plan.summary.status == "impossible" else self.plan.summary.bound_usd_m

    def no_dearer_than(self, other: Solved) -> bool:
        """Whether every base plan is one of the other variant too and costs no more here than there."""
        if self.shape != other.shape:
            return False
        more = self.prices - other.prices
        more[self.negative] = np.abs(more[self.negative])
        return bool((more <= ROUNDING * (1 + np.abs(other.prices))).all())


def solve_one(options: SolveOptions, case: Case) -> Solved:
    """Solve a variant, for an executor. Raises what `optimizer.solve.solve` raises."""
    began = time.perf_counter()
    plan = without_recourse(solve(case, options))
    program = compile_model(base_plan(Study(as_asked(case, options)))).program
    marks = hashlib.sha256()
    for part in (program.matrix.indptr, program.matrix.indices, program.matrix.data, program.row_lower, program.row_upper):
        marks.update(np.ascontiguousarray(part).tobytes())
    for part in (program.column_lower, program.column_upper, program.integer):
        marks.update(np.ascontiguousarray(part).tobytes())
    marks.update("\n".join(program.column_names).encode())
    negative = np.append(program.column_lower < 0, False)
    return Solved(plan, time.perf_counter() - began, marks.hexdigest(), np.append(program.cost, program.offset), negative)


def survives(options: SolveOptions, task: tuple[Case, Plan]) -> bool:
    """Whether a plan of another variant survives every pattern of this case, for an executor: each recourse is solved.

    The first starts of all cut-offs that must be survived are given in the case.
    """
    case, plan = task
    engine = Engine(case, options)
    try:
        engine.prepare()
        return _passes(engine, plan)
    finally:
        engine.close()


def _passes(engine: Engine, plan: Plan) -> bool:
    try:
        x = engine.columns_of(plan)
    except PlanDiffers:
        return False
    for cutoff in engine.cutoffs:
        if not cutoff.must_survive:
            continue
        first = max(0, engine.study.horizon.month_of(cutoff.first_start, 0))
        for start in engine.dates(cutoff, first, every_month=True):
            if engine.recourse_of(cutoff, start).missing_t(x, engine.test_options)[0] > PASSED_T:
                return False
    return True


def solve_all(
    executor: Executor, options: SolveOptions, cases: Sequence[Case], names: Sequence[str], progress: Progress
) -> list[Outcome[Solved]]:
    """Solve variants; each is told as it ends. Where several are solved at once, each has one thread."""
    if executor.workers > 1:
        options = dataclasses.replace(options, workers=1)
    progress.message(f"solving {', '.join(names)}")
    outcomes = executor.run(
        solve_one, cases, options, on_done=lambda done, total: progress.message(f"{done} of {total} solved") if total > 1 else None
    )
    for name, outcome in zip(names, outcomes, strict=True):
        progress.message(f"{name}: {told(outcome)}")
    return outcomes


def told(outcome: Outcome[Solved]) -> str:
    """One outcome in a few words."""
    if outcome.value is None:
        return f"no answer ({outcome.kind}): {outcome.reason}"
    summary = outcome.value.plan.summary
    if summary.status == "impossible":
        return f"no plan survives, {outcome.value.seconds:.1f} s"
    return f"{summary.status}, {summary.cost_usd_m:,.2f} million USD, {outcome.value.seconds:.1f} s"


def without_recourse(plan: Plan) -> Plan:
    """The plan with the rows of its base run alone, and all tables that belong to no run."""
    base = {table.name: tuple(row for row in getattr(plan, table.name) if getattr(row, "run", BASE) == BASE) for table in tables_of_plan()}
    return dataclasses.replace(plan, **base)  # type: ignore[arg-type]


# First starts


def required(case: Case) -> tuple[CutOff, ...]:
    """The cut-offs that must be survived."""
    return tuple(c for c in case.cutoffs if c.active and c.must_survive)


def with_cutoffs(case: Case, changes: dict[str, dict[str, object]]) -> Case:
    """The case with some fields of some cut-offs changed, by name."""
    rows = tuple(dataclasses.replace(c, **changes.get(c.cutoff, {})) for c in case.cutoffs)  # type: ignore[arg-type]
    return dataclasses.replace(case, cutoffs=rows)


def held(case: Case, first: dict[str, Month | None]) -> Case:
    """The case with first starts given, by cut-off; ``None``: found anew, however late."""
    return with_cutoffs(case, {name: {"first_start": month, "latest_first_start": None} for name, month in first.items()})


def first_starts(plan: Plan) -> dict[str, Month | None]:
    """From when each cut-off is survived by a plan, by name; ``None``: from no start."""
    return {row.cutoff: row.first_start for row in plan.readiness}


# What a plan decides, in short


def signed(plan: Plan) -> tuple[str, ...]:
    """Contracts that are signed, with their months."""
    return tuple(f"{row.contract} ({row.signed})" for row in plan.signatures if row.decided)


def built(plan: Plan) -> tuple[str, ...]:
    """Plants that are decided and programmes that are started, with their months."""
    plants = (f"{row.plant} ({row.decided})" for row in plan.constructions)
    return (*plants, *(f"{row.programme} ({row.decided})" for row in plan.programme_starts))


def most_stock_t(plan: Plan) -> float:
    """The most that lies in all stores together at the end of a period, t REO."""
    levels: dict[Month, float] = {}
    for row in plan.stocks:
        levels[row.period] = levels.get(row.period, 0.0) + row.level_t
    return max(levels.values(), default=0.0)


def worst_missing_t(plan: Plan) -> float:
    """What is missing at the least in the pattern that lacks most, t REO."""
    return max((row.missing_t for row in plan.patterns), default=0.0)
