"""Recourses taken down without Pyomo are Pyomo's, coefficient by coefficient."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from random_cases import random_case
from random_features import random_features
from small_cases import case, cutoff, equations, stock

from models.build import base_plan
from models.modelling import Linear, Relation, Sketch, pyo, quicksum, taken_down
from models.run import Study
from models.survival import Pattern, starts
from optimizer.engine import Engine
from optimizer.stamp import StampDiffers, by_pyomo, compare, compiled, stamped
from optimizer.standard_form import NeverSatisfied


def patterns_of(made: Any, seed: int, count: int) -> list[tuple[Study, Pattern]]:
    """Some patterns of a case, any start and cut-off."""
    study = Study(made)
    every = [Pattern(c, s) for c in made.cutoffs for s in starts(study.horizon, c, 0, every_month=True)]
    return [(study, p) for p in random.Random(seed).sample(every, min(count, len(every)))]


@pytest.mark.parametrize("seed", range(16))
def test_random_patterns_with_all_features(seed: int) -> None:
    """Three patterns of each of sixteen random cases, in which every feature of the workbook comes up: the same columns, rows,
    coefficients, bounds, costs and handed columns as Pyomo's, to 1e-12."""
    for study, pattern in patterns_of(random_features(seed)[0], seed, 3):
        compare(str(pattern.start), stamped(study, pattern), by_pyomo(study, pattern))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16, 120))
def test_many_random_patterns(seed: int) -> None:
    """The same on five patterns of each of 104 further cases."""
    made = random_features(seed)[0] if seed % 2 else random_case(seed)
    for study, pattern in patterns_of(made, seed, 5):
        compare(str(pattern.start), stamped(study, pattern), by_pyomo(study, pattern))


def test_a_difference_is_told() -> None:
    """Each kind of difference stops the work, with where it is: a coefficient, a bound, a cost, a side, a column, a row, what is handed."""
    study = Study(case(stocks=(stock(),), cutoffs=(cutoff(),)))
    pattern = Pattern(study.case.cutoffs[0], 12)
    mine, handed = stamped(study, pattern)
    slow = by_pyomo(study, pattern)
    compare("fine", (mine, handed), slow)
    program = mine.program
    matrix = program.matrix.copy()
    matrix.data[3] += 1e-9
    changes: dict[str, dict[str, Any]] = {
        "coefficient": {"matrix": matrix},
        "upper bound": {"column_upper": program.column_upper - 1e-6},
        "lower bound": {"column_lower": program.column_lower + 1e-6},
        "cost": {"cost": program.cost + 1e-9},
        "constant": {"offset": program.offset + 1},
        "row's upper bound": {"row_upper": program.row_upper + 1e-6},
    }
    for what, change in changes.items():
        other = dataclasses.replace(mine, program=dataclasses.replace(program, **change))
        with pytest.raises(StampDiffers, match=what):
            compare("changed", (other, handed), slow)
    with pytest.raises(StampDiffers, match="handed"):
        compare("changed", (mine, {}), slow)
    with pytest.raises(StampDiffers, match="columns"):
        compare("changed", (dataclasses.replace(mine, column_keys=mine.column_keys[::-1]), handed), slow)
    with pytest.raises(StampDiffers, match="rows"):
        compare("changed", (dataclasses.replace(mine, row_keys=[("no", k) for k in range(len(mine.row_keys))]), handed), slow)


def test_the_engine_compares_once_for_each_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cut-offs, several starts: two comparisons with Pyomo. A difference stops the solve."""
    seen: list[str] = []
    monkeypatch.setattr("optimizer.recourse.compare", lambda name, quick, slow: seen.append(name))
    engine = Engine(case(cutoffs=(cutoff(), cutoff(cutoff="other", sources=("beta",)))))
    engine.prepare()
    for row in engine.cutoffs:
        for start in (0, 12, 24):
            engine.recourse_of(row, start)
    assert len(seen) == 2


def test_sums_are_taken_down_as_they_are_written() -> None:
    """Products, sums, differences, constants on both sides; what is added up is not changed by a later sum."""
    with taken_down():
        m: Any = pyo.ConcreteModel(name="toy")
        m.x = pyo.Var(pyo.Set(initialize=[("a", 1), ("a", 2)], dimen=2), bounds=lambda _b, i, t: (0, t))
        m.y = pyo.Var(["one"], domain=pyo.Binary)
        both = 2 * m.x["a", 1] + 3
        more = both + m.y["one"]

        @m.Constraint([1, 2])
        def rule(m: Any, k: int) -> Any:
            return both - m.x[("a",), k] * 4 >= k if k == 1 else more == quicksum([m.x["a", 2], 1.0])

        m.cost = pyo.Objective(expr=pyo.quicksum([1.5 * m.y["one"], -both]))
    made = compiled(m)
    assert made.program.matrix.toarray().tolist() == [[-2.0, 0.0, 0.0], [2.0, -1.0, 1.0]]
    assert made.program.row_lower.tolist() == [-2.0, -2.0]
    assert made.program.row_upper.tolist() == [np.inf, -2.0]
    assert made.program.cost.tolist() == [-2.0, 0.0, 1.5]
    assert made.program.offset == -3.0
    assert made.program.column_upper.tolist() == [1.0, 2.0, 1.0]
    assert isinstance(both, Linear)
    assert len(both.columns) == 1


def test_what_a_sketch_cannot_say_is_refused() -> None:
    """A rule without columns that is false, a rule that is no relation, the truth of a relation, an unknown key."""
    with taken_down():
        m: Any = pyo.ConcreteModel()
        m.x = pyo.Var(["a"], bounds=(0, None))
        with pytest.raises(KeyError):
            m.x["b"]
        with pytest.raises(TypeError):
            bool(m.x["a"] >= 0)
        with pytest.raises(TypeError):
            m.Constraint(["k"])(lambda _m, _k: True)
        m.row("trivial", "k", Relation(Linear([], [], 1.0), "<="))
    assert isinstance(m, Sketch)
    with pytest.raises(NeverSatisfied, match="trivial"):
        compiled(m)


def test_pyomo_speaks_again_afterwards() -> None:
    """What is declared after a sketch, even one that failed, is Pyomo's: the printed rule is there."""
    with pytest.raises(ZeroDivisionError), taken_down():
        raise ZeroDivisionError
    assert equations(base_plan(Study(case())), "serve_or_leave_unmet")
