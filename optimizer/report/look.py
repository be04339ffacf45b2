"""How the report looks: colours, number formats, and the look of a cell.

Green, amber and red are kept for one meaning each: survived or right, binding or to be known, failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

INK = "222B35"
FAINT = "6B7785"
BLUE = "1F4E79"
LINK = "1F5FA8"
PAPER = "FFFFFF"
BAND = "EDF2F7"
RULE = "B8C4D0"

GREEN = "DDF0DD"
AMBER = "FFF0C2"
RED = "F9D3D0"
INK_ON = {GREEN: "1E5C2B", AMBER: "7A5200", RED: "9B1C1C"}
"""Colour of the text on a signal colour."""

SERIES = ("1F4E79", "E08E2B", "4C9A6A", "B64A4A", "7A6BB0", "5BA7C9", "A98B5D", "D27BA8", "6F7D8C", "A9B84B", "2F7F86", "C9B037")
"""Colours of the series of a chart, in order; told apart also when printed in grey as far as twelve can be."""

FONT = "Calibri"

Line = Literal["", "hair", "thin", "medium"]

TEXT = "@"
WHOLE = '#,##0;-#,##0;"-"'
COUNT = "#,##0"
YEAR = "0"
TONNES = "tonnes"
"""Stands for a format with about three significant digits, chosen by `fitting`."""
PERCENT = '0.0;-0.0;"-"'
MARGIN = "0.0"
MONEY = '#,##0.0;-#,##0.0;"-"'
PRICE = '#,##0.00;-#,##0.00;"-"'
TINY = "0.0E+00"
SECONDS = "0.00"


def fitting(values: Iterable[float | None]) -> str:
    """The number format that shows about three digits of the largest of the values; zero is a dash."""
    top = max((abs(v) for v in values if v is not None), default=0.0)
    if top == 0.0 or top >= 99.95:
        return WHOLE
    places = 1 if top >= 0.9995 else 2 if top >= 0.0995 else 3
    return _with(places)


def money(values: Iterable[float]) -> str:
    """The number format of a table of million dollars: one place, and more where the largest of the values is small; zero is a dash."""
    top = max((abs(v) for v in values), default=0.0)
    return _with(1 if top >= 99.95 else 2 if top >= 9.995 else 3)


def _with(places: int) -> str:
    """A number format with so many places; zero is a dash."""
    number = "#,##0." + "0" * places
    return f'{number};-{number};"-"'


@dataclass(frozen=True)
class Look:
    """The look of a cell; two cells that look alike share one style of the workbook."""

    bold: bool = False
    italic: bool = False
    size: float = 10
    colour: str = INK
    fill: str = ""
    format: str = "General"
    align: str = ""
    wrap: bool = False
    indent: int = 0
    above: Line = ""
    below: Line = ""
    underline: bool = False
    middle: bool = False

    def font(self) -> Font:
        """Its font."""
        return Font(
            name=FONT, size=self.size, bold=self.bold, italic=self.italic, color=self.colour, underline="single" if self.underline else None
        )

    def pattern(self) -> PatternFill:
        """Its background."""
        return PatternFill("solid", start_color=self.fill, end_color=self.fill) if self.fill else PatternFill()

    def border(self) -> Border:
        """Its lines above and below."""
        return Border(top=_side(self.above), bottom=_side(self.below))

    def alignment(self) -> Alignment:
        """Its alignment; text that wraps starts at the top unless it is centred."""
        vertical = "center" if self.middle else "top" if self.wrap else None
        return Alignment(horizontal=self.align or None, vertical=vertical, wrap_text=self.wrap or None, indent=self.indent)


def _side(style: Line) -> Side | None:
    return Side(style=style, color=RULE) if style else None


PLAIN = Look()
TITLE = Look(bold=True, size=16, colour=BLUE)
LEAD = Look(size=10, colour=FAINT)
SECTION = Look(bold=True, size=12, colour=BLUE, below="medium")
HEADER = Look(bold=True, fill=BAND, wrap=True, colour=INK)
UNIT = Look(italic=True, size=9, fill=BAND, colour=FAINT, below="thin")
LABEL = Look(size=9, colour=FAINT)
RULED = Look(above="thin")
TOTAL = Look(bold=True, above="thin")
HYPERLINK = Look(colour=LINK, underline=True)
