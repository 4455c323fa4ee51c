"""Which capture an archive is, is told by its members."""

from __future__ import annotations

import pytest

from tests.support.conversions import texts_of, zipped
from tests.support.hars import entry, numbered

_TRACE = b'{"type":"resource-snapshot","snapshot":%b}\n' % entry(1)


@pytest.mark.parametrize(
    ("files", "creator"),
    [
        ({"a.har": numbered(1)}, "Google Chrome"),
        ({"x/trace.network": _TRACE}, "Playwright"),
        ({"raw/1_c.txt": b"GET http://h.test/ HTTP/1.1\r\n\r\n"}, "Fiddler"),
        ({"other/1_c.txt": b"", "a.har": numbered(1)}, "Google Chrome"),
    ],
)
def test_archives_are_told_by_their_members(files: dict[str, bytes], creator: str) -> None:
    """By names that only one kind has; all else is an archive of HARs."""
    texts, report = texts_of(zipped(files))
    assert (len(texts), report.creator["name"]) == (1, creator)
