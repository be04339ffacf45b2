"""The report: its figures are the plan's, its words fit the status, its file is sound whatever the names and wherever it goes."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from small_cases import case as small_case
from small_cases import stock

from models.ages import read_ages
from models.case import Assumption, Ceiling, SettingSource, Store
from models.plan import Cost, Plan, PlannerRule
from models.run import Study
from optimizer.report import build_report, write_report
from optimizer.report.balance import monthly, yearly
from optimizer.report.book import GUIDE
from optimizer.report.survival import outcomes, verdict
from optimizer.report.view import View
from optimizer.solve import solve


def _load(name: str) -> ModuleType:
    """A helper beside this file; tests are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sample = _load("sample").sample

STATUSES = ("certified", "limit", "unproven", "impossible", "empty")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The certified plan's report, written and opened again."""
    case, plan = sample("certified")
    path = write_report(case, plan, tmp_path_factory.mktemp("report") / "plan.xlsx", audited=True)
    return openpyxl.load_workbook(path)


def texts(sheet: Worksheet) -> list[str]:
    return [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]


def table(sheet: Worksheet, first_header: str, nth: int = 0) -> list[dict[str, Any]]:
    """Rows of the nth table whose first header is so named, up to the first blank cell in its first column."""
    at = [c.row for c in next(sheet.iter_cols(1, 1)) if c.value == first_header][nth]
    names = [c.value for c in sheet[at] if c.value is not None]
    body = at + 1
    while sheet.cell(body, 1).value is None:
        body += 1
    rows = []
    while sheet.cell(body, 1).value is not None:
        rows.append({str(n): sheet.cell(body, j).value for j, n in enumerate(names, 1)})
        body += 1
    return rows


# Figures


def test_costs_written_add_up_to_the_objective(book: Workbook) -> None:
    """Summing the cells term by term and year by year gives the plan's cost to 1e-9, and the total written says the same."""
    _, plan = sample("certified")
    rows = table(book["Costs"], "Term")
    terms = [r for r in rows if r["Term"] not in ("Total", "Cost of the plan (objective)", "Does not add up by")]
    recomputed = math.fsum(r[str(y)] for r in terms for y in (2027, 2028, 2029))
    total = next(r for r in rows if r["Term"] == "Total")
    objective = next(r for r in rows if r["Term"] == "Cost of the plan (objective)")
    assert recomputed == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    assert total["All years"] == pytest.approx(plan.summary.cost_usd_m, rel=1e-9)
    assert objective["All years"] == pytest.approx(plan.summary.cost_usd_m, rel=1e-15)
    undiscounted = [r for r in table(book["Costs"], "Term", 1) if r["Term"] == "Total"]
    assert undiscounted[0]["All years"] == pytest.approx(math.fsum(c.undiscounted_usd_m for c in plan.costs), rel=1e-9)


def test_costs_that_do_not_add_up_are_shown_in_red() -> None:
    """A plan whose terms miss the objective is told apart: the difference is written, on red."""
    case, plan = sample("certified")
    wrong = dataclasses.replace(plan, costs=(*plan.costs, Cost(term="storage", year=2029, usd_m=1.0, undiscounted_usd_m=1.0)))
    for told, colour in ((plan, "DDF0DD"), (wrong, "F9D3D0")):
        sheet = build_report(case, told)["Costs"]
        row = next(c.row for c in next(sheet.iter_cols(1, 1)) if c.value == "Does not add up by")
        cell = next(c for c in sheet[row] if isinstance(c.value, float))
        assert cell.value == pytest.approx(0.0 if told is plan else 1.0, abs=1e-9)
        assert cell.fill.start_color.rgb.endswith(colour)


def test_supply_and_demand_balance_in_the_cells(book: Workbook) -> None:
    """Opening stock and what comes in less what goes out is the closing stock, for every commodity and year written."""
    rows = table(book["Supply and demand"], "Material")
    assert len(rows) == 5 * 3
    for r in rows:
        into = sum(r[k] for k in ("Opening stock", "+ Bought", "+ Lifted", "+ Produced", "+ Scrap"))
        out = sum(r[k] for k in ("- Used in plants", "- Served", "- Sold", "- Disposed", "- Lost", "= Closing stock"))
        assert into == pytest.approx(out, abs=1e-9), r
        assert r["Difference"] == 0


def test_a_lost_tonne_is_seen() -> None:
    """A purchase taken out of the plan leaves a difference in its commodity and year, and in no other."""
    case, plan = sample("certified")
    gone = next(b for b in plan.bought if b.run == "base")
    flows = yearly(View(case, dataclasses.replace(plan, bought=tuple(b for b in plan.bought if b is not gone))))
    wrong = {key for key, flow in flows.items() if abs(flow.difference) > 1e-9}
    source = next(s for s in case.sources if s.source == gone.source)
    assert wrong == {((source.material, source.form), gone.period.year)}


def test_recourses_balance_month_by_month() -> None:
    """The months of a recourse add up too: stocks of the pattern, not of the base plan."""
    case, plan = sample("certified")
    view = View(case, plan)
    run = "NORTH-ALL@2027-10"
    flows = monthly(view, view.operation(run))
    assert {span for _, span in flows} == {view.horizon.date(9 + k).ordinal for k in range(8)}
    assert all(abs(f.difference) < 1e-9 for f in flows.values())


def test_purchases_and_contracts_sum_to_the_plan(book: Workbook) -> None:
    """Tonnes and money of the purchase and contract sheets are those of the plan's base rows."""
    _, plan = sample("certified")
    bought = [b for b in plan.bought if b.run == "base"]
    rows = table(book["Purchases"], "Source")
    assert sum(r["All years"] for r in rows) == pytest.approx(sum(b.bought_t for b in bought))
    assert sum(r["Cost"] for r in rows) == pytest.approx(sum(b.bought_t * b.usd_per_kg for b in bought) / 1000)
    detail = table(book["Purchases"], "Source", 1)
    assert all(
        r["Bought"] <= r["Limit"] * (1 + 1e-9) and r["Share of limit"] == pytest.approx(100 * r["Bought"] / r["Limit"]) for r in detail
    )
    lines = table(book["Contracts"], "Contract")
    assert sum(r["Lifted"] for r in lines) == pytest.approx(sum(f.lifted_t for f in plan.lifted if f.run == "base"))
    assert [r["Maximum"] for r in lines] == pytest.approx([240.0] * 3)
    assert [r["Minimum"] for r in lines] == pytest.approx([130.0] * 3)
    assert sum(r["Take-or-pay paid"] for r in lines) == pytest.approx(40.0 * 27.0 / 1000)


def test_own_mass_of_targets(book: Workbook) -> None:
    """The second block of stock targets is in tonnes of metal: contained oxide over oxide per metal (420 t / 1.2)."""
    rows = table(book["Stock targets"], "Store", 1)
    assert [(r["Form"], r["2029"]) for r in rows] == [("metal", pytest.approx(420.0 / 1.2))]


def test_days_of_cover_asked_and_held() -> None:
    """Of 12 t a year, none is asked for in 2027 and 36.5 days in 2028: 1.2 t lie there at its end, as in 2027 none do; amber says so."""
    asked = tuple(Assumption(assumption="asked", year=year, value=days) for year, days in ((2027, 0.0), (2028, 36.5)))
    made = dataclasses.replace(small_case(stocks=(stock(cover_days="asked"),)), assumptions=asked)
    sheet = build_report(made, solve(made))["Stock targets"]
    at = next(n for n, row in enumerate(sheet.iter_rows(min_col=1, max_col=1, values_only=True), 1) if row[0] == "asked: asked")
    assert [c.value for c in sheet[at][:5]] == ["asked: asked", None, None, 0.0, 36.5]
    held = sheet[at + 1][:5]
    assert [c.value for c in held[:3]] == ["store", "alpha", "powder"]
    assert [c.value for c in held[3:]] == pytest.approx([0.0, 36.5])
    assert held[4].fill.start_color.rgb != held[3].fill.start_color.rgb


def test_supply_by_origin_counts_elements_of_mixtures(book: Workbook) -> None:
    """A feed counts as its elements: 390 t lifted at 80 % and 20 %."""
    rows = {(r["Element"], r["Origin"]): r["All years"] for r in table(book["Supply by origin"], "Group")}
    assert rows["Xa", "South"] == pytest.approx(0.8 * 390.0)
    assert rows["Xb", "South"] == pytest.approx(0.2 * 390.0)


def test_every_pattern_is_listed(book: Workbook) -> None:
    """One row per pattern of the plan, with its own missing tonnes, margin (none where not survived) and recourse."""
    _, plan = sample("certified")
    rows = table(book["Patterns"], "Cut-off", 2)
    told = {(r["Cut-off"], r["Start"]): (r["Missing"], r["Margin"], r["Recourse"]) for r in rows}
    assert told == {
        (p.cutoff, str(p.start)): (pytest.approx(p.missing_t), p.margin_pct if p.missing_t == 0 else None, p.recourse_usd_m)
        for p in plan.patterns
    }


def test_worst_pattern_order() -> None:
    """Hardest: not survived before survived, then smaller margin, then dearer recourse, then earlier start."""
    case, plan = sample("certified")
    north = outcomes(View(case, plan))[1]
    p = north.patterns[-1]
    failed = dataclasses.replace(p, missing_t=2.0)
    tight = dataclasses.replace(p, margin_pct=0.0)
    dear = dataclasses.replace(tight, recourse_usd_m=1e6)
    early = dataclasses.replace(tight, start=case.settings.start)
    assert sorted([p, tight, early, dear, failed], key=north.worst_first) == [failed, dear, early, tight, p]


def test_a_margin_not_measured_is_not_called_binding() -> None:
    """A zero at a start inside a quarter was not measured: no margin is claimed there, and it does not count as binding."""
    case, plan = sample("certified")
    inside = [
        dataclasses.replace(p, start=p.start.plus(1), margin_pct=0.0) for p in plan.patterns if p.must_survive and p.start.year == 2028
    ]
    before = outcomes(View(case, plan))
    after = outcomes(View(case, dataclasses.replace(plan, patterns=(*plan.patterns, *inside))))
    assert len(inside) == 8
    assert [len(t.binding) for t in after] == [len(t.binding) for t in before]
    assert {t.margin(p) for t in after for p in t.patterns if p in inside} == {None}
    assert [t.worst for t in after] == [t.worst for t in before]


def test_first_start_of_what_is_only_reported() -> None:
    """A cut-off without a readiness row is survived from the first start after its last failure on."""
    case, plan = sample("certified")
    south = next(t for t in outcomes(View(case, plan)) if t.cutoff.cutoff == "SOUTH")
    assert south.readiness is None and south.first_start == south.patterns[0].start
    bad = [dataclasses.replace(p, missing_t=float(i == 3)) for i, p in enumerate(south.patterns)]
    assert dataclasses.replace(south, patterns=tuple(bad)).first_start == south.patterns[4].start


# Words


@pytest.mark.parametrize(
    ("status", "headline", "signal"),
    [
        ("certified", "Survives 2 cut-offs that begin in 2027-07 or later", "green"),
        ("limit", "Survives 2 cut-offs that begin in 2027-07 or later", "amber"),
        ("unproven", "NOT PROVEN TO SURVIVE: passed 26 of 30 patterns", "red"),
        ("impossible", "NO PLAN SURVIVES", "red"),
        ("empty", "NO PLAN SURVIVES", "red"),
    ],
)
def test_headline_of_each_status(status: str, headline: str, signal: str) -> None:
    """The first sheet says what the status means; only a plan that passes everything is called surviving."""
    case, plan = sample(status)
    told = verdict(View(case, plan))
    assert (told.headline, told.signal) == (headline, signal)
    said = texts(build_report(case, plan)["Plan"])
    assert headline in said
    assert any("Survives" in t for t in said) == (status in ("certified", "limit"))


def test_a_failing_pattern_beats_the_status() -> None:
    """A plan called certified that lists a required pattern as not survived is not reported as surviving."""
    case, plan = sample("certified")
    patterns = (*plan.patterns[:-30], *(dataclasses.replace(p, missing_t=1.0) if p.must_survive else p for p in plan.patterns[-30:]))
    assert verdict(View(case, dataclasses.replace(plan, patterns=patterns))).headline.startswith("NOT PROVEN")


def test_a_plan_that_failed_its_audit_is_not_praised() -> None:
    """A failed re-computation stands before all else."""
    case, plan = sample("certified")
    said = texts(build_report(case, plan, audited=False)["Plan"])
    assert "DO NOT USE: the plan failed its re-computation" in said
    assert not any(t.startswith("Survives") for t in said)
    assert any(t.startswith("FAILED") for t in said)


def test_nothing_required_is_said() -> None:
    """Without a pattern that must be survived the headline does not claim survival."""
    case, plan = sample("certified")
    none = tuple(dataclasses.replace(p, must_survive=False) for p in plan.patterns)
    assert "no cut-off had to be survived" in verdict(View(case, dataclasses.replace(plan, patterns=none))).headline


def test_first_sheet_answers_the_questions(book: Workbook) -> None:
    """Sign, build, buy, hold, cost, cut-offs, sureness, confidence: each is a section, and holds the plan's own names."""
    said = texts(book["Plan"])
    for wanted in ("What to sign", "What to build", "What it costs", "How sure the answer is", "South offtake", "Metal works", "Xb oxide"):
        assert wanted in said
    assert any(t.startswith("What to buy") for t in said) and any(t.startswith("What to hold") for t in said)
    assert any("On offer, not signed: East offtake." in t for t in said)
    assert any("survival costs" in t for t in said)
    assert any(t.startswith("passed; largest violation") for t in said)
    assert not any("Old deal" in t for t in said), "expired contracts are for the record only"


def test_what_is_missing_is_named() -> None:
    """When no plan survives: sector, material, form, months and tonnes on the first sheet, each month on its own sheet."""
    case, plan = sample("impossible")
    book = build_report(case, plan)
    rows = table(book["Plan"], "Cut-off and hardest start")
    assert {(r["Sector"], r["Material"], r["Form"]) for r in rows} == {("Lamps", "Xb", "oxide")}
    listed = table(book["Missing"], "Cut-off")
    assert sum(r["Missing"] for r in listed) == pytest.approx(sum(m.missing_t for m in plan.missing))
    assert "No plan serves" in str(book["Missing"]["A2"].value)
    assert "Missing" not in build_report(*sample("certified")).sheetnames


def test_what_an_unproven_plan_leaves_is_not_called_impossible() -> None:
    """Shortfalls of a plan that is merely unproven are its own: nobody is told that no plan serves them."""
    case, plan = sample("unproven")
    missing = sample("impossible")[1].missing
    book = build_report(case, dataclasses.replace(plan, missing=missing))
    assert not any("No plan" in t or "NO PLAN" in t for sheet in ("Plan", "Missing") for t in texts(book[sheet]))
    assert "What this plan does not serve" in texts(book["Plan"])


def test_an_unproven_plan_is_given_no_gap_and_no_price_of_survival() -> None:
    """Cost less bound, and cost less the unprotected cost, say something of a plan that survives only."""
    said = texts(build_report(*sample("unproven"))["Plan"])
    assert "this plan does not survive all" in said
    assert any("This plan does not survive all: there is no gap." in t for t in said)
    assert not any(": survival costs" in t or "The gap is" in t for t in said)
    assert any(": survival costs" in t for t in texts(build_report(*sample("certified"))["Plan"]))


def test_without_a_plan_nothing_is_called_re_computed() -> None:
    """No violation is told where there was nothing to compute again."""
    case, plan = sample("empty")
    said = texts(build_report(case, plan)["Plan"])
    assert "there is no plan to compute again" in said
    assert not any("largest violation" in t for t in said)


def test_a_ceiling_on_what_does_not_come_has_a_line() -> None:
    """Of two elements under a ceiling one comes and has its year; the other is said not to come. Without a plan nothing is said."""
    case, plan = sample("certified")
    ceiling = Ceiling(country="Nowhere", form="oxide", elements=("La", "Nd"), max_share=0.65)
    comes = PlannerRule(
        sheet="Ceilings", row=1, rule="Nd as oxide from Nowhere", when="2027", sense="at most", limit=65.0, reached=5.0, unit="%"
    )
    count = PlannerRule(sheet="Counts", row=1, rule="two", when="whole plan", sense="at least", limit=2.0, reached=2.0, unit="")
    case = dataclasses.replace(case, ceilings=(ceiling,))
    rows = table(build_report(case, dataclasses.replace(plan, planner_rules=(comes, count)))["Planner rules"], "Sheet")
    assert [(r["Sheet"], r["Rule"], r["When"], r["The plan"], r["Binding"]) for r in rows] == [
        ("Ceilings", "Nd as oxide from Nowhere", "2027", 5.0, "no"),
        ("Ceilings", "La as oxide from Nowhere: nothing comes", "every year", 0.0, "no"),
        ("Counts", "two", "whole plan", 2.0, "yes"),
    ]
    assert "Planner rules" not in build_report(case, sample("empty")[1]).sheetnames


def test_confidence_is_weighed_by_what_flows(book: Workbook) -> None:
    """Share of C-grade demand is its tonnes over all tonnes, and each line adds up to 100 %."""
    case, plan = sample("certified")
    rows = {r["Sheet of the workbook"]: r for r in table(book["Plan"], "Sheet of the workbook")}
    grade = {(d.sector, d.material, d.form): d.confidence for d in case.demands}
    base = [s for s in plan.service if s.run == "base"]
    judged = sum(s.demanded_t for s in base if grade[s.sector, s.material, s.form] == "C")
    assert rows["Demand"]["C: judged"] == pytest.approx(100 * judged / sum(s.demanded_t for s in base))
    for r in rows.values():
        assert r["A: seen"] + r["B: partly seen"] + r["C: judged"] + r["Not stated"] == pytest.approx(100.0)


# The file


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_written_and_opens(status: str, tmp_path: Path) -> None:
    """Every status gives a workbook of the guide's sheets in their order, each with a title, print set-up and no error."""
    case, plan = sample(status)
    book = openpyxl.load_workbook(write_report(case, plan, tmp_path / "r.xlsx"))
    assert [n for n in GUIDE if n in book.sheetnames] == book.sheetnames
    seldom = {"Cash", "Crisis cost", "Missing", "Planner rules", "Repairs", "Residue", "Routes", "Joint costs", "Stock ages"}
    asked = {
        "Alternatives",
        "Exposure",
        "Nearest failures",
        "One demand at a time",
        "Price of security",
        "Security by month",
        "Time to survive",
    }
    assert set(GUIDE) - set(book.sheetnames) <= seldom | asked
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet["A1"].value
        assert not any(c.data_type in ("f", "e") for row in sheet.iter_rows() for c in row)


def test_sheet_names_are_legal() -> None:
    """Names are fixed, unique whatever the case of letters, at most 31 characters, without the signs that Excel refuses."""
    assert len({n.lower() for n in GUIDE}) == len(GUIDE)
    assert all(len(n) <= 31 and not re.search(r"[\[\]:*?/\\']", n) and n.lower() != "history" for n in GUIDE)


def test_links_lead_to_sheets(book: Workbook) -> None:
    """Each link of the guide points at a sheet that exists, inside the workbook."""
    links = [c.hyperlink for row in book["Plan"].iter_rows() for c in row if c.hyperlink]
    targets = {link.location.split("!")[0].strip("'") for link in links}
    assert targets >= set(book.sheetnames) - {"Plan"}
    assert all(link.target is None for link in links)


HOSTILE = ("=cmd|'/c calc'!A1 ", "+1&<>\"'", "@http://x.test/", "\t=1", "\ud800\ufffe\x07", "_x0041_{=1}")


@pytest.mark.parametrize("start", HOSTILE)
def test_names_of_users_stay_text(start: str, tmp_path: Path) -> None:
    """Whatever names begin with, no cell, chart or part of the file becomes a formula, a link or unreadable."""
    case, plan = sample("certified", rename=start)
    path = write_report(
        dataclasses.replace(case, settings=dataclasses.replace(case.settings, title=f"{start}title")), plan, tmp_path / "r.xlsx"
    )
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"{sheet.title}!{cell.coordinate}"
                if isinstance(cell.value, str) and cell.value[:1] in "=+@":
                    assert cell.quotePrefix
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in content
            assert b"x.test" not in content or not name.endswith(".rels")


def charts(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/charts/chart"):
                yield name, archive.read(name).decode()


def test_charts_show_the_same_everywhere(tmp_path: Path) -> None:
    """Every chart has a title, both axes visible with a title and a unit, caches of names, categories and values, and straight lines."""
    case, plan = sample("certified")
    found = dict(charts(write_report(case, plan, tmp_path / "r.xlsx")))
    assert len(found) >= 8
    for name, xml in found.items():
        series = re.findall(r"<(?:c:)?ser>.*?</(?:c:)?ser>", xml, re.DOTALL)
        assert series, name
        for one in series:
            assert one.count("strCache>") >= 2, f"{name}: no cached name"
            assert len(re.findall(r"<(?:c:)?pt ", one)) >= 3 and "numCache>" in one, f"{name}: no cached values"
            assert 'smooth val="1"' not in one
            assert "lineChart" not in xml or 'smooth val="0"' in one
        assert xml.count('delete val="0"') == 2 and 'delete val="1"' not in xml
        assert len(re.findall(r"<(?:c:)?title>", xml)) == 3, f"{name}: title and two axis titles"


def test_chart_caches_hold_what_the_cells_hold(tmp_path: Path) -> None:
    """The cached points of every chart are the values of the cells that it points at."""
    case, plan = sample("certified")
    path = write_report(case, plan, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(path)
    checked = 0
    for _, xml in charts(path):
        for reference, cache in re.findall(r"<(?:c:)?numRef><(?:c:)?f>(.*?)</(?:c:)?f>(.*?)</(?:c:)?numRef>", xml, re.DOTALL):
            sheet, cells = reference.rsplit("!", 1)
            area = book[sheet.strip("'")][cells.replace("$", "")]
            row = area[0] if isinstance(area, tuple) else (area,)
            values = [c.value for c in row if c.value is not None]
            points = [float(v) for v in re.findall(r"<(?:c:)?v>(.*?)</(?:c:)?v>", cache)]
            assert points == pytest.approx(values, rel=1e-12)
            checked += len(points)
    assert checked > 100


def test_numbers_that_are_not_finite_are_said(tmp_path: Path) -> None:
    """A cost that is not known is written in words, never as a blank or a zero."""
    case, plan = sample("empty")
    book = openpyxl.load_workbook(write_report(case, plan, tmp_path / "r.xlsx"))
    labels = {row[0].value: row[1].value for row in book["Run"].iter_rows(min_col=1, max_col=2)}
    assert labels["cost usd m"] == labels["bound usd m"] == "not known"


def test_settings_say_where_they_come_from(tmp_path: Path) -> None:
    """The source of a setting stands behind its meaning; a setting without one says nothing of it."""
    case, plan = sample("certified")
    told = SettingSource(setting="discount_rate_pct", reference="Guideline", dated="2023", confidence="B", note="real rate")
    stated = dataclasses.replace(case, settings=dataclasses.replace(case.settings, sources=(told,)))
    book = openpyxl.load_workbook(write_report(stated, plan, tmp_path / "r.xlsx"))
    words = {row[0].value: row[2].value for row in book["Run"].iter_rows(min_col=1, max_col=3)}
    assert words["discount rate pct"].endswith(" Source: Guideline; 2023; confidence B; real rate.")
    assert "Source:" not in words["horizon months"]


def test_open_target_is_left_alone(tmp_path: Path) -> None:
    """Where Excel holds the target (its owner file lies beside it) the report goes to the next free name, which is returned."""
    case, plan = sample("certified")
    path = tmp_path / "plan.xlsx"
    path.write_bytes(b"open in Excel")
    (tmp_path / "~$plan.xlsx").write_bytes(b"")
    assert write_report(case, plan, path) == tmp_path / "plan-1.xlsx"
    assert path.read_bytes() == b"open in Excel"
    (tmp_path / "~$plan-1.xlsx").write_bytes(b"")
    assert write_report(case, plan, path) == tmp_path / "plan-2.xlsx"
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("~$")) == ["plan-1.xlsx", "plan-2.xlsx", "plan.xlsx"]


def test_refused_target_takes_the_next_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses to replace the target (open on Windows), the report goes to the next name and the old one stays."""
    case, plan = sample("certified")
    path = tmp_path / "plan.xlsx"
    path.write_bytes(b"old")
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if Path(target).name == "plan.xlsx":
            raise PermissionError(13, "open", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert write_report(case, plan, path) == tmp_path / "plan-1.xlsx"
    assert path.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan-1.xlsx", "plan.xlsx"]


def test_failure_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk while saving raises, and the old report is still there, whole, and nothing else."""
    case, plan = sample("certified")
    path = write_report(case, plan, tmp_path / "plan.xlsx")
    before = path.read_bytes()

    def full(self: Workbook, handle: Any) -> None:
        handle.write(b"PK half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Workbook, "save", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(case, plan, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"]


def test_same_plan_same_cells() -> None:
    """Two reports of one plan hold the same values cell by cell."""
    first, second = (build_report(*sample("certified")) for _ in range(2))
    for one, other in zip(first.worksheets, second.worksheets, strict=True):
        assert [[c.value for c in row] for row in one.iter_rows()] == [[c.value for c in row] for row in other.iter_rows()]


def test_many_runs_are_written_quickly(tmp_path: Path) -> None:
    """With twenty times the runs the report still takes a few seconds: rows of recourses are passed over once per table."""
    case, plan = sample("certified")
    big = _many(plan, 20)
    began = time.perf_counter()
    write_report(case, big, tmp_path / "r.xlsx")
    assert time.perf_counter() - began < 5.0


def _many(plan: Plan, times: int) -> Plan:
    tables = ("bought", "lifted", "processed", "plant_use", "tolled", "residue_placed", "residue_levels", "stocks", "service", "surplus")
    more = {
        name: (
            *getattr(plan, name),
            *(dataclasses.replace(row, run=f"{row.run}#{i}") for i in range(times) for row in getattr(plan, name) if row.run != "base"),
        )
        for name in tables
    }
    return dataclasses.replace(plan, **more)


def test_ages_and_stores_are_told() -> None:
    """A store of limited shelf life has its sheet of ages, whose parts add up to the level; owner, place and room stand with the levels."""
    changed, plan = sample("certified")
    first = changed.stocks[0]
    stocks = (dataclasses.replace(first, shelf_life_months=48), *changed.stocks[1:])
    changed = dataclasses.replace(changed, stocks=stocks, stores=(Store(store=first.store, owner="The Agency", capacity_t=900.0),))
    plan = dataclasses.replace(plan, stock_ages=read_ages(Study(changed), plan.stocks))
    assert plan.stock_ages
    book = build_report(changed, plan)
    ages = [[cell.value for cell in row] for row in book["Stock ages"].iter_rows()]
    head = next(n for n, row in enumerate(ages) if row[0] == "Store")
    rows = [row for row in ages[head + 2 :] if row[0] == first.store]
    assert rows
    for row in rows:
        assert sum(row[5:9]) == pytest.approx(row[4], abs=1e-5)
        assert row[11] == 48
    levels = [cell.value for row in book["Stock levels"].iter_rows() for cell in row]
    assert {"The Agency", "home", 900.0} <= set(levels)
