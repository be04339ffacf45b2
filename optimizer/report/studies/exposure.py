"""The sheet on exposure: losses in the order of what they would do, and a chart of the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.report.book import Book
from optimizer.report.charts import Span, column_chart
from optimizer.report.look import COUNT, GREEN, MONEY, RED, TONNES
from optimizer.report.page import Column, Value

if TYPE_CHECKING:
    from optimizer.studies.exposure import Exposure, Loss

CHARTED = 12
"""So many losses stand in the chart."""

COLUMNS = (
    Column("Rank", "", "", COUNT, 6),
    Column("Loss of", width=10),
    Column("Which", width=44),
    Column("From", "month", "Of the starts tried the one at which it does most harm.", width=9),
    Column("Lasts, with the plan", "months", "Months before protected demand goes unserved.", COUNT, 11),
    Column("Missing, with the plan", "t REO", "Protected demand unserved because of the loss, at the least.", TONNES, 12),
    Column("Cost, with the plan", "million USD", "Beyond what the same months cost where nothing is lost; undiscounted.", MONEY, 12),
    Column("Lasts, without", "months", "The cheapest plan that need survive nothing.", COUNT, 11),
    Column("Missing, without", "t REO", "The cheapest plan that need survive nothing.", TONNES, 12),
    Column("Cost, without", "million USD", "The cheapest plan that need survive nothing.", MONEY, 12),
)


def write(book: Book, exposure: Exposure) -> None:
    """One row per loss, and the chart."""
    page = book.page("Exposure", f"Exposure: what a loss of {exposure.lost_months} months would do", across=len(COLUMNS))
    page.text(
        "Each is lost alone, whole and unannounced; the plan answers with what it holds and can still get. Cost counts demand that is "
        "not served at its shortage cost. Negative: what is lost is dear, and others serve for less.",
    )
    page.row += 1
    if not exposure.with_plan:
        page.text("No plan was given: only the cheapest plan that need survive nothing is told.")
    page.section("The worst first")
    rows = [_row(number, loss) for number, loss in enumerate(exposure.losses, 1)]

    def colour(r: int, c: int, value: Value) -> str:
        missing = {5: exposure.losses[r].missing_t, 8: exposure.losses[r].without_missing_t}.get(c)
        return "" if missing is None else RED if missing > 1e-6 else GREEN

    placed = page.table(COLUMNS, rows, fill=colour, filtered=True, frozen=3)
    count = sum(1 for loss in exposure.losses[:CHARTED] if max(loss.missing_t or 0.0, loss.without_missing_t) > 0)
    if count:
        page.section("Protected demand unserved, the worst losses")
        names = Span(page.sheet, placed.first, 3, count, down=True)
        series = [
            (Span(page.sheet, placed.header, column), Span(page.sheet, placed.first, column, count, down=True))
            for column in ((6, 9) if exposure.with_plan else (9,))
        ]
        page.chart(column_chart("Missing at the least", "t REO", names, series, "loss of", stacked=False))


def _row(number: int, loss: Loss) -> list[Value]:
    return [
        number,
        loss.kind,
        loss.name,
        loss.start,
        loss.months,
        loss.missing_t,
        loss.usd_m,
        loss.without_months,
        loss.without_missing_t,
        loss.without_usd_m,
    ]
