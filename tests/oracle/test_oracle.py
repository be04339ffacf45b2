"""Brute force: every set of commitments tried with a second formulation gives the cost that the model, and the whole solve, give."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest
from random_cases import random_case, shipped_case
from second_formulation import cheapest, commitments
from small_cases import least_cost

from models.case import Case
from models.check import check
from optimizer.solve import SolveOptions, solve

FEW = 60
"""Sets of commitments up to which a case is tried by brute force here."""


def small(seeds: range) -> list[int]:
    """The seeds whose cases have few sets of commitments."""
    return [seed for seed in seeds if sum(1 for _ in commitments(random_case(seed))) <= FEW]


def agree(seeds: list[int]) -> None:
    """Extensive form and brute force cost the same, or both find that nothing survives."""
    for seed in seeds:
        assert least_cost(random_case(seed)) == pytest.approx(cheapest(random_case(seed)), rel=1e-7, abs=1e-9), seed


def test_random_cases_are_sound() -> None:
    """The cases that are compared are such as a planner could hand in: no errors."""
    assert [f for seed in range(20) for f in check(random_case(seed)) if f.severity == "error"] == []


def test_brute_force_agrees() -> None:
    """Eight random cases with contracts, plants, baskets, take-or-pay, two cut-offs."""
    agree(small(range(10))[:8])


def test_brute_force_agrees_on_shipping_tiers_and_orders() -> None:
    """Four random cases whose sources ship, ask more for more and charge for orders."""
    for seed in small(range(10))[:4]:
        assert least_cost(shipped_case(seed)) == pytest.approx(cheapest(shipped_case(seed)), rel=1e-6, abs=1e-9), seed


@pytest.mark.slow
def test_brute_force_agrees_on_many() -> None:
    """Sixty more."""
    seeds = small(range(1_000, 1_100))[:60]
    assert len(seeds) == 60
    agree(seeds)


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_the_whole_solve_agrees(seed: int) -> None:
    """The pipeline (cuts, patterns tested one by one, integers fixed at the end) answers within a ten-thousandth of brute force,
    certified."""
    plan = solve(random_case(seed), SolveOptions(relative_gap_pct=0.001))
    assert plan.summary.status == "certified"
    assert plan.summary.cost_usd_m == pytest.approx(cheapest(random_case(seed)), rel=1e-4)
    assert plan.summary.patterns_passed == plan.summary.patterns_tested > 0


def change_all(sheet: str, **changes: Any) -> Callable[[Case], Case]:
    def changed(case: Case) -> Case:
        return dataclasses.replace(case, **{sheet: tuple(dataclasses.replace(row, **changes) for row in getattr(case, sheet))})

    return changed


PLANTED: dict[str, Callable[[Case], Case]] = {
    "cut-off ignored": change_all("cutoffs", severity=0.0),
    "spot not cut": change_all("cutoffs", spot_availability=1.0),
    "minimum take dropped": change_all("contract_lines", min_t_per_yr=0.0, min_share=0.0),
    "opening stock lost": change_all("stocks", opening_t=0.0),
    "lead time lost": change_all("contracts", lead_months=0),
    "building time too long": change_all("plants", build_months=5),
    "yield lost": change_all("plants", recovery=1.0),
    "storage cost forgotten": change_all("stocks", storage_usd_per_t_yr=0.0),
    "unwanted stock limit": change_all("stocks", capacity_t=2.0),
    "take-or-pay price wrong": change_all("contracts", take_or_pay_share=0.1),
    "freight forgotten": change_all("sources", freight_usd_per_kg=0.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_brute_force_notices(fault: str) -> None:
    """A model that made this mistake, played by the right model on a case changed so, differs on at least one of twelve cases."""
    seeds = small(range(2_000, 2_040))[:12]
    differs = 0
    for seed in seeds:
        wrong, right = least_cost(PLANTED[fault](random_case(seed))), least_cost(random_case(seed))
        differs += not (math.isclose(wrong, right, rel_tol=1e-7) or wrong == right)
    assert differs > 0
