"""Pages of the cost of waiting."""

from __future__ import annotations

from pathlib import Path

from optimizer.report.charts import Span, column_chart
from optimizer.report.look import TONNES, money
from optimizer.report.page import Column, Value
from optimizer.report.studies.sheets import SIGNALS, StudyBook, decisions
from optimizer.studies.waiting import Later, Waiting

LEAD = (
    "The same case, decided later: before the date no contract is signed, no plant, programme or cell decided, no plant stopped; what is "
    "in force goes on. The same cut-offs must be survived, from the same first starts where that can still be had, else as early as "
    "can be. Cost is discounted to the start of the plan, in million US dollars."
)

ANSWERS = {
    "as early": "as early as if decided at once",
    "later": "only later",
    "impossible": "not at all",
    "unproven": "not known: a limit was reached",
    "failed": "no answer",
}
"""A status in the words of its column."""


def write_waiting(answer: Waiting, path: Path) -> Path:
    """Write the cost of waiting as a workbook and return the path written. Raises ``OSError``."""
    book = StudyBook(answer.title)
    page = book.page("Waiting", "What it costs to wait", LEAD, 10)
    for line in said(answer):
        page.text(line)
    page.row += 1
    rows = answer.rows
    usd = money([row.cost_usd_m for row in rows if row.cost_usd_m is not None])
    columns = [
        Column("Decided from", width=13),
        Column("Years later", "years", "", "0.##", 8),
        Column("Survives", "", "Whether the same first starts can still be had.", width=28),
        Column("Cost", "million USD", "Discounted cost of the plan.", usd, 13),
        Column("Bound", "million USD", "No plan costs less.", usd, 13),
        Column("Waiting costs", "million USD", "More than the plan decided at once; where survived only later, for less safety.", usd, 13),
        Column("Ready later by", "months", "The first start that moves most.", "0", 10),
        Column("Lacks", "t REO", "From the same first starts, at the least, in the pattern that lacks most.", TONNES, 10),
        Column("Most stock", "t REO", "The most that lies in all stores together.", TONNES, 11),
    ]
    body: list[list[Value]] = []
    for row in rows:
        told: list[Value] = [row.decided_from, row.years, ANSWERS[row.status], row.cost_usd_m, row.bound_usd_m, row.more_usd_m]
        body.append([*told, row.months_later, row.missing_t, row.most_stock_t])
    placed = page.table(columns, body, fill=lambda i, j, value: SIGNALS[rows[i].status] if j == 2 else "")
    if sum(1 for row in rows if row.cost_usd_m is not None) > 1:
        dates = Span(page.sheet, placed.first, 1, len(rows), down=True)
        more = Span(page.sheet, placed.first, 6, len(rows), down=True)
        series = [(Span(page.sheet, placed.header, 6), more)]
        page.chart(column_chart("What waiting costs", "million USD, discounted", dates, series, "Decided from"))
    page.section("What waiting gives away")
    page.table(
        [Column("Decided from", width=13), Column("", width=8), Column("What", width=28)],
        [[row.decided_from, "", text] for row in rows for text in given_away(row)],
        empty="Nothing: all options are still open in time, and the plan takes the same.",
    )
    plans = [row for row in rows if row.cost_usd_m is not None]
    if plans:
        lead = "What each plan signs, builds and starts, with the month of the decision."
        page = book.page("Decisions", "What is decided", lead, 1 + len(plans))
        decisions(page, [f"from {row.decided_from}" for row in plans], [(*row.signed, *row.built) for row in plans])
    return book.save(path)


def said(answer: Waiting) -> list[str]:
    """What there is to know besides the rows, in sentences."""
    if answer.stocks_wait:
        return ["The stockpile waits too: before the date of decision no store holds more than on the first day."]
    return ["Material may be bought and stored at once; only commitments wait."]


def given_away(row: Later) -> list[str]:
    """What can no longer be decided in time, what the plan takes no longer, and from when each cut-off is then survived."""
    found = [f"can no longer be decided in time: {name}" for name in row.lost]
    found += [f"is no longer taken: {name}" for name in row.dropped]
    if row.status == "later":
        found += [f"survived only from: {text}" for text in row.ready]
    if row.note:
        found.append(row.note)
    return found
