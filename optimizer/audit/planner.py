"""The planner's own rules, re-computed for the base plan from its rows: fixes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from models.case import Fix
from models.plan import Plan, PlannerRule
from optimizer.audit.book import Book
from optimizer.audit.clock import Slot
from optimizer.audit.decisions import IN_FORCE, Decisions
from optimizer.audit.rows import Run
from optimizer.audit.stores import Levels
from optimizer.audit.verdict import SUMMED_UP, Ledger

RULE = "planner-rules"

Key = tuple[str, int, str, str]
"""(sheet, row, rule, when) of a row of the plan's table of planner's rules."""


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a rule asks and what the plan does, by the audit."""

    limit: float
    reached: float
    sense: str


class Rows:
    """The plan's table of planner's rules: each row is compared with the audit's own figures, and none may be made up."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        """Indexes the table; a second row of one key is a finding."""
        self._ledger = ledger
        self._stated: dict[Key, PlannerRule] = {}
        for row in plan.planner_rules:
            key = (row.sheet, row.row, row.rule, row.when)
            ledger.holds("duplicates", key not in self._stated, SUMMED_UP, None, ("planner_rules", *map(str, key)), "one row", "a second")
            self._stated[key] = row
        self._seen: set[Key] = set()

    def compare(self, sheet: str, number: int, kept: Kept) -> None:
        """The rule is kept; the rows that the plan shows of it say the same. A rule that has one row alone is found by its place."""
        row = next((r for key, r in self._stated.items() if key[:2] == (sheet, number) and key not in self._seen), None)
        name = (sheet, f"row {number}")
        self._ledger.holds(RULE, row is not None, SUMMED_UP, None, name, "a row of the table of planner's rules", "none")
        if row is not None:
            self._seen.add((row.sheet, row.row, row.rule, row.when))
            self._figures(row, kept, name)
        self.judge(kept, name)

    def judge(self, kept: Kept, name: tuple[str, ...]) -> None:
        """What the plan does against what is asked."""
        if kept.sense != "at most":
            self._ledger.at_least(RULE, kept.reached, kept.limit, SUMMED_UP, None, name)
        if kept.sense != "at least":
            self._ledger.at_most(RULE, kept.reached, kept.limit, SUMMED_UP, None, name)

    def _figures(self, row: PlannerRule, kept: Kept, name: tuple[str, ...]) -> None:
        self._ledger.equal("stated-figures", row.limit, kept.limit, SUMMED_UP, None, (*name, "limit"))
        self._ledger.equal("stated-figures", row.reached, kept.reached, SUMMED_UP, None, (*name, "reached"))
        self._ledger.holds("stated-figures", row.sense == kept.sense, SUMMED_UP, None, (*name, "sense"), kept.sense, row.sense)

    def close(self) -> None:
        """A row about no rule of the case is made up."""
        for key in self._stated.keys() - self._seen:
            self._ledger.holds("names", False, SUMMED_UP, None, ("planner_rules", *map(str, key)), "a rule of the case", "another")


def check_planner(book: Book, made: Decisions, base: Run, levels: Levels, plan: Plan, ledger: Ledger) -> None:
    """Every rule of the planner's own is kept by the base plan, and the table that tells of them is right."""
    rows = Rows(plan, ledger)
    for number, fix in enumerate(book.case.fixes, 1):
        asked = {"forbid": 0.0, "force": 1.0 if fix.value is None else fix.value}.get(fix.action, fix.value or 0.0)
        sense = {"force": "at least", "forbid": "at most", "fix": "exactly"}.get(fix.action, fix.action)
        found = list(_found(book, made, base, levels, fix))
        worst = max(found, default=0.0) if sense == "at most" else min(found, default=0.0)
        rows.compare("Fixes", number, Kept(asked, worst, sense))
        if sense == "exactly":
            rows.judge(Kept(asked, max(found, default=0.0), "at most"), ("Fixes", f"row {number}"))
    rows.close()


def _found(book: Book, made: Decisions, base: Run, levels: Levels, fix: Fix) -> Iterator[float]:
    """What the plan does of what a fix is about; of a stock without a date one level per period."""
    clock = book.clock
    if fix.decision == "stock":
        stores = [key for key in book.stocks if key[0] == fix.name and fix.material in ("", key[1]) and fix.form in ("", key[2])]
        if fix.month is not None:
            ends = [clock.month(fix.month) + 1]
        elif fix.year is not None:
            ends = [max(m + 1 for m in range(clock.horizon) if clock.year(m) == fix.year)]
        else:
            ends = [first + months for first, months in base.slots]
        yield from (math.fsum(levels.at(key, end) for key in stores) for end in ends)
    elif fix.decision == "contract":
        rights = made.rights.get(fix.name, ())
        yield float(sum(right.decided != IN_FORCE and _dated(book, fix, right.decided) for right in rights))
    elif fix.decision == "plant":
        yield float(math.fsum(unit.units for unit in made.built.get(fix.name, ()) if _dated(book, fix, unit.decided)))
    elif fix.decision == "purchase":
        yield math.fsum(t * _part(book, fix, base, period) for (source, period), t in base.bought.items() if source == fix.name)
    elif fix.decision == "lifting":
        yield math.fsum(t * _part(book, fix, base, period) for (name, _, period), t in base.lifted.items() if name == fix.name)
    else:
        yield math.fsum(
            t * _part(book, fix, base, period)
            for (plant, material, period), t in base.processed.items()
            if plant == fix.name and fix.material in ("", material)
        )


def _dated(book: Book, fix: Fix, month: int) -> bool:
    """Whether a decision falls into the month or year of a fix; blank: any."""
    if fix.month is not None:
        return month == book.clock.month(fix.month)
    return fix.year is None or book.clock.year(month) == fix.year


def _part(book: Book, fix: Fix, base: Run, first: int) -> float:
    """Share of a period's flow that a fix counts: the month's even share of its period, or the whole of what begins in the year."""
    if fix.month is None:
        return 1.0 if fix.year is None or book.clock.year(first) == fix.year else 0.0
    slot: Slot = next(slot for slot in base.slots if slot[0] == first)
    return 1 / slot[1] if slot[0] <= book.clock.month(fix.month) < slot[0] + slot[1] else 0.0
