"""A small case and plans of it, reckoned by hand rules (no solver): certified, limit, unproven, impossible, empty.

Two elements, four forms, one contract signed and one not, one plant built, three cut-offs. Each slot is operated by fixed rules, so that
balances and costs hold by construction and the report's figures can be checked against sums over the rows.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import defaultdict

from models.case import (
    Assumption,
    Case,
    Composition,
    Contract,
    ContractLine,
    CutOff,
    Demand,
    Element,
    Form,
    Plant,
    Price,
    Recipe,
    Sale,
    Settings,
    Source,
    Stock,
)
from models.columns import Month
from models.horizon import Slot
from models.plan import (
    Bought,
    Construction,
    Cost,
    Lifted,
    Missing,
    Pattern,
    Plan,
    PlantUse,
    Processed,
    Readiness,
    Service,
    Signature,
    Stage,
    StockLevel,
    StockTarget,
    Summary,
    Surplus,
    Unlifted,
)
from models.run import Study

JANUARY = Month(2027, 1)


def sample_case(title: str = "Two elements, four forms", rename: str = "") -> Case:
    """The case; ``rename`` is put before every name that a user chooses, to test hostile text."""

    def n(text: str) -> str:
        return f"{rename}{text}"

    return Case(
        settings=Settings(title=title, start=JANUARY, horizon_months=36, fine_months=12, coarse_period_months=3, discount_rate_pct=4.0),
        assumptions=(Assumption(assumption="ramp of supply", year=None, value=0.9, meaning="share", confidence="C"),),
        elements=(
            Element(element="Xa", name="Alphium", group="light", oxide_per_metal=1.2, confidence="A"),
            Element(element="Xb", name="Betium", group="heavy", oxide_per_metal=1.15, confidence="A"),
        ),
        forms=(
            Form(form="feed", position=1, holds="mixtures"),
            Form(form="oxide", position=2, holds="elements"),
            Form(form="metal", position=3, holds="elements", mass="metal"),
            Form(form="magnet", position=4, holds="mixtures", mass="product"),
        ),
        compositions=(
            Composition(mixture=n("concentrate"), element="Xa", share=0.8),
            Composition(mixture=n("concentrate"), element="Xb", share=0.2),
        ),
        recipes=(Recipe(grade=n("grade 1"), element="Xa", kg_per_kg=0.25), Recipe(grade=n("grade 1"), element="Xb", kg_per_kg=0.05)),
        demands=(
            Demand(sector=n("Motors"), material="Xa", form="metal", t_per_yr=500.0, service_level=0.95, tier=1, confidence="B"),
            Demand(sector=n("Glass"), material="Xa", form="oxide", t_per_yr=240.0, service_level=0.9, tier=2, confidence="A"),
            Demand(sector=n("Lamps"), material="Xb", form="oxide", t_per_yr=60.0, service_level=1.0, tier=1, confidence="C"),
            Demand(
                sector=n("Toys"),
                material=n("grade 1"),
                form="magnet",
                t_per_yr=36.0,
                service_level=0.5,
                tier=3,
                protected=False,
                confidence="C",
            ),
        ),
        prices=tuple(
            Price(index="world", material=m, form=f, usd_per_kg=usd, confidence="A")
            for m, f, usd in (
                ("Xa", "oxide", 80.0),
                ("Xb", "oxide", 400.0),
                ("Xa", "metal", 110.0),
                (n("grade 1"), "magnet", 150.0),
                (n("concentrate"), "feed", 60.0),
            )
        ),
        sources=(
            Source(
                source=n("North Xa oxide"),
                countries=("North",),
                material="Xa",
                form="oxide",
                max_t_per_yr=2000.0,
                price_index="world",
                confidence="A",
            ),
            Source(
                source=n("North Xb oxide"),
                countries=("North",),
                material="Xb",
                form="oxide",
                max_t_per_yr=120.0,
                price_index="world",
                confidence="C",
            ),
            Source(
                source=n("West metal"),
                countries=("North", "West"),
                material="Xa",
                form="metal",
                max_t_per_yr=1500.0,
                price_index="world",
                confidence="B",
            ),
            Source(
                source=n("North magnets"),
                countries=("North",),
                material=n("grade 1"),
                form="magnet",
                max_t_per_yr=80.0,
                price_index="world",
                confidence="B",
            ),
            Source(
                source=n("South feed"),
                supplier="South Mining",
                countries=("South",),
                material=n("concentrate"),
                form="feed",
                max_t_per_yr=300.0,
                spot_share=0.0,
                price_index="world",
                freight_usd_per_kg=1.0,
                confidence="C",
            ),
        ),
        contracts=(
            Contract(
                contract=n("South offtake"),
                supplier="South Mining",
                status="on offer",
                tenor_years=10,
                take_or_pay_share=0.5,
                upfront_usd_m=2.0,
                confidence="B",
            ),
            Contract(contract=n("East offtake"), supplier="East Rare", status="on offer", tenor_years=5, confidence="C"),
            Contract(contract=n("Old deal"), supplier="Old", status="expired", tenor_years=5),
        ),
        contract_lines=(
            ContractLine(
                contract=n("South offtake"),
                source=n("South feed"),
                min_t_per_yr=130.0,
                max_t_per_yr=240.0,
                price_index="world",
                discount_pct=10.0,
            ),
            ContractLine(contract=n("East offtake"), source=n("South feed"), min_t_per_yr=10.0, max_t_per_yr=50.0, price_index="world"),
        ),
        plants=(
            Plant(
                plant=n("Separation"),
                status="existing",
                stage="separation",
                country="Home",
                input_form="feed",
                output_form="oxide",
                capacity_t_per_yr=200.0,
                capacity_basis="feed",
                recovery=0.9,
                variable_opex_usd_per_kg=5.0,
                confidence="B",
            ),
            Plant(
                plant=n("Metal works"),
                status="candidate",
                stage="metal",
                country="Home",
                input_form="oxide",
                output_form="metal",
                materials=("Xa",),
                capacity_t_per_yr=700.0,
                recovery=0.95,
                scrap_form="oxide",
                scrap_return_share=0.5,
                permit_months=6,
                build_months=6,
                capex_usd_m=40.0,
                variable_opex_usd_per_kg=8.0,
                confidence="C",
            ),
            Plant(
                plant=n("Second works"),
                status="candidate",
                stage="metal",
                country="Home",
                input_form="oxide",
                output_form="metal",
                materials=("Xa",),
                capacity_t_per_yr=700.0,
                confidence="C",
            ),
        ),
        stocks=(
            Stock(store=n("National store"), material="Xa", form="oxide", opening_t=60.0, storage_usd_per_t_yr=100.0, confidence="B"),
            Stock(store=n("National store"), material="Xb", form="oxide", opening_t=10.0, storage_usd_per_t_yr=100.0, confidence="C"),
            Stock(store=n("National store"), material="Xa", form="metal", opening_t=0.0, storage_usd_per_t_yr=400.0, confidence="C"),
        ),
        sales=(Sale(material="Xa", form="oxide", usd_per_kg=10.0, max_t_per_yr=100.0),),
        cutoffs=(
            CutOff(
                cutoff=n("NORTH-HEAVY"),
                name="North cuts the heavies",
                countries=("North",),
                elements=("Xb",),
                severity=0.9,
                months=12,
                first_start=None,
                latest_first_start=Month(2028, 1),
            ),
            CutOff(
                cutoff=n("NORTH-ALL"),
                name="North cuts everything",
                countries=("North",),
                severity=1.0,
                months=6,
                return_months=2,
                first_start=Month(2027, 7),
            ),
            CutOff(cutoff=n("SOUTH"), name="South stops", countries=("South",), severity=1.0, months=9, must_survive=False),
            CutOff(cutoff=n("ALL"), name="Everything stops", active=False, countries=("North", "South"), severity=1.0, months=24),
        ),
    )


class _Ledger:
    """Rows and money of the runs, filled slot by slot."""

    def __init__(self, study: Study, rename: str) -> None:
        self.study, self.rename = study, rename
        self.rows: dict[str, list[object]] = defaultdict(list)
        self.money: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.level = {("Xa", "oxide"): 60.0, ("Xb", "oxide"): 10.0, ("Xa", "metal"): 0.0}
        self.demand = {(d.material, d.form): d for d in study.case.demands}

    def pay(self, term: str, slot: Slot, usd_m: float) -> None:
        entry = self.money[term, self.study.horizon.year(slot.first)]
        entry[0] += usd_m * self.study.horizon.discount(slot)
        entry[1] += usd_m

    def demand_t(self, commodity: tuple[str, str], months: int) -> float:
        d = self.demand[commodity]
        return d.t_per_yr / self.study.chain.mass_factor(d.material, d.form) * months / 12

    def operate(self, run: str, slot: Slot, cut: frozenset[str], raise_to: dict[tuple[str, str], float]) -> float:
        """One slot by fixed rules: lift, convert, serve, buy the rest and what the stock lacks, draw what cannot be "
        "bought. Returns the shortfall."""
        n, at = self.rename, self.study.horizon.date(slot.first)
        base, share = run == "base", slot.months / 12
        head = {"run": run, "period": at, "months": slot.months}
        lifted = 150.0 * share * (0.6 if at.year == 2028 else 1.0)
        self.rows["lifted"].append(
            Lifted(**head, contract=f"{n}South offtake", source=f"{n}South feed", lifted_t=lifted, limit_t=240.0 * share, usd_per_kg=54.0)
        )
        self.rows["processed"].append(Processed(**head, plant=f"{n}Separation", material=f"{n}concentrate", processed_t=lifted))
        self.rows["plant_use"].append(PlantUse(**head, plant=f"{n}Separation", used_t=lifted, capacity_t=200.0 * share))
        need = {c: self.demand_t(c, slot.months) for c in self.demand}
        made = {("Xa", "oxide"): lifted * 0.8 * 0.9, ("Xb", "oxide"): lifted * 0.2 * 0.9}
        works = slot.first >= 12
        put_in = need["Xa", "metal"] / 0.95 if works else 0.0
        if works:
            self.rows["processed"].append(Processed(**head, plant=f"{n}Metal works", material="Xa", processed_t=put_in))
            self.rows["plant_use"].append(PlantUse(**head, plant=f"{n}Metal works", used_t=put_in * 0.95, capacity_t=700.0 * share))
            made["Xa", "metal"] = put_in * 0.95
            made["Xa", "oxide"] += put_in * 0.05 * 0.5
        short = 0.0
        for commodity, demanded in need.items():
            taken = demanded + (put_in if commodity == ("Xa", "oxide") else 0.0)
            short += self._one(run, slot, commodity, demanded, taken, made.get(commodity, 0.0), cut, raise_to.get(commodity, 0.0))
        if base:
            self.pay("contracts", slot, lifted * 54.0 / 1000)
            self.pay("freight", slot, lifted / 1000)
            self.pay("conversion", slot, (5.0 * lifted + 8.0 * put_in * 0.95) / 1000)
        return short

    def _one(
        self, run: str, slot: Slot, commodity: tuple[str, str], demanded: float, taken: float, made: float, cut: frozenset[str], goal: float
    ) -> float:
        n, at, months = self.rename, self.study.horizon.date(slot.first), slot.months
        source, usd = {
            ("Xa", "oxide"): ("North Xa oxide", 80.0),
            ("Xb", "oxide"): ("North Xb oxide", 400.0),
            ("Xa", "metal"): ("West metal", 110.0),
            (f"{n}grade 1", "magnet"): ("North magnets", 150.0),
        }[commodity]
        level = self.level.get(commodity, 0.0)
        row = self.study.sources[f"{n}{source}"]
        limit = 0.0 if source in cut else row.max_t_per_yr * months / 12
        wanted = max(0.0, taken - made + max(0.0, goal - level))
        bought = min(limit, wanted)
        change = made + bought - taken
        sold = max(0.0, change - max(0.0, goal - level)) if commodity == ("Xa", "oxide") else 0.0
        change -= sold
        drawn, added = min(level, max(0.0, -change)), max(0.0, change)
        short = max(0.0, -change - drawn) if change < 0 else 0.0
        served = demanded - short
        head = {"run": run, "period": at, "months": months}
        if bought > 0:
            self.rows["bought"].append(Bought(**head, source=row.source, bought_t=bought, limit_t=limit, usd_per_kg=usd))
        if sold > 0:
            self.rows["surplus"].append(Surplus(**head, material=commodity[0], form=commodity[1], sold_t=sold, disposed_t=0.0))
        if commodity in self.level:
            self.level[commodity] = level + added - drawn
            self.rows["stocks"].append(
                StockLevel(
                    **head,
                    store=f"{n}National store",
                    material=commodity[0],
                    form=commodity[1],
                    opening_t=level,
                    added_t=added,
                    drawn_t=drawn,
                    lost_t=0.0,
                    level_t=level + added - drawn,
                )
            )
        d = self.demand[commodity]
        required = 0.0 if run == "base" or not d.protected else d.service_level * demanded
        self.rows["service"].append(
            Service(**head, sector=d.sector, material=d.material, form=d.form, demanded_t=demanded, served_t=served, required_t=required)
        )
        if run == "base":
            self.pay("purchases", slot, bought * usd / 1000)
            self.pay("sales", slot, -sold * 10.0 / 1000)
            self.pay("storage", slot, self.level.get(commodity, 0.0) * 100.0 * months / 12 / 1e6)
        return max(0.0, required - served)


GOALS = {("Xa", "oxide"): 450.0, ("Xb", "oxide"): 70.0, ("Xa", "metal"): 420.0}
CUT = {
    "NORTH-HEAVY": frozenset({"North Xb oxide"}),
    "NORTH-ALL": frozenset({"North Xa oxide", "North Xb oxide", "West metal", "North magnets"}),
    "SOUTH": frozenset[str](),
}


def sample_plan(case: Case, status: str = "certified", rename: str = "") -> Plan:
    """The plan of the case with a status; what fails where follows from the status."""
    study = Study(case)
    ledger = _Ledger(study, rename)
    start_levels: dict[int, dict[tuple[str, str], float]] = {}
    for i, slot in enumerate(study.horizon.slots):
        start_levels[slot.first] = dict(ledger.level)
        ledger.operate("base", slot, frozenset(), {c: t * min(1.0, (i + 1) / 8) for c, t in GOALS.items()})
    start_levels[study.horizon.months] = dict(ledger.level)
    patterns, missing = _patterns(case, study, ledger, start_levels, status, rename)
    costs = _committed_costs(study, ledger)
    total = sum(c.usd_m for c in costs)
    required = [p for p in patterns if p.must_survive]
    rows = {k: tuple(v) for k, v in ledger.rows.items()}
    summary = Summary(
        schema_version=1,
        title=case.settings.title,
        input_sha256="0" * 64,
        status=status,
        cost_usd_m=total,
        bound_usd_m=total * 0.997,
        gap_pct=0.3,
        unprotected_cost_usd_m=total * 0.9,
        largest_violation=2.3e-10,
        patterns_tested=len(patterns),
        patterns_passed=sum(p.missing_t <= 0 for p in patterns),
        patterns_in_model=len(required),
        rows=12_345,
        columns=23_456,
        nonzeros=98_765,
        versions="product 0.1, solver 1.15",
    )
    return Plan(
        summary=summary,
        readiness=tuple(
            Readiness(
                cutoff=c.cutoff,
                first_start=None if status == "impossible" else Month(2027, 7),
                latest_first_start=c.latest_first_start,
                found=c.first_start is None,
            )
            for c in case.cutoffs
            if c.active and c.must_survive
        ),
        signatures=(
            Signature(
                contract=f"{rename}South offtake", signed=JANUARY, first_delivery=JANUARY, last_delivery=Month(2036, 12), decided=True
            ),
        ),
        constructions=(
            Construction(
                plant=f"{rename}Metal works", units=1, decided=JANUARY, online=Month(2028, 1), capacity_t_per_yr=700.0, capex_usd_m=40.0
            ),
        ),
        targets=_targets(study, ledger, rename),
        unlifted=tuple(
            Unlifted(
                contract=f"{rename}South offtake",
                source=f"{rename}South feed",
                year=y,
                minimum_t=130.0,
                lifted_t=t,
                unlifted_t=max(0.0, 130.0 - t),
                usd_per_kg=27.0,
            )
            for y, t in ((2027, 150.0), (2028, 90.0), (2029, 150.0))
        ),
        costs=costs,
        patterns=tuple(patterns),
        missing=tuple(missing),
        stages=tuple(
            Stage(stage=s, seconds=t)
            for s, t in (("read", 0.3), ("build", 1.2), ("compile", 0.8), ("solve", 25.4), ("test", 3.1), ("audit", 0.6))
        ),
        **rows,  # type: ignore[arg-type]
    )


def _patterns(
    case: Case, study: Study, ledger: _Ledger, levels: dict[int, dict[tuple[str, str], float]], status: str, rename: str
) -> tuple[list[Pattern], list[Missing]]:
    patterns: list[Pattern] = []
    missing: list[Missing] = []
    for cutoff in case.cutoffs:
        if not cutoff.active:
            continue
        for start, opening in levels.items():
            date = study.horizon.date(start)
            required = cutoff.must_survive and (start >= 6 or status == "impossible")
            ledger.level = dict(opening)
            short = 0.0
            for k in range(cutoff.months + cutoff.return_months):
                hit = CUT[cutoff.cutoff.removeprefix(rename)] if k < cutoff.months else frozenset[str]()
                short += ledger.operate(f"{cutoff.cutoff}@{date}", Slot(start + k, 1), hit, {})
            if status in ("certified", "limit") and required:
                assert short < 1e-9, "the sample must survive what it says it survives"
                short = 0.0
            if status == "unproven" and required:
                short = 4.2 if start in (9, 12) else 0.0
            if status == "impossible" and required and start < 6:
                short = short or 1.5
                missing += [
                    Missing(
                        cutoff=cutoff.cutoff,
                        start=date,
                        month=date.plus(k),
                        sector=case.demands[2].sector,
                        material="Xb",
                        form="oxide",
                        missing_t=short / 3,
                    )
                    for k in (2, 3, 4)
                ]
            margin = 0.0 if short > 0 else max(0.0, round((start - 9) * 0.7, 2))
            patterns.append(
                Pattern(
                    cutoff=cutoff.cutoff,
                    start=date,
                    window_months=cutoff.months + cutoff.return_months,
                    must_survive=required,
                    missing_t=short,
                    margin_pct=margin,
                    recourse_usd_m=None if short > 0 else 30.0 + start,
                )
            )
    return patterns, missing


def _committed_costs(study: Study, ledger: _Ledger) -> tuple[Cost, ...]:
    for slot in study.horizon.slots:
        if slot.first >= 12:
            ledger.pay("capex", slot, 3.0 * slot.months / 12)
        ledger.pay("upfront", slot, 0.25 * slot.months / 12)
    ledger.pay("take_or_pay", Slot(12, 12), 40.0 * 27.0 / 1000)
    return tuple(Cost(term=t, year=y, usd_m=d, undiscounted_usd_m=u) for (t, y), (d, u) in ledger.money.items())


def _targets(study: Study, ledger: _Ledger, rename: str) -> tuple[StockTarget, ...]:
    levels: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for s in ledger.rows["stocks"]:
        assert isinstance(s, StockLevel)
        if s.run == "base" and s.period >= Month(2027, 6):
            levels[s.material, s.form, s.period.year].append(s.level_t)
    return tuple(
        StockTarget(
            store=f"{rename}National store",
            material=m,
            form=f,
            year=y,
            target_t=min(t),
            days_of_cover=min(t) / (ledger.demand_t((m, f), 12) / 365),
        )
        for (m, f, y), t in levels.items()
    )


@functools.cache
def sample(status: str = "certified", rename: str = "") -> tuple[Case, Plan]:
    """Case and plan; for 'empty' a plan without any table, as where nothing could be found."""
    case = sample_case(rename=rename)
    if status != "empty":
        return case, sample_plan(case, status, rename)
    plan = sample_plan(case, "impossible", rename)
    return case, Plan(summary=dataclasses.replace(plan.summary, cost_usd_m=float("nan"), bound_usd_m=float("-inf"), gap_pct=float("inf")))
