"""Contracts of the second formulation by year: what is owed, made up, given back, cheaper, and the most of a year.

Every signature has its own years; those of signatures that are not chosen are zero.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from program import Expression, total

from models.case import ContractLine

if TYPE_CHECKING:
    from operation_again import Operation


def years(o: Operation, line: ContractLine, d: int | None) -> dict[int, list[tuple[int, int]]]:
    """Slots by settlement year, of the years in which the contract delivers."""
    found: dict[int, list[tuple[int, int]]] = {}
    for slot in o.slots:
        found.setdefault(o.f.settlement(line, d, slot), []).append(slot)
    run = o.f.delivery(o.f.contract[line.contract], d)
    return {y: slots for y, slots in found.items() if any(m in run for first, n in slots for m in range(first, first + n))}


def settle(o: Operation) -> None:
    """The base plan's years."""
    for line in o.f.lines:
        for d in o.f.signings[line.contract]:
            _settle(o, line, d)


def _settle(o: Operation, line: ContractLine, d: int | None) -> None:
    f, p = o.f, o.p
    contract = f.contract[line.contract]
    run = f.delivery(contract, d)
    signed: Expression = {None: 1.0} if d is None else {o.c.signed[line.contract, d]: 1.0}
    accounts = years(o, line, d)
    owed, lifted, unlifted, made_up_in, made_up_of, short, room = {}, {}, {}, {}, {}, {}, {}
    for y, slots in accounts.items():
        months = [m for first, n in slots for m in range(first, first + n) if m in run]
        owed[y] = sum(f.least(line, m, run.start) for m in months)
        columns = [o.lifted.get((line.contract, line.source, d, first)) for first, _ in slots]
        lifted[y] = {v: 1.0 for v in columns if v is not None}
        extras = sum(
            x.extra_max_t_per_yr for x in f.case.financings if (x.contract, x.source, x.optional) == (line.contract, line.source, True)
        )
        room[y] = line.monthly_flexibility * sum(f.most(line, m, run.start) + extras / 12 for m in months)
        made_up_in[y], made_up_of[y] = {}, {}
        price = f.line_price(line, slots[0][0]) * contract.take_or_pay_share
        unlifted[y] = p.column(at(o, slots) * price / 1000)
        o.spend(slots[0][0], unlifted[y], price / 1000)
        if line.monthly_flexibility > 1:
            most = sum(f.most(line, m, run.start) for m in months)
            row = total(lifted[y], [(-most, signed)])
            for x in o.c.financings(line.contract, True):
                if x.source == line.source:
                    row = total(row, {o.c.financed[x.financing, d]: -x.extra_max_t_per_yr / 12 * len(months)})  # type: ignore[index]
            p.at_most_zero(row)
    began = {y: slots[0][0] if contract.settled == "calendar year" else y for y, slots in accounts.items()}
    for y, z in itertools.permutations(accounts, 2):
        if owed[y] > 0 and 0 < f.year(began[z]) - f.year(began[y]) <= line.make_up_years:
            lowest = min(f.line_price(line, first) for first, _ in accounts[z])
            v = p.column(-at(o, accounts[z]) * lowest * (1 - line.make_up_price_share) / 1000)
            made_up_of[y][v] = made_up_in[z][v] = 1.0
            short[y] = short[z] = -1
    for y in accounts:
        least = [(owed[y], signed)]
        p.at_most_zero(total(least, made_up_in[y], {unlifted[y]: -1.0}, [(-1.0, lifted[y])]))
        p.at_most_zero(total(made_up_of[y], {unlifted[y]: -1.0}))
        if y in short:
            # it is so: either less is lifted than owed, and just that is paid, or credit is used
            less = p.column(0.0, 1.0, whole=True)
            p.at_most_zero({unlifted[y]: 1.0, less: -owed[y]})
            p.at_most_zero(total({unlifted[y]: 1.0}, lifted[y], [(-owed[y], signed)], {None: -room[y], less: room[y]}))
            p.limit(total(made_up_in[y], {less: room[y]}), room[y])
        rebate(o, line, d, accounts[y], lifted[y], signed)
        cheaper(o, line, accounts[y], total(lifted[y], [(-1.0, made_up_in[y])]), room[y], signed)
        if line.make_up_cap_t is not None:
            until = [v for x in accounts if x <= y for v in made_up_of[x]]
            later = {v for x in accounts if x > y for v in made_up_in[x]}
            p.limit({v: 1.0 for v in until if v in later}, line.make_up_cap_t)


def at(o: Operation, slots: list[tuple[int, int]]) -> float:
    """Discount factor of money that is paid for a year."""
    return sum(o.f.weight(*slot) * slot[1] for slot in slots) / sum(n for _, n in slots)


def rebate(o: Operation, line: ContractLine, d: int | None, slots: list[tuple[int, int]], lifted: Expression, signed: Expression) -> None:
    """A share of what the index asks above the trigger comes back, up to the cap."""
    f, p = o.f, o.p
    if not (line.upside_share and line.price_index and line.upside_trigger_usd_per_kg is not None):
        return
    earned: Expression = {}
    for first, _ in slots:
        over = f.line_index(line, first) - line.upside_trigger_usd_per_kg * f.dollars(line.currency, first)
        v = o.lifted.get((line.contract, line.source, d, first))
        if over > 0 and v is not None:
            earned[v] = over * line.upside_share / 1000
    back = p.column(-at(o, slots))
    o.spend(slots[0][0], back, -1.0)
    p.at_most_zero(total({back: 1.0}, [(-1.0, earned)]))
    if line.upside_cap_usd_m_per_yr is not None:
        run = f.delivery(f.contract[line.contract], d)
        months = sum(m in run for first, n in slots for m in range(first, first + n))
        cap = line.upside_cap_usd_m_per_yr * f.dollars(line.currency, slots[0][0]) * months / 12
        p.at_most_zero(total({back: 1.0}, [(-cap, signed)]))


def cheaper(o: Operation, line: ContractLine, slots: list[tuple[int, int]], tonnes: Expression, room: float, signed: Expression) -> None:
    """Tonnes above a step cost less: the year lies between two steps, and what it saves follows from where it lies."""
    p = o.p
    rows = [v for v in o.f.case.volume_discounts if (v.contract, v.source) == (line.contract, line.source)]
    steps = sorted((v.from_t_per_yr, v.discount_pct) for v in rows if v.from_t_per_yr < room)
    if not steps:
        return
    unit = min(o.f.line_price(line, first) for first, _ in slots) * at(o, slots) / 1000
    points = [(0.0, 0.0), *steps]
    ends = [start for start, _ in points[1:]] + [room]
    chosen: Expression = {}
    counted: Expression = {}
    saved = 0.0
    for (start, pct), end in zip(points, ends, strict=True):
        on = p.column(-saved, 1.0, whole=True)
        beyond = p.column(-unit * pct / 100)
        p.at_most_zero({beyond: 1.0, on: start - end})
        chosen[on] = 1.0
        counted.update({on: start, beyond: 1.0})
        saved += unit * pct / 100 * (end - start)
    p.at_most_zero(total(chosen, [(-1.0, signed)]))
    p.at_most_zero(total(counted, [(-1.0, tonnes)]))


def keep_to_years(o: Operation) -> None:
    """After a cut a year's maximum still holds, with what was lifted before."""
    f, p, base = o.f, o.p, o.base
    assert base is not None
    first, end = o.start, o.start + len(o.slots)
    for line in f.lines:
        for d in f.signings[line.contract]:
            if line.monthly_flexibility <= 1 or (d is not None and d >= o.before):
                continue
            run = f.delivery(f.contract[line.contract], d)
            named = {m: f.settlement(line, d, (m, 1)) for m in range(max(0, first - 11), min(end + 11, f.last_month))}
            for y in {named[m] for m in range(first, end) if m in named}:
                months = [m for m, name in named.items() if name == y and m in run]
                row: Expression = {}
                for (c, s, k, t), v in o.lifted.items():
                    if (c, s, k) == (line.contract, line.source, d) and named[t] == y:
                        row[v] = 1.0
                for (c, s, k, t), v in base.lifted.items():
                    if (c, s, k) == (line.contract, line.source, d) and t < o.start:
                        n = dict(f.slots)[t]
                        if f.settlement(line, d, (t, n)) == y:
                            row[v] = min(1.0, (o.start - t) / n)
                most = sum(f.most(line, m, run.start) for m in months)
                if d is None:
                    p.limit(row, most)
                    continue
                row = total(row, {o.c.signed[line.contract, d]: -most})
                for x in o.c.financings(line.contract, True):
                    if x.source == line.source:
                        row = total(row, {o.c.financed[x.financing, d]: -x.extra_max_t_per_yr / 12 * len(months)})
                p.at_most_zero(row)
