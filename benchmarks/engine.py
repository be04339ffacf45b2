"""Where the time goes, and whether the ways to the optimum agree: ``python benchmarks/engine.py [WORKBOOK] [--calendar year]``.

Run by hand, from the top of the repository. The example case is measured first, then the workbook, each from scratch:
the whole ``solve``; build and compile; the relaxation by cuts and as one program; recourse tests hot and cold. Seconds are
wall-clock on whatever else the machine does, so read ratios. Prints Markdown; exit code 1 where the ways do not agree.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np

from models.build import base_plan, recourse
from models.case import Case
from models.plan import Plan
from models.run import Study
from models.survival import Pattern, starts
from optimizer.cuts import Cut, Master, Probe
from optimizer.example import example_case
from optimizer.highs import SolverOptions, Status
from optimizer.highs import solve as solve_program
from optimizer.recourse import Recourse
from optimizer.reduce import reduce
from optimizer.solve import PERIOD_MONTHS, SolveOptions, on_calendar, solve
from optimizer.standard_form import Block, Compiled, Program, compile_model, stack
from optimizer.workbook import read_case

ENOUGH_T = 1e-4
"""Cuts end when no pattern lacks more than this, t REO."""

AGREE = 1e-5
"""Relative difference of objectives up to which two ways agree."""

CLOSE = 1e-3
"""Relative distance from its end at which the way by cuts is called close."""

OPTIONS = SolverOptions()

T = TypeVar("T")
Row: TypeAlias = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Limits:
    """Seconds for each way to the relaxation and for the whole solve, and how many patterns the recourse tests take."""

    way_s: float = 120.0
    solve_s: float = 900.0
    tests: int = 40


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """The base plan of a case with the recourses of all patterns that must be survived."""

    study: Study
    base: Compiled
    recourses: tuple[Recourse, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Way:
    """One way to the optimum of the relaxation; ``objective`` (million USD) and ``x`` (n_base,) are None where it did not get there."""

    name: str
    seconds: float
    objective: float | None
    x: np.ndarray | None
    program: Program
    note: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Measured:
    """All that was measured on one case; ``tests_differ_t``: the largest difference between hot and cold, t REO."""

    title: str
    plan: Plan
    builds: tuple[Row, ...]
    ways: tuple[Way, ...]
    tests: tuple[Row, ...]
    tests_differ_t: float
    solve_s: float

    @property
    def apart(self) -> float:
        """Largest relative difference of the objectives found; 0 where there are none to compare."""
        found = [way.objective for way in self.ways if way.objective is not None]
        return (max(found) - min(found)) / max(1.0, abs(max(found))) if found else 0.0


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that a piece of work takes, and what it returns."""
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


# Build and compile


def patterns_of(study: Study, plan: Plan, every_month: bool) -> list[Pattern]:
    """Every pattern that must be survived, from the first starts that the plan found."""
    first = {row.cutoff: study.horizon.month_of(row.first_start, 0) for row in plan.readiness if row.first_start is not None}
    cutoffs = [c for c in study.case.cutoffs if c.active and c.must_survive and c.cutoff in first]
    return [Pattern(c, s) for c in cutoffs for s in starts(study.horizon, c, first[c.cutoff], every_month)]


def size_of(programs: Sequence[Program]) -> Row:
    """Rows, columns and non-zeros of programs together."""
    return tuple(f"{sum(getattr(p, part) for p in programs):,}" for part in ("rows", "columns", "nonzeros"))


def reduced_block(whole: Recourse) -> Block:
    """A pattern as a reduced block: the same question to the base plan in fewer rows and columns."""
    free = dataclasses.replace(whole.program, cost=np.zeros(whole.program.columns), offset=0.0)
    program, columns = reduce(free, whole.linked)
    place = {int(column): k for k, column in enumerate(columns)}
    linked = np.array([place[int(column)] for column in whole.linked], dtype=np.int64)
    return Block(whole.name, program, linked, whole.links, whole.constants, 0.0)


def built(study: Study, patterns: Sequence[Pattern]) -> tuple[Subject, tuple[Row, ...]]:
    """The subject of the other measurements, and what it took to make: (what, seconds, rows, columns, non-zeros)."""
    base_s, model = timed(lambda: base_plan(study))
    compile_s, base = timed(lambda: compile_model(model))
    one_s, one = timed(lambda: recourse(study, patterns[0]))
    one_compile_s, one_compiled = timed(lambda: compile_model(one))
    all_s, recourses = timed(lambda: tuple(Recourse.of(study, pattern, base) for pattern in patterns))
    reduce_s, blocks = timed(lambda: [reduced_block(whole) for whole in recourses])
    count = len(recourses)
    rows = (
        ("base plan: build", f"{base_s:.3f}", "", "", ""),
        ("base plan: compile", f"{compile_s:.3f}", *size_of([base.program])),
        ("one recourse: build", f"{one_s:.3f}", "", "", ""),
        ("one recourse: compile", f"{one_compile_s:.3f}", *size_of([one_compiled.program])),
        (f"all {count} recourses: build, compile, tie", f"{all_s:.3f}", *size_of([r.program for r in recourses])),
        (f"all {count} recourses: reduce", f"{reduce_s:.3f}", *size_of([b.program for b in blocks])),
    )
    return Subject(study, base, recourses), rows


# The relaxation


def failing(probes: Sequence[Probe], x: np.ndarray, until: float) -> list[Cut] | None:
    """The cuts of all patterns that lack something under ``x`` (n_base,); None where time ran out."""
    cuts = []
    for probe in probes:
        if time.perf_counter() > until:
            return None
        cut = probe.cut(x)
        if cut.missing_t > ENOUGH_T:
            cuts.append(cut)
    return cuts


def by_cuts(subject: Subject, limit_s: float) -> Way:
    """The relaxation by feasibility cuts, round by round; making the probes is part of the time."""
    name, began = "feasibility cuts", time.perf_counter()
    columns = subject.base.program.columns
    probes = [Probe(whole, k, OPTIONS) for k, whole in enumerate(subject.recourses)]
    master = Master(subject.base.program, len(probes), OPTIONS)
    seen: list[tuple[float, float]] = []
    while True:
        result = master.solve()
        seconds = time.perf_counter() - began
        if result.x is None or result.status is not Status.OPTIMAL:
            return Way(name, seconds, None, None, master.program, f"no answer: {result.status.value}")
        seen.append((seconds, result.objective))
        cuts = failing(probes, result.x[:columns], began + limit_s)
        if cuts is None:
            return Way(name, limit_s, None, None, master.program, f"> {limit_s:g} s, at {result.objective:,.1f} in round {len(seen)}")
        if not cuts:
            close = next(s for s, value in seen if abs(value - result.objective) <= CLOSE * max(1.0, abs(result.objective)))
            note = f"{len(seen)} rounds; within {100 * CLOSE:g} % after {close:.2f} s"
            return Way(name, time.perf_counter() - began, result.objective, result.x[:columns], master.program, note)
        master.add(cuts)


def by_blocks(subject: Subject, kind: str, method: str, limit_s: float) -> Way:
    """The relaxation as one program of the base plan and all patterns; reducing and stacking are part of the time."""
    block = {"whole": Recourse.block, "reduced": reduced_block}[kind]
    name, began = f"{kind} blocks, {method}", time.perf_counter()
    program = stack(subject.base.program.relaxed(), [block(whole) for whole in subject.recourses])
    left = max(0.0, limit_s - (time.perf_counter() - began))
    result = solve_program(program, dataclasses.replace(OPTIONS, lp_method=method, time_limit_s=left))
    seconds = time.perf_counter() - began
    if result.x is not None and result.status is Status.OPTIMAL:
        return Way(name, seconds, result.objective, result.x[: subject.base.program.columns], program, f"solver {result.seconds:.2f} s")
    late = result.status in (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION)
    return Way(name, seconds, None, None, program, f"> {limit_s:g} s" if late else f"no answer: {result.status.value}")


def relaxed(subject: Subject, limit_s: float) -> tuple[Way, ...]:
    """Every way to the optimum of the relaxation, each from scratch."""
    blocks = [by_blocks(subject, kind, method, limit_s) for kind in ("whole", "reduced") for method in ("simplex", "ipm")]
    return (by_cuts(subject, limit_s), *blocks)


# Recourse tests


def tested(subject: Subject, after: np.ndarray | None, count: int) -> tuple[tuple[Row, ...], float]:
    """Milliseconds (median, most) of a test of one pattern by each way, and the largest difference in what is missing, t REO.

    The plan tested lies halfway between the base plan alone, for which the probes are warmed up, and ``after`` (n_base,).
    """
    before = solve_program(subject.base.program.relaxed(), OPTIONS).x
    if before is None:
        raise ValueError("the base plan alone has no solution")
    x = 0.5 * before if after is None else 0.5 * (before + after)
    step = max(1, -(-len(subject.recourses) // count))
    hot, fresh, cold, differ = [], [], [], [0.0]
    for whole in subject.recourses[::step]:
        probe = Probe(whole, 0, OPTIONS)
        probe.cut(before)
        hot_s, cut = timed(lambda probe=probe: probe.cut(x))
        fresh_s, _ = timed(lambda whole=whole: Probe(whole, 0, OPTIONS).cut(x))
        cold_s, (missing, _) = timed(lambda whole=whole: whole.missing_t(x, OPTIONS))
        hot.append(hot_s)
        fresh.append(fresh_s)
        cold.append(cold_s)
        differ.append(abs(cut.missing_t - missing))
    named = (("reduced, hot", hot), ("reduced, cold (reducing included)", fresh), ("whole, cold", cold))
    middle = statistics.median(hot)
    rows = [(n, f"{1e3 * (m := statistics.median(s)):.2f}", f"{1e3 * max(s):.2f}", f"{m / middle:.1f}") for n, s in named]
    return tuple(rows), max(differ)


# The whole


def measure(case: Case, limits: Limits, calendar: str = "workbook", every_month: bool = False) -> Measured:
    """Measure one case. Raises ``ValueError`` where no cut-off must be survived or none can be."""
    options = SolveOptions(calendar=calendar, time_limit_s=limits.solve_s)
    solve_s, plan = timed(lambda: solve(case, options))
    study = Study(on_calendar(case, calendar))
    patterns = patterns_of(study, plan, every_month)
    if not patterns:
        raise ValueError("no pattern of this case must be survived and can be")
    subject, builds = built(study, patterns)
    ways = relaxed(subject, limits.way_s)
    after = next((way.x for way in ways if way.x is not None), None)
    tests, differ = tested(subject, after, limits.tests)
    return Measured(case.settings.title, plan, builds, ways, tests, differ, solve_s)


def way_rows(ways: Sequence[Way]) -> list[Row]:
    """The ways as rows of a table, with their seconds relative to the fastest that got there."""
    fastest = min((way.seconds for way in ways if way.objective is not None), default=float("nan"))
    return [
        (way.name, f"{way.seconds:.2f}", f"{way.seconds / fastest:.1f}", f"{way.objective:,.6f}", *size_of([way.program]), way.note)
        if way.objective is not None
        else (way.name, "-", "-", "-", *size_of([way.program]), way.note)
        for way in ways
    ]


def show(heads: Sequence[str], rows: Iterable[Row]) -> None:
    """Print a Markdown table, first column to the left, the others to the right."""
    print("| " + " | ".join(heads) + " |\n|" + "|".join("---" if k == 0 else "---:" for k in range(len(heads))) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def report(measured: Measured) -> None:
    """Print all tables of one case."""
    print(f"## {measured.title}\n")
    show(("build and compile", "s", "rows", "columns", "non-zeros"), measured.builds)
    show(("relaxation", "s", "of fastest", "million USD", "rows", "columns", "non-zeros", "note"), way_rows(measured.ways))
    verdict = "agree" if measured.apart <= AGREE else "DO NOT AGREE"
    print(f"Objectives {verdict}: {measured.apart:.1e} apart, relative; {AGREE:g} is allowed.\n")
    show(("test of one pattern", "median ms", "most ms", "of hot"), measured.tests)
    print(f"Hot and cold differ by {measured.tests_differ_t:.1e} t at the most.\n")
    stages = [(s.stage, f"{s.seconds:.2f}", f"{100 * s.seconds / measured.solve_s:.0f}") for s in measured.plan.stages]
    show(("solve, by stage (stages may overlap)", "s", "% of all"), [*stages, ("all", f"{measured.solve_s:.2f}", "100")])
    summary = measured.plan.summary
    print(f"Solve: {summary.status}, gap {summary.gap_pct:.3f} %, {summary.patterns_tested} patterns tested.\n", flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure the example and a workbook; the exit code is 1 where the ways do not agree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("workbook", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent / "inputs" / "japan_2026.xlsx")
    parser.add_argument("--calendar", choices=("workbook", *PERIOD_MONTHS), default="year", help="periods of the workbook's case")
    parser.add_argument("--every-month", action="store_true", help="patterns that start inside coarse periods too")
    parser.add_argument("--limit", type=float, default=Limits.way_s, help="seconds for each way to the relaxation")
    parser.add_argument("--solve-limit", type=float, default=Limits.solve_s, help="seconds for the whole solve")
    asked = parser.parse_args(words)
    limits = Limits(asked.limit, asked.solve_limit)
    agree = True
    for case, calendar in ((example_case(), "workbook"), (read_case(asked.workbook), asked.calendar)):
        measured = measure(case, limits, calendar, asked.every_month)
        report(measured)
        agree &= measured.apart <= AGREE
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
