"""Checks of what contracts refer to, of the money put up for them, of their discounts, and of links between plants."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from models.case import Case, Contract, ContractLine, Financing, Fix, Form, VolumeDiscount
from models.check import check
from models.columns import Month
from optimizer.template import example_case

OFFER, MINE = "Hillside offtake", "Hillside concentrate"


def beside(status: str = "in force", **fields: Any) -> tuple[Contract, ContractLine]:
    """A second contract, from January 2027 for five years, with a line."""
    plain: dict[str, Any] = {"contract": "old", "status": status, "tenor_years": 2, "first_delivery": Month(2027, 1)}
    return Contract(**{**plain, **fields}), ContractLine(contract="old", source=MINE, price_index="ex Eastland", max_t_per_yr=100.0)


def told(case: Case) -> list[str]:
    """What is said of a case, by cell."""
    return [f"{f.table}[{f.row}].{f.field} {f.severity}: {f.mend}" for f in check(case)]


def offers(second: tuple[Contract, ContractLine], **fields: Any) -> Case:
    """The example with a second contract, and fields of its offer changed."""
    case = example_case()
    first = dataclasses.replace(case.contracts[0], **fields)
    return dataclasses.replace(case, contracts=(first, second[0]), contract_lines=(*case.contract_lines, second[1]))


LINKS: list[tuple[tuple[Contract, ContractLine], dict[str, Any], str]] = [
    (beside("expired"), {"extends": "old"}, "Contracts[0].extends error: 'old' has expired, so there is no end to begin at."),
    (beside(tenor_years=9), {"extends": "old"}, "Contracts[0].extends warning: 'old' ends in 2035-12: notice would be due outside"),
    (
        beside(first_delivery=Month(2025, 3)),
        {"extends": "old", "lead_months": 6},
        "Contracts[0].extends warning: 'old' ends in 2027-02: notice would be due outside",
    ),
    (beside("expired"), {"requires": ("old",)}, "Contracts[0].requires error: 'old' has expired, so this one is never signed."),
    (beside(), {"excludes": ("old",)}, "Contracts[0].excludes warning: 'old' is there already, so this one is never signed."),
    (beside(), {"excludes": ("Home metal works",)}, "Contracts[0].excludes warning: 'Home metal works' is there already"),
    (beside(), {"requires": (OFFER,)}, "Contracts[0].requires error: A contract cannot refer to itself."),
    (beside(first_delivery=Month(2035, 1)), {}, "Contracts[1].first_delivery warning: It delivers only after the plan."),
    (beside(), {"call_notice_months": 3}, "Contracts[0].call_notice_months warning: None of its lines has optional tonnes"),
    (beside(), {"exclusive_group": "lone"}, "Contracts[0].exclusive_group warning: Nothing else is in this group."),
    (beside("on offer", exclusive_group="lane"), {"exclusive_group": "lame"}, "Contracts[0].exclusive_group warning: Did you mean 'lane'?"),
]


@pytest.mark.parametrize(("second", "fields", "words"), LINKS, ids=[f"{n}-{w[2].split(' ')[0]}" for n, w in enumerate(LINKS)])
def test_links_that_cannot_hold_are_told(second: tuple[Contract, ContractLine], fields: dict[str, Any], words: str) -> None:
    """Ends that are none, notices outside the plan, what is gone or there already, and groups of one."""
    found = told(offers(second, **fields))
    assert any(line.startswith(words) for line in found), found


def test_links_that_hold_are_not_complained_about() -> None:
    """An extension of what is in force, with notice inside the plan; what requires what is in force, and excludes what is on offer."""
    assert not [line for line in told(offers(beside(), extends="old", lead_months=6)) if ".extends" in line]
    for second, fields in ((beside(), {"requires": ("old",)}), (beside("on offer"), {"excludes": ("old",)})):
        assert not [line for line in told(offers(second, **fields)) if ".requires" in line or ".excludes" in line]


STAKE = Financing(financing="stake", contract=OFFER, kind="equity", usd_m=9.0, years=5, optional=True, source=MINE, extra_max_t_per_yr=50.0)
LOAN = Financing(financing="loan", contract=OFFER, kind="loan", usd_m=9.0, years=5, interest_pct_per_yr=3.0)

MONEY: list[tuple[Financing, str]] = [
    (dataclasses.replace(STAKE, source="Eastland Nd oxide"), "Financing[0].source error: 'Hillside offtake' has no line on"),
    (dataclasses.replace(STAKE, source=""), "Financing[0].extra_max_t_per_yr error: Name the source on whose line"),
    (dataclasses.replace(STAKE, extra_max_t_per_yr=0.0), "Financing[0].optional warning: It buys nothing"),
    (dataclasses.replace(STAKE, interest_pct_per_yr=2.0), "Financing[0].interest_pct_per_yr warning: It counts where the kind is loan."),
    (dataclasses.replace(LOAN, resale_share=0.5), "Financing[0].resale_share warning: It counts where the kind is equity."),
    (dataclasses.replace(LOAN, interest_pct_per_yr=9.0), "Financing[0].interest_pct_per_yr warning: Money costs 4 %/yr"),
    (dataclasses.replace(LOAN, contract="offtake"), "Financing[0].contract error:"),
    (dataclasses.replace(LOAN, years=0), "Financing[0].years error:"),
    (dataclasses.replace(LOAN, kind="gift"), "Financing[0].kind error:"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("row", "words"), MONEY, ids=[f"{n}-{w[1].split(' ')[0]}" for n, w in enumerate(MONEY)])
def test_money_that_cannot_be_put_up_is_told(row: Financing, words: str) -> None:
    """Rights on nothing, terms of another kind of money, interest that earns, names and words that are none."""
    found = told(dataclasses.replace(example_case(), financings=(row,)))
    assert any(line.startswith(words) for line in found), found


def test_money_for_a_contract_in_force_is_told() -> None:
    """It is spent; and a sound stake and loan are not complained about."""
    sound = dataclasses.replace(example_case(), financings=(STAKE, LOAN))
    assert not [line for line in told(sound) if line.startswith("Financing")]
    signed = dataclasses.replace(sound.contracts[0], status="in force", upfront_usd_m=0.0)
    found = told(dataclasses.replace(sound, contracts=(signed,)))
    assert any(line.startswith("Financing[0].contract error: 'Hillside offtake' is in force: its money is spent") for line in found), found


def test_discounts_that_hold_nothing_are_told() -> None:
    """A step on no line, and one that the line's maximum never passes; a sound step is not complained about."""
    step = VolumeDiscount(contract=OFFER, source=MINE, from_t_per_yr=600.0, discount_pct=10.0)
    for row, words in (
        (dataclasses.replace(step, source="Eastland Nd oxide"), "VolumeDiscounts[0].source error: 'Hillside offtake' has no line"),
        (dataclasses.replace(step, from_t_per_yr=1200.0), "VolumeDiscounts[0].from_t_per_yr warning: The line gives the right to 1200"),
        (dataclasses.replace(step, discount_pct=120.0), "VolumeDiscounts[0].discount_pct error:"),
        (dataclasses.replace(step, from_t_per_yr=0.0), "VolumeDiscounts[0].from_t_per_yr error:"),
    ):
        found = told(dataclasses.replace(example_case(), volume_discounts=(row,)))
        assert any(line.startswith(words) for line in found), found
    assert not [line for line in told(dataclasses.replace(example_case(), volume_discounts=(step,))) if line.startswith("VolumeDiscounts")]


def test_cargo_without_a_way_is_told() -> None:
    """Tonnes at sea of a source whose shipping takes no time; with a shipping time they are sound."""
    case = example_case()
    for months, told_of in ((0.0, True), (1.5, False)):
        far = dataclasses.replace(case.sources[0], at_sea_t=5.0, shipping_months=months)
        found = told(dataclasses.replace(case, sources=(far, *case.sources[1:])))
        assert any(line.startswith("Sources[0].at_sea_t warning: Nothing is under way") for line in found) is told_of, found


def test_plants_that_cannot_come_are_told() -> None:
    """Two candidates that require each other, a window without a decision date, materials that occur nowhere, and a fix of what a
    supplier's plant handles."""
    case = example_case()
    plants = list(case.plants)
    at = next(n for n, plant in enumerate(plants) if plant.status == "candidate")
    pair = (
        *plants[:at],
        dataclasses.replace(plants[at], requires=("second",)),
        dataclasses.replace(plants[at], plant="second", requires=(plants[at].plant,)),
    )
    found = told(dataclasses.replace(case, plants=pair))
    assert any(line.startswith(f"Plants[{at}].requires warning: 'second' requires 'Harbour separation' too") for line in found), found
    late = dataclasses.replace(plants[at], decide_from=Month(2027, 8), decide_to=Month(2027, 9))
    found = told(dataclasses.replace(case, plants=(*plants[:at], late)))
    assert any(line.startswith(f"Plants[{at}].decide_to warning: No decision date falls into its window") for line in found), found
    idle = dataclasses.replace(plants[at], plant="idle", input_form="metal", output_form="alloy", materials=())
    alloy = Form(form="alloy", position=4, holds="mixtures")
    found = told(dataclasses.replace(case, plants=(*plants, idle), forms=(*case.forms, alloy)))
    assert any(line.startswith(f"Plants[{len(plants)}].materials warning: No mixture or grade occurs in its forms") for line in found), (
        found
    )
    fix = Fix(decision="processing", name="Hillside mine", action="at most", value=1.0)
    found = told(dataclasses.replace(case, fixes=(fix,)))
    assert any(line.startswith("Fixes[0].name error: It is a supplier's, and what it handles is not decided here.") for line in found), (
        found
    )
