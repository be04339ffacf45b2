"""Plan -> workbook. The sheets in the order of a reader, saved whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl.workbook.workbook import Workbook

from models.case import Case
from models.plan import Plan
from optimizer.cells import atomic_save, plain_text
from optimizer.report.book import Book, StudyBook
from optimizer.report.look import BLUE, INK_ON, RED
from optimizer.report.sheets import (
    cash,
    costs,
    crises,
    decisions,
    joint_costs,
    missing,
    patterns,
    plan,
    planner,
    plants,
    purchases,
    repairs,
    residue,
    routes,
    run,
    stocks,
    supply,
    worst,
)
from optimizer.report.studies import alternatives, exposure, security, survive
from optimizer.report.survival import verdict
from optimizer.report.view import View

if TYPE_CHECKING:
    from optimizer.studies.alternatives import Alternatives
    from optimizer.studies.exposure import Exposure
    from optimizer.studies.security import Security
    from optimizer.studies.survive import Survival

SHEETS = (
    plan.write,
    missing.write,
    repairs.write,
    decisions.write,
    planner.write,
    routes.write,
    stocks.targets,
    stocks.levels,
    stocks.ages,
    supply.supply_and_demand,
    supply.by_origin,
    purchases.purchases,
    purchases.contracts,
    plants.write,
    residue.write,
    costs.write,
    cash.write,
    joint_costs.write,
    patterns.write,
    worst.write,
    survive.write,
    crises.write,
    run.write,
    plan.guide,
)
"""What is written, in order; the guide on the first sheet last, when it is known which sheets there are."""

MOST_NAMES = 99
"""So many other names are tried where the target is open."""


def build_report(case: Case, plan: Plan, audited: bool | None = None, survival: Survival | None = None) -> Workbook:
    """The report as a workbook in memory; ``audited`` and ``survival`` as in `write_report`."""
    view = View(case, plan, audited, survival)
    book = Book(view)
    for write in SHEETS:
        write(book)
    title = plain_text(case.settings.title)
    for page in book.pages:
        page.finish(title, _tab(page.name, view))
    book.workbook.properties.title = title[:200]
    book.workbook.properties.creator = "stockpile"
    book.workbook.active = 0
    return book.workbook


def _tab(name: str, view: View) -> str:
    if name == "Missing":
        return INK_ON[RED]
    if name == "Plan":
        return INK_ON[RED] if verdict(view).signal == "red" else BLUE
    return ""


def write_report(case: Case, plan: Plan, path: Path, audited: bool | None = None, survival: Survival | None = None) -> Path:
    """Write the report of a plan and return the path written.

    ``case`` is the case that the plan answers, on the calendar that was solved. ``audited`` says whether the plan passed its
    re-computation: False makes the first sheet warn of it before all else; None says nothing about it.
    ``survival``: how long it survives, where that was asked. For the rest see `save`. Raises ``OSError`` where the folder cannot be
    written.
    """
    return save(build_report(case, plan, audited, survival), path)


def write_survival(case: Case, plan: Plan, survival: Survival, path: Path) -> Path:
    """Write how long a plan survives as a workbook of its own; as `write_report`."""
    book = Book(View(case, plan, survival=survival), home="Time to survive")
    survive.write(book)
    return save(finished(book), path)


def write_security(case: Case, plan: Plan, answer: Security, path: Path) -> Path:
    """Write the price of security as a workbook of its own; as `write_report`."""
    book = Book(View(case, plan), home="Price of security")
    security.write(book, answer)
    return save(finished(book), path)


def write_alternatives(case: Case, plan: Plan, answer: Alternatives, path: Path) -> Path:
    """Write alternatives to a plan as a workbook of its own; as `write_report`."""
    book = Book(View(case, plan), home="Alternatives")
    alternatives.write(book, answer)
    return save(finished(book), path)


def write_exposure(case: Case, exposed: Exposure, path: Path) -> Path:
    """Write what losses would do as a workbook of its own; as `write_report`."""
    book = StudyBook("Exposure", case.settings.title)
    exposure.write(book, exposed)
    return save(finished(book), path)


def finished(book: Book) -> Workbook:
    """A book that is not the report, ready to be saved."""
    title = plain_text(book.title)
    for page in book.pages:
        page.finish(title, BLUE if page.name == book.home else "")
    book.workbook.properties.title = title[:200]
    book.workbook.properties.creator = "stockpile"
    book.workbook.active = 0
    return book.workbook


def save(book: Workbook, path: Path) -> Path:
    """Save a workbook and return the path written.

    An old one of that name is replaced only when the new one is whole. Where the target is open in Excel (or may not
    be replaced), it is saved beside it as ``name-1.xlsx``, ``name-2.xlsx`` ...; the path returned says which.
    Raises ``OSError`` where the folder cannot be written.
    """
    refused: PermissionError | None = None
    for candidate in _names(path):
        if _open_in_excel(candidate):
            continue
        try:
            atomic_save(book, candidate)
        except PermissionError as fault:
            if not candidate.exists():
                raise
            refused = fault
            continue
        return candidate
    raise refused or PermissionError(f"{path} and every name beside it is open in another program")


def _names(path: Path) -> list[Path]:
    return [path, *(path.with_name(f"{path.stem}-{i}{path.suffix}") for i in range(1, MOST_NAMES + 1))]


def _open_in_excel(path: Path) -> bool:
    """Excel keeps an owner file ``~$name`` beside an open workbook; of long names it cuts the first two characters."""
    return any(path.with_name(owner).exists() for owner in (f"~${path.name}", f"~${path.name[2:]}"))
