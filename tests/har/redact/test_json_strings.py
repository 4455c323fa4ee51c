"""Edits of strings: what is put back says what it should, and all beside it is spelled as it was."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.json_strings import applied, inside_of, merged, spliced, string_text

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(before=_TEXT, text=_TEXT, after=_TEXT, new=_TEXT, ascii_only=st.booleans())
def test_splice(before: str, text: str, after: str, new: str, ascii_only: bool) -> None:
    """An edit of the text is the same edit of the string, whatever escapes are in it."""
    first, last = (json.dumps(one, ensure_ascii=ascii_only)[1:-1].encode() for one in (before, after))
    inside = first + json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode() + last
    assert string_text(inside) == (before + text + after).encode()
    start = len(before.encode())
    edits = spliced(inside, [(start, start + len(text.encode()), new.encode())])
    result = applied(inside, edits)
    assert json.loads(b'"%b"' % result) == before + new + after
    if text:
        assert result.startswith(first)
        assert result.endswith(last)


def test_lone_surrogates_stay() -> None:
    """They have no bytes in UTF-8, and are still told."""
    inside = rb"a\udc80b"
    assert inside_of(string_text(inside)) == inside


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=8))
def test_merged(spans: list[tuple[int, int]]) -> None:
    """Edits that overlap become one for all that they cover."""
    result = merged((start, start + length, b"x") for start, length in spans)
    covered = {at for start, length in spans for at in range(start, start + length)}
    assert {at for start, end, _ in result for at in range(start, end)} == covered
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(result))
