"""Messages as the bytes that went over the wire."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.http_message import read_message

_NAMES = st.from_regex(r"[A-Za-z][A-Za-z-]{0,10}", fullmatch=True).filter(
    lambda name: name.lower() != "transfer-encoding"
)
_VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9)


@given(st.lists(st.tuples(_NAMES, _VALUES)), st.binary(), st.sampled_from([b"\r\n", b"\n"]))
def test_messages_are_taken_apart(headers: list[tuple[str, str]], body: bytes, end: bytes) -> None:
    """First line, headers and body, with both ends of lines."""
    lines = [b"POST /x HTTP/1.1", *(f"{name}: {value}".encode() for name, value in headers)]
    message = read_message(end.join(lines) + end * 2 + body)
    assert message is not None
    assert message.start == ("POST", "/x", "HTTP/1.1")
    assert message.headers == headers
    assert message.body == body
    assert message.body_bytes == len(body)


@given(st.binary())
def test_whatever_comes_is_no_error(data: bytes) -> None:
    """Bytes that are no message are None, or something."""
    read_message(data)


def test_chunks_codings_and_odd_characters() -> None:
    """Chunks are joined; headers that are not UTF-8 are one character for each byte."""
    message = read_message(b"HTTP/1.1 200\r\nX: \xe9\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    assert message is not None
    assert (message.start, message.header("x"), message.body) == (("HTTP/1.1", "200", ""), "é", b"abc")
    assert read_message(b"nothing") is None
