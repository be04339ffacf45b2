"""The audit of stores: solved plans with shared room, fill rates, shelf life, days of cover and stores out of reach pass; each rule
finds the fault that is planted for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from small_cases import case, change, cutoff, demand, settings, stock
from small_cases import source as supply

from models.case import Assumption, Case, Store
from models.columns import Month
from models.plan import Plan
from optimizer.audit import Verdict, audit
from optimizer.solve import SolveOptions, solve

QUARTERS = settings(horizon_months=24, coarse_period_months=3, decision_every_months=12, discount_rate_pct=4.0)


def stores_case() -> Case:
    """Powder of two elements; alpha ages and is held at home and in a depot that the second cut-off puts half out of reach."""
    return case(
        settings=QUARTERS,
        demands=(demand(rationing="no"), demand("beta", t_per_yr=6.0, rationing="no")),
        sources=(supply(max_t_per_yr=30.0), supply("trade beta", "beta")),
        stores=(Store(store="store", owner="state", capacity_t=7.0, fixed_usd_m_per_yr=0.02), Store(store="depot", country="elsewhere")),
        stocks=(
            stock(
                capacity_t=6.0, fill_pct_per_month=40.0, shelf_life_months=9, loss_pct_per_yr=6.0, cover_days=20.0, opening_t=2.0,
                opening_age_months=3, minimum_t=1.2,
            ),
            stock("beta", handling_usd_per_t=50.0),
            stock(store="depot", shelf_life_months=12, cover_days=20.0, minimum_t=0.5, opening_t=1.0, loss_pct_per_yr=10.0),
        ),
        cutoffs=(
            cutoff(months=2, return_months=1, first_start=Month(2027, 10)),
            cutoff(cutoff="depot shut", countries=(), stores=("depot",), severity=0.5, months=1, first_start=Month(2027, 7)),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """The case and its plan."""
    made = stores_case()
    return made, solve(made, SolveOptions())


def broken(verdict: Verdict) -> set[str]:
    """Names of the rules that are broken."""
    return {finding.rule for finding in verdict.findings}


def test_a_solved_plan_passes(solved: tuple[Case, Plan]) -> None:
    """Model and audit agree on every rule and on the cost, and every rule of stores compared something."""
    made, plan = solved
    verdict = audit(made, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert plan.summary.status == "certified"
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    for rule in ("stock-fill", "stock-reach", "stock-shared", "stock-age", "stock-fresh", "stock-cover"):
        assert verdict.checks[rule] > 0, rule
    assert plan.stock_ages
    assert max(row.age_months for row in plan.stock_ages if row.store == "store") <= 9


def test_ages_add_up_to_levels(solved: tuple[Case, Plan]) -> None:
    """At the end of every period the cohorts of a store are its level."""
    _, plan = solved
    levels = {(r.store, r.material, r.form, r.period): r.level_t for r in plan.stocks if r.run == "base"}
    found: dict[Any, float] = dict.fromkeys((k for k in levels if k[1] == "alpha"), 0.0)
    for row in plan.stock_ages:
        found[row.store, row.material, row.form, row.period] += row.level_t
    assert found == pytest.approx({k: levels[k] for k in found}, abs=1e-5)


def in_stocks(at: int = 0, assumed: tuple[float, ...] = (), **changes: Any) -> Callable[[Case], Case]:
    """One row of the sheet Stocks changed; assumption 'by period' with a value for each year from the first on."""

    def stricter(made: Case) -> Case:
        rows = list(made.stocks)
        rows[at] = change(rows[at], **changes)
        first = made.settings.start.year
        by_year = tuple(Assumption(assumption="by period", year=first + n, value=value) for n, value in enumerate(assumed))
        return dataclasses.replace(made, stocks=tuple(rows), assumptions=(*made.assumptions, *by_year))

    return stricter


def in_store(at: int = 0, **changes: Any) -> Callable[[Case], Case]:
    """One row of the sheet Stores changed."""

    def stricter(made: Case) -> Case:
        rows = list(made.stores)
        rows[at] = change(rows[at], **changes)
        return dataclasses.replace(made, stores=tuple(rows))

    return stricter


def in_cut(**changes: Any) -> Callable[[Case], Case]:
    """The first cut-off changed."""
    return lambda made: dataclasses.replace(made, cutoffs=(change(made.cutoffs[0], **changes), *made.cutoffs[1:]))


@pytest.mark.parametrize(
    ("rule", "stricter"),
    [
        ("stock-fill", in_stocks(fill_pct_per_month=1.0)),
        ("stock-age", in_stocks(shelf_life_months=2)),
        ("stock-age", in_stocks(opening_age_months=9)),
        ("stock-cover", in_stocks(cover_days=60.0)),
        ("stock-cover", in_stocks(cover_days="by period", assumed=(0.0, 400.0))),
        ("stock-shared", in_store(capacity_t=0.5)),
        ("stock-reach", in_store(country="abroad")),
        ("stock-reach", in_cut(stores=("store", "depot"))),
        ("cost-term", in_store(fixed_usd_m_per_yr=0.03)),
        ("stock-carry", in_stocks(2, loss_pct_per_yr=5.0)),
    ],
)
def test_a_stricter_case_is_not_met(solved: tuple[Case, Plan], rule: str, stricter: Callable[[Case], Case]) -> None:
    """Each limit, made harder in the case alone, is found broken by its own rule."""
    made, plan = solved
    assert rule in broken(audit(stricter(made), plan))


def test_stock_made_young_again_is_found(solved: tuple[Case, Plan]) -> None:
    """30 t drawn and put back in the same period leave every level right; only the rule on what is fresh sees it."""
    made, plan = solved
    rows = tuple(
        change(row, added_t=row.added_t + 30, drawn_t=row.drawn_t + 30)
        if (row.run, row.store, row.period) == ("base", "depot", Month(2028, 1))
        else row
        for row in plan.stocks
    )
    assert rows != plan.stocks
    assert "stock-fresh" in broken(audit(made, dataclasses.replace(plan, stocks=rows)))


def test_ages_that_are_wrong_are_found(solved: tuple[Case, Plan]) -> None:
    """A cohort told smaller than it is, told younger, or left out."""
    made, plan = solved
    first = plan.stock_ages[0]
    for rows in (
        (change(first, level_t=first.level_t / 2), *plan.stock_ages[1:]),
        (change(first, age_months=first.age_months - 1), *plan.stock_ages[1:]),
        plan.stock_ages[1:],
    ):
        assert broken(audit(made, dataclasses.replace(plan, stock_ages=rows))) == {"stock-age"}


def test_written_off_without_a_shelf_life(solved: tuple[Case, Plan]) -> None:
    """Only what ages is written off."""
    made, plan = solved
    at = next(n for n, row in enumerate(plan.stocks) if row.material == "beta")
    rows = (*plan.stocks[:at], change(plan.stocks[at], expired_t=0.5), *plan.stocks[at + 1 :])
    assert "stock-carry" in broken(audit(made, dataclasses.replace(plan, stocks=rows)))
