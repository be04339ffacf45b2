"""Sheet Plan: the answer on one page, in plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from models.columns import Month
from models.plan import Missing
from optimizer.report.book import GUIDE, Book
from optimizer.report.look import (
    AMBER,
    COUNT,
    GREEN,
    INK_ON,
    LABEL,
    MARGIN,
    MONEY,
    PERCENT,
    PLAIN,
    RED,
    TEXT,
    TONNES,
    WHOLE,
)
from optimizer.report.page import Column, Page, Value, year_columns
from optimizer.report.sheets.costs import named, terms
from optimizer.report.sheets.decisions import contract_rows, programme_rows
from optimizer.report.sheets.headline import figures, headline
from optimizer.report.survival import outcomes, passed, several, verdict
from optimizer.report.trust import weights
from optimizer.report.view import View, tidy

MOST_YEARS = 12
MOST_ROWS = 12
"""The page shows so many years and so many rows of a table; the sheets behind it show all."""

STATUS = {
    "certified": "Certified: survives all that must be survived, and costs no more than the gap above the cheapest plan that can be.",
    "limit": "Stopped at a limit: survives all that must be survived; a cheaper plan may exist.",
    "unproven": "Stopped at a limit: NOT every pattern that must be survived is passed.",
    "impossible": "No plan survives what must be survived.",
}


def write(book: Book) -> None:
    """Headline, figures, what to sign, build, buy and hold, cost, cut-offs, how sure, how to read on."""
    view = book.view
    years = view.years[:MOST_YEARS]
    page = book.page("Plan", view.case.settings.title or "Plan", _span(view), across=2 + max(10, len(years)))
    page.fix_widths([34, 22, *[10.7] * (page.across - 2)])
    headline(page, view)
    figures(page, view)
    bad = verdict(view).signal == "red"
    if view.plan.missing:
        _missing(page, view)
    if bad:
        _cut_offs(page, view)
    _follow(page, view, years)
    if not bad:
        _cut_offs(page, view)
    _sure(page, view)
    if view.base.service:
        _confidence(page, view)


def _follow(page: Page, view: View, years: Sequence[int]) -> None:
    """What to do; where no plan survives, the nearest that was found, if any, and said to be no more."""
    plan = view.plan
    impossible = plan.summary.status == "impossible"
    if impossible and not (plan.costs or plan.bought or plan.lifted):
        page.section("What to sign, build, buy and hold")
        page.text("There is no plan to follow.")
        page.row += 1
        return
    if impossible:
        page.text("What follows is the nearest that was found. It is not a plan to follow.", replace(PLAIN, bold=True, colour=INK_ON[RED]))
        page.row += 1
    _sign(page, view)
    _build(page, view)
    _start(page, view)
    _buy(page, view, years)
    _hold(page, view, years)
    _cost(page, view)


def guide(book: Book) -> None:
    """The list of the sheets written, each with its link; called when all are there."""
    page = book.pages[0]
    page.section("How to read this workbook")
    for other in book.pages[1:]:
        page.link(page.row, 1, other.name, other.name)
        page.put(page.row, 2, GUIDE[other.name])
        page.row += 1
    words = (
        "All tonnes are contained oxide (t REO) unless a unit says otherwise. A red corner in a header holds a note. "
        "Words are explained on sheet Run."
    )
    page.put(page.row, 1, words, LABEL)
    page.row += 1


def _span(view: View) -> str:
    settings = view.case.settings
    return (
        f"Plan from {settings.start} to {view.last_month}; money in million USD, discounted to {settings.start} at "
        f"{settings.discount_rate_pct:g} % per year "
        "unless said otherwise."
    )


def _missing(page: Page, view: View) -> None:
    impossible = view.plan.summary.status == "impossible"
    page.section("What is missing at the least" if impossible else "What this plan does not serve")
    whole: dict[tuple[str, str, str, str], float] = defaultdict(float)
    hardest: dict[tuple[str, str, str, str], dict[Month, list[Missing]]] = defaultdict(lambda: defaultdict(list))
    for m in view.plan.missing:
        key = (m.cutoff, m.sector, m.material, m.form)
        hardest[key][m.start].append(m)
    rows: list[list[Value]] = []
    for key, starts in hardest.items():
        start = max(starts, key=lambda s: sum(m.missing_t for m in starts[s]))
        found = starts[start]
        whole[key] = sum(m.missing_t for m in found)
        months = sorted(m.month for m in found)
        rows.append([f"{key[0]} from {start}", key[1], key[2], key[3], months[0], months[-1], len(months), whole[key], len(starts)])
    rows.sort(key=lambda r: -float(str(r[7])))
    columns = [
        Column("Cut-off and hardest start"),
        Column("Sector"),
        Column("Material"),
        Column("Form"),
        Column("First month", "month"),
        Column("Last month", "month"),
        Column("Months short", "months", "", WHOLE),
        Column("Missing", "t REO", "Over the window of this start.", TONNES),
        Column("Starts that fail", "", "", COUNT),
    ]
    page.table(columns, rows[:MOST_ROWS], fill=lambda _r, c, _v: RED if c == 7 else "")
    _more(page, len(rows), "Missing")
    _by_itself(page, view)
    _repairs(page, view)


def _by_itself(page: Page, view: View) -> None:
    """Where no plan survives: from when each material that lacks could be served if nothing else had to be."""
    found = view.plan.readiness_by_material
    if not found:
        return
    page.section("From when each material could be served, if nothing else had to be")
    columns = [
        Column("Cut-off"),
        Column("Material"),
        Column("Form"),
        Column("From", "month", "First start from which on all of it could be served by itself."),
        Column("Worst start", "month"),
        Column("Missing then", "t REO", "In the plan that lacks least, over the window of that start.", TONNES),
    ]
    rows: list[list[Value]] = [
        [r.cutoff, r.material, r.form, r.first_start or "no start", r.worst_start, r.missing_t] for r in found[:MOST_ROWS]
    ]
    page.table(columns, rows)
    _more(page, len(found), "Missing")


def _repairs(page: Page, view: View) -> None:
    """Where no plan survives: what would have to change, in words."""
    repairs = view.plan.repairs
    if not repairs:
        return
    page.section("What would have to change, cheapest first")
    for number in dict.fromkeys(r.repair for r in repairs):
        rows = [r for r in repairs if r.repair == number]
        proof = f"survives from {rows[0].survives_from}" if rows[0].proven else "not proven"
        page.put(page.row, 1, f"Repair {number}", replace(PLAIN, bold=True))
        page.put(page.row, 2, f"{' and '.join(r.change for r in rows)}: {proof}; costs {rows[0].total_usd_m:,.6g} million USD.")
        page.row += 1
    page.row += 1


def _more(page: Page, count: int, sheet: str) -> None:
    if count > MOST_ROWS:
        page.row -= 1
        page.link(page.row, 1, sheet, f"... and {count - MOST_ROWS:,} more on sheet {sheet}")
        page.row += 2


def _cut_offs(page: Page, view: View) -> None:
    page.section("Which cut-offs are survived, from when, and by what margin")
    rows: list[list[Value]] = []
    colours: list[str] = []
    for t in outcomes(view):
        worst = t.worst
        right = len(t.judged) - len(t.failed)
        ready = t.readiness
        found = "" if ready is None else "earliest" if ready.found else "given"
        rows.append(
            [
                t.cutoff.cutoff,
                "required" if t.required or t.cutoff.must_survive else "reported only",
                t.first_start or "none",
                found,
                len(t.judged),
                right,
                t.smallest_margin,
                worst.start if worst else None,
                len(t.binding),
                t.dearest_usd_m,
            ]
        )
        colours.append("" if not t.judged else RED if t.failed and t.required else AMBER if t.failed else GREEN)
        if t.cutoff.name:
            rows.append([f"    {t.cutoff.name}", *[None] * 9])
            colours.append("")
        if t.cutoff.then:
            after = t.cutoff.months if t.cutoff.then_after_months is None else t.cutoff.then_after_months
            rows.append([f"    followed by '{t.cutoff.then}' {after} months after its start", *[None] * 9])
            colours.append("")
    columns = [
        Column("Cut-off"),
        Column("Must it be survived"),
        Column("Survived from", "month", "Every start from here on is survived."),
        Column("First start", "", "earliest: searched for; given: stated in the workbook."),
        Column("Starts", "", "Starts that must be survived (all, where it is only reported).", COUNT),
        Column("Passed", "", "", COUNT),
        Column(
            "Smallest margin",
            "%",
            "By so much all demand could be higher at the hardest start; measured at the starts of the plan's periods.",
            MARGIN,
        ),
        Column("Hardest start", "month"),
        Column("Starts that bind", "", "Survived with no margin.", COUNT),
        Column("Dearest recourse", "million USD", "Undiscounted, in the survival window.", MONEY),
    ]
    page.table(columns, rows, fill=lambda r, c, _v: colours[r] if c == 5 else "", empty="The workbook has no active cut-off.")


def _sign(page: Page, view: View) -> None:
    page.section("What to sign")
    rows = contract_rows(view)
    signed = [r for r in rows if r[2] == "signed"]
    force = [str(r[0]) for r in rows if r[2] == "in force"]
    left = [str(r[0]) for r in rows if r[2] == "not signed"]
    parts = [f"In force already: {_listed(force)}." if force else "", f"On offer, not signed: {_listed(left)}." if left else ""]
    if not signed:
        parts.insert(0, "Sign nothing." if left else "No contract is on offer.")
    said = " ".join(p for p in parts if p)
    if said:
        page.text(said)
    if signed:
        columns = [
            Column("Contract"),
            Column("Seller"),
            Column("Sign in", "month"),
            Column("First delivery", "month"),
            Column("Last delivery", "month"),
            Column("Least to be paid", "t REO/yr", "In the month in which it is highest, per year.", TONNES),
            Column("Most", "t REO/yr", "In the month in which it is highest, per year.", TONNES),
            Column("Take-or-pay", "% of price", "", WHOLE),
            Column("Paid up front", "million USD", "Prepayment, equity or loan at signature.", MONEY),
        ]
        page.table(columns, [[r[0], r[1], *r[3:10]] for r in signed])
    else:
        page.row += 1


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _build(page: Page, view: View) -> None:
    page.section("What to build")
    built = sorted(view.plan.constructions, key=lambda b: b.decided)
    names = {b.plant for b in built}
    left = [p.plant for p in view.case.plants if p.status == "candidate" and p.plant not in names]
    said = [] if built else ["Build nothing." if left else "The workbook has no candidate plant."]
    if left:
        said.append(f"Not built: {_listed(left)}.")
    for c in view.plan.cells_built:
        cells = "1 disposal cell" if c.units == 1 else f"{c.units} disposal cells"
        said.append(f"At {c.site}: {cells}, decided in {c.decided}, ready in {c.ready}.")
    if said:
        page.text(" ".join(said))
    if not built:
        page.row += 1
        return
    rows: list[list[Value]] = []
    for b in built:
        p = view.study.plants[b.plant]
        rows.append([b.plant, p.stage, b.decided, b.online, b.units, b.capacity_t_per_yr, b.capex_usd_m, p.country])
    columns = [
        Column("Plant"),
        Column("Stage"),
        Column("Decide in", "month"),
        Column("On line", "month"),
        Column("Units", "units", "", WHOLE),
        Column("Capacity", "t/yr", "Fully ramped up, buyer's share, the plant's own tonnes.", TONNES),
        Column("Capital cost", "million USD", "Undiscounted.", MONEY),
        Column("Country"),
    ]
    page.table(columns, rows, fill=None)


def _start(page: Page, view: View) -> None:
    """Programmes; nothing where the workbook has none."""
    if not view.case.programmes:
        return
    page.section("Which programmes to start")
    found = programme_rows(view)
    started = [r for r in found if r[2] == "started"]
    left = [str(r[0]) for r in found if r[2] == "not started"]
    force = [str(r[0]) for r in found if r[2] == "in force"]
    levers = [f"{r[0]} ({r[-1]})" for r in found if r[2] == "contingency"]
    parts = [] if started or not left else ["Start nothing."]
    parts += [f"In force already: {_listed(force)}."] if force else []
    parts += [f"Not started: {_listed(left)}."] if left else []
    parts += [f"In a crisis: {_listed(levers)}."] if levers else []
    if parts:
        page.text(" ".join(parts))
    if started:
        columns = [
            Column("Programme"),
            Column("Kind"),
            Column("Decide in", "month"),
            Column("First effect", "month"),
            Column("Replaced in the plan", "t REO", "Demand that it replaces in the base plan, all years.", TONNES),
            Column("Replaced in a crisis", "t REO", "In the pattern in which that is most.", TONNES),
            Column("Spent at the start", "million USD", "Undiscounted.", MONEY),
            Column("Fixed cost", "million USD/yr", "", MONEY),
        ]
        page.table(columns, [[r[0], r[1], *r[3:9]] for r in started])
        for r in started:
            page.text(f"{r[0]}: {r[-1]}.")
    page.row += 1


def _buy(page: Page, view: View, years: Sequence[int]) -> None:
    page.section("What to buy: deliveries by group of elements and origin")
    tonnes: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (element, origin, year), t in view.supply_by_origin.items():
        tonnes[view.groups[element], origin][year] += t
    bought = sum(b.bought_t for b in view.base.bought)
    lifted = sum(f.lifted_t for f in view.base.lifted)
    money = sum(b.bought_t * b.usd_per_kg for b in view.base.bought) + sum(f.lifted_t * f.usd_per_kg for f in view.base.lifted)
    if bought + lifted <= 0:
        page.text("Nothing is bought.")
        page.row += 1
        return
    share = 100 * lifted / (bought + lifted)
    page.text(
        f"{bought + lifted:,.0f} t REO over the plan for {money / 1000:,.0f} million USD (undiscounted, without "
        f"freight); {share:.0f} % of the tonnes under contracts."
    )
    order = list(dict.fromkeys(view.groups.values()))
    keys = sorted(tonnes, key=lambda k: (order.index(k[0]), -sum(tonnes[k].values())))
    rows: list[list[Value]] = []
    for k in keys:
        rows.append([k[1], k[0], *(tidy(tonnes[k][y]) for y in years)])
    columns = [
        Column("Origin", "", "Every country that the material has passed."),
        Column("Group of elements"),
        *year_columns(years, "t REO"),
    ]
    page.table(columns, _largest(rows), row_format=True)
    _more(page, len(rows), "Supply by origin")


def _largest(rows: list[list[Value]]) -> list[list[Value]]:
    """The rows with most tonnes, in their own order."""
    size = {id(r): sum(v for v in r[2:] if isinstance(v, float)) for r in rows}
    kept = {id(r) for r in sorted(rows, key=lambda r: -size[id(r)])[:MOST_ROWS]}
    return [r for r in rows if id(r) in kept]


def _hold(page: Page, view: View, years: Sequence[int]) -> None:
    page.section("What to hold: stock targets, dearest first")
    level = {(t.store, t.material, t.form, t.year): t for t in view.plan.targets}
    keys = list(view.target_value_usd_m)
    if not keys:
        page.text("No stock has to be held.")
        page.row += 1
        return
    page.text(
        "Tonnes are the most that is needed at a start of the year: with the stocks of least value that survive each "
        "start. The plan may hold more (sheet Stock levels). Days of cover below, in the plan's own use."
    )
    rows: list[list[Value]] = []
    for k in keys[:MOST_ROWS]:
        held = [level.get((*k, y)) for y in years]
        rows.append([f"{k[1]} {k[2]}", k[0], *(None if t is None else tidy(t.target_t) for t in held)])
        rows.append(["", "days of cover", *(None if t is None or t.target_t <= 0 else t.days_of_cover for t in held)])
    columns = [Column("Commodity"), Column("Store"), *year_columns(years, "t REO")]
    first = page.table(columns, rows, row_format=True).first
    cover = replace(LABEL, italic=True, format='#,##0" d"', align="right")
    for i in range(1, len(rows), 2):
        page.put(first + i, 2, rows[i][1], replace(cover, format=TEXT, align="left", indent=1))
        for j, value in enumerate(rows[i][2:], 3):
            page.put(first + i, j, value, cover)
    _more(page, len(keys), "Stock targets")


def _cost(page: Page, view: View) -> None:
    plan, summary = view.plan, view.plan.summary
    page.section("What it costs")
    if not plan.costs:
        page.text("There is no plan to cost.")
        page.row += 1
        return
    said = f"{summary.cost_usd_m:,.1f} million USD, discounted."
    if summary.status == "impossible":
        said += " That is the cost of the plan that lacks least, not of survival."
    elif summary.unprotected_cost_usd_m is not None and summary.status != "unproven":
        more = summary.cost_usd_m - summary.unprotected_cost_usd_m
        share = f" or {100 * more / abs(summary.unprotected_cost_usd_m):.1f} %" if summary.unprotected_cost_usd_m else ""
        said += (
            f" The cheapest plan that need survive nothing costs {summary.unprotected_cost_usd_m:,.1f}: survival costs "
            f"{more:,.1f} million USD{share}."
        )
    page.text(said)
    total = sum(c.usd_m for c in plan.costs)
    rows: list[list[Value]] = []
    for t in terms(plan):
        discounted = sum(c.usd_m for c in plan.costs if c.term == t)
        rows.append(
            [
                named(t),
                None,
                discounted,
                100 * discounted / total if total else None,
                sum(c.undiscounted_usd_m for c in plan.costs if c.term == t),
            ]
        )
    columns = [
        Column("Term"),
        Column(""),
        Column("Discounted", "million USD", "", MONEY),
        Column("Share", "%", "", PERCENT),
        Column("In money of its year", "million USD", "Undiscounted.", MONEY),
    ]
    whole = sum(c.undiscounted_usd_m for c in plan.costs)
    page.table(columns, rows, total=["Total", None, total, 100.0 if total else None, whole])


def _sure(page: Page, view: View) -> None:
    summary, told = view.plan.summary, verdict(view)
    page.section("How sure the answer is")
    lines = [("Status", STATUS.get(summary.status, summary.status))]
    if summary.missing_t is not None and summary.least_missing_t is not None:
        said = (
            f"{summary.missing_t:,.4g} t REO in all starts together; no plan that is ready as early lacks less than "
            f"{summary.least_missing_t:,.4g}, which was found twice, with presolve and without."
        )
        lines.append(("Missing at the least", said))
    elif view.plan.costs:
        gap = "This plan does not survive all: there is no gap." if summary.status == "unproven" else f"The gap is {summary.gap_pct:.2f} %."
        said = f"{summary.cost_usd_m:,.2f} million USD; no plan that survives can cost less than {summary.bound_usd_m:,.2f}. {gap}"
        lines.append(("Cost and bound", said))
    others = [p for p in view.plan.patterns if not p.must_survive]
    said = f"{told.required_passed:,} of {told.required:,} that must be survived are passed, each tested alone" + (
        f"; {summary.patterns_in_model:,} were in the optimised model." if summary.patterns_in_model else "."
    )
    if others:
        said += f" {len(others):,} more were tested and are only reported: {sum(passed(p) for p in others):,} are passed."
    lines.append(("Patterns", said))
    checked = {True: "passed", False: "FAILED", None: "not told"}[view.audited]
    said = f"{checked}; largest violation of a rule found when workbook and plan were computed again: {summary.largest_violation:.1e}"
    if view.audited is None and not view.plan.costs:
        said = "there is no plan to compute again"
    lines.append(("Re-computation", said))
    lines.append(
        ("Solved with", f"{summary.versions or 'versions not recorded'}; seed {summary.seed}, {several(summary.threads, 'thread')}")
    )
    for label, text in lines:
        page.put(page.row, 1, label, replace(PLAIN, bold=True))
        page.put(page.row, 2, text)
        page.row += 1
    page.row += 1


def _confidence(page: Page, view: View) -> None:
    page.section("What of it rests on figures of low confidence")
    rows: list[list[Value]] = []
    for w in weights(view):
        shares: list[Value] = [w.share_pct(g) for g in ("A", "B", "C", "")]
        rows.append([w.sheet, w.weighed, *shares, w.used, w.rows["C"]])
    columns = [
        Column("Sheet of the workbook"),
        Column("Weighed by"),
        Column("A: seen", "%", "Seen in a named source.", PERCENT),
        Column("B: partly seen", "%", "Partly seen, or one step away.", PERCENT),
        Column("C: judged", "%", "From memory or an analyst's judgement.", PERCENT),
        Column("Not stated", "%", "", PERCENT),
        Column("Rows used", "", "", COUNT),
        Column("Of these C", "", "", COUNT),
    ]
    page.table(
        columns,
        rows,
        fill=lambda _r, c, v: AMBER if c == 4 and isinstance(v, float) and v >= 50 else "",
        empty="The plan uses no row of the workbook.",
    )
