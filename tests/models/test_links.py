"""K21 extend_what_is_signed, K22 sign_after_what_it_requires, K23 sign_not_beside_what_it_excludes.

Contracts are on alpha at half the market's 10 USD/kg, 12 t a year; three years, signed in January.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, crisis, cutoff, equations, missing_t, settings, source

from models.build import base_plan
from models.case import Case, Contract, ContractLine, Plant
from models.columns import Month
from models.run import Study


def linked(*contracts: dict[str, Any], **sheets: Any) -> Case:
    """Contracts on offer for a year, named by their place, unless changed."""
    plain = {"status": "on offer", "tenor_years": 1}
    rows = tuple(Contract(**{"contract": name, **plain, **terms}) for name, terms in zip(("one", "two", "three"), contracts, strict=False))
    lines = tuple(
        ContractLine(contract=c.contract, source="trade", max_t_per_yr=(12.0,), price_index="index", discount_pct=50.0) for c in rows
    )
    return case(**{"settings": settings(horizon_months=36), "contracts": rows, "contract_lines": lines, **sheets})


def plant(**changes: Any) -> Plant:
    """A candidate that costs 0.01 million USD."""
    plain = {"status": "candidate", "country": "home", "input_form": "powder", "output_form": "powder", "capacity_t_per_yr": 0.0}
    return Plant(**{"plant": "works", **plain, "capex_usd_m": 0.01, "life_years": 1, **changes})


def test_an_extension_begins_at_the_end() -> None:
    """The first contract ends after 12, 24 or 36 months; with three months' notice its extension is signed in month 9 or 21, for the end
    that the signature of the first gives."""
    study = Study(linked({}, {"extends": "one", "lead_months": 3}))
    assert [key for key in study.signings if key[0] == "two"] == [("two", 9), ("two", 21)]
    assert [study.delivery(study.contracts["two"], d).start for d in (9, 21)] == [12, 24]
    assert equations(base_plan(study), "extend_what_is_signed") == [
        "signed[two, 9] <= signed[one, 0]",
        "signed[two, 21] <= signed[one, 12]",
    ]


def test_one_end_of_several_signatures() -> None:
    """Not delivering before 2028, a contract signed in month 0 or 12 ends in either case after 24 months: one date, either signature."""
    study = Study(linked({"first_delivery": Month(2028, 1)}, {"extends": "one"}))
    assert equations(base_plan(study), "extend_what_is_signed") == ["signed[two, 24] <= signed[one, 0] + signed[one, 12]"]


def test_an_extension_of_what_is_in_force() -> None:
    """In force to the end of 2027 it needs no signature; an extension of the extension follows."""
    study = Study(linked({"status": "in force"}, {"extends": "one"}, {"extends": "two", "lead_months": 1}))
    assert study.signings == (("two", 12), ("three", 23))
    assert equations(base_plan(study), "extend_what_is_signed") == ["signed[three, 23] <= signed[two, 12]"]


def test_an_extension_prolongs() -> None:
    """Signed for one of three years the contract saves 0.06 of 0.36: 0.3; extended for another year 0.24."""
    assert (base(linked({})).cost, base(linked({}, {"extends": "one"})).cost) == pytest.approx((0.3, 0.24))


def test_an_expansion_requires_the_first() -> None:
    """Both offers are for 2028 alone. The second saves 0.06 of 0.36; where it requires the first, the first's prepayment of 0.01 is paid
    too: 0.31 instead of 0.3."""
    dear = {"upfront_usd_m": 0.01, "sign_from": Month(2028, 1), "sign_to": Month(2028, 1)}
    free = linked(dear, {"sign_from": Month(2028, 1), "sign_to": Month(2028, 1)})
    tied = linked(dear, {"sign_from": Month(2028, 1), "sign_to": Month(2028, 1), "requires": ("one",)})
    assert equations(base_plan(Study(tied)), "sign_after_what_it_requires") == ["signed[two, 12] <= signed[one, 12]"]
    assert (base(free).cost, base(tied).cost) == pytest.approx((0.3, 0.31))


def test_a_plant_can_be_required() -> None:
    """The contract saves 0.06 of 0.36; where it requires a plant, decided no later, that costs 0.01 over its life of a year: 0.31; where
    the plant stands already 0.3."""
    tied = linked({"requires": ("works",)}, plants=(plant(),))
    assert equations(base_plan(Study(tied)), "sign_after_what_it_requires")[:2] == [
        "signed[one, 0] <= built[works, 0]",
        "signed[one, 12] <= built[works, 0] + built[works, 12]",
    ]
    assert base(tied).cost == pytest.approx(0.31)
    standing = linked({"requires": ("works",)}, plants=(plant(status="existing", capex_usd_m=0.0),))
    assert equations(base_plan(Study(standing)), "sign_after_what_it_requires") == []
    assert base(standing).cost == pytest.approx(0.3)


def test_excluding() -> None:
    """Two contracts for a year each save 0.12 of 0.36; where one excludes the other only 0.06."""
    free, either = linked({}, {}), linked({"excludes": ("two",)}, {})
    assert (base(free).cost, base(either).cost) == pytest.approx((0.24, 0.3))
    (rule,) = equations(base_plan(Study(either)), "sign_not_beside_what_it_excludes")
    assert rule == ("signed[one, 0] + signed[one, 12] + signed[one, 24] + signed[two, 0] + signed[two, 12] + signed[two, 24] <= 1")


def test_an_extension_serves_in_a_cut() -> None:
    """Cut in month 12, when the first contract has ended: the extension signed three months before serves, else 3 t are missing."""
    safe = source(countries=("elsewhere",), spot_share=0.0)
    changed = linked({}, {"extends": "one", "lead_months": 3}, sources=(safe,), cutoffs=(cutoff(),))
    assert missing_t(crisis(changed, 12, signed={("one", 0): 1.0, ("two", 9): 1.0})) == pytest.approx(0)
    assert missing_t(crisis(changed, 12, signed={("one", 0): 1.0})) == pytest.approx(3)
