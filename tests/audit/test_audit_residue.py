"""The audit of residue, on a plan that the solver made; and the sheet that tells of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from feed_cases import separating
from small_cases import change, cutoff, demand, stock

from models.case import Budget, Case, Residue, ResidueSite
from models.columns import Month
from models.plan import Plan
from optimizer.audit import audit
from optimizer.report.write import build_report
from optimizer.solve import SolveOptions, solve

CAKE = Residue(residue="cake", plant="works", t_per_t=0.5)
HILL = ResidueSite(
    site="hill", status="existing", storage_t=15.0, opening_t=2.0, cell_t=4.0, filled_t=1.0, storage_usd_per_t_yr=100.0,
    disposal_usd_per_t=500.0, fixed_opex_usd_m_per_yr=0.01,
)  # fmt: skip
VALE = ResidueSite(site="vale", status="candidate", cell_t=20.0, max_units=3, build_months=6, spend_pct=(100.0,), capex_usd_m=0.5)


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """Beta is wanted and nobody cuts the works: its residue is what limits it in a cut of the toll trade."""
    case = separating(
        fractions=(),
        demands=(demand("beta", shortage_usd_per_kg=1000.0),),
        stocks=(stock("beta", storage_usd_per_t_yr=10.0),),
        residues=(CAKE,),
        residue_sites=(HILL, VALE),
        budgets=(Budget(budget="ministry", usd_m=5.0, counts="capex"),),
        cutoffs=(cutoff(countries=("home",), severity=0.5),),
    )
    case = change(case, settings=change(case.settings, discount_rate_pct=5.0, escalation_pct_per_yr=3.0))
    return case, solve(case, SolveOptions())


def test_model_and_audit_agree(solved: tuple[Case, Plan]) -> None:
    """The plan passes, builds a cell, and has rows of residue in the base plan and in recourses."""
    case, plan = solved
    verdict = audit(case, plan)
    assert [str(finding) for finding in verdict.findings] == []
    assert plan.summary.status == "certified"
    assert verdict.cost_usd_m == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    assert plan.cells_built
    assert {row.run for row in plan.residue_placed} > {"base"}
    assert all(verdict.checks[rule] for rule in ("residue-placed", "residue-store", "residue-cells"))


def row(table: str, **new: Any) -> Any:
    """The plan with the first row of a table changed; numbers are added."""

    def spoil(case: Case, plan: Plan) -> tuple[Case, Plan]:
        first, *rest = getattr(plan, table)
        changed = dataclasses.replace(first, **{k: getattr(first, k) + v if isinstance(v, float) else v for k, v in new.items()})
        return case, dataclasses.replace(plan, **{table: (changed, *rest)})

    return spoil


def given(**sheets: Any) -> Any:
    """Another case for the same plan."""
    return lambda case, plan: (dataclasses.replace(case, **sheets), plan)


FAULTS: list[tuple[str, str, Any]] = [
    ("a tonne is not placed", "residue-placed", row("residue_placed", placed_t=-1.0)),
    ("more arises", "residue-placed", given(residues=(change(CAKE, t_per_t=0.6),))),
    ("a site that does not take it", "residue-placed", given(residue_sites=(change(HILL, plants=("toll",)), VALE))),
    ("placed nowhere that is known", "names", row("residue_placed", site="dale")),
    ("a store that is no site", "names", row("residue_levels", site="dale")),
    ("a level off by a tonne", "residue-store", row("residue_levels", level_t=1.0)),
    ("another opening", "residue-store", given(residue_sites=(change(HILL, opening_t=1.0), VALE))),
    ("a store that overflows", "residue-store", given(residue_sites=(change(HILL, storage_t=5.0), VALE))),
    ("a cell overfilled", "residue-cells", given(residue_sites=(HILL, change(VALE, cell_t=1.0)))),
    ("cells filled before", "residue-cells", given(residue_sites=(change(HILL, filled_t=2.0), VALE))),
    ("two more cells than fit", "residue-cells", row("cells_built", units=4)),
    ("a cell ready too early", "lead-time", row("cells_built", ready=Month(2027, 2))),
    ("a cell of the existing site", "names", row("cells_built", site="hill")),
    ("a cell decided between two dates", "decision-date", row("cells_built", decided=Month(2027, 2))),
    ("a cell decided before its window", "decision-window", given(residue_sites=(HILL, change(VALE, decide_from=Month(2028, 6))))),
    ("a cell after the plan", "horizon", given(residue_sites=(HILL, change(VALE, build_months=36)))),
    ("a cell that holds more", "stated-figures", row("cells_built", capacity_t=1.0)),
    ("disposal for nothing", "cost-term", given(residue_sites=(change(HILL, disposal_usd_per_t=0.0), VALE))),
    ("a cell beyond the budget", "planner-rules", given(budgets=(Budget(budget="ministry", usd_m=0.1, counts="capex"),))),
    ("a cheaper cell", "cost-term", given(residue_sites=(HILL, change(VALE, capex_usd_m=0.4)))),
    ("a recourse that stores for nothing", "recourse-cost", given(residue_sites=(change(HILL, storage_usd_per_t_yr=0.0), VALE))),
]


@pytest.mark.parametrize(("rule", "fault"), [(rule, fault) for _, rule, fault in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_planted_fault_is_found(solved: tuple[Case, Plan], rule: str, fault: Any) -> None:
    """A plan altered by hand, or one made for another case, fails by the rule that it breaks."""
    assert rule in {finding.rule for finding in audit(*fault(*solved)).findings}


def test_the_report_tells_of_residue(solved: tuple[Case, Plan]) -> None:
    """Sheet Residue: the cell that is built, 20 t that arise a year, and both sites; without residue there is no such sheet."""
    case, plan = solved
    cells = [[cell.value for cell in line] for line in build_report(case, plan)["Residue"].iter_rows()]
    text = [str(value) for line in cells for value in line if value is not None]
    assert {"vale", "hill", "cake", "in interim store", "in cells", "cells hold"} <= set(text)
    without = change(case, residues=(), residue_sites=())
    assert "Residue" not in build_report(without, change(plan, residue_placed=(), residue_levels=(), cells_built=())).sheetnames
