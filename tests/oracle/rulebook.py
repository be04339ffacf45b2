"""Planner's rules in the second formulation: what is fixed, counted and budgeted. They bind the base plan alone."""

from __future__ import annotations

from typing import Any

from commitments_again import Commitments
from facts import Facts
from program import Expression, Program, total

from models.case import Budget, Ceiling, Count, Fix


def rule(f: Facts, p: Program, c: Commitments, base: Any) -> None:
    """All of them."""
    for fix in f.case.fixes:
        for found in concerns(f, c, base, fix):
            keep(p, fix, found)
    for ceiling in f.case.ceilings:
        cap(f, p, base, ceiling)
    for count in f.case.counts:
        number(f, p, c, base, count)
    for budget in f.case.budgets:
        for year in sorted({f.year(m) for m, _ in f.slots}) if budget.year is None else [budget.year]:
            limit(f, p, c, base, budget, year)


def keep(p: Program, fix: Fix, found: Expression) -> None:
    asked = 0.0 if fix.action == "forbid" else 1.0 if fix.value is None else fix.value
    if fix.action in ("force", "fix", "at least"):
        p.at_most_zero(total({None: asked}, [(-1.0, found)]))
    if fix.action in ("forbid", "fix", "at most"):
        p.limit(found, asked)


def inside(f: Facts, fix: Fix, m: int) -> bool:
    """Whether a row is about a month."""
    if fix.month is not None:
        return m == f.month(fix.month, 0)
    return fix.year is None or f.year(m) == fix.year


def concerns(f: Facts, c: Commitments, base: Any, fix: Fix) -> list[Expression]:
    """What a row is about; a stock without a date at every period's end."""
    if fix.decision == "stock":
        stocks = [k for k in f.case.stocks if k.store == fix.name and fix.material in ("", k.material) and fix.form in ("", k.form)]
        ends = [m + n for m, n in f.slots]
        if fix.month is not None or fix.year is not None:
            ends = [max(m + 1 for m in range(f.horizon) if inside(f, fix, m))]
        return [total(*(base.at(base.levels[k], end) for k in stocks)) for end in ends]
    if fix.decision == "running":
        dates = [d for d in f.dates if inside(f, fix, d)]
        if fix.month is not None:
            dates = [d for d in f.dates if d <= f.month(fix.month, 0)][-1:]
        return [{c.state["runs"][fix.name, d]: 1.0} for d in dates]
    kinds = {"contract": c.signed, "plant": c.built, "programme": c.started, "cell": c.cells, "financing": c.financed}
    if fix.decision in kinds:
        return [{v: 1.0 for (name, d), v in kinds[fix.decision].items() if name == fix.name and inside(f, fix, d)}]
    if fix.decision == "size":
        full = f.plant[fix.name].capacity_t_per_yr
        return [total(*([(full, size)] for (name, d), size in c.size.items() if name == fix.name and inside(f, fix, d)))]
    found: Expression = {}
    for first, n in f.slots:
        share = 1.0 if inside(f, fix, first) else 0.0
        if fix.month is not None:
            share = 1 / n if first <= f.month(fix.month, 0) < first + n else 0.0
        found = total(found, [(share, flows(base, fix, first))])
    return [found]


def flows(base: Any, fix: Fix, t: int) -> Expression:
    name, material, form = fix.name, fix.material, fix.form
    if fix.decision == "purchase":
        return {v: 1.0 for (s, m), v in base.bought.items() if (s, m) == (name, t)}
    if fix.decision == "lifting":
        return {v: 1.0 for (c, _, _, m), v in base.lifted.items() if (c, m) == (name, t)}
    if fix.decision == "processing":
        return {v: 1.0 for (q, i, m), v in base.processed.items() if (q, m) == (name, t) and material in ("", i)}
    if fix.decision == "route":
        return {v: 1.0 for (r, i, g, m), v in base.shipped.items() if (r, m) == (name, t) and material in ("", i) and form in ("", g)}
    kind = base.sold if fix.decision == "sale" else base.disposed
    return {v: 1.0 for (i, g, m), v in kind.items() if (i, m) == (name, t) and form in ("", g)}


def abroad(f: Facts, end: tuple[str, str]) -> str:
    """The foreign country that what an end gives counts for; empty: none."""
    kind, name = end
    country = f.source[name].countries[-1] if kind == "source" else f.plant[name].country if kind == "plant" else ""
    return "" if country == f.case.settings.home_country else country


def cap(f: Facts, p: Program, base: Any, ceiling: Ceiling) -> None:
    """Of an element that comes from abroad in a form in a year, no country gives more than its share, or the excess is paid."""
    came: dict[tuple[str, int], dict[str, Expression]] = {}

    def add(country: str, material: str, first: int, terms: Expression) -> None:
        for e, share in f.mixture[material].items() if country else ():
            by_country = came.setdefault((e, f.year(first)), {})
            by_country[country] = total(by_country.get(country, {}), [(share, terms)])

    for (end, material, form, first), terms in base.gives.items():
        if form == ceiling.form:
            add(abroad(f, end), material, first, terms)
    routes = {r.route: r for r in f.case.routes}
    for (name, material, form, first), v in base.shipped.items():
        r = routes[name]
        onwards = r.to_kind == "plant" and f.plant[r.to_name].country != f.case.settings.home_country
        if form == ceiling.form and onwards and r.from_name:
            add(abroad(f, (r.from_kind, r.from_name)), material, first, {v: -1.0})
    for (e, year), by_country in came.items():
        asked = (ceiling.from_year or year) <= year <= (ceiling.to_year or year)
        for country, own in by_country.items():
            if not asked or e not in (ceiling.elements or (e,)) or country != (ceiling.country or country):
                continue
            row = total(own, *([(-ceiling.max_share, terms)] for terms in by_country.values()))
            if ceiling.excess_usd_per_kg is not None:
                slots = [x for x in f.slots if f.year(x[0]) == year]
                at = sum(f.weight(*x) * x[1] for x in slots) / sum(n for _, n in slots)
                row[p.column(ceiling.excess_usd_per_kg / 1000 * at)] = -1.0
            p.at_most_zero(row)


def number(f: Facts, p: Program, c: Commitments, base: Any, count: Count) -> None:
    """So many are taken, no more and no fewer."""
    low, high = max(0, f.month(count.from_month, 0)), min(f.horizon - 1, f.month(count.by_month, f.horizon))
    found: Expression = {None: 0.0}
    for name in count.members:
        if name in f.source:
            taken: Expression = {}
            used = p.column(0.0, 1.0, whole=True)
            found[used] = 1.0
            for first, n in f.slots:
                if low <= first <= high:
                    now = base.taken(name, first)
                    taken = total(taken, now)
                    p.at_most_zero(total(now, {used: -sum(base.output(f.source[name], m) for m in range(first, first + n))}))
            if count.at_least is not None:
                p.at_most_zero(total({used: count.source_from_t}, [(-1.0, taken)]))
        elif c.there(name):
            existing = name not in f.plant or f.plant[name].status == "existing"
            found[None] += float(existing and (name not in f.programme or f.programme[name].status == "in force"))
        else:
            kinds = (c.signed, c.built, c.started)
            found.update({v: 1.0 for kind in kinds for (n, d), v in kind.items() if n == name and low <= d <= high})
    if count.at_least is not None:
        p.at_most_zero(total({None: count.at_least}, [(-1.0, found)]))
    if count.at_most is not None:
        p.limit(found, count.at_most)


def limit(f: Facts, p: Program, c: Commitments, base: Any, budget: Budget, year: int) -> None:
    """Money of a calendar year, as it is paid then."""
    found: Expression = {}
    if budget.counts in ("capex", "commitments", "all"):
        for (name, d), capex in c.capex.items():
            plant = f.plant[name]
            for m, share in f.spent(plant, d + plant.permit_months + plant.build_months):
                if f.year(m) == year:
                    found = total(found, [(share * f.dollars(plant.currency, m) * f.risen(m), capex)])
        for (name, d), v in c.cells.items():
            site = next(s for s in f.case.residue_sites if s.site == name)
            for m, share in f.spent(site, d + site.permit_months + site.build_months):
                if f.year(m) == year:
                    found = total(found, {v: site.capex_usd_m * share * f.risen(m)})
        found.update({v: f.programme[g].capex_usd_m * f.risen(d) for (g, d), v in c.started.items() if f.year(d) == year})
    if budget.counts in ("prepayments", "commitments", "all"):
        for (name, d), v in c.signed.items():
            if f.year(d) == year:
                found = total(found, {v: f.contract[name].upfront_usd_m * f.dollars(f.contract[name].currency, d)})
                for x in f.case.financings:
                    if x.contract == name:
                        found = total(found, {c.financed[x.financing, d] if x.optional else v: x.usd_m})
    if budget.counts in ("purchases", "all"):
        found = total(found, base.paid.get(year, {}))
    if found:
        p.limit(found, budget.usd_m)
