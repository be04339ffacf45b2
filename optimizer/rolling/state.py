"""What the plan has reached: stocks and their age, cargo at sea, residue, what is owed and what is under way."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import Any

from models.case import Stock
from optimizer.audit.clock import Clock, arrivals
from optimizer.rolling.parts import NOTHING_T, Rolling, noted


def carry_state(rolling: Rolling, to_correct: bool) -> None:
    """Opening stocks, ages, cargo and residue; what has no column is said. ``to_correct``: each stock's note asks for what is there."""
    _stocks(rolling, to_correct)
    _cargo(rolling)
    _residue(rolling)
    owed = {(row.sector, row.material, row.form): row.owed_t for row in rolling.last(rolling.plan.service) if row.owed_t > NOTHING_T}
    rolling.change("demands", lambda row: dataclasses.replace(row, owed_t=owed.get((row.sector, row.material, row.form), 0.0)))
    transit = {plant.plant: plant.transit_months for plant in rolling.case.plants if plant.transit_months > 0}
    away: dict[str, float] = defaultdict(float)
    for row in rolling.past(rolling.plan.processed):
        away[row.plant] += row.processed_t if row.plant in transit else 0.0
    for row in rolling.past(rolling.plan.tolled):
        away[row.plant] -= row.returned_t
    for plant, tonnes in away.items():
        if tonnes > NOTHING_T:
            rolling.lost("Plants", plant, f"{tonnes:.6g} t REO are under way through it and come back after the start of the next plan")


def _stocks(rolling: Rolling, to_correct: bool) -> None:
    """Level and age of every stock."""
    level = {(row.store, row.material, row.form): row.level_t for row in rolling.last(rolling.plan.stocks)}
    ages: dict[tuple[str, str, str], list[tuple[int, float]]] = defaultdict(list)
    ends = {row.period for row in rolling.last(rolling.plan.stocks)}
    for row in rolling.plan.stock_ages:
        if row.period in ends and row.level_t > NOTHING_T:
            ages[row.store, row.material, row.form].append((row.age_months, row.level_t))

    def opened(row: Stock) -> Stock:
        key = (row.store, row.material, row.form)
        found = ages.get(key, [])
        oldest = max((age for age, _ in found), default=0)
        if len({age for age, _ in found}) > 1:
            parts = ", ".join(f"{tonnes:.4g} t of {age} months" for age, tonnes in sorted(found))
            rolling.lost("Stocks", " ".join(key), f"its ages ({parts}) become one, the oldest")
        tonnes = max(0.0, level.get(key, 0.0))
        note = noted(row, f"Planned for {rolling.to}: {tonnes:.6g} t; put in what is really there.") if to_correct else row.note
        age = oldest if row.shelf_life_months is not None else row.opening_age_months
        return dataclasses.replace(row, opening_t=tonnes, opening_share=1.0, opening_age_months=age, note=note)

    rolling.change("stocks", opened)


def _cargo(rolling: Rolling) -> None:
    """What is at sea of every source that ships: ordered and not arrived, under contracts too. It arrives evenly over the shipping time;
    where the plan had it otherwise that is said."""
    clock, plan = Clock(rolling.case.settings), rolling.plan
    later = [(first, months) for first, months in clock.slots if first >= rolling.months]
    shipping = {row.source: row for row in rolling.case.sources if row.shipping_months > 0}
    due: dict[str, dict[int, float]] = {source: defaultdict(float) for source in shipping}
    contracts: dict[str, set[str]] = defaultdict(set)
    for row, tonnes in [*((r, r.bought_t) for r in rolling.past(plan.bought)), *((r, r.lifted_t) for r in rolling.past(plan.lifted))]:
        if row.source in shipping:
            slot = (clock.month(row.period), row.months)
            for first, share in arrivals(slot, shipping[row.source].shipping_months, [*clock.slots, *_behind(clock)]):
                if first >= rolling.months:
                    due[row.source][first] += tonnes * share
                    contracts[row.source].update({row.contract} if hasattr(row, "contract") else ())
    for row in plan.arrivals:
        if row.run == "base" and not row.period < rolling.to and row.cargo_t > NOTHING_T:
            due[row.source][clock.month(row.period)] += row.cargo_t
    for name, row in shipping.items():
        total, delay = math.fsum(due[name].values()), row.shipping_months
        for first, months in later:
            even = total * max(0.0, min(first + months - rolling.months, delay) - (first - rolling.months)) / delay
            if abs(even - due[name].get(first, 0.0)) > max(1e-6, 1e-6 * total):
                text = f"of {total:.6g} t at sea {due[name].get(first, 0.0):.6g} t arrive in the period from {clock.start.plus(first)} on; "
                rolling.lost("Sources", name, text + f"the next plan lets them arrive evenly, {even:.6g} t then")
                break
        for cutoff in rolling.case.cutoffs:
            if contracts[name] & set(cutoff.contracts) and cutoff.cargo_at_sea < 1:
                rolling.lost(
                    "Sources", name, f"of its cargo '{cutoff.cutoff}' would take what is under {', '.join(sorted(contracts[name]))}"
                )

    def sailing(row: Any) -> Any:
        return dataclasses.replace(row, at_sea_t=math.fsum(due[row.source].values())) if row.source in shipping else row

    rolling.change("sources", sailing)


def _behind(clock: Clock) -> list[tuple[int, int]]:
    """Months after the horizon, so that no cargo is overlooked."""
    return [(clock.horizon + m, 1) for m in range(48)]


def _residue(rolling: Rolling) -> None:
    """What lies in interim stores and cells; cells that are built belong to the site."""
    reached = {row.site: row for row in rolling.last(rolling.plan.residue_levels)}
    cells: dict[str, list[Any]] = defaultdict(list)
    for built in rolling.plan.cells_built:
        if built.decided < rolling.to:
            cells[built.site].append(built)

    def placed(row: Any) -> Any:
        at = reached.get(row.site)
        row = row if at is None else dataclasses.replace(row, opening_t=max(0.0, at.level_t))
        if row.status == "existing":
            return row if at is None else dataclasses.replace(row, filled_t=max(0.0, at.filled_t))
        built = cells.get(row.site)
        if not built:
            return row
        units = sum(cell.units for cell in built)
        if units < row.max_units or any(cell.ready > rolling.to for cell in built):
            what = f"{units} of {row.max_units} cells are decided, the last ready in {max(cell.ready for cell in built)}"
            rolling.lost("ResidueSites", row.site, f"{what}; the workbook can say that all cells are there, or that none is")
            return row
        filled = 0.0 if at is None else max(0.0, at.filled_t)
        changes: dict[str, Any] = {
            "status": "existing",
            "filled_t": filled,
            "capex_usd_m": 0.0,
            "spend_pct": (),
            "decide_from": None,
            "decide_to": None,
        }
        fixed = row.fixed_opex_usd_m_per_yr * units
        note = noted(row, f"Cells decided before {rolling.to}.")
        return dataclasses.replace(row, **changes, fixed_opex_usd_m_per_yr=fixed, note=note)

    rolling.change("residue_sites", placed)
