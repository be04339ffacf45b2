"""What can be had in a run: source limits, cut shares, contracts in force, candidates, demand; and who is hit.

Sources give 24 t a year, 2 t a month, unless a test says otherwise.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import case, change, cutoff, demand, settings, source, stock

from models.case import Assumption, Case, Composition, Contract, ContractLine, CutOff, Form, Plant, Sale, Source
from models.columns import Month
from models.horizon import Slot
from models.rights import right_t
from models.run import Run, Study
from models.survival import Pattern, Phase

YEAR = Slot(0, 12)


def study_of(record: Source, **sheets: Any) -> Study:
    return Study(case(sources=(record,), demands=(), **sheets))


def months(values: list[float], *which: int) -> list[float]:
    return [values[m] for m in which]


def cut_run(start: int = 12, *, cut: dict[str, Any] | None = None, **sheets: Any) -> Run:
    changed = case(cutoffs=(cutoff(**(cut or {})),), **sheets)
    return Run(Study(changed), Pattern(changed.cutoffs[0], start))


def limits(run: Run, slots: int = 4) -> list[float]:
    """What the first source can sell in the first months of a run."""
    return [run.market_t(run.study.case.sources[0], slot) for slot in run.slots[:slots]]


# Sources


def test_maximum_grows_and_follows_availability() -> None:
    """24 t a year are 2 a month; 10 % growth makes 2.2 in the second year; an availability of 50 % in the first year leaves 1."""
    grown = study_of(source(growth_pct_per_yr=10.0)).maximum_t["trade"]
    assert months(grown, 0, 11, 12) == pytest.approx([2, 2, 2.2])
    rows = tuple(Assumption(assumption="licences", year=y, value=v) for y, v in ((2027, 0.5), (2028, 1.0)))
    assert months(study_of(source(availability="licences"), assumptions=rows).maximum_t["trade"], 0, 11, 12) == pytest.approx([1, 1, 2])


def test_first_and_last_month_of_delivery() -> None:
    """From March to April 2027 there are 2 t a month, before and after none; without dates always 2 t."""
    dated = study_of(source(first_month=Month(2027, 3), last_month=Month(2027, 4))).maximum_t["trade"]
    assert dated[:6] == [0, 0, 2, 2, 0, 0]
    assert study_of(source()).maximum_t["trade"][:6] == [2] * 6


def test_a_suppliers_plant_starts_and_ramps_its_source() -> None:
    """On line in April 2027 at 50 %, then 100 %: nothing, 1 t a month for a year, then 2 t; without the plant 2 t from the first day."""
    works = plant(status="supplier", online=Month(2027, 4), ramp_pct=(50.0, 100.0))
    assert months(study_of(source(plant="works"), plants=(works,)).maximum_t["trade"], 2, 3, 14, 15) == [0, 1, 1, 2]
    ready = change(works, online=None)
    assert months(study_of(source(plant="works"), plants=(ready,)).maximum_t["trade"], 0, 15) == [2, 2]


def test_normal_flow_is_never_above_the_maximum() -> None:
    """Normal 12 t a year is 1 t a month; 36 t would be 3 t and is cut to 2 t; blank is the maximum."""
    for normal, expected in ((12.0, 1.0), (36.0, 2.0), (None, 2.0)):
        assert study_of(source(normal_t_per_yr=normal)).normal_t["trade"][0] == expected


def test_surge_limits_the_base_plan() -> None:
    """Normal 1 t a month, surge 44 % a year: 1.44^(1/12) in month 0, 1.44 at the end of the year, never above 2; without a surge 2 at
    once."""
    slow = study_of(source(normal_t_per_yr=12.0, surge=0.44))
    assert months(slow.base_limit_t["trade"], 0, 5, 11, 23) == pytest.approx([1.44 ** (1 / 12), 1.2, 1.44, 2.0])
    assert months(study_of(source(normal_t_per_yr=12.0)).base_limit_t["trade"], 0) == [2]


def test_spot_share_is_for_sale_and_the_rest_needs_a_contract() -> None:
    """With a spot share of 25 %, 6 of 24 t a year are for sale without a contract; the output stays 24."""
    run = Run(study_of(source(spot_share=0.25)))
    (record,) = run.study.case.sources
    assert run.market_t(record, YEAR) == 6
    assert run.output_t(record, YEAR) == 24


# A cut


def test_share_left_in_the_cut_and_on_the_return() -> None:
    """Severity 0.8 for two months, back over three: 0.2, 0.2, then a quarter of the way each month: 0.4, 0.6, 0.8, and whole."""
    phase = Phase(cutoff(severity=0.8, months=2, return_months=3), 0)
    assert [phase.left(k) for k in range(6)] == pytest.approx([0.2, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert phase.end == 5
    at_once = Phase(cutoff(severity=0.8, months=2), 0)
    assert [at_once.left(k) for k in range(3)] == pytest.approx([0.2, 0.2, 1.0])


def test_severity_is_a_share_of_the_normal_flow() -> None:
    """75 % of a normal 1 t a month leaves 0.25, not a quarter of the maximum of 2; after the cut the normal flow, back by halves."""
    run = cut_run(cut={"severity": 0.75, "months": 2, "return_months": 1}, sources=(source(normal_t_per_yr=12.0),))
    assert limits(run) == pytest.approx([0.25, 0.25, 0.625])


def test_a_source_that_is_not_hit_rises_from_its_normal_flow() -> None:
    """Elsewhere 1 t a month rises by 44 % a year from the start of the cut (1, 1.44^(1/12)); without a surge it stays 1; never above 2."""
    for surge, expected in ((0.44, [1, 1.44 ** (1 / 12)]), (None, [1, 1]), (1e9, [1, 2])):
        run = cut_run(sources=(source(countries=("elsewhere",), normal_t_per_yr=12.0, surge=surge),))
        assert limits(run, 2) == pytest.approx(expected)


def test_of_a_spot_market_a_crisis_leaves_a_share() -> None:
    """A thin market elsewhere leaves 25 % of its 2 t a month; when hit at 60 % as well, 40 % of that; in the base plan all 2 t."""
    thin = source(countries=("elsewhere",), kind="spot")
    assert limits(cut_run(sources=(thin,)), 1) == [0.5]
    assert limits(cut_run(cut={"severity": 0.6}, sources=(change(thin, countries=("abroad",)),)), 1) == pytest.approx([0.2])
    assert Run(study_of(thin)).market_t(thin, Slot(0, 1)) == 2


def test_spot_prices_rise_in_a_crisis() -> None:
    """10 USD/kg become 30 at a multiplier of 3, for spot alone; an established supply stays at 10."""
    for kind, price in (("spot", 30.0), ("term", 10.0)):
        run = cut_run(cut={"spot_price_multiplier": 3.0}, sources=(source(kind=kind),))
        assert run.source_price(run.study.case.sources[0], run.slots[0]) == pytest.approx(price)


def test_the_output_for_contracts_shrinks_with_the_severity() -> None:
    """Of 2 t a month that contracts are a right to, a cut of 75 % leaves 0.5; elsewhere all 2, above the normal 1."""
    for country, left in (("abroad", 0.5), ("elsewhere", 2.0)):
        run = cut_run(cut={"severity": 0.75}, sources=(source(countries=(country,), normal_t_per_yr=12.0),))
        assert run.output_t(run.study.case.sources[0], run.slots[0]) == pytest.approx(left)


def hit(cut: dict[str, Any], record: Source | None = None, **sheets: Any) -> bool:
    """Whether the first source is left nothing in the first month of a whole cut."""
    run = cut_run(cut={"countries": (), **cut}, sources=(record or source(),), **sheets)
    return limits(run, 1) == [0]


def test_who_is_hit() -> None:
    """Any country passed, the source's name or its plant's name; a cut-off that names nobody hits nothing."""
    works = plant(status="supplier")
    assert hit({"countries": ("transit",)}, source(countries=("abroad", "transit")))
    assert not hit({"countries": ("transit",)})
    assert hit({"sources": ("trade",)})
    assert hit({"plants": ("works",)}, source(plant="works"), plants=(works,))
    assert not hit({"plants": ("works",)}, plants=(works,))
    assert not hit({"contracts": ("offtake",)})


def test_what_is_hit() -> None:
    """Elements and forms listed restrict the cut, also of a named source; a mixture that contains a listed element is cut whole."""
    for named in ({"countries": ("abroad",)}, {"sources": ("trade",)}):
        assert hit({**named, "elements": ("alpha",), "forms": ("powder",)})
        assert not hit({**named, "elements": ("beta",)})
        assert not hit({**named, "forms": ("bar",)}, forms=(*case().forms, Form(form="bar", position=3, holds="elements")))
    mixed = tuple(Composition(mixture="mixed", element=e, share=0.5) for e in ("alpha", "beta"))
    assert hit({"countries": ("abroad",), "elements": ("beta",)}, source(material="mixed"), compositions=mixed)


# Plants


def plant(**changes: Any) -> Plant:
    plain: dict[str, Any] = {"plant": "works", "status": "existing", "country": "home", "input_form": "powder", "output_form": "powder"}
    return Plant(**{**plain, "capacity_t_per_yr": 24.0, **changes})


def test_capacity_of_an_existing_plant() -> None:
    """24 t a year, half of it the buyer's: 1 t a month; on line in April at 50 %: 0, then 0.5; blank: fully ramped from the start."""
    for changes, expected in (({}, [1, 1]), ({"online": Month(2027, 4)}, [0, 0.5])):
        works = plant(share_for_buyer=0.5, ramp_pct=(50.0, 100.0), **changes)
        run = Run(study_of(source(), plants=(works,)))
        assert [run.capacity_t(works, None, Slot(m, 1)) for m in (2, 3)] == expected


def test_lead_time_and_ramp_of_a_candidate() -> None:
    """Decided in month 0, permit 3 and building 6 months: nothing until month 8, half from 9 on, 2 t a month from 21 on."""
    works = plant(status="candidate", permit_months=3, build_months=6, ramp_pct=(50.0, 100.0))
    run = Run(study_of(source(), plants=(works,)))
    assert [run.capacity_t(works, 0, Slot(m, 1)) for m in (8, 9, 20, 21)] == [0, 1, 1, 2]
    assert run.capacity_t(works, 0, YEAR) == 3


def test_decisions_that_come_too_late_do_not_exist() -> None:
    """With 9 months to build only month 0 of 0, 12 comes on line within 21 months; a window from 2028 on leaves none; built at once
    both do."""
    late = {"status": "candidate", "permit_months": 3, "build_months": 6}
    calendar = settings(horizon_months=21)
    assert study_of(source(), plants=(plant(**late),), settings=calendar).buildings == (("works", 0),)
    assert study_of(source(), plants=(plant(**late, decide_from=Month(2028, 1)),), settings=calendar).buildings == ()
    assert study_of(source(), plants=(plant(status="candidate"),), settings=calendar).buildings == (("works", 0), ("works", 12))
    assert study_of(source(), plants=(plant(status="candidate", decide_to=Month(2027, 12)),)).buildings == (("works", 0),)


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        ({"plants": ("works",)}, 0.5),
        ({"countries": ("home",)}, 0.5),
        ({"countries": ("home",), "elements": ("beta",)}, 2),
        ({"countries": ("home",), "forms": ("bar",)}, 2),
        ({"countries": ("home",), "forms": ("powder",), "elements": ("alpha",)}, 0.5),
        ({"countries": ("abroad",)}, 2),
    ],
)
def test_a_cut_stops_plants(cut: dict[str, Any], left: float) -> None:
    """75 % of the plant's 2 t a month go where it is named, or its country is cut with its element and output form; else none."""
    works = plant(materials=("alpha",))
    run = cut_run(cut={"countries": (), "severity": 0.75, **cut}, plants=(works,))
    assert run.capacity_t(works, None, run.slots[0]) == left


# Contracts


OFFER: dict[str, Any] = {"contract": "offtake", "status": "on offer", "tenor_years": 1}


def contracted(offer: dict[str, Any], line: dict[str, Any] | None = None, **sheets: Any) -> Case:
    lines = (ContractLine(**{"contract": "offtake", "source": "trade", "max_t_per_yr": 12.0, **(line or {})}),)
    return case(contracts=(Contract(**{**OFFER, **offer}),), contract_lines=lines, **sheets)


def test_delivery_follows_the_signature() -> None:
    """Signed in month 0 with 6 months' lead it delivers in 6..17; not before a first delivery in month 9; in force since 2026: to
    month 7."""
    (now, dated) = (Study(contracted({"lead_months": 6, **more})) for more in ({}, {"first_delivery": Month(2027, 10)}))
    assert now.delivery(now.contracts["offtake"], 0) == range(6, 18)
    assert dated.delivery(dated.contracts["offtake"], 0) == range(9, 21)
    old = Study(contracted({"status": "in force", "first_delivery": Month(2026, 9)}))
    assert old.delivery(old.contracts["offtake"], None) == range(-4, 8)


def test_signatures_lie_in_the_window_and_deliver_inside_the_plan() -> None:
    """Dates 0 and 12: a window from 2028 leaves 12, one to 2027 leaves 0; a lead of 12 months leaves 0, since 12 would deliver at the
    end."""
    for changes, dates in (
        ({}, [0, 12]),
        ({"sign_from": Month(2027, 2)}, [12]),
        ({"sign_to": Month(2027, 12)}, [0]),
        ({"lead_months": 12}, [0]),
        ({"status": "in force"}, []),
        ({"status": "expired"}, []),
    ):
        assert [d for _, d in Study(contracted(changes)).signings] == dates, changes


def test_right_counts_months_in_force() -> None:
    """1 t a month from month 6 to 17: 6 t in the first year, 6 t in the second; signed in month 12, 6 t in the second alone."""
    run = Run(Study(contracted({"lead_months": 6})))
    (line,) = run.study.lines.values()
    assert [right_t(run, line, d, slot) for d in (0, 12) for slot in run.slots] == [6, 6, 0, 6]


def test_shares_of_output_limit_and_oblige() -> None:
    """Of 2 t a month a maximum share of 40 % is 0.8, less than 1 t of the tonnes; a minimum share of 30 % is 0.6, more than 0.5 t;
    never above 0.8."""
    study = Study(contracted({}, {"max_share": 0.4, "min_share": 0.3, "min_t_per_yr": 6.0}))
    (line,) = study.lines.values()
    assert study.line_maximum(line, 0, 0) == pytest.approx(0.8)
    assert study.line_minimum(line, 0, 0) == pytest.approx(0.6)
    assert study.line_minimum(change(line, min_t_per_yr=60.0), 0, 0) == pytest.approx(0.8)
    assert study.line_maximum(change(line, max_t_per_yr=None, max_share=1.0), 0, 0) == 2


@pytest.mark.parametrize(
    ("terms", "price"),
    [
        ({"price_index": "index", "discount_pct": 20.0}, 8),
        ({"price_index": "index", "discount_pct": 20.0, "floor_usd_per_kg": 9.0}, 9),
        ({"price_index": "index", "floor_usd_per_kg": 9.0, "cap_usd_per_kg": 7.0}, 7),
        ({"fixed_usd_per_kg": 11.0}, 11),
    ],
)
def test_price_of_a_line(terms: dict[str, Any], price: float) -> None:
    """10 less 20 % is 8; a floor of 9 lifts it; a cap comes after the floor; without an index the fixed price."""
    study = Study(contracted({}, terms))
    (line,) = study.lines.values()
    assert study.line_price(line, 0) == pytest.approx(price)


def test_a_right_shrinks_with_source_or_contract() -> None:
    """Of 1 t a month 0.25 are left where the source or the contract is hit, not 0.0625 where both are; 1 where neither is."""
    for cut, left in (
        ({"countries": ("abroad",)}, 0.25),
        ({"contracts": ("offtake",)}, 0.25),
        ({"countries": ("abroad",), "contracts": ("offtake",)}, 0.25),
        ({"countries": ("elsewhere",)}, 1),
    ):
        cut_off = cutoff(**{"countries": (), "severity": 0.75, **cut})
        study = Study(contracted({"tenor_years": 2}, cutoffs=(cut_off,)))
        run = Run(study, Pattern(cut_off, 12))
        assert right_t(run, study.lines["offtake", "trade"], 0, Slot(12, 1)) == left


# Demand, sales, stores


def test_demand_is_converted_to_contained_oxide() -> None:
    """12 t of metal a year are 15 t of oxide at 1.25 kg oxide per kg metal; of powder 12 t; growth and profile multiply."""
    bar = Form(form="bar", position=3, holds="elements", mass="metal")
    run = Run(Study(case(forms=(*case().forms, bar))))
    assert run.demand_t(demand(form="bar"), YEAR) == pytest.approx(15)
    assert run.demand_t(demand(), YEAR) == pytest.approx(12)
    assert run.demand_t(demand(growth_pct_per_yr=10.0, profile=0.5), Slot(12, 12)) == pytest.approx(12 * 1.1 * 0.5)


def test_only_protected_demand_is_required_and_only_in_a_cut() -> None:
    """80 % of 1 t a month in a recourse; nothing in the base plan or where the row is not protected."""
    row = demand(service_level=0.8)
    run = cut_run()
    assert run.required_t(row, Slot(12, 1)) == pytest.approx(0.8)
    assert run.required_t(change(row, protected=False), Slot(12, 1)) == 0
    assert Run(run.study).required_t(row, Slot(12, 1)) == 0


def test_limits_of_stores_and_markets() -> None:
    """100 t grow to 110 t in the second year; 20 % a month of it is 66 t in a quarter; 12 t a year of sales are 3 t; no capacity, no
    limits."""
    run = Run(Study(case()))
    row = stock(capacity_t=100.0, growth_pct_per_yr=10.0, release_pct_per_month=20.0, loss_pct_per_yr=19.0)
    quarter = Slot(12, 3)
    assert run.store_capacity_t(row, quarter) == pytest.approx(110)
    assert run.release_t(row, quarter) == pytest.approx(66)
    assert run.kept(row, Slot(0, 6)) == pytest.approx(0.9)
    assert run.sale_limit_t(Sale(material="alpha", form="powder", usd_per_kg=1.0, max_t_per_yr=12.0), quarter) == 3
    assert (run.store_capacity_t(stock(), quarter), run.release_t(stock(), quarter)) == (None, None)


def test_opening_stock_cites_the_start() -> None:
    """100 t of which an assumption leaves 80 % at the start year: 80 t, whatever it says for later years."""
    rows = tuple(Assumption(assumption="left", year=y, value=v) for y, v in ((2027, 0.8), (2028, 0.1)))
    study = Study(case(assumptions=rows, stocks=(stock(opening_t=100.0, opening_share="left"),)))
    assert study.opening_t(study.case.stocks[0]) == pytest.approx(80)


def test_names_of_runs() -> None:
    """The base plan is ``base``; a recourse is named by cut-off and first month."""
    run = cut_run(13)
    assert (Run(run.study).name, run.name) == ("base", "cut@2028-02")
    assert [slot.first for slot in run.slots] == [13, 14, 15]


def test_limits_reach_past_the_end_of_the_plan() -> None:
    """A cut that starts at the end of the plan is operated like any other: 2 t a month elsewhere, growth included."""
    run = cut_run(24, sources=(source(countries=("elsewhere",), growth_pct_per_yr=10.0),), demands=(demand(growth_pct_per_yr=10.0),))
    assert limits(run) == pytest.approx([2.42] * 3)
    assert run.required_t(run.study.case.demands[0], run.slots[-1]) == pytest.approx(1.21)


def test_cutoff_of_nobody() -> None:
    """A cut-off without any name leaves every source whole."""
    nobody = CutOff(cutoff="cut", severity=1.0, months=3)
    changed = case(cutoffs=(nobody,))
    assert limits(Run(Study(changed), Pattern(nobody, 0))) == [2, 2, 2]
