"""The published Lynas-JARE terms of 10 March 2026 fit one contract row and one line per commodity group, and pay exactly.

To 2038; NdPr 5,000 t a year firm, up to 7,200, floor 110 USD/kg, 30 % of the price above 150 USD/kg back, at most 10 million USD a
year; heavies 50 % firm, 75 % available. The rows are those of the shipped workbook; prices, needs and calendar are the test's.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from small_cases import Answer, base

from models.case import Case, Demand, Plant, Price, Sale, Settings, Source, Stock
from models.columns import Month
from models.run import Study
from optimizer.workbook import read_case

CONTRACT, NDPR = "Lynas-JARE 2026", "Lynas Kuantan NdPr"


@pytest.fixture(scope="module")
def japan(root: Path) -> Case:
    return read_case(root / "inputs" / "japan_2026.xlsx")


def lynas(japan: Case, usd_per_kg: float, needed_t: float = 5000.0, **sheets: Any) -> Case:
    """The contract with its NdPr line for the year 2027, at one price of Nd and Pr; so much of its basket is needed as oxide."""
    (source,) = (s for s in japan.sources if s.source == NDPR)
    line = next(row for row in japan.contract_lines if (row.contract, row.source) == (CONTRACT, NDPR))
    basket = {row.element: row.share for row in japan.compositions if row.mixture == source.material}
    plain: dict[str, Any] = {
        "settings": Settings(
            title="Lynas-JARE", start=Month(2027, 1), horizon_months=12, coarse_period_months=12, decision_every_months=12
        ),
        "elements": tuple(row for row in japan.elements if row.element in basket),
        "forms": tuple(row for row in japan.forms if row.form in ("oxide", "metal")),
        "compositions": tuple(row for row in japan.compositions if row.mixture == source.material),
        "demands": tuple(needs(e, share * needed_t, "oxide") for e, share in basket.items()),
        "prices": tuple(Price(index=line.price_index, material=e, form="oxide", usd_per_kg=usd_per_kg) for e in basket),
        "sources": (dataclasses.replace(source, freight_usd_per_kg=0.0, shipping_months=0.0, at_sea_t=None),),
        "contracts": tuple(row for row in japan.contracts if row.contract == CONTRACT),
        "contract_lines": (line,),
        "plants": tuple(row for row in japan.plants if row.plant == source.plant),
    }
    return Case(**{**plain, **sheets})


def needs(element: str, tonnes: float, form: str) -> Demand:
    return Demand(sector="magnets", material=element, form=form, t_per_yr=tonnes, shortage_usd_per_kg=1e4, rationing="priced")


def paid(answer: Answer, changed: Case) -> tuple[float, float]:
    """(USD per kilogram lifted, rebate in million USD), undiscounted."""
    study = Study(changed)
    return study.line_price(study.lines[CONTRACT, NDPR], 0), answer.value("rebate_usd_m", CONTRACT, NDPR, 2027) if has_rebate(
        answer
    ) else 0.0


def has_rebate(answer: Answer) -> bool:
    return bool(answer.compiled.columns_of("operation.rebate_usd_m"))


def test_the_row_and_its_lines(japan: Case) -> None:
    """One row to 2038, and one line per commodity group: firm 5,000 t of up to 7,200; half of the heavies firm, three quarters
    available."""
    (row,) = (c for c in japan.contracts if c.contract == CONTRACT)
    study = Study(japan)
    last = study.horizon.date(study.delivery(row, None).stop - 1)
    assert (row.status, last.year) == ("in force", 2038)
    lines = {line.source: line for line in japan.contract_lines if line.contract == CONTRACT}
    ndpr = lines.pop(NDPR)
    assert (ndpr.min_t_per_yr, ndpr.max_t_per_yr, ndpr.floor_usd_per_kg) == ((5000.0,), (7200.0,), 110.0)
    assert (ndpr.upside_share, ndpr.upside_trigger_usd_per_kg, ndpr.upside_cap_usd_m_per_yr) == (0.3, 150.0, 10.0)
    assert {(line.min_share, line.max_share) for line in lines.values()} == {((0.5,), (0.75,))}


@pytest.mark.parametrize(
    ("index", "price", "rebate"),
    [(100.0, 110.0, 0.0), (150.0, 150.0, 0.0), (153.0, 153.0, 4.5), (156.66, 156.66, 9.99), (156.68, 156.68, 10.0), (200.0, 200.0, 10.0)],
)
def test_it_pays_exactly(japan: Case, index: float, price: float, rebate: float) -> None:
    """On 5,000 t: an index of 100 pays 110; 153 gives 4.5 million USD back; below 156.67 the share is under 10 million (9.99 at 156.66),
    above it the cap binds (10 at 156.68, where the share would be 10.02)."""
    changed = lynas(japan, index)
    answer = base(changed)
    assert answer.total("lifted_t") == pytest.approx(5000)
    assert paid(answer, changed) == pytest.approx((price, rebate))
    assert answer.cost == pytest.approx(5 * price - rebate)


def test_what_the_cap_leaves_depends_on_the_tonnes(japan: Case) -> None:
    """At 153 the whole 7,200 t give 6.48 million back; without the upside nothing: the year costs 1,101.6 instead of 1,095.12."""
    full = lynas(japan, 153.0, 7200.0)
    plain = dataclasses.replace(full, contract_lines=(dataclasses.replace(full.contract_lines[0], upside_share=0.0),))
    costs = [base(c).cost for c in (full, plain)]
    assert costs == pytest.approx([1101.6 - 6.48, 1101.6])


def test_neodymium_and_praseodymium_come_as_the_feed_has_them(japan: Case) -> None:
    """1,000 t of Nd alone take 1,281 t of the basket, and its 281 t of Pr must go somewhere."""
    answer = base(lynas(japan, 120.0, demands=(needs("Nd", 1000.0, "oxide"),)))
    assert answer.total("lifted_t") == pytest.approx(1000 / 0.780556)
    assert answer.total("disposed_t") == pytest.approx(1000 / 0.780556 - 1000)


def with_metal(japan: Case, sale_t: float = 0.0, store_t: float = 0.0) -> Case:
    """Metal is needed and plants make 1,000 t of it a year, a fifth of the firm tonnes; surplus oxide can be sold or stored."""
    basket = ("Nd", "Pr")
    plants = tuple(
        Plant(
            plant=f"{e} metal",
            status="existing",
            country="home",
            input_form="oxide",
            output_form="metal",
            materials=(e,),
            capacity_t_per_yr=1000 * share,
        )
        for e, share in zip(basket, (0.780556, 0.219444), strict=True)
    )
    return lynas(
        japan,
        120.0,
        demands=tuple(needs(e, 5000.0, "metal") for e in basket),
        plants=(*lynas(japan, 120.0).plants, *plants),
        sales=tuple(Sale(material=e, form="oxide", usd_per_kg=40.0, max_t_per_yr=sale_t) for e in basket) if sale_t else (),
        stocks=tuple(Stock(store="depot", material=e, form="oxide", capacity_t=store_t, final_t=store_t) for e in basket)
        if store_t
        else (),
    )


def test_firm_ndpr_has_an_outlet_where_metal_capacity_is_short(japan: Case) -> None:
    """The firm 5,000 t are paid, 600 million USD, and not received: 1,000 t are lifted for the metal plant and 4,000 left with the
    seller. A market for surplus takes 500 t each of Nd and Pr, a store 300 t each that is to be full at the end: then more of
    what is paid for anyway is lifted, 3,278 t and 2,367 t, as the Pr in the basket asks."""
    nothing, market, store = (base(with_metal(japan, *outlet)) for outlet in ((0.0, 0.0), (500.0, 0.0), (0.0, 300.0)))
    for answer in (nothing, market, store):
        assert answer.total("lifted_t") + answer.total("unlifted_t") == pytest.approx(5000)
        assert answer.total("processed_t") == pytest.approx(1000)
    assert nothing.total("lifted_t") == pytest.approx(1000)
    assert (market.total("lifted_t"), market.total("sold_t")) == pytest.approx(((219.444 + 500) / 0.219444, 1000))
    assert (store.total("lifted_t"), store.total("level_t")) == pytest.approx(((219.444 + 300) / 0.219444, 600))


def test_the_source_is_only_under_the_contract(japan: Case) -> None:
    """Its tonnes are one origin: nothing is bought beside the contract."""
    source: Source = next(s for s in japan.sources if s.source == NDPR)
    assert source.spot_share == 0
    assert base(lynas(japan, 120.0, 7200.0)).total("lifted_t") == pytest.approx(7200)
