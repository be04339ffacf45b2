"""Feasibility cuts: what a pattern asks of the opening state and the commitments, learned from its recourse.

For a base plan x the recourse of a pattern lacks v(h) tonnes, h = L x + c being what it is handed (opening stocks,
contracts signed, plants built). v is convex and piecewise linear, and its slope d is the reduced cost of the handed
columns, so v(h) + d (h' - h) <= v(h') for every h'; a plan that survives has v(h') = 0, hence

    d L x' <= d h - v(h) - d c

(Benders 1962; Van Slyke and Wets 1969). A cut never removes a plan that survives, so the bound of a model with cuts is a
bound of the whole problem. Each recourse is kept hot: from one plan to the next only the handed columns move.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp

from optimizer.errors import Interrupted, NumericalTrouble
from optimizer.highs import HotProgram, Result, SolverOptions, Status
from optimizer.recourse import Recourse
from optimizer.reduce import reduce
from optimizer.standard_form import Program

SMALLEST_SHARE = 2e-8
"""Coefficients of a cut below this share of its largest are next to nothing."""

SMALLEST_OF_BASE = 2e-9
"""So are those below this share of the largest coefficient of the base plan: a wider range is not handed to the solver."""

NOISE = 1e-11
"""Coefficients up to this are rounding of the solver's reduced costs."""

LARGEST = 100.0
"""Cuts are scaled so that their largest coefficient is this, which suits tonnes of stock."""


@dataclasses.dataclass(frozen=True, eq=False)
class Cut:
    """``row`` (1, n_base) @ x <= ``most``, for the pattern at position ``pattern``; ``missing_t`` made it, 0 where none is missing."""

    pattern: int
    name: str
    row: sp.csr_array
    most: float
    missing_t: float


class Probe:
    """One pattern's recourse, reduced and kept hot, that says what a base plan lacks, and the cut that follows."""

    def __init__(self, recourse: Recourse, position: int, options: SolverOptions) -> None:
        self.recourse = recourse
        self.position = position
        program, columns = reduce(recourse.elastic(), recourse.linked)
        place = {int(column): k for k, column in enumerate(columns)}
        self._handed = np.array([place[int(column)] for column in recourse.linked], dtype=np.int64)
        self._program = program
        self._hot = HotProgram(program, options)

    def cut(self, x: np.ndarray) -> Cut:
        """What a base plan ``x`` (n_base,) lacks in this pattern, and the cut. Raises ``NumericalTrouble``."""
        handed = self.recourse.handed(x)
        return cut_of(self.recourse, self.position, handed, *self.lacks(handed))

    def lacks(self, handed: np.ndarray) -> tuple[float, np.ndarray]:
        """What is missing, t REO, where the recourse is handed these values (k,), and its slope (k,) in them."""
        lower, upper = self._program.column_lower.copy(), self._program.column_upper.copy()
        lower[self._handed] = upper[self._handed] = handed
        self._hot.set_column_bounds(lower, upper)
        result = self._hot.solve()
        if result.status is Status.INTERRUPTED:
            raise Interrupted
        if result.status is not Status.OPTIMAL or result.column_dual is None:
            raise NumericalTrouble(f"the recourse of {self.recourse.name} could not be tested: {result.status.value}")
        return float(result.objective), result.column_dual[self._handed]


def cut_of(recourse: Recourse, position: int, handed: np.ndarray, missing_t: float, slope: np.ndarray) -> Cut:
    """The cut that follows from what is missing, t REO, of a recourse that is handed these values (k,), and its slope (k,) in them."""
    row = sp.csr_array(sp.csr_array(slope.reshape(1, -1)) @ recourse.links)
    most = float(slope @ handed - missing_t - slope @ recourse.constants)
    return Cut(position, recourse.name, row, most, missing_t)


class Master:
    """The base plan's relaxation with cuts, kept hot, and the mixed-integer program of the same rows.

    Column n_base + k is what pattern k may lack, t REO: 0 unless `allow_missing` opens it.
    """

    def __init__(self, base: Program, patterns: int, options: SolverOptions) -> None:
        self.base = base
        self.patterns = patterns
        self.options = options
        extra = np.zeros(patterns)
        self.program = dataclasses.replace(
            base,
            cost=np.concatenate([base.cost, extra]),
            matrix=sp.csr_array(sp.hstack([base.matrix, sp.csr_array((base.rows, patterns))], format="csr")),
            column_lower=np.concatenate([base.column_lower, extra]),
            column_upper=np.concatenate([base.column_upper, extra]),
            integer=np.concatenate([base.integer, np.zeros(patterns, dtype=bool)]),
            column_names=[*base.column_names, *(f"missing in pattern {k}" for k in range(patterns))],
        )
        self._hot = HotProgram(self.program.relaxed(), dataclasses.replace(options, lp_method="simplex"))
        self._tightened = np.zeros(base.rows)

    def mixed_integer(self) -> Program:
        """The base plan with all cuts as they are, none asking for more than it needs: its bound bounds the whole problem."""
        return dataclasses.replace(self.program, row_upper=self.program.row_upper + self._tightened)

    def add(self, cuts: list[Cut], tighter_t: float = 0.0, at: np.ndarray | None = None) -> None:
        """Append cuts; ``tighter_t`` asks for so much more than they need, to get past the solver's tolerance.

        With ``at`` (n_base,), the plan they were made from, each also asks for what its row lost there with the coefficients
        that are next to nothing: without it a row may be too weak to move that plan, and the same cut would come for ever.
        """
        matrix, most = rows_of(cuts, self.base, self.patterns)
        scale = -matrix[:, self.base.columns :].sum(axis=1)
        tighter = np.full(len(cuts), tighter_t)
        if at is not None:
            kept = (matrix[:, : self.base.columns] @ at - most) / scale
            tighter += np.maximum(0.0, [cut.missing_t for cut in cuts] - kept)
        lower = np.full(len(cuts), -np.inf)
        self._hot.add_rows(matrix, lower, most - tighter * scale, [cut.name for cut in cuts])
        self._tightened = np.concatenate([self._tightened, tighter * scale])
        self.program = dataclasses.replace(
            self._hot.program,
            integer=self.program.integer,
            cost=self.program.cost,
            column_lower=self.program.column_lower,
            column_upper=self.program.column_upper,
        )

    def take_over(self, other: Master) -> None:
        """Append the cuts of another master of the same base plan, which has no more columns than this."""
        matrix = sp.csr_array(other.program.matrix[self.base.rows :])
        wide = sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], self.program.columns))
        if matrix.shape[0]:
            tightened = other._tightened[self.base.rows :]
            upper = other.program.row_upper[self.base.rows :] + tightened
            self._append(wide, upper, [other.program.row_names[k] for k in range(self.base.rows, other.program.rows)], np.zeros(len(upper)))

    def _append(self, matrix: sp.csr_array, most: np.ndarray, names: list[str], tightened: np.ndarray) -> None:
        """Append rows ``matrix`` (k, n) <= ``most``, by so much (k,) tighter than they need be."""
        self._hot.add_rows(matrix, np.full(len(most), -np.inf), most, names)
        self._tightened = np.concatenate([self._tightened, tightened])
        self.program = dataclasses.replace(
            self._hot.program,
            integer=self.program.integer,
            cost=self.program.cost,
            column_lower=self.program.column_lower,
            column_upper=self.program.column_upper,
        )

    def solve(self, x: np.ndarray | None = None, roughly: float = 0.0) -> Result:
        """The relaxation, from the last basis; with ``x`` (n_base,) its integer columns are fixed there. ``roughly``: see `HotProgram`."""
        lower, upper = self.program.column_lower.copy(), self.program.column_upper.copy()
        if x is not None:
            whole = np.flatnonzero(self.base.integer)
            lower[whole] = upper[whole] = np.round(x[whole])
        self._hot.set_column_bounds(lower, upper)
        self._hot.set_cost(self.program.cost)
        return self._hot.solve(roughly)

    def allow_missing(self, weights: np.ndarray) -> None:
        """From now on the question is how little must be missing: ``weights`` (patterns,) per tonne, all else free; where the weight is
        0 nothing may be."""
        n = self.base.columns
        upper = self.program.column_upper.copy()
        upper[n:] = np.where(weights > 0, np.inf, 0.0)
        self.program = dataclasses.replace(self.program, cost=np.concatenate([np.zeros(n), weights]), column_upper=upper, offset=0.0)
        self._hot = HotProgram(self.program.relaxed(), dataclasses.replace(self.options, lp_method="simplex"))

    def allow_at_most(self, most_t: np.ndarray) -> None:
        """From now on the question is the least cost where each pattern may lack so much, ``most_t`` (patterns,) t REO."""
        n = self.base.columns
        upper = self.program.column_upper.copy()
        upper[n:] = most_t
        cost = np.concatenate([self.base.cost, np.zeros(self.patterns)])
        self.program = dataclasses.replace(self.program, cost=cost, column_upper=upper, offset=self.base.offset)
        self._hot = HotProgram(self.program.relaxed(), dataclasses.replace(self.options, lp_method="simplex"))


def rows_of(cuts: list[Cut], base: Program, patterns: int) -> tuple[sp.csr_array, np.ndarray]:
    """The cuts as rows (k, n_base + patterns) with upper bounds (k,), scaled, without coefficients that are next to nothing.

    A small coefficient leaves at the bound of its column that makes the cut weaker, so that no plan is lost. Where it
    helps and the column has no upper bound, it is rounded up to the smallest that is kept, which is weaker too.
    """
    matrix = sp.csr_array(sp.vstack([cut.row for cut in cuts], format="csr"))
    most = np.array([cut.most for cut in cuts])
    largest = np.maximum(abs(matrix).max(axis=1).toarray().ravel(), 1.0)
    scale = LARGEST / largest
    row = np.repeat(np.arange(len(cuts)), np.diff(matrix.indptr))
    smallest = np.maximum(SMALLEST_SHARE * largest, SMALLEST_OF_BASE * np.abs(base.matrix.data).max(initial=0.0) / scale)[row]
    small = np.abs(matrix.data) < smallest
    bound = np.where(matrix.data > 0, base.column_lower[matrix.indices], base.column_upper[matrix.indices])
    gone = small & (np.isfinite(bound) | (np.abs(matrix.data) <= NOISE))
    up = small & ~gone & (matrix.data < 0) & (base.column_lower[matrix.indices] >= 0)
    np.subtract.at(most, row[gone], (matrix.data * np.where(np.isfinite(bound), bound, 0.0))[gone])
    matrix.data[up] = np.sign(matrix.data[up]) * smallest[up]
    matrix.data[gone] = 0.0
    matrix.eliminate_zeros()
    lacks = sp.csr_array((-np.ones(len(cuts)), (np.arange(len(cuts)), [cut.pattern for cut in cuts])), shape=(len(cuts), patterns))
    return sp.csr_array(sp.diags_array(scale) @ sp.hstack([matrix, lacks], format="csr")), most * scale
