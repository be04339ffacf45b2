"""How long a plan survives: each cut-off longer than asked, until protected demand goes unserved; and what else it would not stand.

*Joint*: the most months for which ALL protected demand is served at its level in every month of the window. Months survived means
every length up to it: where a longer cut is never easier (`models.lengths`) few lengths are tried, else all of them from the shortest
on until the first failure.

*Single*: in a cut as long as the longest that is tried, for how many months from its beginning one demand is served at its level: if
it comes before all others from the first day; and if all are kept at their level while that is possible for all, and then it comes
after all others.

*Nearest failures*: the shortest length, the least severity, and the second country or second cut-off on the same day that the plan does
not survive, each with a start at which it fails, and what runs out first there.

A recourse knows the length of its cut on the first day, except where the cut-off says otherwise. Starts: period boundaries of the
base plan, a few of them unless more are asked for.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from models.case import Case, CutOff
from models.columns import Month, column
from models.lengths import harder_when_longer, of_length, with_longest
from models.plan import Plan
from models.run import Study
from models.survival import hits_plant, hits_source, hits_store
from optimizer.asked import of_unknown_length
from optimizer.engine import Engine, PlanDiffers, SolveOptions
from optimizer.executor import Executor, Serial, kept
from optimizer.progress import Progress, Silent
from optimizer.studies.recourses import Trials, had
from optimizer.studies.search import longest

MOST_MONTHS = 24
"""The longest cut that is tried unless more is asked for."""

STEP_OF_SEVERITY = 0.01

HARDEST = 3
"""At so many starts, those survived for the fewest months, a second country or cut-off is tried."""

BESIDE = 6
"""So many starts beside each other are one task."""

Starts = Literal["few", "periods", "months"]
Singles = Literal["hardest", "every", "none"]


@dataclass(frozen=True, kw_only=True)
class Joint:
    """How long all protected demand is served when a cut-off begins in one month."""

    cutoff: str = column("", "Cut-off.")
    start: Month = column("month", "First month of the cut.")
    required: bool = column("yes / no", "The plan has to survive this start at the length asked.")
    asked_months: int = column("months", "Length of the cut-off in the workbook.")
    months: int = column("months", "Every length up to this is survived.")
    most_months: int = column("months", "The longest that was tried.")

    @property
    def reached(self) -> bool:
        """Whether the longest cut that was tried is survived."""
        return self.months >= self.most_months


@dataclass(frozen=True, kw_only=True)
class Single:
    """For how long one demand is served in a cut as long as the longest that is tried."""

    cutoff: str = column("", "Cut-off.")
    start: Month = column("month", "First month of the cut.")
    sector: str = column("", "Sector.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    first_months: int = column("months", "Served from the beginning for so long if it comes before all others.")
    last_months: int = column("months", "Served for so long if it comes after all others, once not all can be served any more.")
    most_months: int = column("months", "Length of the cut.")


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """A crisis harder than one that was asked for, and whether the plan survives it at the starts tried."""

    cutoff: str = column("", "Cut-off that it is a variant of.")
    way: str = column("", "In what it is harder.", choices=("longer", "harsher", "another country", "another cut-off"))
    variant: str = column("", "The variant in words.")
    starts: int = column("", "Starts tried.")
    survived: bool = column("yes / no", "All starts tried are survived.")
    start: Month | None = column("month", "A start at which it fails.", default=None)
    missing_t: float = column("t REO", "Missing there at the least, over the window.", default=0.0)
    month: Month | None = column("month", "First month in which something is missing.", default=None)
    sector: str = column("", "What lacks most in that month: sector.", default="")
    material: str = column("", "Its material.", default="")
    form: str = column("", "Its form.", default="")


@dataclass(frozen=True, kw_only=True)
class Survival:
    """The whole answer."""

    title: str = column("", "Name of the case.")
    input_sha256: str = column("", "Fingerprint of the workbook's values.")
    joint: tuple[Joint, ...] = column("", "Months survived, by cut-off and start.")
    single: tuple[Single, ...] = column("", "Months survived by one demand.")
    nearest: tuple[Nearest, ...] = column("", "What the plan does not survive beyond what was asked.")

    def of(self, cutoff: str) -> tuple[Joint, ...]:
        """The starts of one cut-off that count: those that the plan has to survive, or all where it has to survive none."""
        rows = tuple(row for row in self.joint if row.cutoff == cutoff)
        return tuple(row for row in rows if row.required) or rows

    def shortest(self, cutoff: str) -> Joint | None:
        """The start of a cut-off, of those that count, that is survived for the fewest months."""
        return min(self.of(cutoff), key=lambda row: (row.months, row.start.ordinal), default=None)

    @property
    def cutoffs(self) -> tuple[str, ...]:
        """Names of the cut-offs tried."""
        return tuple(dict.fromkeys(row.cutoff for row in self.joint))


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked: lengths up to ``most_months``, at which starts, of which cut-offs (none named: those switched on), and of which
    demands alone (at the start that is survived for the fewest months, at every start, or not)."""

    most_months: int = MOST_MONTHS
    starts: Starts = "few"
    cutoffs: tuple[str, ...] = ()
    singles: Singles = "hardest"
    nearest: bool = True


@dataclass(frozen=True)
class _Shared:
    """What every task needs."""

    case: Case
    plan: Plan
    options: SolveOptions


@dataclass(frozen=True)
class _Task:
    """One piece of the work: a cut-off and some of its starts; for 'tried' a variant of it too."""

    what: Literal["joint", "single", "harsher", "tried"]
    cutoff: CutOff
    starts: tuple[int, ...]
    most_months: int = 0
    variant: CutOff | None = None
    way: str = ""
    words: str = ""
    tried: int | None = None


def survive(
    case: Case,
    plan: Plan,
    ask: Ask | None = None,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Survival:
    """How long a plan of a case survives, see the page's head.

    Raises ``PlanDiffers`` where a cut-off is named that the case has not, ``CannotAsk`` where one cannot be of unknown length,
    ``StudyFailed`` where a task could not be done, as where the plan has what the case has not.
    """
    ask, progress, executor = ask or Ask(), progress or Silent(), executor or Serial()
    options = options or SolveOptions()
    shared = _Shared(with_longest(case, ask.most_months), plan, options)
    engine = Engine(shared.case, options)
    rows = _rows(engine, case, ask)
    if options.unknown_length:
        rows = [of_unknown_length(shared.case, row) for row in rows]

    def done(what: str, tasks: list[_Task]) -> list[Any]:
        progress.stage(what)
        return [row for outcome in executor.run(_do, tasks, shared=shared) for row in had(outcome)]

    joint = _marked(engine, done("time to survive", _joint_tasks(engine, plan, rows, ask)), plan)
    answer = Survival(title=case.settings.title, input_sha256=plan.summary.input_sha256, joint=tuple(joint), single=(), nearest=())
    if ask.singles != "none":
        tasks = [
            _Task("single", cutoff, (engine.study.horizon.month_of(row.start, 0),), ask.most_months)
            for cutoff in rows
            for row in _of_singles(answer, cutoff, ask.singles)
        ]
        answer = dataclasses.replace(answer, single=tuple(done("one demand at a time", tasks)))
    if ask.nearest:
        tasks = [task for cutoff in rows for task in _nearest_tasks(engine, cutoff, answer, rows)]
        answer = dataclasses.replace(answer, nearest=tuple(done("nearest failures", tasks)))
    return answer


def _do(shared: _Shared, task: _Task) -> list[Any]:
    """Do one task, wherever."""
    trials = kept("trials", lambda: _trials(shared))
    if task.what == "joint":
        return list(_joint(trials, task))
    if task.what == "single":
        return list(_singles(trials, task))
    if task.what == "harsher":
        return [_harsher(trials, task.cutoff, task.starts)]
    assert task.variant is not None
    return [_tried(trials, task.cutoff, task.variant, task.way, task.words, task.starts, task.tried)]


def _trials(shared: _Shared) -> Trials:
    engine = Engine(shared.case, shared.options)
    engine.prepare()
    return Trials(engine, engine.columns_of(shared.plan))


def _rows(engine: Engine, case: Case, ask: Ask) -> list[CutOff]:
    """The cut-offs asked about; combinations are asked about by the name of each, or of the row that stands for them."""
    every = [c for c in engine.case.cutoffs if not c.cutoff.endswith(" at its longest")]
    if not ask.cutoffs:
        return [c for c in every if c.active]
    found = [c for c in every if any(c.cutoff == name or c.cutoff.startswith(f"{name}: ") for name in ask.cutoffs)]
    for name in ask.cutoffs:
        if not any(c.cutoff == name or c.cutoff.startswith(f"{name}: ") for c in every):
            known = ", ".join(c.cutoff for c in case.cutoffs)
            raise PlanDiffers(f"the workbook has no cut-off {name!r}; it has: {known or 'none'}")
    return found


def starts_of(engine: Engine, cutoff: CutOff, first: int, which: Starts) -> list[int]:
    """Months of the plan at which a cut-off is tried: its first start, the first boundary of each calendar year, and the last
    start ('few'); all boundaries of periods ('periods'); every month ('months')."""
    if which == "months":
        return engine.dates(cutoff, 0, every_month=True)
    dates = engine.dates(cutoff, 0)
    if which == "periods" or not dates:
        return dates
    by_year: dict[int, int] = {}
    for month in dates:
        by_year.setdefault(engine.study.horizon.year(month), month)
    return sorted({*by_year.values(), *([first] if first in dates else []), dates[-1]})


# Joint


def _joint_tasks(engine: Engine, plan: Plan, rows: Sequence[CutOff], ask: Ask) -> list[_Task]:
    """A few starts that lie beside each other each."""
    ready = {row.cutoff: row.first_start for row in plan.readiness}
    tasks = []
    for cutoff in rows:
        dates = starts_of(engine, cutoff, _first(engine, cutoff, ready), ask.starts)
        tasks += [
            _Task("joint", cutoff, tuple(some), ask.most_months) for some in (dates[k : k + BESIDE] for k in range(0, len(dates), BESIDE))
        ]
    return tasks


def _first(engine: Engine, cutoff: CutOff, ready: Mapping[str, Month | None]) -> int:
    """The first start that a plan survives, or that is asked of it."""
    found = ready.get(cutoff.cutoff)
    return engine.study.horizon.month_of(found if found is not None else cutoff.first_start, 0)


def _joint(trials: Trials, task: _Task) -> Iterator[Joint]:
    """Months survived at every start; one start's answer is the next one's first guess."""
    cutoff, guess = task.cutoff, task.cutoff.months

    def survives(months: int) -> bool:
        return trials.survives(of_length(cutoff, months), start)

    for start in task.starts:
        guess = longest(survives, task.most_months, guess, harder_when_longer(cutoff))
        yield Joint(
            cutoff=cutoff.cutoff,
            start=trials.engine.study.horizon.date(start),
            required=False,
            asked_months=cutoff.months,
            months=guess,
            most_months=task.most_months,
        )


def _marked(engine: Engine, rows: Sequence[Joint], plan: Plan) -> list[Joint]:
    """The rows, with those marked that the plan has to survive."""
    ready = {row.cutoff: row.first_start for row in plan.readiness}
    must = {c.cutoff: _first(engine, c, ready) for c in engine.cutoffs if c.must_survive}
    month_of = engine.study.horizon.month_of
    return [dataclasses.replace(row, required=row.cutoff in must and month_of(row.start, 0) >= must[row.cutoff]) for row in rows]


# Single


def _of_singles(answer: Survival, cutoff: CutOff, singles: Singles) -> Sequence[Joint]:
    """The starts at which single demands are tried."""
    if singles == "every":
        return [row for row in answer.joint if row.cutoff == cutoff.cutoff]
    worst = answer.shortest(cutoff.cutoff)
    return [] if worst is None else [worst]


def _singles(trials: Trials, task: _Task) -> Iterator[Single]:
    """Months for which each protected demand is served."""
    cutoff, start, most = task.cutoff, task.starts[0], task.most_months
    trial = trials.trial(of_length(cutoff, most), start)
    together = trial.months_served(np.ones(len(trial.demands), dtype=bool), most=most)
    for key in dict.fromkeys(trial.demands):
        mine = np.array([demand == key for demand in trial.demands])
        first, last = trial.first_and_last(mine, together, most)
        sector, material, form = key
        yield Single(
            cutoff=cutoff.cutoff,
            start=trials.engine.study.horizon.date(start),
            sector=sector,
            material=material,
            form=form,
            first_months=first,
            last_months=last,
            most_months=most,
        )


# Nearest failures


def _nearest_tasks(engine: Engine, cutoff: CutOff, answer: Survival, rows: Sequence[CutOff]) -> Iterator[_Task]:
    """What is tried: longer, harsher, with another country, with another cut-off on the same day."""
    counting = sorted(answer.of(cutoff.cutoff), key=lambda row: (row.months, row.start.ordinal))
    if not counting:
        return
    month_of = engine.study.horizon.month_of
    shortest = counting[0]
    longer = of_length(cutoff, shortest.months + (not shortest.reached))
    at = () if shortest.reached else (month_of(shortest.start, 0),)
    yield _Task(
        "tried",
        cutoff,
        at,
        variant=longer,
        way="longer",
        words=f"{longer.months} month{'' if longer.months == 1 else 's'}",
        tried=len(counting),
    )
    starts = tuple(month_of(row.start, 0) for row in counting if row.months >= cutoff.months)
    if not starts:
        return
    if cutoff.severity < 1:
        yield _Task("harsher", cutoff, starts)
    for variant, way, words in _more(engine, cutoff, rows):
        yield _Task("tried", cutoff, starts[:HARDEST], variant=variant, way=way, words=words)


def _harsher(trials: Trials, cutoff: CutOff, starts: Sequence[int]) -> Nearest:
    """The least severity that is not survived at every start, in steps of a hundredth from the one asked; the last step is to 1."""

    def at(severity: float) -> CutOff:
        return dataclasses.replace(cutoff, severity=min(1.0, round(severity, 4)))

    def failing(severity: float) -> int | None:
        return next((s for s in starts if not trials.survives(at(severity), s)), None)

    steps = math.ceil(round((1 - cutoff.severity) / STEP_OF_SEVERITY, 6))
    low, high, n, start = 0, steps + 1, 1, None
    while low + 1 < high:
        fails = failing(cutoff.severity + n * STEP_OF_SEVERITY)
        if fails is None:
            low, n = n, steps
        else:
            high, start = n, fails
        if low + 1 < high <= steps:
            n = (low + high) // 2
    if start is None:
        return Nearest(cutoff=cutoff.cutoff, way="harsher", variant="severity 1.00", starts=len(starts), survived=True)
    least = at(cutoff.severity + high * STEP_OF_SEVERITY)
    return _tried(trials, cutoff, least, "harsher", f"severity {least.severity:.2f}", [start], len(starts))


def _more(engine: Engine, cutoff: CutOff, rows: Sequence[CutOff]) -> Iterator[tuple[CutOff, str, str]]:
    """Variants that hit more: one country that supplies, converts or stores besides; another cut-off that begins the same day."""
    case, hit = engine.case, _hit(engine.study, cutoff)
    countries = itertools.chain(
        (country for s in case.sources for country in s.countries), (p.country for p in case.plants), (s.country for s in case.stores)
    )
    for country in dict.fromkeys(c for c in countries if c and c not in cutoff.countries and c != case.settings.home_country):
        variant = dataclasses.replace(cutoff, countries=(*cutoff.countries, country))
        if _hit(engine.study, variant) != hit:
            yield variant, "another country", f"with {country}"
    for other in rows:
        if other is not cutoff and not cutoff.then and not other.then:
            yield dataclasses.replace(cutoff, then=other.cutoff, then_after_months=0), "another cut-off", f"with {other.cutoff}"


def _hit(study: Study, cutoff: CutOff) -> set[tuple[str, ...]]:
    """The sources, plants and stocks that a cut-off hits."""
    chain = study.chain
    return {
        *(("source", s.source) for s in study.case.sources if hits_source(cutoff, s, chain)),
        *(("plant", p.plant) for p in study.case.plants if hits_plant(cutoff, p, chain)),
        *(("stock", *key) for key, stock in study.stocks.items() if hits_store(cutoff, stock, study.stores.get(stock.store), chain)),
    }


def _tried(
    trials: Trials, cutoff: CutOff, variant: CutOff, way: str, words: str, starts: Sequence[int], tried: int | None = None
) -> Nearest:
    """A variant at some starts, one after the other until one fails."""
    told = Nearest(cutoff=cutoff.cutoff, way=way, variant=words, starts=len(starts) if tried is None else tried, survived=True)
    for start in starts:
        lack = trials.trial(variant, start).lack()
        if lack.missing_t:
            return dataclasses.replace(told, survived=False, start=trials.engine.study.horizon.date(start), **lack.fields)
    return told
