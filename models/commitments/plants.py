"""Plants: which candidates are built, how many units, and when they are decided.

(K3) no more units are built than the site allows
(K4) at most one unit is built in all plants of an exclusive group
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo

from models.handed import same
from models.run import Study


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
