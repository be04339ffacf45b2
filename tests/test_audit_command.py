"""``stockpile audit``: it passes what the solver made, refuses what belongs elsewhere, and loads no model."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_cases import case as small_case
from small_cases import cutoff, demand, settings, source, stock

from models.case import Case
from models.columns import Month
from models.plan import Plan
from optimizer import plan_file
from optimizer.cli import run
from optimizer.exit_codes import ExitCode
from optimizer.solve import SolveOptions, solve
from optimizer.template import write_case


def made() -> Case:
    """Abroad and next door, of which any one fails for three months; a store that the plan fills before."""
    return small_case(
        settings=settings(coarse_period_months=6),
        demands=(demand(rationing="no"),),
        sources=(source(), source("near", countries=("next door",), price_factor=1.2, max_t_per_yr=6.0)),
        stocks=(stock(),),
        cutoffs=(cutoff(countries=("abroad", "next door"), at_once=1),),
    )


@dataclasses.dataclass(frozen=True)
class Files:
    """A workbook and its plan on disk."""

    workbook: Path
    plan: Path

    def audit(self, *words: str) -> ExitCode:
        return run(["audit", str(self.workbook), str(self.plan), *words])

    def write(self, plan: Plan) -> None:
        plan_file.write_plan(plan, self.plan)


@pytest.fixture(scope="module")
def solved() -> Plan:
    """The plan on a calendar of years, which the workbook does not have, with a gap of its own."""
    return solve(made(), SolveOptions(calendar="year", relative_gap_pct=0.01))


@pytest.fixture
def files(solved: Plan, tmp_path: Path) -> Files:
    write_case(made(), tmp_path / "case.xlsx")
    files = Files(tmp_path / "case.xlsx", tmp_path / "case.plan.json")
    files.write(solved)
    return files


def test_a_plan_passes_with_what_it_was_asked_for(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan says that it was made on a calendar of years and of every single failure of two: it is audited so, and passes. Taken as the
    workbook's calendar of half-years the same plan is refused."""
    plan = plan_file.read_plan(files.plan)
    assert (plan.summary.calendar, plan.summary.relative_gap_pct) == ("year", 0.01)
    assert {row.cutoff for row in plan.patterns} == {"cut: abroad", "cut: next door"}
    assert files.audit() is ExitCode.ANSWERED
    assert "passed" in capsys.readouterr().out
    files.write(dataclasses.replace(plan, summary=dataclasses.replace(plan.summary, calendar="workbook")))
    assert files.audit() is ExitCode.AUDIT_FAILED


def test_nothing_of_the_model_is_loaded(files: Files) -> None:
    """A whole audit in a fresh interpreter loads neither a modelling library, a solver, a table library nor any equation: of the package
    models the plain records, the checks of single cells, and the list of combinations."""
    code = (
        "import sys; from optimizer.cli import run; code = run(sys.argv[1:]); print(*sorted(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    words = [sys.executable, "-c", code, "audit", str(files.workbook), str(files.plan)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert not {"pyomo", "highspy", "pandas", "scipy", "optimizer.solve", "optimizer.engine", "optimizer.highs"} & loaded
    plain = {"models", "models.case", "models.plan", "models.columns", "models.kinds", "models.findings"}
    plain |= {"models.check_cells", "models.combinations"}
    assert {name for name in loaded if name.split(".")[0] == "models" and not name.startswith("models.sheets")} == plain


def test_a_plan_of_another_workbook_is_refused(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """One price changed: the plan belongs to another workbook, and nothing is audited; asked for anyway, its cost does not follow."""
    other = dataclasses.replace(made(), prices=(dataclasses.replace(made().prices[0], usd_per_kg=11.0), *made().prices[1:]))
    write_case(other, files.workbook)
    assert files.audit() is ExitCode.INPUT_REFUSED
    said = capsys.readouterr()
    assert "belongs to another workbook" in said.err
    assert said.out == ""
    assert files.audit("--anyway") is ExitCode.AUDIT_FAILED
    assert "cost-term" in capsys.readouterr().err


def test_survival_is_not_audited_without_the_recourse(files: Files, solved: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    """The recourse file is missing, is another one, or lacks the rows of one pattern: survival is not audited, and the plan fails."""
    beside = plan_file.recourse_path(files.plan)
    packed = beside.read_bytes()
    for change in (beside.unlink, lambda: beside.write_bytes(packed[:-1] + b"x")):
        change()
        assert files.audit() is ExitCode.AUDIT_FAILED
        assert "survival NOT audited" in capsys.readouterr().out
    run_of_one = f"{solved.patterns[0].cutoff}@{solved.patterns[0].start}"
    lacking = {
        field.name: tuple(row for row in getattr(solved, field.name) if getattr(row, "run", "") != run_of_one)
        for field in dataclasses.fields(Plan)
        if field.name != "summary"
    }
    files.write(dataclasses.replace(solved, **lacking))
    assert files.audit() is ExitCode.AUDIT_FAILED
    assert "survival NOT audited: the recourse of patterns" in capsys.readouterr().out


def test_a_number_altered_in_the_file_is_caught(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """One tonne more bought in the file: the balance does not close, and the verdict says so as JSON too."""
    content = json.loads(files.plan.read_text(encoding="utf-8"))
    content["bought"][0]["bought_t"] += 1.0
    files.plan.write_text(json.dumps(content), encoding="utf-8")
    assert files.audit("--json") is ExitCode.AUDIT_FAILED
    told = json.loads(capsys.readouterr().out)
    assert not told["passed"]
    assert told["survival"] == "failed"
    assert "balance" in {finding["rule"] for finding in told["findings"]}


def test_what_is_no_plan_is_refused(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """A text in the place of a number is no plan: refused at its place in the file."""
    content = json.loads(files.plan.read_text(encoding="utf-8"))
    content["stocks"][0]["level_t"] = "much"
    files.plan.write_text(json.dumps(content), encoding="utf-8")
    assert files.audit() is ExitCode.INPUT_REFUSED
    assert "stocks.0.level_t" in capsys.readouterr().err


def test_a_workbook_with_a_fault_is_refused_at_its_cell(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """A cell out of its bounds is said at its place before any plan is looked at."""
    write_case(dataclasses.replace(made(), demands=(demand(service_level=1.2),)), files.workbook)
    assert files.audit() is ExitCode.INPUT_REFUSED
    assert "Demand!H2: found 1.2; expected a number from 0 to 1" in capsys.readouterr().err


def test_an_answer_that_no_plan_survives_is_audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be stored: what is missing is computed again; survival is not claimed."""
    stuck = dataclasses.replace(made(), stocks=(), cutoffs=(cutoff(first_start=Month(2028, 1)),))
    write_case(stuck, tmp_path / "case.xlsx")
    plan = solve(stuck, SolveOptions())
    assert plan.summary.status == "impossible"
    files = Files(tmp_path / "case.xlsx", tmp_path / "plan.json")
    files.write(plan)
    assert files.audit() is ExitCode.ANSWERED
    assert "not claimed" in capsys.readouterr().out
