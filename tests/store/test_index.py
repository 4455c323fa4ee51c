"""Index columns: what is read from entries, how it is stored, and that schema, index and API know the same columns."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harlake.store
from harlake.har.entry import Entry, read_entry
from harlake.limits import MAX_TEXT_BYTES
from harlake.query.columns import COLUMNS
from harlake.store import index
from harlake.store.catalog import Catalog
from tests.support.hars import entry as entry_text

_CAPTURE = uuid.UUID(int=1)


def _schema_columns(table: str) -> list[str]:
    text = files(harlake.store).joinpath("schema.sql").read_text("utf-8")
    body = re.search(rf"CREATE TABLE IF NOT EXISTS {table} \((.*?)\n\);", text, re.DOTALL)
    assert body is not None
    return re.findall(r"^    (\w+) +[A-Z]", body[1], re.MULTILINE)


def _read(entry: dict[str, Any]) -> Entry:
    found = read_entry(msgspec.json.encode(entry))
    assert isinstance(found, Entry)
    return found


def _stored(tmp_path: Path, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the catalog has of entries that are inserted as one batch."""
    decoded = [_read(entry) for entry in entries]
    count = len(decoded)
    rows = index.record_batch(index.IndexRows(0, decoded, [0] * count, list(range(count)), list(range(1, count + 1))))
    catalog = Catalog(tmp_path / "catalog.duckdb", "16MB")
    try:
        catalog.begin(_CAPTURE)
        catalog.append(_CAPTURE, index.frame_rows([]), pa.Table.from_batches([rows]))
        sql = "SELECT * REPLACE (epoch_ms(started_at) AS started_at) FROM entries ORDER BY ordinal"
        return catalog.rows(sql, named=True)
    finally:
        catalog.close()


def test_schema_index_and_api_have_the_same_columns() -> None:
    """Each column of the table is inserted, and listed under one name; but for where an entry is, which has no name."""
    columns = _schema_columns("entries")
    assert {column.name for column in index.INDEX_COLUMNS} | {"capture"} == set(columns)
    assert len(index.INDEX_COLUMNS) + 1 == len(columns)
    listed = " ".join(COLUMNS.values())
    unlisted = {name for name in columns if not re.search(rf"\b{name}\b", listed)}
    assert unlisted == {"capture", "frame", "start", "media_type", "failed"}
    known = set(columns)
    assert {sql for sql in COLUMNS.values() if sql.isidentifier()} <= known


def test_frames_and_pages_have_the_columns_of_the_schema() -> None:
    """What is inserted is all that the tables have, beside the capture."""
    assert {"capture", *index.frame_rows([]).column_names} == set(_schema_columns("frames"))
    assert {"capture", *index.page_rows([]).column_names} == set(_schema_columns("pages"))


def test_an_entry_becomes_a_row(tmp_path: Path) -> None:
    """Texts as they are, times in UTC, host and path out of the URL, type out of the media type."""
    entry = msgspec.json.decode(entry_text(7, b',"pageref":"p","serverIPAddress":"::1","connection":"443"'))
    entry["request"]["url"] = "HTTPS://user@EXAMPLE.test:8443/a/b?c#d"
    (row,) = _stored(tmp_path, entry)
    assert row.pop("started_at") == datetime(2024, 2, 28, 16, tzinfo=UTC).timestamp() * 1000
    assert isinstance(row.pop("type"), str)
    unknown = ("resource_type", "transfer_size", "error", "blocked_ms", "dns_ms", "connect_ms", "ssl_ms")
    assert row == dict.fromkeys(unknown) | {
        "capture": _CAPTURE,
        "ordinal": 0,
        "frame": 0,
        "start": 0,
        "length": 1,
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


def test_what_does_not_fit_its_column_is_null(tmp_path: Path) -> None:
    """Numbers out of range and times that are none are NULL; an entry without a response has failed."""
    request = {"url": "about:blank", "bodySize": 1e30}
    rows = _stored(
        tmp_path,
        {"request": request, "startedDateTime": "infinity", "response": {"status": 1e12}},
        {"request": request, "startedDateTime": "yesterday"},
        {"request": request, "response": {"status": 404}},
        {"request": request, "response": {"status": 200, "_error": "net::ERR_ABORTED"}},
        {"request": request, "response": {"status": 200, "_error": ""}},
    )
    assert {(row["started_at"], row["request_size"], row["host"], row["path"]) for row in rows} == {
        (None, None, "", None)
    }
    assert [row["status"] for row in rows] == [None, None, 404, 200, 200]
    assert [row["failed"] for row in rows] == [True, True, True, True, False]


def test_page_rows_take_what_is_of_its_type() -> None:
    """A page that is no object, or has members of other types, is a row of NULLs."""
    pages = [
        b'{"id":"p","title":"t","startedDateTime":"2024-01-01","pageTimings":{"onContentLoad":1,"onLoad":2.5}}',
        b'{"id":1,"title":null,"pageTimings":{"onLoad":"2"}}',
        b'{"id":"q","pageTimings":[]}',
        b'{"pageTimings":{"onLoad":1%b}}' % (b"0" * 400),
        b"[]",
    ]
    assert index.page_rows(pages).to_pylist() == [
        {"number": 0, "id": "p", "title": "t", "started_at": "2024-01-01", "on_content_load": 1.0, "on_load": 2.5},
        *(
            {"number": number, "id": id_, "title": None, "started_at": None, "on_content_load": None, "on_load": None}
            for number, id_ in ((1, None), (2, "q"), (3, None), (4, None))
        ),
    ]


@given(st.text(max_size=1_100) | st.text("aé€𝄞", min_size=200, max_size=1_100))
def test_long_texts_are_cut_between_characters(text: str) -> None:
    """A text is indexed as it is, or as much of its beginning as fits with the mark of that."""
    entry = _read({"request": {"url": "http://a/", "method": text}})
    (row,) = index.record_batch(index.IndexRows(0, [entry], [0], [0], [1])).to_pylist()
    indexed = row["method"]
    if len(text.encode()) <= MAX_TEXT_BYTES:
        assert indexed == text
    else:
        assert indexed.endswith(index.ELLIPSIS)
        assert text.startswith(indexed.removesuffix(index.ELLIPSIS))
        assert MAX_TEXT_BYTES - 4 < len(indexed.encode()) <= MAX_TEXT_BYTES
        assert index.is_truncated(indexed)
        assert index.truncated_columns({"method": indexed}) == ["method"]


@pytest.mark.parametrize(
    ("url", "path", "truncated"),
    [
        ("u" * 1_021 + "…", "/p…", ["url", "path"]),
        ("u" * 1_021 + "…", "/p", ["url"]),
        ("u" * 1_021 + "…", None, ["url"]),
        ("http://a/…", "/…", []),
    ],
)
def test_a_path_is_cut_where_its_url_is(url: str, path: str | None, truncated: list[str]) -> None:
    """A path that ends where the indexed URL does may go on."""
    assert index.truncated_columns({"url": url, "path": path, "status": 200}) == truncated


def test_the_sample_is_a_row_that_can_be_inserted() -> None:
    """It has every column of a batch."""
    sample = index.sample_rows()
    assert len(sample) == 1
    assert sample.column_names == [column.name for column in index.INDEX_COLUMNS if column.arrow_type is not None]
