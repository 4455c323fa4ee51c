"""The columns of the index: what a row says of an entry, and of a page, without reading either.

Where an index column is defined: :data:`INDEX_COLUMNS` below says what it is read from and how it is stored, and
``COLUMNS`` in :mod:`harlake.query.columns` the name under which the API lists it. A test holds the two together.

Times are in milliseconds, sizes in bytes, both as captured: -1 means unknown, NULL that there was no number.
"""

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from harlake.har.entry import Content, Entry, Request, Response, Timings
from harlake.limits import MAX_TEXT_BYTES

#: Of what the columns of an index are, and how they are stored; another one is not read.
SCHEMA_VERSION: Final = 2

_TEXT: Final = pa.string()
_NUMBER: Final = pa.float64()
_TIME: Final = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """A column: an ``attribute`` of a HAR's object, read as ``read_as`` and ``stored_as`` another type.

    Without an ``attribute``, :mod:`index_rows` computes what is read; what is not read, it computes of other columns.
    """

    name: str
    stored_as: pa.DataType
    of: type[Entry | Request | Response | Content | Timings] | None = None
    attribute: str = ""
    is_read: bool = True
    read_as: pa.DataType | None = None

    @property
    def read_type(self) -> pa.DataType:
        """Return the type that it is read as."""
        return self.read_as or self.stored_as


#: All columns of an entry's row but the capture, which is the same for a whole file.
INDEX_COLUMNS: Final = (
    IndexColumn("ordinal", pa.int64()),
    # Where the frame is that the entry is in, and how long its text; as runs of equal numbers, they take nothing.
    IndexColumn("frame_start", pa.int64()),
    IndexColumn("frame_length", pa.int32()),
    IndexColumn("frame_text_length", pa.int32()),
    # Where the entry is in the frame's text.
    IndexColumn("start", pa.int32()),
    IndexColumn("length", pa.int32()),
    IndexColumn(
        "started_at",
        _TIME,
        Entry,
        "startedDateTime",
        read_as=_TEXT,
    ),
    # The sum of its timings where it has no time.
    IndexColumn("time_ms", _NUMBER),
    # In upper case.
    IndexColumn("method", _TEXT, Request, "method"),
    IndexColumn("url", _TEXT, Request, "url"),
    # Empty where there is none: NULL would make DuckDB read and group them six times as slowly.
    IndexColumn("host", _TEXT, is_read=False),
    IndexColumn("path", _TEXT, is_read=False),
    # Which of the operations behind the URL is called; empty where there is none.
    IndexColumn("operation", _TEXT),
    IndexColumn("status", pa.int32(), Response, "status", read_as=_NUMBER),
    IndexColumn("status_text", _TEXT, Response, "statusText"),
    IndexColumn("http_version", _TEXT, Request, "httpVersion"),
    IndexColumn("mime_type", _TEXT, Content, "mimeType"),
    # Of mime_type, in lower case and without parameters; empty where there is none.
    IndexColumn("media_type", _TEXT),
    IndexColumn("resource_type", _TEXT, Entry, "resourceType"),
    # The same in lower case, or what the media type says.
    IndexColumn("type", _TEXT),
    IndexColumn("page_ref", _TEXT, Entry, "pageref"),
    IndexColumn("server_ip", _TEXT, Entry, "serverIPAddress"),
    IndexColumn("connection", _TEXT, Entry, "connection"),
    *(
        IndexColumn(name, pa.int64(), of, attribute, read_as=_NUMBER)
        for name, of, attribute in (
            ("request_size", Request, "bodySize"),
            ("response_size", Response, "bodySize"),
            ("content_size", Content, "size"),
            ("transfer_size", Response, "transferSize"),
        )
    ),
    # The member that transfer_size comes from: _transferSize, or bodySize where that says nothing; else empty.
    IndexColumn("transfer_size_from", _TEXT, is_read=False),
    IndexColumn("error", _TEXT),
    # Whether it says so, has no response, or a status from 400 on.
    IndexColumn("failed", pa.bool_(), is_read=False),
    IndexColumn("from_cache", pa.bool_()),
    IndexColumn("has_body", pa.bool_()),
    *(IndexColumn(f"{name}_ms", _NUMBER, Timings, name) for name in Timings.__struct_fields__),
)

_CAPTURE: Final = pa.field("capture", pa.uuid())

#: What an entry's row is read as, and what it is stored as.
READ_SCHEMA: Final = pa.schema([(column.name, column.read_type) for column in INDEX_COLUMNS if column.is_read])
ENTRY_SCHEMA: Final = pa.schema([_CAPTURE, *((column.name, column.stored_as) for column in INDEX_COLUMNS)])

#: What a page's row is stored as. ``number`` is its position in ``log.pages``.
PAGE_SCHEMA: Final = pa.schema(
    [
        _CAPTURE,
        ("number", pa.int32()),
        ("id", _TEXT),
        ("title", _TEXT),
        ("started_at", _TIME),
        ("on_content_load", _NUMBER),
        ("on_load", _NUMBER),
    ]
)

ELLIPSIS: Final = "…"


def is_truncated(text: str) -> bool:
    """Return whether an indexed text is only the beginning of what was captured."""
    return text.endswith(ELLIPSIS) and len(text.encode()) > MAX_TEXT_BYTES - 4  # a character takes up to four bytes


def truncated_columns(row: dict[str, Any]) -> list[str]:
    """Return the names of those fields of a row that are only the beginning of what was captured."""
    cut = [name for name, value in row.items() if isinstance(value, str) and is_truncated(value)]
    # The path is taken from the indexed URL: it is shorter, but may end where that does.
    if "url" in cut and "path" not in cut and (row.get("path") or "").endswith(ELLIPSIS):
        cut.append("path")
    return cut


def truncated_text(text: str | None) -> str | None:
    """Return a text that is not too long, or its beginning, cut between two characters, and the mark of that."""
    if text is None or len(text) <= MAX_TEXT_BYTES // 4 or len(data := text.encode()) <= MAX_TEXT_BYTES:
        return text
    return data[: MAX_TEXT_BYTES - len(ELLIPSIS.encode())].decode(errors="ignore") + ELLIPSIS
