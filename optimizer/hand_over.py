"""The hand-over of programs and options to HiGHS, checked: every status, every option read back, the counts compared."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import highspy
import numpy as np
import scipy.sparse as sp

from optimizer import errors
from optimizer.program import Names, Program, check

OLDEST_VERSION = (1, 15, 1)
"""Releases before it gave wrong optima and false infeasibilities on small mixed-integer programs (1.14.0: HiGHS issues 2957, 3090)."""


class SolverTrouble(errors.NumericalTrouble, RuntimeError):
    """HiGHS refused a call, or did something other than what it was asked to."""


class UnknownOption(ValueError):
    """An option that HiGHS does not know, or a value that it does not take."""


@dataclasses.dataclass(frozen=True)
class SolverOptions:
    """How to solve.

    ``relative_gap``: |objective - bound| / |objective| at which a mixed-integer solve may stop. ``time_limit_s``: seconds, None: no limit.
    ``node_limit``: branch-and-bound nodes, None: no limit; unlike a time limit it gives the same answer each time.
    ``feasibility_tolerance``: of rows and bounds, reduced costs and integrality alike, in units of the row; the tight
    value is what keeps large coefficients on 0-1 variables honest. ``lp_method``: 'choose', 'simplex', 'ipm' (interior point
    with crossover), 'pdlp' (LPs only); for a mixed-integer program it is the method of the relaxations. ``progress_every_s``:
    seconds between progress reports. ``extra``: further options of HiGHS by their names, last word.
    """

    relative_gap: float = 1e-4
    time_limit_s: float | None = None
    node_limit: int | None = None
    threads: int = 1
    seed: int = 0
    feasibility_tolerance: float = 1e-9
    presolve: bool = True
    lp_method: str = "choose"
    progress_every_s: float = 1.0
    extra: Mapping[str, bool | int | float | str] = dataclasses.field(default_factory=dict)


def _new() -> highspy.Highs:
    solver: highspy.Highs = cast(Any, highspy.Highs)()
    solver.setOptionValue("output_flag", False)
    return solver


@functools.cache
def require_version() -> None:
    """Refuse releases of HiGHS known to give wrong answers. Raises ``SolverTrouble``."""
    solver = _new()
    version = (solver.versionMajor(), solver.versionMinor(), solver.versionPatch())
    if version < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise SolverTrouble(f"HiGHS {solver.version()} is known to give wrong answers; install highspy {oldest} or later")


def prepared(program: Program, options: SolverOptions, *, is_mip: bool, talkative: bool) -> highspy.Highs:
    """A HiGHS with options and program, both verified. ``talkative``: it sends reports, to callbacks alone.

    Raises ``UnknownOption`` and ``SolverTrouble``.
    """
    require_version()
    match_threads(options.threads)
    solver = _new()
    _set_options(solver, _option_values(options, is_mip=is_mip, talkative=talkative))
    _pass_program(solver, program)
    return solver


_scheduler_threads: list[int] = []


def match_threads(threads: int) -> None:
    """HiGHS keeps one pool of threads per process, made at the first solve; another number needs another pool."""
    if _scheduler_threads and _scheduler_threads[0] != threads:
        highspy.Highs.resetGlobalScheduler(True)
    _scheduler_threads[:] = [threads]


def _option_values(options: SolverOptions, *, is_mip: bool, talkative: bool) -> dict[str, bool | int | float | str]:
    if options.lp_method not in ("choose", "simplex", "ipm", "hipo", "pdlp") or (is_mip and options.lp_method == "pdlp"):
        raise UnknownOption(f"lp_method {options.lp_method!r} is not one of choose, simplex, ipm, hipo, pdlp (pdlp: LPs only)")
    values: dict[str, bool | int | float | str] = {
        "log_to_console": False,
        "output_flag": talkative,
        "threads": int(options.threads),
        "random_seed": int(options.seed),
        "presolve": "on" if options.presolve else "off",
        "primal_feasibility_tolerance": float(options.feasibility_tolerance),
        "dual_feasibility_tolerance": float(options.feasibility_tolerance),
        "mip_feasibility_tolerance": float(options.feasibility_tolerance),
        "mip_rel_gap": float(options.relative_gap),
        "mip_abs_gap": 1e-9,
        "time_limit": math.inf if options.time_limit_s is None else float(options.time_limit_s),
        "mip_min_logging_interval": float(options.progress_every_s),
        "mip_lp_solver" if is_mip else "solver": options.lp_method,
    }
    if options.node_limit is not None:
        values["mip_max_nodes"] = int(options.node_limit)
    return {**values, **options.extra}


def _set_options(solver: highspy.Highs, values: Mapping[str, bool | int | float | str]) -> None:
    for name, value in values.items():
        try:
            accepted = solver.setOptionValue(name, value) == highspy.HighsStatus.kOk
        except TypeError:
            accepted = False
        if not accepted:
            known = solver.getOptionType(name)[0] == highspy.HighsStatus.kOk
            raise UnknownOption(f"HiGHS does not take {value!r} for its option {name!r}" if known else f"HiGHS has no option {name!r}")
    for name, value in values.items():
        status, found = solver.getOptionValue(name)
        if status != highspy.HighsStatus.kOk or found != value:
            raise SolverTrouble(f"the option {name!r} was set to {value!r} and reads {found!r}")


def _pass_program(solver: highspy.Highs, program: Program) -> None:
    matrix = program.matrix
    if np.count_nonzero(matrix.data) < matrix.nnz:
        matrix = matrix.copy()
        matrix.eliminate_zeros()
    status = solver.passModel(
        program.columns,
        program.rows,
        matrix.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        program.offset,
        program.cost,
        program.column_lower,
        program.column_upper,
        program.row_lower,
        program.row_upper,
        matrix.indptr.astype(np.int32, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data,
        program.integer.astype(np.int32),
    )
    demand(status, "take the program")
    taken = (solver.getNumRow(), solver.getNumCol(), solver.getNumNz())
    given = (program.rows, program.columns, matrix.nnz)
    if taken != given:
        raise SolverTrouble(f"HiGHS holds {taken} rows, columns and non-zeros; it was given {given}")


def pass_start(solver: highspy.Highs, program: Program, start: np.ndarray) -> None:
    """Give a solution (n,) to start from, NaN where unknown. Raises ``ValueError`` for another shape, ``SolverTrouble`` on refusal."""
    if start.shape != (program.columns,):
        raise ValueError(f"start has the shape {start.shape}, expected ({program.columns},)")
    known = np.flatnonzero(np.isfinite(start)).astype(np.int32)
    if known.size:
        demand(solver.setSolution(len(known), known, start[known]), "take the starting solution")


def demand(status: highspy.HighsStatus, what: str) -> None:
    """Raise ``SolverTrouble`` unless HiGHS said it did ``what``; a warning is a refusal too."""
    if status != highspy.HighsStatus.kOk:
        raise SolverTrouble(f"HiGHS would not {what}: {status.name}")


def read_program(path: Path) -> Program:
    """A program from an MPS or LP file. Raises ``SolverTrouble`` when HiGHS cannot read it, ``NumericalTrouble`` as ``check`` does."""
    require_version()
    solver = _new()
    demand(solver.readModel(str(path)), f"read {path.name}")
    lp = solver.getLp()
    matrix, shape = lp.a_matrix_, (lp.num_row_, lp.num_col_)
    kind = sp.csc_array if matrix.format_ == highspy.MatrixFormat.kColwise else sp.csr_array
    sign = -1.0 if lp.sense_ == highspy.ObjSense.kMaximize else 1.0
    integer = [kind_ == highspy.HighsVarType.kInteger for kind_ in lp.integrality_] or None
    program = Program.of(
        sign * np.array(lp.col_cost_),
        kind((np.array(matrix.value_), np.array(matrix.index_), np.array(matrix.start_)), shape=shape),
        lp.row_lower_,
        lp.row_upper_,
        lp.col_lower_,
        lp.col_upper_,
        integer=integer,
        offset=sign * lp.offset_,
        column_names=tuple(lp.col_names_) or Names(shape[1], "column {}".format),
        row_names=tuple(lp.row_names_) or Names(shape[0], "row {}".format),
    )
    check(program)
    return program
