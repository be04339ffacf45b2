"""Purchases and liftings of one run against the limits of sources, suppliers' plants and rights."""

from __future__ import annotations

import collections
import math

from models.case import Source
from models.plan import Unlifted
from optimizer.audit.book import Book
from optimizer.audit.decisions import Decisions
from optimizer.audit.rows import Run
from optimizer.audit.verdict import Ledger


def check_trade(book: Book, made: Decisions, run: Run, ledger: Ledger) -> None:
    """All rules of purchases and liftings, for every source, line and period of the run."""
    had: collections.defaultdict[tuple[str, int], float] = collections.defaultdict(float)
    for (source, period), tonnes in run.bought.items():
        had[source, period] += tonnes
    for (_, source, period), tonnes in run.lifted.items():
        had[source, period] += tonnes
    for row in book.limits.sources.values():
        _check_source(book, made, run, row, had, ledger)
    _check_suppliers(book, run, had, ledger)
    for contract, source in book.limits.lines:
        _check_line(book, made, run, contract, source, ledger)


def _check_source(book: Book, made: Decisions, run: Run, source: Source, had: dict[tuple[str, int], float], ledger: Ledger) -> None:
    """Bought without a contract <= spot share x limit, and bought + lifted <= what the source can deliver, in every period: a
    tonne is had once, by purchase or under one contract. A source that a programme opens has as much as the programme has come.
    The limit and price that the rows show are the audit's own.
    """
    name = (source.source,)
    cut = run.cut
    shown = run.stated["bought"]
    for first, months in run.slots:
        if cut is None:
            span = range(first, first + months)
            loose = whole = math.fsum(book.limits.flows[source.source].base[m] * made.starts.opened(source, run, m) for m in span)
        else:
            opened = made.starts.opened(source, run, first)
            loose, whole = (opened * tonnes for tonnes in book.limits.crisis(source, cut, first - run.begins, first))
        key = (source.source, first)
        limit = source.spot_share * loose
        ledger.at_most("spot-limit", run.bought.get(key, 0.0), limit, run.name, first, name)
        ledger.at_most("source-limit", had.get(key, 0.0), whole, run.name, first, name)
        row = shown.get(key)
        if row is not None:
            dear = cut.dearer(first - run.begins) if cut is not None and source.kind == "spot" else 1.0
            ledger.equal("stated-figures", row.limit_t, limit, run.name, first, (*name, "limit_t"))
            ledger.equal("stated-figures", row.usd_per_kg, book.prices.source(source, first) * dear, run.name, first, (*name, "usd_per_kg"))


def _check_suppliers(book: Book, run: Run, had: dict[tuple[str, int], float], ledger: Ledger) -> None:
    """What is had of all sources of one supplier's plant, in the plant's tonnes, <= its capacity x buyer's share x ramp."""
    of_plant: dict[str, list[Source]] = collections.defaultdict(list)
    for source in book.limits.sources.values():
        if source.plant:
            of_plant[source.plant].append(source)
    for plant in book.case.plants:
        if plant.status != "supplier":
            continue
        for first, months in run.slots:
            used = 0.0
            for source in of_plant.get(plant.plant, ()):
                factor = 1.0 if plant.capacity_mass == "REO" else book.materials.mass_factor(source.material, source.form)
                used += had.get((source.source, first), 0.0) * factor
            capacity = math.fsum(book.limits.supplier_capacity(plant, m) for m in range(first, first + months))
            ledger.at_most("supplier-plant", used, capacity, run.name, first, (plant.plant,))


def _check_line(book: Book, made: Decisions, run: Run, contract: str, source: str, ledger: Ledger) -> None:
    """Lifted <= the line's maximum over the months in force, under a right decided before the cut began; in a cut-off that hits
    source or contract, times the share left. The limit and price that the rows show are the audit's own.
    """
    cut, name = run.cut, (contract, source)
    line, row = book.limits.lines[name], book.limits.sources[source]
    rights = made.rights_before(contract, run.begins)
    most = book.limits.line_flows[name].most
    shown = run.stated["lifted"]
    for first, months in run.slots:
        limit = math.fsum(most[m] for right in rights for m in right.months(first, months))
        if cut is not None:
            limit *= cut.line_left(book.contracts[contract], row, first - run.begins)
        key = (contract, source, first)
        ledger.at_most("line-limit", run.lifted.get(key, 0.0), limit, run.name, first, name)
        stated = shown.get(key)
        if stated is not None:
            ledger.equal("stated-figures", stated.limit_t, limit, run.name, first, (*name, "limit_t"))
            ledger.equal("stated-figures", stated.usd_per_kg, book.prices.line(line, row, first), run.name, first, (*name, "usd_per_kg"))


def check_minimums(book: Book, made: Decisions, base: Run, rows: tuple[Unlifted, ...], ledger: Ledger) -> dict[tuple[str, str, int], float]:
    """Take-or-pay: in every calendar year of the horizon, what is paid and not lifted >= the line's minimum over its months in
    force - what was lifted. The minimum, liftings and price that the rows show are the audit's own.

    Returns what is paid and not lifted by (contract, source, year), t REO.
    """
    paid = {(row.contract, row.source, row.year): row for row in rows}
    ledger.holds("duplicates", len(paid) == len(rows), base.name, None, ("unlifted",), f"{len(paid)} rows", f"{len(rows)} rows")
    due: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    lifted: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for contract, source in book.limits.lines:
        least = book.limits.line_flows[contract, source].least
        rights = made.rights_before(contract, base.begins)
        for first, months in base.slots:
            key = (contract, source, book.clock.year(first))
            due[key] += math.fsum(least[m] for right in rights for m in right.months(first, months))
            lifted[key] += base.lifted.get((contract, source, first), 0.0)
    for key, minimum in due.items():
        unlifted = paid[key].unlifted_t if key in paid else 0.0
        name = (key[0], key[1], str(key[2]))
        ledger.at_least("take-or-pay", unlifted, minimum - lifted[key], base.name, None, name, scale=minimum)
        ledger.at_least("finite", unlifted, 0.0, base.name, None, name)
    for key, row in paid.items():
        name = (key[0], key[1], str(key[2]))
        ledger.holds("names", key in due, base.name, None, name, "a contract line of the case and a year of the plan", "another")
        if key in due:
            ledger.equal("stated-figures", row.minimum_t, due[key], base.name, None, (*name, "minimum_t"))
            ledger.equal("stated-figures", row.lifted_t, lifted[key], base.name, None, (*name, "lifted_t"))
            ledger.equal("stated-figures", row.usd_per_kg, penalty(book, key), base.name, None, (*name, "usd_per_kg"))
    return {key: row.unlifted_t for key, row in paid.items() if key in due}


def penalty(book: Book, key: tuple[str, str, int]) -> float:
    """What is paid per kilogram of a line's minimum that is not lifted in a year: the line's price x the take-or-pay share."""
    contract, source, year = key
    first = next(first for first, _ in book.clock.slots if book.clock.year(first) == year)
    price = book.prices.line(book.limits.lines[contract, source], book.limits.sources[source], first)
    return price * book.contracts[contract].take_or_pay_share
