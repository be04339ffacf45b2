"""What a program costs to build, and what the engine gains: ``python benchmarks/scale.py [--quick] [--sizes 100 300 1000] [--japan]``.

Generated cases (`generator`) by number of patterns, the same base plan and recourses as one program, linear relaxation, four ways:
*stamped*, the product's; *unstamped*, every recourse built by Pyomo; *direct*, one numpy matrix (`direct`), the limit; *linopy*
(`linopy_peer`, where it is installed). Each way is measured in a process of its own: build and hand-over to HiGHS, seconds of the
processor (the machine may be busy with other work), median, collector on as users have it; bytes per non-zero at the peak, less what
was there before. Then the optimum by the engine's cuts against the direct matrix in HiGHS, seconds of the clock. ``--japan``: the
workbook solved, the share outside HiGHS, and its extensive form with a cap. Prints Markdown; exit code 1 where two ways do not come
to the same cost.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from direct import matrix
from generator import generated

import optimizer.recourse
from models.case import Case
from models.run import Study
from models.survival import Pattern
from optimizer.cuts import Master
from optimizer.engine import Engine
from optimizer.hand_over import prepared
from optimizer.highs import SolverOptions, Status
from optimizer.highs import solve as solve_program
from optimizer.progress import Silent
from optimizer.recourse import PASSED_T, Recourse
from optimizer.solve import SolveOptions, _OutOfTime, _Work
from optimizer.stamp import by_pyomo
from optimizer.standard_form import Program, stack
from optimizer.workbook import read_case

SIZES = {24: (2, 12, 2), 20: (14, 10, 2), 100: (14, 25, 4), 300: (14, 60, 5), 1000: (14, 100, 10)}
"""Patterns -> elements, months, cut-offs."""

WAYS = ("stamped", "unstamped", "direct", "linopy")

SAMPLE = 12
"""Of so many patterns the unstamped recourses are built, evenly spread; seconds are scaled up to all, marked ~."""

METHODS = ("simplex", "ipm")
"""How HiGHS is asked for the relaxation as one program: ipm is interior point with crossover."""

AGREE = 1e-6
"""Relative difference of objectives up to which two ways agree."""

OPTIONS = SolverOptions()


class Built(NamedTuple):
    """One way at one size: processor seconds of each run (scaled where a sample was built), non-zeros built, peak bytes added."""

    seconds: list[float]
    nonzeros: int
    bytes: int | None
    scaled: bool


class Solved(NamedTuple):
    """One way to the optimum: seconds of building and of all, objective and bound in million USD, what there is to say."""

    build_s: float
    all_s: float
    objective: float
    bound: float
    note: str


# The ways


def by_product(case: Case, sample: int | None = None) -> tuple[Program, int]:
    """The extensive form as the product builds it, and the number of patterns; ``sample``: so many of them, evenly spread."""
    engine = Engine(case)
    engine.prepare()
    patterns = [(c, s) for c in case.cutoffs for s in engine.dates(c, 1)]
    chosen = patterns if sample is None else patterns[:: -(-len(patterns) // sample)]
    return stack(engine.program, [engine.recourse_of(c, s).block() for c, s in chosen]).relaxed(), len(patterns)


def pyomo_relaxed(study: Study, pattern: Pattern) -> tuple[Any, Any]:
    """A recourse by Pyomo alone, in the form of `optimizer.stamp.stamped`."""
    compiled, given = by_pyomo(study, pattern)
    return dataclasses.replace(compiled, program=compiled.program.relaxed()), given


def without_stamps(case: Case, sample: int | None = None) -> tuple[Program, float]:
    """The same with every recourse built by Pyomo, and the processor seconds that a whole number of patterns would have taken on top."""
    with patch.object(optimizer.recourse, "stamped", pyomo_relaxed):
        engine = Engine(case)
        engine.prepare()
        patterns = [Pattern(c, s) for c in case.cutoffs for s in engine.dates(c, 1)]
        chosen = patterns if sample is None else patterns[:: -(-len(patterns) // sample)]
        began = time.process_time()
        program = stack(engine.program, [Recourse.of(engine.study, pattern, engine.base).block() for pattern in chosen]).relaxed()
        taken = time.process_time() - began
    return program, taken * (len(patterns) / len(chosen) - 1)


def handed_over(program: Program) -> Any:
    """HiGHS, holding the program."""
    return prepared(program, OPTIONS, is_mip=False, talkative=False)


def make(way: str, case: Case) -> tuple[Any, float]:
    """HiGHS with the program of one way, and seconds to be added for what was left out."""
    if way == "stamped":
        return handed_over(by_product(case)[0]), 0.0
    if way == "unstamped":
        program, more_s = without_stamps(case, SAMPLE)
        return handed_over(program), more_s
    if way == "direct":
        return handed_over(matrix(case).relaxed()), 0.0
    import linopy_peer

    return linopy_peer.handed(case), 0.0


def ways_here() -> list[str]:
    """The ways that can be measured with what is installed."""
    return [way for way in WAYS if way != "linopy" or importlib.util.find_spec("linopy") is not None]


# Measuring, each way in a process of its own


def memory(what: str) -> int | None:
    """``VmRSS`` or its peak ``VmHWM`` of this process, bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    told = [line.split() for line in status.read_text().splitlines() if line.startswith(what)]
    return 1024 * int(told[0][1]) if told else None


def measured_here(way: str, size: int, runs: int) -> Built:
    """Build one way in this process, once for its memory, then for its processor seconds. A small case warms up what is imported late."""
    make(way, generated(*SIZES[24]))
    case = generated(*SIZES[size])
    before = memory("VmRSS")
    began = time.process_time()
    solver, more_s = make(way, case)
    seconds, peak, nonzeros = [time.process_time() - began + more_s], memory("VmHWM"), int(solver.getNumNz())
    del solver
    for _ in range(runs - 1):
        began = time.process_time()
        _, more_s = make(way, case)
        seconds.append(time.process_time() - began + more_s)
    return Built(seconds, nonzeros, None if before is None or peak is None else peak - before, more_s > 0)


def in_a_child(*words: str) -> Any:
    """What this page prints as its last line, as JSON, when it is run with these words. Raises ``RuntimeError`` where it fails."""
    root = Path(__file__).resolve().parent
    path = os.pathsep.join([str(root.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, str(root / "scale.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def building(sizes: Sequence[int], runs: int) -> dict[tuple[str, int], Built]:
    """All ways at all sizes; a process each."""
    found = {}
    for size in sizes:
        for way in ways_here():
            # Pyomo takes minutes at full size, so it is measured once there
            count = runs if way != "unstamped" else 1
            found[way, size] = Built(*in_a_child("--child", way, str(size), str(count)))
    return found


# The optimum


def by_cuts(case: Case, workers: int, cap_s: float) -> Solved:
    """The relaxation as the product comes to it: recourses, tests over threads, cuts until no pattern lacks anything."""
    began = time.perf_counter()
    work = _Work(case, SolveOptions(workers=workers, time_limit_s=cap_s), Silent())
    try:
        work.prepare()
        work.find_first_starts()
        probes = [work.probe(recourse) for recourse in work.required()]
        build_s = time.perf_counter() - began
        master = Master(work.program, len(work.positions), work.test_options)
        try:
            result = work.learn(master, probes, None)
            while True:  # cuts that asked for a little more than they need give it back
                result = work.checked(solve_program(master.mixed_integer().relaxed(), OPTIONS), master.program)
                x = np.zeros(0) if result.x is None else result.x[: work.base.program.columns]
                cuts = [cut for cut in work.cuts_at(probes, x) if cut.missing_t > PASSED_T]
                if not cuts:
                    break
                master.add(cuts)
                work.out_of_time(len(probes) - len(cuts), len(probes))
            objective, note = result.objective, f"{master.program.rows - work.program.rows:,} cuts"
        except _OutOfTime:
            objective, note = math.nan, f"not done after {cap_s:g} s"
        return Solved(build_s, time.perf_counter() - began, objective, objective, note)
    finally:
        work.close()


def in_one(program: Program, build_s: float, cap_s: float, method: str = "choose") -> Solved:
    """A program handed to HiGHS as it stands, with a cap; ``method``: see `SolverOptions`."""
    result = solve_program(program, SolverOptions(time_limit_s=cap_s, relative_gap=0.005, lp_method=method))
    done = result.status is Status.OPTIMAL
    note = f"{program.nonzeros:,} non-zeros" + ("" if done else f"; not done after {cap_s:g} s: {result.status.value}")
    return Solved(build_s, build_s + result.seconds, result.objective if done or program.integer.any() else math.nan, result.bound, note)


def optimum(size: int, workers: int, cap_s: float) -> tuple[Solved, ...]:
    """The relaxation of a generated case: by cuts, and as one program in HiGHS by each of `METHODS`."""
    case = generated(*SIZES[size])
    cuts = by_cuts(case, workers, cap_s)
    began = time.perf_counter()
    program = matrix(case).relaxed()
    build_s = time.perf_counter() - began
    return cuts, *(in_one(program, build_s, cap_s, method) for method in METHODS)


def apart(objectives: Sequence[float]) -> float:
    """Largest relative difference of the objectives that were found."""
    found = [value for value in objectives if math.isfinite(value)]
    return (max(found) - min(found)) / max(1.0, abs(min(found))) if found else 0.0


def objectives(case: Case, peer: bool = True) -> dict[str, tuple[float, float]]:
    """(relaxation, whole units without a gap) of a small case by every formulation, million USD; ``peer``: linopy too, if installed."""
    exact = SolverOptions(relative_gap=1e-9)
    engine = Engine(case)
    engine.prepare()
    product = stack(engine.program, [engine.recourse_of(c, s).block() for c in case.cutoffs for s in engine.dates(c, 1)])
    found = {
        name: (solve_program(program.relaxed(), exact).objective, solve_program(program, exact).objective)
        for name, program in (("product", product), ("direct", matrix(case)))
    }
    if peer and "linopy" in ways_here():
        import linopy_peer

        solvers = [linopy_peer.handed(case, relaxed) for relaxed in (True, False)]
        for solver in solvers:
            solver.setOptionValue("mip_rel_gap", exact.relative_gap)
            solver.run()
        found["linopy"] = (solvers[0].getObjectiveValue(), solvers[1].getObjectiveValue())
    return found


# The workbook


class Inside:
    """Seconds during which some thread was inside HiGHS."""

    def __init__(self) -> None:
        self.seconds, self.threads, self.since, self.lock = 0.0, 0, 0.0, threading.Lock()

    def wrap(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, counted."""

        def counted(*words: Any, **named: Any) -> Any:
            with self.lock:
                if self.threads == 0:
                    self.since = time.perf_counter()
                self.threads += 1
            try:
                return run(*words, **named)
            finally:
                with self.lock:
                    self.threads -= 1
                    if self.threads == 0:
                        self.seconds += time.perf_counter() - self.since

        return counted


def solved_workbook(workbook: Path) -> dict[str, Any]:
    """``stockpile solve`` in this process, less nothing: reading, solving, audit, report; and the seconds inside HiGHS."""
    import tempfile

    from optimizer import hand_over
    from optimizer.cli import run as stockpile

    inside = Inside()
    solver_class = type(hand_over._new())
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, patch.object(solver_class, "run", inside.wrap(solver_class.run)):
        out = Path(folder) / "report.xlsx"
        plan = Path(folder) / "plan.json"
        code = stockpile(["solve", str(workbook), "--out", str(out), "--json", str(plan)])
        seconds = time.perf_counter() - began
        summary = json.loads(plan.read_text())["summary"] if plan.exists() else {}
    return {"code": int(code), "seconds": seconds, "inside": inside.seconds, "summary": summary}


def workbook_in_one(workbook: Path, cap_s: float) -> Solved:
    """The extensive form of a workbook, whole units, every start of the periods' boundaries, in HiGHS with a cap."""
    began = time.perf_counter()
    work = _Work(read_case(workbook), SolveOptions(), Silent())
    try:
        work.prepare()
        work.find_first_starts()
        program = stack(work.program, [recourse.block() for recourse in work.required(every_month=True)])
    finally:
        work.close()
    return in_one(program, time.perf_counter() - began, cap_s)


def help_s(runs: int) -> float:
    """Seconds of ``stockpile --help``, median."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "optimizer", "--help"], check=True, capture_output=True, cwd=Path(__file__).resolve().parent.parent
        )
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


# Tables


def show(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table, first column to the left, the others to the right."""
    print("| " + " | ".join(heads) + " |\n|" + "|".join("---" if k == 0 else "---:" for k in range(len(heads))) + "|")
    print(*(f"| {' | '.join(row)} |" for row in rows), sep="\n", end="\n\n", flush=True)


def exponent(nonzeros: Sequence[float], seconds: Sequence[float]) -> float:
    """Growth of seconds with non-zeros: the slope of their logarithms; NaN for a single size."""
    if len(set(nonzeros)) < 2:
        return math.nan
    return float(np.polyfit(np.log(nonzeros), np.log(seconds), 1)[0])


def build_rows(found: dict[tuple[str, int], Built], sizes: Sequence[int]) -> list[list[str]]:
    """The build of each way at each size: seconds, spread, ratio to the direct matrix, bytes per non-zero of what was built."""
    rows = []
    for size in sizes:
        limit = statistics.median(found["direct", size].seconds)
        for way in [w for w in WAYS if (w, size) in found]:
            made = found[way, size]
            middle, sign = statistics.median(made.seconds), "~" if made.scaled else ""
            spread = f"{min(made.seconds):.2f}-{max(made.seconds):.2f}" if len(made.seconds) > 1 else "once"
            per = "" if made.bytes is None else f"{made.bytes / made.nonzeros:,.0f}"
            rows.append([way, f"{size:,}", f"{made.nonzeros:,}", f"{sign}{middle:.2f}", spread, f"{middle / limit:.1f}", per])
    return rows


def growth_rows(found: dict[tuple[str, int], Built], sizes: Sequence[int]) -> list[list[str]]:
    """The growth exponent of each way over the sizes, by non-zeros of the whole."""
    rows = []
    for way in ways_here():
        middle = [statistics.median(found[way, size].seconds) for size in sizes]
        rows.append([way, f"{exponent([found['direct', size].nonzeros for size in sizes], middle):.2f}"])
    return rows


def load() -> str:
    """How busy the machine is: 1, 5, 15 minutes."""
    return "load average " + ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else ""


def japan(workbook: Path, cap_s: float) -> None:
    """Print the figures of a workbook."""
    told = in_a_child("--solve", str(workbook))
    outside = 100 * (1 - told["inside"] / told["seconds"])
    summary = told["summary"]
    told_s = f"exit code {told['code']}, {told['seconds']:.1f} s, {outside:.0f} % of it outside HiGHS"
    print(f"`stockpile solve {workbook.name}`: {told_s}; {load()}")
    words = ("status", "gap_pct", "patterns_tested", "cost_usd_m", "bound_usd_m")
    print(", ".join(f"{word} {summary[word]}" for word in words if word in summary), end="\n\n", flush=True)
    one = Solved(*in_a_child("--one", str(workbook), str(cap_s)))
    gap = 100 * (one.objective - one.bound) / abs(one.objective) if math.isfinite(one.objective) else math.inf
    print(
        f"Its extensive form in HiGHS: built in {one.build_s:.1f} s, {one.all_s:.1f} s in all, cost {one.objective:,.1f}, "
        f"bound {one.bound:,.1f}, gap {gap:.2f} %; {one.note}; {load()}",
        end="\n\n",
        flush=True,
    )


def report(sizes: Sequence[int], runs: int, workers: int, cap_s: float) -> float:
    """Print all tables of the generated cases; returns the largest relative difference of two objectives."""
    small = objectives(generated(*SIZES[24]))
    worst = max(apart([value[k] for value in small.values()]) for k in (0, 1))
    print(f"Small case: {', '.join(small)} are {worst:.1e} apart, relative, relaxed and in whole units; {AGREE:g} is allowed. {load()}\n")
    found = building(sizes, runs)
    show(
        ("build and hand over", "patterns", "non-zeros built", "CPU s", "spread", "of direct", "bytes per non-zero"),
        build_rows(found, sizes),
    )
    show(("way", "growth exponent"), growth_rows(found, sizes))
    print(f"{load()}\n")
    rows = []
    for size in sizes:
        cuts, *ones = (Solved(*each) for each in in_a_child("--optimum", str(size), str(workers), str(cap_s)))
        worst = max(worst, apart([cuts.objective, *(one.objective for one in ones)]))
        for way, done in zip(("pattern generation", *(f"one program, {method}" for method in METHODS)), (cuts, *ones), strict=True):
            ratio = f"{done.all_s / cuts.all_s:.2f}"
            rows.append([way, f"{size:,}", f"{done.build_s:.2f}", f"{done.all_s:.2f}", ratio, f"{done.objective:,.6f}", done.note])
    show(("relaxation", "patterns", "build s", "all s", "of pattern generation", "million USD", "note"), rows)
    print(f"Objectives {'agree' if worst <= AGREE else 'DO NOT AGREE'}: {worst:.1e} apart, relative. {load()}\n", flush=True)
    return worst


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 where two ways do not come to the same cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sizes", type=int, nargs="*", choices=sorted(SIZES), default=[20, 100, 300, 1000], help="numbers of patterns")
    parser.add_argument("--quick", action="store_true", help="the smallest size alone, once")
    parser.add_argument("--runs", type=int, default=3, help="runs of each way, of which the median is told")
    parser.add_argument("--workers", type=int, default=2, help="threads that test patterns")
    parser.add_argument("--cap", type=float, default=120.0, help="seconds for each way to the relaxation")
    parser.add_argument("--japan", action="store_true", help="measure the workbook too")
    parser.add_argument("--workbook", type=Path, default=Path(__file__).resolve().parent.parent / "inputs" / "japan_2026.xlsx")
    parser.add_argument("--japan-cap", type=float, default=3600.0, help="seconds for the workbook's extensive form")
    for inner in ("--child", "--optimum", "--solve", "--one"):
        parser.add_argument(inner, nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if asked.child:
        print("\n" + json.dumps(measured_here(asked.child[0], int(asked.child[1]), int(asked.child[2]))))
    elif asked.optimum:
        print("\n" + json.dumps(optimum(int(asked.optimum[0]), int(asked.optimum[1]), float(asked.optimum[2]))))
    elif asked.solve:
        print("\n" + json.dumps(solved_workbook(Path(asked.solve[0]))))
    elif asked.one:
        print("\n" + json.dumps(workbook_in_one(Path(asked.one[0]), float(asked.one[1]))))
    else:
        sizes, runs = ([24], 1) if asked.quick else (asked.sizes, asked.runs)
        worst = report(sizes, runs, asked.workers, asked.cap) if sizes else 0.0
        print(f"`stockpile --help`: {help_s(asked.runs):.2f} s\n", flush=True)
        if asked.japan:
            japan(asked.workbook, asked.japan_cap)
        return 0 if worst <= AGREE else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
