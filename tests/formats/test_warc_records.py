"""The records of WARC files."""

from __future__ import annotations

import tempfile

from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.formats.source import Source
from harlake.formats.warc_records import warc_records


def _records(data: bytes) -> list[tuple[str, bytes]]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        source = Source(file)
        return [(one.field("x"), source.read(one.start, one.length)) for one in warc_records(source)]


@given(st.lists(st.binary()), st.sampled_from(["1.0", "1.1"]))
def test_records_are_told_apart(blocks: list[bytes], version: str) -> None:
    """Whatever is in their blocks, and with fields that go on in the next line."""
    text = b"".join(
        f"WARC/{version}\r\nX: a\r\n b\r\ncontent-length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"
        for block in blocks
    )
    assert _records(text) == [("a\r\n b", block) for block in blocks]


@given(st.binary())
def test_whatever_follows_is_read_or_refused(data: bytes) -> None:
    """Any bytes behind a record are an error with a byte, or more records."""
    text = b"WARC/1.0\r\nContent-Length: 1\r\n\r\nx\r\n\r\n"
    try:
        _records(text + data)
    except InvalidJsonError as error:
        if error.byte is None or error.byte < len(text):
            raise
