"""Lone surrogates: replaced where there are any, and only they."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.surrogates import repair

_TEXT = st.lists(st.sampled_from(["a", "\\", "u", '"', "\ud83d", "\ude00", "\udfff", "😀", "é"]), max_size=12).map(
    "".join
)


@given(_TEXT)
def test_exactly_lone_surrogates_are_replaced(text: str) -> None:
    """What a repaired text says is the text with its lone surrogates replaced; its length in bytes stays."""
    written = json.dumps(text).encode()
    # Two halves side by side are one character for every reader.
    says = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") if _pairs(text) else text
    expected = re.sub("[\ud800-\udfff]", "\ufffd", says)
    repaired = repair(written)
    assert json.loads(repaired or written) == expected
    assert (repaired is None) == (expected == says)
    if repaired is not None:
        assert len(repaired) == len(written)
        assert repair(repaired) is None


def _pairs(text: str) -> bool:
    return "\ud83d\ude00" in text or "\ud83d\udfff" in text


def test_backslashes_that_are_escaped_begin_nothing() -> None:
    """The second half of an escaped backslash is no beginning of an escape."""
    assert repair(rb'"\\ud800"') is None
    assert repair(rb'"\\\ud800"') == rb'"\\\ufffd"'
    assert repair(rb'"\ud83d\ude00"') is None
    assert repair(rb'"\ude00\ud83d"') == rb'"\ufffd\ufffd"'
