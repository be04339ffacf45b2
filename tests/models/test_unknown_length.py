"""Cut-offs of unknown length: one schedule serves every length up to the one given."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import openpyxl
import pytest
from small_cases import case, cutoff, least_cost, settings, source, stock

from models.case import Case, CutOff, Plant
from models.check import check
from models.columns import Month
from models.lengths import for_every_length, of_length
from models.run import Study
from models.survival import Phase, phases
from optimizer import cli
from optimizer import solve as solving
from optimizer.audit import audit
from optimizer.engine import SolveOptions, as_asked
from optimizer.errors import CannotAsk
from optimizer.exit_codes import ExitCode
from optimizer.template import write_case

FALLING = cutoff(months=2, ramp_pct=(100.0, 0.0), return_months=3, first_start=Month(2028, 1))
"""Total in the first month, nothing in the second; if it ends after one month, supply takes three more to come back."""


def with_cut(cut: CutOff) -> Case:
    """1 t a month needed, 2 t a month for sale, a free store."""
    return case(cutoffs=(cut,), stocks=(stock(),), sources=(source(),))


def unknown(cut: CutOff) -> CutOff:
    """The same, of unknown length."""
    return dataclasses.replace(cut, length_known=False)


@pytest.mark.parametrize("cut", [FALLING, cutoff(months=5, ramp_pct=(40.0, 100.0, 10.0), return_months=2, severity=0.8), cutoff(months=4)])
def test_no_length_leaves_less(cut: CutOff) -> None:
    """In every month the cut-off for every length leaves the least of what the lengths leave, not less; its window is the longest's."""
    every = Phase(for_every_length(cut), 0)
    assert every.end == Phase(cut, 0).end
    for k in range(every.end):
        lengths = [Phase(of_length(cut, n), 0).left(k) for n in range(1, cut.months + 1)]
        assert every.left(k) == pytest.approx(min(lengths), abs=1e-12)


def test_a_ramp_that_never_falls_asks_for_nothing_more() -> None:
    """Known or not, the same cut-off is survived: its row stays as it is, and so does the least cost, 0.26 million USD: 24 t needed in
    two years and 2 t held, at 10 USD/kg."""
    cut = cutoff(months=2, ramp_pct=(50.0, 100.0), return_months=1, first_start=Month(2028, 1))
    assert for_every_length(unknown(cut)) == unknown(cut)
    known, not_known = least_cost(with_cut(cut)), least_cost(with_cut(unknown(cut)))
    assert not_known == pytest.approx(known, abs=1e-9)


def test_a_falling_ramp_asks_for_the_shorter_cut_too() -> None:
    """Without: 1 t is held for the first month, 0.25 million USD in all. With: after one month a quarter of 2 t is left in the second
    and half a tonne lacks, so 1.5 t are held, 0.255 million USD."""
    assert least_cost(with_cut(FALLING)) == pytest.approx(0.25, abs=1e-9)
    assert least_cost(with_cut(unknown(FALLING))) == pytest.approx(0.255, abs=1e-9)


def test_the_pattern_is_told_the_worst_of_all_lengths() -> None:
    """The phases of the pattern hold what no length undercuts; the window stays 5 months."""
    study = Study(with_cut(unknown(FALLING)))
    (phase,) = phases(study.case.cutoffs[0], study.cutoffs)
    assert [phase.left(k) for k in range(6)] == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0, 1.0])
    assert study.window(study.case.cutoffs[0]) == 5


def test_the_audit_computes_every_length_again() -> None:
    """The plan for an unknown length passes against it; the plan that knew the length does not: its recourse buys in the second month
    what a cut of one month would not leave."""
    knows, does_not = with_cut(FALLING), with_cut(unknown(FALLING))
    assert audit(does_not, solving.solve(does_not)).passed
    plan = solving.solve(knows)
    assert audit(knows, plan).passed
    broken = {finding.rule for finding in audit(does_not, plan).findings}
    assert broken & {"spot-limit", "source-limit"}


def test_asked_for_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--unknown-length turns every cut-off that is switched on; the plan says so, costs 0.255 instead of 0.25, and passes its audit."""
    monkeypatch.chdir(tmp_path)
    write_case(with_cut(FALLING), tmp_path / "case.xlsx")
    assert cli.run(["solve", "case.xlsx", "--unknown-length", "--json", "plan.json", "--quiet"]) is ExitCode.ANSWERED
    assert '"unknown_length": true' in (tmp_path / "plan.json").read_text(encoding="utf-8")
    assert cli.run(["audit", "case.xlsx", "plan.json"]) is ExitCode.ANSWERED
    cells = [row[0].value for row in openpyxl.load_workbook(tmp_path / "case.report.xlsx")["Patterns"].iter_rows()]
    assert any("one schedule serves every length" in str(text) and "cut" in str(text) for text in cells)
    plan = solving.solve(with_cut(FALLING), SolveOptions(unknown_length=True))
    assert plan.summary.cost_usd_m == pytest.approx(0.255, abs=1e-6)


def test_where_the_length_must_be_known() -> None:
    """With another cut-off that follows, in the row that follows, and where the ramp falls and a toll plant is on the way: refused at the
    cell, and the option with words."""
    first = cutoff(then="second", first_start=Month(2028, 1))
    second = cutoff(cutoff="second", active=False, first_start=Month(2028, 1))
    for changed, row in ((dataclasses.replace(first, length_known=False), 0), (first, 1)):
        cuts = (changed, second if row == 0 else dataclasses.replace(second, length_known=False))
        found = [f for f in check(case(cutoffs=cuts)) if f.field == "length_known"]
        assert [(f.table, f.row) for f in found] == [("CutOffs", row)]
    with pytest.raises(CannotAsk, match="another cut-off follows it"):
        as_asked(case(cutoffs=(first, second)), SolveOptions(unknown_length=True))
    toll = Plant(
        plant="toll",
        status="existing",
        country="abroad",
        capacity_t_per_yr=1.0,
        input_form="powder",
        output_form="powder",
        transit_months=1.0,
    )
    made = case(cutoffs=(unknown(FALLING),), plants=(toll,), settings=settings())
    assert [f.field for f in check(made) if f.table == "CutOffs"] == ["length_known"]


def test_the_option_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written."""
    monkeypatch.chdir(tmp_path)
    cuts = (cutoff(then="second"), cutoff(cutoff="second", active=False))
    write_case(dataclasses.replace(with_cut(FALLING), cutoffs=cuts), tmp_path / "case.xlsx")
    assert cli.run(["solve", "case.xlsx", "--unknown-length", "--quiet"]) is ExitCode.INPUT_REFUSED
    assert "another cut-off follows it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["case.xlsx"]
