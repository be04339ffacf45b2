"""``stockpile template``: a workbook to start from."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.commands.parts import EPILOG, FILE_OUT, refuse_unwritable, words, xlsx
from optimizer.errors import NotWritten
from optimizer.exit_codes import ExitCode


@click.command("template", epilog=EPILOG)
@click.argument("out", type=FILE_OUT, callback=xlsx, metavar="OUT.xlsx")
@click.option("--all-sheets", is_flag=True, help="Write every sheet and column that can be used, the empty ones too.")
@click.option("--force", is_flag=True, help="Replace OUT.xlsx if it exists.")
def command(out: Path, all_sheets: bool, force: bool) -> ExitCode:
    """Write a small, filled workbook to OUT.xlsx that can be solved as it is, as a start for one's own."""
    if out.exists() and not force:
        raise click.UsageError(f"{out} exists; --force replaces it")
    refuse_unwritable(out, "OUT.xlsx")
    from optimizer import template

    try:
        template.write_case(template.example_case(), out, all_sheets=all_sheets)
    except OSError as error:
        raise NotWritten(f"not written: {out}: {words(error)}") from error
    click.echo(f"wrote {out}; now try: stockpile solve {out}")
    return ExitCode.ANSWERED
