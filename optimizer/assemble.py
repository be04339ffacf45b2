"""Solved values -> the plan: the base plan's rows, every pattern's recourse, and how sure the answer is."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from models.ages import read_ages
from models.cash import read_cash
from models.columns import SCHEMA_VERSION
from models.joint_costs import joint_costs
from models.plan import Cost, Missing, Pattern, Plan, Readiness, Stage, Summary
from models.read_deals import read_discounted, read_financed, read_make_ups, read_rebates
from models.read_plan import (
    Rows,
    read_constructions,
    read_costs,
    read_operation,
    read_plant_states,
    read_programme_starts,
    read_signatures,
    read_targets,
)
from models.read_residue import read_cells
from models.read_rules import read_rules
from models.run import Run, Study
from optimizer.recourse import values_by_name
from optimizer.standard_form import Compiled


def versions() -> str:
    """Versions of the product, the solver and the modelling library."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("stockpile", "highspy", "pyomo"))


def costs_of(model: Any, base: Compiled, x: np.ndarray) -> tuple[Cost, ...]:
    """Cost rows of the base plan at ``x`` (n,), from the pieces of its objective."""
    return read_costs(model.cost_pieces, reader(base, x))


def reader(base: Compiled, x: np.ndarray) -> Callable[[Any], float]:
    """The value of a variable of the base plan at ``x`` (n,), or what it is fixed to."""

    def value_of(variable: Any) -> float:
        key = (variable.parent_component().name, variable.index())
        column = base.column_of.get(key)
        return base.fixed.get(key, 0.0) if column is None else float(x[column])

    return value_of


def base_rows(model: Any, study: Study, base: Compiled, x: np.ndarray) -> tuple[Rows, dict[str, Any]]:
    """The base plan's operating rows, and its other tables by name."""
    values = values_by_name(tuple(base.column_keys), x)
    run: Run = model.run
    rows = Rows()
    read_operation(rows, run, values)
    tables = {
        "signatures": read_signatures(study, values),
        "constructions": read_constructions(study, values),
        "plant_states": read_plant_states(study, values),
        "programme_starts": read_programme_starts(study, values),
        "cells_built": read_cells(study, values),
        "rebates": read_rebates(run, values),
        "financed": read_financed(study, values),
        "discounted": read_discounted(run, values),
        "make_ups": read_make_ups(run, values),
        "planner_rules": read_rules(model, values, reader(base, x)),
        "costs": costs_of(model, base, x),
        "cash": read_cash(model, study, reader(base, x)),
        "joint_costs": joint_costs(study, rows),
    }
    return rows, tables


def assemble(
    study: Study,
    summary: dict[str, Any],
    rows: Rows,
    tables: dict[str, Any],
    readiness: Sequence[Readiness],
    patterns: Sequence[Pattern],
    missing: Iterable[Missing],
    stages: dict[str, float],
    needed: Mapping[tuple[tuple[str, str, str], int], float],
) -> Plan:
    """The plan, from its parts. ``needed`` is what patterns need by (store, start)."""
    settings = study.case.settings
    head = Summary(schema_version=SCHEMA_VERSION, title=settings.title, versions=versions(), **summary)
    return Plan(
        summary=head,
        readiness=tuple(readiness),
        targets=read_targets(study, rows, needed),
        bought=tuple(rows.bought),
        lifted=tuple(rows.lifted),
        arrivals=tuple(rows.arrivals),
        unlifted=tuple(rows.unlifted),
        processed=tuple(rows.processed),
        plant_use=tuple(rows.plant_use),
        tolled=tuple(rows.tolled),
        residue_placed=tuple(rows.residue_placed),
        residue_levels=tuple(rows.residue_levels),
        stocks=tuple(rows.stocks),
        stock_ages=read_ages(study, rows.stocks),
        service=tuple(rows.service),
        replaced=tuple(rows.replaced),
        surplus=tuple(rows.surplus),
        shipped=tuple(rows.shipped),
        route_use=tuple(rows.route_use),
        restored=tuple(rows.restored),
        patterns=tuple(patterns),
        missing=tuple(missing),
        stages=tuple(Stage(stage=name, seconds=seconds) for name, seconds in stages.items()),
        **tables,
    )
