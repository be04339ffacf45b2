"""Cases of Williams, Model Building in Mathematical Programming, 5th ed. 2013."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from book import FIRST_YEAR, Book, by_period, chain, elements, free, market, plant, settings, source

from models.case import Case, Composition, Count, Demand, Form, Plant, PlantRate, Price, Recipe, Stock
from models.columns import Month


def food() -> Book:
    """Oils are mixtures of something hard and something soft; the product may have any hardness between two grades of it."""
    hard = {"VEG1": 8.8, "VEG2": 6.1, "OIL1": 2.0, "OIL2": 4.2, "OIL3": 5.0}
    price = {
        "VEG1": (110, 130, 110, 120, 100, 90),
        "VEG2": (120, 130, 140, 110, 120, 100),
        "OIL1": (130, 110, 130, 120, 150, 140),
        "OIL2": (110, 90, 100, 120, 110, 80),
        "OIL3": (115, 115, 95, 125, 105, 135),
    }
    grades = {"product, hardness 3": 0.3, "product, hardness 6": 0.6}
    return Book(
        name="Food manufacture",
        source="Williams, Model Building in Mathematical Programming, 5th ed. 2013, sections 12.1 and 14.1",
        optimum=107_842.5926,
        within=1e-4,
        profit=True,
        features="blending between two grades, price by period, stocks with a final level, two refineries",
        case=Case(
            settings=settings("Food manufacture", 6),
            assumptions=tuple(a for oil, row in price.items() for a in by_period(f"price of {oil}", row)),
            elements=elements(["hard", "soft"]),
            forms=(
                Form(form="raw oil", position=1, holds="mixtures"),
                Form(form="refined", position=2, holds="elements"),
                Form(form="product", position=3, holds="mixtures"),
            ),
            compositions=tuple(
                Composition(mixture=oil, element=element, share=share)
                for oil, h in hard.items()
                for element, share in (("hard", round(h / 10, 6)), ("soft", round(1 - h / 10, 6)))
            ),
            recipes=tuple(
                Recipe(grade=grade, element=element, kg_per_kg=share)
                for grade, h in grades.items()
                for element, share in (("hard", h), ("soft", round(1 - h, 6)))
            ),
            demands=tuple(
                Demand(sector="market", material=grade, form="product", t_per_yr=450.0, shortage_usd_per_kg=150.0, rationing="priced")
                for grade in grades
            ),
            prices=tuple(Price(index="oils", material=oil, form="raw oil", usd_per_kg=1.0, profile=f"price of {oil}") for oil in hard),
            sources=tuple(source(f"market for {oil}", oil, "raw oil", 2000.0, "oils") for oil in hard),
            plants=(
                plant("refinery, vegetable", "raw oil", "refined", 200.0, materials=("VEG1", "VEG2")),
                plant("refinery, other", "raw oil", "refined", 250.0, materials=("OIL1", "OIL2", "OIL3")),
                plant("blending", "refined", "product", 450.0),
            ),
            stocks=tuple(
                Stock(
                    store="tanks",
                    material=oil,
                    form="raw oil",
                    opening_t=500.0,
                    capacity_t=1000.0,
                    final_t=500.0,
                    storage_usd_per_t_yr=5000.0,
                )
                for oil in hard
            ),
        ),
    )


def factory() -> Book:
    """Seven products pass five kinds of machine one after the other; the hours left by maintenance are the ramp of the machines."""
    hours: Mapping[str, tuple[float, Sequence[float], Sequence[float]]] = {
        "grinding": (4, (0.5, 0.7, 0, 0, 0.3, 0.2, 0.5), (3, 4, 4, 4, 3, 4)),
        "vertical drilling": (2, (0.1, 0.2, 0, 0.3, 0, 0.6, 0), (2, 2, 2, 1, 1, 2)),
        "horizontal drilling": (3, (0.2, 0, 0.8, 0, 0, 0, 0.6), (3, 1, 3, 3, 3, 2)),
        "boring": (1, (0.05, 0.03, 0, 0.07, 0.1, 0, 0.08), (1, 1, 0, 1, 1, 1)),
        "planing": (1, (0, 0, 0.01, 0, 0.05, 0, 0.05), (1, 1, 1, 1, 1, 0)),
    }
    profit = (10.0, 6.0, 8.0, 4.0, 11.0, 9.0, 3.0)
    limits = (
        (500, 600, 300, 200, 0, 500),
        (1000, 500, 600, 300, 100, 500),
        (300, 200, 0, 400, 500, 100),
        (300, 0, 0, 500, 100, 300),
        (800, 400, 500, 200, 1000, 1100),
        (200, 300, 400, 0, 300, 500),
        (100, 150, 100, 100, 0, 60),
    )
    products = [f"PROD{k + 1}" for k in range(len(profit))]
    forms = ["raw", *(f"after {machine}" for machine in hours)]
    sold = [market(p, forms[-1], limits[k], [profit[k]] * 6) for k, p in enumerate(products)]
    prices, sources = free(products, "raw", 2000.0)
    plants: list[Plant] = []
    rates: list[PlantRate] = []
    for stage, (machine, (number, use, working)) in enumerate(hours.items()):
        worked = tuple(p for p, h in zip(products, use, strict=True) if h > 0)
        passed = tuple(p for p in products if p not in worked)
        ramp = tuple(100 * w / number for w in working)
        plants += [
            plant(machine, forms[stage], forms[stage + 1], 384.0 * number, materials=worked, online=Month(FIRST_YEAR, 1), ramp_pct=ramp),
            plant(f"no {machine}", forms[stage], forms[stage + 1], 1e5, materials=passed),
        ]
        rates += [PlantRate(plant=machine, material=p, capacity_use=h) for p, h in zip(products, use, strict=True) if h > 0]
    return Book(
        name="Factory planning",
        source="Williams, Model Building in Mathematical Programming, 5th ed. 2013, sections 12.3 and 14.3",
        optimum=93_715.1786,
        within=1e-4,
        profit=True,
        features="five stages, capacity by period, seven products, final stocks",
        case=Case(
            settings=settings("Factory planning", 6),
            assumptions=tuple(a for rows, _ in sold for a in rows),
            elements=elements(products),
            forms=chain(*forms),
            demands=tuple(d for _, rows in sold for d in rows),
            prices=prices,
            sources=sources,
            plants=tuple(plants),
            plant_rates=tuple(rates),
            stocks=tuple(
                Stock(store="store", material=p, form=forms[-1], capacity_t=100.0, final_t=50.0, storage_usd_per_t_yr=500.0)
                for p in products
            ),
        ),
    )


def depots() -> Book:
    """As `distribution`; two of the depots may be closed, two be opened, one be enlarged, and there are four at most. To keep what may
    be closed costs what closing would save: a depot is a candidate at that price, one that must stay at none."""
    wanted = {"C1": 50.0, "C2": 10.0, "C3": 40.0, "C4": 35.0, "C5": 60.0, "C6": 20.0}
    factories = {"Liverpool": 150.0, "Brighton": 200.0}
    sites = {"Newcastle": (70.0, 10.0), "Exeter": (40.0, 5.0), "Bristol": (30.0, 12.0), "Northampton": (25.0, 4.0)}
    stay = {"Birmingham": 50.0, "London": 100.0}
    way_in = {
        "Liverpool": {"Newcastle": 0.5, "Birmingham": 0.5, "London": 1.0, "Exeter": 0.2, "Bristol": 0.6, "Northampton": 0.4},
        "Brighton": {"Birmingham": 0.3, "London": 0.5, "Exeter": 0.2, "Bristol": 0.4, "Northampton": 0.3},
    }
    way_out = {
        "Liverpool": {"C1": 1.0, "C3": 1.5, "C4": 2.0, "C6": 1.0},
        "Brighton": {"C1": 2.0},
        "Newcastle": {"C2": 1.5, "C3": 0.5, "C4": 1.5, "C6": 1.0},
        "Birmingham": {"C1": 1.0, "C2": 0.5, "C3": 0.5, "C4": 1.0, "C5": 0.5},
        "London": {"C2": 1.5, "C3": 2.0, "C5": 0.5, "C6": 1.5},
        "Exeter": {"C3": 0.2, "C4": 1.5, "C5": 0.5, "C6": 1.5},
        "Bristol": {"C1": 1.2, "C2": 0.6, "C3": 0.5, "C5": 0.3, "C6": 0.8},
        "Northampton": {"C2": 0.4, "C4": 0.5, "C5": 0.6, "C6": 0.9},
    }
    prices, sources = free(list(wanted), "raw", 100.0)
    ends: list[Plant] = []
    rates: list[PlantRate] = []
    for place, row in way_out.items():
        capacity, fixed = sites.get(place, (stay.get(place, 1000.0), 0.0))
        built = {"status": "candidate", "capex_usd_m": fixed / 1000, "life_years": 1} if place in sites else {}
        parts = [(f"{place} to customers", capacity, built)]
        if place == "Birmingham":
            parts.append(("Birmingham enlarged", 20.0, {"status": "candidate", "capex_usd_m": 0.003, "life_years": 1}))
        for name, most, more in parts:
            ends.append(plant(name, f"at {place}", "delivered", most, materials=tuple(row), **more))
            rates += [PlantRate(plant=name, material=c, variable_opex_usd_per_kg=cost) for c, cost in row.items()]
    return Book(
        name="Depots",
        source="Williams, Model Building in Mathematical Programming, 5th ed. 2013, sections 12.20 and 14.20",
        optimum=174.0,
        beside=-15.0,
        features="depots to be opened, closed and enlarged, so many at most (in thousands)",
        case=Case(
            settings=settings("Depots", 1),
            elements=elements(list(wanted)),
            forms=chain("raw", *(f"at {place}" for place in way_out), "delivered"),
            demands=tuple(
                Demand(sector=f"customer {c}", material=c, form="delivered", t_per_yr=most, shortage_usd_per_kg=1000.0)
                for c, most in wanted.items()
            ),
            prices=prices,
            sources=sources,
            plants=(
                *(plant(f, "raw", f"at {f}", most) for f, most in factories.items()),
                *(
                    plant(f"{f} to {d}", f"at {f}", f"at {d}", 1000.0, variable_opex_usd_per_kg=cost)
                    for f, row in way_in.items()
                    for d, cost in row.items()
                ),
                *ends,
            ),
            plant_rates=tuple(rates),
            counts=(Count(rule="two depots beside London and Birmingham", members=tuple(f"{s} to customers" for s in sites), at_most=2),),
        ),
    )


def distribution() -> Book:
    """Customers are elements, places are forms, and what moves goods from one place to the next is a plant: a factory and a depot
    with their capacity, a road without any. What a road or a depot costs for a customer is its variable cost for that element."""
    wanted = {"C1": 50.0, "C2": 10.0, "C3": 40.0, "C4": 35.0, "C5": 60.0, "C6": 20.0}
    factories = {"Liverpool": 150.0, "Brighton": 200.0}
    depots = {"Newcastle": 70.0, "Birmingham": 50.0, "London": 100.0, "Exeter": 40.0}
    way_in = {
        "Liverpool": {"Newcastle": 0.5, "Birmingham": 0.5, "London": 1.0, "Exeter": 0.2},
        "Brighton": {"Birmingham": 0.3, "London": 0.5, "Exeter": 0.2},
    }
    way_out = {
        "Liverpool": {"C1": 1.0, "C3": 1.5, "C4": 2.0, "C6": 1.0},
        "Brighton": {"C1": 2.0},
        "Newcastle": {"C2": 1.5, "C3": 0.5, "C4": 1.5, "C6": 1.0},
        "Birmingham": {"C1": 1.0, "C2": 0.5, "C3": 0.5, "C4": 1.0, "C5": 0.5},
        "London": {"C2": 1.5, "C3": 2.0, "C5": 0.5, "C6": 1.5},
        "Exeter": {"C3": 0.2, "C4": 1.5, "C5": 0.5, "C6": 1.5},
    }
    prices, sources = free(list(wanted), "raw", 100.0)
    works = tuple(plant(f, "raw", f"at {f}", most) for f, most in factories.items())
    roads = tuple(
        plant(f"{f} to {d}", f"at {f}", f"at {d}", 1000.0, variable_opex_usd_per_kg=cost)
        for f, row in way_in.items()
        for d, cost in row.items()
    )
    ends = tuple(
        plant(f"{p} to customers", f"at {p}", "delivered", depots.get(p, 1000.0), materials=tuple(row)) for p, row in way_out.items()
    )
    return Book(
        name="Distribution",
        source="Williams, Model Building in Mathematical Programming, 5th ed. 2013, sections 12.19 and 14.19",
        optimum=198.5,
        features="two-stage transport through depots of limited size (in thousands)",
        case=Case(
            settings=settings("Distribution", 1),
            elements=elements(list(wanted)),
            forms=chain("raw", *(f"at {place}" for place in way_out), "delivered"),
            demands=tuple(
                Demand(sector=f"customer {c}", material=c, form="delivered", t_per_yr=most, shortage_usd_per_kg=1000.0)
                for c, most in wanted.items()
            ),
            prices=prices,
            sources=sources,
            plants=(*works, *roads, *ends),
            plant_rates=tuple(
                PlantRate(plant=f"{p} to customers", material=c, variable_opex_usd_per_kg=cost)
                for p, row in way_out.items()
                for c, cost in row.items()
            ),
        ),
    )
