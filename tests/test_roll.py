"""The next workbook: what is left of a plan costs the same when it is planned anew from where the plan has come to."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from random_features import random_features
from small_cases import case as small_case
from small_cases import cutoff, demand, settings, source, stock

from models.case import (
    Assumption,
    Budget,
    Case,
    Contract,
    ContractLine,
    Count,
    Fix,
    Plant,
    Programme,
)
from models.check import check
from models.columns import Month
from models.plan import Plan, Unlifted
from optimizer import plan_file
from optimizer.asked import asked_for
from optimizer.audit import audit
from optimizer.audit.book import Book
from optimizer.audit.decisions import decisions
from optimizer.audit.money import RISING, commitments
from optimizer.audit.rows import BASE, Rows
from optimizer.audit.verdict import Ledger
from optimizer.cli import run
from optimizer.errors import NoBasePlan
from optimizer.exit_codes import ExitCode
from optimizer.rolling import CannotRoll, Rolled, rolled
from optimizer.solve import SolveOptions, solve
from optimizer.template import write_case
from optimizer.workbook import read_case

GAP_PCT = 1e-5
OPTIONS = SolveOptions(relative_gap_pct=GAP_PCT)

FAST = (4, 6, 12, 13, 17)
"""Random cases of which all can be carried half a year on, to a January; between them they sign, build, stop, shut out and survive."""

SLOW = range(18, 90)


def committed(case: Case, plan: Plan, month: int) -> float:
    """What commitments made before a month cost from it on, million USD discounted to the start of the plan, with what exists anyhow; by
    the audit's own arithmetic."""
    book, ledger = Book(case), Ledger(case.settings.start)
    base = Rows(book, plan, ledger).runs[BASE]
    made = decisions(book, plan, ledger)
    made.built = {name: [unit for unit in units if unit.decided < month] for name, units in made.built.items()}
    made.rights = {name: [right for right in rights if right.decided < month] for name, rights in made.rights.items()}
    made.money.put_up = [(row, right) for row, right in made.money.put_up if right.decided < month]
    made.starts.decided = {name: decided for name, decided in made.starts.decided.items() if decided < month}
    behind = max((cut.window for cut in book.cuts.values() if cut.row.active and cut.row.must_survive), default=0)
    return math.fsum(
        amount * (book.risen(slot[0]) if term in RISING else 1.0) * book.clock.factor(slot)
        for term, slot, amount in commitments(book, made, base, behind)
        if slot[0] >= month
    )


def left_to_decide(case: Case, plan: Plan, month: int) -> float:
    """What a plan costs from a January on besides what was committed before, million USD discounted to that January."""
    case = asked_for(case, "workbook", GAP_PCT)
    begins = case.settings.start.plus(month)
    assert begins.month == 1 or month == 0
    tail = math.fsum(row.usd_m for row in plan.costs if row.year >= begins.year)
    return (tail - committed(case, plan, month)) * (1 + case.settings.discount_rate_pct / 100) ** (month / 12)


def half_a_year_on(case: Case) -> tuple[Plan, Rolled] | None:
    """The plan of a case and the case half a year on; None where no plan survives, or no period begins then in a January."""
    try:
        plan = solve(case, OPTIONS)
    except NoBasePlan:
        return None
    to = case.settings.start.plus(6)
    if plan.summary.status != "certified" or to.month != 1:
        return None
    try:
        return plan, rolled(case, plan, to)
    except CannotRoll:
        return None


def obeys(case: Case) -> bool:
    """The law: the next workbook is sound, and where all could be carried its plan survives, passes the audit, and costs what was left.

    True where the law could be asked: where the search came within the gap.
    """
    found = half_a_year_on(case)
    if found is None:
        return False
    plan, after = found
    assert [str(finding) for finding in check(after.case) if finding.severity == "error"] == []
    if after.lost:
        return False
    again = solve(after.case, OPTIONS)
    assert again.summary.status in ("certified", "limit")
    assert [str(finding) for finding in audit(asked_for(after.case, "workbook", GAP_PCT), again).findings] == []
    if again.summary.status == "limit":
        return False
    old, new = left_to_decide(case, plan, 6), left_to_decide(after.case, again, 0)
    assert new == pytest.approx(old, abs=2e-5 + 1e-6 * plan.summary.cost_usd_m)
    return True


@pytest.mark.parametrize("seed", FAST)
def test_the_rest_costs_the_same(seed: int) -> None:
    """Planned anew from half a year on, the rest of the plan costs what it cost in the plan of the whole, and survives."""
    assert obeys(random_features(seed)[0])


@pytest.mark.slow
def test_the_rest_costs_the_same_many_times() -> None:
    """The same for many random cases with several features; in ten or more all can be carried."""
    carried = 0
    for seed in SLOW:
        try:
            carried += obeys(random_features(seed)[0])
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    assert carried >= 10


# What each row becomes


def everything() -> Case:
    """Two and a half years in half years: a contract to sign, a smelter and a programme to decide, growth, escalation, and rules."""
    return small_case(
        settings=settings(horizon_months=36, coarse_period_months=6, decision_every_months=6, escalation_pct_per_yr=10.0),
        assumptions=(Assumption(assumption="need", value=12.0), Assumption(assumption="need", year=2028, value=15.0)),
        demands=(demand(rationing="no", growth_pct_per_yr=5.0, t_per_yr="need"), demand("beta", t_per_yr=2.0, growth_pct_per_yr=3.0)),
        sources=(
            source(max_t_per_yr=40.0, freight_usd_per_kg=1.0, shipping_months=6.0, at_sea_t=6.0),
            source("trade beta", "beta", first_month=Month(2027, 7)),
            source("near", countries=("next door",), max_t_per_yr=30.0, price_factor=3.0, spot_share=0.0),
        ),
        contracts=(
            Contract(contract="offtake", status="on offer", tenor_years=2, upfront_usd_m=0.01, exclusive_group="one", note="Seen."),
            Contract(contract="other", status="on offer", tenor_years=2, exclusive_group="one"),
        ),
        contract_lines=(
            ContractLine(contract="offtake", source="near", max_t_per_yr=(12.0,), fixed_usd_per_kg=9.0),
            ContractLine(contract="other", source="near", max_t_per_yr=(12.0,), fixed_usd_per_kg=50.0),
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
                max_units=2,
                build_months=12,
                capex_usd_m=0.03,
                fixed_opex_usd_m_per_yr=0.001,
            ),
        ),
        programmes=(Programme(programme="thrift", capex_usd_m=0.01, lead_months=12, fixed_usd_m_per_yr=0.001),),
        stocks=(stock(opening_t=1.0, opening_share=0.5, capacity_t=50.0, growth_pct_per_yr=10.0, storage_usd_per_t_yr=10.0), stock("beta")),
        cutoffs=(
            cutoff(first_start=None, latest_first_start=Month(2028, 7)),
            cutoff(cutoff="over", first_start=Month(2027, 1), last_start=Month(2027, 7), must_survive=False),
        ),
        fixes=(
            Fix(decision="contract", name="offtake", action="force", month=Month(2027, 1)),
            Fix(decision="plant", name="refiner", action="fix", value=1.0, month=Month(2027, 7)),
            Fix(decision="programme", name="thrift", action="force", month=Month(2027, 1)),
            Fix(decision="purchase", name="trade beta", action="at least", value=5.0),
            Fix(decision="purchase", name="trade beta", action="at least", value=0.5, year=2027),
        ),
        counts=(Count(rule="few", members=("offtake", "other", "refiner", "trade beta"), at_most=4),),
        budgets=(Budget(budget="capital", usd_m=0.1, counts="capex"),),
    )


@pytest.fixture(scope="module")
def moved() -> tuple[Case, Plan, Rolled]:
    """`everything`, its plan, and the next case of January 2028."""
    plan = solve(everything(), OPTIONS)
    assert plan.summary.status == "certified"
    return everything(), plan, rolled(everything(), plan, Month(2028, 1))


def row(rows: Iterable[Any], name: str) -> Any:
    """The row whose first own column is a name."""
    own = ("contract", "plant", "programme", "source", "cutoff", "rule", "store")
    return next(r for r in rows if name in (getattr(r, column, None) for column in own))


def test_the_calendar_moves_on(moved: tuple[Case, Plan, Rolled]) -> None:
    """Twelve months on, the plan is twelve months shorter and ends on the same day."""
    after = moved[2].case.settings
    assert (after.start, after.horizon_months) == (Month(2028, 1), 24)


def test_decisions_are_in_force_with_their_dates(moved: tuple[Case, Plan, Rolled]) -> None:
    """The contract runs from January 2027 for its two years, its prepayment is spent; of two units one is being built, one can be built
    still; the programme works from January 2028; nothing else of the contract's group is signed."""
    case = moved[2].case
    offtake = row(case.contracts, "offtake")
    assert (offtake.status, offtake.first_delivery, offtake.tenor_years, offtake.upfront_usd_m) == ("in force", Month(2027, 1), 2, 0.0)
    assert offtake.note == "Seen. Signed in 2027-01; 0.01 million USD paid at signature."
    built = row(case.plants, "refiner of 2027-07")
    assert (built.status, built.online, built.capacity_t_per_yr, built.capex_usd_m) == ("existing", Month(2028, 7), 10.0, 0.0)
    assert (row(case.plants, "refiner").status, row(case.plants, "refiner").max_units) == ("candidate", 1)
    thrift = row(case.programmes, "thrift")
    assert (thrift.status, thrift.online, thrift.capex_usd_m) == ("in force", Month(2028, 1), 0.0)
    assert [(f.decision, f.name, f.action) for f in case.fixes if f.note.startswith("Another")] == [("contract", "other", "forbid")]


def test_what_is_reached_is_the_opening(moved: tuple[Case, Plan, Rolled]) -> None:
    """Stocks are what the plan holds at the end of 2027, all of it there; half a year of orders is at sea."""
    _, plan, after = moved
    held = next(r.level_t for r in plan.stocks if (r.run, r.material, r.period) == ("base", "alpha", Month(2027, 7)))
    store = next(r for r in after.case.stocks if r.material == "alpha")
    assert (store.opening_t, store.opening_share) == (pytest.approx(held), 1.0)
    ordered = next(r.bought_t for r in plan.bought if (r.run, r.source, r.period) == ("base", "trade", Month(2027, 7)))
    assert row(after.case.sources, "trade").at_sea_t == pytest.approx(ordered)


def test_figures_of_the_first_year_are_of_the_new_first_year(moved: tuple[Case, Plan, Rolled]) -> None:
    """5 % more of what cites an assumption, whose own rows stay; 3 % of 2 t; capacity 55 t; costs 10 % dearer, prices as they were."""
    before, _, after = moved
    alpha, beta = after.case.demands
    assert alpha.t_per_yr == "need x 1.05"
    assert after.case.assumptions[:2] == before.assumptions
    assert [r.value for r in after.case.assumptions if r.assumption == "need x 1.05"] == pytest.approx([12.6, 15.75])
    assert beta.t_per_yr == pytest.approx(2.06)
    assert after.case.stocks[0].capacity_t == pytest.approx(55.0)
    assert after.case.stocks[0].storage_usd_per_t_yr == pytest.approx(11.0)
    assert row(after.case.sources, "trade").freight_usd_per_kg == pytest.approx(1.1)
    assert row(after.case.plants, "refiner").capex_usd_m == pytest.approx(0.033)
    assert [r.usd_per_kg for r in after.case.prices] == [r.usd_per_kg for r in before.prices]


def test_rules_ask_for_what_is_left(moved: tuple[Case, Plan, Rolled]) -> None:
    """What is past goes aside; 5 t in all become what is left of them; what is committed is taken off the budget of its year; counts
    go on counting what was decided; the first start that was found is kept; a cut-off that is over is switched off."""
    _, plan, after = moved
    had = math.fsum(r.bought_t for r in plan.bought if (r.run, r.source) == ("base", "trade beta") and r.period < Month(2028, 1))
    wanted = next(f for f in after.case.fixes if f.decision == "purchase")
    assert wanted.value == pytest.approx(max(0.0, 5.0 - had))
    assert {(a.sheet, a.why) for a in after.aside} == {("Fixes", "its time has passed")}
    assert len(after.aside) == 4
    capital = {b.year: b.usd_m for b in after.case.budgets}
    assert capital[2028] < 0.1
    assert capital[2029] == 0.1
    assert row(after.case.counts, "few").at_most == 3 if had > 1e-6 else 4
    ready = next(r.first_start for r in plan.readiness if r.cutoff == "cut")
    assert ready is not None
    assert row(after.case.cutoffs, "cut").first_start == max(ready, Month(2028, 1))
    assert not row(after.case.cutoffs, "over").active


def test_the_next_workbook_is_solved(moved: tuple[Case, Plan, Rolled]) -> None:
    """It is sound, survives, passes the audit, and its plan costs what was left to decide."""
    before, plan, after = moved
    assert [str(f) for f in check(after.case) if f.severity == "error"] == []
    again = solve(after.case, OPTIONS)
    assert again.summary.status == "certified"
    assert [str(f) for f in audit(asked_for(after.case, "workbook", GAP_PCT), again).findings] == []
    assert not after.lost
    assert left_to_decide(after.case, again, 0) == pytest.approx(left_to_decide(before, plan, 12), abs=2e-5)


def test_a_month_inside_a_period_is_refused(moved: tuple[Case, Plan, Rolled]) -> None:
    """Nothing is known of the middle of a period; a month after the plan has nothing left; a plan that survives nothing has no next."""
    case, plan, _ = moved
    with pytest.raises(CannotRoll, match="2027-09 lies inside a period of the plan; the nearest period begins in 2027-07"):
        rolled(case, plan, Month(2027, 9))
    for month in (Month(2027, 1), Month(2030, 1)):
        with pytest.raises(CannotRoll, match="is not inside the plan, which runs from 2027-01 to 2029-12"):
            rolled(case, plan, month)
    impossible = dataclasses.replace(plan, summary=dataclasses.replace(plan.summary, status="impossible"))
    with pytest.raises(CannotRoll, match="nothing to move on"):
        rolled(case, impossible, Month(2028, 1))


def test_what_is_owed_is_owed_on_the_first_day() -> None:
    """Nothing is for sale in the first year, and all of its demand is owed at its end: in the next plan it is owed on the first day, is
    bought and served then, and costs what it cost."""
    owing = small_case(
        settings=settings(coarse_period_months=6),
        demands=(demand(backorder_usd_per_kg_yr=0.1),),
        sources=(source(first_month=Month(2028, 1)),),
    )
    plan = solve(owing, OPTIONS)
    after = rolled(owing, plan, Month(2028, 1))
    owed = next(r.owed_t for r in plan.service if (r.run, r.period) == ("base", Month(2027, 7)))
    assert owed == pytest.approx(12.0)
    assert after.case.demands[0].owed_t == pytest.approx(12.0)
    assert after.lost == ()
    again = solve(after.case, OPTIONS)
    assert [str(f) for f in audit(asked_for(after.case, "workbook", GAP_PCT), again).findings] == []
    assert left_to_decide(after.case, again, 0) == pytest.approx(left_to_decide(owing, plan, 12), abs=1e-6)


def test_what_is_under_way_through_a_toll_plant_is_said() -> None:
    """What was sent to a toll plant and comes back after the new start has no column: it is said as lost."""
    case, plan = next(
        (case, plan)
        for case, plan in ((case, solve(case, OPTIONS)) for case in (random_features(seed)[0] for seed in (0, 2, 7)))
        if plan.summary.status == "certified"
    )
    lost = rolled(case, plan, case.settings.start.plus(6)).lost
    assert [r.sheet for r in lost] == ["Plants"]
    assert "under way through it" in lost[0].text


# The command


def test_the_command_writes_the_next_workbook(moved: tuple[Case, Plan, Rolled], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is read back as the next case; rows that are past stand on a sheet that is not read; an existing file is not replaced."""
    case, plan, after = moved
    write_case(case, tmp_path / "case.xlsx")
    plan_file.write_plan(plan, tmp_path / "plan.json")
    words = ["roll", str(tmp_path / "case.xlsx"), str(tmp_path / "plan.json"), "--to", "2028-01", "--out", str(tmp_path / "next.xlsx")]
    assert run(words) is ExitCode.ANSWERED
    assert "1 contract in force" in capsys.readouterr().out
    found = read_case(tmp_path / "next.xlsx")
    assert found.settings == after.case.settings
    assert found.contracts == after.case.contracts
    past = openpyxl.load_workbook(tmp_path / "next.xlsx")["_Past"]
    assert [cell.value for cell in past["A"]] == ["sheet", *["Fixes"] * 4]
    assert run(words) is ExitCode.USAGE
    assert run([*words, "--force", "--stocks-to-correct"]) is ExitCode.ANSWERED
    assert "put in what is really there" in read_case(tmp_path / "next.xlsx").stocks[0].note


def test_the_command_writes_nothing_where_it_would_lose_something(
    moved: tuple[Case, Plan, Rolled], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A month inside a period, a plan of another workbook, the input as output, what cannot be carried: refused, nothing written."""
    case, plan, _ = moved
    credit = Unlifted(contract="offtake", source="near", year=2027, minimum_t=1, lifted_t=0, unlifted_t=1, usd_per_kg=9)
    lines = (dataclasses.replace(case.contract_lines[0], make_up_years=1), *case.contract_lines[1:])
    case = dataclasses.replace(case, contract_lines=lines)
    write_case(case, tmp_path / "case.xlsx")
    summary = dataclasses.replace(plan.summary, input_sha256=plan_file.input_sha256(case))
    plan_file.write_plan(dataclasses.replace(plan, summary=summary), tmp_path / "plan.json")
    plan_file.write_plan(dataclasses.replace(plan, summary=summary, unlifted=(*plan.unlifted, credit)), tmp_path / "owing.json")
    other = dataclasses.replace(case, settings=dataclasses.replace(case.settings, title="another"))
    write_case(other, tmp_path / "other.xlsx")
    out = tmp_path / "next.xlsx"

    def roll(workbook: str, name: str, to: str, target: Path = out, *more: str) -> ExitCode:
        return run(["roll", str(tmp_path / workbook), str(tmp_path / name), "--to", to, "--out", str(target), *more])

    assert roll("case.xlsx", "plan.json", "2027-09") is ExitCode.INPUT_REFUSED
    assert "lies inside a period" in capsys.readouterr().err
    assert roll("other.xlsx", "plan.json", "2028-01") is ExitCode.INPUT_REFUSED
    assert "belongs to another workbook" in capsys.readouterr().err
    assert roll("case.xlsx", "plan.json", "2028-01", tmp_path / "case.xlsx") is ExitCode.USAGE
    assert roll("case.xlsx", "plan.json", "next year") is ExitCode.USAGE
    assert roll("case.xlsx", "owing.json", "2028-01") is ExitCode.INPUT_REFUSED
    assert "1 thing cannot be carried; nothing was written" in capsys.readouterr().err
    assert not out.exists()
    assert roll("case.xlsx", "owing.json", "2028-01", out, "--anyway") is ExitCode.ANSWERED
    assert "not carried" in [cell.value for cell in openpyxl.load_workbook(out)["_Rolled"]["C"]]
