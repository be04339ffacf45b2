"""The audit of what contracts settle: a solved plan passes, and each planted fault is found by its rule."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from models.case import Case, Contract, ContractLine, Demand, Element, Form, Price, Settings, Source
from models.columns import Month
from models.plan import Plan
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve


def case(contract: dict[str, Any], line: dict[str, Any], **sheets: Any) -> Case:
    """Alpha at 10 USD/kg and 24 t a year at 11, 12 t a year needed over two half-year periods a year, and one contract on it."""
    plain: dict[str, Any] = {
        "settings": Settings(
            title="terms",
            start=Month(2027, 1),
            horizon_months=24,
            coarse_period_months=6,
            decision_every_months=12,
            discount_rate_pct=10.0,
            relative_gap_pct=0.0001,
        ),
        "elements": (Element(element="alpha", oxide_per_metal=1.25),),
        "forms": (Form(form="powder", position=2, holds="elements", disposal_usd_per_t=100.0),),
        "demands": (
            Demand(sector="makers", material="alpha", form="powder", t_per_yr=12.0, shortage_usd_per_kg=1000.0, rationing="priced"),
        ),
        "prices": (Price(index="index", material="alpha", form="powder", usd_per_kg=10.0, growth_pct_per_yr=10.0),),
        "sources": (
            Source(
                source="mine",
                countries=("abroad",),
                material="alpha",
                form="powder",
                max_t_per_yr=24.0,
                spot_share=0.0,
                price_index="index",
            ),
            Source(
                source="trade",
                countries=("abroad",),
                material="alpha",
                form="powder",
                max_t_per_yr=24.0,
                price_index="index",
                price_factor=1.1,
            ),
        ),
        "contracts": (Contract(**{"contract": "offtake", "status": "in force", "tenor_years": 2, **contract}),),
        "contract_lines": (ContractLine(**{"contract": "offtake", "source": "mine", "price_index": "index", **line}),),
    }
    return Case(**{**plain, **sheets})


def broken(checked: Case, plan: Plan, table: str, at: int = 0, **new: Any) -> set[str]:
    """Rules that find fault with a plan of which one row is changed."""
    rows = list(getattr(plan, table))
    rows[at] = dataclasses.replace(rows[at], **new)
    return {finding.rule for finding in audit(checked, dataclasses.replace(plan, **{table: tuple(rows)})).findings}


def solved(checked: Case) -> Plan:
    """The plan of a case, which the audit passes."""
    plan = solve(checked, SolveOptions())
    assert [str(finding) for finding in audit(checked, plan).findings] == []
    return plan


def rebates() -> Case:
    return case(
        {"first_delivery": Month(2026, 7), "settled": "contract year", "tenor_years": 5},
        {"upside_share": 0.5, "upside_trigger_usd_per_kg": 8.0, "upside_cap_usd_m_per_yr": 0.013, "min_t_per_yr": (12.0, 16.0, 20.0)},
    )


def test_rebates_and_minimums_by_contract_year_pass() -> None:
    """The plan settles three contract years, the first and the last cut to half, and the audit agrees on each figure and the cost."""
    plan = solved(rebates())
    assert {row.year: row.cap_usd_m for row in plan.rebates} == pytest.approx({2026: 0.0065, 2027: 0.013, 2028: 0.0065})
    assert {row.year: row.minimum_t for row in plan.unlifted} == pytest.approx({2026: 6, 2027: 16, 2028: 10})


@pytest.mark.parametrize(
    ("table", "new", "rule"),
    [
        ("rebates", {"rebate_usd_m": 0.0066}, "rebate"),
        ("rebates", {"rebate_usd_m": -0.001}, "finite"),
        ("rebates", {"rebate_usd_m": 0.001}, "cost-term"),
        ("rebates", {"entitled_usd_m": 0.02}, "stated-figures"),
        ("rebates", {"cap_usd_m": None}, "stated-figures"),
        ("rebates", {"year": 2031}, "names"),
        ("unlifted", {"minimum_t": 12.0}, "stated-figures"),
        ("unlifted", {"year": 2030}, "names"),
    ],
)
def test_faults_of_rebates_are_found(table: str, new: dict[str, Any], rule: str) -> None:
    """More given back than share or cap allow, or figures that are not the audit's own."""
    checked = rebates()
    assert rule in broken(checked, solved(checked), table, **new)
