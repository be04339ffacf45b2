"""L1 lift_no_more_than_the_right and L2 lift_or_pay_the_minimum; K1 signed_at_most_once and K2 one_contract_of_a_group.

The contract is on alpha: 12 t a year at half the market's 10 USD/kg, for two years, with a minimum of 6 t a year.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, bounds, case, crisis, cutoff, demand, equations, missing_t, optimum, settings, source

from models.build import base_plan
from models.case import Assumption, Case, Contract, ContractLine
from models.columns import Month
from models.run import Study


def contracted(
    offer: dict[str, Any] | None = None, line: dict[str, Any] | None = None, others: tuple[str, ...] = (), **sheets: Any
) -> Case:
    """``others`` names further contracts of the same terms."""
    terms: dict[str, Any] = {"status": "on offer", "tenor_years": 2, **(offer or {})}
    gives: dict[str, Any] = {"source": "trade", "min_t_per_yr": 6.0, "max_t_per_yr": 12.0, "price_index": "index", "discount_pct": 50.0}
    names = ("offtake", *others)
    return case(
        contracts=tuple(Contract(contract=c, **terms) for c in names),
        contract_lines=tuple(ContractLine(contract=c, **{**gives, **(line or {})}) for c in names),
        **sheets,
    )


def test_rights_printed() -> None:
    """L1 by slot: 12 t a year by either signature once it delivers."""
    assert equations(base_plan(Study(contracted())), "lift_no_more_than_the_right") == [
        "lifted_t[offtake, trade, 0] <= 12 signed[offtake, 0]",
        "lifted_t[offtake, trade, 12] <= 12 signed[offtake, 0] + 12 signed[offtake, 12]",
    ]


def test_minimums_printed() -> None:
    """L2 by calendar year; in force already, the minimum is a number and L1 is a bound."""
    assert equations(base_plan(Study(contracted())), "lift_or_pay_the_minimum") == [
        "6 signed[offtake, 0] <= unlifted_t[offtake, trade, 2027] + lifted_t[offtake, trade, 0]",
        "6 signed[offtake, 0] + 6 signed[offtake, 12] <= unlifted_t[offtake, trade, 2028] + lifted_t[offtake, trade, 12]",
    ]
    in_force = base_plan(Study(contracted({"status": "in force"})))
    assert equations(in_force, "lift_or_pay_the_minimum") == [
        "unlifted_t[offtake, trade, 2027] + lifted_t[offtake, trade, 0] >= 6",
        "unlifted_t[offtake, trade, 2028] + lifted_t[offtake, trade, 12] >= 6",
    ]
    assert equations(in_force, "lift_no_more_than_the_right") == []


def test_a_contract_is_signed_once_printed() -> None:
    """K1 over the dates of each contract, K2 over all of a group; without a group there is no K2."""
    model = base_plan(Study(contracted({"exclusive_group": "one"}, others=("second",))))
    assert equations(model, "signed_at_most_once") == [
        "signed[offtake, 0] + signed[offtake, 12] <= 1",
        "signed[second, 0] + signed[second, 12] <= 1",
    ]
    assert equations(model, "one_contract_of_a_group") == [
        "signed[offtake, 0] + signed[offtake, 12] + signed[second, 0] + signed[second, 12] <= 1"
    ]
    assert equations(base_plan(Study(contracted())), "one_contract_of_a_group") == []


def test_nothing_is_lifted_without_a_signature() -> None:
    """24 t at 5 USD/kg cost 0.12 when signed; an offer whose prepayment is not worth it is declined and all is bought: 0.24."""
    signed, declined = base(contracted()), base(contracted({"upfront_usd_m": 1.0}))
    assert (signed.cost, signed.total("lifted_t"), signed.value("signed", "offtake", 0)) == pytest.approx((0.12, 24, 1))
    assert (declined.cost, declined.total("lifted_t"), declined.total("signed")) == pytest.approx((0.24, 0, 0))


def test_a_minimum_is_paid_not_received() -> None:
    """In force with 6 t a year at 5 USD/kg while nobody needs any: nothing is lifted or disposed of, 12 t are paid, 0.06; at a
    take-or-pay share of half 0.03; without a minimum 0."""
    for offer, line, cost in (({}, {}, 0.06), ({"take_or_pay_share": 0.5}, {}, 0.03), ({}, {"min_t_per_yr": 0.0}, 0.0)):
        answer = base(contracted({"status": "in force", **offer}, line, demands=()))
        assert answer.cost == pytest.approx(cost)
        assert answer.total("lifted_t") == pytest.approx(0)


def test_the_minimum_is_settled_by_calendar_year() -> None:
    """Of 18 t a year at a minimum of 18 t, 12 t are lifted and 6 t paid each year; needs of 18 t leave nothing to pay."""
    for needed, unlifted in ((12.0, 12.0), (18.0, 0.0)):
        changed = contracted({"status": "in force"}, {"min_t_per_yr": 18.0, "max_t_per_yr": 18.0}, demands=(demand(t_per_yr=needed),))
        answer = base(changed)
        assert answer.total("unlifted_t") == pytest.approx(unlifted)
        assert answer.total("lifted_t") == pytest.approx(2 * needed)


def test_only_one_of_a_group() -> None:
    """24 t a year are needed: two contracts of 12 t give all at 5 USD/kg, 0.24; of a group one does and 12 t a year are bought: 0.36."""
    for group, cost in (("", 0.24), ("one", 0.36)):
        changed = contracted({"exclusive_group": group}, others=("second",), demands=(demand(t_per_yr=24.0),))
        assert base(changed).cost == pytest.approx(cost)


def test_a_lead_time_delays_delivery() -> None:
    """Signed in month 0 with 12 months' lead nothing is lifted in the first year: 0.12 + 0.06 = 0.18 instead of 0.12."""
    delayed = base(contracted({"lead_months": 12}))
    assert delayed.cost == pytest.approx(0.18)
    assert delayed.total("lifted_t") == pytest.approx(12)


def test_an_expired_contract_is_gone() -> None:
    """Expired, it neither delivers nor obliges: 0.24, as without; in force 0.12."""
    assert base(contracted({"status": "expired"})).cost == pytest.approx(0.24)
    assert base(contracted({"status": "in force"})).cost == pytest.approx(0.12)


def test_a_contract_signed_before_serves_in_a_cut_elsewhere() -> None:
    """Market cut, contract's source in another country: signed 1 t a month is lifted and nothing is missing; not signed, 3 t are."""
    safe = source(countries=("elsewhere",), spot_share=0.0)
    changed = contracted(sources=(safe,), cutoffs=(cutoff(),))
    assert missing_t(crisis(changed, 12, signed={("offtake", 0): 1.0})) == pytest.approx(0)
    assert missing_t(crisis(changed, 12)) == pytest.approx(3)


def test_force_majeure_excuses_what_the_cut_takes() -> None:
    """Half is left for three months of a minimum of 0.5 t a month that nobody needs: 0.75 t are paid at 5 USD/kg, 0.00375; without
    force majeure all 1.5 t, 0.0075; where the seller is not hit all of it too."""
    for fm, hit, due, cost in ((True, "abroad", 0.75, 0.00375), (False, "abroad", 1.5, 0.0075), (True, "elsewhere", 1.5, 0.0075)):
        cut = cutoff(countries=(hit,), severity=0.5)
        changed = contracted({"status": "in force", "force_majeure": fm}, demands=(), cutoffs=(cut,))
        model = crisis(changed, 12)
        lifted = " + ".join(f"lifted_t[offtake, trade, {m}]" for m in (12, 13, 14))
        assert equations(model, "lift_or_pay_the_minimum") == [f"{lifted} + unlifted_t[offtake, trade, 2028] >= {due:g}"]
        assert optimum(model).cost == pytest.approx(cost)


def test_the_minimum_of_a_window_hangs_on_the_signature() -> None:
    """An offer signed before the cut owes 1.5 t in its three months, one that was not signed nothing."""
    changed = contracted(demands=(), cutoffs=(cutoff(countries=("elsewhere",)),))
    assert optimum(crisis(changed, 12, signed={("offtake", 0): 1.0})).total("unlifted_t") == pytest.approx(1.5)
    assert optimum(crisis(changed, 12)).total("unlifted_t") == pytest.approx(0)


def test_minimum_and_maximum_by_contract_year() -> None:
    """Signed in month 0, 6 t at most and 4 t at least in the first contract year, then 12 and 8; signed in month 12 its first year is
    2028. 18 t lifted at 5 USD/kg and 6 t bought cost 0.15; with 12 t in both years 0.12."""
    growing = contracted(line={"min_t_per_yr": (4.0, 8.0), "max_t_per_yr": (6.0, 12.0)})
    model = base_plan(Study(growing))
    assert equations(model, "lift_no_more_than_the_right") == [
        "lifted_t[offtake, trade, 0] <= 6 signed[offtake, 0]",
        "lifted_t[offtake, trade, 12] <= 12 signed[offtake, 0] + 6 signed[offtake, 12]",
    ]
    assert equations(model, "lift_or_pay_the_minimum") == [
        "4 signed[offtake, 0] <= unlifted_t[offtake, trade, 2027] + lifted_t[offtake, trade, 0]",
        "8 signed[offtake, 0] + 4 signed[offtake, 12] <= unlifted_t[offtake, trade, 2028] + lifted_t[offtake, trade, 12]",
    ]
    assert (base(growing).cost, base(contracted()).cost) == pytest.approx((0.15, 0.12))


def test_settlement_by_contract_year() -> None:
    """Delivering since July 2026 at a minimum of 12 t a year, with needs of 3, 3, 9 and 9 t by half-year: calendar years want 12 t each,
    so 6 t are paid without lifting, 0.15 in all; the contract years want 6, 12 and 6 t of 3, 3 + 9 and 9 t: 3 t are paid,
    0.135."""
    profile = tuple(Assumption(assumption="needs", value=v, year=y) for y, v in ((2027, 0.5), (2028, 1.5)))
    needs = (demand(profile="needs"),)
    old: dict[str, Any] = {"status": "in force", "first_delivery": Month(2026, 7), "tenor_years": 3}
    half = settings(coarse_period_months=6)
    found = {}
    for how in ("calendar year", "contract year"):
        changed = contracted(
            {**old, "settled": how}, {"min_t_per_yr": 12.0, "max_t_per_yr": 24.0}, demands=needs, assumptions=profile, settings=half
        )
        answer = base(changed)
        found[how] = (answer.total("unlifted_t"), answer.cost)
    assert found["calendar year"] == pytest.approx((6, 0.15))
    assert found["contract year"] == pytest.approx((3, 0.135))


def test_optional_tonnes_come_after_their_notice() -> None:
    """Of 1 t a month 6 t a year are optional with two months' notice: in a cut elsewhere 0.5, 0.5 and 1 t can be lifted; with no notice
    1 t each; so of three months' need of 3 t 1 t is missing, or none."""
    for notice, limits, missing in ((2, [0.5, 0.5, 1.0], 1.0), (0, [1.0, 1.0, 1.0], 0.0)):
        safe = source(countries=("elsewhere",), spot_share=0.0)
        changed = contracted(
            {"status": "in force", "call_notice_months": notice}, {"optional_t_per_yr": 6.0}, sources=(safe,), cutoffs=(cutoff(),)
        )
        model = crisis(changed, 12)
        assert [high for _, high in bounds(model, "lifted_t").values()] == pytest.approx(limits)
        assert missing_t(model) == pytest.approx(missing)
    assert base(changed).total("lifted_t") == pytest.approx(24)
