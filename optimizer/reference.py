"""The generated pages of ``docs/``: ``python -m optimizer.reference [FOLDER]`` writes them all, ``--check`` only compares.

Each page is made from what it describes, so it cannot say anything else; a test fails when a page is old. To add one, add
its function to `PAGES`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from models.case import Row, sheets_of_case
from models.columns import SCHEMA_VERSION, Month, columns_of
from models.plan import Summary, tables_of_plan
from optimizer import cli
from optimizer.exit_codes import MEANINGS, ExitCode

FOLDER = Path("docs")
"""Where the pages lie, from the top of the repository."""

_NOTICE = "<!-- Written by `python -m optimizer.reference`; edit what it describes, not this page. -->\n"
_WORDS = {str: "text", int: "whole number", float: "number", bool: "yes / no", Month: "month"}


def columns_page() -> str:
    """Every sheet and column of the input workbook."""
    return _page(_column_lines())


def _column_lines() -> Iterator[str]:
    yield "# The workbook, column by column"
    yield (
        f"Layout version {SCHEMA_VERSION}. One sheet per heading. A cell may be blank where a default is given. *Number or name* means: "
        "a number, or the name of a row of the Assumptions sheet, whose value is then taken. A list is written in one cell with "
        "semicolons. A month is written `2027-01`."
    )
    yield "## On every sheet"
    yield "Optional columns that every sheet may have; on Settings they are about the setting of the line."
    yield _column_table(Row, skip=frozenset())
    common = frozenset(field.name for field in columns_of(Row))
    for field in sheets_of_case():
        record, key = field.metadata["record"], field.metadata["key"]
        yield f"## {field.metadata['sheet']}"
        notes = [field.metadata["meaning"], _first_paragraph(record)]
        if key:
            notes.append(f"One row per {', '.join(f'`{name}`' for name in key)}.")
        notes.append("Required." if field.metadata["required"] else "May be left out.")
        yield " ".join(note for note in dict.fromkeys(notes) if note)
        yield _column_table(record, skip=common if issubclass(record, Row) else frozenset())


def plan_page() -> str:
    """Every table and column of the plan."""
    return _page(_plan_lines())


def _plan_lines() -> Iterator[str]:
    yield "# The plan, table by table"
    yield (
        "The report and the plan file hold these tables. Tonnes are contained oxide (t REO). `run` is `base`, or a cut-off with its "
        "first month (`NAME@2028-01`): the recourse in that pattern. `period` is the first month of a time slot, `months` its length."
    )
    yield "## Summary"
    yield _first_paragraph(Summary)
    yield _column_table(Summary, skip=frozenset(), given=True)
    for field in tables_of_plan():
        yield f"## {field.metadata['sheet']}"
        yield field.metadata["meaning"]
        yield _column_table(field.metadata["record"], skip=frozenset(), given=True)


def cli_page() -> str:
    """Every command and option."""
    return _page(_cli_lines())


def _cli_lines() -> Iterator[str]:
    yield "# The command line"
    yield "Results go to standard output, progress and complaints to standard error. Nothing is ever asked. `NO_COLOR` is honoured."
    context = click.Context(cli.stockpile, info_name="stockpile", **cli.stockpile.context_settings)
    yield "## stockpile"
    yield _paragraphs(cli.stockpile.help)
    yield _option_table(cli.stockpile, context)
    for name in cli.stockpile.list_commands(context):
        command = cli.stockpile.commands[name]
        arguments = [f"{parameter.make_metavar(context)}" for parameter in command.params if isinstance(parameter, click.Argument)]
        yield f"## stockpile {' '.join([name, '[OPTIONS]', *arguments])}"
        yield _paragraphs(command.help)
        yield _option_table(command, click.Context(command, info_name=name, parent=context))
    yield "## Exit codes"
    yield "See [exit_codes.md](exit_codes.md)."


def exit_codes_page() -> str:
    """What each exit code means."""
    kept = "9 and 10 are kept for runs of many cases. Where several codes fit, 7 comes first, then 130, then 1, then the answer's own."
    return _page(iter(["# Exit codes", exit_code_table(), kept]))


def exit_code_table() -> str:
    """The exit codes as a table; README holds it too."""
    return _table(("code", "meaning"), [(str(int(code)), MEANINGS[code]) for code in ExitCode])


def plan_schema_page() -> str:
    """JSON schema of the plan file."""
    from optimizer.plan_file import plan_schema

    return json.dumps(plan_schema(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def formulation_page() -> str:
    """Every rule of the model, read from the model."""
    from models import formulation

    return _NOTICE + "\n" + formulation.page()


PAGES: dict[str, Callable[[], str]] = {
    "columns.md": columns_page,
    "plan.md": plan_page,
    "plan.schema.json": plan_schema_page,
    "formulation.md": formulation_page,
    "cli.md": cli_page,
    "exit_codes.md": exit_codes_page,
}
"""File name in the folder -> what makes its text. Functions import what is heavy themselves."""


def old_pages(folder: Path) -> list[str]:
    """Names of the pages in the folder that are missing or not what they would be now."""
    return [name for name, make in PAGES.items() if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != make()]


def write_pages(folder: Path) -> None:
    """Write every page into the folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8", newline="\n")


def _page(parts: Iterator[str]) -> str:
    return _NOTICE + "\n" + "\n\n".join(parts) + "\n"


def _paragraphs(text: str | None) -> str:
    """Help text with its lines joined, paragraphs kept."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (text or "").split("\n\n"))


def _first_paragraph(record: type) -> str:
    return _paragraphs(record.__doc__).split("\n\n")[0]


def _column_table(record: type, skip: frozenset[str], given: bool = False) -> str:
    """One line per column; ``given`` leaves out what only input has: default and what is allowed."""
    hints = typing.get_type_hints(record)
    head = ("column", "unit", "kind", "meaning") if given else ("column", "unit", "kind", "blank means", "allowed", "meaning")
    rows = []
    for field in columns_of(record):
        if field.name in skip:
            continue
        start = (f"`{field.name}`", field.metadata["unit"], kind_in_words(hints[field.name]))
        middle = () if given else (_default_in_words(field), _allowed_in_words(field))
        rows.append((*start, *middle, field.metadata["meaning"]))
    return _table(head, rows)


def kind_in_words(hint: object) -> str:
    """A type of a record's field as a planner would say it. Raises ``KeyError`` for one that no column can have."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        return "number or name" if set(parts) == {float, str} else " or ".join(kind_in_words(part) for part in parts)
    if typing.get_origin(hint) is tuple:
        return f"list of {kind_in_words(typing.get_args(hint)[0])}s".replace("texts", "names")
    return _WORDS[typing.cast(type, hint)]


def _default_in_words(field: dataclasses.Field[typing.Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "**must be filled**"
    if field.default is None or field.default == "" or field.default == ():
        return "none"
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    values = field.default if isinstance(field.default, tuple) else (field.default,)
    return "; ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)


def _allowed_in_words(field: dataclasses.Field[typing.Any]) -> str:
    data = field.metadata
    signs = (("at_least", ">= "), ("above", "> "), ("at_most", "<= "))
    parts = [f"{sign}{data[name]:g}" for name, sign in signs if data[name] is not None]
    if data["choices"]:
        parts.append(" / ".join(f"`{choice}`" for choice in data["choices"]))
    if data["refers_to"]:
        parts.append("in " + " or ".join(f"`{place}`" for place in data["refers_to"].split("|")))
    return ", ".join(parts)


def _option_table(command: click.Command, context: click.Context) -> str:
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            default = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
            shown = default if isinstance(default, str | int) and not isinstance(default, bool) else ""
            metavar = "" if parameter.is_flag else f" {parameter.make_metavar(context)}"
            rows.append((f"`{', '.join(parameter.opts)}{metavar}`".replace("|", "\\|"), str(shown), parameter.help or ""))
    return _table(("option", "default", "meaning"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the pages; 1 when a checked page is old."""
    parser = argparse.ArgumentParser(prog="python -m optimizer.reference", description="Write the generated pages.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is old")
    given = parser.parse_args(arguments)
    if given.check:
        old = old_pages(given.folder)
        for name in old:
            print(f"{given.folder / name} is old: run python -m optimizer.reference", file=sys.stderr)
        return 1 if old else 0
    write_pages(given.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
