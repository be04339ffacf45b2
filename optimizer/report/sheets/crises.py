"""Sheet Crisis cost: what each cut-off would cost, from which start, and of what that is made up."""

from __future__ import annotations

from collections import defaultdict

from models.plan import CrisisCost, Pattern, Restored
from optimizer.report.book import Book
from optimizer.report.look import AMBER, GREEN, MARGIN, MONEY, PERCENT, RED, TONNES, WHOLE
from optimizer.report.page import Column, Page, Value
from optimizer.report.survival import run_name

MOST_RESTORED = 12
"""So many lines of what is restored are shown of each cut-off's dearest start."""

BY_CUTOFF = (
    Column("Cut-off", width=20),
    Column("Chance", "per year", "Chance that it begins within a year; empty: none is given, so that nothing is expected.", PERCENT, 9),
    Column("Starts", "", "Starts whose crisis cost is known and that stand for months of the plan.", WHOLE, 8),
    Column("Least", "million USD", "Crisis cost from the cheapest start.", MONEY, 11),
    Column("Mean", "million USD", "Over all months in which it may start.", MONEY, 11),
    Column("Worst, mean", "million USD", "Mean of the dearest starts, at the level that the settings say.", MONEY, 11),
    Column("Dearest", "million USD", "Crisis cost from the dearest start.", MONEY, 11),
    Column("Dearest start", "month", width=10),
    Column("Budget", "million USD", "Most that it may cost from any start; empty: no limit.", MONEY, 11),
    Column("Expected", "million USD", "Chance x cost over the plan, discounted: part of the plan's cost.", MONEY, 11),
)

BY_START = (
    Column("Cut-off", width=20),
    Column("Start", "month", "First month of the cut.", width=9),
    Column("Missing", "t REO", "Least protected demand that cannot be served; where it need not be, its shortage is priced.", TONNES, 8),
    Column("Recourse", "million USD", "What is bought, lifted, converted, stored and left unserved in the window.", MONEY, 11),
    Column("Restoring", "million USD", "Stocks and owed minimums, afterwards, as the base plan has them.", MONEY, 11),
    Column("Same months", "million USD", "What the base plan spends in the same months: not counted twice.", MONEY, 11),
    Column("Crisis cost", "million USD", "Recourse and restoring, less the same months.", MONEY, 11),
    Column("Expected", "times", "Chance per year x the months that this start stands for / 12.", MARGIN, 10),
)

RESTORED = (
    Column("Cut-off", width=20),
    Column("Start", "month", width=9),
    Column("What", "", "A stock, or a contract minimum that is still owed.", width=9),
    Column("Material or contract", width=20),
    Column("Form or source", width=18),
    Column("Tonnes", "t REO", "", TONNES, 9),
    Column("Price", "USD/kg REO", "Base price plus conversion; or what a minimum costs that is not lifted.", MONEY, 10),
    Column("Cost", "million USD", "", MONEY, 10),
)

LEAD = (
    "What a crisis costs beyond the plan: the cheapest way through its window, and restoring stocks and owed minimums at its end, "
    "less what the plan would have spent in the same months anyway. In the money of each month, not discounted unless a column says so."
)


def write(book: Book) -> None:
    """By cut-off, what is restored after the dearest start of each, then every start."""
    view = book.view
    known = [p for p in view.plan.patterns if p.crisis_usd_m is not None]
    if not known:
        return
    page = book.page("Crisis cost", "Crisis cost", LEAD, across=10)
    summary, settings = view.plan.summary, view.case.settings
    if summary.expected_crisis_usd_m:
        page.text(f"Expected, one crisis at a time: {summary.expected_crisis_usd_m:,.2f} million USD, part of the plan's cost.")
    if summary.crisis_cvar_usd_m is not None:
        limit = settings.crisis_cvar_budget_usd_m
        kept = "" if limit is None else f"; no more than {limit:,.2f} was allowed"
        tail = 100 * (1 - settings.crisis_cvar_level)
        page.text(f"The dearest {tail:g} % of all crises cost {summary.crisis_cvar_usd_m:,.2f} million USD in the mean{kept}.")
    page.section("By cut-off")
    rows = [_by_cutoff(c) for c in view.plan.crisis_costs]
    over = [c.budget_usd_m is not None and (c.most_usd_m or 0.0) > c.budget_usd_m * (1 + 1e-6) for c in view.plan.crisis_costs]
    within = [c.budget_usd_m is not None for c in view.plan.crisis_costs]
    page.table(BY_CUTOFF, rows, fill=lambda r, c, _v: (RED if over[r] else GREEN) if c == 8 and within[r] else "")
    _restored(page, view.plan.restored, known)
    page.section("By start")
    dearest = {max((p for p in known if p.cutoff == name), key=_cost) for name in {p.cutoff for p in known}}
    page.table(
        BY_START, [_by_start(p) for p in known], fill=lambda r, c, _v: AMBER if c == 6 and known[r] in dearest else "", filtered=True
    )
    page.sheet.freeze_panes = "B1"


def _cost(pattern: Pattern) -> float:
    return pattern.crisis_usd_m or 0.0


def _by_cutoff(c: CrisisCost) -> list[Value]:
    return [
        c.cutoff,
        c.annual_probability or None,
        c.starts,
        c.least_usd_m,
        c.mean_usd_m,
        c.worst_usd_m,
        c.most_usd_m,
        c.dearest_start,
        c.budget_usd_m,
        c.expected_usd_m if c.annual_probability else None,
    ]


def _by_start(p: Pattern) -> list[Value]:
    return [
        p.cutoff,
        p.start,
        p.missing_t or None,
        p.recourse_usd_m,
        p.restoring_usd_m,
        p.base_usd_m,
        p.crisis_usd_m,
        p.expected_crises or None,
    ]


def _restored(page: Page, restored: tuple[Restored, ...], known: list[Pattern]) -> None:
    """What is restored after the dearest start of each cut-off, dearest first."""
    by_run: dict[str, list[Restored]] = defaultdict(list)
    for row in restored:
        by_run[row.run].append(row)
    rows: list[list[Value]] = []
    for name in dict.fromkeys(p.cutoff for p in known):
        worst = max((p for p in known if p.cutoff == name), key=_cost)
        lines = sorted(by_run[run_name(worst)], key=lambda r: -r.usd_m)
        for r in lines[:MOST_RESTORED]:
            where = f"{r.of} {r.year}".strip()
            what = "stock" if r.what == "stock" else "owed"
            rows.append([name, worst.start, what, r.name, where, r.tonnes_t, r.usd_per_kg, r.usd_m])
    page.section("What is restored after the dearest start")
    ruled = {i for i, row in enumerate(rows) if i and rows[i - 1][0] != row[0]}
    page.table(RESTORED, rows, ruled=ruled, empty="Nothing has to be restored.")
