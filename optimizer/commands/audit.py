"""``stockpile audit``: a plan computed again from its workbook, without the model and without a solver."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer import console
from optimizer.commands.parts import EPILOG, FILE_IN, complain, refuse, show_traceback, words
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.plan import Plan
    from optimizer.audit import Verdict

OF_RECOURSE = frozenset({"recourse", "unchecked", "crisis-cost"})
"""Rules that are broken where nothing but the recourse of patterns is lacking."""


@click.command("audit", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN)
@click.option("--anyway", is_flag=True, help="Audit a plan of another workbook too: it passes where it keeps the rules of this one.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def command(workbook: Path, plan: Path, anyway: bool, as_json: bool) -> ExitCode:
    """Compute PLAN again from WORKBOOK: every balance, limit, date, cost and month of service.

    PLAN is what `solve --json` wrote, with its recourse in the same folder. Nothing of the model is used, and no solver: the
    arithmetic is the audit's own. It says whether the plan keeps the rules and costs what it claims; that no plan is cheaper
    is what the solver's bound says.
    """
    from optimizer import plan_file
    from optimizer import workbook as reading

    try:
        case = reading.read_cells(workbook)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    try:
        found, astray = _read(plan)
    except plan_file.PlanUnreadable as error:
        complain(str(error))
        return ExitCode.INPUT_REFUSED
    if found.summary.input_sha256 != plan_file.input_sha256(case):
        complain(f"{plan} belongs to another workbook: {workbook} has other values than the plan was made for")
        if not anyway:
            complain("not audited; --anyway asks whether the plan keeps the rules of this workbook")
            return ExitCode.INPUT_REFUSED
    verdict = _verdict(case, found)
    told = _told(found, verdict, astray)
    if as_json:
        click.echo(console.as_json({"plan": str(plan), "workbook": str(workbook), **dataclasses.asdict(told), **_figures(verdict)}))
    else:
        for line in _lines(found, verdict, told):
            click.echo(line)
    for line in () if verdict is None else console.finding_lines(verdict):
        click.echo(line, err=True)
    return ExitCode.ANSWERED if told.passed else ExitCode.AUDIT_FAILED


@dataclasses.dataclass(frozen=True)
class Told:
    """What the audit says: whether all passed; of survival 'proven again', 'not audited', 'failed', 'not claimed', and why."""

    passed: bool
    survival: str
    why: str = ""


def _read(path: Path) -> tuple[Plan, str]:
    """The plan; and why its recourse is not with it (empty: it is). Raises ``PlanUnreadable``."""
    from optimizer import plan_file

    try:
        return plan_file.read_plan(path), ""
    except plan_file.RecourseAstray as error:
        return plan_file.read_plan(path, with_recourse=False), str(error)


def _verdict(case: Case, plan: Plan) -> Verdict | None:
    """The verdict on a plan with what it was asked for; None where the audit broke down, which has been said."""
    from optimizer import audit
    from optimizer.asked import asked_for

    summary = plan.summary
    try:
        return audit.audit(asked_for(case, summary.calendar, summary.relative_gap_pct, summary.unknown_length), plan)
    except Exception as error:  # whatever a plan altered by hand, or of another workbook, makes of the arithmetic
        show_traceback(error)
        complain(f"re-computation broke down: {words(error)}")
        return None


def _told(plan: Plan, verdict: Verdict | None, astray: str) -> Told:
    """What a verdict means."""
    from optimizer.audit.starts import CLAIMS_SURVIVAL

    if verdict is None:
        return Told(False, "failed", "the re-computation broke down")
    broken = {finding.rule for finding in verdict.findings}
    if plan.summary.status not in CLAIMS_SURVIVAL:
        return Told(verdict.passed and not astray, "not claimed", astray)
    if astray or (broken and broken <= OF_RECOURSE and "recourse" in broken):
        return Told(False, "not audited", astray or "the recourse of patterns that must be survived is not in the plan")
    return Told(verdict.passed, "proven again" if verdict.passed else "failed")


def _figures(verdict: Verdict | None) -> dict[str, Any]:
    """The verdict as plain values."""
    if verdict is None:
        return {"findings": [], "largest_violation": None, "cost_usd_m": None, "checks": {}}
    return {
        "findings": [dataclasses.asdict(finding) for finding in verdict.findings],
        "more": dict(verdict.more),
        "largest_violation": verdict.largest_violation,
        "cost_usd_m": verdict.cost_usd_m,
        "checks": dict(verdict.checks),
    }


def _lines(plan: Plan, verdict: Verdict | None, told: Told) -> list[str]:
    """The verdict in plain words."""
    summary = plan.summary
    rows = [("", summary.title), ("Claims", f"{summary.status}, cost {summary.cost_usd_m:,.6f} million USD, discounted")]
    if verdict is not None:
        rows += [
            ("Computed", f"cost {verdict.cost_usd_m:,.6f} million USD"),
            ("Compared", f"{sum(verdict.checks.values()):,} figures; largest violation {verdict.largest_violation:.1e}"),
        ]
    patterns = f"{summary.patterns_passed:,} of {summary.patterns_tested:,} patterns"
    survival = {
        "proven again": f"{patterns}, every month of service computed again",
        "not audited": f"survival NOT audited: {told.why}",
        "failed": "FAILED",
        "not claimed": told.why or "not claimed by the plan",
    }
    if summary.patterns_tested or told.survival != "proven again":
        rows.append(("Survival", survival[told.survival]))
    rows.append(("Verdict", "passed" if told.passed else "FAILED: do not use this plan"))
    return [console.printable(text) if not label else f"{label:<10} {console.printable(text)}" for label, text in rows]
