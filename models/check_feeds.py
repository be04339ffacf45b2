"""Checks of what single materials take of a plant, and of separations that leave some elements together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.case import Case, Fraction, Plant
from models.chain import Chain
from models.check_chain import CHAIN_TABLES, chain_of
from models.findings import Finding, Rule, nearest, rule, warning

SHARE_TOLERANCE = 0.005
"""By so much a share of a fraction may differ from what the separation gives."""


def _handled(chain: Chain) -> dict[str, list[str]]:
    """The materials that each plant of the chain handles."""
    found: dict[str, list[str]] = {}
    for activity in chain.activities:
        found.setdefault(activity.plant, []).append(activity.material)
    return found


def _not_handled(plant: Plant, material: str, handled: dict[str, list[str]]) -> str:
    """How to mend a row of a material that its plant does not handle; empty where it does."""
    if plant.status == "supplier":
        return f"'{plant.plant}' is a supplier's, which the plan does not run. Delete the row, or name another plant."
    known = handled.get(plant.plant, [])
    if material in known:
        return ""
    near = nearest(material, known)
    what = f"handles {', '.join(known)}" if known else "handles nothing"
    return f"'{plant.plant}' {what}." + (f" Did you mean '{near}'?" if near else " Correct the name, or the plant's materials.")


@rule(*CHAIN_TABLES)
def _rates_are_of_what_is_handled(case: Case) -> Iterator[Finding]:
    """A rate names a material that its plant handles, says something, and says a recovery once."""
    plants = {plant.plant: plant for plant in case.plants}
    handled = _handled(chain_of(case))
    recoveries = {(row.plant, row.element) for row in case.recoveries}
    for number, row in enumerate(case.plant_rates):
        if mend := _not_handled(plants[row.plant], row.material, handled):
            yield Finding("PlantRates", number, "material", row.material, "a material that the plant handles", mend)
        elif row.capacity_use is None and row.variable_opex_usd_per_kg is None and row.recovery is None:
            mend = "The row changes nothing. Fill one of its figures, or delete it."
            yield warning("PlantRates", number, "capacity_use", None, "a figure that differs from the plant's", mend)
        if row.recovery is not None and (row.plant, row.material) in recoveries:
            mend = f"A row of Recoveries for '{row.plant}' and '{row.material}' says it too. Clear one of the two."
            yield Finding("PlantRates", number, "recovery", row.recovery, "one recovery of a material in a plant", mend)


@rule(*CHAIN_TABLES)
def _fractions_can_come_out(case: Case) -> Iterator[Finding]:
    """A fraction comes from a separation that takes the feed, holds elements of it that no other fraction holds, and has their shares."""
    chain = chain_of(case)
    plants = {plant.plant: plant for plant in case.plants}
    handled = _handled(chain)
    taken: dict[tuple[str, str, str], str] = {}
    for number, row in enumerate(case.fractions):
        plant = plants[row.plant]
        if mend := _not_handled(plant, row.material, handled):
            yield Finding("Fractions", number, "material", row.material, "a material that the plant handles", mend)
            continue
        if chain.holds_elements(plant.input_form) or not chain.holds_elements(plant.output_form):
            mend = f"'{row.plant}' goes from '{plant.input_form}' to '{plant.output_form}': it separates nothing. Name a separation."
            yield Finding("Fractions", number, "plant", row.plant, "a plant that makes elements of a mixture", mend)
            continue
        if chain.holds_elements(row.form):
            mend = f"'{row.form}' holds elements, where a fraction would be counted as separated. Choose a form that holds mixtures."
            yield Finding("Fractions", number, "form", row.form, "a form that holds mixtures", mend)
        strange = [e for e in row.elements if e not in chain.shares[row.material]]
        double = [e for e in row.elements if taken.setdefault((row.plant, row.material, e), row.fraction) != row.fraction]
        if strange:
            mend = f"'{row.material}' holds no {strange[0]}. Delete it here, or add it to the composition."
            yield Finding("Fractions", number, "elements", row.elements, "elements of the feed", mend)
        elif double:
            mend = f"{double[0]} leaves in '{taken[row.plant, row.material, double[0]]}' already. Name each element in one fraction."
            yield Finding("Fractions", number, "elements", row.elements, "elements of no other fraction of this feed", mend)
        else:
            yield from _shares_agree(number, row, plant, chain)


def _shares_agree(number: int, row: Fraction, plant: Plant, chain: Chain) -> Iterator[Finding]:
    """The fraction's composition is that of its elements in the feed, times their recoveries; it does not go in again unseen."""
    feed = chain.shares[row.material]
    tonnes = {e: feed[e] * chain.recovery(plant, e, row.material) for e in row.elements}
    total = math.fsum(tonnes.values())
    right = {e: t / total for e, t in tonnes.items()} if total > 0 else {}
    stated = chain.shares[row.fraction]
    if any(abs(right.get(e, 0.0) - stated.get(e, 0.0)) > SHARE_TOLERANCE for e in {*right, *stated}):
        shares = ", ".join(f"{e} {share:.4g}" for e, share in right.items()) or "no element, since none is recovered"
        mend = f"Out of '{row.material}' in '{row.plant}' come {shares}. Write these on the sheet Compositions, or correct the elements."
        yield Finding("Fractions", number, "fraction", row.fraction, "a mixture with the shares that the separation gives", mend)
    elif row.form == plant.input_form and not plant.materials:
        mend = f"'{row.plant}' names no materials, so that it takes its own fraction in again and parts it. Name what it takes."
        yield warning("Fractions", number, "plant", row.plant, "a plant that names its materials", mend)


FEED_RULES: tuple[Rule, ...] = (_rates_are_of_what_is_handled, _fractions_can_come_out)
"""Rates of materials in plants, and partial separations."""
