"""Where no plan survives: the plan that comes nearest, and the proof that none comes nearer.

The order of what is best is the planner's: first the latest start that is not survived is as early as can be, cut-off by
cut-off, so that the plan is ready as soon as possible; then as few tonnes as can be are missing at the starts before it; then the
plan costs as little as such a plan can. It is a whole plan, with whole units and signatures and with the recourse of every pattern,
those that lack something included, so that the audit replays it like any other. That less cannot be missing is the
solver's bound, asked for a second time without presolve.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from models.case import CutOff
from models.plan import Missing, Plan, Readiness, ReadinessByMaterial
from models.plan import Pattern as PatternRow
from optimizer.assemble import assemble, base_rows
from optimizer.cuts import Master, Probe
from optimizer.errors import NumericalTrouble
from optimizer.recourse import PASSED_T, Recourse
from optimizer.standard_form import stack

if TYPE_CHECKING:
    from optimizer.solve import _Work

MOST_ROUNDS = 8
"""Mixed-integer solves, each with the cuts learned since, before the bound reached is reported as it is."""

ENOUGH = 1e-4
"""Relative difference of what is missing and its bound at which the search ends."""

NOT_COMPUTED = "what is missing could not be computed"

Starts = Mapping[str, int]
"""By cut-off: a start, in months from the start of the plan; beyond the horizon: none."""


@dataclasses.dataclass(frozen=True, eq=False)
class Nearest:
    """The plan that lacks least: ``x`` (n_base,), the patterns looked at, and the bound on the tonnes missing in all of them."""

    x: np.ndarray
    recourses: list[Recourse]
    least_t: float


def nearest_plan(work: _Work) -> Plan:
    """The answer where no plan survives. What a time limit leaves is not enough for it: it is reckoned to the end.

    Raises ``NumericalTrouble`` where nothing is found to be missing after all, or the solver contradicts itself.
    """
    work.options = dataclasses.replace(work.options, time_limit_s=None)
    asked = wanted(work)
    with work.stage("what is missing"):
        found = _nearest(work, asked, every_month=False)
        if found.least_t <= PASSED_T:
            found = _nearest(work, asked, every_month=True)
        if found.least_t <= PASSED_T:
            raise NumericalTrouble("no plan was found that survives, and yet nothing need be missing: the solver contradicts itself")
    return _told(work, found)


def wanted(work: _Work) -> dict[str, int]:
    """The first start that each cut-off is asked to survive: as given, or the latest allowed; blank: the start of the plan."""
    h = work.study.horizon
    return {c.cutoff: max(0, min(h.months, h.month_of(c.first_start, h.month_of(c.latest_first_start, 0)))) for c in _required(work)}


def _required(work: _Work) -> list[CutOff]:
    return [c for c in work.cutoffs if c.must_survive]


def _nearest(work: _Work, asked: Starts, every_month: bool) -> Nearest:
    """The plan that lacks least where every start from the earliest readiness on is survived."""
    recourses = [work.recourse_of(c, s) for c in _required(work) for s in work.dates(c, asked[c.cutoff], every_month)]
    probes = [work.probe(recourse) for recourse in recourses]
    ready = {c.cutoff: work.earliest(c, asked[c.cutoff], every_month) for c in _required(work)}
    while True:
        master = _master(work, ready)
        if work.learn(master, probes, None).x is not None:
            found = _whole(work, master, probes)
            if found is not None:
                break
            ready = dict.fromkeys(ready, work.study.horizon.months + 1)
        else:
            ready = _later(work, probes, ready)
    best, least = found
    least = min(least, _without_presolve(work, master))
    return Nearest(_cheapest(work, master, probes, best), recourses, least)


def _master(work: _Work, ready: Starts) -> Master:
    """The base plan that may lack something at starts before ``ready``, each tonne counting the same."""
    master = Master(work.program, len(work.positions), work.test_options)
    weights = np.zeros(len(work.positions))
    for (cutoff, start), k in work.positions.items():
        weights[k] = 1.0 if start < ready.get(cutoff, 0) else 0.0
    master.allow_missing(weights)
    return master


def _later(work: _Work, probes: list[Probe], ready: Starts) -> dict[str, int]:
    """Readiness of each cut-off where all must be survived by one plan: after the last start that lacks something in the plan
    that lacks least, a tonne at a late start weighing more. Where nothing moves, everything may lack."""
    result = work.lacking(probes)
    if result.x is None:
        raise NumericalTrouble(NOT_COMPUTED)
    lacks = result.x[work.base.program.columns :]
    moved = dict(ready)
    for probe in probes:
        pattern = probe.recourse.pattern
        if lacks[probe.position] > PASSED_T:
            moved[pattern.cutoff.cutoff] = max(moved[pattern.cutoff.cutoff], pattern.start + 1)
    return moved if moved != dict(ready) else dict.fromkeys(ready, work.study.horizon.months + 1)


def _whole(work: _Work, master: Master, probes: list[Probe]) -> tuple[np.ndarray, float] | None:
    """A plan (n_base + patterns,) with whole decisions that lacks least, and the bound on it; None where there is none."""
    best, lacks, bound = None, float("inf"), 0.0
    for _ in range(MOST_ROUNDS):
        whole = work.run(master.mixed_integer(), relative_gap=ENOUGH / 2)
        if whole.x is None:
            return None
        bound = max(bound, whole.bound)
        fixed = work.learn(master, probes, whole.x)
        if fixed.x is not None and fixed.objective < lacks:
            best, lacks = fixed.x, fixed.objective
        if lacks - bound <= ENOUGH * lacks + PASSED_T:
            break
    return None if best is None else (best, min(bound, lacks))


def _without_presolve(work: _Work, master: Master) -> float:
    """The bound on what is missing, reckoned again with presolve off: of the relaxation, or if that lacks nothing of whole decisions."""
    program = master.mixed_integer()
    for asked in (program.relaxed(), program):
        result = work.run(asked, presolve=False, relative_gap=ENOUGH / 2)
        if result.bound > PASSED_T:
            return float("inf")
    return result.bound


def _cheapest(work: _Work, master: Master, probes: list[Probe], best: np.ndarray) -> np.ndarray:
    """The cheapest plan (n_base,) that lacks no more in any pattern than ``best``; that one itself where none is found."""
    n = work.base.program.columns
    lacks = best[n:]
    master.allow_at_most(np.where(lacks > PASSED_T, lacks + PASSED_T, 0.0))
    whole = work.run(master.mixed_integer(), relative_gap=work.gap)
    for integers in (whole.x, best):
        if integers is not None:
            fixed = work.learn(master, probes, integers)
            if fixed.x is not None:
                return fixed.x[:n]
    return best[:n]


# What is told


def _told(work: _Work, found: Nearest) -> Plan:
    """The plan with its rows, the recourse of every pattern, and what each lacks."""
    rows, tables = base_rows(work.model, work.study, work.base, found.x)
    patterns: list[PatternRow] = []
    missing: list[Missing] = []
    with work.stage("certificate"):
        for recourse in found.recourses:
            row, lacks = work.certify(recourse, found.x, rows, False)
            patterns.append(row)
            missing += lacks
    survived = _survived_from(work, found, patterns)
    with work.stage("readiness"):
        tables["readiness_by_material"] = _by_material(work, survived, missing)
    work.first, work.bound, work.held = survived, float("-inf"), len(found.recourses)
    expected, of_crises = work.of_crises(tables, patterns)
    summary = work.summary("impossible", work.program.value(found.x) + expected, work.bound, patterns) | of_crises
    summary["missing_t"] = sum(row.missing_t for row in patterns)
    summary["least_missing_t"] = min(found.least_t, summary["missing_t"])
    readiness = [dataclasses.replace(row, found=True) for row in work.readiness()]
    return assemble(work.study, summary, rows, tables, _asked(work, readiness), patterns, missing, work.spent, {})


def _survived_from(work: _Work, found: Nearest, patterns: list[PatternRow]) -> dict[str, int]:
    """By cut-off: the first of the starts looked at from which on the plan survives; beyond the horizon where the last fails."""
    first: dict[str, int] = {c.cutoff: work.study.horizon.months + 1 for c in _required(work)}
    open_to: set[str] = set(first)
    for recourse, row in reversed(list(zip(found.recourses, patterns, strict=True))):
        if row.missing_t > PASSED_T:
            open_to.discard(row.cutoff)
        elif row.cutoff in open_to:
            first[row.cutoff] = recourse.pattern.start
    return first


def _asked(work: _Work, readiness: list[Readiness]) -> list[Readiness]:
    """Readiness with the latest start that was asked for: what the workbook allows, or the first start that it gives."""
    rows = {c.cutoff: c for c in work.cutoffs}
    return [dataclasses.replace(row, latest_first_start=row.latest_first_start or rows[row.cutoff].first_start) for row in readiness]


def _by_material(work: _Work, survived: Starts, missing: list[Missing]) -> tuple[ReadinessByMaterial, ...]:
    """For every cut-off and demanded commodity that lacks something: from when it would be served if it were the only one that must."""
    h = work.study.horizon
    asked = wanted(work)
    found = []
    for cutoff in _required(work):
        lacking = dict.fromkeys((m.material, m.form) for m in missing if m.cutoff == cutoff.cutoff)
        for commodity in lacking:
            first = work.earliest(cutoff, asked[cutoff.cutoff], False, commodity, survived[cutoff.cutoff])
            starts: dict[Any, float] = {}
            for m in missing:
                if (m.cutoff, m.material, m.form) == (cutoff.cutoff, *commodity):
                    starts[m.start] = starts.get(m.start, 0.0) + m.missing_t
            worst = max(starts, key=lambda start: starts[start])
            found.append(
                ReadinessByMaterial(
                    cutoff=cutoff.cutoff,
                    material=commodity[0],
                    form=commodity[1],
                    first_start=h.date(first) if first <= h.months else None,
                    worst_start=worst,
                    missing_t=starts[worst],
                )
            )
    return tuple(found)


def lacks_only(recourse: Recourse, commodity: tuple[str, str] | None) -> np.ndarray:
    """Cost (n,) of a recourse that asks how little of one commodity (None: of all) must be missing, t REO; all else may lack."""
    cost = np.zeros(recourse.program.columns)
    for column in recourse.missing:
        index: Any = recourse.keys[column][1]
        if commodity is None or tuple(index[1:3]) == commodity:
            cost[column] = 1.0
    return cost


def reachable(work: _Work, cutoff: CutOff, start: int, commodity: tuple[str, str] | None = None) -> bool:
    """Whether some base plan (integers relaxed) survives one pattern, all others forgotten; ``commodity``: all other demand, too."""
    recourse = work.recourse_of(cutoff, start)
    idle = dataclasses.replace(work.program.relaxed(), cost=np.zeros(work.program.columns), offset=0.0)
    block = recourse.elastic_block()
    block = dataclasses.replace(block, program=dataclasses.replace(block.program, cost=lacks_only(recourse, commodity)))
    result = work.run(stack(idle, [block]), time_limit_s=None)
    return result.x is not None and result.objective <= PASSED_T
