"""Rows of a plan -> values: the inverse of `models.read_plan`, for all that a recourse can be handed.

A plan that was read back from its file is as good as one just solved: its commitments and the state of its stocks, cargo and
contract years at any month follow from its rows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from models.plan import Plan
from models.run import Study

BASE = "base"
"""Name of the base plan's run."""

Restored = dict[str, dict[Any, float]]
"""Value by component of the base plan, from the model down (``operation.level_t``), and index; what is absent is zero."""


def restored(plan: Plan, study: Study) -> Restored:
    """The values of a plan's base run that a recourse can be handed: commitments, liftings, purchases, processing, stocks, residue
    and what is owed. Tonnes are t REO.

    Names that the study does not know are kept: whoever compares them with the model's columns finds them.
    """
    values: Restored = defaultdict(dict)
    _commitments(values, plan, study)
    at = study.horizon.month_of
    for bought in plan.bought:
        if bought.run == BASE:
            values["operation.bought_t"][bought.source, at(bought.period, 0)] = bought.bought_t
    for lifted in plan.lifted:
        if lifted.run == BASE:
            values["operation.lifted_t"][lifted.contract, lifted.source, at(lifted.period, 0)] = lifted.lifted_t
    for processed in plan.processed:
        if processed.run == BASE:
            values["operation.processed_t"][processed.plant, processed.material, at(processed.period, 0)] = processed.processed_t
    for row in plan.stocks:
        if row.run == BASE:
            key = (row.store, row.material, row.form, at(row.period, 0))
            values["operation.level_t"][key] = row.level_t
            values["operation.added_t"][key] = row.added_t
    for residue in plan.residue_levels:
        if residue.run == BASE:
            values["operation.residue_t"][residue.site, at(residue.period, 0)] = residue.level_t
            values["operation.filled_t"][residue.site, at(residue.period, 0)] = residue.filled_t
    for service in plan.service:
        if service.run == BASE and service.owed_t:
            values["operation.owed_t"][service.sector, service.material, service.form, at(service.period, 0)] = service.owed_t
    return dict(values)


def _commitments(values: Restored, plan: Plan, study: Study) -> None:
    """What is signed, put up, built, stopped, started."""
    at = study.horizon.month_of
    for signed in plan.signatures:
        if signed.decided:
            values["signed"][signed.contract, at(signed.signed, 0)] = 1.0
    for money in plan.financed:
        if money.decided:
            values["financed"][money.financing, at(money.signed, 0)] = 1.0
    for built in plan.constructions:
        key = (built.plant, at(built.decided, 0))
        values["built"][key] = float(built.units)
        if built.size_t_per_yr is not None:
            values["sized_t_per_yr"][key] = built.size_t_per_yr
    for started in plan.programme_starts:
        values["started"][started.programme, at(started.decided, 0)] = 1.0
    for cells in plan.cells_built:
        values["cells"][cells.site, at(cells.decided, 0)] = float(cells.units)
    _states(values, plan, study)


def _states(values: Restored, plan: Plan, study: Study) -> None:
    """What plants that may stop do from each decision date on: the last row of the plant up to it."""
    changes: dict[str, dict[int, str]] = defaultdict(dict)
    for row in plan.plant_states:
        changes[row.plant][study.horizon.month_of(row.since, 0)] = row.state
    for plant in study.stoppable:
        state = ""
        for d in study.horizon.decision_dates:
            known, state = state, changes[plant.plant].get(d, state)
            if state == "running":
                values["runs"][plant.plant, d] = 1.0
            if state == "mothballed":
                values["mothballed"][plant.plant, d] = 1.0
            if known == "mothballed" and state == "running":
                values["restarted"][plant.plant, d] = 1.0
