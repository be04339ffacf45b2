"""What the optimizer answers: one frozen record per table of the plan; every field has unit and meaning.

Tonnes are contained oxide (t REO). ``run`` is ``base`` or ``CUTOFF@YYYY-MM`` (one pattern's recourse); ``period`` is the
first month of a slot of that run and ``months`` its length. Amounts are totals of the slot, levels are at its end.
Money in the cost tables is million USD, discounted to the start of the plan unless a name says otherwise.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from models.columns import Month, column


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How sure the answer is."""

    schema_version: int = column("", "Version of the plan's layout.")
    title: str = column("", "Name of the case.")
    input_sha256: str = column("", "SHA-256 of the workbook's values.")
    unknown_length: bool = column(
        "yes / no", "Asked for: one schedule must serve every length of each cut-off up to its own.", default=False
    )
    calendar: str = column(
        "",
        "Length of the periods that was asked for: as the workbook says, or all of one length.",
        default="workbook",
        choices=("workbook", "month", "quarter", "year"),
    )
    relative_gap_pct: float | None = column("%", "Gap that was asked for; empty: the workbook's.", default=None)
    locked: str = column(
        "",
        "Decisions taken over from a plan read back: 'nothing', 'all', or 'before' a month; cost and bound are of the rest.",
        default="nothing",
    )
    status: str = column(
        "",
        "'certified': survives all patterns, within the gap. 'limit': a limit was reached, survives all patterns. "
        "'unproven': a limit was reached, some patterns are not passed. 'impossible': no plan survives.",
        choices=("certified", "limit", "unproven", "impossible"),
    )
    cost_usd_m: float = column("million USD", "Discounted cost of the plan.")
    bound_usd_m: float = column("million USD", "No plan can cost less than this.")
    gap_pct: float = column("%", "(cost - bound) / cost.")
    unprotected_cost_usd_m: float | None = column("million USD", "Cost of the cheapest plan that need survive nothing.", default=None)
    expected_crisis_usd_m: float = column(
        "million USD",
        "Part of the cost: what crises are expected to cost, one at a time, where cut-offs have a chance; discounted.",
        default=0.0,
    )
    crisis_cvar_usd_m: float | None = column(
        "million USD",
        "Mean cost of the worst crises of all cut-offs that have a chance (of all, where none has), at the level that the settings say; "
        "undiscounted.",
        default=None,
    )
    largest_violation: float = column("", "Largest violation of a rule found by the re-computation.", default=0.0)
    patterns_tested: int = column("", "Patterns (cut-off, start) tested by their recourse LP.", default=0)
    patterns_passed: int = column("", "Of these, passed.", default=0)
    patterns_in_model: int = column("", "Patterns that the optimised model held.", default=0)
    missing_t: float | None = column(
        "t REO", "Where no plan survives: missing in the plan that lacks least, all patterns that must be survived together.", default=None
    )
    least_missing_t: float | None = column(
        "t REO",
        "Where no plan survives: no plan that survives as early lacks less than this in these patterns, by the solver's bound, which "
        "was found twice.",
        default=None,
    )
    rows: int = column("", "Rows of the optimised model.", default=0)
    columns: int = column("", "Columns of the optimised model.", default=0)
    nonzeros: int = column("", "Non-zeros of the optimised model.", default=0)
    seed: int = column("", "Random seed of the solver.", default=0)
    threads: int = column("", "Threads of the solver.", default=1)
    versions: str = column("", "Versions of the product, the solver and the modelling library.", default="")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A contract that is in force or is signed."""

    contract: str = column("", "Contract.")
    signed: Month = column("month", "Signature (in force: the start of the plan).")
    first_delivery: Month = column("month", "First month of delivery.")
    last_delivery: Month = column("month", "Last month of delivery.")
    decided: bool = column("yes / no", "no: it was in force already.")


@dataclass(frozen=True, kw_only=True)
class Financed:
    """Money that is put up with the signature of a contract."""

    financing: str = column("", "Financing.")
    contract: str = column("", "Contract.")
    signed: Month = column("month", "Month in which it is put up.")
    decided: bool = column("yes / no", "yes: it was optional and is taken. no: it goes with the signature.")
    usd_m: float = column("million USD", "Put up, undiscounted.")
    net_usd_m: float = column("million USD", "Less the present value, at signature, of what comes back.")
    extra_max_t_per_yr: float = column("t REO/yr", "Extra right that it buys.")


@dataclass(frozen=True, kw_only=True)
class Construction:
    """A candidate plant that is built."""

    plant: str = column("", "Plant.")
    units: int = column("units", "Units built at this date.")
    decided: Month = column("month", "Decision.")
    online: Month = column("month", "First month of operation.")
    size_t_per_yr: float | None = column(
        "t/yr", "Size that was chosen on the plant's cost curve, the whole plant; empty: units of a fixed size.", default=None
    )
    capacity_t_per_yr: float = column("t/yr", "Capacity when fully ramped up, all units, buyer's share.")
    capex_usd_m: float = column("million USD", "Capital cost as it is spent, undiscounted.")


@dataclass(frozen=True, kw_only=True)
class PlantState:
    """What an existing plant that may stop does from a decision date on, to the next row of the plant."""

    plant: str = column("", "Plant.")
    since: Month = column("month", "First month of this state (first row: the start of the plan).")
    state: str = column("", "What it does.", choices=("running", "mothballed", "closed"))
    capacity_from: Month | None = column(
        "month", "First month in which it can run, after a restart; empty where it does not run.", default=None
    )


@dataclass(frozen=True, kw_only=True)
class ProgrammeStart:
    """A candidate programme that is started."""

    programme: str = column("", "Programme.")
    decided: Month = column("month", "Decision.")
    first_effect: Month = column("month", "First month of effect.")
    capex_usd_m: float = column("million USD", "Spent at the decision, undiscounted.")


@dataclass(frozen=True, kw_only=True)
class Bought:
    """Material bought without a contract."""

    run: str = column("", "Run.")
    source: str = column("", "Source.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    bought_t: float = column("t REO", "Bought.")
    limit_t: float = column("t REO", "What this source could sell without a contract in the slot.")
    usd_per_kg: float = column("USD/kg REO", "Mean price, without freight and order cost.")
    order_usd_m: float = column("million USD", "Fixed cost of the order, undiscounted; 0 where there is none.", default=0.0)


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """Material lifted under a contract."""

    run: str = column("", "Run.")
    contract: str = column("", "Contract.")
    source: str = column("", "Source of the line.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    lifted_t: float = column("t REO", "Lifted.")
    limit_t: float = column("t REO", "Most that could be lifted in the slot.")
    usd_per_kg: float = column("USD/kg REO", "Price, without freight.")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What arrives of a source that ships: ordered in the run, or under way when it began."""

    run: str = column("", "Run.")
    source: str = column("", "Source.")
    contract: str = column("", "Contract under which it was lifted; empty: bought without one.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    arrived_t: float = column("t REO", "Arrived.")
    cargo_t: float = column("t REO", "Of this, under way when the run began.")


@dataclass(frozen=True, kw_only=True)
class Unlifted:
    """Contract minimum that is paid and not lifted; in a recourse, of the months of its window."""

    run: str = column("", "Run.", default="base")
    contract: str = column("", "Contract.")
    source: str = column("", "Source of the line.")
    year: int = column("year", "Calendar year, or the one in which the contract year begins.")
    minimum_t: float = column("t REO", "Minimum of the year.")
    lifted_t: float = column("t REO", "Lifted in the year.")
    unlifted_t: float = column("t REO", "Paid and not lifted.")
    usd_per_kg: float = column("USD/kg REO", "Paid per kilogram not lifted.")


@dataclass(frozen=True, kw_only=True)
class Rebate:
    """What a contract gives back where the index is above its trigger."""

    contract: str = column("", "Contract.")
    source: str = column("", "Source of the line.")
    year: int = column("year", "Calendar year, or the one in which the contract year begins.")
    lifted_t: float = column("t REO", "Lifted while the index was above the trigger.")
    entitled_usd_m: float = column("million USD", "Share of the excess on these tonnes, before the cap; undiscounted.")
    cap_usd_m: float | None = column("million USD", "Most that is given back for the year; empty: no cap.", default=None)
    rebate_usd_m: float = column("million USD", "Given back, undiscounted.")


@dataclass(frozen=True, kw_only=True)
class MadeUp:
    """Tonnes of a minimum that were paid in one year and lifted in a later one."""

    contract: str = column("", "Contract.")
    source: str = column("", "Source of the line.")
    paid_year: int = column(
        "year", "Year in which it was paid and not lifted: the calendar year, or that in which the contract year begins."
    )
    year: int = column("year", "Year in which it is lifted, likewise.")
    made_up_t: float = column("t REO", "Lifted on top of the year's minimum.")
    credit_usd_per_kg: float = column("USD/kg REO", "Credited against the price of these tonnes.")


@dataclass(frozen=True, kw_only=True)
class Discounted:
    """Tonnes lifted above a step of a volume discount."""

    contract: str = column("", "Contract.")
    source: str = column("", "Source of the line.")
    year: int = column("year", "Calendar year, or the one in which the contract year begins.")
    from_t: float = column("t REO", "Step above which the tonnes lie.")
    discounted_t: float = column("t REO", "Lifted between this step and the next.")
    saving_usd_per_kg: float = column("USD/kg REO", "Less than the line's price.")


@dataclass(frozen=True, kw_only=True)
class Processed:
    """Material put through a plant."""

    run: str = column("", "Run.")
    plant: str = column("", "Plant.")
    material: str = column("", "What goes in (separation, metal making, magnet making) or what comes out (alloy making from elements).")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    processed_t: float = column("t REO", "Contained oxide that goes in.")


@dataclass(frozen=True, kw_only=True)
class PlantUse:
    """How full a plant is."""

    run: str = column("", "Run.")
    plant: str = column("", "Plant.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    used_t: float = column("t", "Capacity used, in the plant's own tonnes.")
    capacity_t: float = column("t", "Capacity available, in the plant's own tonnes.")


@dataclass(frozen=True, kw_only=True)
class Tolled:
    """What comes back from a toll plant: out and back takes its transit months."""

    run: str = column("", "Run.")
    plant: str = column("", "Toll plant.")
    material: str = column("", "What was sent.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    returned_t: float = column(
        "t REO", "Counted as it was sent: what went in so much earlier and comes out in the slot, less what a cut-off takes of it."
    )


@dataclass(frozen=True, kw_only=True)
class CellsBuilt:
    """Disposal cells for residue that are built."""

    site: str = column("", "Site.")
    units: int = column("units", "Cells built at this date.")
    decided: Month = column("month", "Decision.")
    ready: Month = column("month", "First month in which they can be filled: in the periods that begin from it on.")
    capacity_t: float = column("t", "What they hold together.")
    capex_usd_m: float = column("million USD", "Capital cost, undiscounted.")


@dataclass(frozen=True, kw_only=True)
class ResiduePlaced:
    """Residue that arises in a plant, and where it is placed."""

    run: str = column("", "Run.")
    residue: str = column("", "Residue.")
    plant: str = column("", "Plant in which it arises.")
    site: str = column("", "Site at which it is placed.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    placed_t: float = column("t", "Residue placed.")


@dataclass(frozen=True, kw_only=True)
class ResidueLevel:
    """A site of residue over time; tonnes of residue."""

    run: str = column("", "Run.")
    site: str = column("", "Site.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    opening_t: float = column("t", "In the interim store at the start of the slot.")
    placed_t: float = column("t", "Placed there in the slot.")
    disposed_t: float = column("t", "Disposed of in cells in the slot.")
    level_t: float = column("t", "In the interim store at the end of the slot.")
    filled_t: float = column("t", "In the cells at the end of the slot.")
    cells_t: float = column("t", "What the cells hold that are ready by then.")


@dataclass(frozen=True, kw_only=True)
class StockLevel:
    """A store over time."""

    run: str = column("", "Run.")
    store: str = column("", "Store.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    opening_t: float = column("t REO", "Level at the start of the slot.")
    added_t: float = column("t REO", "Put in.")
    drawn_t: float = column("t REO", "Taken out.")
    lost_t: float = column("t REO", "Lost.")
    level_t: float = column("t REO", "Level at the end of the slot.")
    expired_t: float = column("t REO", "Written off: too old, and of no use.", default=0.0)


@dataclass(frozen=True, kw_only=True)
class StockAge:
    """How old what lies in a store of limited shelf life is, in the base plan; first in, first out."""

    store: str = column("", "Store.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    period: Month = column("month", "First month of the slot at whose end it is told.")
    put_in: Month | None = column("month", "Month in which it was put in; empty: stock of the first day.", default=None)
    age_months: int = column("months", "Age at the end of the slot, from the first day of the month in which it was put in.")
    level_t: float = column("t REO", "Of what was put in then, still there at the end of the slot.")


@dataclass(frozen=True, kw_only=True)
class StockTarget:
    """What must lie in a store by year, so that every pattern that begins in it is survived; the plan may hold more."""

    store: str = column("", "Store.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    year: int = column("year", "Calendar year.")
    target_t: float = column(
        "t REO", "Most that is needed at a start of this year: with the stocks of least value that survive each start."
    )
    days_of_cover: float | None = column(
        "days", "Target / (what the plan uses of this commodity per year / 365); empty where it uses none.", default=None
    )


@dataclass(frozen=True, kw_only=True)
class Service:
    """Demand, and what of it is served."""

    run: str = column("", "Run.")
    sector: str = column("", "Sector.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    demanded_t: float = column("t REO", "Demand; in the first month of a cut-off with what was owed when it began.")
    served_t: float = column("t REO", "Served with what is demanded.")
    required_t: float = column("t REO", "What must be served: the service level in a cut-off, 0 where not protected.")
    replaced_t: float = column("t REO", "Replaced by programmes; it counts as served.", default=0.0)
    owed_t: float = column("t REO", "Owed at the end of the slot, to be served later.", default=0.0)


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """Demand that a programme replaces."""

    run: str = column("", "Run.")
    programme: str = column("", "Programme.")
    sector: str = column("", "Sector.")
    material: str = column("", "Material demanded.")
    form: str = column("", "Form demanded.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    replaced_t: float = column("t REO", "Demand replaced.")
    limit_t: float = column("t REO", "Most that could be replaced in the slot.")
    used_t: float = column("t REO", "What is used instead.")


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """Material sold or disposed of."""

    run: str = column("", "Run.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    sold_t: float = column("t REO", "Sold.")
    disposed_t: float = column("t REO", "Disposed of.")


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """What a route carries of a commodity."""

    run: str = column("", "Run.")
    route: str = column("", "Route.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    shipped_t: float = column("t REO", "Shipped.")


@dataclass(frozen=True, kw_only=True)
class RouteUse:
    """A route in a slot in which it is used."""

    run: str = column("", "Run.")
    route: str = column("", "Route.")
    period: Month = column("month", "First month of the slot.")
    months: int = column("months", "Length of the slot.")
    shipped_t: float = column("t REO", "Shipped, all commodities.")
    capacity_t: float | None = column("t REO", "Most that it could carry; empty: no limit.", default=None)


@dataclass(frozen=True, kw_only=True)
class PlannerRule:
    """What one of the planner's own rules asks of the base plan, and what the plan does."""

    sheet: str = column("", "Sheet of the workbook on which the rule stands.")
    row: int = column("", "Which row of the sheet, 1 = the first below the header.")
    rule: str = column("", "What it is about, in words.")
    when: str = column("", "Month, calendar year, or 'whole plan'.")
    sense: str = column("", "What is asked.", choices=("at least", "at most", "exactly"))
    limit: float = column("as named", "The number asked for.")
    reached: float = column("as named", "What the plan does.")
    unit: str = column("", "Unit of both.")
    beyond_t: float = column("t REO", "By so much a priced ceiling is passed, which the plan pays for.", default=0.0)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One cost term in one calendar year."""

    term: str = column("", "Cost term.")
    year: int = column("year", "Calendar year.")
    usd_m: float = column("million USD", "Discounted to the start of the plan.")
    undiscounted_usd_m: float = column("million USD", "In the year's money.")


@dataclass(frozen=True, kw_only=True)
class JointCost:
    """What one output of a separation bears of the cost of its feed, in one calendar year of the base plan; undiscounted.

    The cost of the feed is what was paid for it and its freight, the plant's variable cost, and the disposal of residue.
    """

    plant: str = column("", "Separation plant.")
    feed: str = column("", "Mixture that goes in.")
    year: int = column("year", "Calendar year in which it goes in.")
    output: str = column("", "Element or fraction that comes out.")
    form: str = column("", "Form in which it comes out.")
    fed_t: float = column("t REO", "Feed that goes in.")
    joint_usd_m: float = column("million USD", "Cost of that feed, borne by all outputs together.")
    output_t: float = column("t REO", "What comes out of it of this output.")
    market_usd_per_kg: float = column("USD/kg REO", "Lowest price at which it can be bought as this; 0: none is known.")
    share_by_value: float = column("share", "Share of the cost that it bears by value: tonnes x lowest price.")
    by_value_usd_per_kg: float = column("USD/kg REO", "Its cost by value.")
    share_by_mass: float = column("share", "Share of the cost that it bears by mass.")
    by_mass_usd_per_kg: float = column("USD/kg REO", "Its cost by mass, the same for all outputs.")


@dataclass(frozen=True, kw_only=True)
class Cash:
    """What is paid in one calendar year of the plan, by cost term: capital as it is spent and prepayments at signature, no annuities;
    without the cost of shortage, penalties and the value of the stock left, which nobody pays.
    """

    term: str = column("", "Cost term.")
    year: int = column("year", "Calendar year.")
    usd_m: float = column("million USD", "Paid in the year, undiscounted; income is negative.")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One cut-off with one start, tested by its recourse LP."""

    cutoff: str = column("", "Cut-off.")
    start: Month = column("month", "First month of the cut.")
    window_months: int = column("months", "Length of the survival window.")
    must_survive: bool = column("yes / no", "Required, or only reported.")
    missing_t: float = column("t REO", "Least protected demand that cannot be served over the window; 0: survived.")
    margin_pct: float | None = column(
        "%", "By so much all demand could be higher and the pattern still be survived; 0: binding; empty: not measured.", default=None
    )
    recourse_usd_m: float | None = column(
        "million USD",
        "Cost of the cheapest recourse in the window, undiscounted; empty where it is not survived, or where the solver did not find the "
        "cheapest: the recourse listed is then one that survives.",
        default=None,
    )
    restoring_usd_m: float | None = column(
        "million USD",
        "What it then costs to have the base plan's stocks, and what is owed of contract minimums, again: base price plus conversion; "
        "undiscounted.",
        default=None,
    )
    base_usd_m: float | None = column(
        "million USD",
        "What the base plan's operation costs in the same months, undiscounted; behind its end as in its last twelve.",
        default=None,
    )
    crisis_usd_m: float | None = column(
        "million USD", "Crisis cost: recourse and restoring, less what the base plan costs in the same months; undiscounted.", default=None
    )
    expected_crises: float = column(
        "",
        "How many times this crisis is to be expected at this start: chance per year x the months that the start stands for / 12.",
        default=0.0,
    )


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What must be restored at the end of a pattern's window, at the cheapest recourse."""

    run: str = column("", "Run.")
    what: str = column("", "A stock, or a contract minimum that is still owed.", choices=("stock", "minimum"))
    name: str = column("", "Material; or contract.")
    of: str = column("", "Form; or source.")
    year: str = column("", "Of a minimum: the settlement year.", default="")
    tonnes_t: float = column("t REO", "Lacking: of the base plan's stock there; or of the minimum.")
    usd_per_kg: float = column("USD/kg REO", "Base price plus conversion; or what is paid for a minimum that is not lifted.")
    usd_m: float = column("million USD", "What it costs, undiscounted.")


@dataclass(frozen=True, kw_only=True)
class CrisisCost:
    """What the crises of one cut-off cost, over the starts that stand for the months of the plan; undiscounted unless a name says
    otherwise."""

    cutoff: str = column("", "Cut-off.")
    annual_probability: float = column("per year", "Chance that it begins within a year; 0: none is given.")
    starts: int = column("", "Starts whose crisis cost is known and that stand for months of the plan.")
    least_usd_m: float | None = column("million USD", "Crisis cost at the cheapest start.", default=None)
    mean_usd_m: float | None = column("million USD", "Mean over the starts, by the months that each stands for.", default=None)
    most_usd_m: float | None = column("million USD", "Crisis cost at the dearest start.", default=None)
    dearest_start: Month | None = column("month", "The dearest start.", default=None)
    worst_usd_m: float | None = column("million USD", "Mean of the worst starts, at the level that the settings say (CVaR).", default=None)
    budget_usd_m: float | None = column("million USD", "Most that it may cost from any start; empty: no limit.", default=None)
    expected_usd_m: float = column("million USD", "Expected over the plan, discounted; part of the plan's cost.", default=0.0)


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """First start from which a cut-off is survived."""

    cutoff: str = column("", "Cut-off.")
    first_start: Month | None = column("month", "Every start from here on is survived; empty: none.")
    latest_first_start: Month | None = column("month", "No later than this was asked.")
    found: bool = column("yes / no", "yes: the earliest that can be had was searched for. no: it was given in the workbook.")


@dataclass(frozen=True, kw_only=True)
class ReadinessByMaterial:
    """Where no plan survives: from when a cut-off would be survived if only one material had to be served."""

    cutoff: str = column("", "Cut-off.")
    material: str = column("", "Material, of which something is missing.")
    form: str = column("", "Form.")
    first_start: Month | None = column("month", "First start at which all of it could be served, if nothing else had to be; empty: none.")
    worst_start: Month = column("month", "Start at which most of it is missing in the plan.")
    missing_t: float = column("t REO", "Missing at that start, over the window.")


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Protected demand that goes unserved in a pattern that is not survived."""

    cutoff: str = column("", "Cut-off.")
    start: Month = column("month", "First month of the cut.")
    month: Month = column("month", "Month in which it is missing.")
    sector: str = column("", "Sector.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    missing_t: float = column("t REO", "Missing.")


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One figure of a repair: a change of what is negotiable that lets a plan survive where none does."""

    repair: int = column("", "Number of the repair, 1 = the cheapest; rows with one number belong together.")
    negotiable: str = column("", "Row of the sheet Negotiable.")
    change: str = column("", "The change in words.")
    amount: float = column("as unit says", "How far the figure moves.")
    unit: str = column("", "Unit of the amount.")
    now: str = column("", "What the workbook says.")
    then: str = column("", "What it says with the repair.")
    usd_m: float = column("million USD", "Cost of this change, at the cost that the row states.")
    total_usd_m: float = column("million USD", "Cost of the whole repair.")
    proven: bool = column("yes / no", "yes: the case was solved with the repair, survives, and passed its re-computation.")
    survives_from: Month | None = column("month", "First month from which on every cut-off is survived with it.", default=None)
    plan_usd_m: float | None = column("million USD", "Discounted cost of the plan with it, without the cost of the repair.", default=None)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Time spent in one stage of the work."""

    stage: str = column("", "Stage: read, build, compile, solve, test, audit, write.")
    seconds: float = column("s", "Wall-clock time.")


def table(name: str, record: type, meaning: str) -> Any:
    """A field of `Plan` that is a table: its name, record and meaning."""
    return dataclasses.field(default=(), metadata={"sheet": name, "record": record, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole answer. Tables with a ``run`` column hold the base plan first, then the recourse of every pattern kept."""

    summary: Summary
    readiness: tuple[Readiness, ...] = table("Readiness", Readiness, "First start survived, by cut-off.")
    signatures: tuple[Signature, ...] = table("Signatures", Signature, "Contracts in force and signed.")
    financed: tuple[Financed, ...] = table("Financed", Financed, "Money put up with contracts.")
    constructions: tuple[Construction, ...] = table("Constructions", Construction, "Plants built.")
    plant_states: tuple[PlantState, ...] = table("PlantStates", PlantState, "Plants mothballed, restarted and closed.")
    targets: tuple[StockTarget, ...] = table("StockTargets", StockTarget, "What to hold, by year.")
    programme_starts: tuple[ProgrammeStart, ...] = table("ProgrammeStarts", ProgrammeStart, "Programmes started.")
    bought: tuple[Bought, ...] = table("Bought", Bought, "Purchases without a contract.")
    lifted: tuple[Lifted, ...] = table("Lifted", Lifted, "Liftings under contracts.")
    arrivals: tuple[Arrival, ...] = table("Arrivals", Arrival, "What arrives of sources that ship.")
    unlifted: tuple[Unlifted, ...] = table("Unlifted", Unlifted, "Minimums paid and not lifted.")
    rebates: tuple[Rebate, ...] = table("Rebates", Rebate, "Given back under upside shares.")
    discounted: tuple[Discounted, ...] = table("Discounted", Discounted, "Tonnes above the steps of volume discounts.")
    make_ups: tuple[MadeUp, ...] = table("MadeUp", MadeUp, "Minimums paid in one year and lifted in another.")
    processed: tuple[Processed, ...] = table("Processed", Processed, "Conversion in plants.")
    plant_use: tuple[PlantUse, ...] = table("PlantUse", PlantUse, "Use of plants.")
    cells_built: tuple[CellsBuilt, ...] = table("CellsBuilt", CellsBuilt, "Disposal cells built for residue.")
    residue_placed: tuple[ResiduePlaced, ...] = table("ResiduePlaced", ResiduePlaced, "Residue that arises, and where it is placed.")
    residue_levels: tuple[ResidueLevel, ...] = table("ResidueLevels", ResidueLevel, "Residue in stores and cells over time.")
    tolled: tuple[Tolled, ...] = table("Tolled", Tolled, "What comes back from toll plants.")
    stocks: tuple[StockLevel, ...] = table("StockLevels", StockLevel, "Stocks over time.")
    stock_ages: tuple[StockAge, ...] = table("StockAges", StockAge, "Ages of stocks that have a shelf life.")
    service: tuple[Service, ...] = table("Service", Service, "Demand and service.")
    replaced: tuple[Replaced, ...] = table("Replaced", Replaced, "Demand that programmes replace.")
    surplus: tuple[Surplus, ...] = table("Surplus", Surplus, "Sales and disposal.")
    shipped: tuple[Shipped, ...] = table("Shipped", Shipped, "What is shipped along routes.")
    route_use: tuple[RouteUse, ...] = table("RouteUse", RouteUse, "Routes that are used.")
    planner_rules: tuple[PlannerRule, ...] = table("PlannerRules", PlannerRule, "The planner's own rules, and what the plan does.")
    costs: tuple[Cost, ...] = table("Costs", Cost, "Cost by term and year.")
    cash: tuple[Cash, ...] = table("Cash", Cash, "What is paid, by term and year.")
    joint_costs: tuple[JointCost, ...] = table("JointCosts", JointCost, "What each output of a separation costs, by year.")
    patterns: tuple[Pattern, ...] = table("Patterns", Pattern, "Every pattern tested.")
    readiness_by_material: tuple[ReadinessByMaterial, ...] = table(
        "ReadinessByMaterial", ReadinessByMaterial, "Where no plan survives: first start at which each material could be served by itself."
    )
    crisis_costs: tuple[CrisisCost, ...] = table("CrisisCosts", CrisisCost, "What crises cost, by cut-off.")
    restored: tuple[Restored, ...] = table("Restored", Restored, "What is restored after each crisis.")
    missing: tuple[Missing, ...] = table("Missing", Missing, "What is missing at the least, where no plan survives.")
    repairs: tuple[Repair, ...] = table("Repairs", Repair, "Where no plan survives: the cheapest changes that let one survive.")
    stages: tuple[Stage, ...] = table("Stages", Stage, "Where the time went.")


def tables_of_plan() -> tuple[dataclasses.Field[Any], ...]:
    """The tables of the plan, in order; metadata gives name, record, meaning."""
    return tuple(f for f in dataclasses.fields(Plan) if f.name != "summary")
