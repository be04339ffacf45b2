"""Recourses without Pyomo: the same declarations, taken down by a quick hand, as the arrays of a program.

`Stamp.compiled` gives what `compile_model` of Pyomo's model gives, in a fifth of the time. The first pattern of every cut-off is
built both ways, and a difference in any coefficient, bound, cost, key or handed column stops the work: what is right for one start of a
cut-off is made by the same rules as every other.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from models.build import recourse
from models.handed import Handed
from models.modelling import Linear, Sketch, taken_down
from models.run import Study
from models.survival import Pattern
from optimizer.errors import NumericalTrouble
from optimizer.standard_form import Compiled, Key, KeyNames, NeverSatisfied, Program, check, compile_model


class StampDiffers(NumericalTrouble):
    """What was taken down is not what Pyomo builds; the message says where. A fault of the program, never of the input."""


def compiled(sketch: Sketch) -> Compiled:
    """The arrays of a sketch, as `compile_model` makes them of a Pyomo model. Raises ``NumericalTrouble``, ``NeverSatisfied``."""
    if sketch.always_false is not None:
        raise NeverSatisfied(sketch.always_false)
    n, m = len(sketch.lower), len(sketch.senses)
    matrix = sp.csr_array(
        (np.array(sketch.data, dtype=float), np.array(sketch.indices, dtype=np.int32), np.array(sketch.indptr, dtype=np.int32)),
        shape=(m, n),
    )
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    sides, senses = np.array(sketch.sides, dtype=float), np.array(sketch.senses)
    cost, offset = np.zeros(n), 0.0
    if isinstance(sketch.cost, Linear):
        np.add.at(cost, sketch.cost.columns, sketch.cost.coefficients)
        offset = sketch.cost.constant
    else:
        offset = float(sketch.cost)
    keys: list[Key] = list(sketch.column_keys())
    program = Program(
        cost=cost,
        offset=offset,
        matrix=matrix,
        row_lower=np.where(senses == "<=", -np.inf, sides),
        row_upper=np.where(senses == ">=", np.inf, sides),
        column_lower=np.array(sketch.lower, dtype=float),
        column_upper=np.array(sketch.upper, dtype=float),
        integer=np.zeros(n, dtype=bool),
        column_names=KeyNames(keys),
        row_names=KeyNames(sketch.row_keys),
    )
    check(program)
    return Compiled(program, keys, sketch.row_keys, dict(zip(keys, itertools.count())), {}, 1)


def stamped(study: Study, pattern: Pattern) -> tuple[Compiled, Mapping[Key, Handed]]:
    """The recourse of a pattern, integers relaxed, and how its handed columns follow from the base plan; without Pyomo."""
    with taken_down():
        sketch = recourse(study, pattern)
    made, handed = compiled(sketch), sketch.handed
    sketch.part()
    return made, handed


def by_pyomo(study: Study, pattern: Pattern) -> tuple[Compiled, Mapping[Key, Handed]]:
    """The same through Pyomo's standard form."""
    model = recourse(study, pattern)
    made = compile_model(model)
    return made, model.handed


def compare(name: str, quick: tuple[Compiled, Mapping[Key, Handed]], slow: tuple[Compiled, Mapping[Key, Handed]]) -> None:
    """Raises `StampDiffers` where two recourses differ in a key, a coefficient, a bound, a cost or what they are handed.

    Coefficients are the same number up to the order in which sums were taken: 1e-12, relative. Rows may come in another order.
    """
    (mine, handed), (theirs, given) = quick, slow
    _same(name, "columns", mine.column_keys, theirs.column_keys)
    if dict(handed) != dict(given):
        raise StampDiffers(f"{name}: what is handed over differs")
    place = {key: row for row, key in enumerate(mine.row_keys)}
    if set(place) != set(theirs.row_keys) or len(place) != len(theirs.row_keys):
        odd = set(place) ^ set(theirs.row_keys)
        raise StampDiffers(f"{name}: rows differ: {sorted(map(str, odd))[:3]}")
    order = np.fromiter((place[key] for key in theirs.row_keys), np.int64, len(place))
    one, other = mine.program, theirs.program
    pairs = {
        "cost": (one.cost, other.cost),
        "constant": (np.array([one.offset]), np.array([other.offset])),
        "lower bound": (one.column_lower, other.column_lower),
        "upper bound": (one.column_upper, other.column_upper),
        "row's lower bound": (one.row_lower[order], other.row_lower),
        "row's upper bound": (one.row_upper[order], other.row_upper),
    }
    for what, (a, b) in pairs.items():
        _equal(name, what, a, b)
    ours, matrix = sp.csr_array(one.matrix[order]), sp.csr_array(other.matrix.copy())
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    if not (np.array_equal(ours.indptr, matrix.indptr) and np.array_equal(ours.indices, matrix.indices)):
        raise StampDiffers(f"{name}: the matrices have their entries in different places")
    _equal(name, "coefficient", ours.data, matrix.data)


def _same(name: str, what: str, mine: Sequence[Hashable], theirs: Sequence[Hashable]) -> None:
    for a, b in itertools.zip_longest(mine, theirs):
        if a != b:
            raise StampDiffers(f"{name}: {what} differ: {a} where Pyomo has {b}")


def _equal(name: str, what: str, mine: np.ndarray, theirs: np.ndarray) -> None:
    close = np.isclose(mine, theirs, rtol=1e-12, atol=1e-12, equal_nan=False) | (mine == theirs)
    if not close.all():
        k = int(np.argmin(close))
        raise StampDiffers(f"{name}: a {what} is {mine[k]!r} where Pyomo has {theirs[k]!r}")
