"""Bodies as HAR has them."""

from __future__ import annotations

import base64
import json

from hypothesis import example, given
from hypothesis import strategies as st

from harlake.formats.body_text import body_members


@given(st.binary() | st.text().map(str.encode))
@example(b"\x1b[0m")
@example(b"\xff")
def test_the_same_bytes_come_back(data: bytes) -> None:
    """As text only if there are no control characters in it but tabs and ends of lines."""
    members = {name: json.loads(value) for name, value in body_members(data)}
    if "encoding" in members:
        assert base64.b64decode(members["text"]) == data
    else:
        assert members["text"].encode() == data
        assert not any(byte < 32 and byte not in b"\t\n\f\r" for byte in data)
