"""Stores, and the stocks that lie in them."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column
from models.sheets.row import ANY_MATERIAL, ASSUMED, CURRENCY, DOLLARS, Row


@dataclass(frozen=True, kw_only=True)
class Store(Row):
    """A store as a whole: whose it is, where it stands, what fits into it in all. A store of the sheet Stocks need not be listed."""

    store: str = column("", "Name of the store, as on the sheet Stocks.")
    owner: str = column("", "Who owns what lies there, for the reader (government, trader, maker).", default="")
    country: str = column(
        "",
        "Where it stands. What lies in the buyer's store has no origin, but a store that stands in a country that is cut is out of "
        "reach, as far as the cut goes. Blank: at home.",
        default="",
    )
    capacity_t: float | None = column(
        "t REO", "What fits in the first year, all that lies in the store together; blank: no such limit.", default=None, at_least=0
    )
    growth_pct_per_yr: float = column("%/yr", "Growth of capacity per year after the first.", default=0.0, at_least=-50, at_most=50)
    fixed_usd_m_per_yr: float = column("million USD/yr", "Fixed cost of keeping the store, whatever lies in it.", default=0.0, at_least=0)
    currency: str = column("", "Currency of the fixed cost.", default=DOLLARS, refers_to=CURRENCY)


@dataclass(frozen=True, kw_only=True)
class Stock(Row):
    """One commodity in a store: what lies there, what fits, what it costs."""

    store: str = column("", "Name of the store; what it is as a whole stands on the sheet Stores.")
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
    fill_pct_per_month: float | None = column(
        "% of capacity / month", "Most that can be put in in a month; blank: no limit.", default=None, at_least=0, at_most=100
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
    currency: str = column("", "Currency of storage and handling.", default=DOLLARS, refers_to=CURRENCY)
    loss_pct_per_yr: float = column("%/yr", "Loss by oxidation and handling.", default=0.0, at_least=0, at_most=100)
    shelf_life_months: int | None = column(
        "months",
        "What was put in is used, sold or written off within so many months, first in, first out; blank: it keeps.",
        default=None,
        at_least=1,
        at_most=600,
    )
    opening_age_months: int = column(
        "months", "Age of the opening stock on the first day of the plan, where there is a shelf life.", default=0, at_least=0
    )
    cover_days: float | str | None = column(
        "days",
        "At every period end of the base plan the stocks that state it hold so many days of what is used of the commodity in that period, "
        "or the assumption that gives the days by period; blank: none. Stores with the same commodity count together.",
        default=None,
        at_least=0,
        refers_to=ASSUMED,
    )
