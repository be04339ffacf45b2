"""Sheet Planner rules: what the planner's own rules ask, what the plan does, and where they bind."""

from __future__ import annotations

from collections.abc import Iterator

from models.plan import PlannerRule
from optimizer.report.book import Book
from optimizer.report.look import AMBER, TONNES, WHOLE
from optimizer.report.page import Column, Value

COLUMNS = (
    Column("Sheet", meaning="Sheet of the workbook on which the rule stands.", width=12),
    Column("Row", "", "Which row of that sheet, 1 = the first below the header.", WHOLE, 6),
    Column("Rule", meaning="What it is about.", width=52),
    Column("When", meaning="Month, calendar year or the whole plan.", width=18),
    Column("Asked", width=10),
    Column("Limit", "as named", "The number asked for.", TONNES, 11),
    Column("The plan", "as named", "What the plan does.", TONNES, 11),
    Column("Unit", width=20),
    Column("Binding", meaning="yes: the plan stands at the limit; another limit may change it.", width=9),
    Column("Beyond", "t REO", "By so much a priced ceiling is passed, which the plan pays for.", TONNES, 9),
)
BINDING = 8

NEARLY = 1e-6
"""Relative distance from a limit that is none."""


def write(book: Book) -> None:
    """One row per rule and year, in the order of the workbook; no sheet where the planner has no rules."""
    stated = [*book.view.plan.planner_rules, *_idle_ceilings(book)]
    if not stated:
        return
    order = {name: place for place, name in enumerate(("Fixes", "Ceilings", "Counts", "Budgets"))}
    stated.sort(key=lambda r: (order[r.sheet], r.row if r.sheet == "Ceilings" else 0))
    page = book.page("Planner rules", "Planner rules", across=len(COLUMNS))
    rows: list[list[Value]] = [
        [r.sheet, r.row, r.rule, r.when, r.sense, r.limit, r.reached, r.unit, "yes" if binds(r) else "no", r.beyond_t or None]
        for r in stated
    ]
    page.table(COLUMNS, rows, filtered=True, frozen=3, fill=_colour, row_format=True)


def _idle_ceilings(book: Book) -> Iterator[PlannerRule]:
    """Ceilings on elements of which the country gives nothing in any year that they hold: no plan row, but the reader looks for one."""
    if not book.view.plan.service:
        return
    seen = {(r.row, r.rule.split(" as ")[0]) for r in book.view.plan.planner_rules if r.sheet == "Ceilings"}
    for number, ceiling in enumerate(book.view.case.ceilings, 1):
        silent = [e for e in ceiling.elements if (number, e) not in seen]
        if not silent and (ceiling.elements or any(row == number for row, _ in seen)):
            continue
        what = f"{', '.join(silent) or 'all elements'} as {ceiling.form} from {ceiling.country or 'any country'}: nothing comes"
        yield PlannerRule(
            sheet="Ceilings",
            row=number,
            rule=what,
            when="every year",
            sense="at most",
            limit=100 * ceiling.max_share,
            reached=0.0,
            unit="% of all from abroad",
        )


def binds(rule: PlannerRule) -> bool:
    """Whether the plan stands at the rule's limit, or pays for passing it."""
    return rule.sense == "exactly" or rule.beyond_t > 0 or abs(rule.reached - rule.limit) <= NEARLY * max(1.0, abs(rule.limit))


def _colour(_row: int, column: int, value: Value) -> str:
    return AMBER if column == BINDING and value == "yes" else ""
