"""The JSON of requests and answers; field names as they are on the wire."""

from typing import Any

import msgspec

from harlake.analysis.comparison import Side
from harlake.analysis.quantiles import Percentiles
from harlake.analysis.results import EntrySummary, Histogram, PageTimes
from harlake.har.parse.blocks import EntryError


class SessionAnswer(msgspec.Struct, rename="camel"):
    """A session: a named container of captures."""

    id: str
    name: str
    created_at: str
    entry_count: int
    capture_count: int


class SessionList(msgspec.Struct):
    """All sessions, newest first."""

    sessions: list[SessionAnswer]


class NewSession(msgspec.Struct):
    """``name`` defaults to the time of creation."""

    name: str | None = None


class RenamedSession(msgspec.Struct):
    """A session's new name."""

    name: str


class Success(msgspec.Struct):
    """Something was done."""

    success: bool = True


class ProblemAnswer(msgspec.Struct, omit_defaults=True):
    """Something in a HAR that is not as HAR 1.2 says, with its place and what the specification says."""

    code: str
    #: error, warning or info.
    severity: str
    path: str
    byte: int
    line: int
    #: From 1; counts bytes.
    column: int
    message: str
    spec: str
    entry: int | None = None


class ProfileAnswer(msgspec.Struct, omit_defaults=True):
    """Whether a reader would take a HAR; if not, the first reason."""

    accepted: bool
    reason: str | None = None


class ImportAnswer(msgspec.Struct, rename="camel"):
    """An import that has completed."""

    success: bool
    imported: int
    total: int
    session_id: str
    session_name: str
    capture_id: str
    #: The first 100 entries that were not imported; `warnings` says so when there are more.
    errors: list[EntryError]
    warnings: list[str]
    #: What the upload was wrapped in: identity, gzip, zstd, bom, utf-16, joined by +.
    encoding: str
    upload_bytes: int
    har_bytes: int
    #: Of the upload as it was received.
    sha256: str


class ValidateAnswer(msgspec.Struct, rename="camel", omit_defaults=True):
    """A HAR that can be imported."""

    valid: bool
    version: Any
    creator: Any
    entry_count: int
    #: Entries that an import would take; the others are in `errors`.
    importable: int
    page_count: int
    errors: list[EntryError]
    warnings: list[str]
    encoding: str
    har_bytes: int
    #: The first 100 problems by their place; `problemCounts` counts all, by code.
    problems: list[ProblemAnswer]
    problem_counts: dict[str, int]
    profiles: dict[str, ProfileAnswer]
    browser: Any = None


class ExportRequest(msgspec.Struct, rename="camel"):
    """Entries to export: those that are in the session, have one of the ids, and pass the filter, as far as given.

    The other members are the parameters of a session's export.
    """

    session_id: str | None = None
    entry_ids: list[str] | None = None
    filter: dict[str, str | list[str]] = {}
    session_name: str | None = None
    format: str | None = None
    order: str | None = None
    bodies: str | bool | None = None
    fill: bool | None = None
    max_part: str | int | None = None
    #: The same by its name in query strings.
    max_part_: str | int | None = msgspec.field(name="max_part", default=None)

    def filter_values(self) -> list[tuple[str, str]]:
        """Return the filter's names and values, as a query string would have them."""
        return [
            (name, value)
            for name, values in self.filter.items()
            for value in ([values] if isinstance(values, str) else values)
        ]

    def option_parameters(self) -> dict[str, str]:
        """Return the form's parameters, as a query string would have them."""
        given = {
            "format": self.format,
            "order": self.order,
            "bodies": self.bodies,
            "fill": self.fill,
            "max_part": self.max_part if self.max_part is not None else self.max_part_,
        }
        return {name: _written(value) for name, value in given.items() if value is not None}


def _written(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class SqlRequest(msgspec.Struct):
    """One SELECT."""

    sql: str


class EntryList(msgspec.Struct, omit_defaults=True):
    """A page of a session's entries; ``next`` is the cursor of the page after it, null on the last one.

    ``total`` counts the entries that pass the filter, on all pages.
    """

    entries: list[dict[str, Any]]
    next: str | None
    total: int
    warnings: list[str] = []


class LimitedAnswer(msgspec.Struct):
    """A list that is cut: how many are listed, of how many."""

    listed: int
    of: int


class TypeSums(msgspec.Struct, rename="camel"):
    """Entries of one resource type, and their bytes."""

    type: str
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class StatusSums(msgspec.Struct, rename="camel"):
    """Entries of one class of statuses: ``2xx``, or ``0`` for no response."""

    status: str
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class MethodSums(msgspec.Struct, rename="camel"):
    """Entries of one method."""

    method: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class MimeTypeSums(msgspec.Struct, rename="camel"):
    """Entries of one media type."""

    mime_type: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


class HostSums(msgspec.Struct, rename="camel"):
    """Entries of one host, and their times."""

    host: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int
    time: Percentiles
    wait: Percentiles
    connect: Percentiles


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
    hosts: list[HostSums]
    types: list[TypeSums]
    statuses: list[StatusSums]
    methods: list[MethodSums]
    mime_types: list[MimeTypeSums]
    slowest: list[EntrySummary]
    largest: list[EntrySummary]
    failures: list[EntrySummary]
    histogram: Histogram
    pages: list[PageTimes]
    limited: dict[str, LimitedAnswer]
    warnings: list[str]


class ComparedSession(msgspec.Struct, rename="camel"):
    """A session that is compared."""

    id: str
    name: str
    entry_count: int


class ChangedBy(msgspec.Struct):
    """How many endpoints have changed in which way; one may have in several."""

    status: int
    size: int
    time: int
    mime: int


class DiffCounts(msgspec.Struct, rename="camel"):
    """Endpoints by what became of them."""

    added: int
    removed: int
    changed: int
    same: int
    changed_by: ChangedBy


class OneSided(msgspec.Struct):
    """An endpoint that one of the sessions asks for; ``example`` is the id of an entry."""

    method: str
    url: str
    count: int
    statuses: list[int]
    example: str


class ChangedEndpoint(msgspec.Struct, rename="camel"):
    """An endpoint that both sessions ask for, and that is answered otherwise; ratios are of ``b`` to ``a``."""

    method: str
    url: str
    changes: list[str]
    a: Side
    b: Side
    size_ratio: float | None
    time_ratio: float | None


class DiffAnswer(msgspec.Struct):
    """Two sessions, compared; ``limited`` names the lists that are cut."""

    a: ComparedSession
    b: ComparedSession
    counts: DiffCounts
    added: list[OneSided]
    removed: list[OneSided]
    changed: list[ChangedEndpoint]
    limited: dict[str, LimitedAnswer]
    warnings: list[str]


class Health(msgspec.Struct):
    """The service is up, and its data folder readable."""

    status: str
    version: str


class ErrorAnswer(msgspec.Struct, omit_defaults=True):
    """What went wrong, and where: byte, line and column of the HAR's text, ordinal of the entry, JSON path."""

    error: str
    detail: str | None = None
    byte: int | None = None
    line: int | None = None
    column: int | None = None
    entry: int | None = None
    path: str | None = None
    valid: bool | None = None
