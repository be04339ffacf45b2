"""Make-up: what was paid as a minimum and not lifted can be lifted in a later year, on top of that year's minimum.

Base plan only: a recourse lifts at the full price. The credit lapses after the line's years and with the contract. A year
either falls short of its minimum or uses credit, never both, so that credit is not rolled on or bought ahead: that takes
one binary for each year with a minimum. A made-up tonne is lifted like any other, within the year's maximum; the price it
is credited with is the lowest of the year in which it is lifted, less the share that is due again.

(L5) no more is made up than was paid and not lifted
(L6) a minimum is paid without lifting only in a year that falls short
(L7) in a year that falls short no more is paid than is short
(L8) credit is used beyond the minimum, in a year that does not fall short
(L9) the credit outstanding at the end of a year keeps to its cap
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.modelling import pyo
from models.operations.liftings import if_signed, lifted_in
from models.pieces import KILOGRAMS, Piece
from models.run import Run, Study
from models.settlement import Account, AccountKey, discount, slots_of

Label = int | str


def declare(b: Any, run: Run) -> None:
    """``made_up_t[c, s, y0, y1]``: paid in settlement year y0, lifted in y1; ``short[c, s, y]``: the minimum is not lifted in full
    (binary)."""
    pairs = list(_pairs(b)) if run.pattern is None else []
    lines = {(c, s) for c, s, _, _ in pairs}
    b.MAKE_UPS = pyo.Set(dimen=4, initialize=pairs, doc="contract lines x years of payment x later years of lifting")
    b.made_up_t = pyo.Var(b.MAKE_UPS, bounds=(0, None), doc="paid in one year and lifted in a later one, t REO")
    b.SHORTFALLS = pyo.Set(
        dimen=3, initialize=[key for key in b.OBLIGATIONS if key[:2] in lines], doc="contract lines with make-up x years with a minimum"
    )
    b.short = pyo.Var(b.SHORTFALLS, domain=pyo.Binary, doc="the year's minimum is not lifted in full")
    b.made_up_of, b.made_up_in = defaultdict(list), defaultdict(list)
    for c, s, y0, y1 in pairs:
        b.made_up_of[c, s, y0].append(b.made_up_t[c, s, y0, y1])
        b.made_up_in[c, s, y1].append(b.made_up_t[c, s, y0, y1])


def _pairs(b: Any) -> Iterator[tuple[str, str, Label, Label]]:
    """Years with a minimum, and later years of the same line and signature in which its credit has not lapsed."""
    for c, s, y0 in b.OBLIGATIONS:
        paid: Account = b.accounts[c, s, y0]
        for other, y1 in ((key, key[2]) for key in b.accounts if key[:2] == (c, s)):
            later: Account = b.accounts[other]
            if 0 < later.year - paid.year <= paid.line.make_up_years and paid.months.keys() & later.months.keys():
                yield c, s, y0, y1


def credit_usd_per_kg(study: Study, account: Account) -> float:
    """Credited for a tonne made up in a settlement year: its lowest price, less the share that is due again."""
    lowest = min(study.line_price(account.line, slot.first) for slot in account.slots)
    return lowest * (1 - account.line.make_up_price_share)


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Credits, negative, discounted at the mean of the year in which they are used."""
    for c, s, y0, y1 in b.MAKE_UPS:
        account = b.accounts[c, s, y1]
        credit = -credit_usd_per_kg(run.study, account) * KILOGRAMS
        yield Piece(
            "make_up",
            run.money[account.slots[0].first][0],
            credit,
            discount(run, account),
            b.made_up_t[c, s, y0, y1],
            at=slots_of(run, account),
        )


def room(b: Any, key: AccountKey) -> dict[Any, float]:
    """What can be lifted at most in a settlement year, by signature."""
    c, s, _ = key
    rights: dict[Any, float] = defaultdict(float)
    for slot in b.accounts[key].slots:
        for d, right in b.lifting_rights.get((c, s, slot.first), {}).items():
            rights[d] += right + sum(b.lifting_extras.get((c, s, slot.first), {}).values())
    return rights


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rules L5 to L9."""

    @b.Constraint([key for key in b.SHORTFALLS if b.made_up_of[key]], doc="(L5) no more is made up than was paid and not lifted")
    def make_up_what_was_paid(b: Any, c: str, s: str, y: Label) -> Any:
        return pyo.quicksum(b.made_up_of[c, s, y]) <= b.unlifted_t[c, s, y]

    @b.Constraint(b.SHORTFALLS, doc="(L6) a minimum is paid without lifting only in a year that falls short")
    def pay_when_short(b: Any, c: str, s: str, y: Label) -> Any:
        return b.unlifted_t[c, s, y] <= max(b.line_minimums[c, s, y].values()) * b.short[c, s, y]

    @b.Constraint(b.SHORTFALLS, doc="(L7) in a year that falls short no more is paid than is short")
    def pay_what_is_short(b: Any, c: str, s: str, y: Label) -> Any:
        least, rights = b.line_minimums[c, s, y], room(b, (c, s, y))
        spare = max((right - least.get(d, 0.0) for d, right in rights.items()), default=0.0)
        paid = b.unlifted_t[c, s, y] + pyo.quicksum(lifted_in(b, (c, s, y)))
        return paid <= if_signed(m, c, least) + max(0.0, spare) * (1 - b.short[c, s, y])

    @b.Constraint(
        [key for key in b.accounts if b.made_up_in[key]], doc="(L8) credit is used beyond the minimum, in a year that does not fall short"
    )
    def make_up_beyond_the_minimum(b: Any, c: str, s: str, y: Label) -> Any:
        used = pyo.quicksum(b.made_up_in[c, s, y])
        if (c, s, y) not in b.SHORTFALLS:
            return used <= pyo.quicksum(lifted_in(b, (c, s, y)))
        return used <= max(room(b, (c, s, y)).values(), default=0.0) * (1 - b.short[c, s, y])

    ends = [
        key
        for key in b.accounts
        if (key[0], key[1]) in {pair[:2] for pair in b.MAKE_UPS} and b.accounts[key].line.make_up_cap_t is not None
    ]

    @b.Constraint([key for key in ends if _outstanding(b, key)], doc="(L9) the credit outstanding at the end of a year keeps to its cap")
    def hold_no_more_credit_than_the_cap(b: Any, c: str, s: str, y: Label) -> Any:
        return pyo.quicksum(_outstanding(b, (c, s, y))) <= b.accounts[c, s, y].line.make_up_cap_t


def _outstanding(b: Any, key: AccountKey) -> list[Any]:
    """What is paid up to a year and lifted after it."""
    c, s, _ = key
    year = b.accounts[key].year
    return [
        b.made_up_t[pair]
        for pair in b.MAKE_UPS
        if pair[:2] == (c, s) and b.accounts[c, s, pair[2]].year <= year < b.accounts[c, s, pair[3]].year
    ]
