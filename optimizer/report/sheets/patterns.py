"""Sheet Patterns: every cut-off with every start."""

from __future__ import annotations

from collections.abc import Sequence

from models.plan import Pattern
from optimizer.report.book import Book
from optimizer.report.look import AMBER, COUNT, GREEN, LABEL, MARGIN, MONEY, RED, TONNES, YEAR
from optimizer.report.page import Column, Page, Value
from optimizer.report.survival import Outcome, outcomes, passed

MONTHS = range(1, 13)

NOT_REQUIRED = "E4E8EC"
"""Colour of what is only reported."""

READINESS = (
    Column("Cut-off", width=18),
    Column("Must survive", "yes / no", width=10),
    Column("Survived from", "month", "Every start from here on is survived.", width=10),
    Column("First start", "", "earliest: searched for; given: stated in the workbook.", width=10),
    Column("No later than", "month", "The first start had to be no later than this.", width=10),
    Column("Starts tested", "", "", COUNT, 9),
    Column("Must be survived", "", "", COUNT, 10),
    Column("Of these passed", "", "", COUNT, 9),
    Column("Binding", "", "Starts that are survived with no margin: any more demand and they fail.", COUNT, 9),
    Column("Smallest margin", "%", "By so much all demand could be higher at the hardest start.", MARGIN, 10),
    Column("Hardest start", "month", width=10),
    Column("Dearest recourse", "million USD", "Of the starts that must be survived; undiscounted, window only.", MONEY, 11),
)

LIST = (
    Column("Cut-off", width=18),
    Column("Start", "month", "First month of the cut.", width=10),
    Column("Window", "months", "Length of the cut and of the return to normal supply: the months that are tested.", COUNT, 10),
    Column("Must survive", "yes / no", "Required, or only reported.", width=10),
    Column("Result", "", "", width=13),
    Column("Missing", "t REO", "Least protected demand that cannot be served over the window.", TONNES, 9),
    Column("Margin", "%", "By so much all demand could be higher and the pattern still be survived; 0: binding.", MARGIN, 10),
    Column("Recourse", "million USD", "Cost of the cheapest recourse in the window, undiscounted.", MONEY, 11),
)


def write(book: Book) -> None:
    """Readiness by cut-off, the map of margins over starts, then the list of all patterns."""
    view = book.view
    cuts = outcomes(view)
    page = book.page(
        "Patterns",
        "Patterns: every cut-off with every start",
        "A pattern is one cut-off that begins, unannounced, in one month. Green: survived. Amber: survived with no "
        "margin (binding). Red: not survived.",
        across=16,
    )
    unknown = [t.cutoff.cutoff for t in cuts if not t.cutoff.length_known]
    if unknown:
        page.text(f"Nobody knows when these cut-offs will end; one schedule serves every length up to the one given: {', '.join(unknown)}.")
        page.row += 1
    page.section("Readiness")
    never = [t.cutoff.must_survive and t.first_start is None for t in cuts]
    page.table(
        READINESS,
        [_ready(t) for t in cuts],
        fill=lambda r, c, _v: RED if c == 2 and never[r] else "",
        empty="The workbook has no active cut-off.",
    )
    if not any(t.patterns for t in cuts):
        return
    page.section("Margin by month of the start, %")
    page.text(
        "ok: survived, margin not measured (the start lies inside a period). Negative: not survived, tonnes missing. Grey: reported only.",
        LABEL,
    )
    _calendar(page, cuts)
    page.section("All patterns")
    rows: list[list[Value]] = [
        [
            p.cutoff,
            p.start,
            p.window_months,
            p.must_survive,
            "survived" if passed(p) else "not survived",
            p.missing_t,
            t.margin(p),
            p.recourse_usd_m,
        ]
        for t in cuts
        for p in t.patterns
    ]

    signals = [_signal(t, p) for t in cuts for p in t.patterns]
    page.table(LIST, rows, fill=lambda r, c, _v: signals[r] if c in (4, 6) else "", filtered=True)
    page.sheet.freeze_panes = "B1"


def _calendar(page: Page, cuts: Sequence[Outcome]) -> None:
    """A row per cut-off and year, a column per month in which the cut may begin."""
    signals: list[dict[int, str]] = []
    rows: list[list[Value]] = []
    for t in cuts:
        for year in dict.fromkeys(p.start.year for p in t.patterns):
            by_month = {p.start.month: p for p in t.patterns if p.start.year == year}
            signals.append({m: _signal(t, p) for m, p in by_month.items()})
            rows.append([t.cutoff.cutoff, year, *(_cell(t, by_month.get(m)) for m in MONTHS)])
    columns = [Column("Cut-off", width=18), Column("Year", "", "", YEAR), *(Column(f"{m:02d}", "", "", MARGIN) for m in MONTHS)]
    ruled = {i for i, row in enumerate(rows) if i and rows[i - 1][0] != row[0]}
    page.table(columns, rows, fill=lambda r, c, _v: signals[r].get(c - 1, ""), ruled=ruled)


def _signal(outcome: Outcome, pattern: Pattern) -> str:
    if not pattern.must_survive:
        return NOT_REQUIRED
    if not passed(pattern):
        return RED
    return AMBER if outcome.binds(pattern) else GREEN


def _cell(outcome: Outcome, pattern: Pattern | None) -> Value:
    if pattern is None:
        return None
    if not passed(pattern):
        return -pattern.missing_t
    left = outcome.margin(pattern)
    return "ok" if left is None else left


def _ready(t: Outcome) -> list[Value]:
    worst, ready = t.worst, t.readiness
    right = sum(passed(p) for p in t.required)
    return [
        t.cutoff.cutoff,
        t.cutoff.must_survive,
        t.first_start or "none",
        None if ready is None else "earliest" if ready.found else "given",
        ready.latest_first_start if ready else None,
        len(t.patterns),
        len(t.required),
        right,
        len(t.binding),
        t.smallest_margin,
        worst.start if worst else None,
        t.dearest_usd_m,
    ]
