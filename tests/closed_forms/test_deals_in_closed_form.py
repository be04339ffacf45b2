"""Contracts, plants and planner's rules, where a formula says what they cost. 12 t a year at 10 USD/kg, two years, unless changed."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, change, crisis, cutoff, demand, missing_t, settings, source, stock
from smelters import candidate, smelter, smelting

from models.case import (
    Assumption,
    CapexPoint,
    Case,
    Ceiling,
    Composition,
    Contract,
    ContractLine,
    Count,
    Financing,
    Form,
    Plant,
    Price,
    Programme,
    ProgrammeEffect,
    Residue,
    ResidueSite,
    Route,
    VolumeDiscount,
)
from models.columns import Month


def cost(changed: Case) -> float:
    return base(changed).cost


def signed(line: dict[str, Any], contract: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """A contract on the trade, in force unless changed, with its line at a fixed price."""
    row = Contract(**{"contract": "offtake", "status": "in force", "tenor_years": 2, **(contract or {})})
    return case(**{"contracts": (row,), "contract_lines": (ContractLine(contract="offtake", source="trade", **line),), **sheets})


# Contracts


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 1.0])
def test_lift_or_pay(share: float) -> None:
    """A minimum of m at price q, above the market's p, is lifted where q - t q < p: c = p D + m min(t q, q - p) for t the share paid."""
    changed = signed({"min_t_per_yr": 6.0, "fixed_usd_per_kg": 30.0}, {"take_or_pay_share": share})
    assert cost(changed) == pytest.approx(0.24 + 0.012 * min(share * 30, 30 - 10))


@pytest.mark.parametrize("minimum", [12.0, 14.0, 16.0, 20.0])
def test_sign_or_not(minimum: float) -> None:
    """Signed where the minimum m at q = 8 costs less than the market: c = 2 min(p d, q max(m, d)), whole for two years."""
    changed = signed({"min_t_per_yr": minimum, "fixed_usd_per_kg": 8.0}, {"status": "on offer"})
    assert cost(changed) == pytest.approx(0.002 * min(120, 8 * max(minimum, 12)))


@pytest.mark.parametrize(("floor", "cap"), [(9.0, None), (None, 6.0), (7.0, 7.5)])
def test_floor_and_cap(floor: float | None, cap: float | None) -> None:
    """q = min(cap, max(floor, p (1 - discount))) with p (1 - discount) = 8: 9, 6 and 7.5 USD/kg."""
    line = {"price_index": "index", "discount_pct": 20.0, "floor_usd_per_kg": floor, "cap_usd_per_kg": cap}
    assert cost(signed(line)) == pytest.approx(0.024 * min(cap or 99.0, max(floor or 0.0, 8.0)))


def annuity(capital: float, rate: float, years: int) -> float:
    return capital * rate / (1 - (1 + rate) ** -years)


@pytest.mark.parametrize("upfront", [0.01, 0.02])
def test_prepaid_right(upfront: float) -> None:
    """c = q D + K r / (1 - (1 + r)^-n) x the years' factors, at 10 % over two years."""
    contract = {"status": "on offer", "upfront_usd_m": upfront, "sign_to": Month(2027, 1)}
    changed = signed({"fixed_usd_per_kg": 5.0}, contract, settings=settings(discount_rate_pct=10.0))
    factors = 1.1**-0.5 + 1.1**-1.5
    assert cost(changed) == pytest.approx(factors * (0.06 + annuity(upfront, 0.1, 2)))


def financed(**row: Any) -> float:
    """What a financing of 0.05 million USD adds to the cost of a contract at 5 USD/kg, at 10 %."""
    contract = {"status": "on offer", "sign_to": Month(2027, 1)}
    plain = signed({"fixed_usd_per_kg": 5.0}, contract, settings=settings(discount_rate_pct=10.0))
    stake = Financing(**{"financing": "stake", "contract": "offtake", "usd_m": 0.05, **row})
    return cost(change(plain, financings=(stake,))) - cost(plain)


SPREAD = annuity(1.0, 0.1, 2) * (1.1**-0.5 + 1.1**-1.5)
"""What a dollar at signature is charged with, as an annuity over two years paid at their middles."""


@pytest.mark.parametrize("years", [1, 5])
def test_a_loan_at_the_discount_rate_costs_nothing(years: int) -> None:
    """Its repayments are worth what was lent, whatever its years; at 0 % a loan of n years costs K (1 - (1 - v^n) / (n r))."""
    assert financed(kind="loan", interest_pct_per_yr=10.0, years=years) == pytest.approx(0.0, abs=1e-12)
    free = 0.05 * (1 - (1 - 1.1**-years) / (years * 0.1))
    assert financed(kind="loan", years=years) == pytest.approx(free * SPREAD)


@pytest.mark.parametrize("resale", [0.4, 1.0])
def test_equity_less_its_resale(resale: float) -> None:
    """K (1 - resale v^n)."""
    assert financed(kind="equity", years=5, resale_share=resale) == pytest.approx(0.05 * (1 - resale * 1.1**-5) * SPREAD)


def test_a_prepayment_that_is_credited() -> None:
    """K - K / n x the sum of v^(k + 1/2): what is left is interest."""
    assert financed(kind="prepayment", years=2) == pytest.approx((0.05 - 0.025 * (1.1**-0.5 + 1.1**-1.5)) * SPREAD)


@pytest.mark.parametrize("cap", [None, 0.01, 0.03])
def test_share_of_a_high_index(cap: float | None) -> None:
    """c = (p - min(u (p - trigger) d, cap)) of each year: of 10 USD/kg half of what is above 6 comes back, 24,000 USD a year,
    or the cap of 10,000; one of 30,000 does not bind."""
    line = {"price_index": "index", "upside_share": 0.5, "upside_trigger_usd_per_kg": 6.0, "upside_cap_usd_m_per_yr": cap}
    changed = signed(line, sources=(source(spot_share=0.0), source("trade beta", "beta")))
    assert cost(changed) == pytest.approx(2 * (0.12 - min(0.024, cap or 1.0)))


@pytest.mark.parametrize("step", [4.0, 10.0, 20.0])
def test_volume_discount(step: float) -> None:
    """c = q (d - x max(0, d - step)), x = 25 %, of each year."""
    discount = VolumeDiscount(contract="offtake", source="trade", from_t_per_yr=step, discount_pct=25.0)
    changed = signed({"fixed_usd_per_kg": 9.0}, volume_discounts=(discount,))
    assert cost(changed) == pytest.approx(0.018 * (12 - 0.25 * max(0.0, 12 - step)))


@pytest.mark.parametrize("years", [0, 1])
def test_made_up_a_year_later(years: int) -> None:
    """Of a minimum of 6 t at 8 USD/kg 2 t are used in the first year and 12 t in the second: c = q (6 + 12), or with the 4 t made up
    q (6 + 12 - 4)."""
    wave = (Assumption(assumption="wave", year=2027, value=2.0), Assumption(assumption="wave", year=2028, value=12.0))
    changed = signed(
        {"min_t_per_yr": 6.0, "fixed_usd_per_kg": 8.0, "make_up_years": years}, assumptions=wave, demands=(demand(t_per_yr="wave"),)
    )
    assert cost(changed) == pytest.approx(0.008 * (18 - 4 * years))


@pytest.mark.parametrize("flexibility", [1.0, 1.5, 2.0])
def test_flexibility_in_a_crisis(flexibility: float) -> None:
    """Missing are n (d - min(f right / 12, d)) with a right to 6 t a year on a supply that is not cut: 1.5, 0.75 and 0 t."""
    near = source("near", countries=("next door",), spot_share=0.0)
    line = ContractLine(contract="offtake", source="near", max_t_per_yr=6.0, fixed_usd_per_kg=10.0, monthly_flexibility=flexibility)
    changed = change(signed({"fixed_usd_per_kg": 10.0}), sources=(source(), near), contract_lines=(line,), cutoffs=(cutoff(),))
    assert missing_t(crisis(changed, 12)) == pytest.approx(3 * (1 - flexibility / 2))


# Plants


def bars(usd_per_kg: float) -> dict[str, Any]:
    """Bars for sale, beside powder at 10 USD/kg."""
    rows = (*case().prices, Price(index="index", material="alpha", form="bar", usd_per_kg=usd_per_kg))
    return {"prices": rows, "sources": (source(max_t_per_yr=99.0), source("bars", form="bar", max_t_per_yr=99.0))}


@pytest.mark.parametrize(("first", "second"), [(0.8, 0.5), (1.0, 0.9)])
def test_yields_of_a_chain(first: float, second: float) -> None:
    """x = d / (r1 r2): c = p D / (r1 r2)."""
    rods = Form(form="rod", position=4, holds="elements")
    mill = smelter(plant="mill", input_form="bar", output_form="rod", recovery=second, capacity_t_per_yr=99.0)
    changed = smelting(
        smelter(recovery=first, capacity_t_per_yr=99.0),
        mill,
        forms=(*smelting().forms, rods),
        demands=(demand(form="rod"),),
        sources=(source(max_t_per_yr=99.0),),
    )
    assert cost(changed) == pytest.approx(0.24 / first / second)


@pytest.mark.parametrize("back", [0.0, 0.5, 1.0])
def test_scrap_that_comes_back(back: float) -> None:
    """x = d / r (1 - back (1 - r)) is bought, for what is lost comes back: at r = 0.6."""
    changed = smelting(
        smelter(recovery=0.6, scrap_form="powder", scrap_return_share=back, capacity_t_per_yr=99.0), sources=(source(max_t_per_yr=99.0),)
    )
    assert cost(changed) == pytest.approx(0.24 / 0.6 * (1 - back * 0.4))


@pytest.mark.parametrize("usd_per_kg", [11.0, 13.0, 16.0])
def test_make_or_buy(usd_per_kg: float) -> None:
    """c = min(P D, (p + o) D + K): bars at P, or powder at 10, 2 USD/kg of processing and 0.04 million USD of capital (life 2 years)."""
    changed = smelting(candidate(capex_usd_m=0.04, life_years=2, variable_opex_usd_per_kg=2.0), **bars(usd_per_kg))
    assert cost(changed) == pytest.approx(min(0.024 * usd_per_kg, 0.024 * 12 + 0.04))


@pytest.mark.parametrize(("building", "life"), [(0, 2), (6, 5), (12, 10)])
def test_capital_as_an_annuity(building: int, life: int) -> None:
    """K' = K / b x the sum of (1 + r)^((k + 1/2) / 12), k < b; K' r / (1 - (1 + r)^-n) a year while the plant stands."""
    rate, capital = 0.08, 0.03
    changed = smelting(
        candidate(capex_usd_m=capital, build_months=building, life_years=life, decide_to=Month(2027, 1)),
        settings=settings(discount_rate_pct=8.0, coarse_period_months=6),
        demands=(demand(form="bar", t_per_yr=0.0),),
        counts=(Count(rule="one", members=("smelter",), at_least=1),),
    )
    worth = capital if building == 0 else capital / building * sum((1 + rate) ** ((k + 0.5) / 12) for k in range(building))
    halves = sum(0.5 * (1 + rate) ** -((m + 3) / 12) for m in range(building, 24, 6))
    assert cost(changed) == pytest.approx(annuity(worth, rate, life) * halves)


@pytest.mark.parametrize("ramp", [(50.0, 100.0), (25.0, 75.0)])
def test_ramp(ramp: tuple[float, float]) -> None:
    """Served are the ramps' shares of the capacity: 12 (rho1 + rho2) t."""
    answer = base(smelting(candidate(ramp_pct=ramp)))
    assert answer.total("served_t") == pytest.approx(12 * sum(ramp) / 100)


@pytest.mark.parametrize(("permit", "building"), [(0, 6), (6, 12), (12, 6)])
def test_lead_time(permit: int, building: int) -> None:
    """Served are the months that are left: 24 - permit - building, at 1 t a month."""
    answer = base(smelting(candidate(permit_months=permit, build_months=building), settings=settings(coarse_period_months=6)))
    assert answer.total("served_t") == pytest.approx(24 - permit - building)


@pytest.mark.parametrize("mass", ["REO", "product"])
def test_capacity_in_tonnes_of_metal(mass: str) -> None:
    """6 t of metal a year are 6 opm = 7.5 t of oxide: served are 2 x 7.5 t, else 2 x 6."""
    forms = (smelting().forms[0], Form(form="bar", position=3, holds="elements", mass="metal"))
    changed = smelting(
        smelter(capacity_t_per_yr=6.0, capacity_basis="output", capacity_mass=mass, materials=("alpha",)),
        forms=forms,
        demands=(demand(form="bar"),),
    )
    assert base(changed).total("served_t") == pytest.approx(12 * (1.25 if mass == "product" else 1.0))


@pytest.mark.parametrize("size", [6.0, 9.0, 12.0])
def test_between_two_sizes(size: float) -> None:
    """K = K0 + (s - s0) / (s1 - s0) (K1 - K0) between 6 t (0.02) and 12 t a year (0.03 million USD)."""
    curve = (
        CapexPoint(plant="smelter", capacity_t_per_yr=6.0, capex_usd_m=0.02),
        CapexPoint(plant="smelter", capacity_t_per_yr=12.0, capex_usd_m=0.03),
    )
    changed = smelting(candidate(life_years=2), capex_curve=curve, demands=(demand(form="bar", t_per_yr=size),))
    assert cost(changed) == pytest.approx(0.02 * size + 0.02 + (size - 6) / 6 * 0.01)


@pytest.mark.parametrize("idle", [0.1, 0.5])
def test_idle_until_it_is_needed(idle: float) -> None:
    """A plant without work in the first year: mothballed it saves (1 - share) F and costs R to restart:
    c = F + min(F, share F + R) beside the powder, F = 0.05, R = 0.02 million USD."""
    wave = (Assumption(assumption="wave", year=2027, value=0.0), Assumption(assumption="wave", year=2028, value=12.0))
    plant = smelter(may_stop="mothball", fixed_opex_usd_m_per_yr=0.05, mothball_opex_share=idle, restart_usd_m=0.02)
    changed = smelting(plant, assumptions=wave, demands=(demand(form="bar", t_per_yr="wave"),))
    assert cost(changed) == pytest.approx(0.12 + 0.05 + min(0.05, idle * 0.05 + 0.02))


@pytest.mark.parametrize("rate", [0.2, 2.0])
def test_residue(rate: float) -> None:
    """c = p D + k t D: what arises of the feed is disposed of at 300 USD/t."""
    changed = smelting(
        smelter(),
        residues=(Residue(residue="cake", plant="smelter", t_per_t=rate),),
        residue_sites=(ResidueSite(site="pit", status="existing", cell_t=99.0, disposal_usd_per_t=300.0),),
    )
    assert cost(changed) == pytest.approx(0.24 + 24 * rate * 0.0003)


@pytest.mark.parametrize("transit", [1, 3])
def test_tolled_material_in_the_pipe(transit: int) -> None:
    """By months, what is sent in the last months does not come back: 12 - transit months of a year are served, at 1 t each."""
    changed = smelting(smelter(transit_months=float(transit)), settings=settings(horizon_months=12, fine_months=12))
    assert base(changed).total("served_t") == pytest.approx(12 - transit)


# Planner's rules, routes, programmes


@pytest.mark.parametrize("share", [0.5, 0.75])
def test_no_country_gives_more_than_its_share(share: float) -> None:
    """c = D (s p + (1 - s) P): abroad at 10, next door at 14 USD/kg."""
    changed = case(
        sources=(source(), source("near", countries=("next door",), price_factor=1.4)),
        ceilings=(Ceiling(country="abroad", form="powder", max_share=share),),
    )
    assert cost(changed) == pytest.approx(0.024 * (share * 10 + (1 - share) * 14))


@pytest.mark.parametrize("capacity", [3.0, 8.0])
def test_cheap_route_first(capacity: float) -> None:
    """c = p D + k1 C + k2 (d - C) of each year: the sea at 100 up to C, the air at 900 USD/t."""
    sea = Route(route="sea", from_kind="source", from_name="trade", usd_per_t=100.0, capacity_t_per_yr=capacity)
    air = Route(route="air", from_kind="source", from_name="trade", usd_per_t=900.0)
    assert cost(case(routes=(sea, air))) == pytest.approx(0.24 + 2 * (100 * capacity + 900 * (12 - capacity)) / 1e6)


def programme(**effect: Any) -> Case:
    """A programme in force that may replace 40 % of the demand."""
    row = ProgrammeEffect(
        **{"programme": "other", "sector": "makers", "material": "alpha", "form": "powder", "share_affected": 0.4, **effect}
    )
    return case(programmes=(Programme(programme="other", status="in force"),), programme_effects=(row,))


@pytest.mark.parametrize("usd_per_kg", [3.0, 9.0, 12.0])
def test_substitution(usd_per_kg: float) -> None:
    """c = D ((1 - x) p + x min(p, k)), x = 40 %."""
    assert cost(programme(usd_per_kg=usd_per_kg)) == pytest.approx(0.024 * (0.6 * 10 + 0.4 * min(10, usd_per_kg)))


@pytest.mark.parametrize("tonnes", [0.5, 0.8])
def test_thrifting(tonnes: float) -> None:
    """c = p D (1 - x (1 - t)): 40 % of the demand is served with t tonnes a tonne."""
    changed = programme(serves_material="alpha", serves_form="powder", t_per_t=tonnes)
    assert cost(changed) == pytest.approx(0.24 * (1 - 0.4 * (1 - tonnes)))


@pytest.mark.parametrize("capital", [0.01, 0.2])
def test_a_programme_that_pays(capital: float) -> None:
    """Started where it saves more than it costs: c = min(p D, p D (1 - x) + K), K over a life of two years."""
    changed = change(programme(), programmes=(Programme(programme="other", capex_usd_m=capital, life_years=2),))
    assert cost(changed) == pytest.approx(min(0.24, 0.24 * 0.6 + capital))


def test_a_mixed_feed_serves_two() -> None:
    """The joint split: x = max(d_e / (s_e r)) of the feed serves both; 3 t of alpha and 6 t of beta from a quarter and three quarters at
    r = 0.75 take max(16, 10.67) = 16 t a year, and 16 x 3/4 x 3/4 - 6 = 3 t of beta are disposed of."""
    parts = {"alpha": 0.25, "beta": 0.75}
    works = Plant(
        plant="works", status="existing", country="home", input_form="ore", output_form="powder", capacity_t_per_yr=99.0, recovery=0.75
    )
    changed = case(
        forms=(Form(form="ore", position=1, holds="mixtures"), Form(form="powder", position=2, holds="elements")),
        compositions=tuple(Composition(mixture="mixed", element=e, share=s) for e, s in parts.items()),
        prices=(Price(index="index", material="mixed", form="ore", usd_per_kg=2.0),),
        sources=(source("mine", "mixed", form="ore", max_t_per_yr=99.0),),
        demands=(demand(t_per_yr=3.0), demand("beta", t_per_yr=6.0)),
        plants=(works,),
        stocks=(stock(opening_t=0.0),),
    )
    answer = base(changed)
    assert answer.cost == pytest.approx(2 * 0.002 * 16)
    assert answer.total("disposed_t") == pytest.approx(2 * 3)
