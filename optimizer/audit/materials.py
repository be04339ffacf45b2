"""What materials contain, what a tonne of them weighs, and as which commodities they arrive."""

from __future__ import annotations

import math
from collections.abc import Iterable

from models.case import Case

Commodity = tuple[str, str]
"""(material, form)."""

Parts = tuple[tuple[Commodity, float], ...]
"""Commodities with their share of a tonne of contained oxide."""


class Materials:
    """Compositions and mass factors of a case."""

    def __init__(self, case: Case) -> None:
        """Shares by contained oxide: a mixture's as stated, a grade's from its recipe (kg x oxide per metal, normalised)."""
        self.oxide_per_metal = {row.element: row.oxide_per_metal for row in case.elements}
        self.forms = {row.form: row for row in case.forms}
        self.grades: dict[str, dict[str, float]] = {}
        self.shares: dict[str, dict[str, float]] = {}
        for mixed in case.compositions:
            if mixed.share > 0:
                self.shares.setdefault(mixed.mixture, {})[mixed.element] = mixed.share
        for part in case.recipes:
            self.grades.setdefault(part.grade, {})[part.element] = part.kg_per_kg * self.oxide_per_metal[part.element]
        for grade, oxide in self.grades.items():
            total = math.fsum(oxide.values())
            self.shares[grade] = {element: mass / total for element, mass in oxide.items()}

    def elements_of(self, material: str) -> frozenset[str]:
        """The elements in a material; an element contains itself."""
        return frozenset(self.shares.get(material, (material,)))

    def contains(self, material: str, elements: Iterable[str]) -> bool:
        """Whether a material contains one of ``elements``."""
        return not self.elements_of(material).isdisjoint(elements)

    def holds_elements(self, form: str) -> bool:
        """Whether a form holds one commodity per element."""
        return self.forms[form].holds == "elements"

    def arrives_as(self, material: str, form: str) -> Parts:
        """A mixture or grade that arrives in a form of elements is counted as its elements; anything else as itself."""
        if material in self.shares and self.holds_elements(form):
            return tuple(((element, form), share) for element, share in self.shares[material].items())
        return (((material, form), 1.0),)

    def mass_factor(self, material: str, form: str) -> float:
        """Tonnes of the form's own mass per tonne of contained oxide: 1 for oxide, metal over oxide, whole product over oxide."""
        mass = self.forms[form].mass
        if mass == "metal":
            parts = self.shares.get(material, {material: 1.0})
            return math.fsum(share / self.oxide_per_metal[element] for element, share in parts.items())
        if mass == "product" and material in self.grades:
            return 1 / math.fsum(self.grades[material].values())
        return 1.0
