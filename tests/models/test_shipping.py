"""Shipping: orders that arrive later, and cargo at sea as state. Alpha ships for three months unless a test says otherwise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, case, crisis, cutoff, demand, equations, least_cost, missing_t, settings, source, stock

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Sale
from models.plan import Plan
from models.run import Run, Study
from models.survival import Pattern
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve


def shipped(**changes: Any) -> Case:
    """Alpha from overseas alone, three months away; nothing at sea on the first day."""
    return case(sources=(source(**{"shipping_months": 3.0, "at_sea_t": 0.0, **changes}),))


def survivor(cargo_at_sea: float = 1.0, **changes: Any) -> Case:
    """A cut of three months must be survived from 2028 on; at most 16 t a year can be bought, and 6 t are at sea on the first day."""
    plain = {"max_t_per_yr": 16.0, "shipping_months": 3.0, "at_sea_t": 6.0, **changes}
    return dataclasses.replace(
        case(),
        settings=settings(relative_gap_pct=0.0),
        sources=(source(**plain),),
        demands=(demand(rationing="no"),),
        stocks=(stock(),),
        cutoffs=(cutoff(cargo_at_sea=cargo_at_sea),),
    )


def test_arrivals_printed() -> None:
    """Of a year's order three quarters arrive in that year and one in the next, of the last year's the last is lost; a delay of half
    a month moves half of each month's flow into the next, and one of 14 months skips a year."""
    assert equations(base_plan(Study(shipped())), "nothing_appears_or_vanishes") == [
        "0.75 bought_t[trade, 0] = served_t[makers, alpha, powder, 0] + disposed_t[alpha, powder, 0]",
        "0.25 bought_t[trade, 0] + 0.75 bought_t[trade, 12] = served_t[makers, alpha, powder, 12] + disposed_t[alpha, powder, 12]",
    ]
    monthly = dataclasses.replace(shipped(shipping_months=0.5), settings=settings(horizon_months=2, fine_months=2))
    assert equations(base_plan(Study(monthly)), "nothing_appears_or_vanishes")[1].startswith(
        "0.5 bought_t[trade, 0] + 0.5 bought_t[trade, 1] ="
    )
    far = Study(shipped(shipping_months=14.0))
    assert equations(base_plan(far), "nothing_appears_or_vanishes")[1].startswith("0.833333 bought_t[trade, 0] =")


def test_what_is_ordered_is_paid_when_ordered() -> None:
    """12 t a year are needed at 10 USD/kg. Near: 0.24 million USD. Three months away with nothing at sea 16 t and 10.667 t must be
    ordered: 0.26667. With the normal flow of 24 t a year at sea, 6 t, 8 t and 13.333 t: 0.21333."""
    assert base(case(sources=(source(),))).cost == pytest.approx(0.24)
    assert base(shipped()).cost == pytest.approx(0.8 / 3)
    assert base(shipped(at_sea_t=None)).cost == pytest.approx(0.64 / 3)


def test_what_is_at_sea_on_the_first_day() -> None:
    """Blank: a term source's normal monthly flow of 2 t for three months, of its share that needs no contract; a spot market's none."""

    def opening(**changes: Any) -> float:
        study = Study(shipped(**{"at_sea_t": None, "normal_t_per_yr": 24.0, "max_t_per_yr": 99.0, **changes}))
        return study.opening_cargo_t(study.sources["trade"])

    assert opening() == pytest.approx(6)
    assert opening(spot_share=0.5) == pytest.approx(3)
    assert opening(kind="spot") == 0
    assert opening(kind="spot", at_sea_t=2.5) == 2.5


def test_the_window_waits_for_what_was_cut() -> None:
    """Three months of cut and two of return are five; six with a source that is half a month away, and nothing more where the source
    that ships is not cut."""
    cut = cutoff(return_months=2)
    for changes, months in (({}, 5), ({"shipping_months": 0.5}, 6), ({"shipping_months": 3.0}, 8), ({"countries": ("home",)}, 5)):
        study = Study(case(sources=(source(**{"shipping_months": 0.0, **changes}),), cutoffs=(cut,)))
        assert study.window(cut) == months
        assert study.padding == months


def test_cargo_at_sea_is_handed_over() -> None:
    """A cut in January 2028 finds a quarter of 2027's order at sea, a twelfth for each of the next three months; one on the first day
    the opening cargo."""
    far = dataclasses.replace(survivor(), demands=(demand(t_per_yr=0.0),))
    cargo = crisis(far, 12).operation.cargo
    assert {t: h for (_, _, t), h in cargo.items()} == {
        t: ({("operation.bought_t", ("trade", 0)): pytest.approx(1 / 12)}, 0.0) for t in (12, 13, 14)
    }
    assert {t: h for (_, _, t), h in crisis(far, 0).operation.cargo.items()} == {t: ({}, pytest.approx(2)) for t in (0, 1, 2)}


def test_cargo_is_interpolated_within_a_period() -> None:
    """A cut after eight of twelve months finds a third of what is at sea on the first day and two thirds of what is at sea at the
    year's end, so that stocks and cargo together are what was ordered: 6/3 t, and 2/3 x 3/12 of the year's order."""
    cargo = crisis(survivor(), 8).operation.cargo.values()
    assert sum(h.constant for h in cargo) == pytest.approx(2)
    assert sum(w for h in cargo for w in h.weights.values()) == pytest.approx(1 / 6)


def test_what_a_recourse_orders_too_late_is_lost_to_it() -> None:
    """Cut for three months, overseas three months away: six months of 1 t are needed. With nothing at sea 6 t are missing, with 2 t in
    each of the first three months 0 t; near, without shipping, 3 t."""
    none = survivor(cargo_at_sea=0.0)
    assert missing_t(crisis(none, 12)) == pytest.approx(6)
    assert missing_t(crisis(survivor(at_sea_t=6.0), 0)) == pytest.approx(3 - 3 + 0, abs=1e-9)
    assert missing_t(crisis(survivor(shipping_months=0.0, at_sea_t=None), 12)) == pytest.approx(3)


def test_cargo_at_sea_counts_for_survival() -> None:
    """Near: 3 t of stock, 0.27 million USD. Overseas, 6 t at sea and paid: 30 t in all must come until the end of the last window; with
    the cargo that a cut finds 24 t are ordered, 0.24. Where none of it arrives 2.667 t more, 0.26667. The audit agrees."""
    assert least_cost(survivor(shipping_months=0.0, at_sea_t=None)) == pytest.approx(0.27)
    assert least_cost(survivor()) == pytest.approx(0.24)
    assert least_cost(survivor(0.0)) == pytest.approx(0.8 / 3)
    for cargo_at_sea in (1.0, 0.4, 0.0):
        changed = survivor(cargo_at_sea)
        plan = solve(changed, SolveOptions())
        assert plan.summary.cost_usd_m == pytest.approx(least_cost(changed))
        assert [str(f) for f in audit(changed, plan).findings] == []


def test_a_second_cut_finds_the_cargo_of_the_first_one_s_recourse() -> None:
    """Cut in January and February 2028 and again, from May on: what is ordered in March and April is due in June and July, and lost
    where no cargo arrives; orders before the first cut are lost once."""
    rows = (cutoff(months=2, then="again", then_after_months=4, cargo_at_sea=0.5), cutoff(cutoff="again", months=2, cargo_at_sea=0.0))
    study = Study(dataclasses.replace(survivor(), cutoffs=rows))
    run = Run(study, Pattern(rows[0], 12))
    assert [run.landed("", "trade", 11, t) for t in (12, 15, 16)] == [0.5, 0.5, 0.0]
    assert [run.landed("", "trade", t, t + 3) for t in (12, 13, 14, 15, 16)] == [1.0, 0.0, 0.0, 0.0, 1.0]


def test_liftings_arrive_later_and_may_be_sold() -> None:
    """A contract's 12 t of 2027 arrive to a quarter in 2028, where nothing is needed: sold at 8 USD/kg. Near, the 12 t sell in 2027. A
    cut in January 2028 is handed the contract's cargo, under its name."""
    contract = Contract(contract="deal", status="in force", tenor_years=1, take_or_pay_share=1.0)
    line = ContractLine(contract="deal", source="trade", min_t_per_yr=12.0, max_t_per_yr=12.0, fixed_usd_per_kg=10.0)
    sale = Sale(material="alpha", form="powder", usd_per_kg=8.0, max_t_per_yr=99.0)
    sheets: dict[str, Any] = {"contracts": (contract,), "contract_lines": (line,), "sales": (sale,), "demands": (demand(t_per_yr=0.0),)}
    near = base(case(sources=(source(spot_share=0.0),), **sheets))
    far = base(case(sources=(source(spot_share=0.0, shipping_months=3.0),), **sheets))
    assert [near.value("sold_t", "alpha", "powder", t) for t in (0, 12)] == pytest.approx([12, 0])
    assert [far.value("sold_t", "alpha", "powder", t) for t in (0, 12)] == pytest.approx([9, 3])
    cut = case(sources=(source(spot_share=0.0, shipping_months=3.0),), cutoffs=(cutoff(),), **sheets)
    assert set(crisis(cut, 12).operation.cargo) == {("deal", "trade", t) for t in (12, 13, 14)}
    asked = dataclasses.replace(cut, demands=(demand(t_per_yr=1.2, service_level=0.5),))
    assert [str(f) for f in audit(asked, solve(asked, SolveOptions())).findings] == []


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    changed = survivor()
    return changed, solve(changed, SolveOptions())


@pytest.mark.parametrize("field", ["arrived_t", "cargo_t"])
def test_the_audit_catches_arrivals_that_were_not_ordered(solved: tuple[Case, Plan], field: str) -> None:
    """A tonne more in one row of arrivals is found; so is an order that is taken away: its arrivals have no origin."""
    changed, plan = solved
    more = dataclasses.replace(plan.arrivals[0], **{field: getattr(plan.arrivals[0], field) + 1})
    rules = {f.rule for f in audit(changed, dataclasses.replace(plan, arrivals=(more, *plan.arrivals[1:]))).findings}
    assert rules == {"arrivals"}
    rules = {f.rule for f in audit(changed, dataclasses.replace(plan, bought=plan.bought[1:])).findings}
    assert {"arrivals", "balance"} <= rules


def test_the_audit_reads_cargo_at_sea_by_itself(solved: tuple[Case, Plan]) -> None:
    """A plan that was made with cargo that arrives does not pass where it is lost."""
    assert "balance" in {f.rule for f in audit(survivor(0.0), solved[1]).findings}


def test_without_shipping_nothing_is_added() -> None:
    """No source ships: no columns, no rows of arrivals."""
    near = survivor(shipping_months=0.0, at_sea_t=None)
    assert len(base_plan(Study(near)).operation.at_sea_t) == 0
    assert solve(near, SolveOptions()).arrivals == ()
