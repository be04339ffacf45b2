"""Tolling: what is sent out comes back after its transit, and what is under way when a cut falls is not lost (`feed_cases`)."""

from __future__ import annotations

import pytest
from feed_cases import TOLL, separating, works
from small_cases import base, change, crisis, cutoff, demand, equations, missing_t

from models.build import base_plan, recourse
from models.case import Case
from models.check import check
from models.handed import Handed
from models.horizon import Slot, spread
from models.run import Run, Study
from models.survival import Pattern
from optimizer.audit.clock import arrivals


def tolling(months: float, **sheets: object) -> Case:
    return separating(plants=(works(), change(TOLL, transit_months=months)), **sheets)


def arrived(slot: Slot, delay: float, slots: tuple[Slot, ...]) -> list[tuple[Slot, float]]:
    """What the audit says of the same flow."""
    by_first = {s.first: s for s in slots}
    found = arrivals((slot.first, slot.months), delay, [(s.first, s.months) for s in slots])
    return [(by_first[first], share) for first, share in found]


def test_a_flow_is_spread_over_the_time_in_which_it_arrives() -> None:
    """A year's flow three months later: three quarters in the same year; what arrives after the last slot is left out; of what sets
    out before month 6, one month's flow arrives in each month from the third on. Of a single month half arrives a month later, and
    all where it is more; the audit says the same."""
    years = (Slot(0, 12), Slot(12, 12))
    assert spread(years[0], 0, years) == [(years[0], 1.0)]
    assert spread(years[0], 3, years) == [(years[0], 0.75), (years[1], 0.25)]
    assert spread(years[1], 3, years) == [(years[1], 0.75)]
    assert spread(years[0], 13.5, years) == [(years[1], 10.5 / 12)]
    assert spread(years[0], 24, years) == []
    assert spread(Slot(0, 1), 0.25, (Slot(0, 1), Slot(1, 1))) == [(Slot(0, 1), 0.75), (Slot(1, 1), 0.25)]
    three = tuple(Slot(m, 1) for m in range(3))
    assert spread(three[0], 0.5, three) == [(three[0], 0.5), (three[1], 0.5)]
    assert spread(three[0], 0.7, three) == arrived(three[0], 0.7, three) == [(three[1], 1.0)]
    months = tuple(Slot(m, 1) for m in range(6, 12))
    assert spread(years[0], 3, months, before=6) == [(Slot(m, 1), pytest.approx(1 / 12)) for m in (6, 7, 8)]


def test_tolling_printed() -> None:
    """B1: of 0.6 t of beta in a tonne of SEG three quarters come back in the year in which it is sent and one quarter in the next."""
    assert equations(base_plan(Study(tolling(3))), "nothing_appears_or_vanishes")[6:8] == [
        "0.45 processed_t[toll, SEG, 0] = served_t[makers, beta, powder, 0] + disposed_t[beta, powder, 0]",
        "0.15 processed_t[toll, SEG, 0] + 0.45 processed_t[toll, SEG, 12] = "
        "served_t[makers, beta, powder, 12] + disposed_t[beta, powder, 12]",
    ]


def test_what_is_sent_must_be_sent_in_time() -> None:
    """12 t of beta a year: at once from 40 t of SEG, 0.28. Three months later 80/3 t of SEG are sent in the first year and 160/9 in the
    second, 0.0889 for ore and 0.2222 for the toll. A year later the first year's 12 t are not served."""
    assert base(tolling(0)).cost == pytest.approx(0.28)
    assert base(tolling(3)).cost == pytest.approx((80 / 3 + 160 / 9) * 0.007)
    assert base(tolling(12)).cost == pytest.approx(12 + 20 * 0.007)


def test_what_is_under_way_is_handed_over() -> None:
    """A cut in month 12 meets a quarter of what was sent in the first year, a twelfth a month; a cut in month 6 what was sent from
    month 3 to 5; without transit nothing."""
    for months, start, due in ((3.0, 12, (12, 13, 14)), (3.0, 6, (6, 7, 8)), (0.0, 12, ())):
        changed = tolling(months, cutoffs=(cutoff(months=6),))
        handed = recourse(Study(changed), Pattern(changed.cutoffs[0], start)).handed
        found = {index[2]: handed[name, index] for name, index in handed if name == "operation.under_way_t"}
        assert found == {m: Handed({("operation.processed_t", ("toll", "SEG", 0)): pytest.approx(1 / 12)}) for m in due}


def test_what_is_under_way_arrives_in_a_cut() -> None:
    """The mine is cut for three months, 3 t of beta are needed, and 2 t of SEG are due each month: none is missing, all 3 t if none
    were under way. Where the cut leaves a quarter of the toll plant too, 3 x 0.3 t come back and 2.1 t are missing."""
    for countries, sent, lacking in ((("home",), 2.0, 0.0), (("home",), 0.0, 3.0), (("home", "abroad"), 2.0, 2.1)):
        changed = tolling(3, cutoffs=(cutoff(countries=countries, severity=0.75),), sources=(), demands=(demand("beta"),))
        model = crisis(changed, 12)
        model.operation.under_way_t.fix(sent)
        assert missing_t(model) == pytest.approx(lacking), (countries, sent)


def test_what_a_recourse_sends_is_not_let_through_where_the_cut_grows() -> None:
    """2 t of SEG sent in the first month of a cut of the toll plant that is harsher from the second: from half of the plant to a
    quarter, half of it comes back. At an even half all of it does."""
    for ramp, back in (((100.0,), 1.0), ((50.0, 75.0), 0.5)):
        cut = cutoff(severity=0.5 if len(ramp) == 1 else 1.0, months=4, ramp_pct=ramp)
        changed = tolling(1, cutoffs=(cut,))
        run = Run(Study(changed), Pattern(cut, 12))
        assert run.toll_returns(changed.plants[1], Slot(12, 1)) == [(13, pytest.approx(back))]


def test_a_recourse_waits_for_what_it_sends() -> None:
    """A cut of four months elsewhere: sent on its first day, beta is back in the fourth month if it takes three, so that 3 of 4 t are
    missing; none is missing without transit."""
    for months, lacking in ((3.0, 3.0), (0.0, 0.0)):
        changed = tolling(months, cutoffs=(cutoff(countries=("elsewhere",), months=4),))
        model = crisis(changed, 12)
        model.operation.under_way_t.fix(0.0)
        assert missing_t(model) == pytest.approx(lacking)


def test_a_transit_is_within_reason() -> None:
    """A negative transit, and one longer than three years, are told at their cell."""
    for months in (-1.0, 40.0):
        assert [(f.table, f.field) for f in check(tolling(months))] == [("Plants", "transit_months")]
    assert [f for f in check(tolling(3.0)) if f.field == "transit_months"] == []
