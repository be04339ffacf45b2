"""How many closed forms there are."""

from __future__ import annotations

import test_deals_in_closed_form
import test_money_in_closed_form
import test_survival_in_closed_form


def test_there_are_forty_at_least() -> None:
    """Each test of the three modules is one formula, which its docstring states; those with several figures count once."""
    modules = (test_survival_in_closed_form, test_money_in_closed_form, test_deals_in_closed_form)
    forms = [f for module in modules for name, f in vars(module).items() if name.startswith("test_")]
    assert len(forms) >= 60
    assert all(f.__doc__ for f in forms)
