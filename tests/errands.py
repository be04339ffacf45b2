"""What the tests of the executors have done: functions that a worker can find by name."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from optimizer.errors import NumericalTrouble
from optimizer.executor import kept


def times(shared: Any, task: Any) -> Any:
    """Shared factor times the task."""
    return shared * task


def slow_to_start(shared: Any, task: int) -> int:
    """The earlier the task, the longer it takes: arrival order is not task order."""
    time.sleep(0.05 * (3 - task % 4))
    return task


def may_fail(shared: Any, task: str) -> str:
    """Does what the task says: raise, die, sleep, or go well."""
    match task:
        case "raise":
            raise NumericalTrouble("the solver gave up")
        case "key":
            raise KeyError("a store")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(7)
        case "sleep":
            time.sleep(60)
        case "no pickle":
            return lambda: task  # type: ignore[return-value]
    return task.upper()


def die_once(shared: str, task: str) -> str:
    """The worker dies of a task whose mark is not in the folder ``shared`` yet, and leaves the mark."""
    mark = os.path.join(shared, task)  # noqa: PTH118
    if task.startswith("frail") and not os.path.exists(mark):  # noqa: PTH110
        with open(mark, "w"):  # noqa: PTH123
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def whereabouts(shared: Any, task: int) -> tuple[int, int]:
    """The process that does the task, and how often it has done one with this shared object."""
    count = kept("count", list[int])
    count.append(task)
    return os.getpid(), len(count)


class Travels:
    """An object that counts how often it has been pickled."""

    sent = 0

    def __getstate__(self) -> dict[str, int]:
        Travels.sent += 1
        return {}


def nothing(shared: Any, task: Any) -> None:
    """Takes no time."""


def sign_in_and_stay(shared: str, task: int) -> None:
    """Leaves the process's number in the folder ``shared`` and takes a minute."""
    with open(os.path.join(shared, str(os.getpid())), "w"):  # noqa: PTH118, PTH123
        pass
    time.sleep(60)


def stopped(shared: Any, task: type[BaseException]) -> None:
    """Somebody presses Ctrl-C."""
    raise task


def end_at_once(line: Any) -> None:
    """A worker that ends before it is ready."""
    os._exit(3)
