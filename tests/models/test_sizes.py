"""W5 size_of_segments, W6 filled_where_begun and W7 begun_where_full: candidates of any size on a cost curve.

Undiscounted, with a life of two years, a smelter decided on the first day costs its capital within the plan.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, change, crisis, cutoff, demand, equations, extensive, missing_t, source, stock
from smelters import candidate, smelting

from models.build import base_plan
from models.case import Budget, CapexPoint, Case, Fix
from models.check import check
from models.columns import Month
from models.plan import Plan
from models.read_plan import capital_of
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import solve

CURVE = ((6.0, 0.6), (12.0, 0.7), (18.0, 1.3), (24.0, 1.4))
"""Cheaper with size, then dearer, then cheaper again."""


def sized(
    needed: float = 12.0, points: tuple[tuple[float, float], ...] = CURVE, plant: dict[str, Any] | None = None, **sheets: Any
) -> Case:
    """Powder for nothing, bars to be made of it by a smelter of any size on the curve."""
    rows = tuple(CapexPoint(plant="smelter", capacity_t_per_yr=t, capex_usd_m=cost) for t, cost in points)
    plants = (candidate(**{"life_years": 2, **(plant or {})}),)
    free = source(max_t_per_yr=99.0, price_factor=0.0)
    wanted = demand(form="bar", t_per_yr=needed)
    return smelting(*plants, **{"capex_curve": rows, "sources": (free,), "demands": (wanted,), **sheets})


def test_segments_printed() -> None:
    """Two segments of 6 and 12 t a year after a smallest size of 6, for each of two dates."""
    model = base_plan(Study(sized(points=((6.0, 0.6), (12.0, 0.7), (24.0, 1.4)))))
    assert equations(model, "size_of_segments") == [
        f"sized_t_per_yr[smelter, {d}] = 6 filled[smelter, {d}, 0] + 12 filled[smelter, {d}, 1] + 6 built[smelter, {d}]" for d in (0, 12)
    ]
    assert equations(model, "filled_where_begun")[:2] == [
        "filled[smelter, 0, 0] <= built[smelter, 0]",
        "filled[smelter, 0, 1] <= begun[smelter, 0, 1]",
    ]
    assert equations(model, "begun_where_full")[:1] == ["begun[smelter, 0, 1] <= filled[smelter, 0, 0]"]


def test_capacity_is_the_size() -> None:
    """A year's capacity is the size, half of it in the year in which it starts in July, and the buyer's share of it."""
    model = base_plan(Study(sized(plant={"build_months": 6, "share_for_buyer": 0.5, "materials": ("alpha",)})))
    assert equations(model, "handle_no_more_than_capacity") == [
        "processed_t[smelter, alpha, 0] <= 0.25 sized_t_per_yr[smelter, 0]",
        "processed_t[smelter, alpha, 12] <= 0.5 sized_t_per_yr[smelter, 0] + 0.25 sized_t_per_yr[smelter, 12]",
    ]


def test_without_a_curve_there_are_no_sizes() -> None:
    """No column and no rule where no candidate has a curve."""
    model = base_plan(Study(smelting(candidate())))
    assert model.component("sized_t_per_yr") is None
    assert model.component("size_of_segments") is None


@pytest.mark.parametrize("needed", [3.0, 6.0, 8.0, 12.0, 15.0, 18.0, 23.0, 24.0])
def test_the_cost_follows_the_curve(needed: float) -> None:
    """The size is what is needed, no less than the smallest, and costs what the curve says, over dear and cheap segments alike."""
    answer = base(sized(needed))
    size = max(needed, 6.0)
    assert answer.cost == pytest.approx(capital_of(CURVE, size))
    assert answer.total("sized_t_per_yr") == pytest.approx(size)


def test_a_size_between_units() -> None:
    """9 t a year cost 0.65 on the curve; in units of 6 t at 0.6 they take two, 1.2."""
    units = sized(9.0, points=(), plant={"capacity_t_per_yr": 6.0, "capex_usd_m": 0.6, "max_units": 4})
    assert base(sized(9.0)).cost == pytest.approx(0.65)
    assert base(units).cost == pytest.approx(1.2)


def test_fixed_cost_grows_with_the_size() -> None:
    """0.12 million a year belong to the row's 12 t: a size of 9 t costs 0.09 in each of two years; in two units of 6 t, each with the
    row's own cost of 0.12, it would be 0.48."""
    assert base(sized(9.0, plant={"fixed_opex_usd_m_per_yr": 0.12})).cost == pytest.approx(0.65 + 0.18)
    units = {"capacity_t_per_yr": 6.0, "max_units": 4, "fixed_opex_usd_m_per_yr": 0.12}
    assert base(sized(9.0, points=(), plant=units)).cost == pytest.approx(0.48)


def test_more_than_the_largest_size_is_not_built() -> None:
    """30 t a year are needed and 24 t are served: 12 t are missing over the two years, at 1000 USD/kg; on a curve that goes on to 30 t
    none is."""
    assert base(sized(30.0)).total("unmet_t") == pytest.approx(12)
    assert base(sized(30.0, points=(*CURVE, (30.0, 1.5)))).total("unmet_t") == pytest.approx(0, abs=1e-9)


def test_the_relaxation_is_the_hull() -> None:
    """With integers relaxed a size costs its place on the hull of the origin and the curve: 12 t at 0.7, so 6 t at 0.35 instead of 0.6."""
    assert extensive(sized(6.0), relaxed=True).objective == pytest.approx(0.35)
    assert extensive(sized(6.0)).objective == pytest.approx(0.6)


def test_a_budget_limits_the_size() -> None:
    """0.65 million a year for capital is enough for 9 of the 12 t a year that are needed, served from the first day: 18 of 24 t, where
    without a budget all are; what the curve costs counts, and the audit adds it up alike."""
    for budgets, served in (((Budget(budget="capital", usd_m=0.65, counts="capex", year=2027),), 18.0), ((), 24.0)):
        changed = sized(12.0, budgets=budgets, plant={"decide_to": Month(2027, 1)})
        assert base(changed).total("served_t") == pytest.approx(served)
        assert audit(changed, solve(changed)).findings == ()


# In a crisis


@pytest.mark.parametrize(("size", "lacking"), [(6.0, 1.5), (12.0, 0.0), (0.0, 3.0)])
def test_a_recourse_knows_the_size(size: float, lacking: float) -> None:
    """Bars for 1 t a month are needed for three months: a smelter of 6 t a year leaves 1.5 t missing, of 12 t none, none at all 3 t."""
    changed = sized(stocks=(stock(opening_t=20.0),), cutoffs=(cutoff(),))
    assert missing_t(crisis(changed, 12, sized_t_per_yr={("smelter", 0): size})) == pytest.approx(lacking)


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """A plan that must survive a cut of abroad in its second year, with a smelter that starts in the middle of the first."""
    changed = sized(9.0, stocks=(stock(),), cutoffs=(cutoff(),), plant={"fixed_opex_usd_m_per_yr": 0.12, "build_months": 6})
    return changed, solve(changed)


def test_a_solved_plan_passes_the_audit(solved: tuple[Case, Plan]) -> None:
    """The engine finds what the extensive form finds; size, capacity and capital are in the plan; and the audit agrees."""
    changed, plan = solved
    assert plan.summary.cost_usd_m == pytest.approx(extensive(changed).objective)
    (built,) = plan.constructions
    assert (built.size_t_per_yr, built.capacity_t_per_yr, built.capex_usd_m) == pytest.approx((18.0, 18.0, 1.3))
    assert audit(changed, plan).findings == ()


@pytest.mark.parametrize(
    ("rule", "false"),
    [
        ("plant-size", {"size_t_per_yr": 25.0}),
        ("plant-size", {"size_t_per_yr": 5.0}),
        ("plant-size", {"size_t_per_yr": None}),
        ("plant-capacity", {"size_t_per_yr": 17.0}),
        ("cost-term", {"size_t_per_yr": 19.0}),
        ("stated-figures", {"capex_usd_m": 0.6}),
        ("stated-figures", {"capacity_t_per_yr": 12.0}),
        ("units", {"size_t_per_yr": float("nan")}),
    ],
)
def test_false_sizes_are_found_out(solved: tuple[Case, Plan], rule: str, false: dict[str, Any]) -> None:
    """A size off the curve, too small for what is made, or that does not cost what the plan says."""
    case, plan = solved
    changed = dataclasses.replace(plan, constructions=(change(plan.constructions[0], **false),))
    assert rule in {finding.rule for finding in audit(case, changed).findings}


def asked(action: str, value: float | None = None, month: Month | None = None, **changes: Any) -> Case:
    """The case with a rule of the planner's on the smelter's size."""
    return sized(fixes=(Fix(decision="size", name="smelter", action=action, value=value, month=month),), **changes)


def test_a_fixed_size_printed() -> None:
    """R1 on the size of a candidate with a curve, at any date or at one; of a candidate without a curve on its units of 12 t a year."""
    found = equations(base_plan(Study(asked("at least", 15.0))), "keep_what_is_fixed")
    assert found == ["sized_t_per_yr[smelter, 0] + sized_t_per_yr[smelter, 12] >= 15"]
    assert equations(base_plan(Study(asked("fix", 7.0, Month(2028, 1)))), "keep_what_is_fixed") == ["sized_t_per_yr[smelter, 12] = 7"]
    units = asked("at most", 30.0, points=(), plant={"max_units": 3, "capex_usd_m": 0.5})
    assert equations(base_plan(Study(units)), "keep_what_is_fixed") == ["12 built[smelter, 0] + 12 built[smelter, 12] <= 30"]


def test_a_fixed_size_with_and_without() -> None:
    """12 t a year are needed: 0.7 million USD for a size of 12; of 15 at least, 1.0; of 9 exactly 0.65 and 6 t unserved at 1000 USD/kg."""
    assert base(sized()).cost == pytest.approx(0.7)
    assert base(asked("at least", 15.0)).cost == pytest.approx(1.0)
    assert base(asked("fix", 9.0)).cost == pytest.approx(6.65)


def test_a_fixed_size_is_audited() -> None:
    """The plan tells of the rule and passes; for another size it does not."""
    stated = asked("at least", 15.0)
    plan = solve(stated)
    assert audit(stated, plan).findings == ()
    assert [(r.rule, r.sense, r.limit, round(r.reached, 6), r.unit) for r in plan.planner_rules] == [
        ("capacity of smelter decided", "at least", 15.0, 15.0, "t/yr")
    ]
    assert "planner-rules" in {finding.rule for finding in audit(asked("at least", 16.0), plan).findings}
    none = dataclasses.replace(plan, planner_rules=(dataclasses.replace(plan.planner_rules[0], reached=16.0),))
    assert "stated-figures" in {finding.rule for finding in audit(stated, none).findings}


@pytest.mark.parametrize(
    ("rule", "field", "words"),
    [
        (("force", None), "value", "Say how many tonnes there must be at least."),
        (("at least", 30.0), "value", "Tonnes a year that can be built: 24; 30 are asked for."),
        (("fix", 3.0), "value", "The smallest size of 'smelter' on the sheet CapexCurve is 6."),
        (("fix", 9.0, Month(2028, 6)), "month", "It"),
    ],
)
def test_a_size_that_cannot_be_is_told(rule: tuple[Any, ...], field: str, words: str) -> None:
    """No number, more than the curve, less than its smallest size, a month without a decision: each at its cell."""
    found = [f for f in check(asked(*rule)) if f.table == "Fixes"]
    assert [(f.row, f.field, f.severity) for f in found] == [(0, field, "error")]
    assert words in found[0].mend
    assert [f for f in check(asked("fix", 9.0)) if f.table == "Fixes"] == []
