"""The price of security: shadow prices by hand and by finite differences, the two references, ablations, and the command."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from small_cases import case, change, cutoff, demand, settings, source, stock

from models.case import Case, Contract, ContractLine
from optimizer import cli
from optimizer.exit_codes import ExitCode
from optimizer.plan_file import write_plan
from optimizer.solve import SolveOptions, solve
from optimizer.studies.security import Security, security, without
from optimizer.template import write_case
from optimizer.workbook import read_case

EXACT = SolveOptions(relative_gap_pct=0)


def priced(plain: Case, ablate: bool = False) -> Security:
    """The price of security of a case's cheapest plan."""
    return security(plain, solve(plain, EXACT), EXACT, ablate=ablate)


def test_a_kilogram_more_costs_what_it_is_bought_for() -> None:
    """3 t for the three months of any cut from 2028 on. The end of the plan binds: each of its months asks for its own kilogram, bought at
    10 USD and never used, so that one kilogram more in any of them costs 10 USD. A cut in January 2028 costs nothing more: what it needs
    earlier is used later. A kilogram more in the store on the first day saves 10 USD."""
    answer = priced(case(stocks=(stock(opening_t=1.0),), cutoffs=(cutoff(),)))
    end = [row for row in answer.requirements if str(row.start) == "2029-01"]
    assert [(str(row.month), row.usd_per_kg) for row in end] == [(m, pytest.approx(10.0)) for m in ("2029-01", "2029-02", "2029-03")]
    assert sum(row.usd_per_kg for row in answer.requirements) == pytest.approx(30.0)
    assert [(row.material, row.all_usd_per_kg, row.dearest_usd_per_kg) for row in answer.materials] == [
        ("alpha", pytest.approx(30.0), pytest.approx(10.0))
    ]
    assert [(row.store, row.usd_per_kg) for row in answer.stocks] == [("store", pytest.approx(10.0))]


def rich() -> Case:
    """Two demands at four fifths, two stores' worth of stock that costs something to keep, and discounting."""
    return case(
        settings=settings(discount_rate_pct=8.0, coarse_period_months=6),
        demands=(demand(service_level=0.8), demand("beta", t_per_yr=6.0, service_level=0.8)),
        stocks=(stock(opening_t=0.5, storage_usd_per_t_yr=300.0), stock("beta", opening_t=0.2, loss_pct_per_yr=5.0)),
        cutoffs=(cutoff(severity=0.9), cutoff(cutoff="long", months=5, severity=0.5)),
    )


def test_prices_are_those_of_small_changes() -> None:
    """A service level that rises by a thousandth asks for a thousandth of demand more in every month of every pattern: the plan costs more
    by that times the sum of the prices. A kilogram more on the first day saves the stock's price."""
    plain = rich()
    answer, cost = priced(plain), solve(plain, EXACT).summary.cost_usd_m
    for number, tonnes in ((0, 1.0), (1, 0.5)):
        row = plain.demands[number]
        demands = tuple(change(d, service_level=0.801) if d is row else d for d in plain.demands)
        more = solve(change(plain, demands=demands), EXACT).summary.cost_usd_m - cost
        told = sum(p.usd_per_kg for p in answer.requirements if p.material == row.material)
        assert told > 0
        assert more == pytest.approx(0.001 * tonnes * told / 1000, rel=1e-3)
    for number, k in enumerate(plain.stocks):
        stocks = tuple(change(s, opening_t=s.opening_t + 0.001) if s is k else s for s in plain.stocks)
        less = cost - solve(change(plain, stocks=stocks), EXACT).summary.cost_usd_m
        told = next(s.usd_per_kg for s in answer.stocks if s.material == k.material)
        assert less == pytest.approx(told / 1e6, rel=1e-3), number


def test_against_both_references() -> None:
    """The plan costs 0.26: 24 t are needed, 1 t lies there, and 3 t must lie there at the end. One that runs its stock down costs 0.23,
    one that keeps its 30 days of cover, 1 t, costs 0.24."""
    answer = priced(case(stocks=(stock(opening_t=1.0),), cutoffs=(cutoff(),)))
    assert [(r.cost_usd_m, r.survival_usd_m) for r in answer.references] == [
        (pytest.approx(0.23), pytest.approx(0.03)),
        (pytest.approx(0.24), pytest.approx(0.02)),
    ]


def with_contract() -> Case:
    """A contract of 12 t a year elsewhere at 15 USD/kg, cheaper than stock that costs 100 USD/kg a year to keep."""
    contract = Contract(contract="offtake", status="on offer", tenor_years=5)
    line = ContractLine(contract="offtake", source="far", max_t_per_yr=(12.0,), fixed_usd_per_kg=15.0)
    return case(
        sources=(source(), source("far", countries=("elsewhere",), spot_share=0.0)),
        stocks=(stock(storage_usd_per_t_yr=100_000.0),),
        contracts=(contract,),
        contract_lines=(line,),
        cutoffs=(cutoff(),),
    )


def test_without_the_contract() -> None:
    """With the contract no stock is held: 0.24. Without it 3 t lie there at the end of both years for 100 USD/kg each: 0.6 more, and 0.03
    for the 3 t. Nothing is later."""
    answer = priced(with_contract(), ablate=True)
    assert answer.cost_usd_m == pytest.approx(0.24)
    assert [(a.kind, a.name, a.status, a.more_usd_m, a.months_later) for a in answer.ablations] == [
        ("contract", "offtake", "certified", pytest.approx(0.63), 0)
    ]


def test_without_the_only_store() -> None:
    """Without the store nothing can be survived: no cost, never ready, and it comes first."""
    answer = priced(case(stocks=(stock(),), cutoffs=(cutoff(),)), ablate=True)
    assert [(a.kind, a.status, a.cost_usd_m, a.months_later) for a in answer.ablations] == [("store", "impossible", None, None)]


def test_a_store_goes_with_all_that_names_it() -> None:
    """Its stocks and its place among cut-offs; other stores stay."""
    plain = case(stocks=(stock(), stock(store="other")), cutoffs=(cutoff(stores=("store",)),))
    left = without(plain, "store", "store")
    assert ([s.store for s in left.stocks], left.cutoffs[0].stores) == (["other"], ())


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer in words, as JSON and as a workbook; of another workbook's plan nothing is written."""
    book, plan_path = tmp_path / "c.xlsx", tmp_path / "p.json"
    write_case(with_contract(), book)
    plan = solve(read_case(book), EXACT)
    write_plan(plan, plan_path)
    out, told = tmp_path / "a.xlsx", tmp_path / "a.json"
    arguments = ["security", str(book), str(plan_path), "--out", str(out), "--quiet", "--workers", "1"]
    assert cli.run([*arguments, "--json", str(told), "--ablations"]) is ExitCode.ANSWERED
    assert out.exists()
    assert json.loads(told.read_text())["ablations"][0]["name"] == "offtake"
    assert "Without the contract offtake: +0.63 million USD" in capsys.readouterr().out
    other = with_contract()
    write_case(dataclasses.replace(other, demands=(demand(t_per_yr=11.0),)), book)
    out.unlink()
    assert cli.run(arguments) is ExitCode.INPUT_REFUSED
    assert not out.exists()


def test_the_command_without_a_plan_that_survives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing can be survived there is no price, and nothing is written."""
    book, out = tmp_path / "c.xlsx", tmp_path / "a.xlsx"
    write_case(case(cutoffs=(cutoff(),)), book)
    assert cli.run(["security", str(book), "--out", str(out), "--quiet", "--workers", "1"]) is ExitCode.IMPOSSIBLE
    assert not out.exists()
    assert "security has no price" in capsys.readouterr().err
