"""The price of security: what survival costs, what one kilogram more of it would cost, and what each commitment is worth to it.

Shadow prices are those of the relaxation in which all that is signed and built stays as it is: the base plan with the recourse of every
pattern that binds, as one linear program. A *requirement price* says what the plan would cost more if protected demand of one
sector had to be served one kilogram more in one month of one pattern; a *stock price* what it would cost less if one kilogram more lay in
a store on the first day. Where the optimum has more than one set of prices one of them is told; they hold for small changes.

What survival costs is told against two plans that need survive nothing: one that may run its stocks down, and one that goes on holding
its opening days of cover. An *ablation* solves the case again without a contract, plant, programme or store of the plan: what the
cheapest plan without it costs more, and by how many months later it survives.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.case import Case, Fix
from models.columns import Month, column
from models.handed import opening_weights
from models.plan import Plan
from models.run import Study
from optimizer.cuts import Master, Probe
from optimizer.errors import NoBasePlan, NumericalTrouble, OverBudget
from optimizer.executor import Executor, Serial
from optimizer.highs import Status
from optimizer.highs import solve as solve_program
from optimizer.progress import Progress, Silent
from optimizer.reduce import reduce
from optimizer.solve import SolveOptions, _Work, solve
from optimizer.standard_form import Block, Stacked, stack_with_positions

USD_PER_KG = 1e3
"""Million USD per tonne, in USD per kilogram."""

SMALLEST_USD_PER_KG = 1e-4
"""Prices below this are rounding."""

BINDS = 1e-9
"""A pattern binds where a tonne that it may lack is worth more than this, million USD."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The cost of survival against a plan that need survive nothing."""

    reference: str = column("", "What the other plan does.")
    cost_usd_m: float | None = column("million USD", "Its cost, discounted; empty: there is no such plan.", default=None)
    survival_usd_m: float | None = column(
        "million USD", "What the plan costs more, without what crises are expected to cost.", default=None
    )
    survival_pct: float | None = column("%", "The same, of that cost.", default=None)


@dataclass(frozen=True, kw_only=True)
class RequirementPrice:
    """What one kilogram more of protected demand in one month of one pattern would cost the plan."""

    cutoff: str = column("", "Cut-off.")
    start: Month = column("month", "First month of the cut.")
    month: Month = column("month", "Month in which one kilogram more would have to be served.")
    sector: str = column("", "Sector.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    usd_per_kg: float = column("USD/kg REO", "What the plan would cost more, discounted.")


@dataclass(frozen=True, kw_only=True)
class MaterialPrice:
    """What security costs at the margin, by material and form."""

    material: str = column("", "Material.")
    form: str = column("", "Form.")
    months: int = column("", "Months of patterns in which its service binds.")
    all_usd_per_kg: float = column("USD/kg REO", "One kilogram a month more in every month of every pattern: the sum of the prices.")
    dearest_usd_per_kg: float = column("USD/kg REO", "The dearest single month.")
    dearest_cutoff: str = column("", "Cut-off of the dearest month.")
    dearest_start: Month = column("month", "First month of that cut.")
    dearest_month: Month = column("month", "The month.")


@dataclass(frozen=True, kw_only=True)
class StockPrice:
    """What one kilogram more in a store on the first day would save."""

    store: str = column("", "Store.")
    material: str = column("", "Material.")
    form: str = column("", "Form.")
    usd_per_kg: float = column("USD/kg REO", "What the plan would cost less, discounted.")


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """The cheapest plan without one of the plan's commitments."""

    kind: str = column("", "What it is.", choices=("contract", "plant", "programme", "store"))
    name: str = column("", "Its name.")
    status: str = column("", "How far the search without it got: as of a plan; 'none': no plan at all; 'failed': see the reason.")
    cost_usd_m: float | None = column("million USD", "What the cheapest plan without it costs.", default=None)
    more_usd_m: float | None = column("million USD", "More than the plan.", default=None)
    months_later: int | None = column("months", "By how much later the last of the cut-offs is survived; empty: never.", default=None)
    reason: str = column("", "Why nothing is known.", default="")


@dataclass(frozen=True)
class Security:
    """The whole answer."""

    title: str = column("", "Name of the case.")
    input_sha256: str = column("", "Fingerprint of the workbook's values.")
    cost_usd_m: float = column("million USD", "Cost of the plan.")
    binding: int = column("", "Patterns that bind.")
    references: tuple[Reference, ...] = column("", "What survival costs.")
    materials: tuple[MaterialPrice, ...] = column("", "What it costs at the margin, dearest first.")
    requirements: tuple[RequirementPrice, ...] = column("", "Month by month.")
    stocks: tuple[StockPrice, ...] = column("", "What stock on the first day is worth.")
    ablations: tuple[Ablation, ...] = column("", "Without one commitment each, dearest first.")


def security(
    case: Case,
    plan: Plan,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    ablate: bool = False,
) -> Security:
    """The price of security of a plan that was made for a case, as read from its workbook.

    ``ablate``: solve again without each commitment, over the ``executor`` (none: one after the other). Raises ``PlanDiffers`` for
    a plan of another case, ``NumericalTrouble`` where the plan cannot be priced.
    """
    options, progress = options or SolveOptions(), progress or Silent()
    work = _Work(case, options, progress)
    work.prepare()
    x = work.columns_of(plan)
    h = work.study.horizon
    work.first = {c.cutoff: h.months + 1 for c in work.cutoffs}
    work.first |= {row.cutoff: h.month_of(row.first_start, h.months + 1) for row in plan.readiness}
    with work.stage("cuts"):
        probes = [work.probe(recourse) for recourse in work.required()]
        master = Master(work.program, len(work.positions), work.test_options)
        fixed = work.survive_every_month(master, probes, x)
    if fixed.x is None or fixed.column_dual is None:
        raise NumericalTrouble("the plan does not survive with what is signed and built in it: prices cannot be told")
    worth = -fixed.column_dual[work.program.columns :]
    binding = [probe for probe in probes if worth[probe.position] > BINDS]
    with work.stage("prices"):
        requirements, stocks = _prices(work, binding, x, fixed.objective)
    with work.stage("references"):
        references = _references(case, work.study, plan, options)
    ablations: tuple[Ablation, ...] = ()
    if ablate:
        with work.stage("ablations"):
            ablations = _ablations(case, plan, options, executor or Serial())
    return Security(
        title=case.settings.title,
        input_sha256=work.input_sha256,
        cost_usd_m=plan.summary.cost_usd_m,
        binding=len(binding),
        references=references,
        materials=_by_material(requirements),
        requirements=requirements,
        stocks=stocks,
        ablations=ablations,
    )


# Shadow prices


@dataclass(frozen=True, eq=False)
class _Required:
    """The reduced recourse of a pattern as a block, and where in it each month's shortage stands: (column, index)."""

    probe: Probe
    block: Block
    missing: tuple[tuple[int, tuple[Any, ...]], ...]


def _required_of(probe: Probe) -> _Required:
    """A recourse in which nothing may be missing. The columns of what is missing stay, bounded at 0, so that they have a price."""
    recourse = probe.recourse
    program, columns = reduce(recourse.elastic(), recourse.linked)
    place = {int(column): k for k, column in enumerate(columns)}
    missing = tuple((place[int(c)], _index(recourse.keys[int(c)][1])) for c in recourse.missing if int(c) in place)
    upper = program.column_upper.copy()
    upper[[k for k, _ in missing]] = 0.0
    program = dataclasses.replace(program, column_upper=upper, cost=np.zeros(program.columns), offset=0.0)
    linked = np.array([place[int(column)] for column in recourse.linked], dtype=np.int64)
    return _Required(probe, Block(recourse.name, program, linked, recourse.links, recourse.constants, 0.0), missing)


def _index(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _prices(work: _Work, binding: list[Probe], x: np.ndarray, cost: float) -> tuple[tuple[RequirementPrice, ...], tuple[StockPrice, ...]]:
    """Prices of the program of the base plan, its integers those of ``x`` (n_base,), and the binding patterns. ``cost``: what it costs."""
    base = work.program
    lower, upper = base.column_lower.copy(), base.column_upper.copy()
    whole = np.flatnonzero(base.integer)
    lower[whole] = upper[whole] = np.round(x[whole])
    fixed = dataclasses.replace(base, column_lower=lower, column_upper=upper).relaxed()
    required = [_required_of(probe) for probe in binding]
    stacked = stack_with_positions(fixed, [r.block for r in required])
    result = solve_program(stacked.program, work.test_options)
    if result.status is not Status.OPTIMAL or result.column_dual is None or result.row_dual is None:
        raise NumericalTrouble(f"prices could not be told: {result.status.value}")
    if abs(result.objective - cost) > 1e-4 * max(1.0, abs(cost)):
        raise NumericalTrouble("prices could not be told: the patterns that bind do not give the plan's cost")
    h = work.study.horizon
    found = []
    for r, columns in zip(required, stacked.columns or (), strict=True):
        pattern = r.probe.recourse.pattern
        for place, (sector, material, form, month) in r.missing:
            usd = -float(result.column_dual[columns[place]]) * USD_PER_KG
            if usd > SMALLEST_USD_PER_KG:
                found.append(
                    RequirementPrice(
                        cutoff=pattern.cutoff.cutoff,
                        start=h.date(pattern.start),
                        month=h.date(month),
                        sector=sector,
                        material=material,
                        form=form,
                        usd_per_kg=usd,
                    )
                )
    return tuple(found), tuple(_stock_prices(work, required, stacked, result.row_dual))


def _stock_prices(work: _Work, required: list[_Required], stacked: Stacked, dual: np.ndarray) -> Iterator[StockPrice]:
    """What a kilogram in store on the first day is worth: in the base plan's first period, and to patterns that open with it."""
    study, base = work.study, work.base
    row_of = {key: row for row, key in enumerate(base.row_keys)}
    first = study.horizon.slots[0]
    for k, stock in study.stocks.items():
        usd = 0.0
        row = row_of.get(("operation.carry_over", (*k, first.first)))
        if row is not None:
            level = base.column_of.get(("operation.level_t", (*k, first.first)))
            sign = 1.0 if level is None else float(np.sign(base.program.matrix[[row]].toarray()[0][level]))
            usd -= sign * float(dual[row]) * (1 - stock.loss_pct_per_yr / 100) ** (first.months / 12)
        for r, begins in zip(required, stacked.rows, strict=True):
            pattern = r.probe.recourse.pattern
            share = opening_weights(study.horizon, pattern.start)[1]
            place = r.probe.recourse.opening_columns().get(k)
            if share and place is not None:
                entries = r.block.program.matrix[:, [int(r.block.linked[place])]].toarray().ravel()
                usd += share * float(dual[begins : begins + len(entries)] @ entries)
        usd *= USD_PER_KG
        if abs(usd) > SMALLEST_USD_PER_KG:
            yield StockPrice(store=k[0], material=k[1], form=k[2], usd_per_kg=usd)


def _by_material(prices: tuple[RequirementPrice, ...]) -> tuple[MaterialPrice, ...]:
    """By material and form, the dearest first."""
    of: dict[tuple[str, str], list[RequirementPrice]] = defaultdict(list)
    for price in prices:
        of[price.material, price.form].append(price)
    found = []
    for (material, form), rows in of.items():
        top = max(rows, key=lambda row: row.usd_per_kg)
        found.append(
            MaterialPrice(
                material=material,
                form=form,
                months=len({(r.cutoff, r.start, r.month) for r in rows}),
                all_usd_per_kg=sum(r.usd_per_kg for r in rows),
                dearest_usd_per_kg=top.usd_per_kg,
                dearest_cutoff=top.cutoff,
                dearest_start=top.start,
                dearest_month=top.month,
            )
        )
    return tuple(sorted(found, key=lambda row: -row.all_usd_per_kg))


# Against plans that need survive nothing


def _references(case: Case, study: Study, plan: Plan, options: SolveOptions) -> tuple[Reference, ...]:
    """The two references of the page's head."""
    own = plan.summary.cost_usd_m - plan.summary.expected_crisis_usd_m
    return (
        _reference("may run its stocks down", own, plan.summary.unprotected_cost_usd_m),
        _reference("holds its opening days of cover", own, _holding(case, study, options)),
    )


def _reference(name: str, own: float, cost: float | None) -> Reference:
    if cost is None:
        return Reference(reference=name)
    pct = 100 * (own - cost) / abs(cost) if cost else None
    return Reference(reference=name, cost_usd_m=cost, survival_usd_m=own - cost, survival_pct=pct)


def _holding(case: Case, study: Study, options: SolveOptions) -> float | None:
    """Cost of the cheapest plan that survives nothing and always holds, of every commodity in stock on the first day, as many days of
    what it uses as lay there then; None where there is none."""
    free = dataclasses.replace(case, cutoffs=tuple(dataclasses.replace(c, active=False) for c in case.cutoffs))
    try:
        plan = solve(free, options)
    except NoBasePlan:
        return None
    used = used_in_first_year(study, plan)
    lying: dict[tuple[str, str], float] = defaultdict(float)
    for k, stock in study.stocks.items():
        lying[k[1], k[2]] += study.opening_t(stock)
    days = {c: tonnes / used[c] * 365 for c, tonnes in lying.items() if tonnes > 0 and used.get(c, 0.0) > 0}
    stocks = tuple(
        dataclasses.replace(s, cover_days=max(s.cover_days or 0.0, days[s.material, s.form])) if (s.material, s.form) in days else s
        for s in case.stocks
    )
    try:
        held = solve(dataclasses.replace(free, stocks=stocks), options)
    except NoBasePlan:
        return None
    return held.summary.cost_usd_m


def used_in_first_year(study: Study, plan: Plan) -> dict[tuple[str, str], float]:
    """What plants and sectors take of each commodity in the base plan, t REO a year, over the periods of its first twelve months."""
    h = study.horizon
    slots = [slot for slot in h.slots if slot.first < min(12, h.months)]
    months = sum(slot.months for slot in slots)
    last = h.date(slots[-1].first)
    recipe = {a.key: a.inputs for a in study.chain.activities}
    used: dict[tuple[str, str], float] = defaultdict(float)
    for p in plan.processed:
        if p.run == "base" and p.period <= last:
            for commodity, share in recipe[p.plant, p.material].items():
                used[commodity] += share * p.processed_t * 12 / months
    for s in plan.service:
        if s.run == "base" and s.period <= last:
            used[s.material, s.form] += s.served_t * 12 / months
    return used


# Without one commitment


@dataclass(frozen=True)
class _Without:
    kind: str
    name: str


def _ablations(case: Case, plan: Plan, options: SolveOptions, executor: Executor) -> tuple[Ablation, ...]:
    """The case solved again without each commitment of the plan, dearest first; what is never survived without comes before."""
    asked = list(commitments(plan))
    outcomes = executor.run(_solved_without, asked, shared=(case, options))
    found = []
    for without, outcome in zip(asked, outcomes, strict=True):
        if outcome.value is None:
            found.append(Ablation(kind=without.kind, name=without.name, status="failed", reason=outcome.reason))
            continue
        status, cost, starts = outcome.value
        later = _months_later(plan, starts) if starts is not None else None
        more = None if cost is None else cost - plan.summary.cost_usd_m
        found.append(Ablation(kind=without.kind, name=without.name, status=status, cost_usd_m=cost, more_usd_m=more, months_later=later))
    return tuple(sorted(found, key=lambda row: (row.more_usd_m is not None, -(row.more_usd_m or 0.0))))


def commitments(plan: Plan) -> Iterator[_Without]:
    """What a plan signs, builds, starts and stores."""
    found: dict[_Without, None] = {}
    found.update({_Without("contract", row.contract): None for row in plan.signatures if row.decided})
    found.update({_Without("plant", row.plant): None for row in plan.constructions})
    found.update({_Without("programme", row.programme): None for row in plan.programme_starts})
    found.update({_Without("store", row.store): None for row in plan.stocks if row.run == "base" and row.level_t > 1e-6})
    yield from found


def without(case: Case, kind: str, name: str) -> Case:
    """The case in which a contract is not signed, a plant not built, a programme not started; or a store is not there, with what lies
    in it."""
    if kind != "store":
        return dataclasses.replace(case, fixes=(*case.fixes, Fix(decision=kind, name=name, action="forbid")))
    cutoffs = tuple(dataclasses.replace(c, stores=tuple(s for s in c.stores if s != name)) for c in case.cutoffs)
    routes = tuple(r for r in case.routes if ("store", name) not in ((r.from_kind, r.from_name), (r.to_kind, r.to_name)))
    return dataclasses.replace(
        case,
        stocks=tuple(s for s in case.stocks if s.store != name),
        stores=tuple(s for s in case.stores if s.store != name),
        fixes=tuple(f for f in case.fixes if (f.decision, f.name) != ("stock", name)),
        cutoffs=cutoffs,
        routes=routes,
    )


def _solved_without(shared: tuple[Case, SolveOptions], asked: _Without) -> tuple[str, float | None, dict[str, Month | None] | None]:
    """Status, cost and first starts of the cheapest plan without a commitment."""
    case, options = shared
    try:
        plan = solve(without(case, asked.kind, asked.name), options)
    except (NoBasePlan, OverBudget):
        return "none", None, None
    cost = plan.summary.cost_usd_m if plan.summary.status in ("certified", "limit") else None
    return plan.summary.status, cost, {row.cutoff: row.first_start for row in plan.readiness}


def _months_later(plan: Plan, starts: dict[str, Month | None]) -> int | None:
    """By how many months later the cut-off that is delayed most is survived; None where one never is."""
    later = 0
    for row in plan.readiness:
        now = starts.get(row.cutoff)
        if row.first_start is None:
            continue
        if now is None:
            return None
        later = max(later, now.ordinal - row.first_start.ordinal)
    return later
