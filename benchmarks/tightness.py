"""How tight plants and contracts can be stated: ``python benchmarks/tightness.py [WORKBOOK] [--calendar year] [--limit 60]``.

Run by hand, from the top of the repository. The base plan with the cuts that its patterns teach is what ``solve`` hands to
the mixed-integer search. Here the same program is stated in several ways, which all have the same plans: plants by units per
decision date (the product's), by vintage (what each decision's capacity makes apart), by the units that stand at each date
(whole or one by one, in order); contracts by one lifting (the product's) or one per signing date (the hull); sizes on a cost
curve by increments (the product's), by segments apart, or by weights of the points. Measured are the gap at the root, of the
linear relaxation and after the solver's own cuts, nodes, and seconds to the gap asked for, over several seeds. Prints Markdown;
exit code 1 where two ways contradict each other (a bound above another's cost).
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from lumpy import lumpy_case

from models.case import Case
from optimizer.asked import PERIOD_MONTHS
from optimizer.cuts import Master
from optimizer.highs import SolverOptions, Status
from optimizer.highs import solve as solve_program
from optimizer.progress import Silent
from optimizer.solve import ROUGHLY_T, SolveOptions, _Work
from optimizer.standard_form import Program
from optimizer.workbook import read_case

Key = tuple[str, Hashable]


@dataclasses.dataclass(frozen=True)
class Stated:
    """A program, and where the columns and rows of the model stand in it."""

    program: Program
    column_of: Mapping[Key, int]
    row_of: Mapping[Key, int]
    curves: Mapping[str, tuple[tuple[float, float], ...]]

    def columns(self, component: str) -> dict[Any, int]:
        """Columns of one variable by index."""
        return {index: column for (name, index), column in self.column_of.items() if name == component}

    def row(self, component: str, index: Hashable) -> dict[int, float]:
        """Coefficients of a row by column."""
        matrix, k = self.program.matrix, self.row_of[component, index]
        span = slice(matrix.indptr[k], matrix.indptr[k + 1])
        return dict(zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True))

    def rows(self, component: str) -> list[Any]:
        """Indices of one rule."""
        return [index for name, index in self.row_of if name == component]


class Extended:
    """A program that is being stated anew: columns and rows are added, rows dropped, columns made continuous."""

    def __init__(self, stated: Stated) -> None:
        self.stated = stated
        self.cost: dict[int, float] = {}
        self.continuous: set[int] = set()
        self.dropped: set[int] = set()
        self._columns: list[tuple[float, float, bool, float]] = []
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, upper: float, *, integer: bool = False, cost: float = 0.0) -> int:
        """A new column from 0 to ``upper``; returns its place."""
        self._columns.append((0.0, upper, integer, cost))
        return self.stated.program.columns + len(self._columns) - 1

    def at_most(self, row: dict[int, float], most: float = 0.0) -> None:
        """A new row: ``row`` @ x <= ``most``."""
        self._rows.append((row, -np.inf, most))

    def equal(self, row: dict[int, float], value: float = 0.0) -> None:
        """A new row: ``row`` @ x = ``value``."""
        self._rows.append((row, value, value))

    def drop(self, component: str, index: Hashable) -> None:
        """Leave a row of the model out."""
        self.dropped.add(self.stated.row_of[component, index])

    def program(self) -> Program:
        """The program as it is now stated."""
        old = self.stated.program
        kept = np.array([k for k in range(old.rows) if k not in self.dropped], dtype=np.int64)
        n = old.columns + len(self._columns)
        places = [(r, c, v) for r, (row, _, _) in enumerate(self._rows) for c, v in row.items()]
        r, c, v = zip(*places, strict=True) if places else ((), (), ())
        added = sp.csr_array((v, (r, c)), shape=(len(self._rows), n))
        above = sp.hstack([old.matrix[kept], sp.csr_array((len(kept), len(self._columns)))], format="csr")
        cost = np.concatenate([old.cost, [column[3] for column in self._columns]])
        for column, value in self.cost.items():
            cost[column] = value
        integer = np.concatenate([old.integer, np.array([column[2] for column in self._columns], dtype=bool)])
        integer[list(self.continuous)] = False
        return Program.of(
            cost=cost,
            matrix=sp.vstack([above, added], format="csr"),
            row_lower=np.concatenate([old.row_lower[kept], [row[1] for row in self._rows]]),
            row_upper=np.concatenate([old.row_upper[kept], [row[2] for row in self._rows]]),
            column_lower=np.concatenate([old.column_lower, [column[0] for column in self._columns]]),
            column_upper=np.concatenate([old.column_upper, [column[1] for column in self._columns]]),
            integer=integer,
            offset=old.offset,
        )


# Plants


def by_vintage(of: Extended) -> None:
    """What each decision's capacity makes is a flow of its own: processed = sum over decisions, each within its units' capacity."""
    stated = of.stated
    capacity = set(stated.columns("built").values()) | set(stated.columns("sized_t_per_yr").values())
    for index in stated.rows("operation.handle_no_more_than_capacity"):
        row = stated.row("operation.handle_no_more_than_capacity", index)
        decided = [column for column in row if column in capacity]
        if len(decided) < 2 or stated.program.row_upper[stated.row_of["operation.handle_no_more_than_capacity", index]] != 0:
            continue
        flows = [column for column in row if column not in capacity]
        parts = {(f, d): of.column(np.inf) for f in flows for d in decided}
        for f in flows:
            of.equal({f: 1.0, **{parts[f, d]: -1.0 for d in decided}})
        for d in decided:
            of.at_most({d: row[d], **{parts[f, d]: row[f] for f in flows}})
        of.drop("operation.handle_no_more_than_capacity", index)


def _dates(stated: Stated) -> dict[str, list[tuple[int, int]]]:
    """(month of decision, column) of each candidate, by month."""
    dates: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (p, d), column in stated.columns("built").items():
        dates[p].append((d, column))
    return {p: sorted(found) for p, found in dates.items()}


def standing(of: Extended) -> None:
    """The units that stand at each date are whole numbers; those decided at a date are the difference, and need no integrality."""
    for found in _dates(of.stated).values():
        most = float(of.stated.program.column_upper[found[0][1]])
        before: int | None = None
        for _, column in found:
            stands = of.column(most, integer=True)
            of.equal({stands: 1.0, column: -1.0, **({} if before is None else {before: -1.0})})
            of.continuous.add(column)
            before = stands


def one_by_one(of: Extended) -> None:
    """Every unit of a site is a yes or no at each date: it stands from its decision on, and the next one comes no earlier."""
    for found in _dates(of.stated).values():
        units = round(float(of.stated.program.column_upper[found[0][1]]))
        before: list[int] = []
        for _, column in found:
            stands = [of.column(1.0, integer=True) for _ in range(units)]
            of.equal({column: -1.0, **dict.fromkeys(stands, 1.0), **dict.fromkeys(before, -1.0)})
            for first, second in itertools.pairwise(stands):
                of.at_most({second: 1.0, first: -1.0})
            for earlier, later in zip(before, stands, strict=False):
                of.at_most({earlier: 1.0, later: -1.0})
            of.continuous.add(column)
            before = stands


# Contracts


def hull(of: Extended) -> None:
    """Liftings and what is paid without lifting are apart for each signing date: the hull of the dates."""
    stated = of.stated
    signed = set(stated.columns("signed").values())
    parts: dict[int, dict[int, int]] = {}
    for index in stated.rows("operation.lift_no_more_than_the_right"):
        row = stated.row("operation.lift_no_more_than_the_right", index)
        lifted = next(column for column in row if column not in signed)
        dates = [column for column in row if column in signed]
        parts[lifted] = {d: of.column(np.inf) for d in dates}
        of.equal({lifted: 1.0, **dict.fromkeys(parts[lifted].values(), -1.0)})
        for d in dates:
            of.at_most({parts[lifted][d]: row[lifted], d: row[d]})
        of.drop("operation.lift_no_more_than_the_right", index)
    for index in stated.rows("operation.lift_or_pay_the_minimum"):
        row = stated.row("operation.lift_or_pay_the_minimum", index)
        dates = [column for column in row if column in signed]
        unpaid = stated.column_of.get(("operation.unlifted_t", index))
        if not dates or unpaid is None:
            continue
        paid = {d: of.column(np.inf) for d in dates}
        of.equal({unpaid: 1.0, **dict.fromkeys(paid.values(), -1.0)})
        sign = 1.0 if row[unpaid] > 0 else -1.0
        for d in dates:
            lifted = {parts[column][d]: -sign * a for column, a in row.items() if column in parts and d in parts[column]}
            of.at_most({paid[d]: -1.0, d: -sign * row[d], **lifted})


# Sizes


def _curve(stated: Stated, p: str, d: int) -> tuple[tuple[tuple[float, float], ...], list[int], list[int], float]:
    """Points of a curve; columns of the shares filled and of the segments begun; cost per million USD of capital."""
    points = stated.curves[p]
    filled = [stated.column_of["filled", (p, d, k)] for k in range(len(points) - 1)]
    begun = [stated.column_of["begun", (p, d, k)] for k in range(1, len(points) - 1)]
    step = next(k for k in range(len(filled)) if points[k + 1][1] != points[k][1])
    return points, filled, begun, float(stated.program.cost[filled[step]]) / (points[step + 1][1] - points[step][1])


def _without_increments(of: Extended, p: str, d: int) -> None:
    """Take the increments of one curve out: their rows, costs and integrality."""
    stated = of.stated
    _, filled, begun, per = _curve(stated, p, d)
    built = stated.column_of["built", (p, d)]
    of.cost[built] = float(stated.program.cost[built]) - per * stated.curves[p][0][1]
    for column in (*filled, *begun):
        of.cost[column] = 0.0
        of.continuous.add(column)
        of.at_most({column: 1.0})
    of.drop("size_of_segments", (p, d))
    for k in range(len(filled)):
        of.drop("filled_where_begun", (p, d, k))
        if k:
            of.drop("begun_where_full", (p, d, k))


def by_segment(of: Extended) -> None:
    """One yes or no for each segment, and the size in it apart (multiple choice)."""
    stated = of.stated
    for (p, d), size in stated.columns("sized_t_per_yr").items():
        points, _, _, per = _curve(stated, p, d)
        _without_increments(of, p, d)
        chosen, inside = [], []
        for (s0, c0), (s1, c1) in itertools.pairwise(points):
            slope = (c1 - c0) / (s1 - s0)
            y, s = of.column(1.0, integer=True, cost=per * (c0 - slope * s0)), of.column(np.inf, cost=per * slope)
            of.at_most({s: 1.0, y: -s1})
            of.at_most({s: -1.0, y: s0})
            chosen.append(y)
            inside.append(s)
        of.equal({stated.column_of["built", (p, d)]: -1.0, **dict.fromkeys(chosen, 1.0)})
        of.equal({size: -1.0, **dict.fromkeys(inside, 1.0)})


def by_weight(of: Extended) -> None:
    """Weights of the points, of which two neighbours may be used, as one yes or no for each segment says (convex combination)."""
    stated = of.stated
    for (p, d), size in stated.columns("sized_t_per_yr").items():
        points, _, _, per = _curve(stated, p, d)
        _without_increments(of, p, d)
        built = stated.column_of["built", (p, d)]
        weight = [of.column(1.0, cost=per * cost) for _, cost in points]
        chosen = [of.column(1.0, integer=True) for _ in points[1:]]
        of.equal({built: -1.0, **dict.fromkeys(weight, 1.0)})
        of.equal({built: -1.0, **dict.fromkeys(chosen, 1.0)})
        of.equal({size: -1.0, **{w: s for w, (s, _) in zip(weight, points, strict=True)}})
        for k, w in enumerate(weight):
            of.at_most({w: 1.0, **{chosen[j]: -1.0 for j in (k - 1, k) if 0 <= j < len(chosen)}})


WAYS: dict[str, tuple[Callable[[Extended], None], ...]] = {
    "the product's: units by date, one lifting, increments": (),
    "plants by vintage": (by_vintage,),
    "plants by what stands, whole units": (standing,),
    "plants by what stands, one by one": (one_by_one,),
    "contracts by signing date (hull)": (hull,),
    "plants by vintage, contracts by signing date": (by_vintage, hull),
    "sizes by segments apart (multiple choice)": (by_segment,),
    "sizes by weights (convex combination)": (by_weight,),
}
"""The ways to state the program, and what each does to it."""


def stated_as(stated: Stated, ways: Iterable[Callable[[Extended], None]]) -> Program:
    """The program in another way."""
    extended = Extended(stated)
    for way in ways:
        way(extended)
    return extended.program()


# Measuring


def learned(case: Case, calendar: str = "workbook") -> Stated:
    """The base plan of a case with the cuts of all its patterns at period boundaries, as ``solve`` learns them."""
    work = _Work(case, SolveOptions(calendar=calendar), Silent())
    work.prepare()
    work.find_first_starts()
    probes = [work.probe(recourse) for recourse in work.required()]
    master = Master(work.program, len(work.positions), work.test_options)
    if work.learn(master, probes, None, ROUGHLY_T).x is None:
        raise ValueError("no plan survives")
    rows = {key: k for k, key in enumerate(work.base.row_keys)}
    return Stated(master.mixed_integer(), dict(work.base.column_of), rows, dict(work.study.curves))


@dataclasses.dataclass(frozen=True)
class Run:
    """One search. Bounds and cost in million USD; ``seconds`` to the gap asked for, or to the limit (then ``done`` is False)."""

    cost: float
    bound: float
    nodes: int
    seconds: float
    done: bool


@dataclasses.dataclass(frozen=True)
class Measured:
    """One way of one case: size, the two bounds at the root, and a search for each seed."""

    way: str
    program: Program
    relaxed: float
    at_root: float
    runs: list[Run]


def measure(stated: Stated, ways: Sequence[str], seeds: Sequence[int], gap: float, limit_s: float) -> list[Measured]:
    """Solve a program stated in several ways. A way that changes nothing in this case is left out."""
    found: list[Measured] = []
    for name in ways:
        program = stated_as(stated, WAYS[name])
        if WAYS[name] and program.matrix.shape == stated.program.matrix.shape:
            continue
        relaxed = solve_program(program.relaxed(), SolverOptions(time_limit_s=limit_s))
        root = solve_program(program, SolverOptions(relative_gap=gap / 100, node_limit=1, time_limit_s=limit_s))
        runs = []
        for seed in seeds:
            began = time.perf_counter()
            result = solve_program(program, SolverOptions(relative_gap=gap, seed=seed, time_limit_s=limit_s))
            done = result.status is Status.OPTIMAL
            cost = np.inf if result.x is None else result.objective
            runs.append(Run(cost, result.bound, result.nodes, time.perf_counter() - began, done))
        found.append(Measured(name, program, relaxed.objective, max(root.bound, relaxed.objective), runs))
        print(f"  {name}: {statistics.median(run.seconds for run in runs):.2f} s", file=sys.stderr, flush=True)
    return found


def best_known(measured: Sequence[Measured]) -> float:
    """The lowest cost that any search found."""
    return min(run.cost for way in measured for run in way.runs)


def contradictions(measured: Sequence[Measured]) -> list[str]:
    """Ways whose bound is above a cost that another found: they would not have the same plans."""
    best = best_known(measured)
    slack = 1e-5 * abs(best)
    return [way.way for way in measured if max(way.relaxed, *(run.bound for run in way.runs)) > best + slack]


def table(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """Rows of the table of one case: medians over seeds; seconds also relative to the first way's."""
    best = best_known(measured)
    rows = []
    middle = statistics.median(run.seconds for run in measured[0].runs)
    for way in measured:
        seconds = sorted(run.seconds for run in way.runs)
        late = sum(not run.done for run in way.runs)
        median = statistics.median(seconds)
        rows.append(
            (
                way.way,
                f"{way.program.rows:,}",
                f"{way.program.columns:,}",
                f"{100 * (best - way.relaxed) / abs(best):.3f}",
                f"{100 * (best - way.at_root) / abs(best):.3f}",
                f"{statistics.median(run.nodes for run in way.runs):,.0f}",
                f"{median:.2f}",
                f"{seconds[0]:.2f}-{seconds[-1]:.2f}",
                f"{median / middle:.2f}",
                f"{statistics.median(100 * (run.cost - run.bound) / abs(run.cost) for run in way.runs):.3f}",
                f"{late} of {len(seconds)}" if late else "",
            )
        )
    return rows


HEADS = ("way", "rows", "columns", "root gap %, LP", "after 1 node %", "nodes", "s", "spread", "of first", "gap left %", "not done")


def report(title: str, measured: Sequence[Measured]) -> None:
    """Print the table of one case."""
    print(f"## {title}\n")
    print("| " + " | ".join(HEADS) + " |\n|" + "|".join("---" if k == 0 else "---:" for k in range(len(HEADS))) + "|")
    print(*(f"| {' | '.join(row)} |" for row in table(measured)), sep="\n")
    print(f"\nBest known: {best_known(measured):,.4f} million USD.\n", flush=True)
    for way in contradictions(measured):
        print(f"CONTRADICTION: the bound of '{way}' is above the best known cost.\n", flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure the workbook and generated lumpy cases; the exit code is 1 where ways contradict each other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("workbook", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent / "inputs" / "japan_2026.xlsx")
    parser.add_argument("--calendar", choices=("workbook", *PERIOD_MONTHS), default="year", help="periods of the workbook's case")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of the solver for each way")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each search")
    parser.add_argument("--gap", type=float, default=0.5, help="gap that ends a search, %%")
    parser.add_argument("--lumpy", type=int, default=2, help="number of generated cases")
    asked = parser.parse_args(words)
    cases = [(f"{asked.workbook.stem}, {asked.calendar}", lambda: learned(read_case(asked.workbook), asked.calendar))]
    cases += [(f"generated case {n}", lambda n=n: learned(lumpy_case(n))) for n in range(asked.lumpy)]  # type: ignore[misc]
    sound = True
    for title, made in cases:
        measured = measure(made(), tuple(WAYS), range(asked.seeds), asked.gap / 100, asked.limit)
        report(title, measured)
        sound &= not contradictions(measured)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
