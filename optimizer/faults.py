"""What is wrong with a workbook: which cell, what stands there, what is expected, how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optimizer.errors import StockpileError

CellValue = str | int | float | bool | None
"""What a cell can hold, as it is shown to the planner."""


@dataclass(frozen=True)
class Fault:
    """One fault of the input.

    ``sheet`` and ``cell`` (``E7``) say where it is; both are empty for a fault of the file itself, the cell is empty for
    a fault of a whole sheet. ``expected`` completes "expected ..."; ``mend`` is a sentence that says what to do.
    """

    sheet: str
    cell: str
    value: CellValue
    expected: str
    mend: str
    severity: Literal["error", "warning"] = "error"

    @property
    def place(self) -> str:
        """``Sheet!E7``, or the sheet, or ``workbook``."""
        return f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or "workbook"

    def __str__(self) -> str:
        found = "nothing found" if self.value in ("", None) else f"found {self.value!r}"
        return f"{self.severity}: {self.place}: {found}; expected {self.expected}. {self.mend}"


class InputRefused(StockpileError):
    """The workbook cannot be used as it is. ``faults`` holds every fault found, warnings too; at least one is an error."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        errors = sum(fault.severity == "error" for fault in faults)
        super().__init__("\n".join([f"the workbook has {errors} {'error' if errors == 1 else 'errors'}", *map(str, faults)]))
