"""Searching along a line of yes and no."""

from __future__ import annotations

from collections.abc import Callable


def longest(survives: Callable[[int], bool], most: int, guess: int, ordered: bool) -> int:
    """The largest n up to ``most`` such that every length 1 .. n is survived; 0 where the first is not.

    ``ordered``: surviving a length is surviving all shorter ones, so that few are asked: from ``guess`` on in growing steps,
    then by halves. Else every length is asked, from 1 to the first failure.
    """
    if not ordered:
        return next((n - 1 for n in range(1, most + 1) if not survives(n)), most)
    low, high, step, n = 0, most + 1, 1, min(max(guess, 1), most)
    while low + 1 < high:
        if survives(n):
            low = n
        else:
            high = n
        if low == 0:
            n = max(1, high - step)
        elif high > most:
            n = min(most, low + step)
        else:
            n = (low + high) // 2
        step *= 2
        n = min(max(n, low + 1), high - 1)
    return low
