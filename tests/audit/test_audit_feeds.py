"""The audit of feeds: partial separation, rates of materials in plants, tolling."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from feed_cases import SEG, TOLL, separating, works
from small_cases import cutoff, demand, stock

from models.case import Case, PlantRate, Price
from models.plan import Plan
from optimizer.audit import audit
from optimizer.report.write import build_report
from optimizer.solve import SolveOptions, solve

RATES = (
    PlantRate(plant="works", material="ore A", capacity_use=2.0, variable_opex_usd_per_kg=0.5),
    PlantRate(plant="toll", material="SEG", recovery=0.9),
)


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """Beta is wanted; the toll plant is cut for three months, so that beta is stored."""
    case = separating(
        plants=(works(), dataclasses.replace(TOLL, transit_months=2.5)),
        plant_rates=RATES,
        demands=(demand("beta", shortage_usd_per_kg=100.0),),
        stocks=(stock("beta", storage_usd_per_t_yr=100.0, capacity_t=20.0),),
        cutoffs=(cutoff(severity=0.5, return_months=1),),
    )
    return case, solve(case, SolveOptions())


def test_model_and_audit_agree(solved: tuple[Case, Plan]) -> None:
    """The plan of a partial separation with a toll plant behind it passes, and survives."""
    case, plan = solved
    verdict = audit(case, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert plan.summary.status == "certified"
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)


FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("a capacity use ignored", "stated-figures", {"plant_rates": (dataclasses.replace(RATES[0], capacity_use=None), RATES[1])}),
    ("a capacity exceeded", "plant-capacity", {"plant_rates": (dataclasses.replace(RATES[0], capacity_use=40.0), RATES[1])}),
    ("a variable cost ignored", "cost-term", {"plant_rates": (dataclasses.replace(RATES[0], variable_opex_usd_per_kg=None), RATES[1])}),
    ("a material's recovery ignored", "balance", {"plant_rates": RATES[:1]}),
    ("an element that is not in the fraction", "balance", {"fractions": (dataclasses.replace(SEG, elements=("beta",)),)}),
    ("a fraction parted at once", "balance", {"fractions": ()}),
    ("back at once", "balance", {"plants": (works(), TOLL)}),
    ("back later", "toll-return", {"plants": (works(), dataclasses.replace(TOLL, transit_months=3.0))}),
    ("what is under way does not mind the cut", "toll-return", {"cutoffs": (cutoff(severity=0.9),)}),
]


@pytest.mark.parametrize(("rule", "sheets"), [(rule, sheets) for _, rule, sheets in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_planted_fault_is_found(solved: tuple[Case, Plan], rule: str, sheets: dict[str, Any]) -> None:
    """A plan that was made for other rates or fractions fails by the rule that it breaks."""
    case, plan = solved
    assert rule in {finding.rule for finding in audit(dataclasses.replace(case, **sheets), plan).findings}


def test_what_comes_back_is_shown_truly(solved: tuple[Case, Plan]) -> None:
    """A row that shows a tonne too much to have come back is found."""
    case, plan = solved
    rows = (dataclasses.replace(plan.tolled[0], returned_t=plan.tolled[0].returned_t + 1), *plan.tolled[1:])
    assert {finding.rule for finding in audit(case, dataclasses.replace(plan, tolled=rows)).findings} == {"toll-return"}
    assert {row.run for row in plan.tolled} > {"base"}


def test_joint_costs_are_computed_anew(solved: tuple[Case, Plan]) -> None:
    """A figure altered by hand, a row left out, and one of a year that did not run are found; so is another price of an element."""
    case, plan = solved
    first, *rest = plan.joint_costs
    for rows in (
        (dataclasses.replace(first, by_value_usd_per_kg=first.by_value_usd_per_kg * 1.01 + 0.01), *rest),
        (dataclasses.replace(first, joint_usd_m=first.joint_usd_m + 0.01), *rest),
        tuple(rest),
        (*plan.joint_costs, dataclasses.replace(first, year=2040)),
    ):
        assert {finding.rule for finding in audit(case, dataclasses.replace(plan, joint_costs=rows)).findings} == {"joint-cost"}
    priced = dataclasses.replace(case, prices=(*case.prices, Price(index="index", material="gamma", form="powder", usd_per_kg=9.0)))
    assert {finding.rule for finding in audit(priced, plan).findings} == {"joint-cost"}


def test_the_report_shows_joint_costs_and_tolling(solved: tuple[Case, Plan]) -> None:
    """Sheet Joint costs has every output of both plants; sheet Plants tells what is out at the toll plant."""
    book = build_report(*solved)
    joint, plants = ({cell.value for line in book[name].iter_rows() for cell in line} for name in ("Joint costs", "Plants"))
    assert {"works", "toll", "alpha", "SEG", "beta", "gamma", "Cost by value", "Cost by mass"} <= joint
    assert {"sent", "come back", "out at year end"} <= plants
    assert "Joint costs" not in build_report(solved[0], dataclasses.replace(solved[1], joint_costs=())).sheetnames
