"""Rights under contracts: from when to when, and when they were decided."""

from __future__ import annotations

import dataclasses

IN_FORCE = -1
"""Decision month of what was signed before the start."""


@dataclasses.dataclass(frozen=True)
class Right:
    """A contract that delivers from month ``first`` to before month ``end``, decided in month ``decided``."""

    contract: str
    decided: int
    first: int
    end: int

    def months(self, first: int, months: int) -> range:
        """The months of a period in which it is in force."""
        return range(max(first, self.first), min(first + months, self.end))
