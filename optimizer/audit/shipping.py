"""What arrives of sources that ship: of a run's own orders, and of the cargo that was at sea when the run began."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterator, Mapping

from optimizer.audit.book import Book
from optimizer.audit.clock import arrivals
from optimizer.audit.rows import Run
from optimizer.audit.verdict import Ledger

Landing = tuple[str, str, int]
"""(contract, empty without one; source; first month of the period of arrival)."""

Order = tuple[str, str, int, float]
"""(contract, source, first month of the period of the order, tonnes)."""


def landed(book: Book, run: Run, base: Run) -> Mapping[Landing, tuple[float, float]]:
    """What arrives of sources that ship, computed once for each run: see `_landed`."""
    if run.landed is None:
        run.landed = _landed(book, run, base)
    return run.landed


def _landed(book: Book, run: Run, base: Run) -> dict[Landing, tuple[float, float]]:
    """What arrives of sources that ship, t REO: (in all, of this at sea when the run began).

    An order arrives evenly over the months that begin a shipping time after its own. Where a wave of the crisis hits source or
    contract between order and arrival, its share of the cargo at sea arrives.
    """
    cargo: dict[Landing, float] = collections.defaultdict(float)
    own: dict[Landing, float] = collections.defaultdict(float)
    if not book.shipped:
        return {}
    lengths = dict(run.slots)
    for contract, source, period, tonnes in orders_of(book, run):
        for due, part in arrivals((period, lengths[period]), book.shipped[source], run.slots, math.inf):
            own[contract, source, due] += tonnes * part * lands(book, run, contract, source, period, due)
    for boundary, weight in _boundaries(run, base):
        moved = [(boundary + first - run.slots[0][0], months) for first, months in run.slots]
        period_of = {at[0]: first for at, (first, _) in zip(moved, run.slots, strict=True)}
        for contract, source, arrives, tonnes in _at_sea(book, run, base, boundary, moved):
            period = period_of[arrives]
            cargo[contract, source, period] += weight * tonnes * lands(book, run, contract, source, run.begins - 1, period)
    return {key: (own.get(key, 0.0) + cargo.get(key, 0.0), cargo.get(key, 0.0)) for key in {**own, **cargo}}


def check_arrivals(book: Book, run: Run, base: Run, ledger: Ledger) -> None:
    """What the rows show to arrive is what was ordered a shipping time before."""
    expected, shown = landed(book, run, base), run.stated["arrivals"]
    for contract, source, period in {**expected, **shown}:
        row, (whole, cargo) = shown.get((contract, source, period)), expected.get((contract, source, period), (0.0, 0.0))
        name = (source, contract) if contract else (source,)
        ledger.equal("arrivals", 0.0 if row is None else row.arrived_t, whole, run.name, period, name)
        ledger.equal("arrivals", 0.0 if row is None else row.cargo_t, cargo, run.name, period, (*name, "cargo_t"))


def orders_of(book: Book, run: Run) -> Iterator[Order]:
    """What a run buys and lifts of sources that ship."""
    for (source, period), tonnes in run.bought.items():
        if source in book.shipped:
            yield "", source, period, tonnes
    for (contract, source, period), tonnes in run.lifted.items():
        if source in book.shipped:
            yield contract, source, period, tonnes


def _boundaries(run: Run, base: Run) -> list[tuple[int, float]]:
    """Where on the base plan's boundaries a run begins; between two of them, on the straight line between."""
    if run.cut is None:
        return [(0, 1.0)]
    for first, months in base.slots:
        if first < run.begins < first + months:
            passed = (run.begins - first) / months
            return [(first, 1 - passed), (first + months, passed)]
    return [(run.begins, 1.0)]


def _at_sea(book: Book, run: Run, base: Run, boundary: int, moved: list[tuple[int, int]]) -> Iterator[Order]:
    """What is at sea at a boundary of the base plan and arrives in the periods after it: the opening cargo, which arrives evenly over
    the shipping time from the start of the plan; in a recourse also the base plan's orders of the periods before.
    """
    spans, ends = tuple(moved), moved[-1][0] + moved[-1][1]
    for source, months in book.shipped.items():
        for first, length in spans:
            common = min(first + length, months) - max(first, 0)
            if common > 0:
                yield "", source, first, book.opening_cargo(source) * common / months
    if run.cut is None:
        return
    lengths = dict(base.slots)
    for contract, source, period, tonnes in orders_of(book, base):
        delay = book.shipped[source]
        if boundary < period + lengths[period] + delay + 1 and period + lengths[period] <= boundary and period + delay < ends:
            for due, part in arrivals((period, lengths[period]), delay, spans, math.inf):
                yield contract, source, due, tonnes * part


def lands(book: Book, run: Run, contract: str, source: str, ordered: int, due: int) -> float:
    """Share of what was ordered in a month of the plan, and is due in another, that arrives."""
    if run.cut is None:
        return 1.0
    row = book.limits.sources[source]
    return run.cut.cargo_left(book.contracts.get(contract), row, ordered - run.begins, due - run.begins)
