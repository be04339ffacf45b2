"""Below the liftings on the sheet Contracts: what is settled by contract year, and what comes back."""

from __future__ import annotations

from optimizer.report.look import MONEY, PRICE, TONNES, YEAR
from optimizer.report.page import Column, Page, Value
from optimizer.report.view import View, tidy

WHO = (Column("Contract", width=26), Column("Source", width=32), Column("Year", "", "", YEAR, 7))


def by_contract_year(view: View, contract: str) -> bool:
    """Whether a contract is settled by years counted from its first delivery."""
    return view.study.contracts[contract].settled == "contract year"


def write(page: Page, view: View) -> None:
    """Each part only where the plan has something to say in it."""
    _contract_years(page, view)
    _financed(page, view)
    _discounted(page, view)
    _make_ups(page, view)
    _rebates(page, view)


def _contract_years(page: Page, view: View) -> None:
    rows: list[list[Value]] = [
        [u.contract, u.source, u.year, u.minimum_t, tidy(u.lifted_t), tidy(u.unlifted_t), u.unlifted_t * u.usd_per_kg / 1000]
        for u in view.plan.unlifted
        if u.run == "base" and by_contract_year(view, u.contract)
    ]
    if not rows:
        return
    page.section("Settled by contract year")
    page.text(
        "Contract years count from the first delivery; the year is the one in which they begin. They are cut at the ends of the plan."
    )
    columns = [
        *WHO,
        Column("Minimum", "t REO", "Tonnes of the contract year that are paid whether lifted or not.", TONNES, 10),
        Column("Lifted", "t REO", "", TONNES, 10),
        Column("Not lifted", "t REO", "Minimum less liftings.", TONNES, 10),
        Column("Take-or-pay paid", "million USD", "Undiscounted.", MONEY, 11),
    ]
    page.table(columns, rows)


def _financed(page: Page, view: View) -> None:
    kinds = {row.financing: row.kind for row in view.case.financings}
    rows: list[list[Value]] = [
        [f.financing, f.contract, kinds.get(f.financing, ""), f.signed, f.usd_m, f.net_usd_m, f.extra_max_t_per_yr]
        for f in view.plan.financed
    ]
    if not rows:
        return
    page.section("Financing: money put up with the signature")
    columns = [
        Column("Financing", width=26),
        Column("Contract", width=32),
        Column("Kind", width=12),
        Column("Put up", "month", width=10),
        Column("Amount", "million USD", "Undiscounted.", MONEY, 11),
        Column("Net cost", "million USD", "Less the present value at signature of what comes back.", MONEY, 11),
        Column("Extra right", "t REO/yr", "Bought by it on the contract.", TONNES, 10),
    ]
    page.table(columns, rows)


def _discounted(page: Page, view: View) -> None:
    rows: list[list[Value]] = [
        [d.contract, d.source, d.year, d.from_t, tidy(d.discounted_t), d.saving_usd_per_kg, d.discounted_t * d.saving_usd_per_kg / 1000]
        for d in view.plan.discounted
    ]
    if not rows:
        return
    page.section("Volume discounts")
    columns = [
        *WHO,
        Column("Above", "t REO", "Step above which the tonnes lie.", TONNES, 10),
        Column("Tonnes", "t REO", "Lifted between this step and the next.", TONNES, 10),
        Column("Cheaper by", "USD/kg REO", "Less than the price above.", PRICE, 10),
        Column("Saved", "million USD", "Undiscounted; lowers the cost.", MONEY, 11),
    ]
    page.table(columns, rows)


def _make_ups(page: Page, view: View) -> None:
    rows: list[list[Value]] = [
        [m.contract, m.source, m.paid_year, m.year, tidy(m.made_up_t), m.credit_usd_per_kg, m.made_up_t * m.credit_usd_per_kg / 1000]
        for m in view.plan.make_ups
    ]
    if not rows:
        return
    page.section("Make-up: paid in one year, lifted in a later one")
    columns = [
        *WHO[:2],
        Column("Paid in", "year", "Year whose minimum was paid and not lifted.", YEAR, 8),
        Column("Lifted in", "year", "Year in which the tonnes are lifted, on top of its minimum.", YEAR, 8),
        Column("Made up", "t REO", "Part of that year's liftings.", TONNES, 10),
        Column("Credit", "USD/kg REO", "Not paid again for these tonnes.", PRICE, 10),
        Column("Credited", "million USD", "Undiscounted; lowers the cost.", MONEY, 11),
    ]
    page.table(columns, rows)


def _rebates(page: Page, view: View) -> None:
    rows: list[list[Value]] = [
        [
            r.contract,
            r.source,
            r.year,
            tidy(r.lifted_t),
            r.entitled_usd_m / r.lifted_t * 1000 if r.lifted_t > 0 else None,
            r.entitled_usd_m,
            r.cap_usd_m,
            r.rebate_usd_m,
        ]
        for r in view.plan.rebates
    ]
    if not rows:
        return
    page.section("Given back: share of a high price")
    columns = [
        *WHO,
        Column("Lifted", "t REO", "While the index was above the contract's trigger.", TONNES, 10),
        Column("Per kilogram", "USD/kg REO", "The buyer's share of the index above the trigger.", PRICE, 10),
        Column("On all of it", "million USD", "Before the yearly cap.", MONEY, 11),
        Column("Cap", "million USD", "Most that is given back for the year; empty: no cap.", MONEY, 11),
        Column("Given back", "million USD", "Undiscounted; lowers the cost.", MONEY, 11),
    ]
    page.table(columns, rows)
