"""The values of an entry: dates, sizes of base64, and what one member says of another."""

from __future__ import annotations

import base64
import copy
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har import schema
from harlake.har.validate import values
from harlake.har.validate.object_checks import object_check
from harlake.har.validate.rules import Violations
from tests.support.complete_har import FULL_ENTRY


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


_SOME = st.sampled_from([-2, -1, 0, 1, 5, 200, 7.5])


@given(st.data())
def test_what_is_consistent_at_a_glance_breaks_no_rule(data: st.DataObject) -> None:
    """The quick look and the one at each value agree, whatever the values are."""
    entry = copy.deepcopy(FULL_ENTRY)
    entry["time"] = data.draw(_SOME)
    for owner, names in (
        (entry["timings"], ("send", "wait", "receive", "blocked", "dns", "connect", "ssl")),
        (entry["request"], ("headersSize", "bodySize")),
        (entry["response"], ("headersSize", "bodySize", "status")),
        (entry["response"]["content"], ("size",)),
    ):
        for name in names:
            owner[name] = data.draw(_SOME)
    for name in data.draw(st.sets(st.sampled_from(["blocked", "dns", "connect", "ssl"]))):
        del entry["timings"][name]
    entry["request"]["url"] = data.draw(st.sampled_from(["http://a/", "/a"]))
    for name in data.draw(st.sets(st.sampled_from(["text", "params"]))):
        entry["request"]["postData"].pop(name, None)
    if data.draw(st.booleans()):
        entry["response"]["content"].pop("encoding", None)
    decoded = msgspec.json.decode(json.dumps(entry), type=object_check(schema.ENTRY).strict)
    violations = Violations()
    values.check_consistency(decoded, violations)
    assert not (values.is_consistent(decoded) and violations)
