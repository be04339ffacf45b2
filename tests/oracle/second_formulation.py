"""The same problem, written a second time from the meaning of the workbook's columns, and solved by brute force.

Nothing of the model is used: the case's records alone. It is built differently on purpose: no columns for stock levels (a level is
the sum of what went in and out), every signature of a contract lifts for itself, sizes and discounts are stated by where they lie and
not by steps, and all patterns and the base plan are one program for scipy. `cheapest` tries every set of commitments, each with a
linear program (with integers only where orders, lots or years of a contract are yes or no).

"""

from __future__ import annotations

import math
from typing import Any

from commitments_again import Commitments
from facts import Facts, combined
from operation_again import Operation
from program import Program
from rulebook import rule

from models.case import Case, CutOff

FEW = 60
"""Sets of commitments up to which all are tried; beyond it the integers are left to the solver."""


def cheapest(case: Case, *, inside: bool = False, few: int = FEW) -> float:
    """Cost of the cheapest plan that survives every start of every cut-off, million USD; infinite where there is none.

    ``inside``: starts inside coarse periods have to be survived too.
    """
    return Problem(case, inside=inside).least(few)[0]


class Problem:
    """The program of a case; ``first`` gives the first start of a cut-off for which none is stated."""

    def __init__(self, case: Case, *, inside: bool = False, first: dict[str, int] | None = None) -> None:
        self.case = combined(case)
        self.program = Program()
        self.facts = Facts(self.case)
        self.commitments = Commitments(self.facts, self.program)
        base = Operation(self.facts, self.program, self.commitments, self.facts.slots, None, 0, None)
        self.commitments.charge(base)
        rule(self.facts, self.program, self.commitments, base)
        if base.lacks:
            self.serve_all_that_can_be(base.lacks)
        self.starts: list[tuple[CutOff, int]] = []
        for cut in self.case.cutoffs:
            if cut.active and cut.must_survive:
                earliest = (first or {}).get(cut.cutoff, 0) if cut.first_start is None else self.facts.month(cut.first_start, 0)
                self.starts += [(cut, m) for m in starts(self.facts, cut, inside) if m >= earliest]
        for cut, start in self.starts:
            months = [(start + k, 1) for k in range(self.facts.window(cut))]
            Operation(self.facts, self.program, self.commitments, months, cut, start, base)

    def serve_all_that_can_be(self, lacks: dict[int, float]) -> None:
        """Where demand is not to be rationed, the base plan lacks no more, at its shortage cost, than one that lacks least and need
        survive nothing."""
        least = self.program.least_of(lacks)
        if least < math.inf:
            self.program.limit(lacks, least + 1e-6 * max(lacks.values()))

    def least(self, few: int = FEW) -> tuple[float, bool]:
        """Least cost, and whether every set of commitments was tried."""
        return self.program.least(few)

    @property
    def combinations(self) -> int:
        """How many sets of commitments there are."""
        return self.program.combinations


def starts(f: Facts, cut: CutOff, inside: bool) -> list[int]:
    """Months at which a cut-off may fall: ends of periods, or every month, up to the end of the plan."""
    last = min(f.horizon, f.month(cut.last_start, f.horizon))
    dates: Any = range(f.horizon + 1) if inside else {*(m for m, _ in f.slots), f.horizon}
    if cut.latest_first_start is not None and not inside:
        dates |= {f.month(cut.latest_first_start, 0)}
    return [m for m in sorted(dates) if 0 <= m <= last]
