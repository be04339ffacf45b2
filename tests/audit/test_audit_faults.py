"""Faults planted one at a time into the plan by hand: each must give a finding of the rule that it breaks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from models.case import Case, Sale
from models.columns import Month
from models.plan import Missing, Plan
from optimizer.audit import KEPT_PER_RULE, RULES, Verdict, audit
from optimizer.audit.rules import UNCHECKED, check_coverage
from optimizer.audit.verdict import UNMEASURABLE, Ledger

NOT_IN_THIS_CASE = {
    "crisis-budget",
    "restored",
    "arrivals",
    "orders",
    "minimum-lot",
    "exclusive-group",
    "missing",
    "shortage",
    "repairs",
    "plant-state",
    "programmes",
    "replaced",
    "required",
    "route",
    "route-balance",
    "route-path",
    "toll-return",
    *("rebate", "make-up", "line-year", "volume-discount", "financing", "linked-contracts"),
    *("stock-fill", "stock-reach", "stock-shared", "stock-age", "stock-fresh", "stock-cover"),
    *("residue-cells", "residue-placed", "residue-store"),
}
FIRST, LAST = "crisis@2028-01", "crisis@2029-01"
JAN_27, JUL_27, JAN_28, FEB_28, JAN_29 = Month(2027, 1), Month(2027, 7), Month(2028, 1), Month(2028, 2), Month(2029, 1)

Fault = Callable[[Case, Plan], tuple[Case, Plan]]


def in_table(record: Any, table: str, match: dict[str, Any], **new: Any) -> Any:
    """The record with the fields of the matching rows of one table changed; at least one row must match."""
    rows = getattr(record, table)
    hit = [all(getattr(row, name) == value for name, value in match.items()) for row in rows]
    assert any(hit), f"no row of {table} matches {match}"
    changed = tuple(dataclasses.replace(row, **new) if is_hit else row for row, is_hit in zip(rows, hit, strict=True))
    return dataclasses.replace(record, **{table: changed})


def in_plan(table: str, match: dict[str, Any], **new: Any) -> Fault:
    """A fault of the plan's rows."""
    return lambda case, plan: (case, in_table(plan, table, match, **new))


def in_case(table: str, match: dict[str, Any], **new: Any) -> Fault:
    """A stricter case, which the plan does not meet."""
    return lambda case, plan: (in_table(case, table, match, **new), plan)


def in_summary(**new: Any) -> Fault:
    """A fault of the plan's summary."""
    return lambda case, plan: (case, dataclasses.replace(plan, summary=dataclasses.replace(plan.summary, **new)))


def without(table: str, **match: Any) -> Fault:
    """The matching rows of a table of the plan are left out."""

    def fault(case: Case, plan: Plan) -> tuple[Case, Plan]:
        rows = getattr(plan, table)
        kept = tuple(row for row in rows if not all(getattr(row, name) == value for name, value in match.items()))
        assert len(kept) < len(rows)
        return case, dataclasses.replace(plan, **{table: kept})

    return fault


def twice(table: str) -> Fault:
    """The first row of a table comes twice."""
    return lambda case, plan: (case, dataclasses.replace(plan, **{table: (getattr(plan, table)[0], *getattr(plan, table))}))


def both(*faults: Fault) -> Fault:
    """Several changes that make one fault."""

    def fault(case: Case, plan: Plan) -> tuple[Case, Plan]:
        for each in faults:
            case, plan = each(case, plan)
        return case, plan

    return fault


def no_recourse(case: Case, plan: Plan) -> tuple[Case, Plan]:
    """Every row of the last recourse is left out."""
    tables = ("bought", "lifted", "processed", "plant_use", "tolled", "residue_placed", "residue_levels", "stocks", "service", "surplus")
    kept = {table: tuple(row for row in getattr(plan, table) if row.run != LAST) for table in tables}
    return case, dataclasses.replace(plan, **kept)


def sold_metal(case: Case, plan: Plan) -> tuple[Case, Plan]:
    """Metal that came from the smelter, not jointly with anything, is sold; there is a market for it."""
    case = dataclasses.replace(case, sales=(*case.sales, Sale(material="alpha", form="metal", usd_per_kg=1, max_t_per_yr=99)))
    row = dataclasses.replace(plan.surplus[0], form="metal", sold_t=1, disposed_t=0)
    return case, dataclasses.replace(plan, surplus=(*plan.surplus, row))


def costs_raised(term: str, by: float) -> Fault:
    """One term is dearer by a factor in every year, and the plan's cost with it."""

    def fault(case: Case, plan: Plan) -> tuple[Case, Plan]:
        costs = tuple(dataclasses.replace(row, usd_m=row.usd_m * by) if row.term == term else row for row in plan.costs)
        cost = math.fsum(row.usd_m for row in costs)
        assert cost != plan.summary.cost_usd_m
        summary = dataclasses.replace(plan.summary, cost_usd_m=cost, bound_usd_m=cost)
        return case, dataclasses.replace(plan, costs=costs, summary=summary)

    return fault


BASE_27 = {"run": "base", "period": JAN_27}
CUT_1 = {"run": FIRST, "period": JAN_28}
LAST_1 = {"run": LAST, "period": JAN_29}

FAULTS: list[tuple[str, str, Fault]] = [
    # commitments
    ("lead time one month short", "lead-time", in_plan("constructions", {}, online=Month(2027, 6))),
    ("lead time of the case one month longer", "lead-time", in_case("plants", {"plant": "smelter"}, permit_months=1)),
    ("delivery before the contract's lead time", "lead-time", in_plan("signatures", {}, first_delivery=Month(2027, 6))),
    ("tenor one month too long", "lead-time", in_plan("signatures", {}, last_delivery=Month(2028, 7))),
    ("decision between two dates", "decision-date", in_plan("constructions", {}, decided=Month(2027, 2))),
    ("decision before the plan", "decision-date", in_plan("constructions", {}, decided=Month(2026, 7))),
    ("signature before its window", "decision-window", in_case("contracts", {}, sign_from=Month(2027, 2))),
    ("construction after its window", "decision-window", in_case("plants", {"plant": "smelter"}, decide_to=Month(2026, 12))),
    ("operation after the horizon", "horizon", in_plan("constructions", {}, decided=Month(2028, 7), online=JAN_29)),
    ("delivery after the horizon", "horizon", in_plan("signatures", {}, signed=Month(2028, 7), first_delivery=JAN_29)),
    ("half a unit", "units", in_plan("constructions", {}, units=1.5)),
    ("a unit too many", "units", in_plan("constructions", {}, units=3)),
    ("units that are no number", "units", in_plan("constructions", {}, units=math.nan)),
    ("two units of an exclusive group", "exclusive-group", in_case("plants", {"plant": "smelter"}, exclusive_group="site")),
    ("signed twice", "signatures", twice("signatures")),
    ("decided although in force", "signatures", in_case("contracts", {}, status="in force")),
    ("expired contract signed", "names", in_case("contracts", {}, status="expired")),
    ("capacity of units overstated", "stated-figures", in_plan("constructions", {}, capacity_t_per_yr=480)),
    ("capital cost understated", "stated-figures", in_plan("constructions", {}, capex_usd_m=3)),
    # sources and rights
    ("spot share ignored", "spot-limit", in_plan("bought", {**BASE_27, "source": "mine"}, bought_t=121)),
    ("two origins for one tonne", "source-limit", in_case("sources", {"source": "mine"}, max_t_per_yr=119, spot_share=1)),
    ("source not yet open", "source-limit", in_case("sources", {"source": "mine"}, first_month=Month(2027, 8))),
    ("source closed", "source-limit", in_case("sources", {"source": "mine"}, last_month=Month(2027, 12))),
    ("availability ignored", "source-limit", in_case("sources", {"source": "trade"}, availability=0.9)),
    ("rise above the normal flow ignored", "source-limit", in_case("sources", {"source": "trade"}, normal_t_per_yr=6, surge=0.15)),
    ("supplier's plant overdrawn", "supplier-plant", in_case("plants", {"plant": "pit"}, capacity_t_per_yr=119)),
    ("supplier's ramp ignored", "source-limit", in_case("plants", {"plant": "pit"}, online=JAN_27, ramp_pct=(10.0, 100.0))),
    ("right exceeded", "line-limit", in_plan("lifted", BASE_27, lifted_t=61)),
    ("lifted without a signature", "line-limit", without("signatures", contract="offtake")),
    ("decision dated in the crisis used in it", "line-limit", in_plan("signatures", {}, signed=JAN_28)),
    ("plant decided in the crisis used in it", "plant-capacity", in_plan("constructions", {}, decided=JAN_28)),
    ("minimum not paid", "take-or-pay", without("unlifted", year=2027)),
    ("minimum paid in part", "take-or-pay", in_plan("unlifted", {"year": 2027}, unlifted_t=9)),
    # cut-offs
    ("cut ignored for contracts", "line-limit", in_plan("lifted", CUT_1, lifted_t=10)),
    ("cut ignored for purchases", "spot-limit", in_plan("bought", {**CUT_1, "source": "mine"}, bought_t=10)),
    ("crisis spot share ignored", "spot-limit", in_plan("bought", {**CUT_1, "source": "trade"}, bought_t=1)),
    ("cut of the plant ignored", "plant-capacity", in_case("cutoffs", {}, plants=("smelter",), severity=1)),
    ("cut of the plant's country ignored", "plant-capacity", in_case("cutoffs", {}, countries=("farland", "home"), severity=1)),
    ("return of supply one month early", "source-limit", in_case("cutoffs", {}, months=3, return_months=0)),
    ("lifted after the end of the contract", "line-limit", in_plan("lifted", {"run": FIRST, "period": JAN_28}, run=LAST, period=JAN_29)),
    # plants and balance
    ("ramp ignored", "plant-capacity", in_case("plants", {"plant": "smelter"}, ramp_pct=(30.0, 100.0))),
    ("capacity exceeded", "plant-capacity", in_plan("processed", {**BASE_27, "plant": "works"}, processed_t=241)),
    ("plant does not take the material", "names", in_case("plants", {"plant": "smelter"}, materials=("beta",))),
    ("yield above recovery", "balance", in_case("plants", {"plant": "smelter"}, recovery=0.9)),
    ("recovery of one element ignored", "balance", lambda case, plan: (dataclasses.replace(case, recoveries=()), plan)),
    ("elements swapped", "balance", in_case("compositions", {"element": "alpha"}, share=0.4)),
    ("scrap counted in full", "balance", in_case("plants", {"plant": "smelter"}, scrap_return_share=0.25)),
    ("a tonne from nowhere", "balance", in_plan("surplus", {**BASE_27, "material": "alpha"}, disposed_t=7)),
    ("a tonne vanished", "balance", without("surplus", run=FIRST, material="alpha")),
    ("capacity overstated", "stated-figures", in_plan("plant_use", {"plant": "smelter", **BASE_27}, capacity_t=120)),
    # stores
    ("level off by one tonne", "stock-carry", in_plan("stocks", BASE_27, level_t=20.6)),
    ("opening stock invented", "stock-opening", in_plan("stocks", BASE_27, opening_t=11, level_t=20.6)),
    ("share of the opening stock ignored", "stock-opening", in_case("stocks", {}, opening_share=0.9)),
    ("loss forgotten", "stock-carry", in_case("stocks", {}, loss_pct_per_yr=1)),
    ("recourse opens with more than the base level", "stock-opening", in_plan("stocks", CUT_1, opening_t=20.6, level_t=19.5)),
    ("stock row missing in a recourse", "stock-carry", without("stocks", run=LAST, period=JAN_29)),
    ("release rate exceeded", "stock-release", in_case("stocks", {}, release_pct_per_month=3.9)),
    ("store too small", "stock-capacity", in_case("stocks", {}, capacity_t=19)),
    ("minimum stock not held", "stock-minimum", in_case("stocks", {}, minimum_t=19.7)),
    ("final stock not held", "stock-minimum", in_case("stocks", {}, final_t=20)),
    ("target above the level", "stock-target", in_plan("targets", {}, target_t=20.6)),
    ("target missing", "stock-target", without("targets", year=2028)),
    # sales and service
    ("sale beyond joint output", "sale-of-surplus", in_plan("surplus", {**CUT_1, "material": "beta"}, sold_t=1.7)),
    ("sale of what is no surplus", "sale-of-surplus", sold_metal),
    ("sale beyond the market", "sale-limit", in_plan("surplus", {**BASE_27, "material": "beta"}, sold_t=31, disposed_t=7.4)),
    ("sale without a market", "sale-limit", lambda case, plan: (dataclasses.replace(case, sales=()), plan)),
    ("service below its level in one month", "service", in_plan("service", {"run": FIRST, "period": FEB_28}, served_t=3.99)),
    ("service row missing", "service", without("service", run=LAST, period=JAN_29)),
    ("served more than is asked", "served", in_plan("service", BASE_27, served_t=61)),
    ("demand understated", "demand", in_plan("service", BASE_27, demanded_t=59)),
    ("requirement understated", "demand", in_plan("service", CUT_1, required_t=3)),
    ("demand in tonnes of metal, not of oxide", "demand", in_case("forms", {"form": "metal"}, mass="REO")),
    (
        "demand unserved while the store is filled",
        "rationing",
        both(in_plan("service", BASE_27, served_t=59), in_plan("stocks", BASE_27, added_t=10.6, level_t=20.6)),
    ),
    # starts
    ("start without a pattern", "starts", without("patterns", start=JAN_29)),
    ("start without a recourse", "recourse", no_recourse),
    ("recourse without a pattern", "recourse", without("patterns", start=JAN_29)),
    ("pattern not passed", "starts", in_plan("patterns", {"start": JAN_29}, missing_t=1)),
    ("first start later than the case asks", "starts", in_plan("readiness", {}, first_start=JAN_29)),
    ("no first start", "starts", in_plan("readiness", {}, first_start=None)),
    ("window too short", "pattern", in_plan("patterns", {}, window_months=2)),
    ("called not required", "pattern", in_plan("patterns", {}, must_survive=False)),
    ("passed patterns miscounted", "pattern", in_summary(patterns_passed=3)),
    ("tested patterns miscounted", "pattern", in_summary(patterns_tested=3)),
    ("pattern of an unknown cut-off", "names", in_plan("patterns", {"start": JAN_29}, cutoff="flood")),
    # rows
    ("unknown source", "names", in_plan("bought", BASE_27, source="moon")),
    ("unknown run", "names", in_plan("bought", BASE_27, run="crisis")),
    ("run before the start", "names", in_plan("bought", BASE_27, run="crisis@2026-12")),
    ("period that is none", "calendar", in_plan("bought", BASE_27, period=FEB_28)),
    ("period of wrong length", "calendar", in_plan("bought", BASE_27, months=11)),
    ("row counted twice", "duplicates", twice("bought")),
    ("stock row twice", "duplicates", twice("stocks")),
    ("amount that is no number", "finite", in_plan("bought", BASE_27, bought_t=math.nan)),
    ("infinite amount", "finite", in_plan("surplus", BASE_27, disposed_t=math.inf)),
    ("negative purchase", "finite", in_plan("bought", BASE_27, bought_t=-1)),
    ("negative addition to a store", "finite", in_plan("stocks", LAST_1, added_t=-1, drawn_t=3)),
    ("limit overstated", "stated-figures", in_plan("bought", {**CUT_1, "source": "mine"}, limit_t=10)),
    ("crisis price forgotten", "stated-figures", in_plan("bought", {**CUT_1, "source": "trade"}, usd_per_kg=20)),
    ("floor price forgotten", "stated-figures", in_case("contract_lines", {}, floor_usd_per_kg=5)),
    # money
    ("cost term missing", "cost-term", without("costs", term="storage")),
    ("one year of a term missing", "cost-term", without("costs", term="fixed_opex", year=2028)),
    ("cost term invented", "names", in_plan("costs", {"term": "sales", "year": 2027}, term="luck")),
    ("annuity wrong", "cost-term", costs_raised("capex", 1.01)),
    ("interest while building forgotten", "cost-term", costs_raised("capex", 6 / 6.14524744)),
    ("discount wrong", "cost-term", in_plan("costs", {"term": "purchases", "year": 2028}, usd_m=0.246)),
    ("undiscounted figure wrong", "cost-term", in_plan("costs", {"term": "purchases", "year": 2028}, undiscounted_usd_m=0.25)),
    ("holding cost forgotten", "cost-term", costs_raised("storage", 0)),
    ("prepayment charged twice", "cost-term", costs_raised("upfront", 2)),
    ("stock left valued in full", "cost-term", costs_raised("terminal_stock", 2)),
    ("one cent of handling", "cost-term", costs_raised("handling", 1 + 0.01 / 960)),
    (
        "middle of the period asked for",
        "cost-term",
        lambda c, p: (dataclasses.replace(c, settings=dataclasses.replace(c.settings, discounting="middle")), p),
    ),
    ("cost of the plan wrong", "cost-total", in_summary(cost_usd_m=4.9)),
    ("cost that is no number", "cost-total", in_summary(cost_usd_m=math.nan)),
    ("gap wrong", "gap", in_summary(gap_pct=1)),
    ("bound above the cost", "gap", in_summary(bound_usd_m=5)),
    (
        "certified with too large a gap",
        "gap",
        in_summary(bound_usd_m=4.8, gap_pct=(5.15663314210941900424 - 4.8) / 5.15663314210941900424 * 100),
    ),
    ("cost of a recourse wrong", "recourse-cost", in_plan("patterns", {"start": JAN_29}, recourse_usd_m=0.27)),
]


@pytest.mark.parametrize(("rule", "fault"), [pytest.param(rule, fault, id=name) for name, rule, fault in FAULTS])
def test_a_planted_fault_is_found(case: Case, plan: Plan, rule: str, fault: Fault) -> None:
    """The audit fails, and names the rule that is broken."""
    verdict = audit(*fault(case, plan))
    assert not verdict.passed
    assert rule in {finding.rule for finding in verdict.findings}, [str(finding) for finding in verdict.findings]
    assert verdict.largest_violation > 1e-6


def test_a_finding_says_where_and_by_how_much(case: Case, plan: Plan) -> None:
    """A level that is one tonne off names run, month and store, with what is expected and what was found."""
    verdict = audit(*in_plan("stocks", {"run": LAST, "period": Month(2029, 3)}, level_t=11.48)(case, plan))
    [finding] = [finding for finding in verdict.findings if finding.rule == "stock-carry"]
    assert finding.where == (LAST, "2029-03", "depot / alpha / metal / level_t")
    assert (finding.expected, finding.found) == (pytest.approx(10.48), 11.48)
    assert finding.violation == pytest.approx(1 / 11.6)
    assert "expected 10.48, found 11.48" in str(finding)


def test_the_worst_comes_first(case: Case, plan: Plan) -> None:
    """Of two faults the one with the larger relative violation leads, whatever the rules' order."""
    fault = both(in_plan("service", {"run": FIRST, "period": FEB_28}, served_t=3.999), in_plan("stocks", BASE_27, level_t=500))
    violations = [finding.violation for finding in audit(*fault(case, plan)).findings]
    assert violations == sorted(violations, reverse=True)
    assert violations[0] > 1


def test_findings_of_one_rule_are_capped(case: Case, plan: Plan) -> None:
    """More faults of a rule than are kept are counted, and the worst of them are kept."""
    rows = tuple(dataclasses.replace(plan.bought[0], source=f"moon {n}") for n in range(KEPT_PER_RULE + 5))
    verdict = audit(case, dataclasses.replace(plan, bought=(*plan.bought, *rows)))
    assert sum(finding.rule == "names" for finding in verdict.findings) == KEPT_PER_RULE
    assert verdict.more == {"names": 5}


def test_the_cap_keeps_the_worst() -> None:
    """Of three violations of a rule a ledger that keeps two drops the smallest."""
    ledger = Ledger(JAN_27, keep=2)
    for found in (3.0, 2.0, 4.0):
        ledger.at_most("rule", found, 1.0, "base", None, ("x",))
    assert [finding.found for finding in ledger.close(0.0).findings] == [4.0, 3.0]
    assert ledger.close(0.0).more == {"rule": 1}


def test_what_is_no_number_is_the_worst_of_all() -> None:
    """Not-a-number is never within a tolerance, on either side of a comparison."""
    for found, expected in ((math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0)):
        ledger = Ledger(JAN_27)
        ledger.equal("rule", found, expected, "base", None, ())
        ledger.at_most("rule", found, expected, "base", None, ())
        verdict = ledger.close(0.0)
        assert not verdict.passed
        assert verdict.largest_violation == UNMEASURABLE


def test_small_deviations_are_measured_and_pass() -> None:
    """Up to 1e-6 of the size compared, and 1e-6 t of what is small, passes; twice as much does not."""
    for size, off, passes in ((1000.0, 5e-4, True), (1000.0, 2e-3, False), (0.0, 5e-7, True), (0.0, 2e-6, False)):
        ledger = Ledger(JAN_27)
        ledger.equal("rule", size + off, size, "base", None, ())
        verdict = ledger.close(0.0)
        assert verdict.passed is passes
        assert 0 < verdict.largest_violation < 1e-5


def test_an_audit_that_checked_nothing_does_not_pass(case: Case, plan: Plan) -> None:
    """Every rule that has something to compare and compared nothing is a finding."""
    ledger = Ledger(JAN_27, keep=len(RULES))
    check_coverage(case, plan, ledger)
    verdict = ledger.close(0.0)
    assert {finding.rule for finding in verdict.findings} == {UNCHECKED}
    assert {finding.where[2] for finding in verdict.findings} == set(RULES) - NOT_IN_THIS_CASE


def test_an_empty_plan_does_not_pass(case: Case, plan: Plan) -> None:
    """A plan that claims to survive and has no rows at all fails on starts, stocks and cost, and on what it leaves unchecked."""
    empty = Plan(summary=plan.summary)
    assert {"starts", UNCHECKED, "cost-total", "cost-term", "stock-opening", "pattern"} <= _rules(audit(case, empty))


def test_what_is_missing_adds_up(case: Case, plan: Plan) -> None:
    """A plan that does not survive may lack what its patterns say, month by month, and no more."""
    case, plan = in_plan("service", {"run": FIRST, "period": FEB_28}, served_t=3)(case, plan)
    case, plan = in_plan("stocks", {"run": FIRST, "period": FEB_28}, drawn_t=0.1, level_t=18.4)(case, plan)
    case, plan = in_plan("stocks", {"run": FIRST, "period": Month(2028, 3)}, opening_t=18.4, level_t=14.4)(case, plan)
    case, plan = in_plan("patterns", {"start": JAN_28}, missing_t=1, recourse_usd_m=None)(case, plan)
    case, plan = in_summary(status="unproven", patterns_passed=1)(case, plan)
    lacking = Missing(cutoff="crisis", start=JAN_28, month=FEB_28, sector="motors", material="alpha", form="metal", missing_t=1)
    plan = dataclasses.replace(plan, missing=(lacking,))
    assert audit(case, plan).findings == ()
    assert _rules(audit(*in_plan("missing", {}, missing_t=0.5)(case, plan))) == {"missing", "shortage"}
    assert "missing" in _rules(audit(*in_plan("patterns", {"start": JAN_28}, missing_t=0.5)(case, plan)))


def impossible(case: Case, plan: Plan, **row: Any) -> tuple[Case, Plan]:
    """The answer that no plan survives: 1 t of metal is missing in the second month of the first cut; the second is survived."""
    case, plan = in_plan("service", {"run": FIRST, "period": FEB_28}, served_t=3)(case, plan)
    case, plan = in_plan("stocks", {"run": FIRST, "period": FEB_28}, drawn_t=0.1, level_t=18.4)(case, plan)
    case, plan = in_plan("stocks", {"run": FIRST, "period": Month(2028, 3)}, opening_t=18.4, level_t=14.4)(case, plan)
    case, plan = in_plan("patterns", {"start": JAN_28}, missing_t=1, recourse_usd_m=None)(case, plan)
    case, plan = in_plan("readiness", {}, first_start=Month(2029, 1), latest_first_start=JAN_28, found=True)(case, plan)
    case, plan = in_summary(status="impossible", patterns_passed=1, missing_t=1.0, least_missing_t=0.9)(case, plan)
    lacking = Missing(cutoff="crisis", start=JAN_28, month=FEB_28, sector="motors", material="alpha", form="metal", missing_t=1)
    return case, dataclasses.replace(plan, targets=(), missing=(dataclasses.replace(lacking, **row),))


def test_the_plan_that_lacks_least_is_replayed(case: Case, plan: Plan) -> None:
    """The answer that no plan survives passes with all its rows: balances, stocks, cost, and what they do not serve."""
    verdict = audit(*impossible(case, plan))
    assert verdict.findings == ()
    assert verdict.checks["shortage"] > 5
    assert verdict.cost_usd_m == pytest.approx(5.15663314210941900424)


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("missing", {"missing_t": 0.5}),
        ("shortage", {"missing_t": 0.5}),
        ("missing", {"missing_t": 4.1}),
        ("shortage", {"month": Month(2028, 1)}),
        ("calendar", {"month": Month(2028, 4)}),
        ("names", {"sector": "lamps"}),
        ("names", {"start": FEB_28}),
    ],
)
def test_what_is_missing_is_real(case: Case, plan: Plan, rule: str, row: dict[str, Any]) -> None:
    """Neither more than is required, nor less or elsewhere than the rows say, nor outside the window, nor of an unknown pattern."""
    assert rule in _rules(audit(*impossible(case, plan, **row)))


@pytest.mark.parametrize(
    "fault",
    [
        in_summary(missing_t=0.8),
        in_summary(missing_t=None),
        in_summary(least_missing_t=0.0),
        in_summary(least_missing_t=1.1),
        in_plan("patterns", {"start": JAN_28}, missing_t=1.5),
        in_plan("service", {"run": FIRST, "period": FEB_28}, served_t=3.5),
        in_plan("readiness", {}, first_start=JAN_28),
        in_plan("readiness", {}, first_start=None),
    ],
    ids=["sum", "no sum", "no bound", "bound above", "pattern", "served", "ready too early", "not ready"],
)
def test_a_wrong_shortage_is_caught(case: Case, plan: Plan, fault: Fault) -> None:
    """What is missing in all, its bound, what a pattern lacks, what its rows serve, and from when it is survived, each altered by hand."""
    assert "shortage" in _rules(audit(*fault(*impossible(case, plan))))


def test_every_start_that_was_asked_for_is_accounted_for(case: Case, plan: Plan) -> None:
    """Where no plan survives, a start that was asked for and has no pattern, or no recourse, does not pass."""
    case, short = impossible(case, plan)
    gone = dataclasses.replace(
        short, patterns=short.patterns[:1], summary=dataclasses.replace(short.summary, patterns_passed=0, patterns_tested=1)
    )
    assert "shortage" in _rules(audit(case, gone))
    unkept = {
        name: tuple(row for row in getattr(short, name) if row.run != LAST)
        for name in ("bought", "processed", "plant_use", "stocks", "service", "surplus", "lifted")
    }
    assert "shortage" in _rules(audit(case, dataclasses.replace(short, **unkept)))


def test_no_plan_survives_needs_something_missing(case: Case, plan: Plan) -> None:
    """An answer of 'impossible' that lists nothing as missing does not pass."""
    case, plan = impossible(case, plan)
    assert "missing" in _rules(audit(case, dataclasses.replace(plan, missing=())))


def _rules(verdict: Verdict) -> set[str]:
    """Names of the rules that a verdict finds broken."""
    return {finding.rule for finding in verdict.findings}
