"""Where material comes from and where surplus goes."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_MATERIAL, ASSUMED, CURRENCY, DOLLARS, Row


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
    programme: str = column(
        "",
        "Programme that opens this source (collection of scrap, an emergency supply): it delivers only as far as the programme has come. "
        "Blank: none.",
        default="",
        refers_to="Programmes.programme",
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
    max_t_per_yr: float | str = column(
        "t REO/yr", "Most that can be had per year, or the assumption that gives it by period.", at_least=0, refers_to=ASSUMED
    )
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
    price_factor: float | str = column(
        "",
        "Multiplier on the index (1.05: 5 % premium; 0.75: 75 % of the basket's value), or the assumption that gives it by period.",
        default=1.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    freight_usd_per_kg: float | str = column(
        "USD/kg REO",
        "Freight and insurance to the buyer, or the assumption that gives it by period.",
        default=0.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    currency: str = column(
        "",
        "Currency of the freight and of the fixed cost of an order; the price is in that of its index.",
        default=DOLLARS,
        refers_to=CURRENCY,
    )
    shipping_months: float = column(
        "months",
        "From order to arrival. What is bought or lifted is paid and counts against limits when it is ordered; "
        "a delay shorter than a period moves that fraction of the period's flow into the next (of a period of one month all, where it is "
        "more than half).",
        default=0.0,
        at_least=0,
        at_most=36,
    )
    at_sea_t: float | None = column(
        "t REO",
        "Under way on the first day, arriving evenly over the shipping time, and paid. Blank: what the normal flow that needs no contract "
        "puts there (kind 'term'), nothing (kind 'spot').",
        default=None,
        at_least=0,
    )
    order_cost_usd_m: float | str = column(
        "million USD",
        "Fixed cost of each period in which anything is bought without a contract, or the assumption that gives it by period.",
        default=0.0,
        at_least=0,
        refers_to=ASSUMED,
    )
    minimum_lot_t: float = column(
        "t REO", "Bought without a contract in a period: at least so much, or nothing. 0: any amount.", default=0.0, at_least=0
    )
    lot_waived_in_crisis: bool = column(
        "yes / no", "yes: a cut-off elsewhere lifts the minimum lot. no: what comes in lots cannot be counted on then.", default=False
    )


@dataclass(frozen=True, kw_only=True)
class PriceTier(Row):
    """What a source asks for more: purchases without a contract cost more from tier to tier."""

    source: str = column("", "Source.", refers_to="Sources.source")
    upto_t_per_yr: float | None = column(
        "t REO/yr",
        "The tier reaches to this yearly volume (a period's share of it). Blank: all the rest; without such a row the last tier goes on.",
        default=None,
        above=0,
    )
    price_factor: float = column(
        "", "Multiplier on the source's price for what is bought in this tier; it never falls from tier to tier.", at_least=0
    )


@dataclass(frozen=True, kw_only=True)
class Sale(Row):
    """A market for surplus: by-products, contract minimums, stock rotated out."""

    material: str = column("", "Element, mixture or grade sold.", refers_to=ANY_MATERIAL)
    form: str = column("", "Form sold.", refers_to="Forms.form")
    usd_per_kg: float | str = column(
        "USD/kg REO",
        "Price received, or the assumption that gives it by period; below the cheapest purchase of that element in any form.",
        at_least=0,
        refers_to=ASSUMED,
    )
    max_t_per_yr: float | str = column(
        "t REO/yr", "Most that the market takes per year, or the assumption that gives it by period.", at_least=0, refers_to=ASSUMED
    )
