"""The extensive form: the base plan and the recourse of every pattern as one mixed-integer program.

It is the definition of the problem, and the check of the engine: both give the same cost, to 1e-6 on relaxations and on small
cases without a gap, elsewhere within their gaps. It grows with every pattern, so it is for small cases and for doubt.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from optimizer.crisis import Priced
from optimizer.highs import Result, Status
from optimizer.recourse import Recourse
from optimizer.standard_form import Program, stack


def extensive_form(base: Program, recourses: list[Recourse], priced: Sequence[Priced] = ()) -> Program:
    """The base plan with every recourse tied to it; the recourses' own costs are left out, as survival alone is asked of them, but for
    those of ``priced`` crises, whose expected cost is part of the objective."""
    counted = {p.pattern for p in priced}
    blocks = [recourse.block() for recourse in recourses if recourse.pattern not in counted]
    cost, offset = base.cost.copy(), base.offset
    for crisis in priced:
        row, constant = crisis.same_months
        cost -= crisis.block.weight * row.toarray().ravel()
        offset -= crisis.block.weight * constant
        blocks.append(crisis.block)
    return stack(dataclasses.replace(base, cost=cost, offset=offset), blocks)


def plan_of(whole: Result, base: Program) -> tuple[np.ndarray | None, float]:
    """The base plan's columns (n_base,) of a solution of the extensive form, and its bound, million USD; nothing and infinity where no
    plan survives."""
    if whole.x is None:
        return None, float("inf") if whole.status is Status.INFEASIBLE else whole.bound
    return whole.x[: base.columns], whole.bound
