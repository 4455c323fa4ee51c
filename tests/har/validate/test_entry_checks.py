"""The checks of one entry: what is proved in one decode and what is looked at member by member are told the same."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.validate import rules
from harlake.har.validate.entry_checks import check_entry, check_irregular_entry
from tests.support.complete_har import FULL_ENTRY, PATHS, changed, har_of
from tests.support.reading import returned
from tests.support.validation import check

_odd = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats(allow_nan=False) | st.text(max_size=3)

_ENTRY_PATHS = [path[2:] for path in PATHS if path[:1] == ("entries",)]


@given(st.lists(st.tuples(st.sampled_from(_ENTRY_PATHS), _odd | st.lists(_odd, max_size=2)), max_size=3))
def test_both_ways_of_decoding_find_the_same(changes: list[tuple[rules.Path, Any]]) -> None:
    """That an entry is proved in one decode changes nothing that is found."""
    entry = copy.deepcopy(FULL_ENTRY)
    for path, value in changes:
        owner: Any = entry
        for step in path[:-1]:
            inside: dict[Any, Any] = (
                owner if isinstance(owner, dict) else dict(enumerate(owner)) if isinstance(owner, list) else {}
            )
            owner = inside.get(step)
        if isinstance(owner, dict):
            owner[path[-1]] = value
    text = json.dumps(entry).encode()
    if "Infinity" not in text.decode():
        one, other = returned(check_entry(text)), returned(check_irregular_entry(text))
        assert (list(one.violations), one.regular) == (list(other.violations), other.regular)


@pytest.mark.parametrize(
    "value",
    [
        b"1e400",
        b"-1E+99999999999999999999",
        b"1" * 5000,
        b"0.%s1" % (b"0" * 5000),
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'"\\udc80"',
        b'"\\u0000"',
        b"[1e400]",
    ],
    ids=range(9),
)
@pytest.mark.parametrize("path", [("time",), ("request", "method"), ("response", "content", "text"), ("_x",)], ids=str)
def test_absurd_values_are_checked_like_any_other(path: rules.Path, value: bytes) -> None:
    """What no decoder can follow is no reason to know nothing of the rest; all come in pieces as they do whole."""
    text = har_of(changed(("entries", 0, *path), "@@")).replace(b'"@@"', value)
    text = text.replace(b'"status": 200', b'"status": "@"')
    checked = check(text)
    assert checked == check(text, range(0, len(text), 999))
    statuses = [one for one in checked.problems if one.path == "log.entries[0].response.status"]
    assert [one.code for one in statuses] == ["wrong-type"]
    assert statuses[0].byte in (text.index(b'"@"'), text.index(b'{"pageref"'))
