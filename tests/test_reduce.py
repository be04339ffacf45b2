"""A reduced recourse answers as the whole one does, whatever the base plan hands over."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from random_cases import random_case
from small_cases import EXACT, patterns_of

from models.build import base_plan
from models.run import Study
from optimizer.highs import Result, Status, solve
from optimizer.recourse import Recourse
from optimizer.reduce import reduce
from optimizer.standard_form import Program, compile_model


def with_linked(program: Program, columns: np.ndarray, values: np.ndarray) -> Result:
    """Solve a program with some columns fixed."""
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[columns] = upper[columns] = values
    return solve(dataclasses.replace(program, column_lower=lower, column_upper=upper), EXACT)


def places(kept: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """Where the linked columns stand in the reduced program."""
    place = {int(column): position for position, column in enumerate(kept)}
    return np.array([place[int(column)] for column in linked], dtype=np.int64)


def handed_at_random(recourse: Recourse, draw: np.random.Generator) -> np.ndarray:
    """Opening stocks from none to plenty; contracts and plants whole, absent or (as in a relaxation) partly there."""
    values = draw.uniform(0, 5, len(recourse.linked)) * (draw.random(len(recourse.linked)) < 0.6)
    for k, column in enumerate(recourse.linked):
        if recourse.keys[column][0] in ("signed", "built"):
            values[k] = draw.choice([0.0, 1.0, draw.random()])
    return values


def compare(seeds: range, states: int) -> tuple[int, int]:
    """Elastic optimum of whole and reduced recourse at random states; returns how many missed something and how many did not."""
    failing = passing = 0
    for seed in seeds:
        study, draw = Study(random_case(seed)), np.random.default_rng(seed)
        base = compile_model(base_plan(study))
        for pattern in patterns_of(study):
            recourse = Recourse.of(study, pattern, base)
            whole, (small, kept) = recourse.elastic(), reduce(recourse.elastic(), recourse.linked)
            strict, strictly_kept = reduce(recourse.program, recourse.linked)
            assert small.columns < whole.columns
            assert small.rows < whole.rows
            for _ in range(states):
                values = handed_at_random(recourse, draw)
                full = with_linked(whole, recourse.linked, values)
                less = with_linked(small, places(kept, recourse.linked), values)
                only = with_linked(strict, places(strictly_kept, recourse.linked), values)
                assert (full.status, less.status) == (Status.OPTIMAL, Status.OPTIMAL)
                assert less.objective == pytest.approx(full.objective, abs=1e-7)
                if full.objective > 1e-6:
                    assert only.status is Status.INFEASIBLE
                    failing += 1
                elif full.objective < 1e-9:
                    assert only.status is Status.OPTIMAL
                    passing += 1
    return failing, passing


def test_the_reduced_recourse_lacks_as_much() -> None:
    """Over six random cases, every pattern and two random states each: the same tonnes are missing, and the recourse that may miss
    nothing is possible just where none are. Both answers occur."""
    failing, passing = compare(range(6), 2)
    assert failing >= 10
    assert passing >= 5


@pytest.mark.slow
def test_the_reduced_recourse_lacks_as_much_in_many() -> None:
    """The same over forty more cases and five states each."""
    failing, passing = compare(range(100, 140), 5)
    assert failing >= 100
    assert passing >= 100


def random_program(draw: np.random.Generator) -> Program:
    """A sparse LP of every kind of row and bound; costs are at least zero, so that it has an optimum wherever it is possible."""
    rows, columns = int(draw.integers(2, 8)), int(draw.integers(4, 14))
    matrix = np.where(draw.random((rows, columns)) < 0.35, draw.choice([-2.0, -1.0, 1.0, 3.0], (rows, columns)), 0.0)
    lower = np.where(draw.random(columns) < 0.15, -np.inf, draw.choice([0.0, 0.0, 1.0], columns))
    upper = np.where(draw.random(columns) < 0.5, np.inf, lower + draw.choice([0.0, 2.0, 5.0], columns))
    upper[np.isneginf(lower)] = 4.0
    kind = draw.integers(0, 4, rows)
    inside = matrix @ np.where(np.isfinite(lower), lower, 1.0) + draw.choice([-2.0, 0.0, 1.0, 4.0], rows)
    row_lower = np.where(kind == 0, -np.inf, inside)
    row_upper = np.where(kind == 1, np.inf, np.where(kind == 2, inside, inside + draw.choice([0.0, 3.0], rows)))
    cost = np.where((draw.random(columns) < 0.3) & np.isfinite(lower), 1.0, 0.0)
    return Program.of(cost, matrix, row_lower, row_upper, lower, upper)


def agree_on_random_programs(seeds: range) -> tuple[int, int]:
    """Optimum or impossibility of random programs before and after; returns how many were possible and how many not."""
    possible = impossible = 0
    for seed in seeds:
        draw = np.random.default_rng(seed)
        program = random_program(draw)
        linked = draw.choice(program.columns, 2, replace=False)
        program.column_lower[linked], program.column_upper[linked] = 0.0, np.inf
        small, kept = reduce(program, linked)
        for _ in range(3):
            values = draw.choice([0.0, 1.0, 2.0, 0.5], 2).clip(program.column_lower[linked], program.column_upper[linked])
            full, less = with_linked(program, linked, values), with_linked(small, places(kept, linked), values)
            assert full.status is less.status, seed
            if full.status is Status.OPTIMAL:
                assert less.objective == pytest.approx(full.objective, abs=1e-7), seed
                possible += 1
            else:
                impossible += 1
    return possible, impossible


def test_random_programs_keep_their_answer() -> None:
    """The reduction knows nothing of stockpiles: on 150 random programs the cost, or that there is none, stays the same."""
    possible, impossible = agree_on_random_programs(range(150))
    assert possible >= 50
    assert impossible >= 50


@pytest.mark.slow
def test_many_random_programs_keep_their_answer() -> None:
    """The same on 2,000 more."""
    agree_on_random_programs(range(1_000, 3_000))


def test_linked_columns_stay_in_order() -> None:
    """Every linked column is kept, wherever it stands, and the names follow the columns."""
    program = random_program(np.random.default_rng(3))
    linked = np.array([program.columns - 1, 0])
    small, kept = reduce(program, linked)
    assert set(linked) <= set(kept)
    assert list(kept) == sorted(kept)
    assert [small.column_names[k] for k in range(small.columns)] == [program.column_names[int(c)] for c in kept]
