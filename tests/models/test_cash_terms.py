"""The cash table term by term: what is no annuity is paid as the cost table says, and financing as its money flows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from feed_cases import separating
from small_cases import case, demand, optimum, settings, source, stock
from smelters import smelter, smelting
from test_make_up import creditable
from test_rebates import sharing
from test_volume_discounts import stepped

from models.build import base_plan
from models.case import (
    Assumption,
    Case,
    Ceiling,
    Contract,
    ContractLine,
    Financing,
    Form,
    Programme,
    ProgrammeEffect,
    Residue,
    ResidueSite,
    Route,
    Sale,
)
from models.cash import read_cash
from models.columns import Month
from models.cost import TERMS
from models.read_plan import read_costs
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve

Years = dict[int, float]

OTHERWISE = {"capex", "upfront", "financing", "shortage", "penalties", "terminal_stock"}
"""Terms that are annuities, or valued and not paid."""


def tables(changed: Case) -> tuple[dict[tuple[str, int], float], dict[tuple[str, int], float]]:
    """Cost table, undiscounted, and cash table of the base plan alone, without what is charged or valued otherwise."""
    study = Study(changed)
    model = base_plan(study)
    answer = optimum(model)
    costs = {(row.term, row.year): row.undiscounted_usd_m for row in read_costs(model.cost_pieces, answer.of)}
    cash = {(row.term, row.year): row.usd_m for row in read_cash(model, study, answer.of)}
    assert not {term for term, _ in cash} & {"shortage", "penalties", "terminal_stock"}
    return tuple({key: usd_m for key, usd_m in table.items() if key[0] not in OTHERWISE} for table in (costs, cash))  # type: ignore[return-value]


def traded() -> Case:
    """Orders, freight, a route, a store with a minimum, a sale and a price for too much from abroad; a programme in force that saves."""
    return case(
        settings=settings(discount_rate_pct=5.0, escalation_pct_per_yr=10.0, terminal_stock_share=0.5, home_country="home"),
        forms=(Form(form="powder", position=2, holds="elements", disposal_usd_per_t=100.0),),
        sources=(source(order_cost_usd_m=0.001, freight_usd_per_kg=1.0), source("trade beta", "beta")),
        stocks=(stock(storage_usd_per_t_yr=100.0, handling_usd_per_t=50.0, minimum_t=2.0),),
        routes=(
            Route(route="sea", from_kind="source", from_name="trade", usd_per_t=100.0, capacity_t_per_yr=30.0, fixed_usd_m_per_yr=0.01),
        ),
        ceilings=(Ceiling(country="abroad", form="powder", max_share=0.5, excess_usd_per_kg=1.0),),
        sales=(Sale(material="alpha", form="powder", usd_per_kg=0.5, max_t_per_yr=5.0),),
        programmes=(Programme(programme="saving", status="in force", online=Month(2027, 7), fixed_usd_m_per_yr=0.01),),
        programme_effects=(
            ProgrammeEffect(programme="saving", sector="makers", material="alpha", form="powder", share_affected=0.1, usd_per_kg=0.5),
        ),
    )


def stopped() -> Case:
    """Bars are needed in the first and the third year: the smelter is mothballed between them, restarted, and mothballed again."""
    rows = tuple(Assumption(assumption="need", year=2027 + n, value=v) for n, v in enumerate((1.0, 0.0, 1.0, 0.0)))
    kept: dict[str, Any] = {"may_stop": "mothball", "mothball_opex_share": 0.2, "restart_usd_m": 0.1, "retire_usd_m": 0.2}
    return smelting(
        smelter(fixed_opex_usd_m_per_yr=0.5, variable_opex_usd_per_kg=1.0, **kept),
        settings=settings(horizon_months=48, discount_rate_pct=5.0, escalation_pct_per_yr=10.0),
        assumptions=rows,
        demands=(demand(form="bar", profile="need", protected=False),),
    )


def buried() -> Case:
    """Ore whose cake is stored and disposed of at a site with a fixed cost."""
    hill = ResidueSite(
        site="hill", status="existing", storage_t=5.0, cell_t=99.0, storage_usd_per_t_yr=100.0, disposal_usd_per_t=500.0,
        fixed_opex_usd_m_per_yr=0.01,
    )  # fmt: skip
    return separating(residues=(Residue(residue="cake", plant="works", t_per_t=0.5),), residue_sites=(hill,))


@pytest.mark.parametrize(
    ("changed", "terms"),
    [
        (traded(), {"purchases", "orders", "freight", "transport", "storage", "handling", "programmes"}),
        (stopped(), {"purchases", "conversion", "fixed_opex", "stop_restart"}),
        (buried(), {"purchases", "conversion", "residue"}),
        (creditable(), {"contracts", "take_or_pay", "make_up"}),
        (sharing(), {"contracts", "rebates"}),
        (stepped(), {"contracts", "volume_discounts"}),
    ],
    ids=["trade", "stops", "residue", "make-up", "rebates", "volume discounts"],
)
def test_what_is_no_annuity_is_paid_as_the_cost_table_says(changed: Case, terms: set[str]) -> None:
    """Every term and year alike, and so the sum; each case has the terms that it is there for."""
    costs, cash = tables(changed)
    assert terms <= {term for term, _ in cash}
    for key in {*costs, *cash}:
        assert cash.get(key, 0.0) == pytest.approx(costs.get(key, 0.0)), key
    assert sum(cash.values()) == pytest.approx(sum(costs.values()))
    assert {term for term, _ in cash} <= set(TERMS)


def test_restarts_and_closing_are_paid_in_the_month_in_which_they_fall_due() -> None:
    """The restart of 0.1 is paid in 2029, when it is decided: 0.1 x 1.1 x 1.1. In periods
    from July to June, with decisions every half year, closing in January 2028 is money of 2028, though its period began in 2027."""
    _, cash = tables(stopped())
    assert {y: usd for (t, y), usd in cash.items() if t == "stop_restart"} == pytest.approx({2029: 0.121})
    july = settings(start=Month(2027, 7), horizon_months=36, decision_every_months=6)
    needs = tuple(Assumption(assumption="need", month=Month(2027 + n, 1), value=1.0 - n) for n in (0, 1))
    changed = smelting(
        smelter(fixed_opex_usd_m_per_yr=0.5, may_stop="retire", retire_usd_m=0.2),
        settings=july,
        assumptions=needs,
        demands=(demand(form="bar", profile="need", protected=False),),
    )
    costs, cash = tables(changed)
    for table in (costs, cash):
        assert {y: usd for (t, y), usd in table.items() if t == "stop_restart"} == pytest.approx({2028: 0.2})
    plan = solve(changed, SolveOptions())
    assert [str(finding) for finding in audit(changed, plan).findings] == []


def offered(**row: Any) -> Case:
    """Three years of 12 t at half price under a contract with which 0.03 million are put up, unless ``row`` is empty."""
    return case(
        settings=settings(horizon_months=36, discount_rate_pct=5.0, relative_gap_pct=0.0),
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=3),),
        contract_lines=(ContractLine(contract="offtake", source="trade", price_index="index", discount_pct=50.0),),
        financings=(Financing(financing="stake", contract="offtake", usd_m=0.03, **row),) if row else (),
    )


@pytest.mark.parametrize(
    ("row", "flows"),
    [
        ({"kind": "loan", "years": 2, "interest_pct_per_yr": 10.0}, {2027: 0.03, 2028: -0.0172857, 2029: -0.0172857}),
        ({"kind": "equity", "years": 2, "resale_share": 0.5}, {2027: 0.03, 2029: -0.015}),
        ({"kind": "equity", "years": 3, "resale_share": 0.5}, {2027: 0.03}),
        ({"kind": "prepayment", "years": 3}, {2027: 0.02, 2028: -0.01, 2029: -0.01}),
    ],
    ids=["loan", "equity", "equity sold behind the end", "prepayment"],
)
def test_financing_is_paid_as_its_money_flows(row: dict[str, Any], flows: Years) -> None:
    """0.03 put up in January 2027: without it 0.06 are paid in each year; with a loan over two years at 10 % 0.09 in 2027 and 0.0427 after
    it; with equity, half of it sold after two years, 0.09, 0.06 and 0.045; as a prepayment over three years 0.08, 0.05 and 0.05. The
    audit reckons the same."""
    paid: list[Years] = []
    for changed in (offered(), offered(**row)):
        plan = solve(changed, SolveOptions())
        assert [str(finding) for finding in audit(changed, plan).findings] == []
        years: Years = defaultdict(float)
        for line in plan.cash:
            years[line.year] += line.usd_m
        paid.append(dict(years))
        shown = {line.year: line.usd_m for line in plan.cash if line.term == "financing"}
        assert shown == pytest.approx(flows if changed.financings else {}, rel=1e-4)
    without, with_it = paid
    assert without == pytest.approx({2027: 0.06, 2028: 0.06, 2029: 0.06})
    assert with_it == pytest.approx({year: 0.06 + flows.get(year, 0.0) for year in without}, rel=1e-4)
