"""The commands of ``stockpile``: one module each, which holds it as ``command``; a new module is a new command.

Modules import little when they are loaded, so that help is instant: heavy imports stand inside the functions.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import click


def commands() -> Iterator[click.Command]:
    """Every command, by the name of its module."""
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        command = getattr(importlib.import_module(f"{__name__}.{found.name}"), "command", None)
        if isinstance(command, click.Command):
            yield command
