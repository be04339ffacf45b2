"""What crises cost, as rows of the plan: by pattern, by cut-off, expected by year, and what is restored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from models.case import CutOff
from models.crisis import chance, discount, months_stood_for, usd_m
from models.plan import Cost, CrisisCost, Restored
from models.plan import Pattern as PatternRow
from models.run import Study
from models.survival import Pattern
from optimizer.crisis import Parts, mean_of_worst, shares


def of_pattern(parts: Parts) -> dict[str, float]:
    """The fields of a pattern's row that are about its crisis cost."""
    return {
        "recourse_usd_m": parts.recourse_usd_m,
        "restoring_usd_m": parts.restoring_usd_m,
        "base_usd_m": parts.base_usd_m,
        "crisis_usd_m": parts.crisis_usd_m,
    }


def restored_rows(run: str, parts: Parts) -> list[Restored]:
    """What is restored after a crisis."""
    return [
        Restored(
            run=run,
            what="stock" if r.is_stock else "minimum",
            name=r.name[0],
            of=r.name[1],
            year="" if r.is_stock else str(r.name[2]),
            tonnes_t=tonnes,
            usd_per_kg=r.usd_per_kg,
            usd_m=usd_m(r) * tonnes,
        )
        for r, tonnes in parts.restored
    ]


def _known(study: Study, cutoffs: Iterable[CutOff], patterns: Sequence[PatternRow]) -> list[tuple[Pattern, float]]:
    """The patterns that stand for months of the plan and whose crisis cost is known."""
    rows = {c.cutoff: c for c in cutoffs}
    found = [(Pattern(rows[p.cutoff], study.horizon.month_of(p.start, 0)), p.crisis_usd_m) for p in patterns if p.cutoff in rows]
    return [(pattern, cost) for pattern, cost in found if cost is not None and months_stood_for(study, pattern) > 0]


def expected_costs(study: Study, cutoffs: Iterable[CutOff], patterns: Sequence[PatternRow]) -> tuple[Cost, ...]:
    """What crises are expected to cost, by the calendar year in which they begin."""
    discounted: dict[int, float] = defaultdict(float)
    plain: dict[int, float] = defaultdict(float)
    for pattern, cost in _known(study, cutoffs, patterns):
        if expected := chance(study, pattern) * cost:
            year = study.horizon.year(pattern.start)
            plain[year] += expected
            discounted[year] += expected * discount(study, pattern)
    return tuple(Cost(term="expected_crisis", year=y, usd_m=discounted[y], undiscounted_usd_m=plain[y]) for y in sorted(plain))


def crisis_costs(study: Study, cutoffs: Iterable[CutOff], patterns: Sequence[PatternRow]) -> tuple[CrisisCost, ...]:
    """What the crises of each cut-off cost of which some are known."""
    known: dict[str, list[tuple[Pattern, float]]] = defaultdict(list)
    for pattern, cost in _known(study, cutoffs, patterns):
        known[pattern.cutoff.cutoff].append((pattern, cost))
    level = study.case.settings.crisis_cvar_level
    told = {p.cutoff for p in patterns if p.crisis_usd_m is not None}
    return tuple(_of_cutoff(study, cutoff, known[cutoff.cutoff], level) for cutoff in cutoffs if cutoff.cutoff in told)


def _of_cutoff(study: Study, cutoff: CutOff, known: list[tuple[Pattern, float]], level: float) -> CrisisCost:
    weighed = [(cost, float(months_stood_for(study, pattern))) for pattern, cost in known]
    whole = sum(months for _, months in weighed)
    dearest = max(known, key=lambda k: k[1], default=None)
    return CrisisCost(
        cutoff=cutoff.cutoff,
        annual_probability=cutoff.annual_probability,
        starts=len(known),
        least_usd_m=min((cost for cost, _ in weighed), default=None),
        mean_usd_m=sum(cost * months for cost, months in weighed) / whole if whole else None,
        most_usd_m=dearest[1] if dearest else None,
        dearest_start=study.horizon.date(dearest[0].start) if dearest else None,
        worst_usd_m=mean_of_worst(weighed, level),
        budget_usd_m=cutoff.crisis_budget_usd_m,
        expected_usd_m=sum(chance(study, p) * discount(study, p) * cost for p, cost in known),
    )


def crisis_summary(study: Study, cutoffs: Iterable[CutOff], patterns: Sequence[PatternRow]) -> dict[str, Any]:
    """What the summary says of crisis costs."""
    known = _known(study, cutoffs, patterns)
    part = shares(study, [pattern for pattern, _ in known]) if known else {}
    weighed = [(cost, part.get((pattern.cutoff.cutoff, pattern.start), 0.0)) for pattern, cost in known]
    return {
        "expected_crisis_usd_m": sum(chance(study, p) * discount(study, p) * cost for p, cost in known),
        "crisis_cvar_usd_m": mean_of_worst(weighed, study.case.settings.crisis_cvar_level),
    }
