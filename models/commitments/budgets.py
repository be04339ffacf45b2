"""Budgets: money that the base plan commits or spends in a calendar year, in the money of that year, undiscounted.

Capital of plants and disposal cells counts in the months in which it is spent (`models.spending`), what is spent for a
programme in the month in which it is started, prepayments and the money put up with a contract in the month of
signature (what comes back of it later makes no room); what is bought and lifted less
rebates, freight, and minimums that are paid and not lifted count in the year of their period. What is spent behind the
end of the plan is under no budget.

(R6) no more is spent in a year than the budget
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from models.commitments.sizes import capital
from models.modelling import pyo
from models.run import Study
from models.spending import payments

CAPEX, PREPAYMENTS = "capex", "prepayments"
PURCHASES = ("purchases", "contracts", "take_or_pay", "rebates", "freight")
"""Cost terms that count as purchases."""

COUNTED = {
    "capex": (CAPEX,),
    "prepayments": (PREPAYMENTS,),
    "commitments": (CAPEX, PREPAYMENTS),
    "purchases": ("purchases",),
    "all": (CAPEX, PREPAYMENTS, "purchases"),
}
"""What each budget counts."""

Terms = list[tuple[float, Any]]
"""Million USD per unit of a variable, and the variable."""


def spent(m: Any, study: Study) -> dict[tuple[str, int], Terms]:
    """Money by kind and calendar year of the plan."""
    h = study.horizon
    found: dict[tuple[str, int], Terms] = defaultdict(list)
    for p, d in m.BUILDINGS:
        plant = study.plants[p]
        for month, usd in payments(study, plant, study.online(plant, d)):
            found[CAPEX, h.year(month)] += [(capex * usd, variable) for capex, variable in capital(m, study, p, d) if capex]
    for s, d in m.CELLS if study.residue else ():
        site = study.residue.sites[s]
        for month, usd in payments(study, site, study.residue.ready(s, d)):
            if site.capex_usd_m:
                found[CAPEX, h.year(month)].append((site.capex_usd_m * usd, m.cells[s, d]))
    for g, d in m.STARTS:
        if capex := study.programmes.rows[g].capex_usd_m:
            found[CAPEX, h.year(d)].append((capex * h.escalation(d), m.started[g, d]))
    for c, d in m.SIGNINGS:
        if upfront := study.contracts[c].upfront_usd_m:
            found[PREPAYMENTS, h.year(d)].append((upfront * h.usd(study.contracts[c].currency, d), m.signed[c, d]))
        for row in study.case.financings:
            if row.contract == c and row.usd_m:
                variable = m.financed[row.financing, d] if row.optional else m.signed[c, d]
                found[PREPAYMENTS, h.year(d)].append((row.usd_m, variable))
    for piece in m.cost_pieces:
        if piece.term in PURCHASES and piece.variable is not None and piece.usd_m:
            found["purchases", piece.year].append((piece.usd_m, piece.variable))
    return found


def constrain(m: Any, study: Study) -> None:
    """Rule R6; ``m.spent`` keeps for the reader what it adds up, by (row of the sheet counted from 1, year)."""
    m.spent = {}
    if study.case.budgets:
        money = spent(m, study)
        for n, budget in enumerate(study.case.budgets, 1):
            for year in study.horizon.years if budget.year is None else (budget.year,):
                m.spent[n, year] = [term for kind in COUNTED[budget.counts] for term in money.get((kind, year), ())]

    @m.Constraint([key for key, terms in m.spent.items() if terms], doc="(R6) no more is spent in a year than the budget")
    def keep_the_budget(m: Any, n: int, year: int) -> Any:
        return pyo.quicksum(usd_m * variable for usd_m, variable in m.spent[n, year]) <= study.case.budgets[n - 1].usd_m
