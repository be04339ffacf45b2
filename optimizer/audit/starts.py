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


def passed(book: Book, pattern: Pattern) -> bool:
    """Whether a pattern is survived: nothing that is protected is missing, to the tolerance of the largest monthly requirement."""
    return pattern.missing_t <= TOLERANCE * _size(book, pattern)


def _size(book: Book, pattern: Pattern) -> float:
    """Largest requirement of one month in the window, at least 1 t."""
    cut, start = book.cuts.get(pattern.cutoff), book.clock.month(pattern.start)
    months = range(max(0, start), min(book.months, start + cut.window)) if cut is not None else ()
    required = (row.service_level * book.wanted[key][m] for key, row in book.demands.items() if row.protected for m in months)
    return max(1.0, max(required, default=0.0))


def check_patterns(book: Book, plan: Plan, ledger: Ledger) -> dict[str, Pattern]:
    """A pattern names an active cut-off of the case, once per start, with its window, and says whether it must be survived as the
    case does. The summary's counts are those of the rows. Returns the patterns by name of their run.
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
    done = sum(passed(book, pattern) for pattern in plan.patterns)
    ledger.equal("pattern", plan.summary.patterns_tested, len(plan.patterns), SUMMED_UP, None, ("patterns_tested",))
    ledger.equal("pattern", plan.summary.patterns_passed, done, SUMMED_UP, None, ("patterns_passed",))
    return by_run


def required_starts(book: Book, plan: Plan, cutoff: CutOff) -> tuple[int, ...]:
    """Starts that must be survived: every period boundary from the first start that the plan says to the last one of the case
    (blank: the end of the horizon, included).
    """
    first = next((row.first_start for row in plan.readiness if row.cutoff == cutoff.cutoff), None)
    if first is None:
        return ()
    clock = book.clock
    last = min(clock.horizon, clock.month_or(cutoff.last_start, clock.horizon))
    return tuple(m for m in clock.boundaries if clock.month(first) <= m <= last)


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
                    size = _size(book, pattern)
                    ledger.at_most("starts", pattern.missing_t, 0.0, name, start, (cutoff.cutoff, "missing_t"), scale=size)
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


def check_missing(plan: Plan, by_run: dict[str, Pattern], ledger: Ledger) -> None:
    """Where the plan lists what is missing month by month, the sum is what the pattern lacks."""
    listed: dict[str, float] = {}
    for row in plan.missing:
        name = f"{row.cutoff}@{row.start}"
        listed[name] = listed.get(name, 0.0) + row.missing_t
    for name, tonnes in listed.items():
        pattern = by_run.get(name)
        ledger.holds("names", pattern is not None, name, None, ("missing",), "a pattern of the plan", "none")
        if pattern is not None:
            ledger.equal("missing", tonnes, pattern.missing_t, name, None, ("sum of the months",))


def check_targets(book: Book, plan: Plan, levels: Levels, ledger: Ledger) -> None:
    """A stock target is the least level at the starts of its year that must be survived; the end of the horizon counts for the
    last year. Every store that holds something at each of them has its target.
    """
    if plan.summary.status not in CLAIMS_SURVIVAL:
        return
    starts: set[int] = set()
    for cutoff in book.case.cutoffs:
        if cutoff.active and cutoff.must_survive:
            starts.update(required_starts(book, plan, cutoff))
    by_year: dict[int, list[int]] = {}
    for start in sorted(starts):
        by_year.setdefault(book.clock.year(min(start, book.clock.horizon - 1)), []).append(start)
    shown = {(row.store, row.material, row.form, row.year): row.target_t for row in plan.targets}
    for key in book.stocks:
        for year, months in by_year.items():
            least = min(levels.at(key, month) for month in months)
            ledger.equal("stock-target", shown.pop((*key, year), 0.0), least, BASE, None, (*key, str(year)))
    for key_year, tonnes in shown.items():
        ledger.at_most("stock-target", tonnes, 0.0, BASE, None, (*key_year[:3], str(key_year[3]), "no start in this year"))
