"""``stockpile security``: the price of security."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer import console, progress
from optimizer.commands.parts import (
    EPILOG,
    FILE_IN,
    FILE_OUT,
    STANDARD_OUTPUT,
    complain,
    refuse,
    refuse_to_overwrite,
    refuse_unwritable,
    same_file,
    spread,
    words,
    xlsx,
)
from optimizer.errors import NotWritten
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.plan import Plan
    from optimizer.studies.security import Security


@click.command("security", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN, required=False)
@click.option(
    "--out",
    type=FILE_OUT,
    callback=xlsx,
    metavar="ANSWER.xlsx",
    show_default="NAME.security.xlsx in the current folder",
    help="The answer.",
)
@click.option(
    "--json", "json_path", type=FILE_OUT, metavar="ANSWER.json", help="Write the answer as JSON too; - prints it on standard output, alone."
)
@click.option("--ablations", is_flag=True, help="Solve again without each contract, plant, programme and store of the plan.")
@spread
@click.option("--quiet", is_flag=True, help="No progress; results and errors only.")
def command(
    workbook: Path,
    plan: Path | None,
    out: Path | None,
    json_path: Path | None,
    ablations: bool,
    workers: int | None,
    dask: str | None,
    quiet: bool,
) -> ExitCode:
    """Say what survival costs in PLAN, what one kilogram more of it would cost, and what each commitment is worth to it.

    PLAN is what `solve --json` wrote; without it WORKBOOK is solved first. Prices are those of the plan with what is signed and built in
    it; with --ablations the case is solved once more for each of its commitments.
    """
    out = out if out is not None else Path(f"{workbook.stem}.security.xlsx")
    refuse_to_overwrite(workbook, out, json_path)
    for target in (out, json_path):
        if plan is not None and target is not None and target != STANDARD_OUTPUT and same_file(plan, target):
            raise click.BadParameter(f"{target} is the plan; an answer never replaces it")
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.engine import PlanDiffers
    from optimizer.executor import choose
    from optimizer.report.studies.security import sentences

    try:
        with progress.for_stream(sys.stderr, quiet) as shown, choose(workers, dask) as executor:
            case, made, answer = _answer(workbook, plan, ablations, shown, executor)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except PlanDiffers as differs:
        complain(f"{differs}; nothing was written")
        return ExitCode.INPUT_REFUSED
    if answer is None:
        complain(f"{workbook}: no plan that survives was found, so that security has no price; nothing was written")
        return ExitCode.IMPOSSIBLE if made.summary.status == "impossible" else ExitCode.UNPROVEN
    written = _write(case, made, answer, out, json_path)
    for line in (answer.title, *sentences(answer), *written):
        click.echo(console.printable(line), err=json_path == STANDARD_OUTPUT)
    return ExitCode.ANSWERED


def _answer(
    workbook: Path, path: Path | None, ablations: bool, shown: progress.Progress, executor: Any
) -> tuple[Case, Plan, Security | None]:
    """Read, solve where there is no plan, and ask; None where no plan survives."""
    from optimizer import workbook as reading
    from optimizer.engine import SolveOptions, as_asked
    from optimizer.solve import solve
    from optimizer.studies.plan_of import options_of, plan_for
    from optimizer.studies.security import security

    shown.stage("read")
    case = reading.read_case(workbook)
    plan = solve(case, SolveOptions(), shown) if path is None else plan_for(case, path)
    options = options_of(plan)
    if plan.summary.status not in ("certified", "limit"):
        return case, plan, None
    return as_asked(case, options), plan, security(case, plan, options, shown, executor, ablations)


def _write(case: Case, plan: Plan, answer: Security, out: Path, json_path: Path | None) -> list[str]:
    """Write the answer, and say where. Raises ``NotWritten``."""
    from optimizer import report

    written = []
    try:
        if json_path == STANDARD_OUTPUT:
            click.echo(console.as_json(answer))
        elif json_path is not None:
            json_path.write_text(console.as_json(answer) + "\n", encoding="utf-8")
            written.append(f"{'JSON':<10} {json_path}")
        path = report.write_security(case, plan, answer, out)
    except OSError as error:
        raise NotWritten(f"not written: {words(error)}") from error
    return [*written, f"{'Answer':<10} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else "")]
