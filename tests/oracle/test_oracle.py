"""Brute force: random tiny cases cost the same by the whole solve and by a second formulation, which tries every set of commitments."""

from __future__ import annotations

import collections
import dataclasses
import math
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from compared import Compared, compared
from oracle_cases import KNOWN, OWN, USED, oracle_case
from random_cases import random_case, shipped_case
from random_features import FEATURES
from second_formulation import FEW, Problem, cheapest
from small_cases import least_cost

from models.case import Case
from models.check import check
from optimizer.solve import SolveOptions, solve

QUICK = range(12)
"""Compared in every run."""

MANY = range(500)
"""Compared in every whole run."""

NIGHTLY = range(20_000)

ON_AT_LEAST = 30
"""Of the 500 cases each feature is switched on in so many."""

DONE_AT_LEAST = {
    "a contract on offer is signed": 150,
    "it is signed after the first day": 50,
    "something is lifted": 200,
    "a minimum is paid and not lifted": 12,
    "a minimum is lifted in full": 150,
    "a minimum is made up": 2,
    "a rebate is given": 10,
    "a volume discount is reached": 4,
    "a plant is built": 200,
    "it comes on line after the first day": 150,
    "two units are built": 40,
    "a plant is stopped": 15,
    "a basket is separated": 150,
    "a plant runs at capacity": 200,
    "an order is paid for": 10,
    "a lot of a least size is bought": 12,
    "cargo arrives later": 20,
    "tolled material comes back": 15,
    "residue is placed": 12,
    "something is stored": 250,
    "something is written off": 2,
    "demand is left unserved": 50,
    "demand is served later": 5,
    "a programme is started": 40,
    "demand is replaced": 50,
    "surplus is sold": 5,
    "something goes along a route": 20,
    "a financing is put up": 6,
    "several patterns are survived": 200,
    "survival costs something": 100,
    "a cut returns step by step": 150,
    "a cut leaves a part": 150,
    "a stock lies ready in a crisis": 250,
    "a plan of a rule is kept to": 80,
}
"""In so many of the 500 cases at least the plan really does it."""


def together(seeds: Iterable[int]) -> list[Compared]:
    """The seeds compared, over two processes where there are several."""
    workers = max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(compared, seeds, chunksize=10))


@pytest.fixture(scope="module")
def many() -> list[Compared]:
    """The 500, compared once."""
    return together(MANY)


def faults(found: list[Compared]) -> list[str]:
    return [str(one) for one in found if one.faults]


def test_the_cases_are_sound() -> None:
    """What is compared is what a planner could hand in: the checks find no errors."""
    assert [(seed, str(f)) for seed in QUICK for f in check(oracle_case(seed)[0]) if f.severity == "error"] == []


def test_brute_force_agrees() -> None:
    """A dozen cases: cost, earliest start and impossibility of the whole solve are those of the second formulation."""
    assert faults([compared(seed) for seed in QUICK]) == []


@pytest.mark.slow
def test_brute_force_agrees_on_many(many: list[Compared]) -> None:
    """Five hundred cases: no difference in cost, in the earliest start that can be survived, in whether anything survives."""
    assert faults(many) == []
    assert len(many) == 500


@pytest.mark.slow
def test_every_feature_is_in_many_cases(many: list[Compared]) -> None:
    """Each feature of the workbook that the second formulation knows is switched on in thirty of the cases or more."""
    counted = collections.Counter(name for one in many for name in one.switched_on)
    assert {name: counted[name] for name in (*KNOWN, *OWN) if counted[name] < ON_AT_LEAST} == {}


@pytest.mark.slow
def test_the_plans_really_use_them(many: list[Compared]) -> None:
    """What the certified plans really do, counted: contracts are signed and lifted, minimums paid for nothing, plants built, and so on,
    each in as many cases as is said above; the table is printed."""
    counted = collections.Counter(name for one in many for name in one.used)
    for name in USED:
        print(f"{counted[name]:4d}  {name}")  # noqa: T201
    assert {name: counted[name] for name, least in DONE_AT_LEAST.items() if counted[name] < least} == {}
    assert set(DONE_AT_LEAST) == set(USED)
    status = collections.Counter(one.status for one in many)
    assert status["certified"] >= 350
    assert status["impossible"] >= 25


@pytest.mark.slow
def test_every_set_of_commitments_is_tried_in_most(many: list[Compared]) -> None:
    """In half of the cases every set of commitments is tried, one linear program each; in the others the integers of the second
    formulation are left to scipy's solver."""
    assert sum(one.every_one_tried for one in many) >= 250
    assert sum(one.combinations for one in many if one.every_one_tried) >= 5_000


def test_trying_all_and_leaving_it_to_the_solver_agree() -> None:
    """The second formulation itself: its integers left to the solver give what trying every set of commitments gives."""
    for seed in range(30, 42):
        problem = Problem(oracle_case(seed)[0], inside=True)
        if problem.combinations <= FEW:
            assert problem.least()[0] == pytest.approx(problem.least(few=0)[0], rel=1e-7), seed


@pytest.mark.nightly
def test_brute_force_agrees_on_twenty_thousand() -> None:
    """Twenty thousand."""
    assert faults(together(NIGHTLY)) == []


def test_features_known_by_name() -> None:
    """What the second formulation says it knows exists under that name."""
    assert set(KNOWN) <= set(FEATURES)


def test_the_extensive_form_agrees_too() -> None:
    """With the whole recourse of every pattern in one program, on ten plain cases and on six that ship: the same cost, to seven and six
    digits."""
    for seed in range(10):
        assert least_cost(random_case(seed)) == pytest.approx(cheapest(random_case(seed)), rel=1e-7, abs=1e-9), seed
    for seed in range(6):
        assert least_cost(shipped_case(seed)) == pytest.approx(cheapest(shipped_case(seed)), rel=1e-6, abs=1e-9), seed


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_the_whole_solve_says_how_sure_it_is(seed: int) -> None:
    """Cost within a ten-thousandth of brute force, the bound not above it, every pattern tested and passed."""
    plan = solve(random_case(seed), SolveOptions(relative_gap_pct=0.001))
    best = cheapest(random_case(seed), inside=True)
    assert plan.summary.status == "certified"
    assert plan.summary.cost_usd_m == pytest.approx(best, rel=1e-4)
    assert plan.summary.bound_usd_m <= best * (1 + 1e-9)
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
    """A model that made this mistake, played by the right model on a case changed so, differs from the second formulation on at least
    one of twelve cases."""
    differs = 0
    for seed in range(2_000, 2_012):
        wrong, right = least_cost(PLANTED[fault](random_case(seed))), cheapest(random_case(seed))
        differs += not (math.isclose(wrong, right, rel_tol=1e-7) or wrong == right)
    assert differs > 0
