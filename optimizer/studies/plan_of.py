"""A plan read back, and what it was asked for with."""

from __future__ import annotations

from pathlib import Path

from models.case import Case
from models.plan import Plan
from optimizer.engine import PlanDiffers, SolveOptions
from optimizer.plan_file import PlanUnreadable, input_sha256, read_plan


def options_of(plan: Plan) -> SolveOptions:
    """Calendar and gap that a plan was asked for with; the solver's seed and threads."""
    summary = plan.summary
    return SolveOptions(
        calendar=summary.calendar,
        relative_gap_pct=summary.relative_gap_pct,
        unknown_length=summary.unknown_length,
        seed=summary.seed,
        threads=max(1, summary.threads),
    )


def plan_for(case: Case, path: Path) -> Plan:
    """The base plan in a file, if it was made for this case, as read from its workbook, and is one that can be followed.

    Raises ``PlanDiffers`` where it was made for other values or says that no plan survives, or cannot be read as a plan.
    """
    try:
        plan = read_plan(path, with_recourse=False)
    except PlanUnreadable as error:
        raise PlanDiffers(str(error)) from error
    if plan.summary.input_sha256 != input_sha256(case):
        raise PlanDiffers(
            f"{path}: the plan belongs to another workbook: this one has other values than the plan was made for; solve it again"
        )
    if plan.summary.status == "impossible":
        raise PlanDiffers(f"{path}: this answer says that no plan survives, so there is none to ask questions of")
    return plan
