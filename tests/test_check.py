"""The rules that a case must keep, each with a case that breaks it and what is then said."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest
from workbooks import full_case

from models.case import Case, Composition, Currency, Demand, Price, Recipe, Recovery, Sale, Stock, Store
from models.check import STAGES, check
from models.columns import Month
from optimizer.template import example_case

Spoil = Callable[[Case], Case]


def change(table: str, row: int, **fields: Any) -> Spoil:
    """The case with some fields of one row changed."""

    def spoil(case: Case) -> Case:
        rows = list(getattr(case, table))
        rows[row] = dataclasses.replace(rows[row], **fields)
        return dataclasses.replace(case, **{table: tuple(rows)})

    return spoil


def settle(**fields: Any) -> Spoil:
    """The case with some settings changed."""
    return lambda case: dataclasses.replace(case, settings=dataclasses.replace(case.settings, **fields))


def add(table: str, *rows: Any) -> Spoil:
    """The case with rows added to a table."""
    return lambda case: dataclasses.replace(case, **{table: (*getattr(case, table), *rows)})


def again(**fields: Any) -> Spoil:
    """The case with a copy of its first cut-off, whose first start is given and which recovers at once, under another name."""

    def spoil(case: Case) -> Case:
        first = dataclasses.replace(case.cutoffs[0], first_start=case.settings.start, latest_first_start=None, return_months=0)
        return dataclasses.replace(case, cutoffs=(first, *case.cutoffs[1:], dataclasses.replace(first, cutoff="once more", **fields)))

    return spoil


def drop(table: str, keep: Callable[[Any], bool] = lambda row: False) -> Spoil:
    """The case with only some rows of a table."""
    return lambda case: dataclasses.replace(case, **{table: tuple(row for row in getattr(case, table) if keep(row))})


def all_of(*spoils: Spoil) -> Spoil:
    """Several changes."""

    def spoil(case: Case) -> Case:
        for one in spoils:
            case = one(case)
        return case

    return spoil


FINDINGS: list[tuple[Spoil, str, str, str]] = [
    # cells and keys, for a case built in Python
    (change("demands", 0, t_per_yr=math.nan), "error", "Demand[0].t_per_yr", "Type a number."),
    (change("demands", 0, t_per_yr="7"), "error", "Demand[0].t_per_yr", "Type a number, at least 0, or the name of an assumption"),
    (change("demands", 0, t_per_yr=1e10), "error", "Demand[0].t_per_yr", "too large to be meant"),
    (change("demands", 0, rationing="perhaps"), "error", "Demand[0].rationing", "Choose one of the words."),
    (change("demands", 0, material="Nd; Dy"), "error", "Demand[0].material", "These are several names."),
    (change("sources", 0, countries=()), "error", "Sources[0].countries", "Fill the cell."),
    (change("plants", 2, materials=("Hillside concentrate",) * 2), "error", "Plants[2].materials", "Name each one once."),
    (change("elements", 0, element="L;a"), "error", "Elements[0].element", "must not hold a semicolon"),
    (change("sources", 4, source="eastland nd oxide"), "warning", "Sources[4].source", "clearly different names"),
    (drop("demands"), "error", "Demand.", "Fill the sheet."),
    (settle(schema_version=7), "error", "Settings.schema_version", "Write a new workbook"),
    # materials and plants
    (change("compositions", 0, share=0.5), "error", "Compositions[2].share", "sum to 0.95. Add what is missing, or scale them by 1.05263."),
    (add("compositions", Composition(mixture="void", element="La", share=0.0)), "error", "Compositions[4].share", "sum to 0. Fill them."),
    (
        add("recipes", Recipe(grade="hard alloy", element="Dy", kg_per_kg=0.8)),
        "error",
        "Recipes[1].kg_per_kg",
        "holds 1.1 kg of metal per kg",
    ),
    (add("recipes", Recipe(grade="Nd", element="Nd", kg_per_kg=0.3)), "error", "Recipes[1].grade", "'Nd' is an element too."),
    (
        add("recipes", Recipe(grade="Hillside concentrate", element="Nd", kg_per_kg=0.3)),
        "error",
        "Recipes[1].grade",
        "is a mixture too",
    ),
    (change("demands", 0, material="hard alloy"), "error", "Demand[0].material", "Write one row for each element of 'hard alloy'"),
    (change("plants", 1, materials=("hard alloy",)), "error", "Plants[1].materials", "'hard alloy' is no element"),
    (change("plants", 2, materials=("Nd",)), "error", "Plants[2].materials", "'Nd' is an element: a plant from 'feed' to 'oxide'"),
    (change("plants", 1, scrap_return_share=0.5), "warning", "Plants[1].scrap_form", "no scrap comes back"),
    (change("plants", 2, capex_usd_m=0.0), "warning", "Plants[2].capex_usd_m", "built for nothing"),
    (change("plants", 2, online=Month(2028, 1)), "warning", "Plants[2].online", "It is not used"),
    (change("plants", 2, exclusive_group="north"), "warning", "Plants[2].exclusive_group", "Nothing else is in this group."),
    (change("plants", 1, capacity_t_per_yr=0.0), "warning", "Plants[1].capacity_t_per_yr", "makes nothing"),
    (add("recoveries", Recovery(plant="Hillside mine", element="Dy", recovery=0.5)), "warning", "Recoveries[1].plant", "is a supplier's"),
    (change("sources", 4, plant="Home metal works"), "error", "Sources[4].plant", "the same tonne twice"),
    (change("sources", 4, plant="Hillside mine"), "warning", "Sources[4].plant", "gives out 'feed'"),
    (change("sources", 5, plant=""), "warning", "Plants[0].plant", "and no source or cut-off does"),
    # supply, stocks
    (
        all_of(drop("sources"), drop("stocks"), drop("contract_lines"), drop("contracts")),
        "error",
        "Demand[0].material",
        "'Home metal works' makes it but lacks",
    ),
    (
        all_of(add("demands", Demand(sector="glass", material="La", form="metal", t_per_yr=1.0))),
        "error",
        "Demand[4].material",
        "No source sells La as metal and no plant makes it.",
    ),
    (
        all_of(drop("sources", lambda s: s.material == "Nd"), drop("contract_lines"), drop("contracts")),
        "warning",
        "Demand[1].material",
        "Once the opening stock is used up nothing follows.",
    ),
    (drop("contract_lines"), "warning", "Sources[5].spot_share", "90% of it needs a contract"),
    (change("sources", 0, normal_t_per_yr=5000.0), "warning", "Sources[0].normal_t_per_yr", "The maximum of 1400 t REO/yr is taken"),
    (change("stocks", 0, opening_t=2000.0), "error", "Stocks[0].opening_t", "1600 t REO do not fit into 1200 t REO"),
    (add("stores", Store(store="Stat")), "warning", "Stores[1].store", "No row of the sheet Stocks names it."),
    (change("stores", 0, store="national stores"), "warning", "Stores[0].store", "Did you mean"),
    (change("stores", 0, capacity_t=10.0), "error", "Stores[0].capacity_t", "t REO fit. Raise capacity_t or correct the stocks."),
    (change("stocks", 1, fill_pct_per_month=5.0, capacity_t=None), "error", "Stocks[1].fill_pct_per_month", "It is a share of capacity_t"),
    (change("stocks", 0, opening_age_months=5), "warning", "Stocks[0].opening_age_months", "Without a shelf life no age counts."),
    (change("stocks", 0, opening_age_months=24, shelf_life_months=24), "warning", "Stocks[0].opening_age_months", "is too old"),
    (change("stocks", 0, shelf_life_months=0), "error", "Stocks[0].shelf_life_months", "Type a number within the bounds."),
    (
        all_of(change("stocks", 0, cover_days=30.0), add("stocks", Stock(store="x", material="Nd", form="metal", cover_days=60.0))),
        "error",
        "Stocks[0].cover_days",
        "count together and state 30 days, 60 days.",
    ),
    (change("cutoffs", 0, stores=("nowhere",)), "error", "CutOffs[0].stores", "or correct the name."),
    (change("prices", 0, currency="EURO"), "error", "Prices[0].currency", "Did you mean 'EUR'?"),
    (change("plants", 1, currency="JPY"), "error", "Plants[1].currency", "Add it to the sheet Currencies, or correct the name."),
    (change("contract_lines", 0, currency="eur"), "error", "ContractLines[0].currency", "Did you mean 'EUR'?"),
    (change("currencies", 0, usd_per_unit=0.0), "error", "Currencies[0].usd_per_unit", "Type a number within the bounds."),
    (add("currencies", Currency(currency="USD", usd_per_unit=1.2)), "error", "Currencies[1].usd_per_unit", "one is worth one"),
    (add("currencies", Currency(currency="CHF", usd_per_unit=1.2)), "warning", "Currencies[1].currency", "No row states money in it."),
    (change("stocks", 0, final_t=1300.0), "error", "Stocks[0].final_t", "do not fit"),
    # calendar, contracts, candidates
    (settle(fine_months=60), "warning", "Settings.fine_months", "48 months is planned by the month"),
    (settle(decision_every_months=4), "warning", "Settings.decision_every_months", "2027-05 lies inside a period"),
    (settle(coarse_period_months=12, start=Month(2027, 4)), "warning", "Settings.coarse_period_months", "from 2027-04 to 2028-03"),
    (change("contracts", 0, sign_from=Month(2029, 1)), "error", "Contracts[0].sign_from", "closes in 2028-12, before it opens"),
    (
        change("contracts", 0, sign_from=Month(2028, 8), sign_to=Month(2028, 9)),
        "warning",
        "Contracts[0].sign_to",
        "No decision date falls into the window",
    ),
    (change("contracts", 0, lead_months=48), "warning", "Contracts[0].lead_months", "after the end of the plan"),
    (change("contracts", 0, status="in force"), "warning", "Contracts[0].upfront_usd_m", "is spent and does not count"),
    (
        change("contracts", 0, status="in force", first_delivery=Month(2010, 1), upfront_usd_m=0.0),
        "warning",
        "Contracts[0].tenor_years",
        "It ended in 2019-12",
    ),
    (drop("contract_lines"), "warning", "Contracts[0].contract", "gives the right to nothing"),
    (change("contract_lines", 0, min_t_per_yr=1300.0), "error", "ContractLines[0].min_t_per_yr", "The maximum is 1200 t REO/yr."),
    (change("contract_lines", 0, min_share=0.9, max_share=0.5), "error", "ContractLines[0].min_share", "The maximum is 0.5."),
    (
        change("contract_lines", 0, min_t_per_yr=1600.0, max_t_per_yr=None),
        "warning",
        "ContractLines[0].min_t_per_yr",
        "The source gives 1500 t REO/yr",
    ),
    (
        change("contract_lines", 0, min_t_per_yr=(300.0, 900.0), max_t_per_yr=(1200.0, 800.0)),
        "error",
        "ContractLines[0].min_t_per_yr",
        "The maximum is 1200; 800 t REO/yr.",
    ),
    (change("contracts", 0, requires=("Hillside offtake",)), "error", "Contracts[0].requires", "cannot refer to itself"),
    (change("contracts", 0, extends="Hillside offtake"), "error", "Contracts[0].extends", "round in a circle"),
    (change("contract_lines", 0, make_up_cap_t=5.0), "warning", "ContractLines[0].make_up_cap_t", "Nothing can be made up in 0 years"),
    (
        change("contract_lines", 0, make_up_years=2, min_t_per_yr=(0.0,)),
        "warning",
        "ContractLines[0].make_up_years",
        "Nothing is paid without being lifted",
    ),
    (change("contract_lines", 0, optional_t_per_yr=1300.0), "error", "ContractLines[0].optional_t_per_yr", "The maximum is 1200"),
    (change("contract_lines", 0, optional_t_per_yr=1000.0), "warning", "ContractLines[0].optional_t_per_yr", "is firm"),
    (change("contract_lines", 0, optional_t_per_yr=100.0), "warning", "ContractLines[0].optional_t_per_yr", "there at once"),
    (change("contract_lines", 0, upside_share=0.3), "error", "ContractLines[0].upside_trigger_usd_per_kg", "Fill the price"),
    (
        change("contract_lines", 0, upside_share=0.3, upside_trigger_usd_per_kg=1.0, price_index="", fixed_usd_per_kg=5.0),
        "error",
        "ContractLines[0].upside_share",
        "the line has a fixed price",
    ),
    (
        change("contract_lines", 0, upside_share=0.3, upside_trigger_usd_per_kg=1.0, floor_usd_per_kg=5.0),
        "warning",
        "ContractLines[0].upside_trigger_usd_per_kg",
        "would be given back",
    ),
    (change("contract_lines", 0, upside_cap_usd_m_per_yr=1.0), "warning", "ContractLines[0].upside_cap_usd_m_per_yr", "without a share"),
    (change("contracts", 0, take_or_pay_share=0.0), "warning", "ContractLines[0].min_t_per_yr", "binds nobody"),
    (
        change("sources", 0, first_month=Month(2029, 1), last_month=Month(2028, 1)),
        "error",
        "Sources[0].first_month",
        "Its last month is 2028-01.",
    ),
    (change("sources", 4, first_month=Month(2040, 1)), "warning", "Sources[4].first_month", "the source never delivers"),
    (change("plants", 2, build_months=48), "warning", "Plants[2].build_months", "Decided in 2027-01 it runs from 2031-04"),
    (
        change("plants", 2, decide_from=Month(2029, 1), decide_to=Month(2028, 1)),
        "error",
        "Plants[2].decide_from",
        "The latest decision is 2028-01.",
    ),
    # cut-offs and assumptions
    (change("cutoffs", 0, months=40), "error", "CutOffs[0].months", "state it as an assumption of the base plan"),
    (change("cutoffs", 0, countries=("Eastlund",)), "warning", "CutOffs[0].countries", "Did you mean 'Eastland'?"),
    (change("cutoffs", 0, countries=()), "error", "CutOffs[0].cutoff", "Nothing in the workbook is cut by it."),
    (change("cutoffs", 0, severity=0.0), "warning", "CutOffs[0].severity", "Nothing is cut."),
    (change("cutoffs", 0, first_start=Month(2035, 1)), "error", "CutOffs[0].first_start", "The plan runs from 2027-01 to 2030-12."),
    (
        change("cutoffs", 0, first_start=Month(2028, 1), last_start=Month(2027, 7)),
        "error",
        "CutOffs[0].first_start",
        "The last start is 2027-07.",
    ),
    (change("cutoffs", 0, first_start=Month(2028, 1)), "warning", "CutOffs[0].latest_first_start", "not searched for"),
    (change("cutoffs", 0, last_start=Month(2026, 1)), "error", "CutOffs[0].last_start", "The plan starts in 2027-01."),
    (again(), "error", "CutOffs[1].cutoff", "It says the same as"),
    (again(severity=0.5, months=1), "warning", "CutOffs[1].cutoff", "Whoever survives"),
    (change("demands", 0, service_level=1.5), "error", "Demand[0].service_level", "A share is written 0.015 for 1.5 %."),
    (
        all_of(
            drop("stocks"),
            drop("plants", lambda p: p.status == "supplier"),
            drop("recoveries"),
            drop("plant_rates"),
            drop("fractions"),
            drop("sales"),
        ),
        "warning",
        "Demand[0].material",
        "Cannot survive 'eastland': no store in reach holds it and every supply is cut.",
    ),
    (change("stocks", 0, opening_share="opening stocks"), "error", "Stocks[0].opening_share", "Did you mean 'opening stock'?"),
    (change("assumptions", 3, value=-0.2), "error", "Assumptions[3].value", "cannot be negative"),
    (change("assumptions", 1, month=Month(2028, 1)), "error", "Assumptions[1].month", "Clear one of the two."),
    (
        change("assumptions", 0, year=None, month=Month(2028, 1)),
        "error",
        "Assumptions[1].year",
        "begins in 2028-01 too. Join the two rows or delete one.",
    ),
    (change("cutoffs", 0, spot_availability=0.2), "warning", "Assumptions[3].assumption", "No row cites it"),
    # money
    (drop("prices", lambda p: p.form == "oxide"), "error", "Sources[0].price_index", "has no price for Nd as metal"),
    (
        drop("prices", lambda p: p.material != "La"),
        "error",
        "Sources[5].price_index",
        "has no price for La as oxide, neither for 'Hillside concentrate' itself nor for each of its elements",
    ),
    (change("contract_lines", 0, price_index=""), "error", "ContractLines[0].price_index", "Name a price index"),
    (change("contract_lines", 0, fixed_usd_per_kg=3.0), "warning", "ContractLines[0].fixed_usd_per_kg", "the fixed price is not used"),
    (change("contract_lines", 0, cap_usd_per_kg=9.0), "error", "ContractLines[0].floor_usd_per_kg", "The highest price of 9 is below it."),
    (
        add("sales", Sale(material="Nd", form="metal", usd_per_kg=75.0, max_t_per_yr=9.0)),
        "error",
        "Sales[1].usd_per_kg",
        "'Eastland Nd oxide' can be bought at 72 USD/kg REO (Sources): buying to sell would pay.",
    ),
    (
        add("sales", Sale(material="Nd", form="metal", usd_per_kg=75.0, max_t_per_yr=9.0)),
        "warning",
        "Sources[2].price_factor",
        "is sold at 75 USD/kg REO on the sheet Sales",
    ),
    (change("prices", 1, growth_pct_per_yr=8.0), "warning", "Prices[1].growth_pct_per_yr", "the plan hoards for gain"),
]


@pytest.mark.parametrize(("spoil", "severity", "place", "words"), FINDINGS, ids=[f"{f[2]}-{n}" for n, f in enumerate(FINDINGS)])
def test_a_broken_rule_is_told_at_its_row(spoil: Spoil, severity: str, place: str, words: str) -> None:
    """Each rule names table, row and column, says how grave it is, and how to mend it in a planner's words."""
    found = check(spoil(full_case()))
    told = [f"{f.table}{'' if f.row is None else f'[{f.row}]'}.{f.field} {f.severity}: {f.mend}" for f in found]
    assert any(line.startswith(f"{place} {severity}:") and words in line for line in told), "\n".join(told)
    assert all(f.expected and f.mend for f in found)


def test_a_sound_case_is_not_complained_about() -> None:
    """The example keeps every rule, also with an unused grade on it."""
    assert check(example_case()) == ()
    assert check(full_case()) == ()


def test_every_rule_says_what_it_holds_and_what_it_reads() -> None:
    """A rule has words for its docstring, names its sheets, and stands in one stage only."""
    rules = [rule for stage in STAGES for rule in stage]
    assert all(rule.find.__doc__ and rule.tables for rule in rules)
    assert len({rule.find for rule in rules}) == len(rules)


def test_one_slip_is_not_told_again_by_rules_that_rest_on_it() -> None:
    """With a broken composition nothing is said about prices and supply that follow from it."""
    found = check(change("compositions", 0, share=0.0)(full_case()))
    assert {f.table for f in found} == {"Compositions"}


def test_a_basket_sold_for_more_than_it_costs_is_a_money_pump() -> None:
    """A mixture that arrives as elements may not be worth more by the sheet Sales than it costs."""
    case = all_of(
        change("sources", 4, material="Hillside concentrate"),
        add("prices", Price(index="flat", material="Hillside concentrate", form="oxide", usd_per_kg=0.2)),
        change("sources", 4, price_index="flat"),
    )(full_case())
    assert [(f.table, f.row, f.severity) for f in check(case) if f.field in ("usd_per_kg", "price_factor")] == [
        ("Sales", 0, "error"),
        ("Sources", 4, "warning"),
    ]
