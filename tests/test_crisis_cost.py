"""Crisis cost: by hand on the smallest cases, against one program of all patterns on random ones, and audited."""

from __future__ import annotations

import dataclasses
import functools
import math
import random
from typing import Any

import pytest
from random_features import random_features
from small_cases import EXACT, case, change, cutoff, demand, settings, source, stock

from models.build import base_plan
from models.case import Case, Composition, Contract, ContractLine, Form, Plant, Price
from models.check import check
from models.columns import Month
from models.crisis import Crisis, chance, discount, months_stood_for, window_shares
from models.plan import Plan
from models.replacement import replacement_usd_per_kg
from models.run import Study
from models.survival import Pattern, starts
from optimizer.audit import audit
from optimizer.crisis import Crises, mean_of_worst
from optimizer.errors import NoBasePlan, NumericalTrouble, OverBudget, StockpileError
from optimizer.extensive import extensive_form
from optimizer.highs import Status
from optimizer.highs import solve as solve_program
from optimizer.recourse import Recourse
from optimizer.solve import SolveOptions, as_asked, solve
from optimizer.standard_form import compile_model

OPTIONS = SolveOptions(relative_gap_pct=2e-3)
"""2e-5: coefficients that are next to nothing leave the cuts, which costs that much of the bound."""

SPOT = source("spot", kind="spot", countries=("elsewhere",), max_t_per_yr=100.0)
"""Powder from elsewhere at the index, which no cut takes away: in a crisis at three times the price."""

DEAR = {"spot_price_multiplier": 3.0}


def solved(plain: Case) -> Plan:
    """The plan of a case to the last digit, audited."""
    assert [str(f) for f in check(plain) if f.severity == "error"] == []
    plan = solve(plain, SolveOptions(relative_gap_pct=0))
    assert plan.summary.status == "certified"
    verdict = audit(change(plain, settings=change(plain.settings, relative_gap_pct=0.0)), plan)
    assert verdict.passed, [str(f) for f in verdict.findings]
    return plan


def parts(plan: Plan, start: str = "2028-01") -> tuple[float, float, float, float]:
    """Recourse, restoring, base plan's months and crisis cost of the pattern that begins in a month, rounded to 1 USD."""
    row = next(p for p in plan.patterns if str(p.start) == start)
    found = (row.recourse_usd_m, row.restoring_usd_m, row.base_usd_m, row.crisis_usd_m)
    return tuple(round(v, 6) + 0.0 for v in found if v is not None)  # type: ignore[return-value]


def test_stock_that_is_drawn_is_put_back() -> None:
    """3 t are drawn in the three months for nothing and put back at 10 USD/kg: 0.03; in the same months the base plan buys 3 t for 0.03.
    The crisis costs nothing, and the stock is not counted twice."""
    plan = solved(case(stocks=(stock(),), cutoffs=(cutoff(),)))
    assert parts(plan) == (0.0, 0.03, 0.03, 0.0)
    assert [(r.what, r.name, r.of, r.tonnes_t, r.usd_per_kg) for r in plan.restored[:1]] == [("stock", "alpha", "powder", 3.0, 10.0)]


def test_dear_purchases() -> None:
    """Without a store 3 t are bought at 30 USD/kg: 0.09 less the 0.03 of ordinary months: 0.06 million USD."""
    assert parts(solved(case(sources=(source(), SPOT), cutoffs=(cutoff(**DEAR),)))) == (0.09, 0.0, 0.03, 0.06)


def test_behind_the_end_months_cost_what_the_last_twelve_do() -> None:
    """A cut at the end of the plan: its three months are compared with a quarter of the last year, 0.03."""
    plan = solved(case(sources=(source(), SPOT), cutoffs=(cutoff(**DEAR),)))
    assert parts(plan, "2029-01") == (0.09, 0.0, 0.03, 0.06)
    study = Study(case(cutoffs=(cutoff(),)))
    assert window_shares(study, Pattern(study.case.cutoffs[0], 24)) == {12: 0.25}
    assert window_shares(study, Pattern(study.case.cutoffs[0], 22)) == {12: 0.25}
    assert window_shares(study, Pattern(study.case.cutoffs[0], 10)) == {0: 2 / 12, 12: 1 / 12}


def chancy(storage: float, chance_per_year: float, **more: Any) -> Case:
    """A store that costs so many USD/t a year, dear spot purchases in a crisis, and a chance of it."""
    return case(
        stocks=(stock(storage_usd_per_t_yr=storage),),
        sources=(source(), SPOT),
        cutoffs=(cutoff(annual_probability=chance_per_year, **DEAR, **more),),
    )


def test_a_chance_pays_for_a_stock() -> None:
    """Without a chance no stock is held: 24 t x 10 = 0.24. With 1 % a year: still none, 0.24 + 0.01 x 0.06 = 0.2406. With 50 %: 3 t at the
    end of 2027, stored for 0.003, used up in 2028; a crisis then costs the storage of 2 and 1 t for a month, 0.00025 (9 t are bought in
    2028, 2.25 t would lie there after three months): 0.24 + 0.003 + 0.5 x 0.00025 = 0.243125, where no stock would cost 0.27."""
    assert solved(chancy(1000.0, 0.0)).summary.cost_usd_m == pytest.approx(0.24)
    rare = solved(chancy(1000.0, 0.01))
    assert (rare.summary.cost_usd_m, rare.summary.expected_crisis_usd_m) == (pytest.approx(0.2406), pytest.approx(0.0006))
    often = solved(chancy(1000.0, 0.5))
    assert often.summary.cost_usd_m == pytest.approx(0.243125)
    assert parts(often) == (0.00025, 0.0225, 0.0225, 0.00025)
    assert sum(r.usd_m for r in often.costs) == pytest.approx(0.243125)
    assert [(r.term, r.year, r.usd_m) for r in often.costs if r.term == "expected_crisis"] == [
        ("expected_crisis", 2028, pytest.approx(0.000125))
    ]


def test_shortage_has_its_price_where_nothing_must_be_survived() -> None:
    """No spot market, and 3 t unserved cost 3.0 at 1000 USD/kg, less 0.03: 2.97. With a chance of 0.1 % a year that is 0.00297 and no stock
    is held: 0.24297. With 1 %: a stock of 3 t for 0.003 and what storing it costs in a crisis: 0.24 + 0.003 + 0.01 x 0.00025 = 0.2430025.
    Without a chance it is reported all the same."""
    free = case(stocks=(stock(storage_usd_per_t_yr=1000.0),), cutoffs=(cutoff(must_survive=False),))
    told = solved(free)
    assert told.summary.cost_usd_m == pytest.approx(0.24)
    assert parts(told) == (3.0, 0.0, 0.03, 2.97)
    assert told.patterns[0].missing_t == pytest.approx(3.0)
    for chance_per_year, cost in ((0.001, 0.24297), (0.01, 0.2430025)):
        row = change(free.cutoffs[0], annual_probability=chance_per_year)
        assert solved(change(free, cutoffs=(row,))).summary.cost_usd_m == pytest.approx(cost)


def test_a_budget_is_kept() -> None:
    """A crisis from any start costs 0.06 without stock. A budget of 0.01 asks for some, and costs storage; of 0.06 for none."""
    plain = chancy(1000.0, 0.0)
    assert solved(change(plain, cutoffs=(change(plain.cutoffs[0], crisis_budget_usd_m=0.06),))).summary.cost_usd_m == pytest.approx(0.24)
    kept = solved(change(plain, cutoffs=(change(plain.cutoffs[0], crisis_budget_usd_m=0.01),)))
    assert max(p.crisis_usd_m or 0.0 for p in kept.patterns) <= 0.01 + 1e-9
    assert kept.summary.cost_usd_m == pytest.approx(0.2701008403)


def test_no_money_is_wasted_to_keep_a_budget() -> None:
    """Without a store a crisis costs 0.06, whatever the plan does. A budget of 0.01 cannot be kept by buying 12 t and throwing them away in
    the months that the crisis is compared with: it is refused, 0.05 short. One of 0.06 is kept."""
    plain = case(sources=(source(), SPOT), cutoffs=(cutoff(crisis_budget_usd_m=0.01, **DEAR),))
    with pytest.raises(OverBudget, match=r"0\.05 million USD higher"):
        solve(plain, SolveOptions(relative_gap_pct=0))
    assert solved(change(plain, cutoffs=(cutoff(crisis_budget_usd_m=0.06, **DEAR),))).summary.cost_usd_m == pytest.approx(0.24)


def test_the_mean_of_the_worst() -> None:
    """Costs 1, 2, 3, 10 of equal chance: the dearest half costs 6.5 in the mean, the dearest three eighths (10 + 3/2) / 1.5, all 4."""
    costs = [(1.0, 0.25), (3.0, 0.25), (10.0, 0.25), (2.0, 0.25)]
    assert mean_of_worst(costs, 0.5) == pytest.approx(6.5)
    assert mean_of_worst(costs, 0.625) == pytest.approx((10 + 1.5) / 1.5)
    assert mean_of_worst(costs, 0.0) == pytest.approx(4.0)
    assert mean_of_worst([], 0.5) is None


def test_a_budget_of_the_worst_is_kept() -> None:
    """Four quarters as starts, all 0.06 without stock, so the mean of the worst half is 0.06 and the plan costs 0.24. Within 0.03 each
    start holds about half of the 3 t, 1.5 t for a year at 1000 USD/t: 0.2415."""
    quarters = settings(horizon_months=24, coarse_period_months=3, crisis_cvar_level=0.5)
    plain = change(chancy(1000.0, 0.0), settings=quarters)
    free = solved(plain)
    assert (free.summary.cost_usd_m, free.summary.crisis_cvar_usd_m) == (pytest.approx(0.24), pytest.approx(0.06))
    kept = solved(change(plain, settings=change(quarters, crisis_cvar_budget_usd_m=0.03)))
    assert kept.summary.crisis_cvar_usd_m is not None
    assert 0.029 < kept.summary.crisis_cvar_usd_m <= 0.03 + 1e-9
    assert kept.summary.cost_usd_m == pytest.approx(0.2415, abs=1e-5)


def test_a_start_stands_for_its_period() -> None:
    """Years from 2027: starts of 2028 stand for 12 months, or up to the last start; the end of the plan for none. Discounted to the middle
    of these months."""
    study = Study(case(settings=settings(discount_rate_pct=10.0), cutoffs=(cutoff(annual_probability=0.2, last_start=Month(2028, 3)),)))
    pattern = Pattern(study.case.cutoffs[0], 12)
    assert (months_stood_for(study, pattern), chance(study, pattern)) == (3, pytest.approx(0.05))
    assert discount(study, pattern) == pytest.approx(1.1 ** -(13.5 / 12))
    assert months_stood_for(study, Pattern(study.case.cutoffs[0], 24)) == 0
    assert months_stood_for(study, Pattern(cutoff(), 12)) == 12
    assert months_stood_for(study, Pattern(cutoff(), 14)) == 0


def chain_case() -> Case:
    """Ore of 0.2 alpha and 0.8 beta at 3 USD/kg + 1 freight; separation at 2 USD/kg; bars are made of powder at 5 USD/kg, 0.9 come out."""
    plain = case()
    return change(
        plain,
        forms=(
            Form(form="ore", position=1, holds="mixtures"),
            *plain.forms,
            Form(form="bar", position=3, holds="elements"),
        ),
        compositions=(Composition(mixture="mixed", element="alpha", share=0.2), Composition(mixture="mixed", element="beta", share=0.8)),
        prices=(*plain.prices, Price(index="ores", material="mixed", form="ore", usd_per_kg=3.0)),
        sources=(*plain.sources, source("mine", "mixed", form="ore", price_index="ores", freight_usd_per_kg=1.0)),
        plants=(
            _plant("mill", "ore", "powder", variable_opex_usd_per_kg=2.0),
            _plant("foundry", "powder", "bar", variable_opex_usd_per_kg=5.0, recovery=0.9),
        ),
    )


def _plant(name: str, takes: str, makes: str, **more: Any) -> Plant:
    return Plant(
        plant=name,
        status="existing",
        country="home",
        input_form=takes,
        output_form=makes,
        capacity_t_per_yr=100.0,
        **{"recovery": 1.0, **more},
    )


def test_base_price_plus_conversion() -> None:
    """Powder is bought at 10 and 20 or made of ore at (4 + 2) shared by value, 0.2 x 10 : 0.8 x 20: 6 x 10/18 and 6 x 20/18 USD/kg. A bar
    of alpha costs (3.33 + 0.9 x 5) / 0.9. Without an offer of beta the two bear alike by mass: 6 each."""
    plain = chain_case()
    found = replacement_usd_per_kg(Study(plain), 0)
    assert found["mixed", "ore"] == pytest.approx(4.0)
    assert found["alpha", "powder"] == pytest.approx(6 * 10 / 18)
    assert found["beta", "powder"] == pytest.approx(6 * 20 / 18)
    assert found["alpha", "bar"] == pytest.approx(60 / 18 / 0.9 + 5)
    alone = replacement_usd_per_kg(Study(change(plain, sources=tuple(s for s in plain.sources if s.source != "trade beta"))), 0)
    assert (alone["alpha", "powder"], alone["beta", "powder"]) == (pytest.approx(6.0), pytest.approx(6.0))


def test_minimums_that_a_crisis_leaves_owed() -> None:
    """A contract in force, 12 t a year of the makers' 12, all to be lifted or paid in full, no force majeure, cut by name for the first
    three months of 2028. The recourse pays for 3 t. The year owes 12: 3 paid for, 9 lifted outside the window: nothing is owed beyond."""
    contract = Contract(contract="offtake", status="in force", tenor_years=5, take_or_pay_share=1.0, force_majeure=False)
    line = ContractLine(contract="offtake", source="trade", min_t_per_yr=(12.0,), max_t_per_yr=(24.0,), price_index="index")
    plain = case(
        contracts=(contract,),
        contract_lines=(line,),
        sources=(source(spot_share=0.0), SPOT),
        cutoffs=(cutoff(countries=(), contracts=("offtake",), **DEAR),),
    )
    study = Study(plain)
    model = base_plan(study)
    owed = [r for r in Crisis(study, model).restorings(Pattern(plain.cutoffs[0], 12)) if not r.is_stock]
    assert [(r.name, r.usd_per_kg) for r in owed] == [(("offtake", "trade", 2028), pytest.approx(10.0))]
    assert owed[0].wanted.constant == pytest.approx(12.0)
    assert owed[0].wanted.weights["operation.lifted_t", ("offtake", "trade", 12)] == pytest.approx(-0.75)
    plan = solved(plain)
    assert parts(plan) == (0.12, 0.0, 0.03, 0.09)


def test_liftings_ahead_of_their_time_are_owed_again() -> None:
    """12 t a year under force majeure, in half years; a cut of six months takes all or half of the first. The year then owes the 6 t of its
    second half, and 0 or 3 t of the first; what the base plan lifts in the second half counts in full, in the first not at all."""
    contract = Contract(contract="offtake", status="in force", tenor_years=5, take_or_pay_share=1.0, force_majeure=True)
    line = ContractLine(contract="offtake", source="trade", min_t_per_yr=(12.0,), max_t_per_yr=(24.0,), price_index="index")
    plain = case(
        settings=settings(coarse_period_months=6),
        contracts=(contract,),
        contract_lines=(line,),
        cutoffs=(cutoff(months=6),),
    )
    for severity, tonnes in ((1.0, 6.0), (0.5, 9.0)):
        cut = change(plain, cutoffs=(cutoff(months=6, severity=severity),))
        study = Study(cut)
        found = [r for r in Crisis(study, base_plan(study)).restorings(Pattern(cut.cutoffs[0], 12)) if not r.is_stock]
        assert found[0].wanted.constant == pytest.approx(tonnes)
        assert {k[1][2]: w for k, w in found[0].wanted.weights.items() if k[0] == "operation.lifted_t"} == {18: -1.0}


def test_cargo_under_way_counts_as_stock() -> None:
    """A source that ships for two months: at the end of a window the base plan has two months' orders at sea, 2 t, and a recourse that
    ordered nothing lacks them."""
    plain = case(sources=(source(shipping_months=2.0),), stocks=(stock(),), cutoffs=(cutoff(),))
    study = Study(plain)
    found = Crisis(study, base_plan(study)).restorings(Pattern(plain.cutoffs[0], 12))[0]
    window = study.window(plain.cutoffs[0])
    assert window == 5
    assert found.wanted.weights["operation.bought_t", ("trade", 12)] == pytest.approx(2 / 12)
    assert {k[1][1] for k in found.left if k[0] == "operation.bought_t"} == {15, 16}
    assert solved(plain).restored


# All patterns in one program


def whole_cost(plain: Case, plan: Plan | None) -> float:
    """Cost of the base plan with every recourse, those with a chance priced and with restoring, as one program; infinite: impossible."""
    first = {row.cutoff: row.first_start for row in plan.readiness} if plan is not None else {}
    cutoffs = tuple(dataclasses.replace(row, first_start=row.first_start or first.get(row.cutoff)) for row in plain.cutoffs)
    study = Study(dataclasses.replace(plain, cutoffs=cutoffs))
    h = study.horizon
    model = base_plan(study)
    base = compile_model(model)
    begun = {row.cutoff: h.month_of(row.first_start, 0) for row in cutoffs}
    crises = Crises(study, model, base, lambda row, start: Recourse.of(study, Pattern(row, start), base), EXACT)
    required = [Pattern(c, s) for c in cutoffs if c.active and c.must_survive for s in starts(h, c, begun[c.cutoff], every_month=True)]
    recourses = [Recourse.of(study, pattern, base) for pattern in required]
    result = solve_program(extensive_form(base.program, recourses, crises.priced(begun)), EXACT)
    assert result.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return result.objective if result.status is Status.OPTIMAL else math.inf


def with_chances(plain: Case, seed: int) -> Case:
    """The case with a chance of its cut-offs, some of which need not be survived."""
    r = random.Random(seed)
    cutoffs = tuple(
        change(row, annual_probability=r.choice((0.0, 0.02, 0.1)), must_survive=row.must_survive and r.random() < 0.7)
        for row in plain.cutoffs
    )
    return change(plain, cutoffs=cutoffs)


def agree(seed: int) -> None:
    """Solve, audit and one program of all patterns agree on a random case with chances."""
    plain, used = random_features(seed)
    plain = with_chances(plain, seed)
    words = f"seed {seed}: {'; '.join(used)}"
    try:
        plan = solve(plain, OPTIONS)
    except (NoBasePlan, NumericalTrouble):
        return
    asked = as_asked(plain, OPTIONS)
    verdict = audit(asked, plan)
    assert verdict.passed, (words, [str(f) for f in verdict.findings][:5])
    whole = whole_cost(asked, plan)
    if plan.summary.status == "impossible":
        return
    assert plan.summary.status == "certified", words
    assert plan.summary.bound_usd_m <= whole * (1 + 1e-6) + 1e-6, words
    assert plan.summary.cost_usd_m >= whole * (1 - 1e-6) - 1e-6, words
    assert plan.summary.cost_usd_m == pytest.approx(whole, rel=4e-5), words


@pytest.mark.parametrize("seed", range(4))
def test_random_cases(seed: int) -> None:
    """The cuts find what one program of all patterns finds."""
    agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 40))
def test_many_random_cases(seed: int) -> None:
    """The cuts find what one program of all patterns finds, with all kinds of features."""
    agree(seed)


def test_the_extensive_form_prices_crises() -> None:
    """One program of all patterns finds the plan of `test_a_chance_pays_for_a_stock`, 0.243125; with a budget it declines."""
    plan = solve(chancy(1000.0, 0.5), SolveOptions(relative_gap_pct=0, extensive=True))
    assert (plan.summary.cost_usd_m, plan.summary.bound_usd_m) == (pytest.approx(0.243125), pytest.approx(0.243125))
    with pytest.raises(StockpileError, match="no crisis budgets"):
        solve(chancy(1000.0, 0.5, crisis_budget_usd_m=1.0), SolveOptions(extensive=True))


def test_nothing_is_added_where_nothing_counts() -> None:
    """Without chances and budgets the master is the plain one."""
    from optimizer.cuts import Master

    study = Study(case(stocks=(stock(),), cutoffs=(cutoff(),)))
    model = base_plan(study)
    base = compile_model(model)
    crises = Crises(study, model, base, lambda row, start: Recourse.of(study, Pattern(row, start), base), EXACT)
    assert crises.counted({"cut": 12}) == []
    assert type(crises.master(base.program, 2, EXACT, {"cut": 12})) is Master


def test_chances_leave_ordinary_times() -> None:
    """A crisis of three months with a chance of 100 % a year is fine; two of 36 months and 20 % each would be on 120 % of the time."""
    assert not [f for f in check(case(cutoffs=(cutoff(annual_probability=1.0),))) if f.severity == "error"]
    long = cutoff(annual_probability=0.2, months=36)
    other = change(long, cutoff="other", severity=0.9, months=35)
    found = [f for f in check(case(cutoffs=(long, other))) if f.severity == "error" and f.field == "annual_probability"]
    assert [(f.table, f.row, f.field, f.value) for f in found] == [("CutOffs", 0, "annual_probability", 0.2)]


def test_shortage_that_costs_nothing_is_warned_of() -> None:
    """A crisis with a chance that need not be survived, and demand whose shortage is free."""
    free = (demand(shortage_usd_per_kg=0.0),)
    for must, names in ((True, []), (False, [("CutOffs", 0, "must_survive")])):
        plain = case(demands=free, cutoffs=(cutoff(must_survive=must, annual_probability=0.1),))
        assert [(f.table, f.row, f.field) for f in check(plain) if "costs nothing, so" in f.mend] == names


def test_chances_and_budgets_that_make_no_sense() -> None:
    """A chance above 1 is refused at its cell."""
    found = [f for f in check(case(cutoffs=(cutoff(annual_probability=1.5),))) if f.severity == "error"]
    assert [(f.table, f.row, f.field) for f in found] == [("CutOffs", 0, "annual_probability")]


@pytest.mark.parametrize(
    ("table", "changes", "rule"),
    [
        ("patterns", {"crisis_usd_m": 0.05}, "crisis-cost"),
        ("patterns", {"restoring_usd_m": 0.01}, "crisis-cost"),
        ("patterns", {"base_usd_m": 0.01}, "crisis-cost"),
        ("patterns", {"expected_crises": 0.2}, "crisis-cost"),
        ("restored", {"tonnes_t": 1.0}, "restored"),
        ("restored", {"usd_per_kg": 9.0}, "restored"),
        ("restored", {"usd_m": 9.0}, "restored"),
        ("restored", {"name": "beta"}, "restored"),
        ("crisis_costs", {"mean_usd_m": 0.5}, "crisis-cost"),
        ("crisis_costs", {"most_usd_m": 0.5}, "crisis-cost"),
        ("crisis_costs", {"least_usd_m": 0.5}, "crisis-cost"),
        ("crisis_costs", {"worst_usd_m": None}, "crisis-cost"),
        ("crisis_costs", {"expected_usd_m": 0.5}, "crisis-cost"),
        ("crisis_costs", {"annual_probability": 0.3}, "crisis-cost"),
        ("crisis_costs", {"budget_usd_m": 0.3}, "crisis-cost"),
        ("crisis_costs", {"starts": 3}, "crisis-cost"),
        ("crisis_costs", {"dearest_start": Month(2029, 1)}, "crisis-cost"),
        ("summary", {"expected_crisis_usd_m": 0.5}, "crisis-cost"),
        ("summary", {"crisis_cvar_usd_m": 0.5}, "crisis-cost"),
    ],
)
def test_a_plan_altered_by_hand_is_caught(table: str, changes: dict[str, Any], rule: str) -> None:
    """Any figure about crisis costs that is altered breaks its rule."""
    plain = change(chancy(1000.0, 0.5), settings=settings(relative_gap_pct=0.0))
    plan = _often()
    if table == "summary":
        altered = change(plan, summary=change(plan.summary, **changes))
    else:
        rows = getattr(plan, table)
        altered = change(plan, **{table: (change(rows[0], **changes), *rows[1:])})
    assert rule in {f.rule for f in audit(plain, altered).findings}


@functools.cache
def _often() -> Plan:
    return solved(chancy(1000.0, 0.5))


def test_a_budget_that_is_passed_is_caught() -> None:
    """The plan without a budget, audited as if 0.01 had been asked for, for the cut-off or for the worst."""
    plan, plain = solved(chancy(1000.0, 0.0)), chancy(1000.0, 0.0)
    for sheets in (
        {"cutoffs": (change(plain.cutoffs[0], crisis_budget_usd_m=0.01),)},
        {"settings": change(plain.settings, crisis_cvar_budget_usd_m=0.01)},
    ):
        assert "crisis-budget" in {f.rule for f in audit(change(plain, **sheets), plan).findings}
