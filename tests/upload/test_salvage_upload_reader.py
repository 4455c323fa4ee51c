"""Uploads that may be damaged: entries, gaps, and a report."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from harlake.errors import InvalidJsonError
from harlake.upload.salvage_upload_reader import SalvageUploadReader
from harlake.upload.upload_reader import UploadReport
from tests.support.damage import Salvaged, pieces
from tests.support.hars import entry, har, numbered


def _read(data: bytes, *cuts: int) -> tuple[UploadReport, Salvaged]:
    reader, found = SalvageUploadReader(), Salvaged()
    for piece in pieces(data, cuts):
        for parts in reader.feed(piece):
            found.take(parts)
    for parts in reader.close():
        found.take(parts)
    return reader.report(), found


def test_a_report_on_what_is_whole() -> None:
    """Counts, sizes, gaps, and what was wrong with the compression."""
    text = numbered(20)
    data = gzip.compress(text)[:-40]
    report, found = _read(data, 5, 100)
    assert report.salvage is not None
    assert found.entries == [entry(number) for number in range(report.imported)]
    assert (report.total, report.entry_errors, report.encoding) == (report.imported, [], "gzip")
    assert (report.upload_bytes, report.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert report.salvage.is_truncated
    assert report.warnings == ["the gzip data is cut off"]
    assert report.version == "1.2"


def test_a_warning_of_what_may_be_altered() -> None:
    """What was decompressed before the damage showed could not be checked."""
    data = bytearray(gzip.compress(numbered(20)))
    data[-6] ^= 1  # of the checksum
    report, found = _read(bytes(data))
    assert len(found.entries) == 20
    assert "entries before that may be altered" in report.warnings[0]


def test_nothing_whole_is_refused() -> None:
    """With what the file is."""
    with pytest.raises(InvalidJsonError, match="no entry in the file is whole: the file is XML"):
        _read(b"<xml>" + b" " * 600)
    with pytest.raises(InvalidJsonError, match="no entry in the file is whole"):
        _read(har(entry(1)[:-1] + b"\0}"))
    with pytest.raises(InvalidJsonError):
        _read(b"")
