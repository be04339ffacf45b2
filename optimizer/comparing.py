"""Two workbooks, or two plans, side by side: what differs, row by row."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models import columns
from models.case import Case, sheets_of_case
from models.columns import Month
from models.kinds import sheet_columns, value_words
from models.plan import Plan

SAME = 1e-9
"""Figures that differ by no more of their size are one."""

SAME_USD_M = 1e-6
"""Money that differs by no more is one, million USD."""

SAME_T = 1e-6
"""Tonnes that differ by no more are one."""


@dataclass(frozen=True, kw_only=True)
class InputChange:
    """A cell of the workbook that differs, or a row that only one of the two has."""

    sheet: str = columns.column("", "Sheet.")
    row: str = columns.column("", "Row, by the columns that name it.")
    column: str = columns.column("", "Column; of a row that only one has: all of it.")
    unit: str = columns.column("", "Unit of the column.")
    first: str = columns.column("", "What the first says; blank: nothing.")
    second: str = columns.column("", "What the second says; blank: nothing.")


@dataclass(frozen=True, kw_only=True)
class DecisionChange:
    """A decision that only one of two plans takes, or that both take otherwise."""

    kind: str = columns.column("", "What is decided.")
    name: str = columns.column("", "Contract, plant, programme, site or financing.")
    first: str = columns.column("", "What the first plan does; blank: nothing.")
    second: str = columns.column("", "What the second plan does; blank: nothing.")


@dataclass(frozen=True, kw_only=True)
class CostChange:
    """A cost term of two plans, in a year or in all, discounted to each plan's own start."""

    term: str = columns.column("", "Cost term.")
    year: int | None = columns.column("year", "Calendar year; empty: all years.")
    first_usd_m: float = columns.column("million USD", "In the first plan.")
    second_usd_m: float = columns.column("million USD", "In the second plan.")
    more_usd_m: float = columns.column("million USD", "By so much the second is dearer.")


@dataclass(frozen=True, kw_only=True)
class SurvivalChange:
    """How sure two plans are, and what they survive."""

    what: str = columns.column("", "What is compared.")
    first: str = columns.column("", "In the first plan.")
    second: str = columns.column("", "In the second plan.")
    differs: bool = columns.column("yes / no", "Whether the two differ.")


@dataclass(frozen=True, kw_only=True)
class TargetChange:
    """A stock target of two plans."""

    store: str = columns.column("", "Store.")
    material: str = columns.column("", "Material.")
    form: str = columns.column("", "Form.")
    year: int = columns.column("year", "Calendar year.")
    first_t: float | None = columns.column("t REO", "In the first plan; empty: none.")
    second_t: float | None = columns.column("t REO", "In the second plan; empty: none.")
    more_t: float = columns.column("t REO", "By so much the second holds more.")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between two workbooks (``inputs`` alone) or two plans."""

    first: str
    second: str
    inputs: tuple[InputChange, ...] = ()
    survival: tuple[SurvivalChange, ...] = ()
    decisions: tuple[DecisionChange, ...] = ()
    costs: tuple[CostChange, ...] = ()
    targets: tuple[TargetChange, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        told = any(row.differs for row in self.survival) or any(abs(row.more_usd_m) > SAME_USD_M for row in self.costs)
        return not (self.inputs or self.decisions or told or any(abs(row.more_t) > SAME_T for row in self.targets))


# Workbooks


def inputs_that_differ(first: Case, second: Case) -> tuple[InputChange, ...]:
    """Every cell that differs, sheet by sheet; rows are matched by the columns that name them, else by their
    order."""
    found: list[InputChange] = []
    for sheet in sheets_of_case():
        name, fields = sheet.metadata["sheet"], sheet_columns(sheet.metadata["record"])
        if sheet.name == "settings":
            found += _cells(name, "", fields, first.settings, second.settings)
            continue
        one, other = (_by_key(getattr(case, sheet.name), sheet.metadata["key"]) for case in (first, second))
        for key in dict.fromkeys((*one, *other)):
            words = " / ".join(_word(part) for part in key[:-1] if part is not None and part != "")
            if key in one and key in other:
                found += _cells(name, words, fields, one[key], other[key])
            else:
                row = one.get(key) or other[key]
                said = _whole(row, fields)
                here, there = (said, "") if key in one else ("", said)
                found.append(InputChange(sheet=name, row=words, column="", unit="", first=here, second=there))
    return tuple(found)


def _whole(row: Any, fields: Iterable[dataclasses.Field[Any]]) -> str:
    """All that a row says beyond its defaults."""
    said = ((field, getattr(row, field.name)) for field in fields)
    return "; ".join(f"{field.name} {_word(value)}" for field, value in said if value not in (field.default, "", ()))


def _by_key(rows: Iterable[Any], key: tuple[str, ...]) -> dict[tuple[Any, ...], Any]:
    """Rows by what names them and how often it came before."""
    found: dict[tuple[Any, ...], Any] = {}
    counts: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        values = tuple(getattr(row, name) for name in key)
        found[(*values, counts[values])] = row
        counts[values] += 1
    return found


def _cells(sheet: str, row: str, fields: Iterable[dataclasses.Field[Any]], one: Any, other: Any) -> Iterator[InputChange]:
    for field in fields:
        here, there = getattr(one, field.name), getattr(other, field.name)
        if not _same(here, there):
            yield InputChange(sheet=sheet, row=row, column=field.name, unit=field.metadata["unit"], first=_word(here), second=_word(there))


def _same(one: Any, other: Any) -> bool:
    """Whether two cells say the same: numbers to a billionth."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
    return math.isclose(one, other, rel_tol=SAME, abs_tol=0.0) if numbers else one == other


def _word(value: Any) -> str:
    """A value as a cell shows it."""
    return "" if value is None else value_words(value)


# Plans


def plans_compared(first: Plan, second: Plan, names: tuple[str, str], inputs: tuple[InputChange, ...] = ()) -> Comparison:
    """Two plans: how sure, what survives, what is decided, what it costs, what is held."""
    return Comparison(
        first=names[0],
        second=names[1],
        inputs=inputs,
        survival=tuple(_survival(first, second)),
        decisions=tuple(_decisions(first, second)),
        costs=tuple(_costs(first, second)),
        targets=tuple(_targets(first, second)),
    )


def _survival(first: Plan, second: Plan) -> Iterator[SurvivalChange]:
    one, other = first.summary, second.summary

    def row(what: str, here: str, there: str) -> SurvivalChange:
        return SurvivalChange(what=what, first=here, second=there, differs=here != there)

    yield row("workbook", *(summary.input_sha256[:12] for summary in (one, other)))
    yield row("answer", one.status, other.status)
    yield row("cost, million USD", *(f"{summary.cost_usd_m:,.4f}" for summary in (one, other)))
    yield row("bound, million USD", *(f"{summary.bound_usd_m:,.4f}" for summary in (one, other)))
    yield row("patterns passed", *(f"{summary.patterns_passed} of {summary.patterns_tested}" for summary in (one, other)))
    ready = [{r.cutoff: str(r.first_start) if r.first_start else "no start" for r in plan.readiness} for plan in (first, second)]
    for name in dict.fromkeys((*ready[0], *ready[1])):
        yield row(f"{name}: survived from", *(of_plan.get(name, "") for of_plan in ready))
    for name, tell in (("hardest start (least margin, %)", _hardest), ("dearest recourse, million USD", _dearest)):
        told = [tell(plan) for plan in (first, second)]
        for cutoff in dict.fromkeys((*told[0], *told[1])):
            yield row(f"{cutoff}: {name}", *(of_plan.get(cutoff, "") for of_plan in told))


def _hardest(plan: Plan) -> dict[str, str]:
    """The start with the least margin of each cut-off."""
    found: dict[str, tuple[float, Month]] = {}
    for row in plan.patterns:
        if row.margin_pct is not None:
            found[row.cutoff] = min(found.get(row.cutoff, (math.inf, row.start)), (round(row.margin_pct, 4), row.start))
    return {name: f"{month} ({margin:g})" for name, (margin, month) in found.items()}


def _dearest(plan: Plan) -> dict[str, str]:
    """The start whose recourse costs most, of each cut-off."""
    found: dict[str, tuple[float, Month]] = {}
    for row in plan.patterns:
        if row.recourse_usd_m is not None:
            found[row.cutoff] = max(found.get(row.cutoff, (-math.inf, row.start)), (round(row.recourse_usd_m, 4), row.start))
    return {name: f"{month} ({usd:,.4f})" for name, (usd, month) in found.items()}


Told = Callable[[Any], tuple[str, str]]
"""Name of a decision, and what is decided, in words."""


def _signed(row: Any) -> tuple[str, str]:
    how = "signed" if row.decided else "in force"
    return row.contract, f"{how} {row.signed}, {row.first_delivery} to {row.last_delivery}"


DECISIONS: tuple[tuple[str, str, Told], ...] = (
    ("contract", "signatures", _signed),
    ("financing", "financed", lambda r: (r.financing, f"{r.usd_m:g} million USD in {r.signed}")),
    ("plant", "constructions", lambda r: (r.plant, f"{r.units} in {r.decided}, online {r.online}, {r.capacity_t_per_yr:g} t/yr")),
    ("plant state", "plant_states", lambda r: (r.plant, f"{r.state} since {r.since}")),
    ("programme", "programme_starts", lambda r: (r.programme, f"started {r.decided}, works from {r.first_effect}")),
    ("cells", "cells_built", lambda r: (r.site, f"{r.units} in {r.decided}, ready {r.ready}")),
)
"""Kinds of decision: table of the plan, and how a row is told by name."""


def _decisions(first: Plan, second: Plan) -> Iterator[DecisionChange]:
    """Decisions that differ, by kind and name."""
    for kind, table, tell in DECISIONS:
        told: list[dict[str, list[str]]] = []
        for plan in (first, second):
            of_plan: dict[str, list[str]] = {}
            for row in getattr(plan, table):
                name, words = tell(row)
                of_plan.setdefault(name, []).append(words)
            told.append(of_plan)
        for name in dict.fromkeys((*told[0], *told[1])):
            here, there = ("; ".join(of_plan.get(name, [])) for of_plan in told)
            if here != there:
                yield DecisionChange(kind=kind, name=name, first=here, second=there)


def _costs(first: Plan, second: Plan) -> Iterator[CostChange]:
    """Every term in all years and by year; terms in the order of the plans."""
    money: list[dict[tuple[str, int | None], float]] = []
    for plan in (first, second):
        of_plan: defaultdict[tuple[str, int | None], float] = defaultdict(float)
        for row in plan.costs:
            of_plan[row.term, row.year] += row.usd_m
            of_plan[row.term, None] += row.usd_m
        money.append(of_plan)
    terms = dict.fromkeys(term for of_plan in money for term, _ in of_plan)
    years = sorted({year for of_plan in money for _, year in of_plan if year is not None})
    for year in (None, *years):
        for term in terms:
            here, there = (of_plan.get((term, year), 0.0) for of_plan in money)
            if here or there:
                yield CostChange(term=term, year=year, first_usd_m=here, second_usd_m=there, more_usd_m=there - here)


def _targets(first: Plan, second: Plan) -> Iterator[TargetChange]:
    told = [{(r.store, r.material, r.form, r.year): r.target_t for r in plan.targets} for plan in (first, second)]
    for key in dict.fromkeys((*told[0], *told[1])):
        here, there = (of_plan.get(key) for of_plan in told)
        store, material, form, year = key
        more = (there or 0.0) - (here or 0.0)
        yield TargetChange(store=store, material=material, form=form, year=year, first_t=here, second_t=there, more_t=more)
