"""What survival costs along an axis: closed forms, what neighbours say of each other, what cannot be asked."""

from __future__ import annotations

import dataclasses
import itertools
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from random_cases import random_case
from small_cases import case, change, cutoff, demand, least_cost, settings, source, stock

from models.case import Case, Price
from models.columns import Month
from models.plan import Plan
from optimizer.engine import SolveOptions
from optimizer.executor import Executor, Serial, choose
from optimizer.processes import Processes
from optimizer.solve import solve
from optimizer.studies import points
from optimizer.studies.frontier import Axis, BadQuestion, Frontier, Line, Point, disorder, frontier, variant

UNPROTECTED = 0.24
"""24 t at 10 USD/kg, million USD."""

PER_MONTH = 0.01
"""A month without supply takes a tonne from store, which nobody gets back at the end."""


def stocked(gap_pct: float = 0.0, **changes: Any) -> Case:
    """12 t a year needed, 24 t a year for sale from abroad, a store without limit or cost; the cut stands from 2028-01 on."""
    return case(
        settings=settings(relative_gap_pct=gap_pct), stocks=(stock(),), demands=(demand(rationing="no"),), cutoffs=(cutoff(**changes),)
    )


def costs(answer: Frontier) -> list[float | None]:
    return [None if p.cost_usd_m is None else round(p.cost_usd_m, 9) for p in answer.points]


def statuses(answer: Frontier) -> list[str]:
    return [p.status for p in answer.points]


def timeless(answer: Frontier) -> tuple[Point, ...]:
    return tuple(dataclasses.replace(p, seconds=0.0) for p in answer.points)


def test_each_month_costs_the_stock_that_it_needs() -> None:
    """Nothing but stock helps: n months take n tonnes, at 10 USD/kg and 500 USD a tonne and year over two years: 0.24 + 0.011 n million
    USD; 0 months is the unprotected plan."""
    answer = frontier(change(stocked(), stocks=(stock(storage_usd_per_t_yr=500.0),)), values=[6, 0, 1, 3, 12])
    assert [p.value for p in answer.points] == [0, 1, 3, 6, 12]
    assert costs(answer) == pytest.approx([UNPROTECTED + 0.011 * n for n in (0, 1, 3, 6, 12)])
    assert [p.insurance_usd_m for p in answer.points] == pytest.approx([0.011 * n for n in (0, 1, 3, 6, 12)])
    assert [p.most_stock_t for p in answer.points] == pytest.approx([0, 1, 3, 6, 12])
    assert statuses(answer) == ["certified"] * 5
    assert [p.first_start for p in answer.points] == [None, *[Month(2028, 1)] * 4]
    assert (answer.today, answer.held, answer.disordered, answer.solves) == (3.0, True, "", 5)


def test_severity_costs_from_where_supply_no_longer_suffices() -> None:
    """2 t a month can be had and 1 is needed: half may be cut for nothing; at 0.75 three months take 1.5 t, at 1 they take 3."""
    answer = frontier(stocked(), axis="severity", values=[0, 0.5, 0.75, 1])
    assert costs(answer) == pytest.approx([0.24, 0.24, 0.255, 0.27])
    assert answer.today == 1.0


def test_service_costs_its_share() -> None:
    """Three months at a service level of g take 3 g tonnes: 0.24 + 0.03 g."""
    answer = frontier(stocked(), axis="service", values=[0, 0.5, 0.9, 1])
    assert costs(answer) == pytest.approx([0.24, 0.255, 0.267, 0.27])
    assert answer.about == ("makers",)


def test_neighbours_spare_solves_within_the_gap() -> None:
    """At a gap of 30 % three of seven points are solved; the others have a plan that was tested and a bound, and both hold."""
    answer = frontier(stocked(gap_pct=30.0), values=[0, 1, 2, 3, 6, 9, 12])
    assert (answer.solves, answer.tests, answer.spared) == (3, 4, 4)
    for point in answer.points:
        truth = UNPROTECTED + PER_MONTH * point.value
        assert point.cost_usd_m is not None
        assert point.bound_usd_m is not None
        assert point.bound_usd_m <= truth + 1e-9 <= point.cost_usd_m + 2e-9
        assert point.cost_usd_m - point.bound_usd_m <= 0.3 * point.cost_usd_m + 1e-9
        assert (point.seconds == 0) == point.note.startswith("the plan of ")


def test_a_plan_is_tested_not_believed() -> None:
    """The plan for one month survives one month and not three; that for three survives both."""
    short, long = variant(stocked(), "months", ("cut",), 1), variant(stocked(), "months", ("cut",), 3)
    options = SolveOptions()
    plans = {1: points.without_recourse(solve(short)), 3: points.without_recourse(solve(long))}
    assert points.survives(options, (short, plans[1]))
    assert not points.survives(options, (long, plans[1]))
    assert points.survives(options, (short, plans[3]))
    assert points.survives(options, (long, plans[3]))


def test_a_plan_of_another_case_survives_nothing() -> None:
    """A plan with a source that the case has not is none for it."""
    other = change(stocked(), sources=(source("another"), source("trade beta", "beta")))
    plan = points.without_recourse(solve(other))
    assert not points.survives(SolveOptions(), (stocked(), plan))


def test_longer_windows_may_make_a_plan_dearer_and_that_is_seen() -> None:
    """Base plans of two lengths are the same where nothing is built; at another price every plan costs more, the other way it does not
    hold; with a demand more they are not the same at all."""
    short, long = (points.solve_one(SolveOptions(), variant(stocked(), "months", ("cut",), n)) for n in (1, 3))
    assert short.no_dearer_than(long)
    assert long.no_dearer_than(short)
    prices = (Price(index="index", material="alpha", form="powder", usd_per_kg=11.0), stocked().prices[1])
    dear = points.solve_one(SolveOptions(), change(stocked(), prices=prices))
    assert short.no_dearer_than(dear)
    assert not dear.no_dearer_than(short)
    more = points.solve_one(SolveOptions(), change(stocked(), demands=(demand(), demand("beta"))))
    assert not short.no_dearer_than(more)


def test_what_cannot_be_had_says_from_when_it_can() -> None:
    """A year of buying at the limit stocks 12 t: 18 months cannot be survived from 2028-01 (6 t are missing), 20 not (8 t); they can
    from 2029-01, for 0.24 + 0.18 and 0.24 + 0.20."""
    answer = frontier(stocked(), values=[12, 18, 20])
    within, beyond, further = answer.points
    assert (within.status, within.ready) == ("certified", None)
    assert (beyond.status, beyond.cost_usd_m, beyond.ready) == ("impossible", None, Month(2029, 1))
    assert beyond.ready_cost_usd_m == pytest.approx(0.42)
    assert further.ready_cost_usd_m == pytest.approx(0.44)
    assert further.missing_t == pytest.approx(8.0)
    assert beyond.missing_t == pytest.approx(6.0)


def test_beyond_an_impossible_point_nothing_is_solved_again() -> None:
    """Of 14, 16, 18, 20 and 22 months all are impossible from 2028-01: the harshest is solved first, the mildest second, no other."""
    line = Line(stocked(), SolveOptions(), _silent(), "months", ("cut",), Serial())
    line.settle([14, 16, 18, 20, 22])
    assert all(known.impossible for known in line.known.values())
    assert [v for v, known in line.known.items() if known.solved is not None] == [14, 22]
    assert line.known[16].note == "as 14 months is impossible already"
    assert line.known[20].note.endswith(" is impossible already")


def test_open_first_starts_are_held() -> None:
    """The workbook leaves the first start open; for its 3 months that is 2028-01, which is then asked of all points. With starts of
    their own, 18 months begin a year later and cost less than that safety would, and points do not help each other."""
    loose = stocked(first_start=None)
    held = frontier(loose, values=[0, 3, 18])
    assert statuses(held) == ["certified", "certified", "impossible"]
    assert held.held
    assert held.points[1].first_start == Month(2028, 1)
    own = frontier(loose, values=[0, 3, 18], own_starts=True)
    assert statuses(own) == ["certified"] * 3
    assert [p.first_start for p in own.points] == [None, Month(2028, 1), Month(2029, 1)]
    assert costs(own) == pytest.approx([0.24, 0.27, 0.42])
    assert not own.held
    assert own.disordered == "the first start of cut is found anew at each point"


def test_where_no_theorem_holds_nothing_is_carried_over() -> None:
    """A cut that eases while it lasts, and one that another follows at its end: a longer one may be the milder. Severity and a second
    cut at a given month keep the order."""
    easing = stocked(ramp_pct=(100.0, 50.0))
    assert disorder(easing, "months", ("cut",)) == "the cut of cut eases while it lasts"
    assert disorder(easing, "severity", ("cut",)) == ""
    second = cutoff(cutoff="second", active=False)
    followed = change(stocked(), cutoffs=(cutoff(then="second"), second))
    assert disorder(followed, "months", ("cut",)) == "what follows cut moves with its end"
    assert disorder(change(followed, cutoffs=(cutoff(then="second", then_after_months=2), second)), "months", ("cut",)) == ""
    answer = frontier(change(easing, settings=settings(relative_gap_pct=30.0)), values=[0, 1, 2])
    assert (answer.solves, answer.spared) == (3, 0)
    assert costs(answer) == pytest.approx([0.24, 0.25, 0.25])  # half a cut leaves what is needed


@pytest.mark.parametrize(
    ("axis", "values", "names", "said"),
    [
        ("months", [37], [], "37 is no length of a cut-off: whole months from 0 .* to 36"),
        ("months", [2.5], [], "2.5 is no length"),
        ("months", [-1], [], "-1 is no length"),
        ("months", [], [], "no values"),
        ("severity", [1.1], [], "1.1 is no severity: a share from 0 to 1"),
        ("service", [-0.1], [], "-0.1 is no service level"),
        ("months", [3], ["cuts"], "there is no cut-off 'cuts'; did you mean 'cut'"),
        ("months", [3], ["zzz"], "there is no cut-off 'zzz'; there are cut, off"),
        ("months", [3], ["off"], "'off' is switched off or need not be survived"),
        ("service", [0.5], ["cut"], "there is no sector with protected demand 'cut'"),
    ],
)
def test_what_cannot_be_asked_is_refused(axis: Axis, values: Sequence[float], names: Sequence[str], said: str) -> None:
    """Values that the axis has not and names that are not there: refused in words before anything is solved."""
    two = change(stocked(), cutoffs=(cutoff(), cutoff(cutoff="off", active=False)))
    with pytest.raises(BadQuestion, match=said):
        frontier(two, axis=axis, values=values, names=names)


def test_a_case_without_cutoffs_has_no_frontier() -> None:
    """Nothing to make longer: refused."""
    with pytest.raises(BadQuestion, match="no cut-off that must be survived"):
        frontier(change(stocked(), cutoffs=()), values=[3])


def test_combinations_differ_together() -> None:
    """A row that stands for two cut-offs, each alone, is named by its own name: both become longer."""
    sources = (source("one", max_t_per_yr=24.0), source("two", max_t_per_yr=6.0, countries=("elsewhere",)), source("trade beta", "beta"))
    rows = (cutoff(countries=("abroad", "elsewhere"), at_once=1),)
    answer = frontier(change(stocked(), sources=sources, cutoffs=rows), values=[2, 4], names=["cut"])
    assert answer.about == ("cut: abroad", "cut: elsewhere")
    assert costs(answer) == pytest.approx([0.25, 0.26])


@pytest.mark.slow
def test_two_processes_find_the_same() -> None:
    """The same points from this process and from two others, at no gap."""
    here = frontier(stocked(), values=[0, 2, 18])
    with Processes(2) as pool:
        there = frontier(stocked(), values=[0, 2, 18], executor=pool)
    assert timeless(there) == timeless(here)


def test_a_point_that_finds_no_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """One solve breaks down: its point says so, the others stand."""
    right = points.solve_one

    def broken(options: SolveOptions, task: Case) -> points.Solved:
        if task.cutoffs[0].months == 2:
            raise ValueError("the moon is in the way")
        return right(options, task)

    monkeypatch.setattr(points, "solve_one", broken)
    monkeypatch.setattr("optimizer.executor.pickled_function", lambda function: b"")
    answer = frontier(stocked(), values=[1, 2, 3])
    assert statuses(answer) == ["certified", "failed", "certified"]
    assert answer.points[1].note == "raised: the moon is in the way"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 15])
@pytest.mark.parametrize("axis", ["months", "severity", "service"])
def test_a_harsher_point_never_costs_less(seed: int, axis: Axis) -> None:
    """Random cases with contracts, plants and baskets, on months: cost rises along every axis, and each point is what the whole program,
    solved at once, says of its variant."""
    whole = random_case(seed)
    whole = change(whole, settings=change(whole.settings, relative_gap_pct=0.0, fine_months=whole.settings.horizon_months))
    values = [0.0, 1.0, 3.0] if axis == "months" else [0.0, 0.6, 1.0]
    answer = frontier(whole, axis=axis, values=values)
    assert answer.disordered == ""
    reached = [float("inf") if p.cost_usd_m is None else p.cost_usd_m for p in answer.points]
    assert all(mild <= harsh * (1 + 1e-6) + 1e-9 for mild, harsh in itertools.pairwise(reached))
    for value, cost in zip(values, reached, strict=True):
        assert cost == pytest.approx(least_cost(variant(whole, axis, answer.about, value)), rel=1e-6, abs=1e-9)


def _silent() -> Any:
    from optimizer.progress import Silent

    return Silent()


def test_the_kinds_named_here_are_those_of_the_product() -> None:
    """A plan without recourse keeps its tables; an executor is what `Serial` is."""
    plan = solve(stocked())
    slim = points.without_recourse(plan)
    assert isinstance(slim, Plan)
    assert slim.patterns == plan.patterns
    assert {row.run for row in slim.stocks} == {"base"}
    assert {row.run for row in plan.stocks} > {"base"}
    pool: Executor = Serial()
    assert pool.workers == 1


def test_a_gap_never_makes_a_milder_point_dearer() -> None:
    """Two points solved to a wide gap, the milder by a plan that is dearer than need be: it takes the harsher point's plan, which is
    tested; its bound stays. A cheaper plan that does not survive is not taken."""
    line = Line(stocked(gap_pct=30.0), SolveOptions(), _silent(), "months", ("cut",), Serial())
    line.settle([2, 12])
    mild, harsh = line.known[2], line.known[12]
    assert mild.cost == pytest.approx(0.26)
    mild.cost = 0.4
    line.settle([2, 12])
    assert (mild.cost, mild.plan_of) == (harsh.cost, 12)
    assert mild.bound == pytest.approx(0.26)
    assert line.point(2).note.startswith("the plan of 12 months, tested: cheaper")
    harsh.cost = 0.5
    line.settle([2, 12])
    assert harsh.plan_of is None


@pytest.mark.slow
def test_a_cluster_finds_the_same() -> None:
    """The same points from this process and from a Dask scheduler with two workers on this machine."""
    distributed = pytest.importorskip("distributed")
    here = frontier(stocked(), values=[0, 2, 18])
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as local,
        choose(dask=local.scheduler_address) as pool,
    ):
        there = frontier(stocked(), values=[0, 2, 18], executor=pool)
    assert timeless(there) == timeless(here)
