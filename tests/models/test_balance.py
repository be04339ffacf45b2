"""B1 nothing_appears_or_vanishes and B2 sell_surplus_only, with baskets and by-products."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, change, demand, equations, settings, source, stock

from models.build import base_plan
from models.case import Assumption, Case, Composition, Form, Plant, Price, Recovery, Sale
from models.run import Study

ORE = {
    "forms": (Form(form="ore", position=1, holds="mixtures"), Form(form="powder", position=2, holds="elements", disposal_usd_per_t=1000.0)),
    "compositions": (Composition(mixture="ore A", element="alpha", share=0.25), Composition(mixture="ore A", element="beta", share=0.75)),
}
SEPARATION = Plant(
    plant="works", status="existing", country="home", input_form="ore", output_form="powder", capacity_t_per_yr=999.0, capacity_basis="feed"
)


def basket(**sheets: Any) -> Case:
    """Alpha comes only with three times as much beta, in ore at 10 USD/kg."""
    price = Price(index="index", material="ore A", form="ore", usd_per_kg=10.0)
    return case(
        **{
            **ORE,
            "sources": (source("mine", "ore A", form="ore", max_t_per_yr=100.0),),
            "prices": (price,),
            "plants": (SEPARATION,),
            **sheets,
        }
    )


def test_balance_printed() -> None:
    """B1, two commodities and two slots: bought and drawn = stored, served and disposed of."""
    assert equations(base_plan(Study(case(stocks=(stock(),)))), "nothing_appears_or_vanishes") == [
        f"bought_t[trade, {t}] + drawn_t[store, alpha, powder, {t}] = "
        f"added_t[store, alpha, powder, {t}] + served_t[makers, alpha, powder, {t}] + disposed_t[alpha, powder, {t}]"
        if element == "alpha"
        else f"bought_t[trade beta, {t}] = disposed_t[beta, powder, {t}]"
        for element in ("alpha", "beta")
        for t in (0, 12)
    ]


def test_a_mixture_arrives_as_its_elements_printed() -> None:
    """Ore bought where elements are counted enters two balances; processed, it leaves its own and enters two."""
    mixed = case(**{**ORE, "sources": (source("mine", "ore A"),)})
    assert equations(base_plan(Study(mixed)), "nothing_appears_or_vanishes")[2] == "0.75 bought_t[mine, 0] = disposed_t[beta, powder, 0]"
    assert equations(base_plan(Study(basket())), "nothing_appears_or_vanishes")[::2] == [
        "bought_t[mine, 0] = processed_t[works, ore A, 0] + disposed_t[ore A, ore, 0]",
        "0.25 processed_t[works, ore A, 0] = served_t[makers, alpha, powder, 0] + disposed_t[alpha, powder, 0]",
        "0.75 processed_t[works, ore A, 0] = disposed_t[beta, powder, 0]",
    ]


def test_buying_one_element_also_buys_the_others() -> None:
    """12 t of alpha a year take 48 t of ore and leave 36 t of beta to be disposed of at 1 USD/kg: 0.96 + 0.072 million in two years;
    without the chain 24 t of alpha cost 0.24."""
    answer = base(basket())
    assert answer.total("bought_t") == pytest.approx(96)
    assert answer.value("disposed_t", "beta", "powder", 0) == pytest.approx(36)
    assert answer.cost == pytest.approx(0.96 + 0.072)
    assert base(case()).cost == pytest.approx(0.24)


def test_disposal_is_paid_for() -> None:
    """The same 72 t of beta cost 0.072 at 1,000 USD/t and nothing where getting rid of it is free: 1.032 against 0.96."""
    free = (ORE["forms"][0], Form(form="powder", position=2, holds="elements"))
    assert base(basket()).cost == pytest.approx(1.032)
    assert base(basket(forms=free)).cost == pytest.approx(0.96)


def test_a_by_product_is_stored_for_later() -> None:
    """Beta that comes with the first year's alpha serves the second, when 36 t of it are wanted and the mine gives no more: none is
    missing with a store, 36 t are without."""
    early = source("mine", "ore A", form="ore", max_t_per_yr=100.0, last_month=settings().start.plus(11))
    late = Assumption(assumption="late", year=2027, value=0.0), Assumption(assumption="late", year=2028, value=1.0)
    wanted = (demand(profile="soon"), demand("beta", t_per_yr=36.0, profile="late"))
    soon = Assumption(assumption="soon", year=2027, value=1.0), Assumption(assumption="soon", year=2028, value=0.0)
    for stocks, unmet in (((stock("beta"),), 0.0), ((), 36.0)):
        changed = basket(sources=(early,), demands=wanted, assumptions=(*late, *soon), stocks=stocks)
        assert base(changed).total("unmet_t") == pytest.approx(unmet)


def test_recoveries_by_element_printed() -> None:
    """B1 with 0.9 for all and 0.5 for alpha: 0.125 and 0.675 t come out of a tonne of ore; 24 t of alpha take 192 t of it, not 106.7."""
    lossy = (change(SEPARATION, recovery=0.9),)
    own = (Recovery(plant="works", element="alpha", recovery=0.5),)
    wide = (source("mine", "ore A", form="ore", max_t_per_yr=999.0),)
    changed = basket(plants=lossy, recoveries=own, sources=wide)
    assert equations(base_plan(Study(changed)), "nothing_appears_or_vanishes")[2::2] == [
        "0.125 processed_t[works, ore A, 0] = served_t[makers, alpha, powder, 0] + disposed_t[alpha, powder, 0]",
        "0.675 processed_t[works, ore A, 0] = disposed_t[beta, powder, 0]",
    ]
    assert base(changed).total("bought_t") == pytest.approx(192)
    assert base(basket(plants=lossy, sources=wide)).total("bought_t") == pytest.approx(24 / 0.225)


def test_sales_printed() -> None:
    """B2 for what a separation gives jointly and for what a store gives; the market's limit is a bound."""
    sales = tuple(Sale(material=e, form="powder", usd_per_kg=1.0, max_t_per_yr=6.0) for e in ("alpha", "beta"))
    assert equations(base_plan(Study(basket(sales=sales, stocks=(stock(),)))), "sell_surplus_only") == [
        line
        for t in (0, 12)
        for line in [f"sold_t[alpha, powder, {t}] <= 0.25 processed_t[works, ore A, {t}] + drawn_t[store, alpha, powder, {t}]"]
    ] + [f"sold_t[beta, powder, {t}] <= 0.75 processed_t[works, ore A, {t}]" for t in (0, 12)]


def test_by_products_are_sold_first() -> None:
    """Of 36 t of beta a year 6 t find a buyer at 2 USD/kg, which also saves their disposal: 1.032 - 12 x 0.003 = 0.996."""
    market = Sale(material="beta", form="powder", usd_per_kg=2.0, max_t_per_yr=6.0)
    assert base(basket(sales=(market,))).cost == pytest.approx(0.996)
    assert base(basket()).cost == pytest.approx(1.032)


def test_nothing_is_bought_to_be_sold() -> None:
    """A market that pays more than the purchase price finds no surplus: 0.24 as without it. 3 t that lay in store may be sold: -0.015."""
    market = Sale(material="alpha", form="powder", usd_per_kg=15.0, max_t_per_yr=6.0)
    assert base(case(sales=(market,))).cost == pytest.approx(0.24)
    cheap = Sale(material="alpha", form="powder", usd_per_kg=5.0, max_t_per_yr=6.0)
    assert base(case(sales=(cheap,), demands=(), stocks=(stock(opening_t=3.0),))).cost == pytest.approx(-0.015)


def test_single_output_is_no_surplus() -> None:
    """Bars made of powder are made on purpose and may not be sold at a gain; a separation's joint output may."""
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))
    smelter = Plant(plant="smelter", status="existing", country="home", input_form="powder", output_form="bar", capacity_t_per_yr=99.0)
    market = Sale(material="alpha", form="bar", usd_per_kg=15.0, max_t_per_yr=6.0)
    assert base(case(forms=forms, plants=(smelter,), demands=(), sales=(market,))).total("sold_t") == pytest.approx(0)
    joint = Sale(material="beta", form="powder", usd_per_kg=15.0, max_t_per_yr=6.0)
    assert base(basket(demands=(), sales=(joint,))).total("sold_t") == pytest.approx(12)


def test_scrap_comes_back() -> None:
    """A smelter that loses half and gets half of that back needs 12 t of bars from 18 t of fresh powder instead of 24 t, each year."""
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))
    for returned, bought in ((0.5, 36.0), (0.0, 48.0)):
        smelter = Plant(
            plant="smelter",
            status="existing",
            country="home",
            input_form="powder",
            output_form="bar",
            capacity_t_per_yr=99.0,
            recovery=0.5,
            scrap_form="powder",
            scrap_return_share=returned,
        )
        answer = base(case(forms=forms, plants=(smelter,), demands=(demand(form="bar"),)))
        assert answer.total("bought_t") == pytest.approx(bought)
