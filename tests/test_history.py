"""Japan as planned at the end of 2010: the workbook is sound, and docs/history.md says what its plan says."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from models.case import Case
from models.columns import Month
from models.plan import Plan
from optimizer.audit import audit
from optimizer.solve import SolveOptions, as_asked, solve
from optimizer.workbook import read_with_warnings

HEAVY = {"Sm", "Eu", "Gd", "Tb", "Dy", "Y"}


@pytest.fixture(scope="module")
def case(root: Path) -> Case:
    """The workbook, which must be read without a fault or a warning."""
    found, warnings = read_with_warnings(root / "inputs" / "japan_2010.xlsx")
    assert warnings == ()
    return found


@pytest.fixture(scope="module")
def page(root: Path) -> dict[str, str]:
    """First two cells of all rows of the page's tables."""
    lines = (root / "docs" / "history.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    return {row[0]: row[1] for row in cells}


def test_every_row_says_where_it_comes_from(case: Case) -> None:
    """Reference, date and grade in every row of figures."""
    for rows in (case.demands, case.sources, case.contracts, case.contract_lines, case.plants, case.prices, case.stocks, case.cutoffs):
        assert all(row.reference and row.dated and row.confidence for row in rows)


def test_no_deal_is_signed_before_it_was_on_the_table(case: Case) -> None:
    """All six deals are on offer, none in force, and none delivers before it was announced to."""
    assert {c.status for c in case.contracts} == {"on offer"}
    assert {c.contract: str(c.first_delivery) for c in case.contracts} == {
        "Sojitz-JOGMEC / Lynas": "2011-12",
        "Sumitomo / Molycorp": "2011-04",
        "Mitsubishi / Molycorp": "2011-01",
        "Toyota Tsusho / IREL": "2012-06",
        "Dong Pao": "2013-01",
        "SARECO": "2012-11",
    }


def china_pct(case: Case, plan: Plan, elements: set[str], year: int) -> float:
    """Share of what the base plan takes of some elements in a year that comes from China, alloys and magnets counted whole."""
    origin = {s.source: s for s in case.sources}
    parts: dict[str, dict[str, float]] = collections.defaultdict(dict)
    weight = {e.element: e.oxide_per_metal for e in case.elements}
    for c in case.compositions:
        parts[c.mixture][c.element] = c.share
    for r in case.recipes:
        parts[r.grade][r.element] = r.kg_per_kg * weight[r.element]
    taken: dict[bool, float] = collections.defaultdict(float)
    rows = [(b.source, b.bought_t) for b in plan.bought if b.run == "base" and b.period.year == year]
    rows += [(x.source, x.lifted_t) for x in plan.lifted if x.run == "base" and x.period.year == year]
    for source, tonnes in rows:
        held = parts.get(origin[source].material, {origin[source].material: 1.0})
        taken["China" in origin[source].countries] += tonnes * sum(v for e, v in held.items() if e in elements) / sum(held.values())
    return 100 * taken[True] / sum(taken.values())


def twelve_months(case: Case) -> Case:
    """All elements cut for twelve months is survived too."""
    rows = tuple(dataclasses.replace(c, active=True, must_survive=True) if c.cutoff == "Twelve months" else c for c in case.cutoffs)
    return dataclasses.replace(case, cutoffs=rows)


def lynas_two_years_late(case: Case) -> Case:
    """Lynas comes when it came in fact."""
    day = Month(2013, 12)
    contracts = tuple(dataclasses.replace(c, first_delivery=day) if "Lynas" in c.contract else c for c in case.contracts)
    plants = tuple(dataclasses.replace(p, online=day) if "Lynas" in p.plant else p for p in case.plants)
    return dataclasses.replace(case, contracts=contracts, plants=plants)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "gap_pct", "cost_usd_m"), [(twelve_months, 0.1, 9_338.4), (lynas_two_years_late, 0.5, 9_323.0)], ids=["twelve", "late"]
)
def test_what_ifs_on_which_the_solver_fails_at_first(case: Case, change: Callable[[Case], Case], gap_pct: float, cost_usd_m: float) -> None:
    """HiGHS 1.15.1 does not confirm, as first asked, that the integers of a round leave no plan (twelve months), and ends in an error
    on a cheapest recourse (Lynas late). Asked in other ways it answers: certified, audited, at the cost of the page."""
    changed = change(case)
    plan = solve(changed, SolveOptions(relative_gap_pct=gap_pct))
    assert plan.summary.status == "certified"
    assert plan.summary.patterns_passed == plan.summary.patterns_tested
    assert all(p.recourse_usd_m is not None for p in plan.patterns if p.must_survive)
    assert plan.summary.cost_usd_m == pytest.approx(cost_usd_m, rel=gap_pct / 100)
    assert audit(as_asked(changed, SolveOptions(relative_gap_pct=gap_pct)), plan).passed


@pytest.mark.slow
def test_the_page_says_what_the_plan_says(case: Case, page: dict[str, str]) -> None:
    """Solved anew: what is signed and built and from when on each cut is survived, word by word; figures within the gap's reach."""
    plan = solve(case)
    summary = plan.summary
    assert summary.status == "certified"
    assert audit(case, plan).passed
    assert page["Signed"] == "; ".join(f"{s.contract} in {s.signed}" for s in plan.signatures)
    assert page["Built"] == "; ".join(f"{c.plant}, decided {c.decided}" for c in plan.constructions)
    for row in plan.readiness:
        assert page[f"Survived from: {row.cutoff}"] == str(row.first_start)
    assert page["Patterns passed"] == f"{summary.patterns_passed} of {summary.patterns_tested}"
    every = {e.element for e in case.elements}
    assert summary.unprotected_cost_usd_m is not None
    failing = [p.missing_t for p in plan.patterns if p.cutoff == "Six months, no Lynas"]
    assert page["Starts that fail if Lynas does not deliver"] == f"{sum(t > 1e-6 for t in failing)} of {len(failing)}"
    figures = {
        "Cost, million USD": (summary.cost_usd_m, 0.002),
        "Bound, million USD": (summary.bound_usd_m, 0.002),
        "Cost of the cheapest plan that need survive nothing, million USD": (summary.unprotected_cost_usd_m, 0.002),
        "China's share of all, 2011, %": (china_pct(case, plan, every, 2011), 0.02),
        "China's share of all, 2016, %": (china_pct(case, plan, every, 2016), 0.02),
        "China's share of heavies, 2016, %": (china_pct(case, plan, HEAVY, 2016), 0.02),
        "Lynas lifted in 2016, t REO": (
            sum(x.lifted_t for x in plan.lifted if x.run == "base" and "Lynas" in x.contract and x.period.year == 2016),
            0.02,
        ),
        "Most missing if Lynas does not deliver, t REO": (max(failing), 0.25),
    }
    for name, (value, within) in figures.items():
        assert float(page[name].replace(",", "")) == pytest.approx(value, rel=within), name
