"""What the planner rules himself: decisions that are fixed."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ANY_MATERIAL, Row


@dataclass(frozen=True, kw_only=True)
class Fix(Row):
    """A decision of the base plan that the planner forces, forbids or bounds."""

    decision: str = column(
        "",
        "'contract': signatures of a contract on offer. 'plant': units of a candidate decided. 'purchase': what is bought from a source "
        "without a contract. 'lifting': what is lifted under a contract. 'processing': what goes into a plant. "
        "'stock': what lies in a store at the end of the month, of the year, or (both blank) of every period.",
        choices=("contract", "plant", "purchase", "lifting", "processing", "stock"),
    )
    name: str = column("", "The contract, plant, source or store.", refers_to="Contracts.contract|Plants.plant|Sources.source|Stocks.store")
    material: str = column(
        "", "Stocks and processing: the material; blank: all of the store or plant together.", default="", refers_to=ANY_MATERIAL
    )
    form: str = column("", "Stocks only: the form; blank: all of the store together.", default="", refers_to="Forms.form")
    action: str = column(
        "",
        "'force': at least the value (blank: one signature, one unit). 'forbid': nothing. 'fix': exactly the value. "
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
        "units or t REO", "Signatures, units decided, or tonnes in all of the month, the year or the plan.", default=None, at_least=0
    )
