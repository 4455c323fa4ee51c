"""Bodies as OpenAPI describes them: by media type, each with the schema of all that were captured."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from harlake.export.writers.json_schema import JsonSchema
from harlake.export.writers.names_budget import NamesBudget
from harlake.har.bodies import Body
from harlake.har.raw_json import decoded
from harlake.har.resource_types import essence, is_textual
from harlake.limits import MIB

#: Bytes of the largest body that is looked into; decoded, it takes some twenty times as many.
MAX_DESCRIBED_BODY: Final = MIB

#: RFC 6838 §4.2.
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_FORM: Final = "application/x-www-form-urlencoded"
_UNKNOWN: Final = "application/octet-stream"


class DescribedBody:
    """The bodies of a message: :meth:`add` them, then ask for the :meth:`content`."""

    def __init__(self, budget: NamesBudget) -> None:
        self._budget = budget
        self._schemas: dict[str, JsonSchema] = {}

    def add(self, body: Body) -> None:
        """Take in a body."""
        media_type = essence(body.mime_type or "") or ""
        if not _MEDIA_TYPE.fullmatch(media_type):
            media_type = _UNKNOWN
        schema = self._schemas.get(media_type)
        if schema is None:
            if not self._budget.take("media types", media_type):
                return
            schema = self._schemas[media_type] = JsonSchema(self._budget)
        if is_json(media_type) or media_type == _FORM:
            self._look_into(body.data, media_type, schema)

    def content(self) -> dict[str, Any]:
        """Return OpenAPI's ``content``."""
        return {media_type: _described(media_type, schema) for media_type, schema in self._schemas.items()}

    def _look_into(self, data: bytes, media_type: str, schema: JsonSchema) -> None:
        if len(data) > MAX_DESCRIBED_BODY:
            self._budget.left_out[f"bodies above {MAX_DESCRIBED_BODY} bytes"] += 1
            return
        if media_type == _FORM:
            schema.add(dict(parse_qsl(data.decode("utf-8", "replace"), keep_blank_values=True)))
            return
        value = decoded(data)
        if value is not None:
            schema.add(value)
        elif data.strip() != b"null":
            self._budget.left_out["bodies that are no JSON, and said to be"] += 1


def is_json(media_type: str) -> bool:
    """Return whether bodies of a media type are JSON."""
    return media_type.endswith(("/json", "+json"))


def _described(media_type: str, schema: JsonSchema) -> dict[str, Any]:
    if is_json(media_type) or media_type == _FORM:
        return {"schema": schema.schema()}
    return {"schema": {"type": "string"}} if is_textual(media_type) else {}
