"""R1 keep_what_is_fixed: states of plants, disposal cells, optional financings, sales and disposal."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, case, equations
from test_financing import financed
from test_residue import leaving, site
from test_stops import MOTHBALL, needed

from models.build import base_plan
from models.case import Case, Fix, Sale
from models.check import check
from models.columns import Month
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import solve

CELL: dict[str, Any] = {"status": "candidate", "cell_t": 20.0, "capex_usd_m": 0.1}


def fixed(changed: Case, **row: Any) -> Case:
    return dataclasses.replace(changed, fixes=(Fix(**row),))


def rules(changed: Case) -> list[str]:
    return equations(base_plan(Study(changed)), "keep_what_is_fixed")


def stopping() -> Case:
    """Bars in the first and the third year; the plant may be mothballed in between."""
    return needed(1.0, 0.0, 1.0, plant=MOTHBALL)


def optional() -> Case:
    return financed({"optional": True, "source": "trade", "extra_max_t_per_yr": 2.0})


def test_printed() -> None:
    """A state at the decision date up to the month, and at every date; cells and financings at any date; flows of a year."""
    running = {"decision": "running", "name": "smelter", "action": "fix"}
    assert rules(fixed(stopping(), **running, month=Month(2028, 5), value=1.0)) == ["runs[smelter, 12] = 1"]
    assert rules(fixed(stopping(), **running, value=1.0)) == [f"runs[smelter, {d}] = 1" for d in (0, 12, 24)]
    cells = Fix(decision="cell", name="hill", action="force")
    assert rules(dataclasses.replace(leaving(site(**CELL)), fixes=(cells,))) == ["cells[hill, 0] + cells[hill, 12] >= 1"]
    assert rules(fixed(optional(), decision="financing", name="stake", action="forbid"))[0].startswith("financed[stake, 0]")
    sold = case(sales=(Sale(material="beta", form="powder", usd_per_kg=5.0, max_t_per_yr=4.0),))
    assert rules(fixed(sold, decision="sale", name="beta", action="at most", year=2028, value=1.0)) == ["sold_t[beta, powder, 12] <= 1"]
    gone = fixed(case(), decision="disposal", name="beta", form="powder", action="at least", value=3.0)
    assert rules(gone) == ["disposed_t[beta, powder, 0] + disposed_t[beta, powder, 12] >= 3"]


@pytest.mark.parametrize(
    ("plain", "row", "without", "with_it"),
    [
        (stopping(), {"decision": "running", "name": "smelter", "action": "fix", "value": 1.0}, 1.2, 1.5),
        (optional(), {"decision": "financing", "name": "stake", "action": "force"}, 0.18, 0.18),
        (financed({"optional": True, "usd_m": 0.05}), {"decision": "financing", "name": "stake", "action": "force"}, 0.18, 0.23),
        (case(), {"decision": "disposal", "name": "beta", "action": "at least", "value": 3.0}, 0.24, 0.30),
    ],
    ids=["running", "worth nothing", "financing", "disposal"],
)
def test_with_and_without(plain: Case, row: dict[str, Any], without: float, with_it: float) -> None:
    """The plant runs through: 1.5 instead of 1.2 with a year in mothballs. A financing that is worth what it costs: 0.18 either way;
    one of 0.05 that buys nothing: 0.23. 3 t of beta at 20 USD/kg, bought to be disposed of: 0.30 instead of 0.24."""
    assert base(plain).cost == pytest.approx(without)
    assert base(fixed(plain, **row)).cost == pytest.approx(with_it)


def test_cells_with_and_without() -> None:
    """A cell that is forbidden is not there: 15 t of beta served in two years, with the cell 24 t."""
    there = leaving(site(**CELL))
    assert base(there).total("served_t") == pytest.approx(24)
    assert base(fixed(there, decision="cell", name="hill", action="forbid")).total("served_t") == pytest.approx(15)


@pytest.mark.parametrize(
    ("plain", "row"),
    [
        (stopping(), {"decision": "running", "name": "smelter", "action": "fix", "value": 1.0}),
        (leaving(site(**CELL)), {"decision": "cell", "name": "hill", "action": "forbid"}),
        (financed({"optional": True, "usd_m": 0.05}), {"decision": "financing", "name": "stake", "action": "force"}),
        (case(), {"decision": "disposal", "name": "beta", "action": "at least", "value": 3.0}),
    ],
    ids=["running", "cell", "financing", "disposal"],
)
def test_audited(plain: Case, row: dict[str, Any]) -> None:
    """A plan that keeps the row passes; the plan made without it is caught."""
    asked = fixed(plain, **row)
    assert not [f for f in check(asked) if f.severity == "error"]
    kept = solve(asked)
    assert audit(asked, kept).findings == ()
    broken = dataclasses.replace(solve(plain), planner_rules=kept.planner_rules)
    assert "planner-rules" in {finding.rule for finding in audit(asked, broken).findings}


def test_what_cannot_be_fixed_is_told() -> None:
    """A plant that may not stop, an existing site, a financing that is not optional, a form that is not sold, a material that nobody
    moves: each at its cell."""
    plain = needed(1.0, 0.0, 1.0, plant={})
    sold = case(sales=(Sale(material="beta", form="powder", usd_per_kg=5.0, max_t_per_yr=4.0),))
    for changed, row, field in (
        (plain, {"decision": "running", "name": "smelter", "action": "fix", "value": 1.0}, "name"),
        (leaving(site()), {"decision": "cell", "name": "hill", "action": "force"}, "name"),
        (financed({}), {"decision": "financing", "name": "stake", "action": "force"}, "name"),
        (sold, {"decision": "sale", "name": "alpha", "action": "at most", "value": 1.0}, "name"),
        (sold, {"decision": "disposal", "name": "beta", "material": "beta", "action": "at most", "value": 1.0}, "material"),
    ):
        found = [(f.table, f.row, f.field) for f in check(fixed(changed, **row)) if f.severity == "error"]
        assert ("Fixes", 0, field) in found, row
