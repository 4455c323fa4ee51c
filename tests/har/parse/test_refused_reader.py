"""Text that a parser has refused: the search for the place of the error goes on step by step, and ends with it."""

from __future__ import annotations

from itertools import chain

import pytest

from harlake.errors import InvalidJsonError
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader import HarReader
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.refused_reader import ErrorSearch, FoundPlace, RefusedReader


def test_an_error_is_raised_when_its_place_is_found() -> None:
    """Until then, the state stays."""

    def search() -> ErrorSearch:
        yield
        yield
        return FoundPlace.of(InvalidJsonError("invalid char in json text", byte=7), b"[1, Na", 4, 6)

    source = InputBuffer()
    source.append(b"[1, Na")
    source.gather()
    refused = RefusedReader(source)
    assert refused.begin(search()) is ReaderState.REFUSED
    assert [refused.read(), refused.read(), refused.read()] == [ReaderState.REFUSED] * 3
    assert refused.read() is None  # what follows may say more
    source.append(b"N]")
    source.gather(final=True)
    with pytest.raises(InvalidJsonError, match="NaN") as caught:
        refused.read()
    assert caught.value.byte == 7


def _read(text: bytes, steps: list[int]) -> None:
    reader = HarReader()
    steps.append(0)
    for _ in chain(reader.read(text), reader.read_rest()):
        steps[-1] += 1


@pytest.mark.slow
@pytest.mark.parametrize("filling", [b"[],", b'"\\n",', b'"%b",' % (b"\\n" * 25_000)])
@pytest.mark.parametrize("where", [b'{"log":{"pages":[', b'{"log":{"entries":[{"x":['])
def test_no_step_is_long(where: bytes, filling: bytes) -> None:
    """Neither in reading a document nor in finding its error, whatever is long: the number of steps grows with it."""
    steps: list[int] = []
    for size in (200_000, 600_000):
        text = where + filling * (size // len(filling)) + b"x"
        with pytest.raises(InvalidJsonError) as caught:
            _read(text, steps)
        assert caught.value.byte == len(text) - 1
    assert steps[0] > 3
    assert 1.5 < steps[1] / steps[0] < 6
