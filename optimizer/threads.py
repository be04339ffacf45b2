"""Tasks over threads of this process: for work that is done inside HiGHS, which lets other threads run meanwhile.

Pattern tests are such work: nothing is copied, and each pattern's program stays hot where it is. Two threads on two processors
took 0.52 of the time of one. Work that is done in Python gains nothing here; processes are for that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Self

from optimizer.errors import Interrupted, words
from optimizer.executor import Outcome, Task, Value, keeping, match_keys

FEWEST = 4
"""Below so many tasks threads are not worth their start."""


class Threads:
    """Tasks in lanes, one thread each: tasks of one key are done in one lane, in their order.

    The functions are those of `optimizer.executor.Executor`; ``timeout_s`` is not heeded, and nothing is pickled.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="lane")
        self._state: list[dict[Hashable, Any]] = [{} for _ in range(workers)]
        self._shared: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the threads; what was kept is forgotten."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._state = [{} for _ in range(self.workers)]

    def run(
        self,
        function: Callable[[Any, Task], Value],
        tasks: Sequence[Task],
        shared: Any = None,
        keys: Sequence[int] | None = None,
        timeout_s: float | None = None,
        on_done: Callable[[int, int], None] | None = None,
    ) -> list[Outcome[Value]]:
        """See `optimizer.executor.Executor.run`."""
        match_keys(tasks, keys)
        if shared is not self._shared:
            self._shared, self._state = shared, [{} for _ in range(self.workers)]
        outcomes: list[Outcome[Value] | None] = [None] * len(tasks)
        stop = threading.Event()
        counted = threading.Lock()
        done = 0

        def lane(number: int) -> None:
            nonlocal done
            with keeping(self._state[number]):
                for place, task in enumerate(tasks):
                    if (place if keys is None else keys[place]) % self.workers != number:
                        continue
                    if stop.is_set():
                        return
                    try:
                        outcomes[place] = Outcome("done", function(shared, task))
                    except Interrupted:
                        stop.set()
                        raise
                    except Exception as error:
                        outcomes[place] = Outcome("raised", reason=words(error))
                    with counted:
                        done += 1
                        if on_done is not None:
                            on_done(done, len(tasks))

        try:
            self._run_lanes(lane, len(tasks))
        except KeyboardInterrupt:
            stop.set()
            raise Interrupted from None
        return [outcome for outcome in outcomes if outcome is not None]

    def map(
        self, function: Callable[[Task], Value], tasks: Sequence[Task], on_done: Callable[[int, int], None] | None = None
    ) -> list[Value]:
        """The function's values in the order of the tasks; of its exceptions the first in that order is raised, as it is."""
        errors: dict[int, Exception] = {}

        def tried(_: None, place: int) -> tuple[Value] | None:
            try:
                return (function(tasks[place]),)
            except Exception as error:
                errors[place] = error
                return None

        outcomes = self.run(tried, range(len(tasks)), on_done=on_done)
        if errors:
            raise errors[min(errors)]
        return [outcome.value[0] for outcome in outcomes if outcome.value is not None]

    def _run_lanes(self, lane: Callable[[int], None], tasks: int) -> None:
        """All lanes; one after the other in this thread where there is little to do. The first exception of a lane is raised."""
        if self.workers == 1 or tasks < FEWEST:
            for number in range(self.workers):
                lane(number)
            return
        futures = [self._pool.submit(lane, number) for number in range(self.workers)]
        wait(futures)
        for future in futures:
            future.result()
