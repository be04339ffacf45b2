"""How a column of the workbook is stated: once, as a dataclass field with metadata.

The reader, the template, the report headers and the printed column reference all follow from these
fields; nothing else defines a column.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

SCHEMA_VERSION = 1
"""Version of the workbook and of the plan file. Raised when a column changes its meaning."""


@dataclasses.dataclass(frozen=True, order=True)
class Month:
    """A calendar month, written ``2027-01``."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``YYYY-MM``. Raises ``ValueError`` for anything else."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
        if match is None or not 1 <= int(match[2]) <= 12:
            raise ValueError(f"{text!r} is not a month; write it as YYYY-MM, for example 2027-01")
        return cls(int(match[1]), int(match[2]))

    @property
    def ordinal(self) -> int:
        """Months since January of year 0, so that differences are numbers of months."""
        return self.year * 12 + self.month - 1

    def plus(self, months: int) -> Month:
        """The month that lies ``months`` later (or earlier, when negative)."""
        year, month = divmod(self.ordinal + months, 12)
        return Month(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def column(
    unit: str,
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    at_least: float | None = None,
    at_most: float | None = None,
    above: float | None = None,
    choices: Iterable[str] = (),
    refers_to: str = "",
) -> Any:
    """A dataclass field that is one column of a sheet.

    ``unit`` is printed in the header, ``meaning`` in the note; ``default`` is what a blank cell means (no default: the
    cell must be filled). ``at_least``, ``above`` and ``at_most`` bound numbers, ``choices`` lists the words allowed,
    ``refers_to`` names the ``Sheet.column`` (several: ``A.x|B.y``) in which the text must be found.
    """
    metadata = {
        "unit": unit,
        "meaning": meaning,
        "at_least": at_least,
        "at_most": at_most,
        "above": above,
        "choices": tuple(choices),
        "refers_to": refers_to,
    }
    return dataclasses.field(default=default, metadata=metadata)


def columns_of(record: type) -> tuple[dataclasses.Field[Any], ...]:
    """The columns of a record class, in the order of declaration; `models.kinds.sheet_columns` gives the order of the sheet. A field
    without a meaning is none."""
    return tuple(field for field in dataclasses.fields(record) if field.metadata.get("meaning"))
