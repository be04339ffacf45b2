"""A mixed-integer linear program that is written row by row and solved by scipy, whose HiGHS is a build of its own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

Expression = dict[Any, float]
"""Coefficient by column; under ``None`` the constant."""


def total(*parts: Mapping[Any, float] | Iterable[tuple[float, Mapping[Any, float]]]) -> Expression:
    """Sum of expressions; of pairs (factor, expression) the weighted sum."""
    out: Expression = {}
    for part in parts:
        for factor, terms in [(1.0, part)] if isinstance(part, Mapping) else part:
            for v, c in terms.items():
                out[v] = out.get(v, 0.0) + factor * c
    return out


class Program:
    """Columns with cost and bounds, rows that are zero or at most zero, and decisions that can be tried one by one."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.whole: set[int] = set()
        self.constant = 0.0
        self.rows: list[tuple[Expression, bool]] = []
        self.decisions: list[list[dict[int, int]]] = []
        self.decided: list[int] = []

    def column(self, cost: float = 0.0, upper: float = math.inf, *, whole: bool = False) -> int:
        """A column that is 0 at least; ``whole``: it is a whole number."""
        self.cost.append(cost)
        self.upper.append(upper)
        if whole:
            self.whole.add(len(self.cost) - 1)
        return len(self.cost) - 1

    def decision(self, columns: list[int], alternatives: Iterable[Iterable[int]]) -> None:
        """Columns that together take one of some sets of values."""
        self.decided += columns
        self.decisions.append([dict(zip(columns, values, strict=True)) for values in alternatives])

    def zero(self, row: Expression) -> None:
        self.rows.append((row, True))

    def at_most_zero(self, row: Expression) -> None:
        self.rows.append((row, False))

    def limit(self, row: Mapping[Any, float], most: float) -> None:
        """A row is no more than a number."""
        self.at_most_zero(total(row, {None: -most}))

    def charge(self, row: Mapping[Any, float], cost: float) -> None:
        """An expression costs so much per unit."""
        for v, c in row.items():
            if v is None:
                self.constant += cost * c
            else:
                self.cost[v] += cost * c

    @property
    def combinations(self) -> int:
        """How many sets of decisions there are."""
        return math.prod(map(len, self.decisions))

    def arrays(self) -> None:
        """Rows as matrices: those of decisions alone, which a set of decisions keeps or not, and the rest."""
        i, v, c, low, high = [], [], [], [], []
        self.of_decisions: list[tuple[Expression, bool]] = []
        chosen = set(self.decided)
        n = 0
        for row, equal in self.rows:
            terms = {k: x for k, x in row.items() if k is not None and x != 0}
            if terms.keys() <= chosen:
                self.of_decisions.append((row, equal))
            for k, x in terms.items():
                i.append(n)
                v.append(k)
                c.append(x)
            right = -row.get(None, 0.0)
            low.append(right if equal else -math.inf)
            high.append(right)
            n += 1
        matrix = sp.csr_matrix((c, (i, v)), shape=(n, len(self.cost)))
        self.constraints = LinearConstraint(matrix, low, high)
        self.integrality = np.array([v in self.whole for v in range(len(self.cost))], dtype=int)

    def allowed(self, values: dict[int, int]) -> bool:
        """Whether the rows of decisions alone hold."""
        for row, equal in self.of_decisions:
            left = sum(c * (1 if v is None else values[v]) for v, c in row.items() if v is None or v in values)
            if (abs(left) > 1e-9) if equal else (left > 1e-9):
                return False
        return True

    def solved(self, fixed: Mapping[int, int]) -> float:
        """Least cost with some columns fixed; infinite where there is no solution. What is decided is no integer then, but a number."""
        lower, upper = np.zeros(len(self.cost)), np.array(self.upper)
        whole = self.integrality.copy()
        for v, value in fixed.items():
            lower[v] = upper[v] = value
            whole[v] = 0
        done = milp(self.cost, constraints=self.constraints, bounds=Bounds(lower, upper), integrality=whole, options={"mip_rel_gap": 1e-9})
        assert done.status in (0, 2), done.message
        return float(done.fun) + self.constant if done.status == 0 else math.inf

    def least_of(self, cost: Mapping[int, float]) -> float:
        """Least value of another objective than the cost, of the rows written so far; infinite where there is no solution."""
        own, self.cost, constant, self.constant = self.cost, [cost.get(v, 0.0) for v in range(len(self.cost))], self.constant, 0.0
        self.arrays()
        least = self.solved({})
        self.cost, self.constant = own, constant
        return least

    def least(self, few: int) -> tuple[float, bool]:
        """Least cost, and whether every set of decisions was tried (where there are no more than so many), one linear program each."""
        self.arrays()
        if self.combinations > few:
            return self.solved({}), False
        best = math.inf
        for chosen in itertools.product(*self.decisions):
            values = {v: x for part in chosen for v, x in part.items()}
            if self.allowed(values):
                best = min(best, self.solved(values))
        return best, True
