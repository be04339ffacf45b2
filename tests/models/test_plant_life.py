"""Plants that close, and plants that are late because the cut takes their equipment."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, crisis, cutoff, missing_t, source, stock
from smelters import candidate, smelter, smelting

from models.columns import Month
from models.horizon import Slot
from models.run import Run, Study
from models.survival import Pattern
from optimizer.audit import audit
from optimizer.solve import solve

POWDER = (stock(opening_t=20.0),)


def test_a_plant_closes_after_its_last_month() -> None:
    """A smelter of 12 t a year serves 24 t of bars in two years; closed after March 2028 it serves 12 + 3 t, and its fixed cost of 0.5
    a year ends too: 0.625 instead of 1."""
    for offline, served, fixed in ((None, 24.0, 1.0), (Month(2028, 3), 15.0, 0.625)):
        with_cost = base(smelting(smelter(offline=offline, fixed_opex_usd_m_per_yr=0.5)))
        assert with_cost.total("served_t") == pytest.approx(served)
        assert with_cost.cost - base(smelting(smelter(offline=offline))).cost == pytest.approx(fixed)


def test_a_suppliers_plant_closes_its_source() -> None:
    """24 t a year of powder, 2 t a month, until the supplier's works close after June 2027; nothing in July; without it 2 t."""
    works = smelter(plant="works", status="supplier", output_form="powder", capacity_t_per_yr=99.0)
    for offline, left in ((Month(2027, 6), 0.0), (None, 2.0)):
        closing = smelting(smelter(), smelter(plant="works", **{**fields(works), "offline": offline}), sources=(source(plant="works"),))
        assert Study(closing).maximum_t["trade"][5:7] == [2.0, left]


def fields(plant: Any) -> dict[str, Any]:
    return {name: getattr(plant, name) for name in ("status", "output_form", "capacity_t_per_yr")}


def test_closing_is_audited() -> None:
    """A solved plan passes the audit of capacity and fixed cost; for a plant that closes a month earlier it does not."""
    plant = smelter(offline=Month(2028, 3), fixed_opex_usd_m_per_yr=0.5)
    changed = smelting(plant, cutoffs=(cutoff(must_survive=False),))
    plan = solve(changed)
    assert audit(changed, plan).findings == ()
    earlier = smelting(smelter(offline=Month(2028, 2), fixed_opex_usd_m_per_yr=0.5), cutoffs=changed.cutoffs)
    assert {"plant-capacity", "cost-term"} <= {finding.rule for finding in audit(earlier, plan).findings}


# Equipment


def capacities(plant: Any, start: int, **cut: Any) -> list[float]:
    """Capacity of a plant (a candidate: decided in month 0) in the four months of a cut of abroad, t."""
    changed = smelting(plant, cutoffs=(cutoff(**{"months": 4, **cut}),))
    study = Study(changed)
    run = Run(study, Pattern(changed.cutoffs[0], start))
    decided = 0 if plant.status == "candidate" else None
    return [run.capacity_t(study.plants["smelter"], decided, Slot(start + k, 1)) for k in range(4)]


def test_equipment_from_the_cut_country_comes_late() -> None:
    """A smelter of 1 t a month that is to start in month 13 starts in month 15 when a cut from month 12 on holds its equipment for two
    months; with equipment from elsewhere, or where it starts with the cut or before, it is not late."""
    abroad: dict[str, Any] = {"build_months": 13, "equipment_countries": ("abroad",)}
    assert capacities(candidate(**abroad), 12, equipment_delay_months=2) == [0, 0, 0, 1]
    assert capacities(candidate(**abroad), 12) == [0, 1, 1, 1]
    assert capacities(candidate(**{**abroad, "equipment_countries": ("elsewhere",)}), 12, equipment_delay_months=2) == [0, 1, 1, 1]
    for start in (13, 14):
        assert capacities(candidate(**abroad), start, equipment_delay_months=2) == [1, 1, 1, 1]


def test_a_plant_being_built_is_late_too() -> None:
    """An existing plant that is to start in February 2028 starts two months later; one that runs already is not concerned."""
    for online, expected in ((Month(2028, 2), [0, 0, 0, 1]), (Month(2028, 1), [1, 1, 1, 1]), (None, [1, 1, 1, 1])):
        coming = smelter(online=online, equipment_countries=("abroad",))
        assert capacities(coming, 12, equipment_delay_months=2) == expected


def test_what_is_missing_with_late_equipment() -> None:
    """Bars from abroad are cut in month 12 for three months; a smelter decided on the first day is to start in month 13: of 3 t one is
    missing; with equipment two months late, all three."""
    for delay, lacking in ((0, 1.0), (2, 3.0)):
        plant = candidate(build_months=13, equipment_countries=("abroad",))
        changed = smelting(plant, stocks=POWDER, cutoffs=(cutoff(equipment_delay_months=delay),))
        assert missing_t(crisis(changed, 12, built={("smelter", 0): 1.0})) == pytest.approx(lacking)


def test_late_equipment_is_audited() -> None:
    """A tonne of bars in store serves the month before the smelter starts: a solved plan passes; its recourses do not for a cut that
    holds the equipment back."""
    plant = candidate(build_months=13, equipment_countries=("abroad",))
    stocks = (*POWDER, stock(form="bar", opening_t=1.0))
    changed = smelting(plant, stocks=stocks, cutoffs=(cutoff(),))
    plan = solve(changed)
    assert audit(changed, plan).findings == ()
    late = smelting(plant, stocks=stocks, cutoffs=(cutoff(equipment_delay_months=9),))
    assert {finding.rule for finding in audit(late, plan).findings} == {"plant-capacity", "stated-figures"}
