"""The matrix of a generated case through linopy, the peer: the same program as `direct.matrix`, said with labelled arrays.

Needs the extra ``bench``. Cut-offs and starts are one dimension, pattern; elements and months are the others.
"""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr
from direct import Figures, growth
from generator import SERVICE_LEVEL

from models.case import Case

BELOW = ("made", "new", "put", "drawn", "level", "put_m", "drawn_m", "level_m", "served", "unmet", "gone", "gone_m")
"""Columns without an upper bound; see `direct.PER_ELEMENT`."""


def model(case: Case, relaxed: bool = False) -> linopy.Model:
    """The extensive form of a generated case, million USD; ``relaxed``: units of the plant need not be whole."""
    f, months = Figures.of(case), case.settings.horizon_months
    e, month, date = (
        np.arange(len(f.need)),
        np.arange(months),
        np.array([d for d in range(0, months, 12) if d + 6 < months], dtype=int),
    )
    window = case.cutoffs[0].months + case.cutoffs[0].return_months
    m = linopy.Model()
    need, near, far = (xr.DataArray(values, coords={"e": e}) for values in (f.need, f.near, f.far))
    price, storage = (xr.DataArray(values, coords={"e": e}) for values in (f.price, f.storage))
    opening = {"level": xr.DataArray(f.opening, coords={"e": e}), "level_m": xr.DataArray(f.opening_m, coords={"e": e})}
    ones = xr.DataArray(np.ones((len(e), months)), coords={"e": e, "t": month})

    built = m.add_variables(0, 3, coords={"d": date}, name="built", integer=not relaxed)
    m.add_constraints(built.sum() <= 3, name="units")
    base = columns(m, "base", near / 12 * ones, far / 12 * ones)
    due = need / 12 * xr.DataArray(growth(month), coords={"t": month}) * ones
    rules(m, "base", base, due, f.recovery)
    for name, first in opening.items():
        level, put, drawn = base[name], base["put" + name[5:]], base["drawn" + name[5:]]
        m.add_constraints(
            level.isel(t=0, drop=True) - put.isel(t=0, drop=True) + drawn.isel(t=0, drop=True) == first, name=f"base first {name}"
        )
    m.add_constraints(base["made"].sum("e") <= f.plant_t / 12, name="base capacity")
    online = xr.DataArray((month[:, None] >= date[None, :] + 6).astype(float), coords={"t": month, "d": date})
    m.add_constraints(base["new"].sum("e") - (f.new_t / 12 * online * built).sum("d") <= 0, name="base new capacity")

    lengths = xr.DataArray(np.minimum(months + window - (date + 6), 240) / 12, coords={"d": date})
    m.add_objective(
        (price * 1e-3 * base["near"]).sum()
        + (price * xr.DataArray(f.factor, coords={"e": e}) * 1e-3 * base["far"]).sum()
        + (4e-3 * (base["made"] + base["new"])).sum()
        + (storage * 1e-6 / 12 * (base["level"] + base["level_m"])).sum()
        + (20 * price * 1e-3 * base["unmet"]).sum()
        + (0.05 * (f.new_t / 0.25) / 20 * lengths * built).sum()
    )
    _recourses(m, case, f, base, built, date)
    return m


def _recourses(m: Any, case: Case, f: Figures, base: dict[str, Any], built: Any, date: np.ndarray) -> None:
    """The recourses of all patterns, tied to the base plan by the stocks where the cut falls and the plants decided before."""
    months, e = case.settings.horizon_months, np.arange(len(f.need))
    first = case.cutoffs[0]
    after = np.arange(first.months + first.return_months)
    begins = np.tile(np.arange(1, months + 1), len(case.cutoffs))
    severity = np.repeat([c.severity for c in case.cutoffs], months)
    coords = {"p": np.arange(len(begins)), "e": e, "t": after}
    step = np.where(after < first.months, 1.0, 1 - np.minimum(1.0, (after - first.months + 1) / (first.return_months + 1)))
    left = xr.DataArray(1 - severity[:, None] * step[None, :], coords={"p": coords["p"], "t": after})
    ones = xr.DataArray(np.ones((len(begins), len(e), len(after))), coords=coords)
    near, far, need = (xr.DataArray(values / 12, coords={"e": e}) for values in (f.near, f.far, f.need))
    run = columns(m, "recourse", near * left * ones, far * ones)
    month = begins[:, None] + after[None, :]
    due = need * xr.DataArray(growth(month), coords={"p": coords["p"], "t": after}) * ones
    rules(m, "recourse", run, due, f.recovery)
    m.add_constraints(run["served"] >= SERVICE_LEVEL * due, name="recourse protected")
    before = xr.DataArray(begins - 1, coords={"p": coords["p"]})
    for name in ("level", "level_m"):
        level, put, drawn = run[name], run["put" + name[5:]], run["drawn" + name[5:]]
        handed = base[name].sel(t=before).to_linexpr().drop_vars("t")
        m.add_constraints(
            level.isel(t=0, drop=True) - put.isel(t=0, drop=True) + drawn.isel(t=0, drop=True) - handed == 0, name=f"recourse first {name}"
        )
    m.add_constraints(run["made"].sum("e") <= f.plant_t / 12, name="recourse capacity")
    known = (date[None, None, :] < begins[:, None, None]) & (month[:, :, None] >= date[None, None, :] + 6)
    online = xr.DataArray(known.astype(float), coords={"p": coords["p"], "t": after, "d": date})
    m.add_constraints(run["new"].sum("e") - (f.new_t / 12 * online * built).sum("d") <= 0, name="recourse new capacity")


def columns(m: Any, run: str, near: Any, far: Any) -> dict[str, Any]:
    """The columns of a run, by name: see `direct.PER_ELEMENT`. ``near`` and ``far`` are limits over all dimensions of the run."""
    found = {"near": m.add_variables(0, near, name=f"{run} near"), "far": m.add_variables(0, far, name=f"{run} far")}
    return found | {name: m.add_variables(0, coords=near.coords, name=f"{run} {name}") for name in BELOW}


def rules(m: Any, run: str, c: dict[str, Any], due: Any, recovery: float) -> None:
    """Balances, levels after the first month, demand."""
    oxide = c["near"] + c["far"] + c["drawn"] - c["made"] - c["new"] - c["put"] - c["gone"]
    m.add_constraints(oxide == 0, name=f"{run} oxide")
    metal = recovery * (c["made"] + c["new"]) + c["drawn_m"] - c["put_m"] - c["served"] - c["gone_m"]
    m.add_constraints(metal == 0, name=f"{run} metal")
    for name in ("level", "level_m"):
        level, put, drawn = c[name], c["put" + name[5:]], c["drawn" + name[5:]]
        change = (level - level.shift(t=1).fillna(0) - put + drawn).isel(t=slice(1, None))
        m.add_constraints(change == 0, name=f"{run} {name}")
    m.add_constraints(c["served"] + c["unmet"] == due, name=f"{run} demand")


def handed(case: Case, relaxed: bool = True) -> Any:
    """HiGHS, holding the program of a generated case."""
    solver = model(case, relaxed).to_highspy()
    solver.setOptionValue("output_flag", False)
    return solver
