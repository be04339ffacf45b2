"""``stockpile compare``: two workbooks, or two plans, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer import console
from optimizer.commands.parts import (
    EPILOG,
    FILE_IN,
    FILE_OUT,
    STANDARD_OUTPUT,
    complain,
    refuse,
    refuse_unwritable,
    same_file,
    words,
    xlsx,
)
from optimizer.errors import NotWritten
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

MOST_ROWS = 40
"""So many rows of a table are printed; the workbook and the JSON hold all."""


@click.command("compare", epilog=EPILOG)
@click.argument("first", type=FILE_IN, metavar="A")
@click.argument("second", type=FILE_IN, metavar="B")
@click.option(
    "--inputs",
    type=FILE_IN,
    nargs=2,
    default=None,
    metavar="A.xlsx B.xlsx",
    help="With two plans: the workbooks that they were made of, to compare the inputs too.",
)
@click.option("--out", type=FILE_OUT, callback=xlsx, metavar="ANSWER.xlsx", show_default="none", help="Write the comparison as a workbook.")
@click.option(
    "--json", "json_path", type=FILE_OUT, metavar="ANSWER.json", help="Write it as JSON too; - prints it on standard output, alone."
)
def command(first: Path, second: Path, inputs: tuple[Path, Path] | None, out: Path | None, json_path: Path | None) -> ExitCode:
    """Say what differs between A and B: two workbooks (.xlsx), or two plans (.json) as `solve --json` wrote them.

    Of workbooks every cell that differs; of plans what is decided, cost by term and year, what is survived, and what is held.
    """
    workbooks = [path.suffix.lower() == ".xlsx" for path in (first, second)]
    if workbooks[0] != workbooks[1]:
        book, plan = (first, second) if workbooks[0] else (second, first)
        raise click.UsageError(f"{book} is a workbook and {plan} a plan: compare two workbooks, or two plans")
    if inputs and workbooks[0]:
        raise click.UsageError("--inputs names the workbooks of two plans; A and B are workbooks themselves")
    for target in (out, json_path):
        if target is not None and target != STANDARD_OUTPUT and any(same_file(path, target) for path in (first, second, *(inputs or ()))):
            raise click.BadParameter(f"{target} is an input; an answer never replaces it")
    refuse_unwritable(out, "--out")
    refuse_unwritable(json_path, "--json")
    from optimizer.plan_file import PlanUnreadable

    try:
        found = _workbooks(first, second) if workbooks[0] else _plans(first, second, inputs)
    except InputRefused as refused:
        return refuse(first, refused.faults)
    except (PlanUnreadable, PlanAstray) as error:
        complain(str(error))
        return ExitCode.INPUT_REFUSED
    written = _write(found, out, json_path)
    for line in (*_lines(found), *written):
        click.echo(line, err=json_path == STANDARD_OUTPUT)
    return ExitCode.ANSWERED


class PlanAstray(ValueError):
    """A plan belongs to another workbook than the one that is named."""


def _workbooks(first: Path, second: Path) -> Comparison:
    """Two workbooks. Raises ``InputRefused``."""
    from optimizer.comparing import Comparison, inputs_that_differ
    from optimizer.workbook import read_cells

    return Comparison(first=str(first), second=str(second), inputs=inputs_that_differ(read_cells(first), read_cells(second)))


def _plans(first: Path, second: Path, inputs: tuple[Path, Path] | None) -> Comparison:
    """Two plans. Raises ``PlanUnreadable``, ``InputRefused`` and `PlanAstray`."""
    from optimizer.comparing import inputs_that_differ, plans_compared
    from optimizer.plan_file import input_sha256, read_plan
    from optimizer.workbook import read_cells

    plans = [read_plan(path, with_recourse=False) for path in (first, second)]
    cases = [read_cells(path) for path in inputs or ()]
    for path, plan, case, book in zip((first, second), plans, cases, inputs or (), strict=False):
        if plan.summary.input_sha256 != input_sha256(case):
            raise PlanAstray(f"{path} belongs to another workbook: {book} has other values than the plan was made for")
    differ = inputs_that_differ(*cases) if cases else ()
    return plans_compared(plans[0], plans[1], (str(first), str(second)), differ)


def _write(found: Comparison, out: Path | None, json_path: Path | None) -> list[str]:
    """Write the answer, and say where. Raises ``NotWritten``."""
    written = []
    try:
        if json_path == STANDARD_OUTPUT:
            click.echo(console.as_json(found))
        elif json_path is not None:
            json_path.write_text(console.as_json(found) + "\n", encoding="utf-8")
            written.append(f"{'JSON':<10} {json_path}")
        if out is not None:
            from optimizer.report.studies.compare import write_comparison

            written.append(f"{'Answer':<10} {write_comparison(found, out)}")
    except OSError as error:
        raise NotWritten(f"not written: {words(error)}") from error
    return written


def _lines(found: Comparison) -> list[str]:
    """The comparison in plain words and tables, what is the same left out."""
    if found.same:
        return ["Nothing differs."]
    tables = {
        "Inputs that differ": found.inputs,
        "Answer and survival": tuple(row for row in found.survival if row.differs),
        "Decisions that differ": found.decisions,
        "Cost by term": tuple(row for row in found.costs if row.year is None and abs(row.more_usd_m) > 0),
        "Stock targets that differ": tuple(row for row in found.targets if abs(row.more_t) > 1e-6),
    }
    lines = [console.printable(f"First: {found.first}"), console.printable(f"Second: {found.second}")]
    for title, rows in tables.items():
        if rows:
            lines += ["", title, *console.table_lines(rows[:MOST_ROWS])]
            if len(rows) > MOST_ROWS:
                lines.append(f"... and {len(rows) - MOST_ROWS:,} more: see --out or --json")
    return lines
