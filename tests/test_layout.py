"""The tree itself: a test module for each module, nothing too long, and no name that means two things."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

_SOURCE = ROOT / "src" / "harlake"
_TESTS = ROOT / "tests"
#: Packages whose modules each have a test module; what is around them is shown by tests that start a service.
_CORE = ("har", "formats", "store", "query", "upload", "pipeline", "export", "analysis", "observability", "access")
_MODULES = sorted(path for path in _SOURCE.rglob("*.py") if path.name != "__init__.py")

_MAX_MODULE_LINES = 350
_MAX_FUNCTION_LINES = 40

#: Words that an engineer of this field would not look for; each has one of the field's in its place.
_PRIVATE_WORDS = frozenset({"judge", "lane", "lifted", "minds", "tame", "tamer", "taming", "turns", "verdict"})


_Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _first_comment(lines: list[str]) -> str:
    """Return what a module, or a function, begins with by way of a reason: its first comment."""
    return next((line.strip() for line in lines if line.strip().startswith("#")), "")


def _functions(path: Path) -> Iterator[_Function]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, _Function))


def _length(function: _Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


@pytest.mark.parametrize("package", _CORE)
def test_each_module_of_the_core_has_a_test_module(package: str) -> None:
    """Its name is the module's, and its folder mirrors the package's."""
    modules = [path.relative_to(_SOURCE) for path in _MODULES if path.is_relative_to(_SOURCE / package)]
    assert modules
    assert [path.as_posix() for path in modules if not (_TESTS / path.parent / f"test_{path.name}").is_file()] == []


@pytest.mark.slow
def test_helpers_are_not_taken_for_tests() -> None:
    """What is collected has tests, and what has tests is collected."""
    for path in _TESTS.rglob("*.py"):
        has_tests = any(function.name.startswith("test_") for function in _functions(path))
        assert has_tests == path.name.startswith("test_"), _name(path)


@pytest.mark.parametrize("path", [*_MODULES, *sorted(_TESTS.rglob("*.py"))], ids=_name)
def test_nothing_is_too_long(path: Path) -> None:
    """A module or function that is longer says in its first comment why it is that long."""
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= _MAX_MODULE_LINES or "long" in _first_comment(lines)
    for function in _functions(path):
        body = lines[function.lineno - 1 : function.end_lineno]
        assert _length(function) <= _MAX_FUNCTION_LINES or "long" in _first_comment(body), function.name


def _definitions(path: Path) -> Iterator[str]:
    for node in _tree(path).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def test_each_public_name_is_defined_once() -> None:
    """No public name of a module means something else in another one."""
    modules = defaultdict(set)
    for path in _MODULES:
        for name in _definitions(path):
            if not name.startswith("_"):
                modules[name].add(_name(path))
    assert {name: sorted(paths) for name, paths in modules.items() if len(paths) > 1} == {}


def _identifiers(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name, asname=other):
                yield from (name, other or "")


def test_identifiers_have_no_private_words() -> None:
    """Names are the field's words; ``docs/glossary.md`` has the few that are not."""
    found = defaultdict(set)
    for path in [*_MODULES, *_TESTS.rglob("*.py")]:
        for identifier in _identifiers(path):
            words = re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", identifier).lower())
            if _PRIVATE_WORDS & set(words):
                found[_name(path)].add(identifier)
    assert found == {}
