"""Residue: what arises is placed, stores and cells are replayed, cells are built in time."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterator

from models.case import Case, ResidueSite
from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.clock import Slot
from optimizer.audit.rows import Run
from optimizer.audit.verdict import SUMMED_UP, Ledger

MILLION = 1e-6


@dataclasses.dataclass(frozen=True)
class Cell:
    """Cells decided in month ``decided`` that can be filled from month ``ready``."""

    decided: int
    ready: int
    units: int


Cells = dict[str, list[Cell]]
"""Cells that the plan builds, by site."""


def cells_of(book: Book, plan: Plan, ledger: Ledger) -> Cells:
    """Cells are built at candidates of the case, in whole numbers and no more than fit, decided on a decision date within the row's
    window, and ready after permit and building, inside the horizon. The rows' dates and figures say the same.
    """
    clock, sites = book.clock, {row.site: row for row in book.case.residue_sites}
    found: Cells = collections.defaultdict(list)
    every = book.case.settings.decision_every_months
    for row in plan.cells_built:
        name, site = (row.site,), sites.get(row.site)
        known = site is not None and site.status == "candidate"
        ledger.holds("names", known, SUMMED_UP, None, ("cells", *name), "a candidate site of the case", row.site)
        if site is None or not known:
            continue
        decided = clock.month(row.decided)
        ready = decided + site.permit_months + site.build_months
        ledger.holds("decision-date", decided >= 0 and decided % every == 0, SUMMED_UP, decided, name, "a decision date", str(row.decided))
        opens, closes = max(0, clock.month_or(site.decide_from, 0)), clock.month_or(site.decide_to, clock.horizon - 1)
        ledger.holds("decision-window", opens <= decided <= closes, SUMMED_UP, decided, name, f"months {opens} to {closes}", str(decided))
        ledger.holds("lead-time", clock.month(row.ready) == ready, SUMMED_UP, decided, name, str(clock.start.plus(ready)), str(row.ready))
        ledger.holds("horizon", ready < clock.horizon, SUMMED_UP, ready, name, "ready inside the horizon", "after it")
        ledger.equal("stated-figures", row.capacity_t, row.units * site.cell_t, SUMMED_UP, None, (*name, "capacity_t"))
        ledger.equal("stated-figures", row.capex_usd_m, row.units * site.capex_usd_m, SUMMED_UP, None, (*name, "capex_usd_m"))
        found[row.site].append(Cell(decided, ready, row.units))
    for built_at, cells in found.items():
        ledger.at_most("residue-cells", sum(cell.units for cell in cells), sites[built_at].max_units, SUMMED_UP, None, (built_at, "units"))
        ledger.at_least("residue-cells", min(cell.units for cell in cells), 0, SUMMED_UP, None, (built_at, "units"))
    return found


def _rates(case: Case) -> dict[tuple[str, str], dict[str, float]]:
    """Stated tonnes of residue per tonne in, by (residue, plant) and material; "" stands for those without a row of their own."""
    rates: dict[tuple[str, str], dict[str, float]] = collections.defaultdict(dict)
    for row in case.residues:
        rates[row.residue, row.plant][row.material] = row.t_per_t
    return rates


def check_residue(book: Book, cells: Cells, run: Run, base: Run, ledger: Ledger) -> None:
    """What arises in a plant is placed in the same period, at sites that take it. A site's store carries over, opens with what the
    case or the base plan has there, and does not overflow; what is disposed of fits the cells that are ready.
    """
    if not book.case.residues and not book.case.residue_sites:
        return
    _check_placing(book, run, ledger)
    placed: dict[tuple[str, int], float] = collections.defaultdict(float)
    for (_, _, name, period), tonnes in run.residue_placed.items():
        placed[name, period] += tonnes
    for site in book.case.residue_sites:
        known = [cell for cell in cells.get(site.site, ()) if cell.decided < run.begins]
        level, filled = (site.opening_t, site.filled_t) if run.cut is None else _handed(site, base, run.begins)
        for slot in run.slots:
            level, filled = _check_period(site, known, run, slot, (level, filled, placed[site.site, slot[0]]), ledger)


def _check_placing(book: Book, run: Run, ledger: Ledger) -> None:
    """Per residue, plant and period: placed = t per t x what went in; and every site takes that residue from that plant."""
    sites = {row.site: row for row in book.case.residue_sites}
    arises: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for (residue, plant), by_material in _rates(book.case).items():
        for (name, material, period), tonnes in run.processed.items():
            if name == plant:
                arises[residue, plant, period] += tonnes * by_material.get(material, by_material.get("", 0.0))
    put: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for (residue, plant, site_name, period), tonnes in run.residue_placed.items():
        put[residue, plant, period] += tonnes
        site = sites[site_name]
        takes = (not site.residues or residue in site.residues) and (not site.plants or plant in site.plants)
        ledger.holds("residue-placed", takes, run.name, period, (residue, plant, site_name), "a site that takes it", "another")
    for residue, plant, period in {**arises, **put}:
        key = (residue, plant, period)
        ledger.equal("residue-placed", put.get(key, 0.0), arises.get(key, 0.0), run.name, period, (residue, plant))


def _handed(site: ResidueSite, base: Run, month: int) -> tuple[float, float]:
    """Store and cells of a site in the base plan at the first instant of a month: within a period on the line between its ends."""
    before = (site.opening_t, site.filled_t)
    for first, months in base.slots:
        if first >= month:
            break
        row = base.residue_levels.get((site.site, first))
        after = (0.0, 0.0) if row is None else (row.level_t, row.filled_t)
        done = min(1.0, (month - first) / months)
        before = (before[0] + done * (after[0] - before[0]), before[1] + done * (after[1] - before[1]))
    return before


def _check_period(
    site: ResidueSite, cells: list[Cell], run: Run, slot: Slot, before: tuple[float, float, float], ledger: Ledger
) -> tuple[float, float]:
    """One site in one period; ``before``: store and cells before it, and what is placed in it. Returns store and cells after it."""
    first = slot[0]
    level, filled, placed = before
    row = run.residue_levels.get((site.site, first))
    if row is None:
        ledger.at_most("residue-store", level + placed + filled, 0.0, run.name, first, (site.site, "no row"))
        return 0.0, 0.0
    for what, found, expected in (
        ("opening_t", row.opening_t, level),
        ("placed_t", row.placed_t, placed),
        ("level_t", row.level_t, level + placed - row.disposed_t),
    ):
        ledger.equal("residue-store", found, expected, run.name, first, (site.site, what), scale=level + placed)
    ledger.at_most("residue-store", row.level_t, site.storage_t, run.name, first, (site.site, "storage_t"))
    room = site.cell_t * (site.max_units if site.status == "existing" else sum(c.units for c in cells if c.ready <= first))
    ledger.equal("residue-cells", row.filled_t, filled + row.disposed_t, run.name, first, (site.site, "filled_t"), scale=filled)
    ledger.at_most("residue-cells", row.filled_t, room, run.name, first, (site.site, "cells"))
    ledger.equal("residue-cells", row.cells_t, room, run.name, first, (site.site, "cells_t"))
    return row.level_t, row.filled_t


def residue_costs(book: Book, run: Run) -> Iterator[tuple[str, int, float]]:
    """(term, period, million USD) of interim storage on what lies there at the end of each period, and of disposal."""
    lengths, sites = dict(run.slots), {row.site: row for row in book.case.residue_sites}
    for (name, period), row in run.residue_levels.items():
        site = sites[name]
        yield "residue", period, row.level_t * site.storage_usd_per_t_yr * lengths[period] / 12 * MILLION
        yield "residue", period, row.disposed_t * site.disposal_usd_per_t * MILLION


def owed_usd_m(book: Book, base: Run) -> float:
    """Disposal of what still lies in stores at the end of the plan, million USD."""
    last, sites = base.slots[-1][0], {row.site: row for row in book.case.residue_sites}
    return math.fsum(
        row.level_t * sites[name].disposal_usd_per_t * MILLION for (name, period), row in base.residue_levels.items() if period == last
    )
