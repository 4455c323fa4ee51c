"""Separators: one comma between two entries, none elsewhere, and white space anywhere."""

from __future__ import annotations

import pytest

from harlake.errors import InvalidJsonError
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.separator_reader import SeparatorReader
from harlake.limits import Limits


def _read(text: bytes, total: int, *, fast_path: bool, step: int) -> tuple[ReaderState | None, bytes]:
    """Return the state that comes next, and what is left for it."""
    source = InputBuffer()
    entries = EntryCollector(source, Limits(), None)
    entries.total = total
    reader = SeparatorReader(source, entries, fast_path=fast_path)
    state: ReaderState | None = None
    for start in range(0, len(text), step):
        source.append(text[start : start + step])
        source.gather()
        while (state := reader.read()) is ReaderState.SEPARATOR:
            pass
        if state is not None:
            return state, source.data[source.at :]
    return state, source.data[source.at :]


@pytest.mark.parametrize("step", [1, 100])
@pytest.mark.parametrize("fast_path", [True, False])
@pytest.mark.parametrize(
    ("text", "total", "state"),
    [
        (b" \r\n", 0, None),
        (b"\t]", 0, ReaderState.TAIL),
        (b" ]", 3, ReaderState.TAIL),
        (b" {", 0, ReaderState.FAST_PATH),
        (b" , {", 1, ReaderState.FAST_PATH),
        (b",", 1, None),
        (b"7", 0, ReaderState.PUSH_PARSER),
        (b",[", 2, ReaderState.PUSH_PARSER),
    ],
)
def test_what_comes_next_is_told(
    text: bytes, total: int, state: ReaderState | None, fast_path: bool, step: int
) -> None:
    """Objects are for the fast path where it is on; all else among the entries is for the push parser."""
    if state is ReaderState.FAST_PATH and not fast_path:
        state = ReaderState.PUSH_PARSER
    left = text[-1:] if state else b""
    assert _read(text, total, fast_path=fast_path, step=step) == (state, left)


@pytest.mark.parametrize("step", [1, 100])
@pytest.mark.parametrize(
    ("text", "total", "byte"), [(b" ,", 0, 1), (b",,", 1, 1), (b" {", 1, 1), (b", ]", 1, 2), (b"}", 0, 0), (b":", 0, 0)]
)
def test_what_cannot_stand_between_entries_is_refused(text: bytes, total: int, byte: int, step: int) -> None:
    """No comma before the first entry, one between two, none after the last."""
    with pytest.raises(InvalidJsonError) as caught:
        _read(text, total, fast_path=True, step=step)
    assert caught.value.byte == byte
