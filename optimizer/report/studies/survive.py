"""Sheets on how long a plan survives: by cut-off and start, one demand at a time, and what it does not survive beyond what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.report.book import Book
from optimizer.report.look import AMBER, COUNT, GREEN, LABEL, RED, TONNES, Look
from optimizer.report.page import Column, Page, Value
from optimizer.report.survival import several

if TYPE_CHECKING:
    from optimizer.studies.survive import Joint, Nearest, Single, Survival

BEYOND = "A8D5AA"
"""Colour of months survived beyond what was asked."""

NOTHING = "E4E8EC"
"""Colour of months that are not survived and were not asked for."""

SUMMARY = (
    Column("Cut-off", width=22),
    Column("Asked", "months", "Length of the cut-off in the workbook.", COUNT, 9),
    Column("Survived", "months", "From every start tried that the plan has to survive; or from all, if none.", COUNT, 10),
    Column("Hardest start", "month", "The start, or the first of them, that is survived for the fewest months.", width=10),
)

NEAREST = (
    Column("Cut-off", width=22),
    Column("Harder by being", width=16),
    Column("Variant", width=30),
    Column("Starts tried", "", "Those survived for the fewest months.", COUNT, 9),
    Column("Result", width=13),
    Column("Fails from", "month", "A start at which it fails.", width=10),
    Column("Missing", "t REO", "At the least, over the window.", TONNES, 10),
    Column("First in", "month", "First month in which something is missing, if all is served for as long as it can be.", width=10),
    Column("Sector", "", "Whose demand then lacks most.", width=40),
    Column("Material", width=22),
    Column("Form", width=10),
)


def write(book: Book) -> None:
    """The sheets, where the book has an answer to show."""
    survival = book.view.survival
    if survival is None or not survival.joint:
        return
    _times(book, survival)
    if survival.single:
        _singles(book, survival)
    if survival.nearest:
        _nearest(book, survival.nearest)


def sentences(survival: Survival) -> list[str]:
    """One sentence for each cut-off: how long it is survived, and when, where and in what it then fails."""
    found = []
    for cutoff in survival.cutoffs:
        rows, worst = survival.of(cutoff), survival.shortest(cutoff)
        if worst is None:
            continue
        where = "the one start tried" if len(rows) == 1 else f"any of the {len(rows)} starts tried"
        if worst.reached:
            found.append(f"{cutoff}: survives {worst.months} months, the longest tried, from {where} (asked: {worst.asked_months}).")
            continue
        text = f"{cutoff}: survives {several(worst.months, 'month')} from {where} (asked: {worst.asked_months})"
        if worst.months == 0:
            text = f"{cutoff}: of {several(len(rows), 'start')} tried some are not survived for a month (asked: {worst.asked_months})"
        failure = next((row for row in survival.nearest if row.cutoff == cutoff and row.way == "longer"), None)
        if failure is not None and failure.start is not None:
            text += f"; at {several(worst.months + 1, 'month')} it fails from {failure.start} in {thing(failure)}"
        found.append(f"{text}.")
    return found


def thing(row: Nearest) -> str:
    """What runs out first, in words."""
    return f"{row.material} {row.form} for {row.sector}, in {row.month}"


def _times(book: Book, survival: Survival) -> None:
    longest = max(row.most_months for row in survival.joint)
    page = book.page("Time to survive", "Time to survive: how long each cut-off may last", across=8 + longest)
    page.width(1, 22)
    for sentence in sentences(survival):
        page.text(sentence, Look(bold=True))
    page.row += 1
    page.section("By cut-off")
    rows: list[list[Value]] = []
    for cutoff in survival.cutoffs:
        worst = survival.shortest(cutoff)
        assert worst is not None
        rows.append([cutoff, worst.asked_months, worst.months, worst.start])
    page.table(SUMMARY, rows, fill=lambda r, c, _v: _mark(rows[r]) if c == 2 else "")
    page.section("By start and length, months")
    _legend(page)
    for cutoff in survival.cutoffs:
        _heat(page, [row for row in survival.joint if row.cutoff == cutoff])


def _mark(row: Sequence[Value]) -> str:
    asked, months = row[1], row[2]
    assert isinstance(asked, int) and isinstance(months, int)
    return RED if months < asked else AMBER if months == asked else GREEN


def _legend(page: Page) -> None:
    """What the colours of the map mean."""
    for colour, words in (
        (GREEN, "survived, as long as was asked"),
        (BEYOND, "survived, longer than was asked"),
        (RED, "not survived, though the plan has to"),
        (NOTHING, "not survived; not asked for at this length or at this start"),
    ):
        page.put(page.row, 1, None, Look(fill=colour))
        page.put(page.row, 2, words, LABEL)
        page.row += 1
    page.row += 1


def _heat(page: Page, rows: Sequence[Joint]) -> None:
    """A row per start, a column per length; the months survived stand where the bar ends."""
    longest = rows[0].most_months
    columns = [
        Column("Cut-off", width=22),
        Column("Start", width=9),
        Column("Has to", "", "Whether the plan has to survive this start.", width=8),
        Column("Survived", "", "Every length up to so many months is survived.", COUNT, 10),
        *(Column(str(n), "", "", COUNT, 3.6) for n in range(1, longest + 1)),
    ]
    values: list[list[Value]] = [
        [row.cutoff, row.start, row.required, row.months, *(n if n == row.months else None for n in range(1, longest + 1))] for row in rows
    ]

    def colour(r: int, c: int, _value: Value) -> str:
        row, n = rows[r], c - 3
        if n < 1:
            return ""
        if n <= row.months:
            return GREEN if n <= row.asked_months else BEYOND
        return RED if row.required and n <= row.asked_months else NOTHING

    page.table(columns, values, fill=colour, notes=False)


def _singles(book: Book, survival: Survival) -> None:
    """A row per demand, two columns per cut-off and start."""
    page = book.page("One demand at a time", "For how long each demand can be served by itself", across=10)
    page.text(
        "First: it comes before all others from the first day. Last: all are kept at their service level for as long as all can be; from "
        "then on it comes after all others. The cut lasts as long as the longest that was tried.",
        LABEL,
    )
    page.row += 1
    heads = list(dict.fromkeys((row.cutoff, row.start) for row in survival.single))
    asked = {row.cutoff: row.asked_months for row in survival.joint}
    by_demand: dict[tuple[str, str, str], dict[object, Single]] = {}
    for row in survival.single:
        by_demand.setdefault((row.sector, row.material, row.form), {})[row.cutoff, row.start] = row
    columns = [Column("Sector", width=40), Column("Material", width=22), Column("Form", width=10)]
    for cutoff, start in heads:
        columns += [
            Column(f"{cutoff} from {start}, first", "months", "Comes before all others.", COUNT, 14),
            Column(f"{cutoff} from {start}, last", "months", "Comes after all others.", COUNT, 14),
        ]
    rows: list[list[Value]] = []
    for key, found in by_demand.items():
        values: list[Value] = [*key]
        for head in heads:
            one = found.get(head)
            values += [None, None] if one is None else [one.first_months, one.last_months]
        rows.append(values)

    def colour(_r: int, c: int, value: Value) -> str:
        if c < 3 or not isinstance(value, int):
            return ""
        cutoff = heads[(c - 3) // 2][0]
        return RED if value < asked[cutoff] else AMBER if value == asked[cutoff] else GREEN

    page.table(columns, rows, fill=colour, filtered=True, frozen=3)


def _nearest(book: Book, rows: Sequence[Nearest]) -> None:
    page = book.page("Nearest failures", "What the plan does not survive beyond what was asked", across=11)
    values: list[list[Value]] = [
        [
            row.cutoff,
            row.way,
            row.variant,
            row.starts,
            "survived" if row.survived else "not survived",
            row.start,
            None if row.survived else row.missing_t,
            row.month,
            row.sector or None,
            row.material or None,
            row.form or None,
        ]
        for row in rows
    ]
    ruled = {i for i, row in enumerate(rows) if i and rows[i - 1].cutoff != row.cutoff}
    page.table(
        NEAREST, values, fill=lambda r, c, _v: (GREEN if rows[r].survived else RED) if c == 4 else "", filtered=True, frozen=1, ruled=ruled
    )
