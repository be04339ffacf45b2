"""Solved values -> rows of the plan on residue: what is placed where, what lies in stores and cells, which cells are built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from models.plan import CellsBuilt, ResidueLevel, ResiduePlaced
from models.run import Run, Study

Values = Mapping[str, Mapping[Any, float]]


def read_placed(run: Run, values: Values) -> list[ResiduePlaced]:
    """Residue by where it arises and where it is placed, in one run."""
    h = run.study.horizon
    months = {slot.first: slot.months for slot in run.slots}
    return [
        ResiduePlaced(run=run.name, residue=r, plant=p, site=s, period=h.date(t), months=months[t], placed_t=tonnes)
        for (r, p, s, t), tonnes in values.get("placed_t", {}).items()
        if tonnes > 1e-9
    ]


def read_levels(run: Run, values: Values) -> list[ResidueLevel]:
    """Stores and cells of every site at the end of every slot of one run; sites that are empty all along are left out."""
    study, h = run.study, run.study.horizon
    placed: dict[tuple[str, int], float] = defaultdict(float)
    for (_, _, s, t), tonnes in values.get("placed_t", {}).items():
        placed[s, t] += tonnes
    built = {key: round(n) for key, n in values.get("cells", {}).items() if n > 0.5}
    found = []
    for s, site in study.residue.sites.items():
        opening, filled = site.opening_t, site.filled_t
        if run.pattern is not None:
            opening = values.get("residue_opening_t", {}).get(s, 0.0)
            filled = values.get("filled_opening_t", {}).get(s, 0.0)
        for slot in run.slots:
            key = (s, slot.first)
            level, buried = (max(0.0, values.get(name, {}).get(key, 0.0)) for name in ("residue_t", "buried_t"))
            filled = max(0.0, values.get("filled_t", {}).get(key, 0.0))
            units = site.max_units if site.status == "existing" else 0
            units += sum(n for (k, d), n in built.items() if k == s and study.residue.ready(s, d) <= slot.first)
            if max(opening, level, filled, placed[key], buried) > 1e-9:
                found.append(
                    ResidueLevel(
                        run=run.name,
                        site=s,
                        period=h.date(slot.first),
                        months=slot.months,
                        opening_t=opening,
                        placed_t=placed[key],
                        disposed_t=buried,
                        level_t=level,
                        filled_t=filled,
                        cells_t=units * site.cell_t,
                    )
                )
            opening = level
    return found


def read_cells(study: Study, values: Values) -> tuple[CellsBuilt, ...]:
    """Disposal cells that are built, in order of the workbook and the decision."""
    h = study.horizon
    found = []
    for (s, d), n in values.get("cells", {}).items():
        if n > 0.5:
            site, units = study.residue.sites[s], round(n)
            found.append(
                CellsBuilt(
                    site=s,
                    units=units,
                    decided=h.date(d),
                    ready=h.date(study.residue.ready(s, d)),
                    capacity_t=units * site.cell_t,
                    capex_usd_m=units * site.capex_usd_m,
                )
            )
    return tuple(found)
