"""What crises cost, from the rows of the base plan and of each recourse.

Crisis cost = recourse + restoring stocks (with cargo under way) and owed minimums - the base plan's operation in the same months,
undiscounted; behind the end of the plan months cost what its last twelve do. Expected: the chance per year x the twelfths of a
year that a start stands for, discounted as the period is.
"""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping

from models.case import CutOff
from models.plan import Pattern, Plan, Restored
from optimizer.audit.book import Book
from optimizer.audit.clock import Slot, arrivals
from optimizer.audit.decisions import Decisions
from optimizer.audit.materials import Commodity
from optimizer.audit.money import KILOGRAMS, SMALLEST_SHARE, operating_costs
from optimizer.audit.replacement import Replacement
from optimizer.audit.rows import Run
from optimizer.audit.settlements import Account, Settled, accounts_of, penalty
from optimizer.audit.shipping import lands, orders_of
from optimizer.audit.stores import Levels
from optimizer.audit.verdict import SUMMED_UP, Ledger

SMALL_T = 1e-6
"""Tonnes below which a restoring need not be listed."""

LONG = 1200
"""More months than any cargo is under way."""

Expected = tuple[int, float, float]
"""(calendar year, expected million USD undiscounted, discount factor)."""


@dataclasses.dataclass
class _Known:
    """A start whose crisis cost is known: month, months that it stands for, cost."""

    start: int
    months: int
    cost: float


def counts(book: Book, pattern: Pattern) -> bool:
    """Whether the cost of a pattern's crisis is part of what was decided: it has a chance, a budget, or is among those whose worst have."""
    row, active = book.cuts[pattern.cutoff].row, [cut.row for cut in book.cuts.values() if cut.row.active]
    in_worst = book.case.settings.crisis_cvar_budget_usd_m is not None and not any(other.annual_probability for other in active)
    return bool(row.annual_probability) or row.crisis_budget_usd_m is not None or in_worst


class Crises:
    """The audit of crisis costs of one plan."""

    def __init__(self, book: Book, made: Decisions, levels: Levels, base: Run, settled: Settled, plan: Plan, ledger: Ledger) -> None:
        """Spreads what the base plan's operation costs over its periods."""
        self._book, self._made, self._levels, self._base = book, made, levels, base
        self._settled, self._plan, self._ledger = settled, plan, ledger
        self._replacement = Replacement(book)
        self._paid = {(row.run, row.contract, row.source, row.year): row.unlifted_t for row in plan.unlifted}
        self._spent: dict[int, float] = collections.defaultdict(float)
        self._lengths = dict(base.slots)
        self._listed: dict[str, list[Restored]] = collections.defaultdict(list)
        for row in plan.restored:
            self._listed[row.run].append(row)
        for _, period, amount in operating_costs(book, base):
            self._spent[period] += amount
        for _, key, amount in settled.money:
            slots = settled.accounts[key].slots
            months = sum(length for _, length in slots)
            for first, length in slots:
                self._spent[first] += amount * length / months

    def check(self, runs: Mapping[str, Run], by_run: Mapping[str, Pattern]) -> list[Expected]:
        """All that the plan says of crisis costs. Returns what is expected."""
        known: dict[str, list[_Known]] = collections.defaultdict(list)
        for name, pattern in by_run.items():
            self._check_chance(name, pattern)
            if pattern.crisis_usd_m is None:
                stated = (pattern.restoring_usd_m, pattern.base_usd_m)
                self._ledger.holds(
                    "crisis-cost", stated == (None, None), name, None, ("parts",), "a crisis cost with its parts", "parts alone"
                )
                continue
            self._ledger.holds("crisis-cost", name in runs, name, None, ("recourse",), "the recourse that costs so much", "none")
            if name in runs:
                self._check_parts(runs[name], pattern)
            months = self._months(pattern)
            if months:
                known[pattern.cutoff].append(_Known(self._book.clock.month(pattern.start), months, pattern.crisis_usd_m))
        for name in self._listed:
            told = name in by_run and by_run[name].crisis_usd_m is not None
            self._ledger.holds("restored", told, name, None, ("restored",), "a pattern whose crisis cost is known", "none")
        self._check_summaries(known)
        return [e for cutoff in known for e in self._expected(cutoff, known[cutoff])]

    # By pattern

    def _months(self, pattern: Pattern) -> int:
        """Months that a start stands for: on a boundary those of the period that it begins, as far as the cut-off may start in them."""
        start, clock = self._book.clock.month(pattern.start), self._book.clock
        last = min(clock.horizon, clock.month_or(self._book.cuts[pattern.cutoff].row.last_start, clock.horizon))
        return max(0, min(start + self._lengths.get(start, 0), last + 1) - start)

    def _check_chance(self, name: str, pattern: Pattern) -> None:
        yearly = self._book.cuts[pattern.cutoff].row.annual_probability
        self._ledger.equal(
            "crisis-cost",
            pattern.expected_crises,
            yearly * self._months(pattern) / 12,
            name,
            None,
            ("expected_crises",),
            floor=SMALLEST_SHARE,
        )

    def _check_parts(self, run: Run, pattern: Pattern) -> None:
        ledger, total = self._ledger, math.fsum(self._restorings(run))
        spent = self._in_the_same_months(run)
        scale = max(abs(spent), abs(total), abs(pattern.recourse_usd_m or 0.0))
        for field, found, expected in (
            ("restoring_usd_m", pattern.restoring_usd_m, total),
            ("base_usd_m", pattern.base_usd_m, spent),
            ("crisis_usd_m", pattern.crisis_usd_m, (pattern.recourse_usd_m or 0.0) + total - spent),
        ):
            told = math.nan if found is None else found
            ledger.equal("crisis-cost", told, expected, run.name, None, (field,), scale=scale, floor=SMALLEST_SHARE)
        budget = self._book.cuts[pattern.cutoff].row.crisis_budget_usd_m
        if budget is not None and self._plan.summary.status in ("certified", "limit"):
            ledger.at_most("crisis-budget", pattern.crisis_usd_m or 0.0, budget, run.name, None, ("crisis_usd_m",), scale=scale)

    def _in_the_same_months(self, run: Run) -> float:
        """What the base plan's operation costs from the start to the end of a window."""
        begins, ends, horizon = run.begins, run.begins + len(run.slots), self._book.clock.horizon
        spent = math.fsum(self._share(slot, begins, ends) * self._spent[slot[0]] for slot in self._base.slots)
        last = min(12, horizon)
        after = max(0, ends - max(begins, horizon))
        yearly = math.fsum(self._share(slot, horizon - last, horizon) * self._spent[slot[0]] for slot in self._base.slots)
        return spent + yearly * after / last

    @staticmethod
    def _share(slot: Slot, begins: int, ends: int) -> float:
        """Share of a period that lies between two instants."""
        return max(0, min(sum(slot), ends) - max(slot[0], begins)) / slot[1]

    def _restorings(self, run: Run) -> Iterator[float]:
        """What restoring costs, thing by thing, each compared with its row."""
        listed = {(row.what, row.name, row.of, row.year): row for row in self._listed[run.name]}
        many = len(self._listed[run.name])
        self._ledger.holds("restored", len(listed) == many, run.name, None, ("restored",), f"{len(listed)} rows", f"{many} rows")
        for key, tonnes, usd in (*self._stocks(run), *self._minimums(run)):
            row = listed.pop(key, None)
            scale = max(1.0, tonnes)
            self._ledger.equal("restored", row.tonnes_t if row else 0.0, tonnes, run.name, None, key, scale=scale)
            if row is not None:
                self._ledger.equal("restored", row.usd_per_kg, usd, run.name, None, (*key, "usd_per_kg"))
                self._ledger.equal("restored", row.usd_m, tonnes * usd * KILOGRAMS, run.name, None, (*key, "usd_m"), floor=SMALLEST_SHARE)
            yield tonnes * usd * KILOGRAMS
        for key, row in listed.items():
            self._ledger.equal("restored", row.tonnes_t, 0.0, run.name, None, key)

    def _stocks(self, run: Run) -> Iterator[tuple[tuple[str, str, str, str], float, float]]:
        """Stocks by commodity, all stores together, with what was ordered in the window and is under way at its end."""
        ends, last = run.begins + len(run.slots), run.slots[-1][0]
        lacking: dict[Commodity, list[float]] = collections.defaultdict(list)
        for key in self._book.stocks:
            row = run.stocks.get((key, last))
            lacking[key[1], key[2]] += [self._levels.at(key, ends), -(row.level_t if row else 0.0)]
        for commodity, tonnes in self._under_way(run, ends):
            lacking[commodity].append(tonnes)
        for commodity, parts in lacking.items():
            usd = self._replacement.price(commodity, ends)
            if usd > 0:
                yield ("stock", *commodity, ""), max(0.0, math.fsum(parts)), usd

    def _under_way(self, run: Run, ends: int) -> Iterator[tuple[Commodity, float]]:
        """Cargo at the end of the window that was ordered in it: the base plan's, and, negative, the recourse's."""
        book, until = self._book, min(ends, self._book.clock.horizon)
        if not book.shipped:
            return
        for _, source, period, tonnes in orders_of(book, self._base):
            first = max(period, run.begins)
            months = min(period + self._lengths[period], until) - first
            if months > 0:
                part = sum(share for _, share in arrivals((first, months), book.shipped[source], [(until, LONG)]))
                for commodity, share in book.arrivals[source]:
                    yield commodity, tonnes * months / self._lengths[period] * part * share
        for contract, source, period, tonnes in orders_of(book, run):
            part = sum(share for _, share in arrivals((period, 1), book.shipped[source], [(ends, LONG)]))
            part *= lands(book, run, contract, source, period, ends)
            for commodity, share in book.arrivals[source]:
                yield commodity, -tonnes * part * share

    def _minimums(self, run: Run) -> Iterator[tuple[tuple[str, str, str, str], float, float]]:
        """What settlement years that the window touches still owe, with the base plan going on as it was outside it."""
        for account in accounts_of(self._book, self._made, run):
            whole = self._settled.accounts.get(account.key)
            if whole is not None and whole.due > 0:
                usd = penalty(self._book, account)
                if usd > 0:
                    yield ("minimum", *account.key[:2], str(account.key[2])), max(0.0, self._owed(run, account, whole)), usd

    def _owed(self, run: Run, account: Account, whole: Account) -> float:
        """The year's minimum, in the window as the recourse owes it, less what is lifted outside and in it and paid for."""
        contract, source, year = account.key
        window = range(run.begins, run.begins + len(run.slots))
        due = [account.due, whole.made_up]
        for right in self._made.rights_before(contract, run.begins):
            flow = self._book.limits.line_flow(contract, source, right.first)
            months = (m for first, length in whole.slots for m in right.months(first, length))
            due += [flow.least[m] for m in months if m not in window]
        had = [
            account.lifted,
            self._paid.get((run.name, contract, source, year), 0.0),
            self._paid.get(("base", contract, source, year), 0.0),
        ]
        for slot in whole.slots:
            outside = 1 - self._share(slot, window.start, window.stop)
            had.append(outside * self._base.lifted.get((contract, source, slot[0]), 0.0))
        return math.fsum(due) - math.fsum(had)

    # By cut-off, and in all

    def _expected(self, cutoff: str, known: Iterable[_Known]) -> Iterator[Expected]:
        yearly, clock = self._book.cuts[cutoff].row.annual_probability, self._book.clock
        for k in known:
            if yearly:
                yield clock.year(k.start), yearly * k.months / 12 * k.cost, clock.factor((k.start, k.months))

    def _check_summaries(self, known: Mapping[str, list[_Known]]) -> None:
        """The table by cut-off, and what the summary says of all."""
        ledger, level = self._ledger, self._book.case.settings.crisis_cvar_level
        rows = {row.cutoff: row for row in self._plan.crisis_costs}
        active = [cut.row for cut in self._book.cuts.values() if cut.row.active]
        wanted = {row.cutoff for row in self._plan.patterns if row.crisis_usd_m is not None}
        same = set(rows) == wanted and len(rows) == len(self._plan.crisis_costs)
        ledger.holds("crisis-cost", same, SUMMED_UP, None, ("crisis_costs",), str(sorted(wanted)), str(sorted(rows)))
        for row in active:
            if row.cutoff in rows:
                self._check_cutoff(row, known.get(row.cutoff, []), rows[row.cutoff], level)
        by_chance = any(row.annual_probability for row in active if known.get(row.cutoff))
        every = [(k.cost, k.months * (row.annual_probability if by_chance else 1)) for row in active for k in known.get(row.cutoff, ())]
        whole = math.fsum(factor * amount for cutoff in known for _, amount, factor in self._expected(cutoff, known[cutoff]))
        summary, worst = self._plan.summary, worst_mean(every, level)
        ledger.equal("crisis-cost", summary.expected_crisis_usd_m, whole, SUMMED_UP, None, ("expected_crisis_usd_m",), floor=SMALLEST_SHARE)
        self._same("crisis_cvar_usd_m", summary.crisis_cvar_usd_m, worst, SUMMED_UP)
        budget = self._book.case.settings.crisis_cvar_budget_usd_m
        if budget is not None and worst is not None and summary.status in ("certified", "limit"):
            ledger.at_most("crisis-budget", worst, budget, SUMMED_UP, None, ("crisis_cvar_usd_m",))

    def _check_cutoff(self, cutoff: CutOff, known: list[_Known], row: object, level: float) -> None:
        costs = [k.cost for k in known]
        months = sum(k.months for k in known)
        expected = math.fsum(amount * factor for _, amount, factor in self._expected(cutoff.cutoff, known))
        figures = {
            "annual_probability": cutoff.annual_probability,
            "starts": len(known),
            "least_usd_m": min(costs, default=None),
            "mean_usd_m": math.fsum(k.cost * k.months for k in known) / months if months else None,
            "most_usd_m": max(costs, default=None),
            "worst_usd_m": worst_mean([(k.cost, k.months) for k in known], level),
            "budget_usd_m": cutoff.crisis_budget_usd_m,
            "expected_usd_m": expected,
        }
        for field, figure in figures.items():
            self._same(field, getattr(row, field), figure, cutoff.cutoff)
        dearest = getattr(row, "dearest_start", None)
        at = {k.start: k.cost for k in known}
        told = math.nan if dearest is None else at.get(self._book.clock.month(dearest), math.nan)
        if costs:
            self._same("dearest_start", told, max(costs), cutoff.cutoff)
        else:
            self._ledger.holds("crisis-cost", dearest is None, cutoff.cutoff, None, ("dearest_start",), "none", str(dearest))

    def _same(self, field: str, told: float | None, figure: float | None, run: str) -> None:
        """A figure that may be empty."""
        if told is None or figure is None:
            self._ledger.holds("crisis-cost", told is None and figure is None, run, None, (field,), str(figure), str(told))
        else:
            self._ledger.equal("crisis-cost", told, figure, run, None, (field,), floor=SMALLEST_SHARE)


def worst_mean(costs: Iterable[tuple[float, float]], level: float) -> float | None:
    """Mean cost of the dearest part, 1 - level, of all crises, (cost, weight) each."""
    ranked = sorted((pair for pair in costs if pair[1] > 0), reverse=True)
    tail = (1 - level) * math.fsum(weight for _, weight in ranked)
    if tail <= 0:
        return None
    taken, parts = 0.0, []
    for cost, weight in ranked:
        part = min(weight, tail - taken)
        if part <= 0:
            break
        taken += part
        parts.append(cost * part)
    return math.fsum(parts) / taken
