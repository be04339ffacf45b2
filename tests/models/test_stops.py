"""W1 closed_for_good, W2 runs_again_when_restarted, W3 restarted_from_mothball and W4 restarted_runs: plants that stop.

A smelter of 12 t a year costs 0.5 million a year while it runs; the demand for bars follows an assumption by year.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from small_cases import base, change, crisis, cutoff, demand, equations, extensive, missing_t, settings, source, stock
from smelters import smelter, smelting

from models.build import base_plan
from models.case import Assumption, Case
from models.columns import Month
from models.plan import Plan, PlantState
from models.run import Study
from optimizer.audit import audit
from optimizer.report import write_report
from optimizer.solve import solve

MOTHBALL: dict[str, Any] = {"may_stop": "mothball", "mothball_opex_share": 0.2, "restart_usd_m": 0.1, "retire_usd_m": 0.2}


def needed(*profile: float, plant: dict[str, Any], **sheets: Any) -> Case:
    """Three years in which 12 t a year times the profile of the year are needed; powder costs nothing."""
    rows = tuple(Assumption(assumption="need", year=2027 + n, value=v) for n, v in enumerate(profile))
    calendar = settings(horizon_months=36, **sheets.pop("calendar", {}))
    works = smelter(fixed_opex_usd_m_per_yr=0.5, **plant)
    free = source(price_factor=0.0)
    wanted = demand(form="bar", profile="need", protected=False)
    return smelting(works, **{"settings": calendar, "assumptions": rows, "demands": (wanted,), "sources": (free,), **sheets})


def test_states_printed() -> None:
    """One plant may be mothballed, the other only closed: each rule by decision date; running before the first date is no column."""
    two = (smelter(**MOTHBALL), smelter(plant="old", may_stop="retire"))
    model = base_plan(Study(smelting(*two)))
    assert equations(model, "closed_for_good") == [
        "runs[smelter, 0] + mothballed[smelter, 0] <= 1",
        "runs[smelter, 12] + mothballed[smelter, 12] <= runs[smelter, 0] + mothballed[smelter, 0]",
        "runs[old, 12] <= runs[old, 0]",
    ]
    assert equations(model, "runs_again_when_restarted") == ["runs[smelter, 12] <= runs[smelter, 0] + restarted[smelter, 12]"]
    assert equations(model, "restarted_from_mothball") == ["restarted[smelter, 12] <= mothballed[smelter, 0]"]
    assert equations(model, "restarted_runs") == ["restarted[smelter, 12] <= runs[smelter, 12]"]


def test_capacity_of_states_printed() -> None:
    """A restart of three months takes 3 of the 12 t of its year; a plant that may not stop has its capacity as a number."""
    for plant, line in ((smelter(materials=("alpha",), restart_months=3, **MOTHBALL), 1), (smelter(materials=("alpha",)), 0)):
        printed = equations(base_plan(Study(smelting(plant))), "handle_no_more_than_capacity")[1]
        expected = ("<= 12", "+ 3 restarted[smelter, 12] <= 12 runs[smelter, 12]")[line]
        assert printed == f"processed_t[smelter, alpha, 12] {expected}"


def test_a_plant_without_may_stop_has_no_states() -> None:
    """No column and no rule where no plant may stop."""
    model = base_plan(Study(smelting(smelter())))
    assert model.component("runs") is None
    assert model.component("closed_for_good") is None


def test_closing_for_good_saves_the_fixed_cost() -> None:
    """Bars are needed in the first year alone: three years of fixed cost are 1.5; closed after one, 0.5 and 0.2 for closing."""
    for may_stop, cost in (("no", 1.5), ("retire", 0.7)):
        plant = {"may_stop": may_stop, "retire_usd_m": 0.2 if may_stop == "retire" else 0.0}
        assert base(needed(1.0, 0.0, 0.0, plant=plant)).cost == pytest.approx(cost)


def test_what_is_closed_stays_closed() -> None:
    """Bars are needed in the first and the third year: where the plant may only be closed it runs through, 1.5; where it may be
    mothballed, 1.2: two years at 0.5, one at 20 % of it, and 0.1 for the restart."""
    for plant, cost in (({"may_stop": "retire"}, 1.5), (MOTHBALL, 1.2)):
        assert base(needed(1.0, 0.0, 1.0, plant=plant)).cost == pytest.approx(cost)


def test_a_restart_takes_its_months() -> None:
    """Decisions every half year: a restart that takes six months is decided half a year early, and costs as if it ran: 1.0 for two
    years, 0.05 mothballed, 0.25 and 0.1 for the restart, 1.4; with no time 1.2."""
    halves = {"coarse_period_months": 6, "decision_every_months": 6}
    for months, cost in ((6, 1.4), (0, 1.2)):
        changed = needed(1.0, 0.0, 1.0, plant={**MOTHBALL, "restart_months": months}, calendar=halves)
        answer = base(changed)
        assert answer.cost == pytest.approx(cost)
        assert answer.total("served_t") == pytest.approx(24)


def test_closing_before_the_first_month_is_paid_too() -> None:
    """Nothing is needed: closed on the first day the plant costs 0.2 once, and 0.015 kept running a year at 0.005."""
    assert base(needed(0.0, 0.0, 0.0, plant=MOTHBALL)).cost == pytest.approx(0.2)
    cheap = needed(0.0, 0.0, 0.0, plant=MOTHBALL)
    cheap = dataclasses.replace(cheap, plants=(change(cheap.plants[0], fixed_opex_usd_m_per_yr=0.005, mothball_opex_share=1.0),))
    assert base(cheap).cost == pytest.approx(0.015)


def test_fixed_cost_only_between_first_and_last_month() -> None:
    """On line from July of the first year to June of the third it costs 0.5 x 2 years while it runs; closed after the first year 0.25."""
    dated = {"may_stop": "retire", "online": Month(2027, 7), "offline": Month(2029, 6)}
    assert base(needed(1.0, 1.0, 1.0, plant=dated)).cost - base(needed(1.0, 1.0, 1.0, plant={**dated, "may_stop": "no"})).cost == 0
    assert base(needed(0.5, 0.0, 0.0, plant=dated)).cost == pytest.approx(0.25)


# In a crisis


def cut_off(**plant: Any) -> Case:
    """Bars from abroad are cut in month 12 for three months; there is powder."""
    return smelting(smelter(**{**MOTHBALL, **plant}), stocks=(stock(opening_t=20.0),), cutoffs=(cutoff(),))


@pytest.mark.parametrize(
    ("start", "states", "lacking"),
    [
        (12, {}, 0.0),
        (12, {"runs": {("smelter", 0): 0.0}, "mothballed": {("smelter", 0): 1.0}}, 3.0),
        (12, {"runs": {("smelter", 0): 0.0}}, 3.0),
        (0, {}, 0.0),
        (13, {"runs": {("smelter", 12): 1.0}, "restarted": {("smelter", 12): 1.0}}, 2.0),
    ],
)
def test_a_recourse_keeps_the_state_that_the_cut_finds(start: int, states: dict[str, Any], lacking: float) -> None:
    """Of 3 t none is missing while the smelter runs at the cut, or the cut begins with the plan; 3 t where it is mothballed or closed;
    2 t where a restart of three months, decided a month before the cut, is finished in its third month."""
    model = crisis(cut_off(restart_months=3), start, **states)
    assert missing_t(model) == pytest.approx(lacking)


def surviving(may_stop: str) -> Case:
    """Nothing is needed in the second year but in a cut, by protected demand, at its end."""
    plain = needed(1.0, 0.0, 1.0, plant={**MOTHBALL, "may_stop": may_stop} if may_stop == "mothball" else {"may_stop": may_stop})
    protected = (change(plain.demands[0], protected=True),)
    cuts = (cutoff(countries=("nowhere",), first_start=Month(2029, 1), last_start=Month(2029, 1)),)
    return dataclasses.replace(plain, demands=protected, cutoffs=cuts, stocks=(stock(),))


def test_what_must_be_survived_keeps_the_plant_running() -> None:
    """Mothballed in the second year the plan costs 1.2; but in a cut that begins with the third nothing can be restarted, so the
    smelter runs on, 1.5, as where it may not stop."""
    for may_stop, alone, survived in (("mothball", 1.2, 1.5), ("no", 1.5, 1.5)):
        changed = surviving(may_stop)
        assert base(changed).cost == pytest.approx(alone)
        assert extensive(changed).objective == pytest.approx(survived)
        plan = solve(changed)
        assert plan.summary.cost_usd_m == pytest.approx(survived)
        assert audit(changed, plan).findings == ()


# The audit


@pytest.fixture(scope="module")
def mothballed() -> tuple[Case, Plan]:
    """A plan that mothballs the smelter in the second year and restarts it for the third."""
    changed = needed(
        1.0, 0.0, 1.0, plant={**MOTHBALL, "restart_months": 6}, calendar={"coarse_period_months": 6, "decision_every_months": 6}
    )
    return changed, solve(changed)


def test_the_states_are_in_the_plan(mothballed: tuple[Case, Plan]) -> None:
    """Running, mothballed in January 2028, running from July 2028 on with capacity from January 2029; and the audit passes."""
    changed, plan = mothballed
    assert [(r.state, str(r.since), str(r.capacity_from)) for r in plan.plant_states] == [
        ("running", "2027-01", "2027-01"),
        ("mothballed", "2028-01", "None"),
        ("running", "2028-07", "2029-01"),
    ]
    assert audit(changed, plan).findings == ()
    assert sum(c.usd_m for c in plan.costs if c.term == "stop_restart") == pytest.approx(0.1)


def rules_broken(case: Case, plan: Plan, *states: PlantState) -> set[str]:
    return {finding.rule for finding in audit(case, dataclasses.replace(plan, plant_states=states)).findings}


def test_false_states_are_found_out(mothballed: tuple[Case, Plan]) -> None:
    """A restart on no decision date, one that is ready at once, one after closing, a state that the row does not allow, no state at
    all, and a plant that goes on although its row says closed."""
    case, plan = mothballed
    first, kept, again = plan.plant_states
    assert "plant-state" in rules_broken(case, plan, first, kept, change(again, since=Month(2028, 8), capacity_from=Month(2029, 2)))
    assert "plant-state" in rules_broken(case, plan, first, kept, change(again, capacity_from=Month(2028, 7)))
    assert "plant-state" in rules_broken(case, plan, first, change(kept, state="closed"), change(again, capacity_from=again.since))
    assert "plant-state" in rules_broken(case, plan)
    assert "names" in rules_broken(case, plan, *plan.plant_states, change(first, plant="elsewhere"))
    assert {"plant-capacity", "cost-term"} <= rules_broken(case, plan, first, change(kept, state="closed"))
    assert {"plant-capacity", "cost-term"} <= rules_broken(case, plan, first, kept)
    only_closed = dataclasses.replace(case, plants=(change(case.plants[0], may_stop="retire"),))
    assert "plant-state" in {finding.rule for finding in audit(only_closed, plan).findings}


def test_the_report_shows_the_states(mothballed: tuple[Case, Plan], tmp_path: Path) -> None:
    """The sheet Decisions lists each state with its month; a plan without such plants has no such section."""
    changed, plan = mothballed
    sheet = load_workbook(write_report(changed, plan, tmp_path / "report.xlsx"))["Decisions"]
    lines = [tuple(str(cell) for cell in row if cell is not None) for row in sheet.iter_rows(values_only=True)]
    assert ("Existing plants that may stop",) in lines
    assert [line[1] for line in lines if line and line[0] == "smelter"] == ["running", "mothballed", "running"]
