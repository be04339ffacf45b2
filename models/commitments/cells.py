"""Disposal cells for residue: which sites build some, how many, and when they are decided.

(T5) no more cells are built than the site has room for
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from models.handed import same
from models.horizon import Slot
from models.modelling import pyo
from models.pieces import Piece
from models.run import Run, Study
from models.spending import capitalised


def declare(m: Any, study: Study, before: int) -> None:
    """``cells[site, d]``: cells decided at month d (integer), for the dates before month ``before``; nothing where no residue arises."""
    if not study.residue:
        return
    m.CELLS = pyo.Set(
        dimen=2, initialize=[(s, d) for s, d in study.residue.openings if d < before], doc="candidate sites x months of decision"
    )
    m.cells = pyo.Var(
        m.CELLS,
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _m, s, _d: (0, study.residue.sites[s].max_units),
        doc="disposal cells decided at this month",
    )


def handed_over(m: Any, study: Study) -> None:
    """A recourse knows what was decided before it."""
    for key in m.CELLS if study.residue else ():
        m.handed["cells", key] = same("cells", key)


def constrain(m: Any, study: Study) -> None:
    """Rule T5."""
    if not study.residue:
        return
    dates: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for s, d in m.CELLS:
        dates[s].append((s, d))

    @m.Constraint(list(dates), doc="(T5) no more cells are built than the site has room for")
    def no_more_cells_than_fit(m: Any, s: str) -> Any:
        return pyo.quicksum(m.cells[key] for key in dates[s]) <= study.residue.sites[s].max_units


def costs(m: Any, run: Run, charged: Sequence[Slot]) -> Iterator[Piece]:
    """Capital of cells as an annuity over their life, in the slots ``charged``, and their fixed cost from completion on; the fixed
    cost of existing sites, a constant, in the plan's.
    """
    study, h = run.study, run.study.horizon
    if not study.residue:
        return
    for site in study.residue.sites.values():
        if site.status == "existing" and site.fixed_opex_usd_m_per_yr > 0:
            for slot in run.slots:
                yield Piece("residue", h.year(slot.first), site.fixed_opex_usd_m_per_yr * slot.months / 12, h.discount(slot), None)
    for s, d in m.CELLS:
        site = study.residue.sites[s]
        ready = study.residue.ready(s, d)
        yearly = h.annual_payment(site.capex_usd_m * capitalised(study, site, ready), site.life_years)
        for slot in charged:
            runs = slot.months_within(ready, slot.end)
            paid = slot.months_within(ready, ready + 12 * site.life_years)
            if runs:
                yield Piece(
                    "residue",
                    h.year(slot.first),
                    site.fixed_opex_usd_m_per_yr * runs / 12,
                    h.discount(slot),
                    m.cells[s, d],
                    slot.first < h.months,
                )
            if paid:
                yield Piece("capex", h.year(slot.first), yearly * paid / 12, h.discount(slot), m.cells[s, d], paid=False)
