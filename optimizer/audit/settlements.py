"""Contracts settled year by year: minimums paid and not lifted, and what comes back under upside shares."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterator

from models.plan import Plan, Rebate, Unlifted
from optimizer.audit.book import Book
from optimizer.audit.clock import Slot
from optimizer.audit.decisions import Decisions, Right
from optimizer.audit.rows import Run
from optimizer.audit.verdict import Ledger

Key = tuple[str, str, int]
"""(contract, source, calendar year in which the settlement year begins)."""


@dataclasses.dataclass
class Account:
    """One settlement year of one line: its periods inside the plan, months in force, minimum and liftings (t REO)."""

    key: Key
    slots: list[Slot] = dataclasses.field(default_factory=list)
    in_force: int = 0
    due: float = 0.0
    lifted: float = 0.0

    @property
    def name(self) -> tuple[str, ...]:
        """The name for a finding."""
        return (self.key[0], self.key[1], str(self.key[2]))


@dataclasses.dataclass
class Settled:
    """What the accounts come to: ``money`` lists (term, key, million USD undiscounted)."""

    accounts: dict[Key, Account]
    money: list[tuple[str, Key, float]] = dataclasses.field(default_factory=list)


def settle(book: Book, made: Decisions, base: Run, plan: Plan, ledger: Ledger) -> Settled:
    """Check all that the base plan settles by year, and return what it costs."""
    settled = Settled({account.key: account for account in _accounts(book, made, base)})
    _check_minimums(book, settled, base, plan.unlifted, ledger)
    _check_rebates(book, settled, base, plan.rebates, ledger)
    return settled


def _accounts(book: Book, made: Decisions, base: Run) -> Iterator[Account]:
    """A settlement year is the calendar year, or twelve months counted from the first delivery; a period belongs to the year of its
    first month. What is due is the line's minimum over the months in force inside the plan.
    """
    for contract, source in book.limits.lines:
        found: dict[int, Account] = {}
        for right in made.rights_before(contract, base.begins):
            flow = book.limits.line_flow(contract, source, right.first)
            for first, months in base.slots:
                year = _begins(book, right, first)
                account = found.setdefault(year, Account((contract, source, year)))
                if (first, months) not in account.slots:
                    account.slots.append((first, months))
                    account.lifted += base.lifted.get((contract, source, first), 0.0)
                inside = right.months(first, months)
                account.in_force += len(inside)
                account.due += math.fsum(flow.least[m] for m in inside)
        yield from (account for account in found.values() if account.in_force)


def _begins(book: Book, right: Right, month: int) -> int:
    """Calendar year in which the settlement year of a month begins."""
    if book.contracts[right.contract].settled == "contract year":
        month = right.first + (month - right.first) // 12 * 12
    return book.clock.year(month)


def _check_minimums(book: Book, settled: Settled, base: Run, rows: tuple[Unlifted, ...], ledger: Ledger) -> None:
    """Take-or-pay: in every settlement year, what is paid and not lifted >= the minimum - what was lifted. The minimum, liftings and
    price that the rows show are the audit's own.
    """
    paid = {(row.contract, row.source, row.year): row for row in rows}
    ledger.holds("duplicates", len(paid) == len(rows), base.name, None, ("unlifted",), f"{len(paid)} rows", f"{len(rows)} rows")
    if not settled.accounts:
        ledger.counts["take-or-pay"] += len(book.limits.lines)
    for key, account in settled.accounts.items():
        unlifted = paid[key].unlifted_t if key in paid else 0.0
        ledger.at_least("take-or-pay", unlifted, account.due - account.lifted, base.name, None, account.name, scale=account.due)
        ledger.at_least("finite", unlifted, 0.0, base.name, None, account.name)
    for key, row in paid.items():
        name, known = (key[0], key[1], str(key[2])), settled.accounts.get(key)
        ledger.holds("names", known is not None, base.name, None, name, "a contract line in force and a year of the plan", "another")
        if known is not None:
            price = penalty(book, known)
            ledger.equal("stated-figures", row.minimum_t, known.due, base.name, None, (*name, "minimum_t"))
            ledger.equal("stated-figures", row.lifted_t, known.lifted, base.name, None, (*name, "lifted_t"))
            ledger.equal("stated-figures", row.usd_per_kg, price, base.name, None, (*name, "usd_per_kg"))
            settled.money.append(("take_or_pay", key, row.unlifted_t * price / 1000))


def penalty(book: Book, account: Account) -> float:
    """What is paid per kilogram of a minimum that is not lifted: the line's price in the year's first period x the take-or-pay share."""
    contract, source, _ = account.key
    price = book.prices.line(book.limits.lines[contract, source], book.limits.sources[source], account.slots[0][0])
    return price * book.contracts[contract].take_or_pay_share


def _check_rebates(book: Book, settled: Settled, base: Run, rows: tuple[Rebate, ...], ledger: Ledger) -> None:
    """Given back <= share x (index - trigger) x what is lifted, where the index is above it, and <= the cap, a twelfth of it for
    each month in force. The figures that the rows show are the audit's own.
    """
    shown = {(row.contract, row.source, row.year): row for row in rows}
    ledger.holds("duplicates", len(shown) == len(rows), base.name, None, ("rebates",), f"{len(shown)} rows", f"{len(rows)} rows")
    for key, row in shown.items():
        name, account = (key[0], key[1], str(key[2])), settled.accounts.get(key)
        ledger.holds("names", account is not None, base.name, None, name, "a contract line in force and a year of the plan", "another")
        if account is None:
            continue
        tonnes, entitled = _entitled(book, base, account)
        cap = book.limits.lines[key[:2]].upside_cap_usd_m_per_yr
        most = math.inf if cap is None else cap * account.in_force / 12
        ledger.at_least("finite", row.rebate_usd_m, 0.0, base.name, None, name)
        ledger.at_most("rebate", row.rebate_usd_m, min(entitled, most), base.name, None, name)
        ledger.equal("stated-figures", row.lifted_t, tonnes, base.name, None, (*name, "lifted_t"))
        ledger.equal("stated-figures", row.entitled_usd_m, entitled, base.name, None, (*name, "entitled_usd_m"))
        same = row.cap_usd_m is None if cap is None else row.cap_usd_m is not None and abs(row.cap_usd_m - most) <= 1e-6 * max(1.0, most)
        ledger.holds("stated-figures", same, base.name, None, (*name, "cap_usd_m"), str(most), str(row.cap_usd_m))
        settled.money.append(("rebates", key, -row.rebate_usd_m))


def _entitled(book: Book, base: Run, account: Account) -> tuple[float, float]:
    """(tonnes lifted while the index was above the trigger, the share of the excess on them in million USD)."""
    contract, source, _ = account.key
    line, row = book.limits.lines[contract, source], book.limits.sources[source]
    trigger = math.inf if line.upside_trigger_usd_per_kg is None else line.upside_trigger_usd_per_kg
    tonnes, money = [], []
    for first, _ in account.slots:
        index = book.prices.index(line.price_index, row.material, row.form, first) if line.price_index else None
        if index is not None and index > trigger and line.upside_share:
            lifted = base.lifted.get((contract, source, first), 0.0)
            tonnes.append(lifted)
            money.append(lifted * (index - trigger) * line.upside_share / 1000)
    return math.fsum(tonnes), math.fsum(money)


def by_year(book: Book, settled: Settled) -> dict[tuple[str, int], list[tuple[float, float]]]:
    """(million USD, discount factor) by term and calendar year: what is settled counts in the year of the account's first period, at
    the mean factor of the account's months.
    """
    found: dict[tuple[str, int], list[tuple[float, float]]] = collections.defaultdict(list)
    for term, key, amount in settled.money:
        slots = settled.accounts[key].slots
        months = sum(length for _, length in slots)
        factor = math.fsum(book.clock.factor(slot) * slot[1] for slot in slots) / months
        found[term, book.clock.year(slots[0][0])].append((amount, factor))
    return found
