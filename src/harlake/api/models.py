"""The JSON of requests and answers; field names as they are on the wire."""

from typing import Any

import msgspec

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


class Health(msgspec.Struct):
    """The service is up, and its data folder readable."""

    status: str
    version: str


class LimiterUsage(msgspec.Struct):
    """How much of a limiter is taken, of how much, and how many requests wait for it."""

    borrowed: int
    total: int
    waiting: int


class Readiness(msgspec.Struct, omit_defaults=True):
    """Whether the service can work: what is wrong, and which limiters are full."""

    ready: bool
    problems: list[str]
    #: Names of limiters of which nothing is left; others have to wait.
    full: list[str]
    limiters: dict[str, LimiterUsage]
    error: str | None = None


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
