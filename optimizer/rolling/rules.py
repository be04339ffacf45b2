"""The planner's own rules and the cut-offs: what of them is past, what is kept already, and what is left to keep."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from models.case import Budget, Count, CutOff, Fix
from models.columns import Month
from optimizer.audit.book import Book
from optimizer.audit.capital import payments
from optimizer.rolling.parts import NOTHING_T, Rolling, noted

FLOWS = {
    "purchase": ("bought", "source", "bought_t"),
    "lifting": ("lifted", "contract", "lifted_t"),
    "processing": ("processed", "plant", "processed_t"),
    "route": ("shipped", "route", "shipped_t"),
    "sale": ("surplus", "material", "sold_t"),
    "disposal": ("surplus", "material", "disposed_t"),
}
"""Table, column of the name and column of the tonnes of what a fix counts, by kind of decision."""

DECIDED = {
    "contract": ("signatures", "contract", "signed"),
    "plant": ("constructions", "plant", "decided"),
    "programme": ("programme_starts", "programme", "decided"),
    "cell": ("cells_built", "site", "decided"),
    "financing": ("financed", "financing", "signed"),
}
"""Table, column of the name and of the month of decisions, by kind."""

STILL_OPEN = {
    "contract": ("contracts", "contract", "status", "on offer"),
    "plant": ("plants", "plant", "status", "candidate"),
    "programme": ("programmes", "programme", "status", "candidate"),
    "cell": ("residue_sites", "site", "status", "candidate"),
    "financing": ("financings", "financing", "optional", True),
}
"""Sheet, columns of name and state, and the state in which something can still be decided, by kind."""


def carry_rules(rolling: Rolling) -> None:
    """Cut-offs, fixes, ceilings, counts and budgets."""
    _cutoffs(rolling)
    new = [row for row in rolling.rows["fixes"] if row not in rolling.case.fixes]
    rolling.rows["fixes"] = list(rolling.case.fixes)
    rolling.take_aside("fixes", lambda row: _over(rolling, row))
    rolling.change("fixes", lambda row: _rest(rolling, row))
    rolling.rows["fixes"] += new
    split = rolling.to.month != 1
    for row in rolling.case.ceilings:
        if split and (row.from_year or rolling.to.year) <= rolling.to.year <= (row.to_year or rolling.to.year):
            text = f"it counts the rest of {rolling.to.year} by itself, without what was delivered before {rolling.to}"
            rolling.lost("Ceilings", f"{row.country or 'each country'} {row.form}", text)
    _counts(rolling)
    _budgets(rolling)


def _cutoffs(rolling: Rolling) -> None:
    """A first start that was found is promised; one that is past is now; a cut-off whose last start is past is switched off."""
    ready = {row.cutoff: row.first_start for row in rolling.plan.readiness}

    def later(row: CutOff) -> CutOff:
        if row.last_start is not None and row.last_start < rolling.to:
            return dataclasses.replace(row, active=False, note=noted(row, f"Its last start, {row.last_start}, has passed."))
        found = row.first_start or next((month for name, month in ready.items() if _is_of(name, row)), None)
        if found is None:
            return row
        changes: dict[str, Any] = {"first_start": max(found, rolling.to), "latest_first_start": None}
        if row.first_start is None:
            changes["note"] = noted(row, f"Survived from {found} on by the plan before.")
        return dataclasses.replace(row, **changes)

    rolling.change("cutoffs", later)


def _is_of(name: str, row: CutOff) -> bool:
    """Whether a cut-off of the plan is this row, or one of its combinations."""
    return name == row.cutoff or (row.at_once is not None and name.startswith(f"{row.cutoff}: "))


def _over(rolling: Rolling, fix: Fix) -> str:
    """Why a fix has no place any more; empty where it has."""
    if (fix.month is not None and fix.month < rolling.to) or (fix.year is not None and fix.year < rolling.to.year):
        return "its time has passed"
    if fix.decision in STILL_OPEN:
        table, name, state, wanted = STILL_OPEN[fix.decision]
        if not any(getattr(row, name) == fix.name and getattr(row, state) == wanted for row in rolling.rows[table]):
            return "decided already"
        if fix.value is None and fix.action == "force" and _done(rolling, fix) >= 1:
            return "kept already"
    if fix.decision == "running" and not any(row.plant == fix.name and row.may_stop != "no" for row in rolling.rows["plants"]):
        return "decided already"
    return ""


def _rest(rolling: Rolling, fix: Fix) -> Fix:
    """A fix of the whole plan, or of the year that goes on, asks for what is left of it."""
    if fix.value is None or fix.month is not None or fix.decision in ("stock", "running"):
        return fix
    done = _done(rolling, fix)
    if done <= NOTHING_T:
        return fix
    note = noted(fix, f"{fix.value:g} in all, less {done:.6g} before {rolling.to}.")
    return dataclasses.replace(fix, value=max(0.0, fix.value - done), note=note)


def _done(rolling: Rolling, fix: Fix) -> float:
    """What of a fix the plan has done before the new start, in its year where it has one."""
    if fix.decision in DECIDED:
        table, name, month = DECIDED[fix.decision]
        rows = [row for row in getattr(rolling.plan, table) if getattr(row, name) == fix.name and getattr(row, month) < rolling.to]
        rows = [row for row in rows if getattr(row, "decided", True) is not False]
        return float(sum(getattr(row, "units", 1) for row in rows if fix.year in (None, getattr(row, month).year)))
    if fix.decision not in FLOWS:
        return 0.0
    table, name, tonnes = FLOWS[fix.decision]
    return math.fsum(
        getattr(row, tonnes)
        for row in rolling.past(getattr(rolling.plan, table))
        if getattr(row, name) == fix.name
        and fix.year in (None, row.period.year)
        and fix.material in ("", getattr(row, "material", ""))
        and fix.form in ("", getattr(row, "form", fix.form))
    )


def _counts(rolling: Rolling) -> None:
    """What was counted before the new start stays counted: signatures, units and starts that are now there count anyhow; sources that
    delivered enough are counted off."""
    rolling.take_aside("counts", lambda row: "its time has passed" if row.by_month is not None and row.by_month < rolling.to else "")
    before = {row.rule: row for row in rolling.case.counts}
    rolling.change("counts", lambda row: _count(rolling, before[row.rule], row))


def _count(rolling: Rolling, old: Count, new: Count) -> Count:
    """The rule with the numbers that are left to reach or to keep."""
    opens = max(rolling.start, old.from_month or rolling.start)
    closes = old.by_month or rolling.start.plus(rolling.case.settings.horizon_months)
    counted = float(_standing(old.members, rolling.case.contracts, rolling.case.programmes, rolling.case.plants))
    for table, name, month in (DECIDED[kind] for kind in ("contract", "plant", "programme")):
        for row in getattr(rolling.plan, table):
            at: Month = getattr(row, month)
            if (
                getattr(row, name) in old.members
                and at < rolling.to
                and opens <= at <= closes
                and getattr(row, "decided", True) is not False
            ):
                counted += getattr(row, "units", 1)
    had: dict[str, float] = {}
    for flow in (*rolling.past(rolling.plan.bought), *rolling.past(rolling.plan.lifted)):
        if flow.source in old.members and opens <= flow.period <= closes:
            had[flow.source] = had.get(flow.source, 0.0) + getattr(flow, "bought_t", 0.0) + getattr(flow, "lifted_t", 0.0)
    off = {source for source, tonnes in had.items() if tonnes >= old.source_from_t * (1 - 1e-6)}
    some = {source for source, tonnes in had.items() if tonnes > 1e-6} - off
    if old.at_least is not None and old.at_most is not None:
        some, off = some | off, off
    if some and old.at_most is None:
        rolling.lost("Counts", old.rule, f"what {', '.join(sorted(some))} delivered before {rolling.to} does not count towards its tonnes")
    if some and old.at_most is not None and old.at_least is not None:
        rolling.lost("Counts", old.rule, "sources that delivered before are counted again")
    off = off | some if old.at_least is None else off
    standing = _standing(new.members, rolling.rows["contracts"], rolling.rows["programmes"], rolling.rows["plants"])
    less = counted + len(off) - standing
    members = tuple(name for name in new.members if name not in off)
    if not members:
        members, off = new.members, set()
    changes: dict[str, Any] = {
        "members": members,
        "at_least": None if old.at_least is None else max(0, round(old.at_least - less)),
        "at_most": None if old.at_most is None else max(0, round(old.at_most - less)),
        "from_month": None if new.from_month is not None and new.from_month < rolling.to else new.from_month,
    }
    same = all(getattr(new, name) == value for name, value in changes.items())
    return new if same else dataclasses.replace(new, **changes, note=noted(new, f"Less what was counted before {rolling.to}."))


def _standing(members: tuple[str, ...], contracts: Any, programmes: Any, plants: Any) -> int:
    """Members that are there anyhow."""
    there = [row.contract for row in contracts if row.status == "in force"]
    there += [row.programme for row in programmes if row.status == "in force"]
    there += [row.plant for row in plants if row.status == "existing"]
    return sum(name in members for name in there)


def _budgets(rolling: Rolling) -> None:
    """A budget is what is left of it: less what was committed before the new start and is spent in its year."""
    rolling.take_aside("budgets", lambda row: "its year has passed" if row.year is not None and row.year < rolling.to.year else "")
    if not rolling.rows["budgets"]:
        return
    committed = _committed(rolling)
    last = rolling.start.plus(rolling.case.settings.horizon_months - 1).year
    kinds = {"commitments": ("capex", "prepayments"), "all": ("capex", "prepayments")}
    rows: list[Budget] = []
    for row in rolling.rows["budgets"]:
        if row.counts in ("purchases", "all") and rolling.to.month != 1 and row.year in (None, rolling.to.year):
            rolling.lost("Budgets", row.budget, f"purchases of {rolling.to.year} before {rolling.to} are not taken off it")
        spent = {
            year: math.fsum(committed.get((kind, year), 0.0) for kind in kinds.get(row.counts, (row.counts,)))
            for year in ([row.year] if row.year is not None else range(rolling.to.year, last + 1))
        }
        if not any(spent.values()):
            rows.append(row)
            continue
        for year, usd in spent.items():
            note = noted(row, f"{row.usd_m:g} less {usd:.6g} committed before {rolling.to}.")
            rows.append(dataclasses.replace(row, year=year, usd_m=max(0.0, row.usd_m - usd), note=note))
    rolling.rows["budgets"] = rows


def _committed(rolling: Rolling) -> dict[tuple[str, int], float]:
    """Capital and prepayments by kind and calendar year of all that was decided before the new start, million USD."""
    book, found = Book(rolling.case), dict[tuple[str, int], float]()

    def add(kind: str, year: int, usd: float) -> None:
        found[kind, year] = found.get((kind, year), 0.0) + usd

    for built in rolling.plan.constructions:
        if built.decided < rolling.to:
            paid = list(payments(book, book.chain.plants[built.plant], book.clock.month(built.online)))
            whole = math.fsum(usd for _, usd in paid)
            for month, usd in paid if whole else ():
                add("capex", book.clock.year(month), built.capex_usd_m * usd / whole)
    sites = {row.site: row for row in rolling.case.residue_sites}
    for cells in rolling.plan.cells_built:
        if cells.decided < rolling.to:
            for month, usd in payments(book, sites[cells.site], book.clock.month(cells.ready)):
                add("capex", book.clock.year(month), cells.units * sites[cells.site].capex_usd_m * usd)
    for start in rolling.plan.programme_starts:
        if start.decided < rolling.to:
            add("capex", start.decided.year, start.capex_usd_m)
    for signed in rolling.plan.signatures:
        if signed.decided and signed.signed < rolling.to:
            add("prepayments", signed.signed.year, book.contracts[signed.contract].upfront_usd_m)
    for money in rolling.plan.financed:
        if money.signed < rolling.to:
            add("prepayments", money.signed.year, money.usd_m)
    return found
