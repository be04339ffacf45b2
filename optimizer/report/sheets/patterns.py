"""Sheet Patterns: every cut-off with every start."""

from __future__ import annotations

from models.plan import Pattern
from optimizer.report.book import Book
from optimizer.report.look import AMBER, COUNT, GREEN, MARGIN, MONEY, RED, TONNES
from optimizer.report.page import Column, Value
from optimizer.report.survival import BINDING_PCT, Outcome, margin, outcomes, passed

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
    page.section("Readiness")
    never = [t.cutoff.must_survive and t.first_start is None for t in cuts]
    page.table(
        READINESS,
        [_ready(t) for t in cuts],
        fill=lambda r, c, _v: RED if c == 2 and never[r] else "",
        empty="The workbook has no active cut-off.",
    )
    starts = sorted({p.start for t in cuts for p in t.patterns})
    if not starts:
        return
    page.section("Margin by start, %; where a start is not survived, the tonnes missing (negative). Grey: reported, not required")
    by_start = [{p.start: p for p in t.patterns} for t in cuts]
    cells: list[list[Value]] = [[t.cutoff.cutoff, *(_cell(m.get(s)) for s in starts)] for t, m in zip(cuts, by_start, strict=True)]

    def heat(row: int, column: int, _value: Value) -> str:
        p = by_start[row].get(starts[column - 1]) if column else None
        return "" if p is None else _signal(passed(p), p.margin_pct, p.must_survive)

    page.table([Column("Cut-off", width=18), *(Column(str(s), "", "", MARGIN, 8.5) for s in starts)], cells, fill=heat)
    page.section("All patterns")
    rows: list[list[Value]] = [
        [
            p.cutoff,
            p.start,
            p.window_months,
            p.must_survive,
            "survived" if passed(p) else "not survived",
            p.missing_t,
            margin(p),
            p.recourse_usd_m,
        ]
        for t in cuts
        for p in t.patterns
    ]

    def colour(row: int, column: int, _value: Value) -> str:
        r = rows[row]
        left = r[6] if isinstance(r[6], float) else 0.0
        return _signal(r[4] == "survived", left, r[3] is True) if column in (4, 6) else ""

    page.table(LIST, rows, fill=colour, filtered=True)
    page.sheet.freeze_panes = "B1"


def _signal(survived: bool, left: float, required: bool) -> str:
    if not required:
        return NOT_REQUIRED
    if not survived:
        return RED
    return AMBER if left < BINDING_PCT else GREEN


def _cell(pattern: Pattern | None) -> Value:
    if pattern is None:
        return None
    shown = margin(pattern)
    return -pattern.missing_t if shown is None else shown


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
        None if worst is None else margin(worst),
        worst.start if worst else None,
        t.dearest_usd_m,
    ]
