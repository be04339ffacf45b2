"""A case made ready to be asked: its base plan, compiled, and the recourse of every pattern, built at first use.

`optimizer.solve` looks for the cheapest plan that survives; the studies ask other questions of the same parts.
"""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from models.build import base_plan
from models.case import Case, CutOff
from models.plan import Plan
from models.restore import restored
from models.run import Study
from models.survival import Pattern, starts
from optimizer.asked import asked_for
from optimizer.conflict import no_base_plan
from optimizer.errors import Interrupted, NoBasePlan, NumericalTrouble, StockpileError, Unbounded
from optimizer.executor import Executor, choose, processors
from optimizer.highs import Result, SolverOptions, Status
from optimizer.highs import solve as solve_program
from optimizer.lock import Lock, locked
from optimizer.patterns import Patterns
from optimizer.plan_file import input_sha256
from optimizer.progress import Progress, Silent
from optimizer.recourse import Recourse
from optimizer.runaway import runaways
from optimizer.shortage import without_avoidable_shortage
from optimizer.standard_form import Compiled, Program, compile_model
from optimizer.threads import Threads


@dataclasses.dataclass(frozen=True)
class SolveOptions:
    """What the command line lets a user choose; None: as the workbook says.

    ``calendar``: 'workbook', or 'month', 'quarter', 'year' for periods of that length throughout.
    ``lock``: decisions of a plan that are taken as they are.
    ``workers``: threads that test patterns at once, None: one for every processor; ``dask``: address of a cluster that tests them.
    The answer is the same whoever tests. ``extensive``: one program of the base plan and every pattern instead of cuts.
    ``unknown_length``: one schedule must serve every length of each cut-off up to its own.
    """

    relative_gap_pct: float | None = None
    time_limit_s: float | None = None
    node_limit: int | None = None
    threads: int = 1
    seed: int = 0
    unknown_length: bool = False
    calendar: str = "workbook"
    workers: int | None = None
    dask: str | None = None
    extensive: bool = False
    lock: Lock | None = None


def as_asked(case: Case, options: SolveOptions) -> Case:
    """The case that is solved, audited and reported: see `asked_for`."""
    return asked_for(case, options.calendar, options.relative_gap_pct, options.unknown_length)


STRANGE = 1e-6
"""A value of a plan above this that the case has no column for makes the plan another case's."""


class PlanDiffers(StockpileError, ValueError):
    """A plan belongs to another workbook."""


class Engine:
    """A case, its base plan and the recourses of its patterns, and the clock.

    `prepare` comes first: it builds ``model``, compiles it to ``base``, and bounds avoidable shortage in ``program``, which has the
    columns of ``base``. A plan is a vector over these columns, (n_base,).
    """

    def __init__(self, case: Case, options: SolveOptions | None = None, progress: Progress | None = None) -> None:
        self.options = options or SolveOptions()
        self.case = as_asked(case, self.options)
        self.input_sha256 = input_sha256(case)
        self.progress = progress or Silent()
        self.began = time.perf_counter()
        self.spent: dict[str, float] = {}
        self.gap = self.case.settings.relative_gap_pct / 100
        self.solver = SolverOptions(
            relative_gap=self.gap, threads=self.options.threads, seed=self.options.seed, node_limit=self.options.node_limit
        )
        self.study = Study(self.case)
        self.recourses: dict[Pattern, Recourse] = {}
        self.patterns = Patterns(self.case, self.test_options)
        self._compared: set[str] = set()
        self.model: Any
        self.base: Compiled
        self.program: Program

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell the user what begins, and time it."""
        self.progress.stage(name)
        with self.timed(name):
            yield

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time what is done inside under a name, less what is timed inside under another."""
        began, inside = time.perf_counter(), sum(self.spent.values())
        try:
            yield
        finally:
            inside = sum(self.spent.values()) - inside
            self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - began - inside

    def left_s(self) -> float | None:
        """Seconds left of the time limit."""
        if self.options.time_limit_s is None:
            return None
        return max(1.0, self.options.time_limit_s - (time.perf_counter() - self.began))

    # Solver calls

    def run(self, program: Program, start: np.ndarray | None = None, **changes: Any) -> Result:
        """Solve a program within the time left, showing progress; what is no answer is raised."""
        options = dataclasses.replace(self.solver, **{"time_limit_s": self.left_s(), **changes})
        report = self.progress
        return self.checked(
            solve_program(program, options, on_progress=lambda p: report.mip(p.seconds, p.bound, p.incumbent, p.gap, p.nodes), start=start),
            program,
        )

    def checked(self, result: Result, program: Program) -> Result:
        """The result of a program, if it is an answer; raises ``Interrupted``, ``Unbounded``, ``NumericalTrouble`` for what is none."""
        if result.status is Status.INTERRUPTED:
            raise Interrupted
        if result.status is Status.UNBOUNDED:
            names = [name.removeprefix("operation.") for name in runaways(program, self.test_options)]
            where = f"; {' and '.join(names)} can grow together without end" if names else ""
            raise Unbounded(f"the cost can fall without end: a price is missing or a sale price is above a purchase price{where}")
        if result.status is Status.NUMERICAL:
            raise NumericalTrouble(f"the solver gave up: {result.worst or result.status.value}")
        return result

    # The base plan

    def prepare(self) -> None:
        """Build and compile the base plan, and bound its shortage at the least there can be. Raises ``NoBasePlan``."""
        with self.stage("build"):
            self.model = base_plan(self.study)
        with self.stage("compile"):
            self.base = compile_model(self.model)
        with self.stage("base plan"):
            try:
                program = self.base.program
                if self.options.lock is not None:
                    program = locked(program, self.base, self.study, self.options.lock)
                self.program = self._without_avoidable_shortage(program)
            except NoBasePlan:
                raise no_base_plan(self.case) from None

    def _without_avoidable_shortage(self, program: Program) -> Program:
        """See `without_avoidable_shortage`; demand whose rationing is priced is left alone."""
        columns = {
            key: column
            for key, column in self.base.columns_of("operation.unmet_t").items()
            if self.study.demands[key[:3]].rationing == "no"  # type: ignore[index]
        }
        demanded = np.array([self.model.operation.demanded_t[key] for key in columns])
        run = functools.partial(self.run, relative_gap=1e-6, time_limit_s=None, node_limit=None)
        return without_avoidable_shortage(program, np.fromiter(columns.values(), np.int64, len(columns)), demanded, run)

    # Patterns

    @cached_property
    def lanes(self) -> Threads:
        """Threads of this process, for what is done inside HiGHS."""
        return Threads(self.options.workers or processors())

    @cached_property
    def executor(self) -> Executor:
        """Who tests patterns: a Dask cluster where one is named, else the lanes."""
        return self.lanes if self.options.dask is None else choose(dask=self.options.dask)

    def close(self) -> None:
        """End the threads, and leave the cluster."""
        for name in ("lanes", "executor"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def recourse_of(self, cutoff: CutOff, start: int) -> Recourse:
        """The recourse of a pattern, built at first use.

        The first of each row is built by Pyomo too, to be compared. The cut-off need not be a row of the case, but
        its window must not be longer than the longest there.
        """
        pattern = Pattern(cutoff, start)
        if pattern not in self.recourses:
            with self.timed("recourses"):
                new = cutoff in self.case.cutoffs and cutoff.cutoff not in self._compared
                self.recourses[pattern] = Recourse.of(self.study, pattern, self.base, by_both=new)
                self._compared.add(cutoff.cutoff)
        return self.recourses[pattern]

    def columns_of(self, plan: Plan) -> np.ndarray:
        """What a plan hands over, as a vector over the columns of the base plan (n_base,): its commitments, purchases, liftings,
        processing and stocks. Other columns (service, sales, costs) are 0: no recourse is handed them.

        Raises ``PlanDiffers`` where the plan has what the base plan of this case has not.
        """
        x = np.zeros(self.base.program.columns)
        for component, values in restored(plan, self.study).items():
            for index, value in values.items():
                column = self.base.column_of.get((component, index))
                if column is not None:
                    x[column] = value
                elif value > STRANGE and (component, index) not in self.base.fixed:
                    raise PlanDiffers(f"the plan does not belong to this workbook: {component.rpartition('.')[2]} {index} is unknown to it")
        return x

    @property
    def test_options(self) -> SolverOptions:
        """How the small programs are solved."""
        return SolverOptions(threads=self.options.threads, seed=self.options.seed)

    def dates(self, cutoff: CutOff, first: int, every_month: bool = False) -> list[int]:
        """The starts of a cut-off from ``first`` on: the period boundaries and its latest first start, which may lie inside a period."""
        h = self.study.horizon
        latest = set() if cutoff.latest_first_start is None else {h.month_of(cutoff.latest_first_start, 0)}
        inside = latest & set(starts(h, cutoff, first, every_month=True))
        return sorted(inside | set(starts(h, cutoff, first, every_month)))

    @cached_property
    def positions(self) -> dict[tuple[str, int], int]:
        """Place of every pattern, (cut-off, start), among all that the active cut-offs can have."""
        every = ((c.cutoff, s) for c in self.cutoffs for s in starts(self.study.horizon, c, 0, every_month=True))
        return {pattern: place for place, pattern in enumerate(every)}

    @property
    def cutoffs(self) -> list[CutOff]:
        """The cut-offs that are switched on."""
        return [c for c in self.case.cutoffs if c.active]
