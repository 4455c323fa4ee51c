"""UTF-8: valid up to where Python's own decoder says."""

from __future__ import annotations

import codecs

from hypothesis import example, given
from hypothesis import strategies as st

from harlake.har.parse.utf8 import valid_until

_texts = st.lists(
    st.binary(max_size=4) | st.text(max_size=4).map(str.encode) | st.just("\U0001f600".encode()), max_size=6
).map(b"".join)


@given(_texts, st.integers(0, 20))
@example("é".encode()[:1], 0)
@example(b"\xed\xa0\x80", 0)
@example(b"a\xff", 2)
def test_text_is_valid_up_to_where_a_decoder_refuses_it(text: bytes, start: int) -> None:
    """What comes before the start is not looked at; a last character that is cut off is told from a wrong one."""
    start = min(start, len(text))
    stop, intact = valid_until(text, start)
    text[start:stop].decode()
    assert stop == len(text) or _first_error(text[start:]) == stop - start
    assert intact is _may_go_on(text[start:])


def _may_go_on(text: bytes) -> bool:
    """Return whether more bytes can make a text valid."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _first_error(text: bytes) -> int | None:
    """Return where a decoder refuses a text, or None."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None
