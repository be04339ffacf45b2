"""Cost: the terms, what the commitments of the base plan cost, and the discounted sum of all pieces.

What is bought, converted, stored and served is charged by the block that decides it, see `models.pieces`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from models.chain import Commodity
from models.commitments import cells, financing, plants, programmes, stops
from models.horizon import Slot
from models.modelling import weighted
from models.pieces import KILOGRAMS, Piece
from models.run import Run, Study

TERMS = (
    "purchases",
    "orders",
    "contracts",
    "take_or_pay",
    "rebates",
    "make_up",
    "volume_discounts",
    "freight",
    "transport",
    "conversion",
    "storage",
    "handling",
    "capex",
    "fixed_opex",
    "stop_restart",
    "upfront",
    "financing",
    "programmes",
    "disposal",
    "residue",
    "backorders",
    "shortage",
    "penalties",
    "sales",
    "terminal_stock",
)
"""The cost terms, in the order of the report. Rebates, make-up credits, sales and terminal stock are negative. What crises are expected to
cost is no piece of the base plan and none of these: the search for the plan adds it, see `models.crisis`."""


def committed(m: Any, b: Any, run: Run) -> Iterator[Piece]:
    """Pieces of the base plan's commitments: plants, programmes, prepayments, and the stock left at the end.

    What is built and prepaid is charged inside the horizon, and by the same rule in the padding behind it, in which
    patterns that start at the end use it: else plants would be built in the last months to serve those patterns for next
    to nothing.
    """
    study, h = run.study, run.study.horizon
    charged_slots = (*run.slots, Slot(h.months, study.padding)) if study.padding else run.slots
    yield from plants.costs(m, run, charged_slots)
    yield from stops.costs(m, run)
    yield from programmes.costs(m, run, charged_slots)
    yield from cells.costs(m, run, charged_slots)
    for c, d in m.SIGNINGS:
        contract = study.contracts[c]
        delivery = study.delivery(contract, d)
        capital = contract.upfront_usd_m * h.usd(contract.currency, d) * h.monthly_rate ** (delivery.start - d)
        yearly = h.annual_payment(capital, contract.tenor_years)
        for slot in charged_slots:
            months = slot.months_within(delivery.start, delivery.stop)
            if months and yearly:
                yield Piece("upfront", h.year(slot.first), yearly * months / 12, h.discount(slot), m.signed[c, d], paid=False)
    yield from financing.costs(m, study, charged_slots)
    share = study.case.settings.terminal_stock_share
    last = run.slots[-1]
    for k in study.stocks:
        value = lowest_price(study, (k[1], k[2]), last.end - 1)
        if share * value > 0:
            yield Piece(
                "terminal_stock",
                h.year(last.first),
                -share * value * KILOGRAMS,
                h.discount_at(h.months),
                b.level_t[(*k, last.first)],
                paid=False,
            )


FLAT = ((0.0, float("inf"), 1.0),)
"""One price for all volumes."""


def lowest_price(study: Study, commodity: Commodity, month: int) -> float:
    """Lowest price at which the base plan can buy a commodity, USD/kg REO; 0 where no source delivers it.

    A basket that is split counts for each of its elements at what its index asks for that element.
    """
    material, form = commodity
    prices = []
    for source in study.case.sources:
        if source.form == form and not study.programmes.is_lever(source) and commodity in study.chain.split(source.material, form):
            try:
                factor = study.horizon.cited(source.price_factor, month) * study.tiers.get(source.source, FLAT)[0][2]
                prices.append(factor * study.chain.price_usd_per_kg(source.price_index, material, form, month))
            except KeyError:
                continue
    return min(prices, default=0.0)


RISING = frozenset(
    {"orders", "freight", "transport", "conversion", "storage", "handling", "fixed_opex", "stop_restart", "disposal", "residue"}
)
"""Terms that rise with the settings' escalation: all that is neither a price of material nor a term of a contract. Capital rises to
the month in which it is spent, and programmes, whose term holds both, where they are charged (`models.commitments.programmes`)."""


def escalated(pieces: Iterable[Piece], study: Study) -> list[Piece]:
    """The pieces, those that rise as dear as the settings' escalation makes them in the year in which they are paid."""
    h = study.horizon
    if h.settings.escalation_pct_per_yr == 0:
        return list(pieces)
    risen = 1 + h.settings.escalation_pct_per_yr / 100
    return [p._replace(usd_m=p.usd_m * risen ** (p.year - h.settings.start.year)) if p.term in RISING else p for p in pieces]


def total(pieces: list[Piece], terms: tuple[str, ...] = TERMS) -> Any:
    """Discounted sum of the pieces of some terms, as a linear expression in million USD."""
    chosen = [p for p in pieces if p.term in terms and p.usd_m != 0]
    constant = sum(p.usd_m * p.discount for p in chosen if p.variable is None)
    moving = [p for p in chosen if p.variable is not None]
    return constant + weighted((p.usd_m * p.discount, p.variable) for p in moving)
