"""The envelope: every member is kept as the text that it came as."""

from __future__ import annotations

import json

from harlake.har.envelope import BEFORE_ENTRIES, Envelope


def test_an_envelope_survives_being_stored() -> None:
    """Taken apart and put together, it says the same; the members beside the log are kept."""
    text = b'{"_a":1.0,"log":{"version":"1.2","entries":[],"pages":[{"id":"\\ud83d","n":1e2}],"_b":"\\udc00"},"z":[]}'
    envelope = Envelope.parse(text)
    assert envelope.rest == {"_a": b"1.0", "z": b"[]"}
    assert envelope.log == {"version": b'"1.2"', "pages": b'[{"id":"\\ud83d","n":1e2}]', "_b": b'"\\udc00"'}
    assert envelope.pages() == [b'{"id":"\\ud83d","n":1e2}']
    assert Envelope.parse(BEFORE_ENTRIES + envelope.closing({})) == envelope


def test_odd_members_are_kept_and_read_as_nothing() -> None:
    """What has no meaning as it is, like pages that are no array, stays in the text."""
    envelope = Envelope.parse(b'{"log":{"entries":[],"pages":null,"creator":1e999}}')
    assert envelope.pages() == []
    assert envelope.get("creator") is None
    assert envelope.get("browser") is None
    assert envelope.log["creator"] == b"1e999"


def test_one_member_can_be_left_out() -> None:
    """An envelope less a member is the same but for that, and the first one stays as it is."""
    envelope = Envelope.parse(b'{"log":{"version":"1.2","_harlake":{"a":1},"entries":[]},"x":1}')
    assert envelope.without("_harlake") == Envelope({"version": b'"1.2"'}, {"x": b"1"})
    assert envelope.without("absent") == envelope
    assert envelope.get("_harlake") == {"a": 1}


def test_members_are_added_at_the_end() -> None:
    """What follows the entries has the members of the log, those that are added, and those beside the log."""
    envelope = Envelope.parse(b'{"log":{"version":"1.2","entries":[]}}')
    har = json.loads(BEFORE_ENTRIES + envelope.closing({"_a": [1]}))
    assert har == {"log": {"entries": [], "version": "1.2", "_a": [1]}}
    assert Envelope({}, {}).closing({}) == b"]}}"
