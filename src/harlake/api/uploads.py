"""The upload form as a stream of events, and as it is described to clients."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from harlake.errors import ClientLeftError, UploadTooLargeError
from harlake.upload.multipart import UploadEvent, UploadForm

IMPORT_FIELDS = frozenset({"sessionId", "sessionName"})


async def upload_events(
    request: Request[Any, Any, Any],
    body_read: anyio.Event,
    max_bytes: int | None = None,
    fields: frozenset[str] = frozenset(),
) -> AsyncIterator[UploadEvent]:
    """Yield the parts of a multipart request as they arrive. Raises HarlakeError.

    Neither Litestar's form parsing nor its stream is involved: the body is never held.

    Args:
        request: The request; its body has not been read.
        body_read: Set once the body has been read to its end.
        max_bytes: How long the body may be. A length that is announced is refused before any of it is read.
        fields: Names of the form's text fields.
    """
    _check_size(int(request.headers.get("content-length", "0")), max_bytes)
    form = UploadForm(request.headers.get("content-type", ""), fields)
    received = 0
    more = True
    while more:
        data, more = await _receive(request)
        received += len(data)
        _check_size(received, max_bytes)
        for event in form.feed(data):
            yield event
            del event
        data = b""  # while the client sends nothing, nothing of what it has sent is held here
    body_read.set()
    form.close()


async def _receive(request: Request[Any, Any, Any]) -> tuple[bytes, bool]:
    """Return the next bytes of a body, and whether there are more; Litestar's stream keeps them until more come."""
    message: Any = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientLeftError
    return message.get("body", b""), message.get("more_body", False)


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
            sessionId="Import into this session. Without it, a new one is created.",
            sessionName="Name of the session that is created; by default `Imported: ` and the file's name.",
        )


@dataclass
class ValidateOperation(Operation):
    """Describes the validation's form in the OpenAPI schema."""

    def __post_init__(self) -> None:
        """Add the form."""
        self.request_body = _form("The file is read to its end, and not kept.")
