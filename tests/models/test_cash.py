"""The cash table: what is paid and when, beside the annuities of the cost table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from small_cases import case, change, cutoff, demand, optimum, settings, stock

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Currency, Form, Plant
from models.cash import read_cash
from models.columns import Month
from models.plan import Cash
from models.run import Study
from optimizer.audit import audit
from optimizer.report import write_report
from optimizer.solve import SolveOptions, solve

BARS = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))


def plant(**changes: Any) -> Plant:
    """A smelter of 2 million, permitted in 6 months and built in 18, with fixed cost of 0.1 a year."""
    plain: dict[str, Any] = {"status": "candidate", "country": "home", "input_form": "powder", "output_form": "bar", "life_years": 10}
    figures: dict[str, Any] = {"capacity_t_per_yr": 12.0, "permit_months": 6, "build_months": 18, "capex_usd_m": 2.0}
    return Plant(**{"plant": "smelter", **plain, **figures, "fixed_opex_usd_m_per_yr": 0.1, **changes})


def building(**changes: Any) -> Case:
    """Three years: bars only from the smelter, a contract that is prepaid, and a cut at the end that the stock bridges."""
    whole: dict[str, Any] = {
        "settings": settings(horizon_months=36, discount_rate_pct=5.0, terminal_stock_share=0.5),
        "forms": BARS,
        "plants": (plant(),),
        "demands": (demand(form="bar"),),
        "contracts": (Contract(contract="offtake", status="on offer", tenor_years=3, upfront_usd_m=0.03),),
        "contract_lines": (ContractLine(contract="offtake", source="trade", fixed_usd_per_kg=4.0),),
        "stocks": (stock(form="bar", opening_t=2.0),),
        "cutoffs": (cutoff(months=1, first_start=Month(2029, 1)),),
    }
    return case(**{**whole, **changes})


def paid(changed: Case) -> dict[tuple[str, int], float]:
    """The cash table of the base plan alone."""
    model = base_plan(Study(changed))
    answer = optimum(model)
    return {(row.term, row.year): row.usd_m for row in read_cash(model, Study(changed), answer.of)}


def test_capital_is_paid_as_it_is_spent_and_prepayments_at_signature() -> None:
    """2 million over 18 months from July 2027: 0.667 and 1.333, and nothing in 2029, when the cost table begins to charge its annuity;
    0.03 at signature; the fixed cost of 2029 without what the cost table charges behind the plan; no shortage, no value of stock."""
    found = paid(building())
    assert {year: usd_m for (term, year), usd_m in found.items() if term == "capex"} == pytest.approx({2027: 2 / 3, 2028: 4 / 3})
    prepaid = [usd_m for (term, _), usd_m in found.items() if term == "upfront"]
    assert prepaid == pytest.approx([0.03])
    assert {year: usd_m for (term, year), usd_m in found.items() if term == "fixed_opex"} == pytest.approx({2029: 0.1})
    assert not {term for term, _ in found} & {"shortage", "terminal_stock"}


def test_what_is_not_built_is_not_paid() -> None:
    """At 200 million it is not built: no capital in the table."""
    assert "capex" not in {term for term, _ in paid(building(plants=(plant(capex_usd_m=200.0),), cutoffs=()))}


def test_cash_is_that_of_the_cost_table_where_nothing_is_an_annuity() -> None:
    """With neither capital nor prepayment, shortage nor terminal value, both tables say the same of every term and year."""
    changed = case(settings=settings(discount_rate_pct=5.0), stocks=(stock(storage_usd_per_t_yr=100.0, minimum_t=2.0),))
    plan = solve(changed, SolveOptions())
    assert {(c.term, c.year): c.undiscounted_usd_m for c in plan.costs} == pytest.approx({(c.term, c.year): c.usd_m for c in plan.cash})


def test_money_of_the_month_in_which_it_is_spent() -> None:
    """In euros of 1.5 dollars and 10 % a year dearer, the second year's part is 1.333 x 1.5 x 1.1."""
    dear = building(
        settings=settings(horizon_months=36, escalation_pct_per_yr=10.0),
        plants=(plant(currency="EUR"),),
        currencies=(Currency(currency="EUR", usd_per_unit=1.5),),
    )
    found = paid(dear)
    assert (found["capex", 2027], found["capex", 2028]) == pytest.approx((1.0, 2.2))
    assert found["fixed_opex", 2029] == pytest.approx(0.1 * 1.5 * 1.21)


def test_the_audit_recomputes_it_and_the_report_shows_it(tmp_path: Path) -> None:
    """A solved plan passes; a row altered, left out or made up does not; the sheet shows terms, years and what is paid so far."""
    changed = building()
    plan = solve(changed, SolveOptions())
    assert [str(finding) for finding in audit(changed, plan).findings] == []
    assert {"capex", "upfront", "fixed_opex"} <= {row.term for row in plan.cash}
    first = plan.cash[0]
    made_up = Cash(term="shortage", year=2027, usd_m=0.5)
    for rows in ((change(first, usd_m=first.usd_m + 0.1), *plan.cash[1:]), plan.cash[1:], (*plan.cash, made_up)):
        assert {finding.rule for finding in audit(changed, change(plan, cash=rows)).findings} == {"cash"}
    sheet = openpyxl.load_workbook(write_report(changed, plan, tmp_path / "report.xlsx"))["Cash"]
    rows_of = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows()}
    total = sum(row.usd_m for row in plan.cash)
    assert rows_of["Paid in the year"][3] == pytest.approx(total)
    assert rows_of["Paid so far"][2] == pytest.approx(total)
