"""Case -> Plan: the cheapest plan that survives every pattern.

1. The base plan alone, unprotected: what serves all demand that supply allows, and what it costs.
2. The first start of each cut-off that has none in the workbook: the earliest that can be survived.
3. The relaxation with cuts: every pattern's recourse is asked what the plan lacks, the cuts that follow are added, and the
   plan is solved again, until no pattern lacks anything. Nearly every start asks for its own stock, so patterns are not
   picked: all that fail give their cut in every round.
4. The mixed-integer program of the same rows: its bound is a bound of the whole problem. With its integers fixed, 3. goes on
   until the plan survives every pattern, starts inside coarse periods included; if cost and bound are still too far
   apart, 4. is done again with the cuts learned.
5. The certificate: the cheapest recourse of every pattern, kept for the audit.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

import numpy as np

from models.case import Case, CutOff
from models.crisis import chance
from models.plan import Missing, Plan, Readiness
from models.plan import Pattern as PatternRow
from models.read_plan import Rows, read_operation
from models.run import Run
from models.survival import starts
from optimizer.asked import on_calendar
from optimizer.assemble import assemble, base_rows
from optimizer.conflict import no_base_plan
from optimizer.crisis import Crises, Parts, over_budget
from optimizer.crisis_rows import crisis_costs, crisis_summary, expected_costs, of_pattern, restored_rows
from optimizer.cuts import Cut, Master, Probe
from optimizer.engine import Engine, SolveOptions, as_asked
from optimizer.errors import NumericalTrouble
from optimizer.extensive import extensive_form, plan_of
from optimizer.highs import Result, Status
from optimizer.patterns import cuts_at
from optimizer.progress import Progress, Silent
from optimizer.recourse import PASSED_T, Recourse
from optimizer.shortfall import nearest_plan, reachable
from optimizer.targets import StoreKey, least_stocks

__all__ = ["SolveOptions", "as_asked", "on_calendar", "solve"]

STALLED = 0.9
"""When a round of cuts leaves more than this share of what was missing, cuts ask for a little more than they need."""

MOST_TIGHTER_T = 1e-2
"""The most that such a cut asks for, t REO; the bound is taken without it."""

POINT_T = 1e-2
"""By how much a plan may break a rule and still be a point to learn cuts from, t REO."""

MOST_ROUNDS = 12
"""Mixed-integer solves, each with the cuts learned since, before the gap reached is reported as it is."""

ROUGHLY_T = 1e-2
"""What may be missing of a pattern while only a bound and a first plan are wanted, t REO."""

UNPROTECTED_GAP = 1e-3
"""Gap at which the unprotected plan is good enough to quote the price of survival against."""

NO_GAP = 1e-9
"""Relative and absolute (million USD) difference of cost and bound that is none."""


def solve(case: Case, options: SolveOptions | None = None, progress: Progress | None = None) -> Plan:
    """The cheapest plan that survives every active pattern, with the proof.

    ``Plan.summary.status`` says how far it got: certified, limit, unproven, or impossible (then ``missing`` says what
    lacks at the least). Raises ``NoBasePlan``, ``NumericalTrouble``, ``Unbounded``, ``Interrupted``.
    """
    work = _Work(case, options or SolveOptions(), progress or Silent())
    try:
        return work.plan()
    finally:
        work.close()


class _Work(Engine):
    """One solve: what is known so far."""

    def __init__(self, case: Case, options: SolveOptions, progress: Progress) -> None:
        super().__init__(case, options, progress)
        self.first: dict[str, int] = {}
        self.bound = float("-inf")
        self.best: np.ndarray | None = None
        self.held = 0
        self.unprotected = float("nan")
        self.without_budgets: np.ndarray
        self.survived: np.ndarray
        self.probes: list[Probe] = []
        self.inner: dict[tuple[str, int], Probe] = {}

    def required(self, every_month: bool = False) -> list[Recourse]:
        """The recourses of every pattern that must be survived, in order of cut-off and start."""
        return [
            self.recourse_of(cutoff, start)
            for cutoff in self.cutoffs
            if cutoff.must_survive
            for start in self.dates(cutoff, self.first[cutoff.cutoff], every_month)
        ]

    # The first start

    def find_first_starts(self) -> None:
        """First start of each cut-off: as given, or the earliest that can be survived whatever it costs.

        The earliest is looked for one pattern at a time, by bisection: a stock that can be had by one start can be had by
        the next. Whether all can be had together shows later, see `together`.
        """
        h = self.study.horizon
        for cutoff in self.cutoffs:
            if cutoff.first_start is not None or not cutoff.must_survive:
                self.first[cutoff.cutoff] = max(0, h.month_of(cutoff.first_start, 0))
                continue
            self.first[cutoff.cutoff] = self.earliest(cutoff, 0)
            self.progress.message(f"{cutoff.cutoff}: earliest start that can be survived is {h.date(self.first[cutoff.cutoff])}")

    def earliest(
        self, cutoff: CutOff, begin: int, every_month: bool = False, commodity: tuple[str, str] | None = None, end: int | None = None
    ) -> int:
        """Earliest start from ``begin`` on (to ``end``) that can be survived alone, by bisection; a month beyond the horizon: none.

        ``commodity`` (material, form): the only demand that must be served.
        """
        beyond = self.study.horizon.months + 1 if end is None else end
        dates = [date for date in self.dates(cutoff, begin, every_month) if date < beyond]
        low, high = 0, len(dates)
        while low < high:
            middle = (low + high) // 2
            if reachable(self, cutoff, dates[middle], commodity):
                high = middle
            else:
                low = middle + 1
        return dates[low] if low < len(dates) else beyond

    def too_late(self) -> bool:
        """Whether a cut-off that must be survived is first survived later than it must be, or not at all."""
        h = self.study.horizon
        return any(self.first[c.cutoff] > h.month_of(c.latest_first_start, h.months) for c in self.cutoffs if c.must_survive)

    # Cuts

    def learn(self, master: Master, probes: list[Probe], x: np.ndarray | None, enough_t: float = PASSED_T) -> Result:
        """Add cuts until no pattern lacks more than the master allows; ``x``: integers fixed there. Returns the last solution.

        ``enough_t``: what may be missing of a pattern (more where only a bound is wanted). Stops early, with status
        INFEASIBLE, where the cuts leave no plan. A cut holds wherever it was learned, so a plan that breaks a rule by a little is
        good enough to learn from; only one that stands is returned.
        """
        result = self.solved(master, x, POINT_T)
        tighter = 0.0
        last = float("inf")
        while result.x is not None:
            base, allowed = result.x[: master.base.columns], result.x[master.base.columns :]
            cuts = [cut for cut in self.cuts_at(probes, base) if cut.missing_t > allowed[cut.pattern] + enough_t]
            costly = [] if cuts else self.crises.cuts(master, result.x, self.gap, self.lanes.map)
            if not cuts and not costly and result.status is Status.OPTIMAL:
                return result
            if not cuts:
                self.out_of_time(len(probes), len(probes))
                master.add(costly, 0.0, base) if costly else None
                result = self.solved(master, x, POINT_T if costly else 0.0)
                continue
            self.out_of_time(len(probes) - len(cuts), len(probes))
            missing = sum(cut.missing_t for cut in cuts)
            if missing > STALLED * last:
                tighter = min(MOST_TIGHTER_T, max(10 * PASSED_T, tighter * 4))
            last = missing
            master.add(cuts, tighter, base if tighter else None)
            result = self.solved(master, x, POINT_T)
            self.progress.message(f"{len(cuts)} of {len(probes)} patterns lack {missing:,.3g} t; cost {result.objective:,.1f} million USD")
        return result

    def cuts_at(self, probes: list[Probe], x: np.ndarray) -> list[Cut]:
        """The cut of every probe under a base plan (n_base,), tested by all processors."""
        return cuts_at(self.executor, self.patterns, probes, x, self.progress)

    def solved(self, master: Master, x: np.ndarray | None, roughly: float = 0.0) -> Result:
        """The master's answer, or with ``roughly`` a point that breaks no rule by more; what is neither is raised."""
        result = master.solve(x, roughly)
        return result if result.status is Status.NUMERICAL and result.x is not None and roughly else self.checked(result, master.program)

    def out_of_time(self, passed: int, total: int) -> None:
        """Raise ``_OutOfTime`` when the time limit is reached."""
        if self.options.time_limit_s is not None and time.perf_counter() - self.began > self.options.time_limit_s:
            raise _OutOfTime(passed, total)

    # The whole

    def plan(self) -> Plan:
        """See `solve`."""
        self.prepare()
        with self.stage("unprotected plan"):
            free = self.run(self.program, relative_gap=min(self.gap, UNPROTECTED_GAP), time_limit_s=None, node_limit=None)
        if free.x is None:
            raise no_base_plan(self.case)
        self.unprotected = free.objective
        try:
            with self.stage("first starts"):
                self.find_first_starts()
            if self.too_late():
                return self.impossible()
            status = self.survive_in_one() if self.options.extensive else self.survive()
        except _OutOfTime as stop:
            self.progress.message(f"time limit reached: {stop.passed} of {stop.total} patterns were passed")
            status = "limit" if self.best is not None else "unproven"
        if status == "impossible":
            return self.impossible()
        return self.certificate(free.x if self.best is None else self.best, status)

    def survive(self) -> str:
        """Steps 3 and 4 of the page's head. Leaves the plan in ``best`` and its bound in ``bound``; returns the status."""
        with self.stage("recourses"):
            probes = self.probes = [self.probe(recourse) for recourse in self.required()]
        master = Master(self.program, len(self.positions), self.test_options)
        with self.stage("cuts"):
            relaxed = self.learn(master, probes, None, ROUGHLY_T)
        while relaxed.x is None:
            if not self.together(probes):
                return "impossible"
            kept = [p for p in probes if p.recourse.pattern.start >= self.first[p.recourse.pattern.cutoff.cutoff]]
            master, probes, self.probes = Master(self.program, len(self.positions), self.test_options), kept, kept
            with self.stage("cuts"):
                relaxed = self.learn(master, probes, None, ROUGHLY_T)
        with self.stage("cuts"):
            master, relaxed = self.with_crises(master, probes, relaxed)
        with self.stage("cuts"):
            relaxed = self.within_budgets(master, probes, relaxed)
        self.bound = relaxed.objective if relaxed.bound == float("-inf") else min(relaxed.objective, relaxed.bound)
        cost = float("inf")
        for _ in range(MOST_ROUNDS):
            with self.stage("solve"):
                whole = self.run(master.mixed_integer(), relative_gap=self.gap / 2)
            self.held = len(probes)
            self.sizes = (master.program.rows, master.program.columns, master.program.nonzeros)
            if whole.x is None:
                if whole.status is Status.INFEASIBLE:
                    self.refuse_over_budget(probes)
                return "impossible" if whole.status is Status.INFEASIBLE else ("unproven" if self.best is None else "limit")
            self.bound = max(self.bound, whole.bound)
            with self.stage("cuts"):
                fixed = self.survive_every_month(master, probes, whole.x)
            if fixed.x is not None and fixed.objective + self.crises.short_usd_m < cost:
                cost, self.best = fixed.objective + self.crises.short_usd_m, fixed.x[: self.base.program.columns]
            if self.best is not None and cost - self.bound <= (self.gap + NO_GAP) * abs(cost) + NO_GAP:
                return "certified"
            if whole.status is not Status.OPTIMAL:
                return "limit" if self.best is not None else "unproven"
        return "limit" if self.best is not None else "unproven"

    def survive_in_one(self) -> str:
        """`survive` by the extensive form: one program of every pattern, starts inside coarse periods included."""
        while True:
            with self.stage("recourses"):
                recourses = self.required(every_month=True)
            with self.stage("solve"):
                program = extensive_form(self.program, recourses, self.crises.priced(self.first))
                whole = self.run(program)
            self.held, self.sizes = len(recourses), (program.rows, program.columns, program.nonzeros)
            self.probes = [self.probe(recourse) for recourse in recourses]
            self.best, self.bound = plan_of(whole, self.program)
            if whole.status is not Status.INFEASIBLE:
                break
            if not self.together(self.probes):
                return "impossible"
        if self.best is None:
            return "unproven"
        return "certified" if whole.status is Status.OPTIMAL else "limit"

    @cached_property
    def crises(self) -> Crises:
        """What crises cost."""
        return Crises(self.study, self.model, self.base, self.recourse_of, self.test_options)

    def with_crises(self, master: Master, probes: list[Probe], survived: Result) -> tuple[Master, Result]:
        """The master and its solution where what crises cost counts, without their budgets; ``survived``: the solution where it does not.

        Survival comes first and its cuts are taken over: a plan that survives is near the one that is looked for.
        """
        if not self.crises.counted(self.first, every_month=True) or survived.x is None:
            return master, survived
        self.survived = survived.x[: self.base.program.columns]
        priced = self.master(self.survived)
        priced.take_over(master)
        return priced, self.learn(priced, probes, None, ROUGHLY_T)

    def master(self, near: np.ndarray) -> Master:
        """The base plan's relaxation with what crises cost, its first cuts learned at a plan ``near`` (n_base,)."""
        return self.crises.master(self.program, len(self.positions), self.test_options, self.first, near)

    def within_budgets(self, master: Master, probes: list[Probe], free: Result) -> Result:
        """From now on the master keeps the crisis budgets; ``free``: its solution without them. Raises ``OverBudget`` where none does."""
        if free.x is None or not self.crises.limited(self.first):
            return free
        self.without_budgets = free.x[: self.base.program.columns]
        self.crises.impose(master, self.without_budgets)
        kept = self.learn(master, probes, None, ROUGHLY_T)
        if kept.x is None:
            self.refuse_over_budget(probes)
        return kept

    def refuse_over_budget(self, probes: list[Probe]) -> None:
        """Raise ``OverBudget`` if plans had to keep crisis budgets: where some survive without, and none with them."""
        if self.crises.limited(self.first):
            master = self.master(self.survived)
            self.crises.impose(master, self.without_budgets, beyond=True)
            raise over_budget(self.learn(master, probes, None))

    def probe(self, recourse: Recourse) -> Probe:
        """The probe of a pattern, at its place among all."""
        key = (recourse.pattern.cutoff.cutoff, recourse.pattern.start)
        self.patterns.probes[key] = Probe(recourse, self.positions[key], self.test_options)
        return self.patterns.probes[key]

    def survive_every_month(self, master: Master, probes: list[Probe], x: np.ndarray) -> Result:
        """With the integers of ``x`` fixed, learn until every start is survived, those inside coarse periods included."""
        result = self.learn(master, probes, x)
        known = {probe.position for probe in probes}
        while result.x is not None:
            inside = [r for r in self.required(every_month=True) if self.positions[r.pattern.cutoff.cutoff, r.pattern.start] not in known]
            asked = [self.inner_probe(recourse) for recourse in inside]
            cuts = self.cuts_at(asked, result.x[: self.base.program.columns])
            failing = [probe for probe, cut in zip(asked, cuts, strict=True) if cut.missing_t > PASSED_T]
            if not failing:
                break
            self.progress.message(f"{len(failing)} starts inside coarse periods are not survived and join the model")
            probes += failing
            known |= {probe.position for probe in failing}
            result = self.learn(master, probes, x)
        return result

    def inner_probe(self, recourse: Recourse) -> Probe:
        """The probe of a start inside a coarse period, kept from one round to the next."""
        key = (recourse.pattern.cutoff.cutoff, recourse.pattern.start)
        if key not in self.inner:
            self.inner[key] = self.probe(recourse)
        return self.inner[key]

    def every_probe(self) -> list[Probe]:
        """The probes of all starts that must be survived, those inside coarse periods included."""
        by_position = {p.position: p for p in (*self.probes, *self.inner.values())}
        return [by_position[position] for position in sorted(by_position)]

    # Where no plan survives

    def lacking(self, probes: list[Probe]) -> Result:
        """The plan (integers relaxed) that lacks least in the patterns of ``probes``, a tonne at a late start weighing more.

        Late starts weigh more because a stock that can be had at one start can be had at the next: what cannot be cured
        late is the hard core.
        """
        master = Master(self.program, len(self.positions), self.test_options)
        weights = np.ones(len(self.positions))
        for (_, start), k in self.positions.items():
            weights[k] = 1 + start / 12
        master.allow_missing(weights)
        return self.learn(master, probes, None)

    def together(self, probes: list[Probe]) -> bool:
        """Move the first starts that were found (not given) behind the last start that lacks something when all must be
        survived together. False: one would be too late, or nothing can be moved."""
        result = self.lacking(probes)
        if result.x is None:
            return False
        lacks = result.x[self.base.program.columns :]
        moved = False
        for cutoff in self.cutoffs:
            if cutoff.first_start is not None or not cutoff.must_survive:
                continue
            late = [p.recourse.pattern.start for p in probes if p.recourse.pattern.cutoff is cutoff and lacks[p.position] > PASSED_T]
            if late:
                later = [s for s in self.dates(cutoff, 0) if s > max(late)]
                self.first[cutoff.cutoff] = later[0] if later else self.study.horizon.months + 1
                moved = True
        return moved and not self.too_late()

    def impossible(self) -> Plan:
        """The answer where no plan survives: the plan that comes nearest, see `optimizer.shortfall`."""
        return nearest_plan(self)

    # The answer

    def certificate(self, x: np.ndarray, status: str) -> Plan:
        """The plan at ``x`` (n_base,), every pattern tested once more by its whole recourse and its cheapest answer kept."""
        rows, tables = base_rows(self.model, self.study, self.base, x)
        patterns: list[PatternRow] = []
        missing: list[Missing] = []
        boundaries = {s.first for s in self.study.horizon.slots} | {self.study.horizon.months}
        with self.stage("certificate"):
            tested = self.required(every_month=True) + [
                self.recourse_of(c, s)
                for c in self.cutoffs
                if not c.must_survive
                for s in starts(self.study.horizon, c, self.first[c.cutoff])
            ]
            for row, lacks, found in self.certified(tested, x, boundaries):
                patterns.append(row)
                missing += lacks
                rows.append(found)
            self.progress.patterns(len(tested), sum(1 for p in patterns if p.missing_t == 0), len(tested))
        if status in ("certified", "limit") and any(p.missing_t > 0 and p.must_survive for p in patterns):
            raise NumericalTrouble("a pattern that was survived in the search is not survived by its whole recourse")
        needed: dict[tuple[StoreKey, int], float] = {}
        if status in ("certified", "limit"):
            with self.stage("stock targets"):
                needed = least_stocks(self.study, self.every_probe(), x, self.test_options, self.lanes)
        expected, of_crises = self.of_crises(tables, patterns)
        cost = self.program.value(x) + expected
        summary = self.summary(status, cost, self.bound, patterns) | of_crises
        return assemble(self.study, summary, rows, tables, self.readiness(), patterns, missing, self.spent, needed)

    def of_crises(self, tables: dict[str, Any], patterns: list[PatternRow]) -> tuple[float, dict[str, Any]]:
        """What crises are expected to cost, discounted, and what the summary says of it; their rows go to ``tables``."""
        expected = expected_costs(self.study, self.cutoffs, patterns)
        tables["costs"] = (*tables["costs"], *expected)
        tables["crisis_costs"] = crisis_costs(self.study, self.cutoffs, patterns)
        return sum(row.usd_m for row in expected), crisis_summary(self.study, self.cutoffs, patterns)

    def certified(self, tested: list[Recourse], x: np.ndarray, boundaries: set[int]) -> list[tuple[PatternRow, tuple[Missing, ...], Rows]]:
        """`certify` of every recourse, in order, each with rows of its own; with the margin at the starts in ``boundaries``."""

        _ = self.crises  # made once, before there are threads

        def one(recourse: Recourse) -> tuple[PatternRow, tuple[Missing, ...], Rows]:
            rows = Rows()
            return *self.certify(recourse, x, rows, recourse.pattern.start in boundaries), rows

        return self.lanes.map(one, tested, on_done=lambda done, total: self.progress.patterns(done, done, total))

    def certify(self, recourse: Recourse, x: np.ndarray, rows: Rows, with_margin: bool) -> tuple[PatternRow, tuple[Missing, ...]]:
        """Test one pattern by its whole recourse: its cheapest answer, with restoring, goes to ``rows``; what it lacks comes back. Where it
        lacks something, that answer is the cheapest of those that lack as little; where it need not be survived, and is not or its
        cost counts, shortage has its price instead.

        Where the solver finds no cheapest answer in any way, yet one that survives, that one goes to ``rows`` instead and the
        cost stays empty: the rows prove survival, and the audit replays them like any other; only what it would have cost at
        the least is not known.
        """
        required, priced = recourse.pattern.cutoff.must_survive, self.crises.prices_shortage(recourse.pattern.cutoff)
        answer, lacks, missing = None if priced else self.crises.cheapest(recourse, x), 0.0, tuple[Missing, ...]()
        known = answer is not None
        if answer is None:
            lacks, least = recourse.missing_t(x, self.test_options)
            assert least.x is not None
            if priced or (lacks > PASSED_T and not required):
                answer = self.crises.with_shortage(recourse, x)
                known = answer is not None
            else:
                answer = self.crises.cheapest(recourse, x, least.x[recourse.missing])
                known = answer is not None and lacks <= PASSED_T
                if answer is not None and lacks > PASSED_T:
                    least = answer
            if answer is None and lacks <= PASSED_T:
                self.progress.message(f"{recourse.name} is survived; what that costs at the least could not be found")
            answer = answer or least
            assert least.x is not None
            if lacks > PASSED_T:
                missing = recourse.missing_rows(self.study, least.x)
        lacks = lacks if lacks > PASSED_T else 0.0
        assert answer.x is not None
        read_operation(rows, Run(self.study, recourse.pattern), recourse.values(answer.x[: recourse.program.columns]))
        margin = recourse.margin_share(x, self.test_options) if with_margin and not lacks else None
        parts = self.crises.parts(recourse, x, answer.x) if known else None
        if parts is not None:
            rows.restored += restored_rows(recourse.name, parts)
        return self.pattern_row(recourse, lacks, margin, parts), missing

    def pattern_row(self, recourse: Recourse, missing_t: float, margin: float | None, parts: Parts | None = None) -> PatternRow:
        """One row of the table of patterns."""
        pattern = recourse.pattern
        return PatternRow(
            cutoff=pattern.cutoff.cutoff,
            start=self.study.horizon.date(pattern.start),
            window_months=self.study.window(pattern.cutoff),
            must_survive=pattern.cutoff.must_survive,
            missing_t=missing_t,
            margin_pct=None if margin is None else 100 * margin,
            expected_crises=chance(self.study, pattern),
            **({} if parts is None else of_pattern(parts)),
        )

    def readiness(self) -> list[Readiness]:
        """First start survived, by cut-off."""
        h = self.study.horizon
        return [
            Readiness(
                cutoff=c.cutoff,
                first_start=h.date(self.first[c.cutoff]) if self.first.get(c.cutoff, h.months + 1) <= h.months else None,
                latest_first_start=c.latest_first_start,
                found=c.first_start is None,
            )
            for c in self.cutoffs
            if c.must_survive
        ]

    def summary(self, status: str, cost: float, bound: float, patterns: list[PatternRow]) -> dict[str, Any]:
        """How sure the answer is."""
        bound = min(cost, bound) if np.isfinite(bound) else min(cost, self.unprotected)
        must = [p for p in patterns if p.must_survive]
        rows, columns, nonzeros = getattr(self, "sizes", (self.program.rows, self.program.columns, self.program.nonzeros))
        return {
            "status": status,
            "unknown_length": self.options.unknown_length,
            "input_sha256": self.input_sha256,
            "calendar": self.options.calendar,
            "relative_gap_pct": self.case.settings.relative_gap_pct,
            "locked": "nothing" if self.options.lock is None else self.options.lock.words,
            "cost_usd_m": cost,
            "bound_usd_m": bound,
            "gap_pct": 100 * (cost - bound) / abs(cost) if cost else 0.0,
            "unprotected_cost_usd_m": self.unprotected,
            "patterns_tested": len(must),
            "patterns_passed": sum(1 for p in must if p.missing_t == 0),
            "patterns_in_model": self.held,
            "rows": rows,
            "columns": columns,
            "nonzeros": nonzeros,
            "seed": self.options.seed,
            "threads": self.options.threads,
        }


class _OutOfTime(Exception):
    """The time limit was reached while cuts were learned."""

    def __init__(self, passed: int, total: int) -> None:
        super().__init__(f"{passed} of {total}")
        self.passed = passed
        self.total = total
