"""Plants: which candidates are built, how many units, and when they are decided.

(K3) no more units are built than the site allows
(K4) at most one unit is built in all plants of an exclusive group
(W8) what a plant requires is there, or is decided no later
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from models.commitments.sizes import capital, standing
from models.handed import same
from models.horizon import Slot
from models.modelling import pyo
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
    """Rules K3, K4 and W8."""
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

    needed = [(p, name, d) for p, d in m.BUILDINGS for name in study.plants[p].requires if not always_there(study, name)]
    if needed:

        @m.Constraint(needed, doc="(W8) what a plant requires is there, or is decided no later")
        def built_with_what_it_requires(m: Any, p: str, name: str, d: int) -> Any:
            units = pyo.quicksum(m.built[key] for key in dates[p] if key[1] <= d)
            there = pyo.quicksum(decided(m, study, name, d))
            return units <= study.plants[p].max_units * there


def always_there(study: Study, name: str) -> bool:
    """Whether what is required is no decision: a plant that is no candidate, a contract or programme in force."""
    plant = study.plants.get(name)
    if plant is not None:
        return plant.status != "candidate"
    agreed = study.contracts.get(name) or study.programmes.rows.get(name)
    return agreed is not None and agreed.status == "in force"


def decided(m: Any, study: Study, name: str, d: int) -> Iterator[Any]:
    """The columns that say that a candidate is built, a contract signed or a programme started at a date up to month ``d``."""
    yield from (m.built[p, at] for p, at in m.BUILDINGS if p == name and at <= d)
    yield from (m.signed[c, at] for c, at in m.SIGNINGS if c == name and at <= d)
    yield from (m.started[g, at] for g, at in m.STARTS if g == name and at <= d)


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
                usd_m = plant.fixed_opex_usd_m_per_yr * months / 12 * h.usd(plant.currency, slot.first)
                yield Piece("fixed_opex", h.year(slot.first), usd_m, h.discount(slot), None)
    for p, d in m.BUILDINGS:
        plant = study.plants[p]
        online = study.online(plant, d)
        yearly = h.annual_payment(capitalised(study, plant, online), plant.life_years)
        fixed, runs_with = standing(m, study, p, d)
        for slot in charged:
            year, discount = h.year(slot.first), h.discount(slot)
            runs = slot.months_within(online, slot.end)
            paid = slot.months_within(online, online + 12 * plant.life_years)
            if runs:
                yield Piece(
                    "fixed_opex", year, fixed * runs / 12 * h.usd(plant.currency, slot.first), discount, runs_with, slot.first < h.months
                )
            if paid:
                for usd_m, variable in capital(m, study, p, d):
                    yield Piece("capex", year, usd_m * yearly * paid / 12, discount, variable, paid=False)
