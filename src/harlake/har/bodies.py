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

import msgspec

from harlake.errors import NoBodyError
from harlake.har.envelope import decoded
from harlake.har.model import is_text, members

FORM: Final = "application/x-www-form-urlencoded"

_NULL: Final = msgspec.Raw(b"null")
_ESCAPE: Final = re.compile(rb"\\")
_Members = Mapping[str, msgspec.Raw]


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
    content = _object(_object(members(entry), "response"), "content")
    return _body(content, "response")


def request_body(entry: bytes) -> Body:
    """Return the body of an entry's request; one that was captured as parameters is put together as a form.

    Raises NoBodyError.
    """
    post_data = _object(_object(members(entry), "request"), "postData")
    if "text" in post_data or "params" not in post_data:
        return _body(post_data, "request")
    fields = [(str(one["name"]), str(one.get("value") or "")) for one in parameters(post_data)]
    text = urlencode(fields).encode()
    return Body(text, _string(post_data, "mimeType") or FORM, True, "put together from the parameters of a form")


def parameters(post_data: _Members) -> list[dict[str, Any]]:
    """Return the parameters of a form that have a name."""
    found = decoded(bytes(post_data.get("params", _NULL)))
    return [one for one in found if isinstance(one, dict) and "name" in one] if isinstance(found, list) else []


def _body(content: _Members, of: str) -> Body:
    raw = content.get("text", _NULL)
    if not is_text(raw):
        if file := _string(content, "_file"):
            raise NoBodyError(f"the {of}'s body is in the file {file!r}, beside the HAR that was imported")
        raise NoBodyError(f"the {of}'s body was not captured")
    mime_type = _string(content, "mimeType")
    if _string(content, "encoding") != "base64":
        return Body(_text(raw), mime_type, True)
    try:
        return Body(_from_base64(raw), mime_type, False)
    except ValueError:
        return Body(_text(raw), mime_type, True, "marked as base64, which it is not")


def _from_base64(raw: msgspec.Raw) -> bytes:
    """Decode a JSON string of base64, which may be large, and is not copied unless it has escapes."""
    text = memoryview(raw)[1:-1]
    data = text if _ESCAPE.search(text) is None else b"".join(_text(raw).split())
    return binascii.a2b_base64(data, strict_mode=True) if len(data) else b""


def _text(raw: msgspec.Raw) -> bytes:
    return str(decoded(bytes(raw))).encode()


def _object(of: _Members | None, name: str) -> _Members:
    return members((of or {}).get(name, _NULL)) or {}


def _string(of: _Members, name: str) -> str | None:
    found = decoded(bytes(of.get(name, _NULL)))
    return found if isinstance(found, str) else None
