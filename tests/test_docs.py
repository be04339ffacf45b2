"""Pages and README say what is: each page is compared with what it describes, each command and link is tried."""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path

import click
import pytest

from models.case import Case, sheets_of_case
from models.columns import columns_of
from models.plan import tables_of_plan
from optimizer import cli, reference


@pytest.mark.parametrize("name", list(reference.PAGES))
def test_page_is_current(root: Path, name: str) -> None:
    """The page in docs/ is what would be written now; if not: python -m optimizer.reference."""
    assert (root / reference.FOLDER / name).read_text(encoding="utf-8") == reference.PAGES[name]()


def test_check_finds_an_old_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check fails on a missing and on a changed page and names it, passes on fresh ones, and writes nothing."""
    folder = tmp_path / "pages"
    assert reference.main(["--check", str(folder)]) == 1
    assert not folder.exists()
    assert reference.main([str(folder)]) == 0
    assert reference.main(["--check", str(folder)]) == 0
    page = folder / "columns.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Discount rate", "Rate of discount"), encoding="utf-8")
    capsys.readouterr()
    assert reference.main(["--check", str(folder)]) == 1
    err = capsys.readouterr().err
    assert "columns.md" in err
    assert "cli.md" not in err


def test_column_page_has_every_column() -> None:
    """Every field of every sheet has its line, with its unit and its meaning."""
    text = reference.columns_page()
    for sheet in sheets_of_case():
        assert f"\n## {sheet.metadata['sheet']}\n" in text
        for field in columns_of(sheet.metadata["record"]):
            assert re.search(
                rf"^\| `{field.name}` \| {re.escape(field.metadata['unit'])} \|.*{re.escape(field.metadata['meaning'])} \|$", text, re.M
            )


def test_plan_page_has_every_table() -> None:
    """Every table of the plan has its heading and each of its columns a line."""
    text = reference.plan_page()
    for table in tables_of_plan():
        section = text.split(f"\n## {table.metadata['sheet']}\n")[1].split("\n## ")[0]
        for field in dataclasses.fields(table.metadata["record"]):
            assert f"| `{field.name}` |" in section


def test_tables_are_not_broken_by_their_text() -> None:
    """No cell of a page holds a bare bar, which would end the cell: every line of a table has as many cells as its head."""
    for make in (reference.columns_page, reference.plan_page, reference.cli_page, reference.exit_codes_page):
        for block in make().split("\n\n"):
            lines = [line for line in block.splitlines() if line.startswith("|")]
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) <= 1, block


def test_command_page_has_every_option() -> None:
    """Every option of every command has a line."""
    text = reference.cli_page()
    for name, command in cli.stockpile.commands.items():
        section = text.split(f"\n## stockpile {name}")[1].split("\n## ")[0]
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"| `{', '.join(parameter.opts)}" in section


def test_kinds_cover_every_column() -> None:
    """Each type that a field of case or plan has can be said in words."""
    assert reference.kind_in_words(float | str | None) == "number or name"
    assert reference.kind_in_words(tuple[str, ...]) == "list of names"
    assert reference.kind_in_words(int | None) == "whole number"
    with pytest.raises(KeyError):
        reference.kind_in_words(Case)


def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_readme_has_the_exit_codes(root: Path) -> None:
    """The table of exit codes in the README is the one of the reference."""
    assert reference.exit_code_table() in readme(root)


def test_readme_links_lead_somewhere(root: Path) -> None:
    """Every file that README and pages link to, or README names in backquotes with a folder, exists."""
    for page in (root / "README.md", *(root / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_readme_holds_the_two_commands(root: Path) -> None:
    """One line for the main job and one for the tests, each with all its set-up, and .ci/run finds the second."""
    lines = [line for line in readme(root).splitlines() if line.startswith("python3 -m venv ")]
    assert len(lines) == 2
    job, tests = lines
    assert job.endswith("&& .venv/bin/stockpile solve inputs/japan_2026.xlsx")
    assert tests.endswith("&& .venv/bin/pytest")
    assert "'.[dev]'" in tests
    pattern = re.search(r"grep -E '([^']+)' README.md", (root / ".ci" / "run").read_text(encoding="utf-8"))
    assert pattern is not None
    assert [line for line in readme(root).splitlines() if re.search(pattern[1], line)] == [tests]


def test_readme_commands_parse(root: Path) -> None:
    """Each stockpile command line in the README names a command that exists and options that it has."""
    shown = [
        line.split("stockpile ", 1)[1] for line in readme(root).splitlines() if re.match(r"(\S*/)?stockpile |python3 .*/stockpile ", line)
    ]
    assert len(shown) >= 3
    for line in shown:
        name, *words = shlex.split(line, comments=True)
        command = cli.stockpile.commands[name]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= options
