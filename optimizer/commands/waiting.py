"""``stockpile waiting``: what it costs to decide later."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.columns import Month, column
from optimizer import console, progress
from optimizer.commands.frontier import figures
from optimizer.commands.parts import EPILOG, FILE_IN, refuse, refuse_to_overwrite, refuse_unwritable, spread
from optimizer.commands.studying import asked, solving, write
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from optimizer.studies.waiting import Later


@click.command("waiting", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option(
    "--years", default="1,2,3", show_default=True, callback=figures, metavar="LIST", help="So many years later, as 1,2,3 or 0.5:3:0.5."
)
@click.option("--stocks-wait", is_flag=True, help="Until then no store holds more than on the first day either.")
@solving
@spread
def command(
    workbook: Path,
    years: tuple[float, ...],
    stocks_wait: bool,
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
    """What it costs to wait: WORKBOOK decided at once, and one, two, three years later.

    Waiting until a date means that no contract is signed, no plant, programme or disposal cell decided and no plant stopped before
    it; what is in force goes on, and material may be bought and stored (unless --stocks-wait). The same cut-offs must be survived
    from the same first starts; where that can no longer be had, from as early as can be.
    """
    refuse_to_overwrite(workbook, out, json_path)
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.executor import choose
    from optimizer.report.studies import waiting as pages
    from optimizer.studies.frontier import BadQuestion
    from optimizer.studies.waiting import waiting

    try:
        with progress.for_stream(sys.stderr, quiet) as shown, choose(workers, dask) as executor:
            case, options = asked(workbook, shown, calendar, gap, time_limit, seed)
            shown.stage("solve")
            answer = waiting(case, options, shown, years=years, stocks_wait=stocks_wait, executor=executor)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except BadQuestion as bad:
        raise click.UsageError(str(bad)) from None
    table = list(console.table_lines([_row(row) for row in answer.rows]))
    given_away = [f"decided from {row.decided_from}: {text}" for row in answer.rows for text in pages.given_away(row)]
    text = [answer.title, *pages.said(answer), "", *table, *([""] if given_away else []), *given_away]
    failed = write(answer, [console.printable(line) for line in text], out, json_path, lambda path: pages.write_waiting(answer, path))
    return failed or code_of([row.status for row in answer.rows])


def code_of(statuses: list[str]) -> ExitCode:
    """No answer to a date; unproven; impossible where nothing is survived even when decided at once; else answered."""
    if "failed" in statuses:
        return ExitCode.FAILED
    if "unproven" in statuses:
        return ExitCode.UNPROVEN
    return ExitCode.IMPOSSIBLE if statuses[0] == "impossible" else ExitCode.ANSWERED


@dataclasses.dataclass(frozen=True)
class Row:
    """A date of decision on the terminal."""

    decided_from: Month = column("", "Date.")
    survives: str = column("", "Status.")
    cost: float | None = column("million USD", "Discounted cost.")
    waiting_costs: float | None = column("million USD", "More than decided at once.")
    ready_later_by: int | None = column("months", "Readiness lost.")
    most_stock: float | None = column("t REO", "Most that lies in all stores.")


def _row(row: Later) -> Row:
    return Row(row.decided_from, row.status, row.cost_usd_m, row.more_usd_m, row.months_later, row.most_stock_t)
