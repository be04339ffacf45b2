"""The planner's own rules, re-computed for the base plan from its rows: fixes, share ceilings, counts, budgets."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterator

from models.case import Fix
from models.plan import Plan, PlannerRule
from optimizer.audit.book import Book
from optimizer.audit.capital import payments, upfront_usd_m
from optimizer.audit.clock import Slot
from optimizer.audit.decisions import IN_FORCE, Decisions
from optimizer.audit.materials import Parts
from optimizer.audit.money import KILOGRAMS, operating_costs
from optimizer.audit.residue import Cells
from optimizer.audit.routes import arrived, outputs
from optimizer.audit.rows import Run
from optimizer.audit.settlements import Settled, by_year
from optimizer.audit.stores import Levels
from optimizer.audit.verdict import SUMMED_UP, Ledger

RULE = "planner-rules"

SMALLEST_T = 1e-6
"""Tonnes below which nothing is delivered."""

Key = tuple[str, int, str, str, str]
"""(sheet, row, rule, when, sense) of a row of the plan's table of planner's rules."""


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a rule asks and what the plan does, by the audit."""

    limit: float
    reached: float
    sense: str


class Rows:
    """The plan's table of planner's rules: each row is compared with the audit's own figures, and none may be made up."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        """Indexes the table; a second row of one key is a finding."""
        self._ledger = ledger
        self._stated: dict[Key, PlannerRule] = {}
        for row in plan.planner_rules:
            key = (row.sheet, row.row, row.rule, row.when, row.sense)
            ledger.holds("duplicates", key not in self._stated, SUMMED_UP, None, ("planner_rules", *map(str, key)), "one row", "a second")
            self._stated[key] = row
        self._seen: set[Key] = set()

    def find(self, sheet: str, number: int, rule: str = "", when: str = "", sense: str = "") -> PlannerRule | None:
        """The row that the plan shows of a rule, by its place, and by its words where a rule has several rows."""
        for (of_sheet, place, words, at, asked), row in self._stated.items():
            if (of_sheet, place) == (sheet, number) and rule in ("", words) and when in ("", at) and sense in ("", asked):
                self._seen.add((of_sheet, place, words, at, asked))
                return row
        return None

    def compare(self, sheet: str, number: int, kept: Kept, rule: str = "", when: str = "", sense: str = "") -> None:
        """The rule is kept; the row that the plan shows of it says the same."""
        row = self.find(sheet, number, rule, when, sense)
        name = (sheet, f"row {number}", *((rule,) if rule else ()), *((when,) if when else ()))
        self._ledger.holds(RULE, row is not None, SUMMED_UP, None, name, "a row of the table of planner's rules", "none")
        if row is not None:
            self.figures(row, kept, name)
        self.judge(kept, name)

    def judge(self, kept: Kept, name: tuple[str, ...]) -> None:
        """What the plan does against what is asked."""
        if kept.sense != "at most":
            self._ledger.at_least(RULE, kept.reached, kept.limit, SUMMED_UP, None, name)
        if kept.sense != "at least":
            self._ledger.at_most(RULE, kept.reached, kept.limit, SUMMED_UP, None, name)

    def figures(self, row: PlannerRule, kept: Kept, name: tuple[str, ...]) -> None:
        """The figures that a row shows are the audit's own."""
        self._ledger.equal("stated-figures", row.limit, kept.limit, SUMMED_UP, None, (*name, "limit"))
        self._ledger.equal("stated-figures", row.reached, kept.reached, SUMMED_UP, None, (*name, "reached"))
        self._ledger.holds("stated-figures", row.sense == kept.sense, SUMMED_UP, None, (*name, "sense"), kept.sense, row.sense)

    def stated(self, sheet: str, number: int, sense: str, limit: float, least: float = 0.0, most: float = math.inf) -> None:
        """The plan shows a row of a rule with its limit, and that it is kept, by no more and no fewer than can be counted."""
        row = self.find(sheet, number, sense=sense)
        name = (sheet, f"row {number}", sense)
        self._ledger.holds(RULE, row is not None, SUMMED_UP, None, name, "a row of the table of planner's rules", "none")
        if row is not None:
            self._ledger.equal("stated-figures", row.limit, limit, SUMMED_UP, None, (*name, "limit"))
            kept = row.reached >= limit - 1e-6 if sense == "at least" else row.reached <= limit + 1e-6
            self._ledger.holds("stated-figures", kept, SUMMED_UP, None, (*name, "reached"), f"{sense} {limit:g}", f"{row.reached:g}")
            self._ledger.at_least("stated-figures", row.reached, least, SUMMED_UP, None, (*name, "reached"))
            self._ledger.at_most("stated-figures", row.reached, most, SUMMED_UP, None, (*name, "reached"))

    def close(self) -> None:
        """A row about no rule of the case is made up."""
        for key in self._stated.keys() - self._seen:
            self._ledger.holds("names", False, SUMMED_UP, None, ("planner_rules", *map(str, key)), "a rule of the case", "another")


def check_planner(
    book: Book, made: Decisions, cells: Cells, base: Run, levels: Levels, settled: Settled, plan: Plan, ledger: Ledger
) -> dict[int, float]:
    """Every rule of the planner's own is kept by the base plan, and the table that tells of them is right.

    Returns what is paid for passing priced ceilings, by calendar year (million USD, undiscounted).
    """
    rows = Rows(plan, ledger)
    for number, fix in enumerate(book.case.fixes, 1):
        asked = {"forbid": 0.0, "force": 1.0 if fix.value is None else fix.value}.get(fix.action, fix.value or 0.0)
        sense = {"force": "at least", "forbid": "at most", "fix": "exactly"}.get(fix.action, fix.action)
        found = list(_found(book, made, cells, base, levels, fix))
        worst = max(found, default=0.0) if sense == "at most" else min(found, default=0.0)
        rows.compare("Fixes", number, Kept(asked, worst, sense))
        if sense == "exactly":
            rows.judge(Kept(asked, max(found, default=0.0), "at most"), ("Fixes", f"row {number}"))
    penalties = _ceilings(book, base, rows, ledger)
    _counts(book, made, base, rows)
    _budgets(book, made, cells, base, settled, rows)
    rows.close()
    return penalties


def _abroad(book: Book, base: Run, form: str) -> dict[tuple[str, int], dict[str, float]]:
    """What comes from abroad in a form by (element, calendar year) and country: what is bought and lifted, when it arrives, of the last
    country that it passed, and what plants abroad give out (t REO); less what routes take from abroad straight to a plant abroad.
    """
    found: dict[tuple[str, int], dict[str, float]] = collections.defaultdict(lambda: collections.defaultdict(float))

    def add(country: str, parts: Parts, period: int, tonnes: float) -> None:
        for (material, of_form), share in parts:
            if of_form == form and country != book.case.settings.home_country:
                for element, part in book.materials.shares.get(material, {material: 1.0}).items():
                    found[element, book.clock.year(period)][country] += tonnes * share * part

    for (source, period), tonnes in arrived(book, base, base):
        add(book.limits.sources[source].countries[-1], book.arrivals[source], period, tonnes)
    for plant, material, period, tonnes in outputs(book, base, base):
        activity = book.chain.activity(plant, material)
        if activity is not None:
            add(book.chain.plants[plant].country, (*activity.outputs, *activity.scrap), period, tonnes)
    for (name, material, of_form, period), tonnes in base.shipped.items():
        row = book.routes[name]
        goal = book.chain.plants.get(row.to_name) if row.to_kind == "plant" else None
        if goal is not None and goal.country != book.case.settings.home_country and row.from_kind in ("source", "plant"):
            of_source = row.from_kind == "source"
            start = book.limits.sources[row.from_name].countries[-1] if of_source else book.chain.plants[row.from_name].country
            add(start, (((material, of_form), 1.0),), period, -tonnes)
    return found


def _ceilings(book: Book, base: Run, rows: Rows, ledger: Ledger) -> dict[int, float]:
    """Of what comes from abroad of an element in a form in a year, a country gives no more than its share, up to the excess that the
    plan pays for where the row prices it. Returns what is paid, by year.
    """
    paid: dict[int, float] = collections.defaultdict(float)
    for number, ceiling in enumerate(book.case.ceilings, 1):
        for (element, year), by_country in _abroad(book, base, ceiling.form).items():
            if not (ceiling.from_year or year) <= year <= (ceiling.to_year or year):
                continue
            everything = math.fsum(by_country.values())
            for country, tonnes in by_country.items():
                if country != (ceiling.country or country) or element not in (ceiling.elements or (element,)) or tonnes <= SMALLEST_T:
                    continue
                over = max(0.0, tonnes - ceiling.max_share * everything)
                words, name = f"{element} as {ceiling.form} from {country}", ("Ceilings", f"row {number}", element, country)
                price = ceiling.excess_usd_per_kg
                if price is None:
                    ledger.at_most(RULE, over, 0.0, SUMMED_UP, None, (*name, str(year)), scale=everything)
                paid[year] += over * (price or 0.0) * KILOGRAMS
                row = rows.find("Ceilings", number, words, str(year))
                ledger.holds(RULE, row is not None, SUMMED_UP, None, (*name, str(year)), "a row of the table of planner's rules", "none")
                if row is not None:
                    rows.figures(row, Kept(100 * ceiling.max_share, 100 * tonnes / everything, "at most"), (*name, str(year)))
                    if price is not None:
                        ledger.equal("stated-figures", row.beyond_t, over, SUMMED_UP, None, (*name, "beyond_t"), scale=everything)
    return paid


def _counts(book: Book, made: Decisions, base: Run, rows: Rows) -> None:
    """Signatures, units, starts of programmes and sources that deliver, of those that a row names and in its time, are no fewer and no
    more than it says; what is in force and what exists counts always.
    """
    clock = book.clock
    for number, count in enumerate(book.case.counts, 1):
        opens, closes = max(0, clock.month_or(count.from_month, 0)), clock.month_or(count.by_month, clock.horizon)
        total = 0.0
        used: dict[str, float] = collections.defaultdict(float)
        for name in count.members:
            total += sum(right.decided == IN_FORCE or opens <= right.decided <= closes for right in made.rights.get(name, ()))
            total += sum(unit.units for unit in made.built.get(name, ()) if opens <= unit.decided <= closes)
            plant = book.chain.plants.get(name)
            total += plant is not None and plant.status == "existing"
            if name in book.programmes:
                total += book.programmes[name].status == "in force" or opens <= made.starts.decided.get(name, -1) <= closes
        for (source, period), tonnes in [*base.bought.items(), *(((s, t), lifted) for (_, s, t), lifted in base.lifted.items())]:
            if source in count.members and opens <= period <= closes:
                used[source] += tonnes
        if count.at_least is not None:
            enough = sum(tonnes >= count.source_from_t * (1 - 1e-6) for tonnes in used.values())
            rows.judge(Kept(count.at_least, total + enough, "at least"), ("Counts", f"row {number}"))
            rows.stated("Counts", number, "at least", count.at_least, most=total + enough)
        if count.at_most is not None:
            taken = total + sum(tonnes > SMALLEST_T for tonnes in used.values())
            rows.judge(Kept(count.at_most, taken, "at most"), ("Counts", f"row {number}"))
            rows.stated("Counts", number, "at most", count.at_most, least=taken)


def _budgets(book: Book, made: Decisions, cells: Cells, base: Run, settled: Settled, rows: Rows) -> None:
    """Money committed and spent in a calendar year, undiscounted, is within the budget."""
    clock = book.clock
    money: dict[tuple[str, int], float] = collections.defaultdict(float)
    for name, units in made.built.items():
        plant = book.chain.plants[name]
        for unit in units:
            for month, usd in payments(book, plant, unit.online):
                money["capex", clock.year(month)] += unit.capital * usd
    for name, of_site in cells.items():
        site = next(row for row in book.case.residue_sites if row.site == name)
        for cell in of_site:
            for month, usd in payments(book, site, cell.ready):
                money["capex", clock.year(month)] += cell.units * site.capex_usd_m * usd
    for name, month in made.starts.decided.items():
        money["capex", clock.year(month)] += book.programmes[name].capex_usd_m * book.risen(month)
    for name, rights in made.rights.items():
        for right in rights:
            if right.decided != IN_FORCE:
                money["prepayments", clock.year(right.decided)] += upfront_usd_m(book, name, right.decided)
    for put_up, right in made.money.put_up:
        money["prepayments", clock.year(right.decided)] += put_up.usd_m
    for term, period, amount in operating_costs(book, base):
        if term in ("purchases", "contracts", "freight"):
            money["purchases", clock.year(period)] += amount
    for (term, year), parts in by_year(book, settled).items():
        if term in ("take_or_pay", "rebates"):
            money["purchases", year] += math.fsum(amount for amount, _ in parts)
    commitments = ("capex", "prepayments")
    kinds = {"commitments": commitments, "all": (*commitments, "purchases")}
    years = sorted({clock.year(first) for first, _ in base.slots})
    for number, budget in enumerate(book.case.budgets, 1):
        for year in years if budget.year is None else [budget.year]:
            total = math.fsum(money[kind, year] for kind in kinds.get(budget.counts, (budget.counts,)))
            rows.compare("Budgets", number, Kept(budget.usd_m, total, "at most"), when=str(year))


def _found(book: Book, made: Decisions, cells: Cells, base: Run, levels: Levels, fix: Fix) -> Iterator[float]:
    """What the plan does of what a fix is about; of a stock without a date one level per period."""
    clock = book.clock
    if fix.decision == "stock":
        stores = [key for key in book.stocks if key[0] == fix.name and fix.material in ("", key[1]) and fix.form in ("", key[2])]
        if fix.month is not None:
            ends = [clock.month(fix.month) + 1]
        elif fix.year is not None:
            ends = [max(m + 1 for m in range(clock.horizon) if clock.year(m) == fix.year)]
        else:
            ends = [first + months for first, months in base.slots]
        yield from (math.fsum(levels.at(key, end) for key in stores) for end in ends)
    elif fix.decision == "contract":
        rights = made.rights.get(fix.name, ())
        yield float(sum(right.decided != IN_FORCE and _dated(book, fix, right.decided) for right in rights))
    elif fix.decision == "plant":
        yield float(math.fsum(unit.units for unit in made.built.get(fix.name, ()) if _dated(book, fix, unit.decided)))
    elif fix.decision == "size":
        sizes = [unit.scale for unit in made.built.get(fix.name, ()) if _dated(book, fix, unit.decided)]
        yield math.fsum(sizes) * book.chain.plants[fix.name].capacity_t_per_yr
    elif fix.decision == "programme":
        decided = made.starts.decided.get(fix.name)
        yield float(decided is not None and _dated(book, fix, decided))
    elif fix.decision == "running":
        dates = [
            d for d in range(0, clock.horizon, book.case.settings.decision_every_months) if fix.month is None or d <= clock.month(fix.month)
        ]
        if fix.month is not None:
            dates = dates[-1:]
        elif fix.year is not None:
            dates = [d for d in dates if clock.year(d) == fix.year]
        yield from (float(made.states.is_on(fix.name, d)) for d in dates)
    elif fix.decision == "cell":
        yield float(sum(cell.units for cell in cells.get(fix.name, ()) if _dated(book, fix, cell.decided)))
    elif fix.decision == "financing":
        yield float(any(row.financing == fix.name and _dated(book, fix, right.decided) for row, right in made.money.put_up))
    elif fix.decision in ("sale", "disposal"):
        flows = base.sold if fix.decision == "sale" else base.disposed
        yield math.fsum(t * _part(book, fix, base, period) for (i, f, period), t in flows.items() if i == fix.name and fix.form in ("", f))
    elif fix.decision == "route":
        yield math.fsum(
            t * _part(book, fix, base, period)
            for (name, i, f, period), t in base.shipped.items()
            if name == fix.name and fix.material in ("", i) and fix.form in ("", f)
        )
    elif fix.decision == "purchase":
        yield math.fsum(t * _part(book, fix, base, period) for (source, period), t in base.bought.items() if source == fix.name)
    elif fix.decision == "lifting":
        yield math.fsum(t * _part(book, fix, base, period) for (name, _, period), t in base.lifted.items() if name == fix.name)
    else:
        yield math.fsum(
            t * _part(book, fix, base, period)
            for (plant, material, period), t in base.processed.items()
            if plant == fix.name and fix.material in ("", material)
        )


def _dated(book: Book, fix: Fix, month: int) -> bool:
    """Whether a decision falls into the month or year of a fix; blank: any."""
    if fix.month is not None:
        return month == book.clock.month(fix.month)
    return fix.year is None or book.clock.year(month) == fix.year


def _part(book: Book, fix: Fix, base: Run, first: int) -> float:
    """Share of a period's flow that a fix counts: the month's even share of its period, or the whole of what begins in the year."""
    if fix.month is None:
        return 1.0 if fix.year is None or book.clock.year(first) == fix.year else 0.0
    slot: Slot = next(slot for slot in base.slots if slot[0] == first)
    return 1 / slot[1] if slot[0] <= book.clock.month(fix.month) < slot[0] + slot[1] else 0.0
