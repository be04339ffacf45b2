"""P3 buy_in_tiers, P4 buy_in_orders and P5 order_a_lot: prices that rise with the volume, fixed cost per order, minimum lots."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from small_cases import base, case, change, crisis, cutoff, demand, equations, least_cost, missing_t, optimum, settings, source, stock

from models.build import base_plan
from models.case import Case, PriceTier, Sale, Settings
from models.check import check
from models.plan import Plan
from models.run import Study
from optimizer.audit import audit
from optimizer.solve import SolveOptions, solve

TIERS = (PriceTier(source="trade", upto_t_per_yr=8.0, price_factor=1.0), PriceTier(source="trade", price_factor=2.0))


def exact(**changes: Any) -> Settings:
    return settings(relative_gap_pct=0.0, **changes)


def alpha(**sheets: Any) -> Case:
    """12 t a year of alpha, as it may be had."""
    return case(**{"settings": exact(), "sources": (source(),), "stocks": (stock(),), **sheets})


def audited(changed: Case) -> Plan:
    """The plan; it passes the audit."""
    plan = solve(changed, SolveOptions())
    assert [str(finding) for finding in audit(changed, plan).findings] == []
    return plan


def test_tiers_printed() -> None:
    """P3: a purchase is the sum of its tiers; the first is as wide as its yearly volume, half of it in half a year."""
    model = base_plan(Study(alpha(price_tiers=TIERS)))
    assert equations(model, "buy_in_tiers")[0] == "bought_t[trade, 0] = tier_t[trade, 1, 0] + tier_t[trade, 2, 0]"
    assert [model.operation.tier_t["trade", n, 0].ub for n in (1, 2)] == [8, None]
    half = base_plan(Study(alpha(price_tiers=TIERS, settings=exact(coarse_period_months=6))))
    assert half.operation.tier_t["trade", 1, 6].ub == 4


def test_the_price_rises_with_the_volume() -> None:
    """12 t a year at 10 USD/kg cost 0.24 million USD in two years; where 8 t a year cost that and more twice as much, 0.32. With a store
    nothing is gained: the tier is of each year. The row shows the mean price, 160/12 USD/kg."""
    assert base(alpha()).cost == pytest.approx(0.24)
    plan = audited(alpha(price_tiers=TIERS))
    assert plan.summary.cost_usd_m == pytest.approx(0.32)
    assert plan.bought[0].usd_per_kg == pytest.approx(160 / 12)


def test_a_tier_of_each_year_is_used_by_buying_early() -> None:
    """6 t in 2027 and 9 t in 2028, 1 t beyond the cheap tier: 0.16 million USD as needed, 0.15 with 1 t bought in 2027."""
    needs = {"demands": (demand(t_per_yr=6.0, growth_pct_per_yr=50.0),), "price_tiers": TIERS}
    late = base(alpha(**needs, stocks=())).cost
    early = base(alpha(**needs)).cost
    assert late == pytest.approx(0.06 + 0.08 + 0.02)
    assert early == pytest.approx(0.06 + 0.08 + 0.01)


def test_a_crisis_pays_tiers_too() -> None:
    """Three months at 1 t from elsewhere: 0.03 million USD; where only 6 t a year, half a tonne a month, cost 10 USD/kg and more twice
    as much: 0.045."""
    elsewhere = alpha(sources=(source(countries=("elsewhere",)),), cutoffs=(cutoff(),))
    tiers = (PriceTier(source="trade", upto_t_per_yr=6.0, price_factor=1.0), PriceTier(source="trade", price_factor=2.0))
    assert optimum(crisis(elsewhere, 12)).cost == pytest.approx(0.03)
    assert optimum(crisis(dataclasses.replace(elsewhere, price_tiers=tiers), 12)).cost == pytest.approx(0.045)
    audited(dataclasses.replace(elsewhere, price_tiers=tiers))


def test_orders_printed() -> None:
    """P4: no more is bought in an order than sectors still need, 24 t in 2027 and 12 t in 2028; than the limit of 24 t where it may be
    wanted for sale or survival. P5: a lot at least."""
    dear = source(order_cost_usd_m=0.1, max_t_per_yr=99.0)
    assert equations(base_plan(Study(alpha(sources=(dear,)))), "buy_in_orders") == [
        "bought_t[trade, 0] <= 24 ordered[trade, 0]",
        "bought_t[trade, 12] <= 12 ordered[trade, 12]",
    ]
    market = Sale(material="alpha", form="powder", usd_per_kg=1.0, max_t_per_yr=5.0)
    for more in ({"sales": (market,)}, {"cutoffs": (cutoff(),)}, {"settings": exact(terminal_stock_share=0.5)}):
        assert equations(base_plan(Study(alpha(sources=(dear,), **more))), "buy_in_orders")[1].startswith("bought_t[trade, 12] <= 99 ")
    kept = alpha(sources=(dear,), stocks=(stock(final_t=3.0),))
    assert equations(base_plan(Study(kept)), "buy_in_orders")[1] == "bought_t[trade, 12] <= 15 ordered[trade, 12]"
    lots = base_plan(Study(alpha(sources=(source(minimum_lot_t=15.0),))))
    assert equations(lots, "order_a_lot")[0] == "15 ordered[trade, 0] <= bought_t[trade, 0]"


def test_an_order_costs() -> None:
    """Two orders of 12 t: 0.24 million USD. At 0.1 an order, with a store: one of 24 t, 0.34; without a store two, 0.44. At 0.1 and storage
    of 20,000 USD/t/yr two orders again: 0.44, for holding 12 t costs 0.24."""
    dear = source(order_cost_usd_m=0.1)
    assert audited(alpha()).summary.cost_usd_m == pytest.approx(0.24)
    plan = audited(alpha(sources=(dear,)))
    assert plan.summary.cost_usd_m == pytest.approx(0.34)
    assert [(row.bought_t, row.order_usd_m) for row in plan.bought] == [(pytest.approx(24), pytest.approx(0.1))]
    assert {row.term: row.usd_m for row in plan.costs if row.usd_m} == {"purchases": pytest.approx(0.24), "orders": pytest.approx(0.1)}
    assert audited(alpha(sources=(dear,), stocks=())).summary.cost_usd_m == pytest.approx(0.44)
    held = (stock(storage_usd_per_t_yr=20000.0),)
    assert audited(alpha(sources=(dear,), stocks=held)).summary.cost_usd_m == pytest.approx(0.44)


def test_a_recourse_pays_its_part_of_an_order() -> None:
    """Three months at 1 t of 2 t a month that elsewhere sells: 0.03 million USD, and half of each order of 0.1: 0.18, as a linear program
    that pays no more than the truth, 0.33."""
    elsewhere = alpha(sources=(source(countries=("elsewhere",), order_cost_usd_m=0.1),), cutoffs=(cutoff(),))
    assert optimum(crisis(elsewhere, 12)).cost == pytest.approx(0.18)
    audited(elsewhere)


def test_a_lot_is_a_lot() -> None:
    """12 t a year: 0.24 million USD. In lots of 15 t without a store 3 t a year are disposed of: 0.3. With a store one of 24 t: 0.24."""
    lots = source(minimum_lot_t=15.0)
    assert audited(alpha(sources=(lots,), stocks=())).summary.cost_usd_m == pytest.approx(0.30)
    plan = audited(alpha(sources=(lots,)))
    assert plan.summary.cost_usd_m == pytest.approx(0.24)
    assert [row.bought_t for row in plan.bought] == pytest.approx([24])


def test_lots_are_not_counted_on_in_a_crisis() -> None:
    """Three months without abroad, and 1 t a month from elsewhere: nothing is missing. Where elsewhere sells in lots, 3 t are; 0 t again
    where the lot is waived. The cheapest plan: 0.24 million USD, 0.27 with a stock of 3 t, 0.24."""

    def sold(**changes: Any) -> Case:
        near = source(max_t_per_yr=24.0)
        far = source("far", countries=("elsewhere",), max_t_per_yr=12.0, price_factor=1.5, **changes)
        return alpha(sources=(near, far), demands=(demand(rationing="no"),), cutoffs=(cutoff(),))

    for changed, missing, cost in (
        (sold(), 0, 0.24),
        (sold(minimum_lot_t=1.0), 3, 0.27),
        (sold(minimum_lot_t=1.0, lot_waived_in_crisis=True), 0, 0.24),
    ):
        assert missing_t(crisis(changed, 12)) == pytest.approx(missing)
        assert least_cost(changed) == pytest.approx(cost)
        assert audited(changed).summary.cost_usd_m == pytest.approx(cost)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [({"order_usd_m": 0.0}, "orders"), ({"bought_t": 10.0}, "minimum-lot"), ({"usd_per_kg": 11.0}, "stated-figures")],
    ids=["free order", "half a lot", "wrong mean price"],
)
def test_the_audit_catches(changes: dict[str, Any], rule: str) -> None:
    """A row whose order is free, that is less than a lot, or whose mean price is not that of the tiers is found."""
    changed = alpha(sources=(source(order_cost_usd_m=0.1, minimum_lot_t=15.0),), price_tiers=TIERS)
    plan = audited(changed)
    spoilt = dataclasses.replace(plan, bought=(change(plan.bought[0], **changes), *plan.bought[1:]))
    assert rule in {finding.rule for finding in audit(changed, spoilt).findings}


def test_bad_tiers_and_lots() -> None:
    """A factor that falls, a tier given twice, a lot that is never sold, a lot waived where there is none: each at its cell."""
    falling = alpha(
        price_tiers=(PriceTier(source="trade", price_factor=0.9), PriceTier(source="trade", upto_t_per_yr=5.0, price_factor=1.0))
    )
    found = [(f.table, f.row, f.field, f.severity) for f in check(falling)]
    assert ("PriceTiers", 0, "price_factor", "error") in found
    twice = alpha(price_tiers=(TIERS[0], TIERS[0]))
    assert ("PriceTiers", 1, "source", "error") in [(f.table, f.row, f.field, f.severity) for f in check(twice)]
    large = alpha(sources=(source(minimum_lot_t=25.0), source("other", lot_waived_in_crisis=True)))
    found = [(f.table, f.row, f.field, f.severity) for f in check(large)]
    assert ("Sources", 0, "minimum_lot_t", "warning") in found
    assert ("Sources", 1, "lot_waived_in_crisis", "warning") in found


def test_a_country_that_is_nearly_another() -> None:
    """'abraod' stands once and looks like 'abroad', which is cut: a warning at its source; 'home' stands once and looks like none."""
    slip = alpha(sources=(source(), source("slip", countries=("abraod",)), source("near", countries=("home",))), cutoffs=(cutoff(),))
    found = [(f.row, f.mend) for f in check(slip) if (f.table, f.field, f.severity) == ("Sources", "countries", "warning")]
    assert found == [(1, "Did you mean 'abroad'? A cut-off of 'abroad' does not hit it as it is spelt.")]


def test_without_orders_and_tiers_nothing_is_added() -> None:
    """No column and no row where no source has a tier, an order cost or a lot; and in a recourse no binaries."""
    model = base_plan(Study(alpha(cutoffs=(cutoff(),))))
    assert (len(model.operation.tier_t), len(model.operation.ordered)) == (0, 0)
    dear = alpha(sources=(source(order_cost_usd_m=0.1, minimum_lot_t=1.0),), cutoffs=(cutoff(),))
    assert len(crisis(dear, 12).operation.ordered) == 0
