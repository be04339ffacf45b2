"""What a cut-off hits, and how much of the normal flow is left, month by month."""

from __future__ import annotations

from models.case import Contract, CutOff, Plant, Source
from optimizer.audit.materials import Materials


class Cut:
    """One cut-off. Months are counted from the start of the cut."""

    def __init__(self, cutoff: CutOff, materials: Materials) -> None:
        """Reads one row; nothing is hit by a cut-off that names nobody."""
        self.row = cutoff
        self.window = cutoff.months + cutoff.return_months
        self._materials = materials

    def left(self, k: int) -> float:
        """Share left in month ``k``: 1 - severity while the cut lasts, then back evenly over the return months, then all."""
        row = self.row
        if k < row.months:
            return 1 - row.severity
        if k < self.window:
            return 1 - row.severity * (1 - (k - row.months + 1) / (row.return_months + 1))
        return 1.0

    def concerns(self, material: str, form: str) -> bool:
        """The material contains a listed element (blank: any) and the form is listed (blank: any)."""
        row = self.row
        return (not row.elements or self._materials.contains(material, row.elements)) and (not row.forms or form in row.forms)

    def hits_source(self, source: Source) -> bool:
        """A country that the material has passed is cut, or the source or its plant is named; and material and form are concerned."""
        row = self.row
        named = (
            source.source in row.sources
            or (source.plant != "" and source.plant in row.plants)
            or not set(source.countries).isdisjoint(row.countries)
        )
        return named and self.concerns(source.material, source.form)

    def hits_line(self, contract: Contract, source: Source) -> bool:
        """The line's source is hit, or its contract is named; and material and form are concerned."""
        return self.hits_source(source) or (contract.contract in self.row.contracts and self.concerns(source.material, source.form))

    def equipment_delay(self, plant: Plant) -> int:
        """Months by which a plant that is not yet on line waits for its equipment: the row's, where one of its countries is cut."""
        return 0 if set(plant.equipment_countries).isdisjoint(self.row.countries) else self.row.equipment_delay_months

    def hits_plant(self, plant: Plant, handled: frozenset[str]) -> bool:
        """A plant of the chain is hit if it is named; or its country is cut, one of the materials it handles holds a listed
        element (blank: any), and its output form is listed (blank: any).
        """
        row = self.row
        if plant.plant in row.plants:
            return True
        if plant.country not in row.countries:
            return False
        of_element = not row.elements or any(self._materials.contains(material, row.elements) for material in handled)
        return of_element and (not row.forms or plant.output_form in row.forms)
