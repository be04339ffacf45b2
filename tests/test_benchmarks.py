"""The benchmark script measures what it says: the ways to the relaxation's optimum are ways to the same optimum."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.example import example_case
from optimizer.highs import SolverOptions, solve


@pytest.fixture
def scale(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("scale")


@pytest.fixture
def engine(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("engine")


@pytest.mark.slow
def test_the_ways_agree_on_the_example(engine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """All seven ways get there within tiny limits, to one objective between the unprotected cost and the plan's; reduced blocks are
    smaller than whole ones; hot and cold tests find the same missing; every table is printed."""
    measured = engine.measure(example_case(), way_s=20.0, solve_s=30.0, tests=3)
    found = [way.objective for way in measured.ways]
    assert len(found) == 7
    assert found == pytest.approx([found[0]] * 7, rel=1e-6)
    assert measured.apart <= 1e-6
    summary = measured.plan.summary
    assert summary.status == "certified"
    assert summary.unprotected_cost_usd_m + 1 < found[0] <= summary.cost_usd_m + 1e-6
    sizes = {way.name: way.program.nonzeros for way in measured.ways}
    assert sizes["reduced blocks, simplex"] < sizes["whole blocks, simplex"]
    assert measured.differ_t < 1e-6
    engine.report(measured)
    printed = capsys.readouterr().out
    assert "Objectives of 7 ways agree" in printed
    assert all(way.name in printed for way in measured.ways)


def test_a_way_out_of_time_is_told_so(engine: Any) -> None:
    """With no time at all neither cuts nor blocks claim an objective, and the note gives the limit."""
    case = example_case()
    study = engine.Study(case)
    cutoff = next(c for c in case.cutoffs if c.active and c.must_survive)
    base, recourses, _ = engine.built(study, [engine.Pattern(cutoff, study.horizon.months)])
    for way in (engine.by_cuts(base, recourses, 0.0), engine.by_blocks(base, recourses, "whole", "simplex", 0.0)):
        assert way.objective is None
        assert way.note == "> 0 s"


def test_ways_that_disagree_are_found_out(engine: Any) -> None:
    """Objectives apart, or one way calling impossible what another solves, exceed what is allowed; the same impossible does not."""
    program = engine.Program.of([1.0], np.zeros((0, 1)), [], [], [0.0], [1.0])

    def apart(*objectives: float | None) -> float:
        ways = [engine.Way("way", 1.0, objective, None, program) for objective in objectives]
        return float(engine.Measured("", None, 1.0, [], ways, [], 0.0).apart)

    assert apart(100.0, 100.1, None) == pytest.approx(1e-3)
    assert apart(100.0, float("inf")) > engine.AGREE
    assert apart(float("inf"), float("inf")) == 0.0
    assert apart(100.0, 100.0 + 1e-7) <= engine.AGREE


RELAXED, WHOLE = 27.51982434, 27.55794475
"""What 24 patterns of two elements cost at the least, relaxed and with whole units of the plant, million USD."""


def test_the_direct_matrix_is_the_product_s_program(scale: Any) -> None:
    """24 patterns of two elements: both come to 27.51982 million USD relaxed and 27.55794 with whole units of the plant; the
    unprotected plan costs less than 27, so patterns bind."""
    case = scale.generated(*scale.SIZES[24])
    found = scale.objectives(case, peer=False)
    assert set(found) == {"product", "direct"}
    for relaxed, whole in found.values():
        assert relaxed == pytest.approx(RELAXED, rel=1e-6)
        assert whole == pytest.approx(WHOLE, rel=1e-6)
    engine = scale.Engine(case)
    engine.prepare()
    assert solve(engine.program.relaxed(), SolverOptions()).objective < 27.0


@pytest.mark.slow
def test_linopy_says_the_same(scale: Any) -> None:
    """The peer's program has the rows, columns and non-zeros of the direct matrix and comes to the same two costs."""
    pytest.importorskip("linopy")
    case = scale.generated(*scale.SIZES[24])
    assert scale.objectives(case)["linopy"] == pytest.approx((RELAXED, WHOLE), rel=1e-6)
    solver, direct = importlib.import_module("linopy_peer").handed(case), scale.matrix(case)
    assert (solver.getNumRow(), solver.getNumCol(), solver.getNumNz()) == (direct.rows, direct.columns, direct.nonzeros)


def test_cuts_and_the_direct_matrix_come_to_one_relaxation(scale: Any) -> None:
    """Pattern generation over two threads and one program of all patterns: the same cost, to 1e-6."""
    cuts, simplex, interior = scale.optimum(24, workers=2, cap_s=60.0)
    assert cuts.objective == pytest.approx(simplex.objective, rel=1e-6) == pytest.approx(RELAXED, rel=1e-6)
    assert interior.objective == pytest.approx(RELAXED, rel=1e-6)
    assert cuts.note.endswith(" cuts")


def test_every_size_has_the_patterns_that_it_says(scale: Any) -> None:
    """Patterns are months x cut-offs, each cut-off with a severity of its own between 0.2 and 1; the same seed gives the same case."""
    for patterns, asked in scale.SIZES.items():
        case = scale.generated(*asked)
        assert patterns == asked[1] * len(case.cutoffs)
        severities = [cutoff.severity for cutoff in case.cutoffs]
        assert len(set(severities)) == len(severities)
        assert 0.2 <= min(severities) <= max(severities) == 1.0
        assert case == scale.generated(*asked)
    assert scale.generated(2, 12, 2, seed=1) != scale.generated(2, 12, 2)


def test_unstamped_recourses_are_the_same_program(scale: Any) -> None:
    """The way through Pyomo has as many rows and non-zeros as the stamped one; a sample of one in two is scaled up."""
    case = scale.generated(1, 8, 1, window=3, back=1)
    whole, none = scale.without_stamps(case)
    stamped, patterns = scale.by_product(case)
    assert (whole.rows, whole.columns, whole.nonzeros) == (stamped.rows, stamped.columns, stamped.nonzeros)
    assert (patterns, none) == (8, 0.0)
    half, more_s = scale.without_stamps(case, 4)
    assert half.rows < whole.rows
    assert more_s > 0


def test_growth_is_the_slope_of_the_logarithms(scale: Any) -> None:
    """Seconds that double with the non-zeros grow with exponent 1, those that grow fourfold with 2; one size has none."""
    assert scale.exponent([1e5, 2e5, 4e5], [1.0, 2.0, 4.0]) == pytest.approx(1.0)
    assert scale.exponent([1e5, 2e5], [1.0, 4.0]) == pytest.approx(2.0)
    assert np.isnan(scale.exponent([1e5], [1.0]))
