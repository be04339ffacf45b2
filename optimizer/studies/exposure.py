"""Exposure: what the loss of each country, supplier, source, plant, contract and store would cost, with a plan and without it.

Each is lost alone and whole, unannounced, for some months; all else goes on as it does while nothing is lost, the spot markets
too. The plan stays as it is and answers with its recourse, as in a cut-off. *Without* the plan is the cheapest plan that need survive
nothing. A loss is measured against a crisis in which nothing is lost, at the same start: what is missing then, and what it then costs,
is no consequence of the loss.

What a loss costs: the cheapest recourse among those that leave as little protected demand unserved as can be, undiscounted; demand that
is not served counts with its shortage cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.case import Case, CutOff
from models.columns import Month, column
from models.plan import Plan
from optimizer.engine import Engine, SolveOptions
from optimizer.errors import NumericalTrouble
from optimizer.executor import Executor, Serial, kept
from optimizer.highs import Status
from optimizer.progress import Progress, Silent
from optimizer.studies.recourses import SERVED_T, Trial, Trials, had

LOST_MONTHS = 12

UNPROTECTED_GAP = 1e-3
"""Relative gap of the plan that need survive nothing."""

SAME = 1e-6
"""Relative difference of two costs that is none."""

Kind = Literal["country", "supplier", "source", "plant", "contract", "store"]
Starts = Literal["few", "years", "periods"]

BESIDE = 4
"""So many losses are one task."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The loss of one, at the start at which it does most harm with the plan (where there is none: without it)."""

    kind: str = column("", "What is lost.", choices=("country", "supplier", "source", "plant", "contract", "store"))
    name: str = column("", "Which.")
    start: Month = column("month", "First month of the loss: of the starts tried the one at which it does most harm.")
    months: int | None = column(
        "months", "With the plan: months before protected demand goes unserved; all of them where the loss takes nothing.", default=None
    )
    missing_t: float | None = column("t REO", "With the plan: protected demand unserved because of the loss, at the least.", default=None)
    usd_m: float | None = column("million USD", "With the plan: cost of the loss, undiscounted; empty: not found.", default=None)
    without_months: int = column(
        "months", "Without the plan: months before protected demand goes unserved; all of them where the loss takes nothing."
    )
    without_missing_t: float = column("t REO", "Without the plan: unserved because of the loss, at the least.")
    without_usd_m: float | None = column("million USD", "Without the plan: cost of the loss, undiscounted; empty: not found.", default=None)

    @property
    def harm(self) -> tuple[float, float]:
        """What losses are ranked by: tonnes missing, then cost, with the plan; where there is none, without it."""
        missing, usd_m = self.missing_t, self.usd_m
        if missing is None:
            missing, usd_m = self.without_missing_t, self.without_usd_m
        return round(missing, 6), 0.0 if usd_m is None else usd_m


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The whole answer."""

    title: str = column("", "Name of the case.")
    lost_months: int = column("months", "Each is lost for so long.")
    with_plan: bool = column("yes / no", "A plan was given; else only the plan that need survive nothing is told.")
    losses: tuple[Loss, ...] = column("", "The worst first.")


@dataclass(frozen=True)
class _Shared:
    case: Case
    plan: Plan | None
    free: np.ndarray
    options: SolveOptions


@dataclass(frozen=True)
class _Task:
    losses: tuple[tuple[str, str, CutOff], ...]
    starts: tuple[int, ...]


@dataclass(frozen=True)
class _Harm:
    months: int
    missing_t: float
    usd_m: float | None


def exposure(
    case: Case,
    plan: Plan | None = None,
    months: int = LOST_MONTHS,
    starts: Starts = "few",
    kinds: Sequence[Kind] = (),
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Exposure:
    """What each loss of so many ``months`` would cost, the worst first, see the page's head.

    ``starts``: the first that the plan survives, the middle and the end of the plan ('few'), one in each calendar year, or all period
    boundaries; each is told at the start at which it does most harm. ``kinds``: what is lost; all where none is named. Raises
    ``NumericalTrouble`` where there is no plan at all, ``StudyFailed`` where a task could not be done.
    """
    options, progress, executor = options or SolveOptions(), progress or Silent(), executor or Serial()
    losses = [loss for loss in losses_of(case, months) if not kinds or loss[0] in kinds]
    idle = tuple(dataclasses.replace(cutoff, active=False) for _, _, cutoff in losses)
    wide = dataclasses.replace(case, cutoffs=(*case.cutoffs, *idle))
    engine = Engine(wide, options, progress)
    engine.prepare()
    with engine.stage("plan that need survive nothing"):
        free = engine.run(engine.program, relative_gap=UNPROTECTED_GAP)
    if free.x is None or free.status is not Status.OPTIMAL:
        raise NumericalTrouble("the cheapest plan that need survive nothing could not be found")
    shared = _Shared(wide, plan, free.x, options)
    tried = _starts(engine, plan, starts)
    tasks = [_Task(tuple(losses[k : k + BESIDE]), tried) for k in range(0, len(losses), BESIDE)]
    progress.stage("losses")
    found = [row for outcome in executor.run(_do, tasks, shared=shared) for row in had(outcome)]
    found.sort(key=lambda row: (tuple(-value for value in row.harm), row.kind, row.name))
    return Exposure(title=case.settings.title, lost_months=months, with_plan=plan is not None, losses=tuple(found))


def losses_of(case: Case, months: int) -> list[tuple[str, str, CutOff]]:
    """Everybody who can be lost, as (kind, name, cut-off): every country but the home country, every supplier of more than one source,
    every source, plant, contract that has not expired, and store."""
    suppliers: dict[str, list[str]] = {}
    for source in case.sources:
        if source.supplier:
            suppliers.setdefault(source.supplier, []).append(source.source)
    at = [country for s in case.sources for country in s.countries] + [p.country for p in case.plants] + [s.country for s in case.stores]
    countries = dict.fromkeys(country for country in at if country and country != case.settings.home_country)
    stores = dict.fromkeys([s.store for s in case.stocks] + [s.store for s in case.stores])
    who: list[tuple[Kind, str, str, tuple[str, ...]]] = []
    who += [("country", name, "countries", (name,)) for name in countries]
    who += [("supplier", name, "sources", tuple(rows)) for name, rows in suppliers.items() if len(rows) > 1]
    who += [("source", s.source, "sources", (s.source,)) for s in case.sources]
    who += [("plant", p.plant, "plants", (p.plant,)) for p in case.plants]
    who += [("contract", c.contract, "contracts", (c.contract,)) for c in case.contracts if c.status != "expired"]
    who += [("store", name, "stores", (name,)) for name in stores]
    return [(kind, name, _lost(f"loss of {kind} {name}", months, {column: names})) for kind, name, column, names in who]


def _lost(name: str, months: int, named: dict[str, tuple[str, ...]]) -> CutOff:
    """A cut-off of one, whole, that leaves the markets elsewhere alone; nobody named: nothing is lost."""
    return CutOff(cutoff=name, severity=1.0, months=months, spot_availability=1.0, **named)  # type: ignore[arg-type]


def _starts(engine: Engine, plan: Plan | None, which: Starts) -> tuple[int, ...]:
    """Months at which losses begin."""
    h = engine.study.horizon
    boundaries = [*(slot.first for slot in h.slots), h.months]
    if which == "periods":
        return tuple(boundaries)
    if which == "years":
        by_year: dict[int, int] = {}
        for month in boundaries[:-1]:
            by_year.setdefault(h.year(month), month)
        return (*by_year.values(), h.months)
    ready = [row.first_start for row in plan.readiness if row.first_start is not None] if plan is not None else []
    first = max((h.month_of(month, 0) for month in ready), default=0)
    middle = next(m for m in boundaries if m >= h.months / 2)
    return tuple(sorted({first, middle, h.months}))


def _do(shared: _Shared, task: _Task) -> list[Loss]:
    """The losses of a task, each at the start at which it does most harm."""
    with_plan, without = kept("trials", lambda: _trials(shared))
    return [_worst(with_plan, without, kind, name, cutoff, task.starts) for kind, name, cutoff in task.losses]


def _trials(shared: _Shared) -> tuple[_Plan | None, _Plan]:
    engine = Engine(shared.case, shared.options)
    engine.prepare()
    with_plan = None if shared.plan is None else _Plan(engine, engine.columns_of(shared.plan))
    return with_plan, _Plan(engine, shared.free)


def _worst(with_plan: _Plan | None, without: _Plan, kind: str, name: str, cutoff: CutOff, starts: Sequence[int]) -> Loss:
    return max(_at_starts(with_plan, without, kind, name, cutoff, starts), key=lambda row: (row.harm, -row.start.ordinal))


def _at_starts(with_plan: _Plan | None, without: _Plan, kind: str, name: str, cutoff: CutOff, starts: Sequence[int]) -> Iterator[Loss]:
    for start in starts:
        ours, none = None if with_plan is None else with_plan.harm(cutoff, start), without.harm(cutoff, start)
        yield Loss(
            kind=kind,
            name=name,
            start=without.engine.study.horizon.date(start),
            months=None if ours is None else ours.months,
            missing_t=None if ours is None else ours.missing_t,
            usd_m=None if ours is None else ours.usd_m,
            without_months=none.months,
            without_missing_t=none.missing_t,
            without_usd_m=none.usd_m,
        )


class _Plan(Trials):
    """A plan and what it lacks and costs where nothing is lost, by start."""

    def __init__(self, engine: Engine, x: np.ndarray) -> None:
        super().__init__(engine, x)
        self._nothing: dict[tuple[int, int], _Harm] = {}

    def harm(self, cutoff: CutOff, start: int) -> _Harm:
        """What a loss does beyond what is missing and paid where nothing is lost."""
        key = (start, cutoff.months)
        if key not in self._nothing:
            self._nothing[key] = self._asked(_lost("nothing", cutoff.months, {}), start)
        nothing, found = self._nothing[key], self._asked(cutoff, start)
        missing, usd_m = found.missing_t - nothing.missing_t, None
        if found.usd_m is not None and nothing.usd_m is not None:
            usd_m = found.usd_m - nothing.usd_m
            usd_m = 0.0 if abs(usd_m) <= SAME * max(1.0, abs(nothing.usd_m)) else usd_m
        if missing <= SERVED_T:
            return _Harm(cutoff.months, 0.0, usd_m)
        return _Harm(found.months, missing, usd_m)

    def _asked(self, cutoff: CutOff, start: int) -> _Harm:
        recourse = self.recourse(cutoff, start)
        options = self.engine.test_options
        months = cutoff.months
        answer = recourse.cheapest(self.x, options)
        missing = 0.0
        if answer is None:
            lack = Trial(recourse, self.engine, self.x).lack()
            missing, elastic = recourse.missing_t(self.x, options)
            assert elastic.x is not None
            if lack.month is not None:
                months = max(0, self.engine.study.horizon.month_of(lack.month, 0) - start)
            answer = recourse.cheapest(self.x, options, elastic.x[recourse.missing])
        return _Harm(min(months, cutoff.months), missing, None if answer is None else float(answer.objective))
