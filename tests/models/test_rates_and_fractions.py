"""What single materials take of a plant (PlantRates), and separations that leave some elements together (Fractions): `feed_cases`."""

from __future__ import annotations

from typing import Any

import pytest
from feed_cases import SEG, TOLL, separating, works
from small_cases import base, case, change, crisis, cutoff, demand, equations, missing_t, settings, source, stock

from models.build import base_plan
from models.case import Case, Element, Form, Fraction, Plant, PlantRate, Price, Recovery, Sale
from models.chain import Activity, Chain
from models.check import check
from models.horizon import Horizon
from models.run import Study
from optimizer.tables import supply_and_demand

FORMS = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))


def mill(**changes: Any) -> Plant:
    plain: dict[str, Any] = {"status": "existing", "country": "home", "input_form": "powder", "output_form": "bar"}
    return Plant(**{"plant": "mill", **plain, "capacity_t_per_yr": 40.0, **changes})


def steel(*rates: PlantRate) -> Case:
    """Bands and coils through one rolling mill of 40 hours: a tonne not made forgoes 25 or 30 USD (R. Fourer, D. M. Gay, B. W.
    Kernighan, AMPL: A Modeling Language for Mathematical Programming, 2nd ed. 2003, section 1.2)."""
    wanted = (("bands", 6000.0, 0.025), ("coils", 4000.0, 0.030))
    return case(
        settings=settings(horizon_months=12),
        elements=tuple(Element(element=name) for name, _, _ in wanted),
        forms=FORMS,
        demands=tuple(demand(name, form="bar", t_per_yr=most, shortage_usd_per_kg=usd) for name, most, usd in wanted),
        prices=tuple(Price(index="index", material=name, form="powder", usd_per_kg=0.0) for name, _, _ in wanted),
        sources=tuple(source(f"slabs for {name}", name, max_t_per_yr=9999.0) for name, _, _ in wanted),
        plants=(mill(),),
        plant_rates=rates,
    )


HOURS = (
    PlantRate(plant="mill", material="bands", capacity_use=1 / 200),
    PlantRate(plant="mill", material="coils", capacity_use=1 / 140),
)


def test_a_rate_is_what_a_material_takes_of_the_capacity_printed() -> None:
    """C1: a tonne of bands takes 0.005 of the mill's hours and one of coils 0.00714; without rates each takes 1 of its tonnes."""
    assert equations(base_plan(Study(steel(*HOURS))), "handle_no_more_than_capacity") == [
        "0.005 processed_t[mill, bands, 0] + 0.00714286 processed_t[mill, coils, 0] <= 40"
    ]
    assert equations(base_plan(Study(steel())), "handle_no_more_than_capacity") == [
        "processed_t[mill, bands, 0] + processed_t[mill, coils, 0] <= 40"
    ]


def test_bands_and_coils() -> None:
    """The published optimum: 6,000 t of bands and 1,400 t of coils earn 192,000 USD of 270,000, so that 0.078 million USD are forgone;
    with a mill that counts tonnes, 40 t of coils earn 1,200 USD and 0.2688 million USD are forgone."""
    answer = base(steel(*HOURS))
    served = [answer.value("served_t", "makers", name, "bar", 0) for name in ("bands", "coils")]
    assert served == pytest.approx([6000, 1400])
    assert answer.cost == pytest.approx(0.270 - 0.192)
    assert base(steel()).cost == pytest.approx(0.270 - 0.0012)


def test_a_rate_has_its_own_cost_and_recovery() -> None:
    """24 t of alpha cost 24 x 10 = 0.24; rolled at the mill's 2 USD/kg 0.048 more, at the rate's 3 USD/kg 0.072; half recovered,
    twice the powder for the same bars and, counted on output, the same rolling: 0.48 + 0.072."""
    for rate, cost in (
        ({}, 0.24 + 0.048),
        ({"variable_opex_usd_per_kg": 3.0}, 0.24 + 0.072),
        ({"variable_opex_usd_per_kg": 3.0, "recovery": 0.5}, 0.48 + 0.072),
        ({"variable_opex_usd_per_kg": 0.0}, 0.24),
    ):
        rolling = case(
            forms=FORMS,
            demands=(demand(form="bar"),),
            sources=(source(max_t_per_yr=99.0),),
            plants=(mill(variable_opex_usd_per_kg=2.0),),
            plant_rates=(PlantRate(plant="mill", material="alpha", **rate),),
        )
        assert base(rolling).cost == pytest.approx(cost), rate


# Partial separation


def activity_of(changed: Case) -> Activity:
    return next(a for a in Chain(changed, Horizon(changed)).activities if a.plant == "works")


def test_a_fraction_holds_the_listed_elements_times_their_recoveries() -> None:
    """1 t of ore gives 0.45 alpha as powder and 0.3 x 0.9 + 0.2 x 0.6 = 0.39 SEG; counted on output in all 0.84 of the capacity."""
    some = (Recovery(plant="works", element="gamma", recovery=0.6),)
    found = activity_of(separating(plants=(works(recovery=0.9, capacity_basis="output"), TOLL), recoveries=some))
    assert found.outputs == pytest.approx({("alpha", "powder"): 0.45, ("SEG", "ore"): 0.39})
    assert found.use == pytest.approx(0.84)
    whole = activity_of(separating(fractions=()))
    assert whole.outputs == pytest.approx({("alpha", "powder"): 0.5, ("beta", "powder"): 0.3, ("gamma", "powder"): 0.2})


def test_a_fraction_is_a_commodity_printed() -> None:
    """B1: SEG comes out of the works and goes into the toll separation or away; its elements come only from there."""
    assert equations(base_plan(Study(separating())), "nothing_appears_or_vanishes")[::2] == [
        "bought_t[mine, 0] = processed_t[works, ore A, 0] + disposed_t[ore A, ore, 0]",
        "0.5 processed_t[works, ore A, 0] = processed_t[toll, SEG, 0] + disposed_t[SEG, ore, 0]",
        "0.5 processed_t[works, ore A, 0] = disposed_t[alpha, powder, 0]",
        "0.6 processed_t[toll, SEG, 0] = served_t[makers, beta, powder, 0] + disposed_t[beta, powder, 0]",
        "0.4 processed_t[toll, SEG, 0] = disposed_t[gamma, powder, 0]",
    ]


def test_the_toll_fee_is_paid_for_the_fraction_only() -> None:
    """24 t of beta in two years take 80 t of ore at 1 USD/kg: 0.08 where the works parts all of it; where SEG stays together, 40 t of
    it are tolled at 5 USD/kg: 0.28; and without a toll plant none is served, at 1000 USD/kg: 24."""
    assert base(separating(fractions=())).cost == pytest.approx(0.08)
    assert base(separating()).cost == pytest.approx(0.08 + 0.2)
    assert base(separating(plants=(works(),))).cost == pytest.approx(24)


def test_a_fraction_can_be_sold_and_stored() -> None:
    """Only alpha is wanted, 12 t a year from 24 t of ore; the other 12 t of SEG a year are a by-product: at 3 USD/kg a market for 10 t
    a year takes 10 of the first 12, the store keeps 2, and it takes 10 of the next 14: 0.048 - 0.06. Without the store the same is
    sold; without the market 0.048."""
    wanted = separating(demands=(demand("alpha"),), plants=(works(),))
    market = Sale(material="SEG", form="ore", usd_per_kg=3.0, max_t_per_yr=10.0)
    for sales, stocks, cost in (((market,), (stock("SEG", form="ore"),), -0.012), ((market,), (), -0.012), ((), (), 0.048)):
        assert base(change(wanted, sales=sales, stocks=stocks)).cost == pytest.approx(cost)


def test_a_fraction_in_store_is_worth_nothing_when_its_toller_is_cut() -> None:
    """A cut of three months abroad needs 3 t of beta. 5 t of SEG in store hold them, and the ore of home brings more: none is missing
    where the works parts everything; all 3 t where SEG must go abroad."""
    for fractions, lacking in (((), 0.0), ((SEG,), 3.0)):
        changed = separating(stocks=(stock("SEG", form="ore", opening_t=5.0),), cutoffs=(cutoff(),), fractions=fractions)
        assert missing_t(crisis(changed, 12)) == pytest.approx(lacking)


def test_the_table_of_supply_follows_fractions() -> None:
    """`validate`'s table: of 30 t of beta that could be made a year all pass through the toll separation; without it 12 t are short."""
    for plants, short in (((works(), TOLL), 0.0), ((works(),), 12.0)):
        row = next(r for r in supply_and_demand(separating(plants=plants)) if r.material == "beta")
        assert row.shortage_t == pytest.approx(short)


# Bad input


RATE = PlantRate(plant="works", material="ore A", capacity_use=2.0)
TOLLED = PlantRate(plant="toll", material="SEG", capacity_use=2.0)
FOUR = tuple(Element(element=e) for e in ("alpha", "beta", "gamma", "delta"))
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"plant_rates": (PlantRate(plant="works", material="alpha", capacity_use=2.0),)}, "PlantRates.material", "'works' handles ore A."),
    ({"plant_rates": (PlantRate(plant="works", material="SEG", capacity_use=2.0),)}, "PlantRates.material", "'works' handles ore A."),
    ({"plant_rates": (RATE, RATE)}, "PlantRates.plant", "Join the two rows or delete one."),
    ({"plant_rates": (PlantRate(plant="works", material="ore A"),)}, "PlantRates.capacity_use", "The row changes nothing."),
    ({"plant_rates": (PlantRate(plant="works", material="ore A", capacity_use=0.0),)}, "PlantRates.capacity_use", "within the bounds"),
    ({"fractions": (change(SEG, material="SEG"),)}, "Fractions.material", "'works' handles ore A."),
    ({"fractions": (change(SEG, form="powder"),)}, "Fractions.form", "Choose a form that holds mixtures."),
    ({"fractions": (change(SEG, elements=("beta",)),)}, "Fractions.fraction", "come beta 1."),
    (
        {"plants": (works(recovery=0.9), TOLL), "recoveries": (Recovery(plant="works", element="gamma", recovery=0.6),)},
        "Fractions.fraction",
        "come beta 0.6923, gamma 0.3077.",
    ),
    ({"plants": (works(materials=()), TOLL)}, "Fractions.plant", "takes its own fraction in again"),
    ({"plants": (works(), change(TOLL, status="supplier")), "plant_rates": (TOLLED,)}, "PlantRates.material", "'toll' is a supplier's"),
    (
        {
            "elements": tuple(Element(element=e) for e in ("alpha", "beta", "gamma")),
            "plants": (works(), TOLL, mill()),
            "forms": (*separating().forms, FORMS[1]),
            "plant_rates": (PlantRate(plant="mill", material="beta", recovery=0.9),),
            "recoveries": (Recovery(plant="mill", element="beta", recovery=0.8),),
        },
        "PlantRates.recovery",
        "A row of Recoveries for 'mill' and 'beta' says it too.",
    ),
    (
        {
            "plants": (works(), TOLL, mill(input_form="ore", output_form="pulp", materials=("ore A",))),
            "forms": (*separating().forms, Form(form="pulp", position=3, holds="mixtures")),
            "fractions": (SEG, Fraction(plant="mill", material="ore A", fraction="SEG", form="ore", elements=("beta", "gamma"))),
        },
        "Fractions.plant",
        "it separates nothing",
    ),
    ({"fractions": (change(SEG, elements=("beta", "delta")),), "elements": FOUR}, "Fractions.elements", "'ore A' holds no delta."),
    (
        {"fractions": (SEG, change(SEG, fraction="ore A", elements=("alpha", "gamma")))},
        "Fractions.elements",
        "gamma leaves in 'SEG' already.",
    ),
]


@pytest.mark.parametrize(("sheets", "place", "words"), WRONG, ids=[f"{n}-{w[1]}" for n, w in enumerate(WRONG)])
def test_bad_rates_and_fractions_are_told(sheets: dict[str, Any], place: str, words: str) -> None:
    """Each slip is named at its row with the way to mend it; the sound case has none on these sheets."""
    told = [f"{f.table}.{f.field}: {f.mend}" for f in check(separating(**sheets))]
    assert any(line.startswith(place) and words in line for line in told), told
    assert not [f for f in check(separating()) if f.table in ("PlantRates", "Fractions")]
