"""Checks of how plants are paid for, delayed and stopped."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from models.case import CapexPoint, Case
from models.check import check
from models.columns import Month
from optimizer.template import example_case

CANDIDATE, EXISTING, SUPPLIER = "candidate", "existing", "supplier"


def spoiled(status: str, cut: dict[str, Any] | None = None, **fields: Any) -> tuple[Case, int]:
    """The example with fields of its first plant of a status, and of its first cut-off, changed; and the plant's row."""
    case = example_case()
    plants = list(case.plants)
    row = next(n for n, plant in enumerate(plants) if plant.status == status)
    plants[row] = dataclasses.replace(plants[row], **fields)
    cutoffs = (dataclasses.replace(case.cutoffs[0], **(cut or {})), *case.cutoffs[1:])
    return dataclasses.replace(case, plants=tuple(plants), cutoffs=cutoffs), row


FINDINGS: list[tuple[str, dict[str, Any], str, str, str]] = [
    (CANDIDATE, {"spend_pct": (30.0, 60.0), "build_months": 24}, "error", "spend_pct", "The shares sum to 90 %. Correct them."),
    (CANDIDATE, {"spend_pct": (30.0, 70.0), "build_months": 12}, "error", "spend_pct", "It takes 12 months to build, 1 year."),
    (CANDIDATE, {"spend_pct": (100.0,), "build_months": 0}, "error", "spend_pct", "It takes 0 months to build"),
    (CANDIDATE, {"spend_pct": (130.0, -30.0), "build_months": 24}, "error", "spend_pct", "from 0 to 100"),
    (CANDIDATE, {"offline": Month(2030, 1)}, "warning", "offline", "what is built runs to the end of the plan"),
    (EXISTING, {"online": Month(2030, 1), "offline": Month(2029, 12)}, "error", "offline", "Its first month is 2030-01."),
    (SUPPLIER, {"offline": Month(1999, 1)}, "warning", "offline", "after it has closed"),
    (EXISTING, {"equipment_countries": ("Eastland",), "online": None}, "warning", "equipment_countries", "on line from the start"),
    (CANDIDATE, {"may_stop": "retire"}, "warning", "may_stop", "the plan stops existing plants only"),
    (EXISTING, {"retire_usd_m": 1.0}, "warning", "retire_usd_m", "the plant may not stop"),
    (EXISTING, {"may_stop": "retire", "restart_months": 3}, "warning", "restart_months", "may not be mothballed"),
    (EXISTING, {"may_stop": "retire", "restart_usd_m": 3.0}, "warning", "restart_usd_m", "may not be mothballed"),
    (EXISTING, {"mothball_opex_share": 0.5}, "warning", "mothball_opex_share", "may not be mothballed"),
    (EXISTING, {"may_stop": "perhaps"}, "error", "may_stop", "Choose one of the words."),
    (SUPPLIER, {"equipment_countries": ("Eastland",)}, "warning", "equipment_countries", "the plant is on line from the start"),
]


@pytest.mark.parametrize(("status", "fields", "severity", "field", "words"), FINDINGS)
def test_a_broken_rule_is_told_at_its_cell(status: str, fields: dict[str, Any], severity: str, field: str, words: str) -> None:
    """Each rule names the plant's row and column, says how grave it is, and how to mend it."""
    case, row = spoiled(status, **fields)
    told = [f"{f.expected} {f.mend}" for f in check(case) if (f.table, f.row, f.field, f.severity) == ("Plants", row, field, severity)]
    assert any(words in line for line in told), told


def test_a_delay_that_concerns_nobody() -> None:
    """A delay of equipment without a plant to come whose equipment is from there is told at the cut-off; with one it is sound."""
    delayed = {"equipment_delay_months": 6, "countries": ("Eastland",)}
    for fields, places in (({}, ["equipment_delay_months"]), ({"equipment_countries": ("Eastland",)}, [])):
        case, _ = spoiled(CANDIDATE, delayed, **fields)
        assert [f.field for f in check(case) if f.table == "CutOffs"] == places


def test_sound_figures_are_not_complained_about() -> None:
    """A profile over the building years and a plant that closes inside the plan."""
    case, _ = spoiled(CANDIDATE, build_months=18, spend_pct=(40.0, 60.0))
    assert [f for f in check(case) if f.field in ("spend_pct", "offline")] == []
    case, _ = spoiled(EXISTING, offline=case.settings.start.plus(30))
    assert [f for f in check(case) if f.field in ("spend_pct", "offline")] == []


def curved(*points: tuple[float, float], status: str = CANDIDATE, **fields: Any) -> list[str]:
    """What is said of a plant with a cost curve, and of the curve."""
    case, row = spoiled(status, **{"capex_usd_m": 0.0, **fields})
    rows = tuple(CapexPoint(plant=case.plants[row].plant, capacity_t_per_yr=size, capex_usd_m=cost) for size, cost in points)
    found = check(dataclasses.replace(case, capex_curve=rows))
    return [f"{f.table} {f.field} {f.severity}: {f.mend}" for f in found if f.table in ("CapexCurve", "Plants")]


def test_a_sound_curve_is_not_complained_about() -> None:
    """Two sizes in any order of rows; that the plant's own row has no capital cost is no fault then."""
    assert curved((300.0, 9.0), (100.0, 5.0)) == []


@pytest.mark.parametrize(
    ("points", "fields", "told"),
    [
        (((100.0, 5.0),), {}, "CapexCurve plant error: Add a second size"),
        (((100.0, 5.0), (300.0, 4.0)), {}, "CapexCurve capex_usd_m error: It costs less than the next smaller size, 5 million USD."),
        (((100.0, 5.0), (100.0, 6.0)), {}, "CapexCurve "),
        (((0.0, 5.0), (100.0, 6.0)), {}, "CapexCurve capacity_t_per_yr error: "),
        (((100.0, 5.0), (300.0, 9.0)), {"max_units": 2}, "Plants max_units error: A plant with rows on the sheet CapexCurve"),
        (((100.0, 5.0), (300.0, 9.0)), {"capacity_t_per_yr": 0.0}, "Plants capacity_t_per_yr error: Its fixed cost belongs to"),
        (((100.0, 5.0), (300.0, 9.0)), {"capex_usd_m": 3.0}, "Plants capex_usd_m warning: It is not used"),
        (((100.0, 5.0), (300.0, 9.0)), {"status": EXISTING}, "CapexCurve plant warning: "),
    ],
)
def test_a_curve_that_is_wrong(points: tuple[tuple[float, float], ...], fields: dict[str, Any], told: str) -> None:
    """One point alone, a cost that falls, a size twice or of nothing, and a plant's row that does not fit its curve."""
    assert any(line.startswith(told) for line in curved(*points, **fields)), curved(*points, **fields)


@pytest.mark.parametrize(
    ("status", "named", "words"),
    [
        (CANDIDATE, "itself", "A plant cannot require itself."),
        (CANDIDATE, "nobody", "nobody"),
        (EXISTING, "a candidate", "only candidates require something"),
        (CANDIDATE, "an expired contract", "has expired, so the plant is never built"),
    ],
)
def test_what_is_required_can_be_there(status: str, named: str, words: str) -> None:
    """Not itself, not what does not exist, and only by a candidate."""
    case, row = spoiled(status)
    names = {"itself": case.plants[row].plant, "a candidate": next(p.plant for p in case.plants if p.status == CANDIDATE)}
    name = names.get(named, case.contracts[0].contract if "contract" in named else "nobody")
    if "expired" in named:
        case = dataclasses.replace(case, contracts=(dataclasses.replace(case.contracts[0], status="expired"), *case.contracts[1:]))
    plants = tuple(dataclasses.replace(p, requires=(name,)) if n == row else p for n, p in enumerate(case.plants))
    told = [f"{f.value} {f.mend}" for f in check(dataclasses.replace(case, plants=plants)) if (f.table, f.field) == ("Plants", "requires")]
    assert any(words in line for line in told), told
