"""What the planner states: one frozen record per sheet of the workbook; every field has unit, meaning, default.

All masses are tonnes of contained rare-earth oxide (t REO) unless a unit says otherwise. A *material* is an element, a
mixture (a feed with a composition) or a grade (a product with a recipe); a *commodity* is a material in a form.
A field typed ``float | str`` holds a number or the name of a row of the Assumptions sheet, whose value (by year) it
then takes: so what decides the answer is changed in one cell.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from models.columns import Month, column

ANY_ELEMENT = "Elements.element"
ANY_MATERIAL = "Elements.element|Compositions.mixture|Recipes.grade"
ASSUMED = "Assumptions.assumption"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What every row carries besides its figures: where they come from and how far to trust them."""

    reference: str = column("", "Where the figures of this row come from.", default="")
    dated: str = column("", "Date of the reference (year or year-month).", default="")
    confidence: str = column(
        "A / B / C",
        "A: seen in a named source. B: partly seen, or one step away. C: from memory or an analyst's judgement.",
        default="",
        choices=("A", "B", "C"),
    )
    note: str = column("", "Anything a reader of this row should know, such as a figure that was mended and why.", default="")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Calendar, discounting and solver defaults: one value per line of the sheet."""

    schema_version: int = column("", "Version of this workbook's layout.", default=1, at_least=1)
    title: str = column("", "Name of the case, printed on the report.")
    start: Month = column("month", "First month of the plan.")
    horizon_months: int = column("months", "Length of the plan.", at_least=1, at_most=600)
    fine_months: int = column("months", "From the start, this many months are periods of one month each.", default=0, at_least=0)
    coarse_period_months: int = column(
        "months", "Length of each period after the fine months (3: quarters, 12: years).", default=3, at_least=1, at_most=12
    )
    decision_every_months: int = column(
        "months",
        "Contracts are signed and plants decided on these dates only: the start, and every so many months after it.",
        default=6,
        at_least=1,
    )
    discount_rate_pct: float = column("%/yr", "Real discount rate.", default=0.0, at_least=0, at_most=50)
    discounting: str = column(
        "",
        "'middle': each period's money is discounted to its middle. 'start': to its first day, so that the first period is undiscounted.",
        default="middle",
        choices=("middle", "start"),
    )
    terminal_stock_share: float = column(
        "share",
        "Value of the stock left at the end of the plan, as a share of the lowest purchase price of that commodity.",
        default=0.0,
        at_least=0,
        at_most=1,
    )
    relative_gap_pct: float = column("%", "Stop when cost and bound are this close.", default=0.5, at_least=0, at_most=100)


@dataclass(frozen=True, kw_only=True)
class Assumption(Row):
    """A named number, the same for all years or by year, that rows of other sheets cite by name."""

    assumption: str = column("", "Name by which other sheets cite this number.")
    year: int | None = column("year", "Year in which the value applies; blank: all years not listed.", default=None)
    value: float = column("as cited", "The value. Between two listed years the earlier one goes on.")
    meaning: str = column("", "What is assumed, in words.", default="")


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
    usd_per_kg: float = column("USD/kg REO", "Price per kilogram of contained oxide in the first year of the plan.", at_least=0)
    growth_pct_per_yr: float = column("%/yr", "Change per year after the first.", default=0.0, at_least=-50, at_most=50)
    profile: float | str = column(
        "share", "Multiplier, or the assumption that gives it by year.", default=1.0, at_least=0, refers_to=ASSUMED
    )


@dataclass(frozen=True, kw_only=True)
class Source(Row):
    """A physical origin of one material in one form: a mine, refinery or trade that can deliver up to a limit.

    Contracts are rights to this output and share its limit; what needs a contract is not for sale without one beyond the
    spot share.
    """

    source: str = column("", "Name of this source, unique.")
    supplier: str = column("", "Who sells it.", default="")
    plant: str = column(
        "", "Supplier's plant whose start, ramp and total output limit this source; blank: none.", default="", refers_to="Plants.plant"
    )
    countries: tuple[str, ...] = column("a; b", "Every country that the material has passed; a cut-off of any of them cuts it.")
    material: str = column("", "Element, mixture or grade delivered.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form delivered.", refers_to="Forms.form")
    kind: str = column(
        "",
        "'term': an established supply that goes on at its normal flow in a crisis elsewhere. "
        "'spot': a thin market of which a crisis leaves only the cut-off's spot share.",
        default="term",
        choices=("term", "spot"),
    )
    max_t_per_yr: float = column("t REO/yr", "Most that can be had per year.", at_least=0)
    normal_t_per_yr: float | None = column(
        "t REO/yr",
        "Normal yearly flow in the first year of the plan; a cut-off's severity is a share of it. Blank: the maximum.",
        default=None,
        at_least=0,
    )
    growth_pct_per_yr: float = column(
        "%/yr", "Growth of normal flow and maximum per year after the first.", default=0.0, at_least=-50, at_most=50
    )
    availability: float | str = column(
        "share",
        "Share of the maximum that can be had, or the assumption that gives it by year.",
        default=1.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    surge: float | str | None = column(
        "share/yr",
        "How far deliveries can rise above normal flow per twelve months (0.15: +15 %), or the assumption that gives it. "
        "Blank: the base plan may buy up to the maximum, a crisis finds no more than the normal flow.",
        default=None,
        at_least=0,
        refers_to=ASSUMED,
    )
    spot_share: float = column("share", "Share of the limit that is for sale without a contract.", default=1.0, at_least=0, at_most=1)
    first_month: Month | None = column("month", "First month of delivery; blank: from the start.", default=None)
    last_month: Month | None = column("month", "Last month of delivery; blank: no end.", default=None)
    price_index: str = column("", "Price index that it is sold on.", refers_to="Prices.index")
    price_factor: float = column(
        "", "Multiplier on the index (1.05: 5 % premium; 0.75: 75 % of the basket's value).", default=1.0, at_least=0
    )
    freight_usd_per_kg: float = column("USD/kg REO", "Freight and insurance to the buyer.", default=0.0, at_least=0)


@dataclass(frozen=True, kw_only=True)
class Contract(Row):
    """An offtake agreement: on offer (the plan decides whether and when to sign) or in force."""

    contract: str = column("", "Name of the contract, unique.")
    supplier: str = column("", "Seller.", default="")
    status: str = column(
        "",
        "'on offer': the plan decides. 'in force': already signed. 'expired': kept for the record, ignored.",
        choices=("on offer", "in force", "expired"),
    )
    sign_from: Month | None = column("month", "Signing window opens; blank: at the start.", default=None)
    sign_to: Month | None = column("month", "Signing window closes; blank: at the end.", default=None)
    lead_months: int = column("months", "From signature to first delivery.", default=0, at_least=0)
    first_delivery: Month | None = column("month", "No delivery before this month; blank: no such limit.", default=None)
    tenor_years: int = column("years", "Deliveries go on for so long.", at_least=1, at_most=100)
    take_or_pay_share: float = column(
        "share of price",
        "Part of the price that is paid for each tonne of the minimum that is not lifted.",
        default=1.0,
        at_least=0,
        at_most=1,
    )
    upfront_usd_m: float = column(
        "million USD",
        "Prepayment, equity or loan at signature; charged as an annuity over the tenor. In force: already spent, 0.",
        default=0.0,
        at_least=0,
    )
    exclusive_group: str = column("", "At most one contract of the same group is signed.", default="")


@dataclass(frozen=True, kw_only=True)
class ContractLine(Row):
    """What a contract gives the right to: one source's output, with minimum and maximum per year.

    Minimum and maximum are given in tonnes, or as shares of the source's output of that year (then the plant's ramp
    counts). The minimum is paid, not received: lifting is free between 0 and the maximum.
    """

    contract: str = column("", "Contract.", refers_to="Contracts.contract")
    source: str = column("", "Source whose output it is a right to.", refers_to="Sources.source")
    min_t_per_yr: float = column("t REO/yr", "Tonnes to be paid per calendar year.", default=0.0, at_least=0)
    max_t_per_yr: float | None = column(
        "t REO/yr", "Most that may be lifted per year; blank: the source's output.", default=None, at_least=0
    )
    min_share: float = column(
        "share of output",
        "Minimum as a share of the source's output (used when larger than the tonnes).",
        default=0.0,
        at_least=0,
        at_most=1,
    )
    max_share: float = column("share of output", "Maximum as a share of the source's output.", default=1.0, at_least=0, at_most=1)
    price_index: str = column("", "Price index; blank: a fixed price.", default="", refers_to="Prices.index")
    discount_pct: float = column("%", "Discount on the index.", default=0.0, at_least=-100, at_most=100)
    fixed_usd_per_kg: float | None = column("USD/kg REO", "Fixed price where there is no index.", default=None, at_least=0)
    floor_usd_per_kg: float | None = column("USD/kg REO", "Lowest price paid for the line's basket.", default=None, at_least=0)
    cap_usd_per_kg: float | None = column("USD/kg REO", "Highest price paid for the line's basket.", default=None, at_least=0)


@dataclass(frozen=True, kw_only=True)
class Plant(Row):
    """A plant of the chain: the suppliers' (it limits their sources), existing ones the buyer can use, and candidates."""

    plant: str = column("", "Name of the plant, unique.")
    status: str = column(
        "",
        "'supplier': run by a supplier; it limits the sources that name it. 'existing': open to the buyer. "
        "'candidate': the plan decides whether and when.",
        choices=("supplier", "existing", "candidate"),
    )
    stage: str = column("", "What it does, for the reader (SX, metal, alloy, magnet, recycling).", default="")
    country: str = column("", "Where it stands; a cut-off of that country stops it.")
    input_form: str = column("", "Form taken in.", refers_to="Forms.form")
    output_form: str = column("", "Form given out.", refers_to="Forms.form")
    materials: tuple[str, ...] = column(
        "a; b",
        "Materials it handles: mixtures for a separation, elements for metal making, grades for alloy and magnet making. "
        "Blank: all that fit.",
        default=(),
        refers_to=ANY_MATERIAL,
    )
    capacity_t_per_yr: float = column(
        "t/yr", "Capacity of the plant, or of one unit of a candidate, in the tonnes of the next two columns.", at_least=0
    )
    capacity_basis: str = column(
        "",
        "Capacity and variable cost count what goes in ('feed') or what comes out ('output').",
        default="output",
        choices=("feed", "output"),
    )
    capacity_mass: str = column(
        "", "Tonnes of contained oxide ('REO') or of the form's own mass ('product').", default="REO", choices=("REO", "product")
    )
    share_for_buyer: float = column("share", "Share of the capacity that the buyer can use.", default=1.0, at_least=0, at_most=1)
    online: Month | None = column(
        "month", "First month of operation of a plant that exists or is being built; blank: before the start.", default=None
    )
    max_units: int = column("units", "A candidate can be built so many times.", default=1, at_least=1)
    exclusive_group: str = column("", "At most one unit is built in all plants of the same group (sizes of one project).", default="")
    permit_months: int = column("months", "From the decision to the start of building.", default=0, at_least=0)
    build_months: int = column("months", "Building time.", default=0, at_least=0)
    decide_from: Month | None = column("month", "Earliest decision; blank: the start.", default=None)
    decide_to: Month | None = column("month", "Latest decision; blank: the end.", default=None)
    ramp_pct: tuple[float, ...] = column(
        "%; %; ...",
        "Share of capacity in the first, second, ... year of operation; then the last one goes on.",
        default=(100.0,),
        at_least=0,
        at_most=100,
    )
    recovery: float = column("share", "Share of each element's contained oxide that reaches the output.", default=1.0, above=0, at_most=1)
    scrap_form: str = column("", "Form in which process scrap comes back; blank: none does.", default="", refers_to="Forms.form")
    scrap_return_share: float = column(
        "share", "Share of what does not reach the output that comes back as scrap.", default=0.0, at_least=0, at_most=1
    )
    capex_usd_m: float = column("million USD", "Capital cost of one unit of a candidate.", default=0.0, at_least=0)
    life_years: int = column("years", "Life over which the capital cost is charged as an annuity.", default=20, at_least=1)
    fixed_opex_usd_m_per_yr: float = column(
        "million USD/yr", "Fixed operating cost of the buyer's share (of one unit of a candidate) while it runs.", default=0.0, at_least=0
    )
    variable_opex_usd_per_kg: float = column(
        "USD/kg", "Variable cost per kilogram, on the basis and mass of the capacity.", default=0.0, at_least=0
    )


@dataclass(frozen=True, kw_only=True)
class Recovery(Row):
    """Recovery of one element in one plant, where it differs from the plant's own."""

    plant: str = column("", "Plant.", refers_to="Plants.plant")
    element: str = column("", "Element.", refers_to=ANY_ELEMENT)
    recovery: float = column("share", "Share of the element's contained oxide that reaches the output.", at_least=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class Stock(Row):
    """A store of one commodity: what lies there, what fits, what it costs."""

    store: str = column("", "Name of the store.")
    material: str = column("", "Element, mixture or grade held.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form in which it is held.", refers_to="Forms.form")
    opening_t: float = column("t REO", "Stock on the first day of the plan.", default=0.0, at_least=0)
    opening_share: float | str = column(
        "share",
        "Share of the opening stock that is really there, or the assumption that gives it.",
        default=1.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    capacity_t: float | None = column("t REO", "What fits in the first year; blank: no limit.", default=None, at_least=0)
    growth_pct_per_yr: float = column(
        "%/yr", "Growth of capacity per year after the first, where it follows demand.", default=0.0, at_least=-50, at_most=50
    )
    release_pct_per_month: float = column(
        "% of capacity / month", "Most that can be drawn in a month.", default=100.0, at_least=0, at_most=100
    )
    minimum_t: float = column("t REO", "Least stock at every period end of the base plan.", default=0.0, at_least=0)
    final_t: float = column("t REO", "Least stock at the end of the plan.", default=0.0, at_least=0)
    storage_usd_per_t_yr: float = column("USD/t REO/yr", "Storage cost on the stock at each period's end.", default=0.0, at_least=0)
    handling_usd_per_t: float = column(
        "USD/t REO", "Handling, in and out together; half is charged on the way in, half on the way out.", default=0.0, at_least=0
    )
    loss_pct_per_yr: float = column("%/yr", "Loss by oxidation and handling.", default=0.0, at_least=0, at_most=100)


@dataclass(frozen=True, kw_only=True)
class Demand(Row):
    """What one sector needs of one commodity."""

    sector: str = column("", "Who needs it.")
    material: str = column("", "Element or grade.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form.", refers_to="Forms.form")
    tier: int = column("", "Priority, 1 = highest; for sorting and subtotals in the report.", default=1, at_least=1)
    t_per_yr: float = column(
        "t/yr", "Demand in the first year of the plan, in tonnes of the form's own mass (REO, metal or product).", at_least=0
    )
    growth_pct_per_yr: float = column("%/yr", "Growth per year after the first.", default=0.0, at_least=-50, at_most=50)
    profile: float | str = column(
        "share", "Multiplier, or the assumption that gives it by year.", default=1.0, at_least=0, refers_to=ASSUMED
    )
    service_level: float = column(
        "share", "Share that is served in every month of a cut-off that must be survived.", default=1.0, at_least=0, at_most=1
    )
    protected: bool = column("yes / no", "no: reported, not protected; a cut-off may leave it unserved.", default=True)
    shortage_usd_per_kg: float = column(
        "USD/kg", "Cost of a kilogram (of the form's own mass) that is not served.", default=0.0, at_least=0
    )
    rationing: str = column(
        "",
        "In the base plan: 'no' serves all that supply allows; 'priced' may leave demand unserved at its shortage cost.",
        default="no",
        choices=("no", "priced"),
    )


@dataclass(frozen=True, kw_only=True)
class Sale(Row):
    """A market for surplus: by-products, contract minimums, stock rotated out."""

    material: str = column("", "Element, mixture or grade sold.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form sold.", refers_to="Forms.form")
    usd_per_kg: float = column("USD/kg REO", "Price received; below the cheapest purchase of that element in any form.", at_least=0)
    max_t_per_yr: float = column("t REO/yr", "Most that the market takes per year.", at_least=0)


@dataclass(frozen=True, kw_only=True)
class CutOff(Row):
    """A cut-off of supply: who, what, how much, how long, from when on it must be survived."""

    cutoff: str = column("", "Short name, unique.")
    name: str = column("", "What happens, in words.", default="")
    active: bool = column("yes / no", "no: kept for reference, not tested.", default=True)
    countries: tuple[str, ...] = column("a; b", "Countries that are cut.", default=())
    sources: tuple[str, ...] = column("a; b", "Single sources that are cut.", default=(), refers_to="Sources.source")
    plants: tuple[str, ...] = column(
        "a; b", "Plants that stop (a supplier's plant stops its sources).", default=(), refers_to="Plants.plant"
    )
    contracts: tuple[str, ...] = column("a; b", "Contracts that are not delivered.", default=(), refers_to="Contracts.contract")
    elements: tuple[str, ...] = column(
        "a; b", "Elements concerned; a mixture or grade that contains one is cut whole. Blank: all.", default=(), refers_to=ANY_ELEMENT
    )
    forms: tuple[str, ...] = column("a; b", "Forms concerned. Blank: all.", default=(), refers_to="Forms.form")
    severity: float = column("share", "Share of the normal flow that is cut.", at_least=0, at_most=1)
    months: int = column("months", "Length of the cut.", at_least=1, at_most=36)
    return_months: int = column("months", "After the cut, supply comes back evenly over so many months.", default=0, at_least=0, at_most=36)
    first_start: Month | None = column("month", "Every start from here on must be survived; blank: as early as can be found.", default=None)
    latest_first_start: Month | None = column("month", "Where the first start is to be found: no later than this month.", default=None)
    last_start: Month | None = column("month", "Last start to be survived; blank: the end of the plan.", default=None)
    spot_availability: float | str = column(
        "share",
        "Share of the monthly limit of spot sources elsewhere that can still be had, or the assumption that gives it.",
        default=0.25,
        at_least=0,
        refers_to=ASSUMED,
    )
    spot_price_multiplier: float = column("", "Multiplier on spot prices elsewhere during the crisis.", default=1.0, at_least=0)
    must_survive: bool = column("yes / no", "no: tested and reported, not required.", default=True)


@dataclass(frozen=True, kw_only=True)
class DemandReference(Row):
    """A published or derived total that the workbook's demand is reconciled with by `validate`."""

    element: str = column("", "Element.", refers_to=ANY_ELEMENT)
    t_per_yr: float = column("t REO/yr", "Reference total of this element's demand, all forms, in the first year of the plan.", at_least=0)
    tolerance_pct: float = column("%", "A larger difference is reported.", default=5.0, at_least=0)
    reason: str = column("", "Why the two may differ by more.", default="")


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
        "Assumptions", Assumption, "What decides the answer, one named number each.", ("assumption", "year")
    )
    elements: tuple[Element, ...] = sheet("Elements", Element, "The elements followed.", ("element",), required=True)
    forms: tuple[Form, ...] = sheet("Forms", Form, "The forms of the chain.", ("form",), required=True)
    compositions: tuple[Composition, ...] = sheet("Compositions", Composition, "What mixtures contain.", ("mixture", "element"))
    recipes: tuple[Recipe, ...] = sheet("Recipes", Recipe, "What product grades contain.", ("grade", "element"))
    demands: tuple[Demand, ...] = sheet("Demand", Demand, "Who needs what.", ("sector", "material", "form"), required=True)
    prices: tuple[Price, ...] = sheet("Prices", Price, "Price indices.", ("index", "material", "form"))
    sources: tuple[Source, ...] = sheet("Sources", Source, "Where material comes from.", ("source",))
    contracts: tuple[Contract, ...] = sheet("Contracts", Contract, "Offtake agreements, in force and on offer.", ("contract",))
    contract_lines: tuple[ContractLine, ...] = sheet(
        "ContractLines", ContractLine, "What each contract gives the right to.", ("contract", "source")
    )
    plants: tuple[Plant, ...] = sheet("Plants", Plant, "Plants: suppliers', existing, candidates.", ("plant",))
    recoveries: tuple[Recovery, ...] = sheet("Recoveries", Recovery, "Recoveries by element.", ("plant", "element"))
    stocks: tuple[Stock, ...] = sheet("Stocks", Stock, "Stores and opening stocks.", ("store", "material", "form"))
    sales: tuple[Sale, ...] = sheet("Sales", Sale, "Markets for surplus.", ("material", "form"))
    cutoffs: tuple[CutOff, ...] = sheet("CutOffs", CutOff, "What must be survived.", ("cutoff",))
    demand_references: tuple[DemandReference, ...] = sheet(
        "DemandReference", DemandReference, "Totals to reconcile demand with.", ("element",)
    )


def sheets_of_case() -> tuple[dataclasses.Field[Any], ...]:
    """The sheets of the workbook, in order; metadata gives sheet, record, meaning, key."""
    return dataclasses.fields(Case)
