"""Cut-offs: who is hit, how much is left month by month, and which starts must be survived.

A *pattern* is one cut-off with one start. The cut falls at the first instant of the start: what the base plan decided
before goes on, what it would decide then or later does not exist in the recourse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.case import Contract, CutOff, Plant, Source, Stock, Store
from models.chain import Chain
from models.horizon import Horizon
from models.lengths import for_every_length


@dataclass(frozen=True)
class Pattern:
    """One cut-off that starts at month ``start`` of the plan (0 .. horizon, the horizon included)."""

    cutoff: CutOff
    start: int


@dataclass(frozen=True)
class Phase:
    """One row of cut-offs within a pattern: it falls ``after`` months after the pattern's start.

    A pattern has one phase, and one more for every cut-off that falls into the recovery of the one before it. Where several
    hit the same supply, each takes its share of what the others leave.
    """

    cutoff: CutOff
    after: int

    @property
    def end(self) -> int:
        """Months from the pattern's start to the end of the phase: its cut and its return."""
        return self.after + self.cutoff.months + self.cutoff.return_months

    def left(self, k: int) -> float:
        """Share of the normal flow that is left ``k`` months after the pattern's start, this phase alone.

        All before the phase; 1 - severity x its ramp in the cut; then evenly back to 1 from what the cut's last month left.
        """
        cut, n = self.cutoff, k - self.after
        if n < 0:
            return 1.0
        month = min(n, cut.months - 1, len(cut.ramp_pct) - 1)
        depth = cut.severity * cut.ramp_pct[month] / 100
        back = max(0, n - cut.months + 1) / (cut.return_months + 1)
        return 1 - depth * (1 - min(1.0, back))


def phases(cutoff: CutOff, rows: Mapping[str, CutOff]) -> tuple[Phase, ...]:
    """The phases of a cut-off, in order: itself, and the rows that follow it, each counted from the start of the one before.

    ``rows``: all cut-offs by name. Where its length is not known, the first leaves what the worst of all lengths does. Where no month
    is given the next one falls when the cut before it ends. What the checks refuse, a circle or a name that is not there, ends the list.
    """
    found = [Phase(cutoff if cutoff.length_known else for_every_length(cutoff), 0)]
    while cutoff.then in rows and cutoff.then not in {phase.cutoff.cutoff for phase in found}:
        after = cutoff.months if cutoff.then_after_months is None else cutoff.then_after_months
        cutoff = rows[cutoff.then]
        found.append(Phase(cutoff, found[-1].after + after))
    return tuple(found)


def starts(horizon: Horizon, cutoff: CutOff, first_start: int, every_month: bool = False) -> tuple[int, ...]:
    """Months at which a cut-off may start: the period boundaries of the base plan from ``first_start`` to the last start.

    The end of the horizon is one of them, so that the last period is protected too. With ``every_month`` the months
    inside coarse periods are listed as well.
    """
    last = min(horizon.months, horizon.month_of(cutoff.last_start, horizon.months))
    boundaries = range(horizon.months + 1) if every_month else (*(s.first for s in horizon.slots), horizon.months)
    return tuple(m for m in boundaries if first_start <= m <= last)


def hits_source(cutoff: CutOff, source: Source, chain: Chain) -> bool:
    """Whether a source is cut: by country, name or plant, and by element and form where the cut-off lists any."""
    named = source.source in cutoff.sources or (source.plant != "" and source.plant in cutoff.plants)
    if not named and not set(source.countries) & set(cutoff.countries):
        return False
    return concerns(cutoff, set(chain.shares[source.material]), source.form)


def hits_contract(cutoff: CutOff, contract: Contract, source: Source, chain: Chain) -> bool:
    """Whether a contract is named by the cut-off, and what its line gives the right to is concerned by element and form."""
    return contract.contract in cutoff.contracts and concerns(cutoff, set(chain.shares[source.material]), source.form)


def hits_plant(cutoff: CutOff, plant: Plant, chain: Chain) -> bool:
    """Whether a plant of the chain stops: named, or in a cut country and concerned by element and form."""
    if plant.plant in cutoff.plants:
        return True
    if plant.country not in cutoff.countries:
        return False
    materials = plant.materials or tuple(chain.oxide_per_metal)
    return concerns(cutoff, {e for m in materials for e in chain.shares[m]}, plant.output_form)


def hits_store(cutoff: CutOff, stock: Stock, store: Store | None, chain: Chain) -> bool:
    """Whether a stock is out of reach: its store is named or stands in a cut country, and element and form are concerned.

    What lies in the buyer's store has no origin, so a cut of the country that it came from leaves it alone; the place of the
    store is another matter. ``store`` is the row of the sheet Stores, if there is one.
    """
    there = stock.store in cutoff.stores or (store is not None and store.country in cutoff.countries)
    return there and concerns(cutoff, set(chain.shares[stock.material]), stock.form)


def concerns(cutoff: CutOff, elements: set[str], form: str) -> bool:
    """Whether a cut-off is about something that holds these elements, in this form."""
    by_element = not cutoff.elements or bool(elements & set(cutoff.elements))
    return by_element and (not cutoff.forms or form in cutoff.forms)
