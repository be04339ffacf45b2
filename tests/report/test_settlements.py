"""Below the liftings on the sheet Contracts: contract years, financing, volume discounts, make-up and rebates, each where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from small_cases import case, demand

from models.case import Assumption, Case, Contract, ContractLine, Financing, Form, VolumeDiscount
from optimizer.report import write_report
from optimizer.solve import SolveOptions, solve

SECTIONS = (
    "Settled by contract year",
    "Financing: money put up with the signature",
    "Volume discounts",
    "Make-up: paid in one year, lifted in a later one",
    "Given back: share of a high price",
)


def texts(checked: Case, path: Path) -> list[Any]:
    """The first cells of the rows of the sheet Contracts in the report of a case."""
    write_report(checked, solve(checked, SolveOptions()), path)
    return [row[0] for row in openpyxl.load_workbook(path)["Contracts"].iter_rows(values_only=True)]


def test_every_part_is_shown(tmp_path: Path) -> None:
    """A contract with all of it shows all five parts in this order; one with none of it shows none."""
    line = ContractLine(contract="offtake", source="trade", price_index="index", discount_pct=20.0)
    terms = Contract(contract="offtake", status="on offer", tenor_years=2)
    plain = case(contracts=(terms,), contract_lines=(line,))
    full = ContractLine(
        contract="offtake",
        source="trade",
        price_index="index",
        discount_pct=20.0,
        min_t_per_yr=(8.0,),
        max_t_per_yr=(12.0,),
        make_up_years=1,
        upside_share=0.5,
        upside_trigger_usd_per_kg=8.0,
    )
    rich = case(
        contracts=(Contract(contract="offtake", status="on offer", tenor_years=2, settled="contract year"),),
        contract_lines=(full,),
        demands=(demand(profile="needs"),),
        assumptions=(Assumption(assumption="needs", value=0.5, year=2027), Assumption(assumption="needs", value=1.0, year=2028)),
        forms=(Form(form="powder", position=2, holds="elements", disposal_usd_per_t=10_000.0),),
        financings=(Financing(financing="loan", contract="offtake", kind="loan", usd_m=0.001, years=2),),
        volume_discounts=(VolumeDiscount(contract="offtake", source="trade", from_t_per_yr=5.0, discount_pct=10.0),),
    )
    assert [text for text in texts(rich, tmp_path / "rich.xlsx") if text in SECTIONS] == list(SECTIONS)
    assert not set(SECTIONS) & set(texts(plain, tmp_path / "plain.xlsx"))
