"""Random tiny cases with every feature, sound by construction: the same seed gives the same case."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from small_cases import case, settings

from models.case import (
    Assumption,
    Case,
    Composition,
    Contract,
    ContractLine,
    CutOff,
    Demand,
    Form,
    Plant,
    Price,
    PriceTier,
    Recovery,
    Sale,
    Source,
    Stock,
)
from models.columns import Month

START = Month(2027, 7)
"""In the middle of a calendar year, so that years, slots and contract years differ."""


def random_case(seed: int) -> Case:
    """A case of a year or a year and a half in half years, with ore, powder and bars; some cannot be survived."""
    r = random.Random(seed)
    horizon = r.choice((12, 12, 18))
    made = case(
        settings=settings(
            start=START,
            horizon_months=horizon,
            fine_months=r.choice((0, 0, 2)),
            coarse_period_months=6,
            decision_every_months=6,
            discount_rate_pct=r.choice((0.0, 5.0)),
            discounting=r.choice(("middle", "start")),
            terminal_stock_share=r.choice((0.0, 0.5)),
        ),
        assumptions=(
            Assumption(assumption="licences", year=2027, value=0.7),
            Assumption(assumption="licences", year=2028, value=1.0),
            Assumption(assumption="left in a crisis", value=0.3),
        ),
        forms=(
            Form(form="ore", position=1, holds="mixtures", disposal_usd_per_t=20.0),
            Form(form="powder", position=2, holds="elements", disposal_usd_per_t=round(r.uniform(10, 200))),
            Form(form="bar", position=3, holds="elements", mass="metal", disposal_usd_per_t=50.0),
        ),
        compositions=(Composition(mixture="mixed", element="alpha", share=0.3), Composition(mixture="mixed", element="beta", share=0.7)),
        demands=_demands(r),
        prices=_prices(r),
        sources=_sources(r),
        plants=_plants(r),
        recoveries=(Recovery(plant="works", element="beta", recovery=0.8),),
        **_contracts(r),
        stocks=_stocks(r),
        sales=(Sale(material="beta", form="powder", usd_per_kg=2.0, max_t_per_yr=round(r.uniform(2, 20))),),
        cutoffs=_cutoffs(r),
    )
    limited = {source.plant for source in made.sources} | {"works"}
    stopped = tuple(row if set(row.plants) <= limited else dataclasses.replace(row, plants=("works",)) for row in made.cutoffs)
    return dataclasses.replace(made, cutoffs=stopped)


def shipped_case(seed: int) -> Case:
    """A random case whose sources ship, ask more for more, and charge for orders: some of them, and at random."""
    plain, r = random_case(seed), random.Random(seed)
    sources = tuple(
        dataclasses.replace(
            s,
            shipping_months=r.choice((0.0, 0.5, 1.0, 2.5)),
            at_sea_t=r.choice((None, 0.0, 3.0)),
            order_cost_usd_m=r.choice((0.0, 0.05)) if s.kind == "term" else 0.0,
        )
        for s in plain.sources
    )
    tiers = (
        PriceTier(source="trade", upto_t_per_yr=float(r.randint(3, 9)), price_factor=1.0),
        PriceTier(source="trade", price_factor=r.choice((1.2, 1.6))),
    )
    cutoffs = tuple(dataclasses.replace(c, cargo_at_sea=r.choice((0.0, 0.5, 1.0))) for c in plain.cutoffs)
    return dataclasses.replace(plain, sources=sources, price_tiers=tiers, cutoffs=cutoffs)


def _prices(r: random.Random) -> tuple[Price, ...]:
    rows = (("alpha", "powder", 40.0), ("beta", "powder", 10.0), ("alpha", "bar", 60.0), ("beta", "bar", 18.0))
    return tuple(
        Price(index="index", material=m, form=f, usd_per_kg=p * r.uniform(0.8, 1.2), growth_pct_per_yr=r.choice((0.0, 6.0)))
        for m, f, p in rows
    )


def _demands(r: random.Random) -> tuple[Demand, ...]:
    def row(sector: str, material: str, form: str, level: float, protected: bool = True) -> Demand:
        return Demand(
            sector=sector,
            material=material,
            form=form,
            t_per_yr=round(r.uniform(6, 20)),
            growth_pct_per_yr=r.choice((0.0, 8.0)),
            service_level=level,
            protected=protected,
            shortage_usd_per_kg=r.choice((150.0, 600.0)),
            rationing="priced",
        )

    return (
        row("makers", "alpha", "bar", r.choice((0.8, 1.0))),
        row("users", "beta", "powder", r.choice((0.5, 0.9)), r.random() < 0.8),
    )


def _sources(r: random.Random) -> tuple[Source, ...]:
    def row(name: str, material: str, form: str, country: str, **more: Any) -> Source:
        return Source(
            source=name,
            countries=(country,),
            material=material,
            form=form,
            price_index="index",
            freight_usd_per_kg=r.choice((0.0, 0.7)),
            **{"max_t_per_yr": round(r.uniform(15, 60)), **more},
        )

    return (
        row("bars", "alpha", "bar", "abroad", normal_t_per_yr=20.0, surge=r.choice((None, 0.3)), availability=r.choice((1.0, "licences"))),
        row("trade", "alpha", "powder", r.choice(("abroad", "elsewhere")), price_factor=r.uniform(1, 1.3)),
        row("market", "beta", "powder", r.choice(("abroad", "elsewhere")), kind="spot"),
        row(
            "mine",
            "mixed",
            "ore",
            r.choice(("far away", "abroad")),
            plant=r.choice(("", "mine works")),
            spot_share=r.choice((0.0, 0.4)),
            price_factor=0.7,
            growth_pct_per_yr=r.choice((0.0, 5.0)),
        ),
    )


def _contracts(r: random.Random) -> dict[str, Any]:
    count = r.choice((1, 2, 2))
    group = r.choice(("", "group"))
    contracts, lines = [], []
    for k in range(count):
        contracts.append(
            Contract(
                contract=f"offtake {k}",
                status=r.choice(("on offer", "on offer", "in force")) if k else "on offer",
                lead_months=r.choice((0, 3)),
                tenor_years=r.choice((1, 2)),
                take_or_pay_share=r.choice((0.5, 1.0)),
                upfront_usd_m=0.0 if k else r.choice((0.0, 0.02)),
                exclusive_group=group,
            )
        )
        lines.append(
            ContractLine(
                contract=f"offtake {k}",
                source=r.choice(("mine", "trade")),
                min_t_per_yr=r.choice((0.0, 8.0)),
                max_t_per_yr=r.choice((None, 25.0)),
                min_share=r.choice((0.0, 0.1)),
                max_share=r.choice((0.6, 1.0)),
                price_index="index",
                discount_pct=25.0,
                floor_usd_per_kg=r.choice((None, 12.0)),
            )
        )
    return {"contracts": tuple(contracts), "contract_lines": tuple(lines)}


def _plants(r: random.Random) -> tuple[Plant, ...]:
    smelter: dict[str, Any] = {"country": "home", "input_form": "powder", "output_form": "bar", "materials": ("alpha",)}
    return (
        Plant(plant="mine works", status="supplier", country="far away", input_form="ore", output_form="ore", capacity_t_per_yr=30.0),
        Plant(
            plant="works",
            status="existing",
            country=r.choice(("home", "abroad")),
            input_form="ore",
            output_form="powder",
            capacity_t_per_yr=round(r.uniform(20, 60)),
            capacity_basis="feed",
            recovery=0.9,
            fixed_opex_usd_m_per_yr=0.01,
            variable_opex_usd_per_kg=r.uniform(0.5, 2),
        ),
        Plant(
            plant="smelter",
            status="candidate",
            capacity_t_per_yr=round(r.uniform(5, 15)),
            capacity_mass=r.choice(("REO", "product")),
            max_units=r.choice((1, 2)),
            permit_months=r.choice((0, 1)),
            build_months=r.choice((0, 4)),
            ramp_pct=r.choice(((100.0,), (60.0, 100.0))),
            recovery=0.95,
            scrap_form="powder",
            scrap_return_share=0.5,
            capex_usd_m=r.uniform(0.02, 0.3),
            life_years=r.choice((1, 10)),
            fixed_opex_usd_m_per_yr=0.02,
            variable_opex_usd_per_kg=3.0,
            **smelter,
        ),
    )


def _stocks(r: random.Random) -> tuple[Stock, ...]:
    def row(material: str, form: str, capacity: float | None) -> Stock:
        return Stock(
            store="store",
            material=material,
            form=form,
            opening_t=round(r.uniform(0, 4)),
            opening_share=0.9,
            capacity_t=capacity,
            release_pct_per_month=r.choice((30.0, 100.0)),
            minimum_t=r.choice((0.0, 1.0)),
            storage_usd_per_t_yr=round(r.uniform(50, 500)),
            handling_usd_per_t=40.0,
            loss_pct_per_yr=r.choice((0.0, 2.0)),
        )

    return row("alpha", "bar", r.choice((None, 30.0))), row("alpha", "powder", None), row("beta", "powder", r.choice((None, 20.0)))


def _cutoffs(r: random.Random) -> tuple[CutOff, ...]:
    first = START.plus(6)
    rows = [
        CutOff(
            cutoff="embargo",
            countries=("abroad",),
            elements=r.choice(((), ("alpha",))),
            severity=r.choice((0.6, 1.0)),
            months=r.choice((2, 3)),
            return_months=r.choice((0, 1)),
            first_start=first,
            spot_availability="left in a crisis",
            spot_price_multiplier=2.0,
        ),
        CutOff(cutoff="stop", plants=(r.choice(("works", "mine works")),), severity=1.0, months=2, first_start=first),
    ]
    return tuple(rows[: r.choice((1, 2))])
