"""The body of an entry's response, decoded."""

from __future__ import annotations

import binascii
from typing import Final

import msgspec

from harlake.har.envelope import decoded
from harlake.har.model import members

_ABSENT: Final = msgspec.Raw(b"null")


def response_body(entry: bytes) -> bytes | None:
    """Return the response's body, None where there is none.

    It is decoded from base64 where it says so and can be, else it is the text in UTF-8.
    """
    response = members((members(entry) or {}).get("response", _ABSENT)) or {}
    content = members(response.get("content", _ABSENT)) or {}
    text = decoded(bytes(content.get("text", _ABSENT)))
    if not isinstance(text, str):
        return None
    if decoded(bytes(content.get("encoding", _ABSENT))) == "base64":
        try:
            return binascii.a2b_base64("".join(text.split()), strict_mode=True)
        except ValueError:
            pass
    return text.encode()
