"""Edits that are written down."""

from __future__ import annotations

from io import BytesIO

from harlake.har.redact.edit_journal import EditJournal


def test_written_and_read() -> None:
    """In the same order; of another entry, and behind the last one, there are none."""
    journal = EditJournal(BytesIO())
    journal.write(b"one", [(0, 3, b"REDACTED")])
    journal.write(b"three", [])
    journal.write(b"four", [(0, 1, b"x")])
    journal.rewind()
    assert journal.read(b"one") == [(0, 3, b"REDACTED")]
    assert journal.read(b"three") == []
    assert journal.read(b"other") is None
    assert journal.read(b"end") is None
