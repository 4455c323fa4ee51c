"""Searches: each entry that holds a text, in stored order, and a line at the end."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from harlake.errors import SessionNotFoundError
from harlake.har.text_search import TextQuery
from harlake.query import search
from harlake.query.filters import Filter, parse_filter
from harlake.query.search import SearchRequest, search_session
from harlake.store.ids import entry_id
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har

_ENTRIES = [entry(number, b',"_note":"%b"' % (b"needle " * (number % 3) + b"x" * 400)) for number in range(30)]


def _search(folder: Folder, text: str, entry_filter: Filter = Filter(), limit: int | None = None) -> list[Any]:  # noqa: B008
    request = SearchRequest(folder.session.id, TextQuery(text), entry_filter, limit)
    return [json.loads(line) for line in search_session(folder.data_dir, request) if line]


@pytest.mark.parametrize("in_flight", [1, 8 << 20])
def test_all_hits_in_order(monkeypatch: pytest.MonkeyPatch, in_flight: int) -> None:
    """Hits are those of each entry, one after the other; filters and limits hold."""
    monkeypatch.setattr(search, "_IN_FLIGHT", in_flight)
    with folder_of(har(*_ENTRIES), har(_ENTRIES[2], entry(99))) as folder:
        first, second = (capture.id for capture in folder.captures)
        *hits, end = _search(folder, "needle")
        expected = [str(entry_id(first, number)) for number in range(30) if number % 3]
        assert [hit["entry"] for hit in hits] == [*expected, str(entry_id(second, 0))]
        assert [hit["count"] for hit in hits] == [*(number % 3 for number in range(30) if number % 3), 2]
        assert end == {"done": True, "hits": 21, "entries": 32}
        assert _search(folder, "needle", limit=4) == [*hits[:4], {"done": True, "hits": 4, "limited": True}]
        assert _search(folder, "needle", limit=21)[-1] == end
        *some, end = _search(folder, "needle", parse_filter([("path", "/1*")]))
        assert some == [hit for hit in hits if hit["url"].startswith("http://example.test/1")]
        assert end["entries"] == 11
        assert _search(folder, "nowhere") == [{"done": True, "hits": 0, "entries": 32}]


def test_a_session_that_goes_meanwhile() -> None:
    """A search of what has been removed ends with an error, not with a line that says it is done."""
    with folder_of(har(*_ENTRIES)) as folder:
        request = SearchRequest(folder.session.id, TextQuery("nowhere"), Filter())
        lines: Generator[bytes] = search_session(folder.data_dir, request)
        next(lines)
        folder.data_dir.delete_session(folder.session.id)
        with pytest.raises(SessionNotFoundError):
            list(lines)


def test_long_urls_are_marked() -> None:
    """A hit's line has the URL of the index, and says where that is truncated; warnings come at the end."""
    long = _ENTRIES[1].replace(b"/1?", b"/1?" + b"x" * 3_000)
    with folder_of(har(long)) as folder:
        *hits, end = _search(folder, "needle", parse_filter([("q", "x")]))
        assert [hit["truncated"] for hit in hits] == [["url"]]
        assert len(end["warnings"]) == 1
