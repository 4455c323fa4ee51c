"""The validation, without HTTP: form events in, a report out, and nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.errors import InvalidEntriesError
from harlake.limits import Limits
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent
from harlake.upload.resources import UploadResources
from harlake.upload.upload_reader import UploadReport
from harlake.upload.validator import validate_upload
from tests.support.hars import numbered


def _validate(text: bytes, limits: Limits | None = None) -> UploadReport:
    async def events() -> AsyncIterator[UploadEvent]:
        yield FileStart("x.har")
        for start in range(0, len(text), 100):
            yield FileChunk(text[start : start + 100])
        yield TextField("other", "ignored")

    async def main() -> UploadReport:
        return await validate_upload(
            events(), UploadResources(CapacityLimiter(1), CapacityLimiter(1)), limits or Limits()
        )

    return anyio.run(main)


def test_a_har_is_checked() -> None:
    """The report has what an import's has, and what the checker found."""
    report = _validate(numbered(7))
    assert (report.total, report.imported) == (7, 7)
    assert report.checked is not None
    assert report.checked.counts == {}


def test_limits_hold() -> None:
    """An entry that is too long is left out, and said to be."""
    report = _validate(numbered(2), Limits(max_entry_bytes=20))
    assert (report.total, report.imported, len(report.entry_errors)) == (2, 0, 2)


def test_what_is_no_har_is_refused() -> None:
    """The error is the reader's."""
    with pytest.raises(InvalidEntriesError):
        _validate(b'{"log":{}}')
