"""``stockpile frontier`` and ``stockpile waiting`` on the command line: answers, files, exit codes, usage."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from small_cases import case, cutoff, demand, settings, stock

from optimizer import cli
from optimizer.commands.frontier import numbers
from optimizer.template import write_case


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workbook: n months cost 0.24 + 0.01 n million USD, 18 cannot be survived from 2028-01."""
    path = tmp_path_factory.mktemp("studies")
    small = case(settings=settings(relative_gap_pct=0.0), stocks=(stock(),), demands=(demand(rationing="no"),), cutoffs=(cutoff(),))
    write_case(small, path / "case.xlsx")
    return path


def run(*words: object) -> int:
    return int(cli.run([*map(str, words), "--workers", "1", "--quiet"]))


def test_frontier_prints_and_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table on standard output, JSON and workbook where asked; exit code 0 though one point is impossible."""
    out, beside = folder / "f.xlsx", folder / "f.json"
    assert run("frontier", folder / "case.xlsx", "--values", "3,18", "--out", out, "--json", beside) == 0
    printed = capsys.readouterr().out
    assert "3 months   certified" in printed
    assert "ready from 2029-01 for 0.42 million USD" in printed
    told = json.loads(beside.read_text(encoding="utf-8"))
    assert [p["value"] for p in told["points"]] == [3, 18]
    assert told["points"][0]["cost_usd_m"] == pytest.approx(0.27)
    assert told["points"][1]["ready"] == "2029-01"
    assert out.exists()


def test_budget_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON alone on standard output with ``-``, the words on standard error."""
    assert run("frontier", folder / "case.xlsx", "--budget", "0.305", "--json", "-") == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["months"], told["proven"]) == (6, True)
    assert "a cut-off of 6 months is survived" in printed.err


def test_waiting_prints_and_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to commit to: waiting half a year or a year costs nothing."""
    assert run("waiting", folder / "case.xlsx", "--years", "0.5:1:0.5", "--out", folder / "w.xlsx") == 0
    printed = capsys.readouterr().out
    assert [line.split()[:2] for line in printed.splitlines() if line.startswith("202")] == [
        ["2027-01", "as"],
        ["2027-07", "as"],
        ["2028-01", "as"],
    ]
    assert (folder / "w.xlsx").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--values", "40"], "no length of a cut-off"),
        (["--values", "a"], "is no number and no range"),
        (["--values", "0:1e9:1"], "is no range"),
        (["--values", "5:1"], "is no range"),
        (["--values", "nan"], "give finite numbers"),
        (["--axis", "severity", "--values", "2"], "is no severity"),
        (["--cutoff", "cuts"], "did you mean 'cut'?"),
        (["--sector", "makers"], "sectors differ with --axis service only"),
        (["--axis", "service", "--cutoff", "cut"], "sectors differ, not cut-offs"),
        (["--axis", "service", "--sector", "maker"], "did you mean 'makers'?"),
        (["--budget", "1", "--values", "3"], "leave out --axis, --values and --own-starts"),
        (["--budget", "nan"], "give a finite number"),
        (["--dask", "tcp://127.0.0.1:9"], "give either --workers or --dask"),
    ],
)
def test_bad_words_are_usage_errors(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """What cannot be asked is told in one line with exit code 2, and nothing is written."""
    before = sorted(folder.iterdir())
    assert run("frontier", folder / "case.xlsx", *words, "--out", folder / "bad.xlsx") == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert sorted(folder.iterdir()) == before


def test_years_that_cannot_be(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan has two years: to wait five is a usage error."""
    assert run("waiting", folder / "case.xlsx", "--years", "5") == 2
    assert "5 years is no date of this plan" in capsys.readouterr().err


def test_the_input_is_never_replaced(folder: Path) -> None:
    """An answer that would stand where the workbook stands is refused, and one where there is no folder."""
    for command in ("frontier", "waiting"):
        assert run(command, folder / "case.xlsx", "--out", folder / "case.xlsx") == 2
        assert run(command, folder / "case.xlsx", "--out", folder / "nowhere" / "a.xlsx") == 1
    assert run("frontier", folder / "case.xlsx", "--out", folder / "a.xlsx", "--json", folder / "a.xlsx") == 2


def test_a_refused_workbook_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no workbook: exit code 3 from both."""
    (folder / "text.xlsx").write_text("no workbook", encoding="utf-8")
    for command in ("frontier", "waiting"):
        assert run(command, folder / "text.xlsx") == 3
    (folder / "text.xlsx").unlink()
    assert "refused" in capsys.readouterr().err


def test_lists_of_numbers() -> None:
    """Commas, blanks and ranges; each number once, in order; steps that do not lead to the last end before it."""
    assert numbers("6, 0 3;3") == (0, 3, 6)
    assert numbers("0:24:6") == (0, 6, 12, 18, 24)
    assert numbers("0:1:0.25") == (0, 0.25, 0.5, 0.75, 1)
    assert numbers("1:3") == (1, 2, 3)
    assert numbers("0:5:2,5") == (0, 2, 4, 5)
    with pytest.raises(click.BadParameter, match="no range"):
        numbers("1:2:3:4")
