"""The chain of materials: what a commodity is, what it contains, what a plant makes of it, what it costs.

A *commodity* is (material, form). In a form that holds elements, a mixture or grade is counted as its elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from models.case import Case, Form, Plant
from models.horizon import Horizon

Commodity = tuple[str, str]
"""(material, form)."""


@dataclass(frozen=True)
class Activity:
    """One way of running a plant: per tonne of contained oxide that goes in.

    ``inputs`` sum to 1 t REO; ``outputs`` are t REO per t REO in, ``scrap`` beside them; ``use`` is the capacity taken, in the
    plant's own tonnes (or what else its capacity is in); ``counted_t`` the tonnes that its variable cost of ``usd_per_kg`` is charged on.
    """

    plant: str
    material: str
    inputs: Mapping[Commodity, float]
    outputs: Mapping[Commodity, float]
    scrap: Mapping[Commodity, float]
    use: float
    counted_t: float = 0.0
    usd_per_kg: float | str = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """(plant, material)."""
        return (self.plant, self.material)


class Chain:
    """What a case's materials, forms, plants and prices imply."""

    def __init__(self, case: Case, horizon: Horizon) -> None:
        self.case = case
        self.horizon = horizon
        self.forms: dict[str, Form] = {f.form: f for f in sorted(case.forms, key=lambda f: f.position)}
        self.oxide_per_metal = {e.element: e.oxide_per_metal for e in case.elements}
        self._recovery = {(r.plant, r.element): r.recovery for r in case.recoveries}
        self._rates = {(r.plant, r.material): r for r in case.plant_rates}
        self._fraction_of: dict[tuple[str, str], dict[str, Commodity]] = {}
        for row in case.fractions:
            self._fraction_of.setdefault((row.plant, row.material), {}).update(dict.fromkeys(row.elements, (row.fraction, row.form)))
        self._prices = {(p.index, p.material, p.form): p for p in case.prices}

    @cached_property
    def reo_per_product(self) -> dict[str, float]:
        """Contained oxide per tonne of product, by grade."""
        content: dict[str, float] = {}
        for row in self.case.recipes:
            content[row.grade] = content.get(row.grade, 0.0) + row.kg_per_kg * self.oxide_per_metal[row.element]
        return content

    @cached_property
    def shares(self) -> dict[str, dict[str, float]]:
        """Share of each element in the contained oxide of a material; an element is all itself."""
        shares: dict[str, dict[str, float]] = {e: {e: 1.0} for e in self.oxide_per_metal}
        for c in self.case.compositions:
            if c.share > 0:
                shares.setdefault(c.mixture, {})[c.element] = c.share
        for r in self.case.recipes:
            reo = r.kg_per_kg * self.oxide_per_metal[r.element]
            shares.setdefault(r.grade, {})[r.element] = reo / self.reo_per_product[r.grade]
        return shares

    def is_element(self, material: str) -> bool:
        """Whether the material is an element (and not a mixture or grade)."""
        return material in self.oxide_per_metal

    def holds_elements(self, form: str) -> bool:
        """Whether a form counts elements."""
        return self.forms[form].holds == "elements"

    def split(self, material: str, form: str) -> dict[Commodity, float]:
        """What one tonne of contained oxide of a material is counted as when it arrives in a form."""
        if self.holds_elements(form):
            return {(e, form): share for e, share in self.shares[material].items()}
        return {(material, form): 1.0}

    def mass_factor(self, material: str, form: str) -> float:
        """Tonnes of the form's own mass per tonne of contained oxide."""
        mass = self.forms[form].mass
        if mass == "metal":
            return sum(share / self.oxide_per_metal[e] for e, share in self.shares[material].items())
        if mass == "product" and material in self.reo_per_product:
            return 1 / self.reo_per_product[material]
        return 1.0

    def recovery(self, plant: Plant, element: str, material: str = "") -> float:
        """Share of an element's contained oxide that reaches a plant's output when ``material`` is handled.

        The plant's row of Recoveries for the element; else its row of PlantRates for the material; else the plant's own.
        """
        rate = self._rates.get((plant.plant, material))
        own = plant.recovery if rate is None or rate.recovery is None else rate.recovery
        return self._recovery.get((plant.plant, element), own)

    def leaves_as(self, plant: Plant, material: str, element: str) -> Commodity:
        """As what an element of a feed leaves a separation: in a fraction of several, else by itself in the output form."""
        return self._fraction_of.get((plant.plant, material), {}).get(element, (element, plant.output_form))

    @cached_property
    def _instead(self) -> list[Commodity]:
        """What programmes use instead of what is demanded."""
        return [(row.serves_material, row.serves_form) for row in self.case.programme_effects if row.serves_material]

    @cached_property
    def _traded(self) -> dict[str, set[str]]:
        """Composite materials that occur in each form, from sources, stocks, demand, programmes and scrap."""
        seen: dict[str, set[str]] = {f: set() for f in self.forms}
        traded = [(row.material, row.form) for rows in (self.case.sources, self.case.stocks, self.case.demands) for row in rows]
        traded += self._instead
        for material, form in traded:
            seen[form].add(material)
        for _ in self.forms:
            for plant in self.case.plants:
                if plant.status == "supplier":
                    continue
                made = self._composites(plant, seen)
                if not self.holds_elements(plant.output_form):
                    seen[plant.output_form] |= made
                if plant.scrap_form:
                    seen[plant.scrap_form] |= made
                for material in made:
                    for fraction, form in self._fraction_of.get((plant.plant, material), {}).values():
                        seen[form].add(fraction)
        return seen

    def _composites(self, plant: Plant, seen: dict[str, set[str]]) -> set[str]:
        """The mixtures or grades that a plant handles; a plant that names none handles all that occur."""
        if self.holds_elements(plant.input_form) and self.holds_elements(plant.output_form):
            return set()
        if plant.materials:
            return set(plant.materials)
        form = plant.output_form if self.holds_elements(plant.input_form) else plant.input_form
        return {m for m in seen[form] if not self.is_element(m)}

    @cached_property
    def activities(self) -> tuple[Activity, ...]:
        """Every activity of every plant that the buyer can use, in workbook order."""
        order = {m: i for i, m in enumerate(self.shares)}
        found: list[Activity] = []
        for plant in self.case.plants:
            if plant.status == "supplier":
                continue
            if self.holds_elements(plant.input_form) and self.holds_elements(plant.output_form):
                materials = list(plant.materials or self.oxide_per_metal)
            else:
                materials = sorted(self._composites(plant, self._traded), key=order.__getitem__)
            found += [self._activity(plant, material) for material in materials]
        return tuple(found)

    def _activity(self, plant: Plant, material: str) -> Activity:
        shares = self.shares[material]
        inputs: dict[Commodity, float]
        if self.holds_elements(plant.input_form):
            inputs = {(e, plant.input_form): share for e, share in shares.items()}
        else:
            inputs = {(material, plant.input_form): 1.0}
        outputs: dict[Commodity, float] = {}
        if self.holds_elements(plant.output_form):
            for e, share in shares.items():
                commodity = self.leaves_as(plant, material, e)
                outputs[commodity] = outputs.get(commodity, 0.0) + share * self.recovery(plant, e, material)
        else:
            outputs = {(material, plant.output_form): self.recovery(plant, material, material)}
        scrap: dict[Commodity, float] = {}
        if plant.scrap_form and plant.scrap_return_share > 0:
            lost = (1 - sum(outputs.values())) * plant.scrap_return_share
            scrap = {c: lost * share for c, share in self.split(material, plant.scrap_form).items()}
        product = plant.capacity_mass == "product"
        counted = inputs if plant.capacity_basis == "feed" else outputs
        tonnes = charged = sum(t * (self.mass_factor(*c) if product else 1.0) for c, t in counted.items())
        if plant.cost_basis not in ("capacity", plant.capacity_basis):
            paid = inputs if plant.cost_basis == "feed" else outputs
            charged = sum(t * (self.mass_factor(*c) if product else 1.0) for c, t in paid.items())
        rate = self._rates.get((plant.plant, material))
        use, usd_per_kg = tonnes, plant.variable_opex_usd_per_kg
        if rate is not None:
            use = use if rate.capacity_use is None else rate.capacity_use
            usd_per_kg = usd_per_kg if rate.variable_opex_usd_per_kg is None else rate.variable_opex_usd_per_kg
        return Activity(plant.plant, material, inputs, outputs, scrap, use, charged, usd_per_kg)

    @cached_property
    def commodities(self) -> tuple[Commodity, ...]:
        """Every commodity that anything can add to, hold or take, in order of form and material."""
        seen: dict[Commodity, None] = {}
        case = self.case
        traded = [(row.material, row.form) for rows in (case.sources, case.stocks, case.demands, case.sales) for row in rows]
        traded += self._instead
        for material, form in traded:
            seen.update(dict.fromkeys(self.split(material, form)))
        for activity in self.activities:
            seen.update(dict.fromkeys((*activity.inputs, *activity.outputs, *activity.scrap)))
        forms = {f: i for i, f in enumerate(self.forms)}
        order = {m: i for i, m in enumerate(self.shares)}
        return tuple(sorted(seen, key=lambda c: (forms[c[1]], order[c[0]])))

    def price_usd_per_kg(self, index: str, material: str, form: str, month: int) -> float:
        """Price of a material in a form on an index, USD per kg REO.

        The row of the index; for a mixture or grade without one, the value of its elements in that form, else in the
        first form that holds elements. Raises ``KeyError`` where the index prices neither (`check` refuses that).
        """
        row = self._prices.get((index, material, form))
        if row is not None:
            h = self.horizon
            return row.usd_per_kg * h.growth(row.growth_pct_per_yr, month) * h.cited(row.profile, month) * h.usd(row.currency, month)
        if self.is_element(material):
            raise KeyError((index, material, form))
        parts = self.shares[material]
        inside = form if all((index, e, form) in self._prices for e in parts) else next(f for f in self.forms if self.holds_elements(f))
        return sum(share * self.price_usd_per_kg(index, e, inside, month) for e, share in parts.items())
