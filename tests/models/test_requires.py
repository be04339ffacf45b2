"""W8 built_with_what_it_requires: plants that need another plant or a contract."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, change, equations, source
from smelters import candidate, smelter, smelting

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Plant, Programme
from models.columns import Month
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import solve


def cheap(**changes: Any) -> Plant:
    return candidate(capex_usd_m=0.1, life_years=2, **changes)


def mill(**changes: Any) -> Plant:
    """A plant that nobody needs for itself."""
    plain: dict[str, Any] = {"plant": "mill", "capex_usd_m": 1.0, "life_years": 2, "capacity_t_per_yr": 0.001}
    return candidate(**{**plain, **changes})


def plan_of(*plants: Plant, status: str = "on offer", **sheets: Any) -> Case:
    """Powder for nothing; an offtake of it may be signed on the first day, for 0.3 million."""
    offtake = Contract(contract="offtake", status=status, tenor_years=2, upfront_usd_m=0.3 if status == "on offer" else 0.0)
    line = ContractLine(contract="offtake", source="trade", max_t_per_yr=1.0, fixed_usd_per_kg=0.0)
    free = source(price_factor=0.0)
    return smelting(*plants, **{"sources": (free,), "contracts": (offtake,), "contract_lines": (line,), **sheets})


TRAINING = (Programme(programme="training", capex_usd_m=0.2, life_years=2),)


def test_requirements_printed() -> None:
    """Up to each date no more than the other is there; two units may come with one; what exists or is in force is no rule."""
    changed = plan_of(cheap(requires=("mill", "offtake"), max_units=2), mill())
    assert equations(base_plan(Study(changed)), "built_with_what_it_requires") == [
        "built[smelter, 0] <= 2 built[mill, 0]",
        "built[smelter, 0] <= 2 signed[offtake, 0]",
        "built[smelter, 0] + built[smelter, 12] <= 2 built[mill, 0] + 2 built[mill, 12]",
        "built[smelter, 0] + built[smelter, 12] <= 2 signed[offtake, 0] + 2 signed[offtake, 12]",
    ]
    there = plan_of(cheap(requires=("mill", "offtake")), smelter(plant="mill", capacity_t_per_yr=0.001), status="in force")
    assert base_plan(Study(there)).component("built_with_what_it_requires") is None


def test_what_is_required_is_paid_for() -> None:
    """The smelter costs 0.1; where it requires the mill 1.1, the offtake 0.4, the programme 0.3, the first two 1.4; one in force costs
    nothing more."""
    for requires, cost in (((), 0.1), (("mill",), 1.1), (("offtake",), 0.4), (("training",), 0.3), (("mill", "offtake"), 1.4)):
        assert base(plan_of(cheap(requires=requires), mill(), programmes=TRAINING)).cost == pytest.approx(cost)
    running = (Programme(programme="training", status="in force"),)
    assert base(plan_of(cheap(requires=("training",)), programmes=running)).cost == pytest.approx(0.1)


def test_not_before_what_is_required() -> None:
    """A mill that can be decided only in the second year leaves the first year's 12 t unserved; without it 24 t are served."""
    late = mill(decide_from=Month(2028, 1), capex_usd_m=0.0)
    for requires, served in ((("mill",), 12.0), ((), 24.0)):
        assert base(plan_of(cheap(requires=requires), late)).total("served_t") == pytest.approx(served)


def test_what_never_comes_bars_the_plant() -> None:
    """A mill that can only come after the plan, or a contract that has expired: nothing is built."""
    for changed in (
        plan_of(cheap(requires=("mill",)), mill(build_months=24)),
        plan_of(cheap(requires=("offtake",)), status="expired"),
    ):
        assert base(changed).total("built") == pytest.approx(0)


def test_requirements_are_audited() -> None:
    """A solved plan passes; without the mill, or with the mill a year later, it does not; nor for a case that requires more."""
    case = plan_of(cheap(requires=("mill",)), mill())
    plan = solve(case)
    assert audit(case, plan).findings == ()
    alone = dataclasses.replace(plan, constructions=tuple(row for row in plan.constructions if row.plant != "mill"))
    late = dataclasses.replace(
        plan,
        constructions=tuple(
            change(row, decided=Month(2028, 1), online=Month(2028, 1)) if row.plant == "mill" else row for row in plan.constructions
        ),
    )
    more = plan_of(cheap(requires=("mill", "offtake")), mill())
    trained = plan_of(cheap(requires=("mill", "training")), mill(), programmes=TRAINING)
    whole = solve(trained)
    assert audit(trained, whole).findings == ()
    for checked, false in ((case, alone), (case, late), (more, plan), (trained, dataclasses.replace(whole, programme_starts=()))):
        assert "required" in {finding.rule for finding in audit(checked, false).findings}
