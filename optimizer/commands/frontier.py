"""``stockpile frontier``: what survival costs, and how long is survived for a budget."""

from __future__ import annotations

import dataclasses
import functools
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from models.columns import column
from optimizer import console, progress
from optimizer.commands.parts import EPILOG, FILE_IN, refuse, refuse_to_overwrite, refuse_unwritable, spread
from optimizer.commands.studying import asked, solving, write
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from optimizer.studies.budget import Within
    from optimizer.studies.frontier import Axis, Frontier, Point

USUAL = {"months": "0,3,6,9,12,18,24", "severity": "0,0.25,0.5,0.75,1", "service": "0.5,0.75,0.9,1"}
"""Values along each axis where none are given."""

MOST_VALUES = 100
"""No more values than this are asked for at once."""


def figures(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...]:
    """The callback of an option with several numbers, see `numbers`."""
    return () if value is None else numbers(value)


def numbers(value: str) -> tuple[float, ...]:
    """Several numbers: ``0,6,12`` or ``0:24:6`` (from, to, step), each once, sorted. Raises ``click.BadParameter``."""
    found: list[float] = []
    for part in re.split(r"[,;\s]+", value.strip()):
        try:
            parts = [float(text) for text in part.split(":")]
        except ValueError:
            raise click.BadParameter(f"{part!r} is no number and no range; write 0,6,12 or 0:24:6 (from, to, step)") from None
        if len(parts) == 1:
            found += parts
            continue
        first, last, step = [*parts, 1.0][:3] if len(parts) < 4 else (0.0, 0.0, 0.0)
        if not (step > 0 and last >= first and (last - first) / step < MOST_VALUES):
            raise click.BadParameter(f"{part!r} is no range; write from:to:step with a step above 0 and no more than {MOST_VALUES} values")
        found += [round(first + k * step, 10) for k in range(int((last - first) / step + 1e-9) + 1)]
    if not all(-1e9 < number < 1e9 for number in found):
        raise click.BadParameter("give finite numbers")
    if len(set(found)) > MOST_VALUES:
        raise click.BadParameter(f"no more than {MOST_VALUES} values")
    return tuple(sorted(set(found)))


@click.command("frontier", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option(
    "--axis",
    type=click.Choice(["months", "severity", "service"]),
    default="months",
    show_default=True,
    help="What differs: length or severity of the cut-offs, or the service level of protected demand.",
)
@click.option(
    "--values",
    callback=figures,
    metavar="LIST",
    show_default="; ".join(f"{axis}: {values}" for axis, values in USUAL.items()),
    help="Where to solve: 0,6,12 or 0:24:6 (from, to, step). 0 months: the cut-offs are switched off.",
)
@click.option(
    "--cutoff",
    "cutoffs",
    multiple=True,
    metavar="NAME",
    show_default="all that must be survived",
    help="The cut-off that differs; may be repeated.",
)
@click.option(
    "--sector",
    "sectors",
    multiple=True,
    metavar="NAME",
    show_default="all that are protected",
    help="With --axis service: the sector that differs; may be repeated.",
)
@click.option(
    "--own-starts",
    is_flag=True,
    help="First starts that the workbook leaves open are found at each point anew, instead of those found for the workbook as it is.",
)
@click.option(
    "--budget",
    type=float,
    metavar="M",
    help="Answer the other question: the most months that are survived by a plan of no more than M million USD.",
)
@solving
@spread
def command(
    workbook: Path,
    axis: str,
    values: tuple[float, ...],
    cutoffs: tuple[str, ...],
    sectors: tuple[str, ...],
    own_starts: bool,
    budget: float | None,
    out: Path | None,
    json_path: Path | None,
    calendar: str,
    gap: float | None,
    time_limit: float | None,
    seed: int,
    quiet: bool,
    workers: int | None,
    dask: str | None,
) -> ExitCode:
    """What survival costs: WORKBOOK solved for cut-offs of other lengths or severities, or other levels of service.

    Each point is a plan of its own, proven like any other. All points are asked from the same first starts. Points that cannot be survived
    say from when they can. With --budget: the longest cut that a plan within the budget survives, shown from both sides.
    """
    _refuse_mixtures(axis, values, cutoffs, sectors, own_starts, budget)
    refuse_to_overwrite(workbook, out, json_path)
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    names = sectors if axis == "service" else cutoffs
    chosen = values or numbers(USUAL[axis])
    from optimizer.executor import choose
    from optimizer.report.studies import frontier as pages
    from optimizer.studies.budget import most_months
    from optimizer.studies.frontier import BadQuestion, frontier, refuse_values

    try:
        refuse_values(cast("Axis", axis), chosen)
    except BadQuestion as bad:
        raise click.BadParameter(str(bad), param_hint="'--values'") from None
    save: Callable[[Path], Path]
    try:
        with progress.for_stream(sys.stderr, quiet) as shown, choose(workers, dask) as executor:
            case, options = asked(workbook, shown, calendar, gap, time_limit, seed)
            shown.stage("solve")
            if budget is not None:
                found = most_months(case, options, shown, budget_usd_m=budget, names=names, executor=executor)
                answer: Frontier | Within = found
                lines, save = pages.within(found), functools.partial(pages.write_within, found)
            else:
                along = frontier(
                    case, options, shown, axis=cast("Axis", axis), values=chosen, names=names, own_starts=own_starts, executor=executor
                )
                answer, lines, save = along, pages.said(along), functools.partial(pages.write_frontier, along)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except BadQuestion as bad:
        raise click.UsageError(str(bad)) from None
    table = list(console.table_lines([_row(axis, point) for point in answer.points]))
    text = [console.printable(answer.title), *map(console.printable, lines), "", *table]
    return write(answer, text, out, json_path, save) or code_of(answer.points)


def _refuse_mixtures(
    axis: str, values: Sequence[float], cutoffs: Sequence[str], sectors: Sequence[str], own_starts: bool, budget: float | None
) -> None:
    """Usage errors: options that say nothing together."""
    if sectors and axis != "service":
        raise click.BadParameter("sectors differ with --axis service only", param_hint="'--sector'")
    if cutoffs and axis == "service":
        raise click.BadParameter("with --axis service sectors differ, not cut-offs", param_hint="'--cutoff'")
    if budget is None:
        return
    if not -1e12 < budget < 1e12:
        raise click.BadParameter("give a finite number", param_hint="'--budget'")
    if axis != "months" or values or own_starts:
        raise click.BadParameter("the months are what is looked for; leave out --axis, --values and --own-starts", param_hint="'--budget'")


def code_of(points: Sequence[Point]) -> ExitCode:
    """The worst of the points: no answer, unproven, a limit reached; that a point is impossible is an answer, unless all are."""
    statuses = {point.status for point in points}
    if "failed" in statuses:
        return ExitCode.FAILED
    if "unproven" in statuses:
        return ExitCode.UNPROVEN
    if "limit" in statuses:
        return ExitCode.LIMIT
    return ExitCode.IMPOSSIBLE if statuses == {"impossible"} else ExitCode.ANSWERED


@dataclasses.dataclass(frozen=True)
class Row:
    """A point on the terminal."""

    value: str = column("", "Where on the axis.")
    answer: str = column("", "Status.")
    cost: float | None = column("million USD", "Discounted cost.")
    bound: float | None = column("million USD", "No plan costs less.")
    insurance: float | None = column("million USD", "More than the plan that need survive nothing.")
    survived_from: str = column("", "First start.")
    note: str = column("", "Readiness, or how it is known.")


def _row(axis: str, point: Point) -> Row:
    value = f"{point.value:g} month{'' if point.value == 1 else 's'}" if axis == "months" else f"{100 * point.value:g} %"
    notes = [point.note]
    if point.missing_t is not None:
        notes.append(f"lacks {point.missing_t:,.2f} t REO at the least")
    if point.ready is not None and point.ready_cost_usd_m is not None:
        notes.append(f"ready from {point.ready} for {point.ready_cost_usd_m:,.2f} million USD")
    since = "" if point.first_start is None else str(point.first_start)
    note = "; ".join(note for note in notes if note)
    return Row(value, point.status, point.cost_usd_m, point.bound_usd_m, point.insurance_usd_m, since, note)
