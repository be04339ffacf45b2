"""Sheet Costs: every term by year; the total is the plan's cost."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from models.plan import Plan
from optimizer.report.book import Book
from optimizer.report.charts import Span, column_chart
from optimizer.report.look import GREEN, MONEY, PERCENT, PLAIN, RED, TINY, Look
from optimizer.report.page import Column, Value, year_columns

WORDS: dict[str, tuple[str, str]] = {
    "purchases": ("Purchases", "Material bought without a contract."),
    "orders": ("Orders", "Fixed cost of each period in which something is bought of a source that charges for orders."),
    "contracts": ("Liftings under contracts", "Material lifted under contracts, at the contract's price."),
    "take_or_pay": ("Take-or-pay", "Contract minimums that are paid and not lifted."),
    "rebates": ("Rebates (income)", "What contracts give back where the index is above their trigger: negative."),
    "volume_discounts": ("Volume discounts", "What tonnes above a contract's steps cost less: negative."),
    "make_up": ("Make-up credits", "Tonnes paid as a minimum in an earlier year, credited when they are lifted: negative."),
    "freight": ("Freight", "Freight and insurance of all that is bought and lifted."),
    "transport": ("Transport", "Routes: per tonne, and the fixed cost of those that are used."),
    "conversion": ("Conversion", "Variable cost of plants."),
    "storage": ("Storage", "Cost of keeping stocks."),
    "handling": ("Handling", "Cost of putting in and taking out of stores."),
    "capex": ("New plants: capital", "Annuities of the plants and disposal cells built, for the years inside the plan."),
    "fixed_opex": ("Plants: fixed cost", "Fixed operating cost of existing and new plants."),
    "stop_restart": ("Plants: stops", "What restarting and closing existing plants costs."),
    "financing": ("Contract financing", "Prepayments, equity and loans less the value of what comes back, as annuities."),
    "upfront": ("Contract prepayments", "Annuities of prepayments, equity or loans at signature."),
    "programmes": ("Programmes", "Annuities and fixed cost of programmes, and what each kilogram that they replace costs."),
    "disposal": ("Disposal", "Getting rid of surplus."),
    "residue": ("Residue", "Interim storage and disposal of residue, sites and cells."),
    "backorders": ("Backorders", "Demand that is owed at the end of a period, to be served later."),
    "shortage": ("Shortage", "Demand that the base plan does not serve, at its shortage cost."),
    "penalties": ("Penalties", "What is delivered beyond a priced share ceiling, at the ceiling's price."),
    "sales": ("Sales of surplus (income)", "Income: negative."),
    "terminal_stock": ("Stock left at the end (value)", "Value of what is left at the end: negative."),
    "expected_crisis": ("Crises, expected", "What crises are expected to cost where cut-offs have a chance, see sheet Crisis cost."),
}
"""Name and meaning of the cost terms."""


def named(term: str) -> str:
    """The name of a cost term for a reader; a term without one is named by its own words."""
    return WORDS[term][0] if term in WORDS else term.replace("_", " ").capitalize()


def terms(plan: Plan) -> list[str]:
    """Terms that cost anything, in the order of the plan."""
    return list(dict.fromkeys(c.term for c in plan.costs))


def _by_term_and_year(amounts: Iterable[tuple[str, int, float]]) -> dict[tuple[str, int], float]:
    money: dict[tuple[str, int], float] = defaultdict(float)
    for term, year, usd_m in amounts:
        money[term, year] += usd_m
    return money


def write(book: Book) -> None:
    """Discounted by term and year with totals, the check against the plan's cost, the chart, then undiscounted."""
    view, plan = book.view, book.view.plan
    settings = view.case.settings
    rise = settings.escalation_pct_per_yr
    money = f"nominal: costs rise by {rise:g} % per year" if rise else f"real: in the money of {settings.start.year}"
    page = book.page(
        "Costs",
        "Costs",
        f"Base plan, million US dollars, {money}. Discounted to {settings.start} at {settings.discount_rate_pct:g} % per year. "
        "Income is negative.",
        across=4 + len(view.years),
    )
    years = sorted({*view.years, *(c.year for c in plan.costs)})
    shown = terms(plan)

    def block(money: dict[tuple[str, int], float]) -> tuple[int, int]:
        rows: list[list[Value]] = []
        whole = math.fsum(money.values())
        for t in shown:
            amounts = [money.get((t, y), 0.0) for y in years]
            total = math.fsum(amounts)
            rows.append([named(t), *amounts, total, 100 * total / whole if whole else None])
        totals: list[Value] = ["Total", *(math.fsum(money.get((t, y), 0.0) for t in shown) for y in years), whole, 100.0 if whole else None]
        columns = [Column("Term", width=30), *year_columns(years, "million USD", MONEY, 10)]
        columns += [Column("All years", "million USD", "", MONEY, 11), Column("Share", "%", "Of the total.", PERCENT, 8)]
        placed = page.table(columns, rows, total=totals, empty="There is no plan to cost.")
        return placed.header, placed.first

    page.section("Discounted")
    discounted = _by_term_and_year((c.term, c.year, c.usd_m) for c in plan.costs)
    header, first = block(discounted)
    if shown:
        total, cost = math.fsum(discounted.values()), plan.summary.cost_usd_m
        right = abs(total - cost) <= 1e-6 * max(1.0, abs(cost))
        page.row -= 1
        page.put(page.row, 1, "Cost of the plan (objective)", PLAIN)
        page.put(page.row, 2 + len(years), cost, Look(format=MONEY, align="right"))
        page.put(page.row + 1, 1, "Does not add up by", PLAIN)
        colour = GREEN if right else RED
        page.put(page.row + 1, 2 + len(years), total - cost, Look(format=TINY, align="right", fill=colour))
        page.row += 3
        series = [
            (Span(page.sheet, first + i, 1), Span(page.sheet, first + i, 2, len(years)))
            for i, t in enumerate(shown)
            if any(discounted.get((t, y)) for y in years)
        ]
        page.chart(column_chart("Cost by term, discounted", "million USD", Span(page.sheet, header, 2, len(years)), series, "year"))
    page.section("Undiscounted, in each year's money")
    block(_by_term_and_year((c.term, c.year, c.undiscounted_usd_m) for c in plan.costs))
    page.section("What the terms are")
    page.table(
        [Column("Term", width=30), Column("Meaning")],
        [[named(t), WORDS[t][1]] for t in shown if t in WORDS],
        empty="There is no plan to cost.",
    )
    page.sheet.freeze_panes = "B1"
