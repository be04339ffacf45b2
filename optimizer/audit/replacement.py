"""What a tonne of each commodity costs to replace in a month: bought, or made of what can be bought."""

from __future__ import annotations

import math
from collections.abc import Iterator

from optimizer.audit.book import Book
from optimizer.audit.chain import Activity
from optimizer.audit.materials import Commodity


class Replacement:
    """Replacement prices of a case, USD per kg of contained oxide, by month."""

    def __init__(self, book: Book) -> None:
        """Reads what the plants of the chain can make."""
        self._book = book
        every = (*book.materials.oxide_per_metal, *book.materials.shares)
        self._ways = [way for plant in book.chain.plants for material in every if (way := book.chain.activity(plant, material))]
        self._known: dict[int, dict[Commodity, float]] = {}

    def price(self, commodity: Commodity, m: int) -> float:
        """The lowest of all ways to have a commodity; the lowest index price where there is none; 0 where no index has it."""
        if m not in self._known:
            self._known[m] = self._month(m)
        if commodity in self._known[m]:
            return self._known[m][commodity]
        listed = {row.index for row in self._book.case.prices if (row.material, row.form) == commodity}
        prices = [self._book.prices.index(index, *commodity, m) for index in listed]
        return min((price for price in prices if price is not None), default=0.0)

    def _month(self, m: int) -> dict[Commodity, float]:
        """Prices of what can be bought, lowered by what can be made until nothing gets cheaper."""
        bought: dict[Commodity, float] = {}
        for commodity, price in self._offers(m):
            bought[commodity] = min(price, bought.get(commodity, math.inf))
        found = dict(bought)
        for _ in self._book.materials.forms:
            cheaper: dict[Commodity, float] = {}
            for way in self._ways:
                for commodity, price in self._makes(way, found, bought, m):
                    if price < min(found.get(commodity, math.inf), cheaper.get(commodity, math.inf)):
                        cheaper[commodity] = price
            if not cheaper:
                break
            found.update(cheaper)
        return found

    def _offers(self, m: int) -> Iterator[tuple[Commodity, float]]:
        """What sources of the base plan ask for what they deliver, with freight."""
        book = self._book
        for source in book.limits.sources.values():
            if source.programme and book.programmes[source.programme].status == "contingency":
                continue
            for commodity, _ in book.arrivals[source.source]:
                price = book.prices.index(source.price_index, *commodity, m)
                if price is not None:
                    asked = price * book.assumed.at(source.price_factor, m) * book.mean_factor(source.source, 0.0, 1)
                    yield commodity, asked + book.assumed.at(source.freight_usd_per_kg, m) * book.risen(m)

    def _makes(
        self, way: Activity, found: dict[Commodity, float], bought: dict[Commodity, float], m: int
    ) -> Iterator[tuple[Commodity, float]]:
        """What the outputs of an activity cost: its inputs and variable cost, borne by value, or by mass where an output is not sold."""
        if any(commodity not in found for commodity, _ in way.inputs):
            return
        book = self._book
        running = book.assumed.at(way.usd_per_kg, m) * book.usd(book.chain.plants[way.plant].currency, m) * book.risen(m)
        cost = math.fsum(share * found[commodity] for commodity, share in way.inputs) + running * way.counted_t
        tonnes: dict[Commodity, float] = {}
        for commodity, part in way.outputs:
            if part > 0:
                tonnes[commodity] = tonnes.get(commodity, 0.0) + part
        by_value = all(bought.get(commodity, 0.0) > 0 for commodity in tonnes)
        weights = {commodity: bought[commodity] if by_value else 1.0 for commodity in tonnes}
        whole = math.fsum(part * weights[commodity] for commodity, part in tonnes.items())
        for commodity in tonnes:
            yield commodity, cost * weights[commodity] / whole
