"""What a plan lacks: is it what its rows do not serve, and where no plan survives, is all that was asked for accounted for?

That a plan which lacks no more exists is shown here in full: every balance, capacity, right and stock of it is replayed, and what is
missing is what is required less what its rows serve. That none lacks less cannot be shown from the rows: it is the
solver's bound, of which only is checked that it is positive and no more than what the plan lacks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from models.case import CutOff
from models.plan import Pattern, Plan
from optimizer.audit.book import Book, DemandKey
from optimizer.audit.starts import IMPOSSIBLE, passed
from optimizer.audit.verdict import SUMMED_UP, TOLERANCE, Ledger

Lacking = Mapping[tuple[DemandKey, int], float]
"""Required less served, t REO, by demand and month of a run."""


def check_shortage(book: Book, plan: Plan, by_run: Mapping[str, Pattern], lacking: Mapping[str, Lacking], ledger: Ledger) -> None:
    """What is listed as missing is what the rows of its recourse do not serve, month by month; but where nothing
    has to be survived the recourse is the cheapest, with shortage at its price, and may lack more. Where no plan survives: see
    `_check_impossible`. ``lacking`` is by run.
    """
    listed: dict[str, dict[tuple[DemandKey, int], float]] = {}
    for row in plan.missing:
        place = (row.sector, row.material, row.form), book.clock.month(row.month)
        of_run = listed.setdefault(f"{row.cutoff}@{row.start}", {})
        of_run[place] = of_run.get(place, 0.0) + row.missing_t
    for name, told in listed.items():
        of_choice = name in by_run and not by_run[name].must_survive and by_run[name].crisis_usd_m is not None
        if name in lacking and of_choice:
            ledger.at_least("shortage", math.fsum(lacking[name].values()), math.fsum(told.values()), name, None, ("missing_t",))
        elif name in lacking:
            for key, month in told.keys() | lacking[name].keys():
                found = lacking[name].get((key, month), 0.0)
                ledger.equal("shortage", told.get((key, month), 0.0), found, name, month, (*key, "missing_t"))
    if plan.summary.status == IMPOSSIBLE:
        _check_impossible(book, plan, by_run, lacking, ledger)


def _check_impossible(book: Book, plan: Plan, by_run: Mapping[str, Pattern], lacking: Mapping[str, Lacking], ledger: Ledger) -> None:
    """Every start that the case asks for has a pattern and a recourse; what all of them lack is what the summary says, is more than
    nothing, and no less than the bound, which is more than nothing too. Readiness follows from the patterns.
    """
    for cutoff in book.case.cutoffs:
        if not (cutoff.active and cutoff.must_survive):
            continue
        for start in asked_starts(book, cutoff):
            name = f"{cutoff.cutoff}@{book.clock.start.plus(start)}"
            ledger.holds("shortage", name in by_run, name, start, (cutoff.cutoff,), "a pattern that was tested", "none")
            ledger.holds("shortage", name in lacking, name, start, (cutoff.cutoff,), "a recourse that shows what is missing", "none")
        _check_readiness(plan, cutoff, ledger)
    for name, pattern in by_run.items():
        if name in lacking and pattern.must_survive and not passed(pattern):
            ledger.equal("shortage", pattern.missing_t, math.fsum(lacking[name].values()), name, None, ("missing_t",))
    summary = plan.summary
    total = math.fsum(row.missing_t for row in plan.patterns if row.must_survive)
    told, least = summary.missing_t or 0.0, summary.least_missing_t or 0.0
    ledger.equal("shortage", told, total, SUMMED_UP, None, ("missing_t",))
    ledger.holds("shortage", told > TOLERANCE, SUMMED_UP, None, ("missing_t",), "more than nothing is missing", told)
    ledger.holds("shortage", least > TOLERANCE, SUMMED_UP, None, ("least_missing_t",), "more than nothing must be missing", least)
    ledger.at_most("shortage", least, told, SUMMED_UP, None, ("least_missing_t",))


def asked_starts(book: Book, cutoff: CutOff) -> tuple[int, ...]:
    """Starts that the case asks for, of a cut-off that is not survived: from its first start, else the latest allowed, else the start of
    the plan, to its last; the period boundaries, and the latest allowed itself.
    """
    clock = book.clock
    latest = clock.month_or(cutoff.latest_first_start, 0)
    begins = max(0, min(clock.horizon, clock.month_or(cutoff.first_start, latest)))
    last = min(clock.horizon, clock.month_or(cutoff.last_start, clock.horizon))
    inside = () if cutoff.latest_first_start is None else (latest,)
    return tuple(m for m in sorted({*inside, *clock.boundaries}) if begins <= m <= last)


def _check_readiness(plan: Plan, cutoff: CutOff, ledger: Ledger) -> None:
    """Every pattern from the first start that is said to be survived on has passed, and the one before it has not."""
    first = next((row.first_start for row in plan.readiness if row.cutoff == cutoff.cutoff), None)
    rows = sorted((row for row in plan.patterns if row.cutoff == cutoff.cutoff), key=lambda row: row.start)
    late = [row for row in rows if first is not None and row.start >= first]
    name = (cutoff.cutoff, "first start")
    ledger.holds("shortage", all(passed(row) for row in late), SUMMED_UP, None, name, "every pattern from it on passed", str(first))
    before = rows[-1 - len(late)] if len(late) < len(rows) else None
    fails = before is None or not passed(before)
    ledger.holds("shortage", fails, SUMMED_UP, None, name, "the pattern before it fails", str(first))
