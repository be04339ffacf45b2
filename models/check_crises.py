"""Checks of how a cut-off unfolds: its ramp, and what falls into its recovery."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from models.case import Case, CutOff
from models.combinations import combinations_of, listed
from models.findings import Finding, Rule, rule, warning
from models.lengths import why_known
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


@rule("CutOffs", "Settings")
def _cutoffs_do_not_overlap(case: Case) -> Iterator[Finding]:
    """No cut-off says the same as another; one that another holds whole (the same supplies, no longer, no harsher, at no other starts)
    adds nothing."""
    rows = [(number, cutoff) for number, cutoff in enumerate(case.cutoffs) if cutoff.active and cutoff.at_once is None]
    told: set[int] = set()
    for number, cutoff in rows:
        for other, held in rows:
            if other == number or other in told or _bare(held, *_HARSHNESS) != _bare(cutoff, *_HARSHNESS) or not _holds(case, cutoff, held):
                continue
            told.add(other)
            if _bare(held) == _bare(cutoff):
                mend = f"It says the same as '{cutoff.cutoff}': each start would be tested twice. Delete or switch off one of the two."
                yield Finding("CutOffs", max(number, other), "cutoff", held.cutoff, "cut-offs that differ", mend)
                told.add(number)
            else:
                mend = f"Whoever survives '{cutoff.cutoff}' survives it too: the same is cut there, no shorter and no less. Switch it off."
                yield warning("CutOffs", other, "cutoff", held.cutoff, f"a cut-off that '{cutoff.cutoff}' does not hold", mend)


_HARSHNESS = ("severity", "months", "return_months", "spot_availability", "cargo_at_sea", "first_start", "latest_first_start", "last_start")
"""Columns in which one cut-off may be harsher than another that cuts the same."""

_TEXTS = ("cutoff", "name", "reference", "dated", "confidence", "note")
"""Columns that decide nothing."""


def _bare(cutoff: CutOff, *others: str) -> CutOff:
    """A cut-off without its texts and some other columns."""
    blank = [field for field in dataclasses.fields(CutOff) if field.name in (*_TEXTS, *others)]
    changes: dict[str, Any] = {field.name: 0 if field.default is dataclasses.MISSING else field.default for field in blank}
    return dataclasses.replace(cutoff, **changes)


def _holds(case: Case, cutoff: CutOff, held: CutOff) -> bool:
    """Whether one cut-off is as long and harsh as another, at all its starts. Where a recovery, a second cut or a first start that is to
    be found makes the two hard to compare, only the same ones hold each other."""
    if _bare(cutoff) == _bare(held):
        return True
    dated = cutoff.first_start is not None and held.first_start is not None
    if not dated or cutoff.return_months or held.return_months or cutoff.then or len(cutoff.ramp_pct) > 1:
        return False
    one, other = cutoff.spot_availability, held.spot_availability
    if one != other and (isinstance(one, str) or isinstance(other, str) or one > other):
        return False
    end = case.settings.start.plus(case.settings.horizon_months)
    early = (cutoff.first_start or end) <= (held.first_start or end) and (held.last_start or end) <= (cutoff.last_start or end)
    return early and cutoff.severity >= held.severity and cutoff.months >= held.months and cutoff.cargo_at_sea <= held.cargo_at_sea


@rule("CutOffs")
def _ramps_fit_the_cut(case: Case) -> Iterator[Finding]:
    """A ramp has no more steps than the cut has months."""
    for number, cutoff in enumerate(case.cutoffs):
        if len(cutoff.ramp_pct) > cutoff.months:
            mend = f"The cut lasts {cutoff.months} months, so the rest is not used. Shorten the list, or lengthen the cut."
            yield warning("CutOffs", number, "ramp_pct", cutoff.ramp_pct, f"at most {cutoff.months} steps", mend)


@rule("CutOffs")
def _crises_leave_ordinary_times(case: Case) -> Iterator[Finding]:
    """Crises that are to be expected do not last all the time: their cost is what they add to ordinary months."""
    rows = {cutoff.cutoff: cutoff for cutoff in case.cutoffs}
    likely = [(n, c) for n, c in enumerate(case.cutoffs) if c.active and c.annual_probability > 0]
    lasting = {n: c.annual_probability * combinations_of(c) * max(p.end for p in phases(c, rows)) / 12 for n, c in likely}
    if sum(lasting.values()) >= 1:
        number, cutoff = max(likely, key=lambda row: lasting[row[0]])
        mend = (
            "With these chances and lengths some crisis would be on at any time. Lower the chances, or make it an assumption of the plan."
        )
        yield Finding("CutOffs", number, "annual_probability", cutoff.annual_probability, "chances that leave ordinary times", mend)


@rule("CutOffs", "Demand")
def _shortage_in_a_crisis_has_a_price(case: Case) -> Iterator[Finding]:
    """Where a crisis need not be survived and its cost counts, what is not served costs something."""
    free = [d for d in case.demands if d.shortage_usd_per_kg == 0]
    for number, cutoff in enumerate(case.cutoffs):
        limited = cutoff.crisis_budget_usd_m is not None or case.settings.crisis_cvar_budget_usd_m is not None
        if free and cutoff.active and not cutoff.must_survive and (cutoff.annual_probability > 0 or limited):
            named = f"{free[0].sector} {free[0].material} {free[0].form}"
            mend = f"On the sheet Demand the shortage of {named} costs nothing, so that leaving it unserved is free. Give it a cost."
            yield warning("CutOffs", number, "must_survive", False, "a cost of shortage for all demand", mend)


@rule("CutOffs")
def _length_need_not_be_known(case: Case) -> Iterator[Finding]:
    """Where nobody knows when a cut will end, nothing hangs on its end but what comes back."""
    for number, cutoff in enumerate(case.cutoffs):
        if not cutoff.length_known and (why := why_known(case, cutoff)):
            mend = f"Of '{cutoff.cutoff}' the length must be known: {why}. Write yes, or give each length a row of its own."
            yield Finding("CutOffs", number, "length_known", cutoff.length_known, "yes", mend)


CRISIS_RULES: tuple[Rule, ...] = (
    _crises_do_not_go_in_circles,
    _length_need_not_be_known,
    _combinations_can_be_made,
    _second_cut_falls_into_the_first,
    _ramps_fit_the_cut,
    _cutoffs_do_not_overlap,
    _crises_leave_ordinary_times,
)
"""Cut-offs among themselves; the other rules rely on them."""

CRISIS_COST_RULES: tuple[Rule, ...] = (_shortage_in_a_crisis_has_a_price,)
"""What crises cost."""
