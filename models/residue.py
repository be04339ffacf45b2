"""What a case says of residue: how much arises of what, who takes it, when cells can be built."""

from __future__ import annotations

from functools import cached_property

from models.case import Case, ResidueSite
from models.chain import Chain
from models.horizon import Horizon


class ResidueCare:
    """Residues and sites of a case. False where it has none, so that nothing is built for them."""

    def __init__(self, case: Case, chain: Chain, horizon: Horizon) -> None:
        self._case, self._chain, self._horizon = case, chain, horizon
        self.sites: dict[str, ResidueSite] = {row.site: row for row in case.residue_sites}

    def __bool__(self) -> bool:
        return bool(self._case.residues or self._case.residue_sites)

    @cached_property
    def rates(self) -> dict[tuple[str, str], dict[str, float]]:
        """Tonnes of residue per tonne of contained oxide that goes in: (residue, plant) -> by material that the plant handles.

        A row of the material goes before the plant's row for all.
        """
        stated = {(row.residue, row.plant, row.material): row.t_per_t for row in self._case.residues}
        found: dict[tuple[str, str], dict[str, float]] = {}
        for residue, plant in dict.fromkeys((row.residue, row.plant) for row in self._case.residues):
            handled = [a.material for a in self._chain.activities if a.plant == plant]
            rates = {m: stated.get((residue, plant, m), stated.get((residue, plant, ""), 0.0)) for m in handled}
            found[residue, plant] = {m: rate for m, rate in rates.items() if rate > 0}
        return {key: rates for key, rates in found.items() if rates}

    def takers(self, residue: str, plant: str) -> list[str]:
        """Sites that take a residue from a plant, in workbook order."""
        return [s.site for s in self.sites.values() if (not s.residues or residue in s.residues) and (not s.plants or plant in s.plants)]

    def ready(self, site: str, decided: int) -> int:
        """Month from which on a cell that is decided at a month can be filled: permit and building time truly delay it."""
        row = self.sites[site]
        return decided + row.permit_months + row.build_months

    @cached_property
    def openings(self) -> tuple[tuple[str, int], ...]:
        """(site, month) at which cells of each candidate can be decided, so that they are ready inside the horizon."""
        h = self._horizon
        return tuple(
            (s.site, d)
            for s in self.sites.values()
            if s.status == "candidate" and s.cell_t > 0
            for d in h.decision_dates
            if h.month_of(s.decide_from, 0) <= d <= h.month_of(s.decide_to, h.months) and self.ready(s.site, d) < h.months
        )
