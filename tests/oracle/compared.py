"""One random case solved twice: by the whole solve, and by the second formulation. In a module of its own, for worker processes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from facts import Facts
from oracle_cases import USED, oracle_case
from second_formulation import FEW, Problem, starts

from models.case import Case
from models.plan import Plan
from optimizer.errors import NoBasePlan
from optimizer.solve import SolveOptions, solve

OPTIONS = SolveOptions(relative_gap_pct=5e-4)
"""Five millionths."""

WITHIN = 1e-5
"""Largest relative difference of two costs that are the same."""


@dataclass(frozen=True)
class Compared:
    """What came of one seed."""

    seed: int
    switched_on: tuple[str, ...]
    used: tuple[str, ...]
    status: str
    cost: float
    again: float
    combinations: int
    every_one_tried: bool
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.status} {self.cost} != {self.again}; {'; '.join((*self.faults, *self.switched_on))}"


def compared(seed: int) -> Compared:
    """Cost, readiness and impossibility of both; the faults say where they differ."""
    try:
        return _compared(seed)
    except Exception as error:  # one seed that fails must not hide what became of the others
        return Compared(seed, oracle_case(seed)[1], (), "failed", math.nan, math.nan, 0, False, (f"{type(error).__name__}: {error}",))


def _compared(seed: int) -> Compared:
    case, names = oracle_case(seed)
    faults: list[str] = []
    plan, status = answered(case)
    cost = plan.summary.cost_usd_m if plan is not None and status == "certified" else math.inf
    first = found_starts(case, plan)
    problem = Problem(case, inside=True, first=first)
    again, tried = problem.least(FEW)
    if not (cost == again or math.isclose(cost, again, rel_tol=WITHIN, abs_tol=2e-6)):
        faults.append("costs differ")
    if status == "certified":
        faults += earlier(case, first)
    used = tuple(name for name, is_used in USED.items() if plan is not None and status == "certified" and is_used(case, plan))
    return Compared(seed, names, used, status, cost, again, problem.combinations, tried, tuple(faults))


def answered(case: Case) -> tuple[Plan | None, str]:
    """The plan and its status; none where not even a base plan exists, and the solve says so."""
    try:
        plan = solve(case, OPTIONS)
    except NoBasePlan:
        return None, "no base plan"
    return plan, plan.summary.status


def sought(case: Case) -> list[str]:
    """Cut-offs whose first start is to be found."""
    return [c.cutoff for c in case.cutoffs if c.active and c.must_survive and c.first_start is None]


def found_starts(case: Case, plan: Plan | None) -> dict[str, int]:
    """First starts, where they are to be found: as the plan says; else the latest that is asked for."""
    f = Facts(case)
    found = {r.cutoff: r.first_start for r in plan.readiness} if plan is not None else {}
    certified = plan is not None and plan.summary.status == "certified"
    return {
        c.cutoff: f.month(found.get(c.cutoff) if certified else c.latest_first_start, f.horizon)
        for c in case.cutoffs
        if c.cutoff in sought(case)
    }


def earlier(case: Case, first: dict[str, int]) -> list[str]:
    """What is found could not be had earlier: with the period's end before it, nothing survives."""
    f = Facts(case)
    faults = []
    for cut in case.cutoffs:
        before = [m for m in starts(f, cut, False) if m < first.get(cut.cutoff, -1)]
        if before and Problem(case, inside=True, first={**first, cut.cutoff: before[-1]}).least()[0] < math.inf:
            faults.append(f"{cut.cutoff} could be survived from month {before[-1]}, not from {first[cut.cutoff]} only")
    return faults
