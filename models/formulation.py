"""The formulation page, printed from the model: every rule with its sentence, index sets and one instance.

What is printed is read from the Pyomo models of a small case that has every feature, so the page cannot say anything
else than the model. Only what a model cannot tell stands here in words: where a rule without a named index set holds
(`WHERE`), what a bound means (`BOUNDS`), what a cost term means (`MEANINGS`); tests keep these complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyomo.repn import generate_standard_repn

from models.build import base_plan, recourse
from models.case import (
    Budget,
    CapexPoint,
    Case,
    Ceiling,
    Composition,
    Contract,
    ContractLine,
    Count,
    CutOff,
    Demand,
    Element,
    Financing,
    Fix,
    Form,
    Plant,
    Price,
    PriceTier,
    Programme,
    ProgrammeEffect,
    Recipe,
    Residue,
    ResidueSite,
    Route,
    Sale,
    Settings,
    Source,
    Stock,
    Store,
    VolumeDiscount,
)
from models.columns import Month
from models.cost import TERMS
from models.modelling import pyo
from models.pieces import Piece
from models.run import Study
from models.survival import Pattern

WHERE = {
    "signed_at_most_once": "contracts on offer",
    "one_contract_of_a_group": "exclusive groups of contracts",
    "no_more_than_the_site_allows": "candidate plants",
    "one_plant_of_a_group": "exclusive groups of plants",
    "extend_what_is_signed": "signatures of extensions of contracts on offer",
    "sign_after_what_it_requires": "signatures of contracts x what they require and is to be decided",
    "sign_not_beside_what_it_excludes": "contracts on offer x what they exclude",
    "lift_no_more_than_the_right": "LIFTINGS under contracts on offer",
    "built_with_what_it_requires": "candidates x what they require and is a decision x months of decision",
    "closed_for_good": "plants that may stop x decision dates",
    "give_back_no_more_than_the_cap": "REBATES under contracts on offer",
    "lift_what_is_in_bands": "contract lines with volume discounts x settlement years",
    "reach_when_signed": "STEPS of contracts on offer",
    "make_up_what_was_paid": "SHORTFALLS that can be made up",
    "make_up_beyond_the_minimum": "contract lines x settlement years in which credit can be used",
    "hold_no_more_credit_than_the_cap": "contract lines with a cap on credit x settlement years with credit outstanding",
    "share_one_output": "sources with contract lines x slots, where purchases and liftings together could exceed the output",
    "deliver_no_more_than_is_made": "suppliers' plants x slots, where deliveries could exceed the capacity",
    "buy_in_tiers": "PURCHASES of sources with price tiers",
    "order_a_lot": "ORDERS of sources with a minimum lot",
    "fit_into_the_store": "stores with a capacity of their own on the sheet Stores x slots",
    "release_what_the_cut_leaves": "stocks without a capacity in a store that is hit x months in which a part is left",
    "put_in_what_is_fresh": "materials x forms of which some stock has a shelf life x slots",
    "hold_days_of_cover": "materials x forms of which a stock states days of cover x slots",
    "no_more_cells_than_fit": "candidate sites of residue",
    "cells_hold_what_is_disposed_of": "SITE_SLOTS of candidate sites",
    "handle_no_more_than_capacity": "PLANT_SLOTS of plants that have something to handle",
    "keep_below_the_ceiling": "rows of the sheet Ceilings, counted from 1, x countries that deliver x elements x calendar years",
    "take_so_many": "rows of the sheet Counts, counted from 1, with a lower or an upper limit",
    "count_what_delivers": "USED x slots in which the source can deliver",
    "deliver_to_count": "USED by rows with a lower limit",
    "keep_the_budget": "rows of the sheet Budgets, counted from 1, x calendar years",
    "carry_no_more_than_capacity": "routes with a capacity x slots",
    "share_one_capacity": "names of shared capacities x slots",
    "carry_the_minimum": "ROUTE_USES of routes with a minimum",
    "arrive_along_routes": "ends that receive along routes x what they take x slots",
    "cut_what_has_passed": "plants abroad x countries passed x materials x forms x months in which a cut-off leaves less than all",
    "keep_what_is_fixed": "rows of the sheet Fixes, counted from 1, x first months of what they are about",
    "started_at_most_once": "candidate programmes",
    "one_programme_of_a_group": "exclusive groups of programmes",
    "start_after_what_it_requires": "STARTS x programmes required",
    "replace_no_more_than_its_share": "REPLACEMENTS by candidates",
    "buy_what_the_programme_opens": "sources that a candidate programme opens x slots",
    "have_what_the_programme_opens": "sources that a candidate programme opens, with contract lines x slots",
}
"""Where a rule holds that has no index set of its own name."""

BOUNDS = {
    "signed": "Signed or not.",
    "route_used": "A route is used or not.",
    "financed": "Put up or not.",
    "used": "A source counts or not.",
    "built": "No more units than the site allows.",
    "sized_t_per_yr": "The largest size on the cost curve.",
    "filled": "Not at all, or up to the whole segment.",
    "begun": "Begun or not.",
    "runs": "Runs or not.",
    "mothballed": "Mothballed or not.",
    "restarted": "Restarted or not: whole where the states are.",
    "started": "Started or not.",
    "replaced_t": "The programme's share of the demand, as far as the earliest start brings it.",
    "bought_t": "Most that the source sells without a contract in the slot: its limit (base plan: the maximum, or the normal flow "
    "risen by the surge; recourse: what the cut leaves, and of a thin market the cut-off's share) times its spot share.",
    "tier_t": "The tier's width: the slot's share of its yearly volume.",
    "ordered": "Ordered or not.",
    "lifted_t": "The largest right that any signature of the contract gives in the slot; less what the cut takes.",
    "short": "Short or not.",
    "band_t": "Tonnes from the step of the band to the next one; the last band: to what the year's right lets lift.",
    "reached": "Reached or not.",
    "rebate_usd_m": "The cap, a twelfth for each month in force, or what the whole right of the year would earn.",
    "level_t": "What fits into the store; in the base plan no less than the minimum stock, in its last slot no less than the final stock.",
    "added_t": "Fill rate times capacity times months; into a store that is cut off, what the cut leaves of that.",
    "drawn_t": "Release rate times capacity times months; from a store that is cut off, what the cut leaves of that.",
    "cells": "No more cells than the site has room for.",
    "residue_t": "What the interim store may hold.",
    "filled_t": "What the cells of an existing site hold.",
    "sold_t": "Most that the market for surplus takes.",
    "owed_t": "All that was demanded until then.",
    "margin": "Zero, unless it is asked by how much all demand could be higher.",
}
"""Bounds of variables that act as rules, in words."""

MEANINGS = {
    "purchases": "Bought without a contract, at the source's price; in a recourse thin markets ask the cut-off's multiple of it.",
    "orders": "Fixed cost of each order; in a recourse in proportion to what is bought of the source's limit.",
    "contracts": "Lifted, at the price of the line's basket.",
    "take_or_pay": "Minimum of a settlement year that is not lifted, at its share of the price.",
    "volume_discounts": "What tonnes above a step cost less, on the year's lowest price; negative.",
    "make_up": "Tonnes paid in an earlier year, credited when they are lifted; negative.",
    "rebates": "The contract's share of the index above its trigger, given back for what is lifted; negative.",
    "freight": "Freight and insurance of what is bought and lifted.",
    "transport": "Shipments along routes, and the fixed cost of routes that are used (in a recourse of all).",
    "conversion": "Variable cost of plants, on the basis and mass of their capacity.",
    "storage": "Storage of the level at the end of each slot, for the months of the slot; the fixed cost of stores.",
    "handling": "Half when put into the store, half when drawn.",
    "capex": "Annuity of the capital cost, as it is spent while building and capitalised to the first month of operation, for the months "
    "of the economic life inside the plan.",
    "stop_restart": "What restarting and closing existing plants costs, in the period in which it is decided.",
    "fixed_opex": "Fixed operating cost of existing plants (a constant) and of each unit built, from the first month of operation on.",
    "financing": "Money put up at signature less the present value of what comes back, charged as a prepayment is.",
    "upfront": "Prepayment capitalised to the first delivery, as an annuity over the tenor, for the months of delivery inside the plan.",
    "programmes": "Programmes: what is spent at the start, compounded to the first effect, as an annuity from there over the life, and the "
    "fixed cost from there on, both for the months inside the plan; and the cost of each kilogram replaced.",
    "disposal": "Surplus disposed of, and stock written off.",
    "residue": "Interim storage and disposal of residue, what is still in store at the end of the plan included, and the fixed cost of "
    "sites and cells.",
    "backorders": "Demand owed at the end of each slot, to be served later, for the months of the slot.",
    "shortage": "Demand that is not served.",
    "penalties": "Tonnes delivered beyond a share ceiling, at the ceiling's price.",
    "sales": "Surplus sold; negative.",
    "terminal_stock": "Stock left at the end, at a share of the lowest purchase price; negative.",
}
"""Cost terms in words."""


# Readable algebra


def algebra(rule: Any) -> str:
    """One instance of a rule as an equation: nothing is subtracted, each term stands on the side where it is positive.

    Raises ``ValueError`` where the rule is not linear or is bounded on both sides by different numbers.
    """
    form = generate_standard_repn(rule.body)
    if not form.is_linear():
        raise ValueError(f"{rule.name} is not linear")
    lower, upper = pyo.value(rule.lower), pyo.value(rule.upper)
    if lower is not None and upper is not None and lower != upper:
        raise ValueError(f"{rule.name} is bounded on both sides")
    sign = "=" if lower == upper else "<=" if lower is None else ">="
    constant = (upper if lower is None else lower) - form.constant
    terms = [(float(c), v) for c, v in zip(form.linear_coefs, form.linear_vars, strict=True) if c != 0]
    if not any(c > 0 for c, _ in terms) and constant <= 0:
        terms, constant, sign = [(-c, v) for c, v in terms], -constant, {"=": "=", "<=": ">=", ">=": "<="}[sign]
    left = ([number(-constant)] if constant < 0 else []) + [_term(c, v) for c, v in terms if c > 0]
    right = ([number(constant)] if constant > 0 else []) + [_term(-c, v) for c, v in terms if c < 0]
    return f"{' + '.join(left) or '0'} {sign} {' + '.join(right) or '0'}"


def number(value: float) -> str:
    """A number to six digits, as it is written on the page."""
    return f"{value:.6g}"


def _term(coefficient: float, variable: Any) -> str:
    return named(variable) if coefficient == 1 else f"{number(coefficient)} {named(variable)}"


def named(variable: Any) -> str:
    """A variable with its index, without the block it lies in: ``level_t[store, material, form, 12]``."""
    index = variable.index()
    name = str(variable.parent_component().local_name)
    if index is None:
        return name
    return f"{name}[{', '.join(map(str, index if isinstance(index, tuple) else (index,)))}]"


# What the two models hold


@dataclass(frozen=True)
class Rule:
    """A rule in one model: its number and sentence (from its doc), name, index set, and one instance as an equation."""

    number: str
    sentence: str
    name: str
    index_set: str
    instance: str


def rules(model: Any) -> dict[str, Rule]:
    """The rules of a model that holds something, by name. Raises ``ValueError`` for one without number and sentence."""
    found = {}
    for component in model.component_objects(pyo.Constraint, active=True, descend_into=True):
        match = re.fullmatch(r"\(([A-Z]\d+)\) (.+)", component.doc or "")
        if match is None:
            raise ValueError(f"{component.name} has no number and sentence in its doc")
        instances = list(component.values())
        if instances:
            name = str(component.local_name)
            index = component.index_set()
            where = WHERE[name] if not index.doc else f"{index.local_name}: {index.doc}"
            longest = max(instances, key=lambda rule: len(generate_standard_repn(rule.body).linear_vars))
            found[name] = Rule(match[1], match[2], name, where, algebra(longest))
    return found


def _components(model: Any, kind: Any) -> dict[str, Any]:
    return {str(c.local_name): c for c in model.component_objects(kind, active=True, descend_into=True) if c.doc}


def example_models() -> tuple[Any, Any]:
    """The base plan, and the recourse of a cut in its second year, of a small case that has every feature."""
    study = Study(example())
    return base_plan(study), recourse(study, Pattern(study.case.cutoffs[0], 12))


# The page


def page() -> str:
    """The whole page, in Markdown."""
    return "\n\n".join(_parts(*example_models())) + "\n"


def _parts(base: Any, cut: Any) -> Iterator[str]:
    yield "# The model, rule by rule"
    yield (
        "Every rule, variable, bound and cost term, read from the model of a small case. A *run* is a timeline that is operated: "
        "the base plan in its periods, or the recourse of one pattern (a cut-off with one start) in single months. A slot is written as "
        "the month it begins with, counted 0, 1, 2 ... from the start of the plan. Tonnes are contained oxide (t REO) unless a rule says "
        "otherwise, totals of a slot; levels are at its end. What the base plan decided before a cut is handed to the recourse: "
        "contracts `signed` and `financed`, "
        "plants `built` (`sized_t_per_yr` where they have a cost curve), programmes `started`, disposal `cells`, what "
        "`runs` or is `restarted` where it may stop, as `opening_t` the stocks, as `lifted_before_t` what was lifted of a contract year "
        "already, as `under_way_t` what is out at toll plants, what residue lies in stores and cells, and as "
        "`owed_opening_t` what is owed of demand."
    )
    yield "## Rules"
    yield from _rule_parts(rules(base), rules(cut))
    yield "## Variables"
    yield from _variable_parts(base, cut)
    yield "## Bounds that act as rules"
    yield _table(("variable", "base plan", "recourse", "meaning"), _bound_rows(base, cut))
    yield "## Index sets"
    yield _table(("set", "in", "holds"), _set_rows(base, cut))
    yield "## Cost"
    yield (
        "Million USD. The base plan minimises the sum of all terms, each discounted to the start of the plan; a recourse is priced "
        "undiscounted, by the terms that it has."
    )
    yield _table(("term", "in", "one piece of it", "meaning"), _cost_rows(base, cut))
    yield (
        "The crisis cost of a pattern is the cost of its recourse, plus restoring at the end of its window, less what these terms "
        "of operation (all but capital, fixed costs, prepayments, programmes started and the stock left) cost the base plan in "
        "the same months; all undiscounted. Restoring: for every commodity the base plan's stock there, with cargo under way, "
        "less the recourse's, where that is more than nothing, at its base price plus conversion; for every settlement year that "
        "the window touches, the minimum that is still owed if the base plan goes on as it was, at the take-or-pay price. A "
        "recourse is chosen for the least of its own cost and restoring. Where a cut-off has a chance p per year, the objective "
        "holds, for each of its starts, p x (months that the start stands for) / 12 x discount factor x crisis cost, one crisis "
        "at a time."
    )


def _rule_parts(base: dict[str, Rule], cut: dict[str, Rule]) -> Iterator[str]:
    for name in sorted({**base, **cut}, key=lambda n: _order((base.get(n) or cut[n]).number)):
        shown = base.get(name) or cut[name]
        lines = [
            f"### {shown.number}: {shown.sentence}",
            "",
            f"`{name}`, {_where(name, base, cut)}. For each of {shown.index_set}.",
            "",
            "```text",
        ]
        for label, held in (("base plan", base), ("recourse", cut)):
            if name in held:
                lines.append(f"{label + ':':<11}{held[name].instance}")
        yield "\n".join([*lines, "```"])


ORDER = "KWRPLMCTSGDB"
"""Letters of the rules in the order of the page: commitments, stops, planner's rules, purchases, liftings, routes (what moves),
conversion, residue, storage, programmes, demand, balance."""


def _order(rule_number: str) -> tuple[int, int]:
    return ORDER.index(rule_number[0]), int(rule_number[1:])


def _where(name: str, base: Iterable[str], cut: Iterable[str]) -> str:
    inside = [label for label, held in (("base plan", base), ("recourse", cut)) if name in held]
    return "base plan and recourse" if len(inside) == 2 else f"{inside[0]} only"


def _variable_parts(base: Any, cut: Any) -> Iterator[str]:
    in_base, in_cut = ({n: v for n, v in _components(m, pyo.Var).items() if len(v)} for m in (base, cut))
    rows = []
    for name, variable in {**in_base, **in_cut}.items():
        data = next(iter(variable.values()))
        kind = "yes / no" if data.is_binary() else "whole number" if data.is_integer() else "number"
        given = " (given)" if data.fixed else ""
        rows.append((f"`{name}`", variable.index_set().doc or "", kind + given, _where(name, in_base, in_cut), variable.doc))
    yield _table(("variable", "for each of", "kind", "in", "meaning and unit"), rows)
    yield (
        "In a recourse `signed`, `financed`, `built`, `sized_t_per_yr`, `started`, `cells`, `runs`, `mothballed`, `restarted`, "
        "`lifted_before_t`, and what is called `opening`, `at_sea` or `under_way`, are what the base plan hands over, and no decision."
    )


def bounded(model: Any) -> dict[str, str]:
    """Variables with a bound other than zero from below, and the tightest instance of it, as text."""
    found = {}
    for name, variable in _components(model, pyo.Var).items():
        for data in variable.values():
            low, high = data.bounds
            if not data.fixed and (high is not None or low):
                part = f"{number(low)} <= {named(data)}" + ("" if high is None else f" <= {number(high)}")
                if name not in found or low:
                    found[name] = part
    return found


def _bound_rows(base: Any, cut: Any) -> Iterator[tuple[str, ...]]:
    in_base, in_cut = bounded(base), bounded(cut)
    for name in BOUNDS:
        yield f"`{name}`", _code(in_base.get(name)), _code(in_cut.get(name)), BOUNDS[name]


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""


def _set_rows(base: Any, cut: Any) -> Iterator[tuple[str, ...]]:
    in_base, in_cut = ({n: s for n, s in _components(m, pyo.Set).items() if len(s)} for m in (base, cut))
    for name, held in {**in_base, **in_cut}.items():
        yield f"`{name}`", _where(name, in_base, in_cut), held.doc


def _cost_rows(base: Any, cut: Any) -> Iterator[tuple[str, ...]]:
    in_base, in_cut = (_pieces(m) for m in (base, cut))
    for term in TERMS:
        yield term, _where(term, in_base, in_cut), f"`{_piece(in_base[term])}`", MEANINGS[term]


def _pieces(model: Any) -> dict[str, Piece]:
    found: dict[str, Piece] = {}
    for piece in model.cost_pieces:
        if piece.usd_m != 0 and (piece.term not in found or found[piece.term].variable is None):
            found[piece.term] = piece
    return found


def _piece(piece: Piece) -> str:
    of = "" if piece.variable is None else f" {named(piece.variable)}"
    return f"{number(piece.usd_m)}{of}, discounted by {number(piece.discount)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


# The small case that has every feature


def example() -> Case:
    """Two elements, four forms, two years: one of every feature. The figures are chosen for reading, not for sense."""
    return Case(
        settings=Settings(
            title="One of everything",
            start=Month(2027, 1),
            horizon_months=24,
            coarse_period_months=12,
            decision_every_months=12,
            discount_rate_pct=4.0,
            terminal_stock_share=0.5,
            home_country="home",
        ),
        elements=(Element(element="first", oxide_per_metal=1.25), Element(element="second", oxide_per_metal=1.2)),
        forms=(
            Form(form="ore", position=1, holds="mixtures"),
            Form(form="powder", position=2, holds="elements", disposal_usd_per_t=100.0),
            Form(form="bar", position=3, holds="elements", mass="metal"),
            Form(form="part", position=4, holds="mixtures", mass="product"),
        ),
        compositions=(Composition(mixture="mixed", element="first", share=0.7), Composition(mixture="mixed", element="second", share=0.3)),
        recipes=(Recipe(grade="grade", element="first", kg_per_kg=0.4), Recipe(grade="grade", element="second", kg_per_kg=0.25)),
        demands=(
            Demand(sector="makers", material="grade", form="part", t_per_yr=100.0, service_level=0.8, shortage_usd_per_kg=500.0),
            Demand(
                sector="others",
                material="first",
                form="powder",
                t_per_yr=12.0,
                protected=False,
                shortage_usd_per_kg=50.0,
                backorder_usd_per_kg_yr=4.0,
                rationing="priced",
            ),
        ),
        prices=(
            Price(index="index", material="first", form="powder", usd_per_kg=10.0),
            Price(index="index", material="second", form="powder", usd_per_kg=40.0),
        ),
        sources=_sources(),
        price_tiers=(
            PriceTier(source="mine", upto_t_per_yr=30.0, price_factor=1.0),
            PriceTier(source="mine", price_factor=1.25),
        ),
        programmes=(
            Programme(programme="collection", lead_months=6, ramp_pct=(50.0, 100.0), capex_usd_m=0.5, fixed_usd_m_per_yr=0.05),
            Programme(programme="substitution", capex_usd_m=1.0, requires=("collection",), exclusive_group="saving"),
            Programme(programme="thrifting", exclusive_group="saving"),
        ),
        programme_effects=(
            ProgrammeEffect(
                programme="substitution",
                sector="others",
                material="first",
                form="powder",
                share_affected=0.3,
                serves_material="second",
                serves_form="powder",
                t_per_t=1.2,
                usd_per_kg=1.0,
            ),
            ProgrammeEffect(programme="thrifting", sector="others", material="first", form="powder", share_affected=0.2, usd_per_kg=4.0),
        ),
        contracts=_contracts(),
        volume_discounts=(VolumeDiscount(contract="offtake", source="mine", from_t_per_yr=30.0, discount_pct=5.0),),
        financings=(
            Financing(
                financing="stake",
                contract="trial",
                kind="equity",
                usd_m=1.0,
                years=5,
                resale_share=0.5,
                optional=True,
                source="mine",
                extra_max_t_per_yr=12.0,
            ),
        ),
        contract_lines=(
            *(
                ContractLine(
                    contract=c.contract,
                    source="mine",
                    min_t_per_yr=(24.0,),
                    max_t_per_yr=(60.0,),
                    price_index="index",
                    discount_pct=10.0,
                    upside_share=0.3,
                    monthly_flexibility=1.5,
                    make_up_years=1,
                    make_up_cap_t=10.0,
                    upside_trigger_usd_per_kg=15.0,
                    upside_cap_usd_m_per_yr=0.1,
                )
                for c in _contracts()
            ),
            ContractLine(contract="old offtake", source="collected", max_share=(0.5,), price_index="index"),
        ),
        plants=_plants(),
        stores=(
            Store(store="store", owner="state", country="home", capacity_t=120.0, fixed_usd_m_per_yr=0.05),
            Store(store="depot", owner="makers", country="abroad"),
        ),
        capex_curve=tuple(
            CapexPoint(plant="large smelter", capacity_t_per_yr=size, capex_usd_m=cost)
            for size, cost in ((60.0, 4.0), (80.0, 4.8), (90.0, 5.0))
        ),
        stocks=(
            Stock(store="depot", material="second", form="powder", opening_t=8.0, shelf_life_months=12, cover_days=15.0),
            Stock(
                store="store",
                material="first",
                form="powder",
                opening_t=20.0,
                capacity_t=100.0,
                release_pct_per_month=20.0,
                fill_pct_per_month=50.0,
                minimum_t=5.0,
                final_t=10.0,
                storage_usd_per_t_yr=200.0,
                handling_usd_per_t=50.0,
                loss_pct_per_yr=1.0,
            ),
        ),
        residues=(Residue(residue="cake", plant="separation", t_per_t=0.5),),
        residue_sites=(
            ResidueSite(
                site="old cell",
                status="existing",
                storage_t=10.0,
                opening_t=4.0,
                cell_t=40.0,
                filled_t=30.0,
                fixed_opex_usd_m_per_yr=0.1,
                storage_usd_per_t_yr=50.0,
                disposal_usd_per_t=400.0,
            ),
            ResidueSite(site="new cells", status="candidate", cell_t=100.0, max_units=2, permit_months=6, build_months=3, capex_usd_m=1.0),
        ),
        sales=(Sale(material="second", form="powder", usd_per_kg=5.0, max_t_per_yr=6.0),),
        fixes=(
            Fix(decision="plant", name="small smelter", action="at most", value=1.0),
            Fix(decision="purchase", name="market", action="at least", year=2028, value=2.0),
        ),
        ceilings=(Ceiling(country="abroad", form="powder", elements=("first",), max_share=0.65, excess_usd_per_kg=40.0),),
        counts=(Count(rule="two origins", members=("trade", "market", "offtake"), at_least=1, at_most=2),),
        budgets=(Budget(budget="ministry", year=2027, usd_m=30.0, counts="all"),),
        routes=(
            Route(
                route="sea",
                from_kind="source",
                from_name="trade",
                to_kind="plant",
                to_name="tolling abroad",
                usd_per_t=50.0,
                capacity_t_per_yr=30.0,
                shared_capacity="ships",
                shared_capacity_t_per_yr=40.0,
                fixed_usd_m_per_yr=0.1,
                minimum_t_per_yr=6.0,
                minimum_waived_in_crisis=True,
            ),
            Route(route="coast", from_kind="source", from_name="trade", usd_per_t=10.0, shared_capacity="ships"),
        ),
        cutoffs=(CutOff(cutoff="cut", countries=("abroad",), severity=0.75, months=1, return_months=1, spot_price_multiplier=2.0),),
    )


def _sources() -> tuple[Source, ...]:
    return (
        Source(
            source="mine",
            plant="mine works",
            countries=("far away",),
            material="mixed",
            form="ore",
            max_t_per_yr=120.0,
            spot_share=0.5,
            price_index="index",
            price_factor=0.8,
            freight_usd_per_kg=0.5,
        ),
        Source(
            source="trade",
            countries=("abroad",),
            material="first",
            form="powder",
            max_t_per_yr=60.0,
            normal_t_per_yr=36.0,
            surge=0.15,
            price_index="index",
            order_cost_usd_m=0.02,
        ),
        Source(
            source="market",
            countries=("elsewhere",),
            material="second",
            form="powder",
            kind="spot",
            shipping_months=0.5,
            at_sea_t=1.0,
            max_t_per_yr=24.0,
            price_index="index",
            minimum_lot_t=2.0,
            lot_waived_in_crisis=True,
        ),
        Source(
            source="collected",
            countries=("home",),
            material="first",
            form="powder",
            max_t_per_yr=12.0,
            programme="collection",
            price_index="index",
            price_factor=0.7,
        ),
    )


def _contracts() -> tuple[Contract, ...]:
    return (
        Contract(contract="old offtake", status="in force", tenor_years=1),
        Contract(
            contract="offtake", status="on offer", tenor_years=5, take_or_pay_share=0.8, upfront_usd_m=2.0, exclusive_group="offtakes"
        ),
        Contract(contract="long offtake", status="on offer", lead_months=6, tenor_years=10, exclusive_group="offtakes"),
        Contract(contract="trial", status="on offer", tenor_years=1, excludes=("long offtake",)),
        Contract(contract="extension", status="on offer", tenor_years=1, extends="trial", requires=("small smelter",)),
    )


def _plants() -> tuple[Plant, ...]:
    smelter: dict[str, Any] = {
        "status": "candidate",
        "country": "home",
        "input_form": "powder",
        "output_form": "bar",
        "capacity_mass": "product",
        "recovery": 0.95,
        "exclusive_group": "smelters",
        "permit_months": 3,
        "build_months": 6,
        "fixed_opex_usd_m_per_yr": 0.1,
        "variable_opex_usd_per_kg": 3.0,
    }
    return (
        Plant(plant="mine works", status="supplier", country="far away", input_form="ore", output_form="ore", capacity_t_per_yr=90.0),
        Plant(
            plant="separation",
            status="existing",
            country="home",
            input_form="ore",
            output_form="powder",
            capacity_t_per_yr=150.0,
            capacity_basis="feed",
            transit_months=1.0,
            recovery=0.9,
            may_stop="mothball",
            mothball_opex_share=0.25,
            restart_months=3,
            restart_usd_m=0.3,
            retire_usd_m=0.4,
            fixed_opex_usd_m_per_yr=0.2,
            variable_opex_usd_per_kg=2.0,
        ),
        Plant(plant="small smelter", capacity_t_per_yr=30.0, max_units=2, ramp_pct=(50.0, 100.0), capex_usd_m=2.0, **smelter),
        Plant(
            plant="tolling abroad",
            status="existing",
            country="elsewhere",
            input_form="powder",
            output_form="bar",
            materials=("first",),
            capacity_t_per_yr=30.0,
        ),
        Plant(plant="large smelter", capacity_t_per_yr=90.0, requires=("offtake",), **smelter),
        Plant(
            plant="press",
            status="existing",
            country="home",
            input_form="bar",
            output_form="part",
            materials=("grade",),
            capacity_t_per_yr=200.0,
            capacity_mass="product",
            recovery=0.9,
            scrap_form="powder",
            scrap_return_share=0.5,
        ),
    )
