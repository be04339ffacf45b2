"""``stockpile repair``: where no plan survives, the cheapest changes that let one survive."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from optimizer import console, progress
from optimizer.commands.parts import EPILOG, FILE_IN, FILE_OUT, complain, refuse, refuse_unwritable, same_file, xlsx
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused


@click.command("repair", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option(
    "--repairs", "count", type=click.IntRange(1, 20), default=3, show_default=True, metavar="K", help="So many different repairs."
)
@click.option(
    "--out", type=FILE_OUT, callback=xlsx, metavar="CASE.xlsx", help="Write the workbook with a repair made in it, to be solved as it is."
)
@click.option("--take", type=click.IntRange(1, 20), default=1, show_default=True, metavar="N", help="The repair that --out makes.")
@click.option(
    "--calendar",
    type=click.Choice(["workbook", "month", "quarter", "year"]),
    default="workbook",
    show_default=True,
    help="Length of the periods: as the workbook says, or all of one length.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the repairs as JSON.")
@click.option("--quiet", is_flag=True, help="No progress and no warnings; results and errors only.")
def command(workbook: Path, count: int, out: Path | None, take: int, calendar: str, as_json: bool, quiet: bool) -> ExitCode:
    """Find the cheapest repairs of WORKBOOK, whose cut-offs no plan survives: changes of what its sheet Negotiable lists.

    Several are found, each doing without something that every one before it needs; each is proven by solving the workbook with it. Exit
    code 0 where a repair is proven or none is needed, 4 where none is found.
    """
    if out is not None and same_file(workbook, out):
        raise click.BadParameter(f"{out} is the input; a repaired workbook never replaces it", param_hint="'--out'")
    refuse_unwritable(out, "--out")
    from optimizer import workbook as reading
    from optimizer.repairs import amounts_of, repairs
    from optimizer.solve import SolveOptions

    options = SolveOptions(calendar=calendar)
    try:
        with progress.for_stream(sys.stderr, quiet) as shown:
            shown.stage("read")
            case, warnings = reading.read_with_warnings(workbook)
            for line in console.fault_lines(warnings):
                shown.message(line)
            found = repairs(case, options, shown, count)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    if as_json:
        click.echo(console.as_json({"needed": found.needed, "repairs": found.rows}))
    for line in console.repair_lines(found.rows) if not as_json else ():
        click.echo(line)
    if not found.needed:
        complain("nothing to repair: a plan survives")
        return ExitCode.ANSWERED
    if not any(row.proven for row in found.rows):
        complain("no repair was found: " + ("move more" if case.negotiables else "list what could be changed") + " on the sheet Negotiable")
        return ExitCode.IMPOSSIBLE
    if out is not None:
        _write(out, take, amounts_of(case, found.rows, take), case, as_json)
    return ExitCode.ANSWERED


def _write(out: Path, take: int, amounts: dict[int, float], case: object, as_json: bool) -> None:
    """The workbook with a repair made. Usage error where there is no repair of that number."""
    from models.case import Case
    from models.negotiable import repaired
    from optimizer.template import write_case

    assert isinstance(case, Case)
    if not amounts:
        raise click.BadParameter(f"there is no repair {take}", param_hint="'--take'")
    write_case(repaired(case, amounts), out)
    click.echo(f"{'Workbook':<10} {out}, with repair {take} made", err=as_json)
