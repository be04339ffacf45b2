"""What flows: elements, forms, what mixtures and grades contain, what they cost."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column
from models.sheets.row import ANY_ELEMENT, ANY_MATERIAL, ASSUMED, CURRENCY, DOLLARS, Row


@dataclass(frozen=True, kw_only=True)
class Element(Row):
    """An element that the plan follows."""

    element: str = column("", "Symbol or short name, used on all other sheets.")
    name: str = column("", "Full name.", default="")
    group: str = column("", "Group for subtotals in the report, for example light or heavy.", default="")
    oxide_per_metal: float = column("kg oxide / kg metal", "Mass of oxide that contains one kilogram of the element.", default=1.0, above=0)


@dataclass(frozen=True, kw_only=True)
class Form(Row):
    """A stage of the chain in which material is traded, held or used."""

    form: str = column("", "Name of the form, for example oxide.")
    position: int = column("", "Place in the chain, 1 = first; used for sorting only.", at_least=0)
    holds: str = column(
        "",
        "'elements': one commodity per element; a mixture that arrives in this form is counted as its elements. "
        "'mixtures': one commodity per mixture or grade, which keeps its composition.",
        choices=("elements", "mixtures"),
    )
    mass: str = column(
        "",
        "What a tonne of product is: 'REO' (contained oxide), 'metal' (contained metal) or 'product' (the grade's whole mass).",
        default="REO",
        choices=("REO", "metal", "product"),
    )
    disposal_usd_per_t: float = column("USD/t REO", "Cost of getting rid of one tonne of surplus in this form.", default=0.0, at_least=0)


@dataclass(frozen=True, kw_only=True)
class Composition(Row):
    """Share of one element in a mixture (feed, concentrate, carbonate, scrap)."""

    mixture: str = column("", "Name of the mixture.")
    element: str = column("", "Element in it.", refers_to=ANY_ELEMENT)
    share: float = column("share of REO", "Share of this element; the shares of a mixture sum to 1.", at_least=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class Recipe(Row):
    """Bill of materials of a product grade: one element's mass in it."""

    grade: str = column("", "Name of the grade, for example a magnet grade.")
    element: str = column("", "Element in it.", refers_to=ANY_ELEMENT)
    kg_per_kg: float = column("kg metal / kg product", "Metal of this element in one kilogram of product.", above=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class Price(Row):
    """A price index for one material in one form."""

    index: str = column("", "Name of the index, for example FOB China.")
    material: str = column("", "Element, mixture or grade.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form in which it is priced.", refers_to="Forms.form")
    usd_per_kg: float = column(
        "USD/kg REO", "Price per kilogram of contained oxide in the first year of the plan, in the row's currency.", at_least=0
    )
    currency: str = column("", "Currency of the price.", default=DOLLARS, refers_to=CURRENCY)
    growth_pct_per_yr: float = column("%/yr", "Change per year after the first.", default=0.0, at_least=-50, at_most=50)
    profile: float | str = column(
        "share", "Multiplier, or the assumption that gives it by year.", default=1.0, at_least=0, refers_to=ASSUMED
    )
