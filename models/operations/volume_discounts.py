"""Volume discounts: the tonnes of a settlement year above a step cost less than the line's price (base plan).

Each tonne above a step and below the next is cheaper by the step's discount; tonnes below the first step are not. Cheaper
further tonnes are no convex cost, so each step of each year takes a binary. What is made up of an earlier year earns no
discount. The discount is on the lowest price of the year; a recourse pays the full price.

(L11) the tonnes of all bands are lifted
(L12) a band holds tonnes only where its step is reached
(L13) a step is reached only where the band below it is full
(L14) a step is reached only under a signature whose year it is
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from models.modelling import pyo
from models.operations.liftings import lifted_in
from models.operations.make_up import room
from models.pieces import KILOGRAMS, Piece
from models.run import Run, Study
from models.settlement import Account, discount, slots_of

Label = int | str


class Band(NamedTuple):
    """Tonnes of a year from ``start`` on, ``width`` of them, cheaper by ``pct``."""

    start: float
    width: float
    pct: float


def bands(study: Study, contract: str, source: str, most: float) -> list[Band]:
    """The bands of a line that can lift so many tonnes in a year; none where it has no discount within its reach."""
    steps = sorted((v.from_t_per_yr, v.discount_pct) for v in study.case.volume_discounts if (v.contract, v.source) == (contract, source))
    within = [(0.0, 0.0), *((start, pct) for start, pct in steps if start < most)]
    ends = [*(start for start, _ in within[1:]), most]
    return [Band(start, end - start, pct) for (start, pct), end in zip(within, ends, strict=True)] if len(within) > 1 else []


def declare(b: Any, run: Run) -> None:
    """``band_t[c, s, y, k]``: tonnes of a year in band k; ``reached[c, s, y, k]``: the step below band k is reached (binary)."""
    lines = {(v.contract, v.source) for v in run.study.case.volume_discounts} if run.pattern is None else set()
    b.bands = {}
    for c, s, y in b.accounts if lines else ():
        if (c, s) in lines:
            for k, band in enumerate(bands(run.study, c, s, max(room(b, (c, s, y)).values(), default=0.0))):
                b.bands[c, s, y, k] = band
    b.BANDS = pyo.Set(dimen=4, initialize=list(b.bands), doc="contract lines with volume discounts x settlement years x bands")
    b.band_t = pyo.Var(b.BANDS, bounds=lambda _b, *key: (0, b.bands[key].width), doc="lifted in the band, t REO")
    b.STEPS = pyo.Set(dimen=4, initialize=[key for key in b.bands if key[3]], doc="contract lines x settlement years x bands above a step")
    b.reached = pyo.Var(b.STEPS, domain=pyo.Binary, doc="the step below the band is reached")


def saving_usd_per_kg(study: Study, account: Account, pct: float) -> float:
    """What a kilogram of a band is cheaper by: a share of the year's lowest price."""
    return min(study.line_price(account.line, slot.first) for slot in account.slots) * pct / 100


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Discounts, negative, discounted at the mean of their year."""
    for c, s, y, k in b.STEPS:
        account = b.accounts[c, s, y]
        saving = -saving_usd_per_kg(run.study, account, b.bands[c, s, y, k].pct) * KILOGRAMS
        yield Piece(
            "volume_discounts",
            run.money[account.slots[0].first][0],
            saving,
            discount(run, account),
            b.band_t[c, s, y, k],
            at=slots_of(run, account),
        )


def constrain(b: Any, m: Any) -> None:
    """Rules L11 to L14."""
    years = list(dict.fromkeys(key[:3] for key in b.BANDS))

    @b.Constraint(years, doc="(L11) the tonnes of all bands are lifted")
    def lift_what_is_in_bands(b: Any, c: str, s: str, y: Label) -> Any:
        held = [b.band_t[key] for key in b.BANDS if key[:3] == (c, s, y)]
        return pyo.quicksum([*held, *b.made_up_in.get((c, s, y), ())]) <= pyo.quicksum(lifted_in(b, (c, s, y)))

    @b.Constraint(b.STEPS, doc="(L12) a band holds tonnes only where its step is reached")
    def fill_what_is_reached(b: Any, c: str, s: str, y: Label, k: int) -> Any:
        return b.band_t[c, s, y, k] <= b.bands[c, s, y, k].width * b.reached[c, s, y, k]

    @b.Constraint(b.STEPS, doc="(L13) a step is reached only where the band below it is full")
    def reach_over_what_is_full(b: Any, c: str, s: str, y: Label, k: int) -> Any:
        return b.bands[c, s, y, k - 1].width * b.reached[c, s, y, k] <= b.band_t[c, s, y, k - 1]

    offered = [key for key in b.STEPS if None not in b.accounts[key[:3]].months]

    @b.Constraint(offered, doc="(L14) a step is reached only under a signature whose year it is")
    def reach_when_signed(b: Any, c: str, s: str, y: Label, k: int) -> Any:
        return b.reached[c, s, y, k] <= pyo.quicksum(m.signed[c, d] for d in b.accounts[c, s, y].months)
