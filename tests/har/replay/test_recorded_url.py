"""URLs, of all that stands for one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harlake.har.replay.recorded_request import recorded_request


def _header(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("//cdn.test/x", "http://cdn.test/x"),
        ("cdn.test/x", "http://cdn.test/x"),
        ("cdn.test:443/x", "https://cdn.test:443/x"),
        ("/only/path?q", "http://h.test/only/path?q"),
        ("https:\\\\a.test\\b", "https://a.test/b"),
        ("HTTP://a.test", "http://a.test/"),
        ("http://u:p@a.test/x", "http://a.test/x"),
        ("http://b\u00fccher.test:8/\u00e9?\u00fc=1#f", "http://xn--bcher-kva.test:8/%C3%A9?%C3%BC=1"),
        ("http://a.test?x#y", "http://a.test/?x"),
        (" http://[::1]:8/ ", "http://[::1]:8/"),
    ],
)  # fmt: skip
def test_urls(url: str, sent: str) -> None:
    """Whatever stands for a URL, that is asked which a browser would ask."""
    entry = json.dumps({"request": {"url": url, "headers": [_header("Host", "h.test")]}}).encode()
    assert recorded_request(entry).url == sent
