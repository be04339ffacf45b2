"""How a cut-off unfolds: its ramp, and a second cut that falls into the recovery of the first."""

from __future__ import annotations

import dataclasses

import pytest
from small_cases import case, crisis, cutoff, demand, least_cost, missing_t, source, stock

from models.case import Case, Contract, ContractLine, CutOff, Plant
from models.check import check
from models.columns import Month
from models.horizon import Slot
from models.rights import right_t
from models.run import Run, Study
from models.survival import Pattern, Phase, phases
from optimizer.audit import audit
from optimizer.audit.book import Book
from optimizer.solve import SolveOptions, solve

FIRST = cutoff(severity=1.0, months=3, return_months=4)
AGAIN = cutoff(cutoff="again", severity=1.0, months=2, return_months=1, active=False)


def stored(*cutoffs: CutOff, **sheets: object) -> Case:
    """The case with an empty store of alpha, and these cut-offs."""
    return case(cutoffs=cutoffs, stocks=(stock(),), **sheets)


# The ramp


def test_a_ramp_takes_its_share_of_the_severity() -> None:
    """80 % in steps of 25, 50 and 100 % over four months: 0.8, 0.6, 0.2, 0.2; then back over one month from 0.2: 0.6, and whole."""
    phase = Phase(cutoff(severity=0.8, months=4, return_months=1, ramp_pct=(25.0, 50.0, 100.0)), 0)
    assert [phase.left(k) for k in range(6)] == pytest.approx([0.8, 0.6, 0.2, 0.2, 0.6, 1.0])


def test_supply_comes_back_from_what_the_last_month_left() -> None:
    """100 then 50 % of a whole cut of two months: 0, 0.5; back over one month from 0.5: 0.75. A list longer than the cut is not read."""
    assert [Phase(cutoff(months=2, return_months=1, ramp_pct=(100.0, 50.0)), 0).left(k) for k in range(4)] == [0, 0.5, 0.75, 1]
    assert [Phase(cutoff(months=1, ramp_pct=(50.0, 100.0)), 0).left(k) for k in range(2)] == [0.5, 1]


def test_with_and_without_a_ramp() -> None:
    """A source of 1 t a month cut whole for three months: 3 t must be in store, 0.27 million USD with the 24 t of demand; closing in
    steps of 25, 50 and 100 %, 1.75 t and 0.2575."""
    sources = (source(max_t_per_yr=15.0, normal_t_per_yr=12.0),)
    assert least_cost(stored(cutoff(), sources=sources)) == pytest.approx(0.27)
    assert least_cost(stored(cutoff(ramp_pct=(25.0, 50.0, 100.0)), sources=sources)) == pytest.approx(0.2575)


# A second cut


def test_phases_follow_each_other() -> None:
    """The second counts from the first's start, the third from the second's; without a month each falls when the cut before it ends."""
    rows = {
        c.cutoff: c
        for c in (
            dataclasses.replace(FIRST, then="again", then_after_months=5),
            dataclasses.replace(AGAIN, then="last"),
            cutoff(cutoff="last", months=1),
        )
    }
    assert [(p.cutoff.cutoff, p.after, p.end) for p in phases(rows["cut"], rows)] == [("cut", 0, 7), ("again", 5, 8), ("last", 7, 8)]
    assert [p.after for p in phases(dataclasses.replace(FIRST, then="again"), rows)] == [0, 3, 5]


def test_each_takes_its_share_of_what_the_other_leaves() -> None:
    """Back over four months (0.2 ... 0.8) and cut by half two months into it: 0, 0, 0, 0.2, 0.4, then 0.6 and 0.8 x 0.5, and the
    second's own return at 0.75."""
    first = dataclasses.replace(FIRST, then="again", then_after_months=5)
    study = Study(stored(first, dataclasses.replace(AGAIN, severity=0.5)))
    run = Run(study, Pattern(study.case.cutoffs[0], 12))
    limits = [run.market_t(study.sources["trade"], slot) for slot in run.slots]
    assert limits == pytest.approx([2 * x for x in (0, 0, 0, 0.2, 0.4, 0.6 * 0.5, 0.8 * 0.5, 0.75)])
    assert study.window(first) == study.padding == 8


def test_with_and_without_a_second_cut() -> None:
    """2 t a month cut whole for three months and back over four (0.4, 0.8, 1.2 ... t) against 1 t of demand lack 3 + 0.6 + 0.2 = 3.8 t:
    0.278 with the 24 t of demand. A second whole cut of two months, two months into the recovery, takes 2 t more: 5.8 t, 0.298."""
    second = dataclasses.replace(AGAIN, return_months=0)
    assert least_cost(stored(FIRST, second)) == pytest.approx(0.278)
    assert least_cost(stored(dataclasses.replace(FIRST, then="again", then_after_months=5), second)) == pytest.approx(0.298)


def test_a_second_cut_of_somebody_else() -> None:
    """Two sources of 1 t a month each for 2 t of demand: one cut for two months lacks 2 t; the other cut too from the second month on,
    for two months, lacks 4 t, and all of it when both fall together is 4 t as well, in two months."""
    both = (
        source(max_t_per_yr=12.0, countries=("abroad",)),
        source("other", max_t_per_yr=12.0, countries=("elsewhere",)),
    )
    needs = (demand(t_per_yr=24.0),)
    other = cutoff(cutoff="again", countries=("elsewhere",), months=2, active=False)
    alone = cutoff(months=2)
    assert missing_t(crisis(stored(alone, other, sources=both, demands=needs), 12)) == pytest.approx(2)
    for after, months in ((1, 3), (0, 2)):
        changed = stored(dataclasses.replace(alone, then="again", then_after_months=after), other, sources=both, demands=needs)
        assert missing_t(crisis(changed, 12)) == pytest.approx(4)
        assert Study(changed).window(changed.cutoffs[0]) == months


def test_what_is_not_yet_cut_can_rise() -> None:
    """A source elsewhere sells 1 t a month and rises by 44 % a year; the second cut, after six months, takes half of its normal flow:
    1.2^(k/6) t until then, 0.5 t after."""
    sources = (source(normal_t_per_yr=12.0, surge=0.44, countries=("elsewhere",)),)
    other = cutoff(cutoff="again", countries=("elsewhere",), severity=0.5, months=2)
    first = cutoff(months=6, then="again", then_after_months=6)
    study = Study(stored(first, other, sources=sources))
    run = Run(study, Pattern(first, 12))
    limits = [run.market_t(sources[0], slot) for slot in run.slots]
    assert limits == pytest.approx([1.2 ** (k / 6) for k in range(6)] + [0.5, 0.5])


def test_thin_markets_take_the_worst_of_what_runs() -> None:
    """Of a spot market 50 % are left in the first cut and 20 % while the second runs; the price is twice and then three times."""
    first = cutoff(countries=("x",), months=3, spot_availability=0.5, spot_price_multiplier=3.0, then="again", then_after_months=2)
    second = cutoff(cutoff="again", countries=("y",), months=2, spot_availability=0.2, spot_price_multiplier=2.0)
    market = source(kind="spot")
    study = Study(stored(first, second, sources=(market,)))
    run = Run(study, Pattern(first, 12))
    assert [run.market_t(market, slot) for slot in run.slots] == pytest.approx([1.0, 1.0, 0.4, 0.4])
    assert [run.source_price(market, slot) for slot in run.slots] == pytest.approx([30, 30, 30, 20])


def test_rights_and_plants_are_cut_by_both() -> None:
    """A contract named by the second cut and a source hit by the first: what is left is the product; a plant of the second's country
    runs whole until it falls."""
    first = cutoff(severity=0.5, months=3, then="again", then_after_months=1)
    second = cutoff(cutoff="again", countries=("home",), contracts=("offtake",), severity=0.5, months=1)
    contract = Contract(contract="offtake", status="in force", tenor_years=9)
    works = Plant(plant="works", status="existing", country="home", input_form="powder", output_form="powder", capacity_t_per_yr=12.0)
    study = Study(
        stored(
            first,
            second,
            contracts=(contract,),
            contract_lines=(ContractLine(contract="offtake", source="trade", price_index="index"),),
            plants=(works,),
        )
    )
    run = Run(study, Pattern(first, 12))
    assert [right_t(run, study.lines["offtake", "trade"], None, Slot(m, 1)) for m in (12, 13, 14)] == pytest.approx([1, 0.5, 1])
    assert [run.capacity_t(works, None, Slot(m, 1)) for m in (12, 13, 14)] == pytest.approx([1, 0.5, 1])


def test_a_second_cut_delays_equipment_again() -> None:
    """Due in month 14, a plant waits 2 months for the first cut (month 12) and 3 more for the second (month 15); due in month 12 it has
    its equipment, and a second cut changes nothing."""
    first = cutoff(months=6, return_months=6, equipment_delay_months=2, then="again", then_after_months=3)
    second = cutoff(cutoff="again", months=2, equipment_delay_months=3)
    works = Plant(
        plant="works",
        status="existing",
        country="home",
        equipment_countries=("abroad",),
        input_form="powder",
        output_form="powder",
        capacity_t_per_yr=12.0,
        online=Month(2028, 3),
    )
    for online, delayed in ((Month(2028, 3), 19), (Month(2028, 1), 12)):
        changed = stored(first, second, plants=(dataclasses.replace(works, online=online),))
        run = Run(Study(changed), Pattern(first, 12))
        (plant,) = changed.plants
        assert [run.capacity_t(plant, None, slot) for slot in run.slots] == [float(slot.first >= delayed) for slot in run.slots]
        book = Book(changed)
        found = [book.chain.capacity(plant, slot.first, [], book.cuts["cut"], 12) for slot in run.slots]
        assert found == [float(slot.first >= delayed) for slot in run.slots]


# Audit and input


def solved_and(changed: Case, stricter: tuple[CutOff, ...]) -> set[str]:
    """Solve a case; the audit passes it, and its cost is that of all patterns written out. The rules that the plan breaks under other
    cut-offs.
    """
    plan = solve(changed, SolveOptions())
    assert [str(finding) for finding in audit(changed, plan).findings] == []
    assert plan.summary.cost_usd_m == pytest.approx(least_cost(changed), rel=1e-6)
    return {finding.rule for finding in audit(dataclasses.replace(changed, cutoffs=stricter), plan).findings}


def test_the_audit_reads_ramps_itself() -> None:
    """A plan for a cut that closes in steps passes, and buys too much in a crisis that closes at once."""
    gentle = cutoff(severity=0.9, ramp_pct=(25.0, 50.0, 100.0))
    broken = solved_and(stored(gentle, sources=(source(max_t_per_yr=12.0),), demands=(demand(t_per_yr=10.0),)), (cutoff(severity=0.9),))
    assert "spot-limit" in broken


def test_the_audit_reads_second_cuts_itself() -> None:
    """A plan that survives a second cut passes; one that knows of no second cut has too short a window; one in which it falls a month
    later buys what is cut."""
    first = dataclasses.replace(FIRST, then="again", then_after_months=5)
    half = dataclasses.replace(AGAIN, severity=0.5)
    assert "pattern" in solved_and(stored(FIRST, half), (first, half))
    later = dataclasses.replace(first, then_after_months=6)
    longer = dataclasses.replace(half, return_months=2)
    assert "spot-limit" in solved_and(stored(later, half), (first, longer))


def words(*cutoffs: CutOff) -> list[str]:
    """What is said of the cut-offs of a case, one line each: row, column, mend."""
    return [f"{f.severity} {f.row} {f.field}: {f.mend}" for f in check(stored(*cutoffs)) if f.table == "CutOffs"]


def test_bad_second_cuts_are_told() -> None:
    """A circle, a second cut after the recovery, a month without a second cut, a name that is not there, a ramp longer than the cut."""
    one, two = dataclasses.replace(FIRST, then="again"), dataclasses.replace(AGAIN, then="cut")
    assert [line.split(":")[0] for line in words(one, two)] == ["error 0 then", "error 1 then"]
    assert words(one, AGAIN) == []
    late = words(dataclasses.replace(one, then_after_months=8), AGAIN)
    assert late == [
        "error 0 then_after_months: 'cut' and its recovery are over after 7 months. Lower it, or make 'again' a row of its own."
    ]
    assert "counts for nothing" in words(dataclasses.replace(FIRST, then_after_months=2))[0]
    assert "error 0 then" in words(dataclasses.replace(FIRST, then="agani"), AGAIN)[0]
    assert "lasts 3 months" in words(dataclasses.replace(FIRST, ramp_pct=(20.0, 40.0, 60.0, 80.0)))[0]
    assert "error 0 ramp_pct" in words(dataclasses.replace(FIRST, ramp_pct=(120.0,)))[0]


def test_a_second_cut_that_is_switched_off_must_cut_something_too() -> None:
    """The row that follows is checked like an active one: nobody named is a slip."""
    nobody = dataclasses.replace(AGAIN, countries=())
    assert words(FIRST, nobody) == []
    assert "Nothing in the workbook is cut by it" in words(dataclasses.replace(FIRST, then="again"), nobody)[0]


def test_the_first_start_of_a_second_cut_is_not_its_own() -> None:
    """A pattern starts where the first cut-off starts, whatever the months of the row that follows."""
    second = dataclasses.replace(AGAIN, first_start=Month(2030, 1), return_months=0)
    assert least_cost(stored(dataclasses.replace(FIRST, then="again", then_after_months=5), second)) == pytest.approx(0.298)
