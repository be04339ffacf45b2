"""Who needs what."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_ELEMENT, ANY_MATERIAL, ASSUMED, Row


@dataclass(frozen=True, kw_only=True)
class Demand(Row):
    """What one sector needs of one commodity."""

    sector: str = column("", "Who needs it.")
    material: str = column("", "Element or grade.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form.", refers_to="Forms.form")
    tier: int = column(
        "",
        "Priority, 1 = highest; for sorting and subtotals in the report. In a cut-off service_level and protected say who is served.",
        default=1,
        at_least=1,
    )
    t_per_yr: float | str = column(
        "t/yr",
        "Demand in the first year of the plan, in tonnes of the form's own mass (REO, metal or product), "
        "or the assumption that gives it by period.",
        at_least=0,
        refers_to=ASSUMED,
    )
    growth_pct_per_yr: float = column("%/yr", "Growth per year after the first.", default=0.0, at_least=-50, at_most=50)
    profile: float | str = column(
        "share", "Multiplier, or the assumption that gives it by year.", default=1.0, at_least=0, refers_to=ASSUMED
    )
    service_level: float = column(
        "share", "Share that is served in every month of a cut-off that must be survived.", default=1.0, at_least=0, at_most=1
    )
    protected: bool = column("yes / no", "no: reported, not protected; a cut-off may leave it unserved.", default=True)
    shortage_usd_per_kg: float | str = column(
        "USD/kg",
        "Cost of a kilogram (of the form's own mass) that is not served, or the assumption that gives it by period.",
        default=0.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    backorder_usd_per_kg_yr: float | str | None = column(
        "USD/kg/yr",
        "In the base plan, demand of a period may be owed and served later, for this cost per kilogram (of the form's own mass) owed at "
        "each period's end and year, or the assumption that gives it by period. A cut-off finds due at once what is owed when it begins, "
        "and nothing is owed at the end of the plan. Blank: nothing is served later.",
        default=None,
        at_least=0,
        refers_to=ASSUMED,
    )
    owed_t: float = column(
        "t REO",
        "Owed on the first day of the plan and to be served later, where the column before gives its cost; a cut-off that begins then "
        "finds it due at once.",
        default=0.0,
        at_least=0,
    )
    rationing: str = column(
        "",
        "In the base plan: 'no' serves all that supply, least stocks and the planner's rules allow; "
        "'priced' may leave demand unserved at its shortage cost.",
        default="no",
        choices=("no", "priced"),
    )


@dataclass(frozen=True, kw_only=True)
class DemandReference(Row):
    """A published or derived total that the workbook's demand is reconciled with by `validate`."""

    element: str = column("", "Element.", refers_to=ANY_ELEMENT)
    t_per_yr: float = column("t REO/yr", "Reference total of this element's demand, all forms, in the first year of the plan.", at_least=0)
    tolerance_pct: float = column("%", "A larger difference is reported.", default=5.0, at_least=0)
    reason: str = column("", "Why the two may differ by more.", default="")


@dataclass(frozen=True, kw_only=True)
class Programme(Row):
    """A programme that changes what is needed or collected: substitution, thrifting, another recipe, recycling, a crisis lever.

    What it does stands on the sheet ProgrammeEffects, and in the column 'programme' of the sources that it opens.
    """

    programme: str = column("", "Name of the programme, unique.")
    kind: str = column("", "What it is, for the reader (substitution, thrifting, recipe, recycling, lever).", default="")
    status: str = column(
        "",
        "'candidate': the plan decides whether and when to start it. 'in force': it runs whatever is decided. 'contingency': a lever that "
        "is pulled only in a cut-off; it costs nothing and does nothing before.",
        default="candidate",
        choices=("candidate", "in force", "contingency"),
    )
    decide_from: Month | None = column("month", "Earliest decision of a candidate; blank: the start.", default=None)
    decide_to: Month | None = column("month", "Latest decision of a candidate; blank: the end.", default=None)
    lead_months: int = column(
        "months", "From the decision to the first effect; of a contingency: from the start of the cut-off.", default=0, at_least=0
    )
    online: Month | None = column("month", "First month of effect of a programme in force; blank: long before the start.", default=None)
    ramp_pct: tuple[float, ...] = column(
        "%; %; ...",
        "Share of its full effect in the first, second, ... year of effect (of a contingency: month); then the last one goes on.",
        default=(100.0,),
        at_least=0,
        at_most=100,
    )
    capex_usd_m: float = column("million USD", "Cost of a candidate, spent at the decision.", default=0.0, at_least=0)
    life_years: int = column("years", "Years over which that cost is charged as an annuity, from the first effect.", default=10, at_least=1)
    fixed_usd_m_per_yr: float = column("million USD/yr", "Fixed cost, from the first effect on.", default=0.0, at_least=0)
    requires: tuple[str, ...] = column(
        "a; b", "Programmes that must have been started before, or together with it.", default=(), refers_to="Programmes.programme"
    )
    exclusive_group: str = column("", "At most one candidate of the same group is started.", default="")


@dataclass(frozen=True, kw_only=True)
class ProgrammeEffect(Row):
    """What a programme does to one demand: a share of it is served by something else, or by less, or needs nothing any more."""

    programme: str = column("", "Programme.", refers_to="Programmes.programme")
    sector: str = column("", "Sector of the demand.", refers_to="Demand.sector")
    material: str = column("", "Material of the demand.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form of the demand.", refers_to="Forms.form")
    share_affected: float = column("share", "Largest share of that demand that the programme can replace.", above=0, at_most=1)
    serves_material: str = column("", "What is used instead; blank: nothing (thrifting).", default="", refers_to=ANY_MATERIAL)
    serves_form: str = column("", "Its form.", default="", refers_to="Forms.form")
    t_per_t: float = column(
        "t/t",
        "Tonnes used instead per tonne of demand replaced, both in their forms' own mass (REO, metal or product). Thrifting that saves a "
        "fifth: the same material and 0.8.",
        default=1.0,
        at_least=0,
    )
    usd_per_kg: float = column(
        "USD/kg", "Cost per kilogram of demand replaced (own mass of its form), besides what is used instead.", default=0.0, at_least=0
    )
