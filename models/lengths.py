"""A cut-off at other lengths: when a longer one is never easier, and what one schedule for every length has to stand.

The longer of two cut-offs that differ in their months alone leaves no more of anything in any month, its window holds the
window of the other, and all else that a recourse is told of the crisis (cargo at sea, call notices, spot availability, late projects)
counts from the month in which it begins. What a minimum relieves or asks for is money, never tonnes, and what is too much can always
be disposed of. So a recourse of the longer one, cut off at the end of the other's window, is a recourse of the shorter one: survival
of a length is survival of every shorter length, and by one and the same schedule, which need not know when the cut ends. That is a
theorem where the months of a cut only ever take more, see `harder_when_longer`. Where another cut-off follows at its end, a longer
first one puts the second one off; where a ramp falls, what a long cut leaves in its last months is more than the recovery of a short
one: there it is not.
"""

from __future__ import annotations

import dataclasses
import itertools

from models.case import Case, CutOff


def of_length(cutoff: CutOff, months: int) -> CutOff:
    """The cut-off with another length."""
    return dataclasses.replace(cutoff, months=months)


def rising(cutoff: CutOff) -> bool:
    """Whether no month of the cut leaves more than the one before it."""
    return all(a <= b for a, b in itertools.pairwise(cutoff.ramp_pct))


def harder_when_longer(cutoff: CutOff) -> bool:
    """Whether surviving a length of this cut-off is surviving every shorter one: nothing follows it, and its ramp never falls, or
    its length is not known, so that a longer one asks for all that a shorter one does."""
    return not cutoff.then and (rising(cutoff) or not cutoff.length_known)


def for_every_length(cutoff: CutOff) -> CutOff:
    """The cut-off that leaves in every month what is left by that length, from one month to its own, which then leaves least.

    One schedule stands every length exactly if it stands this one: what it buys, lifts, converts and draws in a month must be there
    whatever the length, and what is there beyond that is disposed of. Where the ramp never falls this is the cut-off itself, by the
    theorem of this page. Where it falls it is a row of its own that lasts for the cut and its return: decisions may in truth follow
    from the day on which the cut ends, so it asks for no less than is needed, and may ask for more.
    """
    if rising(cutoff):
        return cutoff
    whole = cutoff.months + cutoff.return_months
    ramp = tuple(max(_depth(cutoff, months, k) for months in range(1, cutoff.months + 1)) for k in range(whole))
    return dataclasses.replace(cutoff, months=whole, return_months=0, ramp_pct=ramp)


def _depth(cutoff: CutOff, months: int, k: int) -> float:
    """Share of the severity in month ``k`` of a cut of so many months, and of its return, %."""
    deepest = cutoff.ramp_pct[min(k, months - 1, len(cutoff.ramp_pct) - 1)]
    return deepest * (1 - min(1.0, max(0, k - months + 1) / (cutoff.return_months + 1)))


def why_known(case: Case, cutoff: CutOff) -> str:
    """Why the length of a cut-off must be known; empty where it need not be."""
    if cutoff.then:
        return "another cut-off follows it, and when that is hangs on the length"
    if any(row.then == cutoff.cutoff for row in case.cutoffs):
        return "it follows another cut-off, and its row then tells the second part of one crisis"
    if not rising(cutoff) and any(plant.transit_months for plant in case.plants):
        return "its ramp falls, and what comes back from a toll plant hangs on when the cut ends"
    return ""


def with_longest(case: Case, months: int) -> Case:
    """The case with every cut-off once more at a length of at least so many months, switched off: series then reach far enough for all
    lengths up to it."""
    longest = tuple(
        dataclasses.replace(c, cutoff=f"{c.cutoff} at its longest", months=max(c.months, months), active=False) for c in case.cutoffs
    )
    return dataclasses.replace(case, cutoffs=(*case.cutoffs, *longest))
