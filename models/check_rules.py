"""Checks of the planner's own rules: each is about something there is, at a time there is, and none contradicts another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.case import Case, Ceiling, Fix
from models.check_chain import CHAIN_TABLES
from models.commitments import ceilings, counts, fixes
from models.findings import Finding, Rule, nearest, rule, warning
from models.horizon import Horizon
from models.run import Study

STUDY_TABLES = (
    *CHAIN_TABLES,
    "Contracts",
    "ContractLines",
    "CutOffs",
    "Programmes",
    "Routes",
    "ResidueSites",
    "Residues",
    "Financing",
    "CapexCurve",
)
"""The sheets that a `Study` is made of."""

_SHEETS = {
    "contract": ("Contracts", "contracts", "contract"),
    "plant": ("Plants", "plants", "plant"),
    "size": ("Plants", "plants", "plant"),
    "programme": ("Programmes", "programmes", "programme"),
    "route": ("Routes", "routes", "route"),
    "purchase": ("Sources", "sources", "source"),
    "lifting": ("Contracts", "contracts", "contract"),
    "processing": ("Plants", "plants", "plant"),
    "stock": ("Stocks", "stocks", "store"),
    "cell": ("ResidueSites", "residue_sites", "site"),
    "financing": ("Financing", "financings", "financing"),
    "running": ("Plants", "plants", "plant"),
    "sale": ("Sales", "sales", "material"),
}
"""Sheet, field of the case and column in which each kind of decision is named."""

DATED = ("contract", "plant", "size", "programme", "cell", "financing")
"""Kinds of decision that are taken at decision dates."""

_TOLERANCE = 1e-9


@rule(*STUDY_TABLES, "Fixes")
def _fixes_are_about_something(case: Case) -> Iterator[Finding]:
    """A fix names what can be decided, at a time of the plan, and says how much where that is needed."""
    study = Study(case)
    for number, fix in enumerate(case.fixes):
        found = list(_named(case, number, fix))
        yield from found or (*_dated(study, number, fix), *_too_small(study, number, fix))
        if fix.value is None and fix.action not in ("forbid", "force"):
            yield Finding("Fixes", number, "value", None, "a number", f"Say how much: '{fix.action}' needs a number.")
        elif fix.value is None and fix.action == "force" and (fix.decision not in DATED or fix.decision == "size"):
            mend = "Say how many tonnes there must be at least. Only a signature, a unit or a start can be forced without a number."
            yield Finding("Fixes", number, "value", None, "a number", mend)
        elif fix.value is not None and fix.action == "forbid":
            mend = "'forbid' means none, and the number is not used. Clear it, or write 'at most'."
            yield Finding("Fixes", number, "value", fix.value, "blank where the action is 'forbid'", mend)


def _named(case: Case, number: int, fix: Fix) -> Iterator[Finding]:
    """What is wrong with the name of a fix, its material or form."""
    if fix.decision == "disposal":
        yield from _disposed(case, number, fix)
        return
    sheet, table, column = _SHEETS[fix.decision]
    rows = [row for row in getattr(case, table) if getattr(row, column) == fix.name]
    if not rows:
        mend = f"'{fix.name}' does not stand on the sheet {sheet}. Correct the name or the decision."
        yield Finding("Fixes", number, "name", fix.name, f"a name that stands on {sheet} (column {column})", mend)
        return
    if fix.decision == "contract" and rows[0].status != "on offer":
        mend = f"It is {rows[0].status}, so there is nothing to decide. Name a contract on offer, or delete the row."
        yield Finding("Fixes", number, "name", fix.name, "a contract on offer", mend)
    if fix.decision == "financing" and not rows[0].optional:
        mend = "It is put up with every signature of its contract. Force or forbid the contract, or make the financing optional."
        yield Finding("Fixes", number, "name", fix.name, "an optional financing", mend)
    if fix.decision == "running" and rows[0].may_stop == "no":
        mend = "It may not stop, so there is nothing to decide. Say in its column may_stop that it may, or delete the row."
        yield Finding("Fixes", number, "name", fix.name, "a plant that may stop", mend)
    if fix.decision in ("plant", "size", "programme", "cell") and rows[0].status != "candidate":
        yield Finding("Fixes", number, "name", fix.name, "a candidate", f"It is {rows[0].status}: only a candidate is decided.")
    if fix.decision == "processing" and rows[0].status == "supplier":
        mend = "It is a supplier's, and what it handles is not decided here. Name a plant of the chain."
        yield Finding("Fixes", number, "name", fix.name, "a plant of the chain", mend)
    if fix.decision == "stock":
        if not any(fix.material in ("", row.material) and fix.form in ("", row.form) for row in rows):
            mend = f"The store '{fix.name}' does not hold it. Correct it, or add the row on the sheet Stocks."
            yield Finding("Fixes", number, "material", fix.material, "a material and form of the store", mend)
    elif fix.decision == "sale":
        if fix.form and fix.form not in {row.form for row in rows}:
            yield Finding("Fixes", number, "form", fix.form, "a form in which it is sold", "No row of Sales has it. Correct the form.")
    elif fix.decision != "route" and (fix.form or (fix.material and fix.decision != "processing")):
        field = "material" if fix.material and fix.decision != "processing" else "form"
        mend = "It is not used: only a stock, a route or what goes into a plant is told by it. Clear the cell."
        yield Finding("Fixes", number, field, getattr(fix, field), f"blank for a {fix.decision}", mend)


def _too_small(study: Study, number: int, fix: Fix) -> Iterator[Finding]:
    """A size that is asked for exactly and lies below the curve."""
    if fix.decision == "size" and fix.action == "fix" and fix.name in study.curves:
        smallest = study.curves[fix.name][0][0]
        if 0 < fixes.limit(fix) < smallest * (1 - _TOLERANCE):
            mend = f"The smallest size of '{fix.name}' on the sheet CapexCurve is {smallest:g}. Raise it, or forbid the plant."
            yield Finding("Fixes", number, "value", fix.value, f"0, or at least {smallest:g} t/yr", mend)


def _disposed(case: Case, number: int, fix: Fix) -> Iterator[Finding]:
    """What is wrong with the name or form of what is disposed of."""
    if not any(i == fix.name for i, _ in Study(case).chain.commodities):
        yield Finding("Fixes", number, "name", fix.name, "a material that the case moves", "Nothing gives or takes it. Correct the name.")
    elif fix.material:
        yield Finding("Fixes", number, "material", fix.material, "blank for a disposal", "The material stands in 'name'. Clear the cell.")


def _dated(study: Study, number: int, fix: Fix) -> Iterator[Finding]:
    """What is wrong with the date of a fix."""
    h = study.horizon
    if fix.month is not None and fix.year is not None:
        yield Finding("Fixes", number, "year", fix.year, "a month or a year", "Clear one of the two.")
        return
    field = "month" if fix.month is not None else "year"
    months = fixes.window(study, fix)
    if not months or not 0 <= months.start < h.months:
        mend = f"The plan runs from {h.date(0)} to {h.date(h.months - 1)}. Correct the {field}."
        yield Finding("Fixes", number, field, getattr(fix, field), f"a {field} of the plan", mend)
        return
    if fix.decision in DATED and not any(c.weights for c in fixes.concerns(study, fix)):
        name, possible = {
            "contract": ("signed", study.signings),
            "plant": ("decided", study.buildings),
            "size": ("decided", study.buildings),
            "programme": ("started", study.programmes.starts),
            "cell": ("decided", study.residue.openings),
            "financing": ("put up", [(fix.name, d) for d in fixes.dates_of_financing(study, fix.name)]),
        }[fix.decision]
        where = f"in {getattr(fix, field)}" if getattr(fix, field) is not None else "at any date"
        dates = [d for n, d in possible if n == fix.name]
        open_at = (
            f"It can be on {', '.join(str(h.date(d)) for d in dates[:4])}{' ...' if len(dates) > 4 else ''}." if dates else "It never can."
        )
        mend = f"'{fix.name}' cannot be {name} {where}. {open_at}"
        if SENSE_LOW[fixes.SENSES[fix.action]] and fixes.limit(fix) > 0:
            yield Finding("Fixes", number, field, getattr(fix, field), "a decision date within the window of the row", mend)
        else:
            yield warning("Fixes", number, field, getattr(fix, field), "a decision date within the window of the row", mend)


SENSE_LOW = {"at least": True, "exactly": True, "at most": False}
SENSE_HIGH = {"at least": False, "exactly": True, "at most": True}


@rule(*STUDY_TABLES, "Fixes")
def _fixes_can_be_kept(case: Case) -> Iterator[Finding]:
    """No fix asks for more than another, or the workbook, allows in the same time or in a longer one that holds it."""
    study = Study(case)
    rows: dict[tuple[str, ...], list[tuple[int, Fix]]] = defaultdict(list)
    for number, fix in enumerate(case.fixes):
        if not list(_named(case, number, fix)) and not (fix.value is None and fix.action not in ("forbid", "force")):
            rows[fix.decision, fix.name, fix.material, fix.form].append((number, fix))
    for alike in rows.values():
        yield from _against_each_other(study, alike)
        yield from _against_the_workbook(study, alike)
    yield from _one_of_a_group(case)


def _against_each_other(study: Study, alike: list[tuple[int, Fix]]) -> Iterator[Finding]:
    lows = [(n, f) for n, f in alike if SENSE_LOW[fixes.SENSES[f.action]] and fixes.limit(f) > 0]
    highs = [(n, f) for n, f in alike if SENSE_HIGH[fixes.SENSES[f.action]]]
    for number, low in lows:
        for other, high in highs:
            if number != other and _together(study, low, high) and fixes.limit(low) > fixes.limit(high) * (1 + _TOLERANCE):
                yield _clash(number, low, f"row {other + 1} below the header allows no more than {fixes.limit(high):g}")
                yield _clash(other, high, f"row {number + 1} below the header asks for at least {fixes.limit(low):g}")


def _together(study: Study, low: Fix, high: Fix) -> bool:
    """Whether what is asked for at least lies within what is allowed at most. A stock is what lies there at one instant."""
    inner, outer = fixes.window(study, low), fixes.window(study, high)
    if low.decision != "stock":
        return set(inner) <= set(outer)
    if high.month is None and high.year is None:
        return True
    of_all = low.month is None and low.year is None and outer.stop in {slot.end for slot in study.horizon.slots}
    return of_all or inner.stop == outer.stop


def _clash(number: int, fix: Fix, why: str) -> Finding:
    field = "action" if fix.value is None else "value"
    mend = f"It contradicts another row: {why}. Correct or delete one of the two."
    return Finding("Fixes", number, field, getattr(fix, field), "rows that can be kept together", mend)


def _against_the_workbook(study: Study, alike: list[tuple[int, Fix]]) -> Iterator[Finding]:
    """Signatures and units in all, the limit of a source, and what fits into a store."""
    asked = [(n, f) for n, f in alike if SENSE_LOW[fixes.SENSES[f.action]]]
    forced: dict[range, float] = {}
    for number, fix in asked:
        months, number_asked = fixes.window(study, fix), fixes.limit(fix)
        most, why = _most(study, fix, months)
        if fix.decision in DATED:
            forced[months] = max(forced.get(months, 0.0), number_asked)
            apart = [months_of for months_of in forced if months_of == months or not set(months_of) & set(months)]
            number_asked = sum(forced[months_of] for months_of in apart)
        if most is not None and number_asked > most * (1 + _TOLERANCE):
            mend = f"{why} {most:g}; {number_asked:g} are asked for. Correct the row."
            field = "value" if fix.value is not None else "action"
            yield Finding("Fixes", number, field, getattr(fix, field), f"at most {most:g}", mend)


def _most(study: Study, fix: Fix, months: range) -> tuple[float | None, str]:
    """The most that the workbook allows of what a fix is about (None: not known), and why."""
    if fix.decision == "contract":
        return 1.0, "A contract is signed at most once:"
    if fix.decision == "programme":
        return 1.0, "A programme is started at most once:"
    if fix.decision == "cell":
        return float(study.residue.sites[fix.name].max_units), "Cells that the site takes:"
    if fix.decision == "financing":
        return 1.0, "A financing is put up at most once:"
    if fix.decision == "running":
        return 1.0, "A plant runs or not:"
    if fix.decision == "plant":
        return float(study.plants[fix.name].max_units), "Units that the site takes:"
    if fix.decision == "size":
        plant = study.plants[fix.name]
        most = study.curves[fix.name][-1][0] if fix.name in study.curves else plant.capacity_t_per_yr * plant.max_units
        return most, "Tonnes a year that can be built:"
    if fix.decision == "purchase":
        source = study.sources[fix.name]
        limits = study.base_limit_t[fix.name]
        inside = [m for m in range(study.horizon.months) if m in months]
        return source.spot_share * sum(limits[m] for m in inside), "Tonnes that the source sells without a contract in this time:"
    if fix.decision == "stock":
        stocks = [s for s in study.case.stocks if s.store == fix.name and fix.material in ("", s.material) and fix.form in ("", s.form)]
        room = [study.room_t(s, months[-1]) for s in stocks]
        return (None if None in room else sum(r for r in room if r is not None)), "Tonnes that fit into the store:"
    return None, ""


def _one_of_a_group(case: Case) -> Iterator[Finding]:
    """Two of an exclusive group are not both forced."""
    tables: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("contract", case.contracts),
        ("plant", case.plants),
        ("programme", case.programmes),
    )
    for decision, table in tables:
        group = {getattr(row, decision): row.exclusive_group for row in table if row.exclusive_group}
        forced: dict[str, str] = {}
        for number, fix in enumerate(case.fixes):
            if fix.decision != decision or fix.name not in group:
                continue
            if not SENSE_LOW[fixes.SENSES[fix.action]] or fixes.limit(fix) < 1:
                continue
            first = forced.setdefault(group[fix.name], fix.name)
            if first != fix.name:
                mend = f"'{first}' is forced too, and of the group '{group[fix.name]}' at most one is taken. Delete one of the two."
                yield Finding("Fixes", number, "name", fix.name, "one of a group", mend)


@rule(*STUDY_TABLES, "Ceilings")
def _ceilings_are_about_something(case: Case) -> Iterator[Finding]:
    """A ceiling holds in years of the plan, for a country and form from which something comes."""
    study = Study(case)
    home = case.settings.home_country
    last = {s.source: s.countries[-1] for s in case.sources}
    works = [p for p in case.plants if p.status != "supplier"]
    countries = set(last.values()) | {p.country for p in works}
    everywhere = countries | {c for s in case.sources for c in s.countries} | {p.country for p in case.plants}
    if case.ceilings and home and home not in everywhere:
        near = nearest(home, everywhere)
        mend = f"Did you mean '{near}'?" if near else "Nothing stands in this country. Correct the name, or clear the cell."
        yield warning("Settings", None, "home_country", home, "a country of plants or sources", mend)
    for number, ceiling in enumerate(case.ceilings):
        if ceiling.from_year and ceiling.to_year and ceiling.from_year > ceiling.to_year:
            mend = f"The last year is {ceiling.to_year}. Exchange the two."
            yield Finding("Ceilings", number, "from_year", ceiling.from_year, "a first year before the last", mend)
        elif not list(ceilings.years(study, ceiling)):
            mend = f"The plan runs from {study.horizon.years[0]} to {study.horizon.years[-1]}: the row never holds. Correct the years."
            yield warning("Ceilings", number, "from_year", ceiling.from_year, "years of the plan", mend)
        if ceiling.country and ceiling.country == home:
            mend = "What comes from home is not counted. Name a foreign country, or correct home_country on the sheet Settings."
            yield Finding("Ceilings", number, "country", ceiling.country, "a foreign country", mend)
        elif ceiling.country and ceiling.country not in countries:
            near = nearest(ceiling.country, countries)
            mend = f"Did you mean '{near}'?" if near else "No source comes last from it, and no plant stands there. Correct the name."
            yield warning("Ceilings", number, "country", ceiling.country, "a country that delivers", mend)
        for element in ceiling.elements or tuple(study.chain.oxide_per_metal):
            yield from _several_deliver(study, number, ceiling, element, bool(ceiling.elements))
        if not home and any(p.output_form == ceiling.form for p in works):
            mend = "Without it the buyer's own plants count as a foreign country's too. Name the buyer's country."
            yield warning("Settings", None, "home_country", home, "the buyer's country, for the ceilings", mend)


def _several_deliver(study: Study, number: int, ceiling: Ceiling, element: str, named: bool) -> Iterator[Finding]:
    """An element that one country alone delivers cannot come at all below a hard ceiling; one that nobody delivers needs none."""
    case, chain = study.case, study.chain
    given = {s.countries[-1] for s in case.sources if s.form == ceiling.form and element in chain.shares[s.material]}
    for activity in chain.activities:
        if any(f == ceiling.form and element in chain.shares[i] for i, f in activity.outputs):
            given.add(study.plants[activity.plant].country)
    given.discard(case.settings.home_country)
    if not given and named:
        mend = f"No source delivers {element} as {ceiling.form} from abroad, and no plant there makes it. Correct element or form."
        yield warning("Ceilings", number, "elements", ceiling.elements, "an element that comes from abroad", mend)
    only = next(iter(given), "")
    hard = ceiling.excess_usd_per_kg is None and ceiling.max_share < 1
    if len(given) == 1 and hard and ceiling.country in ("", only):
        mend = f"{element} as {ceiling.form} comes from {only} alone, so that none may come at all. Price the excess, or name others."
        yield warning("Ceilings", number, "max_share", ceiling.max_share, "a share that several countries can keep", mend)


@rule(*STUDY_TABLES, "Counts")
def _counts_can_be_kept(case: Case) -> Iterator[Finding]:
    """A count asks for something, and for no more than there is."""
    study = Study(case)
    h = study.horizon
    for number, count in enumerate(case.counts):
        if count.at_least is None and count.at_most is None:
            yield Finding(
                "Counts", number, "at_least", None, "a number here or in at_most", "The row asks for nothing. Fill one of the two."
            )
            continue
        if count.from_month and count.by_month and count.from_month > count.by_month:
            yield Finding("Counts", number, "from_month", count.from_month, "a month before by_month", "Exchange the two months.")
            continue
        if not counts.months(study, count):
            mend = f"The plan runs from {h.date(0)} to {h.date(h.months - 1)}. Correct the months."
            yield Finding("Counts", number, "from_month", count.from_month, "months of the plan", mend)
            continue
        for name in count.members:
            expired = name in study.contracts and study.contracts[name].status == "expired"
            lever = name in study.programmes.rows and study.programmes.rows[name].status == "contingency"
            if expired or lever or (name in study.plants and study.plants[name].status == "supplier"):
                what = "an expired contract" if expired else "a contingency" if lever else "a plant of a supplier"
                mend = f"'{name}' is {what}, and never counts. Leave it out."
                yield Finding("Counts", number, "members", count.members, "contracts, plants and sources that can be taken", mend)
        there = counts.standing(study, count)
        units = {p.plant: p.max_units for p in case.plants if p.status == "candidate"}
        units.update((p.programme, 1) for p in case.programmes if p.status == "candidate")
        most = there + sum(units.get(name, name in study.sources or _on_offer(study, name)) for name in count.members)
        if count.at_least is not None and count.at_least > most:
            mend = f"No more than {most} can be taken. Lower it, or name more."
            yield Finding("Counts", number, "at_least", count.at_least, f"at most {most}", mend)
        elif count.at_least is not None and count.at_most is not None and count.at_least > count.at_most:
            yield Finding("Counts", number, "at_least", count.at_least, "no more than at_most", "Exchange or correct the two.")
        if count.at_most is not None and count.at_most < there:
            mend = f"{there} are in force or exist already. Raise it, or leave them out."
            yield Finding("Counts", number, "at_most", count.at_most, f"at least {there}", mend)


def _on_offer(study: Study, name: str) -> bool:
    return name in study.contracts and study.contracts[name].status == "on offer"


@rule("Settings", "Budgets")
def _budgets_are_of_the_plan(case: Case) -> Iterator[Finding]:
    """A budget is of a year of the plan."""
    h = Horizon(case)
    for number, budget in enumerate(case.budgets):
        if budget.year is not None and budget.year not in h.years:
            mend = f"The plan runs from {h.years[0]} to {h.years[-1]}. Correct the year."
            yield Finding("Budgets", number, "year", budget.year, "a year of the plan", mend)


PLANNER_RULES: tuple[Rule, ...] = (
    _fixes_are_about_something,
    _fixes_can_be_kept,
    _ceilings_are_about_something,
    _counts_can_be_kept,
    _budgets_are_of_the_plan,
)
"""The planner's own rules."""
