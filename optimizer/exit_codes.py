"""What the exit code of the command line says. Stated here once; help, reference page and README follow."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """Exit codes of ``stockpile``. 9 and 10 are kept for runs of many cases."""

    ANSWERED = 0
    FAILED = 1
    USAGE = 2
    INPUT_REFUSED = 3
    IMPOSSIBLE = 4
    LIMIT = 5
    UNPROVEN = 6
    AUDIT_FAILED = 7
    SOLVER_TROUBLE = 8
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.ANSWERED: "answered and certified: the plan survives every pattern, is within the gap and passed its re-computation",
    ExitCode.FAILED: "unexpected error, or a file could not be written",
    ExitCode.USAGE: "usage: the command line is wrong, or would overwrite what it must not",
    ExitCode.INPUT_REFUSED: "input refused: every fault of the workbook is listed",
    ExitCode.IMPOSSIBLE: "no plan survives: the report says what is missing at the least; or none that survives keeps the crisis budgets; "
    "or no plan exists at all, and the rows that contradict each other are told",
    ExitCode.LIMIT: "a limit was reached, with a plan that survives all patterns",
    ExitCode.UNPROVEN: "a limit was reached, without such a plan: N of M patterns are passed",
    ExitCode.AUDIT_FAILED: "the plan failed its re-computation: do not use it",
    ExitCode.SOLVER_TROUBLE: "unbounded, or numerical trouble in the solver",
    ExitCode.INTERRUPTED: "interrupted",
}
"""The meaning of each code, in the words of help and reference."""

OF_STATUS: dict[str, ExitCode] = {
    "certified": ExitCode.ANSWERED,
    "limit": ExitCode.LIMIT,
    "unproven": ExitCode.UNPROVEN,
    "impossible": ExitCode.IMPOSSIBLE,
}
"""The code of each ``models.plan.Summary.status``, for a plan that passed its re-computation."""
