"""``stockpile survive``: how long a plan survives."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

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
from optimizer.errors import CannotAsk, NotWritten
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.plan import Plan
    from optimizer.studies.survive import Ask, Survival


@click.command("survive", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN)
@click.option(
    "--out", type=FILE_OUT, callback=xlsx, metavar="ANSWER.xlsx", show_default="NAME.survive.xlsx in the current folder", help="The answer."
)
@click.option(
    "--json", "json_path", type=FILE_OUT, metavar="ANSWER.json", help="Write the answer as JSON too; - prints it on standard output, alone."
)
@click.option(
    "--most-months", type=click.IntRange(1, 36), default=24, show_default=True, metavar="N", help="The longest cut that is tried."
)
@click.option(
    "--starts",
    type=click.Choice(["few", "periods", "months"]),
    default="few",
    show_default=True,
    help="Starts tried: the first, one in each year and the last; every period's first month; every month.",
)
@click.option(
    "--cutoff", "cutoffs", multiple=True, metavar="NAME", help="A cut-off of the workbook, switched on or not; again for more. Else all on."
)
@click.option(
    "--singles",
    type=click.Choice(["hardest", "every", "none"]),
    default="hardest",
    show_default=True,
    help="One demand at a time: at the start survived for the fewest months, at every start, or not.",
)
@click.option(
    "--unknown-length", is_flag=True, help="Nobody knows when a cut will end: one schedule must serve every length up to the one survived."
)
@click.option("--nearest/--no-nearest", default=True, show_default=True, help="Look for the nearest failures too.")
@spread
@click.option("--quiet", is_flag=True, help="No progress; results and errors only.")
def command(
    workbook: Path,
    plan: Path,
    out: Path | None,
    json_path: Path | None,
    most_months: int,
    starts: str,
    cutoffs: tuple[str, ...],
    singles: str,
    unknown_length: bool,
    nearest: bool,
    workers: int | None,
    dask: str | None,
    quiet: bool,
) -> ExitCode:
    """Say for how many months PLAN survives each cut-off of WORKBOOK, by start, and what it does not survive beyond that.

    PLAN is what `solve --json` wrote. Each cut-off is tried longer and longer, at several starts, until protected demand goes
    unserved; then harsher, with a second country, and together with another. Nothing is solved again: the plan stays as it is.
    """
    out = out if out is not None else Path(f"{workbook.stem}.survive.xlsx")
    refuse_to_overwrite(workbook, out, json_path)
    for target in (out, json_path):
        if target is not None and target != STANDARD_OUTPUT and same_file(plan, target):
            raise click.BadParameter(f"{target} is the plan; an answer never replaces it")
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.engine import PlanDiffers
    from optimizer.executor import choose
    from optimizer.studies.survive import Ask

    ask = Ask(most_months=most_months, starts=cast(Any, starts), cutoffs=cutoffs, singles=cast(Any, singles), nearest=nearest)
    try:
        with progress.for_stream(sys.stderr, quiet) as shown, choose(workers, dask) as executor:
            case, found, answer = _answer(workbook, plan, ask, unknown_length, shown, executor)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except (PlanDiffers, CannotAsk) as differs:
        complain(f"{differs}; nothing was written")
        return ExitCode.INPUT_REFUSED
    written = _write(case, found, answer, out, json_path)
    for line in (*_lines(answer), *written):
        click.echo(line, err=json_path == STANDARD_OUTPUT)
    return ExitCode.ANSWERED


def _answer(
    workbook: Path, path: Path, ask: Ask, unknown_length: bool, shown: progress.Progress, executor: Any
) -> tuple[Case, Plan, Survival]:
    """Read both, check that they belong together, and ask."""
    from optimizer import workbook as reading
    from optimizer.engine import as_asked
    from optimizer.studies.plan_of import options_of, plan_for
    from optimizer.studies.survive import survive

    shown.stage("read")
    case = reading.read_case(workbook)
    plan = plan_for(case, path)
    options = options_of(plan)
    options = dataclasses.replace(options, unknown_length=options.unknown_length or unknown_length)
    return as_asked(case, options), plan, survive(case, plan, ask, options, shown, executor)


def _lines(answer: Survival) -> list[str]:
    """The answer in plain words."""
    from optimizer.report.studies.survive import sentences

    lines = [console.printable(answer.title), *(console.printable(text) for text in sentences(answer))]
    for row in answer.nearest:
        if row.way != "longer" and not row.survived:
            thing = f"{row.material} {row.form} for {row.sector}, first in {row.month}"
            lines.append(console.printable(f"  {row.cutoff}, {row.variant}: fails from {row.start} in {thing}"))
    return lines


def _write(case: Case, plan: Plan, answer: Survival, out: Path, json_path: Path | None) -> list[str]:
    """Write the answer, and say where. Raises ``NotWritten``."""
    from optimizer import report

    written = []
    try:
        if json_path == STANDARD_OUTPUT:
            click.echo(console.as_json(answer))
        elif json_path is not None:
            json_path.write_text(console.as_json(answer) + "\n", encoding="utf-8")
            written.append(f"{'JSON':<10} {json_path}")
        path = report.write_survival(case, plan, answer, out)
    except OSError as error:
        raise NotWritten(f"not written: {words(error)}") from error
    return [*written, f"{'Answer':<10} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else "")]
