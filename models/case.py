"""What the planner states: a case is one frozen record per sheet of the workbook, and nothing derived.

All masses are tonnes of contained rare-earth oxide (t REO) unless a unit says otherwise. A *material* is an element, a
mixture (a feed with a composition) or a grade (a product with a recipe); a *commodity* is a material in a form.
A field typed ``float | str`` holds a number or the name of a row of the Assumptions sheet, whose value (by year
or month) it then takes: so what decides the answer is changed in one cell. The records stand in `models.sheets`, by subject.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from models.sheets.calendar import Assumption, Currency, Settings, SettingSource
from models.sheets.crises import CutOff
from models.sheets.deals import Contract, ContractLine, Financing, VolumeDiscount
from models.sheets.materials import Composition, Element, Form, Price, Recipe
from models.sheets.needs import Demand, DemandReference, Programme, ProgrammeEffect
from models.sheets.negotiable import Negotiable
from models.sheets.residues import Residue, ResidueSite
from models.sheets.routes import Route
from models.sheets.row import ANY_ELEMENT, ANY_MATERIAL, ASSUMED, Row
from models.sheets.rules import Budget, Ceiling, Count, Fix
from models.sheets.stores import Stock, Store
from models.sheets.supply import PriceTier, Sale, Source
from models.sheets.works import CapexPoint, Fraction, Plant, PlantRate, Recovery

__all__ = [
    "ANY_ELEMENT",
    "ANY_MATERIAL",
    "ASSUMED",
    "Assumption",
    "Budget",
    "CapexPoint",
    "Case",
    "Ceiling",
    "Composition",
    "Contract",
    "ContractLine",
    "Count",
    "Currency",
    "CutOff",
    "Demand",
    "DemandReference",
    "Element",
    "Financing",
    "Fix",
    "Form",
    "Fraction",
    "Negotiable",
    "Plant",
    "PlantRate",
    "Price",
    "PriceTier",
    "Programme",
    "ProgrammeEffect",
    "Recipe",
    "Recovery",
    "Residue",
    "ResidueSite",
    "Route",
    "Row",
    "Sale",
    "SettingSource",
    "Settings",
    "Source",
    "Stock",
    "Store",
    "VolumeDiscount",
    "sheet",
    "sheets_of_case",
]


def sheet(name: str, record: type, meaning: str, key: tuple[str, ...] = (), required: bool = False) -> Any:
    """A field of `Case` that is a sheet: its name, record, meaning, and the columns that name a row uniquely."""
    metadata = {"sheet": name, "record": record, "meaning": meaning, "key": key, "required": required}
    if required:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=(), metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A whole case: what the workbook says, nothing derived. Field order is sheet order."""

    settings: Settings = sheet("Settings", Settings, "Calendar and money.", required=True)
    assumptions: tuple[Assumption, ...] = sheet(
        "Assumptions", Assumption, "What decides the answer, one named number each.", ("assumption", "year", "month")
    )
    currencies: tuple[Currency, ...] = sheet("Currencies", Currency, "What currencies are worth in US dollars.", ("currency",))
    elements: tuple[Element, ...] = sheet("Elements", Element, "The elements followed.", ("element",), required=True)
    forms: tuple[Form, ...] = sheet("Forms", Form, "The forms of the chain.", ("form",), required=True)
    compositions: tuple[Composition, ...] = sheet("Compositions", Composition, "What mixtures contain.", ("mixture", "element"))
    recipes: tuple[Recipe, ...] = sheet("Recipes", Recipe, "What product grades contain.", ("grade", "element"))
    demands: tuple[Demand, ...] = sheet("Demand", Demand, "Who needs what.", ("sector", "material", "form"), required=True)
    programmes: tuple[Programme, ...] = sheet(
        "Programmes", Programme, "Substitution, thrifting, other recipes, collection, crisis levers.", ("programme",)
    )
    programme_effects: tuple[ProgrammeEffect, ...] = sheet(
        "ProgrammeEffects",
        ProgrammeEffect,
        "What each programme does to which demand.",
        ("programme", "sector", "material", "form"),
    )
    prices: tuple[Price, ...] = sheet("Prices", Price, "Price indices.", ("index", "material", "form"))
    sources: tuple[Source, ...] = sheet("Sources", Source, "Where material comes from.", ("source",))
    price_tiers: tuple[PriceTier, ...] = sheet("PriceTiers", PriceTier, "What sources ask for more.", ("source", "upto_t_per_yr"))
    contracts: tuple[Contract, ...] = sheet("Contracts", Contract, "Offtake agreements, in force and on offer.", ("contract",))
    contract_lines: tuple[ContractLine, ...] = sheet(
        "ContractLines", ContractLine, "What each contract gives the right to.", ("contract", "source")
    )
    volume_discounts: tuple[VolumeDiscount, ...] = sheet(
        "VolumeDiscounts", VolumeDiscount, "What larger liftings cost less.", ("contract", "source", "from_t_per_yr")
    )
    financings: tuple[Financing, ...] = sheet(
        "Financing", Financing, "Money put up when contracts are signed, and what it buys.", ("financing",)
    )
    plants: tuple[Plant, ...] = sheet("Plants", Plant, "Plants: suppliers', existing, candidates.", ("plant",))
    capex_curve: tuple[CapexPoint, ...] = sheet(
        "CapexCurve", CapexPoint, "Capital cost of candidates by size.", ("plant", "capacity_t_per_yr")
    )
    recoveries: tuple[Recovery, ...] = sheet("Recoveries", Recovery, "Recoveries by element.", ("plant", "element"))
    plant_rates: tuple[PlantRate, ...] = sheet(
        "PlantRates", PlantRate, "What each material takes of a plant's capacity, costs and yields.", ("plant", "material")
    )
    fractions: tuple[Fraction, ...] = sheet(
        "Fractions", Fraction, "Mixtures that leave a separation as they are.", ("plant", "material", "fraction")
    )
    residues: tuple[Residue, ...] = sheet(
        "Residues", Residue, "What processing leaves behind and must be placed.", ("residue", "plant", "material")
    )
    residue_sites: tuple[ResidueSite, ...] = sheet("ResidueSites", ResidueSite, "Interim stores and disposal cells of residue.", ("site",))
    stores: tuple[Store, ...] = sheet("Stores", Store, "Stores as a whole: owner, place, shared capacity.", ("store",))
    stocks: tuple[Stock, ...] = sheet("Stocks", Stock, "What lies in each store, what fits, what it costs.", ("store", "material", "form"))
    routes: tuple[Route, ...] = sheet("Routes", Route, "Ways between those who give and those who take.", ("route",))
    sales: tuple[Sale, ...] = sheet("Sales", Sale, "Markets for surplus.", ("material", "form"))
    cutoffs: tuple[CutOff, ...] = sheet("CutOffs", CutOff, "What must be survived.", ("cutoff",))
    fixes: tuple[Fix, ...] = sheet(
        "Fixes",
        Fix,
        "Decisions that the planner forces, forbids or bounds.",
        ("decision", "name", "material", "form", "action", "month", "year"),
    )
    ceilings: tuple[Ceiling, ...] = sheet(
        "Ceilings", Ceiling, "The most that one country may deliver.", ("country", "form", "elements", "from_year")
    )
    counts: tuple[Count, ...] = sheet("Counts", Count, "How many of some contracts, plants or sources are taken.", ("rule",))
    budgets: tuple[Budget, ...] = sheet("Budgets", Budget, "Money that may be committed or spent per year.", ("budget", "year"))
    negotiables: tuple[Negotiable, ...] = sheet(
        "Negotiable", Negotiable, "Where no plan survives: what could be other than it is, and at what cost.", ("repair",)
    )
    demand_references: tuple[DemandReference, ...] = sheet(
        "DemandReference", DemandReference, "Totals to reconcile demand with.", ("element",)
    )


def sheets_of_case() -> tuple[dataclasses.Field[Any], ...]:
    """The sheets of the workbook, in order; metadata gives sheet, record, meaning, key."""
    return dataclasses.fields(Case)
