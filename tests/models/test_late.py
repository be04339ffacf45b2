"""Late and failed projects: what a cut-off names as late, and is not on line when it begins, comes so many months later.

The pit opens in January 2028 and its mine gives 2 t a month from then on; the trade gives 1 t a month in crises, 2 t otherwise, and
closes at the end of 2027. Nobody is cut.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case, crisis, cutoff, demand, equations, least_cost, missing_t, optimum, settings, source, stock

from models.build import recourse
from models.case import Case, Contract, ContractLine, CutOff, Form, Plant
from models.check import check
from models.columns import Month
from models.combinations import each_combination
from models.horizon import Slot
from models.rights import right_t
from models.run import Run, Study
from models.survival import Pattern
from optimizer.audit import audit
from optimizer.solve import solve

OPENS = Month(2028, 1)


def late(**changes: Any) -> CutOff:
    """The pit three months late; the half-year before it opens and the nine months after are tested."""
    plain: dict[str, Any] = {"cutoff": "late", "countries": (), "severity": 0.0, "months": 15, "first_start": Month(2027, 7)}
    return cutoff(**{**plain, "late_plants": ("pit",), "late_months": 3, **changes})


def opening(*cutoffs: CutOff, pit: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """The case above, in half-years."""
    plain: dict[str, Any] = {"status": "supplier", "country": "far", "input_form": "powder", "output_form": "powder", "online": OPENS}
    sources = (
        source(max_t_per_yr=24.0, normal_t_per_yr=12.0, last_month=Month(2027, 12)),
        source("mine", countries=("far",), plant="pit"),
    )
    return case(
        **{
            "settings": settings(coarse_period_months=6),
            "sources": sources,
            "plants": (Plant(plant="pit", capacity_t_per_yr=24.0, **{**plain, **(pit or {})}),),
            "stocks": (stock(storage_usd_per_t_yr=1000.0),),
            "cutoffs": cutoffs,
            **sheets,
        }
    )


def given(changed: Case, start: int, name: str = "mine") -> list[float]:
    """What a source sells in each month of a recourse, t REO, by month of the plan."""
    run = Run(Study(changed), Pattern(changed.cutoffs[0], start))
    return [run.market_t(run.study.sources[name], slot) for slot in run.slots]


def test_a_suppliers_plant_brings_its_source_late() -> None:
    """Begun in July the mine gives from April on and ramps from then; begun in January, when the pit is on line, it is not late; a pit
    that fails gives nothing; a second late row delays it again, if it is not there by then."""
    assert given(opening(late()), 6) == [0.0] * 9 + [2.0] * 6
    assert given(opening(late(months=6)), 12) == [2.0] * 6
    assert given(opening(late(), pit={"ramp_pct": (50.0, 100.0)}), 6) == [0.0] * 9 + [1.0] * 6
    assert given(opening(late(late_months=600)), 6) == [0.0] * 15
    twice = late(cutoff="again", late_months=1, first_start=None, active=False)
    assert given(opening(late(then="again", then_after_months=7), twice), 6)[9:11] == [0.0, 2.0]
    assert given(opening(late(then="again", then_after_months=10), twice), 6)[9:11] == [2.0, 2.0]


def test_plants_of_the_chain_are_late() -> None:
    """A plant that is being built and a candidate decided in month 6 for month 12 run from month 15; the longer of two delays counts."""
    plain: dict[str, Any] = {"country": "home", "input_form": "powder", "output_form": "bar", "capacity_t_per_yr": 12.0}
    built = Plant(plant="built", status="existing", online=OPENS, equipment_countries=("abroad",), **plain)
    planned = Plant(plant="planned", status="candidate", build_months=6, **plain)
    for months, first in ((3, 15), (1, 14)):
        cut = late(late_plants=("built", "planned"), late_months=months, countries=("abroad",), equipment_delay_months=2)
        run = Run(Study(opening(cut, forms=(*case().forms, Form(form="bar", position=3, holds="elements")))), Pattern(cut, 6))
        assert [run.capacity_t(built, None, slot) for slot in run.slots] == [float(slot.first >= first) for slot in run.slots]
        assert [run.capacity_t(planned, 6, slot) for slot in run.slots] == [float(slot.first >= 12 + months) for slot in run.slots]


def test_capacity_of_a_late_candidate_printed() -> None:
    """P1 of processing in the window from July on: a unit decided in January 2027 would run from July 2028 and comes in October."""
    smelter = Plant(
        plant="smelter",
        status="candidate",
        country="home",
        input_form="powder",
        output_form="bar",
        materials=("alpha",),
        capacity_t_per_yr=12.0,
        build_months=18,
    )
    bar = Form(form="bar", position=3, holds="elements")
    changed = opening(late(late_plants=("smelter",)), plants=(*opening().plants, smelter), forms=(*case().forms, bar))
    rows = equations(recourse(Study(changed), Pattern(changed.cutoffs[0], 12)), "handle_no_more_than_capacity")
    assert rows == [f"processed_t[smelter, alpha, {m}] <= built[smelter, 0]" for m in range(21, 27)]


def test_rights_and_minimums_follow_the_late_plant() -> None:
    """Half of the mine's output from April on, and half of that owed; nothing from January to March, unless there is no force majeure:
    then 1.5 t are owed for these months all the same."""
    for shield, owed in ((True, 3.0), (False, 4.5)):
        changed = opening(
            late(),
            contracts=(Contract(contract="offtake", status="in force", tenor_years=9, first_delivery=OPENS, force_majeure=shield),),
            contract_lines=(ContractLine(contract="offtake", source="mine", max_share=0.5, min_share=0.25, price_index="index"),),
            demands=(),
        )
        run = Run(Study(changed), Pattern(changed.cutoffs[0], 6))
        (line,) = changed.contract_lines
        assert [right_t(run, line, None, Slot(m, 1)) for m in (11, 12, 14, 15, 20)] == [0, 0, 0, 1, 1]
        assert optimum(crisis(changed, 6)).total("unlifted_t") == pytest.approx(owed)


def test_with_and_without() -> None:
    """Three months without the trade and the mine ask for 3 t at the end of June, half a year of storage at 1000 USD a tonne: 0.2415
    million USD beside 0.24 without the row, or with a pit that opened before. Where half is to be served the trade's flow saves up what
    is needed from July on: 0.24."""
    assert missing_t(crisis(opening(late()), 6)) == pytest.approx(3)
    assert least_cost(opening()) == pytest.approx(0.24)
    assert least_cost(opening(late())) == pytest.approx(0.2415)
    assert least_cost(opening(late(), pit={"online": Month(2027, 6)})) == pytest.approx(0.24)
    half = opening(late(), demands=(demand(protected=True, service_level=0.5),))
    assert least_cost(half) == pytest.approx(0.24)


def test_any_one_project_is_late() -> None:
    """Late plants count among those of whom any so many fail together; a plant that stands in two columns is told by its column."""
    row = late(late_plants=("pit", "mill"), plants=("mill",), at_once=1)
    assert [(c.cutoff, c.plants, c.late_plants) for c in each_combination(row)] == [
        ("late: mill (plants)", ("mill",), ()),
        ("late: pit", (), ("pit",)),
        ("late: mill (late plants)", (), ("mill",)),
    ]


def test_the_audit_follows_late_projects() -> None:
    """A solved plan passes; bought of the mine in a month without it, or a plan for a shorter delay, is found. The solve tests every month,
    so the 3 t lie there to the end of the year: 0.243."""
    changed = opening(late())
    plan = solve(changed)
    assert audit(changed, plan).findings == ()
    assert plan.summary.cost_usd_m == pytest.approx(0.243)
    bought = [n for n, row in enumerate(plan.bought) if row.run == "late@2027-07" and row.source == "mine"]
    rows = list(plan.bought)
    rows[bought[0]] = dataclasses.replace(rows[bought[0]], period=Month(2028, 3))
    assert {"spot-limit", "source-limit"} <= {f.rule for f in audit(changed, dataclasses.replace(plan, bought=tuple(rows))).findings}
    longer = audit(opening(late(late_months=4)), plan)
    assert {"spot-limit", "supplier-plant"} <= {finding.rule for finding in longer.findings}


def test_a_late_contract_is_audited() -> None:
    """Rights and minimums of a line on a late plant are the audit's own too, with and without force majeure."""
    for shield in (True, False):
        changed = opening(
            late(),
            contracts=(Contract(contract="offtake", status="in force", tenor_years=9, first_delivery=OPENS, force_majeure=shield),),
            contract_lines=(
                ContractLine(contract="offtake", source="mine", max_share=0.5, min_share=0.25, price_index="index", discount_pct=10.0),
            ),
        )
        plan = solve(changed)
        assert audit(changed, plan).findings == ()
        owed = {row.year: row.minimum_t for row in plan.unlifted if row.run == "late@2027-07"}
        assert owed == pytest.approx({2028: 3.0 if shield else 4.5})
        changed_rows = tuple(dataclasses.replace(row, minimum_t=row.minimum_t + 0.5) for row in plan.unlifted)
        assert "stated-figures" in {f.rule for f in audit(changed, dataclasses.replace(plan, unlifted=changed_rows)).findings}


def test_what_cannot_be_late_is_told() -> None:
    """A pure late row is accepted; a plant that is there, months without a plant, a plant without months, an unknown plant."""
    assert [f for f in check(opening(late())) if f.table == "CutOffs"] == []
    for row, pit, told in (
        (late(), {"online": None}, ("late_plants", "warning")),
        (late(late_plants=(), countries=("far",), severity=0.5), {}, ("late_months", "warning")),
        (late(late_months=0), {}, ("late_months", "error")),
        (late(late_plants=("pitt",)), {}, ("late_plants", "error")),
    ):
        assert [(f.field, f.severity) for f in check(opening(row, pit=pit)) if f.table == "CutOffs"] == [told]
