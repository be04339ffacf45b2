"""``stockpile validate``: read and check a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer import console
from optimizer.commands.parts import EPILOG, FILE_IN, refuse
from optimizer.exit_codes import ExitCode
from optimizer.faults import InputRefused

if TYPE_CHECKING:
    from models.case import Case


@click.command("validate", epilog=EPILOG)
@click.argument("workbook", type=FILE_IN)
@click.option("--strict", is_flag=True, help="Refuse the workbook for warnings too.")
@click.option("--json", "as_json", is_flag=True, help="Print faults and tables as JSON.")
def command(workbook: Path, strict: bool, as_json: bool) -> ExitCode:
    """Read and check WORKBOOK; solve nothing.

    Every fault is listed with its cell. A workbook without errors is answered with three tables: supply against demand by
    element, form and year; what each producer can deliver; demand against the reference totals given in the workbook.
    """
    from optimizer import workbook as reading

    try:
        case, faults = reading.read_with_warnings(workbook)
    except InputRefused as refused:
        case, faults = None, refused.faults
    accepted = case is not None and not (strict and faults)
    tables = _tables(case) if case is not None else {}
    if as_json:
        click.echo(console.as_json({"accepted": accepted, "faults": faults, **tables}))
    if case is None or not accepted:
        return refuse(workbook, faults)
    for line in console.fault_lines(faults):
        click.echo(line, err=True)
    if not as_json:
        click.echo(f"{console.printable(case.settings.title)}: accepted, {len(faults)} warning{'' if len(faults) == 1 else 's'}")
        for name, rows in tables.items():
            for line in ("", TABLE_TITLES[name], *console.table_lines(rows)):
                click.echo(line)
    return ExitCode.ANSWERED


TABLE_TITLES = {
    "supply_and_demand": "Supply against demand, before any stock is drawn",
    "supply_per_producer": "Most that each producer can deliver",
    "reconciliation": "Demand against the reference totals",
}


def _tables(case: Case) -> dict[str, Sequence[object]]:
    from optimizer import tables

    return {
        "supply_and_demand": tables.supply_and_demand(case),
        "supply_per_producer": tables.supply_per_producer(case),
        "reconciliation": tables.reconciliation(case),
    }
