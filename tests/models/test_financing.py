"""K24 finance_what_is_signed, what financing costs and what it buys.

The contract is on alpha at half the market's 10 USD/kg, 6 t a year for two years of the 12 t a year that are needed.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, crisis, cutoff, equations, missing_t, settings, source

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Financing
from models.financing import net_usd_m
from models.horizon import Horizon
from models.read_deals import read_financed
from models.run import Study

PLAIN: dict[str, Any] = {"financing": "stake", "contract": "offtake", "kind": "equity", "usd_m": 0.02, "years": 2}


def financed(*rows: dict[str, Any], line: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """The contract, to be signed in month 0, with some financings."""
    gives = {"source": "trade", "max_t_per_yr": (6.0,), "price_index": "index", "discount_pct": 50.0, **(line or {})}
    return case(
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=2),),
        contract_lines=(ContractLine(contract="offtake", **gives),),
        financings=tuple(Financing(**{**PLAIN, **row}) for row in rows),
        **sheets,
    )


def test_financing_printed() -> None:
    """Optional money has a decision at each signature, and 6 t a year more are had with it; what goes with the signature widens it."""
    optional = base_plan(Study(financed({"optional": True, "source": "trade", "extra_max_t_per_yr": 6.0})))
    assert equations(optional, "finance_what_is_signed") == [
        "financed[stake, 0] <= signed[offtake, 0]",
        "financed[stake, 12] <= signed[offtake, 12]",
    ]
    assert equations(optional, "lift_no_more_than_the_right") == [
        "lifted_t[offtake, trade, 0] <= 6 signed[offtake, 0] + 6 financed[stake, 0]",
        "lifted_t[offtake, trade, 12] <= 6 signed[offtake, 0] + 6 signed[offtake, 12] + 6 financed[stake, 0] + 6 financed[stake, 12]",
    ]
    bound = base_plan(Study(financed({"source": "trade", "extra_max_t_per_yr": 6.0})))
    assert equations(bound, "finance_what_is_signed") == []
    assert equations(bound, "lift_no_more_than_the_right")[0] == "lifted_t[offtake, trade, 0] <= 12 signed[offtake, 0]"


@pytest.mark.parametrize(
    ("terms", "net"),
    [
        ({"kind": "equity", "resale_share": 0.0}, 100),
        ({"kind": "equity", "resale_share": 0.605}, 50),
        ({"kind": "loan", "interest_pct_per_yr": 10.0}, 0),
        ({"kind": "loan"}, 100 - 50 / 1.1 - 50 / 1.21),
        ({"kind": "prepayment"}, 100 - 50 / 1.1**1.5 - 50 / 1.1**2.5),
    ],
)
def test_net_cost(terms: dict[str, Any], net: float) -> None:
    """At 10 %, 100 million over two years from signature, delivery a year later: equity costs all of it, half where 60.5 % come
    back after two years; a loan at 10 % costs nothing, one without interest what waiting costs; a prepayment is credited in
    the middle of each year of delivery."""
    horizon = Horizon(case(settings=settings(discount_rate_pct=10.0)))
    row = Financing(**{**PLAIN, "usd_m": 100.0, **terms})
    assert net_usd_m(horizon, row, 0, 12) == pytest.approx(net)


@pytest.mark.parametrize(
    ("rows", "cost"),
    [
        ((), 0.18),
        (({},), 0.2),
        (({"resale_share": 0.5},), 0.19),
        (({"kind": "loan"},), 0.18),
        (({"usd_m": 0.07},), 0.24),
        (({"source": "trade", "extra_max_t_per_yr": 6.0},), 0.14),
        (({"optional": True, "source": "trade", "extra_max_t_per_yr": 6.0},), 0.14),
        (({"optional": True, "source": "trade", "extra_max_t_per_yr": 2.0},), 0.18),
    ],
)
def test_what_financing_costs_and_buys(rows: tuple[dict[str, Any], ...], cost: float) -> None:
    """12 t at 5 and 12 t at 10 USD/kg: 0.18. Equity of 0.02 with the signature 0.2, 0.19 if half of it is got back, 0.18 as a loan without
    interest at no discount; 0.07 is more than the contract saves: not signed, 0.24. 12 t more at 5 USD/kg save 0.06 for 0.02:
    0.14, optional or not; 4 t more save 0.02 and need not be taken."""
    assert base(financed(*rows)).cost == pytest.approx(cost)


def test_the_annuity_follows_the_tenor() -> None:
    """At 10 % from the first day 0.02 is charged as an annuity over two years: as much as a prepayment of 0.02 is."""
    dear = settings(discount_rate_pct=10.0, discounting="start")
    with_row = base(financed({}, settings=dear)).cost
    plain = financed(settings=dear)
    (contract,) = plain.contracts
    paid = type(contract)(**{**vars(contract), "upfront_usd_m": 0.02})
    assert with_row == pytest.approx(base(type(plain)(**{**vars(plain), "contracts": (paid,)})).cost)


def test_what_was_bought_serves_in_a_cut() -> None:
    """Cut elsewhere, 1 t a month needed, 0.5 t a month of it by contract: 1.5 t are missing; with the money put up before nothing is."""
    row = {"optional": True, "source": "safe", "extra_max_t_per_yr": 6.0}
    safe = source("safe", countries=("elsewhere",), spot_share=0.0)
    changed = financed(row, line={"source": "safe"}, sources=(source(), safe), cutoffs=(cutoff(),))
    for put_up, missing in ((0.0, 1.5), (1.0, 0.0)):
        model = crisis(changed, 12, signed={("offtake", 0): 1.0})
        model.financed["stake", 0].fix(put_up)
        assert missing_t(model) == pytest.approx(missing)


def test_rows_of_financing() -> None:
    """What is put up, when, and what is left of it after what comes back."""
    study = Study(financed({"resale_share": 0.5, "optional": True, "source": "trade", "extra_max_t_per_yr": 6.0}))
    (row,) = read_financed(study, {"signed": {("offtake", 0): 1.0}, "financed": {("stake", 0): 1.0}})
    assert (row.decided, row.usd_m, row.net_usd_m, row.extra_max_t_per_yr) == pytest.approx((True, 0.02, 0.01, 6.0))
    assert read_financed(study, {"signed": {("offtake", 0): 1.0}}) == ()
