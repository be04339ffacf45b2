"""Checks of residue: it arises in something that runs, somebody takes it, and stores and cells hold what is in them."""

from __future__ import annotations

from collections.abc import Iterator

from models.case import Case, ResidueSite
from models.check_chain import CHAIN_TABLES, chain_of
from models.findings import Finding, Rule, rule, warning
from models.horizon import Horizon
from models.residue import ResidueCare


@rule(*CHAIN_TABLES, "Residues", "ResidueSites")
def _residue_can_be_placed(case: Case) -> Iterator[Finding]:
    """Residue arises from a material that a plant of the chain handles, and a site takes it."""
    chain = chain_of(case)
    care = ResidueCare(case, chain, Horizon(case))
    handled: dict[str, list[str]] = {}
    for activity in chain.activities:
        handled.setdefault(activity.plant, []).append(activity.material)
    for number, row in enumerate(case.residues):
        known = handled.get(row.plant, [])
        if not known:
            mend = f"'{row.plant}' is a supplier's, or handles nothing: the plan does not run it. Name a plant of the chain."
            yield Finding("Residues", number, "plant", row.plant, "a plant of the chain", mend)
        elif row.material and row.material not in known:
            mend = f"'{row.plant}' handles {', '.join(known)}. Name one of these, or clear the cell."
            yield Finding("Residues", number, "material", row.material, "a material that the plant handles", mend)
        elif row.t_per_t > 0 and not care.takers(row.residue, row.plant):
            mend = f"No site takes it from '{row.plant}', which could never run. Add a site, or name the plant and residue at one."
            yield Finding("Residues", number, "residue", row.residue, "a residue that a site takes", mend)


@rule("ResidueSites", "Settings")
def _sites_hold_what_is_in_them(case: Case) -> Iterator[Finding]:
    """A store holds its opening, cells hold what is in them, and a candidate's cells can come inside the plan."""
    horizon = Horizon(case)
    for number, site in enumerate(case.residue_sites):
        if site.opening_t > site.storage_t:
            mend = f"{site.opening_t:g} t lie there and {site.storage_t:g} t fit. Correct one of the two."
            yield Finding("ResidueSites", number, "opening_t", site.opening_t, "an opening that fits the store", mend)
        if site.status == "candidate":
            yield from _can_be_built(number, site, horizon)
        elif site.filled_t > site.cell_t * site.max_units:
            mend = f"Its cells hold {site.cell_t * site.max_units:g} t. Correct one of the figures."
            yield Finding("ResidueSites", number, "filled_t", site.filled_t, "what the cells hold, or less", mend)
        if site.storage_t == 0 and site.cell_t == 0:
            mend = "It has neither a store nor a cell. Fill storage_t or cell_t, or delete the row."
            yield warning("ResidueSites", number, "storage_t", 0, "a site that takes something", mend)


def _can_be_built(number: int, site: ResidueSite, horizon: Horizon) -> Iterator[Finding]:
    """Cells of a candidate are empty, cost something, and have a decision date from which they are ready inside the plan."""
    if site.filled_t > 0:
        mend = "Cells that are not built hold nothing. Write 0, or give the cells that are there a row of their own."
        yield Finding("ResidueSites", number, "filled_t", site.filled_t, "0 for a candidate", mend)
    if site.cell_t > 0 and site.capex_usd_m == 0:
        mend = "Fill it; until then its cells are built for nothing."
        yield warning("ResidueSites", number, "capex_usd_m", 0, "the capital cost of a cell", mend)
    if site.decide_from and site.decide_to and site.decide_from > site.decide_to:
        mend = f"The latest decision is {site.decide_to}. Exchange the two months."
        yield Finding("ResidueSites", number, "decide_from", site.decide_from, "an earliest decision before the latest", mend)
        return
    opens, closes = horizon.month_of(site.decide_from, 0), horizon.month_of(site.decide_to, horizon.months - 1)
    dates = [d for d in horizon.decision_dates if opens <= d <= closes]
    if not dates or dates[0] + site.permit_months + site.build_months >= horizon.months:
        mend = "No decision date of its window lets a cell be ready before the plan ends: none is ever built. Correct window or lead time."
        yield warning("ResidueSites", number, "build_months", site.build_months, "a cell that can be ready inside the plan", mend)


RESIDUE_RULES: tuple[Rule, ...] = (_residue_can_be_placed, _sites_hold_what_is_in_them)
"""Residue and its sites."""
