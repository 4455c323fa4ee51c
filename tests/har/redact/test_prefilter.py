"""Where secrets may begin: the same with the engine as without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact import prefilter as module
from harlake.har.redact.named_values import STEMS
from harlake.har.redact.prefilter import Prefilter
from harlake.har.redact.shapes import PREFIXES

_PIECES = [
    b"token",
    b"PassWord",
    b"AKIA",
    b"eyJ",
    b"://",
    rb":\/\/",
    b"%7b",
    b"%255B%",
    b"SAML",
    b"reset",
    b"x",
    b" ",
    b"%",
    b"sk-",
]


def _slow() -> Prefilter:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "shared_engine", lambda *_: None)
        return Prefilter(STEMS, PREFIXES)


_SLOW, _FAST = _slow(), Prefilter(STEMS, PREFIXES)


@given(text=st.lists(st.sampled_from(_PIECES), max_size=200).map(b"".join))
def test_both_ways_find_the_same(text: bytes) -> None:
    """In texts that are short, and in those that are not."""
    assert _SLOW.hits(text) == _FAST.hits(text)


def test_nothing() -> None:
    """A text without any of the words has no hits."""
    assert _FAST.hits(b"hello") is None
    hits = _FAST.hits(b"a ://x")
    assert hits is not None
    assert hits.urls == [2]
