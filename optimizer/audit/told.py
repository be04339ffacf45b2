"""What a plan tells beside its decisions and flows: names, dates asked for, days of cover, the words of rules. No one of them may differ
from what the case says, else a plan altered by hand would pass.
"""

from __future__ import annotations

import collections

from models.case import Count, Fix
from models.columns import Month
from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.decisions import IN_FORCE, Decisions
from optimizer.audit.operation import taken_of
from optimizer.audit.rows import Rows
from optimizer.audit.starts import CLAIMS_SURVIVAL, IMPOSSIBLE
from optimizer.audit.verdict import SUMMED_UP, Ledger

RULE = "stated-figures"

UNITS = {"Ceilings": "% of all from abroad", "Counts": "taken", "Budgets": "million USD"}
"""Unit of a rule of the planner's own, by sheet."""

FIXES = {
    "contract": ("signatures of {}", "signatures"),
    "plant": ("units of {} decided", "units"),
    "size": ("capacity of {} decided", "t/yr"),
    "programme": ("starts of {}", "starts"),
    "purchase": ("bought from {}", "t REO"),
    "lifting": ("lifted under {}", "t REO"),
    "processing": ("put through {}", "t REO"),
    "cell": ("cells of {} decided", "cells"),
    "financing": ("{} put up", "financings"),
    "running": ("{} runs", "yes: 1"),
    "sale": ("{} sold", "t REO"),
    "disposal": ("{} disposed of", "t REO"),
    "route": ("shipped along {}", "t REO"),
    "stock": ("stock in {}", "t REO"),
}
"""Words and unit of a fix by kind of decision."""

LEAST_USE_T = 1e-6
"""Use per day below which no days of cover are told, t REO."""


def check_told(book: Book, plan: Plan, rows: Rows, made: Decisions, ledger: Ledger) -> None:
    """All that is told; see the functions below."""
    ledger.holds(RULE, plan.summary.title == book.case.settings.title, SUMMED_UP, None, ("title",), book.case.settings.title, "another")
    _check_readiness(book, plan, ledger)
    _check_materials(plan, ledger)
    _check_commitments(book, plan, made, ledger)
    _check_unlifted(plan, rows, ledger)
    _check_cover(book, plan, rows, ledger)
    _check_rules(book, plan, ledger)


def _check_readiness(book: Book, plan: Plan, ledger: Ledger) -> None:
    """Whether a first start was asked for or found, and how late it may be, is as the case says; a plan that claims survival was tested
    from the first start on and not before, and where the case gives the first start it is that. Where nothing survives the first start is
    found, and what was given is the latest.
    """
    cutoffs = {row.cutoff: row for row in book.case.cutoffs}
    earliest: dict[str, int] = {}
    for pattern in plan.patterns:
        month = book.clock.month(pattern.start)
        earliest[pattern.cutoff] = min(earliest.get(pattern.cutoff, month), month)
    for row in plan.readiness:
        cutoff = cutoffs.get(row.cutoff)
        known = cutoff is not None and cutoff.active and cutoff.must_survive
        ledger.holds("names", known, SUMMED_UP, None, ("readiness", row.cutoff), "a cut-off that must be survived", row.cutoff)
        if cutoff is None:
            continue
        asked = (cutoff.first_start is None, cutoff.latest_first_start)
        if plan.summary.status == IMPOSSIBLE:
            asked = (True, cutoff.latest_first_start or cutoff.first_start)
        told = (row.found, row.latest_first_start)
        ledger.holds(RULE, told == asked, SUMMED_UP, None, ("readiness", row.cutoff), str(asked), str(told))
        if row.first_start is None or plan.summary.status not in CLAIMS_SURVIVAL:
            continue
        first = book.clock.month(row.first_start)
        ledger.at_least("starts", earliest.get(row.cutoff, first), first, SUMMED_UP, None, (row.cutoff, "tested before the first start"))
        if cutoff.first_start is not None:
            given = max(0, book.clock.month(cutoff.first_start))
            ledger.equal("starts", first, given, SUMMED_UP, None, (row.cutoff, "first start, as month"))


def _check_materials(plan: Plan, ledger: Ledger) -> None:
    """What is told of a material that lacks something is what is listed as missing: how much at the start at which most is missing. (From
    when it could be served by itself takes a solver.)
    """
    starts: dict[tuple[str, str, str], dict[Month, float]] = {}
    for missing in plan.missing:
        of_start = starts.setdefault((missing.cutoff, missing.material, missing.form), {})
        of_start[missing.start] = of_start.get(missing.start, 0.0) + missing.missing_t
    for row in plan.readiness_by_material:
        key = (row.cutoff, row.material, row.form)
        found = starts.get(key, {})
        ledger.holds("names", bool(found), SUMMED_UP, None, ("readiness_by_material", *key), "what is missing in a cut-off", "nothing is")
        ledger.equal(RULE, row.missing_t, found.get(row.worst_start, 0.0), SUMMED_UP, None, (*key, "missing_t"))
        ledger.at_least(RULE, row.missing_t, max(found.values(), default=0.0), SUMMED_UP, None, (*key, "worst_start"))


def _check_commitments(book: Book, plan: Plan, made: Decisions, ledger: Ledger) -> None:
    """A contract in force is dated at the start of the plan; money is told of its contract, and whether it was a decision."""
    for row in plan.signatures:
        if any(right.decided == IN_FORCE for right in made.rights.get(row.contract, ())):
            ledger.equal(RULE, book.clock.month(row.signed), 0, SUMMED_UP, None, (row.contract, "signed"))
    financings = {row.financing: row for row in book.case.financings}
    for taken in plan.financed:
        case_row = financings.get(taken.financing)
        if case_row is not None:
            same = (taken.contract, taken.decided) == (case_row.contract, case_row.optional)
            words = f"{case_row.contract}, {'decided' if case_row.optional else 'with the signature'}"
            ledger.holds(RULE, same, SUMMED_UP, None, (taken.financing, "contract and decision"), words, taken.contract)


def _check_unlifted(plan: Plan, rows: Rows, ledger: Ledger) -> None:
    """A minimum is of a run of the plan."""
    for row in plan.unlifted:
        ledger.holds("names", row.run in rows.runs, row.run, None, ("unlifted", row.contract), "a run of the plan", row.run)


def _check_cover(book: Book, plan: Plan, rows: Rows, ledger: Ledger) -> None:
    """Days of cover: the target over what plants, sectors and programmes take of the commodity per day of the year; none where nothing is
    taken.
    """
    base = rows.runs["base"]
    months: collections.Counter[int] = collections.Counter()
    for first, length in base.slots:
        months[book.clock.year(first)] += length
    used: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for ((material, form), period), tonnes in taken_of(book, base).items():
        used[material, form, book.clock.year(period)] += tonnes
    for (effect, period), tonnes in base.replaced.items():
        for (material, form), share in book.instead[effect]:
            used[material, form, book.clock.year(period)] += tonnes * share
    for row in plan.targets:
        name = (row.store, row.material, row.form, str(row.year), "days_of_cover")
        per_day = used[row.material, row.form, row.year] / months[row.year] * 12 / 365 if months[row.year] else 0.0
        if per_day < LEAST_USE_T * 0.99 or row.days_of_cover is None:
            told = row.days_of_cover is None and per_day <= LEAST_USE_T * 1.01
            ledger.holds(RULE, told, SUMMED_UP, None, name, f"at {per_day:g} t a day", str(row.days_of_cover))
        else:
            ledger.equal(RULE, row.days_of_cover, row.target_t / per_day, SUMMED_UP, None, name)


def _check_rules(book: Book, plan: Plan, ledger: Ledger) -> None:
    """Rules of the planner's own are told in their words and units, and of their months; only a ceiling that has a price is passed."""
    for row in plan.planner_rules:
        name, place = (row.sheet, f"row {row.row}"), row.row - 1
        expected = row.rule, row.when, UNITS.get(row.sheet, "")
        priced = False
        if row.sheet == "Fixes" and 0 <= place < len(book.case.fixes):
            expected = _words(book.case.fixes[place])
        elif row.sheet == "Counts" and 0 <= place < len(book.case.counts):
            expected = book.case.counts[place].rule, _months(book, book.case.counts[place]), UNITS[row.sheet]
            ledger.equal(RULE, row.reached, round(row.reached), SUMMED_UP, None, (*name, "a whole number"))
        elif row.sheet == "Budgets" and 0 <= place < len(book.case.budgets):
            budget = book.case.budgets[place]
            expected = f"{budget.budget}: {budget.counts}", row.when, UNITS[row.sheet]
        elif row.sheet == "Ceilings" and 0 <= place < len(book.case.ceilings):
            priced = book.case.ceilings[place].excess_usd_per_kg is not None
        for what, asked, told in zip(("rule", "when", "unit"), expected, (row.rule, row.when, row.unit), strict=True):
            ledger.holds(RULE, told == asked, SUMMED_UP, None, (*name, what), asked, told)
        if not priced:
            ledger.equal(RULE, row.beyond_t, 0.0, SUMMED_UP, None, (*name, "beyond_t"))


def _words(fix: Fix) -> tuple[str, str, str]:
    """What a fix is about, its month or year, and its unit."""
    words, unit = FIXES[fix.decision]
    what = " ".join(part for part in (fix.material, fix.form) if part)
    dated = next((str(date) for date in (fix.month, fix.year) if date is not None), "")
    always = "every period's end" if fix.decision == "stock" else "whole plan"
    return words.format(fix.name) + (f" of {what}" if what else ""), dated or always, unit


def _months(book: Book, count: Count) -> str:
    """The months in which a count holds; those of the whole plan, or none, are called so."""
    clock = book.clock
    first, last = max(0, clock.month_or(count.from_month, 0)), min(clock.horizon - 1, clock.month_or(count.by_month, clock.horizon - 1))
    if last < first or last - first + 1 == clock.horizon:
        return "whole plan"
    return f"{clock.start.plus(first)} to {clock.start.plus(last)}"
