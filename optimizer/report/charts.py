"""Native Excel charts that show the same everywhere: values cached, lines straight, axes visible, titles with units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.chart import BarChart, LineChart, ScatterChart
from openpyxl.chart._chart import ChartBase
from openpyxl.chart.axis import ChartLines, TextAxis
from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import Series, SeriesLabel, XYSeries
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from optimizer.cells import plain_text
from optimizer.report.look import FAINT, INK, RULE, SERIES

GRID = "E3E8ED"
WIDTH_CM, HEIGHT_CM = 24, 9


@dataclass(frozen=True)
class Span:
    """Cells in one row or one column of a sheet: from (row, column) over ``count`` cells to the right, or ``down``."""

    sheet: Worksheet
    row: int
    column: int
    count: int = 1
    down: bool = False

    @property
    def reference(self) -> str:
        """The cells as a formula names them."""
        row, column = (self.row + self.count - 1, self.column) if self.down else (self.row, self.column + self.count - 1)
        first = f"${get_column_letter(self.column)}${self.row}"
        last = f"${get_column_letter(column)}${row}"
        return f"{quote_sheetname(self.sheet.title)}!{first}" + (f":{last}" if self.count > 1 else "")

    @property
    def values(self) -> list[object]:
        """What stands in the cells."""
        step = (1, 0) if self.down else (0, 1)
        return [self.sheet.cell(self.row + k * step[0], self.column + k * step[1]).value for k in range(self.count)]


def line_chart(title: str, unit: str, categories: Span, series: Sequence[tuple[Span, Span]], over: str) -> ChartBase:
    """Lines over time; ``series`` are (name, values), ``over`` says what runs along the bottom."""
    chart = LineChart()
    for i, (name, values) in enumerate(series):
        one = _series(i, categories, name, values)
        one.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=SERIES[i % len(SERIES)], w=22_000))
        one.smooth = False
        one.marker = Marker(symbol="none")
        chart.series.append(one)
    return _dressed(chart, title, unit, over, categories.count)


def column_chart(
    title: str, unit: str, categories: Span, series: Sequence[tuple[Span, Span]], over: str, stacked: bool = True
) -> ChartBase:
    """Columns over time, stacked or side by side."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked" if stacked else "clustered", 100 if stacked else 0, 45
    for i, (name, values) in enumerate(series):
        one = _series(i, categories, name, values)
        one.graphicalProperties = GraphicalProperties(solidFill=SERIES[i % len(SERIES)], ln=LineProperties(noFill=True))
        one.invertIfNegative = False
        chart.series.append(one)
    return _dressed(chart, title, unit, over, categories.count)


def scatter_chart(title: str, unit: str, series: Sequence[tuple[Span, Span, Span]], over: str) -> ChartBase:
    """Points joined by straight lines, along the bottom as far apart as their figures; ``series`` are (name, x, y)."""
    chart = ScatterChart()
    chart.style, chart.scatterStyle = 13, "lineMarker"
    for i, (name, x, y) in enumerate(series):
        colour = SERIES[i % len(SERIES)]
        one = XYSeries(idx=i, order=i, xVal=AxDataSource(numRef=_numbers(x)), yVal=NumDataSource(numRef=_numbers(y)))
        one.tx = SeriesLabel(strRef=_text(name))
        one.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=colour, w=22_000))
        one.marker = Marker(symbol="circle", size=6, spPr=GraphicalProperties(solidFill=colour, ln=LineProperties(solidFill=colour)))
        one.smooth = False
        chart.series.append(one)
    chart.x_axis.majorGridlines = None
    return _dressed(chart, title, unit, over, 0)


def _numbers(span: Span) -> NumRef:
    """Cells with numbers, and what stands in them; those that are empty are left out of the chart."""
    points = [NumVal(idx=k, v=repr(float(v))) for k, v in enumerate(span.values) if isinstance(v, (int, float))]
    return NumRef(f=span.reference, numCache=NumData(formatCode="General", ptCount=span.count, pt=points))


def _series(i: int, categories: Span, name: Span, values: Span) -> Series:
    one = Series(idx=i, order=i, val=NumDataSource(numRef=_numbers(values)), cat=_categories(categories))
    one.tx = SeriesLabel(strRef=_text(name))
    return one


def _categories(span: Span) -> AxDataSource:
    values = span.values
    if all(isinstance(v, (int, float)) for v in values):
        numbers = [NumVal(idx=k, v=str(v)) for k, v in enumerate(values)]
        return AxDataSource(numRef=NumRef(f=span.reference, numCache=NumData(formatCode="0", ptCount=span.count, pt=numbers)))
    return AxDataSource(strRef=_text(span))


def _text(span: Span) -> StrRef:
    points = [StrVal(idx=k, v=str(v)) for k, v in enumerate(span.values) if v is not None]
    return StrRef(f=span.reference, strCache=StrData(ptCount=span.count, pt=points))


def _letters(size: int, colour: str, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=colour)


def _rich(size: int, colour: str) -> RichText:
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=_letters(size, colour)), endParaRPr=_letters(size, colour))])


def _title(text: str, size: int, colour: str, bold: bool) -> Title:
    run = RegularTextRun(rPr=_letters(size, colour, bold), t=plain_text(text))
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=_letters(size, colour, bold)), r=[run])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _dressed(chart: LineChart | BarChart | ScatterChart, title: str, unit: str, over: str, count: int) -> ChartBase:
    chart.title = _title(title, 1200, INK, True)
    chart.width, chart.height = WIDTH_CM, HEIGHT_CM
    for axis, text in ((chart.x_axis, over), (chart.y_axis, unit)):
        axis.delete = False
        axis.title = _title(text, 900, FAINT, False)
        axis.txPr = _rich(900, FAINT)
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=RULE))
    chart.x_axis.tickLblPos = "low"
    if isinstance(chart.x_axis, TextAxis):
        chart.x_axis.tickLblSkip = chart.x_axis.tickMarkSkip = max(1, round(count / 14))
    chart.x_axis.number_format = "General"
    chart.y_axis.number_format = _scale(chart)
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill=GRID)))
    if chart.legend is not None:
        chart.legend.position, chart.legend.overlay = "r", False
        chart.legend.txPr = _rich(900, INK)
    return chart


def _scale(chart: LineChart | BarChart | ScatterChart) -> str:
    """Number format of the value axis: decimals where the values are small."""
    values = [s.yVal if isinstance(chart, ScatterChart) else s.val for s in chart.series]
    points = [float(p.v) for v in values for p in v.numRef.numCache.pt]
    top = max((abs(p) for p in points), default=0.0)
    return "#,##0" if top >= 10 else "0.0" if top >= 1 else "0.00"
