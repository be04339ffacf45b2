"""What grows without end in a program whose cost has no floor."""

from __future__ import annotations

import dataclasses

import numpy as np

from optimizer.highs import SolverOptions, Status, solve
from optimizer.program import Program

LEAST_SHARE = 1e-6
"""Columns that move less than this share of the fastest are not told."""

MOST_TOLD = 3


def runaways(program: Program, options: SolverOptions) -> tuple[str, ...]:
    """Names of the columns (at most three, first the one that gains most) that can grow together without end while the cost falls.

    A ray of the relaxed program is a direction d with A d >= 0 on rows with a lower side, <= 0 on rows with an upper one, and
    likewise d itself for the bounds of columns. With every |d| <= 1 the cheapest such d is an optimum of an ordinary program, and
    its cost is below zero just where the cost has no floor. Empty where it is not, or where the solver does not say.
    """

    def lower(bound: np.ndarray, free: float) -> np.ndarray:
        return np.where(np.isfinite(bound), 0.0, -free)

    def upper(bound: np.ndarray, free: float) -> np.ndarray:
        return np.where(np.isfinite(bound), 0.0, free)

    cone = dataclasses.replace(
        program.relaxed(),
        offset=0.0,
        row_lower=lower(program.row_lower, np.inf),
        row_upper=upper(program.row_upper, np.inf),
        column_lower=lower(program.column_lower, 1.0),
        column_upper=upper(program.column_upper, 1.0),
    )
    result = solve(cone, dataclasses.replace(options, time_limit_s=None))
    if result.status is not Status.OPTIMAL or result.x is None or not result.objective < 0:
        return ()
    moves = np.abs(result.x)
    order = np.lexsort((-moves, program.cost * result.x))
    return tuple(program.column_names[j] for j in order[:MOST_TOLD] if moves[j] > LEAST_SHARE * moves.max())
