"""The next workbook: a case moved on to a later month of its plan, with what was decided in force and what was reached as its opening.

Every figure means the same as before: what counts from the first year or the start is counted from the new one, what is dated keeps its
date. What the workbook has no column for is said, never left out silently. Costs of what was decided before are spent or committed
whatever is decided now, and are in no later cost.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from models.case import Case
from models.columns import Month
from models.plan import Plan
from optimizer.errors import StockpileError
from optimizer.rolling.deals import carry_deals
from optimizer.rolling.figures import grow
from optimizer.rolling.parts import Aside, Remark, Rolling
from optimizer.rolling.rules import carry_rules
from optimizer.rolling.state import carry_state
from optimizer.rolling.works import carry_works

__all__ = ["Aside", "CannotRoll", "Remark", "Rolled", "rolled"]


class CannotRoll(StockpileError, ValueError):
    """A plan cannot be moved on to a month; the message says why."""


@dataclasses.dataclass(frozen=True)
class Rolled:
    """The next case; what is said of it, with what is lost first; and the rows that have no place in it."""

    case: Case
    remarks: tuple[Remark, ...]
    aside: tuple[Aside, ...]

    @property
    def lost(self) -> tuple[Remark, ...]:
        """What could not be carried."""
        return tuple(remark for remark in self.remarks if remark.lost)


def rolled(case: Case, plan: Plan, to: Month, *, stocks_to_correct: bool = False) -> Rolled:
    """The case at month ``to`` of its plan, where a period of the plan begins.

    ``case`` is the workbook's, on the calendar of the plan; ``stocks_to_correct`` asks in the note of each stock for what really lies
    there. Raises `CannotRoll` for a month that is no period's first, or a plan that is none.
    """
    settings = case.settings
    rolling = Rolling(case, plan, to)
    if plan.summary.status == "impossible":
        raise CannotRoll("no plan survives, so none is carried out: there is nothing to move on")
    if not 0 < rolling.months < settings.horizon_months:
        last = settings.start.plus(settings.horizon_months - 1)
        raise CannotRoll(f"{to} is not inside the plan, which runs from {settings.start} to {last}")
    rows: tuple[Any, ...] = (*plan.service, *plan.stocks, *plan.bought)
    periods = sorted({row.period for row in rows if row.run == "base"})
    boundaries = _boundaries(case)
    if rolling.months not in boundaries:
        near = min(boundaries, key=lambda m: abs(m - rolling.months))
        raise CannotRoll(f"{to} lies inside a period of the plan; the nearest period begins in {settings.start.plus(near)}")
    if any(period.ordinal - settings.start.ordinal not in boundaries for period in periods):
        raise CannotRoll("the plan was made on another calendar than the workbook's")
    if rolling.months % settings.decision_every_months:
        text = f"they are now {to} and every {settings.decision_every_months} months after it"
        rolling.note("Settings", "decision dates", text)
    carry_deals(rolling)
    carry_works(rolling)
    carry_state(rolling, stocks_to_correct)
    carry_rules(rolling)
    grow(rolling)
    moved = dataclasses.replace(
        settings,
        start=to,
        horizon_months=settings.horizon_months - rolling.months,
        fine_months=max(0, settings.fine_months - rolling.months),
    )
    changed = {name: tuple(rows) for name, rows in rolling.rows.items()}
    remarks = tuple(sorted(rolling.remarks, key=lambda remark: not remark.lost))
    return Rolled(dataclasses.replace(case, settings=moved, **changed), remarks, tuple(rolling.aside))


def _boundaries(case: Case) -> tuple[int, ...]:
    """First months of the periods, counted from the start."""
    from optimizer.audit.clock import Clock

    return tuple(first for first, _ in Clock(case.settings).slots)
