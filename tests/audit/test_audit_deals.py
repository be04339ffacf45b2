"""The audit of what contracts settle: a solved plan passes, and each planted fault is found by its rule."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case as small_case
from small_cases import demand, settings

from models.case import (
    Assumption,
    Case,
    Contract,
    ContractLine,
    CutOff,
    Demand,
    Element,
    Financing,
    Form,
    Price,
    Settings,
    Source,
    Stock,
    VolumeDiscount,
)
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


def make_ups() -> Case:
    """Needs of 2 t and then 12 t, of a minimum of 8 t a year that may be made up; a month may lift half as much again."""
    needs = (Assumption(assumption="needs", value=1 / 6, year=2027), Assumption(assumption="needs", value=1.0, year=2028))
    wanted = dataclasses.replace(case({}, {}).demands[0], profile="needs")
    forms = (Form(form="powder", position=2, holds="elements", disposal_usd_per_t=11_000.0),)
    terms = {"min_t_per_yr": (8.0,), "max_t_per_yr": (12.0,), "make_up_years": 1, "make_up_cap_t": 3.0, "monthly_flexibility": 1.5}
    return case({}, {**terms, "make_up_price_share": 0.25}, assumptions=needs, demands=(wanted,), forms=forms)


def test_make_ups_pass() -> None:
    """3 t under the cap are paid in 2027 and lifted in 2028."""
    (row,) = solved(make_ups()).make_ups
    assert (row.paid_year, row.year, row.made_up_t) == pytest.approx((2027, 2028, 3))


@pytest.mark.parametrize(
    ("table", "new", "rule"),
    [
        ("make_ups", {"made_up_t": 3.1}, "make-up"),
        ("make_ups", {"made_up_t": 2.5}, "cost-term"),
        ("make_ups", {"paid_year": 2028}, "make-up"),
        ("make_ups", {"credit_usd_per_kg": 9.0}, "stated-figures"),
        ("make_ups", {"year": 2033}, "names"),
        ("unlifted", {"unlifted_t": 7.0}, "make-up"),
        ("unlifted", {"unlifted_t": 5.0}, "take-or-pay"),
        ("lifted", {"lifted_t": 13.0}, "line-year"),
    ],
)
def test_faults_of_make_ups_are_found(table: str, new: dict[str, Any], rule: str) -> None:
    """Credit that was not paid, is too old, exceeds its cap or is booked wrong; and a year beyond its maximum."""
    checked = make_ups()
    assert rule in broken(checked, solved(checked), table, **new)


def test_a_window_is_settled() -> None:
    """In a cut-off elsewhere a minimum of 12 t a year is owed month by month; a window that pays less, or a contract year that is
    exceeded with what was lifted before, is found."""
    cut = CutOff(cutoff="cut", countries=("elsewhere",), severity=1.0, months=3, first_start=Month(2027, 7))
    far = Source(source="far", countries=("elsewhere",), material="alpha", form="powder", max_t_per_yr=1.0, price_index="index")
    line = {"min_t_per_yr": (24.0,), "max_t_per_yr": (24.0,), "monthly_flexibility": 2.0}
    plain = case({"force_majeure": False}, line)
    checked = dataclasses.replace(plain, cutoffs=(cut,), sources=(*plain.sources, far))
    plan = solved(checked)
    at, row = next((n, row) for n, row in enumerate(plan.unlifted) if row.run == "cut@2027-07")
    assert (row.minimum_t, row.lifted_t + row.unlifted_t) == pytest.approx((6, 6))
    assert {"take-or-pay", "recourse-cost"} <= broken(checked, plan, "unlifted", at, unlifted_t=row.unlifted_t - 1)
    at = next(n for n, row in enumerate(plan.lifted) if row.run == "cut@2027-07")
    assert "line-year" in broken(checked, plan, "lifted", at, lifted_t=25.0)


def links() -> Case:
    """A contract for a year, its extension with three months' notice, and one that requires the first and excludes a third."""
    plain = case({"status": "on offer", "tenor_years": 1}, {"max_t_per_yr": (6.0,), "discount_pct": 50.0})
    first, line = plain.contracts[0], plain.contract_lines[0]
    more = (
        dataclasses.replace(first, contract="extension", extends="offtake", lead_months=3),
        dataclasses.replace(first, contract="expansion", requires=("offtake",), excludes=("third",), sign_to=Month(2027, 1)),
        dataclasses.replace(first, contract="third", upfront_usd_m=1.0),
    )
    lines = tuple(dataclasses.replace(line, contract=row.contract) for row in (first, *more))
    return dataclasses.replace(plain, contracts=(first, *more), contract_lines=lines)


def test_links_pass_and_their_faults_are_found() -> None:
    """Contract, extension and expansion are signed; without the first, or with the excluded one, or at another date, it is found."""
    checked = links()
    plan = solved(checked)
    assert [row.contract for row in plan.signatures] == ["offtake", "extension", "expansion"]
    moved = dataclasses.replace(plan, signatures=plan.signatures[1:])
    assert "linked-contracts" in {finding.rule for finding in audit(checked, moved).findings}
    assert "linked-contracts" in broken(checked, plan, "signatures", 1, signed=Month(2027, 9))
    third = dataclasses.replace(plan.signatures[0], contract="third")
    beside = dataclasses.replace(plan, signatures=(*plan.signatures, third))
    assert "linked-contracts" in {finding.rule for finding in audit(checked, beside).findings}


def financings() -> Case:
    """An offer with a loan that goes with it, and a stake that doubles its line."""
    plain = case({"status": "on offer", "lead_months": 6}, {"max_t_per_yr": (6.0,), "discount_pct": 50.0})
    loan = Financing(financing="loan", contract="offtake", kind="loan", usd_m=0.01, interest_pct_per_yr=3.0, years=3)
    stake = Financing(
        financing="stake",
        contract="offtake",
        kind="equity",
        usd_m=0.01,
        years=4,
        resale_share=0.5,
        optional=True,
        source="mine",
        extra_max_t_per_yr=6.0,
    )
    credit = dataclasses.replace(loan, financing="credit", kind="prepayment", interest_pct_per_yr=0.0)
    return dataclasses.replace(plain, financings=(loan, stake, credit))


def test_financings_pass_and_their_faults_are_found() -> None:
    """Model and audit agree on net cost and extra right; left out, booked wrong or put up without a contract, they are found."""
    checked = financings()
    plan = solved(checked)
    assert [(row.financing, row.decided) for row in plan.financed] == [("loan", False), ("stake", True), ("credit", False)]
    assert "financing" in broken(checked, plan, "financed", 0, net_usd_m=0.0)
    assert "financing" in broken(checked, plan, "financed", 1, signed=Month(2027, 2))
    assert "names" in broken(checked, plan, "financed", 1, financing="other")
    without = dataclasses.replace(plan, financed=plan.financed[::2])
    assert {"line-limit", "cost-term"} <= {finding.rule for finding in audit(checked, without).findings}
    unsigned = dataclasses.replace(plan, financed=plan.financed[1:])
    assert {"financing", "cost-term"} <= {finding.rule for finding in audit(checked, unsigned).findings}


def test_discounts_pass_and_their_faults_are_found() -> None:
    """Two steps in two years; more tonnes than lie above a step, another step or another saving are found."""
    steps = tuple(VolumeDiscount(contract="offtake", source="mine", from_t_per_yr=t, discount_pct=p) for t, p in ((4.0, 10.0), (8.0, 50.0)))
    checked = dataclasses.replace(case({}, {"max_t_per_yr": (12.0,)}), volume_discounts=steps)
    plan = solved(checked)
    assert [(row.year, row.from_t) for row in plan.discounted] == [(2027, 4), (2027, 8), (2028, 4), (2028, 8)]
    assert {"volume-discount", "cost-term"} <= broken(checked, plan, "discounted", discounted_t=4.5)
    assert "names" in broken(checked, plan, "discounted", from_t=5.0)
    assert "stated-figures" in broken(checked, plan, "discounted", 1, saving_usd_per_kg=6.0)


def test_priority_passes_and_its_faults_are_found() -> None:
    """A line that is served first lifts half its right of 1 t a month while a quarter of the source is left, and owes half its minimum. A
    right claimed whole, another minimum, or the plan of a line without priority is found.
    """
    cut = CutOff(cutoff="embargo", countries=("abroad",), severity=0.75, months=2, return_months=1, first_start=Month(2028, 1))
    store = Stock(store="store", material="alpha", form="powder", opening_t=1.2)
    ordinary = case({"tenor_years": 5}, {"max_t_per_yr": (12.0,), "min_t_per_yr": (6.0,)}, cutoffs=(cut,), stocks=(store,))
    lines = tuple(dataclasses.replace(line, priority=True) for line in ordinary.contract_lines)
    sources = (ordinary.sources[0], dataclasses.replace(ordinary.sources[1], countries=("elsewhere",), normal_t_per_yr=2.4))
    checked = dataclasses.replace(ordinary, contract_lines=lines, sources=sources)
    plan = solved(checked)
    rows = {(row.run, str(row.period)): n for n, row in enumerate(plan.lifted)}
    at = rows["embargo@2028-01", "2028-01"]
    assert plan.lifted[at].limit_t == pytest.approx(0.5)
    assert "line-limit" in broken(checked, plan, "lifted", at, lifted_t=0.75)
    assert "stated-figures" in broken(checked, plan, "lifted", at, limit_t=1.0)
    owed = next(n for n, row in enumerate(plan.unlifted) if row.run == "embargo@2028-01")
    assert plan.unlifted[owed].minimum_t == pytest.approx(2 * 0.25 + 0.5)
    assert "stated-figures" in broken(checked, plan, "unlifted", owed, minimum_t=0.375)
    without = dataclasses.replace(checked, contract_lines=ordinary.contract_lines)
    assert {"line-limit", "stated-figures"} <= {finding.rule for finding in audit(without, plan).findings}


def test_an_extension_alone_needs_no_decision_date() -> None:
    """A contract in force that ends in the plan is extended, and nothing else is decided: the rule on decision dates has nothing to
    compare, and the plan passes."""
    plain = small_case(
        settings=settings(horizon_months=36),
        demands=(demand(rationing="no"),),
        contracts=(
            Contract(contract="old", status="in force", tenor_years=1, first_delivery=Month(2027, 1)),
            Contract(contract="further", status="on offer", tenor_years=2, extends="old"),
        ),
        contract_lines=tuple(
            ContractLine(contract=name, source="trade", max_t_per_yr=(12.0,), fixed_usd_per_kg=5.0) for name in ("old", "further")
        ),
    )
    plan = solve(plain, SolveOptions())
    assert [row.contract for row in plan.signatures if row.decided] == ["further"]
    assert [str(finding) for finding in audit(plain, plan).findings] == []
