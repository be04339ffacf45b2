"""Pieces of cost: what one unit of one variable costs, in the money of which year, and its discount factor.

Every cost term is a list of pieces. The objective, the report's cost tables and a recourse's cost are sums over the same
pieces. Money is in million USD; the base plan is discounted, a recourse is not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from models.run import Run

KILOGRAMS = 1e-3
"""USD/kg x tonnes -> million USD."""

MILLION = 1e-6
"""USD -> million USD."""


class Piece(NamedTuple):
    """``usd_m`` per unit of ``variable`` (None: a constant), in the money of ``year``, and its discount factor.

    ``paid``: the money changes hands in that year. No: an annuity, what is charged behind the end of the plan, what is only valued;
    what is paid for these stands in `models.cash`. ``at``: of what the base plan operates, the first months of the slots over which it is
    spread evenly; empty for commitments, and for what is only valued at the end.
    """

    term: str
    year: int
    usd_m: float
    discount: float
    variable: Any
    paid: bool = True
    at: tuple[int, ...] = ()


def charge(run: Run, term: str, t: int, usd_m: float, variable: Any, paid: bool = True) -> Piece:
    """A piece in the slot of a run that begins at month ``t``."""
    year, factor = run.money[t]
    return Piece(term, year, usd_m, factor, variable, paid, () if run.pattern is not None else (t,))
