"""What an option of the workbook is worth: the cost of the same small plan with it and without it, in million USD.

Options whose own file of tests says so already are not repeated here.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, case, cutoff, demand, equations, least_cost, settings, source, stock
from smelters import candidate, smelter, smelting

from models.build import base_plan
from models.case import (
    Assumption,
    Case,
    Composition,
    Contract,
    ContractLine,
    Count,
    Form,
    Plant,
    Price,
    Recipe,
    Recovery,
    Route,
    Sale,
    Store,
)
from models.columns import Month
from models.run import Study

SECOND_YEAR = Month(2028, 1)


def cost(changed: Case) -> float:
    """Least cost of a base plan with nothing to survive, million USD."""
    return base(changed).cost


# Feeds and balance


def basket(disposal_usd_per_t: float = 1000.0, **sheets: Any) -> Case:
    """Ore at 10 USD/kg is a quarter alpha, of which 12 t a year are needed, and three quarters beta; a works separates it."""
    ore = Form(form="ore", position=1, holds="mixtures")
    powder = Form(form="powder", position=2, holds="elements", disposal_usd_per_t=disposal_usd_per_t)
    works = Plant(
        plant="works",
        status="existing",
        country="home",
        input_form="ore",
        output_form="powder",
        capacity_t_per_yr=999.0,
        capacity_basis="feed",
    )
    plain: dict[str, Any] = {
        "forms": (ore, powder),
        "compositions": tuple(Composition(mixture="ore A", element=e, share=s) for e, s in (("alpha", 0.25), ("beta", 0.75))),
        "plants": (works,),
        "sources": (source("mine", "ore A", form="ore", max_t_per_yr=200.0),),
        "prices": (Price(index="index", material="ore A", form="ore", usd_per_kg=10.0),),
    }
    return case(**{**plain, **sheets})


def test_recovery_of_one_element() -> None:
    """48 t of ore a year at 10 USD/kg and 36 t of beta disposed of at 1: 1.032. Half of the alpha recovered takes twice the ore: 2.064;
    half of the beta leaves half of it to dispose of: 0.996. B1 prints a quarter times a half of alpha."""
    assert cost(basket()) == pytest.approx(1.032)
    poor = basket(recoveries=(Recovery(plant="works", element="alpha", recovery=0.5),))
    assert cost(poor) == pytest.approx(2.064)
    assert cost(basket(recoveries=(Recovery(plant="works", element="beta", recovery=0.5),))) == pytest.approx(0.996)
    assert equations(base_plan(Study(poor)), "nothing_appears_or_vanishes")[2] == (
        "0.125 processed_t[works, ore A, 0] = served_t[makers, alpha, powder, 0] + disposed_t[alpha, powder, 0]"
    )


def test_paid_disposal() -> None:
    """96 t of ore cost 0.96; 72 t of beta that nobody wants cost 0.072 more at 1,000 USD a tonne."""
    assert cost(basket(disposal_usd_per_t=0.0)) == pytest.approx(0.96)
    assert cost(basket()) == pytest.approx(1.032)


def test_a_market_for_a_by_product() -> None:
    """At 2 USD/kg each tonne of beta sold earns 0.002 and saves 0.001 of disposal: 1.032 without a market, 0.996 where it takes 6 t a
    year, 0.96 where it takes 12 t."""
    assert cost(basket()) == pytest.approx(1.032)
    for most, expected in ((6.0, 0.996), (12.0, 0.96)):
        market = Sale(material="beta", form="powder", usd_per_kg=2.0, max_t_per_yr=most)
        assert cost(basket(sales=(market,))) == pytest.approx(expected)


def test_a_by_product_is_stored() -> None:
    """Alpha is needed in the first year, 12 t of beta in the second. Without a store 16 t of ore more are bought then: 0.516 + 0.164 =
    0.68. With room for 12 t the first year's beta serves: 0.48 for ore and 0.024 for 24 t disposed of, 0.504; with room for all of it
    nothing is disposed of, 0.48."""
    years = tuple(
        Assumption(assumption=name, year=2027 + k, value=v) for name, vs in (("first", (1, 0)), ("then", (0, 1))) for k, v in enumerate(vs)
    )
    needs = (demand(profile="first"), demand("beta", profile="then"))
    for stores, expected in (((), 0.68), ((stock("beta", capacity_t=12.0),), 0.504), ((stock("beta"),), 0.48)):
        assert cost(basket(assumptions=years, demands=needs, stocks=stores)) == pytest.approx(expected)


# Purchases


def test_spot_share() -> None:
    """A quarter of 24 t a year is for sale without a contract: 12 t go unserved at 1,000 USD/kg, 12.12; where all is, 0.24."""
    assert cost(case(sources=(source(spot_share=0.25),))) == pytest.approx(12.12)
    assert cost(case(sources=(source(),))) == pytest.approx(0.24)


def test_surge_in_a_cut() -> None:
    """Elsewhere the normal flow is half a tonne a month. Three months without abroad need 3 t: without a surge 1.5 t lie in store,
    0.255; where deliveries double each month only the first half tonne is missing, 0.245."""
    for surge, expected in ((None, 0.255), (2.0**12 - 1, 0.245)):
        far = source("far", countries=("elsewhere",), normal_t_per_yr=6.0, surge=surge)
        changed = case(sources=(source(), far), stocks=(stock(),), cutoffs=(cutoff(),))
        assert least_cost(changed) == pytest.approx(expected)


# Contracts


def contracted(terms: dict[str, Any] | None = None, **line: Any) -> Case:
    """An offer of 12 t a year for two years at half of the market's 10 USD/kg, without a minimum."""
    plain: dict[str, Any] = {"source": "trade", "max_t_per_yr": 12.0, "price_index": "index", "discount_pct": 50.0}
    return case(
        contracts=(Contract(**{"contract": "offtake", "status": "on offer", "tenor_years": 2, **(terms or {})}),),
        contract_lines=(ContractLine(contract="offtake", **{**plain, **line}),),
    )


@pytest.mark.parametrize(
    "terms",
    [{"sign_from": SECOND_YEAR}, {"first_delivery": SECOND_YEAR}, {"lead_months": 12}, {"tenor_years": 1}],
    ids=["window", "first delivery", "lead", "tenor"],
)
def test_a_contract_of_one_year_of_two(terms: dict[str, Any]) -> None:
    """Two years at 5 USD/kg cost 0.12; with one of them by a later window, first delivery or lead, or a shorter tenor, 0.18; none, 0.24."""
    assert cost(contracted()) == pytest.approx(0.12)
    assert cost(contracted(terms)) == pytest.approx(0.18)
    assert cost(case()) == pytest.approx(0.24)


def test_a_window_that_closes() -> None:
    """A window that closed before the plan leaves the market, 0.24; one that closes after the first day is wide enough, 0.12."""
    assert cost(contracted({"sign_to": Month(2026, 12)})) == pytest.approx(0.24)
    assert cost(contracted({"sign_to": Month(2027, 1)})) == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({}, 0.12),
        ({"floor_usd_per_kg": 8.0}, 0.192),
        ({"cap_usd_per_kg": 4.0}, 0.096),
        ({"price_index": "", "fixed_usd_per_kg": 7.0, "discount_pct": 0.0}, 0.168),
    ],
    ids=["discount", "floor", "cap", "fixed"],
)
def test_price_of_a_contract(line: dict[str, Any], expected: float) -> None:
    """24 t at the index cost 0.24; at 50 % discount 0.12; with a floor of 8 USD/kg 0.192; with a cap of 4 0.096; at a fixed 7 0.168."""
    assert cost(case()) == pytest.approx(0.24)
    assert cost(contracted(**line)) == pytest.approx(expected)


def test_share_of_the_output() -> None:
    """Half of what is needed is a quarter of the source's 24 t a year: with a right to that share 0.18, to all of it 0.12. A minimum of
    three quarters of the output pays for 18 t of which 12 t are lifted: 0.18. L1 and L2 print the shares in tonnes."""
    whole = contracted(max_t_per_yr=None)
    quarter = contracted(max_t_per_yr=None, max_share=0.25)
    firm = contracted(max_t_per_yr=None, min_share=0.75)
    assert (cost(whole), cost(quarter), cost(firm)) == pytest.approx((0.12, 0.18, 0.18))
    assert equations(base_plan(Study(quarter)), "lift_no_more_than_the_right")[0] == "lifted_t[offtake, trade, 0] <= 6 signed[offtake, 0]"
    assert equations(base_plan(Study(firm)), "lift_or_pay_the_minimum")[0] == (
        "18 signed[offtake, 0] <= unlifted_t[offtake, trade, 2027] + lifted_t[offtake, trade, 0]"
    )


def test_prepayment_is_an_annuity() -> None:
    """0.04 prepaid over a tenor of two years is 0.02 in each of both: 0.16 against 0.12 without; over four years half of it falls
    behind the plan: 0.14."""
    assert cost(contracted()) == pytest.approx(0.12)
    for tenor, expected in ((2, 0.16), (4, 0.14)):
        assert cost(contracted({"upfront_usd_m": 0.04, "tenor_years": tenor})) == pytest.approx(expected)


# Plants


def test_ramp_by_year() -> None:
    """24 t of bars cost 0.24. At 25 % in the first year of operation 9 t go unserved at 1,000 USD/kg: 9.15. C1 prints a quarter of
    the first year of either decision."""
    slow = smelting(candidate(ramp_pct=(25.0, 100.0), materials=("alpha",)))
    assert cost(smelting(candidate())) == pytest.approx(0.24)
    assert cost(slow) == pytest.approx(9.15)
    assert equations(base_plan(Study(slow)), "handle_no_more_than_capacity") == [
        "processed_t[smelter, alpha, 0] <= 3 built[smelter, 0]",
        "processed_t[smelter, alpha, 12] <= 12 built[smelter, 0] + 3 built[smelter, 12]",
    ]


def test_permit_and_building_time() -> None:
    """Nothing brings a plant sooner: with 6 months for the permit and 6 to build the first year's 12 t go unserved at 1,000 USD/kg, 12.12;
    with one of the two 6.18; with neither 0.24."""
    for permit, build, expected in ((6, 6, 12.12), (6, 0, 6.18), (0, 6, 6.18), (0, 0, 0.24)):
        assert cost(smelting(candidate(permit_months=permit, build_months=build))) == pytest.approx(expected)


def test_several_elements_share_a_capacity() -> None:
    """12 t a year of bars of either element: with 24 t of capacity 0.24 + 0.48 for powder; with 12 t only alpha is served and 24 t of beta
    are not, at 1,000 USD/kg: 24.24."""
    both = (demand(form="bar"), demand("beta", form="bar"))
    for capacity, expected in ((24.0, 0.72), (12.0, 24.24)):
        assert cost(smelting(smelter(capacity_t_per_yr=capacity), demands=both)) == pytest.approx(expected)


def test_capital_and_fixed_cost() -> None:
    """Powder for 24 t of bars costs 0.24. A capital of 1 charged over ten years adds 0.2 in the two of the plan, over five 0.4; a fixed
    cost of 0.1 a year 0.2."""
    for terms, expected in (
        ({}, 0.24),
        ({"capex_usd_m": 1.0, "life_years": 10}, 0.44),
        ({"capex_usd_m": 1.0, "life_years": 5}, 0.64),
        ({"fixed_opex_usd_m_per_yr": 0.1}, 0.44),
    ):
        assert cost(smelting(candidate(**terms))) == pytest.approx(expected)


def test_one_plant_of_a_group() -> None:
    """Two plants of 6 t serve all 24 t, 0.24; of one group one is built, and 12 t go unserved: 12.12."""
    for group, expected in (("", 0.24), ("project", 12.12)):
        half: dict[str, Any] = {"capacity_t_per_yr": 6.0, "exclusive_group": group}
        assert cost(smelting(candidate(**half), candidate(plant="second", **half))) == pytest.approx(expected)


def test_at_most_so_many_plants() -> None:
    """Three plants of 4 t serve all 24 t, 0.24; with at most two of them 8 t go unserved at 1,000 USD/kg: 8.16. R3 prints the row."""
    plants = tuple(candidate(plant=name, capacity_t_per_yr=4.0) for name in ("one", "two", "three"))
    limited = smelting(*plants, counts=(Count(rule="two", members=("one", "two", "three"), at_most=2),))
    assert cost(smelting(*plants)) == pytest.approx(0.24)
    assert cost(limited) == pytest.approx(8.16)
    built = " + ".join(f"built[{name}, {d}]" for name in ("one", "two", "three") for d in (0, 12))
    assert equations(base_plan(Study(limited)), "take_so_many") == [f"{built} <= 2"]


def test_share_for_the_buyer() -> None:
    """Of a plant of 12 t a year all is the buyer's, 0.24; of half of it 12 t go unserved: 12.12."""
    for share, expected in ((1.0, 0.24), (0.5, 12.12)):
        assert cost(smelting(smelter(share_for_buyer=share))) == pytest.approx(expected)


# Stocks


def test_minimum_and_final_stock_cost() -> None:
    """24 t at 10 USD/kg cost 0.24; 7 t held at every period's end 0.07 more, 9 t at the last 0.09, both together 0.09."""
    for limits, expected in (({}, 0.24), ({"minimum_t": 7.0}, 0.31), ({"final_t": 9.0}, 0.33), ({"minimum_t": 7.0, "final_t": 9.0}, 0.33)):
        assert cost(case(stocks=(stock(**limits),))) == pytest.approx(expected)


def test_loss() -> None:
    """10 t that lie there at the end of both years cost 0.1 beside the 24 t that are needed: 0.34. At a loss of 19 % a year 1.9 t of them
    are bought again: 0.359. S1 prints what is left of a year's level."""
    sound, leaky = (case(stocks=(stock(minimum_t=10.0, loss_pct_per_yr=loss),)) for loss in (0.0, 19.0))
    assert (cost(sound), cost(leaky)) == pytest.approx((0.34, 0.359))
    assert equations(base_plan(Study(leaky)), "carry_over")[1] == (
        "level_t[store, alpha, powder, 12] + drawn_t[store, alpha, powder, 12] = "
        "0.81 level_t[store, alpha, powder, 0] + added_t[store, alpha, powder, 12]"
    )


def test_release_rate_must_be_enough() -> None:
    """Three months on stock alone at 1 t a month: 3 t in a store that releases freely, 0.27; one that releases a hundredth of its
    100 t a month does as well, one that releases half a hundredth can never be enough: no plan survives."""
    for release, expected in ((100.0, 0.27), (1.0, 0.27), (0.5, float("inf"))):
        store = stock(capacity_t=100.0, release_pct_per_month=release)
        assert least_cost(case(stocks=(store,), cutoffs=(cutoff(),))) == pytest.approx(expected)


def test_terminal_stock_at_a_fraction_of_its_price() -> None:
    """10 t that must lie there at the end cost 0.1 beside 0.24; valued at half of their price 0.05, at nothing 0.1."""
    for share, expected in ((0.0, 0.34), (0.5, 0.29)):
        changed = case(settings=settings(terminal_stock_share=share), stocks=(stock(final_t=10.0),))
        assert cost(changed) == pytest.approx(expected)


def test_capacity_of_a_store_in_all_and_of_each() -> None:
    """24 t of each element are for sale in the first year only, 12 t a year of each needed. A store without limits carries 24 t, 0.72 for
    powder; with room for 8 t of each 4 t of each go unserved at 1,000 USD/kg, 8.6; with room for 12 t in all 12 t of beta, which is
    dearer, do, 12.48."""
    early = {"last_month": Month(2027, 12)}
    both = {"demands": (demand(), demand("beta")), "sources": (source(**early), source("trade beta", "beta", **early))}
    free = (stock(), stock("beta"))
    each = (stock(capacity_t=8.0), stock("beta", capacity_t=8.0))
    assert cost(case(**both, stocks=free)) == pytest.approx(0.72)
    assert cost(case(**both, stocks=each)) == pytest.approx(8.6)
    assert cost(case(**both, stocks=free, stores=(Store(store="store", capacity_t=12.0),))) == pytest.approx(12.48)


# Routes


def test_a_route_costs_by_element() -> None:
    """24 t of each element come free in the pool for 0.72; along routes of 100 USD/t for alpha and 500 for beta for 0.7344."""
    both = {"demands": (demand(), demand("beta"))}
    ways = tuple(
        Route(route=e, from_kind="source", from_name=s, to_kind="sector", to_name="makers", elements=(e,), usd_per_t=usd)
        for e, s, usd in (("alpha", "trade", 100.0), ("beta", "trade beta", 500.0))
    )
    assert cost(case(**both)) == pytest.approx(0.72)
    assert cost(case(**both, routes=ways)) == pytest.approx(0.7344)


# Needs


def test_service_level() -> None:
    """Three months without supply at 1 t a month: 3 t in store at a service of 100 %, 0.27; 2.4 t at 80 %, 0.264; none
    unprotected, 0.24."""
    for terms, expected in (({}, 0.27), ({"service_level": 0.8}, 0.264), ({"protected": False}, 0.24)):
        assert least_cost(case(demands=(demand(**terms),), stocks=(stock(),), cutoffs=(cutoff(),))) == pytest.approx(expected)


def test_bill_of_materials() -> None:
    """100 t a year of a product of 0.2 kg alpha (0.25 kg oxide) and 0.1 kg beta (0.12 kg oxide): 25 t and 12 t, 0.98 in two years; with no
    beta in it 0.5; with twice the alpha 1.48. B1 prints the shares of the contained oxide."""
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="part", position=4, holds="mixtures", mass="product"))
    press = smelter(plant="press", output_form="part", materials=("magnet",), capacity_t_per_yr=500.0)
    found = []
    for kg in ({"alpha": 0.2, "beta": 0.1}, {"alpha": 0.2}, {"alpha": 0.4, "beta": 0.1}):
        changed = case(
            forms=forms,
            recipes=tuple(Recipe(grade="magnet", element=e, kg_per_kg=v) for e, v in kg.items()),
            plants=(press,),
            sources=(source(max_t_per_yr=99.0), source("trade beta", "beta", max_t_per_yr=99.0)),
            demands=(demand("magnet", form="part", t_per_yr=100.0),),
        )
        found.append(cost(changed))
        if len(found) == 1:
            assert equations(base_plan(Study(changed)), "nothing_appears_or_vanishes")[::2] == [
                "bought_t[trade, 0] = 0.675676 processed_t[press, magnet, 0] + disposed_t[alpha, powder, 0]",
                "bought_t[trade beta, 0] = 0.324324 processed_t[press, magnet, 0] + disposed_t[beta, powder, 0]",
                "processed_t[press, magnet, 0] = served_t[makers, magnet, part, 0] + disposed_t[magnet, part, 0]",
            ]
    assert found == pytest.approx([0.98, 0.5, 1.48])


# Rules


def test_a_count_of_some_months() -> None:
    """Near and far sell 6 t a year each, at 10 and 11 USD/kg: 0.252. At most one of them from 2028 on leaves 6 t unserved at 1,000 USD/kg
    instead of 0.066: 6.186; the same to the end of 2027; of both years 12.12."""
    both = (source("near", max_t_per_yr=6.0), source("far", max_t_per_yr=6.0, price_factor=1.1))
    assert cost(case(sources=both)) == pytest.approx(0.252)
    one = Count(rule="one", members=("near", "far"), at_most=1)
    for times, expected in (({"from_month": SECOND_YEAR}, 6.186), ({"by_month": Month(2027, 12)}, 6.186), ({}, 12.12)):
        assert cost(case(sources=both, counts=(dataclasses.replace(one, **times),))) == pytest.approx(expected)
