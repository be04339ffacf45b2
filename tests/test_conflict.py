"""A case without any plan: the rows that contradict each other are found, and no others."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from small_cases import case, cutoff, source, stock

from models.case import Case, Fix
from optimizer import cli, conflict
from optimizer.conflict import Obligation, has_base_plan, keeping, obligations
from optimizer.errors import NoBasePlan
from optimizer.exit_codes import ExitCode
from optimizer.solve import solve
from optimizer.template import write_case


def contradiction() -> Case:
    """24 t a year for sale, 30 t to be held after a year; a rule that has nothing to do with it; and one that could be kept."""
    return case(
        stocks=(stock(minimum_t=30.0, capacity_t=50.0),),
        fixes=(
            Fix(decision="purchase", name="trade beta", action="at most", value=5.0),
            Fix(decision="purchase", name="trade", action="at most", value=40.0),
        ),
        cutoffs=(cutoff(),),
    )


def test_the_rows_that_contradict_each_other_are_told() -> None:
    """30 t in store after the first year cannot be had from 24 t a year: that cell alone is named, with what stands in it."""
    with pytest.raises(NoBasePlan) as told:
        solve(contradiction())
    assert told.value.rows == ("Stocks row 1 (store, alpha, powder): minimum_t 30",)
    assert str(told.value) == "no plan exists, even without a cut-off: Stocks row 1 (store, alpha, powder): minimum_t 30 cannot be kept"


def test_several_rows_are_told_together() -> None:
    """20 t in store at each year's end can be had, and at most 15 t bought too, but not both; the other rules are not named."""
    fixes = (
        Fix(decision="purchase", name="trade beta", action="at most", value=5.0),
        Fix(decision="purchase", name="trade", action="at most", value=15.0),
    )
    with pytest.raises(NoBasePlan, match="these rows cannot all be kept") as told:
        solve(case(stocks=(stock(minimum_t=20.0, capacity_t=50.0),), fixes=fixes))
    assert told.value.rows == ("Stocks row 1 (store, alpha, powder): minimum_t 20", "Fixes row 2 (purchase, trade, at most)")


@pytest.mark.parametrize("guilty", [s for k in (1, 2, 3) for s in itertools.combinations(range(5), k)])
def test_exactly_the_guilty_are_found(guilty: tuple[int, ...]) -> None:
    """Whatever one to three of five rows contradict each other, they are found, all of them and no others."""
    rules = tuple(Fix(decision="purchase", name="trade", action="at most", value=float(n)) for n in range(5))

    def possible(kept: Case) -> bool:
        return not {float(n) for n in guilty} <= {row.value for row in kept.fixes}

    found = conflict.conflict(case(fixes=rules), possible)
    assert found == tuple(Obligation("fixes", n) for n in guilty)


def test_what_is_no_obligation_is_left_alone() -> None:
    """A case without obligations has none; all of them kept is the case itself."""
    assert obligations(case(stocks=(stock(),))) == ()
    made = contradiction()
    assert keeping(made, obligations(made)) == made
    assert has_base_plan(keeping(made, ()))
    assert conflict.conflict(case(sources=(source(),)), lambda _: False) == ()


def test_the_command_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 4, one line with the rows, nothing written."""
    monkeypatch.chdir(tmp_path)
    write_case(contradiction(), tmp_path / "case.xlsx")
    assert cli.run(["solve", "case.xlsx", "--quiet"]) == ExitCode.IMPOSSIBLE
    assert "no plan exists, even without a cut-off: Stocks row 1 (store, alpha, powder): minimum_t 30" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["case.xlsx"]
