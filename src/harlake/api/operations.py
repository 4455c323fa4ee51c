"""What the OpenAPI document says of an operation beyond what Litestar finds in its handler: what it answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"


@dataclass
class ApiOperation(Operation):
    """An operation whose answer is no model: ``media_types`` has all that it may have, the default first.

    ``has_parts`` says that a ``Range`` of it can be asked for, ``has_tag`` that ``If-None-Match`` is understood.
    """

    media_types: ClassVar[tuple[str, ...]] = ()
    has_parts: ClassVar[bool] = False
    has_tag: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Say so in the operation's responses."""
        responses = {} if self.responses is None else self.responses
        success = responses.get("200")
        if self.media_types and isinstance(success, OpenAPIResponse):
            success.description = (self.description or "").partition("\n\n")[0]
            names = [name.partition(";")[0] for name in self.media_types]
            success.content = {name: OpenAPIMediaType(schema=_schema(name)) for name in names}
            if self.has_parts:
                part = "The part that `Range` asks for."
                responses["206"] = OpenAPIResponse(description=part, content=dict(success.content))
        if self.has_tag:
            responses["304"] = OpenAPIResponse(description="As `If-None-Match` says, the client has it already.")


@dataclass
class BytesOperation(ApiOperation):
    """An operation that answers with bytes of no known type."""

    media_types: ClassVar[tuple[str, ...]] = ("application/octet-stream",)


@dataclass
class LinesOperation(ApiOperation):
    """An operation that answers with a JSON object a line."""

    media_types: ClassVar[tuple[str, ...]] = (NDJSON,)


def _schema(media_type: str) -> Schema:
    """Return what is said of content: nothing where it is JSON, as that is somebody else's."""
    if media_type == JSON:
        return Schema()
    if media_type.startswith("text/") or media_type == NDJSON:
        return Schema(type=OpenAPIType.STRING)
    return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
