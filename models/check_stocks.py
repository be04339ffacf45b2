"""Checks of stores and stocks: what lies there fits, rates have something to be a share of, ages and days of cover make sense."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from models.case import Case
from models.findings import Finding, Rule, nearest, rule, warning
from models.horizon import Horizon


@rule("Stocks", "Settings", "Assumptions")
def _stocks_fit_their_store(case: Case) -> Iterator[Finding]:
    """What lies in a store, and what must always lie there, fits into it."""
    horizon = Horizon(case)
    for number, stock in enumerate(case.stocks):
        if stock.capacity_t is None:
            continue
        fits = {
            slot.first: horizon.cited(stock.capacity_t, slot.first) * horizon.growth(stock.growth_pct_per_yr, slot.first)
            for slot in horizon.slots
        }
        least = {t: horizon.cited(stock.minimum_t, t) for t in fits}
        tight = max(fits, key=lambda t: least[t] - fits[t])
        opening = stock.opening_t * horizon.cited(stock.opening_share, 0)
        levels = (
            ("opening_t", opening, fits[0], "opening stock"),
            ("minimum_t", least[tight], fits[tight], "least stock"),
            ("final_t", stock.final_t, fits[horizon.slots[-1].first], "final stock"),
        )
        for field, level, room, what in levels:
            if level > room * (1 + 1e-9):
                mend = f"{level:g} t REO do not fit into {room:g} t REO. Raise capacity_t (blank: no limit) or correct the {what}."
                yield Finding("Stocks", number, field, getattr(stock, field), "a stock that fits its store", mend)


@rule("Stores", "Stocks", "Settings", "Assumptions")
def _stores_hold_what_is_in_them(case: Case) -> Iterator[Finding]:
    """All that lies in a store, or must always lie there, fits into its shared capacity; a store of the sheet Stores is used."""
    horizon = Horizon(case)
    held = {stock.store for stock in case.stocks}
    listed = {store.store for store in case.stores}
    for number, store in enumerate(case.stores):
        inside = [stock for stock in case.stocks if stock.store == store.store]
        if not inside:
            near = nearest(store.store, held - listed)
            mend = f"Did you mean '{near}'?" if near else "No row of the sheet Stocks names it. Add what it holds, or delete it."
            yield warning("Stores", number, "store", store.store, "a store that a row of the sheet Stocks names", mend)
            continue
        if store.capacity_t is None:
            continue
        end = horizon.growth(store.growth_pct_per_yr, horizon.months - 1)
        sums = (
            ("opening stocks", sum(s.opening_t * horizon.cited(s.opening_share, 0) for s in inside), store.capacity_t),
            ("least stocks", sum(horizon.cited(s.minimum_t, 0) for s in inside), store.capacity_t * min(1.0, end)),
            (
                "final stocks",
                sum(max(s.final_t, horizon.cited(s.minimum_t, horizon.slots[-1].first)) for s in inside),
                store.capacity_t * end,
            ),
        )
        for what, together, room in sums:
            if together > room * (1 + 1e-9):
                mend = f"The {what} in it are {together:g} t REO together; {room:g} t REO fit. Raise capacity_t or correct the stocks."
                yield Finding("Stores", number, "capacity_t", store.capacity_t, f"room for the {what}", mend)
                break


@rule("Stocks")
def _rates_and_ages_make_sense(case: Case) -> Iterator[Finding]:
    """A fill rate is a share of a capacity; an age needs a shelf life; stock too old on the first day is said to be so."""
    for number, stock in enumerate(case.stocks):
        if stock.fill_pct_per_month is not None and stock.capacity_t is None:
            mend = "It is a share of capacity_t, which is blank (no limit). Fill capacity_t, or clear the rate."
            yield Finding("Stocks", number, "fill_pct_per_month", stock.fill_pct_per_month, "a capacity that it is a share of", mend)
        if stock.shelf_life_months is None:
            if stock.opening_age_months > 0:
                mend = "Without a shelf life no age counts. Fill shelf_life_months, or clear it."
                yield warning(
                    "Stocks", number, "opening_age_months", stock.opening_age_months, "an age only where there is a shelf life", mend
                )
        elif stock.opening_t > 0 and stock.opening_age_months >= stock.shelf_life_months:
            mend = f"The opening stock of {stock.opening_t:g} t REO is too old in the first period and is used then or written off."
            yield warning("Stocks", number, "opening_age_months", stock.opening_age_months, "an age below the shelf life", mend)


@rule("Stocks")
def _days_of_cover_agree(case: Case) -> Iterator[Finding]:
    """Stores of one commodity count together, so they state one number of days."""
    stated: dict[tuple[str, str], set[float | str]] = defaultdict(set)
    for stock in case.stocks:
        if stock.cover_days is not None:
            stated[stock.material, stock.form].add(stock.cover_days)
    for number, stock in enumerate(case.stocks):
        days = stated[stock.material, stock.form] if stock.cover_days is not None else set()
        if len(days) > 1:
            listed = ", ".join(_days(d) for d in sorted(days, key=str))
            mend = f"The stocks of {stock.material} as {stock.form} count together and state {listed}."
            yield Finding(
                "Stocks", number, "cover_days", stock.cover_days, "the same days in all stores of a commodity", mend + " Choose one."
            )


def _days(stated: float | str) -> str:
    """Days as a planner wrote them: a number, or the name of an assumption."""
    return f"the assumption {stated!r}" if isinstance(stated, str) else f"{stated:g} days"


STOCK_RULES: tuple[Rule, ...] = (
    _stocks_fit_their_store,
    _stores_hold_what_is_in_them,
    _rates_and_ages_make_sense,
    _days_of_cover_agree,
)
"""Stores and stocks."""
