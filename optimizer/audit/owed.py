"""Demand that is owed: what is due in each period, and what is served later."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.audit.book import Book, DemandKey, total
from optimizer.audit.rows import Run
from optimizer.audit.verdict import Ledger


def opening_owed(book: Book, base: Run, run: Run) -> dict[DemandKey, float]:
    """What the base plan owes where a cut begins, by demand (t REO): on a boundary what is owed there, within a period on the straight
    line between its two ends."""
    found: dict[DemandKey, float] = {}
    for key, row in book.demands.items():
        if row.backorder_usd_per_kg_yr is None:
            continue
        level = row.owed_t
        for first, months in base.slots:
            after = base.owed.get((key, first), 0.0)
            if first >= run.begins:
                break
            level += (after - level) * min(1.0, (run.begins - first) / months)
        found[key] = level
    return found


def first_day_owed(book: Book) -> dict[DemandKey, float]:
    """What is owed on the first day of the plan, by demand that may be served later (t REO)."""
    return {key: row.owed_t for key, row in book.demands.items() if row.backorder_usd_per_kg_yr is not None}


def due_of(book: Book, run: Run, key: DemandKey) -> Iterator[tuple[int, int, float, float]]:
    """(first month, months, asked, due) by period: asked is the demand, in the first month of a cut-off with what was owed before; due is
    that, with what the period before (in the base plan the first day) left owed, less what this one leaves owed."""
    before = run.owed_opening.get(key, 0.0)
    asked_before = 0.0 if run.cut is None else before
    for first, months in run.slots:
        asked = total(book.wanted[key], first, months) + asked_before
        owed_before = 0.0 if asked_before else before
        after = run.owed.get((key, first), 0.0)
        yield first, months, asked, asked + owed_before - after
        before, asked_before = after, 0.0


def check_owed(book: Book, run: Run, ledger: Ledger) -> None:
    """Only demand with a cost of backorders is owed, in the base plan, and nothing at its end."""
    last = run.slots[-1][0] if run.slots else 0
    for (key, period), tonnes in run.owed.items():
        if run.cut is not None or period == last or book.demands[key].backorder_usd_per_kg_yr is None:
            ledger.at_most("owed", tonnes, 0.0, run.name, period, key)
        else:
            ledger.at_least("owed", tonnes, 0.0, run.name, period, key)
