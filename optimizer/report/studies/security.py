"""Sheets on the price of security: what survival costs, what more of it would cost, what each commitment is worth; then month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.report.book import Book
from optimizer.report.look import COUNT, MARGIN, MONEY, RED
from optimizer.report.page import Column, Value

if TYPE_CHECKING:
    from optimizer.studies.security import Ablation, Security

REFERENCES = (
    Column("Against a plan that survives nothing and ...", width=34),
    Column("Cost", "million USD", "Discounted.", MONEY, 13),
    Column("Survival costs more", "million USD", "Without what crises are expected to cost.", MONEY, 13),
    Column("", "%", "", MARGIN, 9),
)

MATERIALS = (
    Column("Material", width=34),
    Column("Form", width=13),
    Column("Months that bind", "", "Months of patterns in which one kilogram more would cost something.", COUNT, 10),
    Column("All patterns", "USD/kg REO", "One kilogram a month more in every month of every pattern.", MONEY, 11),
    Column("Dearest month", "USD/kg REO", "One kilogram more in that month alone.", MONEY, 11),
    Column("Cut-off", width=18),
    Column("begins in", "month", width=9),
    Column("in month", "month", width=9),
)

STOCKS = (
    Column("Store", width=34),
    Column("Material", width=13),
    Column("Form", width=12),
    Column("Worth", "USD/kg REO", "By so much the plan would cost less with one kilogram more on the first day.", MONEY, 11),
)

ABLATIONS = (
    Column("Without", width=34),
    Column("Kind", width=13),
    Column("Cost more", "million USD", "Of the cheapest plan without it; empty: none survives.", MONEY, 12),
    Column("Later by", "months", "The cut-off that is delayed most; empty: never survived.", COUNT, 10),
    Column("Result", width=16),
)

MONTHLY = (
    Column("Cut-off", width=20),
    Column("Start", "month", width=9),
    Column("Month", "month", width=9),
    Column("Sector", width=30),
    Column("Material", width=18),
    Column("Form", width=12),
    Column("Price", "USD/kg REO", "What one kilogram more in this month would cost the plan.", MONEY, 11),
)

RESULTS = {
    "certified": "survives",
    "limit": "survives; a limit was reached",
    "unproven": "not proven: a limit was reached",
    "impossible": "no plan survives in time",
    "none": "no plan at all",
    "failed": "not known",
}


def write(book: Book, security: Security) -> None:
    """The two sheets."""
    page = book.page("Price of security", "Price of security", across=9)
    page.text(f"The plan costs {security.cost_usd_m:,.2f} million USD; {security.binding:,} patterns bind.")
    page.section("What survival costs")
    rows: list[list[Value]] = [[r.reference, r.cost_usd_m, r.survival_usd_m, r.survival_pct] for r in security.references]
    page.table(REFERENCES, rows)
    page.section("What more security would cost, with what is signed and built as it is")
    page.table(
        MATERIALS,
        [
            [
                m.material,
                m.form,
                m.months,
                m.all_usd_per_kg,
                m.dearest_usd_per_kg,
                m.dearest_cutoff,
                m.dearest_start,
                m.dearest_month,
            ]
            for m in security.materials
        ],
        empty="One kilogram more of protected demand would cost nothing.",
    )
    page.section("What stock on the first day is worth")
    stocks = sorted(security.stocks, key=lambda s: -s.usd_per_kg)
    page.table(STOCKS, [[s.store, s.material, s.form, s.usd_per_kg] for s in stocks], empty="More stock would save nothing.")
    if security.ablations:
        page.section("Without one commitment each")
        fails = [a.cost_usd_m is None for a in security.ablations]
        page.table(ABLATIONS, [_ablation(a) for a in security.ablations], fill=lambda r, c, _v: RED if c == 4 and fails[r] else "")
    if security.requirements:
        _months(book, security)


def _ablation(a: Ablation) -> list[Value]:
    return [a.name, a.kind, a.more_usd_m, a.months_later, a.reason or RESULTS.get(a.status, a.status)]


def _months(book: Book, security: Security) -> None:
    page = book.page("Security by month", "Security by month", across=7)
    rows: list[list[Value]] = [
        [r.cutoff, r.start, r.month, r.sector, r.material, r.form, r.usd_per_kg]
        for r in sorted(security.requirements, key=lambda r: (r.cutoff, r.start, r.month, r.material, r.form))
    ]
    page.table(MONTHLY, rows, filtered=True)


def sentences(security: Security) -> list[str]:
    """The answer in a few lines."""
    found = []
    for r in security.references:
        if r.cost_usd_m is None or r.survival_usd_m is None:
            found.append(f"No plan without cut-offs {r.reference.replace('may run', 'runs')}.")
            continue
        share = "" if r.survival_pct is None else f" ({r.survival_pct:+.1f} %)"
        found.append(f"Survival costs {r.survival_usd_m:,.2f} million USD{share} more than a plan that {r.reference}.")
    for m in security.materials[:5]:
        found.append(
            f"One kilogram a month more of {m.material} {m.form} in every pattern would cost {m.all_usd_per_kg:,.2f} USD; dearest in "
            f"{m.dearest_month}, where {m.dearest_cutoff} begins in {m.dearest_start}: {m.dearest_usd_per_kg:,.2f} USD/kg."
        )
    for a in security.ablations:
        if a.more_usd_m is None:
            found.append(f"Without the {a.kind} {a.name}: {a.reason or RESULTS.get(a.status, a.status)}.")
        else:
            late = f", {a.months_later} months later" if a.months_later else ""
            found.append(f"Without the {a.kind} {a.name}: {a.more_usd_m:+,.2f} million USD{late}.")
    return found
