"""Many tasks, few workers: the answers do not depend on who does them, and a worker that dies costs its task only."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import errands
import pytest

from optimizer import executor
from optimizer.errors import Interrupted
from optimizer.executor import Outcome, Serial, kept
from optimizer.processes import Processes
from optimizer.supervisor import NoWorkers, Supervised


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Dask scheduler with two workers on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as local:
        yield local.scheduler_address


def values(outcomes: list[Outcome[Any]]) -> list[Any]:
    assert all(outcome.done for outcome in outcomes), outcomes
    return [outcome.value for outcome in outcomes]


def kinds(outcomes: list[Outcome[Any]]) -> list[str]:
    return [outcome.kind for outcome in outcomes]


def test_processes_answer_as_this_process_does(processes: Processes) -> None:
    """Seven products: the same list from this process and from two others; no tasks, no outcomes."""
    tasks = [3, 1, 2, 0, 5, 4, 9]
    assert values(Serial().run(errands.times, tasks, shared=10)) == [30, 10, 20, 0, 50, 40, 90]
    assert processes.run(errands.times, tasks, shared=10) == Serial().run(errands.times, tasks, shared=10)
    assert processes.run(errands.times, [], shared=10) == []


def test_outcomes_stand_in_the_order_of_the_tasks(processes: Processes) -> None:
    """Of eight tasks the first takes longest; its outcome is the first all the same, and progress counts 1 to 8."""
    told: list[tuple[int, int]] = []
    assert values(processes.run(errands.slow_to_start, range(8), on_done=lambda done, total: told.append((done, total)))) == list(range(8))
    assert told[-1] == (8, 8)
    assert sorted(told) == told


def test_what_goes_wrong_is_said_in_one_line(processes: Processes) -> None:
    """What a task raises, what cannot be pickled: the reason in words, the same in this process where it can happen there."""
    tasks = ["raise", "good", "key"]
    here = Serial().run(errands.may_fail, tasks)
    assert here == [
        Outcome("raised", reason="the solver gave up"),
        Outcome("done", "GOOD"),
        Outcome("raised", reason="KeyError: 'a store'"),
    ]
    assert processes.run(errands.may_fail, tasks) == here
    result, task, last = processes.run(errands.may_fail, ["no pickle", lambda: 1, "last"])
    assert result.kind == task.kind == "raised"
    assert "pickle" in result.reason
    assert task.reason.startswith("the task cannot be sent: ")
    assert last.value == "LAST"


def test_a_worker_that_dies_costs_its_task_only(processes: Processes) -> None:
    """Killed with signal 9, ended by os._exit: tried once more, then reported; the six others are done."""
    outcomes = processes.run(errands.may_fail, ["a", "kill", "b", "c", "exit", "d", "e", "f"])
    assert kinds(outcomes) == ["done", "died", "done", "done", "died", "done", "done", "done"]
    assert "SIGKILL" in outcomes[1].reason
    assert "exit code 7" in outcomes[4].reason


def test_a_task_whose_worker_died_is_tried_once_more(processes: Processes, tmp_path: Path) -> None:
    """Two tasks die the first time and go well the second: all four are done."""
    tasks = ["frail 1", "sound 1", "frail 2", "sound 2"]
    assert values(processes.run(errands.die_once, tasks, shared=str(tmp_path))) == tasks
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frail 1", "frail 2"]


def test_a_task_that_takes_too_long_is_ended(processes: Processes) -> None:
    """A minute's sleep is ended after a second; the others are done, and the workers go on."""
    began = time.monotonic()
    outcomes = processes.run(errands.may_fail, ["a", "sleep", "b"], timeout_s=1.0)
    assert kinds(outcomes) == ["done", "timed out", "done"]
    assert outcomes[1].reason == "not done within 1 s"
    assert time.monotonic() - began < 20
    assert values(processes.run(errands.may_fail, ["a", "b"])) == ["A", "B"]


def test_tasks_of_one_key_share_a_worker_and_what_is_kept_there(processes: Processes) -> None:
    """Four keys, three calls: each key stays with its process, which counts on; a new shared object begins anew."""
    shared, keys = "the case", [0, 1, 2, 3]
    calls = [values(processes.run(errands.whereabouts, keys, shared=shared, keys=keys)) for _ in range(3)]
    assert [[place for place, _ in call] for call in calls] == [[place for place, _ in calls[0]]] * 3
    assert len({place for place, _ in calls[0]}) == 2
    assert [sorted(count for _, count in call) for call in calls] == [[1, 1, 2, 2], [3, 3, 4, 4], [5, 5, 6, 6]]
    assert sorted(count for _, count in values(processes.run(errands.whereabouts, keys, shared="another", keys=keys))) == [1, 1, 2, 2]


def test_here_too_something_is_kept_by_shared_object() -> None:
    """In this process: counted on with the same object, anew with another; outside of a task nothing is kept."""
    pool, one, other = Serial(), ["one"], ["other"]
    assert [count for _, count in values(pool.run(errands.whereabouts, [1, 1, 1], shared=one))] == [1, 2, 3]
    assert [count for _, count in values(pool.run(errands.whereabouts, [1], shared=other))] == [1]
    assert [count for _, count in values(pool.run(errands.whereabouts, [1], shared=one))] == [4]
    assert kept("count", list) is not kept("count", list)


def test_what_is_shared_is_pickled_once(processes: Processes) -> None:
    """Two calls with twenty tasks and one object: it is pickled a single time."""
    shared, before = errands.Travels(), errands.Travels.sent
    for _ in range(2):
        values(processes.run(errands.nothing, range(20), shared=shared))
    assert errands.Travels.sent - before == 1


def test_shared_objects_that_were_put_away_travel_again(processes: Processes) -> None:
    """Workers hold the last few shared objects; the first of ten is asked for again and is right."""
    factors = [1000 + n for n in range(10)]
    objects = [[factor] for factor in factors]
    for shared in [*objects, objects[0]]:
        assert values(processes.run(errands.times, [1, 2], shared=shared)) == [shared, shared * 2]


def test_functions_without_a_name_are_refused(processes: Processes) -> None:
    """A function made on the spot cannot be found by a worker: refused before anything is sent, in this process too; so are keys that
    do not match the tasks."""
    for pool in (Serial(), processes):
        with pytest.raises(TypeError, match="by module and name"):
            pool.run(lambda shared, task: task, [1])
        with pytest.raises(ValueError, match="1 keys for 2 tasks"):
            pool.run(errands.times, [1, 2], keys=[1])


def test_an_interruption_in_this_process_is_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the run; it is not taken for a task that failed."""
    for stop in (KeyboardInterrupt, Interrupted):
        with pytest.raises(Interrupted):
            Serial().run(errands.stopped, [stop])


def test_the_user_chooses() -> None:
    """One worker is this process; none named is one for every processor; a Dask scheduler that is not there is said to be missing."""
    assert isinstance(executor.choose(1), Serial)
    pool = executor.choose(3)
    assert isinstance(pool, Processes)
    assert pool.workers == 3
    assert executor.choose().workers == executor.processors()
    with pytest.raises(ValueError, match="0 workers"):
        Processes(0)


def gone(pid: int) -> bool:
    """Whether a process has ended (or waits as a zombie for its parent to take note)."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes the way Linux shows them")
@pytest.mark.parametrize(("blow", "said"), [(signal.SIGINT, "Interrupted"), (signal.SIGKILL, "")])
def test_no_worker_outlives_the_program(tmp_path: Path, root: Path, blow: signal.Signals, said: str) -> None:
    """Two workers are at tasks of a minute: Ctrl-C ends them and raises ``Interrupted``; where the program is killed they end too."""
    code = f"""
        import errands
        from optimizer.errors import Interrupted
        from optimizer.processes import Processes
        if __name__ == "__main__":
            try:
                Processes(2).run(errands.sign_in_and_stay, [1, 2], shared={str(tmp_path)!r})
            except Interrupted:
                print("Interrupted")
    """
    script = tmp_path.parent / f"{tmp_path.name}.py"
    script.write_text(textwrap.dedent(code), encoding="utf-8")
    path = os.pathsep.join([str(root), str(root / "tests")])
    program = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True)
    try:
        ends = time.monotonic() + 30
        while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < ends:
            time.sleep(0.05)
        workers = [int(file.name) for file in tmp_path.iterdir()]
        assert len(workers) == 2
        program.send_signal(blow)
        out, _ = program.communicate(timeout=30)
    finally:
        program.kill()
    assert out.strip() == said
    while not all(gone(pid) for pid in workers) and time.monotonic() < ends:
        time.sleep(0.05)
    assert all(gone(pid) for pid in workers)


def test_workers_that_cannot_start_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every worker ends before it is ready: an error that says so instead of beginning others for ever."""
    monkeypatch.setattr("optimizer.processes._serve", errands.end_at_once)
    with Processes(2) as pool, pytest.raises(NoWorkers, match="no worker process can be started: it ended with exit code 3"):
        pool.run(errands.times, [1, 2], shared=1)


@pytest.mark.slow
def test_a_cluster_answers_as_this_process_does(cluster: str, tmp_path: Path) -> None:
    """A Dask scheduler with two workers on this machine: same answers, same reasons, keys stay with their worker; a worker that is
    killed costs its task only, and one that dies once costs nothing."""
    pool = executor.choose(dask=cluster)
    assert isinstance(pool, Supervised)
    with pool:
        assert pool.workers == 2
        assert pool.run(errands.times, [3, 1, 2], shared=10) == Serial().run(errands.times, [3, 1, 2], shared=10)
        assert values(pool.run(errands.slow_to_start, range(8))) == list(range(8))
        shared, keys = "the case", [0, 1, 2, 3]
        calls = [values(pool.run(errands.whereabouts, keys, shared=shared, keys=keys)) for _ in range(2)]
        assert [place for place, _ in calls[0]] == [place for place, _ in calls[1]]
        assert sorted(count for _, count in calls[1]) == [3, 3, 4, 4]
        outcomes = pool.run(errands.may_fail, ["a", "kill", "b", "raise", "c", "d"])
        assert kinds(outcomes) == ["done", "died", "done", "raised", "done", "done"]
        assert outcomes[3].reason == "the solver gave up"
        assert values(pool.run(errands.die_once, ["frail", "sound"], shared=str(tmp_path))) == ["frail", "sound"]
        assert kinds(pool.run(errands.may_fail, ["sleep", "a"], timeout_s=1.0)) == ["timed out", "done"]


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at the address: said in one line; Dask not installed: what to install."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("optimizer.dask_cluster.CONNECT_S", 0.5)
    with pytest.raises(NoWorkers, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        executor.choose(dask="tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NoWorkers, match=r"pip install 'stockpile\[dask\]'"):
        executor.choose(dask="tcp://127.0.0.1:9")
