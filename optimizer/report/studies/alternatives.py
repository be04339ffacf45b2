"""The sheet on alternatives: what each plan costs, and which decisions are in all of them, in some, in none."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.report.book import Book
from optimizer.report.look import COUNT, GREEN, LABEL, PRICE, RED, Look, money
from optimizer.report.page import Column, Value
from optimizer.report.survival import several

if TYPE_CHECKING:
    from optimizer.studies.alternatives import Alternative, Alternatives

NOTHING = "E4E8EC"
"""Colour of what is not taken."""

ENDED = {
    "found": "as many as were asked for",
    "no more": "no further plan within this cost survives and decides otherwise",
    "limit": "a limit was reached; there may be more",
    "no plan": "no plan survives, so there is nothing to compare",
}
"""How the search ended, in words."""

HEADS = {
    "in all": "In all plans: no regret",
    "in some": "In some plans: here there is a choice",
    "in none": "In none of the plans: not needed at this price",
}
"""Headings of the three kinds of choices."""


def plan_columns(answer: Alternatives) -> tuple[Column, ...]:
    """The columns of the table of plans; costs with as many places as the largest needs."""
    cost = money(plan.cost_usd_m for plan in answer.plans)
    return (
        Column("Plan", width=16),
        Column("Cost", "million USD", "Discounted; the least with these decisions.", cost, 34),
        Column("More", "million USD", "Than the cheapest plan.", cost, 14),
        Column("More", "%", "Than the cheapest plan.", PRICE, 14),
        Column("Differs from the nearest", "choices", "From the plan above that is most like it.", PRICE, 14),
        Column("Differs from the cheapest", "choices", "From the cheapest plan.", PRICE, 14),
        Column("Patterns", "", "Cut-offs with each month in which they may begin.", COUNT, 14),
        Column("Survived", "", "Of these.", COUNT, 14),
        Column("Re-computed", "", "Whether the plan passed its re-computation.", width=14),
    )


def name_of(plan: Alternative) -> str:
    """What a plan is called."""
    return f"Alternative {plan.number}" if plan.number else "Cheapest"


def sentences(answer: Alternatives) -> list[str]:
    """What was found, and what the plans have in common, in a sentence each."""
    found = max(0, len(answer.plans) - 1)
    head = f"{several(found, 'alternative')} within {answer.within_pct:g} % of the cheapest plan: {ENDED[answer.ended]}."
    lines = [head]
    if not found:
        return lines
    for verdict, text in (("in all", "In all plans"), ("in some", "In some plans"), ("in none", "In none of them")):
        names = [f"{row.name} ({row.kind})" for row in answer.choices if row.verdict == verdict]
        lines.append(f"{text}: {', '.join(names) or 'nothing'}.")
    return lines


def when(answer: Alternatives) -> dict[tuple[int, str, str], str]:
    """The dates of a choice in one plan, by (number, kind, name): '2027-01', or with units '2 in 2027-01, 1 in 2029-01'."""
    most = {(row.kind, row.name): row.most_units for row in answer.choices}
    parts: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for row in answer.decisions:
        several_units = most[row.kind, row.name] > 1 and row.kind != "stop"
        parts[row.number, row.kind, row.name].append(f"{row.units} in {row.month}" if several_units else str(row.month))
    return {key: ", ".join(texts) for key, texts in parts.items()}


def write(book: Book, answer: Alternatives) -> None:
    """The sheet."""
    page = book.page("Alternatives", "Alternatives: plans that cost nearly the same and decide otherwise", across=9)
    page.text(sentences(answer)[0], Look(bold=True))
    page.text(
        "Every plan survives all patterns. Each was sought as far as can be from those before it. A choice that one plan takes and the "
        "other does not counts 1, some of its units their share, another date 0.05 to 0.1.",
        LABEL,
    )
    page.row += 1
    page.section("Plans")
    rows: list[list[Value]] = [
        [
            name_of(plan),
            plan.cost_usd_m,
            plan.more_usd_m,
            plan.more_pct,
            plan.differs,
            plan.differs_from_cheapest,
            plan.patterns_tested,
            plan.patterns_passed,
            "passed" if plan.audited else "FAILED",
        ]
        for plan in answer.plans
    ]
    page.table(plan_columns(answer), rows, fill=lambda _r, c, value: RED if c == 8 and value == "FAILED" else "")
    dates = when(answer)
    widest = {
        plan.number: max((len(text) + 2.0 for key, text in dates.items() if key[0] == plan.number), default=0) for plan in answer.plans
    }
    for verdict, head in HEADS.items():
        chosen = [row for row in answer.choices if row.verdict == verdict]
        if not chosen:
            continue
        page.section(head)
        columns = [Column("Kind", width=16), Column("Choice", width=34)]
        columns += [
            Column(name_of(plan), "", "Date of the decision; empty: not taken.", width=max(14.0, min(40.0, widest[plan.number])))
            for plan in answer.plans
        ]
        values: list[list[Value]] = [
            [row.kind, row.name, *(dates.get((plan.number, row.kind, row.name)) for plan in answer.plans)] for row in chosen
        ]
        page.table(columns, values, fill=lambda _r, c, value: "" if c < 2 else GREEN if value else NOTHING, notes=False)
