"""Purchases and liftings of one run against the limits of sources, suppliers' plants and rights."""

from __future__ import annotations

import collections
import math

from models.case import Source
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
        if cut is not None and source.minimum_lot_t > 0 and not source.lot_waived_in_crisis:
            limit = 0.0
        ledger.at_most("spot-limit", run.bought.get(key, 0.0), limit, run.name, first, name)
        ledger.at_most("source-limit", had.get(key, 0.0), whole, run.name, first, name)
        row = shown.get(key)
        if row is not None:
            dear = cut.dearer(first - run.begins) if cut is not None and source.kind == "spot" else 1.0
            ledger.equal("stated-figures", row.limit_t, limit, run.name, first, (*name, "limit_t"))
            dear *= book.mean_factor(source.source, row.bought_t, months)
            ledger.equal("stated-figures", row.usd_per_kg, book.prices.source(source, first) * dear, run.name, first, (*name, "usd_per_kg"))
            cost = order_cost(book, run, source.source, first) * book.risen(first)
            if cost or row.order_usd_m:
                ledger.equal("orders", row.order_usd_m, cost, run.name, first, name)
            if cut is None and source.minimum_lot_t > 0 and row.bought_t > 0:
                ledger.at_least("minimum-lot", row.bought_t, source.minimum_lot_t, run.name, first, name)


def freight_usd_per_kg(book: Book, source: str, period: int) -> float:
    """Freight of a source in the currency of its row, in US dollars of a period, before it rises."""
    row = book.limits.sources[source]
    return book.assumed.at(row.freight_usd_per_kg, period) * book.usd(row.currency, period)


def order_cost(book: Book, run: Run, source: str, period: int) -> float:
    """Fixed cost of what a row buys, million USD: of an order that is made, whole; in a recourse in proportion to what is bought of the
    limit, that of a source which a candidate programme opens as if all of it were open.
    """
    row, shown = book.limits.sources[source], run.stated["bought"].get((source, period))
    fixed = book.assumed.at(row.order_cost_usd_m, period) * book.usd(row.currency, period)
    if shown is None or not fixed:
        return 0.0
    if run.cut is None:
        return fixed
    limit = shown.limit_t
    if row.programme and book.programmes[row.programme].status == "candidate":
        limit = row.spot_share * book.limits.crisis(row, run.cut, period - run.begins, period)[0]
    return fixed * shown.bought_t / limit if limit > 0 else 0.0


def _check_suppliers(book: Book, run: Run, had: dict[tuple[str, int], float], ledger: Ledger) -> None:
    """What is had of all sources of one supplier's plant, in the plant's tonnes, <= its capacity x buyer's share x ramp, times the share
    left where a cut-off hits the plant."""
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
            capacity = math.fsum(book.limits.supplier_capacity(plant, m, run.cut, run.begins) for m in range(first, first + months))
            if run.cut is not None:
                capacity *= run.cut.plant_left(plant, book.chain.handled(plant), first - run.begins)
            ledger.at_most("supplier-plant", used, capacity, run.name, first, (plant.plant,))


def _check_line(book: Book, made: Decisions, run: Run, contract: str, source: str, ledger: Ledger) -> None:
    """Lifted <= the line's maximum over the months in force x its monthly flexibility, under a right decided before the cut began; in
    a cut-off without the optional part until its call notice is over, and where source or contract is hit only what is left of it. The
    limit and price that the rows show are the audit's own.
    """
    cut, name = run.cut, (contract, source)
    line, row = book.limits.lines[name], book.limits.sources[source]
    rights = made.rights_before(contract, run.begins)
    shown = run.stated["lifted"]
    for first, months in run.slots:
        uncalled = cut is not None and first - run.begins < book.contracts[contract].call_notice_months
        less = line.optional_t_per_yr / 12 if uncalled else 0.0
        parts = [
            (m, max(0.0, book.limits.line_flow(contract, source, right.first, cut, run.begins).most[m] - less))
            for right in rights
            for m in right.months(first, months)
        ]
        parts += [(first, extra) for extra in made.money.extras_t(contract, source, run.begins, first, months)]
        if cut is not None:
            most, signed = book.limits.flow(source, cut, run.begins).most, book.contracts[contract]
            parts = [(m, cut.right_left(line, signed, row, m - run.begins, tonnes, most[m])) for m, tonnes in parts]
        limit = line.monthly_flexibility * math.fsum(tonnes for _, tonnes in parts)
        key = (contract, source, first)
        ledger.at_most("line-limit", run.lifted.get(key, 0.0), limit, run.name, first, name)
        stated = shown.get(key)
        if stated is not None:
            ledger.equal("stated-figures", stated.limit_t, limit, run.name, first, (*name, "limit_t"))
            ledger.equal("stated-figures", stated.usd_per_kg, book.prices.line(line, row, first), run.name, first, (*name, "usd_per_kg"))
