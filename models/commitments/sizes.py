"""Sizes: how large a candidate with a cost curve is built, and what its size costs.

The sheet CapexCurve gives the capital cost at two or more sizes; between them it is linear. A candidate on it is built once,
at any size from the first point to the last. Its cost is stated by increments (Markowitz and Manne 1957; Padberg 2000): the
first point's size and cost where it is built, and then each segment to the share that is filled, a segment only where the
one before it is full. This relaxation is as tight as any: a size between two points costs no less than the curve's hull.
The fixed operating cost of the plant's row belongs to the capacity of that row, and grows in proportion to the size.

(W5) the size is made of the segments filled
(W6) a segment is filled only where it is begun
(W7) a segment is begun where the one before it is full
"""

from __future__ import annotations

import itertools
from typing import Any

from models.handed import same
from models.modelling import pyo
from models.run import Study


def declare(m: Any, study: Study, before: int, whole: bool = True) -> None:
    """``sized_t_per_yr[p, d]``: size of candidate p decided at month d, in its own tonnes, for the dates before month ``before``.

    ``whole`` (the base plan): also ``filled[p, d, k]``, share of segment k (0 <= filled <= 1), and ``begun[p, d, k]``: segment
    k > 0 is begun (binary).
    """
    if not study.curves:
        return
    sizes = [(p, d) for p, d in study.buildings if d < before and p in study.curves]
    m.SIZINGS = pyo.Set(dimen=2, initialize=sizes, doc="candidates with a cost curve x months of decision")
    m.sized_t_per_yr = pyo.Var(m.SIZINGS, bounds=lambda _m, p, _d: (0, study.curves[p][-1][0]), doc="size that is built, t/yr")
    if whole:
        segments = [(p, d, k) for p, d in sizes for k in range(len(study.curves[p]) - 1)]
        m.SEGMENTS = pyo.Set(dimen=3, initialize=segments, doc="candidates with a cost curve x months of decision x segments")
        m.LATER_SEGMENTS = pyo.Set(dimen=3, initialize=[key for key in segments if key[2] > 0], doc="SEGMENTS but the first")
        m.filled = pyo.Var(m.SEGMENTS, bounds=(0, 1), doc="share of the segment that is filled")
        m.begun = pyo.Var(m.LATER_SEGMENTS, domain=pyo.Binary, doc="segment is begun")


def handed_over(m: Any, study: Study) -> None:
    """A recourse knows the sizes decided before it."""
    if study.curves:
        for key in m.SIZINGS:
            m.handed["sized_t_per_yr", key] = same("sized_t_per_yr", key)


def constrain(m: Any, study: Study) -> None:
    """Rules W5 to W7."""
    if not study.curves:
        return

    @m.Constraint(m.SIZINGS, doc="(W5) the size is made of the segments filled")
    def size_of_segments(m: Any, p: str, d: int) -> Any:
        points = study.curves[p]
        filled = pyo.quicksum((high[0] - low[0]) * m.filled[p, d, k] for k, (low, high) in enumerate(itertools.pairwise(points)))
        return m.sized_t_per_yr[p, d] == points[0][0] * m.built[p, d] + filled

    @m.Constraint(m.SEGMENTS, doc="(W6) a segment is filled only where it is begun")
    def filled_where_begun(m: Any, p: str, d: int, k: int) -> Any:
        return m.filled[p, d, k] <= (m.begun[p, d, k] if k else m.built[p, d])

    @m.Constraint(m.LATER_SEGMENTS, doc="(W7) a segment is begun where the one before it is full")
    def begun_where_full(m: Any, p: str, d: int, k: int) -> Any:
        return m.begun[p, d, k] <= m.filled[p, d, k - 1]


def capital(m: Any, study: Study, p: str, d: int) -> list[tuple[float, Any]]:
    """Capital cost of candidate p decided at month d: million USD per unit of each column that decides it.

    For whoever charges or limits what is spent: with `models.spending.payments` it gives the months too.
    """
    if p not in study.curves:
        return [(study.plants[p].capex_usd_m, m.built[p, d])]
    points = study.curves[p]
    steps = [(high[1] - low[1], m.filled[p, d, k]) for k, (low, high) in enumerate(itertools.pairwise(points))]
    return [(points[0][1], m.built[p, d]), *steps]


def standing(m: Any, study: Study, p: str, d: int) -> tuple[float, Any]:
    """Fixed operating cost of candidate p decided at month d: million USD a year per unit of a column, and the column."""
    plant = study.plants[p]
    if p not in study.curves:
        return plant.fixed_opex_usd_m_per_yr, m.built[p, d]
    return plant.fixed_opex_usd_m_per_yr / plant.capacity_t_per_yr, m.sized_t_per_yr[p, d]
