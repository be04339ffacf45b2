"""Planted faults: single mistakes in the rules of the model are caught, each by a test that is named."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from faults import FAULTS, Fault
from page import PAGE, page
from planting import fails, function_at, planted

AT_LEAST = 40


def test_there_are_forty_at_least() -> None:
    """Forty faults or more, none twice, in a score of the model's modules."""
    assert len(FAULTS) >= AT_LEAST
    assert len({f.name for f in FAULTS}) == len({(f.module, f.right, f.wrong) for f in FAULTS}) == len(FAULTS)
    assert len({f.module for f in FAULTS}) >= 20


def test_each_stands_where_the_table_says() -> None:
    """What each fault changes stands once in its module, and its test exists: a rule that is rewritten takes its row along."""
    for fault in FAULTS:
        text = Path(str(importlib.import_module(fault.module).__file__)).read_text(encoding="utf-8")
        assert text.count(fault.right) == 1, fault.name
        assert callable(function_at(fault.test)), fault.name


def test_the_page_shows_the_table() -> None:
    """docs/planted.md is what the table prints; `python tests/planted/page.py` mends it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_what_is_planted_is_taken_out_again() -> None:
    """A fault lasts as long as the block that plants it, also where it is caught there; a change of nothing is refused."""
    fault = FAULTS[0]
    assert not fails(fault.test)
    with pytest.raises(ZeroDivisionError), planted(fault.module, fault.right, fault.wrong):
        assert fails(fault.test)
        raise ZeroDivisionError
    assert not fails(fault.test)
    with pytest.raises(ValueError, match="0 times"), planted(fault.module, "what does not stand there", ""):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_each_is_caught(fault: Fault) -> None:
    """The test passes, fails with the fault, and passes again."""
    assert not fails(fault.test)
    with planted(fault.module, fault.right, fault.wrong):
        assert fails(fault.test), fault.name
    assert not fails(fault.test)
