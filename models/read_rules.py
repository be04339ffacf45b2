"""Solved values -> what the planner's own rules ask and what the plan does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from models.case import Fix
from models.commitments import counts, fixes
from models.plan import PlannerRule
from models.run import Study

Values = Mapping[str, Mapping[Any, float]]
"""Value by component name and index; what is absent is zero."""

WORDS = {
    "contract": ("signatures of {name}", "signatures"),
    "plant": ("units of {name} decided", "units"),
    "size": ("capacity of {name} decided", "t/yr"),
    "programme": ("starts of {name}", "starts"),
    "purchase": ("bought from {name}", "t REO"),
    "lifting": ("lifted under {name}", "t REO"),
    "processing": ("put through {name}", "t REO"),
    "cell": ("cells of {name} decided", "cells"),
    "financing": ("{name} put up", "financings"),
    "running": ("{name} runs", "yes: 1"),
    "sale": ("{name} sold", "t REO"),
    "disposal": ("{name} disposed of", "t REO"),
    "route": ("shipped along {name}", "t REO"),
    "stock": ("stock in {name}", "t REO"),
}
"""What a fix is about and its unit, in words, by kind of decision."""


ValueOf = Callable[[Any], float]
"""Value of a variable of the base plan."""

SMALLEST_T = 1e-6
"""Tonnes a year below which nothing is delivered."""


def read_rules(model: Any, values: Values, value_of: ValueOf) -> tuple[PlannerRule, ...]:
    """Every rule of the planner's own, in the order of the workbook; a ceiling by year, element and country that delivers."""
    study = model.run.study
    return (
        *_fixes(study, values),
        *_ceilings(model, study, value_of),
        *_counts(model, study, value_of),
        *_budgets(model, study, value_of),
    )


def _sum(terms: Iterable[tuple[float, Any]], value_of: ValueOf) -> float:
    return sum(weight * value_of(variable) for weight, variable in terms)


def _ceilings(model: Any, study: Study, value_of: ValueOf) -> Iterator[PlannerRule]:
    for key, (own, everything) in sorted(model.deliveries.items(), key=lambda item: item[0][0]):
        n, country, element, year = key
        ceiling = study.case.ceilings[n - 1]
        given, total = _sum(own, value_of), _sum(everything, value_of)
        if given > SMALLEST_T:
            yield PlannerRule(
                sheet="Ceilings",
                row=n,
                rule=f"{element} as {ceiling.form} from {country}",
                when=str(year),
                sense="at most",
                limit=100 * ceiling.max_share,
                reached=100 * given / total,
                unit="% of all from abroad",
                beyond_t=max(0.0, value_of(model.excess_t[key])) if key in model.EXCESSES else 0.0,
            )


def _counts(model: Any, study: Study, value_of: ValueOf) -> Iterator[PlannerRule]:
    h = study.horizon
    for n, count in enumerate(study.case.counts, 1):
        reached = counts.standing(study, count) + sum(value_of(v) for v in counts.taken(model, study, n, count))
        inside = counts.months(study, count)
        whole = len(inside) == h.months or not inside
        for sense, limit in (("at least", count.at_least), ("at most", count.at_most)):
            if limit is not None:
                yield PlannerRule(
                    sheet="Counts",
                    row=n,
                    rule=count.rule,
                    when="whole plan" if whole else f"{h.date(inside[0])} to {h.date(inside[-1])}",
                    sense=sense,
                    limit=limit,
                    reached=round(reached, 6),
                    unit="taken",
                )


def _budgets(model: Any, study: Study, value_of: ValueOf) -> Iterator[PlannerRule]:
    for (n, year), terms in model.spent.items():
        budget = study.case.budgets[n - 1]
        yield PlannerRule(
            sheet="Budgets",
            row=n,
            rule=f"{budget.budget}: {budget.counts}",
            when=str(year),
            sense="at most",
            limit=budget.usd_m,
            reached=_sum(terms, value_of),
            unit="million USD",
        )


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
