"""Stops: which existing plants are mothballed, restarted or closed for good, by decision date.

A plant that may stop runs at the start of the plan. Its state is decided on every decision date and holds to the next one:
it runs, is mothballed (where its row allows that), or is closed for good. Running saves nothing; mothballed it costs its
share of the fixed cost; closed, nothing more. A restart takes its months, in which the plant costs as if it ran and makes
nothing; it is finished before the plant can stop again. Restarting and closing cost what the row says, once, in the month
of the decision. Candidates do not stop: the plan would not have built them. A recourse keeps the state in which the cut
finds the plant; it neither stops, restarts nor closes anything, but a restart decided before goes on.

(W1) a plant runs, is mothballed, or is closed for good
(W2) what runs again was restarted
(W3) only what was mothballed is restarted
(W4) what is restarted runs
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.case import Plant
from models.handed import same
from models.horizon import Slot
from models.modelling import pyo
from models.pieces import Piece
from models.run import Run, Study

STATES = ("runs", "mothballed", "restarted")
"""The columns that say in which state a plant is, where it may stop."""


def declare(m: Any, study: Study, before: int) -> None:
    """``runs[p, d]``, ``mothballed[p, d]``: state of plant p from decision date d on (binary); ``restarted[p, d]``: it is restarted at d.

    For the dates before month ``before``.
    """
    if not study.stoppable:
        return
    dates = [d for d in study.horizon.decision_dates if d < before]
    stored = [p.plant for p in study.stoppable if p.may_stop == "mothball"]
    m.STOPS = pyo.Set(
        dimen=2, initialize=[(p.plant, d) for p in study.stoppable for d in dates], doc="plants that may stop x decision dates"
    )
    m.MOTHBALLS = pyo.Set(dimen=2, initialize=[(p, d) for p in stored for d in dates], doc="plants that may be mothballed x decision dates")
    m.RESTARTS = pyo.Set(
        dimen=2,
        initialize=[(p, d) for p in stored for d in dates if d > 0],
        doc="plants that may be mothballed x decision dates but the first",
    )
    m.runs = pyo.Var(m.STOPS, domain=pyo.Binary, doc="plant runs from this date on")
    m.mothballed = pyo.Var(m.MOTHBALLS, domain=pyo.Binary, doc="plant is mothballed from this date on")
    m.restarted = pyo.Var(m.RESTARTS, bounds=(0, 1), doc="plant is restarted at this date")


def handed_over(m: Any, study: Study) -> None:
    """A recourse knows what runs, and what is being restarted."""
    if study.stoppable:
        for name in STATES:
            for key in m.component(name):
                m.handed[name, key] = same(name, key)


def constrain(m: Any, study: Study) -> None:
    """Rules W1 to W4."""
    if not study.stoppable:
        return
    before = dict(zip(study.horizon.decision_dates[1:], study.horizon.decision_dates, strict=False))

    def open_at(p: str, d: int | None) -> Any:
        if d is None:
            return 1
        return m.runs[p, d] + (m.mothballed[p, d] if (p, d) in m.MOTHBALLS else 0)

    @m.Constraint([k for k in m.STOPS if k[1] > 0 or k in m.MOTHBALLS], doc="(W1) a plant runs, is mothballed, or is closed for good")
    def closed_for_good(m: Any, p: str, d: int) -> Any:
        return open_at(p, d) <= open_at(p, before.get(d))

    @m.Constraint(m.RESTARTS, doc="(W2) what runs again was restarted")
    def runs_again_when_restarted(m: Any, p: str, d: int) -> Any:
        return m.runs[p, d] <= m.runs[p, before[d]] + m.restarted[p, d]

    @m.Constraint(m.RESTARTS, doc="(W3) only what was mothballed is restarted")
    def restarted_from_mothball(m: Any, p: str, d: int) -> Any:
        return m.restarted[p, d] <= m.mothballed[p, before[d]]

    @m.Constraint(m.RESTARTS, doc="(W4) what is restarted runs")
    def restarted_runs(m: Any, p: str, d: int) -> Any:
        return m.restarted[p, d] <= m.runs[p, d]


def costs(m: Any, run: Run) -> Iterator[Piece]:
    """Fixed cost of plants that may stop, by their state, and what restarting and closing cost."""
    study = run.study
    h = study.horizon
    ends = (*h.decision_dates[1:], h.months)
    for plant in study.stoppable:
        first, last = study.running_from(plant), min(h.months, study.running_to(plant))
        for d, end in zip(h.decision_dates, ends, strict=True):
            for slot in run.slots:
                months = slot.months_within(max(d, first), min(end, last))
                if months:
                    usd = h.usd(plant.currency, slot.first)
                    yield from _standing(m, plant, d, h.year(slot.first), h.discount(slot), months * usd)
        yield from _once(m, run, plant)


def _standing(m: Any, plant: Plant, d: int, year: int, discount: float, months: float) -> Iterator[Piece]:
    """Fixed cost of some months (times the dollars of its currency) from decision date ``d`` on: whole while it runs, a share while it
    is mothballed."""
    usd_m = plant.fixed_opex_usd_m_per_yr * months / 12
    yield Piece("fixed_opex", year, usd_m, discount, m.runs[plant.plant, d])
    if plant.may_stop == "mothball":
        yield Piece("fixed_opex", year, usd_m * plant.mothball_opex_share, discount, m.mothballed[plant.plant, d])


def _once(m: Any, run: Run, plant: Plant) -> Iterator[Piece]:
    """What restarting and closing cost, in the month in which they are decided."""
    h, p = run.study.horizon, plant.plant
    previous: int | None = None
    for d in h.decision_dates:
        year, discount, usd = h.year(d), h.discount(Slot(d, 1)), h.usd(plant.currency, d)
        if (p, d) in m.RESTARTS:
            yield Piece("stop_restart", year, plant.restart_usd_m * usd, discount, m.restarted[p, d])
        if plant.retire_usd_m:
            for variables, sign in ((_open(m, p, previous), 1.0), (_open(m, p, d), -1.0)):
                for variable in variables:
                    yield Piece("stop_restart", year, sign * plant.retire_usd_m * usd, discount, variable)
        previous = d


def _open(m: Any, p: str, d: int | None) -> list[Any]:
    """The columns of which one is 1 while a plant is not closed; None stands for the constant 1."""
    if d is None:
        return [None]
    return [m.runs[p, d], *([m.mothballed[p, d]] if (p, d) in m.MOTHBALLS else [])]
