"""A small filled case of an invented buyer: what `stockpile template` writes, and a case that every part can be tried on.

The countries, firms and figures are made up; prices, yields and lead times are of a realistic size.
"""

from __future__ import annotations

from typing import Any

from models.case import (
    Assumption,
    Case,
    Composition,
    Contract,
    ContractLine,
    CutOff,
    Demand,
    DemandReference,
    Element,
    Form,
    Plant,
    Price,
    Recovery,
    Sale,
    Settings,
    Source,
    Stock,
)
from models.columns import Month

_INVENTED: dict[str, Any] = {"reference": "Invented for the example", "dated": "2026", "confidence": "C"}


def example_case() -> Case:
    """A buyer of two elements as metal: one country sells most of it, an alternative needs a contract and a plant to be built."""
    return Case(
        settings=Settings(
            title="Example: an invented buyer of magnet metals",
            start=Month(2027, 1),
            horizon_months=48,
            fine_months=0,
            coarse_period_months=3,
            decision_every_months=6,
            discount_rate_pct=4.0,
            terminal_stock_share=0.5,
            home_country="Homeland",
        ),
        assumptions=_assumptions(),
        elements=(
            Element(element="La", name="lanthanum", group="light", oxide_per_metal=1.1728, **_INVENTED),
            Element(element="Nd", name="neodymium", group="light", oxide_per_metal=1.1664, **_INVENTED),
            Element(element="Dy", name="dysprosium", group="heavy", oxide_per_metal=1.1477, **_INVENTED),
        ),
        forms=(
            Form(form="feed", position=1, holds="mixtures", disposal_usd_per_t=400.0, **_INVENTED),
            Form(form="oxide", position=2, holds="elements", disposal_usd_per_t=100.0, **_INVENTED),
            Form(form="metal", position=3, holds="elements", mass="metal", disposal_usd_per_t=100.0, **_INVENTED),
        ),
        compositions=(
            Composition(mixture="Hillside concentrate", element="La", share=0.55, **_INVENTED),
            Composition(mixture="Hillside concentrate", element="Nd", share=0.42, **_INVENTED),
            Composition(mixture="Hillside concentrate", element="Dy", share=0.03, **_INVENTED),
        ),
        demands=_demands(),
        prices=_prices(),
        sources=_sources(),
        contracts=(
            Contract(
                contract="Hillside offtake",
                supplier="Hillside Mining",
                status="on offer",
                sign_to=Month(2028, 12),
                lead_months=6,
                tenor_years=10,
                take_or_pay_share=0.8,
                upfront_usd_m=5.0,
                **_INVENTED,
            ),
        ),
        contract_lines=(
            ContractLine(
                contract="Hillside offtake",
                source="Hillside concentrate",
                min_t_per_yr=(300.0,),
                max_t_per_yr=(1200.0,),
                price_index="ex Eastland",
                discount_pct=30.0,
                floor_usd_per_kg=12.0,
                **_INVENTED,
            ),
        ),
        plants=_plants(),
        recoveries=(Recovery(plant="Harbour separation", element="Dy", recovery=0.85, **_INVENTED),),
        stocks=_stocks(),
        sales=(Sale(material="La", form="oxide", usd_per_kg=0.6, max_t_per_yr=400.0, **_INVENTED),),
        cutoffs=(
            CutOff(
                cutoff="eastland",
                name="Eastland stops nearly all exports, unannounced",
                countries=("Eastland",),
                severity=0.9,
                months=9,
                return_months=3,
                latest_first_start=Month(2029, 1),
                spot_availability="spot in a crisis",
                spot_price_multiplier=3.0,
                **_INVENTED,
            ),
        ),
        demand_references=(
            DemandReference(element="Nd", t_per_yr=950.0, reason="The reference counts alloy makers too.", **_INVENTED),
            DemandReference(element="Dy", t_per_yr=61.0, **_INVENTED),
        ),
    )


def _assumptions() -> tuple[Assumption, ...]:
    heavy = "Share of Eastland's heavies that the buyer can get after last year's licences."
    return (
        Assumption(assumption="heavies for sale", year=2027, value=0.6, meaning=heavy, **_INVENTED),
        Assumption(assumption="heavies for sale", year=2028, value=1.0, meaning=heavy, **_INVENTED),
        Assumption(assumption="rise of supply", value=0.15, meaning="How far deliveries can rise above normal per year.", **_INVENTED),
        Assumption(assumption="spot in a crisis", value=0.25, meaning="Share of thin markets elsewhere that a crisis leaves.", **_INVENTED),
        Assumption(assumption="opening stock", value=0.8, meaning="Share of the stocks that is left on the first day.", **_INVENTED),
    )


def _demands() -> tuple[Demand, ...]:
    vehicles: dict[str, Any] = {"sector": "vehicle motors", "form": "metal", "tier": 1, "growth_pct_per_yr": 5.0, **_INVENTED}
    turbines: dict[str, Any] = {"sector": "wind turbines", "form": "metal", "tier": 2, "growth_pct_per_yr": 3.0, **_INVENTED}
    return (
        Demand(material="Nd", t_per_yr=600.0, service_level=1.0, shortage_usd_per_kg=2000.0, **vehicles),
        Demand(material="Dy", t_per_yr=40.0, service_level=1.0, shortage_usd_per_kg=8000.0, **vehicles),
        Demand(material="Nd", t_per_yr=200.0, service_level=0.8, shortage_usd_per_kg=900.0, **turbines),
        Demand(material="Dy", t_per_yr=12.0, service_level=0.8, shortage_usd_per_kg=4000.0, **turbines),
    )


def _prices() -> tuple[Price, ...]:
    at_home: dict[str, Any] = {"index": "ex Eastland", "growth_pct_per_yr": 1.0, **_INVENTED}
    return (
        Price(material="La", form="oxide", usd_per_kg=0.9, **at_home),
        Price(material="Nd", form="oxide", usd_per_kg=72.0, **at_home),
        Price(material="Dy", form="oxide", usd_per_kg=290.0, **at_home),
        Price(material="Nd", form="metal", usd_per_kg=80.0, **at_home),
        Price(material="Dy", form="metal", usd_per_kg=320.0, **at_home),
    )


def _sources() -> tuple[Source, ...]:
    eastland: dict[str, Any] = {
        "supplier": "Eastland traders",
        "countries": ("Eastland",),
        "price_index": "ex Eastland",
        "surge": "rise of supply",
        "freight_usd_per_kg": 0.4,
        **_INVENTED,
    }
    heavy: dict[str, Any] = {**eastland, "availability": "heavies for sale"}
    return (
        Source(source="Eastland Nd metal", material="Nd", form="metal", max_t_per_yr=1400.0, normal_t_per_yr=900.0, **eastland),
        Source(source="Eastland Dy metal", material="Dy", form="metal", max_t_per_yr=110.0, normal_t_per_yr=60.0, **heavy),
        Source(source="Eastland Nd oxide", material="Nd", form="oxide", max_t_per_yr=600.0, normal_t_per_yr=300.0, **eastland),
        Source(source="Eastland Dy oxide", material="Dy", form="oxide", max_t_per_yr=60.0, normal_t_per_yr=20.0, **heavy),
        Source(
            source="Southport Nd oxide",
            supplier="Southport traders",
            countries=("Southland",),
            material="Nd",
            form="oxide",
            kind="spot",
            max_t_per_yr=150.0,
            price_index="ex Eastland",
            price_factor=1.15,
            freight_usd_per_kg=0.6,
            **_INVENTED,
        ),
        Source(
            source="Hillside concentrate",
            supplier="Hillside Mining",
            plant="Hillside mine",
            countries=("Southland",),
            material="Hillside concentrate",
            form="feed",
            max_t_per_yr=1500.0,
            spot_share=0.1,
            price_index="ex Eastland",
            price_factor=0.7,
            freight_usd_per_kg=0.5,
            **_INVENTED,
        ),
    )


def _plants() -> tuple[Plant, ...]:
    return (
        Plant(
            plant="Hillside mine",
            status="supplier",
            stage="mine",
            country="Southland",
            input_form="feed",
            output_form="feed",
            capacity_t_per_yr=1500.0,
            **_INVENTED,
        ),
        Plant(
            plant="Home metal works",
            status="existing",
            stage="metal",
            country="Homeland",
            input_form="oxide",
            output_form="metal",
            materials=("Nd", "Dy"),
            capacity_t_per_yr=600.0,
            capacity_mass="product",
            recovery=0.97,
            fixed_opex_usd_m_per_yr=1.5,
            variable_opex_usd_per_kg=7.0,
            **_INVENTED,
        ),
        Plant(
            plant="Harbour separation",
            status="candidate",
            stage="SX",
            country="Homeland",
            input_form="feed",
            output_form="oxide",
            materials=("Hillside concentrate",),
            capacity_t_per_yr=1200.0,
            capacity_basis="feed",
            permit_months=3,
            build_months=9,
            ramp_pct=(50.0, 80.0, 100.0),
            recovery=0.92,
            capex_usd_m=45.0,
            life_years=20,
            fixed_opex_usd_m_per_yr=2.0,
            variable_opex_usd_per_kg=3.5,
            **_INVENTED,
        ),
    )


def _stocks() -> tuple[Stock, ...]:
    store: dict[str, Any] = {
        "store": "national store",
        "opening_share": "opening stock",
        "release_pct_per_month": 25.0,
        "storage_usd_per_t_yr": 150.0,
        "handling_usd_per_t": 60.0,
        "loss_pct_per_yr": 0.2,
        **_INVENTED,
    }
    return (
        Stock(material="Nd", form="metal", opening_t=80.0, capacity_t=1200.0, **store),
        Stock(material="Dy", form="metal", opening_t=10.0, capacity_t=100.0, **store),
        Stock(material="Nd", form="oxide", opening_t=50.0, capacity_t=600.0, **store),
        Stock(material="Dy", form="oxide", opening_t=5.0, capacity_t=60.0, **store),
        Stock(material="La", form="oxide", capacity_t=800.0, **store),
    )
