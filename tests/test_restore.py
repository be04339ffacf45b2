"""A plan read back hands over what the plan that was solved handed over."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from random_features import random_features
from small_cases import case, cutoff, source, stock

from models.survival import starts
from optimizer import solve as solving
from optimizer.engine import Engine, PlanDiffers, SolveOptions
from optimizer.plan_file import read_plan, write_plan
from optimizer.recourse import PASSED_T

OPTIONS = SolveOptions(relative_gap_pct=5e-4)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_read_back_survives_what_it_survived(seed: int, tmp_path: Path) -> None:
    """Random cases with contracts, plants, stops, programmes, cargo, residue and backorders: from the plan's file alone every pattern
    that the plan passed is passed again, so nothing that a recourse is handed is missing from its rows."""
    made, used = random_features(seed)
    plan = solving.solve(made, OPTIONS)
    if plan.summary.status != "certified":
        assert plan.summary.status == "impossible"
        return
    write_plan(plan, tmp_path / "plan.json")
    engine = Engine(made, OPTIONS)
    engine.prepare()
    x = engine.columns_of(read_plan(tmp_path / "plan.json"))
    first = {row.cutoff: row.first_start for row in plan.readiness}
    for row in engine.cutoffs:
        begins = first.get(row.cutoff)
        if begins is not None:
            for start in starts(engine.study.horizon, row, engine.study.horizon.month_of(begins, 0), every_month=True):
                missing, _ = engine.recourse_of(row, start).missing_t(x, engine.test_options)
                assert missing <= 10 * PASSED_T, f"seed {seed}: {row.cutoff} at {start} lacks {missing}; {'; '.join(used)}"


def test_what_is_handed_over_is_what_was_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Column by column: what each recourse is handed by the plan's rows equals what it is handed by the solver's values."""
    kept: list[np.ndarray] = []
    certificate = solving._Work.certificate

    def keep(self: solving._Work, x: np.ndarray, status: str) -> object:
        kept.append(x)
        return certificate(self, x, status)

    monkeypatch.setattr(solving._Work, "certificate", keep)
    for seed in range(6):
        kept.clear()
        made, _ = random_features(seed)
        plan = solving.solve(made, OPTIONS)
        if plan.summary.status != "certified":
            continue
        engine = Engine(made, OPTIONS)
        engine.prepare()
        x = engine.columns_of(plan)
        for row in engine.cutoffs:
            for start in starts(engine.study.horizon, row, 0):
                recourse = engine.recourse_of(row, start)
                assert recourse.handed(x) == pytest.approx(recourse.handed(kept[0]), abs=1e-6), f"seed {seed}: {recourse.name}"


def test_a_plan_of_another_workbook_is_refused() -> None:
    """Bought from a source that the other workbook does not know: said with its name."""
    made = case(sources=(source(), source("other", "beta")), stocks=(stock(),), cutoffs=(cutoff(),))
    plan = solving.solve(made, OPTIONS)
    other = dataclasses.replace(made, sources=(source("elsewhere"), source("other", "beta")))
    engine = Engine(other, OPTIONS)
    engine.prepare()
    with pytest.raises(PlanDiffers, match="trade"):
        engine.columns_of(plan)
