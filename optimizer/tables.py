"""Tables that say before any solve what a case holds: supply against demand, who makes how much, demand against references.

They follow the flows of single years with simple rules, without deciding anything; stocks and money are left out. What
is short here is short in every plan, unless stocks bridge it; what is covered here may still be lost to a cut-off.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.case import Case, Demand, Source
from models.chain import Activity, Commodity
from models.columns import column
from models.horizon import Slot
from models.run import Run, Study

_ROUNDS = 20
_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True)
class SupplyDemand:
    """One commodity in one calendar year of the plan."""

    year: int = column("year", "Calendar year.")
    form: str = column("", "Form.")
    material: str = column("", "Element, mixture or grade.")
    demand_t: float = column("t REO", "Demanded in this form.")
    derived_t: float = column("t REO", "Needed to make what is demanded further down the chain and cannot be bought there.")
    bought_t: float = column("t REO", "Most that the sources deliver.")
    made_t: float = column("t REO", "Most that plants make for this need; candidates count from the earliest month they can run.")
    shortage_t: float = column("t REO", "Need that is neither bought nor made.")
    words: str = column("", "The shortage in words.")


@dataclass(frozen=True, kw_only=True)
class ProducerSupply:
    """What one producer can deliver of one element in one calendar year: every tonne once, whatever names it."""

    year: int = column("year", "Calendar year.")
    producer: str = column("", "Supplier; where none is named, the plant or the source itself.")
    element: str = column("", "Element, in whatever form or mixture it is delivered.")
    supply_t: float = column("t REO", "Most that its sources deliver together; a plant that they share limits them.")


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """The workbook's demand for one element against a reference total."""

    element: str = column("", "Element.")
    workbook_t: float = column("t REO/yr", "Total that follows from the sheet Demand, first year.")
    reference_t: float = column("t REO/yr", "Reference total.")
    difference_pct: float = column("%", "Workbook above reference.")
    tolerance_pct: float = column("%", "Difference that is accepted.")
    agrees: bool = column("yes / no", "Whether the difference is within the tolerance.")
    reason: str = column("", "Why they may differ by more.")


def supply_and_demand(case: Case) -> list[SupplyDemand]:
    """Need and possible supply of every commodity that is needed, by calendar year, downstream forms first.

    Need is the demand for a commodity and what is needed of it to make other things: where a form's own sources do not
    suffice, its plants must make the rest, and need its inputs with the chain's yields. Plants share their capacity in
    proportion to what is asked of them. What separations and recycling make of mixtures is limited by the mixtures that
    sources sell and by capacity. Scrap and opening stocks are not counted. All in t REO, only months inside the plan.
    """
    study = Study(case)
    return [row for slot in _years(study) for row in _Year(study, slot).rows()]


def supply_per_producer(case: Case) -> list[ProducerSupply]:
    """What each producer can deliver of each element per calendar year, every tonne counted once: one tonne, one origin.

    Contracts are rights to the sources' output and add nothing; sources that share a supplier's plant share its capacity.
    """
    study = Study(case)
    rows: list[ProducerSupply] = []
    for slot in _years(study):
        totals: dict[tuple[str, str], list[float]] = {}
        for name, tonnes in _deliveries(study, slot, case.sources).items():
            source = study.sources[name]
            for element, share in study.chain.shares[source.material].items():
                key = (source.supplier or source.plant or name, element)
                totals.setdefault(key, []).append(share * tonnes)
        year = study.horizon.year(slot.first)
        rows += [ProducerSupply(year=year, producer=p, element=e, supply_t=math.fsum(t)) for (p, e), t in totals.items()]
    return rows


def reconciliation(case: Case) -> list[Reconciliation]:
    """Demand of each referenced element, all forms together, against its reference.

    The total is the contained oxide of the element in all that is demanded in the first year (grades and mixtures by
    their REO shares), divided by the recovery of the plants on the way back to the earliest form that holds elements: so
    it is the oxide that must enter the chain if all of it is made from there. Where several plants make a thing their
    recoveries are weighted with their capacity; existing plants are asked first, candidates only where there are none.
    """
    study = Study(case)
    totals: dict[str, list[float]] = defaultdict(list)
    entering = _entering(study)
    for demand in case.demands:
        tonnes = _first_year_t(study, demand)
        for commodity, share in study.chain.split(demand.material, demand.form).items():
            for element, factor in entering(commodity).items():
                totals[element].append(tonnes * share * factor)
    found = []
    for row in case.demand_references:
        total = math.fsum(totals[row.element])
        difference = 100 * (total / row.t_per_yr - 1) if row.t_per_yr else (0.0 if total == 0 else math.inf)
        found.append(
            Reconciliation(
                element=row.element,
                workbook_t=total,
                reference_t=row.t_per_yr,
                difference_pct=difference,
                tolerance_pct=row.tolerance_pct,
                agrees=abs(difference) <= row.tolerance_pct,
                reason=row.reason,
            )
        )
    return found


def _years(study: Study) -> list[Slot]:
    """The calendar years of the plan as spans of its months."""
    spans: dict[int, list[int]] = {}
    for month in range(study.horizon.months):
        spans.setdefault(study.horizon.year(month), []).append(month)
    return [Slot(months[0], len(months)) for months in spans.values()]


def _first_year_t(study: Study, demand: Demand) -> float:
    """A year's demand at the level of the first month, t REO."""
    return 12 * Run(study).demand_t(demand, Slot(0, 1))


def _deliveries(study: Study, slot: Slot, sources: Iterable[Source]) -> dict[str, float]:
    """Most that each source delivers in a span, t REO; sources that share a supplier's plant share its capacity."""
    run = Run(study)
    found = {source.source: run.output_t(source, slot) for source in sources}
    by_plant: dict[str, list[Source]] = {}
    for source in sources:
        if source.plant:
            by_plant.setdefault(source.plant, []).append(source)
    for name, group in by_plant.items():
        plant = study.plants[name]
        product = plant.capacity_mass == "product"
        asked = math.fsum(found[s.source] * (study.chain.mass_factor(s.material, s.form) if product else 1.0) for s in group)
        capacity = run.capacity_t(plant, None, slot)
        if asked > capacity:
            found.update((s.source, found[s.source] * capacity / asked) for s in group)
    return found


def _is_separation(study: Study, activity: Activity) -> bool:
    """Whether an activity makes elements of a mixture."""
    return all(not study.chain.holds_elements(f) for _, f in activity.inputs) and any(
        study.chain.holds_elements(f) for _, f in activity.outputs
    )


def _pushed(study: Study) -> set[tuple[str, str]]:
    """Separations, and what prepares mixtures for them: these run on what feed there is, not on what is asked."""
    pushed = {a.key for a in study.chain.activities if _is_separation(study, a)}
    while True:
        feeds = {c for a in study.chain.activities if a.key in pushed for c in a.inputs}
        more = {a.key for a in study.chain.activities if feeds & a.outputs.keys()} - pushed
        more = {
            key for a in study.chain.activities if (key := a.key) in more and all(not study.chain.holds_elements(f) for _, f in a.inputs)
        }
        if not more:
            return pushed
        pushed |= more


def _depths(study: Study) -> dict[str, int]:
    """How many steps of processing lie before each form; a loop in the chain is cut after as many steps as there are forms."""
    depth = dict.fromkeys(study.chain.forms, 0)
    steps = {(taken, given) for a in study.chain.activities for _, taken in a.inputs for _, given in a.outputs if taken != given}
    for _ in depth:
        for taken, given in steps:
            if depth[taken] + 1 < len(depth):
                depth[given] = max(depth[given], depth[taken] + 1)
    return depth


class _Year:
    """Flows of one calendar year."""

    def __init__(self, study: Study, slot: Slot) -> None:
        self.study, self.slot = study, slot
        self._run = Run(study)
        self._free = self._capacities()
        self._pushed = _pushed(study)
        self._forms = sorted(study.chain.forms, key=_depths(study).__getitem__, reverse=True)
        self.demand: dict[Commodity, float] = defaultdict(float)
        self.derived: dict[Commodity, float] = defaultdict(float)
        self.bought: dict[Commodity, float] = defaultdict(float)
        self.made: dict[Commodity, float] = defaultdict(float)
        for demand in study.case.demands:
            for commodity, share in study.chain.split(demand.material, demand.form).items():
                self.demand[commodity] += share * self._run.demand_t(demand, slot)
        delivered = _deliveries(study, slot, study.case.sources)
        for source in study.case.sources:
            for commodity, share in study.chain.split(source.material, source.form).items():
                self.bought[commodity] += share * delivered[source.source]

    def rows(self) -> list[SupplyDemand]:
        """Run the year and tell it: mixtures forward first, then needs backward."""
        for form in reversed(self._forms):
            self._push(form)
        for form in self._forms:
            self._pull(form)
        order = {form: number for number, form in enumerate(self._forms)}
        needed = [c for c in self.study.chain.commodities if self.demand[c] + self.derived[c] > _NOTHING]
        return [self._row(c) for c in sorted(needed, key=lambda c: order[c[1]])]

    def _row(self, commodity: Commodity) -> SupplyDemand:
        material, form = commodity
        year = self.study.horizon.year(self.slot.first)
        need = self.demand[commodity] + self.derived[commodity]
        short = max(0.0, need - self.bought[commodity] - self.made[commodity])
        short = short if short > 1e-6 * need else 0.0
        return SupplyDemand(
            year=year,
            form=form,
            material=material,
            demand_t=self.demand[commodity],
            derived_t=self.derived[commodity],
            bought_t=self.bought[commodity],
            made_t=self.made[commodity],
            shortage_t=short,
            words=f"{year}: {short:,.4g} t REO of {material} as {form} are missing" if short else "covered",
        )

    def _capacities(self) -> dict[str, float]:
        """Capacity of every plant of the chain in the year, in its own tonnes; of exclusive candidates only the largest."""
        earliest: dict[str, int] = {}
        for name, decided in self.study.buildings:
            earliest.setdefault(name, decided)
        found: dict[str, float] = {}
        groups: dict[str, str] = {}
        for plant in self.study.case.plants:
            if plant.status == "supplier":
                continue
            if plant.status == "existing":
                found[plant.plant] = self._run.capacity_t(plant, None, self.slot)
                continue
            units = 1 if plant.exclusive_group else plant.max_units
            first = earliest.get(plant.plant)
            found[plant.plant] = 0.0 if first is None else units * self._run.capacity_t(plant, first, self.slot)
            rival = groups.get(plant.exclusive_group, "")
            if plant.exclusive_group and rival:
                loser = min(rival, plant.plant, key=found.__getitem__)
                found[loser] = 0.0
                groups[plant.exclusive_group] = plant.plant if loser == rival else rival
            elif plant.exclusive_group:
                groups[plant.exclusive_group] = plant.plant
        return found

    def _push(self, form: str) -> None:
        """Run separations, and what prepares mixtures for them, on the mixtures there are in a form: what gives a fraction in the
        same form first.
        """
        waiting = [a for a in self.study.chain.activities if a.key in self._pushed and next(iter(a.inputs))[1] == form]
        made_here = {c for a in waiting for c in a.outputs}
        for later in (False, True):
            turn = [a for a in waiting if (not made_here.isdisjoint(a.inputs)) is later]
            feed = {c: max(0.0, self.bought[c] + self.made[c] - self.demand[c]) for a in turn for c in a.inputs}
            self._share(turn, feed, lambda activity: (next(iter(activity.inputs)), 1.0), lambda activity, tonnes: None)

    def _pull(self, form: str) -> None:
        """Make what is needed in a form and not bought, and note what that needs."""
        makers = [a for a in self.study.chain.activities if a.key not in self._pushed and next(iter(a.outputs))[1] == form]
        wanted = {c: self.demand[c] + self.derived[c] - self.bought[c] - self.made[c] for a in makers for c in a.outputs}

        def needs(activity: Activity, tonnes: float) -> None:
            for commodity, share in activity.inputs.items():
                self.derived[commodity] += share * tonnes

        self._share(makers, wanted, lambda activity: next(iter(activity.outputs.items())), needs)

    def _share(
        self,
        activities: list[Activity],
        asked: dict[Commodity, float],
        by: Callable[[Activity], tuple[Commodity, float]],
        then: Callable[[Activity, float], None],
    ) -> None:
        """Run activities until what is asked is used up or their plants are full.

        ``by`` gives the commodity that an activity is asked for and how much of it one tonne of input is. In every round
        what is left to do is split among the plants in proportion to their free capacity, and each plant takes what fits.
        """
        for _ in range(_ROUNDS):
            able = {a.key: self._free[a.plant] / a.use for a in activities if a.use > 0 and by(a)[1] > 0 and self._free[a.plant] > _NOTHING}
            offered: dict[Commodity, float] = defaultdict(float)
            for activity in activities:
                offered[by(activity)[0]] += able.get(activity.key, 0.0) * by(activity)[1]
            tries = {
                a.key: able[a.key] * max(0.0, asked[by(a)[0]]) / offered[by(a)[0]]
                for a in activities
                if a.key in able and asked[by(a)[0]] > _NOTHING and offered[by(a)[0]] > 0
            }
            load: dict[str, float] = defaultdict(float)
            for activity in activities:
                load[activity.plant] += tries.get(activity.key, 0.0) * activity.use
            if not any(load.values()):
                return
            fit = {plant: min(1.0, self._free[plant] / used) if used else 0.0 for plant, used in load.items()}
            for activity in activities:
                tonnes = tries.get(activity.key, 0.0) * fit[activity.plant]
                commodity, per_tonne = by(activity)
                asked[commodity] -= tonnes * per_tonne
                self._free[activity.plant] -= tonnes * activity.use
                for output, share in activity.outputs.items():
                    self.made[output] += tonnes * share
                then(activity, tonnes)


def _entering(study: Study) -> Callable[[Commodity], dict[str, float]]:
    """Function that gives, for a tonne of a commodity, the oxide of each element that must enter the chain for it."""
    chain = study.chain
    first = next((form for form in chain.forms if chain.holds_elements(form)), "")
    pushed = _pushed(study)

    @functools.cache
    def makers(commodity: Commodity) -> tuple[tuple[Activity, float], ...]:
        found = [a for a in chain.activities if a.key not in pushed and a.outputs.get(commodity, 0) > 0 and commodity not in a.inputs]
        for status in ("existing", "candidate"):
            weighted = [(a, study.plants[a.plant].capacity_t_per_yr) for a in found if study.plants[a.plant].status == status]
            if any(weight > 0 for _, weight in weighted):
                return tuple(weighted)
        return ()

    def entering(commodity: Commodity, above: frozenset[Commodity] = frozenset()) -> dict[str, float]:
        material, form = commodity
        ways = () if form == first or commodity in above else makers(commodity)
        if not ways:
            return dict(chain.shares[material])
        total = math.fsum(weight for _, weight in ways)
        found: dict[str, float] = defaultdict(float)
        for activity, weight in ways:
            for part, share in activity.inputs.items():
                for element, factor in entering(part, above | {commodity}).items():
                    found[element] += weight / total * share / activity.outputs[commodity] * factor
        return found

    return entering
