"""Index rows of entries: from a block's decoded entries to Arrow columns to DuckDB.

Each block becomes a record batch at once, which is far smaller than the Python objects it comes from. Host, path,
timestamps and integers are computed by DuckDB over whole batches.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa

from harlake.har.model import Content, Entry, Request, Response, Timings
from harlake.har.reader import Block

_NO_RESPONSE: Final = Response()
_NO_CONTENT: Final = Content()
_NO_TIMINGS: Final = Timings()

_POSITION: Final = [("ordinal", pa.int64()), ("frame", pa.int32()), ("start", pa.int32()), ("length", pa.int32())]
#: Column and attribute, in the order in which they are inserted; numbers are cast by DuckDB.
_REQUEST: Final = {"method": "method", "url": "url", "http_version": "httpVersion", "request_size": "bodySize"}
_RESPONSE: Final = {
    "status": "status",
    "status_text": "statusText",
    "response_size": "bodySize",
    "transfer_size": "transferSize",
}
_CONTENT: Final = {"mime_type": "mimeType", "content_size": "size"}
_TIMINGS: Final = {f"{name}_ms": name for name in Timings.__struct_fields__}
_ENTRY: Final = {
    "started": "startedDateTime",
    "time_ms": "time",
    "resource_type": "resourceType",
    "page_ref": "pageref",
    "server_ip": "serverIPAddress",
    "connection": "connection",
}
_NUMBERS: Final = frozenset(
    {"request_size", "response_size", "transfer_size", "content_size", "status", "time_ms", *_TIMINGS}
)

_HOST: Final = r"regexp_extract(url, '^[^:/?#]+://(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)', 1)"
_PATH: Final = r"regexp_extract(url, '^[^:/?#]+://[^/?#]*([^?#]*)', 1)"

#: Inserts a registered table of record batches; the parameter is the capture's id.
INSERT: Final = f"""
    INSERT INTO entries BY NAME
    SELECT
        $capture::UUID AS capture, ordinal, frame, start, length,
        try_cast(started AS TIMESTAMPTZ) AS started_at, time_ms, method, url,
        nullif(lower({_HOST}), '') AS host, nullif({_PATH}, '') AS path,
        try_cast(status AS INTEGER) AS status, status_text, http_version, mime_type, resource_type, page_ref,
        server_ip, connection, try_cast(request_size AS BIGINT) AS request_size,
        try_cast(response_size AS BIGINT) AS response_size, try_cast(content_size AS BIGINT) AS content_size,
        try_cast(transfer_size AS BIGINT) AS transfer_size, error, from_cache, has_body, {", ".join(_TIMINGS)}
    FROM batch
"""


def record_batch(block: Block, first_ordinal: int, frame: int) -> pa.RecordBatch:
    """Return the index rows of a block that is stored as a frame."""
    entries = block.entries
    count = len(entries)
    responses = [entry.response or _NO_RESPONSE for entry in entries]
    columns: dict[str, Any] = {
        "ordinal": range(first_ordinal, first_ordinal + count),
        "frame": [frame] * count,
        "start": block.starts,
        "length": [end - start for start, end in zip(block.starts, block.ends, strict=True)],
        **_columns(_ENTRY, entries),
        **_columns(_REQUEST, [entry.request for entry in entries]),
        **_columns(_RESPONSE, responses),
        **_columns(_CONTENT, [response.content or _NO_CONTENT for response in responses]),
        **_columns(_TIMINGS, [entry.timings or _NO_TIMINGS for entry in entries]),
        "error": [response.error or response.failureText for response in responses],
        "from_cache": [bool(entry.fromCache) for entry in entries],
        "has_body": [entry.has_body for entry in entries],
    }
    return pa.RecordBatch.from_arrays(
        [pa.array(columns[field.name], field.type) for field in _SCHEMA], schema=_SCHEMA
    )


def _columns(names: dict[str, str], structs: Sequence[Entry | Request | Response | Content | Timings]) -> dict[str, Any]:
    """Return a column for each name; the loop over rows and attributes runs in C."""
    rows = map(attrgetter(*names.values()), structs)
    return dict(zip(names, zip(*rows, strict=True), strict=True))


_SCHEMA: Final = pa.schema(
    _POSITION
    + [
        (name, pa.float64() if name in _NUMBERS else pa.string())
        for name in (*_ENTRY, *_REQUEST, *_RESPONSE, *_CONTENT, *_TIMINGS, "error")
    ]
    + [("from_cache", pa.bool_()), ("has_body", pa.bool_())]
)
