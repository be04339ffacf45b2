"""Settlement years of contract lines: over which slots a minimum, a rebate or a credit is counted up.

A line is settled by calendar year, or by contract year counted from the first delivery. A slot belongs to the year of
its first month. Years are cut at the ends of the run, and what is owed counts the months in force that are left. An offer
can begin on several dates, of which one is chosen at most: each *account* therefore says what every signature that it
concerns makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.case import ContractLine
from models.horizon import Slot
from models.rights import owed_t
from models.run import Run, Study

Signed = int | None
"""Month of signature; None: in force already."""

AccountKey = tuple[str, str, int | str]
"""Contract, source and settlement year: the calendar year, or the month in which the contract year begins."""


@dataclass
class Account:
    """One settlement year of one contract line in one run.

    ``slots`` are the run's slots that belong to it; ``months`` the months in force in them, by signature. ``year`` is the
    calendar year in which it begins.
    """

    line: ContractLine
    year: int
    slots: list[Slot] = field(default_factory=list)
    months: dict[Signed, list[int]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Months of the account's slots."""
        return sum(slot.months for slot in self.slots)


def signatures_of(run: Run, contract: str) -> list[Signed]:
    """The signatures of a contract that exist in a run."""
    study = run.study
    if study.contracts[contract].status == "in force":
        return [None]
    return [d for c, d in study.signings if c == contract and d < run.start]


def year_of(study: Study, contract: str, signed: Signed, slot: Slot) -> tuple[int, int | str]:
    """The settlement year of a slot: the calendar year in which it begins, and what it is called.

    Contract years are counted from the first delivery; in periods longer than a month from the first month of the period in which that
    falls, so that no period of the first contract year is settled apart.
    """
    terms, h = study.contracts[contract], study.horizon
    if terms.settled == "calendar year":
        return h.year(slot.first), h.year(slot.first)
    first = study.delivery(terms, signed).start
    counted = first
    if slot.months > 1:
        counted = next((whole.first for whole in h.slots if first in whole.range), first)
    begins = h.date(first + (slot.first - counted) // 12 * 12)
    return begins.year, str(begins)


def accounts(run: Run, lines: Sequence[ContractLine], slots: Sequence[Slot]) -> dict[AccountKey, Account]:
    """The settlement years of some lines in which a signature can be in force, in the order of lines and months."""
    found: dict[AccountKey, Account] = {}
    for line in lines:
        c, s = line.contract, line.source
        of_line: dict[AccountKey, Account] = {}
        for d in signatures_of(run, c):
            in_force = run.study.delivery(run.study.contracts[c], d)
            for slot in slots:
                year, name = year_of(run.study, c, d, slot)
                account = of_line.setdefault((c, s, name), Account(line, year))
                if slot not in account.slots:
                    account.slots.append(slot)
                if months := [m for m in slot.range if m in in_force]:
                    account.months.setdefault(d, []).extend(months)
        for key, account in sorted(of_line.items(), key=lambda item: item[1].slots[0]):
            if account.months:
                found[key] = account
    return found


def settled(run: Run) -> dict[AccountKey, Account]:
    """What a run settles: in the base plan every line, in a recourse those with a minimum, over the months of its window."""
    lines = list(run.study.lines.values())
    if run.pattern is not None:
        lines = [line for line in lines if any(line.min_t_per_yr) or any(line.min_share)]
    return accounts(run, lines, run.slots)


def owed(run: Run, account: Account) -> dict[Signed, float]:
    """Minimum of a settlement year by signature, t REO; signatures that owe nothing are left out."""
    found = {}
    for d, months in account.months.items():
        begun = run.study.delivery(run.study.contracts[account.line.contract], d).start
        least = sum(owed_t(run, account.line, m, begun) for m in months)
        if least > 0:
            found[d] = least
    return found


def discount(run: Run, account: Account) -> float:
    """Mean discount factor of a settlement year: its slots weighed by their months."""
    return sum(run.money[slot.first][1] * slot.months for slot in account.slots) / account.length


def slots_of(run: Run, account: Account) -> tuple[int, ...]:
    """First months of the slots of the base plan over which what a settlement year costs is spread; none of a recourse."""
    return () if run.pattern is not None else tuple(slot.first for slot in account.slots)


def excess(study: Study, line: ContractLine, month: int) -> float:
    """What the index asks for the line's basket above the trigger, before discount and floor, USD/kg REO."""
    if not line.upside_share or not line.price_index or line.upside_trigger_usd_per_kg is None:
        return 0.0
    return max(0.0, study.index_price(line, month) - line.upside_trigger_usd_per_kg * study.horizon.usd(line.currency, month))
