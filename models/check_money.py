"""Checks of prices: each one known, none that makes money from nothing, none that makes hoarding pay."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.case import Case, Sale, Source
from models.chain import Chain
from models.check_chain import CHAIN_TABLES, chain_of
from models.findings import Finding, Rule, rule, warning
from models.horizon import Horizon
from models.run import Study
from models.sheets.row import DOLLARS

PRICE_TABLES = (*CHAIN_TABLES, "Prices", "Currencies")
"""The sheets that prices are made of."""


def _price_is_missing(chain: Chain, index: str, material: str, form: str) -> str:
    """What an index lacks to price a material in a form, in words; empty where it prices it."""
    try:
        chain.price_usd_per_kg(index, material, form, 0)
    except (KeyError, StopIteration) as error:
        lacking = error.args[0] if error.args else (index, material, form)
        what = f"{lacking[1]} as {lacking[2]}"
        basket = "" if chain.is_element(material) else f", neither for '{material}' itself nor for each of its elements"
        return f"The index '{index}' has no price for {what}{basket}. Add the row on the sheet Prices, or choose another index."
    return ""


@rule(*PRICE_TABLES)
def _source_prices_are_known(case: Case) -> Iterator[Finding]:
    """The index of each source prices its material in its form, directly or by its elements."""
    chain = chain_of(case)
    for number, source in enumerate(case.sources):
        mend = _price_is_missing(chain, source.price_index, source.material, source.form)
        if mend:
            yield Finding(
                "Sources", number, "price_index", source.price_index, f"an index that prices {source.material} as {source.form}", mend
            )


@rule(*PRICE_TABLES, "ContractLines")
def _line_prices_are_known(case: Case) -> Iterator[Finding]:
    """A contract line has an index that prices its source's material, or a fixed price."""
    chain = chain_of(case)
    sources = {source.source: source for source in case.sources}
    for number, line in enumerate(case.contract_lines):
        source = sources[line.source]
        if line.price_index:
            mend = _price_is_missing(chain, line.price_index, source.material, source.form)
            if mend:
                expected = f"an index that prices {source.material} as {source.form}"
                yield Finding("ContractLines", number, "price_index", line.price_index, expected, mend)
            if line.fixed_usd_per_kg is not None:
                mend = "The index counts and the fixed price is not used. Clear one of the two."
                yield warning("ContractLines", number, "fixed_usd_per_kg", line.fixed_usd_per_kg, "an index or a fixed price", mend)
        elif line.fixed_usd_per_kg is None:
            mend = "Name a price index, or fill fixed_usd_per_kg."
            yield Finding("ContractLines", number, "price_index", None, "an index or a fixed price", mend)
        if line.floor_usd_per_kg is not None and line.cap_usd_per_kg is not None and line.floor_usd_per_kg > line.cap_usd_per_kg:
            mend = f"The highest price of {line.cap_usd_per_kg:g} is below it. Exchange or correct the two."
            yield Finding("ContractLines", number, "floor_usd_per_kg", line.floor_usd_per_kg, "a lowest price not above the highest", mend)


@dataclass(frozen=True)
class _Offer:
    """The lowest price at which something can be bought from the start of the plan to each month in which a series may
    change, and the cell that says so."""

    table: str
    row: int
    field: str
    source: Source
    lowest: tuple[float, ...]

    @property
    def usd_per_kg(self) -> float:
        """The lowest price within the plan."""
        return self.lowest[-1]


def _offers(case: Case, study: Study) -> Iterator[_Offer]:
    """The lowest price of every source and contract line up to each step of the plan, freight left out."""
    months = study.horizon.steps

    def lowest(prices: Iterable[float]) -> tuple[float, ...]:
        return tuple(itertools.accumulate(prices, min))

    for number, source in enumerate(case.sources):
        first = study.tiers[source.source][0][2] if source.source in study.tiers else 1.0
        yield _Offer("Sources", number, "price_factor", source, lowest(first * study.source_price(source, m) for m in months))
    rows = {(line.contract, line.source): number for number, line in enumerate(case.contract_lines)}
    for key, line in study.lines.items():
        field = "discount_pct" if line.price_index else "fixed_usd_per_kg"
        yield _Offer("ContractLines", rows[key], field, study.sources[line.source], lowest(study.line_price(line, m) for m in months))


@rule(*PRICE_TABLES, "PriceTiers", "Contracts", "ContractLines")
def _nothing_is_sold_above_its_price(case: Case) -> Iterator[Finding]:
    """Surplus fetches less than the cheapest purchase of the same material in any form, then or before: else buying to sell
    would pay."""
    study = Study(case)
    chain, offers, h = study.chain, list(_offers(case, study)), study.horizon
    steps = list(enumerate(h.steps))
    sold = {(sale.material, sale.form): [h.cited(sale.usd_per_kg, m) for m in h.steps] for sale in case.sales}
    for number, sale in enumerate(case.sales):
        same = [
            (offer.lowest[n] - price, n, offer)
            for offer in offers
            if offer.source.material == sale.material
            for (n, m), price in zip(steps, sold[sale.material, sale.form], strict=True)
            if offer.lowest[n] <= price and h.cited(sale.max_t_per_yr, m) > 0
        ]
        if same:
            _, n, offer = min(same, key=lambda found: found[0])
            yield from _pump(number, sale, sold[sale.material, sale.form][n], offer, offer.lowest[n])
    for offer in offers:
        material, form = offer.source.material, offer.source.form
        if chain.is_element(material) or not chain.holds_elements(form):
            continue
        parts = chain.split(material, form)
        for n, _ in steps:
            value = sum(share * sold[commodity][n] for commodity, share in parts.items() if commodity in sold)
            if value > 0 and value >= offer.lowest[n]:
                row = next(k for k, sale in enumerate(case.sales) if (sale.material, sale.form) in parts)
                sale = case.sales[row]
                yield from _pump(row, sale, sold[sale.material, sale.form][n], offer, offer.lowest[n])
                break


def _pump(number: int, sale: Sale, price: float, offer: _Offer, lowest: float) -> Iterator[Finding]:
    name = offer.source.source
    mend = f"'{name}' can be bought at {lowest:.4g} USD/kg REO ({offer.table}): buying to sell would pay. Lower the price received."
    yield Finding("Sales", number, "usd_per_kg", sale.usd_per_kg, f"less than the cheapest purchase, {lowest:.4g}", mend)
    mend = f"What '{name}' delivers is sold at {price:g} USD/kg REO on the sheet Sales. Correct one of the two prices."
    yield warning(offer.table, offer.row, offer.field, lowest, "a purchase price above the price of surplus", mend)


@rule(*PRICE_TABLES)
def _hoarding_does_not_pay(case: Case) -> Iterator[Finding]:
    """A price that rises faster than money costs and stock loses makes the plan buy early, cut-off or not."""
    rate, h = case.settings.discount_rate_pct, Horizon(case)
    for number, price in enumerate(case.prices):
        holding = [
            min(h.in_usd(stock.storage_usd_per_t_yr, stock.currency, m) for m in h.steps)
            / (1000 * price.usd_per_kg * h.usd(price.currency, 0))
            * 100
            + stock.loss_pct_per_yr
            for stock in case.stocks
            if (stock.material, stock.form) == (price.material, price.form) and price.usd_per_kg > 0
        ]
        if holding and price.growth_pct_per_yr > rate + min(holding):
            mend = (
                f"Money and storage cost {rate + min(holding):.3g} %/yr, so the plan hoards for gain. Lower the growth, or cap the stock."
            )
            yield warning(
                "Prices", number, "growth_pct_per_yr", price.growth_pct_per_yr, "a price that rises more slowly than stock costs", mend
            )


@rule("Currencies", "Prices", "Contracts", "ContractLines", "Sources", "Plants", "Stores", "Stocks", "Routes")
def _currencies_are_used(case: Case) -> Iterator[Finding]:
    """A dollar is worth a dollar; a currency that no row states money in decides nothing."""
    stated = (case.prices, case.contracts, case.contract_lines, case.sources, case.plants, case.stores, case.stocks, case.routes)
    used = {row.currency for rows in stated for row in rows}
    for number, currency in enumerate(case.currencies):
        if currency.currency == DOLLARS and currency.usd_per_unit != 1:
            mend = "All money is converted to US dollars, of which one is worth one. Delete the row."
            yield Finding("Currencies", number, "usd_per_unit", currency.usd_per_unit, "1 for US dollars", mend)
        elif currency.currency not in used and currency.currency != DOLLARS:
            mend = "No row states money in it. Name it in the column currency of a sheet that has one, or delete it."
            yield warning("Currencies", number, "currency", currency.currency, "a currency that a row uses", mend)


@rule("PriceTiers")
def _tiers_rise(case: Case) -> Iterator[Finding]:
    """The price of a source rises with the volume: a falling price is a discount, which is a contract's."""
    by_source: dict[str, list[tuple[float, int]]] = {}
    for number, row in enumerate(case.price_tiers):
        by_source.setdefault(row.source, []).append((math.inf if row.upto_t_per_yr is None else row.upto_t_per_yr, number))
    for rows in by_source.values():
        for (_, before), (_, number) in itertools.pairwise(sorted(rows)):
            lower, higher = case.price_tiers[before].price_factor, case.price_tiers[number].price_factor
            if higher < lower:
                mend = (
                    f"The tier below it asks {lower:g}. A price that falls with the volume belongs to a contract; correct one of the two."
                )
                yield Finding("PriceTiers", number, "price_factor", higher, f"a factor of at least {lower:g}", mend)


@rule("Sources", "Settings", "Assumptions")
def _lots_can_be_bought(case: Case) -> Iterator[Finding]:
    """A lot fits into what the source sells in a period."""
    horizon = Horizon(case)
    for number, source in enumerate(case.sources):
        grown = (horizon.in_slot(source.max_t_per_yr, x) * horizon.growth(source.growth_pct_per_yr, x.first) for x in horizon.slots)
        most = max(grown) * source.spot_share
        if source.minimum_lot_t > most * (1 + 1e-9):
            mend = f"In a period it sells at most {most:g} t REO, so a lot is never bought. Lower it, or plan in longer periods."
            yield warning("Sources", number, "minimum_lot_t", source.minimum_lot_t, "a lot that the source can sell in a period", mend)
        if source.lot_waived_in_crisis and source.minimum_lot_t == 0:
            mend = "There is no lot to waive. Fill minimum_lot_t, or clear it."
            yield warning("Sources", number, "lot_waived_in_crisis", True, "no where there is no minimum lot", mend)


MONEY_RULES: tuple[Rule, ...] = (
    _source_prices_are_known,
    _line_prices_are_known,
    _currencies_are_used,
    _tiers_rise,
    _lots_can_be_bought,
)
"""Every price that is used is known; this must hold before prices can be compared."""

COMPARISON_RULES: tuple[Rule, ...] = (
    _nothing_is_sold_above_its_price,
    _hoarding_does_not_pay,
)
"""Prices against each other."""
