"""Cut-offs by country, source, contract, plant, element and form: what each takes, and that nothing else is touched.

24 t of alpha at 10 USD/kg cost 0.24 million USD; a whole cut of three months of 1 t each asks for 3 t in store, 0.03 more.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case, cutoff, demand, least_cost, source, stock

from models.case import Case, Composition, Contract, ContractLine, Form, Plant, Price

BAR = Form(form="bar", position=3, holds="elements")


def cut(who: dict[str, Any], **sheets: Any) -> float:
    """Least cost where a cut-off names this (and no country unless it says so); alpha can be stored."""
    row = cutoff(**{"countries": (), **who})
    return least_cost(case(**{"cutoffs": (row,), "stocks": (stock(),), **sheets}))


def test_a_country_cuts_what_has_passed_it() -> None:
    """0.24 where nobody, or another country, is cut; 0.27 where any country that the material has passed is."""
    passed = {"sources": (source(countries=("mine", "refinery")),)}
    assert cut({"countries": ("elsewhere",)}, **passed) == pytest.approx(0.24)
    for country in ("mine", "refinery"):
        assert cut({"countries": (country,)}, **passed) == pytest.approx(0.27)


def test_a_single_source() -> None:
    """0.27 where the source of alpha is cut, 0.24 where that of beta is; with a second source of alpha, though
    at twice the price, nothing need be stored: 0.24, since only the recourse buys there."""
    assert cut({"sources": ("trade",)}) == pytest.approx(0.27)
    assert cut({"sources": ("trade beta",)}) == pytest.approx(0.24)
    second = source("second", countries=("elsewhere",), price_factor=2.0)
    assert cut({"sources": ("trade",)}, sources=(source(), second)) == pytest.approx(0.24)


def test_severity_is_of_the_normal_flow() -> None:
    """Half of a normal flow of 1 t a month leaves 0.5 t: 1.5 t in store and 0.255; a fifth cut leaves 0.8 t: 0.246; none, 0.24."""
    usual = {"sources": (source(normal_t_per_yr=12.0),)}
    for severity, cost in ((0.5, 0.255), (0.2, 0.246), (0.0, 0.24)):
        assert cut({"countries": ("abroad",), "severity": severity}, **usual) == pytest.approx(cost)


def test_a_contract() -> None:
    """All is lifted under one contract at the index: 0.27 where it is not delivered, 0.24 where another one is not; half of the source
    for sale without it saves the plan, 0.24."""

    def lifted(spot_share: float, name: str) -> float:
        contracts = tuple(Contract(contract=c, status="in force", tenor_years=9) for c in ("offtake", "other"))
        lines = (ContractLine(contract="offtake", source="trade", price_index="index", max_t_per_yr=24.0),)
        lines += (ContractLine(contract="other", source="trade beta", price_index="index"),)
        sources = (source(spot_share=spot_share), source("trade beta", "beta"))
        return cut({"contracts": (name,)}, contracts=contracts, contract_lines=lines, sources=sources)

    assert lifted(0.0, "offtake") == pytest.approx(0.27)
    assert lifted(0.0, "other") == pytest.approx(0.24)
    assert lifted(0.5, "offtake") == pytest.approx(0.24)


def test_a_suppliers_plant() -> None:
    """Its sources stop with it: 0.27; another plant that stops touches nothing: 0.24."""
    plants = tuple(
        Plant(plant=p, status="supplier", country="far", input_form="powder", output_form="powder", capacity_t_per_yr=90.0)
        for p in ("works", "other works")
    )
    sheets = {"plants": plants, "sources": (source(plant="works"), source("trade beta", "beta", plant="other works"))}
    assert cut({"plants": ("works",)}, **sheets) == pytest.approx(0.27)
    assert cut({"plants": ("other works",)}, **sheets) == pytest.approx(0.24)


def smelted(who: dict[str, Any], *stocks: Any) -> float:
    """Alpha is needed as bars, which a smelter abroad makes of powder from elsewhere."""
    smelter = Plant(plant="smelter", status="existing", country="abroad", input_form="powder", output_form="bar", capacity_t_per_yr=90.0)
    return cut(
        who,
        forms=(Form(form="powder", position=2, holds="elements"), BAR),
        plants=(smelter,),
        sources=(source(countries=("elsewhere",)),),
        demands=(demand(form="bar"),),
        stocks=stocks,
    )


def test_a_plant_of_the_chain() -> None:
    """Where the smelter stops, by name or with its country, powder is worth nothing: 3 t of bars must lie in store, 0.27; powder alone
    is no plan. Where it runs nothing is stored: 0.24."""
    powder, bars = stock(), stock(form="bar")
    for who in ({"plants": ("smelter",)}, {"countries": ("abroad",)}):
        assert smelted(who, powder, bars) == pytest.approx(0.27)
        assert smelted(who, powder) == float("inf")
    assert smelted({"countries": ("nowhere",)}, powder) == pytest.approx(0.24)


def test_elements() -> None:
    """Listed alpha 0.27, listed beta 0.24; a mixture that contains a listed element is cut whole: 0.27 for either."""
    for element, cost in (("alpha", 0.27), ("beta", 0.24)):
        assert cut({"countries": ("abroad",), "elements": (element,)}) == pytest.approx(cost)
    mixed = (Composition(mixture="mixed", element="alpha", share=0.5), Composition(mixture="mixed", element="beta", share=0.5))
    sold = Price(index="index", material="mixed", form="powder", usd_per_kg=5.0)
    sheets: dict[str, Any] = {
        "compositions": mixed,
        "prices": (*case().prices, sold),
        "sources": (source(material="mixed", max_t_per_yr=48.0),),
    }
    for element in ("alpha", "beta"):
        assert cut({"countries": ("abroad",), "elements": (element,)}, **sheets) == pytest.approx(0.27)


def test_forms() -> None:
    """Listed powder 0.27, listed bars 0.24; of a chain, bars cut stop the smelter that gives them out, 0.27, powder cut does not, 0.24."""
    forms = {"forms": (Form(form="powder", position=2, holds="elements"), BAR)}
    for form, cost in (("powder", 0.27), ("bar", 0.24)):
        assert cut({"countries": ("abroad",), "forms": (form,)}, **forms) == pytest.approx(cost)
    for form, cost in (("bar", 0.27), ("powder", 0.24)):
        assert smelted({"countries": ("abroad",), "forms": (form,)}, stock(), stock(form="bar")) == pytest.approx(cost)


def test_where_the_stock_lies_along_the_chain_matters() -> None:
    """Bars that cost 1000 USD a tonne and year to keep, powder nothing: kept as powder where powder is cut from elsewhere, 0.27; as
    bars where the smelter stops, at two ends of periods 3 t each, 0.276."""
    powder, bars = stock(), stock(form="bar", storage_usd_per_t_yr=1000.0)
    assert smelted({"countries": ("elsewhere",)}, powder, bars) == pytest.approx(0.27)
    assert smelted({"plants": ("smelter",)}, powder, bars) == pytest.approx(0.276)


def changed_only(**fields: Any) -> Case:
    """A case with one whole cut of abroad, a field of it changed."""
    return case(cutoffs=(cutoff(**fields),), stocks=(stock(),))


def test_length_and_return() -> None:
    """One month 0.25, three 0.27, six 0.30; three and back over two, 2 t a month at thirds, 0.67 t and then more than is used: 3.33 t."""
    for months, cost in ((1, 0.25), (3, 0.27), (6, 0.30)):
        assert least_cost(changed_only(months=months)) == pytest.approx(cost)
    assert least_cost(changed_only(return_months=2)) == pytest.approx(0.24 + 10e-3 * (3 + 1 / 3))


def test_required_or_only_reported() -> None:
    """Not required, or switched off, a cut-off costs nothing: 0.24 against 0.27."""
    assert least_cost(changed_only()) == pytest.approx(0.27)
    assert least_cost(changed_only(must_survive=False)) == pytest.approx(0.24)
    assert least_cost(changed_only(active=False)) == pytest.approx(0.24)


def test_thin_markets_in_a_crisis() -> None:
    """A spot market elsewhere sells 2 t a month at twice the price: in the cut a quarter of it, 0.5 t, is left, and 1.5 t must be in
    store: 0.255; half of it is enough, 0.24; of nothing, 0.27."""
    market = source("market", countries=("elsewhere",), kind="spot", price_factor=2.0)
    for left, cost in ((0.25, 0.255), (0.5, 0.24), (0.0, 0.27)):
        changed = dataclasses.replace(changed_only(spot_availability=left), sources=(source(), market))
        assert least_cost(changed) == pytest.approx(cost)
