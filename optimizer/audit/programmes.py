"""Programmes: may they be started as the plan says, how far have they come, and what do they replace and cost?"""

from __future__ import annotations

import collections
import math
from collections.abc import Iterator, Mapping

from models.case import Programme, Source
from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.rows import Run
from optimizer.audit.verdict import SUMMED_UP, Ledger


class Starts:
    """The programmes that the plan starts: (month of decision) by programme."""

    def __init__(self, book: Book, plan: Plan, ledger: Ledger) -> None:
        """A start names a candidate, once, on a decision date within its window; its first effect is its lead time later, inside the
        horizon; at most one of an exclusive group, and what it requires is in force or was decided no later.
        """
        self._book = book
        self.decided: dict[str, int] = {}
        clock, rows = book.clock, book.programmes
        for row in plan.programme_starts:
            programme, name = rows.get(row.programme), (row.programme,)
            known = programme is not None and programme.status == "candidate"
            ledger.holds("names", known, SUMMED_UP, None, ("programme", *name), "a candidate of the case", row.programme)
            if programme is None or not known:
                continue
            ledger.holds("programmes", row.programme not in self.decided, SUMMED_UP, None, name, "one start", "a second one")
            decided = clock.month(row.decided)
            self.decided[row.programme] = decided
            every = book.case.settings.decision_every_months
            ledger.holds(
                "decision-date",
                decided >= 0 and decided % every == 0,
                SUMMED_UP,
                decided,
                name,
                f"every {every} months",
                f"month {decided}",
            )
            opens, closes = clock.month_or(programme.decide_from, 0), clock.month_or(programme.decide_to, clock.horizon - 1)
            ledger.holds(
                "decision-window", opens <= decided <= closes, SUMMED_UP, decided, name, f"months {opens} to {closes}", f"month {decided}"
            )
            effect = decided + programme.lead_months
            shown = clock.month(row.first_effect)
            ledger.holds("lead-time", shown == effect, SUMMED_UP, decided, name, f"month {effect}", f"month {shown}")
            ledger.holds("horizon", effect < clock.horizon, SUMMED_UP, effect, name, "first effect inside the horizon", "after it")
            spent = programme.capex_usd_m * self._book.risen(decided)
            ledger.equal("stated-figures", row.capex_usd_m, spent, SUMMED_UP, None, (*name, "capex_usd_m"))
        self._check_together(ledger)

    def _check_together(self, ledger: Ledger) -> None:
        """Groups and requirements."""
        rows = self._book.programmes
        groups = collections.Counter(rows[name].exclusive_group for name in self.decided if rows[name].exclusive_group)
        for group, number in groups.items():
            ledger.at_most("exclusive-group", number, 1, SUMMED_UP, None, ("programmes", group))
        for name, decided in self.decided.items():
            for needed in rows[name].requires:
                there = rows[needed].status == "in force" or self.decided.get(needed, math.inf) <= decided
                ledger.holds("programmes", there, SUMMED_UP, decided, (name, needed), "what it requires, no later", "not started by then")

    def come(self, programme: Programme, run: Run, m: int) -> float:
        """Share of its full effect that a programme has in month ``m`` of a run.

        A candidate started before the cut, and one in force, by year from the first month of effect; a contingency in a cut alone, by
        month from its lead after the beginning of the cut.
        """
        steps = programme.ramp_pct
        if programme.status == "contingency":
            step = math.inf if run.cut is None else m - run.begins - programme.lead_months
            return steps[int(min(step, len(steps) - 1))] / 100 if 0 <= step < math.inf else 0.0
        if programme.status == "in force":
            if programme.online is None:
                return steps[-1] / 100
            first = self._book.clock.month(programme.online)
        else:
            decided = self.decided.get(programme.programme, math.inf)
            if decided >= run.begins:
                return 0.0
            first = int(decided) + programme.lead_months
        return steps[min((m - first) // 12, len(steps) - 1)] / 100 if m >= first else 0.0

    def opened(self, source: Source, run: Run, m: int) -> float:
        """Share of a source that its programme opens in a month; all of one that names none."""
        return self.come(self._book.programmes[source.programme], run, m) if source.programme else 1.0

    def costs(self, slots: list[tuple[int, int]], charged: list[tuple[int, int]]) -> Iterator[tuple[str, tuple[int, int], float]]:
        """(term, period, amount): what starts cost in ``charged``, an annuity of what is spent, as risen to the decision and compounded to
        the first effect, over the life from there, and the fixed cost from there on, rising; the fixed cost of what is in force in
        ``slots``.
        """
        clock, risen = self._book.clock, self._book.risen
        for row in self._book.programmes.values():
            if row.status == "in force":
                first = clock.month_or(row.online, 0)
                for slot in slots:
                    yield "programmes", slot, row.fixed_usd_m_per_yr * risen(slot[0]) * max(0, sum(slot) - max(slot[0], first)) / 12
            elif row.programme in self.decided:
                first = self.decided[row.programme] + row.lead_months
                capital = row.capex_usd_m * risen(self.decided[row.programme]) * (1 + clock.rate) ** (row.lead_months / 12)
                per_year = capital / row.life_years
                if clock.rate:
                    per_year = capital * clock.rate / (1 - (1 + clock.rate) ** -row.life_years)
                for slot in charged:
                    runs = max(0, sum(slot) - max(slot[0], first))
                    pays = max(0, min(sum(slot), first + 12 * row.life_years) - max(slot[0], first))
                    yield "programmes", slot, (per_year * pays + row.fixed_usd_m_per_yr * risen(slot[0]) * runs) / 12


def check_replaced(book: Book, starts: Starts, run: Run, ledger: Ledger) -> None:
    """Replaced <= share affected x demand, month by month as far as the programme has come. Limit and use that rows show are the
    audit's own.
    """
    for key, effect in book.effects.items():
        programme = book.programmes[key[0]]
        wanted = book.wanted[key[1:]]
        for first, months in run.slots:
            span = range(first, first + months)
            limit = effect.share_affected * math.fsum(wanted[m] * starts.come(programme, run, m) for m in span)
            replaced = run.replaced.get((key, first), 0.0)
            ledger.at_most("replaced", replaced, limit, run.name, first, key)
            row = run.stated["replaced"].get((key, first))
            if row is not None:
                used = replaced * math.fsum(tonnes for _, tonnes in book.instead[key])
                ledger.equal("stated-figures", row.limit_t, limit, run.name, first, (*key, "limit_t"))
                ledger.equal("stated-figures", row.used_t, used, run.name, first, (*key, "used_t"))


def replaced_by_demand(run: Run) -> Mapping[tuple[tuple[str, str, str], int], float]:
    """Demand that all programmes together replace, by demand and period (t REO)."""
    found: dict[tuple[tuple[str, str, str], int], float] = collections.defaultdict(float)
    for (key, period), tonnes in run.replaced.items():
        found[key[1:], period] += tonnes
    return found
