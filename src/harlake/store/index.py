"""Index rows of entries, frames and pages: from what was read to Arrow columns to DuckDB.

Where an index column is defined: :data:`INDEX_COLUMNS` below says what it is read from, ``schema.sql`` has its type in
the catalog, and ``COLUMNS`` in :mod:`harlake.query.columns` the name under which the API lists it. A test holds the
three together.

A few blocks become a record batch, which is far smaller than the Python objects that they come from. Host, path,
timestamps and integers are computed by DuckDB over whole batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from harlake.har.entry import Content, Entry, Request, Response, Timings
from harlake.har.parse.blocks import Block
from harlake.har.raw_json import decoded
from harlake.har.resource_types import content_media_type, resource_type
from harlake.limits import MAX_TEXT_BYTES

_NO_RESPONSE: Final = Response()
_NO_CONTENT: Final = Content()
_NO_TIMINGS: Final = Timings()

_TEXT: Final = pa.string()
_NUMBER: Final = pa.float64()

_HOST: Final = r"regexp_extract(url, '^[^:/?#]+://(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)', 1)"
_PATH: Final = r"regexp_extract(url, '^[^:/?#]+://[^/?#]*([^?#]*)', 1)"


class IndexColumn(NamedTuple):
    """A column of ``entries``: an ``attribute`` of a HAR's object, as ``arrow_type``; ``sql`` is what DuckDB inserts.

    Without an ``attribute``, :func:`record_batch` computes the column; without an ``arrow_type``, DuckDB does, from
    others. Without ``sql``, it is inserted as it is.
    """

    name: str
    arrow_type: pa.DataType | None
    of: type[Entry | Request | Response | Content | Timings] | None = None
    attribute: str = ""
    sql: str = ""


#: All columns of ``entries`` but the capture, which a batch has in common.
INDEX_COLUMNS: Final = (
    IndexColumn("ordinal", pa.int64()),
    IndexColumn("frame", pa.int32()),
    IndexColumn("start", pa.int32()),
    IndexColumn("length", pa.int32()),
    IndexColumn(
        "started_at",
        _TEXT,
        Entry,
        "startedDateTime",
        "CASE WHEN isfinite(try_cast(started_at AS TIMESTAMPTZ)) THEN try_cast(started_at AS TIMESTAMPTZ) END",
    ),
    IndexColumn("time_ms", _NUMBER, Entry, "time"),
    IndexColumn("method", _TEXT, Request, "method"),
    IndexColumn("url", _TEXT, Request, "url"),
    IndexColumn("host", None, sql=f"lower({_HOST})"),
    IndexColumn("path", None, sql=f"nullif({_PATH}, '')"),
    IndexColumn("status", _NUMBER, Response, "status", "try_cast(status AS INTEGER)"),
    IndexColumn("status_text", _TEXT, Response, "statusText"),
    IndexColumn("http_version", _TEXT, Request, "httpVersion"),
    IndexColumn("mime_type", _TEXT, Content, "mimeType"),
    IndexColumn("media_type", _TEXT),
    IndexColumn("resource_type", _TEXT, Entry, "resourceType"),
    IndexColumn("type", _TEXT),
    IndexColumn("page_ref", _TEXT, Entry, "pageref"),
    IndexColumn("server_ip", _TEXT, Entry, "serverIPAddress"),
    IndexColumn("connection", _TEXT, Entry, "connection"),
    IndexColumn("request_size", _NUMBER, Request, "bodySize", "try_cast(request_size AS BIGINT)"),
    IndexColumn("response_size", _NUMBER, Response, "bodySize", "try_cast(response_size AS BIGINT)"),
    IndexColumn("content_size", _NUMBER, Content, "size", "try_cast(content_size AS BIGINT)"),
    IndexColumn("transfer_size", _NUMBER, Response, "transferSize", "try_cast(transfer_size AS BIGINT)"),
    IndexColumn("error", _TEXT),
    IndexColumn(
        "failed",
        None,
        sql="(nullif(error, '') IS NOT NULL OR coalesce(try_cast(status AS INTEGER), 0) <= 0"
        " OR try_cast(status AS INTEGER) >= 400)",
    ),
    IndexColumn("from_cache", pa.bool_()),
    IndexColumn("has_body", pa.bool_()),
    *(IndexColumn(f"{name}_ms", _NUMBER, Timings, name) for name in Timings.__struct_fields__),
)

_SCHEMA: Final = pa.schema(
    [(column.name, column.arrow_type) for column in INDEX_COLUMNS if column.arrow_type is not None]
)

_PAGE_SCHEMA: Final = pa.schema(
    [("number", pa.int32())]
    + [(name, _TEXT) for name in ("id", "title", "started_at")]
    + [(name, _NUMBER) for name in ("on_content_load", "on_load")]
)

ELLIPSIS: Final = "…"

#: The name under which record batches are registered for the statements below; their parameter is the capture's id.
BATCH: Final = "batch"

INSERT_FRAMES: Final = f"INSERT INTO frames BY NAME SELECT $capture::UUID AS capture, * FROM {BATCH}"

INSERT_PAGES: Final = f"""
    INSERT INTO pages BY NAME
    SELECT $capture::UUID AS capture, * REPLACE (try_cast(started_at AS TIMESTAMPTZ) AS started_at) FROM {BATCH}
"""

_INSERTED: Final = ", ".join(f"{column.sql or column.name} AS {column.name}" for column in INDEX_COLUMNS)

INSERT_ENTRIES: Final = f"INSERT INTO entries BY NAME SELECT $capture::UUID AS capture, {_INSERTED} FROM {BATCH}"


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
    names = [column.name for column in fields(FrameRow)]
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
        **_columns(Entry, entries),
        **_columns(Request, [entry.request for entry in entries]),
        **_columns(Response, responses),
        **_columns(Content, [response.content or _NO_CONTENT for response in responses]),
        **_columns(Timings, [entry.timings or _NO_TIMINGS for entry in entries]),
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


def _columns(of: type, structs: Sequence[Entry | Request | Response | Content | Timings]) -> dict[str, Any]:
    """Return the columns that are attributes of such structs; the loop over rows and attributes runs in C."""
    columns = [column for column in INDEX_COLUMNS if column.of is of]
    rows = map(attrgetter(*(column.attribute for column in columns)), structs)
    return dict(zip((column.name for column in columns), zip(*rows, strict=True), strict=True))


def _array(values: Any, type_: pa.DataType) -> pa.Array:
    array = pa.array(values, type_)
    if type_ == _TEXT and (pc.max(pc.binary_length(array)).as_py() or 0) > MAX_TEXT_BYTES:
        return pa.array(map(_truncated, values), type_)
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


def _truncated(text: str | None) -> str | None:
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
