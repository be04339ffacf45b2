"""Cells and files written so that nothing in them surprises: text stays text, numbers stay finite, files appear whole or not at all.

Every writer of workbooks goes through `safe_cell` and `atomic_save`.
"""

from __future__ import annotations

import contextlib
import datetime
import math
import os
import re
import secrets
import zipfile
from pathlib import Path
from typing import Any
from xml.parsers import expat

import openpyxl
from openpyxl.workbook.workbook import Workbook

MOST_CHARACTERS = 32_767
"""Longest text that a cell of Excel holds."""

_CUT_MARK = " [cut]"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_QUOTED_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def plain_text(text: str) -> str:
    """The text as a cell of Excel can hold it: characters that XML forbids become U+FFFD, what is too long is cut with a mark."""
    clean = _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    clean = _ESCAPE.sub("_x005F_", clean)
    if len(clean) > MOST_CHARACTERS:
        clean = clean[: MOST_CHARACTERS - len(_CUT_MARK)] + _CUT_MARK
    return clean


def stored_text(text: str) -> str:
    """The text that a cell means: undoes the ``_x000D_`` escapes in which Excel stores some characters."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def safe_cell(cell: Any, value: object) -> Any:
    """Set the value of an openpyxl cell and return the cell; set styles after it with ``cell.font = ...`` and the like.

    ``None`` and ``""`` leave it blank. Text is always stored as text, never as formula or error, whatever its first
    character. True and False are written as yes and no. Anything but text, int, float, bool, date or None is written as
    its ``str()``. Raises ``ValueError`` for a number that is not finite: it would be stored as a blank.
    """
    if value is None or value == "":
        cell.value = None
        return cell
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} at {cell.coordinate}: a cell cannot hold a number that is not finite")
        cell.value = value
        return cell
    if isinstance(value, (datetime.date, datetime.datetime)):
        cell.value = value
        return cell
    text = plain_text(str(value))
    cell.value = text
    cell.data_type = "s"
    if text.startswith(_QUOTED_STARTS):
        cell.quotePrefix = True
    return cell


def atomic_save(workbook: Workbook, path: Path) -> None:
    """Save a workbook under its name only when it is whole.

    It is written beside the target, checked (every part well-formed, opens read-only), flushed to the disk, and then
    takes the target's place in one step. On any failure the old file stays as it was and nothing else is left behind.
    Raises ``OSError`` where the folder cannot be written (``PermissionError`` also where the target is open in Excel).
    """
    target = Path(path).resolve()
    temporary = target.with_name(f".{target.stem[:80]}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as handle:
            workbook.save(handle)
            handle.flush()
            os.fsync(handle.fileno())
        _verify(temporary)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _flush_folder(target.parent)


def _verify(path: Path) -> None:
    """Raise ``OSError`` unless the file is a sound workbook: checksums, well-formed XML, opens read-only."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                if name.endswith((".xml", ".rels", ".vml")):
                    expat.ParserCreate().Parse(content, True)
        with path.open("rb") as handle:
            openpyxl.load_workbook(handle, read_only=True).close()
    except (zipfile.BadZipFile, expat.ExpatError, ValueError, KeyError) as fault:
        raise OSError(f"the workbook written to {path.parent} cannot be read back: {fault}") from fault


def _flush_folder(folder: Path) -> None:
    """Make the new name durable where the system can (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
