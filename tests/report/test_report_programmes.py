"""The report says what programmes are started, what they do, and adds up with what they use instead."""

from __future__ import annotations

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from small_cases import case, cutoff, source, stock

from models.case import Case, Programme, ProgrammeEffect
from models.columns import Month
from models.plan import Plan
from optimizer.console import summary_lines
from optimizer.report import write_report
from optimizer.report.balance import monthly, yearly
from optimizer.report.view import View
from optimizer.solve import SolveOptions, solve


def effect(programme: str, share: float, **changes: object) -> ProgrammeEffect:
    """An effect on the makers' alpha."""
    fields: dict[str, object] = {"sector": "makers", "material": "alpha", "form": "powder", "share_affected": share, **changes}
    return ProgrammeEffect(programme=programme, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """Alpha is dear: half of it is replaced by beta, some is saved in a crisis, one programme is not worth its cost, one runs."""
    changed = case(
        sources=(source(price_factor=5.0), source("trade beta", "beta", countries=("elsewhere",))),
        stocks=(stock(),),
        cutoffs=(cutoff(),),
        programmes=(
            Programme(programme="costly", kind="substitution", capex_usd_m=90.0),
            Programme(programme="swap", kind="substitution", capex_usd_m=0.01, fixed_usd_m_per_yr=0.002),
            Programme(programme="saving", kind="thrifting", status="in force", online=Month(2027, 1)),
            Programme(programme="lever", kind="lever", status="contingency", lead_months=1),
        ),
        programme_effects=(
            effect("costly", 0.3),
            effect("swap", 0.5, serves_material="beta", serves_form="powder", t_per_t=1.2),
            effect("saving", 0.1),
            effect("lever", 0.2, usd_per_kg=1.0),
        ),
    )
    return changed, solve(changed, SolveOptions())


@pytest.fixture(scope="module")
def book(solved: tuple[Case, Plan], tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The report, written and opened again."""
    return openpyxl.load_workbook(write_report(*solved, tmp_path_factory.mktemp("report") / "plan.xlsx", audited=True))


def rows(book: Workbook, sheet: str, label: str) -> list[dict[str, object]]:
    """Rows of the table whose first header is so named, up to the first blank."""
    lines = list(book[sheet].iter_rows(values_only=True))
    head = next(n for n, line in enumerate(lines) if line[0] == label)
    found = []
    for line in lines[head + 2 :]:
        if line[0] is None:
            break
        found.append(dict(zip(lines[head], line, strict=True)))
    return found


def test_decisions_list_every_programme(book: Workbook) -> None:
    """Started first, then in force, contingencies and what is not started; 12 t of 24 replaced by the swap, 2.4 t saved."""
    found = rows(book, "Decisions", "Programme")
    assert [(r["Programme"], r["Decision"]) for r in found] == [
        ("swap", "started"),
        ("saving", "in force"),
        ("lever", "contingency"),
        ("costly", "not started"),
    ]
    assert [r["Replaced in the plan"] for r in found] == pytest.approx([12, 2.4, 0, 0])
    assert found[2]["Replaced in a crisis"] == pytest.approx(0.4)
    assert found[0]["What it does"] == "replaces up to 50 % of alpha (powder) of makers by 1.2 t of beta (powder) for each"
    assert str(found[2]["What it does"]).startswith("works 1 month after a cut-off begins; replaces")


def test_the_first_page_says_what_to_start(book: Workbook) -> None:
    """The programme to start, what it does, those that are not started, and the lever."""
    said = "\n".join(str(c.value) for row in book["Plan"].iter_rows() for c in row if c.value is not None)
    assert "Which programmes to start" in said
    assert "swap: replaces up to 50 % of alpha" in said
    assert "In force already: saving. Not started: costly. In a crisis: lever" in said


def test_supply_and_demand_add_up(solved: tuple[Case, Plan], book: Workbook) -> None:
    """12 t of alpha a year: 6 replaced by 7.2 t of beta, 1.2 saved; nothing is unserved and every year adds up, in a crisis too."""
    view = View(*solved)
    for flows in (yearly(view), monthly(view, view.operation("cut@2028-01"))):
        assert all(abs(f.difference) < 1e-6 and f.unmet < 1e-6 for f in flows.values())
    found = {(r["Material"], r["Year"]): r for r in rows(book, "Supply and demand", "Material")}
    assert found["alpha", 2028]["Replaced"] == pytest.approx(7.2)
    assert found["beta", 2028]["- Used instead"] == pytest.approx(7.2)
    assert {r["Not served"] for r in found.values()} == {0}


def test_the_console_says_it_too(solved: tuple[Case, Plan]) -> None:
    """One line for each start."""
    assert any("swap: decide in 2027-01, works from 2027-01" in line for line in summary_lines(solved[1], True))
