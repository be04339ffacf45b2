"""The shipped case: Japan from 2027. What its workbook must always say, and the plan that is made of it."""

from __future__ import annotations

import collections
from pathlib import Path

import pytest

from models.build import base_plan
from models.case import Case, sheets_of_case
from models.columns import Month
from models.plan import Plan
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import SolveOptions, as_asked, solve
from optimizer.standard_form import compile_model
from optimizer.tables import reconciliation
from optimizer.workbook import read_with_warnings

LYNAS_NDPR = "Lynas Kuantan NdPr"
LYNAS_NDPR_T = 7200.0
"""NdPr available to Japan per year: Lynas-JARE agreement of 10 March 2026."""

GOLDEN_COST_USD_M = 19_259.2
"""Cost of the certified plan, million USD, within the gap of 0.5 %. A change here is a change of answers: say why in the changelog.

19,265.6: first certified plan; 11,176 rows and 23,962 columns with cuts, 320 patterns.
19,235.8: ships take half a month to two; what is at sea when a cut falls still arrives, and counts as stock; 321 patterns.
19,259.2: the reserve holds 60 days of each oxide, and of La and Ce metal, from 2029; a programme that saves Dy and Tb (not started), price
tiers of four spot markets, recycled Ce, share ceilings and a budget (none of which binds). The bound rises from 19,213.9 to 19,232.0; by
the year from 18,840.2 to 18,850.8, all but 0.3 of it for the 60 days.
"""

GOLDEN_YEAR_COST_USD_M = 18_867.1
"""The same on the yearly calendar, whose first starts are January 2029 and January 2028. 18,844.1 before the 60 days in the reserve."""


@pytest.fixture(scope="module")
def case(root: Path) -> Case:
    """The workbook, which must be read without a fault or a warning."""
    found, warnings = read_with_warnings(root / "inputs" / "japan_2026.xlsx")
    assert warnings == ()
    return found


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    """The plan on the workbook's own calendar."""
    return solve(case)


@pytest.fixture(scope="module")
def yearly(case: Case) -> Plan:
    """The plan on the yearly calendar."""
    return solve(case, SolveOptions(calendar="year"))


GOLDEN_SIZE = (10_990, 25_100, 65_110, 182)
"""Rows, columns, non-zeros and integer columns of the base plan. A change here is a change of the model or of the workbook.

(9,807, 23,599, 57,620, 169) before the sheets Stores, Programmes, PriceTiers, Ceilings and Budgets and the days in the reserve.
"""


def lynas_by_year(case: Case, found: Plan) -> dict[tuple[str, int], float]:
    """NdPr of Lynas that each run takes, bought and lifted, t REO, per calendar year."""
    origins = {s.source for s in case.sources if "Lynas" in s.supplier and {"Nd", "Pr"} & set(Study(case).chain.shares[s.material])}
    assert LYNAS_NDPR in origins
    taken: dict[tuple[str, int], float] = collections.defaultdict(float)
    for bought in found.bought:
        if bought.source in origins:
            taken[bought.run, bought.period.year] += bought.bought_t
    for lifted in found.lifted:
        if lifted.source in origins:
            taken[lifted.run, lifted.period.year] += lifted.lifted_t
    return taken


def test_fifteen_elements_and_the_whole_chain(case: Case) -> None:
    """All fifteen, light and heavy, and every form from feed to magnet; every row of figures says where they come from."""
    assert len(case.elements) == 15
    assert {e.group for e in case.elements} == {"light", "heavy"}
    assert {"feed", "oxide", "metal", "alloy", "magnet"} <= {f.form for f in case.forms}
    sheets = {sheet.name: getattr(case, sheet.name) for sheet in sheets_of_case() if sheet.name != "settings"}
    assert {"stores", "programmes", "programme_effects", "price_tiers", "currencies", "ceilings", "budgets"} <= {
        n for n in sheets if sheets[n]
    }
    for name, rows in sheets.items():
        assert all(row.reference and row.dated and row.confidence for row in rows), name


def test_what_must_be_survived(case: Case) -> None:
    """The three cut-offs, on and required, from a start to be found no later than January 2029; all others are off."""
    active = {(c.severity, c.months) for c in case.cutoffs if c.active}
    assert active == {(0.9, 12), (1.0, 6), (1.0, 9)}
    assert all(c.must_survive and c.first_start is None and c.latest_first_start == Month(2029, 1) for c in case.cutoffs if c.active)
    assert sum(1 for c in case.cutoffs if not c.active) >= 5


def test_no_plan_can_have_more_than_7200_t_of_lynas_ndpr(case: Case) -> None:
    """One tonne, one origin: all rows that hold Nd or Pr of Lynas together deliver no more than the agreement says, in any year."""
    study = Study(case)
    for start in range(0, study.horizon.months, 12):
        total = sum(
            sum(study.maximum_t[s.source][start : start + 12])
            for s in case.sources
            if "Lynas" in s.supplier and {"Nd", "Pr"} & set(study.chain.shares[s.material])
        )
        assert total <= LYNAS_NDPR_T * (1 + 1e-9)
    assert all(s.spot_share == 0 for s in case.sources if s.source == LYNAS_NDPR)
    assert not any("Kuantan" in p.plant for p in case.plants if p.status != "supplier")


def test_the_size_of_the_base_plan(case: Case) -> None:
    """The golden model: nothing joins it or leaves it unnoticed."""
    program = compile_model(base_plan(Study(case))).program
    assert (program.rows, program.columns, program.nonzeros, int(program.integer.sum())) == GOLDEN_SIZE


def test_the_reserve_holds_sixty_days_from_2029(case: Case) -> None:
    """Each tonne is asked for once: all oxides, and the two metals that are used as they come; state and traders hold them, not makers."""
    study = Study(case)
    asked = {(s.material, s.form): s for s in case.stocks if s.cover_days is not None}
    assert set(asked) == {(e.element, "oxide") for e in case.elements} | {("La", "metal"), ("Ce", "metal")}
    for stock in asked.values():
        assert [study.horizon.cited(stock.cover_days or 0.0, month) for month in (0, 23, 24, 119)] == [0.0, 0.0, 60.0, 60.0]
    owners = {row.store: row.owner for row in case.stores}
    assert all("JOGMEC" in owners[stock.store] for stock in asked.values())
    assert all("JOGMEC" not in owners[s.store] for s in case.stocks if s.form in ("alloy", "magnet", "swarf"))


def test_thrifting_saves_what_it_says(case: Case) -> None:
    """The thrifted grade has 27 % less Dy and 29 % less Tb than the one that it replaces, and the programme costs JPY 33.1 billion."""
    (effect,) = case.programme_effects
    (programme,) = case.programmes
    grades = {(r.grade, r.element): r.kg_per_kg for r in case.recipes}
    for element, saved in (("Dy", 0.27), ("Tb", 0.29)):
        assert 1 - grades[effect.serves_material, element] / grades[effect.material, element] == pytest.approx(saved, abs=0.005)
    assert programme.capex_usd_m == pytest.approx(33_100 / 156, abs=0.5)


def test_demand_reconciles_with_the_published_totals(case: Case) -> None:
    """Every element within 5 %, or the row says why."""
    for row in reconciliation(case):
        assert abs(row.difference_pct) <= 5 or row.reason, row


def check(case: Case, found: Plan, cost: float) -> None:
    """Certified, audited, ready in time, within the Lynas limit, at the golden cost."""
    assert found.summary.status == "certified"
    assert found.summary.gap_pct <= 0.5
    assert found.summary.patterns_passed == found.summary.patterns_tested > 250
    verdict = audit(case, found)
    assert [str(f) for f in verdict.findings] == []
    assert verdict.cost_usd_m == pytest.approx(found.summary.cost_usd_m, rel=1e-9)
    for row in found.readiness:
        assert row.first_start is not None
        assert row.first_start <= Month(2029, 1)
    assert max(lynas_by_year(case, found).values()) <= LYNAS_NDPR_T * (1 + 1e-6)
    assert found.summary.cost_usd_m == pytest.approx(cost, rel=0.005)
    assert found.summary.unprotected_cost_usd_m is not None
    assert found.summary.unprotected_cost_usd_m < found.summary.bound_usd_m


@pytest.mark.slow
def test_the_yearly_plan(case: Case, yearly: Plan) -> None:
    """On the yearly calendar, with every month of every year tested as a start."""
    check(as_asked(case, SolveOptions(calendar="year")), yearly, GOLDEN_YEAR_COST_USD_M)


@pytest.mark.slow
def test_the_plan(case: Case, plan: Plan) -> None:
    """On its own calendar, months then quarters; heavies and yttrium are held, since separation outside China comes late."""
    check(case, plan, GOLDEN_COST_USD_M)
    held = {(t.material, t.form): t.target_t for t in plan.targets if t.year == 2029}
    assert held["Y", "oxide"] > 300
    assert any(t > 0 for (material, _), t in held.items() if material == "Dy")
