"""Cut-offs of any so many at once, told apart: which cut-offs a row of the workbook stands for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from models.case import Case, CutOff

LISTS = ("countries", "sources", "plants", "contracts", "stores", "routes", "late_plants")
"""Columns of a cut-off that list who may fail, in the order in which they are counted through."""


def told_apart(case: Case) -> Case:
    """The case in which every row that stands for several cut-offs is replaced by them; the same case where none does."""
    if not any(row.at_once for row in case.cutoffs):
        return case
    return dataclasses.replace(case, cutoffs=tuple(one for row in case.cutoffs for one in _one_by_one(row)))


def _one_by_one(row: CutOff) -> Iterator[CutOff]:
    """A cut-off for every choice of ``at_once`` of all that are listed, in order, each with the row's name and the names chosen; a name
    that stands in two columns is followed by its column.
    """
    if row.at_once is None:
        yield row
        return
    found: list[tuple[str, str]] = []
    for field in LISTS:
        found += [(field, name) for name in dict.fromkeys(getattr(row, field))]
    names = [name for _, name in found]
    for places in _choices(len(found), row.at_once):
        chosen = [found[place] for place in places]
        words = [name if names.count(name) == 1 else f"{name} ({field.replace('_', ' ')})" for field, name in chosen]
        hit: dict[str, tuple[str, ...]] = {field: tuple(name for of, name in chosen if of == field) for field in LISTS}
        yield dataclasses.replace(row, cutoff=f"{row.cutoff}: {' + '.join(words)}", at_once=None, **hit)  # type: ignore[arg-type]


def _choices(things: int, wanted: int, first: int = 0) -> Iterator[tuple[int, ...]]:
    """Every rising choice of so many places of ``first`` to before ``things``, in order."""
    if wanted == 0:
        yield ()
        return
    for place in range(first, things - wanted + 1):
        for rest in _choices(things, wanted - 1, place + 1):
            yield place, *rest
