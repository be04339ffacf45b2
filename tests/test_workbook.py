"""The reader: what it says of every kind of slip, word for word, and that no slip of a cell goes unnoticed."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from workbooks import Grids, full_case, grids_of, letter, position, put, read, record_of, save

from optimizer.workbook import Fault, InputRefused, read_case


@pytest.fixture
def grids() -> Grids:
    return grids_of(full_case())


def test_plain_workbook_is_read_as_the_case_it_holds(grids: Grids, tmp_path: Path) -> None:
    """Without a slip nothing is complained about and every value arrives."""
    case, faults = read(save(grids, tmp_path / "plain.xlsx"))
    assert faults == ()
    assert case == full_case()


ONE_CELL: list[tuple[str, str, object, str]] = [
    (
        "DemandReference",
        "t_per_yr",
        "abc",
        "error: DemandReference!B2: found 'abc'; expected a number, at least 0. This is text. Type the number.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        "1,5",
        "error: DemandReference!B2: found '1,5'; expected a number, at least 0. This is text that looks like 1.5. "
        "Format the cell as a number and type it again.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        "600",
        "error: DemandReference!B2: found '600'; expected a number, at least 0. This is text that looks like 600. "
        "Format the cell as a number and type it again.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        "1.234,5",
        "error: DemandReference!B2: found '1.234,5'; expected a number, at least 0. This is text that looks like a number with separators "
        "for thousands. Format the cell as a number and type it again.",
    ),
    (
        "Demand",
        "service_level",
        "90 %",
        "error: Demand!H2: found '90 %'; expected a number from 0 to 1, or blank for 1. This is text that looks like 90 percent. "
        "Format the cell as a number and type it again.",
    ),
    (
        "Demand",
        "service_level",
        95,
        "error: Demand!H2: found 95.0; expected a number from 0 to 1, or blank for 1. A share is written 0.95 for 95 %.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        "#DIV/0!",
        "error: DemandReference!B2: found '#DIV/0!'; expected a number, at least 0. Mend the formula that gives this "
        "error, or type the value.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        "=2*300",
        "error: DemandReference!B2: found 'a formula'; expected a number, at least 0. The formula has no stored value: "
        "open the file in Excel, "
        "save it, and try again.",
    ),
    ("DemandReference", "t_per_yr", None, "error: DemandReference!B2: nothing found; expected a number, at least 0. Fill the cell."),
    (
        "DemandReference",
        "t_per_yr",
        True,
        "error: DemandReference!B2: found True; expected a number, at least 0. This is a true/false value. Type the number.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        datetime.datetime(2027, 3, 1),
        "error: DemandReference!B2: found '2027-03-01'; expected a number, at least 0. This is a date. "
        "Format the cell as a number and type it again.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        -4,
        "error: DemandReference!B2: found -4.0; expected a number, at least 0. Type a number within the bounds. The column is in t REO/yr.",
    ),
    (
        "DemandReference",
        "t_per_yr",
        1e300,
        "error: DemandReference!B2: found 1e+300; expected a number, at least 0. This is too large to be meant; no "
        "number may be larger than "
        "1,000,000,000. The column is in t REO/yr.",
    ),
    ("Demand", "tier", 1.5, "error: Demand!D2: found 1.5; expected a whole number, at least 1, or blank for 1. Type a whole number."),
    (
        "Demand",
        "material",
        "ND",
        "error: Demand!B2: found 'ND'; expected a name that stands on Elements (column element) or Compositions (column mixture) or "
        "Recipes (column grade). Did you mean 'Nd'?",
    ),
    (
        "Demand",
        "form",
        "powder",
        "error: Demand!C2: found 'powder'; expected a name that stands on Forms (column form). Add it to the sheet Forms, "
        "or correct the name.",
    ),
    (
        "Demand",
        "rationing",
        "prized",
        "error: Demand!K2: found 'prized'; expected 'no' or 'priced', or blank for no. Did you mean 'priced'?",
    ),
    ("Demand", "protected", "maybe", "error: Demand!I2: found 'maybe'; expected yes or no, or blank for yes. Type yes or no."),
    (
        "Demand",
        "profile",
        "rise of suply",
        "error: Demand!G2: found 'rise of suply'; expected a name that stands on Assumptions (column assumption). "
        "Did you mean 'rise of supply'?",
    ),
    (
        "Demand",
        "profile",
        "0,9",
        "error: Demand!G2: found '0,9'; expected a number, at least 0, or the name of an assumption, or blank for 1. "
        "This is text that looks like 0.9. Format the cell as a number and type it again.",
    ),
    (
        "Demand",
        "sector",
        "Total",
        "error: Demand!A2: found 'Total'; expected no totals among the rows. Delete the row, or move it to a sheet whose name starts "
        "with '_': it would be counted as one more row.",
    ),
    (
        "Demand",
        "sector",
        7,
        "error: Demand!A2: found 7; expected a name. This is a number, not a name. Format the cell as text and type the name again.",
    ),
    (
        "Demand",
        "sector",
        " vehicle motors",
        "warning: Demand!A2: found ' vehicle motors'; expected 'vehicle motors'. Blanks around the name are left out. Delete them.",
    ),
    (
        "Contracts",
        "sign_to",
        "12/2028",
        "error: Contracts!E2: found '12/2028'; expected a month as YYYY-MM, or blank. Type it as YYYY-MM, for example 2027-01.",
    ),
    (
        "Contracts",
        "sign_to",
        46357,
        "error: Contracts!E2: found 46357; expected a month as YYYY-MM, or blank. This is a number. Format the cell as text and type the "
        "month, for example 2027-01.",
    ),
    (
        "Contracts",
        "sign_to",
        datetime.datetime(2028, 12, 24),
        "error: Contracts!E2: found '2028-12-24'; expected a month as YYYY-MM, or blank. This is a day. "
        "Type the month, for example 2028-12.",
    ),
    (
        "Plants",
        "ramp_pct",
        "50, 80, 100",
        f"error: Plants!{letter('Plants', 'ramp_pct')}2: found '50, 80, 100'; expected numbers separated by semicolons "
        "from 0 to 100, or blank for 100. "
        "'50, 80, 100' is not a number. Separate numbers by semicolons and write decimals with a point, for example 50; 82.5; 100.",
    ),
    (
        "Plants",
        "materials",
        "Nd;; Dy",
        "error: Plants!G2: found 'Nd;; Dy'; expected names separated by semicolons, or blank. There is nothing between two semicolons. "
        "Delete one of them.",
    ),
    (
        "CutOffs",
        "months",
        48,
        f"error: CutOffs!{letter('CutOffs', 'months')}2: found 48; expected a whole number from 1 to 36. A cut that lasts longer is no "
        "shock: state it as an assumption of the base plan, with availability 0.",
    ),
    (
        "Settings",
        "schema_version",
        2,
        "error: Settings!B2: found 2; expected 1. Write a new workbook with the 'template' command and move the figures, or use the "
        "version that wrote this one.",
    ),
    (
        "Settings",
        "horizon_months",
        None,
        "error: Settings!B5: nothing found; expected a whole number from 1 to 600. Fill the cell.",
    ),
]


@pytest.mark.parametrize(("sheet", "column", "value", "words"), ONE_CELL, ids=lambda v: str(v)[:24])
def test_one_slip_is_told_in_these_words(grids: Grids, tmp_path: Path, sheet: str, column: str, value: object, words: str) -> None:
    """A planner reads the cell, what stands there, what is expected, how to mend it; and nothing else is complained about there."""
    cell = put(grids, sheet, column, 0, value)
    _, faults = read(save(grids, tmp_path / "slip.xlsx"))
    told = [str(fault) for fault in faults if (fault.sheet, fault.cell) == (sheet, cell)]
    assert told == [re.sub(rf"{sheet}![A-Z]+(\d+)", f"{sheet}!{cell}", words, count=1)]


def test_all_faults_come_at_once_in_the_order_of_the_workbook(grids: Grids, tmp_path: Path) -> None:
    """Slips on three sheets are all told by one reading, and none of them is told again as a consequence."""
    slips = (("Elements", "oxide_per_metal", 2, "1,15"), ("Demand", "t_per_yr", 1, None), ("Demand", "form", 2, "metall"))
    places = [f"{slip[0]}!{put(grids, *slip)}" for slip in (*slips, ("CutOffs", "severity", 0, 1.5))]
    case, faults = read(save(grids, tmp_path / "slips.xlsx"))
    assert case is None
    assert [fault.place for fault in faults] == places
    assert {fault.severity for fault in faults} == {"error"}


def test_refused_says_all_in_its_message(grids: Grids, tmp_path: Path) -> None:
    """The exception itself can be printed."""
    put(grids, "Demand", "t_per_yr", 0, "abc")
    with pytest.raises(InputRefused, match=r"the workbook has 1 error\nerror: Demand!E2: found 'abc'"):
        read_case(save(grids, tmp_path / "slip.xlsx"))


def test_cells_that_mean_the_same_are_read_the_same(grids: Grids, tmp_path: Path) -> None:
    """Real dates for months, true and false for yes and no, whole floats, a lone number for a list: no fault, equal case."""
    put(grids, "Contracts", "sign_to", 0, datetime.datetime(2028, 12, 1))
    put(grids, "Settings", "start", 0, datetime.date(2027, 1, 1))
    put(grids, "Demand", "protected", 0, True)
    put(grids, "Demand", "protected", 1, "YES")
    put(grids, "Demand", "tier", 0, 1.0)
    put(grids, "Plants", "ramp_pct", 0, 100)
    put(grids, "Elements", "dated", 0, 2026)
    put(grids, "Plants", "materials", 1, "Nd;Dy;")
    grids["Demand"].insert(2, [None] * len(grids["Demand"][0]))
    grids["Demand"].append(["  "])
    case, faults = read(save(grids, tmp_path / "same.xlsx"))
    assert faults == ()
    assert case == full_case()


def test_percent_format_in_a_percent_column_is_refused(grids: Grids, tmp_path: Path) -> None:
    """4 % typed into Excel is stored as 0.04: in a column in % it would be a hundred times too small."""

    def percent(workbook: Workbook) -> None:
        workbook["Settings"]["B9"].number_format = "0.0%"
        workbook["Demand"]["H2"].number_format = "0%"

    assert put(grids, "Settings", "discount_rate_pct", 0, 0.04) == "B9"
    _, faults = read(save(grids, tmp_path / "percent.xlsx", percent))
    assert [str(fault) for fault in faults] == [
        "error: Settings!B9: found 0.04; expected a number from 0 to 50, or blank for 0. The cell shows 4% but holds 0.04; this column "
        "counts in percent. Format it as a number and type 4."
    ]


Spoil = Callable[[Grids], None]


def _rename(sheet: str, old: str, new: str) -> Spoil:
    def spoil(grids: Grids) -> None:
        place = position(record_of(sheet), old)
        grids[sheet][0][place] = new

    return spoil


def _drop_column(sheet: str, column: str) -> Spoil:
    def spoil(grids: Grids) -> None:
        place = position(record_of(sheet), column)
        for row in grids[sheet]:
            del row[place]

    return spoil


SHEET_SLIPS: list[tuple[str, Spoil, list[str]]] = [
    (
        "renamed column",
        _rename("Demand", "growth_pct_per_yr", "growth_pct_per_year"),
        [
            "error: Demand!F1: found 'growth_pct_per_year'; expected a column of this sheet. Did you mean 'growth_pct_per_yr'? "
            "Rename the column."
        ],
    ),
    (
        "own column",
        _rename("Demand", "growth_pct_per_yr", "xyz"),
        [
            "error: Demand!F1: found 'xyz'; expected a column of this sheet. Rename the column, or move it to a sheet whose name starts "
            "with '_'."
        ],
    ),
    (
        "blank header",
        _rename("Demand", "growth_pct_per_yr", None),  # type: ignore[arg-type]
        [
            "error: Demand!F1: nothing found; expected a column name above values. Write the name of the column in row 1, or delete the "
            "column; F2 holds 5."
        ],
    ),
    (
        "other unit",
        _rename("Demand", "t_per_yr", "t_per_yr\n[kg/yr]"),
        [
            "error: Demand!E1: found 't_per_yr\\n[kg/yr]'; expected the unit 't/yr'. Convert the figures of the column and restore its "
            "header."
        ],
    ),
    (
        "repeated header",
        _rename("Demand", "growth_pct_per_yr", "t_per_yr\n[t/yr]"),
        ["error: Demand!F1: found 't_per_yr'; expected each column once. Delete or rename one of the two columns."],
    ),
    (
        "missing column",
        _drop_column("Demand", "t_per_yr"),
        [
            "error: Demand: nothing found; expected a column 't_per_yr'. Add the column: Demand in the first year of the plan, in tonnes "
            "of the form's own mass (REO, metal or product), or the assumption that gives it by period."
        ],
    ),
    ("missing optional column", _drop_column("Demand", "note"), []),
    (
        "missing sheet",
        lambda grids: grids.__delitem__("Forms"),
        ["error: Forms: nothing found; expected a sheet 'Forms' (the forms of the chain). Add the sheet, as in the template."],
    ),
    (
        "empty sheet",
        lambda grids: grids.__setitem__("Forms", []),
        ["error: Forms: found 'no rows'; expected at least one row (the forms of the chain). Fill the sheet."],
    ),
    (
        "misspelt sheet",
        lambda grids: grids.__setitem__("stocks ", grids.pop("Stocks")),
        ["error: stocks : found 'stocks '; expected a sheet of this workbook. Did you mean 'Stocks'? Rename the sheet."],
    ),
    ("own sheets", lambda grids: grids.update({"_sketch": [["x"]], "read me": [["hello"]]}), []),
    (
        "repeated key",
        lambda grids: grids["Elements"].append(list(grids["Elements"][1])),
        [
            "error: Elements!A5: found 'La'; expected each element once. The same element stands in filled row 1 below the header too. "
            "Join the two rows or delete one."
        ],
    ),
    (
        "repeated setting",
        lambda grids: grids["Settings"].append(["start", "2028-01", None, None]),
        ["error: Settings!A17: found 'start'; expected each setting once. It is set in B4 too. Delete one line."],
    ),
    (
        "unknown setting",
        lambda grids: grids["Settings"].append(["horizon_month", 48, None, None]),
        ["error: Settings!A17: found 'horizon_month'; expected the name of a setting. Did you mean 'horizon_months'?"],
    ),
    (
        "setting in another unit",
        lambda grids: grids["Settings"][4].__setitem__(2, "years"),
        ["error: Settings!C5: found 'years'; expected the unit 'months'. Convert the value and restore the unit."],
    ),
]


@pytest.mark.parametrize(("spoil", "words"), [slip[1:] for slip in SHEET_SLIPS], ids=[slip[0] for slip in SHEET_SLIPS])
def test_slips_of_sheets_and_columns(grids: Grids, tmp_path: Path, spoil: Spoil, words: list[str]) -> None:
    """A sheet or column that is missing, repeated, misspelt or in another unit is named; what may be missing is not missed."""
    spoil(grids)
    _, faults = read(save(grids, tmp_path / "slip.xlsx"))
    assert [str(fault) for fault in faults] == words


def test_unread_sheets_hidden_rows_and_hidden_sheets_are_mentioned(grids: Grids, tmp_path: Path) -> None:
    """What is read though nobody sees it, and what is seen though nobody reads it, are warnings that do not refuse."""
    grids["Sketches"] = [["x"]]

    def hide(workbook: Workbook) -> None:
        workbook["Demand"].row_dimensions[3].hidden = True
        workbook["Prices"].sheet_state = "hidden"

    case, faults = read(save(grids, tmp_path / "hidden.xlsx", hide))
    assert case == full_case()
    assert {(fault.place, str(fault.value), fault.severity) for fault in faults} == {
        ("Demand!A3", "1 hidden row", "warning"),
        ("Prices", "a hidden sheet", "warning"),
        ("Sketches", "Sketches", "warning"),
    }


def test_merged_cells_are_refused_by_their_range(grids: Grids, tmp_path: Path) -> None:
    """A merged cell would leave the rows below it blank."""
    _, faults = read(save(grids, tmp_path / "merged.xlsx", lambda workbook: workbook["Demand"].merge_cells("A2:A3")))
    assert "error: Demand!A2:A3: found 'merged cells'; expected no merged cells. Unmerge them and fill each cell." in map(str, faults)


def test_reading_writes_nothing(grids: Grids, tmp_path: Path) -> None:
    """The file and its folder are the same after it was read, accepted or refused."""
    good = save(grids, tmp_path / "good.xlsx")
    put(grids, "Demand", "t_per_yr", 0, "abc")
    bad = save(grids, tmp_path / "bad.xlsx")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    read(good)
    read(bad)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_a_fault_is_a_plain_record() -> None:
    """Faults can be compared, sorted out and turned into JSON."""
    fault = Fault("Demand", "E2", 1.5, "a whole number", "Type one.", "warning")
    assert dataclasses.asdict(fault)["cell"] == "E2"
    assert fault.place == "Demand!E2"
    assert letter("Demand", "t_per_yr") == "E"
