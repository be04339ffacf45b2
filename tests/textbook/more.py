"""Further published cases: orders and lots, vendors' bids, projects within a budget, mines, and goods that share their ways."""

from __future__ import annotations

from book import FIRST_YEAR, Book, by_period, chain, elements, free, market, plant, settings, source

from models.case import Budget, Case, Composition, Count, Demand, Form, PlantRate, Price, Recipe, Route, Source, Stock
from models.columns import Month

GOODS = ("bands", "coils", "plate")
SUPPLY = {"GARY": (400, 800, 200), "CLEV": (700, 1600, 300), "PITT": (800, 1800, 300)}
NEEDED = {
    "FRA": (300, 500, 100), "DET": (300, 750, 100), "LAN": (100, 400, 0), "WIN": (75, 250, 50),
    "STL": (650, 950, 200), "FRE": (225, 850, 100), "LAF": (250, 500, 250),
}  # fmt: skip
COST = {
    "GARY": ((30, 10, 8, 10, 11, 71, 6), (39, 14, 11, 14, 16, 82, 8), (41, 15, 12, 16, 17, 86, 8)),
    "CLEV": ((22, 7, 10, 7, 21, 82, 13), (27, 9, 12, 9, 26, 95, 17), (29, 9, 13, 9, 28, 99, 18)),
    "PITT": ((19, 11, 12, 10, 25, 83, 15), (24, 14, 17, 13, 28, 99, 20), (26, 14, 17, 13, 31, 104, 20)),
}
FIXED = {
    "GARY": (3000, 1200, 1200, 1200, 2500, 3500, 2500),
    "CLEV": (2000, 1000, 1500, 1200, 2500, 3000, 2200),
    "PITT": (2000, 1200, 1500, 1500, 2500, 3500, 2200),
}


def goods_on_shared_roads() -> Book:
    """A route for each good on each road; the routes of a road share its 625 tons."""
    return Book(
        name="Goods on shared roads",
        source="Fourer, Gay and Kernighan, AMPL, 2nd ed. 2003, figure 4-1 (multi.mod)",
        optimum=199_500.0,
        features="routes of several goods that share capacity",
        case=Case(
            settings=settings("Steel shipped", 1),
            elements=elements(GOODS),
            forms=chain("rolled"),
            demands=tuple(
                Demand(sector=goal, material=good, form="rolled", t_per_yr=float(row[k]))
                for goal, row in NEEDED.items()
                for k, good in enumerate(GOODS)
            ),
            prices=tuple(Price(index="free", material=good, form="rolled", usd_per_kg=0.0) for good in GOODS),
            sources=tuple(
                source(f"{good} of {start}", good, "rolled", float(row[k]), "free")
                for start, row in SUPPLY.items()
                for k, good in enumerate(GOODS)
            ),
            routes=tuple(
                Route(
                    route=f"{good} from {start} to {goal}",
                    from_kind="source",
                    from_name=f"{good} of {start}",
                    to_kind="sector",
                    to_name=goal,
                    usd_per_t=1000.0 * COST[start][k][n],
                    shared_capacity=f"{start} to {goal}",
                    shared_capacity_t_per_yr=625.0,
                )
                for start in SUPPLY
                for n, goal in enumerate(NEEDED)
                for k, good in enumerate(GOODS)
            ),
        ),
    )


def roads_to_open() -> Book:
    """A road is a candidate plant between the forms of its ends, with its capacity, its fixed cost and its cost for each good."""
    ways = [(start, n, goal) for start in SUPPLY for n, goal in enumerate(NEEDED)]
    return Book(
        name="Roads to be opened",
        source="Fourer, Gay and Kernighan, AMPL, 2nd ed. 2003, section 20.1 (multmip1.mod)",
        optimum=229_850.0,
        features="21 yes-or-no choices, three goods through each",
        case=Case(
            settings=settings("Steel shipped, with a fixed cost for each road", 1),
            elements=elements(GOODS),
            forms=chain(*(f"in {start}" for start in SUPPLY), *(f"in {goal}" for goal in NEEDED)),
            demands=tuple(
                Demand(sector=goal, material=good, form=f"in {goal}", t_per_yr=float(row[k]), shortage_usd_per_kg=1000.0)
                for goal, row in NEEDED.items()
                for k, good in enumerate(GOODS)
            ),
            prices=tuple(Price(index="free", material=good, form=f"in {start}", usd_per_kg=0.0) for start in SUPPLY for good in GOODS),
            sources=tuple(
                source(f"{good} of {start}", good, f"in {start}", float(row[k]), "free")
                for start, row in SUPPLY.items()
                for k, good in enumerate(GOODS)
            ),
            plants=tuple(
                plant(
                    f"{start} to {goal}",
                    f"in {start}",
                    f"in {goal}",
                    625.0,
                    status="candidate",
                    capex_usd_m=FIXED[start][n] / 1000,
                    life_years=1,
                )
                for start, n, goal in ways
            ),
            plant_rates=tuple(
                PlantRate(plant=f"{start} to {goal}", material=good, variable_opex_usd_per_kg=float(COST[start][k][n]))
                for start, n, goal in ways
                for k, good in enumerate(GOODS)
            ),
        ),
    )


def bids() -> Book:
    """Each step of a vendor's price list is a source that is sold from its least to its most; of a vendor one step is taken."""
    lists = {
        "a": (3855.84, ((61.150, 0, 33_000),)),
        "b": (125_804.84, ((68.099, 22_000, 70_000), (66.049, 70_000, 100_000), (64.099, 100_000, 150_000), (62.119, 150_000, 160_000))),
        "c": (13_456.00, ((62.190, 0, 165_600),)),
        "d": (6583.98, ((72.488, 0, 12_000),)),
        "e": (0.0, ((70.150, 0, 42_000), (68.150, 42_000, 77_000))),
    }
    prices: list[Price] = []
    sources: list[Source] = []
    for vendor, (charge, steps) in lists.items():
        for n, (price, least, most) in enumerate(steps):
            name = f"vendor {vendor}, step {n + 1}"
            if n:
                charge += least * (steps[n - 1][0] - price)
            prices.append(Price(index=name, material="item", form="delivered", usd_per_kg=price))
            more = {"order_cost_usd_m": round(charge / 1000, 8), "minimum_lot_t": float(least)}
            sources.append(source(name, "item", "delivered", float(most), name, **more))
    return Book(
        name="Bids of vendors",
        source="Bracken and McCormick, Selected Applications of Nonlinear Programming, 1968, chapter 3 (GAMS Model Library, BID)",
        optimum=15_210_109.512,
        within=0.001,
        features="fixed cost of an order, least and most of each price, one price per vendor",
        case=Case(
            settings=settings("Bids of vendors", 1),
            elements=elements(["item"]),
            forms=chain("delivered"),
            demands=(Demand(sector="buyer", material="item", form="delivered", t_per_yr=239_600.48),),
            prices=tuple(prices),
            sources=tuple(sources),
            counts=tuple(
                Count(
                    rule=f"one price of vendor {vendor}",
                    members=tuple(s.source for s in sources if f"vendor {vendor}," in s.source),
                    at_most=1,
                )
                for vendor, (_, steps) in lists.items()
                if len(steps) > 1
            ),
        ),
    )


def bicycles() -> Book:
    """A lot has its set-up cost; what is in store in the end is not charged, so the store is free in the last period."""
    needed = (400.0, 400.0, 800.0, 800.0, 1200.0, 1200.0, 1200.0, 1200.0)
    return Book(
        name="Bicycles",
        source="Pochet and Wolsey, Production Planning by Mixed Integer Programming, 2006, section 1.1",
        optimum=736_000.0,
        features="fixed cost of each lot, stock, storage by period",
        case=Case(
            settings=settings("Bicycles", 8),
            assumptions=(*by_period("bicycles wanted", needed), *by_period("storage", [5000.0] * 7 + [0.0])),
            elements=elements(["bicycle"]),
            forms=chain("made"),
            demands=(Demand(sector="shops", material="bicycle", form="made", t_per_yr="bicycles wanted"),),
            prices=(Price(index="work", material="bicycle", form="made", usd_per_kg=100.0),),
            sources=(source("works", "bicycle", "made", 10_000.0, "work", order_cost_usd_m=5.0),),
            stocks=(Stock(store="store", material="bicycle", form="made", opening_t=200.0, storage_usd_per_t_yr="storage"),),
        ),
    )


def backpacks() -> Book:
    """What a month cannot make of its own demand is served from stock, or later at a penalty for each month of delay: 780 bags at 40,
    50 and 70 bags a month late at 2, 30 bags stored for a month at 0.50."""
    return Book(
        name="Backpacks",
        source="Taha, Operations Research: An Introduction, 8th ed. 2007, example 5.2-1 (Boralis)",
        optimum=31_455.0,
        features="backorders, stock, capacity by period",
        case=Case(
            settings=settings("Backpacks", 4),
            assumptions=(*by_period("bags wanted", (100, 200, 180, 300)), *by_period("bags made", (50, 180, 280, 270))),
            elements=elements(["bag"]),
            forms=chain("sewn"),
            demands=(
                Demand(
                    sector="shops",
                    material="bag",
                    form="sewn",
                    t_per_yr="bags wanted",
                    shortage_usd_per_kg=100.0,
                    backorder_usd_per_kg_yr=2.0,
                ),
            ),
            prices=(Price(index="work", material="bag", form="sewn", usd_per_kg=40.0),),
            sources=(source("workshop", "bag", "sewn", "bags made", "work"),),
            stocks=(Stock(store="store", material="bag", form="sewn", storage_usd_per_t_yr=500.0),),
        ),
    )


def desks() -> Book:
    """Two shops in a row, each with its hours; each desk takes its own number in each."""
    hours = {"desk 1": (4, 1, 12), "desk 2": (9, 1, 20), "desk 3": (7, 3, 18), "desk 4": (10, 40, 40)}
    prices, sources = free(list(hours), "timber", 6000.0)
    return Book(
        name="Desks",
        source="Dantzig, Linear Programming and Extensions, 1963, section 3.5 (GAMS Model Library, PRODMIX)",
        optimum=18_666.6667,
        within=1e-4,
        profit=True,
        features="four products through two shops",
        case=Case(
            settings=settings("Desks", 1),
            elements=elements(list(hours)),
            forms=chain("timber", "carpentered", "finished"),
            demands=tuple(
                Demand(
                    sector="shops", material=desk, form="finished", t_per_yr=6000.0, shortage_usd_per_kg=float(row[2]), rationing="priced"
                )
                for desk, row in hours.items()
            ),
            prices=prices,
            sources=sources,
            plants=(plant("carpentry", "timber", "carpentered", 6000.0), plant("finishing", "carpentered", "finished", 4000.0)),
            plant_rates=tuple(
                PlantRate(plant=shop, material=desk, capacity_use=float(row[k]))
                for k, shop in enumerate(("carpentry", "finishing"))
                for desk, row in hours.items()
            ),
        ),
    )


def projects() -> Book:
    """A project is a candidate plant that costs its capital; what it is worth besides is the revenue of what it alone can make."""
    worth = {
        "factory in Los Angeles": (9.0, 6.0, {}),
        "factory in San Francisco": (5.0, 3.0, {}),
        "warehouse in Los Angeles": (6.0, 5.0, {"exclusive_group": "one warehouse", "requires": ("factory in Los Angeles",)}),
        "warehouse in San Francisco": (4.0, 2.0, {"exclusive_group": "one warehouse", "requires": ("factory in San Francisco",)}),
    }
    prices, sources = free(list(worth), "idea", 1.0)
    return Book(
        name="Projects",
        source="Hillier and Lieberman, Introduction to Operations Research, 7th ed. 2001, section 12.1 (California Manufacturing Co.)",
        optimum=14.0,
        profit=True,
        features="budget, prerequisites, exclusive projects",
        case=Case(
            settings=settings("Projects within a budget", 1),
            elements=elements(list(worth)),
            forms=chain("idea", "built"),
            demands=tuple(
                Demand(sector="worth", material=name, form="built", t_per_yr=1.0, shortage_usd_per_kg=value + capital, rationing="priced")
                for name, (value, capital, _) in worth.items()
            ),
            prices=prices,
            sources=sources,
            plants=tuple(
                plant(name, "idea", "built", 1.0, status="candidate", materials=(name,), capex_usd_m=capital / 1000, life_years=1, **rules)
                for name, (_, capital, rules) in worth.items()
            ),
            budgets=(Budget(budget="capital", usd_m=0.010, counts="capex"),),
        ),
    )


def mines() -> Book:
    """Ore of each mine is a mixture of good and poor; a mine is a plant whose fixed cost is the royalty until it is closed for good;
    three of the four sources may deliver in a year; each year sells one grade. Money in millions, paid at the start of the year."""
    ores = {"mine 1": (5.0, 2.0, 1.0), "mine 2": (4.0, 2.5, 0.7), "mine 3": (4.0, 1.3, 1.5), "mine 4": (5.0, 3.0, 0.5)}
    quality = (0.9, 0.8, 1.2, 0.6, 1.0)
    grades = {f"quality {q}": round(q / 2, 6) for q in quality}
    sold = [market(grade, "blended", [8.8 * (q == grade_of) for grade_of in grades.values()], [10.0] * 5) for grade, q in grades.items()]
    return Book(
        name="Mines",
        source="Williams, Model Building in Mathematical Programming, 5th ed. 2013, sections 12.7 and 14.7",
        optimum=146.86198,
        within=1e-5,
        profit=True,
        features="plants closed for good, at most three sources a year, blend of exact quality, discounting (in millions)",
        case=Case(
            settings=settings("Mines", 5, discount_rate_pct=10.0, discounting="start"),
            assumptions=tuple(a for rows, _ in sold for a in rows),
            elements=elements(["good", "poor"]),
            forms=(
                Form(form="in the ground", position=1, holds="mixtures"),
                Form(form="raised", position=2, holds="elements", disposal_usd_per_t=1e5),
                Form(form="blended", position=3, holds="mixtures", disposal_usd_per_t=1e5),
            ),
            compositions=tuple(
                Composition(mixture=f"ore of {mine}", element=element, share=share)
                for mine, (_, _, q) in ores.items()
                for element, share in (("good", round(q / 2, 6)), ("poor", round(1 - q / 2, 6)))
            ),
            recipes=tuple(
                Recipe(grade=grade, element=element, kg_per_kg=share)
                for grade, q in grades.items()
                for element, share in (("good", q), ("poor", round(1 - q, 6)))
            ),
            demands=tuple(d for _, rows in sold for d in rows),
            prices=tuple(Price(index="free", material=f"ore of {mine}", form="in the ground", usd_per_kg=0.0) for mine in ores),
            sources=tuple(source(f"ore of {mine}", f"ore of {mine}", "in the ground", most, "free") for mine, (_, most, _) in ores.items()),
            plants=(
                *(
                    plant(
                        mine,
                        "in the ground",
                        "raised",
                        most,
                        materials=(f"ore of {mine}",),
                        fixed_opex_usd_m_per_yr=royalty / 1000,
                        may_stop="retire",
                    )
                    for mine, (royalty, most, _) in ores.items()
                ),
                plant("blending", "raised", "blended", 100.0),
            ),
            counts=tuple(
                Count(
                    rule=f"three mines in {FIRST_YEAR + year}",
                    members=tuple(f"ore of {mine}" for mine in ores),
                    at_most=3,
                    from_month=Month(FIRST_YEAR + year, 1),
                    by_month=Month(FIRST_YEAR + year, 12),
                )
                for year in range(5)
            ),
        ),
    )


MORE = (goods_on_shared_roads, roads_to_open, bids, bicycles, backpacks, desks, projects, mines)
