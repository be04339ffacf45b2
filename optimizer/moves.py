"""Programs in which figures of the workbook have become columns: how far each negotiable row has moved, 0 (not) to 1 (all the way).

A program is built twice, as it is and with the row moved a part of its way. Where the two differ in sides of rows and bounds of columns
alone, any move between is the same share of the difference, so one column stands for it, exactly. Where they differ in the matrix, it is
not so, and the row can only be tried in steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from optimizer.program import Program
from optimizer.recourse import Recourse

NOTHING = 1e-9
"""Differences up to this are rounding."""

ALIKE = 1e-6
"""Share of a difference by which half of it may miss the middle, where any move must be in proportion."""


@dataclasses.dataclass(frozen=True, eq=False)
class Shift:
    """What changes in a program of m rows and n columns: ``side`` (m,) of both sides of a row, ``lower`` and ``upper`` (n,) of bounds."""

    side: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def times(self, factor: float) -> Shift:
        """So many times as much."""
        return Shift(factor * self.side, factor * self.lower, factor * self.upper)

    def is_half_of(self, whole: Shift) -> bool:
        """Whether this is half of another."""
        pairs = ((self.side, whole.side), (self.lower, whole.lower), (self.upper, whole.upper))
        return all((np.abs(2 * half - all_) <= ALIKE * np.maximum(1e-3, np.abs(all_))).all() for half, all_ in pairs)


def shift(before: Program, after: Program) -> Shift | None:
    """What changes from one program to another; None where that is more than sides and bounds."""
    one, other = before.matrix, after.matrix
    if one.shape != other.shape or one.nnz != other.nnz or not np.array_equal(before.integer, after.integer):
        return None
    if one.nnz and abs(one - other).max() > NOTHING * max(1.0, abs(one).max()):
        return None
    sides = _difference(before.row_lower, after.row_lower), _difference(before.row_upper, after.row_upper)
    bounds = _difference(before.column_lower, after.column_lower), _difference(before.column_upper, after.column_upper)
    if any(found is None for found in (*sides, *bounds)):
        return None
    low, high = (np.asarray(side) for side in sides)
    two_sided = np.isfinite(before.row_lower) & np.isfinite(before.row_upper)
    if (np.abs(low - high)[two_sided] > NOTHING).any():
        return None
    lower, upper = (np.asarray(bound) for bound in bounds)
    return Shift(np.where(np.isfinite(before.row_upper), high, low), lower, upper)


def _difference(before: np.ndarray, after: np.ndarray) -> np.ndarray | None:
    """After less before, 0 where neither is finite; None where one is finite and the other not."""
    finite = np.isfinite(before)
    if not np.array_equal(finite, np.isfinite(after)) or not np.array_equal(before[~finite], after[~finite]):
        return None
    difference = np.zeros(len(before))
    difference[finite] = after[finite] - before[finite]
    difference[np.abs(difference) <= NOTHING] = 0.0
    return difference


def with_moves(program: Program, shifts: Sequence[Shift]) -> Program:
    """The program with a column from 0 to 1 for each shift, after its own; bounds that move are rows of their own."""
    n, k = program.columns, len(shifts)
    if not k:
        return program
    side = _stacked([s.side for s in shifts], program.rows)
    lower, upper = (_stacked([getattr(s, name) for s in shifts], n) for name in ("lower", "upper"))
    low, high = np.flatnonzero(np.abs(lower).sum(axis=1)), np.flatnonzero(np.abs(upper).sum(axis=1))
    blocks = [[program.matrix, sp.csr_array(-side)]]
    for columns, moves in ((low, lower), (high, upper)):
        one = sp.csr_array((np.ones(len(columns)), (np.arange(len(columns)), columns)), shape=(len(columns), n))
        blocks.append([one, sp.csr_array(-moves[columns])])
    return Program(
        cost=np.concatenate([program.cost, np.zeros(k)]),
        offset=program.offset,
        matrix=sp.csr_array(sp.block_array(blocks, format="csr")),
        row_lower=np.concatenate([program.row_lower, program.column_lower[low], np.full(len(high), -np.inf)]),
        row_upper=np.concatenate([program.row_upper, np.full(len(low), np.inf), program.column_upper[high]]),
        column_lower=np.concatenate([program.column_lower + np.minimum(lower, 0).sum(axis=1), np.zeros(k)]),
        column_upper=np.concatenate([program.column_upper + np.maximum(upper, 0).sum(axis=1), np.ones(k)]),
        integer=np.concatenate([program.integer, np.zeros(k, dtype=bool)]),
        column_names=[*program.column_names, *(f"move of negotiable row {j}" for j in range(k))],
        row_names=[*program.row_names, *(f"bound of {program.column_names[j]}" for j in (*low, *high))],
    )


def _stacked(columns: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Vectors side by side, (length, k)."""
    return np.stack(columns, axis=1) if columns else np.zeros((length, 0))


def recourse_shift(before: Recourse, after: Recourse) -> tuple[Shift, np.ndarray] | None:
    """What changes in a recourse and in the constants of what it is handed, (k,); None where that is more than sides and bounds."""
    same = before.keys == after.keys and np.array_equal(before.linked, after.linked) and before.links.shape == after.links.shape
    if not same or (before.links.nnz + after.links.nnz and abs(before.links - after.links).max() > NOTHING):
        return None
    found = shift(loosened(before, before, after), loosened(after, before, after))
    return None if found is None else (found, after.constants - before.constants)


def loosened(recourse: Recourse, *others: Recourse) -> Program:
    """Its program, handed columns within the loosest bounds of the others: what is handed lies within those of its own case. The columns
    of the margin, which only another question opens, stand in no row.
    """
    lower, upper = recourse.program.column_lower.copy(), recourse.program.column_upper.copy()
    lower[recourse.linked] = np.min([o.program.column_lower[o.linked] for o in others], axis=0)
    upper[recourse.linked] = np.max([o.program.column_upper[o.linked] for o in others], axis=0)
    matrix = sp.csr_array(recourse.program.matrix, copy=True)
    matrix.data[np.isin(matrix.indices, recourse.margin)] = 0.0
    matrix.eliminate_zeros()
    return dataclasses.replace(recourse.program, matrix=matrix, column_lower=lower, column_upper=upper)


def recourse_with_moves(
    recourse: Recourse, others: Sequence[Recourse], shifts: Sequence[tuple[Shift, np.ndarray]], further: int
) -> Recourse:
    """The recourse that is handed the moves too: base columns are followed by the moves, and by ``further`` columns it knows nothing of."""
    n, k, handed = recourse.program.columns, len(shifts), len(recourse.linked)
    if not k:
        return recourse
    constants = _stacked([found[1] for found in shifts], handed)
    links = sp.block_array(
        [
            [recourse.links, sp.csr_array(constants), sp.csr_array((handed, further))],
            [sp.csr_array((k, recourse.links.shape[1])), sp.eye_array(k, format="csr"), sp.csr_array((k, further))],
        ],
        format="csr",
    )
    return dataclasses.replace(
        recourse,
        program=with_moves(loosened(recourse, recourse, *others), [found[0] for found in shifts]),
        keys=(*recourse.keys, *(("negotiable", j) for j in range(k))),
        linked=np.concatenate([recourse.linked, np.arange(n, n + k)]),
        links=sp.csr_array(links),
        constants=np.concatenate([recourse.constants, np.zeros(k)]),
    )
