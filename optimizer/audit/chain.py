"""What plants make of what, and how much they can."""

from __future__ import annotations

import dataclasses
import math

from models.case import Case, Plant
from optimizer.audit.clock import Clock
from optimizer.audit.cuts import Cut
from optimizer.audit.limits import ramp
from optimizer.audit.materials import Materials, Parts
from optimizer.audit.values import Assumed


@dataclasses.dataclass(frozen=True)
class Activity:
    """One plant at work on one material: what a tonne of contained oxide that goes in becomes, and what it uses of the capacity and costs.

    ``separation``: a mixture is parted into elements, so that its outputs come jointly.
    """

    plant: str
    material: str
    inputs: Parts
    outputs: Parts
    scrap: Parts
    use: float
    counted_t: float
    usd_per_kg: float | str
    separation: bool


class Chain:
    """Plants of the chain (existing and candidate) and their activities."""

    def __init__(self, case: Case, clock: Clock, materials: Materials, assumed: Assumed) -> None:
        """Reads plants and recoveries of ``case``."""
        self._clock = clock
        self._materials = materials
        self._assumed = assumed
        self.plants = {row.plant: row for row in case.plants if row.status != "supplier"}
        self._recoveries = {(row.plant, row.element): row.recovery for row in case.recoveries}
        self._rates = {(row.plant, row.material): row for row in case.plant_rates}
        self._together = {(row.plant, row.material, e): (row.fraction, row.form) for row in case.fractions for e in row.elements}
        self._known: dict[tuple[str, str], Activity | None] = {}

    def activity(self, plant: str, material: str) -> Activity | None:
        """The activity of that plant and material; None where the plant does not handle it."""
        key = (plant, material)
        if key not in self._known:
            row = self.plants.get(plant)
            self._known[key] = None if row is None else self._make(row, material)
        return self._known[key]

    def capacity(self, plant: Plant, m: int, builds: list[tuple[int, float]], cut: Cut | None = None, begins: int = 0) -> float:
        """Capacity in month ``m``, in the plant's own tonnes: capacity x availability x buyer's share x ramp / 12, of the plant that
        exists (to its last month of operation), or of each ``(online, units)`` of a candidate.

        In a cut that ``begins`` at a month, what comes on line after it waits for equipment from a country that is cut.
        """
        monthly = plant.capacity_t_per_yr * self._assumed.at(plant.availability, m) * plant.share_for_buyer / 12
        if plant.status == "existing":
            if plant.offline is not None and m > self._clock.month(plant.offline):
                return 0.0
            online = None if plant.online is None else self._clock.month(plant.online)
            return monthly * ramp(plant, m, online if online is None or cut is None else cut.comes_on(plant, online, begins))
        if cut is not None:
            builds = [(cut.comes_on(plant, online, begins), units) for online, units in builds]
        return monthly * math.fsum(units * ramp(plant, m, online) for online, units in builds)

    def handled(self, plant: Plant) -> frozenset[str]:
        """The materials that a plant handles: those listed; blank: all, so that it may hold any element."""
        return frozenset(plant.materials or self._materials.oxide_per_metal)

    def _make(self, plant: Plant, material: str) -> Activity | None:
        """The activity of one plant on one material, after the kind of its forms."""
        if plant.materials and material not in plant.materials:
            return None
        from_elements = self._materials.holds_elements(plant.input_form)
        to_elements = self._materials.holds_elements(plant.output_form)
        composite = material in self._materials.shares
        if composite == (from_elements and to_elements) or (not composite and material not in self._materials.oxide_per_metal):
            return None
        shares = self._materials.shares.get(material, {material: 1.0})
        if from_elements and not to_elements:
            inputs: Parts = tuple(((element, plant.input_form), share) for element, share in shares.items())
        else:
            inputs = (((material, plant.input_form), 1.0),)
        if to_elements:
            outputs: Parts = tuple(
                (
                    self._together.get((plant.plant, material, element), (element, plant.output_form)),
                    share * self._recovery(plant, material, element),
                )
                for element, share in shares.items()
            )
        else:
            outputs = (((material, plant.output_form), self._recovery(plant, material, None)),)
        kept = math.fsum(tonnes for _, tonnes in outputs)
        scrap: Parts = ()
        if plant.scrap_form:
            back = (1 - kept) * plant.scrap_return_share
            scrap = tuple((part, share * back) for part, share in self._materials.arrives_as(material, plant.scrap_form))
        counted = inputs if plant.capacity_basis == "feed" else outputs
        tonnes = use = self._tonnes(plant, counted)
        if plant.cost_basis != "capacity":
            counted = inputs if plant.cost_basis == "feed" else outputs
        usd_per_kg = plant.variable_opex_usd_per_kg
        if rate := self._rates.get((plant.plant, material)):
            use = tonnes if rate.capacity_use is None else rate.capacity_use
            usd_per_kg = usd_per_kg if rate.variable_opex_usd_per_kg is None else rate.variable_opex_usd_per_kg
        return Activity(
            plant.plant, material, inputs, outputs, scrap, use, self._tonnes(plant, counted), usd_per_kg, composite and to_elements
        )

    def _recovery(self, plant: Plant, material: str, element: str | None) -> float:
        """The recovery of an element (None: of a mixture or grade as a whole): the element's own row, else the row of the material
        handled, else the plant's.
        """
        if element is not None and (plant.plant, element) in self._recoveries:
            return self._recoveries[plant.plant, element]
        rate = self._rates.get((plant.plant, material))
        return plant.recovery if rate is None or rate.recovery is None else rate.recovery

    def _tonnes(self, plant: Plant, parts: Parts) -> float:
        """Tonnes of contained oxide, or of the forms' own mass, as the plant's capacity counts."""
        if plant.capacity_mass == "REO":
            return math.fsum(tonnes for _, tonnes in parts)
        return math.fsum(tonnes * self._materials.mass_factor(*commodity) for commodity, tonnes in parts)
