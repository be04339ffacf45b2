"""Plans that cost little more than the cheapest and differ most from it and from each other.

The cheapest plan is one of many that cost nearly the same. Each further plan costs no more than a given share above it,
survives every pattern, and lies as far as can be from all plans before it: the least of its differences from them is
maximised (max-min, which never finds a plan twice; see `optimizer.studies.choices` for the measure). So:

1. From the cheapest plan, just solved or read back: its program with the cuts that its survival asks for.
2. That program with a row for the cost and the measure instead of the cost, as a mixed-integer program.
3. With what it decides fixed, the cheapest plan: other integers by the program with its cost again, then cuts until every pattern
   is survived. A cut removes no plan that survives, so that they are kept from one plan to the next.
4. Where nothing survives with these decisions, or only at too high a cost, the cuts now say so: again from 2.
5. Each plan is assembled with the cheapest recourse of every pattern and computed again by the audit, as the cheapest one is.

What all plans have in common is a decision without regret as far as these plans go; what none has is not needed for the
price. Modelling to generate alternatives: Brill, Chang and Hopkins 1982 (Management Science 28), DeCarolis 2011 (Energy Economics 33).

Pyomo's ``contrib.alternative_solutions`` is not used: it enumerates or perturbs solutions of one Pyomo model as it is handed
over, whereas rows are learned here between one solve and the next, by recourses that it knows nothing of.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from models.case import Case
from models.columns import Month, column
from models.plan import Plan
from optimizer import audit
from optimizer.cuts import Cut, Master, rows_of
from optimizer.engine import SolveOptions
from optimizer.errors import NumericalTrouble, StockpileError
from optimizer.highs import Status
from optimizer.program import Program
from optimizer.progress import Progress, Silent
from optimizer.solve import MOST_ROUNDS, NO_GAP, ROUGHLY_T, _OutOfTime, _Work
from optimizer.studies.choices import TAKEN, Choice, choices_of, difference, farthest

MOST_TRIED = 40
"""So many sets of decisions are tried for one plan before it is given up."""

ROUNDING = 1e-6
"""By how much of its cost a plan may be above the limit: the solver's tolerance."""

MEASURE_GAP = 0.05
"""Relative gap at which a plan lies far enough from the others."""

MOST_WITHIN_PCT = 1000.0


class CannotAsk(StockpileError, ValueError):
    """A number that was asked for makes no sense; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One plan that survives every pattern."""

    number: int = column("", "0: the cheapest plan that was found. 1, 2, ...: the alternatives in the order in which they were found.")
    cost_usd_m: float = column("million USD", "Discounted cost, the least with these decisions.")
    more_usd_m: float = column("million USD", "More than the cheapest plan.")
    more_pct: float = column("%", "More than the cheapest plan.")
    differs: float = column("choices", "Difference from the plan before it that is most like it.")
    differs_from_cheapest: float = column("choices", "Difference from the cheapest plan.")
    patterns_tested: int = column("", "Patterns (cut-off, start) tested by their recourse.")
    patterns_passed: int = column("", "Of these, survived.")
    audited: bool = column("yes / no", "Passed its re-computation.")
    largest_violation: float = column("", "Largest violation of a rule found by the re-computation.")


@dataclass(frozen=True, kw_only=True)
class Common:
    """One choice, and in how many of the plans it is taken."""

    kind: str = column("", "What it is.", choices=("contract", "financing", "plant", "programme", "disposal cells", "stop"))
    name: str = column("", "Its name in the workbook.")
    verdict: str = column("", "Taken in all of the plans, in some, or in none.", choices=("in all", "in some", "in none"))
    plans: int = column("", "Plans that take it.")
    least_units: int = column("units", "Fewest units of a plan that takes it.")
    most_units: int = column("units", "Most units of a plan that takes it.")
    earliest: Month | None = column("month", "Earliest date in any plan; empty: in none.", default=None)
    latest: Month | None = column("month", "Latest date in any plan; empty: in none.", default=None)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A decision of one plan."""

    number: int = column("", "Number of the plan.")
    kind: str = column("", "What it is.")
    name: str = column("", "Its name in the workbook.")
    month: Month = column("month", "Date of the decision.")
    units: int = column("units", "Units at this date.")


@dataclass(frozen=True, kw_only=True)
class Alternatives:
    """The whole answer."""

    title: str = column("", "Name of the case.")
    input_sha256: str = column("", "Fingerprint of the workbook's values.")
    status: str = column("", "Status of the cheapest plan: see the plan's summary.")
    within_pct: float = column("%", "How much more than the cheapest plan a plan may cost.")
    asked: int = column("", "Alternatives asked for.")
    ended: str = column(
        "",
        "'found': as many as were asked for. 'no more': no further plan within the cost survives and decides otherwise. 'limit': a limit "
        "was reached, there may be more. 'no plan': there is no plan that survives to compare with.",
        choices=("found", "no more", "limit", "no plan"),
    )
    plans: tuple[Alternative, ...] = column("", "The cheapest plan and its alternatives.")
    choices: tuple[Common, ...] = column("", "Every choice: in all plans, in some, in none.")
    decisions: tuple[Taken, ...] = column("", "What each plan decides.")

    @property
    def audited(self) -> bool:
        """Whether every plan passed its re-computation."""
        return all(plan.audited for plan in self.plans)


def alternatives(
    case: Case,
    plan: Plan,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    within_pct: float = 1.0,
    count: int = 5,
) -> tuple[Alternatives, tuple[Plan, ...]]:
    """Up to ``count`` plans of a case, as read from its workbook, that cost no more than ``within_pct`` percent above ``plan``, the
    cheapest that was found for it; and those plans whole, the cheapest first (as it is, where it does not survive).

    ``options`` are those of `optimizer.solve.solve`; the time limit is for all that is done here. Raises ``CannotAsk``; ``PlanDiffers`` for
    a plan of another case, ``NumericalTrouble`` where the plan is not found to survive.
    """
    if count < 1:
        raise CannotAsk(f"at least one alternative must be asked for, not {count}")
    if not 0 <= within_pct <= MOST_WITHIN_PCT:
        raise CannotAsk(f"a plan may cost from 0 to {MOST_WITHIN_PCT:g} percent more than the cheapest, not {within_pct:g}")
    search = _Search(case, dataclasses.replace(options or SolveOptions(), extensive=False), progress or Silent(), within_pct, count)
    try:
        return search.answer(plan)
    finally:
        search.close()


class _Search(_Work):
    """The plans found so far, the cuts learned so far."""

    def __init__(self, case: Case, options: SolveOptions, progress: Progress, within_pct: float, count: int) -> None:
        super().__init__(case, options, progress)
        self.within_pct = within_pct
        self.count = count
        self.points: list[np.ndarray] = []
        self.plans: list[Plan] = []
        self.choices: tuple[Choice, ...] = ()
        self.limit = float("inf")
        self.learned: Master

    def answer(self, plan: Plan) -> tuple[Alternatives, tuple[Plan, ...]]:
        """See `alternatives`."""
        if plan.summary.status not in ("certified", "limit"):
            return self.told(plan, "no plan"), (plan,)
        self.prepare()
        self.choices = choices_of(self.base, self.program, self.study)
        try:
            first = self.begin(plan)
        except _OutOfTime:
            return self.told(plan, "limit"), (plan,)
        self.points.append(first)
        self.plans.append(self.certificate(first, plan.summary.status))
        cost = self.plans[0].summary.cost_usd_m
        self.limit = cost + self.within_pct / 100 * abs(cost)
        return self.told(plan, self.look()), tuple(self.plans)

    def begin(self, plan: Plan) -> np.ndarray:
        """The plan once more (n_base,), with the cuts that its survival asks for. Raises ``PlanDiffers``, ``NumericalTrouble``."""
        h, summary = self.study.horizon, plan.summary
        ready = {row.cutoff: row.first_start for row in plan.readiness}
        for c in self.cutoffs:
            unknown = h.months + 1 if c.must_survive else 0
            self.first[c.cutoff] = max(0, h.month_of(ready.get(c.cutoff, c.first_start), unknown))
        self.bound = summary.bound_usd_m
        self.unprotected = float("nan") if summary.unprotected_cost_usd_m is None else summary.unprotected_cost_usd_m
        x = self.columns_of(plan)
        with self.stage("recourses"):
            self.probes = [self.probe(recourse) for recourse in self.required()]
        with self.stage("cuts"):
            master = Master(self.program, len(self.positions), self.test_options)
            relaxed = self.learn(master, self.probes, None, ROUGHLY_T)
            master, relaxed = self.with_crises(master, self.probes, relaxed)
            self.learned = master
            self.within_budgets(master, self.probes, relaxed)
        found = self.cheapest_with(master, x)
        if found is None:
            raise NumericalTrouble("the plan is not found to survive with what is signed and built in it: alternatives cannot be told")
        return found

    def look(self) -> str:
        """Find the plans, one after the other; how it ended."""
        for number in range(1, self.count + 1):
            try:
                with self.stage(f"alternative {number} of {self.count}"):
                    found = self.another()
            except _OutOfTime:
                self.progress.message("time limit reached: there may be more plans")
                return "limit"
            if isinstance(found, str):
                return found
            self.points.append(found)
            self.plans.append(self.certificate(found, "limit"))
        return "found"

    def another(self) -> np.ndarray | str:
        """The next plan (n_base,), or how it ended without one."""
        master = self.learned
        tried: set[bytes] = set()
        for _ in range(MOST_TRIED):
            program = self.dearest(master.mixed_integer())
            apart = farthest(program, self.choices, self.points, self.study.horizon.months)
            if apart is None:
                return "no more"
            whole = self.run(apart, relative_gap=MEASURE_GAP)
            if whole.status is Status.INFEASIBLE:
                return "no more"
            if whole.x is None:
                return "limit"
            decided = whole.x[: self.base.program.columns]
            found = self.cheapest_with(master, decided)
            if found is not None:
                return found
            key = bytes(np.round(decided[self.decided]).tobytes())
            if key in tried:
                break
            tried.add(key)
        return "limit"

    def dearest(self, program: Program) -> Program:
        """The program with a row that keeps its cost within the limit."""
        n = program.columns
        row = sp.csr_array(program.cost.reshape(1, -1))
        matrix, most = rows_of([Cut(0, "cost", row, self.limit - program.offset, 0.0)], program, 1)
        return dataclasses.replace(
            program,
            matrix=sp.csr_array(sp.vstack([program.matrix, matrix[:, :n]], format="csr")),
            row_lower=np.append(program.row_lower, -np.inf),
            row_upper=np.append(program.row_upper, most),
            row_names=[*program.row_names, "cost"],
        )

    def cheapest_with(self, master: Master, x: np.ndarray) -> np.ndarray | None:
        """The cheapest plan (n_base,) that survives every pattern and decides what ``x`` does; None where it is too dear, or there is
        none. The cuts learned say so from then on."""
        others = self.base.program.integer.copy()
        others[self.decided] = False
        if not others.any():
            return self.fixed(master, x)
        for _ in range(MOST_ROUNDS):
            program = master.mixed_integer()
            lower, upper = program.column_lower.copy(), program.column_upper.copy()
            lower[self.decided] = upper[self.decided] = np.round(x[self.decided])
            whole = self.run(dataclasses.replace(program, column_lower=lower, column_upper=upper), relative_gap=self.gap / 2)
            if whole.x is None or whole.bound > self.limit + ROUNDING * abs(self.limit) + NO_GAP:
                return None
            found = self.fixed(master, whole.x[: self.base.program.columns])
            if found is not None:
                return found
        return None

    def fixed(self, master: Master, x: np.ndarray) -> np.ndarray | None:
        """The cheapest plan (n_base,) with the integers of ``x`` that survives every pattern; None where it is too dear or missing."""
        with self.stage("cuts"):
            found = self.survive_every_month(master, self.probes, x)
        if found.x is None or found.objective + self.crises.short_usd_m > self.limit + ROUNDING * abs(self.limit) + NO_GAP:
            return None
        return found.x[: self.base.program.columns]

    @cached_property
    def decided(self) -> np.ndarray:
        """The columns of all choices (d,)."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *(choice.columns for choice in self.choices)])

    # The answer

    def told(self, cheapest: Plan, ended: str) -> Alternatives:
        """The answer in words and numbers."""
        return Alternatives(
            title=self.case.settings.title,
            input_sha256=self.input_sha256,
            status=cheapest.summary.status,
            within_pct=self.within_pct,
            asked=self.count,
            ended=ended,
            plans=tuple(self.alternative(number) for number in range(len(self.plans))),
            choices=tuple(sorted(map(self.common, self.choices), key=lambda row: ("in all", "in some", "in none").index(row.verdict))),
            decisions=tuple(row for number in range(len(self.plans)) for row in self.taken(number)),
        )

    def alternative(self, number: int) -> Alternative:
        """One plan, computed again."""
        plan, cheapest = self.plans[number], self.plans[0].summary.cost_usd_m
        with self.stage("audit"):
            verdict = audit.audit(self.case, plan)
        more = plan.summary.cost_usd_m - cheapest
        apart = [difference(self.choices, self.points[number], x, self.study.horizon.months) for x in self.points[:number]]
        return Alternative(
            number=number,
            cost_usd_m=plan.summary.cost_usd_m,
            more_usd_m=more,
            more_pct=100 * more / abs(cheapest) if cheapest else 0.0,
            differs=min(apart, default=0.0),
            differs_from_cheapest=apart[0] if apart else 0.0,
            patterns_tested=plan.summary.patterns_tested,
            patterns_passed=plan.summary.patterns_passed,
            audited=verdict.passed,
            largest_violation=verdict.largest_violation,
        )

    def common(self, choice: Choice) -> Common:
        """A choice over all plans."""
        units = [choice.units(x) for x in self.points]
        taking = [int(u.sum()) for u in units if u.sum() > TAKEN]
        months = [int(month) for u in units for month in choice.months[u > TAKEN]]
        h = self.study.horizon
        return Common(
            kind=choice.kind,
            name=choice.name,
            verdict="in none" if not taking else "in all" if len(taking) == len(units) else "in some",
            plans=len(taking),
            least_units=min(taking, default=0),
            most_units=max(taking, default=0),
            earliest=h.date(min(months)) if months else None,
            latest=h.date(max(months)) if months else None,
        )

    def taken(self, number: int) -> list[Taken]:
        """What a plan decides."""
        h, x = self.study.horizon, self.points[number]
        return [
            Taken(number=number, kind=choice.kind, name=choice.name, month=h.date(int(month)), units=int(units))
            for choice in self.choices
            for month, units in zip(choice.months, choice.units(x), strict=True)
            if units > TAKEN
        ]
