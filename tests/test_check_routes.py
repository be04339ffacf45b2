"""Routes that cannot be: told at their cells."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import case, cutoff, source, stock

from models.case import Case, CutOff, Form, Plant, Route
from models.check import check

TRADE: dict[str, Any] = {"from_kind": "source", "from_name": "trade"}
MAKERS: dict[str, Any] = {"to_kind": "sector", "to_name": "makers"}


def routed(*routes: Route, cutoffs: tuple[CutOff, ...] = ()) -> Case:
    plant = Plant(plant="works", status="supplier", country="abroad", input_form="powder", output_form="powder", capacity_t_per_yr=99.0)
    bar = Form(form="bar", position=3, holds="elements")
    plain = case(
        sources=(source(plant="works"), source("trade beta", "beta")), plants=(plant,), stocks=(stock(),), routes=routes, cutoffs=cutoffs
    )
    return dataclasses.replace(plain, forms=(*plain.forms, bar))


def way(**more: Any) -> Route:
    return Route(route="way", **more)


def told(changed: Case) -> list[str]:
    return [f"{f.table}[{f.row}].{f.field} {f.severity}: {f.mend}" for f in check(changed)]


SLIPS: list[tuple[tuple[Route, ...], str]] = [
    ((way(),), "Routes[0].from_name error: Everything in the pool reaches everything."),
    ((way(from_kind="source", **MAKERS),), "Routes[0].from_name error: Fill both cells, or clear both for the pool."),
    ((way(**TRADE, to_name="makers"),), "Routes[0].to_kind error: Fill both cells"),
    ((way(from_kind="plant", from_name="trade", **MAKERS),), "Routes[0].from_name error: 'trade' does not stand on the sheet Plants."),
    ((way(**TRADE, to_kind="sector", to_name="mackers"),), "Routes[0].to_name error: Did you mean 'makers'?"),
    ((way(from_kind="plant", from_name="works", **MAKERS),), "Routes[0].from_name error: 'works' is a supplier's plant"),
    ((way(from_kind="store", from_name="store", to_kind="store", to_name="store"),), "Routes[0].to_name error: It leads back"),
    ((way(**TRADE, **MAKERS, form="bar"),), "Routes[0].route warning: Nothing that its start gives"),
    (
        (way(**TRADE, **MAKERS, elements=("beta",)),),
        "Demand[0].sector error: 'makers' is named as a goal, so it receives along routes alone.",
    ),
    ((way(**TRADE, **MAKERS, minimum_t_per_yr=2.0),), "Routes[0].capacity_t_per_yr error: A route with a fixed cost or a minimum"),
    ((way(**TRADE, **MAKERS, minimum_t_per_yr=2.0, capacity_t_per_yr=1.0),), "Routes[0].minimum_t_per_yr error: Its capacity is 1"),
    ((way(**TRADE, **MAKERS, minimum_waived_in_crisis=True),), "Routes[0].minimum_waived_in_crisis warning: It has none."),
    ((way(**TRADE, **MAKERS, shared_capacity_t_per_yr=2.0),), "Routes[0].shared_capacity error: No name says"),
    ((way(**TRADE, **MAKERS, shared_capacity="port"),), "Routes[0].shared_capacity_t_per_yr error: No row of 'port' says"),
    (
        (
            way(**TRADE, **MAKERS, shared_capacity="port", shared_capacity_t_per_yr=2.0),
            Route(route="other", **TRADE, shared_capacity="port", shared_capacity_t_per_yr=3.0),
        ),
        "Routes[1].shared_capacity_t_per_yr error: Another row of 'port' says 2.",
    ),
    ((way(**TRADE, **MAKERS), way(**TRADE)), "Routes[1].route error: The same route stands in filled row 1"),
]


@pytest.mark.parametrize(("routes", "words"), SLIPS, ids=[f"{w.split(' ')[0]}-{n}" for n, (_, w) in enumerate(SLIPS)])
def test_slips_of_routes_are_told(routes: tuple[Route, ...], words: str) -> None:
    """Ends that are not there, nothing to carry, figures that do not agree."""
    found = told(routed(*routes))
    assert any(line.startswith(words) for line in found), found


def test_a_share_of_no_capacity_cannot_be_left() -> None:
    """A route without a capacity is cut whole or not at all; an unknown route is not cut."""
    half = cutoff(countries=(), routes=("way",), severity=0.5)
    assert any(
        line.startswith("CutOffs[0].routes error: 'way' has no capacity") for line in told(routed(way(**TRADE, **MAKERS), cutoffs=(half,)))
    )
    whole = dataclasses.replace(half, severity=1.0)
    assert not [line for line in told(routed(way(**TRADE, **MAKERS), cutoffs=(whole,))) if line.startswith("CutOffs")]
    strange = cutoff(countries=(), routes=("wayy",))
    assert any("Did you mean 'way'?" in line for line in told(routed(way(**TRADE, **MAKERS), cutoffs=(strange,))))


def test_sound_routes_are_not_complained_about() -> None:
    """A route to each kind of goal, and from the pool."""
    sound = (
        way(**TRADE, **MAKERS, capacity_t_per_yr=9.0, minimum_t_per_yr=1.0, minimum_waived_in_crisis=True),
        Route(route="in", **TRADE, to_kind="store", to_name="store"),
        Route(route="out", from_kind="store", from_name="store", **MAKERS),
        Route(route="rest", **MAKERS),
    )
    assert [line for line in told(routed(*sound)) if line.startswith("Routes")] == []
