"""Alternatives: plans that cost nearly as little as the cheapest, survive as it does, and differ most in what is signed and built.

Each is looked for with the cuts that survival has taught so far: of all plans within so many percent of the plan's cost, the one whose
commitments differ most from those of the plans found before; then, with its integers fixed, cuts are learned until it survives every
start, as in the solve. What that makes too dear is no alternative, and the search goes on with the cuts learned. What is in every plan
is no regret; what is in none is not worth its cost here.

Commitments are counted by name (contract, plant, programme, disposal cells, optional financing), not by date: to sign the same contract
a year later is no other plan.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.case import Case
from models.columns import Month, column
from models.plan import Plan
from optimizer.cuts import Master, Probe
from optimizer.errors import NumericalTrouble
from optimizer.highs import Status
from optimizer.progress import Progress, Silent
from optimizer.solve import SolveOptions, _Work
from optimizer.standard_form import Program

KINDS = {"signed": "contract", "built": "plant", "started": "programme", "cells": "disposal cells", "financed": "financing"}
"""What the commitments are called, by component of the model."""

MOST_TRIES = 12
"""Searches for one more alternative, each with what the last one taught, before the plans found are all that is told."""

NEAR_ENOUGH = 0.05
"""How far from the most different plan the search for it may stop."""

ROUNDING = 1e-7
"""Relative room above the most that an alternative may cost, for the solver's rounding."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One plan within the cost allowed; the first is the plan itself."""

    number: int = column("", "0: the plan itself.")
    cost_usd_m: float = column("million USD", "Discounted, without what crises are expected to cost.")
    more_pct: float = column("%", "More than the plan.")
    other: int = column("", "Commitments in which it differs from the plan: taken here and not there, or there and not here.")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A commitment of one of the plans."""

    number: int = column("", "Plan; 0: the plan itself.")
    kind: str = column("", "What it is.")
    name: str = column("", "Its name.")
    date: Month = column("month", "When it is decided.")
    amount: float = column("", "Signatures, units or starts.")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How many of the plans take a commitment."""

    kind: str = column("", "What it is.")
    name: str = column("", "Its name.")
    plans: int = column("", "Plans that take it.")
    verdict: str = column("", "In all: no regret. In none: not worth its cost within this range.", choices=("no regret", "open", "never"))
    first: Month | None = column("month", "Earliest date at which one of them decides it.", default=None)
    last: Month | None = column("month", "Latest date.", default=None)


@dataclass(frozen=True)
class Alternatives:
    """The whole answer."""

    title: str = column("", "Name of the case.")
    input_sha256: str = column("", "Fingerprint of the workbook's values.")
    within_pct: float = column("%", "By so much more an alternative may cost.")
    plans: tuple[Alternative, ...] = column("", "The plan, then the alternatives in the order found: the most different first.")
    decisions: tuple[Decision, ...] = column("", "What can be signed and built, and how many plans do.")
    choices: tuple[Choice, ...] = column("", "What each plan signs and builds.")
    complete: bool = column("yes / no", "yes: there is no further plan in this range that commits to anything else.")


def alternatives(
    case: Case,
    plan: Plan,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    within_pct: float = 1.0,
    count: int = 5,
) -> Alternatives:
    """Up to ``count`` plans of a case, as read from its workbook, beside ``plan``, that was made for it.

    Raises ``PlanDiffers`` for a plan of another case, ``NumericalTrouble`` where the plan is not found to survive.
    """
    work = _Work(case, options or SolveOptions(), progress or Silent())
    work.prepare()
    h = work.study.horizon
    work.first = {c.cutoff: h.months + 1 for c in work.cutoffs}
    work.first |= {row.cutoff: h.month_of(row.first_start, h.months + 1) for row in plan.readiness}
    search = _Search(work, within_pct)
    with work.stage("cuts"):
        search.begin(work.columns_of(plan))
    with work.stage("alternatives"):
        complete = search.go_on(count)
    return search.told(within_pct, complete)


class _Search:
    """The plans found so far, the cuts learned so far."""

    def __init__(self, work: _Work, within_pct: float) -> None:
        self.work = work
        self.within = 1 + within_pct / 100
        self.master = Master(work.program, len(work.positions), work.test_options)
        self.probes: list[Probe] = [work.probe(recourse) for recourse in work.required()]
        self.found: list[np.ndarray] = []
        self.costs: list[float] = []
        self.most = float("inf")
        self.columns: dict[tuple[str, str], list[int]] = defaultdict(list)
        for component, kind in KINDS.items():
            for index, at in work.base.columns_of(component).items():
                self.columns[kind, _named(index)].append(at)
        self.names = list(self.columns)
        self.room = np.array([max(1.0, max(work.program.column_upper[self.columns[n]])) for n in self.names])

    def begin(self, x: np.ndarray) -> None:
        """Start from the plan itself, (n_base,)."""
        fixed = self.work.survive_every_month(self.master, self.probes, x)
        if fixed.x is None:
            raise NumericalTrouble("the plan does not survive with what is signed and built in it: alternatives cannot be told")
        self.take(fixed.x, fixed.objective)
        self.most = fixed.objective + (self.within - 1) * abs(fixed.objective)

    def take(self, x: np.ndarray, cost: float) -> None:
        """Keep a plan."""
        self.found.append(x[: self.work.program.columns])
        self.costs.append(cost)

    def amounts(self, x: np.ndarray) -> np.ndarray:
        """How much of each commitment a plan (n_base, or more) takes."""
        return np.array([np.round(x[self.columns[n]]).sum() for n in self.names])

    def go_on(self, count: int) -> bool:
        """Look for ``count`` more plans; True where there are no more."""
        for _ in range(MOST_TRIES):
            if len(self.found) > count or not self.names:
                break
            result = self.work.run(self.asked(), relative_gap=NEAR_ENOUGH)
            if result.x is None:
                return result.status is Status.INFEASIBLE
            fixed = self.work.survive_every_month(self.master, self.probes, result.x)
            room = abs(self.most) * ROUNDING
            if fixed.x is not None and fixed.objective <= self.most + room:
                self.take(fixed.x, fixed.objective)
                self.work.progress.message(f"alternative {len(self.found) - 1}: cost {fixed.objective:,.1f} million USD")
        return not self.names

    def asked(self) -> Program:
        """The plan within the cost allowed that differs most from those found: each commitment counts by how many of them do otherwise."""
        program = self.master.mixed_integer()
        cost = np.zeros(program.columns)
        rows, least = [program.cost.copy()], []
        for x in self.found:
            taken = self.amounts(x)
            row, at_least = np.zeros(program.columns), 1.0
            for n, amount, room in zip(self.names, taken, self.room, strict=True):
                sign = -1.0 if amount > 0 else 1.0
                row[self.columns[n]] += sign
                at_least -= amount if amount > 0 else 0.0
                cost[self.columns[n]] -= sign / room
            rows.append(row)
            least.append(at_least)
        matrix = sp.vstack([program.matrix, sp.csr_array(np.array(rows))], format="csr")
        return dataclasses.replace(
            program,
            cost=cost,
            offset=0.0,
            matrix=sp.csr_array(matrix),
            row_lower=np.concatenate([program.row_lower, [-np.inf], least]),
            row_upper=np.concatenate([program.row_upper, [self.most - program.offset], np.full(len(least), np.inf)]),
            row_names=[*program.row_names, "cost of an alternative", *(f"another plan than number {k}" for k in range(len(least)))],
        )

    def told(self, within_pct: float, complete: bool) -> Alternatives:
        """The answer."""
        taken = np.array([self.amounts(x) for x in self.found])
        own = self.costs[0]
        plans = tuple(
            Alternative(
                number=k,
                cost_usd_m=cost,
                more_pct=100 * (cost - own) / abs(own) if own else 0.0,
                other=int(((taken[k] > 0) != (taken[0] > 0)).sum()) if self.names else 0,
            )
            for k, cost in enumerate(self.costs)
        )
        choices = tuple(self.choices())
        return Alternatives(
            title=self.work.case.settings.title,
            input_sha256=self.work.input_sha256,
            within_pct=within_pct,
            plans=plans,
            decisions=tuple(self.decision(n, choices) for n in self.names),
            choices=choices,
            complete=complete,
        )

    def choices(self) -> list[Choice]:
        """What each plan signs and builds, and when."""
        h, of = self.work.study.horizon, self.work.base
        rows = []
        for k, x in enumerate(self.found):
            for component, kind in KINDS.items():
                for index, at in of.columns_of(component).items():
                    if x[at] > 0.5:
                        date = h.date(_dated(index))
                        rows.append(Choice(number=k, kind=kind, name=_named(index), date=date, amount=float(np.round(x[at]))))
        return rows

    def decision(self, name: tuple[str, str], choices: tuple[Choice, ...]) -> Decision:
        """How many plans take a commitment."""
        rows = [c for c in choices if (c.kind, c.name) == name]
        plans = len({c.number for c in rows})
        verdict = "no regret" if plans == len(self.found) else "never" if plans == 0 else "open"
        dates = [c.date for c in rows]
        return Decision(
            kind=name[0], name=name[1], plans=plans, verdict=verdict, first=min(dates, default=None), last=max(dates, default=None)
        )


def _named(index: Any) -> str:
    return str(index[0])


def _dated(index: Any) -> int:
    return int(index[-1])
