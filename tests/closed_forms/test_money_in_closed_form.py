"""Cost, where a formula says it: discounting, growth, orders, storage, joint products, currencies. 12 t a year at 10 USD/kg, two years."""

from __future__ import annotations

import math

import pytest
from small_cases import Answer, base, case, change, demand, settings, source, stock

from models.case import (
    Assumption,
    Case,
    Composition,
    Currency,
    Element,
    Form,
    Plant,
    Price,
    PriceTier,
    Recipe,
)
from models.columns import Month


def cost(changed: Case) -> float:
    return base(changed).cost


def bought(answer: Answer, month: int) -> float:
    return answer.value("bought_t", "trade", month)


@pytest.mark.parametrize("rate", [0.0, 7.0])
@pytest.mark.parametrize("when", ["middle", "start"])
def test_present_value_of_purchases(rate: float, when: str) -> None:
    """c = p d x the sum of (1 + r)^-(y + 1/2), or ^-y from the start: at 7 % 0.2244 and 0.2321 million USD."""
    later = 0.5 if when == "middle" else 0.0
    expected = 0.12 * sum((1 + rate / 100) ** -(y + later) for y in (0, 1))
    assert cost(case(settings=settings(discount_rate_pct=rate, discounting=when))) == pytest.approx(expected)


@pytest.mark.parametrize("growth", [25.0, -10.0])
def test_demand_grows_geometrically(growth: float) -> None:
    """c = p d x the sum of (1 + g)^y: 0.27 and 0.228 million USD."""
    assert cost(case(demands=(demand(growth_pct_per_yr=growth),))) == pytest.approx(0.12 * (2 + growth / 100))


@pytest.mark.parametrize("growth", [25.0, -10.0])
def test_prices_grow_geometrically(growth: float) -> None:
    """c = p d x the sum of (1 + g)^y, nothing being stored."""
    rows = (Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, growth_pct_per_yr=growth), case().prices[1])
    assert cost(case(prices=rows)) == pytest.approx(0.12 * (2 + growth / 100))


@pytest.mark.parametrize(("storage", "early"), [(4000.0, 12.0), (6000.0, 0.0)])
def test_buying_early(storage: float, early: float) -> None:
    """Worth it where p g > s: a price that rises by 5 USD/kg, storage of 4 or 6 USD/kg: c = d (p + min(p + p g, p + s))."""
    rows = (Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, growth_pct_per_yr=50.0), case().prices[1])
    answer = base(case(prices=rows, stocks=(stock(storage_usd_per_t_yr=storage),)))
    assert answer.cost == pytest.approx(12 * (10 + min(15, 10 + storage / 1000)) / 1000)
    assert bought(answer, 0) == pytest.approx(12 + early)


@pytest.mark.parametrize("batch", [2, 3, 4])
def test_economic_order_quantity(batch: int) -> None:
    """Of orders each m months, m = sqrt(2 K / h) is best where it divides the year: K = h m^2 / 2 gives
    c = p d + 12 / m (K + h m (m - 1) / 2)."""
    h = 0.001
    fixed = h * batch**2 / 2
    rows = (source(max_t_per_yr=240.0, order_cost_usd_m=fixed), source("trade beta", "beta"))
    changed = case(settings=settings(horizon_months=12, fine_months=12), sources=rows, stocks=(stock(storage_usd_per_t_yr=12e6 * h),))
    assert math.sqrt(2 * fixed / h) == pytest.approx(batch)
    assert cost(changed) == pytest.approx(0.12 + 12 / batch * (fixed + h * batch * (batch - 1) / 2))


@pytest.mark.parametrize("upto", [3.0, 9.0, 12.0])
def test_tiers_of_price(upto: float) -> None:
    """c = 2 p (q1 + f (d - q1)), f = 1.5: 0.33, 0.27 and 0.24 million USD."""
    tiers = (PriceTier(source="trade", upto_t_per_yr=upto, price_factor=1.0), PriceTier(source="trade", price_factor=1.5))
    assert cost(case(price_tiers=tiers)) == pytest.approx(0.02 * (upto + 1.5 * (12 - upto)))


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_stock_left_at_the_end(share: float) -> None:
    """c = p D - share p S (1 + r)^-2 + what S costs, bought in the second year: 5 t at 10 %."""
    held = settings(discount_rate_pct=10.0, terminal_stock_share=share)
    second = 1.1**-1.5
    expected = 0.12 * (1.1**-0.5 + second) + 0.05 * second - share * 0.05 * 1.1**-2
    assert cost(case(settings=held, stocks=(stock(final_t=5.0),))) == pytest.approx(expected)


@pytest.mark.parametrize("months", [3, 6, 12])
def test_storage_by_period(months: int) -> None:
    """A stock of 6 t for two years costs 2 s S, whatever the periods: 0.012 million USD, and 0.06 to buy it."""
    changed = case(
        settings=settings(coarse_period_months=months),
        sources=(source(max_t_per_yr=99.0), source("trade beta", "beta")),
        stocks=(stock(minimum_t=6.0, storage_usd_per_t_yr=1000.0),),
    )
    assert cost(changed) == pytest.approx(0.24 + 0.06 + 0.012)


def test_storage_that_escalates() -> None:
    """c = p (D + S) + s S x the sum of (1 + e)^y: at 20 % 0.3 + 0.006 x 2.2 million USD."""
    changed = case(settings=settings(escalation_pct_per_yr=20.0), stocks=(stock(minimum_t=6.0, storage_usd_per_t_yr=1000.0),))
    assert cost(changed) == pytest.approx(0.3 + 0.006 * 2.2)


@pytest.mark.parametrize("loss", [5.0, 40.0])
def test_a_stock_that_is_lost_is_bought_again(loss: float) -> None:
    """To hold S for two years S + loss S are bought: nothing is lost in the period in which it is put in."""
    assert cost(case(stocks=(stock(minimum_t=6.0, loss_pct_per_yr=loss),))) == pytest.approx(0.24 + 0.06 * (1 + loss / 100))


def test_handling() -> None:
    """What goes in and out again pays it once: S = 12 t bought early at 10 and used at 30: c = (24 x 10 + 12 x 2) / 1000."""
    rows = (Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, growth_pct_per_yr=50.0), case().prices[1])
    assert cost(case(prices=rows, stocks=(stock(handling_usd_per_t=2000.0),))) == pytest.approx(0.24 + 12 * 0.002)


@pytest.mark.parametrize("days", [36.5, 73.0])
def test_days_of_cover(days: float) -> None:
    """S = d x days / 365: 1.2 and 2.4 t on top of what is used."""
    assert cost(case(stocks=(stock(cover_days=days),))) == pytest.approx(0.24 + 0.12 * days / 365)


@pytest.mark.parametrize("rate", [0.8, 1.5])
def test_a_currency(rate: float) -> None:
    """c = p e D."""
    rows = (Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, currency="EUR"), case().prices[1])
    assert cost(case(prices=rows, currencies=(Currency(currency="EUR", usd_per_unit=rate),))) == pytest.approx(0.24 * rate)


@pytest.mark.parametrize("penalty", [4.0, 9.9, 12.0])
def test_shortage_or_supply(penalty: float) -> None:
    """What costs less: c = min(p, penalty) D."""
    assert cost(case(demands=(demand(shortage_usd_per_kg=penalty),))) == pytest.approx(0.024 * min(10.0, penalty))


def test_served_a_year_later() -> None:
    """Supply of 24 t a year that opens a year late: 12 t owed for a year at 2 USD/kg: c = p D + b d."""
    late = source(first_month=Month(2028, 1))
    changed = case(sources=(late, source("trade beta", "beta")), demands=(demand(backorder_usd_per_kg_yr=2.0),))
    assert cost(changed) == pytest.approx(0.24 + 0.024)


@pytest.mark.parametrize("recovery", [0.5, 0.8])
def test_feed_for_one_element_of_two(recovery: float) -> None:
    """x = d / (share recovery) of a feed, and what nobody wants of it is disposed of:
    c = p x + c x (1 - share) recovery for 3 t a year of alpha, a quarter of the feed."""
    feed = 3 / (0.25 * recovery)
    changed = case(
        forms=(
            Form(form="ore", position=1, holds="mixtures"),
            Form(form="powder", position=2, holds="elements", disposal_usd_per_t=500.0),
        ),
        compositions=(Composition(mixture="mixed", element="alpha", share=0.25), Composition(mixture="mixed", element="beta", share=0.75)),
        prices=(Price(index="index", material="mixed", form="ore", usd_per_kg=2.0),),
        sources=(source("mine", "mixed", form="ore", max_t_per_yr=99.0),),
        demands=(demand(t_per_yr=3.0),),
        plants=(
            Plant(
                plant="works",
                status="existing",
                country="home",
                input_form="ore",
                output_form="powder",
                capacity_t_per_yr=99.0,
                recovery=recovery,
            ),
        ),
    )
    assert cost(changed) == pytest.approx(2 * (0.002 * feed + 0.0005 * feed * 0.75 * recovery))


def test_oxide_in_a_product() -> None:
    """A tonne of a grade with a kg/kg of alpha and b of beta holds a opm_a + b opm_b t of oxide: 0.2 x 1.25 + 0.1 x 1.2 = 0.37;
    at 30 USD/kg of oxide 10 t a year cost 2 x 10 x 0.37 x 30."""
    changed = case(
        elements=(Element(element="alpha", oxide_per_metal=1.25), Element(element="beta", oxide_per_metal=1.2)),
        forms=(Form(form="powder", position=2, holds="elements"), Form(form="magnet", position=4, holds="mixtures", mass="product")),
        recipes=(Recipe(grade="grade", element="alpha", kg_per_kg=0.2), Recipe(grade="grade", element="beta", kg_per_kg=0.1)),
        prices=(Price(index="index", material="grade", form="magnet", usd_per_kg=30.0),),
        sources=(source("magnets", "grade", form="magnet"),),
        demands=(demand("grade", form="magnet", t_per_yr=10.0),),
    )
    assert cost(changed) == pytest.approx(2 * 10 * 0.37 * 30 / 1000)


def test_a_price_by_month() -> None:
    """An assumption that holds from July on: a year in months costs p (6 + 6 x 1.5) t."""
    wave = (Assumption(assumption="wave", value=1.0), Assumption(assumption="wave", month=Month(2027, 7), value=1.5))
    rows = (Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, profile="wave"), case().prices[1])
    changed = case(settings=settings(horizon_months=12, fine_months=12), assumptions=wave, prices=rows)
    assert cost(changed) == pytest.approx(0.01 * (6 + 9))


def test_metal_counts_by_its_own_mass() -> None:
    """10 t a year of metal are 12.5 t of oxide: c = 2 p d opm."""
    changed = case(forms=(Form(form="powder", position=2, holds="elements", mass="metal"),), demands=(demand(t_per_yr=10.0),))
    assert cost(changed) == pytest.approx(0.02 * 12.5)
    assert cost(change(changed, forms=case().forms)) == pytest.approx(0.02 * 10)
