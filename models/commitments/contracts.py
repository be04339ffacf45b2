"""Contracts: which of the offers are signed, and when.

(K1) a contract is signed at most once
(K2) at most one contract of an exclusive group is signed
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from models.handed import same
from models.modelling import pyo
from models.run import Study


def declare(m: Any, study: Study, before: int) -> None:
    """``signed[c, d]``: contract c on offer is signed at month d (binary), for the dates before month ``before``."""
    m.SIGNINGS = pyo.Set(
        dimen=2, initialize=[(c, d) for c, d in study.signings if d < before], doc="contracts on offer x months of signature"
    )
    m.signed = pyo.Var(m.SIGNINGS, domain=pyo.Binary, doc="contract is signed at this month")


def handed_over(m: Any) -> None:
    """A recourse knows what was decided before it."""
    for key in m.SIGNINGS:
        m.handed["signed", key] = same("signed", key)


def constrain(m: Any, study: Study) -> None:
    """Rules K1 and K2."""
    dates: dict[str, list[tuple[str, int]]] = defaultdict(list)
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for c, d in m.SIGNINGS:
        dates[c].append((c, d))
        if group := study.contracts[c].exclusive_group:
            groups[group].append((c, d))

    @m.Constraint(list(dates), doc="(K1) a contract is signed at most once")
    def signed_at_most_once(m: Any, c: str) -> Any:
        return pyo.quicksum(m.signed[key] for key in dates[c]) <= 1

    @m.Constraint(list(groups), doc="(K2) at most one contract of an exclusive group is signed")
    def one_contract_of_a_group(m: Any, group: str) -> Any:
        return pyo.quicksum(m.signed[key] for key in groups[group]) <= 1
