"""A plan put before cut-offs that its workbook need not list: what it lacks there, when, and in what."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from typing import Any, TypeVar

import numpy as np

from models.case import CutOff
from models.columns import Month
from models.survival import Pattern
from optimizer.engine import Engine
from optimizer.errors import Interrupted, NumericalTrouble, StockpileError
from optimizer.executor import Outcome
from optimizer.highs import HotProgram, Status
from optimizer.recourse import PASSED_T, Recourse

SERVED_T = 10 * PASSED_T
"""Survived is what lacks no more than this over its whole window, t REO: a plan's rows are rounded, and the solver's answers too."""


class StudyFailed(StockpileError):
    """A piece of a study could not be done; the message says why."""


def had(outcome: Outcome[Value]) -> Value:
    """The value of a task. Raises ``StudyFailed`` where there is none."""
    if not outcome.done or outcome.value is None:
        raise StudyFailed(outcome.reason or "a part of the work gave no answer")
    return outcome.value


FIRST = 1e3
"""By so much more a tonne weighs that is missing before the month up to which all can be served."""

LAST = 1e-3
"""By so much less a tonne weighs of a demand that comes after all others."""

Value = TypeVar("Value")

DemandKey = tuple[str, str, str]
"""(sector, material, form)."""


@dataclasses.dataclass(frozen=True)
class Lack:
    """What a pattern lacks: in all, at the least; and if all is served for as long as it can be, the first month in which something is
    missing, and the demand that then lacks most."""

    missing_t: float
    month: Month | None = None
    sector: str = ""
    material: str = ""
    form: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The values by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


class Trial:
    """One pattern under a plan, kept hot: by how much the weighted missing tonnes can be brought down."""

    def __init__(self, recourse: Recourse, engine: Engine, x: np.ndarray) -> None:
        self.name = recourse.name
        self.missing = recourse.missing
        indices = [_demand_month(recourse.keys[column][1]) for column in recourse.missing]
        self.demands = [key for key, _ in indices]
        self.months = np.array([month for _, month in indices], dtype=np.int64) - recourse.pattern.start
        self._date = engine.study.horizon.date(recourse.pattern.start)
        program = recourse.at(x, recourse.elastic())
        self._columns = program.columns
        self._hot = HotProgram(program, engine.test_options)

    def least(self, weights: np.ndarray) -> np.ndarray:
        """What is missing (k,), t REO, by demand and month, where its weighted sum is least. Raises ``NumericalTrouble``."""
        cost = np.zeros(self._columns)
        cost[self.missing] = weights
        self._hot.set_cost(cost)
        result = self._hot.solve()
        if result.status is Status.INTERRUPTED:
            raise Interrupted
        if result.status is not Status.OPTIMAL or result.x is None:
            raise NumericalTrouble(f"the recourse of {self.name} could not be tested: {result.status.value}")
        return np.asarray(result.x[self.missing])

    def months_served(self, of: np.ndarray, after: np.ndarray | None = None, low: int = 0, most: int | None = None) -> int:
        """How many first months the demands at ``of`` (k,) of bool can be served; ``after``: what others, and they, weigh, which
        comes before.

        The more months, the more is asked, so that halves find it: ``low`` are known to be served, ``most`` can be asked.
        """
        high = (int(self.months.max(initial=-1)) + 1 if most is None else most) + 1
        n = high - 1
        while low + 1 < high:
            asked = of & (self.months < n)
            weights = asked.astype(float) if after is None else np.maximum(after, LAST * asked)
            if self.least(weights)[asked].sum() <= SERVED_T:
                low = n
            else:
                high = n
            n = (low + high) // 2
        return low

    def first_and_last(self, of: np.ndarray, together: int, most: int) -> tuple[int, int]:
        """How many of ``most`` first months the demands at ``of`` (k,) can be served if they come before all others from the first day;
        and if all are served for ``together`` months and they then come after all others."""
        alone = self.months_served(of, low=together, most=most)
        others = np.where(self.months < together, FIRST, np.where(of, 0.0, 1.0))
        return alone, self.months_served(of, others, together, alone)

    def lack(self) -> Lack:
        """See `Lack`."""
        ones = np.ones(len(self.months))
        total = float(self.least(ones).sum())
        if total <= SERVED_T:
            return Lack(0.0)
        served = self.months_served(np.ones(len(self.months), dtype=bool))
        lacks = self.least(np.where(self.months < served, FIRST, 1.0))
        then = np.flatnonzero(self.months == served)
        if not len(then) or lacks[then].max() <= 0:
            then = np.arange(len(lacks))
        worst = int(then[np.argmax(lacks[then])])
        sector, material, form = self.demands[worst]
        return Lack(total, self._date.plus(int(self.months[worst])), sector, material, form)


class Trials:
    """A plan (n_base,) over the columns of an engine's base plan, and its recourses; none is kept."""

    def __init__(self, engine: Engine, x: np.ndarray) -> None:
        self.engine = engine
        self.x = x

    def recourse(self, cutoff: CutOff, start: int) -> Recourse:
        """The recourse of a pattern; the engine forgets it."""
        found = self.engine.recourse_of(cutoff, start)
        self.engine.recourses.pop(Pattern(cutoff, start), None)
        return found

    def survives(self, cutoff: CutOff, start: int) -> bool:
        """Whether the plan serves all protected demand at its level in every month of the window."""
        missing, _ = self.recourse(cutoff, start).missing_t(self.x, self.engine.test_options)
        return missing <= SERVED_T

    def trial(self, cutoff: CutOff, start: int) -> Trial:
        """A pattern, to be asked several things."""
        return Trial(self.recourse(cutoff, start), self.engine, self.x)


def _demand_month(index: Hashable) -> tuple[DemandKey, int]:
    """Demand and month of an index of ``missing_t``."""
    assert isinstance(index, tuple)
    sector, material, form, month = index
    return (sector, material, form), month
