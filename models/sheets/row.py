"""What every row of the workbook carries, and the columns that name what other sheets define."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import column

ANY_ELEMENT = "Elements.element"
ANY_MATERIAL = "Elements.element|Compositions.mixture|Recipes.grade"
ASSUMED = "Assumptions.assumption"

CURRENCY = "Currencies.currency"
DOLLARS = "USD"
"""The currency that all money is converted to; it needs no row on the sheet Currencies."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What every row carries besides its figures: where they come from and how far to trust them."""

    reference: str = column("", "Where the figures of this row come from.", default="")
    dated: str = column("", "Date of the reference (year or year-month).", default="")
    confidence: str = column(
        "A / B / C",
        "A: seen in a named source. B: partly seen, or one step away. C: from memory or an analyst's judgement.",
        default="",
        choices=("A", "B", "C"),
    )
    note: str = column("", "Anything a reader of this row should know, such as a figure that was mended and why.", default="")
