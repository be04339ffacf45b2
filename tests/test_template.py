"""The workbook that is written: it comes back as the same case, explains itself, and holds no surprise."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from workbooks import full_case

from models.case import Case, Demand, SettingSource, sheets_of_case
from models.check import check
from models.columns import Month, columns_of
from models.kinds import Kind, expected_words, is_required, kinds_of, sheet_columns
from optimizer import cells
from optimizer.cells import atomic_save, plain_text, safe_cell, stored_text
from optimizer.faults import InputRefused
from optimizer.plan_file import input_sha256
from optimizer.template import example_case, header_text, write_case
from optimizer.workbook import read_case, read_with_warnings


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a workbook."""
    path = tmp_path_factory.mktemp("template") / "example.xlsx"
    write_case(example_case(), path, all_sheets=True)
    return path


def test_example_comes_back_equal_and_without_a_complaint(written: Path) -> None:
    """What is written is read as the same case; the example has neither errors nor warnings."""
    assert read_with_warnings(written) == (example_case(), ())
    assert check(example_case()) == ()


def test_the_name_of_an_assumption_stands_off_the_number_to_its_left(tmp_path: Path) -> None:
    """A cell that cites one is indented, and of a format that takes a number instead; a number beside it is not."""
    made = example_case()
    name = made.assumptions[0].assumption
    rows = (dataclasses.replace(made.stocks[0], cover_days=name), *(dataclasses.replace(row, cover_days=None) for row in made.stocks[1:]))
    write_case(dataclasses.replace(made, stocks=rows), tmp_path / "cited.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "cited.xlsx")["Stocks"]
    column = next(cell.column for cell in sheet[1] if str(cell.value).startswith("cover_days"))
    first, second = sheet.cell(2, column), sheet.cell(3, column)
    assert (first.value, first.number_format, first.alignment.horizontal, first.alignment.indent) == (name, "General", "left", 1)
    assert second.alignment.indent == 0


def test_every_font_is_named_and_the_settings_are_not_cut_off(tmp_path: Path) -> None:
    """A font without a name is shown differently by every program; a long title makes its row higher."""
    settings = dataclasses.replace(example_case().settings, title="a title of many words " * 4)
    write_case(dataclasses.replace(example_case(), settings=settings), tmp_path / "long.xlsx")
    book = openpyxl.load_workbook(tmp_path / "long.xlsx")
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert {cell.font.name for sheet in shown for row in sheet.iter_rows() for cell in row} == {"Calibri"}
    row = next(cells[0].row for cells in book["Settings"].iter_rows() if cells[0].value == "title")
    assert book["Settings"].row_dimensions[row].height >= 45


def test_every_column_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value other than the default in every column of every sheet is written and read back."""
    case = _unusual(full_case())
    monkeypatch.setattr("models.check.examine", lambda case, doubtful: ())
    write_case(case, tmp_path / "unusual.xlsx")
    assert read_case(tmp_path / "unusual.xlsx") == case


def _unusual(case: Case) -> Case:
    changes: dict[str, Any] = {}
    for sheet in sheets_of_case():
        content, record = getattr(case, sheet.name), sheet.metadata["record"]
        fields = columns_of(record)
        first = content[0] if isinstance(content, tuple) else content
        other = dataclasses.replace(first, **{f.name: _other(f, kinds_of(record)[f.name], n) for n, f in enumerate(fields)})
        changes[sheet.name] = (other, *content[1:]) if isinstance(content, tuple) else other
    return dataclasses.replace(case, **changes)


def _other(field: dataclasses.Field[Any], kind: Kind, number: int) -> object:
    if field.metadata["choices"]:
        return field.metadata["choices"][-1]
    one: object = {
        "text": f"=name {number}, \u00e9\u6f22\n+2",
        "whole": 7 + number,
        "number": number + 0.25,
        "yes/no": not field.default,
        "month": Month(2031, 1 + number % 12),
    }[kind.base]
    if kind.base == "text" and (is_required(field) or field.metadata["refers_to"] or kind.many):
        one = f"-name_x0041_ {number}"
    return (one, one) if kind.many else one


def test_headers_carry_unit_and_meaning(written: Path) -> None:
    """Every column has its name, its unit, and a note with its meaning and what is expected; none is missing."""
    book = openpyxl.load_workbook(written)
    for sheet in sheets_of_case()[1:]:
        record = sheet.metadata["record"]
        headers = next(book[sheet.metadata["sheet"]].iter_rows(max_row=1))
        assert [cell.value for cell in headers] == [header_text(field) for field in sheet_columns(record)]
        for cell, field in zip(headers, sheet_columns(record), strict=True):
            assert cell.comment is not None
            assert field.metadata["meaning"] in cell.comment.text
            assert expected_words(field, kinds_of(record)[field.name]) in cell.comment.text
        assert [field.name for field in sheet_columns(record)][-4:] == ["reference", "dated", "confidence", "note"]
        assert book[sheet.metadata["sheet"]].freeze_panes is not None
        assert book[sheet.metadata["sheet"]].auto_filter.ref.startswith("A1:")


def test_drop_downs_list_what_may_stand_in_a_cell(written: Path) -> None:
    """A column of choices, of yes and no, or of names of another sheet has a list; its words are those of the case."""
    book = openpyxl.load_workbook(written)
    assert book["_lists"].sheet_state == "hidden"
    for sheet in sheets_of_case()[1:]:
        record, worksheet = sheet.metadata["record"], book[sheet.metadata["sheet"]]
        rules = {str(rule.sqref).split(":")[0].rstrip("0123456789"): rule for rule in worksheet.data_validations.dataValidation}
        for cell, field in zip(next(worksheet.iter_rows(max_row=1)), sheet_columns(record), strict=True):
            kind = kinds_of(record)[field.name]
            if kind.many or not (field.metadata["choices"] or field.metadata["refers_to"] or kind.base == "yes/no"):
                continue
            rule = rules[cell.column_letter]
            assert rule.type == "list"
            words = _words(book, rule.formula1.removeprefix("="))
            if field.metadata["choices"]:
                assert words == list(field.metadata["choices"])
            for row in getattr(example_case(), sheet.name):
                value = getattr(row, field.name)
                assert not isinstance(value, str) or not value or value in words


def _words(book: Workbook, name: str) -> list[object]:
    sheet, _, area = book.defined_names[name].attr_text.partition("!")
    return [row[0].value for row in book[sheet.strip("'")][area.replace("$", "")]]


def test_first_sheet_explains_the_workbook(written: Path) -> None:
    """A planner who opens it reads how to use it, what blank and the grades mean, and finds every sheet."""
    book = openpyxl.load_workbook(written)
    assert book.worksheets[0].title == "Read me"
    text = "\n".join(str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value)
    for words in ("stockpile validate", "stockpile solve", "A blank cell means the default", "graded C is an analyst's guess"):
        assert words in text
    for sheet in sheets_of_case():
        assert sheet.metadata["meaning"] in text


def test_what_the_case_does_not_use_is_out_of_the_way(tmp_path: Path) -> None:
    """Empty sheets are left out and named on the first sheet, columns without a value are folded; with all sheets both are there,
    and the same case is read from either."""
    case = dataclasses.replace(example_case(), sales=(), demand_references=())
    write_case(case, tmp_path / "used.xlsx")
    write_case(case, tmp_path / "all.xlsx", all_sheets=True)
    used, whole = openpyxl.load_workbook(tmp_path / "used.xlsx"), openpyxl.load_workbook(tmp_path / "all.xlsx")
    assert {f.metadata["sheet"] for f in sheets_of_case()} <= set(whole.sheetnames)
    assert not {"Sales", "DemandReference"} & set(used.sheetnames)
    left = [str(row[0].value) for row in used["Read me"].iter_rows()]
    assert left.index("Sheets that can be added") < left.index("Sales")
    assert "Sheets that can be added" not in [str(row[0].value) for row in whole["Read me"].iter_rows()]
    folded = {
        sheet.title: {str(sheet[f"{letter}1"].value).split("\n")[0] for letter, column in sheet.column_dimensions.items() if column.hidden}
        for sheet in used.worksheets
    }
    assert "last_month" in folded["Sources"]
    assert not folded["Sources"] & {"source", "material", "max_t_per_yr", "note"}
    assert not any(column.hidden for sheet in whole.worksheets for column in sheet.column_dimensions.values())
    assert read_case(tmp_path / "used.xlsx") == read_case(tmp_path / "all.xlsx") == case


def test_no_cell_is_a_formula_and_no_row_is_enormous(tmp_path: Path) -> None:
    """Text that looks like a formula stays text; a row is at most five lines high, however long its note."""
    demand = dataclasses.replace(example_case().demands[0], note="=cmd|'/c calc'!A1 " + "long " * 400, sector="@SUM(1)")
    write_case(dataclasses.replace(example_case(), demands=(demand,)), tmp_path / "hostile.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "hostile.xlsx")["Demand"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sheet["A2"].quotePrefix
    assert sheet.row_dimensions[2].height == 75


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A number that is not finite, or a name with the separator in it, is refused, and no file appears."""
    for spoilt in (
        dataclasses.replace(example_case(), demands=(dataclasses.replace(example_case().demands[0], t_per_yr=math.nan),)),
        dataclasses.replace(example_case(), sources=(dataclasses.replace(example_case().sources[0], countries=("a;b",)),)),
    ):
        with pytest.raises(ValueError, match=r"finite|semicolon"):
            write_case(spoilt, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=60))
def test_any_text_is_stored_as_text(text: str) -> None:
    """Whatever characters a text has, its cell holds text that a workbook can hold and that means the same."""
    cell = safe_cell(Workbook().worksheets[0]["A1"], text)
    assert cell.data_type == ("s" if text else "n")
    legal = "".join(
        "\ufffd" if (ord(c) < 32 and c not in "\t\n\r") or c in "\ufffe\uffff" or "\ud800" <= c <= "\udfff" else c for c in text
    )
    assert stored_text(plain_text(text)) == legal.replace("\r\n", "\n").replace("\r", "\n")


def test_long_text_is_cut_where_one_sees_it() -> None:
    """More than a cell can hold ends with a mark."""
    assert plain_text("x" * 40_000).endswith("x [cut]")
    assert len(plain_text("x" * 40_000)) == cells.MOST_CHARACTERS


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails half-way the old file is whole and nothing else lies about; then a good save replaces it."""
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"old")

    def fail(self: Workbook, handle: Any) -> None:
        handle.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Workbook, "save", fail)
        with pytest.raises(OSError, match="No space left"):
            atomic_save(Workbook(), path)
        patch.setattr(Workbook, "save", lambda self, handle: handle.write(b"not a workbook"))
        with pytest.raises(OSError, match="cannot be read back"):
            atomic_save(Workbook(), path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.xlsx"]
    atomic_save(Workbook(), path)
    assert openpyxl.load_workbook(path).sheetnames == ["Sheet"]


def test_many_rows_are_written_and_read(tmp_path: Path) -> None:
    """Six hundred rows come back equal."""
    rows = tuple(Demand(sector=f"sector {n}", material="Nd", form="metal", t_per_yr=n / 7) for n in range(600))
    case = dataclasses.replace(example_case(), demands=rows)
    write_case(case, tmp_path / "many.xlsx")
    read = read_case(tmp_path / "many.xlsx")
    assert [(row.sector, row.t_per_yr) for row in read.demands] == [(row.sector, pytest.approx(row.t_per_yr, rel=1e-15)) for row in rows]


def test_settings_say_where_they_come_from(tmp_path: Path) -> None:
    """Reference, date, grade and note of a setting stand in its line and come back; a grade is chosen from a list; a workbook written
    before the sheet had these columns is read as before."""
    case = example_case()
    sources = (
        SettingSource(setting="start", reference="Budget law", dated="2026-03", confidence="A"),
        SettingSource(setting="discount_rate_pct", note="agreed with the ministry", confidence="C"),
    )
    stated = dataclasses.replace(case, settings=dataclasses.replace(case.settings, sources=sources))
    path = tmp_path / "sourced.xlsx"
    write_case(stated, path)
    assert read_with_warnings(path) == (stated, ())
    assert check(stated) == ()
    assert input_sha256(stated) != input_sha256(case)
    book = openpyxl.load_workbook(path)
    sheet = book["Settings"]
    line = next(cells for cells in sheet.iter_rows() if cells[0].value == "start")
    assert [cell.value for cell in line[4:]] == ["Budget law", "2026-03", "A", None]
    assert any("G2" in str(rule.sqref) for rule in sheet.data_validations.dataValidation)
    line[6].value = "D"
    book.save(path)
    with pytest.raises(InputRefused) as refused:
        read_case(path)
    assert [(f.sheet, f.cell, f.value) for f in refused.value.faults] == [("Settings", f"G{line[0].row}", "D")]
    sheet.delete_cols(5, 4)
    book.save(path)
    assert read_with_warnings(path) == (case, ())


def test_sources_of_settings_are_checked() -> None:
    """A name that is no setting, a second source of one, an unknown grade."""
    case = example_case()
    sources = tuple(SettingSource(setting=s, confidence=c) for s, c in (("starts", "A"), ("start", "A"), ("start", "B"), ("title", "D")))
    found = check(dataclasses.replace(case, settings=dataclasses.replace(case.settings, sources=sources)))
    assert [(f.table, f.row, f.field, f.value, f.severity) for f in found] == [
        ("Settings", None, "starts", "starts", "error"),
        ("Settings", None, "start", "start", "error"),
        ("Settings", None, "title.confidence", "D", "error"),
    ]
