"""The rules of the audit: what each says, and when there is something to compare.

A rule that made no comparison although case and plan have what it is about is a finding: an audit that checked nothing
cannot pass.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from models.case import Case, Source, Stock
from models.plan import Plan, StockLevel
from optimizer.audit.starts import CLAIMS_SURVIVAL, IMPOSSIBLE, passed
from optimizer.audit.verdict import SUMMED_UP, Ledger


@dataclasses.dataclass(frozen=True)
class Rule:
    """``says`` the rule in words; ``applies`` tells whether a case and its plan have something to compare."""

    says: str
    applies: Callable[[Case, Plan], bool]


def _decides(_: Case, plan: Plan) -> bool:
    """Something is signed, built or started."""
    return bool(plan.constructions or plan.programme_starts) or any(row.decided for row in plan.signatures)


def _on_dates(case: Case, plan: Plan) -> bool:
    """Something is decided at decision dates; an extension is signed its lead before an end, whatever the dates."""
    extensions = {row.contract for row in case.contracts if row.extends}
    signed = any(row.decided and row.contract not in extensions for row in plan.signatures)
    return signed or bool(plan.constructions or plan.programme_starts)


def _must_survive(case: Case, plan: Plan) -> bool:
    """The plan says that it survives, and there is something to survive."""
    return plan.summary.status in CLAIMS_SURVIVAL and any(row.active and row.must_survive for row in case.cutoffs)


def _grouped(case: Case, plan: Plan) -> bool:
    """Something of an exclusive group is signed, built or started."""
    groups = {row.plant for row in case.plants if row.exclusive_group} | {row.contract for row in case.contracts if row.exclusive_group}
    groups |= {row.programme for row in case.programmes if row.exclusive_group}
    decided = {row.plant for row in plan.constructions} | {row.contract for row in plan.signatures}
    decided |= {row.programme for row in plan.programme_starts}
    return not groups.isdisjoint(decided)


def _requiring(case: Case, plan: Plan) -> bool:
    """Something is built that requires another."""
    built = {row.plant for row in plan.constructions}
    return any(row.requires and row.plant in built for row in case.plants)


def _survived(case: Case, plan: Plan) -> bool:
    """A pattern that must be survived passed and its recourse is kept."""
    runs = {row.run for row in plan.service if row.run != "base"}
    protected = any(row.protected for row in case.demands)
    return protected and any(row.must_survive and passed(row) and f"{row.cutoff}@{row.start}" in runs for row in plan.patterns)


def _costed(_: Case, plan: Plan) -> bool:
    """A pattern shows the cost of its recourse, and the recourse is kept."""
    runs = {row.run for row in plan.service if row.run != "base"}
    return any(row.recourse_usd_m is not None and f"{row.cutoff}@{row.start}" in runs for row in plan.patterns)


def _has_rows(_: Case, plan: Plan) -> bool:
    """The plan has rows of some run."""
    return any((plan.bought, plan.lifted, plan.processed, plan.plant_use, plan.stocks, plan.service, plan.surplus))


def _shows_figures(_: Case, plan: Plan) -> bool:
    """The plan has rows that show a limit, a price, a capacity or a loss."""
    return any((plan.bought, plan.lifted, plan.plant_use, plan.stocks))


def _ordered(case: Case, plan: Plan, wanted: Callable[[Source], bool]) -> bool:
    """The base plan buys something of a source of a kind."""
    sources = {row.source for row in case.sources if wanted(row)}
    return any(row.source in sources and row.run == "base" and row.bought_t > 0 for row in plan.bought)


def _several_periods(case: Case) -> bool:
    """The plan has more than one period: a level can be carried."""
    s = case.settings
    return s.horizon_months > (1 if s.fine_months else s.coarse_period_months)


def _stored(case: Case, plan: Plan) -> bool:
    """A store of limited capacity holds something."""
    limited = {(row.store, row.material, row.form) for row in case.stocks if row.capacity_t is not None}
    return any((row.store, row.material, row.form) in limited for row in plan.stocks)


def _rows_of(case: Case, plan: Plan, which: Callable[[Stock], bool]) -> list[StockLevel]:
    """Rows of the plan about stocks of a kind."""
    keys = {(row.store, row.material, row.form) for row in case.stocks if which(row)}
    return [row for row in plan.stocks if (row.store, row.material, row.form) in keys]


def _shared(case: Case, plan: Plan) -> bool:
    """Something lies in a store of limited room."""
    limited = {row.store for row in case.stores if row.capacity_t is not None}
    return bool(_rows_of(case, plan, lambda row: row.store in limited))


def _out_of_reach(case: Case, plan: Plan) -> bool:
    """A recourse has rows of a stock whose store is named by its cut-off, of all elements and forms."""
    for cutoff in case.cutoffs:
        if cutoff.stores and cutoff.severity > 0 and not cutoff.elements and not cutoff.forms:
            named = _rows_of(case, plan, lambda row, named=cutoff.stores: row.store in named)  # type: ignore[misc]
            if any(row.run.startswith(f"{cutoff.cutoff}@") for row in named):
                return True
    return False


def _toured(case: Case, plan: Plan) -> bool:
    """In a cut-off of a country something goes from a source of it straight to a plant abroad."""
    cut = {
        f"{row.cutoff}@": set(row.countries)
        for row in case.cutoffs
        if row.severity > 0 and not (row.elements or row.forms or min(row.ramp_pct) == 0)
    }
    of_source = {row.source: set(row.countries) for row in case.sources}
    abroad = {row.plant for row in case.plants if row.country != case.settings.home_country and row.status != "supplier"}
    ways = {row.route: of_source[row.from_name] for row in case.routes if row.from_kind == "source" and row.to_name in abroad}
    return any(row.run.startswith(name) and ways.get(row.route, set()) & who for row in plan.shipped for name, who in cut.items())


def _budgeted(case: Case, plan: Plan) -> bool:
    """Whether a crisis whose cost is told has a budget of its own, in a plan that claims to survive."""
    bounded = {row.cutoff for row in case.cutoffs if row.crisis_budget_usd_m is not None}
    return plan.summary.status in CLAIMS_SURVIVAL and any(row.crisis_usd_m is not None and row.cutoff in bounded for row in plan.patterns)


RULES: dict[str, Rule] = {
    "names": Rule("A row names what the case has.", _has_rows),
    "calendar": Rule("A row's period is one of its run's periods.", _has_rows),
    "duplicates": Rule("There is one row per key.", _has_rows),
    "finite": Rule("Amounts are finite and not negative.", _has_rows),
    "signatures": Rule("A contract on offer is signed at most once; one in force is not decided.", lambda _, plan: bool(plan.signatures)),
    "decision-date": Rule("Decisions fall on decision dates.", _on_dates),
    "decision-window": Rule("Decisions fall into the window of the row.", _decides),
    "lead-time": Rule("Delivery and operation begin after the lead time, and deliveries last for the tenor.", _decides),
    "horizon": Rule("No decision takes effect after the horizon.", _decides),
    "units": Rule("Units are whole, and no more than the maximum.", lambda _, plan: bool(plan.constructions)),
    "exclusive-group": Rule("At most one of an exclusive group is signed, built, or started.", _grouped),
    "plant-size": Rule("A plant has a size where it has a cost curve, between its ends.", lambda _, plan: bool(plan.constructions)),
    "required": Rule("What a plant requires is there, or decided no later.", _requiring),
    "plant-state": Rule(
        "Plants that may stop run, are mothballed or closed on decision dates, as their rows allow; what is closed stays closed.",
        lambda case, _: any(row.status == "existing" and row.may_stop != "no" for row in case.plants),
    ),
    "linked-contracts": Rule(
        "Extensions begin at an end; what a contract requires is decided, what it excludes is not.",
        lambda case, plan: any(
            row.extends or row.requires or row.excludes
            for row in case.contracts
            if row.contract in {signed.contract for signed in plan.signatures if signed.decided}
        ),
    ),
    "spot-limit": Rule("Bought without a contract <= spot share x what the source can sell.", lambda case, _: bool(case.sources)),
    "source-limit": Rule("Bought + lifted <= what the source can deliver: one tonne, one origin.", lambda case, _: bool(case.sources)),
    "supplier-plant": Rule(
        "A supplier's plant delivers no more than its capacity.", lambda case, _: any(row.status == "supplier" for row in case.plants)
    ),
    "line-limit": Rule(
        "Lifted <= the right of a contract in force, decided before the cut began.", lambda case, _: bool(case.contract_lines)
    ),
    "take-or-pay": Rule("A year's minimum is lifted, or paid.", lambda case, _: bool(case.contract_lines)),
    "line-year": Rule(
        "Where a month may lift more than a twelfth, the year is within its maximum, with what was lifted before a cut began.",
        lambda case, plan: any(
            row.monthly_flexibility > 1 for row in case.contract_lines if row.contract in {signed.contract for signed in plan.signatures}
        ),
    ),
    "make-up": Rule(
        "What is made up was paid, within its years and cap, and comes on top of the minimum.", lambda _, plan: bool(plan.make_ups)
    ),
    "financing": Rule("Money is put up with the signature, at the net cost of its terms.", lambda _, plan: bool(plan.financed)),
    "volume-discount": Rule("Only tonnes above a step cost less.", lambda _, plan: bool(plan.discounted)),
    "rebate": Rule(
        "Given back <= the contract's share above the trigger on what is lifted, and <= its cap.", lambda _, plan: bool(plan.rebates)
    ),
    "plant-capacity": Rule(
        "A plant handles no more than its capacity, after lead time and ramp.",
        lambda case, _: any(row.status != "supplier" for row in case.plants),
    ),
    "orders": Rule(
        "Every period in which something is bought pays the fixed cost of an order.",
        lambda case, plan: _ordered(case, plan, lambda row: row.order_cost_usd_m != 0),
    ),
    "minimum-lot": Rule(
        "A lot at least is bought, or nothing; in a cut-off nothing, unless the lot is waived.",
        lambda case, plan: _ordered(case, plan, lambda row: row.minimum_lot_t > 0),
    ),
    "arrivals": Rule(
        "What a source ships arrives a shipping time after its order, less what a cut-off takes of the cargo at sea.",
        lambda _, plan: bool(plan.arrivals),
    ),
    "residue-placed": Rule("What arises of residue is placed at sites that take it.", lambda _, plan: bool(plan.residue_placed)),
    "residue-store": Rule("A store of residue carries over and does not overflow.", lambda _, plan: bool(plan.residue_levels)),
    "residue-cells": Rule("What is disposed of fits the cells that are ready.", lambda _, plan: bool(plan.residue_levels)),
    "toll-return": Rule(
        "What a toll plant takes comes back after its transit, less what a cut-off takes.", lambda _, plan: bool(plan.tolled)
    ),
    "balance": Rule("Per commodity and period, what comes in goes out: nothing is created.", _has_rows),
    "sale-limit": Rule("Sold <= what the market takes.", lambda _, plan: bool(plan.surplus)),
    "sale-of-surplus": Rule("Sold <= joint output, scrap, liftings and what is drawn from stock.", lambda _, plan: bool(plan.surplus)),
    "stock-opening": Rule(
        "A run opens with the opening stock, or with the base plan's level at the start of the cut.", lambda _, plan: bool(plan.stocks)
    ),
    "stock-carry": Rule(
        "Level = level before, less loss, + added - drawn - written off.", lambda case, _: bool(case.stocks) and _several_periods(case)
    ),
    "stock-release": Rule("Drawn <= the release rate.", _stored),
    "stock-capacity": Rule("The level fits the store.", _stored),
    "stock-fill": Rule(
        "Put in <= the fill rate.", lambda case, plan: bool(_rows_of(case, plan, lambda row: row.fill_pct_per_month is not None))
    ),
    "stock-reach": Rule("A store that is cut off releases what the cut leaves.", _out_of_reach),
    "stock-shared": Rule("All that lies in a store fits together.", _shared),
    "stock-age": Rule(
        "Nothing lies longer than its shelf life, first in, first out.",
        lambda case, plan: bool(_rows_of(case, plan, lambda row: row.shelf_life_months is not None)),
    ),
    "stock-fresh": Rule(
        "Where a commodity has a shelf life, what goes into stores comes from elsewhere.",
        lambda case, plan: bool(_rows_of(case, plan, lambda row: row.shelf_life_months is not None)),
    ),
    "stock-cover": Rule("The base plan holds the days of cover.", lambda case, _: any(row.cover_days for row in case.stocks)),
    "stock-minimum": Rule("The base plan holds the minimum and the final stock.", lambda case, _: bool(case.stocks)),
    "stock-target": Rule(
        "A target is no more than the plan holds at some start of the year that must be survived.",
        lambda case, plan: bool(case.stocks) and _must_survive(case, plan),
    ),
    "programmes": Rule(
        "A programme is started at most once, and no sooner than what it requires.",
        lambda _, plan: bool(plan.programme_starts),
    ),
    "replaced": Rule("Replaced <= share of the demand, as far as the programme has come.", lambda case, _: bool(case.programme_effects)),
    "demand": Rule("The demand and requirement shown are those of the case.", lambda _, plan: bool(plan.service)),
    "owed": Rule(
        "What is owed is of demand that may be served later, and nothing is owed at the end.",
        lambda case, plan: bool(plan.service),
    ),
    "served": Rule("Served <= demand, and what was owed.", lambda case, _: bool(case.demands)),
    "service": Rule("Protected demand is served at its level in every month of a window that is survived.", _survived),
    "rationing": Rule(
        "Demand that is not priced goes unserved in the base plan only where none of it is put aside.",
        lambda case, _: any(row.rationing == "no" for row in case.demands),
    ),
    "route": Rule("A route carries what it may, up to its capacity, and its minimum where it is used.", lambda case, _: bool(case.routes)),
    "route-balance": Rule("An end that a route names gives and takes along routes.", lambda case, _: bool(case.routes)),
    "route-path": Rule("What passed a country that is cut is cut on its way through a plant abroad.", _toured),
    "planner-rules": Rule(
        "What the planner's own rules ask of the base plan is kept.", lambda case, _: bool(case.fixes or case.counts or case.budgets)
    ),
    "pattern": Rule("Patterns and their counts are those of case and rows.", lambda *_: True),
    "starts": Rule("Every start that must be survived has a pattern that passed.", _must_survive),
    "recourse": Rule(
        "Every start that must be survived has a recourse that proves it.",
        lambda case, plan: bool(plan.patterns) and _must_survive(case, plan),
    ),
    "missing": Rule(
        "What is missing is no more than is required, and the sum of its months; where no plan survives something is.",
        lambda _, plan: bool(plan.missing) or plan.summary.status == IMPOSSIBLE,
    ),
    "shortage": Rule(
        "What is listed as missing is what the rows do not serve; where no plan survives every start that was asked for is tested, and "
        "what is missing in all is what the plan says, and no less than its bound.",
        lambda _, plan: bool(plan.missing) or plan.summary.status == IMPOSSIBLE,
    ),
    "repairs": Rule("Repairs move what is negotiable, as far as it may, at the cost that is stated.", lambda _, plan: bool(plan.repairs)),
    "cost-term": Rule("Every cost term of every year follows from the rows.", lambda _, plan: bool(plan.costs)),
    "joint-cost": Rule("Every output of a separation bears its share of the cost of the feed.", lambda _, plan: bool(plan.joint_costs)),
    "cost-total": Rule("The plan's cost is the sum of its terms.", lambda *_: True),
    "cash": Rule("What is paid in every year follows from the rows.", lambda _, plan: bool(plan.cash)),
    "recourse-cost": Rule("A recourse's cost follows from its rows, undiscounted.", _costed),
    "crisis-cost": Rule(
        "A crisis costs its recourse and restoring, less what the base plan costs in the same months; expected and worst costs follow.",
        lambda _, plan: bool(plan.patterns),
    ),
    "restored": Rule(
        "Stocks and owed minimums that a crisis leaves short are restored, at base price plus conversion.",
        lambda _, plan: bool(plan.restored),
    ),
    "crisis-budget": Rule(
        "Crises cost no more than their budgets.",
        _budgeted,
    ),
    "gap": Rule("The gap follows from cost and bound.", lambda *_: True),
    "stated-figures": Rule("Limits, prices and capacities that rows show are the audit's own.", _shows_figures),
}
"""Every rule by name, in the order of the audit."""

UNCHECKED = "unchecked"
"""Name of the finding that a rule made no comparison."""


def check_coverage(case: Case, plan: Plan, ledger: Ledger) -> None:
    """A rule that applies has made at least one comparison."""
    for name in RULES:
        if RULES[name].applies(case, plan):
            ledger.holds(UNCHECKED, ledger.counts[name] > 0, SUMMED_UP, None, (name,), "at least one comparison", "none")
