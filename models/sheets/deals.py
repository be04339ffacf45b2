"""Offtake agreements: what is on offer, in force, and what each gives the right to."""

from __future__ import annotations

from dataclasses import dataclass

from models.columns import Month, column
from models.sheets.row import CURRENCY, DOLLARS, Row


@dataclass(frozen=True, kw_only=True)
class Contract(Row):
    """An offtake agreement: on offer (the plan decides whether and when to sign) or in force."""

    contract: str = column("", "Name of the contract, unique.")
    supplier: str = column("", "Seller.", default="")
    status: str = column(
        "",
        "'on offer': the plan decides. 'in force': already signed. 'expired': kept for the record, ignored.",
        choices=("on offer", "in force", "expired"),
    )
    sign_from: Month | None = column("month", "Signing window opens; blank: at the start.", default=None)
    sign_to: Month | None = column("month", "Signing window closes; blank: at the end.", default=None)
    lead_months: int = column("months", "From signature to first delivery.", default=0, at_least=0)
    first_delivery: Month | None = column("month", "No delivery before this month; blank: no such limit.", default=None)
    tenor_years: int = column("years", "Deliveries go on for so long.", at_least=1, at_most=100)
    take_or_pay_share: float = column(
        "share of price",
        "Part of the price that is paid for each tonne of the minimum that is not lifted.",
        default=1.0,
        at_least=0,
        at_most=1,
    )
    upfront_usd_m: float = column(
        "million USD",
        "Paid at signature, with nothing back but the right; charged as an annuity over the tenor. What comes back in time (a prepayment "
        "that is credited, equity, a loan) stands on the sheet Financing. In force: already spent, 0.",
        default=0.0,
        at_least=0,
    )
    currency: str = column("", "Currency of what is paid at signature; its lines state their own.", default=DOLLARS, refers_to=CURRENCY)
    exclusive_group: str = column("", "At most one contract of the same group is signed.", default="")
    call_notice_months: int = column(
        "months", "In a cut-off the optional tonnes of its lines can be called only after so many months.", default=0, at_least=0
    )
    force_majeure: bool = column(
        "yes / no",
        "yes: in a cut-off the minimum shrinks with what is left to deliver. no: it is owed in full.",
        default=True,
    )
    extends: str = column(
        "",
        "Contract at whose end this one begins: it is signed lead_months before that end, and only if that one is in force or signed.",
        default="",
        refers_to="Contracts.contract",
    )
    requires: tuple[str, ...] = column(
        "a; b",
        "Contracts, plants and programmes without which it is not signed: in force, or decided no later.",
        default=(),
        refers_to="Contracts.contract|Plants.plant|Programmes.programme",
    )
    excludes: tuple[str, ...] = column(
        "a; b",
        "Contracts, plants and programmes beside which it is not signed, at whatever date they are decided.",
        default=(),
        refers_to="Contracts.contract|Plants.plant|Programmes.programme",
    )
    settled: str = column(
        "",
        "Minimums, rebates and credits are settled by 'calendar year', or by 'contract year' (from the first delivery on).",
        default="calendar year",
        choices=("calendar year", "contract year"),
    )


@dataclass(frozen=True, kw_only=True)
class ContractLine(Row):
    """What a contract gives the right to: one source's output, with minimum and maximum per year.

    Minimum and maximum are given in tonnes, or as shares of the source's output of that year (then the plant's ramp
    counts). The minimum is paid, not received: lifting is free between 0 and the maximum. Minimum and maximum may be
    given by contract year, counted from the first delivery: "400; 800; 1000", the last one going on.
    """

    contract: str = column("", "Contract.", refers_to="Contracts.contract")
    source: str = column("", "Source whose output it is a right to.", refers_to="Sources.source")
    min_t_per_yr: tuple[float, ...] = column(
        "t REO/yr", "Tonnes to be paid in the first, second, ... contract year; then the last one goes on.", default=(0.0,), at_least=0
    )
    max_t_per_yr: tuple[float, ...] = column(
        "t REO/yr",
        "Most that may be lifted in the first, second, ... contract year; then the last one goes on. Blank: the source's output.",
        default=(),
        at_least=0,
    )
    min_share: tuple[float, ...] = column(
        "share of output",
        "Minimum as a share of the source's output, by contract year (used when larger than the tonnes).",
        default=(0.0,),
        at_least=0,
        at_most=1,
    )
    max_share: tuple[float, ...] = column(
        "share of output", "Maximum as a share of the source's output, by contract year.", default=(1.0,), at_least=0, at_most=1
    )
    price_index: str = column("", "Price index; blank: a fixed price.", default="", refers_to="Prices.index")
    discount_pct: float = column("%", "Discount on the index.", default=0.0, at_least=-100, at_most=100)
    fixed_usd_per_kg: float | None = column("USD/kg REO", "Fixed price where there is no index.", default=None, at_least=0)
    floor_usd_per_kg: float | None = column("USD/kg REO", "Lowest price paid for the line's basket.", default=None, at_least=0)
    cap_usd_per_kg: float | None = column("USD/kg REO", "Highest price paid for the line's basket.", default=None, at_least=0)
    upside_share: float = column(
        "share",
        "Part of the index above the trigger that the buyer gets back for each kilogram lifted (base plan).",
        default=0.0,
        at_least=0,
        at_most=1,
    )
    upside_trigger_usd_per_kg: float | None = column(
        "USD/kg REO", "Index price of the line's basket, before discount and floor, above which it is shared.", default=None, at_least=0
    )
    upside_cap_usd_m_per_yr: float | None = column(
        "million USD/yr", "Most that is given back per year, a twelfth for each month in force; blank: no limit.", default=None, at_least=0
    )
    currency: str = column(
        "", "Currency of the fixed price, the floor, the cap, and the trigger and cap of the upside.", default=DOLLARS, refers_to=CURRENCY
    )

    optional_t_per_yr: float = column(
        "t REO/yr", "Part of the maximum that has to be called first; see call_notice_months of the contract.", default=0.0, at_least=0
    )
    monthly_flexibility: float = column(
        "factor", "A month may lift so many times a twelfth of the maximum, while the year stays within it.", default=1.0, at_least=1
    )
    priority: bool = column(
        "yes / no",
        "yes: where a cut-off hits its source it is served first: it keeps its whole right as long as what is left of the source's maximum "
        "covers it, and its minimum shrinks only as far as the right. no: both shrink with what is left of the source. A cut-off that "
        "names the contract cuts it all the same.",
        default=False,
    )
    make_up_years: int = column(
        "years",
        "Tonnes paid and not lifted can be lifted later, on top of a year's minimum, for so many years (base plan). 0: they are lost.",
        default=0,
        at_least=0,
    )
    make_up_cap_t: float | None = column(
        "t REO", "Most that can be outstanding at the end of a year; blank: no limit.", default=None, at_least=0
    )
    make_up_price_share: float = column(
        "share of price", "Part of the then price that is paid when a tonne is made up.", default=0.0, at_least=0, at_most=1
    )

    def __post_init__(self) -> None:
        """One number where a list by contract year may stand means the same every year."""
        for name in ("min_t_per_yr", "max_t_per_yr", "min_share", "max_share"):
            value = getattr(self, name)
            if not isinstance(value, tuple):
                object.__setattr__(self, name, () if value is None else (value,))


@dataclass(frozen=True, kw_only=True)
class Financing(Row):
    """Money that the buyer puts up when a contract is signed, and what comes back of it.

    A loan is paid back with interest in equal amounts at the end of each year after signature; a prepayment is credited evenly over
    the years from the first delivery on; equity is worth its resale share at the end of its years. What is optional the plan may
    put up or not, and it can buy an extra right on a line of the contract.
    """

    financing: str = column("", "Name of the financing, unique.")
    contract: str = column("", "Contract on offer with whose signature the money is put up.", refers_to="Contracts.contract")
    kind: str = column("", "What the money is.", choices=("prepayment", "equity", "loan"))
    usd_m: float = column("million USD", "Put up at signature.", at_least=0)
    interest_pct_per_yr: float = column("%/yr", "Interest of a loan.", default=0.0, at_least=0)
    years: int = column("years", "Time over which it comes back.", at_least=1, at_most=100)
    resale_share: float = column("share", "Part of the equity that its sale brings at the end of its years.", default=0.0, at_least=0)
    optional: bool = column("yes / no", "yes: the plan decides whether it is put up. no: it goes with the signature.", default=False)
    source: str = column("", "Source on whose line it buys an extra right; blank: none.", default="", refers_to="Sources.source")
    extra_max_t_per_yr: float = column("t REO/yr", "Extra right per year beyond the line's maximum.", default=0.0, at_least=0)


@dataclass(frozen=True, kw_only=True)
class VolumeDiscount(Row):
    """A step of a volume discount: tonnes of a year above it cost less than the line's price, those below it do not (base plan)."""

    contract: str = column("", "Contract.", refers_to="Contracts.contract")
    source: str = column("", "Source of the line.", refers_to="Sources.source")
    from_t_per_yr: float = column(
        "t REO/yr", "Tonnes of a settlement year above which it holds, also where the contract is in force for a part of it.", above=0
    )
    discount_pct: float = column("%", "Less than the line's price, up to the next step.", at_least=0, at_most=100)
