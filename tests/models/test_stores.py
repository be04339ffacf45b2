"""S2 to S6: shared room, stores out of reach, fill rates, shelf life and days of cover; the fixed cost of stores."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from small_cases import (
    base,
    bounds,
    case,
    crisis,
    cutoff,
    demand,
    equations,
    extensive,
    least_cost,
    missing_t,
    settings,
    source,
    stock,
)

from models.build import base_plan, recourse
from models.case import Assumption, Case, Stock, Store
from models.columns import Month
from models.run import Study
from models.survival import Pattern

MONTHLY: dict[str, Any] = {"horizon_months": 24, "fine_months": 24, "decision_every_months": 12}


def test_shared_room_printed() -> None:
    """S2 adds up what lies in a store that the sheet Stores gives a capacity, grown by year; other stores have no rule."""
    stores = (Store(store="store", capacity_t=10.0, growth_pct_per_yr=10.0), Store(store="open"))
    stocks = (stock(), stock("beta"), stock(store="open"), stock(store="unlisted"))
    assert equations(base_plan(Study(case(stores=stores, stocks=stocks))), "fit_into_the_store") == [
        "level_t[store, alpha, powder, 0] + level_t[store, beta, powder, 0] <= 10",
        "level_t[store, alpha, powder, 12] + level_t[store, beta, powder, 12] <= 11",
    ]


def test_what_lies_in_a_store_shares_its_room() -> None:
    """12 t a year of each element, 24 t of each for sale in the first year only: 48 t are served from a store without limit, 34 t from
    one of 10 t for both."""
    last = settings().start.plus(11)
    whole = {
        "demands": (demand(), demand("beta")),
        "sources": (source(last_month=last), source("trade beta", "beta", last_month=last)),
        "stocks": (stock(), stock("beta")),
    }
    assert base(case(**whole)).total("served_t") == pytest.approx(48)
    assert base(case(**whole, stores=(Store(store="store", capacity_t=10.0),))).total("served_t") == pytest.approx(34)


def test_room_that_shrinks_takes_what_was_handed_over() -> None:
    """A room of 10 t that halves each year: 5 t in the second year of the base plan; a cut at its first instant still finds room for the
    10 t that lay there lawfully, and so do single stocks."""
    stores = (Store(store="store", capacity_t=10.0, growth_pct_per_yr=-50.0),)
    changed = case(stores=stores, stocks=(stock(capacity_t=10.0, growth_pct_per_yr=-50.0),), cutoffs=(cutoff(months=1),))
    assert equations(base_plan(Study(changed)), "fit_into_the_store")[1] == "level_t[store, alpha, powder, 12] <= 5"
    assert bounds(base_plan(Study(changed)), "level_t")["store", "alpha", "powder", 12] == (0, 5)
    handed = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert equations(handed, "fit_into_the_store") == ["level_t[store, alpha, powder, 12] <= 10"]
    assert bounds(handed, "level_t")["store", "alpha", "powder", 12] == (0, 10)


def test_fixed_cost_of_a_store() -> None:
    """0.05 million USD a year: 0.34 instead of 0.24 million USD in two years, whatever lies there."""
    assert base(case(stocks=(stock(),), stores=(Store(store="store", fixed_usd_m_per_yr=0.05),))).cost == pytest.approx(0.34)
    assert base(case(stocks=(stock(),), stores=(Store(store="store"),))).cost == pytest.approx(0.24)


# Out of reach


def short(*, country: str = "", **changes: Any) -> float:
    """What 4 t a month lack in three months in which abroad is cut, with 30 t in a store: t REO."""
    store: dict[str, Any] = {"opening_t": 30.0, **changes.pop("store", {})}
    changed = case(
        demands=(demand(t_per_yr=48.0),),
        stores=(Store(store="store", country=country),),
        stocks=(stock(**store),),
        cutoffs=(cutoff(**changes),),
    )
    return missing_t(crisis(changed, 0))


def test_a_store_that_is_cut_releases_nothing() -> None:
    """With the store at home nothing is missing; named by the cut-off, or standing abroad, all 12 t are. A store abroad is in reach
    where only beta is cut."""
    assert short() == pytest.approx(0)
    assert short(stores=("store",)) == pytest.approx(12)
    assert short(country="abroad") == pytest.approx(12)
    assert short(country="abroad", elements=("beta",)) == pytest.approx(0)


def test_a_store_that_is_partly_cut_releases_the_share() -> None:
    """A quarter is left: of supply 0.5 t, of a release of 3 t a month 0.75 t, so that 8.25 t of 12 t are missing; 1.5 t with the
    store in reach."""
    store = {"capacity_t": 30.0, "release_pct_per_month": 10.0}
    assert short(severity=0.75, store=store) == pytest.approx(1.5)
    assert short(severity=0.75, store=store, stores=("store",)) == pytest.approx(8.25)


def test_without_a_release_rate_a_share_of_what_lay_there() -> None:
    """A quarter of the 8 t that lay there a month: 4.5 t are missing; with the store in reach all 8 t come and 2.5 t are."""
    assert short(severity=0.75, store={"opening_t": 8.0}) == pytest.approx(2.5)
    assert short(severity=0.75, store={"opening_t": 8.0}, stores=("store",)) == pytest.approx(4.5)


def test_out_of_reach_printed() -> None:
    """S3 stands in months in which a part is left; where nothing is, the bounds are 0, in and out."""
    changed = case(stocks=(stock(), stock("beta", capacity_t=40.0)), cutoffs=(cutoff(stores=("store",), months=1, return_months=1),))
    model = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert equations(model, "release_what_the_cut_leaves") == ["drawn_t[store, alpha, powder, 13] <= 0.5 opening_t[store, alpha, powder]"]
    assert {key[1::2]: high for key, (_, high) in bounds(model, "drawn_t").items()} == {
        ("alpha", 12): 0,
        ("alpha", 13): None,
        ("beta", 12): 0,
        ("beta", 13): 20,
    }
    assert {key[1::2]: high for key, (_, high) in bounds(model, "added_t").items()}["alpha", 12] == 0


# Fill rate


def test_fill_rate() -> None:
    """2 % of 24 t a month is 5.76 t in the first year: so much is carried into the second; 12 t without a rate."""
    early = source(last_month=settings().start.plus(11))
    for fill, carried in ((2.0, 5.76), (None, 12.0)):
        answer = base(case(sources=(early,), stocks=(stock(capacity_t=24.0, fill_pct_per_month=fill),)))
        assert answer.value("level_t", "store", "alpha", "powder", 0) == pytest.approx(carried)


# Shelf life


def test_shelf_life_printed() -> None:
    """S4 with half years, 9 months of life and 19 % loss a year: at the end of the first half year nothing can be too old; at the end
    of the second the opening stock is, and half of what was put in in the first half year."""
    store = stock(shelf_life_months=9, loss_pct_per_yr=19.0, opening_t=10.0)
    half_years = settings(horizon_months=12, coarse_period_months=6)
    assert equations(base_plan(Study(case(stocks=(store,), settings=half_years))), "grow_no_older_than_the_shelf_life") == [
        "level_t[store, alpha, powder, 6] <= 0.45 added_t[store, alpha, powder, 0] + added_t[store, alpha, powder, 6]"
    ]
    aged = stock(shelf_life_months=12, opening_age_months=3, opening_t=10.0)
    assert equations(base_plan(Study(case(stocks=(aged,), settings=half_years))), "grow_no_older_than_the_shelf_life") == [
        "level_t[store, alpha, powder, 6] <= added_t[store, alpha, powder, 0] + added_t[store, alpha, powder, 6]"
    ]


def test_shelf_life_of_what_is_handed_over() -> None:
    """A cut at month 15 of yearly periods, 12 months of life: at the end of its first month two thirds of the second year's first
    quarter (a quarter of the year's intake) and 8 months of the first year are young; the recourse adds its own."""
    changed = case(stocks=(stock(shelf_life_months=12, opening_t=5.0),), cutoffs=(cutoff(months=2),))
    study = Study(changed)
    model = recourse(study, Pattern(changed.cutoffs[0], 15))
    key = ("store", "alpha", "powder")
    assert equations(model, "grow_no_older_than_the_shelf_life") == [
        "level_t[store, alpha, powder, 15] <= added_t[store, alpha, powder, 15] + young_t[store, alpha, powder, 15]",
        "level_t[store, alpha, powder, 16] <= added_t[store, alpha, powder, 15] + added_t[store, alpha, powder, 16] + "
        "young_t[store, alpha, powder, 16]",
    ]
    young = model.handed["operation.young_t", (*key, 15)]
    assert dict(young.weights) == pytest.approx({("operation.added_t", (*key, 0)): 8 / 12, ("operation.added_t", (*key, 12)): 3 / 12})
    assert young.constant == 0
    fresh = case(stocks=(stock(shelf_life_months=20, opening_t=5.0, opening_age_months=6),), cutoffs=(cutoff(months=4),))
    model = recourse(Study(fresh), Pattern(fresh.cutoffs[0], 12))
    assert [model.handed["operation.young_t", (*key, t)].constant for t in (14, 15)] == [0, 0]
    assert ("operation.young_t", (*key, 13)) not in model.handed or model.handed["operation.young_t", (*key, 13)].constant == 5


def test_what_is_drawn_is_not_put_back_printed() -> None:
    """S5 holds where some stock of the commodity has a shelf life, over all its stores; here all fresh powder is bought."""
    stocks = (stock(shelf_life_months=6), stock(store="other"), stock("beta"))
    assert equations(base_plan(Study(case(stocks=stocks))), "put_in_what_is_fresh")[0] == (
        "added_t[store, alpha, powder, 0] + added_t[other, alpha, powder, 0] <= bought_t[trade, 0]"
    )


def test_old_stock_is_used_or_written_off() -> None:
    """2 t a month for sale in the first year only, 1 t a month needed: all 24 t are served from stock that keeps; with 6 months of life
    12 t lie there at the year's end, two a month grow too old, one of them used: 18 t are served and 6 t written off."""
    early = source(last_month=settings().start.plus(11))
    keeps = case(settings=settings(**MONTHLY), sources=(early,), stocks=(stock(),))
    ages = case(settings=settings(**MONTHLY), sources=(early,), stocks=(stock(shelf_life_months=6),))
    assert base(keeps).total("served_t") == pytest.approx(24)
    answer = base(ages)
    assert answer.total("served_t") == pytest.approx(18)
    assert answer.total("expired_t") == pytest.approx(answer.total("bought_t") - 18, abs=1e-9)


def test_survival_knows_the_age_of_what_is_handed_over() -> None:
    """Three months on stock alone, from any month of the second year on: stock with 3 months of life can be kept fresh enough, by using
    the oldest first (0.27 million USD, as where it keeps: 3 t more are bought); with 2 months of life no plan survives."""

    def cost(months: int | None) -> float:
        return least_cost(
            case(
                settings=settings(**MONTHLY),
                stocks=(stock(shelf_life_months=months),),
                cutoffs=(cutoff(months=3),),
            )
        )

    assert cost(None) == pytest.approx(0.27)
    assert cost(3) == pytest.approx(0.27)
    assert cost(2) == float("inf")


def test_stock_of_the_first_day_ages() -> None:
    """5 t on the first day with 6 months of life serve 5 of the first 6 months; 4 months old already they serve the 2 months left, and
    with the month in which they must go 3: 0.19 and 0.21 instead of 0.24 million USD."""
    for age, cost in ((0, 0.19), (4, 0.21)):
        store = stock(shelf_life_months=6, opening_t=5.0, opening_age_months=age)
        assert base(case(settings=settings(**MONTHLY), stocks=(store,))).cost == pytest.approx(cost)
    assert base(case(settings=settings(**MONTHLY))).cost == pytest.approx(0.24)


@pytest.mark.parametrize("seed", range(6))
def test_first_in_first_out_is_as_good_as_cohorts(seed: int) -> None:
    """The linear form gives the cost of an explicit program with a column per month of intake and month of use, solved by scipy."""
    r = random.Random(seed)
    months = 14
    spans = [(r.randrange(0, 8), r.randrange(1, 6), r.uniform(6, 40)) for _ in range(3)]
    store = stock(
        shelf_life_months=r.choice((2, 3, 5)),
        loss_pct_per_yr=r.choice((0.0, 30.0)),
        opening_t=r.choice((0.0, 4.0)),
        opening_age_months=r.choice((0, 1)),
        storage_usd_per_t_yr=600.0,
        capacity_t=r.choice((None, 6.0)),
        release_pct_per_month=r.choice((40.0, 100.0)),
    )
    start = settings().start
    sources = tuple(
        source(f"trade {k}", max_t_per_yr=most, first_month=start.plus(first), last_month=start.plus(first + length - 1))
        for k, (first, length, most) in enumerate(spans)
    )
    changed = case(
        settings=settings(horizon_months=months, fine_months=months), sources=sources, stocks=(store,), demands=(demand(t_per_yr=18.0),)
    )
    supply = [sum(most / 12 for first, length, most in spans if first <= m < first + length) for m in range(months)]
    assert base(changed).cost == pytest.approx(_cohorts(supply, 1.5, store, months), abs=1e-9)


def _cohorts(supply: list[float], needed: float, store: Stock, months: int) -> float:
    """Least cost, million USD, with the stock of each age followed by itself. Columns: bought, unmet, added per month; then level,
    drawn and written off by (cohort, month), cohort -1 being the opening stock."""
    kept = (1 - store.loss_pct_per_yr / 100) ** (1 / 12)
    cohorts = range(-1, months)
    place = {(c, t): k for k, (c, t) in enumerate((c, t) for c in cohorts for t in range(max(c, 0), months))}
    n = len(place)
    level, drawn, gone = ({key: 3 * months + part * n + k for key, k in place.items()} for part in range(3))
    columns = 3 * months + 3 * n
    cost, high = np.zeros(columns), np.full(columns, np.inf)
    cost[:months], high[:months] = 0.01, supply
    cost[months : 2 * months] = 1.0
    equal, right, most, limit = [], [], [], []
    for t in range(months):
        alive = [c for c in cohorts if c <= t]
        row = np.zeros(columns)
        row[t], row[months + t], row[2 * months + t] = 1, 1, -1
        for c in alive:
            row[drawn[c, t]] = 1
        most.append(-row)
        limit.append(-needed)
        row = np.zeros(columns)
        row[2 * months + t], row[t] = 1, -1
        most.append(row)
        limit.append(0.0)
        if store.capacity_t is not None:
            for part, room in ((level, store.capacity_t), (drawn, store.capacity_t * store.release_pct_per_month / 100)):
                row = np.zeros(columns)
                row[[part[c, t] for c in alive]] = 1
                most.append(row)
                limit.append(room)
        row = np.zeros(columns)
        row[months + t] = 1
        high[months + t] = needed
        for c in alive:
            row = np.zeros(columns)
            row[level[c, t]], row[drawn[c, t]], row[gone[c, t]] = 1, 1, 1
            opening = store.opening_t * kept if c < 0 and t == 0 else 0.0
            if c == t:
                row[2 * months + t] = -1
            elif t > 0:
                row[level[c, t - 1]] = -kept
            equal.append(row)
            right.append(opening)
            age = t + 1 - c if c >= 0 else t + 1 + store.opening_age_months
            if store.shelf_life_months is not None and age > store.shelf_life_months:
                high[level[c, t]] = 0.0
            cost[level[c, t]] = store.storage_usd_per_t_yr / 12 * 1e-6
    answer = linprog(cost, np.array(most), limit, np.array(equal), right, np.column_stack([np.zeros(columns), high]), method="highs")
    return float(answer.fun)


# Days of cover


def test_days_of_cover_printed() -> None:
    """S6 takes the rate of the period: 73 days of a half year's use are 0.4 of it; two stores that state it count together."""
    stocks = (stock(cover_days=73.0), stock(store="other", cover_days=73.0), stock(store="third"))
    model = base_plan(Study(case(stocks=stocks, settings=settings(horizon_months=12, coarse_period_months=6))))
    assert equations(model, "hold_days_of_cover")[1] == (
        "0.4 served_t[makers, alpha, powder, 6] <= level_t[store, alpha, powder, 6] + level_t[other, alpha, powder, 6]"
    )


def test_days_of_cover_by_period_printed() -> None:
    """S6 with an assumption: no days in the first half year, so no row there; 73 from July on."""
    asked = (Assumption(assumption="asked", value=0.0), Assumption(assumption="asked", month=Month(2027, 7), value=73.0))
    made = case(stocks=(stock(cover_days="asked"),), settings=settings(horizon_months=12, coarse_period_months=6))
    model = base_plan(Study(dataclasses.replace(made, assumptions=asked)))
    assert equations(model, "hold_days_of_cover") == ["0.4 served_t[makers, alpha, powder, 6] <= level_t[store, alpha, powder, 6]"]


def test_days_of_cover_by_period_are_held() -> None:
    """36.5 days of 12 t a year in the second year alone cost what 36.5 days always cost, 0.252 million USD: 1.2 t are bought besides.

    In the first year alone they cost nothing, since the second uses them up: 0.24.
    """

    def cost(first: float, second: float) -> float:
        rows = (Assumption(assumption="asked", year=2027, value=first), Assumption(assumption="asked", year=2028, value=second))
        return base(dataclasses.replace(case(stocks=(stock(cover_days="asked"),)), assumptions=rows)).cost

    assert cost(0.0, 36.5) == pytest.approx(0.252)
    assert cost(36.5, 0.0) == pytest.approx(0.24)


def test_days_of_cover_are_held() -> None:
    """36.5 days of 12 t a year are 1.2 t, bought besides the 24 t: 0.252 instead of 0.24 million USD."""
    assert base(case(stocks=(stock(cover_days=36.5),))).cost == pytest.approx(0.252)
    assert base(case(stocks=(stock(),))).cost == pytest.approx(0.24)


# Capacity that grows, handling


def test_capacity_and_release_grow() -> None:
    """30 t grown by 10 % a year: 33 t fit in the second year, of which a tenth a month is 39.6 t in the whole year; 30 and 36 without."""
    for growth, room, release in ((10.0, 33.0, 39.6), (0.0, 30.0, 36.0)):
        model = base_plan(Study(case(stocks=(stock(capacity_t=30.0, growth_pct_per_yr=growth, release_pct_per_month=10.0),))))
        key = ("store", "alpha", "powder", 12)
        assert bounds(model, "level_t")[key][1] == pytest.approx(room)
        assert bounds(model, "drawn_t")[key][1] == pytest.approx(release)


def test_handling_and_storage_cost() -> None:
    """12 t carried from the first year into the second at 1000 USD a tonne and year, 500 USD of handling in and out: 0.018 million USD
    more than the 0.24 without."""
    early = source(last_month=settings().start.plus(11))
    for store, cost in ((stock(storage_usd_per_t_yr=1000.0, handling_usd_per_t=500.0), 0.258), (stock(), 0.24)):
        assert base(case(sources=(early,), stocks=(store,))).cost == pytest.approx(cost)


def test_no_data_no_columns() -> None:
    """Without the new columns a recourse has the same rules and columns as before."""
    plain: Case = case(stocks=(stock(),), cutoffs=(cutoff(),))
    model = recourse(Study(plain), Pattern(plain.cutoffs[0], 12))
    for name in ("fit_into_the_store", "release_what_the_cut_leaves", "grow_no_older_than_the_shelf_life"):
        assert equations(model, name) == []
    assert len(model.operation.expired_t) == len(model.operation.young_t) == 0
    assert extensive(plain).x is not None
