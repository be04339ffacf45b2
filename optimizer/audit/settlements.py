"""Contracts settled year by year: minimums paid and not lifted, and what comes back under upside shares."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterator

from models.plan import MadeUp, Plan, Rebate, Unlifted
from optimizer.audit.book import Book
from optimizer.audit.clock import Slot
from optimizer.audit.decisions import Decisions, Right
from optimizer.audit.rows import Run
from optimizer.audit.verdict import Ledger

Key = tuple[str, str, int]
"""(contract, source, calendar year in which the settlement year begins)."""


@dataclasses.dataclass
class Account:
    """One settlement year of one line: its periods inside the plan, months in force, minimum, liftings, maximum
    and what of the liftings makes up for an earlier year (t REO)."""

    key: Key
    slots: list[Slot] = dataclasses.field(default_factory=list)
    in_force: int = 0
    due: float = 0.0
    lifted: float = 0.0
    most: float = 0.0
    made_up: float = 0.0

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
    settled = Settled({account.key: account for account in accounts_of(book, made, base)})
    _check_make_ups(book, settled, base, plan, ledger)
    _check_minimums(book, settled, base, plan.unlifted, ledger)
    for account in settled.accounts.values():
        if book.limits.lines[account.key[:2]].monthly_flexibility > 1:
            ledger.at_most("line-year", account.lifted, account.most, base.name, None, account.name)
    _check_discounts(book, settled, base, plan, ledger)
    _check_rebates(book, settled, base, plan.rebates, ledger)
    return settled


def settle_window(book: Book, made: Decisions, base: Run, run: Run, plan: Plan, ledger: Ledger) -> float:
    """A recourse: the minimums of its window's months are lifted or paid, and with what the base plan lifted before it no year
    exceeds its maximum. Returns what it pays for tonnes not lifted, million USD undiscounted.
    """
    settled = Settled({account.key: account for account in accounts_of(book, made, run)})
    _check_minimums(book, settled, run, plan.unlifted, ledger)
    for (contract, source), line in book.limits.lines.items():
        if line.monthly_flexibility > 1:
            for right in made.rights_before(contract, run.begins):
                _check_year(book, made, base, run, right, source, ledger)
    return math.fsum(amount for _, _, amount in settled.money)


def _check_year(book: Book, made: Decisions, base: Run, run: Run, right: Right, source: str, ledger: Ledger) -> None:
    """In every settlement year of a window, lifted before it (of a period that it falls into, the part passed) + in it <= the maximum
    of the year's months in force, the cut and the call notice left out.
    """
    flow = book.limits.line_flow(right.contract, source, right.first).most
    for year in dict.fromkeys(_begins(book, right, first, months) for first, months in run.slots):
        lifted = [run.lifted.get((right.contract, source, m), 0.0) for m, n in run.slots if _begins(book, right, m, n) == year]
        for first, months in base.slots:
            if first < run.begins and _begins(book, right, first, months) == year:
                lifted.append(base.lifted.get((right.contract, source, first), 0.0) * min(1.0, (run.begins - first) / months))
        around = range(max(0, run.begins - 11), run.begins + len(run.slots) + 11)
        of_year = [m for m in around if right.first <= m < right.end and _begins(book, right, m, 1) == year]
        most = math.fsum(flow[min(m, len(flow) - 1)] for m in of_year)
        most += math.fsum(made.money.extra_t(right.contract, source, run.begins, m, 1) for m in of_year)
        ledger.at_most("line-year", math.fsum(lifted), most, run.name, None, (right.contract, source, str(year)))


def accounts_of(book: Book, made: Decisions, run: Run) -> Iterator[Account]:
    """A settlement year is the calendar year, or twelve months counted from the first delivery; a period belongs to the year of its
    first month. What is due is the line's minimum over the months in force inside the run; in a cut-off under force majeure times the
    share left.
    """
    for contract, source in book.limits.lines:
        found: dict[int, Account] = {}
        for right in made.rights_before(contract, run.begins):
            flow = book.limits.line_flow(contract, source, right.first)
            for first, months in run.slots:
                year = _begins(book, right, first, months)
                account = found.setdefault(year, Account((contract, source, year)))
                if (first, months) not in account.slots:
                    account.slots.append((first, months))
                    account.lifted += run.lifted.get((contract, source, first), 0.0)
                inside = right.months(first, months)
                account.in_force += len(inside)
                account.most += math.fsum(flow.most[m] for m in inside)
                account.most += made.money.extra_t(contract, source, run.begins, first, months) if inside else 0.0
                account.due += math.fsum(_owed(book, run, contract, source, m, right.first) for m in inside)
        yield from (account for account in found.values() if account.in_force)


def _owed(book: Book, run: Run, contract: str, source: str, m: int, begun: int) -> float:
    """What of a month's minimum is owed, t REO: all; under force majeure that of a plant which comes as late as the cut makes it, times
    the share that the cut leaves of the line's maximum."""
    row, line, cut = book.contracts[contract], book.limits.lines[contract, source], run.cut
    if cut is None or not row.force_majeure:
        return book.limits.line_flow(contract, source, begun).least[m]
    flow, output = book.limits.line_flow(contract, source, begun, cut, run.begins), book.limits.flow(source, cut, run.begins).most[m]
    least, most = flow.least[m], flow.most[m]
    if most <= 0:
        return 0.0
    return least * cut.right_left(line, row, book.limits.sources[source], m - run.begins, most, output) / most


def _begins(book: Book, right: Right, month: int, length: int) -> int:
    """Calendar year in which the settlement year of a period begins, given its first month and length. Contract years count from the
    first delivery, and those of longer periods from the start of the period in which it falls.
    """
    if book.contracts[right.contract].settled != "contract year":
        return book.clock.year(month)
    counted = right.first
    if length > 1:
        counted = next((first for first, months in book.clock.slots if first <= right.first < first + months), right.first)
    return book.clock.year(right.first + (month - counted) // 12 * 12)


def _check_minimums(book: Book, settled: Settled, base: Run, rows: tuple[Unlifted, ...], ledger: Ledger) -> None:
    """Take-or-pay: in every settlement year, what is paid and not lifted >= the minimum - what was lifted. The minimum, liftings and
    price that the rows show are the audit's own.
    """
    rows = tuple(row for row in rows if row.run == base.name)
    paid = {(row.contract, row.source, row.year): row for row in rows}
    ledger.holds("duplicates", len(paid) == len(rows), base.name, None, ("unlifted",), f"{len(paid)} rows", f"{len(rows)} rows")
    if not settled.accounts:
        ledger.counts["take-or-pay"] += len(book.limits.lines)
    for key, account in settled.accounts.items():
        unlifted = paid[key].unlifted_t if key in paid else 0.0
        lacking = account.due - (account.lifted - account.made_up)
        ledger.at_least("take-or-pay", unlifted, lacking, base.name, None, account.name, scale=account.due)
        if base.cut is None and book.limits.lines[key[:2]].make_up_years > 0:
            ledger.at_most("make-up", unlifted, max(0.0, lacking), base.name, None, account.name, scale=account.due)
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


def _check_make_ups(book: Book, settled: Settled, base: Run, plan: Plan, ledger: Ledger) -> None:
    """What is made up was paid and not lifted in a year of the same line, no longer ago than the line allows; it is lifted on top of
    the year's minimum; and what is outstanding at the end of a year keeps to the cap. Credit: the lowest price of the year in
    which it is lifted, less the share due again.
    """
    keys = {(row.contract, row.source, row.paid_year, row.year) for row in plan.make_ups}
    ledger.holds("duplicates", len(keys) == len(plan.make_ups), base.name, None, ("make_ups",), f"{len(keys)} rows", "more")
    by_line: dict[tuple[str, str], list[MadeUp]] = collections.defaultdict(list)
    for row in plan.make_ups:
        name = (row.contract, row.source, str(row.paid_year), str(row.year))
        account = settled.accounts.get((row.contract, row.source, row.year))
        known = account is not None and (row.contract, row.source, row.paid_year) in settled.accounts
        ledger.holds("names", known, base.name, None, name, "years of a contract line in force", "others")
        if account is None or not known:
            continue
        line = book.limits.lines[row.contract, row.source]
        by_line[row.contract, row.source].append(row)
        account.made_up += row.made_up_t
        ledger.at_least("finite", row.made_up_t, 0.0, base.name, None, name)
        ledger.holds("make-up", 0 < row.year - row.paid_year <= line.make_up_years, base.name, None, name, "within its years", "outside")
        origin = book.limits.sources[row.source]
        credit = min(book.prices.line(line, origin, first) for first, _ in account.slots) * (1 - line.make_up_price_share)
        ledger.equal("stated-figures", row.credit_usd_per_kg, credit, base.name, None, (*name, "credit_usd_per_kg"))
        settled.money.append(("make_up", account.key, -row.made_up_t * credit / 1000))
    paid = {(row.contract, row.source, row.year): row.unlifted_t for row in plan.unlifted if row.run == base.name}
    for (contract, source), rows in by_line.items():
        cap = book.limits.lines[contract, source].make_up_cap_t
        for key, account in settled.accounts.items():
            if key[:2] != (contract, source):
                continue
            used = math.fsum(row.made_up_t for row in rows if row.paid_year == key[2])
            ledger.at_most("make-up", used, paid.get(key, 0.0), base.name, None, (*account.name, "of what was paid"))
            held = math.fsum(row.made_up_t for row in rows if row.paid_year <= key[2] < row.year)
            ledger.at_most("make-up", held, math.inf if cap is None else cap, base.name, None, (*account.name, "outstanding"))
            beyond = account.lifted - account.due if account.made_up > 1e-6 else account.lifted
            ledger.at_most("make-up", account.made_up, max(0.0, beyond), base.name, None, (*account.name, "on top of the minimum"))


def _check_discounts(book: Book, settled: Settled, base: Run, plan: Plan, ledger: Ledger) -> None:
    """Tonnes above a step are no more than what of the year's liftings, those made up left out, lies between it and the next step; they
    are cheaper by the step's share of the lowest price of the year.
    """
    keys = {(row.contract, row.source, row.year, row.from_t) for row in plan.discounted}
    ledger.holds("duplicates", len(keys) == len(plan.discounted), base.name, None, ("discounted",), f"{len(keys)} rows", "more")
    for row in plan.discounted:
        name = (row.contract, row.source, str(row.year), f"from {row.from_t:g} t")
        steps = {
            v.from_t_per_yr: v.discount_pct for v in book.case.volume_discounts if (v.contract, v.source) == (row.contract, row.source)
        }
        account = settled.accounts.get((row.contract, row.source, row.year))
        ledger.holds("names", account is not None and row.from_t in steps, base.name, None, name, "a step of a line in force", "another")
        if account is None or row.from_t not in steps:
            continue
        end = min((step for step in steps if step > row.from_t), default=math.inf)
        most = max(0.0, min(end, account.lifted - account.made_up) - row.from_t)
        ledger.at_least("finite", row.discounted_t, 0.0, base.name, None, name)
        ledger.at_most("volume-discount", row.discounted_t, most, base.name, None, name, scale=row.from_t)
        line, origin = book.limits.lines[row.contract, row.source], book.limits.sources[row.source]
        saving = min(book.prices.line(line, origin, first) for first, _ in account.slots) * steps[row.from_t] / 100
        ledger.equal("stated-figures", row.saving_usd_per_kg, saving, base.name, None, (*name, "saving_usd_per_kg"))
        settled.money.append(("volume_discounts", account.key, -row.discounted_t * saving / 1000))


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
        line = book.limits.lines[key[:2]]
        cap = line.upside_cap_usd_m_per_yr
        most = math.inf if cap is None else cap * book.usd(line.currency, account.slots[0][0]) * account.in_force / 12
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
        above = 0.0 if index is None else index - trigger * book.usd(line.currency, first)
        if above > 0 and line.upside_share:
            lifted = base.lifted.get((contract, source, first), 0.0)
            tonnes.append(lifted)
            money.append(lifted * above * line.upside_share / 1000)
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
