"""Workbooks of the answers: what stands where, and that no chart or row is lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from models.columns import Month
from optimizer.report.studies.frontier import said, within, write_frontier, write_within
from optimizer.report.studies.waiting import given_away, write_waiting
from optimizer.studies.budget import Within
from optimizer.studies.frontier import Frontier, Point
from optimizer.studies.waiting import Later, Waiting


def point(value: float, cost: float | None, **more: Any) -> Point:
    plain: dict[str, Any] = {
        "status": "certified" if cost is not None else "impossible",
        "bound_usd_m": cost,
        "insurance_usd_m": None if cost is None else cost - 240,
        "first_start": Month(2028, 1) if cost is not None else None,
        "most_stock_t": value if cost is not None else None,
    }
    return Point(value=value, cost_usd_m=cost, **{**plain, **more})


POINTS = (
    point(0, 240.0),
    point(6, 300.0, signed=("offer (2027-01)",)),
    point(12, 360.0, signed=("offer (2027-01)",), built=("works (2027-07)", "works (2028-01)")),
    point(18, None, ready=Month(2029, 1), ready_cost_usd_m=420.0, missing_t=6.0),
)

LINE = Frontier(
    title="a case", axis="months", about=("cut",), today=6.0, held=True, disordered="", points=POINTS, solves=5, tests=0, spared=0
)


def rows(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows() if any(cell.value is not None for cell in row)]


def find(sheet: Worksheet, first: object) -> list[Any]:
    return next(row for row in rows(sheet) if row[0] == first)


def test_the_frontier_in_a_workbook(tmp_path: Path) -> None:
    """Points with cost, bound, what a month costs more, readiness of the impossible one; a chart; decisions side by side."""
    book = load_workbook(write_frontier(LINE, tmp_path / "f.xlsx"))
    sheet = book["Frontier"]
    assert find(sheet, "Months of the cut-off")[1:11] == [
        "Answer", "Cost", "Bound", "Insurance", "Step", "Survived from", "Most stock", "Lacks", "Ready from", "Cost from there",
    ]  # fmt: skip
    assert find(sheet, 6)[:8] == [6, "certified", 300, 300, 60, 10, "2028-01", 6]
    assert find(sheet, 18)[:11] == [18, "impossible", None, None, None, None, None, None, 6, "2029-01", 420]
    assert len(sheet._charts) == 1  # type: ignore[attr-defined]
    assert rows(book["Decisions"])[-2:] == [
        ["offer", "", "2027-01", "2027-01"],
        ["works", "", "", "2027-07, 2028-01"],
    ] or rows(book["Decisions"])[-2:] == [["offer", None, "2027-01", "2027-01"], ["works", None, None, "2027-07, 2028-01"]]


def test_what_is_said_of_a_frontier() -> None:
    """Whether costs can be compared, how many solves it took, and why neighbours did not help."""
    assert said(LINE)[-1] == "5 solves in all, later starts included, for 4 points."
    spared = dataclasses.replace(LINE, solves=1, tests=2, spared=2)
    assert (
        said(spared)[-1] == "1 solve in all, later starts included, for 4 points; 2 followed from their neighbours (2 plans were tested)."
    )
    loose = dataclasses.replace(LINE, held=False, disordered="the first start of cut is found anew at each point", today=None)
    assert "different first starts are of different safety" in said(loose)[-2]
    easing = dataclasses.replace(LINE, disordered="the cut of cut eases while it lasts")
    assert said(easing)[-1].endswith("points could not help each other: the cut of cut eases while it lasts.")


def test_the_axes_in_percent(tmp_path: Path) -> None:
    """Severity and service are shares in the answer and per cent on the page; the step is per point."""
    points = (point(0.5, 240.0), point(0.75, 250.0))
    book = load_workbook(write_frontier(dataclasses.replace(LINE, axis="severity", points=points), tmp_path / "s.xlsx"))
    assert find(book["Frontier"], 75)[:6] == [75, "certified", 250, 250, 10, 0.4]


def test_the_budget_in_a_workbook(tmp_path: Path) -> None:
    """The answer as a heading, the budget beside every length and in the chart."""
    answer = Within(
        title="a case",
        about=("cut",),
        budget_usd_m=310.0,
        months=6,
        cost_usd_m=300.0,
        next_bound_usd_m=315.0,
        proven=True,
        note="no plan for 7 months costs less than 315.00 million USD",
        today=None,
        points=POINTS[:3],
        solves=3,
    )
    book = load_workbook(write_within(answer, tmp_path / "b.xlsx"))
    texts = [row[0] for row in rows(book["Budget"])]
    assert "Within 310.00 million USD a cut-off of 6 months is survived" in texts
    assert "No plan for 7 months costs less than 315.00 million USD." in texts
    assert find(book["Budget"], 12)[8] == 310
    assert len(book["Budget"]._charts[0].series) == 3  # type: ignore[attr-defined]


def test_the_budget_in_words() -> None:
    """Nothing at all, not even a month, and an answer that is not proven."""
    plain = Within(
        title="", about=("cut",), budget_usd_m=1.0, months=None, cost_usd_m=None, next_bound_usd_m=2.0, proven=True, note="so", today=3.0,
        points=(), solves=1,
    )  # fmt: skip
    assert within(plain)[0] == "1.00 million USD is not enough for any plan"
    assert within(dataclasses.replace(plain, months=0, cost_usd_m=0.5))[0].endswith("no cut-off of cut is survived, not even of one month")
    assert within(dataclasses.replace(plain, proven=False))[1] == "So. This is not proven from both sides."


def test_waiting_in_a_workbook(tmp_path: Path) -> None:
    """One row per date, what waiting gives away, decisions side by side."""
    at_once = Later(
        years=0, decided_from=Month(2027, 1), status="as early", cost_usd_m=120.0, bound_usd_m=119.0, more_usd_m=0.0, months_later=0,
        signed=("offer (2027-01)",), most_stock_t=0.0,
    )  # fmt: skip
    later = dataclasses.replace(
        at_once, years=1, decided_from=Month(2028, 1), status="later", cost_usd_m=180.0, more_usd_m=60.0, months_later=12, missing_t=3.0,
        ready=("cut: 2029-01",), lost=("works (plant)",), dropped=("works",), signed=("offer (2028-01)",),
    )  # fmt: skip
    none = dataclasses.replace(at_once, years=2, decided_from=Month(2029, 1), status="failed", cost_usd_m=None, note="why")
    book = load_workbook(
        write_waiting(Waiting(title="a case", stocks_wait=False, rows=(at_once, later, none), solves=3), tmp_path / "w.xlsx")
    )
    assert find(book["Waiting"], "2028-01")[:8] == ["2028-01", 1, "only later", 180, 119, 60, 12, 3]
    assert find(book["Waiting"], "2029-01")[2] == "no answer"
    assert len(book["Waiting"]._charts) == 1  # type: ignore[attr-defined]
    assert given_away(later) == [
        "can no longer be decided in time: works (plant)",
        "is no longer taken: works",
        "survived only from: cut: 2029-01",
    ]
    assert given_away(none) == ["why"]
    assert book.sheetnames == ["Waiting", "Decisions"]


def test_names_of_the_planner_are_no_formulas(tmp_path: Path) -> None:
    """A contract whose name begins like a formula is text on every page."""
    points = (point(6, 300.0, signed=("=1+1 (2027-01)",)), POINTS[2])
    book = load_workbook(write_frontier(dataclasses.replace(LINE, title="=2+2", about=("=cut",), points=points), tmp_path / "n.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert [cell for cell in cells if cell.value == "=1+1"]
