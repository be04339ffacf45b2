"""Random tiny cases with several features of the workbook at once: the same seed gives the same case.

Each feature is one function that changes a `random_case`; a seed switches on each with a probability of its own, in the order of
`FEATURES`. Whatever is switched on together, the checks accept the case.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from random_cases import START, random_case

from models.case import (
    Assumption,
    Budget,
    CapexPoint,
    Case,
    Ceiling,
    Composition,
    Contract,
    ContractLine,
    Count,
    Currency,
    CutOff,
    Financing,
    Fix,
    Form,
    Fraction,
    Plant,
    PlantRate,
    Price,
    PriceTier,
    Programme,
    ProgrammeEffect,
    Residue,
    ResidueSite,
    Route,
    Sale,
    Source,
    Stock,
    Store,
    VolumeDiscount,
)

Feature = Callable[[Case, random.Random], Case]

FEATURES: dict[str, Feature] = {}
"""What can be switched on, by name."""

OFTEN = 0.2
"""Probability of each feature."""


def feature(change: Feature) -> Feature:
    """Register a feature under the name of its function."""
    FEATURES[change.__name__.replace("_", " ").strip()] = change
    return change


def random_features(seed: int) -> tuple[Case, tuple[str, ...]]:
    """A case, and the names of what is switched on in it."""
    r = random.Random(1_000_003 * seed + 17)
    case, used = rounded(random_case(seed)), []
    for name, change in FEATURES.items():
        if r.random() < OFTEN:
            changed = change(case, r)
            if changed is not case:
                used.append(name)
                case = changed
    return case, tuple(used)


def rounded(case: Case) -> Case:
    """The case with as many digits as a workbook keeps."""
    changed = {}
    for sheet in ("prices", "sources", "plants"):
        rows = getattr(case, sheet)
        changed[sheet] = tuple(
            dataclasses.replace(row, **{k: round(v, 6) for k, v in vars(row).items() if isinstance(v, float)}) for row in rows
        )
    return dataclasses.replace(case, **changed)


def edit(case: Case, sheet: str, name: str, **changes: Any) -> Case:
    """The case with the rows of a sheet changed whose first column is ``name``."""
    rows = getattr(case, sheet)
    key = dataclasses.fields(rows[0])[_first_own(rows[0])].name
    return dataclasses.replace(case, **{sheet: tuple(dataclasses.replace(w, **changes) if getattr(w, key) == name else w for w in rows)})


def _first_own(row: Any) -> int:
    """Position of the first column of a row that is not one of those that every sheet has."""
    shared = {"reference", "dated", "confidence", "note"}
    return next(k for k, field in enumerate(dataclasses.fields(row)) if field.name not in shared)


def settings(case: Case, **changes: Any) -> Case:
    """The case with settings changed."""
    return dataclasses.replace(case, settings=dataclasses.replace(case.settings, **changes))


def add(case: Case, sheet: str, *rows: Any) -> Case:
    """The case with rows added to a sheet."""
    return dataclasses.replace(case, **{sheet: (*getattr(case, sheet), *rows)})


# Calendar and money


@feature
def calendar_years(case: Case, r: random.Random) -> Case:
    """Two years in half years from January, so that no period straddles two years."""
    months = r.choice((12, 24))
    return settings(case, start=START.plus(-6), horizon_months=months)


@feature
def escalation(case: Case, r: random.Random) -> Case:
    """Costs rise by year."""
    return settings(case, escalation_pct_per_yr=r.choice((3.0, 8.0, -2.0)))


@feature
def currencies(case: Case, r: random.Random) -> Case:
    """Prices, a contract line and the plants in a currency whose rate changes in the plan."""
    case = add(case, "assumptions", Assumption(assumption="rate", value=1.1), Assumption(assumption="rate", month=START.plus(6), value=0.9))
    case = add(case, "currencies", Currency(currency="EUR", usd_per_unit=r.choice((1.2, "rate"))))
    case = edit(case, "plants", "smelter", currency="EUR")
    if r.random() < 0.5:
        case = edit(case, "plants", "works", currency="EUR")
    if r.random() < 0.5:
        case = edit(case, "contract_lines", "offtake 0", currency="EUR")
    if r.random() < 0.5:
        case = dataclasses.replace(case, prices=(dataclasses.replace(case.prices[0], currency="EUR"), *case.prices[1:]))
    return case


@feature
def series_by_month(case: Case, r: random.Random) -> Case:
    """Limits, prices, stock limits and demand that follow series by month."""
    rows = (("limit", 40.0, 25.0), ("wave", 1.0, 1.3), ("rent", 100.0, 400.0), ("factor", 0.8, 1.1))
    for name, early, late in rows:
        case = add(
            case,
            "assumptions",
            Assumption(assumption=name, value=early),
            Assumption(assumption=name, month=START.plus(r.choice((2, 3, 6, 7))), value=late),
        )
    case = edit(case, "sources", "trade", max_t_per_yr="limit", price_factor="factor")
    case = edit(case, "demands", "users", profile="wave")
    case = dataclasses.replace(case, prices=(*case.prices[:-1], dataclasses.replace(case.prices[-1], profile="wave")))
    return edit(case, "stocks", "store", storage_usd_per_t_yr="rent")


# Supply


@feature
def shipping(case: Case, r: random.Random) -> Case:
    """Sources far away, by whole and broken months, with cargo at sea on the first day."""
    for name in ("bars", "trade", "market", "mine"):
        if r.random() < 0.6:
            case = edit(
                case, "sources", name, shipping_months=r.choice((0.5, 1.0, 2.0, 2.5, 7.0)), at_sea_t=r.choice((None, None, 0.0, 3.0))
            )
    cuts = tuple(dataclasses.replace(row, cargo_at_sea=r.choice((0.0, 0.5, 1.0))) for row in case.cutoffs)
    return dataclasses.replace(case, cutoffs=cuts)


@feature
def price_tiers(case: Case, r: random.Random) -> Case:
    """Purchases that cost more from tier to tier."""
    for name in r.sample(("bars", "trade", "market", "mine"), 2):
        last = (PriceTier(source=name, price_factor=1.8),) if r.random() < 0.5 else ()
        case = add(
            case,
            "price_tiers",
            PriceTier(source=name, upto_t_per_yr=4.0, price_factor=r.choice((0.9, 1.0))),
            PriceTier(source=name, upto_t_per_yr=12.0, price_factor=1.2),
            *last,
        )
    return case


@feature
def orders(case: Case, r: random.Random) -> Case:
    """Orders with a fixed cost, and lots."""
    for name in ("bars", "trade", "market", "mine"):
        if r.random() < 0.5:
            case = edit(
                case,
                "sources",
                name,
                order_cost_usd_m=r.choice((0.0, 0.02)),
                minimum_lot_t=r.choice((0.0, 1.0, 3.0)),
                lot_waived_in_crisis=r.random() < 0.5,
            )
    return case


@feature
def source_months(case: Case, r: random.Random) -> Case:
    """A source that opens late and one that closes early."""
    case = edit(case, "sources", "trade", first_month=START.plus(r.choice((1, 4))))
    return edit(case, "sources", "market", last_month=START.plus(r.choice((7, 11))))


# Contracts


@feature
def upside(case: Case, r: random.Random) -> Case:
    """The buyer shares a rising index."""
    return edit(
        case,
        "contract_lines",
        "offtake 0",
        upside_share=r.choice((0.3, 1.0)),
        upside_trigger_usd_per_kg=12.0,
        upside_cap_usd_m_per_yr=r.choice((None, 0.05)),
    )


@feature
def make_up(case: Case, r: random.Random) -> Case:
    """Tonnes that are paid and not lifted can be lifted later."""
    name = r.choice(case.contracts).contract
    return edit(
        case,
        "contract_lines",
        name,
        min_t_per_yr=(8.0,),
        make_up_years=r.choice((1, 2)),
        make_up_cap_t=r.choice((None, 3.0)),
        make_up_price_share=r.choice((0.0, 0.3)),
    )


@feature
def flexibility(case: Case, r: random.Random) -> Case:
    """Months that lift more than a twelfth."""
    return edit(case, "contract_lines", r.choice(case.contracts).contract, monthly_flexibility=r.choice((1.2, 2.0)))


@feature
def options(case: Case, r: random.Random) -> Case:
    """Tonnes that have to be called first."""
    name = r.choice(case.contracts).contract
    case = edit(case, "contracts", name, call_notice_months=r.choice((1, 2, 4)))
    return edit(case, "contract_lines", name, max_t_per_yr=(25.0,), optional_t_per_yr=r.choice((5.0, 15.0)))


@feature
def by_contract_year(case: Case, r: random.Random) -> Case:
    """Minimum and maximum by contract year, settled by contract year; no shield in a cut-off."""
    name = r.choice(case.contracts).contract
    case = edit(
        case, "contracts", name, settled=r.choice(("contract year", "calendar year")), tenor_years=2, force_majeure=r.random() < 0.5
    )
    return edit(case, "contract_lines", name, min_t_per_yr=(4.0, 8.0), max_t_per_yr=(25.0, 30.0))


@feature
def volume_discounts(case: Case, r: random.Random) -> Case:
    """Tonnes above a step cost less."""
    name = r.choice(case.contracts).contract
    source = next(line.source for line in case.contract_lines if line.contract == name)
    steps = [VolumeDiscount(contract=name, source=source, from_t_per_yr=3.0, discount_pct=10.0)]
    if r.random() < 0.5:
        steps.append(VolumeDiscount(contract=name, source=source, from_t_per_yr=6.0, discount_pct=r.choice((5.0, 30.0))))
    return add(case, "volume_discounts", *steps)


@feature
def financing(case: Case, r: random.Random) -> Case:
    """Money that goes with a signature, or may, and buys a further right."""
    source = case.contract_lines[0].source
    kind = r.choice(("prepayment", "equity", "loan"))
    return add(
        case,
        "financings",
        Financing(
            financing="stake",
            contract="offtake 0",
            kind=kind,
            usd_m=0.1,
            years=r.choice((1, 3)),
            interest_pct_per_yr=3.0 if kind == "loan" else 0.0,
            resale_share=0.4 if kind == "equity" else 0.0,
            optional=r.random() < 0.6,
            source=source,
            extra_max_t_per_yr=6.0,
        ),
    )


@feature
def extension(case: Case, r: random.Random) -> Case:
    """A contract that begins where the first one ends."""
    case = edit(case, "contracts", "offtake 0", tenor_years=1)
    return add(
        add(
            case,
            "contracts",
            Contract(contract="further", status="on offer", lead_months=r.choice((0, 6)), tenor_years=1, extends="offtake 0"),
        ),
        "contract_lines",
        ContractLine(contract="further", source=case.contract_lines[0].source, min_t_per_yr=(r.choice((0.0, 5.0)),), fixed_usd_per_kg=14.0),
    )


@feature
def links(case: Case, r: random.Random) -> Case:
    """A contract only with a plant, or not beside it."""
    return edit(case, "contracts", "offtake 0", **{r.choice(("requires", "excludes")): ("smelter",)})


# Plants


@feature
def spending(case: Case, r: random.Random) -> Case:
    """Capital spent by year of building, on equipment that a cut-off delays."""
    case = edit(case, "plants", "smelter", build_months=r.choice((4, 6)), spend_pct=(100.0,), equipment_countries=("abroad",))
    return edit(case, "cutoffs", "embargo", equipment_delay_months=r.choice((0, 3)))


@feature
def stops(case: Case, r: random.Random) -> Case:
    """A plant that may be closed or mothballed."""
    return edit(
        case,
        "plants",
        "works",
        may_stop=r.choice(("retire", "mothball")),
        mothball_opex_share=0.3,
        restart_months=r.choice((0, 2)),
        restart_usd_m=0.001,
        retire_usd_m=r.choice((0.0, 0.003)),
        fixed_opex_usd_m_per_yr=0.05,
    )


@feature
def closing(case: Case, r: random.Random) -> Case:
    """Plants that open late or close inside the plan."""
    name = r.choice(("works", "mine works"))
    return edit(case, "plants", name, online=START.plus(r.choice((-3, 2))), offline=START.plus(r.choice((8, 11, 13))))


@feature
def capex_curve(case: Case, r: random.Random) -> Case:
    """A candidate built at any size."""
    case = edit(case, "plants", "smelter", max_units=1)
    return add(
        case,
        "capex_curve",
        CapexPoint(plant="smelter", capacity_t_per_yr=4.0, capex_usd_m=0.05),
        CapexPoint(plant="smelter", capacity_t_per_yr=10.0, capex_usd_m=r.choice((0.08, 0.25))),
        CapexPoint(plant="smelter", capacity_t_per_yr=20.0, capex_usd_m=0.3),
    )


@feature
def rates(case: Case, r: random.Random) -> Case:
    """What single materials take, cost and yield; cost on a basis of its own; plants that do not always run."""
    case = edit(case, "plants", "works", cost_basis=r.choice(("feed", "output")), availability=0.9)
    return add(
        case,
        "plant_rates",
        PlantRate(plant="works", material="mixed", capacity_use=r.choice((None, 1.3)), variable_opex_usd_per_kg=1.1),
        PlantRate(plant="smelter", material="alpha", capacity_use=1.2, recovery=0.8),
    )


@feature
def fractions(case: Case, r: random.Random) -> Case:
    """The works let one element go in a concentrate, which a second plant takes."""
    case = edit(case, "plants", "works", materials=("mixed",))
    case = add(case, "forms", Form(form="concentrate", position=1, holds="mixtures", disposal_usd_per_t=10.0))
    case = add(case, "compositions", Composition(mixture="rest", element="alpha", share=1.0))
    case = add(case, "fractions", Fraction(plant="works", material="mixed", fraction="rest", form="concentrate", elements=("alpha",)))
    return add(
        case,
        "plants",
        Plant(
            plant="second works",
            status="existing",
            country="home",
            input_form="concentrate",
            output_form="powder",
            capacity_t_per_yr=12.0,
            materials=("rest",),
            recovery=0.95,
            transit_months=r.choice((0.0, 0.5)),
        ),
    )


@feature
def tolling(case: Case, r: random.Random) -> Case:
    """Plants whose output comes back later."""
    case = edit(case, "plants", "works", transit_months=r.choice((0.5, 1.0, 2.5)))
    return edit(case, "plants", "smelter", transit_months=r.choice((0.0, 1.5)))


@feature
def residue(case: Case, r: random.Random) -> Case:
    """Residue of the works, which a store and cells take."""
    case = add(case, "residues", Residue(residue="cake", plant="works", t_per_t=0.5))
    old = ResidueSite(
        site="old site",
        status="existing",
        storage_t=r.choice((3.0, 10.0)),
        opening_t=1.0,
        cell_t=6.0,
        filled_t=2.0,
        storage_usd_per_t_yr=100.0,
        disposal_usd_per_t=300.0,
    )
    new = ResidueSite(
        site="new site",
        status="candidate",
        cell_t=5.0,
        max_units=2,
        build_months=r.choice((0, 3)),
        capex_usd_m=0.01,
        fixed_opex_usd_m_per_yr=0.002,
        disposal_usd_per_t=50.0,
    )
    return add(case, "residue_sites", *((old, new) if r.random() < 0.6 else (old,)))


@feature
def plant_requires(case: Case, r: random.Random) -> Case:
    """A candidate that requires a contract or a programme."""
    return edit(case, "plants", "smelter", requires=("offtake 0",)) if not case.contracts[0].requires else case


# Stores


@feature
def stores(case: Case, r: random.Random) -> Case:
    """A second store abroad, both with a capacity for all that lies in them."""
    case = add(
        case,
        "stocks",
        Stock(store="depot", material="alpha", form="bar", opening_t=1.0, capacity_t=6.0, fill_pct_per_month=r.choice((None, 20.0))),
        Stock(store="depot", material="mixed", form="ore", opening_t=0.0, storage_usd_per_t_yr=20.0, fill_pct_per_month=None),
    )
    return add(
        case,
        "stores",
        Store(store="depot", country=r.choice(("", "abroad", "home")), capacity_t=8.0, growth_pct_per_yr=5.0, fixed_usd_m_per_yr=0.01),
        Store(store="store", capacity_t=60.0, fixed_usd_m_per_yr=0.02),
    )


@feature
def shelf_life(case: Case, r: random.Random) -> Case:
    """Powder that does not keep."""
    stocks = tuple(
        dataclasses.replace(row, shelf_life_months=r.choice((3, 6, 9)), opening_age_months=r.choice((0, 2)), minimum_t=0.0)
        if row.form == "powder" and (row.material == "beta" or r.random() < 0.5)
        else row
        for row in case.stocks
    )
    return dataclasses.replace(case, stocks=stocks)


@feature
def cover(case: Case, r: random.Random) -> Case:
    """Stocks that hold so many days of what is used, or so much at the end."""
    days = r.choice((10.0, 30.0))
    which = r.choice(("powder", "bar"))
    stocks = tuple(
        dataclasses.replace(row, cover_days=days, final_t=0.5) if row.form == which and row.material == "alpha" else row
        for row in case.stocks
    )
    return dataclasses.replace(case, stocks=stocks)


# Programmes


@feature
def substitution(case: Case, r: random.Random) -> Case:
    """A candidate that serves a part of the makers by something else."""
    case = add(
        case,
        "programmes",
        Programme(
            programme="replace",
            kind="substitution",
            lead_months=r.choice((0, 3)),
            ramp_pct=(50.0, 100.0),
            capex_usd_m=r.choice((0.0, 0.05)),
            fixed_usd_m_per_yr=0.01,
            life_years=5,
        ),
    )
    other = r.choice((("beta", "powder"), ("alpha", "bar"), ("", "")))
    return add(
        case,
        "programme_effects",
        ProgrammeEffect(
            programme="replace",
            sector="makers",
            material="alpha",
            form="bar",
            share_affected=0.4,
            serves_material=other[0],
            serves_form=other[1],
            t_per_t=0.7,
            usd_per_kg=5.0,
        ),
    )


@feature
def levers(case: Case, r: random.Random) -> Case:
    """A lever that is pulled in a cut-off, and one in force."""
    case = add(
        case,
        "programmes",
        Programme(programme="lever", status="contingency", lead_months=r.choice((0, 1)), ramp_pct=(50.0, 100.0)),
        Programme(
            programme="thrift", status="in force", online=START.plus(r.choice((-24, 4))), ramp_pct=(30.0, 60.0), fixed_usd_m_per_yr=0.01
        ),
    )
    return add(
        case,
        "programme_effects",
        ProgrammeEffect(programme="lever", sector="users", material="beta", form="powder", share_affected=0.3, usd_per_kg=8.0),
        ProgrammeEffect(programme="lever", sector="makers", material="alpha", form="bar", share_affected=0.2, usd_per_kg=50.0),
        ProgrammeEffect(
            programme="thrift",
            sector="users",
            material="beta",
            form="powder",
            share_affected=0.2,
            serves_material="beta",
            serves_form="powder",
            t_per_t=0.5,
            usd_per_kg=0.1,
        ),
    )


@feature
def collection(case: Case, r: random.Random) -> Case:
    """A source that a programme opens."""
    case = add(case, "programmes", Programme(programme="collect", ramp_pct=(40.0, 100.0), capex_usd_m=0.02, lead_months=r.choice((0, 6))))
    return add(
        case,
        "sources",
        Source(
            source="collected",
            countries=("home",),
            material="alpha",
            form="powder",
            max_t_per_yr=12.0,
            price_index="index",
            price_factor=0.6,
            programme="collect",
        ),
    )


# Cut-offs


@feature
def closing_in_steps(case: Case, r: random.Random) -> Case:
    """A cut-off that closes in steps."""
    return edit(case, "cutoffs", "embargo", ramp_pct=(50.0, 100.0))


@feature
def second_cut(case: Case, r: random.Random) -> Case:
    """Another cut-off falls into the recovery of the first."""
    follow = CutOff(
        cutoff="strike", active=False, countries=("elsewhere", "far away"), severity=r.choice((0.5, 1.0)), months=1, return_months=1
    )
    case = edit(case, "cutoffs", "embargo", then="strike", then_after_months=r.choice((None, 1, 2)))
    return add(case, "cutoffs", follow)


@feature
def any_at_once(case: Case, r: random.Random) -> Case:
    """Any one or two of several fail."""
    many = CutOff(
        cutoff="any",
        countries=("abroad", "elsewhere"),
        plants=("works",),
        stores=("store",) if r.random() < 0.3 else (),
        at_once=r.choice((1, 1, 2)),
        severity=0.5,
        months=1,
        first_start=START.plus(6),
    )
    return add(case, "cutoffs", many)


@feature
def to_be_found(case: Case, r: random.Random) -> Case:
    """The first start of the embargo is to be found; a further cut is tested, not required."""
    case = edit(case, "cutoffs", "embargo", first_start=None, latest_first_start=case.settings.start.plus(r.choice((6, 12))))
    told = CutOff(cutoff="told", sources=("trade",), severity=1.0, months=2, must_survive=False, first_start=START.plus(6))
    return add(case, "cutoffs", told)


# Routes


@feature
def routes(case: Case, r: random.Random) -> Case:
    """Ore and powder travel: from the mine to the works, from the trade to the pool, to the users."""
    rows = [
        Route(
            route="rail",
            from_kind="source",
            from_name="mine",
            to_kind="plant",
            to_name="works",
            usd_per_t=60.0,
            capacity_t_per_yr=(most := r.choice((None, 30.0))),
            fixed_usd_m_per_yr=r.choice((0.0, 0.01)) if most else 0.0,
        ),
        Route(
            route="sea",
            from_kind="source",
            from_name="trade",
            usd_per_t=30.0,
            capacity_t_per_yr=25.0,
            minimum_t_per_yr=r.choice((0.0, 4.0)),
            minimum_waived_in_crisis=r.random() < 0.5,
            shared_capacity=(shared := r.choice(("", "port"))),
            shared_capacity_t_per_yr=30.0 if shared else None,
        ),
        Route(route="air", from_kind="source", from_name="trade", usd_per_t=900.0, shared_capacity=shared),
        Route(route="road", to_kind="sector", to_name="users", usd_per_t=10.0, capacity_t_per_yr=60.0),
    ]
    if r.random() < 0.5:
        rows += [
            Route(route="in", to_kind="store", to_name="store", usd_per_t=5.0),
            Route(route="out", from_kind="store", from_name="store", usd_per_t=5.0, capacity_t_per_yr=80.0),
        ]
    case = add(case, "routes", *rows)
    if r.random() < 0.5:
        case = add(
            case, "cutoffs", CutOff(cutoff="harbour", routes=("sea",), severity=r.choice((0.5, 1.0)), months=2, first_start=START.plus(6))
        )
    return case


# The planner's own rules


@feature
def fixes(case: Case, r: random.Random) -> Case:
    """Decisions that the planner forces, forbids or bounds."""
    first = case.settings.start
    rows = [
        Fix(decision="purchase", name="market", action="at least", month=first.plus(4), value=0.1),
        Fix(decision="lifting", name="offtake 0", action="at most", year=first.year, value=9.0),
        Fix(decision="processing", name="works", material="mixed", action="at most", year=first.year, value=15.0),
        Fix(decision="stock", name="store", material="alpha", form="bar", action="at least", month=first.plus(11), value=0.6),
        Fix(decision="contract", name="offtake 0", action=r.choice(("force", "forbid"))),
        Fix(decision="plant", name="smelter", action=r.choice(("force", "forbid"))),
    ]
    return add(case, "fixes", *r.sample(rows, 2))


@feature
def ceilings(case: Case, r: random.Random) -> Case:
    """No country gives more than a share, at a price or never."""
    return settings(
        add(
            case,
            "ceilings",
            Ceiling(form="powder", max_share=r.choice((0.6, 0.8)), excess_usd_per_kg=r.choice((20.0, 20.0, None))),
            Ceiling(country="abroad", form="bar", elements=("alpha",), max_share=0.7, excess_usd_per_kg=30.0),
        ),
        home_country="home",
    )


@feature
def counts(case: Case, r: random.Random) -> Case:
    """So many sources and commitments, no more and no fewer."""
    return add(
        case,
        "counts",
        Count(rule="several", members=("bars", "trade", "market", "offtake 0"), at_least=2, source_from_t=0.5),
        Count(rule="few", members=("smelter", "offtake 0", "market"), at_most=2),
    )


@feature
def budgets(case: Case, r: random.Random) -> Case:
    """Money that may be spent in a year."""
    return add(
        case,
        "budgets",
        Budget(budget="capital", usd_m=r.choice((0.05, 0.3)), counts=r.choice(("capex", "commitments"))),
        Budget(budget="spending", year=START.year, usd_m=3.0, counts=r.choice(("all", "purchases"))),
    )


@feature
def joint_products(case: Case, r: random.Random) -> Case:
    """Mixtures that are sold and priced themselves, next to their elements."""
    case = add(case, "prices", Price(index="index", material="mixed", form="ore", usd_per_kg=7.0, growth_pct_per_yr=2.0))
    return add(case, "sales", Sale(material="alpha", form="bar", usd_per_kg=4.0, max_t_per_yr=3.0))


# Shortage and late projects


@feature
def priority(case: Case, r: random.Random) -> Case:
    """Lines that are served first in shortage."""
    return edit(case, "contract_lines", r.choice(case.contracts).contract, priority=True)


@feature
def late_projects(case: Case, r: random.Random) -> Case:
    """The supplier's works and the smelter come on line late, alone or as part of the embargo."""
    case = edit(case, "plants", "mine works", online=START.plus(r.choice((3, 7))), ramp_pct=(50.0, 100.0))
    late: dict[str, Any] = {"late_plants": ("mine works", "smelter"), "late_months": r.choice((2, 40))}
    if r.random() < 0.5:
        return edit(case, "cutoffs", "embargo", **late)
    return add(case, "cutoffs", CutOff(cutoff="delay", severity=0.0, months=5, at_once=r.choice((None, 1)), first_start=START, **late))
