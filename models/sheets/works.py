"""Plants: the suppliers', existing ones and candidates."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_ELEMENT, ANY_MATERIAL, ASSUMED, CURRENCY, DOLLARS, Row


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
        "Capacity counts what goes in ('feed') or what comes out ('output'); variable cost too unless cost_basis says otherwise.",
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
    offline: Month | None = column(
        "month", "Last month of operation of a plant that exists or is a supplier's; blank: it runs to the end of the plan.", default=None
    )
    may_stop: str = column(
        "",
        "Whether the plan may stop an existing plant on a decision date. 'retire': close it for good. 'mothball': also keep it idle, "
        "and restart it.",
        default="no",
        choices=("no", "retire", "mothball"),
    )
    mothball_opex_share: float = column(
        "share", "Share of the fixed operating cost that is paid while it is mothballed.", default=0.0, at_least=0, at_most=1
    )
    restart_months: int = column("months", "From the decision to restart it to the first month of operation.", default=0, at_least=0)
    restart_usd_m: float = column("million USD", "Cost of restarting it once.", default=0.0, at_least=0)
    retire_usd_m: float = column("million USD", "Cost of closing it for good.", default=0.0, at_least=0)
    max_units: int = column("units", "A candidate can be built so many times.", default=1, at_least=1)
    exclusive_group: str = column("", "At most one unit is built in all plants of the same group (sizes of one project).", default="")
    requires: tuple[str, ...] = column(
        "a; b",
        "Plants, contracts and programmes without which a candidate is not built: there already, or decided at the same date or before.",
        default=(),
        refers_to="Plants.plant|Contracts.contract|Programmes.programme",
    )
    permit_months: int = column("months", "From the decision to the start of building.", default=0, at_least=0)
    build_months: int = column("months", "Building time.", default=0, at_least=0)
    equipment_countries: tuple[str, ...] = column(
        "a; b",
        "Countries that its equipment comes from: a cut-off of one of them delays a plant that is not yet on line.",
        default=(),
    )
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
    transit_months: float = column(
        "months",
        "Tolling: out and back together, so much later comes out what goes in. Its fee is the variable cost; what is tolled stays the "
        "buyer's. On the first day of the plan nothing is under way.",
        default=0.0,
        at_least=0,
        at_most=36,
    )
    scrap_form: str = column("", "Form in which process scrap comes back; blank: none does.", default="", refers_to="Forms.form")
    scrap_return_share: float = column(
        "share", "Share of what does not reach the output that comes back as scrap.", default=0.0, at_least=0, at_most=1
    )
    currency: str = column(
        "",
        "Currency of the plant's costs: capital, fixed, variable (also on the sheet PlantRates), restart and closing.",
        default=DOLLARS,
        refers_to=CURRENCY,
    )
    capex_usd_m: float = column("million USD", "Capital cost of one unit of a candidate.", default=0.0, at_least=0)
    spend_pct: tuple[float, ...] = column(
        "%; %; ...",
        "Share of the capital cost that is spent in the first, second, ... year of building, evenly over its months. "
        "Blank: evenly over the whole building time.",
        default=(),
        at_least=0,
        at_most=100,
    )
    life_years: int = column("years", "Life over which the capital cost is charged as an annuity.", default=20, at_least=1)
    fixed_opex_usd_m_per_yr: float = column(
        "million USD/yr", "Fixed operating cost of the buyer's share (of one unit of a candidate) while it runs.", default=0.0, at_least=0
    )
    cost_basis: str = column(
        "",
        "Variable cost counts what goes in ('feed'), what comes out ('output'), or the same as the capacity ('capacity').",
        default="capacity",
        choices=("capacity", "feed", "output"),
    )
    variable_opex_usd_per_kg: float | str = column(
        "USD/kg",
        "Variable cost per kilogram counted by cost_basis, in the mass of the capacity, or the assumption that gives it by period.",
        default=0.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    availability: float | str = column(
        "share",
        "Share of the capacity that runs (maintenance, licences, power), or the assumption that gives it by period. "
        "A supplier's plant limits its sources by it, as by its ramp.",
        default=1.0,
        at_least=0,
        refers_to=ASSUMED,
    )


@dataclass(frozen=True, kw_only=True)
class CapexPoint(Row):
    """Capital cost of a candidate at one size; between two sizes it is linear. The plant's own capital cost is not used."""

    plant: str = column("", "Candidate that is built once, at any size from its smallest row to its largest.", refers_to="Plants.plant")
    capacity_t_per_yr: float = column("t/yr", "Size, in the tonnes of the plant's capacity.", above=0)
    capex_usd_m: float = column("million USD", "Capital cost of this size.", at_least=0)


@dataclass(frozen=True, kw_only=True)
class Recovery(Row):
    """Recovery of one element in one plant, where it differs from the plant's own."""

    plant: str = column("", "Plant.", refers_to="Plants.plant")
    element: str = column("", "Element.", refers_to=ANY_ELEMENT)
    recovery: float = column("share", "Share of the element's contained oxide that reaches the output.", at_least=0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class PlantRate(Row):
    """What one material takes, costs and yields in a plant, where it differs from the plant's own figures.

    So several elements can share one capacity at different rates: hours of a mill, say, of which each takes its own number.
    """

    plant: str = column("", "Plant of the chain, existing or candidate.", refers_to="Plants.plant")
    material: str = column("", "What the plant handles: the mixture, element or grade.", refers_to=ANY_MATERIAL)
    capacity_use: float | None = column(
        "capacity / t REO",
        "Capacity taken by a tonne of contained oxide that goes in, in the units of the plant's capacity (hours, if that is in hours). "
        "Blank: as the basis and mass of the capacity say.",
        default=None,
        above=0,
    )
    variable_opex_usd_per_kg: float | str | None = column(
        "USD/kg",
        "Variable cost per kilogram, on the basis and mass of the plant's capacity, or the assumption that gives it by period. "
        "Blank: the plant's.",
        default=None,
        at_least=0,
        refers_to=ASSUMED,
    )
    recovery: float | None = column(
        "share",
        "Share of the contained oxide that reaches the output. Blank: the plant's. A row of Recoveries goes before it.",
        default=None,
        above=0,
        at_most=1,
    )


@dataclass(frozen=True, kw_only=True)
class Fraction(Row):
    """A partial separation: these elements of a feed leave the plant together, as a mixture; all others leave separated."""

    plant: str = column("", "Separation plant, existing or candidate.", refers_to="Plants.plant")
    material: str = column("", "The mixture that is fed.", refers_to="Compositions.mixture|Recipes.grade")
    fraction: str = column(
        "",
        "The mixture that comes out; it has a composition of its own, which must be that of these elements in the feed times their "
        "recoveries.",
        refers_to="Compositions.mixture",
    )
    form: str = column("", "Form in which it comes out, one that holds mixtures.", refers_to="Forms.form")
    elements: tuple[str, ...] = column("a; b", "Elements of the feed that stay together in it.", refers_to=ANY_ELEMENT)
