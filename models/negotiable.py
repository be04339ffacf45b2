"""Negotiable rows: which figure each is about, and the case in which it has moved.

A figure moves towards relief only: more stock, capacity or right; less of what is required; later or shorter. How far, in which
steps and at what cost the row says.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from models.case import Case
from models.columns import Month
from models.sheets.negotiable import Negotiable


class Kind(NamedTuple):
    """One kind of figure: field of the case and column that name it, the figures that move, direction, unit, how it is told."""

    table: str
    key: str
    fields: tuple[str, ...]
    sign: int
    unit: str
    words: str
    scale: float = 1.0
    months: bool = False


KINDS: Mapping[str, Kind] = {
    "opening stock": Kind("stocks", "store", ("opening_t",), 1, "t REO", "more {goods} in {name} on day one"),
    "store capacity": Kind("stocks", "store", ("capacity_t",), 1, "t REO", "more room for {goods} in {name}"),
    "service level": Kind("demands", "sector", ("service_level",), -1, "points", "less of the demand of {name} for {goods} served", 0.01),
    "contract maximum": Kind("contract_lines", "contract", ("max_t_per_yr",), 1, "t REO/yr", "more under {name} from {goods}"),
    "contract minimum": Kind("contract_lines", "contract", ("min_t_per_yr",), -1, "t REO/yr", "less to be taken under {name} from {goods}"),
    "plant capacity": Kind("plants", "plant", ("capacity_t_per_yr",), 1, "t/yr", "more capacity of {name}"),
    "source maximum": Kind("sources", "source", ("max_t_per_yr",), 1, "t REO/yr", "more from {name}"),
    "lead time": Kind("", "", (), -1, "months", "less lead time of {name}", months=True),
    "first start": Kind(
        "cutoffs", "cutoff", ("first_start", "latest_first_start"), 1, "months", "later that {name} must be survived", months=True
    ),
    "cut-off months": Kind("cutoffs", "cutoff", ("months",), -1, "months", "less that {name} lasts", months=True),
    "severity": Kind("cutoffs", "cutoff", ("severity",), -1, "points", "less severity of {name}", 0.01),
}
"""How each kind moves; points are hundredths."""

LEAD_TIMES = (
    ("plants", "plant", ("build_months", "permit_months")),
    ("contracts", "contract", ("lead_months",)),
    ("programmes", "programme", ("lead_months",)),
)
"""Where lead times stand: field of the case, column of the name, figures in the order in which they get shorter."""


def places(case: Case, row: Negotiable) -> list[tuple[str, int]]:
    """(field of the case, place) of every row that a negotiable row could be about; exactly one where it is sound."""
    kind = KINDS[row.what]
    tables = LEAD_TIMES if row.what == "lead time" else ((kind.table, kind.key, kind.fields),)
    found = []
    for table, key, _ in tables:
        for place, record in enumerate(getattr(case, table)):
            if getattr(record, key) == row.name and _alike(row, record):
                found.append((table, place))
    return found


def _alike(row: Negotiable, record: Any) -> bool:
    """Material, form and source, where the row gives them, are the record's."""
    return all(getattr(row, field) in ("", getattr(record, field)) for field in ("material", "form", "source") if hasattr(record, field))


def fields_of(table: str, row: Negotiable) -> tuple[str, ...]:
    """The columns that a negotiable row moves, in order."""
    if row.what != "lead time":
        return KINDS[row.what].fields
    return next(fields for name, _, fields in LEAD_TIMES if name == table)


def moved(case: Case, amounts: Mapping[int, float]) -> Case:
    """The case with its negotiable rows moved: by place of the row on the sheet, in its unit. Rows not named stay."""
    for number, amount in amounts.items():
        row = case.negotiables[number]
        table, place = places(case, row)[0]
        records = list(getattr(case, table))
        records[place] = _moved(records[place], row, fields_of(table, row), amount)
        case = dataclasses.replace(case, **{table: tuple(records)})  # type: ignore[arg-type]
    return case


def repaired(case: Case, amounts: Mapping[int, float]) -> Case:
    """As `moved`, and what is negotiable is less by as much: a row that has moved as far as it may is gone."""
    left = [dataclasses.replace(row, most=row.most - amounts.get(number, 0.0)) for number, row in enumerate(case.negotiables)]
    return dataclasses.replace(moved(case, amounts), negotiables=tuple(row for row in left if row.most > 1e-9))


def _moved(record: Any, row: Negotiable, fields: tuple[str, ...], amount: float) -> Any:
    """One record with its figures moved by an amount."""
    kind = KINDS[row.what]
    changed: dict[str, Any] = {}
    if row.what == "lead time":
        left = round(amount)
        for field in fields:
            less = min(left, getattr(record, field))
            changed[field] = getattr(record, field) - less
            left -= less
        return dataclasses.replace(record, **changed)
    for field in fields:
        changed[field] = _shifted(getattr(record, field), kind.sign * amount * kind.scale, kind.months)
    return dataclasses.replace(record, **changed)


def _shifted(value: Any, by: float, whole: bool) -> Any:
    """A figure moved, never below nothing; a list of figures in every place; a month by months; blank stays blank."""
    if value is None:
        return None
    if isinstance(value, Month):
        return value.plus(round(by))
    if isinstance(value, tuple):
        return tuple(max(0.0, part + by) for part in value)
    shifted = max(0, value + (round(by) if whole else by))
    return int(shifted) if whole else float(shifted)


def figure(case: Case, row: Negotiable) -> str:
    """What the figure is now, as text: of a lead time, all of it; of a list by contract year, the list."""
    table, place = places(case, row)[0]
    record = getattr(case, table)[place]
    values = [getattr(record, field) for field in fields_of(table, row)]
    if row.what == "lead time":
        return f"{sum(values)}"
    found = next((value for value in values if value is not None), None)
    if isinstance(found, tuple):
        return "; ".join(f"{part:.6g}" for part in found)
    return "" if found is None else f"{found:.6g}" if isinstance(found, float) else str(found)


def step_of(row: Negotiable) -> float | None:
    """Size of the steps in which a row moves; None: any amount."""
    return (row.step or 1.0) if KINDS[row.what].months else row.step


def rounded_up(row: Negotiable, amount: float) -> float:
    """An amount as it is offered: the next step up, or the next of four digits; no more than the most."""
    step = step_of(row)
    if step is None:
        step = 10.0 ** (math.floor(math.log10(amount)) - 3) if amount > 0 else 1.0
    return min(row.most, round(math.ceil(amount / step - 1e-6) * step, 12))


def words(case: Case, row: Negotiable, amount: float) -> str:
    """A change in a planner's words: ``1.2 t REO more alpha powder in the hall on day one``."""
    kind = KINDS[row.what]
    table, place = places(case, row)[0]
    record = getattr(case, table)[place]
    goods = getattr(record, "source", "") or " ".join(getattr(record, field, "") for field in ("material", "form")).strip()
    unit = kind.unit[:-1] if kind.months and amount == 1 else kind.unit
    return f"{amount:.6g} {unit} {kind.words.format(name=row.name, goods=goods)}"
