"""Cut-offs of any so many at once: one row of the workbook, every combination a cut-off of its own.

A planner who does not know which two of six suppliers fail together (N - 2) lists all six and writes 2: the plan then survives
every pair, so the worst pair need not be guessed.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Iterator

from models.case import Case, CutOff

WHO = ("countries", "sources", "plants", "contracts", "stores", "routes", "late_plants")
"""Columns of a cut-off that list who is cut or late."""


def listed(cutoff: CutOff) -> list[tuple[str, str]]:
    """Everybody whom a cut-off lists, as (column, name), once each, in the order of the columns."""
    return list(dict.fromkeys((column, name) for column in WHO for name in getattr(cutoff, column)))


def combinations_of(cutoff: CutOff) -> int:
    """How many cut-offs a row stands for."""
    return 1 if cutoff.at_once is None else math.comb(len(listed(cutoff)), cutoff.at_once)


def each_combination(cutoff: CutOff) -> Iterator[CutOff]:
    """The cut-offs that a row stands for, named after whom they hit; the row itself where it cuts all that it lists."""
    if cutoff.at_once is None:
        yield cutoff
        return
    everybody = listed(cutoff)
    names = Counter(name for _, name in everybody)
    for chosen in itertools.combinations(everybody, cutoff.at_once):
        who = {column: tuple(name for c, name in chosen if c == column) for column in WHO}
        words = " + ".join(name if names[name] == 1 else f"{name} ({column.replace('_', ' ')})" for column, name in chosen)
        yield dataclasses.replace(cutoff, **who, cutoff=f"{cutoff.cutoff}: {words}", at_once=None)  # type: ignore[arg-type]


def every_combination(case: Case) -> Case:
    """The case with each row that stands for several cut-offs replaced by them."""
    if all(cutoff.at_once is None for cutoff in case.cutoffs):
        return case
    return dataclasses.replace(case, cutoffs=tuple(one for row in case.cutoffs for one in each_combination(row)))
