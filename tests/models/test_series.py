"""Figures by period: a column that takes a number takes the assumption that gives it month by month as well.

Two years in half-years. A series is 'value, from a month on another value'; the plan that is made with it passes the audit, which
reads series by itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import case, change, demand, equations, settings, source, stock

from models.build import base_plan
from models.case import Assumption, Case, Form, Plant, Sale
from models.check import check
from models.columns import Month
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve

HALF_YEARS = settings(coarse_period_months=6, decision_every_months=6)


def series(first: float, then: float, month: str = "2027-07") -> tuple[Assumption, ...]:
    """``first``, and from a month on ``then``, cited as 'by period'."""
    rows = [Assumption(assumption="by period", value=first), Assumption(assumption="by period", month=Month.parse(month), value=then)]
    return tuple(rows)


def cost(changed: Case) -> float:
    """Cost of the cheapest plan, million USD; it passes the audit, and its cost is what the audit computes."""
    plan = solve(changed, SolveOptions())
    verdict = audit(changed, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    return plan.summary.cost_usd_m


def half_years(*rows: Assumption, **sheets: Any) -> Case:
    """Alpha in half-years: 6 t needed in each, at 10 USD/kg; no beta."""
    return case(**{"settings": HALF_YEARS, "assumptions": rows, "sources": (source(),), **sheets})


SERIES: list[tuple[str, tuple[Assumption, ...], dict[str, Any], float, float]] = [
    ("price factor", series(1, 1.5), {"sources": (source(price_factor="by period"),)}, 0.24, 0.06 + 3 * 0.09),
    ("maximum of a source", series(24, 6), {"sources": (source(max_t_per_yr="by period"),)}, 0.24, 0.06 + 3 * 3.03),
    ("freight", series(0, 2), {"sources": (source(freight_usd_per_kg="by period"),)}, 0.24, 0.24 + 3 * 0.012),
    ("demand", series(12, 24), {"demands": (demand(t_per_yr="by period"),)}, 0.24, 0.06 + 3 * 0.12),
    (
        "cost of shortage",
        series(1000, 500),
        {"sources": (source(max_t_per_yr=0.0),), "demands": (demand(shortage_usd_per_kg="by period"),)},
        24.0,
        6 + 3 * 3,
    ),
    ("least stock", series(0, 2), {"stocks": (stock(minimum_t="by period"),)}, 0.24, 0.26),
    ("cost of storage", series(1000, 5000), {"stocks": (stock(minimum_t=2.0, storage_usd_per_t_yr="by period"),)}, 0.264, 0.26 + 0.016),
]


@pytest.mark.parametrize(("what", "rows", "sheets", "without", "with_it"), SERIES, ids=[s[0] for s in SERIES])
def test_a_figure_by_period(what: str, rows: tuple[Assumption, ...], sheets: dict[str, Any], without: float, with_it: float) -> None:
    """Half a year at the first value costs what it did, three at the second cost what they must. In million USD, without and with:
    price +50 % 0.24, 0.33; 6 t/yr at the source instead of 24 0.24, 9.15 (9 t short); freight of 2 USD/kg 0.24, 0.276; twice the
    demand 0.24, 0.42; shortage at half the cost 24, 15; a least stock of 2 t 0.24, 0.26; storage at 5 USD/kg/yr 0.264, 0.276."""
    assert cost(half_years(rows[0], **sheets)) == pytest.approx(without)
    assert cost(half_years(*rows, **sheets)) == pytest.approx(with_it)


def test_room_by_period() -> None:
    """The price doubles in July 2028. With room for 10 t the last 6 t are bought before: 0.24 million USD. With room for 3 t from 2028
    on, 3 t are: 0.27."""
    dear = (Assumption(assumption="dear", value=1.0), Assumption(assumption="dear", month=Month(2028, 7), value=2.0))
    sheets = {"sources": (source(price_factor="dear", max_t_per_yr=99.0),), "stocks": (stock(capacity_t="by period"),)}
    assert cost(half_years(*dear, *series(10, 10), **sheets)) == pytest.approx(0.24)
    assert cost(half_years(*dear, *series(10, 3, "2028-01"), **sheets)) == pytest.approx(0.27)


def test_sales_by_period() -> None:
    """Of the 2 t lifted too much in stock on the first day, a market that takes 1 t in each half-year at 4 USD/kg, and from July 2027
    on at 8 USD/kg, takes both: -0.008 million USD at 4, and -0.016 when they wait for 8; 1 t in all where it closes in 2028: -0.008."""
    held = {"stocks": (stock(opening_t=2.0, capacity_t=2.0),), "demands": (demand(t_per_yr=0.0),)}
    plain = Sale(material="alpha", form="powder", usd_per_kg="by period", max_t_per_yr=2.0)
    assert cost(half_years(*series(4, 4), **held, sales=(plain,))) == pytest.approx(-0.008)
    assert cost(half_years(*series(4, 8), **held, sales=(plain,))) == pytest.approx(-0.016)
    closing = change(plain, usd_per_kg=8.0, max_t_per_yr="by period")
    assert cost(half_years(*series(2, 0), **held, sales=(closing,))) == pytest.approx(-0.008)


def test_a_plant_by_period() -> None:
    """A smelter of 12 t a year makes the bars that are needed. It runs whole: 0.24 million USD; half from July 2027 on: 3 of 6 t go
    short in three half-years, 9.15; at a variable cost of 2 USD/kg from July 2027 on: 0.276. The capacity is printed."""
    forms = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))
    smelter = Plant(plant="smelter", status="existing", country="home", input_form="powder", output_form="bar", capacity_t_per_yr=12.0)
    sheets: dict[str, Any] = {"forms": forms, "demands": (demand(form="bar"),)}
    halved = half_years(*series(1, 0.5), plants=(change(smelter, availability="by period"),), **sheets)
    assert cost(half_years(plants=(smelter,), **sheets)) == pytest.approx(0.24)
    assert cost(halved) == pytest.approx(0.06 + 3 * 3.03)
    dear = half_years(*series(0, 2), plants=(change(smelter, variable_opex_usd_per_kg="by period"),), **sheets)
    assert cost(dear) == pytest.approx(0.276)
    assert [row.partition("<=")[2] for row in equations(base_plan(Study(halved)), "handle_no_more_than_capacity")] == [
        " 6",
        " 3",
        " 3",
        " 3",
    ]


def test_a_suppliers_plant_by_period() -> None:
    """A mine of 24 t a year that stands still from July 2027 on delivers nothing then: 0.24 and 18.06 million USD, its own limit, and
    the share of it that a contract would give the right to, falling with it."""
    mine = Plant(plant="mine", status="supplier", country="abroad", input_form="powder", output_form="powder", capacity_t_per_yr=24.0)
    still = half_years(*series(1, 0), plants=(change(mine, availability="by period"),), sources=(source(plant="mine"),))
    assert cost(half_years(plants=(mine,), sources=(source(plant="mine"),))) == pytest.approx(0.24)
    assert cost(still) == pytest.approx(0.06 + 3 * 6)
    assert Study(still).maximum_t["trade"][5:7] == [2.0, 0.0]


def test_what_is_cited_stays_within_the_bounds_of_the_column() -> None:
    """A series for a column from 0 on that falls below it is a fault at its own cell, and says who cites it."""
    found = [f for f in check(half_years(*series(24, -6), sources=(source(max_t_per_yr="by period"),))) if f.severity == "error"]
    assert [(f.table, f.row, f.field) for f in found] == [("Assumptions", 1, "value")]
    assert found[0].mend == "It is cited as max_t_per_yr on the sheet Sources, which cannot be negative."


def test_buying_early_to_sell_late_is_a_money_pump() -> None:
    """Surplus at 8 USD/kg, from 2028 on at 12, is dearer than what was bought at 10 before; a source that costs 10 only after the
    market fell from 12 to 8 is none."""
    market = Sale(material="alpha", form="powder", usd_per_kg="by period", max_t_per_yr=2.0)
    pumped = half_years(*series(8, 12, "2028-01"), sales=(market,))
    assert [(f.table, f.field) for f in check(pumped) if f.severity == "error"] == [("Sales", "usd_per_kg")]
    factor = (Assumption(assumption="factor", value=2.0), Assumption(assumption="factor", month=Month(2028, 1), value=1.0))
    calm = half_years(*series(12, 8, "2028-01"), *factor, sales=(market,), sources=(source(price_factor="factor"),))
    assert [f for f in check(calm) if f.severity == "error"] == []
