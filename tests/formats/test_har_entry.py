"""Entries that are made of messages are those of HAR 1.2."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.har_entry import Exchange, har_entry
from harlake.formats.http_message import HttpMessage, read_message
from harlake.formats.notes import Notes
from harlake.har.entry import Entry, read_entry
from harlake.har.validate.checker import Checker
from harlake.limits import Limits
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import har


@given(st.text(), st.binary(), st.binary())
def test_whatever_was_captured_can_be_imported(url: str, request: bytes, response: bytes) -> None:
    """Any bytes as messages, any text as URL."""
    sent = read_message(b"GET / HTTP/1.1\r\n" + request) or HttpMessage()
    exchange = Exchange(url.encode(errors="replace").decode(), sent, read_message(response))
    assert isinstance(read_entry(har_entry(exchange, Notes(), 1_000)), Entry)


def test_entries_are_valid() -> None:
    """An entry of complete messages breaks no rule of HAR 1.2."""
    sent = read_message(b"POST /?a=1&b= HTTP/1.1\r\nCookie: a=b; c=d=e; f\r\nContent-Type: text/plain\r\n\r\nx")
    received = read_message(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nSet-Cookie: a=b; Path=/\r\n\r\n<p>")
    assert sent is not None
    exchange = Exchange("http://h.test/?a=1&b=", sent, received, "2026-01-02T03:04:05Z", 3)
    text = har_entry(exchange, Notes(), 1_000)
    entry = json.loads(text)
    assert entry["request"]["cookies"] == [{"name": "a", "value": "b"}, {"name": "c", "value": "d=e"}]
    assert entry["response"]["redirectURL"] == "/b"
    assert (entry["request"]["bodySize"], entry["response"]["content"]["size"]) == (1, 3)
    checker = Checker(Limits())
    reader = UploadReader(checker=checker)
    for parts in [*reader.feed(har(text)), *reader.close()]:
        for part in parts:
            list(checker.check(part))  # type: ignore[arg-type]
    assert reader.report().imported == 1
