"""The command line: parse, call, print; no decisions. The commands are in `optimizer.commands`.

Results go to standard output, all else to standard error; nothing is ever asked. `optimizer.exit_codes` says what each exit
code means.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

import optimizer
from optimizer.commands import commands
from optimizer.commands.parts import EPILOG, Session, complain, show_traceback, words
from optimizer.errors import Interrupted, NoBasePlan, NumericalTrouble, OverBudget, StockpileError, Unbounded
from optimizer.exit_codes import ExitCode


@click.group(
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--traceback", is_flag=True, envvar="STOCKPILE_TRACEBACK", help="Show where an unexpected error arose.")
@click.version_option(optimizer.__version__, prog_name="stockpile")
@click.pass_obj
def stockpile(session: Session, traceback: bool) -> None:
    """Rare-earth stockpile and procurement plans that survive an unannounced cut-off of supply at least cost.

    A workbook goes in; a report workbook comes out that says what to sign, build, buy and hold, and when.
    """
    session.traceback = traceback


for _command in commands():
    stockpile.add_command(_command)


def run(arguments: Sequence[str] | None = None) -> ExitCode:
    """Run the command line and return its exit code; no exception gets out.

    ``arguments`` are those after the program's name; ``None`` takes them from the process.
    """
    session = Session()
    try:
        return ExitCode(stockpile.main(arguments, prog_name="stockpile", standalone_mode=False, obj=session))
    except click.ClickException as error:
        error.show()
        return ExitCode(error.exit_code)
    except (KeyboardInterrupt, click.Abort, Interrupted):
        complain("interrupted")
        return ExitCode.INTERRUPTED
    except (NoBasePlan, OverBudget) as error:
        return _failed(error, ExitCode.IMPOSSIBLE, str(error), session)
    except (NumericalTrouble, Unbounded) as error:
        return _failed(error, ExitCode.SOLVER_TROUBLE, str(error), session)
    except StockpileError as error:
        return _failed(error, ExitCode.FAILED, str(error), session)
    except BrokenPipeError:
        sys.stdout = io.TextIOWrapper(io.BytesIO())  # the reader has gone: what is still unwritten goes nowhere
        return ExitCode.FAILED
    except Exception as error:
        hint = "" if session.traceback else "; stockpile --traceback ... shows where"
        return _failed(error, ExitCode.FAILED, f"unexpected error: {words(error)}{hint}", session)


def _failed(error: Exception, code: ExitCode, text: str, session: Session) -> ExitCode:
    show_traceback(error, session)
    complain(text)
    return code


def main() -> NoReturn:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())
