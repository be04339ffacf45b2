"""Cost: each term by name and year, and their discounted sum.

Every term is a list of pieces, one per variable and calendar year: what one unit of the variable costs in that year's
money, and its discount factor. The objective, the report's cost tables and a recourse's cost are sums over the same
pieces. Money is in million USD; the base plan is discounted, a recourse is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from models.chain import Commodity
from models.horizon import Slot
from models.run import Run, Study

TERMS = (
    "purchases",
    "contracts",
    "take_or_pay",
    "freight",
    "conversion",
    "storage",
    "handling",
    "capex",
    "fixed_opex",
    "upfront",
    "disposal",
    "shortage",
    "sales",
    "terminal_stock",
)
"""The cost terms, in the order of the report. Sales and terminal stock are negative."""

KILOGRAMS = 1e-3
"""USD/kg x tonnes -> million USD."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``usd_m`` per unit of ``variable`` (None: a constant), in the money of ``year``, and its discount factor."""

    term: str
    year: int
    usd_m: float
    discount: float
    variable: Any


def operating(b: Any, run: Run) -> Iterator[Piece]:
    """Pieces of what a run buys, lifts, converts, stores, serves and sells."""
    study, h = run.study, run.study.horizon
    slots = {slot.first: slot for slot in run.slots}
    weight = {t: h.discount(slot) if run.pattern is None else 1.0 for t, slot in slots.items()}
    year = {t: h.year(t) for t in slots}

    def piece(term: str, t: int, usd_m: float, variable: Any) -> Piece:
        return Piece(term, year[t], usd_m, weight[t], variable)

    for s, t in b.PURCHASES:
        source = study.sources[s]
        yield piece("purchases", t, run.source_price(source, slots[t]) * KILOGRAMS, b.bought_t[s, t])
        yield piece("freight", t, source.freight_usd_per_kg * KILOGRAMS, b.bought_t[s, t])
    for c, s, t in b.LIFTINGS:
        yield piece("contracts", t, study.line_price(study.lines[c, s], t) * KILOGRAMS, b.lifted_t[c, s, t])
        yield piece("freight", t, study.sources[s].freight_usd_per_kg * KILOGRAMS, b.lifted_t[c, s, t])
    for p, t in b.PLANT_SLOTS:
        for a in b.plant_activities[p]:
            yield piece("conversion", t, study.plants[p].variable_opex_usd_per_kg * a.use * KILOGRAMS, b.processed_t[p, a.material, t])
    for *k, t in b.STORE_SLOTS:
        stock = study.stocks[k[0], k[1], k[2]]
        yield piece("storage", t, stock.storage_usd_per_t_yr * slots[t].months / 12 * 1e-6, b.level_t[(*k, t)])
        yield piece("handling", t, stock.handling_usd_per_t / 2 * 1e-6, b.added_t[(*k, t)])
        yield piece("handling", t, stock.handling_usd_per_t / 2 * 1e-6, b.drawn_t[(*k, t)])
    for i, f, t in b.COMMODITY_SLOTS:
        yield piece("disposal", t, study.chain.forms[f].disposal_usd_per_t * 1e-6, b.disposed_t[i, f, t])
    for *d, t in b.DEMANDS:
        demand = study.demands[d[0], d[1], d[2]]
        per_kg_reo = demand.shortage_usd_per_kg * study.chain.mass_factor(demand.material, demand.form)
        yield piece("shortage", t, per_kg_reo * KILOGRAMS, b.unmet_t[(*d, t)])
    for i, f, t in b.SALES:
        yield piece("sales", t, -study.sales[i, f].usd_per_kg * KILOGRAMS, b.sold_t[i, f, t])


def committed(m: Any, b: Any, run: Run) -> Iterator[Piece]:
    """Pieces of the base plan's commitments: minimums not lifted, plants, prepayments, and the stock left at the end.

    What is built and prepaid is charged inside the horizon, and by the same rule in the padding behind it, in which
    patterns that start at the end use it: else plants would be built in the last months to serve those patterns for next
    to nothing.
    """
    study, h = run.study, run.study.horizon
    charged_slots = (*run.slots, Slot(h.months, study.padding)) if study.padding else run.slots
    for c, s, y in b.OBLIGATIONS:
        slots = [slot for slot in run.slots if h.year(slot.first) == y]
        middle = sum(h.discount(slot) * slot.months for slot in slots) / sum(slot.months for slot in slots)
        price = study.line_price(study.lines[c, s], slots[0].first) * study.contracts[c].take_or_pay_share
        yield Piece("take_or_pay", y, price * KILOGRAMS, middle, b.unlifted_t[c, s, y])
    for plant in study.case.plants:
        if plant.status == "existing" and plant.fixed_opex_usd_m_per_yr > 0:
            for slot in run.slots:
                months = _months_within(slot, study.running_from(plant), h.months)
                yield Piece("fixed_opex", h.year(slot.first), plant.fixed_opex_usd_m_per_yr * months / 12, h.discount(slot), None)
    for p, d in m.BUILDINGS:
        plant = study.plants[p]
        online = study.online(plant, d)
        capital = h.annual_payment(capitalised(study, plant.capex_usd_m, plant.build_months), plant.life_years)
        for slot in charged_slots:
            runs = _months_within(slot, online, slot.end)
            charged = _months_within(slot, online, online + 12 * plant.life_years)
            if runs:
                yield Piece("fixed_opex", h.year(slot.first), plant.fixed_opex_usd_m_per_yr * runs / 12, h.discount(slot), m.built[p, d])
            if charged:
                yield Piece("capex", h.year(slot.first), capital * charged / 12, h.discount(slot), m.built[p, d])
    for c, d in m.SIGNINGS:
        contract = study.contracts[c]
        delivery = study.delivery(contract, d)
        capital = contract.upfront_usd_m * h.monthly_rate ** (delivery.start - d)
        yearly = h.annual_payment(capital, contract.tenor_years)
        for slot in charged_slots:
            months = _months_within(slot, delivery.start, delivery.stop)
            if months and yearly:
                yield Piece("upfront", h.year(slot.first), yearly * months / 12, h.discount(slot), m.signed[c, d])
    share = study.case.settings.terminal_stock_share
    last = run.slots[-1]
    for k in study.stocks:
        value = lowest_price(study, (k[1], k[2]), last.end - 1)
        if share * value > 0:
            yield Piece(
                "terminal_stock", h.year(last.first), -share * value * KILOGRAMS, h.discount_at(h.months), b.level_t[(*k, last.first)]
            )


def _months_within(slot: Slot, first: int, end: int) -> int:
    return max(0, min(slot.end, end) - max(slot.first, first))


def capitalised(study: Study, capex_usd_m: float, build_months: int) -> float:
    """Capital cost at the first month of operation: spent evenly over the building months, each at its middle, compounded."""
    if build_months == 0:
        return capex_usd_m
    rate = study.horizon.monthly_rate
    return capex_usd_m * sum(float(rate ** (build_months - k - 0.5)) for k in range(build_months)) / build_months


def lowest_price(study: Study, commodity: Commodity, month: int) -> float:
    """Lowest price at which the base plan can buy a commodity, USD/kg REO; 0 where no source delivers it.

    A basket that is split counts for each of its elements at what its index asks for that element.
    """
    material, form = commodity
    prices = []
    for source in study.case.sources:
        if source.form == form and commodity in study.chain.split(source.material, form):
            try:
                prices.append(source.price_factor * study.chain.price_usd_per_kg(source.price_index, material, form, month))
            except KeyError:
                continue
    return min(prices, default=0.0)


def total(pieces: list[Piece], terms: tuple[str, ...] = TERMS) -> Any:
    """Discounted sum of the pieces of some terms, as a linear expression in million USD."""
    chosen = [p for p in pieces if p.term in terms and p.usd_m != 0]
    constant = sum(p.usd_m * p.discount for p in chosen if p.variable is None)
    moving = [p for p in chosen if p.variable is not None]
    return constant + pyo.quicksum((p.usd_m * p.discount) * p.variable for p in moving)
