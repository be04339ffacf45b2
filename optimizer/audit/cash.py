"""What is paid, year by year: the plan's cash table re-computed from its rows."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterator

from models.plan import Plan
from optimizer.audit.book import Book
from optimizer.audit.capital import payments, upfront_usd_m
from optimizer.audit.decisions import IN_FORCE, Decisions
from optimizer.audit.money import RISING, SMALLEST_SHARE, commitments, operating_costs, residue_sites
from optimizer.audit.residue import Cells
from optimizer.audit.rows import Run
from optimizer.audit.settlements import Settled, by_year
from optimizer.audit.verdict import SUMMED_UP, Ledger

UNPAID = frozenset({"shortage"})
"""Terms of operation that are valued and not paid."""

ANNUITIES = frozenset({"capex", "upfront", "programmes", "financing"})
"""Terms of commitments that are charged as annuities; what is spent for them is counted here."""

Amount = tuple[str, int, float]
"""(term, calendar year, million USD)."""


def _paid(book: Book, made: Decisions, cells: Cells, base: Run, settled: Settled) -> Iterator[Amount]:
    """All that is paid inside the plan, undiscounted."""
    year = book.clock.year
    for term, period, amount in operating_costs(book, base):
        if term not in UNPAID:
            yield term, year(period), amount
    for (term, settled_in), parts in by_year(book, settled).items():
        yield term, settled_in, math.fsum(amount for amount, _ in parts)
    for pieces in (commitments(book, made, base, 0), residue_sites(book, cells, base, 0)):
        for term, slot, amount in pieces:
            if term not in ANNUITIES:
                yield term, year(slot[0]), amount * book.risen(slot[0]) if term in RISING else amount
    yield from _spent(book, made, cells)
    yield from _programmes(book, made, base)
    yield from _financings(book, made)


def _spent(book: Book, made: Decisions, cells: Cells) -> Iterator[Amount]:
    """Capital of plants and cells in the months in which it is spent, prepayments at signature."""
    year = book.clock.year
    for name, units in made.built.items():
        for unit in units:
            for m, usd in payments(book, book.chain.plants[name], unit.online):
                yield "capex", year(m), unit.capital * usd
    for site in book.case.residue_sites:
        for cell in cells.get(site.site, ()):
            for m, usd in payments(book, site, cell.ready):
                yield "capex", year(m), site.capex_usd_m * cell.units * usd
    for name, rights in made.rights.items():
        for right in rights:
            if right.decided != IN_FORCE:
                yield "upfront", year(right.decided), upfront_usd_m(book, name, right.decided)


def _financings(book: Book, made: Decisions) -> Iterator[Amount]:
    """What is put up at signature, and what comes back inside the plan: a loan in equal yearly payments, a prepayment in equal parts at
    the middle of the years of delivery, equity at its sale.
    """
    for row, right in made.money.put_up:
        flows = {right.decided: row.usd_m}
        rate = row.interest_pct_per_yr / 100
        for n in range(1, row.years + 1):
            if row.kind == "loan":
                flows[right.decided + 12 * n] = -(row.usd_m * rate / (1 - (1 + rate) ** -row.years) if rate else row.usd_m / row.years)
            elif row.kind == "prepayment":
                month = right.first + 12 * n - 6
                flows[month] = flows.get(month, 0.0) - row.usd_m / row.years
            elif n == row.years:
                flows[right.decided + 12 * n] = -row.usd_m * row.resale_share
        for month, amount in flows.items():
            if month < book.clock.horizon:
                yield "financing", book.clock.year(month), amount


def _programmes(book: Book, made: Decisions, base: Run) -> Iterator[Amount]:
    """Programmes: what is spent at the decision, and the fixed cost from the first effect on."""
    clock = book.clock
    for row in book.programmes.values():
        if row.status == "in force":
            first = clock.month_or(row.online, 0)
        elif row.programme in made.starts.decided:
            first = made.starts.decided[row.programme] + row.lead_months
            decided = made.starts.decided[row.programme]
            yield "programmes", clock.year(decided), row.capex_usd_m * book.risen(decided)
        else:
            continue
        for slot in base.slots:
            months = max(0, min(sum(slot), clock.horizon) - max(slot[0], first))
            yield "programmes", clock.year(slot[0]), row.fixed_usd_m_per_yr * book.risen(slot[0]) * months / 12


def check_cash(book: Book, made: Decisions, cells: Cells, base: Run, settled: Settled, plan: Plan, ledger: Ledger) -> None:
    """Every term and year of the cash table is what is paid; a term or year that is left out counts as 0."""
    found: dict[tuple[str, int], list[float]] = collections.defaultdict(list)
    for term, year, amount in _paid(book, made, cells, base, settled):
        found[term, year].append(amount)
    shown = {(row.term, row.year): row.usd_m for row in plan.cash}
    ledger.holds("duplicates", len(shown) == len(plan.cash), SUMMED_UP, None, ("cash",), f"{len(shown)} rows", f"{len(plan.cash)} rows")
    floor = max(SMALLEST_SHARE * math.fsum(abs(math.fsum(parts)) for parts in found.values()), 1e-6)
    for key in sorted({*shown, *found}):
        paid = math.fsum(found.get(key, ()))
        ledger.equal("cash", shown.get(key, 0.0), paid, SUMMED_UP, None, (key[0], str(key[1])), floor=floor)
