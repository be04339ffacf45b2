"""What a cut-off hits, and how much of the normal flow is left, month by month."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from models.case import Contract, ContractLine, CutOff, Plant, Source, Stock, Store
from optimizer.audit.materials import Materials


@dataclasses.dataclass(frozen=True)
class Wave:
    """One row of cut-offs within a crisis: it breaks in month ``breaks`` of the crisis and is over before month ``over``."""

    row: CutOff
    breaks: int
    over: int

    def left(self, k: int) -> float:
        """Share that this row alone leaves in month ``k`` of the crisis. Where nobody knows its length, the least that any length from
        one month on leaves: rows that keep to that keep to the limits of every length, so each is computed again here.
        """
        lengths = (self.row.months,) if self.row.length_known else range(1, self.row.months + 1)
        return min(self._left(k, months) for months in lengths)

    def _left(self, k: int, months: int) -> float:
        """The same for a cut of so many months: all before it breaks and when it is over; 1 - severity x the ramp of the month while the
        cut lasts; then back evenly over the return months from what the last month left.
        """
        row, month = self.row, k - self.breaks
        if not self.breaks <= k < self.breaks + months + row.return_months:
            return 1.0
        steps = [row.ramp_pct[min(n, len(row.ramp_pct) - 1)] / 100 for n in range(months)]
        if month < months:
            return 1 - row.severity * steps[month]
        return 1 - row.severity * steps[-1] * (1 - (month - months + 1) / (row.return_months + 1))


class Cut:
    """One cut-off with what follows it: a crisis of one wave or more. Months are counted from the start of the crisis."""

    def __init__(
        self, cutoff: CutOff, materials: Materials, rows: Iterable[CutOff] = (), lines: Iterable[tuple[Contract | None, Source]] = ()
    ) -> None:
        """Reads a row and those of ``rows`` that follow it; nothing is hit by a cut-off that names nobody. ``lines``: every source
        that ships, without a contract and with each that gives a right to it; what a wave hits has arrived again when it is over.
        """
        self.row = cutoff
        self._materials = materials
        named = {row.cutoff: row for row in rows}
        self.waves = [Wave(cutoff, 0, cutoff.months + cutoff.return_months)]
        while self.waves[-1].row.then in named and len(self.waves) <= len(named):
            before = self.waves[-1]
            row = named[before.row.then]
            breaks = before.breaks + (before.row.months if before.row.then_after_months is None else before.row.then_after_months)
            self.waves.append(Wave(row, breaks, breaks + row.months + row.return_months))
        self.window = max(wave.over + self._longest(wave, lines) for wave in self.waves)
        self._known: dict[tuple[str, ...], list[Wave]] = {}

    def _longest(self, wave: Wave, lines: Iterable[tuple[Contract | None, Source]]) -> int:
        """Longest shipping time of what a wave hits, in whole months."""
        return max(
            (math.ceil(source.shipping_months) for contract, source in lines if self._hits_line(wave.row, contract, source)), default=0
        )

    def _hits_line(self, row: CutOff, contract: Contract | None, source: Source) -> bool:
        """The source is hit; or the contract is named, and what it gives the right to is concerned."""
        named = contract is not None and contract.contract in row.contracts and self._concerns(row, source.material, source.form)
        return named or self._hits_source(row, source)

    def cargo_left(self, contract: Contract | None, source: Source, ordered: int, due: int) -> float:
        """Share of what was ordered in a month of the crisis (before it: negative) and is due in another that arrives: what a wave
        finds at sea arrives in part.
        """
        found = [w for w in self.waves if ordered < w.breaks <= due and self._hits_line(w.row, contract, source)]
        return math.prod(wave.row.cargo_at_sea for wave in found)

    def source_hit(self, source: Source, k: int) -> bool:
        """Whether a wave that has broken by month ``k`` hits a source."""
        return any(k >= wave.breaks for wave in self._on_source(source))

    def source_left(self, source: Source, k: int) -> float:
        """Share of a source's flow that all waves together leave in month ``k``: the product of what each leaves."""
        return math.prod(wave.left(k) for wave in self._on_source(source))

    def line_left(self, contract: Contract, source: Source, k: int) -> float:
        """Share of a contract line's right that is left in month ``k``: hit with its source, or where the contract is named."""
        key = ("line", contract.contract, source.source)
        if key not in self._known:
            on_source = self._on_source(source)
            named = (wave for wave in self.waves if contract.contract in wave.row.contracts and wave not in on_source)
            self._known[key] = [*on_source, *(wave for wave in named if self._concerns(wave.row, source.material, source.form))]
        return math.prod(wave.left(k) for wave in self._known[key])

    def right_left(self, line: ContractLine, contract: Contract, source: Source, k: int, tonnes: float, output: float) -> float:
        """What is left in month ``k`` of a line's right to so many tonnes, of a source whose maximum is ``output``: the share left of the
        line; with priority what waves that name the contract leave of the tonnes, no more than what is left of the maximum.
        """
        share = self.line_left(contract, source, k)
        if not line.priority or not self._known["line", contract.contract, source.source]:
            return tonnes * share
        naming = [w for w in self.waves if contract.contract in w.row.contracts and self._concerns(w.row, source.material, source.form)]
        return min(tonnes * math.prod(wave.left(k) for wave in naming), output * self.source_left(source, k))

    def plant_left(self, plant: Plant, handled: frozenset[str], k: int) -> float:
        """Share of a plant's capacity that is left in month ``k``."""
        key = ("plant", plant.plant)
        if key not in self._known:
            self._known[key] = [wave for wave in self.waves if self._hits_plant(wave.row, plant, handled)]
        return math.prod(wave.left(k) for wave in self._known[key])

    def stock_left(self, stock: Stock, store: Store | None, k: int) -> float:
        """Share of a stock's release and fill rates that is left in month ``k``: hit where its store is named, or is listed as
        standing in a cut country, and material and form are concerned. Where it came from does not matter.
        """
        key = ("stock", stock.store, stock.material, stock.form)
        if key not in self._known:
            at = "" if store is None else store.country
            self._known[key] = [
                wave
                for wave in self.waves
                if (stock.store in wave.row.stores or (at != "" and at in wave.row.countries))
                and self._concerns(wave.row, stock.material, stock.form)
            ]
        return math.prod(wave.left(k) for wave in self._known[key])

    def running(self, k: int) -> list[CutOff]:
        """The rows whose cut or return covers month ``k``; later, while what was cut is at sea, the one that ended last."""
        found = [wave.row for wave in self.waves if wave.breaks <= k < wave.over]
        return found or [max(self.waves, key=lambda wave: wave.over).row]

    def dearer(self, k: int) -> float:
        """Multiplier on spot prices in month ``k``: the highest of the rows that run."""
        return max(row.spot_price_multiplier for row in self.running(k))

    def _on_source(self, source: Source) -> list[Wave]:
        """The waves that hit a source."""
        key = ("source", source.source)
        if key not in self._known:
            self._known[key] = [wave for wave in self.waves if self._hits_source(wave.row, source)]
        return self._known[key]

    def _concerns(self, row: CutOff, material: str, form: str) -> bool:
        """The material contains a listed element (blank: any) and the form is listed (blank: any)."""
        return (not row.elements or self._materials.contains(material, row.elements)) and (not row.forms or form in row.forms)

    def _hits_source(self, row: CutOff, source: Source) -> bool:
        """A country that the material has passed is cut, or the source or its plant is named; and material and form are concerned."""
        named = (
            source.source in row.sources
            or (source.plant != "" and source.plant in row.plants)
            or not set(source.countries).isdisjoint(row.countries)
        )
        return named and self._concerns(row, source.material, source.form)

    def comes_on(self, plant: Plant, online: int, begins: int) -> int:
        """Month in which a plant that is due at month ``online`` comes on line: where a row that breaks before names it as late or takes
        its equipment away, so many months later, the longer of the two. ``begins``: month of the plan in which the crisis begins.
        """
        for wave in self.waves:
            if online > begins + wave.breaks:
                named = wave.row.late_months * (plant.plant in wave.row.late_plants)
                waits = wave.row.equipment_delay_months * (not set(plant.equipment_countries).isdisjoint(wave.row.countries))
                online += max(named, waits)
        return online

    def _hits_plant(self, row: CutOff, plant: Plant, handled: frozenset[str]) -> bool:
        """A plant of the chain is hit if it is named; or its country is cut, one of the materials it handles holds a listed
        element (blank: any), and its output form is listed (blank: any).
        """
        if plant.plant in row.plants:
            return True
        if plant.country not in row.countries:
            return False
        of_element = not row.elements or any(self._materials.contains(material, row.elements) for material in handled)
        return of_element and (not row.forms or plant.output_form in row.forms)
