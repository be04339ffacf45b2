"""The benchmark script measures what it says: the ways to the relaxation's optimum are ways to the same optimum."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.example import example_case


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
