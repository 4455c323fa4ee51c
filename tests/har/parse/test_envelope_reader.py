"""The envelope: what comes before and after the entries, kept as text, within its limit."""

from __future__ import annotations

import pytest
from hypothesis import given

from harlake.errors import EnvelopeTooLargeError, InvalidHarError, InvalidJsonError, MissingLogError
from harlake.har.parse.envelope_reader import EnvelopeReader
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import START
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.refused_reader import RefusedReader
from harlake.limits import Limits
from tests.support.documents import cut_at, offsets
from tests.support.reading import read_on

_HEAD = b'{"x":[[[]]],\n"log":{"pages":[{"entries":[1]}],\n"entries": ['
_TAIL = '],\n"comment":"é"}}\n'.encode()


@given(offsets)
def test_head_and_tail_are_read_at_any_cut(cuts: list[int]) -> None:
    """The head ends after the bracket that opens log.entries; in the tail, positions are beyond the entries."""
    source = InputBuffer()
    envelope = EnvelopeReader(source, RefusedReader(source), Limits())
    state = None
    for piece in cut_at(_HEAD + b"123", cuts):
        source.append(piece)
        source.gather()
        if state is None:
            state = read_on(envelope.read_head, ReaderState.HEAD)
    assert state is ReaderState.SEPARATOR
    assert envelope.held.joined() == _HEAD
    source.at += 3
    for piece in cut_at(_TAIL, cuts):
        source.append(piece)
        source.gather()
        if source.data:
            assert read_on(envelope.read_tail, ReaderState.TAIL) is None
    assert envelope.close().log["comment"] == '"é"'.encode()
    assert envelope.held.joined() == _HEAD + _TAIL
    for offset in range(len(_HEAD)):
        assert envelope.held.position(offset) == START.after(_HEAD[:offset])
    for offset in range(len(_TAIL)):
        assert envelope.held.position(len(_HEAD) + offset) == START.after(_HEAD + b"123" + _TAIL[:offset])


def _read(text: bytes, limits: Limits | None = None) -> None:
    source = InputBuffer()
    source.append(text)
    source.gather()
    refused = RefusedReader(source)
    envelope = EnvelopeReader(source, refused, limits or Limits())
    if read_on(envelope.read_head, ReaderState.HEAD) is ReaderState.REFUSED:
        source.final = True
        read_on(refused.read, ReaderState.REFUSED)
    envelope.close()


@pytest.mark.parametrize(
    ("text", "error", "byte", "detail"),
    [
        (b"", InvalidJsonError, 0, "the file is empty"),
        (b'\n{"log":', InvalidJsonError, 8, None),
        (b"\n 7", MissingLogError, 3, "the document is a number, not an object"),
        (b'{"log":{"a"\n:]', InvalidJsonError, 13, None),
        (b'{"log":{"a":[}', InvalidJsonError, 13, None),
    ],
)
def test_what_is_wrong_in_the_head_is_located(
    text: bytes, error: type[InvalidHarError], byte: int, detail: str | None
) -> None:
    """An error is at the first byte that cannot be, or at the end of what is missing."""
    with pytest.raises(error) as caught:
        _read(text)
    assert (caught.value.byte, caught.value.line, caught.value.column) == START.after(text[:byte])
    assert detail is None or caught.value.detail == detail


def test_the_limit_is_that_of_head_and_tail_together() -> None:
    """The error names the first byte over it."""
    with pytest.raises(EnvelopeTooLargeError) as caught:
        _read(b'{"x":\n"%s"' % (b"x" * 100), Limits(max_envelope_bytes=50))
    assert (caught.value.byte, caught.value.line, caught.value.column) == (50, 2, 45)
