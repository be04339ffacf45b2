"""Stocks of one run, replayed from period to period."""

from __future__ import annotations

from models.case import Stock
from models.plan import StockLevel
from optimizer.audit.book import Book, StockKey
from optimizer.audit.clock import Slot
from optimizer.audit.rows import Run
from optimizer.audit.verdict import Ledger


class Levels:
    """Levels of the base plan at any instant. Where a period has no row its level is 0."""

    def __init__(self, book: Book, base: Run) -> None:
        """Reads the levels at the boundaries of the base plan's periods, the opening stock first."""
        self._slots = base.slots
        self._at = {
            key: [book.opening(key), *(row.level_t if (row := base.stocks.get((key, first))) else 0.0 for first, _ in base.slots)]
            for key in book.stocks
        }
        self._slot_of = [n for n, (_, months) in enumerate(base.slots) for _ in range(months)]

    def at(self, key: StockKey, month: int) -> float:
        """Level at the first instant of a month: on a boundary the one that stands there, within a period on the straight line
        between its two ends.
        """
        levels = self._at[key]
        if month >= len(self._slot_of):
            return levels[-1]
        n = self._slot_of[month]
        first, months = self._slots[n]
        return levels[n] + (levels[n + 1] - levels[n]) * (month - first) / months


def check_stocks(book: Book, levels: Levels, run: Run, ledger: Ledger) -> None:
    """All rules of stores, for every store and period of the run."""
    last = run.slots[-1] if run.slots else None
    for key, stock in book.stocks.items():
        level = book.opening(key) if run.cut is None else levels.at(key, run.begins)
        for slot in run.slots:
            level = _check_period(book, run, key, stock, slot, level, ledger)
            if run.cut is None:
                ledger.at_least("stock-minimum", level, book.assumed.at(stock.minimum_t, slot[0]), run.name, slot[0], key)
                if slot == last:
                    ledger.at_least("stock-minimum", level, stock.final_t, run.name, slot[0], (*key, "final"))


def _check_period(book: Book, run: Run, key: StockKey, stock: Stock, slot: Slot, before: float, ledger: Ledger) -> float:
    """A period opens with the level before it: the opening stock of the plan, in a recourse the base plan's level at the start of
    the cut. Level = level before x what is kept + added - drawn. Drawn <= the release rate; level <= what fits.
    Returns the level that the row says (0 where there is none).
    """
    first, months = slot
    row: StockLevel | None = run.stocks.get((key, first))
    kept = (1 - stock.loss_pct_per_yr / 100) ** (months / 12)
    opening = "stock-opening" if first == run.slots[0][0] else "stock-carry"
    if row is None:
        ledger.equal(opening, 0.0, before * kept, run.name, first, (*key, "no row"), scale=before)
        return 0.0
    ledger.equal(opening, row.opening_t, before, run.name, first, (*key, "opening_t"))
    expected = before * kept + row.added_t - row.drawn_t
    ledger.equal("stock-carry", row.level_t, expected, run.name, first, (*key, "level_t"), scale=before + row.added_t)
    ledger.equal("stated-figures", row.lost_t, before * (1 - kept), run.name, first, (*key, "lost_t"), scale=before)
    capacity = book.fits(stock, first)
    if capacity is not None:
        ledger.at_most("stock-release", row.drawn_t, capacity * stock.release_pct_per_month * months / 100, run.name, first, key)
        ledger.at_most("stock-capacity", row.level_t, capacity, run.name, first, key)
    return row.level_t
