"""S1 carry_over, and the bounds of stores."""

from __future__ import annotations

import pytest
from small_cases import base, bounds, case, crisis, cutoff, demand, equations, impossible, missing_t, optimum, settings, source, stock

from models.build import base_plan, recourse
from models.run import Study
from models.survival import Pattern


def test_carry_over_printed() -> None:
    """S1 on two stores and two slots: the first slot opens with the opening stock, 1 - 19 % a year is 0.9 a half year."""
    stores = (stock(loss_pct_per_yr=19.0, opening_t=10.0), stock("beta"))
    model = base_plan(Study(case(stocks=stores, settings=settings(horizon_months=12, coarse_period_months=6))))
    assert equations(model, "carry_over") == [
        "level_t[store, alpha, powder, 0] + drawn_t[store, alpha, powder, 0] = 9 + added_t[store, alpha, powder, 0]",
        "level_t[store, alpha, powder, 6] + drawn_t[store, alpha, powder, 6] = "
        "0.9 level_t[store, alpha, powder, 0] + added_t[store, alpha, powder, 6]",
        "level_t[store, beta, powder, 0] + drawn_t[store, beta, powder, 0] = added_t[store, beta, powder, 0]",
        "level_t[store, beta, powder, 6] + drawn_t[store, beta, powder, 6] = "
        "level_t[store, beta, powder, 0] + added_t[store, beta, powder, 6]",
    ]


def test_a_recourse_opens_with_what_it_is_handed() -> None:
    """S1 in a recourse begins with the variable that the base plan's level is handed to."""
    changed = case(stocks=(stock(),), cutoffs=(cutoff(months=1),))
    assert equations(recourse(Study(changed), Pattern(changed.cutoffs[0], 12)), "carry_over") == [
        "level_t[store, alpha, powder, 12] + drawn_t[store, alpha, powder, 12] = "
        "opening_t[store, alpha, powder] + added_t[store, alpha, powder, 12]"
    ]


def test_what_is_stored_can_be_drawn_later() -> None:
    """Supply 24 t in the first year only, 12 t needed a year: all 24 t are served with a store, 12 t without; 19 % loss leaves 9.72 t."""
    early = source(last_month=settings().start.plus(11))
    for stores, served in (((stock(),), 24.0), ((), 12.0), ((stock(loss_pct_per_yr=19.0),), 12 + 12 * 0.81)):
        assert base(case(sources=(early,), stocks=stores)).total("served_t") == pytest.approx(served), stores


def test_a_store_holds_no_more_than_fits() -> None:
    """A store of 5 t carries 5 t into the second year; without a limit the 12 t that are needed."""
    early = source(last_month=settings().start.plus(11))
    for capacity, carried in ((5.0, 5.0), (None, 12.0)):
        answer = base(case(sources=(early,), stocks=(stock(capacity_t=capacity),)))
        assert answer.value("level_t", "store", "alpha", "powder", 0) == pytest.approx(carried)


def test_release_rate() -> None:
    """From 30 t in store 10 % of a capacity of 30 a month gives 3 t: of 3 x 4 t needed 3 x 1 t is missing; at 100 % nothing is."""
    for release, lacking in ((10.0, 3.0), (100.0, 0.0)):
        store = stock(opening_t=30.0, capacity_t=30.0, release_pct_per_month=release)
        changed = case(demands=(demand(t_per_yr=48.0),), stocks=(store,), cutoffs=(cutoff(),))
        assert missing_t(crisis(changed, 0)) == pytest.approx(lacking)


def test_minimum_and_final_stock() -> None:
    """7 t at every period end and 9 t at the last are bought and held though nobody draws them; a recourse may use them all."""
    store = stock(minimum_t=7.0, final_t=9.0)
    changed = case(stocks=(store,), cutoffs=(cutoff(),))
    answer = base(changed)
    assert [answer.value("level_t", "store", "alpha", "powder", t) for t in (0, 12)] == pytest.approx([7, 9])
    assert base(case(stocks=(stock(),))).total("level_t") == pytest.approx(0)
    lows = {low for low, _ in bounds(crisis(changed, 12), "level_t").values()}
    assert lows == {0}


def test_a_minimum_that_cannot_be_held_is_impossible() -> None:
    """30 t cannot be in store after a year that brings 24 t; 20 t can."""
    assert impossible(base_plan(Study(case(stocks=(stock(minimum_t=30.0),)))))
    assert base(case(stocks=(stock(minimum_t=12.0),))).cost == pytest.approx(0.36)


def test_the_opening_stock_is_there() -> None:
    """5 t on the first day save 5 t of 24 t bought: 0.19 instead of 0.24 million USD."""
    assert base(case(stocks=(stock(opening_t=5.0),))).cost == pytest.approx(0.19)
    assert base(case(stocks=(stock(),))).cost == pytest.approx(0.24)


def test_a_recourse_can_fill_and_draw_within_its_window() -> None:
    """Supply that comes back in the third month cannot serve the first two, but what is bought early can be kept: in the model of
    the window both directions exist. 2 t a month of which 1 is needed: nothing is stored when nothing is short."""
    changed = case(stocks=(stock(storage_usd_per_t_yr=100.0),), cutoffs=(cutoff(countries=("elsewhere",)),))
    assert optimum(crisis(changed, 12)).total("level_t") == pytest.approx(0)
