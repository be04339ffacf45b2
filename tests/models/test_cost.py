"""Every cost term once, by hand; and the pieces add up to the objective."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, case, change, crisis, cutoff, demand, optimum, settings, source, stock

from models.build import base_plan
from models.case import Case, Composition, Contract, ContractLine, Form, Plant, Price, Sale
from models.columns import Month
from models.cost import TERMS, lowest_price, total
from models.formulation import example
from models.read_plan import read_costs
from models.run import Study
from models.spending import capitalised

BARS = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))


def terms(changed: Case) -> dict[str, float]:
    """Discounted cost by term at the optimum; the terms are known to add up to it."""
    model = base_plan(Study(changed))
    answer = optimum(model)
    rows = read_costs(model.cost_pieces, answer.of)
    assert sum(row.usd_m for row in rows) == pytest.approx(answer.cost, abs=1e-12)
    return {t: sum(row.usd_m for row in rows if row.term == t) for t in TERMS}


def discounted(**changes: Any) -> Any:
    """21 % a year: the middle of the first year is 1/1.1, of the second 1/1.331, the end 1/1.4641."""
    return settings(discount_rate_pct=21.0, **changes)


def offtake(**changes: Any) -> dict[str, Any]:
    line = ContractLine(contract="offtake", source="trade", min_t_per_yr=6.0, max_t_per_yr=12.0, price_index="index", discount_pct=50.0)
    plain: dict[str, Any] = {"contract": "offtake", "status": "in force", "tenor_years": 2}
    return {"contracts": (Contract(**{**plain, **changes}),), "contract_lines": (line,)}


def smelter(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"status": "candidate", "country": "home", "input_form": "powder", "output_form": "bar"}
    plant = Plant(**{"plant": "smelter", **plain, "capacity_t_per_yr": 12.0, **changes})
    return {"forms": BARS, "plants": (plant,), "demands": (demand(form="bar"),)}


BOTH_YEARS = 1 / 1.1 + 1 / 1.331


def test_purchases_and_freight() -> None:
    """12 t a year at 10 USD/kg x 1.5 = 0.18 a year, freight 2 USD/kg = 0.024 a year, both discounted."""
    found = terms(case(settings=discounted(), sources=(source(price_factor=1.5, freight_usd_per_kg=2.0),)))
    assert found["purchases"] == pytest.approx(0.18 * BOTH_YEARS)
    assert found["freight"] == pytest.approx(0.024 * BOTH_YEARS)


def test_contracts_with_freight() -> None:
    """12 t a year lifted at 5 USD/kg = 0.06 a year, freight as for purchases; nothing bought."""
    found = terms(case(settings=discounted(), sources=(source(freight_usd_per_kg=2.0),), **offtake()))
    assert found["contracts"] == pytest.approx(0.06 * BOTH_YEARS)
    assert found["freight"] == pytest.approx(0.024 * BOTH_YEARS)
    assert found["purchases"] == 0


def test_take_or_pay() -> None:
    """6 t a year not lifted at 80 % of 5 USD/kg = 0.024 a year."""
    found = terms(case(settings=discounted(), demands=(), **offtake(take_or_pay_share=0.8)))
    assert found["take_or_pay"] == pytest.approx(0.024 * BOTH_YEARS)


def test_take_or_pay_is_discounted_to_the_middle_of_its_months() -> None:
    """In two half years at 21 %: their mean discount factor, by months, for the year's 0.03."""
    halves = discounted(horizon_months=12, coarse_period_months=6)
    form = Form(form="powder", position=2, holds="elements", disposal_usd_per_t=1000.0)
    found = terms(case(settings=halves, forms=(form,), demands=(), **offtake()))
    assert found["take_or_pay"] == pytest.approx(0.03 * (1.21**-0.25 + 1.21**-0.75) / 2)


def test_conversion_counts_capacity_use() -> None:
    """3 USD/kg of output: 12 t a year = 0.036; counted on the feed at a recovery of 50 %: 24 t = 0.072."""
    for basis, recovery, cost in (("output", 1.0, 0.036), ("feed", 0.5, 0.072)):
        plant = smelter(status="existing", capacity_t_per_yr=99.0, recovery=recovery, capacity_basis=basis, variable_opex_usd_per_kg=3.0)
        assert terms(case(settings=discounted(), **plant))["conversion"] == pytest.approx(cost * BOTH_YEARS)


def test_storage_and_handling() -> None:
    """10 t held at both year ends at 200 USD/t/yr = 0.002 a year; added once, at half of 60 USD/t = 0.0003 in the first year."""
    store = stock(minimum_t=10.0, storage_usd_per_t_yr=200.0, handling_usd_per_t=60.0)
    found = terms(case(settings=discounted(), stocks=(store,)))
    assert found["storage"] == pytest.approx(0.002 * BOTH_YEARS)
    assert found["handling"] == pytest.approx(0.0003 / 1.1)
    there = change(store, opening_t=10.0)
    quarter = terms(case(settings=settings(horizon_months=3), demands=(), stocks=(there,)))
    assert quarter["storage"] == pytest.approx(0.0005)


def test_handling_of_what_is_drawn() -> None:
    """12 t drawn in the first year at half of 60 USD/t = 0.00036."""
    store = stock(opening_t=12.0, handling_usd_per_t=60.0)
    assert terms(case(settings=discounted(), stocks=(store,)))["handling"] == pytest.approx(0.00036 / 1.1)


def test_capex_is_an_annuity_from_the_first_month_of_operation() -> None:
    """2 million at once, life 2 years at 21 %: 2 x 0.21 / (1 - 1.21^-2) = 1.3249774 in each of both years."""
    found = terms(case(settings=discounted(), **smelter(capex_usd_m=2.0, life_years=2)))
    assert found["capex"] == pytest.approx(1.3249773756 * BOTH_YEARS)


def test_capex_is_capitalised_over_the_building_time() -> None:
    """Spent over 12 months before operation in the second year: each month at its middle; two months at 21 %: 1.21^(1.5/12) and
    ^(0.5/12)."""
    for months, factor in ((2, (1.21 ** (1.5 / 12) + 1.21 ** (0.5 / 12)) / 2), (0, 1.0)):
        study = Study(case(settings=discounted(), **smelter(build_months=months)))
        assert capitalised(study, study.plants["smelter"], study.online(study.plants["smelter"], 0)) == pytest.approx(factor)
    found = terms(case(settings=discounted(), **smelter(capex_usd_m=2.0, build_months=12, life_years=2)))
    worth = sum(1.21 ** ((12 - k - 0.5) / 12) for k in range(12)) / 12
    assert found["capex"] == pytest.approx(1.3249773756 * worth / 1.331)


def test_capex_ends_with_its_life_and_the_plan() -> None:
    """A life of one year is charged in the first year alone: 2 x 1.21 = 2.42; without discounting a life of 20 years 0.1 a year."""
    found = terms(case(settings=discounted(), **smelter(capex_usd_m=2.0, life_years=1)))
    assert found["capex"] == pytest.approx(2.42 / 1.1)
    assert terms(case(**smelter(capex_usd_m=2.0)))["capex"] == pytest.approx(0.2)


def test_fixed_opex_of_existing_plants_is_a_constant() -> None:
    """0.5 a year from July of the first year on, used or not: 0.25 and 0.5."""
    plant = {**smelter(status="existing", online=Month(2027, 7), fixed_opex_usd_m_per_yr=0.5), "demands": ()}
    assert terms(case(settings=discounted(), **plant))["fixed_opex"] == pytest.approx(0.25 / 1.1 + 0.5 / 1.331)


def test_fixed_opex_of_units_built() -> None:
    """Three units of 4 t at 0.1 a year, on line in the second year: 0.3."""
    plant = smelter(capacity_t_per_yr=4.0, max_units=3, build_months=12, fixed_opex_usd_m_per_yr=0.1)
    assert terms(case(settings=discounted(), **plant))["fixed_opex"] == pytest.approx(0.3 / 1.331)


def test_upfront_is_an_annuity_over_the_tenor() -> None:
    """0.04 prepaid for delivery a year later is 0.0484 then, over a tenor of one year 0.0484 x 1.21 in the second year."""
    found = terms(
        case(
            settings=discounted(),
            sources=(source(spot_share=0.0),),
            **offtake(status="on offer", lead_months=12, tenor_years=1, upfront_usd_m=0.04),
        )
    )
    assert found["upfront"] == pytest.approx(0.0484 * 1.21 / 1.331)


def test_what_is_committed_is_charged_in_the_padding() -> None:
    """A cut of 12 months that starts at the end of the plan uses the smelter for another year: its 0.1 a year of capital and 0.2 of fixed
    cost are charged for three years instead of two; a cut that need not be survived has no padding; existing plants are not charged
    there."""
    plant = smelter(capex_usd_m=2.0, fixed_opex_usd_m_per_yr=0.2)
    idle = {**smelter(status="existing", fixed_opex_usd_m_per_yr=0.5), "demands": ()}
    for survive, years in ((True, 3), (False, 2)):
        cuts = (cutoff(months=12, must_survive=survive),)
        found = terms(case(cutoffs=cuts, **plant))
        assert (found["capex"], found["fixed_opex"]) == pytest.approx((0.1 * years, 0.2 * years))
        assert terms(case(cutoffs=cuts, **idle))["fixed_opex"] == pytest.approx(1.0)


def test_disposal() -> None:
    """Ore counted as its elements: 12 t of alpha bring 36 t of beta, disposed of at 500 USD/t = 0.018 a year."""
    form = Form(form="powder", position=2, holds="elements", disposal_usd_per_t=500.0)
    mixed = (Composition(mixture="ore A", element="alpha", share=0.25), Composition(mixture="ore A", element="beta", share=0.75))
    changed = case(settings=discounted(), forms=(form,), compositions=mixed, sources=(source("mine", "ore A", max_t_per_yr=99.0),))
    assert terms(changed)["disposal"] == pytest.approx(0.018 * BOTH_YEARS)


def test_shortage_counts_the_forms_own_mass() -> None:
    """12 t of metal a year without supply, at 50 USD per kg of metal: 0.6 a year, though they are 15 t of oxide."""
    bar = Form(form="bar", position=3, holds="elements", mass="metal")
    changed = case(settings=discounted(), forms=(BARS[0], bar), demands=(demand(form="bar", shortage_usd_per_kg=50.0),))
    assert terms(changed)["shortage"] == pytest.approx(0.6 * BOTH_YEARS)


def test_sales_are_negative() -> None:
    """3 t drawn from the store and sold at 4 USD/kg in the first year: -0.012."""
    market = Sale(material="alpha", form="powder", usd_per_kg=4.0, max_t_per_yr=24.0)
    changed = case(settings=discounted(), demands=(), stocks=(stock(opening_t=3.0),), sales=(market,))
    assert terms(changed)["sales"] == pytest.approx(-0.012 / 1.1)


def test_terminal_stock() -> None:
    """10 t held at the end are worth half of 10 USD/kg x 1.1, the second year's lowest price, at the end: -0.055 / 1.4641."""
    price = Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, growth_pct_per_yr=10.0)
    changed = case(settings=discounted(terminal_stock_share=0.5), prices=(price,), sources=(source(),), stocks=(stock(final_t=10.0),))
    assert terms(changed)["terminal_stock"] == pytest.approx(-0.055 / 1.4641)


def test_lowest_price() -> None:
    """The lowest of all sources of the commodity; of a basket what its index asks for the element; 0 where nobody sells it."""
    mixed = tuple(Composition(mixture="ore A", element=e, share=0.5) for e in ("alpha", "beta"))
    study = Study(case(compositions=mixed, sources=(source(), source("basket", "ore A", price_factor=0.7))))
    assert lowest_price(study, ("alpha", "powder"), 0) == pytest.approx(7)
    assert lowest_price(study, ("beta", "powder"), 0) == pytest.approx(14)
    assert lowest_price(study, ("beta", "bar"), 0) == 0


def test_crisis_prices_are_undiscounted() -> None:
    """Three months at 1 t and 10 USD/kg from a source elsewhere: 0.03 though money is discounted in the base plan; spot at twice: 0.06."""
    for kind, spot, cost in (("term", 1.0, 0.03), ("spot", 2.0, 0.06)):
        cut = cutoff(spot_price_multiplier=spot, spot_availability=1.0)
        changed = case(settings=discounted(), sources=(source(countries=("elsewhere",), kind=kind),), cutoffs=(cut,))
        assert optimum(crisis(changed, 12)).cost == pytest.approx(cost)


def test_the_pieces_add_up_on_a_case_that_has_every_term() -> None:
    """On the case of the formulation page, whose commitments are forced, every term occurs and their sum is the objective; terms
    left out are left out of the total."""
    full = dataclasses.replace(example(), demands=tuple(dataclasses.replace(d, t_per_yr=d.t_per_yr * 0.1) for d in example().demands))
    model = base_plan(Study(full))
    assert {p.term for p in model.cost_pieces} == set(TERMS)
    model.signed["offtake", 0].fix(1)
    model.built["small smelter", 0].fix(1)
    answer = optimum(model)

    rows = read_costs(model.cost_pieces, answer.of)
    assert sum(row.usd_m for row in rows) == pytest.approx(answer.cost, rel=1e-9)
    assert total(model.cost_pieces, ()) == 0


def test_years_of_the_cost_table() -> None:
    """A cost row holds the year's own money beside its discounted worth: 0.12 in each year."""
    model = base_plan(Study(case(settings=discounted())))
    answer = optimum(model)
    rows = read_costs(model.cost_pieces, answer.of)
    assert [(r.term, r.year, round(r.undiscounted_usd_m, 9), round(r.usd_m, 6)) for r in rows] == [
        ("purchases", 2027, 0.12, 0.109091),
        ("purchases", 2028, 0.12, 0.090158),
    ]
    assert base(case()).cost == pytest.approx(0.24)
