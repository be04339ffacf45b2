"""L5 make_up_what_was_paid, L6 pay_when_short, L7 pay_what_is_short, L8 make_up_beyond_the_minimum, L9 hold_no_more_credit_than_the_cap.

The contract is on alpha at the market's 10 USD/kg, 12 t a year for two years at a minimum of 8 t; 2 t are needed in the first year
and 12 t in the second.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, crisis, cutoff, demand, equations, settings

from models.build import base_plan
from models.case import Assumption, Case, Contract, ContractLine, Form
from models.read_deals import read_make_ups
from models.run import Run, Study

NEEDS = (Assumption(assumption="needs", value=1 / 6, year=2027), Assumption(assumption="needs", value=1.0, year=2028))


def creditable(line: dict[str, Any] | None = None, offer: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """The contract in force with make-up for a year, unless changed; getting rid of a tonne costs what it is worth."""
    gives: dict[str, Any] = {"min_t_per_yr": (8.0,), "max_t_per_yr": (12.0,), "make_up_years": 1, **(line or {})}
    plain: dict[str, Any] = {
        "demands": (demand(profile="needs"),),
        "assumptions": NEEDS,
        "forms": (Form(form="powder", position=2, holds="elements", disposal_usd_per_t=10_000.0),),
        "contracts": (Contract(**{"contract": "offtake", "status": "in force", "tenor_years": 2, **(offer or {})}),),
        "contract_lines": (ContractLine(contract="offtake", source="trade", price_index="index", **gives),),
    }
    return case(**{**plain, **sheets})


def test_make_up_printed() -> None:
    """The first year's shortfall can be lifted in the second; spare is what can be lifted beyond the minimum, 4 t."""
    model = base_plan(Study(creditable({"make_up_cap_t": 3.0})))
    assert equations(model, "lift_or_pay_the_minimum")[1] == (
        "8 + made_up_t[offtake, trade, 2027, 2028] <= unlifted_t[offtake, trade, 2028] + lifted_t[offtake, trade, 12]"
    )
    assert equations(model, "make_up_what_was_paid") == ["made_up_t[offtake, trade, 2027, 2028] <= unlifted_t[offtake, trade, 2027]"]
    assert equations(model, "pay_when_short") == [
        "unlifted_t[offtake, trade, 2027] <= 8 short[offtake, trade, 2027]",
        "unlifted_t[offtake, trade, 2028] <= 8 short[offtake, trade, 2028]",
    ]
    assert equations(model, "pay_what_is_short")[0] == (
        "unlifted_t[offtake, trade, 2027] + lifted_t[offtake, trade, 0] + 4 short[offtake, trade, 2027] <= 12"
    )
    assert equations(model, "make_up_beyond_the_minimum") == [
        "made_up_t[offtake, trade, 2027, 2028] + 12 short[offtake, trade, 2028] <= 12"
    ]
    assert equations(model, "hold_no_more_credit_than_the_cap") == ["made_up_t[offtake, trade, 2027, 2028] <= 3"]


@pytest.mark.parametrize(
    ("line", "made_up", "cost"),
    [
        ({"make_up_years": 0}, 0.0, 0.2),
        ({}, 4.0, 0.16),
        ({"make_up_cap_t": 3.0}, 3.0, 0.17),
        ({"make_up_price_share": 0.25}, 4.0, 0.17),
        ({"max_t_per_yr": (8.0, 10.0)}, 2.0, 0.18),
    ],
)
def test_what_was_paid_is_lifted_later(line: dict[str, Any], made_up: float, cost: float) -> None:
    """8 t paid and 12 t lifted cost 0.2 without make-up; 4 t beyond the second year's 8 t are credited: 0.16; 3 t under a cap, 0.17; with a
    quarter of the price due again 0.17; a maximum of 10 t leaves 2 t for it and 2 t from the market, 0.18."""
    answer = base(creditable(line))
    assert (answer.total("made_up_t"), answer.cost) == pytest.approx((made_up, cost))


def test_credit_lapses() -> None:
    """Three years with needs of 2, 8 and 12 t: in the second nothing is lifted beyond its minimum, so credit for one year is lost, 0.28;
    for two years 4 t of it are used in the third, 0.24."""
    needs = (*NEEDS[:1], Assumption(assumption="needs", value=8 / 12, year=2028), Assumption(assumption="needs", value=1.0, year=2029))
    for years, cost in ((1, 0.28), (2, 0.24)):
        changed = creditable({"make_up_years": years}, {"tenor_years": 3}, assumptions=needs, settings=settings(horizon_months=36))
        assert base(changed).cost == pytest.approx(cost), years


def test_credit_is_not_bought_ahead() -> None:
    """Take-or-pay of half the price and needs of 12 t in both years: lifting all while paying for credit at half price is barred, and the
    minimum is lifted: 0.24, as without make-up. (Lifting nothing from the contract in the first year is allowed, and would cost the
    same 12 t from the market and 0.04 on top, for 0.04 of credit.)"""
    for years in (0, 1):
        changed = creditable({"make_up_years": years}, {"take_or_pay_share": 1.0}, assumptions=(Assumption(assumption="needs", value=1.0),))
        answer = base(changed)
        assert (answer.cost, answer.total("lifted_t") > 0) == (pytest.approx(0.24), True)
    short = base(
        creditable({}, {"take_or_pay_share": 0.5}, assumptions=(Assumption(assumption="needs", value=1.0),), sources=(case().sources[0],))
    )
    for year, first in ((2027, 0), (2028, 12)):
        paid, lifted = short.value("unlifted_t", "offtake", "trade", year), short.value("lifted_t", "offtake", "trade", first)
        assert paid == pytest.approx(0) or paid + lifted <= 8 + 1e-6


def test_a_recourse_uses_no_credit() -> None:
    """Credit and its binaries are the base plan's: a recourse has neither."""
    model = crisis(creditable(cutoffs=(cutoff(),)), 12)
    assert len(model.operation.MAKE_UPS) == len(model.operation.SHORTFALLS) == 0
    assert len(base_plan(Study(creditable())).operation.MAKE_UPS) == 1


def test_rows_of_make_up() -> None:
    """4 t paid in 2027 and lifted in 2028 at a credit of three quarters of 10 USD/kg."""
    study = Study(creditable({"make_up_price_share": 0.25}))
    (row,) = read_make_ups(Run(study), {"made_up_t": {("offtake", "trade", 2027, 2028): 4.0}})
    assert (row.paid_year, row.year, row.made_up_t, row.credit_usd_per_kg) == (2027, 2028, 4.0, 7.5)
