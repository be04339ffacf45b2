"""The chain: what materials contain, what plants make of them, what they cost.

Ore is 60 % alpha and 40 % beta; a kilogram of grade holds 0.4 kg of alpha (0.5 kg oxide) and 0.25 kg of beta (0.3 kg oxide).
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import case, demand, source

from models.case import Case, Composition, Form, Plant, Price, Recipe, Recovery
from models.chain import Activity, Chain
from models.horizon import Horizon


def plant(takes: str, gives: str, **changes: Any) -> Plant:
    plain: dict[str, Any] = {"plant": "works", "status": "existing", "country": "home", "capacity_t_per_yr": 12.0}
    return Plant(**{**plain, "input_form": takes, "output_form": gives, **changes})


def chain_case(*plants: Plant, **sheets: Any) -> Case:
    return case(
        **{
            "forms": (
                Form(form="ore", position=1, holds="mixtures"),
                Form(form="powder", position=2, holds="elements"),
                Form(form="bar", position=3, holds="elements", mass="metal"),
                Form(form="part", position=4, holds="mixtures", mass="product"),
            ),
            "compositions": (
                Composition(mixture="ore A", element="alpha", share=0.6),
                Composition(mixture="ore A", element="beta", share=0.4),
            ),
            "recipes": (Recipe(grade="G", element="alpha", kg_per_kg=0.4), Recipe(grade="G", element="beta", kg_per_kg=0.25)),
            "sources": (source("mine", "ore A", form="ore"), source("parts", "G", form="part")),
            "plants": plants,
            **sheets,
        }
    )


def chain(*plants: Plant, **sheets: Any) -> Chain:
    changed = chain_case(*plants, **sheets)
    return Chain(changed, Horizon(changed))


def only(*plants: Plant, **sheets: Any) -> Activity:
    (activity,) = chain(*plants, **sheets).activities
    return activity


def test_shares_of_contained_oxide() -> None:
    """A mixture has its composition; a grade 0.4 x 1.25 and 0.25 x 1.2 kg oxide: 0.5 and 0.3 of 0.8; an element is itself."""
    shares = chain().shares
    assert shares["ore A"] == {"alpha": 0.6, "beta": 0.4}
    assert shares["G"] == pytest.approx({"alpha": 0.625, "beta": 0.375})
    assert shares["beta"] == {"beta": 1.0}


def test_split() -> None:
    """A mixture that arrives where elements are counted becomes its elements; where mixtures are, it stays whole."""
    c = chain()
    assert c.split("ore A", "powder") == {("alpha", "powder"): 0.6, ("beta", "powder"): 0.4}
    assert c.split("ore A", "ore") == {("ore A", "ore"): 1.0}


@pytest.mark.parametrize(
    ("material", "form", "factor"),
    [("alpha", "powder", 1), ("alpha", "bar", 0.8), ("ore A", "bar", 0.6 / 1.25 + 0.4 / 1.2), ("G", "part", 1.25), ("alpha", "part", 1)],
)
def test_mass_factors(material: str, form: str, factor: float) -> None:
    """Oxide counts as itself, metal is 1 / oxide per metal, a grade's product 1 / 0.8 kg oxide per kg; all else 1."""
    assert chain().mass_factor(material, form) == pytest.approx(factor)


def test_separation_gives_all_elements() -> None:
    """1 t of ore gives 0.6 x 0.9 alpha and 0.4 x 0.5 beta; 0.26 t is lost."""
    a = only(plant("ore", "powder", recovery=0.9), recoveries=(Recovery(plant="works", element="beta", recovery=0.5),))
    assert a.key == ("works", "ore A")
    assert a.inputs == {("ore A", "ore"): 1.0}
    assert a.outputs == pytest.approx({("alpha", "powder"): 0.54, ("beta", "powder"): 0.2})
    assert a.scrap == {}


def test_metal_making_takes_one_element_each() -> None:
    """One activity per element, 1 -> its recovery; a plant that names alpha has no other."""
    found = chain(plant("powder", "bar", recovery=0.9)).activities
    assert [(a.material, dict(a.inputs), dict(a.outputs)) for a in found] == [
        (e, {(e, "powder"): 1.0}, {(e, "bar"): 0.9}) for e in ("alpha", "beta")
    ]
    assert only(plant("powder", "bar", materials=("alpha",))).material == "alpha"


def test_alloying_takes_elements_in_the_recipe() -> None:
    """0.625 t alpha + 0.375 t beta give 0.95 t of the grade."""
    a = only(plant("bar", "part", recovery=0.95))
    assert a.inputs == pytest.approx({("alpha", "bar"): 0.625, ("beta", "bar"): 0.375})
    assert a.outputs == {("G", "part"): 0.95}


def test_a_mixture_stays_a_mixture() -> None:
    """Between forms of mixtures 1 t gives the plant's recovery of the same mixture."""
    a = only(plant("ore", "part", recovery=0.8))
    assert (dict(a.inputs), dict(a.outputs)) == ({("ore A", "ore"): 1.0}, {("ore A", "part"): 0.8})


def test_scrap_is_a_share_of_the_loss() -> None:
    """5 % of a grade is lost and 60 % of that returns: 0.03 t, as its elements where the scrap's form counts elements, else whole."""
    split = only(plant("bar", "part", recovery=0.95, scrap_form="powder", scrap_return_share=0.6))
    whole = only(plant("bar", "part", recovery=0.95, scrap_form="ore", scrap_return_share=0.6))
    assert split.scrap == pytest.approx({("alpha", "powder"): 0.03 * 0.625, ("beta", "powder"): 0.03 * 0.375})
    assert whole.scrap == pytest.approx({("G", "ore"): 0.03})
    assert only(plant("bar", "part", recovery=0.95, scrap_form="powder")).scrap == {}


@pytest.mark.parametrize(
    ("basis", "mass", "use"),
    [("feed", "REO", 1.0), ("output", "REO", 0.9), ("feed", "product", 0.625 * 0.8 + 0.375 / 1.2), ("output", "product", 0.9 * 1.25)],
)
def test_capacity_counts_feed_or_output_in_oxide_or_product(basis: str, mass: str, use: float) -> None:
    """A tonne of oxide into alloying at 90 % recovery: 1 in, 0.9 out; 0.8125 t of metal in, 1.125 t of product out."""
    assert only(plant("bar", "part", recovery=0.9, capacity_basis=basis, capacity_mass=mass)).use == pytest.approx(use)


def test_a_suppliers_plant_has_no_activity() -> None:
    """The same plant as a supplier's gives the buyer nothing to run: none instead of one."""
    assert len(chain(plant("ore", "powder")).activities) == 1
    assert chain(plant("ore", "powder", status="supplier")).activities == ()


def test_blank_materials_follow_what_earlier_plants_make() -> None:
    """A press that names nothing handles the grade that the alloying before it makes, though nobody sells it; without alloying, nothing."""
    forms = (
        Form(form="bar", position=1, holds="elements"),
        Form(form="alloyed", position=2, holds="mixtures"),
        Form(form="part", position=3, holds="mixtures"),
    )
    alloying, press = plant("bar", "alloyed", plant="alloying", materials=("G",)), plant("alloyed", "part", plant="press")
    sheets: dict[str, Any] = {"forms": forms, "sources": (), "demands": (), "compositions": ()}
    assert [a.key for a in chain(press, alloying, **sheets).activities] == [("press", "G"), ("alloying", "G")]
    assert chain(press, **sheets).activities == ()


def test_commodities_are_ordered_along_the_chain() -> None:
    """Everything that can come or go, by form and material: ore, its powder by separation, demand; bars occur nowhere."""
    assert chain(plant("ore", "powder")).commodities == (("ore A", "ore"), ("alpha", "powder"), ("beta", "powder"), ("G", "part"))


def test_price_of_a_mixture_is_that_of_its_elements() -> None:
    """Without a row of its own ore costs 0.6 x 10 + 0.4 x 20 = 14; with a row, what the row says; growth steps by year."""
    assert chain().price_usd_per_kg("index", "ore A", "ore", 0) == pytest.approx(14)
    own = Price(index="index", material="ore A", form="ore", usd_per_kg=9.0, growth_pct_per_yr=10.0, profile=2.0)
    assert chain(prices=(own,)).price_usd_per_kg("index", "ore A", "ore", 12) == pytest.approx(9 * 1.1 * 2)


def test_price_of_a_grade_takes_its_elements_in_its_own_form_first() -> None:
    """With both elements priced in the form of the grade, these count: 0.625 x 40 + 0.375 x 80 = 55; without, the powder's: 13.75."""
    here = tuple(Price(index="index", material=e, form="part", usd_per_kg=p) for e, p in (("alpha", 40.0), ("beta", 80.0)))
    assert chain(prices=(*case().prices, *here)).price_usd_per_kg("index", "G", "part", 0) == pytest.approx(55)
    assert chain().price_usd_per_kg("index", "G", "part", 0) == pytest.approx(13.75)


def test_an_unpriced_element_is_refused() -> None:
    """An index that does not know the element in the form raises, and names all three."""
    with pytest.raises(KeyError, match="bar"):
        chain(demands=(demand(),)).price_usd_per_kg("index", "alpha", "bar", 0)
