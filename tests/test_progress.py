"""Progress on a terminal, in a file, and none at all."""

from __future__ import annotations

import io

import pytest

from optimizer import progress


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_plain_lines_are_thinned_out() -> None:
    """A hundred reports in ten seconds give one line at once and one per five seconds; none is lost for ever."""
    stream, clock = io.StringIO(), Clock()
    lines = progress.Lines(stream, clock)
    lines.stage("solve")
    for step in range(101):
        clock.now = 100.0 + step / 10
        lines.mip(step / 10, 90.0, 100.0, 0.1, step)
    text = stream.getvalue().splitlines()
    assert text[0] == "[    0.0 s] solve"
    assert [line.split("]")[0] for line in text[1:]] == ["[    0.0 s", "[    5.0 s", "[   10.0 s"]


def test_end_of_the_survival_test_is_always_told() -> None:
    """The last count of patterns gets its line even where the one before has only just been written."""
    stream = io.StringIO()
    lines = progress.Lines(stream, Clock())
    for tested in range(1, 5):
        lines.patterns(tested, tested - 1, 4)
    assert [line.split("] ")[1] for line in stream.getvalue().splitlines()] == [
        "1 of 4 patterns tested, 0 passed",
        "4 of 4 patterns tested, 3 passed",
    ]


@pytest.mark.parametrize("nothing", [None, float("inf"), 1e30, float("nan")])
def test_no_plan_yet_is_said_so(nothing: float | None) -> None:
    """Solvers write 'none yet' in four ways; none of them is shown as a number."""
    assert progress.mip_text(2.0, float("-inf"), nothing, nothing, 0) == "no plan yet, no bound yet, 0 nodes, 2 s"


def test_gap_is_a_share_shown_in_percent() -> None:
    """A gap of 0.005 is half a percent."""
    assert progress.mip_text(61.4, 995.0, 1000.0, 0.005, 1234) == "best plan 1,000.00, bound 995.00, gap 0.50 %, 1,234 nodes, 61 s"


def test_terminal_keeps_stages_and_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a finished stage stays with its seconds, and so does a message, brackets and all."""
    monkeypatch.setenv("NO_COLOR", "1")
    stream, clock = Terminal(), Clock()
    with progress.for_stream(stream, quiet=False) as shown:
        assert isinstance(shown, progress.LiveLine)
    with progress.LiveLine(stream, clock) as shown:
        shown.stage("build")
        clock.now += 2.0
        shown.message("[red] is not a colour here")
        shown.stage("solve")
        shown.mip(1.0, 10.0, 11.0, 0.1, 5)
        clock.now += 3.0
    text = stream.getvalue()
    assert "build                  2.0 s" in text
    assert "solve                  3.0 s" in text
    assert "[red] is not a colour here" in text


def test_way_of_showing_suits_the_stream() -> None:
    """Plain lines where the stream is no terminal; nothing when quiet, terminal or not."""
    assert isinstance(progress.for_stream(io.StringIO(), quiet=False), progress.Lines)
    stream = Terminal()
    with progress.for_stream(stream, quiet=True) as shown:
        shown.stage("read")
        shown.message("a word")
        shown.mip(1.0, 1.0, None, None, 1)
        shown.patterns(1, 1, 1)
    assert stream.getvalue() == ""
