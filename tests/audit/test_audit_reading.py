"""The audit's own arithmetic, piece by piece, against figures worked out by hand; and that it shares none with the model."""

from __future__ import annotations

import ast
import dataclasses
import sys
from pathlib import Path

import pytest

from models.case import (
    Assumption,
    Case,
    Composition,
    ContractLine,
    CutOff,
    Demand,
    Element,
    Form,
    Plant,
    Price,
    Recipe,
    Recovery,
    Settings,
    Source,
    Stock,
)
from models.columns import Month
from optimizer.audit.book import Book
from optimizer.audit.capital import annuity, capitalised, spends
from optimizer.audit.clock import Clock
from optimizer.audit.limits import ramp
from optimizer.audit.money import lowest_price

ALLOWED = {"models.case", "models.columns", "models.plan"}

SETTINGS = Settings(title="T", start=Month(2027, 1), horizon_months=36, fine_months=2, coarse_period_months=6)


def case(**tables: object) -> Case:
    """A case of two elements and four forms, with the tables given."""
    base = Case(
        settings=SETTINGS,
        elements=(Element(element="a", oxide_per_metal=1.25), Element(element="b", oxide_per_metal=1.5)),
        forms=(
            Form(form="feed", position=1, holds="mixtures"),
            Form(form="oxide", position=2, holds="elements"),
            Form(form="metal", position=3, holds="elements", mass="metal"),
            Form(form="magnet", position=4, holds="mixtures", mass="product"),
        ),
        compositions=(Composition(mixture="ore", element="a", share=0.75), Composition(mixture="ore", element="b", share=0.25)),
        recipes=(Recipe(grade="n1", element="a", kg_per_kg=0.24), Recipe(grade="n1", element="b", kg_per_kg=0.1)),
        demands=(),
    )
    return dataclasses.replace(base, **tables)  # type: ignore[arg-type]


def source(**fields: object) -> Source:
    """A source of 1200 t of a's oxide a year, 100 t a month."""
    base = Source(source="s", countries=("x", "y"), material="a", form="oxide", max_t_per_yr=1200, price_index="i")
    return dataclasses.replace(base, **fields)  # type: ignore[arg-type]


def test_the_audit_imports_records_and_the_standard_library_only(root: Path) -> None:
    """No module of the audit imports a solver, a modelling library, or an equation of the model."""
    files = sorted((root / "optimizer" / "audit").glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert name in ALLOWED or name.startswith("optimizer.audit") or top in sys.stdlib_module_names, f"{file.name}: {name}"


def test_periods_cover_the_horizon() -> None:
    """Two single months, then half years, the last one cut; boundaries include the end."""
    clock = Clock(dataclasses.replace(SETTINGS, horizon_months=16))
    assert clock.slots == ((0, 1), (1, 1), (2, 6), (8, 6), (14, 2))
    assert clock.boundaries == (0, 1, 2, 8, 14, 16)
    assert Clock(dataclasses.replace(SETTINGS, horizon_months=1)).slots == ((0, 1),)


def test_years_step_with_the_calendar() -> None:
    """A plan that starts in October has its second year three months later."""
    clock = Clock(dataclasses.replace(SETTINGS, start=Month(2026, 10)))
    assert [clock.year(m) for m in (0, 2, 3, 14, 15)] == [2026, 2026, 2027, 2027, 2028]
    assert clock.grown(100, 10, 2) == 100
    assert clock.grown(100, 10, 15) == pytest.approx(121)


def test_discount_factors() -> None:
    """21 % a year is 10 % in half a year; to the middle of a period or to its first day; none at 0 %."""
    rate = dataclasses.replace(SETTINGS, discount_rate_pct=21)
    assert Clock(rate).factor((0, 12)) == pytest.approx(1 / 1.1)
    assert Clock(dataclasses.replace(rate, discounting="start")).factor((6, 12)) == pytest.approx(1 / 1.1)
    assert Clock(rate).factor_at(12) == pytest.approx(1 / 1.21)
    assert Clock(SETTINGS).factor((24, 6)) == 1


def test_cited_values() -> None:
    """The year's row, else the latest earlier one, else the blank year's, else the first."""
    rows = (
        Assumption(assumption="p", year=2028, value=2),
        Assumption(assumption="p", year=2030, value=4),
        Assumption(assumption="p", value=9),
    )
    book = Book(case(assumptions=(*rows, Assumption(assumption="q", year=2030, value=5))))
    assert [book.assumed.at("p", m) for m in (0, 12, 24, 36, 480)] == [9, 2, 2, 4, 4]
    assert book.assumed.at("q", 0) == 5
    assert book.assumed.at(0.5, 0) == 0.5


def test_mass_factors_and_shares() -> None:
    """A grade's oxide is 0.24 x 1.25 + 0.1 x 1.5 = 0.45 of its mass, two thirds of it a's; metal is oxide over its factor."""
    materials = Book(case()).materials
    assert materials.shares["n1"] == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert materials.mass_factor("n1", "magnet") == pytest.approx(1 / 0.45)
    assert materials.mass_factor("n1", "metal") == pytest.approx(2 / 3 / 1.25 + 1 / 3 / 1.5)
    assert materials.mass_factor("a", "metal") == pytest.approx(0.8)
    assert materials.mass_factor("ore", "feed") == materials.mass_factor("a", "oxide") == materials.mass_factor("a", "magnet") == 1
    assert materials.arrives_as("ore", "oxide") == ((("a", "oxide"), 0.75), (("b", "oxide"), 0.25))
    assert materials.arrives_as("ore", "feed") == ((("ore", "feed"), 1.0),)


def test_demand_is_converted_to_oxide() -> None:
    """45 t of product a year are 45 x 0.45 / 12 t of oxide a month, by growth and profile of the year."""
    row = Demand(sector="d", material="n1", form="magnet", t_per_yr=45, growth_pct_per_yr=10, profile="p")
    book = Book(case(demands=(row,), assumptions=(Assumption(assumption="p", value=1), Assumption(assumption="p", year=2028, value=0.5))))
    wanted = book.wanted["d", "n1", "magnet"]
    assert wanted[0] == pytest.approx(45 * 0.45 / 12)
    assert wanted[12] == pytest.approx(45 * 0.45 / 12 * 1.1 * 0.5)


def test_prices_fall_back_on_the_elements() -> None:
    """A basket's own row; else its elements in that form; else in the first form that holds elements; else none."""
    rows = (
        Price(index="i", material="a", form="oxide", usd_per_kg=10),
        Price(index="i", material="b", form="oxide", usd_per_kg=30, growth_pct_per_yr=10),
        Price(index="i", material="a", form="metal", usd_per_kg=20),
        Price(index="i", material="b", form="metal", usd_per_kg=40),
        Price(index="own", material="ore", form="feed", usd_per_kg=7),
        Price(index="half", material="a", form="oxide", usd_per_kg=1),
    )
    prices = Book(case(prices=rows)).prices
    assert prices.index("i", "ore", "feed", 0) == pytest.approx(0.75 * 10 + 0.25 * 30)
    assert prices.index("i", "ore", "feed", 12) == pytest.approx(0.75 * 10 + 0.25 * 33)
    assert prices.index("i", "ore", "metal", 0) == pytest.approx(0.75 * 20 + 0.25 * 40)
    assert prices.index("own", "ore", "feed", 0) == 7
    assert prices.index("half", "ore", "feed", 0) is None
    assert prices.index("i", "a", "magnet", 0) is None


def test_line_prices() -> None:
    """Index less discount, or fixed; the floor before the cap."""
    prices = (Price(index="i", material="a", form="oxide", usd_per_kg=100),)
    book, origin = Book(case(prices=prices, sources=(source(),))), source(price_factor=2)
    line = ContractLine(contract="c", source="s", price_index="i", discount_pct=10)
    assert book.prices.line(line, origin, 0) == pytest.approx(90)
    assert book.prices.line(dataclasses.replace(line, floor_usd_per_kg=110), origin, 0) == 110
    assert book.prices.line(dataclasses.replace(line, cap_usd_per_kg=80), origin, 0) == 80
    assert book.prices.line(ContractLine(contract="c", source="s", fixed_usd_per_kg=55), origin, 0) == 55
    assert book.prices.source(origin, 0) == 200
    with pytest.raises(ValueError, match="no price"):
        book.prices.line(ContractLine(contract="c", source="s"), origin, 0)


def test_lowest_price_of_a_commodity() -> None:
    """Over sources of the commodity, a basket counting for its elements at its index and factor; 0 where there is none."""
    rows = (
        Price(index="i", material="a", form="oxide", usd_per_kg=10),
        Price(index="j", material="a", form="oxide", usd_per_kg=12),
        Price(index="j", material="b", form="oxide", usd_per_kg=12),
    )
    basket = source(source="t", material="ore", form="oxide", price_index="j", price_factor=0.5)
    book = Book(case(prices=rows, sources=(source(), basket)))
    assert lowest_price(book, "a", "oxide", 0) == 6
    assert lowest_price(Book(case(prices=rows, sources=(source(),))), "a", "oxide", 0) == 10
    assert lowest_price(book, "a", "metal", 0) == 0


def test_a_source_in_normal_times() -> None:
    """Maximum by growth and availability, open from the first to the last month; normal flow at most the maximum."""
    row = source(normal_t_per_yr=600, growth_pct_per_yr=10, availability="p", first_month=Month(2027, 3), last_month=Month(2028, 2))
    rows = (Assumption(assumption="p", value=0.4), Assumption(assumption="p", year=2028, value=1))
    flow = Book(case(sources=(row,), assumptions=rows)).limits.flows["s"]
    assert flow.most[1:3] == pytest.approx([0, 40])
    assert flow.normal[1:3] == pytest.approx([0, 40])
    assert flow.most[12:15] == pytest.approx([110, 110, 0])
    assert flow.normal[12:15] == pytest.approx([55, 55, 0])
    assert flow.base == flow.most


def test_a_source_rises_no_faster_than_its_surge() -> None:
    """From a normal 50 t a month by 44 % a year: 50 x 1.2 after the sixth month, 50 x 1.44 after the twelfth; never above 70."""
    limits = Book(case(sources=(source(normal_t_per_yr=600, max_t_per_yr=840, surge=0.44),))).limits
    base = limits.flows["s"].base
    assert [base[5], base[11], base[12]] == pytest.approx([60, 70, 70])
    assert limits.base("s", 0, 2) == pytest.approx(50 * 1.44 ** (1 / 12) + 50 * 1.44 ** (2 / 12))


CUT = CutOff(cutoff="c", countries=("x",), severity=0.8, months=2, return_months=3, spot_availability=0.25)


def test_supply_comes_back_evenly() -> None:
    """80 % cut for two months, then back over three: 0.2, 0.2, 0.4, 0.6, 0.8, then all."""
    cut = Book(case(cutoffs=(CUT,))).cuts["c"]
    assert [cut.source_left(source(), k) for k in range(6)] == pytest.approx([0.2, 0.2, 0.4, 0.6, 0.8, 1])
    assert cut.window == 5
    assert Book(case(cutoffs=(dataclasses.replace(CUT, return_months=0),))).cuts["c"].source_left(source(), 2) == 1


@pytest.mark.parametrize(
    ("fields", "hit", "k", "expected"),
    [
        ({"normal_t_per_yr": 600}, True, 0, (0.2 * 50, 0.2 * 100)),
        ({"normal_t_per_yr": 600, "surge": 0.44}, True, 3, (0.6 * 50, 0.6 * 100)),
        ({"normal_t_per_yr": 600}, False, 3, (50, 100)),
        ({"normal_t_per_yr": 600, "surge": 0.44}, False, 6, (60, 100)),
        ({"normal_t_per_yr": 600, "surge": 9.0}, False, 12, (100, 100)),
        ({"normal_t_per_yr": 600, "kind": "spot"}, False, 0, (25, 100)),
        ({"normal_t_per_yr": 600, "kind": "spot"}, True, 0, (0.2 * 25, 0.2 * 100)),
    ],
)
def test_a_source_in_a_crisis(fields: dict[str, object], hit: bool, k: int, expected: tuple[float, float]) -> None:
    """(Without a contract, in all): what is hit keeps a share of its normal flow, what is not rises by its surge since the cut, a
    spot market keeps its crisis share; contracts reach up to the maximum, or what is left of it.
    """
    row = source(**fields)
    book = Book(case(sources=(row,), cutoffs=(CUT if hit else dataclasses.replace(CUT, countries=("nowhere",)),)))
    assert book.limits.crisis(row, book.cuts["c"], k, k) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fields", "cutoff", "hit"),
    [
        ({}, {}, True),
        ({"countries": ("y",)}, {}, False),
        ({"countries": ("y",)}, {"sources": ("s",)}, True),
        ({"countries": (), "plant": "p"}, {"plants": ("p",)}, True),
        ({}, {"elements": ("b",)}, False),
        ({"material": "ore"}, {"elements": ("b",)}, True),
        ({}, {"forms": ("metal",)}, False),
        ({}, {"forms": ("oxide", "metal"), "elements": ("a",)}, True),
        ({}, {"countries": ()}, False),
    ],
)
def test_what_is_hit(fields: dict[str, object], cutoff: dict[str, object], hit: bool) -> None:
    """Country passed, or source or its plant named; and element and form concerned; one that names nobody hits nothing."""
    row = dataclasses.replace(CUT, **cutoff)  # type: ignore[arg-type]
    assert Book(case(cutoffs=(row,))).cuts["c"].source_hit(source(**fields), 0) is hit


def plant(**fields: object) -> Plant:
    """An existing plant that makes metal of oxide."""
    base = Plant(plant="p", status="existing", country="x", input_form="oxide", output_form="metal", capacity_t_per_yr=1200)
    return dataclasses.replace(base, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "cutoff", "hit"),
    [
        ({}, {}, True),
        ({"country": "y"}, {}, False),
        ({"country": "y"}, {"plants": ("p",), "elements": ("b",), "forms": ("feed",)}, True),
        ({"materials": ("a",)}, {"elements": ("b",)}, False),
        ({}, {"elements": ("b",)}, True),
        ({}, {"forms": ("oxide",)}, False),
        ({}, {"forms": ("metal",)}, True),
    ],
)
def test_which_plants_stop(fields: dict[str, object], cutoff: dict[str, object], hit: bool) -> None:
    """A plant that is named; or in a cut country, with an element that it may hold and its output form concerned."""
    row = plant(**fields)
    book = Book(case(cutoffs=(dataclasses.replace(CUT, **cutoff),), plants=(row,)))  # type: ignore[arg-type]
    assert (book.cuts["c"].plant_left(row, book.chain.handled(row), 0) < 1) is hit


def test_ramps() -> None:
    """None before the first month, then by year of operation, the last one going on; run in where no month is given."""
    row = plant(ramp_pct=(30.0, 60.0))
    assert [ramp(row, m, 6) for m in (5, 6, 17, 18, 100)] == [0, 0.3, 0.3, 0.6, 0.6]
    assert ramp(row, 0, -6) == 0.3
    assert ramp(row, 0, None) == 0.6


def test_capacity_of_candidates_adds_up() -> None:
    """Two units on line for a year and one that is new: 100 t a month x half for the buyer x (2 x 60 % + 1 x 30 %)."""
    row = plant(status="candidate", share_for_buyer=0.5, ramp_pct=(30.0, 60.0))
    assert Book(case(plants=(row,))).chain.capacity(row, 12, [(0, 2), (12, 1), (13, 9)]) == pytest.approx(50 * 1.5)


def test_line_limits() -> None:
    """The smaller of tonnes and share at the most, the larger at the least, and the least no more than the most."""
    lines = (
        ContractLine(contract="c", source="s", max_t_per_yr=600, max_share=0.75, min_t_per_yr=120, min_share=0.2),
        ContractLine(contract="d", source="s", max_share=0.75, min_t_per_yr=2400),
    )
    limits = Book(case(sources=(source(growth_pct_per_yr=-50),), contract_lines=lines)).limits
    flows = {key: limits.line_flow(*key, 0) for key in limits.lines}
    assert (flows["c", "s"].least[0], flows["c", "s"].most[0]) == pytest.approx((20, 50))
    assert (flows["c", "s"].least[12], flows["c", "s"].most[12]) == pytest.approx((10, 37.5))
    assert (flows["d", "s"].least[0], flows["d", "s"].most[0]) == pytest.approx((75, 75))


def test_separation() -> None:
    """A tonne of ore gives each element with its recovery; feed counts as it is; half of the loss comes back as ore."""
    row = plant(input_form="feed", output_form="oxide", recovery=0.9, capacity_basis="feed", scrap_form="feed", scrap_return_share=0.5)
    activity = Book(case(plants=(row,), recoveries=(Recovery(plant="p", element="b", recovery=0.8),))).chain.activity("p", "ore")
    assert activity is not None
    assert activity.separation
    assert activity.inputs == ((("ore", "feed"), 1.0),)
    assert dict(activity.outputs) == pytest.approx({("a", "oxide"): 0.675, ("b", "oxide"): 0.2})
    assert dict(activity.scrap) == pytest.approx({("ore", "feed"): 0.0625})
    assert activity.use == 1


def test_alloy_making_and_magnet_making() -> None:
    """A grade takes metals by its recipe and counts in its own mass; its scrap is parted where elements are held."""
    alloy = plant(input_form="metal", output_form="magnet", recovery=0.9, capacity_mass="product", scrap_form="oxide", scrap_return_share=1)
    chain = Book(case(plants=(alloy, plant(plant="q", input_form="magnet", output_form="feed", recovery=0.5)))).chain
    activity = chain.activity("p", "n1")
    assert activity is not None
    assert not activity.separation
    assert dict(activity.inputs) == pytest.approx({("a", "metal"): 2 / 3, ("b", "metal"): 1 / 3})
    assert activity.outputs == ((("n1", "magnet"), 0.9),)
    assert dict(activity.scrap) == pytest.approx({("a", "oxide"): 0.1 * 2 / 3, ("b", "oxide"): 0.1 / 3})
    assert activity.use == pytest.approx(0.9 / 0.45)
    other = chain.activity("q", "n1")
    assert other is not None
    assert (other.outputs, other.use) == (((("n1", "feed"), 0.5),), 0.5)


def test_feed_counted_in_its_own_mass() -> None:
    """Feed of metals by recipe: the sum of shares times their metal per oxide."""
    alloy = plant(input_form="metal", output_form="magnet", capacity_basis="feed", capacity_mass="product")
    activity = Book(case(plants=(alloy,))).chain.activity("p", "n1")
    assert activity is not None
    assert activity.use == pytest.approx(2 / 3 / 1.25 + 1 / 3 / 1.5)


@pytest.mark.parametrize(("fields", "material"), [({}, "ore"), ({}, "z"), ({"materials": ("b",)}, "a"), ({"status": "supplier"}, "a")])
def test_what_a_plant_does_not_handle(fields: dict[str, object], material: str) -> None:
    """Metal making takes elements only, those listed only; a supplier's plant is not the buyer's."""
    assert Book(case(plants=(plant(**fields),))).chain.activity("p", material) is None


def test_annuity_and_capitalisation() -> None:
    """1 million over two years at 10 % is 0.1 / (1 - 1/1.21); without interest a half; building time adds interest."""
    assert annuity(1, 0.1, 2) == pytest.approx(0.1 / (1 - 1 / 1.21))
    assert annuity(1, 0, 2) == 0.5

    def built(months: int, *spend_pct: float) -> Plant:
        forms = {"input_form": "feed", "output_form": "oxide", "capacity_t_per_yr": 1.0}
        return Plant(plant="works", status="candidate", country="", build_months=months, spend_pct=spend_pct, **forms)

    def worth(capital: float, rate: float, plant: Plant) -> float:
        return capitalised([(m, capital * share) for m, share in spends(plant)], rate, plant, plant.build_months)

    assert worth(5, 0.21, built(0)) == 5
    assert worth(5, 0, built(7)) == pytest.approx(5)
    assert worth(1, 0.21, built(2)) == pytest.approx((1.21 ** (0.5 / 12) + 1.21 ** (1.5 / 12)) / 2)
    assert worth(1, 0.21, built(13, 25, 75)) == pytest.approx(
        0.25 * sum(1.21 ** ((12.5 - k) / 12) for k in range(12)) / 12 + 0.75 * 1.21 ** (0.5 / 12)
    )


def test_opening_stock_is_what_is_really_there() -> None:
    """The stated stock times its share at the start's year."""
    stock = Stock(store="d", material="a", form="oxide", opening_t=10, opening_share="p")
    rows = (Assumption(assumption="p", year=2027, value=0.7), Assumption(assumption="p", year=2028, value=1))
    assert Book(case(stocks=(stock,), assumptions=rows)).opening(("d", "a", "oxide")) == pytest.approx(7)
