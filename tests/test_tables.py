"""The tables that `validate` prints, against figures worked out by hand on a case of one chain."""

from __future__ import annotations

import dataclasses
import math

import pytest
from workbooks import full_case

from models.case import Case, Composition, Demand, DemandReference, Element, Form, Plant, Price, Recipe, Recovery, Settings, Source
from models.columns import Month
from optimizer.tables import SupplyDemand, reconciliation, supply_and_demand, supply_per_producer
from optimizer.template import example_case


def source(name: str, material: str, form: str, most: float, **more: object) -> Source:
    """A source of the index `i`."""
    fields: dict[str, object] = {"countries": ("north",), "price_index": "i", **more}
    return Source(source=name, material=material, form=form, max_t_per_yr=most, **fields)  # type: ignore[arg-type]


def chain_case() -> Case:
    """Feed -> oxide -> metal -> magnet, eighteen months from July: 100 t of magnets a year, a third of each tonne metal X."""
    return Case(
        settings=Settings(title="chain", start=Month(2027, 7), horizon_months=18),
        elements=(Element(element="X", oxide_per_metal=1.2), Element(element="Y", oxide_per_metal=1.25)),
        forms=(
            Form(form="feed", position=1, holds="mixtures"),
            Form(form="oxide", position=2, holds="elements"),
            Form(form="metal", position=3, holds="elements", mass="metal"),
            Form(form="magnet", position=4, holds="mixtures", mass="product"),
        ),
        compositions=(Composition(mixture="ore", element="X", share=0.8), Composition(mixture="ore", element="Y", share=0.2)),
        recipes=(Recipe(grade="g", element="X", kg_per_kg=0.25), Recipe(grade="g", element="Y", kg_per_kg=0.08)),
        demands=(
            Demand(sector="s", material="g", form="magnet", t_per_yr=100.0),
            Demand(sector="s", material="X", form="oxide", t_per_yr=6.0),
        ),
        prices=(
            Price(index="i", material="X", form="oxide", usd_per_kg=10.0),
            Price(index="i", material="Y", form="oxide", usd_per_kg=20.0),
            Price(index="i", material="X", form="metal", usd_per_kg=12.0),
        ),
        sources=(
            source("ore", "ore", "feed", 40.0, plant="mine", supplier="M"),
            source("ore too", "ore", "feed", 20.0, plant="mine", supplier="M"),
            source("X metal", "X", "metal", 5.0),
        ),
        plants=(
            Plant(plant="mine", status="supplier", country="n", input_form="feed", output_form="feed", capacity_t_per_yr=30.0),
            Plant(plant="sx", status="existing", country="n", input_form="feed", output_form="oxide", capacity_t_per_yr=99.0, recovery=0.9),
            Plant(
                plant="smelter",
                status="existing",
                country="n",
                input_form="oxide",
                output_form="metal",
                capacity_t_per_yr=500.0,
                recovery=0.95,
            ),
            Plant(
                plant="magnets",
                status="existing",
                country="n",
                input_form="metal",
                output_form="magnet",
                capacity_t_per_yr=80.0,
                capacity_mass="product",
                recovery=0.8,
            ),
        ),
        recoveries=(Recovery(plant="sx", element="Y", recovery=0.5),),
        demand_references=(
            DemandReference(element="X", t_per_yr=45.0, tolerance_pct=5.0),
            DemandReference(element="Y", t_per_yr=20.0, tolerance_pct=5.0, reason="the reference counts phosphors"),
        ),
    )


def test_needs_are_derived_down_the_chain_with_its_yields() -> None:
    """2028, all twelve months: each figure by hand.

    A tonne of magnets holds 0.25 x 1.2 + 0.08 x 1.25 = 0.4 t REO, three quarters of it X. 100 t are 40 t REO; the plant
    makes 80 t, 32 t REO, from 32 / 0.8 = 40 t REO of metal: 30 X, 10 Y. Of X 5 are bought as metal; the smelter needs
    25 / 0.95 and 10 / 0.95 of oxide. The mine gives 30 t of the 60 that its two sources name: 30 x 0.8 x 0.9 = 21.6 X
    and 30 x 0.2 x 0.5 = 3 Y.
    """
    rows = {(row.form, row.material): row for row in supply_and_demand(chain_case()) if row.year == 2028}
    expected = {
        ("magnet", "g"): (40.0, 0.0, 0.0, 32.0, 8.0),
        ("metal", "X"): (0.0, 30.0, 5.0, 25.0, 0.0),
        ("metal", "Y"): (0.0, 10.0, 0.0, 10.0, 0.0),
        ("oxide", "X"): (6.0, 25 / 0.95, 0.0, 21.6, 6 + 25 / 0.95 - 21.6),
        ("oxide", "Y"): (0.0, 10 / 0.95, 0.0, 3.0, 10 / 0.95 - 3),
    }
    assert list(rows) == list(expected)
    for key, figures in expected.items():
        row = rows[key]
        assert (row.demand_t, row.derived_t, row.bought_t, row.made_t, row.shortage_t) == pytest.approx(figures), key
    assert rows["oxide", "Y"].words == "2028: 7.526 t REO of Y as oxide are missing"
    assert rows["metal", "X"].words == "covered"


def test_only_months_of_the_plan_count() -> None:
    """The half year 2027 has half of everything of 2028."""
    rows = supply_and_demand(chain_case())
    half, whole = [row for row in rows if row.year == 2027], [row for row in rows if row.year == 2028]
    assert [row.material for row in half] == [row.material for row in whole]
    for a, b in zip(half, whole, strict=True):
        assert (2 * a.demand_t, 2 * a.derived_t, 2 * a.made_t) == pytest.approx((b.demand_t, b.derived_t, b.made_t))


def test_candidates_count_from_the_month_they_can_run() -> None:
    """A plant that takes six months to build makes nothing in 2027 and all it can in 2028; of exclusive ones only the larger."""

    def rows(**more: object) -> dict[int, SupplyDemand]:
        plants = [
            dataclasses.replace(p, status="candidate", build_months=6, **more) if p.plant == "magnets" else p for p in chain_case().plants
        ]  # type: ignore[arg-type]
        if more:
            small = next(p for p in plants if p.plant == "magnets")
            plants.append(dataclasses.replace(small, plant="small magnets", capacity_t_per_yr=20.0))
        case = dataclasses.replace(chain_case(), plants=tuple(plants))
        return {row.year: row for row in supply_and_demand(case) if row.form == "magnet"}

    for found in (rows(), rows(exclusive_group="site")):
        assert found[2027].made_t == 0
        assert found[2027].shortage_t == pytest.approx(20.0)
        assert found[2028].made_t == pytest.approx(32.0)


def test_every_tonne_has_one_producer() -> None:
    """Two sources of one mine share its thirty tonnes; contracts and further sources add none."""
    rows = {(row.producer, row.element): row.supply_t for row in supply_per_producer(chain_case()) if row.year == 2028}
    assert rows == pytest.approx({("M", "X"): 24.0, ("M", "Y"): 6.0, ("X metal", "X"): 5.0})


def test_totals_are_reconciled_at_the_start_of_the_chain() -> None:
    """X: 40 x 0.75 / 0.8 / 0.95 + 6 as oxide; Y: 40 x 0.25 / 0.8 / 0.95, without what the magnet plant cannot make."""
    x, y = reconciliation(chain_case())
    assert x.workbook_t == pytest.approx(30 / 0.8 / 0.95 + 6)
    assert y.workbook_t == pytest.approx(10 / 0.8 / 0.95)
    assert x.difference_pct == pytest.approx(100 * (x.workbook_t / 45 - 1))
    assert (x.agrees, y.agrees) == (True, False)
    assert y.reason == "the reference counts phosphors"


def test_a_reference_of_nothing_agrees_with_nothing_only() -> None:
    """A total of 0 is met by no demand, and by nothing else."""
    case = dataclasses.replace(chain_case(), demand_references=(DemandReference(element="X", t_per_yr=0.0),))
    assert math.isinf(reconciliation(case)[0].difference_pct)
    assert not reconciliation(case)[0].agrees
    without = dataclasses.replace(case, demands=())
    assert reconciliation(without)[0].agrees


def test_the_example_is_covered_and_agrees() -> None:
    """The example of the template has supply for its demand in every year and agrees with its references."""
    assert {row.words for row in supply_and_demand(example_case())} == {"covered"}
    assert all(row.agrees for row in reconciliation(full_case()))
