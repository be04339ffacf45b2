"""A plan's tables as data frames, for notebooks and for whatever else an analyst does with tables."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from models.columns import Month
from models.plan import Plan, tables_of_plan


def frames(plan: Plan) -> dict[str, pd.DataFrame]:
    """Every table of a plan by its name (``Bought``, ``StockLevels``, ``Costs`` ...), one row per record, in the plan's order.

    Columns are the record's fields, units as `docs/plan.md` lists them; months are `pandas.Period` of frequency M. A table
    without rows has its columns all the same.
    """
    return {table.metadata["sheet"]: _frame(getattr(plan, table.name), table.metadata["record"]) for table in tables_of_plan()}


def _frame(rows: tuple[Any, ...], record: type) -> pd.DataFrame:
    columns = [field.name for field in dataclasses.fields(record)]
    return pd.DataFrame({name: [_cell(getattr(row, name)) for row in rows] for name in columns}, columns=columns)


def _cell(value: Any) -> Any:
    return pd.Period(year=value.year, month=value.month, freq="M") if isinstance(value, Month) else value
