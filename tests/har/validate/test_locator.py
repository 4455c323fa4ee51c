"""The locator: where a path leads to is where that value's text begins."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.validate.locator import Locator
from harlake.har.validate.rules import Path
from tests.support.complete_har import LOG, PATHS, item_paths

_ALL_PATHS: list[Path] = [*PATHS, *item_paths(LOG)]


@given(st.sampled_from(_ALL_PATHS), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_a_path_leads_to_its_value(path: Path, indent: int | str | None, surrogate: bool) -> None:
    """At the byte that is returned, the value at the path begins; lone surrogates elsewhere do not matter."""
    log: Any = {"_x": "\udc80" if surrogate else "x"} | LOG
    text = json.dumps(log, indent=indent).encode()
    value = log
    for step in path:
        value = value[step]
    rest = text[Locator(text).offset(path) :].decode()
    assert json.JSONDecoder().raw_decode(rest)[0] == value


def test_a_path_to_nowhere_leads_to_the_innermost_container() -> None:
    """What is missing is said to be where the object begins that lacks it."""
    text = b' {"a": {"b": [1, {}]}, "a": {"c": [7]}}'
    locator = Locator(text)
    assert locator.offset(()) == 1
    assert locator.offset(("x",)) == 1
    assert locator.offset(("a", "b")) == text.index(b'{"c"')  # of equal names the last counts
    assert locator.offset(("a", "c", 0)) == text.index(b"7")
    assert locator.offset(("a", "c", 5)) == text.index(b"[7]")
    assert locator.offset(("a", "c", 0, "d")) == text.index(b"7")


@pytest.mark.parametrize("path", [("a", 0), ("b",)])
def test_what_is_nested_too_deeply_is_not_looked_into(path: Path) -> None:
    """Where no decoder can follow, the position is that of what it could see."""
    text = b'{"a":%b,"b":1}' % (b"[" * 10_000 + b"]" * 10_000)
    assert Locator(text).offset(path) == 0
