"""The plan's tables as data frames hold what the plan holds."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from models.plan import tables_of_plan
from optimizer.example import example_case
from optimizer.frames import frames
from optimizer.solve import SolveOptions, solve


def test_frames_hold_the_plan() -> None:
    """Every table is there with all its rows and columns; costs add up to the objective; months are periods that can be sorted."""
    plan = solve(example_case(), SolveOptions(calendar="year"))
    found = frames(plan)
    assert set(found) == {table.metadata["sheet"] for table in tables_of_plan()}
    for table in tables_of_plan():
        frame = found[table.metadata["sheet"]]
        assert len(frame) == len(getattr(plan, table.name))
        assert list(frame.columns) == [field.name for field in dataclasses.fields(table.metadata["record"])]
    assert found["Costs"]["usd_m"].sum() == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    assert found["Patterns"]["start"].max() == pd.Period("2031-01", freq="M")
    assert found["Missing"].empty
