"""Checks of how plants are paid for, delayed and stopped."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from models.case import Case
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
    (SUPPLIER, {"equipment_countries": ("Eastland",)}, "warning", "equipment_countries", "delay of a supplier's plant is not followed"),
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
