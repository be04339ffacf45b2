"""The plan on disk: JSON with the base plan and all tables, and beside it the recourse of every pattern.

The recourse is by far the larger part. It is kept column by column, compressed, in ``<stem>.recourse.json.gz``, which the
plan names with its SHA-256. Months are written ``2027-01``; numbers are finite. The schema of the plan is published
(`plan_schema`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gzip
import hashlib
import io
import json
import operator
import os
import tempfile
import typing
import zlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    create_model,
)

from models.case import Case
from models.columns import SCHEMA_VERSION, Month, columns_of
from models.plan import Plan, Summary, tables_of_plan

BASE = "base"
"""Name of the base plan's run; rows of other runs are recourse."""

_MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
_COMPRESSION = 5
_LARGEST_RECOURSE = 2_000_000_000
"""Bytes of unpacked recourse beyond which a file is not read."""


class PlanUnreadable(ValueError):
    """A plan file cannot be read; the message says in one line which file, where in it, and why."""


# Writing


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan to ``path``, and its recourse, if it has any, to ``<stem>.recourse.json.gz`` in the same folder.

    A file appears whole or not at all, and neither is touched before both are on the disk; the recourse appears first, so
    that a plan never names a recourse that is not there.
    In every table the base plan's rows come first, then the recourse in the order of the rows; the rest keeps its order.
    The same plan gives the same bytes. Raises ``OSError`` where a file cannot be written and ``ValueError`` where a number
    is not finite.
    """
    content: dict[str, Any] = {"summary": _object(plan.summary), "recourse": None}
    kept: dict[str, Any] = {}
    rows_kept = 0
    for table in tables_of_plan():
        rows = getattr(plan, table.name)
        if _has_run(table):
            recourse = [row for row in rows if row.run != BASE]
            rows = [row for row in rows if row.run == BASE]
            if recourse:
                kept[table.name] = _columns(recourse, table.metadata["record"])
                rows_kept += len(recourse)
        content[table.name] = [_object(row) for row in rows]
    if kept:
        beside = recourse_path(path)
        packed = gzip.compress(_json({"schema_version": SCHEMA_VERSION, "tables": kept}), _COMPRESSION, mtime=0)
        content["recourse"] = {"file": beside.name, "sha256": hashlib.sha256(packed).hexdigest(), "rows": rows_kept}
        files = {beside: packed, path: _json(content, indent=1)}
    else:
        files = {path: _json(content, indent=1)}
    _replace(files)


def recourse_path(path: Path) -> Path:
    """Where the recourse of a plan at ``path`` is kept."""
    return path.with_name(f"{path.stem}.recourse.json.gz")


def _json(content: Any, indent: int | None = None) -> bytes:
    """JSON text, refusing what is not finite."""
    separators = (",", ":") if indent is None else None
    return (json.dumps(content, allow_nan=False, ensure_ascii=False, indent=indent, separators=separators) + "\n").encode()


def _replace(files: dict[Path, bytes]) -> None:
    """Write every file beside its place; when all are whole, move them there in order."""
    written: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            written[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            written[path].chmod(0o644)
        for path, ready in written.items():
            ready.replace(path)
    finally:
        for left in written.values():
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def _object(row: Any) -> dict[str, Any]:
    """One row by field."""
    return {field.name: _plain(getattr(row, field.name)) for field in dataclasses.fields(row)}


def _columns(rows: list[Any], record: type) -> dict[str, list[Any]]:
    """Rows as one list per field."""
    hints = typing.get_type_hints(record)
    columns: dict[str, list[Any]] = {}
    for field in columns_of(record):
        values = map(operator.attrgetter(field.name), rows)
        columns[field.name] = list(values if hints[field.name] in (str, int, float, bool) else map(_plain, values))
    return columns


def _plain(value: Any) -> Any:
    """A value as JSON has it: a month as its text."""
    return _text(value) if isinstance(value, Month) else value


@functools.lru_cache(maxsize=4096)
def _text(month: Month) -> str:
    """Text of a month; the same few months come often."""
    return str(month)


def _has_run(table: dataclasses.Field[Any]) -> bool:
    """Whether a table holds rows of several runs."""
    return any(field.name == "run" for field in columns_of(table.metadata["record"]))


# Reading


class RecourseAstray(PlanUnreadable):
    """The recourse of a plan is missing, or is not the one that the plan was written with."""


def read_plan(path: Path, with_recourse: bool = True) -> Plan:
    """Read a plan and its recourse; without ``with_recourse`` the base plan and what is not of one run.

    Strict: no field is guessed, converted or ignored; one that has a default may have been added later, and a plan written before may lack
    it, or a whole table, which then has no rows.
    Raises `PlanUnreadable` where the file is no plan, `RecourseAstray` where its recourse is missing or is not the one that the plan was
    written with; ``OSError`` where the plan cannot be opened.
    """
    try:
        file = _file_model().model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise PlanUnreadable(f"{path}: {_first_fault(error)}") from error
    version = file.summary.schema_version  # type: ignore[attr-defined]
    if version != SCHEMA_VERSION:
        raise PlanUnreadable(f"{path}: written in version {version} of the plan file; this program reads version {SCHEMA_VERSION}")
    tables = {table.name: tuple(_record(table.metadata["record"], row) for row in getattr(file, table.name)) for table in tables_of_plan()}
    for name, rows in tables.items():
        if any(getattr(row, "run", BASE) != BASE for row in rows):
            raise PlanUnreadable(f"{path}: {name}: rows of a run other than {BASE!r} belong into the recourse file")
    reference = file.recourse  # type: ignore[attr-defined]
    if reference is not None and with_recourse:
        for name, rows in _read_recourse(path, reference).items():
            tables[name] += rows
    return Plan(summary=_record(Summary, file.summary), **tables)  # type: ignore[attr-defined]


def _read_recourse(path: Path, reference: _Reference) -> dict[str, tuple[Any, ...]]:
    """Rows of the recourse file by table."""
    beside = path.with_name(reference.file)
    try:
        packed = beside.read_bytes()
    except FileNotFoundError:
        raise RecourseAstray(f"{path}: its recourse {beside.name} is missing; it belongs into the same folder") from None
    if hashlib.sha256(packed).hexdigest() != reference.sha256:
        raise RecourseAstray(f"{path}: {beside.name} is not the recourse that this plan was written with (its SHA-256 differs)")
    try:
        content = _unpacked(packed)
        tables = _recourse_model().model_validate_json(content).tables  # type: ignore[attr-defined]
    except (ValidationError, OSError, EOFError, zlib.error) as error:
        reason = _first_fault(error) if isinstance(error, ValidationError) else str(error)
        raise PlanUnreadable(f"{beside}: {reason}") from error
    found = {}
    for table in tables_of_plan():
        columns = getattr(tables, table.name, None)
        if columns is not None:
            found[table.name] = _rows(beside, table, columns)
    if sum(len(rows) for rows in found.values()) != reference.rows:
        raise PlanUnreadable(f"{beside}: it should hold {reference.rows} rows")
    return found


def _unpacked(packed: bytes) -> bytes:
    """The content of a compressed file, up to a size that no plan reaches."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        content = file.read(_LARGEST_RECOURSE + 1)
    if len(content) > _LARGEST_RECOURSE:
        raise OSError(f"larger than {_LARGEST_RECOURSE} bytes when unpacked")
    return content


def _rows(beside: Path, table: dataclasses.Field[Any], columns: BaseModel) -> tuple[Any, ...]:
    """Records from one list per field; the lists are of one length."""
    record = table.metadata["record"]
    lists = {field.name: getattr(columns, field.name) for field in columns_of(record)}
    length = next(len(values) for values in lists.values() if values is not None)
    lists |= {field.name: [field.default] * length for field in columns_of(record) if lists[field.name] is None}
    if len({len(values) for values in lists.values()}) > 1:
        raise PlanUnreadable(f"{beside}: {table.name}: its columns are not of one length")
    names = tuple(lists)
    return tuple(record(**dict(zip(names, values, strict=True))) for values in zip(*lists.values(), strict=True))


def _record(record: Any, row: BaseModel) -> Any:
    """The record of a validated row."""
    return record(**{field.name: getattr(row, field.name) for field in columns_of(record)})


def _first_fault(error: ValidationError) -> str:
    """The first fault of a file in one line: where, and what."""
    faults = error.errors(include_url=False, include_input=False)
    place = ".".join(str(part) for part in faults[0]["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place + ': ' if place else ''}{faults[0]['msg']}{more}".replace("\n", " ")


# The models, derived from the records


class _Reference(BaseModel):
    """Where the recourse is kept."""

    model_config = ConfigDict(strict=True, extra="forbid")

    file: str = Field(description="File with the recourse of every pattern, in the same folder.", pattern=r"^[^/\\]+\.recourse\.json\.gz$")
    sha256: str = Field(description="SHA-256 of that file.", pattern=r"^[0-9a-f]{64}$")
    rows: int = Field(description="Rows in it.", ge=1)


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Month:
    """A month from its text; the same few months come often."""
    return Month.parse(text)


def _month(value: object) -> Month:
    """A month from JSON. Raises ``ValueError`` for what is none."""
    if not isinstance(value, str):
        raise ValueError("a month is written as YYYY-MM")
    return _parsed(value)


_JsonMonth = Annotated[
    Month,
    BeforeValidator(_month),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _MONTH_PATTERN}),
]

_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)


def _type_of(record: type, field: dataclasses.Field[Any]) -> Any:
    """The type of a field of a record, as a model has it: months as text, words from a list as such."""
    hint = typing.get_type_hints(record)[field.name]
    if field.metadata["choices"]:
        return Literal[tuple(field.metadata["choices"])]
    if hint is Month:
        return _JsonMonth
    if hint == Month | None:
        return _JsonMonth | None
    return hint


@functools.cache
def _row_model(record: Any) -> type[BaseModel]:
    """The model of one row: every field of the record is there, with unit and meaning."""
    fields: dict[str, Any] = {}
    for field in columns_of(record):
        unit = field.metadata["unit"]
        extra = {"unit": unit} if unit else None
        default = {} if field.default is dataclasses.MISSING else {"default": field.default}
        fields[field.name] = (_type_of(record, field), Field(description=field.metadata["meaning"], json_schema_extra=extra, **default))
    return create_model(record.__name__, __config__=_STRICT, __doc__=record.__doc__, **fields)


@functools.cache
def _file_model() -> type[BaseModel]:
    """The model of the plan file."""
    fields: dict[str, Any] = {
        "summary": (_row_model(Summary), Field(description="How sure the answer is.")),
        "recourse": (_Reference | None, Field(description="Where the recourse of every pattern is kept; null: there is none.")),
    }
    for table in tables_of_plan():
        meaning = table.metadata["meaning"] + (" The base plan's rows." if _has_run(table) else "")
        rows: Any = list[_row_model(table.metadata["record"])]  # type: ignore[misc]
        fields[table.name] = (rows, Field(description=meaning, default_factory=list))
    return create_model("Plan", __config__=_STRICT, __doc__="A plan: what to sign, build, buy and hold, and its proof.", **fields)


def _column_of(record: type, field: dataclasses.Field[Any]) -> tuple[Any, Any]:
    """Type and default of a field's list; one that was added later may be lacking."""
    values: Any = list[_type_of(record, field)]  # type: ignore[misc]
    return (values, ...) if field.default is dataclasses.MISSING else (values | None, None)


@functools.cache
def _recourse_model() -> type[BaseModel]:
    """The model of the recourse file: one list per field per table."""
    tables: dict[str, Any] = {}
    for table in tables_of_plan():
        if _has_run(table):
            record = table.metadata["record"]
            columns: dict[str, Any] = {field.name: _column_of(record, field) for field in columns_of(record)}
            tables[table.name] = (create_model(f"{record.__name__}Columns", __config__=_STRICT, **columns) | None, None)
    inside = create_model("RecourseTables", __config__=_STRICT, **tables)
    version = Annotated[int, Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]
    return create_model("Recourse", __config__=_STRICT, schema_version=(version, ...), tables=(inside, ...))


def plan_schema() -> dict[str, Any]:
    """JSON schema of the plan file (draft 2020-12), with the unit and meaning of every field: all are there in a plan that is written."""
    schema = TypeAdapter(_file_model()).json_schema(mode="validation")
    for described in (schema, *schema["$defs"].values()):
        described["required"] = list(described["properties"])
        for field in described["properties"].values():
            field.pop("default", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# The input's fingerprint


def input_sha256(case: Case) -> str:
    """SHA-256 of a case's values, 64 hexadecimal digits: it tells whether a plan belongs to a workbook.

    It covers every field of every record by sheet and field name, references and notes included, in the order of the rows:
    the same rows in another order have another fingerprint. A whole number counts the same written as 12 or 12.0. What is left
    at its default does not count, so that a column added to a later version of the product leaves fingerprints as they are.
    """
    content = _canonical(case)
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """A value, list or record in the one way in which it is hashed."""
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, tuple):
        return [_canonical(part) for part in value]
    if dataclasses.is_dataclass(value):
        stated = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: _canonical(content) for field, content in stated if not _same(content, field.default)}
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _same(value: Any, default: Any) -> bool:
    """Whether a value is its column's default: equal, and no yes or no for a number."""
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)
