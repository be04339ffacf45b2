"""A linear or mixed-integer program as plain arrays, and the refusal of numbers that a solver cannot be trusted with.

Nothing that HiGHS would silently drop, treat as infinite or misread gets through: see ``check`` and ``ranges``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
import scipy.sparse as sp

from optimizer import errors

SMALLEST_COEFFICIENT = 1e-9
"""HiGHS drops matrix entries up to this magnitude without saying so (option ``small_matrix_value``)."""

LARGEST_COEFFICIENT = 1e15
"""HiGHS refuses the whole batch of rows from this magnitude on (option ``large_matrix_value``)."""

LARGEST_BOUND = 1e20
"""HiGHS treats finite bounds and costs from this magnitude on as infinite (``infinite_bound``, ``infinite_cost``)."""

WARN_RATIO = 1e6
REFUSE_RATIO = 1e9


class NumericalTrouble(errors.NumericalTrouble, ValueError):
    """The program has a number that a solver cannot be trusted with. The message names row and column."""


class Names(Sequence[str]):
    """Names made when they are asked for, since a program of a million columns seldom needs more than one."""

    def __init__(self, count: int, name: Callable[[int], str]) -> None:
        self._count = count
        self._name = name

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return tuple(self._name(i) for i in range(*index.indices(self._count)))
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._name(int(index) % self._count)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return tuple, (tuple(self),)


@dataclasses.dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost @ x + offset`` over ``row_lower <= matrix @ x <= row_upper``, ``column_lower <= x <= column_upper``.

    Shapes: ``cost``, ``column_lower``, ``column_upper``, ``integer``: (n,); ``row_lower``, ``row_upper``: (m,);
    ``matrix``: CSR, (m, n). An absent bound is -inf or +inf. ``row_names`` and ``column_names`` serve messages only.
    """

    cost: np.ndarray
    offset: float
    matrix: sp.csr_array
    row_lower: np.ndarray
    row_upper: np.ndarray
    column_lower: np.ndarray
    column_upper: np.ndarray
    integer: np.ndarray
    column_names: Sequence[str]
    row_names: Sequence[str]

    @classmethod
    def of(
        cls,
        cost: Any,
        matrix: Any,
        row_lower: Any,
        row_upper: Any,
        column_lower: Any,
        column_upper: Any,
        *,
        integer: Any = None,
        offset: float = 0.0,
        column_names: Sequence[str] | None = None,
        row_names: Sequence[str] | None = None,
    ) -> Program:
        """Make a program from anything array-like. Raises ``ValueError`` where the shapes do not agree."""
        rows = sp.csr_array(matrix, dtype=np.float64)
        rows.sum_duplicates()
        m, n = rows.shape

        def vector(what: str, values: Any, count: int, kind: type = float) -> np.ndarray:
            array: np.ndarray = np.ascontiguousarray(values, dtype=kind)
            if array.shape != (count,):
                raise ValueError(f"{what} has the shape {array.shape}, expected ({count},)")
            return array

        return cls(
            cost=vector("cost", cost, n),
            offset=float(offset),
            matrix=rows,
            row_lower=vector("row_lower", row_lower, m),
            row_upper=vector("row_upper", row_upper, m),
            column_lower=vector("column_lower", column_lower, n),
            column_upper=vector("column_upper", column_upper, n),
            integer=vector("integer", np.zeros(n) if integer is None else integer, n, bool),
            column_names=column_names if column_names is not None else Names(n, "column {}".format),
            row_names=row_names if row_names is not None else Names(m, "row {}".format),
        )

    @property
    def rows(self) -> int:
        """m, the number of rows."""
        return int(self.matrix.shape[0])

    @property
    def columns(self) -> int:
        """n, the number of columns."""
        return int(self.matrix.shape[1])

    @property
    def nonzeros(self) -> int:
        """The number of entries stored in the matrix."""
        return int(self.matrix.nnz)

    def value(self, x: np.ndarray) -> float:
        """The objective at ``x`` (n,)."""
        return float(self.cost @ x + self.offset)

    def relaxed(self) -> Program:
        """The same program with every column continuous."""
        return dataclasses.replace(self, integer=np.zeros(self.columns, dtype=bool))


def check(program: Program) -> None:
    """Refuse what a solver would drop, treat as infinite or choke on.

    Raises ``NumericalTrouble``, naming the first row and column, for: NaN anywhere; an infinite coefficient, cost or offset;
    a bound infinite on the wrong side; a coefficient with 0 < |a| <= 1e-9 or |a| >= 1e15; a finite bound or cost of 1e20 or more.
    """
    data = np.abs(program.matrix.data)
    bad = np.flatnonzero(~(data < LARGEST_COEFFICIENT) | ((data <= SMALLEST_COEFFICIENT) & (data > 0)))
    if bad.size:
        where, value = _entry(program, int(bad[0])), program.matrix.data[bad[0]]
        raise NumericalTrouble(
            f"{where}: the coefficient {value:g} is outside {SMALLEST_COEFFICIENT:g} to {LARGEST_COEFFICIENT:g} ({bad.size} such)"
        )
    check_vectors(program)


def check_vectors(program: Program) -> None:
    """The part of ``check`` that concerns costs and bounds. Raises ``NumericalTrouble`` as it does."""
    if not np.isfinite(program.offset):
        raise NumericalTrouble(f"the constant of the objective is {program.offset}")
    _refuse("cost", program.cost, ~(np.abs(program.cost) < LARGEST_BOUND), program.column_names)
    for what, bounds, names, forbidden in (
        ("lower bound", program.column_lower, program.column_names, np.inf),
        ("upper bound", program.column_upper, program.column_names, -np.inf),
        ("lower bound", program.row_lower, program.row_names, np.inf),
        ("upper bound", program.row_upper, program.row_names, -np.inf),
    ):
        too_large = np.isfinite(bounds) & (np.abs(bounds) >= LARGEST_BOUND)
        _refuse(what, bounds, np.isnan(bounds) | (bounds == forbidden) | too_large, names)


def _refuse(what: str, values: np.ndarray, bad: np.ndarray, names: Sequence[str]) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise NumericalTrouble(f"{names[first]}: its {what} is {values[first]:g} ({int(bad.sum())} such)")


def _entry(program: Program, position: int) -> str:
    row = int(np.searchsorted(program.matrix.indptr, position, side="right")) - 1
    return f"row {program.row_names[row]}, column {program.column_names[int(program.matrix.indices[position])]}"


@dataclasses.dataclass(frozen=True)
class Ranges:
    """Smallest and largest magnitude, zeros and infinities left out, of each kind of number; (1, 1) where there is none."""

    matrix: tuple[float, float]
    cost: tuple[float, float]
    bounds: tuple[float, float]
    rhs: tuple[float, float]
    warnings: tuple[str, ...]


def ranges(program: Program) -> Ranges:
    """The magnitudes in a program; a ratio above 1e6 is warned of in ``warnings``.

    Raises ``NumericalTrouble`` naming both entries when the matrix spans more than 1e9.
    """
    sides = np.concatenate([program.row_lower, program.row_upper])
    bounds = np.concatenate([program.column_lower, program.column_upper])
    spans = {
        "matrix": _span(program.matrix.data),
        "cost": _span(program.cost),
        "bounds": _span(bounds),
        "rhs": _span(sides),
    }
    low, high = spans["matrix"]
    if high > REFUSE_RATIO * low:
        size = np.abs(program.matrix.data)
        smallest, largest = int(np.argmin(np.where(size > 0, size, np.inf))), int(np.argmax(size))
        raise NumericalTrouble(
            f"coefficients span {high / low:.1e}, more than {REFUSE_RATIO:.0e}: from {low:g} in {_entry(program, smallest)} "
            f"to {high:g} in {_entry(program, largest)}"
        )
    warnings = tuple(
        f"{what}: magnitudes from {low:g} to {high:g} span {high / low:.1e}, more than {WARN_RATIO:.0e}"
        for what, (low, high) in spans.items()
        if high > WARN_RATIO * low
    )
    return Ranges(**spans, warnings=warnings)


def _span(values: np.ndarray) -> tuple[float, float]:
    size = np.abs(values)
    size = size[(size > 0) & np.isfinite(size)]
    return (float(size.min()), float(size.max())) if size.size else (1.0, 1.0)
