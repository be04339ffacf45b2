"""Share ceilings: of what comes from abroad of an element in a form in a calendar year, one country gives at most its share.

What is bought and lifted counts for the last country that the source's material has passed, what a plant of the chain that
stands abroad gives out in the form counts for its country; what the home country gives is not counted. A period counts
for the year in which it begins. A mixture or grade counts with its elements. What a route takes straight to a plant
abroad is not delivered where it comes from, but at the last foreign stage: there. Where the row prices the excess, the tonnes
beyond the ceiling are a column of their own; else the ceiling is hard. The rule binds the base plan alone.

(R2) of what comes from abroad one country gives no more than its share
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.case import Ceiling
from models.modelling import pyo
from models.operations.flows import End
from models.pieces import KILOGRAMS, Piece
from models.run import Run, Study

Terms = list[tuple[float, Any]]
"""Tonnes per unit of a variable, and the variable."""

Key = tuple[int, str, str, int]
"""(row of the sheet counted from 1, country, element, calendar year)."""


def country_of(study: Study, end: End) -> str:
    """The country that what an end gives counts for; empty for what does not come from abroad."""
    kind, name = end
    country = ""
    if kind == "source":
        country = study.sources[name].countries[-1]
    elif kind == "plant":
        country = study.plants[name].country
    return "" if country == study.case.settings.home_country else country


def years(study: Study, ceiling: Ceiling) -> Iterator[int]:
    """Calendar years of the plan in which a ceiling holds."""
    for year in study.horizon.years:
        if (ceiling.from_year or year) <= year <= (ceiling.to_year or year):
            yield year


def deliveries(b: Any, study: Study, form: str) -> dict[tuple[str, int], dict[str, Terms]]:
    """What comes from abroad in a form: terms by (element, calendar year) and country."""
    found: dict[tuple[str, int], dict[str, Terms]] = defaultdict(lambda: defaultdict(list))
    for flow in b.comes:
        if flow.commodity[1] == form and (country := country_of(study, flow.end)):
            for element, share in study.chain.shares[flow.commodity[0]].items():
                found[element, study.horizon.year(flow.t)][country].append((share * flow.share, flow.variable))
    for shipment in b.shipments:
        if shipment.commodity[1] == form and (country := _sent_on(study, shipment.start, shipment.goal)):
            for element, share in study.chain.shares[shipment.commodity[0]].items():
                found[element, study.horizon.year(shipment.t)][country].append((-share, shipment.variable))
    return found


def _sent_on(study: Study, start: End | None, goal: End | None) -> str:
    """The country of what a route takes from abroad straight to a plant abroad: it is delivered at the last foreign stage, there."""
    if start is None or goal is None or goal[0] != "plant" or study.plants[goal[1]].country == study.case.settings.home_country:
        return ""
    return country_of(study, start)


def constrain(m: Any, run: Run) -> None:
    """Rule R2 and, where the excess has a price, its columns ``excess_t[row, country, element, year]``; ``m.deliveries`` keeps
    for the reader what the rule compares: (what the country gives, what all give)."""
    study, b = run.study, m.operation
    m.deliveries = {}
    for n, ceiling in enumerate(study.case.ceilings, 1):
        of_form = deliveries(b, study, ceiling.form)
        asked = set(years(study, ceiling))
        for (element, year), by_country in of_form.items():
            if year in asked and element in (ceiling.elements or (element,)):
                everything = [term for terms in by_country.values() for term in terms]
                for country, terms in by_country.items():
                    if country == (ceiling.country or country):
                        m.deliveries[n, country, element, year] = (terms, everything)
    priced = [key for key in m.deliveries if study.case.ceilings[key[0] - 1].excess_usd_per_kg is not None]
    m.EXCESSES = pyo.Set(dimen=4, initialize=priced, doc="rows of the sheet Ceilings with a price x countries x elements x years")
    m.excess_t = pyo.Var(m.EXCESSES, bounds=(0, None), doc="delivered beyond a share ceiling, t REO")

    @m.Constraint(list(m.deliveries), doc="(R2) of what comes from abroad one country gives no more than its share")
    def keep_below_the_ceiling(m: Any, *key: Any) -> Any:
        own, everything = m.deliveries[key]
        allowed = study.case.ceilings[key[0] - 1].max_share * _sum(everything)
        return _sum(own) <= allowed + (m.excess_t[key] if key in m.EXCESSES else 0)


def _sum(terms: Terms) -> Any:
    return pyo.quicksum(weight * variable for weight, variable in terms)


def costs(m: Any, run: Run) -> Iterator[Piece]:
    """What is delivered beyond a ceiling, at its price, discounted at the mean of its year."""
    for key in m.EXCESSES:
        price = run.study.case.ceilings[key[0] - 1].excess_usd_per_kg or 0.0
        yield Piece("penalties", key[3], price * KILOGRAMS, mean_discount(run, key[3]), m.excess_t[key], paid=False)


def mean_discount(run: Run, year: int) -> float:
    """Discount factor of money spread over a calendar year of the base plan."""
    h = run.study.horizon
    slots = [slot for slot in run.slots if h.year(slot.first) == year]
    return sum(h.discount(slot) * slot.months for slot in slots) / sum(slot.months for slot in slots)
