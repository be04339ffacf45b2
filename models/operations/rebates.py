"""Rebates: the part of a high index that a contract gives back for what is lifted (base plan).

What the index asks for the line's basket above the trigger, before discount and floor, times the line's share, comes back
for each kilogram lifted; at most the cap, of which a twelfth counts for each month in force in the settlement year. A recourse
does without: it may begin or end inside a year whose cap is used up.

(L3) no more is given back than the share of the excess on what is lifted
(L4) no more is given back than the cap of the contract that is signed
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.modelling import pyo
from models.operations.liftings import if_signed
from models.pieces import KILOGRAMS, Piece
from models.run import Run
from models.settlement import Account, AccountKey, Signed, discount, excess, slots_of


def declare(b: Any, run: Run) -> None:
    """``rebate_usd_m[c, s, y]``: given back on contract line c, s for the settlement year y, million USD."""
    b.per_tonne, b.rebate_limits = {}, {}
    for key, account in b.accounts.items() if run.pattern is None else ():
        by_slot = earned(run, account)
        if by_slot:
            b.per_tonne[key] = by_slot
            b.rebate_limits[key] = {d: _limit(b, run, key, d) for d in account.months}
    b.REBATES = pyo.Set(dimen=3, initialize=list(b.per_tonne), doc="contract lines x settlement years with an index above the trigger")
    b.rebate_usd_m = pyo.Var(
        b.REBATES, bounds=lambda _b, *key: (0, max(b.rebate_limits[key].values())), doc="given back under the upside share, million USD"
    )


def earned(run: Run, account: Account) -> dict[int, float]:
    """What a tonne lifted earns back, million USD, by slot in which the index is above the trigger."""
    share = account.line.upside_share * KILOGRAMS
    by_slot = {slot.first: share * excess(run.study, account.line, slot.first) for slot in account.slots}
    return {t: usd_m for t, usd_m in by_slot.items() if usd_m > 0}


def cap_usd_m(run: Run, account: Account, signed: Signed) -> float | None:
    """Most that is given back in a settlement year under one signature: a twelfth of the cap per month in force, at the rate of the
    year's first period; None: no cap.
    """
    cap = account.line.upside_cap_usd_m_per_yr
    usd = run.study.horizon.usd(account.line.currency, account.slots[0].first)
    return None if cap is None else cap * usd * len(account.months[signed]) / 12


def _limit(b: Any, run: Run, key: AccountKey, signed: Signed) -> float:
    """The cap, and what the whole right of the year would earn: whichever is less."""
    c, s, _ = key
    whole: float = sum(usd_m * b.lifting_rights.get((c, s, t), {}).get(signed, 0.0) for t, usd_m in b.per_tonne[key].items())
    whole += sum(usd_m * sum(b.lifting_extras.get((c, s, t), {}).values()) for t, usd_m in b.per_tonne[key].items())
    cap = cap_usd_m(run, b.accounts[key], signed)
    return whole if cap is None else min(cap, whole)


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Rebates, negative, discounted at the mean of their year."""
    for key in b.REBATES:
        account = b.accounts[key]
        yield Piece(
            "rebates", run.money[account.slots[0].first][0], -1.0, discount(run, account), b.rebate_usd_m[key], at=slots_of(run, account)
        )


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rules L3 and L4 (for contracts in force the cap is a bound)."""

    @b.Constraint(b.REBATES, doc="(L3) no more is given back than the share of the excess on what is lifted")
    def give_back_the_share(b: Any, c: str, s: str, y: int | str) -> Any:
        return b.rebate_usd_m[c, s, y] <= pyo.quicksum(
            usd_m * b.lifted_t[c, s, t] for t, usd_m in b.per_tonne[c, s, y].items() if (c, s, t) in b.LIFTINGS
        )

    @b.Constraint(
        [key for key in b.REBATES if None not in b.rebate_limits[key]],
        doc="(L4) no more is given back than the cap of the contract that is signed",
    )
    def give_back_no_more_than_the_cap(b: Any, c: str, s: str, y: int | str) -> Any:
        return b.rebate_usd_m[c, s, y] <= if_signed(m, c, b.rebate_limits[c, s, y])
