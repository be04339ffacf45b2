"""``stockpile roll``: the next workbook, with what a plan decided in force and what it reached as its opening."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.columns import Month
from optimizer import console
from optimizer.commands.parts import EPILOG, FILE_IN, FILE_OUT, MONTH, complain, refuse, refuse_unwritable, same_file, words, xlsx
from optimizer.errors import NotWritten
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from optimizer.rolling import Rolled

REMARKS, ASIDE = "_Rolled", "_Past"
"""Sheets of the next workbook that are not read: what changed its meaning, and rows that have no place any more."""


@click.command("roll", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.argument("plan", type=FILE_IN)
@click.option("--to", "to", type=MONTH, required=True, metavar="YYYY-MM", help="First month of the next plan: a period's first.")
@click.option("--out", type=FILE_OUT, callback=xlsx, required=True, metavar="NEXT.xlsx", help="The next workbook.")
@click.option("--stocks-to-correct", is_flag=True, help="Ask in the note of each stock for what really lies there.")
@click.option("--anyway", is_flag=True, help="Write it although something cannot be carried; the sheet _Rolled lists what.")
@click.option("--force", is_flag=True, help="Replace NEXT.xlsx if it exists.")
def command(workbook: Path, plan: Path, to: Month, out: Path, stocks_to_correct: bool, anyway: bool, force: bool) -> ExitCode:
    """Write the workbook of a later month of PLAN, which was made of WORKBOOK.

    What PLAN decided before that month is in force or being built, with its own dates; stocks, cargo at sea and residue are
    what it reached; every figure means the same as before. What the workbook has no column for is listed, and then nothing
    is written unless --anyway is given.
    """
    if same_file(workbook, out) or same_file(plan, out):
        raise click.BadParameter(f"{out} is an input; the next workbook never replaces it", param_hint="'--out'")
    if out.exists() and not force:
        raise click.UsageError(f"{out} exists; --force replaces it")
    refuse_unwritable(out, "--out")
    from models.check import check
    from optimizer import plan_file, template
    from optimizer import workbook as reading
    from optimizer.asked import on_calendar
    from optimizer.rolling import CannotRoll, rolled

    try:
        case, _ = reading.read_with_warnings(workbook)
        found = plan_file.read_plan(plan, with_recourse=False)
    except InputRefused as refused:
        return refuse(workbook, refused.faults)
    except plan_file.PlanUnreadable as error:
        return _refused(str(error))
    if found.summary.input_sha256 != plan_file.input_sha256(case):
        return _refused(f"{plan} belongs to another workbook: {workbook} has other values than the plan was made for")
    try:
        next_case = rolled(on_calendar(case, found.summary.calendar), found, to, stocks_to_correct=stocks_to_correct)
    except CannotRoll as error:
        return _refused(str(error))
    for remark in next_case.remarks:
        click.echo(console.printable(str(remark)), err=True)
    faults = [str(finding) for finding in check(next_case.case) if finding.severity == "error"]
    for fault in faults:
        click.echo(console.printable(f"the next workbook would be refused: {fault}"), err=True)
    if (next_case.lost or faults) and not anyway:
        lost = len(next_case.lost) + len(faults)
        return _refused(f"{lost} thing{'' if lost == 1 else 's'} cannot be carried; nothing was written (--anyway writes it all the same)")
    try:
        template.write_case(next_case.case, out, beside=_beside(next_case))
    except OSError as error:
        raise NotWritten(f"not written: {out}: {words(error)}") from error
    for line in _lines(next_case, out):
        click.echo(line)
    return ExitCode.ANSWERED


def _refused(text: str) -> ExitCode:
    complain(text)
    return ExitCode.INPUT_REFUSED


def _beside(found: Rolled) -> dict[str, list[list[str]]]:
    """Sheets of words: remarks, and the rows that have no place any more with what they said."""
    sheets = {}
    if found.remarks:
        lines = [[remark.sheet, remark.row, "not carried" if remark.lost else "", remark.text] for remark in found.remarks]
        sheets[REMARKS] = [["sheet", "row", "", "what the plan before had otherwise"], *lines]
    if found.aside:
        lines = []
        for row in found.aside:
            said = {f.name: getattr(row.row, f.name) for f in dataclasses.fields(row.row)}
            filled = [f"{name}: {_word(value)}" for name, value in said.items() if value not in (None, "", ())]
            lines.append([row.sheet, row.why, "; ".join(filled)])
        sheets[ASIDE] = [["sheet", "why it is here", "what it said"], *lines]
    return sheets


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _lines(found: Rolled, out: Path) -> list[str]:
    """What was written, in words."""
    settings = found.case.settings
    last = settings.start.plus(settings.horizon_months - 1)
    there = sum(1 for row in found.case.contracts if row.status == "in force")
    lines = [f"wrote {out}: {settings.title}, from {settings.start} to {last}, {there} contract{'' if there == 1 else 's'} in force"]
    if found.aside:
        lines.append(f"{len(found.aside)} row{'' if len(found.aside) == 1 else 's'} of what is past or decided: sheet {ASIDE}")
    return [console.printable(line) for line in lines]
