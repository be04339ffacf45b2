"""Excel in: a workbook becomes a `Case`, or every fault in it is said at once, each with its cell.

Nothing is guessed: a number in text, a formula without a stored value, a percent sign where the column counts in percent,
a name that is nearly another one are faults, not values. Nothing is ever written into the file.
"""

from __future__ import annotations

import dataclasses
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from models.case import Case, Settings, SettingSource, sheets_of_case
from models.check_cells import cell_findings
from models.columns import columns_of
from models.findings import Doubtful, Finding, nearest
from models.kinds import expected_words, is_required, kinds_of, sheet_columns, value_words
from optimizer.cells import stored_text
from optimizer.faults import CellValue, Fault, InputRefused
from optimizer.layout import README_SHEET, SETTINGS_HEADERS
from optimizer.records import Raw, parse_row, tidy
from optimizer.xlsx_guard import MOST_COLUMNS, MOST_ROWS, Grid, Package, inspect

__all__ = ["Fault", "InputRefused", "read_case", "read_cells", "read_with_warnings"]

_HEADER = re.compile(r"(?P<name>[^\[\n]*?)\s*(\[(?P<unit>.*)\]\s*)?", re.DOTALL)
_QUOTED = re.compile(r'"[^"]*"|\\.')
_MOST_FAR = 5


def read_case(path: Path) -> Case:
    """The case that a workbook holds. Raises `InputRefused` with every fault of the file; warnings alone do not refuse it."""
    return read_with_warnings(path)[0]


def read_with_warnings(path: Path) -> tuple[Case, tuple[Fault, ...]]:
    """The case that a workbook holds, and what in it deserves a second look. Raises `InputRefused` as `read_case`."""
    from models.check import examine

    return _read(path, examine)


def read_cells(path: Path) -> Case:
    """The case of a workbook that was accepted before, as a plan's fingerprint of it tells: single cells and keys are checked, rules
    across tables are not, so that nothing of the model is loaded. Raises `InputRefused` as `read_case`."""
    return _read(path, cell_findings)[0]


def _read(path: Path, examine: Callable[[Case, Doubtful], Iterable[Finding]]) -> tuple[Case, tuple[Fault, ...]]:
    """The case and its faults, with the rules that ``examine`` asks. Raises `InputRefused` with every fault."""
    package = inspect(Path(path))
    faults = list(package.warnings)
    faults += _sheet_names(package)
    readings = _read_sheets(package)
    for reading in readings.values():
        faults += reading.faults
    case = Case(**{f.name: _value(f, readings[f.metadata["sheet"]]) for f in sheets_of_case()})
    faults += [_fault(finding, readings[finding.table]) for finding in examine(case, _doubtful(readings))]
    ordered = tuple(sorted(dict.fromkeys(faults), key=_position))
    if any(fault.severity == "error" for fault in ordered):
        raise InputRefused(ordered)
    return case, ordered


@dataclasses.dataclass
class _Reading:
    """What was read from one sheet, and where each value stands."""

    sheet: str
    record: Any
    records: list[Any] = dataclasses.field(default_factory=list)
    rows: list[int] = dataclasses.field(default_factory=list)
    letters: dict[str, str] = dataclasses.field(default_factory=dict)
    setting_cells: dict[str, str] = dataclasses.field(default_factory=dict)
    faults: list[Fault] = dataclasses.field(default_factory=list)
    doubtful: set[tuple[int | None, str]] = dataclasses.field(default_factory=set)
    broken: bool = False

    def complain(self, cell: str, value: CellValue, expected: str, mend: str, warning: bool = False) -> None:
        self.faults.append(Fault(self.sheet, cell, value, expected, mend, "warning" if warning else "error"))

    def refuse(self, cell: str, value: CellValue, expected: str, mend: str) -> None:
        """A fault after which the rows of the sheet tell nothing about the rest of the workbook."""
        self.complain(cell, value, expected, mend)
        self.broken = True


def _value(field: dataclasses.Field[Any], reading: _Reading) -> Any:
    if field.name != "settings":
        return tuple(reading.records)
    return reading.records[0] if reading.records else parse_row(Settings, {})[0]


def _doubtful(readings: dict[str, _Reading]) -> Doubtful:
    """The cells that hold stand-ins, and the sheets that could not be read whole."""
    cells = frozenset((sheet, row, name) for sheet, reading in readings.items() for row, name in reading.doubtful)
    return Doubtful(cells, frozenset(sheet for sheet, reading in readings.items() if reading.broken))


def _fault(finding: Finding, reading: _Reading) -> Fault:
    """A finding about the case as a fault of a cell."""
    if finding.row is None:
        cell = reading.setting_cells.get(finding.field, "")
    else:
        cell = f"{reading.letters.get(finding.field, 'A')}{reading.rows[finding.row]}"
    value = finding.value if isinstance(finding.value, (str, int, float, bool)) else value_words(finding.value)
    return Fault(finding.table, cell, value, finding.expected, finding.mend, finding.severity)


def _position(fault: Fault) -> tuple[int, int, int, str]:
    """Faults of the file, then sheet by sheet, row by row."""
    names = [field.metadata["sheet"] for field in sheets_of_case()]
    sheet = names.index(fault.sheet) + 1 if fault.sheet in names else len(names) + 1 if fault.sheet else 0
    match = re.match(r"([A-Z]+)(\d+)", fault.cell)
    column = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(match[1]))) if match else 0
    return sheet, int(match[2]) if match else 0, column, fault.sheet


def _misspelt(package: Package) -> dict[str, str]:
    """Sheets that are not known, and the absent sheet that each was probably meant to be (empty: none)."""
    known = [field.metadata["sheet"] for field in sheets_of_case()]
    absent = [name for name in known if name not in package.grids]
    own = [name for name in package.names if name.startswith("_") or name.strip().casefold() == README_SHEET.casefold()]
    unknown = [name for name in package.names if name not in {*known, *own}]
    return {name: nearest(name, absent) for name in unknown}


def _sheet_names(package: Package) -> Iterator[Fault]:
    """Sheets that are not read, and sheets that should be there."""
    misspelt = _misspelt(package)
    for name, meant in misspelt.items():
        if meant:
            yield Fault(name, "", name, "a sheet of this workbook", f"Did you mean '{meant}'? Rename the sheet.")
        else:
            mend = "The sheet is not read. Start its name with '_' to say that this is meant."
            known = ", ".join(field.metadata["sheet"] for field in sheets_of_case())
            yield Fault(name, "", name, f"one of the sheets {known}", mend, "warning")
    for field in sheets_of_case():
        name = field.metadata["sheet"]
        if field.metadata["required"] and name not in package.grids and name not in misspelt.values():
            yield Fault(name, "", None, f"a sheet '{name}' ({_phrase(field)})", "Add the sheet, as in the template.")
        elif name in package.hidden:
            yield Fault(name, "", "a hidden sheet", "a sheet that can be seen", "It is read all the same. Show it with Unhide.", "warning")


def _phrase(field: dataclasses.Field[Any]) -> str:
    """The meaning of a sheet as part of a sentence."""
    return str(field.metadata["meaning"]).rstrip(".").lower()


def _read_sheets(package: Package) -> dict[str, _Reading]:
    """Read every sheet of the case. Raises `InputRefused` where openpyxl cannot open the file."""
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl runs without defusedxml: install it, and do not set OPENPYXL_DEFUSEDXML=False")
    readings: dict[str, _Reading] = {}
    meant = set(_misspelt(package).values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            workbook = openpyxl.load_workbook(io.BytesIO(package.content), read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # whatever a damaged file makes the library raise, the planner is told the same
            raise InputRefused((_damaged("", error),)) from error
        for field in sheets_of_case():
            name, record = field.metadata["sheet"], field.metadata["record"]
            reading = readings[name] = _Reading(name, record)
            if name not in package.grids:
                reading.broken = bool(field.metadata["required"]) or name in meant
                continue
            try:
                _read_sheet(reading, workbook[name], package.grids[name])
            except Exception as error:  # as above: a cell that the library cannot read
                readings[name] = reading = _Reading(name, record, broken=True)
                reading.faults.append(_damaged(name, error))
            if field.metadata["required"] and not reading.records and not reading.broken:
                reading.refuse("", "no rows", f"at least one row ({_phrase(field)})", "Fill the sheet.")
        workbook.close()
    return readings


def _damaged(sheet: str, error: Exception) -> Fault:
    found = f"a part that cannot be read ({type(error).__name__}: {error})"[:200]
    return Fault(sheet, "", found, "a sound workbook", "Open the file in Excel, let it repair the file, save it, and try again.")


def _read_sheet(reading: _Reading, worksheet: Any, grid: Grid) -> None:
    if not isinstance(worksheet, ReadOnlyWorksheet):
        reading.refuse("", "a chart sheet", "a sheet with cells", "Rename the chart sheet.")
        return
    for reference in grid.merged:
        reading.complain(reference, "merged cells", "no merged cells", "Unmerge them and fill each cell.")
    for cell in grid.far[:_MOST_FAR]:
        limit = f"at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"
        reading.refuse(cell, "a cell far out", limit, "Delete everything below and to the right of the data.")
    for cell, text in grid.malformed:
        reading.refuse(cell, text, "a number that Excel can hold", "Type the number again.")
    if grid.malformed or not grid.rows:
        return
    worksheet.reset_dimensions()
    rows = list(_rows(worksheet, grid))
    if reading.record is Settings:
        _read_settings(reading, rows)
    else:
        _read_rows(reading, rows)
    hidden = sorted(set(grid.hidden_rows) & (set(reading.rows) | {int(c.lstrip(ascii_uppercase)) for c in reading.setting_cells.values()}))
    if hidden:
        found = f"{len(hidden)} hidden {'row' if len(hidden) == 1 else 'rows'}"
        mend = "They are read all the same. Clear the filter or unhide them."
        reading.complain(f"A{hidden[0]}", found, "rows that can be seen", mend, warning=True)


def _rows(worksheet: Any, grid: Grid) -> Iterator[tuple[int, list[Raw]]]:
    """Number and cells of every row that holds anything."""
    letters = [get_column_letter(column) for column in range(1, grid.columns + 1)]
    for number, row in enumerate(worksheet.iter_rows(max_row=grid.rows, max_col=grid.columns), start=1):
        cells = [_raw(cell) for cell in row]
        for position, letter in enumerate(letters if grid.valueless else ()):
            if f"{letter}{number}" in grid.valueless:
                cells[position] = Raw(None, "f")
        if number == 1 or not all(cell.is_blank for cell in cells):
            yield number, cells


def _raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return _BLANK
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Raw(value, cell.data_type, "%" in _QUOTED.sub("", cell.number_format))
    return Raw(value, cell.data_type)


_BLANK = Raw(None)


def _headers(reading: _Reading, rows: list[tuple[int, list[Raw]]], known: dict[str, str]) -> dict[int, str]:
    """Position -> name of the columns in the header (row 1); ``known`` maps names to units. Complains about all others."""
    found: dict[int, str] = {}
    header = rows[0][1] if rows and rows[0][0] == 1 else []
    for position in range(max(len(cells) for _, cells in rows)):
        cell, raw = f"{get_column_letter(position + 1)}1", header[position] if position < len(header) else _BLANK
        if raw.is_blank:
            _complain_headless(reading, position, rows)
            continue
        match = _HEADER.fullmatch(stored_text(raw.value).strip()) if isinstance(raw.value, str) and raw.kind == "s" else None
        name = tidy(match["name"]) if match else ""
        if name not in known:
            near = nearest(name, [k for k in known if k not in found.values()])
            move = "Rename the column, or move it to a sheet whose name starts with '_'."
            mend = f"Did you mean '{near}'? Rename the column." if near else move
            reading.complain(cell, raw.shown, "a column of this sheet", mend)
        elif name in found.values():
            reading.refuse(cell, name, "each column once", "Delete or rename one of the two columns.")
        else:
            found[position] = name
            unit = " ".join((match["unit"] or "").split()) if match else ""
            if unit and unit != known[name]:
                mend = "Convert the figures of the column and restore its header." if known[name] else "Restore the header."
                reading.complain(cell, raw.shown, f"the unit '{known[name]}'" if known[name] else "no unit", mend)
    return found


def _complain_headless(reading: _Reading, position: int, rows: list[tuple[int, list[Raw]]]) -> None:
    """Values under a blank header would be lost silently."""
    letter = get_column_letter(position + 1)
    below = next(((n, cells[position]) for n, cells in rows if position < len(cells) and not cells[position].is_blank), None)
    if below is not None:
        mend = f"Write the name of the column in row 1, or delete the column; {letter}{below[0]} holds {below[1].shown!r}."
        reading.complain(f"{letter}1", None, "a column name above values", mend)


def _read_rows(reading: _Reading, rows: list[tuple[int, list[Raw]]]) -> None:
    """One record per row below the header."""
    fields = {field.name: field for field in sheet_columns(reading.record)}
    headers = _headers(reading, rows, {name: field.metadata["unit"] for name, field in fields.items()})
    reading.letters = {name: get_column_letter(position + 1) for position, name in headers.items()}
    missing = [name for name, field in fields.items() if is_required(field) and name not in reading.letters]
    for name in missing:
        reading.refuse("", None, f"a column '{name}'", f"Add the column: {fields[name].metadata['meaning']}")
    for number, row in rows:
        cells = {name: row[position] for position, name in headers.items() if not row[position].is_blank}
        if number == 1 or not cells:
            continue
        record, mistakes = parse_row(reading.record, cells)
        reading.records.append(record)
        reading.rows.append(number)
        for mistake in mistakes:
            reading.doubtful.add((len(reading.rows) - 1, mistake.field))
            if mistake.field not in missing:
                raw = cells.get(mistake.field, _BLANK)
                reading.complain(f"{reading.letters[mistake.field]}{number}", raw.shown, mistake.expected, mistake.mend)
        for name, raw in cells.items():
            _warn_of_blanks(reading, fields[name], f"{reading.letters[name]}{number}", raw)


def _warn_of_blanks(reading: _Reading, field: dataclasses.Field[Any], cell: str, raw: Raw) -> None:
    """Blanks around a name are taken off, a comma between names is not taken for a semicolon: both are said."""
    if not isinstance(raw.value, str) or raw.kind != "s":
        return
    kind = kinds_of(reading.record)[field.name]
    is_name = is_required(field) or field.metadata["refers_to"] or field.metadata["choices"] or kind.many
    text = stored_text(raw.value)
    if is_name and kind.base == "text" and tidy(text) != text:
        reading.complain(cell, text, f"'{tidy(text)}'", "Blanks around the name are left out. Delete them.", warning=True)
    if kind.many and kind.base == "text" and "," in text and not field.metadata["refers_to"]:
        mend = "The comma is read as part of a name. Separate names by semicolons."
        reading.complain(cell, text, expected_words(field, kind), mend, warning=True)


def _read_settings(reading: _Reading, rows: list[tuple[int, list[Raw]]]) -> None:
    """One setting per line: the parameter's name and its value."""
    headers = {name: position for position, name in _headers(reading, rows, dict.fromkeys(SETTINGS_HEADERS, "")).items()}
    for needed in SETTINGS_HEADERS[:2]:
        if needed not in headers:
            reading.refuse("", None, f"a column '{needed}'", "Write the header as in the template.")
    if reading.broken:
        return
    fields = {field.name: field for field in columns_of(Settings)}
    cells: dict[str, Raw] = {}
    sources: list[SettingSource] = []
    for number, row in rows[1:]:
        name, raw = row[headers["parameter"]], row[headers["value"]]
        parameter = tidy(name.value) if isinstance(name.value, str) else ""
        where = f"{get_column_letter(headers['parameter'] + 1)}{number}"
        if name.is_blank and raw.is_blank:
            continue
        if parameter not in fields:
            near = nearest(parameter, list(fields))
            reading.complain(where, name.shown, "the name of a setting", f"Did you mean '{near}'?" if near else "Delete the line.")
        elif parameter in reading.setting_cells:
            mend = f"It is set in {reading.setting_cells[parameter]} too. Delete one line."
            reading.complain(where, parameter, "each setting once", mend)
        else:
            reading.setting_cells[parameter] = f"{get_column_letter(headers['value'] + 1)}{number}"
            _check_unit(reading, fields[parameter], row, headers.get("unit"), number)
            if not raw.is_blank:
                cells[parameter] = raw
            sources += _setting_source(reading, parameter, number, row, headers)
    record, mistakes = parse_row(Settings, cells)
    reading.records.append(dataclasses.replace(record, sources=tuple(sources)))
    for mistake in mistakes:
        reading.doubtful.add((None, mistake.field))
        cell = reading.setting_cells.get(mistake.field, "")
        mend = mistake.mend if cell else f"Add a line '{mistake.field}': {fields[mistake.field].metadata['meaning']}"
        expected = mistake.expected if cell else f"a setting '{mistake.field}'"
        reading.complain(cell, cells.get(mistake.field, _BLANK).shown, expected, mend)


def _setting_source(reading: _Reading, setting: str, number: int, row: list[Raw], headers: dict[str, int]) -> Iterator[SettingSource]:
    """Where a setting comes from, if its line says so."""
    cells = {name: row[headers[name]] for name in SETTINGS_HEADERS[4:] if name in headers and not row[headers[name]].is_blank}
    if cells:
        reading.setting_cells |= {f"{setting}.{name}": f"{get_column_letter(headers[name] + 1)}{number}" for name in cells}
        source, mistakes = parse_row(SettingSource, {"setting": Raw(setting, "s"), **cells})
        for mistake in mistakes:
            cell = f"{get_column_letter(headers[mistake.field] + 1)}{number}"
            reading.complain(cell, cells[mistake.field].shown, mistake.expected, mistake.mend)
        yield source


def _check_unit(reading: _Reading, field: dataclasses.Field[Any], row: list[Raw], position: int | None, number: int) -> None:
    """A unit that was overwritten means a figure in another unit."""
    raw = row[position] if position is not None else _BLANK
    unit = field.metadata["unit"]
    if not raw.is_blank and not (isinstance(raw.value, str) and tidy(raw.value) == unit) and position is not None:
        cell = f"{get_column_letter(position + 1)}{number}"
        reading.complain(cell, raw.shown, f"the unit '{unit}'" if unit else "no unit", "Convert the value and restore the unit.")
