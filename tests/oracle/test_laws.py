"""Laws that hold whatever the figures: more options never cost more, more to survive never costs less, units and names are nothing.

With hard survival and no probabilities they are theorems: each takes something from, or adds something to, what a plan may do. They are
tried on random cases, most of them with every feature of the workbook, by exact optima of the extensive form. The plan itself (what
it fixes, how honest its bound is) is the whole solve's.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_cases import oracle_case
from random_cases import random_case, shipped_case
from small_cases import change, least_cost

from models.case import Budget, Case, Ceiling, Count, CutOff, Fix, Source
from models.columns import Month
from models.combinations import every_combination
from optimizer.errors import NoBasePlan
from optimizer.solve import SolveOptions, solve

SEEDS = st.integers(0, 999_999)

Law = Callable[[int], None]


def any_case(seed: int) -> Case:
    """A random case with features of all kinds, every first start known and every combination a cut-off of its own."""
    case = every_combination(oracle_case(seed)[0])
    return change(case, cutoffs=tuple(change(c, first_start=c.first_start or c.latest_first_start) for c in case.cutoffs))


def no_dearer(cost: float, than: float) -> bool:
    return cost <= than + 1e-7 * max(1.0, abs(cost)) or than == math.inf


def same(cost: float, other: float) -> bool:
    return cost == other or math.isclose(cost, other, rel_tol=1e-7, abs_tol=1e-8)


def each(case: Case, sheet: str, **changes: Any) -> Case:
    return change(case, **{sheet: tuple(change(row, **changes) for row in getattr(case, sheet))})


# P1 to P4: options, things to survive, limits


def options_taken_away(seed: int) -> None:
    """P1: without offers, without candidates, without the spot market or the market for surplus a plan costs no less."""
    case = random_case(seed)
    full = least_cost(case)
    offers = tuple(c for c in case.contracts if c.status != "on offer")
    kept = {c.contract for c in offers}
    poorer = (
        change(case, contracts=offers, contract_lines=tuple(line for line in case.contract_lines if line.contract in kept)),
        change(case, plants=tuple(p for p in case.plants if p.status != "candidate")),
        change(case, sources=tuple(s for s in case.sources if s.source != "market")),
        change(case, sales=()),
    )
    for less in poorer:
        assert no_dearer(full, least_cost(less)), seed


def one_more_supplier(seed: int) -> None:
    """P1: a further source, at whatever price, makes nothing dearer."""
    case = any_case(seed)
    draw = random.Random(seed)
    further = Source(
        source="further",
        countries=(draw.choice(("home", "abroad")),),
        material="alpha",
        form=draw.choice(("powder", "bar")),
        max_t_per_yr=20.0,
        price_index="index",
        price_factor=draw.choice((0.8, 2.0)),
        normal_t_per_yr=draw.choice((None, 5.0)),
        freight_usd_per_kg=0.2,
    )
    settled = each(change(case, settings=change(case.settings, terminal_stock_share=0.0), ceilings=()), "counts", at_most=None)
    assert no_dearer(least_cost(change(settled, sources=(*settled.sources, further))), least_cost(settled)), seed


def more_to_survive(seed: int) -> None:
    """P2: nothing to survive, what there is, and a cut-off more."""
    case = any_case(seed)
    extra = CutOff(cutoff="other", countries=("elsewhere",), severity=0.8, months=2, first_start=case.settings.start.plus(6))
    free = change(case, cutoffs=tuple(change(c, must_survive=False) for c in case.cutoffs))
    cost = least_cost(case)
    assert no_dearer(least_cost(free), cost), seed
    assert no_dearer(cost, least_cost(change(case, cutoffs=(*case.cutoffs, extra)))), seed


def more_starts(seed: int) -> None:
    """P2: an earlier first start and a later last one."""
    case = any_case(seed)
    cost = least_cost(case)
    earlier = tuple(change(c, first_start=max(case.settings.start, (c.first_start or case.settings.start).plus(-6))) for c in case.cutoffs)
    assert no_dearer(cost, least_cost(change(case, cutoffs=earlier))), seed
    assert no_dearer(cost, least_cost(each(case, "cutoffs", last_start=None))), seed


def harsher_cuts(seed: int) -> None:
    """P3: more severe, longer, on more elements, from more countries. What is lifted or paid in a crisis is not what the plan costs, so
    that a cut relieves the plan of no minimum."""
    case = any_case(seed)
    costs = [least_cost(each(case, "cutoffs", severity=severity)) for severity in (0.3, 0.6, 0.9)]
    assert no_dearer(costs[0], costs[1]), seed
    assert no_dearer(costs[1], costs[2]), seed
    cost = least_cost(case)
    longer = change(case, cutoffs=tuple(change(c, months=c.months + 1, then_after_months=_after(c)) for c in case.cutoffs))
    wider = each(each(case, "cutoffs", elements=()), "cutoffs", forms=())
    more = change(case, cutoffs=tuple(change(c, countries=(*c.countries, "far away")) for c in case.cutoffs))
    for worse in (longer, wider, more):
        assert no_dearer(cost, least_cost(worse)), seed


def _after(cut: CutOff) -> int | None:
    return cut.months if cut.then and cut.then_after_months is None else cut.then_after_months


def higher_service(seed: int) -> None:
    """Section 7: cost never falls when a service level rises, or one more sector is protected."""
    case = any_case(seed)
    served = [least_cost(each(case, "demands", service_level=level)) for level in (0.3, 0.7, 1.0)]
    assert no_dearer(served[0], served[1]), seed
    assert no_dearer(served[1], served[2]), seed
    assert no_dearer(least_cost(each(case, "demands", protected=False)), least_cost(each(case, "demands", protected=True))), seed


def tighter_limits(seed: int) -> None:
    """P4: less room, fewer units, nothing without a contract."""
    case = random_case(seed)
    cost = least_cost(case)
    for sheet, changes in (("stocks", {"capacity_t": 8.0}), ("plants", {"max_units": 1}), ("sources", {"spot_share": 0.0})):
        rows = tuple(
            change(row, **changes) if sheet != "stocks" or row.capacity_t is None or row.capacity_t > 8 else row
            for row in getattr(case, sheet)
        )
        assert no_dearer(cost, least_cost(change(case, **{sheet: rows}))), (seed, sheet)


def rules_added(seed: int) -> None:
    """P4: whatever a planner rules beyond the rest, nothing becomes cheaper."""
    case = any_case(seed)
    cost = least_cost(case)
    for sheet, row in (
        ("fixes", Fix(decision="contract", name="offtake 0", action="forbid")),
        ("fixes", Fix(decision="purchase", name="trade", action="at most", value=3.0)),
        ("ceilings", Ceiling(form="bar", max_share=0.8, excess_usd_per_kg=5.0)),
        ("counts", Count(rule="no two", members=("smelter", "offtake 0"), at_most=1)),
        ("budgets", Budget(budget="tight", usd_m=0.04, counts="capex")),
    ):
        assert no_dearer(cost, least_cost(change(case, **{sheet: (*getattr(case, sheet), row)}))), (seed, row)


def dearer_freight(seed: int) -> None:
    """What is dearer for every tonne makes no plan cheaper, and none dearer than the tonnes of the old one."""
    case = any_case(seed)
    case = each(case, "sources", freight_usd_per_kg=0.5)
    case = change(case, budgets=tuple(b for b in case.budgets if b.counts not in ("all", "purchases")))
    assert no_dearer(least_cost(case), least_cost(each(case, "sources", freight_usd_per_kg=0.8))), seed


# P5: units


def columns_in(record: type, fits: Callable[[str], bool]) -> list[str]:
    return [c.name for c in dataclasses.fields(record) if fits(c.metadata["unit"])]


def amounts(record: type) -> list[str]:
    """Columns of a sheet whose unit is money."""
    return columns_in(record, lambda unit: "USD" in unit)


def whole_amounts(record: type) -> list[str]:
    """Columns whose unit is money, or tonnes, and not one of them for the other."""
    return columns_in(record, lambda unit: unit.startswith(("million USD", "t REO", "t/yr", "units, ")) or unit == "t")


def scaled(case: Case, factor: float, columns: Callable[[type], list[str]]) -> Case:
    """The case with some columns of every sheet times a factor, the assumptions that they cite too; rates of currencies stay."""
    cited, others = set(), set()
    for field in dataclasses.fields(case):
        if field.name in ("settings", "currencies", "assumptions", "demand_references"):
            continue
        names = columns(field.metadata["record"])
        rows = []
        for row in getattr(case, field.name):
            others |= {v for n, v in vars(row).items() if isinstance(v, str) and n not in names}
            cited |= {v for n in names if isinstance(v := getattr(row, n), str)}
            changes: dict[str, Any] = {}
            for n in names:
                value = getattr(row, n)
                if isinstance(value, tuple):
                    changes[n] = tuple(v * factor for v in value)
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    changes[n] = value * factor
            if isinstance(row, Fix) and row.decision in ("contract", "plant", "programme", "cell", "financing", "running"):
                changes = {}
            rows.append(change(row, **changes))
        case = change(case, **{field.name: tuple(rows)})
    assert not cited & others, "an assumption is cited for what is scaled and for what is not"
    return change(case, assumptions=tuple(change(a, value=a.value * factor) if a.assumption in cited else a for a in case.assumptions))


def money_scales(seed: int) -> None:
    """P5: in another currency, every amount on every sheet times 3.5, the plan costs 3.5 times as much."""
    case = any_case(seed)
    assert same(least_cost(scaled(case, 3.5, amounts)), 3.5 * least_cost(case)), seed


def tonnes_scale(seed: int) -> None:
    """P5: with every tonnage and every sum of money times 20 the plan costs 20 times as much: it knows no tonne of its own."""
    case = any_case(seed)
    assert same(least_cost(scaled(case, 20.0, whole_amounts)), 20.0 * least_cost(case)), seed


# P6: order and names


def order_does_not_matter(seed: int) -> None:
    """P6: the rows of every sheet in another order."""
    case, draw = any_case(seed), random.Random(seed)
    sheets = {
        f.name: tuple(draw.sample(getattr(case, f.name), len(getattr(case, f.name))))
        for f in dataclasses.fields(case)
        if f.name != "settings"
    }
    assert same(least_cost(change(case, **sheets)), least_cost(case)), seed


KEPT = ("reference", "dated", "confidence", "note", "title")


def renamed(record: Any) -> Any:
    """A record with another name for everything that has one: words that are a choice of the sheet, and dollars, stay."""

    def other(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(other(v) for v in value)
        return f"The {value[::-1]} 2" if isinstance(value, str) and value not in ("", "USD") else value

    names = [f.name for f in dataclasses.fields(record) if not f.metadata["choices"] and f.name not in KEPT]
    return change(record, **{n: other(getattr(record, n)) for n in names})


def names_do_not_matter(seed: int) -> None:
    """P6: elements, forms, sectors, countries, contracts and everything else under other names."""
    case = any_case(seed)
    sheets = {f.name: tuple(renamed(row) for row in getattr(case, f.name)) for f in dataclasses.fields(case) if f.name != "settings"}
    assert same(least_cost(change(case, settings=renamed(case.settings), **sheets)), least_cost(case)), seed


# P7 to P9: halves, the plan itself, its bound


def halves_of_a_supplier(seed: int) -> None:
    """P7: a source split into two that give half as much each is the same source, where nothing about it is yes or no, or counts by the
    source."""
    case = change(shipped_case(seed), price_tiers=())
    case = each(case, "sources", order_cost_usd_m=0.0)
    sources = []
    for s in case.sources:
        if any(line.source == s.source for line in case.contract_lines):
            sources.append(s)
            continue
        half: dict[str, Any] = {
            name: None if getattr(s, name) is None else getattr(s, name) / 2 for name in ("max_t_per_yr", "normal_t_per_yr", "at_sea_t")
        }
        sources += [change(s, **half), change(s, **half, source=f"{s.source} again")]
    assert len(sources) > len(case.sources)
    assert same(least_cost(change(case, sources=tuple(sources))), least_cost(case)), seed


EXACT = SolveOptions(relative_gap_pct=1e-4)


def solved(case: Case, options: SolveOptions) -> Any:
    """The plan of a case, certified; None where there is none."""
    try:
        plan = solve(case, options)
    except NoBasePlan:
        return None
    return plan if plan.summary.status == "certified" else None


def the_plan_can_be_fixed(seed: int) -> None:
    """P8: with what the plan signs and builds, and when, written as fixes of the workbook the plan costs the same."""
    case = random_case(seed)
    plan = solved(case, EXACT)
    if plan is None:
        return
    fixes: list[Fix] = []
    for kind, names, decided in (
        ("contract", [c.contract for c in case.contracts if c.status == "on offer"], _signatures(plan)),
        ("plant", [p.plant for p in case.plants if p.status == "candidate"], _units(plan)),
    ):
        for name in names:
            of_name = {month: n for (who, month), n in decided.items() if who == name}
            fixes += [Fix(decision=kind, name=name, action="fix", month=month, value=float(n)) for month, n in of_name.items()]
            fixes.append(Fix(decision=kind, name=name, action="fix", value=float(sum(of_name.values()))))
    again = solved(change(case, fixes=tuple(fixes)), EXACT)
    assert again is not None, seed
    assert math.isclose(again.summary.cost_usd_m, plan.summary.cost_usd_m, rel_tol=1e-5), seed


def _signatures(plan: Any) -> dict[tuple[str, Month], int]:
    return {(s.contract, s.signed): 1 for s in plan.signatures if s.decided}


def _units(plan: Any) -> dict[tuple[str, Month], int]:
    return {(c.plant, c.decided): c.units for c in plan.constructions}


def the_bound_is_honest(seed: int) -> None:
    """P9: asked for less, the solve answers with a plan within what it was asked for, and with a bound that no plan goes below:
    bound of the one <= cost of the other, and of itself."""
    case = oracle_case(seed)[0]
    rough, best = solved(case, SolveOptions(relative_gap_pct=20.0)), solved(case, EXACT)
    assert (rough is None) is (best is None), seed
    if rough is None:
        return
    first = {(r.cutoff, r.first_start) for r in rough.readiness}
    assert first == {(r.cutoff, r.first_start) for r in best.readiness}, seed
    assert no_dearer(rough.summary.bound_usd_m, best.summary.cost_usd_m), seed
    assert no_dearer(best.summary.bound_usd_m, rough.summary.cost_usd_m), seed
    assert no_dearer(rough.summary.cost_usd_m * 0.8, rough.summary.bound_usd_m), seed


LAWS: tuple[Law, ...] = (
    options_taken_away,
    one_more_supplier,
    more_to_survive,
    more_starts,
    harsher_cuts,
    higher_service,
    tighter_limits,
    rules_added,
    dearer_freight,
    money_scales,
    tonnes_scale,
    order_does_not_matter,
    names_do_not_matter,
    halves_of_a_supplier,
    the_plan_can_be_fixed,
    the_bound_is_honest,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Law) -> None:
    """P1 to P9 and those of section 7, each on a case or two that hypothesis draws."""

    @settings(max_examples=2)
    @given(SEEDS)
    def holds(seed: int) -> None:
        law(seed)

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_on_many(law: Law) -> None:
    """Each on fifteen."""

    @settings(max_examples=15)
    @given(SEEDS)
    def holds(seed: int) -> None:
        law(seed)

    holds()


@pytest.mark.nightly
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_on_hundreds(law: Law) -> None:
    """Each on two hundred."""

    @settings(max_examples=200)
    @given(SEEDS)
    def holds(seed: int) -> None:
        law(seed)

    holds()


def test_money_and_tonnes_are_found_on_the_sheets_that_have_any() -> None:
    """What is scaled is read from the units: prices, plants, stores, contracts are among it, and names are not."""
    case = random_case(0)
    money = {field.name: set(amounts(field.metadata["record"])) for field in dataclasses.fields(case)}
    assert {"usd_per_kg"} <= money["prices"]
    assert {"capex_usd_m", "fixed_opex_usd_m_per_yr", "variable_opex_usd_per_kg"} <= money["plants"]
    assert {"storage_usd_per_t_yr", "handling_usd_per_t"} <= money["stocks"]
    assert {"upfront_usd_m"} <= money["contracts"]
    assert money["elements"] == money["compositions"] == set()
    whole = {field.name: set(whole_amounts(field.metadata["record"])) for field in dataclasses.fields(case)}
    assert whole["prices"] == set()
    assert {"max_t_per_yr", "at_sea_t", "order_cost_usd_m", "minimum_lot_t"} <= whole["sources"]
    assert {"capex_usd_m", "capacity_t_per_yr"} <= whole["plants"]
    assert {"opening_t", "capacity_t", "final_t"} <= whole["stocks"]
    assert not {"storage_usd_per_t_yr", "handling_usd_per_t"} & whole["stocks"]
