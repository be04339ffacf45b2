"""What safety costs: the same case solved for a longer or shorter, harsher or milder cut-off, or for more or less service.

Every point is a solve of the whole case with one figure changed. So that costs can be compared, all points are asked from the
same first starts: those of the workbook, or where it leaves them to be found, those found for the workbook as it is. Where a
point cannot be survived from there it says from when it can, and at what cost.

Points help each other where that is a theorem: with hard survival, first starts given and nothing relieved, a cut-off that
grows never costs less. Then the bound of a milder point bounds a harsher one, no plan for a point is none for a harsher one, and
the plan of a harsher point is tried on a milder one: if every recourse is survived with it and it costs as much as the milder
bound allows, the milder point needs no solve. What the theorem asks of the base plans is compared number by number
(`optimizer.studies.points.Solved.no_dearer_than`), and that a plan survives is tested, not concluded.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.case import Case, CutOff
from models.check import check
from models.columns import Month, column
from models.combinations import every_combination
from models.findings import nearest
from optimizer.asked import on_calendar
from optimizer.engine import SolveOptions
from optimizer.errors import StockpileError
from optimizer.executor import Executor, Outcome, Serial
from optimizer.progress import Progress, Silent
from optimizer.studies import points
from optimizer.studies.points import Solved

Axis = Literal["months", "severity", "service"]

MOST_MONTHS = 36
"""The longest cut that a workbook may hold."""

UNITS: dict[Axis, str] = {"months": "months", "severity": "share", "service": "share"}

NO_GAP = 1e-9
"""Difference of cost and bound, relative and in million USD, that is none."""


class BadQuestion(StockpileError, ValueError):
    """A question that cannot be asked of this case; the message says why and what can be asked."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the frontier."""

    value: float = column("", "Where on the axis: months of the cut, severity, or service level.")
    status: str = column(
        "",
        "'certified': survives, within the gap. 'limit': a limit was reached, survives. 'unproven': a limit was reached, no plan that "
        "survives. 'impossible': none does from the first starts asked. 'failed': no answer, see the note.",
        choices=("certified", "limit", "unproven", "impossible", "failed"),
    )
    cost_usd_m: float | None = column("million USD", "Discounted cost of the cheapest plan found; empty: there is none.")
    bound_usd_m: float | None = column("million USD", "No plan can cost less than this.")
    insurance_usd_m: float | None = column("million USD", "More than the cheapest plan that need survive nothing.")
    first_start: Month | None = column("month", "Latest of the first starts from which the cut-offs of the axis are survived.")
    ready: Month | None = column("month", "Where impossible: the earliest first start that can be had instead.", default=None)
    ready_cost_usd_m: float | None = column("million USD", "What survival from there on costs.", default=None)
    missing_t: float | None = column("t REO", "Where impossible: what the pattern that lacks most lacks at the least.", default=None)
    most_stock_t: float | None = column("t REO", "Most that lies in all stores together.", default=None)
    signed: tuple[str, ...] = column("a; b", "Contracts signed, with their months.", default=())
    built: tuple[str, ...] = column("a; b", "Plants decided and programmes started, with their months.", default=())
    seconds: float = column("s", "Time of its solve; 0: none was needed.", default=0.0)
    note: str = column("", "How it is known where it was not solved, or why there is no answer.", default="")


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """Cost along one axis."""

    title: str = column("", "Name of the case.")
    axis: str = column("", "What differs from point to point.", choices=("months", "severity", "service"))
    about: tuple[str, ...] = column("a; b", "The cut-offs that differ; of service: the sectors.")
    today: float | None = column("", "What the workbook says; empty: not one figure.")
    held: bool = column("yes / no", "yes: all points are asked from the same first starts, so that their costs can be compared.")
    disordered: str = column("", "Why points could not help each other; empty: they could.")
    points: tuple[Point, ...] = column("", "The points, from mild to harsh.")
    solves: int = column("", "Solves of the whole case.")
    tests: int = column("", "Plans of other points that were tested.")
    spared: int = column("", "Points that needed no solve.")


# The axis


def variant(case: Case, axis: Axis, about: Sequence[str], value: float) -> Case:
    """The case with one figure changed: months or severity of some cut-offs, or the service level of some sectors' protected demand.

    0 months: these cut-offs are switched off.
    """
    if axis == "service":
        rows = tuple(dataclasses.replace(d, service_level=value) if d.protected and d.sector in about else d for d in case.demands)
        return dataclasses.replace(case, demands=rows)
    if axis == "severity":
        return points.with_cutoffs(case, {name: {"severity": value} for name in about})
    change: dict[str, object] = {"months": int(value)} if value else {"active": False}
    return points.with_cutoffs(case, dict.fromkeys(about, change))


def refuse_values(axis: Axis, values: Sequence[float]) -> None:
    """Raises ``BadQuestion`` for values that the axis has not."""
    if not values:
        raise BadQuestion("no values were given")
    for value in values:
        if axis == "months" and not (0 <= value <= MOST_MONTHS and value == int(value)):
            raise BadQuestion(
                f"{value:g} is no length of a cut-off: whole months from 0 (switched off) to {MOST_MONTHS}; a longer cut is an assumption "
                "of the base plan"
            )
        if axis != "months" and not 0 <= value <= 1:
            raise BadQuestion(f"{value:g} is no {'severity' if axis == 'severity' else 'service level'}: a share from 0 to 1")


def chosen(case: Case, axis: Axis, names: Sequence[str]) -> tuple[str, ...]:
    """What differs along the axis, by full name: the cut-offs (of service: sectors) named, or all that must be survived (are protected).

    A row that stands for several combinations is named by its own name. Raises ``BadQuestion`` for a name that is not there,
    or has nothing to differ.
    """
    if axis == "service":
        known = dict.fromkeys(d.sector for d in case.demands if d.protected)
        kind = "sector with protected demand"
    else:
        known = dict.fromkeys(c.cutoff for c in case.cutoffs)
        kind = "cut-off"
    if not names:
        every = tuple(known) if axis == "service" else tuple(c.cutoff for c in points.required(case))
        if not every:
            raise BadQuestion("the workbook has no cut-off that must be survived" if axis != "service" else "no demand is protected")
        return every
    found: list[str] = []
    for name in names:
        matching = [full for full in known if full == name or full.startswith(f"{name}: ")]
        if not matching:
            near = nearest(name, known)
            raise BadQuestion(f"there is no {kind} {name!r}" + (f"; did you mean {near!r}?" if near else f"; there are {', '.join(known)}"))
        found += matching
    if axis != "service":
        asked = {c.cutoff for c in points.required(case)}
        for name in found:
            if name not in asked:
                raise BadQuestion(
                    f"the cut-off {name!r} is switched off or need not be survived: its row of the sheet CutOffs must say otherwise"
                )
    return tuple(dict.fromkeys(found))


def today(case: Case, axis: Axis, about: Sequence[str]) -> float | None:
    """The workbook's own figure; None where rows differ."""
    if axis == "service":
        found = {d.service_level for d in case.demands if d.protected and d.sector in about}
    else:
        found = {float(getattr(c, axis)) for c in case.cutoffs if c.cutoff in about}
    return found.pop() if len(found) == 1 else None


def disorder(case: Case, axis: Axis, about: Sequence[str]) -> str:
    """Why a harsher point of this axis might cost less than a milder one; empty: it cannot. First starts are taken as the case says."""
    required = points.required(case)
    found = [c.cutoff for c in required if c.first_start is None]
    if found:
        return f"the first start of {', '.join(found)} is found anew at each point"
    if (
        any(c.active and (getattr(c, "annual_probability", 0) or _budgeted(c)) for c in case.cutoffs)
        or getattr(case.settings, "crisis_cvar_budget_usd_m", None) is not None
    ):
        return "the cost of crises is weighed or limited beside survival"
    for cutoff in (c for c in required if c.cutoff in about and axis == "months"):
        if list(cutoff.ramp_pct) != sorted(cutoff.ramp_pct):
            return f"the cut of {cutoff.cutoff} eases while it lasts"
        if cutoff.then and cutoff.then_after_months is None:
            return f"what follows {cutoff.cutoff} moves with its end"
    return ""


def _budgeted(cutoff: CutOff) -> bool:
    return getattr(cutoff, "crisis_budget_usd_m", None) is not None


# Points that help each other


@dataclass(eq=False)
class Known:
    """What is known of one value: its solve, or what other values say."""

    value: float
    case: Case
    solved: Solved | None = None
    cost: float = math.inf
    bound: float = -math.inf
    impossible: bool = False
    plan_of: float | None = None
    tried: set[float] = dataclasses.field(default_factory=set)
    trouble: str = ""
    note: str = ""
    ready: Solved | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be asked about it."""
        return self.solved is not None or self.impossible or bool(self.trouble) or self.plan_of is not None


class Line:
    """The values of one axis and what is known of each, from mild to harsh."""

    def __init__(
        self, case: Case, options: SolveOptions, progress: Progress, axis: Axis, about: tuple[str, ...], executor: Executor
    ) -> None:
        self.case, self.options, self.progress, self.axis, self.about, self.executor = case, options, progress, axis, about, executor
        self.disordered = disorder(case, axis, about)
        self.gap = (options.relative_gap_pct if options.relative_gap_pct is not None else case.settings.relative_gap_pct) / 100
        self.known: dict[float, Known] = {}
        self.solves = self.tests = 0

    def name(self, value: float) -> str:
        """A value in words."""
        return _in_words(self.axis, value)

    def add(self, values: Sequence[float]) -> None:
        """Take values up. Raises ``BadQuestion`` where a variant is no sound case."""
        for value in values:
            if value not in self.known:
                changed = variant(self.case, self.axis, self.about, value)
                faults = [f for f in check(changed) if f.severity == "error"]
                if faults:
                    fault = faults[0]
                    raise BadQuestion(f"{self.name(value)}: {fault.table}, {fault.field}: expected {fault.expected}; {fault.mend}")
                self.known[value] = Known(value, changed)
        self.known = dict(sorted(self.known.items()))

    def settle(self, values: Sequence[float]) -> None:
        """Find out about values, by solving as few as can be."""
        self.add(values)
        wanted = [self.known[v] for v in sorted(set(values))]
        while True:
            self.pass_on(wanted)
            open_points = [p for p in wanted if not p.settled]
            if not open_points:
                return self._straighten(wanted)
            few = open_points if self.disordered else list(_spread(wanted, self.executor.workers))
            self.solve(few)

    def solve(self, few: Sequence[Known], options: SolveOptions | None = None) -> None:
        """Solve some points, all at once where there is room."""
        names = [self.name(p.value) for p in few]
        answers = points.solve_all(self.executor, options or self.options, [p.case for p in few], names, self.progress)
        self.solves += len(few)
        for point, answer in zip(few, answers, strict=True):
            self.take(point, answer)
        if not self.disordered:
            self._bounds()

    def take(self, point: Known, answer: Outcome[Solved]) -> None:
        """Note the answer to a point; of two the better."""
        if answer.value is None:
            point.trouble = point.trouble or f"{answer.kind}: {answer.reason}"
            return
        solved = answer.value
        if point.solved is None or solved.cost < point.cost:
            point.solved, point.plan_of = solved, None
        point.cost = min(point.cost, solved.cost)
        point.bound = max(point.bound, solved.bound)
        point.impossible = solved.plan.summary.status == "impossible"

    def comparable(self, milder: Known, harsher: Known) -> bool:
        """Whether both were solved, and no plan costs less in the harsher variant than in the milder one."""
        return milder.solved is not None and harsher.solved is not None and milder.solved.no_dearer_than(harsher.solved)

    def _bounds(self) -> None:
        """Carry bounds from mild to harsh."""
        line = list(self.known.values())
        for i, harsher in enumerate(line):
            for milder in line[:i]:
                if harsher.solved is not None and self.comparable(milder, harsher) and milder.bound > harsher.bound:
                    harsher.bound = milder.bound
                    harsher.note = f"bound: that of {self.name(milder.value)}"

    def pass_on(self, wanted: Sequence[Known]) -> None:
        """What solved points say of open ones: those harsher than an impossible one are impossible; those whose cost is known well
        enough from both sides are tested with the plan of the harsher side."""
        if self.disordered:
            return
        line = list(self.known.values())
        for i, point in enumerate(line):
            mild = next((p for p in reversed(line[:i]) if p.settled), None)
            if not point.settled and mild is not None and mild.impossible:
                point.impossible, point.bound = True, math.inf
                point.note = f"as {self.name(mild.value)} is impossible already"
        trials: list[tuple[Known, Known, Known]] = []
        for i, point in enumerate(line):
            if point.settled or point not in wanted:
                continue
            mild = next((p for p in reversed(line[:i]) if p.solved is not None), None)
            harsh = next((p for p in line[i + 1 :] if p.solved is not None), None)
            if mild is None or harsh is None or harsh.value in point.tried or not math.isfinite(harsh.cost):
                continue
            if self.comparable(mild, harsh) and harsh.cost - mild.bound <= (self.gap + NO_GAP) * abs(harsh.cost) + NO_GAP:
                trials.append((mild, point, harsh))
        if trials:
            self._try(trials)

    def _try(self, trials: Sequence[tuple[Known, Known, Known]]) -> None:
        """Test whether the plan of a harsher point survives the milder open one."""
        tasks = [(point.case, harsh.solved.plan) for _, point, harsh in trials if harsh.solved is not None]
        self.progress.message(f"testing the plans of harsher points at {', '.join(self.name(point.value) for _, point, _ in trials)}")
        self.tests += len(tasks)
        for (mild, point, harsh), outcome in zip(trials, self.executor.run(points.survives, tasks, self.options), strict=True):
            point.tried.add(harsh.value)
            if outcome.value:
                point.plan_of, point.cost, point.bound = harsh.value, harsh.cost, mild.bound
                point.note = f"the plan of {self.name(harsh.value)}, tested; bound: that of {self.name(mild.value)}"

    def _straighten(self, wanted: Sequence[Known]) -> None:
        """Where the gap left a milder point with a dearer plan than a harsher one: that plan, tested, is the milder point's too."""
        line = list(self.known.values())
        for i in reversed(range(len(line))):
            point = line[i]
            if self.disordered or point not in wanted or point.solved is None or point.impossible:
                continue
            cheaper = [p for p in line[i + 1 :] if self.comparable(point, p) and p.cost < point.cost * (1 - NO_GAP) - NO_GAP]
            best = min(cheaper, key=lambda p: p.cost, default=None)
            source = best if best is None or best.plan_of is None else self.known[best.plan_of]
            if best is None or source is None or source.solved is None or source.value in point.tried:
                continue
            point.tried.add(source.value)
            self.tests += 1
            outcome = self.executor.run(points.survives, [(point.case, source.solved.plan)], self.options)[0]
            if outcome.value:
                point.plan_of, point.cost = source.value, source.cost
                point.note = f"the plan of {self.name(source.value)}, tested: cheaper than the one found here, within the gap"

    # Readiness of what is impossible

    def find_readiness(self, values: Sequence[float]) -> None:
        """For impossible points: from when the cut-offs of the axis can be survived instead, the others as asked; and at what cost."""
        lacking = [self.known[v] for v in values if self.known[v].impossible]
        if not lacking:
            return
        about = self.about if self.axis != "service" else [c.cutoff for c in points.required(self.case)]
        later = [points.held(p.case, dict.fromkeys(about, None)) for p in lacking]
        names = [f"{self.name(p.value)} from as early as can be" for p in lacking]
        self.solves += len(later)
        for point, answer in zip(lacking, points.solve_all(self.executor, self.options, later, names, self.progress), strict=True):
            if answer.value is not None and answer.value.stands:
                point.ready = answer.value
            else:
                point.note = "; ".join(part for part in (point.note, "no later start was found") if part)

    # What is told

    def point(self, value: float) -> Point:
        """What is known of a value."""
        known = self.known[value]
        shown = known.solved if known.plan_of is None else self.known[known.plan_of].solved
        stands = shown is not None and shown.stands and not known.impossible
        plan = shown.plan if shown is not None and stands else None
        lacking = known.solved is not None and known.impossible
        unprotected = None if plan is None else plan.summary.unprotected_cost_usd_m
        ready = None if known.ready is None else known.ready
        return Point(
            value=value,
            status=self._status(known, shown),
            cost_usd_m=known.cost if stands else None,
            bound_usd_m=known.bound if math.isfinite(known.bound) else None,
            insurance_usd_m=None if unprotected is None or not stands else known.cost - unprotected,
            first_start=self._latest(points.first_starts(plan)) if plan is not None else None,
            ready=None if ready is None else self._latest(points.first_starts(ready.plan)),
            ready_cost_usd_m=None if ready is None else ready.cost,
            missing_t=points.worst_missing_t(known.solved.plan) if lacking and known.solved is not None else None,
            most_stock_t=None if plan is None else points.most_stock_t(plan),
            signed=() if plan is None else points.signed(plan),
            built=() if plan is None else points.built(plan),
            seconds=known.solved.seconds if known.solved is not None else 0.0,
            note=known.note or known.trouble,
        )

    def _status(self, known: Known, shown: Solved | None) -> str:
        if known.impossible:
            return "impossible"
        if shown is None:
            return "failed"
        status = shown.plan.summary.status
        close = known.cost - known.bound <= (self.gap + NO_GAP) * abs(known.cost) + NO_GAP
        return "certified" if status == "limit" and close else status

    def _latest(self, first: dict[str, Month | None]) -> Month | None:
        names = first if self.axis == "service" else [name for name in self.about if name in first]
        return max((month for name in names if (month := first[name]) is not None), default=None)


def _in_words(axis: Axis, value: float) -> str:
    return f"{value:g} month{'' if value == 1 else 's'}" if axis == "months" else f"{axis} {value:g}"


def _spread(wanted: Sequence[Known], room: int) -> Iterator[Known]:
    """Open points to be solved next, as many as there is room for: the ends, then the middles of the widest stretches."""
    taken = {i for i, p in enumerate(wanted) if p.settled}
    count = min(room, len(wanted) - len(taken))
    for _ in range(count):
        if len(wanted) - 1 not in taken:
            i = len(wanted) - 1
        elif 0 not in taken:
            i = 0
        else:
            marks = sorted(taken)
            low, high = max(itertools.pairwise(marks), key=lambda pair: pair[1] - pair[0])
            i = (low + high) // 2
        taken.add(i)
        yield wanted[i]


# The questions


def line_of(
    case: Case,
    options: SolveOptions,
    progress: Progress,
    axis: Axis,
    names: Sequence[str],
    executor: Executor,
    own_starts: bool = False,
) -> Line:
    """The axis of a case, first starts held unless each point shall find its own: one solve of the case as it is, if there are any
    to find."""
    case = every_combination(on_calendar(case, options.calendar))
    about = chosen(case, axis, names)
    loose = [c.cutoff for c in points.required(case) if c.first_start is None]
    if own_starts or not loose:
        return Line(case, options, progress, axis, about, executor)
    first = points.solve_all(executor, options, [case], ["the workbook as it is"], progress)[0]
    if first.value is None:
        raise StockpileError(f"the workbook as it is could not be solved: {first.reason}")
    ready = points.first_starts(first.value.plan)
    given = {
        c.cutoff: ready.get(c.cutoff) or c.latest_first_start or case.settings.start for c in points.required(case) if c.cutoff in loose
    }
    line = Line(points.held(case, dict(given)), options, progress, axis, about, executor)
    line.solves = 1
    as_it_is = today(case, axis, about)
    if as_it_is is not None and first.value.plan.summary.status != "impossible":
        line.add([as_it_is])
        line.take(line.known[as_it_is], first)
    return line


def frontier(
    case: Case,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    *,
    axis: Axis = "months",
    values: Sequence[float],
    names: Sequence[str] = (),
    own_starts: bool = False,
    executor: Executor | None = None,
) -> Frontier:
    """Cost of survival along an axis: 'months' or 'severity' of the cut-offs ``names`` (none: all that must be survived), or 'service',
    the level of all protected demand of the sectors ``names`` (none: all).

    ``own_starts``: first starts that the workbook leaves open are found at each point anew; costs are then not of the same
    safety, and no point helps another. Raises ``BadQuestion`` for values or names that cannot be, ``Interrupted``.
    """
    refuse_values(axis, values)
    options, progress, executor = options or SolveOptions(), progress or Silent(), executor or Serial()
    line = line_of(case, options, progress, axis, names, executor, own_starts)
    asked = sorted({float(v) for v in values})
    line.settle(asked)
    line.find_readiness(asked)
    return Frontier(
        title=case.settings.title,
        axis=axis,
        about=line.about,
        today=today(case, axis, line.about),
        held=all(c.first_start is not None for c in points.required(line.case)),
        disordered=line.disordered,
        points=tuple(line.point(v) for v in asked),
        solves=line.solves,
        tests=line.tests,
        spared=sum(1 for v in asked if line.known[v].solved is None and not line.known[v].trouble),
    )
