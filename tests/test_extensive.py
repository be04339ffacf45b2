"""The extensive form and the engine give the same plan's cost; the same impossibility; the same audit."""

from __future__ import annotations

import dataclasses

import pytest
from random_cases import random_case
from random_features import random_features

from optimizer.audit import audit
from optimizer.errors import NoBasePlan
from optimizer.solve import SolveOptions, as_asked, solve

EXACT = SolveOptions(relative_gap_pct=5e-4)
IN_ONE = dataclasses.replace(EXACT, extensive=True)


def agree(made: object, words: str) -> None:
    case = as_asked(made, EXACT)  # type: ignore[arg-type]
    try:
        learned = solve(case, EXACT)
    except NoBasePlan:
        with pytest.raises(NoBasePlan):
            solve(case, IN_ONE)
        return
    whole = solve(case, IN_ONE)
    assert whole.summary.status == learned.summary.status, words
    assert whole.readiness == learned.readiness, words
    if whole.summary.status != "certified":
        return
    one, other = whole.summary, learned.summary
    assert one.cost_usd_m == pytest.approx(other.cost_usd_m, rel=1e-5, abs=1e-5), words
    assert one.bound_usd_m <= other.cost_usd_m * (1 + 1e-6) + 1e-5, words
    assert other.bound_usd_m <= one.cost_usd_m * (1 + 1e-6) + 1e-5, words
    assert one.patterns_in_model == one.patterns_tested, words
    assert audit(case, whole).passed, words


@pytest.mark.parametrize("seed", range(8))
def test_one_program_agrees_with_the_engine(seed: int) -> None:
    """Random cases, every start of every month in the program: same cost to 1e-5, each bound below the other's cost, same first starts."""
    agree(random_case(seed), f"plain {seed}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
def test_one_program_agrees_with_every_feature(seed: int) -> None:
    """The same with every feature of the workbook."""
    agree(random_features(seed)[0], f"features {seed}")
