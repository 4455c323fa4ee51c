"""The rows of a listing, as they are on the wire."""

from __future__ import annotations

from typing import Literal

import msgspec


class EntryRow(
    msgspec.Struct,
    omit_defaults=True,
    rename={
        "started_date_time": "startedDateTime",
        "status_text": "statusText",
        "http_version": "httpVersion",
        "mime_type": "mimeType",
        "resource_type": "resourceType",
        "server_ip_address": "serverIPAddress",
        "request_size": "requestSize",
        "response_size": "responseSize",
        "content_size": "contentSize",
        "transfer_size": "transferSize",
        "transfer_size_from": "transferSizeFrom",
        "from_cache": "fromCache",
        "has_body": "hasBody",
    },
):
    """What the index has of an entry. Null is what the entry does not have, or has as something else.

    Sizes are in bytes, times in milliseconds; -1 means that it is unknown. ``truncated`` names the fields that hold
    only the beginning of what was captured, and is absent where there are none.
    """

    id: str
    ordinal: int
    started_date_time: str | None
    method: str | None
    url: str
    host: str | None
    path: str | None
    operation: str | None
    status: int | None
    status_text: str | None
    http_version: str | None
    mime_type: str | None
    resource_type: str | None
    type: str
    pageref: str | None
    server_ip_address: str | None
    connection: str | None
    time: float | None
    request_size: int | None
    response_size: int | None
    content_size: int | None
    transfer_size: int | None
    transfer_size_from: Literal["_transferSize", "bodySize"] | None
    error: str | None
    from_cache: bool
    has_body: bool
    bytes: int
    blocked: float | None
    dns: float | None
    connect: float | None
    ssl: float | None
    send: float | None
    wait: float | None
    receive: float | None
    truncated: list[str] | msgspec.UnsetType = msgspec.UNSET


class EntryList(msgspec.Struct, omit_defaults=True):
    """A page of a session's entries; ``next`` is the cursor of the page after it, null on the last one.

    ``total`` counts the entries that pass the filter, on all pages.
    """

    entries: list[EntryRow]
    next: str | None
    total: int
    warnings: list[str] = []
