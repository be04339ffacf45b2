"""Crisis cost of a pattern: what the crisis costs beyond what the plan would have spent anyway.

    recourse cost in the window
  + restoring, at its end, the base plan's stocks (with cargo under way) and what is still owed of contract minimums
  - what the base plan spends in the same months

all undiscounted, in the money of each month. A recourse that draws stock down pays for putting it back: so no stock is free, and none is
counted twice. Stocks are compared by commodity, all stores together; what the recourse has more of is no credit. A stock is restored
at its base price plus conversion (`models.replacement`), in the month after the window. A minimum is still owed where, with
the base plan going on as it was, a settlement year that the window touches falls short of it: liftings that the crisis
prevented, beyond what the recourse has paid for. It is paid at the take-or-pay price of
the window.

The base plan's spending of the same months is what it buys, lifts, converts, ships, stores, serves and sells, a period's and a settlement
year's spread evenly over their months; commitments (plants, programmes, prepayments) cost the same with and without a crisis and are
left out on both sides. Behind the end of the plan months cost what the last twelve of the plan do in the mean, and the stock of
its last day is what is restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.chain import Commodity
from models.handed import Column, Handed, opening_weights
from models.horizon import Slot, spread
from models.operations.liftings import penalty
from models.pieces import KILOGRAMS
from models.replacement import Prices, replacement_usd_per_kg
from models.run import Run, Study
from models.settlement import Account, AccountKey, Signed, owed, settled
from models.survival import Pattern

LAST_MONTHS = 12
"""Months at the end of the plan whose mean stands for the months behind it."""

FOR_EVER = 1200
"""More months than any cargo is under way."""


@dataclass(frozen=True)
class Restoring:
    """Something that a recourse must leave as the base plan has it, or pay for.

    ``left``: weight by column of the recourse (component, index), t; ``wanted``: what the base plan has there or owes, t, linear in its
    columns. What is lacking of it costs ``usd_per_kg``. ``name`` is (material, form) of a stock, (contract, source, year) of a minimum.
    """

    name: tuple[Any, ...]
    usd_per_kg: float
    left: dict[Column, float]
    wanted: Handed

    @property
    def is_stock(self) -> bool:
        """Whether it is a stock, and not a minimum."""
        return len(self.name) == 2


def chance(study: Study, pattern: Pattern) -> float:
    """How many times the crisis is to be expected with this start: chance per year x the months that the start stands for / 12."""
    return pattern.cutoff.annual_probability * months_stood_for(study, pattern) / 12


def months_stood_for(study: Study, pattern: Pattern) -> int:
    """Months of which a start stands for all: from it to the next period of the base plan, or to the last start of the cut-off if that is
    before. The end of the plan stands for none, and so does a start inside a period."""
    h, cutoff = study.horizon, pattern.cutoff
    if pattern.start >= h.months:
        return 0
    slot = h.slot_before[pattern.start + 1]
    last = min(h.months, h.month_of(cutoff.last_start, h.months))
    return max(0, min(slot.end, last + 1) - pattern.start) if pattern.start == slot.first else 0


def discount(study: Study, pattern: Pattern) -> float:
    """Discount factor of a crisis that begins in the months that a start stands for."""
    months = months_stood_for(study, pattern)
    return study.horizon.discount(Slot(pattern.start, months)) if months else study.horizon.discount_at(pattern.start)


def window_shares(study: Study, pattern: Pattern) -> dict[int, float]:
    """What share of each slot of the base plan, by its first month, a pattern's window stands for."""
    h, end = study.horizon, pattern.start + study.window(pattern.cutoff)
    last = min(LAST_MONTHS, h.months)
    behind = max(0, end - max(h.months, pattern.start)) / last
    found = {}
    for slot in h.slots:
        months = slot.months_within(pattern.start, end) + behind * slot.months_within(h.months - last, h.months)
        if months:
            found[slot.first] = months / slot.months
    return found


class Crisis:
    """What restoring asks of each pattern. ``model`` is the base plan (`models.build.base_plan`)."""

    def __init__(self, study: Study, model: Any) -> None:
        self.study = study
        self.model = model
        self._prices: dict[int, Prices] = {}

    def prices(self, month: int) -> Prices:
        """Replacement prices of a month, kept."""
        if month not in self._prices:
            self._prices[month] = replacement_usd_per_kg(self.study, month)
        return self._prices[month]

    def restorings(self, pattern: Pattern) -> list[Restoring]:
        """What a recourse must leave as the base plan has it; what costs nothing to restore is left out."""
        run = Run(self.study, pattern)
        if not run.slots:
            return []
        return [r for r in (*self._stocks(run), *self._minimums(run)) if r.usd_per_kg > 0]

    def _stocks(self, run: Run) -> Iterator[Restoring]:
        end = run.slots[-1].end
        left, wanted, opening = self._lying(run, end)
        self._under_way(run, end, left, wanted)
        for commodity in dict.fromkeys((*wanted, *opening)):
            usd = self.prices(end).get(commodity, 0.0)
            yield Restoring(commodity, usd, left.get(commodity, {}), Handed(wanted.get(commodity, {}), opening.get(commodity, 0.0)))

    def _lying(self, run: Run, end: int) -> tuple[dict[Commodity, Any], dict[Commodity, Any], dict[Commodity, float]]:
        """Stock at the end of the window by commodity: of the recourse, of the base plan, and the part of this that is a number."""
        study, last = self.study, run.slots[-1].first
        weights, of_opening = opening_weights(study.horizon, min(end, study.horizon.months))
        left: dict[Commodity, dict[Column, float]] = {}
        wanted: dict[Commodity, dict[Column, float]] = {}
        opening: dict[Commodity, float] = {}
        for key, stock in study.stocks.items():
            commodity = (key[1], key[2])
            left.setdefault(commodity, {})["operation.level_t", (*key, last)] = 1.0
            levels = wanted.setdefault(commodity, {})
            for first, weight in weights.items():
                levels["operation.level_t", (*key, first)] = weight
            opening[commodity] = opening.get(commodity, 0.0) + of_opening * study.opening_t(stock)
        return left, wanted, opening

    def _under_way(self, run: Run, end: int, left: dict[Commodity, Any], wanted: dict[Commodity, Any]) -> None:
        """Add what was ordered in the window and arrives after it, in the recourse and in the base plan."""
        study, until = self.study, min(end, self.study.horizon.months)
        for s, months in study.shipped.items():
            ordering = [slot for slot in run.slots if slot.end + months + 1 > end]
            before = [slot for slot in study.horizon.slots if slot.first < until < slot.end + months + 1]
            split = study.chain.split(study.sources[s].material, study.sources[s].form)
            for c in ("", *(contract for contract, source in study.lines if source == s)):
                for slot in ordering:
                    share = sum(part for _, part in spread(slot, months, [Slot(end, FOR_EVER)])) * run.landed(c, s, slot.first, end)
                    self._add(left, split, _order(c, s, slot.first), share)
                for slot in before:
                    inside = Slot(max(slot.first, run.start), slot.months_within(run.start, until))
                    if inside.months:
                        share = sum(part for _, part in spread(inside, months, [Slot(until, FOR_EVER)]))
                        self._add(wanted, split, _order(c, s, slot.first), share * inside.months / slot.months)

    @staticmethod
    def _add(to: dict[Commodity, Any], split: dict[Commodity, float], column: Column, share: float) -> None:
        for commodity, part in split.items() if share > 0 else ():
            to.setdefault(commodity, {})[column] = share * part

    def _minimums(self, run: Run) -> Iterator[Restoring]:
        """Settlement years that the window touches: minimum of the year, with the months of the window as the recourse owes them, less
        what the base plan lifts outside the window and pays for; the recourse lifts or pays the rest, or still owes it."""
        b = self.model.operation
        if not b.OBLIGATIONS:
            return
        for key, account in settled(run).items():
            if key in b.line_minimums:
                least = owed(run, account)
                left: dict[Column, float] = {("operation.lifted_t", (*key[:2], slot.first)): 1.0 for slot in account.slots}
                left["operation.unlifted_t", key] = 1.0
                usd = penalty(self.study, account)
                yield Restoring((*key[:2], account.year), usd, left, self._still_owed(run, key, account, least))

    def _still_owed(self, run: Run, key: AccountKey, account: Account, least: dict[Signed, float]) -> Handed:
        b, study, (c, s, _) = self.model.operation, self.study, key
        whole: Account = b.accounts[key]
        window = range(run.start, run.slots[-1].end)
        weights: dict[Column, float] = {}
        constant = 0.0
        for d in account.months:
            begun = study.delivery(study.contracts[c], d).start
            months = [m for m in whole.months.get(d, ()) if m not in window]
            tonnes = sum(study.line_minimum(whole.line, m, begun) for m in months) + least.get(d, 0.0)
            if d is None:
                constant += tonnes
            else:
                weights["signed", (c, d)] = tonnes
        for slot in whole.slots:
            outside = 1 - slot.months_within(window.start, window.stop) / slot.months
            if outside > 0:
                weights["operation.lifted_t", (c, s, slot.first)] = -outside
        weights["operation.unlifted_t", key] = -1.0
        for made_up in b.MAKE_UPS:
            if (made_up[0], made_up[1], made_up[3]) == key:
                weights["operation.made_up_t", made_up] = 1.0
        return Handed(weights, constant)


def _order(contract: str, source: str, t: int) -> Column:
    return ("operation.lifted_t", (contract, source, t)) if contract else ("operation.bought_t", (source, t))


def operating_pieces(model: Any) -> Iterator[tuple[tuple[int, ...], float, Column]]:
    """What the base plan's operation costs, undiscounted: (first months of the slots over which it is spread, million USD per unit of a
    column, the column)."""
    names: dict[int, str] = {}
    for piece in model.cost_pieces:
        if piece.at and piece.variable is not None and piece.usd_m:
            component = piece.variable.parent_component()
            name = names.setdefault(id(component), component.name)
            yield piece.at, piece.usd_m, (name, piece.variable.index())


def usd_m(restoring: Restoring) -> float:
    """Million USD per tonne."""
    return restoring.usd_per_kg * KILOGRAMS
