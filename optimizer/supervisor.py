"""Who does which task, and what happens when a worker dies: the same for processes and for a cluster.

Workers stand in *lanes*. A lane does one task at a time, so that the task that a worker died of is known. Kinds of workers say
how a lane is begun, asked and ended; all else is here.

Why a supervisor of our own: the pools of ``concurrent.futures`` and ``joblib`` lose every task when one worker dies, those
that survive it (``pebble``, ``loky``) neither hold a task's worker by key nor send what is shared once; a Dask scheduler tries a
task that kills on one worker after the other until four are dead.
"""

from __future__ import annotations

import abc
import pickle
import time
import uuid
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from optimizer.errors import Interrupted, StockpileError, words
from optimizer.executor import SHARED_HELD, Kind, Outcome, Shelf, Task, Value, keeping, match_keys, pickled_function

Lane = Hashable


class NoWorkers(StockpileError):
    """There is nobody, or nobody any more, to do the tasks."""


@dataclass(frozen=True)
class Died:
    """What a lane says when its worker is gone: why, in a few words."""

    why: str


@dataclass(frozen=True)
class Parcel:
    """One task on its way to a worker: pickled function and task, and the shared object by token, pickled where it is not there yet."""

    function: bytes
    task: bytes
    token: str
    shared: bytes | None


@dataclass(frozen=True)
class Reply:
    """What comes back: the pickled value, the reason why there is none, or that the shared object is not there."""

    kind: Literal["done", "raised", "interrupted", "lacks"]
    value: bytes = b""
    reason: str = ""


def perform(shelf: Shelf, parcel: Parcel) -> Reply:
    """Do a task, where the worker is. Whatever an ordinary task raises is a reply."""
    try:
        if parcel.shared is not None:
            shelf.put(parcel.token, pickle.loads(parcel.shared))
        found = shelf.get(parcel.token)
        if found is None:
            return Reply("lacks")
        shared, state = found
        function, task = pickle.loads(parcel.function), pickle.loads(parcel.task)
        with keeping(state):
            value = function(shared, task)
        return Reply("done", pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except Interrupted:
        return Reply("interrupted")
    except Exception as error:
        return Reply("raised", reason=words(error))


@dataclass
class _Job:
    """A task that a lane is at."""

    number: int
    deadline: float | None


@dataclass
class _Work:
    """One call of ``run``: what is asked and how far it has come."""

    function: bytes
    tasks: Sequence[Any]
    token: str
    shared: bytes
    keys: Sequence[int] | None
    timeout_s: float | None
    outcomes: list[Outcome[Any] | None]


class Supervised(abc.ABC):
    """An `optimizer.executor.Executor` over lanes."""

    workers: int

    def __init__(self) -> None:
        self._shared: list[tuple[str, Any, bytes]] = []
        self._homes: dict[tuple[str, int], Lane] = {}
        self._has: dict[Lane, set[str]] = {}
        self._busy: dict[Lane, _Job] = {}

    # What a kind of workers says

    @abc.abstractmethod
    def lanes(self, wanted: int) -> list[Lane]:
        """The lanes that live, of which no more than ``wanted`` are needed. Raises ``NoWorkers`` where there is none."""

    @abc.abstractmethod
    def ready(self, lane: Lane) -> bool:
        """Whether a lane's worker waits for a task."""

    @abc.abstractmethod
    def begin(self, lane: Lane, parcel: Parcel) -> None:
        """Give a task to a lane that waits for one."""

    @abc.abstractmethod
    def wait(self, seconds: float | None) -> list[tuple[Lane, Reply | Died]]:
        """What lanes say within so many seconds, as soon as there is something; a lane that became ready is a reason to return too."""

    @abc.abstractmethod
    def renew(self, lane: Lane) -> None:
        """End a lane's worker, whatever it is at; a fresh one takes its place where that can be done."""

    @abc.abstractmethod
    def fresh(self) -> Lane:
        """A lane for a task that its worker died of, with a worker that has done nothing yet where that can be had; nobody is busy."""

    @abc.abstractmethod
    def close(self) -> None:
        """End all workers; those that `run` asks for later are begun anew."""

    # The same for all

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def run(
        self,
        function: Callable[[Any, Task], Value],
        tasks: Sequence[Task],
        shared: Any = None,
        keys: Sequence[int] | None = None,
        timeout_s: float | None = None,
        on_done: Callable[[int, int], None] | None = None,
    ) -> list[Outcome[Value]]:
        """See `optimizer.executor.Executor.run`. A task whose worker dies is tried once more, alone and at the end, in a fresh worker."""
        match_keys(tasks, keys)
        token, packed = self._pack(shared)
        work = _Work(pickled_function(function), tasks, token, packed, keys, timeout_s, [None] * len(tasks))
        try:
            self._do(work, on_done)
        except KeyboardInterrupt:
            self.close()
            raise Interrupted from None
        except BaseException:
            self.close()
            raise
        return [outcome for outcome in work.outcomes if outcome is not None]

    def _pack(self, shared: Any) -> tuple[str, bytes]:
        """Token and pickled form of a shared object; the last few are known again."""
        for place, (token, known, packed) in enumerate(self._shared):
            if known is shared:
                self._shared.append(self._shared.pop(place))
                return token, packed
        token, packed = uuid.uuid4().hex, pickle.dumps(shared, pickle.HIGHEST_PROTOCOL)
        self._shared.append((token, shared, packed))
        for old, _, _ in self._shared[:-SHARED_HELD]:
            self._homes = {home: lane for home, lane in self._homes.items() if home[0] != old}
        del self._shared[:-SHARED_HELD]
        return token, packed

    def _do(self, work: _Work, on_done: Callable[[int, int], None] | None) -> None:
        total, told = len(work.tasks), 0
        waiting, alone = deque(range(total)), deque[int]()
        lanes: list[Lane] = []
        queues: dict[Lane | None, deque[int]] = {}
        while told < total:
            if waiting:
                alive = self.lanes(total)
                if alive != lanes:
                    lanes = alive
                    queues = self._queues(work, waiting, lanes)
                for lane in lanes:
                    self._feed(work, lane, queues, waiting)
            elif alone and not self._busy:
                self._second_try(work, alone)
            if self._busy or waiting:
                self._listen(work, alone)
            done = sum(1 for outcome in work.outcomes if outcome is not None)
            if done != told and on_done is not None:
                on_done(done, total)
            told = done

    def _queues(self, work: _Work, waiting: deque[int], lanes: list[Lane]) -> dict[Lane | None, deque[int]]:
        """The tasks that wait, by the lane that must do them; ``None``: any. Keys without a home are spread evenly."""
        queues: dict[Lane | None, deque[int]] = {lane: deque() for lane in [None, *lanes]}
        if work.keys is None:
            queues[None].extend(waiting)
            return queues
        count = dict.fromkeys(lanes, 0)
        homeless = []
        for key in dict.fromkeys(work.keys[number] for number in waiting):
            home = self._homes.get((work.token, key))
            if home in count:
                count[home] += 1
            else:
                homeless.append(key)
        for key in homeless:
            home = min(lanes, key=lambda lane: count[lane])
            count[home] += 1
            self._homes[work.token, key] = home
        for number in waiting:
            queues[self._homes[work.token, work.keys[number]]].append(number)
        return queues

    def _feed(self, work: _Work, lane: Lane, queues: dict[Lane | None, deque[int]], waiting: deque[int]) -> None:
        """Give a lane that waits its next task."""
        queue = queues[lane] or queues[None]
        while queue and lane not in self._busy and self.ready(lane):
            number = queue.popleft()
            if waiting[0] == number:
                waiting.popleft()
            else:
                waiting.remove(number)
            self._send(work, lane, number)

    def _send(self, work: _Work, lane: Lane, number: int) -> None:
        try:
            task = pickle.dumps(work.tasks[number], pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            work.outcomes[number] = Outcome("raised", reason=f"the task cannot be sent: {words(error)}")
            return
        has = self._has.setdefault(lane, set())
        shared = None if work.token in has else work.shared
        has.add(work.token)
        deadline = None if work.timeout_s is None else time.monotonic() + work.timeout_s
        self._busy[lane] = _Job(number, deadline)
        self.begin(lane, Parcel(work.function, task, work.token, shared))

    def _second_try(self, work: _Work, alone: deque[int]) -> None:
        """Give a task that a worker died at to a fresh worker, while all others rest."""
        lane = self.fresh()
        self._forget(lane)
        while not self.ready(lane):
            if self.wait(None):
                lane = self.fresh()
        self._send(work, lane, alone[0])

    def _listen(self, work: _Work, alone: deque[int]) -> None:
        """Wait until something happens, and note it."""
        ends = [job.deadline for job in self._busy.values() if job.deadline is not None]
        for lane, said in self.wait(max(0.0, min(ends) - time.monotonic()) if ends else None):
            job = self._busy.pop(lane, None)
            if isinstance(said, Died):
                self._forget(lane)
                if job is not None:
                    self._died(work, job.number, alone, said.why)
            elif job is not None:
                self._noted(work, lane, job.number, said)
                if job.number in alone and work.outcomes[job.number] is not None:
                    alone.remove(job.number)
        now = time.monotonic()
        for lane, job in list(self._busy.items()):
            if job.deadline is not None and now >= job.deadline:
                del self._busy[lane]
                self._forget(lane)
                self.renew(lane)
                self._settle(work, job.number, "timed out", f"not done within {work.timeout_s:g} s")
                if job.number in alone:
                    alone.remove(job.number)

    def _noted(self, work: _Work, lane: Lane, number: int, reply: Reply) -> None:
        match reply.kind:
            case "interrupted":
                raise Interrupted
            case "lacks":
                self._has[lane].discard(work.token)
                self._send(work, lane, number)
            case "raised":
                self._settle(work, number, "raised", reply.reason)
            case "done":
                try:
                    work.outcomes[number] = Outcome("done", pickle.loads(reply.value))
                except Exception as error:
                    self._settle(work, number, "raised", f"the value cannot be read: {words(error)}")

    def _died(self, work: _Work, number: int, alone: deque[int], why: str) -> None:
        """The first death sends the task to the end of all; the second is its outcome."""
        if number in alone:
            alone.remove(number)
            self._settle(work, number, "died", f"the worker died twice at it, the second time alone: {why}")
        else:
            alone.append(number)

    def _settle(self, work: _Work, number: int, kind: Kind, reason: str) -> None:
        work.outcomes[number] = Outcome(kind, reason=reason)

    def clear(self) -> None:
        """Forget what the lanes are at and what lies with them: they are gone."""
        self._busy.clear()
        self._has.clear()

    def _forget(self, lane: Lane) -> None:
        """What lay in a lane's worker is gone."""
        self._has.pop(lane, None)
