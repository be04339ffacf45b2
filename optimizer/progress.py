"""What a user sees while the work goes on: always on standard error, never among the results.

Three ways of showing it: a live line on a terminal, plain lines where output goes to a file, nothing at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.live import Live

PLAIN_EVERY_S = 5.0
"""Plain lines about the same thing come no closer together than this many seconds."""

LIVE_EVERY_S = 0.1
"""The live line is drawn no more often than this many seconds."""


class Progress(Protocol):
    """Receives what the work has to tell. Calls are cheap and may come hundreds of times a second."""

    def stage(self, name: str) -> None:
        """A stage of the work begins: read, build, compile, solve, test, audit, write."""

    def message(self, text: str) -> None:
        """Something worth a line of its own."""

    def mip(self, seconds: float, bound: float, incumbent: float | None, gap: float | None, nodes: int) -> None:
        """State of the search: seconds since it began, bound and best cost (million USD), gap (share of the cost), nodes.

        ``incumbent`` and ``gap`` are ``None`` (or not finite) as long as no plan is known.
        """

    def patterns(self, tested: int, passed: int, total: int) -> None:
        """State of the survival test: patterns tested so far, passed, and to be tested in all."""


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def stage(self, name: str) -> None:
        """Shows nothing."""

    def message(self, text: str) -> None:
        """Shows nothing."""

    def mip(self, seconds: float, bound: float, incumbent: float | None, gap: float | None, nodes: int) -> None:
        """Shows nothing."""

    def patterns(self, tested: int, passed: int, total: int) -> None:
        """Shows nothing."""


class Lines:
    """Plain lines, each with the seconds since the start; those about the same thing are thinned out."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._last: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def stage(self, name: str) -> None:
        """One line for each stage; what was thinned out before counts no more."""
        self._last.clear()
        self._line(name)

    def message(self, text: str) -> None:
        """One line."""
        self._line(text)

    def mip(self, seconds: float, bound: float, incumbent: float | None, gap: float | None, nodes: int) -> None:
        """A line now and then."""
        self._now_and_then("mip", mip_text(seconds, bound, incumbent, gap, nodes))

    def patterns(self, tested: int, passed: int, total: int) -> None:
        """A line now and then, and one at the end of the test."""
        self._now_and_then("patterns", patterns_text(tested, passed, total), always=tested >= total)

    def _now_and_then(self, about: str, text: str, always: bool = False) -> None:
        now = self._clock()
        if always or now - self._last.get(about, float("-inf")) >= PLAIN_EVERY_S:
            self._last[about] = now
            self._line(text)

    def _line(self, text: str) -> None:
        self._stream.write(f"[{self._clock() - self._start:7.1f} s] {text}\n")
        self._stream.flush()


class LiveLine:
    """A terminal: finished stages and messages stay, one live line below them shows the state.

    Used as a context manager, which hands the terminal back on leaving. Colour follows ``NO_COLOR`` and the terminal.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=stream, highlight=False)
        self._live: Live = Live(console=self._console, auto_refresh=False, transient=True)
        self._clock = clock
        self._stage = ""
        self._stage_start = self._drawn = clock()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close_stage()
        self._live.stop()

    def stage(self, name: str) -> None:
        """The stage before it is left with its seconds; the live line shows the new one."""
        self._close_stage()
        self._stage, self._stage_start = name, self._clock()
        self._draw("", always=True)

    def message(self, text: str) -> None:
        """One line that stays."""
        self._console.print(text, markup=False)

    def mip(self, seconds: float, bound: float, incumbent: float | None, gap: float | None, nodes: int) -> None:
        """Shown in the live line."""
        self._draw(mip_text(seconds, bound, incumbent, gap, nodes))

    def patterns(self, tested: int, passed: int, total: int) -> None:
        """Shown in the live line."""
        self._draw(patterns_text(tested, passed, total), always=tested >= total)

    def _close_stage(self) -> None:
        if self._stage:
            self._live.update("")
            self._console.print(f"{self._stage:<18} {self._clock() - self._stage_start:7.1f} s", markup=False)
            self._stage = ""

    def _draw(self, text: str, always: bool = False) -> None:
        from rich.text import Text

        now = self._clock()
        if always or now - self._drawn >= LIVE_EVERY_S:
            self._drawn = now
            self._live.update(Text(f"{self._stage:<18} {text}", no_wrap=True, overflow="ellipsis"), refresh=True)


def mip_text(seconds: float, bound: float, incumbent: float | None, gap: float | None, nodes: int) -> str:
    """State of the search in words."""
    best = "no plan yet" if incumbent is None or not _shown(incumbent) else f"best plan {incumbent:,.2f}"
    lowest = f"bound {bound:,.2f}" if _shown(bound) else "no bound yet"
    distance = "" if gap is None or not _shown(gap) else f", gap {100 * gap:.2f} %"
    return f"{best}, {lowest}{distance}, {nodes:,} nodes, {seconds:.0f} s"


def patterns_text(tested: int, passed: int, total: int) -> str:
    """State of the survival test in words."""
    return f"{tested:,} of {total:,} patterns tested, {passed:,} passed"


def _shown(value: float) -> bool:
    """Solvers write 'none yet' as a huge number, an infinity or not-a-number."""
    return abs(value) < 1e20


def for_stream(stream: TextIO, quiet: bool) -> Silent | Lines | LiveLine:
    """The way of showing progress that suits the stream: nothing when quiet, live on a terminal, else plain lines."""
    if quiet:
        return Silent()
    return LiveLine(stream) if stream.isatty() else Lines(stream)
