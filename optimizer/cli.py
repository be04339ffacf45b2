"""The command line: parse, call, print; no decisions.

Results go to standard output, all else to standard error; nothing is ever asked. Heavy imports stand inside the commands,
so that help is instant. `optimizer.exit_codes` says what each exit code means.
"""

from __future__ import annotations

import dataclasses
import io
import math
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import optimizer
from optimizer import console, progress
from optimizer.errors import Interrupted, NotWritten, NumericalTrouble, StockpileError, Unbounded
from optimizer.exit_codes import MEANINGS, OF_STATUS, ExitCode
from optimizer.faults import Fault, InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.plan import Plan
    from optimizer.solve import SolveOptions

EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {MEANINGS[code]}" for code in ExitCode)

STANDARD_OUTPUT = Path("-")

FILE_IN = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OUT = click.Path(path_type=Path)


@dataclasses.dataclass
class Session:
    """What outlives a command: whether an unexpected error is shown with its traceback."""

    traceback: bool = False


@click.group(
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--traceback", is_flag=True, envvar="STOCKPILE_TRACEBACK", help="Show where an unexpected error arose.")
@click.version_option(optimizer.__version__, prog_name="stockpile")
@click.pass_obj
def stockpile(session: Session, traceback: bool) -> None:
    """Rare-earth stockpile and procurement plans that survive an unannounced cut-off of supply at least cost.

    A workbook goes in; a report workbook comes out that says what to sign, build, buy and hold, and when.
    """
    session.traceback = traceback


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("give a finite number")
    return value


def _xlsx(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{str(value)!r} does not end in .xlsx")
    return value


@stockpile.command("solve", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option(
    "--out", type=FILE_OUT, callback=_xlsx, metavar="REPORT.xlsx", show_default="NAME.report.xlsx in the current folder", help="The report."
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
    callback=_finite,
    metavar="PCT",
    show_default="the workbook's",
    help="Stop when cost and bound are this close.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
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
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, metavar="N", help="Random seed of the solver.")
@click.option("--quiet", is_flag=True, help="No progress and no warnings; results and errors only.")
def solve_command(
    workbook: Path,
    out: Path | None,
    json_path: Path | None,
    calendar: str,
    gap: float | None,
    time_limit: float | None,
    node_limit: int | None,
    threads: int,
    seed: int,
    quiet: bool,
) -> ExitCode:
    """Find the cheapest plan for WORKBOOK that survives its cut-offs, check it, and write the report.

    Prints a short summary. The report is written to the current folder unless --out says otherwise; a report of that name
    is replaced, the input never is. Whatever the answer, the exit code says how sure it is.
    """
    out = out if out is not None else Path(f"{workbook.stem}.report.xlsx")
    _refuse_to_overwrite(workbook, out, json_path)
    _refuse_unwritable(out, "--out")
    _refuse_unwritable(json_path, "--json")
    from optimizer.solve import SolveOptions

    options = SolveOptions(
        relative_gap_pct=gap, time_limit_s=time_limit, node_limit=node_limit, threads=threads, seed=seed, calendar=calendar
    )
    try:
        with progress.for_stream(sys.stderr, quiet) as shown:
            answer = _answer(workbook, options, shown)
            shown.stage("write")
            written, failures = _write(answer, out, json_path)
    except InputRefused as refused:
        return _refused(workbook, refused.faults)
    for line in (*console.summary_lines(answer.plan, answer.passed), *written):
        click.echo(line, err=json_path == STANDARD_OUTPUT)
    for line in answer.findings:
        click.echo(line, err=True)
    for failure in failures:
        _complain(failure)
    usable = answer.code not in (ExitCode.AUDIT_FAILED, ExitCode.INTERRUPTED)
    return ExitCode.FAILED if failures and usable else answer.code


@dataclasses.dataclass(frozen=True)
class Answer:
    """A plan, the case it answers, the verdict of its re-computation (``None``: nothing to compute again), exit code, findings."""

    case: Case
    plan: Plan
    passed: bool | None
    code: ExitCode
    findings: tuple[str, ...] = ()


def _answer(workbook: Path, options: SolveOptions, shown: progress.Progress) -> Answer:
    """Read, solve, compute again. Raises what reading and solving raise; an interruption that left a plan is an answer."""
    from models.plan import Stage
    from optimizer import solve
    from optimizer import workbook as reading

    shown.stage("read")
    began = time.monotonic()
    case, warnings = reading.read_with_warnings(workbook)
    read = Stage(stage="read", seconds=time.monotonic() - began)
    for line in console.fault_lines(warnings):
        shown.message(line)
    case = solve.as_asked(case, options)
    interrupted = False
    try:
        plan = solve.solve(case, options, shown)
    except Interrupted as stopped:
        if stopped.plan is None:
            raise
        plan, interrupted = stopped.plan, True
    plan = dataclasses.replace(plan, stages=(read, *plan.stages))
    if plan.summary.status == "impossible":
        return Answer(case, plan, None, ExitCode.IMPOSSIBLE)
    shown.stage("audit")
    began = time.monotonic()
    violation, findings, passed = _audited(case, plan)
    audited = Stage(stage="audit", seconds=time.monotonic() - began)
    summary = dataclasses.replace(plan.summary, largest_violation=violation)
    plan = dataclasses.replace(plan, summary=summary, stages=(*plan.stages, audited))
    code = ExitCode.INTERRUPTED if interrupted else OF_STATUS[plan.summary.status]
    return Answer(case, plan, passed, code if passed else ExitCode.AUDIT_FAILED, tuple(findings))


def _audited(case: Case, plan: Plan) -> tuple[float, list[str], bool]:
    """Largest violation, findings in words, and whether the plan passed. An audit that breaks down has not passed the plan."""
    from optimizer import audit
    from optimizer.audit.verdict import UNMEASURABLE

    try:
        verdict = audit.audit(case, plan)
    except Exception as error:
        _show_traceback(error)
        return UNMEASURABLE, [console.printable(f"re-computation: broke down: {_words(error)}")], False
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
            _show_traceback(error)
            failures.append(f"plan not written: {json_path}: {_words(error)}")
    try:
        path = report.write_report(answer.case, answer.plan, out, audited=answer.passed)
        written.append(f"{'Report':<10} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else ""))
    except Exception as error:  # whatever it is, the answer must still be told
        _show_traceback(error)
        failures.append(f"report not written: {out}: {_words(error)}")
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


@stockpile.command("validate", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option("--strict", is_flag=True, help="Refuse the workbook for warnings too.")
@click.option("--json", "as_json", is_flag=True, help="Print faults and tables as JSON.")
def validate_command(workbook: Path, strict: bool, as_json: bool) -> ExitCode:
    """Read and check WORKBOOK; solve nothing.

    Every fault is listed with its cell. A workbook without errors is answered with three tables: supply against demand by
    element, form and year; what each producer can deliver; demand against the reference totals given in the workbook.
    """
    from optimizer import workbook as reading

    try:
        case, faults = reading.read_with_warnings(workbook)
    except InputRefused as refused:
        case, faults = None, refused.faults
    accepted = case is not None and not (strict and faults)
    tables = _tables(case) if case is not None else {}
    if as_json:
        click.echo(console.as_json({"accepted": accepted, "faults": faults, **tables}))
    if case is None or not accepted:
        return _refused(workbook, faults)
    for line in console.fault_lines(faults):
        click.echo(line, err=True)
    if not as_json:
        click.echo(f"{console.printable(case.settings.title)}: accepted, {len(faults)} warning{'' if len(faults) == 1 else 's'}")
        for name, rows in tables.items():
            for line in ("", TABLE_TITLES[name], *console.table_lines(rows)):
                click.echo(line)
    return ExitCode.ANSWERED


TABLE_TITLES = {
    "supply_and_demand": "Supply against demand, before any stock is drawn",
    "supply_per_producer": "Most that each producer can deliver",
    "reconciliation": "Demand against the reference totals",
}


def _tables(case: Case) -> dict[str, Sequence[object]]:
    from optimizer import tables

    return {
        "supply_and_demand": tables.supply_and_demand(case),
        "supply_per_producer": tables.supply_per_producer(case),
        "reconciliation": tables.reconciliation(case),
    }


@stockpile.command("template", epilog=EPILOG)
@click.argument("out", type=FILE_OUT, callback=_xlsx, metavar="OUT.xlsx")
@click.option("--all-sheets", is_flag=True, help="Write every sheet and column that can be used, the empty ones too.")
@click.option("--force", is_flag=True, help="Replace OUT.xlsx if it exists.")
def template_command(out: Path, all_sheets: bool, force: bool) -> ExitCode:
    """Write a small, filled workbook to OUT.xlsx that can be solved as it is, as a start for one's own."""
    if out.exists() and not force:
        raise click.UsageError(f"{out} exists; --force replaces it")
    _refuse_unwritable(out, "OUT.xlsx")
    from optimizer import template

    try:
        template.write_case(template.example_case(), out, all_sheets=all_sheets)
    except OSError as error:
        raise NotWritten(f"not written: {out}: {_words(error)}") from error
    click.echo(f"wrote {out}; now try: stockpile solve {out}")
    return ExitCode.ANSWERED


def _refuse_to_overwrite(workbook: Path, out: Path, json_path: Path | None) -> None:
    """Usage error where an output would replace the input, or one output the other, under whatever name."""
    if _same_file(workbook, out):
        raise click.BadParameter(f"{out} is the input; a report never replaces it", param_hint="'--out'")
    if json_path is None or json_path == STANDARD_OUTPUT:
        return
    if _same_file(workbook, json_path):
        raise click.BadParameter(f"{json_path} is the input; a plan never replaces it", param_hint="'--json'")
    if _same_file(out, json_path):
        raise click.BadParameter(f"{json_path} is the report too; give them two names", param_hint="'--json'")


def _same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file: links count, and names that differ by case alone, which some disks hold to be equal."""
    if one.exists() and other.exists() and one.samefile(other):
        return True
    return str(one.resolve()).casefold() == str(other.resolve()).casefold()


def _refuse_unwritable(target: Path | None, option: str) -> None:
    """Raises `NotWritten` before any work is done where a file could not be written after it."""
    if target is None or target == STANDARD_OUTPUT:
        return
    folder = target.parent
    if not folder.is_dir():
        raise NotWritten(f"{option}: there is no folder {folder}")
    if target.is_dir():
        raise NotWritten(f"{option}: {target} is a folder")
    if not os.access(folder, os.W_OK):
        raise NotWritten(f"{option}: the folder {folder} is not open to writing")


def _refused(workbook: Path, faults: Sequence[Fault]) -> ExitCode:
    for line in console.fault_lines(faults):
        click.echo(line, err=True)
    _complain(f"{workbook}: refused, {len(faults)} fault{'' if len(faults) == 1 else 's'}; nothing was written")
    return ExitCode.INPUT_REFUSED


def _complain(text: str) -> None:
    click.echo(f"stockpile: {console.printable(text)}", err=True)


def _words(error: BaseException) -> str:
    """An exception in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = next(iter(str(error).splitlines()), "")
    return text if isinstance(error, StockpileError | ValueError) and text else f"{type(error).__name__}: {text}"


def run(arguments: Sequence[str] | None = None) -> ExitCode:
    """Run the command line and return its exit code; no exception gets out.

    ``arguments`` are those after the program's name; ``None`` takes them from the process.
    """
    session = Session()
    try:
        return ExitCode(stockpile.main(arguments, prog_name="stockpile", standalone_mode=False, obj=session))
    except click.ClickException as error:
        error.show()
        return ExitCode(error.exit_code)
    except (KeyboardInterrupt, click.Abort, Interrupted):
        _complain("interrupted")
        return ExitCode.INTERRUPTED
    except (NumericalTrouble, Unbounded) as error:
        return _failed(error, ExitCode.SOLVER_TROUBLE, str(error), session)
    except StockpileError as error:
        return _failed(error, ExitCode.FAILED, str(error), session)
    except BrokenPipeError:
        sys.stdout = io.TextIOWrapper(io.BytesIO())  # the reader has gone: what is still unwritten goes nowhere
        return ExitCode.FAILED
    except Exception as error:
        hint = "" if session.traceback else "; stockpile --traceback ... shows where"
        return _failed(error, ExitCode.FAILED, f"unexpected error: {_words(error)}{hint}", session)


def _failed(error: Exception, code: ExitCode, text: str, session: Session) -> ExitCode:
    _show_traceback(error, session)
    _complain(text)
    return code


def _show_traceback(error: Exception, session: Session | None = None) -> None:
    """Print where an error arose, if that was asked for; inside a command the session is the command's."""
    session = session if session is not None else click.get_current_context().find_object(Session)
    if session is not None and session.traceback:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)


def main() -> NoReturn:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())
