"""Random programs that the tests of the solver share."""

from __future__ import annotations

import numpy as np

from optimizer.program import Program

INF = np.inf


def knapsack(items: int, seed: int = 1) -> Program:
    """A 0-1 program of several knapsack rows, hard enough to need branching at 40 items or more."""
    draw = np.random.default_rng(seed)
    weights = draw.integers(20, 100, (8, items)).astype(float)
    worth = draw.integers(20, 100, items).astype(float)
    return Program.of(-worth, weights, np.full(8, -INF), weights.sum(1) // 2, np.zeros(items), np.ones(items), integer=np.ones(items))


def transport(seed: int, rows: int = 25, columns: int = 40) -> Program:
    """A random LP that has an optimum: non-negative, covering rows with ample penalty columns."""
    draw = np.random.default_rng(seed)
    body = np.where(draw.random((rows, columns)) < 0.2, draw.uniform(0.5, 3, (rows, columns)), 0.0)
    matrix = np.hstack([body, np.eye(rows)])
    cost = np.concatenate([draw.uniform(1, 10, columns), np.full(rows, 100.0)])
    need = draw.uniform(1, 20, rows)
    upper = np.concatenate([draw.uniform(0, 10, columns), np.full(rows, INF)])
    return Program.of(cost, matrix, need, need + draw.uniform(0, 30, rows), np.zeros(columns + rows), upper, offset=7.0)
