"""Who needs what."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column
from models.sheets.row import ANY_ELEMENT, ANY_MATERIAL, ASSUMED, Row


@dataclass(frozen=True, kw_only=True)
class Demand(Row):
    """What one sector needs of one commodity."""

    sector: str = column("", "Who needs it.")
    material: str = column("", "Element or grade.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form.", refers_to="Forms.form")
    tier: int = column("", "Priority, 1 = highest; for sorting and subtotals in the report.", default=1, at_least=1)
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
    rationing: str = column(
        "",
        "In the base plan: 'no' serves all that supply allows; 'priced' may leave demand unserved at its shortage cost.",
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
