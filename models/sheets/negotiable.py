"""What the planner would negotiate where no plan survives."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column
from models.sheets.row import ANY_MATERIAL, Row

KINDS = (
    "opening stock",
    "store capacity",
    "service level",
    "contract maximum",
    "contract minimum",
    "plant capacity",
    "source maximum",
    "lead time",
    "first start",
    "cut-off months",
    "severity",
)
"""What can be negotiable."""


@dataclass(frozen=True, kw_only=True)
class Negotiable(Row):
    """One figure that could be other than it is, how far, and what a change of it costs. Used only where no plan survives."""

    repair: str = column("", "Name of this possibility, unique.")
    what: str = column(
        "",
        "'opening stock' (t REO more, of which the row's share counts), 'store capacity' (t REO more; sheet Stocks). "
        "'service level' (points of a per cent of demand less). 'contract maximum' (t REO/yr more), 'contract minimum' (t REO/yr less): "
        "of one line, in every contract year. 'plant capacity' (t/yr more, of the plant or of each unit), 'source maximum' (t REO/yr "
        "more). 'lead time' (months less, of a plant, contract or programme: of building first, then of the permit). 'first start' "
        "(months later that a cut-off must be survived), 'cut-off months' (months shorter), 'severity' (points of a per cent less).",
        choices=KINDS,
    )
    name: str = column(
        "",
        "The store, sector, contract, plant, source, programme or cut-off.",
        refers_to="Stocks.store|Demand.sector|Contracts.contract|Plants.plant|Sources.source|Programmes.programme|CutOffs.cutoff",
    )
    material: str = column("", "Of a store or sector: the material; blank where there is only one.", default="", refers_to=ANY_MATERIAL)
    form: str = column("", "Of a store or sector: the form; blank where there is only one.", default="", refers_to="Forms.form")
    source: str = column("", "Of a contract: the source of the line; blank where it has one line.", default="", refers_to="Sources.source")
    most: float = column("see 'what'", "How far it may move, in the unit that 'what' names.", above=0)
    step: float | None = column(
        "see 'what'",
        "It moves in steps of this size; blank: months by one, all else by any amount.",
        default=None,
        above=0,
    )
    usd_m_per_unit: float = column(
        "million USD", "What a change by one unit costs, or a weight where that is not known.", default=1.0, above=0
    )
