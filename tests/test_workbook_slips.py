"""Every kind of slip in every column: what must be refused is told at its cell, what is a legal value arrives as it is."""

from __future__ import annotations

import datetime
import functools
import random
from pathlib import Path

import pytest
from workbooks import full_case, grids_of, put, read, record_of, save

from models.case import sheets_of_case
from models.columns import Month
from models.kinds import is_required, kinds_of, sheet_columns

REFUSED = object()
SLIPS: dict[str, object] = {
    "word": "abc",
    "nan word": "NaN",
    "inf word": "inf",
    "decimal comma": "1,5",
    "thousands": "1.234,5",
    "hard space": "1\u00a0000",
    "percent word": "15%",
    "number as text": "2",
    "negative": -1,
    "half": 0.5,
    "huge": 1e300,
    "tiny": 1e-300,
    "blank": None,
    "error": "#N/A",
    "no stored value": "=1+1",
    "true": True,
    "a day": datetime.datetime(2027, 5, 17),
    "a first day": datetime.datetime(2028, 3, 1),
    "totals": "Total",
}


def intended(sheet: str, column: str, slip: str, value: object) -> object:
    """The value that a slip is in this column if it is a legal one; else `REFUSED`."""
    record = record_of(sheet)
    field = next(f for f in sheet_columns(record) if f.name == column)
    kind, meta = kinds_of(record)[column], field.metadata
    free = kind.base == "text" and not kind.many and not meta["refers_to"] and not meta["choices"] and not is_required(field)
    named = kind.base == "text" and not meta["refers_to"] and not meta["choices"] and is_required(field) and not kind.many
    listed = kind.base == "text" and kind.many and not meta["refers_to"]
    match value:
        case None:
            return REFUSED if is_required(field) else field.default
        case True:
            return True if kind.base == "yes/no" else REFUSED
        case datetime.datetime():
            if kind.base == "month" and value.day == 1:
                return Month(value.year, value.month)
            return (f"{value:%Y-%m}" if value.day == 1 else f"{value:%Y-%m-%d}") if free else REFUSED
        case str():
            key = next(f.metadata["key"] for f in sheets_of_case() if f.metadata["sheet"] == sheet)
            if slip in ("error", "no stored value") or (slip == "totals" and column in key):
                return REFUSED
            if slip == "number as text" and kind.many and kind.base == "number":
                return (float(value),)
            text = value.replace("\u00a0", " ") if named or listed else value
            return text if free or named else (text,) if listed else REFUSED
    number = float(value)  # type: ignore[arg-type]
    if free:
        return str(int(number)) if number.is_integer() else str(number)
    if kind.base not in ("whole", "number") or (kind.base == "whole" and not number.is_integer()) or slip in ("huge", "tiny"):
        return REFUSED
    low, above, high = meta["at_least"], meta["above"], meta["at_most"]
    outside = (low is not None and number < low) or (above is not None and number <= above) or (high is not None and number > high)
    return REFUSED if outside else (number,) if kind.many else number


Mutant = tuple[str, str, str]


def all_mutants() -> list[Mutant]:
    """(sheet, column, slip) for every input column and every kind of slip."""
    return [
        (sheet.metadata["sheet"], field.name, slip)
        for sheet in sheets_of_case()
        for field in sheet_columns(sheet.metadata["record"])
        for slip in SLIPS
    ]


def is_refused(mutant: Mutant) -> bool:
    """Whether a slip makes an illegal value."""
    return intended(*mutant, SLIPS[mutant[2]]) is REFUSED


@functools.cache
def cited() -> frozenset[str]:
    """Columns that other sheets refer to: a slip in one is told once, not again wherever the name is used."""
    fields = (field for sheet in sheets_of_case() for field in sheet_columns(sheet.metadata["record"]))
    return frozenset(target for field in fields for target in field.metadata["refers_to"].split("|"))


def batches(mutants: list[Mutant]) -> list[list[Mutant]]:
    """Mutants dealt into workbooks: one of each sheet in each, and one alone where other sheets refer to its column."""
    alone = [[mutant] for mutant in mutants if f"{mutant[0]}.{mutant[1]}" in cited()]
    together: list[list[Mutant]] = []
    count: dict[str, int] = {}
    for mutant in mutants:
        if f"{mutant[0]}.{mutant[1]}" not in cited():
            number = count[mutant[0]] = count.get(mutant[0], -1) + 1
            together += [[]] if number == len(together) else []
            together[number].append(mutant)
    return [*alone, *together]


def judge(mutants: list[Mutant], folder: Path) -> None:
    """Spoil one cell of each of some sheets; each slip is told at its cell, or the value arrives as what it is."""
    grids = grids_of(full_case())
    cells = {mutant: put(grids, mutant[0], mutant[1], 0, SLIPS[mutant[2]]) for mutant in mutants}
    case, faults = read(save(grids, folder / "mutant.xlsx"))
    for mutant, cell in cells.items():
        sheet, column, slip = mutant
        if any((fault.sheet, fault.cell) == (sheet, cell) for fault in faults):
            continue
        assert not is_refused(mutant), f"{sheet}!{cell} ({column}): {slip} went unnoticed; told: {[str(f) for f in faults]}"
        if case is not None:
            name = next(f.name for f in sheets_of_case() if f.metadata["sheet"] == sheet)
            content = getattr(case, name)
            row = content[0] if isinstance(content, tuple) else content
            assert getattr(row, column) == intended(sheet, column, slip, SLIPS[slip])


@pytest.mark.parametrize("number", range(12))
def test_no_slip_goes_unnoticed(tmp_path: Path, number: int) -> None:
    """A sample of the illegal values: each is told at its cell, though other sheets have slips too."""
    judge(random.Random(7).sample(batches([m for m in all_mutants() if is_refused(m)]), 12)[number], tmp_path)


@pytest.mark.parametrize("mutant", random.Random(8).sample([m for m in all_mutants() if not is_refused(m)], 16), ids=str)
def test_legal_values_arrive_unchanged(tmp_path: Path, mutant: Mutant) -> None:
    """A sample of unusual but legal values: they are read as they stand, or mentioned."""
    judge([mutant], tmp_path)


@pytest.mark.nightly
def test_no_slip_goes_unnoticed_anywhere(tmp_path: Path) -> None:
    """Every kind of slip in every input column of every sheet."""
    mutants = all_mutants()
    assert len(mutants) > 3000
    for batch in batches([m for m in mutants if is_refused(m)]):
        judge(batch, tmp_path)
    for mutant in mutants:
        if not is_refused(mutant):
            judge([mutant], tmp_path)


def _references() -> list[list[tuple[str, str]]]:
    """Columns that refer to other sheets, one of each sheet in a group."""
    groups: list[list[tuple[str, str]]] = []
    for sheet in sheets_of_case():
        record = sheet.metadata["record"]
        columns = [f.name for f in sheet_columns(record) if f.metadata["refers_to"] and not kinds_of(record)[f.name].cites]
        for number, column in enumerate(columns):
            groups += [[]] if number == len(groups) else []
            groups[number].append((sheet.metadata["sheet"], column))
    return groups


@pytest.mark.parametrize("group", _references(), ids=lambda group: group[-1][0] + "." + group[-1][1])
def test_an_unknown_name_is_told_at_its_cell(tmp_path: Path, group: list[tuple[str, str]]) -> None:
    """In every column that refers to another sheet a name that stands nowhere is refused."""
    grids = grids_of(full_case())
    cells = {(sheet, put(grids, sheet, column, 0, "nobody knows this")) for sheet, column in group}
    case, faults = read(save(grids, tmp_path / "unknown.xlsx"))
    assert case is None
    assert cells == {(fault.sheet, fault.cell) for fault in faults if fault.severity == "error"} & cells
