"""Settings and assumptions: the calendar, money, and the numbers that other sheets cite."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import ASSUMED, Row


@dataclass(frozen=True, kw_only=True)
class SettingSource(Row):
    """Where one setting comes from, and how far to trust it: the grey cells of its line."""

    setting: str = column("", "Name of the setting.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Calendar, discounting and solver defaults: one value per line of the sheet.

    ``sources``: where values come from, of the settings of which that is said; on the sheet it stands in their lines.
    """

    schema_version: int = column("", "Version of this workbook's layout.", default=1, at_least=1)
    title: str = column("", "Name of the case, printed on the report.")
    start: Month = column("month", "First month of the plan.")
    horizon_months: int = column("months", "Length of the plan.", at_least=1, at_most=600)
    fine_months: int = column("months", "From the start, this many months are periods of one month each.", default=0, at_least=0)
    coarse_period_months: int = column(
        "months", "Length of each period after the fine months (3: quarters, 12: years).", default=3, at_least=1, at_most=12
    )
    decision_every_months: int = column(
        "months",
        "Contracts are signed and plants decided on these dates only: the start, and every so many months after it.",
        default=6,
        at_least=1,
    )
    discount_rate_pct: float = column(
        "%/yr", "Discount rate: real where nothing escalates, else nominal.", default=0.0, at_least=0, at_most=50
    )
    escalation_pct_per_yr: float = column(
        "%/yr",
        "Rise per calendar year after the first of every cost that is neither a price of material nor a term of a contract: plants "
        "(capital, fixed and variable cost, restarting and closing), programmes, stores, handling, orders, freight, transport, residue and "
        "disposal, each in the year in which it is spent. 0: all money is real, of the first year. Prices, contracts (with prepayments and "
        "financing), penalties and the cost of shortage have their own growth or none and do not rise with it.",
        default=0.0,
        at_least=-20,
        at_most=50,
    )
    discounting: str = column(
        "",
        "'middle': each period's money is discounted to its middle. 'start': to its first day, so that the first period is undiscounted.",
        default="middle",
        choices=("middle", "start"),
    )
    terminal_stock_share: float = column(
        "share",
        "Value of the stock left at the end of the plan, as a share of the lowest purchase price of that commodity.",
        default=0.0,
        at_least=0,
        at_most=1,
    )
    home_country: str = column(
        "", "The buyer's country, whose plants and sources no share ceiling counts; blank: every country is foreign.", default=""
    )
    crisis_cvar_level: float = column(
        "share",
        "Level of the mean cost of the worst crises (CVaR): 0.9 is the mean of the dearest tenth of all crises, by their chance (where no "
        "cut-off has one: by the months that each start stands for).",
        default=0.9,
        at_least=0,
        at_most=0.999,
    )
    crisis_cvar_budget_usd_m: float | None = column(
        "million USD", "Most that the worst crises may cost in the mean, at that level; undiscounted. Blank: no limit.", default=None
    )
    relative_gap_pct: float = column("%", "Stop when cost and bound are this close.", default=0.5, at_least=0, at_most=100)
    sources: tuple[SettingSource, ...] = column("", "", default=())


@dataclass(frozen=True, kw_only=True)
class Assumption(Row):
    """A named number, the same for all time or by year or month, that rows of other sheets cite by name."""

    assumption: str = column("", "Name by which other sheets cite this number.")
    year: int | None = column(
        "year",
        "Year from whose January on the value applies; blank, and no month either: before the first row that is dated.",
        default=None,
    )
    month: Month | None = column("month", "Month from which on the value applies; blank: see the year.", default=None)
    value: float = column("as cited", "The value. It goes on until the next row of this name that has a date.")
    meaning: str = column("", "What is assumed, in words.", default="")


@dataclass(frozen=True, kw_only=True)
class Currency(Row):
    """A currency in which rows of other sheets state money; US dollars need no row."""

    currency: str = column("", "Its code, for example EUR or JPY, as rows of other sheets name it.")
    usd_per_unit: float | str = column(
        "USD",
        "What one unit is worth in US dollars, or the assumption that gives it by period; money of a period is converted at the rate of "
        "its first month, capital at the rate of the month in which it is spent.",
        above=0,
        refers_to=ASSUMED,
    )
