"""How the house is built: who may import whom, what may be opened where, that help is instant, that versions agree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from optimizer import cli

HEAVY = {"distributed", "highspy", "numpy", "openpyxl", "pandas", "pydantic", "pyomo", "rich", "scipy"}

ELEMENT_SYMBOLS = {"Sc", "Y", "La", "Ce", "Pr", "Nd", "NdPr", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"}
FORM_WORDS = {"oxide", "alloy", "magnet", "concentrate", "carbonate"}
COUNTRY_WORDS = {"Australia", "China", "France", "Germany", "Japan", "Malaysia", "Myanmar", "Vietnam"}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def sources(root: Path) -> Iterator[Path]:
    for package in ("models", "optimizer"):
        yield from sorted((root / package).rglob("*.py"))


def ruff(root: Path, code: str, as_file: str) -> subprocess.CompletedProcess[str]:
    """Lint a text as if it were a file of the repository, by the rule on banned imports alone."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename", as_file, "-"]
    return subprocess.run(command, cwd=root, input=code, capture_output=True, text=True, check=False)


def test_imports_go_one_way(root: Path) -> None:
    """The import contracts hold: models never imports optimizer, and nothing beyond Pyomo and the standard library."""
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(script), "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("library", ["openpyxl", "pandas"])
def test_spreadsheet_libraries_are_banned_inside(root: Path, library: str) -> None:
    """The lint rule bites: an import in the middle of the optimizer or in the models is refused, at the Excel boundary it is not."""
    for inside in ("optimizer/solve.py", "optimizer/audit/clock.py", "models/build.py"):
        done = ruff(root, f"import {library}\n", inside)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "TID251" in done.stdout
    for boundary in ("optimizer/workbook.py", "optimizer/template.py", "optimizer/report/book.py"):
        assert ruff(root, f"import {library}\n", boundary).returncode == 0


def imported(tree: ast.Module) -> set[str]:
    """Top-level names of all packages that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def test_re_computation_shares_no_equations(root: Path) -> None:
    """The audit imports the records of case and plan, its own modules and the standard library: no model, no solver, no tables."""
    for path in sorted((root / "optimizer" / "audit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                for name in names:
                    known = name.split(".")[0] in sys.stdlib_module_names or name.startswith("optimizer.audit")
                    assert known or name in ("models.case", "models.columns", "models.plan"), f"{path.name} imports {name}"


def test_every_package_used_is_declared(root: Path, project: dict[str, Any]) -> None:
    """What the two packages import is the standard library, themselves, or a declared dependency (or comes with one)."""
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dask"]]
    declared = {re.split(r"[^A-Za-z0-9_-]", text)[0] for text in wanted} | {"pydantic_core"}
    used = set().union(*(imported(ast.parse(path.read_text(encoding="utf-8"))) for path in sources(root)))
    assert used - set(sys.stdlib_module_names) - {"models", "optimizer"} <= declared


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([name, "--help"] for name in sorted(cli.stockpile.commands))], ids="-".join)
def test_help_is_instant(root: Path, words: list[str]) -> None:
    """Help and version load none of the heavy packages; they are what makes a command line slow to answer."""
    code = (
        "import sys; from optimizer.cli import run; code = run(sys.argv[1:]); print(*sorted(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_constants_name_no_element_form_or_country(root: Path) -> None:
    """The code knows no element, form or country by name: they come from the workbook. The example of the template may name some."""
    forbidden = ELEMENT_SYMBOLS | FORM_WORDS | COUNTRY_WORDS
    found = [
        f"{path.relative_to(root)}:{node.lineno} {node.value!r}"
        for path in sources(root)
        if path.name not in ("example.py", "template.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in forbidden
    ]
    assert found == []


def test_pinned_versions_cover_every_dependency(root: Path, project: dict[str, Any]) -> None:
    """Each dependency has a pinned version with hashes for CI, ruff's is the one the project asks for, and no host is named."""
    text = (root / ".ci" / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, flags=re.MULTILINE))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    names = {re.split(r"[^A-Za-z0-9_-]", line)[0].lower().replace("_", "-") for line in wanted}
    assert names <= set(pinned)
    assert f"ruff=={pinned['ruff']}" in wanted
    assert "://" not in text


def test_version_is_stated_once(root: Path, project: dict[str, Any]) -> None:
    """The version is in the package alone; the newest heading of the changelog is about it."""
    import optimizer

    assert "version" not in project["project"]
    first = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert first is not None
    assert first[1] == optimizer.__version__
