"""Month by month: what each source can deliver, and what each contract line gives the right to."""

from __future__ import annotations

import dataclasses
import math

from models.case import Case, ContractLine, Financing, Plant, Source
from optimizer.audit.clock import Clock
from optimizer.audit.cuts import Cut
from optimizer.audit.values import Assumed


@dataclasses.dataclass(frozen=True)
class Flow:
    """One source's limits in t REO per month, by month of the plan and on past the horizon.

    ``most``: the maximum; ``normal``: the normal flow; ``base``: what the base plan can have.
    """

    most: list[float]
    normal: list[float]
    base: list[float]


@dataclasses.dataclass(frozen=True)
class LineFlow:
    """One contract line's minimum and maximum in t REO per month in force."""

    least: list[float]
    most: list[float]


def ramp(plant: Plant, m: int, online: int | None) -> float:
    """Share of capacity in month ``m``: none before ``online``; then by year of operation, the last one going on. None: fully run in."""
    if online is None:
        return plant.ramp_pct[-1] / 100
    if m < online:
        return 0.0
    return plant.ramp_pct[min((m - online) // 12, len(plant.ramp_pct) - 1)] / 100


def _listed(values: tuple[float, ...], year: int) -> float:
    """The value of a year in a list by year, or the last one."""
    return values[year] if year < len(values) else values[-1]


class Limits:
    """Limits of sources and contract lines for ``months`` months."""

    def __init__(self, case: Case, clock: Clock, assumed: Assumed, months: int) -> None:
        """Computes every source's and line's monthly limits once."""
        self._clock = clock
        self._assumed = assumed
        self._plants = {row.plant: row for row in case.plants}
        self.months = months
        self.sources = {row.source: row for row in case.sources}
        self.flows = {row.source: self._flow(row) for row in case.sources}
        self.lines = {(row.contract, row.source): row for row in case.contract_lines}
        self._financings = case.financings
        self._line_flows: dict[tuple[str, str, int, int | None], LineFlow] = {}
        self._late: dict[tuple[str, int], Flow] = {}

    def supplier_capacity(self, plant: Plant, m: int, cut: Cut | None = None, begins: int = 0) -> float:
        """A supplier's plant: capacity x buyer's share x ramp / 12, in the plant's own tonnes of output; in a cut that ``begins`` at a
        month from the month in which it then comes on line."""
        online = self._late_start(plant.plant, cut, begins)
        return plant.capacity_t_per_yr * plant.share_for_buyer * self._supplier_ramp(plant.plant, m, online) / 12

    def flow(self, source: str, cut: Cut | None, begins: int) -> Flow:
        """A source's limits before what a cut takes: where its plant is late in the cut that ``begins`` at a month, so much later."""
        online = self._late_start(self.sources[source].plant, cut, begins)
        if online is None:
            return self.flows[source]
        if (source, online) not in self._late:
            self._late[source, online] = self._flow(self.sources[source], online)
        return self._late[source, online]

    def _late_start(self, plant: str, cut: Cut | None, begins: int) -> int | None:
        """First month of operation of a supplier's plant that is late in a cut; None: it is not."""
        if not plant or cut is None or (row := self._plants[plant]).online is None:
            return None
        due = self._clock.month(row.online)
        comes = cut.comes_on(row, due, begins)
        return None if comes == due else comes

    def base(self, source: str, first: int, months: int) -> float:
        """What the base plan can have of a source in a period, bought and lifted together."""
        return sum(self.flows[source].base[first : first + months])

    def crisis(self, source: Source, cut: Cut, k: int, m: int) -> tuple[float, float]:
        """A source's limits in month ``m``, ``k`` months into a cut: (what can be had without a contract before its spot share,
        what can be had in all).

        Hit: the share left of the normal flow ('term'), or of the crisis spot share of the maximum ('spot'). Not hit: the
        normal flow and its surge since the cut, up to the maximum ('term'), or the crisis spot share of the maximum
        ('spot'; the lowest of the cut-offs that run). In all: the maximum, times the share left where it is hit.
        """
        flow = self.flow(source.source, cut, m - k)
        most, normal = flow.most[m], flow.normal[m]
        left = cut.source_left(source, k)
        if source.kind == "spot":
            thin = min(self._assumed.at(row.spot_availability, m) for row in cut.running(k))
            return left * thin * most, left * most
        if cut.source_hit(source, k) or source.surge is None:
            return left * normal, left * most
        return min(most, normal * (1 + self._assumed.at(source.surge, m)) ** (k / 12)), most

    def _supplier_ramp(self, plant: str, m: int, late: int | None = None) -> float:
        """Ramp of a supplier's plant times its availability; 1 where a source names none. ``late``: its first month of operation,
        where that is not as stated."""
        if not plant:
            return 1.0
        row = self._plants[plant]
        if row.offline is not None and m > self._clock.month(row.offline):
            return 0.0
        online = late if late is not None or row.online is None else self._clock.month(row.online)
        return ramp(row, m, online) * self._assumed.at(row.availability, m)

    def _flow(self, source: Source, late: int | None = None) -> Flow:
        """Maximum = yearly maximum, grown, x availability x ramp / 12, none outside the first and last month. Normal flow =
        yearly normal flow, grown / 12, at most the maximum; blank: the maximum. Base: the maximum; where a normal flow
        and a surge are given, at most the normal flow risen by the surge from the start on. ``late``: first month of the plant.
        """
        clock, at = self._clock, self._assumed.at
        opens = clock.month_or(source.first_month, 0)
        ends = clock.month_or(source.last_month, self.months)
        flow = Flow([], [], [])
        for m in range(self.months):
            most = normal = base = 0.0
            if opens <= m <= ends:
                share = at(source.availability, m) * self._supplier_ramp(source.plant, m, late)
                most = normal = base = clock.grown(at(source.max_t_per_yr, m), source.growth_pct_per_yr, m) * share / 12
            if source.normal_t_per_yr is not None:
                usual = clock.grown(source.normal_t_per_yr, source.growth_pct_per_yr, m) / 12
                normal = min(usual, most)
                if source.surge is not None:
                    base = min(most, usual * (1 + at(source.surge, m)) ** ((m + 1) / 12))
            flow.most.append(most)
            flow.normal.append(normal)
            flow.base.append(base)
        return flow

    def line_flow(self, contract: str, source: str, begun: int, cut: Cut | None = None, begins: int = 0) -> LineFlow:
        """A line of a contract that delivers from month ``begun``, computed once; in a cut of the output that a late plant gives. See
        `_line_flow`."""
        key = (contract, source, begun, self._late_start(self.sources[source].plant, cut, begins))
        if key not in self._line_flows:
            self._line_flows[key] = self._line_flow(self.lines[contract, source], begun, self.flow(source, cut, begins).most)
        return self._line_flows[key]

    def _granted(self, line: ContractLine) -> list[Financing]:
        """The financings that go with the signature and widen the line."""
        return [row for row in self._financings if not row.optional and (row.contract, row.source) == (line.contract, line.source)]

    def _line_flow(self, line: ContractLine, begun: int, outputs: list[float]) -> LineFlow:
        """Most: the tonnes, or the share of the source's maximum, whichever is less. Least: the tonnes, or the share,
        whichever is more, but no more than the most. Each by year of the contract, the last one listed going on.
        """
        flow = LineFlow([], [])
        for m, output in enumerate(outputs):
            year = (m - begun) // 12 if m > begun else 0
            most = _listed(line.max_share, year) * output
            if line.max_t_per_yr:
                most = min(most, _listed(line.max_t_per_yr, year) / 12)
            most += math.fsum(row.extra_max_t_per_yr for row in self._granted(line)) / 12
            flow.most.append(most)
            flow.least.append(min(most, max(_listed(line.min_t_per_yr, year) / 12, _listed(line.min_share, year) * output)))
        return flow
