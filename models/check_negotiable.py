"""Checks of the sheet Negotiable: each row is about one figure that can move as far as it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.case import Case
from models.findings import Finding, Rule, rule
from models.negotiable import KINDS, fields_of, places
from models.sheets.negotiable import Negotiable

TABLES = ("Negotiable", "Stocks", "Demand", "Contracts", "ContractLines", "Plants", "Sources", "Programmes", "CutOffs")

_WHERE = {
    "opening stock": "a store with stocks",
    "store capacity": "a store with stocks",
    "service level": "a sector with demand",
    "contract maximum": "a contract with lines",
    "contract minimum": "a contract with lines",
    "plant capacity": "a plant",
    "source maximum": "a source",
    "lead time": "a plant, contract or programme",
}


@rule(*TABLES)
def _negotiable_rows_are_about_one_figure(case: Case) -> Iterator[Finding]:
    """A row names one row of another sheet, whose figure is a number that can move as far as is said."""
    for number, row in enumerate(case.negotiables):
        found = places(case, row)
        expected = f"{_WHERE.get(row.what, 'a cut-off')} of the workbook"
        if not found:
            mend = f"There is no such row for '{row.what}'. Correct the name, the material, the form or the source."
            yield Finding("Negotiable", number, "name", row.name, expected, mend)
        elif len(found) > 1:
            field = "source" if row.what.startswith("contract") else "material"
            mend = f"{len(found)} rows answer to this description. Say which: give material and form, or the source."
            yield Finding("Negotiable", number, field, getattr(row, field), "what tells one row from the others", mend)
        else:
            yield from _figure(case, number, row, found[0])


def _figure(case: Case, number: int, row: Negotiable, found: tuple[str, int]) -> Iterator[Finding]:
    """What is wrong with the figure that a row is about, or with how far it moves."""
    table, place = found
    record = getattr(case, table)[place]
    values = [getattr(record, field) for field in fields_of(table, row)]
    if any(isinstance(value, str) for value in values):
        mend = f"The figure is the assumption '{next(v for v in values if isinstance(v, str))}'. Write a number there, or delete this row."
        yield Finding("Negotiable", number, "name", row.name, "a row whose figure is a number", mend)
        return
    if all(value in (None, ()) for value in values):
        mend = "The figure is blank there, so there is nothing to move. Fill it in, or delete this row."
        yield Finding("Negotiable", number, "name", row.name, f"a row in which {' or '.join(fields_of(table, row))} is given", mend)
        return
    kind = KINDS[row.what]
    room = _room(row, values)
    if room is not None and row.most > room + 1e-9:
        mend = f"It cannot move by more than {room:g} {kind.unit}: lower the number, or delete this row."
        yield Finding("Negotiable", number, "most", row.most, f"at most {room:g}", mend)
    for field in ("most", "step"):
        value = getattr(row, field)
        if kind.months and value is not None and value != round(value):
            yield Finding("Negotiable", number, field, value, "a whole number of months", "Months move by whole months. Round it.")
    if row.step is not None and row.step > row.most:
        mend = "One step is further than it may move. Lower the step or raise the most."
        yield Finding("Negotiable", number, "step", row.step, f"at most {row.most:g}", mend)


def _room(row: Negotiable, values: list[Any]) -> float | None:
    """How far a figure can move down; None: it moves up, or is a date."""
    if row.what == "lead time":
        return float(sum(values))
    if row.what == "cut-off months":
        return float(values[0] - 1)
    if row.what == "contract minimum":
        return float(max(values[0]))
    if KINDS[row.what].sign < 0:
        return 100.0 * float(values[0])
    return None


NEGOTIABLE_RULES: tuple[Rule, ...] = (_negotiable_rows_are_about_one_figure,)
"""What is negotiable; no other rule relies on it."""
