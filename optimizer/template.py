"""A case as a workbook that a planner can read, understand and change: one sheet per kind of record, drop-downs, notes.

What is written here is read back by `optimizer.workbook` as an equal case. Nothing in it is stated twice: sheets, columns,
units, meanings, choices and bounds all come from the fields of `models.case`.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from models.case import Case, Row, sheets_of_case
from models.columns import columns_of
from models.kinds import Kind, expected_words, is_required, kinds_of, sheet_columns, value_words
from optimizer.cells import atomic_save, safe_cell
from optimizer.example import example_case
from optimizer.layout import LISTS_SHEET, README_SHEET, SETTINGS_HEADERS

__all__ = ["example_case", "header_text", "write_case"]

_SPARE_ROWS = 25
_VALIDATED_ROWS = 2000
_NARROWEST, _WIDEST, _NOTE_WIDTH = 9, 30, 60
_SETTINGS_WIDTHS = (26, 28, 10, 72, 32, 9, 11, 30)
_LINE_POINTS, _MOST_LINES = 15, 5
_FONT = "Calibri"
_LONG_TEXT = ("meaning", "name", "reason", *(f.name for f in dataclasses.fields(Row) if f.name in ("reference", "note")))

_THIN = Side(style="thin", color="D0D5DD")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FILLS = {
    "required": PatternFill("solid", start_color="1F3864"),
    "optional": PatternFill("solid", start_color="5B7DB1"),
    "provenance": PatternFill("solid", start_color="7F7F7F"),
    "input": PatternFill("solid", start_color="FFF9E5"),
    "source": PatternFill("solid", start_color="F5F5F5"),
}


def write_case(
    case: Case, path: Path, *, all_sheets: bool = False, beside: Mapping[str, Sequence[Sequence[str]]] = MappingProxyType({})
) -> None:
    """Write a case as a formatted workbook, whole or not at all.

    A sheet without rows that need not be there is left out, and columns that all rows leave blank are folded away, so that a
    planner sees what the case uses; with ``all_sheets`` everything that can be said is there, unfolded. ``beside``: further sheets of
    words, a header and rows each, that are not read (their names begin with an underscore). Numbers are kept to 16
    digits, as Excel keeps them. Raises ``ValueError`` for a number that is not finite and for a
    name with a semicolon in a cell that lists several; ``OSError`` where the file cannot be written.
    """
    workbook = Workbook()
    _add_styles(workbook)
    readme = workbook.worksheets[0]
    readme.title = README_SHEET
    lists = _Lists(case)
    for sheet in sheets_of_case():
        if sheet.name == "settings":
            _write_settings(workbook.create_sheet(sheet.metadata["sheet"]), case, lists)
        elif all_sheets or _is_used(sheet, case):
            worksheet = workbook.create_sheet(sheet.metadata["sheet"])
            _write_rows(worksheet, sheet, getattr(case, sheet.name), lists)
            if not all_sheets:
                _fold(worksheet, sheet, getattr(case, sheet.name))
    for name, words in beside.items():
        _write_words(workbook.create_sheet(name), words)
    lists.write(workbook)
    _write_readme(readme, case, all_sheets)
    workbook.active = 0
    atomic_save(workbook, path)


def _write_words(worksheet: Worksheet, rows: Sequence[Sequence[str]]) -> None:
    """A sheet of words: a header and rows."""
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = worksheet.cell(number, column)
            cell.style = "words"
            safe_cell(cell, text)
            if number == 1:
                cell.font = _font(bold=True)
    for column in range(1, max(map(len, rows), default=0) + 1):
        longest = max(len(row[column - 1]) for row in rows if len(row) >= column)
        worksheet.column_dimensions[get_column_letter(column)].width = min(90, max(14, longest + 2))
    worksheet.freeze_panes = "A2"


def _is_used(sheet: dataclasses.Field[Any], case: Case) -> bool:
    """Whether a sheet must be there or has rows."""
    return bool(sheet.metadata["required"] or getattr(case, sheet.name))


def _fold(worksheet: Worksheet, sheet: dataclasses.Field[Any], rows: tuple[Row, ...]) -> None:
    """Group and collapse the optional columns that no row of a filled sheet uses; the plus sign above them opens them."""
    provenance = {field.name for field in dataclasses.fields(Row)}
    key = sheet.metadata["key"]
    unused = [
        number
        for number, field in enumerate(sheet_columns(sheet.metadata["record"]), start=1)
        if rows and not is_required(field) and field.name not in provenance and field.name not in key
        if all(getattr(row, field.name) == field.default for row in rows)
    ]
    for number in unused:
        dimension = worksheet.column_dimensions[get_column_letter(number)]
        dimension.outlineLevel, dimension.hidden = 1, True
        if number + 1 not in unused:
            worksheet.column_dimensions[get_column_letter(number + 1)].collapsed = True
    worksheet.sheet_format.outlineLevelCol = int(bool(unused))


def header_text(field: dataclasses.Field[Any]) -> str:
    """What the header cell of a column says: the column's name and, on a second line, its unit in brackets."""
    unit = field.metadata["unit"]
    return f"{field.name}\n[{unit}]" if unit else field.name


def _font(*, bold: bool = False, size: float = 11, color: str | None = None, underline: Literal["single"] | None = None) -> Font:
    """A font that is named: programs replace a font without a name by whatever they like."""
    return Font(name=_FONT, size=size, bold=bold, color=color, underline=underline)


def _add_styles(workbook: Workbook) -> None:
    """One named style per kind of cell, so that a cell costs one look-up; text stands off the number to its left.

    The name of an assumption in a column of numbers does too, and its cell stays fit for a number.
    """
    top = Alignment(vertical="top")
    for name in ("required", "optional", "provenance"):
        style = NamedStyle(f"header {name}", font=_font(bold=True, color="FFFFFF"), fill=_FILLS[name], border=_BORDER)
        style.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        workbook.add_named_style(style)
    text = Alignment(vertical="top", wrap_text=True, horizontal="left", indent=1)
    cited = Alignment(vertical="top", horizontal="left", indent=1)
    plain = (("text", "@", text), ("whole", "0", top), ("general", "General", top), ("cited", "General", cited))
    decimals = tuple((f"decimals {n}", "#,##0" + ("." + "0" * n if n else ""), top) for n in range(5))
    for name, number_format, alignment in (*plain, *decimals):
        style = NamedStyle(f"input {name}", font=_font(), fill=_FILLS["input"], border=_BORDER, number_format=number_format)
        style.alignment = alignment
        style.protection = Protection(locked=False)
        workbook.add_named_style(style)
    source = NamedStyle("source text", font=_font(), fill=_FILLS["source"], border=_BORDER, number_format="@", alignment=text)
    workbook.add_named_style(source)
    workbook.add_named_style(NamedStyle("words", font=_font(), alignment=text))


class _Lists:
    """The drop-downs of the workbook: one column of the hidden sheet and one defined name per list of words."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._names: dict[tuple[str, ...] | str, str] = {}
        self._columns: list[tuple[str, list[str]]] = []

    def named(self, words: tuple[str, ...]) -> str:
        """The defined name of a fixed list."""
        return self._name(words, list(words))

    def referred(self, refers_to: str, default: object = None) -> str:
        """The defined name of the list of everything in the columns referred to (``Sheet.column|Sheet.column``), and the default."""
        words = referred_words(self._case, refers_to)
        if isinstance(default, str) and default and default not in words:
            words.insert(0, default)
        return self._name(refers_to, words)

    def _name(self, key: tuple[str, ...] | str, words: list[str]) -> str:
        if key not in self._names:
            self._names[key] = f"list_{len(self._names) + 1}"
            self._columns.append((self._names[key], words))
        return self._names[key]

    def write(self, workbook: Workbook) -> None:
        """Write the hidden sheet and its names."""
        worksheet = workbook.create_sheet(LISTS_SHEET)
        worksheet.sheet_state = "hidden"
        for number, (name, words) in enumerate(self._columns, start=1):
            letter = get_column_letter(number)
            safe_cell(worksheet.cell(1, number), name)
            for row, word in enumerate(words, start=2):
                safe_cell(worksheet.cell(row, number), word)
            last = max(2, len(words) + 1)
            workbook.defined_names[name] = DefinedName(name, attr_text=f"'{LISTS_SHEET}'!${letter}$2:${letter}${last}")


def referred_words(case: Case, refers_to: str) -> list[str]:
    """Every name in the columns referred to, once each, in workbook order."""
    fields = {f.metadata["sheet"]: f.name for f in sheets_of_case()}
    found: dict[str, None] = {}
    for target in refers_to.split("|"):
        sheet, _, column = target.partition(".")
        found.update((getattr(row, column), None) for row in getattr(case, fields[sheet]))
    return list(found)


def _validation(field: dataclasses.Field[Any], kind: Kind, lists: _Lists) -> DataValidation | None:
    """The drop-down or the bounds of a column; ``None`` where any text will do."""
    metadata = field.metadata
    if metadata["choices"] or kind.base == "yes/no":
        words = metadata["choices"] or ("yes", "no")
        rule = DataValidation(type="list", formula1=f"={lists.named(words)}", allow_blank=True)
    elif metadata["refers_to"]:
        if kind.many:
            return None
        rule = DataValidation(type="list", formula1=f"={lists.referred(metadata['refers_to'], field.default)}", allow_blank=True)
        rule.errorStyle = "warning"
        if kind.cites:
            rule.showErrorMessage = False
            return rule
    elif kind.base in ("whole", "number") and not kind.many:
        low = metadata["at_least"] if metadata["at_least"] is not None else metadata["above"]
        high = metadata["at_most"]
        if low is None:
            return None
        rule = DataValidation(type="whole" if kind.base == "whole" else "decimal", allow_blank=True, formula1=f"{low:g}")
        rule.operator = "between" if high is not None else "greaterThan" if metadata["above"] is not None else "greaterThanOrEqual"
        rule.formula2 = None if high is None else f"{high:g}"
    else:
        return None
    rule.showErrorMessage = True
    rule.errorTitle = field.name
    rule.error = _sentence(f"expected {expected_words(field, kind)}")[:250]
    return rule


def _style_of(field: dataclasses.Field[Any], kind: Kind, values: Sequence[object]) -> str:
    if kind.base in ("text", "month", "yes/no") or kind.many:
        return "input text"
    if kind.base == "whole":
        return "input whole"
    if kind.cites or not field.metadata["unit"].startswith(("t", "USD", "million")):
        return "input general"
    return f"input decimals {max((_decimals(v) for v in values if isinstance(v, (int, float))), default=0)}"


def _decimals(value: float) -> int:
    """Decimals, up to four, in which a number is shown as it is."""
    return next((n for n in range(4) if math.isclose(round(value, n), value, rel_tol=1e-9, abs_tol=1e-12)), 4)


def _note(field: dataclasses.Field[Any], kind: Kind) -> Comment:
    """The note of a header: meaning, what is expected, what blank means."""
    text = f"{field.metadata['meaning']}\n\nExpected: {expected_words(field, kind)}."
    if is_required(field):
        text += "\nMust be filled."
    if field.metadata["refers_to"]:
        text += f"\nFound on: {field.metadata['refers_to'].replace('|', ', or ')}."
    comment = Comment(text, "stockpile")
    comment.width = 340
    comment.height = 40 + 18 * sum(1 + len(line) // 46 for line in text.split("\n"))
    return comment


def _cell_value(value: object, field: dataclasses.Field[Any], kind: Kind) -> object:
    """A field's value as its cell holds it."""
    if isinstance(value, tuple):
        if kind.base == "text" and any(";" in str(part) for part in value):
            raise ValueError(f"{field.name}: a name in {value!r} has a semicolon, which separates names")
        return "; ".join(repr(p) if isinstance(p, float) else value_words(p) for p in value)
    return str(value) if kind.base == "month" and value is not None else value


def _write_settings(worksheet: Worksheet, case: Case, lists: _Lists) -> None:
    """One line per setting: parameter, value, unit, meaning, and where the value comes from."""
    record: Any = type(case.settings)
    for number, (header, width) in enumerate(zip(SETTINGS_HEADERS, _SETTINGS_WIDTHS, strict=True), start=1):
        worksheet.cell(1, number, header).style = "header required" if number <= 2 else "header provenance"
        worksheet.column_dimensions[get_column_letter(number)].width = width
    sources = {s.setting: tuple(getattr(s, name) for name in SETTINGS_HEADERS[4:]) for s in case.settings.sources}
    for row, field in enumerate(columns_of(record), start=2):
        kind = kinds_of(record)[field.name]
        value = _cell_value(getattr(case.settings, field.name), field, kind)
        style = _style_of(field, kind, (value,))
        meaning = f"{field.metadata['meaning']} {_sentence(expected_words(field, kind))}"
        texts = (field.name, value, field.metadata["unit"], meaning, *sources.get(field.name, ("",) * 4))
        for number, (text, name) in enumerate(zip(texts, ("words", style, "words", "words", *("source text",) * 4), strict=True), start=1):
            cell = worksheet.cell(row, number)
            cell.style = name
            safe_cell(cell, text)
        lines = max(_lines(str(text), width) for text, width in zip(texts, _SETTINGS_WIDTHS, strict=True))
        worksheet.row_dimensions[row].height = _LINE_POINTS * lines
        rule = _validation(field, kind, lists)
        if rule is not None:
            rule.add(f"B{row}")
            worksheet.add_data_validation(rule)
    grade = next(field for field in columns_of(Row) if field.name == "confidence")
    grades = _validation(grade, kinds_of(Row)[grade.name], lists)
    if grades is not None:
        letter = get_column_letter(SETTINGS_HEADERS.index(grade.name) + 1)
        grades.add(f"{letter}2:{letter}{len(columns_of(record)) + 1}")
        worksheet.add_data_validation(grades)
    worksheet.freeze_panes = "A2"
    _print_on_one_width(worksheet)


def _write_rows(worksheet: Worksheet, sheet: dataclasses.Field[Any], rows: tuple[Row, ...], lists: _Lists) -> None:
    """A header with notes, the rows, some spare rows to fill, drop-downs and a filter."""
    record = sheet.metadata["record"]
    provenance = {field.name for field in dataclasses.fields(Row)}
    columns = sheet_columns(record)
    heights = [1] * len(rows)
    for number, field in enumerate(columns, start=1):
        kind = kinds_of(record)[field.name]
        letter = get_column_letter(number)
        header = worksheet.cell(1, number, header_text(field))
        group = "provenance" if field.name in provenance else "required" if is_required(field) else "optional"
        header.style = f"header {group}"
        header.comment = _note(field, kind)
        values = [_cell_value(getattr(row, field.name), field, kind) for row in rows]
        style = "source text" if field.name in provenance else _style_of(field, kind, values)
        width = _width(field, values)
        worksheet.column_dimensions[letter].width = width
        for row, value in enumerate(itertools.chain(values, [None] * _SPARE_ROWS), start=2):
            cell = worksheet.cell(row, number)
            cell.style = "input cited" if kind.cites and isinstance(value, str) else style
            safe_cell(cell, value)
        if kind.base == "text":
            heights = [max(h, _lines(str(v), width)) if v else h for h, v in zip(heights, values, strict=True)]
        rule = _validation(field, kind, lists)
        if rule is not None:
            rule.add(f"{letter}2:{letter}{max(_VALIDATED_ROWS, len(rows) + _SPARE_ROWS)}")
            worksheet.add_data_validation(rule)
    for row, lines in enumerate(heights, start=2):
        worksheet.row_dimensions[row].height = _LINE_POINTS * min(lines, _MOST_LINES)
    _dress(worksheet, sheet, len(columns), len(rows))


def _dress(worksheet: Worksheet, sheet: dataclasses.Field[Any], columns: int, rows: int) -> None:
    """Freeze header and key, filter, print on one page's width."""
    keys = max(1, len(sheet.metadata["key"]))
    worksheet.row_dimensions[1].height = 2.2 * _LINE_POINTS
    worksheet.freeze_panes = f"{get_column_letter(min(keys, 3) + 1)}2"
    worksheet.auto_filter.ref = f"A1:{get_column_letter(columns)}{rows + _SPARE_ROWS + 1}"
    _print_on_one_width(worksheet)
    worksheet.print_title_rows = "1:1"


def _print_on_one_width(worksheet: Worksheet) -> None:
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.fitToHeight = 0
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _width(field: dataclasses.Field[Any], values: Sequence[object]) -> float:
    header = max(len(line) for line in header_text(field).split("\n")) + 3
    longest = max((len(str(v)) for v in values if v is not None), default=0) + 3
    widest = _NOTE_WIDTH if field.name in _LONG_TEXT else _WIDEST
    return min(widest, max(_NARROWEST, header, longest))


def _lines(text: str, width: float) -> int:
    """Lines that a text needs in a column of so many characters, less the indent on its left; at least one."""
    return max(1, len(textwrap.wrap(text, max(1, int(width) - 1))))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _write_readme(worksheet: Worksheet, case: Case, all_sheets: bool) -> None:
    """What the workbook is, how it is used, and what its colours, blanks and grades mean."""
    worksheet.column_dimensions["A"].width = 24
    worksheet.column_dimensions["B"].width = 110
    worksheet.sheet_view.showGridLines = False
    _print_on_one_width(worksheet)
    worksheet.page_setup.fitToHeight = 1
    row = 1
    present = {f.metadata["sheet"] for f in sheets_of_case() if all_sheets or _is_used(f, case)}
    for left, right in _readme_lines(case, present):
        title = not right
        first, second = worksheet.cell(row, 1), worksheet.cell(row, 2)
        first.style = second.style = "words"
        safe_cell(first, left)
        safe_cell(second, right)
        if row == 1 or title:
            first.alignment = Alignment(wrap_text=False, vertical="bottom")
            first.font = _font(bold=True, size=16 if row == 1 else 12, color="1F3864")
        if left in _COLOURS:
            first.fill = _FILLS[_COLOURS[left]]
            first.font = _font(bold=True, color="FFFFFF") if _COLOURS[left] in ("required", "optional", "provenance") else _font()
        if left in present:
            first.hyperlink = f"#'{left}'!A1"
            first.font = _font(color="0563C1", underline="single")
        worksheet.row_dimensions[row].height = (24 if row == 1 else _LINE_POINTS) * _lines(right, 110)
        row += 1


_COLOURS = {
    "Dark blue header": "required",
    "Light blue header": "optional",
    "Grey header": "provenance",
    "Pale yellow cell": "input",
    "Pale grey cell": "source",
}


def _readme_lines(case: Case, present: set[str]) -> list[tuple[str, str]]:
    """The lines of the first sheet; a line without a right side is a title."""
    sheets = [(f.metadata["sheet"], _sheet_words(f, case)) for f in sheets_of_case() if f.metadata["sheet"] in present]
    absent = [(f.metadata["sheet"], f.metadata["meaning"]) for f in sheets_of_case() if f.metadata["sheet"] not in present]
    if absent:
        way = "Copy a sheet out of the workbook that 'stockpile template NEW.xlsx --all-sheets' writes; the name must be kept."
        absent = [("Sheets that can be added", ""), ("", way), *absent]
    grades = next(f for f in dataclasses.fields(Row) if f.name == "confidence").metadata["meaning"]
    return [
        (case.settings.title, ""),
        ("", "The input of a procurement and stockpile plan. Change it, save, and solve; nothing is ever written into this file."),
        ("How to use it", ""),
        ("1. Look and change", "Each sheet holds one kind of thing, one row each. Point at a header to read what the column means."),
        ("2. Check", "stockpile validate FILE.xlsx names every fault with its cell, and compares supply with demand year by year."),
        ("3. Solve", "stockpile solve FILE.xlsx writes the plan beside it, as FILE.report.xlsx."),
        ("Colours", ""),
        ("Dark blue header", "A column that must be filled in every row."),
        ("Light blue header", "A column that may be blank; the note on the header says what blank means."),
        ("Grey header", "Where the row comes from and how far to trust it. Not used in the plan, printed beside it."),
        ("Pale yellow cell", "Input."),
        ("Pale grey cell", "Reference, date, confidence, note."),
        ("How cells are written", ""),
        ("Blank", "A blank cell means the default in the note on the header, never zero by accident. Blank rows are skipped."),
        ("Folded columns", "Columns that no row uses yet are folded away; the plus sign above the column letters opens them."),
        ("Numbers", "Numbers must be numbers, not text. A share is written 0.15 (or 15% in a percent cell); a column in % is written 15."),
        ("Months", "YYYY-MM as text, for example 2027-01; a date on the first day of a month is understood too."),
        ("Several names", "Separated by semicolons: a; b."),
        ("Names", "A name means the same on every sheet; capitals count. The drop-downs list what this file held when it was written."),
        (
            "Named assumptions",
            "Where a column takes 'the name of an assumption', the Assumptions sheet gives the value, by year or by month.",
        ),
        ("Formulas", "Allowed; the value that Excel stored is read. Open and save in Excel before solving."),
        ("Own sheets", f"Sheets whose name starts with '_' and '{README_SHEET}' are not read. Keep totals and sketches there."),
        ("Units", "Masses are tonnes of contained rare-earth oxide (t REO) unless the header says otherwise; money is real US dollars."),
        ("Confidence", f"{grades} A figure graded C is an analyst's guess: look at these first when the plan surprises."),
        ("Sheets", ""),
        *sheets,
        *absent,
    ]


def _sheet_words(field: dataclasses.Field[Any], case: Case) -> str:
    rows = getattr(case, field.name)
    count = f" {len(rows)} {'row' if len(rows) == 1 else 'rows'}." if isinstance(rows, tuple) else ""
    need = " Must be filled." if field.metadata["required"] else ""
    return f"{field.metadata['meaning']}{count}{need}"
