"""Why a case has no plan at all, cut-off or not: the fewest rows of the planner's that cannot all be kept.

A base plan need serve nobody, so what makes it impossible is what the workbook obliges it to: stocks to be held, what fits a store,
the planner's own rules, residue to be placed. Obligations are left out by halves until each one that is left is needed: without any
one of them there is a plan (a deletion filter by halves: Junker, QuickXplain, 2004).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from models.build import base_plan
from models.case import Case, sheets_of_case
from models.kinds import value_words
from models.run import Study
from optimizer.errors import NoBasePlan
from optimizer.highs import SolverOptions, Status, solve
from optimizer.shortage import NO_BASE_PLAN
from optimizer.standard_form import compile_model

FIELDS: dict[str, dict[str, object]] = {
    "stocks": {"minimum_t": 0.0, "final_t": 0.0, "cover_days": None, "capacity_t": None},
    "stores": {"capacity_t": None},
}
"""Cells that oblige, by field of the case: what they hold where they oblige to nothing."""

ROWS = ("fixes", "ceilings", "counts", "budgets", "residues")
"""Sheets of which every row obliges, by field of the case."""


@dataclasses.dataclass(frozen=True)
class Obligation:
    """A row (0-based place ``row`` on the sheet of the case's ``table``), or with ``field`` one cell of it."""

    table: str
    row: int
    field: str = ""

    def words(self, case: Case) -> str:
        """Sheet, what names the row, and the cell: ``Stocks (hall, alpha, powder): minimum_t 30``."""
        of_case = next(f for f in sheets_of_case() if f.name == self.table)
        row = getattr(case, self.table)[self.row]
        named = ", ".join(value_words(getattr(row, name)) for name in of_case.metadata["key"] if getattr(row, name) not in ("", None, ()))
        cell = f": {self.field} {value_words(getattr(row, self.field))}" if self.field else ""
        return f"{of_case.metadata['sheet']} row {self.row + 1} ({named}){cell}"


def obligations(case: Case) -> tuple[Obligation, ...]:
    """All that obliges a base plan to something, in the order of the workbook's sheets named above."""
    cells = [
        Obligation(table, number, field)
        for table, fields in FIELDS.items()
        for number, row in enumerate(getattr(case, table))
        for field, free in fields.items()
        if getattr(row, field) not in (free, 0, 0.0) or (field == "capacity_t" and getattr(row, field) is not None)
    ]
    return (*cells, *(Obligation(table, number) for table in ROWS for number in range(len(getattr(case, table)))))


def keeping(case: Case, kept: Sequence[Obligation]) -> Case:
    """The case with no other obligations than these."""
    changed: dict[str, object] = {}
    for table in ROWS:
        rows = {o.row for o in kept if o.table == table}
        changed[table] = tuple(row for number, row in enumerate(getattr(case, table)) if number in rows)
    for table, fields in FIELDS.items():
        cells = {(o.row, o.field) for o in kept if o.table == table}
        changed[table] = tuple(
            dataclasses.replace(row, **{field: free for field, free in fields.items() if (number, field) not in cells})
            for number, row in enumerate(getattr(case, table))
        )
    return dataclasses.replace(case, **changed)  # type: ignore[arg-type]


def conflict(case: Case, possible: Callable[[Case], bool] | None = None) -> tuple[Obligation, ...]:
    """Obligations that cannot all be kept, of which none can be spared; empty where there is no plan without all of them either."""
    possible = has_base_plan if possible is None else possible
    every = obligations(case)
    if not possible(keeping(case, ())):
        return ()
    return tuple(_needed(lambda kept: possible(keeping(case, kept)), (), every, False))


def _needed(
    possible: Callable[[Sequence[Obligation]], bool], kept: tuple[Obligation, ...], rest: tuple[Obligation, ...], grown: bool
) -> tuple[Obligation, ...]:
    """The fewest of ``rest`` that with ``kept`` cannot all be kept; ``grown``: ``kept`` has changed since it was last asked about."""
    if grown and not possible(kept):
        return ()
    if len(rest) == 1:
        return rest
    half = len(rest) // 2
    first, second = rest[:half], rest[half:]
    of_second = _needed(possible, (*kept, *first), second, True)
    of_first = _needed(possible, (*kept, *of_second), first, bool(of_second))
    return (*of_first, *of_second)


def has_base_plan(case: Case) -> bool:
    """Whether some base plan keeps all that a case obliges to."""
    program = compile_model(base_plan(Study(case))).program
    idle = dataclasses.replace(program, cost=np.zeros(program.columns), offset=0.0)
    return solve(idle, SolverOptions()).status is not Status.INFEASIBLE


def no_base_plan(case: Case) -> NoBasePlan:
    """The error that says which rows of a case cannot all be kept."""
    found = [obligation.words(case) for obligation in conflict(case)]
    if not found:
        return NoBasePlan(NO_BASE_PLAN)
    if len(found) == 1:
        return NoBasePlan(f"no plan exists, even without a cut-off: {found[0]} cannot be kept", tuple(found))
    text = "no plan exists, even without a cut-off: these rows cannot all be kept, and without any one of them there is a plan: "
    return NoBasePlan(text + "; ".join(found), tuple(found))
