"""The JSON of requests and answers; field names as they are on the wire."""

from typing import Any, Literal

import msgspec

from harlake.har.parse.blocks import EntryError
from harlake.har.parse.gaps import Gap


class SessionAnswer(msgspec.Struct, rename="camel"):
    """A session: a named container of captures."""

    id: str
    name: str
    created_at: str
    entry_count: int
    capture_count: int


class SessionList(msgspec.Struct):
    """Sessions, newest first; ``next`` is the cursor of the following page, and absent where there is none."""

    sessions: list[SessionAnswer]
    next: str | msgspec.UnsetType = msgspec.UNSET


class CaptureAnswer(msgspec.Struct, rename="camel"):
    """A capture: one imported file. ``total`` counts the values in its ``entries``, ``entry_count`` those imported.

    Sizes are in bytes: of the file as it was uploaded, decompressed, and as it is stored.
    """

    id: str
    session_id: str
    session_name: str
    file_name: str | None
    created_at: str
    upload_bytes: int
    har_bytes: int
    stored_bytes: int
    total: int
    entry_count: int
    page_count: int
    sha256: str


class GapList(msgspec.Struct, rename="camel"):
    """What of a capture's file is in no entry: the first 100 gaps, and how many there are."""

    #: Whether the import was to take what is whole.
    salvaged: bool
    gaps: list[Gap]
    gap_count: int
    truncated: bool
    envelope: Literal["kept", "rebuilt"]


class CaptureList(msgspec.Struct):
    """A page of captures, and the cursor of the next one, null after the last."""

    captures: list[CaptureAnswer]
    next: str | None


class MessageAnswer(msgspec.Struct):
    """A message over a WebSocket, ``send`` or ``receive``, or an event of a stream, by its name.

    ``data`` is the text, or its beginning; ``size`` are the bytes of all of it.
    """

    type: str
    time: str | None
    opcode: int | None
    id: str | None
    data: str
    size: int
    truncated: bool


class MessageList(msgspec.Struct):
    """Messages from ``start`` on, of ``total``."""

    total: int
    start: int
    messages: list[MessageAnswer]


class NewSession(msgspec.Struct, forbid_unknown_fields=True):
    """``name`` defaults to the time of creation."""

    name: str | None = None


class RenamedSession(msgspec.Struct, forbid_unknown_fields=True):
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
    #: The first 10 captures of the same file that were there before, if there were any.
    same_as: list[str] | msgspec.UnsetType = msgspec.UNSET
    #: These are there if the import was to take what is whole: then it has taken nothing else.
    salvaged: bool | msgspec.UnsetType = msgspec.UNSET
    #: The first 100 places of the file that are in no entry; `gapCount` counts all.
    gaps: list[Gap] | msgspec.UnsetType = msgspec.UNSET
    gap_count: int | msgspec.UnsetType = msgspec.UNSET
    #: Whether the end of the file is missing.
    truncated: bool | msgspec.UnsetType = msgspec.UNSET
    #: Whether everything but the entries is as it was.
    envelope: Literal["kept", "rebuilt"] | msgspec.UnsetType = msgspec.UNSET


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


class SqlRequest(msgspec.Struct, forbid_unknown_fields=True):
    """One SELECT, of one session if there is its id, and the form of its rows."""

    sql: str
    session: str | None = None
    format: Literal["ndjson", "json", "csv", "arrow", "parquet"] = "ndjson"


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


class InvalidPart(msgspec.Struct, omit_defaults=True):
    """What is wrong with one member or parameter of a request."""

    message: str
    key: str | None = None
    source: str | None = None


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
    extra: list[InvalidPart] | None = None
