"""Checks of programmes: what they do, when they can be started, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from models.case import Case, Programme
from models.check_chain import CHAIN_TABLES, chain_of, delivers, reachable
from models.findings import Finding, Rule, nearest, rule, warning
from models.horizon import Horizon


@rule("Programmes", "ProgrammeEffects", "Sources")
def _programmes_do_something(case: Case) -> Iterator[Finding]:
    """Every programme has an effect, or opens a source, or is required by another."""
    needed = {row.programme for row in case.programme_effects} | {row.programme for row in case.sources}
    needed |= {name for row in case.programmes for name in row.requires}
    for number, row in enumerate(case.programmes):
        if row.programme not in needed:
            mend = "It replaces nothing and opens no source. Add its effects on the sheet ProgrammeEffects, or name it at a source."
            yield warning("Programmes", number, "programme", row.programme, "a programme with an effect", mend)


@rule("Programmes")
def _columns_fit_the_status(case: Case) -> Iterator[Finding]:
    """What is filled counts for a programme of that status."""
    unused: dict[str, tuple[tuple[str, object], ...]] = {
        "candidate": (("online", None),),
        "in force": (("decide_from", None), ("decide_to", None), ("lead_months", 0), ("capex_usd_m", 0), ("requires", ())),
        "contingency": (
            ("online", None),
            ("decide_from", None),
            ("decide_to", None),
            ("capex_usd_m", 0),
            ("fixed_usd_m_per_yr", 0),
            ("requires", ()),
        ),
    }
    for number, row in enumerate(case.programmes):
        fields = [*unused[row.status], *([("exclusive_group", "")] if row.status != "candidate" else [])]
        for field, blank in fields:
            value = getattr(row, field)
            if value != blank:
                mend = f"It is not used: the programme is '{row.status}'. Clear it, or change the status."
                yield warning("Programmes", number, field, value, "blank for a programme of this status", mend)


@rule("Programmes")
def _requirements_can_be_met(case: Case) -> Iterator[Finding]:
    """What a programme requires can be started or is in force, and does not require it in turn; a group has two or more."""
    rows = {row.programme: row for row in case.programmes}
    groups = [row.exclusive_group for row in case.programmes if row.exclusive_group and row.status == "candidate"]
    for number, row in enumerate(case.programmes):
        for name in row.requires if row.status == "candidate" else ():
            if rows[name].status == "contingency":
                mend = f"'{name}' is a contingency, which is never started before a cut-off. Make it a candidate, or clear it."
                yield Finding("Programmes", number, "requires", row.requires, "programmes that can be started", mend)
            elif row.programme in _required_by(name, rows):
                mend = f"'{name}' requires '{row.programme}' in turn. Clear one of the two, or make one programme of both."
                yield Finding("Programmes", number, "requires", row.requires, "programmes that do not require this one", mend)
        if row.status == "candidate" and groups.count(row.exclusive_group) == 1:
            near = nearest(row.exclusive_group, set(groups) - {row.exclusive_group})
            mend = f"Did you mean '{near}'?" if near else "Nothing else is in this group. Clear it, or name it on the other programmes too."
            yield warning("Programmes", number, "exclusive_group", row.exclusive_group, "a group of two or more", mend)


def _required_by(name: str, rows: dict[str, Programme]) -> set[str]:
    """The programme and all that it requires, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += rows[one].requires
    return found


@rule("Programmes", "Settings")
def _candidates_can_be_started(case: Case) -> Iterator[Finding]:
    """A candidate has a decision date from which it has an effect before the plan ends."""
    horizon = Horizon(case)
    for number, row in enumerate(case.programmes):
        if row.status != "candidate":
            continue
        if row.decide_from and row.decide_to and row.decide_from > row.decide_to:
            mend = f"The latest decision is {row.decide_to}. Exchange the two months."
            yield Finding("Programmes", number, "decide_from", row.decide_from, "an earliest decision before the latest", mend)
            continue
        opens, closes = horizon.month_of(row.decide_from, 0), horizon.month_of(row.decide_to, horizon.months - 1)
        dates = [d for d in horizon.decision_dates if opens <= d <= closes]
        if not dates:
            field = "decide_to" if row.decide_to else "decide_from"
            mend = "No decision date falls into its window, so it is never started. Widen the window, or decide more often (Settings)."
            yield warning("Programmes", number, field, getattr(row, field), "a window with a decision date in it", mend)
        elif dates[0] + row.lead_months >= horizon.months:
            first = horizon.date(dates[0] + row.lead_months)
            mend = f"Decided in {horizon.date(dates[0])} it works from {first} on, after the plan: it is never started."
            yield warning("Programmes", number, "lead_months", row.lead_months, "a programme that works inside the plan", mend)


@rule("ProgrammeEffects", "Demand", "Elements", "Forms")
def _effects_fit_demand(case: Case) -> Iterator[Finding]:
    """An effect is on a demand of the case; what is used instead has material and form, and fits its form."""
    wanted = {(row.sector, row.material, row.form) for row in case.demands}
    elements = {row.element for row in case.elements}
    holding = {row.form for row in case.forms if row.holds == "elements"}
    for number, row in enumerate(case.programme_effects):
        if (row.sector, row.material, row.form) not in wanted:
            own = sorted(f"{material} as {form}" for sector, material, form in wanted if sector == row.sector)
            mend = f"'{row.sector}' needs {', '.join(own[:6])}. Correct material or form, or add the demand."
            yield Finding("ProgrammeEffects", number, "material", row.material, f"a demand of '{row.sector}' as {row.form}", mend)
        if bool(row.serves_material) != bool(row.serves_form):
            field = "serves_form" if row.serves_material else "serves_material"
            mend = "What is used instead needs both, a material and its form; fill it, or clear both (nothing is used)."
            yield Finding("ProgrammeEffects", number, field, getattr(row, field), "filled, like the other of the two", mend)
        elif row.serves_form in holding and row.serves_material not in elements:
            mend = f"Name an element, or choose a form that holds mixtures: '{row.serves_form}' holds elements."
            yield Finding("ProgrammeEffects", number, "serves_material", row.serves_material, "an element", mend)


@rule(*CHAIN_TABLES, "Contracts", "ContractLines", "Programmes")
def _what_is_used_instead_can_be_had(case: Case) -> Iterator[Finding]:
    """What a programme uses instead is bought, held or made by something."""
    chain = chain_of(case)
    bought = [c for s in case.sources if delivers(case, s) for c in chain.split(s.material, s.form)]
    held = [(stock.material, stock.form) for stock in case.stocks]
    running = {plant.plant for plant in case.plants if plant.status != "supplier"}
    found = reachable(chain, [*bought, *held], running) if case.programme_effects else set()
    for number, row in enumerate(case.programme_effects):
        if row.serves_material and (row.serves_material, row.serves_form) not in found:
            mend = f"Nothing supplies {row.serves_material} as {row.serves_form}, so nothing is replaced. Add a source, a plant or a stock."
            expected = f"a way to supply {row.serves_material} as {row.serves_form}"
            yield warning("ProgrammeEffects", number, "serves_material", row.serves_material, expected, mend)


EFFECT_RULES: tuple[Rule, ...] = (_effects_fit_demand,)
"""What the chain of materials rests on."""

PROGRAMME_RULES: tuple[Rule, ...] = (
    _programmes_do_something,
    _columns_fit_the_status,
    _requirements_can_be_met,
    _candidates_can_be_started,
    _what_is_used_instead_can_be_had,
)
"""Programmes among themselves, against the calendar and against supply."""
