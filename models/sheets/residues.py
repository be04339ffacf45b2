"""Residue of processing (thorium-bearing, say): how much arises, where it is stored and disposed of."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_MATERIAL, Row


@dataclass(frozen=True, kw_only=True)
class Residue(Row):
    """What a plant leaves behind for each tonne that it takes in, and must place somewhere: else it stops."""

    residue: str = column("", "Name of the residue, for example thorium-bearing cake.")
    plant: str = column("", "Plant of the chain, existing or candidate, in which it arises.", refers_to="Plants.plant")
    material: str = column(
        "", "Material that the plant handles; blank: all those that have no row of their own.", default="", refers_to=ANY_MATERIAL
    )
    t_per_t: float = column("t / t REO", "Tonnes of residue per tonne of contained oxide that goes in.", at_least=0)


@dataclass(frozen=True, kw_only=True)
class ResidueSite(Row):
    """A site that stores residue for a while and disposes of it for good in cells; its store is there from the start."""

    site: str = column("", "Name of the site, unique.")
    status: str = column(
        "",
        "'existing': its cells are there. 'candidate': the plan decides whether and when cells are built.",
        choices=("existing", "candidate"),
    )
    residues: tuple[str, ...] = column("a; b", "Residues that it takes. Blank: all.", default=(), refers_to="Residues.residue")
    plants: tuple[str, ...] = column("a; b", "Plants that it serves. Blank: all.", default=(), refers_to="Plants.plant")
    storage_t: float = column("t", "Most residue that may lie in the interim store, all residues together.", default=0.0, at_least=0)
    opening_t: float = column("t", "What lies in the interim store on the first day of the plan.", default=0.0, at_least=0)
    cell_t: float = column("t", "What one disposal cell holds.", default=0.0, at_least=0)
    max_units: int = column("units", "Cells that are there; of a candidate: that can be built.", default=1, at_least=1)
    filled_t: float = column("t", "What is in the cells of an existing site on the first day of the plan.", default=0.0, at_least=0)
    permit_months: int = column("months", "From the decision to the start of building.", default=0, at_least=0)
    build_months: int = column("months", "Building time of a cell; it is filled in the periods that begin after it.", default=0, at_least=0)
    decide_from: Month | None = column("month", "Earliest decision; blank: the start.", default=None)
    decide_to: Month | None = column("month", "Latest decision; blank: the end.", default=None)
    capex_usd_m: float = column("million USD", "Capital cost of one cell of a candidate.", default=0.0, at_least=0)
    spend_pct: tuple[float, ...] = column(
        "%; %; ...", "Share of the capital cost spent in each year of building; blank: evenly.", default=(), at_least=0, at_most=100
    )
    life_years: int = column("years", "Life over which the capital cost is charged as an annuity.", default=20, at_least=1)
    fixed_opex_usd_m_per_yr: float = column(
        "million USD/yr", "Fixed cost of an existing site, or of each cell of a candidate from its completion on.", default=0.0, at_least=0
    )
    storage_usd_per_t_yr: float = column(
        "USD/t/yr", "Cost of interim storage on what lies there at each period's end.", default=0.0, at_least=0
    )
    disposal_usd_per_t: float = column(
        "USD/t",
        "Cost of disposal. What still lies in the interim store at the end of the plan is charged with it too: it is owed.",
        default=0.0,
        at_least=0,
    )
