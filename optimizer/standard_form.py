"""Two ways to come by a ``Program``: from a Pyomo model (``compile_model``) and from a base with blocks that read it (``stack``)."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from optimizer.program import SMALLEST_COEFFICIENT, Names, NumericalTrouble, Program, Ranges, check, ranges

__all__ = [
    "Block",
    "Compiled",
    "Key",
    "KeyNames",
    "Names",
    "NeverSatisfied",
    "NumericalTrouble",
    "Program",
    "Ranges",
    "Stacked",
    "check",
    "compile_model",
    "ranges",
    "stack",
    "stack_with_positions",
]

Key: TypeAlias = tuple[str, Hashable]
"""(name of the Pyomo component, index within it); the index is None where the component has none."""


class NeverSatisfied(ValueError):
    """A constraint without variables is false, so the model has no solution. ``constraint`` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"{constraint} holds no variable and is false as it stands")
        self.constraint = constraint


@dataclasses.dataclass(frozen=True, eq=False)
class Compiled:
    """A program and the way back to the Pyomo model it came from.

    ``column_keys`` (n) and ``row_keys`` (m) name each column and row as (component, index); ``column_of`` is the inverse.
    ``fixed`` holds the variables that were fixed, with their values: they are constants of the program, not columns.
    ``sense`` is -1 where the model maximised: the program then minimises the negative.
    """

    program: Program
    column_keys: Sequence[Key]
    row_keys: Sequence[Key]
    column_of: Mapping[Key, int]
    fixed: Mapping[Key, float]
    sense: int

    def column(self, component: str, index: Hashable = None) -> int:
        """The column of a variable. Raises ``KeyError`` when it is fixed or unknown."""
        return self.column_of[component, index]

    def columns_of(self, component: str) -> dict[Hashable, int]:
        """The columns of one indexed variable: index -> column, in the order of the model; empty when unknown or all fixed."""
        return dict(self._by_component.get(component, {}))

    @functools.cached_property
    def _by_component(self) -> dict[str, dict[Hashable, int]]:
        found: dict[str, dict[Hashable, int]] = {}
        for (name, index), column in self.column_of.items():
            found.setdefault(name, {})[index] = column
        return found

    def values(self, component: str, x: np.ndarray) -> dict[Hashable, float]:
        """The values of one variable at ``x`` (n,), fixed members included: index -> value."""
        found = {index: value for (name, index), value in self.fixed.items() if name == component}
        found.update({index: float(x[column]) for index, column in self.columns_of(component).items()})
        return found


def compile_model(model: Any) -> Compiled:
    """The arrays of a concrete Pyomo model.

    Every variable that is not fixed becomes a column, in the order of declaration, used or not, so that models that differ
    in numbers alone agree in their columns. Constraints without variables that hold are left out. Of ranges (lower <= body
    <= upper) one row is made. A model that maximises is turned round, see ``Compiled.sense``; one without an objective
    has cost zero.

    Raises ``NumericalTrouble`` for numbers that cannot be handed over, ``NeverSatisfied`` for a constraint that no value of
    the variables can satisfy, ``ValueError`` for more than one objective or a domain that is neither an interval nor
    integers, Pyomo's ``InvalidConstraintError`` or ``InvalidExpressionError`` for what is not linear.
    """
    variables, keys, fixed = _variables(model)
    objectives = list(model.component_data_objects(pyo.Objective, active=True))
    if len(objectives) > 1:
        raise ValueError(f"the model has {len(objectives)} active objectives: {', '.join(o.name for o in objectives)}")
    sense = -1 if objectives and objectives[0].sense == pyo.maximize else 1

    try:
        # No column_order: with it Pyomo 6.10.1 books fixed members of an indexed variable on another member's column.
        form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=pyo.minimize)
    except InfeasibleConstraintException as error:
        raise NeverSatisfied(str(error).split("'")[-2] if "'" in str(error) else str(error)) from error

    position = {id(variable): column for column, variable in enumerate(variables)}
    kept = np.fromiter((position[id(variable)] for variable in form.columns), np.int64, len(form.columns))
    matrix, lower, upper, row_keys = _rows(form, kept, len(variables))
    cost = np.zeros(len(variables))
    if objectives:
        sparse_cost = form.c.tocoo()
        cost[kept[sparse_cost.col]] = sparse_cost.data

    bounds = [_bounds(variable) for variable in variables]
    program = Program(
        cost=cost,
        offset=float(form.c_offset[0]) if objectives else 0.0,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        column_lower=np.array([low for low, _ in bounds], dtype=float),
        column_upper=np.array([high for _, high in bounds], dtype=float),
        integer=np.fromiter((_is_integer(variable) for variable in variables), bool, len(variables)),
        column_names=KeyNames(keys),
        row_names=KeyNames(row_keys),
    )
    check(program)
    return Compiled(program, keys, row_keys, {key: column for column, key in enumerate(keys)}, fixed, sense)


class KeyNames(Names):
    """The names of (component, index) keys, written the way Pyomo writes them."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(len(keys), lambda position: _written(keys[position]))
        self.keys = keys

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return KeyNames, (self.keys,)


def _written(key: Key) -> str:
    name, index = key
    if index is None:
        return name
    return f"{name}[{','.join(map(str, index))}]" if isinstance(index, tuple) else f"{name}[{index}]"


class _Keys(dict[int, str]):
    """Keys of a model's parts; the name of a component is made once, since Pyomo makes it anew each time it is asked."""

    def of(self, data: Any) -> Key:
        component = data.parent_component()
        name = self.get(id(component))
        if name is None:
            name = self[id(component)] = component.name
        return name, data.index()


def _variables(model: Any) -> tuple[list[Any], list[Key], dict[Key, float]]:
    """The free variables, their keys, and the fixed ones with their values."""
    free: dict[int, Any] = {}
    fixed: dict[Key, float] = {}
    key_of = _Keys().of
    for variable in model.component_data_objects(pyo.Var, active=True, descend_into=True):
        if not variable.fixed:
            free[id(variable)] = variable
            continue
        if variable.value is None or not np.isfinite(variable.value):
            raise NumericalTrouble(f"{variable.name} is fixed at {variable.value}")
        fixed[key_of(variable)] = float(variable.value)
    variables = list(free.values())
    return variables, [key_of(variable) for variable in variables], fixed


def _bounds(variable: Any) -> tuple[float, float]:
    try:
        lower, upper = variable.bounds
    except ValueError as error:  # Pyomo refuses NaN and infinities on the wrong side when the bounds are read
        raise NumericalTrouble(str(error)) from error
    return -math.inf if lower is None else lower, math.inf if upper is None else upper


def _is_integer(variable: Any) -> bool:
    if variable.is_continuous():
        return False
    if not variable.is_integer():
        raise ValueError(f"{variable.name} has the domain {variable.domain}, which is neither an interval nor integers")
    return True


def _rows(form: Any, kept: np.ndarray, columns: int) -> tuple[sp.csr_array, np.ndarray, np.ndarray, list[Key]]:
    """Matrix, lower and upper bounds and keys: the two rows of a range are joined, the columns spread over all variables."""
    count = len(form.rows)
    kind = np.fromiter((entry.bound_type for entry in form.rows), np.int8, count)
    side = np.asarray(form.rhs, dtype=float).reshape(count)
    lower, upper = np.where(kind <= 0, side, -np.inf), np.where(kind >= 0, side, np.inf)
    second = np.zeros(count, dtype=bool)
    for position in np.flatnonzero((kind[1:] == -1) & (kind[:-1] == 1)) + 1:
        second[position] = form.rows[position].constraint is form.rows[position - 1].constraint
    lower[np.flatnonzero(second) - 1] = side[second]
    by_row = form.A.tocsr()
    whole = sp.csr_array((by_row.data, kept[by_row.indices].astype(np.int32), by_row.indptr), shape=(count, columns))
    if second.any():
        whole = whole[~second]
    key_of = _Keys().of
    keys = [key_of(entry.constraint) for entry, again in zip(form.rows, second, strict=True) if not again]
    return whole, lower[~second], upper[~second], keys


# Blocks on a base


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """A program some of whose columns are not its own but follow from the columns of a base program.

    Column ``linked[k]`` of ``program`` stands for ``links[k] @ x + constants[k]``, x being the base's columns: ``linked``: (k,) of
    int, ``links``: CSR (k, n_base), ``constants``: (k,). The other columns are the block's own. ``weight`` multiplies the
    block's costs where it joins the objective; 0 leaves them out. ``name`` begins the names of its rows and columns.
    """

    name: str
    program: Program
    linked: np.ndarray
    links: sp.csr_array
    constants: np.ndarray
    weight: float = 1.0


@dataclasses.dataclass(frozen=True, eq=False)
class Stacked:
    """A base program with its blocks: the base's columns come first, unchanged, then each block's own.

    ``columns[b]`` holds, for each column of block b, its position in ``program``, or -1 where the column is linked.
    ``rows[b]`` is the first row of block b.
    """

    program: Program
    columns: tuple[np.ndarray, ...]
    rows: tuple[int, ...]


def stack(base: Program, blocks: Sequence[Block]) -> Program:
    """One program of the base and its blocks, the linked columns substituted. See ``stack_with_positions``."""
    return stack_with_positions(base, blocks).program


def stack_with_positions(base: Program, blocks: Sequence[Block]) -> Stacked:
    """One program of the base and its blocks, the linked columns substituted, and where each block's columns went.

    A bound of a linked column that the bounds of the base's columns do not imply becomes a row of its own at the end. Raises
    ``ValueError`` when shapes disagree or a linked column is integer.
    """
    if not blocks:
        return Stacked(base, (), ())
    for block in blocks:
        _check_block(base, block)
    own = [_own(block) for block in blocks]
    starts = list(accumulate((int(mask.sum()) for mask in own), initial=base.columns))
    columns = tuple(np.where(mask, start + np.cumsum(mask) - 1, -1) for mask, start in zip(own, starts[:-1], strict=True))
    substitution, constants = _substitution(blocks, columns, starts[-1])
    diagonal = _block_diagonal([block.program.matrix for block in blocks])
    body = _clean(diagonal, substitution)
    shift = diagonal @ constants

    kept = np.concatenate(own)
    cost = np.concatenate([block.weight * block.program.cost for block in blocks])
    implied = _bounds_to_state(base, blocks, substitution[~kept], constants[~kept])
    matrix = sp.csr_array(sp.vstack([_widen(base.matrix, starts[-1]), body, implied.matrix], format="csr"))
    program = Program(
        cost=np.concatenate([base.cost, np.zeros(starts[-1] - base.columns)]) + substitution.T @ cost,
        offset=float(base.offset + sum(block.weight * block.program.offset for block in blocks) + cost @ constants),
        matrix=matrix,
        row_lower=np.concatenate([base.row_lower, _joined(blocks, "row_lower") - shift, implied.lower]),
        row_upper=np.concatenate([base.row_upper, _joined(blocks, "row_upper") - shift, implied.upper]),
        column_lower=np.concatenate([base.column_lower, _joined(blocks, "column_lower")[kept]]),
        column_upper=np.concatenate([base.column_upper, _joined(blocks, "column_upper")[kept]]),
        integer=np.concatenate([base.integer, _joined(blocks, "integer")[kept]]),
        column_names=_joined_names(
            base.column_names,
            [(block.name, block.program.column_names, np.flatnonzero(mask)) for block, mask in zip(blocks, own, strict=True)],
        ),
        row_names=_joined_names(
            base.row_names,
            [(block.name, block.program.row_names, np.arange(block.program.rows)) for block in blocks]
            + [("bound of", implied.names, np.arange(len(implied.names)))],
        ),
    )
    first_rows = list(accumulate((block.program.rows for block in blocks), initial=base.rows))
    return Stacked(program, columns, tuple(first_rows[:-1]))


def _check_block(base: Program, block: Block) -> None:
    count = len(block.linked)
    if block.links.shape != (count, base.columns) or block.constants.shape != (count,):
        raise ValueError(f"block {block.name}: links {block.links.shape}, constants {block.constants.shape}, expected {count} rows")
    if count and (len(np.unique(block.linked)) != count or block.linked.min() < 0 or block.linked.max() >= block.program.columns):
        raise ValueError(f"block {block.name}: its linked columns repeat or lie outside the block")
    integers = np.flatnonzero(block.program.integer[block.linked]) if count else np.zeros(0, dtype=int)
    if integers.size:
        raise ValueError(f"block {block.name}: the linked column {block.program.column_names[int(block.linked[integers[0]])]} is integer")


def _own(block: Block) -> np.ndarray:
    own = np.ones(block.program.columns, dtype=bool)
    own[block.linked] = False
    return own


def _joined(blocks: Sequence[Block], field: str) -> np.ndarray:
    return np.concatenate([getattr(block.program, field) for block in blocks])


def _csr(data: list[np.ndarray], indices: list[np.ndarray], counts: list[np.ndarray], width: int) -> sp.csr_array:
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate(counts))])
    kind = np.int32 if starts[-1] < 2**31 and width < 2**31 else np.int64
    arrays = (np.concatenate(data), np.concatenate(indices).astype(kind), starts.astype(kind))
    return sp.csr_array(arrays, shape=(len(starts) - 1, width))


def _block_diagonal(matrices: Sequence[sp.csr_array]) -> sp.csr_array:
    starts = list(accumulate((matrix.shape[1] for matrix in matrices), initial=0))
    return _csr(
        [matrix.data for matrix in matrices],
        [matrix.indices + start for matrix, start in zip(matrices, starts[:-1], strict=True)],
        [np.diff(matrix.indptr) for matrix in matrices],
        starts[-1],
    )


def _substitution(blocks: Sequence[Block], columns: Sequence[np.ndarray], width: int) -> tuple[sp.csr_array, np.ndarray]:
    """T (all blocks' columns x stacked columns) and t, such that the blocks' columns are ``T @ x + t``."""
    data: list[np.ndarray] = []
    indices: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    constants: list[np.ndarray] = []
    for block, position in zip(blocks, columns, strict=True):
        order = np.argsort(block.linked, kind="stable")
        links = sp.csr_array(block.links)[order]
        count = np.ones(len(position), dtype=np.int64)
        count[block.linked[order]] = np.diff(links.indptr)
        from_links = np.repeat(position < 0, count)
        index, value = np.empty(len(from_links), dtype=np.int64), np.ones(len(from_links))
        index[~from_links], index[from_links] = position[position >= 0], links.indices
        value[from_links] = links.data
        constant = np.zeros(len(position))
        constant[block.linked] = block.constants
        data.append(value)
        indices.append(index)
        counts.append(count)
        constants.append(constant)
    return _csr(data, indices, counts, width), np.concatenate(constants)


def _clean(left: sp.csr_array, right: sp.csr_array) -> sp.csr_array:
    """``left @ right`` without the entries that are nothing but the rounding error of terms that cancel."""
    product = sp.csr_array(left @ right)
    product.sort_indices()
    tiny = np.abs(product.data) <= SMALLEST_COEFFICIENT
    if tiny.any():
        size = sp.csr_array(abs(left) @ abs(right))
        size.sort_indices()
        product.data[tiny & (np.abs(product.data) <= 1e-14 * size.data)] = 0.0
        product.eliminate_zeros()
    return product


def _widen(matrix: sp.csr_array, columns: int) -> sp.csr_array:
    return sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], columns))


@dataclasses.dataclass(frozen=True)
class _Extra:
    matrix: sp.csr_array
    lower: np.ndarray
    upper: np.ndarray
    names: Sequence[str]


def _bounds_to_state(base: Program, blocks: Sequence[Block], links: sp.csr_array, constants: np.ndarray) -> _Extra:
    """Rows for those bounds of linked columns that the base's own bounds do not imply already."""
    masks = [~_own(block) for block in blocks]
    lower = np.concatenate([block.program.column_lower[mask] for block, mask in zip(blocks, masks, strict=True)])
    upper = np.concatenate([block.program.column_upper[mask] for block, mask in zip(blocks, masks, strict=True)])
    least, most = _activity(links[:, : base.columns], base.column_lower, base.column_upper)
    lower = np.where(least + constants >= lower - _rounding(lower), -np.inf, lower) - constants
    upper = np.where(most + constants <= upper + _rounding(upper), np.inf, upper) - constants
    needed = np.flatnonzero(np.isfinite(lower) | np.isfinite(upper))
    owners = np.repeat(np.arange(len(blocks)), [int(mask.sum()) for mask in masks])[needed]
    inside = np.concatenate([np.flatnonzero(mask) for mask in masks])[needed]

    def name(position: int) -> str:
        block = blocks[int(owners[position])]
        return f"{block.name}: {block.program.column_names[int(inside[position])]}"

    return _Extra(sp.csr_array(links[needed]), lower[needed], upper[needed], Names(len(needed), name))


def _rounding(bounds: np.ndarray) -> np.ndarray:
    return 1e-12 * np.maximum(1.0, np.where(np.isfinite(bounds), np.abs(bounds), 1.0))


def _activity(matrix: sp.csr_array, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and greatest value of each row of ``matrix @ x`` for x within its bounds."""
    entries = matrix.tocoo()
    entries.eliminate_zeros()
    at_lower, at_upper = entries.data * lower[entries.col], entries.data * upper[entries.col]
    least, most = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[0])
    np.add.at(least, entries.row, np.minimum(at_lower, at_upper))
    np.add.at(most, entries.row, np.maximum(at_lower, at_upper))
    return least, most


def _joined_names(base: Sequence[str], parts: Sequence[tuple[str, Sequence[str], np.ndarray]]) -> Names:
    starts = list(accumulate((len(positions) for _, _, positions in parts), initial=len(base)))

    def name(position: int) -> str:
        if position < len(base):
            return base[position]
        part = bisect.bisect_right(starts, position) - 1
        prefix, names, positions = parts[part]
        return f"{prefix}: {names[int(positions[position - starts[part]])]}"

    return Names(starts[-1], name)
