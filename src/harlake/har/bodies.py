"""The bodies of an entry, as the bytes that were sent or received, as far as the HAR has them.

A HAR keeps a body as text, transcoded to UTF-8, or as base64 (HAR 1.2: ``content.encoding``). Some producers mark
request bodies as base64, too, and some mark as base64 what is none.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from harlake.errors import NoBodyError
from harlake.har.raw_json import decoded, is_nothing, is_string, object_at, unquoted

FORM: Final = "application/x-www-form-urlencoded"

_NULL: Final = b"null"
_ESCAPE: Final = re.compile(rb"\\")


@dataclass(frozen=True, slots=True)
class Body:
    """A body: ``is_text`` says that it is the UTF-8 of a text, whatever it was encoded in when it was captured.

    ``mime_type`` is what the HAR says of it, and ``warning`` what one should know of the way it came about.
    """

    data: bytes
    mime_type: str | None
    is_text: bool
    warning: str | None = None


def response_body(entry: bytes) -> Body:
    """Return the body of an entry's response. Raises NoBodyError."""
    return _body(object_at(entry, "response", "content"), "response")


def request_body(entry: bytes) -> Body:
    """Return the body of an entry's request; one that was captured as parameters is put together as a form.

    Raises NoBodyError.
    """
    post_data = object_at(entry, "request", "postData")
    if not is_nothing(post_data.get("text", _NULL)) or not (fields := _parameters(post_data)):
        return _body(post_data, "request")
    # Whatever it was, a form of several parts maybe: the boundary and the files of that are lost.
    return Body(urlencode(fields).encode(), FORM, True, "put together from the parameters of a form")


def from_base64(text: str | memoryview) -> bytes:
    """Decode base64 with or without white space between its lines. Raises ValueError where it is none."""
    data = "".join(text.split()) if isinstance(text, str) else text
    return binascii.a2b_base64(data, strict_mode=True) if len(data) else b""


def _parameters(post_data: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return names and values of a form's parameters, less those without a name."""
    params = decoded(bytes(post_data.get("params", _NULL)))
    named = [one for one in params if isinstance(one, dict) and "name" in one] if isinstance(params, list) else []
    return [(str(one["name"]), _form_value(one.get("value"))) for one in named]


def _form_value(value: Any) -> str:
    return "" if value is None else str(value)


def _body(content: Mapping[str, bytes], message: str) -> Body:
    raw = content.get("text", _NULL)
    if not is_string(raw):
        if file := _string(content, "_file"):
            raise NoBodyError(f"the {message}'s body is in the file {file!r}, beside the HAR that was imported")
        raise NoBodyError(f"the {message}'s body was not captured")
    mime_type = _string(content, "mimeType")
    if _string(content, "encoding") != "base64":
        return Body(unquoted(raw), mime_type, True)
    try:
        return Body(_from_base64(raw), mime_type, False)
    except ValueError:
        return Body(unquoted(raw), mime_type, True, "marked as base64, which it is not")


def _from_base64(raw: bytes) -> bytes:
    """Decode a JSON string of base64, which may be large, and is not copied unless it has escapes."""
    text = memoryview(raw)[1:-1]
    return from_base64(text if _ESCAPE.search(text) is None else str(decoded(bytes(raw))))


def _string(members: Mapping[str, bytes], name: str) -> str | None:
    value = decoded(bytes(members.get(name, _NULL)))
    return value if isinstance(value, str) else None
