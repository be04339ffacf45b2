"""Flows: what every block gives to and takes from the balance of a commodity.

Each block appends its flows to ``b.comes`` and ``b.goes`` when it declares its variables; the balance adds them up and
knows no block by name.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from models.chain import Commodity

End = tuple[str, str]
"""Who gives or takes: a kind (source, plant, store, sector) and its name; kind 'market' is the market for surplus,
kind 'route' a route that reaches the pool."""


class Flow(NamedTuple):
    """``share`` tonnes of ``commodity`` per unit of ``variable`` in the slot that begins at month ``t``.

    ``surplus``: what comes this way may be sold again (joint output, scrap, liftings, what is drawn from stock).
    """

    end: End
    commodity: Commodity
    t: int
    share: float
    variable: Any
    surplus: bool = False
