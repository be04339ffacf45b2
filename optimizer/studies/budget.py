"""The dual question: how long a cut-off can be survived for so much money.

Looked for by halves on the frontier over months: where no plan for n months costs less than the budget's rest allows, none for
more months does. Shown from both sides: a plan for n months that costs no more than the budget, and a bound for n + 1 months
above it, or that nothing survives n + 1 months at all. Where cost and bound of a length lie on the two sides of the budget, it is
solved again with a smaller gap.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from models.case import Case
from models.columns import column
from optimizer.engine import SolveOptions
from optimizer.executor import Executor, Serial
from optimizer.progress import Progress, Silent
from optimizer.studies.frontier import MOST_MONTHS, BadQuestion, Known, Line, Point, line_of

SMALLER = 0.1
"""A length that is undecided is solved again with this share of the gap ..."""

TIMES = 3
"""... so many times at most."""

ROUNDING = 1e-9
"""A cost that exceeds the budget by this share is within it."""


@dataclass(frozen=True, kw_only=True)
class Within:
    """Most months survived within a budget."""

    title: str = column("", "Name of the case.")
    about: tuple[str, ...] = column("a; b", "The cut-offs that are longer or shorter.")
    budget_usd_m: float = column("million USD", "What the plan may cost, discounted.")
    months: int | None = column("months", "Longest cut that a plan within the budget survives; empty: not even the plan without any.")
    cost_usd_m: float | None = column("million USD", "Cost of that plan.")
    next_bound_usd_m: float | None = column(
        "million USD", "No plan for the next length costs less; empty: none survives it, or no longer cut was asked."
    )
    proven: bool = column("yes / no", "yes: shown from both sides. no: see the note.")
    note: str = column("", "What is shown of the next length, in words.")
    today: float | None = column("months", "What the workbook says; empty: not one figure.")
    points: tuple[Point, ...] = column("", "Every length that was asked, from short to long.")
    solves: int = column("", "Solves of the whole case.")


def most_months(
    case: Case,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    *,
    budget_usd_m: float,
    names: Sequence[str] = (),
    most: int = MOST_MONTHS,
    executor: Executor | None = None,
) -> Within:
    """The longest cut of the cut-offs ``names`` (none: all that must be survived) up to ``most`` months that a plan of no more than
    ``budget_usd_m`` (million USD, discounted) survives.

    First starts that the workbook leaves open are held where they are found for the workbook as it is. Raises ``BadQuestion``,
    ``Interrupted``.
    """
    if not 1 <= most <= MOST_MONTHS:
        raise BadQuestion(f"{most} is no length of a cut-off: from 1 to {MOST_MONTHS} months")
    options, progress, executor = options or SolveOptions(), progress or Silent(), executor or Serial()
    line = line_of(case, options, progress, "months", names, executor)
    if line.disordered:
        raise BadQuestion(f"the longest cut within a budget cannot be searched for: {line.disordered}")
    search = _Search(line, budget_usd_m)
    low, high = -1, most + 1
    for n in sorted({round(v) for v in line.known}):
        if n < high:
            low, high = (n, high) if search.within(n) else (low, n)
    while high - low > 1:
        n = 0 if low < 0 and high == most + 1 else (max(low, 0) + high) // 2 if low >= 0 else high // 2
        if search.within(n):
            low = n
        else:
            high = n
    return _told(case, line, search, low, high, most)


class _Search:
    """Yes or no for each length: whether a plan within the budget survives it."""

    def __init__(self, line: Line, budget: float) -> None:
        self.line, self.budget = line, budget
        self.allowed = budget + ROUNDING * abs(budget)

    def within(self, n: int) -> bool:
        """Whether a plan for n months is known to cost no more than the budget; solved as sharply as it takes to tell."""
        line = self.line
        line.settle([float(n)])
        point = line.known[float(n)]
        gap = line.gap
        for _ in range(TIMES):
            if point.cost <= self.allowed or not self.undecided(point):
                break
            gap *= SMALLER
            line.progress.message(f"{n} months: {point.bound:,.2f} to {point.cost:,.2f} million USD lies about the budget; a smaller gap")
            line.solve([point], dataclasses.replace(line.options, relative_gap_pct=100 * gap))
        return point.cost <= self.allowed

    def undecided(self, point: Known) -> bool:
        """Whether it is not shown that the point costs more."""
        return not point.impossible and point.bound <= self.allowed


def _told(case: Case, line: Line, search: _Search, low: int, high: int, most: int) -> Within:
    here = line.known[float(low)] if low >= 0 else None
    beyond = line.known[float(high)] if high <= most else None
    proven = True
    if beyond is None:
        note = f"no longer cut was asked than {most} months"
    elif beyond.impossible:
        note = f"no plan survives {high} months, whatever it costs"
    elif beyond.trouble and beyond.solved is None:
        proven, note = False, f"{high} months: {beyond.trouble}"
    elif search.undecided(beyond):
        proven = False
        note = f"whether {high} months can be had is open: a plan costs {beyond.bound:,.4f} at the least, {beyond.cost:,.4f} was found"
    else:
        note = f"no plan for {high} months costs less than {beyond.bound:,.2f} million USD"
    if low < 0:
        note = f"the plan without any cut-off costs more than the budget; {note}" if proven else note
    return Within(
        title=case.settings.title,
        about=line.about,
        budget_usd_m=search.budget,
        months=low if low >= 0 else None,
        cost_usd_m=here.cost if here is not None else None,
        next_bound_usd_m=None if beyond is None or beyond.impossible else beyond.bound,
        proven=proven,
        note=note,
        today=_today(case, line),
        points=tuple(line.point(v) for v in line.known),
        solves=line.solves,
    )


def _today(case: Case, line: Line) -> float | None:
    found = {c.months for c in line.case.cutoffs if c.cutoff in line.about}
    return float(found.pop()) if len(found) == 1 else None
