"""What the report says of orders and of cargo at sea, where there are any."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from small_cases import case, source, stock

from models.case import Case
from optimizer.report import write_report
from optimizer.solve import SolveOptions, solve


def rows(changed: Case, path: Path) -> list[list[Any]]:
    """Filled cells of the sheet Purchases, row by row."""
    book = openpyxl.load_workbook(write_report(changed, solve(changed, SolveOptions()), path))
    return [[cell for cell in row if cell is not None] for row in book["Purchases"].iter_rows(values_only=True)]


def test_orders_and_cargo_are_told(tmp_path: Path) -> None:
    """Orders are counted and priced; what is at sea before a year, ordered, arrived and at sea after it adds up. Neither is there where
    nothing is shipped and no order costs anything."""
    plain = case(sources=(source(),), stocks=(stock(),))
    told = dataclasses.replace(plain, sources=(source(shipping_months=3.0, at_sea_t=0.0, order_cost_usd_m=0.1, max_t_per_yr=40.0),))
    found = rows(told, tmp_path / "told.xlsx")
    header = next(row for row in found if "Cost of orders" in row)
    assert header[-2:] == ["Orders", "Cost of orders"]
    under_way = [row for row in found if row[:5] == ["trade", "abroad", "alpha", "powder", 3]]
    assert [row[5] for row in under_way] == [2027, 2028]
    for opening, ordered, arrived, closing in (row[6:] for row in under_way):
        assert opening + ordered - arrived == pytest.approx(closing)
    words = {cell for row in rows(plain, tmp_path / "plain.xlsx") for cell in row}
    assert not words & {"Cost of orders", "= At sea"}
