"""Headers that an entry must have, however they were written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harlake.analysis.budget import RequiredHeader
from harlake.analysis.header_check import lacks_headers


def _entry(headers: Any) -> bytes:
    return json.dumps({"request": {"url": "/"}, "response": {"headers": headers}}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        [{"name": "Cache-Control", "value": "Public, MAX-age=60"}],
        [["cache-control", "max-age=60"]],
        {"CACHE-CONTROL": "max-age=60"},
        [{"name": "cache-control", "value": "no"}, {"name": " Cache-Control", "value": "max-age"}],
        [None, 1, {"name": 1}, {"name": "cache-control", "value": ["max-age"]}],
    ],
)
def test_headers_that_are_there(headers: Any) -> None:
    """Names and texts are compared without case; of equal names, any may have the text."""
    assert not lacks_headers(_entry(headers), "response", [RequiredHeader("cache-control", "max-age")])
    assert not lacks_headers(_entry(headers), "response", [RequiredHeader("cache-control")])
    assert lacks_headers(_entry(headers), "response", [RequiredHeader("cache-control"), RequiredHeader("etag")])
    assert lacks_headers(_entry(headers), "request", [RequiredHeader("cache-control")])


@pytest.mark.parametrize("headers", [[], None, "x", 1, [{"name": "cache-control", "value": "no-store"}], {}])
def test_headers_that_are_not(headers: Any) -> None:
    """Whatever is there instead."""
    assert lacks_headers(_entry(headers), "response", [RequiredHeader("cache-control", "max-age")])
