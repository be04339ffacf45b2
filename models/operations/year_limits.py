"""Year limits: where a month may lift more than a twelfth of the maximum, the year stays within it.

A recourse that begins inside a year is handed what was lifted before it, and its window may lift the rest of that year's
maximum, month by month within the line's flexibility and what the cut leaves. What the base plan would lift after the window
is not kept free. Optional tonnes not yet called and the cut limit the months, not the year, so that what was lifted before
never exceeds it. Where years count from the first delivery, liftings under a signature with other years are let through.

(L10) no more is lifted in a year than its maximum
"""

from __future__ import annotations

from typing import Any

from models.handed import Column, Handed
from models.horizon import Slot
from models.modelling import pyo
from models.operations.liftings import if_signed
from models.rights import right_t
from models.run import Run
from models.settlement import Account, AccountKey, Signed, accounts, signatures_of, year_of


def declare(b: Any, run: Run) -> None:
    """``lifted_before_t[c, s, y]``: lifted in the year before the recourse begins."""
    lines = [line for line in run.study.lines.values() if line.monthly_flexibility > 1]
    b.flexible = _years(b, run, lines) if lines else {}
    b.FLEXIBLE_YEARS = pyo.Set(dimen=3, initialize=list(b.flexible), doc="contract lines with monthly flexibility x settlement years")
    before = list(b.flexible) if run.pattern is not None else []
    b.YEARS_BEGUN = pyo.Set(dimen=3, initialize=before, doc="contract lines with monthly flexibility x settlement years of the window")
    b.lifted_before_t = pyo.Var(b.YEARS_BEGUN, bounds=(0, None), doc="lifted in the year before the recourse begins, t REO")


def _years(b: Any, run: Run, lines: list[Any]) -> dict[AccountKey, Account]:
    """The years of the run in which something can be lifted; those of a recourse whole, as far as they reach into its window."""
    if run.pattern is None:
        years = {key: account for key, account in b.accounts.items() if account.line in lines}
        return {(c, s, y): year for (c, s, y), year in years.items() if any((c, s, slot.first) in b.LIFTINGS for slot in year.slots)}
    first, end = run.slots[0].first, run.slots[-1].end
    months = [Slot(m, 1) for m in range(max(0, first - 11), min(end + 11, run.study.last_month))]
    whole = accounts(run, lines, months)
    return {key: account for key, account in whole.items() if any(first <= m.first < end for m in account.slots)}


def _allowed(run: Run, key: AccountKey, account: Account) -> dict[Signed, float]:
    """Maximum of the year by signature; under a signature with other years, all that its months could lift."""
    study, c = run.study, key[0]
    found: dict[Signed, float] = {}
    for d in signatures_of(run, c):
        if d in account.months:
            begun = study.delivery(study.contracts[c], d).start
            found[d] = sum(study.line_maximum(account.line, m, begun) for m in account.months[d])
        else:
            found[d] = sum(right_t(run, account.line, d, slot) for slot in account.slots)
    return {d: t for d, t in found.items() if t > 0}


def _bought(run: Run, line: tuple[str, str], account: Account) -> dict[tuple[str, int], float]:
    """Extra maximum of the year that optional financings buy, t REO, by financing and signature."""
    rows = [row for row in run.study.case.financings if row.optional and row.extra_max_t_per_yr and (row.contract, row.source) == line]
    return {
        (row.financing, d): row.extra_max_t_per_yr / 12 * len(months)
        for row in rows
        for d, months in account.months.items()
        if d is not None
    }


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rule L10."""

    @b.Constraint(b.FLEXIBLE_YEARS, doc="(L10) no more is lifted in a year than its maximum")
    def lift_no_more_in_a_year(b: Any, c: str, s: str, y: int | str) -> Any:
        account = b.flexible[c, s, y]
        lifted = [b.lifted_t[c, s, slot.first] for slot in account.slots if (c, s, slot.first) in b.LIFTINGS]
        before = b.lifted_before_t[c, s, y] if run.pattern is not None else 0.0
        most = if_signed(m, c, _allowed(run, (c, s, y), account))
        for (f, d), extra in _bought(run, (c, s), account).items():
            most += extra * m.financed[f, d]
        return before + pyo.quicksum(lifted) <= most


def handed_over(m: Any, run: Run) -> None:
    """What the base plan lifted in the year before the cut; inside a coarse slot, the part of it that has passed."""
    base = None
    for key in m.operation.YEARS_BEGUN:
        base = base or Run(run.study)
        c, s, y = key
        line = run.study.lines[c, s]
        weights: dict[Column, float] = {}
        for slot in base.slots:
            of_year = any(year_of(run.study, c, d, slot)[1] == y for d in signatures_of(run, c))
            if slot.first < run.start and of_year and any(right_t(base, line, d, slot) > 0 for d in signatures_of(base, c)):
                weights["operation.lifted_t", (c, s, slot.first)] = min(1.0, (run.start - slot.first) / slot.months)
        m.handed["operation.lifted_before_t", key] = Handed(weights)
