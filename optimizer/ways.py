"""Other ways to ask a solver the same question, for where the first brings no verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from optimizer.hand_over import SolverOptions

LOOSEST_TOLERANCE = 1e-7
"""The loosest feasibility tolerance that is tried, which is the solver's own default; answers are recomputed all the same."""


def ways(options: SolverOptions, *, is_mip: bool) -> Iterator[SolverOptions]:
    """As asked first; then the other method, presolve the other way, both, and at last with looser tolerances.

    Methods of a linear program are the simplex and the interior point with crossover, each being the other's other. A mixed-integer
    program is asked with presolve the other way and with looser tolerances only, since each try may be long.
    """
    yield options
    other = "simplex" if options.lp_method in ("ipm", "hipo", "pdlp") else "ipm"
    if not is_mip:
        yield dataclasses.replace(options, lp_method=other)
    yield dataclasses.replace(options, presolve=not options.presolve)
    if not is_mip:
        yield dataclasses.replace(options, lp_method=other, presolve=not options.presolve)
    for looser in (10, 100):
        if options.feasibility_tolerance * looser <= LOOSEST_TOLERANCE * (1 + 1e-9):
            tolerance = options.feasibility_tolerance * looser
            yield dataclasses.replace(options, feasibility_tolerance=tolerance)
            yield dataclasses.replace(options, feasibility_tolerance=tolerance, presolve=not options.presolve)
