"""Alternatives: cases whose near-optimal plans are known by hand, the measure against enumeration, and what the command says."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from small_cases import EXACT, case, change, cutoff, demand, source

from models.case import Case, Contract, ContractLine, Form, Plant, Price
from models.columns import Month
from models.plan import Plan
from optimizer import cli, plan_file
from optimizer.asked import asked_for
from optimizer.audit import audit
from optimizer.engine import SolveOptions
from optimizer.exit_codes import ExitCode
from optimizer.highs import Status
from optimizer.highs import solve as solve_program
from optimizer.lock import Lock
from optimizer.program import Program
from optimizer.solve import solve
from optimizer.studies.alternatives import Alternatives, CannotAsk, alternatives
from optimizer.studies.choices import Choice, difference, farthest
from optimizer.template import write_case

GAP_PCT = 1e-6
OPTIONS = SolveOptions(relative_gap_pct=GAP_PCT)
NOW = Month(2027, 1)


def offers(second: float = 9.0) -> Case:
    """Alpha comes from abroad at 10 USD/kg until abroad is cut. Two near mines can each deliver all of it under a contract, the second
    at another price; beta comes under its own contract alone; a dear contract on alpha is on offer too. Of the 36 months of each, 27 lie in
    the plan and the last cut after it, and so three quarters of what is paid at signature."""
    names = {"first": ("alpha", 9.0, 0.015), "second": ("alpha", second, 0.015), "beta": ("beta", 9.0, 0.015), "dear": ("alpha", 9.0, 1.5)}
    plain: dict[str, Any] = {"countries": ("near",), "max_t_per_yr": 12.0, "spot_share": 0.0}
    return case(
        demands=(demand(rationing="no"), demand("beta", rationing="no")),
        sources=(source(), *(source(f"mine {name}", terms[0], **plain) for name, terms in names.items())),
        contracts=tuple(
            Contract(contract=name, status="on offer", tenor_years=3, upfront_usd_m=terms[2], sign_from=NOW, sign_to=NOW)
            for name, terms in names.items()
        ),
        contract_lines=tuple(
            ContractLine(contract=name, source=f"mine {name}", max_t_per_yr=(12.0,), fixed_usd_per_kg=terms[1])
            for name, terms in names.items()
        ),
        cutoffs=(cutoff(),),
    )


def works() -> Case:
    """Powder from abroad until it is cut; ore from here, for which two equal plants of up to two units can be built, 6 t a year each: two
    units are needed in all, (2, 0), (1, 1) or (0, 2)."""
    plain: dict[str, Any] = {"status": "candidate", "country": "here", "input_form": "ore", "output_form": "powder"}
    plain |= {"capacity_t_per_yr": 6.0, "max_units": 2, "capex_usd_m": 0.01, "life_years": 2, "decide_from": NOW, "decide_to": NOW}
    return case(
        forms=(Form(form="ore", position=1, holds="elements"), Form(form="powder", position=2, holds="elements")),
        demands=(demand(rationing="no"),),
        prices=(
            Price(index="index", material="alpha", form="powder", usd_per_kg=10.0),
            Price(index="index", material="beta", form="powder", usd_per_kg=20.0),
            Price(index="index", material="alpha", form="ore", usd_per_kg=9.0),
        ),
        sources=(source(), source("pit", countries=("here",), form="ore")),
        plants=(Plant(plant="east", **plain), Plant(plant="west", **plain)),
        cutoffs=(cutoff(),),
    )


def asked(made: Case, within_pct: float, count: int) -> tuple[Alternatives, tuple[Plan, ...]]:
    """The answer, whose plans all keep to the cost, survive every pattern and pass the audit."""
    answer, plans = alternatives(made, solve(made, OPTIONS), OPTIONS, within_pct=within_pct, count=count)
    assert len(answer.plans) == len(plans)
    for row, plan in zip(answer.plans, plans, strict=True):
        assert row.cost_usd_m == plan.summary.cost_usd_m
        assert row.cost_usd_m <= (1 + within_pct / 100) * answer.plans[0].cost_usd_m * (1 + 2e-6)
        assert row.patterns_passed == row.patterns_tested == plan.summary.patterns_passed > 0
        assert row.audited
        assert [str(f) for f in audit(asked_for(made, "workbook", GAP_PCT), plan).findings] == []
    return answer, plans


def signed(answer: Alternatives) -> list[set[str]]:
    """What each plan decides."""
    return [{row.name for row in answer.decisions if row.number == plan.number} for plan in answer.plans]


def verdicts(answer: Alternatives) -> dict[str, str]:
    """The verdict on each choice."""
    return {row.name: row.verdict for row in answer.choices}


def test_two_equal_contracts_and_both() -> None:
    """One of the equal contracts, the other, both (0.01125 more of 0.4545, 2.5 %): no more plans within 5 %. Each is a plan of its own,
    beta's contract is in all of them and the dear one in none."""
    answer, plans = asked(offers(), 5, 5)
    one, other, both = signed(answer)
    assert {frozenset(one), frozenset(other)} == {frozenset({"first", "beta"}), frozenset({"second", "beta"})}
    assert both == {"first", "second", "beta"}
    assert [row.cost_usd_m for row in answer.plans] == pytest.approx([0.4545, 0.4545, 0.46575])
    assert [row.differs for row in answer.plans] == pytest.approx([0, 2, 1])
    assert [row.more_pct for row in answer.plans] == pytest.approx([0, 0, 100 * 0.01125 / 0.4545])
    assert answer.ended == "no more"
    assert verdicts(answer) == {"beta": "in all", "first": "in some", "second": "in some", "dear": "in none"}
    for row, plan in zip(answer.plans, plans, strict=True):
        again = solve(offers(), SolveOptions(relative_gap_pct=GAP_PCT, lock=Lock(plan)))
        assert again.summary.cost_usd_m == pytest.approx(row.cost_usd_m), "the cheapest with these decisions"


def test_within_nothing_there_are_equals_alone() -> None:
    """Within 0 %: the other of two equal contracts; none where it is dearer by 1 USD/t, which is within 1 %."""
    equal, _ = asked(offers(), 0, 3)
    assert (len(equal.plans), equal.ended) == (2, "no more")
    none, _ = asked(offers(second=9.001), 0, 3)
    assert (len(none.plans), none.ended) == (1, "no more")
    assert verdicts(none)["first"] == "in all"
    some, _ = asked(offers(second=9.001), 1, 3)
    assert [sorted(names) for names in signed(some)] == [["beta", "first"], ["beta", "second"]]


def test_no_more_than_asked() -> None:
    """One is asked for and one is found: the farthest."""
    answer, _ = asked(offers(), 5, 1)
    assert (len(answer.plans), answer.ended) == (2, "found")
    assert answer.plans[1].differs == pytest.approx(2)


def test_units_of_equal_plants() -> None:
    """Two units are needed, in either plant or one in each: three plans of one cost, and no more at that."""
    answer, _ = asked(works(), 0, 5)
    units = [
        tuple(sum(r.units for r in answer.decisions if (r.number, r.name) == (plan.number, name)) for name in ("east", "west"))
        for plan in answer.plans
    ]
    assert sorted(units) == [(0, 2), (1, 1), (2, 0)]
    assert answer.ended == "no more"
    common = next(row for row in answer.choices if row.name == "east")
    assert (common.verdict, common.plans, common.least_units, common.most_units) == ("in some", 2, 1, 2)


def test_from_each_plan_the_others_are_found() -> None:
    """From any of the three plans of one cost, from one unit in each plant too, the other two are found, and no more."""
    made = works()
    _, plans = asked(made, 0, 5)
    for plan in plans:
        answer, found = alternatives(made, plan, OPTIONS, within_pct=0, count=5)
        assert [row.audited for row in answer.plans] == [True] * 3
        assert found[0].constructions == plan.constructions
        assert len({other.constructions for other in found}) == 3
        assert answer.ended == "no more"


def test_orders_are_chosen_anew() -> None:
    """Where each purchase of a period costs an order, which is no choice, a plan read back, whose orders are not told, is understood, and
    the alternative orders what it needs: as cheap as if solved for itself."""
    plain = offers()
    made = dataclasses.replace(plain, sources=(change(plain.sources[0], order_cost_usd_m=0.001), *plain.sources[1:]))
    answer, plans = asked(made, 5, 5)
    assert len(answer.plans) == 3
    for row, plan in zip(answer.plans, plans, strict=True):
        again = solve(made, SolveOptions(relative_gap_pct=GAP_PCT, lock=Lock(plan)))
        assert again.summary.cost_usd_m == pytest.approx(row.cost_usd_m)


def test_what_crises_are_expected_to_cost_counts() -> None:
    """Alpha can be had at home at three times the price, and a cut-off has a chance: the plan that signs beta alone costs 0.46725, and
    0.012 that crises are expected to cost; it is among the alternatives within 6 % (0.48177), and not within 5 % (0.47723)."""
    plain = offers()
    home = source("home", countries=("here",), price_factor=3.0)
    made = dataclasses.replace(plain, sources=(*plain.sources, home), cutoffs=(cutoff(annual_probability=0.2),))
    answer, plans = asked(made, 6, 6)
    only = next(n for n, names in enumerate(signed(answer)) if names == {"beta"})
    assert answer.plans[only].cost_usd_m == pytest.approx(0.47925)
    assert solve(made, SolveOptions(relative_gap_pct=GAP_PCT, lock=Lock(plans[only]))).summary.cost_usd_m == pytest.approx(0.47925)
    assert {"beta"} not in signed(asked(made, 5, 6)[0])


def test_without_choices_there_are_no_alternatives() -> None:
    """Nothing can be decided: the cheapest plan alone."""
    answer, _ = asked(case(sources=(source(), source("home", countries=("here",))), cutoffs=(cutoff(),)), 10, 2)
    assert (len(answer.plans), answer.ended, answer.choices) == (1, "no more", ())


def test_where_no_plan_survives() -> None:
    """There is nothing to compare with: said so, with the nearest plan's status."""
    made = case(cutoffs=(cutoff(),), demands=(demand(rationing="no"),))
    answer, plans = alternatives(made, solve(made, OPTIONS), OPTIONS)
    assert (answer.ended, answer.status, answer.plans) == ("no plan", "impossible", ())
    assert plans[0].summary.status == "impossible"


@pytest.mark.parametrize(("within", "count", "words"), [(1.0, 0, "at least one"), (-1.0, 2, "from 0"), (float("nan"), 2, "from 0")])
def test_bad_numbers_are_refused(within: float, count: int, words: str) -> None:
    """No alternative asked for, or a cost below the cheapest."""
    made = case()
    plan = solve(made)
    with pytest.raises(CannotAsk, match=words):
        alternatives(made, plan, within_pct=within, count=count)


# The measure


def test_the_farthest_plan_is_that_of_enumeration() -> None:
    """Over all plans of two contracts with two dates and a plant of up to three units at two dates: the program's least difference from
    one, two or three random plans is the largest that any plan has."""
    choices = (
        Choice("signed", "a", np.array([0, 6]), np.array([0, 1]), 1.0),
        Choice("signed", "b", np.array([0, 12]), np.array([2, 3]), 1.0),
        Choice("built", "c", np.array([0, 24]), np.array([4, 5]), 3.0),
        Choice("runs", "d", np.array([0, 12]), np.array([6, 7]), 1.0),
    )
    limits = np.zeros((3, 8))
    for row, columns in enumerate(([0, 1], [2, 3], [4, 5])):
        limits[row, columns] = 1.0
    upper = np.array([1, 1, 1, 1, 3, 3, 1, 1])
    program = Program.of(np.zeros(8), limits, np.zeros(3), [1, 1, 3], np.zeros(8), upper, integer=np.ones(8, dtype=bool))
    points = [np.array(p, dtype=float) for p in itertools.product(*(range(u + 1) for u in upper)) if (limits @ p <= [1, 1, 3]).all()]
    rng = np.random.default_rng(1)
    for trial in range(9):
        others = [points[k] for k in rng.choice(len(points), 1 + trial % 3, replace=False)]
        apart = farthest(program, choices, others, 36)
        assert apart is not None
        result = solve_program(apart, EXACT)
        assert result.status is Status.OPTIMAL
        assert result.x is not None
        best = max(min(difference(choices, p, other, 36) for other in others) for p in points)
        assert -result.objective == pytest.approx(best)
        assert min(difference(choices, result.x[:8], other, 36) for other in others) == pytest.approx(best)


def test_another_date_counts_little() -> None:
    """The same contract half a plan later differs by 0.05 + 0.05 / 2; not signing it by 1; the plan itself by nothing, and a program in
    which only the plan itself is possible has no answer."""
    choices = (Choice("signed", "a", np.array([0, 18]), np.array([0, 1]), 1.0),)
    early, late, never = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.0, 0.0])
    assert [difference(choices, x, early, 36) for x in (early, late, never)] == pytest.approx([0, 0.075, 1])
    only = Program.of(np.zeros(2), np.ones((1, 2)), [1], [1], [1, 0], [1, 0], integer=[True, True])
    apart = farthest(only, choices, [early], 36)
    assert apart is not None
    assert solve_program(apart, EXACT).status is Status.INFEASIBLE


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workbook of the offers, in a folder of its own that is the current one."""
    monkeypatch.chdir(tmp_path)
    write_case(offers(), tmp_path / "case.xlsx")
    return tmp_path


def test_the_command_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Words on standard output, JSON that holds the rows, a workbook, and the plans whole, each of which can be read back."""
    words = ["alternatives", "case.xlsx", "--within", "5", "--count", "4", "--json", "answer.json", "--plans", ".", "--quiet", "--gap", "0"]
    assert cli.run(words) is ExitCode.ANSWERED
    said = capsys.readouterr()
    assert "2 alternatives within 5 % of the cheapest plan: no further plan" in said.out
    assert "In all plans: beta (contract)." in said.out
    assert "In none of them: dear (contract)." in said.out
    assert said.err == ""
    answer = json.loads(Path("answer.json").read_text(encoding="utf-8"))
    assert [row["number"] for row in answer["plans"]] == [0, 1, 2]
    costs = [plan_file.read_plan(folder / f"case.alternative-{n}.json").summary.cost_usd_m for n in range(3)]
    assert costs == pytest.approx([0.4545, 0.4545, 0.46575])
    book = openpyxl.load_workbook("case.alternatives.xlsx")
    assert book.sheetnames == ["Alternatives"]
    rows = {row[1].value: [cell.value for cell in row[2:5]] for row in book["Alternatives"].iter_rows()}
    assert rows["beta"] == ["2027-01"] * 3
    assert rows["dear"] == [None] * 3
    assert [sum(value is not None for value in rows[name]) for name in ("first", "second")] == [2, 2]


def test_a_plan_read_back_and_one_of_another_workbook(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan read back gives the same alternatives; one of another workbook is refused and nothing is written; its calendar cannot be
    asked for anew, and it is never replaced."""
    assert cli.run(["solve", "case.xlsx", "--json", "plan.json", "--quiet", "--gap", "0"]) is ExitCode.ANSWERED
    assert cli.run(["alternatives", "case.xlsx", "plan.json", "--within", "5", "--quiet"]) is ExitCode.ANSWERED
    assert "2 alternatives within 5 %" in capsys.readouterr().out
    assert cli.run(["alternatives", "case.xlsx", "plan.json", "--calendar", "year", "--quiet"]) is ExitCode.USAGE
    assert cli.run(["alternatives", "case.xlsx", "plan.json", "--json", "plan.json", "--quiet"]) is ExitCode.USAGE
    write_case(offers(second=9.5), folder / "other.xlsx")
    assert cli.run(["alternatives", "other.xlsx", "plan.json", "--quiet"]) is ExitCode.INPUT_REFUSED
    assert not Path("other.alternatives.xlsx").exists()


def test_the_command_refuses_bad_numbers(folder: Path) -> None:
    """No alternative, less than the cheapest, what is not a number, a file that would replace the input: usage; nothing is written."""
    for wrong in (["--count", "0"], ["--within", "-1"], ["--within", "nan"], ["--out", "case.xlsx"], ["--json", "case.xlsx"]):
        assert cli.run(["alternatives", "case.xlsx", "--quiet", *wrong]) is ExitCode.USAGE
    assert sorted(path.name for path in folder.iterdir()) == ["case.xlsx"]
