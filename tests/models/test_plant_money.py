"""When the capital of a plant is spent, and what that makes it cost."""

from __future__ import annotations

import pytest
from small_cases import base, change, settings
from smelters import candidate, smelter, smelting

from models.case import Plant
from models.run import Study
from models.spending import capitalised, payments, spend_profile
from optimizer.audit import audit
from optimizer.solve import solve


def profile(months: int, *spend_pct: float) -> tuple[float, ...]:
    return spend_profile(candidate(build_months=months, spend_pct=spend_pct))


def test_spend_profile() -> None:
    """14 months: 30 % over the first twelve, 70 % over the last two; a third year that has no share gets nothing; blank: evenly."""
    assert profile(14, 30.0, 70.0) == pytest.approx((0.025,) * 12 + (0.35,) * 2)
    assert profile(30, 50.0, 50.0)[24:] == (0.0,) * 6
    assert profile(4) == (0.25,) * 4
    assert profile(0) == ()
    for months, shares in ((14, (30.0, 70.0)), (30, (50.0, 50.0)), (4, ()), (36, (20.0, 50.0, 30.0))):
        assert sum(profile(months, *shares)) == pytest.approx(1)


def test_months_of_spending() -> None:
    """Decided in month 6, permit 3 months: what is spent in the two months of building is spent in months 9 and 10; without
    building time all in the first month of operation, month 9."""
    study = Study(smelting())
    assert payments(study, candidate(permit_months=3, build_months=2), 6 + 3 + 2) == ((9, 0.5), (10, 0.5))
    assert payments(study, candidate(permit_months=3), 6 + 3) == ((9, 1.0),)


def built(**changes: object) -> Plant:
    return candidate(capex_usd_m=2.0, build_months=24, life_years=2, **changes)


LATER = {"settings": settings(discount_rate_pct=21.0, horizon_months=36)}


def test_spending_early_costs_interest() -> None:
    """Two years of building at 21 %: spent in the first year the capital is worth 1.21 times as much as spent in the second; the
    annuity of 2 million over two years, 1.3249774, is discounted by 1.21^2.5 from the third year: 0.906339 late against 1.096670
    early, and 1.001504 evenly."""
    costs = {}
    for name, spend_pct in (("early", (100.0,)), ("late", (0.0, 100.0)), ("evenly", ())):
        answer = base(smelting(built(spend_pct=spend_pct), **LATER))
        costs[name] = answer.cost - base(smelting(change(built(), capex_usd_m=0.0), **LATER)).cost
        study = Study(smelting(built(spend_pct=spend_pct), **LATER))
        worth = capitalised(study, study.plants["smelter"], study.online(study.plants["smelter"], 0))
        assert costs[name] == pytest.approx(1.3249773756 * worth / 1.21**2.5)
    assert costs["early"] == pytest.approx(1.21 * costs["late"])
    assert [round(costs[name], 6) for name in ("late", "early", "evenly")] == [0.906339, 1.09667, 1.001504]


def test_variable_cost_counts_feed_or_output() -> None:
    """3 USD/kg at a recovery of 50 %, 6 t of bars out of 12 t of powder a year: 0.072 over two years on the feed, which the capacity
    counts; 0.036 on the output. The capacity of 12 t of feed stays."""
    costs = {}
    for basis in ("capacity", "feed", "output"):
        plant = {"recovery": 0.5, "cost_basis": basis}
        paid, free = (smelting(smelter(variable_opex_usd_per_kg=usd, **plant)) for usd in (3.0, 0.0))
        costs[basis] = base(paid).cost - base(free).cost
        assert base(paid).total("served_t") == pytest.approx(12)
        assert audit(paid, solve(paid)).findings == ()
    assert costs == pytest.approx({"capacity": 0.072, "feed": 0.072, "output": 0.036})
    counted = smelter(variable_opex_usd_per_kg=3.0, recovery=0.5, cost_basis="output")
    plan = solve(smelting(counted))
    assert "cost-term" in {finding.rule for finding in audit(smelting(change(counted, cost_basis="feed")), plan).findings}


def test_the_audit_agrees_on_the_capital() -> None:
    """A solved plan with a profile passes the audit; for a case that spends earlier it does not, by the capital cost alone."""
    changed = smelting(built(spend_pct=(30.0, 70.0)), **LATER)
    plan = solve(changed)
    assert audit(changed, plan).findings == ()
    earlier = smelting(built(spend_pct=(70.0, 30.0)), **LATER)
    assert {finding.rule for finding in audit(earlier, plan).findings} == {"cash", "cost-term", "cost-total"}
