"""A plan read back, and the case that it was made for."""

from __future__ import annotations

from pathlib import Path

from models.case import Case
from models.plan import Plan
from optimizer.engine import PlanDiffers, SolveOptions, as_asked
from optimizer.plan_file import PlanUnreadable, input_sha256, read_plan


def options_of(plan: Plan) -> SolveOptions:
    """What a plan was asked for with, as far as the file tells."""
    return SolveOptions(
        calendar=getattr(plan.summary, "calendar", "workbook"), relative_gap_pct=getattr(plan.summary, "relative_gap_pct", None)
    )


def plan_for(case: Case, path: Path) -> Plan:
    """The plan in a file, if it was made for this case and is one that can be followed.

    Raises ``PlanDiffers`` where it was made for other values or says that no plan survives, or cannot be read as a plan.
    """
    try:
        plan = read_plan(path)
    except PlanUnreadable as error:
        raise PlanDiffers(str(error)) from error
    if plan.summary.input_sha256 not in {input_sha256(case), input_sha256(as_asked(case, options_of(plan)))}:
        raise PlanDiffers(
            f"{path}: the plan does not belong to this workbook: the workbook has other values than the plan was made for (its "
            "fingerprint differs); solve the workbook again"
        )
    if plan.summary.status == "impossible":
        raise PlanDiffers(f"{path}: this answer says that no plan survives, so there is none to ask questions of")
    return plan
