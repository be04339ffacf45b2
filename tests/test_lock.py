"""A plan read back with its decisions locked: they are taken as they are, and the rest is solved again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from small_cases import case as small_case
from small_cases import cutoff, demand, settings, source, stock

from models.case import Case, Contract, ContractLine, Plant
from models.columns import Month
from models.plan import Plan
from optimizer import plan_file
from optimizer.asked import asked_for
from optimizer.audit import audit
from optimizer.cli import run
from optimizer.exit_codes import ExitCode
from optimizer.lock import CannotLock, Lock
from optimizer.solve import SolveOptions, solve
from optimizer.template import write_case

GAP_PCT = 1e-5


def deals(price: float) -> Case:
    """12 t a year are needed at 10 USD/kg, or at ``price`` under a contract of 12 t a year that can be signed in 2027 or 2028; a plant that
    nobody needs can be built."""
    return small_case(
        settings=settings(coarse_period_months=6, decision_every_months=12, horizon_months=36),
        demands=(demand(rationing="no"),),
        sources=(source(), source("near", countries=("next door",), max_t_per_yr=12.0, spot_share=0.0, price_factor=3.0)),
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=5, take_or_pay_share=1.0),),
        contract_lines=(
            ContractLine(contract="offtake", source="near", min_t_per_yr=(12.0,), max_t_per_yr=(12.0,), fixed_usd_per_kg=price),
        ),
        plants=(
            Plant(
                plant="refiner",
                status="candidate",
                country="home",
                input_form="powder",
                output_form="powder",
                materials=("beta",),
                capacity_t_per_yr=10.0,
                capex_usd_m=0.03,
            ),
        ),
        stocks=(stock(),),
        cutoffs=(cutoff(months=2),),
    )


def solved(case: Case, lock: Lock | None = None) -> Plan:
    """The certified plan, which passes the audit."""
    plan = solve(case, SolveOptions(relative_gap_pct=GAP_PCT, lock=lock))
    assert plan.summary.status == "certified"
    assert [str(f) for f in audit(asked_for(case, "workbook", GAP_PCT), plan).findings] == []
    return plan


@pytest.fixture(scope="module")
def cheap() -> Plan:
    """The plan where the contract costs 8 USD/kg: it is signed at once."""
    plan = solved(deals(8.0))
    assert [(s.contract, s.signed) for s in plan.signatures] == [("offtake", Month(2027, 1))]
    return plan


def test_what_was_signed_stays_signed(cheap: Plan) -> None:
    """At 13 USD/kg nobody would sign: 36 t and 2 t to survive with at 10, 0.38 million USD. Locked it is
    signed all the same, and costs 0.468. The plan says what is locked, survives and passes the audit."""
    free, bound = solved(deals(13.0)), solved(deals(13.0), Lock(cheap))
    assert free.signatures == ()
    assert free.summary.cost_usd_m == pytest.approx(0.38, abs=1e-5)
    assert [(s.contract, s.signed) for s in bound.signatures] == [("offtake", Month(2027, 1))]
    assert bound.summary.cost_usd_m == pytest.approx(0.468, abs=1e-5)
    assert (free.summary.locked, bound.summary.locked) == ("nothing", "all")


def test_what_was_not_decided_is_not_decided(cheap: Plan) -> None:
    """Locked without the contract the plan does not sign it at 8 USD/kg either: 0.38 million USD against 0.288."""
    without = dataclasses.replace(cheap, signatures=())
    assert cheap.summary.cost_usd_m == pytest.approx(0.288, abs=1e-5)
    bound = solved(deals(8.0), Lock(without))
    assert bound.signatures == ()
    assert bound.summary.cost_usd_m == pytest.approx(0.38, abs=1e-5)


def test_only_decisions_before_a_month_are_locked(cheap: Plan) -> None:
    """Locked before 2028 the contract is not signed in 2027; in 2028 it may be, and is: 0.12 + 2 x 0.096, and 0.02 for the
    two months of a cut-off that begins with 2028, 0.332 million USD."""
    without = dataclasses.replace(cheap, signatures=())
    bound = solved(deals(8.0), Lock(without, Month(2028, 1)))
    assert [(s.contract, s.signed) for s in bound.signatures] == [("offtake", Month(2028, 1))]
    assert bound.summary.cost_usd_m == pytest.approx(0.332, abs=1e-5)
    assert bound.summary.locked == "before 2028-01"


def test_the_same_workbook_locked_costs_the_same(cheap: Plan) -> None:
    """With all its own decisions locked a plan costs what it cost."""
    assert solved(deals(8.0), Lock(cheap)).summary.cost_usd_m == pytest.approx(cheap.summary.cost_usd_m, rel=1e-6)


def test_a_decision_that_the_workbook_does_not_allow_is_said(cheap: Plan) -> None:
    """Where the contract may be signed in 2028 alone, its signature in 2027 cannot be locked."""
    later = deals(8.0)
    later = dataclasses.replace(later, contracts=(dataclasses.replace(later.contracts[0], sign_from=Month(2028, 1)),))
    with pytest.raises(CannotLock, match="the signature of offtake in 2027-01 cannot be locked"):
        solve(later, SolveOptions(lock=Lock(cheap)))


def test_the_command_locks(cheap: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--lock takes the decisions and the report says so; a month without a plan, a plan that is none and one that does not fit are refused,
    and nothing is written."""
    write_case(deals(13.0), tmp_path / "case.xlsx")
    plan_file.write_plan(cheap, tmp_path / "plan.json")
    out = tmp_path / "report.xlsx"
    words = ["solve", str(tmp_path / "case.xlsx"), "--out", str(out), "--quiet"]
    assert run([*words, "--lock-before", "2028-01"]) is ExitCode.USAGE
    assert run([*words, "--lock", str(tmp_path / "case.xlsx")]) is ExitCode.INPUT_REFUSED
    gone = dataclasses.replace(deals(13.0), contracts=(), contract_lines=())
    write_case(gone, tmp_path / "gone.xlsx")
    assert run(["solve", str(tmp_path / "gone.xlsx"), "--out", str(out), "--quiet", "--lock", str(tmp_path / "plan.json")]) == 3
    assert "the signature of offtake in 2027-01 cannot be locked" in capsys.readouterr().err
    assert not out.exists()
    assert run([*words, "--lock", str(tmp_path / "plan.json")]) is ExitCode.ANSWERED
    said = capsys.readouterr().out
    assert "Locked     decisions taken over as they were: all" in said
    assert "offtake in 2027-01" in said
