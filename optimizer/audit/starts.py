"""Does every cut-off that must be survived have, at every start, a pattern that passed and a recourse that proves it?"""

from __future__ import annotations

from models.case import CutOff
from models.plan import Pattern, Plan
from optimizer.audit.book import Book
from optimizer.audit.rows import BASE, Rows
from optimizer.audit.stores import Levels
from optimizer.audit.verdict import SUMMED_UP, TOLERANCE, Ledger

CLAIMS_SURVIVAL = ("certified", "limit")
"""Statuses of a plan that says it survives all patterns."""

IMPOSSIBLE = "impossible"
"""Status of an answer without a plan: no plan survives."""


def passed(pattern: Pattern) -> bool:
    """Whether a pattern is survived: nothing that is protected is missing, to 1e-6 t."""
    return pattern.missing_t <= TOLERANCE


def check_patterns(book: Book, plan: Plan, ledger: Ledger) -> dict[str, Pattern]:
    """A pattern names an active cut-off of the case, once per start, with its window, and says whether it must be survived as the
    case does. The summary counts those that must be survived. Returns the patterns by name of their run.
    """
    by_run: dict[str, Pattern] = {}
    for pattern in plan.patterns:
        cut, name = book.cuts.get(pattern.cutoff), f"{pattern.cutoff}@{pattern.start}"
        ledger.holds(
            "names", cut is not None and cut.row.active, SUMMED_UP, None, ("pattern", name), "an active cut-off of the case", pattern.cutoff
        )
        ledger.holds("duplicates", name not in by_run, SUMMED_UP, None, ("pattern", name), "one row", "a second row")
        if cut is None:
            continue
        by_run[name] = pattern
        ledger.equal("pattern", pattern.window_months, cut.window, name, None, ("window_months",))
        ledger.holds(
            "pattern",
            pattern.must_survive == cut.row.must_survive,
            name,
            None,
            ("must_survive",),
            str(cut.row.must_survive),
            str(pattern.must_survive),
        )
        ledger.at_least("pattern", pattern.missing_t, 0.0, name, None, ("missing_t",))
    required = [pattern for pattern in plan.patterns if pattern.must_survive]
    done = sum(passed(pattern) for pattern in required)
    ledger.equal("pattern", plan.summary.patterns_tested, len(required), SUMMED_UP, None, ("patterns_tested",))
    ledger.equal("pattern", plan.summary.patterns_passed, done, SUMMED_UP, None, ("patterns_passed",))
    return by_run


def required_starts(book: Book, plan: Plan, cutoff: CutOff) -> tuple[int, ...]:
    """Starts that must be survived: the first start that the plan says, which may lie inside a period, and every period boundary from
    it to the last one of the case (blank: the end of the horizon, included).
    """
    first = next((row.first_start for row in plan.readiness if row.cutoff == cutoff.cutoff), None)
    if first is None:
        return ()
    clock = book.clock
    last = min(clock.horizon, clock.month_or(cutoff.last_start, clock.horizon))
    begins = clock.month(first)
    return tuple(m for m in sorted({begins, *clock.boundaries}) if begins <= m <= last)


def check_starts(book: Book, plan: Plan, rows: Rows, by_run: dict[str, Pattern], ledger: Ledger) -> None:
    """Where the plan says that it survives: every active cut-off that must be survived has a first start, no later than the case
    asks, and at every start from it on a pattern that passed and a recourse. Recourses belong to patterns.
    """
    for cutoff in book.case.cutoffs:
        if cutoff.active and cutoff.must_survive and plan.summary.status in CLAIMS_SURVIVAL:
            _check_readiness(book, plan, cutoff, ledger)
            for start in required_starts(book, plan, cutoff):
                name = f"{cutoff.cutoff}@{book.clock.start.plus(start)}"
                pattern = by_run.get(name)
                ledger.holds("starts", pattern is not None, name, start, (cutoff.cutoff,), "a pattern that was tested", "none")
                if pattern is not None:
                    ledger.at_most("starts", pattern.missing_t, 0.0, name, start, (cutoff.cutoff, "missing_t"))
                ledger.holds("recourse", name in rows.runs, name, start, (cutoff.cutoff,), "a recourse that proves survival", "none")
    for name in rows.runs:
        if name != BASE:
            ledger.holds("recourse", name in by_run, name, None, ("pattern",), "a pattern of this run", "none")


def _check_readiness(book: Book, plan: Plan, cutoff: CutOff, ledger: Ledger) -> None:
    """The first start is the case's where it gives one; no later than its latest first start; and inside the horizon."""
    rows = [row for row in plan.readiness if row.cutoff == cutoff.cutoff]
    first = rows[0].first_start if rows else None
    known = len(rows) == 1 and first is not None
    ledger.holds("starts", known, SUMMED_UP, None, (cutoff.cutoff, "first start"), "a first start that is survived", "none")
    if not known or first is None:
        return
    latest = [month for month in (cutoff.first_start, cutoff.latest_first_start) if month is not None]
    limit = min((book.clock.month(month) for month in latest), default=book.clock.horizon)
    ledger.at_most("starts", book.clock.month(first), limit, SUMMED_UP, None, (cutoff.cutoff, "first start, as month"))


def check_missing(book: Book, plan: Plan, by_run: dict[str, Pattern], ledger: Ledger) -> None:
    """What is listed as missing is protected demand in a month of a pattern's window, no more than is required there; its sum over
    the months is what the pattern lacks. Where no plan survives, something is missing.
    """
    listed: dict[str, float] = {}
    for row in plan.missing:
        name = f"{row.cutoff}@{row.start}"
        pattern, key = by_run.get(name), (row.sector, row.material, row.form)
        demand = book.demands.get(key)
        known = pattern is not None and demand is not None and demand.protected
        ledger.holds("names", known, name, None, ("missing", *key), "protected demand in a pattern of the plan", "another")
        if pattern is None or demand is None:
            continue
        listed[name] = listed.get(name, 0.0) + row.missing_t
        month, start = book.clock.month(row.month), book.clock.month(row.start)
        inside = start <= month < start + book.cuts[row.cutoff].window
        ledger.holds("calendar", inside, name, month, key, "a month of the window", str(row.month))
        if inside:
            ledger.at_most("missing", row.missing_t, demand.service_level * book.wanted[key][month], name, month, key)
    for name, tonnes in listed.items():
        ledger.equal("missing", tonnes, by_run[name].missing_t, name, None, ("sum of the months",))
    if plan.summary.status == IMPOSSIBLE:
        lacks = any(pattern.must_survive and not passed(pattern) and name in listed for name, pattern in by_run.items())
        ledger.holds("missing", lacks, SUMMED_UP, None, ("where no plan survives",), "something is missing", "nothing is")


def check_targets(book: Book, plan: Plan, levels: Levels, ledger: Ledger) -> None:
    """A stock target is never more than the plan holds at some start of its year that must be survived, or at the next period's
    (starts inside a period lie between the two); the end of the horizon counts for the last year. Every store has its target in
    every such year. (That targets are enough is not shown here: it takes a solver.)
    """
    if plan.summary.status not in CLAIMS_SURVIVAL:
        return
    starts: set[int] = set()
    for cutoff in book.case.cutoffs:
        if cutoff.active and cutoff.must_survive:
            tested = required_starts(book, plan, cutoff)
            starts.update(range(tested[0], tested[-1] + 1) if tested else ())
    by_year: dict[int, list[int]] = {}
    for start in sorted(starts):
        by_year.setdefault(book.clock.year(min(start, book.clock.horizon - 1)), []).append(start)
    shown = {(row.store, row.material, row.form, row.year): row.target_t for row in plan.targets}
    for key in book.stocks:
        for year, months in by_year.items():
            last = max(months)
            after = min((first + length for first, length in book.clock.slots if first + length > last), default=last)
            most = max(levels.at(key, month) for month in (*months, after))
            told = (*key, year) in shown
            ledger.holds("stock-target", told, BASE, None, (*key, str(year)), "a target", "none")
            ledger.at_most("stock-target", shown.pop((*key, year), 0.0), most, BASE, None, (*key, str(year)))
    for key_year, tonnes in shown.items():
        ledger.at_most("stock-target", tonnes, 0.0, BASE, None, (*key_year[:3], str(key_year[3]), "no start in this year"))
