"""Tasks over processes of this machine.

Processes are spawned, not forked: they share nothing with this one, as on all systems, and no lock or solver thread is copied
half-way. A worker ends when this process does, however it ends: it watches for that.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.process import BaseProcess

from optimizer.executor import Shelf
from optimizer.supervisor import Died, Lane, NoWorkers, Parcel, Reply, Supervised, perform

MOST_FALSE_STARTS = 5
"""So many workers in a row that end before they are ready: there is something wrong with all of them."""

FAREWELL_S = 5.0
"""A worker that has been told to end and has not after so many seconds is killed."""


@dataclass
class _Worker:
    """A process and our end of the line to it."""

    process: BaseProcess
    line: Connection
    ready: bool = False


class Processes(Supervised):
    """So many processes, begun when they are first needed and kept until `close`."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        if workers < 1:
            raise ValueError(f"{workers} workers cannot do anything")
        self.workers = workers
        self._context = multiprocessing.get_context("spawn")
        self._at: dict[int, _Worker] = {}
        self._false_starts = 0

    def lanes(self, wanted: int) -> list[Lane]:
        """Places of workers: 0, 1, 2 ..; a worker that died is replaced at its place."""
        for place in range(min(self.workers, wanted)):
            if place not in self._at:
                self._at[place] = self._begun()
        return [*sorted(self._at)]

    def _begun(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), name="stockpile worker", daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def ready(self, lane: Lane) -> bool:
        """Whether the worker has said so and is at no task."""
        worker = self._at.get(lane)  # type: ignore[call-overload]
        return worker is not None and worker.ready and lane not in self._busy

    def begin(self, lane: Lane, parcel: Parcel) -> None:
        """Send the parcel; a worker that is gone is found out by `wait`."""
        with contextlib.suppress(OSError):
            self._worker(lane).line.send_bytes(pickle.dumps(parcel, pickle.HIGHEST_PROTOCOL))

    def wait(self, seconds: float | None) -> list[tuple[Lane, Reply | Died]]:
        """What the workers say, in the order of their places."""
        lines = {worker.line: place for place, worker in self._at.items()}
        heard: list[tuple[Lane, Reply | Died]] = []
        for place in sorted(lines[line] for line in wait_for(list(lines), seconds)):  # type: ignore[index]
            worker = self._at[place]
            try:
                said = pickle.loads(worker.line.recv_bytes())
            except (EOFError, OSError):
                heard.append((place, Died(self._buried(place))))
                continue
            if said is None:
                worker.ready, self._false_starts = True, 0
            else:
                heard.append((place, said))
        return heard

    def _buried(self, place: int) -> str:
        """Take away a worker that is gone, and say what it died of. The next call of `lanes` puts another in its place."""
        worker = self._at.pop(place)
        worker.line.close()
        worker.process.join(FAREWELL_S)
        why = _cause(worker.process.exitcode)
        worker.process.close()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= MOST_FALSE_STARTS:
                raise NoWorkers(f"no worker process can be started: {why}")
        return why

    def _worker(self, lane: Lane) -> _Worker:
        return self._at[lane]  # type: ignore[index]

    def renew(self, lane: Lane) -> None:
        """Kill the process; another is begun in its place."""
        _kill(self._worker(lane))
        self._at[lane] = self._begun()  # type: ignore[index]

    def fresh(self) -> Lane:
        """A new process, in the last place: what the others keep stays."""
        lane = max(self._at, default=0)
        if lane in self._at:
            self.renew(lane)
        else:
            self._at[lane] = self._begun()
        return lane

    def close(self) -> None:
        """End all processes: those at rest by closing the line, which they understand, those at a task by force."""
        idle = [worker for place, worker in self._at.items() if place not in self._busy]
        for place, worker in self._at.items():
            if place in self._busy:
                _kill(worker)
        for worker in idle:
            worker.line.close()
        for worker in idle:
            worker.process.join(FAREWELL_S)
            _kill(worker)
        self._at.clear()
        self.clear()


def _kill(worker: _Worker) -> None:
    worker.line.close()
    worker.process.kill()
    worker.process.join()
    worker.process.close()


def _cause(code: int | None) -> str:
    """What a process ended of."""
    if code is None:
        return "it closed its line"
    if code >= 0:
        return f"it ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"it was ended by {name}" + (", as the system does when memory runs out" if name == "SIGKILL" else "")


def _serve(line: Connection) -> None:
    """A worker: does what comes down the line until it is closed. Ctrl-C is its parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    shelf = Shelf()
    with contextlib.suppress(EOFError, OSError):
        line.send_bytes(pickle.dumps(None))
        while True:
            line.send_bytes(pickle.dumps(perform(shelf, pickle.loads(line.recv_bytes())), pickle.HIGHEST_PROTOCOL))


def _end_with_parent() -> None:
    """End this process as soon as the one that began it is gone, also when it was killed and could not say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
