"""Alternatives: plans of nearly the same cost that survive and sign or build something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_cases import case, cutoff, settings, source, stock

from models.case import Case, Contract, ContractLine, Fix
from optimizer import cli
from optimizer.exit_codes import ExitCode
from optimizer.solve import SolveOptions, solve
from optimizer.studies.alternatives import Alternatives, alternatives
from optimizer.template import write_case

EXACT = SolveOptions(relative_gap_pct=0)


def offers(*prices: float) -> Case:
    """Contracts of 12 t a year elsewhere at prices of their own, of which one is needed: nothing can be stored."""
    names = [f"offer {k}" for k in range(len(prices))]
    return case(
        settings=settings(decision_every_months=24),
        sources=(source(), source("far", countries=("elsewhere",), spot_share=0.0, max_t_per_yr=100.0)),
        contracts=tuple(Contract(contract=n, status="on offer", tenor_years=5) for n in names),
        contract_lines=tuple(
            ContractLine(contract=n, source="far", min_t_per_yr=(6.0,), max_t_per_yr=(12.0,), fixed_usd_per_kg=p)
            for n, p in zip(names, prices, strict=True)
        ),
        cutoffs=(cutoff(),),
    )


def found(plain: Case, within: float, count: int = 5) -> Alternatives:
    """The alternatives to a case's cheapest plan."""
    return alternatives(plain, solve(plain, EXACT), EXACT, within_pct=within, count=count)[0]


def signed(answer: Alternatives) -> list[set[str]]:
    """What each plan signs."""
    return [{c.name for c in answer.decisions if c.number == p.number} for p in answer.plans]


def test_all_within_the_cost_and_no_more() -> None:
    """One contract is needed, of which 6 t a year must be lifted: the plan takes the one at 20 USD/kg, 12 x 20 + 12 x 10 for two years:
    0.36. That at 21 costs 0.372, both together 0.492; that at 30 costs 0.48. Within 5 % there is one other plan, and it is said that
    there are no more; within 40 % there are four, the most different first."""
    plain = offers(20.0, 21.0, 30.0)
    near = found(plain, 5.0)
    assert signed(near) == [{"offer 0"}, {"offer 1"}]
    assert [p.cost_usd_m for p in near.plans] == [pytest.approx(0.36), pytest.approx(0.372)]
    assert (near.ended, [p.differs_from_cheapest for p in near.plans]) == ("no more", [0, 2])
    assert {(d.name, d.verdict) for d in near.choices} == {("offer 0", "in some"), ("offer 1", "in some"), ("offer 2", "in none")}
    wide = found(plain, 40.0)
    assert wide.ended == "no more"
    assert all(p.cost_usd_m <= 0.36 * 1.4 + 1e-9 for p in wide.plans)
    assert {frozenset(s) for s in signed(wide)} == {frozenset({f"offer {k}"}) for k in range(3)} | {frozenset({"offer 0", "offer 1"})}


def test_no_more_than_asked_for() -> None:
    """Of the plans within 40 % one is asked for: it shares nothing with the plan."""
    answer = found(offers(20.0, 21.0, 30.0), 40.0, count=1)
    assert len(answer.plans) == 2
    assert answer.ended == "found"
    assert not signed(answer)[0] & signed(answer)[1]


def test_every_alternative_survives_at_its_cost() -> None:
    """Solved again with just what it signs, an alternative is certified at the cost told."""
    plain = offers(20.0, 21.0, 22.0)
    answer = found(plain, 12.0)
    assert len(answer.plans) >= 3
    for plan, names in zip(answer.plans, signed(answer), strict=True):
        fixes = tuple(
            Fix(decision="contract", name=c.contract, action="force" if c.contract in names else "forbid") for c in plain.contracts
        )
        again = solve(_fixed(plain, fixes), EXACT)
        assert again.summary.status == "certified"
        assert again.summary.cost_usd_m == pytest.approx(plan.cost_usd_m, rel=1e-6)


def _fixed(plain: Case, fixes: tuple[Fix, ...]) -> Case:
    import dataclasses

    return dataclasses.replace(plain, fixes=fixes)


def test_no_regret() -> None:
    """With one offer, which must be taken, it is in every plan, and there is no other."""
    answer = found(offers(20.0), 50.0)
    assert [(d.name, d.verdict) for d in answer.choices] == [("offer 0", "in all")]
    assert (len(answer.plans), answer.ended) == (1, "no more")


def test_nothing_to_decide() -> None:
    """Where nothing can be signed or built there is one plan."""
    answer = found(case(stocks=(stock(),), cutoffs=(cutoff(),)), 10.0)
    assert (len(answer.plans), answer.choices, answer.ended) == (1, (), "no more")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer in words, as JSON and as a workbook; what cannot be survived has none."""
    book, out, told = tmp_path / "c.xlsx", tmp_path / "a.xlsx", tmp_path / "a.json"
    write_case(offers(20.0, 21.0), book)
    arguments = ["alternatives", str(book), "--out", str(out), "--quiet"]
    assert cli.run([*arguments, "--json", str(told), "--within", "5", "--count", "2"]) is ExitCode.ANSWERED
    assert out.exists()
    assert len(json.loads(told.read_text())["plans"]) == 2
    assert "1 alternative within 5 % of the cheapest plan" in capsys.readouterr().out
    out.unlink()
    write_case(case(cutoffs=(cutoff(),)), book)
    assert cli.run(arguments) is ExitCode.IMPOSSIBLE
    assert not out.exists()
