"""Sheet Decisions: every contract, every candidate plant and every programme, taken or not."""

from __future__ import annotations

from collections import defaultdict

from models.case import Contract, Programme
from models.plan import Signature
from optimizer.report.book import Book
from optimizer.report.look import BAND, GREEN, MONEY, TONNES, WHOLE
from optimizer.report.page import Column, Value
from optimizer.report.view import BASE, View

CONTRACTS = (
    Column("Contract", width=34),
    Column("Seller", width=20),
    Column(
        "Decision",
        meaning="signed: the plan signs it. in force: signed before the plan begins. not signed: offered, and the plan does without.",
        width=13,
    ),
    Column("Signed", "month", "First month in which it is signed; empty: in force already, or not signed.", width=10),
    Column("First delivery", "month", width=10),
    Column("Last delivery", "month", "It may lie beyond the end of the plan.", width=10),
    Column(
        "Least to be paid", "t REO/yr", "Sum of the minimums of its lines, in the month in which they are highest, per year.", TONNES, 11
    ),
    Column("Most", "t REO/yr", "Sum of the maximums of its lines, in the month in which they are highest, per year.", TONNES, 11),
    Column("Take-or-pay", "% of price", "Part of the price that is paid for each tonne of the minimum that is not lifted.", WHOLE, 11),
    Column("Paid up front", "million USD", "Prepayment, equity or loan at signature.", MONEY, 12),
    Column("Confidence", "A / B / C", "How far the workbook trusts this row.", width=11),
)

PLANTS = (
    Column("Plant", width=34),
    Column("Stage", width=20),
    Column("Decision", meaning="built, or not built, as the plan decides; existing plants are on sheet Plants.", width=13),
    Column("Country", width=10),
    Column("Decided", "month", "Month in which the plant must be decided, so that it is on line in time.", width=10),
    Column("On line", "month", "First month of operation: decision, permit, building time.", width=10),
    Column("Units", "units", "", WHOLE, 11),
    Column("Capacity", "t/yr", "All units, fully ramped up, the buyer's share, in the plant's own tonnes.", TONNES, 11),
    Column("Share for buyer", "%", "", WHOLE, 11),
    Column("Capital cost", "million USD", "Undiscounted, all units.", MONEY, 12),
    Column("Confidence", "A / B / C", "How far the workbook trusts this row.", width=11),
)

STOPS = (
    Column("Plant", width=34),
    Column("Stage", width=20),
    Column("Decision", meaning="What the plan does with it from the month of the next column on, to the next row of the plant.", width=13),
    Column("Country", width=10),
    Column("Since", "month", "The decision holds from this month on.", width=10),
    Column("Capacity from", "month", "First month in which it can run, after a restart; empty where it does not run.", width=10),
    Column("Capacity", "t/yr", "Fully ramped up, the buyer's share, in the plant's own tonnes.", TONNES, 11),
    Column("Confidence", "A / B / C", "How far the workbook trusts this row.", width=11),
)


PROGRAMMES = (
    Column("Programme", width=34),
    Column("Kind", width=20),
    Column(
        "Decision",
        meaning="started: the plan starts it. in force: it runs whatever is decided. contingency: pulled in a cut-off only.",
        width=13,
    ),
    Column("Decided", "month", "Month in which it must be decided.", width=10),
    Column("First effect", "month", "First month in which it works; of a contingency, see its lead in what it does.", width=10),
    Column("Replaced in the plan", "t REO", "Demand that it replaces in the base plan, all years.", TONNES, 11),
    Column("Replaced in a crisis", "t REO", "Demand that it replaces in the pattern in which that is most.", TONNES, 11),
    Column("Spent at the start", "million USD", "Undiscounted.", MONEY, 12),
    Column("Fixed cost", "million USD/yr", "", MONEY, 12),
    Column("Confidence", "A / B / C", "How far the workbook trusts this row.", width=11),
    Column("What it does", width=60),
)


def write(book: Book) -> None:
    """Contracts first, then candidate plants, then programmes; what is decided comes before what is not."""
    page = book.page("Decisions", "Decisions")
    page.section("Contracts")
    contracts = contract_rows(book.view)
    page.table(CONTRACTS, contracts, fill=_colour, empty="The workbook has no contract.")
    page.section("Candidate plants")
    page.table(PLANTS, plant_rows(book.view), fill=_colour, empty="The workbook has no candidate plant.")
    if book.view.case.programmes:
        page.section("Programmes")
        page.table(PROGRAMMES, programme_rows(book.view), fill=_colour)
    if book.view.plan.plant_states:
        page.section("Existing plants that may stop")
        page.table(STOPS, stop_rows(book.view), fill=_colour)


def _colour(_row: int, column: int, value: Value) -> str:
    if column != 2:
        return ""
    if value in ("signed", "built", "started"):
        return GREEN
    return BAND if value in ("in force", "contingency", "mothballed", "closed") else ""


def _begins(view: View, contract: Contract, signed: Signature | None) -> int:
    """First month of delivery; of an offer that is declined, had it been signed as early as can be."""
    if signed is not None:
        return view.horizon.month_of(signed.first_delivery, 0)
    dates = [d for c, d in view.study.signings if c == contract.contract]
    return view.study.delivery(contract, dates[0] if dates else 0).start


def contract_rows(view: View) -> list[list[Value]]:
    """Signed, then in force, then not signed; expired ones are left out."""
    signed = {s.contract: s for s in view.plan.signatures}
    found: list[list[Value]] = []
    for c in view.case.contracts:
        if c.status == "expired":
            continue
        lines = [line for line in view.case.contract_lines if line.contract == c.contract]
        s = signed.get(c.contract)
        months, begun = range(view.horizon.months), _begins(view, c, s)
        least = 12 * max((sum(view.study.line_minimum(line, m, begun) for line in lines) for m in months), default=0.0)
        most = 12 * max((sum(view.study.line_maximum(line, m, begun) for line in lines) for m in months), default=0.0)
        decision = "in force" if c.status == "in force" else "signed" if s else "not signed"
        found.append(
            [
                c.contract,
                c.supplier,
                decision,
                s.signed if s and s.decided else None,
                s.first_delivery if s else None,
                s.last_delivery if s else None,
                least,
                most,
                c.take_or_pay_share * 100,
                c.upfront_usd_m * view.horizon.usd(c.currency, view.horizon.month_of(s.signed, 0) if s and s.decided else 0),
                c.confidence,
            ]
        )
    order = {"signed": 0, "in force": 1, "not signed": 2}
    return sorted(found, key=lambda row: order[str(row[2])])


def plant_rows(view: View) -> list[list[Value]]:
    """One row per decision to build, then the candidates that are not built."""
    built: list[list[Value]] = []
    for b in view.plan.constructions:
        p = view.study.plants[b.plant]
        share = p.share_for_buyer * 100
        built.append(
            [b.plant, p.stage, "built", p.country, b.decided, b.online, b.units, b.capacity_t_per_yr, share, b.capex_usd_m, p.confidence]
        )
    names = {b.plant for b in view.plan.constructions}
    rest: list[list[Value]] = [
        [p.plant, p.stage, "not built", p.country, None, None, None, None, p.share_for_buyer * 100, None, p.confidence]
        for p in view.case.plants
        if p.status == "candidate" and p.plant not in names
    ]
    return sorted(built, key=lambda row: str(row[4])) + rest


def stop_rows(view: View) -> list[list[Value]]:
    """One row for each state of the existing plants that may stop, in the order of the plan."""
    found: list[list[Value]] = []
    for s in view.plan.plant_states:
        p = view.study.plants[s.plant]
        capacity = p.capacity_t_per_yr * p.share_for_buyer * p.ramp_pct[-1] / 100
        found.append([s.plant, p.stage, s.state, p.country, s.since, s.capacity_from, capacity, p.confidence])
    return found


def programme_rows(view: View) -> list[list[Value]]:
    """Started, then in force, then contingencies, then what is not started."""
    starts = {start.programme: start for start in view.plan.programme_starts}
    replaced: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in view.plan.replaced:
        replaced[row.programme][row.run] += row.replaced_t
    found: list[list[Value]] = []
    for p in view.case.programmes:
        start = starts.get(p.programme)
        by_run = dict(replaced[p.programme])
        base = by_run.pop(BASE, 0.0)
        found.append(
            [
                p.programme,
                p.kind,
                "started" if start else "not started" if p.status == "candidate" else p.status,
                start.decided if start else None,
                start.first_effect if start else p.online if p.status == "in force" else None,
                base,
                max(by_run.values(), default=0.0),
                p.capex_usd_m if p.status == "candidate" else None,
                p.fixed_usd_m_per_yr if p.status != "contingency" else None,
                p.confidence,
                what_it_does(view, p),
            ]
        )
    order = {"started": 0, "in force": 1, "contingency": 2, "not started": 3}
    return sorted(found, key=lambda row: order[str(row[2])])


def what_it_does(view: View, programme: Programme) -> str:
    """In words: which demand a programme replaces by what, which sources it opens, and when a contingency works."""
    said = []
    if programme.status == "contingency":
        lead = programme.lead_months
        months = "1 month" if lead == 1 else f"{lead} months"
        said.append(f"works {months} after a cut-off begins" if lead else "works at once in a cut-off")
    for e in view.case.programme_effects:
        if e.programme == programme.programme:
            instead = f"{e.t_per_t:g} t of {e.serves_material} ({e.serves_form}) for each" if e.serves_material else "nothing"
            said.append(f"replaces up to {100 * e.share_affected:g} % of {e.material} ({e.form}) of {e.sector} by {instead}")
    opened = [s.source for s in view.case.sources if s.programme == programme.programme]
    if opened:
        said.append(f"opens {', '.join(opened)}")
    return "; ".join(said)
