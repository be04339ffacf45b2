"""Sheet Run: which input, which versions, how large the model, where the time went; what the words mean."""

from __future__ import annotations

import math
from dataclasses import replace

from models.case import Settings, SettingSource
from models.columns import columns_of
from models.plan import Summary
from optimizer.report.book import Book
from optimizer.report.look import LABEL, PLAIN, SECONDS, TEXT, TINY, Look
from optimizer.report.page import ROW_POINTS, Page, Value

MEANING_WIDTH = 100

WORDS = (
    (
        "t REO",
        "Tonnes of contained rare-earth oxide: the common measure of all forms. Own mass (metal, product) is said where it is meant.",
    ),
    ("Base plan", "What is done while no cut-off has begun."),
    ("Cut-off", "A stop of supply: who, what, how much, how long. It is not announced."),
    ("Pattern", "One cut-off that begins in one month. Nothing done before that month depends on it."),
    ("Survival window", "The months in which a pattern is tested: the cut, and the return of supply after it."),
    ("Recourse", "What is done inside the window: draw down stocks, buy what is left, lift contracts, convert."),
    ("Survived", "Every protected sector gets its service level in every month of the window."),
    ("Margin", "By so many per cent all demand could be higher and the pattern still be survived; 0: binding."),
    ("Target", "The least stock that the plan holds at the starts of a year that must be survived."),
    ("Bound, gap", "No plan can cost less than the bound; the gap is what the cost may lie above it, as a share of the cost."),
    ("Year", "Calendar year; a period belongs to the year of its first month."),
    ("Discounted", "Counted in money of the first day of the plan, at the rate of the workbook."),
)
"""The words of the report."""


def write(book: Book) -> None:
    """The summary field by field, the stages, the words."""
    plan = book.view.plan
    page = book.page("Run", "Run", across=3)
    page.section("Answer and model")
    _fields(page, book.view.plan.summary)
    page.row += 1
    page.section("Calendar and money")
    _fields(page, book.view.case.settings)
    page.row += 1
    page.section("Time, s (wall-clock)")
    for stage in plan.stages:
        page.put(page.row, 1, stage.stage, LABEL)
        page.put(page.row, 2, stage.seconds, Look(format=SECONDS, align="left"))
        page.row += 1
    page.put(page.row, 1, "total", LABEL)
    page.put(page.row, 2, sum(s.seconds for s in plan.stages), Look(format=SECONDS, align="left", bold=True))
    page.row += 2
    page.section("Words")
    for word, meaning in WORDS:
        page.put(page.row, 1, word, LABEL)
        page.put(page.row, 2, meaning, PLAIN)
        page.row += 1
    page.fix_widths([30, 68, MEANING_WIDTH])


def _fields(page: Page, record: Summary | Settings) -> None:
    """One line per field: name, value, unit and meaning, of a setting also where its value comes from."""
    sources = {row.setting: row for row in record.sources} if isinstance(record, Settings) else {}
    for field in columns_of(type(record)):
        value: Value = getattr(record, field.name)
        number = TINY if field.name == "largest_violation" else _number(value)
        unit = f"[{field.metadata['unit']}] " if field.metadata["unit"] else ""
        page.put(page.row, 1, field.name.replace("_", " "), LABEL)
        page.put(page.row, 2, "not known" if value in (None, "") else value, Look(format=number, align="left"))
        said = unit + field.metadata["meaning"] + (_source_words(sources[field.name]) if field.name in sources else "")
        page.put(page.row, 3, said, replace(LABEL, wrap=True))
        page.sheet.row_dimensions[page.row].height = ROW_POINTS * math.ceil(len(said) / MEANING_WIDTH)
        page.row += 1


def _source_words(row: SettingSource) -> str:
    """Where a setting comes from, as a sentence after its meaning."""
    graded = f"confidence {row.confidence}" if row.confidence else ""
    return f" Source: {'; '.join(part for part in (row.reference, row.dated, graded, row.note) if part)}."


def _number(value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return TEXT
    return "#,##0" if isinstance(value, int) else "#,##0.00####"
