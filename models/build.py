"""The table of contents: the base plan, and the recourse of one pattern.

All blocks declare, then all constrain, so that their order never matters. Blocks meet on the model object; they do not
import each other. The recourse carries the commitments and the opening stocks as columns of its own, so that it can be
tested alone (they are fixed at a plan's values) or tied into the big model (they are the base plan's columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models import cost
from models.commitments import budgets, ceilings, cells, contracts, counts, financing, fixes, links, plants, programmes, sizes, stops
from models.handed import opening_weights
from models.modelling import pyo
from models.operations import (
    balance,
    liftings,
    make_up,
    orders,
    processing,
    purchases,
    rebates,
    replacements,
    residue,
    routes,
    service,
    shipping,
    storage,
    tiers,
    volume_discounts,
    year_limits,
)
from models.pieces import Piece
from models.run import Run, Study
from models.survival import Pattern


def base_plan(study: Study) -> Any:
    """The first stage: commitments, the base plan's operation, and its discounted cost. Returns a Pyomo model.

    ``model.cost_pieces`` holds the pieces of its objective.
    """
    m: Any = pyo.ConcreteModel(name="base plan")
    m.run = Run(study)
    contracts.declare(m, study, before=study.horizon.months)
    financing.declare(m, study, before=study.horizon.months)
    plants.declare(m, study, before=study.horizon.months)
    sizes.declare(m, study, before=study.horizon.months)
    stops.declare(m, study, before=study.horizon.months)
    programmes.declare(m, study, before=study.horizon.months)
    cells.declare(m, study, before=study.horizon.months)
    m.operation = pyo.Block()
    _operate(m, m.run)
    contracts.constrain(m, study)
    links.constrain(m, study)
    financing.constrain(m, study)
    cells.constrain(m, study)
    plants.constrain(m, study)
    sizes.constrain(m, study)
    stops.constrain(m, study)
    programmes.constrain(m, study)
    fixes.constrain(m, study)
    ceilings.constrain(m, m.run)
    counts.constrain(m, m.run)
    pieces = [*_operating_costs(m), *cost.committed(m, m.operation, m.run), *ceilings.costs(m, m.run)]
    m.cost_pieces = cost.escalated(pieces, study)
    budgets.constrain(m, study)
    m.cost_usd_m = pyo.Objective(expr=cost.total(m.cost_pieces), sense=pyo.minimize, doc="discounted cost, million USD")
    return m


def recourse(study: Study, pattern: Pattern) -> Any:
    """The recourse of one pattern alone: a linear program once the commitments are given. Returns a Pyomo model.

    ``model.handed`` says how the columns that it is handed follow from the base plan. Its objective is the undiscounted
    cost of the window; the questions *how much is missing* and *by what margin* use the same rows with another cost vector.
    """
    m: Any = pyo.ConcreteModel(name="recourse")
    m.run = Run(study, pattern)
    contracts.declare(m, study, before=pattern.start)
    financing.declare(m, study, before=pattern.start)
    plants.declare(m, study, before=pattern.start)
    sizes.declare(m, study, before=pattern.start, whole=False)
    stops.declare(m, study, before=pattern.start)
    programmes.declare(m, study, before=pattern.start)
    cells.declare(m, study, before=pattern.start)
    m.operation = pyo.Block()
    _operate(m, m.run)
    m.cost_pieces = cost.escalated(_operating_costs(m), study)
    m.handed = {}
    contracts.handed_over(m)
    financing.handed_over(m)
    plants.handed_over(m)
    sizes.handed_over(m, study)
    stops.handed_over(m, study)
    processing.handed_over(m)
    programmes.handed_over(m)
    cells.handed_over(m, study)
    year_limits.handed_over(m, m.run)
    shipping.handed_over(m)
    weights, of_opening = opening_weights(study.horizon, pattern.start)
    storage.handed_over(m, m.run, weights, of_opening)
    residue.handed_over(m, m.run, weights, of_opening)
    service.handed_over(m, m.run, weights, of_opening)
    m.cost_usd_m = pyo.Objective(expr=cost.total(m.cost_pieces), sense=pyo.minimize, doc="cost of the window, million USD")
    return m


def _operate(m: Any, run: Run) -> None:
    b = m.operation
    b.comes, b.goes = [], []
    purchases.declare(b, run)
    tiers.declare(b, run)
    orders.declare(b, run)
    liftings.declare(b, run)
    make_up.declare(b, run)
    volume_discounts.declare(b, run)
    year_limits.declare(b, run)
    rebates.declare(b, run)
    shipping.declare(b, run)
    processing.declare(b, run)
    residue.declare(b, run)
    storage.declare(b, run)
    service.declare(b, run)
    replacements.declare(b, run)
    balance.declare(b, run)
    routes.declare(b, run)
    purchases.constrain(b, run)
    tiers.constrain(b, run)
    orders.constrain(b, run)
    liftings.constrain(b, m, run)
    make_up.constrain(b, m, run)
    volume_discounts.constrain(b, m)
    year_limits.constrain(b, m, run)
    rebates.constrain(b, m, run)
    processing.constrain(b, m, run)
    residue.constrain(b, m, run)
    storage.constrain(b, run)
    service.constrain(b, run)
    replacements.constrain(b, m, run)
    routes.constrain(b, run)
    balance.constrain(b)


def _operating_costs(m: Any) -> Iterator[Piece]:
    """Pieces of what a run buys, lifts, converts, stores, serves and sells."""
    contracted = (liftings, make_up, volume_discounts, rebates)
    for block in (purchases, tiers, orders, *contracted, processing, residue, storage, service, replacements, balance):
        yield from block.costs(m.operation, m.run)
    yield from routes.costs(m.operation, m.run)
