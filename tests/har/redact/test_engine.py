"""The engine: what it finds, and where there is none."""

from __future__ import annotations

import pytest

from harlake.har.redact import engine as module
from harlake.har.redact.engine import MAX_LITERALS, engine


def test_literals() -> None:
    """Each is found at its end, in any case where that is asked for."""
    pytest.importorskip("hyperscan")
    found = engine([b"token", b"key"], [True, False])
    assert found is not None
    assert sorted(found.scan(b"a TOKEN, a key, a KEY")) == [(7, 0), (14, 1)]


def test_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of nothing, of too much, and where it is not installed."""
    assert engine([]) is None
    assert engine([b"a\0b"]) is None
    assert engine([b"%d" % number for number in range(MAX_LITERALS + 1)]) is None
    monkeypatch.setattr(module, "hyperscan", None)
    assert engine([b"token"]) is None
