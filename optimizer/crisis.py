"""What crises cost: reported of every pattern, part of the objective where a cut-off has a chance, kept within budgets.

`models.crisis` says what restoring asks of a recourse. Here it joins the compiled recourse, so that the cheapest recourse is the one of
least cost with restoring. That cost is convex and piecewise linear in what the base plan hands over, and what the base plan
spends in the same months is linear in its columns: so the crisis cost q of a pattern obeys, at every plan x',

    q(x') >= v + d (L x' + c - h) - b x'

for v, d the value and the slope of its recourse where x hands over h (Benders 1962, one cut per pattern: Birge and Louveaux 1988). The
master has a column per counted pattern that these cuts push up. It costs its chance, discounted, in the objective, and is kept within its
cut-off's budget; the mean of the worst is kept within its own (Rockafellar and Uryasev 2000). No cut overstates a crisis, so
the bound stays a bound. Where no cut-off has a chance and no budget is given the master has none of this.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.case import CutOff, Settings
from models.crisis import Crisis, Restoring, chance, discount, months_stood_for, operating_pieces, usd_m, window_shares
from models.handed import Column
from models.run import Study
from models.survival import Pattern, starts
from optimizer.cuts import Cut, Master, Probe
from optimizer.errors import Interrupted, NumericalTrouble, OverBudget, StockpileError, Unbounded
from optimizer.highs import HotProgram, Result, SolverOptions, Status
from optimizer.highs import solve as solve_program
from optimizer.recourse import Recourse
from optimizer.reduce import reduce
from optimizer.standard_form import Block, Compiled, Names, Program

DEARER = 10.0
"""While a plan is looked for, a tonne that is missing costs so many times the dearest other tonne: its own cut does away with it."""

NEARLY = 1e-7
"""By what share a crisis may go beyond a budget, for the solver's rounding."""

OF_THE_GAP = 0.25
"""Share of the gap asked for by which expected crises may cost more than the master knows."""

LEAST_USD_M = -1e7
"""Below any crisis cost, million USD, where the solver does not find a limit."""


@dataclasses.dataclass(frozen=True)
class Parts:
    """The parts of a pattern's crisis cost, million USD, undiscounted, and what must be restored: (restoring, tonnes)."""

    recourse_usd_m: float
    restoring_usd_m: float
    base_usd_m: float
    restored: tuple[tuple[Restoring, float], ...]

    @property
    def crisis_usd_m(self) -> float:
        """Recourse and restoring, less what the base plan spends in the same months."""
        return self.recourse_usd_m + self.restoring_usd_m - self.base_usd_m


@dataclasses.dataclass(frozen=True, eq=False)
class Counted:
    """A pattern whose crisis cost counts: ``weight`` (chance x discount factor) in the objective, ``share`` among all crises in the mean
    of the worst, ``budget`` its most (None: no limit)."""

    pattern: Pattern
    weight: float
    share: float
    budget: float | None


@dataclasses.dataclass(frozen=True, eq=False)
class Priced:
    """A crisis that has a chance, as a block of the extensive form that weighs its chance, and what the base plan spends in the same
    months: a row over its columns and a constant."""

    pattern: Pattern
    block: Block
    same_months: tuple[sp.csr_array, float]


class Crises:
    """Crisis costs of the patterns of one case. ``recourse_of`` gives a pattern's recourse."""

    def __init__(
        self, study: Study, model: Any, base: Compiled, recourse_of: Callable[[CutOff, int], Recourse], options: SolverOptions
    ) -> None:
        self.study = study
        self.base = base
        self.options = options
        self._recourse_of = recourse_of
        self._crisis = Crisis(study, model)
        self._spending, self._constant = self._by_slot(model)
        self._probes: dict[Pattern, CostProbe] = {}
        self._tied: dict[Pattern, Tied] = {}
        self.short_usd_m = 0.0
        """By how much expected crises cost more than the master knew where it was last asked, million USD."""

    # What the base plan spends

    def _by_slot(self, model: Any) -> tuple[sp.csr_array, np.ndarray]:
        """Undiscounted cost of the base plan's operation by slot, (slots, n_base), and what of it is a number, (slots,)."""
        slots = self.study.horizon.slots
        place = {slot.first: k for k, slot in enumerate(slots)}
        constant = np.zeros(len(slots))
        rows: list[int] = []
        cols: list[int] = []
        data: list[float] = []
        for at, usd, column in operating_pieces(model):
            months = sum(slots[place[t]].months for t in at)
            for t in at:
                part = usd * slots[place[t]].months / months
                if column in self.base.column_of:
                    rows.append(place[t])
                    cols.append(self.base.column_of[column])
                    data.append(part)
                else:
                    constant[place[t]] += part * self.base.fixed.get(column, 0.0)
        return sp.csr_array((data, (rows, cols)), shape=(len(slots), self.base.program.columns)), constant

    def same_months(self, pattern: Pattern) -> tuple[sp.csr_array, float]:
        """What the base plan spends in a pattern's window, million USD: a row over its columns (1, n_base), and a constant."""
        shares = window_shares(self.study, pattern)
        weights = np.array([[shares.get(slot.first, 0.0) for slot in self.study.horizon.slots]])
        return sp.csr_array(sp.csr_array(weights) @ self._spending), float((weights @ self._constant)[0])

    # The recourse with restoring

    def tied(self, recourse: Recourse) -> Tied:
        """The recourse with restoring at its end."""
        if recourse.pattern not in self._tied:
            self._tied[recourse.pattern] = Tied.of(recourse, self._crisis.restorings(recourse.pattern), self.base)
        return self._tied[recourse.pattern]

    def parts(self, recourse: Recourse, x: np.ndarray, answer: np.ndarray) -> Parts:
        """The parts of the crisis cost of a pattern under the base plan ``x`` (n_base,), for a solution of the recourse with restoring."""
        tied = self.tied(recourse)
        row, constant = self.same_months(recourse.pattern)
        own = tied.recourse.program.columns - 2 * len(tied.restorings)
        lacking = tied.lacking(x, answer)
        return Parts(
            recourse_usd_m=float(recourse.program.cost @ answer[:own] + recourse.program.offset),
            restoring_usd_m=float(sum(usd_m(r) * t for r, t in lacking)),
            base_usd_m=float((row @ x)[0] + constant),
            restored=tuple(lacking),
        )

    def cheapest(self, recourse: Recourse, x: np.ndarray, lacks_t: np.ndarray | None = None) -> Result | None:
        """The recourse of least cost with restoring, see `Recourse.cheapest`."""
        tied = self.tied(recourse)
        return tied.settled(tied.recourse.cheapest(x, self.options, lacks_t))

    def with_shortage(self, recourse: Recourse, x: np.ndarray) -> Result | None:
        """The same where nothing has to be survived: what is not served costs what the demand's row says."""
        tied = self.tied(recourse)
        result = solve_program(tied.recourse.at(x, _shortage_priced(tied.recourse)), self.options)
        if result.status is Status.INTERRUPTED:
            raise Interrupted
        if result.status is Status.UNBOUNDED:
            raise Unbounded(f"the cost of the recourse of {recourse.name} can fall without end: a price is missing")
        return tied.settled(result) if result.status is Status.OPTIMAL and result.x is not None else None

    def prices_shortage(self, cutoff: CutOff) -> bool:
        """Whether a crisis that need not be survived counts, so that its shortage has its price."""
        return not cutoff.must_survive and counts(self.study, cutoff)

    # Which patterns count

    def counted(self, first: Mapping[str, int], every_month: bool = False) -> list[Counted]:
        """The patterns whose crisis cost counts, in order of cut-off and start; ``first``: first starts. With ``every_month`` those inside
        coarse periods, which have no chance of their own, where their cut-off has a budget."""
        study, found = self.study, []
        shares = self.shares(first)
        for cutoff in study.case.cutoffs:
            if not cutoff.active or not counts(study, cutoff):
                continue
            within = every_month and cutoff.crisis_budget_usd_m is not None
            for start in starts(study.horizon, cutoff, first[cutoff.cutoff], within):
                pattern = Pattern(cutoff, start)
                weight = chance(study, pattern) * discount(study, pattern)
                share = shares.get((cutoff.cutoff, start), 0.0)
                if weight or share or cutoff.crisis_budget_usd_m is not None:
                    found.append(Counted(pattern, weight, share, cutoff.crisis_budget_usd_m))
        return found

    def shares(self, first: Mapping[str, int]) -> dict[tuple[str, int], float]:
        """Share of each (cut-off, start) among all crises; only where the mean of the worst has a budget."""
        if self.study.case.settings.crisis_cvar_budget_usd_m is None:
            return {}
        return shares(self.study, [Pattern(c, s) for c in self.study.case.cutoffs if c.active for s in self._starts(c, first)])

    def _starts(self, cutoff: CutOff, first: Mapping[str, int]) -> tuple[int, ...]:
        return starts(self.study.horizon, cutoff, first[cutoff.cutoff])

    def priced(self, first: Mapping[str, int]) -> list[Priced]:
        """The crises that have a chance, for the extensive form. Raises ``StockpileError`` where crises have budgets, which it has not."""
        if self.limited(first):
            raise StockpileError("the extensive form knows no crisis budgets; solve without it")
        found = []
        for c in self.counted(first):
            tied = self.tied(self._recourse_of(c.pattern.cutoff, c.pattern.start)).recourse
            program = tied.program if c.pattern.cutoff.must_survive else _shortage_priced(tied)
            block = Block(tied.name, program, tied.linked, tied.links, tied.constants, c.weight)
            found.append(Priced(c.pattern, block, self.same_months(c.pattern)))
        return found

    # The master

    def limited(self, first: Mapping[str, int]) -> bool:
        """Whether what crises cost has a limit."""
        return self.study.case.settings.crisis_cvar_budget_usd_m is not None or any(c.budget is not None for c in self.counted(first))

    def master(
        self, program: Program, positions: int, options: SolverOptions, first: Mapping[str, int], near: np.ndarray | None = None
    ) -> Master:
        """The master of a program, with a column for every counted pattern, no budget yet; a plain one where none counts.

        ``near`` (n_base,): a plan to learn the first cuts from; without one the first plans tried are far off.
        """
        counted = self.counted(first, every_month=True)
        if not counted:
            return Master(program, positions, options)
        master = CrisisMaster(program, positions, options, counted, self.study.case.settings)
        master.add([self.probe(c.pattern).floor(k + positions) for k, c in enumerate(counted)])
        if near is not None:
            master.add([self.probe(c.pattern).cut(near, k + positions) for k, c in enumerate(counted)], 0.0, near)
        return master

    def impose(self, master: Master, reference: np.ndarray, beyond: bool = False) -> None:
        """Ask a master to keep the budgets; ``reference`` (n_base,): the plan without them. ``beyond``: ask instead by how much they must
        be passed at the least."""
        assert isinstance(master, CrisisMaster)
        master.impose([self.same_months(c.pattern) for c in master.counted], reference, beyond)

    def probe(self, pattern: Pattern) -> CostProbe:
        """The probe of a pattern's cost, kept hot."""
        if pattern not in self._probes:
            recourse = self._recourse_of(pattern.cutoff, pattern.start)
            self._probes[pattern] = CostProbe(self.tied(recourse), self.same_months(pattern), self.options)
        return self._probes[pattern]

    def cuts(self, master: Master, x: np.ndarray, gap: float, each: Callable[..., Any] = map) -> list[Cut]:
        """Cuts at a solution of the master, (n,), that push the cost of its crises up to what they cost; none where that is near enough:
        what is expected within a part of the gap, what has a budget within it. ``each``: does a function for all items of
        a list, in order."""
        if not isinstance(master, CrisisMaster):
            self.short_usd_m = 0.0
            return []
        base, known = x[: master.base.columns], x[master.base.columns + master.first :]
        asked = [(self.probe(c.pattern), master.first + k) for k, c in enumerate(master.counted)]
        found: list[Cut] = list(each(lambda question: question[0].cut(base, question[1]), asked))
        cost = np.array([cut.missing_t for cut in found])
        low = np.maximum(0.0, cost - known[: len(cost)])
        self.short_usd_m = float(sum(c.weight * t for c, t in zip(master.counted, low, strict=True)))
        enough = max(OF_THE_GAP * gap, 1e-9) * abs(float(master.program.cost @ x) + master.program.offset) + 1e-9
        chosen = master.beyond(base, cost)
        if self.short_usd_m > enough:
            chosen |= np.array([c.weight > 0 for c in master.counted])
        near = NEARLY / 10 * np.maximum(1.0, np.abs(cost))
        return [cut for cut, take, t, tolerance in zip(found, chosen, low, near, strict=True) if take and t > tolerance]


def counts(study: Study, cutoff: CutOff) -> bool:
    """Whether the cost of a cut-off's crises is part of what is decided."""
    settings = study.case.settings
    by_chance = any(c.active and c.annual_probability > 0 for c in study.case.cutoffs)
    in_worst = settings.crisis_cvar_budget_usd_m is not None and (cutoff.annual_probability > 0 or not by_chance)
    return cutoff.annual_probability > 0 or cutoff.crisis_budget_usd_m is not None or in_worst


def shares(study: Study, patterns: Sequence[Pattern]) -> dict[tuple[str, int], float]:
    """Share of each pattern among all crises: by chance; where no cut-off has one, by the months that each start stands for."""
    weights = {p: chance(study, p) for p in patterns}
    if not any(weights.values()):
        weights = {p: float(months_stood_for(study, p)) for p in patterns}
    whole = sum(weights.values())
    return {(p.cutoff.cutoff, p.start): w / whole for p, w in weights.items() if w > 0}


def mean_of_worst(costs: Sequence[tuple[float, float]], level: float) -> float | None:
    """Conditional value at risk: mean cost of the dearest 1 - level of all crises, (cost, share) each; None of none."""
    whole = sum(share for _, share in costs)
    if whole <= 0:
        return None
    left = tail = (1 - level) * whole
    total = 0.0
    for cost, share in sorted(costs, reverse=True):
        part = min(left, share)
        total += part * cost
        left -= part
        if left <= 0:
            break
    return total / (tail - max(0.0, left))


def _shortage_priced(recourse: Recourse) -> Program:
    """The program of a recourse that need serve nothing: protected demand may be missing, and what is unmet has its cost."""
    upper = recourse.program.column_upper.copy()
    upper[recourse.missing] = np.inf
    return dataclasses.replace(recourse.program, column_upper=upper)


@dataclasses.dataclass(frozen=True, eq=False)
class Tied:
    """A recourse whose objective holds restoring: after its own columns, one for what is lacking of each thing to restore, and one for
    what the base plan has of it, which is handed over."""

    recourse: Recourse
    restorings: tuple[Restoring, ...]
    rows: sp.csr_array
    """(r, own columns): what the recourse leaves of each."""
    wanted: sp.csr_array
    """(r, n_base), with ``constants`` (r,): what the base plan has of each."""
    constants: np.ndarray

    @classmethod
    def of(cls, recourse: Recourse, restorings: Sequence[Restoring], base: Compiled) -> Tied:
        """Append restoring to a compiled recourse."""
        program, many = recourse.program, len(restorings)
        place: dict[Column, int] = {key: k for k, key in enumerate(recourse.keys)}
        rows = _matrix([{place[key]: w for key, w in r.left.items() if key in place} for r in restorings], program.columns)
        wanted = _matrix(
            [{base.column_of[key]: w for key, w in r.wanted.weights.items() if key in base.column_of} for r in restorings],
            base.program.columns,
        )
        constants = np.array(
            [r.wanted.constant + sum(w * base.fixed.get(key, 0.0) for key, w in r.wanted.weights.items()) for r in restorings]
        )
        if not many:
            return cls(recourse, (), rows, wanted, constants)
        one = sp.eye_array(many, format="csr")
        below = sp.hstack([rows, one, -one], format="csr")
        above = sp.hstack([program.matrix, sp.csr_array((program.rows, 2 * many))], format="csr")
        names = [" ".join(map(str, r.name)) for r in restorings]
        grown = Program.of(
            cost=np.concatenate([program.cost, [usd_m(r) for r in restorings], np.zeros(many)]),
            matrix=sp.csr_array(sp.vstack([above, below], format="csr")),
            row_lower=np.concatenate([program.row_lower, np.zeros(many)]),
            row_upper=np.concatenate([program.row_upper, np.full(many, np.inf)]),
            column_lower=np.concatenate([program.column_lower, np.zeros(many), np.full(many, -np.inf)]),
            column_upper=np.concatenate([program.column_upper, np.full(2 * many, np.inf)]),
            integer=np.zeros(program.columns + 2 * many, dtype=bool),
            offset=program.offset,
            column_names=_joined(program.column_names, [*(f"lacking of {n}" for n in names), *(f"wanted of {n}" for n in names)]),
            row_names=_joined(program.row_names, [f"restore {n}" for n in names]),
        )
        first = program.columns + many
        extra = (*(("crisis.lacking_t", r.name) for r in restorings), *(("crisis.wanted_t", r.name) for r in restorings))
        whole = dataclasses.replace(
            recourse,
            program=grown,
            keys=(*recourse.keys, *extra),
            linked=np.concatenate([recourse.linked, np.arange(first, first + many)]),
            links=sp.csr_array(sp.vstack([recourse.links, wanted], format="csr")),
            constants=np.concatenate([recourse.constants, constants]),
        )
        return cls(whole, tuple(restorings), rows, wanted, constants)

    def settled(self, result: Result | None) -> Result | None:
        """The same solution, in which the recourse pays for no more of a minimum than its window asks for: what is beyond that is owed,
        at the same price."""
        if result is None or result.x is None:
            return result
        x, program = result.x.copy(), self.recourse.program
        place = {key: k for k, key in enumerate(self.recourse.keys)}
        for paid in (place[key] for r in self.restorings for key in r.left if key[0] == "operation.unlifted_t" and key in place):
            span = slice(*self._by_column.indptr[paid : paid + 2])
            for row, weight in zip(self._by_column.indices[span], self._by_column.data[span], strict=True):
                if row < program.rows - len(self.restorings):
                    reached = float((program.matrix[[int(row)]] @ x)[0])
                    spare = reached - program.row_lower[row] if weight > 0 else program.row_upper[row] - reached
                    x[paid] -= min(x[paid], max(0.0, spare / abs(weight)))
        return dataclasses.replace(result, x=x)

    @functools.cached_property
    def _by_column(self) -> sp.csc_array:
        return sp.csc_array(self.recourse.program.matrix)

    def lacking(self, x: np.ndarray, answer: np.ndarray) -> list[tuple[Restoring, float]]:
        """What is lacking of each thing to restore, t, under the base plan ``x`` (n_base,) in a solution of the recourse."""
        left = self.rows @ answer[: self.rows.shape[1]]
        short = self.wanted @ x + self.constants - left
        return [(r, float(t)) for r, t in zip(self.restorings, short, strict=True) if t > SMALLEST_T]


def _joined(names: Sequence[str], more: list[str]) -> Names:
    """Names, and then more; those of the first are written when they are asked for."""
    return Names(len(names) + len(more), lambda k: names[k] if k < len(names) else more[k - len(names)])


SMALLEST_T = 1e-9
"""Tonnes that are rounding."""


def _matrix(rows: list[dict[int, float]], columns: int) -> sp.csr_array:
    """Rows by column and weight, (rows, columns)."""
    data = [w for row in rows for w in row.values()]
    col = [k for row in rows for k in row]
    row = [n for n, r in enumerate(rows) for _ in r]
    return sp.csr_array((data, (row, col)), shape=(len(rows), columns))


class CostProbe(Probe):
    """One pattern's recourse with restoring, reduced and kept hot: what the crisis costs under a base plan, and the cut that follows."""

    def __init__(self, tied: Tied, same_months: tuple[sp.csr_array, float], options: SolverOptions) -> None:
        recourse = self.recourse = tied.recourse
        self.spent, self.spent_constant = same_months
        program = _shortage_priced(recourse)
        if recourse.pattern.cutoff.must_survive:
            cost = program.cost.copy()
            cost[recourse.missing] = DEARER * max(1e-3, float(np.abs(program.cost).max(initial=0.0)))
            program = dataclasses.replace(program, cost=cost)
        reduced, columns = reduce(program, recourse.linked)
        place = {int(column): k for k, column in enumerate(columns)}
        self._handed = np.array([place[int(column)] for column in recourse.linked], dtype=np.int64)
        self._program = reduced
        self._hot = HotProgram(reduced, options)

    def floor(self, position: int) -> Cut:
        """What the crisis costs at the least, whatever the base plan hands over: a cut that is there from the first."""
        self._hot.set_column_bounds(self._program.column_lower, self._program.column_upper)
        result = self._hot.solve()
        if result.status is Status.INTERRUPTED:
            raise Interrupted
        least = float(result.objective) if result.status is Status.OPTIMAL else LEAST_USD_M
        least -= max(1.0, abs(least)) * NEARLY
        return Cut(position, f"least crisis cost of {self.recourse.name}", sp.csr_array(-self.spent), self.spent_constant - least, 0.0)

    def cut(self, x: np.ndarray, position: int = 0) -> Cut:
        """The cut at a base plan ``x`` (n_base,); its ``missing_t`` is what the crisis costs there, million USD."""
        recourse = self.recourse
        handed = recourse.handed(x)
        value, slope = self.lacks(handed)
        row = sp.csr_array(sp.csr_array(sp.csr_array(slope.reshape(1, -1)) @ recourse.links) - self.spent)
        most = float(slope @ handed - value - slope @ recourse.constants) + self.spent_constant
        cost = value - float((self.spent @ x)[0]) - self.spent_constant
        return Cut(position, f"crisis cost of {recourse.name}", row, most, cost)


class CrisisMaster(Master):
    """A master with the crisis cost of counted patterns, million USD, in the columns behind what patterns may lack.

    Behind these: the cost from which on a crisis is one of the worst, by how much each is beyond it, and by how much budgets may be
    passed (0 unless that is the question). Budgets are asked for by `impose`. There what the plan spends in the same months counts
    no higher than in the plan without budgets: else a plan could keep them by wasting money in the months that a crisis is compared with.
    """

    def __init__(self, base: Program, patterns: int, options: SolverOptions, counted: list[Counted], settings: Settings) -> None:
        self.counted = counted
        self.first = patterns
        self.level, self.cvar_budget = settings.crisis_cvar_level, settings.crisis_cvar_budget_usd_m
        self.worst = [k for k, c in enumerate(counted) if c.share > 0] if self.cvar_budget is not None else []
        self._spent: list[tuple[sp.csr_array, float]] = []
        self._most = np.zeros(len(counted))
        self._asks_beyond = False
        super().__init__(base, patterns + len(counted) + 2 + len(self.worst), options)
        n, many = base.columns + patterns, len(counted)
        cost, lower, upper = self.program.cost.copy(), self.program.column_lower.copy(), self.program.column_upper.copy()
        lower[n : n + many], upper[n : n + many] = -np.inf, np.inf
        cost[n : n + many] = [c.weight for c in counted]
        self._start_anew(dataclasses.replace(self.program, cost=cost, column_lower=lower, column_upper=upper))

    def _start_anew(self, program: Program) -> None:
        self.program = program
        self._hot = HotProgram(program.relaxed(), dataclasses.replace(self.options, lp_method="simplex"))

    def impose(self, spent: list[tuple[sp.csr_array, float]], reference: np.ndarray, beyond: bool) -> None:
        """Append the budgets. ``spent``: what the base plan spends in the months of each counted pattern; ``reference`` (n_base,): the plan
        without budgets; ``beyond``: the question is by how much they must be passed."""
        n, many = self.base.columns + self.first, len(self.counted)
        at_risk, over, excess = n + many, n + many + 1, n + many + 1 + len(self.worst)
        self._spent = spent
        self._most = np.array([float((row @ reference)[0]) + constant for row, constant in spent])
        self._asks_beyond = beyond
        cost, lower, upper = self.program.cost.copy(), self.program.column_lower.copy(), self.program.column_upper.copy()
        lower[at_risk], upper[at_risk] = -np.inf, np.inf
        upper[over:excess] = np.inf
        if beyond:
            cost[:] = 0.0
            cost[excess], upper[excess] = 1.0, np.inf
        self._start_anew(
            dataclasses.replace(
                self.program, cost=cost, column_lower=lower, column_upper=upper, offset=0.0 if beyond else self.program.offset
            )
        )
        rows: list[dict[int, float]] = []
        most: list[float] = []
        for k, c in enumerate(self.counted):
            if c.budget is not None:
                self._ask(rows, most, k, {n + k: 1.0, excess: -1.0}, c.budget)
        for j, k in enumerate(self.worst):
            self._ask(rows, most, k, {n + k: 1.0, at_risk: -1.0, over + j: -1.0}, 0.0)
        if self.worst:
            whole = sum(self.counted[k].share for k in self.worst) * (1 - self.level)
            rows.append({at_risk: 1.0, excess: -1.0, **{over + j: self.counted[k].share / whole for j, k in enumerate(self.worst)}})
            most.append(float(self.cvar_budget or 0.0))
        if rows:
            self._keep_to(_matrix(rows, self.program.columns), np.array(most))

    def _ask(self, rows: list[dict[int, float]], most: list[float], k: int, row: dict[int, float], limit: float) -> None:
        """Ask for a limit on a crisis cost, and on it were the plan to spend in the same months what it would without budgets."""
        spent, constant = self._spent[k]
        rows += [row, {**dict(zip(map(int, spent.indices), map(float, spent.data), strict=True)), **row}]
        most += [limit, limit + self._most[k] - constant]

    def beyond(self, base: np.ndarray, cost: np.ndarray) -> np.ndarray:
        """Which of the counted patterns, (k,), are beyond their budgets at a base plan (n_base,) where their crises cost ``cost`` (k,);
        where the question is by how much, all that have a budget."""
        if not self._spent:
            return np.zeros(len(cost), dtype=bool)
        spent = np.array([float((row @ base)[0]) + constant for row, constant in self._spent])
        counted = cost + np.maximum(0.0, spent - self._most)
        budgets = np.array([np.inf if c.budget is None else c.budget for c in self.counted])
        found: np.ndarray = np.isfinite(budgets) if self._asks_beyond else counted > budgets + NEARLY * np.maximum(1.0, np.abs(budgets))
        if self.cvar_budget is not None:
            reached = mean_of_worst([(counted[k], self.counted[k].share) for k in self.worst], self.level)
            if self._asks_beyond or (reached is not None and reached > self.cvar_budget + NEARLY * max(1.0, abs(self.cvar_budget))):
                found[self.worst] = True
        return found

    def _keep_to(self, matrix: sp.csr_array, most: np.ndarray) -> None:
        """Append rows ``matrix`` (k, n) <= ``most``."""
        self._hot.add_rows(matrix, np.full(len(most), -np.inf), most, [f"crisis budget {k}" for k in range(len(most))])
        self._tightened = np.concatenate([self._tightened, np.zeros(len(most))])
        self.program = dataclasses.replace(
            self._hot.program,
            integer=self.program.integer,
            cost=self.program.cost,
            column_lower=self.program.column_lower,
            column_upper=self.program.column_upper,
        )


def over_budget(result: Result) -> OverBudget:
    """What to say where no plan keeps the budgets: ``result`` is that of the master that may pass them. Raises ``NumericalTrouble``."""
    if result.x is None:
        raise NumericalTrouble("the least crisis budget that a plan can keep could not be found")
    return OverBudget(
        f"plans survive, but none keeps the crisis budgets: they would have to be {result.objective:,.6g} million USD higher at the least"
    )
