"""Bodies as HAR has them: text where they are text, base64 otherwise. Both give the same bytes back."""

from __future__ import annotations

import binascii
import re
from typing import Final

import msgspec

#: What texts have not, and what a terminal or an editor takes for something else.
_CONTROLS: Final = re.compile(rb"[\0-\x08\x0b\x0e-\x1f\x7f]")


def body_members(data: bytes) -> list[tuple[str, bytes]]:
    """Return the members that stand for a body in ``content`` or ``postData``, as JSON: its text, and its encoding."""
    if _CONTROLS.search(data) is None:
        try:
            return [("text", msgspec.json.encode(data.decode()))]
        except UnicodeDecodeError:
            pass
    return [("text", b'"%b"' % binascii.b2a_base64(data, newline=False)), ("encoding", b'"base64"')]
