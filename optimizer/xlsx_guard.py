"""The look at a workbook before anything opens it: is it one, is it of a sane size, is anything hidden in it.

A file is a zip archive of XML parts. Both can be made to fill the memory, to reach out to other files, or to put a cell
where a reader has to walk a thousand million empty ones. All of that is refused here, from the bytes alone, and what a
reader of values cannot see (merged cells, hidden rows, formulas without a stored value) is noted down on the way.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from optimizer.faults import Fault, InputRefused

MOST_BYTES = 50_000_000
MOST_PARTS = 2_000
MOST_UNPACKED = 300_000_000
MOST_UNPACKED_OTHER = 50_000_000
"""Parts that are no sheets (texts, styles) are held in memory whole, so they may be less large."""
MOST_RATIO = 200
RATIO_FROM = 10_000_000
MOST_ROWS, MOST_COLUMNS = 50_000, 200
MOST_ROW_ELEMENTS, MOST_CELL_ELEMENTS = 200_000, 2_000_000

_SAVE_AS = "Open it in Excel and save it as 'Excel Workbook (.xlsx)', without a password."
_A_WORKBOOK = "an Excel workbook (.xlsx)"
_DAMAGED = "Open the file in Excel, let it repair the file, save it, and try again."
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    expat.ExpatError,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_COORDINATE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_ROOT = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(<\?[^>]*\?>\s*)*<(\w+:)?(?P<name>\w+)[\s>/]")


@dataclass
class Grid:
    """What the raw XML of one sheet says besides its values; coordinates as in Excel (``E7``)."""

    rows: int = 0
    columns: int = 0
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    valueless: set[str] = field(default_factory=set)
    malformed: list[tuple[str, str]] = field(default_factory=list)
    far: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Package:
    """A file that may be opened: its bytes, the names of its sheets, the grids of those with cells, who is hidden, warnings."""

    content: bytes
    names: tuple[str, ...]
    grids: dict[str, Grid]
    hidden: frozenset[str]
    warnings: tuple[Fault, ...]


def inspect(path: Path) -> Package:
    """Read a file's bytes and refuse with `InputRefused` whatever is not a plain workbook of a sane size."""
    content = _read(path)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        _refuse("a zip archive that ends short", _A_WORKBOOK, f"The file is cut off or damaged. {_DAMAGED}")
    with archive:
        _check_parts(archive)
        try:
            return _survey(content, archive)
        except DefusedXmlException:
            _refuse_doctype("")
        except _DAMAGE as damage:
            _refuse(f"a part that cannot be read ({damage})"[:200], _A_WORKBOOK, _DAMAGED)


def _refuse(value: str, expected: str, mend: str, sheet: str = "", cell: str = "") -> NoReturn:
    raise InputRefused((Fault(sheet, cell, value, expected, mend),))


def _refuse_doctype(part: str) -> NoReturn:
    found = f"a document type declaration {part}".strip()
    _refuse(found, "no document type in any part", "Excel never writes one; do not trust this file.")


def _read(path: Path) -> bytes:
    """The bytes of the file, judged by its first ones."""
    try:
        if path.is_dir():
            _refuse(f"a folder, {path.name}", _A_WORKBOOK, "Name the file inside the folder.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            _refuse(f"{size:,} bytes", f"at most {MOST_BYTES:,} bytes", "Delete pictures and sheets that are not needed.")
        content = path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        _refuse(f"no file {path.name}", _A_WORKBOOK, "Check the name and the folder.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be used"
        _refuse(f"{path.name}: {reason}", _A_WORKBOOK, "Close it in other programs and check that you may read it.")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        _refuse("a password-protected or old .xls file", _A_WORKBOOK, _SAVE_AS)
    if not content:
        _refuse("an empty file", _A_WORKBOOK, "Save the workbook again.")
    if content[:2] != b"PK":
        start = content[:200].lstrip().lower()
        what = "a web page" if start.startswith((b"<!doctype", b"<html")) else "something else"
        _refuse(f"{what} named {path.suffix or 'without suffix'}", _A_WORKBOOK, _SAVE_AS)
    return content


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse too many, too large, repeated or oddly named parts, and kinds of file that only look alike."""
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS:
        _refuse(f"{len(parts):,} parts", f"at most {MOST_PARTS:,} parts", "Delete pictures and sheets that are not needed.")
    if len({name.casefold() for name in names}) < len(names):
        _refuse("two parts of the same name", "each part once", _DAMAGED)
    odd = next((n for n in names if n.startswith("/") or "\\" in n or ".." in n.split("/")), None)
    if odd is not None:
        _refuse(f"a part named {odd[:80]!r}", "parts inside the archive", "Do not trust this file.")
    if "mimetype" in names and "xl/workbook.xml" not in names:
        _refuse("an OpenDocument file", _A_WORKBOOK, "Save it as 'Excel 2007-365 (.xlsx)'.")
    if "xl/workbook.bin" in names:
        _refuse("a binary workbook (.xlsb)", _A_WORKBOOK, _SAVE_AS)
    if any(part.flag_bits & 1 for part in parts):
        _refuse("an encrypted archive", _A_WORKBOOK, _SAVE_AS)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_UNPACKED:
        _refuse(f"{unpacked:,} bytes unpacked", f"at most {MOST_UNPACKED:,} bytes", "The file swells on unpacking; do not trust it.")
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MOST_RATIO * max(1, part.compress_size):
            swollen = f"{part.filename[:80]!r} swells {part.file_size // max(1, part.compress_size)}-fold"
            _refuse(swollen, f"at most {MOST_RATIO}-fold", "The file swells on unpacking; do not trust it.")


def _survey(content: bytes, archive: zipfile.ZipFile) -> Package:
    """Scan every sheet and note what only the raw XML tells."""
    grids: dict[str, Grid] = {}
    for part in archive.infolist():
        with archive.open(part) as stream:
            head = stream.read(4096)
        is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        plain = head.replace(b"\0", b"")
        if is_xml and b"<!DOCTYPE" in plain.upper():
            _refuse_doctype(f"in {part.filename[:80]}")
        root = _ROOT.match(plain)
        if is_xml and (root is None or root["name"] == b"worksheet"):  # a root that hides is looked for in full
            grids[part.filename] = _Scan().read(archive, part)
        elif part.file_size > MOST_UNPACKED_OTHER:
            found = f"{part.filename[:80]!r} with {part.file_size:,} bytes"
            _refuse(found, f"at most {MOST_UNPACKED_OTHER:,} bytes", "Delete what is not needed.")
    sheets, hidden = _sheets(archive)
    warnings = []
    if any(name.endswith("vbaProject.bin") for name in archive.namelist()):
        mend = "They are never run. Save it as .xlsx to be rid of them."
        warnings.append(Fault("", "", "macros", "a workbook without macros", mend, "warning"))
    by_name = {name: grids[part] for name, part in sheets.items() if part in grids}
    return Package(content, tuple(sheets), by_name, hidden, tuple(warnings))


def _sheets(archive: zipfile.ZipFile) -> tuple[dict[str, str], frozenset[str]]:
    """Name and part of every sheet, in order, and the names of the hidden ones."""
    top = _related(archive, "_rels/.rels", "")
    book = next((target for kind, target in top.values() if kind.endswith("/officeDocument")), "xl/workbook.xml")
    if book not in archive.namelist():
        _refuse("no workbook in the archive", _A_WORKBOOK, _SAVE_AS)
    folder, name = posixpath.split(book)
    related = _related(archive, f"{folder}/_rels/{name}.rels", folder)
    sheets: dict[str, str] = {}
    hidden: set[str] = set()
    root = ElementTree.fromstring(archive.read(book), forbid_dtd=True)
    if "purl.oclc.org" in str(root.tag):
        _refuse("a workbook in the 'Strict Open XML' format", _A_WORKBOOK, _SAVE_AS)
    for element in root.iter():
        if _local(element.tag) != "sheet":
            continue
        link = next((value for key, value in element.attrib.items() if _local(key) == "id"), "")
        title = element.attrib.get("name", "")
        sheets[title] = related.get(link, ("", ""))[1]
        if element.attrib.get("state", "visible") != "visible":
            hidden.add(title)
    return sheets, frozenset(hidden)


def _related(archive: zipfile.ZipFile, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Relationships of a part: id -> (type, part)."""
    if part not in archive.namelist():
        return {}
    found: dict[str, tuple[str, str]] = {}
    for element in ElementTree.fromstring(archive.read(part), forbid_dtd=True):
        target = element.attrib.get("Target", "")
        inside = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[element.attrib.get("Id", "")] = (element.attrib.get("Type", ""), inside)
    return found


def _local(name: Any) -> str:
    return str(name).rpartition("}")[2].rpartition(":")[2]


def column_number(letters: str) -> int:
    """Number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class _Scan:
    """One pass over the XML of a sheet, a piece at a time, that stops as soon as there is too much of it."""

    def __init__(self) -> None:
        self.grid = Grid()
        self._elements = {"row": 0, "c": 0}
        self._row = self._column = 0
        self._kind = "n"
        self._formula = self._stored = False
        self._text: list[str] | None = None
        self._coordinate = ""

    def read(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Grid:
        """Scan one sheet. Raises `InputRefused`, and what a damaged archive or XML raises."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = lambda *_: _refuse_doctype(f"in {part.filename[:80]}")
        parser.buffer_text = True
        with archive.open(part) as stream:
            while piece := stream.read(1 << 16):
                parser.Parse(piece, False)
        parser.Parse(b"", True)
        return self.grid

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._count("row", MOST_ROW_ELEMENTS)
                self._start_row(attributes)
            case "c":
                self._count("c", MOST_CELL_ELEMENTS)
                self._start_cell(attributes)
            case "f":
                self._formula = True
            case "v" | "is":
                self._stored = True
                self._text = []
            case "mergeCell":
                self.grid.merged.append(attributes.get("ref", "")[:40])
                self._count("mergeCell", MOST_ROW_ELEMENTS)

    def _count(self, element: str, most: int) -> None:
        self._elements[element] = self._elements.get(element, 0) + 1
        if self._elements[element] > most:
            what = {"row": "rows", "c": "cells"}.get(element, "merged cells")
            expected = f"at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"
            _refuse(f"more than {most:,} {what} in one sheet", expected, "Delete the empty rows below the data.")

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        row = self._row + 1 if number is None else int(number) if number.isdecimal() and len(number) < 9 else 0
        if row <= self._row:
            _refuse(f"row {str(number)[:20]!r} after row {self._row}", "rows in order", _DAMAGED)
        self._row, self._column = row, 0
        if attributes.get("hidden") in ("1", "true"):
            self.grid.hidden_rows.append(row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            match = _COORDINATE.fullmatch(reference)
            column = column_number(match[1]) if match else 0
            if match is None or int(match[2]) != self._row or column <= self._column:
                _refuse(f"a cell named {reference[:20]!r} in row {self._row}", "each cell once, in order", _DAMAGED)
            self._column = column
        self._coordinate = f"{_letters(self._column)}{self._row}"
        self._kind = attributes.get("t", "n")
        self._formula = self._stored = False
        self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] != "c":
            return
        text = "".join(self._text or ())
        grid = self.grid
        if self._formula and not text and not (self._stored and self._kind == "str"):  # the text "" is a value
            grid.valueless.add(self._coordinate)
        elif self._stored and self._kind == "n" and text and not _is_number(text):
            grid.malformed.append((self._coordinate, text[:40]))
        if self._formula or text:
            if self._row > MOST_ROWS or self._column > MOST_COLUMNS:
                grid.far.append(self._coordinate)
            else:
                grid.rows = max(grid.rows, self._row)
                grid.columns = max(grid.columns, self._column)
        self._text = None


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None and math.isfinite(float(text))


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
