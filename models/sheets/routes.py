"""Routes: along which way, at what cost and up to how much material moves between those who give and those who take."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column
from models.sheets.row import ANY_ELEMENT, CURRENCY, DOLLARS, Row


@dataclass(frozen=True, kw_only=True)
class Route(Row):
    """A way from one end to another. Whoever no route names meets all others in one pool, free of cost.

    An end that is named as a start sends along its routes alone; one that is named as a goal receives along routes alone.
    """

    route: str = column("", "Name of the route, unique.")
    from_kind: str = column("", "What it starts from; blank: the pool.", default="", choices=("source", "plant", "store"))
    from_name: str = column(
        "",
        "The source, plant or store; blank: the pool, all that no route names as a start.",
        default="",
        refers_to="Sources.source|Plants.plant|Stocks.store",
    )
    to_kind: str = column("", "What it leads to; blank: the pool.", default="", choices=("plant", "store", "sector"))
    to_name: str = column(
        "",
        "The plant, store or sector; blank: the pool, all that no route names as a goal.",
        default="",
        refers_to="Plants.plant|Stocks.store|Demand.sector",
    )
    elements: tuple[str, ...] = column(
        "a; b", "Elements carried; a mixture or grade that contains one is carried whole. Blank: all.", default=(), refers_to=ANY_ELEMENT
    )
    form: str = column("", "Form carried; blank: all.", default="", refers_to="Forms.form")
    usd_per_t: float = column("USD/t REO", "Cost of transport.", default=0.0, at_least=0)
    capacity_t_per_yr: float | None = column(
        "t REO/yr",
        "Most that it carries; blank: no limit. Needed where it has a fixed cost or a minimum.",
        default=None,
        at_least=0,
    )
    shared_capacity: str = column("", "Routes with the same name here share one capacity.", default="")
    shared_capacity_t_per_yr: float | None = column(
        "t REO/yr", "The capacity that they share; fill it on one row of the name or alike on all.", default=None, at_least=0
    )
    fixed_usd_m_per_yr: float = column("million USD/yr", "Fixed cost while it is used.", default=0.0, at_least=0)
    currency: str = column("", "Currency of the cost of transport and of the fixed cost.", default=DOLLARS, refers_to=CURRENCY)
    minimum_t_per_yr: float = column("t REO/yr", "Least that it carries in a period in which it is used.", default=0.0, at_least=0)
    minimum_waived_in_crisis: bool = column(
        "yes / no", "yes: in a cut-off it carries less too. no: a route with a minimum is closed in a cut-off.", default=False
    )
