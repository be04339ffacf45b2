"""What survival takes, where a formula says it: one element, a demand d of 1 t a month, supply a month by month, a cut of n months.

A stock S survives a cut where S >= max over k of the sum of (g d - a) over its first k months (g: service level).
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from small_cases import case, change, crisis, cutoff, demand, least_cost, missing_t, settings, source, stock, survives
from smelters import smelter, smelting

from models.build import recourse
from models.case import Case, Composition, CutOff, Form, Plant
from models.columns import Month
from models.run import Study
from models.survival import Pattern

START = 12
"""The cuts fall in January 2028."""


def takes(changed: Case, tonnes: float, start: int = START) -> None:
    """So much in store survives the cut, and a kilogram less does not."""
    key = ("store", "alpha", "powder")
    assert survives(crisis(changed, start, {key: tonnes + 1e-6}))
    assert not survives(crisis(changed, start, {key: tonnes - 1e-3}))


def cut(supply: dict[str, Any] | None = None, needs: dict[str, Any] | None = None, held: dict[str, Any] | None = None, **row: Any) -> Case:
    """Supply of 12 t a year from abroad, unless changed; a cut."""
    return case(
        sources=(source(**{"max_t_per_yr": 12.0, **(supply or {})}), source("trade beta", "beta")),
        demands=(demand(**(needs or {})),),
        stocks=(stock(**(held or {})),),
        cutoffs=(cutoff(**row),),
    )


@pytest.mark.parametrize("months", [1, 3, 7])
def test_a_cut_of_everything(months: int) -> None:
    """S = n d: 1, 3 and 7 t."""
    takes(cut(months=months), months * 1.0)


@pytest.mark.parametrize("severity", [0.25, 0.6])
def test_a_cut_of_a_part(severity: float) -> None:
    """S = n (d - (1 - severity) a) with a = d: 0.75 and 1.8 t for three months."""
    takes(cut(severity=severity), 3 * severity)


@pytest.mark.parametrize("level", [0.5, 0.8])
def test_a_service_level(level: float) -> None:
    """S = n g d: 1.5 and 2.4 t for three months."""
    takes(cut(needs={"service_level": level}), 3 * level)


@pytest.mark.parametrize("back", [1, 3, 4])
def test_supply_that_returns_evenly(back: int) -> None:
    """S = n d + the sum of d (1 - j / (r + 1)) for j = 1..r = (n + r / 2) d: 3.5, 4.5 and 5 t for three months."""
    takes(cut(return_months=back), 3 + back / 2)


def test_a_cut_that_closes_in_steps() -> None:
    """S = the sum of the depths: 0.25 + 0.5 + 1 + 1 = 2.75 t for four months."""
    takes(cut(months=4, ramp_pct=(25.0, 50.0, 100.0)), 0.25 + 0.5 + 1 + 1)


def test_severity_is_a_share_of_the_normal_flow() -> None:
    """S = n (d - (1 - severity) normal / 12) = 3 (1 - 0.5 x 6 / 12) = 2.25 t; of the maximum (24 t) it would be nothing."""
    takes(cut({"max_t_per_yr": 24.0, "normal_t_per_yr": 6.0}, severity=0.5), 3 * (1 - 0.5 * 6 / 12))


def test_a_thin_market_elsewhere() -> None:
    """S = n (d - share x limit / 12) = 3 (1 - 0.4 x 12 / 12) = 1.8 t."""
    changed = cut(spot_availability=0.4)
    market = source("market", countries=("elsewhere",), kind="spot", max_t_per_yr=12.0)
    takes(change(changed, sources=(*changed.sources, market)), 3 * (1 - 0.4))


def test_an_uncut_supply_that_rises() -> None:
    """S = the sum over k < n of (d - a (1 + surge)^(k / 12)), a = 0.5 t a month, surge 60 % a year, five months: 2.27 t."""
    changed = cut(months=5)
    steady = source("near", countries=("next door",), max_t_per_yr=24.0, normal_t_per_yr=6.0, surge=0.6)
    takes(change(changed, sources=(*changed.sources, steady)), sum(1 - 0.5 * 1.6 ** (k / 12) for k in range(5)))


def test_a_stock_that_is_lost() -> None:
    """S = d x the sum of q^-k for k = 1..n, q = (1 - loss)^(1/12): at 30 % a year 3.18 t for three months."""
    q = (1 - 0.3) ** (1 / 12)
    takes(cut(held={"loss_pct_per_yr": 30.0}), sum(q**-k for k in (1, 2, 3)))


def test_a_slow_release() -> None:
    """However much there is, a month gives no more than r C: of 10 t at 8 % a month 0.8 t; missing are n (d - r C) = 0.6 t."""
    changed = cut(held={"capacity_t": 10.0, "release_pct_per_month": 8.0})
    assert missing_t(crisis(changed, START, {("store", "alpha", "powder"): 10.0})) == pytest.approx(3 * (1 - 0.8))


@pytest.mark.parametrize(("stored", "shortfall"), [(2.0, 0.5), (3.0, 0.75), (1.0, 0.25)])
def test_time_to_survive(stored: float, shortfall: float) -> None:
    """T = S / f: with f t a month short and S t in store the longest cut survived lasts 4 months."""
    for months, lives in ((4, True), (5, False)):
        model = crisis(cut(months=months, severity=shortfall), START, {("store", "alpha", "powder"): stored + 1e-6})
        assert survives(model) is lives


def test_the_worst_month_is_not_the_last() -> None:
    """S = max over k of the partial sums: 1 + 1 - 0.5 - 0.5 ..., the supply of the third month on being 1.5 t: 2 t, not 1 t at the end."""
    changed = cut({"max_t_per_yr": 18.0, "normal_t_per_yr": 18.0}, months=2, return_months=0)
    longer = change(changed, cutoffs=(change(changed.cutoffs[0], then="echo"), CutOff(cutoff="echo", active=False, severity=0.0, months=3)))
    shortfalls = [1.0, 1.0, -0.5, -0.5, -0.5]
    takes(longer, max(itertools.accumulate(shortfalls)))


def test_two_cuts_at_once() -> None:
    """Each leaves its share of what the other leaves: S = n (1 - (1 - 0.5)(1 - 0.4)) d = 3 x 0.7 = 2.1 t."""
    changed = cut(severity=0.5, then="second", then_after_months=0)
    second = CutOff(cutoff="second", active=False, countries=("abroad",), severity=0.4, months=3)
    takes(change(changed, cutoffs=(*changed.cutoffs, second)), 3 * (1 - 0.5 * 0.6))


@pytest.mark.parametrize("growth", [10.0, -20.0])
def test_a_demand_that_grows(growth: float) -> None:
    """S = n d (1 + g)^y, in the second year: 3.3 and 2.4 t."""
    takes(cut(needs={"growth_pct_per_yr": growth}), 3 * (1 + growth / 100))


def test_where_a_cut_falls_inside_a_period() -> None:
    """The level of the straight line: a quarter of the way through 2028, opening = 3/4 of the level of end 2027 + 1/4 of that of end 2028;
    in 2027 of the opening stock of the first day."""
    study = Study(cut(held={"opening_t": 8.0}))
    key = ("operation.opening_t", ("store", "alpha", "powder"))
    later = recourse(study, Pattern(study.case.cutoffs[0], 15)).handed[key]
    assert {column[1][3]: weight for column, weight in later.weights.items()} == pytest.approx({0: 0.75, 12: 0.25})
    first = recourse(study, Pattern(study.case.cutoffs[0], 3)).handed[key]
    assert first.constant == pytest.approx(0.75 * 8)
    assert list(first.weights.values()) == pytest.approx([0.25])


def test_the_scarcest_element_of_a_basket() -> None:
    """Ore of 1/4 alpha and 3/4 beta, 2 t a month in a crisis, all separated: of alpha n (1 - 2/4) = 1.5 t are missing, of beta nothing."""
    ore = source("mine", "mixed", form="ore", countries=("next door",), max_t_per_yr=24.0)
    works = Plant(
        plant="works", status="existing", country="home", input_form="ore", output_form="powder", capacity_t_per_yr=99.0, recovery=1.0
    )
    changed = change(
        cut(),
        sources=(source(), ore),
        plants=(works,),
        forms=(Form(form="ore", position=1, holds="mixtures"), Form(form="powder", position=2, holds="elements")),
        compositions=(Composition(mixture="mixed", element="alpha", share=0.25), Composition(mixture="mixed", element="beta", share=0.75)),
        demands=(demand(), demand("beta")),
    )
    takes(changed, 3 * (1 - 2 / 4))


@pytest.mark.parametrize(("who", "missing"), [({"countries": ("home",)}, 3.0), ({"countries": ("abroad",)}, 0.0)])
def test_stock_before_the_stage_that_is_cut(who: dict[str, Any], missing: float) -> None:
    """Powder in store is worth n d where powder is cut, and nothing where the smelter behind it is: 0 and 3 t of bars are missing."""
    changed = smelting(smelter(), stocks=(stock(),), cutoffs=(cutoff(**who),))
    assert missing_t(crisis(changed, START, {("store", "alpha", "powder"): 3.0})) == pytest.approx(missing)


@pytest.mark.parametrize("severity", [0.5, 1.0])
def test_what_survival_costs(severity: float) -> None:
    """Stock for one start costs its storage alone, for it is used later: c = p D + s S, with S = 3 (1 - (1 - severity) 2):
    0.24 million USD + 1,000 USD/t/yr x S; where the end of the plan is protected too it is bought on top: p (D + S) + 2 s S."""
    needed = 3 * max(0.0, 1 - (1 - severity) * 2)
    changed = case(
        stocks=(stock(storage_usd_per_t_yr=1000.0),), cutoffs=(cutoff(severity=severity, last_start=Month(2028, 1)),), settings=settings()
    )
    assert least_cost(changed) == pytest.approx(0.24 + 0.001 * needed)
    whole = change(changed, cutoffs=(change(changed.cutoffs[0], last_start=None),))
    assert least_cost(whole) == pytest.approx(0.24 + 0.01 * needed + 0.002 * needed)


def test_a_suppliers_plant_that_stops() -> None:
    """Who stops a half of a plant stops a half of its sources: S = n (d - a / 2) = 1.5 t, as if the source itself were cut, though half
    of the plant could make all that the source gives."""
    pit = Plant(plant="pit", status="supplier", country="far", input_form="powder", output_form="powder", capacity_t_per_yr=24.0)
    takes(change(cut({"plant": "pit"}, countries=(), plants=("pit",), severity=0.5), plants=(pit,)), 1.5)
