"""Checks of the calendar, of contracts and candidate plants against it, of assumptions, and of the cut-offs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from models.case import Assumption, Case, Contract, CutOff, SettingSource, sheets_of_case
from models.chain import Chain
from models.check_chain import CHAIN_TABLES, chain_of, delivers, reachable, wanted
from models.columns import SCHEMA_VERSION, Month, columns_of
from models.findings import Finding, Rule, nearest, rule, warning
from models.horizon import Horizon
from models.kinds import bounds_words, kinds_of
from models.survival import hits_plant, hits_source, hits_store, phases, starts


@rule("Settings")
def _settings_agree(case: Case) -> Iterator[Finding]:
    """The layout is the one that is read, and the periods fit the decision dates and the calendar years."""
    settings = case.settings
    if settings.schema_version != SCHEMA_VERSION:
        mend = "Write a new workbook with the 'template' command and move the figures, or use the version that wrote this one."
        yield Finding("Settings", None, "schema_version", settings.schema_version, str(SCHEMA_VERSION), mend)
    if settings.fine_months > settings.horizon_months:
        mend = f"The whole plan of {settings.horizon_months} months is planned by the month. Lower it if that is not meant."
        yield warning("Settings", None, "fine_months", settings.fine_months, "at most the length of the plan", mend)
    horizon = Horizon(case)
    boundaries = {slot.first for slot in horizon.slots}
    odd = [m for m in horizon.decision_dates if m not in boundaries]
    if odd:
        mend = f"{horizon.date(odd[0])} lies inside a period, which is operated as one. Choose a multiple of the period's length."
        yield warning("Settings", None, "decision_every_months", settings.decision_every_months, "decisions at the start of periods", mend)
    across = next((slot for slot in horizon.slots if horizon.year(slot.first) != horizon.year(slot.end - 1)), None)
    if across is not None:
        mend = (
            f"The period from {horizon.date(across.first)} to {horizon.date(across.end - 1)} counts for {horizon.year(across.first)} whole."
        )
        mend += " Change the fine months or the period's length so that a period starts each January."
        yield warning("Settings", None, "coarse_period_months", settings.coarse_period_months, "periods that end with the year", mend)


def _citing() -> dict[str, tuple[str, list[dataclasses.Field[Any]]]]:
    """Sheets with columns that may cite an assumption: name of the field of the case, and the columns."""
    found = {}
    for sheet in sheets_of_case():
        record = sheet.metadata["record"]
        columns = [field for field in columns_of(record) if kinds_of(record)[field.name].cites]
        if columns:
            found[sheet.metadata["sheet"]] = (sheet.name, columns)
    return found


CITING = _citing()


def _cited_values_are_taken(table: str) -> Rule:
    """The rule that what a sheet cites lies within the bounds of the citing column."""
    rows_of, columns = CITING[table]

    @rule("Assumptions", table)
    def rows_cite_what_the_column_takes(case: Case) -> Iterator[Finding]:
        """What is cited lies within the bounds of the citing column."""
        citing: dict[str, dict[str, dataclasses.Field[Any]]] = {}
        for row in getattr(case, rows_of):
            for field in columns:
                if isinstance(getattr(row, field.name), str):
                    citing.setdefault(getattr(row, field.name), {})[field.name] = field
        for number, assumption in enumerate(case.assumptions):
            for field in citing.get(assumption.assumption, {}).values():
                low, above, high = field.metadata["at_least"], field.metadata["above"], field.metadata["at_most"]
                value = assumption.value
                if (low is not None and value < low) or (above is not None and value <= above) or (high is not None and value > high):
                    bound = "cannot be negative" if low == 0 and value < 0 else f"takes a number{bounds_words(field)}"
                    mend = f"It is cited as {field.name} on the sheet {table}, which {bound}."
                    yield Finding("Assumptions", number, "value", value, f"a number{bounds_words(field)}", mend)
                    break

    return rows_cite_what_the_column_takes


@rule("Assumptions", *CITING)
def _assumptions_are_used(case: Case) -> Iterator[Finding]:
    """Every assumption is cited."""
    cited = {
        getattr(row, field.name)
        for rows_of, columns in CITING.values()
        for row in getattr(case, rows_of)
        for field in columns
        if isinstance(getattr(row, field.name), str)
    }
    seen: set[str] = set()
    for number, assumption in enumerate(case.assumptions):
        name = assumption.assumption
        if name not in cited and name not in seen:
            mend = "No row cites it, so it decides nothing. Cite it by this name, or delete it."
            yield warning("Assumptions", number, "assumption", name, "an assumption that a row cites", mend)
        seen.add(name)


@rule("Assumptions")
def _assumptions_have_one_date(case: Case) -> Iterator[Finding]:
    """A row of a series gives a year or a month, and no two rows of a name begin in the same month."""
    seen: dict[tuple[str, Month], Assumption] = {}
    for number, row in enumerate(case.assumptions):
        if row.year is not None and row.month is not None:
            mend = f"The value applies from {row.month} on, or from January {row.year} on. Clear one of the two."
            yield Finding("Assumptions", number, "month", row.month, "a year or a month, not both", mend)
            continue
        date = row.month or (None if row.year is None else Month(row.year, 1))
        if date is None:
            continue
        other = seen.setdefault((row.assumption, date), row)
        if other is not row and (other.year, other.month) != (row.year, row.month):
            mend = f"Another row of '{row.assumption}' begins in {date} too. Join the two rows or delete one."
            yield Finding("Assumptions", number, "year" if row.month is None else "month", date, "one value from each month on", mend)


@rule("Contracts", "ContractLines", "Settings")
def _contracts_can_begin(case: Case) -> Iterator[Finding]:
    """Windows open before they close, and a contract that is never delivered inside the plan is said to be so."""
    horizon = Horizon(case)
    lined = {line.contract for line in case.contract_lines}
    groups = [contract.exclusive_group for contract in case.contracts if contract.exclusive_group]
    for number, contract in enumerate(case.contracts):
        if contract.status == "expired":
            continue
        if contract.contract not in lined:
            mend = "It gives the right to nothing. Add its sources on the sheet ContractLines."
            yield warning("Contracts", number, "contract", contract.contract, "a contract with at least one line", mend)
        if contract.sign_from and contract.sign_to and contract.sign_from > contract.sign_to:
            mend = f"The signing window closes in {contract.sign_to}, before it opens. Exchange the two months."
            yield Finding("Contracts", number, "sign_from", contract.sign_from, "a window that opens before it closes", mend)
        elif contract.status == "on offer" and not contract.extends:
            yield from _offer_is_open(number, contract, horizon)
        elif contract.status == "in force":
            yield from _in_force_delivers(number, contract, horizon)
        if contract.exclusive_group and groups.count(contract.exclusive_group) == 1:
            near = nearest(contract.exclusive_group, set(groups) - {contract.exclusive_group})
            mend = f"Did you mean '{near}'?" if near else "Nothing else is in this group. Clear it, or name it on the other contracts too."
            yield warning("Contracts", number, "exclusive_group", contract.exclusive_group, "a group of two or more", mend)


def _offer_is_open(number: int, contract: Contract, horizon: Horizon) -> Iterator[Finding]:
    """An offer that no decision date falls into, or that delivers only after the plan."""
    opens, closes = horizon.month_of(contract.sign_from, 0), horizon.month_of(contract.sign_to, horizon.months - 1)
    dates = [d for d in horizon.decision_dates if opens <= d <= closes]
    if not dates:
        mend = "No decision date falls into the window, so it is never signed. Widen the window, or decide more often (Settings)."
        yield warning("Contracts", number, "sign_to", contract.sign_to, "a signing window with a decision date in it", mend)
    elif max(dates[0] + contract.lead_months, horizon.month_of(contract.first_delivery, 0)) >= horizon.months:
        mend = "Its first delivery comes after the end of the plan, so it is never signed. Shorten the lead or lengthen the plan."
        yield warning("Contracts", number, "lead_months", contract.lead_months, "a first delivery inside the plan", mend)


def _in_force_delivers(number: int, contract: Contract, horizon: Horizon) -> Iterator[Finding]:
    """A contract in force that is over, has not begun by the end, or carries money that is already spent."""
    first = horizon.month_of(contract.first_delivery, 0)
    if first + 12 * contract.tenor_years <= 0:
        ended = horizon.date(first + 12 * contract.tenor_years - 1)
        mend = f"It ended in {ended}, before the plan starts. Mark it expired, or lengthen its tenor."
        yield warning("Contracts", number, "tenor_years", contract.tenor_years, "a contract that runs inside the plan", mend)
    if first >= horizon.months:
        mend = "It delivers only after the plan. Correct the month, or lengthen the plan."
        yield warning("Contracts", number, "first_delivery", contract.first_delivery, "a first delivery inside the plan", mend)
    if contract.upfront_usd_m > 0:
        mend = "The money of a contract in force is spent and does not count. Write 0."
        yield warning("Contracts", number, "upfront_usd_m", contract.upfront_usd_m, "0 for a contract in force", mend)


@rule("Demand")
def _what_is_owed_can_be_served_later(case: Case) -> Iterator[Finding]:
    """What is owed on the first day is of demand that may be served later."""
    for number, demand in enumerate(case.demands):
        if demand.owed_t and demand.backorder_usd_per_kg_yr is None:
            mend = "It is not used: demand of this row is never served later. Fill backorder_usd_per_kg_yr, or clear it."
            yield warning("Demand", number, "owed_t", demand.owed_t, "0 where nothing is served later", mend)


@rule("Sources", "Settings")
def _sources_run_forward(case: Case) -> Iterator[Finding]:
    """A source's months are in order and touch the plan, and what is under way has a way to go."""
    horizon = Horizon(case)
    for number, source in enumerate(case.sources):
        if source.first_month and source.last_month and source.first_month > source.last_month:
            mend = f"Its last month is {source.last_month}. Exchange the two months."
            yield Finding("Sources", number, "first_month", source.first_month, "a first month before the last", mend)
        elif horizon.month_of(source.first_month, 0) >= horizon.months or horizon.month_of(source.last_month, 0) < 0:
            field = "first_month" if horizon.month_of(source.first_month, 0) >= horizon.months else "last_month"
            mend = f"The plan runs from {horizon.date(0)} to {horizon.date(horizon.months - 1)}: the source never delivers."
            yield warning("Sources", number, field, getattr(source, field), "a month inside the plan", mend)
        if source.at_sea_t and not source.shipping_months:
            mend = "Nothing is under way where shipping takes no time: these tonnes never arrive. Fill shipping_months, or clear this cell."
            yield warning("Sources", number, "at_sea_t", source.at_sea_t, "blank where shipping takes no time", mend)


@rule("Plants", "Settings")
def _candidates_can_come(case: Case) -> Iterator[Finding]:
    """A candidate has a decision date from which it runs before the plan ends."""
    horizon = Horizon(case)
    for number, plant in enumerate(case.plants):
        if plant.status != "candidate":
            continue
        if plant.decide_from and plant.decide_to and plant.decide_from > plant.decide_to:
            mend = f"The latest decision is {plant.decide_to}. Exchange the two months."
            yield Finding("Plants", number, "decide_from", plant.decide_from, "an earliest decision before the latest", mend)
            continue
        opens, closes = horizon.month_of(plant.decide_from, 0), horizon.month_of(plant.decide_to, horizon.months - 1)
        dates = [d for d in horizon.decision_dates if opens <= d <= closes]
        takes = plant.permit_months + plant.build_months
        if not dates:
            mend = "No decision date falls into its window, so it is never built. Widen the window, or decide more often (Settings)."
            field = "decide_to" if plant.decide_to else "decide_from"
            yield warning("Plants", number, field, getattr(plant, field), "a window with a decision date in it", mend)
        elif dates[0] + takes >= horizon.months:
            mend = f"Decided in {horizon.date(dates[0])} it runs from {horizon.date(dates[0] + takes)}, after the plan: it is never built."
            yield warning("Plants", number, "build_months", plant.build_months, "a plant that can run inside the plan", mend)


@rule("CutOffs", "Settings")
def _cutoffs_have_starts(case: Case) -> Iterator[Finding]:
    """A cut-off that is tested starts inside the plan, in months that are in order."""
    horizon = Horizon(case)
    end = horizon.date(horizon.months)
    for number, cutoff in enumerate(case.cutoffs):
        if not cutoff.active:
            continue
        for field in ("first_start", "latest_first_start"):
            month: Month | None = getattr(cutoff, field)
            if month is not None and cutoff.last_start is not None and month > cutoff.last_start:
                mend = f"The last start is {cutoff.last_start}. Exchange or correct the two months."
                yield Finding("CutOffs", number, field, month, "a first start not after the last", mend)
            elif month is not None and not horizon.date(0) <= month <= end:
                mend = f"The plan runs from {horizon.date(0)} to {horizon.date(horizon.months - 1)}. Correct the month."
                yield Finding("CutOffs", number, field, month, "a month inside the plan", mend)
        if cutoff.first_start and cutoff.latest_first_start:
            mend = "The first start is given, so it is not searched for. Clear one of the two."
            yield warning("CutOffs", number, "latest_first_start", cutoff.latest_first_start, "blank where first_start is given", mend)
        if cutoff.last_start is not None and cutoff.last_start < horizon.date(0):
            mend = f"The plan starts in {horizon.date(0)}. Correct the month, or switch the row off."
            yield Finding("CutOffs", number, "last_start", cutoff.last_start, "a month inside the plan", mend)
        elif not starts(horizon, cutoff, max(0, horizon.month_of(cutoff.first_start, 0))):
            mend = "No period starts between the first and the last start, so nothing is tested. Correct the months."
            yield warning("CutOffs", number, "last_start", cutoff.last_start, "at least one start to test", mend)


@rule(*CHAIN_TABLES, "Contracts", "ContractLines", "Stores", "CutOffs")
def _cutoffs_hit_something(case: Case) -> Iterator[Finding]:
    """A cut-off names somebody who is there, or projects that are late; a country that nobody is in is probably a slip of the pen."""
    chain = chain_of(case)
    countries = {country for source in case.sources for country in source.countries} | {plant.country for plant in case.plants}
    countries |= {store.country for store in case.stores if store.country}
    followed = {cutoff.then for cutoff in case.cutoffs if cutoff.active}
    for number, cutoff in enumerate(case.cutoffs):
        counts = cutoff.active or cutoff.cutoff in followed
        strange = [country for country in cutoff.countries if country not in countries]
        if strange:
            near = nearest(strange[0], countries)
            mend = f"Did you mean '{near}'?" if near else f"Nothing comes from '{strange[0]}'. Correct the name, or delete it."
            yield warning("CutOffs", number, "countries", cutoff.countries, "countries of sources, plants or stores", mend)
        if not counts or cutoff.late_plants:
            continue
        if not _hits(cutoff, case, chain):
            mend = "Nothing in the workbook is cut by it. Check countries, names, elements and forms, or switch the row off."
            found = Finding("CutOffs", number, "cutoff", cutoff.cutoff, "a cut-off that cuts something", mend)
            yield found if cutoff.active else dataclasses.replace(found, severity="warning")
        elif cutoff.severity == 0:
            yield warning("CutOffs", number, "severity", 0, "a share above 0", "Nothing is cut. Correct it, or switch the row off.")


def _hits(cutoff: CutOff, case: Case, chain: Chain) -> bool:
    stores = {store.store: store for store in case.stores}
    return (
        any(hits_source(cutoff, source, chain) for source in case.sources)
        or bool(cutoff.routes)
        or any(contract.contract in cutoff.contracts for contract in case.contracts)
        or any(hits_plant(cutoff, plant, chain) for plant in case.plants if plant.status != "supplier")
        or any(hits_store(cutoff, stock, stores.get(stock.store), chain) for stock in case.stocks)
    )


@rule(*CHAIN_TABLES, "Contracts", "ContractLines", "Stores", "CutOffs")
def _survival_has_a_way(case: Case) -> Iterator[Finding]:
    """What must be served in a cut-off is held somewhere, comes from somebody who is not cut, or may be replaced by a programme."""
    chain = chain_of(case)
    replaced = {(effect.sector, effect.material, effect.form) for effect in case.programme_effects}
    rows = {cutoff.cutoff: cutoff for cutoff in case.cutoffs}
    stores = {store.store: store for store in case.stores}
    for cutoff in case.cutoffs:
        if not (cutoff.active and cutoff.must_survive):
            continue
        cuts = [phase.cutoff for phase in phases(cutoff, rows)]
        in_reach = [s for s in case.stocks if not any(hits_store(cut, s, stores.get(s.store), chain) for cut in cuts)]
        uncut = [s for s in case.sources if delivers(case, s) and not any(hits_source(cut, s, chain) for cut in cuts)]
        supplies = [c for s in uncut for c in chain.split(s.material, s.form)] + [(s.material, s.form) for s in in_reach]
        stopped = {plant.plant for plant in case.plants if plant.status == "supplier" or any(hits_plant(cut, plant, chain) for cut in cuts)}
        left = reachable(chain, supplies, {plant.plant for plant in case.plants} - stopped)
        for number, demand in enumerate(case.demands):
            needed = demand.protected and demand.service_level > 0 and wanted(case, demand)
            needed = needed and (demand.sector, demand.material, demand.form) not in replaced
            if needed and (demand.material, demand.form) not in left:
                rest = f"more than the {1 - cutoff.severity:.0%} that the cut leaves" if 0 < cutoff.severity < 1 else "anything"
                mend = (
                    f"Cannot survive '{cutoff.cutoff}': no store in reach holds it and every supply is cut. Add a row on the sheet Stocks."
                )
                expected = f"{rest} of {demand.material} as {demand.form} in '{cutoff.cutoff}'"
                yield warning("Demand", number, "material", demand.material, expected, mend)


@rule("Settings")
def _sources_are_of_settings(case: Case) -> Iterator[Finding]:
    """A source is given of a setting that there is, once, with a grade that there is."""
    names = [field.name for field in columns_of(type(case.settings))]
    grades = next(field for field in columns_of(SettingSource) if field.name == "confidence").metadata["choices"]
    seen: set[str] = set()
    for source in case.settings.sources:
        if source.setting not in names or source.setting in seen:
            mend = "It is given twice. Delete one." if source.setting in seen else "There is no such setting. Correct the name."
            yield Finding("Settings", None, source.setting, source.setting, "the source of each setting once", mend)
        elif source.confidence and source.confidence not in grades:
            yield Finding(
                "Settings",
                None,
                f"{source.setting}.confidence",
                source.confidence,
                f"one of {', '.join(grades)}",
                "Choose one of the grades.",
            )
        seen.add(source.setting)


TERM_RULES: tuple[Rule, ...] = (
    _sources_are_of_settings,
    _settings_agree,
    *(_cited_values_are_taken(table) for table in CITING),
    _assumptions_have_one_date,
    _assumptions_are_used,
    _contracts_can_begin,
    _what_is_owed_can_be_served_later,
    _sources_run_forward,
    _candidates_can_come,
    _cutoffs_have_starts,
    _cutoffs_hit_something,
    _survival_has_a_way,
)
"""Calendar, contracts, candidates, assumptions and cut-offs."""
