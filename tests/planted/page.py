"""Prints docs/planted.md from the table of planted faults: ``python tests/planted/page.py``."""

from __future__ import annotations

from pathlib import Path

from faults import FAULTS

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "planted.md"


def page() -> str:
    """The page."""
    lines = [
        "# Planted faults",
        "",
        f"What the tests are worth: {len(FAULTS)} mistakes that a modeller could make, each planted alone in one rule of the model, and",
        "the test that then fails. `tests/planted/faults.py` has the exact change; a test plants them all, so this table stays true.",
        "It is printed by `python tests/planted/page.py`.",
        "",
        "| Fault | Where | Caught by |",
        "|---|---|---|",
    ]
    lines += [f"| {f.name} | `{f.module}` | `tests/{f.test}` |" for f in FAULTS]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
