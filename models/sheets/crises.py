"""What must be survived."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_ELEMENT, ASSUMED, Row


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
    stores: tuple[str, ...] = column(
        "a; b",
        "Stores that are out of reach: they release and take in only what the cut leaves.",
        default=(),
        refers_to="Stocks.store|Stores.store",
    )
    routes: tuple[str, ...] = column("a; b", "Routes that are cut: their capacity shrinks.", default=(), refers_to="Routes.route")
    at_once: int | None = column(
        "number",
        "Of all countries, sources, plants, contracts, stores, routes and late plants listed, any so many fail together: every combination "
        "is a cut-off of its own (1: each alone; 2: every pair). Blank: all that are listed, together.",
        default=None,
        at_least=1,
    )
    elements: tuple[str, ...] = column(
        "a; b", "Elements concerned; a mixture or grade that contains one is cut whole. Blank: all.", default=(), refers_to=ANY_ELEMENT
    )
    forms: tuple[str, ...] = column("a; b", "Forms concerned. Blank: all.", default=(), refers_to="Forms.form")
    severity: float = column("share", "Share of the normal flow that is cut.", at_least=0, at_most=1)
    months: int = column("months", "Length of the cut.", at_least=1, at_most=36)
    length_known: bool = column(
        "yes / no",
        "no: nobody knows when the cut will end. One schedule must then serve every length from one month to the one given.",
        default=True,
    )
    ramp_pct: tuple[float, ...] = column(
        "%; %; ...",
        "Share of the severity in the first, second, ... month of the cut; then the last one goes on (25; 50; 100: it closes in three "
        "steps). Supply comes back from what the last month of the cut leaves.",
        default=(100.0,),
        at_least=0,
        at_most=100,
    )
    return_months: int = column("months", "After the cut, supply comes back evenly over so many months.", default=0, at_least=0, at_most=36)
    equipment_delay_months: int = column(
        "months",
        "Plants that are not yet on line when the cut begins come on line so much later if their equipment is from a cut country.",
        default=0,
        at_least=0,
        at_most=120,
    )
    late_plants: tuple[str, ...] = column(
        "a; b",
        "Projects that come on line late: candidates, plants that are being built, and suppliers' plants with their sources. Where only "
        "projects are late and nobody is cut, write severity 0, and in months how long that is tested.",
        default=(),
        refers_to="Plants.plant",
    )
    late_months: int = column(
        "months",
        "By so much later they come on line if they are not when the cut-off begins; of two delays of one plant the longer counts. A "
        "project that fails: more months than the cut-off lasts.",
        default=0,
        at_least=0,
        at_most=600,
    )
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
    cargo_at_sea: float = column(
        "share",
        "Share of the cargo that is at sea when the cut begins, of sources and contracts that are cut, which still arrives.",
        default=1.0,
        at_least=0,
        at_most=1,
    )
    must_survive: bool = column("yes / no", "no: tested and reported, not required.", default=True)
    annual_probability: float = column(
        "per year",
        "Chance that this crisis begins within a year: its expected cost is part of what the plan minimises, one crisis at a time. It is "
        "apart from must_survive: where that is no, what a crisis leaves unserved costs what the demand's row says. 0: none is expected.",
        default=0.0,
        at_least=0,
        at_most=1,
    )
    crisis_budget_usd_m: float | None = column(
        "million USD",
        "Most that this crisis may cost from any start: the recourse, and restoring stocks and owed minimums at its end, less what the "
        "plan spends in the same months; undiscounted. Blank: no limit.",
        default=None,
    )
    then: str = column(
        "",
        "Another cut-off that falls within this one or its recovery, as part of the same crisis (its row may be switched off). Where both "
        "hit the same supply, the second takes its share of what the first leaves. Blank: none.",
        default="",
        refers_to="CutOffs.cutoff",
    )
    then_after_months: int | None = column(
        "months", "From the start of this cut-off to the start of that one; blank: it falls when this cut ends.", default=None, at_least=0
    )
