"""Checks HARs as the service does, and looks for positions without its help."""

from __future__ import annotations

from collections.abc import Iterable

from harlake.har.validate.checker import Checker, CheckReport
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.upload.upload_reader import UploadReader


def check(data: bytes, cuts: Iterable[int] = (), limits: Limits = DEFAULT_LIMITS) -> CheckReport:
    """Check a HAR that comes in pieces which end at the given offsets."""
    checker = Checker(limits)
    intake = UploadReader(checker.check, limits, checker)
    start = 0
    for cut in [*sorted(cuts), len(data)]:
        intake.feed(data[start:cut])
        start = cut
    checked = intake.close().checked
    assert checked is not None
    return checked


def position(text: bytes, byte: int) -> tuple[int, int, int]:
    """Return a byte with its line and column, both from 1."""
    return byte, text.count(b"\n", 0, byte) + 1, byte - text.rfind(b"\n", 0, byte)
