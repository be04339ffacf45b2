"""Whether a case can be planned with: all that is wrong with it, at once, in a planner's words.

Holds for a case from a workbook and for one built in Python alike. The rules live beside this page, by subject: single cells in
`check_cells`, materials and plants in `check_chain`, rates and fractions in `check_feeds`, stores in `check_stocks`, contracts,
dates and cut-offs in `check_terms`, terms of contract lines in `check_deals`, how cut-offs unfold in `check_crises`, money in
`check_money`, how plants are paid for and stopped in `check_works`, programmes in `check_programmes`, the planner's own rules in
`check_rules`, routes in `check_routes`, what is negotiable in `check_negotiable`.
"""

from __future__ import annotations

from models.case import Case
from models.check_cells import cell_findings
from models.check_chain import CHAIN_RULES, MATERIAL_RULES
from models.check_crises import CRISIS_COST_RULES, CRISIS_RULES
from models.check_deals import DEAL_RULES
from models.check_feeds import FEED_RULES
from models.check_money import COMPARISON_RULES, MONEY_RULES
from models.check_negotiable import NEGOTIABLE_RULES
from models.check_programmes import EFFECT_RULES, PROGRAMME_RULES
from models.check_residue import RESIDUE_RULES
from models.check_routes import ROUTE_RULES
from models.check_rules import PLANNER_RULES
from models.check_stocks import STOCK_RULES
from models.check_terms import TERM_RULES
from models.check_works import WORKS_RULES
from models.findings import Doubtful, Finding, Rule

__all__ = ["STAGES", "Doubtful", "Finding", "check", "examine"]

STAGES: tuple[tuple[Rule, ...], ...] = (
    (*MATERIAL_RULES, *CRISIS_RULES, *EFFECT_RULES),
    (
        *CHAIN_RULES,
        *FEED_RULES,
        *STOCK_RULES,
        *RESIDUE_RULES,
        *TERM_RULES,
        *DEAL_RULES,
        *MONEY_RULES,
        *WORKS_RULES,
        *PLANNER_RULES,
        *PROGRAMME_RULES,
        *ROUTE_RULES,
        *NEGOTIABLE_RULES,
        *CRISIS_COST_RULES,
    ),
    COMPARISON_RULES,
)
"""Every rule across tables. A stage relies on the sheets in which the stages before it found no error."""


def check(case: Case) -> tuple[Finding, ...]:
    """Everything that is wrong with a case: errors, which refuse it, and warnings. Empty for a sound case."""
    return examine(case, Doubtful())


def examine(case: Case, doubtful: Doubtful) -> tuple[Finding, ...]:
    """As `check`, for a case of which some cells or sheets could not be read.

    Nothing is said about the stand-ins in such cells, and a rule across tables is asked only when every sheet it looks
    at is sound, so that one slip is reported once.
    """
    found = list(cell_findings(case, doubtful))
    unsound = set(doubtful.tables) | {table for table, _, _ in doubtful.cells} | {f.table for f in found if f.severity == "error"}
    for stage in STAGES:
        fresh = [finding for rule in stage if not rule.tables & unsound for finding in rule.find(case)]
        unsound |= {finding.table for finding in fresh if finding.severity == "error"}
        found += fresh
    return tuple(finding for finding in found if (finding.table, finding.row, finding.field) not in doubtful.cells)
