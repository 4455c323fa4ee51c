"""The spellings of a value: those that programs write."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.spellings import base64_spellings, text_spellings

_VALUE = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=8, max_size=16)


@given(_VALUE)
def test_texts(value: str) -> None:
    """As Python's own libraries spell it."""
    spellings = text_spellings(value.encode("utf-8", "surrogatepass"))
    for spelled in (value, quote(value, safe=""), quote_plus(value), html.escape(value)):
        assert json.dumps(spelled, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass") in spellings


@given(value=st.binary(min_size=8, max_size=30), before=st.binary(max_size=4), after=st.binary(max_size=4))
def test_base64(value: bytes, before: bytes, after: bytes) -> None:
    """At each alignment."""
    encoded = base64.b64encode(before + value + after)
    assert any(core in encoded for core in base64_spellings(value))
