"""Checks of contract lines: minimums, maximums and what the terms refer to."""

from __future__ import annotations

from collections.abc import Iterator

from models.case import Case, Contract, ContractLine
from models.check_chain import CHAIN_TABLES, chain_of
from models.findings import Finding, Rule, rule, warning
from models.horizon import Horizon
from models.kinds import value_words
from models.run import extensions
from models.survival import hits_source


def _by_year(line: ContractLine, *fields: str) -> Iterator[tuple[float, ...]]:
    """The values of some columns in each contract year that any of them lists."""
    lists = [getattr(line, field) for field in fields]
    for year in range(max(map(len, lists))):
        yield tuple(values[min(year, len(values) - 1)] for values in lists if values)


@rule("Contracts", "ContractLines", "Sources", "Assumptions", "Settings")
def _lines_ask_what_is_there(case: Case) -> Iterator[Finding]:
    """A minimum is within the maximum and within the source's output, and counts for something."""
    horizon = Horizon(case)
    output = {source.source: horizon.cited(source.max_t_per_yr, 0) for source in case.sources}
    shares = {contract.contract: contract.take_or_pay_share for contract in case.contracts}
    for number, line in enumerate(case.contract_lines):
        yield from _minimum_fits(number, line, output[line.source])
        if any(least > most for least, most in _by_year(line, "min_share", "max_share")):
            mend = f"The maximum is {value_words(line.max_share)}. Exchange or correct the two."
            yield Finding("ContractLines", number, "min_share", line.min_share, "a minimum share not above the maximum", mend)
        if (any(line.min_t_per_yr) or any(line.min_share)) and shares[line.contract] == 0:
            field = "min_t_per_yr" if any(line.min_t_per_yr) else "min_share"
            mend = f"'{line.contract}' has a take-or-pay share of 0, so the minimum costs nothing and binds nobody. Fill the share."
            yield warning("ContractLines", number, field, getattr(line, field), "a minimum that is paid for", mend)


def _minimum_fits(number: int, line: ContractLine, output: float) -> Iterator[Finding]:
    """Tonnes of the minimum against the maximum and the output, year by year of the contract."""
    if line.max_t_per_yr and any(least > most for least, most in _by_year(line, "min_t_per_yr", "max_t_per_yr")):
        mend = f"The maximum is {value_words(line.max_t_per_yr)} t REO/yr. Exchange or correct the two."
        yield Finding("ContractLines", number, "min_t_per_yr", line.min_t_per_yr, "a minimum not above the maximum", mend)
        return
    most = max(line.max_share) * output
    if max(line.min_t_per_yr) > most:
        mend = f"The source gives {most:g} t REO/yr in the first year; a minimum beyond the output is cut to it. Correct one of the two."
        yield warning("ContractLines", number, "min_t_per_yr", line.min_t_per_yr, "a minimum within the source's output", mend)


@rule("ContractLines")
def _upsides_are_whole(case: Case) -> Iterator[Finding]:
    """A share of a high price has an index and a trigger that it counts from."""
    for number, line in enumerate(case.contract_lines):
        if line.upside_share > 0:
            if not line.price_index:
                mend = "The share is of the index above the trigger, and the line has a fixed price. Name an index, or clear the share."
                yield Finding("ContractLines", number, "upside_share", line.upside_share, "0 where the price is fixed", mend)
            if line.upside_trigger_usd_per_kg is None:
                mend = "Fill the price above which it is shared, or clear the share."
                yield Finding("ContractLines", number, "upside_trigger_usd_per_kg", None, "a trigger where a share is given", mend)
            elif line.floor_usd_per_kg is not None and line.floor_usd_per_kg > line.upside_trigger_usd_per_kg:
                mend = f"The floor is {line.floor_usd_per_kg:g}, so part of it would be given back. Exchange or correct the two."
                yield warning(
                    "ContractLines",
                    number,
                    "upside_trigger_usd_per_kg",
                    line.upside_trigger_usd_per_kg,
                    "a trigger not below the floor",
                    mend,
                )
        else:
            for field in ("upside_trigger_usd_per_kg", "upside_cap_usd_m_per_yr"):
                if getattr(line, field) is not None:
                    mend = "Nothing is given back without a share. Fill upside_share, or clear this cell."
                    yield warning("ContractLines", number, field, getattr(line, field), "blank where no upside is shared", mend)


@rule("Contracts", "ContractLines")
def _options_are_whole(case: Case) -> Iterator[Finding]:
    """Make-up has a minimum to make up for and a time; an optional part fits the maximum and has a notice."""
    contracts = {contract.contract: contract for contract in case.contracts}
    optional = {line.contract for line in case.contract_lines if line.optional_t_per_yr}
    for number, contract in enumerate(case.contracts):
        if contract.call_notice_months and contract.contract not in optional:
            mend = "None of its lines has optional tonnes to be called. Fill optional_t_per_yr of a line, or clear this cell."
            yield warning("Contracts", number, "call_notice_months", contract.call_notice_months, "0 where nothing need be called", mend)
    for number, line in enumerate(case.contract_lines):
        owes = any(line.min_t_per_yr) or any(line.min_share)
        if line.make_up_years and not owes:
            mend = "Nothing is paid without being lifted where there is no minimum. Fill the minimum, or clear this cell."
            yield warning("ContractLines", number, "make_up_years", line.make_up_years, "0 where there is no minimum", mend)
        for field, blank in (("make_up_cap_t", None), ("make_up_price_share", 0)):
            if getattr(line, field) != blank and not line.make_up_years:
                mend = "Nothing can be made up in 0 years. Fill make_up_years, or clear this cell."
                yield warning("ContractLines", number, field, getattr(line, field), "blank where nothing can be made up", mend)
        if line.optional_t_per_yr and line.max_t_per_yr and line.optional_t_per_yr > max(line.max_t_per_yr):
            mend = f"The maximum is {value_words(line.max_t_per_yr)} t REO/yr. Exchange or correct the two."
            yield Finding("ContractLines", number, "optional_t_per_yr", line.optional_t_per_yr, "a part of the maximum", mend)
        elif (
            line.optional_t_per_yr
            and line.max_t_per_yr
            and any(least > most - line.optional_t_per_yr for least, most in _by_year(line, "min_t_per_yr", "max_t_per_yr"))
        ):
            mend = "What must be paid whether called or not is firm. Lower the optional part or the minimum."
            yield warning("ContractLines", number, "optional_t_per_yr", line.optional_t_per_yr, "a part beyond the minimum", mend)
        if line.optional_t_per_yr and not contracts[line.contract].call_notice_months:
            mend = "Without a call notice the optional part is there at once. Fill call_notice_months of the contract, or clear this cell."
            yield warning("ContractLines", number, "optional_t_per_yr", line.optional_t_per_yr, "0 where nothing need be called", mend)


@rule(*CHAIN_TABLES, "Contracts", "ContractLines", "CutOffs")
def _priorities_count(case: Case) -> Iterator[Finding]:
    """Priority is about the shortage of a source that some cut-off hits."""
    first = [(number, line) for number, line in enumerate(case.contract_lines) if line.priority]
    if not first:
        return
    chain, sources = chain_of(case), {source.source: source for source in case.sources}
    followed = {cutoff.then for cutoff in case.cutoffs if cutoff.active}
    tested = [cutoff for cutoff in case.cutoffs if cutoff.active or cutoff.cutoff in followed]
    for number, line in first:
        if not any(hits_source(cutoff, sources[line.source], chain) for cutoff in tested):
            mend = f"No cut-off that is tested hits '{line.source}', so nobody is served first. Write no, or correct the cut-offs."
            yield warning("ContractLines", number, "priority", line.priority, "no where the source is never cut", mend)


@rule("Contracts", "Plants", "Programmes", "Settings")
def _links_can_hold(case: Case) -> Iterator[Finding]:
    """An extension has something to extend whose end leaves time for it; nothing is required or excluded that rules it out for good."""
    status = {p.plant: p.status for p in case.plants} | {p.programme: p.status for p in case.programmes}
    status |= {c.contract: c.status for c in case.contracts}
    in_order = {c.contract for c in extensions(case.contracts)}
    horizon = Horizon(case)
    for number, contract in enumerate(case.contracts):
        if contract.status != "on offer":
            continue
        if contract.extends:
            yield from _extension_can_come(number, contract, case, in_order, horizon)
        for field in ("requires", "excludes"):
            for name in getattr(contract, field):
                if name == contract.contract:
                    mend = "A contract cannot refer to itself. Delete the name."
                    yield Finding("Contracts", number, field, getattr(contract, field), "other contracts, plants or programmes", mend)
                elif status[name] == "expired" and field == "requires":
                    mend = f"'{name}' has expired, so this one is never signed. Delete the name."
                    yield Finding("Contracts", number, field, getattr(contract, field), "what is there or can be decided", mend)
                elif status[name] not in ("on offer", "candidate", "expired") and field == "excludes":
                    mend = f"'{name}' is there already, so this one is never signed. Delete the name, or mark the contract expired."
                    yield warning("Contracts", number, field, getattr(contract, field), "what is still to be decided", mend)


def _extension_can_come(number: int, contract: Contract, case: Case, in_order: set[str], horizon: Horizon) -> Iterator[Finding]:
    """An extension of nothing, of itself, or of a contract that ends too late or whose notice has passed."""
    first = next(c for c in case.contracts if c.contract == contract.extends)
    if contract.contract not in in_order:
        mend = "Extensions go round in a circle. Name the contract that comes first."
        yield Finding("Contracts", number, "extends", contract.extends, "another contract, which does not extend this one", mend)
    elif first.status == "expired":
        mend = f"'{first.contract}' has expired, so there is no end to begin at. Clear the cell, or correct the status."
        yield Finding("Contracts", number, "extends", contract.extends, "a contract in force or on offer", mend)
    elif first.status == "in force":
        end = horizon.month_of(first.first_delivery, 0) + 12 * first.tenor_years
        if not end - contract.lead_months >= 0 or end >= horizon.months:
            mend = f"'{first.contract}' ends in {horizon.date(end - 1)}: notice would be due outside the plan, so it is never signed."
            yield warning("Contracts", number, "extends", contract.extends, "an end and a notice inside the plan", mend)


@rule("Financing", "Contracts", "ContractLines", "Settings")
def _financings_can_be_put_up(case: Case) -> Iterator[Finding]:
    """Money goes with a contract that is still to be signed, buys a right on one of its lines, and is of one kind."""
    contracts = {contract.contract: contract for contract in case.contracts}
    lines = {(line.contract, line.source) for line in case.contract_lines}
    rate = case.settings.discount_rate_pct
    for number, row in enumerate(case.financings):
        if contracts[row.contract].status != "on offer":
            mend = f"'{row.contract}' is {contracts[row.contract].status}: its money is spent and does not count. Delete the row."
            yield Finding("Financing", number, "contract", row.contract, "a contract on offer", mend)
        if row.source and (row.contract, row.source) not in lines:
            mend = f"'{row.contract}' has no line on '{row.source}'. Add it on the sheet ContractLines, or correct the name."
            yield Finding("Financing", number, "source", row.source, "a source of the contract's lines", mend)
        if row.extra_max_t_per_yr and not row.source:
            mend = "Name the source on whose line the right is larger."
            yield Finding("Financing", number, "extra_max_t_per_yr", row.extra_max_t_per_yr, "0 where no source is named", mend)
        if row.optional and not row.extra_max_t_per_yr:
            mend = "It buys nothing, so it is put up only where it earns money. Fill the extra right, or write no."
            yield warning("Financing", number, "optional", row.optional, "no where nothing is bought", mend)
        for field, kind in (("interest_pct_per_yr", "loan"), ("resale_share", "equity")):
            if getattr(row, field) and row.kind != kind:
                mend = f"It counts where the kind is {kind}. Clear it, or correct the kind."
                yield warning("Financing", number, field, getattr(row, field), f"0 where the kind is {row.kind}", mend)
        if row.kind == "loan" and row.interest_pct_per_yr > rate:
            mend = f"Money costs {rate:g} %/yr (Settings), so lending it earns. Lower the interest if that is not meant."
            yield warning("Financing", number, "interest_pct_per_yr", row.interest_pct_per_yr, "no more than the discount rate", mend)


@rule("VolumeDiscounts", "ContractLines")
def _discounts_have_lines(case: Case) -> Iterator[Finding]:
    """A volume discount is on a line of its contract, above nothing that can never be lifted."""
    lines = {(line.contract, line.source): line for line in case.contract_lines}
    for number, row in enumerate(case.volume_discounts):
        line = lines.get((row.contract, row.source))
        if line is None:
            mend = f"'{row.contract}' has no line on '{row.source}'. Add it on the sheet ContractLines, or correct the name."
            yield Finding("VolumeDiscounts", number, "source", row.source, "a source of the contract's lines", mend)
        elif line.max_t_per_yr and row.from_t_per_yr >= max(line.max_t_per_yr):
            mend = f"The line gives the right to {value_words(line.max_t_per_yr)} t REO/yr, so the step is never passed. Lower it."
            yield warning("VolumeDiscounts", number, "from_t_per_yr", row.from_t_per_yr, "a step within the maximum", mend)


DEAL_RULES: tuple[Rule, ...] = (
    _lines_ask_what_is_there,
    _upsides_are_whole,
    _options_are_whole,
    _priorities_count,
    _links_can_hold,
    _financings_can_be_put_up,
    _discounts_have_lines,
)
"""Terms of contract lines."""
