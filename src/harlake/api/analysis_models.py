"""The JSON of statistics and comparisons; field names as they are on the wire.

What :mod:`harlake.analysis` returns has attributes of the same names; here they get those of the wire.
"""

import msgspec

from harlake.analysis.quantiles import Percentiles
from harlake.analysis.results import Bucket


class LimitedAnswer(msgspec.Struct):
    """A list that is cut: how many are listed, of how many."""

    listed: int
    of: int


class TypeAnswer(msgspec.Struct, rename="camel"):
    """Entries of one resource type, and their bytes."""

    type: str
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class StatusAnswer(msgspec.Struct, rename="camel"):
    """Entries of one class of statuses: ``2xx``, or ``0`` for no response."""

    status: str
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class MethodAnswer(msgspec.Struct, rename="camel"):
    """Entries of one method."""

    method: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class MimeTypeAnswer(msgspec.Struct, rename="camel"):
    """Entries of one media type."""

    mime_type: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class HostAnswer(msgspec.Struct, rename="camel"):
    """Entries of one host, and their times."""

    host: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int
    time: Percentiles
    wait: Percentiles
    connect: Percentiles


class EntryAnswer(msgspec.Struct, rename="camel"):
    """A single entry of some interest; the URL as it is indexed, up to 1,024 bytes."""

    id: str
    method: str | None
    url: str
    status: int | None
    time: float | None
    content_size: int | None
    type: str
    error: str | None


class HistogramAnswer(msgspec.Struct, rename="camel"):
    """Entries over time: one bar for each interval from the first to the last entry."""

    interval_ms: int
    buckets: list[Bucket]


class PageAnswer(msgspec.Struct, rename="camel"):
    """A page of a capture: when it began to load, when it had loaded in milliseconds, and how many entries it has."""

    id: str | None
    title: str | None
    started_date_time: str | None
    on_content_load: float | None
    on_load: float | None
    entries: int


class StatsAnswer(msgspec.Struct, rename="camel"):
    """A session summed up; ``limited`` names the lists that are cut."""

    total: int
    errors: int
    content_bytes: int
    transfer_bytes: int
    request_bytes: int
    first_started: str | None
    last_started: str | None
    time: Percentiles
    wait: Percentiles
    connect: Percentiles
    hosts: list[HostAnswer]
    types: list[TypeAnswer]
    statuses: list[StatusAnswer]
    methods: list[MethodAnswer]
    mime_types: list[MimeTypeAnswer]
    slowest: list[EntryAnswer]
    largest: list[EntryAnswer]
    failures: list[EntryAnswer]
    histogram: HistogramAnswer
    pages: list[PageAnswer]
    limited: dict[str, LimitedAnswer]
    warnings: list[str]


class ComparedSession(msgspec.Struct, rename="camel"):
    """A session that is compared."""

    id: str
    name: str
    entry_count: int
