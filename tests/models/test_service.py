"""D1 serve_or_leave_unmet and D2 protected_demand_survives, and the questions *how much is missing*, *by what margin*."""

from __future__ import annotations

import pyomo.environ as pyo
import pytest
from small_cases import base, case, crisis, cutoff, demand, equations, impossible, missing_t, optimum, source, stock

from models.build import base_plan, recourse
from models.case import Case
from models.run import Study
from models.survival import Pattern


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
