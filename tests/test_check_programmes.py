"""Checks of programmes: each broken rule is told at its cell."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case as small
from small_cases import source

from models.case import Case, Count, Fix, Programme, ProgrammeEffect
from models.check import check
from models.columns import Month
from optimizer.template import example_case


def row(name: str = "one", **fields: Any) -> Programme:
    """A candidate without cost or lead."""
    return Programme(programme=name, **fields)


def programmed(*rows: Programme, effects: tuple[dict[str, Any], ...] = ({},), **sources: Any) -> Case:
    """The example with programmes, each with an effect on its first demand unless given; and fields of its first source changed."""
    case = example_case()
    demand = case.demands[0]
    plain = {"sector": demand.sector, "material": demand.material, "form": demand.form, "share_affected": 0.2}
    found = tuple(ProgrammeEffect(**{"programme": r.programme, **plain, **e}) for r in rows for e in effects)
    first = dataclasses.replace(case.sources[0], **sources)
    return dataclasses.replace(case, programmes=rows, programme_effects=found, sources=(first, *case.sources[1:]))


def told(case: Case) -> list[str]:
    """What is said of programmes and of the source, one line each."""
    tables = ("Programmes", "ProgrammeEffects", "Sources")
    return [f"{f.severity} {f.table}[{f.row}].{f.field}: {f.mend}" for f in check(case) if f.table in tables]


FINDINGS: list[tuple[Case, str, str]] = [
    (programmed(row(), effects=()), "warning Programmes[0].programme", "It replaces nothing and opens no source."),
    (programmed(row(online=Month(2027, 1))), "warning Programmes[0].online", "the programme is 'candidate'"),
    (programmed(row(status="in force", lead_months=3)), "warning Programmes[0].lead_months", "the programme is 'in force'"),
    (programmed(row(status="in force", capex_usd_m=3)), "warning Programmes[0].capex_usd_m", "the programme is 'in force'"),
    (programmed(row(status="contingency", capex_usd_m=3)), "warning Programmes[0].capex_usd_m", "the programme is 'contingency'"),
    (programmed(row(status="contingency", fixed_usd_m_per_yr=3)), "warning Programmes[0].fixed_usd_m_per_yr", "'contingency'"),
    (programmed(row(status="contingency", exclusive_group="g")), "warning Programmes[0].exclusive_group", "'contingency'"),
    (programmed(row(status="maybe")), "error Programmes[0].status", "Choose one of the words."),
    (programmed(row(ramp_pct=(50.0, 120.0))), "error Programmes[0].ramp_pct", ""),
    (programmed(row(requires=("One",))), "error Programmes[0].requires", "Did you mean 'one'?"),
    (programmed(row(requires=("one",))), "error Programmes[0].requires", "'one' requires 'one' in turn."),
    (programmed(row(requires=("two",)), row("two", requires=("one",))), "error Programmes[1].requires", "requires 'two' in turn."),
    (programmed(row(requires=("two",)), row("two", status="contingency")), "error Programmes[0].requires", "is a contingency"),
    (
        programmed(row(exclusive_group="grup"), row("two"), row("three", exclusive_group="group")),
        "warning Programmes[0].exclusive_group",
        "",
    ),
    (
        programmed(row(decide_from=Month(2029, 1), decide_to=Month(2028, 1))),
        "error Programmes[0].decide_from",
        "latest decision is 2028-01",
    ),
    (programmed(row(decide_from=Month(2029, 2), decide_to=Month(2029, 2))), "warning Programmes[0].decide_to", "never started"),
    (programmed(row(lead_months=480)), "warning Programmes[0].lead_months", "after the plan: it is never started"),
    (programmed(row(), effects=({"form": "feed"},)), "error ProgrammeEffects[0].material", "Correct material or form"),
    (programmed(row(), effects=({"sector": "nobody"},)), "error ProgrammeEffects[0].sector", ""),
    (programmed(row(), effects=({"share_affected": 0.0},)), "error ProgrammeEffects[0].share_affected", ""),
    (programmed(row(), effects=({"serves_material": "Nd"},)), "error ProgrammeEffects[0].serves_form", "needs both"),
    (programmed(row(), effects=({"serves_form": "oxide"},)), "error ProgrammeEffects[0].serves_material", "needs both"),
    (
        programmed(row(), effects=({"serves_material": "Hillside concentrate", "serves_form": "oxide"},)),
        "error ProgrammeEffects[0].serves_material",
        "'oxide' holds elements",
    ),
    (
        programmed(row(), effects=({"serves_material": "Nd", "serves_form": "feed"},)),
        "warning ProgrammeEffects[0].serves_material",
        "Nothing supplies Nd as feed",
    ),
    (programmed(row(), row(), effects=({},)), "error Programmes[1].programme", ""),
    (programmed(row(), programme="One"), "error Sources[0].programme", "Did you mean 'one'?"),
]


@pytest.mark.parametrize(("case", "place", "words"), FINDINGS, ids=[f"{f[1].split()[1]}-{n}" for n, f in enumerate(FINDINGS)])
def test_a_broken_rule_is_told_at_its_cell(case: Case, place: str, words: str) -> None:
    """Table, row and column, how grave it is, and how to mend it."""
    lines = told(case)
    assert any(line.startswith(f"{place}:") and words in line for line in lines), lines


def test_sound_programmes_are_not_complained_about() -> None:
    """One of each status, one that requires another, a group of two, a source that one opens."""
    case = programmed(
        row(exclusive_group="g", requires=("two",)),
        row("three", exclusive_group="g"),
        row("two", status="in force", online=Month(2026, 1)),
        row("lever", status="contingency", lead_months=3, ramp_pct=(50.0, 100.0)),
        programme="three",
    )
    assert told(case) == []


def test_fixes_and_counts_of_programmes_are_checked() -> None:
    """Only a candidate is decided, once, at one of its dates, one of a group; a contingency never counts."""
    case = programmed(
        row(exclusive_group="g"),
        row("two", exclusive_group="g", decide_to=Month(2027, 1)),
        row("lever", status="contingency"),
    )

    def said(*fixes: Fix, counts: tuple[Count, ...] = ()) -> str:
        changed = dataclasses.replace(case, fixes=fixes, counts=counts)
        return "\n".join(f"{f.table}.{f.field} {f.severity}: {f.mend}" for f in check(changed) if f.table in ("Fixes", "Counts"))

    force = Fix(decision="programme", name="one", action="force")
    assert said(force) == ""
    assert "it is contingency: only a candidate" in said(dataclasses.replace(force, name="lever")).lower()
    assert "cannot be started in 2028" in said(dataclasses.replace(force, name="two", year=2028))
    assert "A programme is started at most once" in said(dataclasses.replace(force, action="fix", value=2.0))
    assert "of the group 'g' at most one is taken" in said(force, dataclasses.replace(force, name="two"))
    assert said(counts=(Count(rule="r", members=("one", "two"), at_least=1),)) == ""
    assert "'lever' is a contingency, and never counts" in said(counts=(Count(rule="r", members=("one", "lever"), at_most=1),))
    assert "No more than 2 can be taken" in said(counts=(Count(rule="r", members=("one", "two"), at_least=3),))


def test_a_source_for_a_crisis_alone_supplies_no_demand() -> None:
    """Alpha sold in a crisis only leaves the demand without supply: an error; opened by a candidate it is a supply."""
    for status, places in (("contingency", ["material"]), ("candidate", [])):
        found = check(small(sources=(source(programme="reserve"),), programmes=(row("reserve", status=status),)))
        assert [f.field for f in found if f.table == "Demand" and f.severity == "error"] == places
