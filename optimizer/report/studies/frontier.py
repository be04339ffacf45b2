"""Pages of the frontier and of the most months within a budget: one sheet with answer, table and chart, one with decisions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimizer.report.charts import Span, scatter_chart
from optimizer.report.look import TONNES, money
from optimizer.report.page import Column, Page, Value
from optimizer.report.studies.sheets import SIGNALS, StudyBook, decisions
from optimizer.studies.budget import Within
from optimizer.studies.frontier import Frontier, Point

NAMES: dict[str, str] = {"months": "Months of the cut-off", "severity": "Severity of the cut-off", "service": "Service level"}

LEAD = (
    "Every row is a plan of its own: the case solved with this one figure changed. Cost is discounted, in million US dollars; no plan "
    "can cost less than the bound. Insurance is what the plan costs more than the cheapest one that need survive nothing."
)


def write_frontier(answer: Frontier, path: Path) -> Path:
    """Write the frontier as a workbook and return the path written. Raises ``OSError``."""
    axis = answer.axis
    book = StudyBook(answer.title)
    page = book.page("Frontier", f"What survival costs: {NAMES[answer.axis].lower()}", LEAD, 12)
    for line in said(answer):
        page.text(line)
    page.row += 1
    _points(page, axis, answer.points)
    _decided(book, axis, answer.points)
    return book.save(path)


def write_within(answer: Within, path: Path) -> Path:
    """Write the most months within a budget as a workbook and return the path written. Raises ``OSError``."""
    book = StudyBook(answer.title)
    page = book.page("Budget", "How long is survived within a budget", LEAD, 12)
    first, *others = within(answer)
    page.section(first)
    for line in others:
        page.text(line)
    page.row += 1
    _points(page, "months", answer.points, answer.budget_usd_m)
    _decided(book, "months", answer.points)
    return book.save(path)


def said(answer: Frontier) -> list[str]:
    """What there is to know of a frontier besides its points, in sentences."""
    kind = "protected demand of" if answer.axis == "service" else "cut-offs"
    lines = [f"What differs: {kind} {', '.join(answer.about)}."]
    if answer.today is not None:
        lines.append(f"The workbook says {shown(answer.axis, answer.today)}.")
    if answer.held:
        lines.append("All points are asked from the same first starts, so their costs can be compared.")
    else:
        lines.append("Each point finds its own first starts: costs of different first starts are of different safety.")
    count = f"{answer.solves} solve{'' if answer.solves == 1 else 's'} in all, later starts included, for {len(answer.points)} points"
    if answer.disordered and answer.held:
        lines.append(f"{count}; points could not help each other: {answer.disordered}.")
    elif answer.spared:
        lines.append(f"{count}; {answer.spared} followed from their neighbours ({answer.tests} plans were tested).")
    else:
        lines.append(f"{count}.")
    return lines


def within(answer: Within) -> list[str]:
    """The answer to the dual question, in sentences; the first is the answer itself."""
    of = ", ".join(answer.about)
    budget = f"{answer.budget_usd_m:,.2f} million USD"
    if answer.months is None:
        first = f"{budget} is not enough for any plan"
    elif answer.months == 0:
        first = f"Within {budget} no cut-off of {of} is survived, not even of one month"
    else:
        first = f"Within {budget} a cut-off of {shown('months', answer.months)} is survived"
    lines = [first]
    if answer.months is not None and answer.cost_usd_m is not None:
        lines.append(f"The plan for {shown('months', answer.months)} costs {answer.cost_usd_m:,.2f} million USD.")
    lines.append(f"{answer.note[:1].upper()}{answer.note[1:]}." + ("" if answer.proven else " This is not proven from both sides."))
    lines.append(f"Cut-offs: {of}.")
    if answer.today is not None:
        lines.append(f"The workbook says {shown('months', answer.today)}.")
    return lines


def shown(axis: str, value: float) -> str:
    """A value of an axis in words."""
    if axis == "months":
        return "no cut" if value == 0 else f"{value:g} month{'' if value == 1 else 's'}"
    return f"{100 * value:g} %"


def _points(page: Page, axis: str, found: Sequence[Point], budget: float | None = None) -> None:
    usd = money([p.cost_usd_m for p in found if p.cost_usd_m is not None])
    impossible = any(p.status == "impossible" for p in found)
    columns = [
        Column(NAMES[axis], "months" if axis == "months" else "%", "", "0.##", 13),
        Column("Answer", "", "Certified: survives every pattern, within the gap.", width=13),
        Column("Cost", "million USD", "Discounted cost of the plan.", usd, 13),
        Column("Bound", "million USD", "No plan costs less.", usd, 13),
        Column("Insurance", "million USD", "More than the cheapest plan that need survive nothing.", usd, 13),
        Column("Step", "million USD", "More than the row before, per month or per point of a percent.", usd, 13),
        Column("Survived from", "", "The latest of the cut-offs' first starts.", width=13),
        Column("Most stock", "t REO", "The most that lies in all stores together.", TONNES, 12),
    ]
    if impossible:
        columns += [
            Column("Lacks", "t REO", "At the least, in the pattern that lacks most.", TONNES, 11),
            Column("Ready from", "", "The earliest first start that can be had instead.", width=12),
            Column("Cost from there", "million USD", "Of survival from that start on.", usd, 13),
        ]
    if budget is not None:
        columns.append(Column("Budget", "million USD", "", usd, 13))
    columns.append(Column("Note", width=44))
    rows = []
    for place, p in enumerate(found):
        row: list[Value] = [_figure(axis, p.value), p.status, p.cost_usd_m, p.bound_usd_m, p.insurance_usd_m, _step(axis, found, place)]
        row += [p.first_start, p.most_stock_t]
        row += [p.missing_t, p.ready, p.ready_cost_usd_m] if impossible else []
        row += [budget] if budget is not None else []
        rows.append([*row, p.note])
    placed = page.table(columns, rows, fill=lambda i, j, value: SIGNALS.get(str(value), "") if j == 1 else "", frozen=1)
    if len(found) > 1:
        _chart(page, axis, placed.first, len(found), None if budget is None else len(columns) - 1)


def _figure(axis: str, value: float) -> float:
    return value if axis == "months" else 100 * value


def _step(axis: str, found: Sequence[Point], place: int) -> float | None:
    """What a month, or a point of a percent, costs more than at the row before."""
    if place == 0:
        return None
    here, before = found[place], found[place - 1]
    if here.cost_usd_m is None or before.cost_usd_m is None:
        return None
    return (here.cost_usd_m - before.cost_usd_m) / (_figure(axis, here.value) - _figure(axis, before.value))


def _chart(page: Page, axis: str, first: int, count: int, budget: int | None) -> None:
    sheet = page.sheet
    x = Span(sheet, first, 1, count, down=True)
    header = first - 2
    series = [(Span(sheet, header, column), x, Span(sheet, first, column, count, down=True)) for column in (3, 4)]
    if budget is not None:
        series.append((Span(sheet, header, budget), x, Span(sheet, first, budget, count, down=True)))
    over = NAMES[axis] + ("" if axis == "months" else ", %")
    page.chart(scatter_chart("Cost of survival", "million USD, discounted", series, over))


def _decided(book: StudyBook, axis: str, found: Sequence[Point]) -> None:
    plans = [p for p in found if p.cost_usd_m is not None]
    if not plans:
        return
    lead = "What each plan signs, builds and starts, with the month of the decision."
    page = book.page("Decisions", "What is decided", lead, 1 + len(plans))
    decisions(page, [shown(axis, p.value) for p in plans], [(*p.signed, *p.built) for p in plans])
