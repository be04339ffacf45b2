"""The case that is solved and audited: the workbook's, on the calendar and with the gap that were asked for.

It loads neither solver nor modelling library, so that a plan can be audited with what it was asked for.
"""

from __future__ import annotations

import dataclasses

from models.case import Case
from models.combinations import every_combination

PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def on_calendar(case: Case, calendar: str) -> Case:
    """The case on a coarser or finer calendar: all periods of one length, the decision dates no closer than the periods."""
    if calendar == "workbook":
        return case
    months = PERIOD_MONTHS[calendar]
    settings = dataclasses.replace(
        case.settings,
        fine_months=0,
        coarse_period_months=months,
        decision_every_months=max(case.settings.decision_every_months, months),
    )
    return dataclasses.replace(case, settings=settings)


def asked_for(case: Case, calendar: str, relative_gap_pct: float | None) -> Case:
    """The case that is solved, audited and reported: the workbook's, with a calendar ('workbook', 'month', 'quarter', 'year') and a gap
    (percent; None: the workbook's), and every combination of cut-offs that a row stands for."""
    case = every_combination(on_calendar(case, calendar))
    if relative_gap_pct is None:
        return case
    return dataclasses.replace(case, settings=dataclasses.replace(case.settings, relative_gap_pct=relative_gap_pct))
