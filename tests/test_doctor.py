"""The canaries: programs that solvers get wrong die under naive settings and live under ours; the command says so."""

from __future__ import annotations

import json
import time

import highspy
import pytest

from optimizer import cli, doctor
from optimizer.exit_codes import ExitCode
from optimizer.highs import SolverOptions, Status, read_program, solve


def naively(name: str) -> tuple[bool, float]:
    """What HiGHS says with its own settings: whether it calls it optimal, and the objective."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(doctor.path_of(name)))
    solver.run()
    return solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getInfo().objective_function_value


@pytest.mark.parametrize(("name", "wrong"), [("bigM_1e7", 2545.073), ("s6", 0.234529)])
def test_canaries_die_under_naive_settings(name: str, wrong: float) -> None:
    """HiGHS's own settings call 2545.07 optimal where 1262 is, and 0.23453 where 0.23146 is: the canaries still sing of something."""
    optimal, objective = naively(name)
    assert optimal
    assert objective == pytest.approx(wrong, rel=1e-4)
    assert abs(objective - doctor.CANARIES[name]) > 0.01 * doctor.CANARIES[name]


@pytest.mark.parametrize(("name", "optimum"), doctor.CANARIES.items())
@pytest.mark.parametrize("seed", [0, 1])
def test_canaries_live_under_ours(name: str, optimum: float, seed: int) -> None:
    """With the settings that plans are solved with each is proven optimal at its optimum, whatever the seed."""
    result = solve(read_program(doctor.path_of(name)), SolverOptions(relative_gap=0.0, seed=seed))
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(optimum, rel=1e-8)
    assert result.bound == pytest.approx(optimum, rel=1e-8)


def test_a_healthy_installation(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 0, every canary right, versions named, within a few seconds."""
    began = time.perf_counter()
    assert cli.run(["doctor"]) == ExitCode.ANSWERED
    assert time.perf_counter() - began < 20
    out = capsys.readouterr().out
    assert out.count("right: found") == len(doctor.CANARIES)
    assert "highspy" in out
    assert "bigM_1e7     right: found 1262, optimum 1262" in out


def test_a_sick_installation(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With the loose tolerances of the solver's own settings the canaries die: exit 8, said in words, and JSON says it too."""
    monkeypatch.setattr(doctor, "SolverOptions", lambda relative_gap: SolverOptions(relative_gap=1e-4, feasibility_tolerance=1e-6))
    monkeypatch.setattr(doctor, "CANARIES", {"bigM_1e7": 1262.0})
    assert cli.run(["doctor", "--json"]) == ExitCode.SOLVER_TROUBLE
    captured = capsys.readouterr()
    assert "do not use plans" in captured.err
    told = json.loads(captured.out)
    assert told["sound"] is False
    assert told["canaries"][0]["right"] is False
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "CANARIES", {"lone": 10.0})
    assert cli.run(["doctor"]) == ExitCode.SOLVER_TROUBLE
    assert "lone         WRONG: found 9, optimum 10" in capsys.readouterr().out
