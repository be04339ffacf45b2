"""What commands share that solve a workbook many times: their options, reading, and where the answer goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer import console
from optimizer.commands.parts import FILE_OUT, STANDARD_OUTPUT, complain, finite, show_traceback, words, xlsx
from optimizer.exit_codes import ExitCode

if TYPE_CHECKING:
    from models.case import Case
    from optimizer.engine import SolveOptions
    from optimizer.progress import Progress

Function = TypeVar("Function", bound=Callable[..., Any])


def solving(function: Function) -> Function:
    """Options of where the answer goes and how each case is solved."""
    for option in reversed(
        (
            click.option("--out", type=FILE_OUT, callback=xlsx, metavar="ANSWER.xlsx", show_default="none", help="Tables and chart."),
            click.option(
                "--json",
                "json_path",
                type=FILE_OUT,
                metavar="ANSWER.json",
                help="Write the answer as JSON; - prints it on standard output.",
            ),
            click.option(
                "--calendar",
                type=click.Choice(["workbook", "month", "quarter", "year"]),
                default="workbook",
                show_default=True,
                help="Length of the periods: as the workbook says, or all of one length.",
            ),
            click.option(
                "--gap",
                type=click.FloatRange(0, 100),
                callback=finite,
                metavar="PCT",
                show_default="the workbook's",
                help="Each solve stops when cost and bound are this close.",
            ),
            click.option(
                "--time-limit",
                type=click.FloatRange(0, min_open=True),
                callback=finite,
                metavar="S",
                show_default="none",
                help="Stop each solve after so many seconds.",
            ),
            click.option(
                "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, metavar="N", help="Random seed of the solver."
            ),
            click.option("--quiet", is_flag=True, help="No progress and no warnings; results and errors only."),
        )
    ):
        function = option(function)
    return function


def asked(
    workbook: Path, shown: Progress, calendar: str, gap: float | None, time_limit: float | None, seed: int
) -> tuple[Case, SolveOptions]:
    """The case of a workbook and how it is solved. Raises ``InputRefused``."""
    from optimizer import workbook as reading
    from optimizer.engine import SolveOptions

    shown.stage("read")
    case, warnings = reading.read_with_warnings(workbook)
    for line in console.fault_lines(warnings):
        shown.message(line)
    return case, SolveOptions(relative_gap_pct=gap, time_limit_s=time_limit, seed=seed, calendar=calendar)


def write(answer: Any, lines: Sequence[str], out: Path | None, json_path: Path | None, save: Callable[[Path], Path]) -> ExitCode | None:
    """Print the lines, write JSON and workbook where asked; the exit code of a failure, if there was one."""
    on_standard_output = json_path == STANDARD_OUTPUT
    for line in lines:
        click.echo(line, err=on_standard_output)
    failed = None
    if on_standard_output:
        click.echo(console.as_json(answer))
    for path, put in ((None if on_standard_output else json_path, _json(answer)), (out, save)):
        if path is None:
            continue
        try:
            put_to = put(path)
        except Exception as error:  # whatever it is, the answer has been told
            show_traceback(error)
            complain(f"not written: {path}: {words(error)}")
            failed = ExitCode.FAILED
        else:
            click.echo(f"{'Written':<10} {put_to}", err=on_standard_output)
    return failed


def _json(answer: Any) -> Callable[[Path], Path]:
    def put(path: Path) -> Path:
        path.write_text(console.as_json(answer) + "\n", encoding="utf-8")
        return path

    return put
