"""Rows of the plan, read from values: what a row says is what the model says of the same slot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_cases import Answer, case, change, crisis, cutoff, demand, optimum, settings, source, stock

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Plant, Sale
from models.columns import Month
from models.plan import Bought, Construction, Lifted, PlantUse, Processed, Service, Signature, StockLevel, StockTarget, Surplus, Unlifted
from models.read_plan import (
    Rows,
    read_constructions,
    read_operation,
    read_signatures,
    read_targets,
    read_unlifted,
)
from models.run import Run, Study
from models.survival import Pattern
from optimizer.recourse import values_by_name

COSTLY = tuple(change(form, disposal_usd_per_t=1000.0) for form in case().forms)
"""Disposal that costs something, so that nothing is drawn only to be thrown away."""


def values(answer: Answer) -> dict[str, dict[Any, float]]:
    return values_by_name(tuple(answer.compiled.column_keys), answer.x)


def base_rows(changed: Case) -> tuple[Study, Rows, dict[str, dict[Any, float]]]:
    study = Study(changed)
    found = values(optimum(base_plan(study)))
    rows = Rows()
    read_operation(rows, Run(study), found)
    return study, rows, found


def contracted() -> Case:
    line = ContractLine(contract="offtake", source="trade", min_t_per_yr=18.0, max_t_per_yr=18.0, price_index="index", discount_pct=50.0)
    contract = Contract(contract="offtake", status="on offer", lead_months=6, tenor_years=9, take_or_pay_share=0.5)
    return case(contracts=(contract,), contract_lines=(line,), settings=settings(horizon_months=12))


def test_purchases_and_service() -> None:
    """12 t bought of 24 t at 10 USD/kg and 12 t served in each of two years; nothing required in the base plan."""
    _, rows, _ = base_rows(case())
    years = (Month(2027, 1), Month(2028, 1))
    assert rows.bought == [
        Bought(run="base", source="trade", period=p, months=12, bought_t=12.0, limit_t=24.0, usd_per_kg=10.0) for p in years
    ]
    assert rows.service == [
        Service(
            run="base",
            sector="makers",
            material="alpha",
            form="powder",
            period=p,
            months=12,
            demanded_t=12.0,
            served_t=12.0,
            required_t=0.0,
        )
        for p in years
    ]
    assert (rows.lifted, rows.processed, rows.plant_use, rows.stocks, rows.surplus) == ([], [], [], [], [])


def test_contracts() -> None:
    """Signed in month 0 it delivers from July on: 9 t of the year's 12 t at 5 USD/kg; its minimum of half a year, 9 t, is lifted."""
    study, rows, found = base_rows(contracted())
    assert rows.lifted == [
        Lifted(run="base", contract="offtake", source="trade", period=Month(2027, 1), months=12, lifted_t=9.0, limit_t=9.0, usd_per_kg=5.0)
    ]
    assert read_signatures(study, found) == (
        Signature(contract="offtake", signed=Month(2027, 1), first_delivery=Month(2027, 7), last_delivery=Month(2036, 6), decided=True),
    )
    assert read_unlifted(Run(study), found) == (
        Unlifted(contract="offtake", source="trade", year=2027, minimum_t=9.0, lifted_t=9.0, unlifted_t=0.0, usd_per_kg=2.5),
    )


def test_a_contract_that_is_not_signed_has_no_row() -> None:
    """Without need nothing is signed, lifted or owed; a contract in force owes its 18 t and says that it was not decided."""
    study, rows, found = base_rows(change(contracted(), demands=()))
    assert (rows.lifted, read_signatures(study, found), read_unlifted(Run(study), found)) == ([], (), ())
    (offer,) = contracted().contracts
    study, _, found = base_rows(change(contracted(), demands=(), contracts=(change(offer, status="in force"),)))
    assert [s.decided for s in read_signatures(study, found)] == [False]
    assert [(u.minimum_t, u.lifted_t, u.unlifted_t) for u in read_unlifted(Run(study), found)] == [(18.0, 0.0, 18.0)]


def test_plants() -> None:
    """Two units of 8 t a year decided in month 0 take 12 t of 16 t a year."""
    works = Plant(
        plant="works",
        status="candidate",
        country="home",
        input_form="powder",
        output_form="bar",
        materials=("alpha",),
        capacity_t_per_yr=8.0,
        max_units=3,
        capex_usd_m=0.1,
    )
    forms = (*case().forms, change(case().forms[0], form="bar", position=3))
    study, rows, found = base_rows(case(forms=forms, plants=(works,), demands=(demand(form="bar"),), settings=settings(horizon_months=12)))
    start = Month(2027, 1)
    assert rows.processed == [Processed(run="base", plant="works", material="alpha", period=start, months=12, processed_t=12.0)]
    assert rows.plant_use == [PlantUse(run="base", plant="works", period=start, months=12, used_t=12.0, capacity_t=16.0)]
    assert read_constructions(study, found) == (
        Construction(plant="works", units=2, decided=start, online=start, capacity_t_per_yr=16.0, capex_usd_m=0.2),
    )


def test_stocks_and_surplus() -> None:
    """From 20 t at 19 % loss 16.2 t are left of which 6 t are sold: drawn 6, lost 3.8, level 10.2."""
    market = Sale(material="alpha", form="powder", usd_per_kg=5.0, max_t_per_yr=6.0)
    store = stock(opening_t=20.0, loss_pct_per_yr=19.0)
    changed = case(demands=(), forms=COSTLY, sales=(market,), stocks=(store,), settings=settings(horizon_months=12))
    _, rows, _ = base_rows(changed)
    (row,) = rows.stocks
    assert (row.opening_t, row.added_t, row.drawn_t) == (20.0, 0.0, pytest.approx(6))
    assert (row.lost_t, row.level_t) == pytest.approx((3.8, 10.2))
    assert rows.surplus == [
        Surplus(run="base", material="alpha", form="powder", period=Month(2027, 1), months=12, sold_t=pytest.approx(6), disposed_t=0.0)
    ]


def test_a_recourse_reads_by_month_from_what_it_was_handed() -> None:
    """Three months from 4 t in store: 4, 3, 2 at their openings; 1 t required and served in each; prices of a crisis."""
    changed = case(forms=COSTLY, stocks=(stock(),), cutoffs=(cutoff(),))
    answer = optimum(crisis(changed, 12, {("store", "alpha", "powder"): 4.0}))
    found = values(answer)
    found["opening_t"] = {("store", "alpha", "powder"): 4.0}
    rows = Rows()
    read_operation(rows, Run(Study(changed), Pattern(changed.cutoffs[0], 12)), found)
    assert [(r.run, str(r.period), r.opening_t, r.level_t) for r in rows.stocks] == [
        ("cut@2028-01", "2028-01", 4, pytest.approx(3)),
        ("cut@2028-01", "2028-02", pytest.approx(3), pytest.approx(2)),
        ("cut@2028-01", "2028-03", pytest.approx(2), pytest.approx(1)),
    ]
    assert [(r.demanded_t, r.served_t, r.required_t) for r in rows.service] == [(1, pytest.approx(1), 1)] * 3


def test_noise_is_nothing() -> None:
    """A billionth of a tonne is no row; a tenth of a kilogram is."""
    study = Study(case(sources=(source(),)))
    for tonnes, count in ((1e-10, 0), (1e-4, 1)):
        rows = Rows()
        read_operation(rows, Run(study), {"bought_t": {("trade", 0): tonnes}})
        assert len(rows.bought) == count


def level(month: Month, months: int, tonnes: float) -> StockLevel:
    return StockLevel(
        run="base", store="store", material="alpha", form="powder", period=month, months=months,
        opening_t=0.0, added_t=0.0, drawn_t=0.0, lost_t=0.0, level_t=tonnes,
    )  # fmt: skip


def test_targets_are_the_most_needed_at_a_start_of_the_year() -> None:
    """Needed: 5 t in January 2028, 4 t in July, 6 t at the end of the plan, which counts for the last year: the target of 2028 is 6 t, at
    12 t served a year 6 / (12 / 365) days. What a start of 2027 needs is a target of 2027; a store that no start needs has none."""
    study = Study(case(settings=settings(coarse_period_months=6), stocks=(stock(), stock("beta"))))
    rows = Rows()
    read_operation(rows, Run(study), {"served_t": {("makers", "alpha", "powder", t): 6.0 for t in (0, 6, 12, 18)}})
    key = ("store", "alpha", "powder")
    (target,) = read_targets(study, rows, {(key, 12): 5.0, (key, 18): 4.0, (key, 24): 6.0})
    assert target == StockTarget(
        store="store", material="alpha", form="powder", year=2028, target_t=6.0, days_of_cover=pytest.approx(6 / 12 * 365)
    )
    assert [(t.year, t.target_t) for t in read_targets(study, rows, {(key, 6): 9.0, (key, 24): 6.0})] == [(2027, 9.0), (2028, 6.0)]
    assert read_targets(study, rows, {}) == ()


def test_values_by_name_drop_zero_and_the_block() -> None:
    """What is zero is absent, and a component is known by its own name."""
    keys = (("operation.bought_t", ("trade", 0)), ("operation.bought_t", ("trade", 12)), ("signed", ("offtake", 0)))
    assert values_by_name(keys, np.array([3.0, 0.0, 1.0])) == {"bought_t": {("trade", 0): 3.0}, "signed": {("offtake", 0): 1.0}}
