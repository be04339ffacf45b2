"""The matrix of a generated case, made in numpy at once: what a model can cost to build at the least.

It is the extensive form of `generator.generated`: the base plan, and the recourse of every pattern, tied by the stocks where the cut falls
and by the plants decided before. The rules are the product's, written once more for this case alone, vectorised over
patterns, elements and months. Nothing of `models` is asked but the case's own figures.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from generator import SERVICE_LEVEL

from models.case import Case
from optimizer.program import Program

PER_ELEMENT = ("near", "far", "made", "new", "put", "drawn", "level", "put_m", "drawn_m", "level_m", "served", "unmet", "gone", "gone_m")
"""Columns of an element in a month: bought near and far, made in the plant and the new one, oxide put in, drawn, in store; the same of
metal; served, unmet, oxide and metal disposed of."""

OF_RUN = 5
"""Rows of an element in a month: two balances, two levels, demand."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """The figures of a generated case as arrays over elements (E,)."""

    need: np.ndarray
    price: np.ndarray
    near: np.ndarray
    far: np.ndarray
    factor: np.ndarray
    opening: np.ndarray
    opening_m: np.ndarray
    storage: np.ndarray
    plant_t: float
    new_t: float
    recovery: float

    @classmethod
    def of(cls, case: Case) -> Figures:
        """Read off the rows, which `generator` writes in this order."""
        oxide, metal = case.stocks[0::2], case.stocks[1::2]
        near, far = case.sources[0::2], case.sources[1::2]
        return cls(
            need=np.array([d.t_per_yr for d in case.demands], dtype=float),
            price=np.array([p.usd_per_kg for p in case.prices], dtype=float),
            near=np.array([s.max_t_per_yr for s in near], dtype=float),
            far=np.array([s.max_t_per_yr for s in far], dtype=float),
            factor=np.array([s.price_factor for s in far], dtype=float),
            opening=np.array([s.opening_t for s in oxide]),
            opening_m=np.array([s.opening_t for s in metal]),
            storage=np.array([s.storage_usd_per_t_yr for s in oxide], dtype=float),
            plant_t=case.plants[0].capacity_t_per_yr,
            new_t=case.plants[1].capacity_t_per_yr,
            recovery=case.plants[0].recovery,
        )


def growth(months: np.ndarray) -> np.ndarray:
    """Demand of a month over that of the first year: 2 % by calendar year."""
    grown: np.ndarray = 1.02 ** (months // 12)
    return grown


def run_rows(elements: int, months: int, recovery: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and coefficients of a run of so many months: five rows per element and month, then one per month for each plant.

    Column ``(e * months + t) * 14 + k``; rows ``(e * months + t) * 5 + j``, then ``5 E T + t`` and ``5 E T + T + t``.
    """
    cell = np.arange(elements * months)
    base_c, base_r = cell * len(PER_ELEMENT), cell * OF_RUN
    k = {name: place for place, name in enumerate(PER_ELEMENT)}
    entries = [
        *((0, k[n], 1.0) for n in ("near", "far", "drawn")),
        *((0, k[n], -1.0) for n in ("made", "new", "put", "gone")),
        *((1, k[n], recovery) for n in ("made", "new")),
        (1, k["drawn_m"], 1.0),
        *((1, k[n], -1.0) for n in ("put_m", "served", "gone_m")),
        *((2, k[n], s) for n, s in (("level", 1.0), ("put", -1.0), ("drawn", 1.0))),
        *((3, k[n], s) for n, s in (("level_m", 1.0), ("put_m", -1.0), ("drawn_m", 1.0))),
        *((4, k[n], 1.0) for n in ("served", "unmet")),
    ]
    rows = [base_r + j for j, _, _ in entries]
    cols = [base_c + c for _, c, _ in entries]
    data = [np.full(len(cell), s) for _, _, s in entries]
    later = cell[cell % months > 0]  # the level before
    for j, name in ((2, "level"), (3, "level_m")):
        rows.append(later * OF_RUN + j)
        cols.append((later - 1) * len(PER_ELEMENT) + k[name])
        data.append(np.full(len(later), -1.0))
    for j, name in ((0, "made"), (1, "new")):
        rows.append(OF_RUN * elements * months + j * months + cell % months)
        cols.append(base_c + k[name])
        data.append(np.ones(len(cell)))
    return np.concatenate(rows), np.concatenate(cols), np.concatenate(data)


def matrix(case: Case) -> Program:
    """The extensive form of a generated case, million USD."""
    f, t_base = Figures.of(case), case.settings.horizon_months
    e, width = len(f.need), len(PER_ELEMENT)
    dates = np.array([d for d in range(0, t_base, 12) if d + 6 < t_base])
    window = case.cutoffs[0].months + case.cutoffs[0].return_months
    starts = np.arange(1, t_base + 1)
    patterns = [(cutoff, starts) for cutoff in case.cutoffs]
    n_base, m_base = e * t_base * width, OF_RUN * e * t_base + 2 * t_base
    n_built = len(dates)
    n_block, m_block = e * window * width, (OF_RUN + 1) * e * window + 2 * window
    count = len(starts) * len(patterns)
    n, m = n_base + n_built + count * n_block, m_base + 1 + count * m_block

    rows, cols, data = run_rows(e, t_base, f.recovery)
    month = np.arange(t_base)
    t, d = np.nonzero(month[:, None] >= dates[None, :] + 6)
    all_rows = [rows, OF_RUN * e * t_base + t_base + t, np.full(n_built, m_base)]
    all_cols = [cols, n_base + d, n_base + np.arange(n_built)]
    all_data = [data, np.full(len(t), -f.new_t / 12), np.ones(n_built)]
    lower, upper = np.zeros(n), np.full(n, np.inf)
    cost = np.zeros(n)
    row_lower, row_upper = np.zeros(m), np.zeros(m)

    cells = np.arange(e * t_base)
    of, at = cells // t_base, cells % t_base
    k = {name: place for place, name in enumerate(PER_ELEMENT)}
    upper[cells * width + k["near"]], upper[cells * width + k["far"]] = f.near[of] / 12, f.far[of] / 12
    cost[cells * width + k["near"]] = f.price[of] * 1e-3
    cost[cells * width + k["far"]] = (f.price * f.factor)[of] * 1e-3
    cost[cells * width + k["made"]] = cost[cells * width + k["new"]] = 4.0 * 1e-3
    cost[cells * width + k["level"]] = cost[cells * width + k["level_m"]] = f.storage[of] * 1e-6 / 12
    cost[cells * width + k["unmet"]] = 20 * f.price[of] * 1e-3
    online = t_base + window - (dates + 6)
    cost[n_base : n_base + n_built] = 0.05 * (f.new_t / 0.25) / 20 * np.minimum(online, 240) / 12
    upper[n_base : n_base + n_built] = 3
    first = cells[at == 0]
    row_lower[first * OF_RUN + 2] = f.opening
    row_lower[first * OF_RUN + 3] = f.opening_m
    row_lower[cells * OF_RUN + 4] = f.need[of] / 12 * growth(at)
    row_upper[:m_base] = row_lower[:m_base]
    limits = OF_RUN * e * t_base + month
    row_lower[limits], row_upper[limits] = -np.inf, f.plant_t / 12
    row_lower[limits + t_base], row_upper[limits + t_base] = -np.inf, 0.0
    row_lower[m_base], row_upper[m_base] = -np.inf, 3.0

    block_rows, block_cols, block_data = run_rows(e, window, f.recovery)
    inner = np.arange(e * window)
    served = OF_RUN * e * window + 2 * window + inner
    block_rows = np.concatenate([block_rows, served])
    block_cols = np.concatenate([block_cols, inner * width + k["served"]])
    block_data = np.concatenate([block_data, np.ones(len(inner))])
    of, at = inner // window, inner % window
    offset = 0
    for cutoff, begins in patterns:
        size = len(begins)
        row0 = m_base + 1 + (offset + np.arange(size))[:, None] * m_block
        col0 = n_base + n_built + (offset + np.arange(size))[:, None] * n_block
        all_rows.append((row0 + block_rows).ravel())
        all_cols.append((col0 + block_cols).ravel())
        all_data.append(np.tile(block_data, size))
        head = inner[at == 0]
        for j, name in ((2, "level"), (3, "level_m")):
            all_rows.append((row0 + head * OF_RUN + j).ravel())
            all_cols.append((((np.arange(e) * t_base)[None, :] + begins[:, None] - 1) * width + k[name]).ravel())
            all_data.append(np.full(size * e, -1.0))
        after = np.arange(window)
        months = begins[:, None] + after
        p, w, d = np.nonzero((dates[None, None, :] < begins[:, None, None]) & (months[:, :, None] >= dates[None, None, :] + 6))
        all_rows.append(row0[p, 0] + OF_RUN * e * window + window + w)
        all_cols.append(n_base + d)
        all_data.append(np.full(len(p), -f.new_t / 12))
        step = np.where(after < cutoff.months, 1.0, 1 - np.minimum(1.0, (after - cutoff.months + 1) / (cutoff.return_months + 1)))
        left = 1 - cutoff.severity * step
        upper[col0 + inner * width + k["near"]] = (f.near[of] / 12 * left[at])[None, :]
        upper[col0 + inner * width + k["far"]] = (f.far[of] / 12)[None, :]
        due = f.need[of] / 12 * growth(begins[:, None] + at)
        row_lower[row0 + inner * OF_RUN + 4] = row_upper[row0 + inner * OF_RUN + 4] = due
        at_limit = row0 + OF_RUN * e * window + after
        row_lower[at_limit], row_upper[at_limit] = -np.inf, f.plant_t / 12
        row_lower[at_limit + window], row_upper[at_limit + window] = -np.inf, 0.0
        row_lower[row0 + served], row_upper[row0 + served] = SERVICE_LEVEL * due, np.inf
        offset += size
    integer = np.zeros(n, dtype=bool)
    integer[n_base : n_base + n_built] = True
    entries = sp.coo_array((np.concatenate(all_data), (np.concatenate(all_rows), np.concatenate(all_cols))), shape=(m, n))
    return Program.of(cost, entries.tocsr(), row_lower, row_upper, lower, upper, integer=integer)
