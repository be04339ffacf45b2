"""Stores and opening stocks."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column
from models.sheets.row import ANY_MATERIAL, ASSUMED, Row


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
    capacity_t: float | str | None = column(
        "t REO",
        "What fits in the first year, or the assumption that gives it by period; blank: no limit.",
        default=None,
        at_least=0,
        refers_to=ASSUMED,
    )
    growth_pct_per_yr: float = column(
        "%/yr", "Growth of capacity per year after the first, where it follows demand.", default=0.0, at_least=-50, at_most=50
    )
    release_pct_per_month: float = column(
        "% of capacity / month", "Most that can be drawn in a month.", default=100.0, at_least=0, at_most=100
    )
    minimum_t: float | str = column(
        "t REO",
        "Least stock at every period end of the base plan, or the assumption that gives it by period.",
        default=0.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    final_t: float = column("t REO", "Least stock at the end of the plan.", default=0.0, at_least=0)
    storage_usd_per_t_yr: float | str = column(
        "USD/t REO/yr",
        "Storage cost on the stock at each period's end, or the assumption that gives it by period.",
        default=0.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    handling_usd_per_t: float = column(
        "USD/t REO", "Handling, in and out together; half is charged on the way in, half on the way out.", default=0.0, at_least=0
    )
    loss_pct_per_yr: float = column("%/yr", "Loss by oxidation and handling.", default=0.0, at_least=0, at_most=100)
