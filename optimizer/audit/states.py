"""Existing plants that may stop: is what the plan does with them allowed, and when do they run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from models.case import Plant
from models.plan import Plan, PlantState
from optimizer.audit.book import Book
from optimizer.audit.verdict import SUMMED_UP, Ledger

RUNNING, MOTHBALLED, CLOSED = "running", "mothballed", "closed"


@dataclasses.dataclass(frozen=True)
class Phase:
    """A state from month ``first`` to before month ``end``; it makes something from month ``ready`` on."""

    state: str
    first: int
    end: int
    ready: int


class States:
    """What every plant that may stop does, month by month. A plant of which the plan shows nothing runs throughout."""

    def __init__(self, book: Book, plan: Plan, ledger: Ledger) -> None:
        """Checks the rows of ``plan`` and reads the phases of each plant from them."""
        self._book = book
        self.phases: dict[str, list[Phase]] = {}
        rows: dict[str, list[PlantState]] = {}
        for row in plan.plant_states:
            known = row.plant in book.chain.plants and _may_stop(book.chain.plants[row.plant])
            ledger.holds("names", known, SUMMED_UP, None, ("plant state", row.plant), "an existing plant that may stop", row.plant)
            if known:
                rows.setdefault(row.plant, []).append(row)
        for plant in book.chain.plants.values():
            if _may_stop(plant):
                self._check(plant, rows.get(plant.plant, []), ledger)

    def runs(self, plant: str, m: int, begins: int) -> bool:
        """Whether a plant can run in month ``m`` by what was decided before month ``begins``: in the base plan the horizon, in a
        recourse the month of the cut, whose state goes on.
        """
        at = min(m, begins - 1)
        for phase in self.phases.get(plant, ()):
            if phase.first <= at < phase.end:
                return phase.state == RUNNING and m >= phase.ready
        return True

    def is_on(self, plant: str, m: int) -> bool:
        """Whether the state of a plant in a month of the base plan is to run, a restart under way included."""
        return next((phase.state == RUNNING for phase in self.phases.get(plant, ()) if phase.first <= m < phase.end), True)

    def standing_share(self, plant: str, m: int) -> float:
        """Share of the fixed cost that is paid in a month of the plan."""
        row = self._book.chain.plants[plant]
        shares = {RUNNING: 1.0, MOTHBALLED: row.mothball_opex_share, CLOSED: 0.0}
        return next((shares.get(p.state, 1.0) for p in self.phases.get(plant, ()) if p.first <= m < p.end), 1.0)

    def changes(self, plant: str) -> Iterator[tuple[int, float]]:
        """(month, million USD) of every restart and of closing."""
        row = self._book.chain.plants[plant]
        before = RUNNING
        for phase in self.phases.get(plant, ()):
            if phase.state == RUNNING and before == MOTHBALLED:
                yield phase.first, row.restart_usd_m
            if phase.state == CLOSED and before != CLOSED:
                yield phase.first, row.retire_usd_m
            before = phase.state

    def _check(self, plant: Plant, rows: list[PlantState], ledger: Ledger) -> None:
        """The first row is dated at the start, the others at later decision dates, each another state than before; nothing
        follows a closure; only what may be mothballed is. What runs is ready at once, or after the months of a restart.
        """
        clock, every, name = self._book.clock, self._book.case.settings.decision_every_months, plant.plant
        starts = bool(rows) and clock.month(rows[0].since) == 0
        ledger.holds("plant-state", starts, SUMMED_UP, 0, (name,), "a state from the start of the plan on", "none")
        allowed = {RUNNING, CLOSED} | ({MOTHBALLED} if plant.may_stop == "mothball" else set())
        months = [clock.month(row.since) for row in rows]
        before, last = "", -1
        for row, first, end in zip(rows, months, (*months[1:], clock.horizon), strict=False):
            on_date = first > last and first % every == 0 and first < clock.horizon
            ledger.holds("plant-state", on_date, SUMMED_UP, first, (name,), "a decision date after the one before", str(row.since))
            ledger.holds("plant-state", row.state in allowed, SUMMED_UP, first, (name,), f"one of {sorted(allowed)}", row.state)
            changed = row.state != before and before != CLOSED
            ledger.holds("plant-state", changed, SUMMED_UP, first, (name,), f"a state that can follow '{before}'", row.state)
            ready = first + (plant.restart_months if before == MOTHBALLED else 0)
            shown = str(clock.start.plus(ready)) if row.state == RUNNING else "None"
            ledger.holds("plant-state", str(row.capacity_from) == shown, SUMMED_UP, first, (name,), shown, str(row.capacity_from))
            self.phases.setdefault(name, []).append(Phase(row.state, first, end, ready))
            before, last = row.state, first


def _may_stop(plant: Plant) -> bool:
    """Existing, and its row allows it."""
    return plant.status == "existing" and plant.may_stop != "no"
