"""C1 handle_no_more_than_capacity; K3 no_more_than_the_site_allows and K4 one_plant_of_a_group.

A smelter makes bars of alpha from powder; its capacity counts oxide that goes in.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import base, crisis, cutoff, equations, missing_t, stock
from smelters import candidate, smelter, smelting

from models.build import base_plan
from models.run import Study


def test_capacity_printed() -> None:
    """C1: two elements through one capacity of 12 t a year; a candidate's hangs on its decisions, half a year late in each year."""
    assert equations(base_plan(Study(smelting(smelter()))), "handle_no_more_than_capacity") == [
        "processed_t[smelter, alpha, 0] + processed_t[smelter, beta, 0] <= 12",
        "processed_t[smelter, alpha, 12] + processed_t[smelter, beta, 12] <= 12",
    ]
    assert equations(base_plan(Study(smelting(candidate(build_months=6, materials=("alpha",))))), "handle_no_more_than_capacity") == [
        "processed_t[smelter, alpha, 0] <= 6 built[smelter, 0]",
        "processed_t[smelter, alpha, 12] <= 12 built[smelter, 0] + 6 built[smelter, 12]",
    ]


def test_sites_and_groups_printed() -> None:
    """K3 allows two units in all, K4 one of both sizes; without a group there is no K4."""
    model = base_plan(Study(smelting(candidate(max_units=2, exclusive_group="g"), candidate(plant="large", exclusive_group="g"))))
    assert equations(model, "no_more_than_the_site_allows") == [
        "built[smelter, 0] + built[smelter, 12] <= 2",
        "built[large, 0] + built[large, 12] <= 1",
    ]
    assert equations(model, "one_plant_of_a_group") == ["built[smelter, 0] + built[smelter, 12] + built[large, 0] + built[large, 12] <= 1"]
    assert equations(base_plan(Study(smelting(candidate()))), "one_plant_of_a_group") == []


def test_capacity_limits() -> None:
    """A smelter of 6 t a year serves 12 of the 24 t of bars in two years, one of 12 t all; on output at 50 % recovery 6 t of bars too."""
    for changes, served in (
        ({"capacity_t_per_yr": 6.0}, 12.0),
        ({}, 24.0),
        ({"recovery": 0.5}, 12.0),
        ({"recovery": 0.5, "capacity_basis": "output"}, 24.0),
    ):
        assert base(smelting(smelter(**changes))).total("served_t") == pytest.approx(served), changes


def test_a_lead_time_truly_delays() -> None:
    """Permit 6 and building 6 months: nothing in the first year though it is decided on the first day, 12 t instead of 24 t."""
    for months, served in ((6, 12.0), (0, 24.0)):
        answer = base(smelting(candidate(permit_months=months, build_months=months)))
        assert answer.total("served_t") == pytest.approx(served)
        assert answer.value("built", "smelter", 0) == pytest.approx(1)


def test_a_ramp_takes_its_years() -> None:
    """25 % in the first year of operation and all after: 3 + 12 t instead of 24 t."""
    assert base(smelting(candidate(ramp_pct=(25.0, 100.0)))).total("served_t") == pytest.approx(15)


def test_units_are_whole_and_limited() -> None:
    """Units of 5 t: three are built for 12 t a year where the site allows, at 0.1 each; two serve 10 t a year."""
    for units, served, built in ((4, 24.0, 3.0), (2, 20.0, 2.0)):
        answer = base(smelting(candidate(capacity_t_per_yr=5.0, max_units=units, capex_usd_m=0.1)))
        assert (answer.total("served_t"), answer.total("built")) == pytest.approx((served, built))


def test_only_one_plant_of_a_group() -> None:
    """Two sizes of 6 t serve 24 t together; as one project 12 t."""
    for group, served in (("", 24.0), ("project", 12.0)):
        half: dict[str, Any] = {"capacity_t_per_yr": 6.0, "exclusive_group": group}
        assert base(smelting(candidate(**half), candidate(plant="second", **half))).total("served_t") == pytest.approx(served)


def test_a_plant_on_the_way_helps_only_when_it_is_on_line() -> None:
    """A cut of bars from abroad in month 12: of 3 t, none are missing when the smelter decided in month 0 is ready by then, 2 t
    when it comes two months later, 3 t when it was never decided."""
    powder = stock(opening_t=20.0)
    for build, decided, lacking in ((12, 1.0, 0.0), (14, 1.0, 2.0), (12, 0.0, 3.0)):
        changed = smelting(candidate(build_months=build), stocks=(powder,), cutoffs=(cutoff(),))
        assert missing_t(crisis(changed, 12, built={("smelter", 0): decided})) == pytest.approx(lacking), (build, decided)


def test_a_stopped_plant_makes_powder_worthless() -> None:
    """20 t of powder serve 3 t of bars while the smelter runs; when the cut stops it as well, 3 t are missing."""
    for plants, lacking in (((), 0.0), (("smelter",), 3.0)):
        changed = smelting(smelter(), stocks=(stock(opening_t=20.0),), cutoffs=(cutoff(plants=plants),))
        assert missing_t(crisis(changed, 12)) == pytest.approx(lacking)
