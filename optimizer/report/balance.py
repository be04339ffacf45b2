"""Supply and demand of every commodity, by calendar year or by month: what comes in, what goes out, and that both agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from models.chain import Activity, Commodity
from models.columns import Month
from optimizer.report.view import Operation, View


@dataclass
class Flow:
    """One commodity in one span of time, t REO. Opening and closing are its stores together."""

    opening: float = 0.0
    bought: float = 0.0
    lifted: float = 0.0
    produced: float = 0.0
    scrap: float = 0.0
    drawn: float = 0.0
    used: float = 0.0
    served: float = 0.0
    added: float = 0.0
    sold: float = 0.0
    disposed: float = 0.0
    lost: float = 0.0
    closing: float = 0.0
    demanded: float = 0.0
    required: float = 0.0
    replaced: float = 0.0
    """Demand that programmes replace by something else, or by nothing."""
    instead: float = 0.0
    """What of this commodity programmes use instead of another."""
    owed_before: float = 0.0
    owed: float = 0.0
    """Demand owed at the end, to be served later, and what was owed at the start."""

    @property
    def arrived(self) -> float:
        """What comes in, stocks apart."""
        return self.bought + self.lifted + self.produced + self.scrap

    @property
    def taken(self) -> float:
        """What plants and sectors take."""
        return self.used + self.served + self.instead

    @property
    def unmet(self) -> float:
        """Demand that is not served, nor replaced, nor owed."""
        return max(0.0, self.demanded + self.owed_before - self.served - self.replaced - self.owed)

    @property
    def short(self) -> float:
        """What lacks of what must be served; negative where there is more."""
        return self.required - self.served - self.replaced

    @property
    def difference(self) -> float:
        """Opening stock and what comes in, less what goes out and closing stock: zero where the plan adds up."""
        return self.opening + self.arrived - self.taken - self.sold - self.disposed - self.lost - self.closing

    @property
    def empty(self) -> bool:
        """Whether nothing happens."""
        return not any((self.opening, self.arrived, self.drawn, self.taken, self.added, self.closing, self.demanded))


Flows = dict[tuple[Commodity, int], Flow]
"""Flow by commodity and span (calendar year, or month counted from year 0)."""


def yearly(view: View) -> Flows:
    """The base plan by calendar year; a period belongs to the year of its first month."""
    return _flows(view, view.base, lambda period: period.year)


def monthly(view: View, operation: Operation) -> Flows:
    """A recourse by month (`Month.ordinal`)."""
    return _flows(view, operation, lambda period: period.ordinal)


def _flows(view: View, operation: Operation, span: Callable[[Month], int]) -> Flows:
    flows: Flows = defaultdict(Flow)
    _add_supply(view, operation, span, flows)
    _add_plants(view, operation, span, flows)
    _add_stocks(operation, span, flows)
    for d in operation.service:
        flow = flows[(d.material, d.form), span(d.period)]
        flow.demanded += d.demanded_t
        flow.served += d.served_t
        flow.required += d.required_t
    _add_owed(view, operation, span, flows)
    for r in operation.replaced:
        flows[(r.material, r.form), span(r.period)].replaced += r.replaced_t
        effect = view.study.programmes.effects[r.programme, r.sector, r.material, r.form]
        for commodity, share in view.study.programmes.used_instead(effect).items():
            flows[commodity, span(r.period)].instead += share * r.replaced_t
    for s in operation.surplus:
        flow = flows[(s.material, s.form), span(s.period)]
        flow.sold += s.sold_t
        flow.disposed += s.disposed_t
    return flows


def _add_owed(view: View, operation: Operation, span: Callable[[Month], int], flows: Flows) -> None:
    """What is owed at the end of the last slot of each span, and of the last slot before it; before the first what the case says."""
    rows = [row for row in operation.service if row.owed_t]
    first: dict[Commodity, float] = defaultdict(float)
    for demand in view.case.demands:
        if demand.owed_t and demand.backorder_usd_per_kg_yr is not None:
            first[demand.material, demand.form] += demand.owed_t
    if not rows and not first:
        return
    owed: dict[Commodity, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for commodity in first:
        owed[commodity] = defaultdict(float)
    for row in rows:
        owed[row.material, row.form][row.period.ordinal] += row.owed_t
    spans: dict[int, int] = {}
    for period in operation.periods:
        spans[span(period)] = max(spans.get(span(period), 0), period.ordinal)
    for commodity, by_month in owed.items():
        before = first.get(commodity, 0.0)
        for at, last in sorted(spans.items()):
            flow = flows[commodity, at]
            flow.owed_before, flow.owed = before, by_month.get(last, 0.0)
            before = flow.owed


def _add_supply(view: View, operation: Operation, span: Callable[[Month], int], flows: Flows) -> None:
    """What is shipped counts when it arrives."""
    split = {s.source: view.chain.split(s.material, s.form) for s in view.case.sources}
    shipped = view.study.shipped
    bought = [(b.source, b.period, b.bought_t) for b in operation.bought if b.source not in shipped]
    lifted = [(f.source, f.period, f.lifted_t) for f in operation.lifted if f.source not in shipped]
    bought += [(a.source, a.period, a.arrived_t) for a in operation.arrivals if not a.contract]
    lifted += [(a.source, a.period, a.arrived_t) for a in operation.arrivals if a.contract]
    for source, period, tonnes in bought:
        for commodity, share in split[source].items():
            flows[commodity, span(period)].bought += share * tonnes
    for source, period, tonnes in lifted:
        for commodity, share in split[source].items():
            flows[commodity, span(period)].lifted += share * tonnes


def _add_plants(view: View, operation: Operation, span: Callable[[Month], int], flows: Flows) -> None:
    for p in operation.processed:
        activity, at = view.activities[p.plant, p.material], span(p.period)
        for commodity, share in activity.inputs.items():
            flows[commodity, at].used += share * p.processed_t
        if view.study.plants[p.plant].transit_months == 0:
            _comes_out(flows, activity, at, p.processed_t)
    for t in operation.tolled:
        _comes_out(flows, view.activities[t.plant, t.material], span(t.period), t.returned_t)


def _comes_out(flows: Flows, activity: Activity, at: int, tonnes: float) -> None:
    for commodity, share in activity.outputs.items():
        flows[commodity, at].produced += share * tonnes
    for commodity, share in activity.scrap.items():
        flows[commodity, at].scrap += share * tonnes


def _add_stocks(operation: Operation, span: Callable[[Month], int], flows: Flows) -> None:
    """Opening is the level before the first slot of the span, closing the level after its last; a slot left out is empty."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for period in operation.periods:
        at, month = span(period), period.ordinal
        first[at] = min(first.get(at, month), month)
        last[at] = max(last.get(at, month), month)
    for s in operation.stocks:
        at = span(s.period)
        flow = flows[(s.material, s.form), at]
        flow.drawn += s.drawn_t
        flow.added += s.added_t
        flow.lost += s.lost_t + s.expired_t
        if s.period.ordinal == first[at]:
            flow.opening += s.opening_t
        if s.period.ordinal == last[at]:
            flow.closing += s.level_t
