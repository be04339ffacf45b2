"""Solved values -> what the planner's own rules ask and what the plan does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.case import Fix
from models.commitments import fixes
from models.plan import PlannerRule
from models.run import Study

Values = Mapping[str, Mapping[Any, float]]
"""Value by component name and index; what is absent is zero."""

WORDS = {
    "contract": ("signatures of {name}", "signatures"),
    "plant": ("units of {name} decided", "units"),
    "purchase": ("bought from {name}", "t REO"),
    "lifting": ("lifted under {name}", "t REO"),
    "processing": ("put through {name}", "t REO"),
    "stock": ("stock in {name}", "t REO"),
}
"""What a fix is about and its unit, in words, by kind of decision."""


def read_rules(study: Study, values: Values) -> tuple[PlannerRule, ...]:
    """Every rule of the planner's own, in the order of the workbook."""
    return tuple(_fixes(study, values))


def _fixes(study: Study, values: Values) -> Iterator[PlannerRule]:
    for n, fix in enumerate(study.case.fixes, 1):
        found = [
            concern.constant
            + sum(weight * values.get(name.rpartition(".")[2], {}).get(index, 0.0) for (name, index), weight in concern.weights.items())
            for concern in fixes.concerns(study, fix)
        ]
        sense = fixes.SENSES[fix.action]
        words, unit = WORDS[fix.decision]
        yield PlannerRule(
            sheet="Fixes",
            row=n,
            rule=about(fix, words),
            when=when(fix),
            sense=sense,
            limit=fixes.limit(fix),
            reached=max(found, default=0.0) if sense == "at most" else min(found, default=0.0),
            unit=unit,
        )


def about(fix: Fix, words: str) -> str:
    """What a fix is about, in words."""
    what = " ".join(part for part in (fix.material, fix.form) if part)
    return words.format(name=fix.name) + (f" of {what}" if what else "")


def when(fix: Fix) -> str:
    """The month or year of a fix; for a stock without either every period's end."""
    if fix.month is not None:
        return str(fix.month)
    if fix.year is not None:
        return str(fix.year)
    return "every period's end" if fix.decision == "stock" else "whole plan"
