"""Checks of what materials are, what plants make of them, and whether anything can supply what is demanded."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from models.case import Case, Demand, Sale, Source, Stock
from models.chain import Chain, Commodity
from models.findings import Finding, Rule, nearest, rule, warning
from models.horizon import Horizon

CHAIN_TABLES = (
    "Settings",
    "Assumptions",
    "Elements",
    "Forms",
    "Compositions",
    "Recipes",
    "Demand",
    "Sources",
    "Stocks",
    "Sales",
    "Plants",
    "Recoveries",
    "PlantRates",
    "Fractions",
    "ProgrammeEffects",
)
"""The sheets that a `Chain` is made of; a rule that uses one names them all."""

_SHARE_TOLERANCE = 1e-3


def chain_of(case: Case) -> Chain:
    """The chain of a case."""
    return Chain(case, Horizon(case))


@rule("Compositions")
def _shares_sum_to_one(case: Case) -> Iterator[Finding]:
    """The shares of a mixture sum to 1: oxide is neither lost nor made on paper."""
    sums: dict[str, list[float]] = {}
    last: dict[str, int] = {}
    for number, row in enumerate(case.compositions):
        sums.setdefault(row.mixture, []).append(row.share)
        last[row.mixture] = number
    for mixture, shares in sums.items():
        total = math.fsum(shares)
        if abs(total - 1) > _SHARE_TOLERANCE:
            advice = f"Add what is missing, or scale them by {1 / total:.6g}." if total else "Fill them."
            mend = f"The {len(shares)} shares of '{mixture}' sum to {total:.6g}. {advice}"
            value = case.compositions[last[mixture]].share
            yield Finding("Compositions", last[mixture], "share", value, "shares of a mixture that sum to 1", mend)


@rule("Recipes")
def _recipes_within_one(case: Case) -> Iterator[Finding]:
    """A kilogram of product holds no more than a kilogram of metal."""
    sums: dict[str, float] = {}
    last: dict[str, int] = {}
    for number, row in enumerate(case.recipes):
        sums[row.grade] = sums.get(row.grade, 0.0) + row.kg_per_kg
        last[row.grade] = number
    for grade, total in sums.items():
        if total > 1 + 1e-9:
            mend = f"'{grade}' holds {total:.6g} kg of metal per kg. Check that the figures are per kg of product, not in percent."
            value = case.recipes[last[grade]].kg_per_kg
            yield Finding("Recipes", last[grade], "kg_per_kg", value, "metals that sum to at most 1 kg per kg", mend)


@rule("Elements", "Compositions", "Recipes")
def _one_name_one_material(case: Case) -> Iterator[Finding]:
    """A name is an element, a mixture or a grade, never two of them."""
    elements = {row.element for row in case.elements}
    mixtures = {row.mixture for row in case.compositions}
    places = (
        ("Compositions", "mixture", [row.mixture for row in case.compositions], elements, "an element"),
        ("Recipes", "grade", [row.grade for row in case.recipes], elements, "an element"),
        ("Recipes", "grade", [row.grade for row in case.recipes], mixtures - elements, "a mixture"),
    )
    for table, field, names, taken, what in places:
        for name in dict.fromkeys(name for name in names if name in taken):
            mend = f"'{name}' is {what} too. Rename one of them wherever it stands."
            yield Finding(table, names.index(name), field, name, "a name that no other material has", mend)


@rule("Elements", "Forms", "Compositions", "Recipes", "Demand", "Stocks", "Sales")
def _materials_fit_their_form(case: Case) -> Iterator[Finding]:
    """Where a form holds elements, only elements are wanted, stored and sold in it."""
    elements = {row.element for row in case.elements}
    holding = {row.form for row in case.forms if row.holds == "elements"}
    tables: tuple[tuple[str, tuple[Demand | Stock | Sale, ...]], ...] = (
        ("Demand", case.demands),
        ("Stocks", case.stocks),
        ("Sales", case.sales),
    )
    for table, rows in tables:
        for number, row in enumerate(rows):
            if row.form in holding and row.material not in elements:
                mend = f"Write one row for each element of '{row.material}', or choose a form that holds mixtures."
                yield Finding(table, number, "material", row.material, f"an element, since the form '{row.form}' holds elements", mend)


@rule("Elements", "Forms", "Compositions", "Recipes", "Plants")
def _plants_fit_their_forms(case: Case) -> Iterator[Finding]:
    """A plant between forms that hold elements handles elements; any other plant handles mixtures or grades."""
    elements = {row.element for row in case.elements}
    holding = {row.form for row in case.forms if row.holds == "elements"}
    for number, plant in enumerate(case.plants):
        if plant.status == "supplier":
            continue
        by_element = plant.input_form in holding and plant.output_form in holding
        wrong = [m for m in plant.materials if (m in elements) != by_element]
        if wrong:
            expected = "elements" if by_element else "mixtures or grades"
            forms = f"a plant from '{plant.input_form}' to '{plant.output_form}' handles {expected}"
            mend = f"'{wrong[0]}' is {'no element' if by_element else 'an element'}: {forms}. Correct the list, or the forms."
            yield Finding("Plants", number, "materials", plant.materials, expected, mend)


MATERIAL_RULES: tuple[Rule, ...] = (
    _shares_sum_to_one,
    _recipes_within_one,
    _one_name_one_material,
    _materials_fit_their_form,
    _plants_fit_their_forms,
)
"""What must hold before a chain can be made of the case."""


@rule(*CHAIN_TABLES)
def _plants_have_work(case: Case) -> Iterator[Finding]:
    """A plant of the chain that has no activity does nothing."""
    busy = {activity.plant for activity in chain_of(case).activities}
    for number, plant in enumerate(case.plants):
        if plant.status != "supplier" and plant.plant not in busy:
            mend = f"No mixture or grade occurs in its forms '{plant.input_form}' and '{plant.output_form}'. Name its materials."
            yield warning("Plants", number, "materials", plant.materials, "materials that the plant can handle", mend)


@rule("Plants", "CapexCurve")
def _plant_figures_agree(case: Case) -> Iterator[Finding]:
    """Figures of a plant that contradict each other or are not used."""
    curved = {row.plant for row in case.capex_curve}
    groups = [plant.exclusive_group for plant in case.plants if plant.exclusive_group]
    for number, plant in enumerate(case.plants):
        if plant.scrap_return_share > 0 and not plant.scrap_form:
            mend = "Name it; until then no scrap comes back."
            yield warning("Plants", number, "scrap_form", None, "the form in which scrap comes back", mend)
        if plant.capacity_t_per_yr == 0:
            mend = "Such a plant makes nothing. Fill it or delete the row."
            yield warning("Plants", number, "capacity_t_per_yr", 0, "a capacity above 0", mend)
        if plant.status == "candidate" and plant.capex_usd_m == 0 and plant.plant not in curved:
            mend = "Fill it; until then it is built for nothing."
            yield warning("Plants", number, "capex_usd_m", 0, "the capital cost of a candidate", mend)
        if plant.status == "candidate" and plant.online is not None:
            mend = "It is not used: a candidate starts after permit and building. Clear it, or make the plant existing."
            yield warning("Plants", number, "online", plant.online, "blank for a candidate", mend)
        if plant.exclusive_group and groups.count(plant.exclusive_group) == 1:
            near = nearest(plant.exclusive_group, set(groups) - {plant.exclusive_group})
            mend = f"Did you mean '{near}'?" if near else "Nothing else is in this group. Clear it, or name it on the other plants too."
            yield warning("Plants", number, "exclusive_group", plant.exclusive_group, "a group of two or more", mend)


@rule("Plants", "Recoveries", "Forms", "Elements")
def _recoveries_are_used(case: Case) -> Iterator[Finding]:
    """A recovery by element counts only where a plant gives out elements."""
    plants = {plant.plant: plant for plant in case.plants}
    holding = {row.form for row in case.forms if row.holds == "elements"}
    for number, row in enumerate(case.recoveries):
        plant = plants[row.plant]
        if plant.status == "supplier" or plant.output_form not in holding:
            why = "is a supplier's" if plant.status == "supplier" else "gives out mixtures or grades"
            mend = f"The row is not used: '{row.plant}' {why}. Set the plant's own recovery instead, or delete the row."
            yield warning("Recoveries", number, "plant", row.plant, "a plant of the chain that gives out elements", mend)


@rule("Sources", "Plants", "Forms", "CutOffs")
def _one_tonne_one_origin(case: Case) -> Iterator[Finding]:
    """A source's plant is a supplier's: what the buyer's own plants make is not bought a second time."""
    plants = {plant.plant: plant for plant in case.plants}
    used = {source.plant for source in case.sources} | {plant for cutoff in case.cutoffs for plant in cutoff.plants}
    for number, source in enumerate(case.sources):
        plant = plants.get(source.plant)
        if plant is None:
            continue
        if plant.status != "supplier":
            mend = f"'{plant.plant}' is {plant.status}: its output would be bought and made, the same tonne twice. Clear the cell."
            yield Finding("Sources", number, "plant", source.plant, "a supplier's plant, or blank", mend)
        elif plant.output_form != source.form:
            mend = f"'{plant.plant}' gives out '{plant.output_form}'. Correct the plant or the form."
            yield warning("Sources", number, "plant", source.plant, f"a plant that gives out '{source.form}'", mend)
    for number, plant in enumerate(case.plants):
        if plant.status == "supplier" and plant.plant not in used:
            mend = "A supplier's plant limits the sources that name it, and no source or cut-off does. Name it, or delete it."
            yield warning("Plants", number, "plant", plant.plant, "a plant that a source or a cut-off names", mend)


def reachable(chain: Chain, supplies: Iterable[Commodity], running: set[str]) -> set[Commodity]:
    """Every commodity that can be had from ``supplies`` with the plants (by name) that run."""
    found = set(supplies)
    waiting = [activity for activity in chain.activities if activity.plant in running]
    while True:
        ready = [activity for activity in waiting if found.issuperset(activity.inputs)]
        if not ready:
            return found
        for activity in ready:
            found.update(c for c, t in (*activity.outputs.items(), *activity.scrap.items()) if t > 0)
        waiting = [activity for activity in waiting if activity not in ready]


def delivers(case: Case, source: Source) -> bool:
    """Whether a source delivers anything inside the plan."""
    horizon = Horizon(case)
    first = max(0, horizon.month_of(source.first_month, 0))
    last = min(horizon.months - 1, horizon.month_of(source.last_month, horizon.months - 1))
    return any(
        horizon.cited(source.max_t_per_yr, month) * horizon.cited(source.availability, month) > 0 for month in range(first, last + 1)
    )


def wanted(case: Case, demand: Demand) -> bool:
    """Whether anything is demanded inside the plan."""
    horizon = Horizon(case)
    return any(horizon.cited(demand.t_per_yr, month) > 0 for month in horizon.steps)


@rule(*CHAIN_TABLES, "Contracts", "ContractLines", "Programmes")
def _demand_can_be_supplied(case: Case) -> Iterator[Finding]:
    """Every commodity that is demanded is bought, held or made by something, and not in a crisis alone."""
    chain = chain_of(case)
    lined = {line.source for line in case.contract_lines}
    levers = {p.programme for p in case.programmes if p.status == "contingency"}
    open_to_us = [s for s in case.sources if delivers(case, s) and (s.spot_share > 0 or s.source in lined) and s.programme not in levers]
    bought = [commodity for source in open_to_us for commodity in chain.split(source.material, source.form)]
    held = [(stock.material, stock.form) for stock in case.stocks if stock.opening_t > 0]
    running = {plant.plant for plant in case.plants if plant.status != "supplier" and plant.capacity_t_per_yr > 0}
    from_flows, all_ways = reachable(chain, bought, running), reachable(chain, [*bought, *held], running)
    for number, demand in enumerate(case.demands):
        if not wanted(case, demand):
            continue
        if (demand.material, demand.form) not in all_ways:
            mend = f"{_why_not(chain, (demand.material, demand.form), all_ways)} Add a source, a stock or a plant, or correct the names."
            expected = f"a way to supply {demand.material} as {demand.form}"
            yield Finding("Demand", number, "material", demand.material, expected, mend)
        elif (demand.material, demand.form) not in from_flows:
            mend = "Once the opening stock is used up nothing follows. Add a source or a plant."
            expected = f"a supply of {demand.material} as {demand.form} besides the opening stock"
            yield warning("Demand", number, "material", demand.material, expected, mend)


def _why_not(chain: Chain, commodity: Commodity, found: set[Commodity]) -> str:
    """In words: who could make it and what that lacks."""
    makers = [activity for activity in chain.activities if activity.outputs.get(commodity, 0) > 0]
    if not makers:
        return f"No source sells {commodity[0]} as {commodity[1]} and no plant makes it."
    lacking = next((c for c in makers[0].inputs if c not in found), None)
    lack = f"{lacking[0]} as {lacking[1]}, which nothing supplies" if lacking else "capacity"
    return f"No source sells {commodity[0]} as {commodity[1]}; '{makers[0].plant}' makes it but lacks {lack}."


@rule("Sources", "ContractLines", "Contracts", "Settings", "Assumptions")
def _sources_can_be_bought(case: Case) -> Iterator[Finding]:
    """What is not for sale without a contract needs one; a normal flow is within the maximum."""
    live = {contract.contract for contract in case.contracts if contract.status != "expired"}
    lined = {line.source for line in case.contract_lines if line.contract in live}
    horizon = Horizon(case)
    for number, source in enumerate(case.sources):
        most = max(horizon.cited(source.max_t_per_yr, month) for month in horizon.steps)
        if source.spot_share < 1 and source.source not in lined:
            mend = f"{1 - source.spot_share:.0%} of it needs a contract and no contract line names it. Add one, or raise the share."
            yield warning("Sources", number, "spot_share", source.spot_share, "a contract for what is not sold without one", mend)
        if source.normal_t_per_yr is not None and source.normal_t_per_yr > most:
            mend = f"The maximum of {most:g} t REO/yr is taken instead. Correct one of the two."
            yield warning("Sources", number, "normal_t_per_yr", source.normal_t_per_yr, "a normal flow within the maximum", mend)


@rule("Sources", "Plants", "CutOffs")
def _countries_are_spelt_in_one_way(case: Case) -> Iterator[Finding]:
    """A country that stands once only, and is nearly spelt as another, would escape that one's cut-off."""
    named = [country for source in case.sources for country in source.countries]
    elsewhere = [plant.country for plant in case.plants] + [country for cutoff in case.cutoffs for country in cutoff.countries]
    count = Counter((*named, *elsewhere))
    for number, source in enumerate(case.sources):
        for country in source.countries:
            near = nearest(country, [name for name in count if name != country]) if count[country] == 1 else ""
            if near:
                mend = f"Did you mean '{near}'? A cut-off of '{near}' does not hit it as it is spelt."
                yield warning("Sources", number, "countries", source.countries, "countries spelt in one way", mend)


CHAIN_RULES: tuple[Rule, ...] = (
    _plants_have_work,
    _plant_figures_agree,
    _recoveries_are_used,
    _one_tonne_one_origin,
    _demand_can_be_supplied,
    _sources_can_be_bought,
    _countries_are_spelt_in_one_way,
)
"""Materials, plants and supply."""
