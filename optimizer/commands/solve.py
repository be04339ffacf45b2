"""``stockpile solve``: a workbook in, a plan out, checked."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer import console, progress
from optimizer.commands.parts import (
    EPILOG,
    FILE_IN,
    FILE_OUT,
    MONTH,
    STANDARD_OUTPUT,
    complain,
    finite,
    refuse,
    refuse_to_overwrite,
    refuse_unwritable,
    show_traceback,
    spread,
    words,
    xlsx,
)
from optimizer.errors import CannotAsk, Interrupted
from optimizer.exit_codes import OF_STATUS, ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.columns import Month
    from models.plan import Plan
    from optimizer.lock import Lock
    from optimizer.solve import SolveOptions
    from optimizer.studies.survive import Survival


@click.command("solve", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option(
    "--out", type=FILE_OUT, callback=xlsx, metavar="REPORT.xlsx", show_default="NAME.report.xlsx in the current folder", help="The report."
)
@click.option(
    "--json",
    "json_path",
    type=FILE_OUT,
    metavar="PLAN.json",
    help="Write the plan as JSON too, with the recourse beside it; - prints it on standard output, alone and without the recourse.",
)
@click.option(
    "--calendar",
    type=click.Choice(["workbook", "month", "quarter", "year"]),
    default="workbook",
    show_default=True,
    help="Length of the periods: as the workbook says, or all of one length.",
)
@click.option(
    "--gap",
    type=click.FloatRange(0, 100),
    callback=finite,
    metavar="PCT",
    show_default="the workbook's",
    help="Stop when cost and bound are this close.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    callback=finite,
    metavar="S",
    show_default="none",
    help="Stop after so many seconds.",
)
@click.option(
    "--node-limit",
    type=click.IntRange(1),
    metavar="N",
    show_default="none",
    help="Stop after so many nodes of the search; unlike time, this repeats exactly.",
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Threads of the solver.")
@click.option(
    "--extensive",
    is_flag=True,
    help="Solve one program of the plan and every pattern, as the problem is defined, instead of learning cuts: for small cases.",
)
@spread
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, metavar="N", help="Random seed of the solver.")
@click.option(
    "--unknown-length",
    is_flag=True,
    help="Nobody knows when a cut will end: one schedule must serve every length of each cut-off up to its own.",
)
@click.option(
    "--time-to-survive",
    is_flag=True,
    help="Say in the report for how many months each cut-off is survived, and what is not; as the command survive, with its defaults.",
)
@click.option(
    "--lock",
    type=FILE_IN,
    metavar="PLAN.json",
    help="Take the decisions of a plan (contracts, plants, programmes) as they are, and solve the rest again.",
)
@click.option(
    "--lock-before", type=MONTH, metavar="YYYY-MM", show_default="all", help="With --lock: only decisions dated before this month."
)
@click.option(
    "--repairs",
    "count",
    type=click.IntRange(0, 20),
    default=3,
    show_default=True,
    metavar="K",
    help="Where no plan survives, so many cheapest repairs of what the sheet Negotiable lists.",
)
@click.option("--quiet", is_flag=True, help="No progress and no warnings; results and errors only.")
def command(
    workbook: Path,
    out: Path | None,
    json_path: Path | None,
    unknown_length: bool,
    calendar: str,
    gap: float | None,
    time_limit: float | None,
    node_limit: int | None,
    threads: int,
    workers: int | None,
    dask: str | None,
    extensive: bool,
    seed: int,
    time_to_survive: bool,
    lock: Path | None,
    lock_before: Month | None,
    count: int,
    quiet: bool,
) -> ExitCode:
    """Find the cheapest plan for WORKBOOK that survives its cut-offs, check it, and write the report.

    Prints a short summary. The report is written to the current folder unless --out says otherwise; a report of that name
    is replaced, the input never is. Whatever the answer, the exit code says how sure it is.
    """
    out = out if out is not None else Path(f"{workbook.stem}.report.xlsx")
    refuse_to_overwrite(workbook, out, json_path)
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    if lock_before is not None and lock is None:
        raise click.UsageError("--lock-before says which decisions of a plan are locked; give the plan with --lock")
    from optimizer.lock import CannotLock
    from optimizer.plan_file import PlanUnreadable
    from optimizer.solve import SolveOptions

    try:
        taken = _lock(lock, lock_before)
    except PlanUnreadable as error:
        complain(str(error))
        return ExitCode.INPUT_REFUSED
    options = SolveOptions(
        unknown_length=unknown_length,
        relative_gap_pct=gap,
        time_limit_s=time_limit,
        node_limit=node_limit,
        threads=threads,
        seed=seed,
        calendar=calendar,
        lock=taken,
        workers=workers,
        dask=dask,
        extensive=extensive,
    )
    try:
        with progress.for_stream(sys.stderr, quiet) as shown:
            answer = _answer(workbook, options, shown, time_to_survive, count)
            shown.stage("write")
            written, failures = _write(answer, out, json_path)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except CannotLock as error:
        complain(f"{lock}: {error}")
        return ExitCode.INPUT_REFUSED
    except CannotAsk as cannot:
        complain(f"{cannot}; nothing was written")
        return ExitCode.INPUT_REFUSED
    for line in (*console.summary_lines(answer.plan, answer.passed), *_lines(answer.survival), *written):
        click.echo(line, err=json_path == STANDARD_OUTPUT)
    for line in answer.findings:
        click.echo(line, err=True)
    for failure in failures:
        complain(failure)
    usable = answer.code not in (ExitCode.AUDIT_FAILED, ExitCode.INTERRUPTED)
    return ExitCode.FAILED if failures and usable else answer.code


def _lines(survival: Survival | None) -> list[str]:
    """For how long each cut-off is survived, where that was asked."""
    if survival is None:
        return []
    from optimizer.report.studies.survive import sentences

    return [f"{'Lasts':<10} {console.printable(text)}" for text in sentences(survival)]


def _lock(path: Path | None, before: Month | None) -> Lock | None:
    """The decisions that are locked. Raises ``PlanUnreadable``."""
    from optimizer import plan_file
    from optimizer.lock import Lock

    return None if path is None else Lock(plan_file.read_plan(path, with_recourse=False), before)


@dataclasses.dataclass(frozen=True)
class Answer:
    """A plan, the case it answers, whether it passed its re-computation, exit code, findings."""

    case: Case
    plan: Plan
    passed: bool
    code: ExitCode
    findings: tuple[str, ...] = ()
    survival: Survival | None = None


def _answer(workbook: Path, options: SolveOptions, shown: progress.Progress, time_to_survive: bool = False, count: int = 0) -> Answer:
    """Read, solve, look for ``count`` repairs where no plan survives, compute again.

    Raises what reading and solving raise; an interruption that left a plan is an answer.
    """
    from models.plan import Stage
    from optimizer import solve
    from optimizer import workbook as reading

    shown.stage("read")
    began = time.monotonic()
    case, warnings = reading.read_with_warnings(workbook)
    read = Stage(stage="read", seconds=time.monotonic() - began)
    for line in console.fault_lines(warnings):
        shown.message(line)
    interrupted = False
    try:
        plan = solve.solve(case, options, shown)
    except Interrupted as stopped:
        if stopped.plan is None:
            raise
        plan, interrupted = stopped.plan, True
    plan, read_case = dataclasses.replace(plan, stages=(read, *plan.stages)), case
    if plan.summary.status == "impossible" and case.negotiables and count and not interrupted:
        plan, interrupted = _with_repairs(case, plan, options, shown, count)
    case = solve.as_asked(case, options)
    shown.stage("audit")
    began = time.monotonic()
    violation, findings, passed = _audited(case, plan)
    audited = Stage(stage="audit", seconds=time.monotonic() - began)
    summary = dataclasses.replace(plan.summary, largest_violation=violation)
    plan = dataclasses.replace(plan, summary=summary, stages=(*plan.stages, audited))
    code = ExitCode.INTERRUPTED if interrupted else OF_STATUS[plan.summary.status]
    survival = None
    if time_to_survive and passed and not interrupted and plan.summary.status != "impossible":
        survival = _survival(read_case, plan, options, shown)
    return Answer(case, plan, passed, code if passed else ExitCode.AUDIT_FAILED, tuple(findings), survival)


def _survival(case: Case, plan: Plan, options: SolveOptions, shown: progress.Progress) -> Survival:
    """How long the plan survives, asked on all processors."""
    from optimizer.executor import choose
    from optimizer.studies.survive import survive

    with choose(options.workers, options.dask) as executor:
        return survive(case, plan, options=options, progress=shown, executor=executor)


def _with_repairs(case: Case, plan: Plan, options: SolveOptions, shown: progress.Progress, count: int) -> tuple[Plan, bool]:
    """The answer that no plan survives with its repairs, and whether the search for them was interrupted: the answer stands without."""
    from models.plan import Stage
    from optimizer import repairs

    began = time.monotonic()
    try:
        found = repairs.repairs(case, options, shown, count).rows
    except Interrupted:
        return plan, True
    return dataclasses.replace(plan, repairs=found, stages=(*plan.stages, Stage(stage="repairs", seconds=time.monotonic() - began))), False


def _audited(case: Case, plan: Plan) -> tuple[float, list[str], bool]:
    """Largest violation, findings in words, and whether the plan passed. An audit that breaks down has not passed the plan."""
    from optimizer import audit
    from optimizer.audit.verdict import UNMEASURABLE

    try:
        verdict = audit.audit(case, plan)
    except Exception as error:
        show_traceback(error)
        return UNMEASURABLE, [console.printable(f"re-computation: broke down: {words(error)}")], False
    return verdict.largest_violation, list(console.finding_lines(verdict)), verdict.passed


def _write(answer: Answer, out: Path, json_path: Path | None) -> tuple[list[str], list[str]]:
    """Write plan and report, the one even where the other fails: what was written, and what was not and why."""
    from optimizer import plan_file, report

    written, failures = [], []
    if json_path is not None:
        try:
            if json_path == STANDARD_OUTPUT:
                _print_plan(answer.plan)
            else:
                plan_file.write_plan(answer.plan, json_path)
                beside = plan_file.recourse_path(json_path)
                written.append(f"{'Plan':<10} {json_path}" + (f", its recourse in {beside}" if beside.exists() else ""))
        except Exception as error:
            show_traceback(error)
            failures.append(f"plan not written: {json_path}: {words(error)}")
    try:
        path = report.write_report(answer.case, answer.plan, out, audited=answer.passed, survival=answer.survival)
        written.append(f"{'Report':<10} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else ""))
    except Exception as error:  # whatever it is, the answer must still be told
        show_traceback(error)
        failures.append(f"report not written: {out}: {words(error)}")
    return written, failures


def _print_plan(plan: Plan) -> None:
    """The plan file on standard output: the base plan and all that is not of one run; the recourse has no file to stand in."""
    from models.plan import tables_of_plan
    from optimizer import plan_file

    base: dict[str, Any] = {}
    for table in tables_of_plan():
        base[table.name] = tuple(row for row in getattr(plan, table.name) if getattr(row, "run", plan_file.BASE) == plan_file.BASE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        plan_file.write_plan(dataclasses.replace(plan, **base), path)
        click.echo(path.read_text(encoding="utf-8"), nl=False)
