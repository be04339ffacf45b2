"""Plants and programmes: what was decided is there or being built, with its own dates; what it cost is spent."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import Any

from models.case import Plant, Programme
from models.plan import Construction
from optimizer.rolling.parts import Rolling, noted, renamed


def carry_works(rolling: Rolling) -> None:
    """Plants decided, plants stopped, programmes started before the new start."""
    _stops(rolling)
    built: dict[str, list[Construction]] = defaultdict(list)
    for row in rolling.plan.constructions:
        if row.decided < rolling.to and row.units:
            built[row.plant].append(row)
    for plant in rolling.case.plants:
        if plant.plant in built:
            _built(rolling, plant.plant, sorted(built[plant.plant], key=lambda row: row.decided))
    _programmes(rolling)


def _stops(rolling: Rolling) -> None:
    """A plant that was closed is closed; one that is idle, or coming back, cannot be said to be."""
    state = {row.plant: row for row in sorted(rolling.plan.plant_states, key=lambda row: row.since) if row.since < rolling.to}

    def stopped(row: Plant) -> Plant:
        now = state.get(row.plant)
        if now is None or (now.state == "running" and (now.capacity_from is None or now.capacity_from <= rolling.to)):
            return row
        if now.state != "closed":
            text = "it is mothballed" if now.state == "mothballed" else f"it is being restarted, and can run from {now.capacity_from} on"
            rolling.lost("Plants", row.plant, f"{text}; the next plan opens with it running")
            return row
        last = now.since.plus(-1)
        changes: dict[str, Any] = {"offline": last, "may_stop": "no", "retire_usd_m": 0.0, "restart_usd_m": 0.0, "restart_months": 0}
        online = row.online if row.online is None or row.online <= last else None
        return dataclasses.replace(row, **changes, online=online, mothball_opex_share=0.0, note=noted(row, f"Closed in {now.since}."))

    rolling.change("plants", stopped)


def _built(rolling: Rolling, name: str, built: list[Construction]) -> None:
    """A candidate that was built whole is an existing plant; of one that can be built again each part is a plant of its own."""
    plant = next(row for row in rolling.rows["plants"] if row.plant == name)
    left = plant.max_units - sum(row.units for row in built)
    own = [name] if left <= 0 else []
    names = [*own, *(f"{name} of {row.decided}" for row in built[len(own) :])]
    rows = [_existing(rolling, plant, row, title) for row, title in zip(built, names, strict=True)]
    if left > 0:
        rows = [dataclasses.replace(plant, max_units=left), *rows]
    at = rolling.rows["plants"].index(plant)
    rolling.rows["plants"][at : at + 1] = rows
    further = tuple(title for title in names if title != name)
    if further:
        _like(rolling, name, further)
    if left > 0:
        _satisfied(rolling, name)
    for other in rolling.rows["plants"]:
        if plant.exclusive_group and other.exclusive_group == plant.exclusive_group and other.status == "candidate":
            rolling.forbid("plant", other.plant, f"{name} of the group '{plant.exclusive_group}' was decided before {rolling.to}.")


def _existing(rolling: Rolling, plant: Plant, built: Construction, name: str) -> Plant:
    """What was decided at one date, as a plant that exists from its first month of operation on."""
    scale = built.units if built.size_t_per_yr is None else built.size_t_per_yr / plant.capacity_t_per_yr
    changes: dict[str, Any] = {
        "status": "existing",
        "online": built.online,
        "max_units": 1,
        "capex_usd_m": 0.0,
        "spend_pct": (),
        "exclusive_group": "",
    }
    dates: dict[str, Any] = {"decide_from": None, "decide_to": None, "requires": ()}
    later = plant.equipment_countries if built.online > rolling.to else ()
    return dataclasses.replace(
        plant,
        plant=name,
        **changes,
        **dates,
        equipment_countries=later,
        capacity_t_per_yr=plant.capacity_t_per_yr * scale,
        fixed_opex_usd_m_per_yr=plant.fixed_opex_usd_m_per_yr * scale,
        note=noted(plant, f"Decided in {built.decided}; {built.capex_usd_m:g} million USD of capital committed, in no later cost."),
    )


def _like(rolling: Rolling, name: str, further: tuple[str, ...]) -> None:
    """What is said of a plant is said of its further parts."""
    for table in ("recoveries", "plant_rates", "fractions", "residues"):
        copies = [dataclasses.replace(row, plant=title) for title in further for row in rolling.rows[table] if row.plant == name]
        rolling.rows[table] += copies
    rolling.change("cutoffs", lambda row: dataclasses.replace(row, plants=renamed(row.plants, name, further)))
    rolling.change("residue_sites", lambda row: dataclasses.replace(row, plants=renamed(row.plants, name, further)))
    rolling.change("counts", lambda row: dataclasses.replace(row, members=renamed(row.members, name, further)))
    if any(name in (route.from_name, route.to_name) for route in rolling.case.routes):
        rolling.lost("Routes", name, f"routes lead to or from it, and none to or from {', '.join(further)}")
    if any(fix.decision == "processing" and fix.name == name for fix in rolling.case.fixes):
        rolling.lost("Fixes", name, f"a rule about what goes into it does not count what goes into {', '.join(further)}")


def _satisfied(rolling: Rolling, name: str) -> None:
    """What requires something that is there requires it no more."""
    for table in ("plants", "contracts", "programmes"):

        def freed(row: Any) -> Any:
            return dataclasses.replace(row, requires=tuple(other for other in row.requires if other != name))

        rolling.change(table, freed)


def _programmes(rolling: Rolling) -> None:
    """A programme that was started is in force from its first effect on; of an exclusive group no other is started."""
    started = {row.programme: row for row in rolling.plan.programme_starts if row.decided < rolling.to}
    groups = {row.exclusive_group for row in rolling.case.programmes if row.programme in started and row.exclusive_group}

    def running(row: Programme) -> Programme:
        start = started.get(row.programme)
        if start is None:
            return row
        note = noted(row, f"Started in {start.decided}; {start.capex_usd_m:g} million USD spent, in no later cost.")
        changes: dict[str, Any] = {
            "status": "in force",
            "online": start.first_effect,
            "capex_usd_m": 0.0,
            "requires": (),
            "exclusive_group": "",
        }
        return dataclasses.replace(row, **changes, decide_from=None, decide_to=None, lead_months=0, note=note)

    rolling.change("programmes", running)
    for row in rolling.rows["programmes"]:
        if row.status == "candidate" and row.exclusive_group in groups:
            rolling.forbid("programme", row.programme, f"Another of the group '{row.exclusive_group}' was started before {rolling.to}.")
