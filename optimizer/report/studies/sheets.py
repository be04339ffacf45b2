"""The workbook in which a study is answered: sheets that look like the report's, and what studies show alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl.workbook.workbook import Workbook

from optimizer.cells import plain_text
from optimizer.report.look import AMBER, BLUE, GREEN, RED
from optimizer.report.page import Column, Page, Styles, Value
from optimizer.report.write import save

SIGNALS = {
    "certified": GREEN,
    "as early": GREEN,
    "limit": AMBER,
    "later": AMBER,
    "unproven": RED,
    "impossible": RED,
    "failed": RED,
}
"""Colour of a status."""


class StudyBook:
    """A workbook whose first sheet is the answer; the others lead back to it."""

    def __init__(self, title: str) -> None:
        self.workbook = Workbook()
        self.title = plain_text(title)
        self.pages: list[Page] = []
        self._styles = Styles()

    def page(self, name: str, title: str, lead: str, across: int = 12) -> Page:
        """A new sheet."""
        home = self.pages[0].name if self.pages else name
        page = Page(self.workbook, self._styles, name, title, lead, across, home)
        self.pages.append(page)
        return page

    def save(self, path: Path) -> Path:
        """Save it whole, beside an open file of that name if need be; the path written. Raises ``OSError``."""
        for page in self.pages:
            page.finish(self.title, BLUE if page is self.pages[0] else "")
        self.workbook.properties.title = self.title[:200]
        self.workbook.properties.creator = "stockpile"
        self.workbook.active = 0
        return save(self.workbook, path)


def decisions(page: Page, heads: Sequence[str], taken: Sequence[Sequence[str]]) -> None:
    """A table of what is decided when: one row per contract, plant or programme, one column per plan. ``taken``: 'name (month)'."""
    dates: list[dict[str, list[str]]] = []
    for entries in taken:
        found: dict[str, list[str]] = {}
        for entry in entries:
            match = re.fullmatch(r"(.*) \((\d{4}-\d{2})\)", entry, flags=re.DOTALL)
            name, date = (match[1], match[2]) if match else (entry, "yes")
            found.setdefault(name, []).append(date)
        dates.append(found)
    names = list(dict.fromkeys(name for found in dates for name in found))
    rows: list[list[Value]] = [[name, *(", ".join(found.get(name, [])) for found in dates)] for name in names]
    widths = [max([12, *(2 + len(str(row[1 + place])) for row in rows)]) for place in range(len(heads))]
    columns = [Column("Decision", width=34), *(Column(head, width=min(width, 40)) for head, width in zip(heads, widths, strict=True))]
    page.table(columns, rows, frozen=1, empty="Nothing is signed, built or started in any plan.")
