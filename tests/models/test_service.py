"""D1 serve_or_leave_unmet and D2 protected_demand_survives, and the questions *how much is missing*, *by what margin*."""

from __future__ import annotations

import dataclasses

import pyomo.environ as pyo
import pytest
from small_cases import base, case, crisis, cutoff, demand, equations, impossible, least_cost, missing_t, optimum, source, stock

from models.build import base_plan, recourse
from models.case import Case, Form, Plant, Recipe
from models.run import Study
from models.survival import Pattern
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve


def cut_case(**sheets: object) -> Case:
    return case(**{"cutoffs": (cutoff(months=2),), "demands": (demand(service_level=0.8), demand("beta", protected=False)), **sheets})


def test_service_printed() -> None:
    """D1 in the base plan, two demands and two slots: the tonnes of the slot are served or unmet. D2 is not there."""
    model = base_plan(Study(case(demands=(demand(), demand("beta", growth_pct_per_yr=10.0)))))
    assert equations(model, "serve_or_leave_unmet") == [
        "served_t[makers, alpha, powder, 0] + unmet_t[makers, alpha, powder, 0] = 12",
        "served_t[makers, alpha, powder, 12] + unmet_t[makers, alpha, powder, 12] = 12",
        "served_t[makers, beta, powder, 0] + unmet_t[makers, beta, powder, 0] = 12",
        "served_t[makers, beta, powder, 12] + unmet_t[makers, beta, powder, 12] = 13.2",
    ]
    assert equations(model, "protected_demand_survives") == []


def test_survival_printed() -> None:
    """D2 in a recourse: 80 % of 1 t in every month, for the protected row alone, and as much more as the margin asks."""
    changed = cut_case()
    model = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert equations(model, "protected_demand_survives") == [
        "0.8 + 0.8 margin[all] <= served_t[makers, alpha, powder, 12] + missing_t[makers, alpha, powder, 12]",
        "0.8 + 0.8 margin[all] <= served_t[makers, alpha, powder, 13] + missing_t[makers, alpha, powder, 13]",
    ]
    assert equations(model, "serve_or_leave_unmet")[0] == (
        "served_t[makers, alpha, powder, 12] + unmet_t[makers, alpha, powder, 12] = 1 + margin[all]"
    )


def test_what_is_missing() -> None:
    """A whole cut of two months lacks 1.6 t of alpha at 80 %, 2 t at 100 %; beta is not protected and lacks nothing; 1 t in store
    saves 1 t."""
    assert missing_t(crisis(cut_case(), 12)) == pytest.approx(1.6)
    assert missing_t(crisis(cut_case(demands=(demand(),)), 12)) == pytest.approx(2)
    assert missing_t(crisis(cut_case(stocks=(stock(),)), 12, {("store", "alpha", "powder"): 1.0})) == pytest.approx(0.6)


def test_service_counts_by_month_not_in_sum() -> None:
    """2 t can be drawn in the window but only 1 t a month where 1.6 t are needed in each: 1.2 t are missing, though there is stock left."""
    store = stock(opening_t=20.0, capacity_t=20.0, release_pct_per_month=5.0)
    changed = cut_case(demands=(demand(t_per_yr=19.2),), stocks=(store,))
    assert missing_t(crisis(changed, 12)) == pytest.approx(1.2)


def test_a_recourse_that_misses_protected_demand_has_no_solution() -> None:
    """With nothing allowed to be missing the recourse is impossible with 1.5 t in store and possible with 1.6 t."""
    for opening, lost in ((1.5, True), (1.6, False)):
        model = crisis(cut_case(stocks=(stock(),)), 12, {("store", "alpha", "powder"): opening})
        for variable in model.operation.missing_t.values():
            variable.fix(0.0)
        assert impossible(model) is lost


def test_margin_is_how_much_more_could_be_served() -> None:
    """2 t in store against 1.6 t needed: all demand could be 25 % higher."""
    model = crisis(cut_case(stocks=(stock(),)), 12, {("store", "alpha", "powder"): 2.0})
    model.operation.margin["all"].unfix()
    for variable in model.operation.missing_t.values():
        variable.fix(0.0)
    model.cost_usd_m.deactivate()
    model.more = pyo.Objective(expr=model.operation.margin["all"], sense=pyo.maximize)
    assert optimum(model).value("margin", "all") == pytest.approx(0.25)


def test_what_is_not_served_is_paid() -> None:
    """6 t a year for sale against 12 t needed: 12 t unmet at 1000 USD/kg cost 12 million, 12 t bought 0.12; with supply nothing is
    unmet."""
    short = base(case(sources=(source(max_t_per_yr=6.0),)))
    assert short.total("unmet_t") == pytest.approx(12)
    assert short.cost == pytest.approx(12.12)
    assert base(case()).total("unmet_t") == pytest.approx(0)


# Rationing, tiers, products


def planned(changed: Case) -> tuple[float, float]:
    """Cost of the plan and what it leaves unserved, t REO."""
    plan = solve(changed, SolveOptions())
    assert audit(changed, plan).passed
    base_rows = [row for row in plan.service if row.run == "base"]
    return plan.summary.cost_usd_m, sum(row.demanded_t - row.served_t for row in base_rows)


def test_rationing_at_a_price_with_and_without() -> None:
    """Alpha costs 10 USD/kg, and leaving a kilogram unserved 4. Priced, all 24 t go unserved, 0.096; not priced, all are served, 0.24;
    priced at 12 USD/kg they are served too."""
    for rationing, shortage, cost, unserved in (("priced", 4.0, 0.096, 24), ("no", 4.0, 0.24, 0), ("priced", 12.0, 0.24, 0)):
        changed = case(demands=(demand(rationing=rationing, shortage_usd_per_kg=shortage),))
        assert planned(changed) == (pytest.approx(cost), pytest.approx(unserved))


def test_what_supply_does_not_allow_is_a_report_and_no_lever() -> None:
    """6 t a year for sale against 12 t: 12 t unserved in all, whether shortage costs nothing or 1 USD/kg: 0.12 and 0.132; what can be
    had is bought although it costs more than it saves."""
    for shortage, cost in ((0.0, 0.12), (1.0, 0.132)):
        changed = case(sources=(source(max_t_per_yr=6.0),), demands=(demand(rationing="no", shortage_usd_per_kg=shortage),))
        assert planned(changed) == (pytest.approx(cost), pytest.approx(12))


def test_tiers_have_their_own_service_levels() -> None:
    """Three sectors of 1 t a month each in a cut of three months: at 100 and 90 % and not protected, 5.7 t must be in store: 0.72 +
    0.057; all at 100 %, 9 t and 0.81; the lower tier not protected either, 3 t and 0.75."""
    sectors = (("defence", 1, 1.0, True), ("motors", 2, 0.9, True), ("others", 3, 1.0, False))
    rows = tuple(demand(sector=s, tier=t, service_level=level, protected=safe) for s, t, level, safe in sectors)
    sheets = {"sources": (source(max_t_per_yr=99.0),), "stocks": (stock(),), "cutoffs": (cutoff(),)}
    assert least_cost(case(demands=rows, **sheets)) == pytest.approx(0.777)
    every = tuple(dataclasses.replace(row, service_level=1.0, protected=True) for row in rows)
    assert least_cost(case(demands=every, **sheets)) == pytest.approx(0.81)
    first = (rows[0], *(dataclasses.replace(row, protected=False) for row in rows[1:]))
    assert least_cost(case(demands=first, **sheets)) == pytest.approx(0.75)


def product(cut: bool) -> Case:
    """A product of 0.2 kg alpha (0.25 kg oxide) and 0.1 kg beta (0.12 kg oxide) a kilogram, pressed of bars; 120 t of it a year;
    powder is bar here. Of alpha half as much is for sale as is needed where ``cut``."""
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="part", position=4, holds="mixtures", mass="product"))
    recipes = (Recipe(grade="magnet", element="alpha", kg_per_kg=0.2), Recipe(grade="magnet", element="beta", kg_per_kg=0.1))
    press = Plant(
        plant="press",
        status="existing",
        country="home",
        input_form="powder",
        output_form="part",
        materials=("magnet",),
        capacity_t_per_yr=500.0,
        capacity_mass="product",
    )
    return case(
        forms=forms,
        recipes=recipes,
        plants=(press,),
        sources=(source(max_t_per_yr=15.0 if cut else 99.0), source("trade beta", "beta", max_t_per_yr=99.0)),
        demands=(demand("magnet", form="part", t_per_yr=120.0, shortage_usd_per_kg=9.0),),
    )


def test_a_product_is_served_whole() -> None:
    """120 t a year need 30 t of alpha oxide and 14.4 t of beta oxide, 0.588 million USD a year. With half the alpha, half of the
    products are served: half of the beta is bought too, 0.294, and 60 t go unserved at 9 USD/kg, 0.54."""
    whole, half = base(product(cut=False)), base(product(cut=True))
    assert whole.cost == pytest.approx(2 * 0.588)
    assert whole.total("unmet_t") == pytest.approx(0)
    assert half.cost == pytest.approx(2 * (0.294 + 0.54))
    assert half.value("bought_t", "trade beta", 0) == pytest.approx(7.2)
    assert half.value("served_t", "makers", "magnet", "part", 0) == pytest.approx(22.2)
