"""What of the answer rests on figures of low confidence: rows used, weighed by what flows over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.case import Row
from optimizer.report.view import View

GRADES = ("A", "B", "C", "")
"""Confidence as the workbook states it; blank: not stated."""


@dataclass
class Weight:
    """One sheet of the workbook: rows used and their weight, by confidence."""

    sheet: str
    weighed: str
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRADES, 0))
    weight: dict[str, float] = field(default_factory=lambda: dict.fromkeys(GRADES, 0.0))

    def add(self, row: Row, weight: float) -> None:
        """Count a row; one that carries nothing is not used."""
        if weight > 0:
            self.rows[row.confidence] = self.rows.get(row.confidence, 0) + 1
            self.weight[row.confidence] = self.weight.get(row.confidence, 0.0) + weight

    def share_pct(self, grade: str) -> float:
        """Share of the weight that rests on one confidence, %."""
        whole = sum(self.weight.values())
        return 100 * self.weight[grade] / whole if whole > 0 else 0.0

    @property
    def used(self) -> int:
        """Rows used."""
        return sum(self.rows.values())


def weights(view: View) -> tuple[Weight, ...]:
    """By sheet: demand, programmes, sources, contracts, plants, stocks and, counted only, assumptions; sheets of which no row is used
    are left out."""
    base = view.base
    delivered: dict[str, float] = defaultdict(float)
    lifted: dict[str, float] = defaultdict(float)
    processed: dict[str, float] = defaultdict(float)
    for b in base.bought:
        delivered[b.source] += b.bought_t
    for f in base.lifted:
        delivered[f.source] += f.lifted_t
        lifted[f.contract] += f.lifted_t
    for p in base.processed:
        processed[p.plant] += p.processed_t
    demanded: dict[tuple[str, str, str], float] = defaultdict(float)
    for s in base.service:
        demanded[s.sector, s.material, s.form] += s.demanded_t
    replaced: dict[str, float] = defaultdict(float)
    for r in base.replaced:
        replaced[r.programme] += r.replaced_t
    found = [
        _weighed("Demand", "t REO demanded", {k: (row, demanded[k]) for k, row in view.study.demands.items()}),
        _weighed("Programmes", "t REO replaced", {k: (row, replaced[k]) for k, row in view.study.programmes.rows.items()}),
        _weighed("Sources", "t REO delivered", {k: (row, delivered[k]) for k, row in view.study.sources.items()}),
        _weighed("Contracts", "t REO lifted", {k: (row, lifted[k]) for k, row in view.study.contracts.items()}),
        _weighed("Plants", "t REO put in", {k: (row, processed[k]) for k, row in view.study.plants.items()}),
        _weighed("Stocks", "mean value", {k: (row, view.stock_value_usd_m.get(k, 0.0)) for k, row in view.study.stocks.items()}),
        _weighed("Assumptions", "rows", {i: (row, 1.0) for i, row in enumerate(view.case.assumptions)}),
    ]
    return tuple(w for w in found if w.used)


def _weighed(sheet: str, weighed: str, rows: Mapping[object, tuple[Row, float]]) -> Weight:
    found = Weight(sheet, weighed)
    for row, weight in rows.values():
        found.add(row, weight)
    return found
