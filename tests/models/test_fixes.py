"""R1 keep_what_is_fixed: signatures, units, flows and stocks that the planner forces, forbids or bounds."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, equations, impossible, settings, source, stock

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Fix, Form, Plant, Route
from models.columns import Month
from models.run import Study
from optimizer.standard_form import NeverSatisfied


def rules(changed: Case) -> list[str]:
    return equations(base_plan(Study(changed)), "keep_what_is_fixed")


def offered(*fixes: Fix, **sheets: Any) -> Case:
    """Half of the price for 6 t a year, against 0.5 million at signature: not worth it unless it must be signed."""
    return case(
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=2, upfront_usd_m=0.5),),
        contract_lines=(ContractLine(contract="offtake", source="trade", max_t_per_yr=6.0, price_index="index", discount_pct=50.0),),
        fixes=fixes,
        **sheets,
    )


def works(*fixes: Fix) -> Case:
    """A smelter that nobody needs, two units at most, 1 million each."""
    plant = Plant(
        plant="smelter",
        status="candidate",
        country="home",
        input_form="powder",
        output_form="bar",
        capacity_t_per_yr=12.0,
        max_units=2,
        capex_usd_m=1.0,
        life_years=10,
    )
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))
    return case(plants=(plant,), forms=forms, fixes=fixes)


def test_fixes_printed() -> None:
    """R1 of each kind: a signature at any date, units at one date, purchases of a year, liftings of a month (a twelfth of its
    period), what goes into a plant, a stock at the end of a year and inside a period (on the line between its ends)."""
    assert rules(offered(Fix(decision="contract", name="offtake", action="force"))) == ["signed[offtake, 0] + signed[offtake, 12] >= 1"]
    assert rules(works(Fix(decision="plant", name="smelter", action="fix", month=Month(2028, 1), value=2.0))) == ["built[smelter, 12] = 2"]
    assert rules(works(Fix(decision="plant", name="smelter", action="forbid"))) == ["built[smelter, 0] + built[smelter, 12] <= 0"]
    assert rules(case(fixes=(Fix(decision="purchase", name="trade", action="at most", year=2028, value=6.0),))) == [
        "bought_t[trade, 12] <= 6"
    ]
    lifting = Fix(decision="lifting", name="offtake", action="at least", month=Month(2027, 5), value=0.25)
    assert rules(offered(lifting)) == ["0.0833333 lifted_t[offtake, trade, 0] >= 0.25"]
    into = Fix(decision="processing", name="smelter", action="at most", material="beta", value=3.0)
    assert rules(works(into)) == ["processed_t[smelter, beta, 0] + processed_t[smelter, beta, 12] <= 3"]
    levels = (
        Fix(decision="stock", name="store", action="at least", year=2027, value=5.0),
        Fix(decision="stock", name="store", action="fix", month=Month(2028, 3), value=4.0),
        Fix(decision="stock", name="store", action="at most", value=7.0),
    )
    assert rules(case(stocks=(stock(opening_t=2.0),), fixes=levels)) == [
        "level_t[store, alpha, powder, 0] >= 5",
        "0.25 level_t[store, alpha, powder, 12] + 0.75 level_t[store, alpha, powder, 0] = 4",
        "level_t[store, alpha, powder, 0] <= 7",
        "level_t[store, alpha, powder, 12] <= 7",
    ]


def test_routes_printed() -> None:
    """R1 for what a route carries in a month and in a year."""
    way = Route(route="way", from_kind="source", from_name="trade", usd_per_t=100.0)
    fixes = (
        Fix(decision="route", name="way", action="at most", month=Month(2027, 2), value=0.5),
        Fix(decision="route", name="way", action="fix", material="alpha", form="powder", year=2028, value=7.0),
    )
    assert rules(case(routes=(way,), fixes=fixes)) == [
        "0.0833333 shipped_t[way, alpha, powder, 0] <= 0.5",
        "shipped_t[way, alpha, powder, 12] = 7",
    ]


def test_a_route_that_carries_so_much() -> None:
    """A route of 100 USD/t beside which another source is free: it must carry 7 t in 2028, 0.0007 more than 0.24."""
    way = Route(route="way", from_kind="source", from_name="trade", usd_per_t=100.0)
    asked = Fix(decision="route", name="way", action="at least", year=2028, value=7.0)
    two = (source(), source("other"))
    assert base(case(sources=two, routes=(way,))).cost == pytest.approx(0.24)
    assert base(case(sources=two, routes=(way,), fixes=(asked,))).cost == pytest.approx(0.2407)


def test_no_row_no_rule() -> None:
    """Without fixes the model has none of it."""
    assert rules(case()) == []


def test_a_contract_that_must_be_signed() -> None:
    """Forced, the contract costs 0.25 of prepayment a year and saves 6 t x 5 USD/kg = 0.03: 0.24 without, 0.43 at the earliest and 0.46
    if it must be in the second year (one year of the annuity, and one of the saving, fall behind the plan): 0.24 - 0.03 + 0.25."""
    assert base(offered()).cost == pytest.approx(0.24)
    late = Fix(decision="contract", name="offtake", action="force", month=Month(2028, 1))
    assert base(offered(late)).cost == pytest.approx(0.24 - 0.03 + 0.25)
    early = Fix(decision="contract", name="offtake", action="force", year=2027)
    assert base(offered(early)).cost == pytest.approx(0.24 - 0.06 + 0.5)


def test_a_contract_that_may_not_be_signed() -> None:
    """A contract that pays (no prepayment) is signed at once, 0.18; forbidden in 2027, it saves only in 2028, 0.21; forbidden, 0.24."""
    free = (Contract(contract="offtake", status="on offer", tenor_years=2),)
    plain = offered()

    def cost(*fixes: Fix) -> float:
        return base(case(contracts=free, contract_lines=plain.contract_lines, fixes=fixes)).cost

    assert cost() == pytest.approx(0.18)
    assert cost(Fix(decision="contract", name="offtake", action="forbid", year=2027)) == pytest.approx(0.21)
    assert cost(Fix(decision="contract", name="offtake", action="forbid")) == pytest.approx(0.24)


def test_units_built_at_a_date() -> None:
    """Two units in January 2028 cost a year of their annuity, 0.1 each: 0.44 against 0.24 without."""
    assert base(works()).cost == pytest.approx(0.24)
    answer = base(works(Fix(decision="plant", name="smelter", action="fix", month=Month(2028, 1), value=2.0)))
    assert answer.value("built", "smelter", 12) == 2
    assert answer.cost == pytest.approx(0.44)


def test_purchases_of_a_year() -> None:
    """At least 18 t in 2027 buys 6 t too many, 0.3 (24 t and 6 t at 10 USD/kg); without the row 0.24. No more than 10 t in 2028 leaves
    2 t unserved at 1000 USD/kg, where nothing can be stored: 2.22."""
    assert base(case()).cost == pytest.approx(0.24)
    assert base(case(fixes=(Fix(decision="purchase", name="trade", action="at least", year=2027, value=18.0),))).cost == pytest.approx(0.3)
    assert base(case(fixes=(Fix(decision="purchase", name="trade", action="at most", year=2028, value=10.0),))).cost == pytest.approx(2.22)


def test_a_stock_at_a_date() -> None:
    """A store that must hold 6 t at the end of 2027, and exactly 6 at the end, buys 6 t more: 0.30 against 0.24."""
    store = (stock(),)
    assert base(case(stocks=store)).cost == pytest.approx(0.24)
    held = Fix(decision="stock", name="store", action="at least", month=Month(2027, 12), value=6.0)
    assert base(case(stocks=store, fixes=(held,))).cost == pytest.approx(0.24)
    last = Fix(decision="stock", name="store", action="fix", month=Month(2028, 12), value=6.0)
    answer = base(case(stocks=store, fixes=(held, last)))
    assert answer.cost == pytest.approx(0.3)
    assert answer.value("level_t", "store", "alpha", "powder", 0) >= 6 - 1e-9


def test_rules_that_contradict_have_no_plan() -> None:
    """What the checks refuse has no solution either; nor has one that asks for something of nothing."""
    both = tuple(Fix(decision="purchase", name="trade", action=a, year=2027, value=v) for a, v in (("at least", 9.0), ("at most", 8.0)))
    assert impossible(base_plan(Study(case(fixes=both))))
    nothing = case(
        settings=settings(decision_every_months=24),
        sources=(source(),),
        fixes=(Fix(decision="purchase", name="trade", action="at least", year=2040, value=1.0),),
    )
    with pytest.raises(NeverSatisfied, match="keep_what_is_fixed"):
        impossible(base_plan(Study(nothing)))
