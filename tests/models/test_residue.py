"""T1 place_what_arises, T2 carry_residue, T3 fill_cells, T4 cells_hold_what_is_disposed_of, T5 no_more_cells_than_fit.

12 t of beta a year take 40 t of ore (`feed_cases`, all of it parted at the works); a tonne of ore leaves half a tonne of cake.
"""

from __future__ import annotations

from typing import Any

import pytest
from feed_cases import separating, works
from small_cases import base, bounds, case, change, crisis, cutoff, equations, least_cost, missing_t, source, stock

from models.build import base_plan, recourse
from models.case import Budget, Case, Price, Residue, ResidueSite
from models.check import check
from models.columns import Month
from models.handed import Handed
from models.run import Study
from models.survival import Pattern

CAKE = Residue(residue="cake", plant="works", t_per_t=0.5)


def site(**changes: Any) -> ResidueSite:
    """A store of 25 t without cells."""
    return ResidueSite(**{"site": "hill", "status": "existing", "storage_t": 25.0, **changes})


def leaving(*sites: ResidueSite, **sheets: Any) -> Case:
    return separating(**{"fractions": (), "residues": (CAKE,), "residue_sites": sites, **sheets})


def test_residue_printed() -> None:
    """T1 to T5 on two sites: an old one with 5 t in store and 30 t in its cell, and one that may build two cells in half a year,
    so that they are filled from the next year on."""
    old = site(opening_t=5.0, cell_t=40.0, filled_t=30.0, residues=("cake",))
    new = site(site="vale", status="candidate", storage_t=0.0, cell_t=50.0, max_units=2, build_months=6)
    model = base_plan(Study(leaving(old, new)))
    assert equations(model, "place_what_arises")[0] == (
        "0.5 processed_t[works, ore A, 0] = placed_t[cake, works, hill, 0] + placed_t[cake, works, vale, 0]"
    )
    assert equations(model, "carry_residue")[:2] == [
        "residue_t[hill, 0] + buried_t[hill, 0] = 5 + placed_t[cake, works, hill, 0]",
        "residue_t[hill, 12] + buried_t[hill, 12] = residue_t[hill, 0] + placed_t[cake, works, hill, 12]",
    ]
    assert equations(model, "fill_cells")[:3] == [
        "filled_t[hill, 0] = 30 + buried_t[hill, 0]",
        "filled_t[hill, 12] = filled_t[hill, 0] + buried_t[hill, 12]",
        "filled_t[vale, 0] = buried_t[vale, 0]",
    ]
    assert equations(model, "cells_hold_what_is_disposed_of") == [
        "filled_t[vale, 0] <= 0",
        "filled_t[vale, 12] <= 50 cells[vale, 0]",
    ]
    assert equations(model, "no_more_cells_than_fit") == ["cells[vale, 0] + cells[vale, 12] <= 2"]
    assert bounds(model, "residue_t")["hill", 0] == (0, 25)
    assert bounds(model, "filled_t")["hill", 0] == (0, 40)


def test_without_residue_nothing_is_built() -> None:
    """A case without residue has no column and no rule of it."""
    model = base_plan(Study(case()))
    assert all(model.component(name) is None for name in ("cells", "CELLS"))
    assert all(model.operation.component(name) is None for name in ("placed_t", "residue_t", "place_what_arises", "SITES"))


def test_where_residue_cannot_be_placed_the_plant_stops() -> None:
    """A store of 25 t is full after 50 t of ore: 15 of 24 t of beta are served in two years. With a cell of 20 t, ready after a year,
    all 24 t; with one that comes only after the plan 15 t; with room for nothing at all none."""
    cell: dict[str, Any] = {"status": "candidate", "cell_t": 20.0}
    for there, served in (
        (site(), 15.0),
        (site(build_months=12, **cell), 24.0),
        (site(build_months=24, **cell), 15.0),
        (site(storage_t=0.0), 0.0),
        (site(plants=("toll",)), 0.0),
    ):
        assert base(leaving(there)).total("served_t") == pytest.approx(served), there
    assert base(leaving(site(), residues=())).total("served_t") == pytest.approx(24)


def test_no_more_cells_than_the_site_has_room_for() -> None:
    """Cells of 5 t without a store: for 40 t of cake eight are built where there is room, and three serve 9 t of beta."""
    for units, built, served in ((9, 8.0, 24.0), (3, 3.0, 9.0)):
        there = site(status="candidate", storage_t=0.0, cell_t=5.0, max_units=units, capex_usd_m=0.1)
        answer = base(leaving(there))
        assert (answer.total("cells"), answer.total("served_t")) == pytest.approx((built, served))


def test_a_material_has_its_own_rate() -> None:
    """Half a tonne per tonne for all, a quarter for this ore: 10 t instead of 20 t of cake in the first year."""
    own = Residue(residue="cake", plant="works", material="ore A", t_per_t=0.25)
    for residues, placed in (((CAKE,), 20.0), ((CAKE, own), 10.0)):
        assert base(leaving(site(storage_t=99.0), residues=residues)).value("residue_t", "hill", 0) == pytest.approx(placed)


def test_cost_of_residue() -> None:
    """Beside 0.08 for ore: 40 t of cake disposed of at 2,000 USD/t 0.08; without a cell they lie 20 and 40 t for a year at 1,000 USD/t,
    0.06, and 0.08 are owed for them at the end. A site costs 0.1 a year, 0.2. A cell of 1 million over 2 years 1.0."""
    dear: dict[str, Any] = {"storage_t": 99.0, "storage_usd_per_t_yr": 1000.0, "disposal_usd_per_t": 2000.0}
    for there, cost in (
        (site(**dear, cell_t=99.0), 0.08),
        (site(**dear), 0.06 + 0.08),
        (site(**dear, cell_t=99.0, fixed_opex_usd_m_per_yr=0.1), 0.08 + 0.2),
        (site(**dear, cell_t=99.0, opening_t=10.0), 0.1),
    ):
        assert base(leaving(there)).cost == pytest.approx(0.08 + cost), there
    cell: dict[str, Any] = {"status": "candidate", "storage_t": 0.0, "cell_t": 99.0, "capex_usd_m": 1.0}
    assert base(leaving(site(**cell, life_years=2, fixed_opex_usd_m_per_yr=0.1))).cost == pytest.approx(0.08 + 1.0 + 0.2)
    assert base(leaving(site(**cell))).cost == pytest.approx(0.08 + 2 / 20)


def test_a_cell_is_charged_in_the_padding_too() -> None:
    """A cell over 20 years is charged for the 24 months of the plan, and for 3 more in which a pattern that begins at its end uses it."""
    cell = site(status="candidate", storage_t=0.0, cell_t=99.0, capex_usd_m=1.0)
    assert base(leaving(cell, cutoffs=(cutoff(),))).cost == pytest.approx(0.08 + 27 / 12 / 20)


def test_a_cell_is_under_the_budget() -> None:
    """R6: a cell of 1 million decided at the start counts in 2027: with a budget of 1 million it is built and 24 t are served, with
    half a million none is, and none served."""
    cell = site(status="candidate", storage_t=0.0, cell_t=99.0, capex_usd_m=1.0)
    for usd_m, served in ((1.0, 24.0), (0.5, 0.0)):
        changed = leaving(cell, budgets=(Budget(budget="ministry", usd_m=usd_m, counts="capex"),))
        assert equations(base_plan(Study(changed)), "keep_the_budget")[0] == f"cells[hill, 0] <= {usd_m:g}"
        assert base(changed).total("served_t") == pytest.approx(served)


def test_residue_is_handed_over() -> None:
    """A recourse opens with the base plan's stores and cells: at a boundary with that level, within a period between its two ends,
    on the first day with the case's own; and it knows the cells decided before."""
    there = site(status="candidate", opening_t=4.0, cell_t=20.0)
    changed = leaving(there, cutoffs=(cutoff(first_start=Month(2027, 1)),))
    for start, weights, rest in ((12, {0: 1.0}, 0.0), (6, {0: 0.5}, 0.5), (0, {}, 1.0)):
        handed = recourse(Study(changed), Pattern(changed.cutoffs[0], start)).handed
        for opening, level, first in (("residue_opening_t", "residue_t", 4.0), ("filled_opening_t", "filled_t", 0.0)):
            expected = {(f"operation.{level}", ("hill", t)): w for t, w in weights.items()}
            assert handed[f"operation.{opening}", "hill"] == Handed(expected, rest * first)
        assert ("cells", ("hill", 0)) in handed or start == 0


def test_a_full_store_stops_a_plant_in_a_cut_too() -> None:
    """Three months need 3 t of beta, 10 t of ore and room for 5 t of cake: none is missing with 20 of 25 t in store, 1.8 t with 23 t,
    all 3 t with 25 t; with a cell decided before none."""
    there = site(status="candidate", cell_t=20.0)
    for lying, cells, lacking in ((20.0, 0.0, 0.0), (23.0, 0.0, 1.8), (25.0, 0.0, 3.0), (25.0, 1.0, 0.0)):
        changed = leaving(there, cutoffs=(cutoff(countries=("elsewhere",)),))
        model = crisis(changed, 12, cells={("hill", 0): cells})
        model.operation.residue_opening_t.fix(lying)
        model.operation.filled_opening_t.fix(0.0)
        assert missing_t(model) == pytest.approx(lacking), (lying, cells)


def test_a_cut_that_needs_the_plant_needs_room_for_its_residue() -> None:
    """Beta is traded from abroad at 0.5 USD/kg, cheaper than ore; in a cut of three months from any start on the works must make 3 t
    and place 5 t of cake. With a store of 5 t the plan costs as little as without residue, 0.012; with one of 4 t, 0.6 t of beta
    must lie ready as well: 0.0003 more. Without any, no plan survives."""

    home = separating().sources[0]
    trade = source("trade", "beta")
    prices = (*separating().prices, Price(index="index", material="beta", form="powder", usd_per_kg=0.5))

    sheets: dict[str, Any] = {"sources": (home, trade), "prices": prices, "cutoffs": (cutoff(first_start=Month(2028, 1)),)}
    store = (stock("beta"),)
    assert least_cost(leaving(site(storage_t=5.0), **sheets)) == pytest.approx(0.012)
    assert least_cost(leaving(site(storage_t=4.0), stocks=store, **sheets)) == pytest.approx(0.0123)
    assert least_cost(leaving(site(storage_t=4.0), **sheets)) == float("inf")


# Bad input


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"residues": (change(CAKE, plant="wroks"),)}, "Residues.plant", "Did you mean 'works'?"),
    ({"residues": (change(CAKE, material="SEG"),)}, "Residues.material", "'works' handles ore A."),
    ({"residues": (CAKE, CAKE)}, "Residues.residue", "Join the two rows or delete one."),
    ({"residue_sites": ()}, "Residues.residue", "No site takes it from 'works'"),
    ({"residue_sites": (site(plants=("toll",)),)}, "Residues.residue", "No site takes it from 'works'"),
    ({"residue_sites": (site(residues=("cakes",)),)}, "ResidueSites.residues", "Did you mean 'cake'?"),
    ({"residue_sites": (site(opening_t=26.0),)}, "ResidueSites.opening_t", "26 t lie there and 25 t fit."),
    ({"residue_sites": (site(cell_t=5.0, filled_t=6.0),)}, "ResidueSites.filled_t", "Its cells hold 5 t."),
    ({"residue_sites": (site(status="candidate", cell_t=5.0, filled_t=4.0),)}, "ResidueSites.filled_t", "not built hold nothing"),
    ({"residue_sites": (site(status="candidate", cell_t=5.0),)}, "ResidueSites.capex_usd_m", "built for nothing"),
    ({"residue_sites": (site(status="candidate", build_months=24),)}, "ResidueSites.build_months", "none is ever built"),
    (
        {"residue_sites": (site(status="candidate", decide_from=Month(2028, 1), decide_to=Month(2027, 1)),)},
        "ResidueSites.decide_from",
        "Exchange the two months.",
    ),
    ({"residue_sites": (site(storage_t=0.0),)}, "ResidueSites.storage_t", "neither a store nor a cell"),
    ({"residue_sites": (site(spend_pct=(50.0,), build_months=6),)}, "ResidueSites.spend_pct", "sum to 50 %"),
]


@pytest.mark.parametrize(("sheets", "place", "words"), WRONG, ids=[f"{n}-{w[1]}" for n, w in enumerate(WRONG)])
def test_bad_residue_is_told(sheets: dict[str, Any], place: str, words: str) -> None:
    """Each slip is named at its row with the way to mend it; the sound case has none on these sheets."""
    told = [f"{f.table}.{f.field}: {f.mend}" for f in check(leaving(**{"residue_sites": (site(),), **sheets}))]
    assert any(line.startswith(place) and words in line for line in told), told
    assert not [f for f in check(leaving(site())) if f.table in ("Residues", "ResidueSites")]


def test_a_supplier_leaves_no_residue_here() -> None:
    """Residue of a plant that the plan does not run is refused."""
    other = works(plant="their works", status="supplier")
    changed = leaving(site(), plants=(*separating().plants, other), residues=(change(CAKE, plant="their works"),))
    assert ("Residues", "plant") in {(f.table, f.field) for f in check(changed)}
