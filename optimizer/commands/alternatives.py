"""``stockpile alternatives``: plans that cost nearly the same and decide otherwise."""

from __future__ import annotations

import dataclasses
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
    spread,
    words,
    xlsx,
)
from optimizer.errors import NotWritten
from optimizer.exit_codes import OF_STATUS, ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case
    from models.plan import Plan
    from optimizer.engine import SolveOptions
    from optimizer.studies.alternatives import Alternatives


@click.command("alternatives", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN, required=False)
@click.option(
    "--within",
    type=click.FloatRange(0, 1000),
    callback=finite,
    default=1.0,
    show_default=True,
    metavar="PCT",
    help="A plan may cost so much more than the cheapest, percent.",
)
@click.option(
    "--count", type=click.IntRange(1, 50), default=5, show_default=True, metavar="N", help="Plans looked for beside the cheapest."
)
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
    "--plans",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write each plan there as JSON, as solve --json does; solve --lock makes a whole report of one.",
)
@click.option(
    "--calendar",
    type=click.Choice(["workbook", "month", "quarter", "year"]),
    default="workbook",
    show_default=True,
    help="Length of the periods where there is no PLAN: as the workbook says, or all of one length.",
)
@click.option(
    "--gap",
    type=click.FloatRange(0, 100),
    callback=finite,
    metavar="PCT",
    show_default="the workbook's",
    help="Where there is no PLAN: stop when cost and bound of the cheapest are this close.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    callback=finite,
    metavar="S",
    show_default="none",
    help="Stop after so many seconds; where there is no PLAN, first the cheapest may take as long.",
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Threads of the solver.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, metavar="N", help="Random seed of the solver.")
@spread
@click.option("--quiet", is_flag=True, help="No progress; results and errors only.")
def command(
    workbook: Path,
    plan: Path | None,
    within: float,
    count: int,
    out: Path | None,
    json_path: Path | None,
    plans: Path | None,
    calendar: str,
    gap: float | None,
    time_limit: float | None,
    threads: int,
    seed: int,
    workers: int | None,
    dask: str | None,
    quiet: bool,
) -> ExitCode:
    """Find plans for WORKBOOK that cost little more than PLAN and differ most from it and each other in what is signed and built.

    PLAN is what `solve --json` wrote, the cheapest; without it WORKBOOK is solved first. Each plan survives every cut-off as it does,
    and is computed again. The answer says which decisions are in all of these plans (no regret), in some, and in none.
    """
    out = out if out is not None else Path(f"{workbook.stem}.alternatives.xlsx")
    refuse_to_overwrite(workbook, out, json_path)
    files = [] if plans is None else [plans / f"{workbook.stem}.alternative-{number}.json" for number in range(count + 1)]
    for target in (out, json_path, *files):
        if target is not None and target != STANDARD_OUTPUT and plan is not None and same_file(plan, target):
            raise click.BadParameter(f"{target} is the plan; an answer never replaces it")
    for target in files:
        if any(same_file(target, other) for other in (workbook, json_path) if other is not None):
            raise click.BadParameter(f"{target} is the input or the answer; a plan never replaces it", param_hint="'--plans'")
    if plan is not None and (calendar != "workbook" or gap is not None):
        raise click.UsageError("PLAN says with which calendar and gap it was solved; give --calendar and --gap without one")
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.engine import PlanDiffers, SolveOptions

    options = SolveOptions(
        relative_gap_pct=gap, time_limit_s=time_limit, threads=threads, seed=seed, calendar=calendar, workers=workers, dask=dask
    )
    try:
        with progress.for_stream(sys.stderr, quiet) as shown:
            case, answer, found = _answer(workbook, plan, options, shown, within, count)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except PlanDiffers as differs:
        complain(f"{differs}; nothing was written")
        return ExitCode.INPUT_REFUSED
    if answer.ended == "no plan":
        complain(f"{workbook}: no plan that survives was found, so that there are no others; nothing was written")
        return OF_STATUS[answer.status]
    written = _write(case, found, answer, out, json_path, files)
    for line in (*_lines(answer), *written):
        click.echo(line, err=json_path == STANDARD_OUTPUT)
    return _code(answer)


def _answer(
    workbook: Path, path: Path | None, options: SolveOptions, shown: progress.Progress, within: float, count: int
) -> tuple[Case, Alternatives, tuple[Plan, ...]]:
    """Read, solve where there is no plan, and ask."""
    from optimizer import workbook as reading
    from optimizer.engine import as_asked
    from optimizer.solve import solve
    from optimizer.studies.alternatives import alternatives
    from optimizer.studies.plan_of import options_of, plan_for

    shown.stage("read")
    case = reading.read_case(workbook)
    plan = solve(case, options, shown) if path is None else plan_for(case, path)
    asked = options_of(plan)
    options = dataclasses.replace(options, calendar=asked.calendar, relative_gap_pct=asked.relative_gap_pct)
    answer, found = alternatives(case, plan, options, shown, within, count)
    return as_asked(case, options), answer, found


def _code(answer: Alternatives) -> ExitCode:
    """The cheapest plan's, unless a plan failed its re-computation or a limit cut the search short."""
    if not answer.audited:
        return ExitCode.AUDIT_FAILED
    return ExitCode.LIMIT if answer.ended == "limit" else OF_STATUS[answer.status]


def _lines(answer: Alternatives) -> list[str]:
    """The answer in plain words."""
    from optimizer.report.studies.alternatives import name_of, sentences

    lines = [console.printable(answer.title)]
    for plan in answer.plans:
        text = f"{plan.cost_usd_m:,.2f} million USD"
        if plan.number:
            text += f", {plan.more_pct:.2f} % more; differs in {plan.differs_from_cheapest:.2f} choices from the cheapest"
        text += f"; survives {plan.patterns_passed} of {plan.patterns_tested} patterns" if plan.patterns_tested else ""
        lines.append(f"{name_of(plan):<14} {text}" + ("" if plan.audited else "; FAILED its re-computation: do not use it"))
    return [*lines, *(console.printable(text) for text in sentences(answer))]


def _write(case: Case, found: tuple[Plan, ...], answer: Alternatives, out: Path, json_path: Path | None, files: list[Path]) -> list[str]:
    """Write the answer and the plans, and say where. Raises ``NotWritten``."""
    from optimizer import plan_file, report

    written = []
    try:
        if json_path == STANDARD_OUTPUT:
            click.echo(console.as_json(answer))
        elif json_path is not None:
            json_path.write_text(console.as_json(answer) + "\n", encoding="utf-8")
            written.append(f"{'JSON':<14} {json_path}")
        for plan, target in zip(found if answer.plans else (), files, strict=False):
            plan_file.write_plan(plan, target)
            written.append(f"{'Plan':<14} {target}")
        path = report.write_alternatives(case, found[0], answer, out)
    except OSError as error:
        raise NotWritten(f"not written: {words(error)}") from error
    return [*written, f"{'Answer':<14} {path}" + (f" ({out} could not be replaced; is it open?)" if path != out else "")]
