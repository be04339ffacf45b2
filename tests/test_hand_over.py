"""The hand-over to HiGHS: every option arrives, nothing is left behind, unfit numbers and old releases are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from small_programs import knapsack, transport

from optimizer import hand_over
from optimizer.highs import HotProgram, SolverOptions, SolverTrouble, Status, UnknownOption, read_program, solve
from optimizer.program import NumericalTrouble

INF = np.inf


def test_every_option_arrives() -> None:
    """Each field of the options reads back from HiGHS under its own name there."""
    options = SolverOptions(
        relative_gap=0.03,
        time_limit_s=77.0,
        node_limit=5,
        threads=1,
        seed=42,
        feasibility_tolerance=2e-9,
        presolve=False,
        lp_method="ipm",
        progress_every_s=0.25,
        extra={"mip_heuristic_effort": 0.125, "mip_detect_symmetry": False, "simplex_scale_strategy": 0},
    )
    expected: dict[str, Any] = {
        "mip_rel_gap": 0.03,
        "time_limit": 77.0,
        "mip_max_nodes": 5,
        "threads": 1,
        "random_seed": 42,
        "primal_feasibility_tolerance": 2e-9,
        "dual_feasibility_tolerance": 2e-9,
        "mip_feasibility_tolerance": 2e-9,
        "presolve": "off",
        "mip_min_logging_interval": 0.25,
        "mip_heuristic_effort": 0.125,
        "mip_detect_symmetry": False,
        "simplex_scale_strategy": 0,
        "log_to_console": False,
    }
    for is_mip, method in ((True, "mip_lp_solver"), (False, "solver")):
        solver = hand_over.prepared(transport(0), options, is_mip=is_mip, talkative=True)
        for name, value in {**expected, method: "ipm", "output_flag": True}.items():
            assert solver.getOptionValue(name) == (highspy.HighsStatus.kOk, value), name


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SolverOptions(extra={"mip_rel_gapp": 0.1}), "no option 'mip_rel_gapp'"),
        (SolverOptions(extra={"mip_rel_gap": -1.0}), "does not take -1.0"),
        (SolverOptions(extra={"mip_rel_gap": "small"}), "does not take 'small'"),
        (SolverOptions(extra={"presolve": "perhaps"}), "does not take 'perhaps'"),
        (SolverOptions(feasibility_tolerance=1e-30), "primal_feasibility_tolerance"),
        (SolverOptions(lp_method="barrier"), "barrier"),
        (SolverOptions(lp_method="pdlp"), "pdlp"),
    ],
)
def test_misspelt_options_and_impossible_values_are_refused(options: SolverOptions, words: str) -> None:
    """No option is passed over in silence."""
    with pytest.raises(UnknownOption, match=words):
        solve(knapsack(5), options)


def test_an_option_that_did_not_take_is_noticed() -> None:
    """A solver that accepts an option and keeps another value is caught by reading it back."""

    class Forgetful:
        def setOptionValue(self, name: str, value: object) -> highspy.HighsStatus:
            return highspy.HighsStatus.kOk

        def getOptionValue(self, name: str) -> tuple[highspy.HighsStatus, object]:
            return highspy.HighsStatus.kOk, 0

    with pytest.raises(SolverTrouble, match=r"threads.*reads 0"):
        hand_over._set_options(Forgetful(), {"threads": 3})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "rows"), [(highspy.HighsStatus.kWarning, 25), (highspy.HighsStatus.kError, 25), (highspy.HighsStatus.kOk, 0)]
)
def test_a_program_not_wholly_taken_is_noticed(status: highspy.HighsStatus, rows: int) -> None:
    """A hand-over that ends in a warning or an error, or leaves rows behind, raises."""
    program = transport(0)

    class Careless:
        def passModel(self, *arrays: object) -> highspy.HighsStatus:
            return status

        def getNumRow(self) -> int:
            return rows

        def getNumCol(self) -> int:
            return program.columns

        def getNumNz(self) -> int:
            return program.nonzeros

    with pytest.raises(SolverTrouble, match="25" if status == highspy.HighsStatus.kOk else "would not take the program"):
        hand_over._pass_program(Careless(), program)  # type: ignore[arg-type]


def test_explicit_zeros_are_no_loss() -> None:
    """A matrix that stores a zero is handed over without it and still counts as complete."""
    program = transport(0)
    truth = solve(program).objective
    program.matrix.data[program.matrix.data < 0.6] = 0.0
    changed = solve(program)
    assert changed.status is Status.OPTIMAL
    assert changed.objective >= truth


@pytest.mark.parametrize("value", [np.nan, INF, 1e15, 1e-10])
def test_unfit_numbers_do_not_reach_the_solver(value: float) -> None:
    """``solve`` and ``HotProgram`` refuse what ``check`` refuses."""
    program = transport(0)
    program.matrix.data[3] = value
    for entrance in (solve, HotProgram):
        with pytest.raises(NumericalTrouble, match="row 0"):
            entrance(program)


def test_coefficients_that_span_too_much_are_refused() -> None:
    """A matrix ratio above 1e9 does not reach the solver."""
    program = transport(0)
    program.matrix.data[3] = 1e11
    with pytest.raises(NumericalTrouble, match="span"):
        solve(program)


def test_old_releases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A HiGHS older than the oldest good release is not used."""
    hand_over.require_version.cache_clear()
    monkeypatch.setattr(hand_over, "OLDEST_VERSION", (99, 0, 0))
    with pytest.raises(SolverTrouble, match=r"99\.0\.0"):
        solve(transport(0))
    monkeypatch.undo()
    hand_over.require_version.cache_clear()
    assert hand_over.OLDEST_VERSION >= (1, 15, 1)
    assert solve(transport(0)).status is Status.OPTIMAL


def test_files_are_read_or_refused(tmp_path: Path) -> None:
    """A maximising LP file is turned round with its names; an unreadable one raises."""
    path = tmp_path / "small.lp"
    path.write_text("Maximize\n obj: 3 x + 2 y\nSubject To\n c1: x + y <= 4\nBounds\n x <= 3\nGeneral\n y\nEnd\n")
    program = read_program(path)
    assert list(program.column_names) == ["x", "y"]
    assert program.integer.tolist() == [False, True]
    assert solve(program, SolverOptions(relative_gap=0.0)).objective == pytest.approx(-11)
    (tmp_path / "broken.mps").write_text("not a program\n")
    with pytest.raises(SolverTrouble, match=r"broken\.mps"):
        read_program(tmp_path / "broken.mps")
