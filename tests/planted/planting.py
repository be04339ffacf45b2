"""Planting one fault in a rule: the module's text is changed in one place, and its functions run the changed text while it lasts."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parent.parent


def functions(space: dict[str, Any], module: str) -> Iterator[tuple[str, types.FunctionType]]:
    """The functions of a module and of its classes, by name."""
    for name, found in space.items():
        if isinstance(found, types.FunctionType) and found.__module__ == module:
            yield name, found
        elif inspect.isclass(found) and found.__module__ == module:
            for inner, member in vars(found).items():
                if isinstance(member, functools.cached_property):
                    member = member.func
                elif isinstance(member, property):
                    member = member.fget
                elif isinstance(member, (staticmethod, classmethod)):
                    member = member.__func__
                if isinstance(member, types.FunctionType) and member.__module__ == module:
                    yield f"{name}.{inner}", member


@contextlib.contextmanager
def planted(module: str, right: str, wrong: str) -> Iterator[None]:
    """While it lasts, ``module`` runs with ``wrong`` where its text says ``right``, which must stand in it exactly once.

    The functions stay the same objects, so that whoever has imported them runs the changed text too.
    """
    real = importlib.import_module(module)
    text = Path(str(real.__file__)).read_text(encoding="utf-8")
    if text.count(right) != 1:
        raise ValueError(f"{module} has {right!r} {text.count(right)} times, not once: change the table of planted faults with the rule")
    changed = types.ModuleType(module)
    changed.__file__ = real.__file__
    sys.modules[module] = changed
    try:
        exec(compile(text.replace(right, wrong), str(real.__file__), "exec"), changed.__dict__)
    finally:
        sys.modules[module] = real
    faulty = dict(functions(vars(changed), module))
    kept = {}
    try:
        for name, function in functions(vars(real), module):
            other = faulty.get(name)
            if other is not None and other.__code__ != function.__code__ and other.__code__.co_freevars == function.__code__.co_freevars:
                kept[function] = function.__code__
                function.__code__ = other.__code__
        if not kept:
            raise ValueError(f"no function of {module} changes with {wrong!r}")
        yield
    finally:
        for function, code in kept.items():
            function.__code__ = code


@functools.cache
def function_at(address: str) -> Callable[..., None]:
    """The test at an address such as ``models/test_storage.py::test_loss``."""
    file, name = address.split("::")
    path = TESTS / file
    for folder in (str(TESTS), str(path.parent)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    module = importlib.import_module(path.stem)
    if Path(str(module.__file__)).resolve() != path:
        raise ValueError(f"two test modules are called {path.stem}")
    found: Callable[..., None] = getattr(module, name)
    return found


def arguments(test: Callable[..., None]) -> list[dict[str, Any]]:
    """The sets of arguments with which a test is run: all that its ``parametrize`` marks combine to."""
    found: list[dict[str, Any]] = [{}]
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names, values = [n.strip() for n in mark.args[0].split(",")] if isinstance(mark.args[0], str) else mark.args[0], mark.args[1]
            rows = [dict(zip(names, v if len(names) > 1 else (v,), strict=True)) for v in values]
            found = [{**old, **new} for old in found for new in rows]
    return found


def fails(address: str) -> bool:
    """Whether a test fails by an assertion, with any of its arguments. What raises otherwise proves nothing, and is raised."""
    test = function_at(address)
    for chosen in arguments(test):
        try:
            test(**chosen)
        except (AssertionError, pytest.fail.Exception):
            return True
    return False
