"""Is this installation fit to be believed? The programs that solvers are known to have got wrong, and who answers here.

The optima are known from other solvers and from brute force. Called optimal and wrong: ``bigM_1e7`` and ``s6`` by HiGHS 1.15.1 with its
own settings, at gap 0 and without a violation (a large coefficient on a 0-1 column; figures a million times smaller than they
should be); ``lone`` by HiGHS 1.14.0 with presolve (its issue 3043).
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from models.columns import column
from optimizer.errors import StockpileError
from optimizer.highs import SolverOptions, Status, read_program, solve

CANARIES: Mapping[str, float] = {"lone": 9.0, "bigM_1e7": 1262.0, "s6": 0.231462220}
"""Optimum of each canary, to so many digits."""

DIGITS = 1e-8
"""Relative difference from it that passes: that of the digits that are known."""

PACKAGES = ("stockpile", "highspy", "pyomo", "numpy", "scipy", "openpyxl", "pydantic", "defusedxml", "click")
"""What answers depend on, besides Python."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Canary:
    """One program whose optimum is known, asked here."""

    canary: str = column("", "Name of the program.")
    optimum: float = column("", "Its optimum, known from elsewhere.")
    found: float | None = column("", "What was found here; empty: no answer.")
    bound: float | None = column("", "Bound that was found here; empty: none.")
    right: bool = column("yes / no", "Called optimal, and both the optimum.")
    seconds: float = column("s", "Wall-clock time.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Health:
    """What was found about an installation."""

    versions: Mapping[str, str] = column("", "Version of everything that answers depend on, by name.")
    canaries: tuple[Canary, ...] = column("", "Programs whose optimum is known.")

    @property
    def sound(self) -> bool:
        """Whether every canary came out right."""
        return all(canary.right for canary in self.canaries)


def path_of(canary: str) -> Path:
    """The file of a canary."""
    return Path(__file__).parent / "canaries" / f"{canary}.mps"


def examine() -> Health:
    """Ask every canary with the settings that plans are solved with, proven to the end."""
    return Health(versions=versions(), canaries=tuple(_asked(name, optimum) for name, optimum in CANARIES.items()))


def versions() -> dict[str, str]:
    """Versions of Python, the system and the packages that answers depend on."""
    found = {"python": sys.version.split()[0], "system": f"{platform.system()} {platform.machine()}"}
    return {**{name: importlib.metadata.version(name) for name in PACKAGES}, **found}


def _asked(name: str, optimum: float) -> Canary:
    began = time.perf_counter()
    found = bound = None
    status = None
    try:
        result = solve(read_program(path_of(name)), SolverOptions(relative_gap=0.0))
        found, bound, status = result.objective, result.bound, result.status
    except StockpileError:
        pass
    near = found is not None and bound is not None and max(abs(found - optimum), abs(bound - optimum)) <= DIGITS * abs(optimum)
    right = status is Status.OPTIMAL and near
    return Canary(canary=name, optimum=optimum, found=found, bound=bound, right=right, seconds=time.perf_counter() - began)
