"""L3 give_back_the_share and L4 give_back_no_more_than_the_cap.

The contract is on alpha at the market's 10 USD/kg, 12 t a year for two years; half of what the index asks above 8 USD/kg
comes back: 1 USD/kg, at most 0.012 million USD a year unless said otherwise.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, bounds, case, crisis, cutoff, demand, equations, settings

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Form, Price
from models.columns import Month
from models.read_deals import read_rebates
from models.run import Run, Study


def sharing(offer: dict[str, Any] | None = None, line: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """The contract and its line with some terms changed."""
    terms: dict[str, Any] = {"status": "in force", "tenor_years": 2, **(offer or {})}
    gives: dict[str, Any] = {
        "source": "trade",
        "max_t_per_yr": (12.0,),
        "price_index": "index",
        "upside_share": 0.5,
        "upside_trigger_usd_per_kg": 8.0,
        "upside_cap_usd_m_per_yr": 0.012,
        **(line or {}),
    }
    return case(contracts=(Contract(contract="offtake", **terms),), contract_lines=(ContractLine(contract="offtake", **gives),), **sheets)


def test_shares_and_caps_printed() -> None:
    """A thousandth of a million USD for each tonne; the cap is a bound in force already, and hangs on the signature on offer. Twelve
    months in force of the second year count for a signature in month 12."""
    model = base_plan(Study(sharing()))
    assert equations(model, "give_back_the_share") == [
        "rebate_usd_m[offtake, trade, 2027] <= 0.001 lifted_t[offtake, trade, 0]",
        "rebate_usd_m[offtake, trade, 2028] <= 0.001 lifted_t[offtake, trade, 12]",
    ]
    assert equations(model, "give_back_no_more_than_the_cap") == []
    assert bounds(model, "rebate_usd_m") == {("offtake", "trade", 2027): (0, 0.012), ("offtake", "trade", 2028): (0, 0.012)}
    offered = base_plan(Study(sharing({"status": "on offer", "lead_months": 6}, {"upside_cap_usd_m_per_yr": 0.004})))
    assert equations(offered, "give_back_no_more_than_the_cap") == [
        "rebate_usd_m[offtake, trade, 2027] <= 0.002 signed[offtake, 0]",
        "rebate_usd_m[offtake, trade, 2028] <= 0.004 signed[offtake, 0] + 0.002 signed[offtake, 12]",
    ]


@pytest.mark.parametrize(
    ("line", "cost"),
    [
        ({"upside_share": 0.0}, 0.24),
        ({}, 0.216),
        ({"upside_cap_usd_m_per_yr": None}, 0.216),
        ({"upside_cap_usd_m_per_yr": 0.005}, 0.23),
        ({"upside_trigger_usd_per_kg": 10.0}, 0.24),
        ({"upside_trigger_usd_per_kg": 8.0, "discount_pct": 50.0}, 0.096),
        ({"upside_trigger_usd_per_kg": 8.0, "discount_pct": 50.0, "floor_usd_per_kg": 7.0}, 0.144),
    ],
)
def test_a_share_of_a_high_price_comes_back(line: dict[str, Any], cost: float) -> None:
    """24 t cost 0.24 without; half of 2 USD/kg back leaves 0.216; capped at 0.005 a year 0.23; no excess, 0.24. Discount and floor
    lower and raise the price alone: 24 x (5 - 1) is 0.096, 24 x (7 - 1) is 0.144."""
    assert base(sharing(line=line)).cost == pytest.approx(cost)


def test_nothing_comes_back_for_what_is_not_lifted() -> None:
    """A minimum of 12 t that nobody needs is paid, 0.24, and earns nothing back, as getting rid of it would cost more; lifted and used
    it costs 0.216."""
    forms = (Form(form="powder", position=2, holds="elements", disposal_usd_per_t=2000.0),)
    for needed, cost, back in (((), 0.24, 0.0), ((demand(),), 0.216, 0.024)):
        answer = base(sharing(line={"min_t_per_yr": (12.0,)}, demands=needed, forms=forms))
        assert (answer.cost, answer.total("rebate_usd_m")) == pytest.approx((cost, back))


def test_a_rebate_is_discounted_with_its_year() -> None:
    """At 10 % from the first day: 0.012 + 0.012 / 1.1 come back, as the liftings are paid."""
    answer = base(sharing(settings=settings(discount_rate_pct=10.0, discounting="start")))
    assert answer.cost == pytest.approx((0.12 - 0.012) * (1 + 1 / 1.1))


def test_the_cap_counts_by_contract_year() -> None:
    """Delivering since July 2026 with the trigger passed in the second calendar year only: settled by calendar year 0.004 of 0.012 come
    back; by contract year each half of 2028 has 0.002 of its own year's cap, and the year from July 2028 none left over: the cap of
    two contract years, of which six months each lie in the plan, gives 0.004 + 0.002."""
    dear = (Price(index="index", material="alpha", form="powder", usd_per_kg=8.0, growth_pct_per_yr=25.0),)
    half = settings(coarse_period_months=6)
    old = {"first_delivery": Month(2026, 7), "tenor_years": 3}
    for how, back in (("calendar year", 0.004), ("contract year", 0.006)):
        changed = sharing(
            {**old, "settled": how}, {"upside_cap_usd_m_per_yr": 0.004}, prices=dear, sources=case().sources[:1], settings=half
        )
        assert base(changed).total("rebate_usd_m") == pytest.approx(back), how


def test_a_recourse_earns_nothing_back() -> None:
    """In a cut-off the window is paid at the full price: the recourse has no rebate."""
    model = crisis(sharing(cutoffs=(cutoff(countries=("nowhere",)),)), 12)
    assert len(model.operation.REBATES) == 0
    assert len(base_plan(Study(sharing())).operation.REBATES) == 2


def test_rows_say_what_came_back() -> None:
    """12 t lifted in the first year entitle to 0.012; the cap of 0.005 is what comes back."""
    study = Study(sharing(line={"upside_cap_usd_m_per_yr": 0.005}))
    values = {"lifted_t": {("offtake", "trade", 0): 12.0}, "rebate_usd_m": {("offtake", "trade", 2027): 0.005}}
    (row,) = read_rebates(Run(study), values)
    assert (row.year, row.lifted_t, row.entitled_usd_m, row.cap_usd_m, row.rebate_usd_m) == pytest.approx((2027, 12, 0.012, 0.005, 0.005))
