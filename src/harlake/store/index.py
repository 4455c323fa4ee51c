"""Index rows of entries, frames and pages: from what was read to Arrow columns to DuckDB.

A few blocks become a record batch, which is far smaller than the Python objects that they come from. Host, path,
timestamps and integers are computed by DuckDB over whole batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from harlake.har.entry import Content, Entry, Request, Response, Timings
from harlake.har.parse.blocks import Block
from harlake.har.raw_json import decoded
from harlake.har.resource_types import content_media_type, resource_type

# Arrow's default allocator keeps what it has once used; these batches are few and short-lived.
pa.set_memory_pool(pa.system_memory_pool())

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

#: Bytes of a text that are indexed; the object has it as a whole. DuckDB holds 2,048 texts of a column at a time:
#: of 2,000 bytes each, they exceed a memory limit of 10 MB, and the checkpoint that writes them fails.
MAX_TEXT_BYTES: Final = 1_024
ELLIPSIS: Final = "…"

#: The name under which record batches are registered for the statements below; their parameter is the capture's id.
BATCH: Final = "batch"

INSERT_FRAMES: Final = f"INSERT INTO frames BY NAME SELECT $capture::UUID AS capture, * FROM {BATCH}"

INSERT_PAGES: Final = f"""
    INSERT INTO pages BY NAME
    SELECT $capture::UUID AS capture, * REPLACE (try_cast(started_at AS TIMESTAMPTZ) AS started_at) FROM {BATCH}
"""

INSERT_ENTRIES: Final = f"""
    INSERT INTO entries BY NAME
    SELECT
        $capture::UUID AS capture, ordinal, frame, start, length,
        CASE WHEN isfinite(try_cast(started AS TIMESTAMPTZ)) THEN try_cast(started AS TIMESTAMPTZ) END AS started_at,
        time_ms, method, url,
        lower({_HOST}) AS host, nullif({_PATH}, '') AS path,
        try_cast(status AS INTEGER) AS status, status_text, http_version, mime_type, media_type, resource_type,
        type, page_ref,
        server_ip, connection, try_cast(request_size AS BIGINT) AS request_size,
        try_cast(response_size AS BIGINT) AS response_size, try_cast(content_size AS BIGINT) AS content_size,
        try_cast(transfer_size AS BIGINT) AS transfer_size, error,
        (nullif(error, '') IS NOT NULL OR coalesce(try_cast(status AS INTEGER), 0) <= 0
            OR try_cast(status AS INTEGER) >= 400) AS failed,
        from_cache, has_body, {", ".join(_TIMINGS)}
    FROM {BATCH}
"""


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A row of ``frames``: offsets and lengths in bytes, of the frame in its object and of the text in the frame."""

    number: int
    start: int
    length: int
    text_length: int
    first_ordinal: int
    entries: int


def frame_rows(frames: Sequence[FrameRow]) -> pa.Table:
    """Return the rows of frames."""
    names = [one.name for one in fields(FrameRow)]
    return pa.table({name: [getattr(frame, name) for frame in frames] for name in names})


@dataclass(slots=True)
class IndexRows:
    """Index rows of one capture that are being collected, in stored order."""

    first_ordinal: int
    entries: list[Entry] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, block: Block, frame: int) -> None:
        """Add the entries of a block, which is stored as a frame."""
        self.entries += block.entries
        self.frames += [frame] * len(block.entries)
        self.starts += block.starts
        self.ends += block.ends


def record_batch(rows: IndexRows) -> pa.RecordBatch:
    """Return index rows as Arrow columns."""
    entries = rows.entries
    count = len(entries)
    responses = [entry.response or _NO_RESPONSE for entry in entries]
    columns: dict[str, Any] = {
        "ordinal": range(rows.first_ordinal, rows.first_ordinal + count),
        "frame": rows.frames,
        "start": rows.starts,
        "length": [end - start for start, end in zip(rows.starts, rows.ends, strict=True)],
        **_columns(_ENTRY, entries),
        **_columns(_REQUEST, [entry.request for entry in entries]),
        **_columns(_RESPONSE, responses),
        **_columns(_CONTENT, [response.content or _NO_CONTENT for response in responses]),
        **_columns(_TIMINGS, [entry.timings or _NO_TIMINGS for entry in entries]),
        "media_type": [content_media_type(response.content) or "" for response in responses],
        "type": [resource_type(entry) for entry in entries],
        "error": [response.error or response.failureText for response in responses],
        "from_cache": [bool(entry.fromCache) for entry in entries],
        "has_body": [entry.has_body for entry in entries],
    }
    return pa.RecordBatch.from_arrays([_array(columns[column.name], column.type) for column in _SCHEMA], schema=_SCHEMA)


def page_rows(pages: Sequence[bytes]) -> pa.Table:
    """Return the rows of pages, given as JSON text; what is not of its type becomes NULL."""
    rows = [_page(number, decoded(text)) for number, text in enumerate(pages)]
    columns = list(zip(*rows, strict=True)) or [()] * len(_PAGE_SCHEMA)
    return pa.table(list(map(_array, columns, _PAGE_SCHEMA.types)), schema=_PAGE_SCHEMA)


def sample_rows() -> pa.Table:
    """Return one row, for trying whether rows can be written."""
    entry = Entry(request=Request(url="http://localhost/"), startedDateTime="2000-01-01T00:00:00Z")
    return pa.Table.from_batches([record_batch(IndexRows(0, [entry], [0], [0], [1]))])


def _columns(
    names: dict[str, str], structs: Sequence[Entry | Request | Response | Content | Timings]
) -> dict[str, Any]:
    """Return a column for each name; the loop over rows and attributes runs in C."""
    rows = map(attrgetter(*names.values()), structs)
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _array(values: Any, type_: pa.DataType) -> pa.Array:
    array = pa.array(values, type_)
    if type_ == pa.string() and (pc.max(pc.binary_length(array)).as_py() or 0) > MAX_TEXT_BYTES:
        return pa.array(map(_clipped, values), type_)
    return array


def is_truncated(text: str) -> bool:
    """Return whether an indexed text is only the beginning of what was captured."""
    return text.endswith(ELLIPSIS) and len(text.encode()) > MAX_TEXT_BYTES - 4  # a character takes up to four bytes


def truncated_columns(row: dict[str, Any]) -> list[str]:
    """Return the names of those fields of a row that are only the beginning of what was captured."""
    cut = [name for name, value in row.items() if isinstance(value, str) and is_truncated(value)]
    # The path is taken from the indexed URL: it is shorter, but may end where that does.
    if "url" in cut and "path" not in cut and (row["path"] or "").endswith(ELLIPSIS):
        cut.append("path")
    return cut


def _clipped(text: str | None) -> str | None:
    """Return a text that is not too long, or its beginning, cut between two characters, and the mark of that."""
    if text is None or len(text) <= MAX_TEXT_BYTES // 4 or len(data := text.encode()) <= MAX_TEXT_BYTES:
        return text
    return data[: MAX_TEXT_BYTES - len(ELLIPSIS.encode())].decode(errors="ignore") + ELLIPSIS


def _page(number: int, page: object) -> tuple[object, ...]:
    page = page if isinstance(page, dict) else {}
    timings = page.get("pageTimings")
    timings = timings if isinstance(timings, dict) else {}
    texts = [page.get(name) for name in ("id", "title", "startedDateTime")]
    times = [timings.get(name) for name in ("onContentLoad", "onLoad")]
    return (
        number,
        *(value if isinstance(value, str) else None for value in texts),
        *(_number(value) for value in times),
    )


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None


_SCHEMA: Final = pa.schema(
    _POSITION
    + [
        (name, pa.float64() if name in _NUMBERS else pa.string())
        for name in (*_ENTRY, *_REQUEST, *_RESPONSE, *_CONTENT, *_TIMINGS, "media_type", "type", "error")
    ]
    + [("from_cache", pa.bool_()), ("has_body", pa.bool_())]
)

_PAGE_SCHEMA: Final = pa.schema(
    [("number", pa.int32())]
    + [(name, pa.string()) for name in ("id", "title", "started_at")]
    + [(name, pa.float64()) for name in ("on_content_load", "on_load")]
)
