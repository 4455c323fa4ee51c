"""Rows of the index: what is read from entries and pages, and what of it is stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.entry import Entry, read_entry
from harlake.har.parse.reader import HarReader
from harlake.limits import MAX_TEXT_BYTES, Limits
from harlake.store.capture_object import Frame
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA, READ_SCHEMA, is_truncated
from harlake.store.index_rows import IndexRows, RowConverter, page_batch, record_batch
from tests.support.hars import entry as entry_text
from tests.support.hars import numbered

_CAPTURE = uuid.UUID(int=1)
_FRAME = Frame(10, 20, 30)


@pytest.fixture(scope="module")
def converter() -> Iterator[RowConverter]:
    """What converts rows; it keeps nothing from one conversion to the next."""
    opened = RowConverter()
    yield opened
    opened.close()


def _read(entry: dict[str, Any]) -> Entry:
    found = read_entry(msgspec.json.encode(entry))
    assert isinstance(found, Entry)
    return found


def _rows(entries: list[Entry]) -> IndexRows:
    count = len(entries)
    return IndexRows(5, entries, [(_FRAME, count)], list(range(count)), list(range(2, count + 2)))


def _stored(converter: RowConverter, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    batch = record_batch(_rows([_read(entry) for entry in entries]))
    rows = converter.entries(_CAPTURE, pa.Table.from_batches([batch]))
    assert rows.schema == ENTRY_SCHEMA
    return list(rows.to_pylist())


def test_an_entry_becomes_a_row(converter: RowConverter) -> None:
    """Texts as they are, times in UTC, host and path out of the URL, type out of the media type."""
    entry = msgspec.json.decode(entry_text(7, b',"pageref":"p","serverIPAddress":"::1","connection":"443"'))
    entry["request"]["url"] = "HTTPS://user@EXAMPLE.test:8443/a/b?c#d"
    (row,) = _stored(converter, entry)
    assert isinstance(row.pop("type"), str)
    unknown = ("resource_type", "error", "blocked_ms", "dns_ms", "connect_ms", "ssl_ms")
    place = {"frame_start": 10, "frame_length": 20, "frame_text_length": 30, "start": 0, "length": 2}
    assert row == dict.fromkeys(unknown) | place | {
        "capture": _CAPTURE,
        "ordinal": 5,
        "started_at": datetime(2024, 2, 28, 16, tzinfo=UTC),
        "time_ms": 3.5,
        "method": "GET",
        "url": "HTTPS://user@EXAMPLE.test:8443/a/b?c#d",
        "host": "example.test",
        "path": "/a/b",
        "operation": "",
        "status": 200,
        "status_text": "OK",
        "http_version": "HTTP/1.1",
        "mime_type": "text/plain",
        "media_type": "text/plain",
        "page_ref": "p",
        "server_ip": "::1",
        "connection": "443",
        "request_size": 0,
        "response_size": 2,
        "content_size": 2,
        "transfer_size": 2,
        "transfer_size_from": "bodySize",
        "failed": False,
        "from_cache": False,
        "has_body": True,
        "send_ms": 0.0,
        "wait_ms": 3.0,
        "receive_ms": 0.5,
    }


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("http://[::1]:80/x", "[::1]", "/x"),
        ("http://h?q", "h", "/"),
        ("ws://H#f/g", "h", "/"),
        ("http://a@b@c/", "c", "/"),
        ("example.com:443", "example.com", None),
        ("//cdn.example.com/x", "cdn.example.com", "/x"),
        ("about:blank", "", None),
        ("", "", None),
    ],
)
def test_host_and_path_come_out_of_the_url(converter: RowConverter, url: str, host: str, path: str | None) -> None:
    """Where there is none, the host is empty, for entries are grouped by it, and the path is NULL."""
    (row,) = _stored(converter, {"request": {"url": url}})
    assert (row["host"], row["path"]) == (host, path)


def test_what_does_not_fit_its_column_is_null(converter: RowConverter) -> None:
    """Numbers out of range and times that are none are NULL; an entry without a response has failed."""
    request = {"url": "about:blank", "bodySize": 1e30}
    rows = _stored(
        converter,
        {"request": request, "startedDateTime": "infinity", "response": {"status": 1e12}},
        {"request": request, "startedDateTime": "yesterday"},
        {"request": request, "response": {"status": 404}},
        {"request": request, "response": {"status": 200, "_error": "net::ERR_ABORTED"}},
        {"request": request, "response": {"status": 200, "_error": ""}},
    )
    assert {(row["started_at"], row["request_size"]) for row in rows} == {(None, None)}
    assert [row["status"] for row in rows] == [None, None, 404, 200, 200]
    assert [row["failed"] for row in rows] == [True, True, True, True, False]
    assert [row["ordinal"] for row in rows] == [5, 6, 7, 8, 9]


def test_a_long_text_of_any_column_is_cut(converter: RowConverter) -> None:
    """Also one of several bytes a character; short ones beside it stay as they are."""
    texts = ("é" * MAX_TEXT_BYTES, "short", "x" * 1_024)
    entries = [{"request": {"url": text, "httpVersion": text}} for text in texts]
    rows = _stored(converter, *entries)
    for column, name in (("url", "url"), ("http_version", "httpVersion")):
        assert [row[column] == entry["request"][name] for row, entry in zip(rows, entries, strict=True)] == [
            False,
            True,
            True,
        ]
        assert is_truncated(rows[0][column])


def test_values_of_other_types_are_read_as_they_are_meant(converter: RowConverter) -> None:
    """Numbers in strings, ids that are numbers, wrapped values, dates in other spellings: one row for all of them."""
    plain = {
        "request": {"url": "https://example.com/", "method": "POST", "bodySize": 3},
        "response": {"status": 404, "bodySize": 5, "_transferSize": 9, "content": {"size": 7, "mimeType": "a/b"}},
        "startedDateTime": "2024-05-01T10:00:00Z",
        "time": 12.5,
        "timings": {"send": 1, "wait": 2},
        "pageref": "1",
        "_fromCache": True,
    }
    content = {"size": "7", "mimeType": "A/B, a/b;x=y"}
    strings = {
        "request": {"url": "https://example.com./", "method": " post", "bodySize": "3"},
        "response": {"status": "404", "bodySize": "5", "_transferSize": " 9 ", "content": content},
        "startedDateTime": 1714557600000,
        "time": "12.5",
        "timings": {"send": "1", "wait": "2.0"},
        "pageref": 1,
        "_fromCache": "true",
    }
    wrapped = {
        "request": {"url": {"type": "string", "value": "HTTPS:\\\\example.com"}, "method": ["POST"], "bodySize": [3]},
        "response": {
            "status": {"type": "number", "value": 404},
            "bodySize": {"type": "number", "value": "5"},
            "_transferSize": {"$numberInt": "9"},
            "content": {"size": {"value": 7}, "mimeType": ["a/b", "a/b"]},
        },
        "startedDateTime": {"type": "date", "value": "2024-05-01 12:00:00 +0200"},
        "time": {"type": "base64", "value": "MTIuNQ=="},
        "timings": {"send": [1], "wait": "+2"},
        "pageref": {"type": "number", "value": 1},
        "_fetchType": "Disk Cache",
    }
    first, *others = _stored(converter, plain, strings, wrapped)
    assert (first["status"], first["transfer_size_from"], first["path"]) == (404, "_transferSize", "/")
    for other in others:
        ignored = dict.fromkeys(("url", "mime_type", "ordinal", "start", "length"))
        assert other | ignored == first | ignored


@pytest.mark.parametrize("date", ["2024-05-01T10:00:00Z", "2024-05-01 10:00", "5/1/2024, 10:00:00 AM", "1714557600.0"])
def test_a_date_is_read_beside_any_other(converter: RowConverter, date: str) -> None:
    """Those that SQL reads and those that it does not may be in one batch."""
    dates = [date, "2024-05-01T10:00:00.000Z", None, "never", "infinity", date]
    rows = _stored(converter, *({"request": {"url": "a"}, "startedDateTime": one} for one in dates))
    ten = datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert [row["started_at"] for row in rows] == [ten, ten, None, None, None, ten]


def test_a_time_that_is_missing_is_the_sum_of_the_timings(converter: RowConverter) -> None:
    """Less what does not apply; the handshake is part of the connection."""
    timings = {"blocked": -1, "dns": 1, "connect": 10, "ssl": 8, "send": 0, "wait": "20", "receive": 2.5}
    entries = [{"request": {"url": "a"}, "timings": timings, **time} for time in ({}, {"time": -1}, {"time": 5})]
    rows = _stored(converter, *entries, {"request": {"url": "a"}})
    assert [row["time_ms"] for row in rows] == [33.5, 33.5, 5.0, None]


@pytest.mark.parametrize(
    ("members", "is_from_cache"),
    [
        *(({"_fetchType": "Memory Cache"}, True), ({"_fetchType": "Disk Cache"}, True)),
        *(({"_fetchType": "Network Load"}, False), ({"_fetchType": "Service Worker"}, False)),
        *(({"_fromCache": "disk"}, True), ({"_fromCache": "false"}, False), ({"_fromCache": 1}, True), ({}, False)),
    ],
)
def test_any_browser_says_what_came_from_a_cache(
    converter: RowConverter, members: dict[str, Any], is_from_cache: bool
) -> None:
    """Chrome names the cache, Safari the kind of fetch."""
    (row,) = _stored(converter, {"request": {"url": "a"}, **members})
    assert row["from_cache"] is is_from_cache


@pytest.mark.parametrize(
    ("response", "size", "said_by"),
    [
        ({"_transferSize": 7, "bodySize": 5}, 7, "_transferSize"),
        ({"_transferSize": 0, "bodySize": 5}, 0, "_transferSize"),
        ({"_transferSize": -1, "bodySize": 5}, 5, "bodySize"),
        ({"_transferSize": None, "bodySize": "5"}, 5, "bodySize"),
        ({"bodySize": -1}, None, ""),
        ({"_transferSize": -1}, -1, ""),
        ({}, None, ""),
    ],
)
def test_what_was_transferred_is_said_with_where_it_comes_from(
    converter: RowConverter, response: dict[str, Any], size: int | None, said_by: str
) -> None:
    """The size of the body stands for it where nothing else does."""
    (row,) = _stored(converter, {"request": {"url": "a"}, "response": response})
    assert (row["transfer_size"], row["transfer_size_from"]) == (size, said_by)


@given(st.integers(1, 20), st.integers(1, 2_000))
def test_blocks_are_added_in_order(count: int, block_bytes: int) -> None:
    """Each entry has its own place, and its block's frame; ordinals go on."""
    reader = HarReader(Limits(block_bytes=block_bytes))
    blocks = [*reader.feed(numbered(count)), *reader.close()[0]]
    rows = IndexRows(100)
    frames = [Frame(number * 1_000, number + 1, len(block.data)) for number, block in enumerate(blocks)]
    for block, frame in zip(blocks, frames, strict=True):
        rows.add(block, frame)
    batch = record_batch(rows)
    assert batch.schema == READ_SCHEMA
    found = batch.select(["ordinal", "frame_start", "frame_length", "frame_text_length", "start", "length"])
    expected = [
        (frame.start, frame.length, frame.text_length, start, end - start)
        for block, frame in zip(blocks, frames, strict=True)
        for start, end in zip(block.starts, block.ends, strict=True)
    ]
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (100 + number, *row) for number, row in enumerate(expected)
    ]


def test_page_rows_take_what_is_of_its_type(converter: RowConverter) -> None:
    """A page that is no object is a row of NULLs; numbers in strings are numbers, and an id may be a number."""
    pages = [
        b'{"id":"p","title":"t","startedDateTime":"2024-01-01T00:00:00Z","pageTimings":{"onContentLoad":1,"onLoad":2.5}}',
        b'{"id":["\\udc80",[]],"title":null,"startedDateTime":"never","pageTimings":{"onLoad":true}}',
        b'{"id":"q","pageTimings":[]}',
        b'{"pageTimings":{"onLoad":1%b}}' % (b"0" * 400),
        b"[]",
        b'{"id":1,"startedDateTime":1704067200000,"pageTimings":{"onLoad":"2.5","onContentLoad":[1]},"title":"t"}',
    ]
    rows = converter.pages(_CAPTURE, page_batch(pages))
    assert rows.schema == PAGE_SCHEMA
    first = {"id": "p", "title": "t", "started_at": datetime(2024, 1, 1, tzinfo=UTC)}
    empty = dict.fromkeys(("id", "title", "started_at", "on_content_load", "on_load"))
    assert rows.to_pylist() == [
        {"capture": _CAPTURE, "number": 0, **first, "on_content_load": 1.0, "on_load": 2.5},
        *(
            {"capture": _CAPTURE, "number": number, **empty, "id": page}
            for number, page in ((1, "\ufffd\n"), (2, "q"), (3, None), (4, None))
        ),
        {"capture": _CAPTURE, "number": 5, **first, "id": "1", "on_content_load": 1.0, "on_load": 2.5},
    ]


def test_no_rows_have_the_same_columns(converter: RowConverter) -> None:
    """A HAR without entries, or without pages, is no exception."""
    assert converter.entries(_CAPTURE, READ_SCHEMA.empty_table()).equals(ENTRY_SCHEMA.empty_table())
    assert converter.pages(_CAPTURE, page_batch([])).equals(PAGE_SCHEMA.empty_table())


def test_threads_convert_at_the_same_time(converter: RowConverter) -> None:
    """Each gets its own rows."""
    batches = [record_batch(_rows([_read({"request": {"url": f"http://{n}/"}})] * 50)) for n in range(20)]
    captures = [uuid.UUID(int=number) for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(converter.entries, captures, (pa.Table.from_batches([batch]) for batch in batches)))
    for number, table in enumerate(tables):
        rows = table.to_pylist()
        assert {(row["capture"], row["host"]) for row in rows} == {(uuid.UUID(int=number), str(number))}
        assert len(rows) == 50
