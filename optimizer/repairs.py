"""Where no plan survives: the cheapest changes of what the planner would negotiate that let one survive.

A row of the sheet Negotiable that shifts limits and requirements alone becomes a column of the model, from 0 to the most that it may move,
and its price is the cost: the cuts that say what a plan must have say then what a plan and a repair must have together (see
`optimizer.moves`), and the cheapest repair is the optimum of a mixed-integer program, to the tonne. Rows that change the model in
another way (a lead time, the length of a cut-off, the size of what is still to be decided) move in steps; every combination of steps is
tried, cheapest first, until none can be cheaper than what was found. Two repairs are different when neither makes use of all rows of
the other: each further one must do without at least one row of every one before it. Each is proven by solving the case with it.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from models.build import base_plan
from models.case import Case
from models.negotiable import KINDS, figure, moved, rounded_up, step_of, words
from models.plan import Plan, Repair
from models.run import Study
from models.survival import Pattern
from optimizer.audit import audit
from optimizer.cuts import Cut, Master, Probe
from optimizer.engine import SolveOptions, as_asked
from optimizer.errors import NoBasePlan
from optimizer.moves import Shift, recourse_shift, recourse_with_moves, shift, with_moves
from optimizer.progress import Progress, Silent
from optimizer.recourse import Recourse
from optimizer.solve import ROUGHLY_T, _Work, solve
from optimizer.standard_form import Compiled, Program, compile_model

MOST_TRIED = 60
"""Combinations of steps for which the model is built; what lies beyond is left untried."""

MOST_ROUNDS = 40
"""Mixed-integer solves of one combination, each with the cuts learned since."""

PART = 0.5
"""The part of its way that a row is moved to see what it changes; at the end of it a requirement or a limit may be gone altogether."""

LEANING = 1e-4
"""Weight of the plan's own cost beside that of the repair, so that among plans that need the same repair the cheap one is looked at."""

EXACT = 1e-6
"""Relative gap of a repair's cost."""

FINE = 1e-4
"""Share of the most that a row may move to which an amount is made as small as it can be, where it is not exact."""

UNUSED = 1e-7
"""A share of the most that a row may move which is no move."""

RAISED = (1.0, 1.001, 1.01, 1.1)
"""What a repair is multiplied by when the case solved with it is still not survived: rounding, nothing more, should be needed."""

Amounts = Mapping[int, float]
"""By place of a negotiable row: how far it moves, in its unit."""


@dataclasses.dataclass(frozen=True)
class Found:
    """The repairs of a case, cheapest first: one row for each figure that moves. ``needed`` is False where it survives as it stands."""

    needed: bool
    rows: tuple[Repair, ...] = ()


def repairs(case: Case, options: SolveOptions | None = None, progress: Progress | None = None, count: int = 3) -> Found:
    """Up to ``count`` cheapest different repairs of a case, each proven by a solve; none where what is negotiable is not enough.

    Raises what `solve` raises.
    """
    options = dataclasses.replace(options or SolveOptions(), time_limit_s=None, node_limit=None, dask=None)
    progress = progress or Silent()
    progress.stage("repairs")
    for every_month in (False, True):
        found = _found(case, options, progress, count, every_month)
        if found.needed and all(row.proven for row in found.rows):
            break
    return found


def _found(case: Case, options: SolveOptions, progress: Progress, count: int, every_month: bool) -> Found:
    """See `repairs`; the starts inside coarse periods are looked at by ``every_month`` alone, or when a repair is proven.

    Where they are not, the first repair that is not proven is the last.
    """
    search = _Search(case, options, progress, every_month)
    if search.is_sound():
        return Found(needed=False)
    rows: list[Repair] = []
    for number, amounts in enumerate(search.cheapest(count), 1):
        rows += _proven(case, number, amounts, options, progress)
        if not rows[-1].proven and not every_month:
            break
    return Found(needed=True, rows=tuple(rows))


def amounts_of(case: Case, rows: Sequence[Repair], number: int = 1) -> dict[int, float]:
    """The amounts of one repair, by place of the negotiable row."""
    place = {row.repair: number for number, row in enumerate(case.negotiables)}
    return {place[row.negotiable]: row.amount for row in rows if row.repair == number}


class _Search:
    """All combinations of steps, cheapest first, and what each can be repaired for."""

    def __init__(self, case: Case, options: SolveOptions, progress: Progress, every_month: bool) -> None:
        self.case = case
        self.options = options
        self.progress = progress
        self.every_month = every_month
        self.linear = tuple(r for r in range(len(case.negotiables)) if _is_linear(case, r, options))
        self.stepped = tuple(r for r in range(len(case.negotiables)) if r not in self.linear)
        self.spaces: dict[tuple[int, ...], _Space | None] = {}
        self.least: dict[frozenset[int], tuple[int, ...] | None] = {}
        self.cut_short = False

    def is_sound(self) -> bool:
        """Whether the case survives as it stands."""
        found = self._best_of((0,) * len(self.stepped), [])
        return found is not None and not found[1]

    def cheapest(self, count: int) -> Iterator[dict[int, float]]:
        """Amounts of the cheapest repair, then of the cheapest that is different, and so on."""
        used: list[frozenset[int]] = []
        while len(used) < count:
            best: tuple[float, dict[int, float]] | None = None
            for combination, cost in self._combinations():
                if best is not None and cost >= best[0] - 1e-12:
                    break
                found = self._best_of(combination, used)
                if found is not None and (best is None or cost + found[0] < best[0]):
                    best = cost + found[0], found[1]
            if best is None or not best[1]:
                return
            used.append(frozenset(best[1]))
            yield self._refined(best[1])

    def _refined(self, amounts: dict[int, float]) -> dict[int, float]:
        """The repair with every amount that is not exact yet made as small as it can be, the others as they are, dearest first.

        Exact are columns whose effect is in proportion, and steps that the row asks for.
        """
        rows = self.case.negotiables
        exact = {row for row in amounts if step_of(rows[row]) is not None}
        if amounts.keys() <= set(self.linear):
            exact |= {row for row in amounts if row in self.linear} - self._bent(amounts)
        for row in sorted(amounts.keys() - exact, key=lambda row: -rows[row].usd_m_per_unit * amounts[row]):
            low, high = 0.0, amounts[row]
            while high - low > FINE * rows[row].most:
                middle = (low + high) / 2
                if self._survives({**amounts, row: middle}):
                    high = middle
                else:
                    low = middle
            amounts = {**amounts, row: high}
        return amounts

    def _bent(self, amounts: Amounts) -> set[int]:
        """Rows that are columns and yet can do with less, all else as it is."""
        less = {row: {**amounts, row: (1 - 100 * FINE) * amount} for row, amount in amounts.items() if row in self.linear}
        return {row for row, changed in less.items() if self._survives(changed)}

    def _survives(self, amounts: Amounts) -> bool:
        """Whether the case survives with these amounts."""
        try:
            return _Space(moved(self.case, amounts), (), self.options, self.progress, self.every_month).cheapest(()) is not None
        except NoBasePlan:
            return False

    def _best_of(self, combination: tuple[int, ...], used: list[frozenset[int]]) -> tuple[float, dict[int, float]] | None:
        """The cheapest repair with these steps that is different from the ones before: cost of the rows that are columns, and amounts."""
        steps = {row: number * self._step(row) for row, number in zip(self.stepped, combination, strict=True) if number}
        steps = {row: min(amount, self.case.negotiables[row].most) for row, amount in steps.items()}
        without: list[frozenset[int]] = []
        for rows in used:
            if rows <= steps.keys():
                return None  # makes use of all of a repair before it
            if rows - steps.keys() <= set(self.linear) and rows & set(self.stepped) <= steps.keys():
                without.append(frozenset(rows - steps.keys()))
        least = self._least(frozenset(steps))
        if least is None or any(number < at_least for number, at_least in zip(combination, least, strict=True)):
            return None
        space = self._space(combination, steps)
        found = None if space is None else space.cheapest(without)
        return None if found is None else (found[0], {**steps, **found[1]})

    def _least(self, rows: frozenset[int]) -> tuple[int, ...] | None:
        """The fewest steps that each of these stepped rows must take when the others are moved all the way, with all that are columns;
        None where even all the way is not enough. Asked before their steps are tried: what is below cannot do.
        """
        if rows not in self.least:
            full = tuple(self._steps(row) if row in rows else 0 for row in self.stepped)
            self.least[rows] = self._lowered(full) if self._enough(full) else None
        return self.least[rows]

    def _lowered(self, full: tuple[int, ...]) -> tuple[int, ...]:
        """Each number of steps made as small as it can be alone, by halves."""
        found = []
        for place, most in enumerate(full):
            low, high = min(1, most), most
            while low < high:
                middle = (low + high) // 2
                if self._enough((*full[:place], middle, *full[place + 1 :])):
                    high = middle
                else:
                    low = middle + 1
            found.append(high)
        return tuple(found)

    def _enough(self, combination: tuple[int, ...]) -> bool:
        """Whether these steps may do, with all that are columns: whole decisions and hundredths of a tonne are not looked at."""
        steps = {row: number * self._step(row) for row, number in zip(self.stepped, combination, strict=True) if number}
        space = self._space(combination, {row: min(amount, self.case.negotiables[row].most) for row, amount in steps.items()})
        return space is not None and space.may_do()

    def _space(self, combination: tuple[int, ...], steps: Amounts) -> _Space | None:
        """The model with these steps taken, kept; None where there is no base plan then, or too many were tried."""
        if combination not in self.spaces and len(self.spaces) >= MOST_TRIED:
            if not self.cut_short:
                self.progress.message(f"{MOST_TRIED} combinations of steps were tried; others were not")
            self.cut_short = True
            return None
        if combination not in self.spaces:
            try:
                self.spaces[combination] = _Space(moved(self.case, steps), self.linear, self.options, self.progress, self.every_month)
            except NoBasePlan:
                self.spaces[combination] = None
        return self.spaces[combination]

    def _step(self, row: int) -> float:
        """Size of a step: as the row says, or a tenth of the most."""
        return step_of(self.case.negotiables[row]) or self.case.negotiables[row].most / 10

    def _steps(self, row: int) -> int:
        """Number of steps to the most; the last may be shorter."""
        return max(1, int(np.ceil(self.case.negotiables[row].most / self._step(row) - 1e-9)))

    def _combinations(self) -> Iterator[tuple[tuple[int, ...], float]]:
        """Numbers of steps by stepped row, with their cost, cheapest first; no steps at all is the first."""
        first = (0,) * len(self.stepped)
        waiting, seen = [(0.0, first)], {first}
        while waiting:
            cost, combination = heapq.heappop(waiting)
            yield combination, cost
            for place, row in enumerate(self.stepped):
                if combination[place] < self._steps(row):
                    after = (*combination[:place], combination[place] + 1, *combination[place + 1 :])
                    if after not in seen:
                        seen.add(after)
                        heapq.heappush(waiting, (self._cost(after), after))

    def _cost(self, combination: tuple[int, ...]) -> float:
        """Cost of steps, million USD."""
        rows = zip(self.stepped, combination, strict=True)
        return sum(
            min(number * self._step(row), self.case.negotiables[row].most) * self.case.negotiables[row].usd_m_per_unit
            for row, number in rows
        )


class _Space:
    """One case, with steps taken, in which the other negotiable rows are columns: 0 to 1 of the most that each may move.

    The columns are: the base plan's, one move for each row, one 0-1 column for each row that says whether it is used.
    """

    def __init__(self, case: Case, rows: Sequence[int], options: SolveOptions, progress: Progress, every_month: bool) -> None:
        self.case = case
        self.rows = rows
        self.work = _Work(case, options, progress)
        self.work.prepare()
        self._others = [_Other(moved(case, {row: PART * case.negotiables[row].most}), options) for row in rows]
        n, k = self.work.base.program.columns, len(rows)
        self.moves = np.arange(n, n + k)
        self.used = np.arange(n + k, n + 2 * k)
        base = self._base()
        self._price = base.cost
        self.master = Master(base, len(self.work.positions), self.work.test_options)
        self.probes = [self._probe(recourse) for recourse in _asked(self.work, every_month)]
        self._excluded: set[frozenset[int]] = set()

    def _base(self) -> Program:
        """The base plan with moves and their use; its cost is that of the moves alone."""
        shifts = [shift(self.work.base.program, other.base.program) or _still(self.work.base.program) for other in self._others]
        shifts = [_padded(found.times(1 / PART), self.work.program) for found in shifts]
        program = with_moves(self.work.program, shifts)
        k = len(self.rows)
        cost = np.zeros(program.columns)
        cost[self.moves] = [self.case.negotiables[row].most * self.case.negotiables[row].usd_m_per_unit for row in self.rows]
        link = sp.csr_array(sp.hstack([sp.csr_array((k, program.columns - k)), sp.eye_array(k), -sp.eye_array(k)], format="csr"))
        wide = sp.csr_array(sp.hstack([program.matrix, sp.csr_array((program.rows, k))], format="csr"))
        return Program(
            cost=np.concatenate([cost, np.zeros(k)]),
            offset=0.0,
            matrix=sp.csr_array(sp.vstack([wide, link], format="csr")) if k else program.matrix,
            row_lower=np.concatenate([program.row_lower, np.full(k, -np.inf)]),
            row_upper=np.concatenate([program.row_upper, np.zeros(k)]),
            column_lower=np.concatenate([program.column_lower, np.zeros(k)]),
            column_upper=np.concatenate([program.column_upper, np.ones(k)]),
            integer=np.concatenate([program.integer, np.ones(k, dtype=bool)]),
            column_names=[*program.column_names, *(f"negotiable row {row} is used" for row in self.rows)],
            row_names=[*program.row_names, *(f"negotiable row {row} moves where it is used" for row in self.rows)],
        )

    def _probe(self, recourse: Recourse) -> Probe:
        """The test of a pattern that is handed the moves too."""
        pattern = recourse.pattern
        others, shifts = [], []
        for other in self._others:
            theirs = other.recourse_of(pattern)
            found = recourse_shift(recourse, theirs)
            others.append(theirs if found is not None else recourse)
            change, constants = found or (_still(recourse.program), np.zeros(len(recourse.linked)))
            shifts.append((change.times(1 / PART), constants / PART))
        return self.work.probe(recourse_with_moves(recourse, others, shifts, len(self.rows)))

    def cheapest(self, without: Sequence[frozenset[int]]) -> tuple[float, dict[int, float]] | None:
        """Cost and amounts of the cheapest repair that does without some row of each set in ``without``; None: there is none."""
        for rows in without:
            if rows not in self._excluded:
                self._excluded.add(rows)
                self.master.add([self._not_all(rows)])
        best = self._least() if self.may_do() else None
        if best is None:
            return None
        shares = best[self.moves]
        return float(self._price[self.moves] @ shares), {
            row: float(share) * self.case.negotiables[row].most for row, share in zip(self.rows, shares, strict=True) if share > UNUSED
        }

    def may_do(self) -> bool:
        """Whether integers relaxed some plan survives, but for hundredths of a tonne. The cuts are those that a cheap plan needs."""
        self._lean(1.0)
        return self.work.learn(self.master, self.probes, None, ROUGHLY_T).x is not None

    def _lean(self, weight: float) -> None:
        """From now on the cost is that of the moves, and the plan's own with this weight."""
        cost = self._price + weight * np.concatenate([self.work.program.cost, np.zeros(len(self._price) - self.work.program.columns)])
        self.master.program = dataclasses.replace(self.master.program, cost=np.concatenate([cost, np.zeros(self.master.patterns)]))

    def _least(self) -> np.ndarray | None:
        """The plan with the cheapest moves that survives, (columns,); None: there is none."""
        self._lean(LEANING)
        if self.work.learn(self.master, self.probes, None, ROUGHLY_T).x is None:
            return None
        best, cost = None, float("inf")
        for _ in range(MOST_ROUNDS):
            whole = self.work.run(self.master.mixed_integer(), relative_gap=EXACT)
            if whole.x is None:
                break
            fixed = self.work.learn(self.master, self.probes, whole.x)
            if fixed.x is not None and fixed.objective < cost:
                best, cost = fixed.x, fixed.objective
            if cost <= whole.bound + 10 * EXACT * max(1.0, abs(cost)):
                break
        return best

    def _not_all(self, rows: frozenset[int]) -> Cut:
        """Of these rows at least one is not used."""
        columns = [self.used[self.rows.index(row)] for row in rows]
        row = sp.csr_array((np.ones(len(columns)), (np.zeros(len(columns), dtype=np.int64), columns)), shape=(1, self.master.base.columns))
        return Cut(0, "a repair of another kind", row, len(columns) - 1.0, 0.0)


class _Other:
    """The same case with one row moved a part of its way: its base plan, and its recourses."""

    def __init__(self, case: Case, options: SolveOptions) -> None:
        self.study = Study(as_asked(case, options))
        self.base: Compiled = compile_model(base_plan(self.study))
        self._cutoffs = {c.cutoff: c for c in self.study.case.cutoffs}

    def recourse_of(self, pattern: Pattern) -> Recourse:
        """The recourse of the same cut-off and start."""
        return Recourse.of(self.study, Pattern(self._cutoffs[pattern.cutoff.cutoff], pattern.start), self.base)


def _asked(work: _Work, every_month: bool) -> list[Recourse]:
    """The recourses that must be survived: from the first start that is given, the latest that is allowed, or the end of the plan."""
    h = work.study.horizon
    found = []
    for cutoff in work.cutoffs:
        if cutoff.must_survive:
            begin = max(0, min(h.months, h.month_of(cutoff.first_start, h.month_of(cutoff.latest_first_start, h.months))))
            found += [work.recourse_of(cutoff, start) for start in work.dates(cutoff, begin, every_month)]
    return found


def _is_linear(case: Case, row: int, options: SolveOptions) -> bool:
    """Whether a row can be a column: moved a part of its way it changes sides and bounds alone, and half of that changes half as much.

    Asked of the base plan, and of the first and last pattern of every cut-off.
    """
    negotiable = case.negotiables[row]
    if KINDS[negotiable.what].months or negotiable.step is not None:
        return False
    plain = _Other(case, options)
    whole, half = (_Other(moved(case, {row: share * negotiable.most}), options) for share in (PART, PART / 2))
    if not _proportional(_base_shift(plain, whole), _base_shift(plain, half)):
        return False
    h = plain.study.horizon
    for cutoff in plain.study.case.cutoffs:
        if cutoff.active and cutoff.must_survive:
            for start in (0, h.months):
                pattern = Pattern(cutoff, start)
                mine = plain.recourse_of(pattern)
                pairs = [recourse_shift(mine, other.recourse_of(pattern)) for other in (whole, half)]
                if pairs[0] is None or pairs[1] is None or not pairs[1][0].is_half_of(pairs[0][0]):
                    return False
    return True


def _base_shift(plain: _Other, other: _Other) -> Shift | None:
    """What changes in the base plan; None where its columns are others."""
    if plain.base.column_keys != other.base.column_keys or plain.base.fixed.keys() != other.base.fixed.keys():
        return None
    return shift(plain.base.program, other.base.program)


def _proportional(whole: Shift | None, half: Shift | None) -> bool:
    return whole is not None and half is not None and half.is_half_of(whole)


def _still(program: Program) -> Shift:
    """A shift that changes nothing."""
    return Shift(np.zeros(program.rows), np.zeros(program.columns), np.zeros(program.columns))


def _padded(found: Shift, program: Program) -> Shift:
    """A shift of the base plan for a program with rows more, or with bounds taken by another rule: what does not move there stays."""
    side = np.concatenate([found.side, np.zeros(program.rows - len(found.side))])
    return Shift(
        side, np.where(np.isfinite(program.column_lower), found.lower, 0), np.where(np.isfinite(program.column_upper), found.upper, 0)
    )


def _proven(case: Case, number: int, amounts: Amounts, options: SolveOptions, progress: Progress) -> list[Repair]:
    """The rows of one repair, rounded up to figures that can be negotiated, and what the case solved with it says."""
    offered: dict[int, float] = {}
    plan: Plan | None = None
    for factor in RAISED:
        offered = {
            row: rounded_up(case.negotiables[row], min(case.negotiables[row].most, factor * amount)) for row, amount in amounts.items()
        }
        plan = _survivor(moved(case, offered), options, progress)
        if plan is not None:
            break
    ready = None if plan is None else max((row.first_start for row in plan.readiness if row.first_start is not None), default=None)
    total = sum(amount * case.negotiables[row].usd_m_per_unit for row, amount in offered.items())
    return [
        Repair(
            repair=number,
            negotiable=case.negotiables[row].repair,
            change=words(case, case.negotiables[row], amount),
            amount=amount,
            unit=KINDS[case.negotiables[row].what].unit,
            now=figure(case, case.negotiables[row]),
            then=figure(moved(case, offered), case.negotiables[row]),
            usd_m=amount * case.negotiables[row].usd_m_per_unit,
            total_usd_m=total,
            proven=plan is not None,
            survives_from=ready,
            plan_usd_m=None if plan is None else plan.summary.cost_usd_m,
        )
        for row, amount in sorted(offered.items())
    ]


def _survivor(case: Case, options: SolveOptions, progress: Progress) -> Plan | None:
    """The plan of a case, if it survives and passes its re-computation."""
    try:
        plan = solve(case, options, progress)
    except NoBasePlan:
        return None
    if plan.summary.status not in ("certified", "limit"):
        return None
    return plan if audit(as_asked(case, options), plan).passed else None
