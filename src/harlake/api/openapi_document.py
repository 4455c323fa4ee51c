"""The OpenAPI document as a whole: less what would be there twice, and with what holds of all operations."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, OpenAPIResponse, Operation, PathItem, Reference, Schema
from litestar.openapi.spec.enums import OpenAPIType

from harlake.api.errors import PROBLEM_TYPE

_METHODS: Final = ("get", "put", "post", "delete", "patch")

_ERROR: Final = "#/components/schemas/ErrorAnswer"
_PROBLEM: Final = "ProblemDetails"

#: An error with what RFC 9457 adds to it.
_PROBLEM_SCHEMA: Final = Schema(
    all_of=[
        Reference(_ERROR),
        Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "type": Schema(type=OpenAPIType.STRING),
                "title": Schema(type=OpenAPIType.STRING),
                "status": Schema(type=OpenAPIType.INTEGER),
            },
            required=["type", "title", "status"],
        ),
    ]
)


class DocumentConfig(OpenAPIConfig):
    """Makes a document that tidies up itself before it is written."""

    def to_openapi_schema(self) -> OpenAPI:
        """Return the document, which has no paths yet."""
        made = super().to_openapi_schema()
        return _Document(**{field.name: getattr(made, field.name) for field in fields(made)})


@dataclass
class _Document(OpenAPI):
    """The document. HEAD is not in it: it is wherever GET is, and would be half of all operations."""

    def to_schema(self) -> dict[str, Any]:
        """Return the document as JSON has it."""
        if self.components is not None:
            self.components.schemas = {**(self.components.schemas or {}), _PROBLEM: _PROBLEM_SCHEMA}
        for item in (self.paths or {}).values():
            if isinstance(item, PathItem):
                item.head = None
                for method in _METHODS:
                    _complete_errors(getattr(item, method))
        return super().to_schema()


def _complete_errors(operation: Operation | None) -> None:
    """Say of errors that they may be problem details."""
    for response in (operation.responses or {}).values() if operation else ():
        content = response.content if isinstance(response, OpenAPIResponse) else None
        if content and any(isinstance(one.schema, Reference) and one.schema.ref == _ERROR for one in content.values()):
            content[PROBLEM_TYPE] = OpenAPIMediaType(schema=Reference(f"#/components/schemas/{_PROBLEM}"))
