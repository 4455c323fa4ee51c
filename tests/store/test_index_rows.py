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
    unknown = ("resource_type", "transfer_size", "error", "blocked_ms", "dns_ms", "connect_ms", "ssl_ms")
    assert row == dict.fromkeys(unknown) | {
        "capture": _CAPTURE,
        "ordinal": 5,
        "frame_start": 10,
        "frame_length": 20,
        "frame_text_length": 30,
        "start": 0,
        "length": 2,
        "started_at": datetime(2024, 2, 28, 16, tzinfo=UTC),
        "time_ms": 3.5,
        "method": "GET",
        "url": "HTTPS://user@EXAMPLE.test:8443/a/b?c#d",
        "host": "example.test",
        "path": "/a/b",
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
        ("http://h?q", "h", None),
        ("ws://H#f/g", "h", None),
        ("http://a@b@c/", "b@c", "/"),
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
    entries = [{"request": {"url": text, "method": text}} for text in ("é" * MAX_TEXT_BYTES, "short", "x" * 1_024)]
    rows = _stored(converter, *entries)
    for column in ("url", "method"):
        assert [row[column] == entry["request"][column] for row, entry in zip(rows, entries, strict=True)] == [
            False,
            True,
            True,
        ]
        assert is_truncated(rows[0][column])


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
    """A page that is no object, or has members of other types, is a row of NULLs."""
    pages = [
        b'{"id":"p","title":"t","startedDateTime":"2024-01-01T00:00:00Z","pageTimings":{"onContentLoad":1,"onLoad":2.5}}',
        b'{"id":1,"title":null,"startedDateTime":"never","pageTimings":{"onLoad":"2"}}',
        b'{"id":"q","pageTimings":[]}',
        b'{"pageTimings":{"onLoad":1%b}}' % (b"0" * 400),
        b"[]",
    ]
    rows = converter.pages(_CAPTURE, page_batch(pages))
    assert rows.schema == PAGE_SCHEMA
    first = {"id": "p", "title": "t", "started_at": datetime(2024, 1, 1, tzinfo=UTC)}
    empty = dict.fromkeys(("id", "title", "started_at", "on_content_load", "on_load"))
    assert rows.to_pylist() == [
        {"capture": _CAPTURE, "number": 0, **first, "on_content_load": 1.0, "on_load": 2.5},
        *(
            {"capture": _CAPTURE, "number": number, **empty, "id": page}
            for number, page in ((1, None), (2, "q"), (3, None), (4, None))
        ),
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
