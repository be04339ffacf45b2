"""What a plan decides, as choices that can be counted, and how much two plans differ in them.

A choice is one thing that is signed, put up, built, started or stopped, whatever its date. Two plans differ in it

* by 1 where one takes it and the other does not; of several units by the share of what may be built,
* where both take it, by 1/20 for another date, and up to 1/10 by how far apart the dates lie in the plan's length,
* in a plant that may stop, by the share of the decision dates at which it runs in one plan alone.

Sizes on a cost curve, orders and tonnes count nothing. The same measure is evaluated for two plans and written as rows of a program.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from models.run import Study
from optimizer.program import Program
from optimizer.standard_form import Compiled

KINDS = {
    "signed": "contract",
    "financed": "financing",
    "built": "plant",
    "started": "programme",
    "cells": "disposal cells",
    "runs": "stop",
}
"""Components of the base plan, each indexed by (name, month), and what kind of choice they are."""

ANOTHER_DATE = 0.05
"""What another date counts at the least."""

FARTHEST_DATE = 0.1
"""What a date at the other end of the plan would count."""

TAKEN = 0.5
"""Above this a decision is taken; the columns are integer."""


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """One thing that may be decided: ``columns`` (d,) of the base plan at ``months`` (d,); in all, at most ``most`` units of it."""

    component: str
    name: str
    months: np.ndarray
    columns: np.ndarray
    most: float

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return KINDS[self.component]

    def units(self, x: np.ndarray) -> np.ndarray:
        """Units taken at each of its dates (d,) in a plan ``x`` (n_base,); of a plant that may stop: 1 where it stops running."""
        values: np.ndarray = np.round(x[self.columns])
        if self.component == "runs":
            values = np.maximum(0.0, np.concatenate([[1.0], values[:-1]]) - values)
        return values

    def dates_apart(self, x: np.ndarray, length: int) -> np.ndarray:
        """What a unit counts at each date (d,), where plan ``x`` takes the choice, for not being at one of the dates of ``x``."""
        taken = self.months[self.units(x) > TAKEN]
        if not taken.size or self.component == "runs":
            return np.zeros(len(self.months))
        apart = np.abs(self.months[:, None] - taken[None, :]).min(axis=1)
        return np.where(apart > 0, ANOTHER_DATE + (FARTHEST_DATE - ANOTHER_DATE) * apart / length, 0.0) / self.most


def choices_of(base: Compiled, program: Program, study: Study) -> tuple[Choice, ...]:
    """Every choice that the base plan leaves open; what its program does not let be taken is none."""
    found = []
    for component in KINDS:
        by_name: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for index, column in base.columns_of(component).items():
            by_name[index[0]].append((index[-1], column))  # type: ignore[index]
        for name, dated in by_name.items():
            dated.sort()
            months, columns = (np.array(part, dtype=np.int64) for part in zip(*dated, strict=True))
            most = min(float(np.round(program.column_upper[columns]).sum()), _most(study, component, name))
            if component == "runs":
                most = 1.0 if (program.column_lower[columns] < TAKEN).any() else 0.0
            if most > 0:
                found.append(Choice(component, name, months, columns, most))
    return tuple(found)


def _most(study: Study, component: str, name: str) -> float:
    """Units of a choice that the workbook allows, all dates together."""
    if component == "built":
        return float(study.plants[name].max_units)
    return float(study.residue.sites[name].max_units) if component == "cells" else 1.0


def difference(choices: Sequence[Choice], x: np.ndarray, other: np.ndarray, length: int) -> float:
    """How much plan ``x`` (n_base,) differs from an ``other``, in choices; ``length`` of the plan in months."""
    total = 0.0
    for choice in choices:
        if choice.component == "runs":
            total += float(np.abs(np.round(x[choice.columns]) - np.round(other[choice.columns])).mean())
            continue
        mine, theirs = choice.units(x), choice.units(other)
        total += abs(float(mine.sum() - theirs.sum())) / choice.most + float(choice.dates_apart(other, length) @ mine)
    return total


def farthest(program: Program, choices: Sequence[Choice], others: Sequence[np.ndarray], length: int) -> Program | None:
    """The program, its cost left out of account: the plan whose least difference from any of the ``others`` is largest.

    Its columns come first; then, of each choice of several units of which one of the others takes some and not all, how much it
    differs and whether upwards; last, the least difference, to be maximised. None where no two plans can differ.

    Two rows each say that t is no more than the difference of y units from k of U: t <= (y - k)/U + 2k/U where it is downwards,
    t <= (k - y)/U + 2(U - k)/U where it is upwards, which bind nothing else.
    """
    rows = _Rows(program.columns)
    for other in others:
        constant, entries = 0.0, defaultdict[int, float](float)
        for choice in choices:
            theirs = np.round(other[choice.columns])
            if choice.component == "runs":
                constant += float(theirs.mean())
                for column, k in zip(choice.columns, theirs, strict=True):
                    entries[int(column)] += (1.0 - 2.0 * k) / len(theirs)
                continue
            k = float(theirs.sum())
            part = 1.0 / choice.most
            sign = 1.0 if k <= 0 else -1.0
            if 0 < k < choice.most:
                entries[rows.apart(choice, k)] += 1.0
                sign = 0.0
            constant += 1.0 if k >= choice.most else 0.0
            for column, date in zip(choice.columns, choice.dates_apart(other, length), strict=True):
                entries[int(column)] += sign * part + float(date)
        rows.measures.append((constant, {column: value for column, value in entries.items() if value}))
    return rows.program(program, len(choices))


class _Rows:
    """Rows and columns that join a program of ``columns`` columns."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.integer: list[bool] = []
        self.measures: list[tuple[float, dict[int, float]]] = []
        self.limits: list[tuple[dict[int, float], float]] = []

    def apart(self, choice: Choice, k: float) -> int:
        """The column that is no more than the difference of a choice from ``k`` units, as a share of its most."""
        t = self.columns + len(self.integer)
        upwards = t + 1
        self.integer += [False, True]
        part = 1.0 / choice.most
        units = {int(column): part for column in choice.columns}
        self.limits.append(({t: 1.0, upwards: 2 * k * part, **{c: -v for c, v in units.items()}}, k * part))
        self.limits.append(({t: 1.0, upwards: -2 * (choice.most - k) * part, **units}, k * part))
        return t

    def program(self, program: Program, most: int) -> Program | None:
        """The program with these rows, and the least difference maximised."""
        smallest = min((abs(v) for _, entries in self.measures for v in entries.values()), default=0.0)
        if not smallest:
            return None
        least = self.columns + len(self.integer)
        rows: list[tuple[dict[int, float], float]] = list(self.limits)
        rows += [({least: 1.0, **{c: -v for c, v in entries.items()}}, constant) for constant, entries in self.measures]
        entry = [(i, c, v) for i, (entries, _) in enumerate(rows) for c, v in entries.items()]
        at, columns, values = (np.array(part) for part in zip(*entry, strict=True))
        added = sp.csr_array((values, (at, columns)), shape=(len(rows), least + 1))
        new = len(self.integer) + 1
        return dataclasses.replace(
            program,
            cost=np.concatenate([np.zeros(least), [-1.0]]),
            offset=0.0,
            matrix=sp.csr_array(
                sp.vstack([sp.hstack([program.matrix, sp.csr_array((program.rows, new))], format="csr"), added], format="csr")
            ),
            row_lower=np.concatenate([program.row_lower, np.full(len(rows), -np.inf)]),
            row_upper=np.concatenate([program.row_upper, [most for _, most in rows]]),
            column_lower=np.concatenate([program.column_lower, np.zeros(new - 1), [smallest / 2]]),
            column_upper=np.concatenate([program.column_upper, np.ones(new - 1), [(1 + FARTHEST_DATE) * most]]),
            integer=np.concatenate([program.integer, np.array([*self.integer, False], dtype=bool)]),
            column_names=[*program.column_names, *(f"difference {k}" for k in range(new))],
            row_names=[*program.row_names, *(f"difference {k}" for k in range(len(rows)))],
        )
