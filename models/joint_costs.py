"""Joint cost: what each element of a feed costs that can only be had with the others.

A separation is charged, by calendar year of the base plan, with the feed that goes in (what was paid for it and its freight),
its variable cost, and the disposal of the residue that arises: undiscounted, in the year's money. Fixed and capital cost, storage,
minimums that are paid and not lifted, rebates and prepayments are no part of it. What is charged is allocated to all that comes
out, scrap aside:

* by value: in proportion to tonnes x the lowest price at which the base plan can buy each (sales value at split-off),
* by mass: in proportion to tonnes of contained oxide (physical measure).

Both are methods of cost accounting (C. T. Horngren, S. M. Datar, M. V. Rajan, Cost Accounting: A Managerial Emphasis, 14th ed.
2012, chapter 16). A fraction or an intermediate mixture carries what it cost by value into the plant that takes it next.
Process scrap that comes back costs nothing: the products that it fell from have borne its cost.
Allocation decides nothing: the plan buys a feed for all that is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from models.chain import Activity, Commodity
from models.cost import lowest_price
from models.pieces import KILOGRAMS, MILLION
from models.plan import JointCost
from models.read_plan import Rows
from models.run import Study

Year = int


class _Market:
    """Lowest prices by commodity and year, USD/kg REO; 0 where none is known."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._first = {
            year: min(s.first for s in study.horizon.slots if study.horizon.year(s.first) == year) for year in study.horizon.years
        }
        self.price = cache(self._price)

    def _price(self, commodity: Commodity, year: Year) -> float:
        """Of a source in that form; else, of a mixture, what its elements are worth; else of any index that prices it in that form,
        else in the first form that holds elements. In the first month of the year.
        """
        chain, month = self._study.chain, self._first[year]
        material, form = commodity
        if (found := lowest_price(self._study, commodity, month)) > 0:
            return found
        elements = next((f for f in chain.forms if chain.holds_elements(f)), form)
        if not chain.is_element(material):
            inside = form if chain.holds_elements(form) else elements
            return sum(share * self.price((e, inside), year) for e, share in chain.shares[material].items())
        rows = self._study.case.prices
        for at in (form, elements):
            known = [chain.price_usd_per_kg(r.index, material, at, month) for r in rows if (r.material, r.form) == (material, at)]
            if known:
                return min(known)
        return 0.0


def joint_costs(study: Study, rows: Rows) -> tuple[JointCost, ...]:
    """Joint cost of every output of every separation that the base plan runs, by plant, feed and calendar year."""
    fed = _fed(study, rows)
    if not fed:
        return ()
    market = _Market(study)
    spent, came = _acquired(study, rows)
    converted, residue = _conversion(study, rows), _residue(study, rows)
    takers = _takers(study)
    found: list[JointCost] = []
    for year in study.horizon.years:
        for activity in _upstream_first([a for a in takers if fed.get((a.key, year), 0.0) > 0]):
            tonnes = fed[activity.key, year]
            feed = next(iter(activity.inputs))
            cost = tonnes * _unit_cost(feed, year, spent, came, market)
            cost += converted.get((activity.key, year), 0.0) + residue.get((activity.key, year), 0.0)
            outputs = {c: tonnes * share for c, share in activity.outputs.items() if share > 0}
            shares = _by_value(outputs, year, market)
            for commodity, out in outputs.items():
                spent[commodity, year] += cost * shares[commodity]
                came[commodity, year] += out
            if len(outputs) > 1:
                found += _rows_of(activity, year, tonnes, cost, outputs, shares, market)
    return tuple(found)


def _rows_of(
    activity: Activity,
    year: Year,
    fed: float,
    usd_m: float,
    outputs: dict[Commodity, float],
    by_value: dict[Commodity, float],
    market: _Market,
) -> Iterable[JointCost]:
    whole = sum(outputs.values())
    for (material, form), tonnes in outputs.items():
        yield JointCost(
            plant=activity.plant,
            feed=activity.material,
            year=year,
            output=material,
            form=form,
            fed_t=fed,
            joint_usd_m=usd_m,
            output_t=tonnes,
            market_usd_per_kg=market.price((material, form), year),
            share_by_value=by_value[material, form],
            by_value_usd_per_kg=usd_m * by_value[material, form] / tonnes / KILOGRAMS,
            share_by_mass=tonnes / whole,
            by_mass_usd_per_kg=usd_m / whole / KILOGRAMS,
        )


def _fed(study: Study, rows: Rows) -> dict[tuple[tuple[str, str], Year], float]:
    """What goes into every plant that takes a mixture, by (plant, material) and year, t REO."""
    takers = {a.key for a in _takers(study)}
    fed: dict[tuple[tuple[str, str], Year], float] = defaultdict(float)
    for p in rows.processed:
        if p.run == "base" and (p.plant, p.material) in takers:
            fed[(p.plant, p.material), p.period.year] += p.processed_t
    return fed


def _takers(study: Study) -> list[Activity]:
    """Activities that take a mixture."""
    return [a for a in study.chain.activities if not study.chain.holds_elements(next(iter(a.inputs))[1])]


def _upstream_first(waiting: list[Activity]) -> list[Activity]:
    """Activities, each after those that make what it takes; a loop is entered in workbook order."""
    ordered: list[Activity] = []
    while waiting:
        made = {c for a in waiting for c in a.outputs}
        ready = [a for a in waiting if made.isdisjoint(a.inputs)] or waiting[:1]
        ordered += ready
        waiting = [a for a in waiting if a not in ready]
    return ordered


def _acquired(study: Study, rows: Rows) -> tuple[dict[tuple[Commodity, Year], float], dict[tuple[Commodity, Year], float]]:
    """What was paid for mixtures with their freight, million USD, and how much came, t REO, by commodity and year; scrap for nothing."""
    h = study.horizon
    spent: dict[tuple[Commodity, Year], float] = defaultdict(float)
    came: dict[tuple[Commodity, Year], float] = defaultdict(float)
    had = [(b.source, b.period, b.bought_t, b.usd_per_kg) for b in rows.bought if b.run == "base"]
    had += [(f.source, f.period, f.lifted_t, f.usd_per_kg) for f in rows.lifted if f.run == "base"]
    for name, period, tonnes, price in had:
        source = study.sources[name]
        if not study.chain.holds_elements(source.form):
            key = ((source.material, source.form), period.year)
            month = h.month_of(period, 0)
            freight = h.in_usd(source.freight_usd_per_kg, source.currency, month) * h.escalation(month)
            spent[key] += tonnes * (price + freight) * KILOGRAMS
            came[key] += tonnes
    scrap = {a.key: a.scrap for a in study.chain.activities}
    for p in rows.processed:
        for commodity, share in scrap[p.plant, p.material].items() if p.run == "base" else ():
            came[commodity, p.period.year] += share * p.processed_t
    return spent, came


def _unit_cost(
    feed: Commodity,
    year: Year,
    spent: dict[tuple[Commodity, Year], float],
    came: dict[tuple[Commodity, Year], float],
    market: _Market,
) -> float:
    """What a tonne of feed cost on average, million USD: of what came in the year; else in the latest year before (it lay in store);
    else the lowest price of the year.
    """
    for y in range(year, year - 100, -1):
        if (tonnes := came.get((feed, y), 0.0)) > 0:
            return spent[feed, y] / tonnes
    return market.price(feed, year) * KILOGRAMS


def _conversion(study: Study, rows: Rows) -> dict[tuple[tuple[str, str], Year], float]:
    """Variable cost by (plant, material) and year, million USD."""
    h = study.horizon
    activities = {a.key: a for a in study.chain.activities}
    found: dict[tuple[tuple[str, str], Year], float] = defaultdict(float)
    for p in rows.processed:
        if p.run == "base":
            a = activities[p.plant, p.material]
            month = h.month_of(p.period, 0)
            usd_per_kg = h.cited(a.usd_per_kg, month) * h.usd(study.plants[p.plant].currency, month)
            found[a.key, p.period.year] += p.processed_t * a.counted_t * usd_per_kg * h.escalation(month) * KILOGRAMS
    return found


def _residue(study: Study, rows: Rows) -> dict[tuple[tuple[str, str], Year], float]:
    """Disposal of what arises, at the cost of the sites where it is placed, million USD by (plant, material) and year.

    A plant's materials share it in proportion to what arises from each.
    """
    if not study.residue:
        return {}
    arises: dict[tuple[str, str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for p in rows.processed:
        for (residue, plant), rates in study.residue.rates.items():
            if p.run == "base" and plant == p.plant and p.material in rates:
                arises[residue, plant, p.period.ordinal][p.material] += rates[p.material] * p.processed_t
    found: dict[tuple[tuple[str, str], Year], float] = defaultdict(float)
    for row in rows.residue_placed:
        parts = arises.get((row.residue, row.plant, row.period.ordinal), {})
        if row.run == "base" and (whole := sum(parts.values())) > 0:
            cost = row.placed_t * study.residue.sites[row.site].disposal_usd_per_t * MILLION
            cost *= study.horizon.escalation(study.horizon.month_of(row.period, 0))
            for material, tonnes in parts.items():
                found[(row.plant, material), row.period.year] += cost * tonnes / whole
    return found


def _by_value(outputs: dict[Commodity, float], year: Year, market: _Market) -> dict[Commodity, float]:
    """Share of each output in the value of all; in their mass where none has a price."""
    worth = {c: tonnes * market.price(c, year) for c, tonnes in outputs.items()}
    if not any(worth.values()):
        worth = outputs
    whole = sum(worth.values())
    return {c: part / whole for c, part in worth.items()}
