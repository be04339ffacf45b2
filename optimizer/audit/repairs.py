"""Are the repairs that a plan lists moves of what the planner would negotiate, as far as they may, at the cost that the rows state?"""

from __future__ import annotations

import math

from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.verdict import SUMMED_UP, Ledger

UNITS = {
    "opening stock": "t REO",
    "store capacity": "t REO",
    "service level": "points",
    "contract maximum": "t REO/yr",
    "contract minimum": "t REO/yr",
    "plant capacity": "t/yr",
    "source maximum": "t REO/yr",
    "lead time": "months",
    "first start": "months",
    "cut-off months": "months",
    "severity": "points",
}
"""Unit in which each kind of figure moves."""


def check_repairs(book: Book, plan: Plan, ledger: Ledger) -> None:
    """A repair names negotiable rows, each once; moves each by more than nothing and no more than it may; costs what that costs, and in
    all the sum; all its rows say the same of the plan that proves it. Repairs are numbered from 1.
    """
    if not plan.repairs:
        return
    rows = {row.repair: row for row in book.case.negotiables}
    by_number: dict[int, list[str]] = {}
    totals: dict[int, list[float]] = {}
    told: dict[int, set[tuple[object, ...]]] = {}
    for repair in plan.repairs:
        name = (f"repair {repair.repair}", repair.negotiable)
        row = rows.get(repair.negotiable)
        ledger.holds("repairs", row is not None, SUMMED_UP, None, name, "a row of the sheet Negotiable", repair.negotiable)
        if row is None:
            continue
        once = repair.negotiable not in by_number.setdefault(repair.repair, [])
        ledger.holds("repairs", once, SUMMED_UP, None, name, "one row", "a second row")
        by_number[repair.repair].append(repair.negotiable)
        ledger.holds("repairs", repair.amount > 0, SUMMED_UP, None, (*name, "amount"), "more than nothing", repair.amount)
        ledger.at_most("repairs", repair.amount, row.most, SUMMED_UP, None, (*name, "amount"), floor=0.0)
        ledger.equal("repairs", repair.usd_m, repair.amount * row.usd_m_per_unit, SUMMED_UP, None, (*name, "usd_m"), floor=1e-9)
        unit = UNITS[row.what]
        ledger.holds("repairs", repair.unit == unit, SUMMED_UP, None, (*name, "unit"), unit, repair.unit)
        totals.setdefault(repair.repair, []).append(repair.amount * row.usd_m_per_unit)
        told.setdefault(repair.repair, set()).add((repair.proven, repair.survives_from, repair.plan_usd_m))
    for repair in plan.repairs:
        total = math.fsum(totals.get(repair.repair, []))
        ledger.equal("repairs", repair.total_usd_m, total, SUMMED_UP, None, (f"repair {repair.repair}", "total_usd_m"), floor=1e-9)
    for number, said in told.items():
        ledger.holds("repairs", len(said) == 1, SUMMED_UP, None, (f"repair {number}",), "one plan that proves it", f"{len(said)}")
    numbers = sorted(by_number)
    ledger.holds("repairs", numbers == list(range(1, len(numbers) + 1)), SUMMED_UP, None, ("repair",), "numbers from 1", str(numbers))
