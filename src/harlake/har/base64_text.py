"""Base64 in a HAR, with or without white space between its lines."""

from __future__ import annotations

import binascii
import re
from typing import Final

from harlake.har.raw_json import decoded

_ESCAPE: Final = re.compile(rb"\\")


def from_base64(text: str | memoryview) -> bytes:
    """Decode base64 with or without white space between its lines. Raises ValueError where it is none."""
    data = "".join(text.split()) if isinstance(text, str) else text
    return binascii.a2b_base64(data, strict_mode=True) if len(data) else b""


def string_from_base64(raw: bytes) -> bytes:
    """Decode a JSON string of base64, which may be large, and is not copied unless it has escapes.

    Raises ValueError where it is none.
    """
    text = memoryview(raw)[1:-1]
    return from_base64(text if _ESCAPE.search(text) is None else str(decoded(bytes(raw))))
