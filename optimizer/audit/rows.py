"""The plan's rows, indexed once by run; rows that name what does not exist are reported here."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from models.plan import Plan, ResidueLevel, StockLevel
from optimizer.audit.book import Book, DemandKey, EffectKey, StockKey
from optimizer.audit.clock import Slot
from optimizer.audit.cuts import Cut
from optimizer.audit.verdict import SUMMED_UP, Ledger

BASE = "base"
"""Name of the base plan's run."""

RUN_TABLES = (
    "bought",
    "lifted",
    "arrivals",
    "processed",
    "plant_use",
    "tolled",
    "residue_placed",
    "residue_levels",
    "stocks",
    "service",
    "replaced",
    "surplus",
    "shipped",
    "route_use",
)
"""Tables of the plan that carry a run."""


@dataclasses.dataclass
class Run:
    """One timeline and its rows. Keys end with the first month of the period, counted from the start of the plan.

    ``cut`` is None for the base plan. ``begins`` is the month of the cut; decisions count if dated before it (base plan:
    all do). ``stated`` holds rows whose shown limits are compared with the audit's own.
    """

    name: str
    slots: tuple[Slot, ...]
    cut: Cut | None
    begins: int
    bought: dict[tuple[str, int], float] = dataclasses.field(default_factory=dict)
    lifted: dict[tuple[str, str, int], float] = dataclasses.field(default_factory=dict)
    processed: dict[tuple[str, str, int], float] = dataclasses.field(default_factory=dict)
    residue_placed: dict[tuple[str, str, str, int], float] = dataclasses.field(default_factory=dict)
    residue_levels: dict[tuple[str, int], ResidueLevel] = dataclasses.field(default_factory=dict)
    stocks: dict[tuple[StockKey, int], StockLevel] = dataclasses.field(default_factory=dict)
    served: dict[tuple[DemandKey, int], float] = dataclasses.field(default_factory=dict)
    owed: dict[tuple[DemandKey, int], float] = dataclasses.field(default_factory=dict)
    owed_opening: dict[DemandKey, float] = dataclasses.field(default_factory=dict)
    replaced: dict[tuple[EffectKey, int], float] = dataclasses.field(default_factory=dict)
    sold: dict[tuple[str, str, int], float] = dataclasses.field(default_factory=dict)
    disposed: dict[tuple[str, str, int], float] = dataclasses.field(default_factory=dict)
    shipped: dict[tuple[str, str, str, int], float] = dataclasses.field(default_factory=dict)
    landed: Mapping[tuple[str, str, int], tuple[float, float]] | None = None
    stated: dict[str, dict[tuple[Any, ...], Any]] = dataclasses.field(default_factory=lambda: collections.defaultdict(dict))


class Rows:
    """Sorts the plan's rows into runs.

    Rules: *names* (a row names what the case has), *calendar* (its period is one of the run's), *duplicates* (one row per key),
    *finite* (amounts are finite and not negative).
    """

    def __init__(self, book: Book, plan: Plan, ledger: Ledger) -> None:
        """Indexes ``plan``; what cannot be placed becomes a finding and is left out."""
        self._book = book
        self._ledger = ledger
        self.unknown: set[str] = set()
        self._arising = {(row.residue, row.plant) for row in book.case.residues}
        self._sites = {row.site for row in book.case.residue_sites}
        self.runs: dict[str, Run] = {BASE: Run(BASE, book.clock.slots, None, book.clock.horizon)}
        self._lengths: dict[str, dict[int, int]] = {BASE: dict(book.clock.slots)}
        for table in RUN_TABLES:
            place = getattr(self, f"_place_{table}")
            for row in getattr(plan, table):
                run = self._run_of(row.run)
                if run is not None:
                    period = self._period(run, row)
                    if period is not None:
                        place(run, row, period)

    def _run_of(self, name: str) -> Run | None:
        """The run of that name; a recourse is made known by its first row."""
        if name in self.runs:
            return self.runs[name]
        if name in self.unknown:
            return None
        run = self._recourse(name)
        self._ledger.holds("names", run is not None, SUMMED_UP, None, ("run", name), "base or CUTOFF@YYYY-MM of the case", name)
        if run is None:
            self.unknown.add(name)
            return None
        self.runs[name] = run
        self._lengths[name] = dict(run.slots)
        return run

    def _recourse(self, name: str) -> Run | None:
        """A recourse by its name: single months from the start of the cut to the end of its window."""
        cutoff, _, start = name.rpartition("@")
        cut = self._book.cuts.get(cutoff)
        if cut is None:
            return None
        year, _, month = start.partition("-")
        if not (year.isdigit() and month.isdigit()):
            return None
        begin = self._book.clock.start
        begins = (int(year) - begin.year) * 12 + int(month) - begin.month
        if not 0 <= begins <= self._book.clock.horizon:
            return None
        return Run(name, tuple((begins + k, 1) for k in range(cut.window)), cut, begins)

    def _period(self, run: Run, row: Any) -> int | None:
        """First month of a row; None where the run has no such period."""
        start = self._book.clock.start
        first: int = (row.period.year - start.year) * 12 + row.period.month - start.month
        months = self._lengths[run.name].get(first)
        self._ledger.counts["calendar"] += 1
        if months != row.months:
            self._ledger.counts["calendar"] -= 1
            self._ledger.holds(
                "calendar", False, run.name, first, (type(row).__name__,), f"a period of {months} months", f"{row.months} months"
            )
        return first if months is not None else None

    def _amount(self, run: Run, period: int, name: tuple[str, ...], *amounts: float) -> bool:
        """Amounts are finite, and not negative beyond the tolerance."""
        self._ledger.counts["finite"] += len(amounts)
        for amount in amounts:
            if not math.isfinite(amount):
                self._ledger.at_least("finite", -math.inf, 0.0, run.name, period, name)
                return False
            if amount < 0:
                self._ledger.at_least("finite", amount, 0.0, run.name, period, name)
        return True

    def _new(self, run: Run, table: dict[Any, Any], key: Any, known: bool, period: int, name: tuple[str, ...]) -> bool:
        """The row's names are known, and no row before it had the same key."""
        ledger = self._ledger
        ledger.counts["names"] += 1
        ledger.counts["duplicates"] += 1
        if not known:
            ledger.holds("names", False, run.name, period, name, "a name of the case", "unknown")
        elif key in table:
            ledger.holds("duplicates", False, run.name, period, name, "one row", "a second row")
        return known and key not in table

    def _place_bought(self, run: Run, row: Any, period: int) -> None:
        """A purchase of a source of the case."""
        key, name = (row.source, period), (row.source,)
        if self._new(run, run.bought, key, row.source in self._book.limits.sources, period, name) and self._amount(
            run, period, name, row.bought_t
        ):
            run.bought[key] = row.bought_t
            run.stated["bought"][key] = row

    def _place_lifted(self, run: Run, row: Any, period: int) -> None:
        """A lifting under a line of a contract of the case."""
        key, name = (row.contract, row.source, period), (row.contract, row.source)
        known = (row.contract, row.source) in self._book.limits.lines and row.contract in self._book.contracts
        if self._new(run, run.lifted, key, known, period, name) and self._amount(run, period, name, row.lifted_t):
            run.lifted[key] = row.lifted_t
            run.stated["lifted"][key] = row

    def _place_arrivals(self, run: Run, row: Any, period: int) -> None:
        """What arrives of a source that ships."""
        key, name = (row.contract, row.source, period), (row.source, row.contract)
        known = row.source in self._book.shipped and (not row.contract or (row.contract, row.source) in self._book.limits.lines)
        if self._new(run, run.stated["arrivals"], key, known, period, name) and self._amount(run, period, name, row.arrived_t, row.cargo_t):
            run.stated["arrivals"][key] = row

    def _place_processed(self, run: Run, row: Any, period: int) -> None:
        """Material put through a plant that handles it."""
        key, name = (row.plant, row.material, period), (row.plant, row.material)
        known = self._book.chain.activity(row.plant, row.material) is not None
        if self._new(run, run.processed, key, known, period, name) and self._amount(run, period, name, row.processed_t):
            run.processed[key] = row.processed_t

    def _place_plant_use(self, run: Run, row: Any, period: int) -> None:
        """Use of a plant of the chain."""
        key = (row.plant, period)
        if self._new(run, run.stated["plant_use"], key, row.plant in self._book.chain.plants, period, (row.plant,)):
            run.stated["plant_use"][key] = row

    def _place_tolled(self, run: Run, row: Any, period: int) -> None:
        """What comes back from a plant that tolls."""
        key, name = (row.plant, row.material, period), (row.plant, row.material)
        plant = self._book.chain.plants.get(row.plant)
        known = plant is not None and plant.transit_months > 0 and self._book.chain.activity(row.plant, row.material) is not None
        if self._new(run, run.stated["tolled"], key, known, period, name) and self._amount(run, period, name, row.returned_t):
            run.stated["tolled"][key] = row

    def _place_residue_placed(self, run: Run, row: Any, period: int) -> None:
        """Residue of the case, placed at a site of the case."""
        key, name = (row.residue, row.plant, row.site, period), (row.residue, row.plant, row.site)
        known = (row.residue, row.plant) in self._arising and row.site in self._sites
        if self._new(run, run.residue_placed, key, known, period, name) and self._amount(run, period, name, row.placed_t):
            run.residue_placed[key] = row.placed_t

    def _place_residue_levels(self, run: Run, row: Any, period: int) -> None:
        """A site of the case."""
        key, name = (row.site, period), (row.site,)
        amounts = (row.opening_t, row.placed_t, row.disposed_t, row.level_t, row.filled_t, row.cells_t)
        if self._new(run, run.residue_levels, key, row.site in self._sites, period, name) and self._amount(run, period, name, *amounts):
            run.residue_levels[key] = row

    def _place_stocks(self, run: Run, row: Any, period: int) -> None:
        """A store of the case."""
        stock: StockKey = (row.store, row.material, row.form)
        amounts = (row.opening_t, row.added_t, row.drawn_t, row.lost_t, row.level_t, row.expired_t)
        if self._new(run, run.stocks, (stock, period), stock in self._book.stocks, period, stock) and self._amount(
            run, period, stock, *amounts
        ):
            run.stocks[(stock, period)] = row

    def _place_service(self, run: Run, row: Any, period: int) -> None:
        """A demand of the case."""
        demand: DemandKey = (row.sector, row.material, row.form)
        key = (demand, period)
        if self._new(run, run.served, key, demand in self._book.demands, period, demand) and self._amount(
            run, period, demand, row.served_t, row.owed_t
        ):
            run.served[key] = row.served_t
            run.owed[key] = row.owed_t
            run.stated["service"][key] = row

    def _place_replaced(self, run: Run, row: Any, period: int) -> None:
        """Demand that a programme of the case has an effect on."""
        effect: EffectKey = (row.programme, row.sector, row.material, row.form)
        key = (effect, period)
        if self._new(run, run.replaced, key, effect in self._book.effects, period, effect) and self._amount(
            run, period, effect, row.replaced_t
        ):
            run.replaced[key] = row.replaced_t
            run.stated["replaced"][key] = row

    def _place_surplus(self, run: Run, row: Any, period: int) -> None:
        """Surplus of a commodity, sold or disposed of."""
        key, name = (row.material, row.form, period), (row.material, row.form)
        known = row.form in self._book.materials.forms
        if self._new(run, run.sold, key, known, period, name) and self._amount(run, period, name, row.sold_t, row.disposed_t):
            run.sold[key] = row.sold_t
            run.disposed[key] = row.disposed_t

    def _place_shipped(self, run: Run, row: Any, period: int) -> None:
        """A shipment along a route of the case."""
        key, name = (row.route, row.material, row.form, period), (row.route, row.material, row.form)
        known = row.route in self._book.routes and row.form in self._book.materials.forms
        if self._new(run, run.shipped, key, known, period, name) and self._amount(run, period, name, row.shipped_t):
            run.shipped[key] = row.shipped_t

    def _place_route_use(self, run: Run, row: Any, period: int) -> None:
        """A route of the case that is used."""
        key = (row.route, period)
        if self._new(run, run.stated["route_use"], key, row.route in self._book.routes, period, (row.route,)):
            run.stated["route_use"][key] = row
