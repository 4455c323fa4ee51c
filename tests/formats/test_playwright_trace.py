"""Traces of Playwright, of both ways to name the files of bodies; real ones are in tests/service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harlake.errors import InvalidJsonError
from harlake.limits import Limits
from tests.support.conversions import entries_made, texts_of, zipped
from tests.support.hars import entry

_SHA1 = "b" * 40
_CONTEXT = b'{"version":8,"type":"context-options","browserName":"chromium","playwrightVersion":"1.50.0"}\n'


def _line(number: int, **content: str) -> bytes:
    one: dict[str, Any] = json.loads(entry(number))
    if content:
        one["response"]["content"] = {"size": 1, "mimeType": "text/html", **content}
    return json.dumps({"type": "resource-snapshot", "snapshot": one}).encode() + b"\n"


def test_both_ways_to_name_files() -> None:
    """``_sha1`` is in the folder of resources, ``_file`` is the whole name; other events are left out."""
    network = b'{"type":"other"}\n\n' + _line(0, _sha1=f"{_SHA1}.html") + _line(1, _file=f"resources/{_SHA1}.html")
    files = {"trace.trace": _CONTEXT, "trace.network": network, f"resources/{_SHA1}.html": b"<p>"}
    data = zipped(files)
    assert [one["response"]["content"]["text"] for one in entries_made(data)] == ["<p>", "<p>"]
    report = texts_of(data)[1]
    assert report.creator == {"name": "Playwright", "version": "1.50.0"}
    assert report.browser == {"name": "chromium", "version": ""}


def test_entries_are_kept_byte_for_byte() -> None:
    """Those whose bodies are not elsewhere, of all contexts, one after the other."""
    snapshot = b'{"type":"resource-snapshot","snapshot":%b}'
    files = {f"{context}-trace.network": snapshot % entry(context) for context in range(3)}
    assert texts_of(zipped(files))[0] == [entry(0), entry(1), entry(2)]


def test_pages_are_those_that_entries_refer_to() -> None:
    """A trace has no list of pages; each begins with its first entry."""
    lines = b"\n".join(
        b'{"type":"resource-snapshot","snapshot":%b}' % entry(number, b',"pageref":"p%d"' % (number % 2))
        for number in range(4)
    )
    pages = texts_of(zipped({"trace.network": lines}))[1].envelope.pages()
    found = [json.loads(page) for page in pages]
    assert [page["id"] for page in found] == ["p0", "p1"]
    assert found[0]["startedDateTime"] == json.loads(entry(0))["startedDateTime"]


def test_a_line_that_is_broken_is_located() -> None:
    """The member, the line and the byte are said."""
    data = zipped({"trace.network": _line(0) + b'{"type":'})
    with pytest.raises(InvalidJsonError, match=r"line 2 is no event .* in 'trace\.network'") as raised:
        texts_of(data)
    assert (raised.value.line, raised.value.byte) == (2, len(_line(0)))
    with pytest.raises(InvalidJsonError, match=r"longer than the limit of 100 bytes, in 'trace\.network'"):
        texts_of(data, Limits(max_entry_bytes=100))
