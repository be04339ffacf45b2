"""Where the time goes, and whether the ways to the optimum agree: ``python benchmarks/engine.py [WORKBOOK] [--calendar year]``.

Run by hand, from the top of the repository. The example case is measured first, then the workbook, each from scratch:
the whole ``solve``; build and compile; the relaxation by cuts and as one program; recourse tests hot and cold. Seconds are
wall-clock on whatever else the machine does, so read ratios. Prints Markdown; exit code 1 where the ways do not agree.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import scipy.sparse as sp

from models.build import base_plan, recourse
from models.case import Case
from models.plan import Plan
from models.run import Study
from models.survival import Pattern, starts
from optimizer.asked import PERIOD_MONTHS
from optimizer.cuts import Master, Probe
from optimizer.example import example_case
from optimizer.executor import processors
from optimizer.highs import Result, SolverOptions, Status
from optimizer.highs import solve as solve_program
from optimizer.recourse import PASSED_T, Recourse
from optimizer.reduce import reduce
from optimizer.solve import MOST_TIGHTER_T, STALLED, SolveOptions, on_calendar, solve
from optimizer.standard_form import Block, Program, compile_model, stack
from optimizer.threads import Threads
from optimizer.workbook import read_case

ENOUGH_T = 1e-4
"""Cuts end when no pattern lacks more than this, t REO."""

WARM_UP = 5
"""Rounds of cuts before those that still fail become blocks, in the way that mixes both."""

AGREE = 1e-5
"""Relative difference of objectives up to which two ways agree."""

OPTIONS = SolverOptions()
T = TypeVar("T")
Row: TypeAlias = tuple[str, ...]


class Way(NamedTuple):
    """One way to the optimum of the relaxation. ``objective``: million USD, inf: impossible, None: unknown; ``x``: (n_base,) or None."""

    name: str
    seconds: float
    objective: float | None
    x: np.ndarray | None
    program: Program
    note: str = ""


class Measured(NamedTuple):
    """All that was measured on one case; ``differ_t``: the largest difference between hot and cold tests, t REO."""

    title: str
    plan: Plan
    solve_s: float
    builds: list[Row]
    ways: list[Way]
    tests: list[Row]
    differ_t: float

    @property
    def apart(self) -> float:
        """Largest relative difference of the objectives found, inf where ways disagree whether there is one."""
        found = [way.objective for way in self.ways if way.objective is not None] or [0.0]
        low, high = min(found), max(found)
        return 0.0 if low == high else (high - low) / max(1.0, abs(low))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that a piece of work takes, and what it returns."""
    began, done = time.perf_counter(), work()
    return time.perf_counter() - began, done


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


def built(study: Study, patterns: Sequence[Pattern]) -> tuple[Program, list[Recourse], list[Row]]:
    """The base plan, its recourses, and what it took to make them: (what, seconds, seconds, rows, columns, non-zeros)."""
    base_s, model = timed(partial(base_plan, study))
    compile_s, base = timed(partial(compile_model, model))
    one_s, one = timed(partial(recourse, study, patterns[0]))
    one_compile_s, one_compiled = timed(partial(compile_model, one))
    all_s, recourses = timed(lambda: [Recourse.of(study, pattern, base) for pattern in patterns])
    reduce_s, blocks = timed(lambda: [reduced_block(whole) for whole in recourses])
    all_of = f"all {len(recourses)} recourses"
    rows: list[Row] = [
        ("base plan", f"{base_s:.3f}", f"{compile_s:.3f}", *size_of([base.program])),
        ("one recourse", f"{one_s:.3f}", f"{one_compile_s:.3f}", *size_of([one_compiled.program])),
        (f"{all_of}, both", f"{all_s:.3f}", "", *size_of([r.program for r in recourses])),
        (f"{all_of}, reduce", f"{reduce_s:.3f}", "", *size_of([b.program for b in blocks])),
    ]
    return base.program, recourses, rows


def answer(name: str, began: float, limit_s: float, result: Result, base: Program, program: Program, note: str) -> Way:
    """What a way came to, from its last solver result; ``note`` is told where it got there."""
    seconds = time.perf_counter() - began
    if result.status is Status.OPTIMAL and result.x is not None:
        return Way(name, seconds, result.objective, result.x[: base.columns], program, note)
    late = result.status in (Status.LIMIT_WITH_SOLUTION, Status.LIMIT_WITHOUT_SOLUTION)
    objective = math.inf if result.status is Status.INFEASIBLE else None
    return Way(name, seconds, objective, None, program, f"> {limit_s:g} s" if late else f"no answer: {result.status.value}")


def by_cuts(base: Program, recourses: list[Recourse], limit_s: float, threads: int = 1, most_rounds: int | None = None) -> Way:
    """The relaxation by feasibility cuts, tightened where they stall as ``solve`` does; making the probes is part of the time.

    ``most_rounds``: the cuts of so many rounds only; then every pattern that lacks something joins as a whole block, and what was
    learned of the others stays as cuts, until none lacks anything.
    """
    began, seen, tighter, last = time.perf_counter(), list[tuple[float, float]](), 0.0, math.inf
    probes = [Probe(whole, k, OPTIONS) for k, whole in enumerate(recourses)]
    master, name = Master(base, len(probes), OPTIONS), f"cuts, {threads} thread{'s' * (threads > 1)}"
    with Threads(threads) as lanes:
        while True:
            result = master.solve()
            seen.append((time.perf_counter() - began, result.objective))
            x = None if result.x is None else result.x[: base.columns]
            cuts = [] if x is None else [cut for cut in lanes.map(lambda probe, x=x: probe.cut(x), probes) if cut.missing_t > ENOUGH_T]
            if most_rounds is not None and len(seen) > most_rounds and cuts:
                failing = {cut.pattern for cut in cuts}
                return then_blocks(base, recourses, master, probes, lanes, failing, began, limit_s)
            if cuts and time.perf_counter() - began > limit_s:
                result = dataclasses.replace(result, status=Status.LIMIT_WITHOUT_SOLUTION)
            if not cuts or result.status is not Status.OPTIMAL:
                close = next((s for s, value in seen if abs(value - result.objective) <= 1e-3 * abs(result.objective)), math.nan)
                note = f"{len(seen)} rounds; within 0.1 % after {close:.2f} s"
                return answer(name, began, limit_s, result, base, master.program, note)
            last, before = sum(cut.missing_t for cut in cuts), last
            if last > STALLED * before:
                tighter = min(MOST_TIGHTER_T, max(10 * PASSED_T, 4 * tighter))
            master.add(cuts, tighter)


def then_blocks(
    base: Program,
    recourses: list[Recourse],
    master: Master,
    probes: list[Probe],
    lanes: Threads,
    failing: set[int],
    began: float,
    limit_s: float,
) -> Way:
    """Cuts as a warm-up: the base plan with the cuts learned, and the patterns that still fail as reduced blocks, by interior point."""
    kept = master.mixed_integer()
    warm = dataclasses.replace(
        base.relaxed(),
        matrix=sp.csr_array(kept.matrix[:, : base.columns]),
        row_lower=kept.row_lower,
        row_upper=kept.row_upper,
        row_names=kept.row_names,
    )
    while True:
        program = stack(warm, [reduced_block(recourses[k]) for k in sorted(failing)])
        left_s = max(0.0, limit_s - (time.perf_counter() - began))
        result = solve_program(program, SolverOptions(lp_method="ipm", time_limit_s=left_s))
        lacking: set[int] = set()
        if result.x is not None and result.status is Status.OPTIMAL:
            x = result.x[: base.columns]
            lacking = {cut.pattern for cut in lanes.map(lambda probe, x=x: probe.cut(x), probes) if cut.missing_t > ENOUGH_T} - failing
        if not lacking:
            return answer("cuts, then blocks", began, limit_s, result, base, program, f"{len(failing)} of {len(recourses)} as blocks")
        failing |= lacking


def by_blocks(base: Program, recourses: list[Recourse], kind: str, method: str, limit_s: float) -> Way:
    """The relaxation as one program of the base plan and all patterns; reducing and stacking are part of the time."""
    began = time.perf_counter()
    program = stack(base.relaxed(), [reduced_block(whole) if kind == "reduced" else whole.block() for whole in recourses])
    left_s = max(0.0, limit_s - (time.perf_counter() - began))
    result = solve_program(program, SolverOptions(lp_method=method, time_limit_s=left_s))
    return answer(f"{kind} blocks, {method}", began, limit_s, result, base, program, f"solver {result.seconds:.2f} s")


def tested(base: Program, recourses: list[Recourse], after: np.ndarray, count: int) -> tuple[list[Row], float]:
    """Milliseconds of a test of ``count`` patterns by each way, and the largest difference in what is missing, t REO.

    The plan tested lies halfway between the base plan alone, for which the probes are warmed up, and ``after`` (n_base,).
    """
    before = solve_program(base.relaxed(), OPTIONS).x
    if before is None:
        raise ValueError("the base plan alone has no solution")
    x = 0.5 * (before + after)
    times, differ_t = list[tuple[float, ...]](), 0.0
    for whole in recourses[:: -(-len(recourses) // count)]:
        make_s, probe = timed(partial(Probe, whole, 0, OPTIONS))
        probe.cut(before)
        hot_s, cut = timed(partial(probe.cut, x))
        cold_s, (missing_t, _) = timed(partial(whole.missing_t, x, OPTIONS))
        times.append((hot_s, cold_s, make_s))
        differ_t = max(differ_t, abs(cut.missing_t - missing_t))
    middle, most = 1e3 * np.median(times, axis=0), 1e3 * np.max(times, axis=0)
    named = zip(("reduced, hot", "whole, cold", "reducing, once"), middle, most, strict=True)
    return [(name, f"{ms:.2f}", f"{high:.2f}", f"{ms / middle[0]:.1f}") for name, ms, high in named], differ_t


def measure(
    case: Case, calendar: str = "workbook", every_month: bool = False, way_s: float = 120.0, solve_s: float = 900.0, tests: int = 40
) -> Measured:
    """Measure one case, with so many seconds for each way and for the solve. ``ValueError``: it has no pattern that can be survived."""
    took_s, plan = timed(lambda: solve(case, SolveOptions(calendar=calendar, time_limit_s=solve_s)))
    study = Study(on_calendar(case, calendar))
    patterns = patterns_of(study, plan, every_month)
    if not patterns:
        raise ValueError("no pattern of this case must be survived and can be")
    base, recourses, builds = built(study, patterns)
    ways = [by_cuts(base, recourses, way_s), by_cuts(base, recourses, way_s, threads=processors())]
    ways += [by_cuts(base, recourses, way_s, threads=processors(), most_rounds=WARM_UP)]
    ways += [by_blocks(base, recourses, kind, method, way_s) for kind in ("whole", "reduced") for method in ("simplex", "ipm")]
    after = next((way.x for way in ways if way.x is not None), np.zeros(base.columns))
    return Measured(case.settings.title, plan, took_s, builds, ways, *tested(base, recourses, after, tests))


def way_rows(ways: Sequence[Way]) -> Iterator[Row]:
    """The ways as rows of a table, with their seconds relative to the fastest that got there."""
    fastest = min((way.seconds for way in ways if way.x is not None), default=math.nan)
    for way in ways:
        told = (f"{way.seconds:.2f}", f"{way.seconds / fastest:.1f}", f"{way.objective:,.6f}") if way.x is not None else ("-", "-", "-")
        yield (way.name, *told, *size_of([way.program]), way.note)


def show(heads: Sequence[str], rows: Iterable[Row]) -> None:
    """Print a Markdown table, first column to the left, the others to the right."""
    print("| " + " | ".join(heads) + " |\n|" + "|".join("---" if k == 0 else "---:" for k in range(len(heads))) + "|")
    print(*(f"| {' | '.join(row)} |" for row in rows), sep="\n", end="\n\n", flush=True)


def report(measured: Measured) -> None:
    """Print all tables of one case."""
    print(f"## {measured.title}\n")
    show(("model", "build s", "compile s", "rows", "columns", "non-zeros"), measured.builds)
    show(("relaxation", "s", "of fastest", "million USD", "rows", "columns", "non-zeros", "note"), way_rows(measured.ways))
    count, verdict = sum(way.x is not None for way in measured.ways), "agree" if measured.apart <= AGREE else "DO NOT AGREE"
    print(f"Objectives of {count} ways {verdict}: {measured.apart:.1e} apart, relative; {AGREE:g} is allowed.\n")
    show(("test of one pattern", "median ms", "most ms", "of hot"), measured.tests)
    print(f"Hot and cold differ by {measured.differ_t:.1e} t at the most.\n")
    stages = [(s.stage, f"{s.seconds:.2f}", f"{100 * s.seconds / measured.solve_s:.0f}") for s in measured.plan.stages]
    show(("solve, by stage", "s", "% of all"), [*stages, ("all", f"{measured.solve_s:.2f}", "100")])
    told = measured.plan.summary
    print(f"Solve: {told.status}, gap {told.gap_pct:.3f} %, {told.patterns_tested} patterns tested.\n", flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure the example and a workbook; the exit code is 1 where the ways do not agree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("workbook", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent / "inputs" / "japan_2026.xlsx")
    parser.add_argument("--calendar", choices=("workbook", *PERIOD_MONTHS), default="year", help="periods of the workbook's case")
    parser.add_argument("--every-month", action="store_true", help="patterns that start inside coarse periods too")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for each way to the relaxation")
    parser.add_argument("--solve-limit", type=float, default=900.0, help="seconds for the whole solve")
    asked = parser.parse_args(words)
    agree = True
    for case, calendar in ((example_case(), "workbook"), (read_case(asked.workbook), asked.calendar)):
        measured = measure(case, calendar, asked.every_month, asked.limit, asked.solve_limit)
        report(measured)
        agree &= measured.apart <= AGREE
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
