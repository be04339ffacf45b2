"""What it costs to wait: the same case, decided one, two, three years later.

*Waiting until a date* means: before it no contract is signed, no plant, programme or disposal cell decided, and no plant that
may stop is stopped. All that goes on by itself goes on: contracts in force are lifted, plants run, material is bought and
stored. With ``stocks_wait`` the stockpile waits too: until the date no store holds more than on the first day.

What is asked of the plan stays: the same cut-offs, survived from the same first starts as without waiting (those of the workbook, or
those found for it). Where that can no longer be had, the first starts of all cut-offs are found anew, as early as can be:
waiting then costs readiness, and the costs are of two different safeties.

Options taken away never make a plan cheaper: with the same first starts a later decision never costs less.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from models.case import Case, Fix
from models.columns import Month, column
from models.combinations import every_combination
from models.horizon import Horizon
from models.run import Study
from optimizer.asked import on_calendar
from optimizer.engine import SolveOptions
from optimizer.errors import StockpileError
from optimizer.executor import Executor, Outcome, Serial
from optimizer.progress import Progress, Silent
from optimizer.studies import points
from optimizer.studies.frontier import BadQuestion
from optimizer.studies.points import Solved

COMMITMENTS = ("contract", "plant", "programme", "cell", "financing")
"""Decisions of the sheet Fixes that are commitments."""


@dataclass(frozen=True, kw_only=True)
class Later:
    """The case decided at one date."""

    years: float = column("years", "So much later than the start of the plan; 0: at once.")
    decided_from: Month = column("month", "No commitment is dated before this month.")
    status: str = column(
        "",
        "'as early': survives from the same first starts. 'later': only from later first starts. 'impossible': from none. 'unproven': a "
        "limit was reached without a plan that survives. 'failed': no answer, see the note.",
        choices=("as early", "later", "impossible", "unproven", "failed"),
    )
    cost_usd_m: float | None = column("million USD", "Discounted cost of the cheapest plan found.")
    bound_usd_m: float | None = column("million USD", "No plan can cost less than this.")
    more_usd_m: float | None = column("million USD", "More than the plan decided at once; where 'later', for less safety.")
    ready: tuple[str, ...] = column("a; b", "From when each cut-off is survived.", default=())
    months_later: int | None = column("months", "By how much the first start that moves most is later.", default=None)
    missing_t: float | None = column(
        "t REO", "Where not as early: what the pattern that lacks most lacks at the least, from the same first starts.", default=None
    )
    lost: tuple[str, ...] = column("a; b", "Contracts, plants, programmes and sites that can no longer be decided in time.", default=())
    dropped: tuple[str, ...] = column("a; b", "What the plan decided at once takes and this one does not.", default=())
    signed: tuple[str, ...] = column("a; b", "Contracts signed, with their months.", default=())
    built: tuple[str, ...] = column("a; b", "Plants decided and programmes started, with their months.", default=())
    most_stock_t: float | None = column("t REO", "Most that lies in all stores together.", default=None)
    seconds: float = column("s", "Time of its solves.", default=0.0)
    note: str = column("", "Why there is no answer.", default="")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The cost of waiting."""

    title: str = column("", "Name of the case.")
    stocks_wait: bool = column("yes / no", "yes: no store holds more than on the first day before the decision.")
    rows: tuple[Later, ...] = column("", "The dates of decision, the start of the plan first.")
    solves: int = column("", "Solves of the whole case.")


# The case that waits


def waited(case: Case, until: Month, stocks_wait: bool = False) -> Case:
    """The case without any commitment dated before a month; see the head of the page."""
    if until <= case.settings.start:
        return case

    def later(given: Month | None) -> Month:
        return until if given is None else max(given, until)

    return dataclasses.replace(
        case,
        contracts=tuple(dataclasses.replace(c, sign_from=later(c.sign_from)) if c.status == "on offer" else c for c in case.contracts),
        plants=tuple(dataclasses.replace(p, decide_from=later(p.decide_from)) if p.status == "candidate" else p for p in case.plants),
        programmes=tuple(
            dataclasses.replace(p, decide_from=later(p.decide_from)) if p.status == "candidate" else p for p in case.programmes
        ),
        residue_sites=tuple(
            dataclasses.replace(s, decide_from=later(s.decide_from)) if s.status == "candidate" else s for s in case.residue_sites
        ),
        fixes=(*case.fixes, *_running(case, until), *(_unfilled(case, until) if stocks_wait else ())),
    )


def _running(case: Case, until: Month) -> list[Fix]:
    """Rows that keep the plants that may stop running at every decision date before the month, if the planner says nothing of them."""
    h = Horizon(case)
    said = {fix.name for fix in case.fixes if fix.decision == "running"}
    dates = [d for d in h.decision_dates if h.date(d) < until]
    names = [p.plant for p in Study(case).stoppable if p.plant not in said and (p.online is None or p.online <= case.settings.start)]
    return [Fix(decision="running", name=name, action="force", month=h.date(d)) for name in names for d in dates]


def _unfilled(case: Case, until: Month) -> list[Fix]:
    """Rows that keep each stock, before the month, at what lies there on the first day."""
    study = Study(case)
    h = study.horizon
    ends = [slot.end - 1 for slot in h.slots if h.date(slot.end) <= until]
    return [
        Fix(
            decision="stock",
            name=stock.store,
            material=stock.material,
            form=stock.form,
            action="at most",
            month=h.date(m),
            value=study.opening_t(stock),
        )
        for stock in case.stocks
        for m in ends
    ]


def contradictions(case: Case, until: Month) -> list[str]:
    """Rows of the planner's own that ask for a commitment before the month."""
    found = []
    for fix in case.fixes:
        asks = fix.action in ("force", "fix", "at least") and fix.value != 0
        early = (fix.month is not None and fix.month < until) or (fix.year is not None and Month(fix.year, 12) < until)
        if fix.decision in COMMITMENTS and asks and early:
            found.append(f"{fix.decision} {fix.name} in {fix.month or fix.year}")
    return found


def choices(case: Case) -> dict[str, str]:
    """What can still be decided, by name, and its kind: contracts that deliver, plants that run and programmes that work inside the
    plan; sites where cells can be decided."""
    study = Study(case)
    found = {name: "contract" for name, _ in study.signings} | {name: "plant" for name, _ in study.buildings}
    h = study.horizon
    for row in case.programmes:
        first, last = max(0, h.month_of(row.decide_from, 0)), h.month_of(row.decide_to, h.months)
        if row.status == "candidate" and any(first <= d <= last and d + row.lead_months < h.months for d in h.decision_dates):
            found[row.programme] = "programme"
    for site in case.residue_sites:
        first, last = max(0, h.month_of(site.decide_from, 0)), h.month_of(site.decide_to, h.months)
        after = site.permit_months + site.build_months
        if site.status == "candidate" and any(first <= d <= last and d + after < h.months for d in h.decision_dates):
            found[site.site] = "site"
    return found


# The question


def waiting(
    case: Case,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    *,
    years: Sequence[float] = (1, 2, 3),
    stocks_wait: bool = False,
    executor: Executor | None = None,
) -> Waiting:
    """The case decided at once and so many ``years`` later (whole months, inside the plan). See the head of the page for what that means.

    Raises ``BadQuestion`` for years outside the plan, ``Interrupted``, and what the solve of the case decided at once raises.
    """
    options, progress, executor = options or SolveOptions(), progress or Silent(), executor or Serial()
    case = every_combination(on_calendar(case, options.calendar))
    months = sorted({_months(case, y) for y in years} - {0})
    at_once = points.solve_all(executor, options, [case], ["decided at once"], progress)[0]
    if at_once.value is None:
        raise StockpileError(f"the case decided at once could not be solved: {at_once.reason}")
    first = at_once.value
    asked = points.held(case, _asked(case, first)) if first.stands else case
    dates = [case.settings.start.plus(m) for m in months]
    sound = [d for d in dates if not contradictions(case, d)]
    cases = [waited(asked, d, stocks_wait) for d in sound]
    same = dict(zip(sound, points.solve_all(executor, options, cases, [_said(d) for d in sound], progress), strict=True)) if sound else {}
    late = [d for d in sound if _impossible(same[d])]
    loose = [
        points.held(c, dict.fromkeys((r.cutoff for r in points.required(case)), None)) for c in (waited(case, d, stocks_wait) for d in late)
    ]
    names = [f"{_said(d)}, ready as early as can be" for d in late]
    moved = dict(zip(late, points.solve_all(executor, options, loose, names, progress), strict=True)) if late else {}
    rows = [_row(case, case.settings.start, first, at_once, None, stocks_wait)]
    for date in dates:
        if date in same:
            rows.append(_row(case, date, first, same[date], moved.get(date), stocks_wait))
        else:
            why = "; ".join(contradictions(case, date))
            rows.append(_row(case, date, first, Outcome("raised", reason=f"the sheet Fixes asks for it before: {why}"), None, stocks_wait))
    return Waiting(title=case.settings.title, stocks_wait=stocks_wait, rows=tuple(rows), solves=1 + len(sound) + len(late))


def _months(case: Case, years: float) -> int:
    months = round(years * 12)
    if abs(months - years * 12) > 1e-6 or not 0 <= months < case.settings.horizon_months:
        horizon = case.settings.horizon_months / 12
        raise BadQuestion(f"{years:g} years is no date of this plan: from 0 to less than {horizon:g} years, in whole months")
    return months


def _said(date: Month) -> str:
    return f"decided from {date} on"


def _asked(case: Case, first: Solved) -> dict[str, Month | None]:
    """First starts that are asked of all dates: the workbook's, or those found for it."""
    ready = points.first_starts(first.plan)
    return {c.cutoff: c.first_start or ready.get(c.cutoff) for c in points.required(case)}


def _impossible(outcome: Outcome[Solved]) -> bool:
    return outcome.value is not None and outcome.value.plan.summary.status == "impossible"


def _row(case: Case, date: Month, first: Solved, outcome: Outcome[Solved], moved: Outcome[Solved] | None, stocks_wait: bool) -> Later:
    """One date: the answer with the same first starts, or where that is impossible the one with others (``moved``)."""
    start = case.settings.start
    years = (date.ordinal - start.ordinal) / 12
    still = choices(waited(case, date, stocks_wait))
    lost = tuple(f"{name} ({kind})" for name, kind in choices(case).items() if name not in still)
    answer, status = outcome.value, "as early"
    if answer is None:
        return Later(
            years=years,
            decided_from=date,
            status="failed",
            cost_usd_m=None,
            bound_usd_m=None,
            more_usd_m=None,
            lost=lost,
            note=outcome.reason,
        )
    seconds, missing = answer.seconds, None
    if _impossible(outcome):
        missing, status = points.worst_missing_t(answer.plan), "later"
        if moved is None or moved.value is None or not moved.value.stands:
            return Later(
                years=years,
                decided_from=date,
                status="impossible",
                cost_usd_m=None,
                bound_usd_m=None,
                more_usd_m=None,
                missing_t=missing,
                lost=lost,
                seconds=seconds,
                note="" if moved is None or moved.value is not None else moved.reason,
            )
        answer = moved.value
        seconds += answer.seconds
    ready = points.first_starts(answer.plan)
    before = _asked(case, first)
    shifts = [month.ordinal - was.ordinal for name, month in ready.items() if month is not None and (was := before.get(name)) is not None]
    taken = set(_names(answer))
    return Later(
        years=years,
        decided_from=date,
        status=status if answer.stands else "unproven",
        cost_usd_m=answer.cost if answer.stands else None,
        bound_usd_m=answer.bound,
        more_usd_m=answer.cost - first.cost if answer.stands and first.stands else None,
        ready=tuple(f"{name}: {month}" for name, month in ready.items() if month is not None),
        months_later=max(0, *shifts) if first.stands and shifts else None,
        missing_t=missing,
        lost=lost,
        dropped=tuple(name for name in dict.fromkeys(_names(first)) if name not in taken),
        signed=points.signed(answer.plan),
        built=points.built(answer.plan),
        most_stock_t=points.most_stock_t(answer.plan),
        seconds=seconds,
    )


def _names(solved: Solved) -> list[str]:
    """What a plan takes, by name."""
    plan = solved.plan
    return [
        *(row.contract for row in plan.signatures if row.decided),
        *(row.plant for row in plan.constructions),
        *(row.programme for row in plan.programme_starts),
        *(row.site for row in plan.cells_built),
    ]
