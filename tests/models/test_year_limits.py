"""L10 lift_no_more_in_a_year: months may lift more than a twelfth, the year does not.

The contract is on alpha at half the market's 10 USD/kg, 12 t a year; a month may lift twice a twelfth.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import bounds, case, crisis, cutoff, equations, missing_t, settings, source

from models.build import base_plan, recourse
from models.case import Case, Contract, ContractLine
from models.columns import Month
from models.run import Study
from models.survival import Pattern


def flexible(factor: float = 2.0, offer: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """The contract in force for two years over half-year periods, its source beyond the reach of the cut."""
    terms: dict[str, Any] = {"contract": "offtake", "status": "in force", "tenor_years": 2, **(offer or {})}
    line = ContractLine(
        contract="offtake", source="safe", max_t_per_yr=(12.0,), price_index="index", discount_pct=50.0, monthly_flexibility=factor
    )
    plain: dict[str, Any] = {
        "settings": settings(coarse_period_months=6),
        "sources": (source(), source("safe", countries=("elsewhere",), spot_share=0.0)),
        "cutoffs": (cutoff(first_start=Month(2027, 7)),),
    }
    return case(contracts=(Contract(**terms),), contract_lines=(line,), **{**plain, **sheets})


def test_year_limits_printed() -> None:
    """A half-year may lift 12 t instead of 6, the two together 12; without flexibility there is no such rule. On offer the year's
    maximum hangs on the signature. A year in which the source gives nothing yet has no rule."""
    model = base_plan(Study(flexible()))
    assert [high for _, high in bounds(model, "lifted_t").values()] == [12, 12, 12, 12]
    assert equations(model, "lift_no_more_in_a_year") == [
        "lifted_t[offtake, safe, 0] + lifted_t[offtake, safe, 6] <= 12",
        "lifted_t[offtake, safe, 12] + lifted_t[offtake, safe, 18] <= 12",
    ]
    assert equations(base_plan(Study(flexible(1.0))), "lift_no_more_in_a_year") == []
    late = flexible(sources=(source(), source("safe", countries=("elsewhere",), spot_share=0.0, first_month=Month(2028, 1))))
    assert equations(base_plan(Study(late)), "lift_no_more_in_a_year") == [
        "lifted_t[offtake, safe, 12] + lifted_t[offtake, safe, 18] <= 12"
    ]
    offered = base_plan(Study(flexible(offer={"status": "on offer"})))
    assert equations(offered, "lift_no_more_in_a_year") == [
        "lifted_t[offtake, safe, 0] + lifted_t[offtake, safe, 6] <= 12 signed[offtake, 0]",
        "lifted_t[offtake, safe, 12] + lifted_t[offtake, safe, 18] <= 12 signed[offtake, 0] + 12 signed[offtake, 12]",
    ]


def test_a_recourse_is_handed_what_was_lifted() -> None:
    """Cut in July: what was lifted from January to June counts for the year; cut in April of the second year, half of that half-year."""
    changed = flexible()
    study = Study(changed)
    july = recourse(study, Pattern(changed.cutoffs[0], 6))
    assert equations(july, "lift_no_more_in_a_year") == [
        "lifted_t[offtake, safe, 6] + lifted_t[offtake, safe, 7] + lifted_t[offtake, safe, 8] + lifted_before_t[offtake, safe, 2027] <= 12"
    ]
    handed = july.handed["operation.lifted_before_t", ("offtake", "safe", 2027)]
    assert dict(handed.weights) == {("operation.lifted_t", ("offtake", "safe", 0)): 1.0}
    april = recourse(study, Pattern(changed.cutoffs[0], 15)).handed["operation.lifted_before_t", ("offtake", "safe", 2028)]
    assert dict(april.weights) == {("operation.lifted_t", ("offtake", "safe", 12)): 0.5}


def test_what_is_left_of_the_year_serves_in_a_cut() -> None:
    """Cut from July with needs of 2 t a month: after 6 t, 2 t a month can be lifted and nothing is missing; after 9 t 3 t are left of the
    year and 3 t missing; without flexibility 1 t a month, 3 t missing."""
    needs = case().demands[0]
    changed = flexible(demands=(type(needs)(**{**vars(needs), "t_per_yr": 24.0}),))
    for before, missing in ((6.0, 0.0), (9.0, 3.0)):
        model = crisis(changed, 6)
        model.operation.lifted_before_t["offtake", "safe", 2027].fix(before)
        assert missing_t(model) == pytest.approx(missing)
    stiff = flexible(1.0, demands=changed.demands)
    assert missing_t(crisis(stiff, 6)) == pytest.approx(3)


def test_a_contract_year_begins_with_the_delivery_inside_a_period() -> None:
    """Signed in January, delivered from April: what is lifted in the half-year from January on belongs to the contract year that begins
    in April, and is handed to a recourse from July on. A base plan settles it together with the next half-year."""
    changed = flexible(offer={"status": "on offer", "lead_months": 3, "settled": "contract year", "sign_to": Month(2027, 1)})
    study = Study(changed)
    assert equations(base_plan(study), "lift_no_more_in_a_year") == [
        "lifted_t[offtake, safe, 0] + lifted_t[offtake, safe, 6] <= 9 signed[offtake, 0]",
        "lifted_t[offtake, safe, 12] + lifted_t[offtake, safe, 18] <= 12 signed[offtake, 0]",
    ]
    july = recourse(study, Pattern(changed.cutoffs[0], 6))
    handed = july.handed["operation.lifted_before_t", ("offtake", "safe", "2027-04")]
    assert dict(handed.weights) == {("operation.lifted_t", ("offtake", "safe", 0)): 1.0}
