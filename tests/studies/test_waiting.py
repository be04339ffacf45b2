"""What it costs to decide later: closed forms, readiness lost, options gone, rules that contradict."""

from __future__ import annotations

from typing import Any

import pytest
from small_cases import case, change, cutoff, demand, settings, source, stock
from smelters import smelter, smelting

from models.case import Assumption, Case, Contract, ContractLine, Fix, Programme, ResidueSite
from models.columns import Month
from optimizer.studies.frontier import BadQuestion
from optimizer.studies.waiting import choices, contradictions, waited, waiting

MINE = source("mine", countries=("friends",), max_t_per_yr=12.0, spot_share=0.0)
OFFER = Contract(contract="offer", status="on offer", tenor_years=10)
LINE = ContractLine(contract="offer", source="mine", max_t_per_yr=12.0, fixed_usd_per_kg=5.0)


def offered(**changes: Any) -> Case:
    """12 t a year for 10 USD/kg from abroad, or for 5 USD/kg from friends under a contract that can be signed at the start of each year."""
    plain: dict[str, Any] = {
        "settings": settings(relative_gap_pct=0.0),
        "demands": (demand(rationing="no"),),
        "sources": (source(), source("trade beta", "beta"), MINE),
        "contracts": (OFFER,),
        "contract_lines": (LINE,),
        "cutoffs": (cutoff(active=False),),
    }
    return case(**{**plain, **changes})


def test_a_year_without_the_contract_costs_the_difference() -> None:
    """Signed at once two years cost 2 x 12 t x 5 USD/kg = 0.12 million USD; a year later one costs 0.12 and the other 0.06: 0.06 more."""
    at_once, later = waiting(offered(), years=[1]).rows
    assert (at_once.years, at_once.status, at_once.cost_usd_m, at_once.more_usd_m) == (0, "as early", pytest.approx(0.12), 0)
    assert (later.decided_from, later.status) == (Month(2028, 1), "as early")
    assert later.cost_usd_m == pytest.approx(0.18)
    assert later.more_usd_m == pytest.approx(0.06)
    assert at_once.signed == ("offer (2027-01)",)
    assert later.signed == ("offer (2028-01)",)
    assert (later.lost, later.dropped) == ((), ())


def test_an_option_whose_time_has_passed_is_told() -> None:
    """The offer closes after the first year: a year later it is gone and two years cost 0.24, 0.12 more."""
    later = waiting(offered(contracts=(change(OFFER, sign_to=Month(2027, 6)),)), years=[1]).rows[1]
    assert later.more_usd_m == pytest.approx(0.12)
    assert (later.lost, later.dropped) == (("offer (contract)",), ("offer",))


def test_readiness_is_lost_where_the_contract_comes_too_late() -> None:
    """Without a store only the contract survives a cut of what comes from abroad: signed at once from 2028-01 on; a year later its
    first month is the cut's first month, so only from 2029-01 on, twelve months later; 3 t are missing before."""
    survivor = offered(cutoffs=(cutoff(),))
    at_once, later = waiting(survivor, years=[1]).rows
    assert at_once.ready == ("cut: 2028-01",)
    assert (later.status, later.ready, later.months_later) == ("later", ("cut: 2029-01",), 12)
    assert later.missing_t == pytest.approx(3.0)
    assert later.cost_usd_m == pytest.approx(0.18)


def test_a_first_start_that_was_found_is_asked_of_all_dates() -> None:
    """The workbook leaves the first start open: that found when all is decided at once is what the later date falls short of."""
    at_once, later = waiting(offered(cutoffs=(cutoff(first_start=None),)), years=[1]).rows
    assert at_once.ready == ("cut: 2028-01",)
    assert (later.status, later.months_later) == ("later", 12)


def test_where_nothing_can_be_had_later_either() -> None:
    """The offer is gone and there is no store: survival is impossible from any start, and that is an answer, not an error."""
    gone = offered(cutoffs=(cutoff(),), contracts=(change(OFFER, sign_to=Month(2027, 6)),))
    later = waiting(gone, years=[1]).rows[1]
    assert (later.status, later.cost_usd_m, later.more_usd_m) == ("impossible", None, None)
    assert later.missing_t == pytest.approx(3.0)


def test_stocks_may_wait_too() -> None:
    """Nothing but stock: waiting a year costs nothing while stock may be bought at once; where it waits too, nothing lies in store in
    2028-01, and the cut is survived from 2029-01 on."""
    stocked = offered(cutoffs=(cutoff(),), stocks=(stock(),), contracts=(), contract_lines=())
    free = waiting(stocked, years=[1]).rows[1]
    assert (free.status, free.more_usd_m) == ("as early", pytest.approx(0.0))
    held = waiting(stocked, years=[1], stocks_wait=True)
    assert held.stocks_wait
    assert (held.rows[1].status, held.rows[1].months_later) == ("later", 12)
    assert held.rows[1].missing_t == pytest.approx(3.0)


def test_the_planners_own_rules_may_contradict() -> None:
    """The sheet Fixes forces the signature in 2027: deciding in 2028 cannot be, which is said; a rule for 2028 is no contradiction, nor is
    one that forbids."""
    forced = offered(fixes=(Fix(decision="contract", name="offer", action="force", month=Month(2027, 1)),))
    at_once, later = waiting(forced, years=[1]).rows
    assert at_once.status == "as early"
    assert (later.status, later.note) == ("failed", "the sheet Fixes asks for it before: contract offer in 2027-01")
    by_year = offered(fixes=(Fix(decision="contract", name="offer", action="force", year=2027),))
    assert contradictions(by_year, Month(2028, 1)) == ["contract offer in 2027"]
    for sound in (
        Fix(decision="contract", name="offer", action="force", month=Month(2028, 1)),
        Fix(decision="contract", name="offer", action="force", year=2028),
        Fix(decision="contract", name="offer", action="forbid", month=Month(2027, 1)),
        Fix(decision="purchase", name="trade", action="at least", year=2027, value=1.0),
    ):
        assert contradictions(offered(fixes=(sound,)), Month(2028, 1)) == []


def test_every_kind_of_commitment_waits() -> None:
    """Contracts on offer, candidate plants, programmes and sites: none before the month; what opens later anyway stays; what is there
    is left alone; a plant that may stop runs on at every decision date before."""
    plant = smelter(plant="works", status="candidate")
    until = Month(2028, 1)
    all_kinds = offered(
        contracts=(OFFER, change(OFFER, contract="late", sign_from=Month(2028, 6)), change(OFFER, contract="old", status="in force")),
        plants=(plant, change(plant, plant="there", status="existing", may_stop="retire")),
        programmes=(Programme(programme="thrift"), Programme(programme="runs", status="in force")),
        residue_sites=(ResidueSite(site="cells", status="candidate"), ResidueSite(site="pit", status="existing")),
    )
    later = waited(all_kinds, until)
    assert [c.sign_from for c in later.contracts] == [until, Month(2028, 6), None]
    assert [p.decide_from for p in later.plants] == [until, None]
    assert [p.decide_from for p in later.programmes] == [until, None]
    assert [s.decide_from for s in later.residue_sites] == [until, None]
    assert [(f.decision, f.name, f.action, f.month) for f in later.fixes] == [("running", "there", "force", Month(2027, 1))]
    assert waited(all_kinds, Month(2027, 1)) == all_kinds


def test_a_plant_runs_on_until_it_may_be_decided_about() -> None:
    """Bars are never needed; the smelter costs 0.5 million USD a year until it is closed for 0.2: closed at once 0.2, a year later 0.7."""
    idle = smelting(
        smelter(fixed_opex_usd_m_per_yr=0.5, may_stop="retire", retire_usd_m=0.2),
        settings=settings(horizon_months=36, relative_gap_pct=0.0),
        assumptions=(Assumption(assumption="need", value=0.0),),
        demands=(demand(form="bar", profile="need", protected=False),),
        sources=(source(price_factor=0.0),),
    )
    at_once, later = waiting(idle, years=[1]).rows
    assert at_once.cost_usd_m == pytest.approx(0.2)
    assert later.cost_usd_m == pytest.approx(0.7)


def test_what_can_still_be_decided_in_time() -> None:
    """A programme that takes two years to work cannot be decided in a plan of two years; one that takes one can, until it cannot."""
    two = offered(programmes=(Programme(programme="slow", lead_months=24), Programme(programme="quick", lead_months=6)))
    assert choices(two) == {"offer": "contract", "quick": "programme"}
    assert choices(waited(two, Month(2028, 1))) == {"offer": "contract", "quick": "programme"}
    slower = offered(programmes=(Programme(programme="quick", lead_months=12),))
    assert choices(waited(slower, Month(2028, 1))) == {"offer": "contract"}


@pytest.mark.parametrize("years", [2.0, -1.0, 0.3])
def test_dates_outside_the_plan_are_refused(years: float) -> None:
    """Two years are the whole plan, less than none are no waiting, 0.3 years are no whole months."""
    with pytest.raises(BadQuestion, match="is no date of this plan: from 0 to less than 2 years, in whole months"):
        waiting(offered(), years=[years])
