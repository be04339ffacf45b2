"""Small cases of the kind that somebody tries who has a book in his hand: each is read, solved, audited and reported on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import openpyxl
import pytest
from book import by_period, chain, elements, settings, source
from more import backpacks

from models.case import Case, Demand, Price, Stock
from optimizer.audit import audit
from optimizer.console import summary_lines
from optimizer.report import write_report
from optimizer.solve import solve
from optimizer.template import write_case
from optimizer.workbook import read_case


def boats(*needed: float, name: str = "boat", most: float = 50.0, opening_t: float = 0.0) -> Case:
    """So many boats a year at 400 each, no more than 50 a year, stored for 20 a year."""
    return Case(
        settings=settings("Boats", len(needed)),
        assumptions=by_period("needed", needed),
        elements=elements([name]),
        forms=chain("built"),
        demands=(Demand(sector="customers", material=name, form="built", t_per_yr="needed", shortage_usd_per_kg=1000.0),),
        prices=(Price(index="yard", material=name, form="built", usd_per_kg=400.0),),
        sources=(source("yard", name, "built", most, "yard"),),
        stocks=(Stock(store="quay", material=name, form="built", opening_t=opening_t, storage_usd_per_t_yr=20_000.0),),
    )


CASES = {
    "a period without demand": (boats(40, 60, 0, 25), 50.2),
    "one period": (boats(40), 16.0),
    "fifty periods": (boats(*([40, 50, 60] * 16), 40, 50), 1002.4),
    "more than can be had": (boats(400, 40), 386.0),
    "stock alone": (dataclasses.replace(boats(40, 60, opening_t=100.0), sources=()), 1.2),
    "millions of tons": (boats(4e8, 6e8, most=5e8), 402_000_000.0),
    "a name that looks like a formula": (boats(40, 60, name="=1+1"), 40.2),
    "a name that looks like a number": (boats(40, 60, name="1"), 40.2),
    "a name with blanks and other letters": (boats(40, 60, name="é ü 元, [x]"), 40.2),
}


@pytest.mark.parametrize(("case", "cost_usd_m"), CASES.values(), ids=CASES)
def test_it_is_solved(case: Case, cost_usd_m: float, tmp_path: Path) -> None:
    """Without countries that are cut, discounting or growth, the plan costs what it does by hand, the audit finds nothing, and there
    is a report."""
    write_case(case, tmp_path / "case.xlsx")
    read = read_case(tmp_path / "case.xlsx")
    assert read == case
    plan = solve(read)
    assert plan.summary.status == "certified"
    assert plan.summary.cost_usd_m == pytest.approx(cost_usd_m)
    assert [str(finding) for finding in audit(read, plan).findings] == []
    assert write_report(read, plan, tmp_path / "report.xlsx").exists()


@pytest.mark.parametrize(
    ("scale", "said"),
    [(1.0, "50.200 million USD"), (1e-4, "0.0050200 million USD"), (1e6, "50,200,000.00 million USD")],
    ids=["plain", "small", "large"],
)
def test_the_console_reads_well_without_cut_offs(scale: float, said: str) -> None:
    """Where nothing has to be survived the answer says so, asks no premium for it, and small sums keep their figures."""
    plan = solve(boats(*(n * scale for n in (40, 60, 0, 25)), most=50 * scale))
    lines = "\n".join(summary_lines(plan, True))
    assert "the cheapest plan, within the gap" in lines
    assert "no cut-off that must be survived" in lines
    assert said in lines
    assert "Insurance" not in lines
    assert "0 of 0" not in lines


def test_the_report_shows_what_is_owed(tmp_path: Path) -> None:
    """A column where something is owed, with what is owed at the end of each year, and nothing unserved; no column elsewhere."""
    shown = []
    for case in (backpacks().case, boats(40, 60)):
        report = write_report(case, solve(case), tmp_path / "report.xlsx")
        rows = list(openpyxl.load_workbook(report)["Supply and demand"].iter_rows(values_only=True))
        header = next(row for row in rows if row[0] == "Material")
        of_years = [dict(zip(header, row, strict=True)) for row in rows if isinstance(row[2], int)]
        shown.append([(round(row["Owed"], 6), row["Not served"]) for row in of_years] if "Owed" in header else None)
    assert shown == [[(50, 0), (70, 0), (0, 0), (0, 0)], None]
