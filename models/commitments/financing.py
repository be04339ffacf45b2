"""Financing: money put up when a contract is signed, and the extra right that it buys.

What goes with the signature is charged with it and widens the line; what is optional has a decision of its own, at the signature
or not at all. The net cost is charged as prepayments are: as an annuity over the tenor, from the first delivery on.

(K24) an optional financing is put up only with the signature
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.financing import yearly_usd_m
from models.handed import same
from models.horizon import Slot
from models.modelling import pyo
from models.pieces import Piece
from models.run import Study


def declare(m: Any, study: Study, before: int) -> None:
    """``financed[f, d]``: optional financing f is put up with the signature of its contract at month d (binary)."""
    dates = [
        (row.financing, d) for row in study.case.financings if row.optional for c, d in study.signings if c == row.contract and d < before
    ]
    m.FINANCINGS = pyo.Set(dimen=2, initialize=dates, doc="optional financings x months of signature of their contract")
    m.financed = pyo.Var(m.FINANCINGS, domain=pyo.Binary, doc="financing is put up at this month")


def handed_over(m: Any) -> None:
    """A recourse knows what was decided before it."""
    for key in m.FINANCINGS:
        m.handed["financed", key] = same("financed", key)


def costs(m: Any, study: Study, charged: Sequence[Slot]) -> Iterator[Piece]:
    """The annuities of what is put up, for the months of delivery."""
    h = study.horizon
    for row in study.case.financings:
        contract = study.contracts[row.contract]
        for c, d in m.SIGNINGS:
            if c != row.contract:
                continue
            delivery = study.delivery(contract, d)
            yearly = yearly_usd_m(h, row, d, delivery.start, contract.tenor_years)
            variable = m.financed[row.financing, d] if row.optional else m.signed[c, d]
            for slot in charged:
                months = max(0, min(slot.end, delivery.stop) - max(slot.first, delivery.start))
                if months and yearly:
                    yield Piece("financing", h.year(slot.first), yearly * months / 12, h.discount(slot), variable, paid=False)


def constrain(m: Any, study: Study) -> None:
    """Rule K24."""
    contract = {row.financing: row.contract for row in study.case.financings}

    @m.Constraint(m.FINANCINGS, doc="(K24) an optional financing is put up only with the signature")
    def finance_what_is_signed(m: Any, f: str, d: int) -> Any:
        return m.financed[f, d] <= m.signed[contract[f], d]
