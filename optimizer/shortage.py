"""What the base plan cannot serve: bounded at the least there can be, so that it is a report and never a lever."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from optimizer.errors import NoBasePlan
from optimizer.highs import Result
from optimizer.program import Program

NO_BASE_PLAN = (
    "the base plan alone has no solution: an opening stock above its store's capacity, a minimum or final stock that cannot be reached, "
    "or rules of the planner's own (sheets Fixes, Ceilings, Counts, Budgets) that cannot all be kept"
)

SLACK_T = 1e-6
"""Room left above the least shortage of the base plan, so that rounding does not make the plan impossible, t REO."""

LARGE_T = 1e5
"""Demand of a row in a period, t REO, above which rounding counts."""

ROUNDING = 1e-13
"""Share of such a demand that may go unserved: sums of twelfths are no more exact."""


def without_avoidable_shortage(program: Program, unmet: np.ndarray, demanded: np.ndarray, run: Callable[[Program], Result]) -> Program:
    """The base plan with its unmet demand bounded, at its shortage cost, by that of a plan which serves as much as it can.

    So no pattern makes the plan starve a sector to fill the stockpile. ``unmet`` (k,): columns of unmet demand, ``demanded``
    (k,): what is asked for, t REO; ``run`` solves a program. Where all can be served, each column is bounded; where not,
    one row bounds the whole, since there may be many ways to be short by as little and the plan takes the cheapest.
    Raises ``NoBasePlan`` where there is no base plan at all.
    """
    cost = np.zeros(program.columns)
    cost[unmet] = np.maximum(program.cost[unmet], 1e-6)
    result = run(dataclasses.replace(program, cost=cost, offset=0.0))
    if result.x is None:
        raise NoBasePlan(NO_BASE_PLAN)
    rounding = np.where(demanded > LARGE_T, demanded * ROUNDING, 0.0)
    if not (result.x[unmet] > np.maximum(SLACK_T, rounding)).any():
        upper = program.column_upper.copy()
        upper[unmet] = rounding
        return dataclasses.replace(program, column_upper=upper)
    weights = cost[unmet] / cost[unmet].max()
    most = float(weights @ (result.x[unmet] + rounding)) + SLACK_T
    row = sp.csr_array((weights, (np.zeros(len(unmet), dtype=np.int64), unmet)), shape=(1, program.columns))
    return dataclasses.replace(
        program,
        matrix=sp.csr_array(sp.vstack([program.matrix, row], format="csr")),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most),
        row_names=[*program.row_names, "no more is unserved than must be"],
    )
