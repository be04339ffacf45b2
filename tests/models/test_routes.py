"""Routes: M1 carry_no_more_than_capacity, M2 share_one_capacity, M3 carry_the_minimum, M4 leave_along_routes, M5 arrive_along_routes,
M6 cut_what_has_passed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, bounds, case, crisis, cutoff, demand, equations, impossible, settings, source, stock, survives

from models.build import base_plan
from models.case import Case, Ceiling, Form, Plant, Price, Route
from models.run import Study

TO_MAKERS: dict[str, Any] = {"to_kind": "sector", "to_name": "makers"}
FROM_TRADE: dict[str, Any] = {"from_kind": "source", "from_name": "trade"}


def way(name: str, **more: Any) -> Route:
    return Route(route=name, **more)


def routed(*routes: Route, **sheets: Any) -> Case:
    """Two sources of alpha for 12 t a year at 10 USD/kg, and one sector."""
    return case(**{"sources": (source(), source("other")), "routes": routes, **sheets})


def test_without_routes_the_model_is_as_it_was() -> None:
    """No row, no rule and no column of routes; the balance is the same."""
    model = base_plan(Study(case(stocks=(stock(),))))
    assert not {c.local_name for c in model.operation.component_objects()} & {"shipped_t", "left_over_t", "route_used", "SHIPMENTS"}
    assert equations(model, "nothing_appears_or_vanishes")[0] == (
        "bought_t[trade, 0] + drawn_t[store, alpha, powder, 0] = added_t[store, alpha, powder, 0] + served_t[makers, alpha, powder, 0]"
        " + disposed_t[alpha, powder, 0]"
    )


def test_ends_and_the_pool_printed() -> None:
    """M4, M5 and the balance: 'trade' sends along its routes alone, 'makers' receives along routes alone; 'other' gives to the pool."""
    changed = routed(way("direct", **FROM_TRADE, **TO_MAKERS), way("to pool", **FROM_TRADE), way("from pool", **TO_MAKERS))
    assert equations(base_plan(Study(changed)), "leave_along_routes")[0] == (
        "bought_t[trade, 0] = shipped_t[direct, alpha, powder, 0] + shipped_t[to pool, alpha, powder, 0]"
        " + left_over_t[source, trade, alpha, powder, 0]"
    )
    assert equations(base_plan(Study(changed)), "arrive_along_routes")[0] == (
        "shipped_t[direct, alpha, powder, 0] + shipped_t[from pool, alpha, powder, 0] = served_t[makers, alpha, powder, 0]"
    )
    assert equations(base_plan(Study(changed)), "nothing_appears_or_vanishes")[0] == (
        "bought_t[other, 0] + shipped_t[to pool, alpha, powder, 0] = disposed_t[alpha, powder, 0] + shipped_t[from pool, alpha, powder, 0]"
    )


def test_capacities_printed() -> None:
    """M1 with and without a choice, M2 over two routes, M3."""
    changed = routed(
        way(
            "a",
            **FROM_TRADE,
            **TO_MAKERS,
            capacity_t_per_yr=8.0,
            minimum_t_per_yr=3.0,
            shared_capacity="port",
            shared_capacity_t_per_yr=9.0,
        ),
        way("b", from_kind="source", from_name="other", **TO_MAKERS, capacity_t_per_yr=5.0, shared_capacity="port"),
    )
    assert equations(base_plan(Study(changed)), "carry_no_more_than_capacity")[::2] == [
        "shipped_t[a, alpha, powder, 0] <= 8 route_used[a, 0]",
        "shipped_t[b, alpha, powder, 0] <= 5",
    ]
    assert (
        equations(base_plan(Study(changed)), "share_one_capacity")[0]
        == "shipped_t[a, alpha, powder, 0] + shipped_t[b, alpha, powder, 0] <= 9"
    )
    assert equations(base_plan(Study(changed)), "carry_the_minimum") == [
        f"3 route_used[a, {t}] <= shipped_t[a, alpha, powder, {t}]" for t in (0, 12)
    ]


def test_transport_costs_and_capacities_decide() -> None:
    """24 t from trade cost 0.24; by a route of 500 USD/t 0.252; a second source without a route in reach does not help. With a capacity of
    8 t a year the rest comes at 900 USD/t: 0.24 + 16 x 0.0005 + 8 x 0.0009."""
    assert base(routed()).cost == pytest.approx(0.24)
    direct = way("direct", **FROM_TRADE, **TO_MAKERS, usd_per_t=500.0)
    assert base(routed(direct)).cost == pytest.approx(0.252)
    narrow = dataclasses.replace(direct, capacity_t_per_yr=8.0)
    second = way("second", from_kind="source", from_name="other", **TO_MAKERS, usd_per_t=900.0)
    assert base(routed(narrow, second)).cost == pytest.approx(0.24 + 16 * 0.0005 + 8 * 0.0009)


def test_a_shared_capacity_binds_together() -> None:
    """Both routes through one port of 10 t a year leave 2 t a year unserved at 1000 USD/kg: 4.2 against 0.24."""
    port = {"shared_capacity": "port", "shared_capacity_t_per_yr": 10.0}
    ways = (way("a", **FROM_TRADE, **TO_MAKERS), way("b", from_kind="source", from_name="other", **TO_MAKERS))
    assert base(routed(*ways)).cost == pytest.approx(0.24)
    assert base(routed(*(dataclasses.replace(r, **port) for r in ways))).cost == pytest.approx(4.2)


def test_fixed_cost_and_minimum_of_a_route() -> None:
    """A cheap route with a fixed cost of 0.01 a year loses against one of 500 USD/t: 0.252; at 0.004 it wins: 0.248. Free of fixed
    cost it wins with 0.24; a minimum of 20 t a year makes it useless, for 8 t would arrive that nobody wants: 0.252."""
    dear = way("dear", **FROM_TRADE, **TO_MAKERS, usd_per_t=500.0)
    cheap = way("cheap", from_kind="source", from_name="other", **TO_MAKERS, capacity_t_per_yr=24.0)
    assert base(routed(dear, cheap)).cost == pytest.approx(0.24)
    assert base(routed(dear, dataclasses.replace(cheap, fixed_usd_m_per_yr=0.01))).cost == pytest.approx(0.252)
    assert base(routed(dear, dataclasses.replace(cheap, fixed_usd_m_per_yr=0.004))).cost == pytest.approx(0.248)
    assert base(routed(dear, dataclasses.replace(cheap, minimum_t_per_yr=20.0))).cost == pytest.approx(0.252)
    assert base(routed(dear, dataclasses.replace(cheap, minimum_t_per_yr=12.0))).cost == pytest.approx(0.24)


def test_a_route_open_to_some_elements_only() -> None:
    """A route for beta carries no alpha: everything is missing, 24 against 0.24."""
    assert base(routed(way("a", **FROM_TRADE, **TO_MAKERS, elements=("alpha",)))).cost == pytest.approx(0.24)
    closed = base_plan(Study(routed(way("a", **FROM_TRADE, **TO_MAKERS, elements=("beta",)))))
    assert equations(closed, "arrive_along_routes")[0] == "served_t[makers, alpha, powder, 0] = 0"
    assert base(routed(way("a", **FROM_TRADE, **TO_MAKERS, elements=("beta",)))).cost == pytest.approx(24.0)


def test_a_store_keeps_two_doors() -> None:
    """Filled from trade and drawn by makers alone, a store cannot pass on to the pool what came by another route."""
    changed = routed(
        way("in", **FROM_TRADE, to_kind="store", to_name="store", usd_per_t=100.0),
        way("out", from_kind="store", from_name="store", **TO_MAKERS, usd_per_t=200.0),
        stocks=(stock(),),
    )
    assert base(changed).cost == pytest.approx(0.24 + 24 * 0.0003)
    assert equations(base_plan(Study(changed)), "arrive_along_routes")[:1] == [
        "shipped_t[in, alpha, powder, 0] = added_t[store, alpha, powder, 0]"
    ]


# Cut-offs of routes


def cut_route(**changes: Any) -> Case:
    """The only route to the makers is cut for three months; 12 t a year pass it normally."""
    severity = changes.pop("severity", 1.0)
    return routed(
        way("direct", **FROM_TRADE, **TO_MAKERS, **{"capacity_t_per_yr": 12.0, **changes}),
        cutoffs=(cutoff(countries=(), routes=("direct",), severity=severity),),
        demands=(demand(service_level=0.5),),
    )


def test_a_cut_route_keeps_its_share() -> None:
    """Half of the demand survives a cut of half of the route, and not one of 60 %; without a capacity it is closed."""
    assert survives(crisis(cut_route(severity=0.5), 12))
    assert not survives(crisis(cut_route(severity=0.6), 12))
    assert not survives(crisis(cut_route(severity=0.5, capacity_t_per_yr=None), 12))
    assert equations(crisis(cut_route(severity=0.5), 12), "carry_no_more_than_capacity")[0] == "shipped_t[direct, alpha, powder, 12] <= 0.5"


def test_a_route_with_a_minimum_is_closed_in_a_crisis() -> None:
    """All or nothing is no choice in a recourse: closed, unless its row waives the minimum."""
    somewhere = cutoff(countries=("nowhere",))
    for waived in (False, True):
        changed = dataclasses.replace(cut_route(minimum_t_per_yr=1.0, minimum_waived_in_crisis=waived), cutoffs=(somewhere,))
        assert survives(crisis(changed, 12)) is waived
        assert "route_used" not in bounds_of(crisis(changed, 12))


def bounds_of(model: Any) -> set[str]:
    """Names of the variables that a recourse has."""
    return {name for name in ("route_used", "shipped_t") if len(bounds(model, name))}


# Provenance


def tolled(*ceilings: Ceiling, stock_t: float = 0.0, severity: float = 1.0, routes: bool = True) -> Case:
    """Bars are made 'afar' of powder from 'abroad' or from a store; 'abroad' cuts bars alone, for three months."""
    plant = Plant(plant="toller", status="existing", country="afar", input_form="powder", output_form="bar", capacity_t_per_yr=99.0)
    ways = (
        way("from trade", **FROM_TRADE, to_kind="plant", to_name="toller"),
        way("from store", from_kind="store", from_name="store", to_kind="plant", to_name="toller"),
    )
    return case(
        settings=settings(home_country="home"),
        forms=(Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements")),
        prices=(*case().prices, Price(index="index", material="alpha", form="bar", usd_per_kg=50.0)),
        sources=(source(max_t_per_yr=24.0), source("bars", form="bar", countries=("nearby",), max_t_per_yr=12.0)),
        plants=(plant,),
        demands=(demand(form="bar", service_level=0.5),),
        stocks=(stock(opening_t=stock_t),),
        routes=ways if routes else (),
        cutoffs=(cutoff(forms=("bar",), countries=("abroad", "nearby"), severity=severity),),
        ceilings=ceilings,
    )


def test_provenance_printed() -> None:
    """M6: of the 2 t a month that trade normally gives, a cut of 75 % leaves 0.5 t of the path abroad + afar; the store's is not in it."""
    assert equations(crisis(tolled(severity=0.75), 12), "cut_what_has_passed") == [
        f"shipped_t[from trade, alpha, powder, {t}] <= 0.5" for t in (12, 13, 14)
    ]


def test_tolled_material_keeps_its_origin_and_stocks_have_none() -> None:
    """Powder of 'abroad' tolled to bars 'afar' is cut with the bars of 'abroad', though its powder is not: not survived. 3 t of powder in
    store, tolled in the same plant, are not cut: survived. Without routes the pool knows no origin: survived."""
    assert not survives(crisis(tolled(), 12))
    assert survives(crisis(tolled(), 12, {("store", "alpha", "powder"): 3.0}))
    assert not survives(crisis(tolled(), 12, {("store", "alpha", "powder"): 1.4}))
    assert survives(crisis(tolled(routes=False), 12))


def test_a_cut_of_the_powder_alone_stops_it_at_the_source() -> None:
    """A cut of powder stops what is bought; what is about neither form nor element on the way cuts nothing."""
    powder = dataclasses.replace(tolled(), cutoffs=(cutoff(forms=("powder",)),), sources=(source(),))
    assert not survives(crisis(powder, 12))
    other = dataclasses.replace(powder, cutoffs=(cutoff(elements=("beta",)),))
    assert survives(crisis(other, 12))
    assert equations(crisis(other, 12), "cut_what_has_passed") == []


def test_ceilings_count_the_last_foreign_stage() -> None:
    """Powder that a route takes straight to a plant abroad is no delivery of powder: a ceiling of 0 on it costs nothing (0.24 for 24 t of
    bars made afar); a ceiling of half on the bars of afar buys the other half at 50 USD/kg: 0.72. Without routes the powder counts and
    the bars must all be bought: 1.2."""
    none, half = Ceiling(country="abroad", form="powder", max_share=0.0), Ceiling(country="afar", form="bar", max_share=0.5)
    assert base(tolled()).cost == pytest.approx(0.24)
    assert base(tolled(none)).cost == pytest.approx(0.24)
    assert base(tolled(half)).cost == pytest.approx(0.72)
    assert base(tolled(none, routes=False)).cost == pytest.approx(1.2)


def test_nothing_reaches_a_goal_without_a_route() -> None:
    """Demand that may not go unserved has no plan where no route leads to it: the report of shortage, not a leak through the pool."""
    changed = routed(
        way("a", **FROM_TRADE, to_kind="store", to_name="store"), way("b", from_kind="store", from_name="store"), stocks=(stock(),)
    )
    assert base(changed).cost == pytest.approx(0.24)
    assert impossible(base_plan(Study(changed))) is False
