"""What the pieces of rolling share: the rows of the workbook as they are changed, and what is said about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from models.case import Assumption, Case, Fix, sheets_of_case
from models.columns import Month
from models.plan import Plan

BASE = "base"
"""Name of the base plan's run."""

NOTHING_T = 1e-7
"""Tonnes below which there is nothing to carry."""


@dataclasses.dataclass(frozen=True)
class Remark:
    """Something that the next workbook says otherwise than the plan had it, at the row it is about.

    ``lost``: the workbook has no column for it, so it is left out; else it is only worth knowing.
    """

    sheet: str
    row: str
    text: str
    lost: bool

    def __str__(self) -> str:
        """The remark in one line."""
        return f"{'lost' if self.lost else 'note'}: {self.sheet}, {self.row}: {self.text}"


@dataclasses.dataclass(frozen=True)
class Aside:
    """A row that has no place in the next workbook, such as a rule about a month that has passed, and why."""

    sheet: str
    row: Any
    why: str


class Rolling:
    """A workbook on its way to month ``to``: its sheets as lists of rows, changed by subject.

    ``months`` is the number of months passed, ``years`` how often the calendar year has changed.
    """

    def __init__(self, case: Case, plan: Plan, to: Month) -> None:
        self.case, self.plan, self.to = case, plan, to
        self.start = case.settings.start
        self.months = to.ordinal - self.start.ordinal
        self.years = to.year - self.start.year
        self.rows: dict[str, list[Any]] = {f.name: list(getattr(case, f.name)) for f in sheets_of_case() if f.name != "settings"}
        self.remarks: list[Remark] = []
        self.aside: list[Aside] = []

    def change(self, table: str, change: Callable[[Any], Any]) -> None:
        """Every row of a sheet by what it becomes; None: it stays."""
        self.rows[table] = [change(row) or row for row in self.rows[table]]

    def take_aside(self, table: str, why: Callable[[Any], str]) -> None:
        """Rows of a sheet for which there is a reason are taken out; the reason is empty for those that stay."""
        sheet = next(f.metadata["sheet"] for f in sheets_of_case() if f.name == table)
        kept = []
        for row in self.rows[table]:
            if reason := why(row):
                self.aside.append(Aside(sheet, row, reason))
            else:
                kept.append(row)
        self.rows[table] = kept

    def lost(self, sheet: str, row: str, text: str) -> None:
        """Say what cannot be carried."""
        self.remarks.append(Remark(sheet, row, text, True))

    def note(self, sheet: str, row: str, text: str) -> None:
        """Say what is worth knowing."""
        self.remarks.append(Remark(sheet, row, text, False))

    def scaled(self, value: Any, factor: float) -> Any:
        """A figure times a factor; of one that cites an assumption a copy of its rows, so that the assumption itself is untouched."""
        if value is None or factor == 1:
            return value
        if not isinstance(value, str):
            return value * factor
        name = f"{value} x {factor:.6g}"
        if not any(row.assumption == name for row in self.rows["assumptions"]):
            copies = [row for row in self.rows["assumptions"] if row.assumption == value]
            self.rows["assumptions"] += [_multiplied(row, name, factor) for row in copies]
        return name

    def forbid(self, decision: str, name: str, why: str) -> None:
        """What can no longer be decided is forbidden by a rule."""
        self.rows["fixes"].append(Fix(decision=decision, name=name, action="forbid", note=why))

    def past(self, rows: tuple[Any, ...]) -> Iterator[Any]:
        """Rows of the base plan whose period lies before ``to``."""
        return (row for row in rows if row.run == BASE and row.period < self.to)

    def last(self, rows: tuple[Any, ...]) -> Iterator[Any]:
        """Rows of the base plan whose period ends when ``to`` begins."""
        return (row for row in rows if row.run == BASE and row.period.plus(row.months) == self.to)


def _multiplied(row: Assumption, name: str, factor: float) -> Assumption:
    return dataclasses.replace(row, assumption=name, value=row.value * factor, note=noted(row, f"'{row.assumption}' times {factor:.6g}"))


def noted(row: Any, text: str) -> str:
    """The note of a row with a sentence more."""
    return f"{row.note.rstrip('. ')}. {text}" if row.note else text


def renamed(names: tuple[str, ...], old: str, new: tuple[str, ...]) -> tuple[str, ...]:
    """A list of names with one of them followed by others."""
    return tuple(dict.fromkeys(part for name in names for part in ((name, *new) if name == old else (name,))))
