"""P1 share_one_output and P2 deliver_no_more_than_is_made: one tonne, one origin."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, bounds, case, demand, equations, source

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Plant
from models.run import Study


def with_contract(record: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """A contract in force on 18 of the source's 24 t a year, at half price, without a minimum."""
    line = ContractLine(contract="offtake", source="trade", max_t_per_yr=18.0, price_index="index", discount_pct=50.0)
    return case(
        contracts=(Contract(contract="offtake", status="in force", tenor_years=2),),
        contract_lines=(line,),
        sources=(source(**(record or {})),),
        **sheets,
    )


def works(**changes: Any) -> Plant:
    plain: dict[str, Any] = {"status": "supplier", "country": "abroad", "input_form": "powder", "output_form": "powder"}
    return Plant(**{"plant": "works", **plain, "capacity_t_per_yr": 30.0, **changes})


def test_one_output_printed() -> None:
    """P1 in both slots: 18 t lifted and 24 t bought could exceed 24 t."""
    assert equations(base_plan(Study(with_contract())), "share_one_output") == [
        "lifted_t[offtake, trade, 0] + bought_t[trade, 0] <= 24",
        "lifted_t[offtake, trade, 12] + bought_t[trade, 12] <= 24",
    ]


def test_one_output_is_absent_where_it_cannot_bind() -> None:
    """18 t lifted and a quarter of 24 t bought make 24 t: no row; nor without a contract."""
    assert equations(base_plan(Study(with_contract({"spot_share": 0.25}))), "share_one_output") == []
    assert equations(base_plan(Study(case())), "share_one_output") == []


def test_a_tonne_is_not_bought_and_lifted() -> None:
    """36 t a year are needed and 24 t exist: 48 t in two years are served, however they are had; two sources of 24 t serve all 72."""
    needs = (demand(t_per_yr=36.0),)
    answer = base(with_contract(demands=needs))
    assert answer.total("bought_t") + answer.total("lifted_t") == pytest.approx(48)
    assert base(case(sources=(source(), source("second")), demands=needs)).total("served_t") == pytest.approx(72)


def test_a_suppliers_plant_limits_all_its_sources_printed() -> None:
    """P2 in both slots: two sources of 24 t from one plant of 30 t."""
    changed = case(sources=(source(plant="works"), source("trade beta", "beta", plant="works")), plants=(works(),))
    assert equations(base_plan(Study(changed)), "deliver_no_more_than_is_made") == [
        "bought_t[trade, 0] + bought_t[trade beta, 0] <= 30",
        "bought_t[trade, 12] + bought_t[trade beta, 12] <= 30",
    ]


def test_a_suppliers_plant_delivers_once() -> None:
    """Needs of 24 t of each a year meet a plant of 30 t: 60 t are served in two years; without the plant 96 t."""
    needs = (demand(t_per_yr=24.0), demand("beta", t_per_yr=24.0))
    for plant, served in (("works", 60.0), ("", 96.0)):
        changed = case(sources=(source(plant=plant), source("trade beta", "beta", plant=plant)), plants=(works(),), demands=needs)
        assert base(changed).total("served_t") == pytest.approx(served)


def test_liftings_count_for_the_suppliers_plant() -> None:
    """With a plant of 12 t a year the contract and the market together give 24 t in two years, instead of 48 t."""
    changed = with_contract({"plant": "works"}, plants=(works(capacity_t_per_yr=12.0),), demands=(demand(t_per_yr=36.0),))
    assert base(changed).total("served_t") == pytest.approx(24)


def test_nothing_is_bought_where_nothing_is_for_sale() -> None:
    """Before its first month a source has no column; with a spot share of nothing it has none at all."""
    late = base_plan(Study(case(sources=(source(first_month=Study(case()).horizon.date(18)),))))
    assert bounds(late, "bought_t") == {("trade", 12): (0, 12)}
    assert bounds(base_plan(Study(case(sources=(source(spot_share=0.0),)))), "bought_t") == {}
