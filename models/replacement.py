"""What a tonne of a commodity costs to replace in ordinary times: base price plus conversion.

The lowest of: what a source of the base plan asks for it (the first tier of its price, its freight), and what a plant needs to make
it: the cheapest way to have what goes in, and the plant's variable cost. Where several things come out of a feed together, each bears
of the cost what it is worth by the lowest price at which it is sold as such; where one of them is not sold, all bear alike by mass.
Capital is not counted: it is there or it is not. What nobody sells and no plant makes counts at the lowest index price of it, and where
no index prices it at nothing.
"""

from __future__ import annotations

from models.chain import Activity, Commodity
from models.cost import FLAT
from models.run import Study

Prices = dict[Commodity, float]
"""USD/kg REO by commodity."""


def replacement_usd_per_kg(study: Study, month: int) -> Prices:
    """What it costs to replace each commodity in a month, USD/kg REO; what has no price is left out."""
    sold = _sold(study, month)
    found = dict(sold)
    for _ in study.chain.forms:
        before = dict(found)
        for activity in study.chain.activities:
            for commodity, usd in _made(study, activity, found, sold, month):
                found[commodity] = min(found.get(commodity, float("inf")), usd)
        if found == before:
            break
    for commodity, usd in _indexed(study, month).items():
        found.setdefault(commodity, usd)
    return found


def _sold(study: Study, month: int) -> Prices:
    """Lowest price of every commodity over the sources of the base plan, freight included."""
    h, found = study.horizon, dict[Commodity, float]()
    for source in study.case.sources:
        if study.programmes.is_lever(source):
            continue
        factor = h.cited(source.price_factor, month) * study.tiers.get(source.source, FLAT)[0][2]
        freight = h.cited(source.freight_usd_per_kg, month) * h.escalation(month)
        for commodity in study.chain.split(source.material, source.form):
            try:
                usd = factor * study.chain.price_usd_per_kg(source.price_index, *commodity, month) + freight
            except KeyError:
                continue
            found[commodity] = min(found.get(commodity, float("inf")), usd)
    return found


def _made(study: Study, activity: Activity, known: Prices, sold: Prices, month: int) -> list[tuple[Commodity, float]]:
    """What each output of an activity costs, where all its inputs have a price."""
    h, outputs = study.horizon, {c: t for c, t in activity.outputs.items() if t > 0}
    if not outputs or any(c not in known for c in activity.inputs):
        return []
    plant = study.plants[activity.plant]
    opex = h.cited(activity.usd_per_kg, month) * h.usd(plant.currency, month) * h.escalation(month)
    cost = sum(share * known[c] for c, share in activity.inputs.items()) + activity.counted_t * opex
    worth = {c: sold.get(c, 0.0) for c in outputs}
    if min(worth.values()) <= 0:
        worth = dict.fromkeys(outputs, 1.0)
    whole = sum(t * worth[c] for c, t in outputs.items())
    return [(c, cost * worth[c] / whole) for c in outputs]


def _indexed(study: Study, month: int) -> Prices:
    """The lowest index price of every commodity that an index prices."""
    found: Prices = {}
    for row in study.case.prices:
        commodity = (row.material, row.form)
        usd = study.chain.price_usd_per_kg(row.index, row.material, row.form, month)
        found[commodity] = min(found.get(commodity, float("inf")), usd)
    return found
