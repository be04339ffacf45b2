"""Plants: which candidates are built, how many units, and when they are decided.

(K3) no more units are built than the site allows
(K4) at most one unit is built in all plants of an exclusive group
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyomo.environ as pyo

from models.handed import same
from models.horizon import Slot
from models.pieces import Piece
from models.run import Run, Study
from models.spending import capitalised


def declare(m: Any, study: Study, before: int) -> None:
    """``built[p, d]``: units of candidate p decided at month d (integer), for the dates before month ``before``."""
    m.BUILDINGS = pyo.Set(
        dimen=2, initialize=[(p, d) for p, d in study.buildings if d < before], doc="candidate plants x months of decision"
    )
    m.built = pyo.Var(
        m.BUILDINGS,
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _m, p, _d: (0, study.plants[p].max_units),
        doc="units decided at this month",
    )


def handed_over(m: Any) -> None:
    """A recourse knows what was decided before it."""
    for key in m.BUILDINGS:
        m.handed["built", key] = same("built", key)


def constrain(m: Any, study: Study) -> None:
    """Rules K3 and K4."""
    dates: dict[str, list[tuple[str, int]]] = defaultdict(list)
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for p, d in m.BUILDINGS:
        dates[p].append((p, d))
        if group := study.plants[p].exclusive_group:
            groups[group].append((p, d))

    @m.Constraint(list(dates), doc="(K3) no more units are built than the site allows")
    def no_more_than_the_site_allows(m: Any, p: str) -> Any:
        return pyo.quicksum(m.built[key] for key in dates[p]) <= study.plants[p].max_units

    @m.Constraint(list(groups), doc="(K4) at most one unit is built in all plants of an exclusive group")
    def one_plant_of_a_group(m: Any, group: str) -> Any:
        return pyo.quicksum(m.built[key] for key in groups[group]) <= 1


def costs(m: Any, run: Run, charged: Sequence[Slot]) -> Iterator[Piece]:
    """Capital and fixed cost of what is built, in the slots ``charged``; fixed cost of existing plants, a constant, in the plan's
    (of those that may stop, see the block of stops).

    The capital, capitalised to the first month of operation, is an annuity over the economic life, and goes on whatever
    becomes of the plant.
    """
    study, h = run.study, run.study.horizon
    for plant in study.case.plants:
        if plant.status == "existing" and plant.may_stop == "no" and plant.fixed_opex_usd_m_per_yr > 0:
            for slot in run.slots:
                months = slot.months_within(study.running_from(plant), min(h.months, study.running_to(plant)))
                yield Piece("fixed_opex", h.year(slot.first), plant.fixed_opex_usd_m_per_yr * months / 12, h.discount(slot), None)
    for p, d in m.BUILDINGS:
        plant = study.plants[p]
        online = study.online(plant, d)
        yearly = h.annual_payment(plant.capex_usd_m * capitalised(h, plant), plant.life_years)
        for slot in charged:
            runs = slot.months_within(online, slot.end)
            paid = slot.months_within(online, online + 12 * plant.life_years)
            if runs:
                yield Piece("fixed_opex", h.year(slot.first), plant.fixed_opex_usd_m_per_yr * runs / 12, h.discount(slot), m.built[p, d])
            if paid:
                yield Piece("capex", h.year(slot.first), yearly * paid / 12, h.discount(slot), m.built[p, d])
