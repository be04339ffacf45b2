"""Checks of how a cut-off unfolds: its ramp, and what falls into its recovery."""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.case import Case
from models.combinations import combinations_of, listed
from models.findings import Finding, Rule, rule, warning
from models.survival import phases


@rule("CutOffs")
def _crises_do_not_go_in_circles(case: Case) -> Iterator[Finding]:
    """No cut-off follows itself, directly or through others."""
    rows = {cutoff.cutoff: cutoff for cutoff in case.cutoffs}
    for number, cutoff in enumerate(case.cutoffs):
        last = phases(cutoff, rows)[-1].cutoff
        if last.then == cutoff.cutoff:
            mend = "It would follow itself without end. Copy the row under another name, switch it off, and name that."
            yield Finding("CutOffs", number, "then", cutoff.then, "a cut-off that does not lead back here", mend)


MANY_COMBINATIONS, MOST_COMBINATIONS = 50, 1000
"""Cut-offs for which one row may stand before the planner is told what the solve will take, and before it is refused."""


@rule("CutOffs")
def _combinations_can_be_made(case: Case) -> Iterator[Finding]:
    """Any so many at once: so many are listed, not too many combinations, and none of them is named as what follows a cut."""
    followed = {cutoff.then for cutoff in case.cutoffs if cutoff.then}
    for number, cutoff in enumerate(case.cutoffs):
        if cutoff.at_once is None:
            continue
        names = len(listed(cutoff))
        if cutoff.at_once > names:
            mend = f"Only {names} {'is' if names == 1 else 'are'} listed. List more, or lower the number."
            wanted = f"a whole number from 1 to {names}" if names else "blank"
            yield Finding("CutOffs", number, "at_once", cutoff.at_once, wanted, mend)
        elif (many := combinations_of(cutoff)) > MOST_COMBINATIONS:
            told = f"{many:,}" if many < 10**12 else f"10^{math.log10(many):.0f}"
            mend = f"The row stands for {told} cut-offs, each with all its starts. List fewer, or those that can fail together row by row."
            yield Finding("CutOffs", number, "at_once", cutoff.at_once, f"at most {MOST_COMBINATIONS:,} combinations", mend)
        elif many > MANY_COMBINATIONS:
            mend = f"The row stands for {many:,} cut-offs, each with all its starts: the solve will take long."
            yield warning("CutOffs", number, "at_once", cutoff.at_once, f"at most {MANY_COMBINATIONS} combinations", mend)
        if cutoff.cutoff in followed:
            mend = "Another row names this cut-off as what follows it, but it stands for several. Give what follows a row of its own."
            yield Finding("CutOffs", number, "at_once", cutoff.at_once, "blank in a row that follows another", mend)


@rule("CutOffs")
def _second_cut_falls_into_the_first(case: Case) -> Iterator[Finding]:
    """What follows a cut-off falls within it or its recovery; later it is a crisis of its own, and is tested as one."""
    for number, cutoff in enumerate(case.cutoffs):
        after, lasts = cutoff.then_after_months, cutoff.months + cutoff.return_months
        if after is None:
            continue
        if not cutoff.then:
            mend = "No cut-off follows, so the month counts for nothing. Name one in the column 'then', or clear it."
            yield warning("CutOffs", number, "then_after_months", after, "blank where nothing follows", mend)
        elif after > lasts:
            mend = f"'{cutoff.cutoff}' and its recovery are over after {lasts} months. Lower it, or make '{cutoff.then}' a row of its own."
            yield Finding("CutOffs", number, "then_after_months", after, f"a whole number from 0 to {lasts}", mend)


@rule("CutOffs")
def _ramps_fit_the_cut(case: Case) -> Iterator[Finding]:
    """A ramp has no more steps than the cut has months."""
    for number, cutoff in enumerate(case.cutoffs):
        if len(cutoff.ramp_pct) > cutoff.months:
            mend = f"The cut lasts {cutoff.months} months, so the rest is not used. Shorten the list, or lengthen the cut."
            yield warning("CutOffs", number, "ramp_pct", cutoff.ramp_pct, f"at most {cutoff.months} steps", mend)


CRISIS_RULES: tuple[Rule, ...] = (
    _crises_do_not_go_in_circles,
    _combinations_can_be_made,
    _second_cut_falls_into_the_first,
    _ramps_fit_the_cut,
)
"""Cut-offs among themselves; the other rules rely on them."""
