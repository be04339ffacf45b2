"""Counts: how many of some contracts, plants, programmes and sources the base plan takes.

A contract counts when it is signed in the time that the row gives, one in force always; a plant with the units that are
decided in that time, one that exists as one; a programme when it is started in that time, one in force always. A source
counts where it delivers at all in a period that begins in that time, bought or lifted; towards 'at least' only where it
delivers so much as the row asks for, else a gram would do.

(R3) no more and no fewer are taken than the planner says
(R4) a source that delivers counts
(R5) a source that counts delivers
"""

from __future__ import annotations

from typing import Any

from models.case import Count
from models.modelling import pyo
from models.run import Run, Study


def months(study: Study, count: Count) -> range:
    """Months of the plan in which a row counts."""
    h = study.horizon
    return range(max(0, h.month_of(count.from_month, 0)), min(h.months, h.month_of(count.by_month, h.months - 1) + 1))


def standing(study: Study, count: Count) -> int:
    """How many of a row's members are there anyhow: contracts and programmes in force, existing plants."""
    contracts = sum(study.contracts[c].status == "in force" for c in count.members if c in study.contracts)
    programmes = sum(row.status == "in force" for g, row in study.programmes.rows.items() if g in count.members)
    return contracts + programmes + sum(study.plants[p].status == "existing" for p in count.members if p in study.plants)


def taken(m: Any, study: Study, n: int, count: Count) -> list[Any]:
    """The columns that a row adds up."""
    inside = months(study, count)
    signed = [m.signed[c, d] for c, d in m.SIGNINGS if c in count.members and d in inside]
    built = [m.built[p, d] for p, d in m.BUILDINGS if p in count.members and d in inside]
    started = [m.started[g, d] for g, d in m.STARTS if g in count.members and d in inside]
    return [*signed, *built, *started, *(m.used[n, s] for s in count.members if s in study.sources)]


def delivered(b: Any, study: Study, source: str, inside: range) -> dict[int, list[Any]]:
    """What a source delivers, by the slots that begin in some months."""
    found: dict[int, list[Any]] = {slot.first: [] for slot in study.horizon.slots if slot.first in inside}
    for t in found:
        if (source, t) in b.PURCHASES:
            found[t].append(b.bought_t[source, t])
        found[t] += [b.lifted_t[c, s, t] for c, s in study.lines if s == source and (c, s, t) in b.LIFTINGS]
    return {t: variables for t, variables in found.items() if variables}


def constrain(m: Any, run: Run) -> None:
    """Rules R3 to R5 and, for the sources that a row names, ``used[row, source]`` (binary)."""
    study, b = run.study, m.operation
    rows = dict(enumerate(study.case.counts, 1))
    m.USED = pyo.Set(
        dimen=2,
        initialize=[(n, s) for n, row in rows.items() for s in row.members if s in study.sources],
        doc="rows of the sheet Counts x sources that they name",
    )
    m.used = pyo.Var(m.USED, domain=pyo.Binary, doc="source delivers in the time of the row")
    flows = {(n, s): delivered(b, study, s, months(study, rows[n])) for n, s in m.USED}
    slots = {slot.first: slot for slot in run.slots}
    asked = [(n, sense) for n, row in rows.items() for sense in ("at_least", "at_most") if getattr(row, sense) is not None]

    @m.Constraint(asked, doc="(R3) no more and no fewer are taken than the planner says")
    def take_so_many(m: Any, n: int, sense: str) -> Any:
        limit = getattr(rows[n], sense) - standing(study, rows[n])
        columns = taken(m, study, n, rows[n])
        if not columns:
            held = limit <= 0 if sense == "at_least" else limit >= 0
            return pyo.Constraint.Skip if held else pyo.Constraint.Infeasible
        return pyo.quicksum(columns) >= limit if sense == "at_least" else pyo.quicksum(columns) <= limit

    @m.Constraint([(n, s, t) for (n, s), by_slot in flows.items() for t in by_slot], doc="(R4) a source that delivers counts")
    def count_what_delivers(m: Any, n: int, s: str, t: int) -> Any:
        return pyo.quicksum(flows[n, s][t]) <= run.output_t(study.sources[s], slots[t]) * m.used[n, s]

    @m.Constraint([key for key in m.USED if rows[key[0]].at_least is not None], doc="(R5) a source that counts delivers")
    def deliver_to_count(m: Any, n: int, s: str) -> Any:
        return pyo.quicksum(v for variables in flows[n, s].values() for v in variables) >= rows[n].source_from_t * m.used[n, s]
