"""A case and a plan small enough to be worked out by hand, for the audit to pass and then to find faults in."""

from __future__ import annotations

import pytest

from models.case import (
    Case,
    Composition,
    Contract,
    ContractLine,
    CutOff,
    Demand,
    Element,
    Fix,
    Form,
    Plant,
    Price,
    Recovery,
    Sale,
    Settings,
    Source,
    Stock,
)
from models.columns import Month
from models.plan import (
    Bought,
    Cash,
    Construction,
    Cost,
    JointCost,
    Lifted,
    Pattern,
    Plan,
    PlannerRule,
    PlantUse,
    Processed,
    Readiness,
    Service,
    Signature,
    StockLevel,
    StockTarget,
    Summary,
    Surplus,
    Unlifted,
)

YEAR_1, YEAR_2, END = Month(2027, 1), Month(2028, 1), Month(2029, 1)
FIRST, LAST = "crisis@2028-01", "crisis@2029-01"
COST = 5.15663314210941900424
"""Million USD, discounted; worked out in test_audit_by_hand.py."""


@pytest.fixture
def case() -> Case:
    """An ore of two elements is bought and lifted, parted, and one element of it made into metal by a plant yet to be built."""
    return Case(
        settings=Settings(
            title="By hand",
            start=YEAR_1,
            horizon_months=24,
            coarse_period_months=12,
            decision_every_months=6,
            discount_rate_pct=10,
            discounting="start",
            terminal_stock_share=0.5,
        ),
        elements=(Element(element="alpha", oxide_per_metal=1.25), Element(element="beta", oxide_per_metal=1.2)),
        forms=(
            Form(form="feed", position=1, holds="mixtures"),
            Form(form="oxide", position=2, holds="elements", disposal_usd_per_t=100),
            Form(form="metal", position=3, holds="elements", mass="metal"),
        ),
        compositions=(Composition(mixture="ore", element="alpha", share=0.6), Composition(mixture="ore", element="beta", share=0.4)),
        demands=(Demand(sector="motors", material="alpha", form="metal", t_per_yr=48, service_level=0.8, shortage_usd_per_kg=100),),
        prices=(
            Price(index="fob", material="ore", form="feed", usd_per_kg=2, growth_pct_per_yr=10),
            Price(index="fob", material="alpha", form="metal", usd_per_kg=20),
        ),
        sources=(
            Source(
                source="mine",
                plant="pit",
                countries=("farland",),
                material="ore",
                form="feed",
                max_t_per_yr=240,
                spot_share=0.5,
                price_index="fob",
                freight_usd_per_kg=0.1,
            ),
            Source(
                source="trade", countries=("nearland",), material="alpha", form="metal", kind="spot", max_t_per_yr=12, price_index="fob"
            ),
        ),
        contracts=(Contract(contract="offtake", status="on offer", lead_months=6, tenor_years=1, take_or_pay_share=0.5, upfront_usd_m=1),),
        contract_lines=(
            ContractLine(contract="offtake", source="mine", min_t_per_yr=60, max_t_per_yr=120, price_index="fob", discount_pct=10),
        ),
        plants=(
            Plant(plant="pit", status="supplier", country="farland", input_form="feed", output_form="feed", capacity_t_per_yr=240),
            Plant(
                plant="works",
                status="existing",
                country="home",
                input_form="feed",
                output_form="oxide",
                capacity_t_per_yr=240,
                capacity_basis="feed",
                recovery=0.9,
                fixed_opex_usd_m_per_yr=0.5,
                variable_opex_usd_per_kg=1,
            ),
            Plant(
                plant="smelter",
                status="candidate",
                country="home",
                input_form="oxide",
                output_form="metal",
                capacity_t_per_yr=120,
                capacity_mass="product",
                max_units=2,
                build_months=6,
                ramp_pct=(50, 100),
                recovery=0.96,
                scrap_form="oxide",
                scrap_return_share=0.5,
                capex_usd_m=3,
                life_years=10,
                fixed_opex_usd_m_per_yr=0.1,
                variable_opex_usd_per_kg=5,
            ),
        ),
        recoveries=(Recovery(plant="works", element="beta", recovery=0.8),),
        stocks=(
            Stock(
                store="depot",
                material="alpha",
                form="metal",
                opening_t=10,
                capacity_t=100,
                release_pct_per_month=20,
                storage_usd_per_t_yr=1000,
                handling_usd_per_t=200,
            ),
        ),
        sales=(Sale(material="beta", form="oxide", usd_per_kg=3, max_t_per_yr=30),),
        fixes=(Fix(decision="plant", name="smelter", action="at least", value=2),),
        cutoffs=(
            CutOff(
                cutoff="crisis",
                countries=("farland",),
                severity=0.75,
                months=2,
                return_months=1,
                first_start=YEAR_2,
                spot_availability=0.5,
                spot_price_multiplier=2,
            ),
        ),
    )


@pytest.fixture
def plan() -> Plan:
    """A plan of two years and its two recourses, worked out in test_audit_by_hand.py."""
    rows = _Rows()
    rows.buy("base", "mine", YEAR_1, 12, 100, 120, 2)
    rows.buy("base", "mine", YEAR_2, 12, 90, 120, 2.2)
    rows.buy("base", "trade", YEAR_1, 12, 12, 12, 20)
    rows.buy("base", "trade", YEAR_2, 12, 2.4, 12, 20)
    rows.lift("base", YEAR_1, 12, 20, 60, 1.8)
    rows.lift("base", YEAR_2, 12, 30, 60, 1.98)
    for year, capacity in ((YEAR_1, 60), (YEAR_2, 180)):
        rows.process("base", "works", "ore", year, 12, 120, 120, 240)
        rows.process("base", "smelter", "alpha", year, 12, 60, 46.08, capacity)
        rows.serve("base", year, 12, 60, 60, 0)
        rows.surplus("base", "alpha", year, 12, 0, 6)
        rows.surplus("base", "beta", year, 12, 30, 8.4)
    rows.store("base", YEAR_1, 12, 10, 9.6, 0, 19.6)
    rows.store("base", YEAR_2, 12, 19.6, 0, 0, 19.6)
    _first_recourse(rows)
    _last_recourse(rows)
    return Plan(
        summary=Summary(
            schema_version=1,
            title="By hand",
            input_sha256="",
            status="certified",
            cost_usd_m=COST,
            bound_usd_m=COST,
            gap_pct=0,
            patterns_tested=2,
            patterns_passed=2,
            patterns_in_model=2,
        ),
        readiness=(Readiness(cutoff="crisis", first_start=YEAR_2, latest_first_start=None, found=False),),
        signatures=(
            Signature(contract="offtake", signed=YEAR_1, first_delivery=Month(2027, 7), last_delivery=Month(2028, 6), decided=True),
        ),
        constructions=(
            Construction(plant="smelter", units=2, decided=YEAR_1, online=Month(2027, 7), capacity_t_per_yr=240, capex_usd_m=6),
        ),
        targets=(StockTarget(store="depot", material="alpha", form="metal", year=2028, target_t=19.6, days_of_cover=19.6 * 365 / 60),),
        bought=tuple(rows.bought),
        lifted=tuple(rows.lifted),
        unlifted=(
            Unlifted(contract="offtake", source="mine", year=2027, minimum_t=30, lifted_t=20, unlifted_t=10, usd_per_kg=0.9),
            Unlifted(contract="offtake", source="mine", year=2028, minimum_t=30, lifted_t=30, unlifted_t=0, usd_per_kg=0.99),
            Unlifted(
                run=FIRST, contract="offtake", source="mine", year=2028, minimum_t=5.625, lifted_t=5, unlifted_t=0.625, usd_per_kg=0.99
            ),
        ),
        processed=tuple(rows.processed),
        plant_use=tuple(rows.plant_use),
        stocks=tuple(rows.stocks),
        service=tuple(rows.service),
        surplus=tuple(rows.surpluses),
        planner_rules=(
            PlannerRule(
                sheet="Fixes",
                row=1,
                rule="units of smelter decided",
                when="whole plan",
                sense="at least",
                limit=2,
                reached=2,
                unit="units",
            ),
        ),
        costs=_costs(),
        cash=_cash(),
        joint_costs=_joint_costs(),
        patterns=(
            Pattern(
                cutoff="crisis",
                start=YEAR_2,
                window_months=3,
                must_survive=True,
                missing_t=0,
                margin_pct=0,
                recourse_usd_m=0.3262783333333333 + 0.00061875,
            ),
            Pattern(cutoff="crisis", start=END, window_months=3, must_survive=True, missing_t=0, margin_pct=0, recourse_usd_m=0.2778155),
        ),
    )


def _first_recourse(rows: _Rows) -> None:
    """Cut from January 2028: two months on a quarter of the flow, then the store alone."""
    for m, level in ((0, 18.5), (1, 17.4)):
        month = YEAR_2.plus(m)
        rows.buy(FIRST, "mine", month, 1, 2.5, 2.5, 2.2)
        rows.buy(FIRST, "trade", month, 1, 0.5, 0.5, 40)
        rows.lift(FIRST, month, 1, 2.5, 2.5, 1.98)
        rows.process(FIRST, "works", "ore", month, 1, 5, 5, 20)
        rows.process(FIRST, "smelter", "alpha", month, 1, 2.5, 1.92, 10)
        rows.serve(FIRST, month, 1, 5, 4, 4)
        rows.surplus(FIRST, "alpha", month, 1, 0, 0.25)
        rows.surplus(FIRST, "beta", month, 1, 1.6, 0)
        rows.store(FIRST, month, 1, level + 1.1, 0, 1.1, level)
    month = YEAR_2.plus(2)
    rows.serve(FIRST, month, 1, 5, 4, 4)
    rows.store(FIRST, month, 1, 17.4, 0, 4, 13.4)


def _last_recourse(rows: _Rows) -> None:
    """Cut at the end of the plan: two months on the store alone, then on the flow that comes back."""
    for m, level in ((0, 15.6), (1, 11.6)):
        rows.serve(LAST, END.plus(m), 1, 5, 4, 4)
        rows.store(LAST, END.plus(m), 1, level + 4, 0, 4, level)
    month = END.plus(2)
    rows.buy(LAST, "mine", month, 1, 6.25, 6.25, 2.42)
    rows.process(LAST, "works", "ore", month, 1, 6.25, 6.25, 20)
    rows.process(LAST, "smelter", "alpha", month, 1, 3, 2.304, 20)
    rows.serve(LAST, month, 1, 5, 4, 4)
    rows.surplus(LAST, "alpha", month, 1, 0, 0.435)
    rows.surplus(LAST, "beta", month, 1, 0, 2)
    rows.store(LAST, month, 1, 11.6, 0, 1.12, 10.48)


def _costs() -> tuple[Cost, ...]:
    """The cost table: (term, year, undiscounted million USD); 2028 is discounted by 1.1, the stock left at the end by 1.21."""
    table = (
        ("purchases", 2027, 0.44, 1),
        ("purchases", 2028, 0.246, 1.1),
        ("contracts", 2027, 0.036, 1),
        ("contracts", 2028, 0.0594, 1.1),
        ("take_or_pay", 2027, 0.009, 1),
        ("freight", 2027, 0.012, 1),
        ("freight", 2028, 0.012, 1.1),
        ("conversion", 2027, 0.3504, 1),
        ("conversion", 2028, 0.3504, 1.1),
        ("storage", 2027, 0.0196, 1),
        ("storage", 2028, 0.0196, 1.1),
        ("handling", 2027, 0.00096, 1),
        ("capex", 2027, CAPEX_2027, 1),
        ("capex", 2028, 2 * CAPEX_2027, 1.1),
        ("capex", 2029, CAPEX_2027 / 2, 1.21),
        ("fixed_opex", 2027, 0.6, 1),
        ("fixed_opex", 2028, 0.7, 1.1),
        ("fixed_opex", 2029, 0.05, 1.21),
        ("upfront", 2027, UPFRONT, 1),
        ("upfront", 2028, UPFRONT, 1.1),
        ("disposal", 2027, 0.00144, 1),
        ("disposal", 2028, 0.00144, 1.1),
        ("sales", 2027, -0.09, 1),
        ("sales", 2028, -0.09, 1.1),
        ("terminal_stock", 2028, -0.196, 1.21),
    )
    return tuple(Cost(term=term, year=year, usd_m=money / divisor, undiscounted_usd_m=money) for term, year, money, divisor in table)


def _joint_costs() -> tuple[JointCost, ...]:
    """Ore with freight and the works' 0.12: 0.21 + 0.038 + 0.12 and 0.207 + 0.0624 + 0.12. Nobody prices oxide, so that value is mass."""
    outputs, whole = (("alpha", 64.8), ("beta", 38.4)), 103.2
    return tuple(
        JointCost(
            plant="works",
            feed="ore",
            year=year,
            output=output,
            form="oxide",
            fed_t=120,
            joint_usd_m=usd_m,
            output_t=tonnes,
            market_usd_per_kg=0,
            share_by_value=tonnes / whole,
            by_value_usd_per_kg=usd_m * 1000 / whole,
            share_by_mass=tonnes / whole,
            by_mass_usd_per_kg=usd_m * 1000 / whole,
        )
        for year, usd_m in ((2027, 0.368), (2028, 0.3894))
        for output, tonnes in outputs
    )


def _cash() -> tuple[Cash, ...]:
    """What is paid: as in the cost table inside the plan; the two units of 3 million in the half year of building, 1 million at
    signature; nothing for the stock left at the end.
    """
    annuities = ("capex", "upfront", "terminal_stock")
    table = [(row.term, row.year, row.undiscounted_usd_m) for row in _costs() if row.term not in annuities and row.year < 2029]
    return tuple(Cash(term=t, year=y, usd_m=money) for t, y, money in (*table, ("capex", 2027, 6.0), ("upfront", 2027, 1.0)))


CAPEX_2027 = 0.50005536070389244366
UPFRONT = 0.57684486649358335083


class _Rows:
    """Takes rows in short form."""

    def __init__(self) -> None:
        self.bought: list[Bought] = []
        self.lifted: list[Lifted] = []
        self.processed: list[Processed] = []
        self.plant_use: list[PlantUse] = []
        self.stocks: list[StockLevel] = []
        self.service: list[Service] = []
        self.surpluses: list[Surplus] = []

    def buy(self, run: str, source: str, period: Month, months: int, tonnes: float, limit: float, price: float) -> None:
        self.bought.append(Bought(run=run, source=source, period=period, months=months, bought_t=tonnes, limit_t=limit, usd_per_kg=price))

    def lift(self, run: str, period: Month, months: int, tonnes: float, limit: float, price: float) -> None:
        row = Lifted(
            run=run, contract="offtake", source="mine", period=period, months=months, lifted_t=tonnes, limit_t=limit, usd_per_kg=price
        )
        self.lifted.append(row)

    def process(self, run: str, plant: str, material: str, period: Month, months: int, tonnes: float, used: float, capacity: float) -> None:
        self.processed.append(Processed(run=run, plant=plant, material=material, period=period, months=months, processed_t=tonnes))
        self.plant_use.append(PlantUse(run=run, plant=plant, period=period, months=months, used_t=used, capacity_t=capacity))

    def store(self, run: str, period: Month, months: int, opening: float, added: float, drawn: float, level: float) -> None:
        self.stocks.append(
            StockLevel(
                run=run,
                store="depot",
                material="alpha",
                form="metal",
                period=period,
                months=months,
                opening_t=opening,
                added_t=added,
                drawn_t=drawn,
                lost_t=0,
                level_t=level,
            )
        )

    def serve(self, run: str, period: Month, months: int, demanded: float, served: float, required: float) -> None:
        self.service.append(
            Service(
                run=run,
                sector="motors",
                material="alpha",
                form="metal",
                period=period,
                months=months,
                demanded_t=demanded,
                served_t=served,
                required_t=required,
            )
        )

    def surplus(self, run: str, material: str, period: Month, months: int, sold: float, disposed: float) -> None:
        self.surpluses.append(
            Surplus(run=run, material=material, form="oxide", period=period, months=months, sold_t=sold, disposed_t=disposed)
        )
