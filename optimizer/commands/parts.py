"""What commands share: kinds of files, refusals, complaints."""

from __future__ import annotations

import dataclasses
import math
import os
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from models.columns import Month
from optimizer import console
from optimizer.errors import NotWritten
from optimizer.errors import words as words
from optimizer.exit_codes import MEANINGS, ExitCode
from optimizer.faults import Fault

EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {MEANINGS[code]}" for code in ExitCode)

STANDARD_OUTPUT = Path("-")

FILE_IN = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OUT = click.Path(path_type=Path)


@dataclasses.dataclass
class Session:
    """What outlives a command: whether an unexpected error is shown with its traceback."""

    traceback: bool = False


class MonthType(click.ParamType[Month]):
    """A month, as 2027-04."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """The month of a text. Fails as usage where it is none."""
        try:
            return value if isinstance(value, Month) else Month.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


MONTH = MonthType()


def finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """The callback of an option that must be finite. Raises ``click.BadParameter``."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("give a finite number")
    return value


def xlsx(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """The callback of a file that must end in .xlsx. Raises ``click.BadParameter``."""
    if value is not None and value.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{str(value)!r} does not end in .xlsx")
    return value


Function = TypeVar("Function", bound=Callable[..., Any])


def spread(function: Function) -> Function:
    """Options ``--workers`` and ``--dask`` of commands that do much; pass both to `optimizer.executor.choose`."""
    workers = click.option(
        "--workers",
        type=click.IntRange(1),
        metavar="N",
        callback=_either,
        show_default="one per processor",
        help="Processes or threads that share the work; 1: one thing after the other.",
    )
    dask = click.option(
        "--dask",
        metavar="ADDRESS",
        callback=_either,
        help="Have the work done by the workers of the Dask cluster whose scheduler is at ADDRESS, as tcp://host:8786.",
    )
    return workers(dask(function))


def _either(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """A cluster and processes here exclude each other, whichever is read first. Raises ``click.BadParameter``."""
    other = "workers" if param.name == "dask" else "dask"
    if value is not None and ctx.params.get(other) is not None:
        raise click.BadParameter("the cluster has its own workers; give either --workers or --dask")
    return value


def refuse_to_overwrite(workbook: Path, out: Path | None, json_path: Path | None) -> None:
    """Usage error where an output would replace the input, or one output the other, under whatever name."""
    if out is not None and same_file(workbook, out):
        raise click.BadParameter(f"{out} is the input; a report never replaces it", param_hint="'--out'")
    if json_path is None or json_path == STANDARD_OUTPUT:
        return
    if same_file(workbook, json_path):
        raise click.BadParameter(f"{json_path} is the input; a plan never replaces it", param_hint="'--json'")
    if out is not None and same_file(out, json_path):
        raise click.BadParameter(f"{json_path} is the report too; give them two names", param_hint="'--json'")


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file: links count, and names that differ by case alone, which some disks hold to be equal."""
    if one.exists() and other.exists() and one.samefile(other):
        return True
    return str(one.resolve()).casefold() == str(other.resolve()).casefold()


def refuse_unwritable(target: Path | None, option: str) -> None:
    """Raises `NotWritten` before any work is done where a file could not be written after it."""
    if target is None or target == STANDARD_OUTPUT:
        return
    folder = target.parent
    if not folder.is_dir():
        raise NotWritten(f"{option}: there is no folder {folder}")
    if target.is_dir():
        raise NotWritten(f"{option}: {target} is a folder")
    if not os.access(folder, os.W_OK):
        raise NotWritten(f"{option}: the folder {folder} is not open to writing")


def refuse(workbook: Path, faults: Sequence[Fault]) -> ExitCode:
    """Tell every fault of a workbook; the exit code of a refusal."""
    for line in console.fault_lines(faults):
        click.echo(line, err=True)
    complain(f"{workbook}: refused, {len(faults)} fault{'' if len(faults) == 1 else 's'}; nothing was written")
    return ExitCode.INPUT_REFUSED


def complain(text: str) -> None:
    """One line on standard error."""
    click.echo(f"stockpile: {console.printable(text)}", err=True)


def show_traceback(error: Exception, session: Session | None = None) -> None:
    """Print where an error arose, if that was asked for; inside a command the session is the command's."""
    session = session if session is not None else click.get_current_context().find_object(Session)
    if session is not None and session.traceback:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
