"""``stockpile exposure``: what the loss of each country, supplier, plant, contract and store would do."""

from __future__ import annotations

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
    from optimizer.studies.exposure import Exposure

SHOWN = 15
"""So many losses are printed; the answer holds them all."""


@click.command("exposure", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN, required=False)
@click.option(
    "--out",
    type=FILE_OUT,
    callback=xlsx,
    metavar="ANSWER.xlsx",
    show_default="NAME.exposure.xlsx in the current folder",
    help="The answer.",
)
@click.option(
    "--json", "json_path", type=FILE_OUT, metavar="ANSWER.json", help="Write the answer as JSON too; - prints it on standard output, alone."
)
@click.option("--months", type=click.IntRange(1, 36), default=12, show_default=True, metavar="N", help="Each is lost for so long.")
@click.option(
    "--starts",
    type=click.Choice(["few", "years", "periods"]),
    default="few",
    show_default=True,
    help="Starts tried: when the plan is ready, the middle and the end; one in each year; every period's first month.",
)
@click.option(
    "--of",
    "kinds",
    type=click.Choice(["country", "supplier", "source", "plant", "contract", "store"]),
    multiple=True,
    help="What is lost; again for more.  [default: all]",
)
@spread
@click.option("--quiet", is_flag=True, help="No progress; results and errors only.")
def command(
    workbook: Path,
    plan: Path | None,
    out: Path | None,
    json_path: Path | None,
    months: int,
    starts: str,
    kinds: tuple[str, ...],
    workers: int | None,
    dask: str | None,
    quiet: bool,
) -> ExitCode:
    """Rank every country, supplier, source, plant, contract and store of WORKBOOK by what its loss would do.

    With PLAN, which `solve --json` wrote, and without it: how long until protected demand goes unserved, how much of it, and what
    that costs. Each is lost alone and whole; nothing is solved again but the cheapest plan that need survive nothing.
    """
    out = out if out is not None else Path(f"{workbook.stem}.exposure.xlsx")
    refuse_to_overwrite(workbook, out, json_path)
    for target in (out, json_path):
        if plan is not None and target is not None and target != STANDARD_OUTPUT and same_file(plan, target):
            raise click.BadParameter(f"{target} is the plan; an answer never replaces it")
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.engine import PlanDiffers
    from optimizer.executor import choose

    try:
        with progress.for_stream(sys.stderr, quiet) as shown, choose(workers, dask) as executor:
            case, answer = _answer(workbook, plan, (months, starts, kinds), shown, executor)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except (PlanDiffers, CannotAsk) as differs:
        complain(f"{differs}; nothing was written")
        return ExitCode.INPUT_REFUSED
    written = _write(case, answer, out, json_path)
    for line in (*_lines(answer), *written):
        click.echo(line, err=json_path == STANDARD_OUTPUT)
    return ExitCode.ANSWERED


def _answer(
    workbook: Path, path: Path | None, asked: tuple[int, str, tuple[str, ...]], shown: progress.Progress, executor: Any
) -> tuple[Case, Exposure]:
    """Read, check that workbook and plan belong together, and ask."""
    from optimizer import workbook as reading
    from optimizer.engine import SolveOptions
    from optimizer.studies.exposure import exposure
    from optimizer.studies.plan_of import options_of, plan_for

    shown.stage("read")
    case = reading.read_case(workbook)
    plan = None if path is None else plan_for(case, path)
    options = SolveOptions() if plan is None else options_of(plan)
    months, starts, kinds = asked
    return case, exposure(case, plan, months, cast(Any, starts), cast(Any, kinds), options, shown, executor)


def _lines(answer: Exposure) -> list[str]:
    """The worst losses as a table."""
    title = f"{answer.title}: the worst of {len(answer.losses)} losses, each of {answer.lost_months} months"
    return [console.printable(title), *console.table_lines(answer.losses[:SHOWN])]


def _write(case: Case, answer: Exposure, out: Path, json_path: Path | None) -> list[str]:
    """Write the answer, and say where. Raises ``NotWritten``."""
    from optimizer import report

    written = []
    try:
        if json_path == STANDARD_OUTPUT:
            click.echo(console.as_json(answer))
        elif json_path is not None:
            json_path.write_text(console.as_json(answer) + "\n", encoding="utf-8")
            written.append(f"{'JSON':<10} {json_path}")
        path = report.write_exposure(case, answer, out)
    except OSError as error:
        raise NotWritten(f"not written: {words(error)}") from error
    return [*written, f"{'Answer':<10} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else "")]
