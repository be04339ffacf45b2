"""What a financing costs: the money put up at signature less the present value of what comes back, at the plan's discount rate."""

from __future__ import annotations

from models.case import Financing
from models.horizon import Horizon


def net_usd_m(horizon: Horizon, row: Financing, signed: int, first: int) -> float:
    """Present value at signature of a financing, million USD: what is put up at month ``signed`` less what comes back; below zero where
    more comes back than money is worth. ``first`` is the first month of delivery.
    """
    yearly = horizon.monthly_rate**-12
    if row.kind == "loan":
        rate = row.interest_pct_per_yr / 100
        paid = row.usd_m / row.years if rate == 0 else row.usd_m * rate / (1 - (1 + rate) ** -row.years)
        back = sum(paid * yearly ** (k + 1) for k in range(row.years))
    elif row.kind == "prepayment":
        wait = (first - signed) / 12
        back = sum(row.usd_m / row.years * yearly ** (wait + k + 0.5) for k in range(row.years))
    else:
        back = row.usd_m * row.resale_share * yearly**row.years
    return float(row.usd_m - back)


def yearly_usd_m(horizon: Horizon, row: Financing, signed: int, first: int, tenor_years: int) -> float:
    """What a financing costs per year of its contract: the net cost capitalised to the first delivery, as an annuity over the tenor."""
    capital = net_usd_m(horizon, row, signed, first) * horizon.monthly_rate ** (first - signed)
    return horizon.annual_payment(capital, tenor_years)


def flows_usd_m(row: Financing, signed: int, first: int) -> list[tuple[int, float]]:
    """(month of the plan, million USD) of a financing as it is paid: put up at month ``signed``, then what comes back, negative: a loan
    yearly after it, a prepayment in the middle of each year of delivery from month ``first`` on, equity when it is sold.
    """
    if row.kind == "loan":
        rate = row.interest_pct_per_yr / 100
        paid = row.usd_m / row.years if rate == 0 else row.usd_m * rate / (1 - (1 + rate) ** -row.years)
        back = [(signed + 12 * (k + 1), -paid) for k in range(row.years)]
    elif row.kind == "prepayment":
        back = [(first + 12 * k + 6, -row.usd_m / row.years) for k in range(row.years)]
    else:
        back = [(signed + 12 * row.years, -row.usd_m * row.resale_share)]
    return [(signed, row.usd_m), *back]
