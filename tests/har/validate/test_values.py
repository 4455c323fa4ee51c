"""The values of an entry: dates, sizes of base64, and what one member says of another."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.validate import values


@given(
    st.binary(max_size=40),
    st.sampled_from(["\n", "\r\n", ""]),
    st.booleans(),
    st.none() | st.tuples(st.integers(0, 60), st.sampled_from(["!", "=", "a", "\\", "é", "\udc80"])),
)
def test_base64_is_what_the_standard_library_decodes(
    body: bytes, line_end: str, escaped: bool, damage: tuple[int, str] | None
) -> None:
    """Line breaks and escapes do not matter, wherever a long body is cut; anything else does."""
    digits = base64.b64encode(body).decode()
    text = line_end.join(digits[at : at + 8] for at in range(0, len(digits), 8))
    if damage is not None:
        at = damage[0] % (len(text) + 1)
        text = text[:at] + damage[1] + text[at:]
    inside = "".join(f"\\u{ord(one):04x}" for one in text).encode() if escaped else json.dumps(text).encode()[1:-1]
    try:
        expected = len(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        expected = None
    for piece in (1, 5, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(values, "_PIECE", piece)
            found = values._decoded_length(memoryview(inside))
        if found is None or expected is None:
            # What lacks padding, or has too much, is taken by some decoders; browsers write it.
            assert expected is None or damage is not None
            assert found is None or len("".join(text.split()).rstrip("=")) * 3 // 4 == found
        else:
            assert found == expected
