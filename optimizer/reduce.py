"""A recourse made small before it joins the big model: exact for the question whether a base plan survives.

In the big model a pattern's own columns cost nothing; all that matters is which opening states and commitments leave it
a solution. So, on the matrix alone and without a rule that knows a store from a plant:

1. a free-of-cost column that stands in one equality only is its slack: the row becomes an inequality;
2. a column that ties one row of two (what is added to a store) is substituted out of the equality that defines it;
3. a column that helps or harms no row in one direction goes to its bound in that direction (buy all that can be had;
   serve no more than must be); where that bound is infinite, the rows that it satisfies go;
4. rows with one column become bounds, rows that bounds imply go.

The set of linked columns' values that leave a solution is the same before and after; `tests/test_reduce.py` compares.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp

from optimizer.standard_form import Names, Program

ROUNDS = 12
"""More passes than any case needed; each is cheap and ends early when nothing changes."""

ZERO = 1e-12
"""Sums of coefficients below this, relative to their terms, are nothing."""


@dataclasses.dataclass(eq=False)
class _Work:
    """The program being reduced. ``keep``: columns that stay whatever happens (linked, or with a cost)."""

    a: sp.csr_array
    row_lower: np.ndarray
    row_upper: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    keep: np.ndarray
    rows: np.ndarray
    columns: np.ndarray


def reduce(program: Program, linked: np.ndarray) -> tuple[Program, np.ndarray]:
    """The reduced program, and where its columns stood in ``program`` (linked ones all kept, in the same order).

    ``linked`` (k,) are the columns that another program gives, within their bounds. Columns with a cost are kept too. An infeasible program
    stays infeasible, if only by a row or bound that crosses.
    """
    keep = program.cost != 0
    keep[linked] = True
    work = _Work(
        a=sp.csr_array(program.matrix),
        row_lower=program.row_lower.copy(),
        row_upper=program.row_upper.copy(),
        lower=program.column_lower.copy(),
        upper=program.column_upper.copy(),
        keep=keep,
        rows=np.arange(program.rows),
        columns=np.arange(program.columns),
    )
    for _ in range(ROUNDS):
        before = work.a.shape, work.a.nnz
        _drop_fixed(work)
        _absorb_slacks(work)
        _rows_to_bounds(work)
        _go_to_harmless_bounds(work)
        _substitute(work)
        _drop_implied_rows(work)
        if (work.a.shape, work.a.nnz) == before:
            break
    row_of, column_of = work.rows, work.columns
    reduced = Program.of(
        cost=program.cost[column_of],
        matrix=work.a,
        row_lower=work.row_lower,
        row_upper=work.row_upper,
        column_lower=work.lower,
        column_upper=work.upper,
        integer=np.zeros(len(column_of), dtype=bool),
        offset=program.offset,
        column_names=Names(len(column_of), lambda k: program.column_names[int(column_of[k])]),
        row_names=Names(len(row_of), lambda k: program.row_names[int(row_of[k])]),
    )
    return reduced, column_of


def _select(work: _Work, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> None:
    """Keep the rows and columns that are marked."""
    if rows is not None and not rows.all():
        work.a = work.a[rows]
        work.row_lower, work.row_upper, work.rows = work.row_lower[rows], work.row_upper[rows], work.rows[rows]
    if columns is not None and not columns.all():
        work.a = sp.csr_array(work.a.tocsc()[:, columns])
        work.lower, work.upper = work.lower[columns], work.upper[columns]
        work.keep, work.columns = work.keep[columns], work.columns[columns]


def _drop_fixed(work: _Work) -> None:
    """Columns that are fixed become constants of the rows."""
    fixed = (work.lower == work.upper) & ~work.keep
    if fixed.any():
        constant = work.a @ np.where(fixed, work.lower, 0.0)
        work.row_lower, work.row_upper = work.row_lower - constant, work.row_upper - constant
        _select(work, columns=~fixed)


def _absorb_slacks(work: _Work) -> None:
    """Step 1: a column without cost that stands in one row only widens that row's bounds by what it can give."""
    by_column = work.a.tocsc()
    single = (np.diff(by_column.indptr) == 1) & ~work.keep
    columns = np.flatnonzero(single)
    if not len(columns):
        return
    entry = by_column.indptr[columns]
    row, value = by_column.indices[entry], by_column.data[entry]
    low, high = value * work.lower[columns], value * work.upper[columns]
    least, most = np.minimum(low, high), np.maximum(low, high)
    np.subtract.at(work.row_lower, row, most)
    np.subtract.at(work.row_upper, row, least)
    _select(work, columns=~single)


def _rows_to_bounds(work: _Work) -> None:
    """Step 4, first half: a row with one column that may be bounded is a bound."""
    count = np.diff(work.a.indptr)
    rows = np.flatnonzero(count == 1)
    if not len(rows):
        return
    entry = work.a.indptr[rows]
    column, value = work.a.indices[entry], work.a.data[entry]
    own = ~work.keep[column]
    rows, column, value = rows[own], column[own], value[own]
    low, high = work.row_lower[rows] / value, work.row_upper[rows] / value
    np.maximum.at(work.lower, column, np.where(value > 0, low, high))
    np.minimum.at(work.upper, column, np.where(value > 0, high, low))
    gone = np.zeros(work.a.shape[0], dtype=bool)
    gone[rows] = True
    crossed = work.lower > work.upper
    meet = crossed & (work.lower - work.upper <= 1e-9 * np.maximum(1.0, np.abs(work.lower)))
    work.upper[meet] = work.lower[meet]
    work.keep |= crossed & ~meet  # never possible: the column stays, to say so
    _select(work, rows=~gone)


def _go_to_harmless_bounds(work: _Work) -> None:
    """Step 3: up where no row is harmed by more, down where none is harmed by less."""
    a = work.a.tocoo()
    capped, floored = np.isfinite(work.row_upper)[a.row], np.isfinite(work.row_lower)[a.row]
    count = work.a.shape[1]
    harmed_by_more = np.bincount(a.col, weights=np.where(a.data > 0, capped, floored), minlength=count) > 0
    harmed_by_less = np.bincount(a.col, weights=np.where(a.data > 0, floored, capped), minlength=count) > 0
    up, down = ~harmed_by_more & ~work.keep, ~harmed_by_less & harmed_by_more & ~work.keep
    finite_up, finite_down = up & np.isfinite(work.upper), down & np.isfinite(work.lower)
    work.lower[finite_up] = work.upper[finite_up]
    work.upper[finite_down] = work.lower[finite_down]
    endless = (up & ~finite_up) | (down & ~finite_down)
    if endless.any():
        satisfied = np.zeros(work.a.shape[0], dtype=bool)
        satisfied[a.row[endless[a.col]]] = True
        _select(work, rows=~satisfied)
        _select(work, columns=~endless)
    _drop_fixed(work)


def _substitute(work: _Work) -> None:
    """Step 2: a column in exactly two rows, one of them an equality, leaves through it; its bounds become the row's."""
    by_column = work.a.tocsc()
    pair = np.flatnonzero((np.diff(by_column.indptr) == 2) & ~work.keep)
    if not len(pair):
        return
    entry = by_column.indptr[pair]
    rows = np.stack([by_column.indices[entry], by_column.indices[entry + 1]])
    values = np.stack([by_column.data[entry], by_column.data[entry + 1]])
    equal = work.row_lower == work.row_upper
    first = equal[rows[0]]
    usable = first | equal[rows[1]]
    through = np.where(first, rows[0], rows[1])
    target = np.where(first, rows[1], rows[0])
    _, unique = np.unique(np.where(usable, through, -1 - np.arange(len(pair))), return_index=True)
    chosen = np.zeros(len(pair), dtype=bool)
    chosen[unique] = True
    chosen &= usable
    chosen &= ~np.isin(target, through[chosen]) & (through != target)
    if not chosen.any():
        return
    pair, through, target = pair[chosen], through[chosen], target[chosen]
    at = np.where(first, values[0], values[1])[chosen]
    other = np.where(first, values[1], values[0])[chosen]
    count = work.a.shape[0]
    mix = sp.csr_array((-other / at, (target, through)), shape=(count, count))
    constant = work.row_lower[through]
    shift = np.bincount(target, weights=-other / at * constant, minlength=count)
    work.row_lower, work.row_upper = work.row_lower + shift, work.row_upper + shift
    work.a = sp.csr_array(work.a + mix @ work.a)
    low, high = at * work.lower[pair], at * work.upper[pair]
    work.row_upper[through] = constant - np.minimum(low, high)
    work.row_lower[through] = constant - np.maximum(low, high)
    drop = np.zeros(work.a.shape[1], dtype=bool)
    drop[pair] = True
    _select(work, columns=~drop)
    scale = float(np.abs(work.a.data).max(initial=1.0))
    work.a.data[np.abs(work.a.data) < ZERO * scale] = 0.0
    work.a.eliminate_zeros()


def _drop_implied_rows(work: _Work) -> None:
    """Step 4, second half: rows that hold whatever the columns do within their bounds."""
    a = work.a.tocoo()
    low, high = work.lower[a.col], work.upper[a.col]
    with np.errstate(invalid="ignore"):
        least = np.where(a.data > 0, a.data * low, a.data * high)
        most = np.where(a.data > 0, a.data * high, a.data * low)
    count = work.a.shape[0]
    at_least = np.bincount(a.row, weights=least, minlength=count)
    at_most = np.bincount(a.row, weights=most, minlength=count)
    work.row_lower[at_least >= work.row_lower] = -np.inf
    work.row_upper[at_most <= work.row_upper] = np.inf
    _select(work, rows=np.isfinite(work.row_lower) | np.isfinite(work.row_upper))
