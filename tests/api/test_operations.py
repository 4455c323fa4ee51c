"""What the OpenAPI document says that operations answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from litestar.openapi.spec import OpenAPIResponse

from harlake.api.operations import JSON, NDJSON, ApiOperation, LinesOperation


@dataclass
class _File(ApiOperation):
    media_types: ClassVar[tuple[str, ...]] = (JSON, "text/csv; charset=utf-8", "application/zip")
    has_parts: ClassVar[bool] = True
    has_tag: ClassVar[bool] = True


def _responses(operation: type[ApiOperation]) -> dict[str, dict[str, object] | None]:
    made = operation(description="Send it.\n\nMore.", responses={"200": OpenAPIResponse(description="OK")})
    found = {status: one.to_schema() for status, one in (made.responses or {}).items()}
    return {status: one.get("content") for status, one in found.items()}


def test_all_media_types_are_said() -> None:
    """Without parameters; JSON is whatever it is, and what is no text is binary."""
    content = {JSON: {"schema": {}}, "text/csv": {"schema": {"type": "string"}}}
    binary = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    assert _responses(_File) == {"200": content | binary, "206": content | binary, "304": None}
    assert _responses(LinesOperation) == {"200": {NDJSON: {"schema": {"type": "string"}}}}


def test_what_is_a_model_stays() -> None:
    """An operation that says nothing more has the responses of its handler."""
    assert _responses(ApiOperation) == {"200": None}
