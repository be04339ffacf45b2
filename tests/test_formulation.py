"""The formulation page says all that the model holds, and no rule is untested."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest

from models import formulation
from models.check import check
from models.cost import TERMS
from models.formulation import BOUNDS, MEANINGS, WHERE, algebra, bounded, example, example_models, number, rules


@pytest.fixture(scope="module")
def models() -> tuple[Any, Any]:
    return example_models()


@pytest.fixture(scope="module")
def text() -> str:
    return formulation.page()


def components(models: tuple[Any, Any], kind: Any) -> set[str]:
    return {c.local_name for m in models for c in m.component_objects(kind, descend_into=True) if len(c)}


def test_the_example_has_every_feature(models: tuple[Any, Any]) -> None:
    """The case is sound, every rule of the model has an instance in it, and every cost term a piece."""
    assert [f for f in check(example()) if f.severity == "error"] == []
    declared = {c.local_name for m in models for c in m.component_objects(pyo.Constraint, descend_into=True)}
    assert set(rules(models[0])) | set(rules(models[1])) == declared
    assert {p.term for p in models[0].cost_pieces if p.usd_m} == set(TERMS)


def test_every_rule_is_on_the_page(models: tuple[Any, Any], text: str) -> None:
    """Each rule has its heading with number and sentence, its name, and an instance in each kind of run that has it."""
    base, cut = rules(models[0]), rules(models[1])
    for name in {**base, **cut}:
        section = text.split(f"\n`{name}`, ")[1].split("\n### ")[0]
        shown = base.get(name) or cut[name]
        assert f"\n### {shown.number}: {shown.sentence}\n" in text
        assert ("\nbase plan: " in section) is (name in base)
        assert ("\nrecourse:  " in section) is (name in cut)


def test_numbers_are_unique_and_in_the_docstrings(models: tuple[Any, Any], root: Path) -> None:
    """No two rules share a number; each number with its sentence stands in the docstring of the block that holds the rule."""
    found = {**rules(models[0]), **rules(models[1])}
    assert len({r.number for r in found.values()}) == len(found)
    blocks = [p.read_text(encoding="utf-8") for folder in ("commitments", "operations") for p in (root / "models" / folder).glob("*.py")]
    for rule in found.values():
        (block,) = [b for b in blocks if f"def {rule.name}(" in b]
        assert f"\n({rule.number}) " in block.split('"""')[1], rule.number


def test_every_variable_set_and_term_is_on_the_page(models: tuple[Any, Any], text: str) -> None:
    """Variables and sets have lines with their meaning; every variable but the margin says over what it runs; no word is missing."""
    variables, sets = text.split("\n## Variables\n")[1].split("\n## ")[0], text.split("\n## Index sets\n")[1].split("\n## ")[0]
    for name in components(models, pyo.Var):
        assert re.search(rf"^\| `{name}` \|.*\| [^|]+ \|$", variables, re.M), name
    named = {c.local_name for m in models for c in m.component_objects(pyo.Set, descend_into=True) if len(c) and c.local_name.isupper()}
    for name in named - {"MARGIN"}:
        assert f"\n| `{name}` | " in sets, name
    assert set(MEANINGS) == set(TERMS)


def test_bounds_and_places_have_words(models: tuple[Any, Any]) -> None:
    """Every variable with a bound that can bind has its meaning, and nothing else has; the same for rules without a named set."""
    assert set(bounded(models[0])) | set(bounded(models[1])) == set(BOUNDS)
    unnamed = {
        c.local_name for m in models for c in m.component_objects(pyo.Constraint, descend_into=True) if len(c) and not c.index_set().doc
    }
    assert unnamed == set(WHERE)


def test_no_rule_is_untested(models: tuple[Any, Any], root: Path) -> None:
    """The name of each rule stands in a test of the blocks, in a comparison of its printed equations."""
    tests = "\n".join(p.read_text(encoding="utf-8") for p in (root / "tests" / "models").glob("test_*.py"))
    printed = set(re.findall(r"equations\(.*?\"(\w+)\"\)", tests, re.S))
    assert set(rules(models[0])) | set(rules(models[1])) <= printed


def test_tables_are_not_broken(text: str) -> None:
    """Every line of a table has as many cells as its head."""
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1, block


@pytest.fixture
def toy() -> Any:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(["a"], [1])
    m.y = pyo.Var()
    return m


@pytest.mark.parametrize(
    ("left", "right", "lower", "upper"),
    [
        ("2 x[a, 1] + y", "5", None, 5),
        ("7 + 2 x[a, 1] + y", "0", None, -7),
    ],
)
def test_algebra_puts_constants_where_they_are_positive(toy: Any, left: str, right: str, lower: float | None, upper: float) -> None:
    """A negative limit moves to the left as a positive number."""
    toy.rule = pyo.Constraint(expr=(lower, 2 * toy.x["a", 1] + toy.y, upper))
    assert algebra(toy.rule) == f"{left} <= {right}"


def test_algebra_never_subtracts(toy: Any) -> None:
    """Negative terms stand on the other side; where nothing would be left on the left, both sides change places; zero is said."""
    x, y = toy.x["a", 1], toy.y
    toy.balance = pyo.Constraint(expr=x - 0.5 * y == 3)
    toy.negative = pyo.Constraint(expr=-2 * x - y <= -4)
    toy.sign = pyo.Constraint(expr=(0, x - y, None))
    assert [algebra(r) for r in (toy.balance, toy.negative, toy.sign)] == ["x[a, 1] = 3 + 0.5 y", "2 x[a, 1] + y >= 4", "x[a, 1] >= y"]


def test_algebra_refuses_what_it_cannot_say(toy: Any) -> None:
    """A product of variables and a range raise; a rule without number and sentence has no place on the page."""
    toy.product = pyo.Constraint(expr=toy.y * toy.y <= 1)
    toy.range = pyo.Constraint(expr=(1, toy.y, 2))
    for rule in (toy.product, toy.range):
        with pytest.raises(ValueError, match=rule.name):
            algebra(rule)
    with pytest.raises(ValueError, match="has no number"):
        rules(toy)


def test_numbers_as_written() -> None:
    """Six digits, no trailing zeros."""
    assert [number(v) for v in (12.0, 1 / 3, 1e-7)] == ["12", "0.333333", "1e-07"]
