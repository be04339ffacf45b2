"""Money put up with contracts: is it allowed, what does it cost, and what right does it buy."""

from __future__ import annotations

import collections
from collections.abc import Iterator

from models.case import Financing
from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.rights import IN_FORCE, Right
from optimizer.audit.verdict import SUMMED_UP, Ledger

Extra = dict[tuple[str, str], list[tuple[Right, float]]]
"""(right, extra tonnes per year) by contract and source."""


class Money:
    """``extra``: what optional financings buy; ``put_up``: every financing with the right it goes with."""

    def __init__(self, book: Book, signed: dict[str, list[Right]], plan: Plan, ledger: Ledger) -> None:
        """A row names a financing of the case whose contract is signed in that month; what is not optional is put up with every
        signature; what is optional at most once. Its figures are the audit's own.
        """
        self.extra: Extra = collections.defaultdict(list)
        self.put_up: list[tuple[Financing, Right]] = []
        shown = {row.financing: row for row in plan.financed}
        ledger.holds("duplicates", len(shown) == len(plan.financed), SUMMED_UP, None, ("financed",), "one row each", "more")
        known = {row.financing for row in book.case.financings}
        for name in shown.keys() - known:
            ledger.holds("names", False, SUMMED_UP, None, ("financed", name), "a financing of the case", name)
        for row in book.case.financings:
            rights = [right for right in signed.get(row.contract, ()) if right.decided != IN_FORCE]
            taken = shown.get(row.financing)
            if not row.optional:
                ledger.holds(
                    "financing", (taken is not None) == bool(rights), SUMMED_UP, None, (row.financing,), "with the signature", "not"
                )
            elif taken is not None:
                ledger.holds("financing", bool(rights), SUMMED_UP, None, (row.financing,), "a contract that is signed", "none")
            if taken is None:
                continue
            for right in rights:
                self.put_up.append((row, right))
                ledger.equal("stated-figures", taken.usd_m, row.usd_m, SUMMED_UP, None, (row.financing, "usd_m"))
                ledger.equal(
                    "stated-figures",
                    taken.extra_max_t_per_yr,
                    row.extra_max_t_per_yr,
                    SUMMED_UP,
                    None,
                    (row.financing, "extra_max_t_per_yr"),
                )
                net = net_cost(row, book.clock.rate, right)
                ledger.equal("financing", taken.net_usd_m, net, SUMMED_UP, None, (row.financing, "net_usd_m"))
                same = book.clock.month(taken.signed) == right.decided
                ledger.holds("financing", same, SUMMED_UP, None, (row.financing, "signed"), "the month of signature", "another")
                if row.optional and row.source:
                    self.extra[row.contract, row.source].append((right, row.extra_max_t_per_yr))

    def extras_t(self, contract: str, source: str, begins: int, first: int, months: int) -> list[float]:
        """What a period's right is larger by, t REO, for each that was put up before month ``begins``."""
        return [
            extra / 12 * len(right.months(first, months))
            for right, extra in self.extra.get((contract, source), ())
            if right.decided < begins
        ]

    def extra_t(self, contract: str, source: str, begins: int, first: int, months: int) -> float:
        """The sum of `extras_t`, t REO."""
        return sum(self.extras_t(contract, source, begins, first, months))

    def yearly(self, book: Book) -> Iterator[tuple[Right, float]]:
        """(right, million USD of net cost at the first delivery) of what is put up."""
        rate = book.clock.rate
        for row, right in self.put_up:
            yield right, net_cost(row, rate, right) * (1 + rate) ** ((right.first - right.decided) / 12)


def net_cost(row: Financing, rate: float, right: Right) -> float:
    """Put up less the value at signature of what comes back: a loan's equal payments at the end of each year; a prepayment's equal
    credits in the middle of each year of delivery; equity's resale at the end of its years.
    """
    back = []
    for year in range(1, row.years + 1):
        if row.kind == "loan":
            interest = row.interest_pct_per_yr / 100
            payment = row.usd_m * interest / (1 - (1 + interest) ** -row.years) if interest else row.usd_m / row.years
            back.append(payment * (1 + rate) ** -year)
        elif row.kind == "prepayment":
            back.append(row.usd_m / row.years * (1 + rate) ** -((right.first - right.decided) / 12 + year - 0.5))
    if row.kind == "equity":
        back.append(row.usd_m * row.resale_share * (1 + rate) ** -row.years)
    return row.usd_m - sum(back)
