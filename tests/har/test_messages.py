"""Messages of an entry: those of a WebSocket, and events of a stream, cut into pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.messages import CapturedMessage, messages_of


def _web_socket(messages: Any) -> bytes:
    return json.dumps({"_webSocketMessages": messages}).encode()


def _stream(text: str, mime_type: str = "text/event-stream") -> bytes:
    return json.dumps({"response": {"content": {"mimeType": mime_type, "text": text}}}).encode()


def test_a_message_has_direction_time_and_data() -> None:
    """As Chrome and Playwright write them."""
    entry = _web_socket([{"type": "send", "time": 1700000000.5, "opcode": 2, "data": "é"}])
    time = datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)
    assert messages_of(entry, 0, 9) == (1, [CapturedMessage("send", "é".encode(), time, 2)])


@pytest.mark.parametrize(
    ("message", "read"),
    [
        (None, CapturedMessage("", b"null")),
        ("text", CapturedMessage("", b"text")),
        ({}, CapturedMessage("", b"")),
        ({"type": 1, "data": {"a": 1}, "time": "soon", "opcode": "x"}, CapturedMessage("", b'{"a": 1}')),
        ({"time": 1e300, "opcode": 1e300}, CapturedMessage("", b"")),
    ],
)
def test_odd_messages_are_messages(message: Any, read: CapturedMessage) -> None:
    """Whatever is in the list counts, and what it lacks is unknown."""
    assert messages_of(_web_socket([message]), 0, 9) == (1, [read])


@pytest.mark.parametrize("entry", [b"{}", b"[]", b'{"_webSocketMessages": 7}', _stream("data: a\n\n", "text/plain")])
def test_other_entries_have_none(entry: bytes) -> None:
    """Also where the member is no list, and where the body is no stream of events."""
    assert messages_of(entry, 0, 9) == (0, [])


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_events_are_read_as_browsers_do(line_break: str) -> None:
    """Comments are none, an event without data is none, and neither is one that is cut off; ids stay."""
    lines = (": hello", "", "event: tick", "id: 1", "data: a", "data:b", "", "event: x", "", "data", "", "data: cut")
    found = messages_of(_stream(line_break.join(lines)), 0, 9)
    assert found == (2, [CapturedMessage("tick", b"a\nb", id="1"), CapturedMessage("message", b"", id="1")])


@given(st.integers(0, 30), st.integers(0, 40), st.integers(1, 40), st.booleans())
def test_pages_are_parts_of_all(count: int, start: int, limit: int, is_stream: bool) -> None:
    """Each page has what a list of all has there, and says how many there are."""
    texts = [str(number) for number in range(count)]
    entry = _stream("".join(f"data: {text}\n\n" for text in texts)) if is_stream else _web_socket(texts)
    total, page = messages_of(entry, start, limit)
    assert total == count
    assert [message.data.decode() for message in page] == texts[start : start + limit]
