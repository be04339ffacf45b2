"""Two workbooks, or two plans, side by side."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import openpyxl
import pytest
from small_cases import case as small_case
from small_cases import cutoff, demand, settings, source, stock

from models.case import Case, Contract, ContractLine
from models.columns import Month
from models.plan import Plan
from optimizer import plan_file
from optimizer.cli import run
from optimizer.comparing import inputs_that_differ, plans_compared
from optimizer.exit_codes import ExitCode
from optimizer.solve import SolveOptions, solve
from optimizer.template import write_case


def offered(price: float, months: int = 2) -> Case:
    """12 t a year at 10 USD/kg, or at ``price`` under a contract with a supplier who is not cut; a cut-off of so many months."""
    return small_case(
        settings=settings(horizon_months=24),
        demands=(demand(rationing="no"),),
        sources=(source(), source("near", countries=("next door",), max_t_per_yr=12.0, spot_share=0.0, price_factor=3.0)),
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=5),),
        contract_lines=(
            ContractLine(contract="offtake", source="near", min_t_per_yr=(12.0,), max_t_per_yr=(12.0,), fixed_usd_per_kg=price),
        ),
        stocks=(stock(),),
        cutoffs=(cutoff(months=months),),
    )


@pytest.fixture(scope="module")
def plans() -> tuple[Plan, Plan]:
    """Signed at 8 USD/kg; not at 13, where a stock is held instead."""
    first, second = solve(offered(8.0), SolveOptions()), solve(offered(13.0), SolveOptions())
    assert (len(first.signatures), len(second.signatures)) == (1, 0)
    return first, second


def test_every_cell_that_differs_is_told() -> None:
    """A price, a setting, a month more of the cut, a row that only one has, one renamed; what is the same is not told."""
    first = offered(8.0)
    second = dataclasses.replace(offered(13.0, months=3), settings=settings(horizon_months=36), stocks=(stock("beta", opening_t=1.0),))
    told = {(r.sheet, r.row, r.column): (r.first, r.second) for r in inputs_that_differ(first, second)}
    assert told == {
        ("Settings", "", "horizon_months"): ("24", "36"),
        ("ContractLines", "offtake / near", "fixed_usd_per_kg"): ("8", "13"),
        ("CutOffs", "cut", "months"): ("2", "3"),
        ("Stocks", "store / alpha / powder", ""): ("store store; material alpha; form powder", ""),
        ("Stocks", "store / beta / powder", ""): ("", "store store; material beta; form powder; opening_t 1"),
    }
    assert inputs_that_differ(first, offered(8.0)) == ()


def test_decisions_cost_survival_and_targets_are_told(plans: tuple[Plan, Plan]) -> None:
    """The second does not sign: 12 t a year at 10 instead of 8 and 2 t to hold, 0.068 million USD more; both survive."""
    found = plans_compared(*plans, ("a", "b"))
    assert [(r.kind, r.name, r.first, r.second) for r in found.decisions] == [
        ("contract", "offtake", "signed 2027-01, 2027-01 to 2031-12", "")
    ]
    terms = {r.term: r.more_usd_m for r in found.costs if r.year is None}
    assert terms == pytest.approx({"purchases": 0.26, "contracts": -0.192})
    assert sum(terms.values()) == pytest.approx(plans[1].summary.cost_usd_m - plans[0].summary.cost_usd_m)
    by_year = {r.year: r.more_usd_m for r in found.costs if r.term == "contracts" and r.year is not None}
    assert by_year == pytest.approx({2027: -0.096, 2028: -0.096})
    told = {r.what: (r.first, r.second, r.differs) for r in found.survival}
    assert told["answer"] == ("certified", "certified", False)
    assert told["workbook"][2]
    assert told["cut: survived from"] == ("2028-01", "2028-01", False)
    target = next(r for r in found.targets if r.year == 2028)
    assert (target.first_t, target.second_t) == (pytest.approx(0.0, abs=1e-6), pytest.approx(2.0))
    assert not found.same
    assert plans_compared(plans[0], plans[0], ("a", "a")).same


def test_the_command_compares_workbooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output a table; the same workbook twice: nothing differs; a workbook with a plan: refused; a fault: at its cell."""
    write_case(offered(8.0), tmp_path / "a.xlsx")
    write_case(offered(13.0), tmp_path / "b.xlsx")
    assert run(["compare", str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx")]) is ExitCode.ANSWERED
    assert "fixed_usd_per_kg" in capsys.readouterr().out
    assert run(["compare", str(tmp_path / "a.xlsx"), str(tmp_path / "a.xlsx")]) is ExitCode.ANSWERED
    assert capsys.readouterr().out == "Nothing differs.\n"
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    assert run(["compare", str(tmp_path / "a.xlsx"), str(tmp_path / "plan.json")]) is ExitCode.USAGE
    assert "compare two workbooks, or two plans" in capsys.readouterr().err
    assert run(["compare", str(tmp_path / "plan.json"), str(tmp_path / "plan.json")]) is ExitCode.INPUT_REFUSED
    assert run(["compare", str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx"), "--out", str(tmp_path / "a.xlsx")]) is ExitCode.USAGE
    write_case(dataclasses.replace(offered(8.0), demands=(demand(service_level=2.0),)), tmp_path / "b.xlsx")
    assert run(["compare", str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx")]) is ExitCode.INPUT_REFUSED
    assert "Demand!" in capsys.readouterr().err


def test_the_command_compares_plans(plans: tuple[Plan, Plan], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plans as tables, as JSON and as a workbook with a sheet for each; with their workbooks the inputs too, and a plan that belongs to
    another workbook is refused."""
    for name, plan, case in (("a", plans[0], offered(8.0)), ("b", plans[1], offered(13.0))):
        plan_file.write_plan(plan, tmp_path / f"{name}.json")
        write_case(case, tmp_path / f"{name}.xlsx")
    words = ["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert run([*words, "--out", str(tmp_path / "answer.xlsx"), "--json", str(tmp_path / "answer.json")]) is ExitCode.ANSWERED
    assert "Decisions that differ" in capsys.readouterr().out
    told = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert told["decisions"][0]["name"] == "offtake"
    assert told["inputs"] == []
    book = openpyxl.load_workbook(tmp_path / "answer.xlsx")
    assert book.sheetnames == ["Comparison", "Decisions", "Costs", "Stock targets"]
    cells = {cell.value for row in book["Costs"].iter_rows() for cell in row}
    assert {"purchases", "contracts", "Total", 2027} <= cells
    workbooks = [str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx")]
    assert run([*words, "--inputs", *workbooks, "--out", str(tmp_path / "answer.xlsx")]) is ExitCode.ANSWERED
    assert openpyxl.load_workbook(tmp_path / "answer.xlsx").sheetnames[1] == "Inputs"
    assert run([*words, "--inputs", *reversed(workbooks)]) is ExitCode.INPUT_REFUSED
    assert "belongs to another workbook" in capsys.readouterr().err


def test_months_and_years_of_decisions_are_told(plans: tuple[Plan, Plan]) -> None:
    """The same contract signed a year later is a decision that differs."""
    later = dataclasses.replace(
        plans[0], signatures=(dataclasses.replace(plans[0].signatures[0], signed=Month(2028, 1), first_delivery=Month(2028, 1)),)
    )
    row = plans_compared(plans[0], later, ("a", "b")).decisions[0]
    assert (row.first, row.second) == ("signed 2027-01, 2027-01 to 2031-12", "signed 2028-01, 2028-01 to 2031-12")
