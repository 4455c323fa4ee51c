"""Names in query strings, in either spelling."""

from __future__ import annotations

from copy import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.api.exports import ExportController
from harlake.api.query_names import in_one_spelling, query_names
from harlake.api.sessions import SessionController

_KNOWN = ("min_time", "limit", "has_body", "csv_raw")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"minTime=5&limit=1", b"min_time=5&limit=1"),
        (b"min_time=5", b"min_time=5"),
        (b"minTime=A&minTime=B", b"min_time=A&min_time=B"),
        (b"hasBody", b"has_body"),
        (b"limit=minTime=1", b"limit=minTime=1"),
        (b"maxTime=5", b"maxTime=5"),
        (b"MinTime=5&minTIME=5&min_Time=5", b"MinTime=5&minTIME=5&min_Time=5"),
        (b"&&=A&csvRaw=", b"&&=A&csv_raw="),
        (b"\xff\xe9A=1&minTime=%20A", b"\xff\xe9A=1&min_time=%20A"),
    ],
)
def test_known_names_are_respelt(query: bytes, expected: bytes) -> None:
    """Values stay as they are, and so do names that nobody knows."""
    assert in_one_spelling(query, _KNOWN) == expected


@given(st.lists(st.sampled_from([b"minTime", b"limit", b"x", b"A", b"=", b"&", b"%41", b"hasBody"])).map(b"".join))
def test_only_names_change(query: bytes) -> None:
    """Doing it twice changes nothing more, and values are the same."""
    once = in_one_spelling(query, _KNOWN)
    assert in_one_spelling(once, _KNOWN) == once
    values = [[part.partition(b"=")[1:] for part in one.split(b"&")] for one in (query, once)]
    assert values[0] == values[1]


def test_names_of_routes() -> None:
    """Those of a route's own, its options and the filters."""
    # A handler keeps what it has found, and those of applications are copies of these.
    listing, export = copy(SessionController.list_entries_of_session), copy(ExportController.export_session)
    assert {"limit", "cursor", "sort", "min_time", "url~", "url_regex"} <= set(query_names(listing))
    assert {"csv_raw", "max_part", "has_body"} <= set(query_names(export))
