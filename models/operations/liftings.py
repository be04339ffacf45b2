"""Liftings: what is taken under each contract line, in each slot of a run.

A minimum is tonnes paid, not received: lifting is free between 0 and the maximum, and what is not lifted of a settlement
year's minimum is paid all the same. `models.settlement` says which slots a settlement year has. A recourse owes the
minimums of the months of its window: under force majeure as far as the cut leaves the line, else in full.

(L1) no more is lifted than the contract gives the right to
(L2) the minimum of a settlement year is lifted or paid
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.modelling import pyo
from models.operations.shipping import deliver
from models.pieces import KILOGRAMS, Piece, charge
from models.rights import extra_t, right_t
from models.run import Run, Study
from models.settlement import Account, AccountKey, Signed, discount, owed, settled, signatures_of, slots_of


def declare(b: Any, run: Run) -> None:
    """``lifted_t[c, s, t]``: t REO lifted from source s under contract c in slot t; ``unlifted_t[c, s, y]``: paid, not lifted."""
    study = run.study
    right: dict[tuple[str, str, int], dict[int | None, float]] = {}
    for (c, s), line in study.lines.items():
        signings = signatures_of(run, c)
        for slot in run.slots:
            by_signing = {d: right_t(run, line, d, slot) for d in signings}
            by_signing = {d: t for d, t in by_signing.items() if t > 0}
            if by_signing:
                right[c, s, slot.first] = by_signing
    b.lifting_rights, b.lifting_extras = right, extras(run)
    b.LIFTINGS = pyo.Set(dimen=3, initialize=list(right), doc="contract lines x slots in which they can be in force")
    b.lifted_t = pyo.Var(
        b.LIFTINGS,
        bounds=lambda _b, *key: (0, max(right[key].values()) + sum(b.lifting_extras.get(key, {}).values())),
        doc="lifted under a contract, t REO",
    )
    slots = {slot.first: slot for slot in run.slots}
    for c, s, t in b.LIFTINGS:
        deliver(b, run, c, s, slots[t], b.lifted_t[c, s, t])
    b.accounts = settled(run)
    b.line_minimums = {key: least for key, account in b.accounts.items() if (least := owed(run, account))}
    b.made_up_in = {}
    b.OBLIGATIONS = pyo.Set(dimen=3, initialize=list(b.line_minimums), doc="contract lines x settlement years with a minimum")
    b.unlifted_t = pyo.Var(b.OBLIGATIONS, bounds=(0, None), doc="minimum paid and not lifted, t REO")


def extras(run: Run) -> dict[tuple[str, str, int], dict[tuple[str, int], float]]:
    """Extra rights that optional financings buy, t REO, by contract, source and slot, and by financing and signature."""
    found: dict[tuple[str, str, int], dict[tuple[str, int], float]] = {}
    for row in run.study.case.financings:
        if row.optional and row.source and row.extra_max_t_per_yr:
            for c, d in run.study.signings:
                for slot in run.slots if c == row.contract and d < run.start else ():
                    if extra := extra_t(run, row, d, slot):
                        found.setdefault((c, row.source, slot.first), {})[row.financing, d] = extra
    return found


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Liftings at the price of the line's basket and their freight; the minimums that are not lifted, discounted at the mean of
    their year."""
    study = run.study
    for c, s, t in b.LIFTINGS:
        yield charge(run, "contracts", t, study.line_price(study.lines[c, s], t) * KILOGRAMS, b.lifted_t[c, s, t])
        freight = study.horizon.in_usd(study.sources[s].freight_usd_per_kg, study.sources[s].currency, t)
        yield charge(run, "freight", t, freight * KILOGRAMS, b.lifted_t[c, s, t])
    for key in b.OBLIGATIONS:
        account = b.accounts[key]
        price = penalty(study, account) * KILOGRAMS
        yield Piece(
            "take_or_pay", run.money[account.slots[0].first][0], price, discount(run, account), b.unlifted_t[key], at=slots_of(run, account)
        )


def penalty(study: Study, account: Account) -> float:
    """What is paid per kilogram of a settlement year's minimum that is not lifted: a share of the price of its first slot."""
    price = study.line_price(account.line, account.slots[0].first)
    return price * study.contracts[account.line.contract].take_or_pay_share


def lifted_in(b: Any, key: AccountKey) -> list[Any]:
    """The liftings of a settlement year."""
    c, s, _ = key
    return [b.lifted_t[c, s, slot.first] for slot in b.accounts[key].slots if (c, s, slot.first) in b.LIFTINGS]


def if_signed(m: Any, contract: str, by_signature: Mapping[Signed, float]) -> Any:
    """What holds for the signature that is chosen: a sum over signatures, linear in ``signed``; a number where in force already."""
    return pyo.quicksum(value if d is None else value * m.signed[contract, d] for d, value in by_signature.items())


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rules L1 (where the right hangs on a signature) and L2; what is made up of another year does not count for a minimum."""

    @b.Constraint(
        [key for key in b.LIFTINGS if None not in b.lifting_rights[key]], doc="(L1) no more is lifted than the contract gives the right to"
    )
    def lift_no_more_than_the_right(b: Any, c: str, s: str, t: int) -> Any:
        right = pyo.quicksum(right * m.signed[c, d] for d, right in b.lifting_rights[c, s, t].items())
        if (c, s, t) in b.lifting_extras:
            right += pyo.quicksum(extra * m.financed[key] for key, extra in b.lifting_extras[c, s, t].items())
        return b.lifted_t[c, s, t] <= right

    @b.Constraint(b.OBLIGATIONS, doc="(L2) the minimum of a settlement year is lifted or paid")
    def lift_or_pay_the_minimum(b: Any, c: str, s: str, y: int | str) -> Any:
        least = if_signed(m, c, b.line_minimums[c, s, y])
        if made_up := b.made_up_in.get((c, s, y)):
            least += pyo.quicksum(made_up)
        return b.unlifted_t[c, s, y] + pyo.quicksum(lifted_in(b, (c, s, y))) >= least
