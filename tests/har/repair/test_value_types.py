"""Menders of plain values: what decodes strictly is the very object, and what is mended has nothing to be mended."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.raw_json import decoded
from harlake.har.repair.value_types import (
    Address,
    BodyText,
    Date,
    Flag,
    HeaderText,
    Integer,
    Mender,
    Nullable,
    Number,
    Positive,
    Text,
    Url,
)
from tests.support.mutations import JUNK

_MENDERS: list[Mender] = [
    *(Text(), HeaderText(), Url(), BodyText(), Date(), Address(), Number(), Positive(), Integer(), Flag()),
    *(Nullable(Number()), Nullable(Date())),
]
_values = st.sampled_from(JUNK) | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.sampled_from(_MENDERS), _values)
def test_what_is_mended_is_acceptable(mender: Mender, value: Any) -> None:
    """A mended value is mended to itself; one that decodes strictly is returned as the very object."""
    text = json.dumps(value).encode()
    mended = mender.mend(text)
    if mended is not None:
        assert mender.mend(mended) is mended
    try:
        msgspec.json.decode(text, type=mender.strict)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return
    if not isinstance(mender, BodyText):  # of which strict decoding sees nothing
        assert mended is text


@pytest.mark.parametrize(
    ("mender", "given_text", "expected"),
    [
        (Text(), b"1.50", b'"1.50"'),
        (Text(), b"true", b'"true"'),
        (Text(), b"null", None),
        (Text(), b"[]", None),
        (HeaderText(), b'["a",1,null]', rb'"a\n1"'),
        (HeaderText(), rb'"a\udc80"', rb'"a\ufffd"'),
        (Url(), b'"a b"', b'"a%20b"'),
        (Url(), b"7", b'"7"'),
        (BodyText(), rb'"\udc80"', rb'"\udc80"'),
        (BodyText(), rb'"\ud83d"', rb'"\ufffd"'),
        (Date(), b'"0001-01-01T00:00:00+10:00"', None),
        (Date(), b"1e300", None),
        (Date(), b"true", None),
        (Date(), b"0", b'"1970-01-01T00:00:00Z"'),
        (Address(), b'" [::1] "', b'"::1"'),
        (Address(), b'"::1]x"', None),
        (Address(), b'"[::1]"', b'"::1"'),
        (Address(), b"7", None),
        (Number(), b'"1e2"', b"1e2"),
        (Number(), b'"01"', b"1"),
        (Positive(), b"-0.5", None),
        (Positive(), b'"0.5"', b"0.5"),
        (Positive(), b"null", None),
        (Integer(), b"1.9", b"1"),
        (Integer(), b'"2E2"', b"200"),
        (Integer(), b"1e999", None),
        (Flag(), b"false", b"false"),
        (Flag(), b"0", b"false"),
        (Nullable(Number()), b"null", b"null"),
        (Nullable(Number()), b'"x"', None),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "mend") else None,
)
def test_values_are_mended(mender: Mender, given_text: bytes, expected: bytes | None) -> None:
    """What says the same in another type is taken for it, and nothing is made up."""
    assert mender.mend(given_text) == expected


@given(st.datetimes())
def test_dates_say_the_same_point_in_time(when: Any) -> None:
    """A date in ISO 8601 without a zone is UTC."""
    mended = Date().mend(json.dumps(when.isoformat(" ")).encode())
    assert mended is not None
    assert decoded(mended) == when.isoformat() + "Z"
