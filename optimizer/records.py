"""From the cells of a row to the values of a record: strict, never guessing, every fault with what would mend it.

For each record class a pydantic model is derived from its fields; it refuses what is not of the field's type. Before it,
a reader per kind of column turns a cell into a value or says what stands there instead.
"""

from __future__ import annotations

import datetime
import functools
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model
from pydantic_core import PydanticCustomError

from models.columns import Month, columns_of
from models.kinds import Kind, expected_words, is_required, kinds_of
from optimizer.cells import stored_text
from optimizer.faults import CellValue

_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ODD_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f\u2009\u200b\ufeff\t\n", " "))
_FILL = "Fill the cell."


@dataclass(frozen=True)
class Raw:
    """A cell as it is stored.

    ``kind`` is openpyxl's letter for the type (``n`` number, ``s`` text, ``b`` true or false, ``d`` date, ``e`` error),
    or ``f`` for a formula whose value is not stored. ``percent`` says that the number is shown with a percent sign.
    """

    value: object
    kind: str = "n"
    percent: bool = False

    @property
    def is_blank(self) -> bool:
        """Nothing, or nothing but spaces."""
        return self.kind != "f" and (self.value is None or (isinstance(self.value, str) and not tidy(self.value)))

    @property
    def shown(self) -> CellValue:
        """The value for a message."""
        if self.kind == "f":
            return "a formula"
        if isinstance(self.value, (datetime.datetime, datetime.date)):
            return self.value.isoformat(sep=" ").removesuffix(" 00:00:00") if isinstance(self.value, datetime.datetime) else str(self.value)
        if isinstance(self.value, (str, int, float, bool)) or self.value is None:
            return self.value
        return str(self.value)


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one cell of a row: the field, what is expected, how to mend it."""

    field: str
    expected: str
    mend: str


def tidy(text: str) -> str:
    """Text without blanks at its ends, odd spaces made plain."""
    return stored_text(text).translate(_ODD_SPACES).strip(" ")


def parse_row(record: type, cells: Mapping[str, Raw]) -> tuple[Any, list[Mistake]]:
    """A record from the filled cells of a row (by field name), and what is wrong with them.

    Where something is wrong the record is made all the same, with stand-ins in the cells named, so that the rest of the
    workbook can still be checked.
    """
    model = row_model(record)
    try:
        return record(**dict(model.model_validate(dict(cells)))), []
    except ValidationError as error:
        mistakes = list(_mistakes(record, error))
    sound = {name: raw for name, raw in cells.items() if name not in {m.field for m in mistakes}}
    kinds = kinds_of(record)
    needed = [field for field in columns_of(record) if is_required(field) and field.name not in sound]
    stand_ins = {field.name: _stand_in(field.metadata["choices"], kinds[field.name]) for field in needed}
    return record(**dict(model.model_validate({**stand_ins, **sound}))), mistakes


def _stand_in(choices: tuple[str, ...], kind: Kind) -> Raw:
    if choices:
        return Raw(choices[0], "s")
    match kind.base:
        case "text":
            return Raw("?", "s")
        case "month":
            return Raw("2000-01", "s")
        case "yes/no":
            return Raw("yes", "s")
    return Raw(1)


def _mistakes(record: type, error: ValidationError) -> typing.Iterator[Mistake]:
    fields = {field.name: field for field in columns_of(record)}
    seen: set[str] = set()
    for detail in error.errors():
        name = str(detail["loc"][0])
        if name in seen:
            continue
        seen.add(name)
        expected = expected_words(fields[name], kinds_of(record)[name])
        if detail["type"] == "missing":
            yield Mistake(name, expected, _FILL)
        else:
            yield Mistake(name, expected, detail.get("ctx", {}).get("mend", f"Type {expected}."))


@functools.cache
def row_model(record: Any) -> type[BaseModel]:
    """The strict model of a record's row; each field takes a `Raw` cell."""
    hints = typing.get_type_hints(record)
    kinds = kinds_of(record)
    fields: dict[str, Any] = {}
    for field in columns_of(record):
        reader = functools.partial(_read, field.name, kinds[field.name], bool(field.metadata["refers_to"]) or is_required(field))
        reader = functools.partial(reader, field.metadata["unit"].startswith("%"), field.metadata["choices"])
        default = ... if is_required(field) else field.default
        fields[field.name] = (Annotated[hints[field.name], BeforeValidator(reader)], default)
    config = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")
    return create_model(f"{record.__name__}Cells", __config__=config, **fields)


def _read(name: str, kind: Kind, is_name: bool, in_percent: bool, choices: tuple[str, ...], raw: Raw) -> object:
    """The value of one cell of a column."""
    if raw.kind == "f":
        _fail("The formula has no stored value: open the file in Excel, save it, and try again.")
    if raw.kind == "e":
        _fail("Mend the formula that gives this error, or type the value.")
    if isinstance(raw.value, float) and raw.value != raw.value:
        _fail("Type the value.")
    if kind.many:
        return _read_many(kind, raw)
    if kind.cites and isinstance(raw.value, str):
        return _read_cited(raw.value)
    readers: dict[str, Callable[[], object]] = {
        "text": lambda: _read_text(raw, is_name, choices),
        "whole": lambda: _read_whole(raw),
        "number": lambda: _read_number(raw, in_percent),
        "yes/no": lambda: _read_yes_no(raw),
        "month": lambda: _read_month(raw),
    }
    return readers[kind.base]()


def _fail(mend: str) -> NoReturn:
    raise PydanticCustomError("cell", "{mend}", {"mend": mend})


def _read_text(raw: Raw, is_name: bool, choices: tuple[str, ...]) -> str:
    if isinstance(raw.value, str):
        return tidy(raw.value) if is_name or choices else stored_text(raw.value).strip()
    if isinstance(raw.value, bool):
        _fail("This is a true/false value. Format the cell as text and type the word.")
    if is_name or choices:
        what = "date" if raw.kind == "d" else "number"
        _fail(f"This is a {what}, not a name. Format the cell as text and type the name again.")
    if isinstance(raw.value, datetime.datetime):
        return f"{raw.value:%Y-%m}" if raw.value.day == 1 else f"{raw.value:%Y-%m-%d}"
    return str(int(raw.value)) if isinstance(raw.value, float) and raw.value.is_integer() else str(raw.value)


def _read_number(raw: Raw, in_percent: bool) -> float:
    value = raw.value
    if isinstance(value, str):
        _fail(_text_number(value))
    if isinstance(value, bool):
        _fail("This is a true/false value. Type the number.")
    if not isinstance(value, (int, float)):
        _fail("This is a date. Format the cell as a number and type it again.")
    if in_percent and raw.percent and value != 0:
        shown = f"{value * 100:.6g}"
        _fail(f"The cell shows {shown}% but holds {value:.6g}; this column counts in percent. Format it as a number and type {shown}.")
    return float(value)


def _read_whole(raw: Raw) -> int:
    number = _read_number(raw, False)
    if not number.is_integer():
        _fail("Type a whole number.")
    return int(number)


def _text_number(text: str) -> str:
    """How to mend text where a number should be; what it looks like is said, never assumed."""
    words = tidy(text)
    again = "Format the cell as a number and type it again."
    if _PLAIN_NUMBER.fullmatch(words):
        return f"This is text that looks like {words}. {again}"
    plain = words.replace(" ", "").replace("'", "")
    if plain.endswith("%") and _PLAIN_NUMBER.fullmatch(plain[:-1].replace(",", ".")):
        return f"This is text that looks like {plain[:-1].replace(',', '.')} percent. {again}"
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        return f"This is text that looks like {plain.replace(',', '.')}. {again}"
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?", plain) or re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        return f"This is text that looks like a number with separators for thousands. {again}"
    if _PLAIN_NUMBER.fullmatch(plain):
        return f"This is text that looks like {plain}. {again}"
    if words.casefold() in ("nan", "inf", "-inf", "infinity", "-infinity", "n/a", "na", "-", "none", "null", "tbd", "?"):
        return "There is no figure here. Leave the cell blank for the default, or type the number."
    return "This is text. Type the number."


def _read_cited(text: str) -> str:
    words = tidy(text)
    if re.fullmatch(r"[+-]?[\d.,' ]+%?", words) or _PLAIN_NUMBER.fullmatch(words):
        _fail(_text_number(text))
    return words


def _read_yes_no(raw: Raw) -> bool:
    if isinstance(raw.value, bool):
        return raw.value
    if isinstance(raw.value, str) and tidy(raw.value).casefold() in ("yes", "no"):
        return tidy(raw.value).casefold() == "yes"
    _fail("Type yes or no.")


def _read_month(raw: Raw) -> Month:
    value = raw.value
    if isinstance(value, (datetime.datetime, datetime.date)):
        if value.day != 1 or (isinstance(value, datetime.datetime) and value.time() != datetime.time()):
            _fail(f"This is a day. Type the month, for example {value:%Y-%m}.")
        return Month(value.year, value.month)
    if isinstance(value, str):
        try:
            return Month.parse(tidy(value))
        except ValueError:
            _fail("Type it as YYYY-MM, for example 2027-01.")
    _fail("This is a number. Format the cell as text and type the month, for example 2027-01.")


def _read_many(kind: Kind, raw: Raw) -> tuple[object, ...]:
    """Values separated by semicolons; a lone number is a list of one."""
    if kind.base == "number" and isinstance(raw.value, (int, float)) and not isinstance(raw.value, bool):
        return (_read_number(raw, True),)
    if not isinstance(raw.value, str):
        _fail("Format the cell as text and type the list, separated by semicolons.")
    parts = [part.strip() for part in tidy(raw.value).removesuffix(";").split(";")]
    if "" in parts:
        _fail("There is nothing between two semicolons. Delete one of them.")
    if kind.base == "text":
        return tuple(parts)
    for part in parts:
        if not _PLAIN_NUMBER.fullmatch(part):
            _fail(f"'{part}' is not a number. Separate numbers by semicolons and write decimals with a point, for example 50; 82.5; 100.")
    return tuple(float(part) for part in parts)
