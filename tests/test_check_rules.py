"""The planner's own rules: what is wrong with them is told at their cells."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case, settings, source, stock

from models.case import Budget, Case, Ceiling, Contract, ContractLine, Count, Fix, Form, Plant
from models.check import check
from models.columns import Month


def offered(**sheets: Any) -> Case:
    """A case with something of each kind that can be decided."""
    smelter = Plant(
        plant="smelter",
        status="candidate",
        country="home",
        input_form="powder",
        output_form="bar",
        capacity_t_per_yr=12.0,
        max_units=2,
        capex_usd_m=1.0,
        exclusive_group="",
    )
    return case(
        sources=(source(), source("trade beta", "beta")),
        forms=(Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements")),
        contracts=(
            Contract(contract="offtake", status="on offer", tenor_years=2, exclusive_group="one"),
            Contract(contract="other", status="on offer", tenor_years=2, exclusive_group="one"),
            Contract(contract="old", status="in force", tenor_years=2),
        ),
        contract_lines=tuple(
            ContractLine(contract=c, source="trade", max_t_per_yr=6.0, price_index="index") for c in ("offtake", "other", "old")
        ),
        plants=(smelter, dataclasses.replace(smelter, plant="old smelter", status="existing", capex_usd_m=0.0)),
        stocks=(stock(capacity_t=50.0),),
        **sheets,
    )


def told(changed: Case) -> list[str]:
    """Every finding in one line."""
    return [f"{f.table}{'' if f.row is None else f'[{f.row}]'}.{f.field} {f.severity}: {f.mend}" for f in check(changed)]


def fix(decision: str, name: str, action: str, **more: Any) -> Fix:
    return Fix(decision=decision, name=name, action=action, **more)


FIXES: list[tuple[tuple[Fix, ...], list[str]]] = [
    ((fix("contract", "trade", "force"),), ["Fixes[0].name error: 'trade' does not stand on the sheet Contracts."]),
    ((fix("contract", "offtaek", "force"),), ["Fixes[0].name error: Did you mean 'offtake'?"]),
    ((fix("contract", "old", "forbid"),), ["Fixes[0].name error: It is in force, so there is nothing to decide."]),
    ((fix("plant", "old smelter", "force"),), ["Fixes[0].name error: It is existing: only a candidate is decided."]),
    ((fix("stock", "store", "at least", material="beta", value=1.0),), ["Fixes[0].material error: The store 'store' does not hold it."]),
    ((fix("purchase", "trade", "at least", material="alpha", value=1.0),), ["Fixes[0].material error: It is not used"]),
    ((fix("purchase", "trade", "at most"),), ["Fixes[0].value error: Say how much: 'at most' needs a number."]),
    ((fix("purchase", "trade", "force"),), ["Fixes[0].value error: Say how many tonnes there must be at least."]),
    ((fix("purchase", "trade", "forbid", value=3.0),), ["Fixes[0].value error: 'forbid' means none"]),
    ((fix("contract", "offtake", "force", year=2031),), ["Fixes[0].year error: The plan runs from 2027-01 to 2028-12. Correct the year."]),
    ((fix("contract", "offtake", "force", month=Month(2026, 1)),), ["Fixes[0].month error: The plan runs from"]),
    (
        (fix("contract", "offtake", "force", month=Month(2027, 5)),),
        ["Fixes[0].month error: 'offtake' cannot be signed in 2027-05. It can be on 2027-01, 2028-01."],
    ),
    ((fix("plant", "smelter", "forbid", month=Month(2027, 5)),), ["Fixes[0].month warning: 'smelter' cannot be decided in 2027-05."]),
    ((fix("contract", "offtake", "force", month=Month(2027, 1), year=2027),), ["Fixes[0].year error: Clear one of the two."]),
    (
        (fix("contract", "offtake", "force", month=Month(2027, 1)), fix("contract", "offtake", "forbid")),
        [
            "Fixes[0].action error: It contradicts another row: row 2 below",
            "Fixes[1].action error: It contradicts another row: row 1 below",
        ],
    ),
    (
        (fix("purchase", "trade", "at least", year=2027, value=9.0), fix("purchase", "trade", "at most", value=8.0)),
        ["Fixes[0].value error: It contradicts another row", "Fixes[1].value error: It contradicts another row"],
    ),
    (
        (fix("stock", "store", "at least", value=9.0), fix("stock", "store", "at most", month=Month(2027, 12), value=8.0)),
        ["Fixes[0].value error: It contradicts another row", "Fixes[1].value error: It contradicts another row"],
    ),
    (
        (fix("contract", "offtake", "force", year=2027), fix("contract", "offtake", "force", year=2028)),
        ["Fixes[1].action error: A contract is signed at most once: 1; 2 are asked for."],
    ),
    ((fix("plant", "smelter", "fix", value=3.0),), ["Fixes[0].value error: Units that the site takes: 2; 3 are asked for."]),
    (
        (fix("purchase", "trade", "at least", year=2027, value=25.0),),
        ["Fixes[0].value error: Tonnes that the source sells without a contract"],
    ),
    ((fix("stock", "store", "fix", year=2027, value=51.0),), ["Fixes[0].value error: Tonnes that fit into the store: 50; 51"]),
    (
        (fix("contract", "offtake", "force"), fix("contract", "other", "force")),
        ["Fixes[1].name error: 'offtake' is forced too, and of the group 'one' at most one is taken."],
    ),
]


@pytest.mark.parametrize(("fixes", "expected"), FIXES, ids=[e[0].split(":")[0] + f"-{n}" for n, (_, e) in enumerate(FIXES)])
def test_a_fix_that_cannot_be_kept_is_told_at_its_cell(fixes: tuple[Fix, ...], expected: list[str]) -> None:
    """Unknown names, dates without a decision, missing numbers, and rows that contradict each other or the workbook."""
    found = [line for line in told(offered(fixes=fixes)) if line.startswith("Fixes")]
    assert len(found) == len(expected), found
    for line, words in zip(found, expected, strict=True):
        assert line.startswith(words), found


def test_fixes_that_agree_are_not_complained_about() -> None:
    """A floor below a ceiling, a month within its year, stocks at two dates."""
    fixes = (
        fix("purchase", "trade", "at least", month=Month(2027, 3), value=0.5),
        fix("purchase", "trade", "at most", year=2027, value=8.0),
        fix("stock", "store", "at least", year=2027, value=9.0),
        fix("stock", "store", "at most", year=2028, value=8.0),
        fix("contract", "offtake", "force", year=2028),
        fix("contract", "other", "forbid"),
        fix("plant", "smelter", "at most", value=1.0),
    )
    assert [line for line in told(offered(fixes=fixes)) if line.startswith("Fixes")] == []


HOME = {"settings": settings(home_country="home")}
OTHERS: list[tuple[dict[str, Any], str]] = [
    (
        {"ceilings": (Ceiling(form="powder", max_share=0.5, from_year=2029, to_year=2028),)},
        "Ceilings[0].from_year error: The last year is 2028",
    ),
    (
        {"ceilings": (Ceiling(form="powder", max_share=0.5, from_year=2029),)},
        "Ceilings[0].from_year warning: The plan runs from 2027 to 2028",
    ),
    (
        {"ceilings": (Ceiling(country="home", form="powder", max_share=0.5),)},
        "Ceilings[0].country error: What comes from home is not counted.",
    ),
    ({"ceilings": (Ceiling(country="abraod", form="powder", max_share=0.5),)}, "Ceilings[0].country warning: Did you mean 'abroad'?"),
    (
        {"ceilings": (Ceiling(form="powder", elements=("alpha",), max_share=0.5),)},
        "Ceilings[0].max_share warning: alpha as powder comes from abroad alone",
    ),
    (
        {"ceilings": (Ceiling(form="bar", elements=("alpha",), max_share=0.5),)},
        "Ceilings[0].elements warning: No source delivers alpha as bar",
    ),
    (
        {"ceilings": (Ceiling(form="bar", max_share=1.0),), "settings": settings()},
        "Settings.home_country warning: Without it the buyer's own plants count",
    ),
    (
        {"ceilings": (Ceiling(form="powder", max_share=1.0),), "settings": settings(home_country="hmoe")},
        "Settings.home_country warning: Did you mean 'home'?",
    ),
    ({"counts": (Count(rule="r", members=("offtake",)),)}, "Counts[0].at_least error: The row asks for nothing."),
    (
        {"counts": (Count(rule="r", members=("offtake",), at_most=1, from_month=Month(2028, 2), by_month=Month(2028, 1)),)},
        "Counts[0].from_month error: Exchange the two months.",
    ),
    (
        {"counts": (Count(rule="r", members=("offtake",), at_most=1, from_month=Month(2031, 2)),)},
        "Counts[0].from_month error: The plan runs from 2027-01 to 2028-12.",
    ),
    ({"counts": (Count(rule="r", members=("smelter", "offtake"), at_least=4),)}, "Counts[0].at_least error: No more than 3 can be taken."),
    ({"counts": (Count(rule="r", members=("smelter",), at_least=2, at_most=1),)}, "Counts[0].at_least error: Exchange or correct the two."),
    (
        {"counts": (Count(rule="r", members=("old", "old smelter"), at_most=1),)},
        "Counts[0].at_most error: 2 are in force or exist already.",
    ),
    ({"counts": (Count(rule="r", members=("nobody",), at_most=1),)}, "Counts[0].members error: Add it to the sheet Contracts"),
    ({"budgets": (Budget(budget="b", year=2030, usd_m=1.0),)}, "Budgets[0].year error: The plan runs from 2027 to 2028."),
    (
        {"budgets": (Budget(budget="b", year=2027, usd_m=1.0), Budget(budget="b", year=2027, usd_m=2.0))},
        "Budgets[1].budget error: The same budget and year together stands in filled row 1",
    ),
]


@pytest.mark.parametrize(("sheets", "words"), OTHERS, ids=[f"{w.split(' ')[0]}-{n}" for n, (_, w) in enumerate(OTHERS)])
def test_other_rules_that_cannot_be_kept_are_told(sheets: dict[str, Any], words: str) -> None:
    """Ceilings, counts and budgets: times, names, numbers and what they are about."""
    found = told(dataclasses.replace(offered(), **{**HOME, **sheets}))
    assert any(line.startswith(words) for line in found), found


def test_rules_that_can_be_kept_are_not_complained_about() -> None:
    """One of each, sound."""
    sound = {
        "sources": (source(), source("trade beta", "beta"), source("far", countries=("afar",))),
        "ceilings": (Ceiling(country="abroad", form="powder", elements=("alpha",), max_share=0.65),),
        "counts": (Count(rule="r", members=("offtake", "far", "smelter"), at_least=1, at_most=3),),
        "budgets": (Budget(budget="b", usd_m=1.0),),
    }
    found = told(dataclasses.replace(offered(), **HOME, **sound))
    assert [line for line in found if line.split("[")[0].split(".")[0] in ("Ceilings", "Counts", "Budgets", "Settings")] == []
