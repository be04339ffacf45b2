"""One way to have many tasks done: here, over all processors of this machine, or over a Dask cluster; the answers are the same.

A task is a function's argument. What comes back stands in the order of the tasks, whoever was done first. A task that fails,
or whose worker dies, costs itself only: its `Outcome` says why, the others are done.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

from optimizer.errors import Interrupted, words

Task = TypeVar("Task")
Value = TypeVar("Value")

Kind = Literal["done", "raised", "died", "timed out"]

SHARED_HELD = 4
"""So many shared objects, those used last, lie in each worker; one that is asked for again after that travels again."""


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What became of one task: a value, or the reason why there is none, in one line of words."""

    kind: Kind
    value: Value | None = None
    reason: str = ""

    @property
    def done(self) -> bool:
        """Whether there is a value (which may be ``None`` if the function returns that)."""
        return self.kind == "done"


class Executor(Protocol):
    """Has tasks done. Used as a context manager, which ends what it started on leaving."""

    workers: int

    def run(
        self,
        function: Callable[[Any, Task], Value],
        tasks: Sequence[Task],
        shared: Any = None,
        keys: Sequence[int] | None = None,
        timeout_s: float | None = None,
        on_done: Callable[[int, int], None] | None = None,
    ) -> list[Outcome[Value]]:
        """``function(shared, task)`` for every task; the outcomes in the order of the tasks.

        ``function`` stands in a module under its own name; it, ``shared``, tasks and values can be pickled. ``shared`` travels
        once to each worker, not with each task, also over several calls with the same object: it must not be changed in
        between. Tasks with one of ``keys`` go to one worker while it lives, over several calls too, so that what the function
        has `kept` there serves again. ``timeout_s``: seconds after which a task is ended. ``on_done(done, total)`` is called
        as tasks end.

        Raises ``Interrupted`` on Ctrl-C after all workers have been stopped, and ``TypeError`` for a function that no
        worker could find.
        """

    def close(self) -> None:
        """End all workers."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


# What is kept where the tasks are done

_scope = threading.local()


def kept(token: Hashable, make: Callable[[], Value]) -> Value:
    """What ``make()`` gave here when ``token`` was first asked for with this ``shared`` object, or gives now.

    It lives in the worker that does the task, as long as the worker and its copy of ``shared`` do: a hot program, a built
    model. It is there for speed; no answer may depend on whether it was found. Outside of a task nothing is kept.
    """
    state: dict[Hashable, Any] | None = getattr(_scope, "state", None)
    if state is None:
        return make()
    if token not in state:
        state[token] = make()
    value: Value = state[token]
    return value


@contextlib.contextmanager
def keeping(state: dict[Hashable, Any]) -> Iterator[None]:
    """Inside, `kept` looks into ``state``."""
    before = getattr(_scope, "state", None)
    _scope.state = state
    try:
        yield
    finally:
        _scope.state = before


class Shelf:
    """The last few shared objects, each by its token with what was kept for it."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[Any, dict[Hashable, Any]]] = OrderedDict()

    def put(self, token: str, shared: Any) -> None:
        """Lay down a shared object; the one unused for longest goes where there are too many."""
        self._held[token] = (shared, {})
        while len(self._held) > SHARED_HELD:
            self._held.popitem(last=False)

    def get(self, token: str) -> tuple[Any, dict[Hashable, Any]] | None:
        """The shared object and what was kept for it."""
        if token in self._held:
            self._held.move_to_end(token)
        return self._held.get(token)


# In this process


class Serial:
    """One task after the other in this process. There is nobody to end a task that takes too long: ``timeout_s`` is not heeded."""

    workers = 1

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Any, dict[Hashable, Any]]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget what was kept."""
        self._kept.clear()

    def run(
        self,
        function: Callable[[Any, Task], Value],
        tasks: Sequence[Task],
        shared: Any = None,
        keys: Sequence[int] | None = None,
        timeout_s: float | None = None,
        on_done: Callable[[int, int], None] | None = None,
    ) -> list[Outcome[Value]]:
        """See `Executor.run`."""
        pickled_function(function)
        match_keys(tasks, keys)
        state = self._state_of(shared)
        outcomes: list[Outcome[Value]] = []
        for task in tasks:
            try:
                with keeping(state):
                    outcomes.append(Outcome("done", function(shared, task)))
            except KeyboardInterrupt:
                raise Interrupted from None
            except Interrupted:
                raise
            except Exception as error:
                outcomes.append(Outcome("raised", reason=words(error)))
            if on_done is not None:
                on_done(len(outcomes), len(tasks))
        return outcomes

    def _state_of(self, shared: Any) -> dict[Hashable, Any]:
        """What was kept for a shared object; the object is held too, so that no other can take its identity."""
        if id(shared) not in self._kept:
            self._kept[id(shared)] = (shared, {})
            while len(self._kept) > SHARED_HELD:
                self._kept.popitem(last=False)
        self._kept.move_to_end(id(shared))
        return self._kept[id(shared)][1]


def pickled_function(function: Callable[..., Any]) -> bytes:
    """A function as workers are told of it. Raises ``TypeError`` for one that has no place in a module."""
    try:
        return pickle.dumps(function)
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        raise TypeError(f"workers find a function by module and name only: {words(error)}") from None


def match_keys(tasks: Sequence[Any], keys: Sequence[int] | None) -> None:
    """Raises ``ValueError`` unless there are no keys or one for each task."""
    if keys is not None and len(keys) != len(tasks):
        raise ValueError(f"{len(keys)} keys for {len(tasks)} tasks")


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose(workers: int | None = None, dask: str | None = None) -> Executor:
    """The executor that a user asks for: a Dask cluster's by address, so many processes, or (1) this process.

    ``workers=None``: a process for every processor. Nothing is started before the first task is run, a Dask client excepted.
    """
    if dask is not None:
        from optimizer.dask_cluster import Dask

        return Dask(dask)
    count = processors() if workers is None else workers
    if count == 1:
        return Serial()
    from optimizer.processes import Processes

    return Processes(count)
