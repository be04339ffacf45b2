"""Joint cost, computed anew: what each output of a separation bears of the cost of all."""

from __future__ import annotations

import collections
import math

from models.plan import JointCost, Plan
from optimizer.audit.book import Book
from optimizer.audit.chain import Activity
from optimizer.audit.materials import Commodity
from optimizer.audit.money import KILOGRAMS, MILLION, lowest_price
from optimizer.audit.rows import Run
from optimizer.audit.trade import freight_usd_per_kg
from optimizer.audit.verdict import SUMMED_UP, Ledger

FIGURES = (
    "fed_t",
    "joint_usd_m",
    "output_t",
    "market_usd_per_kg",
    "share_by_value",
    "by_value_usd_per_kg",
    "share_by_mass",
    "by_mass_usd_per_kg",
)
"""What is compared of each row."""

Money = dict[tuple[Commodity, int], list[float]]
"""Amounts by commodity and calendar year."""


def check_joint_costs(book: Book, base: Run, plan: Plan, ledger: Ledger) -> None:
    """Every separation that runs in a year shows, for each of its outputs, tonnes, market price and the cost that it bears by value
    and by mass: feed with freight, variable cost and disposal of residue of that year.
    """
    expected = {(row.plant, row.feed, row.year, row.output, row.form): row for row in _expected(book, base)}
    shown = {(row.plant, row.feed, row.year, row.output, row.form): row for row in plan.joint_costs}
    for key in {**expected, **shown}:
        name = tuple(map(str, key))
        here = key in expected and key in shown
        ledger.holds("joint-cost", here, SUMMED_UP, None, name, "a row for each output of a separation that runs", "none, or another")
        for figure in FIGURES if here else ():
            found, right = getattr(shown[key], figure), getattr(expected[key], figure)
            ledger.equal("joint-cost", found, right, SUMMED_UP, None, (*name, figure))


def _expected(book: Book, base: Run) -> list[JointCost]:
    """The rows that the audit finds itself."""
    at = book.clock.year
    paid, came = _paid(book, base)
    fed: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    making: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for (plant, material, period), tonnes in base.processed.items():
        activity = book.chain.activity(plant, material)
        if activity is not None and not book.materials.holds_elements(activity.inputs[0][0][1]):
            fed[plant, material, at(period)] += tonnes
            per_kg = book.assumed.at(activity.usd_per_kg, period) * book.usd(book.chain.plants[plant].currency, period) * book.risen(period)
            making[plant, material, at(period)] += tonnes * activity.counted_t * per_kg * KILOGRAMS
    for key, amount in _disposal(book, base).items():
        making[key] += amount
    rows: list[JointCost] = []
    for year in sorted({year for *_, year in fed}):
        for activity in _in_order(book, [key[:2] for key in fed if key[2] == year]):
            tonnes = fed[activity.plant, activity.material, year]
            cost = tonnes * _per_tonne(book, activity.inputs[0][0], year, paid, came) + making[activity.plant, activity.material, year]
            out: dict[Commodity, float] = collections.defaultdict(float)
            for commodity, share in activity.outputs:
                out[commodity] += share * tonnes
            shown = _allocated(book, activity, year, tonnes, cost, {c: t for c, t in out.items() if t > 0})
            for row in shown:
                paid[(row.output, row.form), year].append(cost * row.share_by_value)
                came[(row.output, row.form), year].append(row.output_t)
            rows += shown if len(shown) > 1 else []
    return rows


def _allocated(book: Book, activity: Activity, year: int, fed: float, cost: float, out: dict[Commodity, float]) -> list[JointCost]:
    """The cost of one feed in one year, borne by what comes out: in proportion to tonnes x price, and to tonnes."""
    price = {commodity: _price(book, commodity, year) for commodity in out}
    mass = math.fsum(out.values())
    worth = math.fsum(tonnes * price[commodity] for commodity, tonnes in out.items())
    rows = []
    for commodity, tonnes in out.items():
        of_value = tonnes * price[commodity] / worth if worth > 0 else tonnes / mass
        rows.append(
            JointCost(
                plant=activity.plant,
                feed=activity.material,
                year=year,
                output=commodity[0],
                form=commodity[1],
                fed_t=fed,
                joint_usd_m=cost,
                output_t=tonnes,
                market_usd_per_kg=price[commodity],
                share_by_value=of_value,
                by_value_usd_per_kg=cost * of_value / (tonnes * KILOGRAMS),
                share_by_mass=tonnes / mass,
                by_mass_usd_per_kg=cost / (mass * KILOGRAMS),
            )
        )
    return rows


def _paid(book: Book, base: Run) -> tuple[Money, Money]:
    """Price and freight of what was bought and lifted, at the prices that the rows show (checked elsewhere), and its tonnes;
    process scrap comes for nothing.
    """
    paid: Money = collections.defaultdict(list)
    came: Money = collections.defaultdict(list)
    for table in ("bought", "lifted"):
        for key, row in base.stated[table].items():
            source, period = book.limits.sources[key[-2]], key[-1]
            tonnes = row.bought_t if table == "bought" else row.lifted_t
            place = ((source.material, source.form), book.clock.year(period))
            freight = freight_usd_per_kg(book, source.source, period) * book.risen(period)
            paid[place].append(tonnes * (row.usd_per_kg + freight) * KILOGRAMS)
            came[place].append(tonnes)
    for (plant, material, period), tonnes in base.processed.items():
        activity = book.chain.activity(plant, material)
        for commodity, share in activity.scrap if activity is not None else ():
            came[commodity, book.clock.year(period)].append(tonnes * share)
    return paid, came


def _per_tonne(book: Book, feed: Commodity, year: int, paid: Money, came: Money) -> float:
    """Average cost of a tonne of feed that came in the year, or in the latest year before in which some came; else its price."""
    for (commodity, then), tonnes in sorted(came.items(), key=lambda entry: -entry[0][1]):
        if commodity == feed and then <= year and math.fsum(tonnes) > 0:
            return math.fsum(paid[commodity, then]) / math.fsum(tonnes)
    return _price(book, feed, year) * KILOGRAMS


def _price(book: Book, commodity: Commodity, year: int) -> float:
    """Lowest price at which the base plan can buy a commodity in the first month of a year; of a mixture that nobody sells, that of
    its elements; of an element that nobody sells, the lowest index of its form, else of the first form that holds elements.
    """
    month = next(first for first, _ in book.clock.slots if book.clock.year(first) == year)
    material, form = commodity
    price = lowest_price(book, material, form, month)
    if price > 0:
        return price
    forms = sorted(book.materials.forms.values(), key=lambda row: row.position)
    first = next((row.form for row in forms if row.holds == "elements"), form)
    if material in book.materials.shares:
        inside = form if book.materials.holds_elements(form) else first
        return math.fsum(share * _price(book, (e, inside), year) for e, share in book.materials.shares[material].items())
    for place in (form, first):
        listed = [
            book.prices.index(row.index, material, place, month)
            for row in book.case.prices
            if (row.material, row.form) == (material, place)
        ]
        if known := [value for value in listed if value is not None]:
            return min(known)
    return 0.0


def _disposal(book: Book, base: Run) -> dict[tuple[str, str, int], float]:
    """Disposal of the residue that arises, where it is placed, borne by a plant's materials as it arises from them; million USD."""
    sites = {row.site: row for row in book.case.residue_sites}
    stated = {(row.residue, row.plant, row.material): row.t_per_t for row in book.case.residues}
    found: dict[tuple[str, str, int], float] = collections.defaultdict(float)
    for (residue, plant, site, period), tonnes in base.residue_placed.items():
        arises = {
            material: put_in * stated.get((residue, plant, material), stated.get((residue, plant, ""), 0.0))
            for (name, material, when), put_in in base.processed.items()
            if name == plant and when == period
        }
        whole = math.fsum(arises.values())
        usd_m = tonnes * sites[site].disposal_usd_per_t * book.risen(period) * MILLION
        for material, part in arises.items():
            if whole > 0:
                found[plant, material, book.clock.year(period)] += usd_m * part / whole
    return found


def _in_order(book: Book, keys: list[tuple[str, str]]) -> list[Activity]:
    """Activities after those that make what they take; a loop is entered in the order of the plants."""
    plants, mixtures = list(book.chain.plants), list(book.materials.shares)
    found = [book.chain.activity(*key) for key in sorted(keys, key=lambda key: (plants.index(key[0]), mixtures.index(key[1])))]
    waiting = [activity for activity in found if activity is not None]
    ordered: list[Activity] = []
    while waiting:
        made = {commodity for activity in waiting for commodity, _ in activity.outputs}
        ready = [activity for activity in waiting if activity.inputs[0][0] not in made] or waiting[:1]
        ordered += ready
        waiting = [activity for activity in waiting if activity not in ready]
    return ordered
