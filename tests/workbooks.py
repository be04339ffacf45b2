"""Workbooks for tests: a case as plain grids that can be spoiled cell by cell, and what the reader says of the result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook

from models.case import (
    Budget,
    CapexPoint,
    Case,
    Ceiling,
    Composition,
    Count,
    Currency,
    Financing,
    Fix,
    Fraction,
    Negotiable,
    PlantRate,
    PriceTier,
    Programme,
    ProgrammeEffect,
    Recipe,
    Residue,
    ResidueSite,
    Route,
    Store,
    VolumeDiscount,
    sheets_of_case,
)
from models.columns import Month, columns_of
from models.kinds import kinds_of, sheet_columns, value_words
from optimizer.layout import SETTINGS_HEADERS
from optimizer.template import example_case, header_text
from optimizer.workbook import Fault, InputRefused, read_with_warnings

Grids = dict[str, list[list[object]]]


def full_case() -> Case:
    """The example with a row on every sheet."""
    case, separation = example_case(), "Harbour separation"
    any_size = next(plant for plant in case.plants if plant.plant == separation)
    any_size = dataclasses.replace(any_size, plant="Inland separation", capex_usd_m=0.0, requires=(separation,))
    feed, line = case.compositions[0].mixture, case.contract_lines[0]
    return dataclasses.replace(
        case,
        compositions=(*case.compositions, Composition(mixture="heavy rest", element="Dy", share=1.0)),
        plants=(*(dataclasses.replace(p, currency="EUR") if p.plant == separation else p for p in case.plants), any_size),
        currencies=(Currency(currency="EUR", usd_per_unit=1.1),),
        recipes=(Recipe(grade="hard alloy", element="Nd", kg_per_kg=0.3),),
        price_tiers=(PriceTier(source=case.sources[0].source, price_factor=1.0),),
        plant_rates=(PlantRate(plant=separation, material=feed, capacity_use=1.25),),
        stores=(Store(store=case.stocks[0].store, owner="Ministry", capacity_t=5000.0),),
        residues=(Residue(residue="thorium cake", plant=separation, t_per_t=0.1),),
        residue_sites=(ResidueSite(site="old quarry", status="existing", storage_t=2000.0),),
        fractions=(Fraction(plant=separation, material=feed, fraction="heavy rest", form="feed", elements=("Dy",)),),
        capex_curve=tuple(
            CapexPoint(plant=any_size.plant, capacity_t_per_yr=t, capex_usd_m=cost) for t, cost in ((100.0, 5.0), (300.0, 9.0))
        ),
        routes=(Route(route="quay", from_kind="source", from_name="Eastland Nd oxide", usd_per_t=20.0),),
        ceilings=(Ceiling(country="Eastland", form="metal", elements=("Nd",), max_share=0.9, excess_usd_per_kg=5.0),),
        counts=(Count(rule="no more plants", members=("Harbour separation",), at_most=1),),
        budgets=(Budget(budget="ministry", usd_m=100.0),),
        programmes=(Programme(programme="thrifting", capex_usd_m=1.0),),
        programme_effects=(
            ProgrammeEffect(
                programme="thrifting",
                **{name: getattr(case.demands[1], name) for name in ("sector", "material", "form")},
                share_affected=0.1,
            ),
        ),
        financings=(Financing(financing="mine stake", contract=line.contract, kind="equity", usd_m=20.0, years=10, resale_share=0.5),),
        volume_discounts=(VolumeDiscount(contract=line.contract, source=line.source, from_t_per_yr=1000.0, discount_pct=2.0),),
        negotiables=(Negotiable(repair="units", what="plant capacity", name=separation, most=10.0),),
        fixes=(Fix(decision="plant", name=separation, action="at most", value=1.0),),
    )


def grids_of(case: Case) -> Grids:
    """Every sheet of a case as rows of plain values, header first."""
    found: Grids = {}
    for sheet in sheets_of_case():
        content = getattr(case, sheet.name)
        if sheet.name == "settings":
            values = [[f.name, _plain(getattr(content, f.name)), f.metadata["unit"] or None, None] for f in columns_of(type(content))]
            found["Settings"] = [list(SETTINGS_HEADERS), *values]
            continue
        fields = sheet_columns(sheet.metadata["record"])
        rows = [[_plain(getattr(row, field.name)) for field in fields] for row in content]
        found[sheet.metadata["sheet"]] = [[header_text(field) for field in fields], *rows]
    return found


def _plain(value: object) -> object:
    if isinstance(value, (tuple, Month, bool)):
        return value_words(value)
    return None if value == "" else value


def save(grids: Grids, path: Path, dress: Callable[[Workbook], None] = lambda workbook: None) -> Path:
    """Write grids as a plain workbook; ``dress`` may spoil it further."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in grids.items():
        worksheet = workbook.create_sheet(name)
        for row in rows:
            worksheet.append(row)
    dress(workbook)
    workbook.save(path)
    return path


def read(path: Path) -> tuple[Case | None, tuple[Fault, ...]]:
    """The case (None: refused) and all faults."""
    try:
        return read_with_warnings(path)
    except InputRefused as refused:
        return None, refused.faults


def letter(sheet: str, column: str) -> str:
    """The letter of a column."""
    record = next(f.metadata["record"] for f in sheets_of_case() if f.metadata["sheet"] == sheet)
    return (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[position(record, column)]
        if position(record, column) < 26
        else f"A{chr(65 + position(record, column) - 26)}"
    )


def position(record: type, column: str) -> int:
    """The place of a column on its sheet, 0 = first."""
    return [field.name for field in sheet_columns(record)].index(column)


def record_of(sheet: str) -> type:
    """The record class of a sheet."""
    return next(f.metadata["record"] for f in sheets_of_case() if f.metadata["sheet"] == sheet)


def put(grids: Grids, sheet: str, column: str, row: int, value: object) -> str:
    """Set the value of a data row (0 = first) and return its cell."""
    if sheet == "Settings":
        number = next(n for n, line in enumerate(grids[sheet]) if line[0] == column)
        grids[sheet][number][1] = value
        return f"B{number + 1}"
    place = position(record_of(sheet), column)
    grids[sheet][row + 1][place] = value
    return f"{letter(sheet, column)}{row + 2}"


__all__ = ["Grids", "full_case", "grids_of", "kinds_of", "letter", "position", "put", "read", "record_of", "save"]
