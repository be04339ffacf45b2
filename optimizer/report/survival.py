"""What the patterns say: which cut-offs are survived, from when, by what margin, and which pattern is the worst."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from models.case import CutOff
from models.columns import Month
from models.plan import Missing, Pattern, Plan, Readiness
from optimizer.report.view import View

PASSED_T = 1e-6
"""A pattern is passed when no more than a gram of protected demand is missing."""

BINDING_PCT = 0.05
"""A margin that is shown as 0.0 % binds."""


def passed(pattern: Pattern) -> bool:
    """Whether a pattern is survived."""
    return pattern.missing_t <= PASSED_T


def run_name(pattern: Pattern) -> str:
    """Name of the recourse of a pattern in the plan's tables."""
    return f"{pattern.cutoff}@{pattern.start}"


@dataclass(frozen=True)
class Outcome:
    """One cut-off and its patterns, in order of their start."""

    cutoff: CutOff
    patterns: tuple[Pattern, ...]
    readiness: Readiness | None
    measured: frozenset[Month]
    """Starts at which margins are measured: the first months of the plan's periods, and the end; none where there is no plan."""

    def margin(self, pattern: Pattern) -> float | None:
        """Margin of a pattern, %, never below zero; None where it is not survived, or was not measured.

        Inside a long period the margin is not measured; a zero there says nothing.
        """
        told: float | None = pattern.margin_pct
        if told is None or not passed(pattern) or (told == 0 and pattern.start not in self.measured):
            return None
        return max(0.0, told)

    def binds(self, pattern: Pattern) -> bool:
        """Whether a pattern is survived with no margin."""
        left = self.margin(pattern)
        return left is not None and left < BINDING_PCT

    def worst_first(self, pattern: Pattern) -> tuple[bool, float, float, float, int]:
        """Order: not survived (most missing first), then smallest margin, then dearest recourse, then earliest start; not measured last."""
        left = self.margin(pattern)
        known = float("inf") if left is None else round(left, 2)
        return (passed(pattern), -pattern.missing_t, known, -(pattern.recourse_usd_m or 0.0), pattern.start.ordinal)

    @property
    def required(self) -> tuple[Pattern, ...]:
        """Those that must be survived."""
        return tuple(p for p in self.patterns if p.must_survive)

    @property
    def judged(self) -> tuple[Pattern, ...]:
        """Those that count: the required ones, or all of a cut-off that is only reported."""
        return self.required or self.patterns

    @property
    def failed(self) -> tuple[Pattern, ...]:
        """Of those that count, the ones that are not survived."""
        return tuple(p for p in self.judged if not passed(p))

    @property
    def binding(self) -> tuple[Pattern, ...]:
        """Of those that count, the ones survived with no margin."""
        return tuple(p for p in self.judged if self.binds(p))

    @property
    def worst(self) -> Pattern | None:
        """The hardest of those that count."""
        return min(self.judged, key=self.worst_first, default=None)

    @property
    def smallest_margin(self) -> float | None:
        """Smallest margin measured, %; None where a pattern that counts is not survived, or none was measured."""
        known = [m for m in map(self.margin, self.judged) if m is not None]
        return min(known) if known and not self.failed else None

    @property
    def dearest_usd_m(self) -> float | None:
        """Cost of the dearest recourse of those that count, million USD, undiscounted."""
        return max((p.recourse_usd_m for p in self.judged if p.recourse_usd_m is not None), default=None)

    @property
    def first_start(self) -> Month | None:
        """First start from which on everything is survived: as the plan says, if no pattern says otherwise; else as the patterns show."""
        told = None if self.readiness is None else self.readiness.first_start
        if self.readiness is not None and not any(told is not None and p.start >= told for p in self.failed):
            return told
        first = None
        for p in reversed(self.patterns):
            if not passed(p):
                break
            first = p.start
        return first


def outcomes(view: View) -> tuple[Outcome, ...]:
    """Every active cut-off, in workbook order, then any that only the plan knows."""
    patterns: dict[str, list[Pattern]] = defaultdict(list)
    for p in view.plan.patterns:
        patterns[p.cutoff].append(p)
    readiness = {r.cutoff: r for r in view.plan.readiness}
    nothing = view.plan.summary.status == "impossible"
    measured = frozenset[Month]() if nothing else frozenset((*view.periods, view.last_month.plus(1)))
    return tuple(
        Outcome(c, tuple(sorted(patterns[c.cutoff], key=lambda p: p.start)), readiness.get(c.cutoff), measured)
        for c in view.case.cutoffs
        if c.active or c.cutoff in patterns
    )


Signal = Literal["green", "amber", "red", "none"]


@dataclass(frozen=True)
class Verdict:
    """The headline of the plan, the sentence below it, and its colour."""

    headline: str
    sentence: str
    signal: Signal
    required: int
    required_passed: int


def counted(plan: Plan) -> tuple[int, int]:
    """Patterns that must be survived, and how many of them are; the summary's counts where the plan lists no pattern."""
    required = [p for p in plan.patterns if p.must_survive]
    if not plan.patterns:
        return plan.summary.patterns_tested, plan.summary.patterns_passed
    return len(required), sum(passed(p) for p in required)


def several(number: int, one: str, many: str = "") -> str:
    """``1 plant``, ``3 plants``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def verdict(view: View) -> Verdict:
    """What the plan amounts to, in two sentences."""
    summary = view.plan.summary
    required, right = counted(view.plan)
    cuts = [t for t in outcomes(view) if t.required]
    if view.audited is False:
        sentence = (
            f"Computed again from workbook and plan, the figures break a rule by up to {summary.largest_violation:.1e}, or the cost does "
            "not add up. What follows is for finding the error, not for use."
        )
        return Verdict("DO NOT USE: the plan failed its re-computation", sentence, "red", required, right)
    if summary.status == "impossible":
        return Verdict("NO PLAN SURVIVES", _missing_sentence(view.plan.missing), "red", required, right)
    if summary.status == "unproven" or right < required:
        sentence = (
            f"Passed {right:,} of {required:,} patterns that must be survived (a pattern is a cut-off with the month "
            "it begins). The search was stopped at "
            "a limit before a plan was found that passes them all. Do not take this plan for safe: let the search run "
            "longer; sheet Patterns shows "
            "what fails."
        )
        return Verdict(f"NOT PROVEN TO SURVIVE: passed {right:,} of {required:,} patterns", sentence, "red", required, right)
    if required == 0:
        return Verdict("The cheapest plan; no cut-off had to be survived", "No pattern was required of this plan.", "amber", 0, 0)
    headline = f"Survives {several(len(cuts), 'cut-off')} {_since(cuts)}"
    every = (
        f"All {several(required, 'pattern')} that must be survived (a cut-off with the month it begins) were tested one by "
        "one and are passed."
    )
    if summary.status == "limit":
        every += f" The search for a cheaper plan was stopped at a limit: a plan up to {summary.gap_pct:.2f} % cheaper may exist."
        return Verdict(headline, every, "amber", required, right)
    return Verdict(headline, every, "green", required, right)


def _since(cuts: list[Outcome]) -> str:
    starts = {t.first_start for t in cuts}
    dates = sorted(s for s in starts if s is not None)
    if len(starts) == 1 and dates:
        return f"that {'begins' if len(cuts) == 1 else 'begin'} in {dates[0]} or later"
    if dates and len(dates) == len(starts):
        return f"(the first from {dates[0]}, all from {dates[-1]} on)"
    return "from the starts listed below"


def _missing_sentence(missing: tuple[Missing, ...]) -> str:
    if not missing:
        return "No combination of purchases, contracts, plants and stocks in the workbook serves all protected demand."
    by_pattern: dict[tuple[str, Month], float] = defaultdict(float)
    for m in missing:
        by_pattern[m.cutoff, m.start] += m.missing_t
    worst = max(by_pattern, key=lambda k: by_pattern[k])
    sectors = several(len({m.sector for m in missing}), "sector")
    goods = several(len({(m.material, m.form) for m in missing}), "commodity", "commodities")
    patterns = several(len(by_pattern), "pattern")
    return (
        f"Whatever is signed, built and held, protected demand goes unserved. The plan that lacks least fails in {patterns}, "
        f"most of all by {by_pattern[worst]:,.4g} t REO when {worst[0]} "
        f"begins in {worst[1]}. It concerns {sectors} and {goods}, listed below."
    )
