"""``stockpile alternatives``: other plans of nearly the same cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer import console, progress
from optimizer.commands.parts import (
    EPILOG,
    FILE_IN,
    FILE_OUT,
    STANDARD_OUTPUT,
    complain,
    finite,
    refuse,
    refuse_to_overwrite,
    refuse_unwritable,
    same_file,
    words,
    xlsx,
)
from optimizer.errors import NotWritten
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.plan import Plan
    from optimizer.studies.alternatives import Alternatives


@click.command("alternatives", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN, required=False)
@click.option(
    "--out",
    type=FILE_OUT,
    callback=xlsx,
    metavar="ANSWER.xlsx",
    show_default="NAME.alternatives.xlsx in the current folder",
    help="The answer.",
)
@click.option(
    "--json", "json_path", type=FILE_OUT, metavar="ANSWER.json", help="Write the answer as JSON too; - prints it on standard output, alone."
)
@click.option(
    "--within",
    type=click.FloatRange(0, 100),
    callback=finite,
    default=1.0,
    show_default=True,
    metavar="PCT",
    help="By so much more an alternative may cost.",
)
@click.option("--count", type=click.IntRange(1, 50), default=5, show_default=True, metavar="N", help="So many are looked for.")
@click.option("--quiet", is_flag=True, help="No progress; results and errors only.")
def command(
    workbook: Path,
    plan: Path | None,
    out: Path | None,
    json_path: Path | None,
    within: float,
    count: int,
    quiet: bool,
) -> ExitCode:
    """Find plans that cost at most so much more than PLAN, survive as it does, and differ most in what is signed and built.

    PLAN is what `solve --json` wrote; without it WORKBOOK is solved first. Says which commitments are in all plans, and which in none.
    """
    out = out if out is not None else Path(f"{workbook.stem}.alternatives.xlsx")
    refuse_to_overwrite(workbook, out, json_path)
    for target in (out, json_path):
        if plan is not None and target is not None and target != STANDARD_OUTPUT and same_file(plan, target):
            raise click.BadParameter(f"{target} is the plan; an answer never replaces it")
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.engine import PlanDiffers
    from optimizer.report.studies.alternatives import sentences

    try:
        with progress.for_stream(sys.stderr, quiet) as shown:
            case, made, answer = _answer(workbook, plan, (within, count), shown)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except PlanDiffers as differs:
        complain(f"{differs}; nothing was written")
        return ExitCode.INPUT_REFUSED
    if answer is None:
        complain(f"{workbook}: no plan that survives was found, so that there are no others; nothing was written")
        return ExitCode.IMPOSSIBLE if made.summary.status == "impossible" else ExitCode.UNPROVEN
    written = _write(case, made, answer, out, json_path)
    for line in (answer.title, *sentences(answer), *written):
        click.echo(console.printable(line), err=json_path == STANDARD_OUTPUT)
    return ExitCode.ANSWERED


def _answer(
    workbook: Path, path: Path | None, asked: tuple[float, int], shown: progress.Progress
) -> tuple[Case, Plan, Alternatives | None]:
    """Read, solve where there is no plan, and ask; None where no plan survives."""
    from optimizer import workbook as reading
    from optimizer.engine import SolveOptions, as_asked
    from optimizer.solve import solve
    from optimizer.studies.alternatives import alternatives
    from optimizer.studies.plan_of import options_of, plan_for

    shown.stage("read")
    case = reading.read_case(workbook)
    plan = solve(case, SolveOptions(), shown) if path is None else plan_for(case, path)
    options = options_of(plan)
    if plan.summary.status not in ("certified", "limit"):
        return case, plan, None
    return as_asked(case, options), plan, alternatives(case, plan, options, shown, *asked)


def _write(case: Case, plan: Plan, answer: Alternatives, out: Path, json_path: Path | None) -> list[str]:
    """Write the answer, and say where. Raises ``NotWritten``."""
    from optimizer import report

    written = []
    try:
        if json_path == STANDARD_OUTPUT:
            click.echo(console.as_json(answer))
        elif json_path is not None:
            json_path.write_text(console.as_json(answer) + "\n", encoding="utf-8")
            written.append(f"{'JSON':<10} {json_path}")
        path = report.write_alternatives(case, plan, answer, out)
    except OSError as error:
        raise NotWritten(f"not written: {words(error)}") from error
    return [*written, f"{'Answer':<10} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else "")]
