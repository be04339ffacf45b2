"""The case that is solved and audited: the workbook's, on the calendar and with the gap that were asked for.

It loads neither solver nor modelling library, so that a plan can be audited with what it was asked for.
"""

from __future__ import annotations

import dataclasses

from models.case import Case, CutOff
from models.combinations import every_combination
from optimizer.errors import CannotAsk

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


def asked_for(case: Case, calendar: str, relative_gap_pct: float | None, unknown_length: bool = False) -> Case:
    """The case that is solved, audited and reported: the workbook's, with a calendar ('workbook', 'month', 'quarter', 'year') and a gap
    (percent; None: the workbook's), every combination of cut-offs that a row stands for; with
    ``unknown_length``, the length of none that is switched on is known.

    Raises ``CannotAsk`` where one of them cannot be without its length.
    """
    case = every_combination(on_calendar(case, calendar))
    if unknown_length:
        case = dataclasses.replace(case, cutoffs=tuple(of_unknown_length(case, row) if row.active else row for row in case.cutoffs))
    if relative_gap_pct is None:
        return case
    return dataclasses.replace(case, settings=dataclasses.replace(case.settings, relative_gap_pct=relative_gap_pct))


def of_unknown_length(case: Case, cutoff: CutOff) -> CutOff:
    """A cut-off of the case with a length that nobody knows. Raises ``CannotAsk``."""
    from models.lengths import why_known

    if why := why_known(case, cutoff):
        raise CannotAsk(f"--unknown-length: the length of cut-off {cutoff.cutoff!r} must be known: {why}")
    return dataclasses.replace(cutoff, length_known=False)
