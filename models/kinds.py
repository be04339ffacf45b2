"""What may stand in a column: derived from the type and the metadata of its field, said in words.

The reader, the checks, the template and the printed column reference all ask here.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, Literal

from models.case import Row
from models.columns import Month, columns_of

Base = Literal["text", "whole", "number", "yes/no", "month"]

_BASES: dict[Any, Base] = {str: "text", int: "whole", float: "number", bool: "yes/no", Month: "month"}


@dataclasses.dataclass(frozen=True)
class Kind:
    """Kind of a column: what one value is, whether a cell lists several, may cite an assumption, may be blank for None."""

    base: Base
    many: bool = False
    cites: bool = False
    optional: bool = False


@functools.cache
def kinds_of(record: type) -> dict[str, Kind]:
    """Kind of every column of a record class, by field name. Raises ``TypeError`` for a type that no cell can hold."""
    hints = typing.get_type_hints(record)
    return {field.name: _kind(hints[field.name]) for field in columns_of(record)}


def _kind(hint: Any) -> Kind:
    if typing.get_origin(hint) is tuple:
        return dataclasses.replace(_kind(typing.get_args(hint)[0]), many=True)
    if isinstance(hint, types.UnionType):
        parts = set(typing.get_args(hint))
        optional = type(None) in parts
        parts.discard(type(None))
        if parts == {float, str}:
            return Kind("number", cites=True, optional=optional)
        if len(parts) == 1:
            return dataclasses.replace(_kind(parts.pop()), optional=optional)
    if hint not in _BASES:
        raise TypeError(f"no cell can hold {hint!r}")
    return Kind(_BASES[hint])


@functools.cache
def sheet_columns(record: type) -> tuple[dataclasses.Field[Any], ...]:
    """The columns of a record class in the order of its sheet: its own first, then where the row comes from."""
    shared = {field.name for field in dataclasses.fields(Row)} if issubclass(record, Row) else set()
    columns = columns_of(record)
    return tuple(c for c in columns if c.name not in shared) + tuple(c for c in columns if c.name in shared)


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether the cell must be filled: the field has no default."""
    return field.default is dataclasses.MISSING


def expected_words(field: dataclasses.Field[Any], kind: Kind) -> str:
    """What a cell of this column takes, for a message: ``a number from 0 to 1, or blank for 1``."""
    choices = field.metadata["choices"]
    if choices:
        words = _listed([f"'{choice}'" for choice in choices])
    elif kind.many:
        words = {"text": "names separated by semicolons", "number": "numbers separated by semicolons"}.get(kind.base, kind.base)
        words += bounds_words(field)
    elif kind.base == "text":
        words = "a name" if field.metadata["refers_to"] or is_required(field) else "text"
    elif kind.base == "yes/no":
        words = "yes or no"
    elif kind.base == "month":
        words = "a month as YYYY-MM"
    else:
        words = ("a whole number" if kind.base == "whole" else "a number") + bounds_words(field)
        if kind.cites:
            words += ", or the name of an assumption"
    return words + _blank_words(field)


def bounds_words(field: dataclasses.Field[Any]) -> str:
    """The bounds of a number column in words, with a leading blank; empty where there are none."""
    low, above, high = field.metadata["at_least"], field.metadata["above"], field.metadata["at_most"]
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if above is not None and high is not None:
        return f" above {above:g}, at most {high:g}"
    if low is not None:
        return f", at least {low:g}"
    if above is not None:
        return f" above {above:g}"
    return f", at most {high:g}" if high is not None else ""


def value_words(value: object) -> str:
    """A value as a planner writes it in a cell; blank for None and for an empty list."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value_words(part) for part in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _blank_words(field: dataclasses.Field[Any]) -> str:
    if is_required(field):
        return ""
    default = value_words(field.default)
    return f", or blank for {default}" if default else ", or blank"


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
