"""Bodies, in the charset that they were sent in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harlake.har.replay.recorded_request import recorded_request


def _header(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("text", "more", "body"),
    [
        ("\u00e9", {"bodySize": 1}, b"\xe9"),
        ("\u00e9", {"bodySize": 2}, b"\xc3\xa9"),
        ("\u00e9", {"headers": [_header("Content-Length", "1")]}, b"\xe9"),
        ("\u20ac", {"headers": [_header("Content-Type", "text/plain; charset=windows-1252")]}, b"\x80"),
        ("\u20ac", {"headers": [_header("Content-Type", "text/plain; charset=zip")]}, b"\xe2\x82\xac"),
        ("\x1f\x8b\xff", {"headers": [_header("Content-Encoding", "gzip")]}, b"\x1f\x8b\xff"),
    ],
)
def test_charsets(text: str, more: dict[str, Any], body: bytes) -> None:
    """A text goes in the charset that its length, its media type or its content coding tells."""
    request = {"url": "http://a.test/", "method": "POST", "postData": {"text": text}, **more}
    assert recorded_request(json.dumps({"request": request}).encode()).body == body
