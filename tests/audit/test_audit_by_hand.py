"""A plan worked out by hand passes the audit, to the cent.

All tonnes are contained oxide (t). Two years, discounted to the first day of each: 2028 by 1.1, the end by 1.21.

Base plan, each year. Ore (60 % alpha, 40 % beta) 120 t goes into the works (recoveries 0.9 and 0.8): 64.8 t alpha oxide and
38.4 t beta oxide. The smelter takes 60 t of the alpha (recovery 0.96, half of the rest comes back): 57.6 t metal and
1.2 t scrap; 64.8 + 1.2 - 60 = 6 t alpha oxide and, after 30 t are sold, 8.4 t beta oxide are disposed of. Demand is 48 t of
metal = 60 t of oxide (x 1.25). 2027: 57.6 + 12 traded = 60 + 9.6 into the store, which rises from 10 to 19.6. 2028: 57.6 + 2.4
traded = 60. The ore: 100 t bought + 20 t lifted, then 90 + 30; the contract, signed at once, delivers from July 2027 to June 2028,
in each half 30 t at the least and 60 t at most; so 10 t of 2027 are paid at half the price of 1.8 USD/kg.

Two units of the smelter, decided at once, run from July 2027: 240 t/yr of metal at 50 % for a year. Used: 60 x 0.96 / 1.25 = 46.08 t
of 60 t, then of 180 t.

Cost, 2027 (million USD): purchases 100 x 2.0 + 12 x 20 = 0.44; contract 20 x 1.8 = 0.036; take-or-pay 10 x 0.9 = 0.009; freight 120 x
0.1 = 0.012; conversion 120 x 1 + 46.08 x 5 = 0.3504; storage 19.6 x 1000 USD = 0.0196; handling 9.6 x 100 USD = 0.00096; capital: 6 spent
over six months is 1 x (1.1^(0.5/12) + ... + 1.1^(5.5/12)) = 6.14524744 in July, x 0.1 / (1 - 1.1^-10) = 1.00011072 a year, half of it
0.50005536; fixed 0.5 + 2 x 0.1 / 2 = 0.6; prepayment 1.1^0.5 x 1.1 / 2 = 0.57684487; disposal 14.4 x 100 USD = 0.00144; sales
-30 x 3 = -0.09. Together 2.45630023.
2028: 90 x 2.2 + 2.4 x 20 = 0.246; 30 x 1.98 = 0.0594; 0.012; 0.3504; 0.0196; 1.00011072; 0.7; 0.57684487; 0.00144; -0.09: together
2.87579559. The three months behind the plan in which the cut is tested: a quarter of 1.00011072 and 0.05 for the two units.
Stock left: 19.6 x 0.5 x 20 = -0.196. Cost = 2.45630023 + 2.87579559 / 1.1 + (0.30002768 - 0.196) / 1.21 = 5.15663314:
5,156,633.14 USD.

Cut of 75 % for two months and back over one: a quarter, a quarter, 0.625. From January 2028: of 20 t of ore a month 5 t are left, half
of them for sale; of the contract's 10 t 2.5 t; of the trade's 1 t half, at twice the price. Twice 5 t ore -> 2.7 t alpha + 0.05 t
scrap = 2.5 + 0.25; 2.4 t metal + 0.5 traded + 1.1 drawn = 4 = 0.8 x 5; then 4 t drawn: 19.6, 18.5, 17.4, 13.4. From January 2029 the
contract has ended: 4 + 4 drawn, then 6.25 t ore -> 3.375 + 0.06 = 3 + 0.435, 2.88 + 1.12 = 4: 19.6, 15.6, 11.6, 10.48.
Their costs (thousand USD): 2 x (5.5 + 20 + 4.95 + 0.5 + 5 + 9.6 + 0.025 - 4.8 + 80 short) + 80 + storage 49.3 / 12 + handling 0.62 =
326.278; and 15.125 + 0.625 + 6.25 + 11.52 + 0.2435 + 3 x 80 + 37.68 / 12 + 0.912 = 277.8155.
"""

from __future__ import annotations

import dataclasses

import pytest

from models.case import Case, CutOff
from models.columns import Month
from models.plan import Pattern, Plan
from optimizer.audit import RULES, audit

NOT_IN_THIS_CASE = {
    "arrivals",
    "crisis-budget",
    "restored",
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
    *("residue-cells", "residue-placed", "residue-store"),
    *("rebate", "make-up", "line-year", "volume-discount", "financing", "linked-contracts"),
    *("stock-fill", "stock-reach", "stock-shared", "stock-age", "stock-fresh", "stock-cover"),
}
"""Rules that have nothing to compare here; test_audit_faults.py gives them something."""


def test_the_plan_by_hand_passes(case: Case, plan: Plan) -> None:
    """No finding, and the largest deviation is rounding."""
    verdict = audit(case, plan)
    assert verdict.findings == ()
    assert verdict.passed
    assert verdict.largest_violation < 1e-12
    assert not verdict.more


def test_the_cost_is_that_of_the_hand(case: Case, plan: Plan) -> None:
    """The audit's own cost is 5,156,633.14 USD."""
    assert round(audit(case, plan).cost_usd_m * 1e6, 2) == 5156633.14


def test_every_rule_has_compared_something(case: Case, plan: Plan) -> None:
    """No rule passes for want of comparisons, and none is missing from the list of rules."""
    checks = audit(case, plan).checks
    assert {rule for rule, count in checks.items() if count > 0} == (set(RULES) | {"unchecked"}) - NOT_IN_THIS_CASE


def test_rows_of_zero_may_be_left_out(case: Case, plan: Plan) -> None:
    """A row that is missing counts as zero, so that one of zero changes nothing."""
    zero = dataclasses.replace(
        plan.bought[0], run="crisis@2029-01", period=Month(2029, 1), months=1, bought_t=0, limit_t=2.5, usd_per_kg=2.42
    )
    assert audit(case, dataclasses.replace(plan, bought=(*plan.bought, zero))).passed


def test_a_start_inside_a_period_opens_on_the_straight_line(case: Case, plan: Plan) -> None:
    """Half way through 2027 the store holds (10 + 19.6) / 2 = 14.8 t; the contract and the smelter, decided in January, run from July."""
    run, start = "crisis@2027-07", Month(2027, 7)
    pattern = Pattern(cutoff="crisis", start=start, window_months=3, must_survive=True, missing_t=0, margin_pct=0)
    stocks, service = list(plan.stocks), list(plan.service)
    for m, opening in enumerate((14.8, 10.8, 6.8)):
        row = dataclasses.replace(
            plan.stocks[-1], run=run, period=start.plus(m), months=1, opening_t=opening, drawn_t=4, level_t=opening - 4
        )
        stocks.append(row)
        service.append(dataclasses.replace(plan.service[-1], run=run, period=start.plus(m), months=1))
    summary = dataclasses.replace(plan.summary, patterns_tested=3, patterns_passed=3)
    case = dataclasses.replace(case, cutoffs=(dataclasses.replace(case.cutoffs[0], first_start=start),))
    paid = dataclasses.replace(plan.unlifted[-1], run=run, year=2027, lifted_t=0, unlifted_t=5.625, usd_per_kg=0.9)
    with_it = dataclasses.replace(
        plan,
        summary=summary,
        patterns=(*plan.patterns, pattern),
        stocks=tuple(stocks),
        service=tuple(service),
        unlifted=(*plan.unlifted, paid),
        readiness=(dataclasses.replace(plan.readiness[0], first_start=start),),
        targets=(dataclasses.replace(plan.targets[0], year=2027), *plan.targets),
    )
    assert audit(case, with_it).findings == ()
    stocks[-3] = dataclasses.replace(stocks[-3], opening_t=15, level_t=11)
    stocks[-2] = dataclasses.replace(stocks[-2], opening_t=11, level_t=7)
    stocks[-1] = dataclasses.replace(stocks[-1], opening_t=7, level_t=3)
    worse = audit(case, dataclasses.replace(with_it, stocks=tuple(stocks)))
    assert {finding.rule for finding in worse.findings} == {"stock-opening", "stock-carry"}


def test_a_plan_that_says_unproven_may_have_untested_starts(case: Case, plan: Plan) -> None:
    """A start without a pattern is no fault of a plan that does not claim to survive all."""
    summary = dataclasses.replace(plan.summary, status="unproven", patterns_tested=1, patterns_passed=1)
    runs = {"base", "crisis@2028-01"}
    tables = {
        name: tuple(row for row in getattr(plan, name) if row.run in runs)
        for name in (
            "bought",
            "lifted",
            "processed",
            "plant_use",
            "tolled",
            "residue_placed",
            "residue_levels",
            "stocks",
            "service",
            "surplus",
        )
    }
    partial = dataclasses.replace(plan, summary=summary, patterns=plan.patterns[:1], **tables)
    assert audit(case, partial).passed
    claimed = dataclasses.replace(partial, summary=dataclasses.replace(summary, status="certified"))
    assert "starts" in {finding.rule for finding in audit(case, claimed).findings}


@pytest.mark.parametrize(
    "off", [CutOff(cutoff="other", severity=1, months=1, active=False), CutOff(cutoff="other", severity=1, months=1, must_survive=False)]
)
def test_only_what_must_be_survived_is_asked_for(case: Case, plan: Plan, off: CutOff) -> None:
    """A cut-off that is switched off, or need not be survived, asks for no pattern."""
    assert audit(dataclasses.replace(case, cutoffs=(*case.cutoffs, off)), plan).passed
