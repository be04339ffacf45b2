"""Small cases that the tests of the model share, and the ways to solve them.

`case` is two by two: two elements in one form, two periods of a year; each test replaces what it is about.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.build import base_plan, recourse
from models.case import Case, CutOff, Demand, Element, Form, Price, Settings, Source, Stock
from models.columns import Month
from models.formulation import algebra
from models.run import Study
from models.survival import Pattern, starts
from optimizer.highs import Result, SolverOptions, Status, solve
from optimizer.recourse import Recourse
from optimizer.standard_form import Compiled, compile_model, stack

EXACT = SolverOptions(relative_gap=1e-9)


def settings(**changes: Any) -> Settings:
    """Two years from January 2027 in periods of a year, undiscounted, unless changed."""
    plain: dict[str, Any] = {"title": "two by two", "start": Month(2027, 1), "horizon_months": 24}
    return Settings(**{**plain, "coarse_period_months": 12, "decision_every_months": 12, **changes})


def source(name: str = "trade", material: str = "alpha", **changes: Any) -> Source:
    """A term source of powder, 24 t a year from abroad, at the index."""
    plain: dict[str, Any] = {"countries": ("abroad",), "form": "powder", "max_t_per_yr": 24.0, "price_index": "index"}
    return Source(**{"source": name, "material": material, **plain, **changes})


def demand(material: str = "alpha", **changes: Any) -> Demand:
    """12 t a year of powder, which may be left unserved at 1000 USD/kg."""
    plain: dict[str, Any] = {"sector": "makers", "form": "powder", "t_per_yr": 12.0, "shortage_usd_per_kg": 1000.0, "rationing": "priced"}
    return Demand(**{"material": material, **plain, **changes})


def stock(material: str = "alpha", **changes: Any) -> Stock:
    """An empty store of powder without limit or cost."""
    return Stock(**{"store": "store", "material": material, "form": "powder", **changes})


def cutoff(**changes: Any) -> CutOff:
    """Abroad cuts everything for three months, from any period boundary on."""
    return CutOff(**{"cutoff": "cut", "countries": ("abroad",), "severity": 1.0, "months": 3, "first_start": Month(2028, 1), **changes})


def case(**sheets: Any) -> Case:
    """alpha (10 USD/kg, 12 t a year needed, 24 t a year for sale) and beta (20 USD/kg, for sale, not needed), as powder."""
    plain: dict[str, Any] = {
        "settings": settings(),
        "elements": (Element(element="alpha", oxide_per_metal=1.25), Element(element="beta", oxide_per_metal=1.2)),
        "forms": (Form(form="powder", position=2, holds="elements"),),
        "demands": (demand(),),
        "prices": (
            Price(index="index", material="alpha", form="powder", usd_per_kg=10.0),
            Price(index="index", material="beta", form="powder", usd_per_kg=20.0),
        ),
        "sources": (source(), source("trade beta", "beta")),
    }
    return Case(**{**plain, **sheets})


def change(record: Any, **changes: Any) -> Any:
    """A record with some fields changed."""
    return dataclasses.replace(record, **changes)


# Models


def _component(model: Any, name: str) -> Any:
    found = model.operation.component(name)
    return model.component(name) if found is None else found


def equations(model: Any, name: str) -> list[str]:
    """All instances of a rule, as the formulation page prints them."""
    component = _component(model, name)
    return [algebra(component[index]) for index in component]


def bounds(model: Any, name: str) -> dict[Any, tuple[float | None, float | None]]:
    """Bounds of a variable by index."""
    component = _component(model, name)
    return {index: component[index].bounds for index in component}


@dataclasses.dataclass(frozen=True)
class Answer:
    """An optimum: its cost in million USD, and values by name and index."""

    cost: float
    compiled: Compiled
    x: np.ndarray

    def value(self, name: str, *index: Any) -> float:
        """Value of a variable of the run."""
        key = index[0] if len(index) == 1 else index or None
        for whole in (f"operation.{name}", name):
            if (whole, key) in self.compiled.column_of:
                return float(self.x[self.compiled.column(whole, key)])
            if (whole, key) in self.compiled.fixed:
                return self.compiled.fixed[whole, key]
        raise KeyError((name, index))

    def of(self, variable: Any) -> float:
        """Value of a variable of the model."""
        key = (variable.parent_component().name, variable.index())
        return self.compiled.fixed[key] if key in self.compiled.fixed else float(self.x[self.compiled.column_of[key]])

    def total(self, name: str) -> float:
        """Sum of a variable over all its indices."""
        columns = self.compiled.columns_of(f"operation.{name}") or self.compiled.columns_of(name)
        return float(sum(self.x[column] for column in columns.values()))


def optimum(model: Any) -> Answer:
    """The optimum of a Pyomo model of ours. Fails the test where there is none."""
    compiled = compile_model(model)
    result = solve(compiled.program, EXACT)
    assert result.status is Status.OPTIMAL, result.status
    assert result.x is not None
    return Answer(result.objective, compiled, result.x)


def base(changed: Case) -> Answer:
    """The optimal base plan of a case, with nothing to survive."""
    return optimum(base_plan(Study(changed)))


def impossible(model: Any) -> bool:
    """Whether a model has no solution."""
    return solve(compile_model(model).program, EXACT).status is Status.INFEASIBLE


def crisis(changed: Case, start: int, opening: dict[Any, float] | None = None, **handed: dict[Any, float]) -> Any:
    """The recourse model of a case's first cut-off, its opening stocks (else the opening of the plan), commitments and cargo given."""
    study = Study(changed)
    model = recourse(study, Pattern(changed.cutoffs[0], start))
    for key, record in study.stocks.items():
        model.operation.opening_t[key].fix((opening or {}).get(key, study.opening_t(record)))
    for name, key in model.handed:
        if not name.startswith("operation."):
            usual = 1.0 if name == "runs" else 0.0
            model.component(name)[key].fix(handed.get(name, {}).get(key, usual))
    for key, way in model.operation.cargo.items():
        model.operation.at_sea_t[key].fix(handed.get("at_sea_t", {}).get(key, way.constant))
    model.operation.margin["all"].fix(0.0)
    return model


def missing_t(model: Any) -> float:
    """Least protected demand that a recourse lacks, t REO."""
    model.cost_usd_m.deactivate()
    model.lacks = pyo.Objective(expr=pyo.quicksum(model.operation.missing_t.values()))
    return optimum(model).cost


def survives(model: Any) -> bool:
    """Whether a recourse misses nothing."""
    return missing_t(model) <= 1e-7


# The whole problem


def patterns_of(study: Study) -> list[Pattern]:
    """Every active cut-off with every start that must be survived."""
    found = []
    for cut in study.case.cutoffs:
        if cut.active and cut.must_survive:
            found += [Pattern(cut, start) for start in starts(study.horizon, cut, study.horizon.month_of(cut.first_start, 0))]
    return found


def extensive(changed: Case, *, relaxed: bool = False) -> Result:
    """The base plan with the whole recourse of every pattern, solved as one program."""
    study = Study(changed)
    compiled = compile_model(base_plan(study))
    blocks = [Recourse.of(study, pattern, compiled).block() for pattern in patterns_of(study)]
    program = stack(compiled.program, blocks)
    return solve(program.relaxed() if relaxed else program, EXACT)


def least_cost(changed: Case) -> float:
    """Cost of the cheapest plan that survives, million USD; infinite where there is none."""
    result = extensive(changed)
    if result.status is Status.INFEASIBLE:
        return float("inf")
    assert result.status is Status.OPTIMAL, result.status
    return result.objective
