"""Decisions of a plan read back, locked: they are taken as they are, and the rest is solved again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from models.columns import Month
from models.plan import Plan
from models.restore import restored
from models.run import Study
from optimizer.errors import StockpileError
from optimizer.standard_form import Compiled, Program

COMMITMENTS = ("signed", "financed", "built", "sized_t_per_yr", "started", "cells", "runs", "mothballed", "restarted")
"""Components of the base plan that are decisions, each indexed by (name, ..., month)."""

WORDS = {
    "signed": "the signature of {}",
    "financed": "the financing {}",
    "built": "building {}",
    "sized_t_per_yr": "the size of {}",
    "started": "the start of {}",
    "cells": "cells at {}",
    "runs": "that {} runs",
    "mothballed": "mothballing {}",
    "restarted": "restarting {}",
}
"""What each of them is, in words."""

TAKEN = 1e-6
"""Above this a decision is taken."""


class CannotLock(StockpileError, ValueError):
    """A plan's decisions cannot be taken in this workbook; the message says which."""


@dataclasses.dataclass(frozen=True)
class Lock:
    """Decisions of ``plan``, where ``before`` is given those dated before it alone: what is taken there is taken, nothing else is."""

    plan: Plan
    before: Month | None = None

    @property
    def words(self) -> str:
        """What is locked, for the summary of a plan."""
        return "all" if self.before is None else f"before {self.before}"


def locked(program: Program, base: Compiled, study: Study, lock: Lock) -> Program:
    """The program of a base plan (its columns are those of ``base``) with the decisions of a plan as bounds.

    Raises `CannotLock` where the workbook does not allow one of them: its name, date or number is not among what can be decided.
    """
    h = study.horizon
    end = h.months + 1 if lock.before is None else h.month_of(lock.before, 0)
    values = restored(lock.plan, study)
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for component in COMMITMENTS:
        wanted: Mapping[Any, float] = {index: value for index, value in values.get(component, {}).items() if index[-1] < end}
        columns = {index: column for index, column in base.columns_of(component).items() if index[-1] < end}  # type: ignore[index]
        for index, value in wanted.items():
            known = index in columns or (component, index) in base.fixed
            if value > TAKEN and (not known or value > (upper[columns[index]] if index in columns else value) + TAKEN):
                what = WORDS[component].format(index[0])
                raise CannotLock(f"{what} in {h.date(index[-1])} cannot be locked: this workbook does not let it be decided so")
        for index, column in columns.items():
            value = wanted.get(index, 0.0)
            lower[column] = upper[column] = min(max(value, program.column_lower[column]), program.column_upper[column])
    return dataclasses.replace(program, column_lower=lower, column_upper=upper)
