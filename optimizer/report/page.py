"""One sheet of the report, written from top to bottom: title, lead, sections, tables.

Every cell goes through `safe_cell`, so no text of the planner's becomes a formula and no number is lost as a blank.
"""

from __future__ import annotations

import copy
import functools
import math
import textwrap
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.chart._chart import ChartBase
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from models.columns import Month
from optimizer.cells import safe_cell
from optimizer.report.look import (
    HEADER,
    HYPERLINK,
    INK_ON,
    LABEL,
    LEAD,
    PLAIN,
    RULED,
    SECTION,
    TEXT,
    TITLE,
    TONNES,
    TOTAL,
    UNIT,
    Look,
    fitting,
)

Value = str | int | float | bool | Month | None
"""What a cell may show."""

PAPER_A4, PAPER_A3 = "9", "8"
POINTS_PER_CM = 28.35
ROW_POINTS = 15.0
"""Height of a row that nothing makes higher."""

A4_ACROSS, A4_DOWN = 784.0, 501.0
"""Points of a landscape page inside its margins."""

CHARACTER_POINTS = 5.25
BOLD = 1.08
NEARLY = 1.4
"""A sheet at most so much higher than one page (or two, without charts) is printed a little smaller, on that."""

CHARACTERS_A4, CHARACTERS_A3 = 230, 330
"""Landscape pages take about so many characters across before their print becomes too small to read."""


@dataclass(frozen=True)
class Column:
    """A column of a table: header, unit (in the row below it), meaning (its note), number format and width in characters."""

    label: str
    unit: str = ""
    meaning: str = ""
    format: str = TEXT
    width: float = 12.0

    @property
    def number(self) -> bool:
        """Whether it holds numbers."""
        return self.format != TEXT


@dataclass(frozen=True)
class Placed:
    """Where a table stands on its sheet: first and last row of its body, and its first column."""

    header: int
    first: int
    last: int
    left: int

    @property
    def empty(self) -> bool:
        """Whether it has no row."""
        return self.last < self.first


def year_columns(years: Sequence[int], unit: str, format: str = TONNES, width: float = 9.0) -> list[Column]:
    """One column per calendar year."""
    return [Column(str(year), unit, "", format, width) for year in years]


class Styles:
    """Styles already made in a workbook: setting a known one costs one copy."""

    def __init__(self) -> None:
        self._made: dict[tuple[Look, bool], Any] = {}

    def apply(self, cell: Cell, look: Look) -> None:
        """Give a cell its look; call it after the value is set."""
        key = (look, bool(cell.quotePrefix))
        made = self._made.get(key)
        if made is None:
            cell.font, cell.fill, cell.border = look.font(), look.pattern(), look.border()
            cell.alignment, cell.number_format = look.alignment(), look.format
            self._made[key] = copy.copy(cell._style)  # type: ignore[attr-defined]
        else:
            cell._style = copy.copy(made)  # type: ignore[attr-defined]


class Page:
    """A sheet and the row at which writing goes on."""

    def __init__(self, book: Workbook, styles: Styles, name: str, title: str, lead: str, across: int = 12, home: str = "Plan") -> None:
        sheet = (
            book.active if len(book.worksheets) == 1 and book.active is not None and book.active.title == "Sheet" else book.create_sheet()
        )
        assert isinstance(sheet, Worksheet)
        self.sheet: Worksheet = sheet
        self.sheet.title = name
        self.name = name
        self._styles = styles
        self._widths: dict[int, float] = {}
        self.row = 1
        self.across = across
        self.fixed = False
        self._charts = 0
        self._breaks: list[int] = []
        self.sheet.sheet_view.showGridLines = False
        self.put(1, 1, title, TITLE)
        self.sheet.row_dimensions[1].height = 24
        self.row = 2
        if lead:
            self.text(lead, LEAD)
        if name != home:
            self.link(self.row, 1, home, "Back to the plan" if home == "Plan" else "Back to the first sheet")
            self.row += 1
        self.row += 1

    def put(self, row: int, column: int, value: Value, look: Look = PLAIN) -> Cell:
        """Write one value with its look. A number that is not finite is written as 'not known'."""
        cell = self.sheet.cell(row, column)
        assert isinstance(cell, Cell)
        if isinstance(value, float) and not math.isfinite(value):
            value, look = "not known", replace(look, format=TEXT, align="right")
        safe_cell(cell, value)
        self._styles.apply(cell, look)
        return cell

    def link(self, row: int, column: int, sheet: str, text: str, look: Look = HYPERLINK) -> None:
        """A link to the top of another sheet."""
        cell = self.put(row, column, text, look)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{sheet}'!A1", display=text)
        self._styles.apply(cell, look)

    def text(self, text: str, look: Look = PLAIN, characters: int = 150) -> None:
        """A paragraph in lines of so many characters, one below the other; each runs over the empty cells to its right."""
        for line in textwrap.wrap(text, characters, break_long_words=False):
            self.put(self.row, 1, line, look)
            self.row += 1

    def band(self, text: str, look: Look, characters: int) -> None:
        """A paragraph across the page on its own background, as high as its lines need."""
        self.merged(self.row, 1, self.across, text, replace(look, wrap=True))
        lines = sum(max(1, math.ceil(len(part) / characters)) for part in text.split("\n"))
        self.sheet.row_dimensions[self.row].height = lines * look.size * 1.36 + 4
        self.row += 1

    def merged(self, row: int, left: int, right: int, value: Value, look: Look) -> None:
        """One value over several columns."""
        for column in range(left, right + 1):
            self.put(row, column, None, look)
        self.put(row, left, value, look)
        if right > left:
            self.sheet.merge_cells(start_row=row, end_row=row, start_column=left, end_column=right)

    def section(self, text: str) -> None:
        """The heading of a part of the sheet."""
        for column in range(2, self.across + 1):
            self.put(self.row, column, None, SECTION)
        self.put(self.row, 1, text, SECTION)
        self.sheet.row_dimensions[self.row].height = 20
        self.row += 1

    def fix_widths(self, characters: Sequence[float]) -> None:
        """Set the widths of the first columns once; tables no longer change any."""
        self._widths = dict(enumerate(characters, 1))
        self.fixed = True

    def width(self, column: int, characters: float) -> None:
        """Make a column at least so wide."""
        self._widths[column] = max(self._widths.get(column, 0.0), characters)

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Value]],
        *,
        total: Sequence[Value] | None = None,
        fill: Callable[[int, int, Value], str] | None = None,
        filtered: bool = False,
        frozen: int | None = None,
        empty: str = "None.",
        left: int = 1,
        row_format: bool = False,
        notes: bool = True,
        ruled: Container[int] = (),
    ) -> Placed:
        """Header, units, rows and total; the cursor then stands below one blank row.

        ``fill(row, column, value)`` (counted from 0) names the colour of a cell or "". ``frozen``: keep the header and so many
        columns in sight. ``row_format``: tonnes of one row share the number of decimals (for rows along time).
        ``ruled``: rows, counted from 0, that have a line above.
        """
        header = self.row
        self._header(columns, left, notes)
        first = self.row
        for i, values in enumerate(rows):
            self._row(columns, values, left, RULED if i in ruled else PLAIN, row_format, None if fill is None else _on_row(fill, i))
        placed = Placed(header, first, self.row - 1, left)
        if not rows:
            self.put(self.row, left, empty, replace(LABEL, italic=True))
            self.row += 1
        if total is not None:
            self._row(columns, total, left, TOTAL, row_format, None)
        if filtered and rows:
            last = get_column_letter(left + len(columns) - 1)
            self.sheet.auto_filter.ref = f"{get_column_letter(left)}{first - 1}:{last}{placed.last}"
        if frozen is not None:
            self.sheet.freeze_panes = f"{get_column_letter(left + frozen)}{first}"
            self.sheet.print_title_rows = f"{header}:{first - 1}"
        self.row += 1
        return placed

    def _header(self, columns: Sequence[Column], left: int, notes: bool) -> None:
        deepest, units = 1, any(c.unit for c in columns)
        top = HEADER if units else replace(HEADER, below="thin")
        for j, column in enumerate(columns):
            align, indent = ("right", 0) if column.number else ("left", int(j > 0))
            label: Value = int(column.label) if column.label.isdigit() else column.label
            cell = self.put(self.row, left + j, label, replace(top, align=align, indent=indent))
            if units:
                self.put(self.row + 1, left + j, column.unit, replace(UNIT, align=align, indent=indent))
            if not self.fixed:
                self.width(left + j, column.width)
            deepest = max(deepest, _lines(column.label, self._widths[left + j]))
            if notes and column.meaning:
                cell.comment = Comment(column.meaning, "report", height=90, width=260)
        self.sheet.row_dimensions[self.row].height = 14.0 * deepest + 2
        self.row += 2 if units else 1

    def _row(
        self,
        columns: Sequence[Column],
        values: Sequence[Value],
        left: int,
        look: Look,
        row_format: bool,
        fill: Callable[[int, Value], str] | None,
    ) -> None:
        shared = (
            fitting(v for c, v in zip(columns, values, strict=True) if c.format == TONNES and isinstance(v, float)) if row_format else ""
        )
        for j, (column, value) in enumerate(zip(columns, values, strict=True)):
            chosen = column.format
            if chosen == TONNES:
                chosen = shared or fitting([value] if isinstance(value, (int, float)) else [])
            colour = fill(j, value) if fill is not None else ""
            styled = _styled(look, chosen, column.number, j > 0, colour)
            self.put(self.row, left + j, value, styled)
        self.row += 1

    def chart(self, chart: ChartBase, column: int = 1) -> None:
        """A chart at the cursor, which then stands below it; printed, two charts share a page of their own."""
        if self._charts % 2 == 0:
            self.new_page()
        self._charts += 1
        self.sheet.add_chart(chart, f"{get_column_letter(column)}{self.reserve(chart.height)}")

    def reserve(self, height_cm: float) -> int:
        """Leave room for a chart at the cursor; gives the row at which it starts."""
        row = self.row
        self.row += math.ceil(height_cm * POINTS_PER_CM / ROW_POINTS) + 1
        return row

    def new_page(self) -> None:
        """When printed, go on at the top of a new page."""
        self._breaks.append(self.row - 2)

    def finish(self, title: str, tab: str = "") -> None:
        """Set widths and print: landscape A4, as many pages across as the width needs, sheet name and page number below."""
        for column, characters in self._widths.items():
            self.sheet.column_dimensions[get_column_letter(column)].width = characters
        used = sum(self._widths.get(c, 9.0) for c in range(1, self.sheet.max_column + 1))
        setup = self.sheet.page_setup
        wide = used > CHARACTERS_A4
        setup.orientation, setup.paperSize = "landscape", PAPER_A3 if wide else PAPER_A4
        setup.fitToWidth, setup.fitToHeight = max(1, math.ceil(used / CHARACTERS_A3)), 0
        pages = self.row * ROW_POINTS * min(1.0, A4_ACROSS / (used * CHARACTER_POINTS)) / A4_DOWN
        if pages <= NEARLY:
            setup.fitToHeight = 1
        elif self._breaks:
            for row in self._breaks:
                self.sheet.row_breaks.append(Break(id=row))
        elif pages <= 2 * NEARLY:
            setup.fitToHeight = 2
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        if tab:
            self.sheet.sheet_properties.tabColor = tab
        margins = self.sheet.page_margins
        margins.left = margins.right = 0.4
        margins.top, margins.bottom, margins.footer = 0.5, 0.8, 0.4
        self.sheet.oddFooter = HeaderFooterItem(
            left=_HeaderFooterPart(title[:120].replace("&", "&&"), size=8),
            center=_HeaderFooterPart("&A", size=8),
            right=_HeaderFooterPart("Page &P of &N", size=8),
        )


@functools.cache
def _styled(look: Look, number_format: str, number: bool, indented: bool, colour: str) -> Look:
    """The look of a cell of a table."""
    ink = INK_ON.get(colour, look.colour)
    return replace(
        look, format=number_format, align="right" if number else "left", indent=int(indented and not number), fill=colour, colour=ink
    )


def _on_row(fill: Callable[[int, int, Value], str], row: int) -> Callable[[int, Value], str]:
    return lambda column, value: fill(row, column, value)


def _lines(text: str, width: float) -> int:
    """Lines that a header of words needs in a column of so many characters; bold letters are wider."""
    width = width / BOLD
    lines, room = 1, width
    for word in text.split():
        if len(word) > room and room < width:
            lines, room = lines + 1, width
        room -= len(word) + 1
    return lines
