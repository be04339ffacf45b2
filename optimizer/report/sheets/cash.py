"""Sheet Cash: what is paid in each year, beside the annuities of the sheet Costs."""

from __future__ import annotations

import itertools
import math

from optimizer.report.book import Book
from optimizer.report.look import money
from optimizer.report.page import Column, Value, year_columns
from optimizer.report.sheets.costs import named

LEAD = (
    "Base plan, million US dollars as paid in the year, undiscounted. Capital is counted when it is spent, programmes when they are "
    "decided, prepayments at signature, and what is put up with a contract when it is put up and when it comes back: nothing as an "
    "annuity. The cost of shortage, penalties and the value of the stock left are not paid and left out. Income is negative."
)


def write(book: Book) -> None:
    """One row per cost term, one column per year, then what is paid in all and up to the end of each year."""
    view = book.view
    paid = {(row.term, row.year): row.usd_m for row in view.plan.cash}
    if not paid:
        return
    years = sorted({*view.years, *(year for _, year in paid)})
    page = book.page("Cash", "Cash", LEAD, across=3 + len(years))
    rows: list[list[Value]] = []
    for term in dict.fromkeys(term for term, _ in paid):
        amounts = [paid.get((term, year), 0.0) for year in years]
        rows.append([named(term), *amounts, math.fsum(amounts)])
    sums = [math.fsum(amount for (_, year), amount in paid.items() if year == y) for y in years]
    shown = money([*sums, math.fsum(sums)])
    columns = [Column("Term", width=30), *year_columns(years, "million USD", shown, 10), Column("All years", "million USD", "", shown, 11)]
    page.table(columns, rows, total=["Paid in the year", *sums, math.fsum(sums)], frozen=1)
    page.section("Paid from the start up to the end of the year")
    page.table(columns[:-1], [["Paid so far", *itertools.accumulate(sums)]])
