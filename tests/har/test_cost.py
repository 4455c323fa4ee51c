"""What hostile text costs: no pattern goes back more than once, nothing is kept, and twice the text is twice the steps.

Steps are calls and lines of this code, and events of the garbage collector: none of them depends on the machine.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import harlake
from harlake.errors import HarlakeError
from harlake.har.envelope import Envelope
from harlake.har.parse.reader import HarReader
from harlake.har.repair.rewriter import Rewriter
from harlake.har.validate.checker import Checker
from harlake.har.writer import CaptureEnvelope, merge_envelopes
from tests.support.steps import count_steps

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)
#: More of them in a row is a text of any length.
_FEW = 100


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(harlake.__path__, "harlake."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{module.name}.{name}", value


def _repeats_any(items: Any) -> bool:
    """Return whether a parsed pattern has a repeat without a bound that gives back what it has taken."""
    for operation, argument in items:
        if operation in _REPEATS:
            if argument[1] > _FEW or _repeats_any(argument[2]):
                return True
        elif any(_repeats_any(part) for part in _parts(operation, argument)):
            return True
    return False


def _parts(operation: Any, argument: Any) -> list[Any]:
    if operation is sre.BRANCH:
        return list(argument[1])
    if operation is sre.SUBPATTERN:
        return [argument[3]]
    if operation in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    return [argument] if operation is sre.ATOMIC_GROUP else []


def _nested(items: Any) -> bool:
    """Return whether there is a repeat in a repeat, both of which give back: the text can be divided in many ways."""
    for operation, argument in items:
        if operation in _REPEATS:
            if (argument[1] > _FEW and _repeats_any(argument[2])) or _nested(argument[2]):
                return True
        elif operation is sre.POSSESSIVE_REPEAT:
            if _nested(argument[2]):
                return True
        elif any(_nested(part) for part in _parts(operation, argument)):
            return True
    return False


def test_no_pattern_repeats_what_repeats() -> None:
    """A repeat within a repeat takes a time that doubles with each byte; possessive ones never go back."""
    patterns = dict(_patterns())
    assert len(patterns) > 30
    nested = {name for name, one in patterns.items() if _nested(_parser.parse(one.pattern, one.flags & ~re.DEBUG))}
    assert not nested


def test_the_search_for_nested_repeats_finds_them() -> None:
    """What it finds is what takes exponential time, and not what cannot go back."""
    for pattern, nested in ((r"(?:a*b?)*", True), (r"(a+)+", True), (r"(?:a*+b)*+", False), (r"(?:a{3}){9}", False)):
        assert _nested(_parser.parse(pattern)) is nested


def _read(text: bytes) -> None:
    checker = Checker()
    reader = HarReader(on_rejection=checker.reject)
    with suppress(HarlakeError):
        for block in reader.feed(text):
            list(checker.check(block))
        blocks, _ = reader.close()
        for block in blocks:
            list(checker.check(block))
        list(checker.close(reader, "identity"))


def _har(*entries: bytes) -> bytes:
    return b'{"log":{"entries":[%b]}}' % b",".join(entries)


def _merged(count: int) -> Callable[[], object]:
    pages = b",".join(b'{"id":"p","n":%d}' % number for number in range(count))
    envelope = Envelope.parse(b'{"log":{"entries":[],"pages":[%b]}}' % pages)
    return lambda: merge_envelopes([CaptureEnvelope(envelope)], "1")


def _filled(depth: int) -> Callable[[], object]:
    value = b"[" * depth + b'"x"' + b"]" * depth
    entry = b'{"request":{"url":"http://a/","headers":[{"name":"a","value":%b}]}}' % value
    return lambda: Rewriter(fill=True).entry(entry)


_KINDS: dict[str, Callable[[int], Callable[[], object]]] = {
    "numbers among the entries": lambda count: lambda: _read(_har(*[b"1"] * count)),
    "objects without a request": lambda count: lambda: _read(_har(*[b"{}"] * count)),
    "objects of any member": lambda count: lambda: _read(_har(*[b'{"a":1}'] * count)),
    "entries between numbers": lambda count: lambda: _read(_har(*[b'1,{"request":{"url":""}}'] * (count // 2))),
    "lone surrogates": lambda count: lambda: _read(_har(*[rb'{"":"\ud800"}'] * count)),
    "a page for each entry": lambda count: (
        lambda: _read(_har(*(b'{"request":{"url":""},"pageref":"%d"}' % number for number in range(count))))
    ),
    "brackets that end too early": lambda count: lambda: _read(_har(b"[" + b"[]," * count + b"}")),
    "pages of one id": _merged,
    "headers in headers": _filled,
}


@pytest.mark.parametrize("kind", _KINDS)
def test_twice_as_much_costs_twice_as_much(kind: str) -> None:
    """Whatever a file is made of, its cost is in proportion to it."""
    _KINDS[kind](20)()  # what is computed once
    one, two = (count_steps(_KINDS[kind](count)) for count in (150, 300))
    assert one > 100
    assert two < 2.4 * one


#: Texts that patterns have to read, of any length.
_LONG: dict[str, Callable[[int], bytes]] = {
    "a date of spaces": lambda count: b'"startedDateTime":"1/1/1 00:00%bx"' % (b" " * count),
    "a date of months": lambda count: b'"startedDateTime":"%b"' % (b"jan" * count),
    "a number of digits": lambda count: b'"time":"%bx"' % (b"1" * count),
    "an address of spaces": lambda count: rb'"serverIPAddress":"1%%%b\nx"' % (b" " * count),
}


@pytest.mark.parametrize("kind", _LONG)
def test_long_values_are_checked(kind: str) -> None:
    """A value of 200,000 characters, for which patterns that go back would take hours, is checked in no time."""
    _read(_har(b'{"request":{"url":""},%b}' % _LONG[kind](200_000)))


_DAMAGED = [
    _har(*[b"1"] * 200),
    _har(b'{"a" 1}'),
    _har(b"{]"),
    _har(b'{"request":{"url":"\xff"}}'),
    _har(b"[" * 20_000),
    b'{"log":{"entries":[1,tru',
    b'{"log":1}',
    b'{"log":{"entries":{}}}',
    b'{"a":\xff',
    b"",
]


@pytest.mark.slow
@pytest.mark.parametrize("text", _DAMAGED, ids=range(len(_DAMAGED)))
def test_nothing_is_left_to_the_garbage_collector(text: bytes) -> None:
    """What a reader has made goes with it: no cycle holds it, be it of parsers or of errors and their frames."""

    def read() -> None:
        reader = HarReader()
        with suppress(HarlakeError):
            reader.feed(text)
            reader.close()

    read()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(5):
            read()
        assert gc.collect() == 0
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()


def test_long_strings_of_escapes_take_no_memory() -> None:
    """A repeat of more than one character notes where each begins, to go back: ten million escapes took a gigabyte."""
    for name, pattern in _patterns():
        assert not list(_notes(_parser.parse(pattern.pattern, pattern.flags))), name
    assert list(_notes(_parser.parse(r'"[^"\\]*(?:\\.[^"\\]*)*"')))


def _notes(items: Any) -> Iterator[Any]:
    """Yield the repeats without a bound of more than one character that may go back."""
    for operation, argument in items:
        inner = argument[2] if operation in (*_REPEATS, sre.POSSESSIVE_REPEAT) else None
        if inner is None:
            for part in _parts(operation, argument):
                yield from _notes(part)
            continue
        if operation in _REPEATS and argument[1] > _FEW and inner.getwidth() != (1, 1):
            yield inner
        yield from _notes(inner)
