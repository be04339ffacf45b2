"""Signatures and constructions: are they allowed, and what do they give from when on."""

from __future__ import annotations

import collections
import dataclasses
import math

from models.case import Contract, Plant
from models.plan import Construction, Plan, Signature
from optimizer.audit.book import Book
from optimizer.audit.capital import payments
from optimizer.audit.financing import Money
from optimizer.audit.programmes import Starts
from optimizer.audit.rights import IN_FORCE, Right
from optimizer.audit.states import States
from optimizer.audit.verdict import SUMMED_UP, Ledger


@dataclasses.dataclass(frozen=True)
class Built:
    """Units of a candidate decided in month ``decided`` that run from month ``online``.

    ``scale``: its size as a multiple of the capacity of the plant's row; ``capital``: what it costs, millions of
    the plant's currency in the money of the first year.
    """

    plant: str
    decided: int
    online: int
    units: float
    scale: float
    capital: float


__all__ = ["IN_FORCE", "Built", "Decisions", "Right", "decisions"]


@dataclasses.dataclass
class Decisions:
    """What the plan commits to, with dates computed by the audit."""

    rights: dict[str, list[Right]]
    built: dict[str, list[Built]]
    states: States
    starts: Starts
    money: Money

    def rights_before(self, contract: str, month: int) -> list[Right]:
        """Rights under a contract that were decided before ``month``."""
        return [right for right in self.rights.get(contract, ()) if right.decided < month]

    def online_before(self, plant: str, month: int) -> list[tuple[int, float]]:
        """(first month of operation, size as a multiple of the row's capacity) of what was decided before ``month``."""
        return [(built.online, built.scale) for built in self.built.get(plant, ()) if built.decided < month]


def decisions(book: Book, plan: Plan, ledger: Ledger) -> Decisions:
    """Check every signature and construction, and compute what they give."""
    rights: dict[str, list[Right]] = collections.defaultdict(list)
    for contract in book.contracts.values():
        if contract.status == "in force":
            rights[contract.contract].append(_in_force(book, contract))
    for row in plan.signatures:
        right = _signature(book, row, rights, ledger)
        if right is not None:
            rights[row.contract].append(right)
    built: dict[str, list[Built]] = collections.defaultdict(list)
    for construction in plan.constructions:
        unit = _construction(book, construction, ledger)
        if unit is not None:
            built[unit.plant].append(unit)
    _numbers(book, rights, built, ledger)
    starts = Starts(book, plan, ledger)
    _requirements(book, rights, built, starts, ledger)
    _links(book, rights, built, starts, ledger)
    return Decisions(rights, built, States(book, plan, ledger), starts, Money(book, rights, plan, ledger))


def _links(book: Book, rights: dict[str, list[Right]], built: dict[str, list[Built]], starts: Starts, ledger: Ledger) -> None:
    """An extension is signed its lead before the end of what it extends; what a contract requires is there or was decided no later; what
    it excludes is neither there nor decided.
    """
    given = {row.plant for row in book.case.plants if row.status != "candidate"}
    given |= {row.programme for row in book.case.programmes if row.status != "candidate"}
    dates: dict[str, list[int]] = {name: [right.decided for right in held] for name, held in rights.items() if held}
    dates |= {name: [unit.decided for unit in units if unit.units > 0] for name, units in built.items()}
    dates |= {name: [month] for name, month in starts.decided.items()} | {name: [IN_FORCE] for name in given}
    for name, held in rights.items():
        row = book.contracts[name]
        for right in held:
            if right.decided == IN_FORCE:
                continue
            if row.extends:
                ends = [first.end - row.lead_months for first in rights.get(row.extends, ())]
                shown = ", ".join(map(str, ends)) or "none: what it extends is not signed"
                ledger.holds("linked-contracts", right.decided in ends, SUMMED_UP, None, (name, row.extends), shown, str(right.decided))
            for other in row.requires:
                before = any(month <= right.decided for month in dates.get(other, ()))
                ledger.holds("linked-contracts", before, SUMMED_UP, right.decided, (name, "requires", other), "decided before", "not")
            for other in row.excludes:
                ledger.holds("linked-contracts", not dates.get(other), SUMMED_UP, None, (name, "excludes", other), "not decided", "decided")


def _in_force(book: Book, contract: Contract) -> Right:
    """A contract in force delivers from its first delivery (blank: the start) until its tenor after it."""
    opened = book.clock.month_or(contract.first_delivery, 0)
    return Right(contract.contract, IN_FORCE, opened, opened + 12 * contract.tenor_years)


def _signature(book: Book, row: Signature, rights: dict[str, list[Right]], ledger: Ledger) -> Right | None:
    """A signature names a contract on offer, once, on a decision date within its window, and delivers after its lead time, not
    before its first delivery, for its tenor, and from a month inside the horizon. The row's dates say the same.
    """
    clock, name = book.clock, (row.contract,)
    contract = book.contracts.get(row.contract)
    known = contract is not None and contract.status != "expired"
    ledger.holds("names", known, SUMMED_UP, None, ("signature", *name), "a contract of the case that is not expired", row.contract)
    if contract is None or not known:
        return None
    was = contract.status == "in force"
    ledger.holds("signatures", row.decided != was, SUMMED_UP, None, name, f"decided is {not was}", f"decided is {row.decided}")
    if was:
        right = rights[row.contract][0]
        _dates(book, row, right, ledger)
        return None
    ledger.holds("signatures", not rights[row.contract], SUMMED_UP, None, name, "one signature", "signed twice")
    signed = clock.month(row.signed)
    opens, closes = max(0, clock.month_or(contract.sign_from, 0)), clock.month_or(contract.sign_to, clock.horizon - 1)
    if contract.extends:
        ledger.holds(
            "decision-window", opens <= signed <= closes, SUMMED_UP, signed, name, f"months {opens} to {closes}", f"month {signed}"
        )
    else:
        _decision_date(book, signed, opens, closes, name, ledger)
    first = max(signed + contract.lead_months, clock.month_or(contract.first_delivery, 0))
    ledger.holds("horizon", first < clock.horizon, SUMMED_UP, first, name, "first delivery inside the horizon", "after it")
    right = Right(contract.contract, signed, first, first + 12 * contract.tenor_years)
    _dates(book, row, right, ledger)
    return right


def _dates(book: Book, row: Signature, right: Right, ledger: Ledger) -> None:
    """A signature's row shows the first and last month of delivery that follow from contract and signature."""
    shown = (book.clock.month(row.first_delivery), book.clock.month(row.last_delivery))
    for what, found, expected in (("first delivery", shown[0], right.first), ("last delivery", shown[1], right.end - 1)):
        start = book.clock.start
        ledger.holds(
            "lead-time", found == expected, SUMMED_UP, found, (row.contract, what), str(start.plus(expected)), str(start.plus(found))
        )


def _decision_date(book: Book, decided: int, opens: int, closes: int, name: tuple[str, ...], ledger: Ledger) -> None:
    """Decisions are dated at the start of the plan or a multiple of the decision interval after it, and within the row's window."""
    every = book.case.settings.decision_every_months
    on_grid = decided >= 0 and decided % every == 0
    ledger.holds("decision-date", on_grid, SUMMED_UP, decided, name, f"the start, or every {every} months after it", f"month {decided}")
    ledger.holds("decision-window", opens <= decided <= closes, SUMMED_UP, decided, name, f"months {opens} to {closes}", f"month {decided}")


def _construction(book: Book, row: Construction, ledger: Ledger) -> Built | None:
    """A construction names a candidate, has whole units, is decided on a decision date within its window, and runs after permit and
    building, inside the horizon. The row's date, capacity and capital cost say the same.
    """
    clock, name = book.clock, (row.plant,)
    plant = book.chain.plants.get(row.plant)
    known = plant is not None and plant.status == "candidate"
    ledger.holds("names", known, SUMMED_UP, None, ("construction", *name), "a candidate of the case", row.plant)
    if plant is None or not known:
        return None
    if not math.isfinite(row.units) or not math.isfinite(row.size_t_per_yr or 0.0):
        ledger.equal("units", math.nan, 0, SUMMED_UP, None, name)
        return None
    ledger.equal("units", row.units, round(row.units), SUMMED_UP, None, name)
    ledger.at_least("units", row.units, 0, SUMMED_UP, None, name)
    decided = clock.month(row.decided)
    opens, closes = max(0, clock.month_or(plant.decide_from, 0)), clock.month_or(plant.decide_to, clock.horizon - 1)
    _decision_date(book, decided, opens, closes, name, ledger)
    online = decided + plant.permit_months + plant.build_months
    shown = clock.month(row.online)
    ledger.holds("lead-time", shown == online, SUMMED_UP, decided, name, str(clock.start.plus(online)), str(row.online))
    ledger.holds("horizon", online < clock.horizon, SUMMED_UP, online, name, "first month of operation inside the horizon", "after it")
    scale, capital = _size(book, plant, row, ledger)
    full = plant.capacity_t_per_yr * plant.share_for_buyer * plant.ramp_pct[-1] / 100
    ledger.equal("stated-figures", row.capacity_t_per_yr, full * scale, SUMMED_UP, None, (row.plant, "capacity_t_per_yr"))
    paid = capital * math.fsum(usd for _, usd in payments(book, plant, online))
    ledger.equal("stated-figures", row.capex_usd_m, paid, SUMMED_UP, None, (row.plant, "capex_usd_m"))
    return Built(row.plant, decided, online, row.units, scale, capital)


def _size(book: Book, plant: Plant, row: Construction, ledger: Ledger) -> tuple[float, float]:
    """Size as a multiple of the row's capacity, and capital cost. Where the case has a cost curve, the size lies on it and the cost is
    linear between the two points around it; else whole units are built at the row's cost.
    """
    curve = sorted((point.capacity_t_per_yr, point.capex_usd_m) for point in book.case.capex_curve if point.plant == plant.plant)
    sized = row.size_t_per_yr is not None
    ledger.holds("plant-size", sized == bool(curve), SUMMED_UP, None, (row.plant,), "a size where there is a cost curve", str(sized))
    if row.size_t_per_yr is None or not curve:
        return round(row.units), plant.capex_usd_m * round(row.units)
    size = row.size_t_per_yr
    ledger.at_least("plant-size", size, curve[0][0], SUMMED_UP, None, (row.plant, "smallest"))
    ledger.at_most("plant-size", size, curve[-1][0], SUMMED_UP, None, (row.plant, "largest"))
    above = next((n for n, (point, _) in enumerate(curve) if point >= size and n > 0), len(curve) - 1)
    (s0, c0), (s1, c1) = curve[above - 1], curve[above]
    return size / plant.capacity_t_per_yr, (c0 * (s1 - size) + c1 * (size - s0)) / (s1 - s0)


def _numbers(book: Book, rights: dict[str, list[Right]], built: dict[str, list[Built]], ledger: Ledger) -> None:
    """No more units than the candidate's maximum; at most one unit in all plants of an exclusive group, and one signature in all
    contracts of one.
    """
    of_group: collections.Counter[str] = collections.Counter()
    for name, units in built.items():
        plant = book.chain.plants[name]
        count = sum(unit.units for unit in units)
        ledger.at_most("units", count, plant.max_units, SUMMED_UP, None, (name,))
        if plant.exclusive_group:
            of_group[plant.exclusive_group] += round(count)
    for group, number in of_group.items():
        ledger.at_most("exclusive-group", number, 1, SUMMED_UP, None, ("plants", group))
    signed: collections.Counter[str] = collections.Counter()
    for name, held in rights.items():
        group = book.contracts[name].exclusive_group
        if group:
            signed[group] += sum(right.decided != IN_FORCE for right in held)
    for group, number in signed.items():
        ledger.at_most("exclusive-group", number, 1, SUMMED_UP, None, ("contracts", group))


def _requirements(book: Book, rights: dict[str, list[Right]], built: dict[str, list[Built]], starts: Starts, ledger: Ledger) -> None:
    """Every plant, contract and programme that a plant requires exists, is in force, or is decided at the same date or before."""
    for name, units in built.items():
        for required in book.chain.plants[name].requires:
            row = next((plant for plant in book.case.plants if plant.plant == required), None)
            dates = [unit.decided for unit in built.get(required, ()) if unit.units] + [right.decided for right in rights.get(required, ())]
            dates += [starts.decided[required]] if required in starts.decided else []
            programme = book.programmes.get(required)
            known = (row is not None and row.status != "candidate") or (programme is not None and programme.status == "in force")
            first = IN_FORCE if known else min(dates, default=book.clock.horizon)
            for unit in units:
                there = not unit.units or first <= unit.decided
                what = f"'{required}' no later"
                ledger.holds("required", there, SUMMED_UP, unit.decided, (name, required), what, "later, or not at all")
