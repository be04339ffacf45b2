"""Routes in the audit: a solved plan passes in the base plan and in every recourse; each rule broken by hand is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from small_cases import case, cutoff, demand, settings, stock

from models.case import Case, Ceiling, Form, Plant, Price, Route
from models.plan import Plan
from optimizer.audit import audit
from optimizer.solve import solve


@pytest.fixture(scope="module")
def solved() -> tuple[Case, Plan]:
    """Bars for the makers are tolled afar, of powder from trade or from the store; 'abroad' cuts three quarters of all."""
    toller = Plant(plant="toller", status="existing", country="afar", input_form="powder", output_form="bar", capacity_t_per_yr=40.0)
    stated = case(
        settings=settings(home_country="home", discount_rate_pct=4.0),
        forms=(Form(form="powder", position=2, holds="elements", disposal_usd_per_t=100.0), Form(form="bar", position=3, holds="elements")),
        prices=(*case().prices, Price(index="index", material="alpha", form="bar", usd_per_kg=50.0)),
        plants=(toller,),
        demands=(demand(form="bar", service_level=0.75),),
        stocks=(stock(opening_t=1.0, storage_usd_per_t_yr=10.0),),
        routes=(
            Route(
                route="sea",
                from_kind="source",
                from_name="trade",
                to_kind="plant",
                to_name="toller",
                usd_per_t=100.0,
                capacity_t_per_yr=20.0,
                minimum_t_per_yr=3.0,
                minimum_waived_in_crisis=True,
                fixed_usd_m_per_yr=0.01,
                shared_capacity="quay",
                shared_capacity_t_per_yr=30.0,
            ),
            Route(
                route="home", from_kind="source", from_name="trade", to_kind="store", to_name="store", usd_per_t=5.0, shared_capacity="quay"
            ),
            Route(route="out", from_kind="store", from_name="store", to_kind="plant", to_name="toller", usd_per_t=3000.0),
            Route(route="back", from_kind="plant", from_name="toller", to_kind="sector", to_name="makers", elements=("alpha",), form="bar"),
        ),
        ceilings=(Ceiling(country="abroad", form="powder", max_share=0.5, excess_usd_per_kg=1.0),),
        cutoffs=(cutoff(severity=0.75, forms=("bar",), return_months=1),),
    )
    return stated, solve(stated)


def test_routes_pass(solved: tuple[Case, Plan]) -> None:
    """Every rule of routes has compared something; in the cut the path of abroad carries a quarter of its normal 2 t a month, and the
    store the rest."""
    stated, plan = solved
    verdict = audit(stated, plan)
    assert verdict.passed, verdict.findings
    assert plan.summary.status == "certified"
    for rule in ("route", "route-balance", "route-path"):
        assert verdict.checks[rule] > 0
    in_cut = {r.route: r.shipped_t for r in plan.shipped if r.run == "cut@2028-01" and str(r.period) == "2028-01"}
    assert in_cut["sea"] <= 0.5 + 1e-9
    assert in_cut["out"] >= 0.25 - 1e-9
    assert {c.term for c in plan.costs} >= {"transport", "purchases"}


def rows(plan: Plan, table: str, match: dict[str, Any], **new: Any) -> Plan:
    """The plan with the first matching row of a table changed."""
    found = list(getattr(plan, table))
    place = next(n for n, row in enumerate(found) if all(getattr(row, name) == value for name, value in match.items()))
    found[place] = dataclasses.replace(found[place], **new)
    return dataclasses.replace(plan, **{table: tuple(found)})


def more(plan: Plan, route: str, run: str) -> Plan:
    """One ton more on a route."""
    row = next(r for r in plan.shipped if (r.route, r.run) == (route, run))
    return rows(plan, "shipped", {"route": route, "run": run}, shipped_t=row.shipped_t + 1)


def change(route: int, **new: Any) -> Callable[[Case], Case]:
    """The case with a route changed."""
    return lambda stated: dataclasses.replace(
        stated, routes=tuple(dataclasses.replace(r, **new) if n == route else r for n, r in enumerate(stated.routes))
    )


CUT = "cut@2028-01"
PLANS: list[tuple[str, str, Callable[[Plan], Plan]]] = [
    ("more arrives than is taken", "route-balance", lambda p: more(p, "sea", "base")),
    ("more leaves than is made", "route-balance", lambda p: more(p, "back", CUT)),
    ("more on a path that is cut", "route-path", lambda p: more(p, "sea", CUT)),
    ("unknown route", "names", lambda p: rows(p, "shipped", {"route": "sea"}, route="see")),
    ("use not shown", "names", lambda p: dataclasses.replace(p, route_use=())),
    ("use of an unknown route", "names", lambda p: rows(p, "route_use", {"route": "sea"}, route="see")),
    ("capacity shown", "stated-figures", lambda p: rows(p, "route_use", {"route": "sea"}, capacity_t=99.0)),
    ("shipped shown", "stated-figures", lambda p: rows(p, "route_use", {"route": "sea"}, shipped_t=99.0)),
    ("same shipment twice", "duplicates", lambda p: dataclasses.replace(p, shipped=(*p.shipped, p.shipped[0]))),
    (
        "cheaper transport",
        "cost-term",
        lambda p: dataclasses.replace(p, costs=tuple(dataclasses.replace(c, usd_m=0.0) if c.term == "transport" else c for c in p.costs)),
    ),
]
CASES: list[tuple[str, str, Callable[[Case], Case]]] = [
    ("less capacity", "route", change(0, capacity_t_per_yr=5.0)),
    ("larger minimum", "route", change(0, minimum_t_per_yr=19.0)),
    ("minimum not waived", "route", change(0, minimum_waived_in_crisis=False)),
    ("less room on the quay", "route", change(0, shared_capacity_t_per_yr=5.0)),
    ("another form", "route", change(3, form="powder")),
    ("another element", "route", change(3, elements=("beta",))),
    ("route to another place", "route-balance", change(2, to_kind="", to_name="")),
    ("dearer transport", "cost-term", change(0, usd_per_t=101.0)),
    ("dearer route", "cost-term", change(0, fixed_usd_m_per_yr=0.02)),
]


@pytest.mark.parametrize(("rule", "spoil"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_faults_of_the_plan_are_found(solved: tuple[Case, Plan], rule: str, spoil: Callable[[Plan], Plan]) -> None:
    """A plan altered by hand breaks the rule."""
    stated, plan = solved
    assert rule in {finding.rule for finding in audit(stated, spoil(plan)).findings}


@pytest.mark.parametrize(("rule", "spoil"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_stricter_routes_are_not_passed(solved: tuple[Case, Plan], rule: str, spoil: Callable[[Case], Case]) -> None:
    """The same plan breaks a stricter case."""
    stated, plan = solved
    assert rule in {finding.rule for finding in audit(spoil(stated), plan).findings}
