"""The upload form as a stream of events, and as it is described to clients."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio
from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from harlake.errors import ClientLeftError, UploadTooLargeError
from harlake.har.redact.config import REDACTIONS
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent, UploadForm

IMPORT_FIELDS: Final = frozenset({"sessionId", "sessionName", "salvage", "redact"})
SESSION_ID: Final = "Import into this session. Without it, a new one is created."
SALVAGE: Final = "`true` imports the entries that are whole of a file that is damaged, and says what is missing."
REDACT: Final = f"How far secrets are taken out before anything is stored: {REDACTIONS}. What came in is kept nowhere."
SESSION_NAME: Final = "Name of the session that is created; by default `Imported: ` and the file's name."


async def upload_events(
    request: Request[Any, Any, Any],
    body_read: anyio.Event,
    max_bytes: int | None = None,
    fields: frozenset[str] = frozenset(),
    count_bytes: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[UploadEvent]:
    """Yield the parts of a multipart request as they arrive. Raises HarlakeError.

    Neither Litestar's form parsing nor its stream is involved: the body is never held.

    Args:
        request: The request; its body has not been read.
        body_read: Set once the body has been read to its end.
        max_bytes: How long the body may be. A length that is announced is refused before any of it is read.
        fields: Names of the form's text fields.
        count_bytes: Called with the length of each piece that has come.
    """
    _check_announced(request, max_bytes)
    form = UploadForm(request.headers.get("content-type", ""), fields)
    async for data in body_pieces(request, max_bytes, count_bytes):
        for event in form.feed(data):
            yield event
            del event
        del data  # while the client sends nothing, nothing of what it has sent is held here
    body_read.set()
    form.close()


async def file_events(
    request: Request[Any, Any, Any],
    body_read: anyio.Event,
    max_bytes: int | None,
    file_name: str | None,
    fields: Mapping[str, str | None],
    count_bytes: Callable[[int], None],
) -> AsyncIterator[UploadEvent]:
    """Yield a request whose body is the file as if it were a form with that file. Raises HarlakeError.

    Args:
        request: The request; its body has not been read.
        body_read: Set once the body has been read to its end.
        max_bytes: How long the body may be.
        file_name: What the file is called.
        fields: What the text fields of the form would be; None where there would be none.
        count_bytes: Called with the length of each piece that has come.
    """
    _check_announced(request, max_bytes)
    for name, value in fields.items():
        if value is not None:
            yield TextField(name, value)
    yield FileStart(file_name)
    async for data in body_pieces(request, max_bytes, count_bytes):
        yield FileChunk(data)
        del data
    body_read.set()


async def body_pieces(
    request: Request[Any, Any, Any], max_bytes: int | None = None, count_bytes: Callable[[int], None] = lambda _: None
) -> AsyncIterator[bytes]:
    """Yield the pieces of a body as they arrive. Raises UploadTooLargeError and ClientLeftError."""
    received = 0
    more = True
    while more:
        data, more = await _receive(request)
        received += len(data)
        count_bytes(len(data))
        _check_size(received, max_bytes)
        yield data
        data = b""


async def _receive(request: Request[Any, Any, Any]) -> tuple[bytes, bool]:
    """Return the next bytes of a body, and whether there are more; Litestar's stream keeps them until more come."""
    message: Any = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientLeftError
    return message.get("body", b""), message.get("more_body", False)


def announced_size(request: Request[Any, Any, Any]) -> int | None:
    """Return how many bytes a request's body has, None where that is not said before."""
    length = request.headers.get("content-length")
    return None if length is None else int(length)


def _check_announced(request: Request[Any, Any, Any], limit: int | None) -> None:
    _check_size(announced_size(request) or 0, limit)


def _check_size(size: int, limit: int | None) -> None:
    if limit is not None and size > limit:
        raise UploadTooLargeError(f"more than {limit} bytes")


def _form(description: str, **fields: str) -> RequestBody:
    properties: dict[str, Any] = {
        "file": Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.BINARY,
            description="The HAR file, of any size; as it is, or compressed with gzip or zstd.",
        ),
        **{name: Schema(type=OpenAPIType.STRING, description=text) for name, text in fields.items()},
    }
    schema = Schema(type=OpenAPIType.OBJECT, properties=properties, required=["file"])
    media_type = OpenAPIMediaType(schema=schema)
    return RequestBody(content={"multipart/form-data": media_type}, description=description, required=True)


@dataclass
class ImportOperation(Operation):
    """Describes the import's form in the OpenAPI schema."""

    def __post_init__(self) -> None:
        """Add the form."""
        self.request_body = _form(
            "Parts in any order; with `sessionId` before `file`, a wrong one is refused before the file is sent.",
            sessionId=SESSION_ID,
            sessionName=SESSION_NAME,
            salvage=f"{SALVAGE} It comes before `file`.",
            redact=f"{REDACT} It comes before `file`.",
        )


@dataclass
class FileOperation(Operation):
    """Describes an upload whose body is the file."""

    def __post_init__(self) -> None:
        """Add the body."""
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            content={"application/octet-stream": OpenAPIMediaType(schema=schema)},
            description="The HAR file, of any size; as it is, or compressed with gzip or zstd. Of any media type.",
            required=True,
        )


@dataclass
class ValidateOperation(Operation):
    """Describes the validation's form in the OpenAPI schema."""

    def __post_init__(self) -> None:
        """Add the form."""
        self.request_body = _form("The file is read to its end, and not kept.")
