"""The arithmetic that judges a solver's answer from the arrays alone: integrality, violations, the bound its duals prove."""

from __future__ import annotations

import math

import numpy as np

from optimizer.program import Program


def rounded(program: Program, x: np.ndarray) -> tuple[np.ndarray, float, str]:
    """``x`` with integer columns that are within 1e-6 of an integer rounded; the largest distance and its column."""
    whole = np.flatnonzero(program.integer)
    if not whole.size:
        return x, 0.0, ""
    nearest = np.round(x[whole])
    distance = np.abs(x[whole] - nearest)
    close = distance <= 1e-6
    x[whole[close]] = nearest[close]
    worst = int(np.argmax(distance))
    return x, float(distance[worst]), program.column_names[int(whole[worst])]


def violation(program: Program, x: np.ndarray) -> tuple[float, str]:
    """The largest violation of a row or bound at ``x``, scaled as ``Result.largest_violation`` says, and its name."""
    matrix = program.matrix
    terms = np.abs(matrix.data * x[matrix.indices])
    largest = np.zeros(program.rows)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if filled.size:
        largest[filled] = np.maximum.reduceat(terms, matrix.indptr[filled])
    candidates = []
    for values, lower, upper, size, names in (
        (matrix @ x, program.row_lower, program.row_upper, largest, program.row_names),
        (x, program.column_lower, program.column_upper, np.zeros(len(x)), program.column_names),
    ):
        if not len(values):
            continue
        side = np.where(values < lower, lower, upper)
        over = np.maximum(np.maximum(lower - values, values - upper), 0.0)
        over = np.divide(over, np.maximum(np.maximum(1.0, size), np.where(over > 0, np.abs(side), 1.0)))
        worst = int(np.argmax(over))
        candidates.append((float(over[worst]), names, worst))
    if not candidates:
        return 0.0, ""
    most, names, position = max(candidates, key=lambda candidate: candidate[0])
    return most, names[position] if most > 0 else ""


def dual_bound(program: Program, row_dual: np.ndarray) -> float:
    """The bound on an LP's optimum that row duals (m,) prove, by weak duality, computed without the solver.

    Reduced costs are ``cost - row_dual @ matrix``; each is charged at the bound that its sign points to. Where that
    bound is absent and the dual is of rounding size, it counts as zero; otherwise the bound is -inf.
    """
    reduced = program.cost - row_dual @ program.matrix
    total = program.offset
    for dual, lower, upper, is_row in (
        (row_dual, program.row_lower, program.row_upper, True),
        (reduced, program.column_lower, program.column_upper, False),
    ):
        side = np.where(dual > 0, lower, upper)
        absent = np.flatnonzero(~np.isfinite(side) & (np.abs(dual) > 0))
        if absent.size:
            size = np.ones(len(dual)) if is_row else np.abs(program.cost) + np.abs(row_dual) @ abs(program.matrix)
            if (np.abs(dual[absent]) > 1e-7 * np.maximum(1.0, size[absent])).any():
                return -math.inf
        charged = np.isfinite(side)
        total += float(dual[charged] @ side[charged])
    return float(total)
