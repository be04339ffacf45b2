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

Fault = tuple[str, str]
"""Column of a cut-off, and why it does not allow a question."""


def of_length(cutoff: CutOff, months: int) -> CutOff:
    """The cut-off with another length."""
    return dataclasses.replace(cutoff, months=months)


def harder_when_longer(cutoff: CutOff) -> bool:
    """Whether surviving a length of this cut-off is surviving every shorter one: nothing follows it, and its ramp never falls."""
    return not cutoff.then and all(a <= b for a, b in itertools.pairwise(cutoff.ramp_pct))


def with_longest(case: Case, months: int) -> Case:
    """The case with every cut-off once more at a length of at least so many months, switched off: series then reach far enough for all
    lengths up to it."""
    longest = tuple(
        dataclasses.replace(c, cutoff=f"{c.cutoff} at its longest", months=max(c.months, months), active=False) for c in case.cutoffs
    )
    return dataclasses.replace(case, cutoffs=(*case.cutoffs, *longest))
