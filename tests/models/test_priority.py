"""Priority in shortage: a line that is served first keeps its right as far as what a cut leaves of its source covers it.

The source of alpha gives 2 t a month and sells nothing without a contract; the contract is on 1 t a month at half the market's
10 USD/kg. A cut of three quarters leaves 0.5 t of the source: half the right with priority, a quarter without.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import bounds, case, crisis, cutoff, equations, least_cost, missing_t, optimum, source, stock

from models.build import recourse
from models.case import Case, Contract, ContractLine, Financing
from models.check import check
from models.run import Study
from models.survival import Pattern


def first(
    priority: tuple[bool, ...] = (True,), terms: dict[str, Any] | None = None, line: dict[str, Any] | None = None, **sheets: Any
) -> Case:
    """A contract for each of ``priority``, in force unless ``terms`` say otherwise, named a, b, ..."""
    gives: dict[str, Any] = {"source": "trade", "max_t_per_yr": 12.0, "price_index": "index", "discount_pct": 50.0, **(line or {})}
    plain: dict[str, Any] = {"sources": (source(spot_share=0.0),), "cutoffs": (cutoff(severity=0.75),)}
    names = "abc"[: len(priority)]
    return case(
        contracts=tuple(Contract(**{"contract": c, "status": "in force", "tenor_years": 9, **(terms or {})}) for c in names),
        contract_lines=tuple(ContractLine(contract=c, priority=p, **gives) for c, p in zip(names, priority, strict=True)),
        **{**plain, **sheets},
    )


def rights(stated: Case) -> list[float]:
    """What can be lifted in each month of a cut from January 2028, contract by contract."""
    return [high for _, high in bounds(crisis(stated, 12), "lifted_t").values()]  # type: ignore[misc]


def test_right_of_an_offer_printed() -> None:
    """L1 in the recourse: with priority what is left of the source, 0.5 t; without, a quarter of the line's 1 t."""
    for priority, share in ((True, "0.5"), (False, "0.25")):
        stated = first((priority,), {"status": "on offer"})
        model = recourse(Study(stated), Pattern(stated.cutoffs[0], 12))
        assert equations(model, "lift_no_more_than_the_right") == [f"lifted_t[a, trade, {m}] <= {share} signed[a, 0]" for m in (12, 13, 14)]


def test_all_lines_and_the_market_share_what_is_left_printed() -> None:
    """P1: two lines with priority, one without and what is for sale together take no more than 0.5 t; alone each line is bound by it."""
    stated = first((True, True, False), sources=(source(spot_share=0.5),))
    model = crisis(stated, 12)
    assert rights(stated) == pytest.approx([0.5] * 6 + [0.25] * 3)
    assert equations(model, "share_one_output") == [
        f"lifted_t[a, trade, {m}] + lifted_t[b, trade, {m}] + lifted_t[c, trade, {m}] + bought_t[trade, {m}] <= 0.5" for m in (12, 13, 14)
    ]
    assert missing_t(model) == pytest.approx(1.5)


def test_with_and_without() -> None:
    """Of 3 t needed in the cut 1.5 t are lifted with priority and 0.75 t without, so that 1.5 or 2.25 t are missing; of a cut of half,
    nothing. With a right to 15 t a year 1.5 or 0.9375 t are lifted and the rest lies in store, at 5 USD/kg beside the 24 t of the
    plan: 0.1275 or 0.1303125 million USD."""
    cost = {p: least_cost(first((p,), stocks=(stock(),), line={"max_t_per_yr": 15.0})) for p in (True, False)}
    assert {p: missing_t(crisis(first((p,)), 12)) for p in (True, False)} == pytest.approx({True: 1.5, False: 2.25})
    assert missing_t(crisis(first(cutoffs=(cutoff(severity=0.5),)), 12)) == pytest.approx(0)
    assert cost == pytest.approx({True: 0.1275, False: 0.1303125})


def test_a_cut_that_names_the_contract_cuts_it() -> None:
    """Named, the line is left a quarter whether first or not; where the country is cut by half too, a quarter of what was its right."""
    named = (cutoff(countries=(), contracts=("a",), severity=0.75),)
    assert rights(first(cutoffs=named)) == rights(first((False,), cutoffs=named)) == pytest.approx([0.25] * 3)
    both = (cutoff(contracts=("a",), severity=0.75),)
    assert rights(first(cutoffs=both)) == pytest.approx([0.25] * 3)
    then = (cutoff(severity=0.5, months=1, return_months=1, then="next", then_after_months=0), cutoff(cutoff="next", **_named()))
    assert rights(first(cutoffs=then)) == pytest.approx([0.25, 0.25])


def _named() -> dict[str, Any]:
    return {"countries": (), "contracts": ("a",), "severity": 0.75, "months": 2, "active": False}


def test_the_minimum_shrinks_with_the_right_alone() -> None:
    """Of a minimum of 0.5 t a month half is owed with priority, as half the right is left, a quarter without; of a cut of half all."""
    for priority, severity, owed in ((True, 0.75, 0.75), (False, 0.75, 0.375), (True, 0.5, 1.5), (False, 0.5, 0.75)):
        stated = first((priority,), line={"min_t_per_yr": 6.0}, cutoffs=(cutoff(severity=severity),), demands=())
        assert optimum(crisis(stated, 12)).total("unlifted_t") == pytest.approx(owed)


def test_flexibility_and_bought_rights_stay_within_what_is_left() -> None:
    """A month that may lift twice its share and a stake that doubles the line can lift 0.5 t, no more: P1 binds them."""
    stake = Financing(
        financing="stake",
        contract="a",
        kind="equity",
        usd_m=0.0,
        years=2,
        optional=True,
        source="trade",
        extra_max_t_per_yr=12.0,
    )
    stated = first(terms={"status": "on offer"}, line={"monthly_flexibility": 2.0}, financings=(stake,))
    model = crisis(stated, 12, signed={("a", 0): 1.0}, financed={("stake", 0): 1.0})
    assert equations(model, "share_one_output") == [f"lifted_t[a, trade, {m}] <= 0.5" for m in (12, 13, 14)]
    assert missing_t(model) == pytest.approx(1.5)


def test_priority_without_a_cut_is_told() -> None:
    """Where no cut-off that is tested hits the source, the column counts for nothing: a warning at its cell."""
    for cut, told in ((cutoff(countries=("elsewhere",), sources=("trade beta",)), True), (cutoff(), False), (cutoff(active=False), True)):
        sources = (source(spot_share=0.0), source("trade beta", "beta"))
        found = [f for f in check(first(cutoffs=(cut,), sources=sources)) if f.field == "priority"]
        assert [(f.table, f.row, f.severity) for f in found] == ([("ContractLines", 0, "warning")] if told else [])
