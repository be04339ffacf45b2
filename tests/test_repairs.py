"""Repairs: the exact tonnes, points and months that are missing, the cheapest first, each different, each proven by a solve."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from small_cases import case, cutoff, demand, settings, source, stock

from models.case import Case, Contract, ContractLine, Negotiable, Plant
from models.check import check
from models.columns import Month
from models.negotiable import moved, places
from models.plan import Plan, Repair
from optimizer import cli
from optimizer.audit import audit
from optimizer.exit_codes import ExitCode
from optimizer.repairs import amounts_of, repairs
from optimizer.solve import SolveOptions, solve
from optimizer.template import write_case
from optimizer.workbook import read_case

JAN_27 = Month(2027, 1)

STOCK = Negotiable(repair="stock", what="opening stock", name="store", most=5.0, usd_m_per_unit=0.5)
SERVICE = Negotiable(repair="service", what="service level", name="makers", most=100.0, usd_m_per_unit=0.1)
MONTHS = Negotiable(repair="shorter", what="cut-off months", name="cut", most=2, usd_m_per_unit=0.2)
LATER = Negotiable(repair="later", what="first start", name="cut", most=18, usd_m_per_unit=1.0)


def short(*rows: Negotiable, opening_t: float = 1.0, **sheets: Any) -> Case:
    """1 t a month used, all from abroad, three months cut from the first day on; 1 t in store: 2 t are missing."""
    plain: dict[str, Any] = {
        "stocks": (stock(opening_t=opening_t),),
        "demands": (demand(rationing="no"),),
        "cutoffs": (cutoff(first_start=JAN_27),),
        "negotiables": rows,
    }
    return case(**{**plain, **sheets})


def found(changed: Case, count: int = 3) -> tuple[Repair, ...]:
    """The repairs of a case; all are proven, and the input is sound."""
    assert not [finding for finding in check(changed) if finding.severity == "error"]
    rows = repairs(changed, count=count).rows
    assert all(row.proven for row in rows)
    return rows


def told(rows: tuple[Repair, ...]) -> list[tuple[int, str, float]]:
    """Number, row and amount of each."""
    return [(row.repair, row.negotiable, row.amount) for row in rows]


def test_the_exact_tonnes_of_stock() -> None:
    """max over k of sum(g d - a) = 3 t, less 1 t in store: 2 t more, at half a million each, and survived from the first day. With 2.4 t in
    store it is 0.6 t; with 3 t nothing."""
    (row,) = found(short(STOCK))
    assert (row.amount, row.unit, row.usd_m, row.total_usd_m) == (2.0, "t REO", 1.0, 1.0)
    assert row.change == "2 t REO more alpha powder in store on day one"
    assert (row.now, row.then, row.survives_from) == ("1", "3", JAN_27)
    assert row.plan_usd_m == pytest.approx(solve(short(opening_t=3.0)).summary.cost_usd_m)
    assert told(found(short(STOCK, opening_t=2.4))) == [(1, "stock", 0.6)]
    assert not repairs(short(STOCK, opening_t=3.0)).needed


def test_steps_are_kept() -> None:
    """Stock that comes by 0.75 t: three lots, 2.25 t, and half a tonne of them costs no less."""
    assert told(found(short(dataclasses.replace(STOCK, step=0.75)))) == [(1, "stock", 2.25)]


def test_what_is_not_enough_is_no_repair() -> None:
    """With at most 1.5 t more stock no plan survives; neither does one without anything negotiable."""
    assert repairs(short(dataclasses.replace(STOCK, most=1.5))) == repairs(short())
    assert repairs(short()).needed
    assert repairs(short()).rows == ()


def test_alternatives_are_ranked_by_cost() -> None:
    """2 t of stock cost 1.0 million. Serving a third of the demand, 66.67 points less at 0.1 million each, costs 6.667: second. Where a
    point costs 0.01 it costs 0.667 and is first."""
    rows = found(short(STOCK, SERVICE))
    assert [(row.repair, row.negotiable) for row in rows] == [(1, "stock"), (2, "service")]
    assert [row.amount for row in rows] == pytest.approx([2.0, 66.67])
    assert [row.total_usd_m for row in rows] == pytest.approx([1.0, 6.667])
    assert rows[1].change == "66.67 points less of the demand of makers for alpha powder served"
    cheap = found(short(STOCK, dataclasses.replace(SERVICE, usd_m_per_unit=0.01)))
    assert [row.negotiable for row in cheap] == ["service", "stock"]


def test_two_rows_together() -> None:
    """Only 1 t of stock can be had: with a third of the demand unserved (33.34 points) it is enough, for 0.5 + 3.334 million; the
    next does without stock: 66.67 points."""
    rows = found(short(dataclasses.replace(STOCK, most=1.0), SERVICE))
    assert [(row.repair, row.negotiable) for row in rows] == [(1, "stock"), (1, "service"), (2, "service")]
    assert [row.amount for row in rows] == pytest.approx([1.0, 33.34, 66.67])
    assert [row.total_usd_m for row in rows if row.repair == 1] == pytest.approx([3.834, 3.834])


def test_months_are_whole() -> None:
    """A cut of one month is survived: two months shorter, 0.4 million, come before 2 t of stock, 1.0; one month shorter and 1 t, 0.7,
    is not listed, for it needs nothing else than the two before it, and more of them than is cheapest."""
    rows = found(short(STOCK, MONTHS))
    assert told(rows) == [(1, "shorter", 2.0), (2, "stock", 2.0)]
    assert rows[0].change == "2 months less that cut lasts"
    assert (rows[0].now, rows[0].then) == ("3", "1")


@pytest.mark.slow
def test_steps_and_columns_together() -> None:
    """Of the cut only one month can be spared: with 1 t of stock that is 0.2 + 0.5 million, less than 2 t of stock."""
    rows = found(short(STOCK, dataclasses.replace(MONTHS, most=1)))
    assert told(rows) == [(1, "stock", 1.0), (1, "shorter", 1.0), (2, "stock", 2.0)]
    assert [row.total_usd_m for row in rows] == pytest.approx([0.7, 0.7, 1.0])


def test_later_starts() -> None:
    """24 t a year are bought and 12 t used: one tonne a month is put aside, and 1 t lies there, so two months later is soon enough. Of a
    latest first start the same."""
    for given in ({"first_start": JAN_27}, {"first_start": None, "latest_first_start": JAN_27}):
        (row,) = found(short(LATER, cutoffs=(cutoff(**given),)))
        assert (row.amount, row.now, row.then) == (2.0, "2027-01", "2027-03")
        assert row.change == "2 months later that cut must be survived"
        assert row.survives_from == Month(2027, 3)


def test_two_rows_of_months() -> None:
    """Two cut-offs, of alpha and of beta, both a year too early, each of 18 months to spare: 12 and 12 months, found by
    halves and not by trying all 324 pairs."""
    both = short(
        LATER,
        dataclasses.replace(LATER, repair="later beta", name="cut beta", usd_m_per_unit=2.0),
        settings=settings(horizon_months=24),
        demands=(demand(rationing="no"), demand("beta", rationing="no")),
        stocks=(stock(), stock("beta")),
        sources=(source(max_t_per_yr=13.0), source("trade beta", "beta", max_t_per_yr=13.0)),
        cutoffs=(
            cutoff(first_start=None, latest_first_start=JAN_27, elements=("alpha",), months=1),
            cutoff(cutoff="cut beta", first_start=None, latest_first_start=JAN_27, elements=("beta",), months=1),
        ),
    )
    assert told(found(both)) == [(1, "later", 12.0), (1, "later beta", 12.0)]


@pytest.mark.slow
def test_rights_in_force_and_sources() -> None:
    """A contract in force with a mine at home, 4 t a year: 1 t in three months, and 1 t in store; 1 t is missing, 4 t a year more of the
    right. Where the mine gives only 6 t a year, that right is not enough without 2 t a year more of the mine."""
    lines = {
        "sources": (source(), source("trade beta", "beta"), source("mine", countries=("home",), spot_share=0.0, max_t_per_yr=12.0)),
        "contracts": (Contract(contract="deal", status="in force", tenor_years=9),),
        "contract_lines": (ContractLine(contract="deal", source="mine", max_t_per_yr=(4.0,), fixed_usd_per_kg=10.0),),
    }
    right = Negotiable(repair="right", what="contract maximum", name="deal", most=8.0)
    (row,) = found(short(right, **lines))
    assert row.amount == pytest.approx(4.0, abs=2e-3)
    assert row.change.endswith(" t REO/yr more under deal from mine")
    less = {**lines, "sources": (*lines["sources"][:2], dataclasses.replace(lines["sources"][2], max_t_per_yr=6.0))}
    mine = Negotiable(repair="mine", what="source maximum", name="mine", most=12.0)
    assert not repairs(short(right, **less)).rows
    assert sorted((row.negotiable, row.amount) for row in found(short(right, mine, **less))) == [
        ("mine", pytest.approx(2.0, abs=2e-3)),
        ("right", pytest.approx(4.0, abs=2e-3)),
    ]


@pytest.mark.slow
def test_what_is_still_to_be_decided() -> None:
    """The same contract on offer, to be signed on the first day: its right goes with the signature, so the row is tried by tenths of
    8 t, and then made as small as can be: 4 t a year."""
    made = short(
        Negotiable(repair="right", what="contract maximum", name="deal", most=8.0),
        sources=(source(), source("trade beta", "beta"), source("mine", countries=("home",), spot_share=0.0, max_t_per_yr=12.0)),
        contracts=(Contract(contract="deal", status="on offer", tenor_years=9),),
        contract_lines=(ContractLine(contract="deal", source="mine", max_t_per_yr=(4.0,), fixed_usd_per_kg=10.0),),
        cutoffs=(cutoff(first_start=Month(2028, 1)),),
        stocks=(stock(opening_t=1.0, capacity_t=2.0),),
    )
    assert told(found(made)) == []  # 2 t fit, 1 t comes
    less = dataclasses.replace(made, stocks=(stock(opening_t=1.0, capacity_t=1.0),))
    (row,) = found(less)
    assert row.amount == pytest.approx(4.0, abs=2e-3)


def test_a_lead_time() -> None:
    """A refinery at home would serve all, from 14 months after the decision on; asked for in a year: two months less. Building gets
    shorter, the permit stays."""
    made = case(
        settings=settings(coarse_period_months=1, horizon_months=18, decision_every_months=1),
        forms=(*case().forms, dataclasses.replace(case().forms[0], form="ore", position=1)),
        prices=(*case().prices, dataclasses.replace(case().prices[0], form="ore")),
        sources=(source(), source("trade beta", "beta"), source("pit", form="ore", countries=("home",))),
        plants=(
            Plant(
                plant="works",
                status="candidate",
                country="home",
                input_form="ore",
                output_form="powder",
                capacity_t_per_yr=24.0,
                permit_months=4,
                build_months=10,
            ),
        ),
        demands=(demand(rationing="no"),),
        cutoffs=(cutoff(first_start=None, latest_first_start=Month(2028, 1)),),
        negotiables=(Negotiable(repair="lead", what="lead time", name="works", most=14),),
    )
    (row,) = found(made)
    assert (row.amount, row.now, row.then, row.change) == (2.0, "14", "12", "2 months less lead time of works")
    plant = moved(made, amounts_of(made, (row,))).plants[0]
    assert (plant.permit_months, plant.build_months) == (4, 8)


@pytest.mark.slow
def test_repairs_that_move_down_stop_at_nothing() -> None:
    """Points of severity: a cut of all becomes one of two thirds, 3 x 2 t x 1/3 arrive; in steps of 10, 40 points. A minimum falls to
    nothing at most."""
    severity = Negotiable(repair="severity", what="severity", name="cut", most=100.0, usd_m_per_unit=0.01)
    (row,) = found(short(severity))
    assert row.amount == pytest.approx(33.34, abs=0.02)
    (row,) = found(short(dataclasses.replace(severity, step=10.0)))
    assert (row.amount, row.then) == (40.0, "0.6")
    lines = (ContractLine(contract="deal", source="trade", min_t_per_yr=(4.0, 1.0), fixed_usd_per_kg=10.0),)
    less = Negotiable(repair="less", what="contract minimum", name="deal", most=3.0)
    made = short(less, contracts=(Contract(contract="deal", status="in force", tenor_years=9),), contract_lines=lines)
    assert moved(made, {0: 3.0}).contract_lines[0].min_t_per_yr == (1.0, 0.0)


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        (dataclasses.replace(STOCK, name="hall"), "name", "correct the name"),
        (dataclasses.replace(STOCK, material="beta"), "name", "no such row"),
        (dataclasses.replace(SERVICE, most=101.0), "most", "by more than 100"),
        (dataclasses.replace(MONTHS, most=3), "most", "by more than 2"),
        (dataclasses.replace(MONTHS, most=1.5), "most", "whole months"),
        (dataclasses.replace(LATER, step=0.5), "step", "whole months"),
        (dataclasses.replace(STOCK, step=6.0), "step", "further than it may move"),
        (Negotiable(repair="room", what="store capacity", name="store", most=1.0), "name", "blank there"),
        (Negotiable(repair="lead", what="lead time", name="nobody", most=1), "name", "correct the name"),
    ],
)
def test_bad_rows_are_told_at_their_cells(row: Negotiable, field: str, words: str) -> None:
    """A row about nothing, about a blank figure, or further than it can move is refused at its cell, in words."""
    findings = [
        f for f in check(short(STOCK, row if row.repair != "stock" else dataclasses.replace(row, repair="bad"))) if f.severity == "error"
    ]
    assert [(f.table, f.row, f.field) for f in findings if f.table == "Negotiable"] == [("Negotiable", 1, field)]
    assert words in findings[0].mend


def test_what_is_cited_or_ambiguous_is_refused() -> None:
    """A source whose maximum is an assumption has no number to move; two stocks of one store need a material."""
    two = short(STOCK, stocks=(stock(), stock("beta")))
    assert [(f.row, f.field) for f in check(two) if f.severity == "error"] == [(0, "material")]
    assert len(places(two, STOCK)) == 2
    assert len(places(two, dataclasses.replace(STOCK, material="beta"))) == 1


# The whole way


@pytest.fixture
def workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workbook of the case with two alternatives, in the current folder."""
    monkeypatch.chdir(tmp_path)
    write_case(short(STOCK, SERVICE), tmp_path / "case.xlsx")
    return tmp_path / "case.xlsx"


def test_solve_tells_the_repairs(workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 4; each repair is a line, a row of the plan and of a sheet of the report; with --repairs 0 there is none."""
    assert cli.run(["solve", "case.xlsx", "--json", "plan.json", "--quiet"]) == ExitCode.IMPOSSIBLE
    out = capsys.readouterr().out
    assert "Repair 1   2 t REO more alpha powder in store on day one: survives from 2027-01; costs 1 million USD" in out
    assert "Repair 2   66.67 points less of the demand of makers for alpha powder served" in out
    told = json.loads(Path("plan.json").read_text(encoding="utf-8"))["repairs"]
    assert [row["negotiable"] for row in told] == ["stock", "service"]
    sheet = load_workbook("case.report.xlsx")["Repairs"]
    assert any(cell.value == "2 t REO more alpha powder in store on day one" for row in sheet.iter_rows() for cell in row)
    assert cli.run(["solve", "case.xlsx", "--quiet", "--repairs", "0"]) == ExitCode.IMPOSSIBLE
    assert "Repair" not in capsys.readouterr().out.replace("Report", "")


@pytest.mark.slow
def test_the_repaired_workbook_survives(workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`repair --out` writes the workbook with a repair made; solved as it is, it is certified, and needs no repair any more."""
    assert cli.run(["repair", "case.xlsx", "--out", "mended.xlsx", "--quiet"]) == ExitCode.ANSWERED
    assert read_case(Path("mended.xlsx")).stocks[0].opening_t == 3.0
    assert cli.run(["repair", "case.xlsx", "--out", "second.xlsx", "--take", "2", "--quiet", "--json"]) == ExitCode.ANSWERED
    assert json.loads("{" + capsys.readouterr().out.partition("\n{")[2])["needed"] is True
    assert read_case(Path("second.xlsx")).demands[0].service_level == pytest.approx(0.3333)
    assert cli.run(["solve", "mended.xlsx", "--quiet"]) == ExitCode.ANSWERED
    assert cli.run(["repair", "mended.xlsx", "--quiet"]) == ExitCode.ANSWERED
    assert "nothing to repair" in capsys.readouterr().err
    assert cli.run(["repair", "case.xlsx", "--out", "case.xlsx"]) == ExitCode.USAGE
    assert cli.run(["repair", "case.xlsx", "--out", "third.xlsx", "--take", "9", "--quiet"]) == ExitCode.USAGE
    assert not Path("third.xlsx").exists()


def test_no_repair_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 4 where what is negotiable is not enough, or nothing is."""
    for name, rows in (("few", (dataclasses.replace(STOCK, most=1.0),)), ("none", ())):
        write_case(short(*rows), tmp_path / f"{name}.xlsx")
        assert cli.run(["repair", str(tmp_path / f"{name}.xlsx"), "--quiet"]) == ExitCode.IMPOSSIBLE
        assert "no repair was found" in capsys.readouterr().err


@pytest.fixture(scope="module")
def repaired_plan() -> tuple[Case, Plan]:
    """The answer that no plan survives, with two repairs; the audit finds nothing in it."""
    made = short(STOCK, SERVICE)
    plan = dataclasses.replace(solve(made, SolveOptions()), repairs=found(made))
    assert audit(made, plan).findings == ()
    return made, plan


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 6.0},
        {"amount": 0.0},
        {"usd_m": 2.0},
        {"total_usd_m": 2.0},
        {"negotiable": "gift"},
        {"repair": 3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_repair_altered_by_hand_is_caught(repaired_plan: tuple[Case, Plan], change: dict[str, Any]) -> None:
    """More than a row may move, nothing, another cost or sum, an unknown row, a number left out."""
    made, plan = repaired_plan
    altered = dataclasses.replace(plan, repairs=(plan.repairs[0], dataclasses.replace(plan.repairs[1], **change)))
    if "amount" in change:
        altered = dataclasses.replace(plan, repairs=(dataclasses.replace(plan.repairs[0], **change), plan.repairs[1]))
    assert "repairs" in {finding.rule for finding in audit(made, altered).findings}
