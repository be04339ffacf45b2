"""Stocks of one run, replayed from period to period."""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping

from models.case import Stock, Store
from models.plan import StockLevel
from optimizer.audit.ages import Ages
from optimizer.audit.book import Book, StockKey
from optimizer.audit.clock import Slot
from optimizer.audit.materials import Commodity
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
        self.base = base

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

    def bearing_on(self, month: int) -> list[int]:
        """First months of the periods whose levels bear on the one at ``month``: what lies in store then was lawful there."""
        n = self._slot_of[month] if month < len(self._slot_of) else len(self._slots)
        inside = n < len(self._slots) and self._slots[n][0] < month
        return [self._slots[k][0] for k in {max(n - 1, 0), n if inside else max(n - 1, 0)}]


def check_stocks(book: Book, levels: Levels, run: Run, ledger: Ledger) -> None:
    """All rules of stores, for every store and period of the run."""
    last = run.slots[-1] if run.slots else None
    for key, stock in book.stocks.items():
        opening = level = book.opening(key) if run.cut is None else levels.at(key, run.begins)
        store = book.stores.get(stock.store)
        ages = None if stock.shelf_life_months is None else Ages(book, key, levels.base, run)
        for slot in run.slots:
            left = 1.0 if run.cut is None else run.cut.stock_left(stock, store, slot[0] - run.begins)
            level = _check_period(book, levels, run, key, stock, slot, level, ledger)
            _check_rates(book, levels, run, key, slot, left, opening, ledger)
            if ages is not None:
                ledger.at_most("stock-age", level, ages.young(slot[0] + slot[1]), run.name, slot[0], key)
            if run.cut is None:
                ledger.at_least("stock-minimum", level, book.assumed.at(stock.minimum_t, slot[0]), run.name, slot[0], key)
                if slot == last:
                    ledger.at_least("stock-minimum", level, stock.final_t, run.name, slot[0], (*key, "final"))
    _check_shared(book, levels, run, ledger)


def _check_period(book: Book, levels: Levels, run: Run, key: StockKey, stock: Stock, slot: Slot, before: float, ledger: Ledger) -> float:
    """A period opens with the level before it: the opening stock of the plan, in a recourse the base plan's level at the start of
    the cut. Level = level before x what is kept + added - drawn - written off; level <= what fits.
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
    expected = before * kept + row.added_t - row.drawn_t - row.expired_t
    ledger.equal("stock-carry", row.level_t, expected, run.name, first, (*key, "level_t"), scale=before + row.added_t)
    ledger.equal("stated-figures", row.lost_t, before * (1 - kept), run.name, first, (*key, "lost_t"), scale=before)
    if stock.shelf_life_months is None:
        ledger.equal("stock-carry", row.expired_t, 0.0, run.name, first, (*key, "expired_t"))
    if stock.capacity_t is not None:
        ledger.at_most("stock-capacity", row.level_t, _room(book, levels, run, stock, first), run.name, first, key)
    return row.level_t


def _room(book: Book, levels: Levels, run: Run, store: Stock | Store, first: int) -> float:
    """What fits in a period. A room that shrinks still takes in a recourse what lay there when the cut fell."""
    known = () if run.cut is None else levels.bearing_on(run.begins)
    return max(book.fits(store, m) or 0.0 for m in (first, *known))


def _check_rates(book: Book, levels: Levels, run: Run, key: StockKey, slot: Slot, left: float, opening: float, ledger: Ledger) -> None:
    """Drawn <= release rate x capacity x months, added <= fill rate x capacity x months; of a store that is hit, times the share
    left. A stock without a capacity that is hit gives the share left of what lay there when the cut fell, and nothing goes
    in or out where nothing is left.
    """
    first, months = slot
    row = run.stocks.get((key, first))
    stock = book.stocks[key]
    if row is None:
        return
    if stock.capacity_t is not None:
        capacity = _room(book, levels, run, stock, first) * months / 100 * left
        ledger.at_most("stock-release", row.drawn_t, capacity * stock.release_pct_per_month, run.name, first, key)
        if stock.fill_pct_per_month is not None:
            ledger.at_most("stock-fill", row.added_t, capacity * stock.fill_pct_per_month, run.name, first, key)
    if left < 1:
        ledger.at_most("stock-reach", row.drawn_t, opening * left if stock.capacity_t is None else math.inf, run.name, first, key)
        if left <= 0:
            ledger.at_most("stock-reach", row.drawn_t + row.added_t, 0.0, run.name, first, (*key, "out of reach"))


def _check_shared(book: Book, levels: Levels, run: Run, ledger: Ledger) -> None:
    """All that lies in a store of the sheet Stores together <= its capacity."""
    inside: dict[tuple[str, int], list[float]] = collections.defaultdict(list)
    for (key, first), row in run.stocks.items():
        inside[key[0], first].append(row.level_t)
    for (name, first), parts in inside.items():
        store = book.stores.get(name)
        if store is not None and store.capacity_t is not None:
            room = _room(book, levels, run, store, first)
            ledger.at_most("stock-shared", math.fsum(parts), room, run.name, first, (name,))


def check_fresh(book: Book, run: Run, comes: Mapping[tuple[Commodity, int], float], ledger: Ledger) -> None:
    """Of a commodity that has a shelf life in some store, no more is put into stores than comes from elsewhere: old stock is not
    drawn and put back as new. ``comes`` is all that comes in, stores included, t REO.
    """
    ageing = {key[1:] for key, stock in book.stocks.items() if stock.shelf_life_months is not None}
    put_in: dict[tuple[Commodity, int], list[float]] = collections.defaultdict(list)
    drawn: dict[tuple[Commodity, int], list[float]] = collections.defaultdict(list)
    for (key, first), row in run.stocks.items():
        if key[1:] in ageing:
            put_in[key[1:], first].append(row.added_t)
            drawn[key[1:], first].append(row.drawn_t)
    for place, tonnes in put_in.items():
        fresh = comes.get(place, 0.0) - math.fsum(drawn[place])
        ledger.at_most("stock-fresh", math.fsum(tonnes), fresh, run.name, place[1], place[0], scale=math.fsum(drawn[place]))


def check_cover(book: Book, base: Run, taken: dict[tuple[Commodity, int], float], ledger: Ledger) -> None:
    """Days of cover: at every period end of the base plan, the stocks of a commodity that state days hold together at least the
    days (of the period's first month) / 365 x what plants and sectors take of it in the period (``taken``, t REO), as a yearly rate.
    """
    stating: dict[Commodity, list[StockKey]] = collections.defaultdict(list)
    for key, stock in book.stocks.items():
        if stock.cover_days:
            stating[key[1], key[2]].append(key)
    for commodity, keys in stating.items():
        for first, months in base.slots:
            days = max(book.assumed.at(book.stocks[key].cover_days or 0.0, first) for key in keys)
            held = math.fsum(row.level_t for key in keys if (row := base.stocks.get((key, first))) is not None)
            wanted = days / 365 * taken.get((commodity, first), 0.0) * 12 / months
            ledger.at_least("stock-cover", held, wanted, base.name, first, commodity)
