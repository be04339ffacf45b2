"""The recourse of one pattern as a program: tested alone against a plan, or tied into the big model as a block."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.handed import Handed
from models.plan import Missing
from models.run import Run, Study
from models.survival import Pattern
from optimizer.errors import Interrupted, NumericalTrouble, Unbounded
from optimizer.highs import Result, SolverOptions, SolverTrouble, Status
from optimizer.highs import solve as solve_program
from optimizer.stamp import by_pyomo, compare, stamped
from optimizer.standard_form import Block, Compiled, Key, Program

PASSED_T = 1e-6
"""A pattern is survived when no more than this is missing over its whole window, t REO."""

ROUNDING_T = (1e-9, 1e-8, 1e-7)
"""What two solutions of one recourse may differ by, t REO: the first that a solver agrees with."""


@dataclasses.dataclass(frozen=True, eq=False)
class Recourse:
    """One pattern, compiled once.

    ``linked`` columns of ``program`` are the base plan's: column ``linked[k]`` = ``links[k] @ x_base + constants[k]``.
    ``missing`` and ``margin`` are the columns that are 0 unless a question asks for them.
    """

    pattern: Pattern
    name: str
    program: Program
    keys: tuple[tuple[str, Hashable], ...]
    linked: np.ndarray
    links: sp.csr_array
    constants: np.ndarray
    missing: np.ndarray
    margin: np.ndarray

    @classmethod
    def of(cls, study: Study, pattern: Pattern, base: Compiled | None = None, by_both: bool = False) -> Recourse:
        """Build and compile the recourse of a pattern, and tie it to the columns of the compiled base plan, if one is given.

        ``by_both``: Pyomo builds it too, and raises ``StampDiffers`` where the two are not the same.
        """
        with collector_paused():
            compiled, given = stamped(study, pattern)
            if by_both:
                compare(Run(study, pattern).name, (compiled, given), by_pyomo(study, pattern))
        program = compiled.program
        linked, links, constants = _tied(compiled, given, base)
        missing = _columns_of(compiled, "operation.missing_t")
        margin = _columns_of(compiled, "operation.margin")
        upper = program.column_upper.copy()
        upper[missing] = 0.0
        upper[margin] = 0.0
        return cls(
            pattern=pattern,
            name=Run(study, pattern).name,
            program=dataclasses.replace(program, column_upper=upper),
            keys=tuple(compiled.column_keys),
            linked=linked,
            links=links,
            constants=constants,
            missing=missing,
            margin=margin,
        )

    def block(self) -> Block:
        """The pattern as a block of the big model, without its costs."""
        return Block(self.name, self.program, self.linked, self.links, self.constants, 0.0)

    def elastic_block(self) -> Block:
        """The pattern as a block in which a tonne that is missing costs 1."""
        return Block(self.name, self.elastic(), self.linked, self.links, self.constants, 1.0)

    def elastic(self) -> Program:
        """The recourse that asks how little must be missing: a tonne missing costs 1, all else nothing."""
        cost, upper = np.zeros(self.program.columns), self.program.column_upper.copy()
        cost[self.missing] = 1.0
        upper[self.missing] = np.inf
        return dataclasses.replace(self.program, cost=cost, column_upper=upper, offset=0.0)

    def opening_columns(self) -> dict[tuple[str, str, str], int]:
        """Where among the handed values each store's opening stock stands."""
        named = ((self.keys[column], place) for place, column in enumerate(self.linked))
        return {_three(index): place for (name, index), place in named if name == "operation.opening_t"}

    def handed(self, x: np.ndarray) -> np.ndarray:
        """What the base plan ``x`` (n_base,) hands over: the values of the linked columns (k,)."""
        handed: np.ndarray = np.maximum(self.links @ x + self.constants, 0.0)
        return handed

    def at(self, x: np.ndarray, program: Program | None = None) -> Program:
        """The recourse alone, its linked columns fixed at what the base plan ``x`` (n_base,) hands over."""
        program = self.program if program is None else program
        lower, upper = program.column_lower.copy(), program.column_upper.copy()
        lower[self.linked] = upper[self.linked] = self.handed(x)
        return dataclasses.replace(program, column_lower=lower, column_upper=upper)

    def missing_t(self, x: np.ndarray, options: SolverOptions) -> tuple[float, Result]:
        """Least protected demand that the pattern lacks under a base plan, t REO over the window, and the solution.

        Raises ``NumericalTrouble`` where that cannot be found, ``Interrupted``.
        """
        result = self._answered(self.at(x, self.elastic()), options)
        if result is None:
            raise NumericalTrouble(f"the recourse of {self.name} could not be tested in any way that the solver has")
        return float(result.objective), result

    def cheapest(self, x: np.ndarray, options: SolverOptions, lacks_t: np.ndarray | None = None) -> Result | None:
        """The cheapest recourse under a base plan, proven; None where the pattern is not survived or the solver does not find it.

        ``lacks_t`` (k,): what may be missing, by column of ``missing``; none where it is not given. A solver's tolerance on
        the base plan may leave that much, see `PASSED_T`. Raises ``Unbounded``, ``Interrupted``.
        """
        upper = self.program.column_upper.copy()
        upper[self.missing] = 0.0
        if lacks_t is None:
            return self._answered(self.at(x, dataclasses.replace(self.program, column_upper=upper)), options)
        for rounding_t in ROUNDING_T:
            upper[self.missing] = np.maximum(lacks_t, 0.0) + rounding_t
            result = self._answered(self.at(x, dataclasses.replace(self.program, column_upper=upper)), options)
            if result is not None:
                return result
        return None

    def _answered(self, program: Program, options: SolverOptions) -> Result | None:
        """A proven optimum; None where there is none, or where HiGHS failed in every way. Raises ``Unbounded``, ``Interrupted``."""
        try:
            result = solve_program(program, options)
        except SolverTrouble:
            return None
        if result.status is Status.INTERRUPTED:
            raise Interrupted
        if result.status is Status.UNBOUNDED:
            raise Unbounded(f"the cost of the recourse of {self.name} can fall without end: a price is missing")
        return result if result.status is Status.OPTIMAL and result.x is not None else None

    def margin_share(self, x: np.ndarray, options: SolverOptions) -> float | None:
        """By what share all demand could be higher and the pattern still be survived under a base plan; None: not found."""
        cost, upper = np.zeros(self.program.columns), self.program.column_upper.copy()
        cost[self.margin] = -1.0
        upper[self.margin] = 1.0
        result = self._answered(self.at(x, dataclasses.replace(self.program, cost=cost, column_upper=upper, offset=0.0)), options)
        return None if result is None else max(0.0, -float(result.objective))

    def values(self, x: np.ndarray) -> dict[str, dict[Any, float]]:
        """Non-zero values by component and index of a solution (n,) of the recourse."""
        return values_by_name(self.keys, x)

    def missing_rows(self, study: Study, x: np.ndarray) -> tuple[Missing, ...]:
        """What is missing, by month and sector, in a solution (n,) of the elastic recourse."""
        h = study.horizon
        rows = []
        for column in self.missing:
            if x[column] > PASSED_T:
                sector, material, form, month = _tuple(self.keys[column][1])
                rows.append(
                    Missing(
                        cutoff=self.pattern.cutoff.cutoff,
                        start=h.date(self.pattern.start),
                        month=h.date(month),
                        sector=sector,
                        material=material,
                        form=form,
                        missing_t=float(x[column]),
                    )
                )
        return tuple(rows)


def _columns_of(compiled: Compiled, component: str) -> np.ndarray:
    """The columns of one variable, in order: (k,)."""
    return np.array([column for column, (name, _) in enumerate(compiled.column_keys) if name == component], dtype=np.int64)


def _tied(compiled: Compiled, given: Mapping[Key, Handed], base: Compiled | None) -> tuple[np.ndarray, sp.csr_array, np.ndarray]:
    """Which columns of a recourse are handed over (k,), and how they follow from those of the base plan: (k, n_base) and constants (k,).

    Without a base plan nothing is known of the latter two: (k, 0) and what does not hang on it.
    """
    columns = ((compiled.column_of.get(key), handed) for key, handed in given.items())
    linked = [(column, handed) for column, handed in columns if column is not None]
    constants = np.array([handed.constant for _, handed in linked])
    rows: list[int] = []
    cols: list[int] = []
    data: list[float] = []
    if base is not None:
        for place, (_, handed) in enumerate(linked):
            for key, weight in handed.weights.items():
                if key in base.fixed:
                    constants[place] += weight * base.fixed[key]
                elif key in base.column_of:  # what the base plan cannot order in that slot is no column of it
                    rows.append(place)
                    cols.append(base.column_of[key])
                    data.append(weight)
    links = sp.csr_array((data, (rows, cols)), shape=(len(linked), 0 if base is None else base.program.columns))
    return np.array([column for column, _ in linked], dtype=np.int64), links, constants


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the garbage collector while a model is built, then let it look at what is new only.

    A model of Pyomo is hundreds of thousands of objects in cycles; looking through all that lives, again and again while one
    is built, took a third of the time. Left alone where the caller has switched the collector off.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
            gc.collect(0)


def _tuple(key: Hashable) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _three(key: Hashable) -> tuple[str, str, str]:
    store, material, form = _tuple(key)
    return store, material, form


def values_by_name(keys: tuple[tuple[str, Hashable], ...], x: np.ndarray) -> dict[str, dict[Any, float]]:
    """Non-zero values by component name (without the block's) and index."""
    found: Mapping[str, dict[Any, float]]
    found = {}
    for column in np.flatnonzero(x):
        name, index = keys[column]
        found.setdefault(name.rpartition(".")[2], {})[index] = float(x[column])
    return dict(found)
