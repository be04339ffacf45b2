"""The few words of Pyomo that the blocks speak, and a quick hand that takes them down.

The blocks say ``pyo.Set``, ``pyo.Var``, ``pyo.quicksum``, ``b.Constraint`` ... with the ``pyo`` of this page. As a rule that is
Pyomo itself. Inside ``taken_down()`` the same declarations make a `Sketch` instead: the columns and rows of a linear program in
plain lists, without Pyomo's components and expression trees. The recourses of hundreds of patterns come about in this way, in a
fifth of the time; the first one of each cut-off is built by Pyomo as well, and the two must agree in every coefficient (`optimizer.stamp`).

A sketch knows what a recourse needs and refuses the rest: linear expressions, equations and inequalities, indexed variables
with bounds, sets of tuples or single names. One difference is meant: a key must be given as it was declared or as a flat tuple of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyomo.environ

Number = int | float


INFINITE, INFINITE_BELOW = float("inf"), float("-inf")


class Expression:
    """What can be added up and compared: a column, or a sum of columns and a constant. Values are never known here."""

    __slots__ = ()
    __hash__ = object.__hash__

    def parts(self) -> Linear:
        """The expression as columns, coefficients and a constant; not to be changed by the caller."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Linear:
        return _sum(self, other, 1.0)

    def __radd__(self, other: Any) -> Linear:
        return _sum(self, other, 1.0)

    def __sub__(self, other: Any) -> Linear:
        return _sum(self, other, -1.0)

    def __rsub__(self, other: Any) -> Linear:
        return _sum(self * -1.0, other, 1.0)

    def __neg__(self) -> Linear:
        return self * -1.0

    def __mul__(self, factor: Number) -> Linear:
        mine = self.parts()
        return Linear(mine.columns[:], [c * factor for c in mine.coefficients], mine.constant * factor)

    def __rmul__(self, factor: Number) -> Linear:
        return self * factor

    def __truediv__(self, divisor: Number) -> Linear:
        return self * (1.0 / divisor)

    def __le__(self, other: Any) -> Relation:
        return Relation(_sum(self, other, -1.0), "<=")

    def __ge__(self, other: Any) -> Relation:
        if isinstance(other, Expression):
            return Relation(_sum(other, self, -1.0), "<=")  # as Pyomo turns it
        return Relation(_sum(self, other, -1.0), ">=")

    def __eq__(self, other: object) -> Relation:  # type: ignore[override]
        return Relation(_sum(self, other, -1.0), "==")


class Column(Expression):
    """One column of a sketch: its number and bounds (None: no end)."""

    __slots__ = ("lb", "number", "ub")

    def __init__(self, number: int, lb: float | None, ub: float | None) -> None:
        self.number = number
        self.lb = lb
        self.ub = ub

    def parts(self) -> Linear:
        """The column, once."""
        return Linear([self.number], [1.0], 0.0)

    def __mul__(self, factor: Number) -> Linear:
        return Linear([self.number], [factor], 0.0)

    __rmul__ = __mul__


class Linear(Expression):
    """A sum: ``coefficients[k]`` x column ``columns[k]``, plus a constant. A column may come more than once."""

    __slots__ = ("coefficients", "columns", "constant")

    def __init__(self, columns: list[int], coefficients: list[float], constant: float) -> None:
        self.columns = columns
        self.coefficients = coefficients
        self.constant = constant

    def parts(self) -> Linear:
        """Itself."""
        return self


class Relation:
    """``body`` <=, >= or == 0."""

    __slots__ = ("body", "sense")

    def __init__(self, body: Linear, sense: str) -> None:
        self.body = body
        self.sense = sense

    def __bool__(self) -> bool:
        raise TypeError("whether a rule holds is not known before the program is solved")


def _sum(one: Expression, other: Any, factor: float) -> Linear:
    """``one + factor x other``; neither is changed."""
    a = one.parts()
    if not isinstance(other, Expression):
        return Linear(a.columns[:], a.coefficients[:], a.constant + factor * other)
    b = other.parts()
    more = b.coefficients if factor == 1.0 else [factor * c for c in b.coefficients]
    return Linear(a.columns + b.columns, a.coefficients + more, a.constant + factor * b.constant)


def quicksum(terms: Iterable[Any]) -> Any:
    """The sum of columns, sums and numbers; a number where there are no columns."""
    columns: list[int] = []
    coefficients: list[float] = []
    constant = 0.0
    for term in terms:
        if type(term) is Column:
            columns.append(term.number)
            coefficients.append(1.0)
        elif type(term) is Linear:
            columns += term.columns
            coefficients += term.coefficients
            constant += term.constant
        else:
            constant += term
    return Linear(columns, coefficients, constant) if columns else constant


def _flat(key: Any) -> Hashable:
    """A key with its nested tuples joined, as Pyomo writes it."""
    if not isinstance(key, tuple):
        return key  # type: ignore[no-any-return]
    parts: list[Any] = []
    for part in key:
        inner = _flat(part)
        parts += inner if isinstance(part, tuple) else [inner]  # type: ignore[arg-type]
    return tuple(parts)


def _nested(key: Any) -> bool:
    return type(key) is tuple and tuple in map(type, key)


class Set(dict[Any, None]):
    """The keys of an index set, each once, in order."""

    def __init__(self, *, initialize: Iterable[Any] = (), dimen: int = 1, doc: str = "") -> None:
        super().__init__(dict.fromkeys(initialize))

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or (_nested(key) and dict.__contains__(self, _flat(key)))


class Var(dict[Any, Column]):
    """A variable: its columns by key. They are numbered when it is given to a block."""

    def __init__(self, keys: Iterable[Any] = (), *, bounds: Any = (None, None), domain: str = "", doc: str = "") -> None:
        super().__init__()
        self.keys_declared = keys
        self.bounds = bounds
        self.domain = domain

    def __missing__(self, key: Any) -> Column:
        flat = _flat(key)
        if flat == key:
            raise KeyError(key)
        return self[flat]

    def number(self, block: Block, sketch: Sketch) -> None:
        """Make the columns, from the next free number on."""
        lower, upper = sketch.lower, sketch.upper
        floor, ceiling = {"": (None, None), "binary": (0.0, 1.0), "non-negative integer": (0.0, None)}[self.domain]
        first = len(lower)
        if not callable(self.bounds):
            low, high = _narrowed(self.bounds, floor, ceiling)
            self.update((key, Column(first + k, low, high)) for k, key in enumerate(self.keys_declared))
            lower.extend([INFINITE_BELOW if low is None else low] * len(self))
            upper.extend([INFINITE if high is None else high] * len(self))
            return
        for k, key in enumerate(self.keys_declared):
            asked = self.bounds(block, *key) if isinstance(key, tuple) else self.bounds(block, key)
            low, high = _narrowed(asked, floor, ceiling) if self.domain else asked
            self[key] = Column(first + k, low, high)
            lower.append(INFINITE_BELOW if low is None else low)
            upper.append(INFINITE if high is None else high)


def _narrowed(bounds: tuple[Any, Any], floor: Any, ceiling: Any) -> tuple[Any, Any]:
    """The narrower of two intervals; None: no end."""
    low, high = bounds
    if floor is not None:
        low = floor if low is None else max(low, floor)
    if ceiling is not None:
        high = ceiling if high is None else min(high, ceiling)
    return low, high


class Objective:
    """What is to be least."""

    def __init__(self, *, expr: Any, sense: Any = None, doc: str = "") -> None:
        self.expr = expr


class Block:
    """A part of a sketch: what is given to it by name, and its rules."""

    path: str

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __init__(self) -> None:
        self.__dict__["sketch"] = None
        self.__dict__["path"] = ""

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        sketch: Sketch = self.__dict__["sketch"]
        if isinstance(value, Var):
            sketch.variables[self.path + name] = value
            value.number(self, sketch)
        elif isinstance(value, Block):
            value.__dict__["sketch"] = sketch
            value.__dict__["path"] = f"{self.path}{name}."
        elif isinstance(value, Objective):
            sketch.cost = value.expr

    def component(self, name: str) -> Any:
        """What was given to the block under a name; None where nothing was."""
        return self.__dict__.get(name)

    def Constraint(self, keys: Iterable[Any] = (None,), *, doc: str = "") -> Callable[[Callable[..., Any]], None]:
        """Decorates a rule: it is asked for every key, and each answer is a row."""

        def take_down(rule: Callable[..., Any]) -> None:
            sketch: Sketch = self.__dict__["sketch"]
            name = self.path + rule.__name__
            for key in dict.fromkeys(keys):
                relation = rule(self, *key) if isinstance(key, tuple) else rule(self) if key is None else rule(self, key)
                if relation is not Skip:
                    sketch.row(name, key, relation)

        return take_down


class Sketch(Block):
    """A linear program as it was declared.

    Columns: ``lower``, ``upper``, by ``variables`` (component -> key -> column), numbered in the order of declaration. Rows: ``indptr``,
    ``indices``, ``data`` as in a sparse matrix by row (a column may come twice in one row), ``senses`` and ``sides``; ``row_keys``:
    (component, key). ``cost``: the objective, a `Linear` or a number.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.__dict__.update(sketch=self, variables={}, lower=[], upper=[], indptr=[0], indices=[], data=[], senses=[], sides=[])
        self.__dict__.update(row_keys=[], cost=0.0, always_false=None)

    def row(self, component: str, key: Hashable, relation: Any) -> None:
        """Take down a rule for a key. What holds no column and is false as it stands is remembered in ``always_false``."""
        if not isinstance(relation, Relation):
            raise TypeError(f"{component}[{key}] is {relation!r}, not a linear relation")
        body = relation.body
        if not body.columns:
            holds = {"<=": body.constant <= 0, ">=": body.constant >= 0, "==": body.constant == 0}[relation.sense]
            self.__dict__["always_false"] = self.always_false if holds else f"{component}[{key}]"
            return
        self.indices.extend(body.columns)
        self.data.extend(body.coefficients)
        self.indptr.append(len(self.indices))
        self.senses.append(relation.sense)
        self.sides.append(-body.constant)
        self.row_keys.append((component, key))

    def part(self) -> None:
        """Let go of all that was given to the sketch: its blocks know each other, and would wait for the garbage collector."""
        for value in list(self.__dict__.values()):
            if isinstance(value, Block) and value is not self:
                value.__dict__.clear()
        self.__dict__.clear()

    def column_keys(self) -> Iterator[tuple[str, Hashable]]:
        """(component, key) of every column, in order."""
        for name, variable in self.variables.items():
            for key in variable:
                yield name, key


Skip = object()
"""The answer of a rule that asks for no row."""


def weighted(terms: Iterable[tuple[float, Any]]) -> Any:
    """The sum of columns, each times its weight."""
    if pyo.speaker is not _Quick:
        return pyo.quicksum(weight * variable for weight, variable in terms)
    pairs = list(terms)
    if any(type(variable) is not Column for _, variable in pairs):
        return quicksum(weight * variable for weight, variable in pairs)
    return Linear([variable.number for _, variable in pairs], [weight for weight, _ in pairs], 0.0) if pairs else 0.0


class _Rule:
    Skip = Skip
    Infeasible = None


class _Quick:
    """The words as a sketch understands them."""

    Set, Var, Block, Objective, ConcreteModel, Constraint = Set, Var, Block, Objective, Sketch, _Rule
    quicksum = staticmethod(quicksum)
    Binary = "binary"
    NonNegativeIntegers = "non-negative integer"
    minimize = 1


class _Words:
    """Pyomo's words, or the quick ones while a sketch is taken down."""

    def __init__(self) -> None:
        self.speaker: Any = pyomo.environ

    def __getattr__(self, word: str) -> Any:
        return getattr(self.speaker, word)


pyo: Any = _Words()
"""What the blocks declare with."""


@contextmanager
def taken_down() -> Iterator[None]:
    """While this lasts, what is declared with ``pyo`` makes sketches."""
    before, pyo.speaker = pyo.speaker, _Quick
    try:
        yield
    finally:
        pyo.speaker = before
