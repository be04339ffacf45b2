"""The independent audit of a plan: re-computed from the input records and the plan's rows alone.

It shares no equation with the model and imports neither a solver nor a modelling library: it reads the same records and
does its own arithmetic, so that a mistake of the model does not repeat here. It finds whatever a plan does that the case
does not allow; it cannot tell that a cheaper plan exists (the solver's bound does).
"""

from __future__ import annotations

import math

from models.case import Case
from models.plan import Pattern, Plan
from optimizer.audit.ages import check_ages
from optimizer.audit.book import Book, DemandKey
from optimizer.audit.cash import check_cash
from optimizer.audit.crisis import Crises, counts
from optimizer.audit.decisions import Decisions, decisions
from optimizer.audit.joint import check_joint_costs
from optimizer.audit.money import SMALLEST_SHARE, check_money, operating_costs
from optimizer.audit.operation import check_balance, check_plants, check_sales, check_service, check_tolled, flows_of, taken_of
from optimizer.audit.owed import check_owed, first_day_owed, opening_owed
from optimizer.audit.planner import check_planner
from optimizer.audit.programmes import check_replaced
from optimizer.audit.repairs import check_repairs
from optimizer.audit.residue import cells_of, check_residue
from optimizer.audit.routes import check_routes
from optimizer.audit.rows import BASE, Rows, Run
from optimizer.audit.rules import RULES, UNCHECKED, Rule, check_coverage
from optimizer.audit.settlements import settle, settle_window
from optimizer.audit.shipping import check_arrivals
from optimizer.audit.shortage import check_shortage
from optimizer.audit.starts import check_missing, check_patterns, check_starts, check_targets, passed
from optimizer.audit.stores import Levels, check_cover, check_fresh, check_stocks
from optimizer.audit.together import told_apart
from optimizer.audit.told import check_told
from optimizer.audit.trade import check_trade
from optimizer.audit.verdict import KEPT_PER_RULE, TOLERANCE, Finding, Ledger, Verdict

__all__ = ["KEPT_PER_RULE", "RULES", "TOLERANCE", "UNCHECKED", "Finding", "Rule", "Verdict", "audit"]


def audit(case: Case, plan: Plan) -> Verdict:
    """Re-compute ``plan`` for ``case`` and say whether every rule of `RULES` holds.

    The case must be one that the checks of the input accept, with the settings (calendar, gap) that the plan was made
    with; a row of cut-offs of any so many at once is told apart here. Rows that the plan leaves out count as zero. The answer that
    no plan survives is replayed like any other: what it lacks is what its rows do not serve (see `optimizer.audit.shortage`).
    Raises ``ValueError`` where the case itself cannot be read, such as a source without a price.
    """
    case = told_apart(case)
    ledger = Ledger(case.settings.start)
    book = Book(case)
    rows = Rows(book, plan, ledger)
    base = rows.runs[BASE]
    base.owed_opening = first_day_owed(book)
    made = decisions(book, plan, ledger)
    cells = cells_of(book, plan, ledger)
    levels = Levels(book, base)
    by_run = check_patterns(book, plan, ledger)
    check_starts(book, plan, rows, by_run, ledger)
    check_missing(book, plan, by_run, ledger)
    check_targets(book, plan, levels, ledger)
    lacking: dict[str, dict[tuple[DemandKey, int], float]] = {}
    for run in rows.runs.values():
        settled_usd_m = 0.0 if run.cut is None else settle_window(book, made, base, run, plan, ledger)
        lacking[run.name] = _replay(book, made, levels, base, run, by_run.get(run.name), settled_usd_m, ledger)
        check_residue(book, cells, run, base, ledger)
    check_shortage(book, plan, by_run, lacking, ledger)
    check_repairs(book, plan, ledger)
    check_cover(book, base, taken_of(book, base), ledger)
    check_ages(book, plan, base, ledger)
    settled = settle(book, made, base, plan, ledger)
    penalties = check_planner(book, made, cells, base, levels, settled, plan, ledger)
    expected = Crises(book, made, levels, base, settled, plan, ledger).check(rows.runs, by_run)
    cost = check_money(book, made, cells, base, settled, penalties, expected, plan, ledger)
    check_cash(book, made, cells, base, settled, plan, ledger)
    check_joint_costs(book, base, plan, ledger)
    check_told(book, plan, rows, made, ledger)
    check_coverage(case, plan, ledger)
    return ledger.close(cost)


def _replay(
    book: Book, made: Decisions, levels: Levels, base: Run, run: Run, pattern: Pattern | None, settled_usd_m: float, ledger: Ledger
) -> dict[tuple[DemandKey, int], float]:
    """One run against all rules of operation; a recourse also against what its pattern says of it: that nothing is missing, or no
    more than so much, and its cost, with what is paid for minimums not lifted. Where nothing has to be survived, shortage has its price: a
    recourse may lack more than it would have to. Returns what it lacks, by demand and month.
    """
    if run.cut is not None:
        run.owed_opening = opening_owed(book, base, run)
    check_owed(book, run, ledger)
    check_trade(book, made, run, ledger)
    check_plants(book, made, run, ledger)
    check_arrivals(book, run, base, ledger)
    check_tolled(book, run, base, ledger)
    check_stocks(book, levels, run, ledger)
    check_balance(run, flows := flows_of(book, run, base), ledger)
    check_routes(book, run, base, ledger)
    check_fresh(book, run, flows.comes, ledger)
    check_sales(book, run, flows, ledger)
    check_replaced(book, made.starts, run, ledger)
    survived = pattern is None or passed(pattern)
    needed = pattern is None or pattern.must_survive or not counts(book, pattern)
    lacking = check_service(book, run, survived and needed, ledger)
    if pattern is None:
        return lacking
    if not survived and pattern.must_survive:
        ledger.at_most("missing", math.fsum(lacking.values()), pattern.missing_t, run.name, None, ("missing_t",))
    if pattern.recourse_usd_m is not None:
        cost = math.fsum(amount for _, _, amount in operating_costs(book, run)) + settled_usd_m
        ledger.equal("recourse-cost", pattern.recourse_usd_m, cost, run.name, None, ("recourse_usd_m",), floor=SMALLEST_SHARE)
    return lacking
