"""A partial separation with a toll plant behind it, which tests of feeds share.

Ore is half alpha, 0.3 beta and 0.2 gamma. The works takes alpha out of it; beta and gamma stay together as SEG, which is sent
to a toll separation abroad.
"""

from __future__ import annotations

from typing import Any

from small_cases import case, demand, source

from models.case import Case, Composition, Element, Form, Fraction, Plant, Price


def works(**changes: Any) -> Plant:
    plain: dict[str, Any] = {"status": "existing", "country": "home", "input_form": "ore", "output_form": "powder", "materials": ("ore A",)}
    return Plant(**{"plant": "works", **plain, "capacity_t_per_yr": 999.0, "capacity_basis": "feed", **changes})


TOLL = works(plant="toll", country="abroad", materials=("SEG",), variable_opex_usd_per_kg=5.0)
SEG = Fraction(plant="works", material="ore A", fraction="SEG", form="ore", elements=("beta", "gamma"))


def separating(**sheets: Any) -> Case:
    """12 t of beta are wanted a year; 100 t of ore at 1 USD/kg are for sale."""
    shares = {"ore A": {"alpha": 0.5, "beta": 0.3, "gamma": 0.2}, "SEG": {"beta": 0.6, "gamma": 0.4}}
    plain: dict[str, Any] = {
        "elements": tuple(Element(element=e) for e in ("alpha", "beta", "gamma")),
        "forms": (Form(form="ore", position=1, holds="mixtures"), Form(form="powder", position=2, holds="elements")),
        "compositions": tuple(Composition(mixture=m, element=e, share=s) for m, parts in shares.items() for e, s in parts.items()),
        "demands": (demand("beta"),),
        "prices": (Price(index="index", material="ore A", form="ore", usd_per_kg=1.0),),
        "sources": (source("mine", "ore A", form="ore", max_t_per_yr=100.0, countries=("home",)),),
        "plants": (works(), TOLL),
        "fractions": (SEG,),
    }
    return case(**{**plain, **sheets})
