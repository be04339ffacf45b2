"""Tasks over a Dask cluster that runs already: ``dask scheduler`` on one machine, ``dask worker ADDRESS`` on each.

Every worker is a lane and has one task of ours at a time, whatever number of threads it has; which task goes where is said by
`optimizer.supervisor`, not by the scheduler, so that a task that kills its worker kills one more at most.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from optimizer.executor import Shelf
from optimizer.supervisor import Died, Lane, NoWorkers, Parcel, Reply, Supervised, perform

CONNECT_S = 10.0
"""A scheduler that has not answered after so many seconds is not there."""

LOOK_EVERY_S = 0.5
"""How often the scheduler is asked which workers live."""

PATIENCE_S = 30.0
"""Where no worker lives, so long is waited for one to come (back)."""

_shelf = Shelf()


def _perform(parcel: Parcel) -> Reply:
    """Do a task in a worker of the cluster; what is shared lies in the worker's module."""
    return perform(_shelf, parcel)


class Dask(Supervised):
    """The workers of a cluster; those that join or leave while tasks run are noticed.

    A task can be ended only with its worker, which its nanny begins anew; one without a nanny gets no further task.
    """

    def __init__(self, address: str) -> None:
        """Connect. Raises ``NoWorkers`` where Dask is not installed or no scheduler answers at ``address``."""
        super().__init__()
        try:
            import distributed
        except ImportError:
            raise NoWorkers("a Dask cluster needs the package distributed: pip install 'stockpile[dask]'") from None
        self._distributed = distributed
        try:
            self._client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise NoWorkers(f"no Dask scheduler at {address}: {why}") from None
        self._futures: dict[Any, Lane] = {}
        self._news = threading.Event()
        self._shunned: set[Lane] = set()
        self._alive: list[Lane] = []
        self._looked = float("-inf")
        self.workers = max(1, len(self._look()))

    def _look(self, now: bool = True) -> list[Lane]:
        """Addresses of the workers that live, sorted; asked for anew if it is time or ``now``."""
        if now or time.monotonic() - self._looked >= LOOK_EVERY_S:
            self._alive = sorted(set(self._client.nthreads()) - self._shunned)
            self._looked = time.monotonic()
        return self._alive

    def lanes(self, wanted: int) -> list[Lane]:
        """Addresses of workers; waits for one where there is none. Raises ``NoWorkers`` after `PATIENCE_S`."""
        began = time.monotonic()
        while not self._look(now=False):
            if time.monotonic() - began > PATIENCE_S:
                raise NoWorkers("the Dask cluster has no worker left")
            time.sleep(LOOK_EVERY_S)
        return self._alive

    def ready(self, lane: Lane) -> bool:
        """Whether the worker lives and is at no task of ours."""
        return lane in self._alive and lane not in self._busy

    def begin(self, lane: Lane, parcel: Parcel) -> None:
        """Submit the parcel to that worker and no other."""
        future = self._client.submit(_perform, parcel, workers=[lane], allow_other_workers=False, pure=False, retries=0)
        self._futures[future] = lane
        future.add_done_callback(lambda _: self._news.set())

    def wait(self, seconds: float | None) -> list[tuple[Lane, Reply | Died]]:
        """What the workers say, in the order of their addresses; those that have left say that they died."""
        ends = time.monotonic() + min(LOOK_EVERY_S if seconds is None else seconds, LOOK_EVERY_S)
        self._news.wait(max(0.0, ends - time.monotonic()))
        self._news.clear()
        alive = set(self._look(now=False))
        heard: list[tuple[Lane, Reply | Died]] = []
        for future, lane in sorted(self._futures.items(), key=lambda item: str(item[1])):
            if future.status == "finished":
                heard.append((lane, future.result()))
            elif future.status in ("error", "cancelled", "lost"):
                heard.append((lane, self._failed(future)))
            elif lane not in alive:
                heard.append((lane, Died("it left the cluster")))
            else:
                continue
            del self._futures[future]
            future.cancel()
        return heard

    def _failed(self, future: Any) -> Reply | Died:
        """What is wrong with a future: the worker is gone, or could not even begin with the task."""
        error = future.exception() if future.status == "error" else None
        if error is None or isinstance(error, self._distributed.KilledWorker):
            self._look()
            return Died("it left the cluster")
        return Reply("raised", reason=f"the worker could not do it (same version there?): {type(error).__name__}: {error}".splitlines()[0])

    def renew(self, lane: Lane) -> None:
        """Have the worker's nanny begin it anew; it comes back under another address. Without a nanny it is given nothing more."""
        for future in [future for future, at in self._futures.items() if at == lane]:
            del self._futures[future]
            future.cancel(force=True)
        self._shunned.add(lane)
        with contextlib.suppress(Exception):  # no nanny: shunned is all that can be done
            self._client.restart_workers([lane], timeout=PATIENCE_S, raise_for_error=False)
        self._look()

    def fresh(self) -> Lane:
        """Any worker: those that died have been replaced by the cluster, if by anybody."""
        self._look()
        return self.lanes(1)[-1]

    def close(self) -> None:
        """Take back what was submitted and leave; the cluster goes on."""
        for future in self._futures:
            with contextlib.suppress(Exception):
                future.cancel(force=True)
        self._futures.clear()
        self.clear()
        with contextlib.suppress(Exception):
            self._client.close()
