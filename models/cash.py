"""Cash: what is paid in each calendar year of the plan, beside the cost that the plan is chosen by.

The cost table charges capital, programmes and prepayments as annuities, and goes on behind the end of the plan; it also counts
what nobody pays: the cost of shortage, penalties, the value of the stock left. The cash table leaves these out and counts
capital in the months in which it is spent, programmes at their decision and prepayments at signature.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from models.commitments.sizes import capital
from models.cost import TERMS
from models.financing import flows_usd_m
from models.pieces import Piece
from models.plan import Cash
from models.run import Study
from models.spending import payments


def spent(m: Any, study: Study) -> Iterator[Piece]:
    """What is paid for what the base plan's annuities charge, undiscounted."""
    h = study.horizon
    for p, d in m.BUILDINGS:
        for month, usd in payments(study, study.plants[p], study.online(study.plants[p], d)):
            for usd_m, variable in capital(m, study, p, d):
                yield Piece("capex", h.year(month), usd_m * usd, 1.0, variable)
    if study.residue:
        for s, d in m.CELLS:
            site = study.residue.sites[s]
            for month, usd in payments(study, site, study.residue.ready(s, d)):
                yield Piece("capex", h.year(month), site.capex_usd_m * usd, 1.0, m.cells[s, d])
    for g, d in m.STARTS:
        yield Piece("programmes", h.year(d), study.programmes.rows[g].capex_usd_m * h.escalation(d), 1.0, m.started[g, d])
    for row in study.case.financings:
        for c, d in m.SIGNINGS:
            if c == row.contract:
                variable = m.financed[row.financing, d] if row.optional else m.signed[c, d]
                for month, usd_m in flows_usd_m(row, d, study.delivery(study.contracts[c], d).start):
                    if month < h.months:
                        yield Piece("financing", h.year(month), usd_m, 1.0, variable)
    for c, d in m.SIGNINGS:
        contract = study.contracts[c]
        yield Piece("upfront", h.year(d), contract.upfront_usd_m * h.usd(contract.currency, d), 1.0, m.signed[c, d])


def read_cash(m: Any, study: Study, value_of: Callable[[Any], float]) -> tuple[Cash, ...]:
    """The cash table of a base plan; ``value_of`` gives the value of a variable. Terms and years in which nothing is paid are left out."""
    money: dict[tuple[str, int], float] = defaultdict(float)
    for piece in (*(p for p in m.cost_pieces if p.paid), *spent(m, study)):
        money[piece.term, piece.year] += piece.usd_m * (1.0 if piece.variable is None else value_of(piece.variable))
    order = {term: i for i, term in enumerate(TERMS)}
    keys = sorted(money, key=lambda key: (order[key[0]], key[1]))
    return tuple(Cash(term=term, year=year, usd_m=money[term, year]) for term, year in keys if money[term, year])
