"""A cost without a floor is told with what runs away."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_cases import EXACT, case

from optimizer.errors import Unbounded
from optimizer.highs import Status, solve
from optimizer.program import Program
from optimizer.progress import Silent
from optimizer.runaway import runaways
from optimizer.solve import SolveOptions, _Work


def market(sold_usd: float, most_bought: float = np.inf) -> Program:
    """Buy at 10, sell what was bought; a third column is bounded and better still."""
    return Program.of(
        [10.0, -sold_usd, -100.0],
        [[1.0, -1.0, 0.0]],
        [0.0],
        [np.inf],
        [0.0, 0.0, 0.0],
        [most_bought, np.inf, 5.0],
        integer=[False, False, True],
        column_names=("bought", "sold", "spared"),
    )


def test_what_runs_away_is_named() -> None:
    """Sold at 12 what is bought at 10: both run away, the sale first because it gains; the bounded column does not."""
    program = market(12.0)
    assert solve(program, EXACT).status is Status.UNBOUNDED
    assert runaways(program, EXACT) == ("sold", "bought")


@pytest.mark.parametrize("program", [market(9.0), market(12.0, 7.0)], ids=["at a loss", "limited"])
def test_nothing_runs_away_where_the_cost_has_a_floor(program: Program) -> None:
    """At a loss, or with a limit on purchases, there is an optimum and no ray."""
    assert solve(program, EXACT).status is Status.OPTIMAL
    assert runaways(program, EXACT) == ()


def test_a_solve_says_what_runs_away() -> None:
    """The error of a whole solve names the columns."""
    work = _Work(case(), SolveOptions(), Silent())
    with pytest.raises(Unbounded, match=r"sold and bought can grow together without end"):
        work.run(market(12.0))
    named = dataclasses.replace(market(12.0), column_names=("a", "operation.sold_t[Ce,oxide,0]", "c"))
    with pytest.raises(Unbounded, match=r"sold_t\[Ce,oxide,0\] and a can grow"):
        work.run(named)
