"""R2 keep_below_the_ceiling: no country gives more than its share of what comes from abroad."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, demand, equations, settings, source

from models.build import base_plan
from models.case import Case, Ceiling, Form, Plant, Price
from models.run import Study


def two(*ceilings: Ceiling, **sheets: Any) -> Case:
    """Alpha at 10 USD/kg from 'abroad' and at 20 from 'afar' (whose ore passed 'abroad'); some of it is made at home too."""
    prices = case().prices
    dear = Price(index="dear", material="alpha", form="powder", usd_per_kg=20.0)
    plain: dict[str, Any] = {
        "settings": settings(home_country="home"),
        "prices": (*prices, dear),
        "sources": (
            source(),
            source("far trade", countries=("abroad", "afar"), price_index="dear"),
            source("home trade", countries=("home",), price_index="dear", price_factor=2.0, max_t_per_yr=2.0),
        ),
    }
    return case(**{**plain, "ceilings": ceilings, **sheets})


CEILING = Ceiling(form="powder", max_share=0.65)


def test_ceiling_printed() -> None:
    """R2 for both foreign countries and both years: the last country passed counts, and the home country does not."""
    rules = equations(base_plan(Study(two(CEILING))), "keep_below_the_ceiling")
    assert rules == [
        line
        for t in (0, 12)
        for line in (
            f"0.35 bought_t[trade, {t}] <= 0.65 bought_t[far trade, {t}]",
            f"0.35 bought_t[far trade, {t}] <= 0.65 bought_t[trade, {t}]",
        )
    ]
    priced = Ceiling(country="abroad", form="powder", elements=("alpha",), max_share=0.65, from_year=2028, excess_usd_per_kg=4.0)
    assert equations(base_plan(Study(two(priced))), "keep_below_the_ceiling") == [
        "0.35 bought_t[trade, 12] <= 0.65 bought_t[far trade, 12] + excess_t[1, abroad, alpha, 2028]"
    ]


def test_a_hard_ceiling_buys_elsewhere() -> None:
    """Without a ceiling 24 t at 10 USD/kg cost 0.24; with 65 % for each country 35 % come at 20: 0.24 + 24 x 0.35 x 0.01 = 0.324."""
    assert base(two()).cost == pytest.approx(0.24)
    assert base(two(CEILING)).cost == pytest.approx(0.324)
    assert base(two(Ceiling(country="afar", form="powder", max_share=0.65))).cost == pytest.approx(0.24)


def test_a_priced_ceiling_is_passed_where_that_is_cheaper() -> None:
    """Beyond 65 % (4.2 t a year) at 4 USD/kg is cheaper than 10 more at 'afar': 0.24 + 8.4 x 0.004 = 0.2736; at 12 USD/kg it is kept:
    0.324. A tonne from afar raises the total for all, so it saves just its own excess."""
    priced = {p: base(two(Ceiling(country="abroad", form="powder", max_share=0.65, excess_usd_per_kg=p))).cost for p in (4.0, 12.0)}
    assert priced == pytest.approx({4.0: 0.24 + 8.4 * 0.004, 12.0: 0.324})


def test_a_ceiling_of_other_years_does_not_bind() -> None:
    """From 2028 on it costs half: 0.282; for 2030 nothing: 0.24."""
    assert base(two(Ceiling(form="powder", max_share=0.65, from_year=2028))).cost == pytest.approx(0.282)
    assert base(two(Ceiling(form="powder", max_share=0.65, to_year=2027))).cost == pytest.approx(0.282)
    assert base(two(Ceiling(form="powder", max_share=0.65, from_year=2030))).cost == pytest.approx(0.24)


def test_a_plant_abroad_counts_for_its_country() -> None:
    """Bars come from 'abroad', or are made of powder in a plant 'afar' or at home. A ceiling of half on each country's bars makes 6 t a
    year afar; made at home, no bar of abroad may come beside (it would be all that comes): 0.24 without, 0.36 and 0.48 with it."""
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))

    def cost(country: str, *ceilings: Ceiling) -> float:
        plant = Plant(
            plant="smelter",
            status="existing",
            country=country,
            input_form="powder",
            output_form="bar",
            capacity_t_per_yr=99.0,
            variable_opex_usd_per_kg=10.0,
        )
        prices = (*case().prices, Price(index="index", material="alpha", form="bar", usd_per_kg=10.0))
        bars = (source(), source("bars", form="bar"))
        return base(two(*ceilings, forms=forms, plants=(plant,), prices=prices, sources=bars, demands=(demand(form="bar"),))).cost

    assert cost("afar") == pytest.approx(0.24)
    assert cost("afar", Ceiling(form="bar", max_share=0.5)) == pytest.approx(0.36)
    assert cost("home", Ceiling(form="bar", max_share=0.5)) == pytest.approx(0.48)
