"""Residue: what processing leaves behind is placed at a site in the slot in which it arises, stored there, and disposed of in cells.

Where it cannot be placed the plant must stop: there is no other way out. A site stores all its residues together, and its
store is there from the start; cells of a candidate can be filled in the periods that begin after their completion. In a
recourse a site goes on with what lies in its store and cells and with the cells decided before the cut; sites are at home and
no cut-off hits them.
What lies in the store at the end of the plan is owed: it is charged with the cost of its disposal.

(T1) residue that arises is placed at a site that takes it
(T2) residue in store is what was there, plus what is placed, less what is disposed of
(T3) what is in the cells is what was there, plus what is disposed of
(T4) the cells that are ready hold what is disposed of
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.handed import Column, Handed
from models.modelling import pyo
from models.pieces import MILLION, Piece, charge
from models.run import Run


def declare(b: Any, run: Run) -> None:
    """``placed_t[residue, plant, site, t]``; ``residue_t``, ``buried_t``, ``filled_t`` [site, t]; ``residue_opening_t``,
    ``filled_opening_t`` [site]. Tonnes of residue. Nothing where no residue arises.
    """
    care = run.study.residue
    if not care:
        return
    slots = [slot.first for slot in run.slots]
    runs = set(b.PLANT_SLOTS)
    b.ARISINGS = pyo.Set(
        dimen=3, initialize=[(r, p, t) for r, p in care.rates for t in slots if (p, t) in runs], doc="residues x plants x slots"
    )
    b.PLACINGS = pyo.Set(
        dimen=4, initialize=[(r, p, s, t) for r, p, t in b.ARISINGS for s in care.takers(r, p)], doc="residues x plants x sites x slots"
    )
    b.placed_t = pyo.Var(b.PLACINGS, bounds=(0, None), doc="residue placed at the site, t")
    b.SITES = pyo.Set(initialize=list(care.sites), doc="sites of residue")
    b.SITE_SLOTS = pyo.Set(dimen=2, initialize=[(s, t) for s in care.sites for t in slots], doc="sites of residue x slots")
    b.residue_t = pyo.Var(
        b.SITE_SLOTS, bounds=lambda _b, s, _t: (0, care.sites[s].storage_t), doc="residue in the interim store at the end of the slot, t"
    )
    b.buried_t = pyo.Var(b.SITE_SLOTS, bounds=(0, None), doc="residue disposed of in cells, t")

    def room(_b: Any, s: str, _t: int) -> tuple[float, float | None]:
        site = care.sites[s]
        return 0, site.cell_t * site.max_units if site.status == "existing" else None

    b.filled_t = pyo.Var(b.SITE_SLOTS, bounds=room, doc="residue in cells at the end of the slot, t")
    b.residue_opening_t = pyo.Var(b.SITES, bounds=(0, None), doc="residue in the interim store at the start of the run, t")
    b.filled_opening_t = pyo.Var(b.SITES, bounds=(0, None), doc="residue in cells at the start of the run, t")
    if run.pattern is None:
        for s, site in care.sites.items():
            b.residue_opening_t[s].fix(site.opening_t)
            b.filled_opening_t[s].fix(site.filled_t)


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Interim storage of the level at the end of each slot, and disposal; in the base plan also of what is left in store at its end."""
    care, h = run.study.residue, run.study.horizon
    if not care:
        return
    months = {slot.first: slot.months for slot in run.slots}
    last = run.slots[-1].first
    for s, t in b.SITE_SLOTS:
        site = care.sites[s]
        yield charge(run, "residue", t, site.storage_usd_per_t_yr * months[t] / 12 * MILLION, b.residue_t[s, t])
        yield charge(run, "residue", t, site.disposal_usd_per_t * MILLION, b.buried_t[s, t])
        if run.pattern is None and t == last:
            yield Piece("residue", h.year(t), site.disposal_usd_per_t * MILLION, h.discount_at(h.months), b.residue_t[s, t], paid=False)


def handed_over(m: Any, run: Run, weights: dict[int, float], of_opening: float) -> None:
    """Stores and cells open with what the base plan has in them where the cut falls, see `models.handed.opening_weights`."""
    for s, site in run.study.residue.sites.items():
        for opening, level, first in (("residue_opening_t", "residue_t", site.opening_t), ("filled_opening_t", "filled_t", site.filled_t)):
            levels: dict[Column, float] = {(f"operation.{level}", (s, t)): weight for t, weight in weights.items()}
            m.handed[f"operation.{opening}", s] = Handed(levels, of_opening * first)


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rules T1 to T4."""
    care = run.study.residue
    if not care:
        return
    before = dict(zip((s.first for s in run.slots[1:]), (s.first for s in run.slots), strict=False))
    comes: dict[tuple[str, int], list[Any]] = {key: [] for key in b.SITE_SLOTS}
    for r, p, s, t in b.PLACINGS:
        comes[s, t].append(b.placed_t[r, p, s, t])

    @b.Constraint(b.ARISINGS, doc="(T1) residue that arises is placed at a site that takes it")
    def place_what_arises(b: Any, r: str, p: str, t: int) -> Any:
        arises = pyo.quicksum(rate * b.processed_t[p, i, t] for i, rate in care.rates[r, p].items())
        return arises == pyo.quicksum(b.placed_t[r, p, s, t] for s in care.takers(r, p))

    @b.Constraint(b.SITE_SLOTS, doc="(T2) residue in store is what was there, plus what is placed, less what is disposed of")
    def carry_residue(b: Any, s: str, t: int) -> Any:
        was = b.residue_t[s, before[t]] if t in before else b.residue_opening_t[s]
        return b.residue_t[s, t] == was + pyo.quicksum(comes[s, t]) - b.buried_t[s, t]

    @b.Constraint(b.SITE_SLOTS, doc="(T3) what is in the cells is what was there, plus what is disposed of")
    def fill_cells(b: Any, s: str, t: int) -> Any:
        was = b.filled_t[s, before[t]] if t in before else b.filled_opening_t[s]
        return b.filled_t[s, t] == was + b.buried_t[s, t]

    candidates = [(s, t) for s, t in b.SITE_SLOTS if care.sites[s].status == "candidate"]

    @b.Constraint(candidates, doc="(T4) the cells that are ready hold what is disposed of")
    def cells_hold_what_is_disposed_of(b: Any, s: str, t: int) -> Any:
        ready = [m.cells[k, d] for k, d in m.CELLS if k == s and care.ready(k, d) <= t]
        return b.filled_t[s, t] <= care.sites[s].cell_t * pyo.quicksum(ready)
