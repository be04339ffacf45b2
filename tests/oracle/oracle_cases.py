"""Random tiny cases for the second formulation: the same seed gives the same case.

A `random_case` (ore in fixed proportions, works, a smelter to be built, contracts with minimums, half-years, one or two cut-offs with
returns), with some of the features that the tests share and some of its own, and few starts of each cut-off.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from random_cases import START, random_case
from random_features import FEATURES, add, edit, rounded

from models.case import (
    Assumption,
    Case,
    Contract,
    ContractLine,
    Currency,
    CutOff,
    Demand,
    Fix,
    Form,
    Plant,
    Programme,
    ProgrammeEffect,
    Recipe,
    Stock,
)
from models.check import check
from models.plan import Plan

Feature = Callable[[Case, random.Random], Case]

OFTEN = 0.1
"""Probability of each feature."""

KNOWN = [
    "calendar years",
    "escalation",
    "currencies",
    "series by month",
    "shipping",
    "price tiers",
    "orders",
    "source months",
    "upside",
    "make up",
    "flexibility",
    "options",
    "by contract year",
    "volume discounts",
    "financing",
    "extension",
    "links",
    "spending",
    "stops",
    "closing",
    "capex curve",
    "rates",
    "fractions",
    "tolling",
    "residue",
    "plant requires",
    "stores",
    "shelf life",
    "cover",
    "substitution",
    "levers",
    "collection",
    "closing in steps",
    "second cut",
    "any at once",
    "to be found",
    "routes",
    "fixes",
    "ceilings",
    "counts",
    "budgets",
    "joint products",
    "priority",
    "late projects",
]
"""Features of `random_features` that the second formulation knows; one that is new there is none of these until it is written here."""


def backorders(case: Case, r: random.Random) -> Case:
    """Demand that may be served later."""
    return edit(case, "demands", r.choice(("makers", "users")), backorder_usd_per_kg_yr=r.choice((1.0, 20.0)))


def signing_windows(case: Case, r: random.Random) -> Case:
    """Contracts that can be signed for a time only, and deliver no sooner than a month."""
    first = case.settings.start
    window: dict[str, Any] = {"sign_from": first.plus(r.choice((0, 6)))} if r.random() < 0.5 else {"sign_to": first.plus(r.choice((3, 6)))}
    return edit(case, "contracts", "offtake 0", first_delivery=first.plus(r.choice((2, 6, 7))), **window)


def fixed_prices(case: Case, r: random.Random) -> Case:
    """A line at a fixed price, or at an index between floor and cap."""
    if r.random() < 0.5:
        return edit(case, "contract_lines", "offtake 0", price_index="", fixed_usd_per_kg=r.choice((6.0, 15.0)), upside_share=0.0)
    return edit(case, "contract_lines", "offtake 0", floor_usd_per_kg=9.0, cap_usd_per_kg=r.choice((10.0, 18.0)))


def one_plant_of_two(case: Case, r: random.Random) -> Case:
    """Two sizes of one project, of which one is built, and only for a time."""
    small = next(p for p in case.plants if p.plant == "smelter")
    if any(x.plant == "smelter" for x in case.capex_curve):
        return case
    large = dataclasses.replace(small, plant="large smelter", capacity_t_per_yr=18.0, capex_usd_m=0.2, max_units=1, requires=())
    case = add(case, "plants", dataclasses.replace(large, exclusive_group="site", decide_to=case.settings.start.plus(r.choice((0, 6)))))
    return edit(case, "plants", "smelter", exclusive_group="site", max_units=1, decide_from=case.settings.start.plus(r.choice((0, 6))))


def slow_building(case: Case, r: random.Random) -> Case:
    """A candidate that is built over more than a year, paid unevenly, permitted first."""
    months, spent = r.choice(((3, (100.0,)), (9, ()), (14, (70.0, 30.0))))
    return edit(
        case,
        "plants",
        "smelter",
        permit_months=r.choice((0, 2)),
        build_months=months,
        spend_pct=spent,
        share_for_buyer=r.choice((0.8, 1.0)),
    )


def named_cuts(case: Case, r: random.Random) -> Case:
    """A cut-off that names a contract, a source or the store, in a form or two."""
    who: dict[str, Any] = r.choice(({"contracts": ("offtake 0",)}, {"sources": ("trade", "market")}, {"stores": ("store",)}))
    forms = r.choice(((), ("powder",), ("ore", "bar")))
    severity, back = r.choice((0.4, 0.9)), r.choice((0, 1, 2))
    row = CutOff(cutoff="named", severity=severity, months=1, return_months=back, first_start=START.plus(6), forms=forms, **who)
    return add(case, "cutoffs", row)


def contracts_relied_on(case: Case, r: random.Random) -> Case:
    """Ore under contract is nearly all that there is of an element, and a cut-off takes a part of the contract, or of what is called."""
    line = case.contract_lines[0]
    if line.source != "mine" and (case.volume_discounts or case.financings or any(c.extends for c in case.contracts)):
        return case
    case = edit(case, "sources", "mine", spot_share=0.0, countries=("far away",), max_t_per_yr=60.0)
    case = edit(case, "sources", "market", max_t_per_yr=4.0)
    case = edit(case, "demands", "users", protected=True, service_level=0.9)
    case = edit(case, "contracts", "offtake 0", call_notice_months=r.choice((0, 2)), lead_months=0)
    line = dataclasses.replace(line, source="mine", optional_t_per_yr=r.choice((0.0, 8.0)), max_t_per_yr=(25.0,))
    case = dataclasses.replace(case, contract_lines=(line, *case.contract_lines[1:]))
    who: dict[str, Any] = r.choice(({"contracts": ("offtake 0",)}, {"countries": ("far away",)}, {"sources": ("market",)}))
    return add(case, "cutoffs", CutOff(cutoff="relied", severity=r.choice((0.3, 0.5)), months=3, first_start=START.plus(6), **who))


def linked_programmes(case: Case, r: random.Random) -> Case:
    """Two programmes, of which one requires or excludes the other."""
    linked: dict[str, Any] = r.choice(({"requires": ("learn",)}, {"exclusive_group": "either"}))
    group = linked.get("exclusive_group", "")
    case = add(
        case,
        "programmes",
        Programme(programme="learn", capex_usd_m=0.005, exclusive_group=group),
        Programme(programme="save", capex_usd_m=0.02, lead_months=r.choice((0, 6)), **linked),
    )
    effects = (("learn", "users", "beta", "powder", 0.05), ("save", "makers", "alpha", "bar", 0.3))
    rows = (ProgrammeEffect(programme=p, sector=s, material=m, form=f, share_affected=x, usd_per_kg=3.0) for p, s, m, f, x in effects)
    return add(case, "programme_effects", *rows)


def magnets(case: Case, r: random.Random) -> Case:
    """Magnets of a grade, needed by their own mass, made of bars by the grade's recipe."""
    case = add(case, "forms", Form(form="magnet", position=4, holds="mixtures", mass="product", disposal_usd_per_t=10.0))
    case = add(case, "recipes", *(Recipe(grade="grade", element=e, kg_per_kg=x) for e, x in (("alpha", 0.24), ("beta", 0.04))))
    press = Plant(
        plant="press",
        status="existing",
        country="home",
        input_form="bar",
        output_form="magnet",
        materials=("grade",),
        capacity_t_per_yr=r.choice((10.0, 40.0)),
        capacity_mass=r.choice(("REO", "product")),
        recovery=0.8,
        scrap_form=r.choice(("", "powder")),
        scrap_return_share=0.6,
        variable_opex_usd_per_kg=4.0,
    )
    motors = Demand(
        sector="motors",
        material="grade",
        form="magnet",
        t_per_yr=r.choice((6.0, 15.0)),
        service_level=r.choice((0.3, 0.8)),
        shortage_usd_per_kg=90.0,
        rationing="priced",
    )
    store = Stock(store="store", material="grade", form="magnet", opening_t=0.5, storage_usd_per_t_yr=50.0)
    bars = Stock(store="store", material="beta", form="bar", opening_t=0.4)
    return add(add(add(case, "plants", press), "demands", motors), "stocks", store, bars)


def every_currency(case: Case, r: random.Random) -> Case:
    """Freight, stores, routes and prepayments in a currency of their own, whose rate changes."""
    case = add(case, "assumptions", Assumption(assumption="yen", value=0.007), Assumption(assumption="yen", year=2028, value=0.009))
    case = add(case, "currencies", Currency(currency="JPY", usd_per_unit="yen"))

    def dear(sheet: str, *columns: str) -> None:
        nonlocal case
        rows = []
        for row in getattr(case, sheet):
            scaled = {c: getattr(row, c) / 0.008 for c in columns if isinstance(getattr(row, c), float)}
            rows.append(dataclasses.replace(row, currency="JPY", **scaled) if len(scaled) == len(columns) else row)
        case = dataclasses.replace(case, **{sheet: tuple(rows)})

    dear("sources", "freight_usd_per_kg", "order_cost_usd_m")
    dear("stocks", "storage_usd_per_t_yr", "handling_usd_per_t")
    dear("stores", "fixed_usd_m_per_yr")
    dear("routes", "usd_per_t", "fixed_usd_m_per_yr")
    dear("contracts", "upfront_usd_m")
    return case


def sizes(case: Case, r: random.Random) -> Case:
    """A bound on what is built, in tonnes a year."""
    action, value = r.choice((("at most", 8.0), ("at least", 6.0)))
    return add(case, "fixes", Fix(decision="size", name="smelter", action=action, value=value))


def no_rationing(case: Case, r: random.Random) -> Case:
    """Demand that is served as far as supply allows, whatever its shortage would cost."""
    which = r.choice((("makers",), ("users",), ("makers", "users")))
    rows = tuple(dataclasses.replace(d, rationing="no") if d.sector in which else d for d in case.demands)
    return dataclasses.replace(case, demands=rows)


def two_lines(case: Case, r: random.Random) -> Case:
    """A contract with a second line, on the bars."""
    share = r.choice((0.2, 0.5))
    line = ContractLine(
        contract="offtake 0", source="bars", max_share=(share,), min_share=(share / 2,), price_index="index", discount_pct=5.0
    )
    return add(case, "contract_lines", line)


def expired(case: Case, r: random.Random) -> Case:
    """A contract that is over and gives nothing, and a cut-off that is switched off."""
    case = add(case, "contracts", Contract(contract="old", status="expired", tenor_years=2))
    case = add(case, "contract_lines", ContractLine(contract="old", source="trade", fixed_usd_per_kg=1.0))
    return add(case, "cutoffs", CutOff(cutoff="asleep", active=False, countries=("home",), severity=1.0, months=4))


OWN: dict[str, Feature] = {
    f.__name__.replace("_", " "): f
    for f in (
        backorders,
        signing_windows,
        fixed_prices,
        one_plant_of_two,
        slow_building,
        named_cuts,
        linked_programmes,
        magnets,
        two_lines,
        every_currency,
        sizes,
        no_rationing,
        contracts_relied_on,
        expired,
    )
}
"""Features that stand here alone."""


def oracle_case(seed: int) -> tuple[Case, tuple[str, ...]]:
    """A case that the checks accept, and the names of what is switched on in it."""
    for again in range(100):
        case, used = _drawn(seed, random.Random(7_919 * seed + 3 + 1_000_003 * again))
        if not any(f.severity == "error" for f in check(case)):
            return case, used
    raise AssertionError(f"no sound case with seed {seed}")


def _drawn(seed: int, r: random.Random) -> tuple[Case, tuple[str, ...]]:
    case, used = rounded(random_case(seed)), []
    for name, change in {**{name: FEATURES[name] for name in KNOWN}, **OWN}.items():
        if r.random() < OFTEN:
            changed = change(case, r)
            if changed is not case:
                used.append(name)
                case = changed
    return few_starts(case, r), tuple(used)


def few_starts(case: Case, r: random.Random) -> Case:
    """Each cut-off falls in one month or in a few, inside a period or at an end, or at the end of the plan."""
    end = case.settings.horizon_months
    rows = []
    for cut in case.cutoffs:
        first = r.choice((0, 6, 6, 7, 9, 11, end - 1, end))
        last = None if first >= end - 1 else case.settings.start.plus(first + r.choice((0, 0, 1)))
        if cut.first_start is None:
            last = None if cut.latest_first_start is None else cut.latest_first_start
            rows.append(dataclasses.replace(cut, last_start=last))
        else:
            rows.append(dataclasses.replace(cut, first_start=case.settings.start.plus(first), last_start=last))
    return dataclasses.replace(case, cutoffs=tuple(rows))


def many(rows: Any, name: str, least: float = 1e-4) -> bool:
    return any(getattr(x, name) > least for x in rows if getattr(x, "run", "base") == "base")


USED: dict[str, Callable[[Case, Plan], bool]] = {
    "a contract on offer is signed": lambda case, plan: any(x.decided for x in plan.signatures),
    "it is signed after the first day": lambda case, plan: any(x.decided and x.signed > case.settings.start for x in plan.signatures),
    "something is lifted": lambda case, plan: many(plan.lifted, "lifted_t"),
    "a minimum is paid and not lifted": lambda case, plan: many(plan.unlifted, "unlifted_t"),
    "a minimum is lifted in full": lambda case, plan: any(x.minimum_t > 0 and x.unlifted_t < 1e-6 for x in plan.unlifted),
    "a minimum is made up": lambda case, plan: many(plan.make_ups, "made_up_t"),
    "a rebate is given": lambda case, plan: many(plan.rebates, "rebate_usd_m", 1e-7),
    "a volume discount is reached": lambda case, plan: many(plan.discounted, "discounted_t"),
    "a plant is built": lambda case, plan: bool(plan.constructions),
    "it comes on line after the first day": lambda case, plan: any(x.online > case.settings.start for x in plan.constructions),
    "two units are built": lambda case, plan: sum(x.units for x in plan.constructions) > 1,
    "a plant is stopped": lambda case, plan: any(x.state != "running" for x in plan.plant_states),
    "a basket is separated": lambda case, plan: any(x.processed_t > 1e-4 and x.material == "mixed" for x in plan.processed),
    "a plant runs at capacity": lambda case, plan: any(0 < x.capacity_t <= x.used_t * (1 + 1e-6) for x in plan.plant_use),
    "an order is paid for": lambda case, plan: many(plan.bought, "order_usd_m", 1e-9),
    "a lot of a least size is bought": lambda case, plan: any(
        s.minimum_lot_t > 0 and any(x.source == s.source and x.run == "base" and x.bought_t > 0.5 for x in plan.bought)
        for s in case.sources
    ),
    "cargo arrives later": lambda case, plan: (
        many(plan.arrivals, "cargo_t") or any(x.run == "base" and x.arrived_t > 0 for x in plan.arrivals)
    ),
    "tolled material comes back": lambda case, plan: many(plan.tolled, "returned_t"),
    "residue is placed": lambda case, plan: many(plan.residue_placed, "placed_t"),
    "something is stored": lambda case, plan: many(plan.stocks, "added_t"),
    "something is written off": lambda case, plan: many(plan.stocks, "expired_t"),
    "demand is left unserved": lambda case, plan: any(
        x.run == "base" and x.served_t + x.replaced_t < x.demanded_t - 1e-4 for x in plan.service
    ),
    "demand is served later": lambda case, plan: many(plan.service, "owed_t"),
    "a programme is started": lambda case, plan: bool(plan.programme_starts),
    "demand is replaced": lambda case, plan: many(plan.replaced, "replaced_t"),
    "surplus is sold": lambda case, plan: many(plan.surplus, "sold_t"),
    "something goes along a route": lambda case, plan: many(plan.shipped, "shipped_t"),
    "a financing is put up": lambda case, plan: bool(plan.financed),
    "several patterns are survived": lambda case, plan: plan.summary.patterns_passed > 1,
    "survival costs something": lambda case, plan: plan.summary.cost_usd_m > (plan.summary.unprotected_cost_usd_m or 0) * (1 + 1e-6) + 1e-6,
    "a cut returns step by step": lambda case, plan: any(c.return_months > 0 and c.active and c.must_survive for c in case.cutoffs),
    "a cut leaves a part": lambda case, plan: any(0 < c.severity < 1 and c.active and c.must_survive for c in case.cutoffs),
    "a stock lies ready in a crisis": lambda case, plan: any(x.run != "base" and x.drawn_t > 1e-4 for x in plan.stocks),
    "a plan of a rule is kept to": lambda case, plan: bool(plan.planner_rules),
}
"""What a certified plan really does, by name."""
