"""Joint cost of what a separation gives: allocated by value and by mass, beside the market price."""

from __future__ import annotations

from typing import Any

import pytest
from feed_cases import separating
from small_cases import base, case, change, demand, settings, source, stock

from models.build import base_plan
from models.case import Case, Composition, Element, Form, Plant, Price, Residue, ResidueSite
from models.plan import JointCost
from models.run import Study
from optimizer.assemble import base_rows
from optimizer.highs import solve
from optimizer.standard_form import compile_model


def joint(changed: Case) -> dict[tuple[str, str, int], JointCost]:
    """Rows of the optimal base plan by (plant, output, year)."""
    study = Study(changed)
    model = base_plan(study)
    compiled = compile_model(model)
    x = solve(compiled.program).x
    assert x is not None
    return {(row.plant, row.output, row.year): row for row in base_rows(model, study, compiled, x)[1]["joint_costs"]}


def test_cream_and_skim() -> None:
    """Raw milk of 110 (10 are lost) for 400,000 USD gives 25 cream worth 8 and 75 skim worth 4: by value they bear 160,000 and 240,000,
    6.40 and 3.20 each; by mass 100,000 and 300,000, 4 each (Horngren, Datar, Rajan, Cost Accounting, 14th ed. 2012, exhibits 16-2
    to 16-4, Farmers' Dairy)."""
    wanted = {"cream": (25.0, 8.0), "skim": (75.0, 4.0)}
    dairy = case(
        settings=settings(horizon_months=12),
        elements=tuple(Element(element=e) for e in wanted),
        forms=(Form(form="milk", position=1, holds="mixtures"), Form(form="powder", position=2, holds="elements")),
        compositions=tuple(Composition(mixture="raw", element=e, share=t / 100) for e, (t, _) in wanted.items()),
        demands=tuple(demand(e, t_per_yr=t) for e, (t, _) in wanted.items()),
        prices=(
            Price(index="index", material="raw", form="milk", usd_per_kg=400 / 110),
            *(Price(index="index", material=e, form="powder", usd_per_kg=p) for e, (_, p) in wanted.items()),
        ),
        sources=(source("farms", "raw", form="milk", max_t_per_yr=999.0), *(source(f"trade in {e}", e) for e in wanted)),
        plants=(
            Plant(
                plant="dairy",
                status="existing",
                country="home",
                input_form="milk",
                output_form="powder",
                capacity_t_per_yr=999.0,
                recovery=100 / 110,
            ),
        ),
    )
    found = joint(dairy)
    for product, usd, each, by_mass in (("cream", 160_000, 6.4, 100_000), ("skim", 240_000, 3.2, 300_000)):
        row = found["dairy", product, 2027]
        assert (row.fed_t, row.joint_usd_m, row.output_t) == pytest.approx((110, 0.4, wanted[product][0]))
        assert row.share_by_value * row.joint_usd_m == pytest.approx(usd / 1e6)
        assert row.share_by_mass * row.joint_usd_m == pytest.approx(by_mass / 1e6)
        assert (row.by_value_usd_per_kg, row.by_mass_usd_per_kg, row.market_usd_per_kg) == pytest.approx((each, 4, wanted[product][1]))


VALUES = tuple(Price(index="index", material=e, form="powder", usd_per_kg=p) for e, p in (("alpha", 1.0), ("beta", 4.0), ("gamma", 1.0)))


def priced(**sheets: object) -> Case:
    ore = separating()
    return separating(**{"prices": (*ore.prices, *VALUES), **sheets})


def test_a_fraction_carries_its_cost_into_the_next_plant() -> None:
    """40 t of ore for 0.04 million USD give 20 t of alpha worth 1 and 20 t of SEG worth 0.6 x 4 + 0.4 x 1 = 2.8 a kilogram: SEG bears 56
    of 76 parts. With 0.1 for the toll, 12 t of beta worth 4 and 8 t of gamma worth 1 bear 6/7 and 1/7 of 0.1295: 9.25 and 2.31
    USD/kg; by mass 6.47 each. Parted at once at the works, beta bears 48 of 76 parts of 0.04: 2.11 USD/kg."""
    found = joint(priced())
    seg = found["works", "SEG", 2027]
    assert (seg.output_t, seg.market_usd_per_kg, seg.joint_usd_m) == pytest.approx((20, 2.8, 0.04))
    assert seg.share_by_value == pytest.approx(56 / 76)
    cost = 0.04 * 56 / 76 + 0.1
    beta, gamma = (found["toll", e, 2027] for e in ("beta", "gamma"))
    assert beta.joint_usd_m == pytest.approx(cost)
    assert (beta.by_value_usd_per_kg, gamma.by_value_usd_per_kg) == pytest.approx((cost * 6 / 7 / 0.012, cost / 7 / 0.008))
    assert (beta.by_mass_usd_per_kg, gamma.by_mass_usd_per_kg) == pytest.approx((cost / 0.02,) * 2)
    assert joint(priced(fractions=()))["works", "beta", 2027].by_value_usd_per_kg == pytest.approx(0.04 * 48 / 76 / 0.012)


def test_freight_conversion_and_residue_are_borne() -> None:
    """Beside 0.04 for ore: 0.01 for freight, 0.08 for the works, 0.002 for 20 t of cake; the store's own cost is no part of it."""
    plain = separating()
    works = change(plain.plants[0], variable_opex_usd_per_kg=2.0)
    mine = change(plain.sources[0], freight_usd_per_kg=0.25)
    hill = ResidueSite(site="hill", status="existing", storage_t=99.0, disposal_usd_per_t=100.0, fixed_opex_usd_m_per_yr=1.0)
    cake = {"residues": (Residue(residue="cake", plant="works", t_per_t=0.5),), "residue_sites": (hill,)}
    for sheets, usd_m in (
        ({}, 0.04),
        ({"sources": (mine,)}, 0.05),
        ({"plants": (works, plain.plants[1])}, 0.12),
        (cake, 0.042),
    ):
        assert joint(priced(fractions=(), **sheets))["works", "beta", 2027].joint_usd_m == pytest.approx(usd_m), sheets


def test_costs_that_rise_rise_here_too() -> None:
    """At 10 % escalation 0.01 of freight and 0.08 of the works become 0.099 in the second year, beside 0.04 for ore; at 0 % 0.09."""
    plain = separating()
    dear = {
        "plants": (change(plain.plants[0], variable_opex_usd_per_kg=2.0), plain.plants[1]),
        "sources": (change(plain.sources[0], freight_usd_per_kg=0.25),),
    }
    for pct, usd_m in ((10.0, 0.139), (0.0, 0.13)):
        found = joint(priced(fractions=(), settings=settings(escalation_pct_per_yr=pct), **dear))
        assert found["works", "beta", 2028].joint_usd_m == pytest.approx(usd_m)


def test_feed_from_a_store_costs_what_it_cost_when_it_came() -> None:
    """Ore of the first year is parted in the second: 0.04 in both years, though it is dearer by then; opening stock costs its price."""
    dearer = change(separating().prices[0], growth_pct_per_yr=50.0)
    early = change(separating().sources[0], last_month=settings().start.plus(11))
    kept = priced(fractions=(), sources=(early,), stocks=(stock("ore A", form="ore"),), prices=(dearer, *VALUES))
    assert [joint(kept)["works", "beta", y].joint_usd_m for y in (2027, 2028)] == pytest.approx([0.04, 0.04])
    lying = priced(fractions=(), sources=(change(early, max_t_per_yr=0.0),), stocks=(stock("ore A", form="ore", opening_t=80.0),))
    assert joint(lying)["works", "alpha", 2027].joint_usd_m == pytest.approx(0.04)


def test_process_scrap_costs_nothing() -> None:
    """A press loses half of the magnets that it makes of 24 t of powder, and all of that comes back as swarf, 12 t: to part it costs
    0.012 at 1 USD/kg and nothing else, where bought swarf would cost 15 USD/kg."""
    found = joint(pressing())
    assert (found["recycling", "alpha", 2027].fed_t, found["recycling", "alpha", 2027].joint_usd_m) == pytest.approx((12, 0.012))


def pressing() -> Case:
    """12 t of magnets a year, half alpha and half beta by oxide, from powder bought at 10 and 20 USD/kg."""
    forms = (
        Form(form="swarf", position=1, holds="mixtures"),
        Form(form="powder", position=2, holds="elements"),
        Form(form="magnet", position=3, holds="mixtures"),
    )
    plain: dict[str, Any] = {"status": "existing", "country": "home", "capacity_t_per_yr": 99.0, "materials": ("M",)}
    return case(
        forms=forms,
        compositions=tuple(Composition(mixture="M", element=e, share=0.5) for e in ("alpha", "beta")),
        demands=(demand("M", form="magnet"),),
        plants=(
            Plant(
                plant="press",
                input_form="powder",
                output_form="magnet",
                recovery=0.5,
                scrap_form="swarf",
                scrap_return_share=1.0,
                **plain,
            ),
            Plant(plant="recycling", input_form="swarf", output_form="powder", variable_opex_usd_per_kg=1.0, **plain),
        ),
    )


def test_without_prices_value_is_mass() -> None:
    """Where nothing that comes out has a price, both ways give the same; an element without one bears nothing beside one with."""
    row = joint(separating(fractions=()))["works", "beta", 2027]
    assert (row.market_usd_per_kg, row.share_by_value) == pytest.approx((0, row.share_by_mass))
    half = joint(separating(fractions=(), prices=(*separating().prices, VALUES[1])))
    assert [half["works", e, 2027].share_by_value for e in ("alpha", "beta")] == pytest.approx([0, 1])


def test_what_is_not_separated_has_no_joint_cost() -> None:
    """Bought powder and a case without plants have none; nor does the cost of the plan change."""
    assert joint(case()) == {}
    assert base(priced()).cost == pytest.approx(base(separating()).cost)
