"""Laws that hold whatever the figures: more options never cost more, more to survive never costs less, money scales.

With hard survival and no probabilities they are theorems (here: exact optima of the extensive form).
"""

from __future__ import annotations

import dataclasses
import math
import random
from typing import Any

import pytest
from random_cases import random_case
from small_cases import change, least_cost

from models.case import Case, CutOff

SEEDS = [11, 12, 13, 14]
MANY = pytest.mark.slow


def no_dearer(cost: float, than: float) -> bool:
    return cost <= than * (1 + 1e-8) + 1e-9 or than == math.inf


def without_minimums(case: Case) -> Case:
    lines = tuple(change(line, min_t_per_yr=0.0, min_share=0.0) for line in case.contract_lines)
    return change(case, contract_lines=lines)


def each(case: Case, sheet: str, **changes: Any) -> Case:
    return change(case, **{sheet: tuple(change(row, **changes) for row in getattr(case, sheet))})


def options_taken_away(seed: int) -> None:
    """P1"""
    case = random_case(seed)
    full = least_cost(case)
    offers = tuple(c for c in case.contracts if c.status != "on offer")
    kept = {c.contract for c in offers}
    poorer = (
        change(case, contracts=offers, contract_lines=tuple(line for line in case.contract_lines if line.contract in kept)),
        change(case, plants=tuple(p for p in case.plants if p.status != "candidate")),
        change(case, sources=tuple(s for s in case.sources if s.source != "market")),
        change(case, sales=()),
    )
    for less in poorer:
        assert no_dearer(full, least_cost(less)), seed


def more_to_survive(seed: int) -> None:
    """P2"""
    case = random_case(seed)
    extra = CutOff(cutoff="other", countries=("elsewhere",), severity=0.8, months=2, first_start=case.cutoffs[0].first_start)
    free = change(case, cutoffs=tuple(change(c, must_survive=False) for c in case.cutoffs))
    assert no_dearer(least_cost(free), least_cost(case)), seed
    assert no_dearer(least_cost(case), least_cost(change(case, cutoffs=(*case.cutoffs, extra)))), seed


def harsher_cuts(seed: int) -> None:
    """P3"""
    case = without_minimums(random_case(seed))
    costs = [least_cost(each(case, "cutoffs", severity=severity)) for severity in (0.3, 0.6, 0.9)]
    assert no_dearer(costs[0], costs[1]), seed
    assert no_dearer(costs[1], costs[2]), seed
    wider = each(case, "cutoffs", elements=())
    assert no_dearer(least_cost(case), least_cost(wider)), seed
    served = [least_cost(each(case, "demands", service_level=level)) for level in (0.5, 1.0)]
    assert no_dearer(*served), seed


def tighter_limits(seed: int) -> None:
    """P4"""
    case = random_case(seed)
    cost = least_cost(case)
    for sheet, changes in (("stocks", {"capacity_t": 8.0}), ("plants", {"max_units": 1}), ("sources", {"spot_share": 0.0})):
        rows = tuple(
            change(row, **changes) if sheet != "stocks" or row.capacity_t is None or row.capacity_t > 8 else row
            for row in getattr(case, sheet)
        )
        assert no_dearer(cost, least_cost(change(case, **{sheet: rows}))), (seed, sheet)


def amounts(record: type) -> list[str]:
    """Columns of a sheet whose unit is money; a rate between currencies is none."""
    return [c.name for c in dataclasses.fields(record) if "USD" in c.metadata["unit"] and not c.metadata["unit"].startswith("USD per")]


def in_money(case: Case, factor: float) -> Case:
    """The case in another currency: every amount on every sheet scaled, assumptions that an amount cites too."""
    cited = set()
    for field in dataclasses.fields(case):
        names = amounts(field.metadata["record"])
        if field.name == "settings" or not names:
            continue
        rows = []
        for row in getattr(case, field.name):
            values = {n: getattr(row, n) for n in names}
            cited |= {v for v in values.values() if isinstance(v, str)}
            rows.append(change(row, **{n: v * factor for n, v in values.items() if isinstance(v, (int, float))}))
        case = change(case, **{field.name: tuple(rows)})
    scaled = tuple(change(a, value=a.value * factor) if a.assumption in cited else a for a in case.assumptions)
    return change(case, assumptions=scaled)


def money_scales(seed: int) -> None:
    """P5"""
    case = random_case(seed)
    assert least_cost(in_money(case, 3.5)) == pytest.approx(3.5 * least_cost(case), rel=1e-8), seed


def order_does_not_matter(seed: int) -> None:
    """P6"""
    case, draw = random_case(seed), random.Random(seed)
    sheets = {
        f.name: tuple(draw.sample(getattr(case, f.name), len(getattr(case, f.name))))
        for f in dataclasses.fields(case)
        if f.name != "settings"
    }
    assert least_cost(change(case, **sheets)) == pytest.approx(least_cost(case), rel=1e-8), seed


LAWS = (options_taken_away, more_to_survive, harsher_cuts, tighter_limits, money_scales, order_does_not_matter)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Any) -> None:
    """P1 to P6 on four random cases."""
    for seed in SEEDS:
        law(seed)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_on_many(law: Any) -> None:
    """P1 to P6 on fifteen more."""
    for seed in range(3_000, 3_015):
        law(seed)


def test_money_is_found_on_the_sheets_that_have_any() -> None:
    """What is scaled is read from the units: prices, plants, stores, contracts are among it, and names are not."""
    case = random_case(0)
    found = {field.name: set(amounts(field.metadata["record"])) for field in dataclasses.fields(case)}
    assert {"usd_per_kg"} <= found["prices"]
    assert {"capex_usd_m", "fixed_opex_usd_m_per_yr", "variable_opex_usd_per_kg"} <= found["plants"]
    assert {"storage_usd_per_t_yr", "handling_usd_per_t"} <= found["stocks"]
    assert {"upfront_usd_m"} <= found["contracts"]
    assert found["elements"] == found["compositions"] == set()
