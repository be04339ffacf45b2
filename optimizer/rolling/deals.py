"""Contracts: what was signed is in force, with its own dates and remaining tenor; money put up is spent."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import Any

from models.case import Contract, ContractLine
from models.columns import Month
from models.plan import Signature
from optimizer.rolling.parts import NOTHING_T, Rolling, noted


def carry_deals(rolling: Rolling) -> None:
    """Contracts signed before the new start, their financing, and what their years have come to."""
    signed = {row.contract: row for row in rolling.plan.signatures if row.decided and row.signed < rolling.to}
    rolling.change("contracts", lambda row: _in_force(rolling, row, signed.get(row.contract)))
    _one_of_a_group(rolling, signed)
    _financing(rolling, signed)
    for line in rolling.case.contract_lines:
        contract = next(row for row in rolling.rows["contracts"] if row.contract == line.contract)
        if contract.status == "in force" and contract.first_delivery is not None:
            _years(rolling, contract, contract.first_delivery, line)


def _in_force(rolling: Rolling, row: Contract, signature: Signature | None) -> Contract:
    """A contract that was signed is in force from its first delivery; one in force keeps the month from which its tenor counts."""
    if row.status == "in force" and row.first_delivery is None:
        return dataclasses.replace(row, first_delivery=rolling.start)
    if signature is None:
        return row
    paid = f"; {row.upfront_usd_m:g} million USD paid at signature" if row.upfront_usd_m else ""
    note = noted(row, f"Signed in {signature.signed}{paid}.")
    changes: dict[str, Any] = {"status": "in force", "first_delivery": signature.first_delivery, "upfront_usd_m": 0.0, "extends": ""}
    return dataclasses.replace(row, **changes, sign_from=None, sign_to=None, requires=(), excludes=(), note=note)


def _one_of_a_group(rolling: Rolling, signed: dict[str, Signature]) -> None:
    """Of an exclusive group no other is signed; nor what a signed contract excludes."""
    taken = {row.exclusive_group for row in rolling.case.contracts if row.contract in signed and row.exclusive_group}
    for row in rolling.rows["contracts"]:
        if row.status == "on offer" and row.exclusive_group in taken:
            rolling.forbid(
                "contract", row.contract, f"Another contract of the group '{row.exclusive_group}' was signed before {rolling.to}."
            )
    decisions = [("contract", "contracts"), ("plant", "plants"), ("programme", "programmes")]
    for row in rolling.case.contracts:
        for name in row.excludes if row.contract in signed else ():
            for decision, table in decisions:
                if any(getattr(other, decision) == name and other.status in ("on offer", "candidate") for other in rolling.rows[table]):
                    rolling.forbid(decision, name, f"Excluded by {row.contract}, signed before {rolling.to}.")


def _financing(rolling: Rolling, signed: dict[str, Signature]) -> None:
    """Money of signed contracts is put up or not; the right that it bought stays with the line."""
    taken = {row.financing for row in rolling.plan.financed if row.signed < rolling.to}
    extra: dict[tuple[str, str], float] = defaultdict(float)
    for row in rolling.case.financings:
        if row.contract in signed and row.financing in taken and row.source:
            extra[row.contract, row.source] += row.extra_max_t_per_yr

    def wider(line: ContractLine) -> ContractLine:
        more = extra.get((line.contract, line.source), 0.0)
        if more and min(line.max_share) < 1:
            name = f"{line.contract} {line.source}"
            rolling.lost("ContractLines", name, f"its share of output limits the further {more:g} t/yr that the financing bought")
        if not more or not line.max_t_per_yr:
            return line
        note = noted(line, f"With {more:g} t/yr that financing bought.")
        return dataclasses.replace(line, max_t_per_yr=tuple(most + more for most in line.max_t_per_yr), note=note)

    rolling.change("contract_lines", wider)
    rolling.take_aside(
        "financings",
        lambda row: (
            "" if row.contract not in signed else "put up with a contract that is in force" if row.financing in taken else "not put up"
        ),
    )


def _years(rolling: Rolling, contract: Contract, first: Month, line: ContractLine) -> None:
    """Where the new start falls into a settlement year, or minimums that were paid can still be made up, the workbook cannot say so."""
    name, to = f"{line.contract} {line.source}", rolling.to
    begins = Month(to.year, 1) if contract.settled == "calendar year" else first.plus((to.ordinal - first.ordinal) // 12 * 12)
    begins = max(begins, first)
    ends = first.plus(12 * contract.tenor_years)
    yearly = any(line.min_t_per_yr) or any(line.min_share) or line.upside_cap_usd_m_per_yr is not None or line.monthly_flexibility > 1
    stepped = any((v.contract, v.source) == (line.contract, line.source) for v in rolling.case.volume_discounts)
    if begins < to < ends and (yearly or stepped):
        lifted = math.fsum(
            row.lifted_t
            for row in rolling.past(rolling.plan.lifted)
            if (row.contract, row.source) == (line.contract, line.source) and not row.period < begins
        )
        text = (
            f"{lifted:.6g} t were lifted in the year that began in {begins}; minimum, maximum and steps of the rest of it are counted anew"
        )
        rolling.lost("ContractLines", name, text)
    if line.make_up_years:
        own = [r for r in rolling.plan.unlifted if r.run == "base" and (r.contract, r.source) == (line.contract, line.source)]
        paid = {row.year: row.unlifted_t for row in own if to.year - row.year <= line.make_up_years and row.year < to.year}
        used = math.fsum(
            row.made_up_t
            for row in rolling.plan.make_ups
            if (row.contract, row.source) == (line.contract, line.source) and row.paid_year in paid and row.year < to.year
        )
        if math.fsum(paid.values()) - used > NOTHING_T:
            rolling.lost("ContractLines", name, f"{math.fsum(paid.values()) - used:.6g} t were paid, not lifted, and could be made up")
