"""R3 take_so_many, R4 count_what_delivers, R5 deliver_to_count, R6 keep_the_budget."""

from __future__ import annotations

from typing import Any

import pytest
from feed_cases import separating
from small_cases import base, case, demand, equations, impossible, settings, source

from models.build import base_plan
from models.case import Budget, Case, Contract, ContractLine, Count, Financing, Form, Plant, Residue, ResidueSite
from models.columns import Month
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import solve


def three(*counts: Count) -> Case:
    """Alpha from three sources at 10, 10.5 and 11 USD/kg, 6 t a year from each of the first two, 12 t a year needed."""
    return case(
        sources=(
            source("near", max_t_per_yr=6.0),
            source("middle", max_t_per_yr=6.0, price_factor=1.05),
            source("far", max_t_per_yr=12.0, price_factor=1.1),
        ),
        counts=counts,
    )


ALL = ("near", "middle", "far")


def test_counts_printed() -> None:
    """R3 with both limits, contracts in force counted beforehand; R4 per source and slot; R5 for the lower limit."""
    model = base_plan(Study(three(Count(rule="few", members=("near", "far"), at_least=1, at_most=2, source_from_t=3.0))))
    assert equations(model, "take_so_many") == ["used[1, near] + used[1, far] >= 1", "used[1, near] + used[1, far] <= 2"]
    assert equations(model, "count_what_delivers") == [
        f"bought_t[{s}, {t}] <= {m} used[1, {s}]" for s, m in (("near", 6), ("far", 12)) for t in (0, 12)
    ]
    assert equations(model, "deliver_to_count")[0] == "3 used[1, near] <= bought_t[near, 0] + bought_t[near, 12]"
    signed = offers(Count(rule="one", members=("first", "second", "old"), at_most=2, by_month=Month(2027, 12)))
    assert equations(base_plan(Study(signed)), "take_so_many") == ["signed[first, 0] + signed[second, 0] <= 1"]


def test_at_most_so_many_sources() -> None:
    """Two origins at most give up 'middle': 12 t a year from near and far cost 0.252; with all three open near and middle give 0.246;
    one alone is far, 0.264."""
    assert base(three()).cost == pytest.approx(0.246)
    assert base(three(Count(rule="one", members=ALL, at_most=1))).cost == pytest.approx(0.264)
    assert base(three(Count(rule="not both", members=("near", "middle"), at_most=1))).cost == pytest.approx(0.252)


def test_at_least_so_many_sources() -> None:
    """Three origins with at least 4 t each in the plan take 4 t from far instead of middle: 0.246 + 4 x 0.5 = 0.248; a gram alone would
    cost 0.246. In 2027 alone (at most one source in that year): far gives all of 2027, 0.132, and 2028 costs 0.123."""
    assert base(three(Count(rule="three", members=ALL, at_least=3, source_from_t=4.0))).cost == pytest.approx(0.248)
    assert base(three(Count(rule="three", members=ALL, at_least=3, source_from_t=0.0))).cost == pytest.approx(0.246)
    assert base(three(Count(rule="one", members=ALL, at_most=1, by_month=Month(2027, 12)))).cost == pytest.approx(0.132 + 0.123)


def offers(*counts: Count) -> Case:
    """Two contracts on offer that each give 6 t a year at half price, without prepayment, and an old one without use."""
    return case(
        contracts=(
            Contract(contract="first", status="on offer", tenor_years=2),
            Contract(contract="second", status="on offer", tenor_years=2),
            Contract(contract="old", status="in force", tenor_years=2),
        ),
        contract_lines=tuple(
            ContractLine(contract=c, source="trade", max_t_per_yr=6.0, price_index="index", discount_pct=d)
            for c, d in (("first", 50.0), ("second", 50.0), ("old", 0.0))
        ),
        counts=counts,
    )


def test_number_of_contracts() -> None:
    """Both offers halve the cost to 0.12; one of them saves 0.06 of 0.24; with the one in force counted, two at most is one offer."""
    assert base(offers()).cost == pytest.approx(0.12)
    assert base(offers(Count(rule="one", members=("first", "second"), at_most=1))).cost == pytest.approx(0.18)
    assert base(offers(Count(rule="two", members=("first", "second", "old"), at_most=2))).cost == pytest.approx(0.18)
    assert base(offers(Count(rule="late", members=("first", "second"), at_most=0, by_month=Month(2027, 12)))).cost == pytest.approx(0.18)


def test_what_nothing_can_give_is_impossible() -> None:
    """Three sources cannot be two of 'near'."""
    assert impossible(base_plan(Study(three(Count(rule="odd", members=("near",), at_least=2)))))


# Budgets


def works(*budgets: Budget, **changes: Any) -> Case:
    """Bars are missing at 1000 USD/kg unless a smelter of 12 t a year is built: 1.2 million in two years of building, 0.4 and 0.8."""
    plant: dict[str, Any] = {
        "plant": "smelter",
        "status": "candidate",
        "country": "home",
        "input_form": "powder",
        "output_form": "bar",
        "capacity_t_per_yr": 12.0,
        "build_months": 24,
        "capex_usd_m": 1.2,
        "life_years": 12,
    }
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))
    return case(
        settings=settings(horizon_months=36),
        forms=forms,
        plants=(Plant(**{**plant, **changes}),),
        demands=(demand(form="bar"),),
        budgets=budgets,
    )


def test_budgets_printed() -> None:
    """R6 of capital by its months: half in each year of building; of prepayments by signature; of all money of a year."""
    assert equations(base_plan(Study(works(Budget(budget="b", usd_m=0.5)))), "keep_the_budget") == [
        "0.6 built[smelter, 0] <= 0.5",
        "0.6 built[smelter, 0] <= 0.5",
    ]
    contract = (Contract(contract="offtake", status="on offer", tenor_years=2, upfront_usd_m=0.5),)
    line = (ContractLine(contract="offtake", source="trade", min_t_per_yr=6.0, max_t_per_yr=6.0, price_index="index"),)
    both = (Budget(budget="a", year=2028, usd_m=1.0, counts="prepayments"), Budget(budget="b", year=2028, usd_m=2.0, counts="all"))
    model = base_plan(Study(case(contracts=contract, contract_lines=line, budgets=both)))
    assert equations(model, "keep_the_budget") == [
        "0.5 signed[offtake, 12] <= 1",
        "0.5 signed[offtake, 12] + 0.01 bought_t[trade, 12] + 0.01 bought_t[trade beta, 12] + 0.01 lifted_t[offtake, trade, 12]"
        " + 0.01 unlifted_t[offtake, trade, 2028] <= 2".replace("0.01 bought_t[trade beta", "0.02 bought_t[trade beta"),
    ]


def test_capital_above_a_yearly_budget_is_not_spent() -> None:
    """0.6 a year of capital: with 0.6 the smelter is built and only two years of bars are missing (24.22), with 0.5 all three (36)."""
    assert base(works()).cost == pytest.approx(24 + 0.12 + 0.1)
    assert base(works(Budget(budget="b", usd_m=0.6, counts="capex"))).cost == pytest.approx(24.22)
    assert base(works(Budget(budget="b", usd_m=0.5, counts="capex"))).cost == pytest.approx(36.0)
    profile = {"spend_pct": (75.0, 25.0)}
    assert base(works(Budget(budget="b", usd_m=0.6, counts="capex"), **profile)).cost == pytest.approx(36.0)
    assert base(works(Budget(budget="b", year=2028, usd_m=0.6, counts="capex"), **profile)).cost == pytest.approx(24.22)


def test_purchases_within_a_budget() -> None:
    """0.12 a year are needed; 0.1 in 2028 leaves 2 t unserved at 1000 USD/kg: 2.22 instead of 0.24."""
    assert base(case()).cost == pytest.approx(0.24)
    assert base(case(budgets=(Budget(budget="b", year=2028, usd_m=0.1, counts="purchases"),))).cost == pytest.approx(2.22)
    assert base(case(budgets=(Budget(budget="b", year=2028, usd_m=0.1, counts="capex"),))).cost == pytest.approx(0.24)


@pytest.mark.parametrize("optional", [True, False])
def test_money_put_up_with_a_contract_counts(optional: bool) -> None:
    """The contract at half price, prepaid with 0.01, widens from 6 to 12 t a year with 0.02 of equity: 0.15 million USD in two years; a
    budget of 0.025 for prepayments allows the contract alone, 0.01 + 0.18 = 0.19 where the equity is optional, and nothing where it
    goes with the signature, 0.24. A budget of capital alone is not touched."""
    row = Financing(
        financing="stake", contract="offtake", kind="equity", usd_m=0.02, years=2, optional=optional, source="trade", extra_max_t_per_yr=6.0
    )
    contract = Contract(contract="offtake", status="on offer", tenor_years=2, upfront_usd_m=0.01)
    line = ContractLine(contract="offtake", source="trade", max_t_per_yr=6.0, price_index="index", discount_pct=50.0)

    def cost(*budgets: Budget) -> float:
        changed = case(
            settings=settings(relative_gap_pct=0.0), contracts=(contract,), contract_lines=(line,), financings=(row,), budgets=budgets
        )
        plan = solve(changed)
        assert [str(finding) for finding in audit(changed, plan).findings] == []
        return plan.summary.cost_usd_m

    assert cost() == pytest.approx(0.15)
    assert cost(Budget(budget="b", usd_m=0.03, counts="prepayments")) == pytest.approx(0.15)
    assert cost(Budget(budget="b", usd_m=0.025, counts="capex")) == pytest.approx(0.15)
    for counts in ("prepayments", "commitments"):
        assert cost(Budget(budget="b", usd_m=0.025, counts=counts)) == pytest.approx(0.19 if optional else 0.24)
    tight = case(
        contracts=(contract,),
        contract_lines=(line,),
        financings=(row,),
        budgets=(Budget(budget="b", year=2028, usd_m=1.0, counts="prepayments"),),
    )
    printed = "0.01 signed[offtake, 12] + 0.02 financed[stake, 12] <= 1" if optional else "0.03 signed[offtake, 12] <= 1"
    assert equations(base_plan(Study(tight)), "keep_the_budget") == [printed]


def test_capital_of_disposal_cells_counts() -> None:
    """Cells of 5 t for the cake of ore cost 0.1 each: eight are wanted, 0.35 in all of 2027 and none in 2028 take three, which let 9 t of
    24 be served; the audit counts the same money."""
    site = ResidueSite(site="hill", status="candidate", cell_t=5.0, max_units=9, capex_usd_m=0.1)
    cake = Residue(residue="cake", plant="works", t_per_t=0.5)
    wide = separating(fractions=(), residues=(cake,), residue_sites=(site,))
    tight = separating(
        fractions=(),
        residues=(cake,),
        residue_sites=(site,),
        budgets=(Budget(budget="b", year=2027, usd_m=0.35, counts="capex"), Budget(budget="b", year=2028, usd_m=0.0, counts="capex")),
    )
    assert equations(base_plan(Study(tight)), "keep_the_budget")[0] == "0.1 cells[hill, 0] <= 0.35"
    assert base(wide).total("served_t") == pytest.approx(24)
    assert base(tight).total("served_t") == pytest.approx(9)
    plan = solve(tight)
    assert audit(tight, plan).passed
    assert [round(r.reached, 6) for r in plan.planner_rules] == [0.3, 0.0]
