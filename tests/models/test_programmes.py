"""G1 to G6: which programmes are started, what demand they replace, which sources they open."""

from __future__ import annotations

import dataclasses

import pytest
from small_cases import base, bounds, case, crisis, cutoff, demand, equations, least_cost, missing_t, settings, source, stock

from models.build import base_plan, recourse
from models.case import Budget, Case, Contract, ContractLine, Count, Fix, Form, Programme, ProgrammeEffect, Recipe
from models.columns import Month
from models.run import Study
from models.survival import Pattern


def programme(name: str = "swap", **changes: object) -> Programme:
    """A candidate without cost, lead or ramp."""
    return Programme(**{"programme": name, "status": "candidate", **changes})  # type: ignore[arg-type]


def effect(name: str = "swap", **changes: object) -> ProgrammeEffect:
    """Half of the makers' alpha can be replaced, at no cost, by nothing."""
    plain: dict[str, object] = {"sector": "makers", "material": "alpha", "form": "powder", "share_affected": 0.5}
    return ProgrammeEffect(**{"programme": name, **plain, **changes})  # type: ignore[arg-type]


def with_programme(row: Programme, *effects: ProgrammeEffect, **sheets: object) -> Case:
    """The case with one programme; its effect is as above unless given."""
    return case(programmes=(row,), programme_effects=effects or (effect(),), **sheets)


BETA = effect(serves_material="beta", serves_form="powder", t_per_t=1.5)


# Rules


def test_starting_printed() -> None:
    """G1, G2 and G3 for two programmes of a group and one that requires the first: two dates of decision each."""
    rows = (
        programme("swap", exclusive_group="group"),
        programme("thrift", exclusive_group="group", decide_to=Month(2027, 1)),
        programme("more", requires=("swap",)),
    )
    model = base_plan(Study(case(programmes=rows, programme_effects=tuple(effect(row.programme) for row in rows))))
    assert equations(model, "started_at_most_once") == [
        "started[swap, 0] + started[swap, 12] <= 1",
        "started[thrift, 0] <= 1",
        "started[more, 0] + started[more, 12] <= 1",
    ]
    assert equations(model, "one_programme_of_a_group") == ["started[swap, 0] + started[swap, 12] + started[thrift, 0] <= 1"]
    assert equations(model, "start_after_what_it_requires") == [
        "started[more, 0] <= started[swap, 0]",
        "started[more, 0] + started[more, 12] <= started[swap, 0] + started[swap, 12]",
    ]


def test_replacing_printed() -> None:
    """G4: half of 12 t, by a quarter in the first year of effect and whole in the second; D1 counts it; what is used instead is taken
    from the balance."""
    changed = with_programme(programme(lead_months=6, ramp_pct=(25.0, 100.0)), BETA)
    model = base_plan(Study(changed))
    assert equations(model, "replace_no_more_than_its_share") == [
        "replaced_t[swap, makers, alpha, powder, 0] <= 0.75 started[swap, 0]",
        "replaced_t[swap, makers, alpha, powder, 12] <= 3.75 started[swap, 0] + 0.75 started[swap, 12]",
    ]
    assert equations(model, "serve_or_leave_unmet")[0] == (
        "served_t[makers, alpha, powder, 0] + replaced_t[swap, makers, alpha, powder, 0] + unmet_t[makers, alpha, powder, 0] = 12"
    )
    assert "bought_t[trade beta, 0] = 1.5 replaced_t[swap, makers, alpha, powder, 0] + disposed_t[beta, powder, 0]" in equations(
        model, "nothing_appears_or_vanishes"
    )


def test_a_recourse_has_what_was_started_before() -> None:
    """A cut in month 12 knows the start of month 0 and not that of month 12; D2 counts what is replaced; in force it needs no rule."""
    changed = with_programme(programme(), cutoffs=(cutoff(months=1),))
    model = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert equations(model, "replace_no_more_than_its_share") == ["replaced_t[swap, makers, alpha, powder, 12] <= 0.5 started[swap, 0]"]
    assert equations(model, "protected_demand_survives") == [
        "1 + 1 margin[all] <= served_t[makers, alpha, powder, 12] + replaced_t[swap, makers, alpha, powder, 12] "
        "+ missing_t[makers, alpha, powder, 12]".replace("1 margin", "margin")
    ]
    running = with_programme(programme(status="in force", online=Month(2028, 1), ramp_pct=(50.0,)), cutoffs=(cutoff(months=1),))
    for model in (base_plan(Study(running)), recourse(Study(running), Pattern(running.cutoffs[0], 12))):
        assert equations(model, "replace_no_more_than_its_share") == []
    assert bounds(base_plan(Study(running)), "replaced_t") == {("swap", "makers", "alpha", "powder", 12): (0, 3)}


# With and without


def test_thrifting_with_and_without() -> None:
    """24 t of alpha at 10 USD/kg cost 0.24; half of it replaced by nothing at 4 USD/kg and 0.01 at the start, 0.178; at 20 USD/kg it is
    left alone."""
    assert base(case()).cost == pytest.approx(0.24)
    done = base(with_programme(programme(capex_usd_m=0.01, life_years=2), effect(usd_per_kg=4.0)))
    assert done.cost == pytest.approx(0.12 + 0.048 + 0.01)
    assert done.value("started", "swap", 0) == 1
    assert base(with_programme(programme(capex_usd_m=0.01), effect(usd_per_kg=20.0))).cost == pytest.approx(0.24)


def test_thrifting_that_saves_a_fifth() -> None:
    """All demand served with the same material and 0.8 t for each: 19.2 t at 10 USD/kg, 0.192 against 0.24."""
    less = effect(share_affected=1.0, serves_material="alpha", serves_form="powder", t_per_t=0.8)
    assert base(with_programme(programme(), less)).cost == pytest.approx(0.192)


def test_substitution_with_and_without() -> None:
    """A cut of three months lacks 3 t of alpha and must find them in store: 0.27. With half replaced by beta from elsewhere, 1.5 t for
    each, 12 t alpha, 18 t beta at 20 USD/kg and 1.5 t in store: in the base plan beta is dearer and nothing is replaced: 0.24 + 0.015,
    and 0.001 fixed for the months that it can be used."""
    safe = (source(), source("trade beta", "beta", countries=("elsewhere",)))
    plain = case(sources=safe, stocks=(stock(),), cutoffs=(cutoff(),))
    assert least_cost(plain) == pytest.approx(0.27)
    changed = dataclasses.replace(plain, programmes=(programme(capex_usd_m=0.001, life_years=1),), programme_effects=(BETA,))
    assert least_cost(changed) == pytest.approx(0.24 + 0.015 + 0.001)


def test_lead_time_and_ramp_are_physical() -> None:
    """Half of the alpha replaced saves 0.12 in two years; with a lead of a year 0.06; with a year at 50 % besides, 0.03; with a lead as
    long as the plan it cannot be started."""
    for lead, ramp, saved in ((0, (100.0,), 0.12), (12, (100.0,), 0.06), (12, (50.0, 100.0), 0.03), (24, (100.0,), 0.0)):
        answer = base(with_programme(programme(lead_months=lead, ramp_pct=ramp)))
        assert answer.cost == pytest.approx(0.24 - saved)


def test_own_masses_are_converted() -> None:
    """Alpha metal (1.25 t REO a tonne) replaced one for one by beta metal (1.2): 12.5 t REO of demand are 10 t of metal, which need
    12 t REO of beta; the cost per kilogram is of metal, 0.1 for 10 t at 10 USD/kg."""
    bars = Form(form="bar", position=3, holds="elements", mass="metal")
    needs = demand(form="bar", t_per_yr=10.0)
    swap = effect(form="bar", share_affected=1.0, serves_material="beta", serves_form="bar", usd_per_kg=10.0)
    plain = case()
    changed = dataclasses.replace(
        with_programme(programme(), swap),
        settings=settings(horizon_months=12),
        forms=(*plain.forms, bars),
        demands=(needs,),
        prices=(*plain.prices, *(dataclasses.replace(p, form="bar") for p in plain.prices)),
        sources=(source("trade beta", "beta", form="bar"),),
    )
    answer = base(changed)
    assert answer.total("replaced_t") == pytest.approx(12.5)
    assert answer.total("bought_t") == pytest.approx(12)
    assert answer.cost == pytest.approx(12 * 20e-3 + 0.1)


def test_another_recipe_with_and_without() -> None:
    """Makers take grade B (no beta) instead of grade A (half beta) once qualified: per tonne of product, A holds 0.25 t alpha oxide and
    0.24 t beta oxide at 10 and 20 USD/kg, 7.3 USD/kg; B 0.375 t alpha oxide, 3.75. 12 t a year, two years: 0.1752 and 0.09."""
    parts = Form(form="part", position=4, holds="mixtures", mass="product")
    grades = (
        Recipe(grade="A", element="alpha", kg_per_kg=0.2),
        Recipe(grade="A", element="beta", kg_per_kg=0.2),
        Recipe(grade="B", element="alpha", kg_per_kg=0.3),
    )
    plain = case()
    without = dataclasses.replace(
        plain,
        forms=(*plain.forms, parts),
        recipes=grades,
        demands=(demand("A", form="part"),),
        sources=(source("a", "A", form="part"), source("b", "B", form="part")),
    )
    assert base(without).cost == pytest.approx(0.1752)
    swap = effect(material="A", form="part", share_affected=1.0, serves_material="B", serves_form="part")
    answer = base(dataclasses.replace(without, programmes=(programme(),), programme_effects=(swap,)))
    assert answer.cost == pytest.approx(0.09)


def test_groups_and_requirements_with_and_without() -> None:
    """Two programmes that replace half each save all 0.24; of one group only 0.12; the second requiring the first at a start cost of
    0.05, 0.19; requiring one that is in force, 0.24."""
    both = (effect("swap"), effect("thrift"))

    def cost(*rows: Programme) -> float:
        return base(case(programmes=rows, programme_effects=both)).cost

    one, two = programme("swap"), programme("thrift")
    assert cost(one, two) == pytest.approx(0)
    assert cost(dataclasses.replace(one, exclusive_group="g"), dataclasses.replace(two, exclusive_group="g")) == pytest.approx(0.12)
    first = programme("first", capex_usd_m=0.05, life_years=2)
    needy = dataclasses.replace(two, requires=("first",))
    assert cost(one, needy, first) == pytest.approx(0.05)
    assert cost(one, needy, dataclasses.replace(first, status="in force")) == pytest.approx(0)


def test_capital_is_an_annuity_from_the_first_effect() -> None:
    """0.1 spent a year before the first effect, at 10 % over two years: 0.11 x 0.1 / (1 - 1.1^-2) = 0.0633809524 a year, one year of it
    inside the plan and a quarter of a year in the three months behind it; fixed cost of 0.004 a year for the same months. All discounted
    to the first day of their period."""
    row = programme(lead_months=12, capex_usd_m=0.1, life_years=2, fixed_usd_m_per_yr=0.004, decide_to=Month(2027, 1))
    rates = settings(discount_rate_pct=10.0, discounting="start")
    changed = with_programme(row, settings=rates, cutoffs=(cutoff(),), stocks=(stock(),))
    pieces = [p for p in base_plan(Study(changed)).cost_pieces if p.term == "programmes" and p.usd_m]
    annuity = 0.11 * 0.1 / (1 - 1.1**-2)
    assert [(p.year, p.usd_m, p.discount, p.paid) for p in pieces] == [
        (2028, pytest.approx(annuity), pytest.approx(1 / 1.1), False),
        (2028, pytest.approx(0.004), pytest.approx(1 / 1.1), True),
        (2029, pytest.approx(annuity / 4), pytest.approx(1 / 1.21), False),
        (2029, pytest.approx(0.001), pytest.approx(1 / 1.21), False),
    ]


def test_what_is_in_force_costs_its_fixed_cost() -> None:
    """In force from July 2027 at 0.02 a year: 0.03 over the plan, whatever is decided; its capital is spent."""
    row = programme(status="in force", online=Month(2027, 7), fixed_usd_m_per_yr=0.02, capex_usd_m=9.0)
    assert base(with_programme(row)).cost == pytest.approx(0.24 - 0.09 + 0.03)


# Collection


def collected(row: Programme, **changes: object) -> Case:
    """Alpha collected at half the index, besides the trade, once the programme runs."""
    scrap = source("collected", countries=(), price_factor=0.5, programme="swap", max_t_per_yr=12.0, **changes)
    return case(programmes=(row,), sources=(source(), scrap), settings=settings(), cutoffs=(cutoff(months=1),))


def test_collection_printed() -> None:
    """G5: 12 t a year from the start of month 0, 6 t in its first year at 50 %; a recourse has a twelfth of what was started before.
    G6 where a contract takes of it: both together."""
    changed = collected(programme(ramp_pct=(50.0, 100.0)))
    model = base_plan(Study(changed))
    assert equations(model, "buy_what_the_programme_opens") == [
        "bought_t[collected, 0] <= 6 started[swap, 0]",
        "bought_t[collected, 12] <= 12 started[swap, 0] + 6 started[swap, 12]",
    ]
    assert equations(model, "have_what_the_programme_opens") == []
    cut = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert equations(cut, "buy_what_the_programme_opens") == ["bought_t[collected, 12] <= started[swap, 0]"]
    contract = Contract(contract="offtake", status="in force", tenor_years=9)
    line = ContractLine(contract="offtake", source="collected", price_index="index", max_share=0.5)
    lined = dataclasses.replace(changed, contracts=(contract,), contract_lines=(line,))
    assert equations(base_plan(Study(lined)), "have_what_the_programme_opens") == [
        "bought_t[collected, 0] + lifted_t[offtake, collected, 0] <= 6 started[swap, 0]",
        "bought_t[collected, 12] + lifted_t[offtake, collected, 12] <= 12 started[swap, 0] + 6 started[swap, 12]",
    ]


def test_collection_with_and_without() -> None:
    """24 t at 10 USD/kg, 0.24; with collection, started for 0.02, all of it at 5 USD/kg: 0.14; in force at half its way, 12 t of it:
    0.18; where it may not be decided before 2029, 0.24."""
    row = programme(capex_usd_m=0.02, life_years=2)
    assert base(case()).cost == pytest.approx(0.24)
    assert base(collected(row)).cost == pytest.approx(0.14)
    assert base(collected(programme(status="in force", ramp_pct=(50.0,)))).cost == pytest.approx(0.18)
    assert base(collected(dataclasses.replace(row, decide_from=Month(2029, 1)))).cost == pytest.approx(0.24)


def test_collection_survives_a_cut() -> None:
    """Started before, 1 t a month is collected in the cut and nothing is missing; not started, 1 t is; at half its way, 0.5 t."""
    changed = collected(programme())
    assert missing_t(crisis(changed, 12)) == pytest.approx(1)
    assert missing_t(crisis(changed, 12, started={("swap", 0): 1.0})) == pytest.approx(0)
    half = collected(programme(ramp_pct=(50.0,)))
    assert missing_t(crisis(half, 12, started={("swap", 0): 1.0})) == pytest.approx(0.5)


# Contingencies


def test_a_contingency_waits_for_its_lead_and_ramps_by_the_month() -> None:
    """Nothing in the base plan; in a cut of five months nothing for two, then half and all of 0.5 t a month; without a rule, since
    nothing was decided."""
    row = programme(status="contingency", lead_months=2, ramp_pct=(50.0, 100.0))
    changed = with_programme(row, cutoffs=(cutoff(months=5),))
    assert bounds(base_plan(Study(changed)), "replaced_t") == {}
    model = recourse(Study(changed), Pattern(changed.cutoffs[0], 12))
    assert {key[-1]: most for key, (_, most) in bounds(model, "replaced_t").items()} == {14: 0.25, 15: 0.5, 16: 0.5}
    assert equations(model, "replace_no_more_than_its_share") == []


def test_a_contingency_with_and_without() -> None:
    """A cut of three months needs 3 t in store, 0.27; with a lever that saves half from the second month on, 2 t: 0.26. The base plan
    pays nothing for it; in the crisis its 1 t costs 0.03 at 30 USD/kg."""
    sheets = {"stocks": (stock(),), "cutoffs": (cutoff(),)}
    row = programme(status="contingency", lead_months=1, capex_usd_m=5.0, fixed_usd_m_per_yr=5.0)
    changed = with_programme(row, effect(usd_per_kg=30.0), **sheets)
    assert least_cost(case(**sheets)) == pytest.approx(0.27)
    assert least_cost(changed) == pytest.approx(0.26)
    model = crisis(changed, 12, {("store", "alpha", "powder"): 2.0})
    pieces = {p.term: p.usd_m for p in model.cost_pieces if p.usd_m and p.term == "programmes"}
    assert pieces == {"programmes": pytest.approx(0.03)}


def test_a_source_for_a_crisis_only() -> None:
    """An emergency supply of 1 t a month: not for sale in the base plan, though cheaper; in a cut of three months from the second on.
    Stock of 1 t instead of 3: 0.25 against 0.27."""
    row = programme(status="contingency", lead_months=1)
    emergency = source("reserve", countries=("elsewhere",), price_factor=0.5, programme="swap", max_t_per_yr=12.0)
    sheets = {"stocks": (stock(),), "cutoffs": (cutoff(),)}
    changed = case(programmes=(row,), sources=(source(), emergency), **sheets)
    assert base(changed).total("bought_t") == pytest.approx(24)
    assert base(changed).cost == pytest.approx(0.24)
    assert least_cost(changed) == pytest.approx(0.25)


# The planner's own rules


def ruled(*fixes: Fix, counts: tuple[Count, ...] = (), budgets: tuple[Budget, ...] = ()) -> Case:
    """Two programmes that replace half of the demand each, 0.05 at the start of each; without rules both are started at once."""
    rows = tuple(programme(name, capex_usd_m=0.05, life_years=2) for name in ("swap", "thrift"))
    effects = (effect("swap"), effect("thrift"))
    return case(programmes=rows, programme_effects=effects, fixes=fixes, counts=counts, budgets=budgets)


def test_programmes_obey_the_planner() -> None:
    """Both cost 0.1 and save all of 0.24. One forbidden: 0.12 + 0.05; both: 0.24; one no sooner than 2028: a year of half the demand is
    bought, 0.06, and half of its annuity falls behind the plan, 0.025: 0.135; one at most, 0.17; 0.05 a year to spend: one in each year,
    0.135."""

    def forbid(name: str, year: int | None = None) -> Fix:
        return Fix(decision="programme", name=name, action="forbid", year=year)

    assert base(ruled()).cost == pytest.approx(0.1)
    assert base(ruled(forbid("swap"))).cost == pytest.approx(0.17)
    assert base(ruled(forbid("swap"), forbid("thrift"))).cost == pytest.approx(0.24)
    assert base(ruled(forbid("swap", 2027))).cost == pytest.approx(0.135)
    assert base(ruled(counts=(Count(rule="one", members=("swap", "thrift"), at_most=1),))).cost == pytest.approx(0.17)
    assert base(ruled(budgets=(Budget(budget="ministry", usd_m=0.05, counts="capex"),))).cost == pytest.approx(0.135)


def test_a_programme_that_does_not_pay_can_be_forced() -> None:
    """At 0.5 for what saves 0.12 nothing is started, 0.24; forced in 2028, half of the 0.5 inside the plan and 0.06 saved: 0.43."""
    row = programme(capex_usd_m=0.5, life_years=2)
    force = Fix(decision="programme", name="swap", action="force", year=2028)
    assert base(with_programme(row)).cost == pytest.approx(0.24)
    changed = with_programme(row, fixes=(force,))
    assert equations(base_plan(Study(changed)), "keep_what_is_fixed") == ["started[swap, 12] >= 1"]
    assert base(changed).cost == pytest.approx(0.43)
