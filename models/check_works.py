"""Checks of how plants are paid for, delayed and stopped."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from models.case import Case, Plant, ResidueSite
from models.findings import Finding, Rule, rule, warning
from models.horizon import Horizon

_PERCENT_TOLERANCE = 1e-6


@rule("Plants", "ResidueSites")
def _spending_adds_up(case: Case) -> Iterator[Finding]:
    """The capital is spent whole, and within the building time."""
    tables: tuple[tuple[str, tuple[Plant | ResidueSite, ...]], ...] = (("Plants", case.plants), ("ResidueSites", case.residue_sites))
    for table, number, plant in ((table, number, row) for table, rows in tables for number, row in enumerate(rows)):
        total = math.fsum(plant.spend_pct)
        years = math.ceil(plant.build_months / 12)
        if plant.spend_pct and abs(total - 100) > _PERCENT_TOLERANCE:
            mend = f"The shares sum to {total:.6g} %. {'Correct them.' if total else 'Fill them, or clear the cell.'}"
            yield Finding(table, number, "spend_pct", plant.spend_pct, "shares that sum to 100 %", mend)
        elif len(plant.spend_pct) > years:
            mend = f"It takes {plant.build_months} months to build, {years} {'year' if years == 1 else 'years'}. Give no more."
            yield Finding(table, number, "spend_pct", plant.spend_pct, "a share for each year of building", mend)


@rule("Plants", "Settings")
def _plants_end_after_they_begin(case: Case) -> Iterator[Finding]:
    """The last month of operation is after the first, inside the plan, and not given for a candidate."""
    horizon = Horizon(case)
    for number, plant in enumerate(case.plants):
        if plant.offline is None:
            continue
        if plant.status == "candidate":
            mend = "It is not used: what is built runs to the end of the plan. Clear it."
            yield warning("Plants", number, "offline", plant.offline, "blank for a candidate", mend)
        elif plant.online is not None and plant.offline < plant.online:
            mend = f"Its first month is {plant.online}. Exchange or correct the two months."
            yield Finding("Plants", number, "offline", plant.offline, "a last month after the first", mend)
        elif horizon.month_of(plant.offline, 0) < 0:
            mend = f"The plan starts in {horizon.date(0)}, after it has closed. Correct the month, or delete the row."
            yield warning("Plants", number, "offline", plant.offline, "a month inside the plan", mend)


def comes_later(plant: Plant, horizon: Horizon) -> bool:
    """Whether a plant is still to come on line: a candidate, or one that is being built, a supplier's too."""
    return plant.status == "candidate" or horizon.month_of(plant.online, 0) > 0


@rule("Plants", "CutOffs", "Settings")
def _equipment_can_be_late(case: Case) -> Iterator[Finding]:
    """A delay of equipment concerns somebody, and equipment is named where a delay can be felt."""
    horizon = Horizon(case)
    for number, plant in enumerate(case.plants):
        if plant.equipment_countries and not comes_later(plant, horizon):
            mend = "It is not used: the plant is on line from the start. Clear it."
            yield warning("Plants", number, "equipment_countries", plant.equipment_countries, "blank for this plant", mend)
    named = {country for plant in case.plants for country in plant.equipment_countries if comes_later(plant, horizon)}
    for number, cutoff in enumerate(case.cutoffs):
        if cutoff.equipment_delay_months and not named & set(cutoff.countries):
            mend = "No plant that is still to come has equipment from there. Fill equipment_countries on the sheet Plants."
            yield warning("CutOffs", number, "equipment_delay_months", cutoff.equipment_delay_months, "a plant that is delayed by it", mend)


@rule("Plants", "CutOffs", "Settings")
def _projects_can_be_late(case: Case) -> Iterator[Finding]:
    """What is named as late is still to come on line, and it is said by how much."""
    horizon, plants = Horizon(case), {plant.plant: plant for plant in case.plants}
    for number, cutoff in enumerate(case.cutoffs):
        there = [name for name in cutoff.late_plants if not comes_later(plants[name], horizon)]
        if there:
            mend = f"'{there[0]}' is on line from the start. Fill its first month on the sheet Plants, or delete the name."
            yield warning("CutOffs", number, "late_plants", cutoff.late_plants, "plants that are still to come on line", mend)
        if cutoff.late_plants and not cutoff.late_months:
            mend = "Say by how many months they come later; for a project that fails, more than the cut-off lasts."
            yield Finding("CutOffs", number, "late_months", cutoff.late_months, "a number above 0 where plants are late", mend)
        elif cutoff.late_months and not cutoff.late_plants:
            mend = "No plant is named, so nothing is late. Name the plants in late_plants, or clear it."
            yield warning("CutOffs", number, "late_months", cutoff.late_months, "0 where no plant is late", mend)


@rule("Plants")
def _stops_are_used(case: Case) -> Iterator[Finding]:
    """Only existing plants stop, and what stopping costs is given only where it can be paid."""
    for number, plant in enumerate(case.plants):
        if plant.may_stop != "no" and plant.status != "existing":
            mend = "It is not used: the plan stops existing plants only. Write 'no', or clear it."
            yield warning("Plants", number, "may_stop", plant.may_stop, "'no' unless the plant exists", mend)
        elif plant.may_stop == "no" and plant.retire_usd_m:
            mend = "It is not used: the plant may not stop. Write 'retire' or 'mothball' in may_stop, or clear it."
            yield warning("Plants", number, "retire_usd_m", plant.retire_usd_m, "0 for a plant that may not stop", mend)
        for field in ("mothball_opex_share", "restart_months", "restart_usd_m"):
            if plant.may_stop != "mothball" and getattr(plant, field):
                mend = "It is not used: the plant may not be mothballed. Write 'mothball' in may_stop, or clear it."
                yield warning("Plants", number, field, getattr(plant, field), "0 for a plant that may not be mothballed", mend)


@rule("Plants", "CapexCurve")
def _curves_rise(case: Case) -> Iterator[Finding]:
    """A cost curve belongs to a candidate that is built once, has two points or more, and does not fall."""
    plants = {plant.plant: plant for plant in case.plants}
    points: dict[str, list[tuple[float, float, int]]] = {}
    for number, row in enumerate(case.capex_curve):
        points.setdefault(row.plant, []).append((row.capacity_t_per_yr, row.capex_usd_m, number))
    for name, found in points.items():
        plant, found = plants[name], sorted(found)
        if plant.status != "candidate":
            mend = f"'{name}' is no candidate, so its capital cost is not used. Delete the row."
            yield warning("CapexCurve", found[0][2], "plant", name, "a candidate", mend)
            continue
        if len(found) == 1:
            mend = "Add a second size; or delete the row and fill capacity and capital cost of the plant."
            yield Finding("CapexCurve", found[0][2], "plant", name, "two sizes or more of each plant", mend)
        for (_, low, _), (size, high, number) in itertools.pairwise(found):
            if high < low:
                mend = f"It costs less than the next smaller size, {low:g} million USD. Correct one of the two."
                yield Finding(
                    "CapexCurve", number, "capex_usd_m", high, f"a cost of {size:g} t/yr that is not below a smaller size's", mend
                )
        yield from _fits_its_curve(case.plants.index(plant), plant)


def _fits_its_curve(number: int, plant: Plant) -> Iterator[Finding]:
    """What the row of a plant with a cost curve must and need not say."""
    if plant.max_units > 1:
        mend = "A plant with rows on the sheet CapexCurve is built once, at any size. Write 1, or name each unit as a plant of its own."
        yield Finding("Plants", number, "max_units", plant.max_units, "1 for a plant with a cost curve", mend)
    if plant.capacity_t_per_yr == 0:
        mend = "Its fixed cost belongs to this capacity and grows with the size. Fill it, for example with the largest size."
        yield Finding("Plants", number, "capacity_t_per_yr", 0, "the size to which the fixed cost belongs", mend)
    if plant.capex_usd_m:
        mend = "It is not used: the sheet CapexCurve gives the capital cost. Clear it."
        yield warning("Plants", number, "capex_usd_m", plant.capex_usd_m, "blank for a plant with a cost curve", mend)


@rule("Plants", "Contracts", "Programmes")
def _what_is_required_can_be_there(case: Case) -> Iterator[Finding]:
    """A candidate requires what can be there, and not itself, directly or in a circle."""
    requires = {plant.plant: plant.requires for plant in case.plants if plant.status == "candidate"}
    never = {contract.contract: "has expired" for contract in case.contracts if contract.status == "expired"}
    never |= {row.programme: "is a lever for a crisis alone" for row in case.programmes if row.status == "contingency"}
    for number, plant in enumerate(case.plants):
        for name in plant.requires:
            if plant.status != "candidate":
                mend = "It is not used: only candidates require something. Clear it."
                yield warning("Plants", number, "requires", plant.requires, "blank unless the plant is a candidate", mend)
            elif name == plant.plant:
                yield Finding("Plants", number, "requires", plant.requires, "another plant or contract", "A plant cannot require itself.")
            elif plant.plant in requires.get(name, ()):
                mend = (
                    f"'{name}' requires '{plant.plant}' too: they are only decided together. Say so by one plant, or clear one of the two."
                )
                yield warning("Plants", number, "requires", plant.requires, "no plant that requires this one", mend)
            elif name in never:
                mend = f"'{name}' {never[name]}, so the plant is never built. Clear it, or name another."
                yield warning("Plants", number, "requires", plant.requires, "what is in force or can be decided", mend)


WORKS_RULES: tuple[Rule, ...] = (
    _spending_adds_up,
    _plants_end_after_they_begin,
    _equipment_can_be_late,
    _projects_can_be_late,
    _stops_are_used,
    _curves_rise,
    _what_is_required_can_be_there,
)
"""Capital, equipment and end of life of plants."""
