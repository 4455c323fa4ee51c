"""Rows of the index as Arrow columns: from what was read of entries and pages to what is stored.

A few blocks become a record batch, which is far smaller than the Python objects that they come from. Host, path, times
and integers are computed over whole row groups.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from harlake.har.entry import Content, Entry, Request, Response, Timings
from harlake.har.parse.blocks import Block
from harlake.har.raw_json import is_object, members
from harlake.har.resource_types import content_media_type, resource_type
from harlake.har.urls import CERTAIN_URL, located
from harlake.har.values.dates import CERTAIN_IN_SQL, date, instant
from harlake.har.values.numbers import python_number
from harlake.har.values.texts import python_text
from harlake.limits import MAX_TEXT_BYTES
from harlake.store.capture_object import Frame
from harlake.store.duckdb_instance import new_instance
from harlake.store.index_columns import ENTRY_SCHEMA, INDEX_COLUMNS, PAGE_SCHEMA, READ_SCHEMA, truncated_text

_NO_RESPONSE: Final = Response()
_NO_CONTENT: Final = Content()
_NO_TIMINGS: Final = Timings()

_TEXT: Final = pa.string()
_NULL: Final = b"null"

#: Pages before their timestamps have been read.
_READ_PAGES: Final = pa.schema(
    [(column.name, _TEXT if column.name == "started_at" else column.type) for column in PAGE_SCHEMA][1:]
)


@dataclass(slots=True)
class IndexRows:
    """Rows of entries of one capture that are being collected, in stored order."""

    first_ordinal: int
    entries: list[Entry] = field(default_factory=list)
    frames: list[tuple[Frame, int]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, block: Block, frame: Frame) -> None:
        """Add the entries of a block, which is stored as a frame."""
        self.entries += block.entries
        self.frames.append((frame, len(block.entries)))
        self.starts += block.starts
        self.ends += block.ends

    def of_frames(self, attribute: str) -> list[int]:
        """Return a number of its frame for each entry."""
        return [value for frame, count in self.frames for value in [getattr(frame, attribute)] * count]


def record_batch(rows: IndexRows) -> pa.RecordBatch:
    """Return rows of entries as they were read, at least one."""
    entries = rows.entries
    count = len(entries)
    responses = [entry.response or _NO_RESPONSE for entry in entries]
    columns: dict[str, Any] = {
        "ordinal": range(rows.first_ordinal, rows.first_ordinal + count),
        "frame_start": rows.of_frames("start"),
        "frame_length": rows.of_frames("length"),
        "frame_text_length": rows.of_frames("text_length"),
        "start": rows.starts,
        "length": [end - start for start, end in zip(rows.starts, rows.ends, strict=True)],
        **_columns(Entry, entries),
        **_columns(Request, [entry.request for entry in entries]),
        **_columns(Response, responses),
        **_columns(Content, [response.content or _NO_CONTENT for response in responses]),
        **_columns(Timings, [entry.timings or _NO_TIMINGS for entry in entries]),
        "media_type": [content_media_type(response.content) or "" for response in responses],
        "time_ms": [time if (time := entry.time) is not None and time >= 0 else entry.total_time for entry in entries],
        "operation": [entry.operation if len(entry.request.postData) else "" for entry in entries],
        "type": [resource_type(entry) for entry in entries],
        "error": [response.error or response.failureText for response in responses],
        "from_cache": [
            (entry.fromCache is not None or entry.fetchType is not None) and entry.is_from_cache for entry in entries
        ],
        "has_body": [entry.has_body for entry in entries],
    }
    arrays = [_array(columns[column.name], column.type) for column in READ_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=READ_SCHEMA)


def page_batch(pages: Sequence[bytes]) -> pa.RecordBatch:
    """Return rows of pages, given as JSON text, as they were read; what is not of its type becomes NULL."""
    rows = [_page(number, text) for number, text in enumerate(pages)]
    columns = list(zip(*rows, strict=True)) or [()] * len(_READ_PAGES)
    return pa.RecordBatch.from_arrays(list(map(_array, columns, _READ_PAGES.types)), schema=_READ_PAGES)


class RowConverter:
    """Makes rows as they are stored of rows as they were read. For any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None

    def close(self) -> None:
        """Let go of memory."""
        if self._database is not None:
            self._database.close()

    def entries(self, capture: uuid.UUID, rows: pa.Table) -> pa.Table:
        """Return rows of entries of a capture as they are stored."""
        columns = dict(zip(rows.column_names, rows.columns, strict=True))
        columns["host"], columns["path"] = _located(columns["url"])
        columns["method"] = pc.ascii_upper(pc.utf8_trim_whitespace(columns["method"]))
        columns["transfer_size"], columns["transfer_size_from"] = _transferred(columns)
        for column in INDEX_COLUMNS:
            if pa.types.is_integer(column.stored_as) and column.read_type == pa.float64():
                columns[column.name] = _integers(columns[column.name], column.stored_as)
        columns["failed"] = _failed(columns["error"], columns["status"])
        columns["started_at"] = self._times(columns["started_at"])
        return _of_capture(capture, columns, ENTRY_SCHEMA, len(rows))

    def pages(self, capture: uuid.UUID, batch: pa.RecordBatch) -> pa.Table:
        """Return rows of pages of a capture as they are stored."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        columns["started_at"] = self._times(columns["started_at"])
        return _of_capture(capture, columns, PAGE_SCHEMA, len(batch))

    def _times(self, texts: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the times that texts say, NULL where one is none."""
        is_certain = pc.match_substring_regex(texts, CERTAIN_IN_SQL)
        if not pc.all(is_certain, min_count=0).as_py():
            texts = _replaced(
                texts, is_certain, lambda text: None if (when := instant(text)) is None else when.isoformat()
            )
        with closing(self._cursor()) as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            cursor.register("texts", pa.table({"text": texts}))
            times = "SELECT try_cast(text AS TIMESTAMPTZ) AS time FROM texts"
            return cursor.execute(times).to_arrow_table(len(texts) or 1)["time"]

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of DuckDB's, which takes any spelling of a time that SQL knows; it is made for who writes."""
        with self._lock:
            if self._database is None:
                self._database = new_instance({"threads": "1", "python_enable_replacements": "false"})
            return self._database.cursor()


def _located(urls: pa.ChunkedArray) -> tuple[Any, Any]:
    """Return the hosts and paths of URLs: most are cut in one go, odd ones are looked at one by one."""
    cut = pc.extract_regex(urls, CERTAIN_URL)
    host, path = (pc.struct_field(cut, name) for name in ("host", "path"))
    is_certain = pc.is_valid(cut)
    if pc.all(is_certain, min_count=0).as_py():
        return host, path
    places = {url: located(url) for url in pc.unique(pc.filter(urls, pc.invert(is_certain))).to_pylist()}
    return (
        _replaced(urls, is_certain, lambda url: places[url].host, host),
        _replaced(urls, is_certain, lambda url: places[url].path, path),
    )


def _replaced(
    texts: pa.ChunkedArray, is_certain: pa.ChunkedArray, read: Callable[[str], str | None], certain: Any = None
) -> pa.ChunkedArray:
    """Return ``certain`` values, or the texts themselves, and of texts that are not certain what is read of them."""
    is_odd = pc.fill_null(pc.invert(is_certain), fill_value=False)
    odd = [None if text is None else read(text) for text in pc.filter(texts, is_odd).to_pylist()]
    return pc.replace_with_mask(_whole(texts if certain is None else certain), _whole(is_odd), pa.array(odd, _TEXT))


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column


def _transferred(columns: dict[str, Any]) -> tuple[Any, Any]:
    """Return how many bytes of responses were transferred, and which member says so."""
    given, body = columns["transfer_size"], columns["response_size"]
    is_given, has_body = (pc.fill_null(pc.greater_equal(size, 0), fill_value=False) for size in (given, body))
    return (
        pc.if_else(is_given, given, pc.if_else(has_body, body, given)),
        pc.if_else(is_given, "_transferSize", pc.if_else(has_body, "bodySize", "")),
    )


def _integers(numbers: pa.ChunkedArray, type_: pa.DataType) -> pa.ChunkedArray:
    """Return numbers as integers, rounded; NULL where one is out of their range."""
    rounded = pc.round(numbers, round_mode="half_to_even")
    fits = pc.less(pc.abs(rounded), float(1 << (type_.bit_width - 1)))
    return pc.if_else(fits, rounded, None).cast(type_)


def _failed(error: pa.ChunkedArray, status: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whether entries say so, have no response, or a status from 400 on."""
    known = pc.fill_null(status, 0)
    is_wrong = pc.or_(pc.less_equal(known, 0), pc.greater_equal(known, 400))
    return pc.or_(pc.fill_null(pc.not_equal(error, ""), fill_value=False), is_wrong)


def _of_capture(capture: uuid.UUID, columns: dict[str, Any], schema: pa.Schema, count: int) -> pa.Table:
    ids = pa.repeat(pa.scalar(capture.bytes, pa.binary(16)), count)
    columns["capture"] = pa.ExtensionArray.from_storage(pa.uuid(), ids)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _columns(of: type, structs: Sequence[Entry | Request | Response | Content | Timings]) -> dict[str, Any]:
    """Return the columns that are attributes of such structs; the loop over rows and attributes runs in C."""
    columns = [column for column in INDEX_COLUMNS if column.of is of]
    rows = map(attrgetter(*(column.attribute for column in columns)), structs)
    return dict(zip((column.name for column in columns), zip(*rows, strict=True), strict=True))


def _array(values: Any, type_: pa.DataType) -> pa.Array:
    array = pa.array(values, type_)
    if type_ == _TEXT and (pc.max(pc.binary_length(array)).as_py() or 0) > MAX_TEXT_BYTES:
        return pa.array(map(truncated_text, values), type_)
    return array


def _page(number: int, text: bytes) -> tuple[object, ...]:
    page = dict(members(text)) if is_object(text) else {}
    given = page.get("pageTimings", _NULL)
    timings = dict(members(given)) if is_object(given) else {}
    started = page.get("startedDateTime", _NULL)
    return (
        number,
        *(python_text(page.get(name, _NULL)) for name in ("id", "title")),
        python_text(date(started) or started),
        *(python_number(timings.get(name, _NULL)) for name in ("onContentLoad", "onLoad")),
    )
