"""L11 lift_what_is_in_bands, L12 fill_what_is_reached, L13 reach_over_what_is_full, L14 reach_when_signed.

The contract is on alpha at the market's 10 USD/kg, 12 t a year for two years; tonnes above 4 t cost 10 % less, above 8 t 50 % less.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, case, crisis, cutoff, demand, equations

from models.build import base_plan
from models.case import Case, Contract, ContractLine, VolumeDiscount
from models.read_deals import read_discounted
from models.run import Run, Study

STEPS = ((4.0, 10.0), (8.0, 50.0))


def stepped(steps: tuple[tuple[float, float], ...] = STEPS, offer: dict[str, Any] | None = None, **sheets: Any) -> Case:
    """The contract in force with steps (tonnes, percent)."""
    terms: dict[str, Any] = {"contract": "offtake", "status": "in force", "tenor_years": 2, **(offer or {})}
    return case(
        contracts=(Contract(**terms),),
        contract_lines=(ContractLine(contract="offtake", source="trade", max_t_per_yr=(12.0,), price_index="index"),),
        volume_discounts=tuple(
            VolumeDiscount(contract="offtake", source="trade", from_t_per_yr=start, discount_pct=pct) for start, pct in steps
        ),
        **sheets,
    )


def test_bands_printed() -> None:
    """Three bands of 4 t each; a band above a step needs its step, and a step the full band below it."""
    model = base_plan(Study(stepped(offer={"status": "on offer"})))
    at = "offtake, trade, 2027"
    assert equations(model, "lift_what_is_in_bands")[0] == (
        f"band_t[{at}, 0] + band_t[{at}, 1] + band_t[{at}, 2] <= lifted_t[offtake, trade, 0]"
    )
    assert equations(model, "fill_what_is_reached")[:2] == [f"band_t[{at}, {k}] <= 4 reached[{at}, {k}]" for k in (1, 2)]
    assert equations(model, "reach_over_what_is_full")[:2] == [f"4 reached[{at}, {k}] <= band_t[{at}, {k - 1}]" for k in (1, 2)]
    assert equations(model, "reach_when_signed")[0] == f"reached[{at}, 1] <= signed[offtake, 0]"
    assert equations(base_plan(Study(stepped())), "reach_when_signed") == []


@pytest.mark.parametrize(
    ("steps", "needed", "cost"),
    [
        ((), 12.0, 0.24),
        (STEPS, 12.0, 0.192),
        (STEPS, 6.0, 0.116),
        (STEPS, 4.0, 0.08),
        (STEPS[1:], 12.0, 0.2),
        (((4.0, 50.0), (8.0, 10.0)), 12.0, 0.192),
    ],
)
def test_further_tonnes_cost_less(steps: tuple[tuple[float, float], ...], needed: float, cost: float) -> None:
    """12 t a year cost 0.24 in two years without; 4 t at 10, 4 t at 9 and 4 t at 5 USD/kg are 0.096 a year: 0.192. Of 6 t a year 2 t are at
    9: 0.116; 4 t reach no step: 0.08. One step alone: 8 t at 10 and 4 t at 5, 0.2. Steps that fall: 4 t at 5 and 4 t at 9, 0.192."""
    assert base(stepped(steps, demands=(demand(t_per_yr=needed),))).cost == pytest.approx(cost)


def test_a_recourse_pays_the_full_price() -> None:
    """Steps and their binaries are the base plan's: a recourse has none."""
    changed = stepped(cutoffs=(cutoff(countries=("nowhere",)),))
    assert len(crisis(changed, 12).operation.BANDS) == 0
    assert len(base_plan(Study(changed)).operation.STEPS) == 4


def test_rows_of_discounts() -> None:
    """4 t above 4 t are cheaper by 1 USD/kg, 2 t above 8 t by 5."""
    values = {"band_t": {("offtake", "trade", 2027, k): t for k, t in enumerate((4.0, 4.0, 2.0))}}
    rows = read_discounted(Run(Study(stepped())), values)
    assert [(r.year, r.from_t, r.discounted_t, r.saving_usd_per_kg) for r in rows] == [(2027, 4, 4, 1), (2027, 8, 2, 5)]
