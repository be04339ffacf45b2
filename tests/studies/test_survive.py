"""Time to survive: closed forms, the law that a longer cut is never easier, and what the command refuses and writes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from random_features import random_features
from small_cases import case, cutoff, demand, settings, source, stock

from models.case import Case
from models.columns import Month
from models.lengths import harder_when_longer, of_length, with_longest
from optimizer import cli, plan_file
from optimizer import solve as solving
from optimizer.engine import Engine, PlanDiffers, SolveOptions
from optimizer.exit_codes import ExitCode
from optimizer.processes import Processes
from optimizer.report.studies.survive import sentences
from optimizer.studies.recourses import Trials
from optimizer.studies.search import longest
from optimizer.studies.survive import Ask, Survival, survive
from optimizer.template import write_case

NOW = Month(2027, 1)


def held(opening_t: float, **sheets: object) -> Case:
    """So much in the store on the first day, and a cut of three months to be survived from the first day on."""
    return case(**{"stocks": (stock(opening_t=opening_t),), "cutoffs": (cutoff(first_start=NOW),), **sheets})


def asked(made: Case, **ask: object) -> Survival:
    """What the study says of the cheapest plan."""
    plan = solving.solve(made)
    assert plan.summary.status == "certified"
    return survive(made, plan, Ask(**ask))  # type: ignore[arg-type]


@pytest.mark.parametrize("true", range(0, 25))
def test_the_longest_is_found_from_any_guess(true: int) -> None:
    """Every answer from 0 to 24, from every first guess: found, with no length asked twice and few asked."""
    for guess in (0, 1, 5, 12, 24, 30):
        tried: list[int] = []

        def survives(n: int, tried: list[int] = tried) -> bool:
            assert 1 <= n <= 24
            tried.append(n)
            return n <= true

        assert longest(survives, 24, guess, ordered=True) == true
        assert len(tried) == len(set(tried)) <= 10


def test_where_length_has_no_order_every_length_is_asked() -> None:
    """1 and 3 are survived, 2 is not: the answer is 1, not 3."""
    assert longest(lambda n: n != 2, 6, 5, ordered=False) == 1
    assert longest(lambda n: True, 6, 1, ordered=False) == 6
    assert longest(lambda n: False, 6, 6, ordered=False) == 0


@pytest.mark.parametrize(
    ("opening_t", "home_t_per_yr", "level", "months"),
    [(10.0, 0.0, 1.0, 10), (10.5, 0.0, 1.0, 10), (10.0, 6.0, 1.0, 20), (10.0, 0.0, 0.8, 12), (10.0, 3.0, 0.5, 24)],
)
def test_time_to_survive_is_stock_over_shortfall(opening_t: float, home_t_per_yr: float, level: float, months: int) -> None:
    """S/f: 10 t last 10 months at 1 t a month, 20 where half of it comes from home, 12.5 where only four fifths must be served."""
    sources = (source(), source("home", countries=("here",), max_t_per_yr=home_t_per_yr))
    made = held(opening_t, sources=sources, demands=(demand(service_level=level),))
    first = asked(made, singles="none", nearest=False).joint[0]
    assert (first.start, first.months, first.required, first.asked_months) == (NOW, months, True, 3)
    assert first.reached == (months == 24)


@pytest.mark.parametrize(("opening_t", "months"), [(0.9, 0), (1.0, 1), (1.4, 1), (1.5, 2), (2.4, 2), (2.5, 3), (3.5, 4)])
def test_time_to_survive_follows_the_running_shortfall(opening_t: float, months: int) -> None:
    """The stock that survives a length is the largest sum of demand less supply from its first month on: of 1 t a month a cut takes
    all, half, all, all ..., so 1, 1.5, 2.5, 3.5 t survive 1, 2, 3, 4 months, and a gram less one month fewer."""
    cut = cutoff(first_start=NOW, months=1, ramp_pct=(100.0, 50.0, 100.0))
    made = held(opening_t, sources=(source(max_t_per_yr=12.0),), cutoffs=(cut,))
    engine = Engine(with_longest(made, 6))
    engine.prepare()
    trials = Trials(engine, np.zeros(engine.base.program.columns))
    assert longest(lambda n: trials.survives(of_length(cut, n), 0), 6, 1, harder_when_longer(cut)) == months


def test_of_unknown_length() -> None:
    """A cut that is total in its first month only, and returns slowly if it ends then: 1.5 t survive it however long it lasts, known
    or not; with 1.4 t it is the shortest length that fails, so that none is survived."""
    cut = cutoff(first_start=NOW, months=1, ramp_pct=(100.0, 0.0), return_months=3)
    for opening_t, months in ((1.5, 24), (1.4, 0)):
        made = held(opening_t, cutoffs=(cut,))
        engine = Engine(with_longest(made, 24), SolveOptions(unknown_length=True))
        engine.prepare()
        trials = Trials(engine, np.zeros(engine.base.program.columns))
        row = engine.cutoffs[0]
        assert not row.length_known
        assert longest(lambda n, row=row, t=trials: t.survives(of_length(row, n), 0), 24, 1, harder_when_longer(row)) == months  # type: ignore[misc]


def test_a_cutoff_that_is_off_can_be_asked_about_too() -> None:
    """By its name, and as of unknown length: 1.4 t do not survive a cut of one month that returns slowly."""
    made = held(1.4, cutoffs=(cutoff(active=False, months=1, ramp_pct=(100.0, 0.0), return_months=3, cutoff="off"), cutoff(months=1)))
    plan = solving.solve(made)
    assert {row.cutoff for row in survive(made, plan).joint} == {"cut"}
    for unknown in (True, False):
        answer = survive(made, plan, Ask(cutoffs=("off",), singles="none"), SolveOptions(unknown_length=unknown))
        assert [(row.cutoff, row.required, row.months) for row in answer.joint][:1] == [("off", False, 0)]
        assert sentences(answer)[0].startswith(
            "off: of 3 starts tried some are not survived for a month (asked: 1); at 1 month it fails from"
        )


@pytest.mark.slow
def test_more_processes_say_the_same() -> None:
    """Two processes answer as one does, row by row."""
    made = held(10.0)
    plan = solving.solve(made)
    with Processes(2) as executor:
        assert survive(made, plan, executor=executor) == survive(made, plan)


def test_a_plan_holds_what_is_asked_and_fails_a_month_later() -> None:
    """The cheapest plan stocks 3 t for 3 months at 1 t: at every later start it survives 3 months; at 4 it lacks 1 t in the fourth."""
    answer = asked(held(10.0), singles="none")
    assert [row.months for row in answer.joint] == [10, 3, 3]
    assert answer.shortest("cut") == answer.joint[1]
    longer = answer.nearest[0]
    assert (longer.way, longer.variant, longer.survived) == ("longer", "4 months", False)
    assert (longer.start, longer.month) == (Month(2028, 1), Month(2028, 4))
    assert longer.missing_t == pytest.approx(1.0, abs=1e-6)
    assert (longer.sector, longer.material, longer.form) == ("makers", "alpha", "powder")


def test_the_least_severity_that_fails() -> None:
    """Twice the demand is for sale, so a cut of 70 % leaves 0.6 t a month of the 1 t needed: 1.2 t are held for 3 months, and a cut of
    71 % lacks 0.06 t."""
    made = held(1.2, cutoffs=(cutoff(first_start=NOW, severity=0.7),))
    harsher = next(row for row in asked(made, singles="none").nearest if row.way == "harsher")
    assert (harsher.variant, harsher.survived) == ("severity 0.71", False)
    assert harsher.missing_t == pytest.approx(0.06, abs=1e-6)


def test_a_second_country_and_a_second_cutoff_on_the_same_day() -> None:
    """Half of the demand comes from home: 1.5 t outlast three months without abroad. Without home too, or with the cut-off that takes
    home away on the same day, as much again is missing."""
    sources = (source(), source("home", countries=("here",), max_t_per_yr=6.0), source("far", countries=("yonder",), max_t_per_yr=0.0))
    cuts = (cutoff(first_start=NOW), cutoff(cutoff="home too", countries=("here",), must_survive=False))
    made = held(1.5, sources=sources, cutoffs=cuts, settings=settings(home_country="nowhere"))
    rows = {row.variant: row for row in asked(made, singles="none").nearest if row.cutoff == "cut"}
    assert rows["with here"].missing_t == pytest.approx(1.5, abs=1e-6)
    assert rows["with home too"].missing_t == pytest.approx(1.5, abs=1e-6)
    assert rows["with yonder"].survived


def test_one_demand_first_and_last() -> None:
    """10 t for two sectors at half a tonne a month each: together 10 months; one alone, before the other, 20; last, what all have, 10."""
    two = (demand(t_per_yr=6.0), demand(sector="users", t_per_yr=6.0))
    answer = asked(held(10.0, demands=two), singles="every", nearest=False)
    first = [row for row in answer.single if row.start == NOW]
    assert [(row.sector, row.first_months, row.last_months) for row in first] == [("makers", 20, 10), ("users", 20, 10)]


def test_what_is_not_concerned_outlasts_the_rest() -> None:
    """Beta keeps coming from home: it is served for as long as is tried, first or last, though alpha runs out after 10 months."""
    sources = (source(), source("home", "beta", countries=("here",)))
    answer = asked(held(10.0, sources=sources, demands=(demand(), demand("beta"))), singles="every", nearest=False)
    found = {row.material: (row.first_months, row.last_months) for row in answer.single if row.start == NOW}
    assert found == {"alpha": (10, 10), "beta": (24, 24)}


def test_a_falling_ramp_is_walked() -> None:
    """A cut that is total in its first month only: two months of it leave all in the second, one month is followed by a slow return. With
    1 t in store two months are survived and one is not, so every length is asked, and the time to survive is none."""
    cut = cutoff(first_start=NOW, months=2, ramp_pct=(100.0, 0.0), return_months=3)
    assert not harder_when_longer(cut)
    made = held(1.0, cutoffs=(cut,), sources=(source(max_t_per_yr=24.0),))
    plan = solving.solve(made)
    assert plan.summary.status == "certified"
    assert survive(made, plan, Ask(singles="none", nearest=False)).joint[0].months == 0


@pytest.mark.slow
def test_a_longer_cut_is_never_easier() -> None:
    """Random cases with contracts, plants, stops, cargo, residue, backorders: no pattern that fails at a length is survived at a longer
    one, where `harder_when_longer` says so."""
    compared = 0
    for seed in range(6):
        made, _ = random_features(seed)
        plan = solving.solve(made)
        if plan.summary.status != "certified":
            continue
        engine = Engine(with_longest(made, 7))
        engine.prepare()
        trials = Trials(engine, engine.columns_of(plan))
        for cut in engine.cutoffs:
            if harder_when_longer(cut):
                for start in engine.dates(cut, 0)[::3]:
                    found = [trials.survives(of_length(cut, n), start) for n in range(1, 8)]
                    assert found == sorted(found, reverse=True), f"seed {seed}: {cut.cutoff} at {start}: {found}"
                    compared += 1
    assert compared >= 10


def test_a_cutoff_that_is_not_there_is_named() -> None:
    """The message names it and what there is."""
    made = held(10.0)
    with pytest.raises(PlanDiffers, match="no cut-off 'flood'; it has: cut"):
        survive(made, solving.solve(made), Ask(cutoffs=("flood",)))


# The command


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A workbook and its plan, in a folder of their own that is the current one."""
    monkeypatch.chdir(tmp_path)
    write_case(held(10.0), tmp_path / "case.xlsx")
    assert cli.run(["solve", "case.xlsx", "--json", "plan.json", "--quiet"]) is ExitCode.ANSWERED
    return tmp_path / "case.xlsx", tmp_path / "plan.json"


def test_the_command_answers(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Words on standard output, JSON that holds the rows, and a workbook whose map shows 10, 3 and 3 months."""
    capsys.readouterr()
    assert cli.run(["survive", "case.xlsx", "plan.json", "--json", "answer.json", "--workers", "1", "--quiet"]) is ExitCode.ANSWERED
    said = capsys.readouterr()
    assert "cut: survives 3 months from any of the 3 starts tried (asked: 3); at 4 months it fails from 2028-01" in said.out
    assert said.err == ""
    answer = json.loads(Path("answer.json").read_text(encoding="utf-8"))
    assert [row["months"] for row in answer["joint"]] == [10, 3, 3]
    book = openpyxl.load_workbook("case.survive.xlsx")
    assert book.sheetnames == ["Time to survive", "One demand at a time", "Nearest failures"]
    sheet = book["Time to survive"]
    rows = [row for row in sheet.iter_rows() if row[0].value == "cut" and len(row) > 10 and str(row[1].value).startswith("20")]
    assert [row[3].value for row in rows] == [10, 3, 3]
    colours = [cell.fill.start_color.rgb[-6:] for cell in rows[1][4:9]]
    assert colours == ["DDF0DD"] * 3 + ["E4E8EC"] * 2


def test_a_plan_of_another_workbook_is_refused(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """One value of the workbook changed: exit 3, said in words, nothing written."""
    other = held(11.0)
    write_case(other, Path("other.xlsx"))
    assert cli.run(["survive", "other.xlsx", "plan.json", "--quiet"]) is ExitCode.INPUT_REFUSED
    assert "belongs to another workbook" in capsys.readouterr().err
    assert not Path("other.survive.xlsx").exists()


def test_what_is_no_plan_is_refused(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A JSON file that is none, and an answer that no plan survives: exit 3, nothing written; the plan itself is never replaced."""
    Path("empty.json").write_text("{}", encoding="utf-8")
    assert cli.run(["survive", "case.xlsx", "empty.json", "--quiet"]) is ExitCode.INPUT_REFUSED
    plan = plan_file.read_plan(files[1])
    none = dataclasses.replace(plan, summary=dataclasses.replace(plan.summary, status="impossible"))
    plan_file.write_plan(none, Path("none.json"))
    assert cli.run(["survive", "case.xlsx", "none.json", "--quiet"]) is ExitCode.INPUT_REFUSED
    assert "no plan survives" in capsys.readouterr().err
    assert cli.run(["survive", "case.xlsx", "plan.json", "--cutoff", "flood", "--quiet", "--workers", "1"]) is ExitCode.INPUT_REFUSED
    assert cli.run(["survive", "case.xlsx", "plan.json", "--json", "plan.json"]) is ExitCode.USAGE
    assert not Path("case.survive.xlsx").exists()


@pytest.mark.slow
def test_the_report_of_a_solve_can_say_it_too(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """solve --time-to-survive: sentences on standard output, sheets in the report; without it neither."""
    without = openpyxl.load_workbook("case.report.xlsx").sheetnames
    assert "Time to survive" not in without
    capsys.readouterr()
    assert cli.run(["solve", "case.xlsx", "--time-to-survive", "--quiet"]) is ExitCode.ANSWERED
    assert "Lasts      cut: survives 3 months" in capsys.readouterr().out
    assert {"Time to survive", "Nearest failures"} <= set(openpyxl.load_workbook("case.report.xlsx").sheetnames)
