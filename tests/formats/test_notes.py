"""What a conversion could not do."""

from __future__ import annotations

from harlake.formats.notes import Notes


def test_kinds_are_counted() -> None:
    """Each has its first example, and how often it happened."""
    notes = Notes()
    for number in range(1_234):
        notes.add("files are missing", f"file {number}")
    notes.add("times are odd", "x")
    assert notes.lines() == ["files are missing: 1,234, the first file 0", "times are odd: x"]
