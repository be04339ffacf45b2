"""Published cases, as workbooks, reach their published optimum: nothing in the product is made for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from book import PER_USD_M, Book
from books import BOOKS

from optimizer.audit import audit
from optimizer.solve import solve
from optimizer.template import write_case
from optimizer.workbook import read_with_warnings


@pytest.mark.parametrize("made", BOOKS, ids=[made.__name__ for made in BOOKS])
def test_published_optimum(made: Callable[[], Book], tmp_path: Path) -> None:
    """Written as a workbook, read back without a warning and solved, the case costs what the book says; the audit agrees."""
    book = made()
    path = tmp_path / "book.xlsx"
    write_case(book.case, path)
    case, warnings = read_with_warnings(path)
    assert warnings == ()
    assert case == book.case
    plan = solve(case)
    assert plan.summary.status == "certified"
    assert audit(case, plan).passed
    found = book.in_books_money(plan.summary.cost_usd_m)
    assert found == pytest.approx(book.optimum, rel=1e-7, abs=book.within)
    assert PER_USD_M * abs(plan.summary.cost_usd_m - plan.summary.bound_usd_m) <= 1e-7 * PER_USD_M * abs(plan.summary.cost_usd_m) + 1e-6


def test_the_page_lists_every_case(root: Path) -> None:
    """docs/textbook.md holds one row per case, with its source, optimum and what it uses."""
    page = (root / "docs" / "textbook.md").read_text(encoding="utf-8")
    table = page.split("| --- | --- | ---: | --- |\n")[1].split("\n\n")[0].splitlines()
    assert table == [row(made()) for made in BOOKS]


def row(book: Book) -> str:
    """A case as a row of the page's table."""
    optimum = f"{book.optimum:,.4f}".rstrip("0").rstrip(".")
    return f"| {book.name} | {book.source} | {optimum} | {book.features} |"
