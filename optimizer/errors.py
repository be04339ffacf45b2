"""Exceptions that the parts of the optimizer share; the command line turns each into an exit code and one line of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.plan import Plan


class StockpileError(Exception):
    """What the optimizer raises on purpose. The message is one sentence that a planner understands."""


class NumericalTrouble(StockpileError):
    """The solver refused the model, failed on it, or answered something that cannot be relied on."""


class Unbounded(StockpileError):
    """The cost can fall without end: a price or a limit is missing. The message says what kind to look for."""


class NoBasePlan(StockpileError):
    """No plan exists, even without a cut-off: what the workbook obliges to cannot all be kept.

    ``rows`` are the rows and cells that contradict each other, in words; empty where they are not known.
    """

    def __init__(self, message: str, rows: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.rows = rows


class OverBudget(StockpileError):
    """Plans survive, but none keeps the crisis budgets."""


class Interrupted(StockpileError):
    """The work was stopped from outside, as by Ctrl-C.

    ``plan`` is the best plan known at that moment, or ``None``.
    """

    def __init__(self, message: str = "interrupted", plan: Plan | None = None) -> None:
        super().__init__(message)
        self.plan = plan


class CannotAsk(StockpileError):
    """What is asked for does not go with the workbook."""


class NotWritten(StockpileError):
    """A file could not be, or would not be able to be, written where it was asked for."""


def words(error: BaseException) -> str:
    """An exception in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = next(iter(str(error).splitlines()), "")
    return text if isinstance(error, StockpileError | ValueError) and text else f"{type(error).__name__}: {text}"
