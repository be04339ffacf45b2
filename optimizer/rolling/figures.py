"""Figures that count from the first year of the plan: what grows, what costs rise with, what is compared with a reference."""

from __future__ import annotations

import dataclasses
from typing import Any

from optimizer.rolling.parts import Rolling

GROWING = {
    "demands": ("t_per_yr",),
    "prices": ("usd_per_kg",),
    "sources": ("max_t_per_yr", "normal_t_per_yr"),
    "stores": ("capacity_t",),
    "stocks": ("capacity_t",),
}
"""Columns that are given for the first year and grow with the row's growth_pct_per_yr."""

RISING = {
    "forms": ("disposal_usd_per_t",),
    "programmes": ("capex_usd_m", "fixed_usd_m_per_yr"),
    "programme_effects": ("usd_per_kg",),
    "sources": ("freight_usd_per_kg", "order_cost_usd_m"),
    "plants": ("restart_usd_m", "retire_usd_m", "capex_usd_m", "fixed_opex_usd_m_per_yr", "variable_opex_usd_per_kg"),
    "capex_curve": ("capex_usd_m",),
    "plant_rates": ("variable_opex_usd_per_kg",),
    "residue_sites": ("capex_usd_m", "fixed_opex_usd_m_per_yr", "storage_usd_per_t_yr", "disposal_usd_per_t"),
    "stores": ("fixed_usd_m_per_yr",),
    "stocks": ("storage_usd_per_t_yr", "handling_usd_per_t"),
    "routes": ("usd_per_t", "fixed_usd_m_per_yr"),
}
"""Columns that rise with the escalation of the settings from the first year on."""


def grow(rolling: Rolling) -> None:
    """Every figure of the first year is that of the new first year, so that it goes on as before."""
    before = _demanded(rolling)
    for table, columns in GROWING.items():
        rolling.rows[table] = [_times(rolling, row, columns, 1 + row.growth_pct_per_yr / 100) for row in rolling.rows[table]]
    rise = 1 + rolling.case.settings.escalation_pct_per_yr / 100
    for table, columns in RISING.items():
        rolling.rows[table] = [_times(rolling, row, columns, rise) for row in rolling.rows[table]]
    after = _demanded(rolling)
    for number, row in enumerate(rolling.rows["demand_references"]):
        if before.get(row.element) and after.get(row.element) != before[row.element]:
            factor = after[row.element] / before[row.element]
            rolling.rows["demand_references"][number] = dataclasses.replace(row, t_per_yr=row.t_per_yr * factor)
    surging = [row.source for row in rolling.case.sources if row.surge is not None and row.normal_t_per_yr is not None]
    if surging:
        names = ", ".join(surging[:3]) + (f" and {len(surging) - 3} more" if len(surging) > 3 else "")
        rolling.note("Sources", names, "surge is counted from the new start on: deliveries rise from the normal flow again")


def _times(rolling: Rolling, row: Any, columns: tuple[str, ...], yearly: float) -> Any:
    """The row with columns of as many years later."""
    factor = yearly**rolling.years
    if factor == 1:
        return row
    return dataclasses.replace(row, **{name: rolling.scaled(getattr(row, name), factor) for name in columns})


def _demanded(rolling: Rolling) -> dict[str, float]:
    """Demand of the first year by element where it is stated as such, t/yr; for the growth of reference totals alone."""
    found: dict[str, float] = {}
    for row in rolling.rows["demands"]:
        if isinstance(row.t_per_yr, int | float):
            shares = [(r.element, r.kg_per_kg) for r in rolling.case.recipes if r.grade == row.material]
            shares += [(c.element, c.share) for c in rolling.case.compositions if c.mixture == row.material]
            for element, share in shares or [(row.material, 1.0)]:
                found[element] = found.get(element, 0.0) + row.t_per_yr * share
    return found
