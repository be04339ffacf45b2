"""What a check of a case says, and how rules are told where to keep quiet."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from models.case import Case


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a case, or deserves a second look.

    ``table`` is the name of the sheet, ``row`` the place in its tuple (0 = first; ``None`` for the sheet as a whole and
    for the settings), ``field`` the column. ``expected`` completes "expected ..."; ``mend`` is a sentence.
    """

    table: str
    row: int | None
    field: str
    value: Any
    expected: str
    mend: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class Doubtful:
    """What of a case is a stand-in for something that could not be read: cells (sheet, row, column) and whole sheets."""

    cells: frozenset[tuple[str, int | None, str]] = frozenset()
    tables: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """A rule across tables, and the sheets it looks at: it is asked only when these are sound."""

    find: Callable[[Case], Iterator[Finding]]
    tables: frozenset[str]


def rule(*tables: str) -> Callable[[Callable[[Case], Iterator[Finding]]], Rule]:
    """Make a function a rule about these sheets."""
    return lambda find: Rule(find, frozenset(tables))


def warning(table: str, row: int | None, field: str, value: Any, expected: str, mend: str) -> Finding:
    """A finding that does not refuse the case."""
    return Finding(table, row, field, value, expected, mend, "warning")


def nearest(word: str, words: Iterable[str]) -> str:
    """The word that was probably meant; empty if none is near. Capitals and blanks at the ends do not count."""
    folded = {candidate.strip().casefold(): candidate for candidate in reversed(list(words))}
    close = difflib.get_close_matches(word.strip().casefold(), folded, n=1, cutoff=0.7)
    return folded[close[0]] if close else ""
