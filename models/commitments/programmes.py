"""Programmes: which candidates are started, and when.

(G1) a programme is started at most once
(G2) at most one programme of an exclusive group is started
(G3) a programme is started no sooner than what it requires
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from models.handed import same
from models.horizon import Slot
from models.modelling import pyo
from models.pieces import Piece
from models.run import Run, Study


def declare(m: Any, study: Study, before: int) -> None:
    """``started[g, d]``: candidate programme g is started at month d (binary), for the dates before month ``before``."""
    m.STARTS = pyo.Set(
        dimen=2, initialize=[(g, d) for g, d in study.programmes.starts if d < before], doc="candidate programmes x months of decision"
    )
    m.started = pyo.Var(m.STARTS, domain=pyo.Binary, doc="programme is started at this month")


def handed_over(m: Any) -> None:
    """A recourse knows what was decided before it."""
    for key in m.STARTS:
        m.handed["started", key] = same("started", key)


def constrain(m: Any, study: Study) -> None:
    """Rules G1 to G3. What is required and in force is there already."""
    rows = study.programmes.rows
    dates: dict[str, list[tuple[str, int]]] = defaultdict(list)
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for g, d in m.STARTS:
        dates[g].append((g, d))
        if group := rows[g].exclusive_group:
            groups[group].append((g, d))

    @m.Constraint(list(dates), doc="(G1) a programme is started at most once")
    def started_at_most_once(m: Any, g: str) -> Any:
        return pyo.quicksum(m.started[key] for key in dates[g]) <= 1

    @m.Constraint(list(groups), doc="(G2) at most one programme of an exclusive group is started")
    def one_programme_of_a_group(m: Any, group: str) -> Any:
        return pyo.quicksum(m.started[key] for key in groups[group]) <= 1

    needed = [(g, d, r) for g, d in m.STARTS for r in rows[g].requires if rows[r].status == "candidate"]

    @m.Constraint(needed, doc="(G3) a programme is started no sooner than what it requires")
    def start_after_what_it_requires(m: Any, g: str, d: int, r: str) -> Any:
        return pyo.quicksum(m.started[key] for key in dates[g] if key[1] <= d) <= pyo.quicksum(
            m.started[key] for key in dates[r] if key[1] <= d
        )


def costs(m: Any, run: Run, charged: Sequence[Slot]) -> Iterator[Piece]:
    """Cost of what is started, in the slots ``charged``; fixed cost of what is in force, a constant, in the plan's.

    What is spent at the decision, as dear as costs have risen to in that month and compounded to the first effect, is an annuity over
    the programme's life from there; the fixed cost rises from year to year.
    """
    h, programmes = run.study.horizon, run.study.programmes
    for row in programmes.rows.values():
        if row.status == "in force" and row.fixed_usd_m_per_yr > 0:
            for slot in run.slots:
                months = slot.months_within(programmes.first_effect(row, None), h.months)
                usd_m = row.fixed_usd_m_per_yr * h.escalation(slot.first) * months / 12
                yield Piece("programmes", h.year(slot.first), usd_m, h.discount(slot), None)
    for g, d in m.STARTS:
        row = programmes.rows[g]
        first = programmes.first_effect(row, d)
        yearly = h.annual_payment(row.capex_usd_m * h.escalation(d) * h.monthly_rate**row.lead_months, row.life_years)
        for slot in charged:
            paid = yearly * slot.months_within(first, first + 12 * row.life_years)
            runs = row.fixed_usd_m_per_yr * h.escalation(slot.first) * slot.months_within(first, slot.end)
            for usd_m, now in ((paid, False), (runs, slot.first < h.months)):
                if usd_m:
                    yield Piece("programmes", h.year(slot.first), usd_m / 12, h.discount(slot), m.started[g, d], now)
