"""Starts, what the recourse inherits, and that a decision that is not yet taken does not exist."""

from __future__ import annotations

import pytest
from small_cases import base, case, crisis, cutoff, extensive, least_cost, patterns_of, settings, source, stock, survives

from models.build import base_plan, recourse
from models.case import Case, Contract, ContractLine, Plant
from models.columns import Month
from models.handed import opening_weights
from models.horizon import Horizon
from models.run import Study
from models.survival import Pattern, starts
from optimizer.highs import Status
from optimizer.recourse import Recourse
from optimizer.standard_form import compile_model

MIXED = settings(horizon_months=9, fine_months=3, coarse_period_months=3, decision_every_months=3)
KEY = ("store", "alpha", "powder")


def test_starts_are_period_boundaries_and_the_end_of_the_plan() -> None:
    """Months 0, 1, 2, then 3, 6 and the end, 9; every month where asked; from the first start to the last, both included."""
    h = Horizon(case(settings=MIXED))
    assert starts(h, cutoff(), 0) == (0, 1, 2, 3, 6, 9)
    assert starts(h, cutoff(), 2) == (2, 3, 6, 9)
    assert starts(h, cutoff(last_start=Month(2027, 7)), 2) == (2, 3, 6)
    assert starts(h, cutoff(last_start=Month(2031, 1)), 6) == (6, 9)
    assert starts(h, cutoff(), 5, every_month=True) == (5, 6, 7, 8, 9)


def test_the_end_of_the_plan_is_protected_too() -> None:
    """Three months from the end on must be survived: 3 t stay in store, 0.27; asked to the last period only 3 t are there at its
    start and none at its end."""
    both = case(stocks=(stock(),), cutoffs=(cutoff(),))
    early = case(stocks=(stock(),), cutoffs=(cutoff(last_start=Month(2028, 1)),))
    assert [p.start for p in patterns_of(Study(both))] == [12, 24]
    assert least_cost(both) == pytest.approx(0.27)
    assert least_cost(early) == pytest.approx(0.24)
    assert base(both).cost == pytest.approx(0.24)


def test_opening_on_a_boundary_and_inside_a_period() -> None:
    """Month 0: the opening stock. Month 3: the level at the end of slot 2. Month 4: two thirds of that and a third of the level at
    the end of slot 3; month 9: the last level."""
    study = Study(case(settings=MIXED))
    assert opening_weights(study.horizon, 0) == ({}, 1.0)
    assert opening_weights(study.horizon, 3) == ({2: 1.0}, 0.0)
    weights, opening = opening_weights(study.horizon, 4)
    assert weights == pytest.approx({2: 2 / 3, 3: 1 / 3})
    assert opening == 0
    assert opening_weights(study.horizon, 9) == ({6: 1.0}, 0.0)


def test_opening_inside_the_first_period() -> None:
    """In month 3 of a first slot of twelve: a quarter of its end level and three quarters of the opening stock."""
    assert opening_weights(Study(case()).horizon, 3) == ({0: 0.25}, 0.75)


def test_what_is_handed_over_is_what_the_plan_holds() -> None:
    """From an opening of 4 t and 12 t at the end of the first slot, month 3 opens with 0.75 x 4 + 0.25 x 12 = 6 t."""
    study = Study(case(stocks=(stock(opening_t=4.0, minimum_t=12.0),), cutoffs=(cutoff(),)))
    compiled = compile_model(base_plan(study))
    x = base(study.case).x
    assert Recourse.of(study, Pattern(study.case.cutoffs[0], 3), compiled).handed(x) == pytest.approx([6])


def offered(**changes: object) -> Case:
    """A contract and a smelter-like plant that can both be decided in months 0 and 12."""
    plant = Plant(plant="works", status="candidate", country="home", input_form="powder", output_form="powder", capacity_t_per_yr=1.0)
    contract = Contract(contract="offtake", status="on offer", tenor_years=9)
    line = ContractLine(contract="offtake", source="trade", price_index="index")
    return case(plants=(plant,), contracts=(contract,), contract_lines=(line,), cutoffs=(cutoff(),), **changes)


@pytest.mark.parametrize(("start", "dates"), [(0, []), (1, [0]), (12, [0]), (13, [0, 12]), (24, [0, 12])])
def test_decisions_dated_at_the_start_or_later_do_not_exist(start: int, dates: list[int]) -> None:
    """A cut falls at the first instant of its month: what is dated that month is neither a column nor a right in the recourse."""
    changed = offered()
    model = recourse(Study(changed), Pattern(changed.cutoffs[0], start))
    assert [d for _, d in model.SIGNINGS] == dates
    assert [d for _, d in model.BUILDINGS] == dates
    rights = model.operation.lifting_rights
    assert {d for by_signing in rights.values() for d in by_signing} <= set(dates)


def test_a_contract_of_the_day_of_the_cut_does_not_save_the_plan() -> None:
    """A contract on a safe source serves both cuts (months 12 and 24) when it can be signed at once: 0.24. When its window opens in
    month 12 it serves the second alone, and 3 t must lie in store at the first, at 1000 USD/t: 0.243."""
    sources = (source(), source("safe", countries=("elsewhere",), spot_share=0.0))
    line = ContractLine(contract="offtake", source="safe", price_index="index")
    for opens, cost in ((None, 0.24), (Month(2028, 1), 0.243)):
        offer = Contract(contract="offtake", status="on offer", sign_from=opens, tenor_years=9)
        store = stock(storage_usd_per_t_yr=1000.0)
        changed = case(sources=sources, contracts=(offer,), contract_lines=(line,), stocks=(store,), cutoffs=(cutoff(),))
        assert least_cost(changed) == pytest.approx(cost)


def test_a_cut_that_cannot_be_survived_is_impossible() -> None:
    """Without a store a whole cut has no plan; with a store it has; not required, it asks nothing."""
    assert extensive(case(cutoffs=(cutoff(),))).status is Status.INFEASIBLE
    assert extensive(case(cutoffs=(cutoff(),), stocks=(stock(),))).status is Status.OPTIMAL
    assert patterns_of(Study(case(cutoffs=(cutoff(must_survive=False), cutoff(cutoff="off", active=False))))) == []


def test_a_recourse_survives_with_just_enough() -> None:
    """3 t in store survive three months without supply, 2.9 t do not."""
    changed = case(stocks=(stock(),), cutoffs=(cutoff(),))
    assert survives(crisis(changed, 12, {KEY: 3.0}))
    assert not survives(crisis(changed, 12, {KEY: 2.9}))
