"""What is listed of an entry, and by what it can be sorted.

Names are those of HAR 1.2 where it has one (``startedDateTime``, ``pageref``, ``serverIPAddress``), else written like
them. They are the vocabulary of listings, of ``sort=`` and of tables; everything below speaks of the index's columns.
"""

from __future__ import annotations

from typing import Any, Final

from harlake.query.conditions import HOST, OPERATION, TRANSFER_SIZE_FROM

_TIMINGS: Final = ("blocked", "dns", "connect", "ssl", "send", "wait", "receive")

#: SQL over the index, by name, in the order in which a row has them.
COLUMNS: Final = {
    "ordinal": "ordinal",
    "startedDateTime": "started_at",
    "method": "method",
    "url": "url",
    "host": HOST,
    "path": "path",
    "operation": OPERATION,
    "status": "status",
    "statusText": "status_text",
    "httpVersion": "http_version",
    "mimeType": "mime_type",
    "resourceType": "resource_type",
    "type": "type",
    "pageref": "page_ref",
    "serverIPAddress": "server_ip",
    "connection": "connection",
    "time": "time_ms",
    "requestSize": "request_size",
    "responseSize": "response_size",
    "contentSize": "content_size",
    "transferSize": "transfer_size",
    "transferSizeFrom": TRANSFER_SIZE_FROM,
    "error": "error",
    "fromCache": "from_cache",
    "hasBody": "has_body",
    "bytes": "length",
    **{name: f"{name}_ms" for name in _TIMINGS},
}

#: Columns that rows are sorted by as by numbers, and as by truth values; by all others, as by texts.
_NUMBERS: Final = frozenset(
    (
        *("ordinal", "startedDateTime", "status", "time", "bytes", *_TIMINGS),
        *("requestSize", "responseSize", "contentSize", "transferSize"),
    )
)
_BOOLEANS: Final = frozenset(("fromCache", "hasBody"))

#: The numbers of the index are below, in 64 bits.
_MAX_NUMBER: Final = 1 << 63


def is_sort_value(column: str, value: Any) -> bool:
    """Return whether a column may have a value in its order: ``startedDateTime`` has microseconds there."""
    if value is None:
        return True
    if column in _NUMBERS:
        return type(value) is float or (type(value) is int and abs(value) < _MAX_NUMBER)
    return type(value) is (bool if column in _BOOLEANS else str)
