"""A redaction of an export: read twice, and checked."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from harlake.export.redaction import Redaction
from harlake.har.redact.config import Config
from harlake.har.writer import Opening

_TOKEN = b"qZ7xW2mK9pL4vN8tR3yB6cD1"
_ENTRIES = [b'{"request":{"url":"http://a/%b"}}' % _TOKEN, b'{"request":{"url":"http://a/?token=%b"}}' % _TOKEN]


def test_forms(tmp_path: Path) -> None:
    """The secret is in none of them."""
    redaction = Redaction(Config(), lambda: iter(_ENTRIES), tmp_path)
    assert _TOKEN not in b"".join(redaction.har(Opening({}, [], [])))
    assert b"".join(redaction.lines()).count(b"REDACTED-token-") == 2
    assert all(_TOKEN not in entry for entry in redaction.entries())
    rows = redaction.rows(pa.table({"url": ["http://a/" + _TOKEN.decode(), None], "status": [200, 404]}))
    assert rows["url"].to_pylist()[0].startswith("http://a/REDACTED-token-")
    assert rows["url"].to_pylist()[1] is None
    redaction.close()
