"""Listings: cursors that lead on, and long URLs as a whole."""

from __future__ import annotations

import json
import resource
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import BadRequestError, DamagedCaptureError, TooBusyError
from harlake.query.columns import is_sort_value
from harlake.query.filters import parse_filter
from harlake.query.listing import list_entries
from harlake.query.pagination import Order
from tests.support.folders import Folder, folder_of, import_har
from tests.support.hars import entry, har

_URL = b"http://example.test/1?q=\\u00e9"


def test_cursors_lead_on() -> None:
    """Cursors, and ids of entries, begin where they say, in their order and session only."""
    with folder_of(har(*map(entry, range(9))), har(*map(entry, range(4)))) as folder:
        data_dir, session = folder.data_dir, folder.session.id
        everything = list_entries(data_dir, session, 100)
        assert (len(everything.entries), everything.cursor, everything.total) == (13, None, 13)
        for start, row in enumerate(everything.entries):
            assert list_entries(data_dir, session, 3, row["id"]).entries == everything.entries[start : start + 3]
        first = list_entries(data_dir, session, 5, order=Order("url"))
        assert first.cursor is not None
        rest = list_entries(data_dir, session, 100, first.cursor, order=Order("url"))
        assert first.entries + rest.entries == list_entries(data_dir, session, 100, order=Order("url")).entries
        other = import_har(data_dir, har(entry(1))).id
        wrong = [(session, first.cursor, Order()), (other, first.cursor, Order("url")), (session, "x", Order())]
        wrong.append((session, everything.entries[0]["id"], Order("url")))
        for of_session, cursor, order in wrong:
            with pytest.raises(BadRequestError):
                list_entries(data_dir, of_session, 1, cursor, order=order)
        few = list_entries(data_dir, session, 1, entry_filter=parse_filter([("path", "/1")]))
        assert (few.total, len(few.entries)) == (2, 1)


@pytest.fixture(scope="module")
def empty() -> Iterator[Folder]:
    """A session without entries."""
    with folder_of(har()) as folder:
        yield folder


@settings(max_examples=20)
@given(cursor=st.text(max_size=30))
def test_no_text_is_a_cursor_by_chance(empty: Folder, cursor: str) -> None:
    """Whatever a client sends is refused as a cursor."""
    with pytest.raises(BadRequestError):
        list_entries(empty.data_dir, empty.session.id, 1, cursor)


_FORGED: list[Any] = [*("x\nERROR", True, 1 << 63, -(1 << 70), 1.5, 7, None, [], {"a": 1})]


@pytest.mark.slow
@pytest.mark.parametrize("column", ["ordinal", "time", "url", "status", "hasBody", "startedDateTime", "bytes"])
@pytest.mark.parametrize("descending", [False, True])
def test_forged_cursors_are_refused_or_lead_on(empty: Folder, column: str, descending: bool) -> None:
    """Whatever is in a cursor: a value of another type, a number beyond all bounds, an ordinal that cannot be."""
    with folder_of(har(entry(0), entry(1))) as folder:
        (capture,) = folder.captures
        order = Order(column, descending)
        for value in (*_FORGED, "9" * 5_000):
            for ordinal in (0, -1, 1 << 32, 1 << 70, "0"):
                text = json.dumps([column, descending, value, str(capture.id), ordinal]).encode()
                cursor = urlsafe_b64encode(text).decode().rstrip("=")
                try:
                    list_entries(folder.data_dir, folder.session.id, 1, cursor, order=order)
                except BadRequestError as error:
                    assert str(error).startswith("cursor ")  # noqa: PT017 - it may be raised, or not
                    assert len(str(error)) < 400  # noqa: PT017
                else:
                    assert is_sort_value(column, value)
                    assert ordinal == 0
    with pytest.raises(BadRequestError):
        list_entries(empty.data_dir, empty.session.id, 1, urlsafe_b64encode(b"[" * 30_000).decode())


def test_long_urls_are_completed() -> None:
    """A URL that the index has only the beginning of is listed as a whole, up to 64 KiB."""
    long, longer = (b"http://a.test/" + b"x" * length for length in (3_000, 70_000))
    mime = json.dumps({"request": {"url": "http://a.test/"}, "response": {"content": {"mimeType": "m" * 3_000}}})
    hars = har(entry(1).replace(_URL, long), entry(2)), har(entry(1).replace(_URL, longer), mime.encode())
    with folder_of(*hars) as folder:
        rows = list_entries(folder.data_dir, folder.session.id, 9).entries
        assert [row["url"] for row in rows[::2]] == [long.decode(), longer.decode()[: 64 * 1024]]
        assert rows[0].get("truncated") == ["path"]
        assert rows[2].get("truncated") == ["url", "path"]
        assert (rows[1].get("truncated"), rows[3].get("truncated")) == (None, ["mimeType"])
        warned = list_entries(folder.data_dir, folder.session.id, 9, entry_filter=parse_filter([("q", "x")]))
        assert len(warned.warnings) == 1


def test_an_index_that_cannot_be_read_is_an_error() -> None:
    """Of a capture whose file is damaged, and of no other; a client is not told where it is."""
    with folder_of(har(*map(entry, range(600))), block_bytes=100_000) as folder:
        data_dir, whole = folder.data_dir, import_har(folder.data_dir, har(*map(entry, range(600)))).id
        (capture,) = folder.captures
        (data_dir.path / "index" / f"{capture.id}.parquet").write_bytes(b"PAR1 and nothing else PAR1")
        for entry_filter in (parse_filter([]), parse_filter([("path", "/1")])):
            with pytest.raises(DamagedCaptureError) as raised:
                list_entries(data_dir, folder.session.id, 1, entry_filter=entry_filter)
            assert str(data_dir.path) not in str(raised.value)
            assert len(list_entries(data_dir, whole, 1, entry_filter=entry_filter).entries) == 1


def test_too_many_open_files_are_no_damage() -> None:
    """A file that cannot be opened now can be later."""
    with folder_of(har(*map(entry, range(600))), block_bytes=100_000) as folder:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        list_entries(folder.data_dir, folder.session.id, 1)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            with pytest.raises(TooBusyError, match="too many files are open"):
                list_entries(folder.data_dir, folder.session.id, 1, order=Order("url"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert len(list_entries(folder.data_dir, folder.session.id, 1, order=Order("url")).entries) == 1
