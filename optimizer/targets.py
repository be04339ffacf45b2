"""Stock targets: of what lies in store at a start, how much the patterns that may begin there really need.

A base plan may hold more than survival asks for: a contract's minimum that is not used yet, stock bought while it is cheap.
So, with the plan's contracts and plants as they are, for each start by itself: the stocks of least value, none above what
the plan holds, with which every pattern that begins there is survived. More is never worse, so what is needed at the
hardest start of a year is enough for each of its starts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from models.cost import lowest_price
from models.run import Study
from optimizer.cuts import Probe
from optimizer.highs import SolverOptions, solve
from optimizer.program import Program
from optimizer.threads import Threads

StoreKey = tuple[str, str, str]
"""(store, material, form)."""

MOST_ROUNDS = 80
"""Rounds of cuts after which a start's target is what the plan holds, which is enough for certain."""

SPARE_T = 1e-5
"""What may be missing of a pattern with its targets, and what each cut asks for beyond its need, t REO."""

ROOM_T = 1e-3
"""Room above what is held while the targets of a start are looked for, t REO: where all of it is needed, cuts that ask for
a little more would leave none. Targets themselves are never more than what is held."""


def least_stocks(
    study: Study, probes: Iterable[Probe], x: np.ndarray, options: SolverOptions, lanes: Threads | None = None
) -> dict[tuple[StoreKey, int], float]:
    """What must lie in each store at each start, t REO, by (store, start), for the patterns of ``probes``.

    ``x`` (n_base,) is a base plan that survives them all. Starts of all cut-offs at the same month are needed together.
    ``lanes``: threads that look at several starts at once.
    """
    by_start: dict[int, list[Probe]] = defaultdict(list)
    for probe in probes:
        by_start[probe.recourse.pattern.start].append(probe)
    worth = {key: _worth(study, key[1], key[2]) for key in study.stocks}

    def here(start: int) -> dict[StoreKey, float]:
        return _needed(by_start[start], x, worth, options)

    each = map(here, by_start) if lanes is None else lanes.map(here, list(by_start))
    return {(key, start): tonnes for start, stocks in zip(by_start, each, strict=True) for key, tonnes in stocks.items()}


def _worth(study: Study, material: str, form: str) -> float:
    """Lowest purchase price at the start of the plan, USD/kg REO; of a material that nobody sells, that of its elements."""
    price = lowest_price(study, (material, form), 0)
    if price == 0:
        first = next(f for f in study.chain.forms if study.chain.holds_elements(f))
        price = sum(share * lowest_price(study, (e, first), 0) for e, share in study.chain.shares[material].items())
    return max(price, 1e-3)


def _needed(probes: list[Probe], x: np.ndarray, worth: dict[StoreKey, float], options: SolverOptions) -> dict[StoreKey, float]:
    """The stocks of least value that survive the patterns of one start."""
    opening = [probe.recourse.opening_columns() for probe in probes]
    keys = list(opening[0])
    handed = [probe.recourse.handed(x) for probe in probes]
    held = np.array([handed[0][opening[0][key]] for key in keys])
    places = [np.array([at[key] for key in keys], dtype=np.int64) for at in opening]
    cost = np.array([worth[key] for key in keys])
    rows: list[np.ndarray] = []
    most: list[float] = []
    stock = np.zeros(len(keys))
    for _ in range(MOST_ROUNDS):
        short = False
        for probe, values, place in zip(probes, handed, places, strict=True):
            values = values.copy()
            values[place] = stock
            missing, slope = probe.lacks(values)
            if missing > SPARE_T:
                short = True
                rows.append(slope[place])
                most.append(float(slope[place] @ stock) - missing - SPARE_T)
        if not short:
            return dict(zip(keys, np.minimum(stock, held).tolist(), strict=True))
        matrix = np.array(rows)
        matrix[np.abs(matrix) < 1e-7] = 0.0
        program = Program.of(cost, matrix, np.full(len(rows), -np.inf), most, np.zeros(len(keys)), held + ROOM_T)
        result = solve(program, options)
        if result.x is None:
            break
        stock = result.x
    return dict(zip(keys, held.tolist(), strict=True))
