"""What the planner rules himself: fixed decisions, share ceilings, counts, budgets."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_ELEMENT, ANY_MATERIAL, Row


@dataclass(frozen=True, kw_only=True)
class Fix(Row):
    """A decision of the base plan that the planner forces, forbids or bounds."""

    decision: str = column(
        "",
        "'contract': signatures of a contract on offer. 'plant': units of a candidate decided. 'size': its capacity decided, in the "
        "plant's tonnes a year (of one on the sheet CapexCurve: its size). 'purchase': what is bought from a source "
        "without a contract. 'lifting': what is lifted under a contract. 'processing': what goes into a plant. "
        "'programme': starts of a candidate. 'cell': disposal cells decided at a candidate site. 'financing': an optional one put up. "
        "'running': an existing plant that may stop runs (1) or not (0), by decision date. 'route': what is shipped along a route. "
        "'sale', 'disposal': surplus of a material sold, or disposed of. "
        "'stock': what lies in a store at the end of the month, of the year, or (both blank) of every period.",
        choices=(
            "contract",
            "plant",
            "size",
            "programme",
            "cell",
            "financing",
            "running",
            "purchase",
            "lifting",
            "processing",
            "stock",
            "route",
            "sale",
            "disposal",
        ),
    )
    name: str = column(
        "",
        "The contract, plant, programme, site, financing, source, store or route; for a sale or disposal the material.",
        refers_to="Contracts.contract|Plants.plant|Sources.source|Stocks.store|Programmes.programme|Routes.route|ResidueSites.site"
        "|Financing.financing|" + ANY_MATERIAL,
    )
    material: str = column("", "Stocks, processing and routes: the material; blank: all together.", default="", refers_to=ANY_MATERIAL)
    form: str = column("", "Stocks, routes, sales and disposal: the form; blank: all together.", default="", refers_to="Forms.form")
    action: str = column(
        "",
        "'force': at least the value (blank: one signature, unit or start). 'forbid': nothing. 'fix': exactly the value. "
        "'at least', 'at most': no less, no more than the value.",
        choices=("force", "forbid", "fix", "at least", "at most"),
    )
    month: Month | None = column(
        "month",
        "Month that the row is about; blank: the year, or the whole plan. Of a flow in a longer period, its even share.",
        default=None,
    )
    year: int | None = column("year", "Calendar year that the row is about; blank: the month, or the whole plan.", default=None)
    value: float | None = column(
        "units, t/yr or t REO",
        "Signatures, units or capacity decided, starts, or tonnes in all of the month, the year or the plan.",
        default=None,
        at_least=0,
    )


@dataclass(frozen=True, kw_only=True)
class Ceiling(Row):
    """The most that one country may give of what comes from abroad of an element in a form in a calendar year of the base plan."""

    country: str = column("", "The country; blank: each foreign country by itself.", default="")
    form: str = column("", "Form delivered.", refers_to="Forms.form")
    elements: tuple[str, ...] = column("a; b", "Elements, each by itself; blank: every element.", default=(), refers_to=ANY_ELEMENT)
    max_share: float = column(
        "share",
        "Most of what is bought, lifted, or given out by plants that stand abroad. A source counts for the last country that its "
        "material has passed, a plant for the country where it stands.",
        at_least=0,
        at_most=1,
    )
    from_year: int | None = column("year", "First calendar year; blank: from the start.", default=None)
    to_year: int | None = column("year", "Last calendar year; blank: to the end.", default=None)
    excess_usd_per_kg: float | None = column(
        "USD/kg REO", "Price of each kilogram above the ceiling; blank: the ceiling is hard.", default=None, at_least=0
    )


@dataclass(frozen=True, kw_only=True)
class Count(Row):
    """How many of some contracts, plants, programmes or sources are taken in the base plan."""

    rule: str = column("", "Name of this rule, unique.")
    members: tuple[str, ...] = column(
        "a; b",
        "Contracts (signed, or in force), plants (units decided, or existing), programmes (started, or in force) and sources (used: "
        "bought or lifted at all).",
        refers_to="Contracts.contract|Plants.plant|Sources.source|Programmes.programme",
    )
    at_least: int | None = column("number", "At least so many; blank: no such limit.", default=None, at_least=0)
    at_most: int | None = column("number", "At most so many; blank: no such limit.", default=None, at_least=0)
    from_month: Month | None = column("month", "Signatures, decisions and deliveries from this month on; blank: the start.", default=None)
    by_month: Month | None = column("month", "Signatures, decisions and deliveries to this month; blank: the end.", default=None)
    source_from_t: float = column(
        "t REO", "A source counts towards 'at least' only where it delivers so much in that time.", default=1.0, at_least=0
    )


@dataclass(frozen=True, kw_only=True)
class Budget(Row):
    """The most money of a kind that the base plan commits or spends in a calendar year, undiscounted."""

    budget: str = column("", "Name of the budget.")
    year: int | None = column("year", "Calendar year; blank: each year by itself.", default=None)
    usd_m: float = column("million USD", "Most that is spent, in the money of the year.", at_least=0)
    counts: str = column(
        "",
        "'capex': capital of plants and disposal cells in the months in which it is spent, and of programmes at their "
        "start. "
        "'prepayments': paid at signature, and put up with it (sheet Financings). 'commitments': both. "
        "'purchases': what is bought and lifted less rebates, minimums not lifted, freight. 'all': commitments and purchases.",
        default="commitments",
        choices=("capex", "prepayments", "commitments", "purchases", "all"),
    )
