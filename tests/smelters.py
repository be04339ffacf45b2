"""A smelter that makes bars of alpha from powder, for tests of plants: its capacity counts oxide that goes in."""

from __future__ import annotations

from typing import Any

from small_cases import case, demand

from models.case import Case, Form, Plant

FORMS = (Form(form="powder", position=2, holds="elements"), Form(form="bar", position=3, holds="elements"))


def smelter(**changes: Any) -> Plant:
    """An existing smelter at home, 12 t a year, unless changed."""
    plain: dict[str, Any] = {
        "status": "existing",
        "country": "home",
        "input_form": "powder",
        "output_form": "bar",
        "capacity_basis": "feed",
    }
    return Plant(**{"plant": "smelter", **plain, "capacity_t_per_yr": 12.0, **changes})


def candidate(**changes: Any) -> Plant:
    """A smelter that may be built, 12 t a year a unit, for nothing unless changed."""
    return smelter(**{"status": "candidate", **changes})


def smelting(*plants: Plant, **sheets: Any) -> Case:
    """The small case with 12 t a year of bars needed, and these plants to make them."""
    return case(**{"forms": FORMS, "plants": plants, "demands": (demand(form="bar"),), **sheets})
