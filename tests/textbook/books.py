"""The published cases of this folder, but those of `williams`; the conventions stand in `book`."""

from __future__ import annotations

from collections.abc import Callable

from book import FIRST_YEAR, Book, by_period, chain, elements, free, market, plant, settings, source
from more import MORE
from williams import depots, distribution, factory, food

from models.case import Case, Composition, Demand, Form, PlantRate, Price, Route, Stock
from models.columns import Month


def sailco() -> Book:
    """Boats of regular time and overtime are two sources; the yard is the store, with 10 boats in it."""
    return Book(
        name="Sailco",
        source="Winston, Operations Research: Applications and Algorithms, 4th ed. 2004, section 3.10",
        optimum=78_450.0,
        features="purchases, stock",
        case=Case(
            settings=settings("Sailco", 4),
            assumptions=by_period("boats ordered", (40, 60, 75, 25)),
            elements=elements(["boat"]),
            forms=chain("built"),
            demands=(Demand(sector="customers", material="boat", form="built", t_per_yr=1.0, profile="boats ordered"),),
            prices=(
                Price(index="regular", material="boat", form="built", usd_per_kg=400.0),
                Price(index="overtime", material="boat", form="built", usd_per_kg=450.0),
            ),
            sources=(source("regular time", "boat", "built", 40.0, "regular"), source("overtime", "boat", "built", 200.0, "overtime")),
            stocks=(Stock(store="yard", material="boat", form="built", opening_t=10.0, storage_usd_per_t_yr=20_000.0),),
        ),
    )


def warehouse() -> Book:
    """Buy and sell at the price of the quarter; the store holds 100 and has 50 in it."""
    price = (10.0, 12.0, 8.0, 9.0)
    shares, demands = market("goods", "stored", [500.0] * 4, price)
    return Book(
        name="Warehouse",
        source="Dantzig, Linear Programming and Extensions, 1963, section 3.6 (GAMS Model Library, WHOUSE)",
        optimum=600.0,
        profit=True,
        features="price by period, store of limited size, priced demand",
        case=Case(
            settings=settings("Warehouse", 4),
            assumptions=(*shares, *by_period("price of the quarter", price)),
            elements=elements(["goods"]),
            forms=chain("stored"),
            demands=demands,
            prices=(Price(index="market", material="goods", form="stored", usd_per_kg=1.0, profile="price of the quarter"),),
            sources=(source("market", "goods", "stored", 500.0, "market"),),
            stocks=(
                Stock(store="warehouse", material="goods", form="stored", opening_t=50.0, capacity_t=100.0, storage_usd_per_t_yr=1000.0),
            ),
        ),
    )


def blend() -> Book:
    """Nine alloys on sale are mixtures that count as their elements; throwing any away costs more than all of them."""
    shares = {
        "a": (10, 10, 80, 4.1), "b": (10, 30, 60, 4.3), "c": (40, 50, 10, 5.8), "d": (60, 30, 10, 6.0), "e": (30, 30, 40, 7.6),
        "f": (30, 40, 30, 7.5), "g": (30, 20, 50, 7.3), "h": (50, 40, 10, 6.9), "i": (20, 30, 50, 7.3),
    }  # fmt: skip
    metals = ("lead", "zinc", "tin")
    return Book(
        name="Blend",
        source="Dantzig, Linear Programming and Extensions, 1963, section 3.4 (GAMS Model Library, BLEND)",
        optimum=498.0,
        features="mixtures, fixed proportions, disposal",
        case=Case(
            settings=settings("Blend: a hundred pounds", 1),
            elements=elements(metals),
            forms=(Form(form="alloy", position=1, holds="elements", disposal_usd_per_t=1e5),),
            compositions=tuple(
                Composition(mixture=alloy, element=metal, share=row[k] / 100)
                for alloy, row in shares.items()
                for k, metal in enumerate(metals)
            ),
            demands=tuple(
                Demand(sector="foundry", material=metal, form="alloy", t_per_yr=most)
                for metal, most in zip(metals, (30.0, 30.0, 40.0), strict=True)
            ),
            prices=tuple(Price(index="merchants", material=alloy, form="alloy", usd_per_kg=row[3]) for alloy, row in shares.items()),
            sources=tuple(source(f"merchant of {alloy}", alloy, "alloy", 1000.0, "merchants") for alloy in shares),
        ),
    )


def steel() -> Book:
    """A mill whose capacity is in hours, of which bands and coils take their own number per ton."""
    goods = {"bands": (200.0, 25.0, 6000.0), "coils": (140.0, 30.0, 4000.0)}
    prices, sources = free(list(goods), "slab", 1e4)
    return Book(
        name="Steel",
        source="Fourer, Gay and Kernighan, AMPL, 2nd ed. 2003, figure 1-4 (steel.mod)",
        optimum=192_000.0,
        profit=True,
        features="several elements through one capacity",
        case=Case(
            settings=settings("Steel", 1),
            elements=elements(list(goods)),
            forms=chain("slab", "rolled"),
            demands=tuple(
                Demand(sector="market", material=g, form="rolled", t_per_yr=most, shortage_usd_per_kg=profit, rationing="priced")
                for g, (_, profit, most) in goods.items()
            ),
            prices=prices,
            sources=sources,
            plants=(plant("mill", "slab", "rolled", 40.0),),
            plant_rates=tuple(PlantRate(plant="mill", material=g, capacity_use=1 / rate) for g, (rate, _, _) in goods.items()),
        ),
    )


def steel_in_stages() -> Book:
    """Reheating, then rolling: two plants of the chain. What is committed is demand to be met, the rest may be."""
    goods = {"bands": (200.0, 25.0, 1000.0, 6000.0), "coils": (140.0, 30.0, 500.0, 4000.0), "plate": (160.0, 29.0, 750.0, 3500.0)}
    prices, sources = free(list(goods), "slab", 1e4)
    committed = tuple(
        Demand(sector="committed", material=g, form="rolled", t_per_yr=least, shortage_usd_per_kg=1000.0)
        for g, (_, _, least, _) in goods.items()
    )
    rest = tuple(
        Demand(sector="market", material=g, form="rolled", t_per_yr=most - least, shortage_usd_per_kg=profit, rationing="priced")
        for g, (_, profit, least, most) in goods.items()
    )
    sure = sum(profit * least for _, profit, least, _ in goods.values())
    return Book(
        name="Steel in stages",
        source="Fourer, Gay and Kernighan, AMPL, 2nd ed. 2003, figure 1-6 (steel4.mod)",
        optimum=190_071.4286,
        beside=sure,
        within=1e-4,
        profit=True,
        features="two stages, hard and priced demand",
        case=Case(
            settings=settings("Steel in stages", 1),
            elements=elements(list(goods)),
            forms=chain("slab", "hot", "rolled"),
            demands=(*committed, *rest),
            prices=prices,
            sources=sources,
            plants=(plant("reheat", "slab", "hot", 35.0), plant("roll", "hot", "rolled", 40.0)),
            plant_rates=(
                *(PlantRate(plant="reheat", material=g, capacity_use=1 / 200) for g in goods),
                *(PlantRate(plant="roll", material=g, capacity_use=1 / row[0]) for g, row in goods.items()),
            ),
        ),
    )


def steel_by_week() -> Book:
    """Four weeks with stocks; hours differ by week, which the mill's ramp says in per cent of its hours."""
    bands = market("bands", "rolled", (6000, 6000, 4000, 6500), (25, 26, 27, 27))
    coils = market("coils", "rolled", (4000, 2500, 3500, 4200), (30, 35, 37, 39))
    prices, sources = free(["bands", "coils"], "slab", 1e4)
    return Book(
        name="Steel by week",
        source="Fourer, Gay and Kernighan, AMPL, 2nd ed. 2003, figures 4-4 and 4-5 (steelT.mod)",
        optimum=515_033.0,
        within=0.5,
        profit=True,
        features="capacity, revenue and demand by period; stock",
        case=Case(
            settings=settings("Steel by week", 4),
            assumptions=(*bands[0], *coils[0]),
            elements=elements(["bands", "coils"]),
            forms=chain("slab", "rolled"),
            demands=(*bands[1], *coils[1]),
            prices=prices,
            sources=sources,
            plants=(plant("mill", "slab", "rolled", 40.0, online=Month(FIRST_YEAR, 1), ramp_pct=(100.0, 100.0, 80.0, 100.0)),),
            plant_rates=(
                PlantRate(plant="mill", material="bands", capacity_use=1 / 200, variable_opex_usd_per_kg=10.0),
                PlantRate(plant="mill", material="coils", capacity_use=1 / 140, variable_opex_usd_per_kg=11.0),
            ),
            stocks=(
                Stock(store="yard", material="bands", form="rolled", opening_t=10.0, storage_usd_per_t_yr=2500.0),
                Stock(store="yard", material="coils", form="rolled", storage_usd_per_t_yr=3000.0),
            ),
        ),
    )


def facilities() -> Book:
    """Customers are elements, each facility a candidate plant with a form of its own in front: what it costs to serve a customer
    from there is the price of that customer's goods in that form."""
    demand = {"1": 80.0, "2": 270.0, "3": 250.0, "4": 160.0, "5": 180.0}
    cost = {"A": (4, 5, 6, 8, 10), "B": (6, 4, 3, 5, 8), "C": (9, 7, 4, 3, 4)}
    return Book(
        name="Facility location",
        source="Pedroso, Rais, Kubo and Muramatsu, Mathematical Optimization with SCIP and Python, 2012, chapter 3 (flp)",
        optimum=5_610.0,
        features="plants to be built, fixed cost, shared capacity",
        case=Case(
            settings=settings("Facility location", 1),
            elements=elements(list(demand)),
            forms=chain(*(f"at {site}" for site in cost), "delivered"),
            demands=tuple(
                Demand(sector=f"customer {c}", material=c, form="delivered", t_per_yr=most, shortage_usd_per_kg=50.0)
                for c, most in demand.items()
            ),
            prices=tuple(
                Price(index="transport", material=c, form=f"at {site}", usd_per_kg=float(row[k]))
                for site, row in cost.items()
                for k, c in enumerate(demand)
            ),
            sources=tuple(
                source(f"{c} from {site}", c, f"at {site}", most, "transport") for site in cost for c, most in demand.items()
            ),
            plants=tuple(plant(site, f"at {site}", "delivered", 500.0, status="candidate", capex_usd_m=1.0, life_years=1) for site in cost),
        ),
    )  # fmt: skip


def transport() -> Book:
    """Two canning plants with what they can supply, three markets with what they need, and a route with its cost for every pair."""
    miles = {
        ("Seattle", "New York"): 2.5, ("Seattle", "Chicago"): 1.7, ("Seattle", "Topeka"): 1.8,
        ("San Diego", "New York"): 2.5, ("San Diego", "Chicago"): 1.8, ("San Diego", "Topeka"): 1.4,
    }  # fmt: skip
    return Book(
        name="Transport",
        source="Dantzig, Linear Programming and Extensions, 1963, section 3.3 (GAMS Model Library, TRNSPORT)",
        optimum=153.675,
        features="routes from sources to sectors, a cost per pair",
        case=Case(
            settings=settings("Transport: canned goods", 1),
            elements=elements(["cans"]),
            forms=chain("cases"),
            demands=tuple(
                Demand(sector=market, material="cans", form="cases", t_per_yr=need)
                for market, need in (("New York", 325.0), ("Chicago", 300.0), ("Topeka", 275.0))
            ),
            prices=(Price(index="free", material="cans", form="cases", usd_per_kg=0.0),),
            sources=(source("Seattle", "cans", "cases", 350.0, "free"), source("San Diego", "cans", "cases", 600.0, "free")),
            routes=tuple(
                Route(
                    route=f"{start} to {goal}",
                    from_kind="source",
                    from_name=start,
                    to_kind="sector",
                    to_name=goal,
                    usd_per_t=round(90.0 * thousand, 6),
                )
                for (start, goal), thousand in miles.items()
            ),
        ),
    )


BOOKS: tuple[Callable[[], Book], ...] = (
    sailco,
    warehouse,
    blend,
    steel,
    steel_in_stages,
    steel_by_week,
    facilities,
    food,
    factory,
    distribution,
    depots,
    transport,
    *MORE,
)
"""Every case of this folder, in the order of the page."""
