"""Ages of stocks with a shelf life, first in, first out, month by month from the rows."""

from __future__ import annotations

import collections
import math

from models.plan import Plan
from optimizer.audit.book import Book, StockKey
from optimizer.audit.rows import BASE, Run
from optimizer.audit.verdict import Ledger

SMALLEST_T = 1e-5
"""Tonnes of one month's intake up to which a row of ages may be left out, or differ."""


class Ages:
    """What was put into one stock, month by month: in the base plan up to the start of the run, then in the run."""

    def __init__(self, book: Book, key: StockKey, base: Run, run: Run) -> None:
        """Spreads what a period puts in evenly over its months; of the base plan only the months before a cut count."""
        self._stock = book.stocks[key]
        self._opening = book.opening(key)
        self.put_in: dict[int, tuple[float, int]] = {}
        for timeline, ends in ((base, run.begins), (run, math.inf)):
            for first, months in timeline.slots:
                row = timeline.stocks.get((key, first))
                for m in range(first, first + months) if row is not None and row.added_t > 0 else ():
                    if m < ends and row is not None:
                        self.put_in[m] = (row.added_t / months, first + months)
            if run is base:
                break

    def young(self, end: int) -> float:
        """Most that can lie there at the end of month ``end`` - 1: all that is no older than the shelf life, none of it drawn."""
        return math.fsum(tonnes for _, tonnes in self.cohorts(end))

    def cohorts(self, end: int) -> list[tuple[int | None, float]]:
        """What of each month's intake is left by loss alone and no older than the shelf life, youngest first; None: the opening stock.

        Loss begins with the period after the one in which it was put in.
        """
        life = self._stock.shelf_life_months or 0
        kept = 1 - self._stock.loss_pct_per_yr / 100
        found: list[tuple[int | None, float]] = [
            (m, tonnes * kept ** (max(0, end - closed) / 12))
            for m, (tonnes, closed) in sorted(self.put_in.items(), reverse=True)
            if end - life <= m < end
        ]
        if end + self._stock.opening_age_months <= life:
            found.append((None, self._opening * kept ** (end / 12)))
        return found


def check_ages(book: Book, plan: Plan, base: Run, ledger: Ledger) -> None:
    """The table of ages: of each month's intake lies there what the level leaves once all that is younger is counted."""
    shown: dict[tuple[StockKey, int], dict[int | None, float]] = collections.defaultdict(dict)
    for row in plan.stock_ages:
        key = (row.store, row.material, row.form)
        known = key in book.stocks and book.stocks[key].shelf_life_months is not None
        ledger.holds("names", known, BASE, None, key, "a stock with a shelf life", "another")
        put_in = None if row.put_in is None else book.clock.month(row.put_in)
        shown[key, book.clock.month(row.period)][put_in] = row.level_t
        if known:
            end = dict(base.slots).get(book.clock.month(row.period), 0) + book.clock.month(row.period)
            age = end + book.stocks[key].opening_age_months if put_in is None else end - put_in
            ledger.equal("stock-age", row.age_months, age, BASE, book.clock.month(row.period), (*key, "age_months"))
            ledger.at_most("stock-age", age, book.stocks[key].shelf_life_months or 0, BASE, book.clock.month(row.period), (*key, "age"))
    for key, stock in book.stocks.items():
        if stock.shelf_life_months is None:
            continue
        ages = Ages(book, key, base, base)
        for first, months in base.slots:
            stock_row = base.stocks.get((key, first))
            level = 0.0 if stock_row is None else stock_row.level_t
            told = shown.pop((key, first), {})
            for put_in, most in ages.cohorts(first + months):
                part = min(most, max(0.0, level))
                level -= part
                ledger.equal("stock-age", told.pop(put_in, 0.0), part, BASE, first, (*key, "put in", str(put_in)), scale=10.0)
            for put_in, tonnes in told.items():
                ledger.at_most("stock-age", tonnes, 0.0, BASE, first, (*key, "put in", str(put_in)))
