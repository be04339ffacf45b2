"""What the audit says: findings, worst first, and how many comparisons stand behind them."""

from __future__ import annotations

import collections
import dataclasses
import heapq
from collections.abc import Mapping

from models.columns import Month

TOLERANCE = 1e-6
"""Largest violation that passes: relative, and never finer than 1e-6 t on masses (`Ledger`)."""

UNMEASURABLE = 1e300
"""Violation given to a figure that is not a finite number."""

KEPT_PER_RULE = 20
"""So many findings of one rule are kept; the rest is only counted."""

SUMMED_UP = "the plan"
"""Run named in findings that concern no single run."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule.

    ``where`` is (run, period, name): the run, the month as ``YYYY-MM`` (empty: none), the row's name. ``violation`` is the
    excess over what the rule allows, relative to the size of what is compared (at least 1 t); 1 where a rule is of yes or no.
    """

    rule: str
    where: tuple[str, str, str]
    expected: float | str
    found: float | str
    violation: float

    def __str__(self) -> str:
        """The finding in one line."""
        place = " ".join(part for part in self.where if part)
        return f"{self.rule}: {place}: expected {_shown(self.expected)}, found {_shown(self.found)} (violation {self.violation:.3g})"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Outcome of an audit.

    ``findings`` are worst first, at most `KEPT_PER_RULE` of each rule; ``more`` counts those not kept, by rule.
    ``largest_violation`` is the largest of all comparisons, those within the tolerance included. ``cost_usd_m`` is the cost
    that the audit computed itself (million USD, discounted). ``checks`` counts the comparisons made, by rule.
    """

    passed: bool
    findings: tuple[Finding, ...]
    more: Mapping[str, int]
    largest_violation: float
    cost_usd_m: float
    checks: Mapping[str, int]


class Ledger:
    """Takes every comparison of the audit: counts it, and keeps it where it fails.

    A *name* is a tuple of texts and a *period* a month number, so that nothing is formatted unless a rule is broken.
    """

    def __init__(self, start: Month, keep: int = KEPT_PER_RULE) -> None:
        """An empty ledger of a plan that begins in ``start``; ``keep`` findings are held per rule."""
        self._start = start
        self._keep = keep
        self._worst: dict[str, list[tuple[float, int, Finding]]] = collections.defaultdict(list)
        self._broken: collections.Counter[str] = collections.Counter()
        self.counts: collections.Counter[str] = collections.Counter()
        self.largest = 0.0

    def at_most(
        self,
        rule: str,
        found: float,
        limit: float,
        run: str,
        period: int | None,
        name: tuple[str, ...],
        scale: float = 0.0,
        floor: float = 1.0,
    ) -> None:
        """``found <= limit``, up to `TOLERANCE` of the larger of limit, ``scale`` and ``floor``."""
        self.counts[rule] += 1
        if found <= limit:
            return
        violation = (found - limit) / max(abs(limit), scale, floor)
        self._judge(rule, violation, limit, found, run, period, name)

    def at_least(
        self,
        rule: str,
        found: float,
        limit: float,
        run: str,
        period: int | None,
        name: tuple[str, ...],
        scale: float = 0.0,
        floor: float = 1.0,
    ) -> None:
        """``found >= limit``, up to `TOLERANCE` of the larger of limit, ``scale`` and ``floor``."""
        self.counts[rule] += 1
        if found >= limit:
            return
        violation = (limit - found) / max(abs(limit), scale, floor)
        self._judge(rule, violation, limit, found, run, period, name)

    def equal(
        self,
        rule: str,
        found: float,
        expected: float,
        run: str,
        period: int | None,
        name: tuple[str, ...],
        scale: float = 0.0,
        floor: float = 1.0,
    ) -> None:
        """``found == expected``, up to `TOLERANCE` of the larger of expected, ``scale`` and ``floor``."""
        self.counts[rule] += 1
        if found == expected:
            return
        violation = abs(found - expected) / max(abs(expected), scale, floor)
        self._judge(rule, violation, expected, found, run, period, name)

    def holds(
        self, rule: str, fact: bool, run: str, period: int | None, name: tuple[str, ...], expected: float | str, found: float | str
    ) -> None:
        """``fact`` is true; ``expected`` and ``found`` say in words or figures what was compared."""
        self.counts[rule] += 1
        if not fact:
            self._judge(rule, 1.0, expected, found, run, period, name)

    def close(self, cost_usd_m: float) -> Verdict:
        """The verdict: findings of all rules, worst first."""
        kept = sorted((entry for heap in self._worst.values() for entry in heap), key=lambda entry: (-entry[0], -entry[1]))
        more = {rule: count - len(self._worst[rule]) for rule, count in self._broken.items() if count > len(self._worst[rule])}
        return Verdict(not kept, tuple(entry[2] for entry in kept), more, self.largest, cost_usd_m, dict(self.counts))

    def _judge(
        self, rule: str, violation: float, expected: float | str, found: float | str, run: str, period: int | None, name: tuple[str, ...]
    ) -> None:
        """Keep a violation beyond the tolerance; what is not a finite number is the worst of all."""
        if not violation < UNMEASURABLE:
            violation = UNMEASURABLE
        self.largest = max(self.largest, violation)
        if violation <= TOLERANCE:
            return
        self._broken[rule] += 1
        heap = self._worst[rule]
        if len(heap) >= self._keep and violation <= heap[0][0]:
            return
        month = "" if period is None else str(self._start.plus(period))
        finding = Finding(rule, (run, month, " / ".join(name)), expected, found, violation)
        entry = (violation, -self._broken[rule], finding)
        if len(heap) < self._keep:
            heapq.heappush(heap, entry)
        else:
            heapq.heapreplace(heap, entry)


def _shown(value: float | str) -> str:
    """A figure with ten digits, a text as it is."""
    return value if isinstance(value, str) else f"{value:.10g}"
