"""All errors that harlake answers a client with: one root, HTTP status and text as plain data.

``error`` is the text that the API documents, to the letter; ``detail`` says more. Where a document is
to blame, ``byte`` (offset in the HAR's UTF-8 text, after decompression, from 0), ``line`` and ``column`` (from
1; a column counts bytes) and ``entry`` (ordinal in the file, from 0) say where. None of these is a ``ValueError``:
Litestar swallows those inside streamed responses.
"""

# As long as the list of what can be wrong: one class for each text that the API documents.

from typing import ClassVar, Self


class HarlakeError(Exception):
    """Root of all errors that have an HTTP answer."""

    status: ClassVar[int] = 500
    error: ClassVar[str] = "Internal error"
    #: Seconds after which the same request may be answered, None where it will not be.
    retry_after: ClassVar[int | None] = None

    def __init__(
        self,
        detail: str | None = None,
        *,
        byte: int | None = None,
        line: int | None = None,
        column: int | None = None,
        entry: int | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(detail or self.error)
        self.detail = detail
        self.byte = byte
        self.line = line
        self.column = column
        self.entry = entry
        self.path = path

    def put(self, detail: str) -> Self:
        """Say in other words what is wrong, and return it."""
        self.detail, self.args = detail, (detail,)
        return self

    def at(self, byte: int, line: int, column: int) -> Self:
        """Set where the error is, and return it."""
        self.byte, self.line, self.column = byte, line, column
        return self

    def body(self) -> dict[str, object]:
        """Return the JSON object that describes this error to a client."""
        more = {
            "detail": self.detail,
            "byte": self.byte,
            "line": self.line,
            "column": self.column,
            "entry": self.entry,
            "path": self.path,
        }
        return {"error": self.error} | {name: value for name, value in more.items() if value is not None}


class InvalidHarError(HarlakeError):
    """A document that is refused as a whole."""

    status = 400
    #: What ``/api/har/validate`` calls the same thing.
    validation_error: ClassVar[str] = "Invalid JSON format"
    #: How many entries in it are whole; and whether that is all that was looked at.
    whole_entries: int = 0
    are_all_counted: bool = True

    def body(self) -> dict[str, object]:
        """Return the JSON object that describes this error, and what could be imported nevertheless."""
        if not self.whole_entries:
            return super().body()
        count = f"{self.whole_entries:,}" if self.are_all_counted else f"at least {self.whole_entries:,}"
        entries = "entry is whole" if self.whole_entries == 1 else "entries are whole"
        hint = f"{count} {entries}: salvage=true (harlake import --salvage) imports what is whole, and nothing else"
        return super().body() | {"wholeEntries": self.whole_entries, "hint": hint}


class InvalidJsonError(InvalidHarError):
    """Not JSON: malformed, empty, truncated, or followed by something else."""

    error = "Invalid HAR file format"


class MissingLogError(InvalidHarError):
    """JSON, but the top is not an object with exactly one object ``log``."""

    error = "Invalid HAR structure"
    validation_error = "Missing log property"


class InvalidEntriesError(InvalidHarError):
    """A ``log`` whose ``entries`` is absent, not an array, or there twice."""

    error = "Invalid HAR structure"
    validation_error = "Missing or invalid entries array"


class EnvelopeTooLargeError(InvalidHarError):
    """A HAR whose part outside of its entries exceeds its limit."""

    status = 413
    error = "HAR envelope too large"
    validation_error = "HAR envelope too large"


class UploadTooLargeError(HarlakeError):
    """An upload above the limit that the service was started with."""

    status = 413
    error = "Upload too large"


class BadRequestError(HarlakeError):
    """A request that is malformed below the level of the HAR."""

    status = 400
    error = "Invalid request"


class HostNotAllowedError(HarlakeError):
    """A request that names a host which is none of the service's: it may come from a page whose name was re-bound."""

    status = 403
    error = "Host not allowed"


class OriginNotAllowedError(HarlakeError):
    """A request that a page of another origin makes."""

    status = 403
    error = "Origin not allowed"


class TokenRequiredError(HarlakeError):
    """A request without a token, where one is needed."""

    status = 401
    error = "Token required"


class InvalidTokenError(HarlakeError):
    """A request with a token that is wrong or has expired, also where none is needed."""

    status = 401
    error = "Invalid token"


class InsufficientScopeError(HarlakeError):
    """A token that does not allow what is asked for."""

    status = 403
    error = "Insufficient scope"


class MediaTypeError(HarlakeError):
    """A body that should be JSON, but does not say that it is."""

    status = 415
    error = "Unsupported media type"


class NoFileError(HarlakeError):
    """An upload without a ``file`` part."""

    status = 400
    error = "No file provided"


class NoEntryIdsError(HarlakeError):
    """A selective export without entry ids."""

    status = 400
    error = "No entry IDs provided"


class SessionNotFoundError(HarlakeError):
    """No session has the given id."""

    status = 404
    error = "Session not found"


class CaptureNotFoundError(HarlakeError):
    """No capture has the given id."""

    status = 404
    error = "Capture not found"


class GapNotFoundError(HarlakeError):
    """A capture that has no such gap, or a gap that is not among those that are described."""

    status = 404
    error = "Gap not found"


class EntryNotFoundError(HarlakeError):
    """No entry has the given id."""

    status = 404
    error = "Entry not found"


class NoBodyError(HarlakeError):
    """An entry without the body that is asked for."""

    status = 404
    error = "No body"


class NoEntriesFoundError(HarlakeError):
    """None of the given entry ids is known."""

    status = 404
    error = "No valid entries found"


class InvalidQueryError(HarlakeError):
    """A query that is not one SELECT over the catalog, or that fails by what is in it."""

    status = 400
    error = "Invalid query"


class ExpensiveQueryError(HarlakeError):
    """A query that would take more time or memory than it may."""

    status = 400
    error = "Query too expensive"


class SqlDisabledError(HarlakeError):
    """A query to a service that takes none."""

    status = 403
    error = "SQL is turned off"


class InsufficientStorageError(HarlakeError):
    """The disk is full, or would be, or the data folder may not take more."""

    status = 507
    error = "Insufficient storage"


class StorageUnavailableError(HarlakeError):
    """Where captures are stored, which is not on this machine, does not answer; or it may not be read."""

    status = 503
    error = "Storage unavailable"
    retry_after = 5


class DamagedCaptureError(HarlakeError):
    """A stored capture cannot be read back as it was written."""

    status = 500
    error = "Stored capture is damaged"


class DataDirError(HarlakeError):
    """A data folder that cannot be opened."""

    error = "Data folder unavailable"


class DamagedCatalogError(DataDirError):
    """A catalog that is missing, or that cannot be opened: `harlake reindex` makes it again."""


class DataDirInUseError(DataDirError):
    """A data folder that another process has opened: ``address`` is its URL where it is a service, else None."""

    def __init__(self, detail: str, address: str | None = None) -> None:
        super().__init__(detail)
        self.address = address


class RedactionLeakError(HarlakeError):
    """A secret that was learned is in what a redaction would send."""

    status = 500
    error = "Redaction failed"


class OversizedAnswerError(HarlakeError):
    """An answer that is too long to be redacted as a whole."""

    status = 500
    error = "Redaction failed"


class RangeNotSatisfiableError(HarlakeError):
    """A range of bytes that begins where the answer, of ``total`` bytes, has ended."""

    status = 416
    error = "Range not satisfiable"

    def __init__(self, detail: str | None = None, *, total: int = 0) -> None:
        super().__init__(detail)
        self.total = total


class CatalogUnavailableError(HarlakeError):
    """The catalog is in another process, which cannot be reached for the moment."""

    status = 503
    error = "Catalog unavailable"
    retry_after = 5


class TooBusyError(HarlakeError):
    """So many requests of this kind are running, and so many wait, that no more are taken."""

    status = 503
    error = "Too busy"
    retry_after = 5


class TooManyQueriesError(HarlakeError):
    """A query is running, and others wait."""

    status = 429
    error = "Too many queries"
    retry_after = 5


class ClientLeftError(HarlakeError):
    """The client has left before it was answered; nobody gets to see this."""

    status = 499
    error = "Client left"


class ImportNotFoundError(HarlakeError):
    """No such import is running: it has ended, or runs in another process."""

    status = 404
    error = "Import not found"


class ImportCancelledError(HarlakeError):
    """An import that somebody has cancelled; its uploader is told."""

    status = 409
    error = "Import cancelled"


class UploadNotFoundError(HarlakeError):
    """No upload that can go on has the given id, or it has expired, or another node has it."""

    status = 404
    error = "Upload not found"


class UploadOffsetError(HarlakeError):
    """Bytes of an upload that do not begin where it has ended."""

    status = 409
    error = "Upload offset conflict"


class UploadLockedError(HarlakeError):
    """An upload that another request goes on with."""

    status = 423
    error = "Upload locked"


class ChecksumMismatchError(HarlakeError):
    """Bytes of an upload that are not those that were sent; none of them is kept."""

    status = 460
    error = "Checksum mismatch"


class TusVersionError(HarlakeError):
    """A request of another version of tus."""

    status = 412
    error = "Unsupported tus version"


class IdempotencyKeyError(HarlakeError):
    """A key of another request, which was not this one."""

    status = 422
    error = "Idempotency key reused"


class NoPreviewError(HarlakeError):
    """A body of a type that browsers show as it is, or not at all."""

    status = 404
    error = "No preview"


class TokenFileError(HarlakeError):
    """A token file that cannot be read or written."""

    error = "Token file unavailable"


class AccessSettingsError(HarlakeError):
    """Settings under which nobody, or everybody, could use the service."""

    error = "Invalid settings"
