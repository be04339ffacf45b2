"""The command line: exit codes, what goes to which stream, what is written and what never is.

Reading, solving, re-computing and writing are replaced by small stand-ins, so that each outcome can be had at will; the
last tests run the real thing in a process of its own.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

import optimizer
from models.case import Case
from models.columns import Month
from models.plan import Construction, Missing, Plan, Readiness, Signature, Stage, Summary, Surplus
from optimizer import cli
from optimizer.errors import Interrupted, NumericalTrouble, StockpileError, Unbounded
from optimizer.example import example_case
from optimizer.exit_codes import MEANINGS, OF_STATUS, ExitCode
from optimizer.faults import Fault, InputRefused

START = Month(2027, 1)


def make_plan(status: str = "certified", **changes: Any) -> Plan:
    """A plan with one of everything that the summary prints."""
    summary = Summary(
        schema_version=1,
        title="A small case",
        input_sha256="0" * 64,
        status=status,
        cost_usd_m=1234.5,
        bound_usd_m=1230.0,
        gap_pct=0.36,
        unprotected_cost_usd_m=1200.0,
        patterns_tested=12,
        patterns_passed=12,
    )
    plan = Plan(
        summary=summary,
        readiness=(Readiness(cutoff="north", first_start=Month(2028, 4), latest_first_start=None, found=True),),
        signatures=(
            Signature(contract="new one", signed=START, first_delivery=Month(2028, 1), last_delivery=Month(2036, 12), decided=True),
            Signature(contract="old one", signed=START, first_delivery=START, last_delivery=Month(2030, 12), decided=False),
        ),
        constructions=(
            Construction(
                plant="the plant", units=2, decided=Month(2027, 7), online=Month(2030, 1), capacity_t_per_yr=10.0, capex_usd_m=5.0
            ),
        ),
        stages=(Stage(stage="solve", seconds=1.0),),
    )
    return dataclasses.replace(plan, **changes)


@dataclasses.dataclass
class Parts:
    """The stand-ins, and what they were called with."""

    plan: Plan
    case: Case
    error: BaseException | None = None
    violation: float = 0.0
    audit_error: Exception | None = None
    report_error: Exception | None = None
    report_name: str = ""
    options: Any = None
    reported: Plan | None = None
    solved: Case | None = None
    checked: Case | None = None
    described: Case | None = None


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Reading, solving, re-computing and writing replaced by stand-ins that the test can steer."""
    stand_ins = Parts(make_plan(), example_case())
    reading, solving = importlib.import_module("optimizer.workbook"), importlib.import_module("optimizer.solve")
    auditing, reporting = importlib.import_module("optimizer.audit"), importlib.import_module("optimizer.report")

    def solve(case: Case, options: object, progress: Any) -> Plan:
        stand_ins.options, stand_ins.solved = options, case
        progress.stage("solve")
        progress.mip(1.0, 10.0, None, None, 0)
        progress.patterns(3, 2, 12)
        if stand_ins.error is not None:
            raise stand_ins.error
        return stand_ins.plan

    def audit(case: Case, plan: Plan) -> SimpleNamespace:
        stand_ins.checked = case
        if stand_ins.audit_error is not None:
            raise stand_ins.audit_error
        findings = () if stand_ins.violation <= 1e-6 else ("level of a store does not follow",)
        more = {"rule": 3} if findings else {}
        return SimpleNamespace(passed=not findings, findings=findings, more=more, largest_violation=stand_ins.violation)

    def write_report(case: Case, plan: Plan, path: Path, audited: bool | None = None, survival: object = None) -> Path:
        if stand_ins.report_error is not None:
            raise stand_ins.report_error
        stand_ins.reported, stand_ins.described = plan, case
        path = path.with_name(stand_ins.report_name or path.name)
        path.write_text("a report", encoding="utf-8")
        return path

    monkeypatch.setattr(reading, "read_with_warnings", lambda path: (stand_ins.case, ()))
    monkeypatch.setattr(solving, "solve", solve)
    monkeypatch.setattr(auditing, "audit", audit)
    monkeypatch.setattr(reporting, "write_report", write_report)
    return stand_ins


@pytest.fixture
def workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that stands for a workbook, in a folder of its own; the current folder is another one beside it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "in" / "case.xlsx"
    path.write_text("a workbook", encoding="utf-8")
    return path


def solve(workbook: Path, *more: str) -> ExitCode:
    return cli.run(["solve", str(workbook), *more])


def test_certified_answer_exits_0(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A certified plan: exit 0, the report in the current folder, the summary on standard output, progress on the other stream."""
    assert solve(workbook) == 0
    assert Path("case.report.xlsx").read_text(encoding="utf-8") == "a report"
    out, err = capsys.readouterr()
    assert "1,234.50 million USD" in out
    assert "12 of 12 patterns" in out
    assert "new one in 2027-01, delivers 2028-01 to 2036-12" in out
    assert "old one" not in out
    assert "the plant, 2 units: decide in 2027-07, online 2030-01" in out
    assert "north: from 2028-04 on" in out
    assert "34.50 million USD more than" in out
    assert "case.report.xlsx" in out
    assert "3 of 12 patterns tested, 2 passed" in err
    assert "3 of 12" not in out


@pytest.mark.parametrize(("status", "code"), [("limit", 5), ("unproven", 6), ("impossible", 4)])
def test_other_answers_have_codes_of_their_own(parts: Parts, workbook: Path, status: str, code: int) -> None:
    """Each status other than certified gives its exit code, and the report is written all the same."""
    parts.plan = make_plan(status)
    assert solve(workbook, "--quiet") == code
    assert Path("case.report.xlsx").exists()


def test_impossible_says_what_is_missing(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no plan survives: what is missing by sector and commodity at the worst start (starts are alternatives), and no cost."""
    rows = [
        Missing(cutoff="north", start=START.plus(s), month=START.plus(m), sector="lamps", material="Q", form="powder", missing_t=t)
        for s, m, t in ((0, 3, 1.25), (0, 4, 1.25), (1, 4, 2.0))
    ]
    ready = Readiness(cutoff="north", first_start=START.plus(24), latest_first_start=START.plus(5), found=True)
    parts.plan = make_plan("impossible", missing=tuple(rows), readiness=(ready,))
    assert solve(workbook) == 4
    out = capsys.readouterr().out
    assert "2.50 t REO of Q powder for lamps, 2027-04 to 2027-05, when north begins in 2027-01 (1 more start lacks some)" in out
    assert "north: from 2029-01 on (the earliest that was found); asked: no later than 2027-06" in out
    assert "million USD, discounted" not in out


def test_an_unproven_plan_claims_neither_gap_nor_readiness(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan that does not survive has no gap and no price of safety, and its first start is called asked for, not reached."""
    row = Missing(cutoff="north", start=START, month=START, sector="lamps", material="Q", form="powder", missing_t=1.0)
    ready = [Readiness(cutoff=name, first_start=START, latest_first_start=None, found=True) for name in ("north", "south")]
    parts.plan = make_plan("unproven", missing=(row,), readiness=tuple(ready))
    assert solve(workbook, "--quiet") == 6
    out = capsys.readouterr().out
    assert "Asked      north: from 2027-01 on; this plan does not survive all of it" in out
    assert "Asked      south: from 2027-01 on\n" in out
    assert not any(claim in out for claim in ("Insurance", "gap", "Ready"))


def test_failed_re_computation_exits_7(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan that fails its re-computation: exit 7, and report and summary carry the largest violation."""
    parts.violation = 0.25
    assert solve(workbook, "--quiet") == 7
    assert parts.reported is not None
    assert parts.reported.summary.largest_violation == 0.25
    out, err = capsys.readouterr()
    assert "re-computation FAILED, largest violation 2.5e-01" in out
    assert out.splitlines()[1] == "Answer     the plan FAILED its re-computation: do not use it; what follows is only claimed"
    assert "level of a store does not follow" in err
    assert "and 3 findings more" in err


def test_re_computation_that_breaks_down_passes_nothing(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error inside the re-computation: exit 7, the plan is reported as not passed and not lost."""
    parts.audit_error = KeyError("a store")
    assert solve(workbook) == 7
    assert parts.reported is not None
    assert parts.reported.summary.largest_violation > 1.0
    out, err = capsys.readouterr()
    assert "re-computation FAILED" in out
    assert "broke down: KeyError: 'a store'" in err
    assert cli.run(["--traceback", "solve", str(workbook)]) == 7
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_report_carries_the_time_of_reading_and_re_computing(parts: Parts, workbook: Path) -> None:
    """Stages outside the solver's part are in the report too, in the order of the work."""
    assert solve(workbook) == 0
    assert parts.reported is not None
    assert [stage.stage for stage in parts.reported.stages] == ["read", "solve", "audit"]


@pytest.mark.parametrize("error", [NumericalTrouble("the solver failed"), Unbounded("the cost has no floor: a price is missing")])
def test_solver_trouble_exits_8(parts: Parts, workbook: Path, error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """Numerical trouble and an unbounded model: exit 8, one line of words, no report."""
    parts.error = error
    assert solve(workbook, "--quiet") == 8
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"stockpile: {error}\n"
    assert not Path("case.report.xlsx").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Interrupted()])
def test_interruption_exits_130(parts: Parts, workbook: Path, error: BaseException) -> None:
    """Interrupted without a plan at hand: exit 130, nothing written."""
    parts.error = error
    assert solve(workbook) == 130
    assert not Path("case.report.xlsx").exists()


def test_interruption_with_a_plan_keeps_it(parts: Parts, workbook: Path) -> None:
    """Interrupted with a plan at hand: the plan is checked and reported, the exit code is 130 all the same."""
    parts.error = Interrupted(plan=make_plan("unproven"))
    assert solve(workbook) == 130
    assert parts.reported is not None
    assert parts.reported.summary.status == "unproven"


def test_unexpected_error_exits_1_with_one_line(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Something nobody thought of: exit 1, one line that says how to see more."""
    parts.error = KeyError("a name")
    assert solve(workbook, "--quiet") == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "unexpected error: KeyError: 'a name'" in err
    assert "--traceback" in err


def test_traceback_can_be_had(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """--traceback, or its environment variable, shows where an unexpected error arose."""
    parts.error = KeyError("a name")
    assert cli.run(["--traceback", "solve", str(workbook)]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err
    monkeypatch.setenv("STOCKPILE_TRACEBACK", "1")
    assert solve(workbook) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_expected_error_of_no_other_kind_exits_1(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error raised on purpose that has no code of its own: exit 1 and its own words, not called unexpected."""
    parts.error = StockpileError("this cannot be")
    assert solve(workbook, "--quiet") == 1
    assert capsys.readouterr().err == "stockpile: this cannot be\n"


@pytest.mark.parametrize(
    ("error", "words"), [(OSError(28, "No space left on device"), "No space left on device"), (KeyError("a sheet"), "KeyError: 'a sheet'")]
)
@pytest.mark.parametrize(("status", "violation", "code"), [("certified", 0.0, 1), ("limit", 0.0, 1), ("certified", 0.25, 7)])
def test_report_not_written_exits_1_and_the_answer_is_still_printed(
    parts: Parts, workbook: Path, status: str, violation: float, code: int, error: Exception, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk, or a fault of the report itself, at the end: exit 1 (7 if the plan is wrong too); summary and plan file are not lost."""
    parts.report_error, parts.plan, parts.violation = error, make_plan(status), violation
    assert solve(workbook, "--json", "plan.json", "--quiet") == code
    out, err = capsys.readouterr()
    assert "1,234.50 million USD" in out
    assert f"report not written: case.report.xlsx: {words}" in err
    assert json.loads(Path("plan.json").read_text(encoding="utf-8"))


def test_report_under_another_name_is_told(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The old report is open in Excel and the new one stands beside it: exit 0, and both names are told."""
    parts.report_name = "case.report-1.xlsx"
    assert solve(workbook) == 0
    assert "case.report-1.xlsx (case.report.xlsx could not be replaced; is it open?)" in capsys.readouterr().out


def test_json_on_standard_output_stands_alone(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json -: standard output is the plan file without its recourse and nothing else; the summary moves to the other stream."""
    rows = [
        Surplus(run=run, material="Q", form="powder", period=START, months=1, sold_t=1.0, disposed_t=0.0) for run in ("base", "n@2027-01")
    ]
    parts.plan = make_plan(surplus=tuple(rows))
    assert solve(workbook, "--json", "-") == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert [row["run"] for row in answer["surplus"]] == ["base"]
    assert answer["recourse"] is None
    assert "1,234.50 million USD" in err


def test_quiet_leaves_standard_error_empty(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--quiet: not a word of progress, the result as ever."""
    assert solve(workbook, "--quiet") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "1,234.50 million USD" in out


def test_options_reach_the_solver(parts: Parts, workbook: Path) -> None:
    """Each option arrives in the solver's options under its own name; the defaults are one thread, seed 0, the workbook's gap."""
    assert solve(workbook) == 0
    given = parts.options
    assert (given.relative_gap_pct, given.time_limit_s, given.node_limit) == (None, None, None)
    assert (given.threads, given.seed, given.calendar) == (1, 0, "workbook")
    words = "--gap 2.5 --time-limit 60 --node-limit 7 --threads 2 --seed 3 --calendar year"
    assert solve(workbook, *words.split()) == 0
    given = parts.options
    assert (given.relative_gap_pct, given.time_limit_s, given.node_limit) == (2.5, 60.0, 7)
    assert (given.threads, given.seed, given.calendar) == (2, 3, "year")


def test_calendar_is_the_same_for_plan_re_computation_and_report(parts: Parts, workbook: Path) -> None:
    """--calendar year: the solve is handed the workbook's values, whose fingerprint the plan keeps, and asked for years; what is computed
    again and reported is one and the same case, in periods of twelve months."""
    assert solve(workbook, "--calendar", "year") == 0
    assert parts.solved == parts.case
    assert parts.options.calendar == "year"
    assert parts.checked is not None
    assert (parts.checked.settings.fine_months, parts.checked.settings.coarse_period_months) == (0, 12)
    assert parts.described is parts.checked
    assert solve(workbook) == 0
    assert parts.checked == parts.case


@pytest.mark.parametrize(
    "words",
    [
        "--gap nan",
        "--gap -1",
        "--gap 101",
        "--time-limit 0",
        "--time-limit inf",
        "--node-limit 0",
        "--threads 0",
        "--seed -1",
        "--calendar week",
        "--out report.csv",
        "--no-such-option",
    ],
)
def test_wrong_options_exit_2(parts: Parts, workbook: Path, words: str) -> None:
    """Values out of range and words that are no option: exit 2, before anything is read."""
    assert solve(workbook, *words.split()) == 2
    assert parts.options is None


def test_missing_workbook_exits_2(parts: Parts, workbook: Path) -> None:
    """A workbook that is not there, a folder in its place, none at all, no such command: exit 2."""
    assert solve(workbook.with_name("other.xlsx")) == 2
    assert solve(workbook.parent) == 2
    assert cli.run(["solve"]) == 2
    assert cli.run(["dissolve"]) == 2


def _symlink(workbook: Path) -> Path:
    link = workbook.with_name("link.xlsx")
    link.symlink_to(workbook)
    return link


def _hard_link(workbook: Path) -> Path:
    link = workbook.with_name("hard.xlsx")
    link.hardlink_to(workbook)
    return link


def _detour(workbook: Path) -> Path:
    return workbook.parent / ".." / workbook.parent.name / workbook.name


def _other_case(workbook: Path) -> Path:
    return workbook.with_name("CASE.XLSX")


@pytest.mark.parametrize("other_name", [lambda path: path, _symlink, _hard_link, _detour, _other_case])
def test_input_is_never_overwritten(
    parts: Parts, workbook: Path, other_name: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The input under any other name (link, detour, other case) is refused as report and as plan file: exit 2, input unchanged."""
    same = str(other_name(workbook))
    assert solve(workbook, "--out", same) == 2
    assert solve(workbook, "--json", same) == 2
    assert "is the input" in capsys.readouterr().err
    assert workbook.read_text(encoding="utf-8") == "a workbook"


def test_report_and_plan_file_have_two_names(parts: Parts, workbook: Path) -> None:
    """One name for report and plan file: exit 2."""
    assert solve(workbook, "--out", "one.xlsx", "--json", "./one.xlsx") == 2


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_unwritable_places_are_refused_before_any_work(
    parts: Parts, workbook: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there, or a folder in the file's place: exit 1 with one line, and nothing was solved."""
    Path("a.xlsx").mkdir()
    for target in ("nowhere/a.xlsx", "a.xlsx"):
        assert solve(workbook, option, target) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert "folder" in err
    assert parts.options is None


def _refuse(*faults: Fault) -> Callable[[Path], Any]:
    def read_with_warnings(path: Path) -> Any:
        raise InputRefused(faults)

    return read_with_warnings


def _fault(severity: Literal["error", "warning"], cell: str) -> Fault:
    return Fault(sheet="Demand", cell=cell, value="1,5", expected="a number", mend="write 1.5", severity=severity)


@pytest.mark.parametrize("command", ["solve", "validate"])
def test_refused_input_exits_3(
    parts: Parts, workbook: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Faults of the workbook: exit 3, every one with its cell on standard error, nothing on standard output, nothing written."""
    monkeypatch.setattr("optimizer.workbook.read_with_warnings", _refuse(_fault("error", "E2"), _fault("error", "E9")))
    assert cli.run([command, str(workbook)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: Demand!E2: found '1,5'; expected a number. write 1.5" in err
    assert "Demand!E9" in err
    assert "2 faults" in err
    assert not list(Path().iterdir())


def test_strict_refuses_warnings(parts: Parts, workbook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning is printed and accepted; with --strict it is refused with exit 3."""
    case = importlib.import_module("optimizer.template").example_case()
    monkeypatch.setattr("optimizer.workbook.read_with_warnings", lambda path: (case, (_fault("warning", "E2"),)))
    assert cli.run(["validate", str(workbook)]) == 0
    assert "warning: Demand!E2" in capsys.readouterr().err
    assert cli.run(["validate", "--strict", str(workbook)]) == 3


def test_validate_prints_supply_against_demand(
    parts: Parts, workbook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A good workbook: exit 0 and the three tables on standard output; with --json the same rows as JSON."""
    case = importlib.import_module("optimizer.template").example_case()
    monkeypatch.setattr("optimizer.workbook.read_with_warnings", lambda path: (case, ()))
    assert cli.run(["validate", str(workbook)]) == 0
    out = capsys.readouterr().out
    assert "Supply against demand" in out
    assert all(demand.form in out for demand in case.demands)
    assert all(source.supplier in out for source in case.sources)
    assert all(f"\n{reference.element} " in out for reference in case.demand_references)
    assert cli.run(["validate", "--json", str(workbook)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["accepted"] is True
    assert answer["faults"] == []
    assert len(answer["supply_and_demand"]) > 0


def test_validate_json_lists_faults(
    parts: Parts, workbook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused workbook with --json: exit 3, and the faults are on standard output as data."""
    monkeypatch.setattr("optimizer.workbook.read_with_warnings", _refuse(_fault("error", "E2")))
    assert cli.run(["validate", "--json", str(workbook)]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["accepted"] is False
    assert [(fault["sheet"], fault["cell"]) for fault in answer["faults"]] == [("Demand", "E2")]


def test_template_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """template writes a workbook once; a second time it refuses with exit 2, unless it is told to with --force."""
    target = tmp_path / "mine.xlsx"
    assert cli.run(["template", str(target)]) == 0
    first = target.read_bytes()
    assert first[:2] == b"PK"
    target.write_bytes(b"changed by hand")
    assert cli.run(["template", str(target)]) == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_bytes() == b"changed by hand"
    assert cli.run(["template", "--force", str(target)]) == 0
    assert target.read_bytes()[:2] == b"PK"


def test_template_asks_for_an_xlsx_in_a_folder_that_exists(tmp_path: Path) -> None:
    """Another ending: exit 2. A missing folder: exit 1."""
    assert cli.run(["template", str(tmp_path / "mine.csv")]) == 2
    assert cli.run(["template", str(tmp_path / "nowhere" / "mine.xlsx")]) == 1


def test_names_cannot_steer_the_terminal(parts: Parts, workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in a name from a workbook are not passed on to the terminal."""
    parts.plan = dataclasses.replace(parts.plan, summary=dataclasses.replace(parts.plan.summary, title="a bell \x07 rings"))
    assert solve(workbook) == 0
    assert "\x07" not in capsys.readouterr().out


def test_every_exit_code_is_told_in_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Help lists every exit code with its meaning, and each status of a plan has one."""
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    assert set(MEANINGS) == set(ExitCode)
    assert all(meaning in text for meaning in MEANINGS.values())
    choices = {field.name: field.metadata["choices"] for field in dataclasses.fields(Summary)}["status"]
    assert set(OF_STATUS) == set(choices)


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the one version there is."""
    assert cli.run(["--version"]) == 0
    assert optimizer.__version__ in capsys.readouterr().out


def test_module_and_exit_code_reach_the_process(tmp_path: Path) -> None:
    """`python -m optimizer` is the same program, and its exit code is the process's."""
    done = subprocess.run([sys.executable, "-m", "optimizer", "solve"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Missing argument 'WORKBOOK'" in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_template_solves_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A template is written, validated and solved as it is, for real: certified, the report written, the input as before."""
    monkeypatch.chdir(tmp_path)
    assert cli.run(["template", "mine.xlsx"]) == 0
    before = Path("mine.xlsx").read_bytes()
    assert cli.run(["validate", "--strict", "mine.xlsx"]) == 0
    capsys.readouterr()
    assert cli.run(["solve", "mine.xlsx", "--json", "plan.json"]) == 0
    assert "re-computation passed" in capsys.readouterr().out
    assert Path("mine.report.xlsx").read_bytes()[:2] == b"PK"
    assert Path("mine.xlsx").read_bytes() == before
    from optimizer.plan_file import read_plan

    plan = read_plan(Path("plan.json"))
    assert plan.summary.status == "certified"
    assert plan.summary.patterns_passed == plan.summary.patterns_tested > 0
    assert plan.summary.cost_usd_m >= plan.summary.bound_usd_m
