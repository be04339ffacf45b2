"""Checks of single cells and of keys, from the metadata of the fields alone: type, bounds, choices, references, repetitions."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from models.case import Case, sheets_of_case
from models.columns import Month, columns_of
from models.findings import Doubtful, Finding, nearest, warning
from models.kinds import Kind, expected_words, is_required, kinds_of

LARGEST, SMALLEST = 1e9, 1e-9
"""Numbers beyond these, other than 0, are slips of the unit or of the keyboard; a solver cannot tell them from noise."""

_TOTALS = frozenset({"total", "totals", "sum", "subtotal", "sub-total", "grand total", "all", "average", "mean"})
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "whole": (int,),
    "number": (int, float),
    "yes/no": (bool,),
    "month": (Month,),
}
_ADVICE = {
    ("CutOffs", "months"): "A cut that lasts longer is no shock: state it as an assumption of the base plan, with availability 0.",
}


def cell_findings(case: Case, doubtful: Doubtful) -> Iterator[Finding]:
    """Everything that is wrong with single cells and with keys, sheet by sheet."""
    names = _Names(case, doubtful)
    for sheet in sheets_of_case():
        table, record = sheet.metadata["sheet"], sheet.metadata["record"]
        content = getattr(case, sheet.name)
        rows = enumerate(content) if isinstance(content, tuple) else ((None, content),)
        if sheet.metadata["required"] and content == () and table not in doubtful.tables:
            meaning = sheet.metadata["meaning"].rstrip(".").lower()
            yield Finding(table, None, "", None, f"at least one row ({meaning})", "Fill the sheet.")
        for number, row in rows:
            total = _total(table, number, row, sheet.metadata["key"])
            if total is not None:
                yield total
                continue
            for field in columns_of(record):
                if (table, number, field.name) not in doubtful.cells:
                    yield from _cell(table, number, field, kinds_of(record)[field.name], getattr(row, field.name), names)
        if isinstance(content, tuple) and sheet.metadata["key"]:
            yield from _keys(table, content, sheet.metadata["key"], doubtful)


def _total(table: str, number: int | None, row: Any, key: tuple[str, ...]) -> Finding | None:
    for field in key:
        value = getattr(row, field)
        if isinstance(value, str) and value.strip().casefold().rstrip(":") in _TOTALS:
            mend = "Delete the row, or move it to a sheet whose name starts with '_': it would be counted as one more row."
            return Finding(table, number, field, value, "no totals among the rows", mend)
    return None


def _cell(table: str, number: int | None, field: dataclasses.Field[Any], kind: Kind, value: Any, names: _Names) -> Iterator[Finding]:
    """What is wrong with one cell."""

    def wrong(mend: str, expected: str = "") -> Finding:
        return Finding(table, number, field.name, value, expected or expected_words(field, kind), mend)

    if value is None and kind.optional:
        return
    parts = value if kind.many and isinstance(value, tuple) else (value,)
    if kind.many and not isinstance(value, tuple):
        yield wrong("Give a list.")
        return
    if not parts and (is_required(field) or field.default != ()):
        yield wrong("Fill the cell.")
    if len(set(parts)) < len(parts) and kind.base == "text":
        yield wrong("Name each one once.", "each name once")
    for part in parts:
        if not _is_of_type(part, kind) or (kind.cites and isinstance(part, str) and _is_numeral(part)):
            yield wrong(f"Type {expected_words(field, kind)}.")
        elif isinstance(part, str):
            mend = _text_mend(field, part, names)
            if mend:
                yield wrong(mend, names.expected(field) if field.metadata["refers_to"] and part.strip() else "")
        elif isinstance(part, (int, float)) and not isinstance(part, bool):
            mend = _number_mend(table, field, part)
            if mend:
                yield wrong(mend)


def _is_of_type(value: Any, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind.base == "yes/no"
    return isinstance(value, _TYPES[kind.base]) or (kind.cites and isinstance(value, str))


def _is_numeral(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text_mend(field: dataclasses.Field[Any], text: str, names: _Names) -> str:
    """How to mend a text; empty where it is right."""
    choices, refers_to = field.metadata["choices"], field.metadata["refers_to"]
    if not is_required(field) and field.default == text:
        return ""
    if not text.strip():
        return "Fill the cell."
    if choices:
        near = nearest(text, choices)
        return "" if text in choices else f"Did you mean '{near}'?" if near else "Choose one of the words."
    if refers_to:
        return names.mend(field, text)
    if not is_required(field):
        return ""
    if text != text.strip():
        return "Delete the blanks around the name."
    return "A name must not hold a semicolon, which separates names. Rename it." if ";" in text and field.name != "title" else ""


def _number_mend(table: str, field: dataclasses.Field[Any], value: float) -> str:
    """How to mend a number; empty where it is right."""
    low, above, high = field.metadata["at_least"], field.metadata["above"], field.metadata["at_most"]
    unit = f" The column is in {field.metadata['unit']}." if field.metadata["unit"] else ""
    if not math.isfinite(value):
        return "Type a number."
    if (low is not None and value < low) or (above is not None and value <= above) or (high is not None and value > high):
        if (table, field.name) in _ADVICE:
            return _ADVICE[table, field.name]
        if high == 1 and 1 < value <= 100:
            return f"A share is written {value / 100:g} for {value:g} %."
        return f"Type a number within the bounds.{unit}"
    if abs(value) > LARGEST:
        return f"This is too large to be meant; no number may be larger than {LARGEST:,.0f}.{unit}"
    if 0 < abs(value) < SMALLEST:
        return f"This is too small to be meant; type 0 or a larger number.{unit}"
    return ""


class _Names:
    """The names that can be referred to, by ``Sheet.column``; columns that hold stand-ins are not judged by."""

    def __init__(self, case: Case, doubtful: Doubtful) -> None:
        self._found: dict[str, dict[str, None]] = {}
        sheets = {field.metadata["sheet"]: field.name for field in sheets_of_case()}
        self._sheets, self._case = sheets, case
        self._tables = doubtful.tables
        self._columns = {f"{table}.{field}" for table, _, field in doubtful.cells}

    def _names(self, target: str) -> dict[str, None]:
        if target not in self._found:
            sheet, _, column = target.partition(".")
            self._found[target] = dict.fromkeys(getattr(row, column) for row in getattr(self._case, self._sheets[sheet]))
        return self._found[target]

    def _unsure(self, target: str) -> bool:
        return target in self._columns or target.partition(".")[0] in self._tables

    def expected(self, field: dataclasses.Field[Any]) -> str:
        """Where the names come from, in words."""
        targets = [target.partition(".") for target in field.metadata["refers_to"].split("|")]
        return "a name that stands on " + " or ".join(f"{sheet} (column {column})" for sheet, _, column in targets)

    def mend(self, field: dataclasses.Field[Any], name: str) -> str:
        """How to mend an unknown name; empty for a known one, or where the names are not known for sure."""
        targets = field.metadata["refers_to"].split("|")
        if any(name in self._names(target) for target in targets) or any(self._unsure(target) for target in targets):
            return ""
        if name.strip().casefold() in _TOTALS:
            return "Delete the row of totals, or move it to a sheet whose name starts with '_'."
        parts = [part.strip() for part in name.replace(";", ",").split(",")]
        if len(parts) > 1 and all(any(part in self._names(target) for target in targets) for part in parts):
            return "These are several names. Separate names by semicolons, where the column takes several."
        near = nearest(name, [known for target in targets for known in self._names(target) if isinstance(known, str)])
        if near:
            return f"Did you mean '{near}'?"
        return f"Add it to the sheet {targets[0].partition('.')[0]}, or correct the name."


def _keys(table: str, rows: tuple[Any, ...], key: tuple[str, ...], doubtful: Doubtful) -> Iterator[Finding]:
    """Rows that are told apart by nothing, or by capitals only."""
    seen: dict[tuple[Any, ...], int] = {}
    folded: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for number, row in enumerate(rows):
        if any((table, number, field) in doubtful.cells for field in key):
            continue
        values = tuple(getattr(row, field) for field in key)
        words = ", ".join("blank" if v is None else str(v) for v in values)
        together = key[0] if len(key) == 1 else f"{', '.join(key[:-1])} and {key[-1]} together"
        if values in seen:
            mend = f"The same {together} stands in filled row {seen[values] + 1} below the header too. Join the two rows or delete one."
            yield Finding(table, number, key[0], words, f"each {together} once", mend)
            continue
        alike = tuple(v.casefold() if isinstance(v, str) else v for v in values)
        if alike in folded:
            mend = "Write the name in one way, or give the two clearly different names."
            yield warning(table, number, key[0], words, f"names that differ by more than capitals from '{folded[alike][0]}'", mend)
        seen[values] = number
        folded.setdefault(alike, values)
