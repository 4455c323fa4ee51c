"""What an object says of its capture is taken as far as harlake can have written it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harlake.har.envelope import Envelope
from harlake.store.own_member import own_member

_OWN: dict[str, Any] = {
    "session": "0190a1f0-0000-7000-8000-000000000001",
    "sessionName": "Mine",
    "createdAt": "2026-01-02T03:04:05.678901Z",
    "fileName": None,
    "uploadBytes": 10,
    "harBytes": (1 << 63) - 1,
    "total": 0,
    "sha256": "ab",
}


def _own(member: object) -> dict[str, Any]:
    return own_member(Envelope({"_harlake": json.dumps(member).encode()}, {}))


def test_what_harlake_writes_is_taken() -> None:
    """All of it, and nothing else that is there."""
    assert _own(_OWN | {"later": 1}) == _OWN
    assert own_member(Envelope({}, {})) == _own([_OWN]) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("session", "x"),
        ("session", None),
        ("sessionName", 5),
        ("createdAt", "yesterday"),
        ("createdAt", 5),
        ("createdAt", "2026-01-01T00:00:00"),
        ("createdAt", "0001-01-01T00:00:00+23:00"),
        ("fileName", ["a"]),
        ("uploadBytes", "10"),
        ("uploadBytes", 1.5),
        ("harBytes", -1),
        ("total", 1 << 63),
        ("sha256", None),
    ],
)
def test_what_harlake_cannot_have_written_counts_as_missing(name: str, value: object) -> None:
    """Everything else counts."""
    assert _own(_OWN | {name: value}) == {key: said for key, said in _OWN.items() if key != name}
