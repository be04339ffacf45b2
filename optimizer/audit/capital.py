"""Capital: when it is spent, in which money, what it is worth on the first day of operation, and the annuity that pays for it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from models.case import Plant, ResidueSite
from optimizer.audit.book import Book


def annuity(capital: float, rate: float, years: int) -> float:
    """Equal yearly payment for a capital over so many years at a yearly rate; without interest, its share of each year."""
    return capital / years if rate == 0 else capital * rate / (1 - (1 + rate) ** -years)


def spends(plant: Plant | ResidueSite) -> list[tuple[int, float]]:
    """(building month, counted from 0, share of the capital spent in it). A year of building gets its share of the profile, evenly;
    without a profile all months get the same. Nothing to build: all of it in month 0.
    """
    months = plant.build_months
    if months == 0:
        return [(0, 1.0)]
    found = []
    for month in range(months):
        year = month // 12
        if plant.spend_pct:
            of_year = plant.spend_pct[year] / 100 if year < len(plant.spend_pct) else 0.0
            found.append((month, of_year / min(12, months - 12 * year)))
        else:
            found.append((month, 1 / months))
    return found


def payments(book: Book, plant: Plant | ResidueSite, online: int) -> list[tuple[int, float]]:
    """(month of the plan, dollars paid in it per unit of capital) of what comes on line at month ``online``: as the capital is spent, at
    the rate of its currency and the escalation of that month.
    """
    first, currency = online - plant.build_months, plant.currency if isinstance(plant, Plant) else "USD"
    return [(first + n, share * book.usd(currency, first + n) * book.risen(first + n)) for n, share in spends(plant)]


def capitalised(parts: Iterable[tuple[int, float]], rate: float, plant: Plant | ResidueSite, online: int) -> float:
    """Capital compounded monthly to the first month of operation, each building month's part at its middle; as it is where
    nothing is built.
    """
    if plant.build_months == 0:
        return math.fsum(amount for _, amount in parts)
    return math.fsum(amount * (1 + rate) ** ((online - m - 0.5) / 12) for m, amount in parts)


def upfront_usd_m(book: Book, contract: str, signed: int) -> float:
    """What is paid when a contract is signed at a month, million USD at the rate of that month."""
    row = book.contracts[contract]
    return row.upfront_usd_m * book.usd(row.currency, signed)
