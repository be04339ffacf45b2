"""Sheets on alternatives: what is in all of them, the plans, and what each signs and builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.report.book import Book
from optimizer.report.look import AMBER, COUNT, GREEN, MONEY, PERCENT, WHOLE
from optimizer.report.page import Column, Value

if TYPE_CHECKING:
    from optimizer.studies.alternatives import Alternatives

NONE = "E4E8EC"
"""Colour of what no plan takes."""

FILLS = {"no regret": GREEN, "open": AMBER, "never": NONE}

ORDER = ("no regret", "open", "never")

PLANS = (
    Column("Plan", width=26),
    Column("Cost", "million USD", "Discounted, without what crises are expected to cost.", MONEY, 14),
    Column("More", "%", "Than the plan.", PERCENT, 12),
    Column("Differs in", "", "Commitments taken in one of the two and not in the other.", COUNT, 12),
)


def write(book: Book, answer: Alternatives) -> None:
    """One sheet: decisions with the plans beside them, so that each can be compared."""
    many = len(answer.plans)
    page = book.page("Alternatives", "Alternatives", across=5 + many)
    page.text(sentences(answer)[0])
    page.section("Plans")
    rows: list[list[Value]] = [[_plan(p.number), p.cost_usd_m, p.more_pct, p.other] for p in answer.plans]
    page.table(PLANS, rows)
    page.section("What is in all of them, and what in none")
    dates: dict[tuple[str, str, int], str] = {}
    for c in answer.choices:
        units = f" x {c.amount:g}" if c.amount > 1 else ""
        key = (c.kind, c.name, c.number)
        dates[key] = f"{dates[key]}; {c.date}{units}" if key in dates else f"{c.date}{units}"
    decisions = sorted(answer.decisions, key=lambda d: (ORDER.index(d.verdict), -d.plans, d.kind, d.name))
    columns = [
        Column("Commitment", width=26),
        Column("Kind", width=14),
        Column("Verdict", "", "In all plans: no regret; in none: never.", width=12),
        Column("In so many", "plans", "", WHOLE, 12),
        *(Column(_plan(p.number), "decided", width=12) for p in answer.plans),
    ]
    body: list[list[Value]] = [
        [d.name, d.kind, d.verdict, d.plans, *(dates.get((d.kind, d.name, p.number)) for p in answer.plans)] for d in decisions
    ]
    page.table(columns, body, fill=lambda r, c, _v: FILLS[decisions[r].verdict] if c == 2 else "", empty="Nothing can be signed or built.")


def _plan(number: int) -> str:
    return "the plan" if number == 0 else f"no. {number}"


def sentences(answer: Alternatives) -> list[str]:
    """The answer in a few lines."""
    others = len(answer.plans) - 1
    dearest = max((p.more_pct for p in answer.plans), default=0.0)
    found = f"{others} other plan{'' if others == 1 else 's'} within {answer.within_pct:g} %"
    ends = "; there are no more" if answer.complete else ""
    lines = [f"{found} of the cost survive{'s' if others == 1 else ''} as well (at most {dearest:.2f} % dearer){ends}."]
    for verdict, words in (("no regret", "In all of them"), ("open", "In some"), ("never", "In none")):
        names = [d.name for d in answer.decisions if d.verdict == verdict]
        if names:
            lines.append(f"{words}: {', '.join(names)}.")
    return lines
