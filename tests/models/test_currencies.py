"""Currencies and escalation: what is converted and what rises, with and without; the terms still add up to the objective."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, change, demand, optimum, settings, source, stock

from models.build import base_plan
from models.case import (
    Assumption,
    Budget,
    Case,
    Contract,
    ContractLine,
    Currency,
    Form,
    Plant,
    Price,
    Programme,
    ProgrammeEffect,
    Route,
    Sale,
    Store,
)
from models.columns import Month
from models.cost import RISING, TERMS
from models.read_plan import read_constructions, read_costs
from models.run import Study
from models.spending import payments
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve

RATES = (Assumption(assumption="euro", year=2027, value=1.0), Assumption(assumption="euro", year=2028, value=1.2))
EURO: dict[str, Any] = {"assumptions": RATES, "currencies": (Currency(currency="EUR", usd_per_unit="euro"),)}
POWDER_AND_BARS = (
    Form(form="powder", position=2, holds="elements", disposal_usd_per_t=100.0),
    Form(form="bar", position=3, holds="elements"),
)


def terms(changed: Case) -> dict[str, float]:
    """Discounted cost by term at the optimum; the terms add up to it."""
    model = base_plan(Study(changed))
    answer = optimum(model)
    rows = read_costs(model.cost_pieces, answer.of)
    assert sum(row.usd_m for row in rows) == pytest.approx(answer.cost, abs=1e-12)
    return {t: sum(row.usd_m for row in rows if row.term == t) for t in TERMS}


def smelter(**changes: Any) -> dict[str, Any]:
    """A smelter that all bars come from."""
    plain: dict[str, Any] = {"status": "candidate", "country": "home", "input_form": "powder", "output_form": "bar"}
    plant = Plant(**{"plant": "smelter", **plain, "capacity_t_per_yr": 12.0, **changes})
    return {"forms": POWDER_AND_BARS, "plants": (plant,), "demands": (demand(form="bar"),)}


def priced(currency: str) -> tuple[Price, ...]:
    """alpha at 10 of a currency, beta at 20 dollars."""
    alpha, beta = case().prices
    return change(alpha, currency=currency), beta


def test_prices_in_a_currency() -> None:
    """24 t at 10 EUR/kg, a euro at 1 dollar in the first year and 1.2 in the second: 0.264 million USD; 0.24 in dollars."""
    assert base(case(prices=priced("EUR"), **EURO)).cost == pytest.approx(0.264)
    assert base(case(prices=priced("USD"), **EURO)).cost == pytest.approx(0.24)


def test_contract_lines_in_a_currency() -> None:
    """A fixed price of 8 EUR, a floor of 11 and a cap of 9: in 2028 9.60, 13.20 and 10 (of the index) against 9 x 1.2 = 10.80 dollars."""

    def price(**line: Any) -> float:
        row = ContractLine(contract="offtake", source="trade", currency="EUR", **line)
        contract = Contract(contract="offtake", status="in force", tenor_years=2)
        study = Study(case(contracts=(contract,), contract_lines=(row,), **EURO))
        return study.line_price(row, 12)

    assert price(fixed_usd_per_kg=8.0) == pytest.approx(9.6)
    assert price(price_index="index", floor_usd_per_kg=11.0) == pytest.approx(13.2)
    assert price(price_index="index", cap_usd_per_kg=9.0) == pytest.approx(10.0)
    assert price(price_index="index", cap_usd_per_kg=8.0) == pytest.approx(9.6)


def test_plants_in_a_currency() -> None:
    """Capital of 2 EUR spent over the first year (at 1.0) and charged half a year in two: the second year's fixed cost of 0.5 and
    variable cost of 5 EUR/kg on 12 t are 0.6 and 0.072 in dollars; 0.5 and 0.06 were they dollars."""
    plant = {"capex_usd_m": 2.0, "life_years": 2, "build_months": 12, "fixed_opex_usd_m_per_yr": 0.5, "variable_opex_usd_per_kg": 5.0}
    for currency, rate in (("EUR", 1.2), ("USD", 1.0)):
        found = terms(case(**EURO, **smelter(currency=currency, **plant)))
        assert found["capex"] == pytest.approx(1.0)
        assert found["fixed_opex"] == pytest.approx(0.5 * rate)
        assert found["conversion"] == pytest.approx(0.06 * rate)


def test_capital_at_the_rate_of_the_month_in_which_it_is_spent() -> None:
    """18 months of building: two thirds of 2 EUR are spent at 1.0 and a third at 1.2: 2.1333 million USD; 2 in dollars."""
    for currency, spent in (("EUR", 2 / 3 * 2 + 1 / 3 * 2.4), ("USD", 2.0)):
        study = Study(case(**EURO, **smelter(currency=currency, capex_usd_m=2.0, build_months=18)))
        assert 2.0 * sum(
            usd for _, usd in payments(study, study.plants["smelter"], study.online(study.plants["smelter"], 0))
        ) == pytest.approx(spent)
        (row,) = read_constructions(study, {"built": {("smelter", 0): 1.0}})
        assert row.capex_usd_m == pytest.approx(spent)


def stated_in(currency: str, late: bool = False) -> dict[str, float]:
    """Costs by term of a case whose freight, orders, stores, stocks, routes and contract are stated in a currency."""
    c: dict[str, Any] = {"currency": currency}
    return terms(
        case(
            **EURO,
            sources=(source(freight_usd_per_kg=2.0, order_cost_usd_m=0.01, **c),),
            stores=(Store(store="store", fixed_usd_m_per_yr=0.1, **c),),
            stocks=(stock(opening_t=6.0, final_t=6.0, capacity_t=6.0, storage_usd_per_t_yr=1000.0, handling_usd_per_t=500.0, **c),),
            routes=(
                Route(
                    route="sea", from_kind="source", from_name="trade", usd_per_t=1000.0, capacity_t_per_yr=30.0,
                    fixed_usd_m_per_yr=0.02, **c,
                ),
            ),
            contracts=(
                Contract(
                    contract="offtake", status="on offer", tenor_years=1, upfront_usd_m=0.01, sign_from=Month(2028, 1) if late else None,
                    sign_to=None if late else Month(2027, 1), **c
                ),
            ),
            contract_lines=(ContractLine(contract="offtake", source="trade", max_t_per_yr=12.0, fixed_usd_per_kg=1.0),),
        )
    )  # fmt: skip


def test_freight_orders_stores_routes_and_prepayments_in_a_currency() -> None:
    """A year at 1.0 and a year at 1.2, in EUR and in dollars: 12 t a year at 2 a kilogram of freight, 0.0528 and 0.048; the route's 1000 a
    tonne and 0.02 a year, 0.0704 and 0.064; 6 t stored and the store, 0.2332 and 0.212; a prepayment of 0.01 signed in 2028, 0.012
    and 0.01, and the one order of the year before it 0.01 both; signed in 2027, 0.01 both and the order of 2028 0.012 and 0.01."""
    euro, dollar = stated_in("EUR", late=True), stated_in("USD", late=True)
    assert (euro["freight"], dollar["freight"]) == pytest.approx((0.0528, 0.048))
    assert (euro["transport"], dollar["transport"]) == pytest.approx((0.0704, 0.064))
    assert (euro["storage"], dollar["storage"]) == pytest.approx((0.2332, 0.212))
    assert (euro["upfront"], dollar["upfront"]) == pytest.approx((0.012, 0.01))
    assert (euro["orders"], dollar["orders"]) == pytest.approx((0.01, 0.01))
    early, plain = stated_in("EUR"), stated_in("USD")
    assert (early["upfront"], plain["upfront"]) == pytest.approx((0.01, 0.01))
    assert (early["orders"], plain["orders"]) == pytest.approx((0.012, 0.01))


def test_handling_in_a_currency() -> None:
    """6 t of opening stock drawn in 2028, when nothing is for sale but 6 t: 0.0018 million USD at 1.2, 0.0015 in dollars."""
    found = []
    for currency in ("EUR", "USD"):
        short = source(max_t_per_yr="most")
        most = (Assumption(assumption="most", year=2027, value=12.0), Assumption(assumption="most", year=2028, value=6.0))
        held = stock(opening_t=6.0, handling_usd_per_t=500.0, currency=currency)
        stated = case(assumptions=(*RATES, *most), currencies=EURO["currencies"], sources=(short,), stocks=(held,))
        found.append(terms(stated)["handling"])
    assert found == pytest.approx([0.0018, 0.0015])


def rising(percent: float) -> dict[str, float]:
    """Costs by term of a case that has every one that rises, at 10 % a year or none."""
    early = source(freight_usd_per_kg=2.0, last_month=Month(2027, 12))
    plant = Plant(
        plant="old works", status="existing", country="home", input_form="powder", output_form="bar", capacity_t_per_yr=12.0,
        fixed_opex_usd_m_per_yr=0.5, variable_opex_usd_per_kg=5.0,
    )  # fmt: skip
    late = source("late", "beta", first_month=Month(2028, 1), freight_usd_per_kg=1.0, price_factor=1.5)
    return terms(
        case(
            settings=settings(escalation_pct_per_yr=percent),
            forms=POWDER_AND_BARS,
            demands=(demand("alpha", form="bar", rationing="no"), demand("beta", rationing="no")),
            sources=(early, late),
            plants=(plant,),
            stores=(Store(store="store", fixed_usd_m_per_yr=0.1),),
            stocks=(stock(storage_usd_per_t_yr=1000.0, handling_usd_per_t=500.0),),
        )
    )


def test_costs_rise_and_prices_do_not() -> None:
    """At 10 % a year all that is paid in the second year for plants, stores, freight and handling is 1.1 times as much: 1.05 instead of
    1.0 of fixed cost, 0.126 instead of 0.12 of conversion; purchases and shortage stay."""
    with_rise, without = rising(10.0), rising(0.0)
    assert (with_rise["fixed_opex"], without["fixed_opex"]) == pytest.approx((1.05, 1.0))
    assert (with_rise["conversion"], without["conversion"]) == pytest.approx((0.126, 0.12))
    assert (with_rise["storage"], without["storage"]) == pytest.approx((0.222, 0.212))
    assert (with_rise["handling"], without["handling"]) == pytest.approx((0.0063, 0.006))
    assert (with_rise["freight"], without["freight"]) == pytest.approx((0.0612, 0.06))
    for term in set(TERMS) - RISING:
        assert with_rise[term] == pytest.approx(without[term]), term


def test_disposal_rises() -> None:
    """12 t a year of beta come with alpha and are thrown away at 100 USD a tonne: 0.0024 million USD in two years, 0.00252 at 10 %."""
    contract = Contract(contract="offtake", status="in force", tenor_years=2)
    line = ContractLine(contract="offtake", source="trade beta", min_t_per_yr=12.0, fixed_usd_per_kg=1.0)
    for percent, paid in ((10.0, 0.00252), (0.0, 0.0024)):
        changed = case(
            settings=settings(escalation_pct_per_yr=percent),
            forms=(change(POWDER_AND_BARS[0]),),
            contracts=(contract,),
            contract_lines=(line,),
        )
        model = base_plan(Study(changed))
        model.operation.disposed_t["beta", "powder", :].fix(12.0)
        answer = optimum(model)
        rows = read_costs(model.cost_pieces, answer.of)
        assert sum(row.usd_m for row in rows if row.term == "disposal") == pytest.approx(paid)


def carried(percent: float) -> dict[str, float]:
    """Costs by term of a case with orders, a route and a programme in force that replaces a tenth of the demand."""
    return terms(
        case(
            settings=settings(escalation_pct_per_yr=percent),
            sources=(source(order_cost_usd_m=0.01),),
            routes=(
                Route(
                    route="sea", from_kind="source", from_name="trade", usd_per_t=1000.0, capacity_t_per_yr=30.0, fixed_usd_m_per_yr=0.02
                ),
            ),
            programmes=(Programme(programme="saving", status="in force", fixed_usd_m_per_yr=0.1),),
            programme_effects=(
                ProgrammeEffect(programme="saving", sector="makers", material="alpha", form="powder", share_affected=0.1, usd_per_kg=5.0),
            ),
        )
    )


def test_orders_transport_and_programmes_rise() -> None:
    """At 10 % a year an order a year costs 0.021 instead of 0.02; two years of the route 0.06468 instead of 0.0616 (0.02 a year and 10.8 t
    at 1000 USD); the programme 0.2226 instead of 0.212 (0.1 a year and 1.2 t replaced at 5 USD/kg)."""
    with_rise, without = carried(10.0), carried(0.0)
    assert (with_rise["orders"], without["orders"]) == pytest.approx((0.021, 0.02))
    assert (with_rise["transport"], without["transport"]) == pytest.approx((0.06468, 0.0616))
    assert (with_rise["programmes"], without["programmes"]) == pytest.approx((0.2226, 0.212))
    assert with_rise["purchases"] == pytest.approx(without["purchases"])


def test_capital_of_a_programme_rises_to_its_decision() -> None:
    """Decided in 2028 alone, 0.02 spent for a programme are 0.022 at 10 %: so shows the table of programmes and the cash table; its
    budget of 0.021 of capital allows it at 0 % and not at 10 %."""
    row = Programme(programme="saving", capex_usd_m=0.02, life_years=1, decide_from=Month(2028, 1))
    effect = ProgrammeEffect(programme="saving", sector="makers", material="alpha", form="powder", share_affected=0.5)
    for percent, spent in ((10.0, 0.022), (0.0, 0.02)):
        changed = case(
            settings=settings(escalation_pct_per_yr=percent, relative_gap_pct=0.0), programmes=(row,), programme_effects=(effect,)
        )
        plan = solve(changed, SolveOptions())
        assert [str(finding) for finding in audit(changed, plan).findings] == []
        assert [start.capex_usd_m for start in plan.programme_starts] == pytest.approx([spent])
        assert [(c.year, c.usd_m) for c in plan.cash if c.term == "programmes"] == [(2028, pytest.approx(spent))]
        tight = change(changed, budgets=(Budget(budget="b", usd_m=0.021, counts="capex"),))
        plan = solve(tight, SolveOptions())
        assert [str(finding) for finding in audit(tight, plan).findings] == []
        assert len(plan.programme_starts) == (1 if percent == 0 else 0)


def test_capital_rises_to_the_month_in_which_it_is_spent() -> None:
    """18 months of building at 10 %: two thirds of 3 million are spent in the first year, a third at 1.1: 3.1; 3 without."""
    for percent, spent in ((10.0, 3.1), (0.0, 3.0)):
        study = Study(case(settings=settings(escalation_pct_per_yr=percent), **smelter(capex_usd_m=3.0, build_months=18)))
        assert 3.0 * sum(
            usd for _, usd in payments(study, study.plants["smelter"], study.online(study.plants["smelter"], 0))
        ) == pytest.approx(spent)


def several_monies(**changes: Any) -> Case:
    """Prices, contract, plant and store in two currencies, rising."""
    smelting = smelter(currency="EUR", capex_usd_m=0.3, build_months=6, permit_months=6, fixed_opex_usd_m_per_yr=0.02, life_years=5)
    return case(
        **EURO,
        **{**smelting, **changes},
        settings=settings(escalation_pct_per_yr=3.0, discount_rate_pct=6.0),
        prices=priced("EUR"),
        sources=(source(freight_usd_per_kg=0.5, order_cost_usd_m=0.001, currency="EUR"), source("trade beta", "beta")),
        contracts=(
            Contract(contract="offtake", status="on offer", tenor_years=2, upfront_usd_m=0.01, currency="EUR", sign_from=Month(2028, 1)),
        ),
        contract_lines=(ContractLine(contract="offtake", source="trade", fixed_usd_per_kg=5.0, min_t_per_yr=2.0, currency="EUR"),),
        stores=(Store(store="store", fixed_usd_m_per_yr=0.01, currency="EUR"),),
        stocks=(stock(storage_usd_per_t_yr=100.0, handling_usd_per_t=50.0, opening_t=3.0, currency="EUR"),),
        routes=(
            Route(
                route="sea",
                from_kind="source",
                from_name="trade",
                usd_per_t=100.0,
                capacity_t_per_yr=30.0,
                fixed_usd_m_per_yr=0.001,
                currency="EUR",
            ),
        ),
        sales=(Sale(material="alpha", form="powder", usd_per_kg=0.5, max_t_per_yr=5.0),),
    )


def test_the_audit_converts_and_escalates_by_itself() -> None:
    """A plan in two currencies with rising costs passes the audit to rounding; with another rate, or another rise, it does not."""
    changed = several_monies()
    plan = solve(changed, SolveOptions())
    verdict = audit(changed, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert plan.constructions
    assert plan.signatures
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    dearer = change(changed, currencies=(Currency(currency="EUR", usd_per_unit=1.5),))
    assert {"cost-term", "stated-figures"} <= {f.rule for f in audit(dearer, plan).findings}
    for sheet in ("sources", "contracts", "stores", "stocks", "routes"):
        rows = tuple(change(row, currency="USD") for row in getattr(changed, sheet))
        assert {f.rule for f in audit(change(changed, **{sheet: rows}), plan).findings} & {"cost-term", "cash", "orders"}, sheet
    steady = change(changed, settings=change(changed.settings, escalation_pct_per_yr=0.0))
    assert "cost-term" in {f.rule for f in audit(steady, plan).findings}
