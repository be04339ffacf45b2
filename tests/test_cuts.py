"""Cuts: never one that removes a plan that survives, always one that removes a plan that does not, and together the whole problem."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import scipy.sparse as sp
from random_cases import random_case
from small_cases import EXACT, case, cutoff, demand, extensive, patterns_of, settings, source, stock

from models.build import base_plan
from models.case import Case
from models.run import Study
from optimizer.cuts import LARGEST, Cut, Master, Probe, rows_of
from optimizer.highs import Status, solve
from optimizer.recourse import Recourse
from optimizer.solve import SolveOptions
from optimizer.solve import solve as solve_case
from optimizer.standard_form import Compiled, Program, compile_model, stack

ENOUGH_T = 1e-7
"""Less than this is not missing, t REO."""


def prepared(changed: Case) -> tuple[Compiled, list[Recourse]]:
    study = Study(changed)
    base = compile_model(base_plan(study))
    return base, [Recourse.of(study, pattern, base) for pattern in patterns_of(study)]


def probing(recourses: list[Recourse]) -> list[Probe]:
    return [Probe(recourse, position, EXACT) for position, recourse in enumerate(recourses)]


def by_cuts(changed: Case, *, relaxed: bool) -> tuple[float, int]:
    """Least cost found by adding the cuts of every pattern that fails until none does (inf: impossible), and how many were added."""
    base, recourses = prepared(changed)
    probes, master, added = probing(recourses), Master(base.program, len(recourses), EXACT), 0
    for _ in range(200):
        result = master.solve() if relaxed else solve(master.mixed_integer(), EXACT)
        if result.status is Status.INFEASIBLE:
            return math.inf, added
        assert result.x is not None
        x = result.x[: base.program.columns]
        cuts = [cut for probe in probes if (cut := probe.cut(x)).missing_t > ENOUGH_T]
        if not cuts:
            return result.objective, added
        master.add(cuts)
        added += len(cuts)
    raise AssertionError("the cuts go on")


def agree(seeds: range, *, relaxed: bool) -> int:
    """Compare cuts with the extensive form; returns how many cases needed cuts."""
    needed = 0
    for seed in seeds:
        changed = random_case(seed)
        cost, added = by_cuts(changed, relaxed=relaxed)
        whole = extensive(changed, relaxed=relaxed)
        if whole.status is Status.INFEASIBLE:
            assert cost == math.inf, seed
        else:
            assert cost == pytest.approx(whole.objective, rel=1e-6, abs=1e-6), seed
        needed += added > 0
    return needed


@pytest.mark.parametrize("relaxed", [True, False], ids=["relaxed", "whole numbers"])
def test_cuts_end_at_the_extensive_form(relaxed: bool) -> None:
    """On eight random cases the base plan with cuts costs what the one program of everything costs; most cases need cuts."""
    assert agree(range(200, 208), relaxed=relaxed) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("relaxed", [True, False], ids=["relaxed", "whole numbers"])
def test_cuts_end_at_the_extensive_form_in_many(relaxed: bool) -> None:
    """The same on forty more."""
    assert agree(range(300, 340), relaxed=relaxed) >= 15


def random_survivors(base: Compiled, recourses: list[Recourse], draw: np.random.Generator, count: int) -> list[np.ndarray]:
    """Base plans that survive everything: optima of random costs over the whole program, relaxed, and mixtures of them."""
    whole = stack(base.program, [recourse.block() for recourse in recourses]).relaxed()
    found = []
    for _ in range(count):
        cost = np.zeros(whole.columns)
        cost[: base.program.columns] = draw.uniform(-1, 1, base.program.columns)
        upper = np.minimum(whole.column_upper, 1e3)
        result = solve(dataclasses.replace(whole, cost=cost, column_upper=np.maximum(upper, whole.column_lower)), EXACT)
        if result.x is None:
            return []
        found.append(result.x[: base.program.columns])
    weights = draw.dirichlet(np.ones(count), 3)
    return [*found, *(weights @ np.array(found))]


@pytest.mark.parametrize("seed", range(400, 406))
def test_a_cut_keeps_every_plan_that_survives(seed: int) -> None:
    """Cuts of plans that do not survive hold for random plans that do, also as the rows that the program gets."""
    base, recourses = prepared(random_case(seed))
    draw = np.random.default_rng(seed)
    survivors = random_survivors(base, recourses, draw, 4)
    probes = probing(recourses)
    poor = [np.zeros(base.program.columns), solve(base.program.relaxed(), EXACT).x, *(x * draw.random(len(x)) for x in survivors)]
    cuts = [cut for x in poor for probe in probes if x is not None and (cut := probe.cut(x)).missing_t > ENOUGH_T]
    assert cuts
    if survivors:
        matrix, most = rows_of(cuts, base.program, len(recourses))
        for x in survivors:
            for cut in cuts:
                assert (cut.row @ x)[0] <= cut.most + 1e-6
            assert (matrix[:, : base.program.columns] @ x <= most + 1e-6 * LARGEST).all()
            assert all(probe.cut(x).missing_t < 1e-6 for probe in probes)


@pytest.mark.parametrize("seed", range(400, 406))
def test_a_cut_removes_the_plan_it_was_made_from(seed: int) -> None:
    """At its own plan a cut is violated by exactly what is missing there, which is what the whole recourse lacks."""
    base, recourses = prepared(random_case(seed))
    x = solve(base.program, EXACT).x
    assert x is not None
    for position, recourse in enumerate(recourses):
        lacks, _ = recourse.missing_t(x, EXACT)
        cut = Probe(recourse, position, EXACT).cut(x)
        assert cut.missing_t == pytest.approx(lacks, abs=1e-7)
        assert (cut.row @ x)[0] - cut.most == pytest.approx(lacks, abs=1e-7)
        assert (cut.name, cut.pattern) == (recourse.name, position)


def test_the_cut_of_one_store_says_what_must_lie_in_it() -> None:
    """Three months at 1 t a month without supply: the cut is level + missing >= 3 t, whatever the plan it was learned from."""
    base, (first, _) = prepared(case(stocks=(stock(),), cutoffs=(cutoff(),)))
    column = base.column("operation.level_t", ("store", "alpha", "powder", 0))
    probe = Probe(first, 0, EXACT)
    for level in (0.0, 1.25, 2.9):
        x = np.zeros(base.program.columns)
        x[column] = level
        cut = probe.cut(x)
        assert cut.missing_t == pytest.approx(3 - level)
        matrix, most = rows_of([cut], base.program, 1)
        assert dict(zip(matrix.indices, matrix.data, strict=True)) == pytest.approx({column: -LARGEST, base.program.columns: -LARGEST})
        assert most[0] == pytest.approx(-3 * LARGEST)


def test_a_plan_with_enough_needs_no_cut() -> None:
    """At 3 t and more nothing is missing, also after the same probe found that 1 t is at 2 t."""
    base, (first, _) = prepared(case(stocks=(stock(),), cutoffs=(cutoff(),)))
    column = base.column("operation.level_t", ("store", "alpha", "powder", 0))
    probe, x = Probe(first, 0, EXACT), np.zeros(base.program.columns)
    for level, missing in ((3.0, 0.0), (2.0, 1.0), (50.0, 0.0)):
        x[column] = level
        assert probe.cut(x).missing_t == pytest.approx(missing, abs=1e-9)


def test_small_coefficients_leave_at_the_weaker_bound() -> None:
    """A coefficient of a billionth of the largest moves to the right-hand side at the bound of its column that loses no plan; where it
    helps and its column has no upper bound, it is rounded up to the smallest that is kept, 2e-8 of the largest."""
    base = Program.of([0.0] * 3, np.zeros((0, 3)), [], [], [0.0, 2.0, 0.0], [10.0, 5.0, np.inf])
    cut = Cut(0, "cut", sp.csr_array(np.array([[-1.0, 1e-9, -1e-9]])), -3.0, 1.0)
    matrix, most = rows_of([cut], base, 1)
    assert matrix.toarray()[0] == pytest.approx([-100, 0, -2e-6, -100], abs=1e-12)
    assert most[0] == pytest.approx(-300 - 2e-7, abs=1e-12)
    for x in ([3.0, 2.0, 0.0], [3.1, 5.0, 0.0], [2.9, 2.0, 2e8]):
        if (cut.row @ np.array(x))[0] <= cut.most:
            assert (matrix @ np.array([*x, 0.0]))[0] <= most[0] + 1e-12


def test_a_row_that_lost_too_much_still_moves_its_plan() -> None:
    """x0 + 1e-9 x1 >= 3 with x1 <= 1e8 is kept as x0 >= 2.9, which leaves x0 = 2.95, x1 = 0 where it is: 0.05 t lack for ever. Asked at
    that plan, the row says x0 >= 3; the bound is still taken at 2.9, so that no plan is lost."""
    base = Program.of([1.0, 0.0], np.zeros((0, 2)), [], [], [0.0, 0.0], [10.0, 1e8])
    cut = Cut(0, "cut", sp.csr_array(np.array([[-1.0, -1e-9]])), -3.0, 0.05)
    stays, moves = Master(base, 1, EXACT), Master(base, 1, EXACT)
    stays.add([cut])
    moves.add([cut], at=np.array([2.95, 0.0]))
    assert stays.solve().objective == pytest.approx(2.9)
    assert moves.solve().objective == pytest.approx(3.0)
    assert solve(moves.mixed_integer(), EXACT).objective == pytest.approx(2.9)


# Truth that needs no solver: one commodity, no recourse but stock and uncut supply


def needed_stock(supply: list[float], needs: list[float], window: int, start: int) -> float:
    """Stock at a start: the largest sum, over the first k <= window months, of what is needed less what comes."""
    gaps = [needs[u] - supply[u] for u in range(start, start + window)]
    return max(0.0, *np.cumsum(gaps))


def one_commodity(seed: int) -> tuple[Case, list[float]]:
    """Monthly periods; supply elsewhere goes on, supply from abroad is cut. Returns the stock needed at month 3, 4, ... to the end, by
    hand."""
    draw = np.random.default_rng(seed)
    months, window = int(draw.integers(8, 15)), int(draw.integers(1, 7))
    use, service = float(draw.integers(12, 49)), float(draw.choice([0.7, 0.9, 1.0]))
    growth, safe, falls = float(draw.choice([-20.0, 0.0, 15.0])), float(draw.integers(0, 40)), float(draw.choice([-40.0, 0.0, 40.0]))
    start = settings().start.plus(6)
    changed = case(
        settings=settings(horizon_months=months, fine_months=months, start=start),
        demands=(demand(t_per_yr=use, service_level=service, growth_pct_per_yr=growth),),
        sources=(
            source(max_t_per_yr=1e4),
            source("safe", countries=("elsewhere",), max_t_per_yr=safe, growth_pct_per_yr=falls),
        ),
        stocks=(stock(storage_usd_per_t_yr=1200.0),),
        cutoffs=(cutoff(months=window, first_start=start.plus(3)),),
    )

    def monthly(per_year: float, pct: float, u: int) -> float:
        return per_year / 12 * (1 + pct / 100) ** (start.plus(u).year - start.year)

    needs = [service * monthly(use, growth, u) for u in range(months + window)]
    supply = [monthly(safe, falls, u) for u in range(months + window)]
    return changed, [needed_stock(supply, needs, window, s) for s in range(3, months + 1)]


def cost_by_hand(changed: Case, stocks: list[float]) -> float:
    """All demand and the last stock bought at 10 USD/kg, and storage of 0.0001 million USD per t and month on every level."""
    h, (row,) = changed.settings, changed.demands
    year = h.start.year
    used = sum(row.t_per_yr / 12 * (1 + row.growth_pct_per_yr / 100) ** (h.start.plus(u).year - year) for u in range(h.horizon_months))
    return 0.01 * (used + stocks[-1]) + 0.0001 * sum(stocks)


@pytest.mark.parametrize("seed", range(12))
def test_stock_needed_is_the_largest_running_gap(seed: int) -> None:
    """Survive from every start <=> stock at s >= max over k <= W of the sum of (service x demand - uncut supply); the plan holds exactly
    that, and costs what it costs by hand. With less at one start there is a cut, with just enough there is none."""
    changed, stocks = one_commodity(seed)
    whole = extensive(changed)
    assert whole.objective == pytest.approx(cost_by_hand(changed, stocks), rel=1e-7)
    base, recourses = prepared(changed)
    levels = [base.column("operation.level_t", ("store", "alpha", "powder", s - 1)) for s in range(3, changed.settings.horizon_months + 1)]
    assert whole.x is not None
    assert whole.x[levels] == pytest.approx(stocks, abs=1e-6)
    x = np.zeros(base.program.columns)
    x[levels] = stocks
    for probe, column, needed in zip(probing(recourses), levels, stocks, strict=True):
        assert probe.cut(x).missing_t == pytest.approx(0, abs=1e-8)
        if needed > 0.1:
            short = x.copy()
            short[column] -= 0.05
            assert probe.cut(short).missing_t == pytest.approx(0.05)


@pytest.mark.parametrize("seed", [1, 5])
def test_the_whole_solve_holds_the_needed_stock(seed: int) -> None:
    """The pipeline certifies a plan that costs what it costs by hand, every start tested."""
    changed, stocks = one_commodity(seed)
    plan = solve_case(changed, SolveOptions(relative_gap_pct=1e-4))
    assert plan.summary.status == "certified"
    assert plan.summary.cost_usd_m == pytest.approx(cost_by_hand(changed, stocks), rel=1e-6)
    assert plan.summary.patterns_tested >= len(stocks)


def test_cuts_alone_find_the_needed_stock() -> None:
    """The loop of cuts ends at the cost by hand."""
    changed, stocks = one_commodity(5)
    cost, added = by_cuts(changed, relaxed=False)
    assert cost == pytest.approx(cost_by_hand(changed, stocks), rel=1e-7)
    assert added >= len([s for s in stocks if s > 0])


@pytest.mark.parametrize(("months", "missing"), [(5, 0.0), (6, 0.0), (7, 1.0), (9, 3.0)])
def test_time_to_survive(months: int, missing: float) -> None:
    """A store of 6 t against a net shortfall of 1 t a month lasts 6 months; each month more lacks 1 t."""
    changed = case(stocks=(stock(),), cutoffs=(cutoff(months=months),))
    base, (first, _) = prepared(changed)
    x = np.zeros(base.program.columns)
    x[base.column("operation.level_t", ("store", "alpha", "powder", 0))] = 6.0
    assert first.missing_t(x, EXACT)[0] == pytest.approx(missing, abs=1e-9)


def test_a_master_may_be_asked_how_little_is_missing() -> None:
    """Without a store 3 t are missing in each of two patterns; opened for it, the master counts them by weight: 3 + 2 x 3."""
    base, recourses = prepared(case(cutoffs=(cutoff(),)))
    master = Master(base.program, 2, EXACT)
    x = np.zeros(base.program.columns)
    master.add([probe.cut(x) for probe in probing(recourses)])
    assert master.solve().status is Status.INFEASIBLE
    master.allow_missing(np.array([1.0, 2.0]))
    assert master.solve().objective == pytest.approx(9)


def test_tighter_rows_are_loosened_for_the_bound() -> None:
    """Cuts that ask for 0.01 t more than they need hold 3.01 t in the relaxation; the mixed-integer program asks for 3 t."""
    base, recourses = prepared(case(stocks=(stock(),), cutoffs=(cutoff(last_start=settings().start.plus(12)),)))
    master = Master(base.program, 1, EXACT)
    master.add([probing(recourses)[0].cut(np.zeros(base.program.columns))], tighter_t=0.01)
    column = base.column("operation.level_t", ("store", "alpha", "powder", 0))
    tight, exact = master.solve(), solve(master.mixed_integer(), EXACT)
    for result, level in ((tight, 3.01), (exact, 3.0)):
        least = dataclasses.replace(master.mixed_integer() if result is exact else master.program, cost=np.eye(len(result.x))[column])
        assert solve(least.relaxed(), EXACT).objective == pytest.approx(level)
