"""The envelope: every member is kept as the text that it came as."""

from __future__ import annotations

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
