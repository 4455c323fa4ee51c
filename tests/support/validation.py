"""Checks HARs as the service does, and looks for positions without its help."""

from __future__ import annotations

from collections.abc import Iterable

from harlake.har.validate.checker import Checker, CheckReport
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.upload.upload_reader import UploadReader
from tests.support.uploads import read_upload


def check(data: bytes, cuts: Iterable[int] = (), limits: Limits = DEFAULT_LIMITS) -> CheckReport:
    """Check a HAR that comes in pieces which end at the given offsets."""
    checker = Checker(limits)
    reader = UploadReader(limits, checker)
    for block in read_upload(reader, data, cuts):
        list(checker.check(block))
    checked = reader.report().checked
    assert checked is not None
    return checked


def position(text: bytes, byte: int) -> tuple[int, int, int]:
    """Return a byte with its line and column, both from 1."""
    return byte, text.count(b"\n", 0, byte) + 1, byte - text.rfind(b"\n", 0, byte)
