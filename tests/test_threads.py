"""Work over threads and clusters: in order, in lanes, and the same answer whoever does it."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from random_features import random_features
from small_cases import case, cutoff, source, stock

from models.plan import Plan
from optimizer.errors import Interrupted, NumericalTrouble
from optimizer.executor import Outcome, kept
from optimizer.patterns import Patterns, Question, lacks
from optimizer.solve import SolveOptions, solve
from optimizer.threads import Threads

EXACT = SolveOptions(relative_gap_pct=5e-4)


@pytest.fixture
def lanes() -> Iterator[Threads]:
    with Threads(3) as pool:
        yield pool


def slowly(shared: int, task: int) -> int:
    time.sleep(0.01 if task % 2 else 0.0)
    return shared * task


def test_outcomes_stand_in_the_order_of_the_tasks(lanes: Threads) -> None:
    """Whoever is done first: each outcome at its task's place, and progress counts up to the last."""
    seen: list[tuple[int, int]] = []
    outcomes = lanes.run(slowly, range(9), shared=7, on_done=lambda done, total: seen.append((done, total)))
    assert outcomes == [Outcome("done", 7 * k) for k in range(9)]
    assert seen == [(k, 9) for k in range(1, 10)]


def lane(_: object, key: int) -> int:
    return id(kept("lane", list))


def test_a_key_stays_in_its_lane(lanes: Threads) -> None:
    """Two calls with the same shared object: what was kept in a key's lane is found again, three lanes in all; with another it is gone."""
    shared = object()
    first, second = (lanes.run(lane, range(6), shared=shared, keys=range(6)) for _ in range(2))
    assert first == second
    assert first[:3] == first[3:]
    assert len({outcome.value for outcome in first}) == 3
    made: list[int] = []
    for other in (shared, object()):
        lanes.run(lambda _, key: kept(("made", key), lambda: made.append(key)), [0, 1], shared=other, keys=[0, 1])
    assert made == [0, 1, 0, 1]


def fails(_: object, task: int) -> int:
    if task in (3, 5):
        raise NumericalTrouble(f"task {task}")
    if task == 99:
        raise Interrupted
    return task


def test_a_task_that_fails_costs_itself_only(lanes: Threads) -> None:
    """Two of eight fail: their outcomes say why; as values, the first in order is raised as it is. An interruption ends all."""
    outcomes = lanes.run(fails, range(8))
    assert [outcome.kind for outcome in outcomes] == ["done"] * 3 + ["raised", "done", "raised", "done", "done"]
    assert outcomes[3].reason == "task 3"
    with pytest.raises(NumericalTrouble, match="task 3"):
        lanes.map(lambda task: fails(None, task), range(8))
    assert lanes.map(lambda task: fails(None, task), [0, 1, 2]) == [0, 1, 2]
    with pytest.raises(Interrupted):
        lanes.run(fails, [0, 1, 2, 4, 99, 6])
    with pytest.raises(ValueError, match="1 keys for 2 tasks"):
        lanes.run(fails, [0, 1], keys=[1])


def answer(plan: Plan) -> Any:
    """All of a plan but its times."""
    return dataclasses.replace(plan, stages=())


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_the_answer_does_not_depend_on_who_tests(seed: int) -> None:
    """One thread, or three: the same plan in every number."""
    made = random_features(seed)[0]
    alone = solve(made, dataclasses.replace(EXACT, workers=1))
    assert answer(solve(made, dataclasses.replace(EXACT, workers=3))) == answer(alone)


@pytest.mark.slow
def test_a_cluster_gives_the_same_plan() -> None:
    """A Dask scheduler with two workers on this machine tests the patterns: the plan of one thread, in every number; stock targets, which
    are found by the programs that have tested the patterns here or there, to rounding."""
    distributed = pytest.importorskip("distributed")
    made = random_features(3)[0]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as cluster:
        there = solve(made, dataclasses.replace(EXACT, dask=cluster.scheduler_address))
    here = solve(made, dataclasses.replace(EXACT, workers=1))
    assert answer(dataclasses.replace(there, targets=())) == answer(dataclasses.replace(here, targets=()))
    assert [row.target_t for row in there.targets] == pytest.approx([row.target_t for row in here.targets], rel=1e-9)


def test_a_worker_builds_the_patterns_that_it_is_asked() -> None:
    """What travels is the case: a copy without probes gives the same tonnes and slopes as the probe here."""
    made = case(sources=(source(), source("other", "beta")), stocks=(stock(),), cutoffs=(cutoff(),))
    from optimizer.engine import Engine

    engine = Engine(made, EXACT)
    engine.prepare()
    recourse = engine.recourse_of(engine.cutoffs[0], 12)
    handed = recourse.handed(engine.columns_of(solve(made, EXACT))) * 0.5
    function, arguments = engine.patterns.__reduce__()
    there = function(*arguments)
    assert isinstance(there, Patterns)
    missing, slope = lacks(there, Question(engine.cutoffs[0].cutoff, 12, handed))
    assert missing > 0
    again = lacks(engine.patterns, Question(engine.cutoffs[0].cutoff, 12, handed))
    assert missing == again[0]
    assert slope.tolist() == again[1].tolist()
