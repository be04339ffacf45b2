"""Exposure: what losses do, against figures by hand; what the command writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from small_cases import case, cutoff, demand, source, stock

from models.case import Case, Contract, ContractLine, Plant, Store
from models.columns import Month
from optimizer import cli
from optimizer import solve as solving
from optimizer.exit_codes import ExitCode
from optimizer.studies.exposure import Loss, exposure, losses_of
from optimizer.template import write_case


def made() -> Case:
    """1 t a month needed; up to 2 t a month from abroad at 10 USD/kg, half a tonne from a neighbour at the same price; a cut of abroad of
    3 months must be survived from 2028 on, so that 1.5 t are held. Unserved demand costs 1000 USD/kg."""
    sources = (source(supplier="big"), source("near", countries=("neighbour",), max_t_per_yr=6.0), source("far", "beta", supplier="big"))
    return case(sources=sources, cutoffs=(cutoff(),), stocks=(stock(),), demands=(demand(protected=True),))


def found(losses: tuple[Loss, ...], kind: str, name: str) -> Loss:
    """One row."""
    (row,) = (row for row in losses if (row.kind, row.name) == (kind, name))
    return row


def test_a_loss_by_hand() -> None:
    """A year without abroad, from 2028: half a tonne a month comes from near by. Without the plan 6 t of 12 are missing from the first
    month on; with it the 1.5 t held last three months and 4.5 t are missing. Cost: 6 t x 1000 - 6 t x 10 = 5.94 million USD
    without; with it 4.5 t x 1000 less the 4.5 t not bought = 4.455 million USD."""
    answer = exposure(made(), solving.solve(made()))
    loss = found(answer.losses, "country", "abroad")
    assert loss.start == Month(2028, 1)
    assert (loss.months, loss.without_months) == (3, 0)
    assert loss.missing_t == pytest.approx(4.5, abs=1e-5)
    assert loss.without_missing_t == pytest.approx(6.0, abs=1e-5)
    assert loss.usd_m == pytest.approx(4.455, abs=1e-4)
    assert loss.without_usd_m == pytest.approx(5.94, abs=1e-4)


def test_what_others_replace_does_no_harm() -> None:
    """Without the neighbour abroad sells all: nothing is missing and nothing is dearer; beta, which nobody needs, neither; and the store
    loses what lies in it, 1.5 t or nothing, which only saves its cost: nothing is missing."""
    answer = exposure(made(), solving.solve(made()))
    for kind, name in (("country", "neighbour"), ("source", "near"), ("source", "far"), ("store", "store")):
        loss = found(answer.losses, kind, name)
        assert (loss.missing_t, loss.without_missing_t) == (0.0, 0.0), name
        assert (loss.months, loss.without_months) == (12, 12)
    assert found(answer.losses, "source", "near").usd_m == pytest.approx(0.0, abs=1e-9)


def test_the_worst_comes_first_and_the_same_loss_counts_the_same() -> None:
    """Abroad as a country, its supplier and its one source that matters do the same harm, and come before all else."""
    answer = exposure(made(), solving.solve(made()))
    worst = [(row.kind, row.name) for row in answer.losses[:3]]
    assert worst == [("country", "abroad"), ("source", "trade"), ("supplier", "big")]
    assert len({round(row.missing_t or 0.0, 5) for row in answer.losses[:3]}) == 1


def test_without_a_plan() -> None:
    """Only the cheapest plan that need survive nothing is told: 6 t; one kind alone may be asked for, and another length: 3 t
    in 6 months."""
    answer = exposure(made(), months=6, kinds=["country"])
    assert {row.kind for row in answer.losses} == {"country"}
    worst = answer.losses[0]
    assert (answer.with_plan, worst.months, worst.missing_t, worst.usd_m) == (False, None, None, None)
    assert worst.without_missing_t == pytest.approx(3.0, abs=1e-5)


def test_who_can_be_lost() -> None:
    """Countries of sources, plants and stores but the home country; suppliers of several sources; contracts that have not expired."""
    plant = Plant(plant="mill", status="existing", country="hills", capacity_t_per_yr=1.0, input_form="powder", output_form="powder")
    contracts = (
        Contract(contract="old", status="expired", tenor_years=1),
        Contract(contract="new", status="on offer", tenor_years=1),
    )
    changed = case(
        sources=(source(supplier="one"), source("two", supplier="one"), source("three", supplier="alone")),
        plants=(plant,),
        contracts=contracts,
        contract_lines=(ContractLine(contract="new", source="trade", price_index="index"),),
        stores=(Store(store="depot", country="abroad"),),
    )
    names = [(kind, name) for kind, name, _ in losses_of(changed, 12)]
    assert [n for k, n in names if k == "country"] == ["abroad", "hills"]
    assert [n for k, n in names if k == "supplier"] == ["one"]
    assert [n for k, n in names if k == "contract"] == ["new"]
    assert [n for k, n in names if k == "plant"] == ["mill"]
    assert [n for k, n in names if k == "store"] == ["depot"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A table on standard output, JSON, and a sheet with a chart; a plan of another workbook is refused and nothing is written."""
    monkeypatch.chdir(tmp_path)
    write_case(made(), tmp_path / "case.xlsx")
    assert cli.run(["solve", "case.xlsx", "--json", "plan.json", "--quiet"]) is ExitCode.ANSWERED
    capsys.readouterr()
    words = ["exposure", "case.xlsx", "plan.json", "--json", "answer.json", "--workers", "1", "--quiet"]
    assert cli.run(words) is ExitCode.ANSWERED
    assert "the worst of 7 losses, each of 12 months" in capsys.readouterr().out
    answer = json.loads(Path("answer.json").read_text(encoding="utf-8"))
    assert answer["losses"][0]["name"] == "abroad"
    sheet = openpyxl.load_workbook("case.exposure.xlsx")["Exposure"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows() if isinstance(row[0].value, int)]
    assert rows[0][1:5] == ["country", "abroad", "2028-01", 3]
    assert rows[0][5] == pytest.approx(4.5, abs=1e-5)
    assert len(sheet._charts) == 1
    write_case(case(), tmp_path / "other.xlsx")
    assert cli.run(["exposure", "other.xlsx", "plan.json", "--quiet"]) is ExitCode.INPUT_REFUSED
    assert "belongs to another workbook" in capsys.readouterr().err
    assert not Path("other.exposure.xlsx").exists()
