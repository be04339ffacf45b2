"""Any so many of those listed fail together: one row, every combination a cut-off of its own."""

from __future__ import annotations

import dataclasses

import pytest
from small_cases import case, cutoff, least_cost, source, stock

from models.case import Case
from models.check import check
from models.combinations import combinations_of, each_combination, every_combination
from optimizer.audit import audit
from optimizer.audit.together import told_apart
from optimizer.solve import SolveOptions, as_asked, solve

ANY = cutoff(countries=(), sources=("east", "west", "south"), at_once=2)


def three_sources(at_once: int | None, share: float = 24.0) -> Case:
    """Three sources of alpha, any of which may fail."""
    sources = tuple(source(name, max_t_per_yr=share) for name in ("east", "west", "south"))
    return case(sources=sources, stocks=(stock(),), cutoffs=(dataclasses.replace(ANY, at_once=at_once),))


def test_every_pair_is_a_cutoff_of_its_own() -> None:
    """Two of three: three cut-offs, each named after whom it hits; blank: the row as it stands."""
    found = list(each_combination(ANY))
    assert [c.cutoff for c in found] == ["cut: east + west", "cut: east + south", "cut: west + south"]
    assert [c.sources for c in found] == [("east", "west"), ("east", "south"), ("west", "south")]
    assert all(c.at_once is None and c.months == ANY.months for c in found)
    assert combinations_of(ANY) == 3
    assert list(each_combination(dataclasses.replace(ANY, at_once=None))) == [dataclasses.replace(ANY, at_once=None)]


def test_kinds_mix() -> None:
    """A country and a source listed with 1 are two cut-offs, one of each kind."""
    found = list(each_combination(dataclasses.replace(ANY, countries=("abroad",), sources=("east",), at_once=1)))
    assert [(c.cutoff, c.countries, c.sources) for c in found] == [("cut: abroad", ("abroad",), ()), ("cut: east", (), ("east",))]


def test_with_and_without() -> None:
    """Any two of three sources of 6 t a year for 12 t a year of demand: half a month's need is gone each month of three, 1.5 t in store,
    0.255 million USD with the 24 t of demand; any one: 0.24, nothing is needed; all three at once: 3 t and 0.27."""
    cost = {n: least_cost(every_combination(three_sources(n, share=6.0 if n == 2 else 24.0))) for n in (1, 2, None)}
    assert cost == pytest.approx({1: 0.24, 2: 0.255, None: 0.27})


def test_solved_and_audited_as_they_are_meant() -> None:
    """`solve` tests every combination and `as_asked` says the same, once or twice."""
    asked = three_sources(2)
    meant = as_asked(asked, SolveOptions())
    assert as_asked(meant, SolveOptions()) == meant
    plan = solve(asked)
    assert {row.cutoff for row in plan.patterns} == {"cut: east + west", "cut: east + south", "cut: west + south"}
    assert plan.summary.status == "certified"
    assert audit(meant, plan).passed


def test_the_audit_tells_combinations_apart_itself() -> None:
    """The plan passes against the case as read, at_once and all: the audit's own combinations are those of the plan. Of another number at
    once, or with a supplier more, patterns are missing and those of the plan are not known."""
    asked = dataclasses.replace(three_sources(2), cutoffs=(dataclasses.replace(ANY, at_once=2), cutoff(cutoff="plain")))
    plan = solve(asked)
    assert plan.summary.status == "certified"
    assert audit(asked, plan) == audit(every_combination(asked), plan)
    assert audit(asked, plan).passed
    for other in (dataclasses.replace(ANY, at_once=1), dataclasses.replace(ANY, sources=("east", "west"))):
        assert not audit(dataclasses.replace(asked, cutoffs=(other, asked.cutoffs[1])), plan).passed


def test_the_audit_names_combinations_alike() -> None:
    """Two ways to count through: the same cut-offs, in the same order, with the same names, where names stand in several columns too."""
    mixed = dataclasses.replace(
        ANY, countries=("north", "south"), sources=("east", "south", "east"), plants=("north",), late_plants=("north", "mill")
    )
    for at_once in (None, 1, 2, 3, 7):
        stated = case(cutoffs=(cutoff(cutoff="first"), dataclasses.replace(mixed, at_once=at_once)))
        assert told_apart(stated).cutoffs == every_combination(stated).cutoffs
    names = [row.cutoff for row in told_apart(stated).cutoffs]
    assert len(names) == len(set(names))


def test_what_cannot_be_combined_is_refused() -> None:
    """Four of three; a number where nobody is listed; a row that follows another: each at its cell. Too many combinations: a warning."""
    two = cutoff(cutoff="two", first_start=ANY.first_start, then="cut")
    for changed, number, words in (
        (dataclasses.replace(ANY, at_once=4), 1, "a whole number from 1 to 3"),
        (dataclasses.replace(ANY, sources=(), countries=(), at_once=1), 1, "blank"),
        (ANY, 1, "blank in a row that follows another"),
    ):
        found = [f for f in check(dataclasses.replace(three_sources(2), cutoffs=(two, changed))) if f.field == "at_once"]
        assert (found[0].table, found[0].row) == ("CutOffs", number)
        assert words in [f.expected for f in found]
        assert found[0].severity == "error"
    many = tuple(source(f"s{k}") for k in range(12))
    wide = dataclasses.replace(ANY, sources=tuple(s.source for s in many), at_once=3)
    warnings = [f for f in check(case(sources=many, stocks=(stock(),), cutoffs=(wide,))) if f.field == "at_once"]
    assert [(f.severity, f.mend.split(",")[0]) for f in warnings] == [("warning", "The row stands for 220 cut-offs")]


@pytest.mark.parametrize(("listed", "at_once", "told"), [(20, 4, "4,845"), (400, 200, "10^119")])
def test_too_many_combinations_are_refused(listed: int, at_once: int, told: str) -> None:
    """More cut-offs than can be solved are refused at the cell before any of them is made."""
    names = tuple(f"s{k}" for k in range(listed))
    wide = dataclasses.replace(ANY, sources=names, at_once=at_once)
    found = [f for f in check(case(sources=tuple(map(source, names)), stocks=(stock(),), cutoffs=(wide,))) if f.field == "at_once"]
    assert [(f.table, f.row, f.severity, f.expected) for f in found] == [("CutOffs", 0, "error", "at most 1,000 combinations")]
    assert found[0].mend.startswith(f"The row stands for {told} cut-offs")
