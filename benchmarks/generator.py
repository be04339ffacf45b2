"""Cases of any size: so many elements, so many months, so many patterns; the same numbers give the same case.

Every element is bought as oxide, from a near source that can be cut or a dearer and smaller one far away, made into metal in a plant
that all elements share (a candidate may be added, in units), and used as metal by a sector that must be protected. Both forms are
stored. Cut-offs of the near country differ in severity; each may fall in every month from the second one on. Stock on the first
day is enough for the first starts.
"""

from __future__ import annotations

import random

from models.case import Case, CutOff, Demand, Element, Form, Plant, Price, Settings, Source, Stock
from models.columns import Month

START = Month(2027, 1)
NEAR, FAR, HOME = "near", "far", "home"
SERVICE_LEVEL = 0.9


def generated(elements: int, months: int, cutoffs: int, window: int = 12, back: int = 3, seed: int = 0) -> Case:
    """A case with ``cutoffs`` x ``months`` patterns (starts 1 .. months), each ``window + back`` months long."""
    draw = random.Random(seed)
    names = [f"e{k:02d}" for k in range(elements)]
    need = {e: draw.uniform(20.0, 200.0) for e in names}
    price = {e: draw.uniform(5.0, 400.0) for e in names}
    sources, demands, stocks, prices = [], [], [], []
    for e in names:
        near, far = need[e] * draw.uniform(1.6, 2.2), need[e] * draw.uniform(0.2, 0.5)
        sources.append(Source(source=f"near {e}", countries=(NEAR,), material=e, form="oxide", max_t_per_yr=near, price_index="index"))
        dear = {"max_t_per_yr": far, "price_factor": draw.uniform(1.2, 1.8)}
        sources.append(Source(source=f"far {e}", countries=(FAR,), material=e, form="oxide", price_index="index", **dear))
        demands.append(
            Demand(
                sector="makers",
                material=e,
                form="metal",
                t_per_yr=need[e],
                growth_pct_per_yr=2.0,
                service_level=SERVICE_LEVEL,
                shortage_usd_per_kg=20 * price[e],
                rationing="priced",
            )
        )
        for form, share in (("oxide", 0.3), ("metal", 0.8)):
            stocks.append(Stock(store="store", material=e, form=form, opening_t=share * need[e], storage_usd_per_t_yr=30 * price[e]))
        prices.append(Price(index="index", material=e, form="oxide", usd_per_kg=price[e]))
    whole = sum(need.values()) * 1.02 ** (months / 12)
    plant = {"country": HOME, "input_form": "oxide", "output_form": "metal", "recovery": 0.95}
    plant |= {"capacity_basis": "feed", "cost_basis": "feed", "variable_opex_usd_per_kg": 4.0}
    return Case(
        settings=Settings(
            title=f"{elements} elements, {months} months, {cutoffs} cut-offs",
            start=START,
            horizon_months=months,
            fine_months=months,
            coarse_period_months=1,
            decision_every_months=12,
            discount_rate_pct=0.0,
            relative_gap_pct=0.5,
        ),
        elements=tuple(Element(element=e, oxide_per_metal=1.2) for e in names),
        forms=(Form(form="oxide", position=1, holds="elements"), Form(form="metal", position=2, holds="elements")),
        demands=tuple(demands),
        prices=tuple(prices),
        sources=tuple(sources),
        stocks=tuple(stocks),
        plants=(
            Plant(plant="maker", status="existing", capacity_t_per_yr=0.95 * sum(need.values()), **plant),
            Plant(
                plant="new maker",
                status="candidate",
                capacity_t_per_yr=0.25 * whole,
                max_units=3,
                permit_months=6,
                build_months=0,
                capex_usd_m=0.05 * whole,
                life_years=20,
                **plant,
            ),
        ),
        cutoffs=tuple(
            CutOff(
                cutoff=f"cut {k}",
                countries=(NEAR,),
                severity=round(1.0 - 0.8 * k / cutoffs, 6),
                months=window,
                return_months=back,
                first_start=START.plus(1),
            )
            for k in range(cutoffs)
        ),
    )
