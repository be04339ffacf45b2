"""Files that are no workbooks, broken ones and hostile ones: each is refused in words, quickly, and never with a traceback."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from workbooks import full_case, grids_of, read, save

from optimizer import xlsx_guard


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a sound workbook."""
    return save(grids_of(full_case()), tmp_path_factory.mktemp("good") / "good.xlsx").read_bytes()


def repack(content: bytes, edit: Callable[[dict[str, bytes]], None]) -> bytes:
    """The workbook with some of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    edit(parts)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def swap(old: bytes, new: bytes, part: str = SHEET) -> Callable[[dict[str, bytes]], None]:
    """An edit that replaces the first occurrence of some bytes in a part."""

    def edit(parts: dict[str, bytes]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)

    return edit


def with_part(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    """An edit that adds or replaces a part."""
    return lambda parts: parts.update({name: content})


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    """An edit that takes a part out."""
    return lambda parts: parts.__delitem__(name)


DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
TITLE = b'<c r="A2" t="inlineStr"><is><t>schema_version</t></is></c>'


def before_root(content: bytes) -> Callable[[dict[str, bytes]], None]:
    """An edit that puts something before the root element of the first sheet."""
    return lambda parts: parts.update({SHEET: content + parts[SHEET].removeprefix(b"<?xml version='1.0' encoding='UTF-8'?>")})


def utf16_doctype(parts: dict[str, bytes]) -> None:
    """The same document type in another encoding."""
    parts[SHEET] = (DOCTYPE.decode() + parts[SHEET].decode()).encode("utf-16")


EDITS: list[tuple[str, Callable[[dict[str, bytes]], None], str]] = [
    ("document type", before_root(DOCTYPE), "a document type declaration in xl/worksheets/sheet1.xml"),
    ("late document type", before_root(b"<!--" + b" " * 9000 + b"-->" + DOCTYPE), "a document type declaration"),
    ("document type in UTF-16", utf16_doctype, "a document type declaration in xl/worksheets/sheet1.xml"),
    ("outside entity", before_root(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "a document type declaration"),
    ("far cell", swap(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "a cell far out"),
    ("wide cell", swap(b"</sheetData>", b'<row r="900"><c r="ZZZ900"><v>1</v></c></row></sheetData>'), "a cell far out"),
    ("cell beyond Excel", swap(b"</sheetData>", b'<row r="900"><c r="ZZZZ99999999"><v>1</v></c></row></sheetData>'), "ZZZZ99999999"),
    ("huge merge", swap(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'), "merged cells"),
    ("number that is none", swap(b"<v>48</v>", b"<v>12abc</v>"), "12abc"),
    ("not a number", swap(b"<v>48</v>", b"<v>nan</v>"), "nan"),
    ("infinite", swap(b"<v>48</v>", b"<v>1e999</v>"), "1e999"),
    ("cell twice", swap(b'<c r="B5"', b'<c r="B5" t="n"><v>1</v></c><c r="B5"'), "a cell named 'B5' in row 5"),
    ("rows in disorder", swap(b"</sheetData>", b'<row r="2"></row></sheetData>'), "row '2' after row 16"),
    ("text that is missing", swap(TITLE, b'<c r="A2" t="s"><v>99999</v></c>'), "a part that cannot be read"),
    ("hidden root", before_root(b"<!-- <styleSheet> -->" + b" " * 9000), ""),
    ("sheet cut off", lambda parts: parts.update({SHEET: parts[SHEET][:300]}), "a part that cannot be read"),
    ("no workbook part", without("xl/workbook.xml"), "no workbook in the archive"),
    ("no sheet part", without(SHEET), "expected a sheet 'Settings' (calendar and money)"),
    ("no styles", without("xl/styles.xml"), ""),
    ("no content types", without("[Content_Types].xml"), "a part that cannot be read"),
    ("binary workbook", with_part("xl/workbook.bin", b"x"), "a binary workbook (.xlsb)"),
    ("odd part", with_part("../../evil.xml", b"<x/>"), "a part named '../../evil.xml'"),
    ("macros", with_part("xl/vbaProject.bin", b"x"), "macros"),
    ("swelling part", with_part("xl/media/x.bin", bytes(11_000_000)), "-fold"),
    ("many parts", lambda parts: parts.update({f"xl/{n}.bin": b"" for n in range(2100)}), "parts"),
]


@pytest.mark.parametrize(("edit", "words"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS])
def test_spoiled_archive_is_told_in_words(good: bytes, tmp_path: Path, edit: Callable[[dict[str, bytes]], None], words: str) -> None:
    """Whatever is done to the parts of a workbook, reading ends in faults, or in the case where nothing of it is lost."""
    path = tmp_path / "bad.xlsx"
    path.write_bytes(repack(good, edit))
    case, faults = read(path)
    if words in ("", "macros"):
        assert case == full_case()
    else:
        assert case is None
    assert words == "" or any(words in str(fault) for fault in faults), list(map(str, faults))
    assert all(fault.expected and fault.mend.endswith((".", "?")) for fault in faults)


FILES: list[tuple[str, bytes, str]] = [
    (
        "password or .xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "error: workbook: found 'a password-protected or old .xls file'; expected an Excel workbook (.xlsx). "
        "Open it in Excel and save it as 'Excel Workbook (.xlsx)', without a password.",
    ),
    (
        "web page",
        b"\n<!DOCTYPE html><html><table><tr><td>1",
        "error: workbook: found 'a web page named .xlsx'; expected an Excel workbook (.xlsx). "
        "Open it in Excel and save it as 'Excel Workbook (.xlsx)', without a password.",
    ),
    (
        "text",
        b"sector;material;t\n",
        "error: workbook: found 'something else named .xlsx'; expected an Excel workbook (.xlsx). "
        "Open it in Excel and save it as 'Excel Workbook (.xlsx)', without a password.",
    ),
    ("nothing", b"", "error: workbook: found 'an empty file'; expected an Excel workbook (.xlsx). Save the workbook again."),
    (
        "start of an archive",
        b"PK\x03\x04" + bytes(100),
        "error: workbook: found 'a zip archive that ends short'; expected an Excel workbook (.xlsx). The file is cut off or damaged. "
        "Open the file in Excel, let it repair the file, save it, and try again.",
    ),
]


@pytest.mark.parametrize(("content", "words"), [file[1:] for file in FILES], ids=[file[0] for file in FILES])
def test_other_files_are_told_by_what_they_are(tmp_path: Path, content: bytes, words: str) -> None:
    """A file of another kind is refused by its first bytes, with what to do about it."""
    path = tmp_path / "other.xlsx"
    path.write_bytes(content)
    assert [str(fault) for fault in read(path)[1]] == [words]


def test_folders_and_missing_files_are_faults_too(tmp_path: Path) -> None:
    """What cannot be opened at all is refused in the same way as what is wrong inside."""
    assert [str(f) for f in read(tmp_path)[1]] == [
        f"error: workbook: found 'a folder, {tmp_path.name}'; expected an Excel workbook (.xlsx). Name the file inside the folder."
    ]
    assert [str(f) for f in read(tmp_path / "none.xlsx")[1]] == [
        "error: workbook: found 'no file none.xlsx'; expected an Excel workbook (.xlsx). Check the name and the folder."
    ]
    assert read(tmp_path / ("x" * 5000))[0] is None
    assert read(Path("\0"))[0] is None


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_files_are_refused(good: bytes, tmp_path: Path, share: float) -> None:
    """A file cut off anywhere is a fault."""
    path = tmp_path / "short.xlsx"
    path.write_bytes(good[: int(len(good) * share)])
    assert read(path)[0] is None


def test_flipped_bytes_never_raise_anything_else(good: bytes, tmp_path: Path) -> None:
    """Ten bytes overwritten at forty places: faults, or the unspoiled case, and nothing but these."""
    path = tmp_path / "flipped.xlsx"
    refused = 0
    for number in range(40):
        at = zlib.crc32(number.to_bytes(4, "big")) % (len(good) - 10)
        path.write_bytes(good[:at] + zlib.crc32(b"x%d" % number).to_bytes(4, "big") + good[at + 4 :])
        case, faults = read(path)
        refused += case is None
        assert (case is None) == any(fault.severity == "error" for fault in faults)
        assert case is None or case == full_case()
    assert refused > 30


def test_too_many_rows_end_the_scan(good: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet of endless tiny rows is refused while it is scanned, before anything else walks it, also where nobody reads it."""
    monkeypatch.setattr(xlsx_guard, "MOST_ROW_ELEMENTS", 1000)
    path = tmp_path / "rows.xlsx"
    path.write_bytes(repack(good, with_part("xl/worksheets/sheet99.xml", b"<worksheet><sheetData>" + b"<row/>" * 1001)))
    assert [str(fault) for fault in read(path)[1]] == [
        "error: workbook: found 'more than 1,000 rows in one sheet'; expected at most 50,000 rows and 200 columns. "
        "Delete the empty rows below the data."
    ]


def test_swollen_files_are_refused_by_their_directory(good: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file says it unpacks to is limited before anything is unpacked, and texts more than sheets."""
    path = tmp_path / "big.xlsx"
    path.write_bytes(good)
    monkeypatch.setattr(xlsx_guard, "MOST_UNPACKED", 10_000)
    assert "bytes unpacked" in str(read(path)[1][0])
    monkeypatch.setattr(xlsx_guard, "MOST_UNPACKED", 10**9)
    monkeypatch.setattr(xlsx_guard, "MOST_UNPACKED_OTHER", 1_000)
    assert "at most 1,000 bytes" in str(read(path)[1][0])
    monkeypatch.setattr(xlsx_guard, "MOST_BYTES", 1_000)
    assert "expected at most 1,000 bytes" in str(read(path)[1][0])


def test_a_sheet_without_dimension_is_read(good: bytes, tmp_path: Path) -> None:
    """The size that a sheet claims for itself counts for nothing."""
    path = tmp_path / "dimension.xlsx"
    for claim in (b"", b'<dimension ref="A1:XFD1048576"/>', b'<dimension ref="A1"/>'):
        content = repack(
            good,
            lambda parts, claim=claim: parts.update(
                {n: _redimension(p, claim) for n, p in parts.items() if n.startswith("xl/worksheets/")}
            ),
        )
        path.write_bytes(content)
        assert read(path) == (full_case(), ())


def _redimension(part: bytes, claim: bytes) -> bytes:
    start, end = part.index(b"<dimension"), part.index(b"/>", part.index(b"<dimension")) + 2
    return part[:start] + claim + part[end:]
