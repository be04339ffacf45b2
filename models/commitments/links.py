"""Links between contracts and what else is decided: extensions, what a contract requires, what it excludes.

An extension begins where another contract ends and is signed its lead time before; a contract that can be signed at several
dates has several ends, and each gives the extension a date of its own. An expansion is a further contract that requires the
first. Plants count from the decision to build them.

(K21) an extension is signed only at the end of a contract that is signed
(K22) a contract is signed no sooner than what it requires
(K23) a contract is not signed beside what it excludes
"""

from __future__ import annotations

from typing import Any

from models.modelling import pyo
from models.run import Study


def constrain(m: Any, study: Study) -> None:
    """Rules K21 to K23, only where something is linked."""
    extended = [
        (c, d) for c, d in m.SIGNINGS if study.contracts[c].extends and study.contracts[study.contracts[c].extends].status != "in force"
    ]

    @m.Constraint(extended, doc="(K21) an extension is signed only at the end of a contract that is signed")
    def extend_what_is_signed(m: Any, c: str, d: int) -> Any:
        first = study.contracts[c].extends
        ends = study.ends_of(first, [k for name, k in m.SIGNINGS if name == first])
        return m.signed[c, d] <= pyo.quicksum(m.signed[first, k] for k in ends.get(d + study.contracts[c].lead_months, ()))

    required = [(c, d, r) for c, d in m.SIGNINGS for r in study.contracts[c].requires if not _given(study, r)]

    @m.Constraint(required, doc="(K22) a contract is signed no sooner than what it requires")
    def sign_after_what_it_requires(m: Any, c: str, d: int, r: str) -> Any:
        return m.signed[c, d] <= pyo.quicksum(variable for date, variable in _decisions(m, r) if date <= d)

    excluded = [(c, x) for c in dict.fromkeys(c for c, _ in m.SIGNINGS) for x in study.contracts[c].excludes]

    @m.Constraint(excluded, doc="(K23) a contract is not signed beside what it excludes")
    def sign_not_beside_what_it_excludes(m: Any, c: str, x: str) -> Any:
        signed = pyo.quicksum(m.signed[key] for key in m.SIGNINGS if key[0] == c)
        most = study.plants[x].max_units if x in study.plants else 1
        if _given(study, x):
            return signed <= 0
        return most * signed + pyo.quicksum(variable for _, variable in _decisions(m, x)) <= most


def _given(study: Study, name: str) -> bool:
    """Whether a contract, plant or programme is there already: in force, or standing."""
    if name in study.contracts:
        return study.contracts[name].status == "in force"
    if name in study.plants:
        return study.plants[name].status != "candidate"
    return study.programmes.rows[name].status != "candidate"


def _decisions(m: Any, name: str) -> list[tuple[int, Any]]:
    """The dates at which a contract, plant or programme can be decided, and the variable that decides it."""
    kinds = ((m.SIGNINGS, m.signed), (m.BUILDINGS, m.built), (m.STARTS, m.started))
    return [(key[1], variable[key]) for keys, variable in kinds for key in keys if key[0] == name]
