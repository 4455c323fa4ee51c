"""Gaps: as JSON they are what the API answers."""

from __future__ import annotations

import msgspec

from harlake.har.parse.gaps import Gap


def test_a_gap_as_json() -> None:
    """Where it is, how long, and why."""
    assert msgspec.json.encode(Gap(1, 2, 3, "cut")) == b'{"byte":1,"length":2,"line":3,"reason":"cut"}'
