"""The check of what is sent: no cut hides a secret, in no spelling."""

from __future__ import annotations

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import RedactionLeakError
from harlake.har.redact.leak_check import LeakCheck, checked
from harlake.har.redact.learned import LearnedValues
from harlake.har.redact.propagation import Propagation
from harlake.har.redact.pseudonyms import Pseudonyms

_SECRET = b"qZ7xW2mK9pL4&v"
_LEARNED = LearnedValues()
_LEARNED.add("token", _SECRET)
_FOUND = Propagation(_LEARNED, Pseudonyms(b"k"))


@given(
    cuts=st.lists(st.integers(0, 400), max_size=6),
    before=st.integers(0, 300),
    spelled=st.sampled_from(
        [_SECRET, b"qZ7xW2mK9pL4%26v", b"qZ7xW2mK9pL4&amp;v", base64.b64encode(b"a" + _SECRET + b"bc")]
    ),
)
def test_leaks_are_found(cuts: list[int], before: int, spelled: bytes) -> None:
    """Wherever the stream is cut."""
    data = b" " * before + spelled + b" " * 50
    borders = [0, *sorted(cuts), len(data)]
    with pytest.raises(RedactionLeakError):
        list(checked((data[a:b] for a, b in itertools.pairwise(borders)), _FOUND))


def test_nothing_else_is() -> None:
    """What is redacted passes, and comes out as it went in."""
    data = [b'{"a":"', b"REDACTED-token-ABCDEFGHIJ", b'"}' * 500]
    assert list(checked(data, _FOUND)) == data
    check = LeakCheck(_FOUND)
    check.close()
