"""Generated cases that are hard to plan: many plants that come in lumps, contracts with minimums, and a long cut-off."""

from __future__ import annotations

import numpy as np

from models.case import (
    CapexPoint,
    Case,
    Contract,
    ContractLine,
    CutOff,
    Demand,
    Element,
    Form,
    Plant,
    Price,
    Settings,
    Source,
    Stock,
)
from models.columns import Month


def lumpy_case(seed: int, elements: int = 4, years: int = 8, contracts: int = 4) -> Case:
    """Metals from abroad are cheap and are cut for two years; at home there are smelters in lumps, dear oxide, and offers.

    Each element has two smelters in units and one of any size on a cost curve; demand grows; each offer is for the oxide of
    one element.
    """
    rng = np.random.default_rng(seed)
    names = [f"element {n + 1}" for n in range(elements)]
    need = {e: float(rng.uniform(200, 1200)) for e in names}
    price = {e: float(rng.uniform(30, 300)) for e in names}
    plants: list[Plant] = []
    points: list[CapexPoint] = []
    for e in names:
        for kind, share, units in (("small", 0.22, 5), ("large", 0.55, 2), ("any size", 1.0, 1)):
            size = need[e] * share * float(rng.uniform(0.8, 1.2))
            capex = price[e] * need[e] * 1e-3 * share**0.6 * float(rng.uniform(0.5, 0.9))
            curved = kind == "any size"
            plants.append(
                Plant(
                    plant=f"{kind} smelter, {e}",
                    status="candidate",
                    country="home",
                    input_form="oxide",
                    output_form="metal",
                    materials=(e,),
                    capacity_t_per_yr=size,
                    max_units=units,
                    permit_months=6,
                    build_months=12,
                    ramp_pct=(50.0, 100.0),
                    capex_usd_m=0.0 if curved else capex,
                    fixed_opex_usd_m_per_yr=0.04 * capex,
                    variable_opex_usd_per_kg=0.05 * price[e],
                )
            )
            if curved:
                for part, cost in ((0.25, 0.45), (0.5, 0.62), (0.8, 0.9), (1.2, 1.05)):
                    points.append(CapexPoint(plant=plants[-1].plant, capacity_t_per_yr=part * size, capex_usd_m=cost * capex))
    sources = [
        Source(
            source=f"{form} of {e} from {country}",
            material=e,
            form=form,
            countries=(country,),
            max_t_per_yr=most * need[e],
            price_index="index",
            price_factor=factor,
            spot_share=spot,
        )
        for e in names
        for form, country, most, factor, spot in (
            ("metal", "abroad", 3.0, 0.3, 1.0),
            ("oxide", "home", 0.6, 0.3, 1.0),
            ("oxide", "third", 1.2, 0.2, 0.0),
        )
    ]
    offered = [names[n % elements] for n in range(contracts)]
    return Case(
        settings=Settings(
            title=f"Lumps {seed}",
            start=Month(2027, 1),
            horizon_months=12 * years,
            coarse_period_months=6,
            decision_every_months=6,
            discount_rate_pct=4.0,
        ),
        elements=tuple(Element(element=e, oxide_per_metal=1.2) for e in names),
        forms=(Form(form="oxide", position=1, holds="elements"), Form(form="metal", position=2, holds="elements")),
        demands=tuple(
            Demand(
                sector="makers",
                material=e,
                form="metal",
                t_per_yr=need[e],
                growth_pct_per_yr=float(rng.uniform(2, 8)),
                service_level=0.9,
                shortage_usd_per_kg=20 * price[e],
                rationing="priced",
            )
            for e in names
        ),
        prices=tuple(Price(index="index", material=e, form=form, usd_per_kg=price[e]) for e in names for form in ("oxide", "metal")),
        sources=tuple(sources),
        contracts=tuple(
            Contract(
                contract=f"offer {n + 1}",
                status="on offer",
                tenor_years=4,
                upfront_usd_m=0.02 * need[e] * price[e] * 1e-3,
                take_or_pay_share=0.8,
            )
            for n, e in enumerate(offered)
        ),
        contract_lines=tuple(
            ContractLine(
                contract=f"offer {n + 1}",
                source=f"oxide of {e} from third",
                min_t_per_yr=0.3 * need[e],
                max_t_per_yr=0.6 * need[e],
                price_index="index",
            )
            for n, e in enumerate(offered)
        ),
        plants=tuple(plants),
        capex_curve=tuple(points),
        stocks=tuple(
            Stock(store="store", material=e, form=form, storage_usd_per_t_yr=0.06 * 1000 * price[e], handling_usd_per_t=10.0)
            for e in names
            for form in ("oxide", "metal")
        ),
        cutoffs=(CutOff(cutoff="cut", countries=("abroad",), severity=1.0, months=24, return_months=6, first_start=Month(2029, 7)),),
    )
