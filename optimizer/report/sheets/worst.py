"""Sheet Worst months: the hardest start of each cut-off, month by month, for the commodities that live on their stock."""

from __future__ import annotations

from models.chain import Commodity
from models.plan import Pattern
from optimizer.report.balance import Flow, Flows, monthly
from optimizer.report.book import Book
from optimizer.report.charts import HEIGHT_CM, Span, line_chart
from optimizer.report.look import AMBER, RED, TONNES
from optimizer.report.page import Column, Page, Value
from optimizer.report.survival import Outcome, outcomes, passed, run_name
from optimizer.report.view import View, tidy

SHOWN = 5
"""So many commodities of a pattern are shown."""

ENOUGH_T = 1e-6

UNITS = {"Service level": "% of demand", "Stock left": "% of opening"}
"""Units of the measures that are not tonnes."""

LEAD = (
    "For each cut-off its hardest start that must be survived: not survived comes first, then the smallest margin, "
    "then the dearest recourse, then the "
    "earliest start. Shown are the most threatened commodities: short, or served below demand for longest, then those "
    "of which most value is drawn."
)


def write(book: Book) -> None:
    """One block and one chart per cut-off."""
    view = book.view
    page = book.page("Worst months", "Worst months", LEAD, across=18)
    kept = {s.run for s in view.plan.service} | {s.run for s in view.plan.stocks}
    blocks = 0
    for t in outcomes(view):
        shown = [p for p in t.judged if run_name(p) in kept]
        if shown:
            if blocks:
                page.new_page()
            _block(page, view, t, min(shown, key=t.worst_first))
            blocks += 1
    if not blocks:
        page.text("No month-by-month recourse is kept in this plan.")


def _block(page: Page, view: View, outcome: Outcome, pattern: Pattern) -> None:
    """Heading, chart of what is left of the stocks, table month by month."""
    left = outcome.margin(pattern)
    survived = "survived" if left is None else f"survived, margin {left:.1f} %"
    result = survived if passed(pattern) else f"NOT SURVIVED: {pattern.missing_t:,.3g} t REO missing"
    unknown = ", least cost not found" if passed(pattern) else ""
    cost = unknown if pattern.recourse_usd_m is None else f", recourse {pattern.recourse_usd_m:,.1f} million USD"
    page.section(f"{pattern.cutoff} beginning in {pattern.start}: {result}{cost}")
    if outcome.cutoff.name:
        page.put(page.row, 1, outcome.cutoff.name)
        page.row += 1
    flows = monthly(view, view.operation(run_name(pattern)))
    months = [pattern.start.plus(k) for k in range(pattern.window_months)]
    spans = [m.ordinal for m in months]
    chosen = threatened(view, flows, spans)
    columns = [Column("Material", width=18), Column("Form", width=12), Column("Measure", width=18), Column("Unit", width=12)]
    columns += [Column(str(m), "", "", TONNES, 8.5) for m in months]
    rows: list[list[Value]] = []
    short: list[list[bool]] = []
    for commodity in chosen:
        of = [flows.get((commodity, s), Flow()) for s in spans]
        for measure, values in _measures(of):
            unit = UNITS.get(measure, "t REO")
            rows.append([*commodity, measure, unit, *(None if v is None else tidy(v) for v in values)])
            short.append([measure in ("Served", "Service level") and f.short > ENOUGH_T for f in of])

    def colour(row: int, column: int, _value: Value) -> str:
        if column < 4 or not short:
            return ""
        if short[row][column - 4]:
            return RED
        emptied = rows[row][2] == "Stock at end" and rows[row][column] == 0.0
        return AMBER if emptied else ""

    stocked = [i for i, row in enumerate(rows) if row[2] == "Stock left" and any(isinstance(v, float) for v in row[4:])]
    top = page.reserve(HEIGHT_CM) if stocked else 0
    ruled = {i for i, row in enumerate(rows) if i and rows[i - 1][:2] != row[:2]}
    placed = page.table(columns, rows, fill=colour, row_format=True, ruled=ruled, empty="Nothing is drawn from stock.")
    if stocked:
        lines = [placed.first + i for i in stocked]
        series = [(Span(page.sheet, r, 1, 2), Span(page.sheet, r, 5, len(months))) for r in lines]
        title = f"Stock left at the end of each month: {pattern.cutoff} from {pattern.start}"
        chart = line_chart(title, "% of the stock at the start", Span(page.sheet, placed.header, 5, len(months)), series, "month")
        page.sheet.add_chart(chart, f"A{top}")


def _measures(of: list[Flow]) -> list[tuple[str, list[float | None]]]:
    opening = of[0].opening if of else 0.0
    measures: list[tuple[str, list[float | None]]] = [
        ("Stock at end", [f.closing for f in of]),
        ("Stock left", [100 * f.closing / opening for f in of] if opening > ENOUGH_T else [None] * len(of)),
        ("Bought and lifted", [f.bought + f.lifted for f in of]),
        ("Produced", [f.produced + f.scrap for f in of]),
        ("Out of stock", [f.drawn for f in of]),
        ("Used in plants", [f.used for f in of]),
        ("Used instead", [f.instead for f in of]),
    ]
    if any(f.demanded for f in of):
        measures += [
            ("Demand", [f.demanded for f in of]),
            ("Must be served", [f.required for f in of]),
            ("Served", [f.served for f in of]),
            ("Replaced", [f.replaced for f in of]),
            ("Service level", [100 * (f.served + f.replaced) / f.demanded if f.demanded > 0 else None for f in of]),
        ]
    stocked = opening > 0 or any(f.closing for f in of)
    return [(name, values) for name, values in measures if any(values) or name == "Served" or (name == "Stock at end" and stocked)]


def threatened(view: View, flows: Flows, spans: list[int]) -> list[Commodity]:
    """The most threatened commodities: most missing first, then most months served below demand, then most value drawn, net."""
    ranked: list[tuple[float, int, float, Commodity]] = []
    for commodity in view.chain.commodities:
        of = [flows[commodity, s] for s in spans if (commodity, s) in flows]
        missing = sum(f.short for f in of if f.short > ENOUGH_T)
        below = sum(1 for f in of if f.required > ENOUGH_T and f.unmet > ENOUGH_T)
        drawn = sum(f.drawn - f.added for f in of)
        if missing or below or drawn > ENOUGH_T:
            ranked.append((-missing, -below, -view.worth_usd_m(commodity, drawn), commodity))
    ranked.sort(key=lambda r: r[:3])
    return [r[3] for r in ranked[:SHOWN]]
